/* What an indicator is made of: its breakdown measure by one dimension, or by the organisations
 * below. */
#include <stdlib.h>

#include "measure/inner.h"

struct share {
    str key, title;
    struct measure_value sum;
};
struct shares {
    struct share *at;
    size_t len, cap;
};

static int largest_first(const void *left, const void *right)
{
    const struct share *a = left, *b = right;
    if (a->sum.value != b->sum.value) return a->sum.value < b->sum.value ? 1 : -1;
    return str_cmp(a->key, b->key);
}

/* ---- keys and titles of a dimension's values ---- */

static rc ref_names(struct cx *cx, const struct measure_view *v, const struct app_type *type,
                    int64_t id, struct share *out)
{
    struct record r = {0};
    const rc result = rec_load(cx, v->db, type, id, &r);
    if (result != RC_OK) return result;
    out->key = rec_key_text(cx, v->db, &r);
    out->title = record_label(cx, v->db, &r);
    return RC_OK;
}

static rc names_of(struct cx *cx, const struct measure_view *v, const struct app_field *f, str part,
                   struct share *out)
{
    const str plain = dims_plain(cx->arena, part);
    int64_t id;
    out->key = out->title = plain;
    if (str_eq(part, STR("\\-")))
        out->title = cx->lang == LANG_EN ? STR("not given") : STR("未填");
    else if (f->kind == FIELD_REF && str_i64(plain, &id))
        return ref_names(cx, v, f->ref, id, out);
    else if (f->kind == FIELD_BOOLEAN)
        out->title = str_eq(plain, STR("true")) ? (cx->lang == LANG_EN ? STR("yes") : STR("是"))
                                                : (cx->lang == LANG_EN ? STR("no") : STR("否"));
    else if (f->codes && app_code_find(f->codes, plain))
        out->title = app_title_of(&app_code_find(f->codes, plain)->title, cx->lang);
    return RC_OK;
}

/* ---- what is shared out ---- */

/* The range of the breakdown measure: its dimensions as the indicator reads them, but for `free`. */
static rc range_make(struct cx *cx, const struct measure_view *v, const struct app_indicator *i,
                     struct period p, int64_t org, struct cell_range *out)
{
    struct read_ranges ranges = {0};
    struct reader from = {.view = v, .ranges = &ranges};
    struct reading read = {0};
    const rc r = reading_make(cx, &from, i, p, org, &read);
    *out = (struct cell_range){.measure = i->breakdown, .org = org};
    for (size_t k = 0; k < ranges.len; k++) {
        if (ranges.at[k].range.measure != i->breakdown || ranges.at[k].is_shifted) continue;
        out->pattern = ranges.at[k].range.pattern;
        break;
    }
    if (!range_of(i->breakdown, p, &out->first, &out->last)) out->pattern.nothing = true;
    return r;
}

static void pattern_free(struct pattern *p, int which)
{
    if (p->part[which].at) p->given--;
    p->part[which] = (str){0};
}

static rc by_dimension(struct cx *cx, const struct measure_view *v, const struct cell_range *range,
                       int which, struct shares *out)
{
    const struct app_measure *m = range->measure;
    struct groups list = {0};
    struct map seen = {0};
    rc r = range_groups(cx, v, range, &list);
    for (size_t k = 0; k < list.len && r == RC_OK; k++) {
        str rest = list.at[k].dims, part = {0};
        for (int d = 0; d <= which; d++)
            part = dims_next(&rest);
        size_t *at = map_find(&seen, part);
        if (!at) {
            at = NEW(cx->arena, size_t);
            *at = out->len;
            map_put(&seen, cx->arena, part, at);
            struct share *s = vec_add(cx->arena, out);
            r = names_of(cx, v, &m->type->field[m->by[which]], part, s);
        }
        CHECK(*at < out->len && out->at);
        struct measure_value *sum = &out->at[*at].sum;
        if (__builtin_add_overflow(sum->value, list.at[k].sum.value, &sum->value))
            r = measure_overflow(cx, m);
        sum->n += list.at[k].sum.n;
    }
    return r;
}

SQL(sql_below,
    "SELECT id FROM core_org WHERE site = $site AND parent = $1 AND voided = 0 ORDER BY id");

static rc by_org(struct cx *cx, const struct measure_view *v, const struct cell_range *range,
                 struct shares *out)
{
    const struct app_type *type = catalogue_type(v->catalogue, STR("core.org"));
    VEC(int64_t) org = {0};
    DB_ROWS rows = {0};
    bool more = false;
    if (!type) return RC_OK;
    rc r = db_query(cx, v->db, &sql_below, DB_ARGS(DB_I(range->org)), &rows);
    while (r == RC_OK && (r = db_next(cx, &rows, &more)) == RC_OK && more)
        *vec_add(cx->arena, &org) = db_i64(&rows, 0);
    for (size_t k = 0; k < org.len && r == RC_OK; k++) {
        struct cell_range one = *range;
        struct measure_value sum = {0};
        one.org = org.at[k];
        r = range_read(cx, v, NULL, &one, &sum);
        if (r != RC_OK || !sum.present) continue;
        struct share *s = vec_add(cx->arena, out);
        s->sum = sum;
        r = ref_names(cx, v, type, org.at[k], s);
    }
    return r;
}

/* ---- writing ---- */

static int64_t amount_of(const struct app_measure *m, const struct measure_value *v)
{
    return m->kind == MEASURE_COUNT ? v->n : v->value;
}

static rc shares_write(struct cx *cx, const struct app_indicator *i, struct shares *list,
                       struct jw *out)
{
    enum { SHOWN_DIGITS_MAX = 2 };
    const struct app_measure *m = i->breakdown;
    const int scale = m->kind == MEASURE_COUNT ? 0 : m->scale;
    struct app_indicator as_shown = {.decimals =
                                         scale < SHOWN_DIGITS_MAX ? scale : SHOWN_DIGITS_MAX};
    dec total = dec_i64(0), share;
    for (size_t k = 0; k < list->len; k++) {
        list->at[k].sum.value = amount_of(m, &list->at[k].sum);
        if (!dec_add(total, dec_from_fixed(list->at[k].sum.value, scale), &total))
            return measure_overflow(cx, m);
    }
    if (list->len) qsort(list->at, list->len, sizeof *list->at, largest_first);
    for (size_t k = 0; k < list->len; k++) {
        const struct share *s = &list->at[k];
        const dec value = dec_from_fixed(s->sum.value, scale);
        jw_object(out);
        jw_kstr(out, "key", s->key);
        jw_kstr(out, "title", s->title);
        jw_kraw(out, "value", indicator_number(cx, value));
        jw_kstr(out, "shown", indicator_shown(cx, &as_shown, value));
        /* reported aggregates may overlap (a group and its part): their sum means nothing */
        const bool has_share = m->kind != MEASURE_REPORTED && dec_div(value, total, &share);
        jw_kraw(out, "share", has_share ? indicator_number(cx, share) : STR("null"));
        jw_end(out, '}');
    }
    return RC_OK;
}

static int dimension_of(const struct app_measure *m, str by)
{
    for (int k = 0; k < m->by_count; k++)
        if (str_eq(m->type->field[m->by[k]].name, by)) return k;
    return -1;
}

rc indicator_breakdown_write(struct cx *cx, const struct measure_view *v,
                             const struct app_indicator *i, struct period p, int64_t org_id, str by,
                             struct jw *out)
{
    struct shares list = {0};
    struct cell_range range = {0};
    rc r = RC_OK;
    const int which = i->breakdown ? dimension_of(i->breakdown, by) : -1;
    if (i->breakdown && which < 0 && !str_eq(by, STR("org")))
        return err_set(cx, RC_INVALID, "measure.unknown-dimension",
                       "指标“" STR_FMT "”不能按“" STR_FMT "”分解，可用 org 或度量的维度",
                       "indicator \"" STR_FMT "\" cannot be broken down by \"" STR_FMT
                       "\"; org and the dimensions of its measure can be used",
                       STR_ARG(app_title_of(&i->title, cx->lang)), STR_ARG(by));
    if (i->breakdown) r = range_make(cx, v, i, p, org_id, &range);
    if (r == RC_OK && which >= 0) {
        pattern_free(&range.pattern, which);
        r = by_dimension(cx, v, &range, which, &list);
    } else if (r == RC_OK && i->breakdown) {
        r = by_org(cx, v, &range, &list);
    }
    if (r != RC_OK) return r;
    jw_array(out);
    if (i->breakdown) r = shares_write(cx, i, &list, out);
    jw_end(out, ']');
    return r;
}
