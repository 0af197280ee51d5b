/* The sites of this server: an engine, live pages and figures for each; which one a request is for. */
#include <unistd.h>

#include "app/pinyin.h"
#include "server/inside.h"

/* ---- opening and closing ---- */

static void why_keep(struct place *p, const struct err *e)
{
    pthread_mutex_lock(&p->server->lock);
    (void)snprintf(p->why, sizeof p->why, STR_FMT, STR_ARG(e->detail));
    pthread_mutex_unlock(&p->server->lock);
}

/* Where people reach the site: the origin they use, else where we listen. */
static str place_address(struct arena *a, const struct place *p)
{
    const struct server *s = p->server;
    str host = s->options.host.len ? s->options.host : STR("127.0.0.1");
    str origin = s->options.origin.len
                     ? s->options.origin
                     : arena_printf(a, "http://" STR_FMT ":%d", STR_ARG(host), s->port);
    if (s->place_count == 1) return origin;
    return arena_printf(a, STR_FMT "/s/%" PRId64 "/", STR_ARG(origin), p->code);
}

static rc place_open(struct cx *cx, struct place *p)
{
    struct server *s = p->server;
    struct engine_options o = {.url = p->url,
                               .reader_count = FAST_WORKERS + SLOW_WORKERS + LIBRARY_THREADS,
                               .stay = true,
                               .publish = s->options.publish,
                               .address = place_address(cx->arena, p),
                               .clock_offset_us = s->options.clock_offset_us,
                               .changed = hub_changed,
                               .owner = p->hub};
    struct engine *e = NULL;
    rc r = engine_open(cx, s->catalogue, &o, &e);
    if (r == RC_OK)
        atomic_store(&p->engine, e);
    else
        why_keep(p, &cx->err);
    return r;
}

/* A second server is not a fault, but whoever starts it by mistake should know. */
static void place_tell(struct cx *cx, struct place *p)
{
    str why = {0};
    if (p->server->options.quiet ||
        engine_seat(atomic_load(&p->engine), cx->arena, &why) == ENGINE_WRITES)
        return;
    fprintf(stderr, "bihuan serve: stands by: " STR_FMT "\n", STR_ARG(why));
}

/* One site alone must open.  Of several the others are served, and what is wrong is said. */
rc places_open(struct cx *cx, struct server *s)
{
    size_t open = 0;
    struct err first = {0};
    struct pinyin *pinyin = pinyin_open();
    s->place = NEWS(&s->arena, struct place, s->options.site_count + 1);
    s->place_count = s->options.site_count;
    for (size_t i = 0; i < s->place_count; i++) {
        const struct server_site *site = &s->options.site[i];
        struct place *p = &s->place[i];
        p->server = s;
        p->code = site->code;
        p->name = arena_dup(&s->arena, site->name);
        p->initials = pinyin_initials(pinyin, &s->arena, site->name);
        p->url = arena_dup(&s->arena, site->url);
        p->hub = hub_open(s->catalogue);
        p->metrics = metrics_open();
    }
    if (pinyin) pinyin_close(pinyin);
    s->options.site = NULL; /* the caller's */
    for (size_t i = 0; i < s->place_count; i++) {
        rc r = place_open(cx, &s->place[i]);
        open += r == RC_OK;
        if (r == RC_OK) {
            place_tell(cx, &s->place[i]);
            continue;
        }
        if (s->place_count == 1) return r;
        fprintf(stderr, "bihuan serve: %" PRId64 ": " STR_FMT "\n", s->place[i].code,
                STR_ARG(cx->err.detail));
        if (!first.code) first = cx->err;
        err_clear(cx);
    }
    return open ? RC_OK : err_copy(cx, &first);
}

static void retry(struct place *p)
{
    struct arena arena;
    if (atomic_load(&p->engine)) return;
    arena_init(&arena, ARENA_DEFAULT_BYTES);
    struct cx cx = {.arena = &arena};
    (void)!place_open(&cx, p);
    arena_done(&arena);
}

/* A thread of its own: a database that is not there may take seconds to say so. */
static void *retry_all(void *data)
{
    enum { LOOK_US = 200000, LOOKS = 25 };
    struct server *s = data;
    for (int64_t n = 1; !atomic_load(&s->stopping); n++) {
        usleep(LOOK_US);
        for (size_t i = 0; n % LOOKS == 0 && i < s->place_count; i++)
            if (!atomic_load(&s->stopping)) retry(&s->place[i]);
    }
    return NULL;
}

void places_keep(struct server *s)
{
    s->keeping = s->place_count > 1 && !pthread_create(&s->keeper, NULL, retry_all, s);
}

void places_close(struct server *s)
{
    if (s->keeping) pthread_join(s->keeper, NULL);
    for (size_t i = 0; i < s->place_count; i++) {
        struct engine *e = atomic_load(&s->place[i].engine);
        if (e) engine_close(e);
        hub_close(s->place[i].hub);
        metrics_close(s->place[i].metrics);
    }
}

str place_why(struct arena *a, struct place *p)
{
    pthread_mutex_lock(&p->server->lock);
    str why = arena_dup(a, str_from(p->why));
    pthread_mutex_unlock(&p->server->lock);
    return why;
}

/* ---- which one ---- */

static struct place *place_find(struct server *s, str text)
{
    int64_t code;
    if (!str_i64(text, &code) || code <= 0 || text.at[0] == '0')
        return NULL; /* one address a site */
    for (size_t i = 0; i < s->place_count; i++)
        if (s->place[i].code == code) return &s->place[i];
    return NULL;
}

rc place_choose(struct request *r)
{
    static const str start = STR_INIT("/s/");
    struct server *s = r->server;
    r->place = s->place_count == 1 ? &s->place[0] : NULL;
    if (!str_starts(r->path, start)) return RC_OK;
    str rest, code = str_cut(str_slice(r->path, start.len, r->path.len), '/', &rest);
    r->place = place_find(s, code);
    if (!r->place) {
        rc result =
            err_set(&r->cx, RC_MISSING, "site.unknown", "这台服务器上没有代码为“" STR_FMT "”的站点",
                    "this server has no site \"" STR_FMT "\"", STR_ARG(code));
        err_hint(&r->cx, "首页 / 列出全部站点", "the page / lists those it has");
        return result;
    }
    r->prefix = str_slice(r->path, 0, start.len + code.len);
    r->path =
        r->path.len > r->prefix.len ? str_slice(r->path, r->prefix.len, r->path.len) : STR("/");
    return RC_OK;
}

rc place_check(struct request *r)
{
    struct place *p = r->place;
    if (!p) {
        rc result = err_set(
            &r->cx, RC_MISSING, "site.needed", "这台服务器有 %zu 个站点，请在网址前加 /s/代码",
            "this server has %zu sites: put /s/CODE before the address", r->server->place_count);
        err_hint(&r->cx, "例如 /s/%" PRId64 STR_FMT, "for example /s/%" PRId64 STR_FMT,
                 r->server->place[0].code, STR_ARG(r->path));
        return result;
    }
    if (atomic_load(&p->engine)) return RC_OK;
    str why = place_why(&r->arena, p);
    rc result = err_set(&r->cx, RC_BUSY, "site.closed", "站点 %" PRId64 " 暂时打不开：" STR_FMT,
                        "the site %" PRId64 " cannot be opened at the moment: " STR_FMT, p->code,
                        STR_ARG(why));
    err_hint(&r->cx, "服务器每隔几秒重试一次", "the server tries again every few seconds");
    return result;
}

struct engine *engine_of(const struct request *r)
{
    return atomic_load(&r->place->engine);
}

const char *place_state(struct place *p)
{
    static const char *const state[] = {
        [ENGINE_CUT_OFF] = "cut-off", [ENGINE_WAITS] = "standby", [ENGINE_WRITES] = "open"};
    struct engine *e = atomic_load(&p->engine);
    return e ? state[engine_seat(e, NULL, NULL)] : "closed";
}

/* ---- the list, for everybody: it is on the first page ---- */

static void place_write(const struct place *p, const char *state, struct jw *w)
{
    jw_object(w);
    jw_ki64(w, "code", p->code);
    jw_kstr(w, "name", p->name);
    jw_kstr(w, "initials", p->initials);
    jw_kstr(w, "state", str_from(state));
    jw_end(w, '}');
}

rc sites_get(struct request *r)
{
    struct server *s = r->server;
    struct jw w = {.out = &r->out};
    r->out.arena = &r->arena;
    jw_object(&w);
    jw_key(&w, STR("here"));
    if (r->place)
        place_write(r->place, place_state(r->place), &w);
    else
        jw_null(&w);
    jw_key(&w, STR("sites"));
    jw_array(&w);
    for (size_t i = 0; i < s->place_count; i++)
        place_write(&s->place[i], place_state(&s->place[i]), &w);
    jw_end(&w, ']');
    jw_kstr(&w, "province", str_from(province_state(r)));
    jw_end(&w, '}');
    answer_json(r, buf_str(&r->out));
    return RC_OK;
}
