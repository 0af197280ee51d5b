/* bench records, bench indicators, bench http, bench sites: figures beside the limit measured in the same run. */
#include "measure/bench.h"

#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "main/city.h"
#include "measure/measure.h"
#include "server/server.h"
#include "site/sites.h"
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

static rc batch_run(struct args *a, struct engine *e, int64_t at, int64_t end)
{
    struct arena scratch;
    arena_init(&scratch, ARENA_DEFAULT_BYTES);
    struct cx cx = {.arena = &scratch};
    struct made_rows made = {at, end};
    struct command_rows rows = {.owner = &made, .next = made_next};
    struct command c = {.name = STR("record.import"),
                        .rows = &rows,
                        .params = params_of(&cx, "type", STR("trade.declaration"), NULL)};
    str answer;
    rc r = engine_apply(&cx, e, &c, &answer);
    if (r != RC_OK) (void)!err_copy(a->cx, &cx.err);
    arena_done(&scratch);
    return r;
}

static rc batches_run(struct args *a, struct engine *e, int64_t records, int64_t batch)
{
    rc r = RC_OK;
    for (int64_t at = 0; r == RC_OK && at < records; at += batch) {
        r = batch_run(a, e, at, at + batch < records ? at + batch : records);
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

/* ---- bench sites ---- */

enum { FIGURES = 4 };

/* A process of its own: what it uses of memory is not what somebody used before it. */
static rc child_run(struct args *a, rc (*run)(struct args *a, str folder, int64_t out[FIGURES]),
                    str folder, int64_t out[FIGURES])
{
    int fd[2];
    int64_t said[1 + FIGURES] = {RC_INTERNAL};
    CHECK(!pipe(fd));
    fflush(NULL);
    pid_t pid = fork();
    CHECK(pid >= 0);
    if (!pid) {
        said[0] = run(a, folder, said + 1);
        if (said[0] != RC_OK) fail(a->cx);
        _exit(write(fd[1], said, sizeof said) == sizeof said ? 0 : 1);
    }
    close(fd[1]);
    if (read(fd[0], said, sizeof said) != sizeof said) said[0] = RC_INTERNAL;
    close(fd[0]);
    (void)waitpid(pid, NULL, 0);
    memcpy(out, said + 1, sizeof said - sizeof *said);
    if (said[0] == RC_OK) return RC_OK;
    return err_set(a->cx, (rc)said[0], "usage", "测量没有完成", "the measurement did not end");
}

static int64_t resident_kb(struct args *a)
{
    str text = {0}, rest;
    int64_t kb = 0;
    if (file_read(a->cx, STR("/proc/self/status"), 1 << 16, &text) != RC_OK) return 0;
    size_t at = str_index(text, STR("VmRSS:"));
    if (at == SIZE_MAX) return 0;
    str line = str_trim(str_cut(str_slice(text, at + 6, text.len), '\n', &rest));
    return str_i64(str_cut(line, ' ', &rest), &kb) ? kb : 0;
}

static int64_t sites_wanted(struct args *a)
{
    int64_t sites = 0;
    CHECK(arg_number(a, "sites", 1, 1000, 90, &sites)); /* the verb has looked */
    return sites;
}

static rc site_open(struct args *a, const struct catalogue *c, str folder, int64_t code,
                    struct engine **out)
{
    struct engine_options o = {.reader_count = 1};
    rc r = sites_url(a->cx, folder, code, &o.url);
    return r == RC_OK ? engine_open(a->cx, c, &o, out) : r;
}

/* The sites, each with the reference data, and one more for comparison. */
static rc sites_make(struct args *a, str folder, int64_t out[FIGURES])
{
    const struct catalogue *c = NULL;
    const int64_t count = sites_wanted(a) + 1;
    rc r = city_declarations(a, arg(a, "apps"), &c);
    (void)out;
    for (int64_t i = 1; r == RC_OK && i <= count; i++) {
        struct engine *e = NULL;
        r = sites_add(a->cx, folder, i, (str){0});
        if (r == RC_OK) r = site_open(a, c, folder, i, &e);
        if (r == RC_OK) r = city_load_reference(a->cx, e, 0);
        if (e) engine_close(e);
    }
    return r;
}

/* A server that has them all and is asked nothing. */
static rc sites_idle(struct args *a, str folder, int64_t out[FIGURES])
{
    enum { SETTLE_US = 3000000 };
    const struct catalogue *c = NULL;
    struct sites all = {0};
    struct server *server = NULL;
    struct server_options o = {.quiet = true};
    rc r = city_declarations(a, arg(a, "apps"), &c);
    if (r == RC_OK) r = sites_list(a->cx, folder, &all);
    struct server_site *list = NEWS(a->cx->arena, struct server_site, all.len + 1);
    for (; r == RC_OK && o.site_count < (size_t)sites_wanted(a); o.site_count++)
        list[o.site_count] = (struct server_site){.code = all.at[o.site_count].code,
                                                  .url = all.at[o.site_count].url};
    o.site = list;
    int64_t before_kb = resident_kb(a);
    if (r == RC_OK) r = server_start(a->cx, c, &o, &server);
    if (r != RC_OK) return r;
    usleep(SETTLE_US);
    out[0] = resident_kb(a);
    out[1] = before_kb;
    server_stop(server);
    return RC_OK;
}

/* One batch for each site, then as many for the one, and again: what else the machine does meets both. */
static rc sites_fill(struct args *a, struct engine **e, int64_t sites, int64_t out[FIGURES])
{
    int64_t records, batch, in_one = 0;
    CHECK(arg_number(a, "records", 1, 100000000, 180000, &records) &&
          arg_number(a, "batch", 1, 100000, 500, &batch));
    int64_t each = records / sites;
    rc r = RC_OK;
    for (int64_t at = 0; r == RC_OK && at < each; at += batch) {
        int64_t end = at + batch < each ? at + batch : each, begin = os_monotonic_us();
        for (int64_t i = 0; r == RC_OK && i < sites; i++)
            r = batch_run(a, e[i], at, end);
        int64_t middle = os_monotonic_us();
        for (int64_t i = 0; r == RC_OK && i < sites; i++, in_one += end - at)
            r = batch_run(a, e[sites], in_one, in_one + end - at);
        out[0] += middle - begin;
        out[1] += os_monotonic_us() - middle;
    }
    return r;
}

static rc sites_work(struct args *a, str folder, int64_t out[FIGURES])
{
    enum { REST_US = 13000000 }; /* until an idle writer has put everything away */
    const struct catalogue *c = NULL;
    const int64_t sites = sites_wanted(a);
    struct engine **e = NEWS(a->cx->arena, struct engine *, (size_t)sites + 1);
    rc r = city_declarations(a, arg(a, "apps"), &c);
    for (int64_t i = 0; r == RC_OK && i <= sites; i++)
        r = site_open(a, c, folder, i + 1, &e[i]);
    if (r == RC_OK) r = sites_fill(a, e, sites, out);
    out[2] = resident_kb(a);
    if (r == RC_OK) usleep(REST_US);
    memory_give_back(); /* as a server does every minute */
    out[3] = resident_kb(a);
    for (int64_t i = 0; i <= sites; i++)
        if (e[i]) engine_close(e[i]);
    return r;
}

static void folder_remove(struct args *a, str folder)
{
    struct names names = {0};
    if (file_list(a->cx, folder, &names) != RC_OK) err_clear(a->cx);
    for (size_t i = 0; i < names.len; i++)
        unlink(arena_cstr(a->cx->arena, arena_printf(a->cx->arena, STR_FMT "/" STR_FMT,
                                                     STR_ARG(folder), STR_ARG(names.at[i]))));
    rmdir(arena_cstr(a->cx->arena, folder));
}

int verb_bench_sites(struct args *a)
{
    int64_t sites, records, batch, idle[FIGURES] = {0}, work[FIGURES] = {0};
    if (!arg_number(a, "sites", 1, 1000, 90, &sites) ||
        !arg_number(a, "batch", 1, 100000, 500, &batch) ||
        !arg_number(a, "records", sites, 100000000, 180000, &records))
        return EXIT_USAGE;
    str folder = fresh_file(a, "sites");
    folder = str_slice(folder, 0, folder.len - 3); /* without the ending */
    rc r = file_make_folder(a->cx, folder);
    if (r == RC_OK) r = child_run(a, sites_make, folder, work);
    if (r == RC_OK) r = child_run(a, sites_idle, folder, idle);
    if (r == RC_OK) r = child_run(a, sites_work, folder, work);
    folder_remove(a, folder);
    if (r != RC_OK) return fail(a->cx);
    int64_t done = records / sites * sites;
    printf("idle       %" PRId64 " MB, %" PRId64 " sites in one server: %" PRId64 " KB a site\n",
           idle[0] >> 10, sites, (idle[0] - idle[1]) / sites);
    printf("one site   %" PRId64 " records/s (%" PRId64 " in batches of %" PRId64 ")\n",
           done * US_PER_SECOND / work[1], done, batch);
    printf("%" PRId64 " sites   %" PRId64 " records/s, %.2f × the cost of one site a record\n",
           sites, done * US_PER_SECOND / work[0], (double)work[0] / (double)work[1]);
    printf("after it   %" PRId64 " MB, %" PRId64 " MB when all are idle again\n", work[2] >> 10,
           work[3] >> 10);
    return EXIT_OK;
}
