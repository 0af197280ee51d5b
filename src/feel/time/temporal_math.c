/* Order, arithmetic and properties of dates, times and durations. */
#include "feel/time/temporal.h"

enum { DURATION_MONTHS_MAX_YEARS = 2 }; /* times TEMPORAL_YEAR_MAX: the span of all dates */
static const int64_t duration_days_max = INT64_C(1000000000000);
static const int64_t months_max = INT64_C(24) * TEMPORAL_YEAR_MAX;

i128 temporal_duration_ns(const struct feel_value *v)
{
    return (i128)v->as.moment.day * NS_PER_DAY + v->as.moment.nanosecond;
}

bool temporal_duration(i128 ns, struct feel_value *out)
{
    i128 day = ns / NS_PER_DAY;
    int64_t rest = (int64_t)(ns % NS_PER_DAY);
    if (rest < 0) {
        rest += NS_PER_DAY;
        day--;
    }
    if (day > duration_days_max || day < -duration_days_max) return false;
    *out = (struct feel_value){.kind = FEEL_DAYS_DURATION, .as.moment = {(int64_t)day, rest}};
    return true;
}

i128 temporal_instant(const struct feel_value *v)
{
    if (v->kind == FEEL_DATE) return (i128)v->as.date * NS_PER_DAY;
    return temporal_duration_ns(v) - (v->has_offset ? (i128)v->offset_s * NS_PER_SECOND : 0);
}

/* Equality goes by the components of DMN 1.5 table 53, whose smallest is the second. */
static i128 seconds_of(const struct feel_value *v)
{
    const i128 ns = temporal_instant(v);
    return (ns >= 0 ? ns : ns - (NS_PER_SECOND - 1)) / NS_PER_SECOND;
}

int temporal_equal(const struct feel_value *a, const struct feel_value *b)
{
    if (a->has_offset != b->has_offset) return 0;
    return seconds_of(a) == seconds_of(b);
}

bool temporal_compare(const struct feel_value *a, const struct feel_value *b, int *out)
{
    if (a->has_offset != b->has_offset) return false;
    const i128 x = temporal_instant(a), y = temporal_instant(b);
    *out = (x > y) - (x < y);
    return true;
}

struct feel_value temporal_negate(const struct feel_value *duration)
{
    struct feel_value v = *duration;
    if (v.kind == FEEL_MONTHS_DURATION)
        v.as.duration = -v.as.duration;
    else
        CHECK(temporal_duration(-temporal_duration_ns(duration), &v) || true);
    return v;
}

static bool day_in_range(int64_t day)
{
    const struct civil c = day_civil(day);
    return c.year >= -TEMPORAL_YEAR_MAX && c.year <= TEMPORAL_YEAR_MAX;
}

/* ---- sums ---- */

static bool add_months(const struct feel_value *v, i128 months, struct feel_value *out)
{
    struct civil c;
    const int64_t day = v->kind == FEEL_DATE ? v->as.date : v->as.moment.day;
    if (!civil_add_months(day_civil(day), months, &c)) return false;
    *out = *v;
    if (v->kind == FEEL_DATE)
        out->as.date = civil_day(c);
    else
        out->as.moment.day = civil_day(c);
    return true;
}

static bool add_ns(const struct feel_value *v, i128 ns, struct feel_value *out)
{
    struct feel_value sum;
    const i128 base =
        v->kind == FEEL_DATE ? (i128)v->as.date * NS_PER_DAY : temporal_duration_ns(v);
    if (!temporal_duration(base + ns, &sum)) return false;
    if (v->kind != FEEL_TIME && !day_in_range(sum.as.moment.day)) return false;
    *out = *v;
    if (v->kind == FEEL_DATE)
        out->as.date = sum.as.moment.day;
    else
        out->as.moment = sum.as.moment;
    if (v->kind == FEEL_TIME) out->as.moment.day = 0;
    if (v->kind == FEEL_DATE_TIME && v->zone != 0)
        out->offset_s = zone_offset_local(v->zone, out->as.moment.day, out->as.moment.nanosecond);
    return true;
}

static bool is_duration(const struct feel_value *v)
{
    return v->kind == FEEL_MONTHS_DURATION || v->kind == FEEL_DAYS_DURATION;
}

static bool is_point(const struct feel_value *v)
{
    return v->kind == FEEL_DATE || v->kind == FEEL_DATE_TIME;
}

static bool add_duration(const struct feel_value *v, const struct feel_value *duration, int sign,
                         struct feel_value *out)
{
    if (duration->kind == FEEL_DAYS_DURATION) {
        const i128 ns = temporal_duration_ns(duration);
        if (v->kind == FEEL_DAYS_DURATION)
            return temporal_duration(temporal_duration_ns(v) + sign * ns, out);
        return (is_point(v) || v->kind == FEEL_TIME) && add_ns(v, sign * ns, out);
    }
    if (v->kind == FEEL_MONTHS_DURATION) {
        const i128 sum = (i128)v->as.duration + sign * (i128)duration->as.duration;
        if (sum > months_max || sum < -months_max) return false;
        *out = *v;
        out->as.duration = (int64_t)sum;
        return true;
    }
    return is_point(v) && add_months(v, sign * (i128)duration->as.duration, out);
}

/* a - b of two moments.  A date counts as midnight UTC beside a date-time. */
static bool subtract(const struct feel_value *a, const struct feel_value *b, struct feel_value *out)
{
    if (is_point(a) && is_point(b)) {
        const bool dates = a->kind == FEEL_DATE && b->kind == FEEL_DATE;
        const bool x = a->kind == FEEL_DATE || a->has_offset;
        const bool y = b->kind == FEEL_DATE || b->has_offset;
        if (!dates && x != y) return false;
        return temporal_duration(temporal_instant(a) - temporal_instant(b), out);
    }
    if (a->kind == FEEL_TIME && b->kind == FEEL_TIME && a->has_offset == b->has_offset)
        return temporal_duration(temporal_instant(a) - temporal_instant(b), out);
    return false;
}

/* ---- scaling ---- */

static dec dec_of(i128 n)
{
    return number_join(n < 0, n < 0 ? (u128)-n : (u128)n, 0);
}

static bool whole(dec d, i128 *out)
{
    dec cut;
    bool negative;
    u128 c;
    int e;
    if (!dec_rescale(d, 0, DEC_DOWN, &cut) || !number_split(cut, &negative, &c, &e)) return false;
    for (; e > 0 && c != 0; e--) {
        if (c > ((u128)1 << 100)) return false;
        c *= 10;
    }
    *out = negative ? -(i128)c : (i128)c;
    return true;
}

static bool scaled(const struct feel_value *duration, const struct feel_value *number, bool divide,
                   struct feel_value *out)
{
    dec d;
    i128 n;
    const bool months = duration->kind == FEEL_MONTHS_DURATION;
    const dec left = dec_of(months ? (i128)duration->as.duration : temporal_duration_ns(duration));
    const dec right = feel_to_dec(number);
    if (!(divide ? dec_div(left, right, &d) : dec_mul(left, right, &d)) || !whole(d, &n))
        return false;
    if (!months) return temporal_duration(n, out);
    if (n > months_max || n < -months_max) return false;
    *out = *duration;
    out->as.duration = (int64_t)n;
    return true;
}

static bool quotient(struct arena *arena, const struct feel_value *a, const struct feel_value *b,
                     struct feel_value *out)
{
    dec d;
    const bool months = a->kind == FEEL_MONTHS_DURATION;
    const dec left = dec_of(months ? (i128)a->as.duration : temporal_duration_ns(a));
    const dec right = dec_of(months ? (i128)b->as.duration : temporal_duration_ns(b));
    if (!dec_div(left, right, &d)) return false;
    *out = feel_dec(arena, d);
    return true;
}

bool temporal_arithmetic(struct arena *arena, enum number_op op, const struct feel_value *a,
                         const struct feel_value *b, struct feel_value *out)
{
    switch (op) {
    case NUMBER_ADD:
        if (is_duration(b)) return add_duration(a, b, 1, out);
        return is_duration(a) && add_duration(b, a, 1, out);
    case NUMBER_SUB:
        if (is_duration(b)) return add_duration(a, b, -1, out);
        return subtract(a, b, out);
    case NUMBER_MUL:
        if (is_duration(a) && b->kind == FEEL_NUMBER) return scaled(a, b, false, out);
        return is_duration(b) && a->kind == FEEL_NUMBER && scaled(b, a, false, out);
    case NUMBER_DIV:
        if (is_duration(a) && b->kind == FEEL_NUMBER) return scaled(a, b, true, out);
        return is_duration(a) && a->kind == b->kind && quotient(arena, a, b, out);
    case NUMBER_POW: break;
    }
    return false;
}

/* ---- properties ---- */

static const char *const property_name[PROPERTY_COUNT] = {
    [PROPERTY_NONE] = "",
    [PROPERTY_YEAR] = "year",
    [PROPERTY_MONTH] = "month",
    [PROPERTY_DAY] = "day",
    [PROPERTY_WEEKDAY] = "weekday",
    [PROPERTY_HOUR] = "hour",
    [PROPERTY_MINUTE] = "minute",
    [PROPERTY_SECOND] = "second",
    [PROPERTY_OFFSET] = "time offset",
    [PROPERTY_ZONE] = "timezone",
    [PROPERTY_YEARS] = "years",
    [PROPERTY_MONTHS] = "months",
    [PROPERTY_DAYS] = "days",
    [PROPERTY_HOURS] = "hours",
    [PROPERTY_MINUTES] = "minutes",
    [PROPERTY_SECONDS] = "seconds",
    [PROPERTY_START] = "start",
    [PROPERTY_END] = "end",
    [PROPERTY_START_INCLUDED] = "start included",
    [PROPERTY_END_INCLUDED] = "end included",
};

enum temporal_property temporal_property_find(str name)
{
    for (int p = 1; p < PROPERTY_COUNT; p++)
        if (str_eq(name, str_from(property_name[p]))) return (enum temporal_property)p;
    return PROPERTY_NONE;
}

str temporal_property_name(enum temporal_property p)
{
    return str_from(property_name[p]);
}

bool temporal_has_property(enum feel_kind kind, enum temporal_property p)
{
    if (kind == FEEL_DATE) return p >= PROPERTY_YEAR && p <= PROPERTY_WEEKDAY;
    if (kind == FEEL_DATE_TIME) return p >= PROPERTY_YEAR && p <= PROPERTY_ZONE;
    if (kind == FEEL_TIME) return p >= PROPERTY_HOUR && p <= PROPERTY_ZONE;
    if (kind == FEEL_MONTHS_DURATION) return p == PROPERTY_YEARS || p == PROPERTY_MONTHS;
    if (kind == FEEL_DAYS_DURATION) return p >= PROPERTY_DAYS && p <= PROPERTY_SECONDS;
    if (kind == FEEL_RANGE) return p >= PROPERTY_START && p <= PROPERTY_END_INCLUDED;
    return false;
}

enum feel_kind temporal_property_kind(enum temporal_property p)
{
    if (p == PROPERTY_OFFSET) return FEEL_DAYS_DURATION;
    if (p == PROPERTY_ZONE) return FEEL_STRING;
    if (p == PROPERTY_START || p == PROPERTY_END) return FEEL_ANY;
    if (p == PROPERTY_START_INCLUDED || p == PROPERTY_END_INCLUDED) return FEEL_BOOLEAN;
    return FEEL_NUMBER;
}

static bool date_property(int64_t day, enum temporal_property p, struct feel_value *out)
{
    const struct civil c = day_civil(day);
    if (p == PROPERTY_YEAR) *out = feel_int(c.year);
    if (p == PROPERTY_MONTH) *out = feel_int(c.month);
    if (p == PROPERTY_DAY) *out = feel_int(c.day);
    if (p == PROPERTY_WEEKDAY) *out = feel_int(temporal_weekday(day));
    return true;
}

static bool time_property(const struct feel_value *v, enum temporal_property p,
                          struct feel_value *out)
{
    const int64_t s = v->as.moment.nanosecond / NS_PER_SECOND;
    const int64_t fraction = v->as.moment.nanosecond % NS_PER_SECOND;
    *out = feel_null();
    if (p == PROPERTY_HOUR) *out = feel_int(s / 3600);
    if (p == PROPERTY_MINUTE) *out = feel_int(s / 60 % 60);
    if (p == PROPERTY_SECOND) *out = feel_int(s % 60);
    if (p == PROPERTY_SECOND && fraction > 0)
        *out = feel_fixed(s % 60 * NS_PER_SECOND + fraction, 9);
    if (p == PROPERTY_OFFSET && v->has_offset)
        return temporal_duration((i128)v->offset_s * NS_PER_SECOND, out);
    if (p == PROPERTY_ZONE && v->zone != 0) *out = feel_string(zone_name(v->zone));
    return true;
}

static bool days_property(const struct feel_value *v, enum temporal_property p,
                          struct feel_value *out)
{
    const i128 ns = temporal_duration_ns(v);
    const int64_t rest = (int64_t)(ns % NS_PER_DAY), s = rest / NS_PER_SECOND;
    if (p == PROPERTY_DAYS) *out = feel_int((int64_t)(ns / NS_PER_DAY));
    if (p == PROPERTY_HOURS) *out = feel_int(s / 3600);
    if (p == PROPERTY_MINUTES) *out = feel_int(s / 60 % 60);
    if (p == PROPERTY_SECONDS) *out = feel_int(s % 60);
    if (p == PROPERTY_SECONDS && rest % NS_PER_SECOND != 0)
        *out = feel_fixed(rest % (60 * NS_PER_SECOND), 9);
    return true;
}

bool temporal_property(const struct feel_value *v, enum temporal_property p, struct feel_value *out)
{
    if (!temporal_has_property((enum feel_kind)v->kind, p)) return false;
    if (v->kind == FEEL_DATE) return date_property(v->as.date, p, out);
    if (v->kind == FEEL_DATE_TIME && p <= PROPERTY_WEEKDAY)
        return date_property(v->as.moment.day, p, out);
    if (v->kind == FEEL_TIME || v->kind == FEEL_DATE_TIME) return time_property(v, p, out);
    if (v->kind == FEEL_DAYS_DURATION) return days_property(v, p, out);
    if (v->kind == FEEL_MONTHS_DURATION) {
        const int64_t n = v->as.duration;
        *out = feel_int(p == PROPERTY_YEARS ? n / 12 : n % 12);
        return true;
    }
    const struct feel_range *r = v->as.range;
    if (p == PROPERTY_START) *out = r->low;
    if (p == PROPERTY_END) *out = r->high;
    if (p == PROPERTY_START_INCLUDED) *out = feel_boolean(!r->low_open);
    if (p == PROPERTY_END_INCLUDED) *out = feel_boolean(!r->high_open);
    return true;
}
