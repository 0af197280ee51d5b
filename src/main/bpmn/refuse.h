/* One file that must be accepted, or refused, by the rules of the standard. */
#pragma once

#include "main/bpmn/conformance.h"

struct refuse_test {
    str name, file, constraint;
    bool is_valid; /* must be accepted */
};
/* The rules alone, with findings in cx->findings; the files beside it serve imports. */
NODISCARD rc refuse_check(const struct suite *s, struct cx *cx, str file);
NODISCARD rc refuse_run(struct suite *s, const struct refuse_test *test);
