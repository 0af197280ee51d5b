/* Named time zones.  A zone is its place in a sorted table of names, so that it fits into a value;
 * the rules come from ICU. */
#include <unicode/ucal.h>
#include <unicode/ustring.h>

#include "feel/time/temporal.h"

static const char *const zones[] = {
#define ZONE(name) name,
#include "feel/time/zone.def"
#undef ZONE
};

uint16_t zone_find(str name)
{
    size_t low = 0, high = COUNTOF(zones);
    while (low < high) {
        const size_t middle = (low + high) / 2;
        const int order = str_cmp(name, str_from(zones[middle]));
        if (order == 0) return (uint16_t)(middle + 1);
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return 0;
}

str zone_name(uint16_t zone)
{
    return zone == 0 || zone > COUNTOF(zones) ? STR("") : str_from(zones[zone - 1]);
}

str feel_zone_name(const struct feel_value *v)
{
    return v->kind == FEEL_TIME || v->kind == FEEL_DATE_TIME ? zone_name(v->zone) : STR("");
}

/* ICU counts milliseconds in binary floating point; far years are moved by whole cycles of 400
 * years into a span it knows, where the same rules hold on the same weekdays. */
static int64_t near_day(int64_t day)
{
    enum { CYCLE_DAYS = 146097, FAR_CYCLES = 2, EARLY_DAY = -146097 };
    if (day > (int64_t)CYCLE_DAYS * FAR_CYCLES) return CYCLE_DAYS + day % CYCLE_DAYS;
    return day < EARLY_DAY ? EARLY_DAY : day;
}

static int32_t offset_at(UCalendar *calendar, double ms)
{
    UErrorCode status = U_ZERO_ERROR;
    ucal_setMillis(calendar, ms, &status);
    const int32_t zone = ucal_get(calendar, UCAL_ZONE_OFFSET, &status);
    const int32_t summer = ucal_get(calendar, UCAL_DST_OFFSET, &status);
    return U_SUCCESS(status) ? (zone + summer) / 1000 : 0;
}

static int32_t offset(uint16_t zone, int64_t day, int64_t nanosecond, bool local)
{
    UChar name[64];
    UErrorCode status = U_ZERO_ERROR;
    int32_t len = 0;
    u_strFromUTF8(name, COUNTOF(name), &len, zones[zone - 1], -1, &status);
    UCalendar *calendar = ucal_open(name, len, "en", UCAL_GREGORIAN, &status);
    if (U_FAILURE(status)) return 0;
    const double ms = (double)(near_day(day) * 86400000 + nanosecond / 1000000);
    int32_t seconds = offset_at(calendar, ms);
    if (local) {
        /* Twice: in the hour skipped in spring the offset before it counts. */
        seconds = offset_at(calendar, ms - 1000.0 * seconds);
        seconds = offset_at(calendar, ms - 1000.0 * seconds);
    }
    ucal_close(calendar);
    return seconds;
}

int32_t zone_offset_local(uint16_t zone, int64_t day, int64_t nanosecond)
{
    return offset(zone, day, nanosecond, true);
}

int32_t zone_offset_utc(uint16_t zone, int64_t day, int64_t nanosecond)
{
    return offset(zone, day, nanosecond, false);
}
