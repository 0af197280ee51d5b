/* Rules of activities, sub-processes, repetition and the people of tasks (ISO/IEC 19510 10.3). */
#include "bpmn/rules/rules.h"

static bool quantity_low(const struct xml *x, const char *name)
{
    int64_t n;
    return str_i64(str_trim(xml_attr(x, name)), &n) && n < 1;
}

static bool start_quantity_low(struct rules *r, const struct rule_element *e)
{
    (void)r;
    return quantity_low(e->xml, "startQuantity");
}

static bool completion_quantity_low(struct rules *r, const struct rule_element *e)
{
    (void)r;
    return quantity_low(e->xml, "completionQuantity");
}

static bool repeats_twice(struct rules *r, const struct rule_element *e)
{
    (void)r;
    return rule_kids(e->xml, "standardLoopCharacteristics") +
               rule_kids(e->xml, "multiInstanceLoopCharacteristics") >
           1;
}

static bool role_said_twice(struct rules *r, const struct rule_element *e)
{
    (void)r;
    return rule_kid(e->xml, "resourceRef") && rule_kid(e->xml, "resourceAssignmentExpression");
}

static bool binding_without_resource(struct rules *r, const struct rule_element *e)
{
    (void)r;
    return rule_kid(e->xml, "resourceParameterBinding") && !rule_kid(e->xml, "resourceRef");
}

static bool instantiating_entered(struct rules *r, const struct rule_element *e)
{
    return rule_true(e->xml, "instantiate") && (rule_in(r, e) || e->in.len);
}

static bool script_without_format(struct rules *r, const struct rule_element *e)
{
    (void)r;
    return rule_kid(e->xml, "script") && rule_executable(e->xml) &&
           !xml_attr(e->xml, "scriptFormat").len;
}

/* ---- sub-processes ---- */

static bool is_event_sub(const struct xml *x)
{
    return rule_true(x, "triggeredByEvent");
}

static bool event_sub_connected(struct rules *r, const struct rule_element *e)
{
    return is_event_sub(e->xml) && (rule_in(r, e) || rule_out(r, e) || e->in.len || e->out.len);
}

static bool event_sub_starts(struct rules *r, const struct rule_element *e)
{
    (void)r;
    return is_event_sub(e->xml) && rule_kids(e->xml, "startEvent") != 1;
}

static bool ad_hoc_empty(struct rules *r, const struct rule_element *e)
{
    for (const struct xml *c = e->xml->child; c; c = c->next)
        if (rule_is(r, c, "activity")) return false;
    return true;
}

static bool ad_hoc_holds_wrong(struct rules *r, const struct rule_element *e)
{
    for (const struct xml *c = e->xml->child; c; c = c->next) {
        r->at = c;
        if (rule_is(r, c, "startEvent") || rule_is(r, c, "endEvent") ||
            rule_is(r, c, "conversationNode") || rule_is(r, c, "conversationLink") ||
            rule_is(r, c, "choreographyActivity"))
            return true;
    }
    r->at = NULL;
    return false;
}

static bool choreography_inside(struct rules *r, const struct rule_element *e)
{
    return rule_up(r, e->xml, "process") != NULL;
}

static bool activity_in_choreography(struct rules *r, const struct rule_element *e)
{
    return !rule_up(r, e->xml, "process") && rule_up(r, e->xml, "choreography");
}

/* Starts without a start event: by receiving. */
static bool starts_by_receiving(struct rules *r, const struct xml *scope)
{
    for (const struct xml *c = scope->child; c; c = c->next)
        if (rule_is(r, c, "flowNode") && rule_true(c, "instantiate")) return true;
    return false;
}

static bool end_without_start(struct rules *r, const struct rule_element *e)
{
    const struct xml *x = e->xml;
    return !rule_is(r, x, "adHocSubProcess") && rule_kid(x, "endEvent") &&
           !rule_kid(x, "startEvent") && !starts_by_receiving(r, x);
}

static bool start_without_end(struct rules *r, const struct rule_element *e)
{
    const struct xml *x = e->xml;
    return !rule_is(r, x, "adHocSubProcess") && rule_kid(x, "startEvent") &&
           !rule_kid(x, "endEvent");
}

static bool called_needs_trigger(struct rules *r, const struct rule_element *e)
{
    const struct rule_element *called = rule_find(r, xml_attr(e->xml, "calledElement"));
    if (!called || !rule_is(r, called->xml, "process")) return false;
    bool start = false;
    for (const struct xml *c = called->xml->child; c; c = c->next) {
        if (!xml_is(c, NS_BPMN, STR("startEvent"))) continue;
        start = true;
        if (!rule_defs(r, c, NULL)) return false;
    }
    return start;
}

static bool public_runs(struct rules *r, const struct rule_element *e)
{
    (void)r;
    return str_eq(xml_attr(e->xml, "processType"), STR("Public")) && rule_executable(e->xml);
}

/* ---- multi-instance ---- */

/* Widespread engines and ours say in attributes of their own how often. */
static bool says_elsewhere(const struct xml *x)
{
    for (int i = 0; i < x->attr_count; i++)
        if (x->attr[i].ns.len) return true;
    const struct xml *task = x->parent;
    for (int i = 0; i < task->attr_count; i++)
        if (str_eq(task->attr[i].ns, NS_BIHUAN)) return true;
    return rule_kid(x, "extensionElements") != NULL;
}

static bool rounds_unknown(struct rules *r, const struct rule_element *e)
{
    (void)r;
    int n = rule_kids(e->xml, "loopCardinality") + rule_kids(e->xml, "loopDataInputRef");
    return rule_executable(e->xml) && n != 1 && !(n == 0 && says_elsewhere(e->xml));
}

static bool behavior_is(const struct xml *x, const char *behavior)
{
    return str_eq(xml_attr(x, "behavior"), str_from(behavior));
}

static bool none_without_event(struct rules *r, const struct rule_element *e)
{
    (void)r;
    return behavior_is(e->xml, "None") && !rule_has_attr(e->xml, "noneBehaviorEventRef");
}

static bool one_without_event(struct rules *r, const struct rule_element *e)
{
    (void)r;
    return behavior_is(e->xml, "One") && !rule_has_attr(e->xml, "oneBehaviorEventRef");
}

static bool complex_without_definition(struct rules *r, const struct rule_element *e)
{
    (void)r;
    return behavior_is(e->xml, "Complex") && !rule_kid(e->xml, "complexBehaviorDefinition");
}

/* A number or a text can never be true or false. */
static bool never_boolean(const struct xml *x)
{
    if (!x || !x->text.len) return false;
    bool number = true;
    for (size_t i = 0; i < x->text.len; i++)
        number = number && strchr("0123456789.+-", x->text.at[i]);
    return number || (x->text.at[0] == '"' &&
                      str_index(str_slice(x->text, 1, x->text.len), STR("\"")) == x->text.len - 2);
}

static bool completion_not_boolean(struct rules *r, const struct rule_element *e)
{
    r->at = rule_kid(e->xml, "completionCondition");
    return never_boolean(r->at);
}

static bool complex_not_boolean(struct rules *r, const struct rule_element *e)
{
    r->at = rule_kid(e->xml, "condition");
    return never_boolean(r->at);
}

static bool condition_not_boolean(struct rules *r, const struct rule_element *e)
{
    static const char *const kind[] = {"conditionExpression", "loopCondition",
                                       "activationCondition", "condition"};
    for (size_t i = 0; i < COUNTOF(kind); i++) {
        r->at = rule_kid(e->xml, kind[i]);
        if (never_boolean(r->at)) return true;
    }
    r->at = NULL;
    return false;
}

/* ---- expressions (8.3.6) ---- */

static bool expression_informal(struct rules *r, const struct rule_element *e)
{
    (void)r;
    return rule_executable(e->xml) && !rule_formal(e->xml);
}

/* Of a type that the schema has formal already, or says so. */
static bool expression_empty(struct rules *r, const struct rule_element *e)
{
    static const char *const always[] = {"messagePath", "dataPath", "transformation"};
    bool formal = rule_formal(e->xml) || rule_is(r, e->xml, "formalExpression");
    bool is = false;
    for (size_t i = 0; i < COUNTOF(always); i++)
        is = is || str_eq(e->xml->name, str_from(always[i]));
    if (!is && !(formal && rule_executable(e->xml))) return false;
    return !e->xml->text.len;
}

static const struct rule rule[] = {
    {"EXT.037", RULE_WARN, "bpmn.activity-rule", "activity", start_quantity_low,
     "startQuantity 至少为 1", "startQuantity is at least 1"},
    {"EXT.038", RULE_WARN, "bpmn.activity-rule", "activity", completion_quantity_low,
     "completionQuantity 至少为 1", "completionQuantity is at least 1"},
    {"EXT.041, EXT.054, EXT.055", RULE_WARN, "bpmn.activity-rule", "activity", repeats_twice,
     "只能有一种重复方式（循环或多实例）", "it repeats in one way, a loop or multi-instance"},
    {"EXT.039", RULE_FORM, "bpmn.activity-rule", "resourceRole", role_said_twice,
     "resourceRef 与 resourceAssignmentExpression 只能有一个",
     "there is either a resourceRef or a resourceAssignmentExpression"},
    {"EXT.040", RULE_FORM, "bpmn.activity-rule", "resourceRole", binding_without_resource,
     "有 resourceParameterBinding 就应有 resourceRef",
     "a resourceParameterBinding needs a resourceRef"},
    {"EXT.049", RULE_WARN, "bpmn.activity-rule", "receiveTask", instantiating_entered,
     "启动流程的接收任务不能有入线", "a receive task that starts the process has no incoming flow"},
    {"EXT.053", RULE_FORM, "bpmn.activity-rule", "scriptTask", script_without_format,
     "有脚本就应有 scriptFormat", "a script needs a scriptFormat"},
    {"EXT.057", RULE_WARN, "bpmn.activity-rule", "subProcess", event_sub_connected,
     "事件子流程不能有进出的顺序流", "an event sub-process has no incoming or outgoing flow"},
    {"EXT.058", RULE_WARN, "bpmn.activity-rule", "subProcess", event_sub_starts,
     "事件子流程应恰有一个开始事件", "an event sub-process has exactly one start event"},
    {"EXT.061", RULE_WARN, "bpmn.activity-rule", "adHocSubProcess", ad_hoc_empty,
     "自由子流程中应有活动", "an ad-hoc sub-process holds activities"},
    {"EXT.062", RULE_WARN, "bpmn.activity-rule", "adHocSubProcess", ad_hoc_holds_wrong,
     "自由子流程中不能有开始、结束事件", "an ad-hoc sub-process holds no start or end event"},
    {"EXT.036, EXT.056", RULE_WARN, "bpmn.activity-rule", "choreographyActivity",
     choreography_inside, "流程中不能有编排活动",
     "a choreography activity cannot stand in a process"},
    {"EXT.036", RULE_WARN, "bpmn.activity-rule", "activity", activity_in_choreography,
     "编排中只能有编排活动",
     "a choreography holds choreography activities, not those of a process"},
    {"EXT.097", RULE_WARN, "bpmn.activity-rule", "process subProcess", end_without_start,
     "有结束事件就应有开始事件", "where there is an end event there is a start event"},
    {"EXT.105", RULE_WARN, "bpmn.activity-rule", "process subProcess", start_without_end,
     "有开始事件就应有结束事件", "where there is a start event there is an end event"},
    {"EXT.099", RULE_WARN, "bpmn.activity-rule", "callActivity", called_needs_trigger,
     "被调用的流程应有不带触发的开始事件",
     "the process it calls has a start event without trigger"},
    {"EXT.035", RULE_WARN, "bpmn.activity-rule", "process", public_runs,
     "公开流程（Public）不能执行", "a public process cannot be executable"},
    {"EXT.067", RULE_FORM, "bpmn.activity-rule", "multiInstanceLoopCharacteristics", rounds_unknown,
     "多实例应有 loopCardinality 或 loopDataInputRef 之一",
     "multi-instance has either a loopCardinality or a loopDataInputRef"},
    {"EXT.071", RULE_WARN, "bpmn.activity-rule", "multiInstanceLoopCharacteristics",
     completion_not_boolean, "completionCondition 的值应为真假",
     "a completionCondition is true or false"},
    {"EXT.072", RULE_WARN, "bpmn.activity-rule", "complexBehaviorDefinition", complex_not_boolean,
     "condition 的值应为真假", "its condition is true or false"},
    {"EXT.073", RULE_FORM, "bpmn.activity-rule", "multiInstanceLoopCharacteristics",
     none_without_event, "behavior=\"None\" 应有 noneBehaviorEventRef",
     "behavior=\"None\" needs a noneBehaviorEventRef"},
    {"EXT.074", RULE_FORM, "bpmn.activity-rule", "multiInstanceLoopCharacteristics",
     one_without_event, "behavior=\"One\" 应有 oneBehaviorEventRef",
     "behavior=\"One\" needs a oneBehaviorEventRef"},
    {"EXT.075", RULE_FORM, "bpmn.activity-rule", "multiInstanceLoopCharacteristics",
     complex_without_definition, "behavior=\"Complex\" 应有 complexBehaviorDefinition",
     "behavior=\"Complex\" needs a complexBehaviorDefinition"},
    {"EXT.071", RULE_WARN, "bpmn.expression-rule",
     "sequenceFlow standardLoopCharacteristics complexGateway conditionalEventDefinition",
     condition_not_boolean, "条件的值应为真假", "a condition is true or false"},
    {"EXT.012", RULE_FORM, "bpmn.expression-rule",
     "conditionExpression completionCondition activationCondition loopCondition loopCardinality "
     "timeDate timeDuration timeCycle from to",
     expression_informal, "可执行流程的表达式应为形式表达式（xsi:type=\"tFormalExpression\"）",
     "an expression of an executable process is formal (xsi:type=\"tFormalExpression\")"},
    {"EXT.013", RULE_FORM, "bpmn.expression-rule", "expression", expression_empty,
     "形式表达式不能为空", "a formal expression is not empty"},
};
const struct rule_set rules_of_activities = {rule, COUNTOF(rule)};
