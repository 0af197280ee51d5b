/* Looks at the graph as a whole: can everything be reached, is there a way out of everything, does
 * every decision have an answer. */
#include "bpmn/read/draft.h"

typedef void (*say_fn)(struct draft *d, const struct xml *x, const char *slug, const char *zh,
                       const char *en, ...);

static const struct xml *xml_of(const struct draft *d, const struct bpmn_node *n)
{
    return d->node_xml[n->index];
}

/* What is odd but can run refuses our own models; diagrams from elsewhere it only warns. */
static say_fn complain(const struct draft *d, const struct bpmn_node *n)
{
    return d->how->open || !n->process->is_executable ? draft_warn : draft_fault;
}

/* Also one that did not compile. */
static bool has_condition(const struct draft *d, const struct bpmn_flow *f)
{
    return xml_child(d->flow_xml[f->index], NS_BPMN, STR("conditionExpression")) != NULL;
}

/* ---- reachable, and a way out ---- */

struct walk {
    bool *seen;
    int *todo, count;
};

static void visit(struct walk *w, const struct bpmn_node *n)
{
    if (w->seen[n->index]) return;
    w->seen[n->index] = true;
    w->todo[w->count++] = n->index;
}

static struct walk walk_new(struct draft *d)
{
    size_t count = (size_t)d->model->node_count;
    return (struct walk){.seen = NEWS(d->cx->arena, bool, count),
                         .todo = NEWS(d->cx->arena, int, count)};
}

static bool is_link(const struct bpmn_node *n)
{
    return n->event_count > 0 && n->event[0].kind == BPMN_EVENT_LINK;
}

/* What a scope begins with: its start events, else what nothing leads to (13.3.4). */
static bool begins(const struct bpmn_node *n, bool starts)
{
    if (n->parent->kind == BPMN_AD_HOC || n->kind == BPMN_EVENT_SUB_PROCESS) return true;
    if (n->kind == BPMN_START || n->instantiate || n->is_for_compensation) return true;
    return !starts && !n->in_count && n->kind != BPMN_BOUNDARY &&
           !(n->kind == BPMN_CATCH && is_link(n));
}

static void visit_inside(struct walk *w, const struct bpmn_node *scope)
{
    bool starts = false;
    for (int i = 0; i < scope->child_count; i++)
        starts = starts || scope->child[i]->kind == BPMN_START;
    for (int i = 0; i < scope->child_count; i++)
        if (begins(scope->child[i], starts)) visit(w, scope->child[i]);
    for (int i = 0; i < scope->event_sub_count; i++)
        visit(w, scope->event_sub[i]);
}

static void check_reachable(struct draft *d)
{
    struct walk w = walk_new(d);
    for (int i = 0; i < d->model->process_count; i++)
        visit(&w, &d->node[i]);
    while (w.count > 0) {
        const struct bpmn_node *n = &d->node[w.todo[--w.count]];
        for (int i = 0; i < n->out_count; i++)
            visit(&w, n->out[i]->to);
        for (int i = 0; i < n->boundary_count; i++)
            visit(&w, n->boundary[i]);
        for (int i = 0; i < n->event_count; i++)
            if (n->event[i].kind == BPMN_EVENT_LINK && n->event[i].target)
                visit(&w, n->event[i].target);
        visit_inside(&w, n);
    }
    for (int i = 0; i < d->model->node_count; i++) {
        const struct bpmn_node *n = &d->node[i];
        /* What stands in a place that is not reached itself is told once. */
        if (w.seen[i] || (n->parent && !w.seen[n->parent->index])) continue;
        complain(d, n)(d, d->node_xml[i], "bpmn.unreachable", "从开始事件无法到达这里",
                       "it cannot be reached from the start event");
    }
}

static bool ends_early(const struct bpmn_node *n)
{
    for (int i = 0; i < n->event_count; i++)
        if (n->event[i].kind == BPMN_EVENT_TERMINATE || n->event[i].kind == BPMN_EVENT_ERROR ||
            n->event[i].kind == BPMN_EVENT_CANCEL)
            return true;
    return false;
}

/* Can the scope be left from outside its flows: by a boundary event, an event sub-process, an end event
 * that ends all? */
static bool can_be_left(const struct bpmn_node *scope)
{
    for (int i = 0; i < scope->boundary_count; i++)
        if (scope->boundary[i]->interrupting) return true;
    for (int i = 0; i < scope->event_sub_count; i++)
        if (scope->event_sub[i]->start_event && scope->event_sub[i]->start_event->interrupting)
            return true;
    for (int i = 0; i < scope->child_count; i++)
        if (scope->child[i]->kind == BPMN_END && ends_early(scope->child[i])) return true;
    return scope->parent && can_be_left(scope->parent);
}

static bool may_end_here(const struct bpmn_node *n)
{
    return n->kind == BPMN_END || n->kind == BPMN_PROCESS || n->kind == BPMN_EVENT_SUB_PROCESS ||
           n->is_for_compensation || (n->kind == BPMN_THROW && is_link(n)) ||
           (n->kind == BPMN_BOUNDARY && n->event_count > 0 &&
            n->event[0].kind == BPMN_EVENT_COMPENSATION) ||
           (n->parent && n->parent->kind == BPMN_AD_HOC);
}

static void check_way_out(struct draft *d)
{
    struct walk w = walk_new(d);
    for (int i = 0; i < d->model->node_count; i++) {
        const struct bpmn_node *n = &d->node[i];
        if (n->parent && can_be_left(n->parent)) visit(&w, n);
        if (n->out_count > 0) continue;
        visit(&w, n); /* a dead end is reported once, not for all that leads to it */
        bool global = n->parent && xml_of(d, n) == xml_of(d, n->parent); /* a global task */
        if (!global && !may_end_here(n))
            complain(d, n)(d, d->node_xml[i], "bpmn.dead-end",
                           "没有出去的顺序流，应通向后续步骤或结束事件",
                           "no flow leaves it, expected one to a next step or an end event");
    }
    while (w.count > 0) {
        const struct bpmn_node *n = &d->node[w.todo[--w.count]];
        for (int i = 0; i < n->in_count; i++)
            visit(&w, n->in[i]->from);
        if (n->attached_to) visit(&w, n->attached_to);
    }
    struct buf list = {.arena = d->cx->arena, .bytes_max = 500};
    const struct bpmn_node *first = NULL;
    for (int i = 0; i < d->model->node_count; i++) {
        if (w.seen[i]) continue;
        if (!first) first = &d->node[i];
        if (list.len) buf_add(&list, STR(", "));
        buf_add(&list, d->node[i].id);
    }
    if (first)
        complain(d, first)(
            d, xml_of(d, first), "bpmn.no-way-out", "进入这里的流程永远走不到结束：" STR_FMT,
            "a process that comes here can never end: " STR_FMT, STR_ARG(buf_str(&list)));
}

/* ---- decisions ---- */

static bool only_outcome(const struct draft *d, const struct bpmn_node *n)
{
    for (int i = 0; i < n->out_count; i++) {
        if (!n->out[i]->condition) return false;
        for (int slot = 0; slot < d->model->slot_count; slot++)
            if (slot != d->model->outcome_slot && feel_expr_uses_slot(n->out[i]->condition, slot))
                return false;
    }
    return true;
}

/* Does any flow out of n hold when the task before was completed with this outcome? */
static bool outcome_goes_on(struct draft *d, const struct bpmn_node *n, str outcome)
{
    size_t count = (size_t)d->model->slot_count;
    struct feel_value *slot = NEWS(d->cx->arena, struct feel_value, count);
    for (size_t i = 0; i < count; i++)
        slot[i] = feel_null();
    slot[d->model->outcome_slot] = feel_string(outcome);
    for (int i = 0; i < n->out_count; i++) {
        struct feel_run run = {.cx = d->cx, .slot = slot};
        struct feel_value v;
        if (feel_eval(&run, n->out[i]->condition, &v) != RC_OK) {
            err_clear(d->cx);
            return true; /* not sure: over a budget */
        }
        if (feel_is_true(&v)) return true;
    }
    return false;
}

/* True when every way into n is a task whose every outcome goes on. */
static bool outcomes_covered(struct draft *d, const struct bpmn_node *n)
{
    if (!only_outcome(d, n)) return false;
    bool covered = true;
    for (int i = 0; i < n->in_count; i++) {
        const struct bpmn_node *task = n->in[i]->from;
        covered = covered && task->outcome_count > 0;
        for (int k = 0; k < task->outcome_count; k++) {
            if (outcome_goes_on(d, n, task->outcome[k])) continue;
            covered = false;
            draft_fault(d, xml_of(d, n), "bpmn.outcome-lost",
                        "\"" STR_FMT "\" 的办理结果 \"" STR_FMT "\" 没有任何出路，也没有默认流",
                        "the outcome \"" STR_FMT ": " STR_FMT
                        "\" of the task before has no way on, and there is no default flow",
                        STR_ARG(task->id), STR_ARG(task->outcome[k]));
        }
    }
    return covered;
}

static void check_decision(struct draft *d, const struct bpmn_node *n)
{
    int conditions = 0;
    for (int i = 0; i < n->out_count; i++) {
        bool plain = !has_condition(d, n->out[i]) && n->out[i] != n->default_flow;
        conditions += has_condition(d, n->out[i]);
        if (plain && n->kind == BPMN_EXCLUSIVE)
            complain(d, n)(d, d->flow_xml[n->out[i]->index], "bpmn.condition",
                           "离开排他网关 \"" STR_FMT "\" 的顺序流应有条件，或为默认流",
                           "a flow that leaves the exclusive gateway \"" STR_FMT
                           "\" must have a condition or be the default",
                           STR_ARG(n->id));
    }
    if (n->default_flow || d->faults || conditions < n->out_count) return;
    if (!outcomes_covered(d, n))
        draft_warn(d, xml_of(d, n), "bpmn.no-default", "没有默认流：条件都不成立时流程会停下报错",
                   "there is no default flow: when no condition holds the process stops with an "
                   "error");
}

void draft_check(struct draft *d)
{
    int faults = d->faults;
    check_reachable(d);
    if (d->faults == faults) check_way_out(d); /* else the ways are wrong anyway */
    for (int i = 0; i < d->model->node_count; i++) {
        const struct bpmn_node *n = &d->node[i];
        if ((n->kind == BPMN_EXCLUSIVE || n->kind == BPMN_INCLUSIVE) && n->out_count > 1)
            check_decision(d, n);
    }
}
