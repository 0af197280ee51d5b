/* Which nodes of a model an event can start a process at. */
#include "bpmn/run/events.h"

static bool begins_by(const struct bpmn_node *n, enum bpmn_event_kind kind, str name, int *event)
{
    for (int i = 0; i < n->event_count; i++) {
        if (n->event[i].kind != kind || !str_eq(n->event[i].name, name)) continue;
        *event = i;
        return true;
    }
    return false;
}

static bool is_behind_starting_gateway(const struct bpmn_node *n)
{
    for (int i = 0; i < n->in_count; i++)
        if (n->in[i]->from->kind == BPMN_EVENT_BASED && n->in[i]->from->instantiate) return true;
    return false;
}

bool node_starts(const struct bpmn_node *n)
{
    if (!n->parent || n->parent->kind != BPMN_PROCESS) return false;
    return n->kind == BPMN_START || (n->kind == BPMN_RECEIVE_TASK && n->instantiate) ||
           is_behind_starting_gateway(n);
}

const struct bpmn_node *starting_node(const struct bpmn_model *m, const struct bpmn_node *process,
                                      enum bpmn_event_kind kind, str name, int *event)
{
    for (int i = 0; i < m->node_count; i++) {
        const struct bpmn_node *n = &m->node[i];
        if ((process && n->process != process) || !node_starts(n)) continue;
        if (begins_by(n, kind, name, event)) return n;
    }
    return NULL;
}

void starting_nodes(struct cx *cx, const struct bpmn_model *m, enum bpmn_event_kind kind, str name,
                    struct starts *out)
{
    for (int i = 0; i < m->node_count; i++) {
        const struct bpmn_node *n = &m->node[i];
        int event = 0;
        if (node_starts(n) && begins_by(n, kind, name, &event))
            *vec_add(cx->arena, out) = (struct start_at){n, event};
    }
}
