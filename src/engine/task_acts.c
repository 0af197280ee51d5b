/* What people do with tasks beyond completing them: the acts of bpmn/task.h as commands, and what is
 * asked about one task. */
#include "engine/inside.h"

/* An act, as the API calls it, and what one must be to do it. */
static const struct {
    const char *name;
    enum bpmn_act_kind kind;
    unsigned may; /* one of these */
} acts[] = {
    {"draft", BPMN_ACT_DRAFT, BPMN_MAY_DO},
    {"reassign", BPMN_ACT_REASSIGN, BPMN_MAY_DO},
    {"delegate", BPMN_ACT_DELEGATE, BPMN_MAY_DO},
    {"resolve", BPMN_ACT_RESOLVE, BPMN_MAY_DO},
    {"return", BPMN_ACT_RETURN, BPMN_MAY_DO},
    {"take-back", BPMN_ACT_TAKE_BACK, BPMN_MAY_TAKE_BACK},
    {"sign-before", BPMN_ACT_SIGN_BEFORE, BPMN_MAY_DO},
    {"sign-after", BPMN_ACT_SIGN_AFTER, BPMN_MAY_DO},
    {"sign-beside", BPMN_ACT_SIGN_BESIDE, BPMN_MAY_DO},
    {"sign-remove", BPMN_ACT_SIGN_REMOVE, BPMN_MAY_DO},
    {"copy", BPMN_ACT_COPY, BPMN_MAY_DO | BPMN_MAY_SEE},
    {"read", BPMN_ACT_READ, BPMN_MAY_READ},
    {"ask", BPMN_ACT_ASK, BPMN_MAY_DO},
    {"answer", BPMN_ACT_ANSWER, BPMN_MAY_DO},
    {"urge", BPMN_ACT_URGE, BPMN_MAY_URGE},
};

static rc act_unknown(struct turn *t, str name)
{
    struct buf known = {.arena = t->cx->arena};
    for (size_t i = 0; i < COUNTOF(acts); i++)
        buf_printf(&known, "%s%s", i ? "、" : "", acts[i].name);
    rc r = err_set(t->cx, RC_INVALID, "task.act", "没有办理动作“" STR_FMT "”，可用：" STR_FMT,
                   "there is no act \"" STR_FMT "\", there are: " STR_FMT, STR_ARG(name),
                   STR_ARG(buf_str(&known)));
    err_field(t->cx, STR("act"));
    return r;
}

/* {id, act, to?, node?, reason?, text?, come_back?, weight?} */
rc command_task_act(struct turn *t)
{
    struct bpmn_task task = {0};
    const struct app_process *p = NULL;
    const str name = json_text(t->params, STR("act"));
    unsigned may = 0;
    size_t i = 0;
    while (i < COUNTOF(acts) && !str_eq(name, str_from(acts[i].name)))
        i++;
    if (i == COUNTOF(acts)) return act_unknown(t, name);
    rc r = task_of(t, &task, &p, &may);
    if (r == RC_OK && rights_of(&t->who).administers) may |= BPMN_MAY_DO | BPMN_MAY_URGE;
    if (r == RC_OK && !(may & acts[i].may)) r = task_denied(t->cx, &task);
    if (r != RC_OK) return r;
    struct bpmn_act act = {.kind = acts[i].kind,
                           .task_id = task.id,
                           .to = json_text(t->params, STR("to")),
                           .node = json_text(t->params, STR("node")),
                           .reason = json_text(t->params, STR("reason")),
                           .text = json_text(t->params, STR("text")),
                           .come_back = param_true(t->params, "come_back")};
    (void)json_i64(json_find(t->params, STR("weight")), &act.weight);
    r = users_known(t->cx, t->e, t->db, act.to);
    const struct bpmn_turn turn = turn_of(t);
    if (r == RC_OK) r = bpmn_task_act(t->cx, &turn, &act);
    if (r != RC_OK) return r;
    t->e->news.tasks = true;
    t->e->next_timer_us = 0;
    if (p->type) news_record(t->e, p->type, task.subject_id);
    return answer_task(t, task.id);
}

/* {user, to?, reason}: all open tasks of somebody who leaves. */
rc command_tasks_reassign(struct turn *t)
{
    str user;
    int64_t count = 0;
    const str to = json_text(t->params, STR("to"));
    rc r = needs_administrator(t);
    if (r == RC_OK) r = param_text(t->cx, t->params, "user", &user);
    if (r == RC_OK) r = users_known(t->cx, t->e, t->db, to);
    const struct bpmn_turn turn = turn_of(t);
    if (r == RC_OK)
        r = bpmn_tasks_reassign(t->cx, &turn, user, to, json_text(t->params, STR("reason")),
                                &count);
    if (r != RC_OK) return r;
    t->e->news.tasks = true;
    jw_object(&t->out);
    jw_ki64(&t->out, "tasks", count);
    jw_end(&t->out, '}');
    return RC_OK;
}

/* ---- one task ---- */

static rc task_asked(struct ask *a, struct bpmn_task *task, unsigned *may)
{
    int64_t id;
    bool seen = false;
    const struct app_process *p;
    rc r = param_i64(a->cx, a->params, "id", &id);
    if (r == RC_OK) r = bpmn_task_load(a->cx, a->e->processes, a->db, id, task);
    if (r == RC_OK) r = process_named(a->cx, a->e, task->process, &p);
    if (r == RC_OK) r = task_may(a->cx, a->e, a->db, a->who, task, may);
    if (r == RC_OK && !*may) r = subject_seen(a, p, task, &seen);
    if (r == RC_OK && !*may && !seen) r = task_denied(a->cx, task);
    return r;
}

rc actions_write(struct ask *a, int64_t instance_id, struct jw *out)
{
    struct bpmn_actions list = {0};
    rc r = bpmn_actions_of(a->cx, a->db, instance_id, &list);
    jw_array(out);
    for (size_t i = 0; r == RC_OK && i < list.len; i++) {
        const struct bpmn_action *x = &list.at[i];
        jw_object(out);
        jw_ki64(out, "task", x->task_id);
        moment_write(a->cx, "at", x->at_us, out);
        jw_kstr(out, "act", x->act);
        r = actor_names_write(a, x->actor, out);
        jw_kstr(out, "on_behalf_of", x->on_behalf_of);
        jw_kstr(out, "on_behalf_of_name", actor_name(a, x->on_behalf_of));
        jw_kstr(out, "to", x->to);
        jw_kstr(out, "to_name", actor_name(a, x->to));
        jw_kstr(out, "reason", x->reason);
        jw_kstr(out, "from_node", x->from_node);
        jw_kstr(out, "to_node", x->to_node);
        jw_end(out, '}');
    }
    jw_end(out, ']');
    return r;
}

static rc persons_write(struct ask *a, int64_t task_id)
{
    struct bpmn_persons list = {0};
    rc r = bpmn_persons_of(a->cx, a->db, task_id, &list);
    jw_key(a->out, STR("persons"));
    jw_array(a->out);
    for (size_t i = 0; r == RC_OK && i < list.len; i++) {
        jw_object(a->out);
        r = actor_names_write(a, list.at[i].user, a->out);
        jw_kstr(a->out, "kind", list.at[i].kind);
        if (list.at[i].read_us) moment_write(a->cx, "read_at", list.at[i].read_us, a->out);
        jw_end(a->out, '}');
    }
    jw_end(a->out, ']');
    return r;
}

static rc targets_write(struct ask *a, const struct bpmn_task *task)
{
    struct bpmn_targets list = {0};
    rc r = str_eq(task->state, STR("open"))
               ? bpmn_return_targets(a->cx, a->e->processes, a->db, task, &list)
               : RC_OK;
    jw_key(a->out, STR("targets"));
    jw_array(a->out);
    for (size_t i = 0; r == RC_OK && i < list.len; i++) {
        jw_object(a->out);
        jw_kstr(a->out, "node", list.at[i].node);
        jw_kstr(a->out, "name", list.at[i].name);
        jw_kstr(a->out, "by", list.at[i].done_by);
        jw_kstr(a->out, "by_name", actor_name(a, list.at[i].done_by));
        jw_end(a->out, '}');
    }
    jw_end(a->out, ']');
    return r;
}

/* The acts the actor may take now. */
static void may_write(struct ask *a, const struct bpmn_task *task, unsigned may)
{
    const bool open = str_eq(task->state, STR("open"));
    jw_key(a->out, STR("acts"));
    jw_array(a->out);
    for (size_t i = 0; i < COUNTOF(acts); i++) {
        const bool after = acts[i].kind == BPMN_ACT_TAKE_BACK;
        const bool aside = task->kind == BPMN_TASK_ASIDE;
        if (!(may & acts[i].may) || open == after) continue;
        if (aside != (acts[i].kind == BPMN_ACT_ANSWER)) continue;
        if ((acts[i].kind == BPMN_ACT_RESOLVE) != (task->owner.len > 0) &&
            (acts[i].kind == BPMN_ACT_RESOLVE || acts[i].kind == BPMN_ACT_DELEGATE))
            continue;
        jw_str(a->out, str_from(acts[i].name));
    }
    jw_end(a->out, ']');
}

/* {"task":…,"acts":[…],"persons":[…],"targets":[…],"actions":[…]} */
rc question_task_get(struct ask *a)
{
    struct bpmn_task task = {0};
    unsigned may = 0;
    rc r = task_asked(a, &task, &may);
    if (r != RC_OK) return r;
    jw_object(a->out);
    jw_key(a->out, STR("task"));
    r = task_write(a, &task, a->out);
    may_write(a, &task, may);
    if (r == RC_OK) r = persons_write(a, task.id);
    if (r == RC_OK) r = targets_write(a, &task);
    jw_key(a->out, STR("actions"));
    if (r == RC_OK) r = actions_write(a, task.instance_id, a->out);
    jw_end(a->out, '}');
    return r;
}

static rc next_write(struct ask *a, const struct bpmn_next *n)
{
    const struct app_role *role = catalogue_role(a->e->cat, n->role);
    jw_object(a->out);
    jw_kstr(a->out, "node", n->node);
    jw_kstr(a->out, "name", n->name);
    jw_kbool(a->out, "ends", n->ends);
    jw_kstr(a->out, "role_title", role ? app_title_of(&role->title, a->cx->lang) : (str){0});
    jw_key(a->out, STR("org"));
    rc r = org_key_write(a, n->org, a->out);
    jw_key(a->out, STR("users"));
    jw_array(a->out);
    for (size_t k = 0; r == RC_OK && k < n->users.len; k++) {
        jw_object(a->out);
        r = actor_names_write(a, n->users.at[k], a->out);
        jw_end(a->out, '}');
    }
    jw_end(a->out, ']');
    jw_end(a->out, '}');
    return r;
}

/* {id, outcome?, variables?, fields?} → the steps and people that come next.  Always a rehearsal: what it
 * does is undone. */
rc command_task_next(struct turn *t)
{
    struct bpmn_task task = {0};
    const struct app_process *p = NULL;
    struct bpmn_nexts list = {0};
    struct ask a = {
        .cx = t->cx, .e = t->e, .db = t->db, .params = t->params, .who = &t->who, .out = &t->out};
    unsigned may = 0;
    if (!t->c->dry_run)
        return err_set(t->cx, RC_INVALID, "task.next", "预测只能演练",
                       "a prediction is a rehearsal");
    rc r = task_of(t, &task, &p, &may);
    if (r == RC_OK && !(may & BPMN_MAY_DO)) r = task_denied(t->cx, &task);
    if (r == RC_OK) r = task_form_store(t, &task, p->type);
    const struct bpmn_turn turn = turn_of(t);
    const struct bpmn_completion what = {.task_id = task.id,
                                         .outcome = json_text(t->params, STR("outcome")),
                                         .variables = json_find(t->params, STR("variables"))};
    if (r == RC_OK) r = bpmn_predict(t->cx, &turn, &what, &list);
    if (r != RC_OK) return r;
    jw_array(&t->out);
    for (size_t i = 0; r == RC_OK && i < list.len; i++)
        r = next_write(&a, &list.at[i]);
    jw_end(&t->out, ']');
    return r;
}
