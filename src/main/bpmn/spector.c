/* bpmnspector.json: files to accept or to refuse by the rules, models that are sound or not. */
#include "main/bpmn/refuse.h"

static rc run_static(struct suite *s, const struct json *t)
{
    struct refuse_test test = {.constraint = json_text(t, STR("constraint")),
                               .is_valid = json_is(json_find(t, STR("valid")), JSON_TRUE)};
    rc r = suite_text(s->cx, t, "file", &test.file);
    test.name = test.file;
    if (r != RC_OK ||
        !(suite_wants(s, "bpmnspector", test.file) || str_eq(s->only, test.constraint)))
        return r;
    return refuse_run(s, &test);
}

/* ---- soundness ---- */

static bool says(const struct err *e, const char *word)
{
    return e->slug && str_index(str_from(e->slug), str_from(word)) != SIZE_MAX;
}

/* The slug's word for what the set calls it. */
static const char *word_of(str violation)
{
    return str_eq(violation, STR("Deadlock")) ? "deadlock" : "lack-of-sync";
}

static bool is_said(const struct err *at, size_t count, const char *word)
{
    for (size_t i = 0; i < count; i++)
        if (says(&at[i], word)) return true;
    return false;
}

/* Every kind of fault it must have is found, and none when it has none. */
static void judge_sound(const struct json *t, const struct err *at, size_t count, struct buf *got,
                        bool *good)
{
    const struct json *list = json_find(t, STR("violations"));
    const bool sound = json_is(json_find(t, STR("sound")), JSON_TRUE);
    const char *const words[] = {"deadlock", "lack-of-sync"};
    for (size_t i = 0; i < count; i++)
        if (says(&at[i], words[0]) || says(&at[i], words[1]))
            buf_printf(got, "%s" STR_FMT " (%s)", got->len ? "; " : "", STR_ARG(at[i].detail),
                       at[i].slug);
    *good = (got->len == 0) == sound;
    for (const struct json *v = list ? list->child : NULL; v; v = v->next)
        *good = *good && is_said(at, count, word_of(v->text));
    if (!got->len) buf_add(got, STR("sound"));
}

static rc run_sound(struct suite *s, const struct json *t)
{
    struct suite_line line = {0};
    str file, xml;
    rc r = suite_text(s->cx, t, "file", &file);
    if (r != RC_OK || !suite_wants(s, "bpmnspector", file)) return r;
    struct world w;
    world_init(&w, s->cx->lang);
    struct cx *cx = &w.cx;
    cx->findings = NEW(&w.life, struct findings);
    const struct bpmn_load how = {.variables = feel_scope_new(&w.life), .open = true};
    struct buf got = {.arena = &w.life}, expected = {.arena = &w.life};
    bool good = false;
    rc read = suite_file(s, cx, file, &xml);
    if (read == RC_OK) read = bpmn_load(cx, xml, file, &how, &w.model);
    if (read == RC_OK)
        judge_sound(t, w.model->warning, (size_t)w.model->warning_count, &got, &good);
    else if (cx->findings->count)
        judge_sound(t, cx->findings->item, cx->findings->count, &got, &good);
    if (read != RC_OK && !good) buf_add(&got, suite_error(&w.life, &cx->err));
    json_write(&expected, json_find(t, STR("violations")));
    line = (struct suite_line){.test = file, .got = buf_str(&got), .expected = buf_str(&expected)};
    suite_tell(s, &line, good);
    world_close(&w);
    return RC_OK;
}

rc spector_run(struct suite *s, const struct json *tests)
{
    rc r = RC_OK;
    const struct json *list = json_find(tests, STR("static"));
    for (const struct json *t = list ? list->child : NULL; t && r == RC_OK; t = t->next)
        r = run_static(s, t);
    list = json_find(tests, STR("soundness_deadlock_lack_of_sync"));
    for (const struct json *t = list ? list->child : NULL; t && r == RC_OK; t = t->next)
        r = run_sound(s, t);
    return r;
}
