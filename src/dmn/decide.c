/* The door of evaluation: inputs are placed, the machine is set up, the element asked for is evaluated. */
#include "dmn/run.h"

static bool is_for(const struct dmn_input *in, const struct element *e)
{
    return e->is->kind <= DMN_DECISION &&
           (!in->namespace_uri.len || str_eq(in->namespace_uri, e->is->namespace_uri));
}

/* The first element of that name.  The first input nearly always has it: input data is what most
 * callers give, and they have little of it. */
static const struct element *named(const struct dmn_model *m, str name)
{
    for (size_t i = 0; i < m->quick_count; i++)
        if (name_same(m->quick[i].name, name)) return m->quick[i].element;
    return map_find(&m->names, name);
}

/* What is given by the names of imports: {a: {Age: 30}} for b is b.a.Age. */
/* NOLINTNEXTLINE(misc-no-recursion): as deep as names of imports are long */
static void place_parts(struct exec *x, str import, const struct feel_value *parts)
{
    if (parts->kind != FEEL_CONTEXT || !dmn_is_import(x->model, import)) return;
    for (size_t i = 0; i < parts->as.context->count; i++) {
        const struct feel_entry *part = &parts->as.context->at[i];
        const str name =
            arena_printf(x->m->arena, "%.*s.%.*s", STR_ARG(import), STR_ARG(part->name));
        const struct element *e = map_find(&x->model->names, name);
        if (!e) {
            place_parts(x, name, &part->value); /* as deep as there are imports */
        } else if (e->is->kind <= DMN_DECISION) {
            x->memo->value[e->is->index] = part->value;
            x->memo->state[e->is->index] = VALUE_GIVEN;
        }
    }
}

/* An input names an element of the model itself, else whatever imported ones have that name; only one
 * when it says by which imports. */
static void place_inputs(struct exec *x, const struct dmn_input *input, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        bool own = false;
        const struct element *first = named(x->model, input[i].name);
        const bool one = first && !str_eq(first->is->name, input[i].name);
        if (!first) place_parts(x, input[i].name, &input[i].value);
        for (const struct element *e = first; e; e = one ? NULL : e->same) {
            if (!is_for(&input[i], e) || (own && e->is->imported)) continue;
            own = own || !e->is->imported;
            x->memo->value[e->is->index] = input[i].value;
            x->memo->state[e->is->index] = VALUE_GIVEN;
        }
    }
}

/* The arguments of a function, by name. */
static bool call(struct exec *x, const struct element *e, const struct dmn_input *input,
                 size_t count, struct feel_value *out)
{
    const struct function *f = e->function;
    struct feel_value small[FRAME_SMALL];
    struct feel_value *arg = exec_values(x, small, FRAME_SMALL, f->count);
    if (!arg) return false;
    x->element = e;
    for (size_t i = 0; i < f->count; i++) {
        const struct entry *p = &f->parameter[i];
        arg[i] = feel_null();
        for (size_t k = 0; k < count; k++)
            if (str_eq(input[k].name, p->name) ||
                (f->service && str_eq(input[k].name, f->service->taken[i]->is->name)))
                arg[i] = input[k].value;
        x->cell = (struct cell){CELL_BINDING, 0, 0, p->name};
        if (!f->service && !exec_coerce(x, p->item, e->pos, &arg[i])) return false;
    }
    x->cell = (struct cell){0};
    struct feel_value own[1];
    x->frame = own;
    x->m->slot = own;
    if (f->code->body) return exec_function(x, f, NULL, arg, out);
    static const struct node nowhere = {.size = 1, .depth = 1};
    const struct feel_expr at = {.root = &nowhere, .at = e->pos};
    x->m->expr = &at;
    return machine_invoke(x->m, &nowhere, &e->value, arg, f->count, out);
}

static bool decide(struct exec *x, const struct element *e, const struct dmn_input *input,
                   size_t count, struct feel_value *out)
{
    if (e->is->kind < DMN_KNOWLEDGE) return exec_element(x, e, out);
    const bool ok = call(x, e, input, count, out);
    x->frame = NULL;
    return ok;
}

static rc no_value(struct cx *cx, const struct dmn_element *what)
{
    return err_set(cx, RC_INVALID, "dmn.no-value", "“%.*s”是输入，没有可计算的值",
                   "\"%.*s\" is an input: there is nothing to evaluate", STR_ARG(what->name));
}

rc dmn_decide_all(struct dmn_run *run, const struct dmn_model *m, const struct dmn_question *q,
                  struct feel_value *out)
{
    struct exec x; /* not zeroed as a whole: the room for warnings is large */
    struct memo memo;
    struct memo_small small;
    struct machine machine = {.run = &x.feel, .arena = run->cx->arena};
    for (size_t i = 0; i < q->what_count; i++)
        if (q->what[i]->kind == DMN_INPUT) return no_value(run->cx, q->what[i]);
    if (run->steps_left <= 0) run->steps_left = FEEL_STEPS_DEFAULT;
    x.run = run;
    x.model = m;
    x.m = &machine;
    x.feel = (struct feel_run){.cx = run->cx, .host = &x};
    if (run->explain) {
        x.feel.warning = x.scratch;
        x.feel.warning_max = SCRATCH_WARNINGS;
    }
    x.frame = NULL;
    x.memo = &memo;
    x.element = NULL;
    x.cell = (struct cell){0};
    machine.fuel = run->steps_left < MACHINE_FUEL ? (int32_t)run->steps_left : MACHINE_FUEL;
    machine.steps = run->steps_left - machine.fuel;
    bool ok = exec_memo_small(&x, x.memo, &small);
    if (ok) place_inputs(&x, q->input, q->input_count);
    for (size_t i = 0; ok && i < q->what_count; i++)
        ok = decide(&x, element_of(m, q->what[i]), q->input, q->input_count, &out[i]);
    if (x.feel.warning_count > 0) exec_harvest(&x);
    run->steps_left = machine.steps + machine.fuel;
    if (run->steps_left <= 0) run->steps_left = 1; /* 0 would mean a new budget */
    if (ok && machine.arena->exhausted) (void)exec_out_of_memory(&x);
    CHECK(ok || machine.code != RC_OK);
    return machine.code;
}

rc dmn_decide(struct dmn_run *run, const struct dmn_model *m, const struct dmn_element *what,
              const struct dmn_input *input, size_t count, struct feel_value *out)
{
    struct feel_value value;
    const struct dmn_question q = {&what, 1, input, count};
    rc r = dmn_decide_all(run, m, &q, &value);
    if (r == RC_OK) *out = value;
    return r;
}
