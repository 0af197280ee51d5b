/* Opening and closing an SQLite connection: the lock that keeps a second server off, the settings and
 * their proof.
 *
 * Debian 12's SQLite 3.40.1 has the WAL-reset bug: when two connections make checkpoints, a commit
 * between them can be lost.  So: one connection writes and makes every checkpoint (the writer, guarded
 * by a lock file); readers are query_only, never check-point, not even when they are closed last. */
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/file.h"
#include "store/sqlite/sqlite.h"

enum {
    APPLICATION_ID = 0x42484E31, /* "BHN1": a file of this program */
    BUSY_TIMEOUT_MS = 5000,      /* only the recovery of another connection can make us wait */
    PROGRESS_STEPS = 20000,      /* of SQLite's machine, between two looks at the deadline */
    /* What a job's savepoint remembers stays in memory up to here.  SQLite's own 64 KB are 16 pages:
     * with more, each job wrote copies of all pages it changed into a file. */
    SAVEPOINT_BYTES = 1 << 20,
};

/* The writer's cache decides how fast scattered inserts are at a million records; readers live from
 * the kernel's cache.  No mmap: a disk error would be a signal, and mapped pages count as memory. */
#define WRITER_CACHE "PRAGMA cache_size = -65536"
#define READER_CACHE "PRAGMA cache_size = -8192"

static int past_deadline(void *data)
{
    const struct sqlite_db *db = data;
    return db->deadline_us && os_monotonic_us() > db->deadline_us;
}

static int after_commit(void *data, sqlite3 *sqlite, const char *schema, int pages)
{
    struct sqlite_db *db = data;
    (void)sqlite, (void)schema;
    if (pages < db->log_pages_copied) db->log_pages_copied = 0; /* the log began anew */
    db->log_pages = pages;
    return SQLITE_OK;
}

/* The one name of a file, however it was reached, so that two paths to it meet at one lock. */
static str real_path(struct arena *a, const char *path)
{
    char real[PATH_MAX];
    if (realpath(path, real)) return arena_dup(a, str_from(real));
    const char *slash = strrchr(path, '/');
    const char *base = slash ? slash + 1 : path;
    const char *folder = slash == path ? "/" : ".";
    if (slash && slash != path) folder = arena_cstr(a, (str){path, (size_t)(slash - path)});
    if (!realpath(folder, real)) return str_from(path);
    return arena_printf(a, "%s/%s", real, base);
}

/* flock belongs to the open file: it also keeps a second writer of this process off, and the kernel
 * frees it when the process dies.  Not on the database itself: closing any descriptor of that would
 * drop the locks SQLite holds on it.  The lock file is never removed: that would be a race. */
static rc take_lock(struct cx *cx, struct db *db, const char *path)
{
    str real = real_path(cx->arena, path);
    str name = arena_printf(cx->arena, STR_FMT "-lock", STR_ARG(real));
    lite(db)->lock_file = open(arena_cstr(cx->arena, name), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (lite(db)->lock_file < 0)
        return err_set(cx, RC_INTERNAL, "store.open",
                       "不能创建锁文件“" STR_FMT "”：请检查文件夹是否存在、是否可写",
                       "The lock file \"" STR_FMT
                       "\" cannot be created: check that the folder exists and may be written",
                       STR_ARG(name));
    if (flock(lite(db)->lock_file, LOCK_EX | LOCK_NB) == 0) {
        char pid[24];
        int len = snprintf(pid, sizeof pid, "%ld\n", (long)getpid());
        if (ftruncate(lite(db)->lock_file, 0) != 0 ||
            pwrite(lite(db)->lock_file, pid, (size_t)len, 0) != len) {
            /* Only a help for people: a full disk must not keep the server from starting. */
        }
        return RC_OK;
    }
    char pid[24] = {0};
    ssize_t len = pread(lite(db)->lock_file, pid, sizeof pid - 1, 0);
    str holder = len > 0 ? str_trim((str){pid, (size_t)len}) : STR("?");
    rc r = err_set(cx, RC_CONFLICT, "store.locked",
                   "数据库“%s”正由另一个服务（进程 " STR_FMT "）使用，一个文件同时只能有一个写入者",
                   "The database \"%s\" is in use by another server (process " STR_FMT
                   "); a file has one writer at a time",
                   path, STR_ARG(holder));
    err_hint(cx, "先停止那个服务，或换一个数据文件夹",
             "Stop that server first, or use another data folder");
    return r;
}

static rc not_a_database(struct cx *cx, const char *path, bool other_program)
{
    rc r = other_program
               ? err_set(cx, RC_INVALID, "store.not-a-database",
                         "“%s”是别的程序的 SQLite 数据库，不是本系统的数据库",
                         "\"%s\" is an SQLite database of another program, not one of this system",
                         path)
               : err_set(cx, RC_INVALID, "store.not-a-database", "文件“%s”不是数据库",
                         "The file \"%s\" is not a database", path);
    err_hint(cx, "请检查路径，或从备份恢复", "Check the path, or restore a backup");
    return r;
}

static rc read_i64(struct cx *cx, struct db *db, const char *text, int64_t *out)
{
    sqlite3_stmt *s = NULL;
    int code = sqlite3_prepare_v2(lite(db)->sqlite, text, -1, &s, NULL);
    if (code == SQLITE_OK && (code = sqlite3_step(s)) == SQLITE_ROW) {
        *out = sqlite3_column_int64(s, 0);
        code = SQLITE_OK;
    }
    rc r = code == SQLITE_OK ? RC_OK : db_fail(cx, db, code, text);
    sqlite3_finalize(s);
    return r;
}

rc db_pragma(struct cx *cx, struct db *db, const char *text)
{
    int code = sqlite3_exec(lite(db)->sqlite, text, NULL, NULL, NULL);
    return code == SQLITE_OK ? RC_OK : db_fail(cx, db, code, text);
}

static rc pragmas(struct cx *cx, struct db *db, const char *const *text, size_t count)
{
    rc r = RC_OK;
    for (size_t i = 0; i < count && r == RC_OK; i++)
        r = db_pragma(cx, db, text[i]);
    return r;
}

/* Settings are requests; what counts is what the connection says afterwards. */
static rc prove(struct cx *cx, struct db *db, const char *text, int64_t expected)
{
    int64_t got = -1;
    rc r = read_i64(cx, db, text, &got);
    if (r == RC_OK && got != expected)
        r = err_set(
            cx, RC_INTERNAL, "store.open", "数据库设置 %s 应为 %" PRId64 "，实际为 %" PRId64,
            "The database setting %s should be %" PRId64 " and is %" PRId64, text, expected, got);
    return r;
}

static void sync_folder(struct cx *cx, const char *path)
{
    const char *slash = strrchr(path, '/');
    str folder = !slash ? STR(".") : slash == path ? STR("/") : (str){path, (size_t)(slash - path)};
    int fd = open(arena_cstr(cx->arena, folder), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return;
    (void)!fsync(fd);
    close(fd);
}

/* EXTRA while the file is born: the switch to WAL unlinks a journal, and were only that unlink lost in
 * a power cut, the journal would roll back everything that came after it. */
static rc set_up_file(struct cx *cx, struct db *db, const char *path)
{
    int64_t tables = 0, id = 0;
    rc r = read_i64(cx, db, "SELECT count(*) FROM sqlite_schema", &tables);
    if (r == RC_OK) r = read_i64(cx, db, "PRAGMA application_id", &id);
    if (r != RC_OK) return r;
    if (tables > 0 && id != APPLICATION_ID) return not_a_database(cx, path, true);
    bool young = id != APPLICATION_ID;
    static const char *const birth[] = {
        "PRAGMA synchronous = EXTRA",
        "PRAGMA journal_mode = WAL",
    };
    if (young) {
        r = pragmas(cx, db, birth, COUNTOF(birth));
        str text = arena_printf(cx->arena, "PRAGMA application_id = %d", APPLICATION_ID);
        if (r == RC_OK) r = db_pragma(cx, db, arena_cstr(cx->arena, text));
    }
    static const char *const life[] = {
        "PRAGMA journal_mode = WAL",
        "PRAGMA synchronous = FULL",
        "PRAGMA wal_autocheckpoint = 0",
        "PRAGMA journal_size_limit = 134217728",
        WRITER_CACHE,
    };
    if (r == RC_OK) r = pragmas(cx, db, life, COUNTOF(life));
    if (r == RC_OK) r = prove(cx, db, "PRAGMA synchronous", 2);
    if (r == RC_OK) r = prove(cx, db, "SELECT journal_mode = 'wal' FROM pragma_journal_mode", 1);
    if (r == RC_OK && young) sync_folder(cx, path);
    if (r == RC_OK) sqlite3_wal_hook(lite(db)->sqlite, after_commit, db);
    return r;
}

static rc set_up_reader(struct cx *cx, struct db *db, const char *path)
{
    static const char *const life[] = {
        "PRAGMA query_only = ON",
        "PRAGMA wal_autocheckpoint = 0",
        READER_CACHE,
    };
    int64_t tables = 0, id = 0;
    rc r = pragmas(cx, db, life, COUNTOF(life));
    if (r == RC_OK) r = prove(cx, db, "PRAGMA query_only", 1);
    if (r == RC_OK) r = read_i64(cx, db, "SELECT count(*) FROM sqlite_schema", &tables);
    if (r == RC_OK) r = read_i64(cx, db, "PRAGMA application_id", &id);
    if (r == RC_OK && id != APPLICATION_ID) r = not_a_database(cx, path, true);
    return r;
}

static rc set_up(struct cx *cx, struct db *db, const char *path)
{
    /* First of all: the very first statement may meet the recovery of a killed server's log. */
    sqlite3_busy_timeout(lite(db)->sqlite, BUSY_TIMEOUT_MS);
    if (db->mode == DB_READER)
        sqlite3_db_config(lite(db)->sqlite, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    sqlite3_extended_result_codes(lite(db)->sqlite, 1);
    sqlite3_progress_handler(lite(db)->sqlite, PROGRESS_STEPS, past_deadline, db);
    /* "x" is a column, never a text by accident, as in PostgreSQL. */
    sqlite3_db_config(lite(db)->sqlite, SQLITE_DBCONFIG_DQS_DDL, 0, NULL);
    sqlite3_db_config(lite(db)->sqlite, SQLITE_DBCONFIG_DQS_DML, 0, NULL);
    sqlite3_db_config(lite(db)->sqlite, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    static const char *const all[] = {
        "PRAGMA trusted_schema = OFF",
        "PRAGMA foreign_keys = ON",
    };
    rc r = pragmas(cx, db, all, COUNTOF(all));
    if (r == RC_OK) r = prove(cx, db, "PRAGMA foreign_keys", 1);
    if (r == RC_OK && db->mode == DB_READER) r = set_up_reader(cx, db, path);
    if (r == RC_OK && db->mode == DB_WRITER && lite(db)->on_disk) r = set_up_file(cx, db, path);
    if (r == RC_INVALID && cx->err.source.len == 0) err_source(cx, str_from(path));
    return r;
}

static rc open_sqlite(struct cx *cx, struct db *db, const char *path, bool uri)
{
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX;
    if (db->mode == DB_WRITER) flags |= SQLITE_OPEN_CREATE;
    if (uri) flags |= SQLITE_OPEN_URI;
    int code = sqlite3_open_v2(path, &lite(db)->sqlite, flags, NULL);
    if (code == SQLITE_OK) return set_up(cx, db, path);
    return err_set(cx, RC_INTERNAL, "store.open", "不能打开数据库“%s”：%s",
                   "The database \"%s\" cannot be opened: %s", path,
                   sqlite3_errmsg(lite(db)->sqlite));
}

static void close_sqlite(struct db *db)
{
    struct sqlite_db *d = lite(db);
    stmt_cache_close(db);
    /* The last close makes a checkpoint, which syncs: never again after a sync has failed. */
    if (db->broken && d->sqlite)
        sqlite3_db_config(d->sqlite, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    if (d->sqlite) CHECK(sqlite3_close(d->sqlite) == SQLITE_OK);
    if (d->lock_file >= 0) close(d->lock_file); /* after the database: the lock outlives the use */
    free(d);
}

/* The lock file keeps the only other writer off; it cannot be lost while this process lives. */
static rc seat_free(struct cx *cx, struct db *db, bool *free)
{
    (void)cx;
    (void)db;
    *free = true; /* the lock file says so at once */
    return RC_OK;
}

static rc ping(struct cx *cx, struct db *db)
{
    (void)cx, (void)db;
    return RC_OK;
}

static void no_unlock(struct db *db)
{
    (void)db;
}

const struct db_backend sqlite_backend = {
    .kind = DB_SQLITE,
    .close = close_sqlite,
    .stmt_open = sqlite_stmt_open,
    .stmt_reset = sqlite_stmt_reset,
    .stmt_close = sqlite_stmt_close,
    .exec = sqlite_exec,
    .exec_rows = sqlite_exec_rows,
    .changes = sqlite_changes,
    .query = sqlite_query,
    .scan = sqlite_scan,
    .next = sqlite_next,
    .rows_done = sqlite_rows_done,
    .columns = sqlite_columns,
    .type_of = sqlite_type_of,
    .i64 = sqlite_i64,
    .text = sqlite_text,
    .begin = sqlite_begin,
    .commit = sqlite_commit,
    .rollback = sqlite_rollback,
    .savepoint = sqlite_savepoint,
    .savepoint_keep = sqlite_savepoint_keep,
    .savepoint_undo = sqlite_savepoint_undo,
    .in_transaction = sqlite_in_transaction,
    .ping = ping,
    .seat_free = seat_free,
    .schema_lock = ping,
    .schema_unlock = no_unlock,
    .table_columns = sqlite_table_columns,
    .checkpoint = sqlite_checkpoint,
    .backlog_bytes = sqlite_backlog_bytes,
    .backup = sqlite_backup,
    .integrity = sqlite_integrity,
};

rc sqlite_open(struct cx *cx, str url, enum db_mode mode, struct db **out)
{
    const char *path = arena_cstr(cx->arena, url);
    bool uri = str_starts(url, STR("file:")), memory = str_eq(url, STR(":memory:"));
    if (memory && mode == DB_READER)
        return err_set(cx, RC_INVALID, "store.memory-reader",
                       "内存数据库“:memory:”只属于一个连接，不能另外打开读取",
                       "The database \":memory:\" belongs to one connection; it has no readers");
    if (mode == DB_READER && !uri && !file_exists(cx, url))
        return err_set(cx, RC_MISSING, "store.missing", "数据库文件“%s”不存在",
                       "The database file \"%s\" does not exist", path);
    /* SQLite's own count of memory costs a lock over all threads at every allocation.  Refused, and
     * harmless, when SQLite runs already. */
    if (mode == DB_WRITER) {
        sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
        sqlite3_config(SQLITE_CONFIG_STMTJRNL_SPILL, (int)SAVEPOINT_BYTES);
    }
    struct sqlite_db *d = calloc(1, sizeof *d);
    CHECK(d);
    *d = (struct sqlite_db){.head = {.backend = &sqlite_backend, .mode = mode},
                            .lock_file = -1,
                            .on_disk = !uri && !memory};
    struct db *db = &d->head;
    rc r = RC_OK;
    if (mode == DB_WRITER && lite(db)->on_disk) r = take_lock(cx, db, path);
    if (r == RC_OK) r = open_sqlite(cx, db, path, uri);
    if (r == RC_OK)
        *out = db;
    else
        db_close(db);
    return r;
}
