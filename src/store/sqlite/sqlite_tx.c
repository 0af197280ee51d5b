/* Transactions on SQLite, and what its error codes mean. */
#include <string.h>

#include "store/sqlite/sqlite.h"

SQL(sql_begin_write, "BEGIN IMMEDIATE");
SQL(sql_begin_read, "BEGIN");
SQL(sql_snapshot, "SELECT type FROM sqlite_schema LIMIT 1");
SQL(sql_commit, "COMMIT");
SQL(sql_rollback, "ROLLBACK");
SQL(sql_savepoint, "SAVEPOINT job");
SQL(sql_keep, "RELEASE job");
SQL(sql_undo, "ROLLBACK TO job");

static rc fail_disk(struct cx *cx, const char *what)
{
    rc r = err_set(cx, RC_INTERNAL, "store.sql", "磁盘读写出错（%s），数据库已停止写入",
                   "The disk failed (%s); the database takes no more writes", what);
    err_hint(cx, "检查磁盘后重新启动服务", "Check the disk, then start the server again");
    return r;
}

static rc fail_corrupt(struct cx *cx, const char *what)
{
    rc r = err_set(cx, RC_INTERNAL, "store.corrupt", "数据库文件已损坏（%s）",
                   "The database file is damaged (%s)", what);
    err_hint(cx, "从最近的备份恢复", "Restore the latest backup");
    return r;
}

rc db_fail(struct cx *cx, struct db *db, int code, const char *text)
{
    const char *message = sqlite3_errmsg(lite(db)->sqlite);
    switch (code & 0xff) {
    case SQLITE_CONSTRAINT:
        return err_set(cx, RC_CONFLICT, "store.constraint", "与已有数据冲突：%s",
                       "Conflicts with what is stored: %s", message);
    case SQLITE_FULL: {
        rc r = err_set(cx, RC_FULL, "store.full", "磁盘空间不足，没有保存任何改动",
                       "The disk is full; nothing was changed");
        err_hint(cx, "释放磁盘空间后重试", "Free some space, then try again");
        return r;
    }
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return err_set(cx, RC_BUSY, "store.busy", "数据库正忙，请稍后再试",
                       "The database is busy, try again");
    case SQLITE_INTERRUPT:
        return err_set(cx, RC_LIMIT, "store.time", "查询超过了允许的时间",
                       "The query took longer than allowed");
    case SQLITE_NOTADB:
        return err_set(cx, RC_INVALID, "store.not-a-database", "这个文件不是数据库",
                       "The file is not a database");
    case SQLITE_CORRUPT: return fail_corrupt(cx, message);
    case SQLITE_IOERR:
        /* After a failed sync the kernel may have dropped the pages and call the next one a success:
         * only opening anew, from what the disk really holds, is safe. */
        if (lite(db)->on_disk && (code == SQLITE_IOERR_FSYNC || code == SQLITE_IOERR_DIR_FSYNC))
            db->broken = true;
        return fail_disk(cx, message);
    default:
        return err_set(cx, RC_INTERNAL, "store.sql", "数据库语句失败：%s（%s）",
                       "A database statement failed: %s (%s)", message, text);
    }
}

/* ---- transactions ---- */

rc sqlite_begin(struct cx *cx, struct db *db)
{
    if (db->broken) return fail_disk(cx, "sync");
    CHECK(!db_in_transaction(db));
    if (db->mode == DB_WRITER) return db_exec(cx, db, &sql_begin_write, DB_NO_ARGS);
    rc r = db_exec(cx, db, &sql_begin_read, DB_NO_ARGS);
    if (r == RC_OK) r = db_exec(cx, db, &sql_snapshot, DB_NO_ARGS); /* the first read fixes it */
    if (r != RC_OK) db_rollback(db);
    return r;
}

rc sqlite_commit(struct cx *cx, struct db *db)
{
    rc r = db_exec(cx, db, &sql_commit, DB_NO_ARGS);
    /* A commit that met a bad disk may be there after a restart or not: its answer is "unknown". */
    if (r == RC_INTERNAL && lite(db)->on_disk && db->mode == DB_WRITER) db->broken = true;
    return r;
}

static bool run_quietly(struct db *db, const struct sql *sql)
{
    struct arena scratch;
    arena_init(&scratch, 1 << 20);
    struct cx cx = {.arena = &scratch};
    int64_t fault = db->fault_in;
    db->fault_in = 0; /* an undo that is made to fail would prove nothing */
    rc r = db_exec(&cx, db, sql, DB_NO_ARGS);
    db->fault_in = fault;
    arena_done(&scratch);
    return r == RC_OK;
}

void sqlite_rollback(struct db *db)
{
    /* A connection stuck in a transaction can do nothing right any more. */
    if (!run_quietly(db, &sql_rollback)) db->broken = true;
}

rc sqlite_savepoint(struct cx *cx, struct db *db)
{
    return db_exec(cx, db, &sql_savepoint, DB_NO_ARGS);
}

rc sqlite_savepoint_keep(struct cx *cx, struct db *db)
{
    return db_exec(cx, db, &sql_keep, DB_NO_ARGS);
}

void sqlite_savepoint_undo(struct db *db)
{
    if (!run_quietly(db, &sql_undo) || !run_quietly(db, &sql_keep)) db_rollback(db);
}

bool sqlite_in_transaction(const struct db *db)
{
    return !sqlite3_get_autocommit(((const struct sqlite_db *)db)->sqlite);
}
