/* What people do with tasks: the table of acts, and those that move no token. */
#include "bpmn/acts/act.h"

#include "base/json.h"

enum { USERS_MAX = 50, DRAFT_BYTES_MAX = 64 << 10 };

SQL(sql_agents_delete,
    "DELETE FROM task_person WHERE site = $site AND task_id = $1"
    " AND kind = 'agent'");

/* ---- what acts share ---- */

rc act_stand_ins(struct cx *cx, const struct bpmn_turn *t, struct bpmn_task *task, str user)
{
    const struct bpmn_host *h = &t->e->host;
    str agent = {0};
    rc r = task->picked ? db_exec(cx, t->db, &sql_agents_delete, DB_ARGS(DB_I(task->id))) : RC_OK;
    if (r == RC_OK && h->agent && user.len)
        r = h->agent(h->owner, cx, t->db, user, task->process, &agent);
    if (r != RC_OK || !agent.len || str_eq(agent, user)) return r;
    const struct task_person p = {.task_id = task->id,
                                  .instance_id = task->instance_id,
                                  .user = agent,
                                  .kind = STR("agent"),
                                  .at_us = cx->now_us,
                                  .due = task->due == DAY_NONE ? DUE_NONE : task->due,
                                  .open = str_eq(task->state, STR("open"))};
    task->picked = 1;
    return person_add(cx, t->db, &p);
}

rc act_note(struct acting *a, str act, str to)
{
    const struct task_action row = {.id = a->t->ids->next(a->t->ids->owner),
                                    .instance_id = a->task.instance_id,
                                    .task_id = a->task.id,
                                    .at_us = a->cx->now_us,
                                    .act = act,
                                    .actor = a->t->actor,
                                    .on_behalf_of = a->task.owner,
                                    .to_user = to,
                                    .reason = a->act->reason.len ? a->act->reason : a->act->text,
                                    .from_node = a->task.node->id,
                                    .to_node = a->to_node};
    return action_add(a->cx, a->t->db, &row);
}

rc act_tell(struct acting *a, const char *what)
{
    return run_tell(&a->run, what, a->task.node, &a->task);
}

rc act_save(struct acting *a)
{
    return task_save(a->cx, a->t->db, &a->task);
}

rc act_to_fault(struct acting *a)
{
    (void)!err_set(a->cx, RC_INVALID, "task.to", "请指定人员", "name a user");
    err_field(a->cx, STR("to"));
    return RC_INVALID;
}

rc act_one_user(struct acting *a, str *user)
{
    str rest;
    *user = str_trim(str_cut(a->act->to, ',', &rest));
    return !user->len || rest.len ? act_to_fault(a) : RC_OK;
}

static bool named_before(const struct acting *a, str rest, str user)
{
    str all = str_slice(a->act->to, 0, a->act->to.len - rest.len);
    int times = 0;
    while (all.len)
        times += str_eq(str_trim(str_cut(all, ',', &all)), user);
    return times > 1;
}

rc act_each_user(struct acting *a, rc (*each)(struct acting *a, str user))
{
    rc r = RC_OK;
    int count = 0;
    for (str rest = a->act->to; rest.len && r == RC_OK;) {
        const str user = str_trim(str_cut(rest, ',', &rest));
        if (!user.len || named_before(a, rest, user)) continue;
        if (++count > USERS_MAX)
            return err_set(a->cx, RC_LIMIT, "task.too-many-signers", "一次最多 %d 人",
                           "at most %d users at once", USERS_MAX);
        r = each(a, user);
    }
    return r == RC_OK && !count ? act_to_fault(a) : r;
}

static rc not_oneself(struct acting *a, str user, str self)
{
    if (!str_eq(user, self)) return RC_OK;
    (void)!err_set(a->cx, RC_INVALID, "task.self", "不能指定本人，或现在的办理人",
                   "name somebody else than who has the task");
    err_field(a->cx, STR("to"));
    return RC_INVALID;
}

rc act_task_for(struct acting *a, str user, enum bpmn_task_kind kind, const char *state)
{
    struct bpmn_task task = a->task;
    task.id = a->t->ids->next(a->t->ids->owner);
    task.parent_id = a->task.id;
    task.kind = kind;
    task.claimed_by = arena_dup(a->cx->arena, user);
    task.role = task.org = task.owner = task.draft = (str){0};
    task.state = str_from(state);
    task.created_us = a->cx->now_us;
    task.weight = a->act->weight ? a->act->weight : 1000;
    task.urged = task.picked = 0;
    if (a->token->total >= USERS_MAX)
        return err_set(a->cx, RC_LIMIT, "task.too-many-signers", "一件待办最多可由 %d 人加签或征询",
                       "a task may have at most %d signers", USERS_MAX);
    a->token->total++;
    run_changed(&a->run, a->token);
    rc r = act_stand_ins(a->cx, a->t, &task, task.claimed_by);
    if (r == RC_OK) r = task_add(a->cx, a->t->db, &task);
    return r == RC_OK ? run_tell(&a->run, "task.opened", task.node, &task) : r;
}

/* ---- acts ---- */

/* The first is in the history, the others replace it. */
static rc act_draft(struct acting *a)
{
    const struct json *j;
    const bool first = !a->task.draft.len;
    if (a->act->text.len > DRAFT_BYTES_MAX)
        return err_set(a->cx, RC_TOO_LARGE, "task.draft", "暂存的内容最多 %d KB",
                       "a draft holds at most %d kB", DRAFT_BYTES_MAX >> 10);
    rc r = json_parse(a->cx, a->act->text, &j);
    a->task.draft = a->act->text;
    if (r == RC_OK && !a->task.claimed_by.len) a->task.claimed_by = a->t->actor; /* it is begun */
    if (r == RC_OK) r = act_save(a);
    const struct bpmn_act *said = a->act;
    const struct bpmn_act bare = {.kind = BPMN_ACT_DRAFT, .task_id = said->task_id};
    a->act = &bare; /* what was typed is no reason */
    if (r == RC_OK && first) r = act_note(a, STR("draft"), (str){0});
    a->act = said;
    return r;
}

static rc act_reassign(struct acting *a)
{
    str to;
    rc r = act_one_user(a, &to);
    if (r == RC_OK) r = not_oneself(a, to, a->task.claimed_by);
    a->task.claimed_by = to;
    a->task.owner = (str){0};
    if (r == RC_OK) r = act_stand_ins(a->cx, a->t, &a->task, to);
    if (r == RC_OK) r = act_save(a);
    return r == RC_OK ? act_note(a, STR("reassign"), to) : r;
}

static rc act_delegate(struct acting *a)
{
    str to;
    rc r = act_one_user(a, &to);
    if (r == RC_OK) r = not_oneself(a, to, a->t->actor);
    if (r == RC_OK) r = not_oneself(a, to, a->task.claimed_by);
    if (r == RC_OK && a->task.owner.len)
        r = err_set(a->cx, RC_CONFLICT, "task.delegated", "已由 " STR_FMT " 委托，应先交回",
                    "it is delegated by " STR_FMT " already, hand it back first",
                    STR_ARG(a->task.owner));
    if (r != RC_OK) return r;
    a->task.owner = a->task.claimed_by.len ? a->task.claimed_by : a->t->actor;
    a->task.claimed_by = to;
    r = act_save(a);
    return r == RC_OK ? act_note(a, STR("delegate"), to) : r;
}

static rc act_resolve(struct acting *a)
{
    const str owner = a->task.owner;
    if (!owner.len)
        return err_set(a->cx, RC_CONFLICT, "task.not-delegated", "这件待办不是受托办理的",
                       "this task was not delegated");
    rc r = act_note(a, STR("resolve"), owner);
    a->task.claimed_by = owner;
    a->task.owner = (str){0};
    return r == RC_OK ? act_save(a) : r;
}

static rc copy_one(struct acting *a, str user)
{
    const struct task_person p = {.task_id = a->task.id,
                                  .instance_id = a->task.instance_id,
                                  .user = user,
                                  .kind = STR("copy"),
                                  .at_us = a->cx->now_us,
                                  .due = DUE_NONE};
    rc r = person_add(a->cx, a->t->db, &p);
    return r == RC_OK ? act_note(a, STR("copy"), user) : r;
}

static rc act_copy(struct acting *a)
{
    return act_each_user(a, copy_one);
}

/* Once: reading again says nothing new. */
static rc act_read(struct acting *a)
{
    struct task_actions done = {0};
    rc r = person_read(a->cx, a->t->db, a->task.id, a->t->actor);
    if (r == RC_OK) r = actions_of_instance(a->cx, a->t->db, a->task.instance_id, &done);
    for (size_t i = 0; i < done.len; i++)
        if (done.at[i].task_id == a->task.id && str_eq(done.at[i].act, STR("read")) &&
            str_eq(done.at[i].actor, a->t->actor))
            a->told = true;
    return r == RC_OK && !a->told ? act_note(a, STR("read"), (str){0}) : r;
}

static rc ask_one(struct acting *a, str user)
{
    rc r = not_oneself(a, user, a->t->actor);
    if (r == RC_OK) r = act_task_for(a, user, BPMN_TASK_ASIDE, "open");
    return r == RC_OK ? act_note(a, STR("ask"), user) : r;
}

static rc act_ask(struct acting *a)
{
    return act_each_user(a, ask_one);
}

/* An opinion; the step it was asked for stays whose it is. */
static rc act_answer(struct acting *a)
{
    if (a->task.kind != BPMN_TASK_ASIDE)
        return err_set(a->cx, RC_CONFLICT, "task.not-a-signer", "这不是征询意见的待办",
                       "this task does not ask for an opinion");
    a->task.state = STR("done");
    a->task.done_by = a->t->actor;
    a->task.done_us = a->cx->now_us;
    if (a->token->total > 0) a->token->total--;
    run_changed(&a->run, a->token);
    rc r = act_save(a);
    return r == RC_OK ? act_note(a, STR("answer"), (str){0}) : r;
}

static rc act_urge(struct acting *a)
{
    a->task.urged++;
    rc r = act_save(a);
    return r == RC_OK ? act_note(a, STR("urge"), a->task.claimed_by) : r;
}

/* ---- the door ---- */

enum of_state { OPEN = 1, WAITING = 2, DONE = 4, ANY = 8 };
static const struct {
    const char *name; /* of what the host is told */
    act_fn *run;
    unsigned of; /* the task's state */
    bool reason; /* must be given */
    bool opens;  /* the instance: tokens move, or count */
    bool aside;  /* also of a task that only asks for an opinion */
} acts[BPMN_ACT_COUNT] = {
    [BPMN_ACT_DRAFT] = {"task.draft", act_draft, OPEN, false, false, true},
    [BPMN_ACT_REASSIGN] = {"task.reassign", act_reassign, OPEN | WAITING, true, false, true},
    [BPMN_ACT_DELEGATE] = {"task.delegate", act_delegate, OPEN, true, false, false},
    [BPMN_ACT_RESOLVE] = {"task.resolve", act_resolve, OPEN, false, false, false},
    [BPMN_ACT_RETURN] = {"task.return", act_return, OPEN, true, true, false},
    [BPMN_ACT_TAKE_BACK] = {"task.take-back", act_take_back, DONE, false, true, false},
    [BPMN_ACT_SIGN_BEFORE] = {"task.sign-before", act_sign_before, OPEN, false, true, false},
    [BPMN_ACT_SIGN_AFTER] = {"task.sign-after", act_sign_after, OPEN, false, true, false},
    [BPMN_ACT_SIGN_BESIDE] = {"task.sign-beside", act_sign_beside, OPEN, false, true, false},
    [BPMN_ACT_SIGN_REMOVE] = {"task.sign-remove", act_sign_remove, OPEN | WAITING, true, true,
                              false},
    [BPMN_ACT_COPY] = {"task.copy", act_copy, ANY, false, false, true},
    [BPMN_ACT_READ] = {"task.read", act_read, ANY, false, false, true},
    [BPMN_ACT_ASK] = {"task.ask", act_ask, OPEN, false, true, false},
    [BPMN_ACT_ANSWER] = {"task.answer", act_answer, OPEN, false, true, true},
    [BPMN_ACT_URGE] = {"task.urge", act_urge, OPEN | WAITING, false, false, true},
};

static rc state_fault(struct acting *a)
{
    const str name = a->task.node->name, state = a->task.state;
    if (str_eq(state, STR("waiting")))
        return err_set(a->cx, RC_CONFLICT, "task.waiting", "“" STR_FMT "”正在等待加签的人办理",
                       "\"" STR_FMT "\" waits for somebody who signs before it", STR_ARG(name));
    if (str_eq(state, STR("open")))
        return err_set(a->cx, RC_CONFLICT, "task.open", "“" STR_FMT "”还没有办理",
                       "\"" STR_FMT "\" is not done yet", STR_ARG(name));
    if (str_eq(state, STR("done")))
        return err_set(a->cx, RC_CONFLICT, "task.done", "“" STR_FMT "”已经办结",
                       "\"" STR_FMT "\" is done already", STR_ARG(name));
    return err_set(a->cx, RC_CONFLICT, "task.cancelled", "“" STR_FMT "”已经取消或退回",
                   "\"" STR_FMT "\" was cancelled or returned", STR_ARG(name));
}

static rc act_check(struct acting *a)
{
    const enum bpmn_act_kind kind = a->act->kind;
    const unsigned is = str_eq(a->task.state, STR("open"))      ? OPEN
                        : str_eq(a->task.state, STR("waiting")) ? WAITING
                        : str_eq(a->task.state, STR("done"))    ? DONE
                                                                : 0;
    if (acts[kind].reason && !a->act->reason.len) {
        (void)!err_set(a->cx, RC_INVALID, "task.reason", "请写明原因", "say why");
        err_field(a->cx, STR("reason"));
        return RC_INVALID;
    }
    if (!(acts[kind].of & (is | ANY))) return state_fault(a);
    if (a->task.kind != BPMN_TASK_ASIDE || acts[kind].aside) return RC_OK;
    return err_set(a->cx, RC_CONFLICT, "task.aside", "征询意见的待办只能答复",
                   "a task that asks for an opinion is only answered");
}

static rc act_opened(struct acting *a)
{
    rc r = run_open(&a->run, a->cx, a->t, a->task.instance_id);
    if (r != RC_OK) return run_rest(&a->run, r);
    a->token = run_token(&a->run, a->task.token_id);
    if (a->token == a->run.root) a->token = NULL;
    if (!a->token && acts[a->act->kind].of != DONE) r = state_fault(a);
    if (r == RC_OK && a->token && !a->token->node) r = run_gone(&a->run, a->token->node_id);
    if (r == RC_OK) r = acts[a->act->kind].run(a);
    if (r == RC_OK && !a->told) r = act_tell(a, acts[a->act->kind].name);
    return run_rest(&a->run, r);
}

/* Nothing moves: the instance's row is enough.  What is over may still be read and copied. */
static rc act_light(struct acting *a)
{
    struct run *r = &a->run;
    const struct bpmn_host *h = &a->t->e->host;
    const bool any = acts[a->act->kind].of == ANY;
    bool found = false;
    run_init(r, a->cx, a->t);
    rc result = instance_load(a->cx, a->t->db, a->task.instance_id, &r->instance, &found);
    if (result == RC_OK && !any && str_eq(r->instance.state, STR("suspended")))
        result = err_set(
            a->cx, RC_CONFLICT, "bpmn.suspended", "流程实例 %" PRId64 " 已暂停，恢复后才能办理",
            "the process instance %" PRId64 " is suspended: resume it first", r->instance.id);
    if (result == RC_OK)
        result = h->model(h->owner, a->cx, a->t->db, a->task.process, a->task.version, &r->model);
    if (result == RC_OK) result = acts[a->act->kind].run(a);
    return result == RC_OK && !a->told ? act_tell(a, acts[a->act->kind].name) : result;
}

rc bpmn_task_act(struct cx *cx, const struct bpmn_turn *t, const struct bpmn_act *act)
{
    struct acting a = {.cx = cx, .t = t, .act = act};
    rc r = bpmn_task_load(cx, t->e, t->db, act->task_id, &a.task);
    if (r == RC_OK) r = act_check(&a);
    if (r != RC_OK) return r;
    return acts[act->kind].opens ? act_opened(&a) : act_light(&a);
}
