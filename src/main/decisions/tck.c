/* tck: runs the test cases of the DMN technology compatibility kit, in the kit's own folders. */
#include "main/decisions/tck.h"

#include "base/json.h"
#include "main/city.h"
#include "main/decisions/folder.h"
#include "main/decisions/show.h"

enum {
    TCK_BYTES_MAX = 64 << 20,
    GROUP_BYTES = 512 << 20,
    CASE_BYTES = 256 << 20,
    CASE_SECONDS = 20
};

struct level {
    const char *name;
    bool scored;
    int64_t groups, passed, failed, valued, valued_passed; /* valued: a case that expects a value */
};
/* One that failed; texts live in the command's arena. */
struct failure {
    str name, node, got, expected, warnings; /* node: of several in the case, else empty */
};
struct runner {
    struct cx *cx; /* the command's */
    str base, group;
    bool json, explain;
    struct level *level;
    VEC(struct failure) failures;
};
/* A file of cases with its model, in the arena of its group. */
struct group {
    struct cx cx;
    str name, folder;
    struct tck_file file;
    const struct dmn_model *model; /* NULL: it does not compile, and cx.err says why */
};
/* What one case came to; it lives in the arena of the case. */
struct outcome {
    bool good, valued;
    struct failure first;
};

static str error_text(struct cx *cx)
{
    struct buf b = {.arena = cx->arena};
    buf_add(&b, STR("error "));
    err_print(&b, &cx->err);
    return buf_str(&b);
}

static str warnings_text(struct cx *cx, const struct dmn_explain *explain)
{
    struct buf b = {.arena = cx->arena};
    for (size_t i = 0; i < explain->warnings.len; i++) {
        buf_add(&b, STR("    "));
        show_warning(&b, (str){0}, &explain->warnings.at[i]);
    }
    return buf_str(&b);
}

/* ---- one case ---- */

static rc decide(struct cx *cx, const struct group *g, const struct tck_case *c,
                 const struct tck_node *node, struct dmn_explain *explain, struct feel_value *out)
{
    struct dmn_input *input;
    const struct dmn_element *what = tck_find(g->model, c, node);
    rc r = tck_inputs(cx, g->model, c, &input);
    if (r != RC_OK) return r;
    if (!what)
        return err_set(cx, RC_MISSING, "tck.element", "模型中没有“" STR_FMT "”",
                       "the model has no \"" STR_FMT "\"", STR_ARG(node->name));
    struct dmn_run run = {.cx = cx, .explain = explain};
    r = dmn_decide(&run, g->model, what, input, c->inputs.len, out);
    /* A service of several decisions gives them all; a result is one of them. */
    if (r == RC_OK && what->kind == DMN_SERVICE && !str_eq(what->name, node->name)) {
        const struct feel_value *one =
            out->kind == FEEL_CONTEXT ? feel_context_find(out, node->name) : NULL;
        if (one) *out = *one;
    }
    return r;
}

/* One result of a case; what went wrong is kept, the first time. */
static void check_node(struct cx *cx, const struct group *g, const struct tck_case *c,
                       const struct tck_node *node, struct outcome *o)
{
    struct feel_value got = feel_null(), expected;
    struct dmn_explain explain = {0};
    struct buf text = {.arena = cx->arena}, wanted = {.arena = cx->arena};
    rc r = g->model ? RC_OK : err_copy(cx, &g->cx.err);
    if (r == RC_OK) r = decide(cx, g, c, node, &explain, &got);
    if (r != RC_OK) {
        buf_add(&text, error_text(cx));
        err_clear(cx);
    }
    const struct feel_type *type = feel_type_of_value(cx->arena, &got);
    const rc read = tck_value(cx, node->value, type, &expected);
    if (read != RC_OK) {
        buf_add(&wanted, error_text(cx));
        err_clear(cx);
        expected = feel_boolean(true);
    }
    if (expected.kind != FEEL_NULL) o->valued = true;
    if (r == RC_OK && read == RC_OK && tck_equal(&got, &expected)) return;
    if (!o->good) return;
    o->good = false;
    if (r == RC_OK) feel_value_write(&text, &got);
    if (read == RC_OK) feel_value_write(&wanted, &expected);
    if (str_eq(buf_str(&text), buf_str(&wanted))) { /* "2020-01-01" may be two things */
        buf_printf(&text, " (%s)", show_kind(&got));
        buf_printf(&wanted, " (%s)", show_kind(&expected));
    }
    o->first = (struct failure){.node = c->results.len > 1 ? node->name : (str){0},
                                .got = buf_str(&text),
                                .expected = buf_str(&wanted),
                                .warnings = warnings_text(cx, &explain)};
}

static void report(struct runner *t, const struct group *g, const struct tck_case *c,
                   const struct failure *from)
{
    struct arena *a = t->cx->arena;
    struct failure *f = vec_add(a, &t->failures);
    f->name = arena_printf(a, STR_FMT "/" STR_FMT, STR_ARG(g->name), STR_ARG(c->id));
    f->node = arena_dup(a, from->node);
    f->got = arena_dup(a, from->got);
    f->expected = arena_dup(a, from->expected);
    f->warnings = arena_dup(a, from->warnings);
    if (t->json) return;
    printf(STR_FMT ": got " STR_FMT ", expected " STR_FMT, STR_ARG(f->name), STR_ARG(f->got),
           STR_ARG(f->expected));
    if (f->node.len) printf(" (" STR_FMT ")", STR_ARG(f->node));
    putchar('\n');
    if (t->explain) print(stdout, f->warnings);
}

static void run_case(struct runner *t, struct group *g, const struct tck_case *c,
                     struct arena *scratch)
{
    struct outcome o = {.good = true};
    arena_reset(scratch);
    for (size_t i = 0; i < c->results.len; i++) {
        struct cx cx = {.arena = scratch,
                        .lang = t->cx->lang,
                        .now_us = os_now_us(),
                        .deadline_us = os_monotonic_us() + (int64_t)CASE_SECONDS * US_PER_SECOND};
        check_node(&cx, g, c, &c->results.at[i], &o);
    }
    if (!o.good) report(t, g, c, &o.first);
    t->level->passed += o.good;
    t->level->failed += !o.good;
    t->level->valued += o.valued;
    t->level->valued_passed += o.good && o.valued;
}

/* ---- a file of cases, a level, all ---- */

static rc run_file(struct runner *t, struct group *g, str name)
{
    struct arena scratch;
    const str path = path_join(g->cx.arena, g->folder, name);
    str text;
    rc r = file_read(&g->cx, path, TCK_BYTES_MAX, &text);
    if (r == RC_OK) r = tck_read(&g->cx, text, &g->file);
    if (r != RC_OK) { /* a broken test file ends the run: what it holds cannot be counted */
        err_source(&g->cx, path);
        return err_copy(t->cx, &g->cx.err);
    }
    if (tck_compile(&g->cx, g->folder, g->file.model, &g->model) != RC_OK) g->model = NULL;
    arena_init(&scratch, CASE_BYTES);
    for (size_t i = 0; i < g->file.cases.len; i++)
        run_case(t, g, &g->file.cases.at[i], &scratch);
    arena_done(&scratch);
    return RC_OK;
}

static rc run_group(struct runner *t, str folder, str name)
{
    struct arena arena;
    struct names names = {0};
    rc r = file_list(t->cx, folder, &names);
    for (size_t i = 0; i < names.len && r == RC_OK; i++) {
        if (str_index(names.at[i], STR("-test-")) == SIZE_MAX ||
            !str_ends(names.at[i], STR(".xml")))
            continue;
        arena_init(&arena, GROUP_BYTES);
        struct group g = {.cx = {.arena = &arena, .lang = t->cx->lang, .now_us = os_now_us()},
                          .name = name,
                          .folder = folder};
        r = run_file(t, &g, names.at[i]);
        arena_done(&arena);
        t->level->groups++;
    }
    return r;
}

static rc run_level(struct runner *t, struct level *level)
{
    struct arena *a = t->cx->arena;
    const str folder = path_join(a, t->base, str_from(level->name));
    struct names names = {0};
    t->level = level;
    if (!file_exists(t->cx, folder)) return RC_OK;
    rc r = file_list(t->cx, folder, &names);
    for (size_t i = 0; i < names.len && r == RC_OK; i++) {
        str name = names.at[i];
        if (!str_ends(name, STR("/"))) continue;
        name = str_slice(name, 0, name.len - 1);
        if (t->group.len && !str_starts(name, t->group)) continue;
        r = run_group(t, path_join(a, folder, name), name);
    }
    return r;
}

static void tell_level(const struct level *l)
{
    printf("%s: %" PRId64 " passed, %" PRId64 " failed of %" PRId64 " groups; %" PRId64
           " of %" PRId64 " cases that expect a value%s\n",
           l->name, l->passed, l->failed, l->groups, l->valued_passed, l->valued,
           l->scored ? "" : " (not scored)");
}

static void tell_json(struct runner *t, const struct level *level, size_t count)
{
    struct buf out = {.arena = t->cx->arena};
    struct jw w = {.out = &out};
    jw_object(&w);
    jw_key(&w, STR("levels"));
    jw_array(&w);
    for (size_t i = 0; i < count; i++) {
        jw_object(&w);
        jw_kstr(&w, "name", str_from(level[i].name));
        jw_kbool(&w, "scored", level[i].scored);
        jw_ki64(&w, "groups", level[i].groups);
        jw_ki64(&w, "passed", level[i].passed);
        jw_ki64(&w, "failed", level[i].failed);
        jw_ki64(&w, "valued", level[i].valued);
        jw_ki64(&w, "valuedPassed", level[i].valued_passed);
        jw_end(&w, '}');
    }
    jw_end(&w, ']');
    jw_key(&w, STR("failures"));
    jw_array(&w);
    for (size_t i = 0; i < t->failures.len; i++) {
        const struct failure *f = &t->failures.at[i];
        jw_object(&w);
        jw_kstr(&w, "case", f->name);
        if (f->node.len) jw_kstr(&w, "node", f->node);
        jw_kstr(&w, "got", f->got);
        jw_kstr(&w, "expected", f->expected);
        jw_kstr(&w, "warnings", f->warnings);
        jw_end(&w, '}');
    }
    jw_end(&w, ']');
    jw_end(&w, '}');
    print(stdout, buf_str(&out));
    putchar('\n');
}

/* DIR holds the levels, or a folder TestCases that does. */
static str base_of(struct cx *cx, str folder, const struct level *level, size_t count)
{
    const str inner = path_join(cx->arena, folder, STR("TestCases"));
    for (size_t i = 0; i < count; i++)
        if (file_exists(cx, path_join(cx->arena, inner, str_from(level[i].name)))) return inner;
    return folder;
}

int verb_tck(struct args *a)
{
    struct level level[] = {{.name = "compliance-level-2", .scored = true},
                            {.name = "compliance-level-3", .scored = true},
                            {.name = "non-compliant"}};
    struct runner t = {.cx = a->cx,
                       .base = base_of(a->cx, a->positional[0], level, COUNTOF(level)),
                       .group = arg(a, "group"),
                       .json = arg_given(a, "json"),
                       .explain = arg_given(a, "explain")};
    int64_t passed = 0, failed = 0, groups = 0;
    rc r = RC_OK;
    for (size_t i = 0; i < COUNTOF(level) && r == RC_OK; i++) {
        r = run_level(&t, &level[i]);
        groups += level[i].groups;
        if (level[i].scored) passed += level[i].passed;
        if (level[i].scored) failed += level[i].failed;
    }
    if (r == RC_OK && !groups)
        r = err_set(a->cx, RC_MISSING, "tck.empty",
                    "“" STR_FMT "”下没有测试用例：应有 compliance-level-2 等文件夹",
                    "no test cases below \"" STR_FMT
                    "\": expected compliance-level-2/GROUP/GROUP-test-01.xml and the like",
                    STR_ARG(a->positional[0]));
    if (r != RC_OK) return fail(a->cx);
    for (size_t i = 0; i < COUNTOF(level) && !t.json; i++)
        if (level[i].groups) tell_level(&level[i]);
    if (t.json)
        tell_json(&t, level, COUNTOF(level));
    else
        printf("%" PRId64 " passed, %" PRId64 " failed\n", passed, failed);
    return failed ? EXIT_BROKEN : EXIT_OK;
}
