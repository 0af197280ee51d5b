/* What people do with tasks: the table of acts, and those that move no token. */
#include "bpmn/acts/act.h"

#include "base/json.h"

enum { USERS_MAX = 50, DRAFT_BYTES_MAX = 64 << 10 };

/* ---- what acts share ---- */

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

static rc to_fault(struct acting *a)
{
    (void)!err_set(a->cx, RC_INVALID, "task.to", "请指定一位人员", "name one user");
    err_field(a->cx, STR("to"));
    return RC_INVALID;
}

rc act_one_user(struct acting *a, str *user)
{
    str rest;
    *user = str_trim(str_cut(a->act->to, ',', &rest));
    if (!user->len || rest.len) return to_fault(a);
    if (!str_eq(*user, a->t->actor)) return RC_OK;
    (void)!err_set(a->cx, RC_INVALID, "task.self", "不能指定本人", "name somebody else");
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
    rc r = task_add(a->cx, a->t->db, &task);
    return r == RC_OK ? run_tell(&a->run, "task.opened", task.node, &task) : r;
}

/* ---- acts ---- */

static rc act_draft(struct acting *a)
{
    const struct json *j;
    if (a->act->text.len > DRAFT_BYTES_MAX)
        return err_set(a->cx, RC_TOO_LARGE, "task.draft", "暂存的内容最多 %d KB",
                       "a draft holds at most %d kB", DRAFT_BYTES_MAX >> 10);
    rc r = json_parse(a->cx, a->act->text, &j);
    a->task.draft = a->act->text;
    if (r == RC_OK && !a->task.claimed_by.len) a->task.claimed_by = a->t->actor; /* it is begun */
    return r == RC_OK ? act_save(a) : r;
}

static rc act_reassign(struct acting *a)
{
    str to;
    rc r = act_one_user(a, &to);
    a->task.claimed_by = to;
    a->task.owner = (str){0};
    if (r == RC_OK) r = act_save(a);
    return r == RC_OK ? act_note(a, STR("reassign"), to) : r;
}

static rc act_delegate(struct acting *a)
{
    str to;
    rc r = act_one_user(a, &to);
    if (r == RC_OK && a->task.owner.len)
        r = err_set(a->cx, RC_CONFLICT, "task.delegated", "已由 " STR_FMT " 委托，应先交回",
                    "it is delegated by " STR_FMT " already, hand it back first",
                    STR_ARG(a->task.owner));
    if (r != RC_OK) return r;
    a->task.owner = a->t->actor;
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

/* For each user of `to`. */
static rc each_user(struct acting *a, rc (*each)(struct acting *a, str user))
{
    rc r = RC_OK;
    int count = 0;
    for (str rest = a->act->to; rest.len && r == RC_OK;) {
        const str user = str_trim(str_cut(rest, ',', &rest));
        if (!user.len) continue;
        if (++count > USERS_MAX)
            return err_set(a->cx, RC_LIMIT, "task.too-many-signers", "一次最多 %d 人",
                           "at most %d users at once", USERS_MAX);
        r = each(a, user);
    }
    return r == RC_OK && !count ? to_fault(a) : r;
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
    return each_user(a, copy_one);
}

static rc act_read(struct acting *a)
{
    rc r = person_read(a->cx, a->t->db, a->task.id, a->t->actor);
    return r == RC_OK ? act_note(a, STR("read"), (str){0}) : r;
}

static rc ask_one(struct acting *a, str user)
{
    rc r = act_task_for(a, user, BPMN_TASK_ASIDE, "open");
    return r == RC_OK ? act_note(a, STR("ask"), user) : r;
}

static rc act_ask(struct acting *a)
{
    return each_user(a, ask_one);
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
    if (a->token && a->token->total > 0) a->token->total--;
    if (a->token) run_changed(&a->run, a->token);
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

static const struct {
    const char *name; /* of what the host is told */
    act_fn *run;
    bool reason; /* must be given */
    bool closed; /* of a task that is done */
} acts[BPMN_ACT_COUNT] = {
    [BPMN_ACT_DRAFT] = {"task.draft", act_draft, false, false},
    [BPMN_ACT_REASSIGN] = {"task.reassign", act_reassign, true, false},
    [BPMN_ACT_DELEGATE] = {"task.delegate", act_delegate, true, false},
    [BPMN_ACT_RESOLVE] = {"task.resolve", act_resolve, false, false},
    [BPMN_ACT_RETURN] = {"task.return", act_return, true, false},
    [BPMN_ACT_TAKE_BACK] = {"task.take-back", act_take_back, false, true},
    [BPMN_ACT_SIGN_BEFORE] = {"task.sign-before", act_sign_before, false, false},
    [BPMN_ACT_SIGN_AFTER] = {"task.sign-after", act_sign_after, false, false},
    [BPMN_ACT_SIGN_BESIDE] = {"task.sign-beside", act_sign_beside, false, false},
    [BPMN_ACT_SIGN_REMOVE] = {"task.sign-remove", act_sign_remove, true, false},
    [BPMN_ACT_COPY] = {"task.copy", act_copy, false, false},
    [BPMN_ACT_READ] = {"task.read", act_read, false, false},
    [BPMN_ACT_ASK] = {"task.ask", act_ask, false, false},
    [BPMN_ACT_ANSWER] = {"task.answer", act_answer, false, false},
    [BPMN_ACT_URGE] = {"task.urge", act_urge, false, false},
};

static rc state_fault(struct acting *a)
{
    const bool waiting = str_eq(a->task.state, STR("waiting"));
    return err_set(a->cx, RC_CONFLICT, waiting ? "task.waiting" : "task.done",
                   waiting ? "“" STR_FMT "”正在等待加签的人办理" : "“" STR_FMT "”已经办结或取消",
                   waiting ? "\"" STR_FMT "\" waits for somebody who signs before it"
                           : "\"" STR_FMT "\" is done or cancelled",
                   STR_ARG(a->task.node->name));
}

/* Reading a copy and removing a signer are possible in every state of the task that is open or waits. */
static rc state_check(struct acting *a)
{
    const enum bpmn_act_kind kind = a->act->kind;
    const bool open = str_eq(a->task.state, STR("open")),
               waiting = str_eq(a->task.state, STR("waiting"));
    if (kind == BPMN_ACT_READ || kind == BPMN_ACT_COPY) return RC_OK;
    if (kind == BPMN_ACT_SIGN_REMOVE || kind == BPMN_ACT_URGE)
        return open || waiting ? RC_OK : state_fault(a);
    if (acts[kind].closed) return str_eq(a->task.state, STR("done")) ? RC_OK : state_fault(a);
    return open ? RC_OK : state_fault(a);
}

static rc act_run(struct acting *a)
{
    rc r = run_open(&a->run, a->cx, a->t, a->task.instance_id);
    if (r != RC_OK) return run_rest(&a->run, r);
    a->token = run_token(&a->run, a->task.token_id);
    if (a->token == a->run.root) a->token = NULL;
    if (!a->token && !acts[a->act->kind].closed) r = state_fault(a);
    if (r == RC_OK) r = acts[a->act->kind].run(a);
    if (r == RC_OK && !a->told) r = act_tell(a, acts[a->act->kind].name);
    return run_rest(&a->run, r);
}

rc bpmn_task_act(struct cx *cx, const struct bpmn_turn *t, const struct bpmn_act *act)
{
    struct acting a = {.cx = cx, .t = t, .act = act};
    rc r = bpmn_task_load(cx, t->e, t->db, act->task_id, &a.task);
    if (r == RC_OK && acts[act->kind].reason && !act->reason.len) {
        r = err_set(cx, RC_INVALID, "task.reason", "请写明原因", "say why");
        err_field(cx, STR("reason"));
    }
    if (r == RC_OK) r = state_check(&a);
    if (r != RC_OK) return r;
    /* A copy may be read when the instance has ended long ago. */
    return act->kind == BPMN_ACT_READ ? act_read(&a) : act_run(&a);
}
