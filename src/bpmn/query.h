/* Questions about processes; any connection, any thread. */
#pragma once

#include "bpmn/engine.h"

NODISCARD rc bpmn_task_load(struct cx *cx, struct bpmn_engine *e, struct db *db, int64_t task_id,
                            struct bpmn_task *out);
/* The values of the node's form_slot variables, in order, as the task's token sees them. */
NODISCARD rc bpmn_form_values(struct cx *cx, struct bpmn_engine *e, struct db *db,
                              const struct bpmn_task *task, struct feel_value *out);
struct bpmn_tasks {
    struct bpmn_task *at;
    size_t len, cap;
};
/* Open tasks anybody of these roles in one of these orgs may do (empty arrays: all), or that name `user`
 * as candidate, assignee or agent, or of a subject (subject_id ≠ 0: whoever may do them; done and
 * cancelled ones too unless open_only).  Earliest due first, without a due last, then by id; keyset by
 * the last task's id in `after`.  The node of a task whose model no longer has it has index -1. */
struct bpmn_task_query {
    const str *role;
    const str *org; /* keys of the user's org; a task without org fits everyone of its role */
    size_t role_count, org_count;
    str user;
    str process;
    int64_t subject_id, after, instance_id;
    int limit;
    bool open_only;
    str done_by; /* instead: the tasks this user has done */
};
NODISCARD rc bpmn_tasks_find(struct cx *cx, struct bpmn_engine *e, struct db *db,
                             const struct bpmn_task_query *q, struct bpmn_tasks *out);
/* Where the tokens stand and which flows and nodes were passed, as JSON for the diagram, of the
 * subject's latest instance, or of instance_id when it is not 0 ({"instance":null,"state":"none",…}
 * when there is none):
 * {"instance":1,"state":"active","tokens":["act"],"passed":["start","accept"],"flows":["f1"],
 *  "nodes":[{"id":"accept","name":"签收","state":"left","by":"…","from":"…","to":"…"}]}
 * nodes: where tokens rest or rested, in order; state: waiting, left, cancelled, ended. */
NODISCARD rc bpmn_marking_write(struct cx *cx, struct bpmn_engine *e, struct db *db, str process,
                                int64_t subject_id, struct buf *out);
NODISCARD rc bpmn_instance_marking_write(struct cx *cx, struct bpmn_engine *e, struct db *db,
                                         int64_t instance_id, struct buf *out);
/* The diagram interchange as SVG: nodes and flows carry data-id and class current/passed/ahead, drawn
 * with a marking as above (empty: none); a "note" in its nodes is written above the shape.  All text
 * is escaped.  Errors: RC_INVALID bpmn.… (as bpmn_load), bpmn.no-diagram. */
NODISCARD rc bpmn_svg_write(struct cx *cx, str xml, str marking_json, struct buf *out);
/* Invariant 3: every instance has a legal marking, every open task belongs to a token, no timer is
 * lost or doubled.  Each fault is a finding; *checks how many were made. */
NODISCARD rc bpmn_audit(struct cx *cx, struct bpmn_engine *e, struct db *db, int64_t *checks,
                        int64_t *broken);
