/* Tests of the rules of the standard: small models of our own that break one each, and the files of
 * others that must be accepted or refused, where they are at hand. */
#include <stdlib.h>

#include "base/file.h"
#include "base/json.h"
#include "base/test.h"
#include "bpmn/check.h"
#include "feel/feel.h"

#define HEAD                                                                                       \
    "<definitions xmlns='http://www.omg.org/spec/BPMN/20100524/MODEL' id='defs'"                   \
    " xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance' targetNamespace='urn:test'>\n"

struct checked {
    struct fixture f;
    struct findings *list;
    rc result;
};

static void check_open(struct checked *c, str xml, const struct bpmn_files *files)
{
    fixture_init(&c->f, 64 << 20);
    c->list = calloc(1, sizeof *c->list);
    c->f.cx.lang = LANG_EN;
    c->f.cx.findings = c->list;
    c->result = bpmn_check_file(&c->f.cx, xml, STR("p.bpmn"), files);
    if (c->result != RC_OK && !c->list->count) (void)err_collect(&c->f.cx);
    assert_int_equal(c->result == RC_OK, c->list->count == 0);
}

static void check_close(struct checked *c)
{
    free(c->list);
    fixture_done(&c->f);
}

static bool tells(const struct checked *c, str rule, str id)
{
    for (size_t i = 0; i < c->list->count; i++) {
        const struct err *e = &c->list->item[i];
        if (str_index(e->detail, rule) != SIZE_MAX && (!id.len || str_eq(e->field, id)))
            return true;
    }
    return false;
}

static str first_of(const struct checked *c)
{
    return c->list->count ? c->list->item[0].detail : STR("nothing");
}

/* ---- testdata/rules.txt ---- */

static void expect_case(str expected, str inside, str outside)
{
    struct checked c;
    struct arena a;
    arena_init(&a, 1 << 20);
    str id, rule = str_cut(expected, ',', &id);
    str xml = arena_printf(&a,
                           HEAD STR_FMT "<process id='p' isExecutable='true'>\n" STR_FMT
                                        "</process>\n</definitions>",
                           STR_ARG(outside), STR_ARG(inside));
    check_open(&c, xml, NULL);
    bool none = str_eq(rule, STR("none"));
    if (none ? c.result != RC_OK : !tells(&c, rule, str_trim(id)))
        fail_msg("expected " STR_FMT ", got " STR_FMT "\n" STR_FMT, STR_ARG(expected),
                 STR_ARG(first_of(&c)), STR_ARG(xml));
    check_close(&c);
    arena_done(&a);
}

static void add_line(struct buf *b, str line)
{
    str to;
    if (!str_starts(line, STR("F "))) {
        buf_printf(b, STR_FMT "\n", STR_ARG(line));
        return;
    }
    str from = str_cut(str_slice(line, 2, line.len), ' ', &to);
    buf_printf(b,
               "<sequenceFlow id='" STR_FMT "_" STR_FMT "' sourceRef='" STR_FMT
               "' targetRef='" STR_FMT "'/>\n",
               STR_ARG(from), STR_ARG(to), STR_ARG(from), STR_ARG(to));
}

static void test_each_rule_is_told(void **state)
{
    (void)state;
    struct fixture f;
    fixture_init(&f, 16 << 20);
    str text, expected = {0};
    assert_int_equal(
        file_read(&f.cx, STR(SOURCE_ROOT "/src/bpmn/test/testdata/rules.txt"), 1 << 20, &text),
        RC_OK);
    struct buf inside = {.arena = &f.arena}, outside = {.arena = &f.arena}, *at = &inside;
    int cases = 0;
    for (str rest = text; rest.len;) {
        str line = str_cut(rest, '\n', &rest);
        if (str_starts(line, STR("#"))) continue;
        if (str_eq(line, STR("--"))) {
            at = &outside;
        } else if (str_starts(line, STR("== "))) {
            if (expected.len) expect_case(expected, buf_str(&inside), buf_str(&outside));
            cases++;
            expected = str_slice(line, 3, line.len);
            inside.len = outside.len = 0;
            at = &inside;
        } else {
            add_line(at, line);
        }
    }
    expect_case(expected, buf_str(&inside), buf_str(&outside));
    assert_true(cases > 60);
    fixture_done(&f);
}

/* Files without a process, and what is no BPMN. */
static void test_whole_files(void **state)
{
    (void)state;
    struct checked c;
    check_open(&c,
               STR(HEAD "<collaboration id='c'><participant id='a'/><participant id='b'/>"
                        "<messageFlow id='m' sourceRef='a' targetRef='b'/></collaboration>"
                        "</definitions>"),
               NULL);
    assert_int_equal(c.result, RC_OK);
    check_close(&c);
    check_open(&c, STR("<html/>"), NULL);
    assert_string_equal(c.list->item[0].slug, "bpmn.not-bpmn");
    check_close(&c);
    check_open(&c, STR(HEAD "<process"), NULL);
    assert_string_equal(c.list->item[0].slug, "xml.malformed");
    check_close(&c);
}

static void test_memory_is_bounded(void **state)
{
    (void)state;
    struct fixture f, small;
    fixture_init(&f, 64 << 20);
    fixture_init(&small, 128 << 10);
    struct buf xml = {.arena = &f.arena};
    buf_add(&xml, STR(HEAD "<process id='p'>"));
    for (int i = 0; i < 3000; i++)
        buf_printf(&xml, "<userTask id='t%d' colour='red'/>", i);
    buf_add(&xml, STR("</process></definitions>"));
    assert_int_equal(bpmn_check_file(&small.cx, buf_str(&xml), STR("p"), NULL), RC_LIMIT);
    struct findings *list = calloc(1, sizeof *list);
    f.cx.findings = list;
    assert_int_equal(bpmn_check_file(&f.cx, buf_str(&xml), STR("p"), NULL), RC_INVALID);
    assert_int_equal(list->count, FINDINGS_MAX);
    free(list);
    fixture_done(&small);
    fixture_done(&f);
}

static rc read_one(void *owner, struct cx *cx, str location, str *xml)
{
    (void)cx;
    if (str_eq(location, STR("other.bpmn"))) *xml = str_from(owner);
    return RC_OK;
}

static void expect_import(const char *space, const char *location, char *other, const char *rule)
{
    struct checked c;
    struct arena a;
    arena_init(&a, 1 << 20);
    struct bpmn_files files = {.read = read_one, .owner = other};
    str xml = arena_printf(&a,
                           HEAD
                           "<import namespace='%s' location='%s' importType="
                           "'http://www.omg.org/spec/BPMN/20100524/MODEL'/>"
                           "<process id='p'/></definitions>",
                           space, location);
    check_open(&c, xml, &files);
    if (rule ? !tells(&c, str_from(rule), (str){0}) : c.result != RC_OK)
        fail_msg("%s, %s: " STR_FMT, space, location, STR_ARG(first_of(&c)));
    check_close(&c);
    arena_done(&a);
}

static void test_imports(void **state)
{
    (void)state;
    static char same[] = HEAD "<process id='p'/></definitions>";
    static char apart[] = HEAD "<process id='q'/></definitions>";
    static char none[] = "<html/>";
    expect_import("urn:test", "other.bpmn", same, "EXT.002");
    expect_import("urn:test", "other.bpmn", apart, NULL);
    expect_import("urn:else", "other.bpmn", apart, "EXT.001");
    expect_import("urn:test", "other.bpmn", none, "EXT.001");
    expect_import("urn:else", "lost.bpmn", apart, NULL);
    expect_import("urn:test", "http://example.org/a.bpmn", apart, "EXT.002");
    expect_import("urn:else", "http://example.org/a.bpmn", apart, NULL);
}

/* ---- as part of loading ---- */

static const char odd[] = HEAD
    "<process id='p' isExecutable='true'><startEvent id='s'/><exclusiveGateway id='x' default='f'/>"
    "<task id='t'/><task id='u'/><endEvent id='e'/>"
    "<sequenceFlow id='a' sourceRef='s' targetRef='x'/>"
    "<sequenceFlow id='b' sourceRef='x' targetRef='t'>"
    "<conditionExpression>1 = 2</conditionExpression></sequenceFlow>"
    "<sequenceFlow id='f' sourceRef='x' targetRef='u'/>"
    "<sequenceFlow id='c' sourceRef='t' targetRef='e'>"
    "<conditionExpression>1 = 1</conditionExpression></sequenceFlow>"
    "<sequenceFlow id='d' sourceRef='u' targetRef='e'/></process></definitions>";

static rc load(struct fixture *f, const char *xml, bool strict, const struct bpmn_model **m)
{
    struct bpmn_load how = {.variables = feel_scope_new(&f->arena), .strict = strict};
    return bpmn_load(&f->cx, str_from(xml), STR("p.bpmn"), &how, m);
}

/* Loading warns of what cannot run as it is drawn; loaded strictly that refuses.  What is only of form
 * is for whole files. */
static void test_strict_or_not(void **state)
{
    (void)state;
    struct checked c;
    struct fixture f;
    const struct bpmn_model *m = NULL;
    struct findings *list = calloc(1, sizeof *list);
    fixture_init(&f, 64 << 20);
    f.cx.findings = list;
    assert_int_equal(load(&f, odd, false, &m), RC_OK);
    assert_int_equal(m->warning_count, 1);
    assert_string_equal(m->warning[0].slug, "bpmn.flow-rule");
    assert_str(m->warning[0].field, "c");
    assert_int_equal(list->count, 0);
    err_clear(&f.cx);
    f.cx.lang = LANG_ZH;
    assert_int_equal(load(&f, odd, true, &m), RC_INVALID);
    assert_int_equal(list->count, 1);
    assert_true(str_index(list->item[0].detail, STR("规则 EXT.025")) != SIZE_MAX);
    assert_true(list->item[0].pos.line > 0);
    check_open(&c, str_from(odd), NULL);
    assert_true(tells(&c, STR("EXT.025"), STR("c")));
    assert_true(tells(&c, STR("EXT.012"), STR("b")));
    check_close(&c);
    free(list);
    fixture_done(&f);
}

/* ---- files of others, where they are at hand ---- */

#define OTHERS SOURCE_ROOT "/../shared/bpmn/"

static const struct json *others(struct fixture *f, const char *name)
{
    str text;
    const struct json *root = NULL;
    str path = arena_printf(&f->arena, OTHERS "%s", name);
    if (!file_exists(&f->cx, path)) return NULL;
    assert_int_equal(file_read(&f->cx, path, 8 << 20, &text), RC_OK);
    assert_int_equal(json_parse(&f->cx, text, &root), RC_OK);
    return root;
}

static void expect_file(struct fixture *f, str name, bool valid, str constraint)
{
    struct checked c;
    str text, path = arena_printf(&f->arena, OTHERS STR_FMT, STR_ARG(name));
    assert_int_equal(file_read(&f->cx, path, 8 << 20, &text), RC_OK);
    check_open(&c, text, NULL);
    if ((c.result == RC_OK) != valid)
        fail_msg(STR_FMT ": " STR_FMT, STR_ARG(name), STR_ARG(first_of(&c)));
    if (!valid && str_starts(constraint, STR("EXT")) && !str_eq(constraint, STR("EXT002"))) {
        str rule = arena_printf(&f->arena, "EXT." STR_FMT,
                                STR_ARG(str_slice(constraint, 3, constraint.len)));
        if (!tells(&c, rule, (str){0}))
            fail_msg(STR_FMT " should break " STR_FMT ": " STR_FMT, STR_ARG(name), STR_ARG(rule),
                     STR_ARG(first_of(&c)));
    }
    check_close(&c);
}

static void test_files_of_others(void **state)
{
    (void)state;
    struct fixture f;
    fixture_init(&f, 256 << 20);
    const struct json *spector = others(&f, "bpmnspector.json"), *betsy = others(&f, "betsy.json");
    int files = 0;
    if (!spector || !betsy) {
        fixture_done(&f);
        skip();
    }
    for (const struct json *t = json_find(spector, STR("static"))->child; t; t = t->next, files++)
        expect_file(&f, json_text(t, STR("file")), json_is(json_find(t, STR("valid")), JSON_TRUE),
                    json_text(t, STR("constraint")));
    for (const struct json *t = json_find(betsy, STR("deployment_must_fail"))->child; t;
         t = t->next, files++)
        expect_file(&f, json_text(t, STR("file")), false, json_text(t, STR("constraint")));
    print_message("%d files\n", files);
    fixture_done(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_rule_is_told), cmocka_unit_test(test_whole_files),
        cmocka_unit_test(test_memory_is_bounded), cmocka_unit_test(test_imports),
        cmocka_unit_test(test_strict_or_not),     cmocka_unit_test(test_files_of_others),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
