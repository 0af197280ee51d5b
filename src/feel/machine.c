/* One evaluation from start to end: budgets, warnings, calls of functions. */
#include "feel/machine.h"

#include <string.h>

#include "base/file.h"
#include "feel/builtin/builtin.h"
#include "feel/builtin/external.h"

rc feel_eval(struct feel_run *run, const struct feel_expr *e, struct feel_value *out)
{
    struct feel_value local[MACHINE_LOCALS];
    struct feel_value tmp;
    if (run->steps_left <= 0) run->steps_left = FEEL_STEPS_DEFAULT;
    struct machine m = {.run = run,
                        .arena = run->cx->arena,
                        .slot = run->slot,
                        .local = local,
                        .expr = e,
                        .stack = e->root->depth};
    m.fuel = run->steps_left < MACHINE_FUEL ? (int32_t)run->steps_left : MACHINE_FUEL;
    m.steps = run->steps_left - m.fuel;
    if (run->depth >= FEEL_DEPTH_MAX)
        return err_set_at(run->cx, RC_LIMIT, "feel.depth", expr_pos(e, 0), "调用嵌套过深",
                          "calls are nested too deeply");
    if (e->local_count > MACHINE_LOCALS) {
        m.local = arena_try(m.arena, (size_t)e->local_count, sizeof *m.local);
        if (m.local == NULL) {
            machine_out_of_memory(&m, e->root);
            return m.code;
        }
    }
    run->depth++;
    const struct feel_value *v = value_of(&m, e->root, &tmp);
    run->depth--;
    run->steps_left = m.steps + m.fuel;
    if (run->steps_left <= 0) run->steps_left = 1; /* 0 would mean a new budget */
    if (v != NULL && m.arena->exhausted) v = machine_out_of_memory(&m, e->root);
    if (v == NULL) return m.code;
    *out = *v;
    return RC_OK;
}

const struct feel_value *machine_stop(struct machine *m, rc code)
{
    m->code = code;
    return NULL;
}

const struct feel_value *machine_out_of_memory(struct machine *m, const struct node *n)
{
    return machine_stop(m, err_set_at(m->run->cx, RC_LIMIT, "feel.memory", expr_pos(m->expr, n->at),
                                      "计算所需内存超过限额",
                                      "the evaluation needs more memory than it may use"));
}

bool machine_refuel(struct machine *m, const struct node *n, int64_t steps)
{
    const struct pos pos = expr_pos(m->expr, n->at);
    if (m->arena->exhausted) {
        machine_out_of_memory(m, n);
        return false;
    }
    int64_t left = m->steps + m->fuel - steps;
    if (left <= 0) {
        m->steps = m->fuel = 0;
        machine_stop(m, err_set_at(m->run->cx, RC_LIMIT, "feel.steps", pos, "计算步数超过限额",
                                   "the evaluation takes too many steps"));
        return false;
    }
    if (m->run->cx->deadline_us > 0 && os_monotonic_us() > m->run->cx->deadline_us) {
        machine_stop(m, err_set_at(m->run->cx, RC_LIMIT, "feel.time", pos, "计算超过时限",
                                   "the evaluation takes too long"));
        return false;
    }
    m->fuel = left < MACHINE_FUEL ? (int32_t)left : MACHINE_FUEL;
    m->steps = left - m->fuel;
    return true;
}

const struct feel_value *machine_null(struct machine *m, const struct node *n,
                                      struct feel_value *tmp, const char *slug, const char *zh,
                                      const char *en, ...)
{
    struct feel_run *run = m->run;
    *tmp = feel_null();
    if (run->warning == NULL || run->warning_count >= run->warning_max) return tmp;
    va_list ap;
    va_start(ap, en);
    const str sentence = arena_vprintf(m->arena, run->cx->lang == LANG_ZH ? zh : en, ap);
    va_end(ap);
    run->warning[run->warning_count++] =
        (struct feel_warning){slug, sentence, expr_pos(m->expr, n->at)};
    return tmp;
}

/* ---- values that are long ---- */

static bool charge_many(struct machine *m, const struct node *n, int64_t steps)
{
    return charge(m, n, steps > INT32_MAX ? INT32_MAX : (int32_t)steps);
}

int machine_equal(struct machine *m, const struct node *n, const struct feel_value *a,
                  const struct feel_value *b)
{
    const int64_t before = m->steps + m->fuel;
    int64_t left = before;
    if (!is_long(a) || !is_long(b)) return feel_equal(a, b);
    const int equal = value_equal(a, b, &left);
    const int64_t used = left < 0 ? before + 1 : (before - left) / 8;
    return charge_many(m, n, used) ? equal : -1;
}

bool charge_value(struct machine *m, const struct node *n, const struct feel_value *v)
{
    if (v->kind != FEEL_STRING || v->as.string.len < VALUE_BYTES_A_STEP) return true;
    return charge_many(m, n, (int64_t)(v->as.string.len / VALUE_BYTES_A_STEP));
}

/* ---- lists that grow ---- */

bool list_buf_grow(struct list_buf *b)
{
    struct feel_value *at = arena_try(b->m->arena, b->cap * 2, sizeof *at);
    if (at == NULL) return false;
    memcpy(at, b->at, b->len * sizeof *at);
    b->at = at;
    b->cap *= 2;
    return true;
}

bool list_buf_done(struct list_buf *b, struct feel_value *out)
{
    const struct feel_value *at = b->at;
    if (at == b->small && b->len > 0) {
        struct feel_value *copy = arena_try(b->m->arena, b->len, sizeof *copy);
        if (copy == NULL) return false;
        memcpy(copy, b->small, b->len * sizeof *copy);
        at = copy;
    }
    struct feel_list *list = NEW(b->m->arena, struct feel_list);
    *list = (struct feel_list){.count = b->len, .at = at};
    *out = (struct feel_value){.kind = FEEL_LIST, .as.list = list};
    return true;
}

/* ---- functions as values ---- */

struct frame {
    struct feel_value *local;
    const struct feel_value *captured;
    const struct feel_expr *expr;
};

/* Runs the body with its parameters in local. */
static bool run_body(struct machine *m, const struct feel_function *f, struct feel_value *local,
                     struct feel_value *out)
{
    const struct frame saved = {m->local, m->captured, m->expr};
    struct feel_value tmp;
    m->local = local;
    m->captured = f->captured;
    m->expr = f->expr;
    m->stack += f->code->body->depth;
    m->run->depth++;
    const struct feel_value *v = value_of(m, f->code->body, &tmp);
    m->run->depth--;
    m->stack -= f->code->body->depth;
    m->local = saved.local;
    m->captured = saved.captured;
    m->expr = saved.expr;
    if (v != NULL) *out = *v;
    return v != NULL;
}

bool machine_may_call(struct machine *m, const struct node *n, const struct node *body)
{
    if (m->run->depth >= FEEL_DEPTH_MAX || m->stack + body->depth > MACHINE_STACK_MAX) {
        machine_stop(m, err_set_at(m->run->cx, RC_LIMIT, "feel.depth", expr_pos(m->expr, n->at),
                                   "函数调用嵌套过深", "function calls are nested too deeply"));
        return false;
    }
    return charge(m, n, cost_of(body));
}

void machine_wrong_argument(struct machine *m, const struct node *n, str parameter,
                            struct feel_value *out)
{
    machine_null(m, n, out, "feel.type", "参数“%.*s”的类型不符",
                 "argument \"%.*s\" is not of the parameter's type", STR_ARG(parameter));
}

static bool call_closure(struct machine *m, const struct node *n, const struct feel_function *f,
                         const struct feel_value *arg, struct feel_value *out)
{
    const struct node_function *code = f->code;
    struct feel_value small[MACHINE_LOCALS];
    struct feel_value *local = small;
    if (!machine_may_call(m, n, code->body)) return false;
    if (code->local_count > MACHINE_LOCALS) {
        local = arena_try(m->arena, (size_t)code->local_count, sizeof *local);
        if (local == NULL) {
            machine_out_of_memory(m, n);
            return false;
        }
    }
    for (int i = 0; i < code->parameter_count; i++) {
        local[i] = feel_coerce(m->arena, &arg[i], code->parameter[i].type);
        if (local[i].kind == FEEL_NULL && arg[i].kind != FEEL_NULL) {
            machine_wrong_argument(m, n, code->parameter[i].name, out);
            return true;
        }
    }
    return run_body(m, f, local, out);
}

bool machine_invoke(struct machine *m, const struct node *n, const struct feel_value *function,
                    const struct feel_value *arg, size_t count, struct feel_value *out)
{
    const struct feel_function *f = function->as.function;
    CHECK(function->kind == FEEL_FUNCTION);
    if (f->builtin != NULL) {
        struct feel_value copy[BUILTIN_ARGS_MAX];
        const struct builtin *b = builtin_overload(f->builtin, count);
        if (b == NULL || count > BUILTIN_ARGS_MAX) {
            machine_null(m, n, out, "feel.arguments", "“%s”不接受%zu个参数",
                         "\"%s\" does not take %zu arguments", f->builtin->name, count);
            return true;
        }
        memcpy(copy, arg, count * sizeof *arg);
        const struct feel_value *v = builtin_invoke(m, n, b, copy, count, out);
        if (v != NULL && v != out) *out = *v;
        return v != NULL;
    }
    if (count != (size_t)f->code->parameter_count) {
        machine_null(m, n, out, "feel.arguments", "此函数有%d个参数,却给了%zu个",
                     "the function has %d parameters, but %zu are passed", f->code->parameter_count,
                     count);
        return true;
    }
    if (f->code->body == NULL) return external_call(m, n, f->code, arg, out);
    return call_closure(m, n, f, arg, out);
}
