/* The commands on processes: start, complete, claim, message, cancel. */
#include "bpmn/engine.h"

#include "bpmn/run/run.h"

rc bpmn_engine_new(struct cx *cx, const struct bpmn_host *host, struct bpmn_engine **out)
{
    struct bpmn_engine *e = NEW(cx->arena, struct bpmn_engine);
    e->host = *host;
    *out = e;
    return RC_OK;
}

static rc no_process(struct cx *cx, str process)
{
    return err_set(cx, RC_MISSING, "bpmn.process-missing", "没有流程 \"" STR_FMT "\"",
                   "there is no process \"" STR_FMT "\"", STR_ARG(process));
}

/* ---- start ---- */

static rc refuse_second(struct cx *cx, struct db *db, str process, int64_t subject_id)
{
    struct instance latest;
    bool found = false;
    rc r = instance_latest(cx, db, process, subject_id, &latest, &found);
    if (r != RC_OK || !found || !str_eq(latest.state, STR("active"))) return r;
    return err_set(cx, RC_CONFLICT, "bpmn.running",
                   "流程 \"" STR_FMT "\" 已在办理中（实例 %" PRId64 "），不能再次启动",
                   "the process \"" STR_FMT "\" is already running (instance %" PRId64
                   ") and cannot be started again",
                   STR_ARG(process), latest.id);
}

static rc start(struct run *r)
{
    rc result = instance_add(r->cx, r->db, &r->instance);
    if (result == RC_OK) result = run_tell(r, "instance.started", r->model->start, NULL);
    if (result == RC_OK) run_send(r, r->model->start, (str){0});
    return result;
}

/* NOLINTNEXTLINE(readability-function-size): the parameters are the contract's */
rc bpmn_start(struct cx *cx, struct bpmn_engine *e, struct db *db, struct bpmn_ids *ids,
              str process, int64_t subject_id, str actor, int64_t *instance_id)
{
    const struct bpmn_model *m = e->host.model(e->host.owner, process);
    if (!m) return no_process(cx, process);
    rc result = refuse_second(cx, db, process, subject_id);
    if (result != RC_OK) return result;
    struct run own = {.cx = cx, .e = e, .db = db, .ids = ids, .actor = actor, .model = m}, *r;
    own.instance = (struct instance){.id = ids->next(ids->owner),
                                     .subject_id = subject_id,
                                     .version = m->version,
                                     .process = process,
                                     .state = STR("active"),
                                     .started_by = actor,
                                     .started_us = cx->now_us};
    result = run_begin(&own, own.instance.id, &r);
    if (result == RC_OK) result = start(r);
    result = run_finish(&own, r, result);
    if (result == RC_OK) *instance_id = own.instance.id;
    return result;
}

/* ---- tasks ---- */

static rc load_task(struct cx *cx, struct bpmn_engine *e, struct db *db, int64_t id,
                    struct bpmn_task *task, int64_t *token_id)
{
    rc r = task_load(cx, db, &e->host, id, task, token_id);
    if (r != RC_OK || task->id) return r;
    return err_set(cx, RC_MISSING, "task.missing", "待办 %" PRId64 " 不存在",
                   "there is no task %" PRId64, id);
}

static rc need_open(struct cx *cx, const struct bpmn_task *t)
{
    if (str_eq(t->state, STR("open"))) return RC_OK;
    struct buf at = {.arena = cx->arena};
    us_write(&at, t->done_us);
    if (str_eq(t->state, STR("cancelled")))
        return err_set(cx, RC_CONFLICT, "task.cancelled",
                       "待办 \"" STR_FMT "\" 已于 " STR_FMT " 取消，不能再办理",
                       "the task \"" STR_FMT "\" was cancelled at " STR_FMT, STR_ARG(t->node->name),
                       STR_ARG(buf_str(&at)));
    return err_set(cx, RC_CONFLICT, "task.done",
                   "待办 \"" STR_FMT "\" 已由 " STR_FMT " 于 " STR_FMT " 办结",
                   "the task \"" STR_FMT "\" was already done by " STR_FMT " at " STR_FMT,
                   STR_ARG(t->node->name), STR_ARG(t->done_by), STR_ARG(buf_str(&at)));
}

static rc need_not_claimed(struct cx *cx, const struct bpmn_task *t, str actor)
{
    if (!t->claimed_by.len || str_eq(t->claimed_by, actor)) return RC_OK;
    return err_set(cx, RC_CONFLICT, "task.claimed", "待办 \"" STR_FMT "\" 已由 " STR_FMT " 认领",
                   "the task \"" STR_FMT "\" is claimed by " STR_FMT, STR_ARG(t->node->name),
                   STR_ARG(t->claimed_by));
}

static rc need_outcome(struct cx *cx, const struct bpmn_task *t, str outcome)
{
    const struct bpmn_node *n = t->node;
    struct buf offered = {.arena = cx->arena};
    for (int i = 0; i < n->outcome_count; i++) {
        if (str_eq(n->outcome[i], outcome)) return RC_OK;
        if (i) buf_add(&offered, STR(", "));
        buf_printf(&offered, STR_FMT " (" STR_FMT ")", STR_ARG(n->outcome[i]),
                   STR_ARG(n->outcome_title[i]));
    }
    if (!n->outcome_count && !outcome.len) return RC_OK;
    (void)!err_set(cx, RC_INVALID, "task.outcome",
                   "待办 \"" STR_FMT "\" 没有办理结果 \"" STR_FMT "\"，可选：" STR_FMT,
                   "the task \"" STR_FMT "\" has no outcome \"" STR_FMT "\", offered: " STR_FMT,
                   STR_ARG(n->name), STR_ARG(outcome),
                   STR_ARG(n->outcome_count ? buf_str(&offered) : STR("-")));
    err_field(cx, STR("outcome"));
    return RC_INVALID;
}

static rc complete(struct run *r, struct bpmn_task *task, int64_t token_id, str outcome)
{
    struct token *t = run_token(r, token_id);
    if (!t)
        return err_set(r->cx, RC_INTERNAL, "bpmn.token-missing", "待办 %" PRId64 " 没有令牌",
                       "the task %" PRId64 " has no token", task->id);
    if (!t->node) return run_gone(r, t->node_id);
    task->state = STR("done");
    task->done_by = r->actor;
    task->outcome = outcome;
    task->done_us = r->cx->now_us;
    const struct bpmn_node *node = t->node;
    rc result = task_close(r->cx, r->db, task);
    if (result == RC_OK) result = run_take(r, t, "left");
    if (result == RC_OK) result = run_tell(r, "task.done", node, task);
    return result == RC_OK ? run_pass_on(r, node, outcome) : result;
}

/* NOLINTNEXTLINE(readability-function-size): the parameters are the contract's */
rc bpmn_complete(struct cx *cx, struct bpmn_engine *e, struct db *db, struct bpmn_ids *ids,
                 int64_t task_id, str actor, str outcome)
{
    struct bpmn_task task;
    int64_t token_id = 0;
    rc result = load_task(cx, e, db, task_id, &task, &token_id);
    if (result == RC_OK) result = need_open(cx, &task);
    if (result == RC_OK) result = need_not_claimed(cx, &task, actor);
    if (result != RC_OK) return result;
    struct run own = {.cx = cx, .e = e, .db = db, .ids = ids, .actor = actor}, *r;
    result = run_begin(&own, task.instance_id, &r);
    if (result == RC_OK && task.node->index >= 0) result = need_outcome(cx, &task, outcome);
    if (result == RC_OK) result = complete(r, &task, token_id, outcome);
    return run_finish(&own, r, result);
}

rc bpmn_claim(struct cx *cx, struct bpmn_engine *e, struct db *db, int64_t task_id, str actor,
              bool release)
{
    struct bpmn_task task;
    rc r = load_task(cx, e, db, task_id, &task, NULL);
    if (r == RC_OK) r = need_open(cx, &task);
    if (r == RC_OK) r = need_not_claimed(cx, &task, actor);
    if (r != RC_OK) return r;
    task.claimed_by = release ? (str){0} : actor;
    r = task_claim(cx, db, task_id, task.claimed_by);
    if (r != RC_OK || !e->host.event) return r;
    return e->host.event(e->host.owner, cx, db, release ? "task.released" : "task.claimed",
                         task.node, &task, task.subject_id);
}

/* ---- messages ---- */

/* A boundary message that interrupts takes the task's token; one that does not leaves all as it is
 * and stays open; a catch event's own token goes on. */
static rc catch_message(struct run *r, const struct subscription *s)
{
    struct token *t = run_token(r, s->token_id);
    const struct bpmn_node *event = bpmn_node_find(r->model, s->node_id);
    if (!t || !t->node || !event) return run_gone(r, s->node_id);
    rc result = RC_OK;
    bool boundary = event->kind == BPMN_BOUNDARY_MESSAGE;
    str outcome = t->outcome;
    if (!boundary)
        result = run_take(r, t, "left");
    else if (event->interrupting)
        result = run_take(r, t, "cancelled");
    if (result == RC_OK) result = run_tell(r, "message.caught", event, NULL);
    return result == RC_OK ? run_pass_on(r, event, outcome) : result;
}

/* NOLINTNEXTLINE(readability-function-size): the parameters are the contract's */
rc bpmn_message(struct cx *cx, struct bpmn_engine *e, struct db *db, struct bpmn_ids *ids,
                str process, int64_t subject_id, str message, bool *caught)
{
    struct subscription s;
    bool found = false;
    const struct message_key key = {process, subject_id, message};
    rc result = subscription_find(cx, db, &key, &s, &found);
    if (result != RC_OK || !found) {
        *caught = false;
        return result;
    }
    struct run own = {.cx = cx, .e = e, .db = db, .ids = ids, .actor = STR("system")}, *r;
    result = run_begin(&own, s.instance_id, &r);
    if (result == RC_OK) result = catch_message(r, &s);
    result = run_finish(&own, r, result);
    if (result == RC_OK) *caught = true;
    return result;
}

/* ---- cancel ---- */

rc bpmn_cancel(struct cx *cx, struct bpmn_engine *e, struct db *db, int64_t instance_id, str actor)
{
    struct run own = {.cx = cx, .e = e, .db = db, .actor = actor};
    bool found = false;
    rc result = instance_load(cx, db, instance_id, &own.instance, &found);
    if (result != RC_OK) return result;
    if (!found)
        return err_set(cx, RC_MISSING, "bpmn.instance-missing", "流程实例 %" PRId64 " 不存在",
                       "there is no process instance %" PRId64, instance_id);
    bool active = str_eq(own.instance.state, STR("active"));
    for (struct run *o = e->run; o; o = o->outer)
        if (o->instance.id == instance_id) active = false; /* it is in the middle of a step */
    if (!active)
        return err_set(
            cx, RC_CONFLICT, "bpmn.instance-ended", "流程实例 %" PRId64 " 已经结束，不能撤销",
            "the process instance %" PRId64 " has ended and cannot be cancelled", instance_id);
    /* Also one whose process is gone: then the tokens' nodes are not known, nor needed. */
    own.model = e->host.model(e->host.owner, own.instance.process);
    result = tokens_load(cx, db, own.model, instance_id, true, &own.tokens);
    for (size_t i = 0; i < own.tokens.len && result == RC_OK; i++)
        result = run_take(&own, &own.tokens.at[i], "cancelled");
    if (result == RC_OK) result = instance_end(cx, db, instance_id, STR("cancelled"));
    return result == RC_OK ? run_tell(&own, "instance.cancelled", NULL, NULL) : result;
}

rc bpmn_param_values(struct cx *cx, struct bpmn_engine *e, const struct bpmn_node *node,
                     const struct feel_value **out)
{
    struct feel_value *value = NEWS(cx->arena, struct feel_value, (size_t)node->param_count);
    rc result = RC_OK;
    CHECK(e->run);
    for (int i = 0; i < node->param_count && result == RC_OK; i++)
        result = run_eval(e->run, node->param[i].value, &value[i]);
    if (result == RC_OK) *out = value;
    return result;
}
