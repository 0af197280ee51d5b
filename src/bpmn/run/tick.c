/* The clock: fires what is due, a bounded number at a time, each in the transaction that deletes it. */
#include "bpmn/run/run.h"

#define MINUTE_US (INT64_C(60) * US_PER_SECOND)

/* The event a timer belongs to fires: a catch event's own token goes on; an interrupting boundary
 * event takes its task's token; one that does not interrupt sends a token of its own. */
static rc fire(struct run *r, const struct timer *timer)
{
    struct token *t = run_token(r, timer->token_id);
    const struct bpmn_node *event = bpmn_node_find(r->model, timer->node_id);
    if (!t || !t->node || !event) return run_gone(r, timer->node_id);
    rc result = timer_delete(r->cx, r->db, timer->id);
    if (result != RC_OK) return result;
    str outcome = t->outcome;
    t->timers--;
    if (event->kind != BPMN_BOUNDARY_TIMER)
        result = run_take(r, t, "left");
    else if (event->interrupting)
        result = run_take(r, t, "cancelled");
    else
        result = token_count_timers(r->cx, r->db, t->id, t->timers);
    if (result == RC_OK && timer->failures) result = incident_resolve(r->cx, r->db, timer->id);
    if (result == RC_OK) result = run_tell(r, "timer.fired", event, NULL);
    return result == RC_OK ? run_pass_on(r, event, outcome) : result;
}

static rc set_aside(struct cx *cx, struct db *db, struct bpmn_ids *ids, struct timer *timer,
                    const struct err *why)
{
    static const int64_t wait_us[] = {MINUTE_US, 5 * MINUTE_US, 30 * MINUTE_US, 360 * MINUTE_US};
    size_t nth = (size_t)timer->failures;
    timer->due_us = cx->now_us + wait_us[nth < COUNTOF(wait_us) ? nth : COUNTOF(wait_us) - 1];
    timer->failures++;
    rc r = timer_postpone(cx, db, timer);
    return r == RC_OK ? incident_add(cx, db, ids->next(ids->owner), timer, why) : r;
}

/* Faults found before anything was written are set aside at once, so that the tick goes on. */
static bool wrote_nothing(const struct cx *cx)
{
    const char *slug = cx->err.slug;
    return str_eq(str_from(slug), STR("bpmn.element-missing")) ||
           str_eq(str_from(slug), STR("bpmn.process-missing"));
}

static rc fire_one(struct cx *cx, struct bpmn_engine *e, struct db *db, struct bpmn_ids *ids,
                   struct timer *timer, bool *fired)
{
    struct run own = {.cx = cx, .e = e, .db = db, .ids = ids, .actor = STR("system")}, *r;
    e->failing = *timer;
    *fired = false;
    rc result = run_begin(&own, timer->instance_id, &r);
    bool opened = result == RC_OK;
    if (opened) result = fire(r, timer);
    if (result != RC_OK && wrote_nothing(cx)) {
        struct err why = cx->err;
        err_clear(cx);
        if (e->run == &own) e->run = own.outer;
        e->failing.id = 0;
        return set_aside(cx, db, ids, timer, &why);
    }
    result = run_finish(&own, r, result);
    if (result != RC_OK) return result;
    e->failing.id = 0;
    *fired = true;
    return RC_OK;
}

/* NOLINTNEXTLINE(readability-function-size): the parameters are the contract's */
rc bpmn_tick(struct cx *cx, struct bpmn_engine *e, struct db *db, struct bpmn_ids *ids, int most,
             int *fired, int64_t *next_us)
{
    rc result = RC_OK;
    e->failing = (struct timer){0};
    *fired = 0;
    *next_us = 0;
    for (int tried = 0; result == RC_OK; tried++) {
        struct timer timer;
        bool found = false, done = false;
        result = timer_first(cx, db, &timer, &found);
        *next_us = found ? timer.due_us : 0;
        if (result != RC_OK || !found || timer.due_us > cx->now_us || tried >= most) return result;
        result = fire_one(cx, e, db, ids, &timer, &done);
        *fired += done;
    }
    return result;
}

rc bpmn_tick_failed(struct cx *cx, struct bpmn_engine *e, struct db *db, struct bpmn_ids *ids,
                    const struct err *why)
{
    struct timer timer;
    bool found = false;
    if (e->failing.id) {
        rc r = timer_load(cx, db, e->failing.id, &timer, &found);
        if (r != RC_OK) return r;
    }
    if (!found) return err_copy(cx, why);
    e->failing.id = 0;
    return set_aside(cx, db, ids, &timer, why);
}
