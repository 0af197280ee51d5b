/* When things are due.  Days are the office's.  Rules:
 * - a task is due at the end of its day: it is overdue when the next day begins;
 * - a timer that names a day fires at 09:00 of that day;
 * - workingDays="0" from="due" is the moment the task becomes overdue: 00:00 after its day;
 * - no timer fires in the moment it is set: one that is past already fires a second later, and the
 *   rounds of a cycle are at least a second apart, so that a loop of empty timers makes one round a
 *   second and no more;
 * - the rounds of a cycle are counted from the moments they are due, not from when they fired. */
#include "bpmn/run/events.h"

#define OFFICE_OPENS_US (INT64_C(9) * 3600 * US_PER_SECOND)
#define HOUR_US         (INT64_C(3600) * US_PER_SECOND)
enum { DAYS_MAX = 4000000, WORKING_DAYS_MAX = 100000, WORKING_HOURS_MAX = 500000 };
enum { MONTHS_MAX = 120000, ROUNDS_TEXT_MAX = 9 };

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
                   STR_ARG(str_from(bpmn_kind_title(node->kind, r->cx->lang))), STR_ARG(node->id),
                   STR_ARG(buf_str(&text)), r->cx->lang == LANG_EN ? en : zh);
}

static bool whole_of(const struct feel_value *v, int most, int *out)
{
    int64_t n = 0;
    if (v->kind != FEEL_NUMBER || !feel_to_fixed(v, 0, &n)) return false;
    if (n < -most || n > most) return false;
    *out = (int)n;
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

rc task_due(struct run *r, struct token *at, day_t *due)
{
    const struct bpmn_node *node = at->node;
    struct feel_value v;
    int days = 0;
    *due = DAY_NONE;
    if (!node->due) return RC_OK;
    rc result = run_eval(r, at, node->due, &v);
    if (result == RC_OK && v.kind == FEEL_STRING) (void)feel_temporal_parse(feel_str(&v), &v);
    if (result != RC_OK || v.kind == FEEL_NULL) return result;
    if (whole_of(&v, WORKING_DAYS_MAX, &days))
        *due = calendar_add(r->e->host.calendar, day_of_us(r->cx->now_us), days);
    else if (v.kind == FEEL_DATE && day_fits(v.as.date))
        *due = (day_t)v.as.date;
    else if (v.kind == FEEL_DATE_TIME && day_fits(v.as.moment.day))
        *due = day_of_us(moment_us(&v));
    else if (v.kind == FEEL_DAYS_DURATION && day_fits(v.as.moment.day))
        *due =
            day_of_us(r->cx->now_us + v.as.moment.day * US_PER_DAY + v.as.moment.nanosecond / 1000);
    else
        return value_fault(r, node, &v, "工作日数或日期", "a number of working days or a date");
    return RC_OK;
}

static rc working_days(struct run *r, const struct bpmn_node *node, const struct bpmn_timer *timer,
                       const struct feel_value *v, day_t task_due_day, int64_t *due_us)
{
    const struct calendar *c = r->e->host.calendar;
    int days = 0;
    if (!whole_of(v, WORKING_DAYS_MAX, &days))
        return value_fault(r, node, v, "工作日数", "a number of working days");
    if (timer->from_due && days == 0)
        *due_us = day_start((int64_t)task_due_day + 1);
    else if (timer->from_due)
        *due_us = day_start(calendar_add(c, task_due_day, days)) + OFFICE_OPENS_US;
    else if (days > 0)
        *due_us = day_start(calendar_add(c, day_of_us(r->cx->now_us), days)) + OFFICE_OPENS_US;
    else
        *due_us = r->cx->now_us;
    return RC_OK;
}

/* Before or after the end of the due day, else after now. */
static rc working_hours(struct run *r, const struct bpmn_node *node, const struct bpmn_timer *timer,
                        const struct feel_value *v, day_t task_due_day, int64_t *due_us)
{
    int64_t milli = 0;
    int hours = 0;
    bool fits = v->kind == FEEL_NUMBER && feel_to_fixed(v, 3, &milli) &&
                whole_of(v, WORKING_HOURS_MAX, &hours);
    if (!fits) return value_fault(r, node, v, "工作小时数", "a number of working hours");
    int64_t from = timer->from_due ? day_start((int64_t)task_due_day + 1) : r->cx->now_us;
    if (!timer->from_due && milli <= 0)
        *due_us = r->cx->now_us;
    else
        *due_us = calendar_add_hours(r->e->host.calendar, from, milli * (HOUR_US / 1000));
    return RC_OK;
}

/* A moment after a duration; false: it is none, or out of reach. */
static bool after(int64_t from_us, const struct feel_value *v, int64_t *out)
{
    if (v->kind == FEEL_DAYS_DURATION && day_fits(v->as.moment.day)) {
        *out = from_us + v->as.moment.day * US_PER_DAY + v->as.moment.nanosecond / 1000;
        return true;
    }
    if (v->kind != FEEL_MONTHS_DURATION || v->as.duration < -MONTHS_MAX ||
        v->as.duration > MONTHS_MAX)
        return false;
    day_t day = day_of_us(from_us), then = day_add_months(day, (int)v->as.duration);
    *out = from_us + ((int64_t)then - day) * US_PER_DAY;
    return true;
}

static bool moment_of(const struct feel_value *v, int64_t *out)
{
    if (v->kind == FEEL_DATE && day_fits(v->as.date))
        *out = day_start(v->as.date) + OFFICE_OPENS_US;
    else if (v->kind == FEEL_DATE_TIME && day_fits(v->as.moment.day))
        *out = moment_us(v);
    else
        return false;
    return true;
}

/* ---- cycles: R[n]/[start/]duration[/end], R[n]/start/end ---- */

struct cycle {
    int64_t rounds;           /* in all; -1: no end */
    int64_t start_us, end_us; /* 0: none */
    struct feel_value every;  /* FEEL_NULL: every_us */
    int64_t every_us;
};

static bool cycle_rounds(str s, int64_t *rounds)
{
    *rounds = -1;
    if (s.len < 1 || s.at[0] != 'R') return false;
    s = str_slice(s, 1, s.len);
    return !s.len || (s.len <= ROUNDS_TEXT_MAX && str_i64(s, rounds) && *rounds >= -1);
}

static bool cycle_parse(str text, struct cycle *out)
{
    str rest = str_trim(text);
    *out = (struct cycle){0};
    if (!cycle_rounds(str_cut(rest, '/', &rest), &out->rounds)) return false;
    for (int i = 0; rest.len; i++) {
        struct feel_value v;
        int64_t us;
        if (i > 2 || !feel_temporal_parse(str_cut(rest, '/', &rest), &v)) return false;
        bool is_moment = moment_of(&v, &us);
        if (is_moment && i == 0)
            out->start_us = us;
        else if (is_moment)
            out->end_us = us;
        else if (after(0, &v, &us) && out->every.kind == FEEL_NULL && us >= 0)
            out->every = v;
        else
            return false;
    }
    if (out->every.kind != FEEL_NULL) return true;
    out->every_us = out->end_us - out->start_us;
    bool both = out->start_us && out->end_us && out->every_us > 0;
    out->end_us = 0;
    return both;
}

static int64_t next_round(const struct cycle *c, int64_t from_us)
{
    int64_t next = from_us + c->every_us;
    if (c->every.kind != FEEL_NULL) (void)after(from_us, &c->every, &next);
    return next > from_us + US_PER_SECOND ? next : from_us + US_PER_SECOND;
}

static bool cycle_first(const struct run *r, const struct cycle *c, struct timer *out)
{
    if (c->rounds == 0) return false;
    out->due_us = c->start_us ? c->start_us : next_round(c, r->cx->now_us);
    out->rounds = c->rounds < 0 ? -1 : c->rounds - 1;
    return !c->end_us || out->due_us <= c->end_us;
}

static rc cycle_of(struct run *r, struct token *at, const struct bpmn_node *node, int event,
                   struct cycle *out)
{
    const struct bpmn_timer *timer = &node->event[event].timer;
    struct feel_value v;
    rc result = run_eval(r, at, timer->value, &v);
    if (result != RC_OK) return result;
    if (v.kind == FEEL_STRING && cycle_parse(feel_str(&v), out)) return RC_OK;
    return value_fault(r, node, &v, "周期，如 R3/PT10S、R/2024-01-01T09:00:00/P1D",
                       "a cycle, as R3/PT10S or R/2024-01-01T09:00:00/P1D");
}

/* ---- setting ---- */

static rc feel_moment(struct run *r, const struct bpmn_node *node, struct feel_value *v,
                      struct timer *out)
{
    struct cycle c;
    if (v->kind == FEEL_STRING && cycle_parse(feel_str(v), &c)) {
        if (!cycle_first(r, &c, out)) out->due_us = 0;
        return RC_OK;
    }
    if (v->kind == FEEL_STRING) (void)feel_temporal_parse(str_trim(feel_str(v)), v);
    if (moment_of(v, &out->due_us) || after(r->cx->now_us, v, &out->due_us)) return RC_OK;
    return value_fault(r, node, v, "日期、时刻或时长", "a date, a moment or a duration");
}

rc timer_moment(struct run *r, struct token *at, const struct bpmn_node *node, int event,
                day_t task_due_day, struct timer *out)
{
    const struct bpmn_timer *timer = &node->event[event].timer;
    struct feel_value v;
    struct cycle c;
    out->due_us = out->rounds = 0;
    if (!timer->value || (timer->from_due && task_due_day == DAY_NONE)) return RC_OK;
    rc result;
    if (timer->unit == BPMN_TIMER_CYCLE) {
        result = cycle_of(r, at, node, event, &c);
        if (result == RC_OK && !cycle_first(r, &c, out)) return RC_OK;
    } else {
        result = run_eval(r, at, timer->value, &v);
        if (result != RC_OK) return result;
        if (v.kind == FEEL_NULL && node->kind != BPMN_CATCH) return RC_OK;
        if (timer->unit == BPMN_TIMER_WORKING_DAYS)
            result = working_days(r, node, timer, &v, task_due_day, &out->due_us);
        else if (timer->unit == BPMN_TIMER_WORKING_HOURS)
            result = working_hours(r, node, timer, &v, task_due_day, &out->due_us);
        else
            result = feel_moment(r, node, &v, out);
        if (result == RC_OK && !out->due_us) return RC_OK; /* a cycle without a round */
    }
    int64_t earliest = r->cx->now_us + US_PER_SECOND;
    if (result == RC_OK && out->due_us < earliest) out->due_us = earliest;
    return result;
}

/* ---- the next round ---- */

/* Rounds that were missed are over, unless each of them is to be caught up. */
rc timer_again(struct run *r, struct token *at, const struct bpmn_node *node, struct timer *t,
               bool *more)
{
    const struct bpmn_timer *timer = &node->event[t->event].timer;
    struct cycle c;
    *more = false;
    if (t->rounds == 0 || !timer->value) return RC_OK;
    rc result = cycle_of(r, at, node, (int)t->event, &c);
    if (result != RC_OK) return result;
    int64_t due = next_round(&c, t->due_us), rounds = t->rounds, now = r->cx->now_us;
    if (rounds > 0) rounds--;
    while (timer->catch_up != BPMN_CATCH_UP_EACH && due <= now && rounds != 0) {
        if (c.every.kind == FEEL_NULL || c.every.kind == FEEL_DAYS_DURATION) {
            int64_t step = next_round(&c, due) - due, missed = (now - due) / step + 1;
            if (rounds > 0 && missed > rounds) missed = rounds;
            due += missed * step;
            rounds -= rounds > 0 ? missed : 0;
            continue;
        }
        due = next_round(&c, due);
        rounds -= rounds > 0;
    }
    bool over = due <= now && timer->catch_up != BPMN_CATCH_UP_EACH;
    if (over || (c.end_us && due > c.end_us)) return RC_OK;
    t->due_us = due;
    t->rounds = rounds;
    t->failures = 0;
    *more = true;
    return RC_OK;
}

/* Is so much time gone by that a whole round was missed, and is it not to be caught up at all? */
rc timer_is_skipped(struct run *r, struct token *at, const struct bpmn_node *node,
                    const struct timer *t, bool *skipped)
{
    const struct bpmn_timer *timer = &node->event[t->event].timer;
    struct cycle c;
    *skipped = false;
    bool is_cycle = timer->unit == BPMN_TIMER_CYCLE || t->rounds != 0;
    if (timer->catch_up != BPMN_CATCH_UP_SKIP || !is_cycle || t->failures) return RC_OK;
    rc result = cycle_of(r, at, node, (int)t->event, &c);
    *skipped = result == RC_OK && next_round(&c, t->due_us) <= r->cx->now_us;
    return result;
}
