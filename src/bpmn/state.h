/* Processes as rows: the SQL of process_instance, process_token, task, timer, subscription, incident.
 * Only bpmn/ uses it. */
#pragma once

#include "bpmn/engine.h"

/* A task without due sorts behind all others. */
enum { DUE_NONE = INT32_MAX };

struct instance {
    int64_t id, subject_id, version;
    str process;
    str state; /* active, ended, cancelled */
    str started_by;
    int64_t started_us, ended_us; /* 0: not yet */
};
/* A token at rest, or one that was: rows are kept, they are the history of the instance. */
struct token {
    int64_t id;
    const struct bpmn_node *node; /* NULL: no longer in the model */
    str node_id, flow;            /* the flow it came by */
    str state;                    /* waiting; left, cancelled: no more; ended: at an end event */
    str outcome;                  /* what the last task was completed with */
    str done_by, path;            /* path: the flows taken since the rest before, by spaces */
    int64_t entered_us, left_us;
    int64_t timers, subscriptions; /* how many of its own are set */
};
struct tokens {
    struct token *at;
    size_t len, cap;
};
struct timer {
    int64_t id, instance_id, token_id, due_us, failures;
    str node_id;
};
struct subscription {
    int64_t id, instance_id, token_id;
    str node_id;
};
struct message_key {
    str process;
    int64_t subject_id;
    str message;
};

/* Absent: *found false. */
NODISCARD rc instance_load(struct cx *cx, struct db *db, int64_t id, struct instance *out,
                           bool *found);
NODISCARD rc instance_latest(struct cx *cx, struct db *db, str process, int64_t subject_id,
                             struct instance *out, bool *found);
NODISCARD rc instance_add(struct cx *cx, struct db *db, const struct instance *i);
NODISCARD rc instance_end(struct cx *cx, struct db *db, int64_t id, str state);

/* model NULL: nodes are not looked up.  waiting_only: tokens at rest; else all, oldest first. */
NODISCARD rc tokens_load(struct cx *cx, struct db *db, const struct bpmn_model *model,
                         int64_t instance_id, bool waiting_only, struct tokens *out);
NODISCARD rc token_add(struct cx *cx, struct db *db, int64_t instance_id, const struct token *t);
NODISCARD rc token_leave(struct cx *cx, struct db *db, int64_t id, str state, str by);
NODISCARD rc token_count_timers(struct cx *cx, struct db *db, int64_t id, int64_t timers);

NODISCARD rc task_add(struct cx *cx, struct db *db, int64_t token_id, const struct bpmn_task *t);
NODISCARD rc task_close(struct cx *cx, struct db *db, const struct bpmn_task *t);
NODISCARD rc task_claim(struct cx *cx, struct db *db, int64_t id, str by);
#define TASK_COLUMNS                                                                               \
    "id, instance_id, subject_id, process, node, role, org, claimed_by, created_us, due, state,"   \
    " done_by, outcome, done_us, token_id"
/* The task of a row that begins with these columns. */
struct bpmn_task task_of_row(struct cx *cx, const struct bpmn_host *host,
                             const struct db_rows *rows, int64_t *token_id);
/* Absent: out->id 0. */
NODISCARD rc task_load(struct cx *cx, struct db *db, const struct bpmn_host *host, int64_t id,
                       struct bpmn_task *out, int64_t *token_id);
NODISCARD rc task_of_token(struct cx *cx, struct db *db, const struct bpmn_host *host,
                           int64_t token_id, struct bpmn_task *out, bool *found);

NODISCARD rc timer_add(struct cx *cx, struct db *db, const struct timer *t);
NODISCARD rc timer_delete(struct cx *cx, struct db *db, int64_t id);
NODISCARD rc timers_delete(struct cx *cx, struct db *db, int64_t token_id);
NODISCARD rc timer_postpone(struct cx *cx, struct db *db, const struct timer *t);
NODISCARD rc timer_load(struct cx *cx, struct db *db, int64_t id, struct timer *out, bool *found);
/* The timer due next. */
NODISCARD rc timer_first(struct cx *cx, struct db *db, struct timer *out, bool *found);

NODISCARD rc subscription_add(struct cx *cx, struct db *db, const struct subscription *s,
                              const struct instance *i, str message);
NODISCARD rc subscription_delete(struct cx *cx, struct db *db, int64_t id);
NODISCARD rc subscriptions_delete(struct cx *cx, struct db *db, int64_t token_id);
NODISCARD rc subscription_find(struct cx *cx, struct db *db, const struct message_key *key,
                               struct subscription *out, bool *found);

/* One open incident per timer: again counts up. */
NODISCARD rc incident_add(struct cx *cx, struct db *db, int64_t id, const struct timer *t,
                          const struct err *why);
NODISCARD rc incident_resolve(struct cx *cx, struct db *db, int64_t timer_id);
