/* Whose task it is: role and org, one person, candidates, the head of an org, who stands in for them; and
 * what happens when nobody fits, when it would be the starter, or the same person again. */
#include "bpmn/run/run.h"

/* ---- who is meant ---- */

/* The key of a user or an org: as text, or of a record that is referred to. */
static str key_of(const struct feel_value *v)
{
    if (v->kind != FEEL_CONTEXT) return feel_str(v);
    const struct feel_value *key = feel_context_find(v, STR("key"));
    if (!key) key = feel_context_find(v, STR("code"));
    return key ? feel_str(key) : (str){0};
}

static void add_user(struct run *r, struct bpmn_users *users, str code)
{
    if (!code.len) return;
    for (size_t i = 0; i < users->len; i++)
        if (str_eq(users->at[i], code)) return;
    *(str *)vec_add(r->cx->arena, users) = arena_dup(r->cx->arena, code);
}

/* A text may name several, separated by commas. */
void people_named(struct run *r, const struct feel_value *v, struct bpmn_users *users)
{
    if (v->kind == FEEL_LIST) {
        for (size_t i = 0; i < v->as.list->count; i++)
            add_user(r, users, key_of(&v->as.list->at[i]));
        return;
    }
    for (str rest = key_of(v); rest.len;) {
        str one = str_cut(rest, ',', &rest);
        add_user(r, users, str_trim(one));
    }
}

static rc add_expr(struct run *r, struct token *t, const struct feel_expr *e,
                   struct bpmn_users *users)
{
    struct feel_value v;
    if (!e) return RC_OK;
    rc result = run_eval(r, t, e, &v);
    if (result == RC_OK) people_named(r, &v, users);
    return result;
}

static rc add_heads(struct run *r, int64_t levels, struct bpmn_users *users)
{
    const struct bpmn_host *h = &r->e->host;
    struct bpmn_users heads = {0};
    if (!h->head) return RC_OK;
    rc result = h->head(h->owner, r->cx, r->db, r->instance.started_by, levels, &heads);
    for (size_t i = 0; i < heads.len && result == RC_OK; i++)
        add_user(r, users, heads.at[i]);
    return result;
}

static rc add_head(struct run *r, struct token *t, struct bpmn_users *users)
{
    const struct feel_expr *e = t->node->people.head;
    struct feel_value v;
    int64_t levels = 0;
    if (!e) return RC_OK;
    rc result = run_eval(r, t, e, &v);
    if (result != RC_OK || v.kind == FEEL_NULL) return result;
    if (v.kind != FEEL_NUMBER || !feel_to_fixed(&v, 0, &levels) || levels < 0)
        return err_set(r->cx, RC_CONFLICT, "bpmn.head-levels",
                       "任务 \"" STR_FMT "\" 的上级层数应为 0、1、2 …",
                       "the levels up to the head of the task \"" STR_FMT "\" are to be 0, 1, 2 …",
                       STR_ARG(t->node->id));
    return add_heads(r, levels, users);
}

/* One person has it, several may take it. */
static rc named(struct run *r, struct token *t, const struct feel_value *element,
                struct people *out)
{
    const struct bpmn_people *p = &t->node->people;
    rc result = add_expr(r, t, p->assignee, &out->user);
    out->assigned = out->user.len;
    if (result != RC_OK || out->assigned) return result;
    if (element && !p->assignee && !p->head) {
        people_named(r, element, &out->user);
        out->assigned = out->user.len == 1 ? 1 : 0;
        return RC_OK;
    }
    result = add_expr(r, t, p->candidates, &out->user);
    if (result == RC_OK) result = add_head(r, t, &out->user);
    out->assigned = out->user.len == 1 ? 1 : 0; /* nobody else could claim it */
    return result;
}

/* ---- what when … ---- */

static void skip(struct people *out, const struct bpmn_node *n, const char *why, str by)
{
    out->skip = true;
    out->why = why;
    out->by = by;
    out->outcome = n->outcome_count ? n->outcome[0] : (str){0};
}

static rc refuse(struct run *r, const struct bpmn_node *n, struct people *out)
{
    if (n->outcome_count < 2)
        return err_set(
            r->cx, RC_CONFLICT, "bpmn.nobody", "任务 \"" STR_FMT "\"（" STR_FMT "）找不到办理人",
            "nobody fits the task \"" STR_FMT "\" (" STR_FMT ")", STR_ARG(n->id), STR_ARG(n->name));
    skip(out, n, "skip.nobody", (str){0});
    out->outcome = n->outcome[n->outcome_count - 1];
    return RC_OK;
}

static rc nobody(struct run *r, struct token *t, struct bpmn_task *task, struct people *out)
{
    const struct bpmn_people *p = &t->node->people;
    str to = p->nobody_to;
    switch (p->nobody) {
    case BPMN_NOBODY_PASS: skip(out, t->node, "skip.nobody", (str){0}); return RC_OK;
    case BPMN_NOBODY_REFUSE: return refuse(r, t->node, out);
    case BPMN_NOBODY_TO:
        if (str_starts(to, STR("role:"))) {
            task->role = str_slice(to, 5, to.len);
            task->org = (str){0};
            return RC_OK;
        }
        add_user(r, &out->user, to);
        out->assigned = out->user.len;
        return RC_OK;
    default: return RC_OK;
    }
}

static rc starter_again(struct run *r, struct token *t, struct people *out)
{
    const struct bpmn_people *p = &t->node->people;
    bool self = out->user.len == 1 && str_eq(out->user.at[0], r->instance.started_by);
    if (!self || p->starter == BPMN_STARTER_SELF) return RC_OK;
    if (p->starter == BPMN_STARTER_SKIP) {
        skip(out, t->node, "skip.starter", r->instance.started_by);
        return RC_OK;
    }
    struct bpmn_users heads = {0};
    for (int64_t level = 0; level < 3; level++) {
        rc result = add_heads(r, level, &heads);
        if (result != RC_OK) return result;
        for (size_t i = 0; i < heads.len; i++) {
            if (str_eq(heads.at[i], r->instance.started_by)) continue;
            out->user.at[0] = heads.at[i];
            out->assigned = 1;
            return RC_OK;
        }
    }
    return RC_OK; /* nobody above them: they do it */
}

SQL(sql_has_done,
    "SELECT id FROM task WHERE site = $site AND done_by = $1 AND state = 'done'"
    " AND instance_id = $2 AND id > COALESCE((SELECT max(task_id) FROM task_action"
    " WHERE site = $site AND instance_id = $2 AND act = 'return'), 0) ORDER BY due, id LIMIT 1");

/* Approved already: in this instance since it was last returned, or in the step just before. */
static rc approver_again(struct run *r, struct token *t, struct people *out)
{
    const struct bpmn_people *p = &t->node->people;
    bool again = false;
    rc result = RC_OK;
    if (p->again == BPMN_AGAIN_ASK || out->user.len != 1 || out->skip) return RC_OK;
    str user = out->user.at[0];
    if (p->again == BPMN_AGAIN_SKIP_NEXT) {
        again = r->cause != 0 && str_eq(r->actor, user);
    } else {
        DB_ROWS rows = {0};
        result =
            db_query(r->cx, r->db, &sql_has_done, DB_ARGS(DB_T(user), DB_I(r->instance.id)), &rows);
        if (result == RC_OK) result = db_next(r->cx, &rows, &again);
    }
    if (result == RC_OK && again) skip(out, t->node, "skip.again", user);
    return result;
}

static rc stand_ins(struct run *r, struct people *out)
{
    const struct bpmn_host *h = &r->e->host;
    rc result = RC_OK;
    for (size_t i = 0; h->agent && i < out->user.len && result == RC_OK; i++) {
        str agent = {0};
        result = h->agent(h->owner, r->cx, r->db, out->user.at[i], r->instance.process, &agent);
        if (result == RC_OK) add_user(r, &out->agent, agent);
    }
    return result;
}

static rc weigh(struct run *r, struct token *t, struct bpmn_task *task)
{
    struct feel_value v;
    if (!t->node->people.weight) return RC_OK;
    rc result = run_eval(r, t, t->node->people.weight, &v);
    if (result == RC_OK && v.kind == FEEL_NUMBER) (void)feel_to_fixed(&v, 3, &task->weight);
    return result;
}

/* ---- the answer ---- */

static bool names_somebody(const struct bpmn_people *p, const struct feel_value *element)
{
    return p->assignee || p->candidates || p->head || element;
}

static rc choose(struct run *r, struct token *t, const struct feel_value *element,
                 struct bpmn_task *task, struct people *out)
{
    const struct bpmn_people *p = &t->node->people;
    rc result = named(r, t, element, out);
    if (result != RC_OK) return result;
    if (!out->user.len && names_somebody(p, element) && !p->role.len)
        result = nobody(r, t, task, out);
    if (result == RC_OK && !out->skip) result = starter_again(r, t, out);
    if (result == RC_OK && !out->skip) result = approver_again(r, t, out);
    return result == RC_OK && !out->skip ? stand_ins(r, out) : result;
}

rc people_of(struct run *r, struct token *t, const struct feel_value *element,
             struct bpmn_task *task, struct people *out)
{
    const struct bpmn_people *p = &t->node->people;
    rc result = RC_OK;
    r->outcome = t->outcome;
    task->role = p->role;
    if (p->org) {
        struct feel_value org;
        result = run_eval(r, t, p->org, &org);
        if (result == RC_OK) task->org = arena_dup(r->cx->arena, key_of(&org));
    }
    if (result == RC_OK && names_somebody(p, element)) result = choose(r, t, element, task, out);
    if (result == RC_OK && p->copy) result = add_expr(r, t, p->copy, &out->copy);
    if (result == RC_OK) result = weigh(r, t, task);
    if (out->assigned) task->claimed_by = out->user.at[0];
    task->picked = out->user.len > out->assigned || out->agent.len > 0;
    return result;
}
