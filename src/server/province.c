/* The province's cockpit: the figures of all sites' root organisations and their sums.  Whoever has the
 * server's province token sees them, nobody else; see docs/decisions/0012. */
#include "server/inside.h"

enum { SESSION_S = 12 * 3600 };

/* The cookie proves that its owner had the token, while this server runs. */
static str session_of(struct request *r)
{
    struct server *s = r->server;
    str both =
        arena_printf(&r->arena, "%s" STR_FMT, s->province_salt, STR_ARG(s->options.province_token));
    return sm3_hex(&r->arena, both);
}

static bool is_let_in(struct request *r)
{
    str token = r->server->options.province_token, bearer = header_of(r, "Authorization");
    if (!token.len) return false;
    if (str_starts(bearer, STR("Bearer ")))
        return secret_eq(str_trim(str_slice(bearer, 7, bearer.len)), token);
    return secret_eq(cookie_read(header_of(r, "Cookie"), STR("bihuan_province")), session_of(r));
}

const char *province_state(struct request *r)
{
    if (!r->server->options.province_token.len) return "closed";
    return is_let_in(r) ? "open" : "locked";
}

static rc closed(struct request *r)
{
    rc result = err_set(&r->cx, RC_DENIED, "province.closed", "这台服务器没有开放全省驾驶舱",
                        "the province's cockpit is not open on this server");
    err_hint(&r->cx, "启动时加 --province-token 文件", "start it with --province-token FILE");
    return result;
}

static void cookie_set(struct request *r, str value, int seconds)
{
    bool secure = str_starts(r->server->options.origin, STR("https://"));
    answer_header(r, "Set-Cookie",
                  arena_printf(&r->arena,
                               "bihuan_province=" STR_FMT
                               "; Path=/api/v1; HttpOnly; SameSite=Strict; Max-Age=%d%s",
                               STR_ARG(value), seconds, secure ? "; Secure" : ""));
}

rc province_enter(struct request *r)
{
    str token = json_text(r->params, STR("token"));
    if (!r->server->options.province_token.len) return closed(r);
    if (!secret_eq(token, r->server->options.province_token))
        return err_set(&r->cx, RC_UNKNOWN, "province.token", "全省口令不对",
                       "that is not the province's token");
    cookie_set(r, session_of(r), SESSION_S);
    return RC_OK;
}

rc province_leave(struct request *r)
{
    cookie_set(r, STR(""), 0);
    return RC_OK;
}

rc province_get(struct request *r)
{
    struct server *s = r->server;
    struct engine_part *part = NEWS(&r->arena, struct engine_part, s->place_count + 1);
    if (!s->options.province_token.len) return closed(r);
    if (!is_let_in(r))
        return err_set(&r->cx, RC_UNKNOWN, "province.token", "查看全省数据需要全省口令",
                       "the province's figures need the province's token");
    for (size_t i = 0; i < s->place_count; i++) {
        struct place *p = &s->place[i];
        part[i] = (struct engine_part){
            .code = p->code, .name = p->name, .engine = atomic_load(&p->engine)};
        if (!part[i].engine) part[i].why = place_why(&r->arena, p);
    }
    r->out.arena = &r->arena;
    rc result = engine_province(&r->cx, s->catalogue, part, s->place_count, r->params, &r->out);
    if (result == RC_OK && r->out.over)
        result = err_set(&r->cx, RC_LIMIT, "request.answer-too-large", "结果过大，请缩小范围",
                         "the answer is too large: ask for less");
    if (result == RC_OK) answer_json(r, buf_str(&r->out));
    return result;
}
