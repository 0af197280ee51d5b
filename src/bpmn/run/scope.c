/* What holds others: sub-processes, transactions, event and ad-hoc sub-processes, the instance itself,
 * and calls of other processes. */
#include "base/json.h"
#include "bpmn/definition.h"
#include "bpmn/run/events.h"

/* ---- beginning ---- */

static bool lives_in(const struct bpmn_variable *v, const struct bpmn_node *scope)
{
    for (int i = 0; i < v->home_count; i++)
        if (v->home[i] == scope) return true;
    return !v->home_count && v->scope == scope;
}

/* The initial values of what the scope declares. */
static rc initial_values(struct run *r, struct token *scope)
{
    const struct bpmn_model *m = r->model;
    rc result = RC_OK;
    for (int i = 0; i < m->variable_count && result == RC_OK; i++) {
        const struct bpmn_variable *v = &m->variable[i];
        struct feel_value value;
        if (!v->initial || !lives_in(v, scope->node)) continue;
        if (scope->var_set && scope->var_set[i]) continue; /* given by who started it */
        result = run_eval(r, scope, v->initial, &value);
        if (result == RC_OK) var_set(r->cx, m, scope, i, &value);
    }
    return result;
}

rc scope_open(struct run *r, struct token *scope)
{
    const struct bpmn_node *n = scope->node;
    bool waits = n->event_sub_count > 0 || (scope->role != TOKEN_ROUND && n->boundary_count > 0);
    rc result = initial_values(r, scope);
    return result == RC_OK && waits ? events_arm(r, scope, DAY_NONE) : result;
}

static bool starts_by_link(const struct bpmn_node *n)
{
    return n->kind == BPMN_CATCH && n->event_count > 0 && n->event[0].kind == BPMN_EVENT_LINK;
}

/* Has no incoming flow and begins with its scope. */
static bool begins(const struct bpmn_node *n)
{
    return !n->in_count && n->kind != BPMN_START && n->kind != BPMN_BOUNDARY &&
           n->kind != BPMN_EVENT_SUB_PROCESS && !n->is_for_compensation && !starts_by_link(n);
}

/* The start event of a process that is started by name: the first without a trigger, else the first. */
const struct bpmn_node *scope_first_start(const struct bpmn_node *process)
{
    const struct bpmn_node *first = NULL;
    for (int i = 0; i < process->child_count; i++) {
        const struct bpmn_node *n = process->child[i];
        if (n->kind != BPMN_START) continue;
        if (!n->event_count) return n;
        if (!first) first = n;
    }
    return first;
}

static void send_start(struct run *r, const struct bpmn_node *n, struct token *scope)
{
    struct move *m = run_send(r, n, scope);
    m->outcome = scope->outcome;
}

static void start_ad_hoc(struct run *r, struct token *scope)
{
    const struct bpmn_node *n = scope->node;
    int nth = 0;
    for (int i = 0; i < n->child_count; i++) {
        if (n->ad_hoc_manual || !begins(n->child[i])) continue;
        if (nth++ < scope->made) continue;
        send_start(r, n->child[i], scope);
        scope->made = nth;
        run_changed(r, scope);
        if (n->ad_hoc_sequential) return;
    }
}

rc scope_start(struct run *r, struct token *scope)
{
    const struct bpmn_node *n = scope->node;
    const struct bpmn_node *start = n->kind == BPMN_PROCESS ? scope_first_start(n) : n->start_event;
    if (n->kind == BPMN_AD_HOC) {
        start_ad_hoc(r, scope);
    } else if (n->kind == BPMN_EVENT_SUB_PROCESS) {
        if (start) send_start(r, start, scope);
    } else {
        for (int i = 0; i < n->child_count; i++) {
            const struct bpmn_node *child = n->child[i];
            bool is_start =
                child->kind == BPMN_START && (n->kind != BPMN_PROCESS || child == start);
            bool alone = begins(child) && !(start && child->instantiate);
            if (is_start || alone) send_start(r, child, scope);
        }
    }
    scope->live++; /* an empty one is seen too */
    run_less(r, scope);
    return RC_OK;
}

static bool waits_for_condition(const struct bpmn_node *n)
{
    for (int i = 0; i < n->event_sub_count; i++) {
        const struct bpmn_node *start = n->event_sub[i]->start_event;
        for (int k = 0; start && k < start->event_count; k++)
            if (start->event[k].kind == BPMN_EVENT_CONDITIONAL) return true;
    }
    return false;
}

/* A condition that holds already comes before what the scope begins with. */
rc scope_begin(struct run *r, struct token *scope)
{
    bool moved = false;
    rc result = waits_for_condition(scope->node) ? conditions_look(r, &moved) : RC_OK;
    bool starts = scope->state == TOKEN_WAITING && !(moved && scope_is_interrupted(r, scope));
    return result == RC_OK && starts && !r->is_over ? scope_start(r, scope) : result;
}

rc enter_scope(struct run *r, struct move *m)
{
    struct token *t;
    rc result = activity_token(r, m, true, &t);
    if (result == RC_OK) result = scope_open(r, t);
    return result == RC_OK ? scope_begin(r, t) : result;
}

/* ---- ad-hoc (13.3.5) ---- */

static bool starts_more(const struct token *scope)
{
    const struct bpmn_node *n = scope->node;
    int count = 0;
    for (int i = 0; i < n->child_count; i++)
        count += begins(n->child[i]);
    return !n->ad_hoc_manual && scope->counter == 0 && scope->made < count;
}

/* counter 1: its condition has held, nothing new is started. */
rc ad_hoc_look(struct run *r, struct token *scope)
{
    const struct bpmn_node *n = scope->node;
    struct feel_value v;
    if (scope->state != TOKEN_WAITING || !n->completion || scope->counter) return RC_OK;
    rc result = run_eval(r, scope, n->completion, &v);
    if (result != RC_OK || !feel_is_true(&v)) return result;
    scope->counter = 1;
    run_changed(r, scope);
    return n->cancel_remaining ? scope_clear(r, scope, true) : RC_OK;
}

/* Nothing is left inside: the next one in order, or the end; one whose condition does not hold yet
 * stays open for what people start. */
static rc ad_hoc_rests(struct run *r, struct token *scope, bool *complete)
{
    const struct bpmn_node *n = scope->node;
    rc result = ad_hoc_look(r, scope);
    *complete = false;
    if (result != RC_OK) return result;
    if (starts_more(scope)) {
        start_ad_hoc(r, scope);
        return RC_OK;
    }
    *complete = scope->counter == 1 || (!n->completion && !n->ad_hoc_manual);
    return RC_OK;
}

/* ---- completing ---- */

rc scope_complete(struct run *r, struct token *scope)
{
    bool complete = true;
    rc result = RC_OK;
    if (scope->node && scope->node->kind == BPMN_AD_HOC) result = ad_hoc_rests(r, scope, &complete);
    if (result != RC_OK || !complete) return result;
    if (scope == r->root) return run_end(r, "ended");
    return activity_done(r, scope, scope->outcome);
}

/* ---- calls ---- */

static rc no_such_process(struct run *r, const struct bpmn_node *n, str called)
{
    return err_set(r->cx, RC_CONFLICT, "bpmn.called-missing",
                   "调用活动 \"" STR_FMT "\" 要调用的流程 \"" STR_FMT "\" 不存在",
                   "the call activity \"" STR_FMT "\" calls the process \"" STR_FMT
                   "\", which does not exist",
                   STR_ARG(n->id), STR_ARG(called));
}

/* By its number, as people call it, or its tag; the newest that has it.  Hosts that keep no versions have
 * but one. */
static rc find_version(struct run *r, const struct bpmn_node *n, str called, int64_t *version)
{
    struct bpmn_definitions all = {0};
    int64_t number = 0;
    str wanted = n->called_version;
    *version = 0;
    if (!wanted.len || str_eq(wanted, STR("same"))) return RC_OK;
    bool by_number = str_i64(wanted, &number);
    rc result = bpmn_definitions(r->cx, r->db, called, &all);
    for (size_t i = 0; i < all.len && !*version; i++)
        if (str_eq(all.at[i].tag, wanted) || (by_number && all.at[i].number == number))
            *version = all.at[i].version;
    if (result != RC_OK || *version || !all.len) return result;
    return err_set(r->cx, RC_CONFLICT, "bpmn.called-missing",
                   "调用活动 \"" STR_FMT "\" 要调用的流程 \"" STR_FMT "\" 没有版本 \"" STR_FMT "\"",
                   "the call activity \"" STR_FMT "\" calls the process \"" STR_FMT
                   "\", which has no version \"" STR_FMT "\"",
                   STR_ARG(n->id), STR_ARG(called), STR_ARG(wanted));
}

/* A process of the same file runs in the same version; else the host knows it by name. */
static rc find_called(struct run *r, const struct bpmn_node *n, str called, struct bpmn_start *s,
                      const struct bpmn_model **model)
{
    const struct bpmn_host *h = &r->e->host;
    const struct bpmn_node *process = bpmn_node_find(r->model, called);
    *model = r->model;
    if (process && process->kind == BPMN_PROCESS) {
        s->process = r->instance.process;
        s->element = called;
        s->version = r->instance.version;
        return RC_OK;
    }
    s->process = called;
    rc result = find_version(r, n, called, &s->version);
    if (result == RC_OK) result = h->model(h->owner, r->cx, r->db, called, s->version, model);
    if (result != RC_OK) return result;
    return *model ? RC_OK : no_such_process(r, n, called);
}

static void add_member(struct buf *out, str name, const struct feel_value *v)
{
    buf_char(out, out->len > 1 ? ',' : '{');
    buf_json(out, name);
    buf_char(out, ':');
    feel_value_write(out, v);
}

/* All variables that both models declare. */
static void add_all(struct run *r, const struct token *at, const struct bpmn_model *called,
                    struct buf *out)
{
    for (int i = 0; i < r->model->variable_count; i++) {
        const struct feel_value *v = var_get(at, i);
        if (v && bpmn_variable_find(called, r->model->variable[i].name))
            add_member(out, r->model->variable[i].name, v);
    }
}

static rc call_input(struct run *r, struct token *t, const struct bpmn_model *called,
                     const struct json **out)
{
    const struct bpmn_node *n = t->node;
    struct buf text = {.arena = r->cx->arena};
    if (n->call_all_in) add_all(r, t, called, &text);
    for (int i = 0; i < n->input.count; i++) {
        const struct bpmn_mapping *m = &n->input.at[i];
        struct feel_value v;
        if (!m->value) {
            if (!n->call_all_in) add_all(r, t, called, &text);
            continue;
        }
        if (!bpmn_variable_find(called, m->name)) continue;
        rc result = run_eval(r, t, m->value, &v);
        if (result != RC_OK) return result;
        add_member(&text, m->name, &v);
    }
    if (!text.len) return RC_OK;
    buf_char(&text, '}');
    return json_parse(r->cx, buf_str(&text), out);
}

static rc called_name(struct run *r, struct token *t, str *out)
{
    struct feel_value v;
    *out = t->node->called;
    if (!t->node->called_value) return RC_OK;
    rc result = run_eval(r, t, t->node->called_value, &v);
    *out = arena_dup(r->cx->arena, feel_str(&v));
    return result;
}

/* The business key is handed on unless the call has one of its own. */
static rc call_key(struct run *r, struct token *t, str *out)
{
    struct feel_value v;
    struct buf text = {.arena = r->cx->arena, .bytes_max = 200};
    *out = r->instance.key;
    if (!t->node->called_key) return RC_OK;
    rc result = run_eval(r, t, t->node->called_key, &v);
    if (result != RC_OK) return result;
    if (v.kind != FEEL_NULL) feel_value_text(&text, &v);
    *out = buf_str(&text);
    return RC_OK;
}

rc enter_call(struct run *r, struct move *m)
{
    const struct bpmn_node *n = m->node;
    const struct bpmn_model *model = NULL;
    struct bpmn_start start = {.subject_id = r->instance.subject_id, .several = true};
    struct token *t;
    str called;
    rc result = activity_token(r, m, true, &t);
    if (result == RC_OK) result = called_name(r, t, &called);
    if (result == RC_OK) result = find_called(r, n, called, &start, &model);
    if (result == RC_OK) result = call_input(r, t, model, &start.variables);
    if (result == RC_OK) result = call_key(r, t, &start.key);
    if (result == RC_OK && m->role != TOKEN_ROUND && n->boundary_count)
        result = events_arm(r, t, DAY_NONE);
    if (result != RC_OK) return result;
    struct delivery *d = run_deliver(r, DELIVER_START);
    t->called = r->ids->next(r->ids->owner);
    start.parent_token = t->id;

    d->begin = (struct begin){.start = start,
                              .id = t->called,
                              .parent_id = r->instance.id,
                              .root_id = r->instance.root_id,
                              .started_by = r->instance.started_by};
    d->instance_id = t->called;
    return RC_OK;
}

/* ---- and what comes back ---- */

/* Mappings of a call see what the called instance had, by name, before the caller's own. */
static rc lend(struct run *r, struct token *t, const struct json *variables)
{
    rc result = RC_OK;
    for (const struct json *j = variables ? variables->child : NULL; j && result == RC_OK;
         j = j->next) {
        const struct bpmn_variable *v = bpmn_variable_find(r->model, j->key);
        struct feel_value value;
        if (!v) continue;
        result = feel_value_from_json(r->cx, j, &value);
        if (result == RC_OK)
            var_set(r->cx, r->model, t, v->slot - r->model->first_variable, &value);
    }
    return result;
}

static rc take_all(struct run *r, struct token *t, const struct json *variables)
{
    rc result = RC_OK;
    for (const struct json *j = variables ? variables->child : NULL; j && result == RC_OK;
         j = j->next) {
        const struct bpmn_variable *v = bpmn_variable_find(r->model, j->key);
        struct feel_value value;
        if (!v) continue;
        result = feel_value_from_json(r->cx, j, &value);
        if (result == RC_OK) run_set(r, t->parent, v->slot, &value);
    }
    return result;
}

rc call_returned(struct run *r, struct token *t, const struct json *variables)
{
    const struct bpmn_node *n = t->node;
    rc result = RC_OK;
    bool all = n->call_all_out;
    for (int i = 0; i < n->output.count; i++)
        all = all || !n->output.at[i].value;
    t->called = 0;
    if (all) result = take_all(r, t, variables);
    if (result == RC_OK && n->output.count) result = lend(r, t, variables);
    return result == RC_OK ? activity_done(r, t, t->outcome) : result;
}
