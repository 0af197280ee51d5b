/* Which tables a site has, their columns and keys, on both engines; statements made from them. */
#include "site/tables.h"

#include <stdlib.h>

SQL2(sql_tables,
     "SELECT name FROM sqlite_schema WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%'"
     " ORDER BY name",
     "SELECT CAST(c.relname AS TEXT) FROM pg_catalog.pg_class c"
     " JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid"
     " WHERE c.relnamespace = CAST(current_schema() AS regnamespace) AND c.relkind IN ('r', 'p')"
     " AND NOT c.relispartition AND a.attname = 'site' AND NOT a.attisdropped"
     " ORDER BY CAST(c.relname AS TEXT) COLLATE \"C\"");
SQL2(sql_key, "SELECT name FROM pragma_table_info($1) WHERE pk > 0 ORDER BY pk",
     "SELECT CAST(a.attname AS TEXT) FROM pg_catalog.pg_index i"
     " JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey)"
     " WHERE i.indrelid = to_regclass(quote_ident($1)) AND i.indisprimary"
     " AND a.attname <> 'site'"
     " ORDER BY array_position(CAST(i.indkey AS SMALLINT[]), a.attnum)");

/* Of the database or of the place; never of the site. */
static const char *const elsewhere[] = {"schema_version", "app_column",   "site_known",
                                        "site_owner",     "seat_address", "site_move",
                                        "sqlite_sequence"};

static bool is_elsewhere(str name)
{
    for (size_t i = 0; i < COUNTOF(elsewhere); i++)
        if (str_eq(name, str_from(elsewhere[i]))) return true;
    return str_starts(name, STR("sqlite_"));
}

/* The search index of a table there is, or one of the tables SQLite keeps it in. */
static bool is_search(const struct site_tables *tables, str name)
{
    size_t at = str_index(name, STR("__search"));
    if (at == SIZE_MAX) return false;
    str rest = str_slice(name, at + sizeof "__search" - 1, name.len);
    return (!rest.len || rest.at[0] == '_') && tables_find(tables, str_slice(name, 0, at));
}

const struct site_table *tables_find(const struct site_tables *tables, str name)
{
    for (size_t i = 0; i < tables->len; i++)
        if (str_eq(tables->at[i].name, name)) return &tables->at[i];
    return NULL;
}

static int by_name(const void *a, const void *b)
{
    return str_cmp(((const struct site_column *)a)->name, ((const struct site_column *)b)->name);
}

/* The key's columns are brought to the front, in the key's order. */
static rc key_load(struct cx *cx, struct db *db, struct site_table *t)
{
    DB_ROWS rows = {0};
    bool more = false;
    rc r = db_query(cx, db, &sql_key, DB_ARGS(DB_T(t->name)), &rows);
    while (r == RC_OK && (r = db_next(cx, &rows, &more)) == RC_OK && more) {
        str name = db_text(&rows, 0);
        for (size_t i = t->key_count; i < t->column_count; i++) {
            if (!str_eq(t->column[i].name, name)) continue;
            struct site_column key = t->column[i];
            t->column[i] = t->column[t->key_count];
            t->column[t->key_count++] = key;
            break;
        }
    }
    if (r == RC_OK && !t->key_count)
        r = err_set(cx, RC_INTERNAL, "dump.no-key", "表“" STR_FMT "”没有主键，无法逐行比较",
                    "The table \"" STR_FMT "\" has no primary key: its rows cannot be told apart",
                    STR_ARG(t->name));
    return r;
}

static rc columns_load(struct cx *cx, struct db *db, struct site_table *t)
{
    struct db_column *column = NULL;
    size_t count = 0;
    rc r = db_table_columns(cx, db, t->name, &column, &count);
    if (r != RC_OK) return r;
    t->column = NEWS(cx->arena, struct site_column, count + 1);
    for (size_t i = 0; i < count; i++)
        if (!str_eq(column[i].name, STR("site")))
            t->column[t->column_count++] = (struct site_column){column[i].name, column[i].type};
    r = key_load(cx, db, t);
    if (r == RC_OK)
        qsort(t->column + t->key_count, t->column_count - t->key_count, sizeof *t->column, by_name);
    return r;
}

rc tables_list(struct cx *cx, struct db *db, struct site_tables *out)
{
    struct site_tables all = {0}, list = {0};
    rc r;
    {
        DB_ROWS rows = {0};
        bool more = false;
        r = db_query(cx, db, &sql_tables, DB_NO_ARGS, &rows);
        while (r == RC_OK && (r = db_next(cx, &rows, &more)) == RC_OK && more)
            if (!is_elsewhere(db_text(&rows, 0)))
                vec_add(cx->arena, &all)->name = db_text_dup(cx, &rows, 0);
    }
    for (size_t i = 0; i < all.len && r == RC_OK; i++) {
        if (is_search(&all, all.at[i].name)) continue;
        struct site_table *t = vec_add(cx->arena, &list);
        t->name = all.at[i].name;
        r = columns_load(cx, db, t);
    }
    if (r == RC_OK) *out = list;
    return r;
}

/* ---- statements ---- */

static void name_write(struct buf *b, str name)
{
    buf_char(b, '"');
    buf_add(b, name);
    buf_char(b, '"');
}

static void names_write(struct buf *b, const struct site_table *t, size_t count, const char *tail)
{
    for (size_t i = 0; i < count; i++) {
        if (i) buf_add(b, STR(", "));
        name_write(b, t->column[i].name);
        buf_add(b, str_from(tail));
    }
}

/* The index of searching is derived, and so is what is noted of it. */
static void only_kept(struct buf *b, const struct site_table *t)
{
    if (str_eq(t->name, STR("record_counted"))) buf_add(b, STR(" AND what NOT LIKE '% /search'"));
}

static void from_write(struct buf *b, const struct site_table *t)
{
    buf_add(b, STR(" FROM "));
    name_write(b, t->name);
    buf_add(b, STR(" WHERE site = $site"));
    only_kept(b, t);
}

rc table_scan(struct cx *cx, struct db *db, const struct site_table *t, const struct db_val *after,
              int64_t limit, struct db_rows *out)
{
    struct buf b = {.arena = cx->arena};
    buf_add(&b, STR("SELECT "));
    names_write(&b, t, t->column_count, "");
    from_write(&b, t);
    if (after) {
        buf_add(&b, STR(" AND ("));
        names_write(&b, t, t->key_count, "");
        buf_add(&b, STR(") > ("));
        for (size_t i = 0; i < t->key_count; i++)
            buf_printf(&b, "%s$%zu", i ? ", " : "", i + 1);
        buf_char(&b, ')');
    }
    buf_add(&b, STR(" ORDER BY "));
    names_write(&b, t, t->key_count, "");
    if (limit) buf_printf(&b, " LIMIT %" PRId64, limit);
    return db_scan_text(cx, db, buf_str(&b), after, after ? t->key_count : 0, out);
}

struct db_val table_value(const struct db_rows *rows, size_t column)
{
    switch (db_type_of(rows, (int)column)) {
    case DB_NULL: return DB_N;
    case DB_I64: return DB_I(db_i64(rows, (int)column));
    case DB_TEXT: return DB_T(db_text(rows, (int)column));
    case DB_BLOB: return DB_B(db_text(rows, (int)column));
    }
    return DB_N;
}

str table_insert(struct arena *a, const struct site_table *t)
{
    struct buf b = {.arena = a};
    buf_add(&b, STR("INSERT INTO "));
    name_write(&b, t->name);
    buf_add(&b, STR(" (site, "));
    names_write(&b, t, t->column_count, "");
    buf_add(&b, STR(") VALUES ($site, "));
    for (size_t i = 0; i < t->column_count; i++)
        buf_printf(&b, "%s$%zu", i ? ", " : "", i + 1);
    buf_char(&b, ')');
    return buf_str(&b);
}

rc table_last(struct cx *cx, struct db *db, const struct site_table *t, struct db_val *key,
              bool *any)
{
    struct buf b = {.arena = cx->arena};
    DB_ROWS rows = {0};
    buf_add(&b, STR("SELECT "));
    names_write(&b, t, t->key_count, "");
    from_write(&b, t);
    buf_add(&b, STR(" ORDER BY "));
    names_write(&b, t, t->key_count, " DESC");
    buf_add(&b, STR(" LIMIT 1"));
    *any = false;
    rc r = db_query_text(cx, db, buf_str(&b), DB_NO_ARGS, &rows);
    if (r == RC_OK) r = db_next(cx, &rows, any);
    for (size_t i = 0; r == RC_OK && *any && i < t->key_count; i++) {
        key[i] = table_value(&rows, i);
        if (key[i].type != DB_I64) key[i].bytes = arena_dup(cx->arena, key[i].bytes);
    }
    return r;
}

rc table_clear(struct cx *cx, struct db *db, const struct site_table *t)
{
    struct buf b = {.arena = cx->arena};
    buf_add(&b, STR("DELETE FROM "));
    name_write(&b, t->name);
    buf_add(&b, STR(" WHERE site = $site"));
    return db_exec_text(cx, db, buf_str(&b), DB_NO_ARGS);
}

rc table_count(struct cx *cx, struct db *db, const struct site_table *t, int64_t *count)
{
    struct buf b = {.arena = cx->arena};
    DB_ROWS rows = {0};
    bool more = false;
    buf_add(&b, STR("SELECT count(*)"));
    from_write(&b, t);
    rc r = db_query_text(cx, db, buf_str(&b), DB_NO_ARGS, &rows);
    if (r == RC_OK) r = db_next(cx, &rows, &more);
    if (r == RC_OK) *count = more ? db_i64(&rows, 0) : 0;
    return r;
}
