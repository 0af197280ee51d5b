/* The proleptic Gregorian calendar: pure arithmetic, no zones but a fixed offset. */
#pragma once

#include "base/buf.h"

#pragma GCC visibility push(default) /* of the library of decisions */

/* A day: days since 1970-01-01. */
typedef int32_t day_t;
#define DAY_NONE INT32_MIN
enum { US_PER_SECOND = 1000000 };
#define US_PER_DAY INT64_C(86400000000)
/* The offset of the office: China Standard Time, without summer time since 1991. */
#define OFFICE_OFFSET_US (INT64_C(8) * 3600 * US_PER_SECOND)

struct ymd {
    int32_t year;
    int8_t month, day;
};
day_t day_from_ymd(struct ymd d);
struct ymd day_ymd(day_t d);
bool ymd_valid(struct ymd d);      /* 30 February is not */
bool day_parse(str s, day_t *out); /* YYYY-MM-DD, whole of s, a day that exists */
void day_write(struct buf *out, day_t d);
int day_weekday(day_t d);                  /* 1 Monday … 7 Sunday */
day_t day_add_months(day_t d, int months); /* the day of month clamped to the month's last */
day_t day_of_us(int64_t us);               /* the office's day at that moment */

/* ISO 8601 moment with Z or offset, or without (the office's time); whole of s. */
bool us_parse(str s, int64_t *out);
void us_write(struct buf *out, int64_t us); /* 2022-06-16T09:30:12+08:00 */

/* Periods: how facts are grouped in time.  Text forms: 2022-05-31, 2022-05, 2022Q2, 2022H1, 2022. */
enum period_unit {
    PERIOD_DAY,
    PERIOD_MONTH,
    PERIOD_QUARTER,
    PERIOD_HALF,
    PERIOD_YEAR,
    PERIOD_UNIT_COUNT
};
struct period {
    enum period_unit unit;
    int32_t index; /* days since 1970, or months, quarters, halves, years since year 0 */
};
bool period_parse(str s, struct period *out);
void period_write(struct buf *out, struct period p);
struct period period_of(day_t d, enum period_unit unit);
day_t period_first(struct period p);
day_t period_last(struct period p);
struct period period_prior_year(struct period p);
/* The same span in a coarser unit: 2022-05 → 2022Q2. */
struct period period_in(struct period p, enum period_unit unit);
bool period_unit_parse(str s,
                       enum period_unit *out); /* "day", "month", "quarter", "half", "year" */

#pragma GCC visibility pop
