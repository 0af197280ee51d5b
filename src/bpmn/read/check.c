/* Looks at the graph as a whole: can everything be reached, is there a way out of everything, does
 * every decision have an answer. */
#include "bpmn/read/draft.h"

static const struct xml *xml_of(const struct draft *d, const struct bpmn_node *n)
{
    return d->node_xml[n->index];
}

static bool is_boundary(const struct bpmn_node *n)
{
    return n->kind == BPMN_BOUNDARY_TIMER || n->kind == BPMN_BOUNDARY_MESSAGE;
}

static void check_start(struct draft *d)
{
    int starts = 0, ends = 0;
    for (int i = 0; i < d->model->node_count; i++) {
        const struct bpmn_node *n = &d->node[i];
        ends += n->kind == BPMN_END;
        if (n->kind != BPMN_START) continue;
        if (++starts == 1)
            d->model->start = n;
        else
            draft_fault(d, xml_of(d, n), "bpmn.start-count",
                        "流程只能有一个开始事件，\"" STR_FMT "\" 已是",
                        "a process has one start event, \"" STR_FMT "\" already is it",
                        STR_ARG(d->model->start->id));
    }
    if (!starts)
        draft_fault(d, d->process, "bpmn.start-count", "流程没有开始事件（startEvent）",
                    "the process has no start event");
    if (!ends)
        draft_fault(d, d->process, "bpmn.no-end", "流程没有结束事件（endEvent）",
                    "the process has no end event");
}

/* Also one that did not compile. */
static bool has_condition(const struct draft *d, const struct bpmn_flow *f)
{
    return xml_child(d->flow_xml[f->index], NS_BPMN, STR("conditionExpression")) != NULL;
}

/* Flows that the standard does not allow. */
static void check_flows(struct draft *d)
{
    for (int i = 0; i < d->model->flow_count; i++) {
        const struct bpmn_flow *f = &d->flow[i];
        const struct xml *x = d->flow_xml[i];
        if (f->to->kind == BPMN_START || is_boundary(f->to))
            draft_fault(d, x, "bpmn.flow", "顺序流不能进入" STR_FMT " \"" STR_FMT "\"",
                        "a flow cannot lead into the " STR_FMT " \"" STR_FMT "\"",
                        STR_ARG(xml_of(d, f->to)->name), STR_ARG(f->to->id));
        if (f->from->kind == BPMN_END)
            draft_fault(d, x, "bpmn.flow", "顺序流不能从结束事件 \"" STR_FMT "\" 出发",
                        "a flow cannot leave the end event \"" STR_FMT "\"", STR_ARG(f->from->id));
        if (has_condition(d, f) && f->from->kind == BPMN_PARALLEL)
            draft_fault(d, x, "bpmn.condition",
                        "并行网关之后的顺序流不能有条件，请改用 exclusiveGateway",
                        "a flow that leaves a parallel gateway has no condition, use "
                        "exclusiveGateway");
        if (has_condition(d, f) && f->from->default_flow == f)
            draft_fault(d, x, "bpmn.condition", "默认流不能有条件",
                        "the default flow has no condition");
    }
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

static void check_reachable(struct draft *d)
{
    if (!d->model->start) return;
    struct walk w = walk_new(d);
    visit(&w, d->model->start);
    while (w.count > 0) {
        const struct bpmn_node *n = &d->node[w.todo[--w.count]];
        for (int i = 0; i < n->out_count; i++)
            visit(&w, n->out[i]->to);
        for (int i = 0; i < n->boundary_count; i++)
            visit(&w, n->boundary[i]);
    }
    for (int i = 0; i < d->model->node_count; i++)
        if (!w.seen[i] && d->node[i].kind != BPMN_START)
            draft_fault(d, d->node_xml[i], "bpmn.unreachable", "从开始事件无法到达这里",
                        "it cannot be reached from the start event");
}

static void check_way_out(struct draft *d)
{
    struct walk w = walk_new(d);
    for (int i = 0; i < d->model->node_count; i++) {
        const struct bpmn_node *n = &d->node[i];
        if (n->out_count > 0) continue;
        visit(&w, n); /* a dead end is reported once, not for all that leads to it */
        if (n->kind != BPMN_END)
            draft_fault(d, d->node_xml[i], "bpmn.dead-end",
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
    const struct xml *first = NULL;
    for (int i = 0; i < d->model->node_count; i++) {
        if (w.seen[i]) continue;
        if (!first) first = d->node_xml[i];
        if (list.len) buf_add(&list, STR(", "));
        buf_add(&list, d->node[i].id);
    }
    if (first)
        draft_fault(d, first, "bpmn.no-way-out", "进入这里的流程永远走不到结束：" STR_FMT,
                    "a process that comes here can never end: " STR_FMT, STR_ARG(buf_str(&list)));
}

/* ---- decisions ---- */

static bool only_outcome(const struct draft *d, const struct bpmn_node *n)
{
    for (int i = 0; i < n->out_count; i++) {
        if (!n->out[i]->condition) return false;
        for (int slot = 0; slot < d->model->outcome_slot; slot++)
            if (feel_expr_uses_slot(n->out[i]->condition, slot)) return false;
    }
    return true;
}

/* Does any flow out of n hold when the task before was completed with this outcome? */
static bool outcome_goes_on(struct draft *d, const struct bpmn_node *n, str outcome)
{
    size_t count = (size_t)d->model->outcome_slot + 1;
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
    for (int i = 0; i < n->out_count; i++)
        if (!has_condition(d, n->out[i]) && n->out[i] != n->default_flow)
            draft_fault(d, d->flow_xml[n->out[i]->index], "bpmn.condition",
                        "离开排他网关 \"" STR_FMT "\" 的顺序流应有条件，或为默认流",
                        "a flow that leaves the exclusive gateway \"" STR_FMT
                        "\" must have a condition or be the default",
                        STR_ARG(n->id));
    if (n->default_flow || d->faults) return;
    if (!outcomes_covered(d, n))
        draft_warn(d, xml_of(d, n), "bpmn.no-default", "没有默认流：条件都不成立时流程会停下报错",
                   "there is no default flow: when no condition holds the process stops with an "
                   "error");
}

void draft_check(struct draft *d)
{
    check_start(d);
    check_reachable(d);
    int faults = d->faults;
    check_flows(d);
    if (d->faults == faults) check_way_out(d); /* else the ways are wrong anyway */
    for (int i = 0; i < d->model->node_count; i++)
        if (d->node[i].kind == BPMN_EXCLUSIVE && d->node[i].out_count > 1)
            check_decision(d, &d->node[i]);
}
