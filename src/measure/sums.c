/* An indicator above several sites: its measures are added up over the sites, then its expression is
 * evaluated once on the sums.  Which measures that takes shows only when it is evaluated: what is not
 * known yet is noted, asked for, and the expression evaluated again.
 *
 * Counts and sums of records add up.  A figure that was reported adds up when it is an amount; a rate
 * or a rank does not, and an indicator that reads one has no total. */
#include "measure/inner.h"

/* A reported figure without a unit may be anything. */
static bool adds_up(const struct app_measure *m)
{
    static const str rate[] = {STR_INIT("%"),        STR_INIT("‰"),  STR_INIT("百分点"),
                               STR_INIT("个百分点"), STR_INIT("倍"), STR_INIT("分"),
                               STR_INIT("位"),       STR_INIT("名"), STR_INIT("指数")};
    if (m->kind != MEASURE_REPORTED) return true;
    for (size_t i = 0; i < COUNTOF(rate); i++)
        if (str_eq(m->unit_text, rate[i])) return false;
    return m->unit_text.len > 0;
}

static bool same_dims(const struct measure_sum *s, const str *const dim[MEASURE_BY_MAX])
{
    for (int i = 0; i < s->measure->by_count; i++) {
        const bool given = dim && dim[i];
        if (given != s->is_given[i] || (given && !str_eq(*dim[i], s->dim[i]))) return false;
    }
    return true;
}

rc sums_read(struct measure_frame *f, const struct app_measure *m,
             const str *const dim[MEASURE_BY_MAX], struct measure_value *out)
{
    struct measure_sums *sums = f->sums;
    *out = (struct measure_value){0};
    if (!adds_up(m)) {
        sums->is_refused = true;
        return RC_OK;
    }
    for (size_t i = 0; i < sums->len; i++) {
        const struct measure_sum *s = &sums->at[i];
        if (s->measure != m || s->period.unit != f->period.unit ||
            s->period.index != f->period.index || !same_dims(s, dim))
            continue;
        *out = s->value;
        return RC_OK;
    }
    struct measure_sum *s = vec_add(f->cx->arena, sums);
    *s = (struct measure_sum){.measure = m, .period = f->period};
    for (int i = 0; i < m->by_count; i++) {
        s->is_given[i] = dim && dim[i];
        if (s->is_given[i]) s->dim[i] = arena_dup(f->cx->arena, *dim[i]);
    }
    sums->is_short = true;
    return RC_OK;
}

rc measure_sums_add(struct cx *cx, const struct measure_view *v, int64_t org_id,
                    struct measure_sums *sums)
{
    rc r = RC_OK;
    for (size_t i = 0; i < sums->len && r == RC_OK; i++) {
        struct measure_sum *s = &sums->at[i];
        const str *dim[MEASURE_BY_MAX] = {0};
        struct measure_value here = {0};
        for (int k = 0; k < s->measure->by_count; k++)
            if (s->is_given[k]) dim[k] = &s->dim[k];
        r = measure_get(cx, v, s->measure, s->period, org_id, dim, &here);
        if (r == RC_OK) r = value_add(cx, s->measure, &here, &s->value);
    }
    return r;
}

void measure_sums_clear(struct measure_sums *sums)
{
    for (size_t i = 0; i < sums->len; i++)
        sums->at[i].value = (struct measure_value){0};
}

rc indicator_read_sums(struct cx *cx, const struct app_indicator *i, struct period p,
                       struct measure_sums *sums, struct reading *out)
{
    struct reader from = {.sums = sums};
    const bool was_short = sums->is_short;
    sums->is_refused = sums->is_short = false;
    const rc r = reading_make(cx, &from, i, p, 0, out);
    if (sums->is_refused) *out = (struct reading){.met = -1};
    sums->is_short |= was_short;
    return r;
}

rc indicators_read(struct cx *cx, const struct measure_view *v, int64_t org_id,
                   const struct period *asked, struct indicator_row *out)
{
    const struct catalogue *c = v->catalogue;
    struct reader from = {.view = v};
    rc r = RC_OK;
    for (int k = 0; k < c->indicator_count && r == RC_OK; k++) {
        const struct app_indicator *i = &c->indicator[k];
        struct indicator_row *row = &out[k];
        bool found = true;
        *row = (struct indicator_row){.reading.met = -1};
        row->period = asked ? period_of(period_last(*asked), i->per)
                            : period_of(day_of_us(cx->now_us), i->per);
        if (!asked) r = indicator_latest(cx, v, i, org_id, &row->period, &found);
        if (r == RC_OK && found) r = reading_make(cx, &from, i, row->period, org_id, &row->reading);
    }
    return r;
}
