/* The clock: fires what is due, a bounded number at a time, each in the transaction that deletes it;
 * starts processes whose time has come; forgets messages that have expired. */
#include "base/clock.h"
#include "bpmn/run/events.h"

#define MINUTE_US (INT64_C(60) * US_PER_SECOND)

/* ---- one timer ---- */

static rc set_next(struct run *r, struct token *t, const struct bpmn_node *node,
                   const struct timer *timer, bool *more)
{
    struct timer next = *timer;
    rc result = timer_again(r, t, node, &next, more);
    if (result != RC_OK) return result;
    if (*more) {
        result = timer_save(r->cx, r->db, &next);
        return result == RC_OK && timer->failures ? incident_resolve(r->cx, r->db, timer->id)
                                                  : result;
    }
    t->timers--;
    run_changed(r, t);
    return timer_delete(r->cx, r->db, timer);
}

static rc fire(struct run *r, const struct timer *timer)
{
    struct token *t = token_of_key(r, timer->token_id);
    const struct bpmn_node *node = bpmn_node_find(r->model, timer->node_id);
    bool skipped = false, more = false;
    if (!t || !t->node || !node || timer->event >= node->event_count)
        return run_gone(r, timer->node_id);
    rc result = timer_is_skipped(r, t, node, timer, &skipped);
    if (result == RC_OK) result = set_next(r, t, node, timer, &more);
    if (result != RC_OK || skipped) return result;
    r->outcome = t->outcome;
    bool goes_round = more && node->kind == BPMN_CATCH && t->node == node && node->event_count == 1;
    return goes_round ? event_round(r, t, node, (int)timer->event)
                      : event_caught(r, t, node, (int)timer->event);
}

/* ---- what went wrong ---- */

static void postpone(const struct cx *cx, struct timer *timer)
{
    static const int64_t wait_us[] = {MINUTE_US, 5 * MINUTE_US, 30 * MINUTE_US, 360 * MINUTE_US};
    size_t nth = (size_t)timer->failures;
    timer->due_us = cx->now_us + wait_us[nth < COUNTOF(wait_us) ? nth : COUNTOF(wait_us) - 1];
    timer->failures++;
}

static rc set_aside(struct cx *cx, const struct bpmn_turn *turn, struct timer *timer,
                    const struct err *why)
{
    const struct start_timer start = {.timer = *timer};
    postpone(cx, timer);
    struct start_timer again = start;
    again.timer = *timer;
    rc r = timer->instance_id ? timer_save(cx, turn->db, timer)
                              : start_timer_save(cx, turn->db, &again);
    return r == RC_OK ? incident_add(cx, turn->db, turn->ids->next(turn->ids->owner), timer, why)
                      : r;
}

/* Faults found before anything was written are set aside at once, so that the tick goes on. */
static bool wrote_nothing(const struct cx *cx)
{
    static const char *const slug[] = {"bpmn.element-missing", "bpmn.process-missing",
                                       "bpmn.instance-missing"};
    for (size_t i = 0; i < COUNTOF(slug); i++)
        if (str_eq(str_from(cx->err.slug), str_from(slug[i]))) return true;
    return false;
}

static rc ended(struct cx *cx, const struct bpmn_turn *turn, struct timer *timer, rc result,
                bool *fired)
{
    *fired = result == RC_OK;
    if (result == RC_OK) {
        turn->e->failing.id = 0;
        return RC_OK;
    }
    if (str_eq(str_from(cx->err.slug), STR("bpmn.suspended")) && timer->instance_id) {
        err_clear(cx); /* no fault: it is asked again when the instance may have been resumed */
        turn->e->failing.id = 0;
        timer->due_us = cx->now_us + 5 * MINUTE_US;
        return timer_save(cx, turn->db, timer);
    }
    if (!wrote_nothing(cx)) return result;
    struct err why = cx->err;
    err_clear(cx);
    turn->e->failing.id = 0;
    return set_aside(cx, turn, timer, &why);
}

static rc fire_one(struct cx *cx, const struct bpmn_turn *turn, struct timer *timer, bool *fired)
{
    struct run own;
    turn->e->failing = *timer;
    rc result = run_open(&own, cx, turn, timer->instance_id);
    if (result == RC_OK) result = fire(&own, timer);
    return ended(cx, turn, timer, run_rest(&own, result), fired);
}

/* ---- processes that start by the clock ---- */

/* An instance that is not there yet: its timers are computed as its start would see the world. */
static void probe(struct run *r, struct cx *cx, const struct bpmn_turn *turn, str process,
                  const struct bpmn_model *m)
{
    run_init(r, cx, turn);
    r->model = m;
    r->instance.process = process;
    r->root = NEW(cx->arena, struct token);
    *r->root = (struct token){.state = TOKEN_WAITING, .node = m->process};
}

static rc next_start(struct cx *cx, const struct bpmn_turn *turn, const struct bpmn_model *m,
                     const struct start_timer *s, const struct bpmn_node *node)
{
    struct run r;
    struct start_timer next = *s;
    bool more;
    probe(&r, cx, turn, s->process, m);
    rc result = timer_again(&r, r.root, node, &next.timer, &more);
    if (result != RC_OK) return result;
    return more ? start_timer_save(cx, turn->db, &next)
                : start_timer_delete(cx, turn->db, &s->timer);
}

static rc begin(struct cx *cx, const struct bpmn_turn *turn, const struct start_timer *s)
{
    const struct bpmn_host *h = &turn->e->host;
    const struct bpmn_model *m = NULL;
    struct run own;
    rc result = h->model(h->owner, cx, turn->db, s->process, s->version, &m);
    const struct bpmn_node *node = m ? bpmn_node_find(m, s->timer.node_id) : NULL;
    if (result != RC_OK) return result;
    if (!node || s->timer.event >= node->event_count)
        return start_timer_delete(cx, turn->db, &s->timer);
    result = next_start(cx, turn, m, s, node);
    if (result != RC_OK) return result;
    const struct begin b = {
        .start = {.process = s->process, .element = node->id, .version = s->version},
        .by_event = true};
    run_init(&own, cx, turn);
    result = run_begin(&own, &b);
    if (result == RC_OK) result = event_started(&own, node, (int)s->timer.event);
    result = run_rest(&own, result);
    if (result == RC_OK && s->timer.failures) result = incident_resolve(cx, turn->db, s->timer.id);
    return result;
}

static rc begin_one(struct cx *cx, const struct bpmn_turn *turn, struct start_timer *s, bool *fired)
{
    turn->e->failing = s->timer;
    return ended(cx, turn, &s->timer, begin(cx, turn, s), fired);
}

static rc set_start(struct run *r, const struct bpmn_node *n, int event)
{
    struct start_timer s = {.process = r->instance.process, .version = r->model->version};
    rc result = timer_moment(r, r->root, n, event, DAY_NONE, &s.timer);
    if (result != RC_OK || !s.timer.due_us) return result;
    s.timer.id = r->ids->next(r->ids->owner);
    s.timer.node_id = n->id;
    s.timer.event = event;
    return start_timer_add(r->cx, r->db, &s);
}

rc bpmn_start_timers(struct cx *cx, const struct bpmn_turn *t, str process)
{
    const struct bpmn_host *h = &t->e->host;
    const struct bpmn_model *m = NULL;
    struct run r;
    rc result = start_timers_delete(cx, t->db, process);
    if (result == RC_OK) result = h->model(h->owner, cx, t->db, process, 0, &m);
    if (result != RC_OK || !m) return result;
    probe(&r, cx, t, process, m);
    for (int i = 0; i < m->node_count && result == RC_OK; i++) {
        const struct bpmn_node *n = &m->node[i];
        if (!node_starts(n)) continue;
        for (int k = 0; k < n->event_count && result == RC_OK; k++)
            if (n->event[k].kind == BPMN_EVENT_TIMER) result = set_start(&r, n, k);
    }
    return result;
}

/* ---- the tick ---- */

/* The one due first: an instance's, or a process's start. */
static rc first(struct cx *cx, struct db *db, struct start_timer *out, bool *is_start, bool *found)
{
    struct timer timer;
    bool any = false;
    rc r = timer_first(cx, db, &timer, &any);
    if (r == RC_OK) r = start_timer_first(cx, db, out, is_start);
    if (r != RC_OK) return r;
    *found = any || *is_start;
    if (!any || (*is_start && out->timer.due_us < timer.due_us)) return RC_OK;
    *is_start = false;
    out->timer = timer;
    return RC_OK;
}

static int64_t sooner(int64_t a, int64_t b)
{
    if (!a || !b) return a ? a : b;
    return a < b ? a : b;
}

static bool is_enough(const struct bpmn_turn *t, int tried, int most)
{
    if (tried >= most) return true;
    return t->until_us && tried > 0 && os_monotonic_us() >= t->until_us;
}

rc bpmn_tick(struct cx *cx, const struct bpmn_turn *t, int most, int *fired, int64_t *next_us)
{
    const struct bpmn_turn turn = {
        .e = t->e, .db = t->db, .ids = t->ids, .actor = t->actor.len ? t->actor : STR("system")};
    int64_t expires = 0;
    t->e->failing = (struct timer){0};
    *fired = 0;
    *next_us = 0;
    rc result = messages_expire(cx, t->db, most, &expires);
    for (int tried = 0; result == RC_OK; tried++) {
        struct start_timer due;
        bool is_start = false, found = false, done = false;
        result = first(cx, t->db, &due, &is_start, &found);
        *next_us = sooner(found ? due.timer.due_us : 0, expires);
        if (result != RC_OK || !found || due.timer.due_us > cx->now_us || is_enough(t, tried, most))
            return result;
        result =
            is_start ? begin_one(cx, &turn, &due, &done) : fire_one(cx, &turn, &due.timer, &done);
        *fired += done;
    }
    return result;
}

rc bpmn_tick_failed(struct cx *cx, const struct bpmn_turn *t, const struct err *why)
{
    struct timer timer = t->e->failing;
    bool found = timer.id && !timer.instance_id;
    if (timer.id && timer.instance_id) {
        rc r = timer_load(cx, t->db, t->e->failing.id, &timer, &found);
        if (r != RC_OK) return r;
    }
    if (!found) return err_copy(cx, why);
    t->e->failing.id = 0;
    return set_aside(cx, t, &timer, why);
}
