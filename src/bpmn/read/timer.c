/* Timers: dates, durations and cycles of ISO 8601, FEEL, and working time. */
#include "bpmn/read/draft.h"

/* P2W is ISO 8601, but no FEEL duration. */
static bool weeks_parse(str s, int64_t *days)
{
    bool shaped = str_starts(s, STR("P")) && str_ends(s, STR("W")) && s.len > 2 && s.len < 8;
    if (!shaped || !str_i64(str_slice(s, 1, s.len - 1), days)) return false;
    *days *= 7;
    return true;
}

static const struct feel_expr *iso_or_feel(struct draft *d, const struct xml *x,
                                           const struct xml *text, unsigned kinds)
{
    struct feel_value v;
    int64_t days = 0;
    str s = text->text;
    const char *form = NULL;
    if (weeks_parse(s, &days)) {
        s = arena_printf(d->cx->arena, "P%" PRId64 "D", days);
        form = "duration";
    } else if (feel_temporal_parse(s, &v)) {
        form = v.kind == FEEL_DATE        ? "date"
               : v.kind == FEEL_DATE_TIME ? "date and time"
               : v.kind == FEEL_TIME      ? "time"
                                          : "duration";
    }
    if (!form) return draft_compile_element(d, x, text, kinds);
    s = arena_printf(d->cx->arena, "%s(\"" STR_FMT "\")", form, STR_ARG(s));
    return draft_compile_typed(d, x, s, text->text_pos.line ? text->text_pos : text->pos, kinds);
}

/* R, R3, then /duration, /start/duration, /duration/end, /start/end.  Weeks are written as days to
 * *out. */
static bool cycle_parse(str s, struct buf *out)
{
    struct feel_value v;
    str rest, count = str_cut(s, '/', &rest);
    int64_t n = 0;
    bool counted = count.len == 1 || (str_i64(str_slice(count, 1, count.len), &n) && n >= 0);
    if (!str_starts(count, STR("R")) || !counted || !rest.len) return false;
    int durations = 0, moments = 0;
    buf_add(out, count);
    while (rest.len) {
        str part = str_cut(rest, '/', &rest);
        int64_t days;
        bool weeks = weeks_parse(part, &days);
        if (!weeks && !feel_temporal_parse(part, &v)) return false;
        bool moment = !weeks && (v.kind == FEEL_DATE || v.kind == FEEL_DATE_TIME);
        if (!weeks && v.kind == FEEL_TIME) return false;
        if (weeks)
            buf_printf(out, "/P%" PRId64 "D", days);
        else
            buf_printf(out, "/" STR_FMT, STR_ARG(part));
        moments += moment;
        durations += !moment;
    }
    return durations == 1 ? moments <= 1 : !durations && moments == 2;
}

static void read_cycle(struct draft *d, const struct xml *x, const struct xml *c,
                       struct bpmn_timer *t)
{
    struct pos pos = c->text_pos.line ? c->text_pos : c->pos;
    str s = c->text;
    t->unit = BPMN_TIMER_CYCLE;
    bool literal =
        s.len > 1 && s.at[0] == 'R' && (s.at[1] == '/' || (s.at[1] >= '0' && s.at[1] <= '9'));
    struct buf b = {.arena = d->cx->arena};
    if (cycle_parse(s, &b))
        t->value = draft_compile_made(d, x, draft_quote(d->cx->arena, buf_str(&b)), pos);
    else if (literal || str_index(s, STR("*")) != SIZE_MAX)
        draft_fault_at(d, x, pos, "bpmn.timer",
                       "周期 \"" STR_FMT
                       "\" 应写作 ISO 8601，例如 R3/PT10H、R/2022-01-01T09:00:00/P1D",
                       "the cycle \"" STR_FMT
                       "\" must be ISO 8601, like R3/PT10H or R/2022-01-01T09:00:00/P1D",
                       STR_ARG(s));
    else
        t->value = draft_compile_element(d, x, c, IS_STRING);
}

static void read_catch_up(struct draft *d, const struct xml *x, const struct xml *t,
                          struct bpmn_timer *timer)
{
    static const char *const name[] = {"once", "each", "skip"};
    const struct xml_attr *a = draft_ours(t, "catchUp");
    for (int i = 0; a && i < (int)COUNTOF(name); i++) {
        if (!str_eq(str_trim(a->value), str_from(name[i]))) continue;
        timer->catch_up = (enum bpmn_catch_up)i;
        return;
    }
    if (a)
        draft_fault_at(
            d, x, a->pos, "bpmn.timer", "bihuan:catchUp=\"" STR_FMT "\" 应为 once、each、skip 之一",
            "bihuan:catchUp=\"" STR_FMT "\" must be one of once, each, skip", STR_ARG(a->value));
}

static void read_from(struct draft *d, const struct xml *x, const struct xml *t,
                      const struct bpmn_node *n, struct bpmn_timer *timer)
{
    const struct xml_attr *from = draft_ours(t, "from");
    bool working =
        timer->unit == BPMN_TIMER_WORKING_DAYS || timer->unit == BPMN_TIMER_WORKING_HOURS;
    if (!from) return;
    timer->from_due = str_eq(from->value, STR("due"));
    const struct xml *host = n->attached_to ? d->node_xml[n->attached_to->index] : NULL;
    bool has_due = n->attached_to && (n->attached_to->due || draft_ours(host, "due"));
    if (!timer->from_due || !working || !has_due)
        draft_fault_at(d, x, from->pos, "bpmn.timer",
                       "bihuan:from 只能为 \"due\"，与 workingDays 或 workingHours 同用，"
                       "且所附任务有 bihuan:due",
                       "bihuan:from can only be \"due\", with workingDays or workingHours, on a "
                       "task that has bihuan:due");
}

void draft_read_timer(struct draft *d, const struct xml *t, struct bpmn_node *n,
                      struct bpmn_event *e)
{
    const struct xml *x = d->node_xml[n->index];
    struct bpmn_timer *timer = &e->timer;
    const struct xml_attr *days = draft_ours(t, "workingDays");
    const struct xml_attr *hours = draft_ours(t, "workingHours");
    const struct xml *duration = xml_child(t, NS_BPMN, STR("timeDuration"));
    const struct xml *date = xml_child(t, NS_BPMN, STR("timeDate"));
    const struct xml *cycle = xml_child(t, NS_BPMN, STR("timeCycle"));
    int count = !!days + !!hours + !!duration + !!date + !!cycle;
    if (!count && d->how->open) {
        draft_warn(d, x, "bpmn.timer", "定时器没有时间，永远不会自行触发",
                   "the timer has no time, it never fires by itself");
        return;
    }
    if (count != 1) {
        draft_fault_at(d, x, t->pos, "bpmn.timer",
                       "定时器应恰有 bihuan:workingDays、bihuan:workingHours、timeDuration、"
                       "timeDate、timeCycle 之一",
                       "a timer must have exactly one of bihuan:workingDays, bihuan:workingHours, "
                       "timeDuration, timeDate, timeCycle");
        return;
    }
    if (days || hours) {
        const struct xml_attr *a = days ? days : hours;
        timer->unit = days ? BPMN_TIMER_WORKING_DAYS : BPMN_TIMER_WORKING_HOURS;
        timer->value = draft_compile(d, x, a->value, a->pos, IS_NUMBER);
    }
    if (duration) timer->value = iso_or_feel(d, x, duration, IS_DURATION);
    if (date) timer->value = iso_or_feel(d, x, date, IS_DAY);
    if (cycle) read_cycle(d, x, cycle, timer);
    read_from(d, x, t, n, timer);
    read_catch_up(d, x, t, timer);
}
