/* Rules of whole files: ids, imports, pools and message flows, choreographies, conversations, artifacts
 * (ISO/IEC 19510 8.2, 9, 11, 12). */
#include "bpmn/rules/rules.h"

static bool without_id(struct rules *r, const struct rule_element *e)
{
    return !xml_attr(e->xml, "id").len && !rule_is(r, e->xml->parent, "complexBehaviorDefinition");
}

/* xsd:ID: a name without colon. */
static bool id_malformed(struct rules *r, const struct rule_element *e)
{
    (void)r;
    str id = xml_attr(e->xml, "id");
    for (size_t i = 0; i < id.len; i++) {
        unsigned char c = (unsigned char)id.at[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c >= 0x80;
        bool inner = (c >= '0' && c <= '9') || c == '-' || c == '.';
        if (!letter && !(inner && i > 0)) return true;
    }
    return rule_has_attr(e->xml, "id") && !id.len;
}

static bool format_wrong(struct rules *r, const struct rule_element *e)
{
    (void)r;
    if (!rule_has_attr(e->xml, "textFormat")) return false;
    str sub, type = str_cut(xml_attr(e->xml, "textFormat"), '/', &sub);
    return !type.len || !sub.len || str_index(sub, STR("/")) != SIZE_MAX ||
           str_index(type, STR(" ")) != SIZE_MAX;
}

/* ---- pools ---- */

static const struct xml *participant_of(struct rules *r, const struct xml *process)
{
    struct rule_list pools = rule_all(r, "participant");
    for (size_t i = 0; process && i < pools.len; i++) {
        const struct rule_element *p = rule_find(r, xml_attr(pools.at[i], "processRef"));
        if (p && p->xml == process) return pools.at[i];
    }
    return process;
}

/* The pool an end of a message flow stands in, or its process when that has none; NULL: neither. */
static const struct xml *pool_of(struct rules *r, const struct rule_element *end)
{
    if (!end) return NULL;
    if (rule_is(r, end->xml, "participant")) return end->xml;
    const struct xml *process = end->xml;
    while (process && !xml_is(process, NS_BPMN, STR("process")))
        process = process->parent;
    return participant_of(r, process);
}

static bool message_in_pool(struct rules *r, const struct rule_element *e)
{
    const struct xml *from = pool_of(r, rule_find(r, xml_attr(e->xml, "sourceRef")));
    const struct xml *to = pool_of(r, rule_find(r, xml_attr(e->xml, "targetRef")));
    return from && from == to;
}

static int64_t number_of(const struct xml *x, const char *attr, int64_t otherwise)
{
    int64_t n;
    return str_i64(str_trim(xml_attr(x, attr)), &n) ? n : otherwise;
}

static bool minimum_negative(struct rules *r, const struct rule_element *e)
{
    (void)r;
    return number_of(e->xml, "minimum", 0) < 0;
}

static bool maximum_low(struct rules *r, const struct rule_element *e)
{
    (void)r;
    int64_t least = number_of(e->xml, "minimum", 0), most = number_of(e->xml, "maximum", 1);
    return most < 1 || most < least;
}

/* ---- choreographies and conversations ---- */

static bool refers_choreography(struct rules *r, const struct rule_element *e)
{
    (void)r;
    return rule_kid(e->xml, "choreographyRef") != NULL;
}

static bool conversation_holds_wrong(struct rules *r, const struct rule_element *e)
{
    static const char *const kind[] = {"conversationNode", "artifact", "participantAssociation",
                                       "messageFlowAssociation", "conversationAssociation"};
    for (const struct xml *c = e->xml->child; c; c = c->next)
        for (size_t i = 0; i < COUNTOF(kind); i++) {
            r->at = c;
            if (rule_is(r, c, kind[i])) return true;
        }
    r->at = NULL;
    return false;
}

static bool closed_differs(struct rules *r, const struct rule_element *e)
{
    for (const struct xml *c = e->xml->child; c; c = c->next) {
        if (!xml_is(c, NS_BPMN, STR("choreographyRef"))) continue;
        const struct rule_element *other = rule_find(r, c->text);
        if (other && rule_true(other->xml, "isClosed") != rule_true(e->xml, "isClosed"))
            return true;
    }
    return false;
}

/* One binding for each property of its key (8.4.2). */
static bool binding_missing(struct rules *r, const struct rule_element *e)
{
    const struct rule_element *key = rule_find(r, xml_attr(e->xml, "correlationKeyRef"));
    for (const struct xml *p = key ? key->xml->child : NULL; p; p = p->next) {
        if (!xml_is(p, NS_BPMN, STR("correlationPropertyRef"))) continue;
        int bindings = 0;
        for (const struct xml *c = e->xml->child; c; c = c->next)
            bindings +=
                xml_is(c, NS_BPMN, STR("correlationPropertyBinding")) &&
                str_eq(rule_local(xml_attr(c, "correlationPropertyRef")), rule_local(p->text));
        if (bindings != 1) return true;
    }
    return false;
}

static const struct rule rule[] = {
    {"EXT.003", RULE_FORM, "bpmn.file-rule",
     "process flowNode sequenceFlow messageFlow participant", without_id, "没有编号（id）",
     "it has no id"},
    {"XSD", RULE_FORM, "bpmn.file-rule", "base definitions", id_malformed,
     "编号应以字母或下划线开头，只含字母、数字、“-”、“_”、“.”",
     "an id begins with a letter or _ and holds letters, digits, -, _ and ."},
    {"EXT.010", RULE_FORM, "bpmn.file-rule", "textAnnotation documentation", format_wrong,
     "textFormat 应为 MIME 类型，如 text/plain", "textFormat is a MIME type such as text/plain"},
    {"EXT.031", RULE_WARN, "bpmn.collaboration-rule", "messageFlow", message_in_pool,
     "消息流应连接不同的泳池", "a message flow connects different pools"},
    {"EXT.029", RULE_FORM, "bpmn.collaboration-rule", "participantMultiplicity", minimum_negative,
     "minimum 不得为负", "minimum is not negative"},
    {"EXT.030", RULE_FORM, "bpmn.collaboration-rule", "participantMultiplicity", maximum_low,
     "maximum 至少为 1，且不小于 minimum", "maximum is at least 1 and not less than minimum"},
    {"EXT.034", RULE_FORM, "bpmn.collaboration-rule", "correlationSubscription", binding_missing,
     "关联键的每个属性都应恰有一个 correlationPropertyBinding",
     "there is one correlationPropertyBinding for each property of its key"},
    {"EXT.027", RULE_FORM, "bpmn.collaboration-rule", "choreography globalConversation",
     refers_choreography, "编排和全局会话不能引用编排",
     "a choreography or global conversation does not refer to a choreography"},
    {"EXT.032", RULE_FORM, "bpmn.collaboration-rule", "globalConversation",
     conversation_holds_wrong, "全局会话中不能有会话节点、关联、注释",
     "a global conversation holds no conversation nodes, associations or artifacts"},
    {"EXT.033", RULE_FORM, "bpmn.collaboration-rule", "collaboration", closed_differs,
     "isClosed 应与所引用的编排一致",
     "isClosed is the same as that of the choreography it refers to"},
};
const struct rule_set rules_of_files = {rule, COUNTOF(rule)};

/* ---- ids and imports ---- */

static struct xml *next_of(struct xml *x)
{
    if (x->child && !xml_is(x, NS_BPMN, STR("extensionElements"))) return x->child;
    while (x && !x->next)
        x = x->parent;
    return x ? x->next : NULL;
}

static void check_ids(struct rules *r)
{
    static const struct rule twice = {"EXT.002",
                                      RULE_ALWAYS,
                                      "bpmn.duplicate-id",
                                      "",
                                      NULL,
                                      "编号重复",
                                      "its id stands in the file already"};
    struct map ids = {0};
    for (struct xml *x = r->d->definitions; x; x = next_of(x)) {
        const struct xml_attr *id = xml_attr_find(x, (str){0}, STR("id"));
        if (!id || !id->value.len) continue;
        if (map_find(&ids, id->value))
            rule_report(r, x, id->pos, &twice);
        else
            map_put(&ids, r->d->cx->arena, id->value, x);
    }
}

static const struct rule import_rule[] = {
    {"EXT.001", RULE_ALWAYS, "bpmn.file-rule", "", NULL, "导入的文件不是 BPMN 2.0 文件",
     "the imported file is no BPMN 2.0 file"},
    {"EXT.001", RULE_ALWAYS, "bpmn.file-rule", "", NULL,
     "导入的文件的 targetNamespace 与 namespace 不同",
     "the imported file has another targetNamespace than the import says"},
    {"EXT.002", RULE_ALWAYS, "bpmn.file-rule", "", NULL,
     "导入的文件与本文件的命名空间相同，编号不保证唯一",
     "the imported file has the namespace of this one, so that ids are not sure to be unique"},
    {"EXT.002", RULE_ALWAYS, "bpmn.file-rule", "", NULL, "导入的文件与本文件有相同的编号",
     "the imported file and this one share an id of the same namespace"},
};
enum { IMPORT_NOT_BPMN, IMPORT_OTHER_NAMESPACE, IMPORT_SAME_NAMESPACE, IMPORT_SHARED_ID };

static bool shares_id(struct rules *r, struct xml *other)
{
    for (struct xml *x = other->child; x; x = next_of(x))
        if (str_eq(x->ns, NS_BPMN) && map_find(&r->ids, xml_attr(x, "id"))) return true;
    return false;
}

/* What an import that is at hand brings. */
static void check_imported(struct rules *r, const struct xml *x, str text, bool same)
{
    struct xml *other = NULL;
    if (xml_parse(r->d->cx, text, BPMN_XML_BYTES_MAX, &other) != RC_OK ||
        !xml_is(other, NS_BPMN, STR("definitions"))) {
        err_clear(r->d->cx);
        rule_report(r, x, x->pos, &import_rule[IMPORT_NOT_BPMN]);
        return;
    }
    if (!str_eq(str_trim(xml_attr(other, "targetNamespace")), str_trim(xml_attr(x, "namespace"))))
        rule_report(r, x, x->pos, &import_rule[IMPORT_OTHER_NAMESPACE]);
    if (same && shares_id(r, other)) rule_report(r, x, x->pos, &import_rule[IMPORT_SHARED_ID]);
}

static void check_import(struct rules *r, const struct xml *x)
{
    if (!str_eq(str_trim(xml_attr(x, "importType")), NS_BPMN)) return;
    str location = str_trim(xml_attr(x, "location")), text = {0};
    bool same = str_eq(str_trim(xml_attr(x, "namespace")),
                       str_trim(xml_attr(r->d->definitions, "targetNamespace")));
    bool remote = str_index(location, STR("://")) != SIZE_MAX;
    r->open = true;
    if (!remote && r->files && r->files->read(r->files->owner, r->d->cx, location, &text) != RC_OK)
        err_clear(r->d->cx);
    if (text.at)
        check_imported(r, x, text, same);
    else if (same)
        rule_report(r, x, x->pos, &import_rule[IMPORT_SAME_NAMESPACE]);
}

void rules_check_imports(struct rules *r)
{
    if (r->whole) check_ids(r);
    for (const struct xml *x = r->d->definitions->child; x; x = x->next)
        if (xml_is(x, NS_BPMN, STR("import"))) check_import(r, x);
}
