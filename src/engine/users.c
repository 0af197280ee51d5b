/* People: who they are, which org, which roles, and the API tokens of their programs. */
#include <string.h>

#include "engine/inside.h"

const struct db_migration engine_migrations[] = {
    {1, "engine",
     "CREATE TABLE counter (site BIGINT NOT NULL, name TEXT NOT NULL, value BIGINT NOT NULL,\n"
     "  PRIMARY KEY (site, name));\n"
     "CREATE TABLE idempotency (site BIGINT NOT NULL, actor TEXT NOT NULL, key TEXT NOT NULL,\n"
     "  body TEXT NOT NULL, answer TEXT NOT NULL, at_us BIGINT NOT NULL,\n"
     "  PRIMARY KEY (site, actor, key));\n"
     "CREATE TABLE user_account (site BIGINT NOT NULL, code TEXT NOT NULL, name TEXT NOT NULL,\n"
     "  org TEXT NOT NULL, roles TEXT NOT NULL, active SMALLINT NOT NULL, password TEXT NOT NULL,\n"
     "  created_us BIGINT NOT NULL, changed_us BIGINT NOT NULL, PRIMARY KEY (site, code));\n"
     "CREATE TABLE session (site BIGINT NOT NULL, token TEXT NOT NULL, user_code TEXT NOT NULL,\n"
     "  csrf TEXT NOT NULL, address TEXT NOT NULL, created_us BIGINT NOT NULL,\n"
     "  expires_us BIGINT NOT NULL, PRIMARY KEY (site, token));\n"
     "CREATE INDEX session_of_user ON session (site, user_code, token);\n"
     "CREATE TABLE api_token (site BIGINT NOT NULL, id BIGINT NOT NULL, user_code TEXT NOT NULL,\n"
     "  title TEXT NOT NULL, token TEXT NOT NULL, created_us BIGINT NOT NULL,\n"
     "  PRIMARY KEY (site, id), UNIQUE (site, token));\n"
     "CREATE INDEX api_token_user ON api_token (site, user_code, id);\n"
     "CREATE INDEX idempotency_age ON idempotency (site, at_us);\n"
     "CREATE TABLE seat_address (site BIGINT NOT NULL, id BIGINT NOT NULL, address TEXT NOT NULL,\n"
     "  PRIMARY KEY (site, id));\n"},
    {2, "engine.decisions",
     "CREATE TABLE decision_made (site BIGINT NOT NULL, id BIGINT NOT NULL, type TEXT NOT NULL,\n"
     "  record_id BIGINT NOT NULL, decision TEXT NOT NULL, model TEXT NOT NULL, node TEXT NOT NULL,\n"
     "  purposes TEXT NOT NULL, inputs TEXT NOT NULL, value TEXT NOT NULL, rules TEXT NOT NULL,\n"
     "  warnings TEXT NOT NULL, at_us BIGINT NOT NULL, actor TEXT NOT NULL,\n"
     "  PRIMARY KEY (site, id));\n"
     "CREATE INDEX decision_made_of ON decision_made (site, type, record_id, id);\n"},
    {3, "engine.agents",
     "CREATE TABLE agent (site BIGINT NOT NULL, user_code TEXT NOT NULL, agent_code TEXT NOT NULL,\n"
     "  from_day BIGINT NOT NULL, until_day BIGINT NOT NULL, process TEXT NOT NULL,\n"
     "  reason TEXT NOT NULL, PRIMARY KEY (site, user_code, process));\n"},
};
const size_t engine_migration_count = COUNTOF(engine_migrations);

SQL(sql_user, "SELECT name, org, roles, active FROM user_account WHERE site = $site AND code = $1");
SQL(sql_users,
    "SELECT code, name, org, roles, active, changed_us FROM user_account"
    " WHERE site = $site ORDER BY code");
SQL(sql_user_add,
    "INSERT INTO user_account (site, code, name, org, roles, active, password, created_us,"
    " changed_us) VALUES ($site, $1, $2, $3, $4, $5, $6, $7, $7)");
SQL(sql_user_set,
    "UPDATE user_account SET name = $2, org = $3, roles = $4, active = $5, changed_us = $6"
    " WHERE site = $site AND code = $1");
SQL(sql_password_set,
    "UPDATE user_account SET password = $2, changed_us = $3 WHERE site = $site AND code = $1");
SQL(sql_sessions_end, "DELETE FROM session WHERE site = $site AND user_code = $1");
SQL(sql_token_add,
    "INSERT INTO api_token (site, id, user_code, title, token, created_us)"
    " VALUES ($site, $1, $2, $3, $4, $5)");
SQL(sql_token_remove, "DELETE FROM api_token WHERE site = $site AND user_code = $1 AND id = $2");
SQL(sql_tokens,
    "SELECT id, title, created_us FROM api_token WHERE site = $site AND user_code = $1"
    " ORDER BY id");

static rc org_id_of(struct cx *cx, struct engine *e, struct db *db, str key, int64_t *id)
{
    const struct app_type *type = catalogue_type(e->cat, STR("core.org"));
    *id = 0;
    return type && key.len ? rec_find_key(cx, db, type, key, id) : RC_OK;
}

/* Roles as stored: names separated by a space; those no longer declared are ignored. */
static void roles_of(struct cx *cx, const struct engine *e, str names, struct actor *out)
{
    VEC(const struct app_role *) list = {0};
    for (str rest = names; rest.len;) {
        const struct app_role *role = catalogue_role(e->cat, str_cut(rest, ' ', &rest));
        if (role) *vec_add(cx->arena, &list) = role;
    }
    out->role = list.at;
    out->role_count = (int)list.len;
}

rc actor_load(struct cx *cx, struct engine *e, struct db *db, str user, struct actor *out)
{
    DB_ROWS rows = {0};
    bool more = false;
    rc r = db_query(cx, db, &sql_user, DB_ARGS(DB_T(user)), &rows);
    if (r == RC_OK) r = db_next(cx, &rows, &more);
    if (r != RC_OK) return r;
    if (!more || !db_i64(&rows, 3))
        return err_set(cx, RC_UNKNOWN, "session.expired", "登录已失效,请重新登录",
                       "sign in again: the session has ended");
    *out = (struct actor){.code = arena_dup(cx->arena, user),
                          .name = db_text_dup(cx, &rows, 0),
                          .org_key = db_text_dup(cx, &rows, 1)};
    roles_of(cx, e, db_text(&rows, 2), out);
    return org_id_of(cx, e, db, out->org_key, &out->org_id);
}

struct role_rights rights_of(const struct actor *who)
{
    struct role_rights any = {0};
    for (int i = 0; i < who->role_count; i++) {
        const struct app_role *role = who->role[i];
        any.administers |= role->administers;
        any.audits |= role->audits;
        any.sees_indicators |= role->sees_indicators;
        any.inspects |= role->inspects;
    }
    return any;
}

static bool administers(const struct actor *who)
{
    return who->system || rights_of(who).administers;
}

rc needs_administrator(struct turn *t)
{
    if (administers(&t->who)) return RC_OK;
    return err_set(t->cx, RC_DENIED, "user.denied", "只有系统管理员可以管理用户与角色",
                   "only an administrator manages users and roles");
}

rc users_known(struct cx *cx, struct engine *e, struct db *db, str codes)
{
    rc r = RC_OK;
    for (str rest = codes; rest.len && r == RC_OK;) {
        struct actor who = {0};
        const str one = str_trim(str_cut(rest, ',', &rest));
        if (!one.len || actor_load(cx, e, db, one, &who) == RC_OK) continue;
        err_clear(cx);
        r = err_set(cx, RC_INVALID, "task.to", "没有用户“" STR_FMT "”，或已停用",
                    "there is no user \"" STR_FMT "\", or no longer", STR_ARG(one));
        err_field(cx, STR("to"));
    }
    return r;
}

/* Role names from a JSON list, checked, joined by a space. */
static rc roles_read(struct turn *t, const struct json *list, str *out)
{
    struct buf text = {.arena = t->cx->arena};
    for (const struct json *j = list ? list->child : NULL; j; j = j->next) {
        if (!json_is(j, JSON_STRING) || !catalogue_role(t->e->cat, j->text)) {
            rc r = err_set(t->cx, RC_INVALID, "user.unknown-role", "没有名为“" STR_FMT "”的角色",
                           "there is no role \"" STR_FMT "\"", STR_ARG(j->text));
            err_field(t->cx, STR("roles"));
            return r;
        }
        if (text.len) buf_char(&text, ' ');
        buf_add(&text, j->text);
    }
    *out = buf_str(&text);
    return RC_OK;
}

static bool code_ok(str code)
{
    if (!code.len || code.len > 64) return false;
    for (size_t i = 0; i < code.len; i++) {
        char c = code.at[i];
        if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.'))
            return false;
    }
    return true;
}

struct user_row {
    bool exists;
    str name, org, roles;
    bool active;
};

static rc user_row_load(struct turn *t, str code, struct user_row *out)
{
    DB_ROWS rows = {0};
    rc r = db_query(t->cx, t->db, &sql_user, DB_ARGS(DB_T(code)), &rows);
    if (r == RC_OK) r = db_next(t->cx, &rows, &out->exists);
    if (r != RC_OK || !out->exists) return r;
    out->name = db_text_dup(t->cx, &rows, 0);
    out->org = db_text_dup(t->cx, &rows, 1);
    out->roles = db_text_dup(t->cx, &rows, 2);
    out->active = db_i64(&rows, 3) != 0;
    return RC_OK;
}

static str user_json(struct turn *t, const struct user_row *u)
{
    if (!u->exists) return (str){0};
    struct buf text = {.arena = t->cx->arena};
    struct jw w = {.out = &text};
    jw_object(&w);
    jw_kstr(&w, "name", u->name);
    jw_kstr(&w, "org", u->org);
    jw_kstr(&w, "roles", u->roles);
    jw_kbool(&w, "active", u->active);
    jw_end(&w, '}');
    return buf_str(&text);
}

static rc user_ledger(struct turn *t, const char *act, str code, str before, str after)
{
    struct ledger_entry entry = {.at_us = t->cx->now_us,
                                 .actor = t->who.code,
                                 .act = str_from(act),
                                 .subject = STR("user"),
                                 .before = before,
                                 .after = after,
                                 .reason = code};
    return ledger_add(t->cx, t->e->ledger, &entry);
}

/* What the parameters say, over what stands. */
static rc user_merge(struct turn *t, struct user_row *u)
{
    const struct json *name = json_find(t->params, STR("name")),
                      *org = json_find(t->params, STR("org")),
                      *roles = json_find(t->params, STR("roles")),
                      *active = json_find(t->params, STR("active"));
    int64_t org_id = 0;
    if (json_is(name, JSON_STRING)) u->name = name->text;
    if (json_is(org, JSON_STRING)) u->org = org->text;
    if (active) u->active = json_is(active, JSON_TRUE);
    rc r = org_id_of(t->cx, t->e, t->db, u->org, &org_id);
    if (r == RC_OK && u->org.len && !org_id) {
        r = err_set(t->cx, RC_INVALID, "user.unknown-org", "没有代码为“" STR_FMT "”的单位",
                    "there is no organisation \"" STR_FMT "\"", STR_ARG(u->org));
        err_field(t->cx, STR("org"));
    }
    if (r == RC_OK && roles) r = roles_read(t, roles, &u->roles);
    return r;
}

/* {code, name, org, roles, active?, password_hash?}: adds or changes.  The hash was made by the
 * caller's thread: the writer never spends time on it. */
rc command_user_save(struct turn *t)
{
    str code, hash = json_text(t->params, STR("password_hash"));
    rc r = needs_administrator(t);
    if (r == RC_OK) r = param_text(t->cx, t->params, "code", &code);
    if (r != RC_OK) return r;
    if (!code_ok(code))
        return err_set(t->cx, RC_INVALID, "user.code",
                       "登录名“" STR_FMT "”只能用小写字母、数字和 . _ -,最多 64 个",
                       "the sign-in name \"" STR_FMT
                       "\" may use lower-case letters, digits and . _ -, at most 64",
                       STR_ARG(code));
    struct user_row u = {.active = true};
    r = user_row_load(t, code, &u);
    str before = user_json(t, &u);
    bool existed = u.exists;
    if (r == RC_OK) r = user_merge(t, &u);
    if (r != RC_OK) return r;
    u.exists = true;
    if (existed)
        r = db_exec(t->cx, t->db, &sql_user_set,
                    DB_ARGS(DB_T(code), DB_T(u.name), DB_T(u.org), DB_T(u.roles), DB_I(u.active),
                            DB_I(t->cx->now_us)));
    else
        r = db_exec(t->cx, t->db, &sql_user_add,
                    DB_ARGS(DB_T(code), DB_T(u.name), DB_T(u.org), DB_T(u.roles), DB_I(u.active),
                            DB_T(hash), DB_I(t->cx->now_us)));
    if (r == RC_OK && existed && hash.len)
        r = db_exec(t->cx, t->db, &sql_password_set,
                    DB_ARGS(DB_T(code), DB_T(hash), DB_I(t->cx->now_us)));
    if (r == RC_OK && existed && (!u.active || hash.len))
        r = db_exec(t->cx, t->db, &sql_sessions_end, DB_ARGS(DB_T(code)));
    if (r == RC_OK)
        r = user_ledger(t, existed ? "user.change" : "user.add", code, before, user_json(t, &u));
    if (r != RC_OK) return r;
    jw_object(&t->out);
    jw_kstr(&t->out, "code", code);
    jw_kraw(&t->out, "user", user_json(t, &u));
    jw_end(&t->out, '}');
    return RC_OK;
}

/* {password_hash}: one's own password; the old one was checked by the caller. */
rc command_user_password(struct turn *t)
{
    str hash;
    rc r = param_text(t->cx, t->params, "password_hash", &hash);
    if (r == RC_OK)
        r = db_exec(t->cx, t->db, &sql_password_set,
                    DB_ARGS(DB_T(t->who.code), DB_T(hash), DB_I(t->cx->now_us)));
    if (r == RC_OK) r = db_exec(t->cx, t->db, &sql_sessions_end, DB_ARGS(DB_T(t->who.code)));
    if (r == RC_OK) r = user_ledger(t, "user.password", t->who.code, (str){0}, (str){0});
    if (r == RC_OK) buf_add(&t->answer, STR("{}"));
    return r;
}

/* {user, title, token_hash} */
rc command_token_add(struct turn *t)
{
    str user, title, hash;
    struct user_row u = {0};
    rc r = needs_administrator(t);
    if (r == RC_OK) r = param_text(t->cx, t->params, "user", &user);
    if (r == RC_OK) r = param_text(t->cx, t->params, "title", &title);
    if (r == RC_OK) r = param_text(t->cx, t->params, "token_hash", &hash);
    if (r == RC_OK) r = user_row_load(t, user, &u);
    if (r != RC_OK) return r;
    if (!u.exists)
        return err_set(t->cx, RC_MISSING, "user.missing", "没有登录名为“" STR_FMT "”的用户",
                       "there is no user \"" STR_FMT "\"", STR_ARG(user));
    int64_t id = engine_next_id(t->e);
    r = db_exec(t->cx, t->db, &sql_token_add,
                DB_ARGS(DB_I(id), DB_T(user), DB_T(title), DB_T(hash), DB_I(t->cx->now_us)));
    if (r == RC_OK) r = user_ledger(t, "token.add", user, (str){0}, (str){0});
    if (r != RC_OK) return r;
    jw_object(&t->out);
    jw_ki64(&t->out, "id", id);
    jw_end(&t->out, '}');
    return RC_OK;
}

rc command_token_remove(struct turn *t)
{
    str user;
    int64_t id, removed = 0;
    rc r = needs_administrator(t);
    if (r == RC_OK) r = param_text(t->cx, t->params, "user", &user);
    if (r == RC_OK) r = param_i64(t->cx, t->params, "id", &id);
    if (r == RC_OK) r = db_exec(t->cx, t->db, &sql_token_remove, DB_ARGS(DB_T(user), DB_I(id)));
    if (r == RC_OK) r = db_changes(t->cx, t->db, &removed);
    if (r == RC_OK && !removed)
        r = err_set(t->cx, RC_MISSING, "token.missing", "没有这个令牌", "there is no such token");
    if (r == RC_OK) r = user_ledger(t, "token.remove", user, (str){0}, (str){0});
    if (r == RC_OK) buf_add(&t->answer, STR("{}"));
    return r;
}

static rc tokens_write(struct ask *a, str user)
{
    DB_ROWS rows = {0};
    bool more = false;
    rc r = db_query(a->cx, a->db, &sql_tokens, DB_ARGS(DB_T(user)), &rows);
    jw_key(a->out, STR("tokens"));
    jw_array(a->out);
    while (r == RC_OK && (r = db_next(a->cx, &rows, &more)) == RC_OK && more) {
        jw_object(a->out);
        jw_ki64(a->out, "id", db_i64(&rows, 0));
        jw_kstr(a->out, "title", db_text(&rows, 1));
        moment_write(a->cx, "created_at", db_i64(&rows, 2), a->out);
        jw_end(a->out, '}');
    }
    jw_end(a->out, ']');
    return r;
}

rc question_users(struct ask *a)
{
    if (!administers(a->who))
        return err_set(a->cx, RC_DENIED, "user.denied", "只有系统管理员可以管理用户与角色",
                       "only an administrator manages users and roles");
    DB_ROWS rows = {0};
    bool more = false;
    rc r = db_query(a->cx, a->db, &sql_users, DB_NO_ARGS, &rows);
    jw_array(a->out);
    while (r == RC_OK && (r = db_next(a->cx, &rows, &more)) == RC_OK && more) {
        str code = db_text_dup(a->cx, &rows, 0);
        int64_t org = 0;
        jw_object(a->out);
        jw_kstr(a->out, "code", code);
        jw_kstr(a->out, "name", db_text(&rows, 1));
        r = org_id_of(a->cx, a->e, a->db, db_text_dup(a->cx, &rows, 2), &org);
        jw_key(a->out, STR("org"));
        if (r == RC_OK) r = org_write(a, org, a->out);
        jw_key(a->out, STR("roles"));
        jw_array(a->out);
        for (str rest = db_text_dup(a->cx, &rows, 3); rest.len;)
            jw_str(a->out, str_cut(rest, ' ', &rest));
        jw_end(a->out, ']');
        jw_kbool(a->out, "active", db_i64(&rows, 4) != 0);
        if (r == RC_OK) r = tokens_write(a, code);
        jw_end(a->out, '}');
    }
    jw_end(a->out, ']');
    return r;
}
