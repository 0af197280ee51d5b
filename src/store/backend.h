/* What db.h is made of: a common head, a table of functions for each engine, and the caches of
 * prepared statements that both use.  Nothing outside store/ includes this. */
#pragma once

#include "store/db.h"

/* Statements of db_*_text kept prepared, the least recently used one goes. */
enum { DB_TEXT_CACHE_MAX = 128 };

/* The head of each engine's statement.  What db_rows hang on begins with it too. */
struct db_stmt {
    const struct sql *key; /* NULL in the cache by text and for one-off statements */
    char *text;            /* as given, before translation */
    size_t text_len;
    uint64_t text_hash, used_at; /* used_at counts uses, for the LRU */
    bool busy;                   /* rows are being read from it */
    bool one_off;                /* in no cache: closed after use */
};

struct stmt_cache {
    struct db_stmt **by_key; /* open addressing by the address of struct sql */
    size_t key_cap, key_count;
    struct db_stmt *by_text[DB_TEXT_CACHE_MAX];
    uint64_t use_count;
};

/* The head of each engine's connection. */
struct db {
    const struct db_backend *backend;
    enum db_mode mode;
    int64_t site; /* 0: a file, or the whole database */
    bool broken;
    struct stmt_cache cache;
    int64_t changes;
    int64_t fault_in; /* statements until one fails; 0: off */
    bool fault_fired;
};

/* Every function means what the db_… of the same name means. */
struct db_backend {
    enum db_kind kind;
    void (*close)(struct db *db);

    /* A statement for the caches; keep: it will be used again.  One that must not be kept says so in
     * one_off.  reset: after each use; may be NULL. */
    rc (*stmt_open)(struct cx *cx, struct db *db, str text, bool keep, struct db_stmt **out);
    void (*stmt_reset)(struct db_stmt *s);
    void (*stmt_close)(struct db *db, struct db_stmt *s);
    rc (*exec)(struct cx *cx, struct db *db, struct db_stmt *s, const struct db_val *args,
               size_t count);
    rc (*exec_rows)(struct cx *cx, struct db *db, struct db_stmt *s, const struct db_val *values,
                    size_t columns, size_t rows);
    rc (*changes)(struct cx *cx, struct db *db, int64_t *rows);

    /* s belongs to query: it gives it back at once, or with the rows. */
    rc (*query)(struct cx *cx, struct db *db, struct db_stmt *s, const struct db_val *args,
                size_t count, struct db_rows *out);
    rc (*scan)(struct cx *cx, struct db *db, str text, const struct db_val *args, size_t count,
               struct db_rows *out);
    rc (*next)(struct cx *cx, struct db_rows *rows, bool *more);
    void (*rows_done)(struct db_rows *rows);
    int (*columns)(const struct db_rows *rows);
    enum db_type (*type_of)(const struct db_rows *rows, int column);
    int64_t (*i64)(const struct db_rows *rows, int column);
    str (*text)(const struct db_rows *rows, int column);

    rc (*begin)(struct cx *cx, struct db *db);
    rc (*commit)(struct cx *cx, struct db *db);
    void (*rollback)(struct db *db);
    rc (*savepoint)(struct cx *cx, struct db *db);
    rc (*savepoint_keep)(struct cx *cx, struct db *db);
    void (*savepoint_undo)(struct db *db);
    bool (*in_transaction)(const struct db *db);
    rc (*ping)(struct cx *cx, struct db *db);
    rc (*seat_free)(struct cx *cx, struct db *db, bool *free);

    /* Keeps others from changing the schema meanwhile. */
    rc (*schema_lock)(struct cx *cx, struct db *db);
    void (*schema_unlock)(struct db *db);
    rc (*table_columns)(struct cx *cx, struct db *db, str table, struct db_column **out,
                        size_t *count);

    rc (*checkpoint)(struct cx *cx, struct db *db, bool truncate);
    int64_t (*backlog_bytes)(const struct db *db);
    rc (*backup)(struct cx *cx, struct db *from, str path);
    rc (*integrity)(struct cx *cx, struct db *db, bool *sound);
};

rc sqlite_open(struct cx *cx, str url, enum db_mode mode, struct db **out);
rc pg_open(struct cx *cx, str url, enum db_mode mode, struct db **out);

/* cache.c: a statement ready to be used, given back after use. */
NODISCARD rc stmt_by_key(struct cx *cx, struct db *db, const struct sql *sql, struct db_stmt **out);
NODISCARD rc stmt_by_text(struct cx *cx, struct db *db, str text, struct db_stmt **out);
void stmt_give(struct db *db, struct db_stmt *s);
void stmt_cache_close(struct db *db);

/* True when the statement about to run must fail; a change takes the transaction down first. */
bool db_fault_due(struct db *db, bool readonly);
NODISCARD rc db_fault_fail(struct cx *cx);
/* Past cx->deadline_us. */
NODISCARD rc db_out_of_time(struct cx *cx);
/* RC_INTERNAL store.sql when the statement touches a table of sites without saying which site. */
NODISCARD rc db_check_pinned(struct cx *cx, str text);
