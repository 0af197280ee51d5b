/* The inside of the checks of decision tables: the space of a table's inputs, cut into finitely
 * many pieces, and the search in it.  Only the check_*.c include this.
 *
 * Each input is an axis.  The constants of its tests cut it into segments (each constant, and what
 * lies between); segments that the same rules accept are one class.  A box is a set of classes on
 * every axis; a rule is a box too.  Items are the rules, and behind them boxes found on the way. */
#pragma once

#include "dmn/model.h"

enum {
    CHECK_GAPS_MAX = 20, /* findings a table */
    CHECK_OVERLAPS_MAX = 100,
    CHECK_UNREACHABLE_MAX = 100,
    CHECK_TEXT_MAX = 64 << 10, /* bytes of one test that is compared */
    CHECK_INPUTS_MAX = 1000,
    CHECK_AXES_MAX = 64,        /* the search keeps them in one word */
    CHECK_WORDS_MAX = 3 << 20,  /* of all segments together */
    CHECK_STEPS_MAX = 300 << 20 /* words looked at in one table */
};

/* ---- bit sets ---- */
static inline size_t bits_words(size_t count)
{
    return (count + 63) / 64;
}
static inline bool bits_has(const uint64_t *set, size_t i)
{
    return (set[i / 64] >> i % 64 & 1) != 0;
}
static inline void bits_add(uint64_t *set, size_t i)
{
    set[i / 64] |= UINT64_C(1) << i % 64;
}
static inline void bits_remove(uint64_t *set, size_t i)
{
    set[i / 64] &= ~(UINT64_C(1) << i % 64);
}
static inline bool bits_empty(const uint64_t *set, size_t words)
{
    for (size_t w = 0; w < words; w++)
        if (set[w] != 0) return false;
    return true;
}

/* ---- the space ---- */
enum place { PLACE_INSIDE, PLACE_OUTSIDE, PLACE_NOWHERE }; /* not allowed; there is no such value */
struct axis {
    enum feel_kind kind;
    bool ordered; /* segment 2i+1 is point i, even ones lie between; else i is, the last all other */
    bool has_null; /* one more segment, the last: somebody asked for null */
    const struct feel_value *point;
    size_t point_count, segment_count, class_count;
    uint8_t *place;     /* a segment each, enum place */
    uint32_t *class_of; /* a segment each; AXIS_NONE where nothing is inside */
    uint64_t *match;    /* a class each: the items that accept it, space.words long */
    size_t null_class;  /* AXIS_NONE: none */
    size_t first_word;  /* where its classes begin in a box */
};
#define AXIS_NONE UINT32_MAX

struct seeker;
struct space {
    struct arena *arena; /* of all that is inside */
    const struct table *table;
    struct axis *axis;
    size_t axis_count;
    const size_t *axis_of; /* an input each; inputs of the same expression share one */
    size_t words;          /* of a set of items: the rules, CHECK_GAPS_MAX + 1 found boxes */
    size_t box_words;
    uint64_t *unknown; /* rules with a test that was not understood; it counts as `-` */
    size_t unknown_count, unknown_rule, unknown_input; /* the first such test */
    const struct table_input *open_domain; /* its allowed values were not understood; NULL: none */
    int64_t steps_left;                    /* of the search; below 0: given up */
    struct seeker *seeker;
};
/* false: too large. */
bool space_build(struct arena *a, const struct table *t, struct space *out);
static inline const uint64_t *axis_match(const struct space *s, const struct axis *x,
                                         size_t class_index)
{
    return x->match + class_index * s->words;
}
uint64_t *box_new(const struct space *s);
void box_of_item(struct space *s, size_t item, uint64_t *box);
bool box_is_empty(const struct space *s, const uint64_t *box); /* on any axis */
/* Makes box the item of this number. */
void box_add_item(const struct space *s, const uint64_t *box, size_t item);
/* As unary tests, an input a part. */
void box_write(struct buf *out, const struct space *s, const uint64_t *box);

/* ---- the search ---- */
enum search { SEARCH_NONE, SEARCH_FOUND, SEARCH_GIVEN_UP };
bool search_open(struct space *s); /* before the others; false: too large */
/* A part of `within` that no item of `items` covers. */
enum search space_find(struct space *s, const uint64_t *items, const uint64_t *within,
                       uint64_t *out);
/* Makes box as large as it can be inside `within` without meeting any of items. */
void space_widen(struct space *s, const uint64_t *items, const uint64_t *within, uint64_t *box);
/* Those of items that meet box, and those that contain it; out may be items. */
void space_meeting(struct space *s, const uint64_t *items, const uint64_t *box, uint64_t *out);
void space_containing(struct space *s, const uint64_t *items, const uint64_t *box, uint64_t *out);
