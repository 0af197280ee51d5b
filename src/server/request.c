/* A request on the library's threads: its head is checked, its body collected, a worker called, the
 * answer sent.  Nothing here waits. */
#include <stdlib.h>

#include "server/inside.h"

str header_of(const struct request *r, const char *name)
{
    const char *value = NULL;
    size_t length = 0;
    if (MHD_lookup_connection_value_n(r->connection, MHD_HEADER_KIND, name, strlen(name), &value,
                                      &length) != MHD_YES ||
        !value)
        return (str){0};
    return (str){value, length};
}

/* ---- the head ---- */

static void *on_uri(void *data, const char *uri, struct MHD_Connection *c)
{
    struct server *s = data;
    struct arena arena;
    arena_init(&arena, ARENA_DEFAULT_BYTES);
    struct request *r = NEW(&arena, struct request);
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(c, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    r->server = s;
    r->connection = c;
    r->peer = info ? info->socket_context : NULL;
    r->begin_us = os_monotonic_us();
    r->uri = arena_dup(&arena, str_from(uri));
    (void)snprintf(r->id, sizeof r->id, "%s-%" PRIx64, s->run_id,
                   atomic_fetch_add(&s->request_count, 1));
    r->arena = arena;
    r->cx.arena = &r->arena;
    peer_phase(s->peers, r->peer, PEER_HEAD);
    return r;
}

struct heads {
    struct request *r;
    struct pair at[HEADERS_MAX];
    size_t count;
    bool over;
};

static enum MHD_Result on_header(void *data, enum MHD_ValueKind kind, const char *name,
                                 size_t name_length, const char *value, size_t value_length)
{
    struct heads *h = data;
    (void)kind;
    if (h->count == HEADERS_MAX) {
        h->over = true;
        return MHD_NO;
    }
    h->at[h->count++] = (struct pair){{name, name_length}, {value, value_length}};
    return MHD_YES;
}

static rc head_check(struct request *r, const char *method, const char *version)
{
    struct heads heads = {.r = r};
    (void)MHD_get_connection_values_n(r->connection, MHD_HEADER_KIND, on_header, &heads);
    r->method = arena_dup(&r->arena, str_from(method));
    if (heads.over)
        return err_set(&r->cx, RC_INVALID, "http.headers", "请求头超过 %d 个",
                       "more than %d headers", HEADERS_MAX);
    struct gate_head head = {.method = r->method,
                             .version = str_from(version),
                             .uri = r->uri,
                             .header = heads.at,
                             .header_count = heads.count};
    rc result = gate_check(&r->cx, &head, &r->gate);
    if (result == RC_OK) result = gate_path(&r->cx, r->uri, &r->path, &r->query);
    return result;
}

static bool is_api(str path)
{
    return str_starts(path, STR("/api/")) || str_eq(path, STR("/api"));
}

static rc no_route(struct request *r, struct buf *allowed)
{
    if (allowed->len) {
        answer_header(r, "Allow", buf_str(allowed));
        return err_set(&r->cx, RC_MISSING, "http.method",
                       "这个网址不支持 " STR_FMT ",可用 " STR_FMT,
                       "this address does not take " STR_FMT ", but " STR_FMT, STR_ARG(r->method),
                       STR_ARG(buf_str(allowed)));
    }
    if (is_api(r->path))
        return err_set(&r->cx, RC_MISSING, "http.no-such-path", "没有这个网址",
                       "there is no such path");
    if (str_eq(r->method, STR("GET")) || str_eq(r->method, STR("HEAD"))) return RC_OK;
    answer_header(r, "Allow", STR("GET, HEAD"));
    return err_set(&r->cx, RC_MISSING, "http.method", "网页只支持 GET", "pages take GET only");
}

static rc route_choose(struct request *r)
{
    struct buf allowed = {.arena = &r->arena};
    rc found = place_choose(r);
    if (found != RC_OK) return found;
    r->route = route_find(r->method, r->path, r->capture, &allowed);
    r->body.bytes_max = r->route ? r->route->body_bytes_max : 0;
    if (!r->route) {
        rc result = no_route(r, &allowed);
        if (result != RC_OK) return result;
    } else if (!(r->route->flags & ROUTE_SERVER) && (found = place_check(r)) != RC_OK) {
        return found;
    }
    if (r->gate.length > r->body.bytes_max)
        return err_set(&r->cx, RC_TOO_LARGE, "http.body-too-large",
                       "请求内容为 %" PRId64 " 字节,上限是 %" PRId64 " 字节",
                       "the body is %" PRId64 " bytes, at most %" PRId64 " are taken",
                       r->gate.length, r->body.bytes_max);
    return RC_OK;
}

static void budget_choose(struct request *r)
{
    enum { DEADLINE_S = 15, DEADLINE_SLOW_S = 600 };
    unsigned flags = r->route ? r->route->flags : 0;
    r->cx.deadline_us =
        r->begin_us + (flags & ROUTE_SLOW ? DEADLINE_SLOW_S : DEADLINE_S) * US_PER_SECOND;
    if (flags & ROUTE_UPLOAD) r->arena.budget_bytes = IMPORT_ARENA_BYTES;
    if (r->route && r->route->run == export_run) r->arena.budget_bytes = EXPORT_ARENA_BYTES;
}

/* Whether what follows of the body is worth reading, so that the connection can be used again. */
static bool body_is_small(const struct request *r)
{
    return !r->gate.chunked && r->gate.length <= JSON_BYTES_MAX;
}

static enum MHD_Result refuse_now(struct request *r)
{
    answer_problem(r);
    if (r->gate.chunked || r->gate.length > 0) r->answer.close = true;
    return reply_send(r);
}

static enum MHD_Result head_take(struct request *r, const char *method, const char *version)
{
    struct server *s = r->server;
    str language = header_of(r, "Accept-Language");
    r->cx.lang = str_starts(language, STR("en")) ? LANG_EN : LANG_ZH;
    r->cx.now_us = os_now_us() + s->options.clock_offset_us;
    r->stage = STAGE_BODY;
    r->refused = head_check(r, method, version);
    if (r->refused != RC_OK) {
        r->answer.close = true; /* what follows on this connection cannot be trusted */
        return refuse_now(r);
    }
    r->refused = route_choose(r);
    budget_choose(r);
    if (r->refused == RC_OK && atomic_load(&s->stopping))
        r->refused =
            err_set(&r->cx, RC_BUSY, "server.stopping", "服务正在停止", "the server is stopping");
    if (r->refused == RC_OK && r->route && r->route->flags & ROUTE_UPLOAD)
        r->refused = request_actor(r); /* nobody unknown fills our disk */
    if (r->refused != RC_OK && !body_is_small(r)) return refuse_now(r);
    body_begin(r);
    peer_phase(s->peers, r->peer, PEER_BODY);
    return MHD_YES;
}

/* ---- work ---- */

void request_finish(struct request *r, rc result)
{
    if (result != RC_OK) answer_problem(r);
    r->ready = true;
    struct server *s = r->server;
    MHD_resume_connection(r->connection);
    atomic_fetch_sub(&s->suspended, 1);
}

static rc run_here(struct request *r)
{
    if (!r->route) return page_get(r);
    return r->route->run(r);
}

static enum MHD_Result work_begin(struct request *r)
{
    struct server *s = r->server;
    r->stage = STAGE_WORK;
    peer_phase(s->peers, r->peer, PEER_WORK);
    rc result = r->refused;
    if (result == RC_OK) result = body_whole(r);
    if (result == RC_OK && (!r->route || r->route->flags & ROUTE_DIRECT)) {
        result = run_here(r);
        if (result == RC_OK) return reply_send(r);
    }
    if (result != RC_OK) {
        answer_problem(r);
        return reply_send(r);
    }
    struct lane *lane = r->route->flags & ROUTE_SLOW ? s->slow : s->fast;
    r->counted = true;
    atomic_fetch_add(&s->in_work, 1);
    atomic_fetch_add(&s->suspended, 1);
    MHD_suspend_connection(r->connection);
    if (!lane_push(lane, r))
        request_finish(r, err_set(&r->cx, RC_BUSY, "server.busy", "系统繁忙,请稍后再试",
                                  "too much is waiting: try again in a moment"));
    return MHD_YES;
}

static enum MHD_Result on_request(void *data, struct MHD_Connection *c, const char *url,
                                  const char *method, const char *version, const char *upload,
                                  size_t *upload_size, void **context)
{
    struct request *r = *context;
    (void)data;
    (void)c;
    (void)url; /* its escapes are undone already: we read the raw one */
    if (r->stage == STAGE_HEAD) return head_take(r, method, version);
    if (r->stage == STAGE_BODY && *upload_size) {
        body_add(&r->body, upload, *upload_size);
        peer_moved(r->server->peers, r->peer, (int64_t)*upload_size);
        *upload_size = 0;
        return MHD_YES;
    }
    if (r->stage == STAGE_BODY) return work_begin(r);
    if (r->stage == STAGE_WORK && r->ready) return reply_send(r);
    return MHD_YES;
}

static void on_completed(void *data, struct MHD_Connection *c, void **context,
                         enum MHD_RequestTerminationCode how)
{
    struct server *s = data;
    struct request *r = *context;
    (void)c;
    (void)how;
    if (!r) return;
    *context = NULL;
    import_done(r);
    body_done(&r->body);
    peer_phase(s->peers, r->peer, PEER_IDLE);
    if (r->counted) atomic_fetch_sub(&s->in_work, 1);
    struct arena arena = r->arena, spare = r->spare;
    if (spare.budget_bytes) arena_done(&spare);
    arena_done(&arena);
}

/* ---- connections ---- */

static void on_connection(void *data, struct MHD_Connection *c, void **context,
                          enum MHD_ConnectionNotificationCode code)
{
    struct server *s = data;
    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
        *context = peer_add(s->peers, c);
    } else if (*context) {
        peer_remove(s->peers, *context);
        *context = NULL;
    }
}

static void on_library_log(void *data, const char *format, va_list ap)
{
    (void)data;
    (void)format; /* what clients did wrong on the wire; they were answered */
    (void)ap;
}

void server_options_of(struct server *s, struct MHD_OptionItem *out, size_t count)
{
    enum { CONNECTIONS_MAX = 4096, MEMORY_BYTES = 20 << 10, SILENT_S = 75 };
    /* MHD_OptionItem keeps pointers of functions as numbers. */
    const struct MHD_OptionItem list[] = {
        {MHD_OPTION_URI_LOG_CALLBACK, (intptr_t)on_uri, s},
        {MHD_OPTION_NOTIFY_COMPLETED, (intptr_t)on_completed, s},
        {MHD_OPTION_NOTIFY_CONNECTION, (intptr_t)on_connection, s},
        {MHD_OPTION_EXTERNAL_LOGGER, (intptr_t)on_library_log, s},
        {MHD_OPTION_THREAD_POOL_SIZE, LIBRARY_THREADS, NULL},
        {MHD_OPTION_CONNECTION_LIMIT, CONNECTIONS_MAX, NULL},
        {MHD_OPTION_CONNECTION_MEMORY_LIMIT, MEMORY_BYTES, NULL},
        {MHD_OPTION_CONNECTION_TIMEOUT, SILENT_S, NULL},
        {MHD_OPTION_STRICT_FOR_CLIENT, 1, NULL},
        {MHD_OPTION_LISTENING_ADDRESS_REUSE, 1, NULL},
        {MHD_OPTION_END, 0, NULL},
    };
    CHECK(count >= COUNTOF(list));
    memcpy(out, list, sizeof list);
}

MHD_AccessHandlerCallback request_handler(void)
{
    return on_request;
}
