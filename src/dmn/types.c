/* Which types expressions have, as far as that is certain, and whether they can be what is declared:
 * asked of a whole model before any of it runs.  A fault is an error of dmn_compile; in a lenient
 * model, where such a value is null when it is evaluated, it is kept for dmn_check. */
#include "dmn/compile.h"
#include "feel/type.h"

/* NOLINTBEGIN(misc-no-recursion): as deep as the XML, XML_DEPTH_MAX, and as item definitions */

/* ---- the type an expression has ---- */

static const struct feel_type *any(void)
{
    return feel_type_of_kind(FEEL_ANY);
}

static const struct feel_type *literal_type(const struct literal *l)
{
    return l->expr ? feel_expr_type(l->expr) : any();
}

const struct feel_type *types_of(const struct boxed *b)
{
    if (b->item) return b->item->feel;
    if (b->type) return b->type;
    if (b->kind == BOXED_FUNCTION) return b->as.function->code->type;
    if (b->kind == BOXED_LITERAL) return literal_type(&b->as.literal);
    return feel_type_of_kind(b->kind == BOXED_NOTHING ? FEEL_NULL : FEEL_ANY);
}

static const struct feel_type *part_type(const struct entry *e)
{
    const struct feel_type *t = e->item ? e->item->feel : types_of(e->value);
    return t->kind == FEEL_NULL ? any() : t;
}

static const struct feel_type *context_type(struct arena *a, const struct boxed_context *c)
{
    if (c->result) return types_of(c->result);
    struct feel_member *member = NEWS(a, struct feel_member, c->count + 1);
    for (size_t i = 0; i < c->count; i++)
        member[i] = (struct feel_member){c->entry[i].name, part_type(&c->entry[i])};
    return feel_type_context(a, member, c->count);
}

/* A list of what `type` is; of anything when nobody knows. */
static const struct feel_type *list_of(struct arena *a, const struct feel_type *type)
{
    return feel_type_list(a, type->kind == FEEL_NULL ? any() : type);
}

static const struct feel_type *boxed_list_type(struct arena *a, const struct boxed_list *l)
{
    const struct feel_type *t = feel_type_of_kind(FEEL_NULL);
    for (size_t i = 0; i < l->count; i++)
        t = i == 0 ? types_of(l->at[i]) : type_join(a, t, types_of(l->at[i]));
    return list_of(a, t);
}

static const struct feel_type *relation_type(struct arena *a, const struct boxed_relation *r)
{
    struct feel_member *member = NEWS(a, struct feel_member, r->column_count + 1);
    for (size_t k = 0; k < r->column_count; k++) {
        const struct feel_type *t = feel_type_of_kind(FEEL_NULL);
        for (size_t i = 0; i < r->row_count; i++)
            t = type_join(a, t, types_of(r->cell[i * r->column_count + k]));
        member[k] = (struct feel_member){r->column[k], t->kind == FEEL_NULL ? any() : t};
    }
    return list_of(a, feel_type_context(a, member, r->column_count));
}

static const struct feel_type *output_type(struct arena *a, const struct table *t, size_t column)
{
    const struct table_output *o = &t->output[column];
    const struct feel_type *type = feel_type_of_kind(FEEL_NULL);
    if (o->item->feel->kind != FEEL_ANY) return o->item->feel;
    for (size_t i = 0; i < t->rule_count; i++)
        type = type_join(a, type, literal_type(&t->rule[i].output[column]));
    if (o->otherwise.source.len) type = type_join(a, type, literal_type(&o->otherwise));
    return type->kind == FEEL_NULL ? any() : type;
}

/* Does the table give the values of all rules that match? */
static bool gives_list(const struct table *t)
{
    return t->hit == HIT_RULE_ORDER || t->hit == HIT_OUTPUT_ORDER ||
           (t->hit == HIT_COLLECT && t->aggregation == AGGREGATE_NONE);
}

static const struct feel_type *table_type(struct arena *a, const struct table *t)
{
    if (t->aggregation == AGGREGATE_COUNT) return feel_type_of_kind(FEEL_NUMBER);
    if (t->output_count == 0) return any();
    struct feel_member *member = NEWS(a, struct feel_member, t->output_count);
    for (size_t k = 0; k < t->output_count; k++)
        member[k] = (struct feel_member){t->output[k].name, output_type(a, t, k)};
    const struct feel_type *row =
        t->output_count == 1 ? member[0].type : feel_type_context(a, member, t->output_count);
    return gives_list(t) ? list_of(a, row) : row;
}

static const struct feel_type *filter_type(struct arena *a, const struct boxed_filter *f)
{
    const struct feel_type *in = types_of(f->in);
    if (f->whole) return types_of(f->match);
    return in->kind == FEEL_LIST ? in : list_of(a, in);
}

const struct feel_type *types_deduce(struct arena *a, const struct boxed *b)
{
    const struct feel_type *t;
    switch (b->kind) {
    case BOXED_CONTEXT: return context_type(a, &b->as.context);
    case BOXED_LIST: return boxed_list_type(a, &b->as.list);
    case BOXED_RELATION: return relation_type(a, &b->as.relation);
    case BOXED_INVOCATION:
        t = types_of(b->as.invocation.callee);
        return t->kind == FEEL_FUNCTION && !t->open ? t->element : any();
    case BOXED_CONDITIONAL:
        return type_join(a, types_of(b->as.choice.yes), types_of(b->as.choice.no));
    case BOXED_FILTER: return filter_type(a, &b->as.filter);
    case BOXED_FOR: return list_of(a, types_of(b->as.iteration.body));
    case BOXED_SOME:
    case BOXED_EVERY: return feel_type_of_kind(FEEL_BOOLEAN);
    case BOXED_TABLE: return table_type(a, b->as.table);
    case BOXED_LITERAL:
    case BOXED_FUNCTION:
    case BOXED_NOTHING: break;
    }
    return NULL;
}

/* ---- faults ---- */

enum spot {
    SPOT_WHOLE,
    SPOT_ENTRY,     /* name */
    SPOT_PARAMETER, /* name */
    SPOT_ITEM,      /* column */
    SPOT_CELL,      /* row, column */
    SPOT_INPUT,     /* column */
    SPOT_TEST,      /* row, column */
    SPOT_OUTPUT,    /* column */
    SPOT_RESULT,    /* row, column */
    SPOT_DEFAULT    /* column */
};
/* Where the check is; becomes text when there is a fault. */
struct check {
    struct compiler *c;
    const struct unit *unit;
    const struct element *element;
    str id; /* of the nearest expression or rule that has one */
    enum spot spot;
    size_t row, column; /* from 0 */
    str name;
};

static void write_spot(struct buf *out, const struct check *k)
{
    const bool chinese = k->c->cx->lang == LANG_ZH;
    const size_t row = k->row + 1, column = k->column + 1;
    switch (k->spot) {
    case SPOT_WHOLE: return;
    case SPOT_ENTRY:
        buf_printf(out, chinese ? "，条目“%.*s”" : ", entry %.*s", STR_ARG(k->name));
        return;
    case SPOT_PARAMETER:
        buf_printf(out, chinese ? "，参数“%.*s”" : ", parameter %.*s", STR_ARG(k->name));
        return;
    case SPOT_ITEM: buf_printf(out, chinese ? "，第 %zu 项" : ", item %zu", column); return;
    case SPOT_CELL:
        buf_printf(out, chinese ? "，第 %zu 行，第 %zu 列" : ", row %zu, column %zu", row, column);
        return;
    case SPOT_INPUT: buf_printf(out, chinese ? "，输入 %zu" : ", input %zu", column); return;
    case SPOT_TEST:
        buf_printf(out, chinese ? "，规则 %zu，输入 %zu" : ", rule %zu, input %zu", row, column);
        return;
    case SPOT_OUTPUT: buf_printf(out, chinese ? "，输出 %zu" : ", output %zu", column); return;
    case SPOT_RESULT:
        buf_printf(out, chinese ? "，规则 %zu，输出 %zu" : ", rule %zu, output %zu", row, column);
        return;
    case SPOT_DEFAULT:
        buf_printf(out, chinese ? "，默认输出 %zu" : ", default output %zu", column);
        return;
    }
}

static struct check at_column(const struct check *k, enum spot spot, size_t column)
{
    struct check inner = *k;
    inner.spot = spot;
    inner.column = column;
    return inner;
}

static struct check at_name(const struct check *k, enum spot spot, str name)
{
    struct check inner = *k;
    inner.spot = spot;
    inner.name = name;
    return inner;
}

static void enter_rule(struct check *k, const struct check *outer, size_t row, str id)
{
    k->row = row;
    k->id = id.len ? id : outer->id;
}

/* For dmn_check, which says it of a model that is used all the same. */
static void keep(struct check *k, const char *slug, struct pos pos, str sentence)
{
    enum { KEPT_MAX = 1000 };
    if (k->c->finding.len >= KEPT_MAX) return;
    *vec_add(k->c->arena, &k->c->finding) = (struct dmn_finding){.flaw = DMN_TYPE,
                                                                 .slug = slug,
                                                                 .element = k->element->is,
                                                                 .table = k->id,
                                                                 .inputs = sentence,
                                                                 .pos = pos};
}

static void PRINTF(4, 6) PRINTF(5, 6)
    report(struct check *k, const char *slug, struct pos pos, const char *zh, const char *en, ...)
{
    struct cx *cx = k->c->cx;
    const bool chinese = cx->lang == LANG_ZH;
    va_list ap;
    if (cx->err.code != RC_OK) return; /* nowhere to put it: the first stands */
    va_start(ap, en);
    const str what = arena_vprintf(k->c->arena, chinese ? zh : en, ap);
    va_end(ap);
    struct buf said = {.arena = k->c->arena};
    buf_printf(&said, chinese ? "“%.*s”" : "\"%.*s\"", STR_ARG(k->element->is->name));
    write_spot(&said, k);
    buf_add(&said, chinese ? STR("：") : STR(": "));
    buf_add(&said, what);
    const str sentence = buf_str(&said);
    if (k->c->options->lenient) {
        keep(k, slug, pos, sentence);
        return;
    }
    (void)!err_set_at(cx, RC_INVALID, slug, pos, "%.*s", "%.*s", STR_ARG(sentence));
    err_field(cx, k->id.len ? k->id : k->element->is->id);
    err_hint(cx, "改正表达式，或改正声明的类型", "mend the expression, or the type declared");
    compile_take_error(k->c, k->unit, NULL);
}

static str type_text(struct check *k, const struct feel_type *t)
{
    enum { SHOWN = 300 };
    struct buf b = {.arena = k->c->arena, .bytes_max = SHOWN};
    feel_type_write(&b, t);
    return b.over ? arena_printf(k->c->arena, "%.*s…", STR_ARG(buf_str(&b))) : buf_str(&b);
}

static void report_type(struct check *k, const struct feel_type *have, const struct item *want,
                        struct pos pos)
{
    const str x = type_text(k, have), y = type_text(k, want->feel);
    report(k, "dmn.type", pos, "表达式的类型是 %.*s，声明的是 %.*s",
           "the expression is of type %.*s, declared is %.*s", STR_ARG(x), STR_ARG(y));
}

/* ---- the checks ---- */

/* A text that did not compile, in a lenient model. */
static void check_text(struct check *k, const struct literal *l)
{
    if (!l->expr && l->slug) report(k, l->slug, l->pos, "%.*s", "%.*s", STR_ARG(l->sentence));
}

static void check_have(struct check *k, const struct feel_type *have, const struct item *want,
                       struct pos pos)
{
    if (!type_may_fit(have, want->feel)) report_type(k, have, want, pos);
}

static void refuse_value(struct check *k, const struct feel_value *v, str allowed, struct pos pos)
{
    enum { SHOWN = 200 };
    struct buf b = {.arena = k->c->arena, .bytes_max = SHOWN};
    feel_value_write(&b, v);
    report(k, "dmn.not-allowed", pos, "值 %.*s 不在允许的值之内：%.*s",
           "the value %.*s is not among those allowed: %.*s", STR_ARG(buf_str(&b)),
           STR_ARG(allowed));
}

/* Many constants and many allowed values: in the end what is wrong is found when it is evaluated. */
static bool passes(struct check *k, const struct feel_tests *t, const struct feel_value *v)
{
    enum { COMPARED_MAX = 50000000 };
    k->c->compared += t->count;
    return k->c->compared > COMPARED_MAX || literal_passes(t, v);
}

/* Restrictions that ask for more than constants are left to evaluation. */
static bool is_allowed(struct check *k, const struct item *item, const struct feel_value *v)
{
    if (!item->checked || v->kind == FEEL_NULL) return true;
    if (item->element && v->kind == FEEL_LIST)
        for (size_t i = 0; i < v->as.list->count; i++)
            if (!is_allowed(k, item->element, &v->as.list->at[i])) return false;
    for (size_t i = 0; i < item->part_count; i++) {
        const struct feel_value *part = feel_context_find(v, item->part[i].name);
        if (part && !is_allowed(k, item->part[i].item, part)) return false;
    }
    if (!item->constant || v->kind == FEEL_LIST || v->kind == FEEL_RANGE) return true;
    return passes(k, item->constant, v);
}

static const struct item *restricted(const struct item *item)
{
    return !item->allowed && item->element ? item->element : item;
}

static void check_literal(struct check *k, const struct literal *l, const struct item *want)
{
    if (!l->expr) {
        check_text(k, l);
        return;
    }
    const struct feel_type *have = feel_expr_type(l->expr);
    const struct feel_value *v = feel_expr_constant(l->expr);
    if (v && v->kind == FEEL_NULL) return;
    if (!type_may_fit(have, want->feel)) {
        report_type(k, have, want, l->pos);
        return;
    }
    if (!v) return;
    const struct feel_value as_wanted = feel_coerce(k->c->arena, v, want->feel);
    if (as_wanted.kind == FEEL_NULL) {
        report_type(k, have, want, l->pos);
        return;
    }
    if (is_allowed(k, want, &as_wanted)) return;
    const struct literal *allowed = restricted(want)->allowed;
    refuse_value(k, v, allowed ? allowed->source : want->name, l->pos);
}

static void check_boxed(struct check *outer, const struct boxed *b, const struct item *want);

static const struct item *nothing(const struct check *k)
{
    return &k->c->builtin[FEEL_ANY];
}

static const struct item *part_named(const struct item *context, str name)
{
    for (size_t i = 0; i < context->part_count; i++)
        if (str_eq(context->part[i].name, name)) return context->part[i].item;
    return NULL;
}

/* One of a list, or what a list of one stands for. */
static const struct item *one_of(const struct item *want)
{
    return want->element ? want->element : want;
}

/* The parts that a context should have, when it says. */
static void lacks(struct check *k, str name, const struct item *want, struct pos pos)
{
    const str type = type_text(k, want->feel);
    report(k, "dmn.type", pos, "缺少“%.*s”，声明的是 %.*s", "it has no \"%.*s\", declared is %.*s",
           STR_ARG(name), STR_ARG(type));
}

static void check_entry(struct check *k, const struct entry *e, const struct item *want)
{
    struct check inner = at_name(k, SPOT_ENTRY, e->name);
    if (e->item) {
        check_boxed(&inner, e->value, e->item);
        if (want) check_have(&inner, e->item->feel, want, e->value->pos);
    } else {
        check_boxed(&inner, e->value, want ? want : nothing(k));
    }
}

static void check_context(struct check *k, const struct boxed *b, const struct item *want)
{
    const struct boxed_context *c = &b->as.context;
    const struct item *row = one_of(want);
    const bool whole = c->result == NULL;
    for (size_t i = 0; i < c->count; i++)
        check_entry(k, &c->entry[i], whole ? part_named(row, c->entry[i].name) : NULL);
    if (!whole) {
        check_boxed(k, c->result, want);
        return;
    }
    if (row->feel->kind != FEEL_CONTEXT) {
        check_have(k, b->type, want, b->pos);
        return;
    }
    for (size_t i = 0; i < row->part_count; i++) {
        bool there = false;
        for (size_t n = 0; n < c->count && !there; n++)
            there = str_eq(c->entry[n].name, row->part[i].name);
        if (!there) lacks(k, row->part[i].name, want, b->pos);
    }
}

static void check_list(struct check *k, const struct boxed *b, const struct item *want)
{
    const struct boxed_list *l = &b->as.list;
    const bool fits = want->feel->kind == FEEL_LIST || want->feel->kind == FEEL_ANY;
    for (size_t i = 0; i < l->count; i++) {
        struct check inner = at_column(k, SPOT_ITEM, i);
        check_boxed(&inner, l->at[i], fits || l->count == 1 ? one_of(want) : nothing(k));
    }
    if (!fits && l->count != 1) report_type(k, b->type, want, b->pos);
}

static void check_relation(struct check *k, const struct boxed *b, const struct item *want)
{
    const struct boxed_relation *r = &b->as.relation;
    const struct item *row = one_of(want);
    const bool fits = row->feel->kind == FEEL_CONTEXT || row->feel->kind == FEEL_ANY;
    for (size_t i = 0; i < r->row_count * r->column_count; i++) {
        const size_t column = i % r->column_count;
        const struct item *of_row = fits ? part_named(row, r->column[column]) : NULL;
        const struct item *own = r->column_item[column];
        struct check inner = at_column(k, SPOT_CELL, column);
        inner.row = i / r->column_count;
        check_boxed(&inner, r->cell[i], own ? own : of_row ? of_row : nothing(k));
        if (own && of_row && i < r->column_count)
            check_have(&inner, own->feel, of_row, r->cell[i]->pos);
    }
    if (!fits || (!want->element && want->feel->kind == FEEL_CONTEXT && r->row_count > 1)) {
        report_type(k, b->type, want, b->pos);
        return;
    }
    for (size_t i = 0; i < row->part_count; i++) {
        bool there = false;
        for (size_t n = 0; n < r->column_count && !there; n++)
            there = str_eq(r->column[n], row->part[i].name);
        if (!there) lacks(k, row->part[i].name, want, b->pos);
    }
}

static void check_binding(struct check *k, const struct entry *e, const struct feel_type *callee)
{
    struct check inner = at_name(k, SPOT_PARAMETER, e->name);
    const struct feel_type *have = e->item ? e->item->feel : types_of(e->value);
    check_boxed(&inner, e->value, e->item ? e->item : nothing(k));
    if (callee->kind != FEEL_FUNCTION || callee->open) return;
    const struct feel_type *type = type_member(callee, e->name);
    if (!type) {
        report(&inner, "feel.arguments", e->value->pos, "函数没有参数“%.*s”",
               "the function has no parameter \"%.*s\"", STR_ARG(e->name));
        return;
    }
    const struct item want = {.feel = type};
    if (e->value->kind == BOXED_LITERAL && !e->item)
        check_literal(&inner, &e->value->as.literal, &want);
    else
        check_have(&inner, have, &want, e->value->pos);
}

static void check_invocation(struct check *k, const struct boxed *b)
{
    const struct boxed_invocation *n = &b->as.invocation;
    const struct feel_type *callee = types_of(n->callee);
    check_boxed(k, n->callee, nothing(k));
    if (!type_may_fit(callee, feel_type_of_kind(FEEL_FUNCTION))) {
        const str type = type_text(k, callee);
        report(k, "feel.type", n->callee->pos, "所调用的是 %.*s，不是函数",
               "what is invoked is a %.*s, no function", STR_ARG(type));
        return;
    }
    for (size_t i = 0; i < n->count; i++)
        check_binding(k, &n->binding[i], callee);
}

static void check_function(struct check *k, const struct function *f)
{
    if (f->body) check_boxed(k, f->body, f->result ? f->result : nothing(k));
}

/* ---- tables ---- */

/* What one output's values should be. */
static const struct item *wanted_output(const struct check *k, const struct table *t,
                                        const struct item *want, size_t column)
{
    const struct item *row = gives_list(t) || t->output_count > 1 ? one_of(want) : want;
    if (t->aggregation == AGGREGATE_COUNT) return nothing(k);
    if (t->output_count == 1) return row;
    const struct item *part = part_named(row, t->output[column].name);
    return part ? part : nothing(k);
}

static void check_among(struct check *k, const struct literal *l, const struct literal *allowed,
                        const struct feel_tests *constant)
{
    const struct feel_value *v = l->expr ? feel_expr_constant(l->expr) : NULL;
    if (!v || !constant || v->kind == FEEL_NULL || v->kind == FEEL_LIST || v->kind == FEEL_RANGE)
        return;
    if (!passes(k, constant, v)) refuse_value(k, v, allowed->source, l->pos);
}

static void check_output(struct check *k, const struct table *t, size_t column,
                         const struct item *want)
{
    const struct table_output *o = &t->output[column];
    const struct feel_tests *constant = compile_constants(k->c, &o->allowed);
    const struct item *target =
        o->item->feel->kind != FEEL_ANY || o->item->checked ? o->item : want;
    struct check inner = at_column(k, SPOT_OUTPUT, column);
    check_text(&inner, &o->allowed);
    if (target != want) check_have(&inner, target->feel, want, o->pos);
    inner.spot = SPOT_RESULT;
    for (size_t i = 0; i < t->rule_count; i++) {
        enter_rule(&inner, k, i, t->rule[i].id);
        check_literal(&inner, &t->rule[i].output[column], target);
        check_among(&inner, &t->rule[i].output[column], &o->allowed, constant);
    }
    inner = at_column(k, SPOT_DEFAULT, column);
    check_literal(&inner, &o->otherwise, target);
    check_among(&inner, &o->otherwise, &o->allowed, constant);
}

static void check_inputs(struct check *k, const struct table *t)
{
    for (size_t i = 0; i < t->input_count; i++) {
        const struct table_input *in = &t->input[i];
        struct check inner = at_column(k, SPOT_INPUT, i);
        check_literal(&inner, &in->expression, in->item);
        check_among(&inner, &in->expression, &in->allowed, in->constant);
        check_text(&inner, &in->allowed);
        inner.spot = SPOT_TEST;
        for (size_t r = 0; r < t->rule_count; r++) {
            enter_rule(&inner, k, r, t->rule[r].id);
            check_text(&inner, &t->rule[r].test[i]);
        }
    }
}

static void check_table(struct check *k, const struct boxed *b, const struct item *want)
{
    const struct table *t = b->as.table;
    const struct item *row = one_of(want);
    check_inputs(k, t);
    for (size_t i = 0; i < t->output_count; i++)
        check_output(k, t, i, wanted_output(k, t, want, i));
    if (t->aggregation == AGGREGATE_COUNT) {
        check_have(k, b->type, want, b->pos);
    } else if (t->output_count > 1 && row->feel->kind != FEEL_CONTEXT) {
        check_have(k, b->type, want, b->pos);
    } else if (t->output_count > 1) {
        for (size_t i = 0; i < row->part_count; i++) {
            bool there = false;
            for (size_t n = 0; n < t->output_count && !there; n++)
                there = str_eq(t->output[n].name, row->part[i].name);
            if (!there) lacks(k, row->part[i].name, want, b->pos);
        }
    }
}

/* ---- any expression ---- */

static void check_parts(struct check *k, const struct boxed *b, const struct item *want)
{
    const struct item *truth = &k->c->builtin[FEEL_BOOLEAN];
    switch (b->kind) {
    case BOXED_LITERAL: check_literal(k, &b->as.literal, want); return;
    case BOXED_CONTEXT: check_context(k, b, want); return;
    case BOXED_LIST: check_list(k, b, want); return;
    case BOXED_RELATION: check_relation(k, b, want); return;
    case BOXED_INVOCATION: check_invocation(k, b); break;
    case BOXED_FUNCTION: check_function(k, b->as.function); break;
    case BOXED_CONDITIONAL:
        check_boxed(k, b->as.choice.test, truth);
        check_boxed(k, b->as.choice.yes, want);
        check_boxed(k, b->as.choice.no, want);
        return;
    case BOXED_FILTER:
        check_boxed(k, b->as.filter.in, nothing(k));
        check_boxed(k, b->as.filter.match, b->as.filter.whole ? nothing(k) : truth);
        break;
    case BOXED_FOR:
        check_boxed(k, b->as.iteration.in, nothing(k));
        check_boxed(k, b->as.iteration.body, one_of(want));
        return;
    case BOXED_SOME:
    case BOXED_EVERY:
        check_boxed(k, b->as.iteration.in, nothing(k));
        check_boxed(k, b->as.iteration.body, truth);
        break;
    case BOXED_TABLE: check_table(k, b, want); return;
    case BOXED_NOTHING: return;
    }
    const struct feel_type *have = b->type ? b->type : types_of(b);
    check_have(k, have, want, b->pos);
}

static void check_boxed(struct check *outer, const struct boxed *b, const struct item *want)
{
    struct check k = *outer;
    if (k.c->arena->exhausted) return;
    if (b->id.len) k.id = b->id;
    if (b->item && b->item != want) {
        check_parts(&k, b, b->item);
        check_have(&k, b->item->feel, want, b->pos);
    } else {
        check_parts(&k, b, want);
    }
}

/* A service gives what its output decisions give. */
static void check_service(struct check *k, const struct element *e)
{
    struct arena *a = k->c->arena;
    if (e->output_count == 1) {
        check_have(k, e->output[0]->value_type, e->item, e->pos);
        return;
    }
    struct feel_member *member = NEWS(a, struct feel_member, e->output_count + 1);
    for (size_t i = 0; i < e->output_count; i++)
        member[i] = (struct feel_member){e->output[i]->variable, e->output[i]->value_type};
    if (e->output_count)
        check_have(k, feel_type_context(a, member, e->output_count), e->item, e->pos);
}

/* A variable may be declared to be the function itself, with parameters. */
static void check_signature(struct check *k, const struct draft *d)
{
    const struct xml *variable = xml_child(d->x, d->unit->vocabulary, STR("variable"));
    const struct item *item = variable ? items_of(k->c, d->unit, variable) : NULL;
    if (item && item->feel->kind == FEEL_FUNCTION)
        check_have(k, k->element->function->code->type, item, k->element->pos);
}

void types_check(struct compiler *c)
{
    for (size_t i = 0; i < c->draft.len && !c->arena->exhausted; i++) {
        const struct draft *d = &c->draft.at[i];
        const struct element *e = d->element;
        struct check k = {.c = c, .unit = d->unit, .element = e, .id = e->is->id};
        if (e->is->kind == DMN_DECISION && e->body) check_boxed(&k, e->body, e->item);
        if (e->is->kind >= DMN_KNOWLEDGE) check_signature(&k, d);
        if (e->is->kind == DMN_KNOWLEDGE) check_function(&k, e->function);
        if (e->is->kind == DMN_SERVICE) check_service(&k, e);
    }
}
/* NOLINTEND(misc-no-recursion) */
