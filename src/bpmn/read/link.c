/* What elements say of each other becomes pointers: flows, boundary events, compensation handlers,
 * lanes, what stands directly inside what. */
#include "bpmn/read/draft.h"

/* ---- flows ---- */

static struct bpmn_node *flow_end(struct draft *d, const struct xml *x, const char *attribute)
{
    const struct xml_attr *a = xml_attr_find(x, (str){0}, str_from(attribute));
    struct bpmn_node *n = a ? map_find(&d->nodes, draft_local(a->value)) : NULL;
    if (n && n->kind == BPMN_PROCESS) n = NULL;
    if (!n && !(a && map_find(&d->refused, a->value)))
        draft_fault_at(d, x, a ? a->pos : x->pos, "bpmn.unknown-reference",
                       "%s=\"" STR_FMT "\" 在流程中不存在",
                       "%s=\"" STR_FMT "\" is not in this process", attribute,
                       STR_ARG(a ? a->value : (str){0}));
    return n;
}

/* Tokens move within one scope: what leaves a sub-process leaves it through its end or its border. */
static void check_scope(struct draft *d, const struct bpmn_flow *f)
{
    if (!f->from || !f->to || f->from->parent == f->to->parent) return;
    draft_fault(d, d->flow_xml[f->index], "bpmn.flow",
                "顺序流不能跨越流程或子流程的边界：\"" STR_FMT "\" 与 \"" STR_FMT "\" 不在同一层",
                "a flow cannot cross the border of a process or sub-process: \"" STR_FMT
                "\" and \"" STR_FMT "\" do not stand in the same one",
                STR_ARG(f->from->id), STR_ARG(f->to->id));
}

static const struct bpmn_flow **flow_list(struct draft *d, int count)
{
    return NEWS(d->cx->arena, const struct bpmn_flow *, (size_t)count + 1);
}

static void link_flows(struct draft *d)
{
    struct bpmn_model *m = d->model;
    for (int i = 0; i < m->flow_count && !draft_full(d); i++) {
        struct bpmn_flow *f = &d->flow[i];
        f->from = flow_end(d, d->flow_xml[i], "sourceRef");
        f->to = flow_end(d, d->flow_xml[i], "targetRef");
        check_scope(d, f);
        if (f->from) draft_node(d, f->from)->out_count++;
        if (f->to) draft_node(d, f->to)->in_count++;
    }
    for (int i = 0; i < m->node_count && !draft_full(d); i++) {
        struct bpmn_node *n = &d->node[i];
        n->in = flow_list(d, n->in_count);
        n->out = flow_list(d, n->out_count);
        n->in_count = n->out_count = 0;
    }
    for (int i = 0; i < m->flow_count && !draft_full(d); i++) {
        const struct bpmn_flow *f = &d->flow[i];
        struct bpmn_node *from = f->from ? draft_node(d, f->from) : NULL;
        struct bpmn_node *to = f->to ? draft_node(d, f->to) : NULL;
        if (from) from->out[from->out_count++] = f;
        if (to) to->in[to->in_count++] = f;
    }
}

/* Brings the flows named by <incoming> or <outgoing> to the front, in their order. */
static void order_flows(struct draft *d, const struct xml *x, const struct bpmn_flow **list,
                        int count, str element)
{
    int done = 0;
    for (const struct xml *c = x->child; c; c = c->next) {
        if (!xml_is(c, NS_BPMN, element)) continue;
        int at = done;
        while (at < count && !str_eq(list[at]->id, draft_local(c->text)))
            at++;
        if (at < count) {
            const struct bpmn_flow *f = list[at];
            for (; at > done; at--)
                list[at] = list[at - 1];
            list[done++] = f;
        } else if (!draft_refer(d, c->text, "sequenceFlow")) {
            draft_fault_at(d, x, c->pos, "bpmn.unknown-reference",
                           STR_FMT " 指向的顺序流 \"" STR_FMT "\" 不存在",
                           STR_FMT " names the flow \"" STR_FMT "\", which does not exist",
                           STR_ARG(c->name), STR_ARG(c->text));
        }
    }
}

static void link_default(struct draft *d, struct bpmn_node *n)
{
    const struct xml *x = d->node_xml[n->index];
    const struct xml_attr *a = xml_attr_find(x, (str){0}, STR("default"));
    if (!a) return;
    for (int i = 0; i < n->out_count; i++)
        if (str_eq(n->out[i]->id, draft_local(a->value))) n->default_flow = n->out[i];
    if (!n->default_flow)
        draft_fault_at(d, x, a->pos, "bpmn.unknown-reference",
                       "default=\"" STR_FMT "\" 不是从这里出去的顺序流",
                       "default=\"" STR_FMT "\" is not a flow that leaves here", STR_ARG(a->value));
}

/* ---- boundary events ---- */

static void link_boundary(struct draft *d, struct bpmn_node *n)
{
    const struct xml *x = d->node_xml[n->index];
    const struct xml_attr *a = xml_attr_find(x, (str){0}, STR("attachedToRef"));
    struct bpmn_node *host = a ? map_find(&d->nodes, draft_local(a->value)) : NULL;
    if (!host) {
        if (a && map_find(&d->refused, a->value)) return;
        draft_fault_at(d, x, a ? a->pos : x->pos, "bpmn.unknown-reference",
                       "attachedToRef=\"" STR_FMT "\" 在流程中不存在",
                       "attachedToRef=\"" STR_FMT "\" is not in this process",
                       STR_ARG(a ? a->value : (str){0}));
    } else if (!bpmn_is_activity(host->kind) || host->kind == BPMN_EVENT_SUB_PROCESS) {
        draft_fault_at(d, x, a->pos, "bpmn.boundary",
                       "边界事件只能附在活动上：" STR_FMT " \"" STR_FMT "\" 不是活动",
                       "a boundary event can only be attached to an activity: " STR_FMT
                       " \"" STR_FMT "\" is none",
                       STR_ARG(d->node_xml[host->index]->name), STR_ARG(host->id));
    } else if (host->parent != n->parent) {
        draft_fault_at(d, x, a->pos, "bpmn.boundary",
                       "边界事件应与所附活动 \"" STR_FMT "\" 在同一层",
                       "a boundary event must stand beside its activity \"" STR_FMT
                       "\", in the same process or sub-process",
                       STR_ARG(host->id));
    } else {
        n->attached_to = host;
        host->boundary_count++;
    }
}

/* When all are known: each activity's, in the order of the file. */
static void list_boundaries(struct draft *d)
{
    struct bpmn_model *m = d->model;
    for (int i = 0; i < m->node_count && !draft_full(d); i++) {
        struct bpmn_node *n = &d->node[i];
        n->boundary = NEWS(d->cx->arena, const struct bpmn_node *, (size_t)n->boundary_count);
        n->boundary_count = 0;
    }
    for (int i = 0; i < m->node_count && !draft_full(d); i++) {
        if (!d->node[i].attached_to) continue;
        struct bpmn_node *host = draft_node(d, d->node[i].attached_to);
        host->boundary[host->boundary_count++] = &d->node[i];
    }
}

/* ---- associations: which activity undoes which ---- */

static void link_association(struct draft *d, const struct xml *x)
{
    struct bpmn_node *from = map_find(&d->nodes, draft_local(xml_attr(x, "sourceRef")));
    struct bpmn_node *to = map_find(&d->nodes, draft_local(xml_attr(x, "targetRef")));
    bool forward = from && from->kind == BPMN_BOUNDARY && to && bpmn_is_activity(to->kind);
    bool backward = to && to->kind == BPMN_BOUNDARY && from && bpmn_is_activity(from->kind) &&
                    from->is_for_compensation;
    const struct bpmn_node *event = forward ? from : to, *handler = forward ? to : from;
    if (!forward && !backward) return; /* a remark on the drawing */
    bool compensates =
        xml_child(d->node_xml[event->index], NS_BPMN, STR("compensateEventDefinition")) ||
        xml_child(d->node_xml[event->index], NS_BPMN, STR("eventDefinitionRef"));
    if (event->attached_to && compensates && handler->parent == event->parent)
        draft_node(d, event->attached_to)->compensated_by = handler;
}

/* ---- lanes ---- */

static void read_lane(struct draft *d, const struct xml *lane)
{
    draft_check_known(d, lane, lane);
    for (const struct xml *x = lane->child; x; x = x->next) {
        const struct bpmn_node *n = xml_is(x, NS_BPMN, STR("flowNodeRef"))
                                        ? map_find(&d->nodes, draft_local(x->text))
                                        : NULL;
        if (n) d->lane[n->index] = lane;
    }
    /* Inner lanes later: they win. */
    const struct xml *inner = xml_child(lane, NS_BPMN, STR("childLaneSet"));
    for (const struct xml *x = inner ? inner->child : NULL; x; x = x->next)
        if (xml_is(x, NS_BPMN, STR("lane"))) read_lane(d, x);
}

/* What stands in a sub-process stands in its lane; a lane without a name is called as the one around. */
static void name_lane(struct draft *d, struct bpmn_node *n)
{
    if (!d->lane[n->index]) d->lane[n->index] = d->lane[n->parent->index];
    for (const struct xml *x = d->lane[n->index]; x && !n->lane.len; x = x->parent)
        if (str_eq(x->name, STR("lane"))) n->lane = str_trim(xml_attr(x, "name"));
}

static void read_beside(struct draft *d, const struct bpmn_node *scope)
{
    for (const struct xml *x = d->node_xml[scope->index]->child; x; x = x->next) {
        if (xml_is(x, NS_BPMN, STR("association"))) link_association(d, x);
        if (!xml_is(x, NS_BPMN, STR("laneSet"))) continue;
        for (const struct xml *lane = x->child; lane; lane = lane->next)
            if (xml_is(lane, NS_BPMN, STR("lane"))) read_lane(d, lane);
    }
}

/* Associations between elements of pools may stand in the collaboration. */
static void read_collaborations(struct draft *d)
{
    for (const struct xml *c = d->definitions->child; c; c = c->next)
        for (const struct xml *x = c->child; x; x = x->next)
            if (xml_is(c, NS_BPMN, STR("collaboration")) && xml_is(x, NS_BPMN, STR("association")))
                link_association(d, x);
}

/* ---- scopes ---- */

static void link_children(struct draft *d)
{
    struct bpmn_model *m = d->model;
    for (int i = m->process_count; i < m->node_count && !draft_full(d); i++) {
        struct bpmn_node *parent = draft_node(d, d->node[i].parent);
        parent->child_count++;
        parent->event_sub_count += d->node[i].kind == BPMN_EVENT_SUB_PROCESS;
    }
    for (int i = 0; i < m->node_count && !draft_full(d); i++) {
        struct bpmn_node *n = &d->node[i];
        n->child = NEWS(d->cx->arena, const struct bpmn_node *, (size_t)n->child_count);
        n->event_sub = NEWS(d->cx->arena, const struct bpmn_node *, (size_t)n->event_sub_count);
        n->child_count = n->event_sub_count = 0;
    }
    for (int i = m->process_count; i < m->node_count && !draft_full(d); i++) {
        const struct bpmn_node *n = &d->node[i];
        struct bpmn_node *parent = draft_node(d, n->parent);
        parent->child[parent->child_count++] = n;
        if (n->kind == BPMN_EVENT_SUB_PROCESS) parent->event_sub[parent->event_sub_count++] = n;
        if (n->kind == BPMN_START && parent->kind == BPMN_EVENT_SUB_PROCESS && !parent->start_event)
            parent->start_event = n;
    }
}

static void check_event_sub(struct draft *d, const struct bpmn_node *n)
{
    int starts = 0;
    for (int i = 0; i < n->child_count; i++)
        starts += n->child[i]->kind == BPMN_START;
    if (n->kind != BPMN_EVENT_SUB_PROCESS || starts == 1) return;
    draft_fault(d, d->node_xml[n->index], "bpmn.start-count",
                "事件子流程应恰有一个开始事件，现有 %d 个",
                "an event sub-process must have exactly one start event, it has %d", starts);
}

void draft_link(struct draft *d)
{
    struct bpmn_model *m = d->model;
    link_flows(d);
    if (!draft_full(d)) link_children(d);
    for (int i = 0; i < m->node_count && !draft_full(d); i++) {
        struct bpmn_node *n = &d->node[i];
        const struct xml *x = d->node_xml[i];
        order_flows(d, x, n->in, n->in_count, STR("incoming"));
        order_flows(d, x, n->out, n->out_count, STR("outgoing"));
        link_default(d, n);
        if (n->kind == BPMN_BOUNDARY) link_boundary(d, n);
        check_event_sub(d, n);
    }
    list_boundaries(d);
    for (int i = 0; i < m->node_count && !draft_full(d); i++)
        if (bpmn_is_scope(d->node[i].kind)) read_beside(d, &d->node[i]);
    read_collaborations(d);
    for (int i = m->process_count; i < m->node_count && !draft_full(d);
         i++) /* outer scopes come first */
        name_lane(d, &d->node[i]);
}
