/* The working calendar: weekdays, less public holidays, plus make-up workdays (调休上班).
 * Rule for deadlines in working days (工作日): the day of receipt is not counted. */
#pragma once

#include "base/date.h"
#include "base/err.h"

struct calendar; /* immutable after load */
/* Reads "day,kind" rows: kind is `holiday` or `workday`; first line is the header.
 * Errors: RC_INVALID calendar.syntax with position. */
NODISCARD rc calendar_parse(struct cx *cx, str csv, str source, const struct calendar **out);
bool calendar_is_workday(const struct calendar *c, day_t d);
/* The n-th working day after d (n > 0), before d (n < 0), d itself (n = 0). */
day_t calendar_add(const struct calendar *c, day_t d, int n);
/* Working days after `from` up to and including `to`; negative when `to` is earlier. */
int calendar_between(const struct calendar *c, day_t from, day_t to);
/* Working hours: of every working day 09:00 – 12:00 and 14:00 – 17:30, office time.  The moment by which
 * so much working time has passed after `us` (before it when negative; 0: `us` itself). */
int64_t calendar_add_hours(const struct calendar *c, int64_t us, int64_t working_us);
/* Working time from one moment to another; negative when `to_us` is earlier. */
int64_t calendar_hours_between(const struct calendar *c, int64_t from_us, int64_t to_us);
/* First and last year the calendar has holidays for: beyond, weekdays alone decide. */
void calendar_years(const struct calendar *c, int *first, int *last);
