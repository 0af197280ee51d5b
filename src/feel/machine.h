/* What one evaluation carries along. */
#pragma once

#include <string.h>

#include "feel/ast.h"

enum {
    MACHINE_HINTS = 64,
    MACHINE_FUEL = 4096,      /* steps between two looks at clock and memory */
    MACHINE_STACK_MAX = 4000, /* sum of the depths of all trees being evaluated */
    MACHINE_LOCALS = 24       /* frames up to this size live on the C stack */
};

struct machine {
    struct feel_run *run;
    struct arena *arena;
    const struct feel_value *slot;
    struct feel_value *local;
    const struct feel_value *captured;
    const struct feel_expr *expr;
    int64_t steps; /* beyond fuel */
    int32_t fuel;
    uint32_t stack;
    rc code;
    /* Where a name was found in the last context looked into: right nearly always, and checked. */
    uint16_t hint[MACHINE_HINTS];
};

static inline const struct feel_value *value_of(struct machine *m, const struct node *n,
                                                struct feel_value *tmp)
{
    if (n->op == OP_SLOT) return &m->slot[n->as.index];
    if (n->op == OP_CONST) return &n->as.value;
    if (n->op == OP_LOCAL) return &m->local[n->as.index];
    return n->eval(m, n, tmp);
}

/* Charges steps; false when a budget is over. */
bool machine_refuel(struct machine *m, const struct node *n, int64_t steps);
static inline bool charge(struct machine *m, const struct node *n, int32_t steps)
{
    if (m->fuel < steps || m->arena->exhausted) return machine_refuel(m, n, steps);
    m->fuel -= steps;
    return true;
}
static inline int32_t cost_of(const struct node *body)
{
    return 1 + (int32_t)(body->size >> 4);
}

/* Are these n bytes the same?  Names and codes are short: most are compared in two looks. */
static inline bool text_same(const char *a, const char *b, size_t n)
{
    uint64_t x, y, z, w;
    uint32_t c, d, e, f;
    if (n > 2 * sizeof x) return memcmp(a, b, n) == 0;
    if (n >= sizeof x) {
        memcpy(&x, a, sizeof x);
        memcpy(&y, b, sizeof y);
        memcpy(&z, a + n - sizeof z, sizeof z);
        memcpy(&w, b + n - sizeof w, sizeof w);
        return x == y && z == w;
    }
    if (n >= sizeof c) {
        memcpy(&c, a, sizeof c);
        memcpy(&d, b, sizeof d);
        memcpy(&e, a + n - sizeof e, sizeof e);
        memcpy(&f, b + n - sizeof f, sizeof f);
        return c == d && e == f;
    }
    return n == 0 || (a[0] == b[0] && a[n / 2] == b[n / 2] && a[n - 1] == b[n - 1]);
}
static inline bool name_same(str a, str b)
{
    return a.len == b.len && (a.at == b.at || text_same(a.at, b.at, a.len));
}

/* Ends the evaluation with an error. */
const struct feel_value *machine_stop(struct machine *m, rc code);
const struct feel_value *machine_out_of_memory(struct machine *m, const struct node *n);
/* Adds a warning, if there is room, and makes *tmp null. */
const struct feel_value *machine_null(struct machine *m, const struct node *n,
                                      struct feel_value *tmp, const char *slug, const char *zh,
                                      const char *en, ...) PRINTF(5, 7) PRINTF(6, 7);
/* Before the body of a function is run: may it be called here, and at what cost?  false: evaluation
 * is over. */
bool machine_may_call(struct machine *m, const struct node *n, const struct node *body);
/* An argument that has not the type of its parameter: a warning, and the call is null. */
void machine_wrong_argument(struct machine *m, const struct node *n, str parameter,
                            struct feel_value *out);
/* Calls a function value with positional arguments. */
bool machine_invoke(struct machine *m, const struct node *n, const struct feel_value *function,
                    const struct feel_value *arg, size_t count, struct feel_value *out);

/* Grows on the C stack first, then in the arena. */
enum { LIST_SMALL = 32 };
struct list_buf {
    struct machine *m;
    struct feel_value *at;
    size_t len, cap;
    struct feel_value small[LIST_SMALL];
};
static inline void list_buf_init(struct list_buf *b, struct machine *m)
{
    b->m = m;
    b->at = b->small;
    b->len = 0;
    b->cap = LIST_SMALL;
}
bool list_buf_grow(struct list_buf *b);
/* false: out of memory; the caller says so with machine_out_of_memory. */
static inline bool list_buf_add(struct list_buf *b, const struct feel_value *v)
{
    if (b->len == b->cap && !list_buf_grow(b)) return false;
    b->at[b->len++] = *v;
    return true;
}
bool list_buf_done(struct list_buf *b, struct feel_value *out);

/* 1, 0 or -1 for null; anything but a boolean is null, with a warning. */
int truth_of(struct machine *m, const struct node *n, const struct feel_value *v);
/* feel_equal within a number of steps, which it takes from *left; below 0 the answer is -1. */
enum { VALUE_BYTES_A_STEP = 256, TYPE_NODES_MAX = 1000000 };
int value_equal(const struct feel_value *a, const struct feel_value *b, int64_t *left);
/* Has v type t?  Takes what it looks at from *left; below 0 the answer is no. */
bool value_has_type(const struct feel_value *v, const struct feel_type *t, int64_t *left);
/* Is comparing v more than a step's work? */
static inline bool is_long(const struct feel_value *v)
{
    return v->kind == FEEL_STRING ? v->as.string.len >= VALUE_BYTES_A_STEP : v->kind >= FEEL_LIST;
}
/* feel_equal, charged by what is looked at; -1 too when a budget is over (m->code says so). */
int machine_equal(struct machine *m, const struct node *n, const struct feel_value *a,
                  const struct feel_value *b);
/* Charges for looking at all of a long value; false when a budget is over. */
bool charge_value(struct machine *m, const struct node *n, const struct feel_value *v);
/* The entry of that name, which is at `guess` if it was lucky; else NULL. */
const struct feel_value *context_find(const struct feel_context *c, str name, size_t guess);
/* Looks `name` up, beginning where it was found last. */
const struct feel_value *context_get(const struct feel_context *c, str name, uint16_t *hint);
