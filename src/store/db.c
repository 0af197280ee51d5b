/* The one interface: which engine a URL means, and what is the same for both. */
#include "base/file.h"
#include "store/backend.h"
#include "store/dialect.h"

/* ---- opening ---- */

enum db_kind db_kind_of(str url)
{
    return str_starts(url, STR("postgresql://")) || str_starts(url, STR("postgres://"))
               ? DB_POSTGRES
               : DB_SQLITE;
}

rc db_open(struct cx *cx, str url, enum db_mode mode, struct db **out)
{
    return db_kind_of(url) == DB_POSTGRES ? pg_open(cx, url, mode, out)
                                          : sqlite_open(cx, url, mode, out);
}

void db_close(struct db *db)
{
    if (db) db->backend->close(db);
}

enum db_kind db_kind(const struct db *db)
{
    return db->backend->kind;
}

int64_t db_site(const struct db *db)
{
    return db->site;
}

rc db_check_pinned(struct cx *cx, str text)
{
    str table = dialect_unpinned(text);
    if (!table.len) return RC_OK;
    return err_set(cx, RC_INTERNAL, "store.sql", "语句没有限定表“" STR_FMT "”的 site：" STR_FMT,
                   "The statement does not pin site of table \"" STR_FMT "\": " STR_FMT,
                   STR_ARG(table), STR_ARG(text));
}

rc db_out_of_time(struct cx *cx)
{
    return err_set(cx, RC_LIMIT, "store.time", "查询超过了允许的时间",
                   "The query took longer than allowed");
}

/* ---- running statements ---- */

rc db_exec(struct cx *cx, struct db *db, const struct sql *sql, const struct db_val *args,
           size_t count)
{
    struct db_stmt *s = NULL;
    rc r = stmt_by_key(cx, db, sql, &s);
    if (r != RC_OK) return r;
    r = db->backend->exec(cx, db, s, args, count);
    stmt_give(db, s);
    return r;
}

rc db_exec_text(struct cx *cx, struct db *db, str text, const struct db_val *args, size_t count)
{
    struct db_stmt *s = NULL;
    rc r = stmt_by_text(cx, db, text, &s);
    if (r != RC_OK) return r;
    r = db->backend->exec(cx, db, s, args, count);
    stmt_give(db, s);
    return r;
}

rc db_exec_rows(struct cx *cx, struct db *db, const struct sql *sql, const struct db_val *values,
                size_t columns, size_t rows)
{
    if (rows == 0) return RC_OK;
    struct db_stmt *s = NULL;
    rc r = stmt_by_key(cx, db, sql, &s);
    if (r != RC_OK) return r;
    r = db->backend->exec_rows(cx, db, s, values, columns, rows);
    stmt_give(db, s);
    return r;
}

rc db_exec_rows_text(struct cx *cx, struct db *db, str text, const struct db_val *values,
                     size_t columns, size_t rows)
{
    if (rows == 0) return RC_OK;
    struct db_stmt *s = NULL;
    rc r = stmt_by_text(cx, db, text, &s);
    if (r != RC_OK) return r;
    r = db->backend->exec_rows(cx, db, s, values, columns, rows);
    stmt_give(db, s);
    return r;
}

rc db_changes(struct cx *cx, struct db *db, int64_t *rows)
{
    return db->backend->changes(cx, db, rows);
}

/* ---- rows ---- */

rc db_query(struct cx *cx, struct db *db, const struct sql *sql, const struct db_val *args,
            size_t count, struct db_rows *out)
{
    db_rows_done(out);
    struct db_stmt *s = NULL;
    rc r = stmt_by_key(cx, db, sql, &s);
    return r == RC_OK ? db->backend->query(cx, db, s, args, count, out) : r;
}

rc db_query_text(struct cx *cx, struct db *db, str text, const struct db_val *args, size_t count,
                 struct db_rows *out)
{
    db_rows_done(out);
    struct db_stmt *s = NULL;
    rc r = stmt_by_text(cx, db, text, &s);
    return r == RC_OK ? db->backend->query(cx, db, s, args, count, out) : r;
}

rc db_scan_text(struct cx *cx, struct db *db, str text, const struct db_val *args, size_t count,
                struct db_rows *out)
{
    db_rows_done(out);
    return db->backend->scan(cx, db, text, args, count, out);
}

void db_rows_done(struct db_rows *rows)
{
    if (rows->stmt) rows->db->backend->rows_done(rows);
    *rows = (struct db_rows){0};
}

rc db_next(struct cx *cx, struct db_rows *rows, bool *more)
{
    *more = false;
    return rows->stmt ? rows->db->backend->next(cx, rows, more) : RC_OK;
}

int db_columns(const struct db_rows *rows)
{
    return rows->db->backend->columns(rows);
}

enum db_type db_type_of(const struct db_rows *rows, int column)
{
    return rows->db->backend->type_of(rows, column);
}

bool db_is_null(const struct db_rows *rows, int column)
{
    return rows->db->backend->type_of(rows, column) == DB_NULL;
}

int64_t db_i64(const struct db_rows *rows, int column)
{
    return rows->db->backend->i64(rows, column);
}

str db_text(const struct db_rows *rows, int column)
{
    return rows->db->backend->text(rows, column);
}

str db_text_dup(struct cx *cx, const struct db_rows *rows, int column)
{
    return arena_dup(cx->arena, db_text(rows, column));
}

/* ---- transactions ---- */

rc db_begin(struct cx *cx, struct db *db)
{
    return db->backend->begin(cx, db);
}

rc db_commit(struct cx *cx, struct db *db)
{
    return db->backend->commit(cx, db);
}

void db_rollback(struct db *db)
{
    if (db_in_transaction(db)) db->backend->rollback(db); /* else the engine did it already */
}

rc db_savepoint(struct cx *cx, struct db *db)
{
    CHECK(db_in_transaction(db));
    return db->backend->savepoint(cx, db);
}

rc db_savepoint_keep(struct cx *cx, struct db *db)
{
    return db->backend->savepoint_keep(cx, db);
}

void db_savepoint_undo(struct db *db)
{
    if (db_in_transaction(db)) db->backend->savepoint_undo(db);
}

bool db_in_transaction(const struct db *db)
{
    return db->backend->in_transaction(db);
}

bool db_is_broken(const struct db *db)
{
    return db->broken;
}

rc db_seat_free(struct cx *cx, struct db *db, bool *free)
{
    return db->backend->seat_free(cx, db, free);
}

rc db_ping(struct cx *cx, struct db *db)
{
    CHECK(!db_in_transaction(db));
    return db->backend->ping(cx, db);
}

/* ---- schema and care ---- */

rc db_table_columns(struct cx *cx, struct db *db, str table, struct db_column **out, size_t *count)
{
    return db->backend->table_columns(cx, db, table, out, count);
}

rc db_checkpoint(struct cx *cx, struct db *db, bool truncate)
{
    CHECK(db->mode == DB_WRITER && !db_in_transaction(db));
    return db->backend->checkpoint(cx, db, truncate);
}

int64_t db_backlog_bytes(const struct db *db)
{
    return db->backend->backlog_bytes(db);
}

rc db_backup(struct cx *cx, struct db *from, str path)
{
    return from->backend->backup(cx, from, path);
}

rc db_integrity(struct cx *cx, struct db *db, bool *sound)
{
    return db->backend->integrity(cx, db, sound);
}

/* ---- faults for tests ---- */

void db_fault_after(struct db *db, int64_t statements)
{
    db->fault_in = statements;
    db->fault_fired = false;
}

bool db_fault_fired(const struct db *db)
{
    return db->fault_fired;
}

bool db_fault_due(struct db *db, bool readonly)
{
    if (--db->fault_in > 0) return false;
    db->fault_in = 0;
    db->fault_fired = true;
    if (!readonly) db_rollback(db); /* a change that meets a bad disk takes all with it */
    return true;
}

rc db_fault_fail(struct cx *cx)
{
    rc r = err_set(cx, RC_INTERNAL, "store.sql", "磁盘读写出错（%s），数据库已停止写入",
                   "The disk failed (%s); the database takes no more writes", "fault");
    err_hint(cx, "检查磁盘后重新启动服务", "Check the disk, then start the server again");
    return r;
}
