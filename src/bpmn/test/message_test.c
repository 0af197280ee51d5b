/* Tests of messages: to whom they go, what is kept, what is repeated. */
#include "bpmn/operate.h"
#include "bpmn/test/test.h"

#define WITH(body)                                                                                 \
    XML_HEAD                                                                                       \
    "<message id='M' name='m'/><message id='M2' name='m2'/>"                                       \
    "<process id='p' isExecutable='true'>\n" body XML_TAIL
/* Waits for m with the key k. */
static const char by_key[] = WITH(
    "<dataObject id='k' name='k'/><dataObject id='got' name='got'/><startEvent id='a'/>"
    "<intermediateCatchEvent id='c'><extensionElements><b:out name='got'"
    " value='message.n'/></extensionElements><messageEventDefinition messageRef='M'"
    " b:key='k'/></intermediateCatchEvent><userTask id='t'/>" FLOW("f1", "a", "c")
        FLOW("f2", "c", "t"));
static const char by_subject[] = WITH(
    "<startEvent id='a'/><userTask id='x'/><receiveTask id='c' messageRef='M'/>"
    "<userTask id='t'/>" FLOW("f1", "a", "x") FLOW("f2", "x", "c") FLOW("f3", "c", "t"));

static enum bpmn_delivered send(struct world *w, const struct bpmn_message *m)
{
    enum bpmn_delivered how = BPMN_NOT_DELIVERED;
    assert_ok(w, COMMAND(w, bpmn_message(&w->cx, AS(w, "ann"), m, &how)));
    return how;
}

static void test_the_key_decides(void **state)
{
    struct world *w = *state;
    world_process(w, "p", by_key);
    world_start_with(w, 1, NULL, "{\"k\": \"A\"}");
    world_start_with(w, 2, NULL, "{\"k\": \"B\"}");
    struct bpmn_message m = {.name = STR("m"), .key = STR("B")};
    m.variables = world_json(w, "{\"n\": 7}");
    assert_int_equal(send(w, &m), BPMN_CAUGHT);
    assert_str(world_tokens(w, 1), "c");
    assert_str(world_tokens(w, 2), "t");
    assert_str(world_variables_of(w, 2), "{\"k\":\"B\",\"got\":7}");
    assert_int_equal(send(w, &m), BPMN_NOT_DELIVERED);
    m.key = STR("C");
    assert_int_equal(send(w, &m), BPMN_NOT_DELIVERED);
}

static void test_who_waits_longest_gets_it(void **state)
{
    struct world *w = *state;
    world_process(w, "p", by_key);
    world_start_with(w, 1, NULL, "{\"k\": \"A\"}");
    world_start_with(w, 2, NULL, "{\"k\": \"A\"}");
    const struct bpmn_message m = {.name = STR("m"), .key = STR("A")};
    assert_int_equal(send(w, &m), BPMN_CAUGHT);
    assert_str(world_tokens(w, 1), "t");
    assert_str(world_tokens(w, 2), "c");
}

static void test_without_a_key_it_is_the_subjects(void **state)
{
    struct world *w = *state;
    world_process(w, "p", by_subject);
    world_start(w, 1);
    world_start(w, 2);
    assert_ok(w, world_complete(w, 1, "x", ""));
    assert_ok(w, world_complete(w, 2, "x", ""));
    assert_int_equal(world_message(w, 3, "m", NULL), BPMN_NOT_DELIVERED);
    assert_int_equal(world_message(w, 2, "m", NULL), BPMN_CAUGHT);
    assert_str(world_tokens(w, 1), "c");
    assert_str(world_tokens(w, 2), "t");
    struct bpmn_message m = {.name = STR("m"), .subject_id = 1, .process = STR("other")};
    assert_int_equal(send(w, &m), BPMN_NOT_DELIVERED);
}

static void test_to_one_instance(void **state)
{
    struct world *w = *state;
    world_process(w, "p", by_key);
    world_start_with(w, 1, NULL, "{\"k\": \"A\"}");
    struct bpmn_message m = {.name = STR("m")};
    m.instance_id = world_start_with(w, 2, NULL, "{\"k\": \"A\"}");
    assert_int_equal(send(w, &m), BPMN_CAUGHT);
    assert_str(world_tokens(w, 1), "c");
    assert_str(world_tokens(w, 2), "t");
}

/* ---- kept ---- */

static void test_kept_until_somebody_waits(void **state)
{
    struct world *w = *state;
    world_process(w, "p", by_subject);
    world_start(w, 1);
    struct bpmn_message m = {.name = STR("m"), .subject_id = 1, .ttl_us = US_PER_DAY};
    assert_int_equal(send(w, &m), BPMN_KEPT);
    m.subject_id = 2; /* somebody else's */
    assert_int_equal(send(w, &m), BPMN_KEPT);
    assert_ok(w, world_complete(w, 1, "x", ""));
    assert_str(world_tokens(w, 1), "t");
    assert_int_equal(world_count(w, "SELECT count(*) FROM process_message WHERE site = $site"), 1);
}

static void test_kept_with_its_key_and_what_it_carries(void **state)
{
    struct world *w = *state;
    struct bpmn_message m = {.name = STR("m"), .key = STR("A"), .ttl_us = US_PER_DAY};
    m.variables = world_json(w, "{\"n\": 5}");
    assert_int_equal(send(w, &m), BPMN_KEPT);
    m.variables = world_json(w, "{\"n\": 6}");
    assert_int_equal(send(w, &m), BPMN_KEPT);
    world_process(w, "p", by_key);
    world_start_with(w, 1, NULL, "{\"k\": \"B\"}");
    assert_str(world_tokens(w, 1), "c");
    world_start_with(w, 2, NULL, "{\"k\": \"A\"}");
    assert_str(world_variables_of(w, 2), "{\"k\":\"A\",\"got\":5}"); /* the oldest */
    world_start_with(w, 3, NULL, "{\"k\": \"A\"}");
    assert_str(world_variables_of(w, 3), "{\"k\":\"A\",\"got\":6}");
}

static void test_what_has_expired_is_gone(void **state)
{
    struct world *w = *state;
    world_process(w, "p", by_subject);
    world_start(w, 1);
    struct bpmn_message m = {.name = STR("m"), .subject_id = 1, .ttl_us = 10 * US_PER_SECOND};
    assert_int_equal(send(w, &m), BPMN_KEPT);
    w->cx.now_us = at("2022-06-01T10:00:11");
    assert_ok(w, world_complete(w, 1, "x", ""));
    assert_str(world_tokens(w, 1), "c");
    assert_int_equal(world_count(w, "SELECT count(*) FROM process_message WHERE site = $site"), 1);
    assert_int_equal(world_tick(w, "2022-06-01T10:00:12"), 0);
    assert_int_equal(world_count(w, "SELECT count(*) FROM process_message WHERE site = $site"), 0);
}

static void test_repeating_is_harmless(void **state)
{
    struct world *w = *state;
    world_process(w, "p", by_subject);
    world_start(w, 1);
    struct bpmn_message m = {
        .name = STR("m"), .id = STR("no 1"), .subject_id = 1, .ttl_us = 10 * US_PER_SECOND};
    assert_int_equal(send(w, &m), BPMN_KEPT);
    assert_int_equal(send(w, &m), BPMN_REPEATED);
    assert_ok(w, world_complete(w, 1, "x", ""));
    assert_str(world_tokens(w, 1), "t");
    assert_int_equal(send(w, &m), BPMN_REPEATED); /* given already */
    w->cx.now_us = at("2022-06-02T10:00:11");
    m.ttl_us = 0;
    assert_int_equal(send(w, &m), BPMN_NOT_DELIVERED); /* its time is over */
    world_start(w, 2);
    assert_ok(w, world_complete(w, 2, "x", ""));
    m.subject_id = 2;
    m.id = STR("no 2");
    assert_int_equal(send(w, &m), BPMN_CAUGHT);
    assert_int_equal(send(w, &m), BPMN_REPEATED);
}

/* ---- starting ---- */

static void test_a_message_starts_a_process(void **state)
{
    struct world *w = *state;
    world_process(w, "p",
                  WITH("<dataObject id='n' name='n'/><startEvent id='none'/><userTask id='x'/>"
                       "<startEvent id='a'><messageEventDefinition messageRef='M'/></startEvent>"
                       "<userTask id='t'/>" FLOW("f0", "none", "x") FLOW("f1", "a", "t")));
    assert_int_equal(world_message(w, 1, "m", "{\"n\": 3, \"unknown\": 1}"), BPMN_STARTED);
    assert_str(world_tokens(w, 1), "t");
    assert_str(world_variables_of(w, 1), "{\"n\":3}");
    assert_int_equal(world_message(w, 1, "m", NULL), BPMN_NOT_DELIVERED); /* one at a time */
    assert_int_equal(world_message(w, 2, "m", NULL), BPMN_STARTED);
    assert_int_equal(world_message(w, 2, "m2", NULL), BPMN_NOT_DELIVERED);
}

static void test_a_receive_task_starts_a_process(void **state)
{
    struct world *w = *state;
    world_process(
        w, "p",
        WITH("<receiveTask id='a' messageRef='M' instantiate='true'/><userTask id='t'/>" FLOW(
            "f1", "a", "t")));
    assert_int_equal(world_message(w, 1, "m", NULL), BPMN_STARTED);
    assert_str(world_tokens(w, 1), "t");
}

/* Who is suspended catches nothing yet: the message waits for its time to live. */
static void test_suspended_instances_catch_nothing(void **state)
{
    struct world *w = *state;
    world_process(w, "p", by_subject);
    const int64_t id = world_start(w, 1);
    assert_ok(w, world_complete(w, 1, "x", ""));
    assert_ok(w, COMMAND(w, bpmn_suspend(&w->cx, AS(w, "ann"), id, false, STR("why"))));
    assert_int_equal(world_message(w, 1, "m", NULL), BPMN_NOT_DELIVERED);
    const struct bpmn_message m = {.name = STR("m"), .subject_id = 1, .ttl_us = US_PER_DAY};
    assert_int_equal(send(w, &m), BPMN_KEPT);
    assert_str(world_tokens(w, 1), "c");
    assert_ok(w, COMMAND(w, bpmn_suspend(&w->cx, AS(w, "ann"), id, true, STR("why"))));
    assert_str(world_tokens(w, 1), "t");
}

static void test_faults_are_told(void **state)
{
    struct world *w = *state;
    const struct bpmn_message m = {.subject_id = 1};
    enum bpmn_delivered how;
    assert_int_equal(COMMAND(w, bpmn_message(&w->cx, AS(w, "ann"), &m, &how)), RC_INVALID);
    assert_err(&w->cx, RC_INVALID, "bpmn.message-name");
}

/* Nothing of the command is done. */
static void test_a_value_of_the_wrong_type(void **state)
{
    struct world *w = *state;
    world_process(w, "p",
                  WITH("<dataObject id='n' name='n' itemSubjectRef='number'/><startEvent id='a'/>"
                       "<receiveTask id='c' messageRef='M'/><userTask id='t'/>" FLOW("f1", "a", "c")
                           FLOW("f2", "c", "t")));
    world_start(w, 1);
    enum bpmn_delivered how;
    const struct bpmn_message m = {
        .name = STR("m"), .subject_id = 1, .variables = world_json(w, "{\"n\": \"many\"}")};
    assert_int_equal(COMMAND(w, bpmn_message(&w->cx, AS(w, "ann"), &m, &how)), RC_INVALID);
    assert_err(&w->cx, RC_INVALID, "bpmn.variable");
    assert_str(world_tokens(w, 1), "c");
    assert_int_equal(world_message(w, 1, "m", "{\"n\": 4}"), BPMN_CAUGHT);
}

/* What one message has brought is not brought again by what happens later in the same run. */
static void test_a_message_is_taken_once(void **state)
{
    struct world *w = *state;
    world_process(
        w, "p",
        WITH(
            "<dataObject id='n' name='n'/><startEvent id='a'/><subProcess id='sub'>"
            "<startEvent id='ia'/><receiveTask id='c' messageRef='M'/><scriptTask id='k'"
            " scriptFormat='feel' b:resultVariable='n'><script>1</script></scriptTask>"
            "<endEvent id='ie'><errorEventDefinition/></endEvent>" FLOW("i1", "ia", "c")
                FLOW("i2", "c", "k") FLOW(
                    "i3", "k",
                    "ie") "</subProcess><boundaryEvent id='b'"
                          " attachedToRef='sub'><errorEventDefinition/></boundaryEvent><userTask id='t'/>" FLOW(
                              "f1", "a", "sub") FLOW("f2", "b", "t")));
    world_start(w, 1);
    assert_int_equal(world_message(w, 1, "m", "{\"n\": 9}"), BPMN_CAUGHT);
    assert_str(world_tokens(w, 1), "t");
    assert_str(world_variables_of(w, 1), "{\"n\":1}");
}

static void test_names_may_be_computed(void **state)
{
    struct world *w = *state;
    world_process(
        w, "p",
        XML_HEAD
        "<message id='M' name='${lead}'/><signal id='S' name='${lead}'/>"
        "<process id='p' isExecutable='true'><startEvent id='a'/>"
        "<receiveTask id='c' messageRef='M'/><intermediateCatchEvent id='d'>"
        "<signalEventDefinition signalRef='S'/></intermediateCatchEvent><userTask id='t'/>" FLOW(
            "f1", "a", "c") FLOW("f2", "c", "d") FLOW("f3", "d", "t") XML_TAIL);
    w->lead = STR("commerce");
    world_start(w, 1);
    assert_int_equal(world_message(w, 1, "m", NULL), BPMN_NOT_DELIVERED);
    assert_int_equal(world_message(w, 1, "commerce", NULL), BPMN_CAUGHT);
    int64_t count = 0;
    assert_ok(w, COMMAND(w, bpmn_signal(&w->cx, AS(w, "ann"), STR("commerce"), NULL, &count)));
    assert_int_equal(count, 1);
    assert_str(world_tokens(w, 1), "t");
}

/* ---- thrown ---- */

static void test_a_thrown_message_carries_values(void **state)
{
    struct world *w = *state;
    world_process(w, "p", by_key);
    world_start_with(w, 1, NULL, "{\"k\": \"A\"}");
    world_process(
        w, "q",
        WITH("<startEvent id='a'/><intermediateThrowEvent id='th'><extensionElements>"
             "<b:in name='n' value='1 + 2'/></extensionElements><messageEventDefinition"
             " messageRef='M' b:key='\"A\"'/></intermediateThrowEvent><endEvent id='e'/>" FLOW(
                 "f1", "a", "th") FLOW("f2", "th", "e")));
    const struct bpmn_start q = {.process = STR("q"), .subject_id = 5};
    int64_t id;
    assert_ok(w, COMMAND(w, bpmn_start(&w->cx, AS(w, "ann"), &q, &id)));
    assert_str(world_tokens(w, 1), "t");
    assert_str(world_variables_of(w, 1), "{\"k\":\"A\",\"got\":3}");
}

/* A step of the host may send one to its own instance: it comes when the step rests. */
static void test_a_step_sends_a_message(void **state)
{
    struct world *w = *state;
    world_process(w, "p",
                  WITH("<startEvent id='a'/><parallelGateway id='g'/><serviceTask id='o'"
                       " b:operation='send'/><receiveTask id='c' messageRef='M'/>"
                       "<userTask id='t'/>" FLOW("f1", "a", "g") FLOW("f2", "g", "o")
                           FLOW("f3", "g", "c") FLOW("f4", "c", "t")));
    w->send = STR("m");
    world_start(w, 1);
    assert_str(world_tokens(w, 1), "t");
}

/* ---- between the pools of a file ---- */

#define POOLS                                                                                      \
    XML_HEAD                                                                                       \
    "<message id='M' name='m'/><message id='M2' name='m2'/><collaboration id='co'>"                \
    "<participant id='pa' processRef='p'/><participant id='pb' processRef='q'/>"                   \
    "<messageFlow id='mf1' sourceRef='th' targetRef='qa'/>"                                        \
    "<messageFlow id='mf2' sourceRef='qe' targetRef='c'/></collaboration>"                         \
    "<process id='p' isExecutable='true'>\n<startEvent id='a'/><sendTask id='th' messageRef='M'/>" \
    "<intermediateCatchEvent id='c'><messageEventDefinition messageRef='M2'/>"                     \
    "</intermediateCatchEvent><userTask id='t'/>" FLOW("f1", "a", "th") FLOW("f2", "th", "c")      \
        FLOW("f3", "c", "t") "</process><process id='q' isExecutable='true'>\n"                    \
                             "<startEvent id='qa'><messageEventDefinition messageRef='M'/>"        \
                             "</startEvent><userTask id='qt'/><endEvent id='qe'>"                  \
                             "<messageEventDefinition messageRef='M2'/></endEvent>"                \
        FLOW("q1", "qa", "qt") FLOW("q2", "qt", "qe") XML_TAIL

static void test_messages_flow_between_pools(void **state)
{
    struct world *w = *state;
    world_process(w, "p", POOLS);
    world_start(w, 0);
    const struct bpmn_start again = {.process = STR("p"), .several = true};
    int64_t id;
    assert_ok(w, COMMAND(w, bpmn_start(&w->cx, AS(w, "ann"), &again, &id)));
    assert_str(world_tokens(w, 0), "c c qt qt");
    /* The second's partner answers the second. */
    struct bpmn_tasks tasks = {0};
    const struct bpmn_task_query q = {.open_only = true};
    assert_ok(w, bpmn_tasks_find(&w->cx, w->e, w->db, &q, &tasks));
    assert_int_equal(tasks.len, 2);
    assert_ok(w, world_do(w, "ann", tasks.at[1].id, ""));
    assert_str(world_tokens(w, 0), "c qt t");
    struct bpmn_task_query own = {.instance_id = id, .open_only = true};
    assert_ok(w, bpmn_tasks_find(&w->cx, w->e, w->db, &own, &tasks));
    assert_int_equal(tasks.len, 1);
    assert_str(tasks.at[0].node->id, "t");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, world_set_up_weekdays, world_tear_down)
int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_the_key_decides),
        TEST(test_who_waits_longest_gets_it),
        TEST(test_without_a_key_it_is_the_subjects),
        TEST(test_to_one_instance),
        TEST(test_kept_until_somebody_waits),
        TEST(test_kept_with_its_key_and_what_it_carries),
        TEST(test_what_has_expired_is_gone),
        TEST(test_repeating_is_harmless),
        TEST(test_a_message_starts_a_process),
        TEST(test_a_receive_task_starts_a_process),
        TEST(test_suspended_instances_catch_nothing),
        TEST(test_faults_are_told),
        TEST(test_a_value_of_the_wrong_type),
        TEST(test_a_message_is_taken_once),
        TEST(test_names_may_be_computed),
        TEST(test_a_thrown_message_carries_values),
        TEST(test_a_step_sends_a_message),
        TEST(test_messages_flow_between_pools),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
