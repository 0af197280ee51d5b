/* Elements become nodes and flows.  One table says what each element of the standard is to us:
 * understood, harmless, or refused with what to use instead. */
#include "bpmn/read/draft.h"

enum element_class { ELEMENT_NODE, ELEMENT_FLOW, ELEMENT_HARMLESS, ELEMENT_REFUSED };
struct element {
    const char *name;
    enum element_class class;
    enum bpmn_kind kind; /* of a node; events: without definition */
    const char *instead; /* refused: what to use */
};

/* What may stand in a process. */
static const struct element process_element[] = {
    {"startEvent", ELEMENT_NODE, BPMN_START, NULL},
    {"endEvent", ELEMENT_NODE, BPMN_END, NULL},
    {"userTask", ELEMENT_NODE, BPMN_USER_TASK, NULL},
    {"serviceTask", ELEMENT_NODE, BPMN_SERVICE_TASK, NULL},
    {"businessRuleTask", ELEMENT_NODE, BPMN_BUSINESS_RULE_TASK, NULL},
    {"task", ELEMENT_NODE, BPMN_PASS, NULL},
    {"manualTask", ELEMENT_NODE, BPMN_PASS, NULL},
    {"exclusiveGateway", ELEMENT_NODE, BPMN_EXCLUSIVE, NULL},
    {"parallelGateway", ELEMENT_NODE, BPMN_PARALLEL, NULL},
    {"intermediateCatchEvent", ELEMENT_NODE, BPMN_CATCH_TIMER, NULL},
    {"intermediateThrowEvent", ELEMENT_NODE, BPMN_PASS, NULL},
    {"boundaryEvent", ELEMENT_NODE, BPMN_BOUNDARY_TIMER, NULL},
    {"sequenceFlow", ELEMENT_FLOW, BPMN_PASS, NULL},
    {"scriptTask", ELEMENT_REFUSED, BPMN_PASS, "serviceTask + bihuan:operation"},
    {"sendTask", ELEMENT_REFUSED, BPMN_PASS, "serviceTask + bihuan:operation"},
    {"receiveTask", ELEMENT_REFUSED, BPMN_PASS, "intermediateCatchEvent + messageEventDefinition"},
    {"callActivity", ELEMENT_REFUSED, BPMN_PASS, "userTask / serviceTask"},
    {"subProcess", ELEMENT_REFUSED, BPMN_PASS, "userTask / serviceTask"},
    {"transaction", ELEMENT_REFUSED, BPMN_PASS, "userTask / serviceTask"},
    {"adHocSubProcess", ELEMENT_REFUSED, BPMN_PASS, "userTask / serviceTask"},
    {"inclusiveGateway", ELEMENT_REFUSED, BPMN_PASS, "exclusiveGateway / parallelGateway"},
    {"complexGateway", ELEMENT_REFUSED, BPMN_PASS, "exclusiveGateway / parallelGateway"},
    {"eventBasedGateway", ELEMENT_REFUSED, BPMN_PASS, "userTask + boundaryEvent"},
    {"event", ELEMENT_REFUSED, BPMN_PASS, "intermediateCatchEvent"},
    {"implicitThrowEvent", ELEMENT_REFUSED, BPMN_PASS, "intermediateThrowEvent"},
    {"choreographyTask", ELEMENT_REFUSED, BPMN_PASS, "userTask"},
    {"subChoreography", ELEMENT_REFUSED, BPMN_PASS, "userTask"},
    {"callChoreography", ELEMENT_REFUSED, BPMN_PASS, "userTask"},
    {"resourceRole", ELEMENT_REFUSED, BPMN_PASS, "bihuan:role"},
    {"performer", ELEMENT_REFUSED, BPMN_PASS, "bihuan:role"},
    {"documentation", ELEMENT_HARMLESS, BPMN_PASS, NULL},
    {"extensionElements", ELEMENT_HARMLESS, BPMN_PASS, NULL},
    {"laneSet", ELEMENT_HARMLESS, BPMN_PASS, NULL},
    {"textAnnotation", ELEMENT_HARMLESS, BPMN_PASS, NULL},
    {"association", ELEMENT_HARMLESS, BPMN_PASS, NULL},
    {"group", ELEMENT_HARMLESS, BPMN_PASS, NULL},
    {"auditing", ELEMENT_HARMLESS, BPMN_PASS, NULL},
    {"monitoring", ELEMENT_HARMLESS, BPMN_PASS, NULL},
    {"dataObject", ELEMENT_HARMLESS, BPMN_PASS, NULL},
    {"dataObjectReference", ELEMENT_HARMLESS, BPMN_PASS, NULL},
    {"dataStoreReference", ELEMENT_HARMLESS, BPMN_PASS, NULL},
    {"property", ELEMENT_HARMLESS, BPMN_PASS, NULL},
    {"ioSpecification", ELEMENT_HARMLESS, BPMN_PASS, NULL},
    {"supports", ELEMENT_HARMLESS, BPMN_PASS, NULL},
};

/* What may stand in a node, beside event definitions. */
static const struct element node_element[] = {
    {"incoming", ELEMENT_HARMLESS, BPMN_PASS, NULL},
    {"outgoing", ELEMENT_HARMLESS, BPMN_PASS, NULL},
    {"documentation", ELEMENT_HARMLESS, BPMN_PASS, NULL},
    {"extensionElements", ELEMENT_HARMLESS, BPMN_PASS, NULL},
    {"auditing", ELEMENT_HARMLESS, BPMN_PASS, NULL},
    {"monitoring", ELEMENT_HARMLESS, BPMN_PASS, NULL},
    {"categoryValueRef", ELEMENT_HARMLESS, BPMN_PASS, NULL},
    {"property", ELEMENT_HARMLESS, BPMN_PASS, NULL},
    {"ioSpecification", ELEMENT_HARMLESS, BPMN_PASS, NULL},
    {"dataInput", ELEMENT_HARMLESS, BPMN_PASS, NULL},
    {"dataOutput", ELEMENT_HARMLESS, BPMN_PASS, NULL},
    {"inputSet", ELEMENT_HARMLESS, BPMN_PASS, NULL},
    {"outputSet", ELEMENT_HARMLESS, BPMN_PASS, NULL},
    {"dataInputAssociation", ELEMENT_HARMLESS, BPMN_PASS, NULL},
    {"dataOutputAssociation", ELEMENT_HARMLESS, BPMN_PASS, NULL},
    {"rendering", ELEMENT_HARMLESS, BPMN_PASS, NULL},
    {"timerEventDefinition", ELEMENT_HARMLESS, BPMN_PASS, NULL},   /* read by read_event */
    {"messageEventDefinition", ELEMENT_HARMLESS, BPMN_PASS, NULL}, /* read by read_event */
    {"multiInstanceLoopCharacteristics", ELEMENT_REFUSED, BPMN_PASS, "parallelGateway"},
    {"standardLoopCharacteristics", ELEMENT_REFUSED, BPMN_PASS, "exclusiveGateway"},
    {"resourceRole", ELEMENT_REFUSED, BPMN_PASS, "bihuan:role"},
    {"performer", ELEMENT_REFUSED, BPMN_PASS, "bihuan:role"},
    {"humanPerformer", ELEMENT_REFUSED, BPMN_PASS, "bihuan:role"},
    {"potentialOwner", ELEMENT_REFUSED, BPMN_PASS, "bihuan:role"},
    {"signalEventDefinition", ELEMENT_REFUSED, BPMN_PASS, "messageEventDefinition"},
    {"errorEventDefinition", ELEMENT_REFUSED, BPMN_PASS, "exclusiveGateway"},
    {"escalationEventDefinition", ELEMENT_REFUSED, BPMN_PASS, "messageEventDefinition"},
    {"conditionalEventDefinition", ELEMENT_REFUSED, BPMN_PASS, "messageEventDefinition"},
    {"linkEventDefinition", ELEMENT_REFUSED, BPMN_PASS, "sequenceFlow"},
    {"terminateEventDefinition", ELEMENT_REFUSED, BPMN_PASS, "endEvent"},
    {"cancelEventDefinition", ELEMENT_REFUSED, BPMN_PASS, "endEvent"},
    {"compensateEventDefinition", ELEMENT_REFUSED, BPMN_PASS, "serviceTask"},
    {"eventDefinitionRef", ELEMENT_REFUSED, BPMN_PASS,
     "timerEventDefinition / messageEventDefinition"},
};

static const struct element *element_find(const struct element *table, size_t count, str name)
{
    for (size_t i = 0; i < count; i++)
        if (str_eq(str_from(table[i].name), name)) return &table[i];
    return NULL;
}

static void refuse(struct draft *d, const struct xml *x, const struct xml *what,
                   const char *instead)
{
    draft_fault_at(d, x, what->pos, "bpmn.unsupported", "暂不支持 " STR_FMT "，请改用 %s",
                   STR_FMT " is not supported yet, use %s", STR_ARG(what->name), instead);
}

/* Every id of the file, once; model and diagram together, as xsd:ID wants. */
static void read_ids(struct draft *d, struct xml *root)
{
    struct xml *x = root;
    while (x) {
        const struct xml_attr *id = xml_attr_find(x, (str){0}, STR("id"));
        const struct xml *first = id ? map_find(&d->ids, id->value) : NULL;
        bool odd = id && (!id->value.len || str_index(id->value, STR(" ")) != SIZE_MAX);
        if (odd)
            draft_fault_at(d, x, id->pos, "bpmn.id", "编号不得为空，也不得含有空格",
                           "an id may not be empty or hold a space");
        else if (first)
            draft_fault_at(d, x, id->pos, "bpmn.duplicate-id",
                           "编号 \"" STR_FMT "\" 已在第 %u 行用于 " STR_FMT,
                           "the id \"" STR_FMT "\" was used in line %u for a " STR_FMT,
                           STR_ARG(id->value), first->pos.line, STR_ARG(first->name));
        else if (id)
            map_put(&d->ids, d->cx->arena, id->value, x);
        if (x->child) {
            x = x->child;
            continue;
        }
        while (x && !x->next)
            x = x->parent;
        if (x) x = x->next;
    }
}

/* The process to run: the only one, or the only one marked executable. */
static const struct xml *find_process(struct draft *d)
{
    const struct xml *first = NULL, *executable = NULL;
    int count = 0, executable_count = 0;
    for (const struct xml *x = d->definitions->child; x; x = x->next) {
        if (!xml_is(x, NS_BPMN, STR("process"))) continue;
        if (!first) first = x;
        count++;
        if (!str_eq(xml_attr(x, "isExecutable"), STR("true"))) continue;
        executable = x;
        executable_count++;
    }
    if (!count) {
        draft_fault(d, d->definitions, "bpmn.no-process", "文件中没有流程（process）",
                    "there is no process in this file");
    } else if (executable_count > 1 || (count > 1 && !executable)) {
        draft_fault(d, first, "bpmn.process-count",
                    "文件中有 %d 个流程，其中 %d 个标为 isExecutable=\"true\"，应当恰有一个",
                    "the file has %d processes, %d of them isExecutable=\"true\", exactly one "
                    "must be",
                    count, executable_count);
    } else if (!executable && str_eq(xml_attr(first, "isExecutable"), STR("false"))) {
        draft_fault(d, first, "bpmn.not-executable", "流程标为 isExecutable=\"false\"，不能运行",
                    "the process is isExecutable=\"false\" and cannot be run");
    } else {
        return executable ? executable : first;
    }
    return NULL;
}

static void check_quantities(struct draft *d, const struct xml *x)
{
    static const char *const name[] = {"startQuantity", "completionQuantity"};
    for (size_t i = 0; i < COUNTOF(name); i++) {
        str q = xml_attr(x, name[i]);
        if (q.len && !str_eq(q, STR("1")))
            draft_fault(d, x, "bpmn.unsupported",
                        "暂不支持 %s=\"" STR_FMT "\"，请改用 parallelGateway",
                        "%s=\"" STR_FMT "\" is not supported yet, use parallelGateway", name[i],
                        STR_ARG(q));
    }
    if (str_eq(xml_attr(x, "isForCompensation"), STR("true")))
        draft_fault(d, x, "bpmn.unsupported",
                    "暂不支持 isForCompensation，请改用 serviceTask 和顺序流",
                    "isForCompensation is not supported yet, use a serviceTask and a flow");
}

/* What a message event waits for: messageRef names a <message>, whose name is what is sent. */
static str message_of(struct draft *d, const struct xml *x, const struct xml *definition)
{
    const struct xml_attr *a = xml_attr_find(definition, (str){0}, STR("messageRef"));
    str rest, first = a ? str_cut(a->value, ':', &rest) : (str){0};
    bool prefixed = a && first.len < a->value.len;
    const struct xml *message = a ? map_find(&d->ids, prefixed ? rest : first) : NULL;
    if (!message || !xml_is(message, NS_BPMN, STR("message"))) {
        draft_fault_at(d, x, a ? a->pos : definition->pos, "bpmn.unknown-reference",
                       "消息 messageRef=\"" STR_FMT "\" 不存在，应为某个 message 的编号",
                       "there is no message \"" STR_FMT "\", messageRef must be the id of one",
                       STR_ARG(a ? a->value : (str){0}));
        return (str){0};
    }
    str name = str_trim(xml_attr(message, "name"));
    if (!name.len)
        draft_fault(d, message, "bpmn.message-name", "消息没有名称（name），无法收到",
                    "the message has no name and could not be received");
    return name;
}

/* The one event definition decides what kind of event it is. */
static void read_event(struct draft *d, const struct xml *x, struct bpmn_node *n)
{
    const struct xml *timer = xml_child(x, NS_BPMN, STR("timerEventDefinition"));
    const struct xml *message = xml_child(x, NS_BPMN, STR("messageEventDefinition"));
    const struct xml *definition = timer ? timer : message;
    bool catches = n->kind == BPMN_CATCH_TIMER || n->kind == BPMN_BOUNDARY_TIMER;
    int count = 0;
    for (const struct xml *c = x->child; c; c = c->next)
        count += str_ends(c->name, STR("EventDefinition")) ||
                 str_ends(c->name, STR("eventDefinitionRef"));
    if (count > 1) {
        draft_fault(d, x, "bpmn.unsupported", "暂不支持一个事件有 %d 个定义，请改用多个事件",
                    "an event with %d definitions is not supported yet, use several events", count);
    } else if (catches && !count) {
        draft_fault(d, x, "bpmn.event-definition",
                    "事件没有定义，应含 timerEventDefinition 或 messageEventDefinition",
                    "the event has no definition, expected timerEventDefinition or "
                    "messageEventDefinition");
    } else if (!catches && definition) {
        refuse(d, x, definition,
               n->kind == BPMN_START ? "startEvent + intermediateCatchEvent"
                                     : "serviceTask + bihuan:operation");
    } else if (message) {
        n->kind = n->kind == BPMN_CATCH_TIMER ? BPMN_CATCH_MESSAGE : BPMN_BOUNDARY_MESSAGE;
        n->message = message_of(d, x, message);
    }
}

static void read_node(struct draft *d, const struct xml *x, enum bpmn_kind kind)
{
    struct bpmn_model *m = d->model;
    const struct xml_attr *id = xml_attr_find(x, (str){0}, STR("id"));
    if (!id) {
        draft_fault(d, x, "bpmn.id", "元素没有编号（id）", "the element has no id");
        return;
    }
    if (map_find(&d->nodes, id->value)) return; /* a duplicate, reported already */
    int index = m->node_count++;
    struct bpmn_node *n = &d->node[index];
    d->node_xml[index] = x;
    n->id = id->value;
    n->name = str_trim(xml_attr(x, "name"));
    n->kind = kind;
    n->index = index;
    n->pos = x->pos;
    n->interrupting = !str_eq(xml_attr(x, "cancelActivity"), STR("false"));
    map_put(&d->nodes, d->cx->arena, n->id, n);
    for (const struct xml *c = x->child; c; c = c->next) {
        if (!str_eq(c->ns, NS_BPMN)) continue; /* vendors' own elements change nothing here */
        const struct element *e = element_find(node_element, COUNTOF(node_element), c->name);
        if (!e)
            draft_fault_at(d, x, c->pos, "bpmn.unknown-element", "这里不能有元素 " STR_FMT,
                           "an element " STR_FMT " cannot stand here", STR_ARG(c->name));
        else if (e->class == ELEMENT_REFUSED)
            refuse(d, x, c, e->instead);
    }
    check_quantities(d, x);
    if (str_ends(x->name, STR("Event"))) read_event(d, x, n);
}

static void read_flow(struct draft *d, const struct xml *x)
{
    int index = d->model->flow_count++;
    struct bpmn_flow *f = &d->flow[index];
    d->flow_xml[index] = x;
    f->id = xml_attr(x, "id");
    f->name = str_trim(xml_attr(x, "name"));
    f->index = index;
    f->pos = x->pos;
    if (!f->id.len) draft_fault(d, x, "bpmn.id", "元素没有编号（id）", "the element has no id");
}

/* Reads what stands in the process; counts must have been made before. */
static void read_elements(struct draft *d)
{
    for (const struct xml *x = d->process->child; x; x = x->next) {
        if (!str_eq(x->ns, NS_BPMN)) continue;
        const struct element *e = element_find(process_element, COUNTOF(process_element), x->name);
        if (!e) {
            draft_fault(d, x, "bpmn.unknown-element", "流程中不能有元素 " STR_FMT,
                        "an element " STR_FMT " cannot stand in a process", STR_ARG(x->name));
            continue;
        }
        switch (e->class) {
        case ELEMENT_NODE: read_node(d, x, e->kind); break;
        case ELEMENT_FLOW: read_flow(d, x); break;
        case ELEMENT_REFUSED: {
            refuse(d, x, x, e->instead);
            str id = xml_attr(x, "id");
            if (id.len) map_put(&d->refused, d->cx->arena, id, d);
            break;
        }
        case ELEMENT_HARMLESS: break;
        }
    }
}

/* ---- links ---- */

static const struct bpmn_node *flow_end(struct draft *d, const struct xml *x, const char *attribute)
{
    const struct xml_attr *a = xml_attr_find(x, (str){0}, str_from(attribute));
    const struct bpmn_node *n = a ? map_find(&d->nodes, a->value) : NULL;
    if (!n && !(a && map_find(&d->refused, a->value)))
        draft_fault_at(d, x, a ? a->pos : x->pos, "bpmn.unknown-reference",
                       "%s=\"" STR_FMT "\" 在流程中不存在",
                       "%s=\"" STR_FMT "\" is not in this process", attribute,
                       STR_ARG(a ? a->value : (str){0}));
    return n;
}

static void link_flows(struct draft *d)
{
    struct bpmn_model *m = d->model;
    for (int i = 0; i < m->flow_count; i++) {
        struct bpmn_flow *f = &d->flow[i];
        f->from = flow_end(d, d->flow_xml[i], "sourceRef");
        f->to = flow_end(d, d->flow_xml[i], "targetRef");
        if (f->from) d->node[f->from->index].out_count++;
        if (f->to) d->node[f->to->index].in_count++;
    }
    for (int i = 0; i < m->node_count; i++) {
        struct bpmn_node *n = &d->node[i];
        n->in = NEWS(d->cx->arena, const struct bpmn_flow *, (size_t)n->in_count);
        n->out = NEWS(d->cx->arena, const struct bpmn_flow *, (size_t)n->out_count);
        n->in_count = n->out_count = 0;
    }
    for (int i = 0; i < m->flow_count; i++) {
        const struct bpmn_flow *f = &d->flow[i];
        struct bpmn_node *from = f->from ? &d->node[f->from->index] : NULL;
        struct bpmn_node *to = f->to ? &d->node[f->to->index] : NULL;
        if (from) from->out[from->out_count++] = f;
        if (to) to->in[to->in_count++] = f;
    }
}

static void link_default(struct draft *d, struct bpmn_node *n)
{
    const struct xml *x = d->node_xml[n->index];
    const struct xml_attr *a = xml_attr_find(x, (str){0}, STR("default"));
    if (!a) return;
    for (int i = 0; i < n->out_count; i++)
        if (str_eq(n->out[i]->id, a->value)) n->default_flow = n->out[i];
    if (!n->default_flow)
        draft_fault_at(d, x, a->pos, "bpmn.unknown-reference",
                       "default=\"" STR_FMT "\" 不是从这里出去的顺序流",
                       "default=\"" STR_FMT "\" is not a flow that leaves here", STR_ARG(a->value));
}

static void link_boundary(struct draft *d, struct bpmn_node *n)
{
    const struct xml *x = d->node_xml[n->index];
    const struct xml_attr *a = xml_attr_find(x, (str){0}, STR("attachedToRef"));
    struct bpmn_node *host = a ? map_find(&d->nodes, a->value) : NULL;
    if (!host) {
        if (a && map_find(&d->refused, a->value)) return;
        draft_fault_at(d, x, a ? a->pos : x->pos, "bpmn.unknown-reference",
                       "attachedToRef=\"" STR_FMT "\" 在流程中不存在",
                       "attachedToRef=\"" STR_FMT "\" is not in this process",
                       STR_ARG(a ? a->value : (str){0}));
        return;
    }
    if (host->kind != BPMN_USER_TASK) {
        draft_fault_at(d, x, a->pos, "bpmn.boundary",
                       "边界事件只能附在 userTask 上：" STR_FMT " \"" STR_FMT "\" 不会等待",
                       "a boundary event can only be attached to a userTask: " STR_FMT " \"" STR_FMT
                       "\" does not wait",
                       STR_ARG(d->node_xml[host->index]->name), STR_ARG(host->id));
        return;
    }
    n->attached_to = host;
    const struct bpmn_node **list =
        NEWS(d->cx->arena, const struct bpmn_node *, (size_t)host->boundary_count + 1);
    for (int i = 0; i < host->boundary_count; i++)
        list[i] = host->boundary[i];
    list[host->boundary_count++] = n;
    host->boundary = list;
}

/* <incoming> and <outgoing> repeat what the flows say; one that names nothing is a broken file. */
static void check_flow_references(struct draft *d, const struct xml *x)
{
    for (const struct xml *c = x->child; c; c = c->next) {
        if (!xml_is(c, NS_BPMN, STR("incoming")) && !xml_is(c, NS_BPMN, STR("outgoing"))) continue;
        str rest, name = str_cut(c->text, ':', &rest);
        if (name.len < c->text.len) name = rest;
        const struct xml *flow = map_find(&d->ids, name);
        if (!flow || !xml_is(flow, NS_BPMN, STR("sequenceFlow")))
            draft_fault_at(d, x, c->pos, "bpmn.unknown-reference",
                           STR_FMT " 指向的顺序流 \"" STR_FMT "\" 不存在",
                           STR_FMT " names the flow \"" STR_FMT "\", which does not exist",
                           STR_ARG(c->name), STR_ARG(c->text));
    }
}

bool draft_read(struct draft *d)
{
    struct bpmn_model *m = d->model;
    if (!xml_is(d->definitions, NS_BPMN, STR("definitions"))) {
        draft_fault(
            d, d->definitions, "bpmn.not-bpmn", "根元素应为命名空间 " STR_FMT " 的 definitions",
            "the root element must be definitions of the namespace " STR_FMT, STR_ARG(NS_BPMN));
        return false;
    }
    read_ids(d, d->definitions);
    d->process = find_process(d);
    if (!d->process) return false;
    size_t count = 0;
    for (const struct xml *x = d->process->child; x; x = x->next)
        count++;
    if (count > BPMN_NODES_MAX) {
        draft_fault(d, d->process, "bpmn.too-many", "流程有 %zu 个元素，最多 %d 个",
                    "the process has %zu elements, at most %d", count, BPMN_NODES_MAX);
        return false;
    }
    m->id = xml_attr(d->process, "id");
    m->name = str_trim(xml_attr(d->process, "name"));
    m->node = d->node = NEWS(d->cx->arena, struct bpmn_node, count);
    m->flow = d->flow = NEWS(d->cx->arena, struct bpmn_flow, count);
    d->node_xml = NEWS(d->cx->arena, const struct xml *, count);
    d->flow_xml = NEWS(d->cx->arena, const struct xml *, count);
    read_elements(d);
    link_flows(d);
    for (int i = 0; i < m->node_count; i++) {
        struct bpmn_node *n = &d->node[i];
        link_default(d, n);
        if (n->kind == BPMN_BOUNDARY_TIMER || n->kind == BPMN_BOUNDARY_MESSAGE) link_boundary(d, n);
        check_flow_references(d, d->node_xml[i]);
    }
    return true;
}
