/* Runs processes: state in the database, one transaction from wait state to wait state, inside the
 * caller's.  What a step means is the host's: tasks are shown, decisions made and operations done
 * through struct bpmn_host, so that bpmn/ knows nothing of records.
 * All functions run on the writer's connection within its transaction, except the queries (query.h).
 * Task actions beyond these are in task.h, what administrators do in operate.h. */
#pragma once

#include "base/calendar.h"
#include "bpmn/model.h"
#include "store/db.h"

extern const struct db_migration bpmn_migrations[];
extern const size_t bpmn_migration_count;

enum bpmn_task_kind {
    BPMN_TASK_MAIN,   /* the step itself */
    BPMN_TASK_BEFORE, /* asked to sign before its parent may */
    BPMN_TASK_BESIDE, /* signs beside it */
    BPMN_TASK_AFTER,  /* signs when its parent is done */
    BPMN_TASK_ASIDE   /* asked for an opinion; holds up nothing */
};
struct bpmn_task {
    int64_t id, instance_id, subject_id, token_id;
    int64_t parent_id; /* of a signer's task; 0 */
    enum bpmn_task_kind kind;
    str process; /* "reform.supervision" */
    int64_t version;
    const struct bpmn_node *node;
    str role, org;  /* who may act: role name, key of org; either may be empty */
    str claimed_by; /* user code or empty: whose it is */
    str owner;      /* who delegated it and gets it back; empty */
    int64_t created_us;
    day_t due; /* DAY_NONE: none */
    str state; /* open; waiting: for a signer before; done, cancelled, returned */
    str done_by, outcome;
    int64_t done_us;
    int64_t weight; /* of its vote, in thousandths; 1000 */
    int64_t urged;  /* how often */
    str draft;      /* JSON of what was typed so far; empty */
    str started_by; /* who started its instance */
    int64_t picked; /* candidates named one by one (task_person): 1; else role and org decide */
};
/* A user as the host knows them. */
struct bpmn_users {
    str *at;
    size_t len, cap;
};
/* Work for programs outside, leased: see job.h. */
struct bpmn_step {
    const struct bpmn_model *model;
    const struct bpmn_node *node;
    int64_t instance_id, subject_id;
};
struct bpmn_host {
    void *owner;
    /* The model of a process, by the host's name; version 0: the newest.  NULL: no such one.
     * Writer's and readers' threads; the model stays until the engine is gone. */
    rc (*model)(void *owner, struct cx *cx, struct db *db, str process, int64_t version,
                const struct bpmn_model **out);
    /* Who can be started by an event: the processes whose newest model has a start event (or an
     * instantiating receive task or gateway) of this kind and name; appended to *out.  May be NULL. */
    rc (*starters)(void *owner, struct cx *cx, struct db *db, enum bpmn_event_kind kind, str name,
                   struct names *out);
    /* Values of the model's scope for this instance, in slot order, in cx->arena. */
    rc (*variables)(void *owner, struct cx *cx, struct db *db, const struct bpmn_model *m,
                    int64_t subject_id, const struct feel_value **out);
    /* A service or business rule task, or a script not in FEEL: does it.  *value is what goes into
     * result_slot (null as it comes).  An error with slug "bpmn.error" (set with bpmn_error) is a BPMN
     * error thrown by the step; every other fails the command. */
    rc (*operation)(void *owner, struct cx *cx, struct db *db, const struct bpmn_step *step,
                    struct feel_value *value);
    /* Users: the head of the org `levels` above this user's (0: their own); the members of a role in an
     * org; who stands in for a user today (standing agent).  Appends; may be NULL. */
    rc (*head)(void *owner, struct cx *cx, struct db *db, str user, int64_t levels,
               struct bpmn_users *out);
    rc (*agent)(void *owner, struct cx *cx, struct db *db, str user, str process, str *out);
    /* Told of every step, for the subject's timeline; may be NULL.  what: "instance.started",
     * "task.opened", "task.claimed", "task.released", "task.done", "task.cancelled", "task.returned",
     * … (each act of task.h as "task.ACT"), "operation.done", "timer.fired", "message.caught",
     * "signal.caught", "error.caught", "escalation.caught", "instance.ended", "instance.cancelled",
     * "instance.failed", "instance.migrated", …  step->node NULL: the instance as a whole; task NULL:
     * not about a task. */
    rc (*event)(void *owner, struct cx *cx, struct db *db, const char *what,
                const struct bpmn_step *step, const struct bpmn_task *task);
    const struct calendar *calendar;
    /* ---- for simulation, prediction and conformance; NULL in normal running ---- */
    /* Each step of a token: "enter", "exit" of an element or flow, in order. */
    void (*trace)(void *owner, const char *what, str element, int64_t scope);
    /* Which flows a gateway's or activity's token takes instead of its conditions: *taken as indices
     * into node->out (count < 0: as the model says). */
    int (*route)(void *owner, const struct bpmn_node *node, int *taken, int most);
    bool errors_may_be_lost; /* one that nobody catches ends its branch, not the instance */
};

/* Writer's thread only for what changes; queries may run on readers' threads with the same object. */
struct bpmn_engine;
NODISCARD rc bpmn_engine_new(struct cx *cx, const struct bpmn_host *host,
                             struct bpmn_engine **out); /* in cx->arena */

/* ids: made by the caller, time-ordered, so that a replay gives the same ones. */
struct bpmn_ids {
    void *owner;
    int64_t (*next)(void *owner);
};
/* What every command needs. */
struct bpmn_turn {
    struct bpmn_engine *e;
    struct db *db;
    struct bpmn_ids *ids;
    str actor;        /* user code */
    int64_t until_us; /* bpmn_tick fires nothing more from this os_monotonic_us on; 0: it does */
};
/* A command that fails may leave rows behind: the caller undoes its savepoint, then nothing changed.
 * Every command runs at most BPMN_STEPS_MAX elements: RC_LIMIT bpmn.no-wait-state.
 * RC_CONFLICT bpmn.element-missing: the model no longer has the element an instance stands on;
 * bpmn.no-flow: no condition holds and there is no default; bpmn.process-missing. */
enum { BPMN_STEPS_MAX = 100000, BPMN_TOKENS_MAX = 20000 };

struct bpmn_start {
    str process; /* the host's name */
    str element; /* id of a process of the file, of one of its start events; empty: the main one */
    int64_t version;              /* 0: the newest */
    int64_t subject_id;           /* 0: none */
    const struct json *variables; /* object or NULL: names the model declares (open models: any) */
    int64_t parent_token;         /* called by this token; 0 */
    str key;                      /* business key people search by; may be empty */
    bool several;                 /* more than one active of this process and subject may be */
};
/* Errors: RC_MISSING bpmn.process-missing, RC_CONFLICT bpmn.running (one of this process and subject
 *         is active), bpmn.suspended, RC_INVALID bpmn.variable. */
NODISCARD rc bpmn_start(struct cx *cx, const struct bpmn_turn *t, const struct bpmn_start *what,
                        int64_t *instance_id);

struct bpmn_completion {
    int64_t task_id;
    str outcome;
    const struct json *variables; /* object or NULL: the step's form_slot variables */
    str reason;                   /* an opinion; kept in the history */
};
/* Errors: RC_MISSING task.missing, RC_CONFLICT task.done (already), task.cancelled, task.waiting (for a
 *         signer), task.claimed (by another), RC_INVALID task.outcome (with the ones offered),
 *         bpmn.variable.  Fields of the record were set by the caller before. */
NODISCARD rc bpmn_complete(struct cx *cx, const struct bpmn_turn *t,
                           const struct bpmn_completion *what);
NODISCARD rc bpmn_claim(struct cx *cx, const struct bpmn_turn *t, int64_t task_id, bool release);

/* A message: to the one waiting longest for its name and key (or subject), in any process unless
 * `process` says which; else it starts the newest model with such a start event; else it is kept for
 * ttl_us.  id: of the sender, makes repeating harmless while it is kept (ttl at least a day then). */
struct bpmn_message {
    str name, key, id;
    str process;         /* empty: any */
    int64_t subject_id;  /* 0: none; a message without key is for the subject's */
    int64_t instance_id; /* only this instance; 0: any */
    int64_t ttl_us;
    const struct json *variables; /* object or NULL; FEEL `message` sees it */
};
enum bpmn_delivered { BPMN_NOT_DELIVERED, BPMN_CAUGHT, BPMN_STARTED, BPMN_KEPT, BPMN_REPEATED };
NODISCARD rc bpmn_message(struct cx *cx, const struct bpmn_turn *t, const struct bpmn_message *m,
                          enum bpmn_delivered *how);
/* To all who wait, and all processes it starts; *count how many. */
NODISCARD rc bpmn_signal(struct cx *cx, const struct bpmn_turn *t, str name,
                         const struct json *variables, int64_t *count);
/* The subject's values have changed: conditional events of its instances are looked at again. */
NODISCARD rc bpmn_changed(struct cx *cx, const struct bpmn_turn *t, int64_t subject_id);
/* Ends an instance and what it has called: tasks and timers are cancelled.
 * Errors: RC_MISSING bpmn.instance-missing, RC_CONFLICT bpmn.instance-ended. */
NODISCARD rc bpmn_cancel(struct cx *cx, const struct bpmn_turn *t, int64_t instance_id, str reason);
/* The event happens now: a catch or boundary event that waits, a start event of an event sub-process,
 * a task passed by hand (as by an administrator, a simulation).  RC_CONFLICT bpmn.not-waiting. */
NODISCARD rc bpmn_trigger(struct cx *cx, const struct bpmn_turn *t, int64_t instance_id,
                          str element, const struct json *variables);
/* Starts an activity of an ad-hoc sub-process that is running. */
NODISCARD rc bpmn_activate(struct cx *cx, const struct bpmn_turn *t, int64_t instance_id,
                           str activity);
/* Fires timers due at cx->now_us, at most `most` and until t->until_us, but always one; *fired how many.
 * *next_us: the next due moment or 0.
 * A timer is deleted in the transaction that fires it, and none fires in the moment it is set.  One
 * that cannot run because the model has changed is set aside as an incident.  When a step fails
 * otherwise (an operation of the host), the error comes back, the caller undoes its savepoint and
 * calls bpmn_tick_failed in a new one, so that one instance does not hold up the others. */
NODISCARD rc bpmn_tick(struct cx *cx, const struct bpmn_turn *t, int most, int *fired,
                       int64_t *next_us);
/* The process is newly published: its newest model's timer start events are set, those of older ones
 * are gone.  bpmn_tick starts the instances, without a subject. */
NODISCARD rc bpmn_start_timers(struct cx *cx, const struct bpmn_turn *t, str process);
/* Notes why the last bpmn_tick failed as an incident of the instance, and tries its timer again after
 * 1, 5, 30 minutes, then every 6 hours.  Returns RC_OK, or why when no timer was at fault. */
NODISCARD rc bpmn_tick_failed(struct cx *cx, const struct bpmn_turn *t, const struct err *why);
/* Inside host->operation: the values of node->param, in order, as this token sees its variables. */
NODISCARD rc bpmn_param_values(struct cx *cx, struct bpmn_engine *e, const struct bpmn_node *node,
                               const struct feel_value **out);
/* Inside host->operation: the value of a variable of the token's scopes, null when it has none; sets
 * one (where it lives, else of the instance). */
struct feel_value bpmn_variable_get(struct bpmn_engine *e, str name);
NODISCARD rc bpmn_variable_set(struct cx *cx, struct bpmn_engine *e, str name,
                               const struct feel_value *v);
/* Inside host->operation: throws the error `code`: sets cx->err, returns RC_CONFLICT. */
rc bpmn_error(struct cx *cx, str code, str text);
