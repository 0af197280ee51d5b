/* Tests of variables: what kind they are is kept in the rows, each lives in its scope, and what comes from
 * outside is read by its type. */
#include "bpmn/test/test.h"

#define SCRIPT(id, result, text)                                                                   \
    "<scriptTask id='" id "' scriptFormat='feel' b:resultVariable='" result                        \
    "'><script><![CDATA[" text "]]></script></scriptTask>"
#define DATA(name) "<dataObject id='" name "' name='" name "'/>"

/* A value is set, the process waits, and then the check is asked in another command. */
static void survives(struct world *w, const char *value, const char *check)
{
    struct buf xml = {.arena = &w->f.arena};
    buf_printf(&xml,
               PROCESS(DATA("v") DATA("good") "<startEvent id='s'/>" SCRIPT(
                   "k", "v",
                   "%s") "<userTask id='t'/>" SCRIPT("c", "good",
                                                     "%s") "<userTask id='u'/>" FLOW("f1", "s", "k")
                           FLOW("f2", "k", "t") FLOW("f3", "t", "c") FLOW("f4", "c", "u")),
               value, check);
    world_process(w, "p", arena_cstr(&w->f.arena, buf_str(&xml)));
    const int64_t id = world_start(w, 1);
    assert_ok(w, world_complete(w, 1, "t", ""));
    str vars = world_variables_of(w, 1);
    if (str_index(vars, STR("\"good\":true")) == SIZE_MAX)
        fail_msg("%s: " STR_FMT, value, STR_ARG(vars));
    assert_ok(w, COMMAND(w, bpmn_cancel(&w->cx, AS(w, "ann"), id, STR("next"))));
}

static void test_kinds_are_kept(void **state)
{
    struct world *w = *state;
    survives(w, "date(\"2024-01-31\")", "v + duration(\"P1D\") = date(\"2024-02-01\")");
    survives(w, "date and time(\"2024-01-31T10:00:00\")", "v instance of date and time");
    survives(w, "date and time(\"2024-01-31T10:00:00@Asia/Shanghai\")",
             "v = date and time(\"2024-01-31T10:00:00@Asia/Shanghai\")");
    survives(w, "time(\"10:00:00+08:00\")", "v instance of time");
    survives(w, "duration(\"P1Y2M\")", "v.years = 1 and v.months = 2");
    survives(w, "duration(\"-P1DT2H\")", "v = -duration(\"P1DT2H\")");
    survives(w, "\"2024-01-31\"", "v instance of string");
    survives(w, "12345678901234567890.123", "v = 12345678901234567890.123");
    survives(w, "null", "v = null");
    survives(w, "[1, [date(\"2024-01-31\")], \"x\"]", "v[2][1] = date(\"2024-01-31\")");
    survives(w, "{a: {b: duration(\"P1D\")}, c: []}", "v.a.b = duration(\"P1D\") and v.c = []");
    survives(w, "[1..5)", "(4.5 in v) and not(5 in v)");
    survives(w, "[date(\"2024-01-01\")..date(\"2024-01-31\")]", "date(\"2024-01-31\") in v");
    survives(w, "{\"@\": \"2024-01-31\"}", "v instance of context<> and string(v) != null");
    survives(w, "\"\\\"quoted\\\" \\\\ 中文\"", "v = \"\\\"quoted\\\" \\\\ 中文\"");
}

/* A variable of a sub-process is its own, also when it changes in a later command, in each round. */
static void test_each_lives_in_its_scope(void **state)
{
    struct world *w = *state;
    /* clang-format off */
    world_process(
        w, "p",
        PROCESS(DATA("sum") "<startEvent id='s'/><subProcess id='sub'>"
                "<multiInstanceLoopCharacteristics isSequential='false'>"
                "<loopCardinality>2</loopCardinality></multiInstanceLoopCharacteristics>" DATA("n")
                "<startEvent id='is'/>" SCRIPT("a", "n", "loopCounter * 10") "<userTask id='t'/>"
                SCRIPT("b", "n", "n + 1") "<userTask id='u'/>"
                SCRIPT("c", "sum", "(if sum = null then 0 else sum) + n") FLOW("i1", "is", "a")
                FLOW("i2", "a", "t") FLOW("i3", "t", "b") FLOW("i4", "b", "u")
                FLOW("i5", "u", "c") "</subProcess><userTask id='x'/>"
                FLOW("f1", "s", "sub") FLOW("f2", "sub", "x")));
    /* clang-format on */
    world_start(w, 1);
    for (int i = 0; i < 2; i++) {
        assert_ok(w, world_complete(w, 1, "t", ""));
        assert_ok(w, world_complete(w, 1, "u", ""));
    }
    assert_str(world_tokens(w, 1), "x");
    assert_str(world_variables_of(w, 1), "{\"sum\":32}"); /* 11 + 21, and no n */
}

#define TYPED                                                                                      \
    PROCESS(                                                                                       \
        "<dataObject id='d' name='d' itemSubjectRef='date'/>"                                      \
        "<dataObject id='n' name='n' itemSubjectRef='number'/>"                                    \
        "<dataObject id='l' name='l' itemSubjectRef='date' isCollection='true'/>"                  \
        "<startEvent id='s'/>" SCRIPT(                                                             \
            "k", "n", "d.day + count(l) + l[2].month") "<userTask id='t'/>" FLOW("f1", "s", "k")   \
            FLOW("f2", "k", "t"))

static void test_what_comes_from_outside_has_its_type(void **state)
{
    struct world *w = *state;
    world_process(w, "p", TYPED);
    world_start_with(w, 1, NULL,
                     "{\"d\": \"2024-01-31\", \"l\": [\"2024-01-31\", \"2024-05-01\"]}");
    assert_str(world_variables_of(w, 1),
               "{\"d\":{\"@\":\"2024-01-31\"},\"n\":38,"
               "\"l\":[{\"@\":\"2024-01-31\"},{\"@\":\"2024-05-01\"}]}");
}

static void test_what_does_not_fit_is_refused(void **state)
{
    static const char *const bad[] = {"{\"n\": \"seven\"}", "{\"n\": [1, 2]}", "{\"n\": {}}",
                                      "{\"unheard\": 1}"};
    struct world *w = *state;
    world_process(w, "p", TYPED);
    for (size_t i = 0; i < COUNTOF(bad); i++) {
        const struct bpmn_start p = {
            .process = STR("p"), .subject_id = 1, .variables = world_json(w, bad[i])};
        int64_t id;
        assert_int_equal(COMMAND(w, bpmn_start(&w->cx, AS(w, "ann"), &p, &id)), RC_INVALID);
        assert_err(&w->cx, RC_INVALID, "bpmn.variable");
    }
    const struct bpmn_start p = {
        .process = STR("p"), .subject_id = 1, .variables = world_json(w, "{\"d\": \"tomorrow\"}")};
    int64_t id;
    assert_int_equal(COMMAND(w, bpmn_start(&w->cx, AS(w, "ann"), &p, &id)), RC_INVALID);
    assert_str(world_tokens(w, 1), "ended"); /* nothing has begun */
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, world_set_up_weekdays, world_tear_down)
int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_kinds_are_kept),
        TEST(test_each_lives_in_its_scope),
        TEST(test_what_comes_from_outside_has_its_type),
        TEST(test_what_does_not_fit_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
