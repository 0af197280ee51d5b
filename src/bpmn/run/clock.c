/* Clocks that stand still: while an applicant completes papers the timers of the scope keep what is
 * left, and days in working days.  What is left of a timer: of working days the days, and the time of
 * the last in microseconds; of working hours working time; of all others time. */
#include "bpmn/run/events.h"

#define NEVER_US INT64_MAX

static enum bpmn_timer_unit unit_of(const struct run *r, const struct timer *t)
{
    const struct bpmn_node *n = bpmn_node_find(r->model, t->node_id);
    return n && t->event < n->event_count ? n->event[t->event].timer.unit : BPMN_TIMER_FEEL;
}

static int64_t day_start(int64_t day)
{
    return day * US_PER_DAY - OFFICE_OFFSET_US;
}

static void hold(const struct run *r, struct timer *t)
{
    const struct calendar *c = r->e->host.calendar;
    int64_t now = r->cx->now_us, left = t->due_us - now;
    enum bpmn_timer_unit unit = unit_of(r, t);
    if (t->due_us == NEVER_US) return;
    if (unit == BPMN_TIMER_WORKING_DAYS) {
        day_t day = day_of_us(t->due_us);
        int64_t days = calendar_between(c, day_of_us(now), day);
        left = (days > 0 ? days : 0) * US_PER_DAY + t->due_us - day_start(day);
    } else if (unit == BPMN_TIMER_WORKING_HOURS) {
        left = calendar_hours_between(c, now, t->due_us);
    }
    t->left_us = left > 0 ? left : 1;
    t->due_us = NEVER_US;
}

static void let_go(const struct run *r, struct timer *t)
{
    const struct calendar *c = r->e->host.calendar;
    int64_t now = r->cx->now_us, earliest = now + US_PER_SECOND;
    enum bpmn_timer_unit unit = unit_of(r, t);
    t->due_us = now + t->left_us;
    if (unit == BPMN_TIMER_WORKING_DAYS)
        t->due_us = day_start(calendar_add(c, day_of_us(now), (int)(t->left_us / US_PER_DAY))) +
                    t->left_us % US_PER_DAY;
    else if (unit == BPMN_TIMER_WORKING_HOURS)
        t->due_us = calendar_add_hours(c, now, t->left_us);
    if (t->due_us < earliest) t->due_us = earliest;
    t->left_us = 0;
}

/* A task that stops the clocks is itself what is waited for: its own run on. */
static bool runs_on(const struct token *t)
{
    return t->node && t->node->stops_clock;
}

static bool is_held(const struct token *t, const struct token *but)
{
    for (; t; t = t->parent)
        if (t->stopped_us && t != but) return true;
    return false;
}

void timer_hold(struct run *r, const struct token *t, struct timer *timer)
{
    if (!runs_on(t) && is_held(t, NULL)) hold(r, timer);
}

static rc each_timer(struct run *r, const struct token *t, bool stop)
{
    struct timer *timer = NULL;
    size_t count = 0;
    if (t->timers <= 0) return RC_OK;
    rc result = timers_of_token(r->cx, r->db, token_key(r, t), &timer, &count);
    for (size_t i = 0; i < count && result == RC_OK; i++) {
        if (stop == (timer[i].due_us == NEVER_US)) continue;
        if (stop)
            hold(r, &timer[i]);
        else
            let_go(r, &timer[i]);
        result = timer_save(r->cx, r->db, &timer[i]);
    }
    return result;
}

/* The due day of a task moves by the working days that went by. */
static rc move_due(struct run *r, const struct token *t, day_t stopped)
{
    const struct calendar *c = r->e->host.calendar;
    struct bpmn_task *task = NULL;
    size_t count = 0;
    if (!c || !t->node || t->node->kind != BPMN_USER_TASK || t->role == TOKEN_BODY) return RC_OK;
    rc result = tasks_of_token(r->cx, r->db, &r->e->host, t->id, &task, &count);
    for (size_t i = 0; i < count && result == RC_OK; i++) {
        if (task[i].due == DAY_NONE || task[i].due < stopped) continue;
        task[i].due =
            calendar_add(c, day_of_us(r->cx->now_us), calendar_between(c, stopped, task[i].due));
        result = task_save(r->cx, r->db, &task[i]);
    }
    return result;
}

rc clock_stop(struct run *r, struct token *scope)
{
    if (scope->stopped_us) return RC_OK;
    rc result = each_timer(r, scope, true);
    for (size_t i = 0; i < r->tokens.len && result == RC_OK; i++) {
        const struct token *t = r->tokens.at[i];
        if (t->state != TOKEN_WAITING || runs_on(t) || !token_is_inside(t, scope)) continue;
        result = each_timer(r, t, true);
    }
    scope->stopped_us = r->cx->now_us;
    if (scope == r->root) r->instance.stopped_us = scope->stopped_us;
    run_changed(r, scope);
    return result;
}

/* Another one in the scope still stops them. */
static bool somebody_stops(const struct run *r, const struct token *scope)
{
    for (size_t i = 0; i < r->tokens.len; i++) {
        const struct token *t = r->tokens.at[i];
        if (t->state == TOKEN_WAITING && runs_on(t) && t->parent == scope) return true;
    }
    return false;
}

rc clock_run(struct run *r, struct token *scope)
{
    if (!scope->stopped_us || scope->state != TOKEN_WAITING || somebody_stops(r, scope))
        return RC_OK;
    day_t stopped = day_of_us(scope->stopped_us);
    rc result = is_held(scope, scope) ? RC_OK : each_timer(r, scope, false);
    for (size_t i = 0; i < r->tokens.len && result == RC_OK; i++) {
        const struct token *t = r->tokens.at[i];
        if (t->state != TOKEN_WAITING || runs_on(t) || !token_is_inside(t, scope)) continue;
        if (is_held(t, scope)) continue;
        result = each_timer(r, t, false);
        if (result == RC_OK) result = move_due(r, t, stopped);
    }
    scope->stopped_us = 0;
    if (scope == r->root) r->instance.stopped_us = 0;
    run_changed(r, scope);
    return result;
}

/* ---- a whole instance ---- */

rc instance_hold(struct run *r)
{
    rc result = clock_stop(r, r->root);
    if (result == RC_OK) result = each_timer(r, r->root, true);
    for (size_t i = 0; i < r->tokens.len && result == RC_OK; i++)
        if (r->tokens.at[i]->state == TOKEN_WAITING) result = each_timer(r, r->tokens.at[i], true);
    return result == RC_OK ? jobs_hold(r, true) : result;
}

/* What a step had stopped before stays so. */
rc instance_let_go(struct run *r)
{
    rc result = clock_run(r, r->root);
    if (result == RC_OK && !is_held(r->root, NULL)) result = each_timer(r, r->root, false);
    for (size_t i = 0; i < r->tokens.len && result == RC_OK; i++) {
        const struct token *t = r->tokens.at[i];
        if (t->state == TOKEN_WAITING && (runs_on(t) || !is_held(t, NULL)))
            result = each_timer(r, t, false);
    }
    if (result == RC_OK) result = kept_messages_look(r);
    return result == RC_OK ? jobs_hold(r, false) : result;
}
