/* Watches look at what a job has moved. */
#include "loop/loop.h"

#include <stdlib.h>

#include "loop/inner.h"

rc loop_new(struct cx *cx, const struct catalogue *c, const struct loop_host *host,
            struct loop **out)
{
    struct loop *l = NEW(cx->arena, struct loop);
    *l = (struct loop){.catalogue = c, .host = *host};
    l->by_measure = NEWS(cx->arena, struct watch_list, (size_t)c->measure_count + 1);
    for (int i = 0; i < c->watch_count; i++) {
        const struct app_indicator *indicator = c->watch[i].indicator;
        for (int k = 0; k < indicator->use_count; k++)
            *vec_add(cx->arena, &l->by_measure[indicator->uses[k]->index]) = &c->watch[i];
    }
    *out = l;
    return RC_OK;
}

/* ---- where to look ---- */

struct place {
    const struct app_watch *watch;
    int64_t org;
    int32_t period; /* in the indicator's unit */
};
struct places {
    struct place *at;
    size_t len, cap;
};

static int in_order(const void *left, const void *right)
{
    const struct place *a = left, *b = right;
    if (a->watch != b->watch) return a->watch->index - b->watch->index;
    if (a->org != b->org) return a->org < b->org ? -1 : 1;
    return (a->period > b->period) - (a->period < b->period);
}

static bool is_watched(const struct app_watch *w, const struct measure_store *m, int64_t org)
{
    if (!w->at.len) return org == measure_root(m);
    return str_eq(measure_org_level(m, org), w->at);
}

static void places_add(struct arena *a, struct places *out, const struct app_watch *w, int64_t org,
                       int32_t first, int32_t last)
{
    for (int32_t p = first; p <= last; p++)
        *vec_add(a, out) = (struct place){w, org, p};
}

/* The periods of the watch's indicator that a cell of period p may move: its own, for year to date
 * those later in the year, for prior year all of these a year later, and as many more as a breach
 * must last. */
static void places_of_touch(struct cx *cx, const struct app_watch *w, struct period p, int64_t org,
                            struct places *out)
{
    const struct app_indicator *i = w->indicator;
    const struct period today = period_of(day_of_us(cx->now_us), i->per);
    if (i->per < p.unit) return;
    const struct period first = period_in(p, i->per);
    int32_t last = first.index;
    if (i->uses_year_to_date)
        last = period_of(period_last(period_in(first, PERIOD_YEAR)), i->per).index;
    const int32_t more = w->lasting - 1;
    for (int years = 0; years <= (i->uses_prior_year ? 1 : 0); years++) {
        struct period from = first, to = {first.unit, last};
        if (years) { /* the day a year later: months have no other length */
            from = period_of(day_add_months(period_first(from), 12), i->per);
            to = period_of(day_add_months(period_last(to), 12), i->per);
        }
        to.index += more;
        if (to.index > today.index) to.index = today.index;
        places_add(cx->arena, out, w, org, from.index, to.index);
    }
}

/* ---- what is done there ---- */

static rc tell(struct cx *cx, struct loop *l, struct db *db, const struct app_watch *w,
               struct link *k, bool back)
{
    k->state = back ? LINK_PROPOSED : LINK_OPEN;
    k->proposed_us = back ? cx->now_us : 0;
    const rc r = link_set_state(cx, db, k);
    return r == RC_OK ? l->host.proposed(l->host.owner, cx, db, w, k->item_id, back) : r;
}

/* An item is there and not closed: is its number back, or has it left again? */
static rc follow(struct cx *cx, struct loop *l, const struct measure_view *v,
                 const struct place *at, struct link *k)
{
    struct look look;
    bool closes = false;
    if (!str_eq(k->watch, at->watch->name)) return RC_OK; /* another watch's, which looks itself */
    const struct period p = {at->watch->indicator->per, at->period};
    rc r = look_at(cx, v, at->watch, p, at->org, &look);
    if (r == RC_OK) r = look_closes(cx, &look, &closes);
    if (r != RC_OK || closes == (k->state == LINK_PROPOSED)) return r;
    return tell(cx, l, v->db, at->watch, k, closes);
}

static rc visit(struct cx *cx, struct loop *l, const struct measure_view *v, const struct place *at)
{
    const struct period p = {at->watch->indicator->per, at->period};
    struct buf text = {.arena = cx->arena};
    struct link last;
    struct look look;
    bool found = false, breach = false;
    period_write(&text, p);
    const struct link_place where = {at->watch->indicator->name, buf_str(&text), at->org};
    rc r = link_last(cx, v->db, &where, &last, &found);
    if (r != RC_OK) return r;
    if (found && last.state != LINK_CLOSED) return follow(cx, l, v, at, &last);
    if ((found && last.is_signed) || !look_in_time(cx, p)) return RC_OK;
    r = look_at(cx, v, at->watch, p, at->org, &look);
    if (r == RC_OK) r = look_breach(cx, v, &look, &breach);
    if (r != RC_OK || !breach) return r;
    return item_open(cx, l, v, &look, found ? last.item_id : 0);
}

static rc visit_all(struct cx *cx, struct loop *l, const struct measure_view *v, struct places *all)
{
    rc r = RC_OK;
    if (all->len) qsort(all->at, all->len, sizeof *all->at, in_order);
    for (size_t i = 0; i < all->len && r == RC_OK; i++)
        if (!i || in_order(&all->at[i - 1], &all->at[i]) != 0) r = visit(cx, l, v, &all->at[i]);
    return r;
}

rc loop_run(struct cx *cx, struct loop *l, struct db *db, struct measure_store *m,
            const struct measure_touches *touched)
{
    const struct measure_view v = {
        .store = m, .db = db, .catalogue = l->catalogue, .known_at = DAY_NONE};
    struct places all = {0};
    for (size_t i = 0; i < touched->len; i++) {
        const struct measure_touch *t = &touched->at[i];
        const struct watch_list *list = &l->by_measure[t->measure->index];
        for (size_t k = 0; k < list->len; k++)
            if (is_watched(list->at[k], m, t->org_id))
                places_of_touch(cx, list->at[k], t->period, t->org_id, &all);
    }
    return visit_all(cx, l, &v, &all);
}

/* ---- all watches ---- */

SQL(sql_orgs, "SELECT DISTINCT org FROM rollup WHERE site = $site ORDER BY org");

/* Items that are open, however old. */
static rc places_of_items(struct cx *cx, const struct loop *l, struct db *db, struct places *out)
{
    struct links list = {0};
    struct period p;
    const rc r = link_all(cx, db, &list);
    for (size_t i = 0; i < list.len && r == RC_OK; i++) {
        const struct app_watch *w = watch_find(l->catalogue, list.at[i].watch);
        if (w && list.at[i].state != LINK_CLOSED && period_parse(list.at[i].period, &p))
            places_add(cx->arena, out, w, list.at[i].org, p.index, p.index);
    }
    return r;
}

rc loop_sweep(struct cx *cx, struct loop *l, struct db *db, struct measure_store *m)
{
    const struct measure_view v = {
        .store = m, .db = db, .catalogue = l->catalogue, .known_at = DAY_NONE};
    const day_t today = day_of_us(cx->now_us);
    struct places all = {0};
    VEC(int64_t) org = {0};
    {
        DB_ROWS rows = {0};
        bool more = false;
        rc r = l->catalogue->watch_count ? db_query(cx, db, &sql_orgs, DB_NO_ARGS, &rows) : RC_OK;
        while (rows.db && r == RC_OK && (r = db_next(cx, &rows, &more)) == RC_OK && more)
            *vec_add(cx->arena, &org) = db_i64(&rows, 0);
        if (r != RC_OK) return r;
    }
    for (int i = 0; i < l->catalogue->watch_count; i++) {
        const struct app_watch *w = &l->catalogue->watch[i];
        const enum period_unit per = w->indicator->per;
        for (size_t k = 0; k < org.len; k++)
            if (is_watched(w, m, org.at[k]))
                places_add(cx->arena, &all, w, org.at[k],
                           period_of(day_add_months(today, -12), per).index,
                           period_of(today, per).index);
    }
    const rc r = places_of_items(cx, l, db, &all);
    return r == RC_OK ? visit_all(cx, l, &v, &all) : r;
}

/* ---- closing ---- */

static rc not_back(struct cx *cx, const struct look *look)
{
    const struct app_indicator *i = look->watch->indicator;
    const struct reading *now = &look->reading;
    const str none = cx->lang == LANG_EN ? STR("none") : STR("无");
    const str value = now->present ? indicator_shown(cx, i, now->value) : none;
    const str target = now->has_target ? indicator_shown(cx, i, now->target) : none;
    const str unit = i->unit;
    const rc r = err_set(cx, RC_CONFLICT, "loop.number-not-back",
                         "指标“" STR_FMT "”尚未回到目标：现值 " STR_FMT STR_FMT
                         "，目标 " STR_FMT STR_FMT "，不能销号",
                         "the indicator \"" STR_FMT "\" is not back: it is " STR_FMT STR_FMT
                         ", the target is " STR_FMT STR_FMT "; the item cannot be closed",
                         STR_ARG(app_title_of(&i->title, cx->lang)), STR_ARG(value), STR_ARG(unit),
                         STR_ARG(target), STR_ARG(unit));
    err_hint(cx, "待指标回到目标后再销号，或由核查人员签字销号",
             "Close it when the number is back, or have an inspector sign for it");
    return r;
}

rc loop_close(struct cx *cx, struct loop *l, struct db *db, struct measure_store *m,
              int64_t item_id, bool inspected)
{
    const struct measure_view v = {
        .store = m, .db = db, .catalogue = l->catalogue, .known_at = DAY_NONE};
    struct link k;
    struct period p;
    struct look look;
    bool found, closes = true;
    rc r = link_load(cx, db, item_id, &k, &found);
    if (r != RC_OK || !found || k.state == LINK_CLOSED) return r;
    const struct app_watch *w = watch_find(l->catalogue, k.watch);
    if (w && period_parse(k.period, &p)) { /* a watch that is gone asks for nothing */
        r = look_at(cx, &v, w, p, k.org, &look);
        if (r == RC_OK) r = look_closes(cx, &look, &closes);
        if (r != RC_OK) return r;
        if (!closes && !inspected) return not_back(cx, &look);
    }
    k.state = LINK_CLOSED;
    k.is_signed = !closes;
    k.closed_us = cx->now_us;
    return link_set_state(cx, db, &k);
}
