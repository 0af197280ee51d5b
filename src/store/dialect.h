/* The one dialect of SQL and what each backend makes of it.
 *
 * Every table of a site has `site BIGINT NOT NULL` as its first column and as the first of its key, of
 * every index and of every unique constraint; every statement pins it:
 *
 *   CREATE TABLE task (site BIGINT NOT NULL, id BIGINT NOT NULL, …, PRIMARY KEY (site, id))
 *   CREATE INDEX task_due ON task (site, due, id)
 *   SELECT … FROM task t JOIN process_token k ON k.site = t.site AND k.id = t.token_id
 *     WHERE t.site = $site AND …
 *   INSERT INTO task (site, id, …) VALUES ($site, $1, …) ON CONFLICT (site, id) DO …
 *
 * A comparison of sites is written first and followed by AND, or stands alone after WHERE; in a list
 * `site` or `$site` is the first and followed by a comma.
 *
 * PostgreSQL holds many sites in one table: `$site` becomes one more parameter.  An SQLite file is one
 * site: there the words are taken out again, so that a file has neither the column nor its cost, and
 * `id` alone, when it is the key, stays the file's own row number.
 * Quoted names ("site") are never touched: they are fields of declared types, which may not be called
 * so (app/types.c). */
#pragma once

#include "base/arena.h"

/* What SQL text is made of.  A doubled quote is two quoted tokens side by side; what is not closed
 * reaches to the end, and the database will say so. */
enum sql_token {
    SQL_SPACE,
    SQL_COMMENT,
    SQL_WORD,
    SQL_NAME,      /* "quoted" */
    SQL_LITERAL,   /* 'quoted' */
    SQL_PARAMETER, /* $1, $site */
    SQL_OTHER      /* one sign */
};
/* The token at `at` < s.len, *end behind it. */
enum sql_token sql_token_at(str s, size_t at, size_t *end);
bool sql_same_word(str a, str b); /* in upper or lower case */

/* SQLite's text: comparisons of site and its places in lists are gone. */
str dialect_sqlite(struct arena *a, str text);
/* PostgreSQL's text: $site is the parameter `$<args + 1>` (*binds_site: it occurs); in CREATE TABLE and
 * ALTER TABLE the type TEXT becomes TEXT COLLATE "C", and WITHOUT ROWID is left out. */
str dialect_postgres(struct arena *a, str text, size_t args, bool *binds_site);
/* INSERT … VALUES ([$site,] $1, …, $k) tail → INSERT … SELECT [$<k+1>,] u.c1, … FROM unnest($1::type[],
 * …) AS u (c1, …) tail; type[i]: PostgreSQL's name of the type of argument i + 1. */
str dialect_postgres_rows(struct arena *a, str text, const char *const *type, size_t args);
/* The first table that the statement touches without pinning its site, or empty.  Of CREATE TABLE and
 * CREATE INDEX: the table whose key does not begin with site.  Tables of the whole database (their names
 * in dialect_pin.c: schema_version, app_column, site_known) need none. */
str dialect_unpinned(str text);
