/* The rules of BPMN 2.0 for whole files, whether they can be run here or not: structure, references, and
 * the constraints the standard states in prose (numbers EXT.001 … EXT.152 of their published list).
 * Choreographies, conversations and collaborations without a process are files like others. */
#pragma once

#include "bpmn/model.h"

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

/* ---- soundness: what the runs of a model can come to ---- */

enum bpmn_unsound_kind {
    BPMN_DEADLOCK,   /* tokens wait there and nothing can bring what they wait for */
    BPMN_JOIN_NEVER, /* a parallel join that no run can complete */
    BPMN_UNSYNCHRONISED, /* branches meet without waiting for each other: what follows runs several times */
    BPMN_DEAD,           /* no run comes there */
    BPMN_ENDLESS,     /* a loop in which nothing waits and nothing changes */
    BPMN_NOT_ANALYSED /* too many possibilities: nothing is said about the rest */
};
struct bpmn_unsound {
    enum bpmn_unsound_kind kind;
    bool certain;                 /* on every run; else on some */
    const struct bpmn_node *node; /* where; of NOT_ANALYSED the main process */
    str path; /* ids from the start to it, by " → "; empty where no run comes */
};
struct bpmn_unsound_list {
    const struct bpmn_unsound *at;
    int count;
    int states; /* looked at */
};
/* Plays the token game of all processes of the model, their message flows included: conditions are free
 * choices, boundary events and event sub-processes may or may not come, a repeated activity runs once.
 * Memory: the list lives in cx->arena; at most some 40 MB of its own while it runs. */
void bpmn_soundness(struct cx *cx, const struct bpmn_model *m, struct bpmn_unsound_list *out);
