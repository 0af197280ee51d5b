/* Finds parallel joins that no run can ever complete, by walking through all markings of the
 * process: conditions are taken as free choices and counts above one as "many", so that every real
 * run is among those walked, and a join that never fires here never fires.  Large processes are not
 * looked at: the check gives up rather than guess. */
#include "bpmn/read/draft.h"

enum { FLOWS_MAX = 64, MARKINGS_MAX = 4096, CHOICES_MAX = 4 };

/* Tokens on each flow: none, one, many. */
struct marking {
    uint64_t some, many; /* bit: flow index */
};
struct walk {
    struct draft *d;
    struct marking *at; /* hash set with linear probing, then a list of those still to look at */
    bool *used;
    struct marking *todo;
    size_t count, todo_count;
    bool over;   /* too many: nothing is sure */
    bool *fired; /* by node */
};
enum { SLOTS = 2 * MARKINGS_MAX };

static void reach(struct walk *w, struct marking m)
{
    uint64_t h = (m.some * UINT64_C(0x9E3779B97F4A7C15)) ^ (m.many * UINT64_C(0xC2B2AE3D27D4EB4F));
    size_t i = (size_t)(h >> 40) % SLOTS;
    while (w->used[i]) {
        if (w->at[i].some == m.some && w->at[i].many == m.many) return;
        i = (i + 1) % SLOTS;
    }
    if (w->count == MARKINGS_MAX) {
        w->over = true;
        return;
    }
    w->used[i] = true;
    w->at[i] = m;
    w->count++;
    w->todo[w->todo_count++] = m;
}

static struct marking put(struct marking m, const struct bpmn_flow *f)
{
    uint64_t bit = UINT64_C(1) << f->index;
    if (m.some & bit) m.many |= bit;
    m.some |= bit;
    return m;
}

static struct marking put_all(struct marking m, const struct bpmn_node *n)
{
    for (int i = 0; i < n->out_count; i++)
        m = put(m, n->out[i]);
    return m;
}

/* What leaving n can produce. */
static void leave(struct walk *w, struct marking m, const struct bpmn_node *n)
{
    int choices = 0;
    for (int i = 0; i < n->out_count; i++)
        choices += n->out[i]->condition || n->out[i] == n->default_flow;
    if (n->kind == BPMN_EXCLUSIVE) {
        for (int i = 0; i < n->out_count; i++)
            reach(w, put(m, n->out[i]));
        if (!n->out_count) reach(w, m);
        return;
    }
    if (choices > CHOICES_MAX) w->over = true;
    for (unsigned chosen = 0; !w->over && chosen < 1U << choices; chosen++) {
        struct marking next = m;
        unsigned k = 0;
        for (int i = 0; i < n->out_count; i++) {
            bool free_flow = n->out[i]->condition || n->out[i] == n->default_flow;
            if (!free_flow || (chosen >> k & 1)) next = put(next, n->out[i]);
            k += free_flow;
        }
        reach(w, next);
    }
}

/* n takes one token from flow f: what may happen then. */
static void run_node(struct walk *w, struct marking rest, struct marking whole,
                     const struct bpmn_node *n)
{
    leave(w, rest, n);
    for (int i = 0; i < n->boundary_count; i++)
        reach(w, put_all(n->boundary[i]->interrupting ? rest : whole, n->boundary[i]));
}

static void run_flow(struct walk *w, struct marking m, const struct bpmn_flow *f)
{
    uint64_t bit = UINT64_C(1) << f->index;
    struct marking less = m;
    if (m.many & bit) {
        run_node(w, m, m, f->to); /* many and one less may still be many */
        less.many &= ~bit;
    } else {
        less.some &= ~bit;
    }
    run_node(w, less, m, f->to);
}

static void run_join(struct walk *w, struct marking m, const struct bpmn_node *n)
{
    struct marking less = m;
    for (int i = 0; i < n->in_count; i++) {
        uint64_t bit = UINT64_C(1) << n->in[i]->index;
        if (!(m.some & bit)) return;
        if (m.many & bit)
            less.many &= ~bit;
        else
            less.some &= ~bit;
    }
    w->fired[n->index] = true;
    reach(w, put_all(less, n));
    if (less.many != m.many) reach(w, put_all(m, n));
}

static bool is_join(const struct bpmn_node *n)
{
    return n->kind == BPMN_PARALLEL && n->in_count > 1;
}

static void walk_all(struct walk *w)
{
    const struct bpmn_model *model = w->d->model;
    reach(w, put_all((struct marking){0}, model->start));
    while (w->todo_count > 0 && !w->over) {
        struct marking m = w->todo[--w->todo_count];
        for (int i = 0; i < model->flow_count && !w->over; i++)
            if ((m.some >> i & 1) && !is_join(model->flow[i].to)) run_flow(w, m, &model->flow[i]);
        for (int i = 0; i < model->node_count && !w->over; i++)
            if (is_join(&model->node[i])) run_join(w, m, &model->node[i]);
    }
}

void draft_check_joins(struct draft *d)
{
    bool any = false;
    for (int i = 0; i < d->model->node_count; i++)
        any = any || is_join(&d->node[i]);
    if (!any || !d->model->start || d->model->flow_count > FLOWS_MAX) return;
    struct arena *a = d->cx->arena;
    struct walk w = {.d = d,
                     .at = NEWS(a, struct marking, SLOTS),
                     .used = NEWS(a, bool, SLOTS),
                     .todo = NEWS(a, struct marking, MARKINGS_MAX),
                     .fired = NEWS(a, bool, (size_t)d->model->node_count)};
    walk_all(&w);
    if (w.over) return;
    for (int i = 0; i < d->model->node_count; i++)
        if (is_join(&d->node[i]) && !w.fired[i])
            draft_fault(
                d, d->node_xml[i], "bpmn.join-never",
                "并行汇合永远等不齐 %d 条入线的令牌；"
                "入线若来自排他网关的不同出口，或是退回来的回路，请先用 exclusiveGateway 汇合",
                "this parallel join can never have a token on all of its %d incoming "
                "flows; where they come from different ways out of an exclusive gateway, "
                "or one is a loop back, join them in an exclusiveGateway first",
                d->node[i].in_count);
}
