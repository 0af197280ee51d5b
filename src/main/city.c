/* Opening a city, and getting files into it. */
#include "main/city.h"

#include <string.h>

#include "base/file.h"
#include "exchange/table.h"
#include "measure/measure.h"
#include "site/sites.h"

rc city_declarations(struct args *a, str apps, const struct catalogue **out)
{
    if (!apps.len) apps = STR("apps");
    a->cx->findings = NEW(a->cx->arena, struct findings);
    rc r = catalogue_load(a->cx, &apps, 1, &measure_host, out);
    if (r == RC_OK) a->cx->findings = NULL;
    return r;
}

rc city_code(struct args *a, str text, int64_t *code)
{
    if (str_i64(text, code) && *code > 0) return RC_OK;
    rc r = err_set(a->cx, RC_INVALID, "site.code", "站点代码“" STR_FMT "”应为正整数，例如 330782",
                   "the site \"" STR_FMT "\" is not a code like 330782", STR_ARG(text));
    err_field(a->cx, STR("site"));
    return r;
}

rc city_url(struct args *a, str *url)
{
    str db;
    int64_t code = 0;
    if (!arg_needed(a, "db", &db))
        return err_set(a->cx, RC_INVALID, "usage", "缺少 --db", "--db is missing");
    rc r = arg_given(a, "site") ? city_code(a, arg(a, "site"), &code) : RC_OK;
    return r == RC_OK ? sites_url(a->cx, db, code, url) : r;
}

static rc city_open_as(struct args *a, struct engine_options *o, struct city *out)
{
    rc r = city_url(a, &o->url);
    if (r == RC_OK) r = city_declarations(a, arg(a, "apps"), &out->catalogue);
    return r == RC_OK ? engine_open(a->cx, out->catalogue, o, &out->engine) : r;
}

rc city_open(struct args *a, int64_t clock_offset_us, struct city *out)
{
    struct engine_options o = {.clock_offset_us = clock_offset_us};
    return city_open_as(a, &o, out);
}

rc city_open_reading(struct args *a, struct city *out)
{
    struct engine_options o = {.read_only = true};
    return city_open_as(a, &o, out);
}

rc city_in_memory(struct cx *cx, const struct catalogue *c, struct engine **out)
{
    struct engine_options o = {.url = STR(":memory:")};
    return engine_open(cx, c, &o, out);
}

void city_close(struct city *c)
{
    if (c->engine) engine_close(c->engine);
    if (c->catalogue) catalogue_free(c->catalogue);
    *c = (struct city){0};
}

const struct json *params_of(struct cx *cx, const char *key, ...)
{
    struct buf text = {.arena = cx->arena};
    struct jw w = {.out = &text};
    const struct json *out = NULL;
    va_list ap;
    jw_object(&w);
    va_start(ap, key);
    for (; key; key = va_arg(ap, const char *)) {
        str value = va_arg(ap, str);
        if (value.len) jw_kstr(&w, key, value);
    }
    va_end(ap);
    jw_end(&w, '}');
    CHECK(json_parse(cx, buf_str(&text), &out) == RC_OK);
    return out;
}

rc city_import(struct cx *cx, struct engine *e, const struct city_import *i, str *answer)
{
    const struct app_type *type = catalogue_type(engine_catalogue(e), i->type);
    struct table *table = NULL;
    struct table_rows rows = {0};
    str bytes;
    if (!type)
        return err_set(cx, RC_INVALID, "record.unknown-type", "没有名为“" STR_FMT "”的登记类型",
                       "there is no type \"" STR_FMT "\"", STR_ARG(i->type));
    rc r = file_read(cx, i->path, TABLE_BYTES_MAX, &bytes);
    if (r == RC_OK) r = table_open(cx, bytes, &table);
    if (r == RC_OK) r = table_rows_open(cx, table, type, &rows);
    struct command c = {.name = STR("record.import"),
                        .who = i->who,
                        .now_us = i->now_us,
                        .dry_run = i->dry_run,
                        .rows = &rows.rows};
    c.params = params_of(cx, "type", i->type, "reason", i->reason, "partial",
                         i->partial ? STR("1") : (str){0}, NULL);
    if (r == RC_OK) r = engine_apply(cx, e, &c, answer);
    table_close(table);
    if (r != RC_OK && !cx->err.source.len) err_source(cx, i->path);
    return r;
}

/* data/org.csv of app core is core.org; types in the order they are declared, so that what refers
 * comes after what it refers to. */
rc city_load_reference(struct cx *cx, struct engine *e, int64_t now_us)
{
    const struct catalogue *c = engine_catalogue(e);
    rc r = RC_OK;
    for (int i = 0; r == RC_OK && i < c->type_count; i++) {
        str name, app = str_cut(c->type[i].name, '.', &name);
        for (int k = 0; r == RC_OK && k < c->app_count; k++) {
            if (!str_eq(c->app[k].name, app)) continue;
            str path = arena_printf(cx->arena, STR_FMT "/data/" STR_FMT ".csv",
                                    STR_ARG(c->app[k].folder), STR_ARG(name));
            struct city_import one = {.type = c->type[i].name, .path = path, .now_us = now_us};
            str answer;
            if (file_exists(cx, path)) r = city_import(cx, e, &one, &answer);
        }
    }
    return r;
}
