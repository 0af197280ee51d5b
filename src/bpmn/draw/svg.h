/* What the files that draw diagrams share.  Lengths are tenths of a pixel.  Only bpmn/ uses it. */
#pragma once

#include "bpmn/read/vocabulary.h"

enum svg_state { SVG_PLAIN, SVG_AHEAD, SVG_PASSED, SVG_CURRENT, SVG_STATE_COUNT };
struct svg_box {
    int x, y, width, height;
};
struct svg_point {
    int x, y;
};
struct svg_figure {
    const struct xml *element;
    str id, name, note, title; /* note: above the shape; title: what a screen reader says */
    struct svg_box box, label; /* label width 0: where it is usual */
    enum svg_state state;
    bool crowded;   /* events stand on its upper edge: the note goes inside */
    bool collapsed; /* has an inside that is not shown */
    bool expanded;  /* has one that is: others stand on it */
    bool upright;   /* a pool or lane that stands: its name lies on top */
};
struct svg_edge {
    const struct xml *element;
    str id, name;
    struct svg_point *point;
    int point_count;
    struct svg_box label;
    enum svg_state state;
};

enum { SVG_FONT = 130, SVG_FONT_SMALL = 120, SVG_LINE = 175, SVG_LINES_MAX = 6 };

/* ---- svg_text.c ---- */
void svg_escape(struct buf *out, str s); /* for text and attributes alike */
void svg_number(struct buf *out, int tenths);
/* Breaks text into lines no wider than width; the last is cut with … when they are too many.
 * Returns how many, at most max. */
int svg_lines(struct arena *a, str text, int width, int font, str *line, int max);
int svg_text_width(str text, int font);

/* ---- svg_marks.c ---- */
void svg_mark(struct buf *out, struct svg_point at, const char *path, const char *stroke,
              const char *fill);
void svg_event_mark(struct buf *out, const struct xml *event, struct svg_point at, const char *ink);
void svg_gateway_mark(struct buf *out, const struct xml *gateway, struct svg_point at,
                      const char *ink);
void svg_task_mark(struct buf *out, const struct xml *task, struct svg_point at, const char *ink);
int svg_activity_marks(struct buf *out, const struct xml *x, struct svg_point at, bool collapsed,
                       const char *ink);

/* ---- svg_draw.c ---- */
void svg_draw_edge(struct buf *out, const struct svg_edge *e);
void svg_draw_figure(struct buf *out, const struct svg_figure *f);
enum svg_layer_of { SVG_GROUND, SVG_INSIDE, SVG_STANDING, SVG_ON_TOP, SVG_LAYER_COUNT };
/* Pools and lanes are the ground, what is open lies on it, tasks, gateways and events stand on that,
 * boundary events on those. */
enum svg_layer_of svg_layer(const struct svg_figure *f);
