/* Answers: bodies, headers, problems, the log. */
#include <zlib.h>

#include "server/inside.h"

static const char policy_usual[] =
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; object-src 'none'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

void answer_header(struct request *r, const char *name, str value)
{
    CHECK(r->answer.header_count < ANSWER_HEADERS_MAX);
    r->answer.header[r->answer.header_count++] = (struct pair){str_from(name), value};
}

void answer_json(struct request *r, str json)
{
    r->answer.media_type = "application/json; charset=utf-8";
    r->answer.body = json;
}

/* A refused import lists its rows: they are errors, not somebody else's change. */
static str with_rows(struct request *r, struct err *e, struct buf *out)
{
    str rows = e->extra;
    e->extra = (str){0};
    problem_write(out, e, NULL, r->cx.lang, str_from(r->id));
    str text = buf_str(out);
    return arena_printf(&r->spare, STR_FMT ",\"errors\":" STR_FMT "}",
                        STR_ARG(str_slice(text, 0, text.len - 1)), STR_ARG(rows));
}

/* There is no kind of error for a method that an address does not take: HTTP alone has a word. */
static str wrong_method(struct request *r, const struct err *e, struct buf *out)
{
    struct jw w = {.out = out};
    jw_object(&w);
    jw_kstr(&w, "type", STR("/problems/http.method"));
    jw_kstr(&w, "title", r->cx.lang == LANG_ZH ? STR("不支持的方法") : STR("Method not allowed"));
    jw_ki64(&w, "status", MHD_HTTP_METHOD_NOT_ALLOWED);
    jw_kstr(&w, "code", STR("http.method"));
    jw_kstr(&w, "detail", e->detail);
    jw_kstr(&w, "instance", str_from(r->id));
    jw_end(&w, '}');
    return buf_str(out);
}

/* How long to wait: the sentence says it to people; programs get the same number. */
static str wait_seconds(struct request *r, str detail)
{
    size_t i = 0, n = 0;
    while (i < detail.len && !(detail.at[i] >= '0' && detail.at[i] <= '9'))
        i++;
    while (i + n < detail.len && n < 6 && detail.at[i + n] >= '0' && detail.at[i + n] <= '9')
        n++;
    return n ? arena_dup(&r->spare, str_slice(detail, i, i + n)) : STR("2");
}

void answer_problem(struct request *r)
{
    struct err e = r->cx.err;
    struct buf out = {.arena = &r->spare};
    arena_init(&r->spare, SPARE_BYTES);
    if (e.code == RC_OK) e = (struct err){.code = RC_INTERNAL, .slug = "internal"};
    bool mapped = e.code == RC_MISSING && e.slug && str_eq(str_from(e.slug), STR("http.method"));
    r->answer.status = mapped ? MHD_HTTP_METHOD_NOT_ALLOWED : rc_status(e.code);
    r->answer.media_type = "application/problem+json; charset=utf-8";
    r->answer.live = r->answer.same = r->answer.packed = false;
    r->answer.cache = NULL;
    if (mapped) {
        r->answer.body = wrong_method(r, &e, &out);
    } else if (e.slug && str_eq(str_from(e.slug), STR("import.rows")) && e.extra.len) {
        r->answer.body = with_rows(r, &e, &out);
    } else {
        problem_write(&out, &e, r->cx.findings, r->cx.lang, str_from(r->id));
        r->answer.body = buf_str(&out);
    }
    if (e.code == RC_TOO_MANY) answer_header(r, "Retry-After", wait_seconds(r, e.detail));
    if (e.code == RC_BUSY) answer_header(r, "Retry-After", STR("2"));
    if (e.code == RC_UNKNOWN) answer_header(r, "WWW-Authenticate", STR("Bearer realm=\"bihuan\""));
}

/* ---- gzip: large JSON is packed, the interface's files are unpacked for who cannot ---- */

static bool gzip_wanted(const struct request *r)
{
    return coding_accepted(header_of(r, "Accept-Encoding"), STR("gzip"));
}

static void pack(struct request *r)
{
    enum { PACK_BYTES_MIN = 8 << 10, LEVEL = 3, GZIP_WINDOW = 15 + 16, MEMORY = 8 };
    str plain = r->answer.body;
    z_stream z = {0};
    if (plain.len < PACK_BYTES_MIN || !gzip_wanted(r)) return;
    if (deflateInit2(&z, LEVEL, Z_DEFLATED, GZIP_WINDOW, MEMORY, Z_DEFAULT_STRATEGY) != Z_OK)
        return;
    uLong room = deflateBound(&z, plain.len);
    char *to = arena_try(&r->arena, room, 1);
    if (to) {
        z.next_in = (Bytef *)(uintptr_t)plain.at;
        z.avail_in = (uInt)plain.len;
        z.next_out = (Bytef *)to;
        z.avail_out = (uInt)room;
        if (deflate(&z, Z_FINISH) == Z_STREAM_END) {
            r->answer.body = (str){to, z.total_out};
            r->answer.packed = true;
        }
    }
    deflateEnd(&z);
}

/* ---- sending ---- */

static void put(struct MHD_Response *m, const char *name, const char *value)
{
    (void)MHD_add_response_header(m, name, value);
}

static void put_headers(struct request *r, struct MHD_Response *m)
{
    const struct answer *a = &r->answer;
    struct arena *scratch = r->spare.budget_bytes ? &r->spare : &r->arena;
    put(m, "X-Content-Type-Options", "nosniff");
    put(m, "Referrer-Policy", "no-referrer");
    put(m, "Cross-Origin-Opener-Policy", "same-origin");
    put(m, "Cross-Origin-Resource-Policy", "same-origin");
    put(m, "Content-Security-Policy", a->policy ? a->policy : policy_usual);
    put(m, "Cache-Control", a->cache ? a->cache : "no-store");
    put(m, "X-Request-Id", r->id);
    if (a->media_type) put(m, MHD_HTTP_HEADER_CONTENT_TYPE, a->media_type);
    if (a->packed) put(m, MHD_HTTP_HEADER_CONTENT_ENCODING, "gzip");
    if (a->packed || r->route) put(m, MHD_HTTP_HEADER_VARY, "Accept-Encoding, Accept-Language");
    for (int i = 0; i < a->header_count; i++)
        put(m, arena_cstr(scratch, a->header[i].name), arena_cstr(scratch, a->header[i].value));
    if (a->close) put(m, MHD_HTTP_HEADER_CONNECTION, "close");
}

/* One JSON line: the path, never the query, and nothing of bodies. */
static void log_line(struct request *r, int64_t micros)
{
    char text[1600];
    struct arena arena;
    struct buf b = {.arena = &arena};
    struct buf now = {.arena = &arena};
    struct jw w = {.out = &b};
    arena_init(&arena, sizeof text * 16);
    us_write(&now, os_now_us());
    jw_object(&w);
    jw_kstr(&w, "time", buf_str(&now));
    jw_kstr(&w, "id", str_from(r->id));
    jw_kstr(&w, "method", str_slice(r->method, 0, r->method.len < 16 ? r->method.len : 16));
    jw_kstr(&w, "route", r->route ? str_from(r->route->pattern) : STR("/"));
    if (r->prefix.len) jw_ki64(&w, "site", r->place ? r->place->code : 0);
    jw_kstr(&w, "path", str_slice(r->path, 0, r->path.len < 256 ? r->path.len : 256));
    jw_ki64(&w, "status", r->answer.status);
    jw_ki64(&w, "us", micros);
    if (r->signed_in) jw_kstr(&w, "user", r->who.code);
    if (r->cx.err.code != RC_OK && r->cx.err.slug) jw_kstr(&w, "error", str_from(r->cx.err.slug));
    if (r->cx.err.code == RC_INTERNAL) jw_kstr(&w, "detail", r->cx.err.detail);
    jw_end(&w, '}');
    buf_char(&b, '\n');
    (void)fwrite(b.at, 1, b.len, stderr);
    arena_done(&arena);
}

enum MHD_Result reply_send(struct request *r)
{
    struct server *s = r->server;
    struct answer *a = &r->answer;
    if (!a->status) a->status = r->route ? r->route->status : 200;
    if (atomic_load(&s->stopping)) a->close = true;
    if (a->same) a->status = 304;
    if (a->status == 204 || a->same) a->body = (str){0};
    if (a->media_type && !a->packed && a->status == 200 && !a->live && r->route &&
        str_starts(str_from(a->media_type), STR("application/json")))
        pack(r);
    struct MHD_Response *m =
        a->live ? hub_stream(r->place->hub, r)
                : MHD_create_response_from_buffer(a->body.len, (void *)(uintptr_t)a->body.at,
                                                  MHD_RESPMEM_PERSISTENT);
    if (!m) return MHD_NO;
    put_headers(r, m);
    peer_phase(s->peers, r->peer, a->live ? PEER_LIVE : PEER_SEND);
    peer_moved(s->peers, r->peer, (int64_t)a->body.len);
    enum MHD_Result result = MHD_queue_response(r->connection, (unsigned)a->status, m);
    MHD_destroy_response(m);
    r->stage = STAGE_DONE;
    int64_t micros = os_monotonic_us() - r->begin_us;
    metrics_count(s, r, micros);
    if (!s->options.quiet) log_line(r, micros);
    return result;
}
