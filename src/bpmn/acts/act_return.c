/* Returning and taking back: tokens go to where they have been.  The rules stand in task.h. */
#include "bpmn/acts/act.h"

/* ---- where it goes ---- */

/* The scope's token, among the task's own and those around it, that holds this node; NULL: none. */
static struct token *scope_for(struct run *r, struct token *t, const struct bpmn_node *n)
{
    for (struct token *s = t->parent; s; s = s->parent)
        if (s->role != TOKEN_BODY && (s == r->root ? r->root->node : s->node) == n->parent)
            return s;
    return NULL;
}

static rc not_visited(struct acting *a, str node)
{
    rc r = err_set(
        a->cx, RC_CONFLICT, "task.not-visited", "流程没有经过步骤“" STR_FMT "”，不能退回到那里",
        "the process has not been at step \"" STR_FMT "\", nothing returns there", STR_ARG(node));
    err_field(a->cx, STR("node"));
    return r;
}

static bool is_before(struct acting *a, const struct bpmn_node *step)
{
    return step_lies_before(a->cx->arena, a->run.model, step, a->token->node) &&
           scope_for(&a->run, a->token, step);
}

static bool was_done(const struct token *t)
{
    return t->state == TOKEN_LEFT || t->state == TOKEN_KEPT;
}

bool token_is_step(const struct token *t)
{
    return t->node && t->node->kind == BPMN_USER_TASK && t->role != TOKEN_ROUND && was_done(t);
}

static rc visited(struct acting *a, struct tokens *out)
{
    return tokens_load_all(a->cx, a->t->db, a->run.model, a->task.instance_id, out);
}

/* The step whose completion brought this one; else the last that was left before. */
static const struct bpmn_node *step_before(struct acting *a, const struct tokens *all)
{
    struct bpmn_task cause = {0};
    const struct token *body =
        a->token->role == TOKEN_ROUND && a->token->parent ? a->token->parent : a->token;
    const struct bpmn_node *best = NULL;
    int64_t at = INT64_MIN;
    if (body->cause && task_load(a->cx, a->t->db, &a->run.e->host, body->cause, &cause) == RC_OK &&
        cause.id && str_eq(cause.state, STR("done"))) {
        best = bpmn_node_find(a->run.model, cause.node->id);
        /* What brought it lies before it, also by a flow that leads back. */
        if (best && best != a->token->node && scope_for(&a->run, a->token, best)) return best;
        best = NULL;
    }
    err_clear(a->cx);
    for (size_t i = 0; i < all->len; i++) {
        const struct token *t = all->at[i];
        if (!token_is_step(t) || t->left_us < at || !is_before(a, t->node)) continue;
        at = t->left_us;
        best = t->node;
    }
    return best;
}

/* The first step of who started it, else the first step. */
static const struct bpmn_node *first_step(struct acting *a, const struct tokens *all)
{
    const struct bpmn_node *first = NULL;
    for (size_t i = 0; i < all->len; i++) {
        const struct token *t = all->at[i];
        if (!token_is_step(t) || !is_before(a, t->node)) continue;
        if (str_eq(t->done_by, a->run.instance.started_by)) return t->node;
        if (!first) first = t->node;
    }
    return first;
}

static rc target_find(struct acting *a, const struct bpmn_node **out)
{
    struct tokens all = {0};
    const str name = a->act->node;
    bool seen = false;
    rc r = visited(a, &all);
    if (r != RC_OK) return r;
    if (!name.len || str_eq(name, STR("start"))) {
        *out = name.len ? first_step(a, &all) : step_before(a, &all);
        if (*out) return RC_OK;
        return err_set(a->cx, RC_CONFLICT, "task.no-step", "在这一步之前没有人办理过",
                       "nobody worked on anything before this step");
    }
    *out = bpmn_node_find(a->run.model, name);
    for (size_t i = 0; i < all.len; i++)
        seen = seen || (all.at[i]->node == *out && was_done(all.at[i]));
    if (!*out || !seen || !bpmn_is_activity((*out)->kind) || !is_before(a, *out))
        return not_visited(a, name);
    return RC_OK;
}

/* ---- what goes ---- */

/* Tokens of the branch that would come again: reachable from the target; one that waits at a join came by
 * a flow of the branch. */
static bool comes_again(const struct token *t, const struct bpmn_node *target, const bool *again)
{
    if (!t->node || t->role == TOKEN_LISTENER || t->node->kind == BPMN_EVENT_SUB_PROCESS)
        return false;
    if (t->node != target && !again[t->node->index]) return false;
    if (t->node->kind < BPMN_EXCLUSIVE || !t->flow.len) return true;
    for (int i = 0; i < t->node->in_count; i++) {
        const struct bpmn_flow *f = t->node->in[i];
        if (str_eq(f->id, t->flow)) return f->from == target || again[f->from->index];
    }
    return true;
}

/* The step that is in `scope` and holds the token: itself, its body, the sub-process around it. */
static struct token *holder(struct token *t, const struct token *scope)
{
    while (t->parent && t->parent != scope)
        t = t->parent;
    return t;
}

static rc branch_clear(struct run *r, struct token *scope, const struct bpmn_node *target,
                       const bool *again)
{
    rc result = RC_OK;
    for (size_t i = r->tokens.len; i-- > 0 && result == RC_OK;) {
        struct token *t = r->tokens.at[i];
        if (t->state == TOKEN_WAITING && t->parent == scope && comes_again(t, target, again))
            result = token_cancel(r, t);
    }
    return result;
}

/* Will a token come by this flow again, or is it there? */
static bool comes_by(struct run *r, const struct token *scope, const struct bpmn_flow *f,
                     const struct bpmn_node *target, const bool *again)
{
    bool *walls = NEWS(r->cx->arena, bool, (size_t)r->model->node_count);
    if (f->from == target || again[f->from->index]) return true;
    walls[f->to->index] = true;
    for (size_t i = 0; i < r->tokens.len; i++) {
        const struct token *t = r->tokens.at[i];
        if (t->state != TOKEN_WAITING || t->parent != scope || !t->node) continue;
        if (t->node == f->to ? str_eq(t->flow, f->id)
                             : t->node == f->from || steps_from(r->cx->arena, r->model, t->node,
                                                                walls)[f->from->index])
            return true;
    }
    return false;
}

/* Into a branch from behind its join: what the other branches brought there still counts. */
static void joins_keep(struct run *r, struct token *scope, const struct bpmn_node *target,
                       const struct bpmn_node *step, const bool *again)
{
    for (int i = 0; i < target->parent->child_count; i++) {
        const struct bpmn_node *n = target->parent->child[i];
        if (n->kind != BPMN_PARALLEL || n->in_count < 2 || !again[n->index]) continue;
        if (!steps_from(r->cx->arena, r->model, n, NULL)[step->index]) continue;
        for (int k = 0; k < n->in_count; k++) {
            const struct move m = {
                .node = n, .flow = n->in[k], .scope = scope, .path = {.arena = r->cx->arena}};
            if (!comes_by(r, scope, n->in[k], target, again)) (void)run_new_token(r, &m);
        }
    }
}

/* Where it jumps when it is done: to this step, and from there where that was to go. */
static str back_to(struct acting *a, const struct token *step)
{
    if (!a->act->come_back) return (str){0};
    return step->back.len ? arena_printf(a->cx->arena, STR_FMT " " STR_FMT, STR_ARG(step->node_id),
                                         STR_ARG(step->back))
                          : step->node_id;
}

/* This task, its signers' and those of its other rounds say that they were returned, not cancelled. */
static rc tasks_returned(struct acting *a)
{
    const struct token *own = a->token;
    rc r = RC_OK;
    for (size_t i = 0; i < a->run.tokens.len && r == RC_OK; i++) {
        struct token *t = a->run.tokens.at[i];
        struct bpmn_task *all;
        size_t count = 0;
        const bool beside = own->role == TOKEN_ROUND && t->parent == own->parent;
        if ((t != own && !beside) || t->state != TOKEN_WAITING) continue;
        r = tasks_of_token(a->cx, a->t->db, &a->run.e->host, t->id, &all, &count);
        for (size_t k = 0; k < count && r == RC_OK; k++) {
            all[k].state = STR("returned");
            all[k].done_by = a->t->actor;
            all[k].done_us = a->cx->now_us;
            r = task_save(a->cx, a->t->db, &all[k]);
        }
    }
    return r;
}

rc act_return(struct acting *a)
{
    struct run *r = &a->run;
    const struct bpmn_node *target = NULL;
    rc result = target_find(a, &target);
    if (result != RC_OK) return result;
    struct token *scope = scope_for(r, a->token, target), *step = holder(a->token, scope);
    a->to_node = target->id;
    result = act_note(a, STR("return"), (str){0});
    if (result == RC_OK) result = tasks_returned(a);
    a->task.state = STR("returned");
    a->task.done_by = a->t->actor;
    a->task.done_us = a->cx->now_us;
    if (result == RC_OK) result = act_tell(a, "task.returned");
    a->told = true;
    /* The new token is under way first, so that the scope is never empty. */
    struct move *m = run_send(r, target, scope);
    m->cause = a->task.id;
    m->back = back_to(a, step);
    if (result == RC_OK) result = token_cancel(r, step);
    /* Who comes back finds the other branches as they were. */
    if (result != RC_OK || a->act->come_back) return result;
    const bool *again = steps_again(a->cx->arena, r->model, target);
    result = branch_clear(r, scope, target, again);
    if (result == RC_OK) joins_keep(r, scope, target, step->node, again);
    return result;
}

/* ---- taking back ---- */

static rc taken_on(struct acting *a)
{
    return err_set(a->cx, RC_CONFLICT, "task.taken-on",
                   "“" STR_FMT "”之后的步骤已有人办理，不能收回",
                   "what follows \"" STR_FMT "\" was taken on, it cannot be taken back",
                   STR_ARG(a->task.node->name));
}

/* Nobody has drafted, delegated, signed or answered anything of it. */
static rc untouched(struct acting *a, const struct token *t, bool *yes)
{
    struct bpmn_task *all;
    size_t count = 0;
    rc r = tasks_of_token(a->cx, a->t->db, &a->run.e->host, t->id, &all, &count);
    for (size_t i = 0; i < count && r == RC_OK; i++)
        if (all[i].draft.len || all[i].owner.len || all[i].kind != BPMN_TASK_MAIN) *yes = false;
    return r;
}

/* What the completion brought waits, all of it, and nobody has touched it. */
static rc may_take_back(struct acting *a, const struct tokens *all)
{
    bool brought = false, free = true;
    rc r = RC_OK;
    for (size_t i = 0; i < all->len && r == RC_OK; i++) {
        const struct token *t = all->at[i];
        if (t->cause != a->task.id || t->state == TOKEN_CANCELLED) continue;
        brought = true;
        free = free && t->state == TOKEN_WAITING;
        if (free) r = untouched(a, t, &free);
    }
    return r != RC_OK || (brought && free) ? r : taken_on(a);
}

/* In order: the round that came next has not been asked. */
static rc next_unasked(struct acting *a, struct token *body)
{
    rc r = RC_OK;
    for (size_t i = a->run.tokens.len; i-- > 0 && r == RC_OK;) {
        struct token *t = a->run.tokens.at[i];
        if (t->parent != body || t->state != TOKEN_WAITING) continue;
        r = token_cancel(&a->run, t);
        body->made--;
    }
    return r;
}

/* A vote of a step that still counts: out of the count, and the round is there again. */
static rc vote_taken_back(struct acting *a, const struct tokens *all, const struct token *old,
                          struct token *body)
{
    const struct bpmn_loop *loop = &body->node->loop;
    const struct bpmn_node *n = body->node;
    const str pass = n->outcome_count ? n->outcome[0] : STR("pass");
    const int slot = loop->element_slot - a->run.model->first_variable;
    const bool has = loop->element_slot >= 0 && old->var_set && old->var_set[slot];
    const struct feel_value mine = feel_string(arena_dup(a->cx->arena, a->t->actor));
    struct token *round = NULL;
    rc r = loop->kind == BPMN_LOOP_PARALLEL ? RC_OK : may_take_back(a, all);
    if (r == RC_OK && loop->kind != BPMN_LOOP_PARALLEL) r = next_unasked(a, body);
    if (r != RC_OK) return r;
    body->done--;
    body->made--; /* round_add counts it again */
    body->total--;
    if (loop->vote && str_eq(a->task.outcome, pass)) body->counter -= a->task.weight;
    if (loop->vote && !str_eq(a->task.outcome, pass)) body->got -= (uint64_t)a->task.weight;
    if (loop->vote) body->index -= 1000;
    r = round_add(&a->run, body, has ? &old->var[slot] : &mine, &round);
    if (round) round->index = old->index;
    return r;
}

static const struct token *token_of(const struct tokens *all, int64_t id)
{
    for (size_t i = 0; i < all->len; i++)
        if (all->at[i]->id == id) return all->at[i];
    return NULL;
}

/* Tokens that waited at joins and went on with this one wait there again. */
static void joins_undone(struct acting *a, const struct tokens *all, struct token *scope)
{
    for (size_t i = 0; i < all->len; i++) {
        struct token *t = all->at[i];
        const bool joins = t->node && t->node->in_count > 1 &&
                           (t->node->kind == BPMN_PARALLEL || t->node->kind == BPMN_INCLUSIVE);
        const bool here = (t->parent ? t->parent->id : 0) == scope->id;
        if (!joins || !here || t->state != TOKEN_LEFT || t->left_us != a->task.done_us ||
            t->cause == a->task.id)
            continue;
        t->state = TOKEN_WAITING;
        t->left_us = 0;
        t->done_by = (str){0};
        t->parent = scope;
        scope->live++;
        *(struct token **)vec_add(a->cx->arena, &a->run.tokens) = t;
        run_changed(&a->run, t);
    }
}

static rc step_taken_back(struct acting *a, const struct token *old, struct token *scope)
{
    struct run *r = &a->run;
    rc result = RC_OK;
    run_send(r, old->node, scope)->cause = old->cause;
    for (size_t i = r->tokens.len; i-- > 0 && result == RC_OK;) {
        struct token *t = r->tokens.at[i];
        if (t->id == old->id && t->state == TOKEN_KEPT) { /* it will be done again */
            t->state = TOKEN_LEFT;
            run_changed(r, t);
        } else if (t->state == TOKEN_WAITING && t->cause == a->task.id) {
            result = token_cancel(r, t);
        }
    }
    return result;
}

/* Others still sign after it, or beside it: it is only open again. */
static rc signed_again(struct acting *a)
{
    bool free = true;
    struct bpmn_task *all;
    size_t count = 0;
    rc r = tasks_of_token(a->cx, a->t->db, &a->run.e->host, a->token->id, &all, &count);
    for (size_t i = 0; i < count; i++)
        free = free && !all[i].draft.len && !all[i].owner.len;
    if (r == RC_OK && !free) return taken_on(a);
    for (size_t i = 0; i < count && r == RC_OK; i++) {
        if (all[i].kind != BPMN_TASK_AFTER || all[i].parent_id != a->task.id) continue;
        all[i].state = STR("waiting");
        r = task_save(a->cx, a->t->db, &all[i]);
    }
    a->task.state = STR("open");
    a->task.done_by = a->task.outcome = (str){0};
    a->task.done_us = 0;
    return r == RC_OK ? act_save(a) : r;
}

/* It stands in the history as returned: it is not decided. */
static rc undone(struct acting *a)
{
    a->task.state = STR("returned");
    rc r = act_save(a);
    return r == RC_OK ? act_note(a, STR("take-back"), (str){0}) : r;
}

rc act_take_back(struct acting *a)
{
    struct tokens all = {0};
    if (a->task.kind != BPMN_TASK_MAIN)
        return err_set(a->cx, RC_CONFLICT, "task.not-a-step",
                       "加签、征询的办理不能收回，可请办理人退回",
                       "what a signer has done is not taken back: ask for a return");
    if (a->token) {
        rc again = signed_again(a);
        return again == RC_OK ? act_note(a, STR("take-back"), (str){0}) : again;
    }
    rc r = visited(a, &all);
    const struct token *old = r == RC_OK ? token_of(&all, a->task.token_id) : NULL;
    if (r != RC_OK) return r;
    if (!old || !old->node) return run_gone(&a->run, a->task.node->id);
    struct token *around = run_token(&a->run, old->parent ? old->parent->id : 0);
    if (!around) return taken_on(a); /* its scope is over: the countersigned step was decided */
    a->to_node = old->node->id;
    if (old->role == TOKEN_ROUND) {
        r = vote_taken_back(a, &all, old, around);
    } else {
        r = may_take_back(a, &all);
        if (r == RC_OK) r = step_taken_back(a, old, around);
        if (r == RC_OK) joins_undone(a, &all, around);
    }
    return r == RC_OK ? undone(a) : r;
}
