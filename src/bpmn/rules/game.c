/* Walks through all states of the token game, each once, and tells what is wrong with some. */
#include "bpmn/rules/game.h"

bool game_within(const struct bpmn_node *n, const struct bpmn_node *scope)
{
    n = n->parent;
    while (n && n != scope)
        n = n->parent;
    return n != NULL;
}

/* ---- the order of the graph ---- */

/* Tarjan's walk: a loop as a whole comes before what follows it. */
struct order {
    struct game *g;
    int *stack, *next; /* nodes on the way down and which successor of each comes next */
    int *number, *low; /* when a node was met, 0: not yet; the first it leads back to */
    int *open;         /* nodes met whose loop is not closed yet */
    bool *is_open;
    int depth, met, open_count, rank;
};

/* The i-th node that may come after n; n itself: skip it; NULL behind the last. */
static const struct bpmn_node *successor(const struct bpmn_node *n, int i)
{
    if (i < n->out_count) return n->out[i]->to;
    i -= n->out_count;
    if (i < n->boundary_count) return n->boundary[i];
    i -= n->boundary_count;
    if (i < n->child_count) return n->child[i];
    i -= n->child_count;
    if (i < n->event_sub_count) return n->event_sub[i];
    i -= n->event_sub_count;
    if (i < n->event_count) {
        const struct bpmn_event *e = &n->event[i];
        return e->kind == BPMN_EVENT_LINK && e->target ? e->target : n;
    }
    i -= n->event_count;
    /* What ends inside a scope comes before what follows the scope. */
    const struct bpmn_node *scope = n->out_count ? NULL : n->parent;
    return scope && i < scope->out_count ? scope->out[i]->to : NULL;
}

static void down(struct order *o, const struct bpmn_node *n)
{
    int i = n->index;
    o->number[i] = o->low[i] = ++o->met;
    o->open[o->open_count++] = i;
    o->is_open[i] = true;
    o->stack[o->depth] = i;
    o->next[o->depth++] = 0;
}

static void up(struct order *o)
{
    int i = o->stack[--o->depth];
    int above = o->depth ? o->stack[o->depth - 1] : -1;
    if (above >= 0 && o->low[i] < o->low[above]) o->low[above] = o->low[i];
    if (o->low[i] != o->number[i]) return;
    int last;
    do {
        last = o->open[--o->open_count];
        o->is_open[last] = false;
        o->g->rank[last] = o->rank--;
    } while (last != i);
}

static void rank_from(struct order *o, const struct bpmn_node *root)
{
    if (o->number[root->index]) return;
    down(o, root);
    while (o->depth > 0) {
        int i = o->stack[o->depth - 1];
        const struct bpmn_node *to = successor(&o->g->m->node[i], o->next[o->depth - 1]++);
        if (!to)
            up(o);
        else if (!o->number[to->index])
            down(o, to);
        else if (o->is_open[to->index] && o->number[to->index] < o->low[i])
            o->low[i] = o->number[to->index];
    }
}

static void make_order(struct game *g)
{
    size_t nodes = (size_t)g->m->node_count, flows = (size_t)g->m->flow_count;
    struct order o = {.g = g,
                      .stack = NEWS(&g->arena, int, nodes),
                      .next = NEWS(&g->arena, int, nodes),
                      .number = NEWS(&g->arena, int, nodes),
                      .low = NEWS(&g->arena, int, nodes),
                      .open = NEWS(&g->arena, int, nodes),
                      .is_open = NEWS(&g->arena, bool, nodes),
                      .rank = g->m->node_count};
    g->rank = NEWS(&g->arena, int, nodes);
    for (int i = g->m->process_count - 1; i >= 0; i--)
        rank_from(&o, &g->m->node[i]);
    int *start = NEWS(&g->arena, int, nodes + 2);
    g->flow_order = NEWS(&g->arena, int, flows + 1);
    for (size_t i = 0; i < flows; i++)
        start[g->rank[g->m->flow[i].to->index] + 1]++;
    for (size_t i = 1; i < nodes + 2; i++)
        start[i] += start[i - 1];
    for (int i = 0; i < g->m->flow_count; i++)
        g->flow_order[start[g->rank[g->m->flow[i].to->index]]++] = i;
}

static void make_layout(struct game *g)
{
    const struct bpmn_model *m = g->m;
    int bit = 2 * m->flow_count;
    g->scope_bit = NEWS(&g->arena, int, (size_t)m->node_count);
    for (int i = 0; i < m->node_count; i++)
        g->scope_bit[i] =
            bpmn_is_scope(m->node[i].kind) && m->node[i].kind != BPMN_AD_HOC ? bit++ : -1;
    g->message_bit = bit;
    g->unstarted_bit = g->message_bit + m->message_flow_count;
    g->side_bit = g->unstarted_bit + m->process_count;
    g->many_bit = g->side_bit + 1;
    g->choice_bit = g->many_bit + 1;
    g->bits = g->choice_bit + 1;
    g->words = ((size_t)g->bits + 63) / 64;
    g->fired = NEWS(&g->arena, bool, (size_t)m->node_count);
    g->arrived = NEWS(&g->arena, bool, (size_t)m->node_count);
    g->crowded = NEWS(&g->arena, bool, (size_t)m->flow_count + 1);
}

/* ---- states ---- */

static size_t hash_of(const struct game *g, const uint64_t *s)
{
    uint64_t h = UINT64_C(0x9E3779B97F4A7C15);
    for (size_t i = 0; i < g->words; i++) {
        h = (h ^ s[i]) * UINT64_C(0xD6E8FEB86659FD93);
        h ^= h >> 32;
    }
    return (size_t)h;
}

static bool grow(struct game *g)
{
    size_t cap = g->cap ? g->cap * 2 : 64, slots = cap * 2, size = g->words * sizeof(uint64_t);
    uint64_t *state = arena_resize(&g->arena, g->state, g->cap * size, cap * size);
    if (!state) return false;
    g->state = state;
    int *parent = arena_resize(&g->arena, g->parent, g->cap * sizeof(int), cap * sizeof(int));
    if (!parent) return false;
    g->parent = parent;
    int *via = arena_resize(&g->arena, g->via, g->cap * sizeof(int), cap * sizeof(int));
    if (!via) return false;
    g->via = via;
    int *slot = arena_try(&g->arena, slots, sizeof(int));
    if (!slot) return false;
    g->slot = slot;
    g->slots = slots;
    g->cap = cap;
    for (size_t i = 0; i < g->count; i++) {
        size_t at = hash_of(g, &g->state[i * g->words]) & (slots - 1);
        while (slot[at])
            at = (at + 1) & (slots - 1);
        slot[at] = (int)i + 1;
    }
    return true;
}

static void found(struct game *g, enum bpmn_unsound_kind kind, const struct bpmn_node *n, str path,
                  bool certain)
{
    if (g->found.len >= GAME_FOUND_MAX) return;
    struct bpmn_unsound *u = vec_add(g->cx->arena, &g->found);
    *u = (struct bpmn_unsound){.kind = kind, .certain = certain, .node = n, .path = path};
}

static void tell_crowd(struct game *g, int state)
{
    const struct bpmn_flow *f = &g->m->flow[g->crowd];
    g->crowd = -1;
    if (g->crowded[f->index]) return;
    g->crowded[f->index] = true;
    /* What follows the same place is the same fault. */
    for (size_t i = 0; i < g->found.len; i++)
        if (g->found.at[i].kind == BPMN_UNSYNCHRONISED &&
            g->found.at[i].node->process == f->from->process)
            return;
    bool certain = !game_bit(&g->state[(size_t)state * g->words], g->choice_bit);
    found(g, BPMN_UNSYNCHRONISED, f->from, game_path(g, state, f->to), certain);
}

void game_reach(struct game *g, const uint64_t *state)
{
    if (g->count == g->cap && !g->over) g->over = g->count >= GAME_STATES_MAX || !grow(g);
    if (g->over) return;
    size_t at = hash_of(g, state) & (g->slots - 1);
    while (g->slot[at]) {
        const uint64_t *known = &g->state[(size_t)(g->slot[at] - 1) * g->words];
        if (!memcmp(known, state, g->words * sizeof *state)) {
            g->crowd = -1;
            return;
        }
        at = (at + 1) & (g->slots - 1);
    }
    int index = (int)g->count++;
    memcpy(&g->state[(size_t)index * g->words], state, g->words * sizeof *state);
    g->parent[index] = g->now;
    g->via[index] = g->mover;
    g->slot[at] = index + 1;
    if (g->crowd >= 0) tell_crowd(g, index);
}

enum { PATH_STEPS_MAX = 60 };

str game_path(struct game *g, int state, const struct bpmn_node *last)
{
    const struct bpmn_node *step[PATH_STEPS_MAX];
    int count = 0;
    for (int i = state; i >= 0 && count < PATH_STEPS_MAX; i = g->parent[i]) {
        const struct bpmn_node *n = g->via[i] < 0 ? NULL : &g->m->node[g->via[i]];
        if (n && n->process == last->process && (!count || step[count - 1] != n)) step[count++] = n;
    }
    struct buf b = {.arena = g->cx->arena};
    if (count == PATH_STEPS_MAX) buf_add(&b, STR("… → "));
    while (count-- > 0)
        if (step[count] != last || count) buf_printf(&b, STR_FMT " → ", STR_ARG(step[count]->id));
    buf_add(&b, last->id);
    return buf_str(&b);
}

/* ---- the walk ---- */

static bool has_tokens(const struct game *g, const uint64_t *s)
{
    for (int i = 0; i < g->m->flow_count; i++)
        if (game_tokens(s, i)) return true;
    return false;
}

static void walk(struct game *g)
{
    uint64_t *first = NEWS(&g->arena, uint64_t, g->words), *s = NEWS(&g->arena, uint64_t, g->words);
    for (int i = 0; i < g->m->process_count; i++)
        game_set(first, g->unstarted_bit + i, true);
    g->now = g->mover = g->crowd = -1;
    game_reach(g, first);
    for (size_t i = 0; i < g->count && !g->over; i++) {
        arena_reset(&g->scratch);
        g->now = (int)i;
        memcpy(s, &g->state[i * g->words], g->words * sizeof *s); /* the states may move */
        if (game_move(g, s)) continue;
        if (has_tokens(g, s))
            *(int *)vec_add(&g->arena, &g->stuck) = (int)i;
        else
            g->ends = true;
    }
}

/* ---- what was found ---- */

static bool told(const struct game *g, const struct bpmn_node *n)
{
    for (size_t i = 0; i < g->found.len; i++)
        if (g->found.at[i].node == n) return true;
    return false;
}

static bool never_completes(const struct game *g, const struct bpmn_node *n)
{
    return n->kind == BPMN_PARALLEL && n->in_count > 1 && !g->fired[n->index] &&
           g->arrived[n->index];
}

static void tell_stuck(struct game *g)
{
    for (size_t i = 0; i < g->stuck.len; i++) {
        const uint64_t *s = &g->state[(size_t)g->stuck.at[i] * g->words];
        if (game_bit(s, g->side_bit) || game_bit(s, g->many_bit)) continue;
        for (int k = 0; k < g->m->flow_count; k++) {
            const struct bpmn_node *n = g->m->flow[k].to;
            if (!game_tokens(s, k) || told(g, n)) continue;
            bool never = never_completes(g, n) && !g->rough;
            found(g, never ? BPMN_JOIN_NEVER : BPMN_DEADLOCK, n, game_path(g, g->stuck.at[i], n),
                  never || (!g->ends && !g->rough));
        }
    }
}

/* A part of the graph that is played: nothing of it is done by people's choice or by compensation. */
static bool is_played(const struct game *g, const struct bpmn_node *n)
{
    if (n->kind == BPMN_EVENT_SUB_PROCESS || n->is_for_compensation || g->scope_bit[n->index] >= 0)
        return false;
    for (const struct bpmn_node *p = n->parent; p; p = p->parent)
        if (p->kind == BPMN_AD_HOC || p->kind == BPMN_EVENT_SUB_PROCESS || p->is_for_compensation ||
            !g->fired[p->index])
            return false;
    return true;
}

static void tell_dead(struct game *g)
{
    for (int i = 0; i < g->m->node_count; i++) {
        const struct bpmn_node *n = &g->m->node[i];
        if (g->fired[i] || n->kind == BPMN_PROCESS || n->kind == BPMN_BOUNDARY || !is_played(g, n))
            continue;
        if (never_completes(g, n) && !told(g, n))
            found(g, BPMN_JOIN_NEVER, n, (str){0}, true);
        else if (!told(g, n))
            found(g, BPMN_DEAD, n, (str){0}, true);
    }
}

/* ---- loops in which nothing waits and nothing changes ---- */

static bool changes_nothing(const struct bpmn_node *n)
{
    if (n->boundary_count || n->loop.kind != BPMN_LOOP_NONE || n->input.count || n->output.count)
        return false;
    if (n->kind == BPMN_THROW) return !n->event_count;
    return n->kind == BPMN_TASK || n->kind == BPMN_MANUAL_TASK || n->kind == BPMN_EXCLUSIVE ||
           n->kind == BPMN_INCLUSIVE;
}

/* Back to `home` by nodes that change nothing, depth first; the way stands in path->stack. */
struct path {
    int *stack, *next;
    bool *seen;
    int depth;
};

static void go(struct path *p, const struct bpmn_node *n)
{
    p->seen[n->index] = true;
    p->stack[p->depth] = n->index;
    p->next[p->depth++] = 0;
}

static bool loops_back(const struct game *g, const struct bpmn_node *home, struct path *p)
{
    memset(p->seen, 0, (size_t)g->m->node_count * sizeof *p->seen);
    p->depth = 0;
    go(p, home);
    while (p->depth > 0) {
        const struct bpmn_node *n = &g->m->node[p->stack[p->depth - 1]];
        int i = p->next[p->depth - 1]++;
        if (i >= n->out_count) {
            p->depth--;
            continue;
        }
        const struct bpmn_node *to = n->out[i]->to;
        if (to == home) return true;
        if (changes_nothing(to) && !p->seen[to->index]) go(p, to);
    }
    return false;
}

static void tell_endless(struct game *g)
{
    size_t nodes = (size_t)g->m->node_count;
    bool *done = NEWS(&g->arena, bool, nodes);
    struct path p = {.stack = NEWS(&g->arena, int, nodes),
                     .next = NEWS(&g->arena, int, nodes),
                     .seen = NEWS(&g->arena, bool, nodes)};
    for (int i = 0; i < g->m->node_count; i++) {
        const struct bpmn_node *n = &g->m->node[i];
        /* A loop is entered where flows meet. */
        if (done[i] || n->in_count < 2 || !n->process->is_executable || !changes_nothing(n))
            continue;
        if (!loops_back(g, n, &p)) continue;
        struct buf b = {.arena = g->cx->arena};
        for (int k = 0; k < p.depth; k++) {
            buf_printf(&b, STR_FMT " → ", STR_ARG(g->m->node[p.stack[k]].id));
            done[p.stack[k]] = true;
        }
        buf_add(&b, n->id);
        found(g, BPMN_ENDLESS, n, buf_str(&b), false);
    }
}

void bpmn_soundness(struct cx *cx, const struct bpmn_model *m, struct bpmn_unsound_list *out)
{
    struct game g = {.cx = cx, .m = m};
    arena_init(&g.arena, GAME_BYTES_MAX);
    arena_init(&g.scratch, GAME_BYTES_MAX);
    make_layout(&g);
    make_order(&g);
    walk(&g);
    if (g.over)
        found(&g, BPMN_NOT_ANALYSED, m->process, (str){0}, false);
    else
        tell_stuck(&g);
    if (!g.over && !g.rough) tell_dead(&g);
    tell_endless(&g);
    *out = (struct bpmn_unsound_list){
        .at = g.found.at, .count = (int)g.found.len, .states = (int)g.count};
    arena_done(&g.scratch);
    arena_done(&g.arena);
}
