/* Proves invariant 3 on any database: every instance has a legal marking, every open task belongs to a
 * token, no timer is lost or doubled, what is called exists. */
#include "bpmn/query.h"
#include "bpmn/run/run.h"

/* ---- what SQL alone can tell: each row is a fault (instance, element) ----
 * What the root of an instance waits for stands under the instance's id. */

#define COUNT(table) "SELECT count(*) FROM " table " WHERE site = $site"
#define LIVES        "i.state IN ('active', 'suspended')"
SQL(sql_instances, COUNT("process_instance"));
SQL(sql_no_token, "SELECT i.id, i.process FROM process_instance i WHERE i.site = $site AND " LIVES
                  " AND i.timers = 0 AND i.subscriptions = 0"
                  " AND NOT EXISTS (SELECT 1 FROM process_token t WHERE t.site = i.site"
                  " AND t.instance_id = i.id AND t.state = 'waiting') ORDER BY i.id");
SQL(sql_tokens, COUNT("process_token"));
SQL(sql_stray_token,
    "SELECT t.instance_id, t.node FROM process_token t"
    " LEFT JOIN process_instance i ON i.site = t.site AND i.id = t.instance_id"
    " WHERE t.site = $site AND (t.state = 'waiting' OR t.state = 'kept')"
    " AND (i.id IS NULL OR NOT " LIVES ") ORDER BY t.instance_id, t.id");
SQL(sql_lost_child,
    "SELECT t.instance_id, t.node FROM process_token t"
    " LEFT JOIN process_token p ON p.site = t.site AND p.id = t.scope_id"
    " WHERE t.site = $site AND t.state = 'waiting' AND t.scope_id <> 0"
    " AND (p.id IS NULL OR p.instance_id <> t.instance_id"
    " OR (p.state <> 'waiting' AND t.role <> 3)) ORDER BY t.instance_id, t.id");
SQL(sql_bad_counter,
    "SELECT t.instance_id, t.node FROM process_token t WHERE t.site = $site AND t.role = 1"
    " AND t.state = 'waiting' AND t.made - t.done - t.broken <>"
    " (SELECT count(*) FROM process_token c WHERE c.site = t.site AND c.instance_id ="
    " t.instance_id AND c.scope_id = t.id AND c.role = 2 AND c.state = 'waiting')"
    " ORDER BY t.instance_id, t.id");
SQL(sql_lost_call,
    "SELECT t.instance_id, t.node FROM process_token t"
    " LEFT JOIN process_instance i ON i.site = t.site AND i.id = t.called"
    " WHERE t.site = $site AND t.state = 'waiting' AND t.called <> 0"
    " AND (i.id IS NULL OR NOT " LIVES " OR i.parent_token <> t.id) ORDER BY t.instance_id, t.id");
SQL(sql_tasks, COUNT("task") " AND (state = 'open' OR state = 'waiting')");
SQL(sql_stray_task,
    "SELECT k.instance_id, k.node FROM task k"
    " LEFT JOIN process_token t ON t.site = k.site AND t.id = k.token_id"
    " WHERE k.site = $site AND (k.state = 'open' OR k.state = 'waiting') AND k.kind <> 4"
    " AND (t.id IS NULL OR t.state <> 'waiting'"
    " OR t.node <> k.node OR t.instance_id <> k.instance_id) ORDER BY k.instance_id, k.id");
SQL(sql_double_task,
    "SELECT min(instance_id), min(node) FROM task WHERE site = $site"
    " AND (state = 'open' OR state = 'waiting') AND kind = 0 AND parent_id = 0"
    " GROUP BY token_id HAVING count(*) > 1 ORDER BY 1, 2");
SQL(sql_lost_timer,
    "SELECT t.instance_id, t.node FROM process_token t WHERE t.site = $site AND t.timers <>"
    " (SELECT count(*) FROM timer m WHERE m.site = t.site AND m.token_id = t.id)"
    " ORDER BY t.instance_id, t.id");
SQL(sql_lost_root_timer,
    "SELECT i.id, i.process FROM process_instance i WHERE i.site = $site AND i.timers <>"
    " (SELECT count(*) FROM timer m WHERE m.site = i.site AND m.token_id = i.id) ORDER BY i.id");
SQL(sql_lost_message,
    "SELECT t.instance_id, t.node FROM process_token t WHERE t.site = $site"
    " AND t.subscriptions <>"
    " (SELECT count(*) FROM subscription s WHERE s.site = t.site AND s.token_id = t.id)"
    " ORDER BY t.instance_id, t.id");
SQL(sql_lost_root_message,
    "SELECT i.id, i.process FROM process_instance i WHERE i.site = $site AND i.subscriptions <>"
    " (SELECT count(*) FROM subscription s WHERE s.site = i.site AND s.token_id = i.id)"
    " ORDER BY i.id");
SQL(sql_all_timers, COUNT("timer"));
SQL(sql_stray_timer,
    "SELECT m.instance_id, m.node FROM timer m"
    " LEFT JOIN process_token t ON t.site = m.site AND t.id = m.token_id"
    " LEFT JOIN process_instance i ON i.site = m.site AND i.id = m.instance_id"
    " WHERE m.site = $site AND (i.id IS NULL OR NOT " LIVES
    " OR (m.token_id <> m.instance_id AND (t.id IS NULL OR t.state <> 'waiting'"
    " OR t.instance_id <> m.instance_id))) ORDER BY m.instance_id, m.id");
SQL(sql_double_timer,
    "SELECT min(instance_id), node FROM timer WHERE site = $site GROUP BY token_id, node, event"
    " HAVING count(*) > 1 ORDER BY 1, 2");
SQL(sql_messages, COUNT("subscription"));
SQL(sql_stray_message,
    "SELECT s.instance_id, s.node FROM subscription s"
    " LEFT JOIN process_token t ON t.site = s.site AND t.id = s.token_id"
    " LEFT JOIN process_instance i ON i.site = s.site AND i.id = s.instance_id"
    " WHERE s.site = $site AND (i.id IS NULL OR NOT " LIVES
    " OR (s.token_id <> s.instance_id AND (t.id IS NULL OR t.state <> 'waiting'"
    " OR t.instance_id <> s.instance_id))) ORDER BY s.instance_id, s.id");

SQL(sql_jobs, COUNT("job"));
SQL(sql_stray_job,
    "SELECT j.instance_id, j.element FROM job j"
    " LEFT JOIN process_token t ON t.site = j.site AND t.id = j.token_id"
    " LEFT JOIN process_instance i ON i.site = j.site AND i.id = j.instance_id"
    " WHERE j.site = $site AND (i.id IS NULL OR t.id IS NULL OR t.state <> 'waiting'"
    " OR t.instance_id <> j.instance_id OR t.node <> j.element"
    " OR (i.state = 'suspended') <> (j.held = 1)) ORDER BY j.instance_id, j.id");
SQL(sql_double_job,
    "SELECT min(instance_id), min(element) FROM job WHERE site = $site"
    " GROUP BY token_id HAVING count(*) > 1 ORDER BY 1, 2");
SQL(sql_running_timer,
    "SELECT m.instance_id, m.node FROM timer m JOIN process_instance i ON i.site = m.site"
    " AND i.id = m.instance_id WHERE m.site = $site AND i.state = 'suspended'"
    " AND m.due_us < 9223372036854775807 ORDER BY m.instance_id, m.id");
SQL(sql_signers,
    "SELECT t.instance_id, t.node FROM process_token t WHERE t.site = $site"
    " AND t.state = 'waiting' AND t.role <> 1 AND t.total > 0 AND t.total <"
    " (SELECT count(*) FROM task k WHERE k.site = t.site AND k.token_id = t.id AND k.kind <> 0"
    " AND (k.state = 'open' OR k.state = 'waiting')) ORDER BY t.instance_id, t.id");

struct rule {
    const struct sql *count, *broken;
    const char *slug, *zh, *en;
};
static const struct rule rules[] = {
    {&sql_instances, &sql_no_token, "audit.no-token", "在办实例没有令牌",
     "the instance is active, but has no token"},
    {&sql_tokens, &sql_stray_token, "audit.stray-token", "令牌所属的实例不在办",
     "a token waits in an instance that is not active"},
    {&sql_tokens, &sql_lost_child, "audit.lost-child", "令牌所在的子流程已不在办",
     "a token waits in a scope that has left"},
    {&sql_tokens, &sql_bad_counter, "audit.rounds", "重复活动的轮次数目不符",
     "a repeated activity does not have as many rounds as it counts"},
    {&sql_tokens, &sql_lost_call, "audit.lost-call", "等待的被调用实例不在办",
     "the instance that a token waits for does not run"},
    {&sql_tasks, &sql_stray_task, "audit.stray-task", "待办没有对应的令牌",
     "an open task has no token"},
    {&sql_tasks, &sql_double_task, "audit.double-task", "一个令牌有多个待办",
     "a token has more than one open task"},
    {&sql_tokens, &sql_lost_timer, "audit.lost-timer", "令牌的定时器数目不符",
     "a token does not have as many timers as were set"},
    {&sql_instances, &sql_lost_root_timer, "audit.lost-timer", "实例的定时器数目不符",
     "an instance does not have as many timers as were set"},
    {&sql_tokens, &sql_lost_message, "audit.lost-subscription", "令牌等待的消息数目不符",
     "a token does not wait for as many messages as it should"},
    {&sql_instances, &sql_lost_root_message, "audit.lost-subscription", "实例等待的消息数目不符",
     "an instance does not wait for as many messages as it should"},
    {&sql_all_timers, &sql_stray_timer, "audit.stray-timer", "定时器没有对应的令牌",
     "a timer has no token"},
    {&sql_all_timers, &sql_double_timer, "audit.double-timer", "同一事件有多个定时器",
     "an event has its timer twice"},
    {&sql_messages, &sql_stray_message, "audit.stray-subscription", "等待的消息没有对应的令牌",
     "a message is waited for without a token"},
    {&sql_jobs, &sql_stray_job, "audit.jobs", "外部作业没有对应的令牌，或与实例的暂停不符",
     "a job has no token, or is not held as its instance is"},
    {&sql_jobs, &sql_double_job, "audit.jobs", "一个令牌有多个外部作业",
     "a token has more than one job"},
    {&sql_all_timers, &sql_running_timer, "audit.running-timer", "暂停的实例里有定时器在走",
     "a timer runs in an instance that is suspended"},
    {&sql_tasks, &sql_signers, "audit.signers", "加签、征询的待办比令牌记的多",
     "a token counts fewer signers than have open tasks"},
};

struct audit {
    struct cx *cx;
    struct bpmn_engine *e;
    struct db *db;
    int64_t *checks, *broken;
    /* The model last asked for: rows come instance by instance. */
    str process;
    int64_t version;
    const struct bpmn_model *model;
    bool has_model;
};

static void fault(struct audit *a, const char *slug, int64_t instance, str element, const char *zh,
                  const char *en)
{
    ++*a->broken;
    struct findings *list = a->cx->findings;
    if (!list || list->count == FINDINGS_MAX) { /* counted, not told: memory is bounded */
        if (list) list->more++;
        return;
    }
    (void)!err_set(a->cx, RC_CONFLICT, slug, "流程实例 %" PRId64 "，\"" STR_FMT "\"：%s",
                   "process instance %" PRId64 ", \"" STR_FMT "\": %s", instance, STR_ARG(element),
                   a->cx->lang == LANG_EN ? en : zh);
    (void)err_collect(a->cx);
}

static rc count(struct audit *a, const struct sql *sql)
{
    DB_ROWS rows = {0};
    bool more = false;
    rc r = db_query(a->cx, a->db, sql, DB_NO_ARGS, &rows);
    if (r == RC_OK) r = db_next(a->cx, &rows, &more);
    if (r == RC_OK && more) *a->checks += db_i64(&rows, 0);
    return r;
}

static rc apply_rule(struct audit *a, const struct rule *rule)
{
    DB_ROWS rows = {0};
    bool more = false;
    rc r = count(a, rule->count);
    if (r == RC_OK) r = db_query(a->cx, a->db, rule->broken, DB_NO_ARGS, &rows);
    while (r == RC_OK && (r = db_next(a->cx, &rows, &more)) == RC_OK && more)
        fault(a, rule->slug, db_i64(&rows, 0), db_text(&rows, 1), rule->zh, rule->en);
    return r;
}

/* ---- what needs the model ---- */

SQL(sql_waiting,
    "SELECT t.instance_id, i.process, t.node, t.flow, t.timers, t.subscriptions,"
    " (SELECT count(*) FROM task k"
    " WHERE k.site = t.site AND k.token_id = t.id AND (k.state = 'open' OR k.state = 'waiting')),"
    " i.version, t.scope_id, t.role, t.counter, t.called,"
    " (SELECT count(*) FROM job j WHERE j.site = t.site AND j.token_id = t.id),"
    " i.state FROM process_token t"
    " JOIN process_instance i ON i.site = t.site AND i.id = t.instance_id"
    " WHERE t.site = $site AND t.state = 'waiting'"
    " ORDER BY t.instance_id, t.node, t.scope_id, t.id");
SQL(sql_timers,
    "SELECT m.instance_id, i.process, t.node, m.node, i.version, m.event FROM timer m"
    " JOIN process_instance i ON i.site = m.site AND i.id = m.instance_id"
    " LEFT JOIN process_token t ON t.site = m.site AND t.id = m.token_id"
    " WHERE m.site = $site ORDER BY m.instance_id, m.id");

static rc model_of(struct audit *a, str process, int64_t version, const struct bpmn_model **out)
{
    const struct bpmn_host *h = &a->e->host;
    rc r = RC_OK;
    if (!a->has_model || a->version != version || !str_eq(a->process, process)) {
        a->process = arena_dup(a->cx->arena, process);
        a->version = version;
        r = h->model(h->owner, a->cx, a->db, a->process, version, &a->model);
        a->has_model = r == RC_OK;
    }
    *out = a->model;
    return r;
}

/* Which incoming flows of one join have tokens. */
struct join {
    int64_t instance, scope;
    const struct bpmn_node *node;
    bool *has; /* by index in node->in; room for `cap`, used again for the next join */
    int cap;
};

static void check_join(struct audit *a, struct join *j)
{
    bool complete = j->node != NULL;
    for (int i = 0; j->node && i < j->node->in_count; i++)
        complete = complete && j->has[i];
    if (complete)
        fault(a, "audit.join", j->instance, j->node->id, "汇合已经等齐，却没有继续",
              "the join has all its tokens and did not go on");
    j->node = NULL;
}

static bool join_add(struct audit *a, struct join *j, const struct bpmn_node *n,
                     const struct db_rows *rows)
{
    int64_t instance = db_i64(rows, 0), scope = db_i64(rows, 8);
    str flow = db_text(rows, 3);
    if (j->node != n || j->instance != instance || j->scope != scope) {
        check_join(a, j);
        if (j->cap < n->in_count) {
            j->has = NEWS(a->cx->arena, bool, (size_t)n->in_count);
            j->cap = n->in_count;
        }
        if (j->has) memset(j->has, 0, (size_t)j->cap * sizeof *j->has);
        j->instance = instance;
        j->scope = scope;
        j->node = n;
    }
    const bool moves = !str_eq(db_text(rows, 13), STR("suspended")); /* else it goes on later */
    for (int i = 0; i < n->in_count; i++) {
        if (!str_eq(n->in[i]->id, flow)) continue;
        j->has[i] = moves;
        return true;
    }
    return false;
}

static bool only_conditions(const struct bpmn_node *n)
{
    for (int i = 0; i < n->event_count; i++)
        if (n->event[i].kind == BPMN_EVENT_CONDITIONAL) return true;
    return false;
}

/* Does a token legally wait here?  rows: see sql_waiting. */
static bool may_wait(struct audit *a, const struct bpmn_node *n, const struct db_rows *rows,
                     struct join *j)
{
    int64_t timers = db_i64(rows, 4), messages = db_i64(rows, 5), tasks = db_i64(rows, 6);
    bool gathers = db_i64(rows, 10) != 0 && n->start_quantity > 1;
    switch (n->kind) {
    case BPMN_USER_TASK: return tasks >= 1 || db_i64(rows, 9) == TOKEN_BODY || gathers;
    case BPMN_CATCH:
    case BPMN_START:
    case BPMN_EVENT_BASED: return timers + messages > 0 || only_conditions(n);
    case BPMN_RECEIVE_TASK: return messages > 0 || db_i64(rows, 9) == TOKEN_BODY || gathers;
    case BPMN_PARALLEL: return join_add(a, j, n, rows);
    case BPMN_INCLUSIVE:
    case BPMN_COMPLEX: return n->in_count > 1 || n->kind == BPMN_COMPLEX;
    case BPMN_SERVICE_TASK:
    case BPMN_SEND_TASK:
    case BPMN_BUSINESS_RULE_TASK:
        return !n->topic.len || db_i64(rows, 12) > 0 || db_i64(rows, 9) == TOKEN_BODY || gathers;
    case BPMN_CALL_ACTIVITY:
        return db_i64(rows, 11) != 0 || db_i64(rows, 9) == TOKEN_BODY || gathers;
    case BPMN_EXCLUSIVE:
    case BPMN_BOUNDARY:
    case BPMN_PROCESS: return false;
    /* A throw or an end waits for compensation, a service task for a worker; scopes for what is in
     * them. */
    case BPMN_THROW:
    case BPMN_END:
    case BPMN_TASK:
    case BPMN_MANUAL_TASK:
    case BPMN_SCRIPT_TASK:
    case BPMN_SUB_PROCESS:
    case BPMN_EVENT_SUB_PROCESS:
    case BPMN_TRANSACTION:
    case BPMN_AD_HOC:
    case BPMN_KIND_COUNT: break;
    }
    return true;
}

static rc check_token(struct audit *a, const struct db_rows *rows, struct join *j)
{
    const struct bpmn_model *m;
    int64_t instance = db_i64(rows, 0);
    str id = db_text(rows, 2);
    rc r = model_of(a, db_text(rows, 1), db_i64(rows, 7), &m);
    if (r != RC_OK) return r;
    const struct bpmn_node *n = m ? bpmn_node_find(m, id) : NULL;
    ++*a->checks;
    if (!n)
        fault(a, "audit.element-missing", instance, id, "令牌所在的元素已不在流程中",
              "a token stands on an element that is no longer in the process");
    else if (!may_wait(a, n, rows, j))
        fault(a, "audit.marking", instance, id, "令牌不应停在这里，或缺少待办、定时器、消息",
              "a token cannot wait here, or its task, timer or message is missing");
    return RC_OK;
}

static rc check_tokens(struct audit *a)
{
    DB_ROWS rows = {0};
    struct join j = {0};
    bool more = false;
    rc r = db_scan_text(a->cx, a->db, str_from(sql_waiting.text), DB_NO_ARGS, &rows);
    while (r == RC_OK && (r = db_next(a->cx, &rows, &more)) == RC_OK && more)
        r = check_token(a, &rows, &j);
    check_join(a, &j);
    return r;
}

/* May a timer of event node n stand on a token at `at` (NULL: the instance itself)? */
static bool belongs(const struct bpmn_node *n, str at)
{
    const struct bpmn_node *holder = n->kind == BPMN_START ? n->parent->parent : n->attached_to;
    if (!holder) holder = n;
    if (str_eq(holder->id, at) || str_eq(n->id, at)) return true;
    if (!at.len) return holder->kind == BPMN_PROCESS;
    for (int i = 0; i < n->in_count; i++)
        if (str_eq(n->in[i]->from->id, at)) return true;
    return false;
}

static rc check_timer(struct audit *a, const struct db_rows *rows)
{
    const struct bpmn_model *m;
    rc r = model_of(a, db_text(rows, 1), db_i64(rows, 4), &m);
    if (r != RC_OK) return r;
    const struct bpmn_node *n = m ? bpmn_node_find(m, db_text(rows, 3)) : NULL;
    str at = db_is_null(rows, 2) ? (str){0} : db_text(rows, 2);
    ++*a->checks;
    if (!n || db_i64(rows, 5) >= n->event_count || !belongs(n, at))
        fault(a, "audit.timer", db_i64(rows, 0), db_text(rows, 3),
              "定时器的事件已不在令牌所在的元素上",
              "the event of a timer is no longer on the element its token waits at");
    return RC_OK;
}

static rc check_timers(struct audit *a)
{
    DB_ROWS rows = {0};
    bool more = false;
    rc r = db_scan_text(a->cx, a->db, str_from(sql_timers.text), DB_NO_ARGS, &rows);
    while (r == RC_OK && (r = db_next(a->cx, &rows, &more)) == RC_OK && more)
        r = check_timer(a, &rows);
    return r;
}

rc bpmn_audit(struct cx *cx, struct bpmn_engine *e, struct db *db, int64_t *checks, int64_t *broken)
{
    struct audit a = {.cx = cx, .e = e, .db = db, .checks = checks, .broken = broken};
    rc r = RC_OK;
    *checks = *broken = 0;
    for (size_t i = 0; i < COUNTOF(rules) && r == RC_OK; i++)
        r = apply_rule(&a, &rules[i]);
    if (r == RC_OK) r = check_tokens(&a);
    return r == RC_OK ? check_timers(&a) : r;
}
