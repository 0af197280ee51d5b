/* Traces of the token simulation: what they show, and when two are the same. */
#include <stdlib.h>

#include "base/xml.h"
#include "main/bpmn/simulation.h"

#define NS_BPMN STR("http://www.omg.org/spec/BPMN/20100524/MODEL")

rc simulation_names(struct cx *cx, str xml, struct simulation_names *out)
{
    struct xml *root;
    *out = (struct simulation_names){0};
    rc r = xml_parse(cx, xml, BPMN_XML_BYTES_MAX, &root);
    if (r != RC_OK) return r;
    const struct xml *c = xml_child(root, NS_BPMN, STR("collaboration"));
    for (const struct xml *x = c ? c->child : NULL; x; x = x->next) {
        str *of = NEW(cx->arena, str);
        *of = xml_attr(x, "processRef");
        if (xml_is(x, NS_BPMN, STR("participant")))
            map_put(&out->process_of, cx->arena, xml_attr(x, "id"), of);
        if (xml_is(x, NS_BPMN, STR("messageFlow")))
            map_put(&out->is_message, cx->arena, xml_attr(x, "id"), of);
    }
    return RC_OK;
}

/* The plane of a collapsed sub-process is it; a participant is its process. */
static str true_id(const struct bpmn_model *m, const struct simulation_names *n, str id)
{
    const str *process = map_find(&n->process_of, id);
    if (process) return *process;
    const str plane = STR("_plane");
    if (!bpmn_node_find(m, id) && str_ends(id, plane)) return str_slice(id, 0, id.len - plane.len);
    return id;
}

static const struct bpmn_flow *flow_find(const struct bpmn_model *m, str id)
{
    for (int i = 0; i < m->flow_count; i++)
        if (str_eq(m->flow[i].id, id)) return &m->flow[i];
    return NULL;
}

/* ---- of the suite ---- */

/* "exit:END:B" */
struct step {
    str op, id, scope;
};

static struct step step_of(str text)
{
    struct step s;
    str rest;
    s.op = str_cut(text, ':', &rest);
    s.id = str_cut(rest, ':', &s.scope);
    return s;
}

static bool holds_tokens(const struct bpmn_model *m, const struct simulation_names *n, str id)
{
    const struct bpmn_node *node = bpmn_node_find(m, true_id(m, n, id));
    return map_find(&n->process_of, id) || (node && bpmn_is_scope(node->kind));
}

static bool seen(const struct names *list, str s)
{
    for (size_t i = 0; i < list->len; i++)
        if (str_eq(list->at[i], s)) return true;
    return false;
}

void trace_expected(struct arena *a, const struct bpmn_model *m, const struct simulation_names *n,
                    const struct json *steps, struct trace *out)
{
    struct names left = {0}; /* "ID:SCOPE": a scope that is compensated is left a second time */
    int alive = 0;
    *out = (struct trace){0};
    for (const struct json *j = steps ? steps->child : NULL; j; j = j->next) {
        const struct step s = step_of(j->text);
        const str key = arena_printf(a, STR_FMT ":" STR_FMT, STR_ARG(s.id), STR_ARG(s.scope));
        const bool is_leaf = !holds_tokens(m, n, s.id), again = seen(&left, key);
        const bool is_enter = str_eq(s.op, STR("enter")), is_exit = str_eq(s.op, STR("exit"));
        const struct passing p = {.id = true_id(m, n, s.id), .beside = alive > 1};
        if (str_eq(s.op, STR("createScope")) && is_leaf) alive++;
        if (is_enter && !map_find(&n->is_message, s.id)) *vec_add(a, &out->entered) = p;
        if (is_exit && !again && !map_find(&n->is_message, s.id)) *vec_add(a, &out->exited) = p;
        if (is_exit) *vec_add(a, &left) = key;
        if (is_leaf && !again && (is_exit || str_eq(s.op, STR("destroyScope")))) {
            alive--;
            *vec_add(a, &left) = key;
        }
    }
}

/* ---- of the engine ---- */

static bool after_event_gateway(const struct bpmn_node *n)
{
    return n->in_count == 1 && n->in[0]->from->kind == BPMN_EVENT_BASED;
}

static bool catches_link(const struct bpmn_node *n)
{
    return n->kind == BPMN_CATCH && n->event_count && n->event[0].kind == BPMN_EVENT_LINK;
}

/* The simulation signals what an event begins, it does not enter it. */
static bool is_begun(const struct bpmn_node *n)
{
    return n->kind == BPMN_PROCESS || n->kind == BPMN_START || n->kind == BPMN_BOUNDARY ||
           n->kind == BPMN_EVENT_SUB_PROCESS || catches_link(n) || after_event_gateway(n);
}

void trace_add(struct arena *a, const struct bpmn_model *m, const struct simulation_names *n,
               struct trace *t, const char *what, str element)
{
    const bool is_enter = str_eq(str_from(what), STR("enter"));
    const struct bpmn_node *node = bpmn_node_find(m, element);
    const struct bpmn_flow *flow = node ? NULL : flow_find(m, element);
    if (map_find(&n->is_message, element)) return;
    if (flow && flow->from->kind == BPMN_EVENT_BASED) return;
    if (node && node->kind == BPMN_EVENT_BASED && !is_enter) return;
    if (node && is_enter && is_begun(node)) return;
    *(is_enter ? vec_add(a, &t->entered) : vec_add(a, &t->exited)) =
        (struct passing){.id = arena_dup(a, element)};
}

/* ---- comparing ---- */

static int by_id(const void *x, const void *y)
{
    return str_cmp(((const struct passing *)x)->id, ((const struct passing *)y)->id);
}

static bool same_set(const struct passing *x, const struct passing *y, size_t count,
                     struct arena *a)
{
    struct passing *p = NEWS(a, struct passing, count + 1), *q = NEWS(a, struct passing, count + 1);
    memcpy(p, x, count * sizeof *p);
    memcpy(q, y, count * sizeof *q);
    qsort(p, count, sizeof *p, by_id);
    qsort(q, count, sizeof *q, by_id);
    for (size_t i = 0; i < count; i++)
        if (!str_eq(p[i].id, q[i].id)) return false;
    return true;
}

bool trace_equal(const struct passings *got, const struct passings *expected, struct arena *a)
{
    if (got->len != expected->len) return false;
    for (size_t i = 0, end; i < got->len; i = end) {
        end = i + 1;
        while (expected->at[i].beside && end < got->len && expected->at[end].beside)
            end++;
        if (!same_set(got->at + i, expected->at + i, end - i, a)) return false;
    }
    return true;
}

static void add_list(struct buf *b, const char *title, const struct passings *p)
{
    buf_printf(b, "%s [", title);
    for (size_t i = 0; i < p->len; i++)
        buf_printf(b, "%s" STR_FMT, i ? " " : "", STR_ARG(p->at[i].id));
    buf_char(b, ']');
}

str trace_text(struct arena *a, const struct trace *t)
{
    struct buf b = {.arena = a};
    add_list(&b, "entered", &t->entered);
    add_list(&b, " exited", &t->exited);
    return buf_str(&b);
}
