/* What lies before and behind a step in the model: by flows, boundary events and links, in one scope. */
#include "bpmn/acts/act.h"

/* Nodes one step on. */
struct nexts {
    const struct bpmn_node **at;
    size_t len, cap;
};
/* Used again for each walk. */
struct walk {
    struct arena *arena;
    bool *seen;                    /* by index */
    const struct bpmn_node **came; /* by index: from where it was first reached */
    const struct bpmn_node **stack;
    struct nexts next;
};

static void nexts_of(struct arena *a, const struct bpmn_node *n, struct nexts *out)
{
    out->len = 0;
    for (int i = 0; i < n->out_count; i++)
        *(const struct bpmn_node **)vec_add(a, out) = n->out[i]->to;
    for (int i = 0; i < n->boundary_count; i++)
        *(const struct bpmn_node **)vec_add(a, out) = n->boundary[i];
    for (int i = 0; i < n->event_count; i++)
        if (n->kind == BPMN_THROW && n->event[i].kind == BPMN_EVENT_LINK && n->event[i].target)
            *(const struct bpmn_node **)vec_add(a, out) = n->event[i].target;
}

static void walk_init(struct walk *w, struct arena *a, const struct bpmn_model *m)
{
    *w = (struct walk){.arena = a,
                       .seen = NEWS(a, bool, (size_t)m->node_count),
                       .came = NEWS(a, const struct bpmn_node *, (size_t)m->node_count),
                       .stack = NEWS(a, const struct bpmn_node *, (size_t)m->node_count)};
}

/* On from what is seen already. */
static void walk_from(struct walk *w, const struct bpmn_node *from, const bool *walls)
{
    size_t depth = 0;
    w->stack[depth++] = from;
    while (depth) {
        const struct bpmn_node *at = w->stack[--depth];
        nexts_of(w->arena, at, &w->next);
        for (size_t i = 0; i < w->next.len; i++) {
            const struct bpmn_node *n = w->next.at[i];
            if (w->seen[n->index] || n == from || (walls && walls[n->index])) continue;
            w->seen[n->index] = true;
            w->came[n->index] = at;
            w->stack[depth++] = n;
        }
    }
}

bool *steps_from(struct arena *a, const struct bpmn_model *m, const struct bpmn_node *from,
                 const bool *walls)
{
    struct walk w;
    walk_init(&w, a, m);
    walk_from(&w, from, walls);
    return w.seen;
}

static bool begins(const struct bpmn_node *n)
{
    return !n->in_count && !n->attached_to && !n->is_for_compensation &&
           n->kind != BPMN_EVENT_SUB_PROCESS;
}

/* Can n be reached from where its scope begins, when the walls stand? */
static bool is_reached(struct walk *w, const struct bpmn_node *n, const bool *walls)
{
    for (int i = 0; i < n->parent->child_count; i++) {
        const struct bpmn_node *c = n->parent->child[i];
        if (!begins(c) || walls[c->index]) continue;
        w->seen[c->index] = true;
        w->came[c->index] = NULL;
        walk_from(w, c, walls);
    }
    return w->seen[n->index];
}

/* What every way to n passes: behind it nothing of n's branch lies.  It stands on any one way. */
static bool *dominators(struct arena *a, const struct bpmn_model *m, const struct bpmn_node *n)
{
    const size_t count = (size_t)m->node_count;
    bool *out = NEWS(a, bool, count), *walls = NEWS(a, bool, count);
    struct walk way, w;
    walk_init(&way, a, m);
    walk_init(&w, a, m);
    if (!is_reached(&way, n, walls)) return out;
    for (const struct bpmn_node *c = way.came[n->index]; c; c = way.came[c->index]) {
        memset(w.seen, 0, count * sizeof *w.seen);
        walls[c->index] = true;
        out[c->index] = !is_reached(&w, n, walls);
        walls[c->index] = false;
    }
    return out;
}

bool *steps_again(struct arena *a, const struct bpmn_model *m, const struct bpmn_node *from)
{
    return steps_from(a, m, from, dominators(a, m, from));
}

bool step_lies_before(struct arena *a, const struct bpmn_model *m, const struct bpmn_node *step,
                      const struct bpmn_node *here)
{
    while (here && here->parent != step->parent)
        here = here->parent;
    return here && here != step && steps_again(a, m, step)[here->index];
}
