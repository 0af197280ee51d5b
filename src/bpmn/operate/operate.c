/* What administrators do to running instances: change where they stand, hold them, bring them back. */
#include "bpmn/operate.h"

#include "bpmn/run/events.h"

SQL(sql_revive,
    "UPDATE process_instance SET state = 'active', ended_us = NULL, error = ''"
    " WHERE site = $site AND id = $1");
SQL(sql_incident,
    "SELECT timer_id, instance_id FROM incident WHERE site = $site AND id = $1"
    " AND resolved_us IS NULL");
SQL(sql_job_again,
    "UPDATE job SET retries = CASE WHEN retries > 0 THEN retries ELSE 1 END,"
    " due_us = $2, lease_us = 0 WHERE site = $site AND id = $1");

static rc note(struct run *r, const char *act, str reason, str from, str to)
{
    const struct task_action a = {.id = r->ids->next(r->ids->owner),
                                  .instance_id = r->instance.id,
                                  .at_us = r->cx->now_us,
                                  .act = str_from(act),
                                  .actor = r->actor,
                                  .reason = reason,
                                  .from_node = from,
                                  .to_node = to};
    return action_add(r->cx, r->db, &a);
}

/* ---- tokens by hand ---- */

static rc no_place(struct run *r, str id)
{
    return err_set(r->cx, RC_INVALID, "bpmn.modify",
                   "不能从元素“" STR_FMT "”开始：它不是流程里可以放令牌的步骤",
                   "nothing can start at element \"" STR_FMT
                   "\": it is no step a token can be put on",
                   STR_ARG(id));
}

/* The running scope of this node; those that do not run are opened. */
static rc scope_ensure(struct run *r, const struct bpmn_node *scope, struct token **out)
{
    struct token *around;
    *out = r->root;
    if (scope == r->root->node) return RC_OK;
    if (!scope || scope->kind == BPMN_PROCESS) return no_place(r, scope ? scope->id : STR("?"));
    for (size_t i = 0; i < r->tokens.len; i++) {
        struct token *t = r->tokens.at[i];
        *out = t;
        if (t->node == scope && t->state == TOKEN_WAITING && t->role != TOKEN_BODY) return RC_OK;
    }
    rc result = scope_ensure(r, scope->parent, &around);
    if (result != RC_OK) return result;
    const struct move m = {.node = scope, .scope = around, .path = {.arena = r->cx->arena}};
    *out = run_new_token(r, &m);
    if (scope->kind == BPMN_EVENT_SUB_PROCESS) (*out)->role = TOKEN_LISTENER;
    return scope_open(r, *out);
}

static rc start_at(struct run *r, str id)
{
    const struct bpmn_node *n = bpmn_node_find(r->model, id);
    struct token *scope;
    if (!n)
        return err_set(r->cx, RC_MISSING, "bpmn.element-missing", "流程没有元素“" STR_FMT "”",
                       "the process has no element \"" STR_FMT "\"", STR_ARG(id));
    if (n->kind == BPMN_PROCESS || n->kind == BPMN_BOUNDARY || n->kind == BPMN_EVENT_SUB_PROCESS ||
        n->is_for_compensation)
        return no_place(r, id);
    rc result = scope_ensure(r, n->parent, &scope);
    if (result == RC_OK) (void)run_send(r, n, scope);
    return result;
}

static rc cancel_at(struct run *r, str id)
{
    bool any = false;
    rc result = RC_OK;
    for (size_t i = r->tokens.len; i-- > 0 && result == RC_OK;) {
        struct token *t = r->tokens.at[i];
        if (!str_eq(t->node_id, id) || t->state != TOKEN_WAITING || t->role == TOKEN_ROUND)
            continue;
        any = true;
        result = token_cancel(r, t);
    }
    if (result != RC_OK || any) return result;
    return err_set(r->cx, RC_CONFLICT, "bpmn.not-waiting", "元素“" STR_FMT "”上没有令牌",
                   "no token rests at element \"" STR_FMT "\"", STR_ARG(id));
}

static str joined(struct arena *a, const str *at, size_t count)
{
    struct buf b = {.arena = a};
    for (size_t i = 0; i < count; i++) {
        if (i) buf_char(&b, ' ');
        buf_add(&b, at[i]);
    }
    return buf_str(&b);
}

rc bpmn_modify(struct cx *cx, const struct bpmn_turn *t, const struct bpmn_modification *m)
{
    struct run r;
    rc result = run_open(&r, cx, t, m->instance_id);
    if (result == RC_OK && !m->cancel_count && !m->start_count && !m->variables)
        result = err_set(cx, RC_INVALID, "bpmn.modify", "请指明要取消或开始的元素",
                         "name elements to cancel or to start");
    if (result == RC_OK && m->variables) result = vars_take(cx, r.model, m->variables, r.root);
    /* What starts is under way before anything ends: a scope is never empty in between. */
    for (size_t i = 0; i < m->start_count && result == RC_OK; i++)
        result = start_at(&r, m->start[i]);
    for (size_t i = 0; i < m->cancel_count && result == RC_OK; i++)
        result = cancel_at(&r, m->cancel[i]);
    if (result == RC_OK)
        result = note(&r, "modify", m->reason, joined(cx->arena, m->cancel, m->cancel_count),
                      joined(cx->arena, m->start, m->start_count));
    if (result == RC_OK) result = run_tell(&r, "instance.modified", NULL, NULL);
    return run_rest(&r, result);
}

/* ---- held and let go ---- */

rc bpmn_suspend(struct cx *cx, const struct bpmn_turn *t, int64_t instance_id, bool resume,
                str reason)
{
    struct run r;
    rc result = run_open_any(&r, cx, t, instance_id);
    const bool held = result == RC_OK && str_eq(r.instance.state, STR("suspended"));
    if (result == RC_OK && held != resume)
        result = err_set(cx, RC_CONFLICT, held ? "bpmn.suspended" : "bpmn.not-suspended",
                         held ? "流程实例 %" PRId64 " 已经暂停" : "流程实例 %" PRId64 " 没有暂停",
                         held ? "instance %" PRId64 " is suspended already"
                              : "instance %" PRId64 " is not suspended",
                         instance_id);
    if (result == RC_OK) result = resume ? clock_run(&r, r.root) : clock_stop(&r, r.root);
    if (result == RC_OK)
        result = note(&r, resume ? "resume" : "suspend", reason, (str){0}, (str){0});
    if (result == RC_OK)
        result = run_tell(&r, resume ? "instance.resumed" : "instance.suspended", NULL, NULL);
    r.instance.state = resume ? STR("active") : STR("suspended");
    r.instance_changed = true;
    return run_rest(&r, result);
}

/* ---- brought back ---- */

/* Where it stood when it ended: what was cancelled in that moment and held nothing else. */
static rc stood_at(struct run *r, int64_t ended_us, struct names *out)
{
    struct tokens all = {0};
    rc result = tokens_load_all(r->cx, r->db, r->model, r->instance.id, &all);
    for (size_t i = 0; i < all.len && result == RC_OK; i++) {
        const struct token *t = all.at[i];
        const bool holds = t->node && bpmn_is_scope(t->node->kind);
        if (t->state != TOKEN_CANCELLED || t->left_us != ended_us || holds) continue;
        if (t->role == TOKEN_ROUND || !t->node) continue;
        *vec_add(r->cx->arena, out) = t->node_id;
    }
    return result;
}

static rc start_anew(struct cx *cx, const struct bpmn_turn *t, const struct instance *old,
                     str element, int64_t *restarted)
{
    const struct json *vars = NULL;
    const struct bpmn_start s = {.process = old->process,
                                 .element = element.len ? element : old->element,
                                 .version = old->version,
                                 .subject_id = old->subject_id,
                                 .key = old->key};
    rc r = old->vars.len ? json_parse(cx, old->vars, &vars) : RC_OK;
    struct bpmn_start with = s;
    with.variables = vars;
    return r == RC_OK ? bpmn_start(cx, t, &with, restarted) : r;
}

static rc revive(struct cx *cx, const struct bpmn_turn *t, const struct instance *old, str element,
                 str reason)
{
    struct run r;
    struct names at = {0};
    rc result = db_exec(cx, t->db, &sql_revive, DB_ARGS(DB_I(old->id)));
    if (result == RC_OK) result = run_open(&r, cx, t, old->id);
    if (result != RC_OK) return run_rest(&r, result);
    if (element.len)
        *vec_add(cx->arena, &at) = element;
    else
        result = stood_at(&r, old->ended_us, &at);
    if (result == RC_OK && !at.len)
        result = err_set(cx, RC_INVALID, "bpmn.restart-where",
                         "实例是正常结束的，请指明从哪个元素重新开始",
                         "the instance ended by itself: say at which element it starts again");
    if (result == RC_OK) result = events_arm(&r, r.root, DAY_NONE);
    for (size_t i = 0; i < at.len && result == RC_OK; i++)
        result = start_at(&r, at.at[i]);
    if (result == RC_OK)
        result = note(&r, "revive", reason, (str){0}, joined(cx->arena, at.at, at.len));
    if (result == RC_OK) result = run_tell(&r, "instance.revived", NULL, NULL);
    r.instance_changed = true;
    return run_rest(&r, result);
}

rc bpmn_restart(struct cx *cx, const struct bpmn_turn *t, int64_t instance_id, str element,
                bool anew, str reason, int64_t *restarted)
{
    struct instance old = {0}, latest = {0};
    bool found = false, other = false;
    rc r = instance_load(cx, t->db, instance_id, &old, &found);
    if (r == RC_OK && !found)
        return err_set(cx, RC_MISSING, "bpmn.instance-missing", "流程实例 %" PRId64 " 不存在",
                       "there is no process instance %" PRId64, instance_id);
    if (r == RC_OK && !old.ended_us)
        return err_set(cx, RC_CONFLICT, "bpmn.running", "流程实例 %" PRId64 " 还在办理中",
                       "the process instance %" PRId64 " is still running", instance_id);
    if (r == RC_OK && old.subject_id)
        r = instance_latest(cx, t->db, old.process, old.subject_id, &latest, &other);
    if (r == RC_OK && other && !latest.ended_us)
        return err_set(cx, RC_CONFLICT, "bpmn.running", "同一事项的实例 %" PRId64 " 还在办理中",
                       "instance %" PRId64 " of the same subject is still running", latest.id);
    *restarted = instance_id;
    if (r != RC_OK) return r;
    return anew ? start_anew(cx, t, &old, element, restarted)
                : revive(cx, t, &old, element, reason);
}

/* ---- what failed, again ---- */

rc bpmn_retry(struct cx *cx, const struct bpmn_turn *t, int64_t incident_id)
{
    struct timer timer = {0};
    DB_ROWS rows = {0};
    bool found = false, due = false;
    rc r = db_query(cx, t->db, &sql_incident, DB_ARGS(DB_I(incident_id)), &rows);
    if (r == RC_OK) r = db_next(cx, &rows, &found);
    if (r == RC_OK && !found)
        return err_set(cx, RC_MISSING, "bpmn.incident-missing", "没有待处理的异常 %" PRId64,
                       "there is no open incident %" PRId64, incident_id);
    const int64_t id = found ? db_i64(&rows, 0) : 0;
    if (r == RC_OK) r = timer_load(cx, t->db, id, &timer, &due);
    if (r != RC_OK) return r;
    timer.due_us = cx->now_us;
    if (due) return timer_save(cx, t->db, &timer);
    return db_exec(cx, t->db, &sql_job_again, DB_ARGS(DB_I(id), DB_I(cx->now_us)));
}
