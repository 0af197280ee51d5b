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
        if (!xml_is(x, NS_BPMN, STR("messageFlow"))) continue;
        map_put(&out->is_message, cx->arena, xml_attr(x, "id"), of);
        map_put(&out->sends, cx->arena, xml_attr(x, "sourceRef"), of);
        map_put(&out->receives, cx->arena, xml_attr(x, "targetRef"), of);
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

/* A scope of the simulation: a token on an element.  Its own letter is known from its signal or its exit on. */
struct visit {
    str id, parent, letter;
    uint64_t *after; /* what it follows from */
    bool is_entered, is_over;
};
struct reading {
    struct arena *a;
    const struct bpmn_model *m;
    const struct simulation_names *n;
    struct trace *out;
    VEC(struct visit) visits;
    uint64_t *now; /* what the step being read follows from */
    size_t words;
};

static uint64_t *none(const struct reading *r)
{
    return NEWS(r->a, uint64_t, r->words);
}

static void join(const struct reading *r, uint64_t *into, const uint64_t *from)
{
    for (size_t i = 0; i < r->words; i++)
        into[i] |= from[i];
}

static uint64_t *both(const struct reading *r, const uint64_t *x, const uint64_t *y)
{
    uint64_t *out = none(r);
    join(r, out, x);
    join(r, out, y);
    return out;
}

/* The oldest that is still there, by its letter, else one that has no letter yet. */
static struct visit *visit_of(struct reading *r, str id, str letter, bool entered)
{
    struct visit *open = NULL;
    for (size_t i = 0; i < r->visits.len; i++) {
        struct visit *v = &r->visits.at[i];
        if (v->is_over || !str_eq(v->id, id)) continue;
        if (letter.len && str_eq(v->letter, letter)) return v;
        if (!open && !v->letter.len && v->is_entered == entered) open = v;
    }
    if (open && letter.len) open->letter = letter;
    return open;
}

static struct visit *visit_entered(struct reading *r, str id, str parent)
{
    for (size_t i = 0; i < r->visits.len; i++) {
        struct visit *v = &r->visits.at[i];
        if (!v->is_over && !v->is_entered && str_eq(v->id, id) && str_eq(v->parent, parent)) {
            v->is_entered = true;
            return v;
        }
    }
    return NULL;
}

/* Notes a passing; what follows from it follows from all it followed from. */
static void pass(struct reading *r, str id, bool is_exit, const uint64_t *after)
{
    const size_t index = r->out->len;
    r->now = both(r, after, none(r));
    if (map_find(&r->n->is_message, id)) return;
    *vec_add(r->a, r->out) = (struct passing){
        .id = true_id(r->m, r->n, id), .is_exit = is_exit, .after = both(r, after, after)};
    r->now[index / 64] |= UINT64_C(1) << index % 64;
}

/* What a scope waits for before it is left: all that was done in it, and what came to it. */
static void leave(struct reading *r, const struct step *s)
{
    struct visit *v = visit_of(r, s->id, s->scope, true);
    uint64_t *after = v ? both(r, v->after, none(r)) : none(r);
    if (!v) v = visit_of(r, s->id, s->scope, false);
    if (v) join(r, after, v->after);
    for (size_t i = 0; i < r->visits.len; i++)
        if (s->scope.len && str_eq(r->visits.at[i].parent, s->scope))
            join(r, after, r->visits.at[i].after);
    /* Tokens that came to a join stand beside the one that leaves it. */
    for (size_t i = 0; v && i < r->visits.len; i++)
        if (str_eq(r->visits.at[i].id, s->id) && str_eq(r->visits.at[i].parent, v->parent) &&
            r->visits.at[i].is_entered && bpmn_node_find(r->m, s->id) &&
            bpmn_node_find(r->m, s->id)->kind >= BPMN_EXCLUSIVE)
            join(r, after, r->visits.at[i].after);
    pass(r, s->id, true, after);
    if (v) v->after = both(r, r->now, r->now);
}

static void read_step(struct reading *r, const struct step *s)
{
    struct visit *v;
    if (str_eq(s->op, STR("createScope"))) {
        *vec_add(r->a, &r->visits) =
            (struct visit){.id = s->id, .parent = s->scope, .after = both(r, r->now, r->now)};
    } else if (str_eq(s->op, STR("enter"))) {
        v = visit_entered(r, s->id, s->scope);
        pass(r, s->id, false, v ? v->after : none(r));
        if (v) v->after = both(r, r->now, r->now);
    } else if (str_eq(s->op, STR("signal"))) {
        v = visit_of(r, s->id, s->scope, false);
        if (!v) v = visit_of(r, s->id, s->scope, true);
        r->now = v ? both(r, v->after, none(r)) : none(r);
        if (v) v->is_entered = true;
    } else if (str_eq(s->op, STR("exit"))) {
        leave(r, s);
    } else if (str_eq(s->op, STR("destroyScope"))) {
        v = visit_of(r, s->id, s->scope, true);
        if (v) v->is_over = true;
    }
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
    struct names left = {0}; /* a scope that is compensated is left a second time */
    struct reading r = {.a = a, .m = m, .n = n, .out = out};
    r.words = (steps ? steps->count : 0) / 64 + 1;
    r.now = none(&r);
    *out = (struct trace){0};
    for (const struct json *j = steps ? steps->child : NULL; j; j = j->next) {
        const struct step s = step_of(j->text);
        if (str_eq(s.op, STR("exit"))) {
            if (seen(&left, j->text)) continue;
            *vec_add(a, &left) = j->text;
        }
        read_step(&r, &s);
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
    *vec_add(a, t) = (struct passing){.id = arena_dup(a, element), .is_exit = !is_enter};
}

/* ---- comparing ---- */

static bool same(const struct passing *x, const struct passing *y)
{
    return x->is_exit == y->is_exit && str_eq(x->id, y->id);
}

static int by_id(const void *x, const void *y)
{
    const struct passing *p = x, *q = y;
    return p->is_exit != q->is_exit ? (int)p->is_exit - (int)q->is_exit : str_cmp(p->id, q->id);
}

static bool same_set(const struct trace *x, const struct trace *y, struct arena *a)
{
    if (x->len != y->len) return false;
    struct passing *p = NEWS(a, struct passing, x->len + 1),
                   *q = NEWS(a, struct passing, x->len + 1);
    for (size_t i = 0; i < x->len; i++) {
        p[i] = x->at[i];
        q[i] = y->at[i];
    }
    qsort(p, x->len, sizeof *p, by_id);
    qsort(q, x->len, sizeof *q, by_id);
    for (size_t i = 0; i < x->len; i++)
        if (!same(&p[i], &q[i])) return false;
    return true;
}

/* Where a passing is in another trace; SIZE_MAX when it is there several times: nobody can say which. */
static size_t only_place(const struct trace *t, const struct passing *p)
{
    size_t at = SIZE_MAX;
    for (size_t i = 0; i < t->len; i++) {
        if (!same(&t->at[i], p)) continue;
        if (at != SIZE_MAX) return SIZE_MAX;
        at = i;
    }
    return at;
}

/* Entering is compared with entering, leaving with leaving: when the one shows beside the other is each
 * engine's own. */
static bool in_order(const struct trace *got, const struct trace *expected, struct arena *a)
{
    size_t *place = NEWS(a, size_t, expected->len + 1);
    for (size_t i = 0; i < expected->len; i++)
        place[i] = only_place(got, &expected->at[i]);
    for (size_t i = 0; i < expected->len; i++)
        for (size_t k = 0; k < i; k++) {
            const bool must = expected->at[i].after[k / 64] >> k % 64 & 1;
            const bool known = place[i] != SIZE_MAX && place[k] != SIZE_MAX;
            if (must && known && expected->at[i].is_exit == expected->at[k].is_exit &&
                place[k] > place[i])
                return false;
        }
    return true;
}

bool trace_equal(const struct trace *got, const struct trace *expected, struct arena *a)
{
    return same_set(got, expected, a) && in_order(got, expected, a);
}

static void add_list(struct buf *b, const char *title, const struct trace *t, bool exits)
{
    bool first = true;
    buf_printf(b, "%s [", title);
    for (size_t i = 0; i < t->len; i++) {
        if (t->at[i].is_exit != exits) continue;
        buf_printf(b, "%s" STR_FMT, first ? "" : " ", STR_ARG(t->at[i].id));
        first = false;
    }
    buf_char(b, ']');
}

str trace_text(struct arena *a, const struct trace *t)
{
    struct buf b = {.arena = a};
    add_list(&b, "entered", t, false);
    add_list(&b, " exited", t, true);
    return buf_str(&b);
}
