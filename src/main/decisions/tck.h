/* Test cases of the DMN technology compatibility kit: read, compared, run.
 * A file is of the kit's testCases.xsd; values are converted late, because untyped ones take the type
 * of what they are held against. */
#pragma once

#include "base/xml.h"
#include "dmn/dmn.h"

#define NS_TESTCASE STR("http://www.omg.org/spec/DMN/20160719/testcase")

enum tck_what { TCK_DECISION, TCK_KNOWLEDGE, TCK_SERVICE };
struct tck_node {
    str name, namespace_uri;
    const struct xml *value; /* holds value, component or list; NULL: null */
};
struct tck_case {
    str id, invocable; /* invocable: of knowledge and services */
    enum tck_what what;
    VEC(struct tck_node) inputs;
    VEC(struct tck_node) results;
};
struct tck_file {
    str model; /* name of the .dmn file; may be empty */
    VEC(struct tck_case) cases;
};

/* Memory: what is read lives in cx->arena.
 * Errors: RC_INVALID tck.form, with position; those of xml_parse. */
NODISCARD rc tck_read(struct cx *cx, str text, struct tck_file *out);
/* The value below an element.  type: for values without xsi:type; NULL: guessed.
 * Errors: RC_INVALID tck.value, with position. */
NODISCARD rc tck_value(struct cx *cx, const struct xml *below, const struct feel_type *type,
                       struct feel_value *out);
/* Equal as the kit's runners see it: numbers within 1e-8, everything else exactly, contexts by their
 * set of names. */
bool tck_equal(const struct feel_value *got, const struct feel_value *expected);

/* The model in a folder that a file of cases is about, with its imports.  model: a file name; empty:
 * the only .dmn of the folder.  Memory: in cx->arena. */
NODISCARD rc tck_compile(struct cx *cx, str folder, str model, const struct dmn_model **out);
/* What a case asks of the model; NULL: there is no such element. */
const struct dmn_element *tck_find(const struct dmn_model *m, const struct tck_case *c,
                                   const struct tck_node *result);
/* The inputs of a case, converted. */
NODISCARD rc tck_inputs(struct cx *cx, const struct dmn_model *m, const struct tck_case *c,
                        struct dmn_input **out);
