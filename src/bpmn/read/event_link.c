/* Events that know each other: links of one scope, and messages that flow between the pools of the
 * file. */
#include "bpmn/read/draft.h"

/* The i-th event of n, to write it. */
static struct bpmn_event *writable(struct draft *d, struct bpmn_node *n, int i)
{
    struct bpmn_event *copy = NEWS(d->cx->arena, struct bpmn_event, (size_t)n->event_count);
    memcpy(copy, n->event, sizeof *copy * (size_t)n->event_count);
    n->event = copy;
    return &copy[i];
}

static const struct bpmn_event *event_of_kind(const struct bpmn_node *n, enum bpmn_event_kind kind)
{
    for (int i = 0; i < n->event_count; i++)
        if (n->event[i].kind == kind) return &n->event[i];
    return NULL;
}

/* ---- links ---- */

/* <target> of a link names the definition in the event it leads to. */
static bool is_target(struct draft *d, const struct bpmn_event *from, const struct bpmn_event *to)
{
    const struct xml *definition = map_find(&d->ids, from->id);
    const struct xml *target = definition ? xml_child(definition, NS_BPMN, STR("target")) : NULL;
    return target && to->id.len && str_eq(draft_local(target->text), to->id);
}

static void link_link(struct draft *d, struct bpmn_node *n, int i)
{
    const struct bpmn_event *e = &n->event[i];
    const struct bpmn_node *found = NULL;
    for (int k = 0; k < n->parent->child_count && !found; k++) {
        const struct bpmn_node *to = n->parent->child[k];
        const struct bpmn_event *other =
            to->kind == BPMN_CATCH ? event_of_kind(to, BPMN_EVENT_LINK) : NULL;
        if (other && (is_target(d, e, other) || str_eq(other->name, e->name))) found = to;
    }
    if (found)
        writable(d, n, i)->target = found;
    else
        draft_fault_at(d, d->node_xml[n->index], e->pos, "bpmn.link",
                       "同一层中没有名为 \"" STR_FMT "\" 的链接捕获事件",
                       "there is no intermediate catch event with the link \"" STR_FMT
                       "\" in the same process or sub-process",
                       STR_ARG(e->name));
}

/* ---- message flows ---- */

static const struct bpmn_node *message_start(const struct bpmn_node *process)
{
    for (int i = 0; i < process->child_count; i++)
        if (process->child[i]->kind == BPMN_START &&
            event_of_kind(process->child[i], BPMN_EVENT_MESSAGE))
            return process->child[i];
    return process;
}

/* What an end of a message flow stands for; NULL: a pool without a process. */
static const struct bpmn_node *flow_end(struct draft *d, const struct xml *x, const char *attribute)
{
    const struct xml_attr *a = xml_attr_find(x, (str){0}, str_from(attribute));
    const struct xml *named = a ? draft_refer(d, a->value, NULL) : NULL;
    if (!named) {
        draft_fault_at(d, x, a ? a->pos : x->pos, "bpmn.unknown-reference",
                       "%s=\"" STR_FMT "\" 不存在，应为元素或泳池的编号",
                       "%s=\"" STR_FMT "\" does not exist, it must be the id of an element or pool",
                       attribute, STR_ARG(a ? a->value : (str){0}));
        return NULL;
    }
    str id = xml_attr(named, "id");
    if (str_eq(named->name, STR("participant"))) id = draft_local(xml_attr(named, "processRef"));
    const struct bpmn_node *n = map_find(&d->nodes, id);
    bool target = str_eq(str_from(attribute), STR("targetRef"));
    return n && n->kind == BPMN_PROCESS && target ? message_start(n) : n;
}

/* Who names no message takes the name of the one at the other end of the flow. */
static void share_name(struct draft *d, const struct bpmn_message_flow *f, const int *flows)
{
    if (!f->from || !f->to || flows[f->from->index] != 1) return;
    const struct bpmn_event *from = event_of_kind(f->from, BPMN_EVENT_MESSAGE);
    const struct bpmn_event *to = event_of_kind(f->to, BPMN_EVENT_MESSAGE);
    if (!from || !to) return;
    bool from_unnamed = str_eq(from->name, f->from->id), to_unnamed = str_eq(to->name, f->to->id);
    int i = (int)(from - f->from->event), k = (int)(to - f->to->event);
    if (from_unnamed)
        writable(d, draft_node(d, f->from), i)->name = to->name;
    else if (to_unnamed)
        writable(d, draft_node(d, f->to), k)->name = from->name;
}

/* Drawings leave out what is sent: the flow says that something is. */
static void imply_message(struct draft *d, const struct bpmn_message_flow *f)
{
    const struct bpmn_node *n = f->from;
    bool sends = n && (n->kind == BPMN_THROW || n->kind == BPMN_END || n->kind == BPMN_SEND_TASK);
    if (!sends || !f->to || n->event_count || n->operation.len || n->topic.len) return;
    const struct bpmn_event *to = event_of_kind(f->to, BPMN_EVENT_MESSAGE);
    struct bpmn_event *e = NEW(d->cx->arena, struct bpmn_event);
    *e = (struct bpmn_event){.kind = BPMN_EVENT_MESSAGE,
                             .id = f->id,
                             .name = to ? to->name : f->to->id,
                             .variable_slot = -1,
                             .wait_for_completion = true,
                             .pos = n->pos};
    struct bpmn_node *from = draft_node(d, n);
    from->event = e;
    from->event_count = 1;
}

static void read_message_flows(struct draft *d)
{
    VEC(struct bpmn_message_flow) list = {0};
    for (const struct xml *c = d->definitions->child; c; c = c->next) {
        for (const struct xml *x = c->child; x && !draft_full(d); x = x->next) {
            bool is_flow =
                xml_is(c, NS_BPMN, STR("collaboration")) && xml_is(x, NS_BPMN, STR("messageFlow"));
            if (!is_flow) continue;
            struct bpmn_message_flow *f = vec_add(d->cx->arena, &list);
            f->id = xml_attr(x, "id");
            f->from = flow_end(d, x, "sourceRef");
            f->to = flow_end(d, x, "targetRef");
        }
    }
    d->model->message_flow = list.at;
    d->model->message_flow_count = (int)list.len;
    int *flows = DRAFT_ARRAY(d, int, d->model->node_count); /* out of each node */
    if (!flows) return;
    for (size_t i = 0; i < list.len; i++)
        if (list.at[i].from) flows[list.at[i].from->index]++;
    for (size_t i = 0; i < list.len && d->how->open; i++) {
        share_name(d, &list.at[i], flows);
        imply_message(d, &list.at[i]);
    }
}

static void check_participants(struct draft *d)
{
    /* With imports it may be in another file. */
    if (xml_child(d->definitions, NS_BPMN, STR("import"))) return;
    for (const struct xml *c = d->definitions->child; c; c = c->next) {
        for (const struct xml *x = c->child; x && !draft_full(d); x = x->next) {
            const struct xml_attr *a = xml_attr_find(x, (str){0}, STR("processRef"));
            bool pool =
                xml_is(c, NS_BPMN, STR("collaboration")) && xml_is(x, NS_BPMN, STR("participant"));
            if (!pool || !a || map_find(&d->nodes, draft_local(a->value))) continue;
            draft_fault_at(d, x, a->pos, "bpmn.unknown-reference",
                           "processRef=\"" STR_FMT "\" 不是本文件中的流程",
                           "processRef=\"" STR_FMT "\" is not a process of this file",
                           STR_ARG(a->value));
        }
    }
}

void draft_link_events(struct draft *d)
{
    for (int i = 0; i < d->model->node_count && !draft_full(d); i++) {
        struct bpmn_node *n = &d->node[i];
        for (int k = 0; k < n->event_count; k++)
            if (n->kind == BPMN_THROW && n->event[k].kind == BPMN_EVENT_LINK) link_link(d, n, k);
    }
    check_participants(d);
    read_message_flows(d);
}
