/* Jobs: rows that programs outside lease, with a number that fences off those who come back too late. */
#include "bpmn/job.h"

#include "bpmn/run/events.h"

enum { RETRIES = 3 };

#define JOB_COLUMNS                                                                                \
    "id, instance_id, token_id, subject_id, process, element, topic, worker, lease_us, fence,"     \
    " retries, due_us, priority, vars, failures, held"
SQL(sql_job_add, "INSERT INTO job (site, " JOB_COLUMNS
                 ") VALUES"
                 " ($site, $1, $2, $3, $4, $5, $6, $7, '', 0, 0, $8, $9, $10, $11, 0, $12)");
SQL(sql_jobs_free, "SELECT " JOB_COLUMNS
                   " FROM job WHERE site = $site AND topic = $1"
                   " AND retries > 0 AND held = 0 AND due_us <= $2 AND lease_us <= $2"
                   " ORDER BY priority DESC, id LIMIT $3");
SQL(sql_job_load, "SELECT " JOB_COLUMNS " FROM job WHERE site = $site AND id = $1");
SQL(sql_job_lease,
    "UPDATE job SET worker = $2, lease_us = $3, fence = $4 WHERE site = $site"
    " AND id = $1");
SQL(sql_job_failed,
    "UPDATE job SET retries = $2, due_us = $3, lease_us = 0, failures = failures + 1"
    " WHERE site = $site AND id = $1");
SQL(sql_jobs_delete, "DELETE FROM job WHERE site = $site AND token_id = $1");
SQL(sql_jobs_hold,
    "UPDATE job SET held = $2 WHERE site = $site AND token_id IN"
    " (SELECT id FROM process_token WHERE site = $site AND instance_id = $1"
    " AND state = 'waiting')");

/* With what callers do not see. */
struct job_row {
    struct bpmn_job job;
    int64_t failures;
};

static void job_read(struct cx *cx, const struct db_rows *rows, struct bpmn_job *out)
{
    *out = (struct bpmn_job){.id = db_i64(rows, 0),
                             .instance_id = db_i64(rows, 1),
                             .token_id = db_i64(rows, 2),
                             .subject_id = db_i64(rows, 3),
                             .process = db_text_dup(cx, rows, 4),
                             .element = db_text_dup(cx, rows, 5),
                             .topic = db_text_dup(cx, rows, 6),
                             .worker = db_text_dup(cx, rows, 7),
                             .lease_us = db_i64(rows, 8),
                             .fence = db_i64(rows, 9),
                             .retries = db_i64(rows, 10),
                             .priority = db_i64(rows, 12),
                             .variables = db_text_dup(cx, rows, 13)};
}

/* ---- made and dropped with their tokens ---- */

/* The task's parameters; without any, the variables it sees. */
static rc given(struct run *r, struct token *t, str *out)
{
    const struct bpmn_node *n = t->node;
    struct buf b = {.arena = r->cx->arena};
    struct jw w = {.out = &b};
    rc result = RC_OK;
    jw_object(&w);
    for (int i = 0; i < n->param_count && result == RC_OK; i++) {
        struct feel_value v;
        struct buf text = {.arena = r->cx->arena};
        result = run_eval(r, t, n->param[i].value, &v);
        feel_value_write(&text, &v);
        jw_key(&w, n->param[i].name);
        jw_raw(&w, buf_str(&text));
    }
    for (int i = 0; !n->param_count && i < r->model->variable_count; i++) {
        const struct feel_value *v = var_get(t, i);
        struct buf text = {.arena = r->cx->arena};
        if (!v) continue;
        feel_value_write(&text, v);
        jw_key(&w, r->model->variable[i].name);
        jw_raw(&w, buf_str(&text));
    }
    jw_end(&w, '}');
    *out = buf_str(&b);
    return result;
}

rc job_add(struct run *r, struct token *t)
{
    struct feel_value v = feel_null();
    const bool held = str_eq(r->instance.state, STR("suspended"));
    int64_t priority = 0;
    str vars = {0};
    rc result = t->node->priority ? run_eval(r, t, t->node->priority, &v) : RC_OK;
    if (v.kind == FEEL_NUMBER) (void)feel_to_fixed(&v, 0, &priority);
    if (result == RC_OK) result = given(r, t, &vars);
    if (result != RC_OK) return result;
    return db_exec(r->cx, r->db, &sql_job_add,
                   DB_ARGS(DB_I(r->ids->next(r->ids->owner)), DB_I(r->instance.id), DB_I(t->id),
                           DB_I(r->instance.subject_id), DB_T(r->instance.process),
                           DB_T(t->node->id), DB_T(t->node->topic), DB_I(RETRIES),
                           DB_I(r->cx->now_us), DB_I(priority), DB_T(vars), DB_I(held)));
}

rc job_drop(struct run *r, const struct token *t)
{
    rc result = incidents_of_jobs_resolve(r->cx, r->db, t->id);
    return result == RC_OK ? db_exec(r->cx, r->db, &sql_jobs_delete, DB_ARGS(DB_I(t->id))) : result;
}

rc jobs_hold(struct run *r, bool held)
{
    return db_exec(r->cx, r->db, &sql_jobs_hold, DB_ARGS(DB_I(r->instance.id), DB_I(held)));
}

/* ---- leased ---- */

static rc check_lease(struct cx *cx, int seconds)
{
    if (seconds >= 1 && seconds <= BPMN_LEASE_MAX_S) return RC_OK;
    return err_set(cx, RC_INVALID, "job.lease", "租期应为 1 至 %d 秒", "a lease is 1 to %d seconds",
                   BPMN_LEASE_MAX_S);
}

rc bpmn_jobs_fetch(struct cx *cx, const struct bpmn_turn *t, str topic, str worker, int seconds,
                   int most, struct bpmn_jobs *out)
{
    rc r = check_lease(cx, seconds);
    if (most > BPMN_JOBS_A_FETCH) most = BPMN_JOBS_A_FETCH;
    if (r == RC_OK) {
        DB_ROWS rows = {0};
        bool more = true;
        r = db_query(cx, t->db, &sql_jobs_free, DB_ARGS(DB_T(topic), DB_I(cx->now_us), DB_I(most)),
                     &rows);
        while (r == RC_OK && (r = db_next(cx, &rows, &more)) == RC_OK && more)
            job_read(cx, &rows, vec_add(cx->arena, out));
    }
    for (size_t i = 0; i < out->len && r == RC_OK; i++) {
        struct bpmn_job *j = &out->at[i];
        j->worker = worker;
        j->lease_us = cx->now_us + (int64_t)seconds * US_PER_SECOND;
        j->fence++;
        r = db_exec(cx, t->db, &sql_job_lease,
                    DB_ARGS(DB_I(j->id), DB_T(worker), DB_I(j->lease_us), DB_I(j->fence)));
    }
    return r;
}

/* The job as it was leased to who reports.  A lease that ran out still counts while nobody else has
 * the job: the work is done. */
static rc leased(struct cx *cx, const struct bpmn_turn *t, int64_t id, int64_t fence,
                 struct job_row *out)
{
    DB_ROWS rows = {0};
    bool found = false;
    rc r = db_query(cx, t->db, &sql_job_load, DB_ARGS(DB_I(id)), &rows);
    if (r == RC_OK) r = db_next(cx, &rows, &found);
    if (r != RC_OK) return r;
    if (!found)
        return err_set(cx, RC_MISSING, "job.missing", "作业 %" PRId64 " 已完成、已取消或不存在",
                       "job %" PRId64 " is done, cancelled, or was never there", id);
    job_read(cx, &rows, &out->job);
    out->failures = db_i64(&rows, 14);
    if (out->job.fence == fence && out->job.lease_us) return RC_OK;
    return err_set(cx, RC_CONFLICT, "job.fenced",
                   "作业 %" PRId64 " 的租约已失效，已交给别的程序，结果未采用",
                   "the lease of job %" PRId64
                   " is over and it went to somebody else; nothing "
                   "was taken from this report",
                   id);
}

/* Opens the instance at the job's token. */
static rc job_open(struct run *r, struct cx *cx, const struct bpmn_turn *t,
                   const struct job_row *row, struct token **token)
{
    rc result = run_open(r, cx, t, row->job.instance_id);
    if (result != RC_OK) return result;
    *token = run_token(r, row->job.token_id);
    if (!*token || *token == r->root || !(*token)->node) return run_gone(r, row->job.element);
    return row->failures ? incident_resolve(cx, t->db, row->job.id) : RC_OK;
}

/* Its row goes with the token. */
rc bpmn_job_complete(struct cx *cx, const struct bpmn_turn *t, int64_t id, int64_t fence,
                     const struct json *variables)
{
    struct job_row row = {0};
    struct token *token;
    struct run r;
    rc result = leased(cx, t, id, fence, &row);
    if (result != RC_OK) return result;
    result = job_open(&r, cx, t, &row, &token);
    if (result == RC_OK && variables) result = vars_take(cx, r.model, variables, token);
    if (result == RC_OK) result = run_tell(&r, "job.done", token->node, NULL);
    if (result == RC_OK) result = activity_done(&r, token, token->outcome);
    return run_rest(&r, result);
}

rc bpmn_job_fail(struct cx *cx, const struct bpmn_turn *t, int64_t id, int64_t fence,
                 int64_t retries, int retry_seconds, str why)
{
    struct job_row row = {0};
    rc r = leased(cx, t, id, fence, &row);
    if (r != RC_OK) return r;
    if (retries < 0) retries = row.job.retries - 1;
    if (retry_seconds < 0) retry_seconds = 0;
    r = db_exec(cx, t->db, &sql_job_failed,
                DB_ARGS(DB_I(id), DB_I(retries),
                        DB_I(cx->now_us + (int64_t)retry_seconds * US_PER_SECOND)));
    if (r != RC_OK || retries > 0) return r;
    const struct err cause = {.code = RC_CONFLICT, .slug = "job.failed", .detail = why};
    const struct timer as = {
        .id = id, .instance_id = row.job.instance_id, .node_id = row.job.element};
    return incident_add(cx, t->db, t->ids->next(t->ids->owner), &as, &cause);
}

rc bpmn_job_error(struct cx *cx, const struct bpmn_turn *t, int64_t id, int64_t fence, str code)
{
    struct job_row row = {0};
    struct token *token;
    struct run r;
    rc result = leased(cx, t, id, fence, &row);
    if (result != RC_OK) return result;
    result = job_open(&r, cx, t, &row, &token);
    if (result == RC_OK) result = error_throw(&r, token, code);
    if (result == RC_OK) result = token_cancel(&r, token);
    return run_rest(&r, result);
}

rc bpmn_job_extend(struct cx *cx, const struct bpmn_turn *t, int64_t id, int64_t fence, int seconds)
{
    struct job_row row = {0};
    rc r = check_lease(cx, seconds);
    if (r == RC_OK) r = leased(cx, t, id, fence, &row);
    if (r != RC_OK) return r;
    return db_exec(cx, t->db, &sql_job_lease,
                   DB_ARGS(DB_I(id), DB_T(row.job.worker),
                           DB_I(cx->now_us + (int64_t)seconds * US_PER_SECOND), DB_I(fence)));
}
