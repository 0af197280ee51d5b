/* bench http: durable writes and lists through HTTP on loopback, with clients that wait for each
 * answer.  The ratio of many clients to one is what committing in groups gives. */
#include <stdlib.h>
#include <unistd.h>

#include "server/bench_client.h"
#include "server/inside.h"

enum { CLIENTS_MAX = 16, SAMPLES_MAX = 1 << 20 };

struct bench {
    struct cx *cx;
    const struct catalogue *catalogue;
    const struct server_bench *options;
    struct buf *out;
    struct server *server;
    str db;
    const char *token;
    _Atomic int64_t number; /* of the next declaration */
};
struct runner {
    struct bench *b;
    struct bench_client client;
    pthread_t thread;
    int64_t until_us;
    const char *path; /* NULL: writes */
    int64_t *sample, count, failed;
};

/* ---- the database before ---- */

struct made {
    struct bench *b;
    int64_t at, end;
};

static void row_write(struct jw *w, struct arena *a, int64_t n)
{
    static const char *const flow[] = {"X", "M"}, *const mode[] = {"1039", "0110", "1210", "9610"};
    jw_object(w);
    jw_kstr(w, "no", arena_printf(a, "B%012" PRId64, n));
    jw_kstr(w, "period", arena_printf(a, "2022-%02d", (int)(n % 12) + 1));
    jw_kstr(w, "flow", str_from(flow[n % 2]));
    jw_kstr(w, "mode", str_from(mode[n / 2 % 4]));
    jw_kstr(w, "partner", arena_printf(a, "P%d", (int)(n % 40)));
    jw_kstr(w, "hs", arena_printf(a, "%04d", (int)(n * 7 % 1200) + 100));
    jw_key(w, STR("value"));
    jw_fixed(w, 100 + n * 7919 % 1000000, 2);
    jw_end(w, '}');
}

static rc made_next(void *owner, struct cx *cx, const struct json **fields, int64_t *line)
{
    struct made *m = owner;
    struct buf text = {.arena = cx->arena};
    struct jw w = {.out = &text};
    *fields = NULL;
    if (m->at >= m->end) return RC_OK;
    *line = m->at;
    row_write(&w, cx->arena, m->at++);
    return json_parse(cx, buf_str(&text), fields);
}

static rc import_rows(struct bench *b, struct engine *e, struct command_rows *rows, str type)
{
    struct arena scratch;
    arena_init(&scratch, ARENA_DEFAULT_BYTES);
    struct cx cx = {.arena = &scratch};
    const struct json *params = NULL;
    str answer;
    rc r = json_parse(&cx, arena_printf(&scratch, "{\"type\":\"" STR_FMT "\"}", STR_ARG(type)),
                      &params);
    struct command c = {.name = STR("record.import"), .rows = rows, .params = params};
    if (r == RC_OK) r = engine_apply(&cx, e, &c, &answer);
    if (r != RC_OK) r = err_copy(b->cx, &cx.err);
    arena_done(&scratch);
    return r;
}

/* The organisations, so that the cockpit has somebody to speak of. */
static rc load_orgs(struct bench *b, struct engine *e)
{
    const struct app_type *org = catalogue_type(b->catalogue, STR("core.org"));
    struct table *table = NULL;
    struct table_rows rows = {0};
    str bytes;
    rc r = RC_OK;
    for (int i = 0; r == RC_OK && org && i < b->catalogue->app_count; i++) {
        str path = arena_printf(b->cx->arena, STR_FMT "/data/org.csv",
                                STR_ARG(b->catalogue->app[i].folder));
        if (!file_exists(b->cx, path)) continue;
        r = file_read(b->cx, path, TABLE_BYTES_MAX, &bytes);
        if (r == RC_OK) r = table_open(b->cx, bytes, &table);
        if (r == RC_OK) r = table_rows_open(b->cx, table, org, &rows);
        if (r == RC_OK) r = import_rows(b, e, &rows.rows, org->name);
    }
    return r;
}

static rc add_user(struct bench *b, struct engine *e)
{
    const struct actor system = {.code = STR("system"), .name = STR("system"), .system = true};
    struct buf text = {.arena = b->cx->arena};
    struct jw w = {.out = &text};
    const struct json *user = NULL, *token_of = NULL;
    str answer, token = {0};
    jw_object(&w);
    jw_kstr(&w, "code", STR("bench"));
    jw_kstr(&w, "name", STR("bench"));
    jw_key(&w, STR("roles"));
    jw_array(&w);
    for (int i = 0; i < b->catalogue->role_count; i++)
        jw_str(&w, b->catalogue->role[i].name);
    jw_end(&w, ']');
    jw_end(&w, '}');
    rc r = json_parse(b->cx, buf_str(&text), &user);
    if (r == RC_OK) r = engine_user_save(b->cx, e, &system, user, &answer);
    if (r == RC_OK)
        r = json_parse(b->cx, STR("{\"user\":\"bench\",\"title\":\"bench\"}"), &token_of);
    if (r == RC_OK) r = engine_token_add(b->cx, e, &system, token_of, &token);
    b->token = arena_cstr(b->cx->arena, token);
    return r;
}

static rc fill(struct bench *b)
{
    enum { BATCH = 5000 };
    struct engine *e = NULL;
    struct engine_options o = {.url = b->db};
    int64_t records = b->options->records;
    rc r = engine_open(b->cx, b->catalogue, &o, &e);
    if (r == RC_OK) r = load_orgs(b, e);
    if (r == RC_OK) r = add_user(b, e);
    for (int64_t at = 0; r == RC_OK && at < records; at += BATCH) {
        struct made made = {b, at, at + BATCH < records ? at + BATCH : records};
        struct command_rows rows = {.owner = &made, .next = made_next};
        r = import_rows(b, e, &rows, STR("trade.declaration"));
    }
    atomic_store(&b->number, records);
    if (e) engine_close(e);
    return r;
}

/* ---- measuring ---- */

static void *run(void *data)
{
    struct runner *u = data;
    struct bench *b = u->b;
    struct arena scratch;
    arena_init(&scratch, 1 << 20);
    while (os_monotonic_us() < u->until_us && u->count < SAMPLES_MAX) {
        struct buf body = {.arena = &scratch};
        struct jw w = {.out = &body};
        if (!u->path) {
            buf_add(&body, STR("{\"fields\":"));
            row_write(&w, &scratch, atomic_fetch_add(&b->number, 1));
            buf_char(&body, '}');
        }
        int64_t begin = os_monotonic_us();
        int status = bench_client_ask(&u->client, u->path ? "GET" : "POST",
                                      u->path ? u->path : "/api/v1/records/trade.declaration",
                                      buf_str(&body));
        u->sample[u->count++] = os_monotonic_us() - begin;
        u->failed += status < 200 || status > 299;
        arena_reset(&scratch);
        if (!status) break;
    }
    arena_done(&scratch);
    return NULL;
}

static int by_size(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

struct figure {
    int64_t rate, p50_us, p95_us, failed;
};

static rc measure(struct bench *b, const char *path, int clients, struct figure *out)
{
    struct runner *u = calloc((size_t)clients, sizeof *u);
    int64_t *all = calloc(SAMPLES_MAX, sizeof *all), total = 0, begin = os_monotonic_us();
    CHECK(u && all);
    for (int i = 0; i < clients; i++) {
        u[i] = (struct runner){.b = b, .path = path};
        u[i].until_us = begin + b->options->seconds * US_PER_SECOND;
        u[i].sample = calloc(SAMPLES_MAX, sizeof *u[i].sample);
        CHECK(u[i].sample);
        if (!bench_client_open(&u[i].client, server_port(b->server), b->token)) u[i].until_us = 0;
        CHECK(!pthread_create(&u[i].thread, NULL, run, &u[i]));
    }
    *out = (struct figure){0};
    for (int i = 0; i < clients; i++) {
        pthread_join(u[i].thread, NULL);
        for (int64_t k = 0; k < u[i].count && total < SAMPLES_MAX; k++)
            all[total++] = u[i].sample[k];
        out->failed += u[i].failed;
        bench_client_close(&u[i].client);
        free(u[i].sample);
    }
    int64_t took = os_monotonic_us() - begin;
    qsort(all, (size_t)total, sizeof *all, by_size);
    if (total) {
        out->rate = total * US_PER_SECOND / took;
        out->p50_us = all[total / 2];
        out->p95_us = all[total * 95 / 100];
    }
    free(all);
    free(u);
    if (total && !out->failed) return RC_OK;
    return err_set(b->cx, RC_CONFLICT, "bench.failed", "%" PRId64 " 个请求未成功:%s",
                   "%" PRId64 " requests did not succeed: %s", out->failed ? out->failed : 1,
                   path ? path : "POST");
}

static rc writes(struct bench *b)
{
    static const int clients[] = {1, 8, CLIENTS_MAX};
    int64_t first = 0;
    for (size_t i = 0; i < COUNTOF(clients); i++) {
        struct figure f;
        rc r = measure(b, NULL, clients[i], &f);
        if (r != RC_OK) return r;
        if (!i) first = f.rate;
        buf_printf(b->out,
                   "write   %2d clients  %" PRId64 "/s  p50 %" PRId64 " us  p95 %" PRId64
                   " us  %" PRId64 " %% of one client\n",
                   clients[i], f.rate, f.p50_us, f.p95_us, first ? f.rate * 100 / first : 0);
    }
    return RC_OK;
}

static rc reads(struct bench *b)
{
    static const struct {
        const char *name, *path;
    } read[] = {
        {"list    filtered, sorted, counted",
         "/api/v1/records/trade.declaration?filter=period:ge:2022-06&sort=-period&count=1"},
        {"list    first page", "/api/v1/records/trade.declaration"},
        {"search  rare substring", "/api/v1/records/trade.declaration?filter=no:contains:77123"},
        {"search  common substring", "/api/v1/records/trade.declaration?filter=no:contains:00077"},
        {"cockpit", "/api/v1/cockpit"},
        {"healthz", "/healthz"},
    };
    for (size_t i = 0; i < COUNTOF(read); i++) {
        struct figure f;
        rc r = measure(b, read[i].path, 1, &f);
        if (r != RC_OK) return r;
        buf_printf(b->out, "%-36s %" PRId64 "/s  p50 %" PRId64 " us  p95 %" PRId64 " us\n",
                   read[i].name, f.rate, f.p50_us, f.p95_us);
    }
    return RC_OK;
}

static int64_t resident_mb(void)
{
    FILE *f = fopen("/proc/self/statm", "re");
    char line[128] = {0};
    int64_t pages = 0;
    str rest;
    if (!f) return 0;
    size_t n = fread(line, 1, sizeof line - 1, f);
    (void)fclose(f);
    (void)str_cut((str){line, n}, ' ', &rest);
    return str_i64(str_cut(rest, ' ', &rest), &pages) ? pages * sysconf(_SC_PAGESIZE) >> 20 : 0;
}

static rc serve(struct bench *b)
{
    struct server_site site = {.url = b->db};
    struct server_options o = {.site = &site, .site_count = 1, .quiet = true};
    struct bench_client client;
    int64_t begin = os_monotonic_us();
    rc r = server_start(b->cx, b->catalogue, &o, &b->server);
    if (r != RC_OK) return r;
    bool answered = bench_client_open(&client, server_port(b->server), b->token) &&
                    bench_client_ask(&client, "GET", "/api/v1/me", (str){0}) == 200;
    buf_printf(b->out, "start   to first answer %" PRId64 " ms%s\n",
               (os_monotonic_us() - begin) / 1000, answered ? "" : " (refused)");
    bench_client_close(&client);
    r = reads(b);
    if (r == RC_OK) r = writes(b);
    buf_printf(b->out, "memory  %" PRId64 " MB\n", resident_mb());
    server_stop(b->server);
    return r;
}

rc server_bench(struct cx *cx, const struct catalogue *c, const struct server_bench *o,
                struct buf *out)
{
    static const char *const tail[] = {"", "-wal", "-shm", "-lock", ".lock"};
    uint8_t random[4];
    char hex[9] = {0};
    struct bench b = {.cx = cx, .catalogue = c, .options = o, .out = out};
    if (!catalogue_type(c, STR("trade.declaration")))
        return err_set(cx, RC_MISSING, "bench.type", "需要类型 trade.declaration",
                       "the type trade.declaration is needed");
    os_random(random, sizeof random);
    hex_write(hex, random, sizeof random);
    b.db = o->db.len
               ? o->db
               : arena_printf(cx->arena, STR_FMT "/bihuan-http-%s.db", STR_ARG(o->folder), hex);
    rc r = fill(&b);
    if (r == RC_OK) buf_printf(out, "records %" PRId64 " in the database before\n", o->records);
    if (r == RC_OK) r = serve(&b);
    for (size_t i = 0; !o->db.len && i < COUNTOF(tail); i++)
        unlink(
            arena_cstr(cx->arena, arena_printf(cx->arena, STR_FMT "%s", STR_ARG(b.db), tail[i])));
    return r;
}
