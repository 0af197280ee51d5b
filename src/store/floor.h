/* The physical limits that the benchmarks are held against: what bare SQLite does on this disk with
 * the durability that the server promises.  Each makes a fresh file in folder and removes it.
 * Errors: those of db_open and RC_INTERNAL store.sql. */
#pragma once

#include "store/db.h"

/* Rows of twelve columns with a primary key and two secondary indexes, `group` of them a commit. */
NODISCARD rc store_floor(struct cx *cx, str folder, int64_t rows, int64_t group,
                         int64_t *rows_per_s);
/* Single rows, each with a durable commit of its own. */
NODISCARD rc store_floor_commits(struct cx *cx, str folder, int64_t commits,
                                 int64_t *commits_per_s);
/* The rows of one table of a file, inserted bare into the same table (with its indexes) of a fresh
 * file, `group` of them a commit: what the same rows cost without an engine. */
NODISCARD rc store_floor_rows(struct cx *cx, str path, str table, int64_t group,
                              int64_t *rows_per_s);
