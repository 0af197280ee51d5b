/* A world for one process file. */
#include "main/bpmn/world.h"

enum { LIFE_BYTES = 256 << 20, SCRATCH_BYTES = 256 << 20, TICK_MOST = 1000 };

static const char actor[] = "tester";

static int64_t next_id(void *owner)
{
    struct world *w = owner;
    return ++w->last_id;
}

/* One file is one process of the host, under the name of its main process; what it calls by another name
 * may be another process of the same file. */
static rc find_model(void *owner, struct cx *cx, struct db *db, str process, int64_t version,
                     const struct bpmn_model **out)
{
    const struct world *w = owner;
    (void)cx, (void)db, (void)version;
    *out = str_eq(process, w->model->id) || bpmn_node_find(w->model, process) ? w->model : NULL;
    return RC_OK;
}

static bool starts_by(const struct bpmn_node *n, enum bpmn_event_kind kind, str name)
{
    const bool is_start = n->kind == BPMN_START && n->parent && n->parent->kind == BPMN_PROCESS;
    if (!is_start && !n->instantiate) return false;
    for (int i = 0; i < n->event_count; i++)
        if (n->event[i].kind == kind && str_eq(n->event[i].name, name)) return true;
    for (int i = 0; n->kind == BPMN_EVENT_BASED && i < n->out_count; i++)
        for (int k = 0; k < n->out[i]->to->event_count; k++)
            if (n->out[i]->to->event[k].kind == kind && str_eq(n->out[i]->to->event[k].name, name))
                return true;
    return false;
}

static rc find_starters(void *owner, struct cx *cx, struct db *db, enum bpmn_event_kind kind,
                        str name, struct names *out)
{
    const struct world *w = owner;
    (void)db;
    for (int i = 0; i < w->model->node_count; i++)
        if (starts_by(&w->model->node[i], kind, name)) {
            *vec_add(cx->arena, out) = w->model->id;
            break;
        }
    return RC_OK;
}

static rc no_variables(void *owner, struct cx *cx, struct db *db, const struct bpmn_model *m,
                       int64_t subject_id, const struct feel_value **out)
{
    (void)owner, (void)db, (void)subject_id;
    *out = NEWS(cx->arena, struct feel_value, (size_t)m->host_slots + 1);
    return RC_OK;
}

static rc no_operation(void *owner, struct cx *cx, struct db *db, const struct bpmn_step *step,
                       struct feel_value *value)
{
    (void)owner, (void)cx, (void)db, (void)step, (void)value;
    return RC_OK;
}

static rc hear(void *owner, struct cx *cx, struct db *db, const char *what,
               const struct bpmn_step *step, const struct bpmn_task *task)
{
    struct world *w = owner;
    const str said = str_from(what);
    (void)cx, (void)db, (void)task;
    if (str_eq(said, STR("instance.started")))
        *vec_add(&w->life, &w->instances) = step->instance_id;
    if (str_eq(said, STR("instance.failed"))) *vec_add(&w->life, &w->failed) = step->instance_id;
    return RC_OK;
}

void world_init(struct world *w, enum lang lang)
{
    *w = (struct world){.cx = {.lang = lang}};
    arena_init(&w->life, LIFE_BYTES);
    arena_init(&w->scratch, SCRATCH_BYTES);
    w->cx.arena = &w->scratch;
    CHECK(us_parse(STR("2022-06-01T10:00:00"), &w->cx.now_us));
    w->host = (struct bpmn_host){.owner = w,
                                 .model = find_model,
                                 .starters = find_starters,
                                 .variables = no_variables,
                                 .operation = no_operation,
                                 .event = hear};
}

rc world_open(struct world *w)
{
    struct cx cx = {.arena = &w->life, .lang = w->cx.lang, .now_us = w->cx.now_us};
    rc r = bpmn_engine_new(&cx, &w->host, &w->e);
    if (r == RC_OK) r = db_open(&cx, STR(":memory:"), DB_WRITER, &w->db);
    if (r == RC_OK) r = db_migrate(&cx, w->db, bpmn_migrations, bpmn_migration_count);
    if (r == RC_OK) r = db_begin(&cx, w->db);
    w->ids = (struct bpmn_ids){.owner = w, .next = next_id};
    w->turn = (struct bpmn_turn){.e = w->e, .db = w->db, .ids = &w->ids, .actor = str_from(actor)};
    return r == RC_OK ? r : err_copy(&w->cx, &cx.err);
}

void world_close(struct world *w)
{
    if (w->db) {
        db_rollback(w->db);
        db_close(w->db);
    }
    arena_done(&w->scratch);
    arena_done(&w->life);
}

rc world_begin(struct world *w)
{
    arena_reset(&w->scratch);
    err_clear(&w->cx);
    return db_savepoint(&w->cx, w->db);
}

rc world_end(struct world *w, rc r)
{
    if (r == RC_OK) return db_savepoint_keep(&w->cx, w->db);
    db_savepoint_undo(w->db);
    return r;
}

rc world_start(struct world *w, str element, const struct json *variables)
{
    const struct bpmn_start what = {
        .process = w->model->id, .element = element, .variables = variables, .several = true};
    rc r = world_begin(w);
    return r == RC_OK ? world_end(w, bpmn_start(&w->cx, &w->turn, &what, &w->started)) : r;
}

bool world_has_failed(const struct world *w)
{
    for (size_t i = 0; i < w->failed.len; i++)
        if (w->failed.at[i] == w->started) return true;
    return false;
}

rc world_trigger(struct world *w, str element)
{
    rc r = RC_OK;
    const size_t count = w->instances.len; /* a step may start more */
    for (size_t i = 0; i < count; i++) {
        r = world_begin(w);
        if (r != RC_OK) return r;
        r = world_end(w, bpmn_trigger(&w->cx, &w->turn, w->instances.at[i], element, NULL));
        const str slug = str_from(w->cx.err.slug);
        if (r == RC_OK ||
            (!str_eq(slug, STR("bpmn.not-waiting")) && !str_eq(slug, STR("bpmn.instance-ended")) &&
             !str_eq(slug, STR("bpmn.instance-missing"))))
            return r;
    }
    err_clear(&w->cx);
    return err_set(&w->cx, RC_CONFLICT, "bpmn.not-waiting", "没有实例在“" STR_FMT "”等待",
                   "no instance waits at \"" STR_FMT "\"", STR_ARG(element));
}

rc world_tick(struct world *w, int64_t *next_us)
{
    int fired = 0;
    rc r = world_begin(w);
    if (r == RC_OK) r = world_end(w, bpmn_tick(&w->cx, &w->turn, TICK_MOST, &fired, next_us));
    if (r == RC_OK) return r;
    struct cx why = {.arena = &w->life, .lang = w->cx.lang};
    (void)!err_copy(&why, &w->cx.err);
    r = world_begin(w);
    if (r == RC_OK) r = world_end(w, bpmn_tick_failed(&w->cx, &w->turn, &why.err));
    *next_us = w->cx.now_us;
    return r == RC_OK ? err_copy(&w->cx, &why.err) : r;
}

rc world_tasks(struct world *w, struct bpmn_tasks *out)
{
    const struct bpmn_task_query q = {.open_only = true, .limit = TICK_MOST};
    *out = (struct bpmn_tasks){0};
    arena_reset(&w->scratch);
    err_clear(&w->cx);
    return bpmn_tasks_find(&w->cx, w->e, w->db, &q, out);
}

rc world_complete(struct world *w, int64_t task_id)
{
    const struct bpmn_completion what = {.task_id = task_id};
    rc r = world_begin(w);
    return r == RC_OK ? world_end(w, bpmn_complete(&w->cx, &w->turn, &what)) : r;
}
