/* Gateways.  A parallel join counts by flow; an inclusive one waits while a token that can still come by
 * an empty flow cannot come by a full one (13.4.3); a complex one goes on by its activation condition,
 * then waits in the same way for what is still to come, and resets (13.4.5).  Joins are looked at when
 * nothing moves. */
#include "bpmn/run/run.h"

/* ---- tokens waiting at a join ---- */

static bool waits_at(const struct token *t, const struct bpmn_node *n, const struct token *scope)
{
    return t->node == n && t->parent == scope && t->state == TOKEN_WAITING;
}

/* The oldest that came by this flow. */
static struct token *waiting_by(struct run *r, const struct bpmn_node *n, const struct token *scope,
                                const struct bpmn_flow *f)
{
    for (size_t i = 0; i < r->tokens.len; i++) {
        struct token *t = r->tokens.at[i];
        if (waits_at(t, n, scope) && !t->counter && str_eq(t->flow, f->id)) return t;
    }
    return NULL;
}

/* Complex: the token that remembers what it has consumed, until it resets. */
static struct token *remembered(struct run *r, const struct bpmn_node *n, const struct token *scope)
{
    for (size_t i = 0; i < r->tokens.len; i++) {
        struct token *t = r->tokens.at[i];
        if (waits_at(t, n, scope) && t->counter) return t;
    }
    return NULL;
}

/* The flows that have tokens, as bits; how many tokens. */
static uint64_t full_flows(struct run *r, const struct bpmn_node *n, const struct token *scope,
                           int64_t *count)
{
    uint64_t full = 0;
    *count = 0;
    for (size_t k = 0; k < r->tokens.len; k++) {
        const struct token *t = r->tokens.at[k];
        if (!waits_at(t, n, scope) || t->counter) continue;
        ++*count;
        for (int i = 0; i < n->in_count && i < BPMN_JOIN_FLOWS_MAX; i++)
            if (str_eq(t->flow, n->in[i]->id)) full |= UINT64_C(1) << i;
    }
    return full;
}

/* One token of each of these flows; the outcome that goes on is that of the last. */
static rc consume(struct run *r, const struct bpmn_node *n, struct token *scope, uint64_t flows,
                  str *outcome)
{
    const struct token *last = NULL;
    rc result = RC_OK;
    for (int i = 0; i < n->in_count && i < BPMN_JOIN_FLOWS_MAX && result == RC_OK; i++) {
        struct token *t = flows >> i & 1 ? waiting_by(r, n, scope, n->in[i]) : NULL;
        if (!t) continue;
        if (!last || t->id > last->id) last = t;
        result = token_leave(r, t, TOKEN_LEFT);
    }
    if (last) *outcome = last->outcome;
    return result;
}

/* ---- parallel ---- */

static rc enter_parallel(struct run *r, struct move *m)
{
    const struct bpmn_node *n = m->node;
    bool complete = true;
    if (n->in_count < 2 || !m->flow) return leave_by_flows(r, m, false);
    for (int i = 0; i < n->in_count && complete; i++)
        complete = n->in[i] == m->flow || waiting_by(r, n, m->scope, n->in[i]);
    if (!complete) {
        (void)run_new_token(r, m);
        return RC_OK;
    }
    for (int i = 0; i < n->in_count; i++) {
        if (n->in[i] == m->flow) continue;
        rc result = token_leave(r, waiting_by(r, n, m->scope, n->in[i]), TOKEN_LEFT);
        if (result != RC_OK) return result;
    }
    return leave_by_flows(r, m, false);
}

static bool is_complete(struct run *r, const struct token *t)
{
    const struct bpmn_node *n = t->node;
    bool complete = t->state == TOKEN_WAITING && n && n->kind == BPMN_PARALLEL;
    for (int i = 0; complete && i < n->in_count && n->in_count > 1; i++)
        complete = waiting_by(r, n, t->parent, n->in[i]) != NULL;
    return complete;
}

/* The last of its tokens comes again. */
rc joins_again(struct run *r)
{
    rc result = RC_OK;
    for (size_t i = r->tokens.len; i-- > 0 && result == RC_OK;) {
        struct token *t = r->tokens.at[i];
        if (!is_complete(r, t)) continue;
        struct move *m = run_send(r, t->node, t->parent);
        m->outcome = t->outcome;
        m->cause = t->cause;
        for (int k = 0; k < t->node->in_count; k++)
            if (str_eq(t->node->in[k]->id, t->flow)) m->flow = t->node->in[k];
        result = token_leave(r, t, TOKEN_LEFT);
    }
    return result;
}

/* ---- complex ---- */

static rc leave_join(struct run *r, const struct bpmn_node *n, struct token *scope, str outcome)
{
    const struct move m = {.node = n,
                           .scope = scope,
                           .outcome = outcome,
                           .path = {.arena = r->cx->arena},
                           .cause = r->cause};
    return leave_by_flows(r, &m, false);
}

static void show_state(struct run *r, bool waiting_for_start)
{
    const struct bpmn_variable *v = bpmn_variable_find(r->model, STR("waitingForStart"));
    r->state_slot = v ? v->slot + 1 : 0;
    r->waiting_for_start = waiting_for_start;
}

/* Goes on when its condition holds, and remembers what it has consumed. */
static rc activate(struct run *r, const struct bpmn_node *n, struct token *scope, bool *went)
{
    struct feel_value v;
    str outcome = {0};
    *went = false;
    uint64_t full = full_flows(r, n, scope, &r->activation);
    if (!full || remembered(r, n, scope)) return RC_OK;
    show_state(r, true);
    rc result = run_eval(r, scope, n->completion, &v);
    if (result != RC_OK || !feel_is_true(&v)) return result;
    *went = true;
    result = consume(r, n, scope, full, &outcome);
    const struct move rest = {.node = n, .scope = scope, .outcome = outcome, .cause = r->cause};
    struct token *memory = run_new_token(r, &rest);
    memory->counter = 1;
    memory->got = full;
    return result == RC_OK ? leave_join(r, n, scope, outcome) : result;
}

/* Flows out whose condition asks for the state get a token at the reset; others had theirs. */
static rc reset(struct run *r, struct token *memory, uint64_t full)
{
    const struct bpmn_node *n = memory->node;
    struct token *scope = memory->parent;
    str outcome = memory->outcome;
    rc result = consume(r, n, scope, full & ~memory->got, &outcome);
    if (result == RC_OK) result = token_leave(r, memory, TOKEN_LEFT);
    show_state(r, false);
    for (int i = 0; i < n->out_count && result == RC_OK; i++) {
        const struct bpmn_flow *f = n->out[i];
        struct feel_value v;
        if (!f->condition || !r->state_slot ||
            !feel_expr_uses_slot(f->condition, r->state_slot - 1))
            continue;
        result = run_eval(r, scope, f->condition, &v);
        if (result != RC_OK || !feel_is_true(&v)) continue;
        struct move *m = run_send(r, f->to, scope);
        m->flow = f;
        m->outcome = outcome;
        buf_add(&m->path, f->id);
        run_trace(r, "enter", f->id, scope);
    }
    return result;
}

static bool is_join(const struct run *r, const struct bpmn_node *n, int *nth)
{
    for (int j = 0; j < r->model->join_count; j++)
        if (r->model->join[j] == n) {
            if (nth) *nth = j;
            return true;
        }
    return false;
}

static rc enter_join(struct run *r, struct move *m)
{
    bool went;
    if (!m->flow || !is_join(r, m->node, NULL)) return leave_by_flows(r, m, false);
    (void)run_new_token(r, m);
    bool complex = m->node->kind == BPMN_COMPLEX && m->node->completion;
    return complex ? activate(r, m->node, m->scope, &went) : RC_OK;
}

rc enter_gateway(struct run *r, struct move *m)
{
    switch (m->node->kind) {
    case BPMN_EXCLUSIVE: return leave_by_flows(r, m, true);
    case BPMN_PARALLEL: return enter_parallel(r, m);
    default: return enter_join(r, m);
    }
}

rc enter_event_gateway(struct run *r, struct move *m)
{
    return events_arm(r, run_new_token(r, m), DAY_NONE);
}

/* ---- joins that wait for what can no longer come ---- */

struct pending {
    const struct bpmn_node *node;
    struct token *scope, *memory; /* memory: complex, waiting for its reset */
    uint64_t full;                /* flows with tokens, or that had one before the reset */
    int nth;                      /* in model->join */
    bool blocked, hard; /* somebody can still come; and it is not only other pending joins */
};
struct joins {
    struct pending *at;
    size_t len, cap;
};

static struct pending *pending_at(struct joins *all, const struct token *t)
{
    for (size_t i = 0; i < all->len; i++)
        if (all->at[i].node == t->node && all->at[i].scope == t->parent) return &all->at[i];
    return NULL;
}

static void collect(struct run *r, struct joins *all)
{
    for (size_t i = 0; i < r->tokens.len; i++) {
        const struct token *t = r->tokens.at[i];
        int nth = 0;
        bool joins = t->state == TOKEN_WAITING && t->node &&
                     (t->node->kind == BPMN_INCLUSIVE || t->node->kind == BPMN_COMPLEX);
        if (!joins || pending_at(all, t) || !is_join(r, t->node, &nth)) continue;
        struct pending *p = vec_add(r->cx->arena, all);
        int64_t count;
        *p = (struct pending){.node = t->node, .scope = t->parent, .nth = nth};
        p->full = full_flows(r, t->node, t->parent, &count);
        if (t->node->kind == BPMN_COMPLEX) p->memory = remembered(r, t->node, t->parent);
        if (p->memory) p->full |= p->memory->got;
    }
}

/* The join's flows that a token at n can come by without passing it. */
static uint64_t ways_from(const struct bpmn_model *m, const struct pending *p,
                          const struct bpmn_node *n)
{
    return m->reach[p->nth * m->node_count + n->index];
}

/* The same without its boundary events: that one may happen does not mean that it will. */
static uint64_t ways_by_flows(const struct bpmn_model *m, const struct pending *p,
                              const struct bpmn_node *n)
{
    uint64_t ways = 0;
    for (int i = 0; i < n->out_count; i++) {
        const struct bpmn_flow *f = n->out[i];
        if (f->to != p->node) ways |= ways_from(m, p, f->to);
        for (int k = 0; f->to == p->node && k < p->node->in_count && k < BPMN_JOIN_FLOWS_MAX; k++)
            if (p->node->in[k] == f) ways |= UINT64_C(1) << k;
    }
    return ways;
}

/* Where it goes on: one that was returned and jumps back stands for who returned it. */
static const struct bpmn_node *goes_on_at(const struct run *r, const struct token *t)
{
    str last = t->back;
    for (str rest = last; rest.len;)
        last = str_cut(rest, ' ', &rest);
    const struct bpmn_node *back = last.len ? bpmn_node_find(r->model, last) : NULL;
    return back && back->parent == t->node->parent ? back : t->node;
}

static bool can_still_come(const struct run *r, const struct pending *p, const struct token *t)
{
    if (t->parent != p->scope || t->state != TOKEN_WAITING || !t->node || t->node == p->node)
        return false;
    const struct bpmn_node *at = goes_on_at(r, t);
    uint64_t ways = ways_from(r->model, p, at);
    uint64_t flows = at->boundary_count ? ways_by_flows(r->model, p, at) : ways;
    return (ways & ~p->full) && !(flows & p->full);
}

/* Blocked by others than pending joins, or by one that is itself: to a fixed point. */
static void find_blocked(const struct run *r, struct joins *all)
{
    for (bool changed = true; changed;) {
        changed = false;
        for (size_t j = 0; j < all->len; j++) {
            struct pending *p = &all->at[j];
            for (size_t i = 0; i < r->tokens.len && !p->hard; i++) {
                const struct token *t = r->tokens.at[i];
                if (!can_still_come(r, p, t)) continue;
                const struct pending *other = pending_at(all, t);
                p->blocked = true;
                p->hard = !other || other->hard;
                changed = changed || p->hard;
            }
        }
    }
}

static rc fire(struct run *r, struct pending *p, bool *moved)
{
    str outcome = {0};
    rc result;
    *moved = true;
    if (p->memory) return reset(r, p->memory, p->full);
    result = consume(r, p->node, p->scope, p->full, &outcome);
    return result == RC_OK ? leave_join(r, p->node, p->scope, outcome) : result;
}

/* Before its start a complex gateway waits for its condition alone. */
static bool waits_for_condition(const struct pending *p)
{
    return p->node->kind == BPMN_COMPLEX && p->node->completion && !p->memory;
}

/* Those nobody blocks; when there are none, of those that wait for each other the first drawn. */
rc joins_look(struct run *r, bool *moved)
{
    struct joins all = {0};
    struct pending *first = NULL;
    rc result = RC_OK;
    if (!r->model->join_count) return RC_OK;
    collect(r, &all);
    find_blocked(r, &all);
    for (size_t i = 0; i < all.len && result == RC_OK; i++) {
        struct pending *p = &all.at[i];
        if (waits_for_condition(p)) {
            bool went;
            result = activate(r, p->node, p->scope, &went);
            *moved = *moved || went;
            continue;
        }
        if (!p->blocked) result = fire(r, p, moved);
        if (p->blocked && !p->hard && (!first || p->node->index < first->node->index)) first = p;
    }
    if (result == RC_OK && !*moved && first) result = fire(r, first, moved);
    return result;
}
