/* Indicators: FEEL over measures, with prior year(x), year to date(x) and total(x). */
#include "app/load.h"

/* Where measure/ gives no function (a check without a database) the expression is only checked. */
static rc no_value(struct feel_call *call, struct feel_value *out)
{
    (void)call;
    *out = feel_null();
    return RC_OK;
}

static void function_add(struct loader *l, struct feel_scope *s, str name, feel_host_fn *call)
{
    static const str x[] = {STR_INIT("x")};
    (void)l;
    feel_scope_add_function(s,
                            &(struct feel_host_function){.name = name,
                                                         .params = x,
                                                         .param_count = 1,
                                                         .result = feel_type_of_kind(FEEL_NUMBER),
                                                         .call = call ? call : no_value});
}

static void measure_add(struct loader *l, struct feel_scope *s, const struct app_measure *m,
                        str name)
{
    str *params = NEWS(l->cx->arena, str, (size_t)m->by_count + 1);
    for (int i = 0; i < m->by_count; i++)
        params[i] = m->type->field[m->by[i]].name;
    feel_scope_add_function(
        s, &(struct feel_host_function){.name = name,
                                        .params = params,
                                        .param_count = m->by_count,
                                        .optional = true,
                                        .bare = true,
                                        .result = feel_type_of_kind(FEEL_NUMBER),
                                        .call = l->host->measure ? l->host->measure : no_value,
                                        .data = m});
}

/* One scope an app: its own measures by their bare names too, those of needed apps in full. */
static const struct feel_scope *scope_of(struct loader *l, int app)
{
    struct part *p = &l->part.at[app];
    if (p->indicator_scope) return p->indicator_scope;
    struct feel_scope *s = feel_scope_new(l->cx->arena);
    const struct nameds *list = &l->section[SECTION_MEASURES];
    for (size_t i = 0; i < list->len; i++) {
        const struct named *n = &list->at[i];
        if (!l->measure[n->index].type || !p->may_use[n->app]) continue;
        measure_add(l, s, &l->measure[n->index], n->full);
        if (n->app == app) measure_add(l, s, &l->measure[n->index], n->bare);
    }
    function_add(l, s, STR("prior year"), l->host->prior_year);
    function_add(l, s, STR("year to date"), l->host->year_to_date);
    if (l->host->for_orgs) function_add(l, s, STR("total"), l->host->for_orgs);
    return p->indicator_scope = s;
}

static bool uses(const struct app_indicator *i, str name)
{
    return feel_expr_uses_function(i->value, name) ||
           (i->target && feel_expr_uses_function(i->target, name));
}

/* What the expression reads, so that the loop knows whom a changed cell concerns. */
static void uses_find(struct loader *l, int app, struct app_indicator *i)
{
    const struct nameds *list = &l->section[SECTION_MEASURES];
    i->uses = NEWS(l->cx->arena, const struct app_measure *, list->len + 1);
    for (size_t k = 0; k < list->len; k++) {
        const struct named *n = &list->at[k];
        if (uses(i, n->full) || (n->app == app && uses(i, n->bare)))
            i->uses[i->use_count++] = &l->measure[n->index];
    }
    i->uses_prior_year = uses(i, STR("prior year"));
    i->uses_year_to_date = uses(i, STR("year to date"));
}

/* A measure kept by the year has no months. */
static void units_check(struct loader *l, const struct decl *value, const struct app_indicator *i)
{
    static const char *const unit[PERIOD_UNIT_COUNT] = {"day", "month", "quarter", "half", "year"};
    for (int k = 0; k < i->use_count; k++) {
        const struct app_measure *m = i->uses[k];
        if (m->unit <= i->per) continue;
        fault(l, value, "app.indicator-per", "度量 " STR_FMT " 按 %s 统计，%s 没有数",
              "measure " STR_FMT " is kept by %s, so a %s has none", STR_ARG(m->name),
              unit[m->unit], unit[i->per]);
        mend(l, "写 per: %s，或给度量写 per: %s", "write per: %s, or give the measure per: %s",
             unit[m->unit], unit[i->per]);
    }
}

static void extras_load(struct loader *l, const struct named *n, struct app_indicator *i)
{
    const struct decl *d = n->at, *breakdown = decl_find(d, STR("breakdown"));
    if (decl_find(d, STR("note"))) i->note = read_title(l, d, STR("note"), (str){0});
    i->unit = read_text(l, d, STR("unit"));
    i->lead = read_text(l, d, STR("lead"));
    org_check(l, decl_find(d, STR("lead")));
    i->decimals = read_int(l, d, STR("decimals"), 0, 9, 1);
    i->per = (enum period_unit)read_choice(l, d, STR("per"), "day month quarter half year",
                                           PERIOD_MONTH);
    i->better = (enum better)read_choice(l, d, STR("better"), "higher lower", BETTER_HIGHER);
    i->cumulative = read_bool(l, d, STR("cumulative"), false);
    if (!breakdown || !want_text(l, breakdown, "度量名", "the name of a measure")) return;
    const struct named *m =
        names_find(l, SECTION_MEASURES, n->app, breakdown, breakdown->text, false);
    if (!m) return;
    i->breakdown = &l->measure[m->index];
    if (i->breakdown->type && !i->breakdown->by_count) {
        fault(l, breakdown, "app.breakdown", "度量 “" STR_FMT "” 没有维度可分",
              "measure \"" STR_FMT "\" has no dimension to break down by",
              STR_ARG(breakdown->text));
        mend(l, "给度量写 by，或删去 breakdown", "give the measure a by, or remove breakdown");
    }
}

static void indicator_load(struct loader *l, const struct named *n, struct app_indicator *i)
{
    const struct decl *d = n->at;
    if (!read_keys(l, d,
                   "title note value target per unit decimals better cumulative breakdown lead"))
        return;
    const struct decl *value = decl_find(d, STR("value")), *target = decl_find(d, STR("target"));
    i->title = read_title(l, d, STR("title"), n->bare);
    extras_load(l, n, i);
    if (!value) {
        fault_key(l, d, "app.indicator-value", "指标 “" STR_FMT "” 没有写 value",
                  "indicator \"" STR_FMT "\" has no value", STR_ARG(n->bare));
        mend(l, "加上 value: 由度量算出的 FEEL 表达式",
             "add value: a FEEL expression over measures");
        return;
    }
    const struct feel_scope *scope = scope_of(l, n->app);
    i->value = expression(l, scope, value, FEEL_NUMBER);
    if (value && value->kind == DECL_TEXT) i->formula = value->text;
    if (target) i->target = expression(l, scope, target, FEEL_NUMBER);
    if (!i->value) return;
    uses_find(l, n->app, i);
    units_check(l, value, i);
    if (i->use_count) return;
    fault(l, value, "app.indicator-constant", "指标 “" STR_FMT "” 没有用到任何度量",
          "indicator \"" STR_FMT "\" reads no measure", STR_ARG(n->bare));
    mend(l, "在 value 里用 measures 里声明的度量", "use in value what is declared under measures");
}

void indicators_load(struct loader *l)
{
    const struct nameds *s = &l->section[SECTION_INDICATORS];
    l->indicator = NEWS(l->cx->arena, struct app_indicator, s->len);
    for (size_t i = 0; i < s->len; i++) {
        l->indicator[i] = (struct app_indicator){
            .name = s->at[i].full, .index = (int)i, .title = {s->at[i].bare, s->at[i].bare}};
        indicator_load(l, &s->at[i], &l->indicator[i]);
    }
    l->c->indicator = l->indicator;
    l->c->indicator_count = (int)s->len;
}
