/* Compensation (10.7, 13.5.5): what was completed is undone, the last first, one after another.
 *
 * A token coordinates: the one that waits at the throw event, a transaction that is cancelled, or a
 * completed sub-process that is undone from inside.  Kept tokens name it as undo_by; when a handler is
 * done the next one begins, when none is left the coordinator goes on.  A sub-process undone from inside
 * lives again for that time, with the variables it had: its kept_id is its own id. */
#include "bpmn/run/events.h"

/* ---- what is to be undone ---- */

static const struct bpmn_node *undoing_event_sub(const struct bpmn_node *n)
{
    for (int i = 0; i < n->event_sub_count; i++) {
        const struct bpmn_node *start = n->event_sub[i]->start_event;
        for (int k = 0; start && k < start->event_count; k++)
            if (start->event[k].kind == BPMN_EVENT_COMPENSATION) return n->event_sub[i];
    }
    return NULL;
}

static void forget(struct run *r, struct token *t)
{
    t->state = TOKEN_LEFT;
    run_changed(r, t);
}

/* A repeated sub-process without a handler of its own is undone round by round. */
static bool by_rounds(const struct token *body)
{
    return body->role == TOKEN_BODY && !body->node->compensated_by &&
           bpmn_is_scope(body->node->kind);
}

static bool is_candidate(const struct token *t, const struct token *scope,
                         const struct bpmn_node *activity)
{
    if (t->state != TOKEN_KEPT || !t->node || t->undo_by) return false;
    if (activity) return t->node == activity && token_is_inside(t, scope);
    const struct token *p = t->parent;
    return p == scope || (p && p->parent == scope && by_rounds(p) && p->state == TOKEN_KEPT);
}

static int mark_candidates(struct run *r, const struct token *scope,
                           const struct bpmn_node *activity, int64_t coordinator)
{
    int count = 0;
    for (size_t i = 0; i < r->tokens.len; i++) {
        struct token *t = r->tokens.at[i];
        if (!is_candidate(t, scope, activity) || by_rounds(t)) continue;
        t->undo_by = coordinator;
        run_changed(r, t);
        count++;
    }
    for (size_t i = 0; i < r->tokens.len; i++) {
        struct token *t = r->tokens.at[i];
        if (is_candidate(t, scope, activity) && by_rounds(t)) forget(r, t);
    }
    return count;
}

static struct token *next_of(const struct run *r, int64_t coordinator)
{
    struct token *last = NULL;
    for (size_t i = 0; i < r->tokens.len; i++) {
        struct token *t = r->tokens.at[i];
        if (t->state != TOKEN_KEPT || t->undo_by != coordinator || !t->node) continue;
        if (!last || t->order > last->order) last = t;
    }
    return last;
}

/* ---- undoing one ---- */

static struct token *live_scope(struct token *t)
{
    struct token *scope = t->parent;
    while (scope->parent && (scope->state != TOKEN_WAITING || scope->role == TOKEN_BODY))
        scope = scope->parent;
    return scope;
}

static rc go_on(struct run *r, struct token *coordinator);

/* Lives again, to be undone from inside: by its compensation event sub-process, or by what is kept in
 * it. */
static rc revive(struct run *r, struct token *t)
{
    const struct bpmn_node *sub = undoing_event_sub(t->node);
    t->state = TOKEN_WAITING;
    t->role = TOKEN_HANDLER;
    t->kept_id = t->id;
    t->live = 0;
    if (t->parent) t->parent->live++;
    run_changed(r, t);
    if (sub) return event_sub_begin(r, t, sub->start_event, 0, (str){0});
    (void)mark_candidates(r, t, NULL, t->id);
    return go_on(r, t);
}

static rc undo(struct run *r, struct token *t)
{
    if (t->node->compensated_by) {
        struct move *m = run_send(r, t->node->compensated_by, live_scope(t));
        m->role = TOKEN_HANDLER;
        m->kept_id = t->id;
        return RC_OK;
    }
    if (bpmn_is_scope(t->node->kind)) return revive(r, t);
    forget(r, t);
    return RC_OK;
}

/* ---- the coordinator ---- */

static const struct bpmn_node *cancel_boundary(const struct bpmn_node *n, int *event)
{
    for (int i = 0; i < n->boundary_count; i++)
        for (int k = 0; k < n->boundary[i]->event_count; k++)
            if (n->boundary[i]->event[k].kind == BPMN_EVENT_CANCEL) {
                *event = k;
                return n->boundary[i];
            }
    return NULL;
}

static rc transaction_cancelled(struct run *r, struct token *t)
{
    struct token *host = t->role == TOKEN_ROUND ? t->parent : t;
    int event = 0;
    const struct bpmn_node *node = cancel_boundary(t->node, &event);
    if (!node) return token_cancel(r, host);
    rc result = run_tell(r, "cancel.caught", node, NULL);
    return result == RC_OK ? boundary_begin(r, host, node, event, (str){0}) : result;
}

static rc coordinator_done(struct run *r, struct token *c)
{
    const struct bpmn_node *n = c->node;
    if (c->state != TOKEN_WAITING || !n) return RC_OK;
    if (c->kept_id == c->id && c != r->root) return handler_done(r, c);
    if (n->kind == BPMN_TRANSACTION) return transaction_cancelled(r, c);
    bool goes_on = c->role != TOKEN_LISTENER;
    if (n->kind == BPMN_END) run_trace(r, "exit", n->id, c->parent);
    rc result = token_leave(r, c, TOKEN_LEFT);
    return result == RC_OK && goes_on ? token_go_on(r, c, c->outcome) : result;
}

static rc go_on(struct run *r, struct token *coordinator)
{
    rc result = RC_OK;
    while (result == RC_OK) {
        struct token *t = next_of(r, token_key(r, coordinator));
        if (!t) return coordinator_done(r, coordinator);
        result = undo(r, t);
        if (t->state != TOKEN_LEFT || t->kept_id == t->id) return result; /* it takes its time */
    }
    return result;
}

static struct token *kept_token(const struct run *r, int64_t id)
{
    for (size_t i = 0; i < r->tokens.len; i++)
        if (r->tokens.at[i]->id == id) return r->tokens.at[i];
    return NULL;
}

rc handler_done(struct run *r, struct token *handler)
{
    struct token *kept = kept_token(r, handler->kept_id);
    struct token *scope = handler->parent;
    rc result = RC_OK;
    if (scope) scope->live++; /* the next one begins before its scope is looked at */
    if (handler->kept_id != handler->id || !handler->id)
        run_trace(r, "exit", handler->node->id, scope);
    if (handler->state == TOKEN_WAITING) result = token_leave(r, handler, TOKEN_LEFT);
    if (kept && kept != handler) forget(r, kept);
    struct token *c = kept && kept->undo_by ? token_of_key(r, kept->undo_by) : NULL;
    if (result == RC_OK && c) result = go_on(r, c);
    if (scope) run_less(r, scope);
    return result;
}

/* ---- who asks for it ---- */

rc compensate(struct run *r, struct token *scope, const struct bpmn_node *activity,
              struct token *waits)
{
    CHECK(waits);
    (void)mark_candidates(r, scope, activity, token_key(r, waits));
    return go_on(r, waits);
}

static bool any_candidate(const struct run *r, const struct token *scope,
                          const struct bpmn_node *activity)
{
    for (size_t i = 0; i < r->tokens.len; i++)
        if (is_candidate(r->tokens.at[i], scope, activity)) return true;
    return false;
}

/* An event sub-process undoes what its scope has done. */
static struct token *undone_scope(struct token *scope)
{
    while (scope->parent && (scope->role == TOKEN_BODY || !scope->node ||
                             scope->node->kind == BPMN_EVENT_SUB_PROCESS))
        scope = scope->parent;
    return scope;
}

rc compensation_throw(struct run *r, const struct bpmn_event *e, const struct bpmn_node *node,
                      const struct move *m, struct token *scope, bool *waits)
{
    struct token *of = undone_scope(scope);
    if (!any_candidate(r, of, e->target)) return RC_OK;
    /* The token of a throw event rests until all is undone; one that need not wait goes on, and
     * another stands for it; an end event holds its scope the same way. */
    bool rests = m && e->wait_for_completion && node->kind != BPMN_END;
    struct move at = m ? *m : (struct move){.scope = scope, .path = {.arena = r->cx->arena}};
    at.node = node;
    at.role = rests ? TOKEN_PLAIN : TOKEN_LISTENER;
    if (!rests) at.path = (struct buf){.arena = r->cx->arena};
    *waits = rests || node->kind == BPMN_END;
    return compensate(r, of, e->target, run_new_token(r, &at));
}

rc transaction_cancel(struct run *r, struct token *inside)
{
    struct token *t = inside;
    while (t && !(t->node && t->node->kind == BPMN_TRANSACTION && t->role != TOKEN_BODY))
        t = t->parent;
    if (!t) return RC_OK;
    t->live++;
    t->cleared++;
    rc result = scope_clear(r, t, true);
    if (result == RC_OK) result = events_disarm(r, t);
    if (result == RC_OK) result = compensate(r, t, NULL, t);
    t->live--;
    return result;
}
