/* Signers come and go: before, after, beside, and one less. */
#include "bpmn/acts/act.h"

/* `to` signs first; the task waits until all who sign before it have. */
rc act_sign_before(struct acting *a)
{
    str to;
    rc r = act_one_user(a, &to);
    if (r == RC_OK) r = act_task_for(a, to, BPMN_TASK_BEFORE, "open");
    a->task.state = STR("waiting");
    if (r == RC_OK) r = act_save(a);
    return r == RC_OK ? act_note(a, STR("sign-before"), to) : r;
}

rc act_sign_after(struct acting *a)
{
    str to;
    rc r = act_one_user(a, &to);
    if (r == RC_OK) r = act_task_for(a, to, BPMN_TASK_AFTER, "waiting");
    return r == RC_OK ? act_note(a, STR("sign-after"), to) : r;
}

/* Beside a round is another round of the countersigned step, whose vote counts; beside a single task is a
 * task of the same token: it goes on when both are done. */
rc act_sign_beside(struct acting *a)
{
    str to;
    struct token *body = a->token->role == TOKEN_ROUND ? a->token->parent : NULL;
    rc r = act_one_user(a, &to);
    if (r == RC_OK && body) {
        const struct feel_value element = feel_string(arena_dup(a->cx->arena, to));
        struct token *round;
        r = round_add(&a->run, body, &element, &round);
    } else if (r == RC_OK) {
        r = act_task_for(a, to, BPMN_TASK_BESIDE, "open");
    }
    return r == RC_OK ? act_note(a, STR("sign-beside"), to) : r;
}

/* ---- one less ---- */

static rc cancel_task(struct acting *a, struct bpmn_task *task)
{
    task->state = STR("cancelled");
    task->done_by = a->t->actor;
    task->done_us = a->cx->now_us;
    rc r = task_save(a->cx, a->t->db, task);
    return r == RC_OK ? run_tell(&a->run, "task.cancelled", task->node, task) : r;
}

/* The one it was to sign before goes on when nobody else is waited for. */
static rc parent_goes_on(struct acting *a, const struct bpmn_task *removed, struct bpmn_task *all,
                         size_t count)
{
    if (removed->kind != BPMN_TASK_BEFORE) return RC_OK;
    for (size_t i = 0; i < count; i++)
        if (all[i].id != removed->id && all[i].kind == BPMN_TASK_BEFORE &&
            all[i].parent_id == removed->parent_id)
            return RC_OK;
    for (size_t i = 0; i < count; i++) {
        if (all[i].id != removed->parent_id || !str_eq(all[i].state, STR("waiting"))) continue;
        all[i].state = STR("open");
        rc r = task_save(a->cx, a->t->db, &all[i]);
        return r == RC_OK ? run_tell(&a->run, "task.opened", all[i].node, &all[i]) : r;
    }
    return RC_OK;
}

/* An added signer's task of this token.  *done: there was one. */
static rc remove_added(struct acting *a, str user, bool *done)
{
    struct bpmn_task *all;
    size_t count = 0;
    rc r = tasks_of_token(a->cx, a->t->db, &a->run.e->host, a->token->id, &all, &count);
    for (size_t i = 0; i < count && r == RC_OK && !*done; i++) {
        if (all[i].kind == BPMN_TASK_MAIN || !str_eq(all[i].claimed_by, user)) continue;
        *done = true;
        if (a->token->total > 0) a->token->total--;
        run_changed(&a->run, a->token);
        r = cancel_task(a, &all[i]);
        if (r == RC_OK) r = parent_goes_on(a, &all[i], all, count);
    }
    return r;
}

/* Another round of the countersigned step that is this user's. */
static rc remove_round(struct acting *a, str user, bool *done)
{
    struct token *body = a->token->role == TOKEN_ROUND ? a->token->parent : NULL;
    rc r = RC_OK;
    for (size_t i = 0; body && i < a->run.tokens.len && r == RC_OK && !*done; i++) {
        struct token *round = a->run.tokens.at[i];
        struct bpmn_task *all;
        size_t count = 0;
        if (round->parent != body || round->state != TOKEN_WAITING || round == a->token) continue;
        r = tasks_of_token(a->cx, a->t->db, &a->run.e->host, round->id, &all, &count);
        if (r != RC_OK || !count || !str_eq(all[0].claimed_by, user)) continue;
        *done = true;
        r = round_remove(&a->run, round);
    }
    return r;
}

rc act_sign_remove(struct acting *a)
{
    str to;
    bool done = false;
    rc r = act_one_user(a, &to);
    if (r == RC_OK) r = remove_added(a, to, &done);
    if (r == RC_OK && !done) r = remove_round(a, to, &done);
    if (r == RC_OK && !done)
        return err_set(a->cx, RC_CONFLICT, "task.not-a-signer",
                       STR_FMT " 不在这一步的签办人中，或已经办理",
                       STR_FMT " does not sign this step, or has already", STR_ARG(to));
    return r == RC_OK ? act_note(a, STR("sign-remove"), to) : r;
}
