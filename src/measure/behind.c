/* The records behind an indicator: those that the cells its expression read were added up from. */
#include <stdlib.h>

#include "measure/inner.h"
#include "measure/scan.h"

SQL(sql_root,
    "SELECT id FROM core_org WHERE site = $site AND parent IS NULL AND voided = 0 ORDER BY id"
    " LIMIT 1");

static rc is_root(struct cx *cx, const struct measure_view *v, int64_t org, bool *yes)
{
    DB_ROWS rows = {0};
    bool there = false;
    *yes = true;
    if (v->store) {
        *yes = org == measure_root(v->store);
        return RC_OK;
    }
    if (!catalogue_type(v->catalogue, STR("core.org"))) return RC_OK;
    rc r = db_query(cx, v->db, &sql_root, DB_NO_ARGS, &rows);
    if (r == RC_OK) r = db_next(cx, &rows, &there);
    if (r == RC_OK && there) *yes = db_i64(&rows, 0) == org;
    return r;
}

/* ---- the query ---- */

struct query {
    struct buf text;
    VEC(struct db_val) arg;
};

static void add(struct query *q, const char *text)
{
    buf_add(&q->text, str_from(text));
}

static void add_column(struct query *q, const char *before, str column, const char *after)
{
    add(q, before);
    scan_name_write(&q->text, column);
    add(q, after);
}

static void add_arg(struct query *q, struct db_val v)
{
    *vec_add(q->text.arena, &q->arg) = v;
    buf_printf(&q->text, "$%zu", q->arg.len);
}

/* Business time: a field's text or number between the ends of the range. */
static void add_time(struct query *q, const struct cell_range *r)
{
    const struct app_measure *m = r->measure;
    const struct app_field *f = &m->type->field[m->on];
    struct arena *a = q->text.arena;
    const day_t first = period_first((struct period){m->unit, r->first}),
                last = period_last((struct period){m->unit, r->last});
    struct db_val from, to;
    if (f->kind == FIELD_MOMENT) {
        from = DB_I(first * US_PER_DAY - OFFICE_OFFSET_US);
        to = DB_I((last + INT64_C(1)) * US_PER_DAY - OFFICE_OFFSET_US - 1);
    } else {
        const enum period_unit unit = f->kind == FIELD_PERIOD ? f->period : PERIOD_DAY;
        from = DB_T(period_text(a, unit, period_of(first, unit).index));
        to = DB_T(period_text(a, unit, period_of(last, unit).index));
    }
    add_column(q, " AND ", f->name, " >= ");
    add_arg(q, from);
    add_column(q, " AND ", f->name, " <= ");
    add_arg(q, to);
}

static void add_dims(struct query *q, const struct cell_range *r)
{
    const struct app_measure *m = r->measure;
    for (int i = 0; i < m->by_count; i++) {
        const struct app_field *f = &m->type->field[m->by[i]];
        if (!r->pattern.part[i].at) continue;
        const str plain = dims_plain(q->text.arena, r->pattern.part[i]);
        int64_t n = str_eq(plain, STR("true"));
        add_column(q, " AND ", f->name, " = ");
        if (f->kind == FIELD_REF) (void)str_i64(plain, &n);
        add_arg(q, f->kind == FIELD_CODE ? DB_T(plain) : DB_I(n));
    }
}

static void add_org(struct query *q, const struct cell_range *r, bool root)
{
    const struct app_type *t = r->measure->type;
    if (t->org < 0) return;
    const str column = t->field[t->org].name;
    add(q, " AND (");
    if (root) add_column(q, "", column, " IS NULL OR ");
    add_column(q, "", column, " IN (WITH RECURSIVE below (id) AS (SELECT CAST(");
    add_arg(q, DB_I(r->org));
    add(q,
        " AS BIGINT) UNION SELECT o.id FROM core_org o JOIN below b ON o.parent = b.id"
        " WHERE o.site = $site)"
        " SELECT id FROM below))");
}

static void query_make(struct cx *cx, const struct cell_range *r, bool root, struct query *q)
{
    const struct app_measure *m = r->measure;
    *q = (struct query){.text = {.arena = cx->arena}};
    add_column(q, "SELECT id FROM ", m->type->table, " WHERE site = $site AND voided = 0");
    add_time(q, r);
    add_dims(q, r);
    add_org(q, r, root);
    if (m->value >= 0) add_column(q, " AND ", m->type->field[m->value].name, " IS NOT NULL");
    add(q, " ORDER BY id DESC");
}

/* ---- running it ---- */

/* Does the measure's `where` hold for the record? */
static rc holds(struct cx *cx, const struct measure_view *v, const struct app_measure *m,
                int64_t id, bool *yes)
{
    struct record r = {0};
    struct feel_value answer = feel_null();
    struct feel_value *slot = NEWS(cx->arena, struct feel_value, (size_t)m->type->field_count + 1);
    struct feel_run run = {.cx = cx, .slot = slot};
    *yes = true;
    if (!m->where) return RC_OK;
    rc result = rec_load(cx, v->db, m->type, id, &r);
    if (result == RC_OK) result = rec_feel_values(cx, v->db, &r, slot);
    if (result == RC_OK) result = feel_eval(&run, m->where, &answer);
    *yes = feel_is_true(&answer);
    return result;
}

static rc range_behind(struct cx *cx, const struct measure_view *v, const struct cell_range *r,
                       bool root, size_t most, struct behinds *out)
{
    struct query q;
    DB_ROWS rows = {0};
    bool more = false;
    size_t found = 0;
    if (r->pattern.nothing || (r->measure->type->org < 0 && !root)) return RC_OK;
    query_make(cx, r, root, &q);
    rc result = db_query_text(cx, v->db, buf_str(&q.text), q.arg.at, q.arg.len, &rows);
    while (result == RC_OK && found < most && (result = db_next(cx, &rows, &more)) == RC_OK &&
           more) {
        const int64_t id = db_i64(&rows, 0);
        bool yes = false;
        result = holds(cx, v, r->measure, id, &yes);
        if (!yes) continue;
        *vec_add(cx->arena, out) = (struct behind){r->measure->type, id};
        found++;
    }
    return result;
}

static int newest_first(const void *left, const void *right)
{
    const struct behind *a = left, *b = right;
    if (a->id != b->id) return a->id < b->id ? 1 : -1;
    return a->type->index - b->type->index;
}

rc indicator_behind(struct cx *cx, const struct measure_view *v, const struct app_indicator *i,
                    struct period p, int64_t org_id, size_t most, struct behinds *out)
{
    struct read_ranges ranges = {0};
    struct reader from = {.view = v, .ranges = &ranges};
    struct reading read = {0};
    struct behinds all = {0};
    bool root = false;
    rc r = reading_make(cx, &from, i, p, org_id, &read);
    if (r == RC_OK) r = is_root(cx, v, org_id, &root);
    for (size_t k = 0; k < ranges.len && r == RC_OK; k++)
        r = range_behind(cx, v, &ranges.at[k].range, root, most, &all);
    if (r != RC_OK) return r;
    if (all.len) qsort(all.at, all.len, sizeof *all.at, newest_first);
    for (size_t k = 0; k < all.len && out->len < most; k++) {
        const struct behind *b = &all.at[k];
        if (k && b->id == b[-1].id && b->type == b[-1].type) continue;
        *vec_add(cx->arena, out) = *b;
    }
    return RC_OK;
}
