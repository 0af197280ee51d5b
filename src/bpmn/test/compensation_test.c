/* Tests of compensation and transactions: what was completed is undone, the last first. */
#include "bpmn/test/test.h"

#define WITH(body)                                                                                 \
    XML_HEAD                                                                                       \
    "<error id='E' errorCode='e1'/><signal id='S' name='s'/>"                                      \
    "<process id='p' isExecutable='true'>\n" body XML_TAIL
#define COMPENSATE "<compensateEventDefinition/>"
/* A service task x with a handler ux. */
#define UNDOABLE(x)                                                                                \
    "<serviceTask id='" x "' b:operation='" x "'/><boundaryEvent id='b" x "' attachedToRef='" x    \
    "'>" COMPENSATE "</boundaryEvent><serviceTask id='u" x "' b:operation='u" x                    \
    "' isForCompensation='true'/><association id='as" x                                            \
    "' associationDirection='One'"                                                                 \
    " sourceRef='b" x "' targetRef='u" x "'/>"
#define THROW "<intermediateThrowEvent id='th'>" COMPENSATE "</intermediateThrowEvent>"

static str log_of(struct world *w)
{
    return buf_str(&w->log);
}

static void test_the_last_is_undone_first(void **state)
{
    struct world *w = *state;
    world_process(w, "p",
                  WITH("<startEvent id='s'/>" UNDOABLE("x") UNDOABLE("y") UNDOABLE("z") THROW
                       "<userTask id='t'/>" FLOW("f1", "s", "x") FLOW("f2", "x", "y")
                           FLOW("f3", "y", "z") FLOW("f4", "z", "th") FLOW("f5", "th", "t")));
    world_start(w, 1);
    assert_str(log_of(w), "x y z uz uy ux");
    assert_str(world_tokens(w, 1), "t");
    assert_ok(w, world_complete(w, 1, "t", ""));
    assert_str(world_tokens(w, 1), "ended");
}

#define HANDLED_BY_PEOPLE(x)                                                                       \
    "<serviceTask id='" x "' b:operation='" x "'/><boundaryEvent id='b" x "' attachedToRef='" x    \
    "'>" COMPENSATE "</boundaryEvent><userTask id='u" x                                            \
    "' isForCompensation='true'/>"                                                                 \
    "<association id='as" x "' associationDirection='One' sourceRef='b" x "' targetRef='u" x "'/>"

static void test_a_throw_waits_for_its_handlers(void **state)
{
    struct world *w = *state;
    world_process(w, "p",
                  WITH("<startEvent id='s'/>" HANDLED_BY_PEOPLE("x") HANDLED_BY_PEOPLE("y") THROW
                       "<userTask id='t'/>" FLOW("f1", "s", "x") FLOW("f2", "x", "y")
                           FLOW("f4", "y", "th") FLOW("f5", "th", "t")));
    world_start(w, 1);
    assert_str(world_tokens(w, 1), "th uy");
    world_audit(w);
    assert_ok(w, world_complete(w, 1, "uy", ""));
    assert_str(world_tokens(w, 1), "th ux");
    assert_ok(w, world_complete(w, 1, "ux", ""));
    assert_str(world_tokens(w, 1), "t");
}

static void test_or_does_not_wait(void **state)
{
    struct world *w = *state;
    world_process(w, "p",
                  WITH("<startEvent id='s'/>" HANDLED_BY_PEOPLE(
                      "x") "<intermediateThrowEvent id='th'><compensateEventDefinition"
                           " waitForCompletion='false'/></intermediateThrowEvent>"
                           "<userTask id='t'/>" FLOW("f1", "s", "x") FLOW("f4", "x", "th")
                               FLOW("f5", "th", "t")));
    world_start(w, 1);
    assert_str(world_tokens(w, 1), "t th ux");
    assert_ok(w, world_complete(w, 1, "t", ""));
    assert_str(world_tokens(w, 1), "th ux"); /* the process waits all the same */
    assert_ok(w, world_complete(w, 1, "ux", ""));
    assert_str(world_tokens(w, 1), "ended");
}

static void test_one_activity_alone(void **state)
{
    struct world *w = *state;
    world_process(w, "p",
                  WITH("<startEvent id='s'/>" UNDOABLE("x") UNDOABLE(
                      "y") "<intermediateThrowEvent id='th'><compensateEventDefinition"
                           " activityRef='x'/></intermediateThrowEvent><endEvent id='e'>" COMPENSATE
                           "</endEvent>" FLOW("f1", "s", "x") FLOW("f2", "x", "y")
                               FLOW("f4", "y", "th") FLOW("f5", "th", "e")));
    world_start(w, 1);
    assert_str(log_of(w), "x y ux uy"); /* each once */
    assert_str(world_tokens(w, 1), "ended");
}

static void test_what_has_not_run_is_not_undone(void **state)
{
    struct world *w = *state;
    world_process(w, "p",
                  WITH("<startEvent id='s'/>" UNDOABLE("x") UNDOABLE("y") THROW
                       "<endEvent id='e'/>"
                       "<exclusiveGateway id='g' default='f3'/>" FLOW("f1", "s", "g")
                           FLOW_IF("f2", "g", "y", "false") FLOW("f3", "g", "x")
                               FLOW("f4", "x", "th") FLOW("f5", "y", "th") FLOW("f6", "th", "e")));
    world_start(w, 1);
    assert_str(log_of(w), "x ux");
}

/* A completed sub-process is undone from inside, the last first. */
static void test_sub_processes_from_inside(void **state)
{
    struct world *w = *state;
    world_process(
        w, "p",
        WITH(
            "<startEvent id='s'/>" UNDOABLE("a") "<subProcess id='sub'><startEvent id='is'/>" UNDOABLE(
                "x") "<subProcess id='deep'><startEvent id='ds'/>" UNDOABLE("y") UNDOABLE("z")
                FLOW("d1", "ds", "y") FLOW("d2", "y", "z") "</subProcess>" UNDOABLE("v")
                    FLOW("i1", "is", "x") FLOW("i2", "x", "deep")
                        FLOW("i3", "deep",
                             "v") "</subProcess>" THROW "<userTask id='t'/>" FLOW("f1", "s", "a")
                            FLOW("f2", "a", "sub") FLOW("f3", "sub", "th") FLOW("f4", "th", "t")));
    world_start(w, 1);
    assert_str(log_of(w), "a x y z v uv uz uy ux ua");
    assert_str(world_tokens(w, 1), "t");
    world_audit(w);
}

/* It sees what the sub-process knew when it was left. */
static void test_a_compensation_event_sub_process(void **state)
{
    struct world *w = *state;
    world_process(
        w, "p",
        WITH("<startEvent id='s'/><subProcess id='sub'><dataObject id='n' name='n'/>"
             "<startEvent id='is'/>" UNDOABLE(
                 "x") "<scriptTask id='k' scriptFormat='feel'"
                      " b:resultVariable='n'><script>6 * 7</script></scriptTask>"
                      "<subProcess id='h' triggeredByEvent='true'><startEvent id='hs'>" COMPENSATE
                      "</startEvent><serviceTask id='o' b:operation='undo'><extensionElements>"
                      "<b:param name='n' value='n'/></extensionElements></serviceTask>"
                      "<intermediateThrowEvent id='ht'>" COMPENSATE "</intermediateThrowEvent>"
                      "<userTask id='u'/>" FLOW("h1", "hs", "o") FLOW("h2", "o", "ht")
                          FLOW("h3", "ht", "u") "</subProcess>" FLOW("i1", "is", "x")
                              FLOW("i2", "x", "k") "</subProcess>" THROW "<userTask id='t'/>" FLOW(
                                  "f1", "s", "sub") FLOW("f2", "sub", "th") FLOW("f4", "th", "t")));
    world_start(w, 1);
    assert_str(world_tokens(w, 1), "h sub th u");
    assert_str(log_of(w), "x undo n=42 ux");
    world_audit(w);
    assert_ok(w, world_complete(w, 1, "u", ""));
    assert_str(world_tokens(w, 1), "t");
    assert_ok(w, world_complete(w, 1, "t", ""));
    assert_str(world_tokens(w, 1), "ended");
}

static void test_a_handler_on_a_sub_process_stands_for_all_of_it(void **state)
{
    struct world *w = *state;
    world_process(
        w, "p",
        WITH("<startEvent id='s'/><subProcess id='sub'><startEvent id='is'/>" UNDOABLE("x") FLOW(
            "i1", "is",
            "x") "</subProcess><boundaryEvent id='bs' attachedToRef='sub'>" COMPENSATE
                 "</boundaryEvent><serviceTask id='us' b:operation='us'"
                 " isForCompensation='true'/><association id='as' associationDirection='One'"
                 " sourceRef='bs' targetRef='us'/>" THROW "<endEvent id='e'/>" FLOW(
                     "f1", "s", "sub") FLOW("f2", "sub", "th") FLOW("f4", "th", "e")));
    world_start(w, 1);
    assert_str(log_of(w), "x us");
    assert_str(world_tokens(w, 1), "ended");
}

static void test_rounds_are_undone_one_by_one(void **state)
{
    struct world *w = *state;
    world_process(w, "p",
                  WITH("<startEvent id='s'/><subProcess id='sub'><multiInstanceLoopCharacteristics"
                       " isSequential='true'><loopCardinality>3</loopCardinality>"
                       "</multiInstanceLoopCharacteristics><startEvent id='is'/>" UNDOABLE("x")
                           FLOW("i1", "is", "x") "</subProcess>" THROW "<endEvent id='e'/>" FLOW(
                               "f1", "s", "sub") FLOW("f2", "sub", "th") FLOW("f4", "th", "e")));
    world_start(w, 1);
    assert_str(log_of(w), "x x x ux ux ux");
    assert_str(world_tokens(w, 1), "ended");
}

/* What it gives when it is done it does not give again when it is undone. */
static void test_undoing_gives_nothing(void **state)
{
    struct world *w = *state;
    world_process(
        w, "p",
        WITH("<dataObject id='n' name='n'/><startEvent id='s'/><scriptTask id='one'"
             " scriptFormat='feel' b:resultVariable='n'><script>1</script></scriptTask>"
             "<subProcess id='sub'><extensionElements><b:out name='n' value='n + 1'/>"
             "</extensionElements><startEvent id='is'/>" UNDOABLE(
                 "x") "<subProcess id='h' triggeredByEvent='true'><startEvent id='hs'>" COMPENSATE
                      "</startEvent><userTask id='u'/>" FLOW("h1", "hs", "u") "</subProcess>" FLOW(
                          "i1", "is",
                          "x") "</subProcess>" THROW "<userTask id='t'/>" FLOW("f0", "s", "one")
                          FLOW("f1", "one", "sub") FLOW("f2", "sub", "th") FLOW("f4", "th", "t")));
    world_start(w, 1);
    assert_str(world_variables_of(w, 1), "{\"n\":2}");
    assert_ok(w, world_complete(w, 1, "u", ""));
    assert_str(world_tokens(w, 1), "t");
    assert_str(world_variables_of(w, 1), "{\"n\":2}");
}

/* An error of a handler goes where one of the scope would. */
static void test_a_handler_may_fail(void **state)
{
    struct world *w = *state;
    /* clang-format off */
    world_process(
        w, "p",
        WITH("<startEvent id='s'/><subProcess id='sub'><startEvent id='is'/>" HANDLED_BY_PEOPLE("x")
             HANDLED_BY_PEOPLE("y") "<serviceTask id='z' b:operation='z'/>"
             "<boundaryEvent id='bz' attachedToRef='z'>" COMPENSATE "</boundaryEvent>"
             "<subProcess id='uz' isForCompensation='true'><startEvent id='zs'/><userTask id='zt'/>"
             "<endEvent id='ze'><errorEventDefinition errorRef='E'/></endEvent>"
             FLOW("z1", "zs", "zt") FLOW("z2", "zt", "ze") "</subProcess>"
             "<association id='asz' associationDirection='One' sourceRef='bz' targetRef='uz'/>" THROW
             FLOW("i1", "is", "x") FLOW("i2", "x", "y") FLOW("i3", "y", "z") FLOW("i4", "z", "th")
             "</subProcess><boundaryEvent id='b' attachedToRef='sub'>"
             "<errorEventDefinition errorRef='E'/></boundaryEvent><userTask id='t'/>"
             FLOW("f1", "s", "sub") FLOW("f2", "b", "t")));
    /* clang-format on */
    world_start(w, 1);
    assert_str(world_tokens(w, 1), "sub th uz zt");
    assert_ok(w, world_complete(w, 1, "zt", ""));
    assert_str(world_tokens(w, 1), "t");
}

/* ---- transactions ---- */

#define TRANSACTION(inside, behind)                                                                \
    WITH("<startEvent id='s'/><transaction id='tr'><startEvent id='is'/>" inside                   \
         "</transaction>"                                                                          \
         "<boundaryEvent id='bc' attachedToRef='tr'><cancelEventDefinition/></boundaryEvent>"      \
         "<userTask id='c'/><boundaryEvent id='be' attachedToRef='tr'>"                            \
         "<errorEventDefinition errorRef='E'/></boundaryEvent><userTask id='h'/>" behind           \
         "<userTask id='t'/>" FLOW("f1", "s", "tr") FLOW("f2", "tr", "t") FLOW("f3", "bc", "c")    \
             FLOW("f4", "be", "h"))
#define CANCEL "<endEvent id='ic'><cancelEventDefinition/></endEvent>"

static void test_a_cancelled_transaction_is_undone(void **state)
{
    struct world *w = *state;
    world_process(
        w, "p",
        TRANSACTION(UNDOABLE("x") UNDOABLE("y") "<userTask id='open'/>" CANCEL FLOW("i1", "is", "x")
                        FLOW("i2", "x", "y") FLOW("i3", "y", "ic") FLOW("i4", "is", "open"),
                    ""));
    world_start(w, 1);
    assert_str(log_of(w), "x y uy ux");
    assert_str(world_tokens(w, 1), "c");
    world_audit(w);
}

static void test_it_waits_for_its_handlers(void **state)
{
    struct world *w = *state;
    world_process(
        w, "p",
        TRANSACTION(HANDLED_BY_PEOPLE("x") CANCEL FLOW("i1", "is", "x") FLOW("i3", "x", "ic"), ""));
    world_start(w, 1);
    assert_str(world_tokens(w, 1), "tr ux");
    world_audit(w);
    assert_ok(w, world_complete(w, 1, "ux", ""));
    assert_str(world_tokens(w, 1), "c");
}

static void test_a_transaction_without_handlers_is_cancelled_at_once(void **state)
{
    struct world *w = *state;
    world_process(
        w, "p",
        TRANSACTION("<userTask id='a'/>" CANCEL FLOW("i1", "is", "a") FLOW("i2", "a", "ic"), ""));
    world_start(w, 1);
    assert_ok(w, world_complete(w, 1, "a", ""));
    assert_str(world_tokens(w, 1), "c");
}

/* A hazard (10.3.5): nothing is undone. */
static void test_an_error_leaves_it_as_it_is(void **state)
{
    struct world *w = *state;
    world_process(w, "p",
                  TRANSACTION(UNDOABLE("x") "<endEvent id='ie'><errorEventDefinition errorRef='E'/>"
                                            "</endEvent>" FLOW("i1", "is", "x")
                                                FLOW("i2", "x", "ie"),
                              ""));
    world_start(w, 1);
    assert_str(log_of(w), "x");
    assert_str(world_tokens(w, 1), "h");
}

static void test_a_transaction_that_ended_well_can_be_undone_later(void **state)
{
    struct world *w = *state;
    world_process(
        w, "p",
        WITH("<startEvent id='s'/><transaction id='tr'><startEvent id='is'/>" UNDOABLE("x")
                 FLOW("i1", "is", "x") "</transaction><endEvent id='e'>" COMPENSATE
                                       "</endEvent>" FLOW("f1", "s", "tr") FLOW("f2", "tr", "e")));
    world_start(w, 1);
    assert_str(log_of(w), "x ux");
    assert_str(world_tokens(w, 1), "ended");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, world_set_up_weekdays, world_tear_down)
int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_the_last_is_undone_first),
        TEST(test_a_throw_waits_for_its_handlers),
        TEST(test_or_does_not_wait),
        TEST(test_one_activity_alone),
        TEST(test_what_has_not_run_is_not_undone),
        TEST(test_sub_processes_from_inside),
        TEST(test_a_compensation_event_sub_process),
        TEST(test_a_handler_on_a_sub_process_stands_for_all_of_it),
        TEST(test_rounds_are_undone_one_by_one),
        TEST(test_undoing_gives_nothing),
        TEST(test_a_handler_may_fail),
        TEST(test_a_cancelled_transaction_is_undone),
        TEST(test_it_waits_for_its_handlers),
        TEST(test_a_transaction_without_handlers_is_cancelled_at_once),
        TEST(test_an_error_leaves_it_as_it_is),
        TEST(test_a_transaction_that_ended_well_can_be_undone_later),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
