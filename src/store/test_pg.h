/* Databases for tests, of every folder.  When the environment names a PostgreSQL database in
 * BIHUAN_TEST_PG, each gets a fresh schema of it with the site TEST_SITE; else what SQLite is given. */
#pragma once

#include "store/db.h"

enum { TEST_SITE = 330782 };

/* Do the tests run on PostgreSQL? */
bool test_on_postgres(void);
/* The URL of an empty database of one site.  sqlite: what to use without PostgreSQL, a path that does
 * not exist yet or ":memory:".  Aborts with a sentence when the schema cannot be made.
 * Memory: in a. */
str test_db_url(struct arena *a, str sqlite);
/* Drops the schema that such a URL names, whoever still uses it; nothing on SQLite. */
void test_db_drop(str url);
/* Runs one statement in a session of its own, outside of every cache, and gives the first column of
 * the first row, or nothing: for tests that meddle.  Only on PostgreSQL. */
str test_pg_value(struct arena *a, str url, const char *text);
