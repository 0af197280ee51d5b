/* Opening and closing an engine, what follows the writer's transactions, and care. */
#include <stdlib.h>

#include "engine/inside.h"

SQL(sql_counter, "SELECT value FROM counter WHERE name = 'id'");
SQL(sql_counter_save,
    "INSERT INTO counter (name, value) VALUES ('id', $1) ON CONFLICT (name) DO UPDATE SET value = excluded.value");
enum { TICK_US = 1000000, TIMERS_A_TICK = 200, READERS_DEFAULT = 4, NEWS_RECORDS_MAX = 20 };

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

static void news_clear(struct news *n)
{
    struct arena arena = n->arena;
    arena_reset(&arena);
    *n = (struct news){.arena = arena};
}

static void news_tell(struct engine *e)
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

static void tick_done(void *data, rc result, str answer)
{
    (void)answer;
    struct engine *e = data;
    e->tick_waiting = false;
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
    if (e->tick_waiting || engine_now_us(e) < e->next_timer_us) return;
    static const struct command tick = {.name = {"timers.tick", 11}};
    arena_reset(&e->tick.arena);
    e->tick.cx = (struct cx){.arena = &e->tick.arena};
    e->tick_waiting = engine_submit(&e->tick.cx, e, &tick, tick_done, e) == RC_OK;
}

/* ---- opening ---- */

static rc migrate(struct cx *cx, struct db *db, const struct catalogue *cat)
{
    static const struct {
        const struct db_migration *step;
        const size_t *count;
    } part[] = {{ledger_migrations, &ledger_migration_count},
                {rec_migrations, &rec_migration_count},
                {measure_migrations, &measure_migration_count},
                {bpmn_migrations, &bpmn_migration_count},
                {loop_migrations, &loop_migration_count},
                {engine_migrations, &engine_migration_count}};
    size_t total = 0;
    for (size_t i = 0; i < COUNTOF(part); i++)
        total += *part[i].count;
    struct db_migration *all = NEWS(cx->arena, struct db_migration, total);
    size_t n = 0;
    for (size_t i = 0; i < COUNTOF(part); i++)
        for (size_t k = 0; k < *part[i].count; k++)
            all[n++] = part[i].step[k];
    rc r = db_migrate(cx, db, all, n);
    return r == RC_OK ? rec_migrate(cx, db, cat) : r;
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

static rc open_parts(struct cx *cx, struct engine *e, struct db *db)
{
    struct rec_env env = {.catalogue = e->cat, .next_id = engine_next_id, .id_owner = e};
    rc r = migrate(cx, db, e->cat);
    if (r == RC_OK) r = load_counter(cx, e, db);
    if (r == RC_OK) r = ledger_open(cx, db, &e->ledger);
    if (r == RC_OK) e->stats.ledger_seq = ledger_seq(e->ledger);
    if (r == RC_OK) r = measure_open(cx, db, e->cat, &e->cells);
    if (r == RC_OK) {
        env.ledger = e->ledger;
        env.listener = (struct rec_listener){.owner = e->cells, .changed = measure_changed};
        r = rec_store_open(cx, db, &env, &e->records);
    }
    if (r == RC_OK) r = engine_hosts_init(cx, e);
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
    e->cat = cat;
    e->options = *o;
    e->url = arena_dup(&e->arena, o->url);
    e->in_memory = str_eq(o->url, STR(":memory:"));
    struct cx own = {.arena = &e->arena, .lang = cx->lang, .now_us = engine_now_us(e)};
    struct db *db = NULL;
    struct writer_hooks hooks = {.owner = e,
                                 .job_begin = on_job_begin,
                                 .job_undo = on_job_undo,
                                 .before_commit = on_before_commit,
                                 .committed = on_committed,
                                 .rolled_back = on_rolled_back,
                                 .tick = on_tick,
                                 .tick_us = TICK_US};
    rc r = o->read_only ? engine_hosts_init(&own, e) : db_open(&own, e->url, DB_WRITER, &db);
    if (r == RC_OK && db) r = open_parts(&own, e, db);
    if (r == RC_OK) r = sessions_init(&own, e);
    if (r == RC_OK && !e->in_memory)
        r = readers_open(&own, e->url, o->reader_count ? o->reader_count : READERS_DEFAULT,
                         &e->readers);
    if (r == RC_OK && db) {
        r = writer_start(&own, db, &hooks, &e->writer);
        if (r == RC_OK) db = NULL; /* the writer's now */
    }
    if (r == RC_OK && e->cells && measure_was_rebuilt(e->cells)) {
        struct command sweep = {.name = STR("watches.sweep")};
        str answer;
        r = engine_apply(&own, e, &sweep, &answer);
    }
    if (r == RC_OK) {
        *out = e;
        return RC_OK;
    }
    r = err_copy(cx, &own.err);
    if (db) db_close(db);
    engine_close(e);
    return r;
}

void engine_close(struct engine *e)
{
    if (e->writer) writer_stop(e->writer);
    if (e->readers) readers_close(e->readers);
    if (e->records) rec_store_close(e->records);
    if (e->cells) measure_close(e->cells);
    if (e->ledger) ledger_close(e->ledger);
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
    if (e->writer) stats.queue_depth = writer_stats(e->writer).queue_depth;
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
    cx->findings = NULL;
    return r;
}

rc engine_audit(struct cx *cx, struct engine *e, struct buf *out, int64_t *checks, int64_t *broken)
{
    struct audit a = {.e = e, .out = out, .checks = checks, .broken = broken};
    return engine_read(cx, e, audit_run, &a);
}
