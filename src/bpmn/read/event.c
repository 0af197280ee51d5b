/* What events wait for and throw: their definitions, written inside them or named, one or several. */
#include "bpmn/read/draft.h"

bool draft_catches(const struct bpmn_node *n)
{
    return n->kind == BPMN_START || n->kind == BPMN_CATCH || n->kind == BPMN_BOUNDARY ||
           n->kind == BPMN_RECEIVE_TASK;
}

const struct xml *draft_reference(struct draft *d, const struct xml *x,
                                  const struct xml *definition, const char *attribute,
                                  const char *element, bool *given)
{
    const struct xml_attr *a = xml_attr_find(definition, (str){0}, str_from(attribute));
    const struct xml *named = a ? draft_refer(d, a->value, element) : NULL;
    *given = a != NULL;
    if (a && !named)
        draft_fault_at(d, x, a->pos, "bpmn.unknown-reference",
                       "%s=\"" STR_FMT "\" 不存在，应为某个 %s 的编号",
                       "there is no %s=\"" STR_FMT "\", expected the id of an element %s",
                       attribute, STR_ARG(a->value), element);
    return named;
}

void draft_take_name(struct draft *d, const struct xml *x, const struct xml *named,
                     struct bpmn_event *e)
{
    const struct xml_attr *a = xml_attr_find(named, (str){0}, STR("name"));
    str name = a ? str_trim(a->value) : (str){0};
    if (draft_is_wrapped(name))
        e->name_value = draft_compile(d, x, name, a->pos, IS_STRING);
    else
        e->name = name.len ? name : xml_attr(named, "id");
}

/* ---- the kinds ---- */

static void read_signal(struct draft *d, const struct xml *x, const struct xml *definition,
                        struct bpmn_event *e)
{
    bool given;
    const struct xml *signal = draft_reference(d, x, definition, "signalRef", "signal", &given);
    if (signal)
        draft_take_name(d, x, signal, e);
    else if (!given && d->how->open)
        draft_warn(d, x, "bpmn.no-signal", "没有说明是哪个信号", "it does not say which signal");
    else if (!given)
        draft_fault_at(d, x, definition->pos, "bpmn.unknown-reference",
                       "没有说明是哪个信号，应有属性 signalRef，为某个 signal 的编号",
                       "it does not say which signal, expected signalRef, the id of one");
}

/* Errors and escalations: told apart by their code; without one by name, else id. */
static void read_code(struct draft *d, const struct xml *x, const struct xml *definition,
                      struct bpmn_node *n, struct bpmn_event *e)
{
    bool error = e->kind == BPMN_EVENT_ERROR, given;
    const struct xml *named =
        draft_reference(d, x, definition, error ? "errorRef" : "escalationRef",
                        error ? "error" : "escalation", &given);
    str into = draft_attr_text(definition, "codeVariable",
                               error ? "errorCodeVariable" : "escalationCodeVariable");
    if (named) {
        e->name = str_trim(xml_attr(named, error ? "errorCode" : "escalationCode"));
        if (!e->name.len) e->name = str_trim(xml_attr(named, "name"));
        if (!e->name.len) e->name = xml_attr(named, "id");
    }
    if (into.len && draft_catches(n)) {
        e->variable_slot = draft_slot(d, into);
        if (e->variable_slot < 0)
            e->variable_slot =
                draft_declare(d, x, into, n->process, feel_type_of_kind(FEEL_STRING));
    }
}

static void read_condition(struct draft *d, const struct xml *x, const struct xml *definition,
                           struct bpmn_event *e)
{
    const struct xml *condition = xml_child(definition, NS_BPMN, STR("condition"));
    if (condition)
        e->condition = draft_compile_element(d, x, condition, IS_BOOLEAN);
    else if (d->how->open)
        draft_warn(d, x, "bpmn.empty-expression", "没有条件，永远不会自行成立",
                   "there is no condition, it never comes true by itself");
    else
        draft_fault_at(d, x, definition->pos, "bpmn.empty-expression",
                       "条件事件没有条件（condition）", "the conditional event has no condition");
}

static void read_link(const struct xml *definition, const struct bpmn_node *n, struct bpmn_event *e)
{
    e->name = str_trim(xml_attr(definition, "name"));
    if (!e->name.len) e->name = n->name;
}

static void read_compensation(struct draft *d, const struct xml *x, const struct xml *definition,
                              struct bpmn_event *e)
{
    const struct xml_attr *a = xml_attr_find(definition, (str){0}, STR("activityRef"));
    const struct bpmn_node *n = a ? map_find(&d->nodes, draft_local(a->value)) : NULL;
    e->wait_for_completion = draft_flag(definition, "waitForCompletion", true);
    e->target = n;
    if (a && (!n || !bpmn_is_activity(n->kind)))
        draft_fault_at(
            d, x, a->pos, "bpmn.unknown-reference", "activityRef=\"" STR_FMT "\" 不是流程中的活动",
            "activityRef=\"" STR_FMT "\" is not an activity of this process", STR_ARG(a->value));
}

bool draft_read_event(struct draft *d, const struct xml *definition, struct bpmn_node *n,
                      struct bpmn_event *e)
{
    static const struct {
        const char *name;
        enum bpmn_event_kind kind;
    } kinds[] = {
        {"timerEventDefinition", BPMN_EVENT_TIMER},
        {"messageEventDefinition", BPMN_EVENT_MESSAGE},
        {"signalEventDefinition", BPMN_EVENT_SIGNAL},
        {"errorEventDefinition", BPMN_EVENT_ERROR},
        {"escalationEventDefinition", BPMN_EVENT_ESCALATION},
        {"conditionalEventDefinition", BPMN_EVENT_CONDITIONAL},
        {"linkEventDefinition", BPMN_EVENT_LINK},
        {"terminateEventDefinition", BPMN_EVENT_TERMINATE},
        {"cancelEventDefinition", BPMN_EVENT_CANCEL},
        {"compensateEventDefinition", BPMN_EVENT_COMPENSATION},
    };
    const struct xml *x = d->node_xml[n->index];
    size_t i = 0;
    while (i < COUNTOF(kinds) && !str_eq(definition->name, str_from(kinds[i].name)))
        i++;
    if (i == COUNTOF(kinds)) {
        draft_fault_at(d, x, definition->pos, "bpmn.unknown-element", STR_FMT " 不是具体的事件定义",
                       STR_FMT " is no concrete event definition", STR_ARG(definition->name));
        return false;
    }
    *e = (struct bpmn_event){.kind = kinds[i].kind,
                             .id = xml_attr(definition, "id"),
                             .variable_slot = -1,
                             .wait_for_completion = true,
                             .pos = definition->pos};
    draft_check_known(d, x, definition);
    switch (e->kind) {
    case BPMN_EVENT_TIMER: draft_read_timer(d, definition, n, e); break;
    case BPMN_EVENT_MESSAGE: draft_read_message(d, x, definition, n, e); break;
    case BPMN_EVENT_SIGNAL: read_signal(d, x, definition, e); break;
    case BPMN_EVENT_ERROR:
    case BPMN_EVENT_ESCALATION: read_code(d, x, definition, n, e); break;
    case BPMN_EVENT_CONDITIONAL: read_condition(d, x, definition, e); break;
    case BPMN_EVENT_LINK: read_link(definition, n, e); break;
    case BPMN_EVENT_COMPENSATION: read_compensation(d, x, definition, e); break;
    case BPMN_EVENT_TERMINATE:
    case BPMN_EVENT_CANCEL:
    case BPMN_EVENT_KIND_COUNT: break;
    }
    return true;
}

/* ---- nodes ---- */

/* The definition a child of an event stands for; NULL: none, after a fault. */
static const struct xml *definition_of(struct draft *d, const struct xml *x, const struct xml *c)
{
    if (!xml_is(c, NS_BPMN, STR("eventDefinitionRef"))) return c;
    const struct xml *named = draft_refer(d, c->text, NULL);
    if (named && draft_is_definition(named) && named != c) return named;
    draft_fault_at(d, x, c->pos, "bpmn.unknown-reference",
                   "eventDefinitionRef \"" STR_FMT "\" 不存在，应为某个事件定义的编号",
                   "there is no event definition \"" STR_FMT
                   "\", eventDefinitionRef must be the "
                   "id of one",
                   STR_ARG(c->text));
    return NULL;
}

static void check_defined(struct draft *d, const struct xml *x, const struct bpmn_node *n)
{
    bool waits = n->kind == BPMN_CATCH || n->kind == BPMN_BOUNDARY ||
                 (n->kind == BPMN_START && n->parent->kind == BPMN_EVENT_SUB_PROCESS);
    if (!waits || n->event_count) return;
    if (d->how->open && n->kind != BPMN_CATCH)
        draft_warn(d, x, "bpmn.event-definition", "事件没有定义，不会自行发生",
                   "the event has no definition and never happens by itself");
    else
        draft_fault(d, x, "bpmn.event-definition",
                    "事件没有定义，应含 timerEventDefinition、messageEventDefinition 等之一",
                    "the event has no definition, expected timerEventDefinition, "
                    "messageEventDefinition or another");
}

static void read_task(struct draft *d, const struct xml *x, struct bpmn_node *n)
{
    bool works = n->operation.len || n->topic.len;
    bool named = xml_attr(x, "messageRef").len || xml_attr(x, "operationRef").len;
    if (n->kind == BPMN_SEND_TASK && (!named || works)) return; /* done as a service task is */
    struct bpmn_event *e = NEW(d->cx->arena, struct bpmn_event);
    *e = (struct bpmn_event){.kind = BPMN_EVENT_MESSAGE,
                             .id = n->id,
                             .variable_slot = -1,
                             .wait_for_completion = true,
                             .pos = x->pos};
    draft_read_message(d, x, x, n, e);
    struct bpmn_mappings *data = n->kind == BPMN_SEND_TASK ? &n->input : &n->output;
    e->payload = *data;
    *data = (struct bpmn_mappings){0};
    n->event = e;
    n->event_count = 1;
}

void draft_read_events(struct draft *d, const struct xml *x, struct bpmn_node *n)
{
    VEC(struct bpmn_event) list = {0};
    if (n->kind == BPMN_SEND_TASK || n->kind == BPMN_RECEIVE_TASK) read_task(d, x, n);
    if (n->kind < BPMN_START || n->kind > BPMN_END) return;
    for (const struct xml *c = x->child; c && !draft_full(d); c = c->next) {
        const struct xml *definition = draft_is_definition(c) ? definition_of(d, x, c) : NULL;
        struct bpmn_event e;
        if (definition && draft_read_event(d, definition, n, &e))
            *(struct bpmn_event *)vec_add(d->cx->arena, &list) = e;
        else if (draft_is_definition(c))
            return; /* reported */
    }
    for (size_t i = 0; i < list.len; i++)
        list.at[i].payload = draft_catches(n) ? n->output : n->input;
    n->input = n->output = (struct bpmn_mappings){0};
    n->event = list.at;
    n->event_count = (int)list.len;
    check_defined(d, x, n);
}
