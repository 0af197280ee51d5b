/* What may still come to inclusive and complex joins (13.4.3): for each node, by which of a join's
 * incoming flows a token there can arrive without passing the join. */
#include "bpmn/read/draft.h"

static bool is_join(const struct bpmn_node *n)
{
    return (n->kind == BPMN_INCLUSIVE || n->kind == BPMN_COMPLEX) && n->in_count > 1;
}

struct search {
    struct draft *d;
    const struct bpmn_node *join;
    const struct bpmn_node **link; /* throw events of links */
    int link_count;
    uint64_t *mask; /* by node */
    uint64_t bit;
    const struct bpmn_node **todo;
    int count;
};

static const struct bpmn_node *link_target(const struct bpmn_node *n)
{
    for (int i = 0; i < n->event_count; i++)
        if (n->event[i].kind == BPMN_EVENT_LINK && n->event[i].target) return n->event[i].target;
    return NULL;
}

static void visit(struct search *s, const struct bpmn_node *n)
{
    if (!n || n == s->join || (s->mask[n->index] & s->bit)) return;
    s->mask[n->index] |= s->bit;
    s->todo[s->count++] = n;
}

/* Backwards from one incoming flow, within the join's scope. */
static void search_flow(struct search *s, const struct bpmn_flow *f)
{
    visit(s, f->from);
    while (s->count > 0) {
        const struct bpmn_node *n = s->todo[--s->count];
        for (int i = 0; i < n->in_count; i++)
            visit(s, n->in[i]->from);
        visit(s, n->attached_to);
        for (int i = 0; i < s->link_count; i++)
            if (link_target(s->link[i]) == n) visit(s, s->link[i]);
    }
}

/* A token inside a sub-process counts as being at the sub-process. */
static void spread_inside(struct search *s)
{
    for (int i = s->d->model->process_count; i < s->d->model->node_count; i++) {
        const struct bpmn_node *n = &s->d->node[i];
        while (n && n->parent != s->join->parent)
            n = n->parent;
        if (n) s->mask[i] = s->mask[n->index];
    }
}

static bool fits(struct draft *d, const struct bpmn_node *n)
{
    if (n->in_count <= BPMN_JOIN_FLOWS_MAX) return true;
    draft_fault(d, d->node_xml[n->index], "bpmn.too-many", "汇合有 %d 条入线，最多 %d 条",
                "the join has %d incoming flows, at most %d", n->in_count, BPMN_JOIN_FLOWS_MAX);
    return false;
}

void draft_reach(struct draft *d)
{
    struct bpmn_model *m = d->model;
    struct arena *a = d->cx->arena;
    int count = 0;
    for (int i = 0; i < m->node_count; i++)
        count += is_join(&d->node[i]);
    if (!count) return;
    uint64_t *reach = arena_try(a, (size_t)count * (size_t)m->node_count, sizeof *reach);
    if (!reach) {
        draft_fault(d, d->process, "bpmn.too-many", "有 %d 处汇合，内存不够",
                    "it has %d joins, too many for the memory allowed", count);
        return;
    }
    struct search s = {.d = d,
                       .todo = DRAFT_ARRAY(d, const struct bpmn_node *, m->node_count),
                       .link = DRAFT_ARRAY(d, const struct bpmn_node *, m->node_count)};
    m->join = DRAFT_ARRAY(d, const struct bpmn_node *, count);
    if (draft_full(d)) return;
    for (int i = 0; i < m->node_count; i++)
        if (link_target(&d->node[i])) s.link[s.link_count++] = &d->node[i];
    for (int i = 0; i < m->node_count; i++) {
        if (!is_join(&d->node[i]) || !fits(d, &d->node[i])) continue;
        s.join = &d->node[i];
        s.mask = reach + (size_t)m->join_count * (size_t)m->node_count;
        for (int k = 0; k < s.join->in_count; k++) {
            s.bit = UINT64_C(1) << k;
            search_flow(&s, s.join->in[k]);
        }
        spread_inside(&s);
        m->join[m->join_count++] = s.join;
    }
    m->reach = reach;
}
