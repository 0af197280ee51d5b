/* What the files of the SQLite backend share.  Nothing outside store/ includes this. */
#pragma once

#include <sqlite3.h>

#include "store/backend.h"
#include "store/ddl.h"

struct sqlite_stmt {
    struct db_stmt head;
    sqlite3_stmt *sqlite;
    uint16_t *position; /* SQLite's index of $1, $2 … */
    uint16_t arg_count;
    bool readonly;     /* changes nothing: may be interrupted at the deadline */
    bool holds_copies; /* of texts bound for a query */
    uint32_t row_count;
};

struct sqlite_db {
    struct db head;
    sqlite3 *sqlite;
    bool on_disk;
    int lock_file;                       /* -1: none */
    int64_t deadline_us;                 /* of the read that runs; 0: none */
    int64_t log_pages, log_pages_copied; /* of the write-ahead log */
};

static inline struct sqlite_db *lite(struct db *db)
{
    return (struct sqlite_db *)db;
}

extern const struct db_backend sqlite_backend;

/* Turns an SQLite code into ours; text is the statement or what was being done. */
NODISCARD rc db_fail(struct cx *cx, struct db *db, int code, const char *text);
/* For statements without arguments and rows while a connection is opened. */
NODISCARD rc db_pragma(struct cx *cx, struct db *db, const char *text);
/* sqlite_stmt.c, sqlite_tx.c, sqlite_care.c: what the table of functions in sqlite_open.c names. */
rc sqlite_stmt_open(struct cx *cx, struct db *db, str text, bool keep, struct db_stmt **out);
void sqlite_stmt_reset(struct db_stmt *s);
void sqlite_stmt_close(struct db *db, struct db_stmt *s);
rc sqlite_exec(struct cx *cx, struct db *db, struct db_stmt *s, const struct db_val *args,
               size_t count);
rc sqlite_exec_rows(struct cx *cx, struct db *db, struct db_stmt *s, const struct db_val *values,
                    size_t columns, size_t rows);
rc sqlite_changes(struct cx *cx, struct db *db, int64_t *rows);
rc sqlite_query(struct cx *cx, struct db *db, struct db_stmt *s, const struct db_val *args,
                size_t count, struct db_rows *out);
rc sqlite_scan(struct cx *cx, struct db *db, str text, const struct db_val *args, size_t count,
               struct db_rows *out);
rc sqlite_next(struct cx *cx, struct db_rows *rows, bool *more);
void sqlite_rows_done(struct db_rows *rows);
int sqlite_columns(const struct db_rows *rows);
enum db_type sqlite_type_of(const struct db_rows *rows, int column);
int64_t sqlite_i64(const struct db_rows *rows, int column);
str sqlite_text(const struct db_rows *rows, int column);
rc sqlite_begin(struct cx *cx, struct db *db);
rc sqlite_commit(struct cx *cx, struct db *db);
void sqlite_rollback(struct db *db);
rc sqlite_savepoint(struct cx *cx, struct db *db);
rc sqlite_savepoint_keep(struct cx *cx, struct db *db);
void sqlite_savepoint_undo(struct db *db);
bool sqlite_in_transaction(const struct db *db);
rc sqlite_table_columns(struct cx *cx, struct db *db, str table, struct db_column **out,
                        size_t *count);
rc sqlite_checkpoint(struct cx *cx, struct db *db, bool truncate);
int64_t sqlite_backlog_bytes(const struct db *db);
rc sqlite_backup(struct cx *cx, struct db *from, str path);
rc sqlite_integrity(struct cx *cx, struct db *db, bool *sound);
