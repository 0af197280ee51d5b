/* What processes and the loop ask of the engine: values of the record they move, operations on it,
 * entries in its timeline; and what the loop asks: an item opened, an item told that the number is
 * back. */
#include "engine/inside.h"

/* The type whose records a process moves. */
static const struct app_type *type_of_model(const struct engine *e, const struct bpmn_model *m)
{
    for (int i = 0; i < e->cat->process_count; i++)
        if (e->cat->process[i].model == m) return e->cat->process[i].type;
    return NULL;
}

static const struct app_type *type_of_node(const struct engine *e, const struct bpmn_node *node)
{
    for (int i = 0; i < e->cat->process_count; i++) {
        const struct bpmn_model *m = e->cat->process[i].model;
        if (node >= m->node && node < m->node + m->node_count) return e->cat->process[i].type;
    }
    return NULL;
}

static rc host_variables(void *owner, struct cx *cx, struct db *db, const struct bpmn_model *m,
                         int64_t subject_id, const struct feel_value **out)
{
    struct engine *e = owner;
    const struct app_type *type = type_of_model(e, m);
    CHECK(type);
    struct feel_value *value = NEWS(cx->arena, struct feel_value, (size_t)type->field_count + 1);
    struct record record = {0};
    rc r = rec_load(cx, db, type, subject_id, &record);
    if (r == RC_OK) r = rec_feel_values(cx, db, &record, value);
    *out = value;
    return r;
}

/* FEEL value → a member of the fields a record is given. */
static void member_write(struct cx *cx, struct jw *w, str field, const struct feel_value *v)
{
    struct buf text = {.arena = cx->arena};
    feel_value_write(&text, v);
    jw_key(w, field);
    jw_raw(w, buf_str(&text));
}

/* "set": the node's parameters are fields of the record and their values. */
static rc operation_set(struct turn *t, struct cx *cx, struct db *db, const struct bpmn_node *node,
                        const struct app_type *type, int64_t id)
{
    const struct feel_value *value;
    struct buf text = {.arena = cx->arena};
    struct jw w = {.out = &text};
    const struct json *fields;
    struct record now = {0};
    struct actor system = engine_system();
    rc r = bpmn_param_values(cx, t->e->processes, node, &value);
    if (r != RC_OK) return r;
    jw_object(&w);
    for (int i = 0; i < node->param_count; i++)
        if (node->param[i].is_field) member_write(cx, &w, node->param[i].name, &value[i]);
    jw_end(&w, '}');
    r = json_parse(cx, buf_str(&text), &fields);
    if (r == RC_OK)
        r = rec_correct(cx, t->e->records, db, &system, type, id, 0, fields, node->name, &now);
    if (r == RC_OK) news_record(t->e, type, id);
    return r;
}

static rc host_operation(void *owner, struct cx *cx, struct db *db, const struct bpmn_node *node,
                         int64_t subject_id)
{
    struct engine *e = owner;
    struct turn *t = e->turn;
    const struct app_type *type = type_of_node(e, node);
    CHECK(t && type);
    if (node->decision.len) return decision_make(t, cx, db, node, type, subject_id);
    if (str_eq(node->operation, STR("set")))
        return operation_set(t, cx, db, node, type, subject_id);
    if (str_eq(node->operation, STR("close"))) {
        rc r = loop_close(cx, e->loop, db, e->cells, subject_id,
                          t->sign && rights_of(&t->who).inspects);
        return r == RC_OK ? operation_set(t, cx, db, node, type, subject_id) : r;
    }
    if (str_eq(node->operation, STR("notify")))
        return RC_OK; /* the event in the timeline is the notice */
    return err_set(cx, RC_INVALID, "process.operation",
                   "流程步骤“" STR_FMT "”的操作“" STR_FMT "”未知,可用 set、close、notify",
                   "step \"" STR_FMT "\" asks for operation \"" STR_FMT
                   "\"; known are set, close, notify",
                   STR_ARG(node->name), STR_ARG(node->operation));
}

/* One entry of the subject's timeline: kept in the ledger, where nobody can change it. */
static rc timeline_add(struct turn *t, struct cx *cx, const struct app_type *type, int64_t id,
                       const char *what, str detail, str reason, str actor)
{
    struct ledger_entry entry = {.at_us = cx->now_us,
                                 .actor = actor,
                                 .act = str_from(what),
                                 .subject = type->name,
                                 .subject_id = id,
                                 .after = detail,
                                 .reason = reason};
    return ledger_add(cx, t->e->ledger, &entry);
}

static rc host_event(void *owner, struct cx *cx, struct db *db, const char *what,
                     const struct bpmn_node *node, const struct bpmn_task *task, int64_t subject_id)
{
    (void)db;
    struct engine *e = owner;
    struct turn *t = e->turn;
    const struct app_type *type = node                 ? type_of_node(e, node)
                                  : task && task->node ? type_of_node(e, task->node)
                                                       : NULL;
    e->news.tasks = true;
    if (!type || !t) return RC_OK;
    struct buf text = {.arena = cx->arena};
    struct jw w = {.out = &text};
    jw_object(&w);
    jw_kstr(&w, "node", node->id);
    jw_kstr(&w, "name", node->name);
    if (task) {
        jw_ki64(&w, "task", task->id);
        if (task->org.len) jw_kstr(&w, "org", task->org);
        if (task->role.len) jw_kstr(&w, "role", task->role);
        if (task->outcome.len) jw_kstr(&w, "outcome", task->outcome);
        if (task->due != DAY_NONE) {
            struct buf due = {.arena = cx->arena};
            day_write(&due, task->due);
            jw_kstr(&w, "due", buf_str(&due));
        }
    }
    jw_end(&w, '}');
    str who = str_starts(str_from(what), STR("task.done")) ||
                      str_starts(str_from(what), STR("task.claimed")) ||
                      str_starts(str_from(what), STR("task.released"))
                  ? t->who.code
                  : STR("system");
    str comment =
        str_eq(str_from(what), STR("task.done")) ? json_text(t->params, STR("comment")) : (str){0};
    return timeline_add(t, cx, type, subject_id, what, buf_str(&text), comment, who);
}

static const struct bpmn_model *host_model(void *owner, str process)
{
    const struct engine *e = owner;
    const struct app_process *p = catalogue_process(e->cat, process);
    return p ? p->model : NULL;
}

/* ---- the loop ---- */

static rc loop_opens(void *owner, struct cx *cx, struct db *db, const struct app_watch *w,
                     const struct json *fields, int64_t *item_id)
{
    (void)db;
    struct engine *e = owner;
    struct record made = {0};
    struct actor system = engine_system();
    struct cx *turn_cx = e->turn->cx;
    e->turn->cx = cx;
    rc r =
        engine_create(e->turn, w->open, fields, app_title_of(&w->title, LANG_ZH), &system, &made);
    e->turn->cx = turn_cx;
    e->news.items = true;
    if (r == RC_OK) *item_id = made.id;
    return r;
}

/* The number is back (or has left again): the process may wait for it, the timeline tells it. */
static rc loop_proposed(void *owner, struct cx *cx, struct db *db, const struct app_watch *w,
                        int64_t item_id, bool back)
{
    struct engine *e = owner;
    bool caught = false;
    e->news.items = true;
    rc r = timeline_add(e->turn, cx, w->open, item_id, back ? "item.proposed" : "item.left-again",
                        (str){0}, app_title_of(&w->title, LANG_ZH), STR("system"));
    if (r == RC_OK && w->open->process)
        r = bpmn_message(cx, e->processes, db, &e->ids, w->open->process->name, item_id,
                         back ? STR("number.back") : STR("number.left"), &caught);
    return r;
}

rc engine_hosts_init(struct cx *cx, struct engine *e)
{
    e->process_host = (struct bpmn_host){.owner = e,
                                         .variables = host_variables,
                                         .operation = host_operation,
                                         .event = host_event,
                                         .calendar = e->cat->calendar,
                                         .model = host_model};
    e->loop_host = (struct loop_host){.owner = e, .open = loop_opens, .proposed = loop_proposed};
    e->ids = (struct bpmn_ids){.owner = e, .next = engine_next_id};
    rc r = bpmn_engine_new(cx, &e->process_host, &e->processes);
    return r == RC_OK ? loop_new(cx, e->cat, &e->loop_host, &e->loop) : r;
}
