/* The tables of the cells: what they are now, and what they were at the end of earlier days. */
#include <stdlib.h>

#include "measure/inner.h"
#include "measure/rebuild.h"

const struct db_migration measure_migrations[] = {
    {1, "measure",
     "CREATE TABLE rollup ("
     " site BIGINT NOT NULL,"
     " measure TEXT NOT NULL,"
     " org BIGINT NOT NULL,"         /* with all below it; 0: none given */
     " period TEXT NOT NULL,"        /* 2022-05, 2022Q2 … in the measure's unit */
     " dims TEXT NOT NULL,"          /* parts joined by '|'; '*': the sum over all */
     " n BIGINT NOT NULL,"           /* records */
     " value BIGINT NOT NULL,"       /* × 10^-scale */
     " provisional BIGINT NOT NULL," /* of n: not final yet */
     " day BIGINT NOT NULL,"         /* of the last change, since 1970 */
     " PRIMARY KEY (site, measure, org, period, dims)) WITHOUT ROWID;"
     /* What a cell was at the end of a day, written when it changes on a later one: the value at
      * the end of a day is that of rollup when its day is not later, else the latest row here. */
     "CREATE TABLE rollup_day ("
     " site BIGINT NOT NULL,"
     " measure TEXT NOT NULL,"
     " org BIGINT NOT NULL,"
     " period TEXT NOT NULL,"
     " dims TEXT NOT NULL,"
     " day BIGINT NOT NULL," /* of the change that made it so */
     " n BIGINT NOT NULL,"
     " value BIGINT NOT NULL,"
     " provisional BIGINT NOT NULL,"
     " PRIMARY KEY (site, measure, org, period, dims, day)) WITHOUT ROWID;"
     "CREATE TABLE rollup_made (" /* by which declarations the cells were computed */
     " site BIGINT NOT NULL,"
     " id SMALLINT NOT NULL,"
     " hash TEXT NOT NULL,"
     " day BIGINT NOT NULL," /* from that day on rollup_day is of these declarations */
     " PRIMARY KEY (site, id));"},
};
const size_t measure_migration_count = COUNTOF(measure_migrations);

SQL(sql_load,
    "SELECT measure, org, dims, period, n, value, provisional, day FROM rollup"
    " WHERE site = $site ORDER BY measure, org, period, dims");
SQL(sql_put,
    "INSERT INTO rollup (site, measure, org, dims, period, n, value, provisional, day)"
    " VALUES ($site, $1, $2, $3, $4, $5, $6, $7, $8)"
    " ON CONFLICT (site, measure, org, period, dims) DO UPDATE SET"
    " n = excluded.n, value = excluded.value, provisional = excluded.provisional,"
    " day = excluded.day");
SQL(sql_put_day,
    "INSERT INTO rollup_day (site, measure, org, dims, period, n, value, provisional, day)"
    " VALUES ($site, $1, $2, $3, $4, $5, $6, $7, $8)"
    " ON CONFLICT (site, measure, org, period, dims, day) DO UPDATE SET"
    " n = excluded.n, value = excluded.value, provisional = excluded.provisional");
enum { COLUMNS = 8, ROWS_AT_ONCE = 1024 };

/* ---- loading ---- */

static const struct app_measure *measure_of(const struct catalogue *c, str name)
{
    for (int i = 0; i < c->measure_count; i++)
        if (str_eq(c->measure[i].name, name)) return &c->measure[i];
    return NULL;
}

struct cell *rollup_row(struct measure_store *m, const struct db_rows *rows)
{
    const struct app_measure *measure = measure_of(m->catalogue, db_text(rows, 0));
    struct period p;
    if (!measure || !period_parse(db_text(rows, 3), &p) || p.unit != measure->unit) return NULL;
    const struct cell_key key = {.measure = (uint16_t)measure->index,
                                 .org = db_i64(rows, 1),
                                 .dims = cells_dims(&m->cells, db_text(rows, 2)),
                                 .period = p.index};
    struct cell *cell = cells_at(&m->cells, cells_get(&m->cells, &key));
    cell->sum = (struct cell_sum){db_i64(rows, 4), db_i64(rows, 5), db_i64(rows, 6)};
    return cell;
}

rc rollup_load(struct cx *cx, struct db *db, struct measure_store *m)
{
    DB_ROWS rows = {0};
    bool more = false;
    rc r = db_scan_text(cx, db, str_from(sql_load.text), DB_NO_ARGS, &rows);
    while (r == RC_OK && (r = db_next(cx, &rows, &more)) == RC_OK && more) {
        struct cell *cell = rollup_row(m, &rows);
        if (cell) cell->day = (day_t)db_i64(&rows, 7);
    }
    return r;
}

/* ---- writing ---- */

struct row {
    const struct measure_store *store;
    const struct cell_key *key;
    struct cell_sum sum;
    day_t day;
};

static int by_key(const void *left, const void *right)
{
    const struct row *a = left, *b = right;
    if (a->key->measure != b->key->measure) return a->key->measure < b->key->measure ? -1 : 1;
    if (a->key->org != b->key->org) return a->key->org < b->key->org ? -1 : 1;
    if (a->key->period != b->key->period) return a->key->period < b->key->period ? -1 : 1;
    if (a->key->dims != b->key->dims)
        return str_cmp(cells_dims_text(&a->store->cells, a->key->dims),
                       cells_dims_text(&b->store->cells, b->key->dims));
    return a->day < b->day ? -1 : a->day > b->day;
}

static void row_values(struct arena *a, const struct row *r, struct db_val *out)
{
    const struct app_measure *m = &r->store->catalogue->measure[r->key->measure];
    out[0] = DB_T(m->name);
    out[1] = DB_I(r->key->org);
    out[2] = DB_T(cells_dims_text(&r->store->cells, r->key->dims));
    out[3] = DB_T(period_text(a, m->unit, r->key->period));
    out[4] = DB_I(r->sum.n);
    out[5] = DB_I(r->sum.value);
    out[6] = DB_I(r->sum.provisional);
    out[7] = DB_I(r->day);
}

static rc write_rows(struct cx *cx, struct db *db, const struct sql *sql, const struct row *row,
                     size_t count)
{
    rc r = RC_OK;
    struct db_val *value = NEWS(cx->arena, struct db_val, (size_t)ROWS_AT_ONCE * COLUMNS);
    for (size_t from = 0; from < count && r == RC_OK; from += ROWS_AT_ONCE) {
        const size_t n = count - from < ROWS_AT_ONCE ? count - from : ROWS_AT_ONCE;
        for (size_t i = 0; i < n; i++)
            row_values(cx->arena, &row[from + i], &value[i * COLUMNS]);
        r = db_exec_rows(cx, db, sql, value, COLUMNS, n);
    }
    return r;
}

rc measure_flush(struct measure_store *m, struct cx *cx, struct db *db)
{
    const struct cells *c = &m->cells;
    const size_t now = c->dirty.len, all = now + c->past.len;
    struct cx own = *cx;
    if (!all) return RC_OK;
    arena_reset(&m->scratch);
    own.arena = &m->scratch;
    struct row *row = NEWS(&m->scratch, struct row, all);
    for (size_t i = 0; i < now; i++) {
        const struct cell *cell = cells_at(c, c->dirty.at[i]);
        row[i] = (struct row){m, &cell->key, cell->sum, cell->day};
    }
    for (size_t i = 0; i < c->past.len; i++) {
        const struct cell_past *p = &c->past.at[i];
        row[now + i] = (struct row){m, &cells_at(c, p->cell)->key, p->sum, p->day};
    }
    qsort(row, now, sizeof *row, by_key);
    qsort(row + now, c->past.len, sizeof *row, by_key);
    rc r = write_rows(&own, db, &sql_put, row, now);
    if (r == RC_OK) r = write_rows(&own, db, &sql_put_day, row + now, c->past.len);
    return r == RC_OK ? RC_OK : err_copy(cx, &own.err);
}
