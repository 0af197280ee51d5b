/* A trace as the token simulation writes it, and one of the engine, made comparable. */
#pragma once

#include "base/map.h"
#include "main/bpmn/conformance.h"

/* What entered or left an element; `beside`: other tokens were alive, so that its place among them is
 * nobody's business. */
struct passing {
    str id;
    bool beside;
};
struct passings {
    struct passing *at;
    size_t len, cap;
};
struct trace {
    struct passings entered, exited;
};
/* What the diagram says beyond the model: participants stand for their processes, message flows are no
 * tokens. */
struct simulation_names {
    struct map process_of; /* of a participant: str * */
    struct map is_message; /* ids of message flows */
};
NODISCARD rc simulation_names(struct cx *cx, str xml, struct simulation_names *out);
/* The steps of a test's expected trace. */
void trace_expected(struct arena *a, const struct bpmn_model *m, const struct simulation_names *n,
                    const struct json *steps, struct trace *out);
/* One step of the engine; what the simulation does not show of it is left out. */
void trace_add(struct arena *a, const struct bpmn_model *m, const struct simulation_names *n,
               struct trace *t, const char *what, str element);
/* In order where one token is alone, as multisets where several are. */
bool trace_equal(const struct passings *got, const struct passings *expected, struct arena *a);
str trace_text(struct arena *a, const struct trace *t);
