/* Tokens going on: by the flows out of a node, out of an activity that is done, taken away. */
#include "bpmn/run/run.h"

/* ---- by the flows out of a node ---- */

static rc no_flow(struct run *r, const struct bpmn_node *node)
{
    return err_set(r->cx, RC_CONFLICT, "bpmn.no-flow",
                   "流程停在 " STR_FMT " \"" STR_FMT "\"（" STR_FMT
                   "）：没有一条出线的条件成立，也没有默认流",
                   "the process stops at the " STR_FMT " \"" STR_FMT "\" (" STR_FMT
                   "): no condition of a flow out holds, and there is no default",
                   STR_ARG(str_from(bpmn_kind_title(node->kind, r->cx->lang))), STR_ARG(node->id),
                   STR_ARG(node->name));
}

/* The first token that leaves carries the path on, the others begin one. */
static void send_along(struct run *r, const struct bpmn_flow *f, const struct move *from,
                       struct buf *path)
{
    struct move *m = vec_add(r->cx->arena, &r->queue);
    *m = (struct move){.node = f->to,
                       .flow = f,
                       .scope = from->scope,
                       .outcome = from->outcome,
                       .path = *path,
                       .cause = from->cause};
    if (m->path.len) buf_char(&m->path, ' ');
    buf_add(&m->path, f->id);
    from->scope->live++;
    *path = (struct buf){.arena = r->cx->arena};
    run_trace(r, "enter", f->id, from->scope);
}

/* The host says which: for simulation.  false: it leaves it to the model. */
static bool routed(struct run *r, const struct move *m, struct buf *path)
{
    const struct bpmn_host *h = &r->e->host;
    const struct bpmn_node *n = m->node;
    if (!h->route || n->out_count < 2 || n->kind == BPMN_PARALLEL) return false;
    int *taken = NEWS(r->cx->arena, int, (size_t)n->out_count);
    int count = h->route(h->owner, n, taken, n->out_count);
    for (int i = 0; i < count; i++)
        if (taken[i] >= 0 && taken[i] < n->out_count) send_along(r, n->out[taken[i]], m, path);
    return count >= 0;
}

/* A null condition does not hold; those of a parallel gateway are not asked. */
static rc holds(struct run *r, const struct move *m, const struct bpmn_flow *f, bool *yes)
{
    struct feel_value v = feel_boolean(f != m->node->default_flow);
    rc result = RC_OK;
    if (f->condition && m->node->kind != BPMN_PARALLEL)
        result = run_eval(r, m->scope, f->condition, &v);
    *yes = result == RC_OK && feel_is_true(&v);
    return result;
}

rc leave_by_flows(struct run *r, const struct move *m, bool one)
{
    const struct bpmn_node *n = m->node;
    struct buf path = m->path;
    int taken = 0;
    CHECK(n);
    if (!path.arena) path.arena = r->cx->arena;
    run_trace(r, "exit", n->id, m->scope);
    if (!n->out_count) {
        m->scope->outcome = m->outcome;
        return RC_OK;
    }
    if (routed(r, m, &path)) return RC_OK;
    r->outcome = m->outcome;
    for (int i = 0; i < n->out_count && !(one && taken); i++) {
        bool yes = false;
        rc result = holds(r, m, n->out[i], &yes);
        if (result != RC_OK) return result;
        if (!yes) continue;
        send_along(r, n->out[i], m, &path);
        taken++;
    }
    if (!taken && n->default_flow) {
        send_along(r, n->default_flow, m, &path);
        taken++;
    }
    return taken ? RC_OK : no_flow(r, n);
}

rc token_go_on(struct run *r, struct token *t, str outcome)
{
    struct move m = {.node = t->node,
                     .scope = t->parent,
                     .outcome = outcome,
                     .path = {.arena = r->cx->arena},
                     .cause = r->cause};
    /* What only passes hands its path on, once. */
    if (t->is_passing && r->move && r->move->path.at == t->path.at && t->path.len) {
        m.path = r->move->path;
        r->move->path = (struct buf){.arena = r->cx->arena};
    }
    return leave_by_flows(r, &m, false);
}

/* ---- a token at rest leaves ---- */

static rc cancel_tasks(struct run *r, const struct token *t)
{
    struct bpmn_task *task;
    size_t count = 0;
    rc result = tasks_of_token(r->cx, r->db, &r->e->host, t->id, &task, &count);
    for (size_t i = 0; i < count && result == RC_OK; i++) {
        task[i].state = STR("cancelled");
        task[i].done_by = r->actor;
        task[i].done_us = r->cx->now_us;
        result = task_close(r, &task[i]);
        if (result == RC_OK) result = run_tell(r, "task.cancelled", task[i].node, &task[i]);
    }
    return result;
}

/* Tasks are left open by one that is taken away, or by signers who are not needed any more. */
static bool may_have_tasks(const struct token *t, enum token_state state)
{
    if (t->is_passing || t->role == TOKEN_BODY || t->counter) return false;
    if (t->node && t->node->kind != BPMN_USER_TASK) return false;
    return state == TOKEN_CANCELLED || t->total > 0;
}

/* Of a task whose work is done outside. */
static bool has_job(const struct token *t)
{
    return !t->is_passing && t->role != TOKEN_BODY && t->node && t->node->topic.len > 0;
}

static void cancel_called(struct run *r, const struct token *t)
{
    struct delivery *d = run_deliver(r, DELIVER_CANCEL);
    d->instance_id = t->called;
}

rc token_leave(struct run *r, struct token *t, enum token_state state)
{
    rc result = RC_OK;
    if (t->state != TOKEN_WAITING && t->state != TOKEN_KEPT) return RC_OK;
    bool was_live = t->state == TOKEN_WAITING;
    if (t->timers > 0 || t->subscriptions > 0) result = events_disarm(r, t);
    if (state == TOKEN_KEPT) {
        run_keep_row(r, t);
        t->order = ++r->instance.orders;
        r->instance_changed = true;
    }
    t->state = state;
    t->left_us = r->cx->now_us;
    t->done_by = r->actor;
    run_changed(r, t);
    if (was_live && t->parent) run_less(r, t->parent);
    if (state == TOKEN_CANCELLED && t->called) cancel_called(r, t);
    if (result == RC_OK && was_live && has_job(t)) result = job_drop(r, t);
    if (result == RC_OK && may_have_tasks(t, state)) result = cancel_tasks(r, t);
    if (result == RC_OK && was_live && t->node && t->node->stops_clock && t->parent &&
        !t->is_passing)
        result = clock_run(r, t->parent);
    return result;
}

/* ---- taking away ---- */

bool token_is_inside(const struct token *t, const struct token *scope)
{
    for (t = t->parent; t; t = t->parent)
        if (t == scope) return true;
    return false;
}

static void drop_moves(struct run *r, struct token *scope)
{
    for (size_t i = r->queue_at; i < r->queue.len; i++) {
        struct move *m = &r->queue.at[i];
        if (m->scope != scope) continue;
        m->scope = NULL;
        run_less(r, scope);
    }
}

/* What was completed stays completed when its scope goes: it is only no longer kept. */
static rc take_away(struct run *r, struct token *t)
{
    if (t->state == TOKEN_WAITING) return token_leave(r, t, TOKEN_CANCELLED);
    t->state = TOKEN_LEFT;
    run_changed(r, t);
    return RC_OK;
}

/* Children stand behind their parents: from the end, the innermost go first. */
rc scope_clear(struct run *r, struct token *scope, bool keep)
{
    rc result = RC_OK;
    if (scope->live > 0) drop_moves(r, scope);
    for (size_t i = r->tokens.len; i-- > 0 && result == RC_OK;) {
        struct token *t = r->tokens.at[i];
        bool goes = t->state == TOKEN_WAITING || (t->state == TOKEN_KEPT && !keep);
        if (!goes || !token_is_inside(t, scope)) continue;
        if (t->live > 0) drop_moves(r, t);
        result = take_away(r, t);
    }
    return result;
}

static bool holds_others(const struct token *t)
{
    return t == NULL || t->role == TOKEN_BODY || !t->node || bpmn_is_scope(t->node->kind);
}

rc token_cancel(struct run *r, struct token *t)
{
    if (t->state != TOKEN_WAITING) return RC_OK;
    rc result = holds_others(t) ? scope_clear(r, t, false) : RC_OK;
    if (result == RC_OK && t->node) run_trace(r, "cancel", t->node->id, t->parent);
    return result == RC_OK ? token_leave(r, t, TOKEN_CANCELLED) : result;
}

/* ---- an activity is done ---- */

static bool undone_by_event(const struct bpmn_node *sub)
{
    const struct bpmn_node *start = sub->start_event;
    for (int i = 0; start && i < start->event_count; i++)
        if (start->event[i].kind == BPMN_EVENT_COMPENSATION) return true;
    return false;
}

/* NOLINTNEXTLINE(misc-no-recursion): as deep as sub-processes are drawn in one another */
bool activity_can_be_undone(const struct bpmn_node *n)
{
    if (n->compensated_by) return true;
    if (!bpmn_is_scope(n->kind) || n->kind == BPMN_EVENT_SUB_PROCESS) return false;
    for (int i = 0; i < n->event_sub_count; i++)
        if (undone_by_event(n->event_sub[i])) return true;
    for (int i = 0; i < n->child_count; i++)
        if (bpmn_is_activity(n->child[i]->kind) && activity_can_be_undone(n->child[i])) return true;
    return false;
}

/* Returned with "and back to me": the steps between are not done again. */
static bool jumps_back(struct run *r, struct token *t, str outcome)
{
    str rest;
    const str first = str_cut(t->back, ' ', &rest);
    const struct bpmn_node *to = first.len ? bpmn_node_find(r->model, first) : NULL;
    if (!to || to->parent != t->node->parent) return false;
    run_trace(r, "exit", t->node->id, t->parent);
    struct move *m = run_send(r, to, t->parent);
    m->outcome = outcome;
    m->back = rest; /* it was itself to jump back */
    return true;
}

static rc go_on(struct run *r, struct token *t, str outcome)
{
    const struct bpmn_node *n = t->node;
    if (jumps_back(r, t, outcome)) return RC_OK;
    rc result = token_go_on(r, t, outcome);
    for (int i = 1; i < n->completion_quantity && result == RC_OK; i++)
        result = token_go_on(r, t, outcome);
    struct token *scope = t->parent;
    bool ad_hoc = scope->node && scope->node->kind == BPMN_AD_HOC && scope->role != TOKEN_BODY;
    return result == RC_OK && ad_hoc ? ad_hoc_look(r, scope) : result;
}

rc activity_done(struct run *r, struct token *t, str outcome)
{
    const struct bpmn_node *n = t->node;
    rc result = RC_OK;
    bool is_undone = t->role == TOKEN_HANDLER && t->kept_id == t->id && !t->is_passing;
    if (is_undone)
        return handler_done(r, t); /* a sub-process undone from inside: it was done before */
    if (t->role != TOKEN_BODY && n->output.count) result = run_map(r, t, &n->output, t->parent);
    if (result != RC_OK) return result;
    if (t->role == TOKEN_ROUND) return round_done(r, t, outcome);
    if (r->model->message_flow_count) flows_throw(r, n);
    if (t->kept_id) return handler_done(r, t);
    if (n->kind == BPMN_EVENT_SUB_PROCESS) {
        run_trace(r, "exit", n->id, t->parent);
        return token_leave(r, t, TOKEN_LEFT);
    }
    result = token_leave(r, t, activity_can_be_undone(n) ? TOKEN_KEPT : TOKEN_LEFT);
    return result == RC_OK ? go_on(r, t, outcome) : result;
}
