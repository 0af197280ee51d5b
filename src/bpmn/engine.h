/* Runs processes: state in the database, one transaction from wait state to wait state, inside the
 * caller's.  What a step means is the host's: tasks are shown, decisions made and operations done
 * through struct bpmn_host, so that bpmn/ knows nothing of records.
 * All functions run on the writer's connection within its transaction, except the queries. */
#pragma once

#include "base/calendar.h"
#include "bpmn/model.h"
#include "store/db.h"

extern const struct db_migration bpmn_migrations[];
extern const size_t bpmn_migration_count;

struct bpmn_task {
    int64_t id, instance_id, subject_id;
    str process; /* "reform.supervision" */
    const struct bpmn_node *node;
    str role, org;  /* who may act: role name, key of org; either may be empty */
    str claimed_by; /* user code or empty */
    int64_t created_us;
    day_t due; /* DAY_NONE: none */
    str state; /* open, done, cancelled */
    str done_by, outcome;
    int64_t done_us;
};
struct bpmn_host {
    void *owner;
    /* Values of the model's scope for this instance, in slot order, in cx->arena. */
    rc (*variables)(void *owner, struct cx *cx, struct db *db, const struct bpmn_model *m,
                    int64_t subject_id, const struct feel_value **out);
    /* A service or business rule task: does node->operation. */
    rc (*operation)(void *owner, struct cx *cx, struct db *db, const struct bpmn_node *node,
                    int64_t subject_id);
    /* Told of every step, for the subject's timeline; may be NULL.  what: "instance.started",
     * "task.opened", "task.claimed", "task.released", "task.done", "task.cancelled" (a boundary event
     * or bpmn_cancel), "operation.done", "timer.fired", "message.caught", "instance.ended",
     * "instance.cancelled".  node NULL: the instance as a whole; task NULL: not about a task. */
    rc (*event)(void *owner, struct cx *cx, struct db *db, const char *what,
                const struct bpmn_node *node, const struct bpmn_task *task, int64_t subject_id);
    const struct calendar *calendar;
    /* The model a running instance was started with. */
    const struct bpmn_model *(*model)(void *owner, str process);
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
/* A command that fails may leave rows behind: the caller undoes its savepoint, then nothing changed.
 * Every command runs at most BPMN_STEPS_MAX elements: RC_LIMIT bpmn.no-wait-state.
 * RC_CONFLICT bpmn.element-missing: the model was changed and no longer has the element an instance
 * stands on; bpmn.no-flow: no condition holds and there is no default; bpmn.process-missing. */
enum { BPMN_STEPS_MAX = 10000 };
/* Starts an instance for a subject and runs it to its wait states.
 * Errors: RC_MISSING bpmn.process-missing, RC_CONFLICT bpmn.running (one of this process and subject
 *         is active). */
NODISCARD rc bpmn_start(struct cx *cx, struct bpmn_engine *e, struct db *db, struct bpmn_ids *ids,
                        str process, int64_t subject_id, str actor, int64_t *instance_id);
/* Errors: RC_MISSING task.missing, RC_CONFLICT task.done (already), task.cancelled, task.claimed (by
 *         another), RC_INVALID task.outcome (with the ones offered).  Fields were set by the caller before. */
NODISCARD rc bpmn_complete(struct cx *cx, struct bpmn_engine *e, struct db *db,
                           struct bpmn_ids *ids, int64_t task_id, str actor, str outcome);
NODISCARD rc bpmn_claim(struct cx *cx, struct bpmn_engine *e, struct db *db, int64_t task_id,
                        str actor, bool release);
/* A message for the subject's instance: *caught false when nobody waits for it.  One message is
 * caught once, by who has waited longest. */
NODISCARD rc bpmn_message(struct cx *cx, struct bpmn_engine *e, struct db *db, struct bpmn_ids *ids,
                          str process, int64_t subject_id, str message, bool *caught);
/* Ends an instance: its tasks and timers are cancelled.
 * Errors: RC_MISSING bpmn.instance-missing, RC_CONFLICT bpmn.instance-ended. */
NODISCARD rc bpmn_cancel(struct cx *cx, struct bpmn_engine *e, struct db *db, int64_t instance_id,
                         str actor);
/* Fires timers due at cx->now_us, at most `most`; *fired how many.  *next_us: the next due moment or 0.
 * A timer is deleted in the transaction that fires it, and none fires in the moment it is set.  One
 * that cannot run because the model has changed is set aside as an incident.  When a step fails
 * otherwise (an operation of the host), the error comes back, the caller undoes its savepoint and
 * calls bpmn_tick_failed in a new one, so that one instance does not hold up the others. */
NODISCARD rc bpmn_tick(struct cx *cx, struct bpmn_engine *e, struct db *db, struct bpmn_ids *ids,
                       int most, int *fired, int64_t *next_us);

/* Notes why the last bpmn_tick failed as an incident of the instance, and tries its timer again after
 * 1, 5, 30 minutes, then every 6 hours.  Returns RC_OK, or why when no timer was at fault. */
NODISCARD rc bpmn_tick_failed(struct cx *cx, struct bpmn_engine *e, struct db *db,
                              struct bpmn_ids *ids, const struct err *why);
/* Inside host->operation: the values of node->param, in order, with the `outcome` of this token. */
NODISCARD rc bpmn_param_values(struct cx *cx, struct bpmn_engine *e, const struct bpmn_node *node,
                               const struct feel_value **out);

/* ---- queries (any connection) ---- */
NODISCARD rc bpmn_task_load(struct cx *cx, struct bpmn_engine *e, struct db *db, int64_t task_id,
                            struct bpmn_task *out);
struct bpmn_tasks {
    struct bpmn_task *at;
    size_t len, cap;
};
/* Open tasks anybody of these roles in one of these orgs may do (empty arrays: all), or of a subject
 * (subject_id ≠ 0: whoever may do them; done and cancelled ones too unless open_only).  Earliest due
 * first, without a due last, then by id; keyset by the last task's id in `after`.  The node of a task
 * whose model no longer has it has index -1. */
struct bpmn_task_query {
    const str *role;
    const str *org; /* keys of the user's org; a task without org fits everyone of its role */
    size_t role_count, org_count;
    str process;
    int64_t subject_id, after;
    int limit;
    bool open_only;
    str done_by; /* instead: the tasks this user has done */
};
NODISCARD rc bpmn_tasks_find(struct cx *cx, struct bpmn_engine *e, struct db *db,
                             const struct bpmn_task_query *q, struct bpmn_tasks *out);
/* Where the tokens stand and which flows and nodes were passed, as JSON for the diagram, of the
 * subject's latest instance ({"instance":null,"state":"none",…} when there is none):
 * {"instance":1,"state":"active","tokens":["act"],"passed":["start","accept"],"flows":["f1"],
 *  "nodes":[{"id":"accept","name":"签收","state":"left","by":"…","from":"…","to":"…"}]}
 * nodes: where tokens rest or rested, in order; state: waiting, left, cancelled, ended. */
NODISCARD rc bpmn_marking_write(struct cx *cx, struct bpmn_engine *e, struct db *db, str process,
                                int64_t subject_id, struct buf *out);
/* The diagram interchange as SVG: nodes and flows carry data-id and class current/passed/ahead, drawn
 * with a marking as above (empty: none); a "note" in its nodes is written above the shape.  All text
 * is escaped.  Errors: RC_INVALID bpmn.… (as bpmn_load), bpmn.no-diagram. */
NODISCARD rc bpmn_svg_write(struct cx *cx, str xml, str marking_json, struct buf *out);
/* Invariant 3: every instance has a legal marking, every open task belongs to a token, no timer is
 * lost or doubled.  Each fault is a finding; *checks how many were made. */
NODISCARD rc bpmn_audit(struct cx *cx, struct bpmn_engine *e, struct db *db, int64_t *checks,
                        int64_t *broken);
