/* Computing cells anew from the records. */
#include "measure/rebuild.h"

#include "measure/inner.h"
#include "measure/scan.h"

SQL(sql_made, "SELECT hash FROM rollup_made WHERE site = $site AND id = 1");
SQL(sql_made_set,
    "INSERT INTO rollup_made (site, id, hash, day) VALUES ($site, 1, $1, $2)"
    " ON CONFLICT (site, id) DO UPDATE SET hash = excluded.hash, day = excluded.day");

struct feed {
    struct measure_store *store;
    struct db *db;
};

static rc feed_record(struct cx *cx, const struct record *r, void *data)
{
    const struct feed *f = data;
    return measure_changed(f->store, cx, f->db, NULL, r);
}

rc rebuild_from_records(struct cx *cx, struct db *db, struct measure_store *m)
{
    const struct app_type *orgs = m->orgs.type;
    struct feed f = {m, db};
    rc r = RC_OK;
    m->orgs.type = NULL; /* the tree is loaded: records of core.org do not change it now */
    for (int i = 0; i < m->catalogue->type_count && r == RC_OK; i++) {
        if (!m->type[i].len) continue;
        r = scan_type(cx, db, m->type[i].type, SCAN_LIVE, feed_record, &f);
        cells_committed(&m->cells); /* nobody will undo this: forget how it was */
    }
    m->orgs.type = orgs;
    return r;
}

/* Adds to each cell of m what it lacks of `right`, as a change of today. */
static rc correct(struct cx *cx, struct measure_store *m, const struct measure_store *right)
{
    const day_t today = day_of_us(cx->now_us);
    bool fits = true;
    for (uint32_t i = 1; i < right->cells.count && fits; i++) {
        const struct cell *want = cells_at(&right->cells, i);
        struct cell_key key = want->key;
        key.dims = cells_dims(&m->cells, cells_dims_text(&right->cells, key.dims));
        (void)cells_get(&m->cells, &key);
    }
    for (uint32_t i = 1; i < m->cells.count && fits; i++) {
        struct cell *have = cells_at(&m->cells, i);
        struct cell_key key = have->key;
        const struct cell *want = NULL;
        if (cells_find_dims(&right->cells, cells_dims_text(&m->cells, key.dims), &key.dims))
            want = cells_find(&right->cells, &key);
        struct cell_sum d = want ? want->sum : (struct cell_sum){0};
        fits = !__builtin_sub_overflow(d.value, have->sum.value, &d.value);
        d.n -= have->sum.n;
        d.provisional -= have->sum.provisional;
        if (d.n || d.value || d.provisional)
            fits = fits && cells_add(&m->cells, &have->key, &d, today);
    }
    return fits ? RC_OK : measure_overflow(cx, &m->catalogue->measure[0]);
}

static rc write_all(struct cx *cx, struct db *db, struct measure_store *m)
{
    rc r = measure_flush(m, cx, db);
    if (r != RC_OK) return r;
    return db_exec(cx, db, &sql_made_set,
                   DB_ARGS(DB_T(m->catalogue->hash), DB_I(day_of_us(cx->now_us))));
}

static rc rebuild(struct cx *cx, struct db *db, struct measure_store *m)
{
    struct measure_store *right = measure_store_new(m->catalogue);
    org_set_root(&right->orgs, m->orgs.given_root);
    rc r = org_load(cx, db, &right->orgs);
    if (r == RC_OK) r = rebuild_from_records(cx, db, right);
    if (r == RC_OK) r = correct(cx, m, right);
    if (r == RC_OK) r = write_all(cx, db, m);
    measure_close(right);
    return r;
}

rc measure_made_of(struct cx *cx, struct db *db, str *hash)
{
    DB_ROWS rows = {0};
    bool there = false;
    rc r = db_query(cx, db, &sql_made, DB_NO_ARGS, &rows);
    if (r == RC_OK) r = db_next(cx, &rows, &there);
    *hash = r == RC_OK && there ? db_text_dup(cx, &rows, 0) : (str){0};
    return r;
}

rc rebuild_if_changed(struct cx *cx, struct db *db, struct measure_store *m)
{
    str hash;
    rc r = measure_made_of(cx, db, &hash);
    if (r != RC_OK) return r;
    if (str_eq(hash, m->catalogue->hash)) return RC_OK;
    m->was_rebuilt = true;
    return rebuild(cx, db, m);
}
