/* Cells of an organisation hold what all below it have, so an organisation that gets another parent
 * takes its sums from the old ones above it to the new.  Seldom, and one pass over the cells.
 *
 * Records without an organisation: those of a type that has no such field stand at the root itself;
 * those that only leave the field empty stand at organisation 0, below the root.  Both follow when
 * another organisation becomes the root. */
#include "measure/inner.h"

struct chain {
    int64_t org[ORG_DEPTH_MAX];
    int count;
};

static struct chain chain_of(const struct org_tree *t, int64_t id)
{
    struct chain c;
    c.count = org_chain(t, id, c.org);
    return c;
}

static bool holds(const struct chain *c, int64_t id)
{
    for (int i = 0; i < c->count; i++)
        if (c->org[i] == id) return true;
    return false;
}

static rc put(struct cx *cx, struct measure_store *m, const struct cell *cell, int64_t org,
              int sign)
{
    struct cell_key key = cell->key;
    struct cell_sum delta;
    key.org = org;
    if (cell_sum_times(&cell->sum, sign, &delta) &&
        cells_add(&m->cells, &key, &delta, day_of_us(cx->now_us)))
        return RC_OK;
    return measure_overflow(cx, &m->catalogue->measure[key.measure]);
}

/* Out of those that were above only before, into those that are above only now. */
static rc carry(struct cx *cx, struct measure_store *m, const struct cell *cell,
                const struct chain *before, const struct chain *after)
{
    const struct cell copy = *cell;
    rc r = RC_OK;
    for (int i = 0; i < before->count && r == RC_OK; i++)
        if (!holds(after, before->org[i])) r = put(cx, m, &copy, before->org[i], -1);
    for (int i = 0; i < after->count && r == RC_OK; i++)
        if (!holds(before, after->org[i])) r = put(cx, m, &copy, after->org[i], 1);
    return r;
}

enum of_types { OF_TYPES_WITHOUT_ORG, OF_TYPES_WITH_ORG };

static rc carry_all(struct cx *cx, struct measure_store *m, enum of_types which,
                    const struct chain *before, const struct chain *after)
{
    const uint32_t count = m->cells.count; /* those made on the way are not looked at */
    rc r = RC_OK;
    for (uint32_t i = 1; i < count && r == RC_OK; i++) {
        const struct cell *cell = cells_at(&m->cells, i);
        const bool has_org = m->catalogue->measure[cell->key.measure].type->org >= 0;
        if (has_org == (which == OF_TYPES_WITH_ORG) && cell->key.org == before->org[0])
            r = carry(cx, m, cell, before, after);
    }
    return r;
}

static bool same_chain(const struct chain *a, const struct chain *b)
{
    if (a->count != b->count) return false;
    for (int i = 0; i < a->count; i++)
        if (a->org[i] != b->org[i]) return false;
    return true;
}

rc move_org(struct cx *cx, struct measure_store *m, const struct record *r, bool is_there)
{
    struct org_tree *t = &m->orgs;
    const struct chain before = chain_of(t, r->id), none_before = chain_of(t, 0);
    const struct chain root_before = {{t->root}, 1};
    rc result = org_change(cx, t, r, is_there);
    if (result != RC_OK) return result;
    const struct chain after = chain_of(t, r->id), none_after = chain_of(t, 0);
    const struct chain root_after = {{t->root}, 1};
    if (root_before.org[0] != root_after.org[0]) {
        result = carry_all(cx, m, OF_TYPES_WITHOUT_ORG, &root_before, &root_after);
        if (result == RC_OK)
            result = carry_all(cx, m, OF_TYPES_WITH_ORG, &none_before, &none_after);
    }
    if (result == RC_OK && !same_chain(&before, &after))
        result = carry_all(cx, m, OF_TYPES_WITH_ORG, &before, &after);
    return result;
}
