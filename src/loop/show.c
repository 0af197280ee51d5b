/* An item's loop as JSON: what was frozen when it opened, and the number now. */
#include "loop/inner.h"

static void text_or_null(struct jw *out, const char *key, str text)
{
    if (text.len)
        jw_kstr(out, key, text);
    else
        jw_kraw(out, key, STR("null"));
}

static void raw_or_null(struct jw *out, const char *key, str json)
{
    jw_kraw(out, key, json.len ? json : STR("null"));
}

static void moment_or_null(struct cx *cx, struct jw *out, const char *key, int64_t us)
{
    struct buf b = {.arena = cx->arena};
    if (us) us_write(&b, us);
    text_or_null(out, key, buf_str(&b));
}

/* When the item may be closed, as a sentence. */
static str closing_of(struct cx *cx, const struct link *k, const struct app_indicator *i,
                      enum lang lang)
{
    if (!i || !k->shown_target.len)
        return lang == LANG_EN ? STR("when its number is back, or an inspector signs")
                               : STR("指标恢复，或核查签字");
    const bool higher = i->better == BETTER_HIGHER;
    if (lang == LANG_EN)
        return arena_printf(cx->arena, "when it is %s " STR_FMT STR_FMT ", or an inspector signs",
                            higher ? "at least" : "at most", STR_ARG(k->shown_target),
                            STR_ARG(i->unit));
    return arena_printf(cx->arena, "现值%s " STR_FMT STR_FMT "，或核查签字",
                        higher ? "不低于" : "不高于", STR_ARG(k->shown_target), STR_ARG(i->unit));
}

static void frozen_write(struct cx *cx, const struct link *k, struct jw *out)
{
    jw_ki64(out, "item", k->item_id);
    jw_kstr(out, "watch", k->watch);
    jw_kstr(out, "indicator", k->indicator);
    jw_ki64(out, "org", k->org);
    jw_kstr(out, "period", k->period);
    raw_or_null(out, "value", k->value);
    raw_or_null(out, "target", k->target);
    text_or_null(out, "gap", k->shown_gap);
    text_or_null(out, "shown", k->shown);
    text_or_null(out, "shown_target", k->shown_target);
    text_or_null(out, "shown_gap", k->shown_gap);
    jw_kstr(out, "state", link_state_name(k->state));
    jw_kbool(out, "signed", k->is_signed);
    moment_or_null(cx, out, "opened_at", k->opened_us);
    moment_or_null(cx, out, "proposed_at", k->proposed_us);
    moment_or_null(cx, out, "closed_at", k->closed_us);
    jw_ki64(out, "lasting", k->lasting);
    if (k->relapse_of)
        jw_ki64(out, "relapse_of", k->relapse_of);
    else
        jw_kraw(out, "relapse_of", STR("null"));
}

rc loop_item_write(struct cx *cx, struct loop *l, const struct measure_view *v, int64_t item_id,
                   enum lang lang, struct jw *out)
{
    struct link k;
    struct period p;
    bool found;
    rc r = link_load(cx, v->db, item_id, &k, &found);
    if (r != RC_OK) return r;
    if (!found) {
        jw_null(out);
        return RC_OK;
    }
    const struct app_watch *w = watch_find(l->catalogue, k.watch);
    const struct app_indicator *i = catalogue_indicator(l->catalogue, k.indicator);
    jw_object(out);
    frozen_write(cx, &k, out);
    jw_kstr(out, "title", w ? app_title_of(&w->title, lang) : k.watch);
    jw_kstr(out, "closing", closing_of(cx, &k, i, lang));
    jw_kraw(out, "evidence", k.evidence);
    jw_key(out, STR("now"));
    if (i && period_parse(k.period, &p))
        r = indicator_write(cx, v, i, p, k.org, lang, out);
    else
        jw_null(out);
    jw_end(out, '}');
    return r;
}
