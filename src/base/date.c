/* The proleptic Gregorian calendar on whole numbers.  Years are counted from 1 March, so that the
 * leap day is a year's last, and in eras of 400 years, which all have 146,097 days. */
#include "base/date.h"

enum { DAYS_PER_ERA = 146097, DAYS_FROM_ERA_0_TO_1970 = 719468 };
/* What a day_t holds with room for a month's arithmetic. */
enum { YEAR_MAX = 5000000 };

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

day_t day_from_ymd(struct ymd d)
{
    CHECK(d.year >= -YEAR_MAX && d.year <= YEAR_MAX);
    const int32_t y = d.year - (d.month <= 2);
    const int32_t era = (int32_t)floor_div(y, 400);
    const int32_t year = y - era * 400;
    const int32_t month = (d.month + 9) % 12; /* 0 is March */
    const int32_t day = (153 * month + 2) / 5 + d.day - 1;
    return era * DAYS_PER_ERA + year * 365 + year / 4 - year / 100 + day - DAYS_FROM_ERA_0_TO_1970;
}

struct ymd day_ymd(day_t d)
{
    const int64_t z = (int64_t)d + DAYS_FROM_ERA_0_TO_1970;
    const int32_t era = (int32_t)floor_div(z, DAYS_PER_ERA);
    const int32_t day = (int32_t)(z - (int64_t)era * DAYS_PER_ERA);
    const int32_t year = (day - day / 1460 + day / 36524 - day / 146096) / 365;
    const int32_t of_year = day - (365 * year + year / 4 - year / 100);
    const int32_t month = (5 * of_year + 2) / 153;
    return (struct ymd){
        .year = year + era * 400 + (month >= 10),
        .month = (int8_t)(month < 10 ? month + 3 : month - 9),
        .day = (int8_t)(of_year - (153 * month + 2) / 5 + 1),
    };
}

static int8_t month_days(int32_t year, int8_t month)
{
    static const int8_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    const bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return (int8_t)(days[month - 1] + (month == 2 && leap));
}

bool ymd_valid(struct ymd d)
{
    return d.year >= -YEAR_MAX && d.year <= YEAR_MAX && d.month >= 1 && d.month <= 12 &&
           d.day >= 1 && d.day <= month_days(d.year, d.month);
}

/* Exactly count digits at s[*at]. */
static bool digits(str s, size_t *at, size_t count, int32_t *out)
{
    int32_t n = 0;
    if (s.len - *at < count) return false;
    for (size_t i = 0; i < count; i++) {
        const int digit = s.at[*at + i] - '0';
        if (digit < 0 || digit > 9) return false;
        n = n * 10 + digit;
    }
    *at += count;
    *out = n;
    return true;
}

static bool take(str s, size_t *at, char c)
{
    if (*at >= s.len || s.at[*at] != c) return false;
    ++*at;
    return true;
}

/* A year of four digits, or with a minus sign before them. */
static bool take_year(str s, size_t *at, int32_t *year)
{
    const bool minus = take(s, at, '-');
    if (!digits(s, at, 4, year) || (minus && *year == 0)) return false;
    if (minus) *year = -*year;
    return true;
}

static bool take_day(str s, size_t *at, day_t *out)
{
    int32_t year, month, day;
    if (!take_year(s, at, &year) || !take(s, at, '-') || !digits(s, at, 2, &month) ||
        !take(s, at, '-') || !digits(s, at, 2, &day))
        return false;
    const struct ymd d = {year, (int8_t)month, (int8_t)day};
    if (!ymd_valid(d)) return false;
    *out = day_from_ymd(d);
    return true;
}

bool day_parse(str s, day_t *out)
{
    size_t at = 0;
    day_t d;
    if (!take_day(s, &at, &d) || at != s.len) return false;
    *out = d;
    return true;
}

static void put_digits(char *out, int count, uint32_t n)
{
    for (int i = count - 1; i >= 0; i--) {
        out[i] = (char)('0' + n % 10);
        n /= 10;
    }
}

static void write_year(struct buf *out, int32_t year)
{
    uint32_t n = (uint32_t)(year < 0 ? -year : year);
    char text[4];
    if (year < 0) buf_char(out, '-');
    if (n > 9999) {
        buf_i64(out, n);
        return;
    }
    put_digits(text, 4, n);
    buf_add(out, (str){text, 4});
}

/* A mark and two digits, as in -05. */
static void write_part(struct buf *out, char mark, int n)
{
    char text[3] = {mark};
    put_digits(text + 1, 2, (uint32_t)n);
    buf_add(out, (str){text, 3});
}

void day_write(struct buf *out, day_t d)
{
    const struct ymd v = day_ymd(d);
    write_year(out, v.year);
    write_part(out, '-', v.month);
    write_part(out, '-', v.day);
}

int day_weekday(day_t d)
{
    const int64_t n = (int64_t)d + 3; /* 1970-01-01 was a Thursday */
    return (int)(n - floor_div(n, 7) * 7) + 1;
}

day_t day_add_months(day_t d, int months)
{
    const struct ymd v = day_ymd(d);
    const int64_t index = (int64_t)v.year * 12 + v.month - 1 + months;
    struct ymd r = {.year = (int32_t)floor_div(index, 12)};
    r.month = (int8_t)(index - (int64_t)r.year * 12 + 1);
    r.day = month_days(r.year, r.month);
    if (v.day < r.day) r.day = v.day;
    return day_from_ymd(r);
}

day_t day_of_us(int64_t us)
{
    /* Divided first, so that the offset cannot overflow. */
    const int64_t seconds = floor_div(us, US_PER_SECOND) + OFFICE_OFFSET_US / US_PER_SECOND;
    return (day_t)floor_div(seconds, US_PER_DAY / US_PER_SECOND);
}

/* HH:MM, HH:MM:SS or HH:MM:SS.ffffff; what is behind a microsecond is cut. */
static bool take_time(str s, size_t *at, int64_t *out)
{
    int32_t hour, minute, second = 0, us = 0, digit;
    if (!digits(s, at, 2, &hour) || !take(s, at, ':') || !digits(s, at, 2, &minute)) return false;
    if (take(s, at, ':')) {
        if (!digits(s, at, 2, &second)) return false;
        if (take(s, at, '.')) {
            if (!digits(s, at, 1, &digit)) return false;
            int32_t unit = US_PER_SECOND / 10;
            do {
                us += digit * unit;
                unit /= 10;
            } while (digits(s, at, 1, &digit));
        }
    }
    if (hour > 23 || minute > 59 || second > 59) return false;
    *out = (hour * INT64_C(3600) + minute * INT64_C(60) + second) * US_PER_SECOND + us;
    return true;
}

static bool take_offset(str s, size_t *at, int64_t *out)
{
    if (*at == s.len) {
        *out = OFFICE_OFFSET_US;
        return true;
    }
    if (take(s, at, 'Z')) {
        *out = 0;
        return true;
    }
    const bool minus = take(s, at, '-');
    int32_t hour, minute;
    if ((!minus && !take(s, at, '+')) || !digits(s, at, 2, &hour) || !take(s, at, ':') ||
        !digits(s, at, 2, &minute) || hour > 18 || minute > 59)
        return false;
    *out = (hour * INT64_C(3600) + minute * INT64_C(60)) * (minus ? -US_PER_SECOND : US_PER_SECOND);
    return true;
}

bool us_parse(str s, int64_t *out)
{
    size_t at = 0;
    day_t d;
    int64_t time, offset;
    if (!take_day(s, &at, &d) || !take(s, &at, 'T') || !take_time(s, &at, &time) ||
        !take_offset(s, &at, &offset) || at != s.len)
        return false;
    *out = d * US_PER_DAY + time - offset;
    return true;
}

void us_write(struct buf *out, int64_t us)
{
    const day_t d = day_of_us(us);
    const int64_t seconds = floor_div(us, US_PER_SECOND);
    const int64_t fraction = us - seconds * US_PER_SECOND;
    const int of_day =
        (int)(seconds + OFFICE_OFFSET_US / US_PER_SECOND - d * (US_PER_DAY / US_PER_SECOND));
    day_write(out, d);
    write_part(out, 'T', of_day / 3600);
    write_part(out, ':', of_day / 60 % 60);
    write_part(out, ':', of_day % 60);
    if (fraction) {
        char text[7] = {'.'};
        put_digits(text + 1, 6, (uint32_t)fraction);
        buf_add(out, (str){text, 7});
    }
    buf_add(out, STR("+08:00"));
}
