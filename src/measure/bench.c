/* The benchmark of cells: the same keys in memory and in SQL. */
#include "measure/bench.h"

#include "base/file.h"
#include "measure/inner.h"

enum { ORGS = 500, PERIODS = 12, DIMS = 20, BATCH = 12000, READS = 200000 };

SQL(sql_upsert,
    "INSERT INTO rollup (site, measure, org, dims, period, n, value, provisional, day)"
    " VALUES ($site, 'bench', $1, $2, $3, 1, $4, 0, 0) ON CONFLICT"
    " (site, measure, org, period, dims) DO UPDATE SET n = rollup.n + 1, value = rollup.value + excluded.value");

struct bench {
    struct cx *cx;
    struct db *db;
    struct arena arena;
    struct cells cells;
    uint32_t dims[DIMS];
    str period[PERIODS];
    uint64_t seed, sum;
};

static uint32_t chance(struct bench *b, uint32_t below)
{
    b->seed = b->seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(b->seed >> 33) % below;
}

static struct cell_key key_next(struct bench *b)
{
    return (struct cell_key){.org = 1 + chance(b, ORGS),
                             .period = (int32_t)chance(b, PERIODS),
                             .dims = b->dims[chance(b, DIMS)],
                             .measure = 0};
}

static int64_t per_second(int64_t count, int64_t since_us)
{
    const int64_t took = os_monotonic_us() - since_us;
    return count * US_PER_SECOND / (took > 0 ? took : 1);
}

static void bench_init(struct bench *b)
{
    arena_init(&b->arena, (size_t)1 << 30);
    cells_init(&b->cells, &b->arena);
    for (int i = 0; i < DIMS; i++)
        b->dims[i] = cells_dims(&b->cells, arena_printf(&b->arena, "MODE%04d", i));
    for (int i = 0; i < PERIODS; i++)
        b->period[i] = period_text(&b->arena, PERIOD_MONTH, 2022 * 12 + i);
}

static int64_t deltas_in_memory(struct bench *b, int64_t count)
{
    const struct cell_sum delta = {1, 127530, 0};
    b->seed = 1;
    for (int pass = 0; pass < 2; pass++) { /* the first makes the cells */
        const int64_t since = os_monotonic_us();
        for (int64_t i = 0; i < count; i++) {
            const struct cell_key key = key_next(b);
            CHECK(cells_add(&b->cells, &key, &delta, 19000));
            if (i % BATCH == BATCH - 1) cells_committed(&b->cells);
        }
        cells_committed(&b->cells);
        if (pass) return per_second(count, since);
    }
    return 0;
}

/* Rows of random keys, at_once of them a statement. */
static rc upserts(struct bench *b, int64_t count, size_t at_once, int64_t *rate)
{
    enum { COLUMNS = 4 };
    struct db_val *v = NEWS(&b->arena, struct db_val, at_once * COLUMNS);
    const int64_t since = os_monotonic_us();
    rc r = RC_OK;
    for (int64_t done = 0; done < count && r == RC_OK; done += (int64_t)at_once) {
        for (size_t i = 0; i < at_once; i++) {
            const struct cell_key key = key_next(b);
            v[i * COLUMNS] = DB_I(key.org);
            v[i * COLUMNS + 1] = DB_T(cells_dims_text(&b->cells, key.dims));
            v[i * COLUMNS + 2] = DB_T(b->period[key.period]);
            v[i * COLUMNS + 3] = DB_I(127530);
        }
        r = db_exec_rows(b->cx, b->db, &sql_upsert, v, COLUMNS, at_once);
    }
    *rate = per_second(count, since);
    return r;
}

static int64_t read_ns(struct bench *b, int orgs)
{
    const int64_t since = os_monotonic_us();
    for (int i = 0; i < READS / orgs; i++) {
        struct cell_key key = key_next(b);
        for (key.org = 1; key.org <= orgs; key.org++) {
            const struct cell *cell = cells_find(&b->cells, &key);
            if (cell) b->sum += (uint64_t)cell->sum.value;
        }
    }
    return (os_monotonic_us() - since) * 1000 / (READS / orgs);
}

static rc in_database(struct bench *b, int64_t deltas, struct measure_bench *out)
{
    rc r = db_begin(b->cx, b->db);
    if (r != RC_OK) return r;
    r = upserts(b, deltas, 1, &out->upserts_per_s);
    if (r == RC_OK) r = upserts(b, deltas, BATCH, &out->flushed_per_s);
    db_rollback(b->db);
    return r;
}

rc measure_bench(struct cx *cx, struct db *db, int64_t deltas, struct measure_bench *out)
{
    struct bench *b = NEW(cx->arena, struct bench);
    b->cx = cx;
    b->db = db;
    bench_init(b);
    *out = (struct measure_bench){.deltas = deltas, .orgs = ORGS};
    out->deltas_per_s = deltas_in_memory(b, deltas);
    out->read_cell_ns = read_ns(b, 1);
    out->read_orgs_ns = read_ns(b, ORGS);
    const rc r = in_database(b, deltas < BATCH ? deltas : deltas / 10, out);
    arena_done(&b->arena);
    return r;
}
