/* Versions of processes, side by side: each text that ever ran is kept, so that its instances end by it.
 * Compiling is the host's (bpmn_host.model), which knows the names expressions may use. */
#pragma once

#include "bpmn/engine.h"

struct bpmn_definition {
    str process;
    int64_t version; /* of the text (struct bpmn_model.version) */
    int64_t number;  /* 1, 2, …, as people call it */
    str tag;
    str xml;
    str origin; /* "app": from the declarations; "published": by a person */
    str state; /* active; suspended: starts nothing, its instances stand still; retired: starts nothing */
    int64_t deployed_us;
    str deployed_by;
};
/* Becomes the newest version of its process and takes its timer starts over.  A text that is the newest
 * already changes nothing; an older one comes back as newest under its old number.
 * d->number and state are set here.  Errors: RC_CONFLICT bpmn.version-clash (another text with this hash). */
NODISCARD rc bpmn_deploy(struct cx *cx, const struct bpmn_turn *t, struct bpmn_definition *d);
/* Version 0: the newest.  Absent: *found false. */
NODISCARD rc bpmn_definition_load(struct cx *cx, struct db *db, str process, int64_t version,
                                  struct bpmn_definition *out, bool *found);
/* Of the newest: its version and whether it is active; version 0: there is none. */
NODISCARD rc bpmn_newest(struct cx *cx, struct db *db, str process, int64_t *version, bool *active);
struct bpmn_definitions {
    struct bpmn_definition *at;
    size_t len, cap;
};
/* Of one process, the newest first, or (process empty) the newest of each; without their xml. */
NODISCARD rc bpmn_definitions(struct cx *cx, struct db *db, str process,
                              struct bpmn_definitions *out);
/* Errors: RC_MISSING bpmn.version-missing, RC_LIMIT bpmn.too-many-instances. */
NODISCARD rc bpmn_definition_state(struct cx *cx, const struct bpmn_turn *t, str process,
                                   int64_t version, str state);
