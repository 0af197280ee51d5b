/* Lists: what may be seen, filtered, sorted, by pages, with exact counts. */
#include "record/plan.h"

enum { LIMIT_DEFAULT = 50, LIMIT_MAX = 500 };

/* ---- making the plan ---- */

static int search_fields(const struct app_type *t)
{
    int n = 0;
    for (int i = 0; i < t->field_count; i++)
        n += t->field[i].search && t->field[i].kind == FIELD_TEXT;
    return n;
}

/* What a condition on part of a searched text asks the index. */
static void contains_load(struct rec_plan *p)
{
    for (size_t i = 0; i < p->conds.len && !p->match.needle.len; i++) {
        const struct rec_cond *c = &p->conds.at[i];
        if (c->op != REC_CONTAINS || !c->field->search || c->field->kind != FIELD_TEXT) continue;
        p->match = (struct rec_match){c->needle, false};
        if (search_fields(p->q->type) == 1) p->found = c;
    }
}

static rc search_load(struct rec_plan *p)
{
    const struct app_type *t = p->q->type;
    str text = str_trim(p->q->search);
    p->match_sure = true;
    for (int i = 0; i < t->field_count; i++)
        if (t->field[i].search && !rec_may_see_private(p->q->who, &t->field[i]))
            p->match_sure = false;
    if (text.len && !rec_searches(t))
        return err_set(p->cx, RC_INVALID, "record.no-search", "“" STR_FMT "”没有可搜索的字段",
                       "\"" STR_FMT "\" has no field that can be searched",
                       STR_ARG(app_title_of(&t->title, p->cx->lang)));
    p->needle = rec_fold(p->cx->arena, text);
    if (p->q->voided) return RC_OK; /* the index knows live records only */
    p->match = (struct rec_match){p->needle, p->match_sure};
    contains_load(p);
    return RC_OK;
}

static rc sort_load(struct rec_plan *p)
{
    const struct rec_query *q = p->q;
    const struct app_type *t = q->type;
    p->sort = q->sort;
    p->descending = q->descending;
    if (!q->sort) {
        p->sort = t->sort >= 0 ? &t->field[t->sort] : NULL;
        p->descending = t->sort >= 0 ? t->sort_descending : true;
        if (p->sort && !rec_may_see_private(q->who, p->sort)) p->sort = NULL;
    } else if (q->sort->index >= t->field_count || &t->field[q->sort->index] != q->sort) {
        return err_set(p->cx, RC_INVALID, "record.sort", "排序用的字段不属于“" STR_FMT "”",
                       "The field to sort by is not one of \"" STR_FMT "\"",
                       STR_ARG(app_title_of(&t->title, p->cx->lang)));
    }
    if (p->sort && !rec_may_see_private(q->who, p->sort)) return rec_denied_field(p->cx, p->sort);
    if (p->sort && p->sort->kind == FIELD_FILES)
        return err_set(p->cx, RC_INVALID, "record.sort", "不能按文件排序",
                       "Files cannot be sorted by");
    return RC_OK;
}

rc rec_plan_make(struct cx *cx, struct db *db, const struct rec_query *q, int acts,
                 struct rec_plan *out)
{
    *out = (struct rec_plan){.cx = cx, .db = db, .q = q};
    rc r = rec_scope_load(cx, db, q->who, q->type, acts, &out->scope);
    if (r == RC_OK) r = rec_conds_load(cx, db, q, &out->conds);
    if (r == RC_OK) r = rec_where_load(cx, db, q, &out->conds, &out->where);
    if (r == RC_OK) r = search_load(out);
    if (r == RC_OK) r = sort_load(out);
    return r == RC_OK ? rec_cursor_read(out) : r;
}

/* ---- reading ---- */

static rc keep(struct cx *cx, const struct record *r, void *data)
{
    struct rec_page *page = data;
    *vec_add(cx->arena, page) = rec_copy(cx, r);
    return cx->arena->exhausted ? err_set(cx, RC_LIMIT, "record.memory", "这一页太大，请少取几条",
                                          "This page is too large: ask for fewer records")
                                : RC_OK;
}

rc rec_find(struct cx *cx, struct db *db, const struct rec_query *q, struct rec_page *out)
{
    struct rec_plan p;
    struct rec_page page = {.total = -1};
    const int limit = q->limit <= 0 ? LIMIT_DEFAULT : q->limit < LIMIT_MAX ? q->limit : LIMIT_MAX;
    rc r = rec_plan_make(cx, db, q, ACT_READ, &p);
    if (r == RC_OK) r = rec_plan_choose(&p, limit + 1);
    if (r != RC_OK) return r;
    struct rec_scan s = {.want = limit + 1, .each = keep, .data = &page};
    if (p.way == WAY_WALK && p.gather_rows < INT64_MAX &&
        !p.by_set) /* at most half as much again is lost */
        s.rows_max = p.gather_rows / 2 > PLAN_WALK_ROWS ? p.gather_rows / 2 : PLAN_WALK_ROWS;
    r = rec_scan_run(&p, &s);
    if (r == RC_OK && s.gave_up) { /* the matches stand far behind: collect them instead */
        page.len = 0;
        p.way = WAY_GATHER;
        s = (struct rec_scan){.want = limit + 1, .each = keep, .data = &page};
        r = rec_scan_run(&p, &s);
    }
    if (r == RC_OK && page.len > (size_t)limit) {
        page.len = (size_t)limit;
        page.next = rec_cursor_write(&p, &page.at[limit - 1]);
    }
    if (r == RC_OK && q->count) r = rec_plan_count(&p, &page.total);
    if (r == RC_OK) *out = page;
    return r;
}

struct each {
    rec_each_fn *each;
    void *data;
    struct arena scratch;
    int since_reset;
};

/* A million rows must not fill the request's arena. */
static rc each_row(struct cx *cx, const struct record *r, void *data)
{
    enum { ROWS_A_RESET = 64 };
    struct each *e = data;
    struct arena *own = cx->arena;
    cx->arena = &e->scratch;
    rc result = e->each(cx, r, e->data);
    cx->arena = own;
    if (result != RC_OK && cx->err.code != RC_OK) {
        struct err was = cx->err;
        err_clear(cx);
        result = err_copy(cx, &was);
    }
    if (++e->since_reset % ROWS_A_RESET == 0 || e->scratch.exhausted) arena_reset(&e->scratch);
    return result;
}

rc rec_each(struct cx *cx, struct db *db, const struct rec_query *q, rec_each_fn *each, void *data)
{
    struct rec_plan p;
    struct each e = {.each = each, .data = data};
    rc r = rec_plan_make(cx, db, q, ACT_READ | ACT_EXPORT, &p);
    if (r == RC_OK) r = rec_plan_choose(&p, 0);
    if (r != RC_OK) return r;
    struct rec_scan s = {.each = each_row, .data = &e};
    arena_init(&e.scratch, ARENA_DEFAULT_BYTES);
    r = rec_scan_run(&p, &s);
    arena_done(&e.scratch);
    return r;
}
