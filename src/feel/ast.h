/* The compiled form: a tree of nodes, each with the function that evaluates it.  A node never
 * changes once feel_compile has returned. */
#pragma once

#include "feel/number/number.h"
#include "feel/time/temporal.h"
#include "feel/type.h"
#include "feel/value.h"

struct machine;
struct node;
struct builtin;

/* Returns the value: *tmp, or a value that stands elsewhere (slot, constant, context entry), which
 * saves the copy.  NULL: evaluation is over, machine.code says why. */
typedef const struct feel_value *eval_fn(struct machine *m, const struct node *n,
                                         struct feel_value *tmp);

enum op {
    OP_CONST,
    OP_SLOT,
    OP_LOCAL,
    OP_CAPTURED,
    OP_ITEM_NAME,
    OP_PATH,
    OP_ARITHMETIC,
    OP_CHAIN,
    OP_NEGATE,
    OP_COMPARE,
    OP_BETWEEN,
    OP_IN,
    OP_AND,
    OP_OR,
    OP_IF,
    OP_RANGE,
    OP_LIST,
    OP_CONTEXT,
    OP_FILTER,
    OP_FOR,
    OP_SOME,
    OP_EVERY,
    OP_FUNCTION,
    OP_CALL,
    OP_CALL_VALUE,
    OP_CALL_HOST,
    OP_INSTANCE,
    OP_FAULT,
    /* only inside `in` and unary tests: they judge a subject */
    OP_TEST_COMPARE,
    OP_TEST_VALUE,
    OP_TEST_ANY
};

enum compare { COMPARE_EQ, COMPARE_NE, COMPARE_LT, COMPARE_LE, COMPARE_GT, COMPARE_GE };

struct node_entry {
    str name;
    int local; /* where later entries find it; -1: none does */
    const struct node *value;
};
struct node_iterator {
    int local;
    const struct node *from, *to; /* to: NULL for a list */
};
struct node_capture {
    bool self; /* the function itself, for recursion */
    const struct node *from;
};
struct node_function {
    const struct feel_member *parameter;
    int parameter_count, local_count, capture_count;
    const struct node_capture *capture;
    const struct node *body;           /* NULL: external */
    const struct feel_value *external; /* the context that describes it */
    const struct feel_type *type;
};
struct node_call {
    const struct node *callee; /* OP_CALL_VALUE */
    const struct builtin *builtin;
    const struct feel_host_function *host;
    const struct node **arg; /* NULL where a parameter is not passed */
    const str *name;         /* OP_CALL_VALUE: named arguments, else NULL */
    uint32_t count;
};
struct node_filter {
    const struct node *list, *test;
    int item_local;
    bool uses_item;
};
struct node_loop {
    const struct node_iterator *iterator;
    uint32_t count;
    const struct node *body;
    int partial_local; /* -1: not used */
};
struct node_in {
    const struct node *subject;
    const struct node **test;
    uint32_t count;
    int input_local; /* where ? finds the subject; -1: not used */
    bool negated;
};
struct node_pair {
    const struct node *a, *b;
    uint8_t what; /* enum number_op, enum compare */
};
struct node_many {
    const struct node **at;
    const uint8_t *what; /* OP_CHAIN */
    uint32_t count;
};
struct node_range {
    const struct node *low, *high; /* NULL: unbounded */
    bool low_open, high_open;
    enum feel_range_form form;
};

struct node {
    eval_fn *eval;
    const struct feel_type *type;
    uint32_t at;   /* offset in the source */
    uint32_t size; /* nodes of the subtree, itself included */
    uint16_t depth;
    uint8_t op;
    bool pure; /* same value every time when the children are constant */
    union {
        struct feel_value value;
        int index;
        struct {
            const struct node *of;
            str name;
            uint8_t property, hint;
            bool quiet; /* a context without the entry is no fault: a filter asks each element */
        } path;
        struct {
            const struct node *item, *otherwise; /* otherwise: NULL for none */
            str name;
            uint8_t hint;
        } item_name;
        struct node_pair pair;
        struct node_many many;
        const struct node *one;
        struct {
            const struct node *test, *yes, *no;
        } choice;
        struct node_range range;
        struct {
            const struct node_entry *entry;
            uint32_t count;
        } context;
        struct node_filter filter;
        const struct node_loop *loop;
        const struct node_in *in;
        const struct node_function *function;
        struct node_call *call;
        struct {
            const struct node *value;
            const struct feel_type *type;
        } instance;
        struct {
            const char *slug;
            str sentence;
        } fault;
    } as;
};

struct feel_expr {
    const struct node *root;
    str source; /* a copy: positions are counted out when they are needed */
    struct pos at;
    int local_count;
    const uint8_t *slot_used;
    int slot_count;
    const str *function_used;
    size_t function_count;
};

/* Functions as values. */
struct feel_function {
    const struct node_function *code;
    const struct feel_value *captured;
    const struct feel_expr *expr;
    const struct builtin *builtin; /* instead of code */
    const void *host;              /* what it is to the host that made it */
};

struct pos expr_pos(const struct feel_expr *e, uint32_t at);

/* Where evaluation of each kind of node is. */
eval_fn eval_const, eval_slot, eval_local, eval_captured, eval_item_name, eval_path,
    eval_arithmetic, eval_chain, eval_negate, eval_compare, eval_between, eval_in, eval_and,
    eval_or, eval_if, eval_range, eval_list, eval_context, eval_filter, eval_index, eval_for,
    eval_some, eval_every, eval_function, eval_call, eval_call_value, eval_call_host, eval_instance,
    eval_fault, eval_test;
