/* What every request goes through on a worker: who is it, did they mean it, what do they want, the
 * engine's answer. */
#include "server/inside.h"

/* ---- who ---- */

static str token_of(struct request *r)
{
    str bearer = header_of(r, "Authorization");
    r->by_cookie = false;
    if (str_starts(bearer, STR("Bearer "))) return str_trim(str_slice(bearer, 7, bearer.len));
    r->by_cookie = true;
    return cookie_read(header_of(r, "Cookie"), STR("bihuan_session"));
}

static rc foreign(struct request *r)
{
    return err_set(&r->cx, RC_DENIED, "request.origin", "请求来自别的网站,已拒绝",
                   "the request comes from another site");
}

/* A browser says where a page that changes things came from: it must be ours. */
rc origin_check(struct request *r)
{
    str origin = header_of(r, "Origin"), site = header_of(r, "Sec-Fetch-Site"),
        ours = r->server->options.origin, host = header_of(r, "Host");
    if (str_eq(site, STR("cross-site"))) return foreign(r);
    if (!origin.len) return RC_OK;
    if (ours.len) return str_eq(origin, ours) ? RC_OK : foreign(r);
    str plain = arena_printf(&r->arena, "http://" STR_FMT, STR_ARG(host));
    return str_eq(origin, plain) ? RC_OK : foreign(r);
}

static bool changes(const struct request *r)
{
    return !str_eq(r->method, STR("GET")) && !str_eq(r->method, STR("HEAD"));
}

rc request_actor(struct request *r)
{
    if (r->signed_in) return RC_OK;
    r->token = token_of(r);
    rc result = engine_actor(&r->cx, engine_of(r), r->token, &r->who, &r->csrf);
    if (result != RC_OK) return result;
    r->signed_in = true;
    if (!changes(r) || !r->by_cookie) return RC_OK;
    result = origin_check(r);
    if (result == RC_OK && !secret_eq(header_of(r, "X-CSRF-Token"), r->csrf))
        result =
            err_set(&r->cx, RC_DENIED, "request.csrf", "缺少或不符合的 X-CSRF-Token,请刷新页面",
                    "X-CSRF-Token is missing or wrong: load the page again");
    return result;
}

/* ---- questions ---- */

rc ask(struct request *r, const char *name, const struct json *params, struct buf *out)
{
    out->arena = &r->arena;
    rc result = engine_ask(&r->cx, engine_of(r), str_from(name), params, &r->who, out);
    if (result == RC_OK && out->over)
        result = err_set(&r->cx, RC_LIMIT, "request.answer-too-large", "结果过大,请缩小范围",
                         "the answer is too large: ask for less");
    return result;
}

/* A record's version is its tag; it stands at the start of what the engine writes. */
static void tag(struct request *r, str json)
{
    enum { HEAD_BYTES = 200 };
    static const str member = STR_INIT("\"version\":");
    str head = str_slice(json, 0, json.len < HEAD_BYTES ? json.len : HEAD_BYTES);
    size_t at = str_index(head, member), end;
    if (!(r->route->flags & ROUTE_TAGGED) || at == SIZE_MAX) return;
    at += member.len;
    for (end = at; end < json.len && json.at[end] >= '0' && json.at[end] <= '9';)
        end++;
    answer_header(r, "ETag",
                  arena_printf(&r->arena, "\"" STR_FMT "\"", STR_ARG(str_slice(json, at, end))));
}

rc run_question(struct request *r)
{
    rc result = ask(r, r->route->name, r->params, &r->out);
    if (result != RC_OK) return result;
    tag(r, buf_str(&r->out));
    answer_json(r, buf_str(&r->out));
    return RC_OK;
}

/* ---- commands ---- */

static void command_answered(void *data, rc result, str answer)
{
    struct request *r = data;
    if (result == RC_OK) {
        tag(r, answer);
        answer_json(r, answer);
    }
    request_finish(r, result);
}

static rc key_read(struct request *r, str *out)
{
    enum { KEY_MAX = 200 };
    str key = str_trim(header_of(r, "Idempotency-Key"));
    for (size_t i = 0; i < key.len; i++)
        if (key.at[i] <= 0x20 || key.at[i] == 0x7f || key.len > KEY_MAX)
            return err_set(&r->cx, RC_INVALID, "request.idempotency-key",
                           "请求头 Idempotency-Key 应为不超过 %d 个可见字符",
                           "Idempotency-Key has at most %d visible characters", KEY_MAX);
    *out = key;
    return RC_OK;
}

/* The content of a file belongs to what an idempotency key stands for. */
static void content_hash(struct request *r, struct json *params)
{
    params_text(r, params, "content_hash", sm3_hex(&r->arena, r->body.content));
}

rc command_send(struct request *r)
{
    struct command *c = &r->command;
    rc result = key_read(r, &c->idempotency_key);
    if (result != RC_OK) return result;
    if (c->idempotency_key.len && r->route->flags & ROUTE_UPLOAD)
        content_hash(r, (struct json *)(uintptr_t)r->params);
    str dry = json_text(r->params, STR("dry_run"));
    c->name = str_from(r->route->name);
    c->params = r->params;
    c->who = &r->who;
    c->dry_run = r->route->flags & ROUTE_DRY && dry.len && !str_eq(dry, STR("0"));
    c->dry_run |= (r->route->flags & ROUTE_REHEARSED) != 0;
    if (c->dry_run) c->idempotency_key = (str){0};
    r->cx.findings = NEW(&r->arena, struct findings);
    result = engine_submit(&r->cx, engine_of(r), c, command_answered, r);
    return result == RC_OK ? RC_LATER : result;
}

rc run_command(struct request *r)
{
    return command_send(r);
}

/* ---- all of it ---- */

rc request_run(struct request *r)
{
    rc result = RC_OK;
    r->cx.now_us = os_now_us() + r->server->options.clock_offset_us;
    if (r->route->flags & ROUTE_OPEN) {
        if (changes(r)) result = origin_check(r);
    } else {
        result = request_actor(r);
    }
    if (result == RC_OK) result = params_read(r);
    return result == RC_OK ? r->route->run(r) : result;
}
