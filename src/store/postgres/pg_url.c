/* The URL of a PostgreSQL database: libpq's own form and the site's code; never its password. */
#include <string.h>

#include "store/postgres/pg.h"

static const char mask[] = "***";
static const int64_t site_max = INT64_C(999999999999);

/* Names of parameters that may be shown.  libpq decodes %xx in names too: what is not known is hidden. */
static bool may_show(str name)
{
    static const str open[] = {
        STR_INIT("site"),
        STR_INIT("host"),
        STR_INIT("hostaddr"),
        STR_INIT("port"),
        STR_INIT("user"),
        STR_INIT("dbname"),
        STR_INIT("options"),
        STR_INIT("sslmode"),
        STR_INIT("service"),
        STR_INIT("application_name"),
        STR_INIT("sslrootcert"),
        STR_INIT("target_session_attrs"),
        STR_INIT("sslcert"),
        STR_INIT("connect_timeout"),
        STR_INIT("passfile"),
        STR_INIT("tcp_user_timeout"),
        STR_INIT("channel_binding"),
        STR_INIT("client_encoding"),
    };
    for (size_t i = 0; i < COUNTOF(open); i++)
        if (str_eq(name, open[i])) return true;
    return false;
}

static void add_query(struct buf *out, str query)
{
    for (bool first = true; query.len; first = false) {
        str value, one = str_cut(query, '&', &query), name = str_cut(one, '=', &value);
        if (!first) buf_char(out, '&');
        buf_add(out, name);
        if (one.len == name.len) continue;
        buf_char(out, '=');
        buf_add(out, may_show(name) ? value : str_from(mask));
    }
}

static size_t last_at(str s)
{
    for (size_t i = s.len; i-- > 0;)
        if (s.at[i] == '@') return i;
    return SIZE_MAX;
}

/* A malformed URL may hold its password anywhere before the last @: rather hide too much. */
str db_url_shown(struct arena *a, str url)
{
    if (db_kind_of(url) != DB_POSTGRES) return url;
    struct buf out = {.arena = a};
    size_t begin = str_index(url, STR("://")) + 3, at = last_at(url);
    buf_add(&out, str_slice(url, 0, begin));
    str rest = str_slice(url, begin, url.len);
    if (at != SIZE_MAX && at >= begin) {
        str password, user = str_cut(str_slice(url, begin, at), ':', &password);
        bool has = user.len < at - begin;
        buf_add(&out, user);
        if (has) buf_printf(&out, ":%s", mask);
        buf_char(&out, '@');
        rest = str_slice(url, at + 1, url.len);
    }
    str query, head = str_cut(rest, '?', &query);
    buf_add(&out, head);
    if (head.len < rest.len) buf_char(&out, '?');
    add_query(&out, query);
    return buf_str(&out);
}

rc pg_url_wrong(struct cx *cx, str url, const char *zh, const char *en)
{
    str shown = db_url_shown(cx->arena, url);
    rc r = err_set(cx, RC_INVALID, "store.url", "数据库地址“" STR_FMT "”有误：%.*s%s",
                   "The database's URL \"" STR_FMT "\" is wrong: %.*s%s", STR_ARG(shown), 0, "",
                   cx->lang == LANG_ZH ? zh : en);
    err_hint(cx, "形如 postgresql://用户@主机:端口/库名?site=330782",
             "It looks like postgresql://user@host:port/name?site=330782");
    return r;
}

rc pg_url_split(struct cx *cx, str url, str *rest, int64_t *site)
{
    struct buf out = {.arena = cx->arena};
    str query, head = str_cut(url, '?', &query);
    bool found = false;
    char before = '?';
    buf_add(&out, head);
    *site = 0;
    while (query.len) {
        str value, one = str_cut(query, '&', &query), name = str_cut(one, '=', &value);
        if (!str_eq(name, STR("site"))) {
            buf_char(&out, before);
            buf_add(&out, one);
            before = '&';
            continue;
        }
        if (found) return pg_url_wrong(cx, url, "site 出现了两次", "site stands there twice");
        found = true;
        if (!str_i64(value, site) || *site < 1 || *site > site_max)
            return pg_url_wrong(cx, url, "site 应为 1 到 999999999999 之间的整数",
                                "site is a whole number from 1 to 999999999999");
    }
    *rest = buf_str(&out);
    return RC_OK;
}
