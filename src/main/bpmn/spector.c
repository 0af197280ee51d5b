/* bpmnspector.json: files to accept or to refuse by the rules, models that are sound or not. */
#include "bpmn/check.h"
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

/* The suite's name for it; NULL: the suite does not look at it. */
static const char *name_of(enum bpmn_unsound_kind kind)
{
    if (kind == BPMN_DEADLOCK || kind == BPMN_JOIN_NEVER) return "Deadlock";
    return kind == BPMN_UNSYNCHRONISED ? "LackOfSync" : NULL;
}

static bool is_said(const struct bpmn_unsound_list *list, str violation)
{
    for (int i = 0; i < list->count; i++) {
        const char *name = name_of(list->at[i].kind);
        if (name && str_eq(violation, str_from(name))) return true;
    }
    return false;
}

/* Every kind of fault it must have is found, and none when it has none. */
static bool judge_sound(const struct json *t, const struct bpmn_unsound_list *list, struct buf *got)
{
    const struct json *violations = json_find(t, STR("violations"));
    bool good = true;
    for (int i = 0; i < list->count; i++) {
        const struct bpmn_unsound *u = &list->at[i];
        const char *name = name_of(u->kind);
        if (!name) continue;
        buf_printf(got, "%s%s at " STR_FMT " (" STR_FMT ")", got->len ? "; " : "", name,
                   STR_ARG(u->node->id), STR_ARG(u->path));
    }
    for (const struct json *v = violations ? violations->child : NULL; v; v = v->next)
        good = good && is_said(list, v->text);
    good = good && (got->len == 0) == json_is(json_find(t, STR("sound")), JSON_TRUE);
    if (!got->len) buf_add(got, STR("sound"));
    return good;
}

static bool expects_deadlock(const struct json *t)
{
    const struct json *v = json_find(t, STR("violations"));
    return v && v->count == 1 && str_eq(v->child->text, STR("Deadlock"));
}

static rc run_sound(struct suite *s, const struct json *t)
{
    str file, xml;
    rc r = suite_text(s->cx, t, "file", &file);
    if (r != RC_OK || !suite_wants(s, "bpmnspector", file)) return r;
    struct world w;
    world_init(&w, s->cx->lang);
    const struct bpmn_load how = {.variables = feel_scope_new(&w.life), .open = true};
    struct bpmn_unsound_list list = {0};
    struct buf got = {.arena = &w.life}, expected = {.arena = &w.life};
    bool good = false;
    rc read = suite_file(s, &w.cx, file, &xml);
    if (read == RC_OK) read = bpmn_load(&w.cx, xml, file, &how, &w.model);
    if (read == RC_OK) {
        bpmn_soundness(&w.cx, w.model, &list);
        good = judge_sound(t, &list, &got);
    } else { /* a join that no run completes refuses the model: so it is said */
        good = str_eq(str_from(w.cx.err.slug), STR("bpmn.join-never")) && expects_deadlock(t);
        buf_add(&got, suite_error(&w.life, &w.cx.err));
    }
    json_write(&expected, json_find(t, STR("violations")));
    const struct suite_line line = {
        .test = file, .got = buf_str(&got), .expected = buf_str(&expected)};
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
