/* What our attributes and the standard's expressions say: who, until when, with what. */
#include "bpmn/read/draft.h"

#define NS_CAMUNDA STR("http://camunda.org/schema/1.0/bpmn")

enum {
    IS_BOOLEAN = 1 << FEEL_BOOLEAN,
    IS_NUMBER = 1 << FEEL_NUMBER,
    IS_STRING = 1 << FEEL_STRING,
    IS_CONTEXT = 1 << FEEL_CONTEXT,
    IS_DAY = 1 << FEEL_DATE | 1 << FEEL_DATE_TIME,
    IS_DURATION = 1 << FEEL_DAYS_DURATION | 1 << FEEL_MONTHS_DURATION,
    IS_ANYTHING = (1 << FEEL_KIND_COUNT) - 1
};

/* Which attributes of ours may stand on which element, separated by spaces. */
static const struct {
    const char *element, *attributes;
} known[] = {
    {"userTask", "role org due fields required outcomes"},
    {"serviceTask", "operation"},
    {"businessRuleTask", "operation decision result"},
    {"timerEventDefinition", "workingDays from"},
    {"set", "field value"},
    {"param", "name value"},
    {"process", "type"}, /* whose records it moves: for those who load it */
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
static void check_known(struct draft *d, const struct xml *owner, const struct xml *x)
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

static const struct xml_attr *ours(const struct xml *x, const char *name)
{
    return xml_attr_find(x, NS_BIHUAN, str_from(name));
}

static str ours_text(const struct xml *x, const char *name)
{
    const struct xml_attr *a = ours(x, name);
    return a ? str_trim(a->value) : (str){0};
}

static const struct feel_expr *ours_feel(struct draft *d, const struct xml *x, const char *name,
                                         unsigned kinds)
{
    const struct xml_attr *a = ours(x, name);
    return a ? draft_compile(d, x, a->value, a->pos, kinds) : NULL;
}

/* ---- user tasks ---- */

static bool in_list(const str *at, int count, str s)
{
    for (int i = 0; i < count; i++)
        if (str_eq(at[i], s)) return true;
    return false;
}

static int pieces(str s)
{
    int count = 0;
    for (size_t i = 0; i < s.len; i++)
        count += s.at[i] == ',';
    return count + 1;
}

/* Adds the names of a comma list to those that stand; each must be a variable. */
static void add_names(struct draft *d, const struct xml *x, const char *attribute, str *to,
                      int *count)
{
    const struct xml_attr *a = ours(x, attribute);
    str rest = a ? a->value : (str){0};
    while (rest.len) {
        str name = str_trim(str_cut(rest, ',', &rest));
        const struct feel_expr *unused;
        if (!name.len || in_list(to, *count, name)) continue;
        if (feel_compile(d->cx, d->scope, name, a->pos, &unused) != RC_OK) {
            if (d->cx->findings) err_clear(d->cx);
            draft_fault_at(d, x, a->pos, "bpmn.unknown-field",
                           "bihuan:%s 中的字段 \"" STR_FMT "\" 不存在",
                           "bihuan:%s names the field \"" STR_FMT "\", which does not exist",
                           attribute, STR_ARG(name));
            continue;
        }
        to[(*count)++] = name;
    }
}

static void read_fields(struct draft *d, const struct xml *x, struct bpmn_node *n)
{
    struct arena *a = d->cx->arena;
    int required_max = pieces(ours_text(x, "required"));
    str *required = NEWS(a, str, (size_t)required_max);
    add_names(d, x, "required", required, &n->required_field_count);
    str *field = NEWS(a, str, (size_t)(pieces(ours_text(x, "fields")) + required_max));
    add_names(d, x, "fields", field, &n->form_field_count);
    for (int i = 0; i < n->required_field_count; i++) /* what is required may be filled in */
        if (!in_list(field, n->form_field_count, required[i]))
            field[n->form_field_count++] = required[i];
    n->form_field = field;
    n->required_field = required;
}

/* "pass:销号,return:退回重办" */
static void read_outcomes(struct draft *d, const struct xml *x, struct bpmn_node *n)
{
    const struct xml_attr *a = ours(x, "outcomes");
    if (!a) return;
    size_t max = (size_t)pieces(a->value);
    str *code = NEWS(d->cx->arena, str, max), *title = NEWS(d->cx->arena, str, max);
    str rest = a->value;
    while (rest.len) {
        str after, one = str_cut(rest, ',', &rest);
        str name = str_trim(str_cut(one, ':', &after));
        if (!name.len || in_list(code, n->outcome_count, name)) {
            draft_fault_at(d, x, a->pos, "bpmn.outcomes",
                           "bihuan:outcomes 应为不重复的 \"代码:名称\"，用逗号分隔，"
                           "现为 \"" STR_FMT "\"",
                           "bihuan:outcomes must be different \"code:title\" separated by commas, "
                           "not \"" STR_FMT "\"",
                           STR_ARG(a->value));
            return;
        }
        code[n->outcome_count] = name;
        title[n->outcome_count] = str_trim(after).len ? str_trim(after) : name;
        n->outcome_count++;
    }
    n->outcome = code;
    n->outcome_title = title;
}

static void read_user_task(struct draft *d, const struct xml *x, struct bpmn_node *n)
{
    n->candidate_role = ours_text(x, "role");
    n->assignee_org = ours_feel(d, x, "org", IS_STRING | IS_CONTEXT);
    n->due = ours_feel(d, x, "due", IS_NUMBER | IS_DAY);
    read_fields(d, x, n);
    read_outcomes(d, x, n);
}

/* ---- operations ---- */

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

/* The decision a business rule task asks for: in our words, or in Camunda's. */
static void read_decision(struct draft *d, const struct xml *x, struct bpmn_node *n)
{
    const struct xml_attr *theirs = xml_attr_find(x, NS_CAMUNDA, STR("decisionRef"));
    const struct xml_attr *to = xml_attr_find(x, NS_CAMUNDA, STR("resultVariable"));
    n->decision = ours_text(x, "decision");
    n->result = ours_text(x, "result");
    if (!n->decision.len && theirs) n->decision = str_trim(theirs->value);
    if (!n->result.len && to) n->result = str_trim(to->value);
    if (n->decision.len && n->operation.len)
        draft_fault(d, x, "bpmn.operation", "bihuan:operation 与 bihuan:decision 只能写一个",
                    "it has both bihuan:operation and bihuan:decision, only one of them can be");
}

/* <bihuan:set> and <bihuan:param> in extensionElements. */
static void read_params(struct draft *d, const struct xml *x, struct bpmn_node *n)
{
    bool takes = n->kind == BPMN_SERVICE_TASK || n->kind == BPMN_BUSINESS_RULE_TASK;
    const struct xml *list = xml_child(x, NS_BPMN, STR("extensionElements"));
    VEC(struct bpmn_param) param = {0};
    for (const struct xml *c = list ? list->child : NULL; c; c = c->next) {
        if (!str_eq(c->ns, NS_BIHUAN)) continue; /* another vendor's */
        bool known_name = str_eq(c->name, STR("set")) || str_eq(c->name, STR("param"));
        if (takes && known_name)
            read_param(d, x, c, vec_add(d->cx->arena, &param));
        else
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
    if (!takes) return;
    n->operation = ours_text(x, "operation");
    if (n->kind == BPMN_BUSINESS_RULE_TASK) read_decision(d, x, n);
    if (!n->operation.len && !n->decision.len)
        draft_fault(d, x, "bpmn.operation", "没有说明做什么，应有属性 bihuan:operation",
                    "it does not say what to do, expected the attribute bihuan:operation");
}

/* ---- timers ---- */

/* P2W is ISO 8601, but no FEEL duration. */
static bool weeks_parse(str s, int64_t *days)
{
    bool shaped = str_starts(s, STR("P")) && str_ends(s, STR("W")) && s.len > 2 && s.len < 8;
    if (!shaped || !str_i64(str_slice(s, 1, s.len - 1), days)) return false;
    *days *= 7;
    return true;
}

static const struct feel_expr *iso_or_feel(struct draft *d, const struct xml *x,
                                           const struct xml *text, unsigned kinds)
{
    struct feel_value v;
    int64_t days = 0;
    str s = text->text;
    const char *form = NULL;
    if (weeks_parse(s, &days)) {
        s = arena_printf(d->cx->arena, "P%" PRId64 "D", days);
        form = "duration";
    } else if (feel_temporal_parse(s, &v)) {
        form = v.kind == FEEL_DATE        ? "date"
               : v.kind == FEEL_DATE_TIME ? "date and time"
               : v.kind == FEEL_TIME      ? "time"
                                          : "duration";
    }
    if (form) s = arena_printf(d->cx->arena, "%s(\"" STR_FMT "\")", form, STR_ARG(s));
    return draft_compile(d, x, s, text->text_pos.line ? text->text_pos : text->pos, kinds);
}

static void read_timer(struct draft *d, const struct xml *x, struct bpmn_node *n)
{
    const struct xml *t = xml_child(x, NS_BPMN, STR("timerEventDefinition"));
    bool alone = !xml_child(x, NS_BPMN, STR("messageEventDefinition"));
    bool waits = n->kind == BPMN_CATCH_TIMER || n->kind == BPMN_BOUNDARY_TIMER;
    if (!t || !waits || !alone) return; /* reported before */
    check_known(d, x, t);
    const struct xml_attr *days = ours(t, "workingDays"), *from = ours(t, "from");
    const struct xml *duration = xml_child(t, NS_BPMN, STR("timeDuration"));
    const struct xml *date = xml_child(t, NS_BPMN, STR("timeDate"));
    const struct xml *cycle = xml_child(t, NS_BPMN, STR("timeCycle"));
    if (cycle) {
        draft_fault_at(d, x, cycle->pos, "bpmn.unsupported",
                       "暂不支持 timeCycle，请改用 timeDuration 或 bihuan:workingDays",
                       "timeCycle is not supported yet, use timeDuration or bihuan:workingDays");
        return;
    }
    if (!!days + !!duration + !!date != 1) {
        draft_fault_at(d, x, t->pos, "bpmn.timer",
                       "定时器应恰有 bihuan:workingDays、timeDuration、timeDate 之一",
                       "a timer must have exactly one of bihuan:workingDays, timeDuration, "
                       "timeDate");
        return;
    }
    if (from) {
        n->timer_from_due = str_eq(from->value, STR("due"));
        bool fits = n->timer_from_due && days && n->attached_to && n->attached_to->due;
        if (!fits)
            draft_fault_at(d, x, from->pos, "bpmn.timer",
                           "bihuan:from 只能为 \"due\"，与 workingDays 同用，"
                           "且所附任务有 bihuan:due",
                           "bihuan:from can only be \"due\", with workingDays, on a task that has "
                           "bihuan:due");
    }
    n->timer_unit = days ? BPMN_TIMER_WORKING_DAYS : BPMN_TIMER_FEEL;
    if (days)
        n->timer = draft_compile(d, x, days->value, days->pos, IS_NUMBER);
    else if (duration)
        n->timer = iso_or_feel(d, x, duration, IS_DURATION);
    else
        n->timer = iso_or_feel(d, x, date, IS_DAY);
}

/* ---- flows ---- */

static void read_condition(struct draft *d, struct bpmn_flow *f)
{
    const struct xml *x = d->flow_xml[f->index];
    const struct xml *c = xml_child(x, NS_BPMN, STR("conditionExpression"));
    if (!c) return;
    str language = xml_attr(c, "language");
    if (language.len && str_index(language, STR("feel")) == SIZE_MAX &&
        str_index(language, STR("FEEL")) == SIZE_MAX) {
        draft_fault_at(d, x, c->pos, "bpmn.language",
                       "条件的语言 \"" STR_FMT "\" 不支持，应为 FEEL",
                       "the condition's language \"" STR_FMT "\" is not supported, expected FEEL",
                       STR_ARG(language));
        return;
    }
    f->condition =
        draft_compile(d, x, c->text, c->text_pos.line ? c->text_pos : c->pos, IS_BOOLEAN);
}

void draft_attributes(struct draft *d)
{
    check_known(d, d->process, d->process);
    /* User tasks first: timers look at the due of the task they are attached to. */
    for (int i = 0; i < d->model->node_count; i++) {
        check_known(d, d->node_xml[i], d->node_xml[i]);
        if (d->node[i].kind == BPMN_USER_TASK) read_user_task(d, d->node_xml[i], &d->node[i]);
        read_params(d, d->node_xml[i], &d->node[i]);
    }
    for (int i = 0; i < d->model->node_count; i++)
        read_timer(d, d->node_xml[i], &d->node[i]);
    for (int i = 0; i < d->model->flow_count; i++) {
        check_known(d, d->flow_xml[i], d->flow_xml[i]);
        read_condition(d, &d->flow[i]);
    }
}
