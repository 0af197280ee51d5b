/* The search for what a set of boxes does not cover: exact, column by column, within a budget.
 *
 * A node knows which items are still in play for the part of the space chosen so far.  Without any,
 * the part is not covered; with one that takes all of the axes left, it is.  Otherwise one axis is
 * divided into groups of classes which leave the same items in play, and only the smallest of these
 * sets are followed: where less suffices to cover, more does.  What was found covered is
 * remembered. */
#include <stdlib.h>

#include "dmn/check/check.h"

enum { MEMO_SLOTS = 1 << 13, MEMO_ENTRIES = MEMO_SLOTS / 2, PAIRS_MAX = 64 };

struct group {
    uint32_t size, id;
};
/* Room for one level of the search, which divides one axis. */
struct level {
    uint64_t *items;    /* a group each */
    uint64_t *full;     /* the items that take all of the axes left */
    uint32_t *group_of; /* a class each */
    uint32_t *slot;     /* hash of groups: id + 1 */
    struct group *group;
    size_t group_count, slot_count;
};
struct memo {
    uint32_t *slot;  /* entry + 1 */
    uint64_t *entry; /* the axes left, then the items */
    size_t count;
};
struct seeker {
    struct space *s;
    const uint64_t *within;
    uint64_t *box;                      /* the part chosen so far */
    uint64_t *full;                     /* an axis each: the items that take all of it */
    uint64_t *any, *all, *play, *grown; /* room */
    struct level *level;
    struct memo memo;
};

static size_t hash_set(const uint64_t *set, size_t words, uint64_t seed)
{
    uint64_t h = seed;
    for (size_t w = 0; w < words; w++) {
        h = (h ^ set[w]) * UINT64_C(0x9E3779B97F4A7C15);
        h ^= h >> 31;
    }
    return (size_t)h;
}

static size_t count_bits(const uint64_t *set, size_t words)
{
    size_t n = 0;
    for (size_t w = 0; w < words; w++)
        n += (size_t)__builtin_popcountll(set[w]);
    return n;
}

static bool is_subset(const uint64_t *a, const uint64_t *b, size_t words)
{
    for (size_t w = 0; w < words; w++)
        if ((a[w] & ~b[w]) != 0) return false;
    return true;
}

/* ---- what was found covered ---- */

static bool memo_find(const struct seeker *k, const uint64_t *items, uint64_t left, size_t *at)
{
    const size_t words = k->s->words;
    *at = hash_set(items, words, left) % MEMO_SLOTS;
    for (; k->memo.slot[*at] != 0; *at = (*at + 1) % MEMO_SLOTS) {
        const uint64_t *e = k->memo.entry + (k->memo.slot[*at] - 1) * (words + 1);
        if (e[0] == left && memcmp(e + 1, items, words * sizeof *e) == 0) return true;
    }
    return false;
}

static void memo_add(struct seeker *k, const uint64_t *items, uint64_t left)
{
    const size_t words = k->s->words;
    size_t at;
    if (k->memo.count >= MEMO_ENTRIES || memo_find(k, items, left, &at)) return;
    uint64_t *e = k->memo.entry + k->memo.count * (words + 1);
    e[0] = left;
    memcpy(e + 1, items, words * sizeof *e);
    k->memo.slot[at] = (uint32_t)++k->memo.count;
}

/* ---- groups ---- */

static uint32_t group_find(const struct seeker *k, struct level *l, const uint64_t *items)
{
    const size_t words = k->s->words;
    size_t at = hash_set(items, words, 0) % l->slot_count;
    for (; l->slot[at] != 0; at = (at + 1) % l->slot_count)
        if (memcmp(l->items + (l->slot[at] - 1) * words, items, words * sizeof *items) == 0)
            return l->slot[at] - 1;
    const uint32_t id = (uint32_t)l->group_count++;
    l->slot[at] = id + 1;
    l->group[id] = (struct group){(uint32_t)count_bits(items, words), id};
    return id;
}

/* Each class of the axis goes to the group of what it leaves in play. */
static void divide(struct seeker *k, struct level *l, const struct axis *x, const uint64_t *items)
{
    const size_t words = k->s->words;
    const uint64_t *within = k->within + x->first_word;
    l->group_count = 0;
    l->slot_count = 2 * x->class_count + 1;
    memset(l->slot, 0, l->slot_count * sizeof *l->slot);
    for (size_t c = 0; c < x->class_count; c++) {
        l->group_of[c] = AXIS_NONE;
        if (!bits_has(within, c)) continue;
        const uint64_t *match = axis_match(k->s, x, c);
        uint64_t *row = l->items + l->group_count * words;
        for (size_t w = 0; w < words; w++)
            row[w] = items[w] & match[w];
        l->group_of[c] = group_find(k, l, row);
    }
    k->s->steps_left -= (int64_t)(x->class_count * words * 3);
}

static int smaller_first(const void *a, const void *b)
{
    const struct group *x = a, *y = b;
    if (x->size != y->size) return x->size < y->size ? -1 : 1;
    return x->id < y->id ? -1 : x->id > y->id;
}

/* Groups that have all of another's items need not be looked at: first the smallest are kept. */
static void keep_smallest(struct seeker *k, struct level *l)
{
    const size_t words = k->s->words;
    size_t kept = 0;
    qsort(l->group, l->group_count, sizeof *l->group, smaller_first);
    for (size_t i = 0; i < l->group_count; i++) {
        const uint64_t *items = l->items + l->group[i].id * words;
        const size_t pairs = kept < PAIRS_MAX ? kept : PAIRS_MAX;
        bool more = false;
        for (size_t g = 0; g < pairs && !more; g++)
            more = is_subset(l->items + l->group[g].id * words, items, words);
        k->s->steps_left -= (int64_t)(pairs * 2);
        if (!more) l->group[kept++] = l->group[i];
    }
    l->group_count = kept;
}

/* ---- the descent ---- */

/* The axis on which the most items take only a part. */
static size_t choose_axis(struct seeker *k, const uint64_t *items, uint64_t left)
{
    const size_t words = k->s->words;
    size_t best = 0, best_count = 0;
    for (size_t x = 0; x < k->s->axis_count; x++) {
        size_t count = 1;
        if ((left >> x & 1) == 0) continue;
        const uint64_t *full = k->full + x * words;
        for (size_t w = 0; w < words; w++)
            count += (size_t)__builtin_popcountll(items[w] & ~full[w]);
        if (count > best_count) {
            best = x;
            best_count = count;
        }
    }
    return best;
}

static bool covered_by_one(struct seeker *k, uint64_t *all, const uint64_t *items, uint64_t left)
{
    const size_t words = k->s->words;
    memcpy(all, items, words * sizeof *all);
    for (size_t x = 0; x < k->s->axis_count; x++)
        for (size_t w = 0; w < words && (left >> x & 1) != 0; w++)
            all[w] &= k->full[x * words + w];
    k->s->steps_left -= (int64_t)((k->s->axis_count + 1) * words * 2);
    return !bits_empty(all, words);
}

static void choose_group(struct seeker *k, const struct level *l, const struct axis *x, uint32_t id)
{
    uint64_t *part = k->box + x->first_word;
    memset(part, 0, bits_words(x->class_count) * sizeof *part);
    for (size_t c = 0; c < x->class_count; c++)
        if (l->group_of[c] == id) bits_add(part, c);
    k->s->steps_left -= (int64_t)x->class_count;
}

/* NOLINTNEXTLINE(misc-no-recursion): a level for each axis, CHECK_AXES_MAX */
static enum search descend(struct seeker *k, size_t depth, const uint64_t *items, uint64_t left)
{
    struct level *l = &k->level[depth];
    const size_t words = k->s->words;
    size_t at;
    if (bits_empty(items, words)) return SEARCH_FOUND;
    if (k->s->steps_left < 0) return SEARCH_GIVEN_UP;
    if (covered_by_one(k, l->full, items, left) || memo_find(k, items, left, &at))
        return SEARCH_NONE;
    const size_t chosen = choose_axis(k, items, left);
    const struct axis *x = &k->s->axis[chosen];
    divide(k, l, x, items);
    keep_smallest(k, l);
    for (size_t g = 0; g < l->group_count; g++) {
        const uint32_t id = l->group[g].id;
        choose_group(k, l, x, id);
        const enum search r =
            descend(k, depth + 1, l->items + id * words, left & ~(UINT64_C(1) << chosen));
        if (r != SEARCH_NONE) return r;
    }
    memcpy(k->box + x->first_word, k->within + x->first_word,
           bits_words(x->class_count) * sizeof *k->box);
    memo_add(k, items, left);
    return SEARCH_NONE;
}

/* Sets *any to the items that meet `within` on this axis, *all to those that take all of it. */
static void axis_cover(struct space *s, const struct axis *x, const uint64_t *within, uint64_t *any,
                       uint64_t *all)
{
    memset(any, 0, s->words * sizeof *any);
    memset(all, 0xFF, s->words * sizeof *all);
    for (size_t c = 0; c < x->class_count; c++) {
        if (!bits_has(within + x->first_word, c)) continue;
        const uint64_t *match = axis_match(s, x, c);
        for (size_t w = 0; w < s->words; w++) {
            any[w] |= match[w];
            all[w] &= match[w];
        }
    }
    s->steps_left -= (int64_t)(x->class_count * s->words);
}

static bool open_level(struct level *l, struct arena *a, size_t classes, size_t words)
{
    l->items = arena_try(a, classes + 1, words * sizeof *l->items);
    l->group_of = arena_try(a, classes, sizeof *l->group_of);
    l->slot = arena_try(a, 2 * classes + 1, sizeof *l->slot);
    l->group = arena_try(a, classes, sizeof *l->group);
    return l->items != NULL && l->group_of != NULL && l->slot != NULL && l->group != NULL;
}

bool search_open(struct space *s)
{
    struct arena *a = s->arena;
    struct seeker *k = NEW(a, struct seeker);
    size_t classes = 1;
    for (size_t x = 0; x < s->axis_count; x++)
        if (s->axis[x].class_count > classes) classes = s->axis[x].class_count;
    k->s = s;
    k->level = NEWS(a, struct level, s->axis_count + 1);
    for (size_t d = 0; d <= s->axis_count; d++) {
        k->level[d].full = NEWS(a, uint64_t, s->words);
        /* nothing is divided below the last axis */
        if (d < s->axis_count && !open_level(&k->level[d], a, classes, s->words)) return false;
    }
    k->memo.slot = NEWS(a, uint32_t, MEMO_SLOTS);
    k->memo.entry = arena_try(a, MEMO_ENTRIES, (s->words + 1) * sizeof(uint64_t));
    k->full = arena_try(a, s->axis_count + 1, s->words * sizeof(uint64_t));
    k->any = arena_try(a, s->words, sizeof *k->any);
    k->all = arena_try(a, s->words, sizeof *k->all);
    k->play = arena_try(a, s->words, sizeof *k->play);
    k->grown = arena_try(a, s->box_words + 1, sizeof *k->grown);
    k->box = arena_try(a, s->box_words + 1, sizeof *k->box);
    s->seeker = k;
    return k->memo.entry != NULL && k->full != NULL && k->any != NULL && k->all != NULL &&
           k->play != NULL && k->grown != NULL && k->box != NULL && !a->exhausted;
}

enum search space_find(struct space *s, const uint64_t *items, const uint64_t *within,
                       uint64_t *out)
{
    struct seeker *k = s->seeker;
    if (box_is_empty(s, within)) return SEARCH_NONE;
    k->within = within;
    if (k->memo.count > 0) memset(k->memo.slot, 0, MEMO_SLOTS * sizeof *k->memo.slot);
    k->memo.count = 0;
    memcpy(k->play, items, s->words * sizeof *k->play);
    memcpy(k->box, within, s->box_words * sizeof *k->box);
    for (size_t x = 0; x < s->axis_count; x++) {
        uint64_t *full = k->full + x * s->words;
        axis_cover(s, &s->axis[x], within, k->any, full);
        for (size_t w = 0; w < s->words; w++)
            k->play[w] &= k->any[w];
    }
    const uint64_t left = s->axis_count == 64 ? UINT64_MAX : (UINT64_C(1) << s->axis_count) - 1;
    const enum search r = descend(k, 0, k->play, left);
    if (r == SEARCH_FOUND) memcpy(out, k->box, s->box_words * sizeof *out);
    return r;
}

/* ---- around boxes ---- */

void space_meeting(struct space *s, const uint64_t *items, const uint64_t *box, uint64_t *out)
{
    uint64_t *any = s->seeker->any;
    memmove(out, items, s->words * sizeof *out);
    for (size_t x = 0; x < s->axis_count && !bits_empty(out, s->words); x++) {
        const struct axis *a = &s->axis[x];
        memset(any, 0, s->words * sizeof *any);
        for (size_t c = 0; c < a->class_count; c++) {
            if (!bits_has(box + a->first_word, c)) continue;
            const uint64_t *match = axis_match(s, a, c);
            for (size_t w = 0; w < s->words; w++)
                any[w] |= match[w];
            s->steps_left -= (int64_t)s->words;
        }
        for (size_t w = 0; w < s->words; w++)
            out[w] &= any[w];
    }
}

void space_containing(struct space *s, const uint64_t *items, const uint64_t *box, uint64_t *out)
{
    const struct seeker *k = s->seeker;
    memmove(out, items, s->words * sizeof *out);
    for (size_t x = 0; x < s->axis_count; x++) {
        axis_cover(s, &s->axis[x], box, k->any, k->all);
        for (size_t w = 0; w < s->words; w++)
            out[w] &= k->all[w];
    }
}

/* Adds the classes of one axis that no item in play accepts; whole: all of them or none. */
static void widen_axis(const struct seeker *k, const struct axis *x, const uint64_t *within,
                       uint64_t *box, bool whole)
{
    const size_t words = k->s->words, from = x->first_word;
    size_t free_count = 0, count = 0;
    memset(k->grown, 0, bits_words(x->class_count) * sizeof *k->grown);
    for (size_t c = 0; c < x->class_count; c++) {
        if (!bits_has(within + from, c)) continue;
        const uint64_t *match = axis_match(k->s, x, c);
        bool meets = false;
        for (size_t w = 0; w < words && !meets; w++)
            meets = (match[w] & k->play[w]) != 0;
        count++;
        free_count += !meets;
        if (!meets) bits_add(k->grown, c);
    }
    k->s->steps_left -= (int64_t)(x->class_count * words);
    if (whole && free_count < count) return;
    memcpy(box + from, k->grown, bits_words(x->class_count) * sizeof *box);
}

void space_widen(struct space *s, const uint64_t *items, const uint64_t *within, uint64_t *box)
{
    const struct seeker *k = s->seeker;
    for (int pass = 0; pass < 2; pass++) /* whole axes first: they read best */
        for (size_t n = s->axis_count; n-- > 0;) {
            memcpy(k->play, items, s->words * sizeof *k->play);
            for (size_t x = 0; x < s->axis_count; x++) {
                if (x == n) continue;
                axis_cover(s, &s->axis[x], box, k->any, k->all);
                for (size_t w = 0; w < s->words; w++)
                    k->play[w] &= k->any[w];
            }
            widen_axis(k, &s->axis[n], within, box, pass == 0);
        }
}
