/* Care of an SQLite database: checkpoints, backup, integrity, what a table looks like. */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/file.h"
#include "store/sqlite/sqlite.h"

enum {
    BUSY_TIMEOUT_MS = 5000,
    LOG_PAGES_MAX =
        DB_BACKLOG_BYTES_MAX / 4096 * 3 / 2, /* longer: worth a short wait for readers */
    READER_WAIT_MS = 100,
};
SQL(sql_integrity, "SELECT integrity_check FROM pragma_integrity_check(1)");
SQL(sql_columns, "SELECT name, type FROM pragma_table_info($1) ORDER BY cid");
SQL(sql_orphans, "SELECT count(*) FROM pragma_foreign_key_check");

static int run_checkpoint(struct db *db, int how, int wait_ms)
{
    int log = 0, copied = 0;
    sqlite3_busy_timeout(lite(db)->sqlite, wait_ms);
    int code = sqlite3_wal_checkpoint_v2(lite(db)->sqlite, "main", how, &log, &copied);
    sqlite3_busy_timeout(lite(db)->sqlite, BUSY_TIMEOUT_MS);
    if (log >= 0) lite(db)->log_pages = log;
    if (copied >= 0) lite(db)->log_pages_copied = copied;
    return (code & 0xff) == SQLITE_BUSY ? SQLITE_OK : code;
}

/* While this thread waits for a reader nobody can commit, so normally it does not.  But the log can
 * only begin anew when no reader is left in it, and under a steady load of reads that never happens
 * by chance: when it has grown long, the readers of now are waited for (later ones do not use it). */
rc sqlite_checkpoint(struct cx *cx, struct db *db, bool truncate)
{
    if (!lite(db)->on_disk || db->broken) return RC_OK;
    if (db->fault_in && db_fault_due(db, true)) return db_fault_fail(cx);
    int code =
        run_checkpoint(db, truncate ? SQLITE_CHECKPOINT_TRUNCATE : SQLITE_CHECKPOINT_PASSIVE, 0);
    if (code == SQLITE_OK && lite(db)->log_pages > LOG_PAGES_MAX)
        code = run_checkpoint(db, SQLITE_CHECKPOINT_RESTART, READER_WAIT_MS);
    if (truncate) sqlite3_db_release_memory(lite(db)->sqlite); /* idle: of many sites most are */
    return code == SQLITE_OK ? RC_OK : db_fail(cx, db, code, "checkpoint");
}

int64_t sqlite_backlog_bytes(const struct db *db)
{
    const struct sqlite_db *d = (const struct sqlite_db *)db;
    return (d->log_pages - d->log_pages_copied) * 4096;
}

static rc copy_into(struct cx *cx, struct db *from, const char *path)
{
    sqlite3 *to = NULL;
    int code = sqlite3_open_v2(path, &to, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL);
    sqlite3_backup *copy = NULL;
    if (code == SQLITE_OK) copy = sqlite3_backup_init(to, "main", lite(from)->sqlite, "main");
    /* All in one step: the snapshot of the transaction is what is copied. */
    if (copy) sqlite3_backup_step(copy, -1);
    code = copy ? sqlite3_backup_finish(copy) : SQLITE_CANTOPEN;
    rc r = RC_OK;
    if ((code & 0xff) == SQLITE_FULL)
        r = err_set(cx, RC_FULL, "store.full", "磁盘空间不足，备份没有完成",
                    "The disk is full; the backup was not made");
    else if (code != SQLITE_OK)
        r = err_set(cx, RC_INTERNAL, "store.backup", "备份到“%s”失败：%s",
                    "The backup to \"%s\" failed: %s", path, sqlite3_errmsg(to));
    sqlite3_close(to);
    return r;
}

static bool sync_file(const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    bool ok = fd >= 0 && fsync(fd) == 0;
    if (fd >= 0) close(fd);
    return ok;
}

rc sqlite_backup(struct cx *cx, struct db *from, str path)
{
    if (file_exists(cx, path))
        return err_set(cx, RC_CONFLICT, "store.exists", "文件“" STR_FMT "”已存在，备份不会覆盖它",
                       "The file \"" STR_FMT "\" exists; a backup does not overwrite it",
                       STR_ARG(path));
    const char *name = arena_cstr(cx->arena, path);
    const char *part = arena_cstr(cx->arena, arena_printf(cx->arena, "%s.part", name));
    unlink(part);
    bool own = !db_in_transaction(from);
    rc r = RC_OK;
    if (own && from->mode == DB_READER) r = db_begin(cx, from);
    if (r == RC_OK) r = copy_into(cx, from, part);
    if (own) db_rollback(from);
    if (r == RC_OK && (!sync_file(part) || rename(part, name) != 0))
        r = err_set(cx, RC_INTERNAL, "store.backup", "不能写完备份文件“%s”",
                    "The backup file \"%s\" cannot be completed", name);
    if (r != RC_OK) unlink(part);
    return r;
}

rc sqlite_integrity(struct cx *cx, struct db *db, bool *sound)
{
    DB_ROWS rows = {0};
    bool more = false, whole = false;
    rc r = db_query(cx, db, &sql_integrity, DB_NO_ARGS, &rows);
    if (r == RC_OK) r = db_next(cx, &rows, &more);
    if (r != RC_OK) return r;
    whole = more && str_eq(db_text(&rows, 0), STR("ok"));
    r = db_query(cx, db, &sql_orphans, DB_NO_ARGS, &rows);
    if (r == RC_OK) r = db_next(cx, &rows, &more);
    if (r == RC_OK) *sound = whole && more && db_i64(&rows, 0) == 0;
    return r;
}

rc sqlite_table_columns(struct cx *cx, struct db *db, str table, struct db_column **out,
                        size_t *count)
{
    VEC(struct db_column) list = {0};
    DB_ROWS rows = {0};
    bool more = false;
    rc r = db_query(cx, db, &sql_columns, DB_ARGS(DB_T(table)), &rows);
    while (r == RC_OK && (r = db_next(cx, &rows, &more)) == RC_OK && more)
        *vec_add(cx->arena, &list) = (struct db_column){
            .name = db_text_dup(cx, &rows, 0), .type = ddl_type(db_text_dup(cx, &rows, 1))};
    if (r != RC_OK) return r;
    *out = list.at;
    *count = list.len;
    return RC_OK;
}
