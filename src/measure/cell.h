/* The cells in memory: a hash table from (measure, period, org, dims) to counts and sums, which can
 * undo a job or a batch and knows which cells the batch changed.  No SQL here.
 *
 * For a measure with dimensions each (measure, period, org) has one more cell, its head, that sums
 * over all dimensions (dims CELL_ANY) and starts the chain of the cells below it.  For a measure
 * without dimensions the head is the only cell (dims CELL_NONE). */
#pragma once

#include <assert.h>

#include "base/date.h"

enum { CELL_NONE = 0, CELL_ANY = 1 }; /* ids of the texts "" and "*" */

struct cell_key {
    int64_t org;
    int32_t period; /* index in the measure's unit */
    uint32_t dims;  /* id of an interned text */
    uint16_t measure;
};
struct cell_sum {
    int64_t n, value, provisional; /* provisional: how many of n are not final */
};
struct cell {
    struct cell_key key;
    struct cell_sum sum;
    day_t day;         /* of the last change */
    uint32_t next;     /* of a head: its first cell; of any other: the next of the same head */
    uint32_t job;      /* the last job that changed it */
    uint32_t is_dirty; /* changed since the last commit */
};
static_assert(sizeof(struct cell) <= 64, "a cell is a cache line");

/* What a cell was before a job's first change of it. */
struct cell_was {
    uint32_t cell;
    day_t day;
    uint32_t is_dirty;
    struct cell_sum sum;
};
/* What a cell was at the end of a day, before its first change on a later one. */
struct cell_past {
    uint32_t cell;
    day_t day;
    struct cell_sum sum;
};
struct cell_dims {
    str text;
    uint32_t id;
};

struct cells {
    struct arena *arena;
    VEC(struct cell *) chunk; /* cells do not move; index 0 is no cell */
    uint32_t count;           /* cells and the unused one */
    uint32_t *slot;
    size_t slot_count; /* a power of two */
    VEC(struct cell_dims *) dims;
    struct cell_dims **dims_slot;
    size_t dims_slot_count;
    /* the batch */
    uint32_t job;
    VEC(struct cell_was) was;
    VEC(uint32_t) dirty;
    VEC(struct cell_past) past;
    size_t was_mark, dirty_mark, past_mark; /* where the job began */
};

/* Memory: a, which must live as long; it grows with the table. */
void cells_init(struct cells *c, struct arena *a);
struct cell *cells_at(const struct cells *c, uint32_t index);
/* NULL when there is none. */
struct cell *cells_find(const struct cells *c, const struct cell_key *key);
/* Makes it, and its head, when there is none. */
uint32_t cells_get(struct cells *c, const struct cell_key *key);
/* Adds to the cell of exactly this key; false when a sum would not fit 64 bits. */
NODISCARD bool cells_add(struct cells *c, const struct cell_key *key, const struct cell_sum *delta,
                         day_t day);
bool cell_is_head(const struct cell *cell);

NODISCARD bool cell_sum_times(const struct cell_sum *s, int sign, struct cell_sum *out);

uint32_t cells_dims(struct cells *c, str text); /* interns */
bool cells_find_dims(const struct cells *c, str text, uint32_t *id);
str cells_dims_text(const struct cells *c, uint32_t id);

void cells_job_begin(struct cells *c);
void cells_job_undo(struct cells *c);
void cells_committed(struct cells *c);
void cells_rolled_back(struct cells *c);
