/* Rules of events (ISO/IEC 19510 10.5). */
#include "bpmn/rules/rules.h"

/* Definitions of an event other than those of `kinds`. */
static bool has_other(struct rules *r, const struct xml *event, const char *kinds)
{
    const struct xml *def = NULL;
    for (int i = 0; (def = rule_def(r, event, i)) != NULL; i++) {
        bool fits =
            xml_is(def, NS_BPMN, STR("eventDefinitionRef")); /* leads nowhere: told elsewhere */
        for (str rest = str_from(kinds); rest.len && !fits;) {
            str kind = str_cut(rest, ' ', &rest);
            fits = str_starts(def->name, kind) &&
                   def->name.len == kind.len + strlen("EventDefinition");
        }
        if (rule_inside(def, event)) r->at = def;
        if (!fits) return true;
    }
    r->at = NULL;
    return false;
}

static const struct xml *any_message_flow(struct rules *r, const struct rule_element *e,
                                          const char *end)
{
    str id = xml_attr(e->xml, "id");
    struct rule_list flows = rule_all(r, "messageFlow");
    for (size_t i = 0; id.len && i < flows.len; i++)
        if (str_eq(rule_local(xml_attr(flows.at[i], end)), id)) return flows.at[i];
    return NULL;
}

static bool has_in(struct rules *r, const struct rule_element *e)
{
    return rule_in(r, e) || e->in.len;
}

static bool has_out(struct rules *r, const struct rule_element *e)
{
    return rule_out(r, e) || e->out.len;
}

static bool has_no_in(struct rules *r, const struct rule_element *e)
{
    return !rule_in(r, e);
}

static bool has_no_out(struct rules *r, const struct rule_element *e)
{
    return !rule_out(r, e);
}

static bool sends(struct rules *r, const struct rule_element *e)
{
    return any_message_flow(r, e, "sourceRef") != NULL;
}

static bool receives(struct rules *r, const struct rule_element *e)
{
    return any_message_flow(r, e, "targetRef") != NULL;
}

static bool sends_no_message(struct rules *r, const struct rule_element *e)
{
    return sends(r, e) && !rule_defs(r, e->xml, "message");
}

static bool receives_no_message(struct rules *r, const struct rule_element *e)
{
    return receives(r, e) && !rule_defs(r, e->xml, "message");
}

/* ---- where an event may stand ---- */

static bool in_event_sub(const struct xml *x)
{
    return rule_true(x->parent, "triggeredByEvent");
}

static bool start_of_process_wrong(struct rules *r, const struct rule_element *e)
{
    return xml_is(e->xml->parent, NS_BPMN, STR("process")) &&
           has_other(r, e->xml, "message timer conditional signal");
}

static bool start_of_sub_triggered(struct rules *r, const struct rule_element *e)
{
    return rule_is(r, e->xml->parent, "subProcess") && !in_event_sub(e->xml) &&
           rule_defs(r, e->xml, NULL) > 0;
}

static bool start_of_event_sub_wrong(struct rules *r, const struct rule_element *e)
{
    if (!in_event_sub(e->xml)) return false;
    return !rule_defs(r, e->xml, NULL) ||
           has_other(r, e->xml, "message timer escalation error compensate conditional signal");
}

static bool start_beside_wrong(struct rules *r, const struct rule_element *e)
{
    return in_event_sub(e->xml) && rule_has_attr(e->xml, "isInterrupting") &&
           !rule_true(e->xml, "isInterrupting") &&
           (rule_defs(r, e->xml, "error") || rule_defs(r, e->xml, "compensate"));
}

static bool end_wrong(struct rules *r, const struct rule_element *e)
{
    return has_other(r, e->xml, "message escalation error cancel compensate signal terminate");
}

static bool cancel_end_wrong(struct rules *r, const struct rule_element *e)
{
    return rule_defs(r, e->xml, "cancel") && !rule_up(r, e->xml, "transaction");
}

static bool interrupts(const struct xml *boundary)
{
    return !rule_has_attr(boundary, "cancelActivity") || rule_true(boundary, "cancelActivity");
}

static bool boundary_wrong(struct rules *r, const struct rule_element *e)
{
    const struct xml *x = e->xml;
    if (!interrupts(x)) return false;
    return !rule_defs(r, x, NULL) ||
           has_other(r, x, "message timer escalation error cancel compensate conditional signal");
}

static bool boundary_beside_wrong(struct rules *r, const struct rule_element *e)
{
    const struct xml *x = e->xml;
    if (interrupts(x)) return false;
    return !rule_defs(r, x, NULL) || has_other(r, x, "message timer escalation conditional signal");
}

static bool cancel_boundary_wrong(struct rules *r, const struct rule_element *e)
{
    const struct rule_element *host = rule_find(r, xml_attr(e->xml, "attachedToRef"));
    return rule_defs(r, e->xml, "cancel") && (!host || !rule_is(r, host->xml, "transaction"));
}

static bool boundary_elsewhere(struct rules *r, const struct rule_element *e)
{
    const struct rule_element *host = rule_find(r, xml_attr(e->xml, "attachedToRef"));
    return host &&
           (host->xml->parent != e->xml->parent || rule_true(host->xml, "triggeredByEvent"));
}

static bool compensates_by_flow(struct rules *r, const struct rule_element *e)
{
    return rule_defs(r, e->xml, "compensate") && has_out(r, e);
}

static bool boundary_leads_nowhere(struct rules *r, const struct rule_element *e)
{
    return !rule_defs(r, e->xml, "compensate") && !rule_out(r, e);
}

static bool catch_wrong(struct rules *r, const struct rule_element *e)
{
    return !rule_defs(r, e->xml, NULL) ||
           has_other(r, e->xml, "message timer conditional link signal");
}

static bool catch_compensates(struct rules *r, const struct rule_element *e)
{
    return rule_defs(r, e->xml, "compensate") > 0;
}

static bool throw_wrong(struct rules *r, const struct rule_element *e)
{
    return has_other(r, e->xml, "message escalation compensate link signal");
}

static bool is_link(struct rules *r, const struct rule_element *e)
{
    return rule_defs(r, e->xml, "link") > 0;
}

static bool middle_without_in(struct rules *r, const struct rule_element *e)
{
    bool caught_link = rule_is(r, e->xml, "intermediateCatchEvent") && is_link(r, e);
    return !caught_link && has_no_in(r, e) && !rule_is(r, e->xml->parent, "adHocSubProcess");
}

static bool middle_without_out(struct rules *r, const struct rule_element *e)
{
    bool thrown_link = rule_is(r, e->xml, "intermediateThrowEvent") && is_link(r, e);
    return !thrown_link && has_no_out(r, e) && !rule_is(r, e->xml->parent, "adHocSubProcess") &&
           !rule_is(r, e->xml->parent, "choreography");
}

/* ---- links ---- */

static bool link_both_ways(struct rules *r, const struct rule_element *e)
{
    bool caught = rule_is(r, e->xml, "intermediateCatchEvent");
    return is_link(r, e) && (caught ? has_in(r, e) : has_out(r, e));
}

static bool refers(const struct xml *x, const char *kid, str id)
{
    for (const struct xml *c = x->child; c; c = c->next)
        if (xml_is(c, NS_BPMN, str_from(kid)) && str_eq(rule_local(c->text), id)) return true;
    return false;
}

static bool thrown(struct rules *r, const struct xml *link)
{
    return rule_is(r, link->parent, "throwEvent");
}

/* The name of a link, or of its event: some tools write only that. */
static str link_name(const struct xml *link)
{
    str name = str_trim(xml_attr(link, "name"));
    return name.len ? name : str_trim(xml_attr(link->parent, "name"));
}

/* Links of the other direction with the same name in the same scope: how most tools pair them. */
static int same_name(struct rules *r, const struct xml *link)
{
    str name = link_name(link);
    bool named = name.len || rule_has_attr(link, "name");
    int n = 0;
    struct rule_list links = rule_all(r, "linkEventDefinition");
    for (size_t i = 0; named && i < links.len; i++) {
        const struct xml *x = links.at[i];
        if (thrown(r, x) == thrown(r, link)) continue;
        n += x->parent->parent == link->parent->parent && str_eq(link_name(x), name);
    }
    return n;
}

static bool in_event(struct rules *r, const struct xml *link)
{
    return rule_is(r, link->parent, "intermediateCatchEvent") ||
           rule_is(r, link->parent, "intermediateThrowEvent");
}

static bool link_one_sided(struct rules *r, const struct rule_element *e)
{
    const struct xml *x = e->xml;
    str id = xml_attr(x, "id");
    for (const struct xml *c = x->child; c; c = c->next) {
        bool source = xml_is(c, NS_BPMN, STR("source"));
        if (!source && !xml_is(c, NS_BPMN, STR("target"))) continue;
        const struct rule_element *other = rule_find(r, c->text);
        r->at = c;
        if (other && !refers(other->xml, source ? "target" : "source", id)) return true;
    }
    r->at = NULL;
    return false;
}

static bool link_without_source(struct rules *r, const struct rule_element *e)
{
    const struct xml *x = e->xml;
    return in_event(r, x) && !thrown(r, x) && !rule_kid(x, "source") && !same_name(r, x);
}

static bool link_without_target(struct rules *r, const struct rule_element *e)
{
    const struct xml *x = e->xml;
    return in_event(r, x) && thrown(r, x) && rule_kids(x, "target") != 1 && same_name(r, x) != 1;
}

static bool link_to_other_level(struct rules *r, const struct rule_element *e)
{
    for (const struct xml *c = e->xml->child; c; c = c->next) {
        const struct rule_element *other = rule_find(r, c->text);
        bool link = xml_is(c, NS_BPMN, STR("source")) || xml_is(c, NS_BPMN, STR("target"));
        r->at = c;
        if (link && other && other->xml->parent->parent != e->xml->parent->parent) return true;
    }
    r->at = NULL;
    return false;
}

/* ---- definitions ---- */

static bool throws(struct rules *r, const struct xml *x)
{
    return rule_is(r, x, "endEvent") || rule_is(r, x, "intermediateThrowEvent");
}

static bool escalation_without_code(struct rules *r, const struct rule_element *e)
{
    if (!rule_executable(e->xml) || !throws(r, e->xml)) return false;
    const struct xml *def = NULL;
    for (int i = 0; (def = rule_def(r, e->xml, i)) != NULL; i++) {
        if (!str_eq(def->name, STR("escalationEventDefinition"))) continue;
        const struct rule_element *to = rule_find(r, xml_attr(def, "escalationRef"));
        if (!to || !xml_attr(to->xml, "escalationCode").len) return true;
    }
    return false;
}

static bool error_without_code(struct rules *r, const struct rule_element *e)
{
    if (!rule_executable(e->xml) || !rule_is(r, e->xml, "endEvent")) return false;
    const struct xml *def = NULL;
    for (int i = 0; (def = rule_def(r, e->xml, i)) != NULL; i++) {
        if (!str_eq(def->name, STR("errorEventDefinition"))) continue;
        const struct rule_element *to = rule_find(r, xml_attr(def, "errorRef"));
        if (to && rule_is(r, to->xml, "error") && !xml_attr(to->xml, "errorCode").len) return true;
    }
    return false;
}

static bool message_without_ref(struct rules *r, const struct rule_element *e)
{
    (void)r;
    return rule_executable(e->xml) && !rule_has_attr(e->xml, "messageRef");
}

static bool message_without_operation(struct rules *r, const struct rule_element *e)
{
    (void)r;
    return rule_executable(e->xml) && !rule_kid(e->xml, "operationRef");
}

static bool ref_inside_event(struct rules *r, const struct rule_element *e)
{
    for (const struct xml *c = e->xml->child; c; c = c->next) {
        if (!xml_is(c, NS_BPMN, STR("eventDefinitionRef"))) continue;
        const struct rule_element *to = rule_find(r, c->text);
        r->at = c;
        if (to && !xml_is(to->xml->parent, NS_BPMN, STR("definitions"))) return true;
    }
    r->at = NULL;
    return false;
}

static bool condition_not_formal(struct rules *r, const struct rule_element *e)
{
    const struct xml *c = rule_kid(e->xml, "condition");
    r->at = c;
    return rule_executable(e->xml) && (!c || !rule_formal(c) || !c->text.len);
}

/* ---- timers ---- */

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Eats digits and one fraction; how many characters. */
static size_t number(str s, size_t at)
{
    size_t from = at;
    while (at < s.len && (is_digit(s.at[at]) || s.at[at] == '.' || s.at[at] == ','))
        at++;
    return at - from;
}

static bool is_duration(str s)
{
    if (str_starts(s, STR("-"))) s = str_slice(s, 1, s.len);
    if (s.len < 3 || s.at[0] != 'P') return false;
    const char *left = "YMWD";
    bool any = false, time = false;
    for (size_t i = 1; i < s.len;) {
        if (s.at[i] == 'T' && !time) {
            time = true;
            any = false;
            left = "HMS";
            i++;
            continue;
        }
        size_t n = number(s, i);
        const char *unit = n && i + n < s.len ? strchr(left, s.at[i + n]) : NULL;
        if (!unit || !*unit) return false;
        left = unit + 1;
        any = true;
        i += n + 1;
    }
    return any;
}

static bool is_date(str s)
{
    static const char shape[] = "dddd-dd-dd";
    if (s.len < sizeof shape - 1) return false;
    for (size_t i = 0; i < sizeof shape - 1; i++)
        if (shape[i] == 'd' ? !is_digit(s.at[i]) : s.at[i] != '-') return false;
    if (s.len == sizeof shape - 1) return true;
    static const char clock[] = "Tdd:dd";
    str rest = str_slice(s, sizeof shape - 1, s.len);
    if (rest.len < sizeof clock - 1) return false;
    for (size_t i = 0; i < sizeof clock - 1; i++)
        if (clock[i] == 'd' ? !is_digit(rest.at[i]) : rest.at[i] != clock[i]) return false;
    for (size_t i = sizeof clock - 1; i < rest.len; i++)
        if (!strchr("0123456789:.,Z+-", rest.at[i]) && rest.at[i] != '@')
            return rest.at[i - 1] == '@';
    return true;
}

static bool is_cycle(str s)
{
    str rest, first = str_cut(s, '/', &rest);
    if (!str_starts(first, STR("R"))) return is_duration(s) || is_date(s);
    for (size_t i = 1; i < first.len; i++)
        if (!is_digit(first.at[i])) return false;
    int parts = 0;
    while (rest.len) {
        str part = str_cut(rest, '/', &rest);
        if (!is_duration(part) && !is_date(part)) return false;
        parts++;
    }
    return parts >= 1 && parts <= 3;
}

/* Computed when it runs: an expression that is more than one word. */
static bool is_computed(str s)
{
    return str_starts(s, STR("=")) || str_index(s, STR("{")) != SIZE_MAX ||
           str_index(s, STR("(")) != SIZE_MAX || str_index(s, STR("\"")) != SIZE_MAX ||
           str_index(s, STR(".")) != SIZE_MAX || str_index(s, STR(" ")) != SIZE_MAX;
}

static bool timer_value_wrong(struct rules *r, const struct xml *timer, const char *kind,
                              bool (*fits)(str))
{
    const struct xml *c = rule_kid(timer, kind);
    if (!c || !c->text.len || !rule_executable(timer)) return false;
    r->at = c;
    return !is_computed(c->text) && !fits(c->text);
}

static bool date_wrong(struct rules *r, const struct rule_element *e)
{
    return timer_value_wrong(r, e->xml, "timeDate", is_date);
}

static bool cycle_wrong(struct rules *r, const struct rule_element *e)
{
    return timer_value_wrong(r, e->xml, "timeCycle", is_cycle);
}

static bool duration_wrong(struct rules *r, const struct rule_element *e)
{
    return timer_value_wrong(r, e->xml, "timeDuration", is_duration);
}

static int timer_values(const struct xml *timer)
{
    int n = rule_kids(timer, "timeDate") + rule_kids(timer, "timeDuration") +
            rule_kids(timer, "timeCycle");
    for (int i = 0; i < timer->attr_count; i++)
        n +=
            str_eq(timer->attr[i].ns, NS_BIHUAN) && str_starts(timer->attr[i].name, STR("working"));
    return n;
}

static bool timer_with_values(struct rules *r, const struct rule_element *e)
{
    (void)r;
    return timer_values(e->xml) > 1;
}

/* ---- compensation (13.5.5) ---- */

static const struct rule_element *compensator(struct rules *r, const struct rule_element *e,
                                              bool *linked)
{
    str id = xml_attr(e->xml, "id");
    const struct rule_element *found = NULL;
    struct rule_list links = rule_all(r, "association");
    for (size_t i = 0; i < links.len; i++) {
        const struct xml *x = links.at[i];
        if (!str_eq(rule_local(xml_attr(x, "sourceRef")), id)) continue;
        const struct rule_element *to = rule_find(r, xml_attr(x, "targetRef"));
        if (!to || !rule_is(r, to->xml, "activity")) continue;
        *linked = true;
        found = to;
    }
    return found;
}

static bool compensation_unlinked(struct rules *r, const struct rule_element *e)
{
    bool linked = false;
    if (!rule_defs(r, e->xml, "compensate")) return false;
    (void)compensator(r, e, &linked);
    return !linked;
}

static bool compensator_unmarked(struct rules *r, const struct rule_element *e)
{
    bool linked = false;
    if (!rule_defs(r, e->xml, "compensate")) return false;
    const struct rule_element *to = compensator(r, e, &linked);
    return linked && !rule_true(to->xml, "isForCompensation");
}

static bool compensator_flows(struct rules *r, const struct rule_element *e)
{
    return rule_true(e->xml, "isForCompensation") && (has_in(r, e) || has_out(r, e));
}

static const struct rule rule[] = {
    {"EXT.096", RULE_ALWAYS, "bpmn.event-rule", "startEvent", has_in, "开始事件不能有入线",
     "a start event has no incoming flow"},
    {"EXT.101", RULE_FORM, "bpmn.event-rule", "startEvent", has_no_out, "开始事件应有出线",
     "a start event has an outgoing flow"},
    {"EXT.098", RULE_WARN, "bpmn.event-rule", "startEvent", start_of_process_wrong,
     "流程的开始事件只能是空、消息、定时、条件、信号",
     "the start event of a process is none, message, timer, conditional or signal"},
    {"EXT.100", RULE_WARN, "bpmn.event-rule", "startEvent", start_of_sub_triggered,
     "子流程的开始事件不能有触发，事件子流程才可以",
     "the start event of a sub-process has no trigger, only that of an event sub-process has"},
    {"EXT.059", RULE_WARN, "bpmn.event-rule", "startEvent", start_of_event_sub_wrong,
     "事件子流程的开始事件应为消息、定时、升级、错误、补偿、条件、信号之一",
     "the start event of an event sub-process is message, timer, escalation, error, compensation, "
     "conditional or signal"},
    {"EXT.059", RULE_WARN, "bpmn.event-rule", "startEvent", start_beside_wrong,
     "错误、补偿开始事件必须中断（isInterrupting）",
     "an error or compensation start event interrupts (isInterrupting)"},
    {"EXT.102", RULE_WARN, "bpmn.event-rule", "startEvent", sends, "开始事件不能是消息流的起点",
     "a start event is no source of a message flow"},
    {"EXT.103", RULE_WARN, "bpmn.event-rule", "startEvent", receives_no_message,
     "收消息流的开始事件应有消息定义",
     "a start event that a message flow leads to has a message definition"},
    {"EXT.104", RULE_ALWAYS, "bpmn.event-rule", "endEvent", has_out, "结束事件不能有出线",
     "an end event has no outgoing flow"},
    {"EXT.107", RULE_FORM, "bpmn.event-rule", "endEvent", has_no_in, "结束事件应有入线",
     "an end event has an incoming flow"},
    {"EXT.108", RULE_WARN, "bpmn.event-rule", "endEvent", receives, "结束事件不能是消息流的终点",
     "an end event is no target of a message flow"},
    {"EXT.109", RULE_WARN, "bpmn.event-rule", "endEvent", sends_no_message,
     "发消息流的结束事件应有消息定义",
     "an end event that a message flow leaves has a message definition"},
    {"EXT.146", RULE_WARN, "bpmn.event-rule", "endEvent", end_wrong,
     "结束事件只能是空、消息、升级、错误、取消、补偿、信号、终止",
     "an end event is none, message, escalation, error, cancel, compensation, signal or terminate"},
    {"EXT.106", RULE_WARN, "bpmn.event-rule", "endEvent", cancel_end_wrong,
     "取消结束事件只能用在事务子流程中", "a cancel end event stands in a transaction"},
    {"EXT.110, EXT.130, EXT.147", RULE_WARN, "bpmn.event-rule", "boundaryEvent", boundary_wrong,
     "中断的边界事件应有定义，且不能是链接、终止",
     "an interrupting boundary event has a definition, and not link or terminate"},
    {"EXT.110, EXT.130, EXT.147", RULE_WARN, "bpmn.event-rule", "boundaryEvent",
     boundary_beside_wrong, "不中断的边界事件应为消息、定时、升级、条件、信号之一",
     "a boundary event that does not interrupt is message, timer, escalation, conditional or signal"},
    {"EXT.111", RULE_WARN, "bpmn.event-rule", "boundaryEvent", cancel_boundary_wrong,
     "取消边界事件只能附在事务子流程上", "a cancel boundary event is attached to a transaction"},
    {"EXT.112", RULE_ALWAYS, "bpmn.event-rule", "boundaryEvent", has_in, "边界事件不能有入线",
     "a boundary event has no incoming flow"},
    {"EXT.113", RULE_FORM, "bpmn.event-rule", "boundaryEvent", boundary_leads_nowhere,
     "边界事件应有出线", "a boundary event has an outgoing flow"},
    {"EXT.113", RULE_WARN, "bpmn.event-rule", "boundaryEvent", boundary_elsewhere,
     "边界事件应附在同一层的活动上，不能附在事件子流程上",
     "a boundary event is attached to an activity of its own level, and not to an event sub-process"},
    {"EXT.114", RULE_WARN, "bpmn.event-rule", "boundaryEvent", compensates_by_flow,
     "补偿边界事件不能有出线，请用关联（association）",
     "a compensation boundary event has no outgoing flow, use an association"},
    {"EXT.115", RULE_FORM, "bpmn.event-rule", "intermediateCatchEvent intermediateThrowEvent",
     middle_without_in, "中间事件应有入线", "an intermediate event has an incoming flow"},
    {"EXT.116", RULE_FORM, "bpmn.event-rule", "intermediateCatchEvent intermediateThrowEvent",
     middle_without_out, "中间事件应有出线", "an intermediate event has an outgoing flow"},
    {"EXT.117", RULE_WARN, "bpmn.event-rule", "intermediateCatchEvent intermediateThrowEvent",
     link_both_ways, "链接事件：抛出的没有出线，捕获的没有入线",
     "a link that throws has no outgoing flow, one that catches has no incoming flow"},
    {"EXT.118", RULE_FORM, "bpmn.event-rule", "linkEventDefinition", link_one_sided,
     "链接的 source 与 target 应互相指向", "source and target of a link refer to each other"},
    {"EXT.124", RULE_WARN, "bpmn.event-rule", "linkEventDefinition", link_without_source,
     "捕获链接没有对应的抛出链接", "a link that catches has no link that throws to it"},
    {"EXT.125", RULE_WARN, "bpmn.event-rule", "linkEventDefinition", link_without_target,
     "抛出链接应恰有一个对应的捕获链接", "a link that throws has exactly one link that catches it"},
    {"EXT.126", RULE_WARN, "bpmn.event-rule", "linkEventDefinition", link_to_other_level,
     "链接的两端应在同一层流程中", "both ends of a link stand in the same process or sub-process"},
    {"EXT.119", RULE_WARN, "bpmn.event-rule", "intermediateCatchEvent boundaryEvent", sends,
     "捕获事件不能是消息流的起点", "an event that catches is no source of a message flow"},
    {"EXT.119", RULE_WARN, "bpmn.event-rule", "intermediateThrowEvent", receives,
     "抛出事件不能是消息流的终点", "an event that throws is no target of a message flow"},
    {"EXT.120", RULE_WARN, "bpmn.event-rule", "intermediateThrowEvent", sends_no_message,
     "发消息流的事件应有消息定义", "an event that a message flow leaves has a message definition"},
    {"EXT.121", RULE_WARN, "bpmn.event-rule", "intermediateCatchEvent boundaryEvent",
     receives_no_message, "收消息流的事件应有消息定义",
     "an event that a message flow leads to has a message definition"},
    {"EXT.122", RULE_WARN, "bpmn.event-rule", "intermediateCatchEvent", catch_compensates,
     "中间捕获事件不能是补偿", "an intermediate catch event is no compensation"},
    {"EXT.148", RULE_WARN, "bpmn.event-rule", "intermediateCatchEvent", catch_wrong,
     "中间捕获事件应为消息、定时、条件、链接、信号之一",
     "an intermediate catch event is message, timer, conditional, link or signal"},
    {"EXT.149", RULE_WARN, "bpmn.event-rule", "intermediateThrowEvent", throw_wrong,
     "中间抛出事件只能是空、消息、升级、补偿、链接、信号",
     "an intermediate throw event is none, message, escalation, compensation, link or signal"},
    {"EXT.011", RULE_FORM, "bpmn.event-rule", "throwEvent", escalation_without_code,
     "抛出的升级应有代码（escalationCode）", "an escalation that is thrown has an escalationCode"},
    {"EXT.011", RULE_FORM, "bpmn.event-rule", "endEvent", error_without_code,
     "抛出的错误应有代码（errorCode）", "an error that is thrown has an errorCode"},
    {"EXT.127", RULE_FORM, "bpmn.event-rule", "messageEventDefinition", message_without_ref,
     "可执行流程的消息事件应有 messageRef",
     "a message event of an executable process has a messageRef"},
    {"EXT.128", RULE_FORM, "bpmn.event-rule", "messageEventDefinition", message_without_operation,
     "可执行流程的消息事件应有 operationRef",
     "a message event of an executable process has an operationRef"},
    {"EXT.095", RULE_FORM, "bpmn.event-rule", "anyEvent", ref_inside_event,
     "eventDefinitionRef 应指向 definitions 中的定义，不能是另一个事件内部的",
     "eventDefinitionRef leads to a definition of the file, not to one inside another event"},
    {"EXT.123", RULE_FORM, "bpmn.event-rule", "conditionalEventDefinition", condition_not_formal,
     "可执行流程的条件事件应有形式表达式（tFormalExpression）",
     "a conditional event of an executable process has a formal expression (tFormalExpression)"},
    {"EXT.131", RULE_WARN, "bpmn.event-rule", "timerEventDefinition", timer_with_values,
     "定时事件只能有 timeDate、timeDuration、timeCycle 之一",
     "a timer has only one of timeDate, timeDuration, timeCycle"},
    {"EXT.132", RULE_FORM, "bpmn.event-rule", "timerEventDefinition", date_wrong,
     "timeDate 应为 ISO 8601 日期时间", "timeDate is an ISO 8601 date and time"},
    {"EXT.133", RULE_FORM, "bpmn.event-rule", "timerEventDefinition", cycle_wrong,
     "timeCycle 应为 ISO 8601 重复区间", "timeCycle is an ISO 8601 repeating interval"},
    {"EXT.134", RULE_FORM, "bpmn.event-rule", "timerEventDefinition", duration_wrong,
     "timeDuration 应为 ISO 8601 时长", "timeDuration is an ISO 8601 duration"},
    {"EXT.143", RULE_WARN, "bpmn.event-rule", "boundaryEvent", compensation_unlinked,
     "补偿边界事件应以关联（association）连到补偿活动",
     "a compensation boundary event is linked to its compensation activity by an association"},
    {"EXT.144", RULE_WARN, "bpmn.event-rule", "boundaryEvent", compensator_unmarked,
     "补偿活动应标 isForCompensation=\"true\"",
     "the compensation activity must have isForCompensation=\"true\""},
    {"EXT.145", RULE_WARN, "bpmn.event-rule", "activity", compensator_flows,
     "补偿活动不能有进出的顺序流", "a compensation activity has no incoming or outgoing flow"},
};
const struct rule_set rules_of_events = {rule, COUNTOF(rule)};
