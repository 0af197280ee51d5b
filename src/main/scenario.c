/* test: scenarios of applications, each in a city of its own in memory, on a clock that only its
 * steps move.  docs/declaring.md tells what given, when and then may say. */
#include "main/scenario.h"

#include <string.h>

#include "base/date.h"
#include "base/file.h"
#include "site/sites.h"

enum { FILE_BYTES_MAX = 4 << 20 };

str scenario_text(const struct decl *map, const char *key)
{
    const struct decl *d = decl_find(map, str_from(key));
    return d && d->kind == DECL_TEXT ? d->text : (str){0};
}

/* A declaration as JSON: unquoted numbers, true, false and null are those, the rest is text. */
void scenario_json(struct jw *w, const struct decl *d)
{
    dec number;
    if (d->kind == DECL_MAP) {
        jw_object(w);
        for (const struct decl *m = d->child; m; m = m->next) {
            jw_key(w, m->key);
            scenario_json(w, m);
        }
        jw_end(w, '}');
    } else if (d->kind == DECL_LIST) {
        jw_array(w);
        for (const struct decl *m = d->child; m; m = m->next)
            scenario_json(w, m);
        jw_end(w, ']');
    } else if (!d->quoted && (str_eq(d->text, STR("null")) || !d->text.len)) {
        jw_null(w);
    } else if (!d->quoted && (str_eq(d->text, STR("true")) || str_eq(d->text, STR("false")))) {
        jw_bool(w, d->text.at[0] == 't');
    } else if (!d->quoted && d->text.at[0] != '+' && dec_parse(d->text, &number)) {
        jw_raw(w, d->text);
    } else {
        jw_str(w, d->text);
    }
}

void scenario_fault(struct scenario *s, const struct decl *at, const char *fmt, ...)
{
    struct buf out = {.arena = s->cx->arena};
    va_list ap;
    va_start(ap, fmt);
    buf_printf(&out, STR_FMT ":%u:%u: " STR_FMT ": ", STR_ARG(s->path), at->pos.line,
               at->pos.column, STR_ARG(s->name));
    buf_add(&out, arena_vprintf(s->cx->arena, fmt, ap));
    buf_char(&out, '\n');
    va_end(ap);
    print(stdout, buf_str(&out));
    s->broken = true;
}

/* "at: 2022-06-14" or a moment: the clock of this step and all that follow. */
static bool clock_set(struct scenario *s, const struct decl *step)
{
    str at = scenario_text(step, "at");
    int64_t us;
    day_t day;
    if (!at.len) return true;
    if (day_parse(at, &day))
        us = (int64_t)day * US_PER_DAY - OFFICE_OFFSET_US + INT64_C(9) * 3600 * US_PER_SECOND;
    else if (!us_parse(at, &us)) {
        scenario_fault(s, step, "\"at\" is neither a day nor a moment");
        return false;
    }
    int fired = 0;
    s->now_us = us;
    s->cx->now_us = us;
    if (engine_tick(s->cx, s->engine, us, &fired) == RC_OK) return true;
    scenario_fault(s, step, "timers: " STR_FMT, STR_ARG(s->cx->err.detail));
    err_clear(s->cx);
    return false;
}

static void part_run(struct scenario *s, const struct decl *root, const char *part,
                     void (*run)(struct scenario *s, const struct decl *step))
{
    const struct decl *list = decl_find(root, str_from(part));
    for (const struct decl *step = list ? list->child : NULL; step && !s->broken; step = step->next)
        if (clock_set(s, step)) run(s, step);
}

/* In memory, or as a site of its own of the deployment given. */
static rc scenario_city(struct scenario *s, const struct catalogue *c)
{
    struct engine_options o = {0};
    if (!s->db.len) return city_in_memory(s->cx, c, &s->engine);
    rc r = sites_add(s->cx, s->db, s->site, s->name);
    if (r == RC_OK) r = sites_url(s->cx, s->db, s->site, &o.url);
    return r == RC_OK ? engine_open(s->cx, c, &o, &s->engine) : r;
}

static void scenario_run(struct scenario *s, const struct catalogue *c, const struct decl *root)
{
    str start = scenario_text(root, "clock");
    day_t day;
    s->now_us =
        INT64_C(1640998800000000); /* 2022-01-01 09:00 in the office, unless the scenario says */
    if (day_parse(start, &day))
        s->now_us = (int64_t)day * US_PER_DAY - OFFICE_OFFSET_US + INT64_C(32400) * US_PER_SECOND;
    s->cx->now_us = s->now_us;
    if (scenario_city(s, c) != RC_OK || city_load_reference(s->cx, s->engine, s->now_us) != RC_OK) {
        scenario_fault(s, root, "the city does not open: " STR_FMT " " STR_FMT,
                       STR_ARG(s->cx->err.detail), STR_ARG(s->cx->err.extra));
    } else {
        part_run(s, root, "given", scenario_given);
        part_run(s, root, "when", scenario_when);
        part_run(s, root, "then", scenario_then);
    }
    if (s->engine) engine_close(s->engine);
    s->engine = NULL;
}

struct tally {
    int64_t passed, failed;
};

static void file_run(struct args *a, const struct catalogue *c, str path, struct tally *t)
{
    struct arena arena;
    arena_init(&arena, ARENA_DEFAULT_BYTES * 8);
    struct cx cx = {.arena = &arena, .lang = a->cx->lang};
    struct scenario s = {.cx = &cx, .path = path, .db = arg(a, "db")};
    const struct decl *root;
    str text;
    rc r = file_read(&cx, path, FILE_BYTES_MAX, &text);
    if (r == RC_OK) r = decl_parse(&cx, text, path, &root);
    if (r != RC_OK) {
        fail(&cx);
        t->failed++;
        arena_done(&arena);
        return;
    }
    const struct decl *list = decl_find(root, STR("scenarios")), *one = list ? list->child : root;
    for (; one; one = list ? one->next : NULL) {
        s.name = scenario_text(one, "scenario");
        s.broken = false;
        s.site = t->passed + t->failed + 1;
        scenario_run(&s, c, one);
        t->passed += !s.broken;
        t->failed += s.broken;
        err_clear(&cx);
    }
    arena_done(&arena);
}

/* The folders of applications that stand beside the tested one serve as what it needs. */
static str apps_of(struct args *a, str folder)
{
    if (arg_given(a, "apps")) return arg(a, "apps");
    while (str_ends(folder, STR("/")))
        folder.len--;
    if (!file_exists(a->cx, arena_printf(a->cx->arena, STR_FMT "/app.yaml", STR_ARG(folder))))
        return folder;
    size_t slash = folder.len;
    while (slash && folder.at[slash - 1] != '/')
        slash--;
    return slash ? str_slice(folder, 0, slash) : STR(".");
}

static void folder_run(struct args *a, const struct catalogue *c, str folder, struct tally *t)
{
    struct names files = {0};
    str tests = arena_printf(a->cx->arena, STR_FMT "/tests", STR_ARG(folder));
    if (!file_exists(a->cx, tests) || file_list(a->cx, tests, &files) != RC_OK) return;
    for (size_t i = 0; i < files.len; i++)
        if (str_ends(files.at[i], STR(".yaml")))
            file_run(a, c,
                     arena_printf(a->cx->arena, STR_FMT "/" STR_FMT, STR_ARG(tests),
                                  STR_ARG(files.at[i])),
                     t);
}

static rc tested(struct args *a, str folder, struct tally *t)
{
    const struct catalogue *c = NULL;
    rc r = city_declarations(a, apps_of(a, folder), &c);
    if (r != RC_OK) return r;
    bool one = file_exists(a->cx, arena_printf(a->cx->arena, STR_FMT "/app.yaml", STR_ARG(folder)));
    if (one) folder_run(a, c, folder, t);
    for (int i = 0; !one && i < c->app_count; i++)
        folder_run(a, c, c->app[i].folder, t);
    catalogue_free(c);
    return RC_OK;
}

int verb_test(struct args *a)
{
    struct tally t = {0};
    for (int i = 0; i < a->count; i++)
        if (tested(a, a->positional[i], &t) != RC_OK) return fail(a->cx);
    printf("%" PRId64 " passed, %" PRId64 " failed\n", t.passed, t.failed);
    return t.failed ? EXIT_BROKEN : EXIT_OK;
}
