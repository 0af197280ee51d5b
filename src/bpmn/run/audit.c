/* Proves invariant 3 on any database: every instance has a legal marking, every open task belongs to a
 * token, no timer is lost or doubled. */
#include "bpmn/run/run.h"

/* ---- what SQL alone can tell: each row is a fault (instance, element) ---- */

#define COUNT(table) "SELECT count(*) FROM " table " WHERE site = $site"
SQL(sql_instances, COUNT("process_instance"));
SQL(sql_no_token,
    "SELECT i.id, i.process FROM process_instance i WHERE i.site = $site AND i.state = 'active'"
    " AND NOT EXISTS (SELECT 1 FROM process_token t WHERE t.site = i.site"
    " AND t.instance_id = i.id AND t.state = 'waiting') ORDER BY i.id");
SQL(sql_tokens, COUNT("process_token"));
SQL(sql_stray_token,
    "SELECT t.instance_id, t.node FROM process_token t"
    " LEFT JOIN process_instance i ON i.site = t.site AND i.id = t.instance_id"
    " WHERE t.site = $site AND t.state = 'waiting' AND (i.id IS NULL OR i.state <> 'active')"
    " ORDER BY t.instance_id, t.id");
SQL(sql_tasks, COUNT("task") " AND state = 'open'");
SQL(sql_stray_task,
    "SELECT k.instance_id, k.node FROM task k"
    " LEFT JOIN process_token t ON t.site = k.site AND t.id = k.token_id"
    " WHERE k.site = $site AND k.state = 'open' AND (t.id IS NULL OR t.state <> 'waiting'"
    " OR t.node <> k.node OR t.instance_id <> k.instance_id) ORDER BY k.instance_id, k.id");
SQL(sql_double_task,
    "SELECT min(instance_id), min(node) FROM task WHERE site = $site AND state = 'open'"
    " GROUP BY token_id HAVING count(*) > 1 ORDER BY 1, 2");
SQL(sql_lost_timer,
    "SELECT t.instance_id, t.node FROM process_token t WHERE t.site = $site AND t.timers <>"
    " (SELECT count(*) FROM timer m WHERE m.site = t.site AND m.token_id = t.id)"
    " ORDER BY t.instance_id, t.id");
SQL(sql_lost_message,
    "SELECT t.instance_id, t.node FROM process_token t WHERE t.site = $site"
    " AND t.subscriptions <>"
    " (SELECT count(*) FROM subscription s WHERE s.site = t.site AND s.token_id = t.id)"
    " ORDER BY t.instance_id, t.id");
SQL(sql_all_timers, COUNT("timer"));
SQL(sql_stray_timer,
    "SELECT m.instance_id, m.node FROM timer m"
    " LEFT JOIN process_token t ON t.site = m.site AND t.id = m.token_id"
    " WHERE m.site = $site AND (t.id IS NULL OR t.state <> 'waiting'"
    " OR t.instance_id <> m.instance_id) ORDER BY m.instance_id, m.id");
SQL(sql_double_timer,
    "SELECT min(instance_id), node FROM timer WHERE site = $site GROUP BY token_id, node"
    " HAVING count(*) > 1 ORDER BY 1, 2");
SQL(sql_messages, COUNT("subscription"));
SQL(sql_stray_message,
    "SELECT s.instance_id, s.node FROM subscription s"
    " LEFT JOIN process_token t ON t.site = s.site AND t.id = s.token_id"
    " WHERE s.site = $site AND (t.id IS NULL OR t.state <> 'waiting'"
    " OR t.instance_id <> s.instance_id) ORDER BY s.instance_id, s.id");

struct rule {
    const struct sql *count, *broken;
    const char *slug, *zh, *en;
};
static const struct rule rules[] = {
    {&sql_instances, &sql_no_token, "audit.no-token", "在办实例没有令牌",
     "the instance is active, but has no token"},
    {&sql_tokens, &sql_stray_token, "audit.stray-token", "令牌所属的实例不在办",
     "a token waits in an instance that is not active"},
    {&sql_tasks, &sql_stray_task, "audit.stray-task", "待办没有对应的令牌",
     "an open task has no token"},
    {&sql_tasks, &sql_double_task, "audit.double-task", "一个令牌有多个待办",
     "a token has more than one open task"},
    {&sql_tokens, &sql_lost_timer, "audit.lost-timer", "令牌的定时器数目不符",
     "a token does not have as many timers as were set"},
    {&sql_tokens, &sql_lost_message, "audit.lost-subscription", "令牌等待的消息数目不符",
     "a token does not wait for as many messages as it should"},
    {&sql_all_timers, &sql_stray_timer, "audit.stray-timer", "定时器没有对应的令牌",
     "a timer has no token"},
    {&sql_all_timers, &sql_double_timer, "audit.double-timer", "同一事件有多个定时器",
     "an event has its timer twice"},
    {&sql_messages, &sql_stray_message, "audit.stray-subscription", "等待的消息没有对应的令牌",
     "a message is waited for without a token"},
};

struct audit {
    struct cx *cx;
    struct bpmn_engine *e;
    struct db *db;
    int64_t *checks, *broken;
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
    " WHERE k.site = t.site AND k.token_id = t.id AND k.state = 'open')"
    " FROM process_token t JOIN process_instance i ON i.site = t.site AND i.id = t.instance_id"
    " WHERE t.site = $site AND t.state = 'waiting' ORDER BY t.instance_id, t.node, t.id");
SQL(sql_timers,
    "SELECT t.instance_id, i.process, t.node, m.node FROM timer m"
    " JOIN process_token t ON t.site = m.site AND t.id = m.token_id"
    " JOIN process_instance i ON i.site = t.site AND i.id = t.instance_id"
    " WHERE m.site = $site ORDER BY t.instance_id, m.id");

/* Which incoming flows of one join of one instance have tokens. */
struct join {
    int64_t instance;
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

static bool join_add(struct audit *a, struct join *j, int64_t instance, const struct bpmn_node *n,
                     str flow)
{
    if (j->node != n || j->instance != instance) {
        check_join(a, j);
        if (j->cap < n->in_count) {
            j->has = NEWS(a->cx->arena, bool, (size_t)n->in_count);
            j->cap = n->in_count;
        }
        if (j->has) memset(j->has, 0, (size_t)j->cap * sizeof *j->has);
        j->instance = instance;
        j->node = n;
    }
    for (int i = 0; i < n->in_count; i++)
        if (str_eq(n->in[i]->id, flow)) return j->has[i] = true;
    return false;
}

/* Does a token legally wait here?  rows: see sql_waiting. */
static void check_token(struct audit *a, const struct db_rows *rows, struct join *j)
{
    const struct bpmn_host *h = &a->e->host;
    int64_t instance = db_i64(rows, 0);
    str id = db_text(rows, 2);
    const struct bpmn_model *m = h->model(h->owner, db_text(rows, 1));
    const struct bpmn_node *n = m ? bpmn_node_find(m, id) : NULL;
    int64_t timers = db_i64(rows, 4), messages = db_i64(rows, 5), tasks = db_i64(rows, 6);
    ++*a->checks;
    if (!n) {
        fault(a, "audit.element-missing", instance, id, "令牌所在的元素已不在流程中",
              "a token stands on an element that is no longer in the process");
        return;
    }
    bool legal = (n->kind == BPMN_USER_TASK && tasks == 1) ||
                 (n->kind == BPMN_CATCH_TIMER && timers == 1) ||
                 (n->kind == BPMN_CATCH_MESSAGE && messages == 1) ||
                 (n->kind == BPMN_PARALLEL && join_add(a, j, instance, n, db_text(rows, 3)));
    if (!legal)
        fault(a, "audit.marking", instance, id, "令牌不应停在这里，或缺少待办、定时器、消息",
              "a token cannot wait here, or its task, timer or message is missing");
}

static rc check_tokens(struct audit *a)
{
    DB_ROWS rows = {0};
    struct join j = {0};
    bool more = false;
    rc r = db_scan_text(a->cx, a->db, str_from(sql_waiting.text), DB_NO_ARGS, &rows);
    while (r == RC_OK && (r = db_next(a->cx, &rows, &more)) == RC_OK && more)
        check_token(a, &rows, &j);
    check_join(a, &j);
    return r;
}

static rc check_timers(struct audit *a)
{
    const struct bpmn_host *h = &a->e->host;
    DB_ROWS rows = {0};
    bool more = false;
    rc r = db_scan_text(a->cx, a->db, str_from(sql_timers.text), DB_NO_ARGS, &rows);
    while (r == RC_OK && (r = db_next(a->cx, &rows, &more)) == RC_OK && more) {
        const struct bpmn_model *m = h->model(h->owner, db_text(&rows, 1));
        const struct bpmn_node *n = m ? bpmn_node_find(m, db_text(&rows, 3)) : NULL;
        ++*a->checks;
        bool own = n && str_eq(n->id, db_text(&rows, 2));
        bool attached = n && n->attached_to && str_eq(n->attached_to->id, db_text(&rows, 2));
        if (!own && !attached)
            fault(a, "audit.timer", db_i64(&rows, 0), db_text(&rows, 3),
                  "定时器的事件已不在令牌所在的元素上",
                  "the event of a timer is no longer on the element its token waits at");
    }
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
