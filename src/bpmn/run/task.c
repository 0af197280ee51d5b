/* Tasks: what waits for people, what the host does, what is computed. */
#include "bpmn/run/run.h"

/* ---- done by the host ---- */

/* A BPMN error of the step: whoever catches it, the activity is over. */
static rc step_error(struct run *r, struct token *t)
{
    str code = arena_dup(r->cx->arena, r->cx->err.field);
    err_clear(r->cx);
    rc result = error_throw(r, t, code);
    return result == RC_OK ? token_cancel(r, t) : result;
}

static rc host_does(struct run *r, struct token *t)
{
    const struct bpmn_host *h = &r->e->host;
    const struct bpmn_step step = {.model = r->model,
                                   .node = t->node,
                                   .instance_id = r->instance.id,
                                   .subject_id = r->instance.subject_id};
    struct feel_value value = feel_null();
    r->e->at = t;
    rc result = h->operation(h->owner, r->cx, r->db, &step, &value);
    r->e->at = NULL;
    r->values = NULL; /* it may have changed the record */
    if (result != RC_OK && r->cx->err.slug && str_eq(str_from(r->cx->err.slug), STR("bpmn.error")))
        return step_error(r, t);
    if (result == RC_OK && t->node->result_slot >= 0) run_set(r, t, t->node->result_slot, &value);
    if (result == RC_OK) result = run_tell(r, "operation.done", t->node, NULL);
    return result == RC_OK ? activity_done(r, t, t->outcome) : result;
}

static rc compute(struct run *r, struct token *t)
{
    struct feel_value v;
    r->outcome = t->outcome;
    rc result = run_eval(r, t, t->node->script, &v);
    if (result == RC_OK && t->node->result_slot >= 0) run_set(r, t, t->node->result_slot, &v);
    return result == RC_OK ? activity_done(r, t, t->outcome) : result;
}

static rc send(struct run *r, struct token *t)
{
    const struct bpmn_node *n = t->node;
    bool consumed = false;
    for (int i = 0; i < n->event_count; i++) {
        rc result = event_throw(r, &n->event[i], n, t, &consumed);
        if (result != RC_OK) return result;
    }
    return activity_done(r, t, t->outcome);
}

static bool host_has_it(const struct run *r, const struct bpmn_node *n)
{
    if (!r->e->host.operation) return false;
    if (n->kind == BPMN_SCRIPT_TASK) return n->script_text.len > 0;
    return n->operation.len || n->decision.len;
}

static rc pass_task(struct run *r, struct token *t)
{
    const struct bpmn_node *n = t->node;
    switch (n->kind) {
    case BPMN_SCRIPT_TASK:
        if (n->script) return compute(r, t);
        break;
    case BPMN_SEND_TASK:
        if (n->event_count) return send(r, t);
        break;
    case BPMN_SERVICE_TASK:
    case BPMN_BUSINESS_RULE_TASK: break;
    default: return activity_done(r, t, t->outcome);
    }
    return host_has_it(r, n) ? host_does(r, t) : activity_done(r, t, t->outcome);
}

/* ---- done by people ---- */

/* Nothing but what closing changes: the lists by subject and instance are not touched. */
SQL(sql_task_close,
    "UPDATE task SET state = $2, done_by = $3, outcome = $4, done_us = $5, owner = $6"
    " WHERE site = $site AND id = $1");

rc task_close(struct run *r, const struct bpmn_task *t)
{
    rc result = db_exec(r->cx, r->db, &sql_task_close,
                        DB_ARGS(DB_I(t->id), DB_T(t->state), DB_T(t->done_by), DB_T(t->outcome),
                                DB_I(t->done_us), DB_T(t->owner)));
    return result == RC_OK && t->picked ? persons_follow(r->cx, r->db, t) : result;
}

static rc note_skip(struct run *r, const struct bpmn_task *task, const struct people *who)
{
    const struct task_action a = {.id = r->ids->next(r->ids->owner),
                                  .instance_id = task->instance_id,
                                  .task_id = task->id,
                                  .at_us = r->cx->now_us,
                                  .act = str_from(who->why),
                                  .actor = STR("system"),
                                  .on_behalf_of = who->by,
                                  .from_node = task->node->id};
    return action_add(r->cx, r->db, &a);
}

/* Nobody is asked: the task stands in the history as done. */
static rc skip(struct run *r, struct token *t, struct bpmn_task *task, const struct people *who)
{
    task->state = STR("done");
    task->done_by = who->by.len ? who->by : STR("system");
    task->outcome = who->outcome;
    task->done_us = r->cx->now_us;
    rc result = task_add(r->cx, r->db, task);
    if (result == RC_OK) result = note_skip(r, task, who);
    if (result == RC_OK) result = run_tell(r, "task.skipped", task->node, task);
    r->weight = task->weight;
    return result == RC_OK ? activity_done(r, t, who->outcome) : result;
}

static rc add_persons(struct run *r, const struct bpmn_task *task, const struct bpmn_users *users,
                      const char *kind, size_t from)
{
    rc result = RC_OK;
    for (size_t i = from; i < users->len && result == RC_OK; i++) {
        const struct task_person p = {.task_id = task->id,
                                      .instance_id = task->instance_id,
                                      .user = users->at[i],
                                      .kind = str_from(kind),
                                      .at_us = r->cx->now_us,
                                      .due = task->due == DAY_NONE ? DUE_NONE : task->due,
                                      .open = !str_eq(str_from(kind), STR("copy"))};
        result = person_add(r->cx, r->db, &p);
    }
    return result;
}

static rc open_task(struct run *r, struct token *t, struct bpmn_task *task, struct people *who)
{
    rc result = task_add(r->cx, r->db, task);
    if (result == RC_OK && task->picked)
        result = add_persons(r, task, &who->user, "candidate", who->assigned);
    if (result == RC_OK && task->picked) result = add_persons(r, task, &who->agent, "agent", 0);
    if (result == RC_OK) result = add_persons(r, task, &who->copy, "copy", 0);
    if (result == RC_OK && t->node->boundary_count && t->role != TOKEN_ROUND)
        result = events_arm(r, t, task->due);
    if (result == RC_OK && t->node->stops_clock) result = clock_stop(r, t->parent);
    return result == RC_OK ? run_tell(r, "task.opened", task->node, task) : result;
}

static rc enter_user_task(struct run *r, struct move *m)
{
    struct token *t;
    struct people who = {0};
    struct bpmn_task task = {.instance_id = r->instance.id,
                             .subject_id = r->instance.subject_id,
                             .process = r->instance.process,
                             .version = r->instance.version,
                             .node = m->node,
                             .created_us = r->cx->now_us,
                             .due = DAY_NONE,
                             .state = STR("open"),
                             .weight = 1000,
                             .started_by = r->instance.started_by};
    rc result = activity_token(r, m, true, &t);
    if (result == RC_OK && m->node->due) result = task_due(r, t, &task.due);
    if (result == RC_OK) result = people_of(r, t, m->element, &task, &who);
    if (result != RC_OK) return result;
    task.id = r->ids->next(r->ids->owner);
    task.token_id = t->id;
    return who.skip ? skip(r, t, &task, &who) : open_task(r, t, &task, &who);
}

/* ---- the door ---- */

rc enter_task(struct run *r, struct move *m)
{
    const struct bpmn_node *n = m->node;
    bool has_job = n->topic.len && (n->kind == BPMN_SERVICE_TASK || n->kind == BPMN_SEND_TASK ||
                                    n->kind == BPMN_BUSINESS_RULE_TASK);
    struct token *t;
    if (n->kind == BPMN_USER_TASK) return enter_user_task(r, m);
    bool rests = n->kind == BPMN_RECEIVE_TASK || has_job;
    rc result = activity_token(r, m, rests, &t);
    if (result != RC_OK) return result;
    if (!rests) return pass_task(r, t);
    result = events_arm(r, t, DAY_NONE);
    return result == RC_OK && has_job ? job_add(r, t) : result;
}
