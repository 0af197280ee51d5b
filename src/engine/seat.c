/* The writer's seat: what stands in memory beside the database while this program writes the site;
 * taking it and leaving it. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/date.h"
#include "engine/inside.h"
#include "site/cluster.h"
#include "site/move.h"

SQL(sql_counter, "SELECT value FROM counter WHERE site = $site AND name = 'id'");
SQL(sql_counter_save,
    "INSERT INTO counter (site, name, value) VALUES ($site, 'id', $1)"
    " ON CONFLICT (site, name) DO UPDATE SET value = excluded.value");
SQL(sql_address, "SELECT address FROM seat_address WHERE site = $site AND id = 1");
SQL(sql_address_save,
    "INSERT INTO seat_address (site, id, address) VALUES ($site, 1, $1)"
    " ON CONFLICT (site, id) DO UPDATE SET address = excluded.address");
enum { TICK_US = 1000000, NEWS_RECORDS_MAX = 20 };

/* ---- hooks of the writer: what is kept in memory follows its transactions ---- */

static void on_job_begin(void *owner)
{
    struct engine *e = owner;
    ledger_mark(e->ledger);
    rec_job_begin(e->records);
    measure_job_begin(e->cells);
}

static void on_job_undo(void *owner)
{
    struct engine *e = owner;
    ledger_undo(e->ledger);
    rec_job_undo(e->records);
    measure_job_undo(e->cells);
    e->declared = false; /* this job may have been the one */
}

static rc on_before_commit(void *owner, struct cx *cx, struct db *db)
{
    struct engine *e = owner;
    rc r = rec_flush(e->records, cx, db);
    if (r == RC_OK) r = measure_flush(e->cells, cx, db);
    if (r == RC_OK) r = ledger_flush(cx, e->ledger, db);
    if (r == RC_OK && e->last_id != e->saved_id) {
        r = db_exec(cx, db, &sql_counter_save, DB_ARGS(DB_I(e->last_id)));
        if (r == RC_OK) e->saved_id = e->last_id;
    }
    return r;
}

void news_clear(struct news *n)
{
    struct arena arena = n->arena;
    arena_reset(&arena);
    *n = (struct news){.arena = arena};
}

void news_tell(struct engine *e)
{
    struct news *n = &e->news;
    if (!e->options.changed || (!n->records.len && !n->tasks && !n->items)) return;
    struct buf text = {.arena = &n->arena};
    struct jw w = {.out = &text};
    jw_object(&w);
    jw_ki64(&w, "seq", e->stats.ledger_seq);
    jw_key(&w, STR("types"));
    jw_array(&w);
    for (size_t i = 0; i < n->types.cap; i++)
        if (n->types.slot[i].value) jw_str(&w, n->types.slot[i].key);
    jw_end(&w, ']');
    jw_key(&w, STR("records"));
    jw_array(&w);
    for (size_t i = 0; i < n->records.len && i < NEWS_RECORDS_MAX; i++) {
        jw_object(&w);
        jw_kstr(&w, "type", n->records.at[i].type->name);
        jw_ki64(&w, "id", n->records.at[i].id);
        jw_end(&w, '}');
    }
    jw_end(&w, ']');
    jw_key(&w, STR("indicators"));
    jw_array(&w);
    for (size_t i = 0; i < n->indicators.len; i++)
        jw_str(&w, n->indicators.at[i]->name);
    jw_end(&w, ']');
    jw_kbool(&w, "items", n->items);
    jw_kbool(&w, "tasks", n->tasks);
    jw_end(&w, '}');
    e->options.changed(e->options.owner, buf_str(&text));
}

static void on_committed(void *owner)
{
    struct engine *e = owner;
    ledger_committed(e->ledger);
    rec_committed(e->records);
    measure_committed(e->cells);
    pthread_mutex_lock(&e->lock);
    e->stats.groups++;
    e->stats.ledger_seq = ledger_seq(e->ledger);
    pthread_mutex_unlock(&e->lock);
    news_tell(e);
    news_clear(&e->news);
}

static void on_rolled_back(void *owner)
{
    struct engine *e = owner;
    ledger_rolled_back(e->ledger);
    rec_rolled_back(e->records);
    measure_rolled_back(e->cells);
    e->declared = false;
    e->saved_id = -1; /* the saved counter may have been rolled back too */
    news_clear(&e->news);
}

/* Timers are due: they are a command like any other, queued by the writer for itself.  When one fails,
 * a second command notes why, so that it does not hold up the others. */
static void failed_done(void *data, rc result, str answer)
{
    (void)result;
    (void)answer;
    struct engine *e = data;
    e->tick_waiting = false;
}

static void tick_done(void *data, rc result, str answer);

static void tick_submit(struct engine *e)
{
    static const struct command tick = {.name = {"timers.tick", 11}};
    arena_reset(&e->tick.arena);
    e->tick.cx = (struct cx){.arena = &e->tick.arena};
    e->tick_waiting = engine_submit(&e->tick.cx, e, &tick, tick_done, e) == RC_OK;
}

/* It ended because its time was over, not because nothing was due. */
static bool has_more(struct engine *e, str answer)
{
    struct cx cx = {.arena = &e->tick.arena};
    const struct json *j = NULL;
    int64_t next_us = 0;
    return json_parse(&cx, answer, &j) == RC_OK &&
           json_i64(json_find(j, STR("next_us")), &next_us) && next_us > 0 &&
           next_us <= engine_now_us(e);
}

static void tick_done(void *data, rc result, str answer)
{
    struct engine *e = data;
    e->tick_waiting = false;
    if (result == RC_OK && has_more(e, answer)) tick_submit(e); /* behind whoever waits already */
    if (result == RC_OK || result == RC_BUSY) return;
    static const struct command failed = {.name = {"timers.failed", 13}};
    arena_reset(&e->failed.arena);
    e->failed.cx = (struct cx){.arena = &e->failed.arena};
    e->tick_waiting = engine_submit(&e->failed.cx, e, &failed, failed_done, e) == RC_OK;
}

static void on_tick(void *owner, int64_t now_us)
{
    (void)now_us; /* the writer's clock; the engine's may be shifted */
    struct engine *e = owner;
    if (!e->options.clockless && !e->tick_waiting && engine_now_us(e) >= e->next_timer_us)
        tick_submit(e);
}

/* ---- taking the seat, and leaving it ---- */

/* All steps of all folders. */
const struct db_migration *seat_steps(struct arena *a, size_t *count)
{
    static const struct {
        const struct db_migration *step;
        const size_t *count;
    } part[] = {{ledger_migrations, &ledger_migration_count},
                {rec_migrations, &rec_migration_count},
                {measure_migrations, &measure_migration_count},
                {bpmn_migrations, &bpmn_migration_count},
                {loop_migrations, &loop_migration_count},
                {engine_migrations, &engine_migration_count},
                {move_migrations, &move_migration_count}};
    size_t total = 0, n = 0;
    for (size_t i = 0; i < COUNTOF(part); i++)
        total += *part[i].count;
    struct db_migration *all = NEWS(a, struct db_migration, total);
    for (size_t i = 0; i < COUNTOF(part); i++)
        for (size_t k = 0; k < *part[i].count; k++)
            all[n++] = part[i].step[k];
    *count = n;
    return all;
}

rc engine_migrate(struct cx *cx, struct db *db, const struct catalogue *cat)
{
    size_t n;
    const struct db_migration *all = seat_steps(cx->arena, &n);
    rc r = db_migrate(cx, db, all, n);
    if (r == RC_OK) r = rec_migrate(cx, db, cat);
    return r == RC_OK ? cluster_follow(cx, db) : r;
}

rc engine_migrated(struct cx *cx, struct db *db)
{
    size_t n;
    const struct db_migration *all = seat_steps(cx->arena, &n);
    return db_migrated(cx, db, all, n);
}

static rc load_counter(struct cx *cx, struct engine *e, struct db *db)
{
    DB_ROWS rows = {0};
    bool more = false;
    rc r = db_query(cx, db, &sql_counter, DB_NO_ARGS, &rows);
    if (r == RC_OK) r = db_next(cx, &rows, &more);
    if (r == RC_OK && more) e->last_id = db_i64(&rows, 0);
    e->saved_id = e->last_id;
    return r;
}

/* Those who stand by tell people where to go. */
static rc address_save(struct cx *cx, struct engine *e, struct db *db)
{
    if (!e->options.address.len) return RC_OK;
    rc r = db_begin(cx, db);
    if (r == RC_OK) r = db_exec(cx, db, &sql_address_save, DB_ARGS(DB_T(e->options.address)));
    if (r == RC_OK) r = db_commit(cx, db);
    if (r != RC_OK) db_rollback(db);
    return r;
}

static rc address_load(struct cx *cx, struct db *db, void *data)
{
    str *address = data;
    DB_ROWS rows = {0};
    bool more = false;
    rc r = db_query(cx, db, &sql_address, DB_NO_ARGS, &rows);
    if (r == RC_OK) r = db_next(cx, &rows, &more);
    if (r == RC_OK && more) *address = db_text_dup(cx, &rows, 0);
    return r;
}

static rc open_parts(struct cx *cx, struct engine *e, struct db *db)
{
    struct rec_env env = {.catalogue = e->cat, .next_id = engine_next_id, .id_owner = e};
    rc r = engine_migrate(cx, db, e->cat);
    if (r == RC_OK) r = address_save(cx, e, db);
    if (r == RC_OK) r = load_counter(cx, e, db);
    if (r == RC_OK) r = ledger_open(cx, db, &e->ledger);
    if (r == RC_OK) e->stats.ledger_seq = ledger_seq(e->ledger);
    if (r == RC_OK) r = measure_open(cx, db, e->cat, &e->cells);
    if (r == RC_OK) {
        env.ledger = e->ledger;
        env.listener = (struct rec_listener){.owner = e->cells, .changed = measure_changed};
        r = rec_store_open(cx, db, &env, &e->records);
    }
    return r;
}

static void parts_close(struct engine *e)
{
    if (e->records) rec_store_close(e->records);
    if (e->cells) measure_close(e->cells);
    if (e->ledger) ledger_close(e->ledger);
    e->records = NULL;
    e->cells = NULL;
    e->ledger = NULL;
    arena_reset(&e->seat.arena);
}

void seat_note(struct engine *e, enum engine_seat seat, const struct err *why)
{
    pthread_mutex_lock(&e->seat.lock);
    e->seat.is = seat;
    size_t n = why && why->detail.len < sizeof e->seat.why ? why->detail.len : 0;
    if (n) memcpy(e->seat.why, why->detail.at, n);
    e->seat.why_len = n;
    pthread_mutex_unlock(&e->seat.lock);
}

/* The writer, held so that it is not closed meanwhile; NULL: the seat is another's. */
struct writer *seat_enter(struct engine *e)
{
    pthread_mutex_lock(&e->seat.lock);
    struct writer *w = e->seat.writer;
    e->seat.inside += w != NULL;
    pthread_mutex_unlock(&e->seat.lock);
    return w;
}

void seat_exit(struct engine *e, struct writer *w)
{
    if (!w) return;
    pthread_mutex_lock(&e->seat.lock);
    if (--e->seat.inside == 0) pthread_cond_broadcast(&e->seat.changed);
    pthread_mutex_unlock(&e->seat.lock);
}

rc seat_take(struct cx *cx, struct engine *e)
{
    static const struct writer_hooks hooks = {.job_begin = on_job_begin,
                                              .job_undo = on_job_undo,
                                              .before_commit = on_before_commit,
                                              .committed = on_committed,
                                              .rolled_back = on_rolled_back,
                                              .tick = on_tick,
                                              .tick_us = TICK_US};
    struct cx own = {.arena = &e->seat.arena, .lang = cx->lang, .now_us = engine_now_us(e)};
    struct writer_hooks ours = hooks;
    struct db *db = NULL;
    struct writer *w = NULL;
    ours.owner = e;
    rc r = db_open(&own, e->url, DB_WRITER, &db);
    if (r == RC_OK) r = move_check(&own, db, DB_WRITER);
    if (r == RC_OK) r = open_parts(&own, e, db);
    if (r == RC_OK) r = writer_start(&own, db, &ours, &w); /* takes db */
    if (r != RC_OK) {
        r = err_copy(cx, &own.err);
        if (db) db_close(db);
        parts_close(e);
        return r;
    }
    e->declared = false; /* another server may have written since */
    bool rebuilt = measure_was_rebuilt(e->cells);
    pthread_mutex_lock(&e->seat.lock);
    e->seat.writer = w;
    e->seat.behind = false;
    pthread_mutex_unlock(&e->seat.lock);
    seat_note(e, ENGINE_WRITES, NULL);
    if (!rebuilt) return RC_OK;
    struct command sweep = {.name = STR("watches.sweep")};
    str answer;
    r = engine_apply(cx, e, &sweep, &answer);
    if (r != RC_OK) seat_leave(e);
    return r;
}

void seat_leave(struct engine *e)
{
    pthread_mutex_lock(&e->seat.lock);
    struct writer *w = e->seat.writer;
    e->seat.writer = NULL; /* nobody new comes in; those inside are answered */
    while (e->seat.inside)
        pthread_cond_wait(&e->seat.changed, &e->seat.lock);
    pthread_mutex_unlock(&e->seat.lock);
    if (!w) return;
    writer_stop(w);
    parts_close(e);
    e->tick_waiting = false;
    e->next_timer_us = 0;
    e->saved_id = e->last_id = 0;
    news_clear(&e->news);
}

void seat_init(struct engine *e)
{
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&e->seat.changed, &monotonic);
    pthread_condattr_destroy(&monotonic);
    pthread_mutex_init(&e->seat.lock, NULL);
    arena_init(&e->seat.arena, ARENA_DEFAULT_BYTES);
    e->seat.seen_seq = -1;
}

void seat_done(struct engine *e)
{
    pthread_mutex_lock(&e->seat.lock);
    e->seat.closing = true;
    pthread_cond_broadcast(&e->seat.changed);
    pthread_mutex_unlock(&e->seat.lock);
    if (e->seat.keeping) pthread_join(e->seat.keeper, NULL);
    seat_leave(e);
    pthread_cond_destroy(&e->seat.changed);
    pthread_mutex_destroy(&e->seat.lock);
    arena_done(&e->seat.arena);
}

/* ---- for everybody else ---- */

enum engine_seat engine_seat(struct engine *e, struct arena *a, str *why)
{
    pthread_mutex_lock(&e->seat.lock);
    enum engine_seat seat = e->seat.is;
    if (why) *why = arena_dup(a, (str){e->seat.why, e->seat.why_len});
    pthread_mutex_unlock(&e->seat.lock);
    return seat;
}

/* Sentences here are for anybody who asks: what went wrong with which database is the operator's. */
rc seat_refuse(struct cx *cx, struct engine *e)
{
    if (e->options.read_only)
        return err_set(cx, RC_CONFLICT, "engine.read-only", "只读打开，不能修改",
                       "this was opened for reading: nothing can be changed");
    if (engine_seat(e, NULL, NULL) != ENGINE_WAITS) {
        rc r = err_set(cx, RC_BUSY, "engine.cut-off", "数据库暂时不可写",
                       "the database cannot be written at the moment");
        err_hint(cx, "请稍后用同一个幂等键重试",
                 "try again shortly, with the same idempotency key");
        return r;
    }
    struct cx quiet = {.arena = cx->arena, .deadline_us = cx->deadline_us};
    str address = {0};
    if (e->readers && !e->seat.behind && engine_read(&quiet, e, address_load, &address) != RC_OK)
        address = (str){0}; /* then the sentence does without */
    rc r = err_set(cx, RC_BUSY, "engine.standby", "本服务器处于待命状态，本站点由另一台服务器写入",
                   "this server stands by: another one writes this site");
    if (address.len)
        err_hint(cx, "请把改动发往 " STR_FMT, "send changes to " STR_FMT, STR_ARG(address));
    else
        err_hint(cx, "那台服务器停止后，本服务器几秒内接手：请稍后重试",
                 "when that one stops, this one takes over within seconds: try again");
    return r;
}
