/* FEEL, the expression language of DMN 1.5 chapter 10: compile once against a scope, evaluate often.
 * A compiled expression never changes and may be evaluated by many threads at once.  Evaluation is
 * pure, in an arena, bounded by steps, depth, memory and time; a fault of the expression is null and
 * a warning with its position, as the standard asks, never an error; errors are over-run budgets. */
#pragma once

#include "base/decimal.h"
#include "base/err.h"

#pragma GCC visibility push(default) /* of the library of decisions */

enum feel_kind {
    FEEL_NULL,
    FEEL_BOOLEAN,
    FEEL_NUMBER,
    FEEL_STRING,
    FEEL_DATE,
    FEEL_TIME,
    FEEL_DATE_TIME,
    FEEL_MONTHS_DURATION, /* years and months */
    FEEL_DAYS_DURATION,   /* days and time */
    FEEL_LIST,
    FEEL_CONTEXT,
    FEEL_RANGE,
    FEEL_FUNCTION,
    FEEL_ANY,
    FEEL_KIND_COUNT
};

/* ---- values: small, copied by value; what they point into lives in an arena ---- */
struct feel_value; /* the full definition is in feel/value.h */

/* ---- types, for checking before anything runs ---- */
struct feel_type;
struct feel_member {
    str name;
    const struct feel_type *type;
};
const struct feel_type *feel_type_of_kind(enum feel_kind kind); /* static; LIST is list of Any */
const struct feel_type *feel_type_list(struct arena *a, const struct feel_type *element);
const struct feel_type *feel_type_context(struct arena *a, const struct feel_member *member,
                                          size_t count);
/* A range of `element`, a function of these parameters. */
const struct feel_type *feel_type_range(struct arena *a, const struct feel_type *element);
const struct feel_type *feel_type_function(struct arena *a, const struct feel_member *parameter,
                                           size_t count, const struct feel_type *result);
void feel_type_write(struct buf *out, const struct feel_type *t); /* "list<number>", "context<…>" */
/* Is every value of `have` one of `want`?  Null fits everything, Any only Any: a checker that must not
 * refuse what may turn out right asks both ways. */
bool feel_type_fits(const struct feel_type *have, const struct feel_type *want);

/* ---- scope: the names an expression may use, each a slot ---- */
struct feel_scope;
struct feel_scope *feel_scope_new(struct arena *a);
/* Names may hold spaces and operators.  Returns the slot, 0 … count-1, in order of adding. */
int feel_scope_add(struct feel_scope *s, str name, const struct feel_type *type);

/* A named type, for `instance of` and parameter types. */
void feel_scope_add_type(struct feel_scope *s, str name, const struct feel_type *type);
/* As the standard has it: unknown names and faults of type compile, and are null with a warning when
 * they are evaluated.  Without this call they are errors of feel_compile. */
void feel_scope_set_lenient(struct feel_scope *s);

/* A function of the host.  Arguments come unevaluated, so that the host may evaluate them in a
 * changed state of its own (prior year(x)), once, often or never. */
struct feel_call;
typedef rc feel_host_fn(struct feel_call *call, struct feel_value *out);
/* params: parameter names for named arguments; all are optional for the checker when `optional`. */
struct feel_host_function {
    str name;
    const str *params;
    int param_count;
    const struct feel_type *const *types; /* of the parameters, for the checker; NULL: any */
    bool optional;
    bool bare; /* the name alone, without parentheses, is a call without arguments: `visited / due` */
    const struct feel_type *result;
    feel_host_fn *call;
    const void *data; /* handed back by feel_call_data */
};
void feel_scope_add_function(struct feel_scope *s, const struct feel_host_function *f);

size_t feel_call_count(const struct feel_call *c);             /* parameters */
bool feel_call_given(const struct feel_call *c, size_t index); /* was this parameter passed */
NODISCARD rc feel_call_eval(struct feel_call *c, size_t index, struct feel_value *out);
const void *feel_call_data(const struct feel_call *c);
struct feel_run *feel_call_run(const struct feel_call *c);
/* Adds a warning at the call's position; the caller then returns null. */
void feel_call_warn(struct feel_call *c, const char *zh, const char *en);

/* ---- compile ---- */
struct feel_expr;
/* Memory: *out lives in cx->arena; source is not kept; the scope must outlive it.
 * at: where source begins in its file (line, column of its first character), for positions; line 0
 * means 1:1.
 * Errors: RC_INVALID feel.syntax, feel.unknown-name (with the nearest known one as hint), feel.type,
 *         RC_LIMIT feel.depth, feel.memory; all with position. */
NODISCARD rc feel_compile(struct cx *cx, const struct feel_scope *scope, str source, struct pos at,
                          const struct feel_expr **out);
/* Unary tests (DMN 1.5 7.3.? grammar rules 7-17): the value tested is slot `input`, named ? inside. */
NODISCARD rc feel_compile_tests(struct cx *cx, const struct feel_scope *scope, int input,
                                str source, struct pos at, const struct feel_expr **out);
const struct feel_type *feel_expr_type(const struct feel_expr *e);
/* Does e read this slot, or call this host function, anywhere? */
bool feel_expr_uses_slot(const struct feel_expr *e, int slot);
bool feel_expr_uses_function(const struct feel_expr *e, str name);

/* Unary tests that ask for nothing but the value itself, as ranges of constants: a value passes when
 * `any`, or feel_range_contains is 1 for one of them; negated: when not `any` and it is 0 for all.
 * Holds for values that are no list and no range; null is a value like others. */
struct feel_range;
struct feel_tests {
    const struct feel_range *range;
    size_t count;
    bool any, negated;
};
/* e: from feel_compile_tests.  false: it also asks for something else, other slots or functions. */
bool feel_tests_constants(struct arena *a, const struct feel_expr *e, struct feel_tests *out);
/* The value of an expression that has the same one every time; NULL: it may change. */
const struct feel_value *feel_expr_constant(const struct feel_expr *e);

/* ---- evaluate ---- */
struct feel_warning {
    const char *slug; /* "feel.divide-by-zero" */
    str sentence;
    struct pos pos;
};
struct feel_run {
    struct cx *cx;                 /* arena for results; now_us for now() and today() */
    const struct feel_value *slot; /* one per name of the scope */
    void *host;                    /* for host functions */
    int64_t steps_left;            /* 0 at start: FEEL_STEPS_DEFAULT */
    int depth;
    struct feel_warning *warning; /* room for warnings, may be NULL */
    size_t warning_count, warning_max;
};
enum { FEEL_DEPTH_MAX = 200, FEEL_STEPS_DEFAULT = 1000000 };
/* Errors: RC_LIMIT feel.steps, feel.depth, feel.memory, feel.time; what a host function returns. */
NODISCARD rc feel_eval(struct feel_run *run, const struct feel_expr *e, struct feel_value *out);

/* ---- values to and from JSON (numbers exact; dates and durations as FEEL strings) ---- */
void feel_value_write(struct buf *out, const struct feel_value *v);
struct json;
NODISCARD rc feel_value_from_json(struct cx *cx, const struct json *j, struct feel_value *out);
/* The same where a type is declared (NULL: none is): a text that stands for a date, a time, a date and
 * time or a duration is read as one.  What is of another type stays as it is, for feel_coerce to judge.
 * Errors: RC_INVALID feel.json-type, with position. */
NODISCARD rc feel_value_from_json_typed(struct cx *cx, const struct json *j,
                                        const struct feel_type *type, struct feel_value *out);
/* The text an interpolation or a message shows: strings bare, the rest as `string()` gives. */
void feel_value_text(struct buf *out, const struct feel_value *v);

#pragma GCC visibility pop
