/* Working days.  Counting is a formula for the weeks plus the exceptions met so far, so that every
 * question is a binary search or two, however far apart the days are. */
#include "base/calendar.h"

#include <limits.h>
#include <stdlib.h>

/* A day that is not what its weekday says. */
struct exception {
    day_t day;
    bool is_workday;
    int32_t delta; /* to the count of working days, summed over all exceptions up to this */
    struct pos pos;
};
struct calendar {
    VEC(struct exception) list; /* sorted */
};

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

/* Mondays to Fridays since Monday 1969-12-29, up to and including d. */
static int64_t weekdays_until(int64_t d)
{
    const int64_t n = d + 3, week = floor_div(n, 7), of_week = n - week * 7 + 1;
    return week * 5 + (of_week < 5 ? of_week : 5);
}

/* How many exceptions are not after d. */
static size_t exceptions_until(const struct calendar *c, int64_t d)
{
    size_t low = 0, high = c->list.len;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (c->list.at[middle].day <= d)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static int64_t workdays_until(const struct calendar *c, int64_t d)
{
    const size_t n = exceptions_until(c, d);
    return weekdays_until(d) + (n ? c->list.at[n - 1].delta : 0);
}

bool calendar_is_workday(const struct calendar *c, day_t d)
{
    const size_t n = exceptions_until(c, d);
    if (n && c->list.at[n - 1].day == d) return c->list.at[n - 1].is_workday;
    return day_weekday(d) <= 5;
}

static int64_t clamp(int64_t n, int64_t min, int64_t max)
{
    return n < min ? min : n > max ? max : n;
}

day_t calendar_add(const struct calendar *c, day_t d, int n)
{
    if (n == 0) return d;
    /* The working day wanted is the first up to which there are this many. */
    const int64_t want =
        n > 0 ? workdays_until(c, d) + n : workdays_until(c, (int64_t)d - 1) + n + 1;
    const int64_t near = floor_div(want, 5) * 7 - 3; /* were there no exceptions */
    const int64_t reach = 14 + (int64_t)c->list.len * 7;
    int64_t low = near - reach, high = near + reach;
    while (low < high) {
        const int64_t middle = floor_div(low + high, 2);
        if (workdays_until(c, middle) < want)
            low = middle + 1;
        else
            high = middle;
    }
    return (day_t)clamp(low, INT32_MIN + 1, INT32_MAX);
}

int calendar_between(const struct calendar *c, day_t from, day_t to)
{
    return (int)clamp(workdays_until(c, to) - workdays_until(c, from), INT_MIN, INT_MAX);
}

/* ---- working hours ---- */

#define MINUTE_US (INT64_C(60) * US_PER_SECOND)
static const struct {
    int64_t from_us, to_us;
} office[] = {{9 * 60 * MINUTE_US, 12 * 60 * MINUTE_US}, {14 * 60 * MINUTE_US, 1050 * MINUTE_US}};
#define OFFICE_DAY_US (390 * MINUTE_US)

static int64_t day_begin_us(int64_t day)
{
    return day * US_PER_DAY - OFFICE_OFFSET_US;
}

/* Working time of one day up to a moment in it. */
static int64_t worked_us(const struct calendar *c, day_t day, int64_t time_us)
{
    int64_t sum = 0;
    if (!calendar_is_workday(c, day)) return 0;
    for (size_t i = 0; i < COUNTOF(office); i++)
        if (time_us > office[i].from_us)
            sum += (time_us < office[i].to_us ? time_us : office[i].to_us) - office[i].from_us;
    return sum;
}

/* All working time since the beginning of days, up to a moment. */
static int64_t worked_until(const struct calendar *c, int64_t us)
{
    const day_t day = day_of_us(us);
    return workdays_until(c, (int64_t)day - 1) * OFFICE_DAY_US +
           worked_us(c, day, us - day_begin_us(day));
}

int64_t calendar_hours_between(const struct calendar *c, int64_t from_us, int64_t to_us)
{
    return worked_until(c, to_us) - worked_until(c, from_us);
}

/* The moment in a working day when so much of it is worked. */
static int64_t time_when(int64_t worked)
{
    for (size_t i = 0; i < COUNTOF(office); i++) {
        const int64_t length = office[i].to_us - office[i].from_us;
        if (worked <= length) return office[i].from_us + worked;
        worked -= length;
    }
    return office[COUNTOF(office) - 1].to_us;
}

int64_t calendar_add_hours(const struct calendar *c, int64_t us, int64_t working_us)
{
    if (working_us == 0) return us;
    const int64_t want = worked_until(c, us) + working_us;
    /* A whole number of days ends in the evening of the last, not in the morning of the next. */
    int64_t days = floor_div(want, OFFICE_DAY_US), rest = want - days * OFFICE_DAY_US;
    if (rest == 0) {
        days--;
        rest = OFFICE_DAY_US;
    }
    /* The day on which working day number `days` + 1 falls. */
    const day_t near = day_of_us(us);
    const int64_t before = workdays_until(c, (int64_t)near - 1);
    const int64_t ahead = days + 1 - before;
    const day_t day =
        ahead > 0
            ? calendar_add(c, (day_t)((int64_t)near - 1), (int)clamp(ahead, INT_MIN + 1, INT_MAX))
            : calendar_add(c, near, (int)clamp(ahead - 1, INT_MIN + 1, INT_MAX));
    return day_begin_us(day) + time_when(rest);
}

void calendar_years(const struct calendar *c, int *first, int *last)
{
    *first = 1;
    *last = 0;
    for (size_t i = 0; i < c->list.len; i++) {
        if (c->list.at[i].is_workday) continue;
        *last = day_ymd(c->list.at[i].day).year;
        if (*first > *last || *first == 1) *first = *last;
    }
}

static rc syntax(struct cx *cx, str source, struct pos pos, str line)
{
    const rc r = err_set_at(cx, RC_INVALID, "calendar.syntax", pos,
                            "“" STR_FMT "”不是日历行，应为“日期,holiday”或“日期,workday”",
                            "\"" STR_FMT
                            "\" is no line of a calendar, expected \"day,holiday\" or "
                            "\"day,workday\"",
                            STR_ARG(str_slice(line, 0, 80)));
    err_source(cx, source);
    return r;
}

static rc parse_line(struct cx *cx, str line, struct pos pos, str source, struct calendar *c)
{
    str kind;
    const str day = str_cut(line, ',', &kind);
    struct exception e = {.is_workday = str_eq(kind, STR("workday")), .pos = pos};
    if (!day_parse(day, &e.day) || (!e.is_workday && !str_eq(kind, STR("holiday"))))
        return syntax(cx, source, pos, line);
    *vec_add(cx->arena, &c->list) = e;
    if (!cx->arena->exhausted) return RC_OK;
    return err_set_at(cx, RC_LIMIT, "calendar.memory", pos, "日历太大，内存不够",
                      "the calendar is too large for the memory given to it");
}

static int by_day(const void *a, const void *b)
{
    const struct exception *x = a, *y = b;
    return x->day != y->day ? (x->day < y->day ? -1 : 1) : x->pos.line < y->pos.line ? -1 : 1;
}

/* Sorts, refuses a day given twice, sums up. */
static rc complete(struct cx *cx, str source, struct calendar *c)
{
    if (c->list.len) qsort(c->list.at, c->list.len, sizeof *c->list.at, by_day);
    int32_t delta = 0;
    for (size_t i = 0; i < c->list.len; i++) {
        struct exception *e = &c->list.at[i];
        if (i && e[-1].day == e->day) {
            const rc r =
                err_set_at(cx, RC_INVALID, "calendar.syntax", e->pos,
                           "这一天在第 %" PRIu32 " 行已经出现过，每天只能出现一次",
                           "this day stands in line %" PRIu32 " already, expected each day once",
                           e[-1].pos.line);
            err_source(cx, source);
            return r;
        }
        delta += (int)e->is_workday - (day_weekday(e->day) <= 5);
        e->delta = delta;
    }
    return RC_OK;
}

rc calendar_parse(struct cx *cx, str csv, str source, const struct calendar **out)
{
    struct calendar *c = NEW(cx->arena, struct calendar);
    struct pos pos = {.line = 1, .column = 1};
    const size_t size = csv.len;
    if (str_starts(csv, STR("\xEF\xBB\xBF"))) csv = str_slice(csv, 3, csv.len);
    for (rc r; csv.len; pos.line++) {
        pos.offset_bytes = (uint32_t)(size - csv.len);
        str line = str_cut(csv, '\n', &csv);
        if (str_ends(line, STR("\r"))) line.len--;
        if (pos.line > 1)
            r = parse_line(cx, line, pos, source, c);
        else
            r = str_eq(line, STR("day,kind")) ? RC_OK : syntax(cx, source, pos, line);
        if (r != RC_OK) return r;
    }
    if (pos.line == 1) return syntax(cx, source, pos, csv);
    const rc r = complete(cx, source, c);
    if (r == RC_OK) *out = c;
    return r;
}
