/* The pipeline: what is queued, and how its results are collected in one round trip. */
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "store/postgres/pg.h"

enum {
    OPEN_WAIT_US = 10000000,
    CANCEL_WAIT_US = 5000000, /* for a server that was asked to stop and does not answer */
    POLL_MS_MAX = 1000,
};

void pg_broke(struct pg_db *p)
{
    p->head.broken = true;
    p->in_transaction = p->failed = false;
    p->transaction++;
    p->item_count = 0;
    p->queued_bytes = 0;
}

rc pg_ready(struct cx *cx, struct pg_db *p)
{
    if (p->head.broken) return p->lost_site ? pg_lost_site(cx, p) : pg_unreachable(cx, p);
    if (!p->failed) return RC_OK;
    return err_set(cx, p->failure.code, p->failure.slug, "事务已经失败：%s",
                   "The transaction has failed before: %s", p->failure.text);
}

rc pg_queued(struct cx *cx, struct pg_db *p, int sent, struct pg_item item)
{
    if (!sent) {
        /* Either memory is short or the socket is dead; both end this connection. */
        rc r = pg_unreachable(cx, p);
        pg_broke(p);
        return r;
    }
    CHECK(p->item_count < PG_QUEUE_MAX);
    p->item[p->item_count++] = item;
    return RC_OK;
}

rc pg_queue_text(struct cx *cx, struct pg_db *p, enum pg_what what, const char *text,
                 const struct db_val *args, size_t count)
{
    Oid type[8];
    CHECK(count <= COUNTOF(type));
    pg_params_room(p, count);
    for (size_t i = 0; i < count; i++) {
        type[i] = args[i].type == DB_I64 ? PG_OID_I64 : PG_OID_TEXT;
        p->params.format[i] = 1;
        if (args[i].type == DB_I64) {
            pg_put_i64(p->params.number[i], args[i].i64);
            p->params.value[i] = p->params.number[i];
            p->params.len[i] = 8;
        } else {
            p->params.value[i] = args[i].bytes.len ? args[i].bytes.at : "";
            p->params.len[i] = (int)args[i].bytes.len;
        }
    }
    int sent = PQsendQueryParams(p->conn, text, (int)count, type, p->params.value, p->params.len,
                                 p->params.format, 1);
    return pg_queued(cx, p, sent, (struct pg_item){.what = what});
}

/* ---- waiting ---- */

static void cancel(struct pg_db *p)
{
    char why[256];
    PGcancel *c = PQgetCancel(p->conn);
    if (c) (void)PQcancel(c, why, sizeof why); /* a lost request shows in the wait that follows */
    PQfreeCancel(c);
}

static int wait_ms(int64_t until_us)
{
    if (!until_us) return -1;
    int64_t left_ms = (until_us - os_monotonic_us()) / 1000 + 1;
    return left_ms < 0 ? 0 : left_ms > POLL_MS_MAX ? POLL_MS_MAX : (int)left_ms;
}

struct wait {
    int64_t deadline_us; /* 0: none */
    bool cancelled, late;
};

/* Until the next result is there whole; false: the connection is lost. */
static bool await_result(struct pg_db *p, struct wait *w)
{
    for (;;) {
        int unsent = PQflush(p->conn);
        if (unsent < 0) return false;
        if (!unsent && !PQisBusy(p->conn)) return true;
        int64_t now_us = w->deadline_us ? os_monotonic_us() : 0;
        if (w->deadline_us && now_us > w->deadline_us) {
            w->late = true;
            /* A reader only hangs up: asking a server to stop waits for it, and it may be out of
             * reach; it notices by itself within a second (client_connection_check_interval). */
            if (w->cancelled || p->head.mode == DB_READER) return false;
            cancel(p);
            w->cancelled = true;
            w->deadline_us = now_us + CANCEL_WAIT_US;
        }
        struct pollfd f = {.fd = PQsocket(p->conn),
                           .events = (short)(POLLIN | (unsent ? POLLOUT : 0))};
        if (f.fd < 0) return false;
        int n = poll(&f, 1, wait_ms(w->deadline_us));
        if (n > 0 && (f.revents & ~POLLOUT) && !PQconsumeInput(p->conn)) return false;
    }
}

/* The result of one item.  NULL: the connection is lost without a word. */
static PGresult *item_result(struct pg_db *p, enum pg_what what, struct wait *w)
{
    if (!await_result(p, w)) return NULL;
    PGresult *result = PQgetResult(p->conn);
    if (what == PG_SYNC || !result) return result;
    /* Behind the result of a statement stands one NULL. */
    for (PGresult *more = NULL; await_result(p, w) && (more = PQgetResult(p->conn));)
        PQclear(more);
    return result;
}

/* ---- collecting ---- */

struct collected {
    PGresult *wanted, *error;
    struct pg_item failed; /* the item of error */
    bool lost;
    bool late;      /* lost because we hung up at the deadline */
    bool undecided; /* lost, and a commit may have happened */
};

static bool is_error(const PGresult *result)
{
    ExecStatusType s = PQresultStatus(result);
    return s != PGRES_COMMAND_OK && s != PGRES_TUPLES_OK && s != PGRES_PIPELINE_SYNC &&
           s != PGRES_PIPELINE_ABORTED;
}

static bool was_prepared(const struct pg_db *p, uint32_t id)
{
    for (size_t i = 0; i < p->item_count; i++)
        if (p->item[i].what == PG_PREPARE && p->item[i].number == id) return !p->item[i].skipped;
    return true;
}

/* What the item was sent for did not happen: the server's names are put right again. */
static void item_skipped(struct pg_db *p, struct pg_item *item)
{
    item->skipped = true;
    if (item->what == PG_PREPARE) {
        pg_drop_never(p, item->number);
        if (item->stmt && item->stmt->id == item->number) item->stmt->prepared = false;
    }
    if (item->what == PG_DROP && was_prepared(p, item->number)) pg_drop_later(p, item->number);
}

static void item_take(struct pg_db *p, struct pg_item *item, PGresult *result, struct collected *c)
{
    bool skipped = is_error(result) || PQresultStatus(result) == PGRES_PIPELINE_ABORTED;
    if (skipped) item_skipped(p, item);
    if (!skipped && item->what == PG_COMMIT)
        p->committed = strcmp(PQcmdStatus(result), "COMMIT") == 0;
    if (!skipped && item->what == PG_EXEC && item->number == p->exec_number) {
        int64_t rows = 0;
        if (str_i64(str_from(PQcmdTuples(result)), &rows)) p->head.changes += rows;
    }
    if (is_error(result) && !c->error) {
        c->error = result;
        c->failed = *item;
    } else if (!skipped && (item->what == PG_QUERY || item->what == PG_DESCRIBE)) {
        PQclear(c->wanted);
        c->wanted = result;
    } else {
        PQclear(result);
    }
}

/* Outside a transaction it is the sync that commits. */
static bool commits(const struct pg_db *p, const struct pg_item *item)
{
    return item->what == PG_COMMIT || (item->what == PG_SYNC && !p->in_transaction);
}

static bool may_commit(const struct pg_db *p, size_t at)
{
    for (; at < p->item_count; at++)
        if (commits(p, &p->item[at])) return p->head.mode == DB_WRITER;
    return false;
}

static void collect_items(struct pg_db *p, int64_t deadline_us, struct collected *c)
{
    struct wait w = {.deadline_us = deadline_us};
    for (size_t i = 0; i < p->item_count && !c->lost; i++) {
        PGresult *result = item_result(p, p->item[i].what, &w);
        if (!result) {
            c->lost = true;
            c->late = w.late && p->head.mode == DB_READER && !p->opening;
            c->undecided = may_commit(p, i);
            return;
        }
        bool told = is_error(result) && pg_is_lost(result);
        bool quiet = is_error(result) && PQstatus(p->conn) == CONNECTION_BAD && !told;
        item_take(p, &p->item[i], result, c);
        if (!told && !quiet) continue;
        c->lost = true;
        /* Results come in order: when the server said goodbye before it came to the commit, then
         * nothing was committed. */
        c->undecided = quiet ? may_commit(p, i) : commits(p, &p->item[i]);
    }
}

static rc remember_failure(struct cx *cx, struct pg_db *p)
{
    p->failed = true;
    p->failure.code = cx->err.code;
    p->failure.slug = cx->err.slug;
    snprintf(p->failure.text, sizeof p->failure.text, STR_FMT, STR_ARG(cx->err.detail));
    return cx->err.code;
}

static rc collected_error(struct cx *cx, struct pg_db *p, const struct collected *c)
{
    if (c->lost && p->committed) {
        pg_broke(p); /* the commit's answer came before the end */
        return RC_OK;
    }
    if (c->lost) {
        rc r = c->late        ? db_out_of_time(cx)
               : c->undecided ? pg_unknown_outcome(cx)
                              : pg_unreachable(cx, p);
        pg_broke(p);
        return r;
    }
    const char *state = PQresultErrorField(c->error, PG_DIAG_SQLSTATE);
    rc r = RC_OK;
    if (c->failed.what == PG_EPOCH && state && strcmp(state, "22012") == 0) {
        p->head.broken = p->lost_site = true;
        r = pg_lost_site(cx, p);
    } else {
        const struct pg_stmt *s = c->failed.stmt;
        r = pg_fail(cx, c->error, s ? (str){s->head.text, s->head.text_len} : STR("control"));
    }
    /* What cx held already is another's error: the transaction failed all the same. */
    if (p->in_transaction) (void)remember_failure(cx, p);
    return r;
}

rc pg_collect(struct cx *cx, struct pg_db *p, int64_t deadline_us, PGresult **out)
{
    if (p->head.broken && !p->item_count) return pg_unreachable(cx, p);
    rc r = pg_queued(cx, p, PQpipelineSync(p->conn), (struct pg_item){.what = PG_SYNC});
    if (r != RC_OK) return r;
    struct collected c = {0};
    p->committed = false;
    if (p->opening && !deadline_us) deadline_us = os_monotonic_us() + OPEN_WAIT_US;
    collect_items(p, deadline_us, &c);
    p->item_count = 0;
    p->queued_bytes = 0;
    if (c.lost || c.error) r = collected_error(cx, p, &c);
    if (r == RC_OK && out)
        *out = c.wanted;
    else
        PQclear(c.wanted);
    PQclear(c.error);
    return r;
}

rc pg_run(struct cx *cx, struct pg_db *p, const char *text, const struct db_val *args, size_t count,
          PGresult **out)
{
    rc r = pg_ready(cx, p);
    if (r == RC_OK) r = pg_queue_text(cx, p, PG_QUERY, text, args, count);
    return r == RC_OK ? pg_collect(cx, p, 0, out) : r;
}

void pg_flush(struct pg_db *p)
{
    if (!PQpipelineSync(p->conn)) {
        pg_broke(p);
        return;
    }
    CHECK(p->item_count < PG_QUEUE_MAX);
    p->item[p->item_count++] = (struct pg_item){.what = PG_SYNC};
    while (PQflush(p->conn) > 0) {
        struct pollfd f = {.fd = PQsocket(p->conn), .events = POLLIN | POLLOUT};
        if (poll(&f, 1, POLL_MS_MAX) > 0 && (f.revents & POLLIN) && !PQconsumeInput(p->conn)) break;
    }
}
