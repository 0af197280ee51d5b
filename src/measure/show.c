/* Figures as shown and as JSON. */
#include "measure/inner.h"

enum { NUMBER_DIGITS = 12 };

static bool is_percent(const struct app_indicator *i)
{
    return str_eq(i->unit, STR("%"));
}

/* With exactly `digits` behind the point where 64 bits hold it. */
static str fixed_text(struct cx *cx, dec value, int digits)
{
    struct buf b = {.arena = cx->arena};
    struct jw w = {.out = &b};
    int64_t n;
    dec rounded = value;
    if (!dec_rescale(value, digits, DEC_HALF_UP, &rounded)) rounded = value;
    if (dec_to_fixed(rounded, digits, &n))
        jw_fixed(&w, n, digits);
    else
        dec_write(&b, rounded);
    return buf_str(&b);
}

str indicator_shown(struct cx *cx, const struct app_indicator *i, dec value)
{
    dec in_unit = value;
    if (is_percent(i) && !dec_mul(value, dec_i64(100), &in_unit)) in_unit = value;
    return fixed_text(cx, in_unit, i->decimals);
}

str indicator_number(struct cx *cx, dec value)
{
    struct buf b = {.arena = cx->arena};
    dec rounded = value;
    if (!dec_rescale(value, NUMBER_DIGITS, DEC_HALF_UP, &rounded)) rounded = value;
    dec_write(&b, rounded);
    return buf_str(&b);
}

static void number_member(struct cx *cx, struct jw *out, const char *key, bool there, dec value)
{
    jw_kraw(out, key, there ? indicator_number(cx, value) : STR("null"));
}

static void shown_member(struct cx *cx, struct jw *out, const char *key,
                         const struct app_indicator *i, bool there, dec value)
{
    if (there)
        jw_kstr(out, key, indicator_shown(cx, i, value));
    else
        jw_kraw(out, key, STR("null"));
}

static void met_member(struct jw *out, int met)
{
    jw_kraw(out, "met", met < 0 ? STR("null") : met ? STR("true") : STR("false"));
}

static void period_member(struct cx *cx, struct jw *out, struct period p)
{
    jw_kstr(out, "period", period_text(cx->arena, p.unit, p.index));
}

/* ---- names of organisations and other records ---- */

str record_label(struct cx *cx, struct db *db, const struct record *r)
{
    const struct app_type *t = r->type;
    if (t->label >= 0 && r->value[t->label].present && r->value[t->label].text.len)
        return r->value[t->label].text;
    return rec_key_text(cx, db, r);
}

static rc org_member(struct cx *cx, const struct measure_view *v, int64_t org_id, struct jw *out)
{
    struct record r = {0};
    const struct app_type *type = catalogue_type(v->catalogue, STR("core.org"));
    rc result = type && org_id ? rec_load(cx, v->db, type, org_id, &r) : RC_OK;
    jw_key(out, STR("org"));
    if (result != RC_OK || !r.type) {
        jw_null(out);
        return result;
    }
    jw_object(out);
    jw_ki64(out, "id", org_id);
    jw_kstr(out, "key", rec_key_text(cx, v->db, &r));
    jw_kstr(out, "label", record_label(cx, v->db, &r));
    jw_end(out, '}');
    return RC_OK;
}

/* ---- one reading ---- */

static const char *unit_name(enum period_unit unit)
{
    static const char *const name[] = {"day", "month", "quarter", "half", "year"};
    return name[unit];
}

static void head_write(const struct app_indicator *i, enum lang lang, struct jw *out)
{
    jw_kstr(out, "name", i->name);
    jw_kstr(out, "title", app_title_of(&i->title, lang));
    jw_kstr(out, "unit", i->unit);
    jw_ki64(out, "decimals", i->decimals);
    jw_kstr(out, "better", i->better == BETTER_HIGHER ? STR("higher") : STR("lower"));
    jw_kstr(out, "per", str_from(unit_name(i->per)));
    jw_kbool(out, "cumulative", i->cumulative);
    jw_kstr(out, "lead", i->lead);
}

void indicator_head_write(struct cx *cx, const struct app_indicator *i, struct period p,
                          enum lang lang, struct jw *out)
{
    head_write(i, lang, out);
    period_member(cx, out, p);
}

void reading_members_write(struct cx *cx, const struct app_indicator *i, const struct reading *r,
                           struct jw *out)
{
    dec gap = dec_i64(0);
    const bool has_gap = r->present && r->has_target && dec_sub(r->value, r->target, &gap);
    number_member(cx, out, "value", r->present, r->value);
    number_member(cx, out, "target", r->has_target, r->target);
    shown_member(cx, out, "gap", i, has_gap, gap);
    met_member(out, r->met);
    shown_member(cx, out, "shown", i, r->present, r->value);
    shown_member(cx, out, "shown_target", i, r->has_target, r->target);
    shown_member(cx, out, "shown_gap", i, has_gap, gap);
}

static void known_member(struct cx *cx, struct jw *out, day_t day)
{
    if (day == DAY_NONE)
        jw_kraw(out, "known_at", STR("null"));
    else
        jw_kstr(out, "known_at", period_text(cx->arena, PERIOD_DAY, day));
}

rc indicator_write(struct cx *cx, const struct measure_view *v, const struct app_indicator *i,
                   struct period p, int64_t org_id, enum lang lang, struct jw *out)
{
    struct reader from = {.view = v};
    struct reading now = {0}, prior = {0};
    rc r = reading_make(cx, &from, i, p, org_id, &now);
    if (r == RC_OK) r = reading_make(cx, &from, i, period_prior_year(p), org_id, &prior);
    if (r != RC_OK) return r;
    jw_object(out);
    indicator_head_write(cx, i, p, lang, out);
    r = org_member(cx, v, org_id, out);
    reading_members_write(cx, i, &now, out);
    number_member(cx, out, "prior", prior.present, prior.value);
    shown_member(cx, out, "prior_shown", i, prior.present, prior.value);
    jw_kbool(out, "provisional", now.provisional);
    known_member(cx, out, v->known_at);
    jw_end(out, '}');
    return r;
}

rc indicator_series_write(struct cx *cx, const struct measure_view *v,
                          const struct app_indicator *i, struct period last, int count,
                          int64_t org_id, struct jw *out)
{
    struct reader from = {.view = v};
    rc r = RC_OK;
    jw_array(out);
    for (int k = count - 1; k >= 0 && r == RC_OK; k--) {
        const struct period p = {last.unit, last.index - k};
        struct reading read = {0};
        r = reading_make(cx, &from, i, p, org_id, &read);
        if (r != RC_OK || !read.present) continue;
        jw_object(out);
        period_member(cx, out, p);
        number_member(cx, out, "value", true, read.value);
        number_member(cx, out, "target", read.has_target, read.target);
        shown_member(cx, out, "shown", i, true, read.value);
        met_member(out, read.met);
        jw_kbool(out, "provisional", read.provisional);
        jw_end(out, '}');
    }
    jw_end(out, ']');
    return r;
}
