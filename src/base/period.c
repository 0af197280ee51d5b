/* Periods: days, months, quarters, half-years and years, as facts are grouped by. */
#include "base/date.h"

static const int32_t months[] = {
    [PERIOD_MONTH] = 1, [PERIOD_QUARTER] = 3, [PERIOD_HALF] = 6, [PERIOD_YEAR] = 12};

static int32_t floor_div(int32_t a, int32_t b)
{
    return a / b - (a % b < 0);
}

static day_t first_of_month(int32_t index)
{
    const int32_t year = floor_div(index, 12);
    return day_from_ymd((struct ymd){year, (int8_t)(index - year * 12 + 1), 1});
}

struct period period_of(day_t d, enum period_unit unit)
{
    if (unit == PERIOD_DAY) return (struct period){unit, d};
    const struct ymd v = day_ymd(d);
    return (struct period){unit, floor_div(v.year * 12 + v.month - 1, months[unit])};
}

day_t period_first(struct period p)
{
    return p.unit == PERIOD_DAY ? p.index : first_of_month(p.index * months[p.unit]);
}

day_t period_last(struct period p)
{
    return p.unit == PERIOD_DAY ? p.index : first_of_month((p.index + 1) * months[p.unit]) - 1;
}

struct period period_prior_year(struct period p)
{
    if (p.unit == PERIOD_DAY) return (struct period){p.unit, day_add_months(p.index, -12)};
    return (struct period){p.unit, p.index - 12 / months[p.unit]};
}

struct period period_in(struct period p, enum period_unit unit)
{
    return period_of(period_first(p), unit);
}

/* What follows the year: nothing, Qn, Hn or -MM; -MM-DD is a day and parsed as one. */
static bool parse_rest(str rest, int32_t year, struct period *out)
{
    const char mark = rest.len ? rest.at[0] : '\0';
    const int32_t n = rest.len == 2 ? rest.at[1] - '0' : 0;
    if (!mark) {
        *out = (struct period){PERIOD_YEAR, year};
        return true;
    }
    if (mark == 'Q' && n >= 1 && n <= 4) {
        *out = (struct period){PERIOD_QUARTER, year * 4 + n - 1};
        return true;
    }
    if (mark == 'H' && n >= 1 && n <= 2) {
        *out = (struct period){PERIOD_HALF, year * 2 + n - 1};
        return true;
    }
    return false;
}

bool period_parse(str s, struct period *out)
{
    const size_t year_len = s.len && s.at[0] == '-' ? 5 : 4;
    char text[11];
    day_t d;
    if (s.len < year_len || s.len > year_len + 6) return false;
    /* Through a whole day, so that there is one notion of a year, a month and a day. */
    struct buf b = {.at = text, .cap = sizeof text};
    if (s.len == year_len + 6) {
        if (!day_parse(s, &d)) return false;
        *out = (struct period){PERIOD_DAY, d};
        return true;
    }
    const bool is_month = s.len == year_len + 3;
    buf_add(&b, is_month ? s : str_slice(s, 0, year_len));
    buf_add(&b, is_month ? STR("-01") : STR("-01-01"));
    if (!day_parse(buf_str(&b), &d)) return false;
    if (!is_month) return parse_rest(str_slice(s, year_len, s.len), day_ymd(d).year, out);
    *out = period_of(d, PERIOD_MONTH);
    return true;
}

void period_write(struct buf *out, struct period p)
{
    const day_t first = period_first(p);
    char text[16];
    struct buf b = {.at = text, .cap = sizeof text};
    day_write(&b, first);
    const str day = buf_str(&b);
    if (p.unit == PERIOD_DAY) {
        buf_add(out, day);
        return;
    }
    buf_add(out, str_slice(day, 0, day.len - (p.unit == PERIOD_MONTH ? 3 : 6)));
    if (p.unit == PERIOD_QUARTER || p.unit == PERIOD_HALF) {
        const int32_t of_year = p.unit == PERIOD_QUARTER ? 4 : 2;
        buf_char(out, p.unit == PERIOD_QUARTER ? 'Q' : 'H');
        buf_i64(out, p.index - floor_div(p.index, of_year) * of_year + 1);
    }
}

bool period_unit_parse(str s, enum period_unit *out)
{
    static const char *const name[] = {"day", "month", "quarter", "half", "year"};
    for (size_t i = 0; i < COUNTOF(name); i++) {
        if (!str_eq(s, str_from(name[i]))) continue;
        *out = (enum period_unit)i;
        return true;
    }
    return false;
}
