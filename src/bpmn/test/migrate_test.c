/* Tests of migration: what goes over, what is put right, what keeps an instance where it is. */
#include "bpmn/job.h"
#include "bpmn/operate.h"
#include "bpmn/task.h"
#include "bpmn/test/test.h"

#define TASK(id) "<userTask id='" id "' name='" id "'/>"
#define START    "<startEvent id='s'/>"
#define TIMER(id, at, duration)                                                                    \
    "<boundaryEvent id='" id "' attachedToRef='" at                                                \
    "' cancelActivity='false'>"                                                                    \
    "<timerEventDefinition><timeDuration>" duration                                                \
    "</timeDuration></timerEventDefinition>"                                                       \
    "</boundaryEvent>" TASK("n" id) FLOW("f" id, id, "n" id)
#define MESSAGES "<message id='m1' name='one'/><message id='m2' name='two'/>"
#define MESSAGE(id, at, ref)                                                                       \
    "<boundaryEvent id='" id "' attachedToRef='" at                                                \
    "' cancelActivity='false'>"                                                                    \
    "<messageEventDefinition messageRef='" ref "'/></boundaryEvent>" TASK("n" id)                  \
        FLOW("f" id, id, "n" id)

/* Both versions, the first is started once. */
static int64_t versions(struct world *w, const char *old, const char *now)
{
    world_process(w, "p", old);
    const int64_t id = world_start(w, 1);
    world_process(w, "p", now);
    return id;
}

/* From the last version but one to the last: a map "old>new,…". */
static rc migrate(struct world *w, const char *map, bool dry, struct bpmn_migrated *out)
{
    struct bpmn_step_map at[8];
    struct bpmn_migration m = {.process = STR("p"),
                               .from = w->model[w->model_count - 2]->version,
                               .to = w->model[w->model_count - 1]->version,
                               .map = at,
                               .dry = dry,
                               .reason = STR("new rules")};
    for (str rest = str_from(map); rest.len; m.map_count++) {
        str pair = str_cut(rest, ',', &rest);
        at[m.map_count].from = str_cut(pair, '>', &at[m.map_count].to);
    }
    int64_t last = 0;
    w->cx.now_us += US_PER_SECOND;
    return COMMAND(w, bpmn_migrate(&w->cx, AS(w, "boss"), &m, 100, 0, &last, out));
}

static void goes_over(struct world *w, const char *map)
{
    struct bpmn_migrated done;
    assert_ok(w, migrate(w, map, true, &done));
    if (done.refused) fail_msg(STR_FMT, STR_ARG(w->findings.item[0].detail));
    assert_ok(w, migrate(w, map, false, &done));
    assert_int_equal(done.migrated, done.instances);
    world_audit(w);
}

/* All stay, because of this element. */
static void stays(struct world *w, const char *map, const char *element)
{
    struct bpmn_migrated done;
    assert_ok(w, migrate(w, map, false, &done));
    assert_int_equal(done.migrated, 0);
    assert_int_equal(done.refused, done.instances);
    assert_true(w->findings.count > 0);
    assert_str(w->findings.item[0].field, element);
    assert_str(str_from(w->findings.item[0].slug), "bpmn.migration");
    world_audit(w);
}

static void pass(struct world *w, int64_t subject, const char *node)
{
    w->cx.now_us += US_PER_SECOND;
    assert_ok(w, world_complete(w, subject, node, ""));
    world_audit(w);
}

static int64_t timers(struct world *w)
{
    return world_count(w, "SELECT count(*) FROM timer WHERE site = $site");
}

static void test_steps_are_renamed_and_added(void **state)
{
    struct world *w = *state;
    struct bpmn_migrated done;
    const int64_t id =
        versions(w, PROCESS(START TASK("a") TASK("b") FLOW("f1", "s", "a") FLOW("f2", "a", "b")),
                 PROCESS(START TASK("a2") TASK("mid") TASK("b") FLOW("f1", "s", "a2")
                             FLOW("f2", "a2", "mid") FLOW("f3", "mid", "b")));
    stays(w, NULL, "a");
    assert_refused(w, migrate(w, "a>s", false, &done), RC_INVALID, "bpmn.migration");
    assert_refused(w, migrate(w, "a>none", false, &done), RC_INVALID, "bpmn.migration");
    assert_refused(w, migrate(w, "none>a2", false, &done), RC_INVALID, "bpmn.migration");
    assert_ok(w, migrate(w, "a>a2", true, &done));
    assert_int_equal(done.migrated, 1);
    assert_str(world_tokens(w, 1), "a"); /* a dry run changes nothing */
    goes_over(w, "a>a2");
    assert_str(world_tokens(w, 1), "a2");
    struct bpmn_actions acts = {0};
    assert_ok(w, bpmn_actions_of(&w->cx, w->db, id, &acts));
    assert_int_equal(acts.len, 1);
    assert_str(acts.at[0].act, "migrate");
    pass(w, 1, "a2");
    assert_str(world_tokens(w, 1), "mid");
    pass(w, 1, "mid");
    assert_str(world_tokens(w, 1), "b");
    assert_ok(w, migrate(w, NULL, false, &done)); /* nobody is left in the old one */
    assert_int_equal(done.instances, 0);
}

static void test_what_was_done_before_is_still_known(void **state)
{
    struct world *w = *state;
    versions(w, PROCESS(START TASK("a") TASK("b") FLOW("f1", "s", "a") FLOW("f2", "a", "b")),
             PROCESS(START TASK("first") TASK("b") TASK("c") FLOW("f1", "s", "first")
                         FLOW("f2", "first", "b") FLOW("f3", "b", "c")));
    pass(w, 1, "a");
    goes_over(w, "a>first");
    const struct bpmn_act back = {
        .kind = BPMN_ACT_RETURN, .task_id = world_task(w, 1, "b").id, .reason = STR("x")};
    assert_ok(w, COMMAND(w, bpmn_task_act(&w->cx, AS(w, "bob"), &back)));
    world_audit(w);
    assert_str(world_tokens(w, 1), "first");
}

static void test_other_kinds_scopes_and_rounds_stay(void **state)
{
    struct world *w = *state;
    const char *old = PROCESS(START TASK("a") FLOW("f1", "s", "a"));
    versions(w, old, PROCESS(START "<receiveTask id='a'/>" FLOW("f1", "s", "a")));
    stays(w, NULL, "a");
    world_process(w, "p", old);
    world_process(
        w, "p",
        PROCESS(START "<subProcess id='sub'>" TASK("a") "</subProcess>" FLOW("f1", "s", "sub")));
    stays(w, NULL, "a");
    world_process(w, "p", old);
    world_process(w, "p",
                  PROCESS(START
                          "<userTask id='a'><multiInstanceLoopCharacteristics><loopCardinality>2"
                          "</loopCardinality></multiInstanceLoopCharacteristics></userTask>" FLOW(
                              "f1", "s", "a")));
    stays(w, NULL, "a");
}

static void test_rounds_and_sub_processes_go_over(void **state)
{
    struct world *w = *state;
#define ROUNDS(id, inner)                                                                          \
    START "<subProcess id='" id                                                                    \
          "'><multiInstanceLoopCharacteristics><loopCardinality>2"                                 \
          "</loopCardinality></multiInstanceLoopCharacteristics>" inner                            \
          "</subProcess>" FLOW("f1", "s", id)
    versions(w, PROCESS(ROUNDS("sub", TASK("x"))),
             PROCESS(ROUNDS("part", TASK("x") TASK("y") FLOW("g1", "x", "y")) TASK("z")
                         FLOW("f2", "part", "z")));
    goes_over(w, "sub>part");
    assert_str(world_tokens(w, 1), "part part part x x");
    pass(w, 1, "x");
    pass(w, 1, "x");
    pass(w, 1, "y");
    pass(w, 1, "y");
    assert_str(world_tokens(w, 1), "z");
}

static void test_timers_go_stay_and_come(void **state)
{
    struct world *w = *state;
    w->cx.now_us = at("2022-06-01T10:00:00");
    versions(w,
             PROCESS(START TASK("a") TIMER("t1", "a", "PT1H") TIMER("t2", "a", "PT2H")
                         TIMER("t3", "a", "PT3H") FLOW("f1", "s", "a")),
             PROCESS(START TASK("a") TIMER("t3", "a", "PT3H") TIMER("t2b", "a", "PT2H")
                         TIMER("t4", "a", "PT30M") FLOW("f1", "s", "a")));
    assert_int_equal(world_tick(w, "2022-06-01T11:00:00"), 1);
    assert_str(world_tokens(w, 1), "a nt1");
    pass(w, 1, "nt1");
    assert_int_equal(timers(w), 2);
    goes_over(w, "t2>t2b");
    assert_int_equal(timers(w), 3); /* t3 and t2 with their time, t4 is new */
    assert_int_equal(world_tick(w, "2022-06-01T11:40:00"), 1);
    assert_str(world_tokens(w, 1), "a nt4");
    assert_int_equal(world_tick(w, "2022-06-01T12:00:00"), 1);
    assert_str(world_tokens(w, 1), "a nt2b nt4");
    assert_int_equal(world_tick(w, "2022-06-01T13:00:00"), 1);
    assert_int_equal(timers(w), 0);
}

/* What has fired once does not wait again because it is still drawn. */
static void test_a_fired_timer_is_not_armed_again(void **state)
{
    struct world *w = *state;
    w->cx.now_us = at("2022-06-01T10:00:00");
    versions(w, PROCESS(START TASK("a") TIMER("t1", "a", "PT1H") FLOW("f1", "s", "a")),
             PROCESS(START TASK("a") TIMER("t1", "a", "PT1H") TASK("b") FLOW("f1", "s", "a")
                         FLOW("f2", "a", "b")));
    assert_int_equal(world_tick(w, "2022-06-01T11:00:00"), 1);
    goes_over(w, NULL);
    assert_int_equal(timers(w), 0);
}

static void test_messages_go_stay_and_come(void **state)
{
    struct world *w = *state;
    versions(w,
             XML_HEAD MESSAGES "<process id='p' isExecutable='true'>" START TASK("a")
                 MESSAGE("b1", "a", "m1") FLOW("f1", "s", "a") XML_TAIL,
             XML_HEAD MESSAGES "<process id='p' isExecutable='true'>" START TASK("a")
                 MESSAGE("b1", "a", "m2") FLOW("f1", "s", "a") XML_TAIL);
    goes_over(w, NULL);
    assert_int_equal(world_message(w, 1, "one", NULL), BPMN_NOT_DELIVERED);
    assert_int_equal(world_message(w, 1, "two", NULL), BPMN_CAUGHT);
    world_audit(w);
    assert_str(world_tokens(w, 1), "a nb1");
    world_process(w, "p",
                  PROCESS(START TASK("a") TASK("nb1") FLOW("f1", "s", "a") FLOW("f2", "a", "nb1")));
    goes_over(w, NULL);
    assert_int_equal(world_count(w, "SELECT count(*) FROM subscription WHERE site = $site"), 0);
}

#define JOINED(more)                                                                               \
    PROCESS(START "<parallelGateway id='g'/>" TASK("a")                                            \
                TASK("b") "<parallelGateway id='j'/>" TASK("z") FLOW("f1", "s", "g")               \
                    FLOW("f2", "g", "a") FLOW("f3", "g", "b") FLOW("f4", "a", "j")                 \
                        FLOW("f6", "j", "z") more)

/* The flow that is waited for is no longer there: the join goes on at once. */
static void test_joins_are_looked_at_again(void **state)
{
    struct world *w = *state;
    world_process(w, "p", JOINED(FLOW("f5", "b", "j")));
    world_start(w, 1);
    pass(w, 1, "a");
    assert_str(world_tokens(w, 1), "b j");
    world_process(w, "p", JOINED(TASK("c") FLOW("f5", "b", "c")));
    goes_over(w, NULL);
    assert_str(world_tokens(w, 1), "b z");
    world_process(w, "p", JOINED(FLOW("f5", "b", "j")));
    const int64_t other = world_start(w, 2);
    pass(w, 2, "a");
    world_process(w, "p",
                  PROCESS(START "<parallelGateway id='g'/>" TASK("a")
                              TASK("b") "<parallelGateway id='j'/>" TASK("z") FLOW("f1", "s", "g")
                                  FLOW("f2", "g", "a") FLOW("f3", "g", "b") FLOW("f4x", "a", "j")
                                      FLOW("f5", "b", "j") FLOW("f6", "j", "z")));
    stays(w, NULL, "j");
    (void)other;
}

static void test_suspended_ones_go_over_too(void **state)
{
    struct world *w = *state;
    const int64_t id =
        versions(w, JOINED(FLOW("f5", "b", "j")), JOINED(TASK("c") FLOW("f5", "b", "c")));
    pass(w, 1, "a");
    assert_ok(w, COMMAND(w, bpmn_suspend(&w->cx, AS(w, "boss"), id, false, STR("x"))));
    goes_over(w, NULL);
    assert_refused(w, world_complete(w, 1, "b", ""), RC_CONFLICT, "bpmn.suspended");
    assert_ok(w, COMMAND(w, bpmn_suspend(&w->cx, AS(w, "boss"), id, true, STR("x"))));
    world_audit(w);
    assert_str(world_tokens(w, 1), "b z");
}

static void test_jobs_go_over_or_hold(void **state)
{
    struct world *w = *state;
    struct bpmn_jobs jobs = {0};
    versions(w,
             PROCESS(START "<serviceTask id='j' b:topic='print'/>" TASK("z") FLOW("f1", "s", "j")
                         FLOW("f2", "j", "z")),
             PROCESS(START "<serviceTask id='j' b:operation='x'/>" TASK("z") FLOW("f1", "s", "j")
                         FLOW("f2", "j", "z")));
    stays(w, NULL, "j");
    world_process(w, "p",
                  PROCESS(START "<serviceTask id='j' b:topic='print'/>" TASK("z")
                              FLOW("f1", "s", "j") FLOW("f2", "j", "z")));
    world_process(w, "p",
                  PROCESS(START "<serviceTask id='job' b:topic='press'/>" TASK("z")
                              FLOW("f1", "s", "job") FLOW("f2", "job", "z")));
    goes_over(w, "j>job");
    assert_ok(
        w, COMMAND(w, bpmn_jobs_fetch(&w->cx, AS(w, "x"), STR("press"), STR("x"), 60, 9, &jobs)));
    assert_int_equal(jobs.len, 1);
    assert_str(jobs.at[0].element, "job");
}

static void test_batches_and_single_instances(void **state)
{
    struct world *w = *state;
    struct bpmn_migrated done;
    int64_t last = 0;
    world_process(w, "p", PROCESS(START TASK("a") FLOW("f1", "s", "a")));
    const int64_t first = world_start(w, 1);
    for (int64_t i = 2; i <= 7; i++)
        world_start(w, i);
    world_process(w, "p",
                  PROCESS(START TASK("a") TASK("b") FLOW("f1", "s", "a") FLOW("f2", "a", "b")));
    struct bpmn_migration m = {.process = STR("p"),
                               .from = w->model[0]->version,
                               .to = w->model[1]->version,
                               .instance_id = first};
    assert_ok(w, COMMAND(w, bpmn_migrate(&w->cx, AS(w, "boss"), &m, 3, 0, &last, &done)));
    assert_int_equal(done.migrated, 1);
    assert_int_equal(last, 0);
    assert_refused(w, COMMAND(w, bpmn_migrate(&w->cx, AS(w, "boss"), &m, 3, 0, &last, &done)),
                   RC_MISSING, "bpmn.instance-missing");
    m.instance_id = 0;
    int64_t all = 0;
    int calls = 0;
    do {
        assert_ok(w, COMMAND(w, bpmn_migrate(&w->cx, AS(w, "boss"), &m, 3, last, &last, &done)));
        world_audit(w);
        all += done.migrated;
    } while (last && ++calls < 10);
    assert_int_equal(all, 6);
    m.to = m.from;
    assert_refused(w, COMMAND(w, bpmn_migrate(&w->cx, AS(w, "boss"), &m, 3, 0, &last, &done)),
                   RC_INVALID, "bpmn.migration");
    m.to = 4711;
    assert_refused(w, COMMAND(w, bpmn_migrate(&w->cx, AS(w, "boss"), &m, 3, 0, &last, &done)),
                   RC_MISSING, "bpmn.version-missing");
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(test_##name, world_set_up, world_tear_down)
    const struct CMUnitTest tests[] = {
        T(steps_are_renamed_and_added),
        T(what_was_done_before_is_still_known),
        T(other_kinds_scopes_and_rounds_stay),
        T(rounds_and_sub_processes_go_over),
        T(timers_go_stay_and_come),
        T(a_fired_timer_is_not_armed_again),
        T(messages_go_stay_and_come),
        T(joins_are_looked_at_again),
        T(suspended_ones_go_over_too),
        T(jobs_go_over_or_hold),
        T(batches_and_single_instances),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
