/* Loads a model: the passes over the file, how faults are reported, and look-ups. */
#include "bpmn/model.h"

#include "bpmn/rules/rules.h"

static const struct {
    const char *name, *zh;
} kind[BPMN_KIND_COUNT] = {
    [BPMN_PROCESS] = {"process", "流程"},
    [BPMN_START] = {"startEvent", "开始事件"},
    [BPMN_CATCH] = {"intermediateCatchEvent", "中间捕获事件"},
    [BPMN_THROW] = {"intermediateThrowEvent", "中间抛出事件"},
    [BPMN_BOUNDARY] = {"boundaryEvent", "边界事件"},
    [BPMN_END] = {"endEvent", "结束事件"},
    [BPMN_TASK] = {"task", "任务"},
    [BPMN_MANUAL_TASK] = {"manualTask", "手工任务"},
    [BPMN_USER_TASK] = {"userTask", "用户任务"},
    [BPMN_SERVICE_TASK] = {"serviceTask", "服务任务"},
    [BPMN_SCRIPT_TASK] = {"scriptTask", "脚本任务"},
    [BPMN_BUSINESS_RULE_TASK] = {"businessRuleTask", "业务规则任务"},
    [BPMN_SEND_TASK] = {"sendTask", "发送任务"},
    [BPMN_RECEIVE_TASK] = {"receiveTask", "接收任务"},
    [BPMN_CALL_ACTIVITY] = {"callActivity", "调用活动"},
    [BPMN_SUB_PROCESS] = {"subProcess", "子流程"},
    [BPMN_EVENT_SUB_PROCESS] = {"subProcess", "事件子流程"},
    [BPMN_TRANSACTION] = {"transaction", "事务"},
    [BPMN_AD_HOC] = {"adHocSubProcess", "临时子流程"},
    [BPMN_EXCLUSIVE] = {"exclusiveGateway", "排他网关"},
    [BPMN_INCLUSIVE] = {"inclusiveGateway", "包容网关"},
    [BPMN_PARALLEL] = {"parallelGateway", "并行网关"},
    [BPMN_EVENT_BASED] = {"eventBasedGateway", "事件网关"},
    [BPMN_COMPLEX] = {"complexGateway", "复杂网关"},
};
static const char *const event_kind_name[BPMN_EVENT_KIND_COUNT] = {
    [BPMN_EVENT_TIMER] = "timer",
    [BPMN_EVENT_MESSAGE] = "message",
    [BPMN_EVENT_SIGNAL] = "signal",
    [BPMN_EVENT_ERROR] = "error",
    [BPMN_EVENT_ESCALATION] = "escalation",
    [BPMN_EVENT_CONDITIONAL] = "conditional",
    [BPMN_EVENT_LINK] = "link",
    [BPMN_EVENT_TERMINATE] = "terminate",
    [BPMN_EVENT_CANCEL] = "cancel",
    [BPMN_EVENT_COMPENSATION] = "compensation",
};

const char *bpmn_kind_name(enum bpmn_kind k)
{
    return kind[k].name;
}

const char *bpmn_kind_title(enum bpmn_kind k, enum lang lang)
{
    return lang == LANG_EN ? kind[k].name : kind[k].zh;
}

const char *bpmn_event_kind_name(enum bpmn_event_kind k)
{
    return event_kind_name[k];
}

const struct bpmn_node *bpmn_node_find(const struct bpmn_model *m, str id)
{
    return map_find(m->node_by_id, id);
}

const struct bpmn_variable *bpmn_variable_find(const struct bpmn_model *m, str name)
{
    for (int i = 0; i < m->variable_count; i++)
        if (str_eq(m->variable[i].name, name)) return &m->variable[i];
    return NULL;
}

void *draft_array(struct draft *d, size_t count, size_t size)
{
    void *p = arena_try(d->cx->arena, count + 1, size);
    if (!p) d->cx->arena->exhausted = true;
    return p;
}

/* ---- faults ---- */

/* userTask "act"（办理与反馈） */
static str label_of(struct draft *d, const struct xml *x)
{
    str id = xml_attr(x, "id"), name = xml_attr(x, "name");
    struct buf b = {.arena = d->cx->arena};
    buf_add(&b, x->name);
    if (id.len) buf_printf(&b, " \"" STR_FMT "\"", STR_ARG(id));
    if (name.len && d->cx->lang == LANG_ZH) buf_printf(&b, "（" STR_FMT "）", STR_ARG(name));
    if (name.len && d->cx->lang == LANG_EN) buf_printf(&b, " (" STR_FMT ")", STR_ARG(name));
    return buf_str(&b);
}

static str labelled(struct draft *d, const struct xml *x, str sentence)
{
    str label = label_of(d, x);
    return arena_printf(d->cx->arena, STR_FMT "%s" STR_FMT, STR_ARG(label),
                        d->cx->lang == LANG_EN ? ": " : "：", STR_ARG(sentence));
}

static void add_warning(struct draft *d, const struct xml *x, const struct err *why)
{
    if (d->naming || d->warning.len >= FINDINGS_MAX) return;
    struct err *e = vec_add(d->cx->arena, &d->warning);
    *e = *why;
    e->detail = labelled(d, x, why->detail);
    e->source = d->source;
    e->field = xml_attr(x, "id");
}

/* Two passes may see the same thing. */
static bool is_told(const struct draft *d, const struct err *e)
{
    const struct findings *f = d->cx->findings;
    if (str_ends(str_from(e->slug), STR("-rule"))) return false; /* one of several of its kind */
    for (size_t i = 0; f && i < f->count; i++)
        if (f->item[i].pos.offset_bytes == e->pos.offset_bytes &&
            f->item[i].pos.line == e->pos.line &&
            str_eq(str_from(f->item[i].slug), str_from(e->slug)))
            return true;
    return false;
}

static void add_fault(struct draft *d, const struct xml *x)
{
    struct err *e = &d->cx->err;
    if (d->naming) {
        err_clear(d->cx);
        return;
    }
    if (d->faults++ > 0 && !d->cx->findings) return; /* the first stands */
    e->detail = labelled(d, x, e->detail);
    err_source(d->cx, d->source);
    err_field(d->cx, xml_attr(x, "id"));
    if (d->cx->findings) (void)err_collect(d->cx);
}

bool draft_forgives(const struct draft *d)
{
    return d->at && d->how->open && !d->at->process->is_executable;
}

void draft_take_error(struct draft *d, const struct xml *x)
{
    if (!draft_forgives(d) || d->cx->err.code != RC_INVALID) {
        add_fault(d, x);
        return;
    }
    add_warning(d, x, &d->cx->err);
    err_clear(d->cx);
}

static void report(struct draft *d, const struct xml *x, struct pos at, const char *slug,
                   str sentence)
{
    if (d->naming || is_told(d, &(struct err){.slug = slug, .pos = at})) return;
    (void)!err_set_at(d->cx, RC_INVALID, slug, at, STR_FMT, STR_FMT, STR_ARG(sentence));
    add_fault(d, x);
}

void draft_fault(struct draft *d, const struct xml *x, const char *slug, const char *zh,
                 const char *en, ...)
{
    if (draft_full(d)) {
        d->faults++;
        return;
    }
    va_list ap;
    va_start(ap, en);
    str s = arena_vprintf(d->cx->arena, d->cx->lang == LANG_EN ? en : zh, ap);
    va_end(ap);
    report(d, x, x->pos, slug, s);
}

void draft_fault_at(struct draft *d, const struct xml *x, struct pos at, const char *slug,
                    const char *zh, const char *en, ...)
{
    if (draft_full(d)) {
        d->faults++;
        return;
    }
    va_list ap;
    va_start(ap, en);
    str s = arena_vprintf(d->cx->arena, d->cx->lang == LANG_EN ? en : zh, ap);
    va_end(ap);
    report(d, x, at, slug, s);
}

void draft_warn(struct draft *d, const struct xml *x, const char *slug, const char *zh,
                const char *en, ...)
{
    if (draft_full(d) || d->naming || d->warning.len >= FINDINGS_MAX) return;
    va_list ap;
    va_start(ap, en);
    str s = arena_vprintf(d->cx->arena, d->cx->lang == LANG_EN ? en : zh, ap);
    va_end(ap);
    add_warning(d, x, &(struct err){.code = RC_INVALID, .slug = slug, .detail = s, .pos = x->pos});
}

/* ---- load ---- */

static rc finish(struct draft *d)
{
    if (d->cx->arena->exhausted)
        return err_set(d->cx, RC_LIMIT, "bpmn.memory", "流程文件过大，内存不够",
                       "the process file is too large for the memory allowed");
    if (!d->faults) return RC_OK;
    (void)!err_set(d->cx, RC_INVALID, "bpmn.invalid", "流程 " STR_FMT " 有 %d 处错误，未装载",
                   "the process " STR_FMT " has %d faults and was not loaded", STR_ARG(d->source),
                   d->faults);
    err_source(d->cx, d->source);
    return d->cx->err.code;
}

/* The names every model has: see BPMN_SLOT_… in model.h. */
static void add_names(struct draft *d)
{
    static const char *const counter[BPMN_COUNTER_SLOTS] = {
        "loopCounter",
        "numberOfInstances",
        "nrOfInstances",
        "numberOfActiveInstances",
        "nrOfActiveInstances",
        "numberOfCompletedInstances",
        "nrOfCompletedInstances",
        "numberOfTerminatedInstances",
        "nrOfTerminatedInstances",
        "activationCount",
    };
    struct bpmn_model *m = d->model;
    m->outcome_slot = feel_scope_add(d->scope, STR("outcome"), feel_type_of_kind(FEEL_STRING));
    m->host_slots = m->outcome_slot;
    m->first_counter = m->outcome_slot + 1;
    for (int i = 0; i < BPMN_COUNTER_SLOTS; i++)
        (void)feel_scope_add(d->scope, str_from(counter[i]), feel_type_of_kind(FEEL_NUMBER));
    m->message_slot = feel_scope_add(d->scope, STR("message"), feel_type_of_kind(FEEL_ANY));
    m->first_variable = m->message_slot + 1;
}

static void read_all(struct draft *d)
{
    if (!draft_read(d) || draft_full(d)) return;
    draft_link(d);
    if (draft_full(d)) return;
    bool whole = d->faults == 0; /* else the graph has holes, and its faults would be echoes */
    draft_variables(d);
    draft_attributes(d);
    if (draft_full(d)) return;
    draft_link_events(d);
    draft_check_rules(d, d->how->strict);
    if (!whole || draft_full(d)) return;
    draft_reach(d);
    if (!draft_full(d)) draft_check(d);
    if (!d->faults && !draft_full(d)) draft_check_joins(d);
}

rc bpmn_load(struct cx *cx, str xml, str source, const struct bpmn_load *how,
             const struct bpmn_model **out)
{
    struct draft *d = NEW(cx->arena, struct draft);
    struct bpmn_model *m = NEW(cx->arena, struct bpmn_model);
    *d =
        (struct draft){.cx = cx, .how = how, .source = source, .scope = how->variables, .model = m};
    m->scope = how->variables;
    m->source = arena_dup(cx->arena, source);
    m->version = (int64_t)(str_hash(xml) >> 1);
    add_names(d);
    rc r = xml_parse(cx, xml, BPMN_XML_BYTES_MAX, &d->definitions);
    if (r != RC_OK) {
        err_source(cx, source);
        return r;
    }
    read_all(d);
    m->node_by_id = &d->nodes;
    m->variable = d->variable.at;
    m->variable_count = (int)d->variable.len;
    m->slot_count = m->first_variable + m->variable_count;
    m->warning = d->warning.at;
    m->warning_count = (int)d->warning.len;
    r = finish(d);
    if (r == RC_OK) *out = m;
    return r;
}
