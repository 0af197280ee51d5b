/* Tests of repeated activities: loops, multi-instance, countersigned tasks and their votes. */
#include "bpmn/test/test.h"

#define START "<startEvent id='s'/>" FLOW("f1", "s", "m") FLOW("f2", "m", "z") "<userTask id='z'/>"
#define MI(sequential, more, inside)                                                               \
    "<multiInstanceLoopCharacteristics isSequential='" sequential "' " more ">" inside             \
    "</multiInstanceLoopCharacteristics>"
#define CARDINALITY(n) "<loopCardinality>" n "</loopCardinality>"

static struct bpmn_task nth_task(struct world *w, int64_t subject, const char *node, size_t nth)
{
    struct bpmn_task_query q = {.subject_id = subject, .open_only = true, .limit = 100};
    struct bpmn_tasks tasks = {0};
    world_fresh(w);
    assert_ok(w, bpmn_tasks_find(&w->cx, w->e, w->db, &q, &tasks));
    for (size_t i = 0; i < tasks.len; i++)
        if (str_eq(tasks.at[i].node->id, str_from(node)) && nth-- == 0) return tasks.at[i];
    return (struct bpmn_task){0};
}

static int open_tasks(struct world *w)
{
    return (int)world_count(w, "SELECT count(*) FROM task WHERE site = $site AND state = 'open'");
}

static rc start(struct world *w, int64_t subject, const char *variables)
{
    const struct bpmn_start what = {
        .process = STR("p"), .subject_id = subject, .variables = world_json(w, variables)};
    int64_t id;
    return COMMAND(w, bpmn_start(&w->cx, AS(w, "ann"), &what, &id));
}

/* ---- loops ---- */

static void test_a_standard_loop(void **state)
{
    struct world *w = *state;
    static const struct {
        const char *attributes, *condition;
        int rounds;
    } table[] = {
        {"testBefore='true'", "n &lt; 3", 3},
        {"testBefore='true'", "false", 0},
        {"", "n &lt; 3", 3},
        {"", "false", 1},
        {"loopMaximum='2'", "true", 2},
        {"testBefore='true' loopMaximum='2'", "n &lt; 9", 2},
    };
    for (size_t i = 0; i < COUNTOF(table); i++) {
        const char *text = arena_cstr(
            &w->f.arena,
            arena_printf(&w->f.arena,
                         PROCESS(START "<scriptTask id='m' b:resultVariable='n'>"
                                       "<script>n + 1</script>"
                                       "<standardLoopCharacteristics %s><loopCondition>%s"
                                       "</loopCondition></standardLoopCharacteristics>"
                                       "</scriptTask>"),
                         table[i].attributes, table[i].condition));
        world_process(w, "p", text);
        assert_ok(w, start(w, (int64_t)i + 1, "{\"n\":0}"));
        assert_str(world_tokens(w, (int64_t)i + 1), "z");
        struct buf want = {.arena = &w->f.arena};
        buf_printf(&want, "{\"n\":%d}", table[i].rounds);
        buf_char(&want, 0);
        assert_str(world_variables_of(w, (int64_t)i + 1), want.at);
    }
}

static void test_a_loop_of_people_sees_its_counter(void **state)
{
    struct world *w = *state;
    world_process(w, "p",
                  PROCESS(START "<userTask id='m'><standardLoopCharacteristics><loopCondition>"
                                "loopCounter &lt; 2</loopCondition></standardLoopCharacteristics>"
                                "</userTask>"));
    world_start(w, 1);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(open_tasks(w), 1);
        assert_ok(w, world_complete(w, 1, "m", ""));
        world_audit(w);
    }
    assert_str(world_tokens(w, 1), "z");
}

/* ---- multi-instance ---- */

static void test_rounds_in_parallel_and_in_turn(void **state)
{
    struct world *w = *state;
    static const char *const text[] = {
        PROCESS(START "<userTask id='m'>" MI("false", "", CARDINALITY("3")) "</userTask>"),
        PROCESS(START "<userTask id='m'>" MI("true", "", CARDINALITY("3")) "</userTask>"),
    };
    for (int i = 0; i < 2; i++) {
        world_process(w, "p", text[i]);
        world_start(w, i + 1);
        assert_int_equal(open_tasks(w), i ? 2 : 3); /* z of the first is open still */
        for (int k = 0; k < 3; k++) {
            assert_ok(w, world_complete(w, i + 1, "m", ""));
            world_audit(w);
        }
        assert_str(world_tokens(w, i + 1), "z");
    }
}

/* Scripts leave no rows for their rounds; what they give is collected by index. */
static void test_a_collection_in_and_out(void **state)
{
    struct world *w = *state;
    static const char *const sequential[] = {"false", "true"};
    for (int i = 0; i < 2; i++) {
        const char *text = arena_cstr(
            &w->f.arena,
            arena_printf(&w->f.arena,
                         PROCESS(START
                                 "<scriptTask id='m' b:resultVariable='y'>"
                                 "<script>x * loopCounter</script>"
                                 "<multiInstanceLoopCharacteristics isSequential='%s'"
                                 " b:collection='[10, 20, 30]' b:elementVariable='x' b:output='ys'"
                                 " b:outputElement='x * loopCounter'/></scriptTask>"),
                         sequential[i]));
        world_process(w, "p", text);
        world_start(w, i + 1);
        assert_str(world_tokens(w, i + 1), "z");
        str vars = world_variables_of(w, i + 1);
        assert_true(str_index(vars, STR("\"ys\":[10,40,90]")) != SIZE_MAX);
        assert_true(str_index(vars, STR("\"x\"")) == SIZE_MAX); /* of the rounds alone */
    }
    assert_int_equal(world_count(w,
                                 "SELECT count(*) FROM process_token WHERE site = $site"
                                 " AND node = 'm'"),
                     2);
}

static void test_how_many_rounds(void **state)
{
    struct world *w = *state;
    world_process(w, "p",
                  PROCESS(START "<scriptTask id='m' b:resultVariable='y'><script>1</script>" MI(
                      "false", "", CARDINALITY("n")) "</scriptTask>"));
    assert_ok(w, start(w, 1, "{\"n\":0}"));
    assert_str(world_tokens(w, 1), "z");
    assert_refused(w, start(w, 2, "{\"n\":-1}"), RC_CONFLICT, "bpmn.rounds");
    assert_refused(w, start(w, 2, "{\"n\":1.5}"), RC_CONFLICT, "bpmn.rounds");
    assert_refused(w, start(w, 2, "{\"n\":null}"), RC_CONFLICT, "bpmn.rounds");
    assert_refused(w, start(w, 2, "{\"n\":1000000}"), RC_LIMIT, "bpmn.rounds-limit");
    assert_ok(w, start(w, 2, "{\"n\":10000}"));
    assert_str(world_tokens(w, 2), "z");
}

static void test_a_completion_condition_ends_the_rest(void **state)
{
    struct world *w = *state;
    world_process(w, "p",
                  PROCESS(START "<userTask id='m'>" MI(
                      "false", "",
                      CARDINALITY("4") "<completionCondition>"
                                       "numberOfCompletedInstances &gt;= 2"
                                       "</completionCondition>") "</userTask>"));
    world_start(w, 1);
    assert_int_equal(open_tasks(w), 4);
    assert_ok(w, world_complete(w, 1, "m", ""));
    assert_ok(w, world_complete(w, 1, "m", ""));
    assert_str(world_tokens(w, 1), "z");
    assert_int_equal(world_count(w,
                                 "SELECT count(*) FROM task WHERE site = $site"
                                 " AND state = 'cancelled'"),
                     2);
    assert_int_equal(world_count(w,
                                 "SELECT count(*) FROM process_token WHERE site = $site"
                                 " AND node = 'm' AND broken = 2 AND done = 2 AND total = 4"),
                     1);
}

static void test_rounds_of_a_sub_process_within_rounds(void **state)
{
    struct world *w = *state;
    world_process(
        w, "p",
        PROCESS(START "<subProcess id='m'><userTask id='a'>" MI(
            "true", "", CARDINALITY("2")) "</userTask>" MI("false", "",
                                                           CARDINALITY("2")) "</subProcess>"));
    world_start(w, 1);
    assert_int_equal(open_tasks(w), 2);
    assert_str(world_tokens(w, 1), "a a a a m m m");
    for (int i = 0; i < 4; i++) {
        assert_ok(w, world_complete(w, 1, "a", ""));
        world_audit(w);
    }
    assert_str(world_tokens(w, 1), "z");
}

/* ---- what rounds throw ---- */

static void test_behaviour_events(void **state)
{
    struct world *w = *state;
    static const struct {
        const char *behavior, *tokens;
    } table[] = {
        {"behavior='None' noneBehaviorEventRef='d'", "note note note z"},
        {"behavior='One' oneBehaviorEventRef='d'", "note z"},
        {"behavior='All'", "z"},
    };
    for (size_t i = 0; i < COUNTOF(table); i++) {
        const char *text = arena_cstr(
            &w->f.arena,
            arena_printf(&w->f.arena,
                         XML_HEAD "<signal id='sig' name='sig'/>"
                                  "<signalEventDefinition id='d' signalRef='sig'/>"
                                  "<process id='p'>" START "<task id='m'>"
                                  "<multiInstanceLoopCharacteristics %s><loopCardinality>3"
                                  "</loopCardinality></multiInstanceLoopCharacteristics></task>"
                                  "<boundaryEvent id='b' attachedToRef='m' cancelActivity='false'>"
                                  "<signalEventDefinition signalRef='sig'/></boundaryEvent>"
                                  "<userTask id='note'/>" FLOW("f3", "b", "note") XML_TAIL,
                         table[i].behavior));
        world_process(w, "p", text);
        world_start(w, (int64_t)i + 1);
        assert_str(world_tokens(w, (int64_t)i + 1), table[i].tokens);
    }
}

/* ---- countersigning ---- */

#define SIGNED(vote)                                                                               \
    PROCESS(START "<userTask id='m' b:candidates='who' b:outcomes='pass:同意,refuse:不同意' " vote \
                  "/><userTask id='y'/>" FLOW("f3", "z", "y"))

static void vote(struct world *w, int64_t subject, const char *user, const char *outcome)
{
    for (size_t i = 0;; i++) {
        struct bpmn_task t = nth_task(w, subject, "m", i);
        if (!t.id) fail_msg("%s has no task", user);
        if (!str_eq(t.claimed_by, str_from(user))) continue;
        assert_ok(w, world_do(w, user, t.id, outcome));
        world_audit(w);
        return;
    }
}

static int64_t of_outcome(struct world *w, const char *outcome)
{
    return world_count(w, arena_cstr(&w->f.arena, arena_printf(&w->f.arena,
                                                               "SELECT count(*) FROM process_token"
                                                               " WHERE site = $site AND node = 'z'"
                                                               " AND outcome = '%s'",
                                                               outcome)));
}

static void test_all_must_agree(void **state)
{
    struct world *w = *state;
    world_process(w, "p", SIGNED("b:vote='all'"));
    assert_ok(w, start(w, 1, "{\"who\":[\"a\",\"b\",\"c\"]}"));
    assert_int_equal(open_tasks(w), 3);
    vote(w, 1, "b", "pass");
    vote(w, 1, "a", "pass");
    vote(w, 1, "c", "pass");
    assert_str(world_tokens(w, 1), "z");
    assert_int_equal(of_outcome(w, "pass"), 1);
    assert_ok(w, start(w, 2, "{\"who\":[\"a\",\"b\",\"c\"]}"));
    vote(w, 2, "b", "pass");
    vote(w, 2, "c", "refuse"); /* the third is not asked any more */
    assert_str(world_tokens(w, 2), "z");
    assert_int_equal(of_outcome(w, "refuse"), 1);
}

static void test_any_one_is_enough(void **state)
{
    struct world *w = *state;
    world_process(w, "p", SIGNED("b:vote='any'"));
    assert_ok(w, start(w, 1, "{\"who\":\"a, b\"}"));
    vote(w, 1, "b", "refuse");
    assert_str(world_tokens(w, 1), "z");
    assert_int_equal(of_outcome(w, "refuse"), 1);
}

static void test_a_share_is_enough(void **state)
{
    struct world *w = *state;
    world_process(w, "p", SIGNED("b:vote='ratio' b:share='0.5'"));
    assert_ok(w, start(w, 1, "{\"who\":[\"a\",\"b\",\"c\",\"d\"]}"));
    vote(w, 1, "a", "pass");
    vote(w, 1, "b", "refuse");
    assert_str(world_tokens(w, 1), "m m m");
    vote(w, 1, "c", "pass");
    assert_int_equal(of_outcome(w, "pass"), 1);
    assert_ok(w, start(w, 2, "{\"who\":[\"a\",\"b\",\"c\",\"d\"]}"));
    vote(w, 2, "a", "refuse");
    vote(w, 2, "b", "refuse");
    vote(w, 2, "c", "refuse"); /* half can no longer be reached */
    assert_int_equal(of_outcome(w, "refuse"), 1);
}

static void test_votes_weigh(void **state)
{
    struct world *w = *state;
    world_process(w, "p",
                  SIGNED("b:vote='weight' b:share='0.6'"
                         " b:weight='if candidate = \"a\" then 3 else 1'"));
    assert_ok(w, start(w, 1, "{\"who\":[\"a\",\"b\",\"c\"]}"));
    vote(w, 1, "a", "pass"); /* three of five */
    assert_str(world_tokens(w, 1), "z");
    assert_int_equal(of_outcome(w, "pass"), 1);
    assert_ok(w, start(w, 2, "{\"who\":[\"a\",\"b\",\"c\"]}"));
    vote(w, 2, "b", "pass");
    vote(w, 2, "a", "refuse");
    assert_int_equal(of_outcome(w, "refuse"), 1);
}

static void test_nobody_is_asked(void **state)
{
    struct world *w = *state;
    world_process(w, "p", SIGNED("b:vote='all' b:nobody='refuse'"));
    assert_ok(w, start(w, 1, "{\"who\":[]}"));
    assert_str(world_tokens(w, 1), "z");
    assert_int_equal(of_outcome(w, "refuse"), 1);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(test_##name, world_set_up, world_tear_down)
    const struct CMUnitTest tests[] = {
        T(a_standard_loop),
        T(a_loop_of_people_sees_its_counter),
        T(rounds_in_parallel_and_in_turn),
        T(a_collection_in_and_out),
        T(how_many_rounds),
        T(a_completion_condition_ends_the_rest),
        T(rounds_of_a_sub_process_within_rounds),
        T(behaviour_events),
        T(all_must_agree),
        T(any_one_is_enough),
        T(a_share_is_enough),
        T(votes_weigh),
        T(nobody_is_asked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
