/* One instance as a page: all that is known of it, as JSON. */
#include "base/json.h"
#include "bpmn/operate.h"
#include "bpmn/run/run.h"
#include "bpmn/task.h"

enum { TOKENS_SHOWN = 2000, TASKS_SHOWN = 500 };

SQL(sql_timers,
    "SELECT node, due_us, left_us, event FROM timer WHERE site = $site AND token_id IN"
    " (SELECT id FROM process_token WHERE site = $site AND instance_id = $1 AND state = 'waiting'"
    " UNION ALL SELECT CAST($1 AS BIGINT)) ORDER BY due_us, id");
SQL(sql_messages,
    "SELECT node, kind, message, key FROM subscription WHERE site = $site AND token_id IN"
    " (SELECT id FROM process_token WHERE site = $site AND instance_id = $1 AND state = 'waiting'"
    " UNION ALL SELECT CAST($1 AS BIGINT)) ORDER BY id");
SQL(sql_incidents,
    "SELECT id, node, slug, detail, times, at_us FROM incident WHERE site = $site"
    " AND instance_id = $1 AND resolved_us IS NULL ORDER BY id");
SQL(sql_called,
    "SELECT id, process, state, parent_token FROM process_instance WHERE site = $site"
    " AND parent_id <> 0 AND parent_id = $1 ORDER BY id");
SQL(sql_jobs,
    "SELECT id, element, topic, worker, lease_us, retries FROM job WHERE site = $site"
    " AND token_id IN (SELECT id FROM process_token WHERE site = $site"
    " AND instance_id = $1 AND state = 'waiting') ORDER BY id");

struct page {
    struct cx *cx;
    struct bpmn_engine *e;
    struct db *db;
    struct instance i;
    const struct bpmn_model *model;
    struct tokens tokens;
    struct jw *out;
};

static void moment(struct page *p, const char *key, int64_t us)
{
    struct buf b = {.arena = p->cx->arena};
    if (!us || us == INT64_MAX) return;
    us_write(&b, us);
    jw_kstr(p->out, key, buf_str(&b));
}

static str name_of(const struct page *p, str node)
{
    const struct bpmn_node *n = p->model ? bpmn_node_find(p->model, node) : NULL;
    return n && n->name.len ? n->name : node;
}

static void write_instance(struct page *p)
{
    const struct instance *i = &p->i;
    jw_key(p->out, STR("instance"));
    jw_object(p->out);
    jw_ki64(p->out, "id", i->id);
    jw_kstr(p->out, "process", i->process);
    jw_kstr(p->out, "element", i->element);
    jw_kstr(p->out, "state", i->state);
    jw_kstr(p->out, "key", i->key);
    jw_kstr(p->out, "error", i->error);
    jw_kstr(p->out, "started_by", i->started_by);
    jw_ki64(p->out, "subject", i->subject_id);
    jw_ki64(p->out, "parent", i->parent_id);
    moment(p, "started_at", i->started_us);
    moment(p, "ended_at", i->ended_us);
    moment(p, "stopped_at", i->stopped_us);
    jw_end(p->out, '}');
}

static void write_token(struct page *p, const struct token *t)
{
    jw_object(p->out);
    jw_ki64(p->out, "id", t->id);
    jw_ki64(p->out, "in", t->parent ? t->parent->id : 0);
    jw_kstr(p->out, "node", t->node_id);
    jw_kstr(p->out, "name", name_of(p, t->node_id));
    jw_kstr(p->out, "state", token_state_name(t->state));
    if (t->role == TOKEN_ROUND) jw_ki64(p->out, "round", t->index);
    if (t->role == TOKEN_BODY) {
        jw_ki64(p->out, "rounds", t->total);
        jw_ki64(p->out, "done", t->done);
    }
    if (t->called) jw_ki64(p->out, "called", t->called);
    if (t->back.len) jw_kstr(p->out, "back_to", t->back);
    if (t->outcome.len) jw_kstr(p->out, "outcome", t->outcome);
    if (t->done_by.len) jw_kstr(p->out, "by", t->done_by);
    moment(p, "entered_at", t->entered_us);
    moment(p, "left_at", t->left_us);
    moment(p, "stopped_at", t->stopped_us);
    jw_end(p->out, '}');
}

/* All that wait, and of the others the last. */
static void write_tokens(struct page *p)
{
    const size_t first = p->tokens.len > TOKENS_SHOWN ? p->tokens.len - TOKENS_SHOWN : 0;
    jw_key(p->out, STR("tokens"));
    jw_array(p->out);
    for (size_t i = 0; i < p->tokens.len; i++)
        if (i >= first || p->tokens.at[i]->state == TOKEN_WAITING) write_token(p, p->tokens.at[i]);
    jw_end(p->out, ']');
}

static void write_variables(struct page *p)
{
    struct token root = {0};
    jw_key(p->out, STR("variables"));
    jw_object(p->out);
    if (p->model && vars_read(p->cx, p->model, p->i.vars, &root) == RC_OK)
        for (int i = 0; i < p->model->variable_count; i++) {
            struct buf text = {.arena = p->cx->arena};
            if (!root.var || !root.var_set[i]) continue;
            feel_value_write(&text, &root.var[i]);
            jw_key(p->out, p->model->variable[i].name);
            jw_raw(p->out, buf_str(&text));
        }
    err_clear(p->cx);
    jw_end(p->out, '}');
}

static void write_task(struct page *p, const struct bpmn_task *t)
{
    static const char *const kind[] = {"main", "before", "beside", "after", "aside"};
    jw_object(p->out);
    jw_ki64(p->out, "id", t->id);
    jw_ki64(p->out, "token", t->token_id);
    jw_kstr(p->out, "node", t->node->id);
    jw_kstr(p->out, "name", t->node->name);
    jw_kstr(p->out, "kind", str_from(kind[t->kind]));
    jw_kstr(p->out, "state", t->state);
    jw_kstr(p->out, "role", t->role);
    jw_kstr(p->out, "claimed_by", t->claimed_by);
    jw_kstr(p->out, "owner", t->owner);
    jw_kstr(p->out, "done_by", t->done_by);
    jw_kstr(p->out, "outcome", t->outcome);
    jw_ki64(p->out, "urged", t->urged);
    if (t->due != DAY_NONE) {
        struct buf due = {.arena = p->cx->arena};
        day_write(&due, t->due);
        jw_kstr(p->out, "due", buf_str(&due));
    }
    moment(p, "opened_at", t->created_us);
    moment(p, "done_at", t->done_us);
    jw_end(p->out, '}');
}

static rc write_tasks(struct page *p)
{
    const struct bpmn_task_query q = {.instance_id = p->i.id, .limit = TASKS_SHOWN};
    struct bpmn_tasks tasks = {0};
    rc r = bpmn_tasks_find(p->cx, p->e, p->db, &q, &tasks);
    jw_key(p->out, STR("tasks"));
    jw_array(p->out);
    for (size_t i = 0; i < tasks.len && r == RC_OK; i++)
        write_task(p, &tasks.at[i]);
    jw_end(p->out, ']');
    return r;
}

static rc write_actions(struct page *p)
{
    struct bpmn_actions list = {0};
    rc r = bpmn_actions_of(p->cx, p->db, p->i.id, &list);
    jw_key(p->out, STR("actions"));
    jw_array(p->out);
    for (size_t i = 0; i < list.len && r == RC_OK; i++) {
        const struct bpmn_action *a = &list.at[i];
        jw_object(p->out);
        jw_ki64(p->out, "task", a->task_id);
        moment(p, "at", a->at_us);
        jw_kstr(p->out, "act", a->act);
        jw_kstr(p->out, "actor", a->actor);
        jw_kstr(p->out, "on_behalf_of", a->on_behalf_of);
        jw_kstr(p->out, "to", a->to);
        jw_kstr(p->out, "reason", a->reason);
        jw_kstr(p->out, "from_node", a->from_node);
        jw_kstr(p->out, "to_node", a->to_node);
        jw_end(p->out, '}');
    }
    jw_end(p->out, ']');
    return r;
}

/* ---- what it waits for, what went wrong, whom it called: a row each ---- */

static void timer_row(struct page *p, const struct db_rows *rows)
{
    jw_kstr(p->out, "node", db_text(rows, 0));
    jw_kstr(p->out, "name", name_of(p, db_text(rows, 0)));
    moment(p, "due_at", db_i64(rows, 1));
    jw_kbool(p->out, "stopped", db_i64(rows, 1) == INT64_MAX);
}

static void message_row(struct page *p, const struct db_rows *rows)
{
    static const char *const kind[] = {"message", "signal", "condition"};
    const int64_t k = db_i64(rows, 1);
    jw_kstr(p->out, "node", db_text(rows, 0));
    jw_kstr(p->out, "kind", str_from(kind[k >= 0 && k <= 2 ? k : 0]));
    jw_kstr(p->out, "name", db_text(rows, 2));
    jw_kstr(p->out, "key", db_text(rows, 3));
}

static void incident_row(struct page *p, const struct db_rows *rows)
{
    jw_ki64(p->out, "id", db_i64(rows, 0));
    jw_kstr(p->out, "node", db_text(rows, 1));
    jw_kstr(p->out, "slug", db_text(rows, 2));
    jw_kstr(p->out, "detail", db_text(rows, 3));
    jw_ki64(p->out, "times", db_i64(rows, 4));
    moment(p, "at", db_i64(rows, 5));
}

static void called_row(struct page *p, const struct db_rows *rows)
{
    str node = {0};
    for (size_t i = 0; i < p->tokens.len; i++)
        if (p->tokens.at[i]->id == db_i64(rows, 3)) node = p->tokens.at[i]->node_id;
    jw_ki64(p->out, "instance", db_i64(rows, 0));
    jw_kstr(p->out, "process", db_text(rows, 1));
    jw_kstr(p->out, "state", db_text(rows, 2));
    jw_kstr(p->out, "node", node);
}

static void job_row(struct page *p, const struct db_rows *rows)
{
    jw_ki64(p->out, "id", db_i64(rows, 0));
    jw_kstr(p->out, "node", db_text(rows, 1));
    jw_kstr(p->out, "topic", db_text(rows, 2));
    jw_kstr(p->out, "worker", db_text(rows, 3));
    moment(p, "leased_until", db_i64(rows, 4));
    jw_ki64(p->out, "retries", db_i64(rows, 5));
}

static const struct {
    const char *key;
    const struct sql *sql;
    void (*write)(struct page *p, const struct db_rows *rows);
} lists[] = {{"timers", &sql_timers, timer_row},
             {"messages", &sql_messages, message_row},
             {"incidents", &sql_incidents, incident_row},
             {"called", &sql_called, called_row},
             {"jobs", &sql_jobs, job_row}};

static rc write_list(struct page *p, size_t which)
{
    DB_ROWS rows = {0};
    bool more = true;
    rc r = db_query(p->cx, p->db, lists[which].sql, DB_ARGS(DB_I(p->i.id)), &rows);
    jw_key(p->out, str_from(lists[which].key));
    jw_array(p->out);
    while (r == RC_OK && (r = db_next(p->cx, &rows, &more)) == RC_OK && more) {
        jw_object(p->out);
        lists[which].write(p, &rows);
        jw_end(p->out, '}');
    }
    jw_end(p->out, ']');
    return r;
}

rc bpmn_instance_write(struct cx *cx, struct bpmn_engine *e, struct db *db, int64_t id,
                       struct jw *out)
{
    struct page p = {.cx = cx, .e = e, .db = db, .out = out};
    bool found = false;
    rc r = instance_load(cx, db, id, &p.i, &found);
    if (r == RC_OK && !found)
        return err_set(cx, RC_MISSING, "bpmn.instance-missing", "流程实例 %" PRId64 " 不存在",
                       "there is no process instance %" PRId64, id);
    if (r == RC_OK) r = e->host.model(e->host.owner, cx, db, p.i.process, p.i.version, &p.model);
    if (r == RC_OK) r = tokens_load_all(cx, db, p.model, id, &p.tokens);
    if (r != RC_OK) return r;
    jw_object(out);
    write_instance(&p);
    write_tokens(&p);
    write_variables(&p);
    r = write_tasks(&p);
    if (r == RC_OK) r = write_actions(&p);
    for (size_t i = 0; i < COUNTOF(lists) && r == RC_OK; i++)
        r = write_list(&p, i);
    jw_end(out, '}');
    return r;
}
