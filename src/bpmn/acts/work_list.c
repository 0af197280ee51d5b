/* Beyond single tasks: a leaver's tasks, withdrawing, what people have to read, where a task may be
 * returned to, what completing it would bring. */
#include "bpmn/acts/act.h"

SQL(sql_of_user,
    "SELECT id FROM task WHERE site = $site AND claimed_by = $1"
    " AND (state = 'open' OR state = 'waiting') ORDER BY id");
SQL(sql_decided,
    "SELECT id FROM task WHERE site = $site AND instance_id = $1 AND state = 'done'"
    " AND done_by <> $2 AND done_by <> 'system' ORDER BY id LIMIT 1");
SQL(sql_copies,
    "SELECT task_id FROM task_person WHERE site = $site AND user_code = $1"
    " AND kind = 'copy' AND read_us = 0 ORDER BY task_id DESC LIMIT $2");
SQL(sql_last_task, "SELECT CAST(max(id) AS BIGINT) FROM task WHERE site = $site");
SQL(sql_since, "SELECT id FROM task WHERE site = $site AND id > $1 AND state = 'open' ORDER BY id");

static rc ids_of(struct cx *cx, struct db *db, const struct sql *sql, const struct db_val *args,
                 size_t count, struct tasks_ids *out)
{
    DB_ROWS rows = {0};
    bool more = true;
    rc r = db_query(cx, db, sql, args, count, &rows);
    while (r == RC_OK && (r = db_next(cx, &rows, &more)) == RC_OK && more)
        *vec_add(cx->arena, out) = db_i64(&rows, 0);
    return r;
}

/* ---- a leaver ---- */

rc bpmn_tasks_reassign(struct cx *cx, const struct bpmn_turn *t, str from, str to, str reason,
                       int64_t *count)
{
    struct tasks_ids ids = {0};
    *count = 0;
    if (!reason.len) {
        (void)!err_set(cx, RC_INVALID, "task.reason", "请写明原因", "say why");
        err_field(cx, STR("reason"));
        return RC_INVALID;
    }
    rc r = ids_of(cx, t->db, &sql_of_user, DB_ARGS(DB_T(from)), &ids);
    for (size_t i = 0; i < ids.len && r == RC_OK; i++, ++*count) {
        struct bpmn_task task;
        r = task_load(cx, t->db, &t->e->host, ids.at[i], &task);
        if (r != RC_OK) break;
        const struct task_action a = {.id = t->ids->next(t->ids->owner),
                                      .instance_id = task.instance_id,
                                      .task_id = task.id,
                                      .at_us = cx->now_us,
                                      .act = STR("hand-over"),
                                      .actor = t->actor,
                                      .on_behalf_of = from,
                                      .to_user = to,
                                      .reason = reason,
                                      .from_node = task.node->id};
        task.claimed_by = to;
        if (str_eq(task.owner, from)) task.owner = (str){0};
        r = task_save(cx, t->db, &task);
        if (r == RC_OK) r = action_add(cx, t->db, &a);
    }
    return r;
}

/* ---- withdrawing ---- */

rc bpmn_withdraw(struct cx *cx, const struct bpmn_turn *t, int64_t instance_id, str reason)
{
    struct instance i = {0};
    struct tasks_ids decided = {0};
    bool found = false;
    rc r = instance_load(cx, t->db, instance_id, &i, &found);
    if (r == RC_OK && !found)
        return err_set(cx, RC_MISSING, "bpmn.instance-missing", "流程实例 %" PRId64 " 不存在",
                       "there is no process instance %" PRId64, instance_id);
    if (r == RC_OK && !str_eq(i.started_by, t->actor))
        return err_set(cx, RC_DENIED, "task.not-starter", "只有发起人可以撤销",
                       "only who started it can withdraw it");
    if (r == RC_OK)
        r = ids_of(cx, t->db, &sql_decided, DB_ARGS(DB_I(instance_id), DB_T(t->actor)), &decided);
    if (r == RC_OK && decided.len)
        return err_set(cx, RC_CONFLICT, "task.decided", "已有人办理，不能撤销，可请办理人退回",
                       "somebody has decided already: ask them to return it");
    return r == RC_OK ? bpmn_cancel(cx, t, instance_id, reason) : r;
}

/* ---- what is known ---- */

rc bpmn_actions_of(struct cx *cx, struct db *db, int64_t instance_id, struct bpmn_actions *out)
{
    struct task_actions rows = {0};
    rc r = actions_of_instance(cx, db, instance_id, &rows);
    for (size_t i = 0; i < rows.len && r == RC_OK; i++) {
        const struct task_action *a = &rows.at[i];
        *vec_add(cx->arena, out) = (struct bpmn_action){.id = a->id,
                                                        .task_id = a->task_id,
                                                        .at_us = a->at_us,
                                                        .act = a->act,
                                                        .actor = a->actor,
                                                        .on_behalf_of = a->on_behalf_of,
                                                        .to = a->to_user,
                                                        .reason = a->reason,
                                                        .from_node = a->from_node,
                                                        .to_node = a->to_node};
    }
    return r;
}

static rc tasks_load(struct cx *cx, struct bpmn_engine *e, struct db *db,
                     const struct tasks_ids *ids, struct bpmn_tasks *out)
{
    rc r = RC_OK;
    for (size_t i = 0; i < ids->len && r == RC_OK; i++)
        r = task_load(cx, db, &e->host, ids->at[i], vec_add(cx->arena, out));
    return r;
}

rc bpmn_copies_of(struct cx *cx, struct bpmn_engine *e, struct db *db, str user, int limit,
                  struct bpmn_tasks *out)
{
    struct tasks_ids ids = {0};
    rc r = ids_of(cx, db, &sql_copies, DB_ARGS(DB_T(user), DB_I(limit)), &ids);
    return r == RC_OK ? tasks_load(cx, e, db, &ids, out) : r;
}

/* The nearest first; each step once. */
rc bpmn_return_targets(struct cx *cx, struct bpmn_engine *e, struct db *db,
                       const struct bpmn_task *task, struct bpmn_targets *out)
{
    struct tokens all = {0};
    const struct bpmn_model *m = NULL;
    const struct token *own = NULL;
    rc r = e->host.model(e->host.owner, cx, db, task->process, task->version, &m);
    if (r == RC_OK && m) r = tokens_load_all(cx, db, m, task->instance_id, &all);
    for (size_t i = 0; i < all.len; i++)
        if (all.at[i]->id == task->token_id) own = all.at[i];
    for (size_t i = all.len; i-- > 0 && own && own->node && r == RC_OK;) {
        const struct token *t = all.at[i];
        bool around = false, known = false;
        if (!token_is_step(t) || t->node == own->node) continue;
        for (const struct bpmn_node *s = own->node->parent; s; s = s->parent)
            around = around || s == t->node->parent;
        for (size_t k = 0; k < out->len; k++)
            known = known || str_eq(out->at[k].node, t->node->id);
        if (!around || known) continue;
        *vec_add(cx->arena, out) = (struct bpmn_target){.node = t->node->id,
                                                        .name = t->node->name,
                                                        .done_by = t->done_by,
                                                        .left_us = t->left_us};
    }
    return r;
}

/* ---- what would come next ---- */

static rc next_add(struct cx *cx, struct db *db, const struct bpmn_task *task,
                   struct bpmn_nexts *out)
{
    struct task_persons persons = {0};
    struct bpmn_next *n = vec_add(cx->arena, out);
    *n = (struct bpmn_next){
        .node = task->node->id, .name = task->node->name, .role = task->role, .org = task->org};
    rc r = persons_of_task(cx, db, task->id, &persons);
    if (task->claimed_by.len) *(str *)vec_add(cx->arena, &n->users) = task->claimed_by;
    for (size_t i = 0; i < persons.len; i++)
        if (!str_eq(persons.at[i].kind, STR("copy")))
            *(str *)vec_add(cx->arena, &n->users) = persons.at[i].user;
    return r;
}

rc bpmn_predict(struct cx *cx, const struct bpmn_turn *t, const struct bpmn_completion *what,
                struct bpmn_nexts *out)
{
    struct tasks_ids last = {0}, opened = {0};
    struct bpmn_tasks tasks = {0};
    struct bpmn_task task;
    struct instance i = {0};
    bool found = false;
    rc r = bpmn_task_load(cx, t->e, t->db, what->task_id, &task);
    if (r == RC_OK) r = ids_of(cx, t->db, &sql_last_task, DB_NO_ARGS, &last);
    if (r == RC_OK) r = bpmn_complete(cx, t, what);
    if (r == RC_OK) r = ids_of(cx, t->db, &sql_since, DB_ARGS(DB_I(last.at[0])), &opened);
    if (r == RC_OK) r = tasks_load(cx, t->e, t->db, &opened, &tasks);
    for (size_t k = 0; k < tasks.len && r == RC_OK; k++)
        r = next_add(cx, t->db, &tasks.at[k], out);
    if (r == RC_OK) r = instance_load(cx, t->db, task.instance_id, &i, &found);
    if (r == RC_OK && found && !str_eq(i.state, STR("active")))
        *vec_add(cx->arena, out) = (struct bpmn_next){.ends = true};
    return r;
}
