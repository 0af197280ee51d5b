/* Who may do what with a task, and who has been named for it. */
#include "bpmn/run/state.h"
#include "bpmn/task.h"

SQL(sql_persons,
    "SELECT user_code, kind, at_us, read_us FROM task_person WHERE site = $site"
    " AND task_id = $1 ORDER BY at_us, user_code, kind");
SQL(sql_starter, "SELECT started_by FROM process_instance WHERE site = $site AND id = $1");

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
    if (task->picked) return false;
    return (!task->org.len || str_eq(task->org, who->org)) && has_role(who, task->role);
}

rc bpmn_task_may(struct cx *cx, struct bpmn_engine *e, struct db *db, const struct bpmn_task *task,
                 const struct bpmn_who *who, unsigned *may)
{
    (void)e;
    struct bpmn_persons persons = {0};
    DB_ROWS rows = {0};
    bool more = false;
    const bool mine = str_eq(task->claimed_by, who->user), free = !task->claimed_by.len;
    bool agent = false;
    *may = 0;
    rc r = bpmn_persons_of(cx, db, task->id, &persons);
    if (r == RC_OK) r = db_query(cx, db, &sql_starter, DB_ARGS(DB_I(task->instance_id)), &rows);
    if (r == RC_OK) r = db_next(cx, &rows, &more);
    if (r != RC_OK) return r;
    /* A task others have claimed stays visible to the candidates: they may take it over when released. */
    if (is_candidate(task, who, &persons)) *may |= BPMN_MAY_SEE | (free ? BPMN_MAY_DO : 0);
    for (size_t i = 0; i < persons.len; i++)
        agent = agent ||
                (str_eq(persons.at[i].kind, STR("agent")) && str_eq(persons.at[i].user, who->user));
    if (mine || agent) *may |= BPMN_MAY_SEE | BPMN_MAY_DO;
    if (str_eq(task->owner, who->user) || str_eq(task->done_by, who->user)) *may |= BPMN_MAY_SEE;
    if (str_eq(task->done_by, who->user) && str_eq(task->state, STR("done")))
        *may |= BPMN_MAY_TAKE_BACK;
    if (more && str_eq(db_text(&rows, 0), who->user)) *may |= BPMN_MAY_SEE | BPMN_MAY_URGE;
    for (size_t i = 0; i < persons.len; i++) {
        if (!str_eq(persons.at[i].user, who->user) || !str_eq(persons.at[i].kind, STR("copy")))
            continue;
        *may |= BPMN_MAY_SEE | (persons.at[i].read_us ? 0 : BPMN_MAY_READ);
    }
    return RC_OK;
}
