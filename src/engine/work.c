/* Commands on tasks: claim, release, complete; timers.  Whose turn it is, for lists. */
#include <string.h>

#include "engine/inside.h"

enum { TIMERS_A_TICK = 200, TICK_LATER_US = 30 * US_PER_SECOND };

bool task_is_for(const struct actor *who, const struct bpmn_task *task)
{
    if (who->system) return true;
    if (task->org.len && !str_eq(task->org, who->org_key)) return false;
    if (!task->role.len) return true;
    for (int i = 0; i < who->role_count; i++)
        if (str_eq(who->role[i]->name, task->role)) return true;
    return false;
}

const struct app_type *item_type(const struct engine *e)
{
    if (e->cat->watch_count) return e->cat->watch[0].open;
    return catalogue_type(e->cat, STR("reform.item"));
}

static rc task_of(struct turn *t, struct bpmn_task *task, const struct app_type **type)
{
    int64_t id;
    rc r = param_i64(t->cx, t->params, "id", &id);
    if (r == RC_OK) r = bpmn_task_load(t->cx, t->e->processes, t->db, id, task);
    if (r != RC_OK) return r;
    const struct app_process *p = catalogue_process(t->e->cat, task->process);
    if (!p)
        return err_set(t->cx, RC_CONFLICT, "task.process-missing", "流程“" STR_FMT "”已不存在",
                       "process \"" STR_FMT "\" is no longer declared", STR_ARG(task->process));
    *type = p->type;
    if (task_is_for(&t->who, task)) return RC_OK;
    return err_set(t->cx, RC_DENIED, "task.denied", "“" STR_FMT "”不由您办理",
                   "\"" STR_FMT "\" is not your task", STR_ARG(task->node->name));
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
static rc answer_task(struct turn *t, int64_t id)
{
    struct bpmn_task task = {0};
    struct ask a = {
        .cx = t->cx, .e = t->e, .db = t->db, .params = t->params, .who = &t->who, .out = &t->out};
    rc r = bpmn_task_load(t->cx, t->e->processes, t->db, id, &task);
    return r == RC_OK ? task_write(&a, &task, &t->out) : r;
}

/* {id, fields?, outcome?, comment?, sign?}: the step's form goes into the record, under the actor's
 * name but by the step's right, then the process moves on. */
rc command_task_complete(struct turn *t)
{
    struct bpmn_task task = {0};
    const struct app_type *type = NULL;
    struct record now = {0};
    rc r = task_of(t, &task, &type);
    if (r != RC_OK) return r;
    const struct json *fields = json_find(t->params, STR("fields"));
    t->sign = param_true(t->params, "sign");
    if (str_eq(task.state, STR("open"))) {
        r = form_check(t, task.node, fields);
        struct actor by_right = t->who;
        by_right.system = true;
        if (r == RC_OK && fields && fields->count)
            r = rec_correct(t->cx, t->e->records, t->db, &by_right, type, task.subject_id, 0,
                            fields, task.node->name, &now);
        if (r == RC_OK) r = form_complete(t, task.node, type, task.subject_id);
    }
    if (r == RC_OK)
        r = bpmn_complete(t->cx, t->e->processes, t->db, &t->e->ids, task.id, t->who.code,
                          json_text(t->params, STR("outcome")));
    if (r == RC_OK) r = rec_load(t->cx, t->db, type, task.subject_id, &now);
    if (r != RC_OK) return r;
    t->e->news.tasks = true;
    news_record(t->e, type, task.subject_id);
    t->e->next_timer_us = 0; /* new deadlines may be nearer */
    jw_object(&t->out);
    jw_key(&t->out, STR("task"));
    r = answer_task(t, task.id);
    jw_key(&t->out, STR("record"));
    if (r == RC_OK) r = rec_write_json(t->cx, t->db, &t->who, &now, &t->out);
    jw_end(&t->out, '}');
    return r;
}

static rc claim(struct turn *t, bool release)
{
    struct bpmn_task task = {0};
    const struct app_type *type = NULL;
    rc r = task_of(t, &task, &type);
    if (r == RC_OK) r = bpmn_claim(t->cx, t->e->processes, t->db, task.id, t->who.code, release);
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

rc command_timers_tick(struct turn *t)
{
    int fired = 0;
    int64_t next = 0;
    if (!t->who.system)
        return err_set(t->cx, RC_DENIED, "command.denied", "定时由系统执行",
                       "timers are the system's");
    rc r = bpmn_tick(t->cx, t->e->processes, t->db, &t->e->ids, TIMERS_A_TICK, &fired, &next);
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
    rc r = bpmn_tick_failed(t->cx, t->e->processes, t->db, &t->e->ids, &t->e->tick.cx.err);
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
