/* What the files of the PostgreSQL backend share.  Nothing outside store/ includes this.
 *
 * A connection is in libpq's pipeline mode all its life: statements are queued (pg_queue…) and their
 * results collected (pg_collect) in one round trip when something needs them.  Inside a transaction
 * db_exec only queues.  The first error of a transaction makes it `failed`: until the rollback, to the
 * savepoint or of all, nothing is sent any more and everything returns that error. */
#pragma once

#include <libpq-fe.h>

#include "store/backend.h"

enum {
    PG_OID_BOOL = 16,
    PG_OID_BYTEA = 17,
    PG_OID_NAME = 19,
    PG_OID_I64 = 20,
    PG_OID_I16 = 21,
    PG_OID_I32 = 23,
    PG_OID_TEXT = 25,
    PG_OID_VARCHAR = 1043,
    PG_OID_BYTEA_ARRAY = 1001,
    PG_OID_TEXT_ARRAY = 1009,
    PG_OID_I64_ARRAY = 1016,

    PG_QUEUE_MAX = 512,     /* items; at most a few a statement */
    PG_COLLECT_ITEMS = 200, /* queued in a transaction before their results are fetched */
    PG_COLLECT_BYTES = 4 << 20,
    PG_ROWS_MAX = 5000, /* of one statement over arrays */
    PG_ROWS_BYTES_MAX = 8 << 20,
    PG_FETCH_ROWS = 2000, /* of a scan at once */
    PG_FAILURE_BYTES = 600,
};

struct pg_stmt {
    struct db_stmt head;
    char *postgres;              /* the text as the server gets it */
    uint32_t id;                 /* its name there: s<id>; 0: it has none yet */
    bool prepared;               /* under that name, or queued to be */
    bool binds_site, reads, own; /* own: the backend's */
    uint16_t args;               /* without the site */
    Oid *type;                   /* of each argument as prepared; 0: the server found one */
    struct pg_stmt *rows;        /* the same over arrays; NULL until it is used */
};

enum pg_what {
    PG_PREPARE,
    PG_DESCRIBE, /* its result is wanted */
    PG_EXEC,     /* counts for db_changes */
    PG_QUERY,    /* its result is wanted */
    PG_CONTROL,  /* begin, savepoints, rollback */
    PG_EPOCH,    /* fails when the site has gone to another server */
    PG_COMMIT,
    PG_DROP, /* of a statement nobody needs any more */
    PG_SYNC
};

struct pg_item {
    enum pg_what what;
    bool skipped;
    uint32_t number; /* of PG_EXEC: which db_exec it belongs to; of PG_PREPARE, PG_DROP: s<number> */
    struct pg_stmt *stmt; /* may be NULL */
};

/* Statements of the backend itself. */
enum pg_own {
    PG_OWN_BEGIN_WRITE,
    PG_OWN_BEGIN_READ,
    PG_OWN_SNAPSHOT,
    PG_OWN_EPOCH,
    PG_OWN_COMMIT,
    PG_OWN_ROLLBACK,
    PG_OWN_SAVEPOINT,
    PG_OWN_KEEP,
    PG_OWN_UNDO,
    PG_OWN_PING,
    PG_OWN_COUNT
};

/* Arguments as libpq wants them, reused by every statement. */
struct pg_params {
    const char **value;
    int *len, *format;
    char (*number)[8]; /* BIGINTs in network order */
    size_t cap;
};

struct pg_db {
    struct db head;
    PGconn *conn;
    int64_t site; /* 0: a session of the whole database */
    int64_t epoch;
    int64_t site_key, schema_key; /* of the advisory locks */
    bool has_tables;              /* site_known and site_owner */
    bool lost_site;               /* another server has it */
    struct arena scratch;         /* of one call */
    struct pg_stmt *own[PG_OWN_COUNT];

    bool in_transaction, failed;
    bool opening;         /* no answer takes long then */
    bool committed;       /* of the last pg_collect */
    uint32_t transaction; /* counts; a rollback to a savepoint counts too: cursors may be gone */
    struct {
        rc code;
        const char *slug;
        char text[PG_FAILURE_BYTES];
    } failure; /* why `failed` */

    struct pg_item item[PG_QUEUE_MAX];
    size_t item_count;
    size_t queued_bytes;
    uint32_t exec_number, name_count;
    struct pg_params params;
    uint32_t *drop; /* ids of statements the server still has */
    size_t drop_count, drop_cap;
};

static inline struct pg_db *pg_of(struct db *db)
{
    return (struct pg_db *)db;
}

/* pg_error.c */
/* The error that a result, or a connection that broke, stands for. */
NODISCARD rc pg_fail(struct cx *cx, const PGresult *result, str text);
bool pg_is_lost(const PGresult *result); /* says that the server ends this connection */
NODISCARD rc pg_unreachable(struct cx *cx, const struct pg_db *p);
NODISCARD rc pg_unknown_outcome(struct cx *cx);
NODISCARD rc pg_lost_site(struct cx *cx, const struct pg_db *p);
str pg_message(struct arena *a, const char *text); /* of libpq, on one line */

/* pg_pipe.c */
/* Fails when nothing can be sent: the connection is broken, or the transaction failed before. */
NODISCARD rc pg_ready(struct cx *cx, struct pg_db *p);
NODISCARD rc pg_queued(struct cx *cx, struct pg_db *p, int sent, struct pg_item item);
/* A statement of the backend's own, without a name and without arguments of callers. */
NODISCARD rc pg_queue_text(struct cx *cx, struct pg_db *p, enum pg_what what, const char *text,
                           const struct db_val *args, size_t count);
/* Sends what is queued and reads every result.  *out: that of the last wanted item, to be cleared by
 * the caller; may be NULL.  Past deadline_us (0: none) the server is asked to stop. */
NODISCARD rc pg_collect(struct cx *cx, struct pg_db *p, int64_t deadline_us, PGresult **out);
/* Both in one; outside a transaction, or with nothing else queued. */
NODISCARD rc pg_run(struct cx *cx, struct pg_db *p, const char *text, const struct db_val *args,
                    size_t count, PGresult **out);
/* Sends what is queued and does not wait. */
void pg_flush(struct pg_db *p);
/* The connection is gone: forgets what was queued. */
void pg_broke(struct pg_db *p);

/* pg_stmt.c */
rc pg_stmt_open(struct cx *cx, struct db *db, str text, bool keep, struct db_stmt **out);
void pg_stmt_close(struct db *db, struct db_stmt *s);
rc pg_exec(struct cx *cx, struct db *db, struct db_stmt *s, const struct db_val *args,
           size_t count);
rc pg_changes(struct cx *cx, struct db *db, int64_t *rows);
/* Queues the statement with its arguments, prepared first when it is not. */
NODISCARD rc pg_queue_stmt(struct cx *cx, struct pg_db *p, struct pg_stmt *s, enum pg_what what,
                           const struct db_val *args, size_t count);
/* With what stands in p->params; count without the site. */
NODISCARD rc pg_queue_bound(struct cx *cx, struct pg_db *p, struct pg_stmt *s, enum pg_what what,
                            size_t count);
NODISCARD rc pg_prepare(struct cx *cx, struct pg_db *p, struct pg_stmt *s);
struct pg_stmt *pg_stmt_new(str text, str postgres, size_t args);
void pg_stmt_free(struct pg_db *p, struct pg_stmt *s);
void pg_stmt_forget(struct pg_db *p, struct pg_stmt *s); /* its name on the server */
void pg_drop_later(struct pg_db *p, uint32_t id);
void pg_drop_never(struct pg_db *p, uint32_t id); /* it was not prepared after all */
void pg_params_room(struct pg_db *p, size_t count);
/* After a statement was queued: outside a transaction its result is awaited, inside when much waits. */
NODISCARD rc pg_settle(struct cx *cx, struct pg_db *p, bool changes);
void pg_put_i64(char out[8], int64_t n);
int64_t pg_get_int(const char *at, int len);

/* pg_array.c */
rc pg_exec_rows(struct cx *cx, struct db *db, struct db_stmt *s, const struct db_val *values,
                size_t columns, size_t rows);

/* pg_rows.c */
rc pg_query(struct cx *cx, struct db *db, struct db_stmt *s, const struct db_val *args,
            size_t count, struct db_rows *out);
rc pg_scan(struct cx *cx, struct db *db, str text, const struct db_val *args, size_t count,
           struct db_rows *out);
rc pg_next(struct cx *cx, struct db_rows *rows, bool *more);
void pg_rows_done(struct db_rows *rows);
int pg_columns(const struct db_rows *rows);
enum db_type pg_type_of(const struct db_rows *rows, int column);
int64_t pg_i64(const struct db_rows *rows, int column);
str pg_text(const struct db_rows *rows, int column);
rc pg_table_columns(struct cx *cx, struct db *db, str table, struct db_column **out, size_t *count);

/* pg_tx.c */
rc pg_begin(struct cx *cx, struct db *db);
rc pg_commit(struct cx *cx, struct db *db);
void pg_rollback(struct db *db);
rc pg_savepoint(struct cx *cx, struct db *db);
rc pg_savepoint_keep(struct cx *cx, struct db *db);
void pg_savepoint_undo(struct db *db);
bool pg_in_transaction(const struct db *db);
NODISCARD rc pg_queue_own(struct cx *cx, struct pg_db *p, enum pg_own which, enum pg_what what);
void pg_own_open(struct pg_db *p);
/* A writer's change holds only while the site is this session's. */
NODISCARD rc pg_queue_epoch(struct cx *cx, struct pg_db *p);

/* pg_lock.c */
NODISCARD rc pg_take_site(struct cx *cx, struct pg_db *p);
NODISCARD rc pg_lock_schema(struct cx *cx, struct pg_db *p, int64_t wait_us);
void pg_unlock_schema(struct pg_db *p);
rc pg_ping(struct cx *cx, struct db *db);
rc pg_seat_free(struct cx *cx, struct db *db, bool *free);

/* pg_url.c */
/* url without site=N for libpq.  Errors: RC_INVALID store.url. */
NODISCARD rc pg_url_split(struct cx *cx, str url, str *rest, int64_t *site);
NODISCARD rc pg_url_wrong(struct cx *cx, str url, const char *zh, const char *en);

/* Clears a result on every way out. */
static inline void pg_result_done(PGresult **result)
{
    PQclear(*result);
}
#define PG_RESULT CLEANUP(pg_result_done) PGresult
