/* Tables, indexes, counts and search indexes of the declared types. */
#include "record/search.h"

const struct db_migration rec_migrations[] = {
    {1, "record",
     "CREATE TABLE file ("
     " site BIGINT NOT NULL,"
     " hash TEXT NOT NULL," /* SM3 of the content, hex */
     " name TEXT NOT NULL,"
     " media_type TEXT NOT NULL,"
     " bytes BIGINT NOT NULL,"
     " added_by TEXT NOT NULL,"
     " added_us BIGINT NOT NULL,"
     " content BYTEA NOT NULL,"
     " PRIMARY KEY (site, hash));"
     /* How many live records have a value, by org; see count.c. */
     "CREATE TABLE record_count ("
     " site BIGINT NOT NULL,"
     " what TEXT NOT NULL,"
     " num BIGINT NOT NULL,"
     " value TEXT NOT NULL,"
     " org BIGINT NOT NULL,"
     " n BIGINT NOT NULL,"
     " PRIMARY KEY (site, what, num, value, org));"
     "CREATE TABLE record_counted ("
     " site BIGINT NOT NULL,"
     " what TEXT NOT NULL,"
     " state TEXT NOT NULL,"
     " PRIMARY KEY (site, what));" /* kept, given up; of "… /search": what the index holds */
     /* Which columns the declarations made, and what they hold; of the whole database. */
     "CREATE TABLE app_column ("
     " tbl TEXT NOT NULL,"
     " col TEXT NOT NULL,"
     " holds TEXT NOT NULL,"
     " PRIMARY KEY (tbl, col));"},
};
const size_t rec_migration_count = COUNTOF(rec_migrations);

SQL(sql_holds, "SELECT tbl, col, holds FROM app_column ORDER BY tbl, col");

/* ---- what the database has ---- */

static rc table_load(struct cx *cx, struct db *db, str name, struct schema_table *out, bool *there)
{
    struct db_column *column = NULL;
    size_t count = 0;
    rc r = db_table_columns(cx, db, name, &column, &count);
    if (r != RC_OK) return r;
    struct schema_column *copy = NEWS(cx->arena, struct schema_column, count + 1);
    for (size_t i = 0; i < count; i++)
        copy[i] = (struct schema_column){column[i].name, column[i].type};
    *out = (struct schema_table){name, copy, count};
    *there = count > 0;
    return RC_OK;
}

static rc holds_load(struct cx *cx, struct db *db, struct schema_have *have)
{
    VEC(struct schema_holds) list = {0};
    struct schema_table notes;
    bool more = false, there = false;
    rc r = table_load(cx, db, STR("app_column"), &notes, &there);
    if (r != RC_OK || !there) return r;
    DB_ROWS rows = {0};
    r = db_query(cx, db, &sql_holds, DB_NO_ARGS, &rows);
    while (r == RC_OK && (r = db_next(cx, &rows, &more)) == RC_OK && more)
        *vec_add(cx->arena, &list) = (struct schema_holds){
            db_text_dup(cx, &rows, 0), db_text_dup(cx, &rows, 1), db_text_dup(cx, &rows, 2)};
    have->holds = list.at;
    have->holds_count = list.len;
    return r;
}

static rc plan_load(struct cx *cx, struct db *db, const struct catalogue *c,
                    struct schema_plan *plan)
{
    struct schema_table *table = NEWS(cx->arena, struct schema_table, (size_t)c->type_count + 1);
    struct schema_have have = {.table = table};
    rc r = holds_load(cx, db, &have);
    for (int i = 0; i < c->type_count && r == RC_OK; i++) {
        bool there = false;
        r = table_load(cx, db, c->type[i].table, &table[have.table_count], &there);
        have.table_count += there;
    }
    struct findings *const own = cx->findings; /* when there are none it makes them in the arena */
    if (r == RC_OK) r = app_schema_sql(cx, c, &have, plan);
    if (r == RC_OK) cx->findings = own;
    return r;
}

/* ---- what the database lacks ---- */

/* Tables and indexes are of all sites of a database.  They are made under its lock, and what another
 * site's server made is left alone: even to ask PostgreSQL for an index IF NOT EXISTS waits for
 * everybody who writes to the table. */
SQL2(sql_index_names, "SELECT name FROM sqlite_master WHERE type = 'index' ORDER BY name",
     "SELECT CAST(c.relname AS TEXT) FROM pg_catalog.pg_class c"
     " WHERE c.relnamespace = CAST(current_schema() AS regnamespace) AND c.relkind IN ('i', 'I')"
     " ORDER BY CAST(c.relname AS TEXT) COLLATE \"C\"");

struct lacks {
    VEC(str) sql;
};

static rc index_names(struct cx *cx, struct db *db, struct map *out)
{
    DB_ROWS rows = {0};
    bool more = false;
    rc r = db_query(cx, db, &sql_index_names, DB_NO_ARGS, &rows);
    while (r == RC_OK && (r = db_next(cx, &rows, &more)) == RC_OK && more)
        map_put(out, cx->arena, db_text_dup(cx, &rows, 0), out);
    return r;
}

static void live_index(struct cx *cx, const struct app_type *t, str column, const struct map *have,
                       struct lacks *out)
{
    struct buf b = {.arena = cx->arena};
    str name =
        sql_index_name(cx->arena, t, arena_printf(cx->arena, STR_FMT "_live", STR_ARG(column)));
    if (map_find(have, name)) return;
    buf_add(&b, STR("CREATE INDEX IF NOT EXISTS "));
    sql_name_write(&b, name);
    buf_add(&b, STR(" ON "));
    sql_name_write(&b, t->table);
    buf_add(&b, STR(" (site, "));
    sql_name_write(&b, column);
    buf_add(&b, STR(", id"));
    if (t->org >= 0 && !str_eq(t->field[t->org].name, column)) {
        buf_add(&b, STR(", ")); /* so that an org's share is counted without reading the rows */
        sql_name_write(&b, t->field[t->org].name);
    }
    buf_add(&b, STR(") WHERE voided = 0"));
    *vec_add(cx->arena, &out->sql) = buf_str(&b);
}

static bool somebody_reads_own(const struct catalogue *c, const struct app_type *t)
{
    const int bit = __builtin_ctz(ACT_READ);
    for (int i = 0; i < c->role_count; i++)
        for (int k = 0; k < c->role[i].grant_count; k++)
            if (c->role[i].grant[k].type == t && c->role[i].grant[k].reach[bit] == REACH_OWN)
                return true;
    return false;
}

/* Of live records; and what the search index needs of its own. */
static rc type_lacks(struct cx *cx, struct db *db, const struct catalogue *c,
                     const struct app_type *t, const struct map *have, struct lacks *out)
{
    const struct rec_index *index = rec_index_of(db);
    str sql[2], name[2];
    for (int k = 0; k < t->field_count; k++)
        if (t->field[k].indexed || t->field[k].kind == FIELD_REF)
            live_index(cx, t, t->field[k].name, have, out);
    if (somebody_reads_own(c, t)) live_index(cx, t, STR("created_by"), have, out);
    if (!rec_searches(t) || !index->tables) return RC_OK;
    struct schema_table table;
    bool there = false;
    index->tables(cx->arena, t, sql, name);
    rc r = table_load(cx, db, name[0], &table, &there);
    if (!there) *vec_add(cx->arena, &out->sql) = sql[0];
    if (!map_find(have, name[1])) *vec_add(cx->arena, &out->sql) = sql[1];
    return r;
}

static rc lacks_load(struct cx *cx, struct db *db, const struct catalogue *c, struct lacks *out)
{
    struct schema_plan plan = {0};
    struct map have = {0};
    *out = (struct lacks){0};
    rc r = plan_load(cx, db, c, &plan);
    if (r == RC_OK) r = index_names(cx, db, &have);
    for (size_t i = 0; i < plan.len && r == RC_OK; i++) {
        const struct schema_step *s = &plan.at[i];
        const bool index = s->act == SCHEMA_INDEX;
        if (!s->sql.len || (index && (!s->unique || map_find(&have, s->column)))) continue;
        *vec_add(cx->arena, &out->sql) = s->sql; /* of indexes the unique ones: the rest is ours */
    }
    for (int i = 0; i < c->type_count && r == RC_OK; i++)
        r = type_lacks(cx, db, c, &c->type[i], &have, out);
    return r;
}

/* ---- the whole ---- */

typedef rc step_fn(struct cx *cx, struct db *db, const struct catalogue *c);

static rc in_transaction(struct cx *cx, struct db *db, const struct catalogue *c, step_fn *step)
{
    rc r = db_begin(cx, db);
    if (r != RC_OK) return r;
    r = step(cx, db, c);
    if (r == RC_OK) r = db_commit(cx, db);
    if (r != RC_OK) db_rollback(db);
    return r;
}

static rc tables_make(struct cx *cx, struct db *db, const struct catalogue *c)
{
    struct lacks lacks;
    rc r = lacks_load(cx, db, c, &lacks);
    for (size_t i = 0; i < lacks.sql.len && r == RC_OK; i++)
        r = db_exec_text(cx, db, lacks.sql.at[i], DB_NO_ARGS);
    return r;
}

static rc site_build(struct cx *cx, struct db *db, const struct catalogue *c)
{
    rc r = rec_counts_build(cx, db, c);
    return r == RC_OK ? rec_search_build(cx, db, c) : r;
}

rc rec_migrate(struct cx *cx, struct db *db, const struct catalogue *c)
{
    struct lacks lacks;
    rc r = lacks_load(cx, db, c, &lacks);
    if (r == RC_OK && lacks.sql.len) {
        r = db_schema_lock(cx, db);
        if (r != RC_OK) return r;
        r = in_transaction(cx, db, c, tables_make); /* looks again: another may have made them */
        db_schema_unlock(db);
    }
    return r == RC_OK ? in_transaction(cx, db, c, site_build) : r;
}

rc rec_plan_write(struct cx *cx, struct db *db, const struct catalogue *c, struct buf *out)
{
    struct schema_plan plan = {0};
    rc r = plan_load(cx, db, c, &plan);
    for (size_t i = 0; i < plan.len && r == RC_OK; i++) {
        if (plan.at[i].always) continue;
        buf_add(out, app_title_of(&plan.at[i].says, cx->lang));
        buf_char(out, '\n');
    }
    return r;
}
