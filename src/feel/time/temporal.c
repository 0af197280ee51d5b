/* Dates, times and durations from text and to text. */
#include "feel/time/temporal.h"

/* Howard Hinnant's day arithmetic in 64 bits: eras of 400 years starting on 1 March. */
enum { ERA_DAYS = 146097 };

int64_t civil_day(struct civil c)
{
    const int64_t y = c.year - (c.month <= 2);
    const int64_t era = (y >= 0 ? y : y - 399) / 400;
    const int64_t yoe = y - era * 400;
    const int64_t doy = (153 * (c.month + (c.month > 2 ? -3 : 9)) + 2) / 5 + c.day - 1;
    const int64_t doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
    return era * ERA_DAYS + doe - 719468;
}

struct civil day_civil(int64_t day)
{
    day += 719468;
    const int64_t era = (day >= 0 ? day : day - (ERA_DAYS - 1)) / ERA_DAYS;
    const int64_t doe = day - era * ERA_DAYS;
    const int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    const int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    const int64_t mp = (5 * doy + 2) / 153;
    const int month = (int)(mp < 10 ? mp + 3 : mp - 9);
    return (struct civil){.year = yoe + era * 400 + (month <= 2),
                          .month = month,
                          .day = (int)(doy - (153 * mp + 2) / 5 + 1)};
}

static int month_days(int64_t year, int month)
{
    static const int8_t days[12] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    const bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return days[month - 1] + (month == 2 && leap);
}

bool civil_valid(struct civil c)
{
    return c.year >= -TEMPORAL_YEAR_MAX && c.year <= TEMPORAL_YEAR_MAX && c.month >= 1 &&
           c.month <= 12 && c.day >= 1 && c.day <= month_days(c.year, c.month);
}

bool civil_add_months(struct civil c, i128 months, struct civil *out)
{
    const i128 total = (i128)c.year * 12 + (c.month - 1) + months;
    i128 year = total / 12;
    int month = (int)(total % 12);
    if (month < 0) {
        month += 12;
        year--;
    }
    if (year < -TEMPORAL_YEAR_MAX || year > TEMPORAL_YEAR_MAX) return false;
    out->year = (int64_t)year;
    out->month = month + 1;
    const int last = month_days(out->year, out->month);
    out->day = c.day < last ? c.day : last;
    return true;
}

int temporal_weekday(int64_t day)
{
    int64_t w = (day + 3) % 7; /* 1970-01-01 was a Thursday */
    if (w < 0) w += 7;
    return (int)w + 1;
}

/* ---- reading ---- */

struct reader {
    const char *at, *end;
};
/* An empty text may have no bytes at all. */
static struct reader reader_of(str s)
{
    return s.len ? (struct reader){s.at, s.at + s.len} : (struct reader){"", ""};
}

static bool eat(struct reader *r, char c)
{
    if (r->at == r->end || *r->at != c) return false;
    r->at++;
    return true;
}

/* Digits, between min and max of them. */
static bool digits(struct reader *r, int min, int max, int64_t *out)
{
    int n = 0;
    int64_t v = 0;
    while (n < max && r->at < r->end && *r->at >= '0' && *r->at <= '9') {
        v = v * 10 + (*r->at++ - '0');
        n++;
    }
    *out = v;
    return n >= min;
}

static bool read_date(struct reader *r, struct feel_value *out)
{
    const bool negative = eat(r, '-');
    const char *first = r->at;
    int64_t year, month, day;
    if (!digits(r, 4, 9, &year)) return false;
    if (r->at - first > 4 && *first == '0') return false;
    if (!eat(r, '-') || !digits(r, 2, 2, &month) || !eat(r, '-') || !digits(r, 2, 2, &day))
        return false;
    const struct civil c = {negative ? -year : year, (int)month, (int)day};
    if (!civil_valid(c)) return false;
    *out = (struct feel_value){.kind = FEEL_DATE, .as.date = civil_day(c)};
    return true;
}

static bool read_fraction(struct reader *r, int64_t *ns)
{
    int n = 0;
    *ns = 0;
    for (; r->at < r->end && *r->at >= '0' && *r->at <= '9'; r->at++, n++)
        if (n < 9) *ns = *ns * 10 + (*r->at - '0');
    if (n == 0) return false;
    for (; n < 9; n++)
        *ns *= 10;
    return true;
}

static bool read_offset(struct reader *r, struct feel_value *v)
{
    int64_t h, m, s = 0;
    if (r->at == r->end) return true;
    if (eat(r, 'Z') || eat(r, 'z')) {
        v->has_offset = true;
        return true;
    }
    if (eat(r, '@')) {
        v->zone = zone_find((str){r->at, (size_t)(r->end - r->at)});
        r->at = r->end;
        v->has_offset = v->zone != 0;
        return v->zone != 0;
    }
    const bool west = *r->at == '-';
    if (!eat(r, '+') && !eat(r, '-')) return false;
    if (!digits(r, 2, 2, &h) || !eat(r, ':') || !digits(r, 2, 2, &m)) return false;
    if (eat(r, ':') && !digits(r, 2, 2, &s)) return false;
    if (h > 18 || m > 59 || s > 59 || (h == 18 && (m > 0 || s > 0))) return false;
    v->offset_s = (int32_t)(h * 3600 + m * 60 + s);
    if (west) v->offset_s = -v->offset_s;
    v->has_offset = true;
    return true;
}

static bool read_time(struct reader *r, struct feel_value *out)
{
    int64_t h, m, s, ns = 0;
    if (!digits(r, 2, 2, &h) || !eat(r, ':') || !digits(r, 2, 2, &m) || !eat(r, ':') ||
        !digits(r, 2, 2, &s))
        return false;
    if (eat(r, '.') && !read_fraction(r, &ns)) return false;
    const bool midnight = h == 24 && m == 0 && s == 0 && ns == 0; /* the end of the day */
    if ((h > 23 && !midnight) || m > 59 || s > 59) return false;
    *out = (struct feel_value){.kind = FEEL_TIME,
                               .as.moment = {0, ((h * 60 + m) * 60 + s) * NS_PER_SECOND + ns}};
    return read_offset(r, out);
}

bool temporal_parse_date(str s, struct feel_value *out)
{
    struct reader r = reader_of(s);
    struct feel_value v;
    if (!read_date(&r, &v) || r.at != r.end) return false;
    *out = v;
    return true;
}

bool temporal_parse_time(str s, struct feel_value *out)
{
    struct reader r = reader_of(s);
    struct feel_value v;
    if (!read_time(&r, &v) || r.at != r.end) return false;
    v.as.moment.nanosecond %= NS_PER_DAY;
    if (v.zone != 0) v.offset_s = zone_offset_local(v.zone, 0, v.as.moment.nanosecond);
    *out = v;
    return true;
}

bool temporal_parse_date_time(str s, struct feel_value *out)
{
    struct reader r = reader_of(s);
    struct feel_value date, v;
    if (!read_date(&r, &date) || !eat(&r, 'T') || !read_time(&r, &v) || r.at != r.end) return false;
    v.kind = FEEL_DATE_TIME;
    v.as.moment.day = date.as.date + v.as.moment.nanosecond / NS_PER_DAY;
    v.as.moment.nanosecond %= NS_PER_DAY;
    if (v.zone != 0)
        v.offset_s = zone_offset_local(v.zone, v.as.moment.day, v.as.moment.nanosecond);
    *out = v;
    return true;
}

/* One figure with its letter, if the letter is next in order. */
static bool part(struct reader *r, char letter, int64_t *out, bool *any)
{
    struct reader try = *r;
    int64_t n;
    if (!digits(&try, 1, 18, &n) || !eat(&try, letter)) return false;
    *out = n;
    *any = true;
    *r = try;
    return true;
}

static bool peek_digit(const struct reader *r)
{
    return r->at < r->end && *r->at >= '0' && *r->at <= '9';
}

static bool read_seconds(struct reader *r, int64_t *s, int64_t *ns, bool *any)
{
    struct reader try = *r;
    if (!digits(&try, 1, 18, s)) return false;
    if (eat(&try, '.') && peek_digit(&try) && !read_fraction(&try, ns)) return false;
    if (!eat(&try, 'S')) return false;
    *any = true;
    *r = try;
    return true;
}

bool temporal_parse_duration(str text, struct feel_value *out)
{
    struct reader r = reader_of(text);
    const bool negative = eat(&r, '-');
    int64_t y = 0, mo = 0, d = 0, h = 0, m = 0, s = 0, ns = 0;
    bool months = false, days = false;
    if (!eat(&r, 'P')) return false;
    part(&r, 'Y', &y, &months);
    part(&r, 'M', &mo, &months);
    part(&r, 'D', &d, &days);
    if (eat(&r, 'T')) {
        bool time = false;
        part(&r, 'H', &h, &time);
        part(&r, 'M', &m, &time);
        if (r.at < r.end && !read_seconds(&r, &s, &ns, &time)) return false;
        if (!time) return false;
        days = true;
    }
    if (r.at != r.end || months == days) return false;
    if (months) {
        const i128 total = (i128)y * 12 + mo;
        if (total > (i128)TEMPORAL_YEAR_MAX * 24) return false;
        *out = (struct feel_value){.kind = FEEL_MONTHS_DURATION,
                                   .as.duration = negative ? -(int64_t)total : (int64_t)total};
        return true;
    }
    const i128 total =
        (i128)d * NS_PER_DAY + ((i128)h * 3600 + (i128)m * 60 + s) * NS_PER_SECOND + ns;
    return temporal_duration(negative ? -total : total, out);
}

bool feel_temporal_parse(str s, struct feel_value *out)
{
    return temporal_parse_date(s, out) || temporal_parse_date_time(s, out) ||
           temporal_parse_time(s, out) || temporal_parse_duration(s, out);
}

/* ---- writing ---- */

static void write_date(struct buf *out, int64_t day)
{
    const struct civil c = day_civil(day);
    buf_printf(out, "%s%04" PRId64 "-%02d-%02d", c.year < 0 ? "-" : "",
               c.year < 0 ? -c.year : c.year, c.month, c.day);
}

static void write_fraction(struct buf *out, int64_t ns)
{
    char text[9];
    size_t len = sizeof text;
    if (ns == 0) return;
    for (size_t i = len; i-- > 0; ns /= 10)
        text[i] = (char)('0' + ns % 10);
    while (text[len - 1] == '0')
        len--;
    buf_char(out, '.');
    buf_add(out, (str){text, len});
}

static void write_time(struct buf *out, const struct feel_value *v)
{
    const int64_t s = v->as.moment.nanosecond / NS_PER_SECOND;
    buf_printf(out, "%02d:%02d:%02d", (int)(s / 3600), (int)(s / 60 % 60), (int)(s % 60));
    write_fraction(out, v->as.moment.nanosecond % NS_PER_SECOND);
    if (v->zone != 0) {
        buf_char(out, '@');
        buf_add(out, zone_name(v->zone));
    } else if (v->has_offset && v->offset_s == 0) {
        buf_char(out, 'Z');
    } else if (v->has_offset) {
        const int o = v->offset_s < 0 ? -v->offset_s : v->offset_s;
        buf_printf(out, "%c%02d:%02d", v->offset_s < 0 ? '-' : '+', o / 3600, o / 60 % 60);
        if (o % 60 != 0) buf_printf(out, ":%02d", o % 60);
    }
}

static void write_months(struct buf *out, int64_t months)
{
    if (months < 0) buf_char(out, '-');
    const uint64_t n = months < 0 ? 0 - (uint64_t)months : (uint64_t)months;
    buf_char(out, 'P');
    if (n >= 12) buf_printf(out, "%" PRIu64 "Y", n / 12);
    if (n % 12 != 0 || n == 0) buf_printf(out, "%" PRIu64 "M", n % 12);
}

static void write_days(struct buf *out, const struct feel_value *v)
{
    i128 ns = temporal_duration_ns(v);
    if (ns == 0) {
        buf_add(out, STR("PT0S"));
        return;
    }
    if (ns < 0) {
        buf_char(out, '-');
        ns = -ns;
    }
    const int64_t days = (int64_t)(ns / NS_PER_DAY), rest = (int64_t)(ns % NS_PER_DAY);
    const int64_t s = rest / NS_PER_SECOND, fraction = rest % NS_PER_SECOND;
    buf_char(out, 'P');
    if (days > 0) buf_printf(out, "%" PRId64 "D", days);
    if (rest > 0) buf_char(out, 'T');
    if (s / 3600 > 0) buf_printf(out, "%dH", (int)(s / 3600));
    if (s / 60 % 60 > 0) buf_printf(out, "%dM", (int)(s / 60 % 60));
    if (s % 60 > 0 || fraction > 0) {
        buf_printf(out, "%d", (int)(s % 60));
        write_fraction(out, fraction);
        buf_char(out, 'S');
    }
}

void temporal_write(struct buf *out, const struct feel_value *v)
{
    if (v->kind == FEEL_DATE) write_date(out, v->as.date);
    if (v->kind == FEEL_TIME) write_time(out, v);
    if (v->kind == FEEL_MONTHS_DURATION) write_months(out, v->as.duration);
    if (v->kind == FEEL_DAYS_DURATION) write_days(out, v);
    if (v->kind == FEEL_DATE_TIME) {
        write_date(out, v->as.moment.day);
        buf_char(out, 'T');
        write_time(out, v);
    }
}
