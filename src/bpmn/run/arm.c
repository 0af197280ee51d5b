/* What a token waits for: timers, subscriptions, conditions of the events that are armed on it. */
#include "bpmn/run/events.h"

int64_t token_key(const struct run *r, const struct token *t)
{
    return t == r->root ? r->instance.id : t->id;
}

struct token *token_of_key(struct run *r, int64_t key)
{
    return run_token(r, key == r->instance.id ? 0 : key);
}

/* ---- which events ---- */

static bool is_scope_here(const struct token *t)
{
    return bpmn_is_scope(t->node->kind) && t->role != TOKEN_BODY;
}

static void add_armed(struct run *r, struct armed_list *out, const struct bpmn_node *n)
{
    for (int i = 0; i < n->event_count; i++)
        *vec_add(r->cx->arena, out) = (struct armed){n, i, (int)out->len};
}

/* In one order always: a bit of token->heard stands for each. */
void events_of(struct run *r, const struct token *t, struct armed_list *out)
{
    const struct bpmn_node *n = t->node;
    *out = (struct armed_list){0};
    if (!n) return;
    bool catches = n->kind == BPMN_CATCH || n->kind == BPMN_START ||
                   (n->kind == BPMN_RECEIVE_TASK && t->role != TOKEN_BODY);
    if (catches) add_armed(r, out, n);
    for (int i = 0; n->kind == BPMN_EVENT_BASED && i < n->out_count; i++)
        add_armed(r, out, n->out[i]->to);
    bool boundary = t->role != TOKEN_ROUND && t->kept_id == 0;
    for (int i = 0; boundary && i < n->boundary_count; i++)
        add_armed(r, out, n->boundary[i]);
    for (int i = 0; is_scope_here(t) && i < n->event_sub_count; i++)
        if (n->event_sub[i]->start_event) add_armed(r, out, n->event_sub[i]->start_event);
}

uint64_t *token_heard(struct run *r, struct token *t)
{
    return t == r->root ? &t->got : &t->heard; /* the root's stands in the instance's row */
}

/* ---- names and keys ---- */

rc event_name(struct run *r, struct token *at, const struct bpmn_event *e, str *name)
{
    struct feel_value v;
    *name = e->name;
    if (!e->name_value) return RC_OK;
    rc result = run_eval(r, at, e->name_value, &v);
    if (result != RC_OK) return result;
    struct buf text = {.arena = r->cx->arena, .bytes_max = 500};
    feel_value_text(&text, &v);
    *name = v.kind == FEEL_NULL ? (str){0} : buf_str(&text);
    return RC_OK;
}

rc event_key(struct run *r, struct token *at, const struct bpmn_event *e, str *key)
{
    struct feel_value v;
    *key = (str){0};
    if (!e->correlation) return RC_OK;
    rc result = run_eval(r, at, e->correlation, &v);
    if (result != RC_OK || v.kind == FEEL_NULL) return result;
    struct buf text = {.arena = r->cx->arena, .bytes_max = 500};
    feel_value_text(&text, &v);
    *key = buf_str(&text);
    return RC_OK;
}

/* ---- arming ---- */

static rc arm_timer(struct run *r, struct token *t, const struct armed *a, day_t due)
{
    struct timer timer = {0};
    rc result = timer_moment(r, t, a->node, a->event, due, &timer);
    if (result != RC_OK || !timer.due_us) return result;
    timer.id = r->ids->next(r->ids->owner);
    timer.instance_id = r->instance.id;
    timer.token_id = token_key(r, t);
    timer.node_id = a->node->id;
    timer.event = a->event;
    timer_hold(r, t, &timer);
    t->timers++;
    run_changed(r, t);
    return timer_add(r->cx, r->db, &timer);
}

/* One that was kept comes when the run rests; if nobody waits any more it is kept again. */
static rc look_for_kept(struct run *r, const struct subscription *s)
{
    struct kept_message m;
    bool found = false;
    rc result = message_find(r->cx, r->db, s, &m, &found);
    if (result == RC_OK && found) result = message_take(r->cx, r->db, &m);
    if (result != RC_OK || !found) return result;
    struct delivery *d = run_deliver(r, DELIVER_MESSAGE);
    d->message = (struct bpmn_message){.name = m.name,
                                       .key = m.key,
                                       .process = m.process,
                                       .subject_id = m.subject_id,
                                       .instance_id = r->instance.id,
                                       .ttl_us = m.expires_us - r->cx->now_us};
    d->kept = true;
    return m.vars.len ? json_parse(r->cx, m.vars, &d->message.variables) : RC_OK;
}

rc kept_messages_look(struct run *r)
{
    struct subscriptions subs = {0};
    rc result = subscriptions_of_instance(r->cx, r->db, r->instance.id, &subs);
    for (size_t i = 0; i < subs.len && result == RC_OK; i++)
        result = look_for_kept(r, &subs.at[i]);
    return result;
}

static rc subscribe(struct run *r, struct token *t, const struct armed *a,
                    enum subscription_kind kind)
{
    const struct bpmn_event *e = &a->node->event[a->event];
    struct subscription s = {.instance_id = r->instance.id,
                             .token_id = token_key(r, t),
                             .subject_id = r->instance.subject_id,
                             .kind = kind,
                             .node_id = a->node->id,
                             .process = r->instance.process,
                             .event = a->event};
    rc result = kind == WAITS_CONDITION ? RC_OK : event_name(r, t, e, &s.name);
    if (result == RC_OK && kind == WAITS_MESSAGE) result = event_key(r, t, e, &s.key);
    if (result != RC_OK) return result;
    s.id = r->ids->next(r->ids->owner);
    t->subscriptions++;
    run_changed(r, t);
    result = subscription_add(r->cx, r->db, &s);
    return result == RC_OK && kind == WAITS_MESSAGE ? look_for_kept(r, &s) : result;
}

static rc arm(struct run *r, struct token *t, const struct armed *a, day_t due)
{
    switch (a->node->event[a->event].kind) {
    case BPMN_EVENT_TIMER: return arm_timer(r, t, a, due);
    case BPMN_EVENT_MESSAGE: return subscribe(r, t, a, WAITS_MESSAGE);
    case BPMN_EVENT_SIGNAL: return subscribe(r, t, a, WAITS_SIGNAL);
    case BPMN_EVENT_CONDITIONAL: return subscribe(r, t, a, WAITS_CONDITION);
    case BPMN_EVENT_ERROR:
    case BPMN_EVENT_ESCALATION:
    case BPMN_EVENT_LINK:
    case BPMN_EVENT_TERMINATE:
    case BPMN_EVENT_CANCEL:
    case BPMN_EVENT_COMPENSATION:
    case BPMN_EVENT_KIND_COUNT: break;
    }
    return RC_OK; /* these come from inside, nothing waits for them */
}

/* A receive task without a message of its own waits for what a message flow brings. */
static rc arm_nameless(struct run *r, struct token *t)
{
    static const struct bpmn_event any = {.kind = BPMN_EVENT_MESSAGE};
    struct bpmn_node *as = NEW(r->cx->arena, struct bpmn_node);
    *as = (struct bpmn_node){.id = t->node->id, .event = &any, .event_count = 1};
    const struct armed a = {as, 0, 0};
    return subscribe(r, t, &a, WAITS_MESSAGE);
}

rc events_arm(struct run *r, struct token *t, day_t due)
{
    struct armed_list list;
    rc result = RC_OK;
    events_of(r, t, &list);
    if (list.len > EVENTS_MAX)
        return err_set(r->cx, RC_LIMIT, "bpmn.events",
                       "元素“" STR_FMT "”同时等待 %zu 个事件，最多 %d 个",
                       "the element \"" STR_FMT "\" waits for %zu events at once, at most %d",
                       STR_ARG(t->node->id), list.len, EVENTS_MAX);
    for (size_t i = 0; i < list.len && result == RC_OK; i++)
        result = arm(r, t, &list.at[i], due);
    const struct bpmn_node *n = t->node;
    if (result == RC_OK && n->kind == BPMN_RECEIVE_TASK && !n->event_count && t->role != TOKEN_BODY)
        result = arm_nameless(r, t);
    return result;
}

rc event_arm_again(struct run *r, struct token *t, const struct bpmn_node *node)
{
    rc result = RC_OK;
    for (int i = 0; i < node->event_count && result == RC_OK; i++) {
        const struct armed a = {node, i, 0};
        result = arm(r, t, &a, DAY_NONE);
    }
    return result;
}

rc event_arm_one(struct run *r, struct token *t, const struct armed *a, day_t due)
{
    return arm(r, t, a, due);
}

/* ---- disarming ---- */

rc events_disarm(struct run *r, struct token *t)
{
    int64_t key = token_key(r, t);
    rc result = t->timers > 0 ? timers_delete(r->cx, r->db, key) : RC_OK;
    if (result == RC_OK && t->subscriptions > 0) result = subscriptions_delete(r->cx, r->db, key);
    t->timers = t->subscriptions = 0;
    run_changed(r, t);
    return result;
}

rc events_disarm_some(struct run *r, struct token *t, const struct bpmn_node *node, int event)
{
    struct subscriptions subs = {0};
    struct timer *timer = NULL;
    size_t count = 0;
    rc result = RC_OK;
    if (t->timers > 0) result = timers_of_token(r->cx, r->db, token_key(r, t), &timer, &count);
    for (size_t i = 0; i < count && result == RC_OK; i++) {
        const struct bpmn_node *n = bpmn_node_find(r->model, timer[i].node_id);
        if (node ? n != node || (event >= 0 && timer[i].event != event)
                 : n && n->kind != BPMN_START)
            continue;
        t->timers--;
        result = timer_delete(r->cx, r->db, &timer[i]);
    }
    if (result == RC_OK && t->subscriptions > 0)
        result = subscriptions_of_token(r->cx, r->db, token_key(r, t), &subs);
    for (size_t i = 0; i < subs.len && result == RC_OK; i++) {
        const struct bpmn_node *n = bpmn_node_find(r->model, subs.at[i].node_id);
        if (node ? n != node || (event >= 0 && subs.at[i].event != event)
                 : n && n->kind != BPMN_START)
            continue;
        t->subscriptions--;
        result = subscription_delete(r->cx, r->db, subs.at[i].id);
    }
    run_changed(r, t);
    return result;
}
