/* Reading cells: from the writer's memory, which sees what is not yet committed, or from the
 * database, now or as known at the end of a day.  The database is asked for a year at a time, which
 * costs hardly more than a month and serves growth, year to date and series alike. */
#include "measure/inner.h"

struct line {
    const struct app_measure *measure;
    int64_t org;
    str pattern; /* all parts, for comparing */
    day_t known_at;
    int32_t first, count;
    struct measure_value *at; /* by period */
};

str period_text(struct arena *a, enum period_unit unit, int32_t index)
{
    struct buf b = {.arena = a};
    (void)buf_room(&b, 12);
    period_write(&b, (struct period){unit, index});
    return buf_str(&b);
}

bool range_of(const struct app_measure *m, struct period p, int32_t *first, int32_t *last)
{
    *first = *last = p.index;
    if (p.unit == m->unit) return true;
    if (p.unit < m->unit) return false;
    *first = period_of(period_first(p), m->unit).index;
    *last = period_of(period_last(p), m->unit).index;
    return true;
}

rc value_add(struct cx *cx, const struct app_measure *m, const struct measure_value *v,
             struct measure_value *sum)
{
    if (__builtin_add_overflow(sum->n, v->n, &sum->n) ||
        __builtin_add_overflow(sum->value, v->value, &sum->value) ||
        __builtin_add_overflow(sum->provisional, v->provisional, &sum->provisional))
        return measure_overflow(cx, m);
    sum->present |= v->n > 0;
    return RC_OK;
}

static struct measure_value value_of(const struct cell_sum *s)
{
    return (struct measure_value){s->n > 0, s->n, s->value, s->provisional};
}

/* ---- the writer's cells ---- */

/* Heads know the sum of all, so only a pattern that names some dimensions walks their cells. */
static rc store_read(struct cx *cx, const struct measure_store *m, const struct cell_range *r,
                     struct measure_value *out)
{
    const struct cells *c = &m->cells;
    struct cell_key key = {.measure = (uint16_t)r->measure->index, .org = r->org};
    str text = {0};
    const bool exact = pattern_text(cx->arena, r->measure, &r->pattern, &text);
    rc result = RC_OK;
    key.dims = CELL_ANY;
    if (exact && !cells_find_dims(c, text, &key.dims)) return RC_OK;
    for (key.period = r->first; key.period <= r->last && result == RC_OK; key.period++) {
        const struct cell *cell = cells_find(c, &key);
        if (cell && exact) {
            const struct measure_value v = value_of(&cell->sum);
            result = value_add(cx, r->measure, &v, out);
        }
        for (uint32_t i = cell && !exact ? cell->next : 0; i && result == RC_OK;) {
            cell = cells_at(c, i);
            i = cell->next;
            if (!pattern_fits(&r->pattern, r->measure->by_count,
                              cells_dims_text(c, cell->key.dims)))
                continue;
            const struct measure_value v = value_of(&cell->sum);
            result = value_add(cx, r->measure, &v, out);
        }
    }
    return result;
}

/* ---- the database ---- */

struct fill {
    const struct app_measure *measure;
    struct line *line;
};

static rc fill_row(struct cx *cx, const struct cell_row *row, void *data)
{
    const struct fill *f = data;
    return value_add(cx, f->measure, &row->sum, &f->line->at[row->period - f->line->first]);
}

static str pattern_key(struct cx *cx, const struct pattern *p)
{
    struct buf b = {.arena = cx->arena};
    for (int i = 0; i < MEASURE_BY_MAX; i++) {
        buf_add(&b, p->part[i].at ? p->part[i] : STR("*"));
        buf_char(&b, '|');
    }
    return buf_str(&b);
}

struct read_cache *read_cache_new(struct arena *a)
{
    struct read_cache *c = NEW(a, struct read_cache);
    *c = (struct read_cache){.arena = a};
    return c;
}

/* The line of the year that holds the period `index`. */
static rc line_get(struct cx *cx, const struct measure_view *v, struct read_cache *cache,
                   const struct cell_range *r, int32_t index, struct line **out)
{
    const struct app_measure *m = r->measure;
    const struct period year = period_in((struct period){m->unit, index}, PERIOD_YEAR);
    const str key = pattern_key(cx, &r->pattern);
    int32_t first, last;
    (void)range_of(m, year, &first, &last);
    for (size_t i = 0; i < cache->line.len; i++) {
        struct line *l = cache->line.at[i];
        if (l->measure == m && l->org == r->org && l->first == first &&
            l->known_at == v->known_at && str_eq(l->pattern, key)) {
            *out = l;
            return RC_OK;
        }
    }
    struct arena *a = cache->arena ? cache->arena : cx->arena;
    struct line *l = NEW(a, struct line);
    *l = (struct line){m, r->org, arena_dup(a, key), v->known_at, first, last - first + 1, NULL};
    l->at = NEWS(a, struct measure_value, (size_t)l->count);
    struct fill fill = {m, l};
    struct cell_range whole = *r;
    whole.first = first;
    whole.last = last;
    const rc result = rows_each(cx, v, &whole, fill_row, &fill);
    if (result != RC_OK) return result;
    *vec_add(a, &cache->line) = l;
    *out = l;
    return RC_OK;
}

rc range_read(struct cx *cx, const struct measure_view *v, struct read_cache *cache,
              const struct cell_range *r, struct measure_value *out)
{
    struct read_cache own = {0};
    struct measure_value sum = {0};
    struct line *line = NULL;
    rc result = RC_OK;
    if (!cache) cache = &own;
    if (r->pattern.nothing)
        result = RC_OK;
    else if (v->store && v->known_at == DAY_NONE)
        result = store_read(cx, v->store, r, &sum);
    else
        for (int32_t i = r->first; i <= r->last && result == RC_OK; i++) {
            if (!line || i >= line->first + line->count)
                result = line_get(cx, v, cache, r, i, &line);
            if (result == RC_OK)
                result = value_add(cx, r->measure, &line->at[i - line->first], &sum);
        }
    if (result == RC_OK) *out = sum;
    return result;
}

/* ---- what a sum is made of ---- */

struct grouping {
    const struct app_measure *measure;
    struct groups *out;
    struct map by_dims;
};

static rc group_row(struct cx *cx, const struct cell_row *row, void *data)
{
    struct grouping *g = data;
    const size_t *at = map_find(&g->by_dims, row->dims);
    if (!row->sum.present) return RC_OK;
    if (!at) {
        size_t *made = NEW(cx->arena, size_t);
        *made = g->out->len;
        struct group *group = vec_add(cx->arena, g->out);
        group->dims = arena_dup(cx->arena, row->dims);
        map_put(&g->by_dims, cx->arena, group->dims, made);
        at = made;
    }
    return value_add(cx, g->measure, &row->sum, &g->out->at[*at].sum);
}

rc range_groups(struct cx *cx, const struct measure_view *v, const struct cell_range *r,
                struct groups *out)
{
    struct grouping g = {.measure = r->measure, .out = out};
    struct cell_range apart = *r;
    apart.is_apart = r->measure->by_count > 0;
    return rows_each(cx, v, &apart, group_row, &g);
}

rc measure_get(struct cx *cx, const struct measure_view *v, const struct app_measure *m,
               struct period p, int64_t org_id, const str *const dim[MEASURE_BY_MAX],
               struct measure_value *out)
{
    struct cell_range r = {.measure = m, .org = org_id};
    *out = (struct measure_value){0};
    if (!range_of(m, p, &r.first, &r.last)) return RC_OK; /* a month says nothing of its days */
    const rc result = pattern_make(cx, v, NULL, m, dim, &r.pattern);
    return result == RC_OK ? range_read(cx, v, NULL, &r, out) : result;
}
