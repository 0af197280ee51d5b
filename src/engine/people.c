/* What processes ask about people: the heads of organisations, and who stands in for whom. */
#include "app/pinyin.h"
#include "engine/inside.h"

enum { LEVELS_MAX = 20, PEOPLE_MAX = 30 };

SQL(sql_agent,
    "SELECT agent_code, process FROM agent WHERE site = $site AND user_code = $1"
    " AND from_day <= $2 AND until_day >= $2 ORDER BY process DESC");
SQL(sql_agents,
    "SELECT agent_code, from_day, until_day, process, reason FROM agent"
    " WHERE site = $site AND user_code = $1 ORDER BY process");
SQL(sql_agent_save,
    "INSERT INTO agent (site, user_code, agent_code, from_day, until_day, process, reason)"
    " VALUES ($site, $1, $2, $3, $4, $5, $6) ON CONFLICT (site, user_code, process) DO UPDATE SET"
    " agent_code = excluded.agent_code, from_day = excluded.from_day,"
    " until_day = excluded.until_day, reason = excluded.reason");
SQL(sql_agent_end, "DELETE FROM agent WHERE site = $site AND user_code = $1 AND process = $2");
SQL(sql_of_org,
    "SELECT code, roles FROM user_account WHERE site = $site AND org = $1"
    " AND active = 1 ORDER BY code");

SQL(sql_people,
    "SELECT code, name FROM user_account WHERE site = $site AND active = 1"
    " ORDER BY name, code");

/* The key of the organisation so many levels above; empty: there is none. */
static rc org_above(struct cx *cx, const struct engine *e, struct db *db, str key, int64_t levels,
                    str *out)
{
    const struct app_type *type = catalogue_type(e->cat, STR("core.org"));
    const struct app_field *up = type ? app_field_find(type, STR("parent")) : NULL;
    int64_t id = 0;
    *out = (str){0};
    if (!type || (levels && !up)) return RC_OK;
    rc r = rec_find_key(cx, db, type, key, &id);
    for (; r == RC_OK && id; levels--) {
        struct record org = {0};
        r = rec_load(cx, db, type, id, &org);
        if (r != RC_OK) break;
        if (levels == 0) {
            *out = rec_key_text(cx, db, &org);
            return RC_OK;
        }
        id = org.value[up->index].present ? org.value[up->index].i64 : 0;
    }
    return r;
}

static bool heads(const struct engine *e, str roles)
{
    for (str rest = roles; rest.len;) {
        const struct app_role *role = catalogue_role(e->cat, str_cut(rest, ' ', &rest));
        if (role && role->heads) return true;
    }
    return false;
}

rc host_head(void *owner, struct cx *cx, struct db *db, str user, int64_t levels,
             struct bpmn_users *out)
{
    struct engine *e = owner;
    struct actor who = {0};
    str org;
    DB_ROWS rows = {0};
    bool more = true;
    if (levels < 0 || levels > LEVELS_MAX) return RC_OK;
    if (actor_load(cx, e, db, user, &who) != RC_OK) {
        err_clear(cx); /* left meanwhile, or the system: nobody is above */
        return RC_OK;
    }
    rc r = org_above(cx, e, db, who.org_key, levels, &org);
    if (r != RC_OK || !org.len) return r;
    r = db_query(cx, db, &sql_of_org, DB_ARGS(DB_T(org)), &rows);
    while (r == RC_OK && (r = db_next(cx, &rows, &more)) == RC_OK && more)
        if (heads(e, db_text(&rows, 1))) *vec_add(cx->arena, out) = db_text_dup(cx, &rows, 0);
    return r;
}

/* The agent for this process goes before the one for all. */
rc host_agent(void *owner, struct cx *cx, struct db *db, str user, str process, str *out)
{
    (void)owner;
    DB_ROWS rows = {0};
    bool more = true;
    *out = (str){0};
    rc r = db_query(cx, db, &sql_agent, DB_ARGS(DB_T(user), DB_I(day_of_us(cx->now_us))), &rows);
    while (r == RC_OK && !out->len && (r = db_next(cx, &rows, &more)) == RC_OK && more) {
        const str of = db_text(&rows, 1);
        if (!of.len || str_eq(of, process)) *out = db_text_dup(cx, &rows, 0);
    }
    return r;
}

/* ---- the standing agent of a user ---- */

/* One's own, or an administrator anybody's. */
static rc agent_of_whom(struct turn *t, str *user)
{
    *user = json_text(t->params, STR("user"));
    if (!user->len) *user = t->who.code;
    if (str_eq(*user, t->who.code) || t->who.system || rights_of(&t->who).administers) return RC_OK;
    return err_set(t->cx, RC_DENIED, "agent.denied", "只能为本人设置代理人",
                   "only an administrator sets somebody else's agent");
}

static rc agent_check(struct turn *t, str user, str agent)
{
    struct actor who = {0};
    if (str_eq(user, agent))
        return err_set(t->cx, RC_INVALID, "agent.self", "代理人不能是本人",
                       "nobody is their own agent");
    if (actor_load(t->cx, t->e, t->db, agent, &who) == RC_OK) return RC_OK;
    err_clear(t->cx);
    return err_set(t->cx, RC_INVALID, "agent.unknown", "没有用户“" STR_FMT "”",
                   "there is no user \"" STR_FMT "\"", STR_ARG(agent));
}

/* {agent, from, until, process?, reason?, user?}; agent empty: ends it. */
rc command_agent_save(struct turn *t)
{
    str user, agent = json_text(t->params, STR("agent"));
    const str process = json_text(t->params, STR("process"));
    day_t from = DAY_NONE, until = DAY_NONE;
    rc r = agent_of_whom(t, &user);
    if (r == RC_OK && agent.len) r = agent_check(t, user, agent);
    if (r != RC_OK) return r;
    if (agent.len && (!day_parse(json_text(t->params, STR("from")), &from) ||
                      !day_parse(json_text(t->params, STR("until")), &until) || until < from))
        return err_set(t->cx, RC_INVALID, "agent.days", "请给出起止日期（from 不晚于 until）",
                       "give the days from and until, in this order");
    r = agent.len ? db_exec(t->cx, t->db, &sql_agent_save,
                            DB_ARGS(DB_T(user), DB_T(agent), DB_I(from), DB_I(until), DB_T(process),
                                    DB_T(json_text(t->params, STR("reason")))))
                  : db_exec(t->cx, t->db, &sql_agent_end, DB_ARGS(DB_T(user), DB_T(process)));
    struct buf detail = {.arena = t->cx->arena};
    json_write(&detail, t->params);
    struct ledger_entry entry = {.at_us = t->cx->now_us,
                                 .actor = t->who.code,
                                 .act = agent.len ? STR("agent.set") : STR("agent.ended"),
                                 .subject = STR("user"),
                                 .after = buf_str(&detail),
                                 .reason = json_text(t->params, STR("reason"))};
    if (r == RC_OK) r = ledger_add(t->cx, t->e->ledger, &entry);
    if (r == RC_OK) buf_add(&t->answer, STR("{}"));
    return r;
}

rc question_agents(struct ask *a)
{
    DB_ROWS rows = {0};
    bool more = true;
    rc r = db_query(a->cx, a->db, &sql_agents, DB_ARGS(DB_T(a->who->code)), &rows);
    jw_array(a->out);
    while (r == RC_OK && (r = db_next(a->cx, &rows, &more)) == RC_OK && more) {
        struct buf from = {.arena = a->cx->arena}, until = {.arena = a->cx->arena};
        day_write(&from, (day_t)db_i64(&rows, 1));
        day_write(&until, (day_t)db_i64(&rows, 2));
        jw_object(a->out);
        jw_kstr(a->out, "agent", db_text(&rows, 0));
        jw_kstr(a->out, "from", buf_str(&from));
        jw_kstr(a->out, "until", buf_str(&until));
        jw_kstr(a->out, "process", db_text(&rows, 3));
        jw_kstr(a->out, "reason", db_text(&rows, 4));
        jw_end(a->out, '}');
    }
    jw_end(a->out, ']');
    return r;
}

/* ---- finding people ---- */

static bool is_latin(str s)
{
    for (size_t i = 0; i < s.len; i++)
        if ((uint8_t)s.at[i] >= 0x80) return false;
    return s.len > 0;
}

struct people_search {
    str needle;
    struct pinyin *pinyin; /* NULL: no initials are looked at */
    struct arena scratch;
};

static bool fits(struct people_search *s, str code, str name)
{
    if (!s->needle.len || str_index(name, s->needle) != SIZE_MAX ||
        str_index(code, s->needle) != SIZE_MAX)
        return true;
    if (!s->pinyin) return false;
    arena_reset(&s->scratch);
    return str_index(pinyin_initials(s->pinyin, &s->scratch, name), s->needle) != SIZE_MAX;
}

/* {q}: users by name, code or pinyin initials, for whoever hands something on. */
rc question_people(struct ask *a)
{
    const str q = str_trim(json_text(a->params, STR("q")));
    struct people_search s = {.needle = q, .pinyin = is_latin(q) ? pinyin_open() : NULL};
    struct names found = {0};
    DB_ROWS rows = {0};
    bool more = true;
    arena_init(&s.scratch, ARENA_DEFAULT_BYTES);
    rc r = db_query(a->cx, a->db, &sql_people, DB_NO_ARGS, &rows);
    while (r == RC_OK && found.len < PEOPLE_MAX && (r = db_next(a->cx, &rows, &more)) == RC_OK &&
           more)
        if (fits(&s, db_text(&rows, 0), db_text(&rows, 1)))
            *vec_add(a->cx->arena, &found) = db_text_dup(a->cx, &rows, 0);
    arena_done(&s.scratch);
    if (s.pinyin) pinyin_close(s.pinyin);
    jw_array(a->out);
    for (size_t i = 0; r == RC_OK && i < found.len; i++) {
        jw_object(a->out);
        r = actor_names_write(a, found.at[i], a->out);
        jw_end(a->out, '}');
    }
    jw_end(a->out, ']');
    return r;
}
