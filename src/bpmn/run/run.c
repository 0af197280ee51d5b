/* A run from its beginning to its rest: opens an instance, takes moves from the queue until all tokens
 * rest, writes what changed, and delivers to others. */
#include "bpmn/run/run.h"

#include "base/json.h"

/* ---- what the host is asked and told ---- */

rc run_tell(struct run *r, const char *what, const struct bpmn_node *node,
            const struct bpmn_task *task)
{
    const struct bpmn_host *h = &r->e->host;
    if (!h->event) return RC_OK;
    const struct bpmn_step step = {.model = r->model,
                                   .node = node,
                                   .instance_id = r->instance.id,
                                   .subject_id = r->instance.subject_id};
    return h->event(h->owner, r->cx, r->db, what, &step, task);
}

void run_trace(struct run *r, const char *what, str element, const struct token *scope)
{
    const struct bpmn_host *h = &r->e->host;
    if (h->trace) h->trace(h->owner, what, element, token_key(r, scope));
}

/* ---- opening a run ---- */

void run_init(struct run *r, struct cx *cx, const struct bpmn_turn *t)
{
    *r = (struct run){.cx = cx, .e = t->e, .db = t->db, .ids = t->ids, .actor = t->actor};
    if (t->e->run || t->e->delivering) return;
    t->e->first_delivery = NULL;
    t->e->last_delivery = &t->e->first_delivery;
    t->e->steps = 0;
}

static rc nested(struct run *r)
{
    if (!r->e->run) return RC_OK;
    return err_set(r->cx, RC_CONFLICT, "bpmn.nested",
                   "流程步骤正在执行，这时不能直接办理流程实例；可发送消息或启动流程",
                   "a step of a process is being done: now no instance can be changed directly; "
                   "send a message or start a process instead");
}

static struct token *root_new(struct run *r)
{
    struct token *root = NEW(r->cx->arena, struct token);
    *root = (struct token){.state = TOKEN_WAITING, .entered_us = r->instance.started_us};
    return root;
}

static rc load(struct run *r, int64_t instance_id)
{
    bool found = false;
    rc result = instance_load(r->cx, r->db, instance_id, &r->instance, &found);
    if (result != RC_OK) return result;
    if (!r->instance.root_id) r->instance.root_id = r->instance.id;
    if (!found)
        return err_set(r->cx, RC_MISSING, "bpmn.instance-missing", "流程实例 %" PRId64 " 不存在",
                       "there is no process instance %" PRId64, instance_id);
    bool lives =
        str_eq(r->instance.state, STR("active")) || str_eq(r->instance.state, STR("suspended"));
    if (!lives)
        return err_set(r->cx, RC_CONFLICT, "bpmn.instance-ended", "流程实例 %" PRId64 " 已经结束",
                       "the process instance %" PRId64 " has ended", instance_id);
    return r->e->host.model(r->e->host.owner, r->cx, r->db, r->instance.process,
                            r->instance.version, &r->model);
}

/* Who lives in which scope is counted once; from then on it is kept up. */
static void count_live(struct run *r)
{
    for (size_t i = 0; i < r->tokens.len; i++) {
        const struct token *t = r->tokens.at[i];
        if (t->state == TOKEN_WAITING && t->parent) t->parent->live++;
    }
}

rc run_open_any(struct run *r, struct cx *cx, const struct bpmn_turn *t, int64_t instance_id)
{
    run_init(r, cx, t);
    rc result = nested(r);
    if (result == RC_OK) result = load(r, instance_id);
    if (result != RC_OK) return result;
    struct token *root = root_new(r);
    if (r->model && !r->instance.element.len) r->instance.element = r->model->process->id;
    root->node = r->model ? bpmn_node_find(r->model, r->instance.element) : NULL;
    root->node_id = r->instance.element;
    result = tokens_load(cx, r->db, r->model, &r->instance, root, &r->tokens);
    if (result != RC_OK) return result;
    r->root = root;
    r->e->run = r;
    count_live(r);
    return RC_OK;
}

rc run_open(struct run *r, struct cx *cx, const struct bpmn_turn *t, int64_t instance_id)
{
    rc result = run_open_any(r, cx, t, instance_id);
    if (result != RC_OK) return result;
    if (str_eq(r->instance.state, STR("suspended")))
        return err_set(
            cx, RC_CONFLICT, "bpmn.suspended", "流程实例 %" PRId64 " 已暂停，恢复后才能办理",
            "the process instance %" PRId64 " is suspended: resume it first", instance_id);
    if (!r->model)
        return err_set(cx, RC_CONFLICT, "bpmn.process-missing", "流程 \"" STR_FMT "\" 已不存在",
                       "the process \"" STR_FMT "\" no longer exists",
                       STR_ARG(r->instance.process));
    return r->root->node ? RC_OK : run_gone(r, r->instance.element);
}

/* ---- a new instance ---- */

static rc refuse_second(struct run *r, const struct bpmn_start *s)
{
    struct instance latest;
    bool found = false;
    if (s->several || !s->subject_id || s->parent_token) return RC_OK;
    rc result = instance_latest(r->cx, r->db, s->process, s->subject_id, &latest, &found);
    bool lives =
        found && (str_eq(latest.state, STR("active")) || str_eq(latest.state, STR("suspended")));
    if (result != RC_OK || !lives) return result;
    return err_set(r->cx, RC_CONFLICT, "bpmn.running",
                   "流程 \"" STR_FMT "\" 已在办理中（实例 %" PRId64 "），不能再次启动",
                   "the process \"" STR_FMT "\" is already running (instance %" PRId64
                   ") and cannot be started again",
                   STR_ARG(s->process), latest.id);
}

static rc find_beginning(struct run *r, const struct bpmn_start *s,
                         const struct bpmn_node **process, const struct bpmn_node **start)
{
    rc result = r->e->host.model(r->e->host.owner, r->cx, r->db, s->process, s->version, &r->model);
    if (result != RC_OK) return result;
    if (!r->model)
        return err_set(r->cx, RC_MISSING, "bpmn.process-missing", "没有流程 \"" STR_FMT "\"",
                       "there is no process \"" STR_FMT "\"", STR_ARG(s->process));
    *process = r->model->process;
    *start = NULL;
    if (!s->element.len) return RC_OK;
    const struct bpmn_node *n = bpmn_node_find(r->model, s->element);
    if (n && n->kind == BPMN_PROCESS)
        *process = n;
    else if (n && n->parent && n->parent->kind == BPMN_PROCESS) {
        *process = n->parent;
        *start = n;
    } else
        return err_set(r->cx, RC_MISSING, "bpmn.element-missing",
                       "流程 \"" STR_FMT "\" 没有可由此开始的元素 \"" STR_FMT "\"",
                       "the process \"" STR_FMT "\" has no element \"" STR_FMT "\" to start at",
                       STR_ARG(s->process), STR_ARG(s->element));
    return RC_OK;
}

static void fill_instance(struct run *r, const struct begin *b, const struct bpmn_node *process)
{
    const struct bpmn_start *s = &b->start;
    int64_t id = b->id ? b->id : r->ids->next(r->ids->owner);
    r->instance = (struct instance){.id = id,
                                    .subject_id = s->subject_id,
                                    .version = r->model->version,
                                    .process = s->process,
                                    .element = process->id,
                                    .state = STR("active"),
                                    .started_by = b->started_by.len ? b->started_by : r->actor,
                                    .key = s->key,
                                    .started_us = r->cx->now_us,
                                    .parent_id = b->parent_id,
                                    .parent_token = s->parent_token,
                                    .root_id = b->root_id ? b->root_id : id};
}

/* Who started it, for those who call them by a name of their own. */
static void name_starter(struct run *r, const struct bpmn_node *process)
{
    const struct feel_value v = feel_string(r->instance.started_by);
    int variable = process->starter_slot - r->model->first_variable;
    if (process->starter_slot >= 0 && variable >= 0)
        var_set(r->cx, r->model, r->root, variable, &v);
}

rc run_begin(struct run *r, const struct begin *b)
{
    const struct bpmn_node *process = NULL, *start = NULL;
    rc result = nested(r);
    if (result == RC_OK) result = find_beginning(r, &b->start, &process, &start);
    if (result == RC_OK) result = refuse_second(r, &b->start);
    if (result != RC_OK) return result;
    const struct bpmn_node *first = start ? start : scope_first_start(process);
    fill_instance(r, b, process);
    r->root = root_new(r);
    r->root->node = process;
    r->root->node_id = process->id;
    r->is_new = true;
    r->e->run = r;
    if (b->vars.len) result = vars_read(r->cx, r->model, b->vars, r->root);
    if (result == RC_OK && b->start.variables)
        result = vars_take(r->cx, r->model, b->start.variables, r->root);
    if (result == RC_OK) name_starter(r, process);
    if (result == RC_OK) result = run_tell(r, "instance.started", first ? first : process, NULL);
    if (result == RC_OK) result = scope_open(r, r->root);
    if (result != RC_OK || b->by_event) return result;
    if (!start) return scope_begin(r, r->root);
    (void)run_send(r, start, r->root);
    return RC_OK;
}

/* ---- tokens and moves ---- */

struct token *run_token(struct run *r, int64_t id)
{
    if (!id) return r->root;
    for (size_t i = 0; i < r->tokens.len; i++)
        if (r->tokens.at[i]->id == id)
            return r->tokens.at[i]->state == TOKEN_WAITING ? r->tokens.at[i] : NULL;
    return NULL;
}

rc run_gone(struct run *r, str id)
{
    (void)!err_set(r->cx, RC_CONFLICT, "bpmn.element-missing",
                   "流程 \"" STR_FMT "\" 已修改，不再有元素 \"" STR_FMT "\"，实例 %" PRId64
                   " 停在那里，不能继续",
                   "the process \"" STR_FMT
                   "\" was changed and no longer has the element "
                   "\"" STR_FMT "\", where instance %" PRId64 " stands",
                   STR_ARG(r->instance.process), STR_ARG(id), r->instance.id);
    err_hint(r->cx, "恢复该元素，或撤销此实例后重新启动",
             "put the element back, or cancel the instance and start it again");
    return RC_CONFLICT;
}

struct token *run_passing_token(struct run *r, const struct move *m)
{
    struct token *t = NEW(r->cx->arena, struct token);
    *t = (struct token){.parent = m->scope,
                        .node = m->node,
                        .node_id = m->node->id,
                        .role = m->role,
                        .flow = m->flow ? m->flow->id : (str){0},
                        .outcome = m->outcome,
                        .path = buf_str(&m->path),
                        .entered_us = r->cx->now_us,
                        .cause = m->cause ? m->cause : r->cause,
                        .kept_id = m->kept_id,
                        .index = m->index,
                        .back = m->back,
                        .is_passing = true};
    m->scope->live++;
    return t;
}

void run_keep_row(struct run *r, struct token *t)
{
    if (!t->is_passing) return;
    t->id = r->ids->next(r->ids->owner);
    t->is_passing = false;
    t->is_new = true;
    *(struct token **)vec_add(r->cx->arena, &r->tokens) = t;
}

struct token *run_new_token(struct run *r, const struct move *m)
{
    struct token *t = run_passing_token(r, m);
    run_keep_row(r, t);
    return t;
}

void run_changed(struct run *r, struct token *t)
{
    if (t == r->root) r->instance_changed = true;
    t->is_changed = true;
}

struct move *run_send(struct run *r, const struct bpmn_node *node, struct token *scope)
{
    struct move *m = vec_add(r->cx->arena, &r->queue);
    *m = (struct move){.node = node,
                       .scope = scope,
                       .outcome = r->outcome,
                       .path = {.arena = r->cx->arena},
                       .cause = r->cause};
    scope->live++;
    return m;
}

void run_less(struct run *r, struct token *scope)
{
    if (--scope->live <= 0 && scope->state == TOKEN_WAITING)
        *(struct token **)vec_add(r->cx->arena, &r->emptied) = scope;
}

struct delivery *run_deliver(struct run *r, enum delivery_kind kind)
{
    struct delivery *d = NEW(r->cx->arena, struct delivery);
    d->kind = kind;
    *r->e->last_delivery = d;
    r->e->last_delivery = &d->next;
    return d;
}

/* ---- the end ---- */

static void tell_caller(struct run *r, bool failed)
{
    if (!r->instance.parent_token) return;
    struct delivery *d = run_deliver(r, failed ? DELIVER_ERROR : DELIVER_RETURN);
    const struct json *back = NULL;
    str vars = r->model ? vars_write(r->cx->arena, r->model, r->root) : (str){0};
    d->instance_id = r->instance.parent_id;
    d->token_id = r->instance.parent_token;
    d->name = r->instance.error;
    if (vars.len && json_parse(r->cx, vars, &back) == RC_OK) d->variables = back;
}

rc run_end(struct run *r, const char *state)
{
    if (r->is_over) return RC_OK;
    bool ended = str_eq(str_from(state), STR("ended"));
    rc result = scope_clear(r, r->root, false);
    if (result == RC_OK && (r->root->timers || r->root->subscriptions))
        result = events_disarm(r, r->root);
    r->is_over = true;
    r->queue_at = r->queue.len;
    r->root->state = ended ? TOKEN_LEFT : TOKEN_CANCELLED;
    r->instance.state = str_from(state);
    r->instance.ended_us = r->cx->now_us;
    r->instance_changed = true;
    if (!str_eq(r->instance.state, STR("cancelled")))
        tell_caller(r, str_eq(r->instance.state, STR("failed")));
    if (result == RC_OK) run_trace(r, "exit", r->root->node_id, r->root);
    const char *what = ended ? "instance.ended" : "instance.cancelled";
    if (str_eq(r->instance.state, STR("failed"))) what = "instance.failed";
    return result == RC_OK ? run_tell(r, what, NULL, NULL) : result;
}

/* ---- until all wait ---- */

static rc too_many_steps(struct run *r, const struct bpmn_node *node)
{
    (void)!err_set(r->cx, RC_LIMIT, "bpmn.no-wait-state",
                   "流程 \"" STR_FMT
                   "\" 一次走了超过 %d 步还没有停下等待，"
                   "在 \"" STR_FMT "\" 处中止，什么也没有改变",
                   "the process \"" STR_FMT
                   "\" took more than %d steps without waiting, "
                   "stopped at \"" STR_FMT "\", nothing was changed",
                   STR_ARG(r->instance.process), BPMN_STEPS_MAX, STR_ARG(node->id));
    err_hint(r->cx, "在循环中加入用户任务或定时器", "put a user task or a timer in the loop");
    return RC_LIMIT;
}

static rc within_limits(struct run *r, const struct bpmn_node *node)
{
    if (++r->e->steps > BPMN_STEPS_MAX) return too_many_steps(r, node);
    if (r->cx->arena->exhausted)
        return err_set(r->cx, RC_LIMIT, "bpmn.memory", "流程一次所走的步骤占用内存过多",
                       "the steps of the process in one go take too much memory");
    if (r->tokens.len > BPMN_TOKENS_MAX)
        return err_set(r->cx, RC_LIMIT, "bpmn.tokens",
                       "流程实例同时有超过 %d 个令牌，在 \"" STR_FMT "\" 处中止，什么也没有改变",
                       "the instance has more than %d tokens at once, stopped at \"" STR_FMT
                       "\", nothing was changed",
                       BPMN_TOKENS_MAX, STR_ARG(node->id));
    return RC_OK;
}

/* A trace shows branches side by side: all leave their flows, all enter, then each does its thing.  The
 * order in which they do it is the same without a trace. */
static bool traced(struct run *r, const struct move *m)
{
    const struct bpmn_node *n = m->node;
    bool triggers = n->kind == BPMN_START || n->kind == BPMN_BOUNDARY;
    if (!r->e->host.trace || m->phase == 2) return false;
    if (m->phase == 0 && m->flow) run_trace(r, "exit", m->flow->id, m->scope);
    if (m->phase == 1 && m->role != TOKEN_ROUND && !triggers)
        run_trace(r, "enter", n->id, m->scope);
    struct move *again = vec_add(r->cx->arena, &r->queue);
    *again = *m;
    again->phase++;
    return true;
}

static rc step(struct run *r)
{
    struct move m = r->queue.at[r->queue_at++]; /* a copy: the queue grows behind it */
    if (r->queue_at == r->queue.len) r->queue.len = r->queue_at = 0;
    if (!m.scope || m.scope->state != TOKEN_WAITING) return RC_OK; /* dropped meanwhile */
    if (traced(r, &m)) return RC_OK;
    rc result = within_limits(r, m.node);
    if (result != RC_OK) return result;
    r->outcome = m.outcome;
    r->cause = m.cause ? m.cause : r->cause;
    r->move = &m;
    result = enter_node(r, &m);
    r->move = NULL;
    run_less(r, m.scope);
    return result;
}

/* Scopes in which nothing lives any more complete; that may empty the scope around them. */
static rc settle(struct run *r)
{
    for (size_t i = 0; i < r->emptied.len && !r->is_over; i++) {
        struct token *scope = r->emptied.at[i];
        if (scope->live > 0 || scope->state != TOKEN_WAITING || scope->role == TOKEN_BODY) continue;
        rc result = scope_complete(r, scope);
        if (result != RC_OK) return result;
        r->settled = r->settled || scope->state != TOKEN_WAITING;
    }
    r->emptied.len = 0;
    return RC_OK;
}

static rc drain(struct run *r)
{
    rc result = RC_OK;
    while (result == RC_OK && r->queue_at < r->queue.len && !r->is_over) {
        result = step(r);
        if (result == RC_OK && r->emptied.len) result = settle(r);
    }
    return result;
}

/* What was emptied while nobody looked: by an event, by hand. */
static void find_emptied(struct run *r)
{
    for (size_t i = r->tokens.len; i-- > 0;) {
        struct token *t = r->tokens.at[i];
        bool scope =
            t->state == TOKEN_WAITING && t->node && bpmn_is_scope(t->node->kind) && t->counter >= 0;
        if (scope && t->live <= 0) *(struct token **)vec_add(r->cx->arena, &r->emptied) = t;
    }
    if (r->root->live <= 0) *(struct token **)vec_add(r->cx->arena, &r->emptied) = r->root;
}

static rc go(struct run *r)
{
    rc result = settle(r);
    for (bool moved = true; result == RC_OK && moved && !r->is_over;) {
        result = drain(r);
        moved = false;
        if (result == RC_OK && !r->is_over) result = joins_look(r, &moved);
        if (result == RC_OK && !moved && !r->is_over) result = conditions_look(r, &moved);
        if (result != RC_OK || r->is_over) break;
        if (!moved) find_emptied(r);
        r->settled = false;
        result = settle(r);
        moved = moved || r->settled || r->queue_at < r->queue.len;
    }
    return result;
}

/* Its own root is not written: the index of families holds those alone that were called. */
static rc add_instance(struct run *r, str vars)
{
    struct instance row = r->instance;
    if (row.root_id == row.id) row.root_id = 0;
    return instance_add(r->cx, r->db, &row, vars);
}

static rc save(struct run *r)
{
    struct instance *i = &r->instance;
    const struct token *root = r->root;
    rc result = RC_OK;
    bool waits =
        i->timers != root->timers || i->subscriptions != root->subscriptions || i->got != root->got;
    if (r->is_new || r->instance_changed || root->vars_changed || root->is_changed || waits) {
        str vars = r->model ? vars_write(r->cx->arena, r->model, root) : i->vars;
        i->timers = root->timers;
        i->subscriptions = root->subscriptions;
        i->got = root->got;
        i->stopped_us = root->stopped_us;
        result = r->is_new ? add_instance(r, vars) : instance_save(r->cx, r->db, i, vars);
        if (result == RC_OK && (r->is_new || root->vars_changed))
            result = search_write(r, r->is_new ? (str){0} : i->vars);
    }
    return result == RC_OK ? tokens_save(r->cx, r->db, r->model, i->id, &r->tokens) : result;
}

static rc deliver_all(struct bpmn_engine *e, const struct run *from)
{
    const struct bpmn_turn turn = {.e = e, .db = from->db, .ids = from->ids, .actor = from->actor};
    rc result = RC_OK;
    e->delivering = true;
    while (result == RC_OK && e->first_delivery) {
        struct delivery *d = e->first_delivery;
        struct run own;
        e->first_delivery = d->next;
        if (!d->next) e->last_delivery = &e->first_delivery;
        run_init(&own, from->cx, &turn);
        own.cause = from->cause;
        result = deliver(&own, d);
    }
    e->delivering = false;
    return result;
}

rc run_rest(struct run *r, rc result)
{
    struct bpmn_engine *e = r->e;
    bool outermost = !e->delivering && (!e->run || e->run == r);
    if (r->root && e->run == r) {
        if (result == RC_OK) result = go(r);
        if (result == RC_OK) result = save(r);
        e->run = NULL;
        e->at = NULL;
    }
    if (outermost && result == RC_OK) result = deliver_all(e, r);
    if (outermost) {
        e->first_delivery = NULL;
        e->last_delivery = &e->first_delivery;
        e->steps = 0;
    }
    return result;
}
