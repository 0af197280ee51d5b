/* Evaluating elements: decisions with what they require, calls of knowledge and services. */
#include "dmn/run.h"

#include <string.h>

/* NOLINTBEGIN(misc-no-recursion): CHAIN_MAX for requirements, FEEL_DEPTH_MAX for calls */

/* What changes when another element is evaluated, and comes back behind it. */
struct saved {
    struct feel_value *frame;
    const struct element *element;
    struct cell cell;
};

static struct saved change(struct exec *x, struct feel_value *frame, const struct element *e)
{
    const struct saved s = {x->frame, x->element, x->cell};
    if (x->feel.warning_count > 0) exec_harvest(x);
    x->frame = frame;
    x->m->slot = frame;
    x->element = e;
    x->cell = (struct cell){0};
    return s;
}

static void restore(struct exec *x, const struct saved *s)
{
    if (x->feel.warning_count > 0) exec_harvest(x);
    x->frame = s->frame;
    x->m->slot = s->frame;
    x->element = s->element;
    x->cell = s->cell;
}

bool exec_memo(struct exec *x, struct memo *memo)
{
    const size_t count = x->model->element_count;
    memo->value = arena_try(x->m->arena, count + 1, sizeof *memo->value);
    memo->state = arena_try(x->m->arena, count + 1, 1);
    return (memo->value && memo->state) || exec_out_of_memory(x);
}

bool exec_memo_small(struct exec *x, struct memo *memo, struct memo_small *small)
{
    const size_t count = x->model->element_count;
    if (count > MEMO_SMALL) return exec_memo(x, memo);
    *memo = (struct memo){small->value, small->state};
    memset(small->state, VALUE_UNKNOWN, count);
    return true;
}

static bool need_values(struct exec *x, const struct need *need, size_t count,
                        struct feel_value *frame)
{
    const struct memo *memo = x->memo;
    for (size_t i = 0; i < count; i++) {
        struct feel_value *v = &frame[need[i].slot];
        const int k = need[i].value;
        if (k < 0)
            *v = need[i].element->value;
        else if (memo->state[k] == VALUE_KNOWN)
            *v = memo->value[k];
        else if (!exec_element(x, need[i].element, v))
            return false;
    }
    return true;
}

static bool exec_decision(struct exec *x, const struct element *e, struct feel_value *out)
{
    struct feel_value small[FRAME_SMALL];
    struct feel_value *frame = exec_values(x, small, FRAME_SMALL, (size_t)e->slots);
    *out = feel_null();
    if (!frame || !exec_enter(x, e->pos)) return false;
    bool ok = need_values(x, e->require, e->require_count, frame);
    const struct saved s = change(x, frame, e);
    if (ok && e->body) ok = exec_boxed(x, e->body, out);
    x->cell = (struct cell){0};
    ok = ok && exec_coerce(x, e->item, e->pos, out);
    restore(x, &s);
    exec_leave(x);
    return ok;
}

static bool coerce_given(struct exec *x, const struct element *e, struct feel_value *v)
{
    const struct saved s = change(x, x->frame, e);
    const bool ok = exec_coerce(x, e->item, e->pos, v);
    restore(x, &s);
    return ok;
}

bool exec_element(struct exec *x, const struct element *e, struct feel_value *out)
{
    struct memo *memo = x->memo;
    const int i = e->is->index;
    if (e->is->kind >= DMN_KNOWLEDGE) {
        *out = e->value;
        return true;
    }
    if (memo->state[i] == VALUE_GIVEN) {
        if (!exec_conforms(e->item, &memo->value[i]) && !coerce_given(x, e, &memo->value[i]))
            return false;
        memo->state[i] = VALUE_KNOWN;
    } else if (memo->state[i] == VALUE_UNKNOWN) {
        memo->value[i] = feel_null();
        if (e->is->kind == DMN_DECISION && !exec_decision(x, e, &memo->value[i])) return false;
        memo->state[i] = VALUE_KNOWN;
    }
    *out = memo->value[i];
    return true;
}

/* ---- services ---- */

static bool service_outputs(struct exec *x, const struct element *e, struct feel_value *out)
{
    *out = feel_null();
    if (e->output_count == 1) return exec_element(x, e->output[0], out);
    struct feel_entry *entry = arena_try(x->m->arena, e->output_count + 1, sizeof *entry);
    if (!entry) return exec_out_of_memory(x);
    for (size_t i = 0; i < e->output_count; i++) {
        entry[i].name = e->output[i]->variable;
        if (!exec_element(x, e->output[i], &entry[i].value)) return false;
    }
    if (e->output_count > 0) *out = feel_context_of(x->m->arena, entry, e->output_count);
    return true;
}

static bool exec_service(struct exec *x, const struct function *f, const struct feel_value *arg,
                         struct feel_value *out)
{
    struct memo own, *const outer = x->memo;
    if (!exec_memo(x, &own)) return false; /* calls may be nested: not on the stack */
    for (size_t i = 0; i < f->count; i++) {
        const int index = f->service->taken[i]->is->index;
        own.value[index] = arg[i];
        own.state[index] = VALUE_GIVEN;
    }
    x->memo = &own;
    const bool ok = service_outputs(x, f->service, out);
    x->memo = outer;
    return ok;
}

/* ---- functions ---- */

/* The parameters stand in the frame; what else its expressions may name is put beside them. */
static bool fill_frame(struct exec *x, const struct function *f, const struct feel_value *captured,
                       struct feel_value *frame)
{
    if (f->captured > 0) memcpy(frame, captured, (size_t)f->captured * sizeof *frame);
    if (f->self_slot >= 0)
        frame[f->self_slot] = captured ? captured[f->captured] : f->element->value;
    for (size_t i = 0; i < f->require_count; i++)
        frame[f->require[i].slot] = f->require[i].element->value;
    for (size_t i = 0; i < f->count; i++) {
        if (!f->parameter[i].item->checked) continue;
        x->cell = (struct cell){CELL_BINDING, 0, 0, f->parameter[i].name};
        if (!exec_coerce(x, f->parameter[i].item, f->element->pos, &frame[f->parameter[i].slot]))
            return false;
    }
    return true;
}

bool exec_function_frame(struct exec *x, const struct function *f,
                         const struct feel_value *captured, struct feel_value *frame,
                         struct feel_value *out)
{
    *out = feel_null();
    if (!exec_enter(x, f->element->pos)) return false;
    const struct saved s = change(x, frame, f->element);
    bool ok = fill_frame(x, f, captured, frame);
    x->cell = (struct cell){0};
    ok = ok && exec_boxed(x, f->body, out) && exec_coerce(x, f->result, f->element->pos, out);
    restore(x, &s);
    exec_leave(x);
    return ok;
}

bool exec_function(struct exec *x, const struct function *f, const struct feel_value *captured,
                   const struct feel_value *arg, struct feel_value *out)
{
    struct feel_value small[FRAME_SMALL];
    struct feel_value *frame = exec_values(x, small, FRAME_SMALL, (size_t)f->slots);
    *out = feel_null();
    if (!frame) return false;
    if (f->body) {
        for (size_t i = 0; i < f->count; i++)
            frame[f->parameter[i].slot] = arg[i];
        return exec_function_frame(x, f, captured, frame, out);
    }
    if (!f->service) return true;
    if (!exec_enter(x, f->element->pos)) return false;
    const struct saved s = change(x, frame, f->element);
    const bool ok = exec_service(x, f, arg, out) && exec_coerce(x, f->result, f->element->pos, out);
    restore(x, &s);
    exec_leave(x);
    return ok;
}

const struct feel_value *exec_function_node(struct machine *m, const struct node *n,
                                            struct feel_value *tmp)
{
    const struct function_node *f = (const struct function_node *)(const void *)n;
    return exec_function(exec_of(m), f->function, m->captured, m->local, tmp) ? tmp : NULL;
}
/* NOLINTEND(misc-no-recursion) */
