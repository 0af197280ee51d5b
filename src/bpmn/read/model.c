/* Loads a model: the passes over the file, how faults are reported, and look-ups. */
#include "bpmn/model.h"

#include "bpmn/read/draft.h"

static const char *const kind_name[BPMN_KIND_COUNT] = {
    [BPMN_START] = "startEvent",
    [BPMN_END] = "endEvent",
    [BPMN_USER_TASK] = "userTask",
    [BPMN_SERVICE_TASK] = "serviceTask",
    [BPMN_BUSINESS_RULE_TASK] = "businessRuleTask",
    [BPMN_EXCLUSIVE] = "exclusiveGateway",
    [BPMN_PARALLEL] = "parallelGateway",
    [BPMN_CATCH_TIMER] = "intermediateCatchEvent",
    [BPMN_CATCH_MESSAGE] = "intermediateCatchEvent",
    [BPMN_BOUNDARY_TIMER] = "boundaryEvent",
    [BPMN_BOUNDARY_MESSAGE] = "boundaryEvent",
    [BPMN_PASS] = "task",
};

const char *bpmn_kind_name(enum bpmn_kind kind)
{
    return kind_name[kind];
}

const struct bpmn_node *bpmn_node_find(const struct bpmn_model *m, str id)
{
    return map_find(m->node_by_id, id);
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

void draft_take_error(struct draft *d, const struct xml *x)
{
    struct err *e = &d->cx->err;
    if (d->faults++ > 0 && !d->cx->findings) return; /* the first stands */
    str label = label_of(d, x);
    e->detail = arena_printf(d->cx->arena, STR_FMT "%s" STR_FMT, STR_ARG(label),
                             d->cx->lang == LANG_EN ? ": " : "：", STR_ARG(e->detail));
    err_source(d->cx, d->source);
    err_field(d->cx, xml_attr(x, "id"));
    if (d->cx->findings) (void)err_collect(d->cx);
}

static void report(struct draft *d, const struct xml *x, struct pos at, const char *slug,
                   str sentence)
{
    (void)!err_set_at(d->cx, RC_INVALID, slug, at, STR_FMT, STR_FMT, STR_ARG(sentence));
    draft_take_error(d, x);
}

void draft_fault(struct draft *d, const struct xml *x, const char *slug, const char *zh,
                 const char *en, ...)
{
    va_list ap;
    va_start(ap, en);
    str s = arena_vprintf(d->cx->arena, d->cx->lang == LANG_EN ? en : zh, ap);
    va_end(ap);
    report(d, x, x->pos, slug, s);
}

void draft_fault_at(struct draft *d, const struct xml *x, struct pos at, const char *slug,
                    const char *zh, const char *en, ...)
{
    va_list ap;
    va_start(ap, en);
    str s = arena_vprintf(d->cx->arena, d->cx->lang == LANG_EN ? en : zh, ap);
    va_end(ap);
    report(d, x, at, slug, s);
}

void draft_warn(struct draft *d, const struct xml *x, const char *slug, const char *zh,
                const char *en, ...)
{
    va_list ap;
    va_start(ap, en);
    str s = arena_vprintf(d->cx->arena, d->cx->lang == LANG_EN ? en : zh, ap);
    va_end(ap);
    if (d->warning.len >= FINDINGS_MAX) return;
    str label = label_of(d, x);
    struct err *e = vec_add(d->cx->arena, &d->warning);
    e->code = RC_INVALID;
    e->slug = slug;
    e->detail = arena_printf(d->cx->arena, STR_FMT "%s" STR_FMT, STR_ARG(label),
                             d->cx->lang == LANG_EN ? ": " : "：", STR_ARG(s));
    e->source = d->source;
    e->field = xml_attr(x, "id");
    e->pos = x->pos;
}

/* ---- expressions ---- */

str draft_unwrap(str text, struct pos *at)
{
    size_t cut = 0;
    if (str_starts(text, STR("="))) {
        cut = 1;
        text = str_slice(text, 1, text.len);
    } else if (str_starts(text, STR("${")) && str_ends(text, STR("}"))) {
        cut = 2;
        text = str_slice(text, 2, text.len - 1);
    }
    at->column += (uint32_t)cut;
    at->offset_bytes += (uint32_t)cut;
    return text;
}

static bool type_fits(const struct feel_type *have, unsigned kinds)
{
    if (feel_type_fits(feel_type_of_kind(FEEL_ANY), have)) return true; /* known when it runs */
    for (unsigned k = 0; k < FEEL_KIND_COUNT; k++)
        if ((kinds >> k & 1) && feel_type_fits(have, feel_type_of_kind((enum feel_kind)k)))
            return true;
    return false;
}

const struct feel_expr *draft_compile(struct draft *d, const struct xml *x, str text, struct pos at,
                                      unsigned kinds)
{
    const struct feel_expr *e = NULL;
    text = draft_unwrap(text, &at);
    if (!str_trim(text).len) {
        draft_fault_at(d, x, at, "bpmn.empty-expression", "这里需要一个 FEEL 表达式，却是空的",
                       "a FEEL expression is expected here, it is empty");
        return NULL;
    }
    if (feel_compile(d->cx, d->scope, text, at, &e) != RC_OK) {
        draft_take_error(d, x);
        return NULL;
    }
    if (type_fits(feel_expr_type(e), kinds)) return e;
    struct buf have = {.arena = d->cx->arena}, want = {.arena = d->cx->arena};
    feel_type_write(&have, feel_expr_type(e));
    for (unsigned k = 0; k < FEEL_KIND_COUNT; k++) {
        if (!(kinds >> k & 1)) continue;
        if (want.len) buf_add(&want, d->cx->lang == LANG_EN ? STR(" or ") : STR(" 或 "));
        feel_type_write(&want, feel_type_of_kind((enum feel_kind)k));
    }
    draft_fault_at(d, x, at, "bpmn.type",
                   "表达式 \"" STR_FMT "\" 的类型是 " STR_FMT "，这里需要 " STR_FMT,
                   "the expression \"" STR_FMT "\" is a " STR_FMT ", expected a " STR_FMT,
                   STR_ARG(text), STR_ARG(buf_str(&have)), STR_ARG(buf_str(&want)));
    return NULL;
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

rc bpmn_load(struct cx *cx, str xml, str source, struct feel_scope *variables,
             const struct bpmn_model **out)
{
    struct draft *d = NEW(cx->arena, struct draft);
    *d = (struct draft){.cx = cx, .source = source, .scope = variables};
    d->model = NEW(cx->arena, struct bpmn_model);
    d->model->scope = variables;
    d->model->source = arena_dup(cx->arena, source);
    d->model->version = (int64_t)(str_hash(xml) >> 1);
    d->model->outcome_slot =
        feel_scope_add(variables, STR("outcome"), feel_type_of_kind(FEEL_STRING));
    rc r = xml_parse(cx, xml, BPMN_XML_BYTES_MAX, &d->definitions);
    if (r != RC_OK) {
        err_source(cx, source);
        return r;
    }
    if (draft_read(d)) {
        bool whole = d->faults == 0; /* else the graph has holes, and its faults would be echoes */
        draft_attributes(d);
        if (whole) draft_check(d);
        if (whole && !d->faults) draft_check_joins(d);
    }
    d->model->node_by_id = &d->nodes;
    d->model->warning = d->warning.at;
    d->model->warning_count = (int)d->warning.len;
    r = finish(d);
    if (r == RC_OK) *out = d->model;
    return r;
}
