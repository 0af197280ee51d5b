/* The keeper: a thread of a server's engine that stands by while another writes the site, takes the seat
 * when it is free, and gives it up when it is lost. */
#include <time.h>

#include "base/date.h"
#include "engine/inside.h"
#include "site/move.h"

enum { LOOK_US = 250000, LOOK_BYTES = 64 << 20, FOLLOW_ENTRIES_MAX = 500 };

SQL(sql_head, "SELECT seq FROM ledger WHERE site = $site ORDER BY seq DESC LIMIT 1");
SQL(sql_since,
    "SELECT seq, subject, subject_id FROM ledger WHERE site = $site AND seq > $1"
    " ORDER BY seq LIMIT $2");

/* ---- standing by ---- */

static rc other_declarations(struct cx *cx, const str *writes)
{
    rc r = err_set(cx, RC_CONFLICT, "engine.other-declarations",
                   "另一台服务器正用另一套声明写入本站点（" STR_FMT "）",
                   "another server writes this site with other declarations (" STR_FMT ")",
                   STR_ARG(*writes));
    err_hint(
        cx, "用同一套声明启动；要换成这里的声明，加 --publish，待那台服务器停止后生效",
        "start with the same ones; to put these in their place add --publish: they take effect "
        "when that server stops");
    return r;
}

/* Another server writes.  With an older schema, or with declarations that we are to replace, its
 * tables are not the ones our questions need: those wait until the seat is ours. */
rc seat_stand_by(struct cx *cx, struct engine *e)
{
    struct db *db = NULL;
    size_t n;
    str made_of = {0}, why = arena_dup(cx->arena, cx->err.detail);
    const struct db_migration *all = seat_steps(cx->arena, &n);
    err_clear(cx);
    rc r = db_open(cx, e->url, DB_READER, &db);
    if (r == RC_OK) r = move_check(cx, db, DB_READER); /* it may be a move that writes */
    if (r == RC_OK) r = db_migrated(cx, db, all, n);
    bool older = r == RC_CONFLICT && str_eq(str_from(cx->err.slug), STR("store.older-schema"));
    if (r == RC_OK) r = measure_made_of(cx, db, &made_of);
    bool other = r == RC_OK && !str_eq(made_of, e->cat->hash);
    if (db) db_close(db);
    if (other && !e->options.publish) return other_declarations(cx, &why);
    if (r != RC_OK && !older) return r;
    err_clear(cx);
    seat_note(e, ENGINE_WAITS, &(struct err){.detail = why});
    e->seat.behind = older || other;
    return RC_OK;
}

rc seat_may_ask(struct cx *cx, struct engine *e)
{
    pthread_mutex_lock(&e->seat.lock);
    bool behind = e->seat.behind;
    pthread_mutex_unlock(&e->seat.lock);
    return behind ? seat_refuse(cx, e) : RC_OK;
}

/* ---- the keeper ---- */

static bool keeper_sleep(struct engine *e)
{
    int64_t until_us = os_monotonic_us() + LOOK_US;
    struct timespec until = {.tv_sec = until_us / US_PER_SECOND,
                             .tv_nsec = until_us % US_PER_SECOND * 1000};
    pthread_mutex_lock(&e->seat.lock);
    if (!e->seat.closing) pthread_cond_timedwait(&e->seat.changed, &e->seat.lock, &until);
    bool closing = e->seat.closing;
    pthread_mutex_unlock(&e->seat.lock);
    return !closing;
}

/* What the writer elsewhere has committed since the last look is told to our live pages. */
static rc follow(struct cx *cx, struct engine *e, struct db *db)
{
    DB_ROWS rows = {0};
    bool more = false, first = e->seat.seen_seq < 0;
    rc r = first ? db_query(cx, db, &sql_head, DB_NO_ARGS, &rows)
                 : db_query(cx, db, &sql_since,
                            DB_ARGS(DB_I(e->seat.seen_seq), DB_I(FOLLOW_ENTRIES_MAX)), &rows);
    while (r == RC_OK && (r = db_next(cx, &rows, &more)) == RC_OK && more) {
        e->seat.seen_seq = db_i64(&rows, 0);
        const struct app_type *type = first ? NULL : catalogue_type(e->cat, db_text(&rows, 1));
        if (!type) continue;
        news_record(e, type, db_i64(&rows, 2));
        e->news.tasks = e->news.tasks || type->process;
    }
    if (first && e->seat.seen_seq < 0) e->seat.seen_seq = 0; /* an empty ledger */
    pthread_mutex_lock(&e->lock);
    e->stats.ledger_seq = e->seat.seen_seq;
    pthread_mutex_unlock(&e->lock);
    if (r == RC_OK) news_tell(e);
    news_clear(&e->news);
    return r;
}

/* *free: the seat may be taken.  When the look fails, trying says why. */
static void look_around(struct cx *cx, struct engine *e, bool *free)
{
    struct db *db = NULL;
    *free = true;
    if (!e->readers || engine_seat(e, NULL, NULL) != ENGINE_WAITS) return;
    rc r = readers_take(cx, e->readers, &db);
    if (r != RC_OK) return;
    r = db_seat_free(cx, db, free);
    if (r == RC_OK && !e->seat.behind) r = follow(cx, e, db);
    readers_give(e->readers, db);
    *free = *free || r != RC_OK;
    err_clear(cx);
}

static void keeper_look(struct engine *e, struct arena *scratch)
{
    struct cx cx = {.arena = scratch};
    struct writer *w = seat_enter(e);
    bool broken = w && writer_is_broken(w), free = false;
    seat_exit(e, w);
    if (w && !broken) return;
    if (broken) {
        seat_note(e, ENGINE_CUT_OFF, NULL);
        seat_leave(e);
        e->seat.seen_seq = -1;
    }
    look_around(&cx, e, &free);
    rc r = free ? seat_take(&cx, e) : RC_OK;
    if (r != RC_OK)
        seat_note(e,
                  r == RC_CONFLICT && str_eq(str_from(cx.err.slug), STR("store.locked"))
                      ? ENGINE_WAITS
                      : ENGINE_CUT_OFF,
                  &cx.err);
    arena_reset(scratch);
}

static void *keeper_main(void *arg)
{
    struct engine *e = arg;
    struct arena scratch;
    arena_init(&scratch, LOOK_BYTES);
    pthread_setname_np(pthread_self(), "keeper");
    while (keeper_sleep(e))
        keeper_look(e, &scratch);
    arena_done(&scratch);
    return NULL;
}

rc seat_keep(struct cx *cx, struct engine *e)
{
    e->seat.keeping = !pthread_create(&e->seat.keeper, NULL, keeper_main, e);
    return e->seat.keeping ? RC_OK
                           : err_set(cx, RC_INTERNAL, "store.thread", "不能创建写入线程",
                                     "The writer's thread cannot be created");
}
