/* The store's life: opening, what follows the writer's jobs and batches, records that change. */
#include "measure/inner.h"
#include "measure/rebuild.h"

enum { KEYS_BYTES = 64 << 20 };
/* Not a limit to plan with: more cells than that are a fault of the declarations. */
static const size_t store_bytes = (size_t)4 << 30;

struct measure_store *measure_store_new(const struct catalogue *c)
{
    struct arena arena;
    arena_init(&arena, store_bytes);
    struct measure_store *m = NEW(&arena, struct measure_store);
    m->arena = arena; /* which the store lives in itself */
    arena_init(&m->scratch, store_bytes);
    arena_init(&m->key_arena, KEYS_BYTES);
    m->catalogue = c;
    cells_init(&m->cells, &m->arena);
    org_init(&m->orgs, &m->arena, c);
    m->type = NEWS(&m->arena, struct live_type, (size_t)c->type_count + 1);
    for (int i = 0; i < c->type_count; i++)
        m->type[i].type = &c->type[i];
    for (int i = 0; i < c->measure_count; i++) {
        const struct app_measure *a = &c->measure[i];
        struct live_type *t = &m->type[a->type->index];
        *(struct live_measure *)vec_add(&m->arena, t) =
            (struct live_measure){a, measure_status_field(a->type)};
        t->reads_feel |= a->where != NULL;
    }
    return m;
}

void measure_close(struct measure_store *m)
{
    if (!m) return;
    arena_done(&m->key_arena);
    arena_done(&m->scratch);
    struct arena arena = m->arena;
    arena_done(&arena);
}

rc measure_open(struct cx *cx, struct db *db, const struct catalogue *c, struct measure_store **out)
{
    struct measure_store *m = measure_store_new(c);
    rc r = db_begin(cx, db);
    if (r == RC_OK) r = org_load(cx, db, &m->orgs);
    if (r == RC_OK) r = rollup_load(cx, db, m);
    if (r == RC_OK) r = rebuild_if_changed(cx, db, m);
    if (r == RC_OK) r = db_commit(cx, db);
    if (r != RC_OK) {
        db_rollback(db);
        measure_close(m);
        return r;
    }
    measure_committed(m);
    *out = m;
    return RC_OK;
}

bool measure_was_rebuilt(const struct measure_store *m)
{
    return m->was_rebuilt;
}

void measure_set_root(struct measure_store *m, int64_t org_id)
{
    org_set_root(&m->orgs, org_id);
}

int64_t measure_root(const struct measure_store *m)
{
    return m->orgs.root;
}

str measure_org_level(const struct measure_store *m, int64_t org_id)
{
    const struct org *o = org_find(&m->orgs, org_id);
    return o && o->is_there ? o->level : (str){0};
}

/* ---- records ---- */

static bool same_cell(const struct part *a, const struct part *b)
{
    return a->key.org == b->key.org && a->key.period == b->key.period && a->key.dims == b->key.dims;
}

/* Minus what the old version gave, plus what the new one gives. */
static rc replace(struct cx *cx, struct measure_store *m, struct part *old, struct part *new)
{
    if (old->is_there && new->is_there && same_cell(old, new)) {
        struct part net = *new;
        net.sum.n = 0;
        net.sum.provisional -= old->sum.provisional;
        if (!__builtin_sub_overflow(new->sum.value, old->sum.value, &net.sum.value)) {
            if (!net.sum.value && !net.sum.provisional) return RC_OK;
            return part_add(cx, m, &net, 1);
        }
    }
    rc r = old->is_there ? part_add(cx, m, old, -1) : RC_OK;
    if (r == RC_OK && new->is_there) r = part_add(cx, m, new, 1);
    return r;
}

static rc feel_values(struct cx *cx, struct db *db, const struct record *r,
                      const struct feel_value **out)
{
    if (!r || r->voided) return RC_OK;
    struct feel_value *v = NEWS(cx->arena, struct feel_value, (size_t)r->type->field_count + 1);
    *out = v;
    return rec_feel_values(cx, db, r, v);
}

static rc measures_changed(struct cx *cx, struct db *db, struct measure_store *m,
                           const struct record *before, const struct record *after)
{
    struct live_type *t = &m->type[(after ? after : before)->type->index];
    const struct feel_value *old = NULL, *new = NULL;
    rc r = RC_OK;
    if (t->reads_feel) r = feel_values(cx, db, before, &old);
    if (t->reads_feel && r == RC_OK) r = feel_values(cx, db, after, &new);
    for (size_t i = 0; i < t->len && r == RC_OK; i++) {
        struct part minus, plus;
        r = part_of(cx, m, &t->at[i], before, old, &minus);
        if (r == RC_OK) r = part_of(cx, m, &t->at[i], after, new, &plus);
        if (r == RC_OK) r = replace(cx, m, &minus, &plus);
    }
    return r;
}

rc measure_changed(void *store, struct cx *cx, struct db *db, const struct record *before,
                   const struct record *after)
{
    struct measure_store *m = store;
    const struct record *record = after ? after : before;
    struct cx own = *cx; /* what is computed on the way goes with the next record */
    arena_reset(&m->scratch);
    own.arena = &m->scratch;
    rc r = RC_OK;
    if (record->type == m->orgs.type) r = move_org(&own, m, record, after && !after->voided);
    if (r == RC_OK) r = measures_changed(&own, db, m, before, after);
    return r == RC_OK ? RC_OK : err_copy(cx, &own.err);
}

void measure_job_begin(struct measure_store *m)
{
    cells_job_begin(&m->cells);
    org_job_begin(&m->orgs);
}

static void forget_keys(struct measure_store *m)
{
    arena_reset(&m->key_arena);
    m->keys = (struct map){0};
}

void measure_job_undo(struct measure_store *m)
{
    cells_job_undo(&m->cells);
    org_job_undo(&m->orgs);
    forget_keys(m);
}

void measure_committed(struct measure_store *m)
{
    cells_committed(&m->cells);
    org_committed(&m->orgs);
}

void measure_rolled_back(struct measure_store *m)
{
    cells_rolled_back(&m->cells);
    org_rolled_back(&m->orgs);
    forget_keys(m);
}

void measure_touched(struct measure_store *m, struct arena *a, struct measure_touches *out)
{
    const struct cells *c = &m->cells;
    for (size_t i = c->was_mark; i < c->was.len; i++) {
        const struct cell *cell = cells_at(c, c->was.at[i].cell);
        if (!cell_is_head(cell)) continue;
        const struct app_measure *measure = &m->catalogue->measure[cell->key.measure];
        *vec_add(a, out) = (struct measure_touch){.measure = measure,
                                                  .period = {measure->unit, cell->key.period},
                                                  .org_id = cell->key.org};
    }
}
