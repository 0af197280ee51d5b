/* One evaluation of a model: a FEEL machine whose slots are the frame of what is being evaluated. */
#pragma once

#include "dmn/model.h"
#include "feel/machine.h"

enum { FRAME_SMALL = 24, SCRATCH_WARNINGS = 32, WARNINGS_MAX = 1000 };

/* The body of a boxed function, as FEEL's machine sees it. */
struct function_node {
    struct node node;
    const struct function *function;
};
enum cell_kind {
    CELL_NONE,
    CELL_ENTRY,
    CELL_INPUT,
    CELL_TEST,
    CELL_OUTPUT,
    CELL_DEFAULT,
    CELL_ITEM,
    CELL_ROW,
    CELL_BINDING
};
/* What of an element is being evaluated; becomes text when there is a warning. */
struct cell {
    enum cell_kind kind;
    int rule, column; /* from 1 */
    str name;
};
enum value_state { VALUE_UNKNOWN, VALUE_GIVEN, VALUE_KNOWN };
/* Values of elements, by index: one for the run, and one for each call of a service. */
struct memo {
    struct feel_value *value;
    uint8_t *state; /* enum value_state */
};
struct exec {
    struct dmn_run *run;
    const struct dmn_model *model;
    struct machine *m;
    struct feel_run feel;
    struct feel_value *frame; /* what m->slot reads */
    struct memo *memo;
    const struct element *element;
    struct cell cell;
    struct feel_warning scratch[SCRATCH_WARNINGS];
};

/* ---- run.c ---- */
static inline struct exec *exec_of(struct machine *m)
{
    return m->run->host;
}
/* FEEL calls boxed functions through this. */
eval_fn exec_function_node;
/* Calls f with arguments that have the types of its parameters.  false: evaluation is over. */
bool exec_function(struct exec *x, const struct function *f, const struct feel_value *captured,
                   const struct feel_value *arg, struct feel_value *out);
/* The value of an element, from the memo or evaluated. */
bool exec_element(struct exec *x, const struct element *e, struct feel_value *out);
NODISCARD bool exec_memo(struct exec *x, struct memo *memo);
/* The same of a small model without the arena. */
enum { MEMO_SMALL = 64 };
struct memo_small {
    struct feel_value value[MEMO_SMALL];
    uint8_t state[MEMO_SMALL];
};
NODISCARD bool exec_memo_small(struct exec *x, struct memo *memo, struct memo_small *small);
/* One level deeper; false, with the error, when that is too deep.  Each is followed by exec_leave. */
enum { LEVEL_COST = 8 }; /* of the machine's stack, a level of boxed expressions */
bool exec_too_deep(struct exec *x, struct pos pos);
static inline bool exec_enter(struct exec *x, struct pos pos)
{
    if (x->m->arena->exhausted || x->m->stack + LEVEL_COST > MACHINE_STACK_MAX)
        return exec_too_deep(x, pos);
    x->m->stack += LEVEL_COST;
    return true;
}
static inline void exec_leave(struct exec *x)
{
    x->m->stack -= LEVEL_COST;
}

/* The function of ours that has a body here; NULL: it is FEEL's, a service, or of another language. */
static inline const struct function *exec_boxed_function(const struct feel_function *f)
{
    const struct function *own = f->host;
    return own && own->body ? own : NULL;
}
/* Runs f->body in its own frame, whose parameters have their values. */
bool exec_function_frame(struct exec *x, const struct function *f,
                         const struct feel_value *captured, struct feel_value *frame,
                         struct feel_value *out);

/* ---- literal.c ---- */
/* Evaluates FEEL in the current frame; exec_literal is the same without a call where it is a name or
 * a constant. */
bool exec_expr(struct exec *x, const struct feel_expr *e, struct feel_value *out);
bool exec_literal_slow(struct exec *x, const struct literal *l, struct feel_value *out);
static inline const struct feel_value *exec_literal_at_hand(struct exec *x, const struct literal *l)
{
    return l->name ? &x->frame[l->name - 1] : l->constant;
}
static inline bool exec_literal(struct exec *x, const struct literal *l, struct feel_value *out)
{
    const struct feel_value *v = exec_literal_at_hand(x, l);
    if (!v) return exec_literal_slow(x, l, out);
    *out = *v;
    return true;
}
/* Does v have the declared type and an allowed value, as most have?  false: exec_coerce finds out. */
bool exec_conforms(const struct item *item, const struct feel_value *v);
/* Coerces *v to what is declared; null, with a warning, when it does not conform.  item may be NULL. */
bool exec_coerce_slow(struct exec *x, const struct item *item, struct pos pos,
                      struct feel_value *v);
static inline bool exec_coerce(struct exec *x, const struct item *item, struct pos pos,
                               struct feel_value *v)
{
    if (!item || v->kind == FEEL_NULL) return true;
    const enum feel_kind want = item->feel->kind;
    const bool as_it_is = want == FEEL_ANY || (want == (enum feel_kind)v->kind && want < FEEL_LIST);
    return (as_it_is && !item->checked) || exec_coerce_slow(x, item, pos, v);
}
/* Does v pass these unary tests on the slot?  1, 0, -1: evaluation is over. */
int exec_tests(struct exec *x, const struct literal *tests, const struct feel_tests *constant,
               int slot, const struct feel_value *v);
/* A place for count values: `small` when they fit, else in the arena; NULL: evaluation is over. */
struct feel_value *exec_values_large(struct exec *x, size_t count);
static inline struct feel_value *exec_values(struct exec *x, struct feel_value *small,
                                             size_t small_count, size_t count)
{
    return count <= small_count ? small : exec_values_large(x, count);
}
bool exec_stop(struct exec *x, rc code);
bool exec_out_of_memory(struct exec *x);
void exec_warn(struct exec *x, const char *slug, struct pos pos, const char *zh, const char *en,
               ...) PRINTF(4, 6) PRINTF(5, 6);
/* Hands warnings of FEEL over, with where they belong; before and after the place changes. */
void exec_harvest(struct exec *x);

/* ---- boxed_run.c, table_run.c, hit.c ---- */
bool exec_boxed(struct exec *x, const struct boxed *b, struct feel_value *out);
bool exec_table(struct exec *x, const struct boxed *b, struct feel_value *out);
/* The value of the rules that matched, in order of the table. */
bool exec_hits(struct exec *x, const struct boxed *b, const struct feel_value *input,
               const int *rule, size_t count, struct feel_value *out);
