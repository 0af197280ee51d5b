/* Boxed expressions (DMN 1.5 chapter 10.2), from XML to their compiled form. */
#include "dmn/compile.h"

/* NOLINTBEGIN(misc-no-recursion): as deep as the XML, XML_DEPTH_MAX */

/* Names no text can hold stand for what FEEL is handed. */
#define NAME_LIST "\xC7\x83list" /* a letter few have on their keyboard */

static const struct {
    const char *name;
    enum boxed_kind kind;
} known[] = {
    {"literalExpression", BOXED_LITERAL},
    {"context", BOXED_CONTEXT},
    {"list", BOXED_LIST},
    {"relation", BOXED_RELATION},
    {"invocation", BOXED_INVOCATION},
    {"functionDefinition", BOXED_FUNCTION},
    {"conditional", BOXED_CONDITIONAL},
    {"filter", BOXED_FILTER},
    {"for", BOXED_FOR},
    {"some", BOXED_SOME},
    {"every", BOXED_EVERY},
    {"decisionTable", BOXED_TABLE},
};

static enum boxed_kind kind_of(const struct place *p, const struct xml *x)
{
    for (size_t i = 0; i < COUNTOF(known); i++)
        if (xml_is(x, p->u->vocabulary, str_from(known[i].name))) return known[i].kind;
    return BOXED_NOTHING;
}

bool boxed_is(const struct place *p, const struct xml *x)
{
    return kind_of(p, x) != BOXED_NOTHING;
}

/* In a lenient model names of what is not declared are found when it runs, as the test kit has it. */
const struct feel_type *boxed_type(const struct compiler *c, const struct boxed *b)
{
    const bool shallow = b->kind == BOXED_FUNCTION || b->kind == BOXED_LITERAL;
    if (b->item) return b->item->feel;
    if (c->options->lenient && !shallow) return feel_type_of_kind(FEEL_ANY);
    const struct feel_type *t = types_of(b);
    return t->kind == FEEL_NULL ? feel_type_of_kind(FEEL_ANY) : t;
}

const struct boxed *boxed_inside(const struct place *p, const struct xml *x)
{
    for (const struct xml *i = x ? x->child : NULL; i; i = i->next)
        if (boxed_is(p, i)) return boxed_compile(p, i);
    struct boxed *b = NEW(p->c->arena, struct boxed);
    *b = (struct boxed){.kind = BOXED_NOTHING, .element = p->element};
    if (x) b->pos = x->pos;
    return b;
}

static const struct boxed *named_part(const struct place *p, const struct xml *x, const char *name)
{
    return boxed_inside(p, xml_child(x, p->u->vocabulary, str_from(name)));
}

/* ---- contexts ---- */

static struct entry context_entry(const struct place *p, const struct xml *x)
{
    const struct xml *variable = xml_child(x, p->u->vocabulary, STR("variable"));
    struct entry e = {.slot = -1};
    e.name = name_normal(p->c->arena, xml_attr(variable, "name"));
    e.item = variable ? items_of(p->c, p->u, variable) : NULL;
    for (const struct xml *i = x->child; i && e.name.len; i = i->next) {
        if (kind_of(p, i) != BOXED_FUNCTION) continue;
        struct boxed *b = NEW(p->c->arena, struct boxed);
        *b = (struct boxed){
            .kind = BOXED_FUNCTION, .id = xml_attr(i, "id"), .pos = i->pos, .element = p->element};
        struct function *f = function_compile(p, i, e.name);
        function_finish(p->c, f, e.name);
        b->as.function = f;
        e.value = b;
        return e;
    }
    e.value = boxed_inside(p, x);
    return e;
}

static void compile_context(const struct place *outer, const struct xml *x, struct boxed *b)
{
    struct place p = compile_inside(outer);
    VEC(struct entry) entry = {0};
    for (const struct xml *i = x->child; i; i = i->next) {
        if (!xml_is(i, p.u->vocabulary, STR("contextEntry"))) continue;
        struct entry e = context_entry(&p, i);
        if (!e.name.len) {
            b->as.context.result = e.value;
            continue;
        }
        e.slot = compile_name(&p, e.name, e.item ? e.item->feel : boxed_type(p.c, e.value));
        *vec_add(p.c->arena, &entry) = e;
    }
    b->as.context.entry = entry.at;
    b->as.context.count = entry.len;
}

/* ---- lists ---- */

static void compile_list(const struct place *p, const struct xml *x, struct boxed *b)
{
    VEC(const struct boxed *) at = {0};
    for (const struct xml *i = x->child; i; i = i->next)
        if (boxed_is(p, i)) *vec_add(p->c->arena, &at) = boxed_compile(p, i);
    b->as.list = (struct boxed_list){at.at, at.len};
}

static void compile_relation(const struct place *p, const struct xml *x, struct boxed *b)
{
    VEC(str) column = {0};
    VEC(const struct boxed *) cell = {0};
    VEC(const struct item *) item = {0};
    size_t rows = 0;
    for (const struct xml *i = x->child; i; i = i->next) {
        if (!xml_is(i, p->u->vocabulary, STR("column"))) continue;
        *vec_add(p->c->arena, &column) = name_normal(p->c->arena, xml_attr(i, "name"));
        *vec_add(p->c->arena, &item) = items_of(p->c, p->u, i);
    }
    for (const struct xml *i = x->child; i; i = i->next) {
        if (!xml_is(i, p->u->vocabulary, STR("row"))) continue;
        size_t count = 0;
        for (const struct xml *k = i->child; k; k = k->next) {
            if (!boxed_is(p, k)) continue;
            *vec_add(p->c->arena, &cell) = boxed_compile(p, k);
            count++;
        }
        rows++;
        if (count != column.len) {
            compile_fault(p->c, p->u, i, "dmn.structure", "此行有 %zu 个单元格，而表有 %zu 列",
                          "the row has %zu cells, the relation %zu columns", count, column.len);
            return;
        }
    }
    b->as.relation = (struct boxed_relation){column.at, item.at, cell.at, column.len, rows};
}

/* ---- calls, choices, iteration ---- */

/* Where the function is known, so is the place of each of its parameters. */
static void place_bindings(const struct compiler *c, struct boxed_invocation *n,
                           struct entry *binding)
{
    const struct feel_type *t = boxed_type(c, n->callee);
    if (t->kind != FEEL_FUNCTION || t->open) return;
    for (size_t i = 0; i < n->count; i++)
        for (size_t k = 0; k < t->count; k++)
            if (str_eq(t->member[k].name, binding[i].name)) {
                binding[i].slot = (int)k;
                binding[i].name = t->member[k].name; /* the same bytes: compared by their place */
            }
}

static void compile_invocation(const struct place *p, const struct xml *x, struct boxed *b)
{
    VEC(struct entry) binding = {0};
    for (const struct xml *i = x->child; i; i = i->next) {
        if (!xml_is(i, p->u->vocabulary, STR("binding"))) continue;
        const struct xml *parameter = xml_child(i, p->u->vocabulary, STR("parameter"));
        *vec_add(p->c->arena, &binding) =
            (struct entry){.name = name_normal(p->c->arena, xml_attr(parameter, "name")),
                           .slot = -1,
                           .item = parameter ? items_of(p->c, p->u, parameter) : NULL,
                           .value = boxed_inside(p, i)};
    }
    b->as.invocation = (struct boxed_invocation){boxed_inside(p, x), binding.at, binding.len};
    place_bindings(p->c, &b->as.invocation, binding.at);
    if (b->as.invocation.callee->kind == BOXED_NOTHING)
        compile_fault(p->c, p->u, x, "dmn.structure", "没有说明调用什么",
                      "it does not say what it invokes");
}

static const struct feel_type *element_type(const struct feel_type *list)
{
    return list->kind == FEEL_LIST ? list->element : feel_type_of_kind(FEEL_ANY);
}

static const struct boxed *text_inside(const struct place *p, const struct xml *x,
                                       const char *before, const char *behind)
{
    const struct xml *l = xml_child(x, p->u->vocabulary, STR("literalExpression"));
    struct boxed *b = NEW(p->c->arena, struct boxed);
    *b = (struct boxed){
        .kind = BOXED_LITERAL, .id = xml_attr(l, "id"), .pos = l->pos, .element = p->element};
    b->as.literal = compile_around(p, l, before, behind);
    return b;
}

static bool is_text(const struct place *p, const struct xml *x)
{
    return xml_child(x, p->u->vocabulary, STR("literalExpression")) != NULL;
}

static void compile_filter(const struct place *outer, const struct xml *x, struct boxed *b)
{
    struct place p = compile_inside(outer);
    const struct xml *match = xml_child(x, p.u->vocabulary, STR("match"));
    struct boxed_filter f = {.in = named_part(outer, x, "in")};
    const struct feel_type *list = boxed_type(p.c, f.in);
    f.whole = match && is_text(&p, match);
    if (f.whole) {
        f.item_slot = compile_name(&p, STR(NAME_LIST), list);
        f.match = text_inside(&p, match, NAME_LIST "[", "]");
    } else {
        f.item_slot = compile_name(&p, STR("item"), element_type(list));
        f.match = boxed_inside(&p, match);
    }
    b->as.filter = f;
}

/* `1..10` may stand where a list is expected, and is no expression of its own. */
static const struct boxed *iterated(const struct place *p, const struct xml *x)
{
    const struct xml *in = xml_child(x, p->u->vocabulary, STR("in"));
    const struct xml *l = in ? xml_child(in, p->u->vocabulary, STR("literalExpression")) : NULL;
    const struct xml *text = l ? xml_child(l, p->u->vocabulary, STR("text")) : NULL;
    if (!text || str_index(text->text, STR("..")) == SIZE_MAX || !text->text.len ||
        text->text.at[0] == '[' || text->text.at[0] == '(' || text->text.at[0] == ']')
        return boxed_inside(p, in);
    return text_inside(p, in, "for i in ", " return i");
}

static void compile_iteration(const struct place *outer, const struct xml *x, struct boxed *b)
{
    struct place p = compile_inside(outer);
    struct boxed_iteration n = {.partial_slot = -1, .in = iterated(outer, x)};
    n.variable = name_normal(p.c->arena, xml_attr(x, "iteratorVariable"));
    n.slot = compile_name(&p, n.variable, element_type(boxed_type(p.c, n.in)));
    if (b->kind == BOXED_FOR) {
        n.partial_slot = compile_name(&p, STR("partial"), feel_type_of_kind(FEEL_LIST));
        n.body = named_part(&p, x, "return");
    } else {
        n.body = named_part(&p, x, "satisfies");
    }
    b->as.iteration = n;
}

const struct boxed *boxed_compile(const struct place *p, const struct xml *x)
{
    struct boxed *b = NEW(p->c->arena, struct boxed);
    *b = (struct boxed){.kind = kind_of(p, x),
                        .id = xml_attr(x, "id"),
                        .label = xml_attr(x, "label"),
                        .pos = x->pos,
                        .element = p->element,
                        .item = items_of(p->c, p->u, x)};
    switch (b->kind) {
    case BOXED_LITERAL: b->as.literal = compile_literal(p, x); break;
    case BOXED_CONTEXT: compile_context(p, x, b); break;
    case BOXED_LIST: compile_list(p, x, b); break;
    case BOXED_RELATION: compile_relation(p, x, b); break;
    case BOXED_INVOCATION: compile_invocation(p, x, b); break;
    case BOXED_FUNCTION: {
        struct function *f = function_compile(p, x, (str){0});
        function_finish(p->c, f, (str){0});
        b->as.function = f;
        b->item = NULL; /* of the function's result, and kept there */
        break;
    }
    case BOXED_CONDITIONAL:
        b->as.choice.test = named_part(p, x, "if");
        b->as.choice.yes = named_part(p, x, "then");
        b->as.choice.no = named_part(p, x, "else");
        break;
    case BOXED_FILTER: compile_filter(p, x, b); break;
    case BOXED_FOR:
    case BOXED_SOME:
    case BOXED_EVERY: compile_iteration(p, x, b); break;
    case BOXED_TABLE:
        b->as.table = table_compile(p, x);
        *vec_add(p->c->arena, &p->c->table) = b;
        break;
    case BOXED_NOTHING: break;
    }
    b->type = types_deduce(p->c->arena, b);
    return b;
}
/* NOLINTEND(misc-no-recursion) */
