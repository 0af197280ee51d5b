/* Decisions of processes: made, stored, kept, shown to who may see what they were made from. */
#include <stdlib.h>
#include <unistd.h>

#include "base/file.h"
#include "base/test.h"
#include "engine/engine.h"

static const char app[] =
    "app: a\n"
    "types:\n"
    "  patient:\n"
    "    process: intake\n"
    "    fields:\n"
    "      age: {type: integer, title: 年龄, private: health}\n"
    "      level: text\n"
    "      note: {type: text, derive: 'a.分级(age).级'}\n"
    "  visit:\n"
    "    process: visited\n"
    "    fields:\n"
    "      n: {type: integer, title: 年龄}\n"
    "      level: integer\n"
    "roles:\n"
    "  doctor: {\"*\": [all], purposes: [health]}\n"
    "  clerk: {\"*\": read}\n";
static const char dmn[] =
    "<definitions xmlns=\"https://www.omg.org/spec/DMN/20191111/MODEL/\" id=\"d\" name=\"d\" "
    "namespace=\"urn:d\">\n"
    "<inputData id=\"i\" name=\"年龄\"><variable name=\"年龄\" typeRef=\"number\"/></inputData>\n"
    "<decision id=\"grade\" name=\"分级\"><variable name=\"分级\"/>\n"
    "<informationRequirement><requiredInput href=\"#i\"/></informationRequirement>\n"
    "<decisionTable id=\"t\" hitPolicy=\"UNIQUE\">\n"
    "<input><inputExpression typeRef=\"number\"><text>年龄</text></inputExpression></input>\n"
    "<output name=\"级\" typeRef=\"string\"/><output name=\"次\" typeRef=\"number\"/>\n"
    "<rule><inputEntry><text>&lt; 65</text></inputEntry><outputEntry><text>\"常规\"</text></outputEntry>"
    "<outputEntry><text>1</text></outputEntry></rule>\n"
    "<rule><inputEntry><text>&gt;= 65</text></inputEntry><outputEntry><text>\"重点\"</text></outputEntry>"
    "<outputEntry><text>4</text></outputEntry></rule>\n"
    "</decisionTable></decision></definitions>\n";
#define PROCESS(id, result)                                                                        \
    "<definitions xmlns=\"http://www.omg.org/spec/BPMN/20100524/MODEL\" "                          \
    "xmlns:bihuan=\"https://bihuan.org/bpmn/1\" id=\"x\" targetNamespace=\"urn:x\">\n"             \
    "<process id=\"" id                                                                            \
    "\" name=\"P\" isExecutable=\"true\">\n"                                                       \
    "<startEvent id=\"s\"><outgoing>f1</outgoing></startEvent>\n"                                  \
    "<businessRuleTask id=\"b\" name=\"B\" bihuan:decision=\"分级\" bihuan:result=\"" result       \
    "\"><incoming>f1</incoming><outgoing>f2</outgoing></businessRuleTask>\n"                       \
    "<endEvent id=\"e\"><incoming>f2</incoming></endEvent>\n"                                      \
    "<sequenceFlow id=\"f1\" sourceRef=\"s\" targetRef=\"b\"/>\n"                                  \
    "<sequenceFlow id=\"f2\" sourceRef=\"b\" targetRef=\"e\"/>\n</process></definitions>\n"

static const struct {
    const char *name, *text;
} files[] = {{"app.yaml", app},
             {"grade.dmn", dmn},
             {"intake.bpmn", PROCESS("intake", "level:级")},
             {"visited.bpmn", PROCESS("visited", "level:次")}};

struct town {
    struct fixture f;
    char folder[64];
    const struct catalogue *c;
    struct engine *e;
};

static int town_set_up(void **state)
{
    struct town *t = calloc(1, sizeof *t);
    fixture_init(&t->f, 256 << 20);
    struct cx *cx = &t->f.cx;
    (void)snprintf(t->folder, sizeof t->folder, "/tmp/bihuan-town-XXXXXX");
    assert_non_null(mkdtemp(t->folder));
    for (size_t i = 0; i < COUNTOF(files); i++)
        assert_int_equal(file_write(cx, arena_printf(cx->arena, "%s/%s", t->folder, files[i].name),
                                    str_from(files[i].text)),
                         RC_OK);
    const str folder = str_from(t->folder);
    if (catalogue_load(cx, &folder, 1, NULL, &t->c) != RC_OK) {
        struct buf out = {.arena = cx->arena};
        for (size_t i = 0; i < cx->findings->count; i++)
            err_print(&out, &cx->findings->item[i]);
        fail_msg("%.*s", STR_ARG(buf_str(&out)));
    }
    const struct engine_options o = {.url = STR(":memory:")};
    assert_int_equal(engine_open(cx, t->c, &o, &t->e), RC_OK);
    *state = t;
    return 0;
}

static int town_tear_down(void **state)
{
    struct town *t = *state;
    engine_close(t->e);
    catalogue_free(t->c);
    for (size_t i = 0; i < COUNTOF(files); i++)
        (void)unlink(
            arena_cstr(&t->f.arena, arena_printf(&t->f.arena, "%s/%s", t->folder, files[i].name)));
    (void)rmdir(t->folder);
    fixture_done(&t->f);
    free(t);
    return 0;
}

static const struct json *parsed(struct town *t, str text)
{
    const struct json *j = NULL;
    assert_int_equal(json_parse(&t->f.cx, text, &j), RC_OK);
    return j;
}

static const struct json *created(struct town *t, const char *text)
{
    str answer;
    const struct command c = {.name = STR("record.create"), .params = parsed(t, str_from(text))};
    assert_int_equal(engine_apply(&t->f.cx, t->e, &c, &answer), RC_OK);
    return parsed(t, answer);
}

static rc asked(struct town *t, const char *name, const char *params, const struct actor *who,
                const struct json **out)
{
    struct buf answer = {.arena = &t->f.arena};
    err_clear(&t->f.cx);
    const rc r =
        engine_ask(&t->f.cx, t->e, str_from(name), parsed(t, str_from(params)), who, &answer);
    if (r == RC_OK) *out = parsed(t, buf_str(&answer));
    return r;
}

static struct actor somebody(struct town *t, const char *role)
{
    const struct app_role **list = NEWS(&t->f.arena, const struct app_role *, 1);
    list[0] = catalogue_role(t->c, str_from(role));
    assert_non_null(list[0]);
    return (struct actor){.code = STR("u"), .role = list, .role_count = 1};
}

static const struct json *made(struct town *t, const struct json *record, const struct actor *who)
{
    const struct json *list = NULL;
    int64_t id = 0;
    assert_true(json_i64(json_find(record, STR("id")), &id));
    const char *params = arena_cstr(
        &t->f.arena, arena_printf(&t->f.arena, "{\"type\":\"" STR_FMT "\",\"id\":%" PRId64 "}",
                                  STR_ARG(json_text(record, STR("type"))), id));
    assert_int_equal(asked(t, "record.decisions", params, who, &list), RC_OK);
    assert_int_equal(list->count, 1);
    return list->child;
}

static str text_of(struct town *t, const struct json *j)
{
    struct buf b = {.arena = &t->f.arena};
    assert_non_null(j);
    json_write(&b, j);
    return buf_str(&b);
}

/* The process of a new record decides, its value is in the record, its reasons are kept. */
static void test_made(void **state)
{
    struct town *t = *state;
    const struct actor clerk = somebody(t, "a.clerk");
    const struct json *record = created(t, "{\"type\":\"a.visit\",\"fields\":{\"n\":70}}");
    assert_str(text_of(t, json_find(json_find(record, STR("fields")), STR("level"))), "4");
    const struct json *m = made(t, record, &clerk);
    assert_str(json_text(m, STR("decision")), "a.分级");
    assert_str(json_text(m, STR("node")), "b");
    assert_true(json_is(json_find(m, STR("masked")), JSON_FALSE));
    assert_str(text_of(t, json_find(m, STR("inputs"))), "{\"年龄\":70}");
    assert_str(text_of(t, json_find(m, STR("value"))), "{\"级\":\"重点\",\"次\":4}");
    const struct json *match = json_find(m, STR("matched"))->child;
    assert_str(json_text(match, STR("table")), "t");
    assert_str(text_of(t, json_find(match, STR("rule"))), "2");
    assert_str(text_of(t, json_find(match, STR("inputs"))), "[70]");
}

/* Null in, null out, and a warning that says so. */
static void test_nothing_known(void **state)
{
    struct town *t = *state;
    const struct actor clerk = somebody(t, "a.clerk");
    const struct json *record = created(t, "{\"type\":\"a.visit\",\"fields\":{}}");
    const struct json *m = made(t, record, &clerk);
    assert_true(json_is(json_find(m, STR("value")), JSON_NULL));
    assert_int_equal(json_find(m, STR("matched"))->count, 0);
}

/* What was made from a private field is shown to who may see that field. */
static void test_masked(void **state)
{
    struct town *t = *state;
    struct actor clerk = somebody(t, "a.clerk"), system = {.code = STR("system"), .system = true};
    const struct json *record = created(t, "{\"type\":\"a.patient\",\"fields\":{\"age\":8118118}}");
    const struct json *m = made(t, record, &clerk);
    assert_true(json_is(json_find(m, STR("masked")), JSON_TRUE));
    assert_true(json_is(json_find(m, STR("inputs")), JSON_NULL));
    assert_true(json_is(json_find(m, STR("value")), JSON_NULL));
    assert_int_equal(json_find(m, STR("matched"))->count, 0);
    assert_true(str_index(text_of(t, m), STR("8118118")) == SIZE_MAX);
    m = made(t, record, &system);
    assert_str(text_of(t, json_find(m, STR("inputs"))), "{\"年龄\":8118118}");
    assert_str(text_of(t, json_find(json_find(record, STR("fields")), STR("note"))), "\"重点\"");
}

static void test_audit(void **state)
{
    struct town *t = *state;
    struct buf out = {.arena = &t->f.arena};
    int64_t checks = 0, broken = 0;
    (void)created(t, "{\"type\":\"a.visit\",\"fields\":{\"n\":1}}");
    assert_int_equal(engine_audit(&t->f.cx, t->e, &out, &checks, &broken), RC_OK);
    assert_int_equal(broken, 0);
}

/* Nobody's rights: questions that read nothing. */
static void test_asked(void **state)
{
    struct town *t = *state;
    const struct actor clerk = somebody(t, "a.clerk");
    const struct json *j = NULL;
    assert_int_equal(asked(t, "decision.run",
                           "{\"app\":\"a\",\"name\":\"分级\",\"inputs\":{\"年龄\":64}}", &clerk,
                           &j),
                     RC_OK);
    assert_str(text_of(t, json_find(j, STR("value"))), "{\"级\":\"常规\",\"次\":1}");
    assert_int_equal(asked(t, "decision.run", "{\"app\":\"a\",\"name\":\"分及\"}", &clerk, &j),
                     RC_MISSING);
    assert_err(&t->f.cx, RC_MISSING, "decision.unknown");
    assert_int_equal(
        asked(t, "feel", "{\"expression\":\"for i in 1..1000000000 return i\"}", &clerk, &j),
        RC_LIMIT);
    assert_true(t->f.cx.err.detail.len > 0);
    assert_int_equal(
        asked(t, "feel", "{\"expression\":\"x[-1]\",\"context\":{\"x\":[1,2]}}", &clerk, &j),
        RC_OK);
    assert_str(text_of(t, json_find(j, STR("value"))), "2");
}

int main(void)
{
    const struct CMUnitTest test[] = {
        cmocka_unit_test(test_made),   cmocka_unit_test(test_nothing_known),
        cmocka_unit_test(test_masked), cmocka_unit_test(test_audit),
        cmocka_unit_test(test_asked),
    };
    return cmocka_run_group_tests(test, town_set_up, town_tear_down);
}
