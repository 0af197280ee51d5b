/* Migrations and what a table looks like. */
#include "base/sm3.h"
#include "store/backend.h"
#include "store/ddl.h"

static const char schema_version_ddl[] =
    "CREATE TABLE IF NOT EXISTS schema_version ("
    " family TEXT NOT NULL,"    /* whose list: "ledger", "record" … */
    " version BIGINT NOT NULL," /* 1, 2, 3 … within the family */
    " name TEXT NOT NULL,"
    " checksum TEXT NOT NULL," /* SM3 of the step's text, hex */
    " applied_us BIGINT NOT NULL,"
    " PRIMARY KEY (family, version))";

SQL(sql_step_find, "SELECT checksum FROM schema_version WHERE family = $1 AND version = $2");
SQL(sql_step_last, "SELECT max(version) FROM schema_version WHERE family = $1");
SQL(sql_step_add,
    "INSERT INTO schema_version (family, version, name, checksum, applied_us)"
    " VALUES ($1, $2, $3, $4, $5)");

static str family_of(const struct db_migration *m)
{
    str name = str_from(m->name);
    size_t len = 0;
    while (len < name.len && ((name.at[len] >= 'a' && name.at[len] <= 'z') ||
                              (name.at[len] >= 'A' && name.at[len] <= 'Z')))
        len++;
    return str_slice(name, 0, len);
}

static rc run_text(struct cx *cx, struct db *db, const char *text)
{
    str rest = str_from(text), statement;
    rc r = RC_OK;
    while (r == RC_OK && ddl_next(&rest, &statement))
        r = db_exec_text(cx, db, statement, DB_NO_ARGS);
    return r;
}

static rc apply(struct cx *cx, struct db *db, const struct db_migration *m, str checksum)
{
    rc r = db_begin(cx, db);
    if (r != RC_OK) return r;
    r = run_text(cx, db, m->text);
    if (r == RC_OK)
        r = db_exec(cx, db, &sql_step_add,
                    DB_ARGS(DB_T(family_of(m)), DB_I(m->version), DB_T(str_from(m->name)),
                            DB_T(checksum), DB_I(cx->now_us)));
    if (r == RC_OK) r = db_commit(cx, db);
    if (r != RC_OK) db_rollback(db);
    return r;
}

static rc step(struct cx *cx, struct db *db, const struct db_migration *m)
{
    DB_ROWS rows = {0};
    bool there = false;
    str checksum = sm3_hex(cx->arena, str_from(m->text));
    rc r = db_query(cx, db, &sql_step_find, DB_ARGS(DB_T(family_of(m)), DB_I(m->version)), &rows);
    if (r == RC_OK) r = db_next(cx, &rows, &there);
    if (r != RC_OK) return r;
    if (there && !str_eq(db_text(&rows, 0), checksum))
        return err_set(
            cx, RC_CONFLICT, "store.changed-migration",
            "数据库结构步骤“%s”（第 %d 步）与已执行的不同：程序与数据库不匹配",
            "The schema step \"%s\" (version %d) is not the one that ran here: program and "
            "database do not belong together",
            m->name, m->version);
    db_rows_done(&rows);
    return there ? RC_OK : apply(cx, db, m, checksum);
}

static rc check_not_newer(struct cx *cx, struct db *db, const struct db_migration *steps,
                          size_t count, str family)
{
    int64_t known = 0, last = 0;
    for (size_t i = 0; i < count; i++)
        if (str_eq(family_of(&steps[i]), family) && steps[i].version > known)
            known = steps[i].version;
    DB_ROWS rows = {0};
    bool more = false;
    rc r = db_query(cx, db, &sql_step_last, DB_ARGS(DB_T(family)), &rows);
    if (r == RC_OK) r = db_next(cx, &rows, &more);
    if (r != RC_OK) return r;
    if (more) last = db_i64(&rows, 0);
    if (last <= known) return RC_OK;
    r = err_set(cx, RC_CONFLICT, "store.newer-schema",
                "数据库由更新的程序写过：“" STR_FMT "”的结构是第 %" PRId64
                " 版，本程序只认识到第 %" PRId64 " 版",
                "The database was written by a newer program: the schema of \"" STR_FMT
                "\" is version %" PRId64 ", this program knows up to %" PRId64,
                STR_ARG(family), last, known);
    err_hint(cx, "请使用新版本的程序", "Use the newer program");
    return r;
}

/* Those of `steps` that name a family the first time; what is said of a family is said once. */
static bool first_of_family(const struct db_migration *steps, size_t at)
{
    for (size_t i = 0; i < at; i++)
        if (str_eq(family_of(&steps[i]), family_of(&steps[at]))) return false;
    return true;
}

static rc migrate(struct cx *cx, struct db *db, const struct db_migration *steps, size_t count)
{
    rc r = db_exec_text(cx, db, str_from(schema_version_ddl), DB_NO_ARGS);
    for (size_t i = 0; i < count && r == RC_OK; i++)
        if (first_of_family(steps, i))
            r = check_not_newer(cx, db, steps, count, family_of(&steps[i]));
    for (size_t i = 0; i < count && r == RC_OK; i++)
        r = step(cx, db, &steps[i]);
    return r;
}

rc db_schema_lock(struct cx *cx, struct db *db)
{
    return db->backend->schema_lock(cx, db);
}

void db_schema_unlock(struct db *db)
{
    db->backend->schema_unlock(db);
}

rc db_migrate(struct cx *cx, struct db *db, const struct db_migration *steps, size_t count)
{
    rc r = db->backend->schema_lock(cx, db);
    if (r != RC_OK) return r;
    r = migrate(cx, db, steps, count);
    db->backend->schema_unlock(db);
    return r;
}

static rc older(struct cx *cx, const struct db_migration *m)
{
    rc r = err_set(
        cx, RC_CONFLICT, "store.older-schema", "数据库结构比程序旧：缺少步骤“%s”（第 %d 步）",
        "The database's schema is older than the program: the step \"%s\" (version %d) is "
        "not there",
        m->name, m->version);
    err_hint(cx, "先启动（或等待）本版本的写入服务，它会升级数据库结构",
             "Start, or wait for, the writing server of this version: it brings the schema up");
    return r;
}

static rc step_there(struct cx *cx, struct db *db, const struct db_migration *m)
{
    DB_ROWS rows = {0};
    bool there = false;
    rc r = db_query(cx, db, &sql_step_find, DB_ARGS(DB_T(family_of(m)), DB_I(m->version)), &rows);
    if (r == RC_OK) r = db_next(cx, &rows, &there);
    return r != RC_OK || there ? r : older(cx, m);
}

rc db_migrated(struct cx *cx, struct db *db, const struct db_migration *steps, size_t count)
{
    struct db_column *column = NULL;
    size_t columns = 0;
    rc r = db_table_columns(cx, db, STR("schema_version"), &column, &columns);
    if (r == RC_OK && columns == 0 && count) r = older(cx, &steps[0]);
    for (size_t i = 0; i < count && r == RC_OK; i++)
        if (first_of_family(steps, i))
            r = check_not_newer(cx, db, steps, count, family_of(&steps[i]));
    for (size_t i = 0; i < count && r == RC_OK; i++)
        r = step_there(cx, db, &steps[i]);
    return r;
}
