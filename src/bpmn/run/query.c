/* Task lists.  Each pair of role and org is one range of an index, read from the cursor on for at most
 * a page; the ranges are then merged, so that a page costs the same whatever stands behind it. */
#include "bpmn/query.h"

#include <stdlib.h>

#include "bpmn/run/run.h"

enum { LIMIT_DEFAULT = 50, LIMIT_MAX = 500, RANGES_MAX = 400 };

#define AFTER_CURSOR "(due, id) > ($1, $2) AND ($3 = '' OR process = $3)"
#define IN_ORDER     " ORDER BY due, id LIMIT $4"
/* Not one by one, and not one's own alone. */
#define FOR_ALL " AND picked = 0 AND (claimed_by = '' OR role <> '' OR org <> '')"
SQL(sql_cursor, "SELECT due FROM task WHERE site = $site AND id = $1");
SQL(sql_tasks_of, "SELECT " TASK_COLUMNS
                  " FROM task WHERE site = $site AND state = 'open' AND role = $5"
                  " AND org = $6" FOR_ALL " AND " AFTER_CURSOR IN_ORDER);
SQL(sql_tasks_of_role,
    "SELECT " TASK_COLUMNS " FROM task WHERE site = $site AND state = 'open' AND role = $5" FOR_ALL
    " AND " AFTER_CURSOR IN_ORDER);
SQL(sql_tasks_of_org,
    "SELECT " TASK_COLUMNS " FROM task WHERE site = $site AND state = 'open' AND org = $5" FOR_ALL
    " AND " AFTER_CURSOR IN_ORDER);
SQL(sql_tasks_open, "SELECT " TASK_COLUMNS
                    " FROM task WHERE site = $site AND state = 'open' AND " AFTER_CURSOR IN_ORDER);
SQL(sql_tasks_of_subject, "SELECT " TASK_COLUMNS
                          " FROM task WHERE site = $site AND subject_id = $5"
                          " AND ($6 = 0 OR state = 'open') AND " AFTER_CURSOR IN_ORDER);

SQL(sql_tasks_of_instance, "SELECT " TASK_COLUMNS
                           " FROM task WHERE site = $site AND instance_id = $5"
                           " AND ($6 = 0 OR state = 'open') AND " AFTER_CURSOR IN_ORDER);
SQL(sql_tasks_claimed, "SELECT " TASK_COLUMNS
                       " FROM task WHERE site = $site AND state = 'open' AND claimed_by = $5"
                       " AND claimed_by <> '' AND " AFTER_CURSOR IN_ORDER);
/* Those named one by one: the index is in order of due, so that a page is read and no more. */
SQL(sql_tasks_named,
    "SELECT " TASK_COLUMNS
    " FROM (SELECT p.due AS named_due, p.task_id AS named_id"
    " FROM task_person p WHERE p.site = $site AND p.user_code = $5 AND p.is_open = 1"
    " AND p.kind <> 'copy' AND (p.due, p.task_id) > ($1, $2)) n"
    " JOIN task ON task.site = $site AND task.id = n.named_id"
    " WHERE state = 'open' AND ($3 = '' OR process = $3)"
    " ORDER BY n.named_due, n.named_id LIMIT $4");
SQL(sql_tasks_done,
    "SELECT " TASK_COLUMNS
    " FROM task WHERE site = $site AND state = 'done' AND done_by = $5 AND " AFTER_CURSOR IN_ORDER);

rc bpmn_task_load(struct cx *cx, struct bpmn_engine *e, struct db *db, int64_t task_id,
                  struct bpmn_task *out)
{
    rc r = task_load(cx, db, &e->host, task_id, out);
    if (r != RC_OK || out->id) return r;
    return err_set(cx, RC_MISSING, "task.missing", "待办 %" PRId64 " 不存在",
                   "there is no task %" PRId64, task_id);
}

struct find {
    struct cx *cx;
    struct bpmn_engine *e;
    struct db *db;
    const struct bpmn_task_query *q;
    int64_t after_due, limit;
    struct bpmn_tasks *out;
};

/* What a range fixes: the arguments behind the four that all have. */
static rc add_range(struct find *f, const struct sql *sql, const struct db_val *fixed, size_t count)
{
    struct db_val args[6] = {DB_I(f->after_due), DB_I(f->q->after), DB_T(f->q->process),
                             DB_I(f->limit)};
    for (size_t i = 0; i < count; i++)
        args[4 + i] = fixed[i];
    DB_ROWS rows = {0};
    bool more = false;
    rc r = db_query(f->cx, f->db, sql, args, 4 + count, &rows);
    while (r == RC_OK && (r = db_next(f->cx, &rows, &more)) == RC_OK && more)
        r = task_of_row(f->cx, &f->e->host, f->db, &rows, vec_add(f->cx->arena, f->out));
    return r;
}

/* A list and "none" behind it: a task that names no role or no org is for all. */
static str nth_or_none(const str *at, size_t count, size_t i)
{
    return i < count ? at[i] : (str){0};
}

static bool said_before(const str *at, size_t count, size_t i)
{
    for (size_t k = 0; k < i; k++)
        if (str_eq(nth_or_none(at, count, k), nth_or_none(at, count, i))) return true;
    return false;
}

static rc add_pairs(struct find *f)
{
    const struct bpmn_task_query *q = f->q;
    rc r = RC_OK;
    for (size_t i = 0; i <= q->role_count; i++) {
        if (said_before(q->role, q->role_count, i)) continue;
        for (size_t k = 0; k <= q->org_count && r == RC_OK; k++) {
            if (said_before(q->org, q->org_count, k)) continue;
            r = add_range(f, &sql_tasks_of,
                          DB_ARGS(DB_T(nth_or_none(q->role, q->role_count, i)),
                                  DB_T(nth_or_none(q->org, q->org_count, k))));
        }
    }
    return r;
}

static rc add_singles(struct find *f, const struct sql *sql, const str *at, size_t count)
{
    rc r = RC_OK;
    for (size_t i = 0; i <= count && r == RC_OK; i++)
        if (!said_before(at, count, i))
            r = add_range(f, sql, DB_ARGS(DB_T(nth_or_none(at, count, i))));
    return r;
}

static rc add_user(struct find *f)
{
    if (!f->q->user.len) return RC_OK;
    rc r = add_range(f, &sql_tasks_claimed, DB_ARGS(DB_T(f->q->user)));
    return r == RC_OK ? add_range(f, &sql_tasks_named, DB_ARGS(DB_T(f->q->user))) : r;
}

static rc add_groups(struct find *f)
{
    const struct bpmn_task_query *q = f->q;
    if ((q->role_count + 1) * (q->org_count + 1) > RANGES_MAX)
        return err_set(f->cx, RC_LIMIT, "task.ranges", "角色与机构的组合超过 %d 个",
                       "there are more than %d combinations of role and org", RANGES_MAX);
    if (q->role_count && q->org_count) return add_pairs(f);
    if (q->role_count) return add_singles(f, &sql_tasks_of_role, q->role, q->role_count);
    if (q->org_count) return add_singles(f, &sql_tasks_of_org, q->org, q->org_count);
    return q->user.len ? RC_OK : add_range(f, &sql_tasks_open, NULL, 0);
}

static rc add_all(struct find *f)
{
    const struct bpmn_task_query *q = f->q;
    if (q->instance_id)
        return add_range(f, &sql_tasks_of_instance,
                         DB_ARGS(DB_I(q->instance_id), DB_I(q->open_only)));
    if (q->subject_id)
        return add_range(f, &sql_tasks_of_subject,
                         DB_ARGS(DB_I(q->subject_id), DB_I(q->open_only)));
    if (q->done_by.len) return add_range(f, &sql_tasks_done, DB_ARGS(DB_T(q->done_by)));
    rc r = add_groups(f);
    return r == RC_OK ? add_user(f) : r;
}

static int by_due(const void *a, const void *b)
{
    const struct bpmn_task *x = a, *y = b;
    int64_t due_x = x->due == DAY_NONE ? DUE_NONE : x->due;
    int64_t due_y = y->due == DAY_NONE ? DUE_NONE : y->due;
    if (due_x != due_y) return due_x < due_y ? -1 : 1;
    return x->id < y->id ? -1 : x->id > y->id;
}

/* A task may be found by role and by name. */
static void drop_doubles(struct bpmn_tasks *out)
{
    size_t n = 0;
    for (size_t i = 0; i < out->len; i++)
        if (!n || out->at[n - 1].id != out->at[i].id) out->at[n++] = out->at[i];
    out->len = n;
}

static rc load_cursor(struct find *f)
{
    DB_ROWS rows = {0};
    bool more = false;
    f->after_due = INT64_MIN;
    if (!f->q->after) return RC_OK;
    rc r = db_query(f->cx, f->db, &sql_cursor, DB_ARGS(DB_I(f->q->after)), &rows);
    if (r == RC_OK) r = db_next(f->cx, &rows, &more);
    if (r != RC_OK) return r;
    if (!more)
        return err_set(f->cx, RC_INVALID, "task.cursor", "游标 %" PRId64 " 不是一个待办的编号",
                       "the cursor %" PRId64 " is not the id of a task", f->q->after);
    f->after_due = db_i64(&rows, 0);
    return RC_OK;
}

rc bpmn_tasks_find(struct cx *cx, struct bpmn_engine *e, struct db *db,
                   const struct bpmn_task_query *q, struct bpmn_tasks *out)
{
    *out = (struct bpmn_tasks){0};
    int limit = q->limit <= 0 ? LIMIT_DEFAULT : q->limit > LIMIT_MAX ? LIMIT_MAX : q->limit;
    struct find f = {.cx = cx, .e = e, .db = db, .q = q, .limit = limit, .out = out};
    rc r = load_cursor(&f);
    if (r == RC_OK) r = add_all(&f);
    if (r != RC_OK) return r;
    if (out->len) qsort(out->at, out->len, sizeof *out->at, by_due);
    drop_doubles(out);
    if (out->len > (size_t)limit) out->len = (size_t)limit;
    return RC_OK;
}

/* Slots of the host's are null: a form shows the record's fields itself. */
rc bpmn_form_values(struct cx *cx, struct bpmn_engine *e, struct db *db,
                    const struct bpmn_task *task, struct feel_value *out)
{
    const struct bpmn_model *m = NULL;
    struct instance i = {0};
    struct tokens tokens = {0};
    struct token root = {.state = TOKEN_WAITING};
    const struct token *at = &root;
    bool found = false;
    rc r = e->host.model(e->host.owner, cx, db, task->process, task->version, &m);
    if (r == RC_OK) r = instance_load(cx, db, task->instance_id, &i, &found);
    if (r == RC_OK && m && found && i.vars.len) r = vars_read(cx, m, i.vars, &root);
    if (r == RC_OK && m && found) r = tokens_load(cx, db, m, &i, &root, &tokens);
    for (size_t k = 0; k < tokens.len; k++)
        if (tokens.at[k]->id == task->token_id) at = tokens.at[k];
    for (int k = 0; r == RC_OK && k < task->node->form_slot_count; k++) {
        const int variable = m ? task->node->form_slot[k] - m->first_variable : -1;
        const struct feel_value *v = variable >= 0 ? var_get(at, variable) : NULL;
        out[k] = v ? *v : feel_null();
    }
    return r;
}
