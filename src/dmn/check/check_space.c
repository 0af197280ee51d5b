/* The space of a decision table: its axes cut into segments, and what each rule accepts of them. */
#include <stdlib.h>

#include "dmn/check/check.h"
#include "feel/type.h"

/* A test of one rule on one axis. */
struct cell {
    struct feel_tests tests;
    bool known;
};
/* What an axis is made from. */
struct maker {
    struct space *space;
    struct axis *axis;
    struct cell *cell; /* rule by rule, an input of the axis each */
    size_t *input;     /* inputs of the axis */
    size_t input_count;
    struct feel_tests allowed;
    bool restricted;
    struct feel_value *point;
    size_t point_count;
    uint8_t *inside; /* a segment each: room for one test */
};

static bool comparable_kind(enum feel_kind kind)
{
    return kind == FEEL_BOOLEAN || kind == FEEL_STRING || kind == FEEL_NUMBER ||
           (kind >= FEEL_DATE && kind <= FEEL_DAYS_DURATION);
}

/* ---- tests ---- */

static bool read_tests(struct arena *a, const struct literal *l, struct feel_tests *out)
{
    *out = (struct feel_tests){.any = true};
    if (l->expr == NULL) return l->slug == NULL; /* an empty cell asks for nothing */
    return l->source.len <= CHECK_TEXT_MAX && !a->exhausted &&
           feel_tests_constants(a, l->expr, out);
}

static bool end_fits(const struct feel_value *end, enum feel_kind kind)
{
    return end->kind == FEEL_NULL || end->kind == kind;
}

static bool tests_fit(const struct feel_tests *t, enum feel_kind kind)
{
    for (size_t i = 0; i < t->count; i++)
        if (!end_fits(&t->range[i].low, kind) || !end_fits(&t->range[i].high, kind)) return false;
    return true;
}

/* The kind of the first constant, for inputs nobody gave a type. */
static enum feel_kind kind_of_tests(const struct feel_tests *t)
{
    for (size_t i = 0; i < t->count; i++) {
        if (t->range[i].low.kind != FEEL_NULL) return (enum feel_kind)t->range[i].low.kind;
        if (t->range[i].high.kind != FEEL_NULL) return (enum feel_kind)t->range[i].high.kind;
    }
    return FEEL_ANY;
}

static bool read_cells(struct maker *m)
{
    const struct table *t = m->space->table;
    m->cell = arena_try(m->space->arena, t->rule_count * m->input_count + 1, sizeof *m->cell);
    if (m->cell == NULL) return false;
    struct cell *c = m->cell;
    for (size_t r = 0; r < t->rule_count; r++)
        for (size_t i = 0; i < m->input_count; i++, c++)
            c->known = read_tests(m->space->arena, &t->rule[r].test[m->input[i]], &c->tests);
    const size_t cells = t->rule_count * m->input_count;
    enum feel_kind kind = t->input[m->input[0]].type->kind;
    for (size_t i = 0; i < cells && kind == FEEL_ANY; i++)
        if (m->cell[i].known) kind = kind_of_tests(&m->cell[i].tests);
    if (kind == FEEL_ANY && m->restricted) kind = kind_of_tests(&m->allowed);
    m->axis->kind = kind;
    for (size_t i = 0; i < cells; i++)
        m->cell[i].known =
            m->cell[i].known && (m->cell[i].tests.count == 0 ||
                                 (comparable_kind(kind) && tests_fit(&m->cell[i].tests, kind)));
    return !m->space->arena->exhausted;
}

/* Those of lists are about their elements, and lists are not compared. */
static void read_allowed(struct maker *m)
{
    for (size_t i = 0; i < m->input_count && !m->restricted; i++) {
        const struct table_input *input = &m->space->table->input[m->input[i]];
        const enum feel_kind kind = input->type->kind;
        if (input->allowed.source.len == 0 || (kind != FEEL_ANY && !comparable_kind(kind)))
            continue;
        m->restricted = input->allowed.expr != NULL &&
                        read_tests(m->space->arena, &input->allowed, &m->allowed);
        if (!m->restricted) m->space->open_domain = input;
    }
}

/* ---- points ---- */

static void add_points(struct maker *m, const struct feel_tests *t)
{
    for (size_t i = 0; i < t->count; i++) {
        const struct feel_range *r = &t->range[i];
        const bool ends = r->form == FEEL_RANGE_HALF || r->form == FEEL_RANGE_ENDS;
        if (ends && m->axis->kind != FEEL_BOOLEAN) m->axis->ordered = true;
        if (!ends && r->low.kind == FEEL_NULL) m->axis->has_null = true;
        if (r->low.kind != FEEL_NULL) m->point[m->point_count++] = r->low;
        if (ends && r->high.kind != FEEL_NULL) m->point[m->point_count++] = r->high;
    }
}

static int point_order(const void *a, const void *b)
{
    const struct feel_value *x = a, *y = b;
    int order = 0;
    if (x->kind == FEEL_BOOLEAN) return x->as.boolean - y->as.boolean;
    (void)feel_compare(x, y, &order);
    return order;
}

static bool points_comparable(const struct maker *m)
{
    int order;
    for (size_t i = 1; i < m->point_count && m->axis->kind != FEEL_BOOLEAN; i++)
        if (!feel_compare(&m->point[0], &m->point[i], &order)) return false;
    return true;
}

/* Moments with and without offset on one axis: none of them counts. */
static void forget_points(struct maker *m)
{
    const size_t cells = m->space->table->rule_count * m->input_count;
    m->point_count = 0;
    for (size_t i = 0; i < cells; i++)
        m->cell[i].known = m->cell[i].known && m->cell[i].tests.count == 0;
    if (m->restricted) m->space->open_domain = &m->space->table->input[m->input[0]];
    m->restricted = false;
}

/* false: too many. */
static bool gather_points(struct maker *m)
{
    const size_t cells = m->space->table->rule_count * m->input_count;
    size_t room = 2 + 2 * m->allowed.count;
    for (size_t i = 0; i < cells; i++)
        room += 2 * m->cell[i].tests.count;
    m->point = arena_try(m->space->arena, room, sizeof *m->point);
    if (m->point == NULL) return false;
    for (size_t i = 0; i < cells; i++)
        if (m->cell[i].known) add_points(m, &m->cell[i].tests);
    if (m->restricted) add_points(m, &m->allowed);
    if (!points_comparable(m)) forget_points(m);
    if (m->axis->kind != FEEL_BOOLEAN) return true;
    m->point[m->point_count++] = feel_boolean(false);
    m->point[m->point_count++] = feel_boolean(true);
    return true;
}

static bool collect_points(struct maker *m)
{
    struct axis *x = m->axis;
    x->ordered = x->kind != FEEL_STRING && x->kind != FEEL_BOOLEAN;
    if (!gather_points(m)) return false;
    if (m->point_count > 1) qsort(m->point, m->point_count, sizeof *m->point, point_order);
    for (size_t i = 0; i < m->point_count; i++)
        if (x->point_count == 0 || point_order(&m->point[x->point_count - 1], &m->point[i]) != 0)
            m->point[x->point_count++] = m->point[i];
    x->point = m->point;
    x->segment_count = (x->ordered ? 2 * x->point_count : x->point_count) + 1 + x->has_null;
    return true;
}

static size_t point_segment(const struct axis *x, const struct feel_value *v)
{
    size_t low = 0, high = x->point_count;
    while (low + 1 < high) {
        const size_t middle = low + (high - low) / 2;
        if (point_order(&x->point[middle], v) <= 0)
            low = middle;
        else
            high = middle;
    }
    return x->ordered ? 2 * low + 1 : low;
}

/* ---- what tests accept ---- */

/* How a test answers as a whole, beside the segments it names. */
struct answer {
    bool never;         /* some part of it is null for every value */
    bool null, nothing; /* of null: accepted; not to be compared */
};

static size_t plain_segments(const struct axis *x)
{
    return x->segment_count - x->has_null;
}

static void accept_range(const struct axis *x, const struct feel_range *r, uint8_t *inside,
                         struct answer *a)
{
    const size_t count = plain_segments(x);
    if (r->form == FEEL_RANGE_EQUAL) {
        if (r->low.kind == FEEL_NULL)
            a->null = true;
        else
            inside[point_segment(x, &r->low)] = 1;
        return;
    }
    if (r->form == FEEL_RANGE_OTHER) {
        const size_t except = r->low.kind == FEEL_NULL ? count : point_segment(x, &r->low);
        if (r->low.kind != FEEL_NULL) a->null = true;
        for (size_t i = 0; i < count; i++)
            if (i != except) inside[i] = 1;
        return;
    }
    const bool half = r->form == FEEL_RANGE_HALF;
    const bool no_low = r->low.kind == FEEL_NULL, no_high = r->high.kind == FEEL_NULL;
    a->nothing = true;
    if (x->kind == FEEL_BOOLEAN || (!half && (no_low || no_high))) {
        a->never = true;
        return;
    }
    const size_t from = no_low ? 0 : point_segment(x, &r->low) + r->low_open;
    const size_t end = no_high ? count : point_segment(x, &r->high) + !r->high_open;
    for (size_t i = from; i < end; i++)
        inside[i] = 1;
}

static void accept_tests(const struct axis *x, const struct feel_tests *t, uint8_t *inside)
{
    const size_t count = plain_segments(x);
    struct answer a = {0};
    memset(inside, t->any && !t->negated, x->segment_count);
    if (t->any) return;
    for (size_t i = 0; i < t->count; i++)
        accept_range(x, &t->range[i], inside, &a);
    for (size_t i = 0; i < count && t->negated; i++)
        inside[i] = !inside[i] && !a.never;
    if (x->has_null) inside[count] = t->negated ? !a.null && !a.nothing : a.null;
}

/* ---- places ---- */

/* Days and months are whole: between two that follow each other there is nothing.  A time of day
 * has its first and its last second. */
static void mark_nowhere(const struct axis *x)
{
    const size_t n = x->point_count;
    if (x->kind == FEEL_BOOLEAN) x->place[plain_segments(x) - 1] = PLACE_NOWHERE;
    for (size_t i = 1; i < n; i++) {
        const struct feel_value *a = &x->point[i - 1], *b = &x->point[i];
        if ((x->kind == FEEL_DATE && b->as.date - a->as.date == 1) ||
            (x->kind == FEEL_MONTHS_DURATION && b->as.duration - a->as.duration == 1))
            x->place[2 * i] = PLACE_NOWHERE;
    }
    if (x->kind != FEEL_TIME || n == 0 || x->point[0].has_offset) return;
    if (x->point[0].as.moment.nanosecond == 0) x->place[0] = PLACE_NOWHERE;
    const int64_t last_second = INT64_C(86399) * 1000000000;
    if (x->point[n - 1].as.moment.nanosecond >= last_second) x->place[2 * n] = PLACE_NOWHERE;
}

static void mark_places(struct maker *m)
{
    struct axis *x = m->axis;
    x->place = NEWS(m->space->arena, uint8_t, x->segment_count);
    mark_nowhere(x);
    if (!m->restricted) return;
    accept_tests(x, &m->allowed, m->inside);
    for (size_t i = 0; i < plain_segments(x); i++)
        if (!m->inside[i] && x->place[i] == PLACE_INSIDE) x->place[i] = PLACE_OUTSIDE;
}

/* ---- rules ---- */

static void note_unknown(struct space *s, size_t rule, size_t input)
{
    bits_add(s->unknown, rule);
    if (s->unknown_count++ > 0) return;
    s->unknown_rule = rule;
    s->unknown_input = input;
}

static void match_rules(struct maker *m)
{
    struct axis *x = m->axis;
    struct space *s = m->space;
    uint8_t *all = NEWS(s->arena, uint8_t, x->segment_count);
    const struct cell *c = m->cell;
    for (size_t r = 0; r < s->table->rule_count; r++) {
        memset(all, 1, x->segment_count);
        for (size_t i = 0; i < m->input_count; i++, c++) {
            if (!c->known) {
                note_unknown(s, r, m->input[i]);
                continue;
            }
            accept_tests(x, &c->tests, m->inside);
            for (size_t k = 0; k < x->segment_count; k++)
                all[k] &= m->inside[k];
        }
        for (size_t k = 0; k < x->segment_count; k++)
            if (all[k]) bits_add(x->match + k * s->words, r);
    }
}

static size_t row_hash(const uint64_t *row, size_t words)
{
    uint64_t h = 0;
    for (size_t w = 0; w < words; w++) {
        h = (h ^ row[w]) * UINT64_C(0x9E3779B97F4A7C15);
        h ^= h >> 29;
    }
    return (size_t)h;
}

/* Segments the same rules accept become one class; rows move forward in place. */
static void join_segments(struct maker *m)
{
    struct axis *x = m->axis;
    const size_t words = m->space->words, slots = 2 * x->segment_count + 1;
    uint32_t *table = NEWS(m->space->arena, uint32_t, slots); /* class + 1 */
    x->class_of = NEWS(m->space->arena, uint32_t, x->segment_count);
    x->null_class = AXIS_NONE;
    for (size_t i = 0; i < x->segment_count; i++) {
        const uint64_t *row = x->match + i * words;
        const bool null = x->has_null && i + 1 == x->segment_count;
        x->class_of[i] = AXIS_NONE;
        if (x->place[i] != PLACE_INSIDE) continue;
        size_t at = row_hash(row, words) % slots;
        while (!null && table[at] != 0 &&
               memcmp(x->match + (table[at] - 1) * words, row, words * sizeof *row) != 0)
            at = (at + 1) % slots;
        if (null || table[at] == 0) {
            memmove(x->match + x->class_count * words, row, words * sizeof *row);
            if (null)
                x->null_class = x->class_count;
            else
                table[at] = (uint32_t)x->class_count + 1;
            x->class_of[i] = (uint32_t)x->class_count++;
        } else {
            x->class_of[i] = table[at] - 1;
        }
    }
}

/* false: too large. */
static bool cut_axis(struct maker *m)
{
    read_allowed(m);
    if (!read_cells(m)) return false;
    if (m->restricted && !tests_fit(&m->allowed, m->axis->kind)) {
        m->space->open_domain = &m->space->table->input[m->input[0]];
        m->restricted = false;
    }
    return collect_points(m);
}

static bool fill_axis(struct maker *m)
{
    struct space *s = m->space;
    m->axis->match = arena_try(s->arena, m->axis->segment_count * s->words, sizeof(uint64_t));
    if (m->axis->match == NULL) return false;
    m->inside = NEWS(s->arena, uint8_t, m->axis->segment_count);
    mark_places(m);
    match_rules(m);
    join_segments(m);
    m->axis->first_word = s->box_words;
    s->box_words += bits_words(m->axis->class_count);
    return !s->arena->exhausted;
}

/* Inputs of the same expression lie on one axis: they never differ. */
static void share_axes(struct space *s)
{
    const struct table *t = s->table;
    size_t *of = NEWS(s->arena, size_t, t->input_count + 1);
    for (size_t i = 0; i < t->input_count; i++) {
        const str source = str_trim(t->input[i].expression.source);
        of[i] = s->axis_count;
        for (size_t k = 0; k < i && of[i] == s->axis_count; k++)
            if (source.len > 0 && str_eq(source, str_trim(t->input[k].expression.source)))
                of[i] = of[k];
        if (of[i] == s->axis_count) s->axis_count++;
    }
    s->axis_of = of;
}

bool space_build(struct arena *a, const struct table *t, struct space *out)
{
    size_t segments = 0;
    *out = (struct space){.arena = a, .table = t, .steps_left = CHECK_STEPS_MAX};
    out->words = bits_words(t->rule_count + CHECK_GAPS_MAX + 1);
    if (t->input_count > CHECK_INPUTS_MAX) return false;
    share_axes(out);
    if (out->axis_count > CHECK_AXES_MAX) return false;
    out->unknown = NEWS(a, uint64_t, out->words);
    out->axis = NEWS(a, struct axis, out->axis_count + 1);
    struct maker *m = NEWS(a, struct maker, out->axis_count + 1);
    for (size_t x = 0; x < out->axis_count; x++) {
        m[x].space = out;
        m[x].axis = &out->axis[x];
        m[x].input = NEWS(a, size_t, t->input_count);
        for (size_t i = 0; i < t->input_count; i++)
            if (out->axis_of[i] == x) m[x].input[m[x].input_count++] = i;
        if (!cut_axis(&m[x])) return false;
        segments += m[x].axis->segment_count;
    }
    if (segments > CHECK_WORDS_MAX / out->words) return false;
    for (size_t x = 0; x < out->axis_count; x++)
        if (!fill_axis(&m[x])) return false;
    return true;
}

/* ---- boxes ---- */

uint64_t *box_new(const struct space *s)
{
    return NEWS(s->arena, uint64_t, s->box_words + 1);
}

void box_of_item(struct space *s, size_t item, uint64_t *box)
{
    memset(box, 0, s->box_words * sizeof *box);
    for (size_t x = 0; x < s->axis_count; x++) {
        const struct axis *a = &s->axis[x];
        for (size_t c = 0; c < a->class_count; c++)
            if (bits_has(axis_match(s, a, c), item)) bits_add(box + a->first_word, c);
        s->steps_left -= (int64_t)a->class_count;
    }
}

bool box_is_empty(const struct space *s, const uint64_t *box)
{
    for (size_t x = 0; x < s->axis_count; x++)
        if (bits_empty(box + s->axis[x].first_word, bits_words(s->axis[x].class_count)))
            return true;
    return false;
}

void box_add_item(const struct space *s, const uint64_t *box, size_t item)
{
    for (size_t x = 0; x < s->axis_count; x++)
        for (size_t c = 0; c < s->axis[x].class_count; c++)
            if (bits_has(box + s->axis[x].first_word, c))
                bits_add(s->axis[x].match + c * s->words, item);
}
