/* An index of a table's rules, a column at a time.  A column whose tests are constants is cut into
 * pieces: the values that stand in its tests, and what lies between them.  Every value of a piece
 * passes the same tests, so each piece has one set of rules, and a row of inputs is the intersection of
 * a set a column. */
#include "dmn/index.h"

#include <stdlib.h>
#include <string.h>

#include "feel/machine.h"

enum {
    RULES_MIN = 3, /* fewer are tried one by one as fast */
    COLUMN_BYTES_MAX = 16 << 20
};

/* Pieces of an ordered column: below at[0], at[0], between at[0] and at[1], at[1] … above the last. */
struct column {
    bool indexed;
    enum feel_kind kind;
    struct feel_value *at;
    size_t count;
    int64_t *key;  /* of each, when all are whole numbers; else NULL */
    uint64_t *set; /* of each piece, then of null, then of values of another kind */
};
struct table_index {
    size_t words, count;
    struct column *column;
    uint64_t open; /* columns that must be evaluated */
};

size_t index_words(const struct table *t)
{
    return (t->rule_count + 63) / 64;
}

/* The tests of a column, a rule each; `any` where nothing is asked. */
struct tests {
    struct feel_tests *rule;
    enum feel_kind kind;
};

static bool can_order(enum feel_kind k)
{
    return k == FEEL_NUMBER || k == FEEL_STRING || k == FEEL_DATE || k == FEEL_BOOLEAN ||
           k == FEEL_DAYS_DURATION || k == FEEL_MONTHS_DURATION;
}

/* All ends of one column are of one kind. */
static bool note_kind(struct tests *c, const struct feel_value *v)
{
    if (v->kind == FEEL_NULL) return true;
    if (c->kind == FEEL_NULL) c->kind = (enum feel_kind)v->kind;
    return c->kind == (enum feel_kind)v->kind && can_order(c->kind);
}

static bool read_column(struct arena *a, const struct table *t, size_t column, struct tests *c)
{
    c->rule = arena_try(a, t->rule_count + 1, sizeof *c->rule);
    c->kind = FEEL_NULL;
    for (size_t i = 0; c->rule && i < t->rule_count; i++) {
        const struct literal *test = &t->rule[i].test[column];
        if (!test->expr && test->slug) return false;
        if (!test->expr)
            c->rule[i].any = true;
        else if (!feel_tests_constants(a, test->expr, &c->rule[i]))
            return false;
        for (size_t k = 0; k < c->rule[i].count; k++)
            if (!note_kind(c, &c->rule[i].range[k].low) || !note_kind(c, &c->rule[i].range[k].high))
                return false;
    }
    return c->rule != NULL;
}

/* Any order will do, as long as it is always the same: shorter ones first. */
static int compare_strings(const struct feel_value *a, const struct feel_value *b)
{
    if (a->as.string.len != b->as.string.len) return a->as.string.len < b->as.string.len ? -1 : 1;
    const size_t n = a->as.string.len;
    if (text_same(a->as.string.at, b->as.string.at, n)) return 0;
    return memcmp(a->as.string.at, b->as.string.at, n);
}

static int compare(const struct feel_value *a, const struct feel_value *b)
{
    int order = 0;
    if (a->kind == FEEL_NUMBER) return number_cmp(a, b);
    if (a->kind == FEEL_STRING) return compare_strings(a, b);
    if (a->kind == FEEL_BOOLEAN) return a->as.boolean - b->as.boolean;
    (void)feel_compare(a, b, &order);
    return order;
}

static int compare_values(const void *a, const void *b)
{
    return compare(a, b);
}

static bool collect_values(struct arena *a, const struct table *t, const struct tests *c,
                           struct column *out)
{
    size_t ends = 0;
    for (size_t i = 0; i < t->rule_count; i++)
        ends += 2 * c->rule[i].count;
    out->at = arena_try(a, ends + 1, sizeof *out->at);
    if (!out->at) return false;
    for (size_t i = 0; i < t->rule_count; i++)
        for (size_t k = 0; k < c->rule[i].count; k++) {
            const struct feel_range *r = &c->rule[i].range[k];
            if (r->low.kind != FEEL_NULL) out->at[out->count++] = r->low;
            if (r->high.kind != FEEL_NULL) out->at[out->count++] = r->high;
        }
    if (out->count > 1) qsort(out->at, out->count, sizeof *out->at, compare_values);
    size_t kept = 0;
    for (size_t i = 0; i < out->count; i++)
        if (kept == 0 || compare(&out->at[kept - 1], &out->at[i]) != 0)
            out->at[kept++] = out->at[i];
    out->count = kept;
    return true;
}

/* Small whole numbers are compared as they are. */
static bool key_of(const struct feel_value *v, int64_t *out)
{
    if (v->kind != FEEL_NUMBER || v->wide || v->scale != 0) return false;
    *out = v->as.number;
    return true;
}

static size_t piece_by_key(const struct column *c, int64_t key)
{
    const int64_t *at = c->key;
    size_t rest = c->count;
    while (rest > 1) { /* without a branch that could be guessed wrongly */
        const size_t half = rest / 2;
        at += at[half] <= key ? half : 0;
        rest -= half;
    }
    const size_t i = (size_t)(at - c->key);
    if (rest == 0 || key < *at) return 2 * i;
    return key == *at ? 2 * i + 1 : 2 * i + 2;
}

/* The piece a value lies in: 2i + 1 is at[i] itself, 2i what lies below it. */
static size_t piece_of(const struct column *c, const struct feel_value *v)
{
    int64_t key;
    if (c->key && key_of(v, &key)) return piece_by_key(c, key);
    size_t low = 0, high = c->count;
    while (low < high) {
        const size_t middle = (low + high) / 2;
        const int order = compare(v, &c->at[middle]);
        if (order == 0) return 2 * middle + 1;
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return 2 * low;
}

static void set_keys(struct arena *a, struct column *c)
{
    int64_t *key = arena_try(a, c->count + 1, sizeof *key);
    for (size_t i = 0; key && i < c->count; i++)
        if (!key_of(&c->at[i], &key[i])) return;
    c->key = key;
}

static void set_pieces(const struct column *c, size_t words, size_t from, size_t to, size_t rule)
{
    for (size_t p = from; p <= to; p++)
        c->set[p * words + rule / 64] |= UINT64_C(1) << rule % 64;
}

static void flip_pieces(const struct column *c, size_t words, size_t pieces, size_t rule)
{
    for (size_t p = 0; p < pieces; p++)
        c->set[p * words + rule / 64] ^= UINT64_C(1) << rule % 64;
}

static bool is_end(const struct feel_value *v)
{
    return v->kind != FEEL_NULL;
}

/* The pieces a range covers. */
static void set_range(const struct column *c, size_t words, const struct feel_range *r, size_t rule)
{
    const size_t last = 2 * c->count;
    if (r->form == FEEL_RANGE_EQUAL || r->form == FEEL_RANGE_OTHER) {
        const size_t p = piece_of(c, &r->low);
        if (r->form == FEEL_RANGE_EQUAL) {
            set_pieces(c, words, p, p, rule);
            return;
        }
        if (p > 0) set_pieces(c, words, 0, p - 1, rule);
        set_pieces(c, words, p + 1, last, rule);
        return;
    }
    size_t from = 0, to = last;
    if (is_end(&r->low)) from = piece_of(c, &r->low) + (r->low_open ? 1 : 0);
    if (is_end(&r->high)) to = piece_of(c, &r->high) - (r->high_open ? 1 : 0);
    if (from <= to) set_pieces(c, words, from, to, rule);
}

/* Values that have no place in the order are asked as they are: null, and one of another kind. */
static bool passes(const struct feel_tests *t, const struct feel_value *v)
{
    bool inside = t->any, compared = true;
    for (size_t i = 0; i < t->count && !inside; i++) {
        const struct feel_value range = {.kind = FEEL_RANGE, .as.range = &t->range[i]};
        const int in = feel_range_contains(&range, v);
        inside = in == 1;
        compared = compared && in >= 0;
    }
    return t->negated ? !inside && compared : inside;
}

static bool may_be_set(const struct column *c, const struct feel_tests *t)
{
    for (size_t i = 0; i < t->count; i++) {
        const struct feel_range *r = &t->range[i];
        const bool half = r->form == FEEL_RANGE_HALF;
        if (half ? !is_end(&r->low) && !is_end(&r->high)
                 : (r->form == FEEL_RANGE_ENDS && (!is_end(&r->low) || !is_end(&r->high))))
            return false;
        if ((c->kind == FEEL_BOOLEAN || c->kind == FEEL_STRING) && r->form != FEEL_RANGE_EQUAL &&
            r->form != FEEL_RANGE_OTHER)
            return false;
    }
    return true;
}

static void set_rule(struct column *c, size_t words, const struct feel_tests *t, size_t rule)
{
    const size_t pieces = 2 * c->count + 1;
    const struct feel_value null = feel_null();
    const struct feel_value other =
        c->kind == FEEL_STRING ? feel_int(0) : feel_string(STR("other"));
    if (t->any && !t->negated) set_pieces(c, words, 0, pieces - 1, rule);
    for (size_t i = 0; i < t->count && !t->any; i++) {
        const struct feel_range *r = &t->range[i];
        const bool at_null =
            (r->form == FEEL_RANGE_EQUAL || r->form == FEEL_RANGE_OTHER) && !is_end(&r->low);
        if (!at_null)
            set_range(c, words, r, rule);
        else if (r->form == FEEL_RANGE_OTHER)
            set_pieces(c, words, 0, pieces - 1, rule);
    }
    if (t->negated && !t->any) flip_pieces(c, words, pieces, rule);
    if (passes(t, &null)) set_pieces(c, words, pieces, pieces, rule);
    if (passes(t, &other)) set_pieces(c, words, pieces + 1, pieces + 1, rule);
}

static bool index_column(struct arena *a, const struct table *t, size_t column, struct column *c)
{
    struct tests tests;
    const size_t words = index_words(t);
    if (!read_column(a, t, column, &tests)) return false;
    *c = (struct column){.kind = tests.kind};
    for (size_t i = 0; i < t->rule_count; i++)
        if (!may_be_set(c, &tests.rule[i])) return false;
    if (!collect_values(a, t, &tests, c)) return false;
    set_keys(a, c);
    const size_t pieces = 2 * c->count + 3;
    if (pieces * words > COLUMN_BYTES_MAX / sizeof *c->set) return false;
    c->set = arena_try(a, pieces * words, sizeof *c->set);
    if (!c->set) return false;
    for (size_t i = 0; i < t->rule_count; i++)
        set_rule(c, words, &tests.rule[i], i);
    c->indexed = true;
    return true;
}

const struct table_index *index_build(struct arena *a, const struct table *t)
{
    if (t->rule_count < RULES_MIN || t->input_count == 0) return NULL;
    struct table_index *index = NEW(a, struct table_index);
    index->words = index_words(t);
    index->count = t->input_count < 64 ? t->input_count : 64;
    index->column = NEWS(a, struct column, index->count);
    index->open = index->count == 64 ? UINT64_MAX : (UINT64_C(1) << index->count) - 1;
    for (size_t i = 0; i < index->count; i++)
        if (index_column(a, t, i, &index->column[i])) index->open &= ~(UINT64_C(1) << i);
    return index;
}

static const uint64_t *set_of(const struct column *c, size_t words, const struct feel_value *v)
{
    const size_t pieces = 2 * c->count + 1;
    if (v->kind == FEEL_NULL) return &c->set[pieces * words];
    if (c->kind != FEEL_NULL && v->kind != (uint8_t)c->kind) return &c->set[(pieces + 1) * words];
    if (c->kind == FEEL_NULL) return &c->set[0];
    return &c->set[piece_of(c, v) * words];
}

uint64_t index_match(const struct table_index *index, const struct table *t,
                     const struct feel_value *input, uint64_t *rules)
{
    uint64_t open = index->open;
    memset(rules, 0xFF, index->words * sizeof *rules);
    if (t->rule_count % 64) rules[index->words - 1] = (UINT64_C(1) << t->rule_count % 64) - 1;
    for (size_t i = 0; i < index->count; i++) {
        const struct column *c = &index->column[i];
        if (!c->indexed) continue;
        if (input[i].kind == FEEL_LIST || input[i].kind == FEEL_RANGE) {
            open |= UINT64_C(1) << i;
            continue;
        }
        const uint64_t *set = set_of(c, index->words, &input[i]);
        for (size_t w = 0; w < index->words; w++)
            rules[w] &= set[w];
    }
    return open;
}
