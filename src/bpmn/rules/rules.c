/* Runs the rules of the standard over a file: indexes its elements, asks each rule about each element it
 * is about, reports. */
#include "bpmn/rules/rules.h"

#define NS_XSI STR("http://www.w3.org/2001/XMLSchema-instance")

/* ---- looking ---- */

struct rule_list rule_all(const struct rules *r, const char *name)
{
    const struct rule_list *list = map_find(&r->kinds, str_from(name));
    return list ? *list : (struct rule_list){0};
}

const struct xml *rule_kid(const struct xml *x, const char *name)
{
    return xml_child(x, NS_BPMN, str_from(name));
}

int rule_kids(const struct xml *x, const char *name)
{
    int n = 0;
    for (const struct xml *c = x->child; c; c = c->next)
        n += xml_is(c, NS_BPMN, str_from(name));
    return n;
}

bool rule_has_attr(const struct xml *x, const char *name)
{
    return xml_attr_find(x, (str){0}, str_from(name)) != NULL;
}

bool rule_true(const struct xml *x, const char *attr)
{
    str v = str_trim(xml_attr(x, attr));
    return str_eq(v, STR("true")) || str_eq(v, STR("1"));
}

bool rule_executable(const struct xml *x)
{
    while (x && !xml_is(x, NS_BPMN, STR("process")))
        x = x->parent;
    return x && rule_true(x, "isExecutable");
}

bool rule_is(const struct rules *r, const struct xml *x, const char *what)
{
    return x && str_eq(x->ns, NS_BPMN) &&
           schema_row_is(&r->schema, schema_row_find(&r->schema, x->name), str_from(what));
}

const struct xml *rule_up(const struct rules *r, const struct xml *x, const char *what)
{
    while (x && !rule_is(r, x, what))
        x = x->parent;
    return x;
}

bool rule_inside(const struct xml *x, const struct xml *around)
{
    while (x && x != around)
        x = x->parent;
    return x != NULL;
}

str rule_local(str reference)
{
    reference = str_trim(reference);
    str rest, first = str_cut(reference, ':', &rest);
    return first.len < reference.len ? rest : first;
}

const struct rule_element *rule_find(const struct rules *r, str reference)
{
    str local = rule_local(reference);
    return local.len ? map_find(&r->ids, local) : NULL;
}

const struct rule_element *rule_of(const struct rules *r, const struct xml *x)
{
    const struct rule_element *e = rule_find(r, xml_attr(x, "id"));
    return e && e->xml == x ? e : NULL;
}

size_t rule_in(const struct rules *r, const struct rule_element *e)
{
    return r->lists_flows ? (size_t)rule_kids(e->xml, "incoming") : e->in.len;
}

size_t rule_out(const struct rules *r, const struct rule_element *e)
{
    return r->lists_flows ? (size_t)rule_kids(e->xml, "outgoing") : e->out.len;
}

const struct xml *rule_def(const struct rules *r, const struct xml *event, int i)
{
    for (const struct xml *c = event->child; c; c = c->next) {
        const struct xml *def = NULL;
        if (xml_is(c, NS_BPMN, STR("eventDefinitionRef"))) {
            const struct rule_element *e = rule_find(r, c->text);
            def = e && rule_is(r, e->xml, "eventDefinition") ? e->xml : c;
        } else if (str_eq(c->ns, NS_BPMN) && str_ends(c->name, STR("EventDefinition"))) {
            def = c;
        }
        if (def && i-- == 0) return def;
    }
    return NULL;
}

int rule_defs(const struct rules *r, const struct xml *event, const char *kind)
{
    int n = 0;
    const struct xml *def = NULL;
    for (int i = 0; (def = rule_def(r, event, i)) != NULL; i++)
        n += !kind || (str_starts(def->name, str_from(kind)) &&
                       def->name.len == strlen(kind) + strlen("EventDefinition"));
    return n;
}

bool rule_formal(const struct xml *expression)
{
    const struct xml_attr *type = xml_attr_find(expression, NS_XSI, STR("type"));
    return type && str_eq(rule_local(type->value), STR("tFormalExpression"));
}

/* ---- reporting ---- */

void rule_report(struct rules *r, const struct xml *x, struct pos at, const struct rule *rule)
{
    bool zh = r->d->cx->lang != LANG_EN;
    str s = arena_printf(r->d->cx->arena, zh ? "%s（BPMN 2.0 规则 %s）" : "%s (BPMN 2.0 rule %s)",
                         zh ? rule->zh : rule->en, rule->number);
    if (rule->class == RULE_ALWAYS || (r->strict && rule->class != RULE_HINT))
        draft_fault_at(r->d, x, at, rule->slug, STR_FMT, STR_FMT, STR_ARG(s));
    else
        draft_warn(r->d, x, rule->slug, STR_FMT, STR_FMT, STR_ARG(s));
}

/* ---- the index ---- */

/* The next element in the order of the file; what stands in extensionElements is not of the standard. */
static struct xml *next_of(struct xml *x)
{
    if (x->child && !xml_is(x, NS_BPMN, STR("extensionElements"))) return x->child;
    while (x && !x->next)
        x = x->parent;
    return x ? x->next : NULL;
}

static void add_flow(struct rules *r, const struct xml *flow, const char *end, bool in)
{
    struct rule_element *e = map_find(&r->ids, rule_local(xml_attr(flow, end)));
    if (e) *(const struct xml **)vec_add(r->d->cx->arena, in ? &e->in : &e->out) = flow;
}

static void index_elements(struct rules *r, struct xml *root)
{
    size_t count = 0;
    for (struct xml *x = root; x; x = next_of(x))
        count += str_eq(x->ns, NS_BPMN);
    r->element = arena_try(r->d->cx->arena, count, sizeof *r->element);
    if (!r->element) return;
    for (struct xml *x = root; x; x = next_of(x)) {
        if (!str_eq(x->ns, NS_BPMN)) continue;
        struct rule_element *e = &r->element[r->count++];
        *e = (struct rule_element){.xml = x, .row = schema_row_find(&r->schema, x->name)};
        struct rule_list *list = map_find(&r->kinds, x->name);
        if (!list) {
            list = NEW(r->d->cx->arena, struct rule_list);
            map_put(&r->kinds, r->d->cx->arena, x->name, list);
        }
        *(const struct xml **)vec_add(r->d->cx->arena, list) = x;
        str id = xml_attr(x, "id");
        if (id.len && !map_find(&r->ids, id)) map_put(&r->ids, r->d->cx->arena, id, e);
        bool listing = str_eq(x->name, STR("incoming")) || str_eq(x->name, STR("outgoing"));
        r->lists_flows = r->lists_flows || listing;
    }
    struct rule_list flows = rule_all(r, "sequenceFlow");
    for (size_t i = 0; i < flows.len; i++) {
        add_flow(r, flows.at[i], "sourceRef", false);
        add_flow(r, flows.at[i], "targetRef", true);
    }
}

/* ---- running ---- */

/* Which rows a rule is about, as far as the file has them. */
static bool is_about(const struct rules *r, const struct rule *rule, int row)
{
    for (str rest = str_from(rule->on); rest.len;)
        if (schema_row_is(&r->schema, row, str_cut(rest, ' ', &rest))) return true;
    return false;
}

static void run_rule(struct rules *r, const struct rule *rule)
{
    signed char about[SCHEMA_ROWS_MAX] = {0}; /* 0 not known yet, 1 yes, -1 no */
    for (size_t i = 0; i < r->count; i++) {
        const struct rule_element *e = &r->element[i];
        if (e->row < 0 || e->row >= SCHEMA_ROWS_MAX) continue;
        if (!about[e->row]) about[e->row] = is_about(r, rule, e->row) ? 1 : -1;
        if (about[e->row] < 0) continue;
        r->at = NULL;
        if (!rule->broken(r, e)) continue;
        const struct xml *x = e->xml;
        struct pos at = r->at ? r->at->pos : x->pos;
        /* The reader of a fault looks for an element with an id. */
        while (!rule_has_attr(x, "id") && x->parent && x->parent->parent)
            x = x->parent;
        rule_report(r, x, at, rule);
    }
}

static void run_set(struct rules *r, const struct rule_set *set)
{
    for (size_t i = 0; i < set->count; i++)
        if (r->whole || set->at[i].class != RULE_FORM) run_rule(r, &set->at[i]);
}

static void run_all(struct rules *r)
{
    schema_init(&r->schema, r->d->cx->arena);
    index_elements(r, r->d->definitions);
    if (r->d->cx->arena->exhausted) return;
    if (r->strict) {
        rules_check_imports(r);
        rules_check_schema(r);
    }
    run_set(r, &rules_of_files);
    run_set(r, &rules_of_flow);
    run_set(r, &rules_of_events);
    run_set(r, &rules_of_activities);
    run_set(r, &rules_of_data);
}

void draft_check_rules(struct draft *d, bool strict)
{
    struct rules r = {.d = d, .strict = strict};
    run_all(&r);
}

rc bpmn_check_file(struct cx *cx, str xml, str source, const struct bpmn_files *files)
{
    static const struct bpmn_load how = {.strict = true};
    struct draft d = {.cx = cx, .how = &how, .source = source};
    rc result = xml_parse(cx, xml, BPMN_XML_BYTES_MAX, &d.definitions);
    if (result != RC_OK) {
        err_source(cx, source);
        return result;
    }
    if (!xml_is(d.definitions, NS_BPMN, STR("definitions"))) {
        draft_fault(
            &d, d.definitions, "bpmn.not-bpmn",
            "不是 BPMN 2.0 文件，最外层应为 BPMN 命名空间的 definitions",
            "not a BPMN 2.0 file, the outermost element must be definitions of its namespace");
    } else {
        struct rules r = {.d = &d, .strict = true, .whole = true, .files = files};
        run_all(&r);
    }
    if (cx->arena->exhausted)
        return err_set(cx, RC_LIMIT, "bpmn.memory", "流程文件过大，内存不够",
                       "the process file is too large for the memory allowed");
    if (!d.faults) return RC_OK;
    (void)!err_set(cx, RC_INVALID, "bpmn.invalid", "流程 " STR_FMT " 有 %d 处错误",
                   "the process " STR_FMT " has %d faults", STR_ARG(source), d.faults);
    err_source(cx, source);
    return cx->err.code;
}
