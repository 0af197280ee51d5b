/* Throwing: messages, signals, errors, escalations, links, terminate; and who inside the instance, or
 * around it, catches them. */
#include "bpmn/run/events.h"

/* ---- who can catch ---- */

/* The definition of this kind with exactly this code, else one for any code; -1: none. */
static int matching(const struct bpmn_node *n, enum bpmn_event_kind kind, str code, bool *exact)
{
    int any = -1;
    for (int i = 0; i < n->event_count; i++) {
        if (n->event[i].kind != kind) continue;
        *exact = n->event[i].name.len > 0;
        if (*exact && str_eq(n->event[i].name, code)) return i;
        if (!*exact && any < 0) any = i;
    }
    *exact = false;
    return any;
}

static const struct bpmn_node *best(const struct bpmn_node *n, enum bpmn_event_kind kind, str code,
                                    bool inside, int *event)
{
    const struct bpmn_node *found = NULL;
    int count = inside ? n->event_sub_count : n->boundary_count;
    for (int i = 0; i < count; i++) {
        const struct bpmn_node *c = inside ? n->event_sub[i]->start_event : n->boundary[i];
        bool exact = false;
        int e = c ? matching(c, kind, code, &exact) : -1;
        if (e < 0 || (found && !exact)) continue;
        found = c;
        *event = e;
        if (exact) break;
    }
    return found;
}

struct caught {
    struct token *at;
    const struct bpmn_node *node;
    int event;
    bool inside;
};

static bool find_catcher(const struct run *r, struct token *from, enum bpmn_event_kind kind,
                         str code, struct caught *out)
{
    for (struct token *t = from; t; t = t->parent) {
        if (!t->node) continue;
        *out = (struct caught){.at = t, .inside = true};
        if (bpmn_is_scope(t->node->kind) && t->role != TOKEN_BODY && !scope_is_interrupted(r, t))
            out->node = best(t->node, kind, code, true, &out->event);
        if (out->node) return true;
        out->inside = false;
        if (t->role != TOKEN_ROUND && t->parent && (!t->kept_id || t->kept_id != t->id))
            out->node = best(t->node, kind, code, false, &out->event);
        if (out->node) return true;
    }
    return false;
}

static rc catch_it(struct run *r, const struct caught *c, const char *what, str code)
{
    rc result = run_tell(r, what, c->node, NULL);
    if (result != RC_OK) return result;
    return c->inside ? event_sub_begin(r, c->at, c->node, c->event, code)
                     : boundary_begin(r, c->at, c->node, c->event, code);
}

rc error_throw(struct run *r, struct token *from, str code)
{
    struct caught c;
    if (find_catcher(r, from, BPMN_EVENT_ERROR, code, &c))
        return catch_it(r, &c, "error.caught", code);
    if (r->e->host.errors_may_be_lost) return RC_OK;
    r->instance.error = code.len ? arena_dup(r->cx->arena, code) : STR("error");
    return run_end(r, "failed");
}

/* One that nobody catches goes on to the caller, and is without effect there is none. */
rc escalation_throw(struct run *r, struct token *from, str code)
{
    struct caught c;
    if (find_catcher(r, from, BPMN_EVENT_ESCALATION, code, &c))
        return catch_it(r, &c, "escalation.caught", code);
    if (!r->instance.parent_token) return RC_OK;
    struct delivery *d = run_deliver(r, DELIVER_ESCALATION);
    d->instance_id = r->instance.parent_id;
    d->token_id = r->instance.parent_token;
    d->name = arena_dup(r->cx->arena, code);
    return RC_OK;
}

/* ---- signals ---- */

struct listener {
    struct token *t;
    const struct bpmn_node *node;
    int event;
    int cleared; /* of t, before anybody has heard it */
};
struct listeners {
    struct listener *at;
    size_t len, cap;
};

/* What is inside hears it before what is at the boundary. */
static rc add_listeners(struct run *r, struct token *t, str name, bool boundary,
                        struct listeners *out)
{
    struct armed_list list;
    if (t->state != TOKEN_WAITING || t->subscriptions <= 0 || !t->node) return RC_OK;
    bool interrupted = bpmn_is_scope(t->node->kind) && scope_is_interrupted(r, t);
    events_of(r, t, &list);
    for (size_t i = 0; i < list.len; i++) {
        const struct armed *a = &list.at[i];
        const struct bpmn_event *e = &a->node->event[a->event];
        bool heard = a->node->parallel_multiple && *token_heard(r, t) & UINT64_C(1) << a->bit;
        if (e->kind != BPMN_EVENT_SIGNAL || heard) continue;
        if ((a->node->kind == BPMN_BOUNDARY) != boundary) continue;
        if (interrupted && a->node->kind == BPMN_START) continue;
        str own;
        rc result = event_name(r, t, e, &own);
        if (result != RC_OK) return result;
        if (str_eq(own, name))
            *vec_add(r->cx->arena, out) = (struct listener){t, a->node, a->event, t->cleared};
    }
    return RC_OK;
}

/* A scope whose event sub-process has taken over does not hear it at its boundary too. */
static bool still_waits(const struct run *r, const struct listener *l)
{
    if (l->t->state != TOKEN_WAITING || l->t->subscriptions <= 0) return false;
    if (l->node->kind == BPMN_BOUNDARY) return l->t->cleared == l->cleared;
    return l->node->kind != BPMN_START || l->t->node == l->node || !scope_is_interrupted(r, l->t);
}

rc signal_here(struct run *r, str name, const struct json *variables, int64_t *count)
{
    struct listeners list = {0};
    const struct json *before = r->message;
    rc result = add_listeners(r, r->root, name, false, &list);
    for (int boundary = 0; boundary < 2; boundary++)
        for (size_t i = 0; i < r->tokens.len && result == RC_OK; i++)
            result = add_listeners(r, r->tokens.at[i], name, boundary, &list);
    for (size_t i = 0; i < list.len && result == RC_OK && !r->is_over; i++) {
        if (!still_waits(r, &list.at[i])) continue;
        ++*count;
        r->message = variables;
        result = event_caught(r, list.at[i].t, list.at[i].node, list.at[i].event);
    }
    r->message = before;
    return result;
}

/* ---- messages ---- */

/* name = value for all that the thrower sees. */
static void add_all(struct run *r, const struct token *at, struct jw *w)
{
    for (int i = 0; i < r->model->variable_count; i++) {
        const struct feel_value *v = var_get(at, i);
        if (!v) continue;
        struct buf one = {.arena = r->cx->arena};
        feel_value_write(&one, v);
        jw_key(w, r->model->variable[i].name);
        jw_raw(w, buf_str(&one));
    }
}

static rc payload_of(struct run *r, struct token *at, const struct bpmn_event *e,
                     const struct json **out)
{
    struct buf text = {.arena = r->cx->arena};
    struct jw w = {.out = &text};
    *out = NULL;
    if (!e->payload.count) return RC_OK;
    jw_object(&w);
    for (int i = 0; i < e->payload.count; i++) {
        const struct bpmn_mapping *m = &e->payload.at[i];
        struct feel_value v;
        if (!m->value) {
            add_all(r, at, &w);
            continue;
        }
        rc result = run_eval(r, at, m->value, &v);
        if (result != RC_OK) return result;
        struct buf one = {.arena = r->cx->arena};
        feel_value_write(&one, &v);
        jw_key(&w, m->name);
        jw_raw(&w, buf_str(&one));
    }
    jw_end(&w, '}');
    return json_parse(r->cx, buf_str(&text), out);
}

/* Along each message flow that leaves the node; *any: there is one. */
static void send_along(struct run *r, const struct bpmn_node *node, const struct bpmn_message *m,
                       bool *any)
{
    for (int i = 0; i < r->model->message_flow_count; i++) {
        const struct bpmn_message_flow *f = &r->model->message_flow[i];
        if (f->from != node || !f->to) continue;
        struct delivery *d = run_deliver(r, DELIVER_MESSAGE);
        d->message = *m;
        d->to = f->to;
        d->instance_id = r->instance.id;
        d->root_id = r->instance.root_id;
        d->begin.start.process = r->instance.process;
        d->begin.start.version = r->instance.version;
        *any = true;
    }
}

static rc message_throw(struct run *r, const struct bpmn_event *e, const struct bpmn_node *node,
                        struct token *at)
{
    struct bpmn_message m = {.subject_id = r->instance.subject_id, .ttl_us = e->ttl_us};
    bool any = false;
    rc result = event_name(r, at, e, &m.name);
    if (result == RC_OK) result = event_key(r, at, e, &m.key);
    if (result == RC_OK) result = payload_of(r, at, e, &m.variables);
    if (result != RC_OK) return result;
    send_along(r, node, &m, &any);
    if (!any) run_deliver(r, DELIVER_MESSAGE)->message = m;
    return RC_OK;
}

void flows_throw(struct run *r, const struct bpmn_node *node)
{
    const struct bpmn_message m = {.subject_id = r->instance.subject_id};
    bool any = false;
    for (int i = 0; i < node->event_count; i++)
        if (node->event[i].kind == BPMN_EVENT_MESSAGE && node->kind != BPMN_RECEIVE_TASK) return;
    send_along(r, node, &m, &any);
}

/* ---- one definition ---- */

int64_t scope_mark(const struct run *r, const struct token *scope)
{
    int64_t sum = r->is_over;
    for (const struct token *t = scope; t; t = t->parent)
        sum += t->cleared + (t->state != TOKEN_WAITING);
    return sum;
}

static rc signal_throw(struct run *r, const struct bpmn_event *e, struct token *at)
{
    const struct json *variables;
    int64_t count = 0;
    str name;
    rc result = event_name(r, at, e, &name);
    if (result == RC_OK) result = payload_of(r, at, e, &variables);
    if (result != RC_OK) return result;
    struct delivery *d = run_deliver(r, DELIVER_SIGNAL);
    d->name = name;
    d->variables = variables;
    d->instance_id = r->instance.id;
    return signal_here(r, name, variables, &count);
}

/* Process ends, or the sub-process it stands in; that goes on behind it. */
static rc terminate(struct run *r, struct token *scope)
{
    if (scope == r->root) return run_end(r, "ended");
    scope->cleared++;
    return scope_clear(r, scope, true);
}

static rc throw_one(struct run *r, const struct bpmn_event *e, const struct bpmn_node *node,
                    struct token *scope)
{
    switch (e->kind) {
    case BPMN_EVENT_MESSAGE: return message_throw(r, e, node, scope);
    case BPMN_EVENT_SIGNAL: return signal_throw(r, e, scope);
    case BPMN_EVENT_ERROR: return error_throw(r, scope, e->name);
    case BPMN_EVENT_ESCALATION: return escalation_throw(r, scope, e->name);
    case BPMN_EVENT_LINK:
        if (e->target) (void)run_send(r, e->target, scope);
        return RC_OK;
    case BPMN_EVENT_TERMINATE: return terminate(r, scope);
    case BPMN_EVENT_CANCEL: return transaction_cancel(r, scope);
    case BPMN_EVENT_TIMER:
    case BPMN_EVENT_CONDITIONAL:
    case BPMN_EVENT_COMPENSATION:
    case BPMN_EVENT_KIND_COUNT: break;
    }
    return RC_OK;
}

static bool is_last(enum bpmn_event_kind k)
{
    return k == BPMN_EVENT_ERROR || k == BPMN_EVENT_TERMINATE || k == BPMN_EVENT_CANCEL ||
           k == BPMN_EVENT_LINK;
}

static rc throw_in(struct run *r, const struct bpmn_event *e, const struct bpmn_node *node,
                   const struct move *m, struct token *scope, bool *consumed)
{
    int64_t mark = scope_mark(r, scope);
    bool waits = false;
    rc result = e->kind == BPMN_EVENT_COMPENSATION
                    ? compensation_throw(r, e, node, m, scope, &waits)
                    : throw_one(r, e, node, scope);
    bool ends = is_last(e->kind) && e->kind != BPMN_EVENT_ERROR; /* that may be lost */
    *consumed = waits || ends || scope_mark(r, scope) != mark;
    return result;
}

rc event_throw(struct run *r, const struct bpmn_event *e, const struct bpmn_node *node,
               struct token *scope, bool *consumed)
{
    return throw_in(r, e, node, NULL, scope, consumed);
}

/* Those that end the scope come last, so that all are thrown. */
rc events_throw(struct run *r, const struct move *m, bool *consumed)
{
    const struct bpmn_node *n = m->node;
    *consumed = false;
    for (int pass = 0; pass < 2; pass++) {
        for (int i = 0; i < n->event_count; i++) {
            bool one = false;
            if (is_last(n->event[i].kind) != (pass == 1)) continue;
            rc result = throw_in(r, &n->event[i], n, m, m->scope, &one);
            *consumed = *consumed || one;
            if (result != RC_OK || r->is_over || m->scope->state != TOKEN_WAITING) return result;
        }
    }
    return RC_OK;
}
