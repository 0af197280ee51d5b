/* Item definitions: declared types, with what restricts their values. */
#include "dmn/compile.h"
#include "feel/type.h"

void items_declare(struct compiler *c, struct unit *u)
{
    u->scope = feel_scope_new(c->arena);
    if (c->options->lenient) feel_scope_set_lenient(u->scope);
    for (const struct xml *x = u->root->child; x; x = x->next) {
        if (!xml_is(x, u->vocabulary, STR("itemDefinition"))) continue;
        const str name = name_normal(c->arena, xml_attr(x, "name"));
        if (map_find(&u->items, name)) {
            compile_fault(c, u, x, "dmn.twice", "“%.*s”声明了两次", "\"%.*s\" is declared twice",
                          STR_ARG(name));
            continue;
        }
        struct item_draft *d = NEW(c->arena, struct item_draft);
        *d = (struct item_draft){.x = x};
        map_put(&u->items, c->arena, name, d);
    }
}

const struct item *items_list_of(struct compiler *c, const struct item *element)
{
    struct item *list = NEW(c->arena, struct item);
    *list = (struct item){.feel = feel_type_list(c->arena, element->feel),
                          .element = element,
                          .checked = element->checked};
    return list;
}

static const struct item *make(struct compiler *c, struct unit *u, const struct xml *x, str name);

/* ---- what restricts values ---- */

static struct literal *restriction(struct compiler *c, struct unit *u, const struct xml *x,
                                   const struct feel_type *type)
{
    int slots = 0;
    struct place outer = {.c = c, .u = u, .scope = u->scope, .slots = &slots};
    struct place p = compile_inside(&outer);
    struct literal *l = NEW(c->arena, struct literal);
    *l = compile_tests(&p, x, compile_name(&p, STR("?"), type));
    return l;
}

static void restrict_item(struct compiler *c, struct unit *u, const struct xml *x,
                          struct item *item)
{
    const struct xml *allowed = xml_child(x, u->vocabulary, STR("allowedValues"));
    if (!allowed) return;
    const struct literal *l = restriction(c, u, allowed, item->feel);
    if (!l->expr && !l->slug) return;
    item->allowed = l;
    item->constant = compile_constants(c, l);
    item->checked = true;
}

/* ---- definitions that hold themselves ---- */

/* Item definitions that are others' by another name, and components of their type, are copies; one of
 * what is not done yet, a type inside itself, is remembered. */
static void copy_item(struct compiler *c, struct item *to, const struct item *from)
{
    *to = *from;
    if (to->unfinished) *vec_add(c->arena, &to->unfinished->copy) = to;
}

/* d is `made` from now on, for those that have taken it for a part already, and for others. */
static void finish_item(struct compiler *c, struct item_draft *d, const struct item *made)
{
    copy_item(c, d->item, made);
    if (!d->recursive) return;
    *d->feel = *made->feel;
    d->item->feel = d->feel;
    d->item->checked = true; /* perhaps: parts inside parts were asked before they were known */
    for (size_t i = 0; i < d->copy.len; i++) {
        struct item *to = d->copy.at[i];
        const struct item own = *to;
        *to = *d->item;
        to->name = own.name;
        if (own.allowed) {
            to->allowed = own.allowed;
            to->constant = own.constant;
        }
        if (own.condition) to->condition = own.condition;
    }
}

/* ---- kinds of definitions ---- */

static void make_context(struct compiler *c, struct unit *u, const struct xml *x, struct item *item)
{
    VEC(struct item_part) part = {0};
    VEC(struct feel_member) member = {0};
    c->inside++;
    for (const struct xml *i = x->child; i; i = i->next) {
        if (!xml_is(i, u->vocabulary, STR("itemComponent"))) continue;
        const str name = name_normal(c->arena, xml_attr(i, "name"));
        const struct item *inner = make(c, u, i, (str){0});
        *vec_add(c->arena, &part) = (struct item_part){name, inner};
        *vec_add(c->arena, &member) = (struct feel_member){name, inner->feel};
        item->checked = item->checked || inner->checked;
    }
    c->inside--;
    item->feel = feel_type_context(c->arena, member.at, member.len);
    item->part = part.at;
    item->part_count = part.len;
}

static void make_function(struct compiler *c, struct unit *u, const struct xml *x,
                          struct item *item)
{
    VEC(struct feel_member) parameter = {0};
    c->inside++;
    for (const struct xml *i = x->child; i; i = i->next) {
        if (!xml_is(i, u->vocabulary, STR("parameters"))) continue;
        const struct item *type = items_of(c, u, i);
        *vec_add(c->arena, &parameter) =
            (struct feel_member){name_normal(c->arena, xml_attr(i, "name")),
                                 type ? type->feel : feel_type_of_kind(FEEL_ANY)};
    }
    const struct item *result = items_find(c, u, x, xml_attr(x, "outputTypeRef"));
    c->inside--;
    item->feel = feel_type_function(c->arena, parameter.at, parameter.len, result->feel);
}

/* NOLINTNEXTLINE(misc-no-recursion): as deep as the XML, XML_DEPTH_MAX, and CHAIN_MAX */
static const struct item *make(struct compiler *c, struct unit *u, const struct xml *x, str name)
{
    struct item *item = NEW(c->arena, struct item);
    const struct xml *type = xml_child(x, u->vocabulary, STR("typeRef"));
    const struct xml *function = xml_child(x, u->vocabulary, STR("functionItem"));
    const bool list = str_eq(xml_attr(x, "isCollection"), STR("true"));
    *item = (struct item){.name = name, .feel = feel_type_of_kind(FEEL_ANY)};
    c->inside += list;
    if (type) {
        copy_item(c, item, items_find(c, u, type, type->text));
        item->name = name;
    } else if (function) {
        make_function(c, u, function, item);
    } else if (xml_child(x, u->vocabulary, STR("itemComponent"))) {
        make_context(c, u, x, item);
    }
    c->inside -= list;
    restrict_item(c, u, x, item);
    if (list) {
        struct item *all = NEW(c->arena, struct item);
        *all = *items_list_of(c, item);
        all->name = name;
        item = all;
    }
    const struct xml *whole = xml_child(x, u->vocabulary, STR("typeConstraint"));
    if (whole) {
        item->condition = restriction(c, u, whole, item->feel);
        item->checked = true;
    }
    return item;
}

/* A part of d is of d's own type: it is taken before it is known.  What is nothing but itself is not. */
static const struct item *inside_itself(struct compiler *c, struct unit *u, const struct xml *user,
                                        struct item_draft *d)
{
    if (c->inside == d->inside) {
        compile_fault(c, u, user, "dmn.cycle", "类型“%.*s”就是它自己，没有内容",
                      "the type \"%.*s\" is nothing but itself", STR_ARG(xml_attr(d->x, "name")));
        return &c->builtin[FEEL_ANY];
    }
    if (!d->recursive) {
        *d->feel = (struct feel_type){.kind = FEEL_CONTEXT, .open = true};
        *d->item = (struct item){.feel = d->feel, .checked = true, .unfinished = d};
    }
    d->recursive = true;
    return d->item;
}

/* NOLINTNEXTLINE(misc-no-recursion): CHAIN_MAX */
static const struct item *define(struct compiler *c, struct unit *u, const struct xml *user,
                                 struct item_draft *d)
{
    if (d->state == DRAFT_DONE) return d->item;
    if (d->state == DRAFT_OPEN) return inside_itself(c, u, user, d);
    d->item = NEW(c->arena, struct item);
    d->feel = NEW(c->arena, struct feel_type);
    *d->item = c->builtin[FEEL_ANY];
    if (c->depth >= CHAIN_MAX) {
        compile_fault(c, u, user, "dmn.depth", "类型的定义相连超过 %d 层",
                      "types are defined by one another over %d levels", CHAIN_MAX);
        return d->item;
    }
    d->state = DRAFT_OPEN;
    d->inside = c->inside;
    c->depth++;
    finish_item(c, d, make(c, u, d->x, name_normal(c->arena, xml_attr(d->x, "name"))));
    c->depth--;
    d->state = DRAFT_DONE;
    return d->item;
}

void items_define(struct compiler *c, struct unit *u)
{
    for (const struct xml *x = u->root->child; x; x = x->next) {
        if (!xml_is(x, u->vocabulary, STR("itemDefinition"))) continue;
        const str name = name_normal(c->arena, xml_attr(x, "name"));
        struct item_draft *d = map_find(&u->items, name);
        feel_scope_add_type(u->scope, name, define(c, u, x, d)->feel);
    }
    for (size_t i = 1; i < u->reach.len; i++) {
        const struct reach *r = &u->reach.at[i];
        for (const struct xml *x = r->unit->root->child; x; x = x->next) {
            if (!xml_is(x, r->unit->vocabulary, STR("itemDefinition"))) continue;
            const str own = xml_attr(x, "name");
            const str name = r->prefix.len ? arena_printf(c->arena, "%.*s.%.*s", STR_ARG(r->prefix),
                                                          STR_ARG(own))
                                           : own;
            feel_scope_add_type(u->scope, name, items_find(c, u, x, name)->feel);
        }
    }
}

/* ---- finding them ---- */

static struct item_draft *imported(const struct unit *u, str name, struct unit **owner)
{
    for (size_t i = 1; i < u->reach.len; i++) {
        const struct reach *r = &u->reach.at[i];
        const str prefix = r->prefix;
        str rest = name;
        if (prefix.len) {
            if (!str_starts(name, prefix) || name.len <= prefix.len || name.at[prefix.len] != '.')
                continue;
            rest = str_slice(name, prefix.len + 1, name.len);
        }
        struct item_draft *d = map_find(&r->unit->items, rest);
        *owner = r->unit;
        if (d) return d;
    }
    return NULL;
}

static str nearest_type(const struct unit *u, str name)
{
    str best = {0};
    size_t distance = name.len / 2 + 1;
    for (size_t i = 0; i < u->items.cap; i++) {
        const struct map_slot *s = &u->items.slot[i];
        if (!s->value || name_distance(s->key, name) >= distance) continue;
        distance = name_distance(s->key, name);
        best = s->key;
    }
    for (int k = 0; k < FEEL_KIND_COUNT; k++) {
        const str kind = str_from(type_kind_name((enum feel_kind)k));
        if (name_distance(kind, name) >= distance) continue;
        distance = name_distance(kind, name);
        best = kind;
    }
    return best;
}

/* NOLINTNEXTLINE(misc-no-recursion): CHAIN_MAX */
const struct item *items_find(struct compiler *c, const struct unit *u, const struct xml *x,
                              str name)
{
    enum feel_kind kind;
    struct unit *owner = NULL;
    name = name_normal(c->arena, name);
    if (!name.len) return &c->builtin[FEEL_ANY];
    struct item_draft *d = map_find(&u->items, name);
    if (d) {
        for (size_t i = 0; i < c->unit.len; i++)
            if (c->unit.at[i] == u) owner = c->unit.at[i];
    } else {
        d = imported(u, name, &owner);
    }
    if (d && owner) return define(c, owner, x, d);
    if (str_starts(name, STR("feel:"))) name = str_slice(name, 5, name.len);
    if (type_kind_find(name, &kind)) return &c->builtin[kind];
    if (c->options->lenient) return &c->builtin[FEEL_ANY];
    compile_fault(c, u, x, "dmn.unknown-type", "没有类型“%.*s”", "there is no type \"%.*s\"",
                  STR_ARG(name));
    compile_hint(c, nearest_type(u, name));
    return &c->builtin[FEEL_ANY];
}

const struct item *items_of(struct compiler *c, const struct unit *u, const struct xml *x)
{
    const str name = xml_attr(x, "typeRef");
    return name.len ? items_find(c, u, x, name) : NULL;
}
