/* Signing in: passwords by Argon2id, sessions and API tokens kept as hashes, attempts slowed down.
 * The answer to a wrong name and to a wrong password is the same, and takes as long. */
#include <sodium.h>
#include <string.h>

#include "engine/inside.h"

enum {
    TOKEN_BYTES = 32,
    HASHES_AT_ONCE =
        2, /* each takes tens of megabytes and milliseconds: more would be a way to stop us */
    ATTEMPT_SLOTS = 1024,
    ATTEMPTS_FREE = 5, /* wrong tries before the waiting begins */
    WAIT_MAX_S = 900,
    SESSION_HOURS = 12,
    ANSWERS_KEPT_DAYS = 7 /* a repeated request gets its first answer that long */
};

/* Wrong tries by user and by address, in a small table that forgets: hashed, no list of names. */
struct attempts {
    struct {
        uint64_t key;
        int count;
        int64_t until_us; /* monotonic */
    } slot[ATTEMPT_SLOTS];
    char decoy[crypto_pwhash_STRBYTES]; /* checked when there is no such user */
};

SQL(sql_password,
    "SELECT password FROM user_account WHERE site = $site AND code = $1 AND active = 1");
SQL(sql_session,
    "SELECT user_code, csrf, expires_us FROM session WHERE site = $site AND token = $1");
SQL(sql_session_add,
    "INSERT INTO session (site, token, user_code, csrf, address, created_us, expires_us)"
    " VALUES ($site, $1, $2, $3, $4, $5, $6)");
SQL(sql_session_end, "DELETE FROM session WHERE site = $site AND token = $1");
SQL(sql_session_sweep, "DELETE FROM session WHERE site = $site AND expires_us < $1");
SQL(sql_answers_sweep, "DELETE FROM idempotency WHERE site = $site AND at_us < $1");
SQL(sql_token, "SELECT user_code FROM api_token WHERE site = $site AND token = $1");

rc sessions_init(struct cx *cx, struct engine *e)
{
    if (sodium_init() < 0)
        return err_set(cx, RC_INTERNAL, "session.library", "密码库不可用",
                       "libsodium cannot start");
    e->attempts = NEW(&e->arena, struct attempts);
    if (crypto_pwhash_str(e->attempts->decoy, "decoy", 5, crypto_pwhash_OPSLIMIT_MIN,
                          crypto_pwhash_MEMLIMIT_MIN))
        return err_set(cx, RC_INTERNAL, "session.library", "密码库不可用", "libsodium cannot hash");
    return RC_OK;
}

static void hash_enter(struct engine *e)
{
    pthread_mutex_lock(&e->lock);
    while (e->hashing >= HASHES_AT_ONCE)
        pthread_cond_wait(&e->hash_free, &e->lock);
    e->hashing++;
    pthread_mutex_unlock(&e->lock);
}

static void hash_leave(struct engine *e)
{
    pthread_mutex_lock(&e->lock);
    e->hashing--;
    pthread_cond_signal(&e->hash_free);
    pthread_mutex_unlock(&e->lock);
}

/* OWASP's Argon2id setting: 19 MiB, two passes. */
enum { ARGON_PASSES = 2, ARGON_BYTES = 19 << 20, PASSWORD_MIN = 12, PASSWORD_MAX = 128 };

rc password_hash(struct cx *cx, struct engine *e, str password, str *out)
{
    size_t length = utf8_count(password);
    if (length < PASSWORD_MIN || length > PASSWORD_MAX) {
        rc r = err_set(cx, RC_INVALID, "session.password-length", "密码长度应为 %d 至 %d 个字符",
                       "a password has %d to %d characters", PASSWORD_MIN, PASSWORD_MAX);
        err_field(cx, STR("password"));
        return r;
    }
    char *text = arena_get(cx->arena, crypto_pwhash_STRBYTES, 1);
    hash_enter(e);
    int failed = crypto_pwhash_str(text, password.at, password.len, ARGON_PASSES, ARGON_BYTES);
    hash_leave(e);
    if (failed)
        return err_set(cx, RC_BUSY, "session.memory", "内存不足,请稍后再试",
                       "not enough memory: try again later");
    *out = str_from(text);
    return RC_OK;
}

bool password_check(struct engine *e, str stored, str password)
{
    char text[crypto_pwhash_STRBYTES] = {0};
    bool known = stored.len && stored.len < sizeof text;
    if (known) memcpy(text, stored.at, stored.len);
    hash_enter(e);
    int wrong =
        crypto_pwhash_str_verify(known ? text : e->attempts->decoy, password.at, password.len);
    hash_leave(e);
    return known && !wrong;
}

/* ---- attempts ---- */

static uint64_t attempt_key(str kind, str what)
{
    uint64_t key = str_hash(what) ^ (str_hash(kind) << 1);
    return key ? key : 1;
}

static bool must_wait(struct engine *e, uint64_t key, int64_t *seconds)
{
    int64_t now = os_monotonic_us();
    pthread_mutex_lock(&e->lock);
    size_t i = key % ATTEMPT_SLOTS;
    int64_t until = e->attempts->slot[i].key == key ? e->attempts->slot[i].until_us : 0;
    pthread_mutex_unlock(&e->lock);
    *seconds = (until - now + US_PER_SECOND - 1) / US_PER_SECOND;
    return until > now;
}

static void attempt_failed(struct engine *e, uint64_t key, int free_tries)
{
    pthread_mutex_lock(&e->lock);
    size_t i = key % ATTEMPT_SLOTS;
    if (e->attempts->slot[i].key != key) {
        e->attempts->slot[i].key = key;
        e->attempts->slot[i].count = 0;
    }
    int over = ++e->attempts->slot[i].count - free_tries;
    int64_t wait = over <= 0 ? 0 : over > 9 ? WAIT_MAX_S : (INT64_C(1) << over);
    e->attempts->slot[i].until_us =
        os_monotonic_us() + (wait > WAIT_MAX_S ? WAIT_MAX_S : wait) * US_PER_SECOND;
    pthread_mutex_unlock(&e->lock);
}

static void attempt_forget(struct engine *e, uint64_t key)
{
    pthread_mutex_lock(&e->lock);
    size_t i = key % ATTEMPT_SLOTS;
    if (e->attempts->slot[i].key == key) e->attempts->slot[i].count = 0;
    pthread_mutex_unlock(&e->lock);
}

/* ---- tokens ---- */

static str token_new(struct cx *cx)
{
    uint8_t bytes[TOKEN_BYTES];
    os_random(bytes, sizeof bytes);
    char *hex = arena_get(cx->arena, sizeof bytes * 2, 1);
    hex_write(hex, bytes, sizeof bytes);
    return (str){hex, sizeof bytes * 2};
}

/* What is kept: a copy of the database gives nobody a session. */
static str token_hash(struct cx *cx, str token)
{
    return sm3_hex(cx->arena, token);
}

struct password_of {
    str user, stored;
};

static rc password_run(struct cx *cx, struct db *db, void *data)
{
    struct password_of *p = data;
    DB_ROWS rows = {0};
    bool more = false;
    rc r = db_query(cx, db, &sql_password, DB_ARGS(DB_T(p->user)), &rows);
    if (r == RC_OK) r = db_next(cx, &rows, &more);
    if (r == RC_OK && more) p->stored = db_text_dup(cx, &rows, 0);
    return r;
}

static rc open_session(struct cx *cx, struct engine *e, str user, str address, str *token,
                       str *csrf)
{
    struct buf text = {.arena = cx->arena};
    struct jw w = {.out = &text};
    const struct json *params;
    str answer;
    *token = token_new(cx);
    *csrf = token_new(cx);
    jw_object(&w);
    jw_kstr(&w, "user", user);
    jw_kstr(&w, "token", token_hash(cx, *token));
    jw_kstr(&w, "csrf", *csrf);
    jw_kstr(&w, "address", address);
    jw_end(&w, '}');
    rc r = json_parse(cx, buf_str(&text), &params);
    struct command c = {.name = STR("session.open"), .params = params};
    return r == RC_OK ? engine_apply(cx, e, &c, &answer) : r;
}

rc engine_sign_in(struct cx *cx, struct engine *e, str user, str password, str address, str *token,
                  str *csrf)
{
    enum { ADDRESS_FREE = 20 };
    uint64_t by_user = attempt_key(STR("user"), user),
             by_address = attempt_key(STR("address"), address);
    int64_t seconds = 0;
    if (must_wait(e, by_user, &seconds) || must_wait(e, by_address, &seconds))
        return err_set(cx, RC_TOO_MANY, "session.slow-down", "尝试过于频繁,请 %" PRId64 " 秒后再试",
                       "too many tries: wait %" PRId64 " seconds", seconds);
    struct password_of p = {.user = user};
    rc r = engine_read(cx, e, password_run, &p);
    if (r != RC_OK) return r;
    if (!password_check(e, p.stored, password)) {
        attempt_failed(e, by_user, ATTEMPTS_FREE);
        attempt_failed(e, by_address, ADDRESS_FREE);
        return err_set(cx, RC_UNKNOWN, "session.refused", "登录名或密码不正确",
                       "the name or the password is not right");
    }
    attempt_forget(e, by_user);
    return open_session(cx, e, user, address, token, csrf);
}

rc command_session_open(struct turn *t)
{
    if (!t->who.system)
        return err_set(t->cx, RC_DENIED, "session.denied", "不能直接建立会话",
                       "sessions open by signing in");
    str user, token, csrf;
    rc r = param_text(t->cx, t->params, "user", &user);
    if (r == RC_OK) r = param_text(t->cx, t->params, "token", &token);
    if (r == RC_OK) r = param_text(t->cx, t->params, "csrf", &csrf);
    int64_t expires = t->cx->now_us + INT64_C(3600) * SESSION_HOURS * US_PER_SECOND;
    if (r == RC_OK) r = db_exec(t->cx, t->db, &sql_session_sweep, DB_ARGS(DB_I(t->cx->now_us)));
    if (r == RC_OK)
        r = db_exec(t->cx, t->db, &sql_answers_sweep,
                    DB_ARGS(DB_I(t->cx->now_us - ANSWERS_KEPT_DAYS * US_PER_DAY)));
    if (r == RC_OK)
        r = db_exec(t->cx, t->db, &sql_session_add,
                    DB_ARGS(DB_T(token), DB_T(user), DB_T(csrf),
                            DB_T(json_text(t->params, STR("address"))), DB_I(t->cx->now_us),
                            DB_I(expires)));
    struct ledger_entry entry = {.at_us = t->cx->now_us,
                                 .actor = user,
                                 .act = STR("session.open"),
                                 .subject = STR("user"),
                                 .reason = json_text(t->params, STR("address"))};
    if (r == RC_OK) r = ledger_add(t->cx, t->e->ledger, &entry);
    if (r == RC_OK) buf_add(&t->answer, STR("{}"));
    return r;
}

rc command_session_close(struct turn *t)
{
    str token;
    rc r = param_text(t->cx, t->params, "token", &token);
    if (r == RC_OK) r = db_exec(t->cx, t->db, &sql_session_end, DB_ARGS(DB_T(token)));
    if (r == RC_OK) buf_add(&t->answer, STR("{}"));
    return r;
}

rc engine_sign_out(struct cx *cx, struct engine *e, str token)
{
    struct buf text = {.arena = cx->arena};
    struct jw w = {.out = &text};
    const struct json *params;
    str answer;
    jw_object(&w);
    jw_kstr(&w, "token", token_hash(cx, token));
    jw_end(&w, '}');
    rc r = json_parse(cx, buf_str(&text), &params);
    struct command c = {.name = STR("session.close"), .params = params};
    return r == RC_OK ? engine_apply(cx, e, &c, &answer) : r;
}

/* ---- who is it ---- */

struct actor_of {
    struct engine *e;
    str token, user, csrf;
    struct actor actor;
};

static rc expired(struct cx *cx)
{
    return err_set(cx, RC_UNKNOWN, "session.expired", "请先登录", "sign in first");
}

static rc session_user(struct cx *cx, struct db *db, struct actor_of *q)
{
    DB_ROWS rows = {0};
    bool more = false;
    str hash = token_hash(cx, q->token);
    rc r = db_query(cx, db, &sql_session, DB_ARGS(DB_T(hash)), &rows);
    if (r == RC_OK) r = db_next(cx, &rows, &more);
    if (r != RC_OK) return r;
    if (more) {
        if (db_i64(&rows, 2) < cx->now_us) return expired(cx);
        q->user = db_text_dup(cx, &rows, 0);
        q->csrf = db_text_dup(cx, &rows, 1);
        return RC_OK;
    }
    DB_ROWS tokens = {0};
    r = db_query(cx, db, &sql_token, DB_ARGS(DB_T(hash)), &tokens);
    if (r == RC_OK) r = db_next(cx, &tokens, &more);
    if (r == RC_OK && !more) r = expired(cx);
    if (r == RC_OK) q->user = db_text_dup(cx, &tokens, 0);
    return r;
}

static rc actor_run(struct cx *cx, struct db *db, void *data)
{
    struct actor_of *q = data;
    rc r = q->token.len ? session_user(cx, db, q) : RC_OK;
    return r == RC_OK ? actor_load(cx, q->e, db, q->user, &q->actor) : r;
}

rc engine_actor(struct cx *cx, struct engine *e, str token, struct actor *out, str *csrf)
{
    if (!token.len) return expired(cx);
    struct actor_of q = {.e = e, .token = token};
    rc r = engine_read(cx, e, actor_run, &q);
    if (r != RC_OK) return r;
    *out = q.actor;
    *csrf = q.csrf;
    return RC_OK;
}

rc engine_actor_of(struct cx *cx, struct engine *e, str user, struct actor *out)
{
    struct actor_of q = {.e = e, .user = user};
    rc r = engine_read(cx, e, actor_run, &q);
    if (r == RC_OK) *out = q.actor;
    return r;
}

/* ---- passwords and tokens of users: hashed here, kept by commands ---- */

static rc with_member(struct cx *cx, const struct json *params, const char *drop, const char *add,
                      str value, const struct json **out)
{
    struct buf text = {.arena = cx->arena};
    struct jw w = {.out = &text};
    jw_object(&w);
    for (const struct json *j = params ? params->child : NULL; j; j = j->next) {
        if (str_eq(j->key, str_from(drop)) || str_eq(j->key, str_from(add))) continue;
        struct buf member = {.arena = cx->arena};
        json_write(&member, j);
        jw_key(&w, j->key);
        jw_raw(&w, buf_str(&member));
    }
    if (value.len) jw_kstr(&w, add, value);
    jw_end(&w, '}');
    return json_parse(cx, buf_str(&text), out);
}

rc engine_user_save(struct cx *cx, struct engine *e, const struct actor *who,
                    const struct json *params, str *answer)
{
    str password = json_text(params, STR("password")), hash = {0};
    rc r = password.len ? password_hash(cx, e, password, &hash) : RC_OK;
    const struct json *safe = NULL;
    if (r == RC_OK) r = with_member(cx, params, "password", "password_hash", hash, &safe);
    struct command c = {.name = STR("user.save"), .params = safe, .who = who};
    return r == RC_OK ? engine_apply(cx, e, &c, answer) : r;
}

rc engine_password_change(struct cx *cx, struct engine *e, const struct actor *who, str old,
                          str fresh)
{
    struct password_of p = {.user = who->code};
    str hash, answer;
    const struct json *params = NULL;
    uint64_t key = attempt_key(STR("user"), who->code);
    int64_t seconds = 0;
    if (must_wait(e, key, &seconds))
        return err_set(cx, RC_TOO_MANY, "session.slow-down", "尝试过于频繁,请 %" PRId64 " 秒后再试",
                       "too many tries: wait %" PRId64 " seconds", seconds);
    rc r = engine_read(cx, e, password_run, &p);
    if (r == RC_OK && !password_check(e, p.stored, old)) {
        attempt_failed(e, key, ATTEMPTS_FREE);
        r = err_set(cx, RC_DENIED, "session.old-password", "原密码不正确",
                    "the old password is not right");
        err_field(cx, STR("old"));
    }
    if (r == RC_OK) r = password_hash(cx, e, fresh, &hash);
    if (r == RC_OK) r = with_member(cx, NULL, "", "password_hash", hash, &params);
    struct command c = {.name = STR("user.password"), .params = params, .who = who};
    return r == RC_OK ? engine_apply(cx, e, &c, &answer) : r;
}

rc engine_token_add(struct cx *cx, struct engine *e, const struct actor *who,
                    const struct json *params, str *token)
{
    const struct json *safe = NULL;
    str answer;
    *token = token_new(cx);
    rc r = with_member(cx, params, "", "token_hash", token_hash(cx, *token), &safe);
    struct command c = {.name = STR("token.add"), .params = safe, .who = who};
    return r == RC_OK ? engine_apply(cx, e, &c, &answer) : r;
}
