/* The tree of organisations in memory, as the writer's transaction sees it: who stands above whom,
 * which one is the root, who has which level. */
#pragma once

#include "record/record.h"

enum { ORG_DEPTH_MAX = 16 };

struct org {
    int64_t id, parent; /* parent 0: none */
    str key, level;     /* level: the code in field `level`, empty without one */
    bool is_there;      /* created and not voided: may be the root, and watched */
};
struct org_was {
    size_t at;
    struct org org;
};
struct org_tree {
    struct arena *arena;
    const struct app_type *type; /* core.org; NULL when the catalogue has none */
    int key, parent, level;      /* its fields; -1: none */
    VEC(struct org) org;
    uint32_t *slot; /* by id: number in org + 1 */
    size_t slot_count;
    int64_t root;       /* 0: none yet */
    int64_t given_root; /* by org_set_root; 0: found */
    VEC(struct org_was) was;
    size_t was_mark;
};

void org_init(struct org_tree *t, struct arena *a, const struct catalogue *c);
NODISCARD rc org_load(struct cx *cx, struct db *db, struct org_tree *t);
const struct org *org_find(const struct org_tree *t, int64_t id);
void org_set_root(struct org_tree *t, int64_t id);
/* id and all above it, nearest first; at least id itself.  0 stands for "no organisation given" and is
 * below the root. */
int org_chain(const struct org_tree *t, int64_t id, int64_t out[ORG_DEPTH_MAX]);
/* Takes over a record of core.org.  A voided one keeps its place: what was entered for it still counts
 * for those above it.
 * Errors: RC_INVALID measure.org-cycle, RC_LIMIT measure.org-depth: the tree is as before. */
NODISCARD rc org_change(struct cx *cx, struct org_tree *t, const struct record *r, bool is_there);

void org_job_begin(struct org_tree *t);
void org_job_undo(struct org_tree *t);
void org_committed(struct org_tree *t);
void org_rolled_back(struct org_tree *t);
