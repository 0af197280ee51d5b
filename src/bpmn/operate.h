/* What administrators do to running instances, and what they look at. */
#pragma once

#include "base/json.h"
#include "bpmn/definition.h"
#include "bpmn/query.h"

/* ---- changing what runs ---- */
/* Tokens are cancelled and started: jump, repair.  cancel: element ids whose tokens go; start: elements
 * that get one, in the scope that fits (opened when it is not).  Errors: RC_MISSING bpmn.element-missing,
 * RC_CONFLICT bpmn.not-waiting, RC_INVALID bpmn.modify (an element no token can be put on: boundary
 * events, event sub-processes, nothing left). */
struct bpmn_modification {
    int64_t instance_id;
    const str *cancel, *start;
    size_t cancel_count, start_count;
    const struct json *variables; /* set first; object or NULL */
    str reason;
};
NODISCARD rc bpmn_modify(struct cx *cx, const struct bpmn_turn *t,
                         const struct bpmn_modification *m);
NODISCARD rc bpmn_suspend(struct cx *cx, const struct bpmn_turn *t, int64_t instance_id,
                          bool resume, str reason);
/* An ended, cancelled or failed instance lives again where it stood when it ended (唤醒), or from
 * `element`; as a new instance of the same version, subject, starter and variables when `anew` (from
 * `element` or the start).  Tasks are opened anew, a repeated activity asks everybody again.  Errors:
 * RC_CONFLICT bpmn.running, bpmn.called (its caller has gone on), RC_INVALID bpmn.restart-where. */
NODISCARD rc bpmn_restart(struct cx *cx, const struct bpmn_turn *t, int64_t instance_id,
                          str element, bool anew, str reason, int64_t *restarted);
/* Tries what failed again now: the timer or job of an incident. */
NODISCARD rc bpmn_retry(struct cx *cx, const struct bpmn_turn *t, int64_t incident_id);

/* ---- migration ---- */
struct bpmn_step_map { /* elements not named here map to the one with the same id */
    str from, to;
};
struct bpmn_migration {
    str process;
    int64_t from, to; /* versions */
    const struct bpmn_step_map *map;
    size_t map_count;
    int64_t instance_id; /* only this one; 0: all active of `from` */
    bool dry;
    str reason;
};
/* What would keep an instance from going over, or did: each a finding (element, instance). */
struct bpmn_migrated {
    int64_t instances, migrated, refused;
};
/* Checks the plan against both models (kinds fit, scopes fit, waiting joins' flows exist, rounds stay
 * rounds), then rewrites tokens, tasks, timers and subscriptions of those that fit; the others stay.
 * At most `most` instances a call, by id after `after`; *last: go on from there, 0: done. */
NODISCARD rc bpmn_migrate(struct cx *cx, const struct bpmn_turn *t, const struct bpmn_migration *m,
                          int most, int64_t after, int64_t *last, struct bpmn_migrated *out);

/* ---- history ---- */
/* Deletes finished instances whose process's time to live is over, by ranges of ids: at most `most`;
 * *deleted how many, *more: there are. */
NODISCARD rc bpmn_history_delete(struct cx *cx, const struct bpmn_turn *t, int most,
                                 int64_t *deleted, bool *more);

/* ---- looking (any connection) ---- */
struct bpmn_instance_query {
    str process, state, key, started_by, element; /* element: a token rests there */
    int64_t version, subject_id, after;           /* keyset, newest first */
    str variable, value;                          /* a searched variable and its text */
    bool with_incident;
    int limit;
};
struct bpmn_instance {
    int64_t id, subject_id, version, number, started_us, ended_us, parent_id, incidents;
    str process, element, state, started_by, key, error;
    str resting; /* ids of the elements where tokens rest, by spaces */
};
struct bpmn_instances {
    struct bpmn_instance *at;
    size_t len, cap;
};
NODISCARD rc bpmn_instances_find(struct cx *cx, struct db *db, const struct bpmn_instance_query *q,
                                 struct bpmn_instances *out);
/* How many are active or suspended by this version. */
NODISCARD rc bpmn_active_count(struct cx *cx, struct db *db, str process, int64_t version,
                               int64_t *count);
/* One instance as a page: {"instance":{…},"tokens":[…],"variables":{…},"tasks":[…],"actions":[…],
 * "timers":[…],"messages":[…],"incidents":[…],"called":[…]}. */
NODISCARD rc bpmn_instance_write(struct cx *cx, struct bpmn_engine *e, struct db *db, int64_t id,
                                 struct jw *out);
/* By element of a version (0: all): {"elements":[{"id","active","done","cancelled","overdue",
 * "incidents","p50_us","p95_us"}],"flows":[{"id","taken"}],"instances":{"active":n,…}}. */
NODISCARD rc bpmn_heat_write(struct cx *cx, struct bpmn_engine *e, struct db *db, str process,
                             int64_t version, struct jw *out);
struct bpmn_incident {
    int64_t id, instance_id, at_us, times, next_us;
    str process, node, slug, detail;
};
struct bpmn_incidents {
    struct bpmn_incident *at;
    size_t len, cap;
};
NODISCARD rc bpmn_incidents_find(struct cx *cx, struct db *db, int limit,
                                 struct bpmn_incidents *out);
