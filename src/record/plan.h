/* How a list is answered: what of it the database does, by which index, and what is left to do row by
 * row.  Chosen by the kept counts, since SQLite's planner knows nothing of how often a value occurs. */
#pragma once

#include "record/search.h"

enum rec_way {
    WAY_WALK,   /* along the index of the sort field (or by id within one value): stops early */
    WAY_GATHER, /* all that match, by the index of the rarest condition, then sorted */
    WAY_SEARCH  /* from the search index */
};
struct rec_cursor {
    bool set, null;
    int64_t id;
    struct db_val value;
};
struct rec_plan {
    struct cx *cx;
    struct db *db;
    const struct rec_query *q;
    struct rec_scope scope;
    struct rec_conds conds;
    const struct feel_expr *where; /* NULL: none, or all of it is in conds */
    str needle;                    /* folded search */
    struct rec_match match;        /* what the search index is asked */
    bool match_sure;               /* what the index finds for needle needs no second look */
    const struct rec_cond *found;  /* REC_CONTAINS that match stands for exactly */
    bool by_set;                   /* not WAY_SEARCH, but only ids that the index finds */
    const struct app_field *sort;  /* NULL: by id */
    bool descending;
    struct rec_cursor after;
    enum rec_way way;
    const struct rec_cond *along; /* WAY_WALK by id: the one value whose index it goes along */
    const struct rec_cond
        *driver; /* WAY_GATHER: whose index is used; NULL with by_scope: the org's */
    bool by_scope;
    int64_t gather_rows; /* estimate; INT64_MAX: no index helps */
};
enum { PLAN_WALK_ROWS = 4000, PLAN_SEARCH_ROWS = 5000 };

NODISCARD rc rec_plan_make(struct cx *cx, struct db *db, const struct rec_query *q, int acts,
                           struct rec_plan *out);
/* Chooses way and driver for so many rows wanted. */
NODISCARD rc rec_plan_choose(struct rec_plan *p, int64_t want);
NODISCARD rc rec_plan_count(struct rec_plan *p, int64_t *total);

NODISCARD rc rec_cursor_read(struct rec_plan *p);
str rec_cursor_write(const struct rec_plan *p, const struct record *last);

/* The rows of the plan, in order. */
typedef rc rec_row_fn(struct cx *cx, const struct record *r, void *data);
struct rec_scan {
    int64_t want;     /* stops after so many rows that pass; 0: all */
    int64_t rows_max; /* of WAY_WALK: gives up after looking at so many; 0: never */
    bool unordered;   /* for counting */
    rec_row_fn *each; /* r is valid until it returns */
    void *data;
    int64_t passed, looked;
    bool gave_up;
};
NODISCARD rc rec_scan_run(struct rec_plan *p, struct rec_scan *s);
/* FROM and WHERE of the plan's way, without order. */
void rec_plan_from(const struct rec_plan *p, struct sqlb *b);
/* Is something left to do row by row? */
bool rec_plan_residue(const struct rec_plan *p);
