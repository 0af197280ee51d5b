/* The elements of the standard's schema, and where each may stand. */
#pragma once

#include "bpmn/model.h"

enum element_place {
    IN_DEFINITIONS = 1,
    IN_PROCESS = 2,
    IN_SCOPE = 4, /* sub-processes */
    IN_ACTIVITY = 8,
    IN_EVENT = 16,
    IN_GATEWAY = 32,
    IN_FLOW = 64,
    IN_DEPTH = 128 /* somewhere inside those */
};
enum element_class { ELEMENT_OTHER, ELEMENT_NODE, ELEMENT_FLOW, ELEMENT_GLOBAL_TASK };
struct element {
    const char *name;
    unsigned places;
    enum element_class class;
    enum bpmn_kind kind; /* of a node, a global task */
};
/* NULL: the standard has no such element. */
const struct element *element_find(str name);
