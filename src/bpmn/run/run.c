/* Moves tokens.  What each kind of element does when a token comes is a row in the table `enter`. */
#include "bpmn/run/run.h"

/* ---- what the host is asked and told ---- */

rc run_tell(struct run *r, const char *what, const struct bpmn_node *node,
            const struct bpmn_task *task)
{
    const struct bpmn_host *h = &r->e->host;
    if (!h->event) return RC_OK;
    return h->event(h->owner, r->cx, r->db, what, node, task, r->instance.subject_id);
}

/* All values of the model's scope: the host's, and behind them the outcome of this token. */
static rc scope_values(struct run *r, const struct feel_value **out)
{
    const struct bpmn_host *h = &r->e->host;
    size_t count = (size_t)r->model->outcome_slot;
    if (!r->values && count > 0) {
        rc result =
            h->variables(h->owner, r->cx, r->db, r->model, r->instance.subject_id, &r->values);
        if (result != RC_OK) return result;
    }
    struct feel_value *all = NEWS(r->cx->arena, struct feel_value, count + 1);
    CHECK(r->values || !count);
    if (count) memcpy(all, r->values, count * sizeof *all);
    all[count] = r->outcome.len ? feel_string(r->outcome) : feel_null();
    *out = all;
    return RC_OK;
}

rc run_eval(struct run *r, const struct feel_expr *e, struct feel_value *out)
{
    struct feel_run eval = {.cx = r->cx};
    rc result = scope_values(r, &eval.slot);
    return result == RC_OK ? feel_eval(&eval, e, out) : result;
}

/* ---- opening a run ---- */

static rc open_instance(struct run *r, int64_t instance_id)
{
    bool found = false;
    rc result = instance_load(r->cx, r->db, instance_id, &r->instance, &found);
    if (result != RC_OK) return result;
    if (!found)
        return err_set(r->cx, RC_MISSING, "bpmn.instance-missing", "流程实例 %" PRId64 " 不存在",
                       "there is no process instance %" PRId64, instance_id);
    if (!str_eq(r->instance.state, STR("active")))
        return err_set(r->cx, RC_CONFLICT, "bpmn.instance-ended", "流程实例 %" PRId64 " 已经结束",
                       "the process instance %" PRId64 " has ended", instance_id);
    r->model = r->e->host.model(r->e->host.owner, r->instance.process);
    if (!r->model)
        return err_set(r->cx, RC_CONFLICT, "bpmn.process-missing", "流程 \"" STR_FMT "\" 已不存在",
                       "the process \"" STR_FMT "\" no longer exists",
                       STR_ARG(r->instance.process));
    return tokens_load(r->cx, r->db, r->model, instance_id, true, &r->tokens);
}

rc run_begin(struct run *own, int64_t instance_id, struct run **out)
{
    int depth = 0;
    *out = own;
    own->outer = own->e->run;
    for (struct run *o = own->outer; o; o = o->outer, depth++) {
        if (o->instance.id != instance_id) continue;
        *out = o;
        return RC_OK;
    }
    if (depth > RUN_NESTING_MAX)
        return err_set(own->cx, RC_LIMIT, "bpmn.nesting", "流程互相启动超过 %d 层",
                       "processes start one another more than %d levels deep", RUN_NESTING_MAX);
    own->e->run = own;
    /* A new instance is not in the database yet: bpmn_start has filled it in. */
    return own->instance.id ? RC_OK : open_instance(own, instance_id);
}

struct token *run_token(struct run *r, int64_t id)
{
    for (size_t i = 0; i < r->tokens.len; i++)
        if (r->tokens.at[i].id == id && str_eq(r->tokens.at[i].state, STR("waiting")))
            return &r->tokens.at[i];
    return NULL;
}

rc run_gone(struct run *r, str id)
{
    (void)!err_set(r->cx, RC_CONFLICT, "bpmn.element-missing",
                   "流程 \"" STR_FMT "\" 已修改，不再有元素 \"" STR_FMT "\"，实例 %" PRId64
                   " 停在那里，不能继续",
                   "the process \"" STR_FMT
                   "\" was changed and no longer has the element "
                   "\"" STR_FMT "\", where instance %" PRId64 " stands",
                   STR_ARG(r->instance.process), STR_ARG(id), r->instance.id);
    err_hint(r->cx, "恢复该元素，或撤销此实例后重新启动",
             "put the element back, or cancel the instance and start it again");
    return RC_CONFLICT;
}

/* ---- leaving ---- */

/* A task that nobody completed is cancelled. */
static rc cancel_task(struct run *r, const struct token *t)
{
    struct bpmn_task task;
    bool found = false;
    rc result = task_of_token(r->cx, r->db, &r->e->host, t->id, &task, &found);
    if (result != RC_OK || !found) return result;
    task.state = STR("cancelled");
    task.done_by = r->actor;
    task.done_us = r->cx->now_us;
    result = task_close(r->cx, r->db, &task);
    return result == RC_OK ? run_tell(r, "task.cancelled", task.node, &task) : result;
}

rc run_take(struct run *r, struct token *t, const char *state)
{
    t->state = str_from(state);
    rc result = RC_OK;
    if (t->timers > 0) result = timers_delete(r->cx, r->db, t->id);
    if (result == RC_OK && t->subscriptions > 0) result = subscriptions_delete(r->cx, r->db, t->id);
    if (result == RC_OK) result = token_leave(r->cx, r->db, t->id, t->state, r->actor);
    bool may_have_task = !t->node || t->node->kind == BPMN_USER_TASK;
    may_have_task = may_have_task && str_eq(t->state, STR("cancelled")); /* else it is done */
    return result == RC_OK && may_have_task ? cancel_task(r, t) : result;
}

void run_send(struct run *r, const struct bpmn_node *node, str outcome)
{
    struct move *m = vec_add(r->cx->arena, &r->queue);
    *m = (struct move){.node = node, .outcome = outcome, .path = {.arena = r->cx->arena}};
}

/* The first token that leaves carries the path on, the others begin one. */
static void send_along(struct run *r, const struct bpmn_flow *f, str outcome, struct buf *path)
{
    struct move m = {.node = f->to, .flow = f, .outcome = outcome, .path = *path};
    if (m.path.len) buf_char(&m.path, ' ');
    buf_add(&m.path, f->id);
    *(struct move *)vec_add(r->cx->arena, &r->queue) = m;
    *path = (struct buf){.arena = r->cx->arena};
}

static rc no_flow(struct run *r, const struct bpmn_node *node)
{
    return err_set(
        r->cx, RC_CONFLICT, "bpmn.no-flow",
        "流程停在 " STR_FMT " \"" STR_FMT "\"（" STR_FMT "）：没有一条出线的条件成立，也没有默认流",
        "the process stops at the " STR_FMT " \"" STR_FMT "\" (" STR_FMT
        "): no condition of a flow out holds, and there is no default",
        STR_ARG(str_from(bpmn_kind_name(node->kind))), STR_ARG(node->id), STR_ARG(node->name));
}

/* Conditions decide; one: the first that holds, else all of them.  A null condition does not hold. */
static rc leave_by(struct run *r, const struct bpmn_node *n, str outcome, struct buf *path,
                   bool one)
{
    r->outcome = outcome;
    int taken = 0;
    for (int i = 0; i < n->out_count && !(one && taken); i++) {
        const struct bpmn_flow *f = n->out[i];
        struct feel_value v = feel_boolean(f != n->default_flow);
        if (f->condition) {
            rc result = run_eval(r, f->condition, &v);
            if (result != RC_OK) return result;
        }
        if (!feel_is_true(&v)) continue;
        send_along(r, f, outcome, path);
        taken++;
    }
    if (!taken && n->default_flow) {
        send_along(r, n->default_flow, outcome, path);
        taken++;
    }
    return taken || !n->out_count ? RC_OK : no_flow(r, n);
}

rc run_pass_on(struct run *r, const struct bpmn_node *node, str outcome)
{
    struct buf path = {.arena = r->cx->arena};
    return leave_by(r, node, outcome, &path, false);
}

/* ---- coming to rest ---- */

static struct token *rest(struct run *r, struct move *m, const char *state)
{
    struct token *t = vec_add(r->cx->arena, &r->tokens);
    *t = (struct token){.id = r->ids->next(r->ids->owner),
                        .node = m->node,
                        .node_id = m->node->id,
                        .flow = m->flow ? m->flow->id : (str){0},
                        .state = str_from(state),
                        .outcome = m->outcome,
                        .path = buf_str(&m->path),
                        .entered_us = r->cx->now_us};
    return t;
}

static rc arm_timer(struct run *r, struct token *t, const struct bpmn_node *event, day_t due)
{
    struct timer timer = {.instance_id = r->instance.id, .token_id = t->id, .node_id = event->id};
    rc result = timer_moment(r, event, due, &timer.due_us);
    if (result != RC_OK || !timer.due_us) return result;
    timer.id = r->ids->next(r->ids->owner);
    t->timers++;
    return timer_add(r->cx, r->db, &timer);
}

static rc subscribe(struct run *r, struct token *t, const struct bpmn_node *event)
{
    struct subscription s = {
        .id = r->ids->next(r->ids->owner), .token_id = t->id, .node_id = event->id};
    t->subscriptions++;
    return subscription_add(r->cx, r->db, &s, &r->instance, event->message);
}

static rc arm_boundaries(struct run *r, struct token *t, day_t due)
{
    rc result = RC_OK;
    for (int i = 0; i < t->node->boundary_count && result == RC_OK; i++) {
        const struct bpmn_node *event = t->node->boundary[i];
        result = event->kind == BPMN_BOUNDARY_TIMER ? arm_timer(r, t, event, due)
                                                    : subscribe(r, t, event);
    }
    return result;
}

/* ---- what a token does when it enters an element ---- */

static rc enter_and_leave(struct run *r, struct move *m)
{
    return leave_by(r, m->node, m->outcome, &m->path, false);
}

static rc enter_exclusive(struct run *r, struct move *m)
{
    return leave_by(r, m->node, m->outcome, &m->path, true);
}

static rc enter_end(struct run *r, struct move *m)
{
    struct token *t = rest(r, m, "ended");
    t->left_us = t->entered_us;
    return token_add(r->cx, r->db, r->instance.id, t);
}

/* The key of an org: as text, or of a record that is referred to. */
static str org_key(const struct feel_value *v)
{
    if (v->kind != FEEL_CONTEXT) return feel_str(v);
    const struct feel_value *key = feel_context_find(v, STR("key"));
    if (!key) key = feel_context_find(v, STR("code"));
    return key ? feel_str(key) : (str){0};
}

static rc enter_user_task(struct run *r, struct move *m)
{
    const struct bpmn_node *n = m->node;
    struct bpmn_task task = {.instance_id = r->instance.id,
                             .subject_id = r->instance.subject_id,
                             .process = r->instance.process,
                             .node = n,
                             .role = n->candidate_role,
                             .created_us = r->cx->now_us,
                             .due = DAY_NONE,
                             .state = STR("open")};
    struct token *t = rest(r, m, "waiting");
    rc result = task_due(r, n, &task.due);
    if (result == RC_OK && n->assignee_org) {
        struct feel_value org;
        result = run_eval(r, n->assignee_org, &org);
        if (result == RC_OK) task.org = arena_dup(r->cx->arena, org_key(&org));
    }
    if (result == RC_OK) result = arm_boundaries(r, t, task.due);
    task.id = r->ids->next(r->ids->owner);
    if (result == RC_OK) result = token_add(r->cx, r->db, r->instance.id, t);
    if (result == RC_OK) result = task_add(r->cx, r->db, t->id, &task);
    return result == RC_OK ? run_tell(r, "task.opened", n, &task) : result;
}

static rc enter_operation(struct run *r, struct move *m)
{
    const struct bpmn_host *h = &r->e->host;
    rc result = h->operation(h->owner, r->cx, r->db, m->node, r->instance.subject_id);
    r->values = NULL; /* it may have changed the record */
    if (result == RC_OK) result = run_tell(r, "operation.done", m->node, NULL);
    return result == RC_OK ? enter_and_leave(r, m) : result;
}

static struct token *waiting_at(struct run *r, const struct bpmn_node *n, str flow)
{
    for (size_t i = 0; i < r->tokens.len; i++) {
        struct token *t = &r->tokens.at[i];
        if (t->node == n && str_eq(t->flow, flow) && str_eq(t->state, STR("waiting"))) return t;
    }
    return NULL;
}

/* A join counts per flow: it goes on when there is a token from each, and takes one of each.  The
 * outcome that goes on is that of the token that came last. */
static rc enter_parallel(struct run *r, struct move *m)
{
    const struct bpmn_node *n = m->node;
    bool complete = true;
    for (int i = 0; i < n->in_count; i++)
        complete = complete && (n->in[i] == m->flow || waiting_at(r, n, n->in[i]->id));
    if (!complete) return token_add(r->cx, r->db, r->instance.id, rest(r, m, "waiting"));
    for (int i = 0; i < n->in_count; i++) {
        struct token *t = n->in[i] == m->flow ? NULL : waiting_at(r, n, n->in[i]->id);
        rc result = t ? run_take(r, t, "left") : RC_OK;
        if (result != RC_OK) return result;
    }
    return enter_and_leave(r, m);
}

static rc enter_catch(struct run *r, struct move *m)
{
    struct token *t = rest(r, m, "waiting");
    rc result = m->node->kind == BPMN_CATCH_TIMER ? arm_timer(r, t, m->node, DAY_NONE)
                                                  : subscribe(r, t, m->node);
    return result == RC_OK ? token_add(r->cx, r->db, r->instance.id, t) : result;
}

typedef rc enter_fn(struct run *r, struct move *m);
static enter_fn *const enter[BPMN_KIND_COUNT] = {
    [BPMN_START] = enter_and_leave,
    [BPMN_END] = enter_end,
    [BPMN_USER_TASK] = enter_user_task,
    [BPMN_SERVICE_TASK] = enter_operation,
    [BPMN_BUSINESS_RULE_TASK] = enter_operation,
    [BPMN_EXCLUSIVE] = enter_exclusive,
    [BPMN_PARALLEL] = enter_parallel,
    [BPMN_CATCH_TIMER] = enter_catch,
    [BPMN_CATCH_MESSAGE] = enter_catch,
    [BPMN_BOUNDARY_TIMER] = enter_and_leave,
    [BPMN_BOUNDARY_MESSAGE] = enter_and_leave,
    [BPMN_PASS] = enter_and_leave,
};

/* ---- until all wait ---- */

static rc step(struct run *r)
{
    struct move m = r->queue.at[r->queue_at++]; /* a copy: the queue grows behind it */
    if (++r->steps > BPMN_STEPS_MAX) {
        (void)!err_set(r->cx, RC_LIMIT, "bpmn.no-wait-state",
                       "流程 \"" STR_FMT
                       "\" 一次走了超过 %d 步还没有停下等待，"
                       "在 \"" STR_FMT "\" 处中止，什么也没有改变",
                       "the process \"" STR_FMT
                       "\" took more than %d steps without waiting, "
                       "stopped at \"" STR_FMT "\", nothing was changed",
                       STR_ARG(r->instance.process), BPMN_STEPS_MAX, STR_ARG(m.node->id));
        err_hint(r->cx, "在循环中加入用户任务或定时器", "put a user task or a timer in the loop");
        return RC_LIMIT;
    }
    if (r->cx->arena->exhausted)
        return err_set(r->cx, RC_LIMIT, "bpmn.memory", "流程一次所走的步骤占用内存过多",
                       "the steps of the process in one go take too much memory");
    r->outcome = m.outcome;
    return enter[m.node->kind](r, &m);
}

static bool anybody_waits(const struct run *r)
{
    for (size_t i = 0; i < r->tokens.len; i++)
        if (str_eq(r->tokens.at[i].state, STR("waiting"))) return true;
    return false;
}

static rc go(struct run *r)
{
    rc result = RC_OK;
    while (result == RC_OK && r->queue_at < r->queue.len)
        result = step(r);
    if (result != RC_OK || anybody_waits(r)) return result;
    result = instance_end(r->cx, r->db, r->instance.id, STR("ended"));
    return result == RC_OK ? run_tell(r, "instance.ended", NULL, NULL) : result;
}

rc run_finish(struct run *own, const struct run *r, rc result)
{
    if (r != own) return result; /* the step that gave the command goes on */
    if (result == RC_OK) result = go(own);
    if (own->e->run == own) own->e->run = own->outer;
    return result;
}
