/* Decision tables (DMN 1.5 chapter 8), from XML to their compiled form. */
#include "dmn/compile.h"
#include "dmn/index.h"

enum { RULES_MAX = 100000 };

static size_t count_children(const struct place *p, const struct xml *x, const char *name)
{
    size_t count = 0;
    for (const struct xml *i = x->child; i; i = i->next)
        count += xml_is(i, p->u->vocabulary, str_from(name));
    return count;
}

static void read_policy(const struct place *p, const struct xml *x, struct table *t)
{
    static const char *const hit[] = {"UNIQUE",     "ANY",          "PRIORITY", "FIRST",
                                      "RULE ORDER", "OUTPUT ORDER", "COLLECT"};
    static const char *const aggregation[] = {"", "SUM", "MIN", "MAX", "COUNT"};
    const str policy = xml_attr(x, "hitPolicy"), sum = xml_attr(x, "aggregation");
    bool known = !policy.len, known_sum = false;
    for (size_t i = 0; i < COUNTOF(hit); i++)
        if (str_eq(policy, str_from(hit[i]))) {
            t->hit = (enum hit_policy)i;
            known = true;
        }
    for (size_t i = 0; i < COUNTOF(aggregation); i++)
        if (str_eq(sum, str_from(aggregation[i]))) {
            t->aggregation = (enum aggregation)i;
            known_sum = true;
        }
    if (!known)
        compile_fault(p->c, p->u, x, "dmn.structure", "没有命中策略“%.*s”",
                      "there is no hit policy \"%.*s\"", STR_ARG(policy));
    if (!known_sum)
        compile_fault(p->c, p->u, x, "dmn.structure", "没有汇总方式“%.*s”",
                      "there is no aggregation \"%.*s\"", STR_ARG(sum));
    if (t->hit != HIT_COLLECT) t->aggregation = AGGREGATE_NONE;
}

/* What is declared for the element that an expression names; NULL: it names none, or does more. */
static const struct item *item_of_name(const struct place *p, const struct feel_expr *e)
{
    if (!e || e->root->op != OP_SLOT || !p->element) return NULL;
    for (size_t i = 0; i < p->element->require_count; i++)
        if (p->element->require[i].slot == e->root->as.index)
            return p->element->require[i].element->item;
    return NULL;
}

static struct table_input read_input(const struct place *p, struct place *inside,
                                     const struct xml *x)
{
    const struct xml *e = xml_child(x, p->u->vocabulary, STR("inputExpression"));
    const struct xml *values = xml_child(x, p->u->vocabulary, STR("inputValues"));
    const struct item *item = e ? items_of(p->c, p->u, e) : NULL;
    struct table_input in = {.item = item ? item : &p->c->builtin[FEEL_ANY],
                             .label = xml_attr(x, "label")};
    if (!e)
        compile_fault(p->c, p->u, x, "dmn.structure", "输入没有表达式",
                      "the input has no expression");
    in.expression = compile_literal(p, e);
    if (!in.label.len) in.label = in.expression.source;
    in.type = in.item->feel;
    if (!item && in.expression.expr && feel_expr_type(in.expression.expr)->kind != FEEL_NULL)
        in.type = feel_expr_type(in.expression.expr);
    in.slot = compile_name(inside, STR("?"), in.type);
    in.allowed = compile_tests(inside, values, in.slot);
    in.constant = compile_constants(p->c, &in.allowed);
    if (!in.allowed.source.len && in.item->allowed) {
        in.allowed = *in.item->allowed; /* for those who check; values are restricted by the item */
        in.constant = in.item->constant;
    }
    const struct item *named = item_of_name(p, in.expression.expr);
    if (!in.allowed.source.len && named && named->constant) {
        in.allowed = *named->allowed;
        in.constant = named->constant;
        in.sure = true;
    }
    return in;
}

/* The values of the list in order of priority, when all are constants. */
static struct feel_value order_of(const struct place *p, str text, struct pos at)
{
    const struct feel_expr *e = NULL;
    if (!text.len || p->c->cx->err.code != RC_OK) return feel_null();
    const str list = arena_printf(p->c->arena, "[%.*s]", STR_ARG(text));
    if (feel_compile(p->c->cx, p->scope, list, at, &e) != RC_OK) {
        err_clear(p->c->cx); /* its tests, compiled by themselves, are what is reported */
        return feel_null();
    }
    struct cx cx = {.arena = p->c->arena};
    struct feel_run run = {.cx = &cx};
    struct feel_value v;
    if (e->root->op != OP_CONST && e->root->op != OP_LIST) return feel_null();
    for (int i = 0; i < p->scope->slot_count; i++)
        if (feel_expr_uses_slot(e, i)) return feel_null();
    return feel_eval(&run, e, &v) == RC_OK && v.kind == FEEL_LIST ? v : feel_null();
}

/* The item an output's values belong to when the output does not say: of the whole table's. */
static const struct item *item_of_output(const struct place *p, const struct xml *table, str name,
                                         size_t outputs)
{
    const struct item *whole = items_of(p->c, p->u, table);
    if (!whole && p->element) whole = p->element->item;
    if (!whole) return NULL;
    if (whole->element) whole = whole->element;
    if (outputs == 1) return whole;
    for (size_t i = 0; i < whole->part_count; i++)
        if (str_eq(whole->part[i].name, name)) return whole->part[i].item;
    return NULL;
}

static struct table_output read_output(const struct place *p, const struct xml *x,
                                       const struct xml *table, size_t outputs)
{
    const struct xml *values = xml_child(x, p->u->vocabulary, STR("outputValues"));
    const struct xml *otherwise = xml_child(x, p->u->vocabulary, STR("defaultOutputEntry"));
    const struct item *item = items_of(p->c, p->u, x);
    struct table_output out = {.item = item ? item : &p->c->builtin[FEEL_ANY],
                               .name = name_normal(p->c->arena, xml_attr(x, "name")),
                               .label = xml_attr(x, "label"),
                               .pos = x->pos};
    struct place inside = compile_inside(p);
    const int slot = compile_name(&inside, STR("?"), out.item->feel);
    if (!item) item = item_of_output(p, table, out.name, outputs);
    out.allowed = compile_tests(&inside, values, slot);
    out.otherwise = compile_literal(p, otherwise);
    if (out.allowed.source.len)
        out.order = order_of(p, out.allowed.source, out.allowed.pos);
    else
        out.order = item && item->allowed ? order_of(p, item->allowed->source, item->allowed->pos)
                                          : feel_null();
    return out;
}

static void check_rule(const struct place *p, const struct xml *x, const struct table *t)
{
    const size_t inputs = count_children(p, x, "inputEntry");
    const size_t outputs = count_children(p, x, "outputEntry");
    if (inputs == t->input_count && outputs == t->output_count) return;
    compile_fault(p->c, p->u, x, "dmn.structure",
                  "此规则有 %zu 个输入、%zu 个输出，而表有 %zu 个输入、%zu 个输出",
                  "the rule has %zu inputs and %zu outputs, the table %zu and %zu", inputs, outputs,
                  t->input_count, t->output_count);
}

static struct table_rule read_rule(const struct place *p, const struct place *inside,
                                   const struct xml *x, const struct table *t)
{
    struct literal *test = NEWS(p->c->arena, struct literal, t->input_count + 1);
    struct literal *output = NEWS(p->c->arena, struct literal, t->output_count + 1);
    str *annotation = NEWS(p->c->arena, str, t->annotation_count + 1);
    size_t inputs = 0, outputs = 0, annotations = 0;
    check_rule(p, x, t);
    for (const struct xml *i = x->child; i; i = i->next) {
        if (xml_is(i, p->u->vocabulary, STR("inputEntry")) && inputs < t->input_count) {
            test[inputs] = compile_tests(inside, i, t->input[inputs].slot);
            inputs++;
        } else if (xml_is(i, p->u->vocabulary, STR("outputEntry")) && outputs < t->output_count) {
            output[outputs++] = compile_literal(p, i);
        } else if (xml_is(i, p->u->vocabulary, STR("annotationEntry")) &&
                   annotations < t->annotation_count) {
            const struct xml *text = xml_child(i, p->u->vocabulary, STR("text"));
            annotation[annotations++] = text ? text->text : (str){0};
        }
    }
    return (struct table_rule){.id = xml_attr(x, "id"),
                               .pos = x->pos,
                               .test = test,
                               .output = output,
                               .annotation = annotation};
}

/* Annotations may stand in rules without a clause that names them. */
static size_t count_annotations(const struct place *p, const struct xml *x)
{
    size_t most = count_children(p, x, "annotation");
    for (const struct xml *i = x->child; i; i = i->next) {
        const size_t count =
            xml_is(i, p->u->vocabulary, STR("rule")) ? count_children(p, i, "annotationEntry") : 0;
        if (count > most) most = count;
    }
    return most;
}

static void read_columns(const struct place *p, struct place *inside, const struct xml *x,
                         struct table *t)
{
    const size_t inputs = count_children(p, x, "input"), outputs = count_children(p, x, "output");
    struct table_input *input = NEWS(p->c->arena, struct table_input, inputs + 1);
    struct table_output *output = NEWS(p->c->arena, struct table_output, outputs + 1);
    t->annotation_count = count_annotations(p, x);
    str *annotation = NEWS(p->c->arena, str, t->annotation_count + 1);
    size_t annotations = 0;
    for (const struct xml *i = x->child; i; i = i->next) {
        if (xml_is(i, p->u->vocabulary, STR("input")))
            input[t->input_count++] = read_input(p, inside, i);
        if (xml_is(i, p->u->vocabulary, STR("output")))
            output[t->output_count++] = read_output(p, i, x, outputs);
        if (xml_is(i, p->u->vocabulary, STR("annotation")))
            annotation[annotations++] = xml_attr(i, "name");
    }
    for (size_t i = 0; i < t->output_count; i++)
        t->has_default = t->has_default || output[i].otherwise.source.len > 0;
    t->input = input;
    t->output = output;
    t->annotation_name = annotation;
    if (!outputs)
        compile_fault(p->c, p->u, x, "dmn.structure", "决策表没有输出", "the table has no output");
}

const struct table *table_compile(const struct place *p, const struct xml *x)
{
    struct table *t = NEW(p->c->arena, struct table);
    struct place inside = compile_inside(p);
    const size_t rules = count_children(p, x, "rule");
    read_policy(p, x, t);
    read_columns(p, &inside, x, t);
    if (rules > RULES_MAX) {
        compile_fault(p->c, p->u, x, "dmn.size", "决策表的规则超过 %d 条",
                      "the table has over %d rules", RULES_MAX);
        return t;
    }
    struct table_rule *rule = NEWS(p->c->arena, struct table_rule, rules + 1);
    for (const struct xml *i = x->child; i && !p->c->arena->exhausted; i = i->next)
        if (xml_is(i, p->u->vocabulary, STR("rule")))
            rule[t->rule_count++] = read_rule(p, &inside, i, t);
    t->rule = rule;
    t->index = index_build(p->c->arena, t);
    return t;
}
