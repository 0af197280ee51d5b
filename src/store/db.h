/* SQL behind one small interface.  One dialect, the intersection of SQLite and PostgreSQL, written
 * once: parameters $1 … $n, casts as CAST(x AS BIGINT), types BIGINT TEXT BYTEA SMALLINT in DDL (the
 * backend translates), always ORDER BY with a unique tail, no date functions, no arithmetic that may
 * overflow, booleans 0 and 1, time as …_us BIGINT.  A site is one database: no site column anywhere;
 * see docs/decisions.
 * Threads: one connection belongs to one thread at a time.  Exactly one connection of a site writes
 * and makes every checkpoint; all others are readers. */
#pragma once

#include "base/err.h"

struct db;
struct db_stmt;

/* A statement whose text lives as long as the connection: a literal, or built with the catalogue.
 * Its address is the key of the connection's cache of prepared statements. */
struct sql {
    const char *text;
};
#define SQL(name, literal) static const struct sql name = {literal}

enum db_type { DB_NULL, DB_I64, DB_TEXT, DB_BLOB };
struct db_val {
    enum db_type type;
    int64_t i64;
    str bytes;
};
#define DB_I(n) ((struct db_val){.type = DB_I64, .i64 = (n)})
#define DB_T(s) ((struct db_val){.type = DB_TEXT, .bytes = (s)})
#define DB_B(s) ((struct db_val){.type = DB_BLOB, .bytes = (s)})
#define DB_N    ((struct db_val){.type = DB_NULL})
#define DB_ARGS(...)                                                                               \
    (const struct db_val[]){__VA_ARGS__}, COUNTOF(((const struct db_val[]){__VA_ARGS__}))
#define DB_NO_ARGS NULL, 0

enum db_mode { DB_WRITER, DB_READER };
/* url: a file path, ":memory:" (one private database, writer only) or "file:NAME?mode=memory&cache=shared".
 * The writer creates the file, takes the lock that keeps a second server off it, sets and reads back
 * WAL, synchronous=FULL, foreign_keys, busy_timeout; a reader is query_only without checkpoints.
 * Errors: RC_CONFLICT store.locked (another server has the file), RC_INVALID store.not-a-database,
 *         RC_MISSING store.missing (reader), RC_INTERNAL store.open. */
NODISCARD rc db_open(struct cx *cx, str url, enum db_mode mode, struct db **out);
void db_close(struct db *db);

/* ---- running statements ----
 * Errors of all: RC_CONFLICT store.constraint, RC_FULL store.full, RC_BUSY store.busy, RC_INTERNAL store.sql. */
NODISCARD rc db_exec(struct cx *cx, struct db *db, const struct sql *sql, const struct db_val *args,
                     size_t count);
int64_t db_changes(const struct db *db); /* rows touched by the last db_exec */
/* Text built at run time (filters of a list, DDL of declared types): cached by its text, LRU.
 * In CREATE TABLE and ALTER TABLE the types are translated to the backend's. */
NODISCARD rc db_exec_text(struct cx *cx, struct db *db, str text, const struct db_val *args,
                          size_t count);

/* Rows of a query.  A zeroed object is empty; DB_ROWS resets it on every way out of the scope. */
struct db_rows {
    struct db_stmt *stmt;
    struct db *db;
};
#define DB_ROWS CLEANUP(db_rows_done) struct db_rows
void db_rows_done(struct db_rows *rows);
NODISCARD rc db_query(struct cx *cx, struct db *db, const struct sql *sql,
                      const struct db_val *args, size_t count, struct db_rows *out);
NODISCARD rc db_query_text(struct cx *cx, struct db *db, str text, const struct db_val *args,
                           size_t count, struct db_rows *out);
/* *more: a row is there; after the last the rows are reset.  Texts given to db_query are copied, they
 * need not outlive the call; those of db_exec are not.  Stops with RC_LIMIT store.time past cx->deadline_us. */
NODISCARD rc db_next(struct cx *cx, struct db_rows *rows, bool *more);
int db_columns(const struct db_rows *rows);
enum db_type db_type_of(const struct db_rows *rows, int column);
bool db_is_null(const struct db_rows *rows, int column);
int64_t db_i64(const struct db_rows *rows, int column);
str db_text(const struct db_rows *rows,
            int column); /* text or blob; valid until the next db_next */
str db_text_dup(struct cx *cx, const struct db_rows *rows, int column); /* in cx->arena */

/* Many rows through one statement, as few round trips as the engine allows: the statement is an
 * INSERT … VALUES ($1,…,$k) [ON CONFLICT …] and values holds rows × k values, row by row. */
NODISCARD rc db_exec_rows(struct cx *cx, struct db *db, const struct sql *sql,
                          const struct db_val *values, size_t columns, size_t rows);

/* ---- transactions ---- */
NODISCARD rc db_begin(struct cx *cx, struct db *db);  /* writer: immediate; reader: a snapshot */
NODISCARD rc db_commit(struct cx *cx, struct db *db); /* durable when it returns RC_OK */
void db_rollback(struct db *db);
NODISCARD rc db_savepoint(struct cx *cx, struct db *db); /* one level, inside a transaction */
NODISCARD rc db_savepoint_keep(struct cx *cx, struct db *db);
void db_savepoint_undo(struct db *db);
/* False after an error that made the database roll back by itself (full disk, I/O error): all that
 * was done since db_begin is gone then, not only the failing statement. */
bool db_in_transaction(const struct db *db);
/* The disk failed in a commit or a sync.  What it holds is unknown until the file is opened anew:
 * every later db_begin fails with RC_INTERNAL store.sql. */
bool db_is_broken(const struct db *db);

/* ---- schema ---- */
/* One numbered step, forward only, its own transaction, recorded with its checksum in schema_version.
 * Each list of a folder is a family of its own and counts its own versions from 1: the family is the
 * name's letters up to the first character that is none: "ledger", "ledger.index" are both of
 * `ledger`.  Do not call inside a transaction. */
struct db_migration {
    int version;
    const char *name;
    const char *text; /* statements, each ended by a semicolon */
};
/* Runs the steps that the database does not have yet.
 * Errors: RC_CONFLICT store.newer-schema (a family has steps this program does not know),
 *         store.changed-migration (a step that ran had another text). */
NODISCARD rc db_migrate(struct cx *cx, struct db *db, const struct db_migration *step,
                        size_t count);
/* Is there such a table; its column names and types in order. */
struct db_column {
    str name;
    str type; /* BIGINT TEXT BYTEA SMALLINT */
};
NODISCARD rc db_table_columns(struct cx *cx, struct db *db, str table, struct db_column **out,
                              size_t *count);

/* ---- care ---- */
/* The writer's, outside a transaction: moves what the log holds into the database as far as readers
 * allow, hardly ever waiting for them; truncate: and empties the log when it can. */
NODISCARD rc db_checkpoint(struct cx *cx, struct db *db, bool truncate);
int64_t db_backlog_bytes(const struct db *db); /* in the log and not yet in the database */
enum { DB_BACKLOG_BYTES_MAX = 64 << 20 };      /* past it the writer makes a checkpoint at once */
/* A consistent copy in a new file, while others go on; from may be the writer or a reader (which does
 * not hold the writer up).  Errors: RC_CONFLICT store.exists, RC_FULL store.full, RC_INTERNAL store.backup. */
NODISCARD rc db_backup(struct cx *cx, struct db *from, str path);
NODISCARD rc db_integrity(struct cx *cx, struct db *db, bool *sound);
/* Tests only: the nth statement from now (1: the next) fails as if the disk had, once (0: off).  As
 * with a real disk, a failing change takes the whole transaction with it, and a failing commit of a
 * file leaves the connection broken.  Rows of db_exec_rows, begin, commit and savepoints count. */
void db_fault_after(struct db *db, int64_t statements);
bool db_fault_fired(const struct db *db); /* since the last db_fault_after */
