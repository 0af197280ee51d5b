/* Running instances go over to another version: each is checked against both models first, then its rows
 * name the new elements, what it waits for is put right, and it goes on by the new model. */
#include "bpmn/operate.h"
#include "bpmn/run/events.h"

enum { BATCH_MAX = 10000 };

SQL(sql_active,
    "SELECT id FROM process_instance WHERE site = $site AND process = $1 AND version = $2"
    " AND state IN ('active', 'suspended') AND id > $3 ORDER BY id LIMIT $4");
SQL(sql_instance,
    "UPDATE process_instance SET version = $2, element = $3 WHERE site = $site"
    " AND id = $1");
SQL(sql_tasks,
    "UPDATE task SET version = $2 WHERE site = $site AND instance_id = $1"
    " AND (state = 'open' OR state = 'waiting')");
SQL(sql_rename_tokens,
    "UPDATE process_token SET node = $3 WHERE site = $site AND instance_id = $1 AND node = $2");
SQL(sql_back, "UPDATE process_token SET back = $2 WHERE site = $site AND id = $1");
SQL(sql_rename_tasks,
    "UPDATE task SET node = $3 WHERE site = $site AND instance_id = $1 AND node = $2"
    " AND (state = 'open' OR state = 'waiting')");
SQL(sql_job, "UPDATE job SET element = $2, topic = $3 WHERE site = $site AND token_id = $1");
SQL(sql_timer, "UPDATE timer SET node = $2 WHERE site = $site AND id = $1");
SQL(sql_subscription, "UPDATE subscription SET node = $2 WHERE site = $site AND id = $1");

/* What a token waited for by the old model; by its key. */
struct stood {
    int64_t key;
    str back; /* renamed */
    struct armed_list armed;
    uint64_t heard;
    bool stopped_clock;
};
struct migrating {
    struct cx *cx;
    const struct bpmn_turn *t;
    const struct bpmn_migration *plan;
    const struct bpmn_model *from, *to;
    struct bpmn_migrated *out;
    VEC(struct stood) stood; /* of the instance that is looked at */
    const struct bpmn_node *root;
    bool fits;
};

/* ---- the plan ---- */

static str target_id(const struct migrating *g, str id)
{
    for (size_t i = 0; i < g->plan->map_count; i++)
        if (str_eq(g->plan->map[i].from, id)) return g->plan->map[i].to;
    return id;
}

static const struct bpmn_node *target(const struct migrating *g, str id)
{
    return bpmn_node_find(g->to, target_id(g, id));
}

static void fault(struct migrating *g, int64_t instance, str element, const char *zh,
                  const char *en)
{
    struct findings *list = g->cx->findings;
    g->fits = false;
    if (!list || list->count == FINDINGS_MAX) {
        if (list) list->more++;
        return;
    }
    if (instance)
        (void)!err_set(g->cx, RC_CONFLICT, "bpmn.migration", "实例 %" PRId64 "，“" STR_FMT "”：%s",
                       "instance %" PRId64 ", \"" STR_FMT "\": %s", instance, STR_ARG(element),
                       g->cx->lang == LANG_EN ? en : zh);
    else
        (void)!err_set(g->cx, RC_INVALID, "bpmn.migration", "迁移方案中“" STR_FMT "”：%s",
                       "the plan, \"" STR_FMT "\": %s", STR_ARG(element),
                       g->cx->lang == LANG_EN ? en : zh);
    err_field(g->cx, element);
    (void)err_collect(g->cx);
}

static bool kinds_fit(struct migrating *g, int64_t instance, const struct bpmn_node *old,
                      const struct bpmn_node *to)
{
    if (old->kind != to->kind) {
        fault(g, instance, old->id, "新版本中对应的元素是另一种类型",
              "it is an element of another kind in the new version");
        return false;
    }
    if (old->loop.kind == to->loop.kind && !old->loop.vote == !to->loop.vote) return true;
    fault(g, instance, old->id, "重复办理或会签的方式不同",
          "it is repeated or countersigned in another way");
    return false;
}

static void check_plan(struct migrating *g)
{
    for (size_t i = 0; i < g->plan->map_count; i++) {
        const struct bpmn_step_map *s = &g->plan->map[i];
        const struct bpmn_node *old = g->from ? bpmn_node_find(g->from, s->from) : NULL;
        const struct bpmn_node *to = bpmn_node_find(g->to, s->to);
        if (g->from && !old)
            fault(g, 0, s->from, "旧版本没有这个元素", "the old version has no such element");
        else if (!to)
            fault(g, 0, s->to, "新版本没有这个元素", "the new version has no such element");
        else if (old)
            (void)kinds_fit(g, 0, old, to);
    }
}

/* ---- does an instance fit ---- */

static bool has_flow(const struct bpmn_node *n, str id)
{
    for (int i = 0; i < n->in_count; i++)
        if (str_eq(n->in[i]->id, id)) return true;
    return false;
}

/* What a complex gateway remembers are bits of its flows, in order. */
static bool same_flows(const struct bpmn_node *a, const struct bpmn_node *b)
{
    bool same = a->in_count == b->in_count;
    for (int i = 0; same && i < a->in_count; i++)
        same = str_eq(a->in[i]->id, b->in[i]->id);
    return same;
}

static void check_join(struct migrating *g, int64_t instance, const struct token *t,
                       const struct bpmn_node *to)
{
    const bool joins =
        to->kind == BPMN_PARALLEL || to->kind == BPMN_INCLUSIVE || to->kind == BPMN_COMPLEX;
    if (!joins || t->state != TOKEN_WAITING) return;
    if (t->counter ? !t->node || !same_flows(t->node, to) : t->flow.len && !has_flow(to, t->flow))
        fault(g, instance, t->node_id, "汇合等到的顺序流在新版本中不存在",
              "the flow a token came to the join by is gone in the new version");
}

static void check_scope(struct migrating *g, const struct run *r, const struct token *t,
                        const struct bpmn_node *to)
{
    const struct token *p = t->parent;
    if (!p->node_id.len) return; /* kept, and its scope has left */
    const struct bpmn_node *scope = p == r->root ? g->root : target(g, p->node_id);
    if (t->role == TOKEN_ROUND ? scope == to : scope == to->parent) return;
    fault(g, r->instance.id, t->node_id, "在新版本中它属于另一个子流程",
          "it stands in another sub-process in the new version");
}

/* Where it will jump back to. */
static str back_renamed(const struct migrating *g, const struct token *t)
{
    struct buf b = {.arena = g->cx->arena};
    for (str rest = t->back; rest.len;) {
        if (b.len) buf_char(&b, ' ');
        buf_add(&b, target_id(g, str_cut(rest, ' ', &rest)));
    }
    return buf_str(&b);
}

static void check_back(struct migrating *g, int64_t instance, const struct token *t)
{
    for (str rest = t->back; rest.len;) {
        const str id = str_cut(rest, ' ', &rest);
        if (!target(g, id))
            fault(g, instance, id, "退回后要回到的步骤在新版本中不存在",
                  "a step that was returned is to come back to it, and it is gone");
    }
}

static void check_token(struct migrating *g, struct run *r, const struct token *t)
{
    const int64_t id = r->instance.id;
    const struct bpmn_node *to = target(g, t->node_id);
    if (!to) {
        fault(g, id, t->node_id, "新版本没有这个元素，请指定对应的元素",
              "the new version has no such element, name the one that stands for it");
        return;
    }
    if (t->node && !kinds_fit(g, id, t->node, to)) return;
    check_scope(g, r, t, to);
    check_join(g, id, t, to);
    check_back(g, id, t);
    const bool job = t->node && t->node->topic.len && t->state == TOKEN_WAITING;
    if (job && t->role != TOKEN_BODY && !to->topic.len)
        fault(g, id, t->node_id, "新版本不再交给外部程序办理，正在办理的作业会丢失",
              "the new version gives it to no program outside, its job would be lost");
}

static void remember(struct migrating *g, struct run *r, struct token *t)
{
    struct stood *s = vec_add(g->cx->arena, &g->stood);
    *s = (struct stood){.key = token_key(r, t),
                        .back = back_renamed(g, t),
                        .heard = *token_heard(r, t),
                        .stopped_clock = t->node && t->node->stops_clock};
    events_of(r, t, &s->armed);
}

static void check_instance(struct migrating *g, struct run *r)
{
    g->fits = true;
    g->stood.len = 0;
    g->root = target(g, r->instance.element);
    if (!g->root || g->root->kind != BPMN_PROCESS) {
        fault(g, r->instance.id, r->instance.element, "新版本没有这个流程",
              "the new version has no such process");
        return;
    }
    remember(g, r, r->root);
    for (size_t i = 0; i < r->tokens.len; i++) {
        check_token(g, r, r->tokens.at[i]);
        if (r->tokens.at[i]->state == TOKEN_WAITING) remember(g, r, r->tokens.at[i]);
    }
}

/* ---- rows ---- */

static rc rename_rows(struct migrating *g, int64_t id)
{
    static const struct sql *const sql[] = {&sql_rename_tokens, &sql_rename_tasks};
    rc r = db_exec(g->cx, g->t->db, &sql_instance,
                   DB_ARGS(DB_I(id), DB_I(g->to->version), DB_T(g->root->id)));
    if (r == RC_OK)
        r = db_exec(g->cx, g->t->db, &sql_tasks, DB_ARGS(DB_I(id), DB_I(g->to->version)));
    for (size_t i = 0; i < g->plan->map_count; i++) {
        const struct bpmn_step_map *s = &g->plan->map[i];
        for (size_t k = 0; k < COUNTOF(sql) && r == RC_OK && !str_eq(s->from, s->to); k++)
            r = db_exec(g->cx, g->t->db, sql[k], DB_ARGS(DB_I(id), DB_T(s->from), DB_T(s->to)));
    }
    return r;
}

/* ---- what it waits for ---- */

static const struct armed *armed_at(const struct armed_list *list, const struct bpmn_node *n,
                                    int64_t event)
{
    for (size_t i = 0; i < list->len; i++)
        if (list->at[i].node == n && list->at[i].event == event) return &list->at[i];
    return NULL;
}

static enum bpmn_event_kind kind_of(const struct armed *a)
{
    return a->node->event[a->event].kind;
}

/* Timers that are gone go, the others keep their time. */
static rc fix_timers(struct migrating *g, struct run *r, struct token *t,
                     const struct armed_list *now)
{
    struct timer *timer = NULL;
    size_t count = 0;
    rc result =
        t->timers > 0 ? timers_of_token(r->cx, r->db, token_key(r, t), &timer, &count) : RC_OK;
    for (size_t i = 0; i < count && result == RC_OK; i++) {
        const struct bpmn_node *n = target(g, timer[i].node_id);
        const struct armed *a = armed_at(now, n, timer[i].event);
        if (a && kind_of(a) == BPMN_EVENT_TIMER) {
            if (!str_eq(n->id, timer[i].node_id))
                result = db_exec(r->cx, r->db, &sql_timer, DB_ARGS(DB_I(timer[i].id), DB_T(n->id)));
            continue;
        }
        t->timers--;
        run_changed(r, t);
        result = timer_delete(r->cx, r->db, &timer[i]);
    }
    return result;
}

/* Still waited for, under the same name.  A receive task without a message of its own has no event. */
static bool still_waits(const struct token *t, const struct armed *a, const struct bpmn_node *n,
                        const struct subscription *s)
{
    static const enum bpmn_event_kind kind[] = {BPMN_EVENT_MESSAGE, BPMN_EVENT_SIGNAL,
                                                BPMN_EVENT_CONDITIONAL};
    if (!a) return n && n == t->node && n->kind == BPMN_RECEIVE_TASK && !n->event_count;
    const struct bpmn_event *e = &a->node->event[a->event];
    if (e->kind != kind[s->kind]) return false;
    return s->kind == WAITS_CONDITION || e->name_value || str_eq(e->name, s->name);
}

/* *renamed: bits, by the new order, of those that now wait under another name. */
static rc fix_subscriptions(struct migrating *g, struct run *r, struct token *t,
                            const struct armed_list *now, uint64_t *renamed)
{
    struct subscriptions subs = {0};
    rc result =
        t->subscriptions > 0 ? subscriptions_of_token(r->cx, r->db, token_key(r, t), &subs) : RC_OK;
    for (size_t i = 0; i < subs.len && result == RC_OK; i++) {
        const struct subscription *s = &subs.at[i];
        const struct bpmn_node *n = target(g, s->node_id);
        const struct armed *a = armed_at(now, n, s->event);
        if (still_waits(t, a, n, s)) {
            if (!str_eq(n->id, s->node_id))
                result =
                    db_exec(r->cx, r->db, &sql_subscription, DB_ARGS(DB_I(s->id), DB_T(n->id)));
            continue;
        }
        if (a) *renamed |= UINT64_C(1) << a->bit;
        t->subscriptions--;
        run_changed(r, t);
        result = subscription_delete(r->cx, r->db, s->id);
    }
    return result;
}

static rc due_of(struct run *r, const struct token *t, day_t *due)
{
    struct bpmn_task *task = NULL;
    size_t count = 0;
    *due = DAY_NONE;
    if (t == r->root || t->node->kind != BPMN_USER_TASK || t->role == TOKEN_BODY) return RC_OK;
    rc result = tasks_of_token(r->cx, r->db, &r->e->host, t->id, &task, &count);
    for (size_t i = 0; i < count; i++)
        if (task[i].kind == BPMN_TASK_MAIN) *due = task[i].due;
    return result;
}

/* Was it there before?  What fired already does not wait again. */
static const struct armed *was_armed(const struct migrating *g, const struct stood *s,
                                     const struct armed *a)
{
    for (size_t i = 0; i < s->armed.len; i++) {
        const struct armed *old = &s->armed.at[i];
        if (target(g, old->node->id) == a->node && old->event == a->event &&
            kind_of(old) == kind_of(a))
            return old;
    }
    return NULL;
}

static rc arm_new(struct migrating *g, struct run *r, struct token *t, const struct stood *s,
                  const struct armed_list *now, uint64_t renamed)
{
    const bool interrupted = bpmn_is_scope(t->node->kind) && scope_is_interrupted(r, t);
    uint64_t heard = 0;
    day_t due = DAY_NONE;
    rc result = due_of(r, t, &due);
    for (size_t i = 0; i < now->len && result == RC_OK; i++) {
        const struct armed *a = &now->at[i], *old = was_armed(g, s, a);
        const bool starts = a->node->kind == BPMN_START && a->node != t->node;
        if (old && s->heard >> old->bit & 1) heard |= UINT64_C(1) << a->bit;
        if ((old && !(renamed >> a->bit & 1)) || (starts && interrupted)) continue;
        result = event_arm_one(r, t, a, due);
    }
    if (*token_heard(r, t) != heard) {
        *token_heard(r, t) = heard;
        run_changed(r, t);
    }
    return result;
}

static rc fix_token(struct migrating *g, struct run *r, const struct stood *s)
{
    struct token *t = token_of_key(r, s->key);
    struct armed_list now;
    uint64_t renamed = 0;
    if (!t || !t->node) return RC_OK;
    if (!str_eq(t->back, s->back)) {
        rc renamed_back = db_exec(r->cx, r->db, &sql_back, DB_ARGS(DB_I(t->id), DB_T(s->back)));
        if (renamed_back != RC_OK) return renamed_back;
        t->back = s->back;
    }
    events_of(r, t, &now);
    if (now.len > EVENTS_MAX) now.len = EVENTS_MAX;
    rc result = fix_timers(g, r, t, &now);
    if (result == RC_OK) result = fix_subscriptions(g, r, t, &now, &renamed);
    /* A body's and a gateway's `got` are no events. */
    if (result == RC_OK) result = arm_new(g, r, t, s, &now, renamed);
    if (result == RC_OK && t->node->topic.len && t->role != TOKEN_BODY)
        result = db_exec(r->cx, r->db, &sql_job,
                         DB_ARGS(DB_I(t->id), DB_T(t->node->id), DB_T(t->node->topic)));
    if (result != RC_OK || t == r->root || s->stopped_clock == t->node->stops_clock) return result;
    return s->stopped_clock ? clock_run(r, t->parent) : clock_stop(r, t->parent);
}

/* ---- over ---- */

static rc note(struct run *r, const struct bpmn_migration *plan)
{
    const struct task_action a = {.id = r->ids->next(r->ids->owner),
                                  .instance_id = r->instance.id,
                                  .at_us = r->cx->now_us,
                                  .act = STR("migrate"),
                                  .actor = r->actor,
                                  .reason = plan->reason};
    return action_add(r->cx, r->db, &a);
}

static rc go_over(struct migrating *g, int64_t id)
{
    struct run r;
    rc result = rename_rows(g, id);
    if (result != RC_OK) return result;
    result = run_open_any(&r, g->cx, g->t, id);
    for (size_t i = 0; i < g->stood.len && result == RC_OK; i++)
        result = fix_token(g, &r, &g->stood.at[i]);
    if (result == RC_OK) result = search_write(&r, (str){0}); /* others may be searched now */
    if (result == RC_OK) result = note(&r, g->plan);
    if (result == RC_OK) result = run_tell(&r, "instance.migrated", NULL, NULL);
    if (result == RC_OK && str_eq(r.instance.state, STR("suspended")))
        r.is_over = true; /* it goes on when it is resumed */
    else if (result == RC_OK)
        result = joins_again(&r);
    return run_rest(&r, result);
}

static rc migrate_one(struct migrating *g, int64_t id)
{
    struct run r;
    rc result = run_open_any(&r, g->cx, g->t, id);
    if (result == RC_OK) {
        check_instance(g, &r);
        g->t->e->run = NULL; /* only looked at */
    }
    if (result != RC_OK) return result;
    g->out->instances++;
    g->out->migrated += g->fits;
    g->out->refused += !g->fits;
    return g->fits && !g->plan->dry ? go_over(g, id) : RC_OK;
}

/* ---- the door ---- */

static rc model_of(struct migrating *g, int64_t version, const struct bpmn_model **out)
{
    const struct bpmn_host *h = &g->t->e->host;
    rc r = h->model(h->owner, g->cx, g->t->db, g->plan->process, version, out);
    if (r != RC_OK || (*out && (*out)->version == version)) return r;
    return err_set(g->cx, RC_MISSING, "bpmn.version-missing", "流程“" STR_FMT "”没有版本 %" PRId64,
                   "process \"" STR_FMT "\" has no version %" PRId64, STR_ARG(g->plan->process),
                   version);
}

static rc chosen(struct migrating *g, int most, int64_t after, struct instance_ids *out)
{
    const struct bpmn_migration *m = g->plan;
    struct instance i = {0};
    DB_ROWS rows = {0};
    bool more = true;
    if (m->instance_id) {
        rc r = instance_load(g->cx, g->t->db, m->instance_id, &i, &more);
        const bool fits = r == RC_OK && more && !i.ended_us && i.version == m->from &&
                          str_eq(i.process, m->process);
        if (fits) *(int64_t *)vec_add(g->cx->arena, out) = i.id;
        if (r != RC_OK || fits) return r;
        return err_set(g->cx, RC_MISSING, "bpmn.instance-missing",
                       "这一版本没有在办的流程实例 %" PRId64,
                       "this version has no running instance %" PRId64, m->instance_id);
    }
    rc r = db_query(g->cx, g->t->db, &sql_active,
                    DB_ARGS(DB_T(m->process), DB_I(m->from), DB_I(after), DB_I(most)), &rows);
    while (r == RC_OK && (r = db_next(g->cx, &rows, &more)) == RC_OK && more)
        *(int64_t *)vec_add(g->cx->arena, out) = db_i64(&rows, 0);
    return r;
}

rc bpmn_migrate(struct cx *cx, const struct bpmn_turn *t, const struct bpmn_migration *m, int most,
                int64_t after, int64_t *last, struct bpmn_migrated *out)
{
    struct migrating g = {.cx = cx, .t = t, .plan = m, .out = out, .fits = true};
    struct instance_ids ids = {0};
    *out = (struct bpmn_migrated){0};
    *last = 0;
    if (m->from == m->to)
        return err_set(cx, RC_INVALID, "bpmn.migration", "迁移的两个版本相同",
                       "both versions are the same");
    if (most < 1 || most > BATCH_MAX) most = BATCH_MAX;
    rc r = model_of(&g, m->from, &g.from);
    if (r == RC_OK) r = model_of(&g, m->to, &g.to);
    if (r != RC_OK) return r;
    check_plan(&g);
    if (!g.fits)
        return err_set(cx, RC_INVALID, "bpmn.migration", "迁移方案有误，逐条列出",
                       "the plan of the migration has faults, each is listed");
    r = chosen(&g, most, after, &ids);
    for (size_t i = 0; i < ids.len && r == RC_OK; i++)
        r = migrate_one(&g, ids.at[i]);
    if (r == RC_OK && !m->instance_id && ids.len == (size_t)most) *last = ids.at[ids.len - 1];
    return r;
}
