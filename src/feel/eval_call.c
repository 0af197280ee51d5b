/* Evaluating calls: builtins, functions as values, functions of the host; and types of values. */
#include <string.h>

#include "feel/builtin/builtin.h"
#include "feel/machine.h"

/* NOLINTBEGIN(misc-no-recursion): as deep as the tree, NODE_DEPTH_MAX, and FEEL_DEPTH_MAX calls */

enum { VALUE_DEPTH_MAX = 100 };

const struct feel_value *eval_function(struct machine *m, const struct node *n,
                                       struct feel_value *tmp)
{
    const struct node_function *code = n->as.function;
    struct feel_function *f = NEW(m->arena, struct feel_function);
    struct feel_value *captured = NULL, value;
    *tmp = (struct feel_value){.kind = FEEL_FUNCTION, .as.function = f};
    if (code->capture_count > 0) {
        captured = arena_try(m->arena, (size_t)code->capture_count, sizeof *captured);
        if (captured == NULL) return machine_out_of_memory(m, n);
    }
    for (int i = 0; i < code->capture_count; i++) {
        if (code->capture[i].self) {
            captured[i] = *tmp;
            continue;
        }
        const struct feel_value *v = value_of(m, code->capture[i].from, &value);
        if (v == NULL) return NULL;
        captured[i] = *v;
    }
    *f = (struct feel_function){.code = code, .captured = captured, .expr = m->expr};
    return tmp;
}

const struct feel_value *eval_call(struct machine *m, const struct node *n, struct feel_value *tmp)
{
    const struct node_call *call = n->as.call;
    struct feel_value small[BUILTIN_ARGS_MAX];
    struct feel_value *arg = small;
    if (call->count > BUILTIN_ARGS_MAX) {
        arg = arena_try(m->arena, call->count, sizeof *arg);
        if (arg == NULL) return machine_out_of_memory(m, n);
    }
    for (uint32_t i = 0; i < call->count; i++) {
        if (call->arg[i] == NULL) {
            arg[i].kind = FEEL_ANY;
            continue;
        }
        const struct feel_value *v = value_of(m, call->arg[i], &arg[i]);
        if (v == NULL) return NULL;
        if (v != &arg[i]) arg[i] = *v;
    }
    return builtin_invoke(m, n, call->builtin, arg, call->count, tmp);
}

/* ---- functions as values ---- */

/* Puts named arguments where the parameters are; false when a name is unknown. */
static bool place_by_name(const struct feel_function *f, const struct node_call *call,
                          const struct feel_value *given_arg, struct feel_value *arg)
{
    bool filled[FEEL_DEPTH_MAX] = {false};
    for (uint32_t i = 0; i < call->count; i++) {
        int place = -1;
        if (f->builtin != NULL)
            place = builtin_param(f->builtin, call->name[i]);
        else
            for (int k = 0; k < f->code->parameter_count; k++)
                if (str_eq(f->code->parameter[k].name, call->name[i])) place = k;
        if (place < 0 || (uint32_t)place >= call->count || filled[place]) return false;
        filled[place] = true;
        arg[place] = given_arg[i];
    }
    return true;
}

const struct feel_value *eval_call_value(struct machine *m, const struct node *n,
                                         struct feel_value *tmp)
{
    const struct node_call *call = n->as.call;
    struct feel_value small[BUILTIN_ARGS_MAX], named[BUILTIN_ARGS_MAX], callee;
    struct feel_value *arg = small, *placed = named;
    const struct feel_value *f = value_of(m, call->callee, &callee);
    if (f == NULL) return NULL;
    callee = *f;
    if (callee.kind != FEEL_FUNCTION) {
        *tmp = feel_null();
        if (callee.kind == FEEL_NULL) return tmp;
        return machine_null(m, n, tmp, "feel.type", "%s不是函数", "%s is no function",
                            type_kind_name((enum feel_kind)callee.kind));
    }
    if (call->count > FEEL_DEPTH_MAX)
        return machine_null(m, n, tmp, "feel.arguments", "参数过多", "too many arguments");
    if (call->count > BUILTIN_ARGS_MAX) {
        arg = arena_try(m->arena, (size_t)call->count * 2, sizeof *arg);
        if (arg == NULL) return machine_out_of_memory(m, n);
        placed = arg + call->count;
    }
    for (uint32_t i = 0; i < call->count; i++) {
        const struct feel_value *v = value_of(m, call->arg[i], &arg[i]);
        if (v == NULL) return NULL;
        if (v != &arg[i]) arg[i] = *v;
    }
    if (call->name != NULL) {
        if (!place_by_name(callee.as.function, call, arg, placed))
            return machine_null(m, n, tmp, "feel.arguments", "参数名称不符",
                                "the names of the arguments do not fit");
        arg = placed;
    }
    return machine_invoke(m, n, &callee, arg, call->count, tmp) ? tmp : NULL;
}

/* ---- functions of the host ---- */

struct feel_call {
    struct machine *m;
    const struct node *n;
};

const struct feel_value *eval_call_host(struct machine *m, const struct node *n,
                                        struct feel_value *tmp)
{
    struct feel_call call = {m, n};
    struct feel_value result = feel_null();
    if (!charge(m, n, 1)) return NULL;
    /* The host may evaluate on the same run: it takes what steps are left, and gives back the rest. */
    m->run->steps_left = m->steps + m->fuel;
    if (m->run->steps_left <= 0) m->run->steps_left = 1;
    const int64_t before = m->run->steps_left;
    const rc r = n->as.call->host->call(&call, &result);
    const int64_t used = before - m->run->steps_left;
    if (r != RC_OK) return machine_stop(m, r);
    if (used > 0 && !machine_refuel(m, n, used)) return NULL;
    *tmp = result;
    return tmp;
}

size_t feel_call_count(const struct feel_call *c)
{
    return c->n->as.call->count;
}

bool feel_call_given(const struct feel_call *c, size_t index)
{
    return index < c->n->as.call->count && c->n->as.call->arg[index] != NULL;
}

rc feel_call_eval(struct feel_call *c, size_t index, struct feel_value *out)
{
    struct machine *m = c->m;
    struct feel_value tmp;
    if (!feel_call_given(c, index)) {
        *out = feel_null();
        return RC_OK;
    }
    /* The host may have put other slots into the run. */
    const struct feel_value *slot = m->slot;
    m->slot = m->run->slot;
    const struct feel_value *v = value_of(m, c->n->as.call->arg[index], &tmp);
    m->slot = slot;
    if (v == NULL) return m->code;
    *out = *v;
    return RC_OK;
}

const void *feel_call_data(const struct feel_call *c)
{
    return c->n->as.call->host->data;
}

struct feel_run *feel_call_run(const struct feel_call *c)
{
    return c->m->run;
}

void feel_call_warn(struct feel_call *c, const char *zh, const char *en)
{
    struct feel_value tmp;
    machine_null(c->m, c->n, &tmp, "feel.function", "%s", "%s",
                 c->m->run->cx->lang == LANG_ZH ? zh : en);
}

/* ---- types of values ---- */

static bool has_type(const struct feel_value *v, const struct feel_type *t, int depth,
                     int64_t *left);

static bool context_has_type(const struct feel_value *v, const struct feel_type *t, int depth,
                             int64_t *left)
{
    for (size_t i = 0; !t->open && i < t->count; i++) {
        const struct feel_value *entry = context_find(v->as.context, t->member[i].name, i);
        if (entry == NULL) return false;
        if (entry->kind != FEEL_NULL && !has_type(entry, t->member[i].type, depth + 1, left))
            return false;
    }
    return true;
}

static bool function_has_type(const struct feel_value *v, const struct feel_type *t)
{
    const struct feel_function *f = v->as.function;
    if (t->open) return true;
    if (f->code == NULL) {
        const int max = builtin_max(f->builtin);
        return (int)t->count >= builtin_min(f->builtin) && (max < 0 || (int)t->count <= max);
    }
    return feel_type_fits(f->code->type, t);
}

static bool has_type(const struct feel_value *v, const struct feel_type *t, int depth,
                     int64_t *left)
{
    if (t->kind == FEEL_ANY) return v->kind != FEEL_NULL;
    if (v->kind != t->kind || depth > VALUE_DEPTH_MAX || --*left < 0) return false;
    if (v->kind == FEEL_LIST && t->element->kind != FEEL_ANY) {
        for (size_t i = 0; i < v->as.list->count; i++) {
            const struct feel_value *element = &v->as.list->at[i];
            if (element->kind != FEEL_NULL && !has_type(element, t->element, depth + 1, left))
                return false;
        }
    }
    if (v->kind == FEEL_CONTEXT) return context_has_type(v, t, depth, left);
    if (v->kind == FEEL_RANGE && t->element->kind != FEEL_ANY) {
        const struct feel_range *r = v->as.range;
        return (r->low.kind == FEEL_NULL || has_type(&r->low, t->element, depth + 1, left)) &&
               (r->high.kind == FEEL_NULL || has_type(&r->high, t->element, depth + 1, left));
    }
    return v->kind != FEEL_FUNCTION || function_has_type(v, t);
}

bool value_has_type(const struct feel_value *v, const struct feel_type *t, int64_t *left)
{
    return t->kind == FEEL_NULL ? v->kind == FEEL_NULL : has_type(v, t, 0, left);
}

bool feel_is_instance(const struct feel_value *v, const struct feel_type *t)
{
    int64_t left = TYPE_NODES_MAX;
    return value_has_type(v, t, &left);
}

struct feel_value feel_coerce(struct arena *a, const struct feel_value *v,
                              const struct feel_type *t)
{
    if (t->kind == FEEL_ANY || v->kind == FEEL_NULL || feel_is_instance(v, t)) return *v;
    if (v->kind == FEEL_LIST && v->as.list->count == 1 && feel_is_instance(&v->as.list->at[0], t))
        return v->as.list->at[0];
    if (t->kind == FEEL_LIST && v->kind != FEEL_LIST &&
        (t->element->kind == FEEL_ANY || feel_is_instance(v, t->element)))
        return feel_list_of(a, v, 1);
    if (t->kind == FEEL_DATE_TIME && v->kind == FEEL_DATE)
        return (struct feel_value){
            .kind = FEEL_DATE_TIME, .has_offset = true, .as.moment = {v->as.date, 0}};
    return feel_null();
}

const struct feel_value *eval_instance(struct machine *m, const struct node *n,
                                       struct feel_value *tmp)
{
    struct feel_value value;
    const struct feel_value *v = value_of(m, n->as.instance.value, &value);
    if (v == NULL) return NULL;
    const struct feel_type *t = n->as.instance.type;
    int64_t left = TYPE_NODES_MAX;
    *tmp = feel_boolean(value_has_type(v, t, &left));
    return charge(m, n, (int32_t)(TYPE_NODES_MAX - left) / 8) ? tmp : NULL;
}
/* NOLINTEND(misc-no-recursion) */
