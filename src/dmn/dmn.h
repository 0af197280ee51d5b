/* DMN 1.2 to 1.6: decision models read from XML, compiled once, evaluated often.
 * A compiled model never changes and may be evaluated by many threads at once.  Evaluation is pure: an
 * arena, a budget, the time of cx.  A fault of an expression is null and a warning that says where, as
 * the standard asks; errors are budgets over-run and wrong use. */
#pragma once

#include "base/err.h"
#include "feel/value.h"

#pragma GCC visibility push(default) /* of the library of decisions */

struct dmn_model;

/* Where imported models come from: by the file name of locationURI, else by namespace among what was
 * given.  Only names without a folder are ever asked for. */
struct dmn_files {
    void *owner;
    rc (*read)(void *owner, struct cx *cx, str name, str *text);
    /* Names of all files there are, for imports without a usable locationURI; may be NULL. */
    rc (*list)(void *owner, struct cx *cx, struct names *out);
};
struct dmn_options {
    const struct dmn_files *files; /* NULL: imports are refused */
    /* The standard's way: what does not compile is null with a warning when it is evaluated.  Without it
     * such faults are errors of dmn_compile, all of them listed in cx->findings when there is room. */
    bool lenient;
};
enum { DMN_BYTES_MAX = 4 << 20, DMN_DEPTH_MAX = 100, DMN_IMPORTS_MAX = 64 };
/* Reads and compiles text, the content of the file `name`, and what it imports.
 * Memory:  *out and all that hangs on it lives in cx->arena; text must live as long.
 * Errors:  RC_INVALID dmn.xml, dmn.doctype, dmn.structure (line, column, and the element's id),
 *          dmn.unknown-reference, dmn.cycle, dmn.import, feel.*; RC_LIMIT dmn.size, dmn.depth. */
NODISCARD rc dmn_compile(struct cx *cx, str name, str text, const struct dmn_options *o,
                         const struct dmn_model **out);

/* ---- what a model holds ---- */
enum dmn_kind {
    DMN_INPUT,
    DMN_DECISION,
    DMN_KNOWLEDGE,
    DMN_SERVICE
}; /* input data, decision, BKM, service */
/* Values that are allowed; of each element where the type is a list. */
struct dmn_allowed {
    str text;                       /* as unary tests; empty: any */
    const struct feel_value *value; /* each of them, when they are so many single values */
    size_t count;
};
struct dmn_element {
    enum dmn_kind kind;
    str id, name, namespace_uri;
    str path; /* of an imported one: its name with those of the imports before it, "b.a.Age" */
    const struct feel_type *type; /* of its value; of a function: of its result */
    bool imported;
    int index; /* into dmn_elements */
    /* Of a decision: the inputs it needs in the end (indices of DMN_INPUT elements), itself and through
     * others; of knowledge and services: their parameters, in order. */
    const int *needs;
    const str *parameter;
    const struct feel_type *const *parameter_type;
    const struct dmn_allowed *parameter_allowed;
    struct dmn_allowed allowed; /* by its type; else of an input, by the tables that ask for it */
    size_t need_count, parameter_count;
};
const struct dmn_element *dmn_elements(const struct dmn_model *m, size_t *count);
str dmn_name(const struct dmn_model *m);
str dmn_namespace(const struct dmn_model *m);
/* By name or id, of the model itself first, then of its imports; NULL: none. */
const struct dmn_element *dmn_find(const struct dmn_model *m, str name);
/* The known name nearest to one that is not there, for hints; may be empty. */
str dmn_nearest(const struct dmn_model *m, str name);
/* Is it the name of an import, or of an import's import: "b.a"? */
bool dmn_is_import(const struct dmn_model *m, str name);

/* ---- evaluation ---- */
/* One rule that matched in one evaluated decision table. */
struct dmn_match {
    const struct dmn_element *element;
    str table;                      /* its id in the file, or the element's name */
    int rule;                       /* from 1, as people count them */
    const struct feel_value *input; /* of the table's input expressions */
    const struct feel_value *output;
    const str *annotation;
    size_t input_count, output_count, annotation_count;
};
struct dmn_warning {
    const char *slug;
    str sentence;
    const struct dmn_element *element;
    str cell;       /* "rule 3, output 2", "entry Rate"; may be empty */
    struct pos pos; /* in the file */
};
struct dmn_explain {
    VEC(struct dmn_match) matches;
    VEC(struct dmn_warning) warnings;
};
/* A name alone is the model's own, or all that imported ones have; with the names of imports before it
 * ("b.a.Age") it is that one.  The name of an import takes a context of them: {a: {Age: 30}}. */
struct dmn_input {
    str namespace_uri; /* empty: any */
    str name;
    struct feel_value value;
};
struct dmn_run {
    struct cx *cx;               /* arena of results; now_us; deadline_us */
    int64_t steps_left;          /* 0: FEEL_STEPS_DEFAULT */
    struct dmn_explain *explain; /* NULL: nobody wants to know; then nothing is kept */
};
/* The value of a decision, or of a service or knowledge called with its parameters by name.  An input
 * that names a decision takes the place of that decision's own value.  Inputs that are not given are
 * null; values are coerced to their declared types, and refused as null with a warning when they do
 * not conform.
 * Errors: RC_LIMIT feel.*; RC_INVALID dmn.no-value (an input element was asked for). */
NODISCARD rc dmn_decide(struct dmn_run *run, const struct dmn_model *m,
                        const struct dmn_element *what, const struct dmn_input *input, size_t count,
                        struct feel_value *out);

/* Several decisions of the same inputs: what they share is evaluated once.  out: a value for each.
 * Errors: as dmn_decide; then out holds nothing. */
struct dmn_question {
    const struct dmn_element *const *what;
    size_t what_count;
    const struct dmn_input *input;
    size_t input_count;
};
NODISCARD rc dmn_decide_all(struct dmn_run *run, const struct dmn_model *m,
                            const struct dmn_question *q, struct feel_value *out);

/* ---- checks before anything runs ---- */
/* What a table does not cover, covers twice, or can never reach; shown as inputs that people can read.
 * DMN_TYPE, of lenient models only, where it is no error: a text that does not compile, or certainly is
 * not of the type declared. */
enum dmn_flaw { DMN_GAP, DMN_OVERLAP, DMN_UNREACHABLE, DMN_TYPE };
struct dmn_finding {
    enum dmn_flaw flaw;
    const struct dmn_element *element;
    const char *slug; /* DMN_TYPE: the error's; else NULL */
    str table;        /* DMN_TYPE: the id of what is wrong */
    int rule, other;  /* from 1; 0: none */
    str inputs; /* as unary tests, an input a part: "Age: < 18; Risk: \"High\""; DMN_TYPE: a sentence */
    struct pos pos;
};
struct dmn_findings {
    struct dmn_finding *at;
    size_t len, cap;
    bool incomplete; /* a table has tests that cannot be compared, or too many rules */
    str left_out;    /* then a line for each thing that was left out, in the language of cx */
};
NODISCARD rc dmn_check(struct cx *cx, const struct dmn_model *m, struct dmn_findings *out);

#pragma GCC visibility pop
