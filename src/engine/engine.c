/* Opening and closing an engine, standing by, and care. */
#include <stdlib.h>

#include "engine/inside.h"
#include "site/move.h"

enum { READERS_DEFAULT = 4 };

/* ---- opening ---- */

/* Half a site answers wrongly. */
static rc not_moving(struct cx *cx, struct engine *e)
{
    struct db *db;
    rc r = readers_take(cx, e->readers, &db);
    if (r != RC_OK) return r;
    r = move_check(cx, db, DB_READER);
    readers_give(e->readers, db);
    return r;
}

rc engine_open(struct cx *cx, const struct catalogue *cat, const struct engine_options *o,
               struct engine **out)
{
    struct engine *e = calloc(1, sizeof *e);
    CHECK(e);
    arena_init(&e->arena, ARENA_DEFAULT_BYTES);
    arena_init(&e->news.arena, ARENA_DEFAULT_BYTES);
    arena_init(&e->tick.arena, ARENA_DEFAULT_BYTES);
    arena_init(&e->failed.arena, ARENA_DEFAULT_BYTES);
    pthread_mutex_init(&e->lock, NULL);
    pthread_cond_init(&e->hash_free, NULL);
    seat_init(e);
    e->cat = cat;
    e->options = *o;
    e->url = arena_dup(&e->arena, o->url);
    e->options.address = arena_dup(&e->arena, o->address);
    e->in_memory = str_eq(o->url, STR(":memory:"));
    struct cx own = {.arena = &e->arena, .lang = cx->lang, .now_us = engine_now_us(e)};
    rc r = engine_hosts_init(&own, e);
    if (r == RC_OK && !o->read_only) r = seat_take(&own, e);
    bool waits = r == RC_CONFLICT && o->stay && str_eq(str_from(own.err.slug), STR("store.locked"));
    if (waits) r = seat_stand_by(&own, e);
    if (r == RC_OK) r = sessions_init(&own, e);
    if (r == RC_OK && !e->in_memory)
        r = readers_open(&own, e->url, o->reader_count ? o->reader_count : READERS_DEFAULT,
                         &e->readers);
    if (r == RC_OK && o->read_only && e->readers && !o->arriving) r = not_moving(&own, e);
    if (r == RC_OK && o->stay) r = seat_keep(&own, e);
    if (r == RC_OK) {
        *out = e;
        return RC_OK;
    }
    r = err_copy(cx, &own.err);
    engine_close(e);
    return r;
}

void engine_close(struct engine *e)
{
    seat_done(e);
    if (e->readers) readers_close(e->readers);
    if (e->models) processes_free(e->models);
    pthread_mutex_destroy(&e->lock);
    pthread_cond_destroy(&e->hash_free);
    arena_done(&e->failed.arena);
    arena_done(&e->tick.arena);
    arena_done(&e->news.arena);
    arena_done(&e->arena);
    free(e);
}

const struct catalogue *engine_catalogue(const struct engine *e)
{
    return e->cat;
}

struct engine_stats engine_stats(const struct engine *e)
{
    struct engine *own = (struct engine *)(uintptr_t)e; /* the lock is the only thing written */
    pthread_mutex_lock(&own->lock);
    struct engine_stats stats = own->stats;
    pthread_mutex_unlock(&own->lock);
    struct writer *w = seat_enter(own);
    if (w) stats.queue_depth = writer_stats(w).queue_depth;
    seat_exit(own, w);
    return stats;
}

/* ---- care ---- */

rc engine_tick(struct cx *cx, struct engine *e, int64_t now_us, int *fired)
{
    str answer = {0};
    struct command c = {.name = STR("timers.tick"), .now_us = now_us};
    rc r = engine_apply(cx, e, &c, &answer);
    const struct json *j = NULL;
    int64_t n = 0;
    if (r == RC_OK) r = json_parse(cx, answer, &j);
    if (r == RC_OK && json_i64(json_find(j, STR("fired")), &n)) *fired = (int)n;
    return r;
}

static rc backup_run(struct cx *cx, struct db *db, void *data)
{
    return db_backup(cx, db, *(str *)data);
}

rc engine_backup(struct cx *cx, struct engine *e, str path)
{
    return engine_read(cx, e, backup_run, &path);
}

struct audit {
    struct engine *e;
    struct buf *out;
    int64_t *checks, *broken;
};

static void audit_note(struct cx *cx, struct audit *a, const char *zh, const char *en,
                       int64_t broken)
{
    if (broken) {
        buf_add(a->out, str_from(cx->lang == LANG_ZH ? zh : en));
        buf_printf(a->out, ": %" PRId64 "\n", broken);
    }
    for (size_t i = 0; cx->findings && i < cx->findings->count; i++) {
        buf_add(a->out, STR("  "));
        err_print(a->out, &cx->findings->item[i]);
        buf_char(a->out, '\n');
    }
    if (cx->findings) *cx->findings = (struct findings){0};
    *a->broken += broken;
}

static rc audit_run(struct cx *cx, struct db *db, void *data)
{
    struct audit *a = data;
    struct findings *list = NEW(cx->arena, struct findings);
    cx->findings = list;
    int64_t n = 0, bad = 0, entries = 0, broken_seq = 0;
    str what = {0};
    char head[2 * SM3_BYTES + 1];
    rc r = measure_audit(cx, db, a->e->cat, &n, &bad);
    *a->checks += n;
    audit_note(cx, a, "指标与记录不符", "measures that differ from their records", bad);
    if (r == RC_OK) r = ledger_verify(cx, db, &entries, &broken_seq, &what, head);
    *a->checks += entries;
    audit_note(cx, a, "账本被改动,起于序号", "the ledger was altered, from entry",
               broken_seq ? 1 : 0);
    if (broken_seq) buf_printf(a->out, "  %" PRId64 " " STR_FMT "\n", broken_seq, STR_ARG(what));
    n = bad = 0;
    if (r == RC_OK) r = rec_audit(cx, db, a->e->cat, &n, &bad);
    *a->checks += n;
    audit_note(cx, a, "记录与账本不符", "records that differ from the ledger", bad);
    n = bad = 0;
    if (r == RC_OK) r = bpmn_audit(cx, a->e->processes, db, &n, &bad);
    *a->checks += n;
    audit_note(cx, a, "流程状态有误", "process states that are not legal", bad);
    n = bad = 0;
    if (r == RC_OK) r = loop_audit(cx, a->e->loop, db, &n, &bad);
    *a->checks += n;
    audit_note(cx, a, "闭环有误", "loops that are not closed", bad);
    n = bad = 0;
    if (r == RC_OK) r = decisions_audit(cx, db, &n, &bad);
    *a->checks += n;
    audit_note(cx, a, "留存的决策与账本不符", "decisions kept that differ from the ledger", bad);
    cx->findings = NULL;
    return r;
}

rc engine_audit(struct cx *cx, struct engine *e, struct buf *out, int64_t *checks, int64_t *broken)
{
    struct audit a = {.e = e, .out = out, .checks = checks, .broken = broken};
    return engine_read(cx, e, audit_run, &a);
}
