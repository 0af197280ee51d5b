/* Boxes of inputs as text: unary tests that a person may copy into a rule. */
#include "dmn/check/check.h"

enum { WRITE_VALUES_MAX = 20 }; /* of one input; the rest is an ellipsis */

struct writer {
    struct buf *out;
    const struct axis *axis;
    const uint64_t *classes;
    size_t written;
};

static bool has(const struct writer *w, size_t segment)
{
    const uint32_t c = w->axis->class_of[segment];
    return c != AXIS_NONE && bits_has(w->classes, c);
}

static bool is_inside(const struct axis *x, size_t segment)
{
    return x->place[segment] == PLACE_INSIDE;
}

static void write_value(struct buf *out, const struct feel_value *v)
{
    if (v->kind == FEEL_STRING) {
        const str s = feel_str(v);
        buf_char(out, '"');
        for (size_t i = 0; i < s.len; i++) {
            if (s.at[i] == '"' || s.at[i] == '\\') buf_char(out, '\\');
            buf_char(out, s.at[i]);
        }
        buf_char(out, '"');
        return;
    }
    const bool temporal = v->kind >= FEEL_DATE && v->kind <= FEEL_DAYS_DURATION;
    if (temporal) buf_add(out, STR("@\""));
    feel_value_text(out, v);
    if (temporal) buf_char(out, '"');
}

/* The comma before the next one; false: enough of them. */
static bool next_one(struct writer *w)
{
    if (w->written++ > 0) buf_add(w->out, STR(", "));
    if (w->written <= WRITE_VALUES_MAX) return true;
    buf_add(w->out, STR("…"));
    return false;
}

/* The points that are in the set, or are not. */
static void write_points(struct writer *w, bool inside)
{
    const struct axis *x = w->axis;
    for (size_t i = 0; i < x->point_count; i++) {
        const size_t segment = x->ordered ? 2 * i + 1 : i;
        if (!is_inside(x, segment) || has(w, segment) != inside) continue;
        if (!next_one(w)) return;
        write_value(w->out, &x->point[i]);
    }
}

/* Segments from … to, which follow each other. */
static void write_run(struct writer *w, size_t from, size_t to)
{
    const struct axis *x = w->axis;
    const bool low_open = from % 2 == 0, high_open = to % 2 == 0;
    const struct feel_value *low = from > 0 ? &x->point[(from - 1) / 2] : NULL;
    const struct feel_value *high = to < 2 * x->point_count ? &x->point[to / 2] : NULL;
    if (low == NULL && high == NULL) {
        buf_char(w->out, '-');
    } else if (low == NULL || high == NULL) {
        buf_add(w->out, low == NULL ? STR("<") : STR(">"));
        if (low == NULL ? !high_open : !low_open) buf_char(w->out, '=');
        buf_char(w->out, ' ');
        write_value(w->out, low == NULL ? high : low);
    } else if (from == to && !low_open) {
        write_value(w->out, low);
    } else {
        buf_char(w->out, low_open ? '(' : '[');
        write_value(w->out, low);
        buf_add(w->out, STR(".."));
        write_value(w->out, high);
        buf_char(w->out, high_open ? ')' : ']');
    }
}

static void write_runs(struct writer *w)
{
    const struct axis *x = w->axis;
    const size_t count = 2 * x->point_count + 1;
    for (size_t i = 0; i < count; i++) {
        size_t to = i;
        if (!has(w, i)) continue;
        for (size_t k = i + 1; k < count && (has(w, k) || x->place[k] == PLACE_NOWHERE); k++)
            if (has(w, k)) to = k;
        if (!next_one(w)) return;
        write_run(w, i, to);
        i = to;
    }
}

/* Is what the set lacks only points? */
static bool lacks_points_only(const struct writer *w, size_t count)
{
    const struct axis *x = w->axis;
    if (!x->ordered) return x->kind != FEEL_BOOLEAN && has(w, x->point_count);
    for (size_t i = 0; i < count; i += 2)
        if (!has(w, i) && x->place[i] != PLACE_NOWHERE) return false;
    return true;
}

static void write_axis(struct buf *out, const struct axis *x, const uint64_t *classes)
{
    struct writer w = {.out = out, .axis = x, .classes = classes};
    const size_t count = x->segment_count - x->has_null;
    const bool null = x->null_class != AXIS_NONE && bits_has(classes, x->null_class);
    size_t inside = 0, held = 0;
    for (size_t i = 0; i < count; i++) {
        inside += is_inside(x, i);
        held += has(&w, i);
    }
    if (held == inside && (null || !x->has_null)) {
        buf_char(out, '-');
    } else if (held == inside) {
        buf_add(out, STR("not(null)"));
    } else if (held > 0 && lacks_points_only(&w, count)) {
        buf_add(out, STR("not("));
        write_points(&w, false);
        if (x->has_null && !null) buf_add(out, STR(", null"));
        buf_char(out, ')');
    } else {
        if (x->ordered)
            write_runs(&w);
        else
            write_points(&w, true);
        if (null && next_one(&w)) buf_add(out, STR("null"));
    }
}

void box_write(struct buf *out, const struct space *s, const uint64_t *box)
{
    for (size_t i = 0; i < s->table->input_count; i++) {
        const struct axis *x = &s->axis[s->axis_of[i]];
        if (i > 0) buf_add(out, STR("; "));
        buf_add(out, str_trim(s->table->input[i].label));
        buf_add(out, STR(": "));
        write_axis(out, x, box + x->first_word);
    }
}
