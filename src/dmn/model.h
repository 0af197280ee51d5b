/* The compiled model, as the compiler leaves it and the evaluator and the checks read it.  Nothing in
 * it changes after dmn_compile.  Only dmn/ includes this.
 *
 * Every element has a frame of slots: what it requires, its parameters, the entries of its contexts,
 * the inputs of its tables.  Which slot a name is, is decided when its expression is compiled. */
#pragma once

#include "base/map.h"
#include "dmn/dmn.h"

struct boxed;
struct table_index;

/* A FEEL text somewhere in the file.  expr NULL: it is absent (source empty), or did not compile
 * (slug says why). */
struct literal {
    const struct feel_expr *expr;
    const struct feel_value *constant; /* its value, when it is always the same */
    str source;
    struct pos pos;
    int name; /* the slot + 1, when it is nothing but a name */
    const char *slug;
    str sentence;
};

/* A declared type with what restricts it; feel never NULL. */
struct item {
    str name; /* as typeRefs say it; empty for parts and lists */
    const struct feel_type *feel;
    const struct literal *allowed;   /* unary tests on slot 0; of each element when it is a list */
    const struct literal *condition; /* typeConstraint: of the value as a whole */
    const struct feel_tests *constant; /* `allowed` when it holds constants only; else NULL */
    const struct item *element;        /* of a list */
    const struct item_part *part;      /* of a context */
    size_t part_count;
    bool checked;                  /* allowed or condition here or anywhere inside */
    struct item_draft *unfinished; /* NULL once the model is compiled */
};
struct item_part {
    str name;
    const struct item *item;
};

/* Does v, neither a list nor a range, pass tests that are constants? (literal.c) */
bool literal_passes(const struct feel_tests *t, const struct feel_value *v);

/* ---- boxed expressions ---- */
enum boxed_kind {
    BOXED_LITERAL,
    BOXED_CONTEXT,
    BOXED_LIST,
    BOXED_RELATION,
    BOXED_INVOCATION,
    BOXED_FUNCTION,
    BOXED_CONDITIONAL,
    BOXED_FILTER,
    BOXED_FOR,
    BOXED_SOME,
    BOXED_EVERY,
    BOXED_TABLE,
    BOXED_NOTHING /* an expression that is not there: null */
};
struct entry { /* of a context; binding of an invocation; variable of an iteration; parameter */
    str name;  /* empty: the context's result */
    int slot;  /* -1: none */
    const struct item *item;
    const struct boxed *value; /* NULL for a parameter */
};
struct boxed_context {
    const struct entry *entry;
    const struct boxed *result; /* NULL: the context itself */
    size_t count;
};
struct boxed_list {
    const struct boxed **at;
    size_t count;
};
struct boxed_relation {
    const str *column;
    const struct item **column_item; /* their typeRefs; NULL: none */
    const struct boxed **cell;       /* row by row */
    size_t column_count, row_count;
};
struct boxed_invocation {
    const struct boxed *callee;
    const struct entry *binding; /* slot: probably its place among the parameters; -1: not known */
    size_t count;
};
struct boxed_choice {
    const struct boxed *test, *yes, *no;
};
struct boxed_filter {
    const struct boxed *in, *match;
    int item_slot;
    bool whole; /* item_slot holds the list, and match is FEEL's list[match] */
};
struct boxed_iteration {
    str variable;
    int slot, partial_slot; /* partial: -1 outside BOXED_FOR */
    const struct boxed *in, *body;
};
/* A function: of knowledge, of a service, or boxed inside something else. */
struct function {
    const struct entry *parameter; /* slots in the function's frame */
    size_t count;
    const struct item *result;
    const struct boxed *body;      /* NULL: of a service, or external */
    const struct boxed *external;  /* the context that describes an external function */
    const struct element *service; /* NULL: not a service */
    const struct need *require;    /* of knowledge: the functions it may call */
    size_t require_count;
    int captured;                     /* slots of the enclosing frame that come first in its own */
    int self_slot;                    /* of the entry that names it; -1 */
    int slots;                        /* size of its frame */
    const struct node_function *code; /* as FEEL sees it */
    const struct feel_expr *expr;     /* where FEEL finds its position */
    const struct element *element;    /* whose text it stands in */
};

/* ---- decision tables ---- */
enum hit_policy {
    HIT_UNIQUE,
    HIT_ANY,
    HIT_PRIORITY,
    HIT_FIRST,
    HIT_RULE_ORDER,
    HIT_OUTPUT_ORDER,
    HIT_COLLECT
};
enum aggregation { AGGREGATE_NONE, AGGREGATE_SUM, AGGREGATE_MIN, AGGREGATE_MAX, AGGREGATE_COUNT };
struct table_input {
    str label; /* of the input, else the text of its expression */
    struct literal expression;
    const struct item *item; /* its typeRef; else of Any */
    const struct feel_type
        *type;              /* of ?, as the tests were compiled: declared, else of the expression */
    struct literal allowed; /* inputValues, else the allowed values of item, as unary tests on slot;
                               else of what it names, which has been restricted to them: sure */
    bool sure;
    const struct feel_tests *constant; /* `allowed` when it holds constants only; else NULL */
    int slot;                          /* where tests find ? */
};
struct table_output {
    str name, label;
    struct pos pos;
    const struct item *item;
    struct literal allowed;   /* outputValues */
    struct feel_value order;  /* a list: the values in order of priority; null: none */
    struct literal otherwise; /* defaultOutputEntry */
};
struct table_rule {
    str id;
    struct pos pos;
    const struct literal *test;   /* an input each: unary tests */
    const struct literal *output; /* an output each */
    const str *annotation;
};
struct table {
    enum hit_policy hit;
    enum aggregation aggregation;
    const struct table_input *input;
    const struct table_output *output;
    const struct table_rule *rule;
    const str *annotation_name;
    size_t input_count, output_count, rule_count, annotation_count;
    bool has_default;
    const struct table_index *index; /* NULL: not worth one */
};

struct boxed {
    enum boxed_kind kind;
    str id, label;
    struct pos pos;
    const struct element *element; /* it stands in */
    const struct item *item;       /* its typeRef; NULL: none */
    const struct feel_type *type;  /* that its parts give it; NULL: its text or function says */
    union {
        struct literal literal;
        struct boxed_context context;
        struct boxed_list list;
        struct boxed_relation relation;
        struct boxed_invocation invocation;
        const struct function *function;
        struct boxed_choice choice;
        struct boxed_filter filter;
        struct boxed_iteration iteration;
        const struct table *table;
    } as;
};

/* ---- elements ---- */
struct unit; /* one file; compile.h */
struct element;
struct need {
    int slot, value; /* value: its place among the values of elements; -1: it is a function */
    const struct element *element;
};
/* What stands behind a struct dmn_element. */
struct element {
    struct dmn_element *is; /* &model->element[index] */
    str variable;           /* the name under which expressions know it */
    struct pos pos;
    const struct unit *unit;
    const struct item *item;            /* of its value; Any when it is not declared */
    const struct feel_type *value_type; /* the same, or what its logic certainly gives */
    const struct boxed *body;           /* of a decision; NULL: it has no logic */
    const struct need *require;         /* of a decision: what is copied into its frame */
    size_t require_count;
    int slots; /* of a decision: the size of its frame */
    /* of knowledge and services */
    const struct function *function;
    struct feel_value value;       /* the function as a value */
    const struct element **output; /* of a service: its output decisions */
    size_t output_count;
    const struct element *same;   /* the next of the same name */
    const struct element **taken; /* of a service: what its parameters stand for */
};
/* Names that callers give values for. */
struct quick_name {
    str name;
    const struct element *element;
};
enum { QUICK_MAX = 16 };
struct dmn_model {
    str name, namespace_uri;
    struct dmn_element *element; /* the public parts, in order of index */
    const struct element *const *at;
    const struct boxed *const *table; /* every decision table there is, in order of the files */
    size_t element_count, own_count, table_count;
    const struct dmn_finding *finding; /* faults of type, of a lenient model */
    size_t finding_count;
    const struct quick_name *quick; /* of input data, the first QUICK_MAX, as `names` has them */
    size_t quick_count;
    struct map names, ids; /* → struct element; names of imported ones with those of imports too */
    struct map prefixes;   /* names of imports, and of imports' imports: "b", "b.a" */
};
/* Fills `quick`. */
void model_list_inputs(struct arena *a, struct dmn_model *m);
static inline const struct element *element_of(const struct dmn_model *m,
                                               const struct dmn_element *e)
{
    return m->at[e->index];
}
