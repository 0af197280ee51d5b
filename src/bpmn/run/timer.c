/* When things are due.  Days are the office's.  Rules:
 * - a task is due at the end of its day: it is overdue when the next day begins;
 * - a timer that names a day fires at 09:00 of that day;
 * - workingDays="0" from="due" is the moment the task becomes overdue: 00:00 after its day;
 * - no timer fires in the moment it is set: one that is past already fires a second later, so that a
 *   loop of empty timers makes one round a second and no more. */
#include "bpmn/run/run.h"

#define OFFICE_OPENS_US (INT64_C(9) * 3600 * US_PER_SECOND)
enum { DAYS_MAX = 4000000, WORKING_DAYS_MAX = 100000, MONTHS_MAX = 120000 };

static int64_t day_start(int64_t day)
{
    return day * US_PER_DAY - OFFICE_OFFSET_US;
}

static rc value_fault(struct run *r, const struct bpmn_node *node, const struct feel_value *v,
                      const char *zh, const char *en)
{
    struct buf text = {.arena = r->cx->arena, .bytes_max = 200};
    feel_value_text(&text, v);
    return err_set(r->cx, RC_CONFLICT, "bpmn.time-value",
                   STR_FMT " \"" STR_FMT "\" 的时间算出 \"" STR_FMT "\"，应为%s",
                   "the time of " STR_FMT " \"" STR_FMT "\" came out as \"" STR_FMT
                   "\", expected %s",
                   STR_ARG(str_from(bpmn_kind_name(node->kind))), STR_ARG(node->id),
                   STR_ARG(buf_str(&text)), r->cx->lang == LANG_EN ? en : zh);
}

static bool days_of(const struct feel_value *v, int *days)
{
    int64_t n = 0;
    if (v->kind != FEEL_NUMBER || !feel_to_fixed(v, 0, &n)) return false;
    if (n < -WORKING_DAYS_MAX || n > WORKING_DAYS_MAX) return false;
    *days = (int)n;
    return true;
}

static bool day_fits(int64_t day)
{
    return day > -DAYS_MAX && day < DAYS_MAX;
}

/* Date-time without offset: the office's time. */
static int64_t moment_us(const struct feel_value *v)
{
    int64_t offset_us =
        v->has_offset ? (int64_t)v->offset_s * US_PER_SECOND : (int64_t)OFFICE_OFFSET_US;
    return v->as.moment.day * US_PER_DAY + v->as.moment.nanosecond / 1000 - offset_us;
}

rc task_due(struct run *r, const struct bpmn_node *node, day_t *due)
{
    struct feel_value v;
    int days = 0;
    *due = DAY_NONE;
    if (!node->due) return RC_OK;
    rc result = run_eval(r, node->due, &v);
    if (result != RC_OK || v.kind == FEEL_NULL) return result;
    if (days_of(&v, &days))
        *due = calendar_add(r->e->host.calendar, day_of_us(r->cx->now_us), days);
    else if (v.kind == FEEL_DATE && day_fits(v.as.date))
        *due = (day_t)v.as.date;
    else if (v.kind == FEEL_DATE_TIME && day_fits(v.as.moment.day))
        *due = day_of_us(moment_us(&v));
    else
        return value_fault(r, node, &v, "工作日数或日期", "a number of working days or a date");
    return RC_OK;
}

static rc working_days(struct run *r, const struct bpmn_node *node, const struct feel_value *v,
                       day_t task_due_day, int64_t *due_us)
{
    const struct calendar *c = r->e->host.calendar;
    int days = 0;
    if (!days_of(v, &days)) return value_fault(r, node, v, "工作日数", "a number of working days");
    if (node->timer_from_due && days == 0)
        *due_us = day_start((int64_t)task_due_day + 1);
    else if (node->timer_from_due)
        *due_us = day_start(calendar_add(c, task_due_day, days)) + OFFICE_OPENS_US;
    else if (days > 0)
        *due_us = day_start(calendar_add(c, day_of_us(r->cx->now_us), days)) + OFFICE_OPENS_US;
    else
        *due_us = r->cx->now_us;
    return RC_OK;
}

static rc feel_moment(struct run *r, const struct bpmn_node *node, const struct feel_value *v,
                      int64_t *due_us)
{
    int64_t now = r->cx->now_us;
    switch ((enum feel_kind)v->kind) {
    case FEEL_DATE:
        if (!day_fits(v->as.date)) break;
        *due_us = day_start(v->as.date) + OFFICE_OPENS_US;
        return RC_OK;
    case FEEL_DATE_TIME:
        if (!day_fits(v->as.moment.day)) break;
        *due_us = moment_us(v);
        return RC_OK;
    case FEEL_DAYS_DURATION:
        if (!day_fits(v->as.moment.day)) break;
        *due_us = now + v->as.moment.day * US_PER_DAY + v->as.moment.nanosecond / 1000;
        return RC_OK;
    case FEEL_MONTHS_DURATION: {
        if (v->as.duration < -MONTHS_MAX || v->as.duration > MONTHS_MAX) break;
        day_t today = day_of_us(now);
        day_t then = day_add_months(today, (int)v->as.duration);
        *due_us = now + ((int64_t)then - today) * US_PER_DAY;
        return RC_OK;
    }
    default: break;
    }
    return value_fault(r, node, v, "日期、时刻或时长", "a date, a moment or a duration");
}

rc timer_moment(struct run *r, const struct bpmn_node *node, day_t task_due_day, int64_t *due_us)
{
    struct feel_value v;
    *due_us = 0;
    if (node->timer_from_due && task_due_day == DAY_NONE) return RC_OK;
    rc result = run_eval(r, node->timer, &v);
    if (result != RC_OK) return result;
    if (v.kind == FEEL_NULL && node->kind == BPMN_BOUNDARY_TIMER) return RC_OK;
    result = node->timer_unit == BPMN_TIMER_WORKING_DAYS
                 ? working_days(r, node, &v, task_due_day, due_us)
                 : feel_moment(r, node, &v, due_us);
    int64_t earliest = r->cx->now_us + US_PER_SECOND;
    if (result == RC_OK && *due_us < earliest) *due_us = earliest;
    return result;
}
