/* What happens when an event comes to the token that waits for it. */
#include "bpmn/run/events.h"

static const struct bpmn_event *event_at(const struct bpmn_node *node, int event)
{
    static const struct bpmn_event any = {.kind = BPMN_EVENT_MESSAGE, .variable_slot = -1};
    return event < node->event_count ? &node->event[event]
                                     : &any; /* receive task without message */
}

/* ---- what it brings ---- */

/* Without mappings: the variables that the process knows by the same names. */
static rc take_by_name(struct run *r, struct token *at)
{
    for (const struct json *j = r->message->child; j; j = j->next) {
        if (!bpmn_variable_find(r->model, j->key)) continue;
        struct json *one = NEW(r->cx->arena, struct json), *object = NEW(r->cx->arena, struct json);
        *one = *j;
        one->next = NULL;
        *object = (struct json){.kind = JSON_OBJECT, .child = one, .count = 1};
        rc result = vars_take(r->cx, r->model, object, at);
        if (result != RC_OK) return result;
    }
    return RC_OK;
}

rc event_take(struct run *r, struct token *at, const struct bpmn_event *e, str code)
{
    bool carries = e->kind == BPMN_EVENT_MESSAGE || e->kind == BPMN_EVENT_SIGNAL;
    rc result = RC_OK;
    if (e->payload.count)
        result = run_map(r, at, &e->payload, at);
    else if (carries && json_is(r->message, JSON_OBJECT))
        result = take_by_name(r, at);
    r->message = NULL; /* it is taken: what comes later in this run did not bring it */
    bool names = e->kind == BPMN_EVENT_ERROR || e->kind == BPMN_EVENT_ESCALATION;
    if (result != RC_OK || !names || e->variable_slot < 0) return result;
    const struct feel_value v = feel_string(arena_dup(r->cx->arena, code));
    run_set(r, at, e->variable_slot, &v);
    return RC_OK;
}

static rc tell(struct run *r, const struct bpmn_node *node, const struct bpmn_event *e)
{
    static const char *const what[BPMN_EVENT_KIND_COUNT] = {
        [BPMN_EVENT_TIMER] = "timer.fired",
        [BPMN_EVENT_MESSAGE] = "message.caught",
        [BPMN_EVENT_SIGNAL] = "signal.caught",
        [BPMN_EVENT_ERROR] = "error.caught",
        [BPMN_EVENT_ESCALATION] = "escalation.caught",
        [BPMN_EVENT_CONDITIONAL] = "condition.caught",
        [BPMN_EVENT_CANCEL] = "cancel.caught",
        [BPMN_EVENT_COMPENSATION] = "compensation.caught",
    };
    return what[e->kind] ? run_tell(r, what[e->kind], node, NULL) : RC_OK;
}

/* ---- event sub-processes ---- */

bool scope_is_interrupted(const struct run *r, const struct token *scope)
{
    if (!scope->node || !scope->node->event_sub_count) return false;
    for (size_t i = 0; i < r->tokens.len; i++) {
        const struct token *t = r->tokens.at[i];
        if (t->state != TOKEN_WAITING || t->parent != scope || !t->node) continue;
        if (t->node->kind == BPMN_EVENT_SUB_PROCESS && t->node->start_event &&
            t->node->start_event->interrupting)
            return true;
    }
    return false;
}

rc event_sub_begin(struct run *r, struct token *scope, const struct bpmn_node *start, int event,
                   str code)
{
    const struct bpmn_event *e = event_at(start, event);
    rc result = RC_OK;
    if (start->interrupting) {
        scope->live++; /* what is cleared does not complete it */
        scope->cleared++;
        result = scope_clear(r, scope, true);
        if (result == RC_OK) result = events_disarm_some(r, scope, NULL, -1);
        scope->live--;
    }
    if (result != RC_OK) return result;
    const struct move m = {.node = start->parent,
                           .scope = scope,
                           .outcome = scope->outcome,
                           .path = {.arena = r->cx->arena},
                           .cause = r->cause,
                           .role = TOKEN_LISTENER};
    run_trace(r, "enter", start->parent->id, scope);
    struct token *t = run_new_token(r, &m);
    result = scope_open(r, t);
    if (result == RC_OK) result = event_take(r, t, e, code);
    return result == RC_OK ? scope_start(r, t) : result;
}

/* ---- boundary events ---- */

rc boundary_begin(struct run *r, struct token *t, const struct bpmn_node *node, int event, str code)
{
    struct token *scope = t->parent;
    str outcome = t->outcome;
    rc result = RC_OK;
    scope->live++;
    if (node->interrupting) {
        t->cleared++;
        result = token_cancel(r, t);
    }
    if (result == RC_OK) result = event_take(r, scope, event_at(node, event), code);
    if (result == RC_OK) run_send(r, node, scope)->outcome = outcome;
    scope->live--;
    return result;
}

/* ---- catching ---- */

/* All of a parallel multiple event's definitions must come: notes this one. */
static rc gather(struct run *r, struct token *t, const struct bpmn_node *node, int event, bool *all)
{
    struct armed_list list;
    uint64_t *heard = token_heard(r, t), mask = 0, mine = 0;
    *all = true;
    if (!node->parallel_multiple || node->event_count < 2) return RC_OK;
    events_of(r, t, &list);
    for (size_t i = 0; i < list.len; i++) {
        if (list.at[i].node != node) continue;
        mask |= UINT64_C(1) << list.at[i].bit;
        if (list.at[i].event == event) mine = UINT64_C(1) << list.at[i].bit;
    }
    *heard |= mine;
    *all = (*heard & mask) == mask;
    run_changed(r, t);
    if (!*all) return events_disarm_some(r, t, node, event);
    *heard &= ~mask;
    bool again = !node->interrupting && (node->kind == BPMN_BOUNDARY || node->kind == BPMN_START);
    if (!again || t->node == node) return RC_OK;
    rc result = events_disarm_some(r, t, node, -1);
    return result == RC_OK ? event_arm_again(r, t, node) : result;
}

/* Behind an event gateway: the token goes on as if it had come to the event just now. */
static rc go_on_behind(struct run *r, struct token *gateway, const struct bpmn_flow *f, int event)
{
    struct move m = {.node = f->to,
                     .flow = f,
                     .scope = gateway->parent,
                     .outcome = gateway->outcome,
                     .path = {.arena = r->cx->arena},
                     .cause = r->cause};
    buf_add(&m.path, f->id);
    run_trace(r, "enter", f->id, m.scope);
    run_trace(r, "exit", f->id, m.scope);
    run_trace(r, "enter", f->to->id, m.scope);
    rc result = event_take(r, m.scope, event_at(f->to, event), (str){0});
    m.scope->live++;
    if (result == RC_OK) result = leave_by_flows(r, &m, false);
    run_less(r, m.scope);
    return result;
}

/* A parallel one starts an instance and goes on behind each event, until all have come. */
static rc gateway_caught(struct run *r, struct token *t, const struct bpmn_node *node, int event)
{
    const struct bpmn_node *g = t->node;
    const struct bpmn_flow *flow = NULL;
    struct armed_list list;
    bool all = true;
    for (int i = 0; i < g->out_count; i++)
        if (g->out[i]->to == node) flow = g->out[i];
    if (!flow) return run_gone(r, node->id);
    if (g->gateway_parallel) {
        uint64_t *heard = token_heard(r, t);
        events_of(r, t, &list);
        for (size_t i = 0; i < list.len; i++)
            if (list.at[i].node == node) *heard |= UINT64_C(1) << list.at[i].bit;
        for (size_t i = 0; i < list.len; i++)
            all = all && *heard & UINT64_C(1) << list.at[i].bit;
        run_changed(r, t);
    }
    t->parent->live++;
    rc result = all ? token_leave(r, t, TOKEN_LEFT) : events_disarm_some(r, t, node, -1);
    if (result == RC_OK) run_trace(r, "exit", g->id, t->parent);
    if (result == RC_OK) result = go_on_behind(r, t, flow, event);
    run_less(r, t->parent);
    return result;
}

static rc own_caught(struct run *r, struct token *t, const struct bpmn_event *e)
{
    rc result = event_take(r, t, e, (str){0});
    if (result != RC_OK) return result;
    if (t->node->kind == BPMN_RECEIVE_TASK) return activity_done(r, t, t->outcome);
    result = token_leave(r, t, TOKEN_LEFT);
    return result == RC_OK ? token_go_on(r, t, t->outcome) : result;
}

/* A round of a cycle that is not the last: a token goes on, the one that waits stays. */
rc event_round(struct run *r, struct token *t, const struct bpmn_node *node, int event)
{
    struct move m = {.node = node,
                     .scope = t->parent,
                     .outcome = t->outcome,
                     .path = {.arena = r->cx->arena},
                     .cause = r->cause};
    rc result = tell(r, node, event_at(node, event));
    if (result == RC_OK) result = event_take(r, t, event_at(node, event), (str){0});
    return result == RC_OK ? leave_by_flows(r, &m, false) : result;
}

rc event_caught(struct run *r, struct token *t, const struct bpmn_node *node, int event)
{
    const struct bpmn_event *e = event_at(node, event);
    bool all;
    rc result = gather(r, t, node, event, &all);
    if (result == RC_OK && !all) result = event_take(r, t, e, (str){0});
    if (result != RC_OK || !all) return result;
    result = tell(r, node, e);
    if (result != RC_OK) return result;
    if (node->kind == BPMN_BOUNDARY) return boundary_begin(r, t, node, event, (str){0});
    if (node->kind == BPMN_START && node->parent->kind == BPMN_EVENT_SUB_PROCESS && t->node != node)
        return event_sub_begin(r, t, node, event, (str){0});
    if (t->node->kind == BPMN_EVENT_BASED) return gateway_caught(r, t, node, event);
    return own_caught(r, t, e);
}

/* ---- beginning by an event ---- */

static struct token *rest_at(struct run *r, const struct bpmn_node *node)
{
    const struct move m = {
        .node = node, .scope = r->root, .path = {.arena = r->cx->arena}, .cause = r->cause};
    run_trace(r, "enter", node->id, r->root);
    return run_new_token(r, &m);
}

static const struct bpmn_node *gateway_before(const struct bpmn_node *node)
{
    for (int i = 0; i < node->in_count; i++)
        if (node->in[i]->from->kind == BPMN_EVENT_BASED && node->in[i]->from->instantiate)
            return node->in[i]->from;
    return NULL;
}

rc event_started(struct run *r, const struct bpmn_node *node, int event)
{
    const struct bpmn_event *e = event_at(node, event);
    const struct bpmn_node *g = gateway_before(node);
    bool gathers = node->parallel_multiple && node->event_count > 1;
    rc result = RC_OK;
    if (g || gathers) {
        struct token *t = rest_at(r, g ? g : node);
        if (gathers || g->gateway_parallel) result = events_arm(r, t, DAY_NONE);
        return result == RC_OK ? event_caught(r, t, node, event) : result;
    }
    if (node->kind == BPMN_RECEIVE_TASK) return event_caught(r, rest_at(r, node), node, event);
    result = event_take(r, r->root, e, (str){0});
    if (result == RC_OK) result = tell(r, node, e);
    if (result == RC_OK) (void)run_send(r, node, r->root);
    return result;
}

/* ---- conditions ---- */

/* It fires when it has become true: what was true at the last look and goes on does not count again. */
static rc look_at(struct run *r, struct token *t, const struct armed *a, bool *fired)
{
    const uint64_t bit = UINT64_C(1) << a->bit;
    uint64_t *heard = token_heard(r, t);
    bool was = *heard & bit;
    struct feel_value v = feel_null();
    rc result = run_eval(r, t, a->node->event[a->event].condition, &v);
    if (result != RC_OK) return result;
    bool is = feel_is_true(&v);
    *fired = is && !was;
    if (is == was) return RC_OK;
    *heard ^= bit;
    run_changed(r, t);
    if (!*fired) return RC_OK;
    bool gathers = a->node->parallel_multiple && a->node->event_count > 1;
    if (gathers) *heard &= ~bit; /* event_caught notes it */
    return event_caught(r, t, a->node, a->event);
}

static rc look_on(struct run *r, struct token *t, bool *moved)
{
    struct armed_list list;
    rc result = RC_OK;
    if (t->state != TOKEN_WAITING || t->subscriptions <= 0 || !t->node) return RC_OK;
    events_of(r, t, &list);
    for (size_t i = 0; i < list.len && result == RC_OK && !*moved; i++) {
        const struct bpmn_event *e = &list.at[i].node->event[list.at[i].event];
        if (e->kind == BPMN_EVENT_CONDITIONAL && e->condition)
            result = look_at(r, t, &list.at[i], moved);
    }
    return result;
}

/* An event sub-process whose scope is interrupted is disarmed in the rows; here it is asked. */
rc conditions_look(struct run *r, bool *moved)
{
    rc result = RC_OK;
    *moved = false;
    if (!r->root->subscriptions || !scope_is_interrupted(r, r->root))
        result = look_on(r, r->root, moved);
    for (size_t i = 0; i < r->tokens.len && result == RC_OK && !*moved; i++)
        result = look_on(r, r->tokens.at[i], moved);
    return result;
}
