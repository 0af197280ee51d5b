/* Beyond single tasks: a leaver's tasks, withdrawing, what people have to read, where a task may be
 * returned to, what completing it would bring. */
#include "bpmn/acts/act.h"

SQL(sql_of_user,
    "SELECT id FROM task WHERE site = $site AND state = 'open' AND claimed_by = $1"
    " AND claimed_by <> '' ORDER BY due, id");
SQL(sql_waiting_of_user,
    "SELECT id FROM task WHERE site = $site AND state = 'waiting'"
    " AND claimed_by = $1 ORDER BY id");
SQL(sql_owned,
    "SELECT id FROM task WHERE site = $site AND state = 'open' AND owner <> ''"
    " AND owner = $1 AND claimed_by <> $1 ORDER BY id");
SQL(sql_named,
    "SELECT task_id FROM task_person WHERE site = $site AND user_code = $1"
    " AND is_open = 1 AND kind <> 'copy' ORDER BY due, task_id");
SQL(sql_named_anew,
    "UPDATE task_person SET user_code = $3 WHERE site = $site AND task_id = $1"
    " AND user_code = $2 AND is_open = 1 AND kind <> 'copy' AND NOT EXISTS"
    " (SELECT 1 FROM task_person o WHERE o.site = $site AND o.task_id = $1"
    " AND o.user_code = $3 AND o.kind <> 'copy')");
SQL(sql_decided,
    "SELECT id FROM task WHERE site = $site AND instance_id = $1 AND state = 'done'"
    " AND done_by <> $2 AND done_by <> 'system' ORDER BY due, id LIMIT 1");
SQL(sql_copies,
    "SELECT task_id FROM task_person WHERE site = $site AND user_code = $1"
    " AND kind = 'copy' AND read_us = 0 ORDER BY at_us DESC, task_id DESC LIMIT $2");
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

struct leaving {
    struct cx *cx;
    const struct bpmn_turn *t;
    str from, to, reason;
};

/* Given back to nobody in particular it must be somebody's to take. */
static rc need_others(const struct leaving *l, const struct bpmn_task *task)
{
    if (l->to.len || task->role.len || task->org.len || task->picked) return RC_OK;
    (void)!err_set(l->cx, RC_INVALID, "task.to",
                   "待办 \"" STR_FMT "\" 没有别的人可办，请指定接办人",
                   "nobody else can take the task \"" STR_FMT "\": name who takes over",
                   STR_ARG(task->node->name));
    err_field(l->cx, STR("to"));
    return RC_INVALID;
}

static rc tell(const struct leaving *l, const struct bpmn_task *task)
{
    const struct bpmn_host *h = &l->t->e->host;
    struct bpmn_step step = {
        .node = task->node, .instance_id = task->instance_id, .subject_id = task->subject_id};
    if (!h->event) return RC_OK;
    rc r = h->model(h->owner, l->cx, l->t->db, task->process, task->version, &step.model);
    return r == RC_OK ? h->event(h->owner, l->cx, l->t->db, "task.hand-over", &step, task) : r;
}

static rc hand_over(const struct leaving *l, int64_t task_id)
{
    struct bpmn_task task;
    rc r = task_load(l->cx, l->t->db, &l->t->e->host, task_id, &task);
    const bool owns = r == RC_OK && str_eq(task.owner, l->from);
    if (r == RC_OK && !owns) r = need_others(l, &task);
    if (r != RC_OK) return r;
    const struct task_action a = {.id = l->t->ids->next(l->t->ids->owner),
                                  .instance_id = task.instance_id,
                                  .task_id = task.id,
                                  .at_us = l->cx->now_us,
                                  .act = STR("hand-over"),
                                  .actor = l->t->actor,
                                  .on_behalf_of = l->from,
                                  .to_user = l->to,
                                  .reason = l->reason,
                                  .from_node = task.node->id};
    if (owns) task.owner = l->to;
    if (str_eq(task.claimed_by, l->from)) {
        task.claimed_by = l->to;
        r = act_stand_ins(l->cx, l->t, &task, l->to);
    }
    if (r == RC_OK) r = task_save(l->cx, l->t->db, &task);
    if (r == RC_OK) r = action_add(l->cx, l->t->db, &a);
    return r == RC_OK ? tell(l, &task) : r;
}

/* Where they are one of several who may. */
static rc name_anew(const struct leaving *l, int64_t task_id)
{
    struct task_persons p = {0};
    rc r = l->to.len ? db_exec(l->cx, l->t->db, &sql_named_anew,
                               DB_ARGS(DB_I(task_id), DB_T(l->from), DB_T(l->to)))
                     : RC_OK;
    if (r == RC_OK) r = persons_of_task(l->cx, l->t->db, task_id, &p);
    for (size_t i = 0; i < p.len && r == RC_OK; i++)
        if (str_eq(p.at[i].user, l->from) && !str_eq(p.at[i].kind, STR("copy")))
            r = person_delete(l->cx, l->t->db, task_id, l->from, p.at[i].kind);
    return r;
}

rc bpmn_tasks_reassign(struct cx *cx, const struct bpmn_turn *t, str from, str to, str reason,
                       int64_t *count)
{
    static const struct sql *const whose[] = {&sql_of_user, &sql_waiting_of_user, &sql_owned};
    const struct leaving l = {cx, t, from, to, reason};
    struct tasks_ids ids = {0}, named = {0};
    rc r = RC_OK;
    *count = 0;
    if (!reason.len) {
        (void)!err_set(cx, RC_INVALID, "task.reason", "请写明原因", "say why");
        err_field(cx, STR("reason"));
        return RC_INVALID;
    }
    for (size_t i = 0; i < COUNTOF(whose) && r == RC_OK; i++)
        r = ids_of(cx, t->db, whose[i], DB_ARGS(DB_T(from)), &ids);
    if (r == RC_OK) r = ids_of(cx, t->db, &sql_named, DB_ARGS(DB_T(from)), &named);
    for (size_t i = 0; i < ids.len && r == RC_OK; i++, ++*count)
        r = hand_over(&l, ids.at[i]);
    for (size_t i = 0; i < named.len && r == RC_OK; i++, ++*count)
        r = name_anew(&l, named.at[i]);
    return r;
}

/* ---- withdrawing ---- */

static rc note_withdraw(struct cx *cx, const struct bpmn_turn *t, int64_t instance_id, str reason)
{
    const struct task_action a = {.id = t->ids->next(t->ids->owner),
                                  .instance_id = instance_id,
                                  .at_us = cx->now_us,
                                  .act = STR("withdraw"),
                                  .actor = t->actor,
                                  .reason = reason};
    return action_add(cx, t->db, &a);
}

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
    if (r == RC_OK && !i.ended_us)
        r = ids_of(cx, t->db, &sql_decided, DB_ARGS(DB_I(instance_id), DB_T(t->actor)), &decided);
    if (r == RC_OK && decided.len)
        return err_set(cx, RC_CONFLICT, "task.decided", "已有人办理，不能撤销，可请办理人退回",
                       "somebody has decided already: ask them to return it");
    if (r == RC_OK) r = bpmn_cancel(cx, t, instance_id, (str){0});
    return r == RC_OK ? note_withdraw(cx, t, instance_id, reason) : r;
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
        bool known = !token_is_step(t) || t->node == own->node;
        for (size_t k = 0; k < out->len && !known; k++)
            known = str_eq(out->at[k].node, t->node->id);
        if (known || !step_lies_before(cx->arena, m, t->node, own->node)) continue;
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
