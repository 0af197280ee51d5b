/* Commands on tasks: claim, release, complete; timers.  Whose turn it is, for lists. */
#include <string.h>

#include "bpmn/operate.h"
#include "engine/inside.h"

/* A tick of the writer's own ends after so long: commands that came meanwhile are next. */
enum { TIMERS_A_TICK = 200, TICK_US = 5000, TICK_LATER_US = 30 * US_PER_SECOND };

static struct bpmn_who who_of(struct cx *cx, const struct actor *who)
{
    struct bpmn_who w = {.user = who->code, .org = who->org_key};
    str *role = NEWS(cx->arena, str, (size_t)who->role_count + 1);
    for (int i = 0; i < who->role_count; i++)
        role[w.role_count++] = who->role[i]->name;
    w.role = role;
    return w;
}

rc task_may(struct cx *cx, struct engine *e, struct db *db, const struct actor *who,
            const struct bpmn_task *task, unsigned *may)
{
    const struct bpmn_who w = who_of(cx, who);
    rc r = bpmn_task_may(cx, e->processes, db, task, &w, may);
    if (r == RC_OK && who->system) *may |= BPMN_MAY_DO | BPMN_MAY_SEE;
    return r;
}

rc task_mine(struct cx *cx, struct db *db, const struct actor *who, const struct bpmn_task *task,
             bool *mine)
{
    const struct bpmn_who w = who_of(cx, who);
    *mine = true;
    return who->system ? RC_OK : bpmn_task_mine(cx, db, task, &w, mine);
}

const struct app_type *item_type(const struct engine *e)
{
    if (e->cat->watch_count) return e->cat->watch[0].open;
    return catalogue_type(e->cat, STR("reform.item"));
}

rc task_denied(struct cx *cx, const struct bpmn_task *task)
{
    return err_set(cx, RC_DENIED, "task.denied", "“" STR_FMT "”不由您办理",
                   "\"" STR_FMT "\" is not your task", STR_ARG(task->node->name));
}

/* The task of "id", its process, and what the actor may do with it. */
rc task_of(struct turn *t, struct bpmn_task *task, const struct app_process **process,
           unsigned *may)
{
    int64_t id;
    rc r = param_i64(t->cx, t->params, "id", &id);
    if (r == RC_OK) r = bpmn_task_load(t->cx, t->e->processes, t->db, id, task);
    if (r == RC_OK)
        r = process_version(t->cx, t->e->models, t->db, task->process, task->version, process);
    if (r != RC_OK) return r;
    if (!*process)
        return err_set(t->cx, RC_CONFLICT, "task.process-missing", "流程“" STR_FMT "”已不存在",
                       "process \"" STR_FMT "\" is no longer declared", STR_ARG(task->process));
    return task_may(t->cx, t->e, t->db, &t->who, task, may);
}

static bool among(const str *list, int count, str name)
{
    for (int i = 0; i < count; i++)
        if (str_eq(list[i], name)) return true;
    return false;
}

/* Only the fields of the step's form may come, and those it requires must then be there. */
static rc form_check(struct turn *t, const struct bpmn_node *node, const struct json *fields)
{
    for (const struct json *j = fields ? fields->child : NULL; j; j = j->next)
        if (!among(node->form_field, node->form_field_count, j->key)) {
            rc r = err_set(t->cx, RC_INVALID, "task.field",
                           "“" STR_FMT "”这一步不能填写字段“" STR_FMT "”",
                           "step \"" STR_FMT "\" does not take field \"" STR_FMT "\"",
                           STR_ARG(node->name), STR_ARG(j->key));
            err_field(t->cx, j->key);
            return r;
        }
    return RC_OK;
}

static rc form_complete(struct turn *t, const struct bpmn_node *node, const struct app_type *type,
                        int64_t id)
{
    struct record now = {0};
    rc r = node->required_field_count ? rec_load(t->cx, t->db, type, id, &now) : RC_OK;
    for (int i = 0; r == RC_OK && i < node->required_field_count; i++) {
        const struct app_field *f = app_field_find(type, node->required_field[i]);
        if (!f || now.value[f->index].present) continue;
        r = err_set(t->cx, RC_INVALID, "record.required", "请填写“" STR_FMT "”",
                    "\"" STR_FMT "\" is required", STR_ARG(app_title_of(&f->title, t->cx->lang)));
        err_field(t->cx, f->name);
    }
    return r;
}

/* The task as it stands now. */
rc answer_task(struct turn *t, int64_t id)
{
    struct bpmn_task task = {0};
    struct ask a = {
        .cx = t->cx, .e = t->e, .db = t->db, .params = t->params, .who = &t->who, .out = &t->out};
    rc r = bpmn_task_load(t->cx, t->e->processes, t->db, id, &task);
    return r == RC_OK ? task_write(&a, &task, &t->out) : r;
}

/* The step's form goes into the record, under the actor's name but by the step's right. */
rc task_form_store(struct turn *t, const struct bpmn_task *task, const struct app_type *type)
{
    const struct json *fields = json_find(t->params, STR("fields"));
    struct actor by_right = t->who;
    struct record now = {0};
    by_right.system = true;
    if (!type || !str_eq(task->state, STR("open"))) return RC_OK;
    rc r = form_check(t, task->node, fields);
    if (r == RC_OK && fields && fields->count)
        r = rec_correct(t->cx, t->e->records, t->db, &by_right, type, task->subject_id, 0, fields,
                        task->node->name, &now);
    return r == RC_OK ? form_complete(t, task->node, type, task->subject_id) : r;
}

/* {id, fields?, variables?, outcome?, comment?, sign?}: the form, then the process moves on. */
rc command_task_complete(struct turn *t)
{
    struct bpmn_task task = {0};
    const struct app_process *p = NULL;
    struct record now = {0};
    unsigned may = 0;
    rc r = task_of(t, &task, &p, &may);
    const bool closed = !str_eq(task.state, STR("open")); /* said by bpmn_complete */
    if (r == RC_OK && !(may & BPMN_MAY_DO) && !closed) r = task_denied(t->cx, &task);
    if (r != RC_OK) return r;
    t->sign = param_true(t->params, "sign");
    r = task_form_store(t, &task, p->type);
    const struct bpmn_turn turn = turn_of(t);
    const struct bpmn_completion done = {.task_id = task.id,
                                         .outcome = json_text(t->params, STR("outcome")),
                                         .variables = json_find(t->params, STR("variables")),
                                         .reason = json_text(t->params, STR("comment"))};
    if (r == RC_OK) r = bpmn_complete(t->cx, &turn, &done);
    if (r == RC_OK && p->type) r = rec_load(t->cx, t->db, p->type, task.subject_id, &now);
    if (r != RC_OK) return r;
    t->e->news.tasks = true;
    if (p->type) news_record(t->e, p->type, task.subject_id);
    t->e->next_timer_us = 0; /* new deadlines may be nearer */
    jw_object(&t->out);
    jw_key(&t->out, STR("task"));
    r = answer_task(t, task.id);
    if (p->type) jw_key(&t->out, STR("record"));
    if (r == RC_OK && p->type) r = rec_write_json(t->cx, t->db, &t->who, &now, &t->out);
    jw_end(&t->out, '}');
    return r;
}

static rc claim(struct turn *t, bool release)
{
    struct bpmn_task task = {0};
    const struct app_process *p = NULL;
    unsigned may = 0;
    rc r = task_of(t, &task, &p, &may);
    if (r == RC_OK && !(may & (BPMN_MAY_DO | BPMN_MAY_SEE))) r = task_denied(t->cx, &task);
    const struct bpmn_turn turn = turn_of(t);
    if (r == RC_OK) r = bpmn_claim(t->cx, &turn, task.id, release);
    if (r != RC_OK) return r;
    t->e->news.tasks = true;
    return answer_task(t, task.id);
}

rc command_task_claim(struct turn *t)
{
    return claim(t, false);
}

rc command_task_release(struct turn *t)
{
    return claim(t, true);
}

/* Once an hour, while no timer wants the writer: finished instances whose time is over go. */
static rc history_sweep(struct turn *t)
{
    enum { A_TICK = 500 };
    const struct bpmn_turn turn = turn_of(t);
    int64_t deleted = 0;
    bool more = false;
    if (t->cx->now_us < t->e->next_history_us) return RC_OK;
    rc r = bpmn_history_delete(t->cx, &turn, A_TICK, &deleted, &more);
    t->e->next_history_us = more ? t->cx->now_us : t->cx->now_us + INT64_C(3600) * US_PER_SECOND;
    return r;
}

rc command_timers_tick(struct turn *t)
{
    int fired = 0;
    int64_t next = 0;
    if (!t->who.system)
        return err_set(t->cx, RC_DENIED, "command.denied", "定时由系统执行",
                       "timers are the system's");
    struct bpmn_turn turn = turn_of(t);
    if (t->e->tick_waiting) turn.until_us = os_monotonic_us() + TICK_US;
    rc r = processes_declare(t);
    if (r == RC_OK) r = bpmn_tick(t->cx, &turn, TIMERS_A_TICK, &fired, &next);
    if (r == RC_OK && !fired) r = history_sweep(t);
    if (r != RC_OK) return r;
    int64_t later = t->cx->now_us + TICK_LATER_US;
    t->e->next_timer_us = next && next < later ? next : later;
    jw_object(&t->out);
    jw_ki64(&t->out, "fired", fired);
    jw_ki64(&t->out, "next_us", next);
    jw_end(&t->out, '}');
    return RC_OK;
}

/* The last tick failed and was undone: why becomes an incident of its instance. */
rc command_timers_failed(struct turn *t)
{
    if (!t->who.system)
        return err_set(t->cx, RC_DENIED, "command.denied", "定时由系统执行",
                       "timers are the system's");
    const struct bpmn_turn turn = turn_of(t);
    rc r = bpmn_tick_failed(t->cx, &turn, &t->e->tick.cx.err);
    t->e->next_timer_us = 0;
    if (r == RC_OK) buf_add(&t->answer, STR("{}"));
    return r;
}

/* New declarations may find numbers that are off course already. */
rc command_watches_sweep(struct turn *t)
{
    if (!t->who.system)
        return err_set(t->cx, RC_DENIED, "command.denied", "由系统执行", "this is the system's");
    rc r = loop_sweep(t->cx, t->e->loop, t->db, t->e->cells);
    if (r == RC_OK) buf_add(&t->answer, STR("{}"));
    return r;
}
