/* The rules of BPMN 2.0 for whole files, whether they can be run here or not: structure, references, and
 * the constraints the standard states in prose (numbers EXT.001 … EXT.152 of their published list).
 * Choreographies, conversations and collaborations without a process are files like others. */
#pragma once

#include "base/err.h"

/* The other files of the folder, for <import>. */
struct bpmn_files {
    /* RC_OK with *xml.at NULL: there is no such file, which is no fault of the importing file. */
    rc (*read)(void *owner, struct cx *cx, str location, str *xml);
    void *owner;
};

/* Checks all rules.  files: NULL when there are no others.
 * Errors: RC_INVALID bpmn.… with cx->findings filled: every fault with position, element id (field), name
 *         and the number of the rule; xml.… when it is no XML; RC_LIMIT bpmn.memory. */
NODISCARD rc bpmn_check_file(struct cx *cx, str xml, str source, const struct bpmn_files *files);
