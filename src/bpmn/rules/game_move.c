/* What may happen in a state of the token game: one token, scope or process moves, with all its choices. */
#include "bpmn/rules/game.h"

/* A copy of a state on its way to the next. */
struct step {
    struct game *g;
    uint64_t *s;
};

static struct step step_from(struct game *g, const uint64_t *s)
{
    struct step to = {.g = g, .s = NEWS(&g->scratch, uint64_t, g->words)};
    memcpy(to.s, s, g->words * sizeof *s);
    return to;
}

static void put(struct step to, const struct bpmn_flow *f)
{
    struct game *g = to.g;
    int count = game_tokens(to.s, f->index);
    g->arrived[f->to->index] = true;
    if (count == 2) g->rough = true; /* more than two are counted as two */
    if (count >= 1) {
        game_set(to.s, g->many_bit, true);
        if (!game_bit(to.s, g->side_bit) && !g->crowded[f->index]) g->crowd = f->index;
    }
    game_put_tokens(to.s, f->index, count < 2 ? count + 1 : 2);
}

static void take(struct step to, const struct bpmn_flow *f)
{
    int count = game_tokens(to.s, f->index);
    if (count > 0) game_put_tokens(to.s, f->index, count - 1);
}

static void put_all(struct step to, const struct bpmn_node *n)
{
    for (int i = 0; i < n->out_count; i++)
        put(to, n->out[i]);
    for (int i = 0; i < n->event_count; i++) {
        const struct bpmn_node *target = n->event[i].target;
        if (n->event[i].kind != BPMN_EVENT_LINK || n->kind != BPMN_THROW || !target) continue;
        to.g->fired[target->index] = true;
        put_all(to, target);
    }
}

/* ---- messages between our own processes ---- */

static void send_messages(struct step to, const struct bpmn_node *n)
{
    const struct bpmn_model *m = to.g->m;
    for (int i = 0; i < m->message_flow_count; i++)
        if (m->message_flow[i].from == n) game_set(to.s, to.g->message_bit + i, true);
}

/* The message that n waits for: its flow, -1: none is there yet, -2: it waits for none of ours. */
static int awaited(const struct game *g, const uint64_t *s, const struct bpmn_node *n)
{
    bool waits = n->kind == BPMN_CATCH || n->kind == BPMN_RECEIVE_TASK || n->kind == BPMN_START;
    int result = -2;
    for (int i = 0; waits && i < g->m->message_flow_count; i++) {
        const struct bpmn_message_flow *f = &g->m->message_flow[i];
        if (f->to != n || !f->from || f->from->kind == BPMN_PROCESS) continue;
        if (game_bit(s, g->message_bit + i)) return i;
        result = -1;
    }
    return result;
}

/* ---- leaving ---- */

static bool decides(const struct bpmn_node *n)
{
    return n->kind == BPMN_EXCLUSIVE || (n->kind == BPMN_EVENT_BASED && !n->gateway_parallel);
}

static bool may_choose(const struct bpmn_node *n, const struct bpmn_flow *f)
{
    if (f == n->default_flow || n->kind == BPMN_PARALLEL || n->kind == BPMN_EVENT_BASED)
        return false;
    /* Beside a default flow stand conditions, also those that could not be read. */
    return f->condition || n->default_flow || n->kind == BPMN_INCLUSIVE || n->kind == BPMN_COMPLEX;
}

/* One choice of n's flows: bits of `chosen` count those that may be chosen. */
static void leave_by(struct step from, const struct bpmn_node *n, unsigned chosen, bool all)
{
    struct step to = step_from(from.g, from.s);
    unsigned k = 0;
    for (int i = 0; i < n->out_count; i++) {
        if (n->out[i] == n->default_flow) {
            if (!chosen && !all) put(to, n->out[i]);
        } else if (!may_choose(n, n->out[i])) {
            put(to, n->out[i]);
        } else {
            if (all || (chosen >> k & 1)) put(to, n->out[i]);
            k++;
        }
    }
    game_set(to.s, from.g->choice_bit, true);
    game_reach(from.g, to.s);
}

static void leave_chosen(struct step to, const struct bpmn_node *n, int choices)
{
    bool fixed = n->default_flow != NULL;
    for (int i = 0; i < n->out_count; i++)
        fixed = fixed || !may_choose(n, n->out[i]);
    if (choices > GAME_CHOICES_MAX) {
        to.g->rough = true;
        for (int i = 0; i < choices && i < 31; i++)
            leave_by(to, n, 1U << i, false);
        leave_by(to, n, 0, true);
        return;
    }
    for (unsigned chosen = fixed ? 0 : 1; chosen < 1U << choices; chosen++)
        leave_by(to, n, chosen, false);
}

static void leave(struct step to, const struct bpmn_node *n)
{
    int choices = 0;
    for (int i = 0; i < n->out_count; i++)
        choices += may_choose(n, n->out[i]);
    to.g->fired[n->index] = true;
    send_messages(to, n);
    if (decides(n) && n->out_count > 1) {
        for (int i = 0; i < n->out_count; i++) {
            struct step one = step_from(to.g, to.s);
            put(one, n->out[i]);
            game_set(one.s, to.g->choice_bit, true);
            game_reach(to.g, one.s);
        }
    } else if (choices) {
        leave_chosen(to, n, choices);
    } else {
        put_all(to, n);
        if (n->completion_quantity > 1) game_set(to.s, to.g->side_bit, true);
        game_reach(to.g, to.s);
    }
}

/* ---- scopes ---- */

static void clear_scope(struct step to, const struct bpmn_node *scope)
{
    const struct bpmn_model *m = to.g->m;
    for (int i = 0; i < m->flow_count; i++)
        if (game_within(m->flow[i].from, scope)) game_put_tokens(to.s, i, 0);
    for (int i = 0; i < m->node_count; i++)
        if (to.g->scope_bit[i] >= 0 && game_within(&m->node[i], scope))
            game_set(to.s, to.g->scope_bit[i], false);
}

static bool is_open(const struct game *g, const uint64_t *s, const struct bpmn_node *scope)
{
    return game_bit(s, g->scope_bit[scope->index]);
}

static bool is_empty(const struct game *g, const uint64_t *s, const struct bpmn_node *scope)
{
    for (int i = 0; i < g->m->flow_count; i++)
        if (game_tokens(s, i) && game_within(g->m->flow[i].from, scope)) return false;
    for (int i = 0; i < g->m->node_count; i++)
        if (g->scope_bit[i] >= 0 && game_bit(s, g->scope_bit[i]) &&
            game_within(&g->m->node[i], scope))
            return false;
    return true;
}

/* A node without incoming flow begins by itself with its scope. */
static bool begins_alone(const struct bpmn_node *n)
{
    return !n->in_count && n->kind != BPMN_START && n->kind != BPMN_BOUNDARY &&
           n->kind != BPMN_EVENT_SUB_PROCESS && !n->is_for_compensation && !n->instantiate &&
           !(n->kind == BPMN_CATCH && n->event_count && n->event[0].kind == BPMN_EVENT_LINK);
}

static void begin(struct step to, const struct bpmn_node *n)
{
    struct game *g = to.g;
    g->fired[n->index] = true;
    send_messages(to, n);
    if (decides(n) && n->out_count > 1) g->rough = true; /* a choice at the very beginning */
    put_all(to, n);
    if (bpmn_is_scope(n->kind)) g->rough = true; /* its inside is not played */
}

static void open_scope(struct step to, const struct bpmn_node *scope)
{
    game_set(to.s, to.g->scope_bit[scope->index], true);
    to.g->fired[scope->index] = true;
    for (int i = 0; i < scope->child_count; i++)
        if (scope->child[i]->kind == BPMN_START || begins_alone(scope->child[i]))
            begin(to, scope->child[i]);
}

static void open_event_sub(struct step to, const struct bpmn_node *sub)
{
    game_set(to.s, to.g->scope_bit[sub->index], true);
    to.g->fired[sub->index] = true;
    if (sub->start_event) begin(to, sub->start_event);
}

static bool is_caught_event(const struct bpmn_node *n, enum bpmn_event_kind kind)
{
    for (int i = 0; i < n->event_count; i++)
        if (n->event[i].kind == kind) return true;
    return false;
}

/* Events that may come while the scope is open, as if they came at once: errors are thrown inside. */
static void open_with_events(struct step from, const struct bpmn_node *scope)
{
    struct step plain = step_from(from.g, from.s);
    open_scope(plain, scope);
    game_reach(from.g, plain.s);
    for (int i = 0; i < scope->event_sub_count; i++) {
        const struct bpmn_node *sub = scope->event_sub[i];
        if (!sub->start_event || is_caught_event(sub->start_event, BPMN_EVENT_COMPENSATION))
            continue;
        struct step to = step_from(from.g, from.s);
        if (!sub->start_event->interrupting) open_scope(to, scope);
        game_set(to.s, from.g->scope_bit[scope->index], true);
        open_event_sub(to, sub);
        game_set(to.s, from.g->choice_bit, true);
        if (!sub->start_event->interrupting) game_set(to.s, from.g->side_bit, true);
        game_reach(from.g, to.s);
    }
}

/* ---- entering ---- */

static void by_boundaries(struct step from, const struct bpmn_node *n)
{
    for (int i = 0; i < n->boundary_count; i++) {
        const struct bpmn_node *b = n->boundary[i];
        if (is_caught_event(b, BPMN_EVENT_COMPENSATION)) {
            from.g->fired[b->index] = true;
            continue;
        }
        struct step to = step_from(from.g, from.s);
        from.g->fired[b->index] = true;
        put_all(to, b);
        game_set(to.s, from.g->choice_bit, true);
        if (!b->interrupting) {
            game_set(to.s, from.g->side_bit, true);
            put_all(to, n);
        }
        game_reach(from.g, to.s);
    }
}

static bool is_played(const struct bpmn_node *n)
{
    return n->kind == BPMN_SUB_PROCESS || n->kind == BPMN_TRANSACTION;
}

static const struct bpmn_node *boundary_for(const struct bpmn_node *n, enum bpmn_event_kind kind,
                                            str name)
{
    for (int i = 0; i < n->boundary_count; i++)
        for (int k = 0; k < n->boundary[i]->event_count; k++) {
            const struct bpmn_event *e = &n->boundary[i]->event[k];
            if (e->kind == kind && (!e->name.len || !name.len || str_eq(e->name, name)))
                return n->boundary[i];
        }
    return NULL;
}

static const struct bpmn_node *event_sub_for(const struct bpmn_node *n, enum bpmn_event_kind kind,
                                             str name)
{
    for (int i = 0; i < n->event_sub_count; i++) {
        const struct bpmn_node *start = n->event_sub[i]->start_event;
        for (int k = 0; start && k < start->event_count; k++) {
            const struct bpmn_event *e = &start->event[k];
            if (e->kind == kind && (!e->name.len || !name.len || str_eq(e->name, name)))
                return n->event_sub[i];
        }
    }
    return NULL;
}

/* An error or cancel end event: outwards to who catches it, else the process is over. */
static void throw_out(struct step to, const struct bpmn_node *n, const struct bpmn_event *e)
{
    for (const struct bpmn_node *scope = n->parent; scope; scope = scope->parent) {
        const struct bpmn_node *sub = event_sub_for(scope, e->kind, e->name);
        const struct bpmn_node *b = boundary_for(scope, e->kind, e->name);
        clear_scope(to, scope);
        if (sub && !game_within(n, sub)) {
            open_event_sub(to, sub);
            game_reach(to.g, to.s);
            return;
        }
        if (b || !scope->parent) {
            game_set(to.s, to.g->scope_bit[scope->index], false);
            if (b) to.g->fired[b->index] = true;
            if (b) put_all(to, b);
            game_reach(to.g, to.s);
            return;
        }
        game_set(to.s, to.g->scope_bit[scope->index], false);
    }
    game_reach(to.g, to.s);
}

static void enter_end(struct step to, const struct bpmn_node *n)
{
    to.g->fired[n->index] = true;
    send_messages(to, n);
    for (int i = 0; i < n->event_count; i++) {
        enum bpmn_event_kind kind = n->event[i].kind;
        if (kind == BPMN_EVENT_TERMINATE) clear_scope(to, n->parent);
        if (kind != BPMN_EVENT_ERROR && kind != BPMN_EVENT_CANCEL) continue;
        throw_out(to, n, &n->event[i]);
        return;
    }
    game_reach(to.g, to.s);
}

/* n has taken its tokens already. */
static void enter(struct step to, const struct bpmn_node *n)
{
    struct game *g = to.g;
    int message = awaited(g, to.s, n);
    g->mover = n->index;
    if (message >= 0) game_set(to.s, g->message_bit + message, false);
    if (n->start_quantity > 1) { /* it waits for more tokens, which are not counted */
        g->rough = true;
        game_set(to.s, g->side_bit, true);
    }
    if (n->kind == BPMN_END) {
        enter_end(to, n);
        return;
    }
    by_boundaries(to, n);
    if (is_played(n) && !is_open(g, to.s, n)) {
        open_with_events(to, n);
        return;
    }
    if (is_played(n)) g->rough = true; /* two of it at once: the second passes through */
    leave(to, n);
}

/* ---- which move ---- */

static bool is_join(const struct bpmn_node *n)
{
    return n->in_count > 1 &&
           (n->kind == BPMN_PARALLEL || n->kind == BPMN_INCLUSIVE || n->kind == BPMN_COMPLEX);
}

static bool join_parallel(struct game *g, const uint64_t *s, const struct bpmn_node *n)
{
    for (int i = 0; i < n->in_count; i++)
        if (!game_tokens(s, n->in[i]->index)) return false;
    struct step to = step_from(g, s);
    for (int i = 0; i < n->in_count; i++)
        take(to, n->in[i]);
    g->mover = n->index;
    leave(to, n);
    return true;
}

static int join_index(const struct game *g, const struct bpmn_node *n)
{
    for (int i = 0; i < g->m->join_count; i++)
        if (g->m->join[i] == n) return i;
    return -1;
}

/* Can a token somewhere still come by an empty flow, and not by one that is full (13.4.3)? */
static bool still_comes(const struct game *g, const uint64_t *s, const struct bpmn_node *n)
{
    int join = join_index(g, n);
    if (join < 0 || !g->m->reach) return false;
    const uint64_t *reach = g->m->reach + (size_t)join * (size_t)g->m->node_count;
    uint64_t full = 0, all = n->in_count >= 64 ? UINT64_MAX : (UINT64_C(1) << n->in_count) - 1;
    for (int i = 0; i < n->in_count && i < 64; i++)
        if (game_tokens(s, n->in[i]->index)) full |= UINT64_C(1) << i;
    for (int i = 0; i < g->m->flow_count; i++) {
        const struct bpmn_node *at = g->m->flow[i].to;
        if (!game_tokens(s, i) || at == n) continue;
        if ((reach[at->index] & all & ~full) && !(reach[at->index] & full)) return true;
    }
    for (int i = 0; i < g->m->node_count; i++) {
        if (g->scope_bit[i] < 0 || !game_bit(s, g->scope_bit[i]) || !g->m->node[i].parent) continue;
        if (game_within(n, &g->m->node[i])) continue;
        if ((reach[i] & all & ~full) && !(reach[i] & full)) return true;
    }
    return false;
}

static bool join_loosely(struct game *g, const uint64_t *s, const struct bpmn_node *n)
{
    bool any = false;
    for (int i = 0; i < n->in_count; i++)
        any = any || game_tokens(s, n->in[i]->index);
    if (!any || (n->kind == BPMN_INCLUSIVE && still_comes(g, s, n))) return false;
    struct step to = step_from(g, s);
    for (int i = 0; i < n->in_count; i++)
        take(to, n->in[i]);
    g->mover = n->index;
    if (n->kind == BPMN_COMPLEX) g->rough = true; /* its condition may hold earlier or not */
    leave(to, n);
    return true;
}

/* Events of a gateway that wait for a message of ours which is not there (yet). */
static int lacking(const struct game *g, const uint64_t *s, const struct bpmn_node *n)
{
    int count = 0;
    for (int i = 0; i < n->out_count; i++)
        count += awaited(g, s, n->out[i]->to) == -1;
    return n->kind == BPMN_EVENT_BASED && decides(n) ? count : 0;
}

/* The first of a gateway's events, when nothing else moves: of those that may come at all. */
static bool choose_event(struct game *g, const uint64_t *s, const struct bpmn_flow *f)
{
    const struct bpmn_node *n = f->to;
    int missing = lacking(g, s, n);
    if (!missing || missing == n->out_count) return false;
    g->mover = n->index;
    g->fired[n->index] = true;
    for (int i = 0; i < n->out_count; i++) {
        if (awaited(g, s, n->out[i]->to) == -1) continue;
        struct step to = step_from(g, s);
        take(to, f);
        put(to, n->out[i]);
        game_set(to.s, g->choice_bit, true);
        game_reach(g, to.s);
    }
    return true;
}

/* A token moves on its flow, or all of a join's. */
static bool move_on(struct game *g, const uint64_t *s, const struct bpmn_flow *f)
{
    if (f->to->kind == BPMN_COMPLEX && is_join(f->to)) return false; /* when nothing else moves */
    if (f->to->kind == BPMN_INCLUSIVE && is_join(f->to)) return join_loosely(g, s, f->to);
    if (f->to->kind == BPMN_PARALLEL && is_join(f->to)) return join_parallel(g, s, f->to);
    if (awaited(g, s, f->to) == -1 || lacking(g, s, f->to)) return false;
    struct step to = step_from(g, s);
    take(to, f);
    enter(to, f->to);
    return true;
}

static bool move_token(struct game *g, const uint64_t *s)
{
    for (int i = 0; i < g->m->flow_count; i++) {
        const struct bpmn_flow *f = &g->m->flow[g->flow_order[i]];
        if (game_tokens(s, f->index) && move_on(g, s, f)) return true;
    }
    for (int i = 0; i < g->m->flow_count; i++)
        if (game_tokens(s, i) && choose_event(g, s, &g->m->flow[i])) return true;
    for (int i = 0; i < g->m->node_count; i++) {
        const struct bpmn_node *n = &g->m->node[i];
        if (n->kind == BPMN_COMPLEX && is_join(n) && join_loosely(g, s, n)) return true;
    }
    return false;
}

static bool close_scope(struct game *g, const uint64_t *s)
{
    for (int i = g->m->node_count - 1; i >= 0; i--) {
        const struct bpmn_node *n = &g->m->node[i];
        if (g->scope_bit[i] < 0 || !is_open(g, s, n) || !is_empty(g, s, n)) continue;
        struct step to = step_from(g, s);
        game_set(to.s, g->scope_bit[i], false);
        g->mover = n->kind == BPMN_PROCESS ? -1 : i;
        leave(to, n);
        return true;
    }
    return false;
}

/* ---- processes begin ---- */

static bool starts_process(const struct bpmn_node *n)
{
    return n->kind == BPMN_START || (n->instantiate && !n->in_count);
}

static void begin_process(struct step from, const struct bpmn_node *process,
                          const struct bpmn_node *start)
{
    struct game *g = from.g;
    struct step to = step_from(g, from.s);
    int message = awaited(g, to.s, start);
    game_set(to.s, g->scope_bit[process->index], true);
    g->fired[process->index] = true;
    if (message >= 0) game_set(to.s, g->message_bit + message, false);
    for (int i = 0; i < process->child_count; i++)
        if (begins_alone(process->child[i])) begin(to, process->child[i]);
    g->mover = start->index;
    leave(to, start);
}

static bool start_process(struct game *g, const uint64_t *s)
{
    for (int i = 0; i < g->m->process_count; i++) {
        const struct bpmn_node *p = &g->m->node[i];
        if (!game_bit(s, g->unstarted_bit + i)) continue;
        int starts = 0;
        bool moved = false;
        struct step to = step_from(g, s);
        game_set(to.s, g->unstarted_bit + i, false);
        for (int k = 0; k < p->child_count; k++) {
            if (!starts_process(p->child[k])) continue;
            starts++;
            if (awaited(g, s, p->child[k]) == -1) continue;
            begin_process(to, p, p->child[k]);
            moved = true;
        }
        if (!starts) {
            g->mover = -1;
            open_scope(to, p);
            game_reach(g, to.s);
            moved = true;
        }
        for (int k = 0; moved && k < p->event_sub_count; k++) {
            const struct bpmn_node *sub = p->event_sub[k];
            struct step with = step_from(g, to.s);
            g->mover = sub->index;
            game_set(with.s, g->scope_bit[i], true);
            open_event_sub(with, sub);
            game_set(with.s, g->choice_bit, true);
            game_set(with.s, g->side_bit, true); /* what else runs in the process is left out */
            game_reach(g, with.s);
        }
        if (moved) return true;
    }
    return false;
}

bool game_move(struct game *g, const uint64_t *state)
{
    return close_scope(g, state) || start_process(g, state) || move_token(g, state);
}
