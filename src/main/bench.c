/* bench records, bench indicators, bench http: figures beside the limit measured in the same run. */
#include "measure/bench.h"

#include <unistd.h>

#include "base/file.h"
#include "main/city.h"
#include "measure/measure.h"
#include "server/server.h"
#include "store/floor.h"

/* Rows made for the benchmark: a sequence, the same every time. */
struct made_rows {
    int64_t at, end;
};

static rc made_next(void *owner, struct cx *cx, const struct json **fields, int64_t *line)
{
    struct made_rows *m = owner;
    struct buf text = {.arena = cx->arena};
    struct jw w = {.out = &text};
    static const char *const flow[] = {"X", "M"}, *const mode[] = {"1039", "0110", "1210", "9610"};
    *fields = NULL;
    if (m->at >= m->end) return RC_OK;
    int64_t n = m->at++;
    *line = n;
    jw_object(&w);
    jw_kstr(&w, "no", arena_printf(cx->arena, "B%012" PRId64, n));
    jw_kstr(&w, "period", arena_printf(cx->arena, "2022-%02d", (int)(n % 12) + 1));
    jw_kstr(&w, "flow", str_from(flow[n % 2]));
    jw_kstr(&w, "mode", str_from(mode[n / 2 % 4]));
    jw_kstr(&w, "partner", arena_printf(cx->arena, "P%d", (int)(n % 40)));
    jw_kstr(&w, "hs", arena_printf(cx->arena, "%04d", (int)(n * 7 % 1200) + 100));
    jw_key(&w, STR("value"));
    jw_fixed(&w, 100 + n * 7919 % 1000000, 2);
    jw_end(&w, '}');
    return json_parse(cx, buf_str(&text), fields);
}

static rc batches_run(struct args *a, struct engine *e, int64_t records, int64_t batch)
{
    rc r = RC_OK;
    for (int64_t at = 0; r == RC_OK && at < records; at += batch) {
        struct arena scratch;
        arena_init(&scratch, ARENA_DEFAULT_BYTES);
        struct cx cx = {.arena = &scratch};
        struct made_rows made = {at, at + batch < records ? at + batch : records};
        struct command_rows rows = {.owner = &made, .next = made_next};
        struct command c = {.name = STR("record.import"),
                            .rows = &rows,
                            .params = params_of(&cx, "type", STR("trade.declaration"), NULL)};
        str answer;
        r = engine_apply(&cx, e, &c, &answer);
        if (r != RC_OK) (void)!err_copy(a->cx, &cx.err);
        arena_done(&scratch);
        if (isatty(STDERR_FILENO)) fprintf(stderr, "\r%" PRId64 " / %" PRId64, at, records);
    }
    if (isatty(STDERR_FILENO)) fputs("\r\033[K", stderr);
    return r;
}

static str fresh_file(struct args *a, const char *name)
{
    uint8_t random[4];
    os_random(random, sizeof random);
    return arena_printf(a->cx->arena, "/tmp/bihuan-%s-%02x%02x%02x%02x.db", name, random[0],
                        random[1], random[2], random[3]);
}

static void remove_file(struct args *a, str path)
{
    static const char *const tail[] = {"", "-wal", "-shm", "-lock"};
    for (size_t i = 0; i < COUNTOF(tail); i++)
        unlink(arena_cstr(a->cx->arena,
                          arena_printf(a->cx->arena, STR_FMT "%s", STR_ARG(path), tail[i])));
}

/* The same rows as bare inserts: of the type's table alone, and with their ledger entries. */
static rc floors(struct args *a, str path, int64_t batch, int64_t *alone, int64_t *with_ledger)
{
    int64_t entries = 0;
    rc r = store_floor_rows(a->cx, path, STR("trade_declaration"), batch, alone);
    if (r == RC_OK) r = store_floor_rows(a->cx, path, STR("ledger"), batch, &entries);
    if (r == RC_OK && *alone + entries > 0)
        *with_ledger = *alone * entries / (*alone + entries); /* one after the other */
    return r;
}

static void floor_print(const char *what, int64_t rate, int64_t floor)
{
    printf("floor   %" PRId64 "/s (%s); ours is %" PRId64 " %% of it\n", floor, what,
           floor ? rate * 100 / floor : 0);
}

/* Batches of records with everything on, into a fresh site; *per_s of them. */
static rc records_run(struct args *a, str url, int64_t records, int64_t batch, int64_t *per_s)
{
    const struct catalogue *c = NULL;
    struct engine *e = NULL;
    struct engine_options o = {.url = url};
    rc r = city_declarations(a, arg(a, "apps"), &c);
    if (r == RC_OK) r = engine_open(a->cx, c, &o, &e);
    if (r == RC_OK) r = city_load_reference(a->cx, e, 0);
    int64_t begin = os_monotonic_us();
    if (r == RC_OK) r = batches_run(a, e, records, batch);
    int64_t took = os_monotonic_us() - begin;
    if (e) engine_close(e);
    if (c) catalogue_free(c);
    *per_s = records * US_PER_SECOND / (took ? took : 1);
    return r;
}

int verb_bench_records(struct args *a)
{
    int64_t records, batch, rate = 0, other = 0, alone = 0, with_ledger = 0;
    str path = arg(a, "keep"), url = arg(a, "db");
    if (!arg_number(a, "records", 1, 100000000, 50000, &records) ||
        !arg_number(a, "batch", 1, 100000, 500, &batch))
        return EXIT_USAGE;
    if (!path.len) path = fresh_file(a, "bench");
    rc r = records_run(a, path, records, batch, &rate);
    if (r == RC_OK) r = floors(a, path, batch, &alone, &with_ledger);
    if (r == RC_OK && url.len) r = city_url(a, &url);
    if (r == RC_OK && url.len) r = records_run(a, url, records, batch, &other);
    if (!arg_given(a, "keep")) remove_file(a, path);
    if (r != RC_OK) return fail(a->cx);
    printf("records %" PRId64 "/s (%" PRId64 " in batches of %" PRId64
           ": measures, watches, search and ledger)\n",
           rate, records, batch);
    floor_print("the same rows and their ledger entries as bare inserts, as durable", rate,
                with_ledger);
    floor_print("the same rows alone", rate, alone);
    if (url.len)
        printf("records %" PRId64 "/s into %s; %" PRId64 " %% of the file\n", other,
               arena_cstr(a->cx->arena, db_url_shown(a->cx->arena, url)),
               rate ? other * 100 / rate : 0);
    return EXIT_OK;
}

int verb_bench_indicators(struct args *a)
{
    enum { DELTAS = 1000000 };
    struct measure_bench figures = {0};
    struct db *db = NULL;
    str path = fresh_file(a, "cells");
    rc r = db_open(a->cx, path, DB_WRITER, &db);
    if (r == RC_OK) r = db_migrate(a->cx, db, measure_migrations, measure_migration_count);
    if (r == RC_OK) r = measure_bench(a->cx, db, DELTAS, &figures);
    if (db) db_close(db);
    remove_file(a, path);
    if (r != RC_OK) return fail(a->cx);
    printf("deltas in memory   %" PRId64 "/s (%" PRId64 " ns each)\n", figures.deltas_per_s,
           INT64_C(1000000000) / (figures.deltas_per_s ? figures.deltas_per_s : 1));
    printf("deltas as upserts  %" PRId64 "/s\n", figures.upserts_per_s);
    printf("cells flushed      %" PRId64 "/s\n", figures.flushed_per_s);
    printf("a sum read         %" PRId64 " ns as a cell of its own, %" PRId64 " ns over %" PRId64
           " organisations\n",
           figures.read_cell_ns, figures.read_orgs_ns, figures.orgs);
    return EXIT_OK;
}

int verb_bench_http(struct args *a)
{
    const struct catalogue *c = NULL;
    struct server_bench b = {.folder = STR("/tmp")};
    struct buf out = {.arena = a->cx->arena};
    if (!arg_number(a, "records", 0, 10000000, 100000, &b.records) ||
        !arg_number(a, "seconds", 1, 600, 5, &b.seconds))
        return EXIT_USAGE;
    rc r = city_declarations(a, arg(a, "apps"), &c);
    b.db = arg(a, "db");
    if (r == RC_OK && b.db.len) r = city_url(a, &b.db);
    if (r == RC_OK) r = server_bench(a->cx, c, &b, &out);
    if (r != RC_OK) return fail(a->cx);
    print(stdout, buf_str(&out));
    return EXIT_OK;
}
