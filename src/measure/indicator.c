/* Reading an indicator: its value and target at a period and an organisation, its latest period, the
 * days on which it was revised. */
#include <stdlib.h>

#include "measure/inner.h"

rc reading_make(struct cx *cx, struct reader *from, const struct app_indicator *i, struct period p,
                int64_t org, struct reading *out)
{
    struct measure_frame f = {.cx = cx,
                              .view = from->view,
                              /* no view: above sites, from sums */
                              .cache = from->view && from->view->cache ? from->view->cache
                                                                       : &from->cache,
                              .ranges = from->ranges,
                              .sums = from->sums,
                              .base = p,
                              .period = p,
                              .org = org};
    struct reading read = {.met = -1};
    rc r = frame_number(&f, i->value, &read.value, &read.present);
    read.present = read.present && (f.known || !f.asked);
    read.provisional = read.present && f.provisional;
    f.ranges = NULL; /* a target has no records behind it */
    if (r == RC_OK && i->target) r = frame_number(&f, i->target, &read.target, &read.has_target);
    if (r != RC_OK) return r;
    if (read.present && read.has_target) {
        const int cmp = dec_cmp(read.value, read.target);
        read.met = i->better == BETTER_HIGHER ? cmp >= 0 : cmp <= 0;
    }
    *out = read;
    return RC_OK;
}

rc indicator_read(struct cx *cx, const struct measure_view *v, const struct app_indicator *i,
                  struct period p, int64_t org_id, struct reading *out)
{
    struct reader from = {.view = v};
    return reading_make(cx, &from, i, p, org_id, out);
}

/* ---- the latest period ---- */

SQL(sql_latest,
    "SELECT period FROM rollup WHERE site = $site AND measure = $1 AND org = $2 AND dims = $3"
    " AND period <= $4 AND n > 0 ORDER BY period DESC LIMIT 1");

/* *p becomes the last period of m's head at or before it; found in the database, so that of the batch not
 * yet committed nothing is seen. */
static rc measure_latest(struct cx *cx, const struct measure_view *v, const struct app_measure *m,
                         int64_t org, struct period *p, bool *found)
{
    DB_ROWS rows = {0};
    int32_t from, to;
    *found = false;
    if (!range_of(m, *p, &from, &to)) return RC_OK;
    rc r = db_query(cx, v->db, &sql_latest,
                    DB_ARGS(DB_T(m->name), DB_I(org), DB_T(m->by_count ? STR("*") : STR("")),
                            DB_T(period_text(cx->arena, m->unit, to))),
                    &rows);
    if (r == RC_OK) r = db_next(cx, &rows, found);
    const enum period_unit unit = p->unit;
    if (r == RC_OK && *found && period_parse(db_text(&rows, 0), p)) *p = period_in(*p, unit);
    return r;
}

rc indicator_latest(struct cx *cx, const struct measure_view *v, const struct app_indicator *i,
                    int64_t org_id, struct period *out, bool *found)
{
    enum { TRIES_MAX = 60 };
    struct reader from = {.view = v};
    struct period last = *out;
    rc r = RC_OK;
    *found = false;
    for (int n = 0; n < TRIES_MAX && r == RC_OK; n++) {
        struct period best = {.unit = last.unit, .index = INT32_MIN};
        for (int k = 0; k < i->use_count && r == RC_OK; k++) {
            struct period p = last;
            bool there;
            r = measure_latest(cx, v, i->uses[k], org_id, &p, &there);
            if (r == RC_OK && there && p.index > best.index) best.index = p.index;
        }
        struct reading read = {0};
        if (r != RC_OK || best.index == INT32_MIN) return r;
        r = reading_make(cx, &from, i, best, org_id, &read);
        if (r == RC_OK && read.present) {
            *out = best;
            *found = true;
            return RC_OK;
        }
        last.index = best.index - 1;
    }
    return r;
}

/* ---- revisions ---- */

SQL(sql_days,
    "SELECT dims, day FROM rollup_day WHERE site = $site AND measure = $1 AND org = $2"
    " AND period >= $3 AND period <= $4"
    " UNION SELECT dims, day FROM rollup WHERE site = $site AND measure = $1 AND org = $2"
    " AND period >= $3 AND period <= $4 ORDER BY dims, day");

static int newest_first(const void *left, const void *right)
{
    const day_t a = *(const day_t *)left, b = *(const day_t *)right;
    return a < b ? 1 : a > b ? -1 : 0;
}

struct days {
    day_t *at;
    size_t len, cap;
};

static rc days_of(struct cx *cx, const struct measure_view *v, const struct cell_range *range,
                  struct days *out)
{
    const struct app_measure *m = range->measure;
    str dims = {0};
    const bool exact = pattern_text(cx->arena, m, &range->pattern, &dims);
    const struct db_val arg[] = {DB_T(m->name), DB_I(range->org),
                                 DB_T(period_text(cx->arena, m->unit, range->first)),
                                 DB_T(period_text(cx->arena, m->unit, range->last))};
    DB_ROWS rows = {0};
    bool more = false;
    rc r = db_query(cx, v->db, &sql_days, arg, COUNTOF(arg), &rows);
    while (r == RC_OK && (r = db_next(cx, &rows, &more)) == RC_OK && more)
        if (exact ? str_eq(db_text(&rows, 0), dims)
                  : pattern_fits(&range->pattern, m->by_count, db_text(&rows, 0)))
            *vec_add(cx->arena, out) = (day_t)db_i64(&rows, 1);
    return r;
}

rc indicator_revisions(struct cx *cx, const struct measure_view *v, const struct app_indicator *i,
                       struct period p, int64_t org_id, day_t *out, size_t most, size_t *count)
{
    struct read_ranges ranges = {0};
    struct reader from = {.view = v, .ranges = &ranges};
    struct reading read = {0};
    struct days days = {0};
    size_t n = 0;
    rc r = reading_make(cx, &from, i, p, org_id, &read);
    for (size_t k = 0; k < ranges.len && r == RC_OK; k++)
        r = days_of(cx, v, &ranges.at[k].range, &days);
    if (r != RC_OK) return r;
    if (days.len) qsort(days.at, days.len, sizeof *days.at, newest_first);
    for (size_t k = 0; k < days.len && n < most; k++)
        if (!n || out[n - 1] != days.at[k]) out[n++] = days.at[k];
    *count = n;
    return RC_OK;
}
