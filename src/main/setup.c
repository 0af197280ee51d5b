/* setup and user: the database with its reference data, the demonstration city, and people.
 *
 * A demonstration is a list of steps in an application's demo/demo.yaml, each with its moment:
 *   steps:
 *     - {at: 2022-06-14T09:00:00+08:00, users: users.csv}          # code,name,org,roles (separated by spaces)
 *     - {at: …, start: office.leave, as: lixiao, with: {days: 2}}
 *     - {at: 2022-06-14T10:00:00+08:00, import: trade.figure, file: figures.csv, as: tongji, reason: 发布} */
#include "app/decl.h"
#include "base/date.h"
#include "base/file.h"
#include "exchange/table.h"
#include "main/scenario.h"
#include "site/sites.h"

enum { FILE_BYTES_MAX = 64 << 20 };

static rc user_save(struct cx *cx, struct engine *e, str code, str name, str org, str roles,
                    char separator, str password)
{
    struct buf text = {.arena = cx->arena};
    struct jw w = {.out = &text};
    struct actor system = {.code = STR("system"), .name = STR("系统"), .system = true};
    const struct json *params;
    str answer;
    jw_object(&w);
    jw_kstr(&w, "code", code);
    if (name.len) jw_kstr(&w, "name", name);
    if (org.len) jw_kstr(&w, "org", org);
    if (roles.len) {
        jw_key(&w, STR("roles"));
        jw_array(&w);
        for (str rest = roles; rest.len;)
            jw_str(&w, str_trim(str_cut(rest, separator, &rest)));
        jw_end(&w, ']');
    }
    if (password.len) jw_kstr(&w, "password", password);
    jw_end(&w, '}');
    rc r = json_parse(cx, buf_str(&text), &params);
    return r == RC_OK ? engine_user_save(cx, e, &system, params, &answer) : r;
}

int verb_user(struct args *a)
{
    struct city city = {0};
    rc r = city_open(a, 0, &city);
    if (r == RC_OK)
        r = user_save(a->cx, city.engine, a->positional[0], arg(a, "name"), arg(a, "org"),
                      arg(a, "roles"), ',', arg(a, "password"));
    city_close(&city);
    return r == RC_OK ? EXIT_OK : fail(a->cx);
}

/* ---- the demonstration ---- */

static rc users_load(struct cx *cx, struct engine *e, str path, str password)
{
    struct table *table = NULL;
    str bytes, *cell;
    int count;
    int64_t line;
    rc r = file_read(cx, path, FILE_BYTES_MAX, &bytes);
    if (r == RC_OK) r = table_open(cx, bytes, &table);
    if (r == RC_OK) r = table_next(table, cx, &cell, &count, &line); /* the header */
    while (r == RC_OK && (r = table_next(table, cx, &cell, &count, &line)) == RC_OK && count) {
        enum { CODE, NAME, ORG, ROLES, COLUMNS };
        if (count < COLUMNS)
            r = err_set(cx, RC_INVALID, "setup.users", "用户表每行应有 code,name,org,roles",
                        "a row of users holds code,name,org,roles");
        else
            r = user_save(cx, e, cell[CODE], cell[NAME], cell[ORG], cell[ROLES], ' ', password);
    }
    table_close(table);
    return r;
}

static str text_of(const struct decl *step, const char *key)
{
    const struct decl *d = decl_find(step, str_from(key));
    return d && d->kind == DECL_TEXT ? d->text : (str){0};
}

/* {start: PROCESS, as, with: {variables}} */
static rc demo_start(struct cx *cx, struct engine *e, const struct decl *step,
                     const struct actor *who, int64_t now_us)
{
    const struct decl *with = decl_find(step, STR("with"));
    struct command c = {.name = STR("process.start"), .who = who, .now_us = now_us};
    struct buf text = {.arena = cx->arena};
    struct jw w = {.out = &text};
    str answer;
    jw_object(&w);
    jw_kstr(&w, "process", text_of(step, "start"));
    if (with) {
        jw_key(&w, STR("variables"));
        scenario_json(&w, with);
    }
    jw_end(&w, '}');
    rc r = json_parse(cx, buf_str(&text), &c.params);
    return r == RC_OK ? engine_apply(cx, e, &c, &answer) : r;
}

static rc demo_step(struct cx *cx, struct engine *e, str folder, const struct decl *step,
                    str password)
{
    str at = text_of(step, "at"), users = text_of(step, "users"), as = text_of(step, "as"), answer;
    struct city_import one = {.type = text_of(step, "import"), .reason = text_of(step, "reason")};
    struct actor who;
    if (!us_parse(at, &one.now_us))
        return err_set_at(cx, RC_INVALID, "setup.at", step->pos,
                          "“at” 应如 2022-06-14T09:00:00+08:00",
                          "\"at\" is not like 2022-06-14T09:00:00+08:00");
    cx->now_us = one.now_us;
    if (users.len)
        return users_load(
            cx, e,
            arena_printf(cx->arena, STR_FMT "/demo/" STR_FMT, STR_ARG(folder), STR_ARG(users)),
            password);
    one.path = arena_printf(cx->arena, STR_FMT "/demo/" STR_FMT, STR_ARG(folder),
                            STR_ARG(text_of(step, "file")));
    if (as.len) {
        rc r = engine_actor_of(cx, e, as, &who);
        if (r != RC_OK) return r;
        one.who = &who;
    }
    if (decl_find(step, STR("start"))) return demo_start(cx, e, step, one.who, one.now_us);
    return city_import(cx, e, &one, &answer);
}

static rc demo_load(struct cx *cx, struct engine *e, str password)
{
    const struct catalogue *c = engine_catalogue(e);
    rc r = RC_OK;
    for (int i = 0; r == RC_OK && i < c->app_count; i++) {
        str path = arena_printf(cx->arena, STR_FMT "/demo/demo.yaml", STR_ARG(c->app[i].folder)),
            text;
        const struct decl *root;
        if (!file_exists(cx, path)) continue;
        r = file_read(cx, path, FILE_BYTES_MAX, &text);
        if (r == RC_OK) r = decl_parse(cx, text, path, &root);
        const struct decl *steps = r == RC_OK ? decl_find(root, STR("steps")) : NULL;
        for (const struct decl *step = steps ? steps->child : NULL; step && r == RC_OK;
             step = step->next)
            r = demo_step(cx, e, c->app[i].folder, step, password);
        if (r != RC_OK && !cx->err.source.len) err_source(cx, path);
    }
    return r;
}

static void rows_say(struct args *a)
{
    const struct json *rows;
    if (!a->cx->err.extra.len || json_parse(a->cx, a->cx->err.extra, &rows) != RC_OK) return;
    for (const struct json *j = rows->child; j; j = j->next) {
        struct buf text = {.arena = a->cx->arena};
        json_write(&text, j);
        fprintf(stderr, "  " STR_FMT "\n", STR_ARG(buf_str(&text)));
    }
}

/* A new file that is made for a site says so from the beginning. */
static rc file_of_site(struct args *a)
{
    struct sites list = {0};
    int64_t code = 0;
    str url = arg(a, "db");
    if (!arg_given(a, "site") || !url.len) return RC_OK;
    rc r = city_code(a, arg(a, "site"), &code);
    if (r == RC_OK) r = sites_list(a->cx, url, &list);
    bool is_new = r == RC_MISSING && str_eq(str_from(a->cx->err.slug), STR("store.missing"));
    err_clear(a->cx); /* any other is met again, and said, when the city is opened */
    return is_new ? sites_add(a->cx, url, code, (str){0}) : RC_OK;
}

int verb_setup(struct args *a)
{
    struct city city = {0};
    str password = arg(a, "password");
    if (arg_given(a, "demo") && !password.len) {
        fprintf(stderr, "bihuan setup: --demo needs --password for its users\n");
        return EXIT_USAGE;
    }
    rc r = file_of_site(a);
    if (r == RC_OK) r = city_open(a, 0, &city);
    if (r == RC_OK)
        r = city_load_reference(a->cx, city.engine,
                                arg_given(a, "demo") ? INT64_C(1640966400000000) : 0);
    if (r == RC_OK && arg_given(a, "demo")) r = demo_load(a->cx, city.engine, password);
    int status = r == RC_OK ? EXIT_OK : fail(a->cx);
    if (r != RC_OK) rows_say(a);
    if (r == RC_OK)
        printf("ready: " STR_FMT "\n", STR_ARG(db_url_shown(a->cx->arena, arg(a, "db"))));
    city_close(&city);
    return status;
}
