/* Draws one figure or flow.  Colours are presentation attributes, so that a style sheet may change
 * them by class, and a drawing without one looks right. */
#include "bpmn/draw/svg.h"

#define INK    "#17212b"
#define MUTED  "#5b6b7b"
#define LINE   "#c5ced8"
#define ACCENT "#0b5cad"
#define SOFT   "#e8f1fb"
#define AMBER  "#a86500"

enum { FONT_NOTE = 110 }; /* a note inside a task */

struct look {
    const char *class, *fill, *stroke, *text, *width;
};
static const struct look looks[SVG_STATE_COUNT] = {
    [SVG_PLAIN] = {"", "#ffffff", MUTED, INK, "1.5"},
    [SVG_AHEAD] = {" ahead", "#ffffff", LINE, MUTED, "1.5"},
    [SVG_PASSED] = {" passed", SOFT, ACCENT, INK, "2"},
    [SVG_CURRENT] = {" current", ACCENT, ACCENT, "#ffffff", "2"},
};
static const struct look flow_looks[SVG_STATE_COUNT] = {
    [SVG_PLAIN] = {"", "none", MUTED, MUTED, "1.5"},
    [SVG_AHEAD] = {" ahead", "none", LINE, MUTED, "1.5"},
    [SVG_PASSED] = {" passed", "none", ACCENT, ACCENT, "2.5"},
    [SVG_CURRENT] = {" passed", "none", ACCENT, ACCENT, "2.5"},
};

static void attribute(struct buf *out, const char *name, int tenths)
{
    buf_printf(out, " %s=\"", name);
    svg_number(out, tenths);
    buf_char(out, '"');
}

static void open_group(struct buf *out, const char *class, str kind, str id, const char *state)
{
    buf_printf(out, "<g class=\"%s", class);
    if (kind.len) {
        buf_char(out, ' ');
        svg_escape(out, kind);
    }
    buf_printf(out, "%s\" data-id=\"", state);
    svg_escape(out, id);
    buf_char(out, '"');
}

static void title(struct buf *out, str text)
{
    if (!text.len) return;
    buf_add(out, STR("<title>"));
    svg_escape(out, text);
    buf_add(out, STR("</title>"));
}

/* Lines centred on (x, y), y being the middle of the block. */
static void text_block(struct buf *out, const str *line, int count, struct svg_point at, int font,
                       const char *fill)
{
    /* Small print stands on lines and flows: a white rim keeps it legible. */
    const char *rim =
        font == SVG_FONT_SMALL
            ? " stroke=\"#ffffff\" stroke-width=\"3\" paint-order=\"stroke\" stroke-linejoin=\"round\""
            : "";
    int y = at.y - (count - 1) * SVG_LINE / 2 + font * 36 / 100;
    for (int i = 0; i < count; i++, y += SVG_LINE) {
        buf_add(out, STR("<text text-anchor=\"middle\""));
        attribute(out, "x", at.x);
        attribute(out, "y", y);
        attribute(out, "font-size", font);
        buf_printf(out, " fill=\"%s\"%s>", fill, rim);
        svg_escape(out, line[i]);
        buf_add(out, STR("</text>"));
    }
}

/* Labels are as wide as the file says, when that is enough for two characters. */
static int label_width(const struct svg_box *label)
{
    return label->width >= 2 * SVG_FONT_SMALL ? label->width : 900;
}

/* ---- flows ---- */

static int root(int64_t square)
{
    int64_t low = 0, high = 1 << 22;
    while (low < high) {
        int64_t mid = (low + high + 1) / 2;
        if (mid * mid <= square)
            low = mid;
        else
            high = mid - 1;
    }
    return (int)low;
}

/* A triangle at the last point, along the last piece that has a length. */
static void arrow_head(struct buf *out, const struct svg_edge *e, const struct look *look)
{
    enum { LONG = 80, HALF = 35 };
    struct svg_point tip = e->point[e->point_count - 1], tail = tip;
    for (int i = e->point_count - 2; i >= 0 && tail.x == tip.x && tail.y == tip.y; i--)
        tail = e->point[i];
    int64_t dx = tip.x - tail.x, dy = tip.y - tail.y;
    int length = root(dx * dx + dy * dy);
    if (!length) return;
    int back_x = (int)(dx * LONG / length), back_y = (int)(dy * LONG / length);
    int side_x = (int)(dy * HALF / length), side_y = (int)(dx * HALF / length);
    struct svg_point corner[] = {tip,
                                 {tip.x - back_x + side_x, tip.y - back_y - side_y},
                                 {tip.x - back_x - side_x, tip.y - back_y + side_y}};
    buf_add(out, STR("<path d=\""));
    for (size_t i = 0; i < COUNTOF(corner); i++) {
        buf_char(out, i ? 'L' : 'M');
        svg_number(out, corner[i].x);
        buf_char(out, ' ');
        svg_number(out, corner[i].y);
    }
    buf_printf(out, "Z\" fill=\"%s\"/>", look->stroke);
}

/* Where the label goes when the file does not say: above the middle of the longest piece. */
static struct svg_point label_place(const struct svg_edge *e)
{
    int64_t longest = -1;
    struct svg_point at = e->point[0];
    for (int i = 1; i < e->point_count; i++) {
        struct svg_point a = e->point[i - 1], b = e->point[i];
        int64_t dx = b.x - a.x, dy = b.y - a.y;
        if (dx * dx + dy * dy <= longest) continue;
        longest = dx * dx + dy * dy;
        at = (struct svg_point){(a.x + b.x) / 2, (a.y + b.y) / 2 - 90};
    }
    return at;
}

static bool is_directed(const struct xml *x)
{
    return str_starts(x->name, STR("data")) ||
           str_eq(xml_attr(x, "associationDirection"), STR("One"));
}

/* Conditional flows that leave activities begin with a diamond, default flows with a stroke across. */
static void flow_mark(struct buf *out, const struct svg_edge *e, const struct look *look)
{
    const struct xml *from = NULL;
    const str source = xml_attr(e->element, "sourceRef");
    for (const struct xml *x = e->element->parent ? e->element->parent->child : NULL; x;
         x = x->next)
        if (str_eq(xml_attr(x, "id"), source)) from = x;
    if (!from || e->point_count < 2) return;
    const struct svg_point a = e->point[0], b = e->point[1];
    const int64_t dx = b.x - a.x, dy = b.y - a.y;
    const int length = root(dx * dx + dy * dy);
    if (length < 200) return;
    const struct svg_point at = {a.x + (int)(dx * 90 / length), a.y + (int)(dy * 90 / length)};
    const bool gateway = str_ends(from->name, STR("Gateway"));
    if (str_eq(xml_attr(from, "default"), e->id))
        svg_mark(out, at, dx ? "M-3 5L3 -5" : "M-5 -3L5 3", look->stroke, "none");
    else if (!gateway && xml_child(e->element, NS_BPMN, STR("conditionExpression")))
        svg_mark(out, at, dx ? "M-9 0L0 -5L9 0L0 5Z" : "M0 -9L5 0L0 9L-5 0Z", look->stroke,
                 "#ffffff");
}

void svg_draw_edge(struct buf *out, const struct svg_edge *e)
{
    const struct look *look = &flow_looks[e->state];
    bool flow = xml_is(e->element, NS_BPMN, STR("sequenceFlow"));
    open_group(out, "flow", flow ? (str){0} : e->element->name, e->id, look->class);
    buf_char(out, '>');
    title(out, e->name);
    buf_add(out, STR("<path d=\""));
    for (int i = 0; i < e->point_count; i++) {
        buf_char(out, i ? 'L' : 'M');
        svg_number(out, e->point[i].x);
        buf_char(out, ' ');
        svg_number(out, e->point[i].y);
    }
    const bool message = xml_is(e->element, NS_BPMN, STR("messageFlow"));
    buf_printf(out,
               "\" fill=\"none\" stroke=\"%s\" stroke-width=\"%s\" stroke-linejoin=\"round\"%s/>",
               look->stroke, look->width,
               flow      ? ""
               : message ? " stroke-dasharray=\"8 5\""
                         : " stroke-dasharray=\"2 4\" stroke-linecap=\"round\"");
    if (flow || message || is_directed(e->element)) arrow_head(out, e, look);
    if (message)
        svg_mark(out, e->point[0], "M0 -4A4 4 0 1 1 0 4A4 4 0 1 1 0 -4", look->stroke, "#ffffff");
    if (flow) flow_mark(out, e, look);
    if (e->name.len) {
        str line[2];
        int width = label_width(&e->label);
        int count = svg_lines(out->arena, e->name, width + 20, SVG_FONT_SMALL, line, 2);
        struct svg_point at = label_place(e);
        if (e->label.width)
            at = (struct svg_point){e->label.x + e->label.width / 2,
                                    e->label.y + e->label.height / 2};
        text_block(out, line, count, at, SVG_FONT_SMALL, look->text);
    }
    buf_add(out, STR("</g>\n"));
}

/* ---- figures ---- */

static bool ends(const struct svg_figure *f, const char *with)
{
    return str_ends(f->element->name, str_from(with));
}

static bool is_pool(const struct svg_figure *f)
{
    return ends(f, "participant") || ends(f, "lane");
}

static bool is_boundary(const struct svg_figure *f)
{
    return ends(f, "boundaryEvent");
}

enum svg_layer_of svg_layer(const struct svg_figure *f)
{
    if (is_pool(f)) return SVG_GROUND;
    if (f->expanded || ends(f, "group")) return SVG_INSIDE;
    return is_boundary(f) ? SVG_ON_TOP : SVG_STANDING;
}

static struct svg_point centre(const struct svg_box *b)
{
    return (struct svg_point){b->x + b->width / 2, b->y + b->height / 2};
}

static void circle(struct buf *out, struct svg_point at, int radius, const char *fill,
                   const char *stroke, const char *width, const char *more)
{
    buf_add(out, STR("<circle"));
    attribute(out, "cx", at.x);
    attribute(out, "cy", at.y);
    attribute(out, "r", radius);
    buf_printf(out, " fill=\"%s\" stroke=\"%s\" stroke-width=\"%s\"%s/>", fill, stroke, width,
               more);
}

static void rectangle(struct buf *out, const struct svg_box *b, int round, const struct look *look)
{
    buf_add(out, STR("<rect"));
    attribute(out, "x", b->x);
    attribute(out, "y", b->y);
    attribute(out, "width", b->width);
    attribute(out, "height", b->height);
    attribute(out, "rx", round);
    buf_printf(out, " fill=\"%s\" stroke=\"%s\" stroke-width=\"%s\"/>", look->fill, look->stroke,
               look->width);
}

static bool has(const struct svg_figure *f, const char *definition)
{
    return xml_child(f->element, NS_BPMN, str_from(definition)) != NULL;
}

static void draw_event(struct buf *out, const struct svg_figure *f)
{
    const struct look *look = &looks[f->state];
    bool timer = has(f, "timerEventDefinition");
    struct svg_point at = centre(&f->box);
    int radius = (f->box.width < f->box.height ? f->box.width : f->box.height) / 2;
    if (is_boundary(f) && radius > 115) radius = 115; /* leaves room for the task's text */
    const char *stroke = is_boundary(f) && timer ? AMBER : look->stroke;
    const char *inner = f->state == SVG_CURRENT ? "#ffffff" : stroke;
    const char *fill = f->state == SVG_PASSED && !is_boundary(f) ? "#ffffff" : look->fill;
    const bool waits = str_eq(xml_attr(f->element, "cancelActivity"), STR("false")) ||
                       str_eq(xml_attr(f->element, "isInterrupting"), STR("false"));
    const char *dash = waits ? " stroke-dasharray=\"4 3\"" : "";
    circle(out, at, radius, fill, stroke, ends(f, "endEvent") ? "3.5" : look->width, dash);
    if (!ends(f, "startEvent") && !ends(f, "endEvent"))
        circle(out, at, radius - 30, "none", inner, "1", dash);
    svg_event_mark(out, f->element, at, inner);
}

static void draw_gateway(struct buf *out, const struct svg_figure *f)
{
    const struct look *look = &looks[f->state];
    struct svg_point at = centre(&f->box);
    const struct svg_point corner[] = {{at.x, f->box.y},
                                       {f->box.x + f->box.width, at.y},
                                       {at.x, f->box.y + f->box.height},
                                       {f->box.x, at.y}};
    buf_add(out, STR("<path d=\""));
    for (size_t i = 0; i < COUNTOF(corner); i++) {
        buf_char(out, i ? 'L' : 'M');
        svg_number(out, corner[i].x);
        buf_char(out, ' ');
        svg_number(out, corner[i].y);
    }
    buf_printf(out, "Z\" fill=\"%s\" stroke=\"%s\" stroke-width=\"%s\" stroke-linejoin=\"round\"/>",
               look->fill, look->stroke, look->width);
    svg_gateway_mark(out, f->element, at, f->state == SVG_CURRENT ? "#ffffff" : look->stroke);
}

/* Borders: thick for calls, double for transactions, dotted for event sub-processes. */
static void draw_border(struct buf *out, const struct svg_figure *f, const struct look *look)
{
    struct look own = *look;
    struct svg_box inside = {f->box.x + 30, f->box.y + 30, f->box.width - 60, f->box.height - 60};
    const bool by_event = str_eq(xml_attr(f->element, "triggeredByEvent"), STR("true"));
    if (ends(f, "callActivity")) own.width = "4";
    if (by_event) own.width = "1.5\" stroke-dasharray=\"2 4\" stroke-linecap=\"round";
    rectangle(out, &f->box, 80, &own);
    own.width = look->width;
    if (ends(f, "transaction") && inside.width > 0 && inside.height > 0)
        rectangle(out, &inside, 60, &own);
}

/* What is open: its name lies at the upper edge, the rest is drawn on it. */
static void draw_open(struct buf *out, const struct svg_figure *f)
{
    struct look look = looks[f->state];
    str line[1];
    const struct svg_point top = {f->box.x + f->box.width / 2, f->box.y + 140},
                           bottom = {f->box.x + f->box.width / 2, f->box.y + f->box.height - 110};
    if (f->state == SVG_CURRENT) look.fill = SOFT, look.text = ACCENT;
    if (f->state == SVG_PASSED) look.fill = "#ffffff";
    draw_border(out, f, &look);
    const int count = svg_lines(out->arena, f->name, f->box.width - 120, SVG_FONT, line, 1);
    text_block(out, line, count, top, SVG_FONT, look.text);
    (void)svg_activity_marks(out, f->element, bottom, false, look.stroke);
}

static void draw_task(struct buf *out, const struct svg_figure *f)
{
    const struct look *look = &looks[f->state];
    draw_border(out, f, look);
    const char *ink = f->state == SVG_CURRENT ? "#ffffff" : look->stroke;
    const struct svg_point corner = {f->box.x + 120, f->box.y + 120},
                           bottom = {f->box.x + f->box.width / 2, f->box.y + f->box.height - 90};
    const int marks = svg_activity_marks(out, f->element, bottom, f->collapsed, ink);
    str line[SVG_LINES_MAX], note;
    bool inside = f->note.len && f->crowded;
    int room = (f->box.height - 60 - (marks ? 160 : 0)) / SVG_LINE - inside;
    room = room < 1 ? 1 : room > SVG_LINES_MAX ? SVG_LINES_MAX : room;
    int count = svg_lines(out->arena, f->name, f->box.width - 120, SVG_FONT, line, room);
    struct svg_point at = centre(&f->box);
    if (marks) at.y -= 70;
    if (inside && svg_lines(out->arena, f->note, f->box.width - 80, FONT_NOTE, &note, 1)) {
        at.y -= SVG_LINE / 2;
        struct svg_point below = {at.x, at.y + (count + 1) * SVG_LINE / 2};
        text_block(out, &note, 1, below, FONT_NOTE, look->text);
    }
    text_block(out, line, count, at, SVG_FONT, look->text);
    /* Words go before marks. */
    const bool room_for_mark = at.y - count * SVG_LINE / 2 - f->box.y >= 160;
    if (f->box.width >= 800 && room_for_mark) svg_task_mark(out, f->element, corner, ink);
}

/* The name of a pool or lane stands upright at its left edge, or lies on top of one that stands. */
static void draw_pool(struct buf *out, const struct svg_figure *f)
{
    const struct svg_point at =
        f->upright ? (struct svg_point){f->box.x + f->box.width / 2, f->box.y + 190}
                   : (struct svg_point){f->box.x + 180, f->box.y + f->box.height / 2};
    rectangle(out, &f->box, 40, &(struct look){"", "none", LINE, MUTED, "1"});
    buf_add(out, STR("<text text-anchor=\"middle\" transform=\"translate("));
    svg_number(out, at.x);
    buf_char(out, ' ');
    svg_number(out, at.y);
    buf_printf(out, ")%s\" font-size=\"12\" fill=\"%s\">", f->upright ? "" : " rotate(-90)", MUTED);
    svg_escape(out, f->name);
    buf_add(out, STR("</text>"));
}

/* A sheet with a corner turned down, or a drum. */
static void draw_data(struct buf *out, const struct svg_figure *f)
{
    const int w = f->box.width, h = f->box.height;
    const bool store = ends(f, "dataStoreReference");
    buf_add(out, STR("<path d=\"M"));
    svg_number(out, f->box.x);
    buf_char(out, ' ');
    svg_number(out, f->box.y + (store ? h / 6 : 0));
    const int piece[][2] = {{w * 2 / 3, 0}, {w / 3, h / 4}, {0, h * 3 / 4}, {-w, 0}, {0, -h}};
    for (size_t i = 0; !store && i < COUNTOF(piece); i++) {
        buf_char(out, 'l');
        svg_number(out, piece[i][0]);
        buf_char(out, ' ');
        svg_number(out, piece[i][1]);
    }
    const int curve[][6] = {{0, -h / 4, w, -h / 4, w, 0},
                            {0, h / 4, -w, h / 4, -w, 0},
                            {0, 0, 0, h * 2 / 3, 0, h * 2 / 3},
                            {0, h / 4, w, h / 4, w, 0},
                            {0, 0, 0, -h * 2 / 3, 0, -h * 2 / 3}};
    for (size_t i = 0; store && i < COUNTOF(curve); i++) {
        buf_char(out, 'c');
        for (int k = 0; k < 6; k++) {
            if (k) buf_char(out, ' ');
            svg_number(out, curve[i][k]);
        }
    }
    buf_printf(out, "%s\" fill=\"#ffffff\" stroke=\"%s\" stroke-width=\"1.2\"/>", store ? "" : "Z",
               MUTED);
}

static void draw_group(struct buf *out, const struct svg_figure *f)
{
    static const struct look look = {"", "none", MUTED, MUTED, "1\" stroke-dasharray=\"8 4 2 4"};
    rectangle(out, &f->box, 80, &look);
}

/* A remark: its text behind a bracket. */
static void draw_annotation(struct buf *out, const struct svg_figure *f)
{
    str line[SVG_LINES_MAX];
    struct svg_point corner = {f->box.x, f->box.y};
    buf_add(out, STR("<path d=\"M"));
    svg_number(out, corner.x + 80);
    buf_char(out, ' ');
    svg_number(out, corner.y);
    buf_add(out, STR("h-8v"));
    svg_number(out, f->box.height);
    buf_printf(out, "h8\" fill=\"none\" stroke=\"%s\"/>", MUTED);
    int count =
        svg_lines(out->arena, f->name, f->box.width - 60, SVG_FONT_SMALL, line, SVG_LINES_MAX);
    text_block(out, line, count, centre(&f->box), SVG_FONT_SMALL, MUTED);
}

/* The name of an event or gateway stands below it, or where the file says. */
static void draw_label(struct buf *out, const struct svg_figure *f)
{
    if (!f->name.len) return;
    bool amber = is_boundary(f) && has(f, "timerEventDefinition");
    const char *fill = amber                     ? AMBER
                       : f->state == SVG_CURRENT ? ACCENT
                       : f->state == SVG_PLAIN   ? INK
                                                 : looks[f->state].text;
    str line[3];
    int width = label_width(&f->label);
    int count = svg_lines(out->arena, f->name, width + 20, SVG_FONT_SMALL, line, 3);
    struct svg_point at = centre(&f->box);
    at.y = f->box.y + f->box.height + 110 + (count - 1) * SVG_LINE / 2;
    if (f->label.width) at = centre(&f->label);
    text_block(out, line, count, at, SVG_FONT_SMALL, fill);
}

static void draw_note(struct buf *out, const struct svg_figure *f)
{
    if (!f->note.len || f->crowded) return;
    struct svg_point at = {f->box.x + f->box.width / 2, f->box.y - 110};
    text_block(out, &f->note, 1, at, SVG_FONT_SMALL, f->state == SVG_CURRENT ? ACCENT : MUTED);
}

typedef void draw_fn(struct buf *out, const struct svg_figure *f);
/* The first row that fits: names end so. */
static const struct {
    const char *ending, *class;
    draw_fn *draw;
    bool label; /* its name stands outside */
} kinds[] = {
    {"participant", "pool", draw_pool, false},
    {"lane", "pool", draw_pool, false},
    {"Event", "event", draw_event, true},
    {"Gateway", "gateway", draw_gateway, true},
    {"textAnnotation", "remark", draw_annotation, false},
    {"group", "group", draw_group, false},
    {"Reference", "data", draw_data, true},
    {"dataInput", "data", draw_data, true},
    {"dataOutput", "data", draw_data, true},
    {"", "task", draw_task, false},
};

void svg_draw_figure(struct buf *out, const struct svg_figure *f)
{
    const struct look *look = &looks[f->state];
    size_t k = 0;
    while (!ends(f, kinds[k].ending))
        k++;
    open_group(out, "node", str_from(kinds[k].class), f->id, look->class);
    if (f->state == SVG_CURRENT) buf_add(out, STR(" aria-current=\"step\""));
    buf_char(out, '>');
    title(out, f->title);
    if (f->expanded)
        draw_open(out, f);
    else
        kinds[k].draw(out, f);
    if (kinds[k].label) draw_label(out, f);
    draw_note(out, f);
    buf_add(out, STR("</g>\n"));
}
