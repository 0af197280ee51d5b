/* The tables that hold a site, read from the database itself: what is dumped, compared and moved.
 * Not among them: what is derived from others (search indexes, `<table>__search`), what belongs to the
 * whole database (schema_version, app_column, site_known) and what belongs to the place a site is kept
 * at (site_owner, site_move).
 * Columns stand without `site`, those of the key first, then the others by name: two databases of one
 * site say the same whatever their engine and in whatever order columns were added. */
#pragma once

#include "store/db.h"

struct site_column {
    str name;
    str type; /* BIGINT TEXT BYTEA SMALLINT */
};
struct site_table {
    str name;
    struct site_column *column;
    size_t column_count;
    size_t key_count; /* the first of them are the primary key, in its order */
};
struct site_tables {
    struct site_table *at; /* by name */
    size_t len, cap;
};
NODISCARD rc tables_list(struct cx *cx, struct db *db, struct site_tables *out);
const struct site_table *tables_find(const struct site_tables *tables, str name); /* or NULL */

/* All rows behind the key `after` (key_count values; NULL: from the first), in the key's order; only in
 * a transaction.  Rows that are derived are left out.  limit 0: all. */
NODISCARD rc table_scan(struct cx *cx, struct db *db, const struct site_table *t,
                        const struct db_val *after, int64_t limit, struct db_rows *out);
/* What stands in a column of the row, as it is given to db_exec: valid as long as db_text. */
struct db_val table_value(const struct db_rows *rows, size_t column);
/* The text for db_exec_rows_text: column_count values a row. */
str table_insert(struct arena *a, const struct site_table *t);
/* The key of the last row; *any false: there is no row. */
NODISCARD rc table_last(struct cx *cx, struct db *db, const struct site_table *t,
                        struct db_val *key, bool *any);
NODISCARD rc table_clear(struct cx *cx, struct db *db, const struct site_table *t);
NODISCARD rc table_count(struct cx *cx, struct db *db, const struct site_table *t, int64_t *rows);
