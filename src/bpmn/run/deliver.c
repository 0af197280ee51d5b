/* What one instance has left for others, or somebody outside has sent: each delivery opens its instance
 * and runs it until it rests. */
#include "bpmn/run/events.h"

static bool failed_as(const struct cx *cx, const char *slug)
{
    return str_eq(str_from(cx->err.slug), str_from(slug));
}

static struct bpmn_turn turn_of(const struct run *r)
{
    return (struct bpmn_turn){.e = r->e, .db = r->db, .ids = r->ids, .actor = r->actor};
}

/* ---- messages ---- */

static void tell_how(const struct delivery *d, enum bpmn_delivered how)
{
    if (d->how) *d->how = how;
}

static bool leads_to(const struct delivery *d, const struct bpmn_model *m,
                     const struct subscription *s)
{
    const struct bpmn_node *n = bpmn_node_find(m, s->node_id);
    bool keys = !s->key.len || !d->message.key.len || str_eq(s->key, d->message.key);
    if (!n || !keys) return false;
    if (n == d->to) return true;
    /* To a pool, or what holds others: to whoever waits for its name there. */
    if (!s->name.len || !str_eq(s->name, d->message.name)) return false;
    if (d->to->kind == BPMN_START) return n->process == d->to->process; /* it runs already */
    for (const struct bpmn_node *p = n; p; p = p->parent)
        if (p == d->to) return true;
    return false;
}

/* Along a message flow: in the instances that belong together, to who waits longest. */
static rc find_along(struct run *r, const struct delivery *d, struct subscription *out, bool *found)
{
    struct instance_ids family = {0};
    const struct bpmn_model *m = NULL;
    rc result = r->e->host.model(r->e->host.owner, r->cx, r->db, d->begin.start.process,
                                 d->begin.start.version, &m);
    if (result == RC_OK) result = instances_of_root(r->cx, r->db, d->root_id, &family);
    for (size_t i = 0; m && i < family.len && result == RC_OK; i++) {
        struct subscriptions subs = {0};
        result = subscriptions_of_instance(r->cx, r->db, family.at[i], &subs);
        for (size_t k = 0; k < subs.len && result == RC_OK; k++) {
            bool same = str_eq(subs.at[k].process, d->begin.start.process);
            if (!same || !leads_to(d, m, &subs.at[k])) continue;
            if (!*found || subs.at[k].id < out->id) *out = subs.at[k];
            *found = true;
        }
    }
    return result;
}

static rc catch_here(struct run *r, const struct subscription *s, const struct json *variables)
{
    struct token *t = token_of_key(r, s->token_id);
    const struct bpmn_node *node = bpmn_node_find(r->model, s->node_id);
    if (!t || !t->node || !node) return run_gone(r, s->node_id);
    r->message = variables;
    r->outcome = t->outcome;
    return event_caught(r, t, node, (int)s->event);
}

/* *caught false: the instance is suspended. */
static rc catch_message(struct run *r, const struct subscription *s, const struct delivery *d,
                        bool *caught)
{
    const struct bpmn_turn turn = turn_of(r);
    rc result = run_open(r, r->cx, &turn, s->instance_id);
    if (result == RC_OK) result = catch_here(r, s, d->message.variables);
    result = run_rest(r, result);
    *caught = result == RC_OK;
    if (result == RC_CONFLICT && failed_as(r->cx, "bpmn.suspended")) {
        err_clear(r->cx);
        return RC_OK;
    }
    return result;
}

static rc begin_at(struct run *r, const struct begin *b, const struct start_at *at,
                   const struct json *variables, bool *started)
{
    rc result = run_begin(r, b);
    if (result == RC_OK) {
        r->message = variables;
        result = event_started(r, at->node, at->event);
    }
    result = run_rest(r, result);
    *started = result == RC_OK;
    if (result == RC_CONFLICT && failed_as(r->cx, "bpmn.running")) {
        err_clear(r->cx);
        return RC_OK;
    }
    return result;
}

static rc start_along(struct run *r, const struct delivery *d, bool *started)
{
    const struct bpmn_model *m = NULL;
    const struct bpmn_start *s = &d->begin.start;
    struct start_at at = {.node = d->to};
    struct begin b = {.root_id = d->root_id, .by_event = true};
    rc result = r->e->host.model(r->e->host.owner, r->cx, r->db, s->process, s->version, &m);
    if (result != RC_OK || !m) return result;
    if (d->to->kind == BPMN_PROCESS)
        at.node = starting_node(m, d->to, BPMN_EVENT_MESSAGE, d->message.name, &at.event);
    if (!at.node || !node_starts(at.node)) return RC_OK;
    b.start = (struct bpmn_start){.process = s->process,
                                  .element = at.node->id,
                                  .version = s->version,
                                  .subject_id = d->message.subject_id,
                                  .key = d->message.key,
                                  .several = true};
    return begin_at(r, &b, &at, d->message.variables, started);
}

static rc starters(struct run *r, enum bpmn_event_kind kind, str name, struct names *out)
{
    const struct bpmn_host *h = &r->e->host;
    return h->starters ? h->starters(h->owner, r->cx, r->db, kind, name, out) : RC_OK;
}

/* The first process that begins with it; a second one of the same subject is not started. */
static rc start_by_message(struct run *r, const struct delivery *d, bool *started)
{
    const struct bpmn_turn turn = turn_of(r);
    const struct bpmn_message *msg = &d->message;
    struct names list = {0};
    rc result = starters(r, BPMN_EVENT_MESSAGE, msg->name, &list);
    for (size_t i = 0; i < list.len && result == RC_OK && !*started; i++) {
        const struct bpmn_model *m = NULL;
        struct start_at at = {0};
        if (msg->process.len && !str_eq(msg->process, list.at[i])) continue;
        result = r->e->host.model(r->e->host.owner, r->cx, r->db, list.at[i], 0, &m);
        if (result != RC_OK || !m) continue;
        at.node = starting_node(m, NULL, BPMN_EVENT_MESSAGE, msg->name, &at.event);
        if (!at.node) continue;
        const struct begin b = {.start = {.process = list.at[i],
                                          .element = at.node->id,
                                          .subject_id = msg->subject_id,
                                          .key = msg->key},
                                .by_event = true};
        run_init(r, r->cx, &turn);
        result = begin_at(r, &b, &at, msg->variables, started);
    }
    return result;
}

static rc keep(struct run *r, const struct delivery *d, bool taken)
{
    const struct bpmn_message *m = &d->message;
    struct buf vars = {.arena = r->cx->arena};
    int64_t ttl = m->id.len && m->ttl_us < US_PER_DAY ? US_PER_DAY : m->ttl_us;
    if (!taken && json_is(m->variables, JSON_OBJECT)) json_write(&vars, m->variables);
    const struct kept_message k = {.id = r->ids->next(r->ids->owner),
                                   .name = m->name,
                                   .key = m->key,
                                   .msg_id = m->id,
                                   .process = m->process,
                                   .subject_id = m->subject_id,
                                   .instance_id = d->kept ? 0 : m->instance_id,
                                   .at_us = r->cx->now_us,
                                   .expires_us = r->cx->now_us + ttl,
                                   .vars = buf_str(&vars),
                                   .taken = taken};
    return message_keep(r->cx, r->db, &k);
}

static rc find_or_start(struct run *r, const struct delivery *d, bool *caught, bool *started)
{
    const struct bpmn_turn turn = turn_of(r);
    struct subscription s;
    bool found = false;
    if (!d->message.name.len) return RC_OK; /* it had a message flow to follow, no more */
    rc result = subscription_find(r->cx, r->db, &d->message, &s, &found);
    if (result == RC_OK && found) result = catch_message(r, &s, d, caught);
    if (result != RC_OK || found || d->message.instance_id) return result; /* or it is suspended */
    run_init(r, r->cx, &turn);
    return start_by_message(r, d, started);
}

/* Partners that were not begun by one another are found as by any message. */
static rc follow_flow(struct run *r, const struct delivery *d, bool *caught, bool *started)
{
    const struct bpmn_turn turn = turn_of(r);
    struct subscription s;
    bool found = false;
    rc result = find_along(r, d, &s, &found);
    if (result == RC_OK && found) result = catch_message(r, &s, d, caught);
    if (result != RC_OK || found) return result;
    run_init(r, r->cx, &turn);
    result = start_along(r, d, started);
    if (result != RC_OK || *started) return result;
    run_init(r, r->cx, &turn);
    return find_or_start(r, d, caught, started);
}

static rc deliver_message(struct run *r, const struct delivery *d)
{
    const struct bpmn_message *m = &d->message;
    bool known = false, caught = false, started = false;
    rc result = message_known(r->cx, r->db, m->name, m->id, &known);
    if (result == RC_OK && !known && d->to)
        result = follow_flow(r, d, &caught, &started);
    else if (result == RC_OK && !known)
        result = find_or_start(r, d, &caught, &started);
    if (result != RC_OK) return result;
    tell_how(d, known     ? BPMN_REPEATED
                : caught  ? BPMN_CAUGHT
                : started ? BPMN_STARTED
                          : BPMN_NOT_DELIVERED);
    if (known) return RC_OK;
    if (caught || started) return m->id.len ? keep(r, d, true) : RC_OK;
    if (m->ttl_us <= 0) return RC_OK;
    tell_how(d, BPMN_KEPT);
    return keep(r, d, false);
}

/* ---- signals, and what has changed ---- */

static bool skips(struct cx *cx, rc result)
{
    bool skip = result == RC_CONFLICT &&
                (failed_as(cx, "bpmn.suspended") || failed_as(cx, "bpmn.instance-ended"));
    if (skip) err_clear(cx);
    return skip;
}

static rc signal_one(struct run *from, const struct delivery *d, int64_t instance_id,
                     int64_t *count)
{
    const struct bpmn_turn turn = turn_of(from);
    struct run own;
    rc result = run_open(&own, from->cx, &turn, instance_id);
    if (result == RC_OK) result = signal_here(&own, d->name, d->variables, count);
    result = run_rest(&own, result);
    return skips(from->cx, result) ? RC_OK : result;
}

static bool seen_before(const struct subscriptions *subs, size_t i)
{
    for (size_t k = i; k-- > 0;)
        if (subs->at[k].instance_id == subs->at[i].instance_id) return true;
    return false;
}

static rc start_by_signal(struct run *r, const struct delivery *d, int64_t *count)
{
    const struct bpmn_turn turn = turn_of(r);
    struct names list = {0};
    rc result = starters(r, BPMN_EVENT_SIGNAL, d->name, &list);
    for (size_t i = 0; i < list.len && result == RC_OK; i++) {
        const struct bpmn_model *m = NULL;
        struct starts at = {0};
        result = r->e->host.model(r->e->host.owner, r->cx, r->db, list.at[i], 0, &m);
        if (result == RC_OK && m) starting_nodes(r->cx, m, BPMN_EVENT_SIGNAL, d->name, &at);
        for (size_t k = 0; k < at.len && result == RC_OK; k++) {
            bool started = false;
            const struct begin b = {
                .start = {.process = list.at[i], .element = at.at[k].node->id, .several = true},
                .by_event = true};
            run_init(r, r->cx, &turn);
            result = begin_at(r, &b, &at.at[k], d->variables, &started);
            *count += started;
        }
    }
    return result;
}

/* Who waits is looked up first: who begins to wait because of it has not heard it. */
static rc deliver_signal(struct run *r, const struct delivery *d)
{
    struct subscriptions subs = {0};
    int64_t count = 0;
    rc result = subscriptions_find(r->cx, r->db, WAITS_SIGNAL, d->name, 0, &subs);
    for (size_t i = 0; i < subs.len && result == RC_OK; i++)
        if (subs.at[i].instance_id != d->instance_id && !seen_before(&subs, i))
            result = signal_one(r, d, subs.at[i].instance_id, &count);
    if (result == RC_OK) result = start_by_signal(r, d, &count);
    if (d->count) *d->count = count;
    return result;
}

/* A process that begins when a condition holds: one instance of a subject at a time. */
static rc start_by_condition(struct run *r, const struct delivery *d, str process,
                             const struct bpmn_model *m, const struct start_at *at)
{
    const struct bpmn_turn turn = turn_of(r);
    struct token root = {.node = at->node->parent, .state = TOKEN_WAITING};
    struct feel_value v = feel_null();
    const struct begin b = {
        .start = {.process = process, .element = at->node->id, .subject_id = d->subject_id},
        .by_event = true};
    bool started = false;
    run_init(r, r->cx, &turn);
    r->model = m;
    r->instance.subject_id = d->subject_id;
    r->instance.process = process;
    const struct feel_expr *condition = at->node->event[at->event].condition;
    rc result = condition ? run_eval(r, &root, condition, &v) : RC_OK;
    run_init(r, r->cx, &turn);
    if (result != RC_OK || !feel_is_true(&v)) return result;
    return begin_at(r, &b, at, NULL, &started);
}

static rc starts_by_conditions(struct run *r, const struct delivery *d)
{
    struct names list = {0};
    rc result = starters(r, BPMN_EVENT_CONDITIONAL, (str){0}, &list);
    for (size_t i = 0; i < list.len && result == RC_OK; i++) {
        const struct bpmn_model *m = NULL;
        struct starts at = {0};
        result = r->e->host.model(r->e->host.owner, r->cx, r->db, list.at[i], 0, &m);
        if (result == RC_OK && m) starting_nodes(r->cx, m, BPMN_EVENT_CONDITIONAL, (str){0}, &at);
        for (size_t k = 0; k < at.len && result == RC_OK; k++)
            result = start_by_condition(r, d, list.at[i], m, &at.at[k]);
    }
    return result;
}

static rc deliver_changed(struct run *r, const struct delivery *d)
{
    const struct bpmn_turn turn = turn_of(r);
    struct subscriptions subs = {0};
    rc result = subscriptions_find(r->cx, r->db, WAITS_CONDITION, (str){0}, d->subject_id, &subs);
    for (size_t i = 0; i < subs.len && result == RC_OK; i++) {
        struct run own;
        if (seen_before(&subs, i)) continue;
        result = run_open(&own, r->cx, &turn, subs.at[i].instance_id);
        result = run_rest(&own, result);
        if (skips(r->cx, result)) result = RC_OK;
    }
    return result == RC_OK ? starts_by_conditions(r, d) : result;
}

/* ---- between who calls and who is called ---- */

static rc to_caller(struct run *r, const struct delivery *d)
{
    struct token *t = run_token(r, d->token_id);
    if (!t || !d->token_id) return RC_OK; /* it does not wait any more */
    if (!r->model || !t->node) return run_gone(r, t->node_id);
    if (d->kind == DELIVER_RETURN) return call_returned(r, t, d->variables);
    if (d->kind == DELIVER_ESCALATION) return escalation_throw(r, t, d->name);
    t->called = 0; /* it is over */
    run_changed(r, t);
    return error_throw(r, t, d->name);
}

/* Also to one that is suspended: what has come back must not be lost. */
static rc deliver_back(struct run *r, const struct delivery *d)
{
    const struct bpmn_turn turn = turn_of(r);
    rc result = run_open_any(r, r->cx, &turn, d->instance_id);
    if (result == RC_OK)
        result = d->kind == DELIVER_CANCEL ? run_end(r, "cancelled") : to_caller(r, d);
    result = run_rest(r, result);
    return skips(r->cx, result) ? RC_OK : result;
}

rc deliver(struct run *r, struct delivery *d)
{
    switch (d->kind) {
    case DELIVER_START: return run_rest(r, run_begin(r, &d->begin));
    case DELIVER_MESSAGE: return deliver_message(r, d);
    case DELIVER_SIGNAL: return deliver_signal(r, d);
    case DELIVER_CHANGED: return deliver_changed(r, d);
    case DELIVER_RETURN:
    case DELIVER_ERROR:
    case DELIVER_ESCALATION:
    case DELIVER_CANCEL: return deliver_back(r, d);
    }
    return RC_OK;
}

/* ---- what comes from outside ----
 * Inside an operation of the host it is left for when the step rests. */

rc bpmn_message(struct cx *cx, const struct bpmn_turn *t, const struct bpmn_message *m,
                enum bpmn_delivered *how)
{
    struct run own;
    bool inside = t->e->run != NULL || t->e->delivering;
    *how = inside ? BPMN_KEPT : BPMN_NOT_DELIVERED;
    if (!m->name.len)
        return err_set(cx, RC_INVALID, "bpmn.message-name", "消息没有名称，应写明消息名称",
                       "the message has no name, expected the name of a message");
    run_init(&own, cx, t);
    struct delivery *d = run_deliver(&own, DELIVER_MESSAGE);
    d->message = *m;
    if (inside) return RC_OK;
    d->how = how;
    return run_rest(&own, RC_OK);
}

rc bpmn_signal(struct cx *cx, const struct bpmn_turn *t, str name, const struct json *variables,
               int64_t *count)
{
    struct run own;
    bool inside = t->e->run != NULL || t->e->delivering;
    *count = 0;
    run_init(&own, cx, t);
    struct delivery *d = run_deliver(&own, DELIVER_SIGNAL);
    d->name = name;
    d->variables = variables;
    if (inside) return RC_OK;
    d->count = count;
    return run_rest(&own, RC_OK);
}

rc bpmn_changed(struct cx *cx, const struct bpmn_turn *t, int64_t subject_id)
{
    struct run own;
    bool inside = t->e->run != NULL || t->e->delivering;
    run_init(&own, cx, t);
    struct delivery *d = run_deliver(&own, DELIVER_CHANGED);
    d->subject_id = subject_id;
    return inside ? RC_OK : run_rest(&own, RC_OK);
}
