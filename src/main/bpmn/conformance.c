/* bpmn-conformance: runs what a folder holds of the public suites of BPMN. */
#include "main/bpmn/conformance.h"

#include "base/file.h"
#include "main/city.h"
#include "main/decisions/folder.h"

enum { TESTS_BYTES_MAX = 64 << 20 };

rc suite_file(const struct suite *s, struct cx *cx, str name, str *text)
{
    return file_read(cx, path_join(cx->arena, s->folder, name), BPMN_XML_BYTES_MAX, text);
}

bool suite_wants(const struct suite *s, const char *set, str id)
{
    return !s->only.len || str_eq(s->only, str_from(set)) || str_starts(id, s->only);
}

static void tell(const struct suite_line *l)
{
    if (l->why.len) printf("apart: ");
    printf(STR_FMT ": got " STR_FMT ", expected " STR_FMT, STR_ARG(l->test), STR_ARG(l->got),
           STR_ARG(l->expected));
    if (l->why.len) printf(" (" STR_FMT ")", STR_ARG(l->why));
    putchar('\n');
}

void suite_tell(struct suite *s, const struct suite_line *line, bool good)
{
    struct arena *a = s->cx->arena;
    if (s->verbose && good && !s->json) printf("ok " STR_FMT "\n", STR_ARG(line->test));
    if (good && !line->why.len) s->passed++;
    if (good && line->why.len && !s->json)
        printf("apart: " STR_FMT ": met (" STR_FMT ")\n", STR_ARG(line->test), STR_ARG(line->why));
    if (good) return;
    const struct suite_line kept = {.test = arena_dup(a, line->test),
                                    .got = arena_dup(a, line->got),
                                    .expected = arena_dup(a, line->expected),
                                    .why = arena_dup(a, line->why)};
    if (line->why.len) {
        *vec_add(a, &s->aparts) = kept;
    } else {
        *vec_add(a, &s->failures) = kept;
        s->failed++;
    }
    if (!s->json) tell(&kept);
}

str suite_error(struct arena *a, const struct err *e)
{
    return arena_printf(a, "error " STR_FMT " (%s)", STR_ARG(e->detail), e->slug ? e->slug : "?");
}

rc suite_text(struct cx *cx, const struct json *test, const char *member, str *out)
{
    const struct json *m = json_find(test, str_from(member));
    if (!json_is(m, JSON_STRING))
        return err_set_at(cx, RC_INVALID, "conformance.form", test->pos, "测试缺少文本成员“%s”",
                          "a test has no text \"%s\"", member);
    *out = m->text;
    return RC_OK;
}

/* ---- the command ---- */

static const struct {
    const char *file;
    rc (*run)(struct suite *s, const struct json *tests);
} sets[] = {{"betsy.json", betsy_run},
            {"token-simulation.json", simulation_run},
            {"bpmnspector.json", spector_run}};

static rc run_set(struct suite *s, size_t i)
{
    const str path = path_join(s->cx->arena, s->folder, str_from(sets[i].file));
    const struct json *tests;
    str text;
    rc r = file_read(s->cx, path, TESTS_BYTES_MAX, &text);
    if (r == RC_OK) r = json_parse(s->cx, text, &tests);
    if (r == RC_OK) r = sets[i].run(s, tests);
    if (r != RC_OK) err_source(s->cx, path);
    return r;
}

static void write_lines(struct jw *w, const char *name, const struct suite_line *at, size_t count)
{
    jw_key(w, str_from(name));
    jw_array(w);
    for (size_t i = 0; i < count; i++) {
        jw_object(w);
        jw_kstr(w, "test", at[i].test);
        jw_kstr(w, "got", at[i].got);
        jw_kstr(w, "expected", at[i].expected);
        if (at[i].why.len) jw_kstr(w, "why", at[i].why);
        jw_end(w, '}');
    }
    jw_end(w, ']');
}

static void tell_json(const struct suite *s)
{
    struct buf out = {.arena = s->cx->arena};
    struct jw w = {.out = &out};
    jw_object(&w);
    jw_ki64(&w, "passed", s->passed);
    jw_ki64(&w, "failed", s->failed);
    write_lines(&w, "failures", s->failures.at, s->failures.len);
    write_lines(&w, "apart", s->aparts.at, s->aparts.len);
    jw_end(&w, '}');
    print(stdout, buf_str(&out));
    putchar('\n');
}

int verb_bpmn_conformance(struct args *a)
{
    struct suite s = {.cx = a->cx,
                      .folder = a->positional[0],
                      .only = arg(a, "only"),
                      .verbose = arg_given(a, "verbose"),
                      .json = arg_given(a, "json")};
    rc r = RC_OK;
    size_t found = 0;
    for (size_t i = 0; i < COUNTOF(sets) && r == RC_OK; i++) {
        if (!file_exists(a->cx, path_join(a->cx->arena, s.folder, str_from(sets[i].file))))
            continue;
        found++;
        r = run_set(&s, i);
    }
    if (r == RC_OK && !found)
        r = err_set(a->cx, RC_MISSING, "conformance.empty",
                    "“" STR_FMT
                    "”里没有测试：应有 betsy.json、token-simulation.json 或 bpmnspector.json",
                    "no tests in \"" STR_FMT
                    "\": expected betsy.json, token-simulation.json or bpmnspector.json",
                    STR_ARG(s.folder));
    if (r == RC_OK && s.only.len && !s.passed && !s.failed && !s.aparts.len)
        r = err_set(a->cx, RC_MISSING, "conformance.only", "没有名字以“" STR_FMT "”开头的测试",
                    "no test's name begins with \"" STR_FMT "\"", STR_ARG(s.only));
    if (r != RC_OK) return fail(a->cx);
    if (s.json)
        tell_json(&s);
    else
        printf("%" PRId64 " passed, %" PRId64 " failed\n", s.passed, s.failed);
    return s.failed ? EXIT_BROKEN : EXIT_OK;
}
