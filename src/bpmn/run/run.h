/* One run: from a command to the next wait states of one instance.  Only bpmn/ uses it.
 *
 * A command opens an instance (its tokens at rest, in memory), does its own thing to it, and lets it
 * run: moves are taken from a queue, first in first out, until there are none.  Then what changed is
 * written, and what concerns other instances — messages, signals to others, calls and their returns —
 * is delivered: each delivery opens its instance and runs it the same way, in the same transaction.
 * Nothing is ever run inside another run. */
#pragma once

#include "bpmn/run/state.h"

/* A token on its way to a node; cx->arena. */
struct move {
    const struct bpmn_node *node;
    const struct bpmn_flow *flow; /* NULL: from a start, a boundary event, a command */
    struct token *scope;          /* where it arrives: a scope's token, or a body for its rounds */
    str outcome;
    struct buf path;
    int64_t cause;
    enum token_role role; /* TOKEN_ROUND with index, TOKEN_HANDLER with kept_id; else TOKEN_PLAIN */
    int64_t index, kept_id;
    int phase; /* only while a trace is kept: between leaving a flow and doing something */
    str back; /* where it jumps when it is done (returned and submitted again); empty: by its flows */
    const struct feel_value *element; /* of a round: its element of the collection; NULL */
};

/* What a run leaves for other instances, or for its own when it rests. */
enum delivery_kind {
    DELIVER_START, /* an instance called or created by a step: run_begin(r, &d->begin) */
    DELIVER_MESSAGE,
    DELIVER_SIGNAL,     /* to all others than instance_id, which heard it at once */
    DELIVER_CHANGED,    /* of subject_id */
    DELIVER_RETURN,     /* a called instance has ended: to token_id of instance_id */
    DELIVER_ERROR,      /* a called instance has failed with `name` */
    DELIVER_ESCALATION, /* a called instance escalates `name`, and goes on */
    DELIVER_CANCEL      /* instance_id ends: who called it is gone */
};
/* A new instance. */
struct begin {
    struct bpmn_start start;
    int64_t id;                 /* given before; 0: made now */
    int64_t parent_id, root_id; /* who calls it, and the outermost caller; 0 */
    str started_by;             /* empty: the actor */
    str vars;                   /* JSON of another instance's row; empty: none */
    bool by_event;              /* nothing moves yet: event_started() says how it begins */
};
struct delivery {
    enum delivery_kind kind;
    struct begin begin;
    struct bpmn_message message;
    str name;
    int64_t instance_id, token_id, subject_id;
    const struct json *variables;
    /* Of a message: where its message flow leads, in instances of root_id; NULL: wherever it is awaited.
     * kept: it was taken out of those kept, and goes back when it finds nobody. */
    const struct bpmn_node *to;
    int64_t root_id;
    bool kept;
    enum bpmn_delivered *how; /* told to who sent it; NULL: they are gone */
    int64_t *count;           /* the same of a signal: who heard it */
    struct delivery *next;
};

struct run {
    struct cx *cx;
    struct bpmn_engine *e;
    struct db *db;
    struct bpmn_ids *ids;
    str actor;
    const struct bpmn_model *model;
    struct instance instance;
    struct token *root;
    struct tokens tokens; /* at rest or kept, and those of this run; without the root */
    VEC(struct move) queue;
    size_t queue_at;
    struct move *move;               /* the one being done; NULL between steps */
    const struct feel_value *values; /* of the host; NULL: ask again */
    bool is_over;                    /* ended, failed or cancelled: nothing moves any more */
    int64_t cause;                   /* what this command completed: goes on with the tokens */
    const struct json *message;      /* payload that is being caught: FEEL `message` */
    str outcome;                     /* FEEL `outcome`: of the token that is looked at */
    int64_t activation;              /* FEEL `activationCount`, while a complex gateway looks */
    int state_slot;                  /* its `waitingForStart`, less one; 0: nobody asks */
    bool waiting_for_start;
    struct feel_value *slot;     /* of the model's scope, used again by each evaluation */
    VEC(struct token *) emptied; /* scopes in which nothing was live at some moment */
    bool settled;                /* one of them completed */
    bool is_new;                 /* the instance has no row yet */
    bool instance_changed;
    int64_t weight;         /* of the vote that is being given, in thousandths; 0: 1000 */
    struct token *collects; /* the body whose output list is ours to write in */
    struct feel_value *collected;
};
struct bpmn_engine {
    struct bpmn_host host;
    struct timer failing; /* of the last tick; id 0: none */
    /* of the command that is on; the writer's thread only */
    struct run *run;  /* the one being run */
    struct token *at; /* the token whose step the host is doing: its variables are seen */
    struct delivery *first_delivery, **last_delivery;
    bool delivering;
    int steps;
};

/* ---- run.c: a run from its beginning to its rest ---- */
/* An empty run of this command; the first of a command forgets what a failed one has left.  Inside an
 * operation of the host (e->run is set) a command only leaves deliveries: init, run_deliver, return. */
void run_init(struct run *r, struct cx *cx, const struct bpmn_turn *t);
/* A new instance in an empty run: its root, its variables, its event sub-processes armed, its first
 * moves.  Errors: as bpmn_start. */
NODISCARD rc run_begin(struct run *r, const struct begin *b);
/* Errors: RC_MISSING bpmn.instance-missing, RC_CONFLICT bpmn.instance-ended, bpmn.suspended,
 *         bpmn.process-missing, RC_LIMIT bpmn.tokens. */
NODISCARD rc run_open(struct run *r, struct cx *cx, const struct bpmn_turn *t, int64_t instance_id);
/* As run_open, also one that is suspended or whose process is gone (model NULL): to end it. */
NODISCARD rc run_open_any(struct run *r, struct cx *cx, const struct bpmn_turn *t,
                          int64_t instance_id);
/* Follows every run_open, run_begin, also failed ones; a run without an instance only delivers.
 * Moves until all wait, ends the instance when nothing is left, writes; then, unless this is itself a
 * delivery, delivers what is left for others until nothing is.  result: of what was done before, an
 * error is passed through.  Errors: RC_LIMIT bpmn.no-wait-state; those of the steps. */
NODISCARD rc run_rest(struct run *r, rc result);
/* A new one, in the arena, at the end of the list. */
struct delivery *run_deliver(struct run *r, enum delivery_kind kind);
struct token *run_token(struct run *r, int64_t id); /* at rest, or NULL; 0: the root */
/* RC_CONFLICT bpmn.element-missing: the element with this id is no longer in the model. */
NODISCARD rc run_gone(struct run *r, str id);
NODISCARD rc run_tell(struct run *r, const char *what, const struct bpmn_node *node,
                      const struct bpmn_task *task);
void run_trace(struct run *r, const char *what, str element, const struct token *scope);
/* A new token at rest at m->node, a child of m->scope; its row is written when the run rests. */
struct token *run_new_token(struct run *r, const struct move *m);
/* The same for one that only passes: no row, unless it is kept. */
struct token *run_passing_token(struct run *r, const struct move *m);
/* It gets one after all. */
void run_keep_row(struct run *r, struct token *t);
/* One less lives in this scope: when none is left it completes, after the step. */
void run_less(struct run *r, struct token *scope);
void run_changed(struct run *r, struct token *t); /* its row must be written */
/* Into a node of a scope, by no flow. */
struct move *run_send(struct run *r, const struct bpmn_node *node, struct token *scope);
/* The instance is over: all its tokens are cancelled; state: ended, cancelled, failed. */
NODISCARD rc run_end(struct run *r, const char *state);

/* ---- leave.c: tokens going on ---- */
/* By the flows out of node whose conditions hold (one: the first; exclusive), inside scope.  None and no
 * default: bpmn.no-flow.  A node without flows out: the token is consumed there. */
NODISCARD rc leave_by_flows(struct run *r, const struct move *m, bool one);
/* A token at rest leaves for good: its timers, subscriptions and open tasks go.  Its children are not
 * looked at.  Its scope may be complete then: that is seen when the queue is empty of it. */
NODISCARD rc token_leave(struct run *r, struct token *t, enum token_state state);
/* It and all inside it are cancelled, innermost first; called instances too. */
NODISCARD rc token_cancel(struct run *r, struct token *t);
/* All inside it is cancelled, moves under way inside are dropped; itself stays (terminate, an
 * interrupting event sub-process: kept ones stay kept when `keep`). */
NODISCARD rc scope_clear(struct run *r, struct token *scope, bool keep);
bool token_is_inside(const struct token *t, const struct token *scope);
/* From a token that has left, by the flows out of its node, inside its parent. */
NODISCARD rc token_go_on(struct run *r, struct token *t, str outcome);
/* An activity's token is done: output mappings, kept for compensation when it can be, boundary events
 * unarmed; a round tells its body; else the flows out. */
NODISCARD rc activity_done(struct run *r, struct token *t, str outcome);
/* It has a compensation handler, or something inside has. */
bool activity_can_be_undone(const struct bpmn_node *n);

/* ---- enter.c, gateway.c, task.c, scope.c, rounds.c: what a token does when it enters ---- */
typedef rc enter_fn(struct run *r, struct move *m);
enter_fn enter_gateway, enter_task, enter_scope, enter_call, enter_event_gateway, enter_node;
/* task.c: a task that is done or cancelled is written. */
NODISCARD rc task_close(struct run *r, const struct bpmn_task *t);
/* Of an activity: its token with what is local to it (element, input mappings); rests: it gets a row. */
NODISCARD rc activity_token(struct run *r, const struct move *m, bool rests, struct token **out);
/* A token of a scope is there (run_new_token): variables with their initial values, events armed; then
 * its start events and what has no incoming flow; an event sub-process: its start event.  enter_scope
 * does both, and run_send(r, event_sub_process_node, scope) leads there. */
NODISCARD rc scope_open(struct run *r, struct token *scope);
NODISCARD rc scope_start(struct run *r, struct token *scope);
/* The same, when none of its conditions holds already. */
NODISCARD rc scope_begin(struct run *r, struct token *scope);
/* The start event of a process that is started by its name; NULL: it has none. */
const struct bpmn_node *scope_first_start(const struct bpmn_node *process);
/* An ad-hoc sub-process after one of its activities. */
NODISCARD rc ad_hoc_look(struct run *r, struct token *scope);
/* The instance a call activity waits for has ended: its variables (an object or NULL) come back. */
NODISCARD rc call_returned(struct run *r, struct token *t, const struct json *variables);
/* Work for programs outside: a row that a worker leases. */
NODISCARD rc job_add(struct run *r, struct token *t);
/* Its token leaves: nobody needs it any more. */
NODISCARD rc job_drop(struct run *r, const struct token *t);
/* All of the instance's are given to nobody while it is suspended. */
NODISCARD rc jobs_hold(struct run *r, bool held);
/* operate/search.c: of the root's variables those that instances are found by, where they differ from
 * the row before (JSON; empty: a new instance). */
NODISCARD rc search_write(struct run *r, str before);
/* Of a repeated activity, for a token that is no round. */
enter_fn enter_repeated;
/* A body's columns while it votes: index is the weight of all, counter what has passed, got what has
 * refused, in thousandths. */
NODISCARD rc round_done(struct run *r, struct token *round, str outcome);
/* Another round of a running body (add-signer), or one less. */
NODISCARD rc round_add(struct run *r, struct token *body, const struct feel_value *element,
                       struct token **round);
NODISCARD rc round_remove(struct run *r, struct token *round);
/* Joins that wait for what can no longer come (13.4.3): looked at when a scope rests. */
NODISCARD rc joins_look(struct run *r, bool *moved);
/* Parallel joins that are complete though no token has come: their flows, or their tokens, have been
 * changed by hand. */
NODISCARD rc joins_again(struct run *r);
/* Nothing is left inside: it completes (a root: the instance ends). */
NODISCARD rc scope_complete(struct run *r, struct token *scope);

/* ---- event.c ---- */
/* A token waits for its node's events (catch, receive), its boundary events, its event sub-processes
 * (a scope, the root), the events behind an event gateway.  due: of its task, or DAY_NONE. */
NODISCARD rc events_arm(struct run *r, struct token *t, day_t due);
/* Its timers and subscriptions go; counts are 0 then.  The root too.  token_leave and run_end call it. */
NODISCARD rc events_disarm(struct run *r, struct token *t);
/* Under which id a token's timers, subscriptions and kept_id stand: its own; of the root the instance's. */
int64_t token_key(const struct run *r, const struct token *t);
struct token *token_of_key(struct run *r, int64_t key); /* at rest, or NULL */
/* A new instance begins by this event of a start event, an instantiating receive task or an event
 * behind an instantiating event gateway: r->message is taken, a token goes on behind it, or rests there
 * while other events are to come. */
NODISCARD rc event_started(struct run *r, const struct bpmn_node *node, int event);
/* Event i of node has happened to the token it was armed on. */
NODISCARD rc event_caught(struct run *r, struct token *t, const struct bpmn_node *node, int event);
/* A throw, end or send at m->node, inside m->scope: event by event.  *consumed: the token does not go on
 * (error, cancel, terminate). */
NODISCARD rc events_throw(struct run *r, const struct move *m, bool *consumed);
NODISCARD rc event_throw(struct run *r, const struct bpmn_event *e, const struct bpmn_node *node,
                         struct token *scope, bool *consumed);
/* A node that throws no message of its own has message flows out: they are followed when it is done. */
void flows_throw(struct run *r, const struct bpmn_node *node);
/* An error from inside `from` (an activity's token, or a scope): the nearest that catches it, innermost
 * first (event sub-process before boundary); nobody: the instance fails (its caller gets the error). */
NODISCARD rc error_throw(struct run *r, struct token *from, str code);
NODISCARD rc escalation_throw(struct run *r, struct token *from, str code);
/* Conditional events of the tokens at rest whose condition has become true. */
NODISCARD rc conditions_look(struct run *r, bool *moved);

/* ---- compensate.c (10.7, 13.5.5) ---- */
/* Activities of the scope that are kept, the last completed first; activity NULL: all.  `waits` is the
 * token that goes on when they are done, or NULL. */
NODISCARD rc compensate(struct run *r, struct token *scope, const struct bpmn_node *activity,
                        struct token *waits);
NODISCARD rc handler_done(struct run *r, struct token *handler);
/* A transaction is cancelled (10.3.5): undone, then its cancel boundary event. */
NODISCARD rc transaction_cancel(struct run *r, struct token *inside);

/* ---- deliver.c ---- */
NODISCARD rc deliver(struct run *r, struct delivery *d); /* r: an empty run to use */

/* ---- evaluate.c: FEEL as a token sees it ---- */
NODISCARD rc run_eval(struct run *r, struct token *at, const struct feel_expr *e,
                      struct feel_value *out);
/* Values seen from `from`, set where the variable lives, looked for from `into` outwards. */
NODISCARD rc run_map(struct run *r, struct token *from, const struct bpmn_mappings *m,
                     struct token *into);
/* Set on the token itself: input of activities. */
NODISCARD rc run_map_local(struct run *r, struct token *t, const struct bpmn_mappings *m);
/* Where it lives from here. */
void run_set(struct run *r, struct token *from, int slot, const struct feel_value *v);

/* ---- timer.c ---- */
/* When a timer that is set now fires; rounds as in struct timer.  *due_us 0: it is not set (no due to
 * count from). */
NODISCARD rc timer_moment(struct run *r, struct token *at, const struct bpmn_node *node, int event,
                          day_t task_due, struct timer *out);
/* The next round of a cycle that has fired; false: it was the last. */
NODISCARD rc timer_again(struct run *r, struct token *at, const struct bpmn_node *node,
                         struct timer *t, bool *more);
/* A round that came so late that the next is due too, of a cycle that catches up none. */
NODISCARD rc timer_is_skipped(struct run *r, struct token *at, const struct bpmn_node *node,
                              const struct timer *t, bool *skipped);
/* The due day of a task that is opened now, or DAY_NONE. */
NODISCARD rc task_due(struct run *r, struct token *at, day_t *due);
/* The clocks of a scope stand still, run again: clock.c. */
NODISCARD rc clock_stop(struct run *r, struct token *scope);
NODISCARD rc clock_run(struct run *r, struct token *scope);
/* All timers of the instance, and its jobs: while it is suspended. */
NODISCARD rc instance_hold(struct run *r);
NODISCARD rc instance_let_go(struct run *r);
/* operate/operate.c: all that run by a version are suspended, those that were so go on. */
NODISCARD rc version_hold(struct cx *cx, const struct bpmn_turn *t, str process, int64_t version,
                          bool held);

/* ---- people.c: whose task it is ---- */
struct people {
    struct bpmn_users user; /* named one by one: the first `assigned` ones have it, others may */
    size_t assigned;
    struct bpmn_users agent, copy;
    bool skip; /* nobody is asked: done at once with `outcome` by `by` */
    str outcome, by;
    const char *why; /* act of its history: "skip.nobody", "skip.starter", "skip.again" */
};
/* The users a value names: a text of one or, by commas, several; a record; a list of them. */
void people_named(struct run *r, const struct feel_value *v, struct bpmn_users *users);
/* task: role, org, claimed_by, weight, picked are filled. */
NODISCARD rc people_of(struct run *r, struct token *t, const struct feel_value *element,
                       struct bpmn_task *task, struct people *out);
