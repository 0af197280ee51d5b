/* DMN files of an app: compiled at load, called from FEEL, asked by processes; every fault has a place. */
#include "app/test.h"

#define DMN_HEAD                                                                                   \
    "<definitions xmlns=\"https://www.omg.org/spec/DMN/20191111/MODEL/\" id=\"d\" name=\"d\" "     \
    "namespace=\"urn:d\">\n"
#define DMN_INPUTS                                                                                      \
    "<inputData id=\"i1\" name=\"天数\"><variable name=\"天数\" typeRef=\"number\"/></inputData>\n" \
    "<inputData id=\"i2\" name=\"急\"><variable name=\"急\" typeRef=\"boolean\"/></inputData>\n"
#define DMN_NEEDS                                                                                  \
    "<informationRequirement><requiredInput href=\"#i1\"/></informationRequirement>\n"             \
    "<informationRequirement><requiredInput href=\"#i2\"/></informationRequirement>\n"
#define RULE(days, urgent, out)                                                                    \
    "<rule><inputEntry><text>" days "</text></inputEntry><inputEntry><text>" urgent                \
    "</text></inputEntry><outputEntry><text>" out "</text></outputEntry></rule>\n"
#define TABLE(rules)                                                                                              \
    DMN_HEAD DMN_INPUTS                                                                                           \
        "<decision id=\"grade\" name=\"督办 等级\"><variable name=\"督办 等级\" typeRef=\"string\"/>\n" DMN_NEEDS \
        "<decisionTable id=\"t\" hitPolicy=\"UNIQUE\">\n"                                                         \
        "<input><inputExpression typeRef=\"number\"><text>天数</text></inputExpression></input>\n"              \
        "<input><inputExpression typeRef=\"boolean\"><text>急</text></inputExpression></input>\n"                \
        "<output name=\"等级\" typeRef=\"string\"/>\n" rules                                                      \
        "</decisionTable></decision></definitions>\n"

static const char sound[] = TABLE(RULE("&lt;= 7", "false", "\"blue\"") RULE(
    "&lt;= 7", "true", "\"yellow\"") RULE("&gt; 7", "-", "\"red\""));
static const char gappy[] = TABLE(RULE("&lt; 7", "-", "\"blue\"") RULE("&gt; 7", "-", "\"red\""));

static void load_with(struct apps *a, const char *yaml, const char *dmn)
{
    apps_write(a, "a/app.yaml", str_from(yaml));
    if (dmn) apps_write(a, "a/grade.dmn", str_from(dmn));
    apps_load(a);
}

static bool said(struct apps *a, const char *text)
{
    if (str_index(apps_findings(a), str_from(text)) != SIZE_MAX) return true;
    print_message("%.*s\n", STR_ARG(apps_findings(a)));
    return false;
}

#define TYPES "app: a\ntypes:\n  t:\n    fields:\n      n: integer\n      u: boolean\n"

/* What the derived field says for these values. */
static str derived(struct apps *a, int64_t days, bool urgent)
{
    const struct app_type *t = catalogue_type(a->c, STR("a.t"));
    const struct app_field *f = app_field_find(t, STR("g"));
    struct feel_value slot[4] = {feel_int(days), feel_boolean(urgent)}, v;
    struct feel_run run = {.cx = &a->f.cx, .slot = slot};
    assert_non_null(f->derive);
    assert_int_equal(feel_eval(&run, f->derive, &v), RC_OK);
    return feel_str(&v);
}

static void test_called(void **state)
{
    (void)state;
    const char *const yaml[] = {
        TYPES "      g: {type: text, derive: 'a.督办 等级(n, u)'}\n",
        TYPES "      g: {type: text, derive: '督办 等级(急: u, 天数: n)'}\n",
        TYPES
        "      g: {type: text, derive: 'if 督办 等级(n, u) = \"red\" then \"red\" else 督办 "
        "等级(n, u)'}\n    rules:\n      - {check: '督办 等级(n, u) != \"none\"'}\n"};
    for (size_t i = 0; i < COUNTOF(yaml); i++) {
        struct apps a;
        apps_init(&a);
        load_with(&a, yaml[i], sound);
        assert_str(apps_findings(&a), "");
        assert_int_equal(a.result, RC_OK);
        assert_int_equal(a.c->note_count, 0);
        assert_str(derived(&a, 3, false), "blue");
        assert_str(derived(&a, 3, true), "yellow");
        assert_str(derived(&a, 30, true), "red");
        apps_done(&a);
    }
}

static void test_catalogue(void **state)
{
    (void)state;
    struct apps a;
    apps_init(&a);
    load_with(&a, TYPES, sound);
    const struct app_decision *d = catalogue_decision(a.c, STR("a.督办 等级"));
    assert_non_null(d);
    assert_ptr_equal(d, catalogue_decision(a.c, STR("a.grade")));
    assert_null(catalogue_decision(a.c, STR("b.grade")));
    assert_int_equal(d->input_count, 2);
    assert_str(d->input[0].name, "天数");
    assert_int_equal(d->file->hash.len, 64);
    assert_str(catalogue_decision_near(a.c, &a.f.arena, STR("a.督办等级")), "a.督办 等级");
    apps_done(&a);
}

/* Gaps are notes: they are said and refuse nothing. */
static void test_notes(void **state)
{
    (void)state;
    struct apps a;
    apps_init(&a);
    load_with(&a, TYPES, gappy);
    assert_int_equal(a.result, RC_OK);
    assert_int_equal(a.c->note_count, 1);
    assert_string_equal(a.c->note[0].slug, "app.decision-gap");
    assert_true(str_index(a.c->note[0].detail, STR("7")) != SIZE_MAX);
    assert_true(a.c->note[0].pos.line > 0);
    apps_done(&a);
}

/* So is what could not be looked at. */
static void test_unchecked(void **state)
{
    static const char asks_more[] = TABLE(RULE("&lt; 7", "-", "\"blue\"") RULE(
        "&gt;= 7", "-", "\"red\"") RULE("? * ? = 49", "true", "\"red\""));
    (void)state;
    struct apps a;
    apps_init(&a);
    load_with(&a, TYPES, asks_more);
    assert_int_equal(a.result, RC_OK);
    assert_int_equal(a.c->note_count, 1);
    assert_string_equal(a.c->note[0].slug, "app.decision-unchecked");
    assert_true(str_index(a.c->note[0].detail, STR("3")) != SIZE_MAX);
    assert_int_equal(a.c->decision_file[0].findings.len, 0);
    apps_done(&a);
}

/* A value that is not of its declared type refuses the declarations, and says where. */
static void test_types(void **state)
{
    static const char wrong[] = TABLE(RULE("&lt; 7", "-", "\"blue\"") RULE("&gt;= 7", "-", "7"));
    (void)state;
    struct apps a;
    apps_init(&a);
    load_with(&a, TYPES, wrong);
    assert_true(said(&a, "a/grade.dmn:"));
    assert_true(said(&a, "rule 2, output 1: the expression is of type number, declared is string"));
    apps_done(&a);
}

static void test_faults(void **state)
{
    (void)state;
    static const struct {
        const char *yaml, *dmn, *said;
    } broken[] = {
        {TYPES, "<definitions>\n<x\n", "a/grade.dmn:"},
        {TYPES, TABLE(RULE("&lt; 7", "-", "天树 + 1")), "a/grade.dmn:"},
        {TYPES "      g: {type: text, derive: '督办 等级(\"x\", u)'}\n", sound,
         "a/app.yaml:7:38: "},
        {TYPES "      g: {type: text, derive: '督办 等级(n, u, 1)'}\n", sound, "a/app.yaml:7:"},
        {TYPES "      g: {type: text, derive: '督办 等级(n)'}\n", sound, "天数, 急"},
        {TYPES "      g: {type: number, derive: '督办 等级(n, u)'}\n", sound, "expected number"},
        {TYPES "      g: {type: text, derive: '督办 等及(n, u)'}\n", sound, "a/app.yaml:7:"},
    };
    for (size_t i = 0; i < COUNTOF(broken); i++) {
        struct apps a;
        apps_init(&a);
        load_with(&a, broken[i].yaml, broken[i].dmn);
        assert_int_equal(a.result, RC_INVALID);
        assert_true(said(&a, broken[i].said));
        apps_done(&a);
    }
}

static void test_twice(void **state)
{
    (void)state;
    struct apps a;
    apps_init(&a);
    apps_write(&a, "a/other.dmn", str_from(sound));
    load_with(&a, TYPES, sound);
    assert_int_equal(a.result, RC_INVALID);
    assert_true(said(&a, "a/other.dmn:1:1: decision a.督办 等级 is already in a/grade.dmn"));
    apps_done(&a);
}

/* A file may import another of its folder, and nothing else. */
static void test_import(void **state)
{
    (void)state;
    static const char *const location[] = {"grade.dmn", "../a/grade.dmn", "/etc/passwd",
                                           "none.dmn"};
    for (size_t i = 0; i < COUNTOF(location); i++) {
        struct apps a;
        apps_init(&a);
        apps_write(
            &a, "a/whole.dmn",
            arena_printf(
                &a.f.arena,
                "<definitions xmlns=\"https://www.omg.org/spec/DMN/20191111/MODEL/\" id=\"w\" "
                "name=\"w\" namespace=\"urn:w\">\n"
                "<import name=\"细则\" namespace=\"urn:%s\" locationURI=\"%s\" "
                "importType=\"https://www.omg.org/spec/DMN/20191111/MODEL/\"/>\n"
                "<decision id=\"light\" name=\"灯\"><variable name=\"灯\" typeRef=\"string\"/>\n"
                "<informationRequirement><requiredDecision href=\"urn:%s#grade\"/>"
                "</informationRequirement>\n"
                "<literalExpression><text>upper case(细则.督办 等级)</text></literalExpression>"
                "</decision></definitions>\n",
                i ? "nowhere" : "d", location[i], i ? "nowhere" : "d"));
        load_with(&a, TYPES "      g: {type: text, derive: '灯(n, u)'}\n", sound);
        assert_int_equal(a.result, i ? RC_INVALID : RC_OK);
        if (i)
            assert_true(said(&a, "a/whole.dmn:2:"));
        else
            assert_str(derived(&a, 30, true), "RED");
        apps_done(&a);
    }
}

/* An app uses the decisions of what it needs. */
static void test_needs(void **state)
{
    (void)state;
    static const char b[] =
        "types:\n  s:\n    fields:\n      n: integer\n      u: boolean\n"
        "      g: {type: text, derive: 'a.督办 等级(n, u)'}\n";
    for (int needed = 0; needed < 2; needed++) {
        struct apps a;
        apps_init(&a);
        apps_write(&a, "b/app.yaml",
                   arena_printf(&a.f.arena, "app: b\n%s%s", needed ? "needs: [a]\n" : "", b));
        load_with(&a, TYPES, sound);
        assert_int_equal(a.result, needed ? RC_OK : RC_INVALID);
        apps_done(&a);
    }
}

/* ---- steps of processes ---- */

#define PROCESS(attributes, inside)                                                                \
    "<definitions xmlns=\"http://www.omg.org/spec/BPMN/20100524/MODEL\" "                          \
    "xmlns:bihuan=\"https://bihuan.org/bpmn/1\" "                                                  \
    "xmlns:camunda=\"http://camunda.org/schema/1.0/bpmn\" id=\"x\" targetNamespace=\"urn:x\">\n"   \
    "<process id=\"p\" name=\"P\" isExecutable=\"true\">\n"                                        \
    "<startEvent id=\"s\"><outgoing>f1</outgoing></startEvent>\n"                                  \
    "<businessRuleTask id=\"b\" name=\"B\" " attributes ">" inside                                 \
    "<incoming>f1</incoming><outgoing>f2</outgoing></businessRuleTask>\n"                          \
    "<endEvent id=\"e\"><incoming>f2</incoming></endEvent>\n"                                      \
    "<sequenceFlow id=\"f1\" sourceRef=\"s\" targetRef=\"b\"/>\n"                                  \
    "<sequenceFlow id=\"f2\" sourceRef=\"b\" targetRef=\"e\"/>\n</process></definitions>\n"
#define PARAM(name, value)                                                                         \
    "<extensionElements><bihuan:param name=\"" name "\" value=\"" value "\"/></extensionElements>"
#define MOVED                                                                                           \
    "app: a\ntypes:\n  t:\n    process: p\n    fields:\n"                                               \
    "      n: {type: integer, title: 天数}\n      u: {type: boolean, title: {zh: 急, en: Urgent}}\n" \
    "      g: text\n      k: {type: text, private: health}\n      d: date\n"

static void load_process(struct apps *a, const char *bpmn)
{
    apps_write(a, "a/p.bpmn", str_from(bpmn));
    load_with(a, MOVED, sound);
}

static void test_rule_task(void **state)
{
    (void)state;
    static const char *const process[] = {
        PROCESS("bihuan:decision=\"督办 等级\" bihuan:result=\"g\"", ""),
        PROCESS("camunda:decisionRef=\"grade\" camunda:resultVariable=\"g\"", ""),
        PROCESS("bihuan:decision=\"a.督办 等级\" bihuan:result=\"g\"", PARAM("天数", "n + 1")),
    };
    for (size_t i = 0; i < COUNTOF(process); i++) {
        struct apps a;
        apps_init(&a);
        load_process(&a, process[i]);
        assert_str(apps_findings(&a), "");
        assert_int_equal(a.c->process[0].rule_task_count, 1);
        const struct app_rule_task *t = &a.c->process[0].rule_task[0];
        assert_int_equal(t->source[0], i == 2 ? -1 : 0);
        assert_int_equal(t->source[1], 1);
        assert_int_equal(t->result_count, 1);
        assert_int_equal(t->result[0].field, 2);
        assert_int_equal(t->purpose_count, 0);
        apps_done(&a);
    }
}

/* What was made from a private field is as private. */
static void test_private(void **state)
{
    (void)state;
    struct apps a;
    apps_init(&a);
    load_process(&a, PROCESS("bihuan:decision=\"grade\" bihuan:result=\"g\"",
                             PARAM("天数", "string length(k)")));
    assert_str(apps_findings(&a), "");
    const struct app_rule_task *t = &a.c->process[0].rule_task[0];
    assert_int_equal(t->purpose_count, 1);
    assert_str(t->purpose[0], "health");
    apps_done(&a);
}

static void test_rule_task_faults(void **state)
{
    (void)state;
    static const struct {
        const char *bpmn, *said;
    } broken[] = {
        {PROCESS("bihuan:decision=\"grad\"", ""), "there is no decision \"grad\""},
        {PROCESS("bihuan:decision=\"grade\" bihuan:result=\"h\"", ""),
         "its type has no field \"h\""},
        {PROCESS("bihuan:decision=\"grade\" bihuan:result=\"d\"", ""),
         "the decision's value does not fit the field \"d\""},
        {PROCESS("bihuan:decision=\"grade\"", PARAM("天树", "1")),
         "the decision has no input \"天树\" (did you mean \"天数\"?)"},
        {PROCESS("bihuan:decision=\"grade\"", PARAM("天数", "d")),
         "of another type is the input \"天数\""},
        {PROCESS("bihuan:decision=\"grade\" bihuan:operation=\"set\"", ""),
         "both bihuan:operation and bihuan:decision"},
        {PROCESS("bihuan:decision=\"grade\"",
                 "<extensionElements><bihuan:set field=\"g\" value=\"1\"/></extensionElements>"),
         "goes by bihuan:result"},
        {PROCESS("", ""), "bihuan:operation"},
    };
    for (size_t i = 0; i < COUNTOF(broken); i++) {
        struct apps a;
        apps_init(&a);
        load_process(&a, broken[i].bpmn);
        assert_int_equal(a.result, RC_INVALID);
        assert_true(said(&a, "a/p.bpmn:4:"));
        assert_true(said(&a, broken[i].said));
        apps_done(&a);
    }
}

/* A decision whose inputs the record does not have. */
static void test_input_missing(void **state)
{
    (void)state;
    struct apps a;
    apps_init(&a);
    apps_write(&a, "a/p.bpmn", str_from(PROCESS("bihuan:decision=\"grade\"", "")));
    load_with(&a, "app: a\ntypes:\n  t: {process: p, fields: {n: {type: integer, title: 天数}}}\n",
              sound);
    assert_int_equal(a.result, RC_INVALID);
    assert_true(said(&a, "the decision needs an input that is not given, \"急\""));
    apps_done(&a);
}

int main(void)
{
    const struct CMUnitTest test[] = {
        cmocka_unit_test(test_called),        cmocka_unit_test(test_catalogue),
        cmocka_unit_test(test_notes),         cmocka_unit_test(test_unchecked),
        cmocka_unit_test(test_types),         cmocka_unit_test(test_faults),
        cmocka_unit_test(test_twice),         cmocka_unit_test(test_needs),
        cmocka_unit_test(test_import),        cmocka_unit_test(test_rule_task),
        cmocka_unit_test(test_private),       cmocka_unit_test(test_rule_task_faults),
        cmocka_unit_test(test_input_missing),
    };
    return cmocka_run_group_tests(test, NULL, NULL);
}
