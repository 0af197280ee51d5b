/* Who may do what with a task, and who has been named for it. */
#include "bpmn/run/state.h"
#include "bpmn/task.h"

SQL(sql_persons,
    "SELECT user_code, kind, at_us, read_us FROM task_person WHERE site = $site"
    " AND task_id = $1 ORDER BY at_us, user_code, kind");

rc bpmn_persons_of(struct cx *cx, struct db *db, int64_t task_id, struct bpmn_persons *out)
{
    struct task_persons rows = {0};
    rc r = persons_of_task(cx, db, task_id, &rows);
    for (size_t i = 0; i < rows.len && r == RC_OK; i++)
        *vec_add(cx->arena, out) = (struct bpmn_person){.user = rows.at[i].user,
                                                        .kind = rows.at[i].kind,
                                                        .at_us = rows.at[i].at_us,
                                                        .read_us = rows.at[i].read_us};
    return r;
}

static bool has_role(const struct bpmn_who *who, str role)
{
    for (size_t i = 0; i < who->role_count; i++)
        if (str_eq(who->role[i], role)) return true;
    return !role.len;
}

/* Of the candidates when they are named one by one, else of the role and the organisation. */
static bool is_candidate(const struct bpmn_task *task, const struct bpmn_who *who,
                         const struct bpmn_persons *p)
{
    for (size_t i = 0; i < p->len; i++)
        if (!str_eq(p->at[i].kind, STR("copy")) && str_eq(p->at[i].user, who->user)) return true;
    const bool all = !task->role.len && !task->org.len;
    if (task->picked || (all && task->claimed_by.len)) return false; /* somebody's own */
    return (!task->org.len || str_eq(task->org, who->org)) && has_role(who, task->role);
}

static bool is_agent(const struct bpmn_persons *p, str user)
{
    for (size_t i = 0; i < p->len; i++)
        if (str_eq(p->at[i].kind, STR("agent")) && str_eq(p->at[i].user, user)) return true;
    return false;
}

static bool may_do(const struct bpmn_task *task, const struct bpmn_who *who,
                   const struct bpmn_persons *p)
{
    if (str_eq(task->claimed_by, who->user) || is_agent(p, who->user)) return true;
    return !task->claimed_by.len && is_candidate(task, who, p);
}

rc bpmn_task_mine(struct cx *cx, struct db *db, const struct bpmn_task *task,
                  const struct bpmn_who *who, bool *mine)
{
    struct bpmn_persons persons = {0};
    rc r = task->picked ? bpmn_persons_of(cx, db, task->id, &persons) : RC_OK;
    *mine = may_do(task, who, &persons);
    return r;
}

rc bpmn_task_may(struct cx *cx, struct bpmn_engine *e, struct db *db, const struct bpmn_task *task,
                 const struct bpmn_who *who, unsigned *may)
{
    (void)e;
    struct bpmn_persons persons = {0};
    rc r = bpmn_persons_of(cx, db, task->id, &persons);
    *may = 0;
    if (r != RC_OK) return r;
    /* A task others have claimed stays visible to the candidates: they may take it when released. */
    if (is_candidate(task, who, &persons)) *may |= BPMN_MAY_SEE;
    if (may_do(task, who, &persons)) *may |= BPMN_MAY_SEE | BPMN_MAY_DO;
    if (str_eq(task->owner, who->user)) *may |= BPMN_MAY_SEE;
    if (str_eq(task->done_by, who->user)) *may |= BPMN_MAY_SEE;
    if (str_eq(task->done_by, who->user) && str_eq(task->state, STR("done")) &&
        task->kind == BPMN_TASK_MAIN)
        *may |= BPMN_MAY_TAKE_BACK;
    if (str_eq(task->started_by, who->user)) *may |= BPMN_MAY_SEE | BPMN_MAY_URGE;
    for (size_t i = 0; i < persons.len; i++) {
        if (!str_eq(persons.at[i].user, who->user) || !str_eq(persons.at[i].kind, STR("copy")))
            continue;
        *may |= BPMN_MAY_SEE | (persons.at[i].read_us ? 0 : BPMN_MAY_READ);
    }
    return RC_OK;
}
