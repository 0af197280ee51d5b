/* The functions indicators call: each measure, prior year(x), year to date(x).  They evaluate x in a
 * frame whose period they have moved.
 *
 * What is not there:
 *   reported  null
 *   count     0, but null where an earlier year has no record at all
 *   sum       0 when the period has other records of the measure here, else null
 * so that a share of nothing is 0 and growth without a base year is absent.  And an indicator is
 * absent unless some cell of the period itself is there. */
#include "measure/inner.h"

static struct measure_frame *frame_of(const struct feel_call *call)
{
    return feel_call_run(call)->host;
}

/* Text of an argument as a dimension; false: any. */
static bool dim_text(struct arena *a, const struct feel_value *v, str *out)
{
    switch ((enum feel_kind)v->kind) {
    case FEEL_STRING: *out = feel_str(v); return true;
    case FEEL_BOOLEAN: *out = v->as.boolean ? STR("true") : STR("false"); return true;
    case FEEL_NUMBER:
    case FEEL_DATE:
    case FEEL_TIME:
    case FEEL_DATE_TIME:
    case FEEL_MONTHS_DURATION:
    case FEEL_DAYS_DURATION:
    case FEEL_LIST:
    case FEEL_CONTEXT:
    case FEEL_RANGE:
    case FEEL_FUNCTION: {
        struct buf b = {.arena = a};
        feel_value_text(&b, v);
        *out = buf_str(&b);
        return true;
    }
    case FEEL_NULL:
    case FEEL_ANY:
    case FEEL_KIND_COUNT: return false;
    }
    return false;
}

static rc arguments(struct feel_call *call, const struct app_measure *m,
                    const str **dim /* MEASURE_BY_MAX */)
{
    struct arena *a = frame_of(call)->cx->arena;
    str *text = NEWS(a, str, MEASURE_BY_MAX);
    for (int i = 0; i < m->by_count; i++) {
        struct feel_value v = feel_null();
        if (!feel_call_given(call, (size_t)i)) continue;
        const rc r = feel_call_eval(call, (size_t)i, &v);
        if (r != RC_OK) return r;
        if (dim_text(a, &v, &text[i])) dim[i] = &text[i];
    }
    return RC_OK;
}

/* dim NULL: all of the measure. */
static rc value_read(struct measure_frame *f, struct cell_range *r,
                     const str *const dim[MEASURE_BY_MAX], struct measure_value *out)
{
    if (f->sums) return sums_read(f, r->measure, dim, out);
    r->pattern = (struct pattern){0};
    rc result = dim ? pattern_make(f->cx, f->view, f->cache, r->measure, dim, &r->pattern) : RC_OK;
    return result == RC_OK ? range_read(f->cx, f->view, f->cache, r, out) : result;
}

/* Is anything of the measure here in this period, whatever its dimensions? */
static rc any_there(struct measure_frame *f, const struct cell_range *r, bool *there)
{
    struct cell_range any = *r;
    struct measure_value v = {0};
    const rc result = value_read(f, &any, NULL, &v);
    *there = v.present;
    return result;
}

static rc absent_value(struct measure_frame *f, const struct cell_range *r, bool *zero)
{
    *zero = false;
    switch (r->measure->kind) {
    case MEASURE_REPORTED: return RC_OK;
    case MEASURE_COUNT: *zero = true; return f->is_shifted ? any_there(f, r, zero) : RC_OK;
    case MEASURE_SUM: return any_there(f, r, zero);
    }
    return RC_OK;
}

static void note(struct measure_frame *f, const struct cell_range *r, const struct measure_value *v)
{
    if (f->ranges) *vec_add(f->cx->arena, f->ranges) = (struct read_range){*r, f->is_shifted};
    f->provisional |= v->provisional > 0;
    if (f->is_shifted || f->period.index != f->base.index) return;
    f->asked = true;
    f->known |= v->present;
}

static rc call_measure(struct feel_call *call, struct feel_value *out)
{
    struct measure_frame *f = frame_of(call);
    const struct app_measure *m = feel_call_data(call);
    struct cell_range range = {.measure = m, .org = f->org};
    struct measure_value v = {0};
    const str *dim[MEASURE_BY_MAX] = {0};
    bool zero = false;
    *out = feel_null();
    rc r = arguments(call, m, dim);
    if (r != RC_OK) return r;
    if (!range_of(m, f->period, &range.first, &range.last)) {
        feel_call_warn(call, "度量的期间比指标的期间粗",
                       "the measure's periods are coarser than the indicator's");
        return RC_OK;
    }
    r = value_read(f, &range, dim, &v);
    if (r != RC_OK) return r;
    note(f, &range, &v);
    if (!v.present) r = absent_value(f, &range, &zero);
    if (v.present || zero) *out = feel_fixed(v.value, m->kind == MEASURE_COUNT ? 0 : m->scale);
    if (v.present && m->kind == MEASURE_COUNT) *out = feel_int(v.n);
    return r;
}

static rc call_prior_year(struct feel_call *call, struct feel_value *out)
{
    struct measure_frame *f = frame_of(call);
    const struct measure_frame was = *f;
    *out = feel_null();
    if (!feel_call_given(call, 0)) return RC_OK;
    f->period = period_prior_year(f->period);
    f->is_shifted = true;
    const rc r = feel_call_eval(call, 0, out);
    f->period = was.period;
    f->is_shifted = was.is_shifted;
    return r;
}

/* The sum of x over the periods of the year up to this one; what is absent is left out, and all
 * absent is absent. */
static rc call_year_to_date(struct feel_call *call, struct feel_value *out)
{
    struct measure_frame *f = frame_of(call);
    const struct period here = f->period;
    struct period p = period_of(period_first(period_in(here, PERIOD_YEAR)), here.unit);
    dec sum = dec_i64(0);
    bool any = false, fits = true;
    rc r = RC_OK;
    *out = feel_null();
    if (!feel_call_given(call, 0)) return RC_OK;
    for (; p.index <= here.index && r == RC_OK && fits; p.index++) {
        struct feel_value v = feel_null();
        f->period = p;
        r = feel_call_eval(call, 0, &v);
        if (r != RC_OK || v.kind != FEEL_NUMBER) continue;
        any = true;
        fits = dec_add(sum, feel_to_dec(&v), &sum);
    }
    f->period = here;
    if (r == RC_OK && any && fits) *out = feel_dec(f->cx->arena, sum);
    return r;
}

const struct app_host measure_host = {
    .measure = call_measure, .prior_year = call_prior_year, .year_to_date = call_year_to_date};

rc frame_number(struct measure_frame *f, const struct feel_expr *e, dec *out, bool *present)
{
    struct feel_run run = {.cx = f->cx, .host = f};
    struct feel_value v = feel_null();
    const rc r = feel_eval(&run, e, &v);
    *present = r == RC_OK && v.kind == FEEL_NUMBER;
    if (*present) *out = feel_to_dec(&v);
    return r;
}
