/* What needs what: cycles are refused, and each element learns which inputs it needs in the end. */
#include "dmn/compile.h"

static const struct element *next_of(const struct draft *d, size_t i)
{
    return i < d->needs.len ? d->needs.at[i] : d->knows.at[i - d->needs.len];
}

/* Knowledge may call itself: that is recursion, within the budget of depth.
 * NOLINTNEXTLINE(misc-no-recursion): CHAIN_MAX */
static void look_for_cycle(struct compiler *c, struct draft *d)
{
    d->state = DRAFT_OPEN;
    for (size_t i = 0; i < d->needs.len + d->knows.len && !c->failed; i++) {
        const struct element *e = next_of(d, i);
        struct draft *next = &c->draft.at[e->is->index];
        if (next == d && e->is->kind == DMN_KNOWLEDGE) continue;
        if (next->state == DRAFT_OPEN) {
            compile_fault(c, d->unit, d->x, "dmn.cycle", "“%.*s”需要“%.*s”，后者又需要前者",
                          "\"%.*s\" needs \"%.*s\", which needs it in turn",
                          STR_ARG(d->element->is->name), STR_ARG(e->is->name));
            continue;
        }
        if (next->state == DRAFT_UNSEEN) {
            next->depth = d->depth + 1;
            if (next->depth > CHAIN_MAX) {
                compile_fault(c, d->unit, d->x, "dmn.depth", "一个接一个地需要，超过 %d 层",
                              "elements need one another in a row of over %d", CHAIN_MAX);
                return;
            }
            look_for_cycle(c, next);
        }
    }
    d->state = DRAFT_DONE;
    *vec_add(c->arena, &c->order) = d;
}

void graph_check(struct compiler *c)
{
    for (size_t i = 0; i < c->draft.len && !c->failed; i++)
        if (c->draft.at[i].state == DRAFT_UNSEEN) look_for_cycle(c, &c->draft.at[i]);
}

/* ---- inputs needed in the end ---- */

/* seen: by index, the number of the search that came by last.
 * NOLINTNEXTLINE(misc-no-recursion): CHAIN_MAX */
static void collect(struct compiler *c, const struct draft *d, size_t search, size_t *seen,
                    int *out, size_t *count)
{
    for (size_t i = 0; i < d->needs.len; i++) {
        const struct element *e = d->needs.at[i];
        const size_t index = (size_t)e->is->index;
        if (seen[index] == search) continue;
        seen[index] = search;
        if (e->is->kind == DMN_INPUT) out[(*count)++] = (int)index;
        if (e->is->kind == DMN_DECISION) collect(c, &c->draft.at[index], search, seen, out, count);
    }
}

void graph_needs(struct compiler *c)
{
    size_t *seen = NEWS(c->arena, size_t, c->draft.len + 1);
    int *all = NEWS(c->arena, int, c->draft.len + 1);
    for (size_t i = 0; i < c->draft.len; i++) {
        struct draft *d = &c->draft.at[i];
        size_t count = 0;
        if (d->element->is->kind != DMN_DECISION) continue;
        collect(c, d, i + 1, seen, all, &count);
        int *needs = NEWS(c->arena, int, count + 1);
        for (size_t k = 0; k < count; k++)
            needs[k] = all[k];
        d->element->is->needs = needs;
        d->element->is->need_count = count;
        if (c->arena->exhausted) return;
    }
}
