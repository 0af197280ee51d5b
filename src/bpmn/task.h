/* What people do with tasks beyond completing them, as Chinese administration knows it.  Each act is a
 * command with a defined meaning inside parallel branches and repeated activities, and leaves a row of
 * task_action: who, for whom, when, why, from where to where.
 *
 * Returning and taking back move tokens.  What lies between is undone by position, not by order of time:
 * - the target is an activity that this instance visited, in the task's own scope or one around it;
 * - tokens on the same branch (reachable from the target without leaving its split) are cancelled;
 * - when the target lies before a split of which the task is one branch, the sibling branches are
 *   cancelled too, up to that split's join, and the split runs again;
 * - from inside a sub-process to outside of it, the sub-process is cancelled;
 * - from behind a join into one of its branches, what the other branches brought there still counts;
 * - a round of a countersigned step returns the whole step: its other rounds are cancelled.
 * After re-submission the instance runs on, or jumps back to the step that returned it (`come_back`): then
 * the other branches stay as they are.  A step that is taken back has the state `returned`. */
#pragma once

#include "bpmn/query.h"

enum bpmn_act_kind {
    BPMN_ACT_DRAFT,    /* save what was typed, as JSON in `text`; the first is in the history */
    BPMN_ACT_REASSIGN, /* to `to`, for good; actor loses it */
    BPMN_ACT_DELEGATE, /* to `to`, who hands it back by resolving; owner keeps the word */
    BPMN_ACT_RESOLVE,  /* back to the owner, with an opinion */
    BPMN_ACT_RETURN,   /* to `node`: empty: the step before; "start": the starter's first step */
    BPMN_ACT_TAKE_BACK, /* by who completed it (task_id: the done task), while nothing after it was touched */
    BPMN_ACT_SIGN_BEFORE, /* `to` signs first; this task waits */
    BPMN_ACT_SIGN_AFTER,  /* `to` signs when this is done, before the process goes on */
    BPMN_ACT_SIGN_BESIDE, /* another round of the countersigned step (a single task becomes one) */
    BPMN_ACT_SIGN_REMOVE, /* the signer `to`, added or a round, who has not signed yet */
    BPMN_ACT_COPY,        /* 抄送 to `to`: read it, no more */
    BPMN_ACT_READ,        /* a copy or the task was read */
    BPMN_ACT_ASK,         /* 沟通: `to` is asked aside; holds up nothing */
    BPMN_ACT_ANSWER,      /* task_id: the aside task */
    BPMN_ACT_URGE,        /* 催办: counted, shown, told; by the starter or a supervisor */
    BPMN_ACT_COUNT
};
struct bpmn_act {
    enum bpmn_act_kind kind;
    int64_t task_id;
    str to;         /* users' codes, several by commas where it makes sense */
    str node;       /* of a return */
    str reason;     /* required for return, reassign, delegate, remove, urge none */
    str text;       /* draft; opinion */
    bool come_back; /* of a return */
    int64_t weight; /* of a signer's vote in thousandths; 0: 1000 */
};
/* Errors: RC_MISSING task.missing; RC_CONFLICT task.done, task.cancelled, task.waiting,
 *  task.taken-on (what follows was touched), task.no-step (nothing before), task.not-visited,
 *  task.not-a-signer, task.signs-already, task.not-a-step, task.aside, task.not-delegated,
 *  task.delegated (also of completing: who delegated it does), bpmn.suspended; RC_LIMIT
 *  task.too-many-signers; RC_INVALID task.reason, task.to, task.self.
 * Whose right it is to act is the caller's to check (bpmn_task_may). */
NODISCARD rc bpmn_task_act(struct cx *cx, const struct bpmn_turn *t, const struct bpmn_act *act);
/* All open tasks of a leaver, to `to` (empty: back to the candidates); *count how many. */
NODISCARD rc bpmn_tasks_reassign(struct cx *cx, const struct bpmn_turn *t, str from, str to,
                                 str reason, int64_t *count);
/* The starter withdraws the whole application while nobody has decided anything (RC_CONFLICT
 * task.decided), its state is cancelled; an administrator may at any time (bpmn_cancel). */
NODISCARD rc bpmn_withdraw(struct cx *cx, const struct bpmn_turn *t, int64_t instance_id,
                           str reason);

/* Who somebody is for a task: what they may do with it. */
enum {
    BPMN_MAY_DO = 1,  /* claim, complete, draft, return, add signers … */
    BPMN_MAY_SEE = 2, /* copy, done before, starter */
    BPMN_MAY_TAKE_BACK = 4,
    BPMN_MAY_URGE = 8, /* the starter */
    BPMN_MAY_READ = 16 /* has an unread copy */
};
struct bpmn_who {
    str user, org;
    const str *role;
    size_t role_count;
};
NODISCARD rc bpmn_task_may(struct cx *cx, struct bpmn_engine *e, struct db *db,
                           const struct bpmn_task *task, const struct bpmn_who *who, unsigned *may);

/* The same for lists: only whether it is theirs to do, without a question where the task says it. */
NODISCARD rc bpmn_task_mine(struct cx *cx, struct db *db, const struct bpmn_task *task,
                            const struct bpmn_who *who, bool *mine);

/* ---- what is known about a task (any connection) ---- */
struct bpmn_action {
    int64_t id, task_id, at_us;
    str act, actor, on_behalf_of, to, reason, from_node, to_node;
};
struct bpmn_actions {
    struct bpmn_action *at;
    size_t len, cap;
};
NODISCARD rc bpmn_actions_of(struct cx *cx, struct db *db, int64_t instance_id,
                             struct bpmn_actions *out);
struct bpmn_person {
    str user, kind; /* candidate, copy */
    int64_t at_us, read_us;
};
struct bpmn_persons {
    struct bpmn_person *at;
    size_t len, cap;
};
NODISCARD rc bpmn_persons_of(struct cx *cx, struct db *db, int64_t task_id,
                             struct bpmn_persons *out);
/* Unread copies of a user: tasks to be read, newest first. */
NODISCARD rc bpmn_copies_of(struct cx *cx, struct bpmn_engine *e, struct db *db, str user,
                            int limit, struct bpmn_tasks *out);
/* Where it may be returned to: visited activities, the nearest first; node id and name. */
struct bpmn_target {
    str node, name, done_by;
    int64_t left_us;
};
struct bpmn_targets {
    struct bpmn_target *at;
    size_t len, cap;
};
NODISCARD rc bpmn_return_targets(struct cx *cx, struct bpmn_engine *e, struct db *db,
                                 const struct bpmn_task *task, struct bpmn_targets *out);
/* What would happen: the steps, and their people, that completing with this outcome would open next.
 * Completes the task: the caller undoes its savepoint. */
struct bpmn_next {
    str node, name, role, org;
    struct bpmn_users users;
    bool ends; /* the process would end */
};
struct bpmn_nexts {
    struct bpmn_next *at;
    size_t len, cap;
};
NODISCARD rc bpmn_predict(struct cx *cx, const struct bpmn_turn *t,
                          const struct bpmn_completion *what, struct bpmn_nexts *out);
