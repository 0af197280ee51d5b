/* Events among themselves: which are armed on a token, and what they do.  Only run/ uses it. */
#pragma once

#include "base/json.h"
#include "bpmn/run/run.h"

enum { EVENTS_MAX = 64 };

/* One event of a node that a token waits for. */
struct armed {
    const struct bpmn_node *node;
    int event;
    int bit; /* of token->heard */
};
struct armed_list {
    struct armed *at;
    size_t len, cap;
};
/* ---- arm.c ---- */
void events_of(struct run *r, const struct token *t, struct armed_list *out);
uint64_t *token_heard(struct run *r, struct token *t);
NODISCARD rc event_name(struct run *r, struct token *at, const struct bpmn_event *e, str *name);
NODISCARD rc event_key(struct run *r, struct token *at, const struct bpmn_event *e, str *key);
/* What came while the instance was suspended and was kept is delivered when the run rests. */
NODISCARD rc kept_messages_look(struct run *r);
/* All events of this node wait anew on the token. */
NODISCARD rc event_arm_again(struct run *r, struct token *t, const struct bpmn_node *node);
/* One of them; due: of the token's task. */
NODISCARD rc event_arm_one(struct run *r, struct token *t, const struct armed *a, day_t due);
/* What waits on the token for this event of node (event < 0: all of them; node NULL: for the start
 * events of event sub-processes) does so no longer. */
NODISCARD rc events_disarm_some(struct run *r, struct token *t, const struct bpmn_node *node,
                                int event);

/* ---- event.c ---- */
/* An interrupting event sub-process of this scope runs: none of its others can begin. */
bool scope_is_interrupted(const struct run *r, const struct token *scope);
/* A catch event's cycle goes on: so does a token, and the one that waits stays. */
NODISCARD rc event_round(struct run *r, struct token *t, const struct bpmn_node *node, int event);
/* The event sub-process begins in its scope; code: of an error or escalation, for its variable. */
NODISCARD rc event_sub_begin(struct run *r, struct token *scope, const struct bpmn_node *start,
                             int event, str code);
/* The boundary event happens to the activity's token. */
NODISCARD rc boundary_begin(struct run *r, struct token *t, const struct bpmn_node *node, int event,
                            str code);
/* Payload that was received goes into variables, seen from here. */
NODISCARD rc event_take(struct run *r, struct token *at, const struct bpmn_event *e, str code);

/* ---- throw.c ---- */
/* *count grows by those who hear it. */
NODISCARD rc signal_here(struct run *r, str name, const struct json *variables, int64_t *count);
/* Changes when an interrupting event took what stands in scope, or around it. */
int64_t scope_mark(const struct run *r, const struct token *scope);

/* ---- compensate.c ---- */
/* A throw of compensation at m->node; *waits: its token rests until all is undone. */
NODISCARD rc compensation_throw(struct run *r, const struct bpmn_event *e,
                                const struct bpmn_node *node, const struct move *m,
                                struct token *scope, bool *waits);

/* ---- clock.c ---- */
/* While its clocks stand still a new timer does not run either. */
void timer_hold(struct run *r, const struct token *t, struct timer *timer);

/* ---- starters.c ---- */
struct start_at {
    const struct bpmn_node *node;
    int event;
};
struct starts {
    struct start_at *at;
    size_t len, cap;
};
/* A start event of a process, a receive task that instantiates, an event behind a gateway that does. */
bool node_starts(const struct bpmn_node *n);
/* The first that begins by this event; process NULL: any of the file; NULL: none. */
const struct bpmn_node *starting_node(const struct bpmn_model *m, const struct bpmn_node *process,
                                      enum bpmn_event_kind kind, str name, int *event);
void starting_nodes(struct cx *cx, const struct bpmn_model *m, enum bpmn_event_kind kind, str name,
                    struct starts *out);
