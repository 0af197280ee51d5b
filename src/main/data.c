/* import, export, query: records and numbers from the command line, as the system or as a user. */
#include "base/file.h"
#include "exchange/table.h"
#include "main/city.h"

static bool who_of(struct args *a, struct engine *e, str user, struct actor *out)
{
    if (!user.len) {
        *out = (struct actor){.code = STR("system"), .name = STR("系统"), .system = true};
        return true;
    }
    return engine_actor_of(a->cx, e, user, out) == RC_OK;
}

static void rows_print(const struct json *list)
{
    for (const struct json *j = list ? list->child : NULL; j; j = j->next) {
        int64_t line = 0;
        (void)json_i64(json_find(j, STR("line")), &line);
        fprintf(stderr, "line %" PRId64 ": " STR_FMT "%s" STR_FMT "\n", line,
                STR_ARG(json_text(j, STR("field"))), json_text(j, STR("field")).len ? ": " : "",
                STR_ARG(json_text(j, STR("detail"))));
    }
}

static int import_print(struct args *a, str answer)
{
    const struct json *j;
    if (json_parse(a->cx, answer, &j) != RC_OK) return fail(a->cx);
    if (arg_given(a, "json")) {
        print(stdout, answer);
        putchar('\n');
        return EXIT_OK;
    }
    static const char *const count[] = {"rows", "created", "corrected", "unchanged", "faulty"};
    for (size_t i = 0; i < COUNTOF(count); i++) {
        int64_t n = 0;
        (void)json_i64(json_find(j, str_from(count[i])), &n);
        printf("%s%s %" PRId64, i ? ", " : "", count[i], n);
    }
    puts(arg_given(a, "dry-run") ? " (dry run: nothing was changed)" : "");
    rows_print(json_find(j, STR("errors")));
    return EXIT_OK;
}

int verb_import(struct args *a)
{
    struct city city = {0};
    struct actor who;
    struct city_import i = {.type = a->positional[0],
                            .path = a->positional[1],
                            .dry_run = arg_given(a, "dry-run"),
                            .partial = arg_given(a, "partial"),
                            .who = &who};
    str answer = {0}, clock = arg(a, "clock");
    if (clock.len && !us_parse(clock, &i.now_us)) {
        fprintf(stderr,
                "bihuan import: --clock \"" STR_FMT "\" is not like 2022-06-14T09:00:00+08:00\n",
                STR_ARG(clock));
        return EXIT_USAGE;
    }
    rc r = city_open(a, 0, &city);
    if (r != RC_OK) return fail(a->cx);
    r = who_of(a, city.engine, arg(a, "as"), &who) ? city_import(a->cx, city.engine, &i, &answer)
                                                   : RC_UNKNOWN;
    int status = r == RC_OK ? import_print(a, answer) : fail(a->cx);
    const struct json *rows = NULL;
    if (r != RC_OK && a->cx->err.extra.len && json_parse(a->cx, a->cx->err.extra, &rows) == RC_OK) {
        rows_print(rows);
        status = EXIT_BROKEN;
    }
    city_close(&city);
    return status;
}

int verb_export(struct args *a)
{
    struct city city = {0};
    struct actor who;
    struct table_export x = {.who = &who, .names = true};
    str bytes = {0};
    rc r = table_format_of(a->cx, a->positional[1], &x.format);
    if (r == RC_OK) r = city_open_reading(a, &city);
    if (r == RC_OK && !(x.type = catalogue_type(city.catalogue, a->positional[0])))
        r = err_set(a->cx, RC_MISSING, "record.unknown-type", "没有名为“" STR_FMT "”的登记类型",
                    "there is no type \"" STR_FMT "\"", STR_ARG(a->positional[0]));
    x.params = params_of(a->cx, "type", a->positional[0], "where", arg(a, "where"), NULL);
    if (r == RC_OK && !who_of(a, city.engine, (str){0}, &who)) r = RC_UNKNOWN;
    if (r == RC_OK) r = table_export(a->cx, city.engine, &x, &bytes);
    if (r == RC_OK) r = file_write(a->cx, a->positional[1], bytes);
    int status = r == RC_OK ? EXIT_OK : fail(a->cx);
    if (r == RC_OK) printf("%zu bytes\n", bytes.len);
    city_close(&city);
    return status;
}

/* ---- query ---- */

static void reading_print(const struct json *reading)
{
    const struct json *title = json_find(reading, STR("title"));
    str text = json_is(title, JSON_STRING) ? title->text : json_text(title, STR("zh"));
    const struct json *shown = json_find(reading, STR("shown")),
                      *target = json_find(reading, STR("shown_target"));
    printf(STR_FMT " " STR_FMT ": " STR_FMT " " STR_FMT, STR_ARG(text),
           STR_ARG(json_text(reading, STR("period"))),
           STR_ARG(json_is(shown, JSON_STRING) ? shown->text : STR("—")),
           STR_ARG(json_text(reading, STR("unit"))));
    if (json_is(target, JSON_STRING) && target->text.len)
        printf("  (target " STR_FMT ")", STR_ARG(target->text));
    putchar('\n');
}

static void list_print(const struct json *list, const char *key)
{
    for (const struct json *j = list ? list->child : NULL; j; j = j->next) {
        const struct json *title = json_find(j, STR("title"));
        str name = json_text(j, str_from(key));
        printf("  " STR_FMT "\t" STR_FMT "\t" STR_FMT "\n", STR_ARG(name),
               STR_ARG(json_text(j, STR("shown"))), STR_ARG(title ? title->text : (str){0}));
    }
}

static void answer_print(struct args *a, const struct json *answer)
{
    if (arg_given(a, "records")) {
        const struct json *list = json_find(answer, STR("records"));
        for (const struct json *j = list ? list->child : NULL; j; j = j->next) {
            struct buf text = {.arena = a->cx->arena};
            json_write(&text, j);
            print(stdout, buf_str(&text));
            putchar('\n');
        }
        return;
    }
    reading_print(answer);
    if (arg_given(a, "by"))
        list_print(json_find(answer, STR("breakdown")), "key");
    else
        list_print(json_find(answer, STR("series")), "period");
}

int verb_query(struct args *a)
{
    struct city city = {0};
    struct actor who;
    struct buf answer = {.arena = a->cx->arena};
    const struct json *j;
    rc r = city_open_reading(a, &city);
    const struct json *params =
        params_of(a->cx, "name", a->positional[0], "org", arg(a, "org"), "period", arg(a, "period"),
                  "by", arg(a, "by"), "known_at", arg(a, "as-known-at"), NULL);
    if (r == RC_OK && !who_of(a, city.engine, (str){0}, &who)) r = RC_UNKNOWN;
    if (r == RC_OK)
        r = engine_ask(a->cx, city.engine,
                       arg_given(a, "records") ? STR("indicator.records") : STR("indicator.get"),
                       params, &who, &answer);
    if (r == RC_OK && arg_given(a, "json")) {
        print(stdout, buf_str(&answer));
        putchar('\n');
    } else if (r == RC_OK) {
        r = json_parse(a->cx, buf_str(&answer), &j);
        if (r == RC_OK) answer_print(a, j);
    }
    int status = r == RC_OK ? EXIT_OK : fail(a->cx);
    city_close(&city);
    return status;
}
