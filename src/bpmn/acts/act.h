/* What the files of task acts share.  Only bpmn/ uses it. */
#pragma once

#include "bpmn/run/run.h"
#include "bpmn/task.h"

/* One act while it is done: the task, and the run of its instance. */
struct acting {
    struct cx *cx;
    const struct bpmn_turn *t;
    const struct bpmn_act *act;
    struct bpmn_task task;
    struct run run; /* opened for acts that move tokens; of others it knows the instance's row */
    struct token *token; /* the task's; NULL when it has left, or nothing is opened */
    str to_node;         /* for the history */
    bool told;           /* the act has told the host itself */
};
struct tasks_ids {
    int64_t *at;
    size_t len, cap;
};
/* People worked there, and it went on: a step one can be sent back to. */
bool token_is_step(const struct token *t);
/* ---- branch.c: marks by index in the model ---- */
/* Reached from a step without entering a node of `walls` (NULL: none). */
bool *steps_from(struct arena *a, const struct bpmn_model *m, const struct bpmn_node *from,
                 const bool *walls);
/* What would be done again from there: its branch, and what lies behind; not by a way back to before it. */
bool *steps_again(struct arena *a, const struct bpmn_model *m, const struct bpmn_node *from);
/* Did who stands at `here` come from `step`, in its own scope or one around it? */
bool step_lies_before(struct arena *a, const struct bpmn_model *m, const struct bpmn_node *step,
                      const struct bpmn_node *here);

typedef rc act_fn(struct acting *a);
act_fn act_return, act_take_back;                                         /* act_return.c */
act_fn act_sign_before, act_sign_after, act_sign_beside, act_sign_remove; /* act_sign.c */

NODISCARD rc act_note(struct acting *a, str act, str to);
NODISCARD rc act_tell(struct acting *a, const char *what);
NODISCARD rc act_save(struct acting *a);
/* It is this user's now: whoever stands in for them today may do it, nobody else's agent.  Before the
 * task is saved. */
NODISCARD rc act_stand_ins(struct cx *cx, const struct bpmn_turn *t, struct bpmn_task *task,
                           str user);
NODISCARD rc act_to_fault(struct acting *a);
/* The only user `to` names.  RC_INVALID task.to. */
NODISCARD rc act_one_user(struct acting *a, str *user);
/* For each user of `to`, once.  RC_INVALID task.to, RC_LIMIT task.too-many-signers. */
NODISCARD rc act_each_user(struct acting *a, rc (*each)(struct acting *a, str user));
/* A task of another for the same token: a signer, one asked aside. */
NODISCARD rc act_task_for(struct acting *a, str user, enum bpmn_task_kind kind, const char *state);
