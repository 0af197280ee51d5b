/* What activities other than user tasks do: operations, decisions, scripts, calls. */
#include "bpmn/read/draft.h"

/* ---- <bihuan:set> and <bihuan:param> ---- */

static void read_param(struct draft *d, const struct xml *x, const struct xml *c,
                       struct bpmn_param *p)
{
    p->is_field = str_eq(c->name, STR("set"));
    p->pos = c->pos;
    const char *key = p->is_field ? "field" : "name";
    const struct xml_attr *name = xml_attr_find(c, (str){0}, str_from(key));
    const struct xml_attr *value = xml_attr_find(c, (str){0}, STR("value"));
    if (!name || !value || c->attr_count != 2) {
        draft_fault_at(d, x, c->pos, "bpmn.parameter", "bihuan:" STR_FMT " 应恰有属性 %s 和 value",
                       "bihuan:" STR_FMT " must have the attributes %s and value, no others",
                       STR_ARG(c->name), key);
        return;
    }
    p->name = str_trim(name->value);
    p->value = draft_compile(d, x, value->value, value->pos, IS_ANYTHING);
}

static bool takes_params(const struct bpmn_node *n)
{
    return n->kind == BPMN_SERVICE_TASK || n->kind == BPMN_BUSINESS_RULE_TASK ||
           n->kind == BPMN_SEND_TASK;
}

/* Ours that may stand in the extensionElements of n, beside set and param. */
static bool is_known(const struct bpmn_node *n, str name)
{
    bool map = str_eq(name, STR("in")) || str_eq(name, STR("out"));
    bool variable = str_eq(name, STR("variable"));
    if (variable) return bpmn_is_scope(n->kind);
    return map && n->kind != BPMN_PROCESS && n->kind <= BPMN_AD_HOC;
}

static void read_params(struct draft *d, const struct xml *x, struct bpmn_node *n)
{
    const struct xml *list = xml_child(x, NS_BPMN, STR("extensionElements"));
    VEC(struct bpmn_param) param = {0};
    for (const struct xml *c = list ? list->child : NULL; c && !draft_full(d); c = c->next) {
        if (!str_eq(c->ns, NS_BIHUAN)) continue; /* another vendor's */
        bool is_param = str_eq(c->name, STR("set")) || str_eq(c->name, STR("param"));
        if (takes_params(n) && is_param)
            read_param(d, x, c, vec_add(d->cx->arena, &param));
        else if (!is_known(n, c->name))
            draft_fault_at(d, x, c->pos, "bpmn.unknown-element",
                           "这里不能有 bihuan:" STR_FMT
                           "；serviceTask 可用 bihuan:set、bihuan:param",
                           "bihuan:" STR_FMT
                           " cannot stand here; a serviceTask takes bihuan:set "
                           "and bihuan:param",
                           STR_ARG(c->name));
    }
    n->param = param.at;
    n->param_count = (int)param.len;
}

/* ---- services and decisions ---- */

/* Where the value goes: a field of the record when the host has it (a decision's only), else a
 * variable. */
static void read_result(struct draft *d, const struct xml *x, struct bpmn_node *n)
{
    const struct xml *called = draft_extension(x, NS_ZEEBE, "calledDecision");
    const struct xml *script = draft_extension(x, NS_ZEEBE, "script");
    str name = draft_attr_text(x, "resultVariable", "resultVariable");
    if (!name.len) name = draft_attr_text(x, NULL, "resultVariableName");
    if (!name.len && called) name = str_trim(xml_attr(called, "resultVariable"));
    if (!name.len && script) name = str_trim(xml_attr(script, "resultVariable"));
    if (!name.len) return;
    if (n->kind == BPMN_BUSINESS_RULE_TASK && !n->result.len && draft_host_has(d, name))
        n->result = name;
    else
        n->result_slot = draft_declare(d, x, name, n->process, NULL);
}

/* flowable:type="dmn" names its decision in a field. */
static str flowable_decision(const struct xml *x)
{
    const struct xml *list = xml_child(x, NS_BPMN, STR("extensionElements"));
    for (const struct xml *c = list ? list->child : NULL; c; c = c->next) {
        bool names = draft_is_theirs(c, "field") &&
                     (str_eq(xml_attr(c, "name"), STR("decisionTableReferenceKey")) ||
                      str_eq(xml_attr(c, "name"), STR("decisionServiceReferenceKey")));
        if (names && c->child) return str_trim(c->child->text);
        if (names) return str_trim(xml_attr(c, "stringValue"));
    }
    return (str){0};
}

/* The decision a business rule task asks for: in our words, or in theirs. */
static void read_decision(struct draft *d, const struct xml *x, struct bpmn_node *n)
{
    const struct xml *called = draft_extension(x, NS_ZEEBE, "calledDecision");
    n->decision = draft_attr_text(x, "decision", "decisionRef");
    n->result = draft_attr_text(x, "result", NULL);
    if (!n->decision.len && called) n->decision = draft_local(xml_attr(called, "decisionId"));
    if (!n->decision.len) n->decision = flowable_decision(x);
    if (n->decision.len && n->operation.len)
        draft_fault(d, x, "bpmn.operation", "bihuan:operation 与 bihuan:decision 只能写一个",
                    "it has both bihuan:operation and bihuan:decision, only one of them can be");
}

/* Workers outside take it from this list. */
static void read_topic(const struct xml *x, struct bpmn_node *n)
{
    const struct xml *zeebe = draft_extension(x, NS_ZEEBE, "taskDefinition");
    n->topic = draft_attr_text(x, "topic", "topic");
    if (!n->topic.len && zeebe) n->topic = str_trim(xml_attr(zeebe, "type"));
}

static void read_service(struct draft *d, const struct xml *x, struct bpmn_node *n)
{
    n->operation = draft_attr_text(x, "operation", NULL);
    read_topic(x, n);
    if (n->kind == BPMN_BUSINESS_RULE_TASK) read_decision(d, x, n);
    if (n->kind == BPMN_SERVICE_TASK && str_eq(draft_attr_text(x, NULL, "type"), STR("dmn")))
        n->decision = flowable_decision(x);
    read_result(d, x, n);
    bool sends = n->kind == BPMN_SEND_TASK &&
                 (xml_attr(x, "messageRef").len || xml_attr(x, "operationRef").len);
    if (n->operation.len || n->decision.len || n->topic.len || sends) return;
    if (d->how->open)
        draft_warn(d, x, "bpmn.no-operation", "没有说明做什么，运行时直接通过",
                   "it does not say what to do, and is passed when it runs");
    else
        draft_fault(d, x, "bpmn.operation", "没有说明做什么，应有属性 bihuan:operation",
                    "it does not say what to do, expected the attribute bihuan:operation");
}

/* ---- scripts ---- */

static bool is_feel(str format)
{
    return !format.len || str_index(format, STR("feel")) != SIZE_MAX ||
           str_index(format, STR("FEEL")) != SIZE_MAX;
}

static void read_script(struct draft *d, const struct xml *x, struct bpmn_node *n)
{
    const struct xml *script = xml_child(x, NS_BPMN, STR("script"));
    const struct xml *zeebe = draft_extension(x, NS_ZEEBE, "script");
    const struct xml_attr *expression =
        zeebe ? xml_attr_find(zeebe, (str){0}, STR("expression")) : NULL;
    read_result(d, x, n);
    read_topic(x, n);
    n->script_format = str_trim(xml_attr(x, "scriptFormat"));
    str text = script ? script->text : expression ? expression->value : (str){0};
    struct pos pos = script ? script->text_pos : expression ? expression->pos : x->pos;
    n->script_text = text;
    if (!is_feel(n->script_format) || n->topic.len) return;
    if (!str_trim(text).len) {
        if (d->how->open)
            draft_warn(d, x, "bpmn.empty-expression", "脚本是空的，运行时直接通过",
                       "the script is empty, and passed when it runs");
        else
            draft_fault(d, x, "bpmn.empty-expression", "脚本是空的，应有 FEEL 表达式",
                        "the script is empty, a FEEL expression is expected");
        return;
    }
    if (d->how->translate && !d->naming) {
        str feel = d->how->translate(d->how->owner, d->cx, text);
        if (!feel.len) return; /* the host does it */
        n->script = draft_compile_made(d, x, draft_unwrap(feel, &pos), pos);
        return;
    }
    n->script = draft_compile(d, x, text, pos, IS_ANYTHING);
}

/* ---- calls ---- */

static void read_version(const struct xml *x, struct bpmn_node *n)
{
    const struct xml *zeebe = draft_extension(x, NS_ZEEBE, "calledElement");
    str binding = draft_attr_text(x, NULL, "calledElementBinding");
    if (zeebe && !binding.len) binding = str_trim(xml_attr(zeebe, "bindingType"));
    n->called_version = draft_attr_text(x, "version", NULL);
    if (n->called_version.len) return;
    if (str_eq(binding, STR("deployment")) ||
        str_eq(draft_attr_text(x, NULL, "sameDeployment"), STR("true")))
        n->called_version = STR("same");
    else if (str_eq(binding, STR("version")))
        n->called_version = draft_attr_text(x, NULL, "calledElementVersion");
    else if (str_eq(binding, STR("versionTag")))
        n->called_version = zeebe ? str_trim(xml_attr(zeebe, "versionTag"))
                                  : draft_attr_text(x, NULL, "calledElementVersionTag");
}

static void read_call(struct draft *d, const struct xml *x, struct bpmn_node *n)
{
    const struct xml *zeebe = draft_extension(x, NS_ZEEBE, "calledElement");
    const struct xml_attr *a = xml_attr_find(x, (str){0}, STR("calledElement"));
    const struct xml_attr *key = draft_attr(x, "key", "businessKey");
    if (!a && zeebe) a = xml_attr_find(zeebe, (str){0}, STR("processId"));
    if (a && draft_is_wrapped(str_trim(a->value))) {
        n->called_value = draft_compile(d, x, str_trim(a->value), a->pos, IS_STRING);
    } else if (a) {
        str id = str_trim(a->value), local = draft_local(id);
        const struct bpmn_node *here = map_find(&d->nodes, id);
        if (!here) here = map_find(&d->nodes, local);
        n->called = here && here->kind == BPMN_PROCESS ? here->id : id;
    }
    if (!n->called.len && !n->called_value && !d->how->open && !d->naming)
        draft_fault(d, x, "bpmn.called-element", "没有说明调用哪个流程，应有属性 calledElement",
                    "it does not say which process to call, expected the attribute calledElement");
    else if (!n->called.len && !n->called_value)
        draft_warn(d, x, "bpmn.called-element", "没有说明调用哪个流程，运行时直接通过",
                   "it does not say which process to call, and is passed when it runs");
    if (key) n->called_key = draft_compile(d, x, key->value, key->pos, IS_ANYTHING);
    read_version(x, n);
    n->call_all_in =
        n->call_all_in || str_eq(draft_attr_text(x, "allIn", "inheritVariables"), STR("true"));
    n->call_all_out = n->call_all_out || str_eq(draft_attr_text(x, "allOut", NULL), STR("true"));
    if (zeebe && draft_flag(zeebe, "propagateAllParentVariables", true)) n->call_all_in = true;
    if (zeebe && draft_flag(zeebe, "propagateAllChildVariables", false)) n->call_all_out = true;
}

void draft_read_activity(struct draft *d, const struct xml *x, struct bpmn_node *n)
{
    const struct xml *zeebe = draft_extension(x, NS_ZEEBE, "priorityDefinition");
    const struct xml_attr *priority = draft_attr(x, "priority", "jobPriority");
    if (!priority) priority = draft_theirs(x, "priority");
    if (!priority && zeebe) priority = xml_attr_find(zeebe, (str){0}, STR("priority"));
    if (priority && bpmn_is_activity(n->kind))
        n->priority = draft_compile(d, x, priority->value, priority->pos, IS_NUMBER);
    read_params(d, x, n);
    if (takes_params(n)) read_service(d, x, n);
    if (n->kind == BPMN_SCRIPT_TASK) read_script(d, x, n);
    if (n->kind == BPMN_CALL_ACTIVITY) read_call(d, x, n);
}
