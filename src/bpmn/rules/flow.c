/* Rules of sequence flows and gateways (ISO/IEC 19510 8.4.13, 10.6, 13.4). */
#include "bpmn/rules/rules.h"

static const struct rule_element *end_of(struct rules *r, const struct rule_element *flow,
                                         const char *end)
{
    const struct rule_element *e = rule_find(r, xml_attr(flow->xml, end));
    return e && rule_is(r, e->xml, "flowNode") ? e : NULL;
}

static bool names(const struct xml *node, const char *list, str id)
{
    for (const struct xml *c = node->child; c; c = c->next)
        if (xml_is(c, NS_BPMN, str_from(list)) && str_eq(rule_local(c->text), id)) return true;
    return false;
}

/* Files that list no flows at all leave the lists out on purpose. */
static bool not_listed(struct rules *r, const struct rule_element *e)
{
    if (!r->lists_flows) return false;
    const struct rule_element *from = end_of(r, e, "sourceRef"), *to = end_of(r, e, "targetRef");
    str id = xml_attr(e->xml, "id");
    return (from && !names(from->xml, "outgoing", id)) || (to && !names(to->xml, "incoming", id));
}

static bool lists_other(struct rules *r, const struct rule_element *e)
{
    str id = xml_attr(e->xml, "id");
    for (const struct xml *c = e->xml->child; c; c = c->next) {
        bool in = xml_is(c, NS_BPMN, STR("incoming"));
        if (!in && !xml_is(c, NS_BPMN, STR("outgoing"))) continue;
        const struct rule_element *flow = rule_find(r, c->text);
        if (!flow || !rule_is(r, flow->xml, "sequenceFlow")) continue;
        r->at = c;
        if (!str_eq(rule_local(xml_attr(flow->xml, in ? "targetRef" : "sourceRef")), id))
            return true;
    }
    return false;
}

static bool twice_listed(struct rules *r, const struct rule_element *e)
{
    for (const struct xml *c = e->xml->child; c; c = c->next)
        for (const struct xml *o = c->next; o; o = o->next) {
            bool same = xml_is(c, NS_BPMN, STR("incoming")) || xml_is(c, NS_BPMN, STR("outgoing"));
            r->at = o;
            if (same && str_eq(c->name, o->name) && str_eq(c->text, o->text)) return true;
        }
    return false;
}

static bool is_event_sub(const struct xml *x)
{
    return rule_true(x, "triggeredByEvent");
}

static bool touches_event_sub(struct rules *r, const struct rule_element *e)
{
    const struct rule_element *from = end_of(r, e, "sourceRef"), *to = end_of(r, e, "targetRef");
    return (from && is_event_sub(from->xml)) || (to && is_event_sub(to->xml));
}

static bool not_immediate(struct rules *r, const struct rule_element *e)
{
    (void)r;
    str v = xml_attr(e->xml, "isImmediate");
    return rule_executable(e->xml) && (str_eq(v, STR("false")) || str_eq(v, STR("0")));
}

static bool only_flow_has_condition(struct rules *r, const struct rule_element *e)
{
    const struct rule_element *from = end_of(r, e, "sourceRef");
    r->at = rule_kid(e->xml, "conditionExpression");
    return from && r->at && rule_is(r, from->xml, "activity") && from->out.len < 2;
}

static bool condition_after_event(struct rules *r, const struct rule_element *e)
{
    const struct rule_element *from = end_of(r, e, "sourceRef");
    r->at = rule_kid(e->xml, "conditionExpression");
    return from && r->at && rule_is(r, from->xml, "anyEvent");
}

static bool condition_after_parallel(struct rules *r, const struct rule_element *e)
{
    const struct rule_element *from = end_of(r, e, "sourceRef");
    r->at = rule_kid(e->xml, "conditionExpression");
    return from && r->at && rule_is(r, from->xml, "parallelGateway");
}

static bool condition_after_event_gateway(struct rules *r, const struct rule_element *e)
{
    const struct rule_element *from = end_of(r, e, "sourceRef");
    r->at = rule_kid(e->xml, "conditionExpression");
    return from && r->at && rule_is(r, from->xml, "eventBasedGateway");
}

static bool default_of_other(struct rules *r, const struct rule_element *e)
{
    str id = xml_attr(e->xml, "default");
    if (!id.len) return false;
    const struct rule_element *flow = rule_find(r, id);
    return flow && rule_is(r, flow->xml, "sequenceFlow") &&
           !str_eq(rule_local(xml_attr(flow->xml, "sourceRef")), xml_attr(e->xml, "id"));
}

static bool default_has_condition(struct rules *r, const struct rule_element *e)
{
    const struct rule_element *flow = rule_find(r, xml_attr(e->xml, "default"));
    return flow && rule_kid(flow->xml, "conditionExpression");
}

static bool leaves_process(struct rules *r, const struct rule_element *e)
{
    const struct rule_element *from = end_of(r, e, "sourceRef"), *to = end_of(r, e, "targetRef");
    return from && to && rule_up(r, from->xml, "process") != rule_up(r, to->xml, "process");
}

static bool leaves_sub_process(struct rules *r, const struct rule_element *e)
{
    const struct rule_element *from = end_of(r, e, "sourceRef"), *to = end_of(r, e, "targetRef");
    return from && to && from->xml->parent != to->xml->parent &&
           rule_up(r, from->xml, "process") == rule_up(r, to->xml, "process");
}

/* ---- gateways ---- */

static bool direction_is(const struct rule_element *e, const char *direction)
{
    return str_eq(xml_attr(e->xml, "gatewayDirection"), str_from(direction));
}

static bool converging_splits(struct rules *r, const struct rule_element *e)
{
    return direction_is(e, "Converging") && rule_out(r, e) > 1;
}

static bool diverging_joins(struct rules *r, const struct rule_element *e)
{
    return direction_is(e, "Diverging") && rule_in(r, e) > 1;
}

static bool mixed_is_not(struct rules *r, const struct rule_element *e)
{
    return direction_is(e, "Mixed") && (rule_in(r, e) < 2 || rule_out(r, e) < 2);
}

static bool gateway_alone(struct rules *r, const struct rule_element *e)
{
    return rule_in(r, e) < 2 && rule_out(r, e) < 2;
}

static bool few_events(struct rules *r, const struct rule_element *e)
{
    return rule_out(r, e) < 2;
}

static const struct rule_element *event_target(struct rules *r, const struct rule_element *gateway,
                                               size_t i)
{
    const struct xml *flow = gateway->out.at[i];
    const struct rule_element *to = rule_find(r, xml_attr(flow, "targetRef"));
    return to && rule_is(r, to->xml, "flowNode") ? to : NULL;
}

static bool event_target_wrong(struct rules *r, const struct rule_element *e)
{
    static const char *const kind[] = {"message", "signal", "timer", "conditional"};
    for (size_t i = 0; i < e->out.len; i++) {
        const struct rule_element *to = event_target(r, e, i);
        if (!to || rule_is(r, to->xml, "receiveTask")) continue;
        int fit = 0;
        for (size_t k = 0; k < COUNTOF(kind); k++)
            fit += rule_defs(r, to->xml, kind[k]);
        r->at = e->out.at[i];
        if (!rule_is(r, to->xml, "intermediateCatchEvent")) return true;
        if (!fit || fit < rule_defs(r, to->xml, NULL)) return true;
    }
    r->at = NULL;
    return false;
}

static bool events_and_tasks(struct rules *r, const struct rule_element *e)
{
    int tasks = 0, events = 0;
    for (size_t i = 0; i < e->out.len; i++) {
        const struct rule_element *to = event_target(r, e, i);
        if (!to) continue;
        tasks += rule_is(r, to->xml, "receiveTask");
        events +=
            rule_is(r, to->xml, "intermediateCatchEvent") && rule_defs(r, to->xml, "message") > 0;
    }
    return tasks && events;
}

static bool event_task_has_boundary(struct rules *r, const struct rule_element *e)
{
    struct rule_list boundaries = rule_all(r, "boundaryEvent");
    for (size_t i = 0; i < boundaries.len; i++) {
        const struct xml *b = boundaries.at[i];
        const struct rule_element *task = rule_find(r, xml_attr(b, "attachedToRef"));
        for (size_t k = 0; task && k < e->out.len; k++) {
            r->at = b;
            if (rule_is(r, task->xml, "receiveTask") && event_target(r, e, k) == task) return true;
        }
    }
    r->at = NULL;
    return false;
}

static bool event_target_entered_elsewhere(struct rules *r, const struct rule_element *e)
{
    for (size_t i = 0; i < e->out.len; i++) {
        const struct rule_element *to = event_target(r, e, i);
        r->at = to ? to->xml : NULL;
        if (to && (to->in.len > 1 || rule_kids(to->xml, "incoming") > 1)) return true;
    }
    r->at = NULL;
    return false;
}

static bool starting_gateway_entered(struct rules *r, const struct rule_element *e)
{
    return rule_true(e->xml, "instantiate") && (rule_in(r, e) || e->in.len);
}

static bool parallel_events_inside(struct rules *r, const struct rule_element *e)
{
    (void)r;
    return str_eq(xml_attr(e->xml, "eventGatewayType"), STR("Parallel")) &&
           !rule_true(e->xml, "instantiate");
}

/* ---- every node has a way in and a way out (10.5.2, 10.5.3) ---- */

static bool stands_alone(struct rules *r, const struct rule_element *e)
{
    const struct xml *x = e->xml;
    return is_event_sub(x) || rule_true(x, "isForCompensation") ||
           rule_is(r, x->parent, "adHocSubProcess") || rule_is(r, x, "event") ||
           rule_is(r, x, "implicitThrowEvent") || !rule_is(r, x->parent, "flowElementsContainer");
}

static bool has_no_way_in(struct rules *r, const struct rule_element *e)
{
    const struct xml *x = e->xml;
    if (stands_alone(r, e) || rule_is(r, x, "startEvent") || rule_is(r, x, "boundaryEvent"))
        return false;
    if (rule_is(r, x, "intermediateCatchEvent") && rule_defs(r, x, "link")) return false;
    if (rule_true(x, "instantiate") || !rule_kid(x->parent, "startEvent")) return false;
    return !rule_in(r, e);
}

static bool has_no_way_out(struct rules *r, const struct rule_element *e)
{
    const struct xml *x = e->xml;
    if (stands_alone(r, e) || rule_is(r, x, "endEvent")) return false;
    if (rule_is(r, x, "boundaryEvent") && rule_defs(r, x, "compensate")) return false;
    if (rule_is(r, x, "intermediateThrowEvent") && rule_defs(r, x, "link")) return false;
    return rule_kid(x->parent, "endEvent") && !rule_out(r, e);
}

static const struct rule rule[] = {
    {"EXT.023", RULE_FORM, "bpmn.flow-rule", "sequenceFlow", not_listed,
     "顺序流的起点应以 outgoing、终点应以 incoming 列出它",
     "the source of a flow must list it as outgoing, its target as incoming"},
    {"EXT.023", RULE_FORM, "bpmn.flow-rule", "flowNode", lists_other,
     "incoming、outgoing 所列的顺序流并不通到或离开这里",
     "a flow listed as incoming or outgoing does not come or go here"},
    {"EXT.023", RULE_FORM, "bpmn.flow-rule", "flowNode", twice_listed, "同一条顺序流列了两次",
     "a flow is listed twice"},
    {"EXT.021, EXT.022", RULE_WARN, "bpmn.flow-rule", "sequenceFlow", touches_event_sub,
     "事件子流程由事件触发，不能有进出的顺序流",
     "an event sub-process is started by its event, no flow leads into or out of it"},
    {"EXT.024", RULE_WARN, "bpmn.flow-rule", "sequenceFlow", not_immediate,
     "可执行流程中 isImmediate 不得为 false",
     "isImmediate must not be false in an executable process"},
    {"EXT.025", RULE_WARN, "bpmn.flow-rule", "sequenceFlow", only_flow_has_condition,
     "活动只有这一条出线，不能有条件",
     "it is the only flow out of the activity and can have no condition"},
    {"EXT.025", RULE_WARN, "bpmn.flow-rule", "sequenceFlow", condition_after_event,
     "事件之后的顺序流不能有条件", "a flow out of an event can have no condition"},
    {"EXT.025", RULE_HINT, "bpmn.flow-rule", "sequenceFlow", condition_after_parallel,
     "并行网关不看条件，每条出线都走",
     "a parallel gateway takes each of its flows, whatever their conditions"},
    {"EXT.137", RULE_WARN, "bpmn.flow-rule", "sequenceFlow", condition_after_event_gateway,
     "事件网关之后的顺序流不能有条件",
     "a flow out of an event-based gateway can have no condition"},
    {"EXT.026", RULE_WARN, "bpmn.flow-rule", "activity gateway", default_of_other,
     "默认流应从本元素出发", "its default flow must be one that leaves it"},
    {"EXT.026", RULE_WARN, "bpmn.flow-rule", "activity gateway", default_has_condition,
     "默认流不能有条件", "its default flow can have no condition"},
    {"EXT.028", RULE_ALWAYS, "bpmn.flow-rule", "sequenceFlow", leaves_process,
     "顺序流不能通到另一个泳池的流程，请改用消息流",
     "a sequence flow cannot lead into the process of another pool, use a message flow"},
    {"EXT.152", RULE_ALWAYS, "bpmn.flow-rule", "sequenceFlow", leaves_sub_process,
     "顺序流不能穿过子流程的边界", "a sequence flow cannot cross the border of a sub-process"},
    {"EXT.017", RULE_FORM, "bpmn.gateway-rule", "gateway", converging_splits,
     "汇合网关（Converging）不能有多条出线",
     "a converging gateway has no more than one outgoing flow"},
    {"EXT.018", RULE_FORM, "bpmn.gateway-rule", "gateway", diverging_joins,
     "分支网关（Diverging）不能有多条入线",
     "a diverging gateway has no more than one incoming flow"},
    {"EXT.019", RULE_FORM, "bpmn.gateway-rule", "gateway", mixed_is_not,
     "混合网关（Mixed）应有多条入线和多条出线",
     "a mixed gateway has more than one incoming and more than one outgoing flow"},
    {"EXT.135", RULE_FORM, "bpmn.gateway-rule", "gateway", gateway_alone,
     "网关应有多条入线或多条出线", "a gateway has several incoming or several outgoing flows"},
    {"EXT.136", RULE_WARN, "bpmn.gateway-rule", "eventBasedGateway", few_events,
     "事件网关应有至少两条出线", "an event-based gateway has at least two outgoing flows"},
    {"EXT.138", RULE_WARN, "bpmn.gateway-rule", "eventBasedGateway", event_target_wrong,
     "事件网关之后只能是接收任务，或消息、信号、定时、条件中间捕获事件",
     "an event-based gateway leads to receive tasks or to catch events of message, signal, timer, "
     "condition"},
    {"EXT.139", RULE_WARN, "bpmn.gateway-rule", "eventBasedGateway", events_and_tasks,
     "事件网关之后不能既有消息事件又有接收任务",
     "an event-based gateway leads either to message events or to receive tasks, not to both"},
    {"EXT.140", RULE_WARN, "bpmn.gateway-rule", "eventBasedGateway", event_task_has_boundary,
     "事件网关之后的接收任务不能有边界事件",
     "a receive task behind an event-based gateway has no boundary events"},
    {"EXT.141", RULE_WARN, "bpmn.gateway-rule", "eventBasedGateway", event_target_entered_elsewhere,
     "事件网关所通向的事件或任务不能有别的入线",
     "what an event-based gateway leads to has no other incoming flow"},
    {"EXT.142", RULE_WARN, "bpmn.gateway-rule", "eventBasedGateway", starting_gateway_entered,
     "启动流程的事件网关不能有入线",
     "an event-based gateway that starts the process has no incoming flow"},
    {"EXT.142", RULE_WARN, "bpmn.gateway-rule", "eventBasedGateway", parallel_events_inside,
     "eventGatewayType=\"Parallel\" 只用于启动流程的事件网关（instantiate=\"true\"）",
     "eventGatewayType=\"Parallel\" is for gateways that start the process (instantiate=\"true\")"},
    {"EXT.150", RULE_FORM, "bpmn.flow-rule", "flowNode", has_no_way_in,
     "流程中有开始事件，其他节点就应有入线",
     "where there is a start event every other node has an incoming flow"},
    {"EXT.151", RULE_FORM, "bpmn.flow-rule", "flowNode", has_no_way_out,
     "流程中有结束事件，其他节点就应有出线",
     "where there is an end event every other node has an outgoing flow"},
};
const struct rule_set rules_of_flow = {rule, COUNTOF(rule)};
