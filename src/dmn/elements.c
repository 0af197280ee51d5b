/* Decisions, inputs, knowledge and services: read, connected, and their logic compiled. */
#include "dmn/compile.h"

static bool kind_of(const struct unit *u, const struct xml *x, enum dmn_kind *out)
{
    static const char *const name[] = {"inputData", "decision", "businessKnowledgeModel",
                                       "decisionService"};
    if (!str_eq(x->ns, u->vocabulary)) return false;
    for (size_t i = 0; i < COUNTOF(name); i++)
        if (str_eq(x->name, str_from(name[i]))) {
            *out = (enum dmn_kind)i;
            return true;
        }
    return false;
}

static void remember(struct compiler *c, str name, struct element *e)
{
    struct element *first = map_find(&c->model->names, name);
    if (!first) {
        map_put(&c->model->names, c->arena, name, e);
        return;
    }
    if (first == e) return;
    while (first->same && first->same != e)
        first = c->draft.at[first->same->is->index].element;
    if (!first->same && first != e && !e->same) first->same = e;
}

void elements_read(struct compiler *c, struct unit *u)
{
    enum dmn_kind kind;
    for (const struct xml *x = u->root->child; x; x = x->next) {
        if (!kind_of(u, x, &kind)) continue;
        if (c->draft.len >= ELEMENTS_MAX) {
            compile_fault(c, u, x, "dmn.size", "模型的元素超过 %d 个",
                          "the model has over %d elements", ELEMENTS_MAX);
            return;
        }
        struct element *e = NEW(c->arena, struct element);
        e->is = NEW(c->arena, struct dmn_element);
        *e->is = (struct dmn_element){.kind = kind,
                                      .id = xml_attr(x, "id"),
                                      .name = name_normal(c->arena, xml_attr(x, "name")),
                                      .namespace_uri = u->namespace_uri,
                                      .index = (int)c->draft.len};
        const struct xml *variable = xml_child(x, u->vocabulary, STR("variable"));
        e->variable = name_normal(c->arena, xml_attr(variable, "name"));
        if (!e->variable.len) e->variable = e->is->name;
        if (!e->is->name.len) e->is->name = e->variable;
        e->pos = x->pos;
        e->unit = u;
        e->value = feel_null();
        *vec_add(c->arena, &c->draft) = (struct draft){.element = e, .x = x, .unit = u};
        if (e->is->id.len && map_find(&u->ids, e->is->id))
            compile_fault(c, u, x, "dmn.twice", "“%.*s”声明了两次", "\"%.*s\" is declared twice",
                          STR_ARG(e->is->id));
        else if (e->is->id.len)
            map_put(&u->ids, c->arena, e->is->id, e);
        if (e->is->id.len && !map_find(&c->model->ids, e->is->id))
            map_put(&c->model->ids, c->arena, e->is->id, e);
        remember(c, e->is->name, e);
    }
}

/* ---- requirements ---- */

static void add_required(struct compiler *c, struct draft *d, const struct xml *x)
{
    for (const struct xml *i = x->child; i; i = i->next) {
        if (str_starts(i->name, STR("requiredAuthority"))) continue;
        if (!str_starts(i->name, STR("required")) || !str_eq(i->ns, d->unit->vocabulary)) continue;
        const struct element *e = load_reference(c, d->unit, i);
        if (!e) continue;
        if (e->is->kind == DMN_INPUT || e->is->kind == DMN_DECISION)
            *vec_add(c->arena, &d->needs) = e;
        else
            *vec_add(c->arena, &d->knows) = e;
    }
}

/* The elements a service names with children of this name. */
static void add_named(struct compiler *c, struct draft *d, const char *name,
                      const struct element **at, size_t *count)
{
    for (const struct xml *i = d->x->child; i; i = i->next) {
        if (!xml_is(i, d->unit->vocabulary, str_from(name))) continue;
        const struct element *e = load_reference(c, d->unit, i);
        if (e) at[(*count)++] = e;
    }
}

static void read_service(struct compiler *c, struct draft *d)
{
    struct element *e = d->element;
    struct function *f = NEW(c->arena, struct function);
    size_t children = 0, count = 0;
    for (const struct xml *i = d->x->child; i; i = i->next)
        children++;
    e->output = NEWS(c->arena, const struct element *, children + 1);
    e->taken = NEWS(c->arena, const struct element *, children + 1);
    add_named(c, d, "outputDecision", e->output, &e->output_count);
    add_named(c, d, "inputData", e->taken, &count);
    add_named(c, d, "inputDecision", e->taken, &count);
    struct entry *parameter = NEWS(c->arena, struct entry, count + 1);
    for (size_t i = 0; i < count; i++)
        parameter[i] =
            (struct entry){.name = e->taken[i]->variable, .slot = -1, .item = e->taken[i]->item};
    *f = (struct function){.parameter = parameter,
                           .count = count,
                           .service = e,
                           .self_slot = -1,
                           .element = e,
                           .result = e->item};
    e->function = f;
    for (size_t i = 0; i < e->output_count; i++)
        *vec_add(c->arena, &d->needs) = e->output[i];
}

static void read_type(struct compiler *c, struct draft *d)
{
    struct element *e = d->element;
    const struct xml *variable = xml_child(d->x, d->unit->vocabulary, STR("variable"));
    const struct item *item = variable ? items_of(c, d->unit, variable) : NULL;
    e->item = item ? item : &c->builtin[FEEL_ANY];
    /* Of a function, some write its own type and some that of its result. */
    if (e->is->kind >= DMN_KNOWLEDGE && e->item->feel->kind == FEEL_FUNCTION) {
        struct item *result = NEW(c->arena, struct item);
        const struct feel_type *t = e->item->feel;
        *result = (struct item){.feel = t->open ? feel_type_of_kind(FEEL_ANY) : t->element};
        e->item = result;
    }
    e->is->type = e->value_type = e->item->feel;
}

/* The parameters of knowledge; its body is compiled when all elements have theirs. */
static void read_knowledge(struct compiler *c, struct draft *d)
{
    const struct unit *u = d->unit;
    struct element *e = d->element;
    struct function *f = NEW(c->arena, struct function);
    VEC(struct entry) parameter = {0};
    const struct xml *logic = xml_child(d->x, u->vocabulary, STR("encapsulatedLogic"));
    for (const struct xml *i = logic ? logic->child : NULL; i; i = i->next) {
        if (!xml_is(i, u->vocabulary, STR("formalParameter"))) continue;
        const struct item *item = items_of(c, u, i);
        *vec_add(c->arena, &parameter) =
            (struct entry){.name = name_normal(c->arena, xml_attr(i, "name")),
                           .slot = -1,
                           .item = item ? item : &c->builtin[FEEL_ANY]};
    }
    *f = (struct function){.parameter = parameter.at,
                           .count = parameter.len,
                           .self_slot = -1,
                           .element = e,
                           .result = e->item};
    e->function = f;
}

void elements_require(struct compiler *c)
{
    for (size_t i = 0; i < c->draft.len; i++)
        read_type(c, &c->draft.at[i]);
    for (size_t i = 0; i < c->draft.len; i++) {
        struct draft *d = &c->draft.at[i];
        for (const struct xml *x = d->x->child; x; x = x->next)
            if (xml_is(x, d->unit->vocabulary, STR("informationRequirement")) ||
                xml_is(x, d->unit->vocabulary, STR("knowledgeRequirement")))
                add_required(c, d, x);
        if (d->element->is->kind == DMN_SERVICE) read_service(c, d);
        if (d->element->is->kind == DMN_KNOWLEDGE) read_knowledge(c, d);
    }
}

/* ---- logic ---- */

static const struct feel_type *type_in_scope(const struct element *e, bool lenient)
{
    if (e->is->kind >= DMN_KNOWLEDGE) return e->function->code->type;
    return lenient ? e->item->feel
                   : e->value_type; /* it may be replaced by a value of another type */
}

static struct need *add_needs(struct compiler *c, struct draft *d, struct place *p, size_t *count)
{
    const size_t all = d->needs.len + d->knows.len;
    struct need *need = NEWS(c->arena, struct need, all + 1);
    *count = 0;
    for (size_t i = 0; i < all; i++) {
        const struct element *e = i < d->needs.len ? d->needs.at[i] : d->knows.at[i - d->needs.len];
        if (e == d->element) continue;
        need[*count].element = e;
        need[*count].value = e->is->kind < DMN_KNOWLEDGE ? e->is->index : -1;
        need[(*count)++].slot = compile_name(p, load_name(c, d->unit, e->unit, e->variable),
                                             type_in_scope(e, c->options->lenient));
    }
    return need;
}

static void compile_decision(struct compiler *c, struct draft *d)
{
    struct element *e = d->element;
    struct place outer = {c, d->unit, e, d->unit->scope, &e->slots};
    struct place p = compile_inside(&outer);
    e->require = add_needs(c, d, &p, &e->require_count);
    e->body = boxed_inside(&p, d->x);
    if (e->value_type->kind == FEEL_ANY) e->value_type = boxed_type(c, e->body);
    if (e->body->kind == BOXED_NOTHING) e->body = NULL;
}

static void compile_knowledge(struct compiler *c, struct draft *d)
{
    struct element *e = d->element;
    const struct xml *logic = xml_child(d->x, d->unit->vocabulary, STR("encapsulatedLogic"));
    int slots = 0;
    struct place outer = {c, d->unit, e, d->unit->scope, &slots};
    struct place p = compile_inside(&outer);
    size_t require_count;
    const int self = compile_name(&p, e->variable, type_in_scope(e, true));
    const struct need *require = add_needs(c, d, &p, &require_count);
    const str name = e->variable;
    struct function *f = logic ? function_compile(&p, logic, (str){0}) : NULL;
    if (!f) return;
    /* What was read before knows how to be called: only the logic is new. */
    struct function *known = NEW(c->arena, struct function);
    *known = *f;
    known->captured = 0;
    known->self_slot = self;
    known->require = require;
    known->require_count = require_count;
    if (e->item->feel->kind != FEEL_ANY || e->item->checked) known->result = e->item;
    known->element = e;
    function_finish(c, known, name);
    e->function = known;
    struct feel_function *value = NEW(c->arena, struct feel_function);
    *value = (struct feel_function){.code = known->code, .expr = known->expr, .host = known};
    e->value = (struct feel_value){.kind = FEEL_FUNCTION, .as.function = value};
}

static void make_callable(struct compiler *c, struct element *e)
{
    struct function *f = NEW(c->arena, struct function);
    *f = *e->function;
    function_finish(c, f, e->variable);
    e->function = f;
    struct feel_function *value = NEW(c->arena, struct feel_function);
    *value = (struct feel_function){.code = f->code, .expr = f->expr, .host = f};
    e->value = (struct feel_value){.kind = FEEL_FUNCTION, .as.function = value};
}

static void publish(struct compiler *c, struct draft *d)
{
    struct element *e = d->element;
    e->is->path = load_name(c, c->unit.at[0], d->unit, e->variable);
    if (d->unit != c->unit.at[0]) remember(c, e->is->path, e);
    if (e->is->kind < DMN_KNOWLEDGE) return;
    str *parameter = NEWS(c->arena, str, e->function->count + 1);
    for (size_t i = 0; i < e->function->count; i++)
        parameter[i] = e->function->parameter[i].name;
    e->is->parameter = parameter;
    e->is->parameter_count = e->function->count;
}

void elements_compile(struct compiler *c)
{
    for (size_t i = 0; i < c->draft.len; i++)
        if (c->draft.at[i].element->is->kind >= DMN_KNOWLEDGE)
            make_callable(c, c->draft.at[i].element);
    for (size_t i = 0; i < c->draft.len; i++)
        publish(c, &c->draft.at[i]);
    /* What is needed comes first: its type is then known. */
    for (size_t i = 0; i < c->order.len; i++) {
        struct draft *d = c->order.at[i];
        if (d->element->is->kind == DMN_SERVICE) make_callable(c, d->element);
        if (d->element->is->kind == DMN_KNOWLEDGE) compile_knowledge(c, d);
        if (d->element->is->kind == DMN_DECISION) compile_decision(c, d);
        if (c->arena->exhausted) return;
    }
}
