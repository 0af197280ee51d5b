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
    str process;                 /* "reform.supervision" */
    const struct bpmn_node *node;
    str role, org;               /* who may act: role name, key of org; either may be empty */
    str claimed_by;              /* user code or empty */
    int64_t created_us;
    day_t due;                   /* DAY_NONE: none */
    str state;                   /* open, done, cancelled */
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
    /* Told of every step, for the subject's timeline: "task.opened", "task.done", "timer.fired",
     * "instance.ended", "flow.taken" … */
    rc (*event)(void *owner, struct cx *cx, struct db *db, const char *what, const struct bpmn_node *node,
                const struct bpmn_task *task, int64_t subject_id);
    const struct calendar *calendar;
    /* The model a running instance was started with. */
    const struct bpmn_model *(*model)(void *owner, str process);
};

struct bpmn_engine;
NODISCARD rc bpmn_engine_new(struct cx *cx, const struct bpmn_host *host, struct bpmn_engine **out); /* in cx->arena */

/* ids: made by the caller, time-ordered, so that a replay gives the same ones. */
struct bpmn_ids {
    void *owner;
    int64_t (*next)(void *owner);
};
/* Starts an instance for a subject and runs it to its wait states. */
NODISCARD rc bpmn_start(struct cx *cx, struct bpmn_engine *e, struct db *db, struct bpmn_ids *ids, str process,
                        int64_t subject_id, str actor, int64_t *instance_id);
/* Errors: RC_MISSING task.missing, RC_CONFLICT task.done (already), task.claimed (by another),
 *         RC_INVALID task.outcome (with the ones offered).  Fields were set by the caller before. */
NODISCARD rc bpmn_complete(struct cx *cx, struct bpmn_engine *e, struct db *db, struct bpmn_ids *ids, int64_t task_id,
                           str actor, str outcome);
NODISCARD rc bpmn_claim(struct cx *cx, struct bpmn_engine *e, struct db *db, int64_t task_id, str actor, bool release);
/* A message for the subject's instance: *caught false when nobody waits for it. */
NODISCARD rc bpmn_message(struct cx *cx, struct bpmn_engine *e, struct db *db, struct bpmn_ids *ids, str process,
                          int64_t subject_id, str message, bool *caught);
NODISCARD rc bpmn_cancel(struct cx *cx, struct bpmn_engine *e, struct db *db, int64_t instance_id, str actor);
/* Fires timers due at cx->now_us, at most `most`; *fired how many.  *next_us: the next due moment or 0. */
NODISCARD rc bpmn_tick(struct cx *cx, struct bpmn_engine *e, struct db *db, struct bpmn_ids *ids, int most, int *fired,
                       int64_t *next_us);

/* ---- queries (any connection) ---- */
NODISCARD rc bpmn_task_load(struct cx *cx, struct bpmn_engine *e, struct db *db, int64_t task_id, struct bpmn_task *out);
struct bpmn_tasks {
    struct bpmn_task *at;
    size_t len, cap;
};
/* Open tasks anybody of these roles in one of these orgs may do (empty arrays: all), or of a subject
 * (subject_id ≠ 0: also done ones), oldest due first, keyset by task id after `after`. */
struct bpmn_task_query {
    const str *role, *org; /* org: keys of the user's org; a task without org fits everyone of its role */
    size_t role_count, org_count;
    str process;
    int64_t subject_id, after;
    int limit;
    bool open_only;
};
NODISCARD rc bpmn_tasks_find(struct cx *cx, struct bpmn_engine *e, struct db *db, const struct bpmn_task_query *q,
                             struct bpmn_tasks *out);
/* Where the tokens stand and which flows and nodes were passed, as JSON for the diagram:
 * {"instance":1,"state":"active","tokens":["act"],"passed":["start","accept"],"flows":["f1"],
 *  "nodes":[{"id":"accept","name":"签收","by":"…","from":"…","to":"…"}]} */
NODISCARD rc bpmn_marking_write(struct cx *cx, struct bpmn_engine *e, struct db *db, str process, int64_t subject_id,
                                struct buf *out);
/* The diagram interchange as SVG: nodes carry id and class current/passed/ahead, drawn with the
 * marking of the subject (0: none); titles and text in the diagram escaped. */
NODISCARD rc bpmn_svg_write(struct cx *cx, str xml, str marking_json, struct buf *out);
/* Invariant 3: every instance has a legal marking, every open task belongs to a token, no timer is
 * lost or doubled.  Each fault is a finding; *checks how many were made. */
NODISCARD rc bpmn_audit(struct cx *cx, struct bpmn_engine *e, struct db *db, int64_t *checks, int64_t *broken);
