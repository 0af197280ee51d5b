/* Evaluating boxed expressions. */
#include <string.h>

#include "dmn/run.h"
#include "feel/builtin/builtin.h"

/* NOLINTBEGIN(misc-no-recursion): each level passes exec_enter */

enum { ARGS_SMALL = 12 };

static bool exec_inside(struct exec *x, const struct boxed *b, struct cell cell,
                        struct feel_value *out)
{
    const struct cell outer = x->cell;
    x->cell = cell;
    const bool ok = exec_boxed(x, b, out);
    x->cell = outer;
    return ok;
}

static bool exec_context(struct exec *x, const struct boxed *b, struct feel_value *out)
{
    const struct boxed_context *c = &b->as.context;
    for (size_t i = 0; i < c->count; i++) {
        const struct entry *e = &c->entry[i];
        struct feel_value *v = &x->frame[e->slot], value;
        x->cell = (struct cell){CELL_ENTRY, 0, 0, e->name};
        if (!exec_boxed(x, e->value, &value)) return false;
        if (!exec_coerce(x, e->item, e->value->pos, &value)) return false;
        *v = value;
    }
    x->cell = (struct cell){0};
    if (c->result) return exec_boxed(x, c->result, out);
    struct feel_entry *entry = arena_try(x->m->arena, c->count + 1, sizeof *entry);
    if (!entry) return exec_out_of_memory(x);
    for (size_t i = 0; i < c->count; i++)
        entry[i] = (struct feel_entry){c->entry[i].name, x->frame[c->entry[i].slot]};
    struct feel_context *context = NEW(x->m->arena, struct feel_context);
    *context = (struct feel_context){.count = c->count, .at = entry};
    *out = (struct feel_value){.kind = FEEL_CONTEXT, .as.context = context};
    return true;
}

static bool list_of(struct exec *x, const struct feel_value *at, size_t count,
                    struct feel_value *out)
{
    struct feel_list *list = NEW(x->m->arena, struct feel_list);
    *list = (struct feel_list){.count = count, .at = at};
    *out = (struct feel_value){.kind = FEEL_LIST, .as.list = list};
    return true;
}

static bool exec_list(struct exec *x, const struct boxed *b, struct feel_value *out)
{
    const size_t count = b->as.list.count;
    struct feel_value *at = arena_try(x->m->arena, count + 1, sizeof *at);
    if (!at) return exec_out_of_memory(x);
    for (size_t i = 0; i < count; i++)
        if (!exec_inside(x, b->as.list.at[i], (struct cell){CELL_ITEM, 0, (int)i + 1, {0}}, &at[i]))
            return false;
    return list_of(x, at, count, out);
}

static bool exec_relation(struct exec *x, const struct boxed *b, struct feel_value *out)
{
    const struct boxed_relation *r = &b->as.relation;
    struct feel_value *at = arena_try(x->m->arena, r->row_count + 1, sizeof *at);
    if (!at) return exec_out_of_memory(x);
    for (size_t i = 0; i < r->row_count; i++) {
        struct feel_entry *entry = arena_try(x->m->arena, r->column_count + 1, sizeof *entry);
        if (!entry) return exec_out_of_memory(x);
        for (size_t k = 0; k < r->column_count; k++) {
            const struct cell cell = {CELL_ROW, (int)i + 1, (int)k + 1, {0}};
            entry[k].name = r->column[k];
            if (!exec_inside(x, r->cell[i * r->column_count + k], cell, &entry[k].value))
                return false;
        }
        at[i] = feel_context_of(x->m->arena, entry, r->column_count);
    }
    return list_of(x, at, r->row_count, out);
}

/* ---- calls ---- */

/* What the machine is told of a call that is no FEEL: it costs a step and a level. */
static const struct node nowhere = {.size = 1, .depth = 1};

/* Where an argument of this name goes; -1: nowhere. */
static int parameter_place(const struct feel_function *f, const struct entry *binding)
{
    if (!f->code) return builtin_param(f->builtin, binding->name);
    for (int i = 0; i < f->code->parameter_count; i++)
        if (str_eq(f->code->parameter[i].name, binding->name)) return i;
    return -1;
}

static bool invoke(struct exec *x, const struct boxed *b, const struct feel_value *function,
                   const struct feel_value *arg, size_t count, struct feel_value *out)
{
    const struct feel_expr at = {.root = &nowhere, .at = b->pos};
    const struct feel_expr *const outer = x->m->expr;
    x->m->expr = &at;
    const bool ok = machine_invoke(x->m, &nowhere, function, arg, count, out);
    x->m->expr = outer;
    if (x->feel.warning_count > 0) exec_harvest(x);
    return ok;
}

static int own_place(const struct function *f, const struct entry *binding)
{
    const int guess = binding->slot;
    if (guess >= 0 && (size_t)guess < f->count &&
        name_same(f->parameter[guess].name, binding->name))
        return guess;
    for (size_t i = 0; i < f->count; i++)
        if (name_same(f->parameter[i].name, binding->name)) return (int)i;
    return -1;
}

/* Where a binding of an invocation goes among so many arguments; -1: nowhere, and the call is null. */
static int place_of(struct exec *x, const struct boxed *b, const struct feel_function *f, size_t i,
                    size_t count)
{
    const struct entry *binding = &b->as.invocation.binding[i];
    const int place = parameter_place(f, binding);
    if (place >= 0 && (size_t)place < count) return place;
    exec_warn(x, "feel.arguments", b->pos, "函数没有参数“%.*s”",
              "the function has no parameter \"%.*s\"", STR_ARG(binding->name));
    return -1;
}

/* An argument, by which the cell at hand is another. */
static bool argument(struct exec *x, const struct boxed *b, size_t i, struct feel_value *out)
{
    const struct entry *binding = &b->as.invocation.binding[i];
    const struct boxed *value = binding->value;
    if (value->kind == BOXED_LITERAL && !value->item && !binding->item) {
        const struct feel_value *v = exec_literal_at_hand(x, &value->as.literal);
        if (v) {
            *out = *v;
            return true;
        }
    }
    x->cell = (struct cell){CELL_BINDING, 0, 0, binding->name};
    return exec_boxed(x, value, out) && exec_coerce(x, binding->item, b->pos, out);
}

/* The machine asks an expression where it stands when something is wrong: here it is given one. */
__attribute__((noinline)) static bool may_call(struct exec *x, const struct boxed *b,
                                               const str *wrong)
{
    const struct feel_expr at = {.root = &nowhere, .at = b->pos};
    const struct feel_expr *const outer = x->m->expr;
    struct feel_value none;
    bool ok = true;
    x->m->expr = &at;
    if (wrong)
        machine_wrong_argument(x->m, &nowhere, *wrong, &none);
    else
        ok = machine_may_call(x->m, &nowhere, &nowhere);
    x->m->expr = outer;
    if (x->feel.warning_count > 0) exec_harvest(x);
    return ok;
}

/* What machine_invoke does for functions of FEEL, for one of ours, whose parameters stand in its frame.
 * *ok: none of them is of a wrong type. */
static bool enter_function(struct exec *x, const struct boxed *b, const struct function *own,
                           struct feel_value *frame, bool *ok)
{
    struct machine *m = x->m;
    if (m->fuel > 1 && m->run->depth < FEEL_DEPTH_MAX && m->stack < MACHINE_STACK_MAX)
        m->fuel--;
    else if (!may_call(x, b, NULL))
        return false;
    for (size_t i = 0; i < own->count; i++) {
        struct feel_value *v = &frame[own->parameter[i].slot];
        const struct feel_type *type = own->parameter[i].item->feel;
        if (type->kind == FEEL_ANY || v->kind == FEEL_NULL ||
            (type->kind < FEEL_LIST && (uint8_t)type->kind == v->kind) || feel_is_instance(v, type))
            continue;
        *v = feel_coerce(m->arena, v, type);
        if (v->kind != FEEL_NULL) continue;
        *ok = false;
        return may_call(x, b, &own->parameter[i].name);
    }
    return true;
}

/* A function that is boxed: its arguments are evaluated where it will read them. */
static bool invoke_boxed(struct exec *x, const struct boxed *b, const struct feel_function *f,
                         const struct function *own, struct feel_value *out)
{
    struct feel_value small[FRAME_SMALL];
    struct feel_value *frame = exec_values(x, small, FRAME_SMALL, (size_t)own->slots);
    struct machine *m = x->m;
    const struct cell cell = x->cell;
    bool fits = true;
    if (!frame) return false;
    for (size_t i = 0; i < own->count; i++)
        frame[own->parameter[i].slot] = (struct feel_value){.kind = FEEL_NULL};
    for (size_t i = 0; i < b->as.invocation.count; i++) {
        int place = own_place(own, &b->as.invocation.binding[i]);
        if (place < 0) {
            x->cell = cell;
            return place_of(x, b, f, i, own->count) < 0;
        }
        if (!argument(x, b, i, &frame[own->parameter[place].slot])) return false;
    }
    x->cell = cell;
    if (!enter_function(x, b, own, frame, &fits)) return false;
    if (!fits) return true;
    m->run->depth++;
    m->stack += nowhere.depth;
    const bool ok = exec_function_frame(x, own, f->captured, frame, out);
    m->stack -= nowhere.depth;
    m->run->depth--;
    return ok;
}

/* A function of FEEL, a service, one of another language. */
static bool invoke_other(struct exec *x, const struct boxed *b, const struct feel_value *function,
                         struct feel_value *out)
{
    const struct boxed_invocation *n = &b->as.invocation;
    const struct feel_function *f = function->as.function;
    const size_t count = f->code ? (size_t)f->code->parameter_count : n->count;
    const struct cell cell = x->cell;
    struct feel_value small[ARGS_SMALL];
    struct feel_value *arg = exec_values(x, small, ARGS_SMALL, count);
    if (!arg) return false;
    for (size_t i = 0; i < count; i++)
        arg[i] = feel_null();
    for (size_t i = 0; i < n->count; i++) {
        const int place = place_of(x, b, f, i, count);
        if (place < 0) return true;
        if (!argument(x, b, i, &arg[place])) return false;
        x->cell = cell;
    }
    return invoke(x, b, function, arg, count, out);
}

static bool exec_invocation(struct exec *x, const struct boxed *b, struct feel_value *out)
{
    struct feel_value function;
    if (!exec_boxed(x, b->as.invocation.callee, &function)) return false;
    *out = feel_null();
    if (function.kind != FEEL_FUNCTION) {
        if (function.kind != FEEL_NULL)
            exec_warn(x, "feel.type", b->pos, "所调用的不是函数", "what is invoked is no function");
        return true;
    }
    const struct feel_function *f = function.as.function;
    const struct function *own = exec_boxed_function(f);
    return own ? invoke_boxed(x, b, f, own, out) : invoke_other(x, b, &function, out);
}

static bool exec_closure(struct exec *x, const struct boxed *b, struct feel_value *out)
{
    const struct function *f = b->as.function;
    struct feel_function *value = NEW(x->m->arena, struct feel_function);
    struct feel_value *captured = NULL;
    *out = (struct feel_value){.kind = FEEL_FUNCTION, .as.function = value};
    if (f->body) {
        captured = arena_try(x->m->arena, (size_t)f->captured + 1, sizeof *captured);
        if (!captured) return exec_out_of_memory(x);
        if (f->captured > 0) memcpy(captured, x->frame, (size_t)f->captured * sizeof *captured);
        captured[f->captured] = *out;
    }
    *value =
        (struct feel_function){.code = f->code, .captured = captured, .expr = f->expr, .host = f};
    return true;
}

/* ---- filters and iteration ---- */

static struct feel_list as_list(const struct feel_value *v)
{
    if (v->kind == FEEL_LIST) return *v->as.list;
    return (struct feel_list){.count = v->kind != FEEL_NULL, .at = v};
}

static bool charge_one(struct exec *x, const struct boxed *b)
{
    if (x->m->fuel > 1 && !x->m->arena->exhausted) {
        x->m->fuel--;
        return true;
    }
    const struct feel_expr at = {.root = &nowhere, .at = b->pos};
    const struct feel_expr *const outer = x->m->expr;
    x->m->expr = &at;
    const bool ok = machine_refuel(x->m, &nowhere, 1);
    x->m->expr = outer;
    return ok;
}

static bool exec_filter(struct exec *x, const struct boxed *b, struct feel_value *out)
{
    const struct boxed_filter *f = &b->as.filter;
    struct feel_value in, match;
    if (!exec_boxed(x, f->in, &in)) return false;
    if (f->whole) {
        x->frame[f->item_slot] = in;
        return exec_boxed(x, f->match, out);
    }
    const struct feel_list list = as_list(&in);
    struct feel_value *at = arena_try(x->m->arena, list.count + 1, sizeof *at);
    size_t count = 0;
    if (!at) return exec_out_of_memory(x);
    for (size_t i = 0; i < list.count; i++) {
        x->frame[f->item_slot] = list.at[i];
        if (!charge_one(x, b) || !exec_boxed(x, f->match, &match)) return false;
        if (feel_is_true(&match)) at[count++] = list.at[i];
    }
    return list_of(x, at, count, out);
}

/* A range of whole numbers is iterated over as they are. */
static bool range_list(struct exec *x, const struct boxed *b, const struct feel_value *v,
                       struct feel_value *out)
{
    int64_t low, high;
    const struct feel_range *r = v->as.range;
    *out = feel_null();
    if (!feel_to_fixed(&r->low, 0, &low) || !feel_to_fixed(&r->high, 0, &high)) return true;
    if (r->low_open) low++;
    if (r->high_open) high--;
    VEC(struct feel_value) at = {0};
    for (int64_t i = low; i <= high; i++) {
        if (!charge_one(x, b)) return false;
        *vec_add(x->m->arena, &at) = feel_int(i);
        if (i == INT64_MAX) break;
    }
    return list_of(x, at.at, at.len, out);
}

static bool iterated(struct exec *x, const struct boxed *b, struct feel_value *in,
                     struct feel_list *list)
{
    struct feel_value v;
    if (!exec_boxed(x, b->as.iteration.in, &v)) return false;
    *in = v;
    if (v.kind == FEEL_RANGE && !range_list(x, b, &v, in)) return false;
    *list = as_list(in);
    return true;
}

static bool exec_for(struct exec *x, const struct boxed *b, struct feel_value *out)
{
    const struct boxed_iteration *n = &b->as.iteration;
    struct feel_value in;
    struct feel_list list;
    if (!iterated(x, b, &in, &list)) return false;
    *out = feel_null();
    if (in.kind == FEEL_NULL) return true;
    struct feel_value *at = arena_try(x->m->arena, list.count + 1, sizeof *at), partial;
    if (!at) return exec_out_of_memory(x);
    for (size_t i = 0; i < list.count; i++) {
        x->frame[n->slot] = list.at[i];
        (void)list_of(x, at, i, &partial);
        x->frame[n->partial_slot] = partial;
        if (!charge_one(x, b) || !exec_boxed(x, n->body, &at[i])) return false;
    }
    return list_of(x, at, list.count, out);
}

/* 1, 0, or null: when it is not certain. */
static bool exec_quantified(struct exec *x, const struct boxed *b, struct feel_value *out)
{
    const struct boxed_iteration *n = &b->as.iteration;
    const bool decisive = b->kind == BOXED_SOME;
    bool certain = true;
    struct feel_value in, v;
    struct feel_list list;
    if (!iterated(x, b, &in, &list)) return false;
    *out = feel_null();
    if (in.kind == FEEL_NULL) return true;
    for (size_t i = 0; i < list.count; i++) {
        x->frame[n->slot] = list.at[i];
        if (!charge_one(x, b) || !exec_boxed(x, n->body, &v)) return false;
        if (v.kind == FEEL_BOOLEAN && v.as.boolean == decisive) {
            *out = feel_boolean(decisive);
            return true;
        }
        if (v.kind != FEEL_BOOLEAN && v.kind != FEEL_NULL) {
            exec_warn(x, "feel.type", n->body->pos, "条件应为真或假",
                      "a condition is true or false");
            return true;
        }
        certain = certain && v.kind == FEEL_BOOLEAN;
    }
    if (certain) *out = feel_boolean(!decisive);
    return true;
}

static bool exec_choice(struct exec *x, const struct boxed *b, struct feel_value *out)
{
    struct feel_value test;
    if (!exec_boxed(x, b->as.choice.test, &test)) return false;
    if (test.kind != FEEL_BOOLEAN && test.kind != FEEL_NULL) {
        exec_warn(x, "feel.type", b->pos, "条件应为真或假", "a condition is true or false");
        *out = feel_null();
        return true;
    }
    return exec_boxed(x, feel_is_true(&test) ? b->as.choice.yes : b->as.choice.no, out);
}

static bool exec_kind(struct exec *x, const struct boxed *b, struct feel_value *out)
{
    switch (b->kind) {
    case BOXED_LITERAL: return exec_literal(x, &b->as.literal, out);
    case BOXED_CONTEXT: return exec_context(x, b, out);
    case BOXED_LIST: return exec_list(x, b, out);
    case BOXED_RELATION: return exec_relation(x, b, out);
    case BOXED_FUNCTION: return exec_closure(x, b, out);
    case BOXED_CONDITIONAL: return exec_choice(x, b, out);
    case BOXED_FILTER: return exec_filter(x, b, out);
    case BOXED_FOR: return exec_for(x, b, out);
    case BOXED_SOME:
    case BOXED_EVERY: return exec_quantified(x, b, out);
    case BOXED_INVOCATION:
    case BOXED_TABLE:
    case BOXED_NOTHING: break;
    }
    *out = feel_null();
    return true;
}

bool exec_boxed(struct exec *x, const struct boxed *b, struct feel_value *out)
{
    if (b->kind == BOXED_LITERAL && !b->item) return exec_literal(x, &b->as.literal, out);
    if (!exec_enter(x, b->pos)) return false;
    bool ok;
    if (b->kind == BOXED_INVOCATION) /* these two are most of what models are made of */
        ok = exec_invocation(x, b, out);
    else if (b->kind == BOXED_TABLE)
        ok = exec_table(x, b, out);
    else
        ok = exec_kind(x, b, out);
    ok = ok && exec_coerce(x, b->item, b->pos, out);
    exec_leave(x);
    return ok;
}
/* NOLINTEND(misc-no-recursion) */
