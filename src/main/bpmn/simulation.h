/* A trace as the token simulation writes it, and one of the engine, made comparable: in order where one thing
 * follows from another, as multisets where they happen beside each other. */
#pragma once

#include "base/map.h"
#include "main/bpmn/conformance.h"

/* An element that was entered or left, and, of the suite, what had to come before it: a bit for each earlier
 * passing of the same trace. */
struct passing {
    str id;
    bool is_exit;
    uint64_t *after;
};
struct trace {
    struct passing *at;
    size_t len, cap;
};
/* What the diagram says beyond the model: participants stand for their processes, message flows are no
 * tokens. */
struct simulation_names {
    struct map process_of;      /* of a participant: str * */
    struct map is_message;      /* ids of message flows */
    struct map sends, receives; /* ids of where they begin and end */
};
NODISCARD rc simulation_names(struct cx *cx, str xml, struct simulation_names *out);
/* The steps of a test's expected trace. */
void trace_expected(struct arena *a, const struct bpmn_model *m, const struct simulation_names *n,
                    const struct json *steps, struct trace *out);
/* One step of the engine; what the simulation does not show of it is left out. */
void trace_add(struct arena *a, const struct bpmn_model *m, const struct simulation_names *n,
               struct trace *t, const char *what, str element);
/* The same elements entered, the same left, each as often, and none before what the suite's trace made it
 * wait for.  What happens beside it may come earlier or later. */
bool trace_equal(const struct trace *got, const struct trace *expected, struct arena *a);
str trace_text(struct arena *a, const struct trace *t);
