/* What goes into activities and events and comes out: data associations of the standard, and the
 * mappings of ours and of widespread engines. */
#include "bpmn/read/draft.h"

struct mapper {
    struct draft *d;
    const struct xml *x; /* of the node */
    struct bpmn_node *node;
    VEC(struct bpmn_mapping) in, out;
};

/* What is given to others — a called process, a message — is known there by name only. */
static bool gives_away(const struct bpmn_node *n)
{
    return n->kind == BPMN_CALL_ACTIVITY || n->kind == BPMN_SEND_TASK || n->kind == BPMN_THROW ||
           n->kind == BPMN_END;
}

/* name = value; what goes in is the activity's own, what comes out goes where the name lives. */
static void set(struct mapper *m, bool in, str name, const struct feel_expr *value, struct pos pos)
{
    struct draft *d = m->d;
    bool away = in && gives_away(m->node);
    int slot = in ? -1 : draft_slot(d, name);
    if (slot < 0 && !away)
        slot = draft_declare(d, m->x, name, in ? m->node : m->node->process, NULL);
    struct bpmn_mapping *to = in ? vec_add(d->cx->arena, &m->in) : vec_add(d->cx->arena, &m->out);
    *to = (struct bpmn_mapping){.name = name, .slot = slot, .value = value, .pos = pos};
}

/* ---- the standard's ---- */

/* The variable that stands for what an association reads: of an event that catches, the message. */
static const struct feel_expr *read_source(struct mapper *m, str ref, struct pos pos)
{
    bool is_output = draft_refer(m->d, ref, "dataOutput") != NULL;
    bool catches = m->node->kind == BPMN_START || m->node->kind == BPMN_CATCH ||
                   m->node->kind == BPMN_BOUNDARY || m->node->kind == BPMN_RECEIVE_TASK;
    if (catches && is_output) return draft_compile_made(m->d, m->x, STR("message"), pos);
    return draft_compile_made(m->d, m->x, draft_variable_name(m->d, ref), pos);
}

static void read_assignment(struct mapper *m, const struct xml *assignment, bool in)
{
    const struct xml *from = xml_child(assignment, NS_BPMN, STR("from"));
    const struct xml *to = xml_child(assignment, NS_BPMN, STR("to"));
    if (!from || !to || !from->text.len || !to->text.len) {
        draft_fault_at(m->d, m->x, assignment->pos, "bpmn.assignment",
                       "assignment 应含 from 和 to，各有一个表达式",
                       "an assignment must have from and to, each with an expression");
        return;
    }
    struct pos pos = to->text_pos;
    set(m, in, draft_variable_name(m->d, draft_unwrap(to->text, &pos)),
        draft_compile_element(m->d, m->x, from, IS_ANYTHING), from->pos);
}

static void read_association(struct mapper *m, const struct xml *a, bool in)
{
    const struct xml *source = xml_child(a, NS_BPMN, STR("sourceRef"));
    const struct xml *target = xml_child(a, NS_BPMN, STR("targetRef"));
    const struct xml *change = xml_child(a, NS_BPMN, STR("transformation"));
    const struct xml *assignment = xml_child(a, NS_BPMN, STR("assignment"));
    for (const struct xml *c = assignment; c && !draft_full(m->d); c = c->next)
        if (xml_is(c, NS_BPMN, STR("assignment"))) read_assignment(m, c, in);
    if (assignment || !target || !target->text.len) return;
    bool known = !source || draft_refer(m->d, source->text, NULL);
    if (!known || !draft_refer(m->d, target->text, NULL)) {
        const struct xml *lost = known ? target : source;
        draft_fault_at(m->d, m->x, lost->pos, "bpmn.unknown-reference",
                       STR_FMT " 指向的数据 \"" STR_FMT "\" 不存在",
                       STR_FMT " names the data \"" STR_FMT "\", which does not exist",
                       STR_ARG(lost->name), STR_ARG(lost->text));
        return;
    }
    const struct feel_expr *value = NULL;
    if (change && change->text.len)
        value = draft_compile_element(m->d, m->x, change, IS_ANYTHING);
    else if (source)
        value = read_source(m, source->text, source->pos);
    str name = draft_variable_name(m->d, target->text);
    if (value || m->d->naming) set(m, in, name, value, a->pos);
}

/* ---- ours and theirs ---- */

static void read_ours(struct mapper *m, const struct xml *c, bool in)
{
    const struct xml_attr *name = xml_attr_find(c, (str){0}, STR("name"));
    const struct xml_attr *value = xml_attr_find(c, (str){0}, STR("value"));
    if (!name || !str_trim(name->value).len || !value || c->attr_count != 2) {
        draft_fault_at(m->d, m->x, c->pos, "bpmn.parameter",
                       "bihuan:" STR_FMT " 应恰有属性 name 和 value",
                       "bihuan:" STR_FMT " must have the attributes name and value, no others",
                       STR_ARG(c->name));
        return;
    }
    set(m, in, str_trim(name->value),
        draft_compile(m->d, m->x, value->value, value->pos, IS_ANYTHING), c->pos);
}

/* A list or map of texts and expressions, as FEEL. */
static void write_value(struct mapper *m, struct buf *b, const struct xml *c)
{
    bool list = draft_is_theirs(c, "list"), map = draft_is_theirs(c, "map");
    struct pos pos = {0};
    if (!list && !map) {
        const struct xml *nested = c->child;
        if (nested && (draft_is_theirs(nested, "list") || draft_is_theirs(nested, "map")))
            write_value(m, b, nested);
        else if (draft_is_wrapped(c->text))
            buf_add(b, draft_unwrap(c->text, &pos));
        else
            buf_add(b, draft_quote(m->d->cx->arena, c->text));
        return;
    }
    buf_char(b, list ? '[' : '{');
    for (const struct xml *e = c->child; e && !draft_full(m->d); e = e->next) {
        if (e != c->child) buf_add(b, STR(", "));
        if (map) {
            buf_add(b, draft_quote(m->d->cx->arena, xml_attr(e, "key")));
            buf_add(b, STR(": "));
        }
        write_value(m, b, e);
    }
    buf_char(b, list ? ']' : '}');
}

/* camunda:inputParameter, camunda:outputParameter. */
static void read_parameter(struct mapper *m, const struct xml *c, bool in)
{
    const struct xml *script = c->child && draft_is_theirs(c->child, "script") ? c->child : NULL;
    const struct feel_expr *value = NULL;
    struct buf b = {.arena = m->d->cx->arena};
    if (script) {
        str format = xml_attr(script, "scriptFormat");
        bool feel = str_index(format, STR("feel")) != SIZE_MAX;
        if (feel)
            value = draft_compile(m->d, m->x, script->text, script->text_pos, IS_ANYTHING);
        else
            draft_warn(m->d, m->x, "bpmn.foreign-script",
                       "参数 \"" STR_FMT "\" 用 " STR_FMT " 写成，不是 FEEL，已略去",
                       "the parameter \"" STR_FMT "\" is written in " STR_FMT
                       ", not FEEL, and left out",
                       STR_ARG(xml_attr(c, "name")), STR_ARG(format));
        if (!feel) return;
    } else {
        write_value(m, &b, c);
        value = draft_compile_made(m->d, m->x, buf_str(&b), c->text_pos);
    }
    set(m, in, str_trim(xml_attr(c, "name")), value, c->pos);
}

/* The caller's own key has no name in FEEL. */
static void read_key(struct mapper *m, const struct xml_attr *key)
{
    bool own = str_index(key->value, STR("execution.")) != SIZE_MAX ||
               str_index(key->value, STR("processBusinessKey")) != SIZE_MAX;
    if (own && m->d->how->open)
        draft_warn(m->d, m->x, "bpmn.foreign-script", "业务键 " STR_FMT " 不是 FEEL，已略去",
                   "the business key " STR_FMT " is not FEEL and left out", STR_ARG(key->value));
    else
        m->node->called_key = draft_compile(m->d, m->x, key->value, key->pos, IS_ANYTHING);
}

/* camunda:in, camunda:out of a call. */
static void read_call(struct mapper *m, const struct xml *c, bool in)
{
    const struct xml_attr *source = xml_attr_find(c, (str){0}, STR("source"));
    const struct xml_attr *expression = xml_attr_find(c, (str){0}, STR("sourceExpression"));
    const struct xml_attr *key = xml_attr_find(c, (str){0}, STR("businessKey"));
    const struct xml_attr *target = xml_attr_find(c, (str){0}, STR("target"));
    const struct xml_attr *a = expression ? expression : source;
    if (str_eq(xml_attr(c, "variables"), STR("all"))) {
        if (in)
            m->node->call_all_in = true;
        else
            m->node->call_all_out = true;
    }
    if (key) read_key(m, key);
    if (!a || !target) return;
    set(m, in, str_trim(target->value), draft_compile(m->d, m->x, a->value, a->pos, IS_ANYTHING),
        c->pos);
}

/* A name of a message's own, where one is caught. */
static str of_message(struct mapper *m, str source)
{
    struct pos pos = {.line = 1, .column = 1};
    str text = str_trim(source);
    if (!draft_is_wrapped(text)) return text;
    text = str_trim(draft_unwrap(text, &pos));
    const struct feel_expr *e;
    bool catches = m->node->kind == BPMN_CATCH || m->node->kind == BPMN_BOUNDARY ||
                   m->node->kind == BPMN_START || m->node->kind == BPMN_RECEIVE_TASK;
    bool known = !catches || !text.len || draft_try(m->d, text, pos, &e);
    return arena_printf(m->d->cx->arena, "=%s" STR_FMT, known ? "" : "message.", STR_ARG(text));
}

static void read_zeebe(struct mapper *m, const struct xml *c, bool in)
{
    const struct xml_attr *source = xml_attr_find(c, (str){0}, STR("source"));
    str target = str_trim(xml_attr(c, "target"));
    if (!source || !target.len) return;
    struct xml_attr a = *source;
    if (!in) a.value = of_message(m, source->value);
    set(m, in, target, draft_compile_or_text(m->d, m->x, &a, IS_ANYTHING), c->pos);
}

static void read_extension(struct mapper *m, const struct xml *c)
{
    bool calls = m->node->kind == BPMN_CALL_ACTIVITY;
    bool in = str_starts(c->name, STR("in"));
    bool plain = str_eq(c->name, STR("in")) || str_eq(c->name, STR("out"));
    /* What comes back from a call is seen as the called process has it. */
    m->d->lends = calls && !in ? m->node : NULL;
    if (str_eq(c->ns, NS_BIHUAN) && plain) read_ours(m, c, in);
    if (calls && (draft_is_theirs(c, "in") || draft_is_theirs(c, "out"))) read_call(m, c, in);
    if (str_eq(c->ns, NS_ZEEBE) &&
        (str_eq(c->name, STR("input")) || str_eq(c->name, STR("output"))))
        read_zeebe(m, c, in);
    if (draft_is_theirs(c, "inputParameter") || draft_is_theirs(c, "outputParameter"))
        read_parameter(m, c, in);
    m->d->lends = NULL;
}

static void read_extensions(struct mapper *m)
{
    const struct xml *list = xml_child(m->x, NS_BPMN, STR("extensionElements"));
    for (const struct xml *c = list ? list->child : NULL; c && !draft_full(m->d); c = c->next) {
        bool nested = (str_eq(c->ns, NS_ZEEBE) && str_eq(c->name, STR("ioMapping"))) ||
                      draft_is_theirs(c, "inputOutput");
        if (!nested) read_extension(m, c);
        for (const struct xml *p = nested ? c->child : NULL; p && !draft_full(m->d); p = p->next)
            read_extension(m, p);
    }
}

void draft_read_mappings(struct draft *d, const struct xml *x, struct bpmn_node *n)
{
    struct mapper m = {.d = d, .x = x, .node = n};
    for (const struct xml *c = x->child; c && !draft_full(d); c = c->next) {
        if (xml_is(c, NS_BPMN, STR("dataInputAssociation"))) read_association(&m, c, true);
        if (xml_is(c, NS_BPMN, STR("dataOutputAssociation"))) read_association(&m, c, false);
    }
    read_extensions(&m);
    n->input = (struct bpmn_mappings){m.in.at, (int)m.in.len};
    n->output = (struct bpmn_mappings){m.out.at, (int)m.out.len};
}
