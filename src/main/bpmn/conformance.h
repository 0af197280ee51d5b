/* bpmn-conformance: the three sets of the public suites, each with a reader and a runner of its own, and
 * what they share: where files are, which tests are wanted, how an outcome is told. */
#pragma once

#include "base/json.h"
#include "main/bpmn/world.h"

struct suite_line {
    str test, got, expected; /* test: "betsy/Lanes case 1" */
    str why;                 /* apart: why it is not counted */
};
struct suite {
    struct cx *cx; /* the command's: lines live in its arena */
    str folder, only;
    bool verbose, json;
    int64_t passed, failed;
    VEC(struct suite_line) failures;
    VEC(struct suite_line) aparts;
};

/* A file of the folder, in the arena of cx.  Errors: those of file_read. */
NODISCARD rc suite_file(const struct suite *s, struct cx *cx, str name, str *text);
/* Wanted at all: --only names a set, a test, or how its name begins. */
bool suite_wants(const struct suite *s, const char *set, str id);
/* Counts and tells; texts are copied.  why not empty: its expectation is not the standard's, or its own
 * suite leaves it out: told when it is not met, counted in no case. */
void suite_tell(struct suite *s, const struct suite_line *line, bool good);
/* "error: SENTENCE (slug)" */
str suite_error(struct arena *a, const struct err *e);
/* What a file's test needs of a member: its text; RC_INVALID conformance.form, with position, when it
 * is not there. */
NODISCARD rc suite_text(struct cx *cx, const struct json *test, const char *member, str *out);

/* Each runs the tests of one file of the folder; `tests` is that file. */
NODISCARD rc betsy_run(struct suite *s, const struct json *tests);
NODISCARD rc simulation_run(struct suite *s, const struct json *tests);
NODISCARD rc spector_run(struct suite *s, const struct json *tests);
