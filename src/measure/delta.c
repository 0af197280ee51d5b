/* What one version of a record gives to one measure, and adding it to the cells. */
#include "measure/inner.h"

int measure_status_field(const struct app_type *type)
{
    const struct app_field *f = app_field_find(type, STR("status"));
    if (!f || f->kind != FIELD_CODE || !f->codes) return -1;
    return app_code_find(f->codes, STR("final")) ? f->index : -1;
}

static bool is_provisional(const struct record *r, int status)
{
    if (status < 0 || !r->value[status].present) return false;
    const str s = r->value[status].text;
    return !str_eq(s, STR("final")) && !str_eq(s, STR("revised"));
}

/* The period of business time; false when the record has none. */
static bool period_at(const struct app_measure *m, const struct record *r, int32_t *out)
{
    const struct rec_value *v = &r->value[m->on];
    struct period p;
    if (!v->present) return false;
    switch (m->type->field[m->on].kind) {
    case FIELD_DATE: p = period_of((day_t)v->i64, m->unit); break;
    case FIELD_MOMENT: p = period_of(day_of_us(v->i64), m->unit); break;
    case FIELD_PERIOD:
        if (!period_parse(v->text, &p)) return false;
        if (p.unit != m->unit) p = period_in(p, m->unit);
        break;
    case FIELD_TEXT:
    case FIELD_INTEGER:
    case FIELD_NUMBER:
    case FIELD_BOOLEAN:
    case FIELD_CODE:
    case FIELD_REF:
    case FIELD_FILES:
    case FIELD_KIND_COUNT: return false; /* the check of declarations lets none of these pass */
    }
    *out = p.index;
    return true;
}

static uint32_t dims_at(struct measure_store *m, const struct app_measure *measure,
                        const struct record *r)
{
    char text[256];
    struct buf b = {.arena = &m->scratch, .at = text, .cap = sizeof text};
    if (!measure->by_count) return CELL_NONE;
    for (int i = 0; i < measure->by_count; i++) {
        const int field = measure->by[i];
        if (i) buf_char(&b, '|');
        dims_part_write(&b, &measure->type->field[field], &r->value[field]);
    }
    return cells_dims(&m->cells, buf_str(&b));
}

rc part_of(struct cx *cx, struct measure_store *m, const struct live_measure *l,
           const struct record *r, const struct feel_value *values, struct part *out)
{
    const struct app_measure *a = l->measure;
    *out = (struct part){.key.measure = (uint16_t)a->index, .sum.n = 1};
    if (!r || r->voided || !period_at(a, r, &out->key.period)) return RC_OK;
    if (a->value >= 0) {
        if (!r->value[a->value].present) return RC_OK; /* nothing known is not 0 */
        out->sum.value = r->value[a->value].i64;
    }
    if (a->where) {
        struct feel_run run = {.cx = cx, .slot = values};
        struct feel_value yes = feel_null();
        const rc result = feel_eval(&run, a->where, &yes);
        if (result != RC_OK || !feel_is_true(&yes)) return result;
    }
    const int org = r->type->org;
    if (org < 0) out->key.org = m->orgs.root;
    if (org >= 0 && r->value[org].present) out->key.org = r->value[org].i64;
    out->key.dims = dims_at(m, a, r);
    out->sum.provisional = is_provisional(r, l->status);
    out->is_there = true;
    return RC_OK;
}

rc measure_overflow(struct cx *cx, const struct app_measure *a)
{
    const rc result = err_set(cx, RC_LIMIT, "measure.overflow",
                              "度量“" STR_FMT "”的合计超出 64 位整数能表示的范围",
                              "the sum of measure \"" STR_FMT "\" does not fit into 64 bits",
                              STR_ARG(app_title_of(&a->title, cx->lang)));
    err_hint(cx, "请核对数值，或给字段声明较少的小数位",
             "Check the figure, or declare fewer decimals for the field");
    return result;
}

/* A cell with dimensions and its head. */
static bool add_both(struct cells *c, const struct cell_key *key, const struct cell_sum *d,
                     day_t day)
{
    if (!cells_add(c, key, d, day)) return false;
    if (key->dims <= CELL_ANY) return true;
    struct cell_key head = *key;
    head.dims = CELL_ANY;
    return cells_add(c, &head, d, day);
}

rc part_add(struct cx *cx, struct measure_store *m, const struct part *p, int sign)
{
    int64_t org[ORG_DEPTH_MAX];
    const day_t day = day_of_us(cx->now_us);
    struct cell_key key = p->key;
    struct cell_sum delta;
    bool fits = cell_sum_times(&p->sum, sign, &delta);
    const int n = org_chain(&m->orgs, p->key.org, org);
    for (int i = 0; i < n && fits; i++) {
        key.org = org[i];
        fits = add_both(&m->cells, &key, &delta, day);
    }
    return fits ? RC_OK : measure_overflow(cx, &m->catalogue->measure[p->key.measure]);
}
