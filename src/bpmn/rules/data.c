/* Rules of data: items, inputs and outputs, associations, what is bound to operations (10.4, 8.4.3). */
#include "bpmn/rules/rules.h"

static const struct rule_element *ref(const struct rules *r, const struct xml *x, const char *attr)
{
    return rule_find(r, xml_attr(x, attr));
}

static const struct rule_element *kid_ref(const struct rules *r, const struct xml *x,
                                          const char *kid)
{
    const struct xml *c = rule_kid(x, kid);
    return c ? rule_find(r, c->text) : NULL;
}

static const struct xml *item_named(const struct rules *r, const struct xml *x, const char *attr)
{
    const struct rule_element *item = x ? ref(r, x, attr) : NULL;
    return item && rule_is(r, item->xml, "itemDefinition") ? item->xml : NULL;
}

/* What flows through a data element, a message, a signal …; NULL: not said. */
static const struct xml *item_of(const struct rules *r, const struct xml *x)
{
    if (!x) return NULL;
    if (rule_is(r, x, "message")) return item_named(r, x, "itemRef");
    if (rule_is(r, x, "signal") || rule_is(r, x, "error") || rule_is(r, x, "escalation"))
        return item_named(r, x, "structureRef");
    if (rule_has_attr(x, "itemSubjectRef")) return item_named(r, x, "itemSubjectRef");
    const struct rule_element *behind = ref(r, x, "dataObjectRef");
    if (!behind) behind = ref(r, x, "dataStoreRef");
    return behind ? item_named(r, behind->xml, "itemSubjectRef") : NULL;
}

static bool same_structure(const struct xml *a, const struct xml *b)
{
    str s = rule_local(xml_attr(a, "structureRef"));
    return s.len && str_eq(s, rule_local(xml_attr(b, "structureRef")));
}

static bool same_item(const struct xml *a, const struct xml *b)
{
    return a == b || (a && b && same_structure(a, b));
}

static bool collection_differs(struct rules *r, const struct rule_element *e)
{
    const struct xml *item = item_named(r, e->xml, "itemSubjectRef");
    if (!item || rule_is(r, e->xml, "inputDataItem") || rule_is(r, e->xml, "outputDataItem"))
        return false;
    return rule_true(item, "isCollection") != rule_true(e->xml, "isCollection");
}

/* ---- tasks bound to operations and messages ---- */

static const struct xml *io_of(const struct xml *x)
{
    return rule_kid(x, "ioSpecification");
}

static bool sets_over(const struct rule_element *e, const char *attr, const char *kind)
{
    const struct xml *io = io_of(e->xml);
    return io && rule_has_attr(e->xml, attr) && rule_kids(io, kind) > 1;
}

static bool service_input_sets(struct rules *r, const struct rule_element *e)
{
    (void)r;
    return sets_over(e, "operationRef", "inputSet");
}

static bool service_output_sets(struct rules *r, const struct rule_element *e)
{
    (void)r;
    return sets_over(e, "operationRef", "outputSet");
}

static bool send_input_sets(struct rules *r, const struct rule_element *e)
{
    (void)r;
    return sets_over(e, "messageRef", "inputSet");
}

static bool send_inputs(struct rules *r, const struct rule_element *e)
{
    (void)r;
    return sets_over(e, "messageRef", "dataInput");
}

static bool receive_output_sets(struct rules *r, const struct rule_element *e)
{
    (void)r;
    return sets_over(e, "messageRef", "outputSet");
}

static bool receive_outputs(struct rules *r, const struct rule_element *e)
{
    (void)r;
    return sets_over(e, "messageRef", "dataOutput");
}

/* Does any data of this kind carry another item than the message? */
static bool carries_other(struct rules *r, const struct xml *x, const char *kind,
                          const struct rule_element *message)
{
    const struct xml *io = io_of(x);
    if (!io || !message || !rule_is(r, message->xml, "message")) return false;
    const struct xml *item = item_of(r, message->xml);
    for (const struct xml *c = io->child; item && c; c = c->next) {
        r->at = c;
        if (xml_is(c, NS_BPMN, str_from(kind)) && !same_item(item_of(r, c), item)) return true;
    }
    r->at = NULL;
    return false;
}

static bool service_in_differs(struct rules *r, const struct rule_element *e)
{
    const struct rule_element *op = ref(r, e->xml, "operationRef");
    return op && carries_other(r, e->xml, "dataInput", kid_ref(r, op->xml, "inMessageRef"));
}

static bool service_out_differs(struct rules *r, const struct rule_element *e)
{
    const struct rule_element *op = ref(r, e->xml, "operationRef");
    return op && carries_other(r, e->xml, "dataOutput", kid_ref(r, op->xml, "outMessageRef"));
}

static bool send_differs(struct rules *r, const struct rule_element *e)
{
    return carries_other(r, e->xml, "dataInput", ref(r, e->xml, "messageRef"));
}

static bool receive_differs(struct rules *r, const struct rule_element *e)
{
    return carries_other(r, e->xml, "dataOutput", ref(r, e->xml, "messageRef"));
}

/* ---- calls ---- */

static bool data_differs(struct rules *r, const struct xml *a, const struct xml *b,
                         const char *kind)
{
    if (rule_kids(a, kind) != rule_kids(b, kind)) return true;
    const struct xml *y = b->child;
    for (const struct xml *x = a->child; x; x = x->next) {
        if (!xml_is(x, NS_BPMN, str_from(kind))) continue;
        while (y && !xml_is(y, NS_BPMN, str_from(kind)))
            y = y->next;
        if (!y) return true;
        const struct xml *item = item_of(r, x), *other = item_of(r, y);
        if (item && other && !same_item(item, other)) return true;
        y = y->next;
    }
    return false;
}

static bool call_differs(struct rules *r, const struct rule_element *e)
{
    const struct rule_element *called = ref(r, e->xml, "calledElement");
    if (!called || !rule_is(r, called->xml, "callableElement")) return false;
    const struct xml *own = io_of(e->xml), *other = io_of(called->xml);
    if (!other) return own && (rule_kid(own, "dataInput") || rule_kid(own, "dataOutput"));
    if (!own) return rule_kid(other, "dataInput") || rule_kid(other, "dataOutput");
    static const char *const kind[] = {"dataInput", "dataOutput", "inputSet", "outputSet"};
    for (size_t i = 0; i < COUNTOF(kind); i++)
        if (data_differs(r, own, other, kind[i])) return true;
    return false;
}

static bool service_without_binding(struct rules *r, const struct rule_element *e)
{
    (void)r;
    return rule_kid(e->xml, "supportedInterfaceRef") && !rule_kid(e->xml, "ioBinding");
}

static bool bound_differs(struct rules *r, const struct xml *binding, const char *attr,
                          const struct rule_element *op, const char *message)
{
    const struct rule_element *data = ref(r, binding, attr), *m = kid_ref(r, op->xml, message);
    if (!data || !m || rule_is(r, data->xml, "inputSet") || rule_is(r, data->xml, "outputSet"))
        return false;
    return !same_item(item_of(r, data->xml), item_of(r, m->xml));
}

static bool binding_wrong(struct rules *r, const struct rule_element *e)
{
    const struct rule_element *op = ref(r, e->xml, "operationRef");
    return op && (bound_differs(r, e->xml, "inputDataRef", op, "inMessageRef") ||
                  bound_differs(r, e->xml, "outputDataRef", op, "outMessageRef"));
}

/* ---- multi-instance ---- */

static const struct xml *loop_data(struct rules *r, const struct rule_element *e, const char *kid,
                                   const char *kind)
{
    const struct rule_element *data = kid_ref(r, e->xml, kid);
    return data && rule_is(r, data->xml, kind) ? data->xml : NULL;
}

static bool loop_input_elsewhere(struct rules *r, const struct rule_element *e)
{
    const struct xml *task = e->xml->parent;
    if (!rule_kid(e->xml, "loopDataInputRef") || rule_is(r, task, "subProcess")) return false;
    const struct xml *data = loop_data(r, e, "loopDataInputRef", "dataInput");
    return rule_executable(task) && (!data || !rule_inside(data, task));
}

static bool loop_output_elsewhere(struct rules *r, const struct rule_element *e)
{
    const struct xml *task = e->xml->parent;
    if (!rule_kid(e->xml, "loopDataOutputRef") || rule_is(r, task, "subProcess")) return false;
    const struct xml *data = loop_data(r, e, "loopDataOutputRef", "dataOutput");
    return rule_executable(task) && (!data || !rule_inside(data, task));
}

/* One of many must have the structure of its collection and be no collection. */
static bool not_one_of(struct rules *r, const struct rule_element *e, const char *loop,
                       const char *one)
{
    const struct rule_element *data = kid_ref(r, e->xml, loop);
    const struct xml *item = rule_kid(e->xml, one);
    if (!data || !item || !rule_executable(e->xml)) return false;
    const struct xml *whole = item_of(r, data->xml), *part = item_of(r, item);
    r->at = item;
    if (!whole || !part) return false;
    return rule_true(part, "isCollection") || !same_structure(whole, part);
}

static bool output_item_wrong(struct rules *r, const struct rule_element *e)
{
    return not_one_of(r, e, "loopDataOutputRef", "outputDataItem");
}

static bool input_item_wrong(struct rules *r, const struct rule_element *e)
{
    return not_one_of(r, e, "loopDataInputRef", "inputDataItem");
}

/* ---- inputs, outputs and their sets ---- */

static bool lists(const struct xml *set, const char *list, str id)
{
    for (const struct xml *c = set->child; c; c = c->next)
        if (xml_is(c, NS_BPMN, str_from(list)) && str_eq(rule_local(c->text), id)) return true;
    return false;
}

static bool in_no_set(const struct xml *x, const char *set, const char *list)
{
    str id = xml_attr(x, "id");
    for (const struct xml *c = x->parent->child; c; c = c->next)
        if (xml_is(c, NS_BPMN, str_from(set)) && lists(c, list, id)) return false;
    return true;
}

static bool input_in_no_set(struct rules *r, const struct rule_element *e)
{
    return rule_is(r, e->xml->parent, "ioSpecification") &&
           in_no_set(e->xml, "inputSet", "dataInputRefs");
}

static bool output_in_no_set(struct rules *r, const struct rule_element *e)
{
    return rule_is(r, e->xml->parent, "ioSpecification") &&
           in_no_set(e->xml, "outputSet", "dataOutputRefs");
}

static bool not_listed(struct rules *r, const struct xml *set, const char *special,
                       const char *list)
{
    for (const struct xml *c = set->child; c; c = c->next) {
        r->at = c;
        if (xml_is(c, NS_BPMN, str_from(special)) && !lists(set, list, rule_local(c->text)))
            return true;
    }
    r->at = NULL;
    return false;
}

static bool optional_input_unlisted(struct rules *r, const struct rule_element *e)
{
    return not_listed(r, e->xml, "optionalInputRefs", "dataInputRefs");
}

static bool late_input_unlisted(struct rules *r, const struct rule_element *e)
{
    return not_listed(r, e->xml, "whileExecutingInputRefs", "dataInputRefs");
}

static bool optional_output_unlisted(struct rules *r, const struct rule_element *e)
{
    return not_listed(r, e->xml, "optionalOutputRefs", "dataOutputRefs");
}

static bool early_output_unlisted(struct rules *r, const struct rule_element *e)
{
    return not_listed(r, e->xml, "whileExecutingOutputRefs", "dataOutputRefs");
}

static bool one_way(struct rules *r, const struct xml *set, const char *there, const char *back)
{
    for (const struct xml *c = set->child; c; c = c->next) {
        if (!xml_is(c, NS_BPMN, str_from(there))) continue;
        const struct rule_element *other = rule_find(r, c->text);
        r->at = c;
        if (other && !lists(other->xml, back, xml_attr(set, "id"))) return true;
    }
    r->at = NULL;
    return false;
}

static bool sets_one_way(struct rules *r, const struct rule_element *e)
{
    return one_way(r, e->xml, "outputSetRefs", "inputSetRefs") ||
           one_way(r, e->xml, "inputSetRefs", "outputSetRefs");
}

static bool sub_process_has_io(struct rules *r, const struct rule_element *e)
{
    (void)r;
    return io_of(e->xml) != NULL;
}

static bool is_of_callable(struct rules *r, const struct xml *x)
{
    return rule_is(r, x->parent, "ioSpecification") &&
           rule_is(r, x->parent->parent, "callableElement");
}

static bool writes_input(struct rules *r, const struct rule_element *e)
{
    const struct rule_element *to = kid_ref(r, e->xml, "targetRef");
    return to && rule_is(r, to->xml, "dataInput") && is_of_callable(r, to->xml);
}

static bool reads_output(struct rules *r, const struct rule_element *e)
{
    for (const struct xml *c = e->xml->child; c; c = c->next) {
        const struct rule_element *from =
            xml_is(c, NS_BPMN, STR("sourceRef")) ? rule_find(r, c->text) : NULL;
        r->at = c;
        if (from && rule_is(r, from->xml, "dataOutput") && is_of_callable(r, from->xml))
            return true;
    }
    r->at = NULL;
    return false;
}

static bool association_changes_item(struct rules *r, const struct rule_element *e)
{
    const struct rule_element *from = kid_ref(r, e->xml, "sourceRef"),
                              *to = kid_ref(r, e->xml, "targetRef");
    if (!from || !to || rule_kid(e->xml, "transformation")) return false;
    const struct xml *a = item_of(r, from->xml), *b = item_of(r, to->xml);
    return a && b && !same_item(a, b);
}

static bool association_of_many(struct rules *r, const struct rule_element *e)
{
    (void)r;
    return rule_kids(e->xml, "sourceRef") > 1 && !rule_kid(e->xml, "transformation");
}

/* ---- data of events ---- */

static const struct xml *carried(struct rules *r, const struct xml *def)
{
    static const char *const attr[] = {"messageRef", "signalRef", "errorRef", "escalationRef"};
    for (size_t i = 0; i < COUNTOF(attr); i++) {
        const struct rule_element *e = ref(r, def, attr[i]);
        if (e) return item_of(r, e->xml);
    }
    return NULL;
}

static bool event_data_missing(struct rules *r, const struct rule_element *e)
{
    int data = rule_kids(e->xml, "dataInput") + rule_kids(e->xml, "dataOutput");
    return data > 0 && data < rule_defs(r, e->xml, NULL);
}

static bool event_data_differs(struct rules *r, const struct rule_element *e)
{
    int i = 0;
    for (const struct xml *c = e->xml->child; c; c = c->next) {
        if (!xml_is(c, NS_BPMN, STR("dataInput")) && !xml_is(c, NS_BPMN, STR("dataOutput")))
            continue;
        const struct xml *def = rule_def(r, e->xml, i++);
        const struct xml *item = def ? carried(r, def) : NULL;
        r->at = c;
        if (item && !same_item(item_of(r, c), item)) return true;
    }
    r->at = NULL;
    return false;
}

/* "Order [checked]": the name of the object and in brackets its state here (10.4.1). */
static bool reference_misnamed(struct rules *r, const struct rule_element *e)
{
    const struct xml *state = rule_kid(e->xml, "dataState");
    const struct rule_element *object = ref(r, e->xml, "dataObjectRef");
    str name = str_trim(xml_attr(e->xml, "name"));
    str of = object ? str_trim(xml_attr(object->xml, "name")) : (str){0};
    if (!state || !name.len || !of.len) return false;
    str want = arena_printf(r->d->cx->arena, STR_FMT " [" STR_FMT "]", STR_ARG(of),
                            STR_ARG(xml_attr(state, "name")));
    return !str_eq(name, want);
}

static const struct rule rule[] = {
    {"EXT.020, EXT.082, EXT.083", RULE_FORM, "bpmn.data-rule", "dataObject dataInput dataOutput",
     collection_differs, "isCollection 应与所引用的 itemDefinition 一致",
     "isCollection is the same as that of its itemDefinition"},
    {"EXT.042", RULE_FORM, "bpmn.data-rule", "serviceTask", service_input_sets,
     "引用操作的服务任务最多有一个 inputSet",
     "a service task with an operation has at most one inputSet"},
    {"EXT.043", RULE_FORM, "bpmn.data-rule", "serviceTask", service_output_sets,
     "引用操作的服务任务最多有一个 outputSet",
     "a service task with an operation has at most one outputSet"},
    {"EXT.044", RULE_FORM, "bpmn.data-rule", "serviceTask", service_in_differs,
     "输入数据与操作的输入消息类型不同",
     "a data input has another item than the message the operation takes"},
    {"EXT.045", RULE_FORM, "bpmn.data-rule", "serviceTask", service_out_differs,
     "输出数据与操作的输出消息类型不同",
     "a data output has another item than the message the operation gives"},
    {"EXT.046", RULE_FORM, "bpmn.data-rule", "sendTask", send_input_sets,
     "发送任务最多有一个 inputSet", "a send task has at most one inputSet"},
    {"EXT.047", RULE_FORM, "bpmn.data-rule", "sendTask", send_inputs,
     "发送任务最多有一个 dataInput", "a send task has at most one dataInput"},
    {"EXT.048", RULE_FORM, "bpmn.data-rule", "sendTask", send_differs, "输入数据与消息的类型不同",
     "the data input has another item than the message"},
    {"EXT.050", RULE_FORM, "bpmn.data-rule", "receiveTask", receive_output_sets,
     "接收任务最多有一个 outputSet", "a receive task has at most one outputSet"},
    {"EXT.051", RULE_FORM, "bpmn.data-rule", "receiveTask", receive_outputs,
     "接收任务最多有一个 dataOutput", "a receive task has at most one dataOutput"},
    {"EXT.052", RULE_FORM, "bpmn.data-rule", "receiveTask", receive_differs,
     "输出数据与消息的类型不同", "the data output has another item than the message"},
    {"EXT.063", RULE_FORM, "bpmn.data-rule", "callActivity", call_differs,
     "输入输出应与被调用者的完全一致", "its inputs and outputs are exactly those of what it calls"},
    {"EXT.064", RULE_FORM, "bpmn.data-rule", "callableElement", service_without_binding,
     "作为服务提供时应有 ioBinding", "what is offered as a service has an ioBinding"},
    {"EXT.065", RULE_FORM, "bpmn.data-rule", "ioBinding", binding_wrong,
     "绑定的数据与操作的消息类型不同",
     "the data bound has another item than the message of the operation"},
    {"EXT.068", RULE_FORM, "bpmn.data-rule", "multiInstanceLoopCharacteristics",
     loop_input_elsewhere, "loopDataInputRef 应为本任务的 dataInput",
     "loopDataInputRef is a dataInput of the task"},
    {"EXT.068", RULE_FORM, "bpmn.data-rule", "multiInstanceLoopCharacteristics",
     loop_output_elsewhere, "loopDataOutputRef 应为本任务的 dataOutput",
     "loopDataOutputRef is a dataOutput of the task"},
    {"EXT.069", RULE_FORM, "bpmn.data-rule", "multiInstanceLoopCharacteristics", output_item_wrong,
     "outputDataItem 应是 loopDataOutputRef 集合中的一个",
     "the outputDataItem is one of the collection of loopDataOutputRef"},
    {"EXT.070", RULE_FORM, "bpmn.data-rule", "multiInstanceLoopCharacteristics", input_item_wrong,
     "inputDataItem 应是 loopDataInputRef 集合中的一个",
     "the inputDataItem is one of the collection of loopDataInputRef"},
    {"EXT.076", RULE_FORM, "bpmn.data-rule", "dataObjectReference", reference_misnamed,
     "名称应为“数据对象名 [状态]”",
     "its name is that of the data object with the state in brackets"},
    {"EXT.079", RULE_FORM, "bpmn.data-rule", "subProcess", sub_process_has_io,
     "子流程不能有 ioSpecification", "a sub-process has no ioSpecification"},
    {"EXT.080", RULE_FORM, "bpmn.data-rule", "dataAssociation", writes_input,
     "流程的输入数据不能写", "a data input of the process cannot be written"},
    {"EXT.081", RULE_FORM, "bpmn.data-rule", "dataAssociation", reads_output,
     "流程的输出数据不能读", "a data output of the process cannot be read"},
    {"EXT.084", RULE_FORM, "bpmn.data-rule", "dataInput", input_in_no_set,
     "dataInput 应属于至少一个 inputSet", "a dataInput is in at least one inputSet"},
    {"EXT.085", RULE_FORM, "bpmn.data-rule", "inputSet", optional_input_unlisted,
     "optionalInputRefs 应列在 dataInputRefs 中",
     "an optionalInputRef is one of the dataInputRefs"},
    {"EXT.086", RULE_FORM, "bpmn.data-rule", "inputSet", late_input_unlisted,
     "whileExecutingInputRefs 应列在 dataInputRefs 中",
     "a whileExecutingInputRef is one of the dataInputRefs"},
    {"EXT.087", RULE_FORM, "bpmn.data-rule", "inputSet outputSet", sets_one_way,
     "inputSet 与 outputSet 应互相引用", "an inputSet and an outputSet refer to each other"},
    {"EXT.088", RULE_FORM, "bpmn.data-rule", "dataOutput", output_in_no_set,
     "dataOutput 应属于至少一个 outputSet", "a dataOutput is in at least one outputSet"},
    {"EXT.089", RULE_FORM, "bpmn.data-rule", "outputSet", optional_output_unlisted,
     "optionalOutputRefs 应列在 dataOutputRefs 中",
     "an optionalOutputRef is one of the dataOutputRefs"},
    {"EXT.090", RULE_FORM, "bpmn.data-rule", "outputSet", early_output_unlisted,
     "whileExecutingOutputRefs 应列在 dataOutputRefs 中",
     "a whileExecutingOutputRef is one of the dataOutputRefs"},
    {"EXT.091", RULE_FORM, "bpmn.data-rule", "dataAssociation", association_changes_item,
     "数据关联两端的类型不同，需要 transformation",
     "source and target of a data association have the same item, else it needs a transformation"},
    {"EXT.092", RULE_FORM, "bpmn.data-rule", "dataAssociation", association_of_many,
     "没有 transformation 的数据关联只能有一个 sourceRef",
     "a data association without transformation has one sourceRef"},
    {"EXT.093", RULE_FORM, "bpmn.data-rule", "anyEvent", event_data_missing,
     "有数据的事件，每个定义都应有对应的数据",
     "an event with data has one for each of its definitions"},
    {"EXT.094", RULE_FORM, "bpmn.data-rule", "anyEvent", event_data_differs,
     "事件的数据与其定义的类型不同", "the data of an event has the item of its definition"},
};
const struct rule_set rules_of_data = {rule, COUNTOF(rule)};
