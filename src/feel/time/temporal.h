/* Dates, times and durations: years to ±999,999,999, nanoseconds, offsets to the second, named
 * zones.  Pure arithmetic on the proleptic Gregorian calendar. */
#pragma once

#include "feel/number/number.h"
#include "feel/value.h"

#define NS_PER_SECOND INT64_C(1000000000)
#define NS_PER_DAY    (INT64_C(86400) * NS_PER_SECOND)
enum { TEMPORAL_YEAR_MAX = 999999999 };

struct civil {
    int64_t year;
    int month, day;
};
int64_t civil_day(struct civil c);
struct civil day_civil(int64_t day);
bool civil_valid(struct civil c);
/* Clamps the day of the month; false beyond the years supported. */
bool civil_add_months(struct civil c, i128 months, struct civil *out);
int temporal_weekday(int64_t day); /* 1 Monday … 7 Sunday */

bool temporal_parse_date(str s, struct feel_value *out);
bool temporal_parse_time(str s, struct feel_value *out);
bool temporal_parse_date_time(str s, struct feel_value *out); /* a date alone is refused */
bool temporal_parse_duration(str s, struct feel_value *out);
void temporal_write(struct buf *out, const struct feel_value *v);

int temporal_equal(const struct feel_value *a, const struct feel_value *b); /* 1, 0, -1 */
bool temporal_compare(const struct feel_value *a, const struct feel_value *b, int *out);
/* + - * / of anything temporal; false when the operands do not go together or the result is out of
 * range. */
bool temporal_arithmetic(struct arena *arena, enum number_op op, const struct feel_value *a,
                         const struct feel_value *b, struct feel_value *out);
struct feel_value temporal_negate(const struct feel_value *duration);

/* Days-and-time durations as nanoseconds and back; false when out of range. */
i128 temporal_duration_ns(const struct feel_value *v);
bool temporal_duration(i128 ns, struct feel_value *out);
/* UTC nanoseconds since 1970 of a date-time; a date counts as midnight. */
i128 temporal_instant(const struct feel_value *v);

/* year, month, day, weekday, hour … of a value; false when the kind has no such property. */
enum temporal_property {
    PROPERTY_NONE,
    PROPERTY_YEAR,
    PROPERTY_MONTH,
    PROPERTY_DAY,
    PROPERTY_WEEKDAY,
    PROPERTY_HOUR,
    PROPERTY_MINUTE,
    PROPERTY_SECOND,
    PROPERTY_OFFSET,
    PROPERTY_ZONE,
    PROPERTY_YEARS,
    PROPERTY_MONTHS,
    PROPERTY_DAYS,
    PROPERTY_HOURS,
    PROPERTY_MINUTES,
    PROPERTY_SECONDS,
    PROPERTY_START,
    PROPERTY_END,
    PROPERTY_START_INCLUDED,
    PROPERTY_END_INCLUDED,
    PROPERTY_COUNT
};
enum temporal_property temporal_property_find(str name);
str temporal_property_name(enum temporal_property p);
bool temporal_has_property(enum feel_kind kind, enum temporal_property p);
enum feel_kind temporal_property_kind(enum temporal_property p); /* FEEL_ANY for range ends */
bool temporal_property(const struct feel_value *v, enum temporal_property p,
                       struct feel_value *out);

/* Named zones (zone.c).  0: unknown. */
uint16_t zone_find(str name);
str zone_name(uint16_t zone);
/* Offset at a local (wall clock) moment. */
int32_t zone_offset_local(uint16_t zone, int64_t day, int64_t nanosecond);
/* Offset at an instant, both in UTC. */
int32_t zone_offset_utc(uint16_t zone, int64_t day, int64_t nanosecond);
