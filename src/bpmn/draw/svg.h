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
    bool crowded; /* events stand on its upper edge: the note goes inside */
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

/* ---- svg_draw.c ---- */
void svg_draw_edge(struct buf *out, const struct svg_edge *e);
void svg_draw_figure(struct buf *out, const struct svg_figure *f);
/* Pools and lanes are the ground, tasks, gateways and events stand on it, boundary events on those. */
int svg_layer(const struct svg_figure *f);
