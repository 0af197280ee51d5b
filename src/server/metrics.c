/* Figures for those who watch the server: /health and /metrics (Prometheus text).  Below a site's address
 * they are the site's. */
#include <stdlib.h>
#include <unistd.h>

#include "server/inside.h"

enum { CLASSES = 5, ROUTES_MAX = 128 };
static const int64_t bucket_us[LATENCY_BUCKETS] = {1000,  2000,   5000,   10000,   25000,
                                                   50000, 100000, 250000, 1000000, 10000000};

struct metrics {
    _Atomic int64_t requests[ROUTES_MAX + 1][CLASSES]; /* the last row: pages */
    _Atomic int64_t bucket[LATENCY_BUCKETS + 1], sum_us;
};

struct metrics *metrics_open(void)
{
    struct metrics *m = calloc(1, sizeof *m);
    CHECK(m && route_count <= ROUTES_MAX);
    return m;
}

void metrics_close(struct metrics *m)
{
    free(m);
}

/* Requests by site; how long they take is the whole server's. */
void metrics_count(struct server *s, const struct request *r, int64_t micros)
{
    struct metrics *m = r->place ? r->place->metrics : s->metrics;
    size_t row = r->route ? (size_t)(r->route - routes) : ROUTES_MAX;
    int class = r->answer.status / 100 - 1;
    int bucket = 0;
    if (class < 0 || class >= CLASSES) class = CLASSES - 1;
    atomic_fetch_add_explicit(&m->requests[row][class], 1, memory_order_relaxed);
    while (bucket < LATENCY_BUCKETS && micros > bucket_us[bucket])
        bucket++;
    atomic_fetch_add_explicit(&s->metrics->bucket[bucket], 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&s->metrics->sum_us, micros, memory_order_relaxed);
}

rc health_get(struct request *r)
{
    struct server *s = r->server;
    struct jw w = {.out = &r->out};
    size_t open = 0;
    for (size_t i = 0; i < s->place_count; i++)
        open += atomic_load(&s->place[i].engine) != NULL;
    bool here = r->place && engine_of(r);
    bool cut_off = here && str_eq(str_from(place_state(r->place)), STR("cut-off"));
    r->out.arena = &r->arena;
    jw_object(&w);
    jw_kbool(&w, "ok",
             !atomic_load(&s->stopping) && (r->place ? here && !cut_off : open == s->place_count));
    if (r->place && r->place->code) jw_ki64(&w, "site", r->place->code);
    if (r->place) jw_kstr(&w, "state", str_from(place_state(r->place)));
    if (here) jw_ki64(&w, "ledger_seq", engine_stats(engine_of(r)).ledger_seq);
    if (!r->place) jw_ki64(&w, "sites", (int64_t)s->place_count);
    if (!r->place) jw_ki64(&w, "sites_open", (int64_t)open);
    jw_end(&w, '}');
    answer_json(r, buf_str(&r->out));
    return RC_OK;
}

static void one(struct buf *b, const char *name, const char *type, int64_t value)
{
    buf_printf(b, "# TYPE bihuan_%s %s\nbihuan_%s %" PRId64 "\n", name, type, name, value);
}

static int64_t resident_bytes(void)
{
    FILE *f = fopen("/proc/self/statm", "re");
    char line[128] = {0};
    int64_t pages = 0;
    if (!f) return 0;
    size_t n = fread(line, 1, sizeof line - 1, f);
    (void)fclose(f);
    str rest;
    (void)str_cut((str){line, n}, ' ', &rest);
    if (!str_i64(str_cut(rest, ' ', &rest), &pages)) return 0;
    return pages * sysconf(_SC_PAGESIZE);
}

static void site_label(struct buf *b, const struct place *p)
{
    if (p && p->code) buf_printf(b, ",site=\"%" PRId64 "\"", p->code);
}

static void requests_write(struct buf *b, const struct metrics *m, const struct place *p)
{
    for (size_t i = 0; i <= ROUTES_MAX; i++)
        for (int k = 0; k < CLASSES; k++) {
            int64_t n = atomic_load_explicit(&m->requests[i][k], memory_order_relaxed);
            if (!n) continue;
            buf_printf(b, "bihuan_requests_total{method=\"%s\",route=\"%s\",status=\"%dxx\"",
                       i < route_count ? routes[i].method : "GET",
                       i < route_count ? routes[i].pattern : "/", k + 1);
            site_label(b, p);
            buf_printf(b, "} %" PRId64 "\n", n);
        }
}

/* One figure of each site, or of the one asked for. */
struct figure {
    const char *name, *type;
    int64_t (*of)(const struct place *p, const struct engine_stats *stats);
};

static int64_t commands_of(const struct place *p, const struct engine_stats *stats)
{
    (void)p;
    return stats->commands;
}

static int64_t refused_of(const struct place *p, const struct engine_stats *stats)
{
    (void)p;
    return stats->refused;
}

static int64_t groups_of(const struct place *p, const struct engine_stats *stats)
{
    (void)p;
    return stats->groups;
}

static int64_t queue_of(const struct place *p, const struct engine_stats *stats)
{
    (void)p;
    return stats->queue_depth;
}

static int64_t seq_of(const struct place *p, const struct engine_stats *stats)
{
    (void)p;
    return stats->ledger_seq;
}

static int64_t pages_of(const struct place *p, const struct engine_stats *stats)
{
    (void)stats;
    return hub_clients(p->hub);
}

static const struct figure figures[] = {
    {"commands_total", "counter", commands_of},
    {"commands_refused_total", "counter", refused_of},
    {"commit_groups_total", "counter", groups_of},
    {"writer_queue_depth", "gauge", queue_of},
    {"ledger_seq", "counter", seq_of},
    {"live_pages", "gauge", pages_of},
};

static void sites_write(struct buf *b, struct server *s, const struct place *only)
{
    for (size_t f = 0; f < COUNTOF(figures); f++) {
        buf_printf(b, "# TYPE bihuan_%s %s\n", figures[f].name, figures[f].type);
        for (size_t i = 0; i < s->place_count; i++) {
            struct place *p = &s->place[i];
            struct engine *e = atomic_load(&p->engine);
            if (!e || (only && only != p)) continue;
            struct engine_stats stats = engine_stats(e);
            buf_printf(b, "bihuan_%s", figures[f].name);
            if (p->code) buf_printf(b, "{site=\"%" PRId64 "\"}", p->code);
            buf_printf(b, " %" PRId64 "\n", figures[f].of(p, &stats));
        }
    }
    buf_add(b, STR("# TYPE bihuan_requests_total counter\n"));
    for (size_t i = 0; i < s->place_count; i++)
        if (!only || only == &s->place[i]) requests_write(b, s->place[i].metrics, &s->place[i]);
    if (!only) requests_write(b, s->metrics, NULL);
}

static void latency_write(struct buf *b, const struct metrics *m)
{
    int64_t total = 0;
    buf_add(b, STR("# TYPE bihuan_request_seconds histogram\n"));
    for (int i = 0; i <= LATENCY_BUCKETS; i++) {
        total += atomic_load_explicit(&m->bucket[i], memory_order_relaxed);
        if (i < LATENCY_BUCKETS)
            buf_printf(b, "bihuan_request_seconds_bucket{le=\"%" PRId64 ".%03d\"} %" PRId64 "\n",
                       bucket_us[i] / US_PER_SECOND, (int)(bucket_us[i] / 1000 % 1000), total);
    }
    int64_t sum = atomic_load_explicit(&m->sum_us, memory_order_relaxed);
    buf_printf(b, "bihuan_request_seconds_bucket{le=\"+Inf\"} %" PRId64 "\n", total);
    buf_printf(b, "bihuan_request_seconds_sum %" PRId64 ".%06d\n", sum / US_PER_SECOND,
               (int)(sum % US_PER_SECOND));
    buf_printf(b, "bihuan_request_seconds_count %" PRId64 "\n", total);
}

/* For the machine itself, or for administrators and auditors. */
static rc may_watch(struct request *r)
{
    bool direct = peer_is_local(r->peer) && !header_of(r, "X-Forwarded-For").len &&
                  !header_of(r, "Forwarded").len;
    if (direct) return RC_OK;
    if (!r->place)
        return err_set(&r->cx, RC_DENIED, "metrics.denied", "您没有查看运行指标的权限",
                       "you may not see the server's figures");
    rc result = place_check(r);
    if (result == RC_OK) result = request_actor(r);
    for (int i = 0; result == RC_OK && i < r->who.role_count; i++)
        if (r->who.role[i]->administers || r->who.role[i]->audits) return RC_OK;
    if (result != RC_OK) return result;
    return err_set(&r->cx, RC_DENIED, "metrics.denied", "您没有查看运行指标的权限",
                   "you may not see the server's figures");
}

rc metrics_get(struct request *r)
{
    struct server *s = r->server;
    rc result = may_watch(r);
    if (result != RC_OK) return result;
    struct buf *b = &r->out;
    b->arena = &r->arena;
    sites_write(b, s, r->place);
    one(b, "waiting_requests", "gauge", lane_waiting(s->fast));
    one(b, "waiting_slow_requests", "gauge", lane_waiting(s->slow));
    one(b, "connections", "gauge", peers_count(s->peers));
    one(b, "resident_bytes", "gauge", resident_bytes());
    latency_write(b, s->metrics);
    r->answer.media_type = "text/plain; version=0.0.4; charset=utf-8";
    r->answer.body = buf_str(b);
    return RC_OK;
}
