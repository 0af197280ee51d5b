/* SQL behind one small interface, on SQLite and on PostgreSQL.  One dialect, their intersection,
 * written once: parameters $1 … $n, casts as CAST(x AS BIGINT), types BIGINT TEXT BYTEA SMALLINT in
 * DDL (the backend translates), always ORDER BY with a unique tail and NULLS FIRST or LAST where null
 * is possible, sums as CAST(sum(x) AS BIGINT), no date functions, no arithmetic that may overflow,
 * booleans 0 and 1, time as …_us BIGINT, no NUL in text.
 *
 * Every key begins with `site`, the county's code, and every statement names it: `site = $site`; see
 * store/dialect.h and docs/decisions/0011.  The connection binds $site; callers never pass it.
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
    const char *postgres; /* NULL: the same; a second text only where the two truly differ */
};
/* All of them are listed in a section of the program (main/sql_test.c proves each on both engines). */
#define SQL(name, literal)                                                                         \
    static const struct sql name = {literal, NULL};                                                \
    SQL_LISTED(name)
#define SQL2(name, sqlite, postgres)                                                               \
    static const struct sql name = {sqlite, postgres};                                             \
    SQL_LISTED(name)
#define SQL_LISTED(name)                                                                           \
    __attribute__((section("bihuan_sql"), used)) static const struct sql *const name##_listed =    \
        &name

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
enum db_kind { DB_SQLITE, DB_POSTGRES };
/* url, of one site's database:
 *   a file path, ":memory:" (one private database, writer only), "file:NAME?mode=memory&cache=shared";
 *   "postgresql://[user@]host[:port]/name?site=330782[&…]": libpq's own form plus the site's code.
 *   Without one the session is the whole database's: tables that need no site alone, and as writer
 *   the lock under which schemas change.  A password may stand in it; no message ever shows it.
 * SQLite: the writer creates the file, takes the lock that keeps a second server off it, sets and reads
 * back WAL, synchronous=FULL, foreign_keys, busy_timeout; a reader is query_only without checkpoints.
 * PostgreSQL: the writer takes the site's advisory lock in its own session and a new epoch of
 * site_owner; when the holder of the lock has neither worked nor sent a sign of life for
 * DB_HOLDER_SILENT_US its session is ended first.  A commit checks the epoch: one that lost the lock
 * cannot commit.
 * Errors: RC_CONFLICT store.locked (another server has the site; the sentence says which),
 *         RC_INVALID store.not-a-database, store.url, store.version (PostgreSQL < 15),
 *         RC_MISSING store.missing (reader), site.unknown (add it first: site/sites.h),
 *         RC_BUSY store.unreachable, RC_INTERNAL store.open. */
enum { DB_HOLDER_SILENT_US = 3000000 };
NODISCARD rc db_open(struct cx *cx, str url, enum db_mode mode, struct db **out);
void db_close(struct db *db);
enum db_kind db_kind(const struct db *db);
enum db_kind db_kind_of(str url);
int64_t db_site(const struct db *db); /* of PostgreSQL; 0: a file, or the whole database */
/* url without its password, for people to read. */
str db_url_shown(struct arena *a, str url);

/* ---- running statements ----
 * Errors of all: RC_CONFLICT store.constraint, RC_FULL store.full, RC_BUSY store.busy,
 * RC_BUSY store.unreachable (the connection to PostgreSQL is gone: db_is_broken), RC_INTERNAL store.sql.
 * On PostgreSQL a db_exec or db_exec_rows inside a transaction is only sent; an error of it may come
 * back from any later call, at the latest from a query, db_changes, db_savepoint_keep or db_commit.
 * From then on every call returns it, until the savepoint is undone or the transaction rolled back. */
NODISCARD rc db_exec(struct cx *cx, struct db *db, const struct sql *sql, const struct db_val *args,
                     size_t count);
NODISCARD rc db_changes(struct cx *cx, struct db *db,
                        int64_t *rows); /* touched by the last db_exec */
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
/* As db_query_text, for answers that may be very large (rebuilding, auditing, exporting): rows come
 * from the database as they are read and never stand in memory all at once.  Only in a transaction. */
NODISCARD rc db_scan_text(struct cx *cx, struct db *db, str text, const struct db_val *args,
                          size_t count, struct db_rows *out);
int db_columns(const struct db_rows *rows);
enum db_type db_type_of(const struct db_rows *rows, int column);
bool db_is_null(const struct db_rows *rows, int column);
int64_t db_i64(const struct db_rows *rows, int column);
str db_text(const struct db_rows *rows,
            int column); /* text or blob; valid until the next db_next */
str db_text_dup(struct cx *cx, const struct db_rows *rows, int column); /* in cx->arena */

/* Many rows through one statement, as few round trips as the engine allows: the statement is an
 * INSERT … VALUES ([$site,] $1,…,$k) [ON CONFLICT …] and values holds rows × k values, row by row.
 * On PostgreSQL one statement over arrays; no two rows may hit the same key of an ON CONFLICT. */
NODISCARD rc db_exec_rows(struct cx *cx, struct db *db, const struct sql *sql,
                          const struct db_val *values, size_t columns, size_t rows);
NODISCARD rc db_exec_rows_text(struct cx *cx, struct db *db, str text, const struct db_val *values,
                               size_t columns, size_t rows);

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
/* The disk failed in a commit or a sync, or the connection, the lock or the epoch is lost.  What the
 * database holds of the last commit is unknown until it is opened anew: every later db_begin fails.
 * A commit that met it: RC_BUSY store.unknown-outcome ("repeat it with the same idempotency key"). */
bool db_is_broken(const struct db *db);
/* The writer's sign of life, outside a transaction: PostgreSQL is asked whether the lock is still held. */
NODISCARD rc db_ping(struct cx *cx, struct db *db);
/* A reader's look: would db_open as the site's writer find its place free, or its holder silent?  It
 * costs a question, not a session.  A file: always true, trying costs no more than looking. */
NODISCARD rc db_seat_free(struct cx *cx, struct db *db, bool *free);

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
/* Are all steps there and no others?  For readers and for a server that waits beside another.
 * Errors: RC_CONFLICT store.newer-schema, store.older-schema. */
NODISCARD rc db_migrated(struct cx *cx, struct db *db, const struct db_migration *step,
                         size_t count);
/* Keeps other servers from changing the schema until it is unlocked: for a folder that makes tables by
 * itself.  Outside a transaction.  Errors: RC_BUSY store.busy. */
NODISCARD rc db_schema_lock(struct cx *cx, struct db *db);
void db_schema_unlock(struct db *db);
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
enum { DB_BACKLOG_BYTES_MAX = 64 << 20 }; /* at the latest then the writer makes a checkpoint */
/* A consistent copy in a new file, while others go on; from may be the writer or a reader (which does
 * not hold the writer up).  Errors: RC_CONFLICT store.exists, RC_FULL store.full, RC_INTERNAL store.backup. */
NODISCARD rc db_backup(struct cx *cx, struct db *from, str path);
NODISCARD rc db_integrity(struct cx *cx, struct db *db, bool *sound);
/* Tests only: the nth statement from now (1: the next) fails as if the disk had, once (0: off).  As
 * with a real disk, a failing change takes the whole transaction with it, and a failing commit of a
 * file leaves the connection broken (one of PostgreSQL is rolled back).  Rows of db_exec_rows, begin,
 * commit and savepoints count. */
void db_fault_after(struct db *db, int64_t statements);
bool db_fault_fired(const struct db *db); /* since the last db_fault_after */
