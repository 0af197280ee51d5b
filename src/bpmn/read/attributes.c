/* What attributes say, ours and those of widespread engines; how they are found; the passes over all
 * nodes and flows. */
#include "bpmn/read/draft.h"

/* ---- finding ---- */

str draft_local(str qname)
{
    qname = str_trim(qname);
    str rest, first = str_cut(qname, ':', &rest);
    return first.len < qname.len ? rest : first;
}

const struct xml *draft_refer(const struct draft *d, str qname, const char *name)
{
    const struct xml *x = map_find(&d->ids, str_trim(qname));
    if (!x) x = map_find(&d->ids, draft_local(qname));
    if (!x || !str_eq(x->ns, NS_BPMN)) return NULL;
    return !name || str_eq(x->name, str_from(name)) ? x : NULL;
}

struct bpmn_node *draft_node(struct draft *d, const struct bpmn_node *n)
{
    return &d->node[n->index];
}

bool draft_is_definition(const struct xml *x)
{
    return str_eq(x->ns, NS_BPMN) && (str_ends(x->name, STR("EventDefinition")) ||
                                      str_eq(x->name, STR("eventDefinitionRef")));
}

bool draft_flag(const struct xml *x, const char *attribute, bool otherwise)
{
    str s = str_trim(xml_attr(x, attribute));
    if (str_eq(s, STR("true")) || str_eq(s, STR("1"))) return true;
    if (str_eq(s, STR("false")) || str_eq(s, STR("0"))) return false;
    return otherwise;
}

int64_t draft_number(struct draft *d, const struct xml *x, const char *attribute, int64_t least,
                     int64_t otherwise)
{
    const struct xml_attr *a = xml_attr_find(x, (str){0}, str_from(attribute));
    int64_t n = 0;
    if (!a) return otherwise;
    if (str_i64(str_trim(a->value), &n) && n >= least && n <= BPMN_ROUNDS_MAX) return n;
    draft_fault_at(d, x, a->pos, "bpmn.number", "%s=\"" STR_FMT "\" 应为 %" PRId64 " 到 %d 的整数",
                   "%s=\"" STR_FMT "\" must be a whole number from %" PRId64 " to %d", attribute,
                   STR_ARG(a->value), least, BPMN_ROUNDS_MAX);
    return otherwise;
}

const struct xml_attr *draft_ours(const struct xml *x, const char *name)
{
    return xml_attr_find(x, NS_BIHUAN, str_from(name));
}

const struct xml_attr *draft_theirs(const struct xml *x, const char *name)
{
    const struct xml_attr *a = xml_attr_find(x, NS_CAMUNDA, str_from(name));
    if (!a) a = xml_attr_find(x, NS_FLOWABLE, str_from(name));
    return a ? a : xml_attr_find(x, NS_ACTIVITI, str_from(name));
}

const struct xml_attr *draft_attr(const struct xml *x, const char *ours, const char *theirs)
{
    const struct xml_attr *a = ours ? draft_ours(x, ours) : NULL;
    return a || !theirs ? a : draft_theirs(x, theirs);
}

str draft_attr_text(const struct xml *x, const char *ours, const char *theirs)
{
    const struct xml_attr *a = draft_attr(x, ours, theirs);
    return a ? str_trim(a->value) : (str){0};
}

bool draft_is_theirs(const struct xml *x, const char *name)
{
    bool ns = str_eq(x->ns, NS_CAMUNDA) || str_eq(x->ns, NS_FLOWABLE) || str_eq(x->ns, NS_ACTIVITI);
    return ns && str_eq(x->name, str_from(name));
}

const struct xml *draft_extension(const struct xml *x, str ns, const char *name)
{
    const struct xml *list = xml_child(x, NS_BPMN, STR("extensionElements"));
    return list ? xml_child(list, ns, str_from(name)) : NULL;
}

const struct xml *draft_extension_theirs(const struct xml *x, const char *name)
{
    const struct xml *list = xml_child(x, NS_BPMN, STR("extensionElements"));
    for (const struct xml *c = list ? list->child : NULL; c; c = c->next)
        if (draft_is_theirs(c, name)) return c;
    return NULL;
}

/* ---- ours ---- */

/* Which attributes of ours may stand on which element, separated by spaces. */
static const struct {
    const char *element, *attributes;
} known[] = {
    {"userTask",
     "role org assignee candidates head weight nobody starter again copy vote share due fields "
     "required outcomes variables form priority stopsClock"},
    {"globalUserTask",
     "role org assignee candidates head weight nobody starter again copy vote share due fields "
     "required outcomes variables form priority stopsClock"},
    {"serviceTask", "operation topic resultVariable priority"},
    {"businessRuleTask", "operation decision result resultVariable topic priority"},
    {"globalBusinessRuleTask", "operation decision result resultVariable topic priority"},
    {"sendTask", "operation topic resultVariable priority key ttl"},
    {"receiveTask", "key"},
    {"scriptTask", "resultVariable"},
    {"globalScriptTask", "resultVariable"},
    {"callActivity", "version key allIn allOut"},
    {"adHocSubProcess", "manual"},
    {"timerEventDefinition", "workingDays workingHours from catchUp"},
    {"messageEventDefinition", "key ttl"},
    {"errorEventDefinition", "codeVariable"},
    {"escalationEventDefinition", "codeVariable"},
    {"multiInstanceLoopCharacteristics",
     "collection elementVariable output outputElement vote share"},
    {"dataObject", "title value search ask"},
    {"property", "title value search ask"},
    {"startEvent", "starter"},
    {"lane", "role"},
    {"process",
     "type timeToLive tag starters"}, /* type: whose records it moves, for those who load it */
};

static const char *known_attributes(str element)
{
    for (size_t i = 0; i < COUNTOF(known); i++)
        if (str_eq(str_from(known[i].element), element)) return known[i].attributes;
    return "";
}

static bool word_in(const char *words, str word)
{
    str rest = str_from(words);
    while (rest.len)
        if (str_eq(str_cut(rest, ' ', &rest), word)) return true;
    return false;
}

/* A mistyped attribute would be a rule silently left out. */
void draft_check_known(struct draft *d, const struct xml *owner, const struct xml *x)
{
    const char *words = known_attributes(x->name);
    for (int i = 0; i < x->attr_count; i++) {
        const struct xml_attr *a = &x->attr[i];
        if (!str_eq(a->ns, NS_BIHUAN) || word_in(words, a->name)) continue;
        draft_fault_at(d, owner, a->pos, "bpmn.unknown-attribute",
                       STR_FMT " 没有属性 bihuan:" STR_FMT "，可用：%s",
                       STR_FMT " has no attribute bihuan:" STR_FMT ", there are: %s",
                       STR_ARG(x->name), STR_ARG(a->name), *words ? words : "-");
    }
}

/* ---- the model as a whole ---- */

/* Camunda writes days as a number, or a period. */
static void read_time_to_live(struct draft *d)
{
    const struct xml_attr *a = draft_attr(d->process, "timeToLive", "historyTimeToLive");
    str s = a ? str_trim(a->value) : (str){0};
    int64_t days = 0;
    struct feel_value v;
    if (!s.len) return;
    if (str_i64(s, &days) && days > 0) s = arena_printf(d->cx->arena, "P%" PRId64 "D", days);
    if (feel_temporal_parse(s, &v) &&
        (v.kind == FEEL_DAYS_DURATION || v.kind == FEEL_MONTHS_DURATION))
        d->model->time_to_live = s;
    else
        draft_fault_at(d, d->process, a->pos, "bpmn.time-to-live",
                       "timeToLive=\"" STR_FMT "\" 应为天数或 ISO 8601 时长，例如 P5Y",
                       "timeToLive=\"" STR_FMT
                       "\" must be a number of days or an ISO 8601 duration like P5Y",
                       STR_ARG(s));
}

static void read_process(struct draft *d)
{
    const struct xml *tag = draft_extension(d->process, NS_ZEEBE, "versionTag");
    d->model->tag = draft_attr_text(d->process, "tag", "versionTag");
    if (!d->model->tag.len && tag) d->model->tag = str_trim(xml_attr(tag, "value"));
    read_time_to_live(d);
}

static void read_flow(struct draft *d, struct bpmn_flow *f)
{
    const struct xml *x = d->flow_xml[f->index];
    const struct xml *c = xml_child(x, NS_BPMN, STR("conditionExpression"));
    d->at = f->from ? f->from : f->to;
    draft_check_known(d, x, x);
    if (c) f->condition = draft_compile_element(d, x, c, IS_BOOLEAN);
}

/* Who starts the process goes into this variable. */
static void read_start(struct draft *d, const struct xml *x, struct bpmn_node *n)
{
    str name = draft_attr_text(x, "starter", "initiator");
    if (n->kind != BPMN_START || n->parent->kind != BPMN_PROCESS) return;
    draft_read_start_form(d, x, n);
    if (!name.len) return;
    draft_node(d, n->process)->starter_slot =
        draft_declare(d, x, name, n->process, feel_type_of_kind(FEEL_STRING));
}

/* Roles whose people may start the process. */
static void read_starters(struct draft *d, const struct xml *x, struct bpmn_node *n)
{
    VEC(str) list = {0};
    for (str rest = draft_attr_text(x, "starters", "candidateStarterGroups"); rest.len;) {
        const str one = str_trim(str_cut(rest, ',', &rest));
        if (one.len) *(str *)vec_add(d->cx->arena, &list) = one;
    }
    n->starter = list.at;
    n->starter_count = (int)list.len;
}

static void read_node(struct draft *d, struct bpmn_node *n)
{
    const struct xml *x = d->node_xml[n->index];
    const struct xml *condition = xml_child(x, NS_BPMN,
                                            n->kind == BPMN_COMPLEX ? STR("activationCondition")
                                                                    : STR("completionCondition"));
    d->at = n;
    if (n->kind == BPMN_PROCESS) {
        if (str_eq(x->name, STR("process"))) draft_read_activity(d, x, n);
        if (str_eq(x->name, STR("process"))) read_starters(d, x, n);
        return; /* a global task's attributes are its task's */
    }
    draft_check_known(d, x, x);
    if (condition) n->completion = draft_compile_element(d, x, condition, IS_BOOLEAN);
    read_start(d, x, n);
    draft_read_mappings(d, x, n);
    if (n->kind == BPMN_USER_TASK) draft_read_user_task(d, x, n);
    if (bpmn_is_activity(n->kind)) draft_read_loop(d, x, n);
    draft_read_activity(d, x, n);
}

static void read_all(struct draft *d)
{
    struct bpmn_model *m = d->model;
    for (int i = 0; i < m->process_count; i++)
        if (str_eq(d->node_xml[i]->name, STR("process")))
            draft_check_known(d, d->node_xml[i], d->node_xml[i]);
    read_process(d);
    draft_read_initials(d);
    for (int i = 0; i < m->node_count && !draft_full(d); i++)
        read_node(d, &d->node[i]);
    /* Events later: timers look at the due of the task they are attached to. */
    for (int i = 0; i < m->node_count && !draft_full(d); i++) {
        d->at = &d->node[i];
        draft_read_events(d, d->node_xml[i], &d->node[i]);
    }
    for (int i = 0; i < m->flow_count && !draft_full(d); i++)
        read_flow(d, &d->flow[i]);
    d->at = NULL;
}

void draft_attributes(struct draft *d)
{
    size_t bytes = sizeof *d->node * (size_t)d->model->node_count;
    struct bpmn_node *untouched =
        NEWS(d->cx->arena, struct bpmn_node, (size_t)d->model->node_count);
    memcpy(untouched, d->node, bytes);
    draft_read_keys(d);
    d->naming = true;
    read_all(d);
    d->naming = false;
    memcpy(d->node, untouched, bytes);
    read_all(d);
}
