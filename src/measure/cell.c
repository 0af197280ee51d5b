/* Open addressing with linear probing over cell numbers, at most half full; the cells themselves
 * stand in chunks that never move. */
#include "measure/cell.h"

enum { CHUNK_BITS = 10, CHUNK_CELLS = 1 << CHUNK_BITS, SLOTS_MIN = 1024 };

void cells_init(struct cells *c, struct arena *a)
{
    *c = (struct cells){.arena = a, .count = 1, .job = 1};
    c->slot_count = SLOTS_MIN;
    c->slot = NEWS(a, uint32_t, SLOTS_MIN);
    c->dims_slot_count = SLOTS_MIN;
    c->dims_slot = NEWS(a, struct cell_dims *, SLOTS_MIN);
    *vec_add(a, &c->chunk) = NEWS(a, struct cell, CHUNK_CELLS);
    (void)cells_dims(c, STR(""));
    (void)cells_dims(c, STR("*"));
}

struct cell *cells_at(const struct cells *c, uint32_t index)
{
    return &c->chunk.at[index >> CHUNK_BITS][index & (CHUNK_CELLS - 1)];
}

bool cell_is_head(const struct cell *cell)
{
    return cell->key.dims <= CELL_ANY;
}

static uint64_t hash_of(const struct cell_key *k)
{
    uint64_t h = (uint64_t)k->org * UINT64_C(0x9E3779B97F4A7C15);
    h ^= ((uint64_t)(uint32_t)k->period << 32 | k->dims) * UINT64_C(0xD6E8FEB86659FD93);
    h ^= (uint64_t)k->measure * UINT64_C(0xA0761D6478BD642F);
    h ^= h >> 32;
    h *= UINT64_C(0xE7037ED1A0B428DB);
    return h ^ h >> 29;
}

static bool same_key(const struct cell_key *a, const struct cell_key *b)
{
    return a->org == b->org && a->period == b->period && a->dims == b->dims &&
           a->measure == b->measure;
}

static uint32_t *slot_of(const struct cells *c, const struct cell_key *key)
{
    size_t i = (size_t)hash_of(key) & (c->slot_count - 1);
    while (c->slot[i] && !same_key(&cells_at(c, c->slot[i])->key, key))
        i = (i + 1) & (c->slot_count - 1);
    return &c->slot[i];
}

struct cell *cells_find(const struct cells *c, const struct cell_key *key)
{
    const uint32_t at = *slot_of(c, key);
    return at ? cells_at(c, at) : NULL;
}

static void grow(struct cells *c)
{
    c->slot_count *= 2; /* the old slots stay in the arena: together they are no more than these */
    c->slot = NEWS(c->arena, uint32_t, c->slot_count);
    for (uint32_t i = 1; i < c->count; i++)
        *slot_of(c, &cells_at(c, i)->key) = i;
}

static uint32_t add_cell(struct cells *c, const struct cell_key *key)
{
    if ((size_t)c->count * 2 > c->slot_count) grow(c);
    const uint32_t at = c->count++;
    if ((at & (CHUNK_CELLS - 1)) == 0)
        *vec_add(c->arena, &c->chunk) = NEWS(c->arena, struct cell, CHUNK_CELLS);
    *cells_at(c, at) = (struct cell){.key = *key, .day = DAY_NONE};
    *slot_of(c, key) = at;
    return at;
}

uint32_t cells_get(struct cells *c, const struct cell_key *key)
{
    uint32_t at = *slot_of(c, key);
    if (at) return at;
    at = add_cell(c, key);
    if (key->dims <= CELL_ANY) return at;
    struct cell_key any = *key;
    any.dims = CELL_ANY;
    uint32_t head = *slot_of(c, &any);
    if (!head) head = add_cell(c, &any);
    cells_at(c, at)->next = cells_at(c, head)->next;
    cells_at(c, head)->next = at;
    return at;
}

/* Keeps what the cell is now for the job's undo and, when this is its first change on another day, for
 * the history of days. */
static void remember(struct cells *c, struct cell *cell, uint32_t at, day_t day)
{
    if (cell->job != c->job) {
        *vec_add(c->arena, &c->was) = (struct cell_was){at, cell->day, cell->is_dirty, cell->sum};
        cell->job = c->job;
    }
    if (!cell->is_dirty) *vec_add(c->arena, &c->dirty) = at;
    cell->is_dirty = 1;
    if (day > cell->day && cell->day != DAY_NONE)
        *vec_add(c->arena, &c->past) = (struct cell_past){at, cell->day, cell->sum};
    if (day > cell->day) cell->day = day; /* a clock set back does not rewrite a later day */
}

bool cells_add(struct cells *c, const struct cell_key *key, const struct cell_sum *delta, day_t day)
{
    const uint32_t at = cells_get(c, key);
    struct cell *cell = cells_at(c, at);
    struct cell_sum sum;
    if (__builtin_add_overflow(cell->sum.n, delta->n, &sum.n) ||
        __builtin_add_overflow(cell->sum.value, delta->value, &sum.value) ||
        __builtin_add_overflow(cell->sum.provisional, delta->provisional, &sum.provisional))
        return false;
    remember(c, cell, at, day);
    cell->sum = sum;
    return true;
}

bool cell_sum_times(const struct cell_sum *s, int sign, struct cell_sum *out)
{
    return !__builtin_mul_overflow(s->n, sign, &out->n) &&
           !__builtin_mul_overflow(s->value, sign, &out->value) &&
           !__builtin_mul_overflow(s->provisional, sign, &out->provisional);
}

/* ---- texts of dimensions ---- */

static struct cell_dims **dims_slot_of(const struct cells *c, str text)
{
    size_t i = (size_t)str_hash(text) & (c->dims_slot_count - 1);
    while (c->dims_slot[i] && !str_eq(c->dims_slot[i]->text, text))
        i = (i + 1) & (c->dims_slot_count - 1);
    return &c->dims_slot[i];
}

static void grow_dims(struct cells *c)
{
    c->dims_slot_count *= 2;
    c->dims_slot = NEWS(c->arena, struct cell_dims *, c->dims_slot_count);
    for (size_t i = 0; i < c->dims.len; i++)
        *dims_slot_of(c, c->dims.at[i]->text) = c->dims.at[i];
}

uint32_t cells_dims(struct cells *c, str text)
{
    struct cell_dims **slot = dims_slot_of(c, text);
    if (*slot) return (*slot)->id;
    if (c->dims.len * 2 >= c->dims_slot_count) grow_dims(c);
    struct cell_dims *d = NEW(c->arena, struct cell_dims);
    *d = (struct cell_dims){arena_dup(c->arena, text), (uint32_t)c->dims.len};
    *dims_slot_of(c, d->text) = d;
    *vec_add(c->arena, &c->dims) = d;
    return d->id;
}

bool cells_find_dims(const struct cells *c, str text, uint32_t *id)
{
    const struct cell_dims *d = *dims_slot_of(c, text);
    if (d) *id = d->id;
    return d != NULL;
}

str cells_dims_text(const struct cells *c, uint32_t id)
{
    return c->dims.at[id]->text;
}

/* ---- jobs and batches ---- */

void cells_job_begin(struct cells *c)
{
    c->job++;
    c->was_mark = c->was.len;
    c->dirty_mark = c->dirty.len;
    c->past_mark = c->past.len;
}

static void undo_to(struct cells *c, size_t was, size_t dirty, size_t past)
{
    while (c->was.len > was) {
        const struct cell_was *w = &c->was.at[--c->was.len];
        struct cell *cell = cells_at(c, w->cell);
        cell->day = w->day;
        cell->is_dirty = w->is_dirty;
        cell->sum = w->sum;
        cell->job = 0;
    }
    c->dirty.len = dirty;
    c->past.len = past;
}

void cells_job_undo(struct cells *c)
{
    undo_to(c, c->was_mark, c->dirty_mark, c->past_mark);
}

void cells_rolled_back(struct cells *c)
{
    undo_to(c, 0, 0, 0);
    cells_job_begin(c);
}

void cells_committed(struct cells *c)
{
    for (size_t i = 0; i < c->dirty.len; i++)
        cells_at(c, c->dirty.at[i])->is_dirty = 0;
    c->was.len = c->dirty.len = c->past.len = 0;
    cells_job_begin(c);
}
