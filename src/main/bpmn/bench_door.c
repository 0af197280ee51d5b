/* Processes through the product's one door: commands authorised, checked, told to the ledger, answered. */
#include <stdlib.h>
#include <unistd.h>

#include "base/file.h"
#include "base/json.h"
#include "engine/engine.h"
#include "main/bpmn/bench.h"
#include "main/decisions/folder.h"
#include "measure/measure.h"

enum { DOOR_MODELS = 3, VISITOR_BYTES = 8 << 20, SWEEP_NAP_US = 50 };

enum visit { VISIT_REST, VISIT_INSIDE, VISIT_TOLD };
/* Who gives a command, is told that it is durable, gives the next. */
struct visitor {
    struct cx cx;
    struct arena arena;
    struct command command;
    atomic_int state; /* enum visit */
    rc result;
    str answer;
    int64_t from_us, told_us, instance;
    int64_t task[STAND_TASKS_MAX];
    int open, given;
    bool is_start;
};
struct door {
    struct cx *cx;
    struct engine *e;
    str process, folder;
    struct visitor *visitor;
    int count;
    struct stand_run *r;
    int64_t *latency, latencies, until_us;
};

/* ---- a folder with one application ---- */

static rc write_app(struct cx *cx, str folder, const str *xml)
{
    const str app = path_join(cx->arena, folder, STR("bench"));
    rc r = file_make_folder(cx, app);
    if (r == RC_OK)
        r = file_write(cx, path_join(cx->arena, app, STR("app.yaml")),
                       STR("app: bench\ntitle: {zh: 测量, en: Bench}\n"));
    for (int i = 0; i < DOOR_MODELS && r == RC_OK; i++)
        r = file_write(cx, path_join(cx->arena, app, arena_printf(cx->arena, "%c.bpmn", 'a' + i)),
                       xml[i]);
    return r;
}

static void remove_app(struct cx *cx, str folder)
{
    static const char *const name[] = {"bench/app.yaml", "bench/a.bpmn", "bench/b.bpmn",
                                       "bench/c.bpmn",   "city.db",      "city.db-wal",
                                       "city.db-shm",    "city.db-lock"};
    for (size_t i = 0; i < COUNTOF(name); i++)
        unlink(arena_cstr(cx->arena, path_join(cx->arena, folder, str_from(name[i]))));
    rmdir(arena_cstr(cx->arena, path_join(cx->arena, folder, STR("bench"))));
    rmdir(arena_cstr(cx->arena, folder));
}

/* ---- one command ---- */

static void told(void *data, rc result, str answer)
{
    struct visitor *v = data;
    v->result = result;
    v->answer = answer;
    v->told_us = os_monotonic_us();
    atomic_store(&v->state, VISIT_TOLD);
}

static rc submit(struct door *d, struct visitor *v, const char *name, str params)
{
    const struct json *j = NULL;
    rc r = json_parse(&v->cx, params, &j);
    if (r != RC_OK) return err_copy(d->cx, &v->cx.err);
    v->command = (struct command){.name = str_from(name), .params = j};
    v->from_us = os_monotonic_us();
    atomic_store(&v->state, VISIT_INSIDE);
    r = engine_submit(&v->cx, d->e, &v->command, told, v);
    return r == RC_OK ? r : err_copy(d->cx, &v->cx.err);
}

static void fresh(struct visitor *v)
{
    arena_reset(&v->arena);
    v->cx = (struct cx){.arena = &v->arena, .lang = LANG_EN};
}

static rc start(struct door *d, struct visitor *v)
{
    fresh(v);
    v->is_start = true;
    v->open = v->given = 0;
    const char *amount = d->r->model < 2 ? ",\"variables\":{\"amount\":1500}" : "";
    return submit(
        d, v, "process.start",
        arena_printf(&v->arena, "{\"process\":\"" STR_FMT "\"%s}", STR_ARG(d->process), amount));
}

static rc complete(struct door *d, struct visitor *v)
{
    fresh(v);
    v->is_start = false;
    return submit(d, v, "task.complete",
                  arena_printf(&v->arena, "{\"id\":%" PRId64 "}", v->task[v->given]));
}

/* ---- the tasks of instances just started, as a list would show them ---- */

static rc read_tasks(struct cx *cx, struct db *db, void *data)
{
    struct door *d = data;
    rc r = RC_OK;
    for (int i = 0; i < d->count && r == RC_OK; i++) {
        struct visitor *v = &d->visitor[i];
        DB_ROWS rows = {0};
        bool more = false;
        if (atomic_load(&v->state) != VISIT_TOLD || !v->is_start || v->open) continue;
        r = db_query_text(cx, db,
                          STR("SELECT id FROM task WHERE site = $site AND instance_id = $1"
                              " AND state = 'open' ORDER BY id"),
                          DB_ARGS(DB_I(v->instance)), &rows);
        while (r == RC_OK && (r = db_next(cx, &rows, &more)) == RC_OK && more)
            if (v->open < STAND_TASKS_MAX) v->task[v->open++] = db_i64(&rows, 0);
    }
    return r;
}

/* What a visitor has been told is counted; *asks: it needs its tasks. */
static rc hear(struct door *d, struct visitor *v, bool *asks)
{
    const struct json *j = NULL;
    if (v->result != RC_OK) return err_copy(d->cx, &v->cx.err);
    if (d->latencies < STAND_LATENCIES_MAX) d->latency[d->latencies++] = v->told_us - v->from_us;
    d->r->commands++;
    if (!v->is_start) {
        v->given++;
        return RC_OK;
    }
    rc r = json_parse(&v->cx, v->answer, &j);
    if (r != RC_OK) return err_copy(d->cx, &v->cx.err);
    (void)json_i64(json_find(j, STR("instance")), &v->instance);
    *asks = *asks || d->r->model > 0;
    return RC_OK;
}

static rc next(struct door *d, struct visitor *v)
{
    if (atomic_load(&v->state) == VISIT_TOLD && v->given < v->open) return complete(d, v);
    if (atomic_load(&v->state) == VISIT_TOLD) d->r->instances++;
    atomic_store(&v->state, VISIT_REST);
    return os_monotonic_us() < d->until_us ? start(d, v) : RC_OK;
}

/* All who have been told something hear it, then each gives the next command. */
static rc sweep(struct door *d, int *inside)
{
    bool asks = false;
    rc r = RC_OK;
    for (int i = 0; i < d->count && r == RC_OK; i++)
        if (atomic_load(&d->visitor[i].state) == VISIT_TOLD) {
            struct visitor *v = &d->visitor[i];
            if (v->told_us) r = hear(d, v, &asks);
            v->told_us = 0;
        }
    if (r == RC_OK && asks) r = engine_read(d->cx, d->e, read_tasks, d);
    *inside = 0;
    for (int i = 0; i < d->count && r == RC_OK; i++) {
        struct visitor *v = &d->visitor[i];
        const bool is_told = atomic_load(&v->state) == VISIT_TOLD;
        if (is_told && v->told_us == 0) r = next(d, v);
        *inside += atomic_load(&v->state) != VISIT_REST;
    }
    return r;
}

static int by_size(const void *x, const void *y)
{
    const int64_t a = *(const int64_t *)x, b = *(const int64_t *)y;
    return a < b ? -1 : a > b;
}

static rc measure(struct door *d)
{
    int inside = 1;
    rc r = RC_OK;
    const int64_t begin_us = os_monotonic_us();
    d->until_us = begin_us + d->r->seconds * US_PER_SECOND;
    for (int i = 0; i < d->count && r == RC_OK; i++)
        r = start(d, &d->visitor[i]);
    while (r == RC_OK && inside) {
        r = sweep(d, &inside);
        usleep(SWEEP_NAP_US);
    }
    d->r->took_us = os_monotonic_us() - begin_us;
    if (!d->latencies) return r;
    qsort(d->latency, (size_t)d->latencies, sizeof *d->latency, by_size);
    d->r->p50_us = d->latency[d->latencies / 2];
    d->r->p99_us = d->latency[d->latencies * 99 / 100];
    d->r->worst_us = d->latency[d->latencies - 1];
    return r;
}

static rc visit(struct door *d, struct arena *a)
{
    d->latency = NEWS(a, int64_t, STAND_LATENCIES_MAX);
    d->visitor = NEWS(a, struct visitor, (size_t)d->count);
    for (int i = 0; i < d->count; i++)
        arena_init(&d->visitor[i].arena, VISITOR_BYTES);
    const rc r = measure(d);
    engine_close(d->e); /* nobody is told anything any more */
    for (int i = 0; i < d->count; i++)
        arena_done(&d->visitor[i].arena);
    return r;
}

rc door_run(struct cx *cx, str folder, const str *xml, struct stand_run *r)
{
    struct arena arena;
    const struct catalogue *c = NULL;
    struct door d = {.cx = cx,
                     .r = r,
                     .count = r->clients,
                     .process = arena_printf(cx->arena, "bench.%c", 'a' + r->model),
                     .folder = arena_printf(cx->arena, STR_FMT "/bench-process-%ld",
                                            STR_ARG(folder), (long)getpid())};
    const struct engine_options o = {.url = path_join(cx->arena, d.folder, STR("city.db"))};
    arena_init(&arena, (size_t)64 << 20);
    remove_app(cx, d.folder);
    rc code = write_app(cx, d.folder, xml);
    if (code == RC_OK) code = catalogue_load(cx, &d.folder, 1, &measure_host, &c);
    if (code == RC_OK) code = engine_open(cx, c, &o, &d.e);
    if (code == RC_OK) code = visit(&d, &arena);
    if (c) catalogue_free(c);
    remove_app(cx, d.folder);
    arena_done(&arena);
    return code;
}
