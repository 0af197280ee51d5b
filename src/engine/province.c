/* The cockpit above several sites: every site says how its root organisation stands, and each indicator is
 * evaluated once more on the sums over the sites.  Only figures of root organisations come here, never a
 * record; and never a query over two sites. */
#include "engine/inside.h"

enum { ROUNDS_MAX = 12, PART_S = 10 };

/* What a site said, or why it is silent. */
struct voice {
    const struct engine_part *part;
    struct indicator_row *row; /* by index of the indicator; NULL: silent */
    str why;
};
struct province {
    struct cx *cx;
    const struct catalogue *cat;
    struct voice *voice;
    size_t count;
    bool is_asked; /* for one period */
    struct period asked;
    struct period *period; /* by indicator: the latest that a site has, or the one asked for */
    struct measure_sums sums;
};

/* One question to one site, in memory that goes when it is answered: sites may be many.  One that cannot
 * answer is left out and said to be. */
static bool voice_ask(struct province *p, struct voice *v,
                      rc (*run)(struct cx *cx, struct db *db, void *data), void *data)
{
    struct arena scratch;
    struct cx own = *p->cx;
    arena_init(&scratch, ARENA_DEFAULT_BYTES);
    own.arena = &scratch;
    own.deadline_us = os_monotonic_us() + PART_S * INT64_C(1000000);
    if (p->cx->deadline_us && p->cx->deadline_us < own.deadline_us)
        own.deadline_us = p->cx->deadline_us;
    const bool ok = engine_read(&own, v->part->engine, run, data) == RC_OK;
    if (!ok) {
        v->why = arena_dup(p->cx->arena, own.err.detail);
        v->row = NULL;
    }
    arena_done(&scratch);
    return ok;
}

/* ---- how each site stands ---- */

struct rows_errand {
    struct province *p;
    struct voice *v;
};

static rc rows_read(struct cx *cx, struct db *db, void *data)
{
    struct rows_errand *errand = data;
    struct province *p = errand->p;
    struct engine *e = errand->v->part->engine;
    struct measure_view view = {.db = db, .catalogue = e->cat, .known_at = DAY_NONE};
    return indicators_read(cx, &view, root_org(cx, e, db), p->is_asked ? &p->asked : NULL,
                           errand->v->row);
}

static void voices_hear(struct province *p)
{
    const size_t n = (size_t)p->cat->indicator_count;
    for (size_t i = 0; i < p->count; i++) {
        struct voice *v = &p->voice[i];
        struct rows_errand errand = {p, v};
        if (!v->part->engine) continue;
        v->row = NEWS(p->cx->arena, struct indicator_row, n + 1);
        (void)voice_ask(p, v, rows_read, &errand);
    }
}

/* The latest period that some site has. */
static void periods_choose(struct province *p)
{
    p->period = NEWS(p->cx->arena, struct period, (size_t)p->cat->indicator_count + 1);
    for (int k = 0; k < p->cat->indicator_count; k++) {
        const enum period_unit unit = p->cat->indicator[k].per;
        bool found = p->is_asked;
        p->period[k] = p->is_asked ? period_of(period_last(p->asked), unit)
                                   : period_of(day_of_us(p->cx->now_us), unit);
        for (size_t i = 0; i < p->count && !p->is_asked; i++) {
            const struct indicator_row *row = p->voice[i].row ? &p->voice[i].row[k] : NULL;
            if (!row || !row->reading.present) continue;
            if (!found || row->period.index > p->period[k].index) p->period[k] = row->period;
            found = true;
        }
    }
}

/* ---- the sums ---- */

struct sums_errand {
    struct engine *e;
    struct measure_sums *sums;
};

static rc sums_add(struct cx *cx, struct db *db, void *data)
{
    struct sums_errand *errand = data;
    struct measure_view view = {.db = db, .catalogue = errand->e->cat, .known_at = DAY_NONE};
    return measure_sums_add(cx, &view, root_org(cx, errand->e, db), errand->sums);
}

/* All that is wanted of all, each site's of one snapshot.  When one falls silent on the way the sums
 * are made anew without it. */
static void sums_collect(struct province *p)
{
    bool again = true;
    while (again) {
        again = false;
        measure_sums_clear(&p->sums);
        for (size_t i = 0; i < p->count && !again; i++) {
            struct voice *v = &p->voice[i];
            struct sums_errand errand = {v->part->engine, &p->sums};
            if (v->row) again = !voice_ask(p, v, sums_add, &errand);
        }
    }
}

/* Evaluates until nothing more is wanted: the last time all figures were there. */
static rc totals_read(struct province *p, struct reading *total, bool *refused)
{
    rc r = RC_OK;
    for (int round = 0; round < ROUNDS_MAX && r == RC_OK; round++) {
        p->sums.is_short = false;
        for (int k = 0; k < p->cat->indicator_count && r == RC_OK; k++) {
            r = indicator_read_sums(p->cx, &p->cat->indicator[k], p->period[k], &p->sums,
                                    &total[k]);
            refused[k] = p->sums.is_refused;
        }
        if (r != RC_OK || !p->sums.is_short) return r;
        sums_collect(p);
    }
    return r != RC_OK ? r
                      : err_set(p->cx, RC_LIMIT, "indicator.province",
                                "指标的算式层层依赖，全省合计算不完",
                                "the indicators depend on one another too deeply to be added up");
}

/* ---- the answer ---- */

static void row_write(struct province *p, int k, const struct voice *v, struct jw *w)
{
    const struct indicator_row *row = &v->row[k];
    jw_object(w);
    jw_ki64(w, "code", v->part->code);
    reading_members_write(p->cx, &p->cat->indicator[k], &row->reading, w);
    jw_kbool(w, "provisional", row->reading.provisional);
    jw_end(w, '}');
}

static bool row_counts(const struct province *p, const struct voice *v, int k)
{
    return v->row && v->row[k].reading.present && v->row[k].period.index == p->period[k].index;
}

static void indicator_lines(struct province *p, int k, const struct reading *total, bool refused,
                            struct jw *w)
{
    const struct app_indicator *i = &p->cat->indicator[k];
    jw_object(w);
    indicator_head_write(p->cx, i, p->period[k], p->cx->lang, w);
    jw_kbool(w, "adds_up", !refused);
    jw_key(w, STR("total"));
    if (total->present) {
        jw_object(w);
        reading_members_write(p->cx, i, total, w);
        jw_kbool(w, "provisional", total->provisional);
        jw_end(w, '}');
    } else {
        jw_null(w);
    }
    jw_key(w, STR("sites"));
    jw_array(w);
    for (size_t n = 0; n < p->count; n++)
        if (row_counts(p, &p->voice[n], k)) row_write(p, k, &p->voice[n], w);
    jw_end(w, ']');
    jw_end(w, '}');
}

static void voices_write(const struct province *p, struct jw *w)
{
    jw_key(w, STR("sites"));
    jw_array(w);
    for (size_t i = 0; i < p->count; i++) {
        const struct voice *v = &p->voice[i];
        jw_object(w);
        jw_ki64(w, "code", v->part->code);
        jw_kstr(w, "name", v->part->name);
        jw_kbool(w, "answered", v->row != NULL);
        jw_kstr(w, "why", v->row ? (str){0} : v->why);
        jw_end(w, '}');
    }
    jw_end(w, ']');
}

static rc period_asked(struct province *p, const struct json *params)
{
    str text = json_text(params, STR("period"));
    p->is_asked = text.len > 0;
    if (!text.len || period_parse(text, &p->asked)) return RC_OK;
    return err_set(p->cx, RC_INVALID, "indicator.period",
                   "期间“" STR_FMT "”应写作 2022-05、2022Q2 或 2022",
                   "period \"" STR_FMT "\" is not like 2022-05, 2022Q2 or 2022", STR_ARG(text));
}

rc engine_province(struct cx *cx, const struct catalogue *cat, const struct engine_part *part,
                   size_t count, const struct json *params, struct buf *answer)
{
    const size_t n = (size_t)cat->indicator_count;
    struct province p = {.cx = cx, .cat = cat, .count = count};
    struct reading *total = NEWS(cx->arena, struct reading, n + 1);
    bool *refused = NEWS(cx->arena, bool, n + 1);
    struct buf now = {.arena = cx->arena};
    struct jw w = {.out = answer};
    p.voice = NEWS(cx->arena, struct voice, count + 1);
    for (size_t i = 0; i < count; i++)
        p.voice[i] = (struct voice){.part = &part[i], .why = part[i].why};
    rc r = period_asked(&p, params);
    if (r != RC_OK) return r;
    voices_hear(&p);
    periods_choose(&p);
    r = totals_read(&p, total, refused);
    if (r != RC_OK) return r;
    us_write(&now, cx->now_us);
    jw_object(&w);
    jw_kstr(&w, "as_of", buf_str(&now));
    voices_write(&p, &w);
    jw_key(&w, STR("indicators"));
    jw_array(&w);
    for (int k = 0; k < cat->indicator_count; k++)
        indicator_lines(&p, k, &total[k], refused[k], &w);
    jw_end(&w, ']');
    jw_end(&w, '}');
    return RC_OK;
}
