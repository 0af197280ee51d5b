/* The diagram interchange of a file as SVG: reads shapes and edges, takes their state from a marking,
 * fits the view and draws layer by layer. */
#include "bpmn/draw/svg.h"

#include <stdlib.h>

#include "base/decimal.h"
#include "base/json.h"
#include "base/map.h"
#include "bpmn/query.h"

enum { MARGIN = 160, COORDINATE_MAX = 1000000 };

struct drawing {
    struct cx *cx;
    struct xml *root;
    struct map elements;              /* id → struct xml */
    struct map tokens, passed, flows; /* of the marking: id → anything */
    const struct json *nodes;         /* of the marking */
    bool marked;
    VEC(struct svg_figure) figure;
    VEC(struct svg_edge) edge;
    struct svg_point low, high; /* what is drawn lies between */
};

/* ---- reading ---- */

static bool tenths(const struct xml *x, const char *name, int *out)
{
    dec n, rounded;
    int64_t fixed = 0;
    if (!dec_parse(str_trim(xml_attr(x, name)), &n)) return false;
    if (!dec_rescale(n, 1, DEC_HALF_UP, &rounded) || !dec_to_fixed(rounded, 1, &fixed))
        return false;
    if (fixed < -COORDINATE_MAX || fixed > COORDINATE_MAX) return false;
    *out = (int)fixed;
    return true;
}

static rc no_number(struct drawing *d, const struct xml *x)
{
    return err_set_at(d->cx, RC_INVALID, "bpmn.diagram", x->pos,
                      "图形元素 " STR_FMT " 的坐标不全，或不是不超过 100000 的数",
                      "a coordinate of the diagram's " STR_FMT
                      " is missing or no number up to 100000",
                      STR_ARG(x->name));
}

static void include(struct drawing *d, int x, int y)
{
    if (x < d->low.x) d->low.x = x;
    if (y < d->low.y) d->low.y = y;
    if (x > d->high.x) d->high.x = x;
    if (y > d->high.y) d->high.y = y;
}

static rc read_bounds(struct drawing *d, const struct xml *x, struct svg_box *out)
{
    const struct xml *b = xml_child(x, NS_DC, STR("Bounds"));
    if (!b) return RC_OK;
    if (!tenths(b, "x", &out->x) || !tenths(b, "y", &out->y) || !tenths(b, "width", &out->width) ||
        !tenths(b, "height", &out->height) || out->width < 0 || out->height < 0)
        return no_number(d, b);
    include(d, out->x, out->y);
    include(d, out->x + out->width, out->y + out->height);
    return RC_OK;
}

static const struct xml *element_of(struct drawing *d, const struct xml *x)
{
    str id = xml_attr(x, "bpmnElement"), rest, first = str_cut(id, ':', &rest);
    return map_find(&d->elements, first.len < id.len ? rest : first);
}

static bool is_drawn(const struct xml *x)
{
    static const char *const suffix[] = {"Event",
                                         "ask",
                                         "Gateway",
                                         "participant",
                                         "lane",
                                         "subProcess",
                                         "textAnnotation",
                                         "transaction",
                                         "callActivity",
                                         "SubProcess",
                                         "group",
                                         "dataObjectReference",
                                         "dataStoreReference",
                                         "dataInput",
                                         "dataOutput"};
    for (size_t i = 0; i < COUNTOF(suffix); i++)
        if (str_ends(x->name, str_from(suffix[i]))) return true;
    return false;
}

static enum svg_state state_of(const struct drawing *d, str id)
{
    if (!d->marked) return SVG_PLAIN;
    if (map_find(&d->tokens, id)) return SVG_CURRENT;
    return map_find(&d->passed, id) || map_find(&d->flows, id) ? SVG_PASSED : SVG_AHEAD;
}

/* What the marking says of an element, the last time it was there; NULL. */
static const struct json *visit_of(const struct drawing *d, str id)
{
    const struct json *last = NULL;
    for (const struct json *n = d->nodes ? d->nodes->child : NULL; n; n = n->next)
        if (str_eq(json_text(n, STR("id")), id)) last = n;
    return last;
}

/* 签收 · 已完成 · zhangsan · 2022-06-15T09:32:00+08:00 */
static str title_of(struct drawing *d, const struct svg_figure *f, const struct json *visit)
{
    static const str word[SVG_STATE_COUNT][2] = {
        [SVG_AHEAD] = {{"尚未到达", 12}, {"ahead", 5}},
        [SVG_PASSED] = {{"已完成", 9}, {"done", 4}},
        [SVG_CURRENT] = {{"当前步骤", 12}, {"current step", 12}},
    };
    str part[] = {word[f->state][d->cx->lang == LANG_EN], json_text(visit, STR("by")),
                  json_text(visit, STR("from")), json_text(visit, STR("to"))};
    struct buf b = {.arena = d->cx->arena};
    buf_add(&b, f->name.len ? f->name : f->id);
    for (size_t i = 0; i < COUNTOF(part); i++) {
        if (!part[i].len) continue;
        buf_add(&b, STR(" · "));
        buf_add(&b, part[i]);
    }
    return buf_str(&b);
}

static rc read_shape(struct drawing *d, const struct xml *x)
{
    const struct xml *element = element_of(d, x);
    if (!element || !is_drawn(element)) return RC_OK;
    struct svg_figure f = {.element = element, .id = xml_attr(element, "id")};
    f.name = str_trim(xml_attr(element, "name"));
    const bool holds = str_ends(element->name, STR("ubProcess")) ||
                       str_eq(element->name, STR("transaction")) ||
                       str_eq(element->name, STR("callActivity"));
    f.expanded = holds && str_eq(xml_attr(x, "isExpanded"), STR("true"));
    f.collapsed = holds && !f.expanded;
    f.upright = str_eq(xml_attr(x, "isHorizontal"), STR("false"));
    if (str_eq(element->name, STR("textAnnotation"))) {
        const struct xml *text = xml_child(element, NS_BPMN, STR("text"));
        f.name = text ? text->text : (str){0};
    }
    rc r = read_bounds(d, x, &f.box);
    const struct xml *label = xml_child(x, NS_BPMNDI, STR("BPMNLabel"));
    if (r == RC_OK && label) r = read_bounds(d, label, &f.label);
    if (r != RC_OK) return r;
    const struct json *visit = visit_of(d, f.id);
    f.state = state_of(d, f.id);
    f.note = json_text(visit, STR("note"));
    f.title = title_of(d, &f, visit);
    if (f.note.len) include(d, f.box.x, f.box.y - 200);
    const bool data = str_starts(element->name, STR("data"));
    bool outside =
        data || str_ends(element->name, STR("Event")) || str_ends(element->name, STR("Gateway"));
    if (outside && f.name.len && !f.label.width) {
        include(d, f.box.x + f.box.width / 2 - 460, f.box.y);
        include(d, f.box.x + f.box.width / 2 + 460, f.box.y + f.box.height + 220);
    }
    *(struct svg_figure *)vec_add(d->cx->arena, &d->figure) = f;
    return RC_OK;
}

static rc read_edge(struct drawing *d, const struct xml *x)
{
    const struct xml *element = element_of(d, x);
    if (!element) return RC_OK;
    int count = 0;
    for (const struct xml *c = x->child; c; c = c->next)
        count += xml_is(c, NS_DI, STR("waypoint"));
    if (count < 2) return RC_OK;
    struct svg_edge e = {.element = element, .id = xml_attr(element, "id")};
    /* One more in front: see begin_at_clock. */
    struct svg_point *point = NEWS(d->cx->arena, struct svg_point, (size_t)count + 1) + 1;
    for (const struct xml *c = x->child; c; c = c->next) {
        if (!xml_is(c, NS_DI, STR("waypoint"))) continue;
        struct svg_point *p = &point[e.point_count++];
        if (!tenths(c, "x", &p->x) || !tenths(c, "y", &p->y)) return no_number(d, c);
        include(d, p->x, p->y);
    }
    e.point = point;
    e.name = str_trim(xml_attr(element, "name"));
    e.state = state_of(d, e.id);
    const struct xml *label = xml_child(x, NS_BPMNDI, STR("BPMNLabel"));
    rc r = label ? read_bounds(d, label, &e.label) : RC_OK;
    if (r == RC_OK) *(struct svg_edge *)vec_add(d->cx->arena, &d->edge) = e;
    return r;
}

static void read_ids(struct drawing *d)
{
    struct xml *x = d->root;
    while (x) {
        str id = xml_attr(x, "id");
        bool model = str_eq(x->ns, NS_BPMN);
        if (model && id.len && !map_find(&d->elements, id))
            map_put(&d->elements, d->cx->arena, id, x);
        if (x->child) {
            x = x->child;
            continue;
        }
        while (x && !x->next)
            x = x->parent;
        if (x) x = x->next;
    }
}

/* Boundary events are drawn smaller than the file says: a flow from one begins at its centre, under
 * the circle. */
static void begin_at_clock(struct drawing *d, struct svg_edge *e)
{
    str from = xml_attr(e->element, "sourceRef");
    for (size_t i = 0; i < d->figure.len; i++) {
        const struct svg_figure *f = &d->figure.at[i];
        if (svg_layer(f) != SVG_ON_TOP || !str_eq(f->id, from)) continue;
        e->point--;
        e->point_count++;
        e->point[0] = (struct svg_point){f->box.x + f->box.width / 2, f->box.y + f->box.height / 2};
    }
}

/* Does an event stand on the upper edge of this task? */
static bool is_crowded(const struct drawing *d, const struct svg_figure *task)
{
    for (size_t i = 0; i < d->figure.len; i++) {
        const struct svg_figure *f = &d->figure.at[i];
        int x = f->box.x + f->box.width / 2;
        bool above = f->box.y < task->box.y && f->box.y + f->box.height > task->box.y;
        if (svg_layer(f) == SVG_ON_TOP && above && x >= task->box.x &&
            x <= task->box.x + task->box.width)
            return true;
    }
    return false;
}

static int by_size(const void *a, const void *b)
{
    const struct svg_figure *x = a, *y = b;
    const int64_t one = (int64_t)x->box.width * x->box.height,
                  two = (int64_t)y->box.width * y->box.height;
    if (one != two) return one > two ? -1 : 1;
    return str_cmp(x->id, y->id);
}

static rc read_plane(struct drawing *d)
{
    const struct xml *diagram = xml_child(d->root, NS_BPMNDI, STR("BPMNDiagram"));
    const struct xml *plane = xml_child(diagram, NS_BPMNDI, STR("BPMNPlane"));
    rc r = RC_OK;
    for (const struct xml *x = plane ? plane->child : NULL; x && r == RC_OK; x = x->next) {
        if (xml_is(x, NS_BPMNDI, STR("BPMNShape"))) r = read_shape(d, x);
        if (xml_is(x, NS_BPMNDI, STR("BPMNEdge"))) r = read_edge(d, x);
    }
    /* What holds others is larger, and drawn first. */
    if (d->figure.len) qsort(d->figure.at, d->figure.len, sizeof *d->figure.at, by_size);
    for (size_t i = 0; i < d->edge.len; i++)
        begin_at_clock(d, &d->edge.at[i]);
    for (size_t i = 0; i < d->figure.len; i++)
        if (d->figure.at[i].note.len) d->figure.at[i].crowded = is_crowded(d, &d->figure.at[i]);
    if (r == RC_OK && !d->figure.len)
        return err_set(d->cx, RC_INVALID, "bpmn.no-diagram",
                       "流程文件中没有图形（BPMNDiagram），无法画出",
                       "the process file has no shapes (BPMNDiagram) to draw");
    return r;
}

/* ---- the marking ---- */

static void fill_set(struct drawing *d, struct map *set, const struct json *list)
{
    for (const struct json *n = json_is(list, JSON_ARRAY) ? list->child : NULL; n; n = n->next)
        if (json_is(n, JSON_STRING)) map_put(set, d->cx->arena, n->text, d);
}

static rc read_marking(struct drawing *d, str text)
{
    const struct json *m = NULL;
    if (!str_trim(text).len) return RC_OK;
    rc r = json_parse(d->cx, text, &m);
    if (r != RC_OK) return r;
    fill_set(d, &d->tokens, json_find(m, STR("tokens")));
    fill_set(d, &d->passed, json_find(m, STR("passed")));
    fill_set(d, &d->flows, json_find(m, STR("flows")));
    d->nodes = json_find(m, STR("nodes"));
    d->marked = json_is(json_find(m, STR("instance")), JSON_NUMBER);
    return RC_OK;
}

/* ---- writing ---- */

static str process_name(const struct drawing *d)
{
    for (const struct xml *x = d->root->child; x; x = x->next)
        if (xml_is(x, NS_BPMN, STR("process")) && xml_attr(x, "name").len)
            return xml_attr(x, "name");
    return STR("BPMN");
}

static void write_current(struct drawing *d, struct buf *out)
{
    bool first = true;
    for (size_t i = 0; i < d->figure.len; i++) {
        const struct svg_figure *f = &d->figure.at[i];
        if (f->state != SVG_CURRENT) continue;
        if (first)
            buf_add(out, d->cx->lang == LANG_EN ? STR("Current step: ") : STR("当前步骤："));
        else
            buf_add(out, d->cx->lang == LANG_EN ? STR(", ") : STR("、"));
        svg_escape(out, f->name.len ? f->name : f->id);
        first = false;
    }
}

static void write_svg(struct drawing *d, struct buf *out)
{
    int width = d->high.x - d->low.x + 2 * MARGIN, height = d->high.y - d->low.y + 2 * MARGIN;
    buf_add(out, STR("<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"process\" role=\"img\""
                     " viewBox=\""));
    const int view[] = {d->low.x - MARGIN, d->low.y - MARGIN, width, height};
    for (size_t i = 0; i < COUNTOF(view); i++) {
        if (i) buf_char(out, ' ');
        svg_number(out, view[i]);
    }
    buf_add(out, STR("\" width=\""));
    svg_number(out, width);
    buf_add(out, STR("\" height=\""));
    svg_number(out, height);
    buf_add(out, STR("\" font-family=\"system-ui, 'Noto Sans CJK SC', 'PingFang SC', "
                     "'Microsoft YaHei', 'WenQuanYi Micro Hei', sans-serif\">\n<title>"));
    svg_escape(out, process_name(d));
    buf_add(out, STR("</title>\n<desc>"));
    write_current(d, out);
    buf_add(out, STR("</desc>\n"));
    for (int layer = SVG_GROUND; layer < SVG_STANDING; layer++)
        for (size_t i = 0; i < d->figure.len; i++)
            if ((int)svg_layer(&d->figure.at[i]) == layer) svg_draw_figure(out, &d->figure.at[i]);
    /* What was passed lies above what was not. */
    for (int passed = 0; passed < 2; passed++)
        for (size_t i = 0; i < d->edge.len; i++)
            if ((d->edge.at[i].state == SVG_PASSED) == passed) svg_draw_edge(out, &d->edge.at[i]);
    for (int layer = SVG_STANDING; layer < SVG_LAYER_COUNT; layer++)
        for (size_t i = 0; i < d->figure.len; i++)
            if ((int)svg_layer(&d->figure.at[i]) == layer) svg_draw_figure(out, &d->figure.at[i]);
    buf_add(out, STR("</svg>\n"));
}

rc bpmn_svg_write(struct cx *cx, str xml, str marking_json, struct buf *out)
{
    struct drawing d = {.cx = cx,
                        .low = {COORDINATE_MAX, COORDINATE_MAX},
                        .high = {-COORDINATE_MAX, -COORDINATE_MAX}};
    rc r = xml_parse(cx, xml, BPMN_XML_BYTES_MAX, &d.root);
    if (r == RC_OK) r = read_marking(&d, marking_json);
    if (r != RC_OK) return r;
    read_ids(&d);
    r = read_plane(&d);
    if (r != RC_OK) return r;
    write_svg(&d, out);
    if (cx->arena->exhausted || out->over)
        return err_set(cx, RC_LIMIT, "bpmn.memory", "流程图过大，内存不够",
                       "the diagram is too large for the memory allowed");
    return RC_OK;
}
