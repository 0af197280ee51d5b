/* serve: the server until it is told to stop. */
#include "base/date.h"
#include "base/file.h"
#include "main/city.h"
#include "server/server.h"
#include "site/sites.h"

static bool wanted(const struct args *a, int64_t code)
{
    int64_t one;
    if (!arg_given(a, "site")) return true;
    for (str rest = arg(a, "site"); rest.len;)
        if (str_i64(str_trim(str_cut(rest, ',', &rest)), &one) && one == code) return true;
    return false;
}

/* Each code given must be a site; without any all are served.  A file without a code is whatever is said. */
static rc sites_choose(struct args *a, str db, struct server_options *o)
{
    struct sites all = {0};
    rc r = sites_list(a->cx, db, &all);
    if (r == RC_MISSING && str_eq(str_from(a->cx->err.slug), STR("store.missing"))) {
        err_clear(a->cx); /* a new file: the engine makes it */
        *vec_add(a->cx->arena, &all) = (struct site){.url = db};
        r = RC_OK;
    }
    bool nameless = r == RC_OK && all.len == 1 && !all.at[0].code;
    for (str rest = arg(a, "site"); rest.len && r == RC_OK;) {
        int64_t code;
        str url;
        r = city_code(a, str_trim(str_cut(rest, ',', &rest)), &code);
        if (r == RC_OK) r = sites_url(a->cx, db, code, &url);
        if (r == RC_OK && nameless) all.at[0].code = code;
    }
    if (r != RC_OK) return r;
    struct server_site *list = NEWS(a->cx->arena, struct server_site, all.len);
    for (size_t i = 0; i < all.len; i++)
        if (wanted(a, all.at[i].code))
            list[o->site_count++] =
                (struct server_site){all.at[i].code, all.at[i].name, all.at[i].url};
    o->site = list;
    return RC_OK;
}

/* A secret: at least what nobody guesses. */
static rc token_read(struct args *a, str *out)
{
    enum { TOKEN_BYTES_MIN = 24, TOKEN_BYTES_MAX = 200 };
    str path = arg(a, "province-token");
    if (!path.len) return RC_OK;
    rc r = file_read(a->cx, path, 4 << 10, out);
    if (r != RC_OK) return r;
    *out = str_trim(*out);
    bool ok = out->len >= TOKEN_BYTES_MIN && out->len <= TOKEN_BYTES_MAX;
    for (size_t i = 0; ok && i < out->len; i++)
        ok = out->at[i] > 0x20 && out->at[i] < 0x7f;
    if (ok) return RC_OK;
    r = err_set(a->cx, RC_INVALID, "province.token-file",
                "“" STR_FMT "”应只有一行，%d 到 %d 个字母、数字或符号",
                "\"" STR_FMT "\" is expected to hold one line of %d to %d letters, digits or signs",
                STR_ARG(path), (int)TOKEN_BYTES_MIN, (int)TOKEN_BYTES_MAX);
    err_hint(a->cx, "例如：openssl rand -hex 24 > 文件",
             "for example: openssl rand -hex 24 > FILE");
    return r;
}

int verb_serve(struct args *a)
{
    const struct catalogue *c = NULL;
    struct server *server = NULL;
    struct server_options o = {
        .host = arg(a, "host"), .origin = arg(a, "origin"), .publish = arg_given(a, "publish")};
    int64_t port, start;
    str clock = arg(a, "clock"), db;
    if (!arg_needed(a, "db", &db) || !arg_number(a, "port", 0, 65535, 8330, &port))
        return EXIT_USAGE;
    if (clock.len && !us_parse(clock, &start)) {
        fprintf(stderr,
                "bihuan serve: --clock \"" STR_FMT "\" is not like 2022-06-17T09:00:00+08:00\n",
                STR_ARG(clock));
        return EXIT_USAGE;
    }
    o.port = (int)port;
    if (clock.len) o.clock_offset_us = start - os_now_us();
    rc r = city_declarations(a, arg(a, "apps"), &c);
    if (r == RC_OK) r = sites_choose(a, db, &o);
    if (r == RC_OK) r = token_read(a, &o.province_token);
    if (r == RC_OK) r = server_start(a->cx, c, &o, &server);
    if (r != RC_OK) return fail(a->cx);
    printf("http://" STR_FMT ":%d\n", STR_ARG(o.host.len ? o.host : STR("127.0.0.1")),
           server_port(server));
    fflush(stdout);
    server_wait(server);
    server_stop(server);
    catalogue_free(c);
    return EXIT_OK;
}
