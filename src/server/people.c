/* Signing in and out, oneself, and people by an administrator. */
#include "server/inside.h"

static str peer_of(struct request *r)
{
    str listed = header_of(r, "X-Forwarded-For"), rest = listed, last = {0};
    if (!peer_is_local(r->peer) || !r->server->options.origin.len || !listed.len)
        return peer_address(r->peer);
    while (rest.len)
        last = str_trim(str_cut(rest, ',', &rest)); /* the proxy before us wrote the last one */
    return last.len && last.len < 64 ? last : peer_address(r->peer);
}

static void cookie_set(struct request *r, str token, int seconds)
{
    bool secure = str_starts(r->server->options.origin, STR("https://"));
    str path = r->prefix.len ? r->prefix : STR("/"); /* sessions of sites do not mix */
    if (!token.at) token = STR("");
    answer_header(r, "Set-Cookie",
                  arena_printf(&r->arena,
                               "bihuan_session=" STR_FMT "; Path=" STR_FMT
                               "; HttpOnly; SameSite=Strict; Max-Age=%d%s",
                               STR_ARG(token), STR_ARG(path), seconds, secure ? "; Secure" : ""));
}

/* The engine's object with one member more. */
static str with_member(struct request *r, str object, const char *name, str value)
{
    struct buf b = {.arena = &r->arena};
    buf_add(&b, str_slice(object, 0, object.len - 1));
    buf_printf(&b, ",\"%s\":", name);
    buf_json(&b, value);
    buf_char(&b, '}');
    return buf_str(&b);
}

rc session_open(struct request *r)
{
    enum { SESSION_S = 12 * 3600 };
    struct engine *e = engine_of(r);
    const struct json *user = json_find(r->params, STR("user")),
                      *password = json_find(r->params, STR("password"));
    if (!json_is(user, JSON_STRING) || !json_is(password, JSON_STRING))
        return err_set(&r->cx, RC_INVALID, "request.parameter", "请提供“user”和“password”",
                       "\"user\" and \"password\" are expected");
    rc result =
        engine_sign_in(&r->cx, e, user->text, password->text, peer_of(r), &r->token, &r->csrf);
    str csrf = r->csrf, unused;
    if (result == RC_OK) result = engine_actor(&r->cx, e, r->token, &r->who, &unused);
    if (result == RC_OK) result = ask(r, "me", NULL, &r->out);
    if (result != RC_OK) return result;
    r->signed_in = true;
    cookie_set(r, r->token, SESSION_S);
    answer_json(r,
                with_member(r,
                            arena_printf(&r->arena, "{\"user\":" STR_FMT "}",
                                         STR_ARG(with_member(r, buf_str(&r->out), "csrf", csrf))),
                            "csrf", csrf));
    return RC_OK;
}

rc session_close(struct request *r)
{
    rc result = engine_sign_out(&r->cx, engine_of(r), r->token);
    if (result == RC_OK) cookie_set(r, (str){0}, 0);
    return result;
}

rc session_password(struct request *r)
{
    const struct json *old = json_find(r->params, STR("old")),
                      *fresh = json_find(r->params, STR("new"));
    if (!json_is(old, JSON_STRING) || !json_is(fresh, JSON_STRING))
        return err_set(&r->cx, RC_INVALID, "request.parameter", "请提供“old”和“new”",
                       "\"old\" and \"new\" are expected");
    rc result = engine_password_change(&r->cx, engine_of(r), &r->who, old->text, fresh->text);
    if (result == RC_OK && r->by_cookie) cookie_set(r, (str){0}, 0);
    return result;
}

rc me_get(struct request *r)
{
    rc result = ask(r, r->route->name, r->params, &r->out);
    if (result == RC_OK) answer_json(r, with_member(r, buf_str(&r->out), "csrf", r->csrf));
    return result;
}

/* ---- people by an administrator ---- */

/* The user's line of the list; NULL when there is none. */
static rc user_find(struct request *r, str code, const struct json **out)
{
    struct buf list = {0};
    const struct json *j = NULL;
    rc result = ask(r, "user.list", NULL, &list);
    if (result == RC_OK) result = json_parse(&r->cx, buf_str(&list), &j);
    *out = NULL;
    for (j = j ? j->child : NULL; result == RC_OK && j && !*out; j = j->next)
        if (str_eq(json_text(j, STR("code")), code)) *out = j;
    return result;
}

static rc user_save(struct request *r, str code)
{
    const struct json *user = NULL;
    str answer;
    rc result = engine_user_save(&r->cx, engine_of(r), &r->who, r->params, &answer);
    if (result == RC_OK) result = user_find(r, code, &user);
    if (result != RC_OK) return result;
    r->out.arena = &r->arena;
    if (user) json_write(&r->out, user);
    answer_json(r, buf_str(&r->out));
    return RC_OK;
}

rc user_add(struct request *r)
{
    const struct json *user = NULL;
    str code = json_text(r->params, STR("code"));
    rc result = user_find(r, code, &user);
    if (result == RC_OK && user) {
        result = err_set(&r->cx, RC_CONFLICT, "user.exists", "登录名“" STR_FMT "”已有人使用",
                         "there is already a user \"" STR_FMT "\"", STR_ARG(code));
        err_field(&r->cx, STR("code"));
    }
    if (result == RC_OK && !json_text(r->params, STR("password")).len) {
        result = err_set(&r->cx, RC_INVALID, "user.password", "请为新用户设置密码",
                         "a new user needs a password");
        err_field(&r->cx, STR("password"));
    }
    return result == RC_OK ? user_save(r, code) : result;
}

rc user_change(struct request *r)
{
    const struct json *user = NULL;
    str code = capture_of(r, "code");
    rc result = user_find(r, code, &user);
    if (result == RC_OK && !user)
        result = err_set(&r->cx, RC_MISSING, "user.missing", "没有登录名为“" STR_FMT "”的用户",
                         "there is no user \"" STR_FMT "\"", STR_ARG(code));
    return result == RC_OK ? user_save(r, code) : result;
}

rc user_token_add(struct request *r)
{
    str token;
    struct jw w = {.out = &r->out};
    rc result = engine_token_add(&r->cx, engine_of(r), &r->who, r->params, &token);
    if (result != RC_OK) return result;
    r->out.arena = &r->arena;
    jw_object(&w);
    jw_kstr(&w, "token", token);
    jw_end(&w, '}');
    answer_json(r, buf_str(&r->out));
    return RC_OK;
}
