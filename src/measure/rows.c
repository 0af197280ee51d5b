/* Cells from the database, now or as known at the end of a day. */
#include "measure/inner.h"

#define WHERE_ONE                                                                                  \
    " WHERE site = $site AND measure = $1 AND org = $2 AND dims = $3 AND period IN"                \
    " ($4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)"
#define WHERE_RANGE                                                                                \
    " WHERE site = $site AND measure = $1 AND org = $2 AND period >= $3 AND period <= $4"
#define COLUMNS "SELECT period, dims, n, value, provisional, day FROM "

SQL(sql_one, COLUMNS "rollup" WHERE_ONE " ORDER BY period, dims");
SQL(sql_range, COLUMNS "rollup" WHERE_RANGE " ORDER BY period, dims");
SQL(sql_one_known, COLUMNS "rollup_day" WHERE_ONE " AND day <= $16 UNION ALL " COLUMNS
                           "rollup" WHERE_ONE " AND day <= $16 ORDER BY period, dims, day");
SQL(sql_range_known, COLUMNS "rollup_day" WHERE_RANGE " AND day <= $5 UNION ALL " COLUMNS
                             "rollup" WHERE_RANGE " AND day <= $5 ORDER BY period, dims, day");
enum { PERIODS_AT_ONCE = 12, ARGS_MAX = 3 + PERIODS_AT_ONCE + 1 };

struct question {
    const struct sql *sql;
    struct db_val arg[ARGS_MAX];
    size_t count;
};

/* A few periods of one cell are looked up one by one, everything else is a walk over the periods. */
static void question_make(struct cx *cx, const struct measure_view *v, const struct cell_range *r,
                          bool exact, str dims, struct question *q)
{
    const bool known = v->known_at != DAY_NONE;
    const bool one = exact && r->last - r->first < PERIODS_AT_ONCE;
    const enum period_unit unit = r->measure->unit;
    q->arg[q->count++] = DB_T(r->measure->name);
    q->arg[q->count++] = DB_I(r->org);
    if (one) {
        q->sql = known ? &sql_one_known : &sql_one;
        q->arg[q->count++] = DB_T(dims);
        for (int32_t i = 0; i < PERIODS_AT_ONCE; i++) {
            const int32_t p = r->first + i < r->last ? r->first + i : r->last;
            q->arg[q->count++] = DB_T(period_text(cx->arena, unit, p));
        }
    } else {
        q->sql = known ? &sql_range_known : &sql_range;
        q->arg[q->count++] = DB_T(period_text(cx->arena, unit, r->first));
        q->arg[q->count++] = DB_T(period_text(cx->arena, unit, r->last));
    }
    if (known) q->arg[q->count++] = DB_I(v->known_at);
}

static bool row_read(const struct db_rows *rows, struct cell_row *out)
{
    struct period p;
    if (!period_parse(db_text(rows, 0), &p)) return false;
    *out = (struct cell_row){
        .period = p.index,
        .dims = db_text(rows, 1),
        .sum = {.n = db_i64(rows, 2), .value = db_i64(rows, 3), .provisional = db_i64(rows, 4)}};
    out->sum.present = out->sum.n > 0;
    return true;
}

/* Of several rows of one cell, which come day by day, the last counts. */
rc rows_each(struct cx *cx, const struct measure_view *v, const struct cell_range *r, rows_fn *each,
             void *data)
{
    const bool known = v->known_at != DAY_NONE;
    struct question q = {0};
    struct cell_row row, last = {0};
    str dims = {0};
    const bool exact = pattern_text(cx->arena, r->measure, &r->pattern, &dims) && !r->is_apart;
    bool more = false, waiting = false;
    DB_ROWS rows = {0};
    if (r->pattern.nothing) return RC_OK;
    question_make(cx, v, r, exact, dims, &q);
    rc result = db_query(cx, v->db, q.sql, q.arg, q.count, &rows);
    while (result == RC_OK && (result = db_next(cx, &rows, &more)) == RC_OK && more) {
        if (!row_read(&rows, &row)) continue;
        if (exact ? !str_eq(row.dims, dims)
                  : !pattern_fits(&r->pattern, r->measure->by_count, row.dims))
            continue;
        if (!known) {
            result = each(cx, &row, data);
            continue;
        }
        const bool same = waiting && row.period == last.period && str_eq(row.dims, last.dims);
        if (waiting && !same) result = each(cx, &last, data);
        row.dims = same ? last.dims : arena_dup(cx->arena, row.dims);
        last = row;
        waiting = true;
    }
    if (waiting && result == RC_OK) result = each(cx, &last, data);
    return result;
}
