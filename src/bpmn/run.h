/* One run: from a command to the next wait states of one instance.  Only bpmn/ uses it. */
#pragma once

#include "bpmn/state.h"

/* A token on its way. */
struct move {
    const struct bpmn_node *node;
    const struct bpmn_flow *flow; /* NULL: from the start or a boundary event */
    str outcome;
    struct buf path;
};
struct run {
    struct cx *cx;
    struct bpmn_engine *e;
    struct db *db;
    struct bpmn_ids *ids;
    const struct bpmn_model *model;
    struct instance instance;
    str actor;
    struct tokens tokens; /* those at rest, and those that left in this run (state tells) */
    VEC(struct move) queue;
    size_t queue_at;
    int steps;
    const struct feel_value *values; /* of the host; NULL: ask again */
    str outcome;                     /* of the token being moved */
    struct run *outer;               /* whose step this one was started from; NULL */
};
struct bpmn_engine {
    struct bpmn_host host;
    struct run *run;      /* the one being run: the writer's thread only */
    struct timer failing; /* of the last tick; id 0: none */
};

enum { RUN_NESTING_MAX = 16 };
/* Begins a run of an instance: loads it and its tokens at rest.  When a step of this very instance
 * gives the command (an operation that sends a message), *out is the run of that step, which goes on
 * with what is sent; else *out is own.
 * Errors: RC_MISSING bpmn.instance-missing, RC_CONFLICT bpmn.instance-ended, bpmn.process-missing,
 *         RC_LIMIT bpmn.nesting. */
NODISCARD rc run_begin(struct run *own, int64_t instance_id, struct run **out);
/* Ends it: moves until all wait; ends the instance when none is left.
 * Errors: result; RC_LIMIT bpmn.no-wait-state; RC_CONFLICT bpmn.no-flow; those of the host. */
NODISCARD rc run_finish(struct run *own, const struct run *r, rc result);
/* The token at rest with this id, or NULL. */
struct token *run_token(struct run *r, int64_t id);
/* RC_CONFLICT bpmn.element-missing: the element with this id is no longer in the model. */
NODISCARD rc run_gone(struct run *r, str id);
/* The token leaves its place: its timers, messages, and open task (cancelled) go. */
NODISCARD rc run_take(struct run *r, struct token *t, const char *state);
/* Sends a token into node. */
void run_send(struct run *r, const struct bpmn_node *node, str outcome);
/* Sends tokens out of node, which was left with outcome. */
NODISCARD rc run_pass_on(struct run *r, const struct bpmn_node *node, str outcome);
NODISCARD rc run_tell(struct run *r, const char *what, const struct bpmn_node *node,
                      const struct bpmn_task *task);
NODISCARD rc run_eval(struct run *r, const struct feel_expr *e, struct feel_value *out);

/* ---- timer.c ---- */
/* When a timer that is set now fires.  *due_us 0: it is not set (no due to count from). */
NODISCARD rc timer_moment(struct run *r, const struct bpmn_node *node, day_t task_due,
                          int64_t *due_us);
/* The due day of a task that is opened now, or DAY_NONE. */
NODISCARD rc task_due(struct run *r, const struct bpmn_node *node, day_t *due);
