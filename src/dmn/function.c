/* Functions that are boxed expressions, as FEEL can call them. */
#include "dmn/compile.h"
#include "dmn/run.h"

struct function *function_compile(const struct place *p, const struct xml *x, str self)
{
    struct function *f = NEW(p->c->arena, struct function);
    VEC(struct entry) parameter = {0};
    int slots = p->scope->slot_count;
    struct place inner = compile_inside(p);
    const str kind = xml_attr(x, "kind");
    *f = (struct function){.captured = slots,
                           .self_slot = -1,
                           .element = p->element,
                           .result = items_of(p->c, p->u, x)};
    inner.slots = &slots;
    if (self.len) f->self_slot = compile_name(&inner, self, feel_type_of_kind(FEEL_ANY));
    for (const struct xml *i = x->child; i; i = i->next) {
        if (!xml_is(i, p->u->vocabulary, STR("formalParameter"))) continue;
        struct entry e = {.name = name_normal(p->c->arena, xml_attr(i, "name"))};
        e.item = items_of(p->c, p->u, i);
        if (!e.item) e.item = &p->c->builtin[FEEL_ANY];
        e.slot = compile_name(&inner, e.name, e.item->feel);
        *vec_add(p->c->arena, &parameter) = e;
    }
    f->parameter = parameter.at;
    f->count = parameter.len;
    if (!kind.len || str_eq(kind, STR("FEEL")) || str_eq(kind, STR("F")))
        f->body = boxed_inside(&inner, x);
    else
        f->external = boxed_inside(&inner, x);
    f->slots = slots;
    if (f->result && f->result->feel->kind == FEEL_FUNCTION) f->result = NULL;
    return f;
}

/* { java: { class: …, method signature: … } }, as FEEL's own external functions have it; only constants. */
static const struct feel_value *external_of(struct compiler *c, const struct boxed *b)
{
    struct feel_value *v = NEW(c->arena, struct feel_value);
    VEC(struct feel_entry) entry = {0};
    *v = feel_null();
    if (b->kind != BOXED_CONTEXT) return v;
    for (size_t i = 0; i < b->as.context.count; i++) {
        const struct entry *e = &b->as.context.entry[i];
        const struct feel_expr *text =
            e->value->kind == BOXED_LITERAL ? e->value->as.literal.expr : NULL;
        if (!text || text->root->op != OP_CONST) continue;
        *vec_add(c->arena, &entry) = (struct feel_entry){e->name, text->root->as.value};
    }
    const struct feel_entry java = {STR("java"), feel_context_of(c->arena, entry.at, entry.len)};
    *v = feel_context_of(c->arena, &java, 1);
    return v;
}

void function_finish(struct compiler *c, struct function *f, str name)
{
    struct function_node *body = NEW(c->arena, struct function_node);
    struct node_function *code = NEW(c->arena, struct node_function);
    struct feel_expr *expr = NEW(c->arena, struct feel_expr);
    struct feel_member *parameter = NEWS(c->arena, struct feel_member, f->count + 1);
    for (size_t i = 0; i < f->count; i++)
        parameter[i] = (struct feel_member){f->parameter[i].name, f->parameter[i].item->feel};
    const struct feel_type *result = f->result ? f->result->feel : feel_type_of_kind(FEEL_ANY);
    if (result->kind == FEEL_ANY && f->body) result = boxed_type(c, f->body);
    if (result->kind == FEEL_ANY && f->service && f->service->output_count == 1)
        result = f->service->output[0]->value_type;
    *code =
        (struct node_function){.parameter = parameter,
                               .parameter_count = (int)f->count,
                               .local_count = (int)f->count,
                               .type = feel_type_function(c->arena, parameter, f->count, result)};
    body->node = (struct node){
        .eval = exec_function_node, .type = result, .size = 1, .depth = 1, .op = OP_CALL_HOST};
    body->function = f;
    *expr = (struct feel_expr){.root = &body->node, .source = name};
    expr->at = f->element ? f->element->pos : (struct pos){0};
    if (f->external)
        code->external = external_of(c, f->external);
    else
        code->body = &body->node;
    f->code = code;
    f->expr = expr;
}
