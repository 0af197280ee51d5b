/* Measures: {count: visit, on: done_on}, {sum: declaration.value, on: …}, {reported: figure.value,
 * on: period, by: [series]}. */
#include "app/load.h"

/* "figure", "trade.figure", and with a field "figure.value", "trade.figure.value". */
static const struct app_type *source_find(struct loader *l, const struct named *n,
                                          const struct decl *at, struct app_measure *m)
{
    if (!want_text(l, at, "类型或类型的字段", "a type or a type's field")) return NULL;
    str type = at->text, field = {0};
    if (m->kind != MEASURE_COUNT) {
        size_t dot = type.len;
        while (dot > 0 && type.at[dot - 1] != '.')
            dot--;
        field = str_slice(type, dot, type.len);
        type = dot ? str_slice(type, 0, dot - 1) : (str){0};
    }
    if (!type.len) {
        fault(l, at, "app.measure-field", "“" STR_FMT "” 缺少字段",
              "\"" STR_FMT "\" names no field", STR_ARG(at->text));
        mend(l, "写成 类型.字段，例如 figure.value", "write type.field, for instance figure.value");
        return NULL;
    }
    const struct named *t = names_find(l, SECTION_TYPES, n->app, at, type, false);
    if (!t) return NULL;
    m->type = &l->type[t->index];
    m->value = -1;
    if (m->kind == MEASURE_COUNT) return m->type;
    m->value = field_named(l, m->type, at, field);
    if (m->value < 0) return NULL;
    const struct app_field *f = &m->type->field[m->value];
    m->scale = f->scale;
    m->unit_text = f->unit;
    if (f->kind == FIELD_NUMBER || f->kind == FIELD_INTEGER) return m->type;
    fault(l, at, "app.measure-field", "字段 “" STR_FMT "” 不是数",
          "field \"" STR_FMT "\" is not a number", STR_ARG(field));
    mend(l, "求和与上报只用于 number 和 integer 字段",
         "sum and reported take number and integer fields");
    return NULL;
}

static void time_load(struct loader *l, const struct decl *d, struct app_measure *m)
{
    const struct decl *on = decl_find(d, STR("on"));
    if (!on) {
        fault_key(l, d, "app.measure-on", "度量 “" STR_FMT "” 没有写 on",
                  "measure \"" STR_FMT "\" does not say on which field it lies in time",
                  STR_ARG(d->key));
        mend(l, "加上 on: 日期、时刻或期间字段", "add on: a date, moment or period field");
        return;
    }
    if (!want_text(l, on, "字段名", "the name of a field")) return;
    const int i = field_named(l, m->type, on, on->text);
    if (i < 0) return;
    m->on = i;
    const struct app_field *f = &m->type->field[i];
    const bool period = f->kind == FIELD_PERIOD;
    if (!period && f->kind != FIELD_DATE && f->kind != FIELD_MOMENT) {
        fault(l, on, "app.measure-on", "字段 “" STR_FMT "” 不是时间",
              "field \"" STR_FMT "\" is no time", STR_ARG(on->text));
        mend(l, "on 要用 date、moment 或 month、quarter、half、year 字段",
             "on takes a field of type date, moment, month, quarter, half or year");
        return;
    }
    const int fallback = period ? (int)f->period : PERIOD_MONTH;
    m->unit =
        (enum period_unit)read_choice(l, d, STR("per"), "day month quarter half year", fallback);
    if (!period || m->unit >= f->period) return;
    fault(l, decl_find(d, STR("per")), "app.measure-per", "不能细于字段 “" STR_FMT "” 的期间",
          "finer than the period of field \"" STR_FMT "\"", STR_ARG(on->text));
    mend(l, "删去 per，或用更粗的期间", "remove per, or take a coarser one");
}

static void by_load(struct loader *l, const struct decl *d, struct app_measure *m)
{
    enum { BY_MAX = 4 };
    const struct decl *by = decl_find(d, STR("by"));
    int *out = NEWS(l->cx->arena, int, BY_MAX);
    m->by = out;
    if (count_of(by) > BY_MAX) {
        fault(l, by, "app.measure-by", "维度最多 %d 个", "at most %d dimensions", BY_MAX);
        mend(l, "删去用不到的维度", "remove those not needed");
        return;
    }
    for (const struct decl *e = first_of(by); e; e = next_of(by, e)) {
        if (!want_text(l, e, "字段名", "the name of a field")) continue;
        const int i = field_named(l, m->type, e, e->text);
        if (i < 0) continue;
        const enum field_kind kind = m->type->field[i].kind;
        if (kind == FIELD_CODE || kind == FIELD_REF || kind == FIELD_BOOLEAN) {
            out[m->by_count++] = i;
            continue;
        }
        fault(l, e, "app.measure-by", "字段 “" STR_FMT "” 不能作维度",
              "field \"" STR_FMT "\" cannot be a dimension", STR_ARG(e->text));
        mend(l, "维度要用代码、引用或是非字段",
             "dimensions are fields of a code, a ref or boolean");
    }
}

/* Two records of one cell would add up: a reported aggregate must be unique in it. */
static void reported_check(struct loader *l, const struct decl *d, const struct app_measure *m)
{
    const struct app_type *t = m->type;
    bool ok = t->key_count > 0;
    for (int i = 0; ok && i < t->key_count; i++) {
        ok = t->key[i] == m->on || t->key[i] == t->org;
        for (int k = 0; k < m->by_count; k++)
            ok |= t->key[i] == m->by[k];
    }
    if (ok) return;
    fault_key(l, d, "app.reported-key", "上报的数在同一格里可能有两条记录，会被相加",
              "two records could report the same cell and would be added up");
    mend(l, "给类型 " STR_FMT " 写 key，只由 on、by 和 org 的字段组成",
         "give type " STR_FMT " a key made of the fields of on, by and org only", STR_ARG(t->name));
}

static void measure_load(struct loader *l, const struct named *n, struct app_measure *m)
{
    static const char *const kind[] = {"count", "sum", "reported"};
    const struct decl *d = n->at, *source = NULL;
    if (!read_keys(l, d, "title count sum reported on per by where unit")) return;
    int kinds = 0;
    for (size_t k = 0; k < COUNTOF(kind); k++) {
        const struct decl *at = decl_find(d, str_from(kind[k]));
        if (!at) continue;
        kinds++;
        source = at;
        m->kind = (enum measure_kind)k;
    }
    if (kinds != 1) {
        fault_key(l, d, "app.measure-kind", "度量要写 count、sum、reported 之一，且只能写一个",
                  "a measure needs exactly one of count, sum, reported");
        mend(l, "例如 {count: visit, on: done_on}", "for instance {count: visit, on: done_on}");
        return;
    }
    m->title = read_title(l, d, STR("title"), n->bare);
    if (!source_find(l, n, source, m)) {
        m->type = NULL;
        return;
    }
    time_load(l, d, m);
    by_load(l, d, m);
    const struct decl *unit = decl_find(d, STR("unit")), *where = decl_find(d, STR("where"));
    if (unit) m->unit_text = read_text(l, d, STR("unit"));
    if (where) m->where = expression(l, m->type->scope, where, FEEL_BOOLEAN);
    if (m->kind == MEASURE_REPORTED) reported_check(l, d, m);
}

void measures_load(struct loader *l)
{
    const struct nameds *s = &l->section[SECTION_MEASURES];
    l->measure = NEWS(l->cx->arena, struct app_measure, s->len);
    for (size_t i = 0; i < s->len; i++) {
        l->measure[i] = (struct app_measure){.name = s->at[i].full,
                                             .index = (int)i,
                                             .value = -1,
                                             .title = {s->at[i].bare, s->at[i].bare}};
        measure_load(l, &s->at[i], &l->measure[i]);
    }
    l->c->measure = l->measure;
    l->c->measure_count = (int)s->len;
}
