/* Evaluating a watch at a period and an organisation. */
#include "loop/inner.h"

static struct feel_value number_or_null(struct cx *cx, bool there, dec d)
{
    return there ? feel_dec(cx->arena, d) : feel_null();
}

rc look_at(struct cx *cx, const struct measure_view *v, const struct app_watch *w, struct period p,
           int64_t org, struct look *out)
{
    *out = (struct look){.watch = w, .period = p, .org = org};
    const rc r = indicator_read(cx, v, w->indicator, p, org, &out->reading);
    if (r != RC_OK) return r;
    const struct reading *now = &out->reading;
    out->has_gap = now->present && now->has_target && dec_sub(now->value, now->target, &out->gap);
    out->slot[SLOT_VALUE] = number_or_null(cx, now->present, now->value);
    out->slot[SLOT_TARGET] = number_or_null(cx, now->has_target, now->target);
    out->slot[SLOT_GAP] = number_or_null(cx, out->has_gap, out->gap);
    for (int i = SLOT_PERIOD; i < SLOT_COUNT; i++)
        out->slot[i] = feel_null();
    return RC_OK;
}

/* null is not a breach, and closes nothing. */
static rc holds(struct cx *cx, const struct look *k, const struct feel_expr *e, bool *yes)
{
    struct feel_run run = {.cx = cx, .slot = k->slot};
    struct feel_value answer = feel_null();
    const rc r = feel_eval(&run, e, &answer);
    *yes = r == RC_OK && feel_is_true(&answer);
    return r;
}

rc look_breach(struct cx *cx, const struct measure_view *v, const struct look *k, bool *yes)
{
    const struct app_watch *w = k->watch;
    *yes = false;
    if (!k->reading.present) return RC_OK;
    rc r = holds(cx, k, w->when, yes);
    for (int n = 1; n < w->lasting && r == RC_OK && *yes; n++) {
        struct look before;
        r = look_at(cx, v, w, (struct period){k->period.unit, k->period.index - n}, k->org,
                    &before);
        if (r == RC_OK) r = holds(cx, &before, w->when, yes);
        *yes = *yes && before.reading.present;
    }
    return r;
}

rc look_closes(struct cx *cx, const struct look *k, bool *yes)
{
    *yes = false;
    return k->reading.present ? holds(cx, k, k->watch->close, yes) : RC_OK;
}

rc look_names(struct cx *cx, const struct measure_view *v, struct look *k)
{
    struct buf period = {.arena = cx->arena};
    struct record org = {0};
    const struct app_type *type = catalogue_type(v->catalogue, STR("core.org"));
    rc r = RC_OK;
    period_write(&period, k->period);
    k->slot[SLOT_PERIOD] = feel_string(buf_str(&period));
    k->slot[SLOT_INDICATOR] = feel_string(k->watch->indicator->name);
    if (!type || !k->org) return RC_OK;
    r = rec_load(cx, v->db, type, k->org, &org);
    if (r == RC_OK) k->slot[SLOT_ORG] = feel_string(rec_key_text(cx, v->db, &org));
    return r;
}

bool look_in_time(const struct cx *cx, struct period p)
{
    enum { MONTHS_BACK = 12 };
    const day_t today = day_of_us(cx->now_us);
    return period_first(p) <= today && period_last(p) >= day_add_months(today, -MONTHS_BACK);
}
