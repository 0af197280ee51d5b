/* What a token does when it enters an element: one row for each kind. */
#include "bpmn/run/run.h"

static rc pass(struct run *r, struct move *m)
{
    return leave_by_flows(r, m, false);
}

/* An intermediate event without a definition, and the end of a link, hold up nothing. */
static rc enter_catch(struct run *r, struct move *m)
{
    const struct bpmn_node *n = m->node;
    bool waits = n->event_count > 0 && n->event[0].kind != BPMN_EVENT_LINK;
    return waits ? events_arm(r, run_new_token(r, m), DAY_NONE) : pass(r, m);
}

static rc enter_throw(struct run *r, struct move *m)
{
    bool consumed = false;
    rc result = m->node->event_count ? events_throw(r, m, &consumed) : RC_OK;
    if (result == RC_OK && r->model->message_flow_count) flows_throw(r, m->node);
    if (result != RC_OK || r->is_over) return result;
    if (!consumed && m->scope->state == TOKEN_WAITING) return pass(r, m);
    if (m->node->event[0].kind == BPMN_EVENT_LINK) run_trace(r, "exit", m->node->id, m->scope);
    return RC_OK; /* it waits, or was taken away with its scope */
}

/* The row of an end event is where its path is kept. */
static rc enter_end(struct run *r, struct move *m)
{
    bool consumed = false;
    struct token *t = run_new_token(r, m);
    m->scope->outcome = m->outcome;
    t->state = TOKEN_ENDED;
    t->left_us = t->entered_us;
    run_less(r, m->scope);
    rc result = m->node->event_count ? events_throw(r, m, &consumed) : RC_OK;
    if (result == RC_OK && r->model->message_flow_count) flows_throw(r, m->node);
    if (!consumed) run_trace(r, "exit", m->node->id, m->scope);
    return result;
}

static enter_fn *const enter[BPMN_KIND_COUNT] = {
    [BPMN_START] = pass,
    [BPMN_CATCH] = enter_catch,
    [BPMN_THROW] = enter_throw,
    [BPMN_BOUNDARY] = pass,
    [BPMN_END] = enter_end,
    [BPMN_TASK] = enter_task,
    [BPMN_MANUAL_TASK] = enter_task,
    [BPMN_USER_TASK] = enter_task,
    [BPMN_SERVICE_TASK] = enter_task,
    [BPMN_SCRIPT_TASK] = enter_task,
    [BPMN_BUSINESS_RULE_TASK] = enter_task,
    [BPMN_SEND_TASK] = enter_task,
    [BPMN_RECEIVE_TASK] = enter_task,
    [BPMN_CALL_ACTIVITY] = enter_call,
    [BPMN_SUB_PROCESS] = enter_scope,
    [BPMN_EVENT_SUB_PROCESS] = enter_scope,
    [BPMN_TRANSACTION] = enter_scope,
    [BPMN_AD_HOC] = enter_scope,
    [BPMN_EXCLUSIVE] = enter_gateway,
    [BPMN_INCLUSIVE] = enter_gateway,
    [BPMN_PARALLEL] = enter_gateway,
    [BPMN_EVENT_BASED] = enter_event_gateway,
    [BPMN_COMPLEX] = enter_gateway,
};

/* startQuantity: the activity begins when so many tokens have come; a token at rest counts them. */
static bool gathers(struct run *r, const struct move *m, struct token **gathering)
{
    *gathering = NULL;
    if (m->role != TOKEN_PLAIN || m->node->start_quantity < 2) return false;
    for (size_t i = 0; i < r->tokens.len; i++) {
        struct token *t = r->tokens.at[i];
        if (t->node == m->node && t->parent == m->scope && t->state == TOKEN_WAITING &&
            t->role == TOKEN_PLAIN && t->counter < 0)
            *gathering = t;
    }
    return true;
}

/* False: more must come. */
static rc gather(struct run *r, struct move *m, bool *enough)
{
    struct token *t;
    *enough = true;
    if (!gathers(r, m, &t)) return RC_OK;
    if (!t) {
        t = run_new_token(r, m);
        t->counter = -1; /* so many, negative: it has not begun */
        *enough = false;
        return RC_OK;
    }
    if (1 - t->counter >= m->node->start_quantity) return token_leave(r, t, TOKEN_LEFT);
    t->counter--;
    run_changed(r, t);
    *enough = false;
    return RC_OK;
}

rc enter_node(struct run *r, struct move *m)
{
    const struct bpmn_node *n = m->node;
    bool enough = true;
    if (bpmn_is_activity(n->kind)) {
        rc result = gather(r, m, &enough);
        if (result != RC_OK || !enough) return result;
        if (n->loop.kind != BPMN_LOOP_NONE && m->role != TOKEN_ROUND) return enter_repeated(r, m);
    }
    CHECK(enter[n->kind]);
    return enter[n->kind](r, m);
}

static void set_local(struct run *r, struct token *t, int variable, const struct feel_value *v)
{
    if (variable >= 0) var_set(r->cx, r->model, t, variable, v);
}

rc activity_token(struct run *r, const struct move *m, bool rests, struct token **out)
{
    const struct bpmn_node *n = m->node;
    struct token *t = rests ? run_new_token(r, m) : run_passing_token(r, m);
    *out = t;
    if (m->element) {
        const struct bpmn_variable *candidate = bpmn_variable_find(r->model, STR("candidate"));
        if (n->loop.element_slot >= 0)
            set_local(r, t, n->loop.element_slot - r->model->first_variable, m->element);
        if (candidate && n->kind == BPMN_USER_TASK)
            set_local(r, t, candidate->slot - r->model->first_variable, m->element);
    }
    return n->input.count ? run_map_local(r, t, &n->input) : RC_OK;
}
