/* Signers come and go: before, after, beside, and one less. */
#include "bpmn/acts/act.h"

SQL(sql_signs,
    "SELECT id, token_id FROM task WHERE site = $site AND instance_id = $1"
    " AND node = $2 AND claimed_by = $3 AND kind <> 4"
    " AND (state = 'open' OR state = 'waiting')"
    " ORDER BY due, id");

/* The open task of this step that is theirs: of the same token, or of another round beside it.
 * Absent: out->id 0. */
static rc signer_find(struct acting *a, str user, struct bpmn_task *out, struct token **at)
{
    const struct token *body = a->token->role == TOKEN_ROUND ? a->token->parent : NULL;
    struct tasks_ids ids = {0};
    DB_ROWS rows = {0};
    bool more = true;
    *out = (struct bpmn_task){0};
    rc r = db_query(a->cx, a->t->db, &sql_signs,
                    DB_ARGS(DB_I(a->task.instance_id), DB_T(a->task.node->id), DB_T(user)), &rows);
    while (r == RC_OK && (r = db_next(a->cx, &rows, &more)) == RC_OK && more) {
        struct token *t = run_token(&a->run, db_i64(&rows, 1));
        if (!t || (t != a->token && (!body || t->parent != body))) continue;
        *vec_add(a->cx->arena, &ids) = db_i64(&rows, 0);
        *at = t;
    }
    if (r != RC_OK || !ids.len) return r;
    return task_load(a->cx, a->t->db, &a->run.e->host, ids.at[ids.len - 1], out);
}

static rc need_new(struct acting *a, str user)
{
    struct bpmn_task task;
    struct token *at;
    if (str_eq(user, a->t->actor) || str_eq(user, a->task.claimed_by)) {
        (void)!err_set(a->cx, RC_INVALID, "task.self", "不能指定本人，或现在的办理人",
                       "name somebody else than who has the task");
        err_field(a->cx, STR("to"));
        return RC_INVALID;
    }
    rc r = signer_find(a, user, &task, &at);
    if (r != RC_OK || !task.id) return r;
    return err_set(a->cx, RC_CONFLICT, "task.signs-already", STR_FMT " 已在这一步的签办人中",
                   STR_FMT " signs this step already", STR_ARG(user));
}

/* `to` signs first; the task waits until all who sign before it have. */
static rc before_one(struct acting *a, str user)
{
    rc r = need_new(a, user);
    if (r == RC_OK) r = act_task_for(a, user, BPMN_TASK_BEFORE, "open");
    return r == RC_OK ? act_note(a, STR("sign-before"), user) : r;
}

rc act_sign_before(struct acting *a)
{
    rc r = act_each_user(a, before_one);
    a->task.state = STR("waiting");
    return r == RC_OK ? act_save(a) : r;
}

static rc after_one(struct acting *a, str user)
{
    rc r = need_new(a, user);
    if (r == RC_OK) r = act_task_for(a, user, BPMN_TASK_AFTER, "waiting");
    return r == RC_OK ? act_note(a, STR("sign-after"), user) : r;
}

rc act_sign_after(struct acting *a)
{
    return act_each_user(a, after_one);
}

/* Another round of the countersigned step; its vote has the weight that was said, else the model's. */
static rc round_beside(struct acting *a, struct token *body, str user)
{
    const struct feel_value element = feel_string(arena_dup(a->cx->arena, user));
    struct token *round = NULL;
    struct bpmn_task *task;
    size_t count = 0;
    rc r = round_add(&a->run, body, &element, &round);
    if (r != RC_OK || !round) return r;
    r = tasks_of_token(a->cx, a->t->db, &a->run.e->host, round->id, &task, &count);
    if (r != RC_OK || !count) return r;
    if (a->act->weight > 0) task->weight = a->act->weight;
    if (body->node->loop.vote) body->index += task->weight - 1000;
    task->parent_id = a->task.id;
    return a->act->weight > 0 ? task_save(a->cx, a->t->db, task) : RC_OK;
}

/* Beside a single task is a task of the same token: it goes on when both are done. */
static rc beside_one(struct acting *a, str user)
{
    struct token *body = a->token->role == TOKEN_ROUND ? a->token->parent : NULL;
    rc r = need_new(a, user);
    if (r == RC_OK)
        r = body ? round_beside(a, body, user) : act_task_for(a, user, BPMN_TASK_BESIDE, "open");
    return r == RC_OK ? act_note(a, STR("sign-beside"), user) : r;
}

rc act_sign_beside(struct acting *a)
{
    return act_each_user(a, beside_one);
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

static bool is_left(const struct bpmn_task *all, size_t count, int64_t removed)
{
    for (size_t i = 0; i < count; i++)
        if (all[i].id != removed && all[i].kind != BPMN_TASK_ASIDE) return true;
    return false;
}

/* An added signer's task of this token; the last, when the step itself is done, lets it go on. */
static rc remove_added(struct acting *a, struct bpmn_task *task)
{
    struct bpmn_task *all;
    size_t count = 0;
    if (a->token->total > 0) a->token->total--;
    run_changed(&a->run, a->token);
    rc r = tasks_of_token(a->cx, a->t->db, &a->run.e->host, a->token->id, &all, &count);
    if (r == RC_OK) r = cancel_task(a, task);
    if (r == RC_OK) r = parent_goes_on(a, task, all, count);
    if (r != RC_OK || is_left(all, count, task->id)) return r;
    a->run.outcome = a->token->outcome;
    return activity_done(&a->run, a->token, a->token->outcome);
}

rc act_sign_remove(struct acting *a)
{
    struct bpmn_task task;
    struct token *at = NULL;
    str to;
    rc r = act_one_user(a, &to);
    if (r == RC_OK) r = signer_find(a, to, &task, &at);
    if (r != RC_OK) return r;
    const bool round = task.id && at != a->token && task.kind == BPMN_TASK_MAIN;
    if (!task.id || (!round && task.kind == BPMN_TASK_MAIN) || (!round && at != a->token))
        return err_set(a->cx, RC_CONFLICT, "task.not-a-signer",
                       STR_FMT " 不在这一步的签办人中，或已经办理",
                       STR_FMT " does not sign this step, or has already", STR_ARG(to));
    if (round && at->parent->node->loop.vote) at->parent->index -= task.weight - 1000;
    r = round ? round_remove(&a->run, at) : remove_added(a, &task);
    return r == RC_OK ? act_note(a, STR("sign-remove"), to) : r;
}
