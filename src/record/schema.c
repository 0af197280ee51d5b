/* Tables, indexes, counts and search indexes of the declared types. */
#include "record/parts.h"

const struct db_migration rec_migrations[] = {
    {1, "record",
     "CREATE TABLE file ("
     " hash TEXT PRIMARY KEY," /* SM3 of the content, hex */
     " name TEXT NOT NULL,"
     " media_type TEXT NOT NULL,"
     " bytes BIGINT NOT NULL,"
     " added_by TEXT NOT NULL,"
     " added_us BIGINT NOT NULL,"
     " content BYTEA NOT NULL);"
     /* How many live records have a value, by org; see count.c. */
     "CREATE TABLE record_count ("
     " what TEXT NOT NULL,"
     " num BIGINT NOT NULL,"
     " value TEXT NOT NULL,"
     " org BIGINT NOT NULL,"
     " n BIGINT NOT NULL,"
     " PRIMARY KEY (what, num, value, org));"
     "CREATE TABLE record_counted ("
     " what TEXT PRIMARY KEY,"
     " state TEXT NOT NULL);"}, /* kept, given up; of "… /search": what the index holds */
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

/* ---- indexes of live records ---- */

static rc index_create(struct cx *cx, struct db *db, const struct app_type *t, str column)
{
    struct buf b = {.arena = cx->arena};
    buf_add(&b, STR("CREATE INDEX IF NOT EXISTS "));
    sql_name_write(&b, arena_printf(cx->arena, STR_FMT "__" STR_FMT "_live", STR_ARG(t->table),
                                    STR_ARG(column)));
    buf_add(&b, STR(" ON "));
    sql_name_write(&b, t->table);
    buf_add(&b, STR(" ("));
    sql_name_write(&b, column);
    buf_add(&b, STR(", id"));
    if (t->org >= 0 && !str_eq(t->field[t->org].name, column)) {
        buf_add(&b, STR(", ")); /* so that an org's share is counted without reading the rows */
        sql_name_write(&b, t->field[t->org].name);
    }
    buf_add(&b, STR(") WHERE voided = 0"));
    return db_exec_text(cx, db, buf_str(&b), DB_NO_ARGS);
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

static rc indexes_create(struct cx *cx, struct db *db, const struct catalogue *c)
{
    rc r = RC_OK;
    for (int i = 0; i < c->type_count && r == RC_OK; i++) {
        const struct app_type *t = &c->type[i];
        for (int k = 0; k < t->field_count && r == RC_OK; k++)
            if (t->field[k].indexed || t->field[k].kind == FIELD_REF)
                r = index_create(cx, db, t, t->field[k].name);
        if (r == RC_OK && somebody_reads_own(c, t)) r = index_create(cx, db, t, STR("created_by"));
    }
    return r;
}

/* ---- the whole ---- */

static rc migrate(struct cx *cx, struct db *db, const struct catalogue *c,
                  const struct schema_plan *plan)
{
    rc r = RC_OK;
    for (size_t i = 0; i < plan->len && r == RC_OK; i++) {
        const struct schema_step *s = &plan->at[i];
        const bool own =
            s->act == SCHEMA_INDEX && !str_starts(s->sql, STR("CREATE UNIQUE")); /* ours */
        if (s->sql.len && !own) r = db_exec_text(cx, db, s->sql, DB_NO_ARGS);
    }
    if (r == RC_OK) r = indexes_create(cx, db, c);
    if (r == RC_OK) r = rec_counts_build(cx, db, c);
    return r == RC_OK ? rec_search_build(cx, db, c) : r;
}

rc rec_migrate(struct cx *cx, struct db *db, const struct catalogue *c)
{
    struct schema_plan plan = {0};
    rc r = plan_load(cx, db, c, &plan);
    if (r == RC_OK) r = db_begin(cx, db);
    if (r != RC_OK) return r;
    r = migrate(cx, db, c, &plan);
    if (r == RC_OK) r = db_commit(cx, db);
    if (r != RC_OK) db_rollback(db);
    return r;
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
