/* betsy.json: processes that leave marks, run with a moved clock, their marks compared as multisets; and
 * files that must be refused. */
#include "main/bpmn/betsy.h"

#include <stdio.h>
#include <stdlib.h>

#include "main/bpmn/conformance.h"
#include "main/bpmn/edit.h"
#include "main/bpmn/refuse.h"

enum outcome { RAN, DEPLOYMENT, RUNTIME, THROWN };
static const char *const outcome_name[] = {"", "ERROR_deployment", "ERROR_runtime",
                                           "ERROR_thrownErrorEvent"};

struct run {
    struct suite *suite;
    const struct json *test, *one; /* of it: the case */
    struct world world;
    struct betsy betsy;
    enum outcome outcome;
    str error; /* why it was not RAN */
    str xml;
};

static rc load(struct run *r, str file)
{
    struct world *w = &r->world;
    struct cx cx = {.arena = &w->life, .lang = w->cx.lang, .now_us = w->cx.now_us};
    const struct bpmn_load how = {.variables = feel_scope_new(&w->life),
                                  .open = true,
                                  .translate = betsy_translate,
                                  .owner = &r->betsy};
    rc code = suite_file(r->suite, &cx, file, &r->xml);
    if (code == RC_OK) {
        const str xml = edit_tasks(&w->life, r->xml, betsy_slow, &r->betsy);
        code = bpmn_load(&cx, xml, file, &how, &w->model);
    }
    if (code != RC_OK) {
        r->outcome = DEPLOYMENT;
        r->error = suite_error(&w->life, &cx.err);
    }
    return code;
}

/* The variables a case begins with: those that its file asks for. */
static rc variables(struct run *r, struct cx *cx, const struct json **out)
{
    const struct bpmn_model *m = r->world.model;
    struct buf text = {.arena = cx->arena};
    struct jw w = {.out = &text};
    int64_t n = 0;
    jw_object(&w);
    const struct json *input = json_find(r->one, STR("input"));
    if (json_is(input, JSON_STRING) && bpmn_variable_find(m, STR("test")))
        jw_kstr(&w, "test", input->text);
    if (json_i64(json_find(r->one, STR("integerVariable")), &n) &&
        bpmn_variable_find(m, STR("integerVariable")))
        jw_ki64(&w, "integerVariable", n);
    if (json_i64(json_find(r->one, STR("case")), &n) &&
        bpmn_variable_find(m, STR("testCaseNumber")))
        jw_ki64(&w, "testCaseNumber", n);
    jw_end(&w, '}');
    return json_parse(cx, buf_str(&text), out);
}

static void begin_run(struct run *r, int64_t until_us)
{
    struct world *w = &r->world;
    struct cx cx = {.arena = &w->life, .lang = w->cx.lang};
    const struct json *start = NULL;
    rc code = variables(r, &cx, &start);
    if (code == RC_OK && json_is(json_find(r->one, STR("startParallelProcessFirst")), JSON_TRUE))
        code = world_start(w, STR("ParallelProcess"), NULL);
    if (code == RC_OK) code = world_start(w, json_text(r->test, STR("process")), start);
    if (code == RC_OK) code = betsy_wait(&r->betsy, until_us);
    if (code == RC_OK && !world_has_failed(w)) return;
    r->outcome = code == RC_OK ? THROWN : RUNTIME;
    if (code != RC_OK) r->error = suite_error(&w->life, &w->cx.err);
}

/* ---- what came of it, beside what was expected ---- */

static int by_bytes(const void *x, const void *y)
{
    return str_cmp(*(const str *)x, *(const str *)y);
}

static str joined(struct arena *a, struct names *n)
{
    struct buf b = {.arena = a};
    if (n->len) qsort(n->at, n->len, sizeof *n->at, by_bytes);
    buf_char(&b, '[');
    for (size_t i = 0; i < n->len; i++)
        buf_printf(&b, "%s" STR_FMT, i ? " " : "", STR_ARG(n->at[i]));
    buf_char(&b, ']');
    return buf_str(&b);
}

static bool expects(const struct json *list, const char *mark)
{
    for (const struct json *m = list ? list->child : NULL; m; m = m->next)
        if (str_eq(m->text, str_from(mark))) return true;
    return false;
}

static void judge(struct run *r, struct suite_line *line)
{
    struct arena *a = &r->world.life;
    const struct json *expected = json_find(r->one, STR("expected"));
    struct names wanted = {0}, *got = &r->betsy.marks;
    for (const struct json *m = expected ? expected->child : NULL; m; m = m->next)
        *vec_add(a, &wanted) = m->text;
    if (r->betsy.has_marker && expects(expected, "MARKER_exists"))
        *vec_add(a, got) = STR("MARKER_exists");
    if (betsy_parallel(&r->betsy)) *vec_add(a, got) = STR("EXECUTION_parallel");
    const bool any_error = expects(expected, "ERROR") && r->outcome != THROWN;
    if (r->outcome != RAN)
        *vec_add(a, got) = any_error ? STR("ERROR") : str_from(outcome_name[r->outcome]);
    line->got = joined(a, got);
    line->expected = joined(a, &wanted);
}

/* A mark that is expected, and that no script of the file leaves. */
static str missing_mark(const struct json *expected, str xml)
{
    for (const struct json *m = expected ? expected->child : NULL; m; m = m->next)
        if (str_starts(m->text, STR("SCRIPT_")) && str_index(xml, m->text) == SIZE_MAX)
            return m->text;
    return (str){0};
}

/* Why a test is not counted: it says itself that it contradicts the standard, or no engine could meet it. */
static str why_apart(const struct run *r)
{
    const str remark = json_text(r->test, STR("remark"));
    const str missing = missing_mark(json_find(r->one, STR("expected")), r->xml);
    if (str_index(remark, STR("contradict")) != SIZE_MAX) return remark;
    if (!missing.len || !r->xml.len) return (str){0};
    return arena_printf(r->betsy.arena, "no script of the file is " STR_FMT, STR_ARG(missing));
}

static rc run_case(struct suite *s, const struct json *test, const struct json *one)
{
    struct run r = {.suite = s, .test = test, .one = one};
    int64_t number = 0, delay_ms = 0;
    str id, file;
    rc code = suite_text(s->cx, test, "id", &id);
    if (code == RC_OK) code = suite_text(s->cx, test, "file", &file);
    if (code != RC_OK) return code;
    (void)json_i64(json_find(one, STR("case")), &number);
    (void)json_i64(json_find(one, STR("delay_ms")), &delay_ms);
    world_init(&r.world, s->cx->lang);
    r.world.owner = &r.betsy;
    r.world.host.operation = betsy_script;
    r.betsy.arena = &r.world.life;
    r.betsy.world = &r.world;
    struct suite_line line = {.test = arena_printf(&r.world.life, "betsy/" STR_FMT " case %" PRId64,
                                                   STR_ARG(id), number)};
    if (load(&r, file) == RC_OK) {
        code = world_open(&r.world);
        if (code == RC_OK) begin_run(&r, r.world.cx.now_us + delay_ms * 1000);
    }
    line.why = why_apart(&r);
    judge(&r, &line);
    const bool good = str_eq(line.got, line.expected);
    if (!good && r.error.len)
        line.got =
            arena_printf(&r.world.life, STR_FMT " " STR_FMT, STR_ARG(line.got), STR_ARG(r.error));
    suite_tell(s, &line, good);
    if (code != RC_OK) (void)err_copy(s->cx, &r.world.cx.err);
    world_close(&r.world);
    return code;
}

rc betsy_run(struct suite *s, const struct json *tests)
{
    rc r = RC_OK;
    const struct json *list = json_find(tests, STR("execution"));
    for (const struct json *t = list ? list->child : NULL; t && r == RC_OK; t = t->next) {
        const struct json *cases = json_find(t, STR("cases"));
        if (!suite_wants(s, "betsy", json_text(t, STR("id")))) continue;
        for (const struct json *c = cases ? cases->child : NULL; c && r == RC_OK; c = c->next)
            r = run_case(s, t, c);
    }
    list = json_find(tests, STR("deployment_must_fail"));
    for (const struct json *t = list ? list->child : NULL; t && r == RC_OK; t = t->next) {
        str id, file;
        r = suite_text(s->cx, t, "id", &id);
        if (r == RC_OK) r = suite_text(s->cx, t, "file", &file);
        if (r != RC_OK || !suite_wants(s, "betsy", id)) continue;
        const struct refuse_test test = {
            .name = arena_printf(s->cx->arena, "betsy/" STR_FMT, STR_ARG(id)),
            .file = file,
            .constraint = json_text(t, STR("constraint"))};
        r = refuse_run(s, &test);
    }
    return r;
}
