/* What processes and the loop ask of the engine: values of the record they move, operations on it,
 * entries in its timeline; and what the loop asks: an item opened, an item told that the number is
 * back. */
#include "engine/inside.h"

static rc host_variables(void *owner, struct cx *cx, struct db *db, const struct bpmn_model *m,
                         int64_t subject_id, const struct feel_value **out)
{
    struct engine *e = owner;
    const struct app_process *p = process_of_model(e->models, m);
    CHECK(p);
    const struct app_type *type = p->type;
    const int count = type ? type->field_count : 0;
    struct feel_value *value = NEWS(cx->arena, struct feel_value, (size_t)count + 1);
    struct record record = {0};
    *out = value;
    if (!type) return RC_OK;
    rc r = rec_load(cx, db, type, subject_id, &record);
    return r == RC_OK ? rec_feel_values(cx, db, &record, value) : r;
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

static rc host_operation(void *owner, struct cx *cx, struct db *db, const struct bpmn_step *step,
                         struct feel_value *value)
{
    struct engine *e = owner;
    struct turn *t = e->turn;
    const struct bpmn_node *node = step->node;
    const struct app_process *p = process_of_model(e->models, step->model);
    const struct app_type *type = p ? p->type : NULL;
    CHECK(t && p);
    *value = feel_null();
    if (node->decision.len) return decision_make(t, cx, db, p, step, value);
    if (type && str_eq(node->operation, STR("set")))
        return operation_set(t, cx, db, node, type, step->subject_id);
    if (type && str_eq(node->operation, STR("close"))) {
        rc r = loop_close(cx, e->loop, db, e->cells, step->subject_id,
                          t->sign && rights_of(&t->who).inspects);
        return r == RC_OK ? operation_set(t, cx, db, node, type, step->subject_id) : r;
    }
    if (str_eq(node->operation, STR("notify")))
        return RC_OK; /* the event in the timeline is the notice */
    return err_set(cx, RC_INVALID, "process.operation",
                   "流程步骤“" STR_FMT "”的操作“" STR_FMT "”未知,可用 set、close、notify",
                   "step \"" STR_FMT "\" asks for operation \"" STR_FMT
                   "\"; known are set, close, notify",
                   STR_ARG(node->name), STR_ARG(node->operation));
}

/* One entry of a timeline, of a record or of an instance that has none: kept in the ledger, where nobody
 * can change it. */
static rc timeline_add(struct turn *t, struct cx *cx, str subject, int64_t id, const char *what,
                       str detail, str reason, str actor)
{
    struct ledger_entry entry = {.at_us = cx->now_us,
                                 .actor = actor,
                                 .act = str_from(what),
                                 .subject = subject,
                                 .subject_id = id,
                                 .after = detail,
                                 .reason = reason};
    return ledger_add(cx, t->e->ledger, &entry);
}

/* What the step is, for those who read the timeline. */
static str event_detail(struct cx *cx, const struct bpmn_node *node, const struct bpmn_task *task)
{
    struct buf text = {.arena = cx->arena};
    struct jw w = {.out = &text};
    jw_object(&w);
    if (node) {
        jw_kstr(&w, "node", node->id);
        jw_kstr(&w, "name", node->name);
    }
    if (task) {
        jw_ki64(&w, "task", task->id);
        if (task->org.len) jw_kstr(&w, "org", task->org);
        if (task->role.len) jw_kstr(&w, "role", task->role);
        if (task->claimed_by.len) jw_kstr(&w, "person", task->claimed_by);
        if (task->outcome.len) jw_kstr(&w, "outcome", task->outcome);
        if (task->due != DAY_NONE) {
            struct buf due = {.arena = cx->arena};
            day_write(&due, task->due);
            jw_kstr(&w, "due", buf_str(&due));
        }
    }
    jw_end(&w, '}');
    return buf_str(&text);
}

/* What people do themselves is theirs; the rest is the system's. */
static bool by_a_person(str what)
{
    return str_starts(what, STR("task.")) && !str_eq(what, STR("task.opened")) &&
           !str_eq(what, STR("task.cancelled"));
}

static rc host_event(void *owner, struct cx *cx, struct db *db, const char *what,
                     const struct bpmn_step *step, const struct bpmn_task *task)
{
    (void)db;
    struct engine *e = owner;
    struct turn *t = e->turn;
    const struct app_process *p = process_of_model(e->models, step->model);
    e->news.tasks = true;
    if (!t || !p) return RC_OK;
    if (!step->node && p->type) return RC_OK; /* a record's own timeline tells of its steps */
    const str said = str_from(what);
    const str who = by_a_person(said) ? t->who.code : STR("system");
    const bool opinion = by_a_person(said) && !str_eq(said, STR("task.claimed"));
    str comment = opinion ? json_text(t->params, STR("comment")) : (str){0};
    if (opinion && !comment.len) comment = json_text(t->params, STR("reason"));
    return timeline_add(t, cx, p->type ? p->type->name : p->name,
                        p->type ? step->subject_id : step->instance_id, what,
                        event_detail(cx, step->node, task), comment, who);
}

static rc host_model(void *owner, struct cx *cx, struct db *db, str process, int64_t version,
                     const struct bpmn_model **out)
{
    const struct engine *e = owner;
    const struct app_process *p = NULL;
    bool active = true;
    rc r = version ? process_version(cx, e->models, db, process, version, &p)
                   : process_newest(cx, e->models, db, process, &active, &p);
    *out = p ? p->model : NULL;
    if (r != RC_OK || active) return r;
    return err_set(cx, RC_CONFLICT, "process.not-active", "流程“" STR_FMT "”已暂停或停用，不能启动",
                   "process \"" STR_FMT "\" is suspended or retired and starts nothing",
                   STR_ARG(process));
}

static bool starts_by(const struct bpmn_model *m, enum bpmn_event_kind kind, str name)
{
    for (int i = 0; i < m->node_count; i++) {
        const struct bpmn_node *n = &m->node[i];
        const bool begins = n->kind == BPMN_START || n->instantiate;
        const bool outermost = n->parent && n->parent->kind == BPMN_PROCESS;
        for (int k = 0; begins && outermost && k < n->event_count; k++)
            if (n->event[k].kind == kind && (!name.len || str_eq(n->event[k].name, name)))
                return true;
    }
    return false;
}

static rc host_starters(void *owner, struct cx *cx, struct db *db, enum bpmn_event_kind kind,
                        str name, struct names *out)
{
    const struct engine *e = owner;
    rc r = RC_OK;
    for (int i = 0; r == RC_OK && i < e->cat->process_count; i++) {
        const struct app_process *p = NULL;
        bool active = true;
        if (e->cat->process[i].type) continue; /* started with its record, and by nothing else */
        r = process_newest(cx, e->models, db, e->cat->process[i].name, &active, &p);
        if (r == RC_OK && p && active && starts_by(p->model, kind, name))
            *vec_add(cx->arena, out) = p->name;
    }
    return r;
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
    enum bpmn_delivered how;
    e->news.items = true;
    rc r = timeline_add(e->turn, cx, w->open->name, item_id,
                        back ? "item.proposed" : "item.left-again", (str){0},
                        app_title_of(&w->title, LANG_ZH), STR("system"));
    if (r != RC_OK || !w->open->process) return r;
    struct turn own = *e->turn;
    own.db = db;
    const struct bpmn_turn turn = turn_of(&own);
    const struct bpmn_message m = {.name = back ? STR("number.back") : STR("number.left"),
                                   .process = w->open->process->name,
                                   .subject_id = item_id};
    return bpmn_message(cx, &turn, &m, &how);
}

struct bpmn_turn turn_of(struct turn *t)
{
    return (struct bpmn_turn){
        .e = t->e->processes, .db = t->db, .ids = &t->e->ids, .actor = t->who.code};
}

rc engine_hosts_init(struct cx *cx, struct engine *e)
{
    e->process_host = (struct bpmn_host){.owner = e,
                                         .variables = host_variables,
                                         .operation = host_operation,
                                         .event = host_event,
                                         .calendar = e->cat->calendar,
                                         .head = host_head,
                                         .agent = host_agent,
                                         .starters = host_starters,
                                         .model = host_model};
    e->models = processes_new(cx, e->cat);
    e->loop_host = (struct loop_host){.owner = e, .open = loop_opens, .proposed = loop_proposed};
    e->ids = (struct bpmn_ids){.owner = e, .next = engine_next_id};
    rc r = bpmn_engine_new(cx, &e->process_host, &e->processes);
    return r == RC_OK ? loop_new(cx, e->cat, &e->loop_host, &e->loop) : r;
}
