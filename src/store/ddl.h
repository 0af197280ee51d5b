/* Schema text: split into statements, and translated into SQLite's. */
#pragma once

#include "base/arena.h"

/* The next statement of *rest without its semicolon, *rest behind it; false when only white space
 * and comments are left. */
bool ddl_next(str *rest, str *statement);
/* BIGINT, BYTEA, SMALLINT → SQLite's, tables STRICT; any other statement comes back unchanged. */
str ddl_translate(struct arena *a, str statement);
bool ddl_is_ddl(str statement); /* CREATE, ALTER or DROP */
/* SQLite's column type → ours. */
str ddl_type(str sqlite_type);
