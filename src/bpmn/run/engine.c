/* The commands on processes: start, complete, claim, cancel, trigger, activate. */
#include "bpmn/engine.h"

#include "base/json.h"
#include "bpmn/run/run.h"

rc bpmn_engine_new(struct cx *cx, const struct bpmn_host *host, struct bpmn_engine **out)
{
    struct bpmn_engine *e = NEW(cx->arena, struct bpmn_engine);
    e->host = *host;
    e->last_delivery = &e->first_delivery;
    *out = e;
    return RC_OK;
}

/* ---- start ---- */

/* By a step of another instance: when that one rests. */
static rc start_later(struct run *r, const struct bpmn_start *what, int64_t *instance_id)
{
    struct delivery *d = run_deliver(r, DELIVER_START);
    *instance_id = r->ids->next(r->ids->owner);
    d->begin = (struct begin){.start = *what, .id = *instance_id};
    d->instance_id = *instance_id;
    return RC_OK;
}

/* Not in the middle, past what stands before it. */
static rc need_start(struct cx *cx, const struct bpmn_turn *t, const struct bpmn_start *what)
{
    const struct bpmn_host *h = &t->e->host;
    const struct bpmn_model *m = NULL;
    if (!what->element.len) return RC_OK;
    rc r = h->model(h->owner, cx, t->db, what->process, what->version, &m);
    const struct bpmn_node *n = r == RC_OK && m ? bpmn_node_find(m, what->element) : NULL;
    if (!n || !n->parent || !n->in_count || n->instantiate) return r;
    return err_set(cx, RC_INVALID, "bpmn.not-a-start",
                   "流程 \"" STR_FMT "\" 不能从 \"" STR_FMT "\" 开始：它之前还有步骤",
                   "the process \"" STR_FMT "\" cannot start at \"" STR_FMT
                   "\": there are steps before it",
                   STR_ARG(what->process), STR_ARG(what->element));
}

rc bpmn_start(struct cx *cx, const struct bpmn_turn *t, const struct bpmn_start *what,
              int64_t *instance_id)
{
    struct run r;
    run_init(&r, cx, t);
    if (t->e->run) return start_later(&r, what, instance_id);
    const struct begin b = {.start = *what};
    rc result = need_start(cx, t, what);
    if (result == RC_OK) result = run_begin(&r, &b);
    result = run_rest(&r, result);
    if (result == RC_OK) *instance_id = r.instance.id;
    return result;
}

/* ---- tasks ---- */

static rc load_task(struct cx *cx, const struct bpmn_turn *t, int64_t id, struct bpmn_task *task)
{
    rc r = task_load(cx, t->db, &t->e->host, id, task);
    if (r != RC_OK || task->id) return r;
    return err_set(cx, RC_MISSING, "task.missing", "待办 %" PRId64 " 不存在",
                   "there is no task %" PRId64, id);
}

static rc need_open(struct cx *cx, const struct bpmn_task *t)
{
    if (str_eq(t->state, STR("open"))) return RC_OK;
    struct buf at = {.arena = cx->arena};
    us_write(&at, t->done_us);
    if (str_eq(t->state, STR("waiting")))
        return err_set(cx, RC_CONFLICT, "task.waiting", "待办 \"" STR_FMT "\" 正在等待加签的人办理",
                       "the task \"" STR_FMT "\" waits for somebody who signs before it",
                       STR_ARG(t->node->name));
    if (str_eq(t->state, STR("cancelled")) || str_eq(t->state, STR("returned")))
        return err_set(cx, RC_CONFLICT, "task.cancelled",
                       "待办 \"" STR_FMT "\" 已于 " STR_FMT " 取消，不能再办理",
                       "the task \"" STR_FMT "\" was cancelled at " STR_FMT, STR_ARG(t->node->name),
                       STR_ARG(buf_str(&at)));
    return err_set(cx, RC_CONFLICT, "task.done",
                   "待办 \"" STR_FMT "\" 已由 " STR_FMT " 于 " STR_FMT " 办结",
                   "the task \"" STR_FMT "\" was already done by " STR_FMT " at " STR_FMT,
                   STR_ARG(t->node->name), STR_ARG(t->done_by), STR_ARG(buf_str(&at)));
}

/* A standing agent may, as the one they stand in for. */
static rc stands_in(struct cx *cx, const struct bpmn_turn *t, const struct bpmn_task *task,
                    bool *yes)
{
    struct task_persons persons = {0};
    *yes = false;
    if (!task->picked) return RC_OK;
    rc r = persons_of_task(cx, t->db, task->id, &persons);
    for (size_t i = 0; i < persons.len; i++)
        if (str_eq(persons.at[i].kind, STR("agent")) && str_eq(persons.at[i].user, t->actor))
            *yes = true;
    return r;
}

static rc need_not_claimed(struct cx *cx, const struct bpmn_turn *t, const struct bpmn_task *task)
{
    bool agent = false;
    if (!task->claimed_by.len || str_eq(task->claimed_by, t->actor)) return RC_OK;
    rc r = stands_in(cx, t, task, &agent);
    if (r != RC_OK || agent) return r;
    return err_set(cx, RC_CONFLICT, "task.claimed", "待办 \"" STR_FMT "\" 已由 " STR_FMT " 认领",
                   "the task \"" STR_FMT "\" is claimed by " STR_FMT, STR_ARG(task->node->name),
                   STR_ARG(task->claimed_by));
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
    if (!n->outcome_count && (!outcome.len || n->index < 0)) return RC_OK;
    (void)!err_set(cx, RC_INVALID, "task.outcome",
                   "待办 \"" STR_FMT "\" 没有办理结果 \"" STR_FMT "\"，可选：" STR_FMT,
                   "the task \"" STR_FMT "\" has no outcome \"" STR_FMT "\", offered: " STR_FMT,
                   STR_ARG(n->name), STR_ARG(outcome),
                   STR_ARG(n->outcome_count ? buf_str(&offered) : STR("-")));
    err_field(cx, STR("outcome"));
    return RC_INVALID;
}

/* Only what the step's form offers, when it has one. */
static rc need_form(struct run *r, const struct bpmn_node *n, const struct json *variables)
{
    if (!variables || !n->form_slot_count) return RC_OK;
    for (const struct json *j = variables->child; j; j = j->next) {
        const struct bpmn_variable *v = bpmn_variable_find(r->model, j->key);
        bool offered = !v; /* an unknown one is refused by vars_take, with the known ones */
        for (int i = 0; v && i < n->form_slot_count; i++)
            offered = offered || n->form_slot[i] == v->slot;
        if (offered) continue;
        (void)!err_set(r->cx, RC_INVALID, "bpmn.variable",
                       "任务 \"" STR_FMT "\" 不能填写变量 \"" STR_FMT "\"",
                       "the task \"" STR_FMT "\" does not take the variable \"" STR_FMT "\"",
                       STR_ARG(n->name), STR_ARG(j->key));
        err_field(r->cx, j->key);
        return RC_INVALID;
    }
    return RC_OK;
}

static rc note_reason(struct run *r, const struct bpmn_task *task, str reason)
{
    if (!reason.len) return RC_OK;
    const struct task_action a = {.id = r->ids->next(r->ids->owner),
                                  .instance_id = task->instance_id,
                                  .task_id = task->id,
                                  .at_us = r->cx->now_us,
                                  .act = STR("complete"),
                                  .actor = r->actor,
                                  .reason = reason,
                                  .from_node = task->node->id};
    return action_add(r->cx, r->db, &a);
}

static rc reopen(struct run *r, struct bpmn_task *task)
{
    task->state = STR("open");
    rc result = task_save(r->cx, r->db, task);
    return result == RC_OK ? run_tell(r, "task.opened", task->node, task) : result;
}

/* With signers: what was waiting for this one opens; the token goes on when nobody is left.
 * token.total counts the signers' tasks that are not closed. */
static rc signed_by(struct run *r, struct token *t, const struct bpmn_task *done, bool *goes_on)
{
    struct bpmn_task *task;
    size_t count = 0;
    bool before_left = false, any_left = false;
    if (done->kind != BPMN_TASK_MAIN && t->total > 0) t->total--;
    if (done->kind == BPMN_TASK_MAIN) t->outcome = done->outcome;
    run_changed(r, t);
    rc result = tasks_of_token(r->cx, r->db, &r->e->host, t->id, &task, &count);
    for (size_t i = 0; i < count; i++)
        before_left = before_left ||
                      (task[i].kind == BPMN_TASK_BEFORE && task[i].parent_id == done->parent_id);
    for (size_t i = 0; i < count && result == RC_OK; i++) {
        struct bpmn_task *k = &task[i];
        bool waits = str_eq(k->state, STR("waiting"));
        bool now = done->kind == BPMN_TASK_BEFORE && !before_left && k->id == done->parent_id;
        now = now || (k->kind == BPMN_TASK_AFTER && k->parent_id == done->id);
        if (waits && now) result = reopen(r, k);
        any_left = any_left || k->kind != BPMN_TASK_ASIDE;
    }
    *goes_on = !any_left && done->kind != BPMN_TASK_ASIDE;
    return result;
}

static rc close_task(struct run *r, struct bpmn_task *task, const struct bpmn_completion *what)
{
    task->state = STR("done");
    task->done_by = r->actor;
    task->outcome = what->outcome;
    task->done_us = r->cx->now_us;
    if (task->claimed_by.len && !str_eq(task->claimed_by, r->actor) && !task->owner.len)
        task->owner = task->claimed_by; /* done by who stands in for them */
    rc result = task_close(r, task);
    if (result == RC_OK) result = note_reason(r, task, what->reason);
    return result == RC_OK ? run_tell(r, "task.done", task->node, task) : result;
}

static rc complete(struct run *r, struct bpmn_task *task, const struct bpmn_completion *what)
{
    struct token *t = run_token(r, task->token_id);
    bool goes_on = true;
    if (!t || t == r->root)
        return err_set(r->cx, RC_INTERNAL, "bpmn.token-missing", "待办 %" PRId64 " 没有令牌",
                       "the task %" PRId64 " has no token", task->id);
    if (!t->node) return run_gone(r, t->node_id);
    rc result = need_form(r, t->node, what->variables);
    if (result == RC_OK && what->variables) result = vars_take(r->cx, r->model, what->variables, t);
    r->cause = task->id;
    r->weight = task->weight;
    if (result == RC_OK) result = close_task(r, task, what);
    if (result == RC_OK && (task->kind != BPMN_TASK_MAIN || t->total > 0))
        result = signed_by(r, t, task, &goes_on);
    if (result != RC_OK || !goes_on) return result;
    str outcome = task->kind == BPMN_TASK_MAIN ? task->outcome : t->outcome;
    r->outcome = outcome;
    return activity_done(r, t, outcome);
}

/* Who delegated it keeps the word. */
static rc need_not_delegated(struct cx *cx, const struct bpmn_turn *t, const struct bpmn_task *task)
{
    if (!task->owner.len || str_eq(task->owner, t->actor)) return RC_OK;
    return err_set(cx, RC_CONFLICT, "task.delegated",
                   "待办 \"" STR_FMT "\" 由 " STR_FMT " 委托，办好后交回，由委托人办结",
                   "the task \"" STR_FMT "\" is delegated by " STR_FMT
                   ": hand it back, who delegated it completes it",
                   STR_ARG(task->node->name), STR_ARG(task->owner));
}

rc bpmn_complete(struct cx *cx, const struct bpmn_turn *t, const struct bpmn_completion *what)
{
    struct bpmn_task task;
    struct run r;
    rc result = load_task(cx, t, what->task_id, &task);
    if (result == RC_OK) result = need_open(cx, &task);
    if (result == RC_OK) result = need_not_delegated(cx, t, &task);
    if (result == RC_OK && !task.owner.len) result = need_not_claimed(cx, t, &task);
    if (result != RC_OK) return result;
    result = run_open(&r, cx, t, task.instance_id);
    if (result == RC_OK && (task.kind == BPMN_TASK_MAIN || what->outcome.len))
        result = need_outcome(cx, &task, what->outcome);
    if (result == RC_OK) result = complete(&r, &task, what);
    return run_rest(&r, result);
}

/* One that was given to somebody by name would be everybody's. */
static rc need_others(struct cx *cx, const struct bpmn_task *t)
{
    const struct bpmn_people *p = &t->node->people;
    const bool named = p->assignee || p->candidates || p->head;
    if (!named || t->picked || t->role.len || t->org.len) return RC_OK;
    (void)!err_set(
        cx, RC_CONFLICT, "task.nobody-else", "待办 \"" STR_FMT "\" 只指定了您一人，不能放回",
        "the task \"" STR_FMT "\" is yours alone, it cannot be released", STR_ARG(t->node->name));
    err_hint(cx, "可以转办或委托给别人", "reassign or delegate it");
    return RC_CONFLICT;
}

static rc need_not_suspended(struct cx *cx, const struct bpmn_turn *t, int64_t instance_id)
{
    struct instance i = {0};
    bool found = false;
    rc r = instance_load(cx, t->db, instance_id, &i, &found);
    if (r != RC_OK || !found || !str_eq(i.state, STR("suspended"))) return r;
    return err_set(cx, RC_CONFLICT, "bpmn.suspended", "流程实例 %" PRId64 " 已暂停，恢复后才能办理",
                   "the process instance %" PRId64 " is suspended: resume it first", instance_id);
}

rc bpmn_claim(struct cx *cx, const struct bpmn_turn *t, int64_t task_id, bool release)
{
    struct bpmn_task task;
    const struct bpmn_host *h = &t->e->host;
    rc r = load_task(cx, t, task_id, &task);
    if (r == RC_OK) r = need_open(cx, &task);
    if (r == RC_OK) r = need_not_claimed(cx, t, &task);
    if (r == RC_OK) r = need_not_suspended(cx, t, task.instance_id);
    if (r != RC_OK) return r;
    if (r == RC_OK && release) r = need_others(cx, &task);
    if (r != RC_OK) return r;
    task.claimed_by = release ? (str){0} : t->actor;
    r = task_save(cx, t->db, &task);
    if (r != RC_OK || !h->event) return r;
    struct bpmn_step step = {
        .node = task.node, .instance_id = task.instance_id, .subject_id = task.subject_id};
    r = h->model(h->owner, cx, t->db, task.process, task.version, &step.model);
    if (r != RC_OK) return r;
    return h->event(h->owner, cx, t->db, release ? "task.released" : "task.claimed", &step, &task);
}

/* ---- cancel ---- */

/* Who called it would wait for ever. */
static rc need_not_called(struct run *r)
{
    if (!r->instance.parent_token) return RC_OK;
    (void)!err_set(r->cx, RC_CONFLICT, "bpmn.called",
                   "流程实例 %" PRId64 " 由实例 %" PRId64 " 调用，不能单独撤销",
                   "the process instance %" PRId64 " was called by instance %" PRId64
                   " and cannot be cancelled by itself",
                   r->instance.id, r->instance.parent_id);
    err_hint(r->cx, "撤销调用它的实例，或在那里跳过调用活动",
             "cancel the one that called it, or pass its call activity there by hand");
    return RC_CONFLICT;
}

static rc note_cancel(struct run *r, str reason)
{
    const struct task_action a = {.id = r->ids->next(r->ids->owner),
                                  .instance_id = r->instance.id,
                                  .at_us = r->cx->now_us,
                                  .act = STR("cancel"),
                                  .actor = r->actor,
                                  .reason = reason};
    return reason.len ? action_add(r->cx, r->db, &a) : RC_OK;
}

rc bpmn_cancel(struct cx *cx, const struct bpmn_turn *t, int64_t instance_id, str reason)
{
    struct run r;
    run_init(&r, cx, t);
    if (t->e->run && t->e->run->instance.id != instance_id) {
        run_deliver(&r, DELIVER_CANCEL)->instance_id = instance_id;
        return RC_OK;
    }
    rc result = run_open_any(&r, cx, t, instance_id);
    if (result == RC_OK) result = need_not_called(&r);
    if (result == RC_OK) result = note_cancel(&r, reason);
    if (result == RC_OK) result = run_end(&r, "cancelled");
    return run_rest(&r, result);
}

/* ---- by hand ---- */

static rc not_waiting(struct run *r, str element)
{
    return err_set(r->cx, RC_CONFLICT, "bpmn.not-waiting",
                   "流程实例 %" PRId64 " 此刻不在 \"" STR_FMT "\" 等待",
                   "the instance %" PRId64 " does not wait at \"" STR_FMT "\"", r->instance.id,
                   STR_ARG(element));
}

/* Behind the event gateway where t waits. */
static bool is_behind(const struct token *t, const struct bpmn_node *n)
{
    if (!t->node || t->node->kind != BPMN_EVENT_BASED) return false;
    for (int i = 0; i < t->node->out_count; i++)
        if (t->node->out[i]->to == n) return true;
    return false;
}

/* Does t wait for what happens at n? */
static bool waits_for(const struct token *t, const struct bpmn_node *n)
{
    if (t->state != TOKEN_WAITING || !t->node) return false;
    if (n->kind == BPMN_START)
        return n->parent->kind == BPMN_EVENT_SUB_PROCESS && t->node == n->parent->parent &&
               t->role != TOKEN_BODY;
    if (n->kind == BPMN_BOUNDARY) return t->node == n->attached_to && t->role != TOKEN_ROUND;
    return (t->node == n && t->role != TOKEN_BODY) || is_behind(t, n);
}

static struct token *waiting_for(struct run *r, const struct bpmn_node *n)
{
    if (waits_for(r->root, n)) return r->root;
    for (size_t i = 0; i < r->tokens.len; i++)
        if (waits_for(r->tokens.at[i], n)) return r->tokens.at[i];
    return NULL;
}

static rc pass_by_hand(struct run *r, struct token *t, const struct json *variables)
{
    rc result = variables ? vars_take(r->cx, r->model, variables, t) : RC_OK;
    if (result == RC_OK && (bpmn_is_scope(t->node->kind) || t->called))
        result = scope_clear(r, t, true);
    if (result == RC_OK && t->called) run_deliver(r, DELIVER_CANCEL)->instance_id = t->called;
    t->called = 0;
    t->total += t->node->kind == BPMN_USER_TASK; /* its open task goes */
    return result == RC_OK ? activity_done(r, t, t->outcome) : result;
}

static bool has_event(const struct bpmn_node *n)
{
    return n->kind == BPMN_START || n->kind == BPMN_BOUNDARY || n->kind == BPMN_CATCH ||
           n->kind == BPMN_RECEIVE_TASK;
}

static rc trigger(struct run *r, const struct bpmn_node *n, const struct json *variables)
{
    struct token *t = waiting_for(r, n);
    rc result = RC_OK;
    if (!t || (!has_event(n) && !bpmn_is_activity(n->kind))) return not_waiting(r, n->id);
    r->message = variables;
    r->outcome = t->outcome;
    if (!has_event(n)) return pass_by_hand(r, t, variables);
    if (variables && !(n->event_count && n->event[0].payload.count))
        result = vars_take(r->cx, r->model, variables, t);
    int count = n->parallel_multiple ? n->event_count : 1;
    for (int i = 0; i < count && result == RC_OK && t->state == TOKEN_WAITING; i++)
        result = event_caught(r, t, n, i);
    return result;
}

rc bpmn_trigger(struct cx *cx, const struct bpmn_turn *t, int64_t instance_id, str element,
                const struct json *variables)
{
    struct run r;
    rc result = run_open(&r, cx, t, instance_id);
    if (result == RC_OK) {
        const struct bpmn_node *n = bpmn_node_find(r.model, element);
        result = n && n->parent ? trigger(&r, n, variables) : not_waiting(&r, element);
    }
    return run_rest(&r, result);
}

static rc activate(struct run *r, str activity)
{
    const struct bpmn_node *n = bpmn_node_find(r->model, activity);
    bool inside = n && n->parent && n->parent->kind == BPMN_AD_HOC && bpmn_is_activity(n->kind);
    struct token *scope = NULL;
    for (size_t i = 0; inside && i < r->tokens.len; i++) {
        struct token *t = r->tokens.at[i];
        if (t->state == TOKEN_WAITING && t->node == n->parent && t->role != TOKEN_BODY) scope = t;
    }
    if (!scope) return not_waiting(r, activity);
    if (scope->node->ad_hoc_sequential && scope->live > 0)
        return err_set(r->cx, RC_CONFLICT, "bpmn.ad-hoc-busy",
                       "临时子流程 \"" STR_FMT "\" 一次只做一项，正有一项在办",
                       "the ad-hoc sub-process \"" STR_FMT
                       "\" does one thing at a time, and one is being done",
                       STR_ARG(scope->node->id));
    r->outcome = scope->outcome;
    (void)run_send(r, n, scope);
    return RC_OK;
}

rc bpmn_activate(struct cx *cx, const struct bpmn_turn *t, int64_t instance_id, str activity)
{
    struct run r;
    rc result = run_open(&r, cx, t, instance_id);
    if (result == RC_OK) result = activate(&r, activity);
    return run_rest(&r, result);
}

/* ---- inside an operation of the host ---- */

rc bpmn_param_values(struct cx *cx, struct bpmn_engine *e, const struct bpmn_node *node,
                     const struct feel_value **out)
{
    struct feel_value *value = NEWS(cx->arena, struct feel_value, (size_t)node->param_count + 1);
    rc result = RC_OK;
    CHECK(e->run);
    if (e->at) e->run->outcome = e->at->outcome;
    for (int i = 0; i < node->param_count && result == RC_OK; i++)
        result = run_eval(e->run, e->at ? e->at : e->run->root, node->param[i].value, &value[i]);
    if (result == RC_OK) *out = value;
    return result;
}

struct feel_value bpmn_variable_get(struct bpmn_engine *e, str name)
{
    const struct run *r = e->run;
    const struct bpmn_variable *v = r ? bpmn_variable_find(r->model, name) : NULL;
    if (!v) return feel_null();
    const struct feel_value *value =
        var_get(e->at ? e->at : r->root, v->slot - r->model->first_variable);
    return value ? *value : feel_null();
}

rc bpmn_variable_set(struct cx *cx, struct bpmn_engine *e, str name, const struct feel_value *v)
{
    struct run *r = e->run;
    const struct bpmn_variable *known = r ? bpmn_variable_find(r->model, name) : NULL;
    if (!known)
        return err_set(cx, RC_INVALID, "bpmn.variable", "流程没有变量 \"" STR_FMT "\"",
                       "the process has no variable \"" STR_FMT "\"", STR_ARG(name));
    run_set(r, e->at ? e->at : r->root, known->slot, v);
    return RC_OK;
}

rc bpmn_error(struct cx *cx, str code, str text)
{
    (void)!err_set(cx, RC_CONFLICT, "bpmn.error", "流程错误 \"" STR_FMT "\"：" STR_FMT,
                   "BPMN error \"" STR_FMT "\": " STR_FMT, STR_ARG(code), STR_ARG(text));
    err_field(cx, code);
    return RC_CONFLICT;
}
