/* Builtins on dates, times and durations. */
#include "feel/builtin/builtin.h"

static const struct feel_value *single(const struct feel_value *v)
{
    return v->kind == FEEL_LIST && v->as.list->count == 1 ? v->as.list->at : v;
}

static int64_t day_of(const struct feel_value *v)
{
    return v->kind == FEEL_DATE ? v->as.date : v->as.moment.day;
}

bool builtin_date(struct call *c, const struct feel_value *arg, struct feel_value *out)
{
    const struct feel_value *v = single(arg);
    if (v->kind == FEEL_NULL) return true;
    if (v->kind == FEEL_STRING) {
        if (temporal_parse_date(feel_str(v), out)) return true;
        return call_fault(c, "feel.literal", "不是日期", "this is no date");
    }
    if (v->kind != FEEL_DATE && v->kind != FEEL_DATE_TIME) return false;
    *out = (struct feel_value){.kind = FEEL_DATE, .as.date = day_of(v)};
    return true;
}

bool builtin_date_of(struct call *c, const struct feel_value *arg, struct feel_value *out)
{
    int64_t y, m, d;
    if (!number_i64(&arg[0], &y) || !number_i64(&arg[1], &m) || !number_i64(&arg[2], &d) || m < 1 ||
        m > 12 || d < 1 || d > 31)
        return false;
    const struct civil civil = {y, (int)m, (int)d};
    if (!civil_valid(civil))
        return call_fault(c, "feel.literal", "没有这一天", "there is no such day");
    *out = (struct feel_value){.kind = FEEL_DATE, .as.date = civil_day(civil)};
    return true;
}

bool builtin_date_time(struct call *c, const struct feel_value *arg, struct feel_value *out)
{
    const struct feel_value *v = single(arg);
    if (v->kind == FEEL_NULL) return true;
    if (v->kind == FEEL_STRING) {
        if (temporal_parse_date_time(feel_str(v), out)) return true;
        if (!temporal_parse_date(feel_str(v), out))
            return call_fault(c, "feel.literal", "不是日期时间", "this is no date and time");
        *out = (struct feel_value){.kind = FEEL_DATE_TIME, .as.moment = {out->as.date, 0}};
        return true;
    }
    if (v->kind == FEEL_DATE_TIME) {
        *out = *v;
        return true;
    }
    if (v->kind != FEEL_DATE) return false;
    *out = (struct feel_value){
        .kind = FEEL_DATE_TIME, .has_offset = true, .as.moment = {v->as.date, 0}};
    return true;
}

bool builtin_date_time_of(struct call *c, const struct feel_value *arg, struct feel_value *out)
{
    const struct feel_value *time = single(&arg[1]);
    if (time->kind == FEEL_NULL || arg[2].kind == FEEL_NULL) return true;
    if (time->kind != FEEL_TIME) return false;
    *out = *time;
    out->kind = FEEL_DATE_TIME;
    out->as.moment.day = day_of(&arg[0]);
    if (c->count > 2) {
        out->zone = zone_find(feel_str(&arg[2]));
        if (out->zone == 0)
            return call_fault(c, "feel.literal", "没有这个时区", "there is no such time zone");
        out->has_offset = true;
    }
    if (out->zone != 0)
        out->offset_s = zone_offset_local(out->zone, out->as.moment.day, out->as.moment.nanosecond);
    return true;
}

bool builtin_time(struct call *c, const struct feel_value *arg, struct feel_value *out)
{
    const struct feel_value *v = single(arg);
    if (v->kind == FEEL_NULL) return true;
    if (v->kind == FEEL_STRING) {
        str s = feel_str(v);
        if (s.len > 1 && s.at[0] == 'T') s = str_slice(s, 1, s.len);
        if (temporal_parse_time(s, out)) return true;
        return call_fault(c, "feel.literal", "不是时间", "this is no time");
    }
    if (v->kind == FEEL_DATE)
        *out = (struct feel_value){.kind = FEEL_TIME, .has_offset = true};
    else if (v->kind == FEEL_TIME || v->kind == FEEL_DATE_TIME)
        *out = *v;
    else
        return false;
    out->kind = FEEL_TIME;
    out->as.moment.day = 0;
    return true;
}

bool builtin_time_of(struct call *c, const struct feel_value *arg, struct feel_value *out)
{
    int64_t h, m, ns;
    dec cut;
    (void)c;
    if (!number_i64(&arg[0], &h) || !number_i64(&arg[1], &m)) return false;
    if (!dec_rescale(feel_to_dec(&arg[2]), 9, DEC_DOWN, &cut) || !dec_to_fixed(cut, 9, &ns))
        return false;
    if (h < 0 || h > 23 || m < 0 || m > 59 || ns < 0 || ns >= 60 * NS_PER_SECOND) return false;
    struct feel_value v = {.kind = FEEL_TIME,
                           .as.moment = {0, (h * 60 + m) * 60 * NS_PER_SECOND + ns}};
    if (given(&arg[3])) {
        const i128 offset = temporal_duration_ns(&arg[3]);
        const i128 limit = (i128)18 * 3600 * NS_PER_SECOND;
        if (offset > limit || offset < -limit || offset % NS_PER_SECOND != 0) return false;
        v.has_offset = true;
        v.offset_s = (int32_t)(offset / NS_PER_SECOND);
    }
    *out = v;
    return true;
}

bool builtin_duration(struct call *c, const struct feel_value *arg, struct feel_value *out)
{
    if (temporal_parse_duration(feel_str(arg), out)) return true;
    return call_fault(c, "feel.literal", "不是时长", "this is no duration");
}

/* Whole months from a to b, towards zero; times count when both have one. */
static int64_t months_between(const struct feel_value *a, const struct feel_value *b)
{
    const struct civil x = day_civil(day_of(a)), y = day_civil(day_of(b));
    int64_t months = (y.year - x.year) * 12 + (y.month - x.month);
    int64_t rest = y.day - x.day;
    if (rest == 0 && a->kind == FEEL_DATE_TIME && b->kind == FEEL_DATE_TIME) {
        const int64_t p = a->as.moment.nanosecond, q = b->as.moment.nanosecond;
        rest = (q > p) - (q < p);
    }
    if (months > 0 && rest < 0) months--;
    if (months < 0 && rest > 0) months++;
    return months;
}

bool builtin_months_duration(struct call *c, const struct feel_value *arg, struct feel_value *out)
{
    (void)c;
    *out = (struct feel_value){.kind = FEEL_MONTHS_DURATION,
                               .as.duration = months_between(&arg[0], &arg[1])};
    return true;
}

bool builtin_months_between(struct call *c, const struct feel_value *arg, struct feel_value *out)
{
    (void)c;
    *out = feel_int(months_between(&arg[0], &arg[1]));
    return true;
}

/* Born on 29 February, one is a year older on 1 March, as Chinese civil law counts. */
bool builtin_years_between(struct call *c, const struct feel_value *arg, struct feel_value *out)
{
    (void)c;
    *out = feel_int(months_between(&arg[0], &arg[1]) / 12);
    return true;
}

bool builtin_days_between(struct call *c, const struct feel_value *arg, struct feel_value *out)
{
    (void)c;
    if (arg[0].kind == FEEL_DATE_TIME && arg[1].kind == FEEL_DATE_TIME) {
        const i128 ns = temporal_instant(&arg[1]) - temporal_instant(&arg[0]);
        *out = feel_int((int64_t)(ns / NS_PER_DAY));
    } else {
        *out = feel_int(day_of(&arg[1]) - day_of(&arg[0]));
    }
    return true;
}

bool builtin_now(struct call *c, const struct feel_value *arg, struct feel_value *out)
{
    (void)arg;
    *out = feel_date_time_us(c->m->run->cx->now_us);
    return true;
}

bool builtin_today(struct call *c, const struct feel_value *arg, struct feel_value *out)
{
    (void)arg;
    *out = feel_date(day_of_us(c->m->run->cx->now_us));
    return true;
}

bool builtin_day_of_week(struct call *c, const struct feel_value *arg, struct feel_value *out)
{
    static const char *const name[] = {"Monday", "Tuesday",  "Wednesday", "Thursday",
                                       "Friday", "Saturday", "Sunday"};
    (void)c;
    *out = feel_string(str_from(name[temporal_weekday(day_of(arg)) - 1]));
    return true;
}

bool builtin_month_of_year(struct call *c, const struct feel_value *arg, struct feel_value *out)
{
    static const char *const name[] = {"January",   "February", "March",    "April",
                                       "May",       "June",     "July",     "August",
                                       "September", "October",  "November", "December"};
    (void)c;
    *out = feel_string(str_from(name[day_civil(day_of(arg)).month - 1]));
    return true;
}

bool builtin_day_of_year(struct call *c, const struct feel_value *arg, struct feel_value *out)
{
    (void)c;
    const int64_t day = day_of(arg);
    *out = feel_int(day - civil_day((struct civil){day_civil(day).year, 1, 1}) + 1);
    return true;
}

/* ISO 8601: the week that holds the Thursday. */
bool builtin_week_of_year(struct call *c, const struct feel_value *arg, struct feel_value *out)
{
    (void)c;
    const int64_t day = day_of(arg), thursday = day - temporal_weekday(day) + 4;
    const int64_t first = civil_day((struct civil){day_civil(thursday).year, 1, 1});
    *out = feel_int((thursday - first) / 7 + 1);
    return true;
}
