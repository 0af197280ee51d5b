/* What administrators do to running instances: change where they stand, hold them, bring them back. */
#include "bpmn/operate.h"

#include "bpmn/run/events.h"

enum { HELD_MAX = 10000 };

SQL(sql_revive,
    "UPDATE process_instance SET state = 'active', ended_us = NULL, error = ''"
    " WHERE site = $site AND id = $1");
SQL(sql_incident,
    "SELECT timer_id FROM incident WHERE site = $site AND id = $1"
    " AND resolved_us IS NULL");
SQL(sql_job_again,
    "UPDATE job SET retries = CASE WHEN retries > 0 THEN retries ELSE 1 END,"
    " due_us = $2, lease_us = 0 WHERE site = $site AND id = $1");
SQL(sql_start_again, "UPDATE process_start_timer SET due_us = $2 WHERE site = $site AND id = $1");

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

/* What was local to it when the instance ended. */
static void remember(struct token *scope, const struct tokens *past)
{
    for (size_t i = past ? past->len : 0; i-- > 0;) {
        const struct token *t = past->at[i];
        if (t->node != scope->node || t->state != TOKEN_CANCELLED || !t->var) continue;
        scope->var = t->var;
        scope->var_set = t->var_set;
        scope->vars_changed = true;
        return;
    }
}

/* The running scope of this node; those that do not run are opened.
 * NOLINTNEXTLINE(misc-no-recursion): as deep as scopes are nested */
static rc scope_ensure(struct run *r, const struct bpmn_node *scope, const struct tokens *past,
                       struct token **out)
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
    rc result = scope_ensure(r, scope->parent, past, &around);
    if (result != RC_OK) return result;
    const struct move m = {.node = scope, .scope = around, .path = {.arena = r->cx->arena}};
    *out = run_new_token(r, &m);
    if (scope->kind == BPMN_EVENT_SUB_PROCESS) (*out)->role = TOKEN_LISTENER;
    remember(*out, past);
    return scope_open(r, *out);
}

/* like: a token that stood there, NULL: none; at a join it comes by the same flow. */
static rc start_at(struct run *r, str id, const struct token *like, const struct tokens *past)
{
    const struct bpmn_node *n = bpmn_node_find(r->model, id);
    struct token *scope;
    if (!n)
        return err_set(r->cx, RC_MISSING, "bpmn.element-missing", "流程没有元素“" STR_FMT "”",
                       "the process has no element \"" STR_FMT "\"", STR_ARG(id));
    if (n->kind == BPMN_PROCESS || n->kind == BPMN_BOUNDARY || n->kind == BPMN_EVENT_SUB_PROCESS ||
        n->is_for_compensation)
        return no_place(r, id);
    rc result = scope_ensure(r, n->parent, past, &scope);
    if (result != RC_OK) return result;
    struct move *m = run_send(r, n, scope);
    const bool joins = n->kind >= BPMN_EXCLUSIVE && n->kind != BPMN_EVENT_BASED;
    for (int i = 0; like && joins && i < n->in_count; i++)
        if (str_eq(n->in[i]->id, like->flow)) m->flow = n->in[i];
    m->back = like ? like->back : (str){0};
    return RC_OK;
}

/* What is empty then goes too, up to what holds others. */
static rc cancel_token(struct run *r, struct token *t)
{
    struct token *scope = t->parent;
    rc result = t->role == TOKEN_ROUND ? round_remove(r, t) : token_cancel(r, t);
    while (result == RC_OK && scope != r->root && scope->live <= 0 &&
           scope->state == TOKEN_WAITING && scope->role != TOKEN_BODY) {
        struct token *empty = scope;
        scope = scope->parent;
        result = empty->role == TOKEN_ROUND ? round_remove(r, empty) : token_cancel(r, empty);
    }
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
        result = cancel_token(r, t);
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
        result = start_at(&r, m->start[i], NULL, NULL);
    for (size_t i = 0; i < m->cancel_count && result == RC_OK; i++)
        result = cancel_at(&r, m->cancel[i]);
    if (result == RC_OK && r.root->live <= 0)
        result = err_set(cx, RC_INVALID, "bpmn.modify", "这样就没有令牌了；要结束实例请撤销",
                         "no token would be left; to end the instance cancel it");
    if (result == RC_OK) result = joins_again(&r);
    if (result == RC_OK)
        result = note(&r, "modify", m->reason, joined(cx->arena, m->cancel, m->cancel_count),
                      joined(cx->arena, m->start, m->start_count));
    if (result == RC_OK) result = run_tell(&r, "instance.modified", NULL, NULL);
    return run_rest(&r, result);
}

/* ---- held and let go ---- */

static rc hold(struct run *r, bool resume)
{
    const bool held = str_eq(r->instance.state, STR("suspended"));
    if (!r->model)
        return err_set(r->cx, RC_CONFLICT, "bpmn.process-missing", "流程 \"" STR_FMT "\" 已不存在",
                       "the process \"" STR_FMT "\" no longer exists",
                       STR_ARG(r->instance.process));
    if (held && !resume)
        return err_set(r->cx, RC_CONFLICT, "bpmn.suspended", "流程实例 %" PRId64 " 已经暂停",
                       "instance %" PRId64 " is suspended already", r->instance.id);
    if (!held && resume)
        return err_set(r->cx, RC_CONFLICT, "bpmn.not-suspended", "流程实例 %" PRId64 " 没有暂停",
                       "instance %" PRId64 " is not suspended", r->instance.id);
    if (!resume) return instance_hold(r);
    rc result = instance_let_go(r);
    return result == RC_OK ? joins_again(r) : result; /* it may have been migrated meanwhile */
}

/* act: as the history says it. */
static rc suspend(struct cx *cx, const struct bpmn_turn *t, int64_t instance_id, const char *act,
                  str reason)
{
    const bool resume = str_starts(str_from(act), STR("resume"));
    struct run r;
    rc result = run_open_any(&r, cx, t, instance_id);
    if (result == RC_OK) result = hold(&r, resume);
    if (result == RC_OK) result = note(&r, act, reason, (str){0}, (str){0});
    if (result == RC_OK)
        result = run_tell(&r, resume ? "instance.resumed" : "instance.suspended", NULL, NULL);
    if (result != RC_OK) return run_rest(&r, result);
    r.instance.state = resume ? STR("active") : STR("suspended");
    r.instance_changed = true;
    r.is_over = !resume; /* nothing moves any more; what has changed meanwhile is looked at then */
    return run_rest(&r, RC_OK);
}

rc bpmn_suspend(struct cx *cx, const struct bpmn_turn *t, int64_t instance_id, bool resume,
                str reason)
{
    return suspend(cx, t, instance_id, resume ? "resume" : "suspend", reason);
}

/* ---- all of a version ---- */

#define OF_VERSION                                                                                 \
    " FROM process_instance i WHERE i.site = $site AND i.process = $1"                             \
    " AND i.version = $2 AND i.state IN ('active', 'suspended')"
SQL(sql_running, "SELECT i.id" OF_VERSION " AND i.state = 'active' ORDER BY i.id LIMIT $3");
/* Those that were suspended one by one stay so. */
SQL(sql_held,
    "SELECT i.id" OF_VERSION
    " AND i.state = 'suspended' AND (SELECT a.act FROM task_action a"
    " WHERE a.site = i.site AND a.instance_id = i.id AND a.act IN ('suspend', 'resume',"
    " 'suspend-version', 'resume-version') ORDER BY a.id DESC LIMIT 1) = 'suspend-version'"
    " ORDER BY i.id LIMIT $3");

rc version_hold(struct cx *cx, const struct bpmn_turn *t, str process, int64_t version, bool held)
{
    struct instance_ids ids = {0};
    rc r;
    {
        DB_ROWS rows = {0};
        bool more = true;
        r = db_query(cx, t->db, held ? &sql_running : &sql_held,
                     DB_ARGS(DB_T(process), DB_I(version), DB_I(HELD_MAX + 1)), &rows);
        while (r == RC_OK && (r = db_next(cx, &rows, &more)) == RC_OK && more)
            *(int64_t *)vec_add(cx->arena, &ids) = db_i64(&rows, 0);
    }
    if (r == RC_OK && ids.len > HELD_MAX)
        return err_set(cx, RC_LIMIT, "bpmn.too-many-instances",
                       "这一版本有超过 %d 个在办的实例，不能一次暂停或恢复；可停用它，或逐个暂停",
                       "more than %d instances run by this version, they cannot be held at once; "
                       "retire it, or suspend them one by one",
                       HELD_MAX);
    for (size_t i = 0; i < ids.len && r == RC_OK; i++)
        r = suspend(cx, t, ids.at[i], held ? "suspend-version" : "resume-version", (str){0});
    return r;
}

/* ---- brought back ---- */

/* Where it stood when it ended: what was cancelled in that moment and held nothing else.  A repeated
 * activity begins anew, a sub-process with the variables it had. */
static rc stand_again(struct run *r, const struct tokens *past, int64_t ended_us, struct names *at)
{
    rc result = RC_OK;
    for (size_t i = 0; i < past->len && result == RC_OK; i++) {
        const struct token *t = past->at[i];
        if (t->state != TOKEN_CANCELLED || t->left_us != ended_us || !t->node) continue;
        if (t->role == TOKEN_ROUND || t->role == TOKEN_HANDLER || bpmn_is_scope(t->node->kind))
            continue;
        result = start_at(r, t->node_id, t, past);
        *vec_add(r->cx->arena, at) = t->node_id;
    }
    if (result != RC_OK || at->len) return result;
    return err_set(r->cx, RC_INVALID, "bpmn.restart-where",
                   "实例是正常结束的，请指明从哪个元素重新开始",
                   "the instance ended by itself: say at which element it starts again");
}

/* Its variables, as they were: none is lost by going through JSON for people. */
static rc start_anew(struct cx *cx, const struct bpmn_turn *t, const struct instance *old,
                     str element, str reason, int64_t *restarted)
{
    const struct begin b = {.start = {.process = old->process,
                                      .element = element.len ? element : old->element,
                                      .version = old->version,
                                      .subject_id = old->subject_id,
                                      .key = old->key},
                            .started_by = old->started_by,
                            .vars = old->vars};
    struct run r;
    run_init(&r, cx, t);
    rc result = run_begin(&r, &b);
    if (result == RC_OK) result = note(&r, "restart", reason, (str){0}, element);
    result = run_rest(&r, result);
    if (result == RC_OK) *restarted = r.instance.id;
    return result;
}

static rc revive(struct cx *cx, const struct bpmn_turn *t, const struct instance *old, str element,
                 str reason)
{
    struct run r;
    struct tokens past = {0};
    struct names at = {0};
    rc result = db_exec(cx, t->db, &sql_revive, DB_ARGS(DB_I(old->id)));
    if (result != RC_OK) return result;
    result = run_open(&r, cx, t, old->id);
    if (result == RC_OK) result = tokens_load_all(cx, t->db, r.model, old->id, &past);
    if (result == RC_OK) result = events_arm(&r, r.root, DAY_NONE);
    if (result == RC_OK && element.len) {
        *vec_add(cx->arena, &at) = element;
        result = start_at(&r, element, NULL, &past);
    } else if (result == RC_OK) {
        result = stand_again(&r, &past, old->ended_us, &at);
    }
    if (result == RC_OK)
        result = note(&r, "revive", reason, (str){0}, joined(cx->arena, at.at, at.len));
    if (result == RC_OK) result = run_tell(&r, "instance.revived", NULL, NULL);
    r.instance_changed = true;
    return run_rest(&r, result);
}

static rc may_restart(struct cx *cx, const struct bpmn_turn *t, const struct instance *old,
                      bool anew)
{
    struct instance latest = {0};
    bool other = false;
    if (!old->ended_us)
        return err_set(cx, RC_CONFLICT, "bpmn.running", "流程实例 %" PRId64 " 还在办理中",
                       "the process instance %" PRId64 " is still running", old->id);
    if (old->parent_token && !anew)
        return err_set(cx, RC_CONFLICT, "bpmn.called",
                       "流程实例 %" PRId64 " 由实例 %" PRId64 " 调用，后者已不再等它",
                       "instance %" PRId64 " was called by instance %" PRId64
                       ", which does not wait for it any more",
                       old->id, old->parent_id);
    if (!old->subject_id) return RC_OK;
    rc r = instance_latest(cx, t->db, old->process, old->subject_id, &latest, &other);
    if (r != RC_OK || !other || latest.ended_us) return r;
    return err_set(cx, RC_CONFLICT, "bpmn.running", "同一事项的实例 %" PRId64 " 还在办理中",
                   "instance %" PRId64 " of the same subject is still running", latest.id);
}

rc bpmn_restart(struct cx *cx, const struct bpmn_turn *t, int64_t instance_id, str element,
                bool anew, str reason, int64_t *restarted)
{
    struct instance old = {0};
    bool found = false;
    rc r = instance_load(cx, t->db, instance_id, &old, &found);
    if (r == RC_OK && (!found || str_eq(old.state, STR("deleted"))))
        return err_set(cx, RC_MISSING, "bpmn.instance-missing", "流程实例 %" PRId64 " 不存在",
                       "there is no process instance %" PRId64, instance_id);
    *restarted = instance_id;
    if (r == RC_OK) r = may_restart(cx, t, &old, anew);
    if (r != RC_OK) return r;
    return anew ? start_anew(cx, t, &old, element, reason, restarted)
                : revive(cx, t, &old, element, reason);
}

/* ---- what failed, again ---- */

static rc touched(struct cx *cx, struct db *db, const struct sql *sql, int64_t id, bool *any)
{
    int64_t rows = 0;
    rc r = db_exec(cx, db, sql, DB_ARGS(DB_I(id), DB_I(cx->now_us)));
    if (r == RC_OK) r = db_changes(cx, db, &rows);
    *any = rows > 0;
    return r;
}

static rc timer_retry(struct cx *cx, const struct bpmn_turn *t, int64_t id, bool *any)
{
    struct timer timer = {0};
    rc r = timer_load(cx, t->db, id, &timer, any);
    if (r != RC_OK || !*any) return r;
    if (timer.due_us == INT64_MAX)
        return err_set(cx, RC_CONFLICT, "bpmn.suspended", "流程实例 %" PRId64 " 已暂停，或停了时钟",
                       "instance %" PRId64 " is suspended, or its clock stands still",
                       timer.instance_id);
    timer.due_us = cx->now_us;
    return timer_save(cx, t->db, &timer);
}

rc bpmn_retry(struct cx *cx, const struct bpmn_turn *t, int64_t incident_id)
{
    bool found = false;
    int64_t id = 0;
    rc r;
    {
        DB_ROWS rows = {0};
        r = db_query(cx, t->db, &sql_incident, DB_ARGS(DB_I(incident_id)), &rows);
        if (r == RC_OK) r = db_next(cx, &rows, &found);
        if (found) id = db_i64(&rows, 0);
    }
    if (r == RC_OK && found) r = timer_retry(cx, t, id, &found);
    if (r == RC_OK && id && !found) r = touched(cx, t->db, &sql_job_again, id, &found);
    if (r == RC_OK && id && !found) r = touched(cx, t->db, &sql_start_again, id, &found);
    if (r != RC_OK || found) return r;
    return err_set(cx, RC_MISSING, "bpmn.incident-missing", "没有待处理的异常 %" PRId64,
                   "there is no open incident %" PRId64, incident_id);
}
