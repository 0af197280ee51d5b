/* Tests of events: each kind in each place, interrupting and not. */
#include "bpmn/test/test.h"

#define DEFS                                                                                       \
    "<message id='M' name='m'/><message id='M2' name='m2'/><signal id='S' name='s'/>"              \
    "<signal id='S2' name='s2'/><error id='E' errorCode='e1'/><error id='E2' errorCode='e2'/>"     \
    "<escalation id='X' escalationCode='x1'/><escalation id='X2' escalationCode='x2'/>\n"
#define WITH(body) XML_HEAD DEFS "<process id='p' isExecutable='true'>\n" body XML_TAIL
#define ON_MESSAGE "<messageEventDefinition messageRef='M'/>"
#define ON_SIGNAL  "<signalEventDefinition signalRef='S'/>"
#define ON_TIMER   "<timerEventDefinition><timeDuration>PT10S</timeDuration></timerEventDefinition>"
#define ON_CONDITION                                                                               \
    "<conditionalEventDefinition><condition>amount &gt; 10</condition></conditionalEventDefinition>"
#define ON_ERROR      "<errorEventDefinition errorRef='E'/>"
#define ON_ESCALATION "<escalationEventDefinition escalationRef='X'/>"
#define END           "<endEvent id='e'/>"

static int64_t signal(struct world *w, const char *name)
{
    int64_t count = 0;
    assert_ok(w, COMMAND(w, bpmn_signal(&w->cx, AS(w, "ann"), str_from(name), NULL, &count)));
    return count;
}

static void changed(struct world *w, int64_t amount)
{
    w->amount = amount;
    assert_ok(w, COMMAND(w, bpmn_changed(&w->cx, AS(w, "ann"), 1)));
}

/* Lets the event of this kind happen. */
static void happens(struct world *w, int kind)
{
    if (kind == 0) assert_int_equal(world_message(w, 1, "m", NULL), BPMN_CAUGHT);
    if (kind == 1) assert_int_equal(signal(w, "s"), 1);
    if (kind == 2) assert_int_equal(world_tick(w, "2022-06-01T10:00:11"), 1);
    if (kind == 3) changed(w, 11);
}

/* ---- in the flow ---- */

#define CATCHING(on)                                                                               \
    WITH("<startEvent id='a'/><intermediateCatchEvent id='c'>" on                                  \
         "</intermediateCatchEvent><userTask id='t'/>" END FLOW("f1", "a", "c")                    \
             FLOW("f2", "c", "t") FLOW("f3", "t", "e"))

static void test_a_token_waits_for_its_event(void **state)
{
    static const char *const model[] = {CATCHING(ON_MESSAGE), CATCHING(ON_SIGNAL),
                                        CATCHING(ON_TIMER), CATCHING(ON_CONDITION)};
    struct world *w = *state;
    for (int i = 0; i < 4; i++) {
        w->amount = 0;
        w->cx.now_us = at("2022-06-01T10:00:00");
        world_process(w, "p", model[i]);
        world_start(w, 1);
        assert_str(world_tokens(w, 1), "c");
        world_audit(w);
        happens(w, i);
        assert_str(world_tokens(w, 1), "t");
        assert_ok(w, world_complete(w, 1, "t", ""));
        assert_str(world_tokens(w, 1), "ended");
    }
}

static void test_a_condition_that_holds_already_does_not_wait(void **state)
{
    struct world *w = *state;
    w->amount = 20;
    world_process(w, "p", CATCHING(ON_CONDITION));
    world_start(w, 1);
    assert_str(world_tokens(w, 1), "t");
}

/* ---- on the boundary ---- */

#define BOUNDARY(on, interrupting)                                                                 \
    WITH(                                                                                          \
        "<startEvent id='a'/><userTask id='t'/><boundaryEvent id='b' attachedToRef='t'"            \
        " cancelActivity='" interrupting "'>" on                                                   \
        "</boundaryEvent><userTask id='u'/>" END FLOW("f1", "a", "t") FLOW("f2", "t", "e")         \
            FLOW("f3", "b", "u") FLOW("f4", "u", "e"))

static void test_a_boundary_event_takes_the_task(void **state)
{
    static const char *const model[] = {BOUNDARY(ON_MESSAGE, "true"), BOUNDARY(ON_SIGNAL, "true"),
                                        BOUNDARY(ON_TIMER, "true"), BOUNDARY(ON_CONDITION, "true")};
    struct world *w = *state;
    for (int i = 0; i < 4; i++) {
        w->amount = 0;
        w->cx.now_us = at("2022-06-01T10:00:00");
        world_process(w, "p", model[i]);
        world_start(w, 1);
        world_audit(w);
        happens(w, i);
        assert_str(world_tokens(w, 1), "u");
        assert_ok(w, world_complete(w, 1, "u", ""));
        assert_str(world_tokens(w, 1), "ended");
    }
}

static void test_or_goes_on_beside_it(void **state)
{
    static const char *const model[] = {BOUNDARY(ON_MESSAGE, "false"), BOUNDARY(ON_SIGNAL, "false"),
                                        BOUNDARY(ON_TIMER, "false"),
                                        BOUNDARY(ON_CONDITION, "false")};
    struct world *w = *state;
    for (int i = 0; i < 4; i++) {
        w->amount = 0;
        w->cx.now_us = at("2022-06-01T10:00:00");
        world_process(w, "p", model[i]);
        world_start(w, 1);
        happens(w, i);
        assert_str(world_tokens(w, 1), "t u");
        world_audit(w);
        if (i < 2) { /* again, as often as it comes */
            happens(w, i);
            assert_str(world_tokens(w, 1), "t u u");
            assert_ok(w, world_complete(w, 1, "u", ""));
        }
        if (i == 3) { /* only when it has become true anew */
            changed(w, 12);
            assert_str(world_tokens(w, 1), "t u");
            changed(w, 1);
            changed(w, 12);
            assert_str(world_tokens(w, 1), "t u u");
            assert_ok(w, world_complete(w, 1, "u", ""));
        }
        assert_ok(w, world_complete(w, 1, "u", ""));
        assert_ok(w, world_complete(w, 1, "t", ""));
        assert_str(world_tokens(w, 1), "ended");
    }
}

/* ---- event sub-processes ---- */

#define EVENT_SUB(on, interrupting)                                                                         \
    WITH("<startEvent id='a'/><userTask id='t'/>" END FLOW("f1", "a", "t") FLOW(                            \
        "f2", "t",                                                                                          \
        "e") "<subProcess id='h' triggeredByEvent='true'><startEvent id='hs' isInterrupting='" interrupting \
             "'>" on "</startEvent><userTask id='u'/><endEvent id='he'/>" FLOW("h1", "hs", "u")             \
                 FLOW("h2", "u", "he") "</subProcess>")

static void test_an_event_sub_process_takes_over(void **state)
{
    static const char *const model[] = {EVENT_SUB(ON_MESSAGE, "true"), EVENT_SUB(ON_SIGNAL, "true"),
                                        EVENT_SUB(ON_TIMER, "true"),
                                        EVENT_SUB(ON_CONDITION, "true")};
    struct world *w = *state;
    for (int i = 0; i < 4; i++) {
        w->amount = 0;
        w->cx.now_us = at("2022-06-01T10:00:00");
        world_process(w, "p", model[i]);
        world_start(w, 1);
        assert_str(world_tokens(w, 1), "t");
        world_audit(w);
        happens(w, i);
        assert_str(world_tokens(w, 1), "h u");
        world_audit(w);
        if (i == 0) assert_int_equal(world_message(w, 1, "m", NULL), BPMN_NOT_DELIVERED);
        assert_ok(w, world_complete(w, 1, "u", ""));
        assert_str(world_tokens(w, 1), "ended");
    }
}

static void test_or_runs_beside(void **state)
{
    static const char *const model[] = {EVENT_SUB(ON_MESSAGE, "false"),
                                        EVENT_SUB(ON_SIGNAL, "false"), EVENT_SUB(ON_TIMER, "false"),
                                        EVENT_SUB(ON_CONDITION, "false")};
    struct world *w = *state;
    for (int i = 0; i < 4; i++) {
        w->amount = 0;
        w->cx.now_us = at("2022-06-01T10:00:00");
        world_process(w, "p", model[i]);
        world_start(w, 1);
        happens(w, i);
        assert_str(world_tokens(w, 1), "h t u");
        if (i < 2) {
            happens(w, i);
            assert_str(world_tokens(w, 1), "h h t u u");
            assert_ok(w, world_complete(w, 1, "u", ""));
        }
        assert_ok(w, world_complete(w, 1, "t", ""));
        assert_str(world_tokens(w, 1), "h u"); /* the process waits for its handlers */
        world_audit(w);
        assert_ok(w, world_complete(w, 1, "u", ""));
        assert_str(world_tokens(w, 1), "ended");
    }
}

/* ---- signals ---- */

static void test_a_signal_is_heard_by_all(void **state)
{
    struct world *w = *state;
    world_process(w, "p", CATCHING(ON_SIGNAL));
    world_start(w, 1);
    world_start(w, 2);
    assert_int_equal(signal(w, "other"), 0);
    assert_int_equal(signal(w, "s"), 2);
    assert_str(world_tokens(w, 1), "t");
    assert_str(world_tokens(w, 2), "t");
    assert_int_equal(signal(w, "s"), 0);
}

static void test_a_signal_starts_processes(void **state)
{
    struct world *w = *state;
    world_process(w, "q",
                  WITH("<startEvent id='a'>" ON_SIGNAL "</startEvent><userTask id='t'/>" END FLOW(
                      "f1", "a", "t") FLOW("f2", "t", "e")));
    assert_int_equal(signal(w, "s"), 1);
    assert_str(world_tokens(w, 0), "t");
}

/* Thrown inside: at once in its own instance, then in others. */
static void test_a_thrown_signal(void **state)
{
    struct world *w = *state;
    world_process(
        w, "p",
        WITH(
            "<startEvent id='a'/><parallelGateway id='g'/><intermediateCatchEvent id='c'>" ON_SIGNAL
            "</intermediateCatchEvent><userTask id='x'/><intermediateThrowEvent id='th'>" ON_SIGNAL
            "</intermediateThrowEvent><userTask id='y'/><userTask id='z'/>" END FLOW("f1", "a", "g")
                FLOW("f2", "g", "c") FLOW("f3", "g", "x") FLOW("f4", "x", "th")
                    FLOW("f5", "th", "y") FLOW("f6", "c", "z") FLOW("f7", "y", "e")
                        FLOW("f8", "z", "e")));
    world_start(w, 1);
    world_start(w, 2);
    assert_str(world_tokens(w, 1), "c x");
    assert_ok(w, world_complete(w, 1, "x", ""));
    assert_str(world_tokens(w, 1), "y z");
    assert_str(world_tokens(w, 2), "x z");
}

/* ---- errors ---- */

#define IN_SUB(inside, behind)                                                                     \
    "<startEvent id='a'/><subProcess id='sub'><startEvent id='ia'/>" inside "</subProcess>" behind \
    "<userTask id='t'/>" END FLOW("f1", "a", "sub") FLOW("f2", "sub", "t") FLOW("f3", "t", "e")

static void test_an_error_ends_its_scope(void **state)
{
    struct world *w = *state;
    world_process(
        w, "p",
        WITH(IN_SUB("<userTask id='x'/><endEvent id='ie'>" ON_ERROR
                    "</endEvent><userTask id='y'/>" FLOW("i1", "ia", "x") FLOW("i2", "x", "ie")
                        FLOW("i3", "ia", "y"),
                    "<boundaryEvent id='any' attachedToRef='sub'><errorEventDefinition/>"
                    "</boundaryEvent><userTask id='u'/>" FLOW("b1", "any", "u") FLOW(
                        "b2", "u", "e") "<boundaryEvent id='b' attachedToRef='sub'>" ON_ERROR
                                        "</boundaryEvent><userTask id='v'/>" FLOW("b3", "b", "v")
                                            FLOW("b4", "v", "e"))));
    world_start(w, 1);
    assert_str(world_tokens(w, 1), "sub x y");
    assert_ok(w, world_complete(w, 1, "x", ""));
    assert_str(world_tokens(w, 1), "v"); /* the exact code before any */
    assert_ok(w, world_complete(w, 1, "v", ""));
    assert_str(world_tokens(w, 1), "ended");
}

static void test_an_error_is_caught_inside_first(void **state)
{
    struct world *w = *state;
    world_process(
        w, "p",
        WITH(IN_SUB(
            "<endEvent id='ie'>" ON_ERROR "</endEvent>" FLOW(
                "i1", "ia",
                "ie") "<subProcess id='h' triggeredByEvent='true'><startEvent id='hs'>" ON_ERROR
                      "</startEvent><userTask id='u'/>" FLOW("h1", "hs", "u") "</subProcess>",
            "<boundaryEvent id='b' attachedToRef='sub'>" ON_ERROR
            "</boundaryEvent><userTask id='v'/>" FLOW("b3", "b", "v") FLOW("b4", "v", "e"))));
    world_start(w, 1);
    assert_str(world_tokens(w, 1), "h sub u");
    assert_ok(w, world_complete(w, 1, "u", ""));
    assert_str(world_tokens(w, 1), "t");
}

static void test_an_error_of_a_handler_goes_outwards(void **state)
{
    struct world *w = *state;
    world_process(
        w, "p",
        WITH(IN_SUB(
            "<endEvent id='ie'>" ON_ERROR "</endEvent>" FLOW(
                "i1", "ia",
                "ie") "<subProcess id='h' triggeredByEvent='true'><startEvent id='hs'>" ON_ERROR
                      "</startEvent><endEvent id='he'>" ON_ERROR
                      "</endEvent>" FLOW("h1", "hs", "he") "</subProcess>",
            "<boundaryEvent id='b' attachedToRef='sub'>" ON_ERROR
            "</boundaryEvent><userTask id='v'/>" FLOW("b3", "b", "v") FLOW("b4", "v", "e"))));
    world_start(w, 1);
    assert_str(world_tokens(w, 1), "v");
}

static void test_an_error_nobody_catches_fails_the_instance(void **state)
{
    struct world *w = *state;
    world_process(w, "p",
                  WITH("<startEvent id='a'/><userTask id='t'/><endEvent id='e'>" ON_ERROR
                       "</endEvent>" FLOW("f1", "a", "t") FLOW("f2", "t", "e")));
    w->log_events = true;
    world_start(w, 1);
    assert_ok(w, world_complete(w, 1, "t", ""));
    assert_int_equal(world_count(w,
                                 "SELECT count(*) FROM process_instance WHERE site = $site AND"
                                 " state = 'failed' AND error = 'e1'"),
                     1);
    assert_true(str_ends(buf_str(&w->log), STR("instance.failed")));
}

static void test_a_step_throws_an_error(void **state)
{
    struct world *w = *state;
    world_process(w, "p",
                  WITH("<startEvent id='a'/><userTask id='t'/><serviceTask id='o'"
                       " b:operation='set'/><boundaryEvent id='b' attachedToRef='o'>" ON_ERROR
                       "</boundaryEvent><userTask id='v'/>" END FLOW("f1", "a", "t")
                           FLOW("f2", "t", "o") FLOW("f3", "o", "e") FLOW("f4", "b", "v")
                               FLOW("f5", "v", "e")));
    world_start(w, 1);
    w->error = STR("e1");
    assert_ok(w, world_complete(w, 1, "t", ""));
    assert_str(world_tokens(w, 1), "v");
}

/* ---- escalations ---- */

static void test_an_escalation_interrupts_or_not(void **state)
{
    struct world *w = *state;
    world_process(
        w, "p",
        WITH(IN_SUB(
            "<intermediateThrowEvent id='th'>" ON_ESCALATION
            "</intermediateThrowEvent><userTask id='x'/><endEvent id='ie'>"
            "<escalationEventDefinition escalationRef='X2'/></endEvent>" FLOW("i1", "ia", "th")
                FLOW("i2", "th", "x") FLOW("i3", "x", "ie"),
            "<boundaryEvent id='b' attachedToRef='sub' cancelActivity='false'>" ON_ESCALATION
            "</boundaryEvent><userTask id='u'/>" FLOW("b1", "b", "u")
                FLOW("bu", "u",
                     "e") "<boundaryEvent id='b2' attachedToRef='sub'><escalationEventDefinition/>"
                          "</boundaryEvent><userTask id='v'/>" FLOW("b3", "b2", "v")
                              FLOW("b4", "v", "e"))));
    world_start(w, 1);
    assert_str(world_tokens(w, 1), "sub u x");
    assert_ok(w, world_complete(w, 1, "x", ""));
    assert_str(world_tokens(w, 1), "u v");
}

/* What an interrupting event sub-process of the same scope catches takes the thrower with it. */
static void test_who_throws_may_be_taken_away(void **state)
{
    struct world *w = *state;
    world_process(
        w, "p",
        WITH(
            "<startEvent id='a'/><intermediateThrowEvent id='th'>" ON_ESCALATION
            "</intermediateThrowEvent><userTask id='x'/>" END FLOW("f1", "a", "th")
                FLOW("f2", "th", "x") FLOW(
                    "f3", "x",
                    "e") "<subProcess id='h' triggeredByEvent='true'><startEvent id='hs'>" ON_ESCALATION
                         "</startEvent><userTask id='u'/>" FLOW("h1", "hs", "u") "</subProcess>"));
    world_start(w, 1);
    assert_str(world_tokens(w, 1), "h u");
    assert_ok(w, world_complete(w, 1, "u", ""));
    assert_str(world_tokens(w, 1), "ended");
}

static void test_an_escalation_nobody_wants_goes_on(void **state)
{
    struct world *w = *state;
    world_process(w, "p",
                  WITH("<startEvent id='a'/><intermediateThrowEvent id='th'>" ON_ESCALATION
                       "</intermediateThrowEvent><userTask id='x'/>" END FLOW("f1", "a", "th")
                           FLOW("f2", "th", "x") FLOW("f3", "x", "e")));
    world_start(w, 1);
    assert_str(world_tokens(w, 1), "x");
}

/* ---- between caller and called ---- */

#define CALLED(end)                                                                                \
    XML_HEAD DEFS                                                                                  \
        "<process id='p' isExecutable='true'>\n<startEvent id='a'/><callActivity id='c'"           \
        " calledElement='q'/><boundaryEvent id='b' attachedToRef='c'>" ON_ERROR                    \
        "</boundaryEvent><userTask id='u'/><boundaryEvent id='b2' attachedToRef='c'"               \
        " cancelActivity='false'>" ON_ESCALATION                                                   \
        "</boundaryEvent><userTask id='v'/><userTask id='t'/>" END FLOW("f1", "a", "c")            \
            FLOW("f2", "c", "t") FLOW("f3", "t", "e") FLOW("f4", "b", "u") FLOW("f5", "u", "e")    \
                FLOW("f6", "b2", "v") FLOW("f7", "v", "e")                                         \
        "</process><process id='q' isExecutable='true'><startEvent id='qa'/><userTask id='qt'/>"   \
        "<endEvent id='qe'>" end "</endEvent>" FLOW("q1", "qa", "qt") FLOW("q2", "qt", "qe")       \
            XML_TAIL

static void test_errors_and_escalations_reach_the_caller(void **state)
{
    struct world *w = *state;
    world_process(w, "p", CALLED(ON_ERROR));
    world_start(w, 1);
    assert_str(world_tokens(w, 1), "c qt");
    world_audit(w);
    assert_ok(w, world_complete(w, 1, "qt", ""));
    assert_str(world_tokens(w, 1), "u");
    world_process(w, "p", CALLED(ON_ESCALATION));
    world_start(w, 2);
    assert_ok(w, world_complete(w, 2, "qt", ""));
    assert_str(world_tokens(w, 2), "t v"); /* it goes on, and is done */
}

/* ---- several in one, links, terminate ---- */

static void test_multiple_events(void **state)
{
    struct world *w = *state;
    world_process(w, "p", CATCHING(ON_MESSAGE ON_SIGNAL));
    world_start(w, 1);
    assert_int_equal(signal(w, "s"), 1);
    assert_str(world_tokens(w, 1), "t");
    world_start_with(w, 2, NULL, NULL);
    assert_int_equal(world_message(w, 2, "m", NULL), BPMN_CAUGHT);
    assert_str(world_tokens(w, 2), "t");
}

static void test_parallel_multiple_events(void **state)
{
    struct world *w = *state;
    world_process(
        w, "p",
        WITH(
            "<startEvent id='a'/><intermediateCatchEvent id='c' parallelMultiple='true'>" ON_MESSAGE
                ON_SIGNAL "</intermediateCatchEvent><userTask id='t'/>" END FLOW("f1", "a", "c")
                    FLOW("f2", "c", "t") FLOW("f3", "t", "e")));
    world_start(w, 1);
    assert_int_equal(signal(w, "s"), 1);
    assert_str(world_tokens(w, 1), "c");
    world_audit(w);
    assert_int_equal(signal(w, "s"), 0); /* it has come */
    assert_int_equal(world_message(w, 1, "m", NULL), BPMN_CAUGHT);
    assert_str(world_tokens(w, 1), "t");
}

static void test_a_parallel_multiple_boundary_event_repeats(void **state)
{
    struct world *w = *state;
    world_process(
        w, "p",
        WITH("<startEvent id='a'/><userTask id='t'/><boundaryEvent id='b' attachedToRef='t'"
             " cancelActivity='false' parallelMultiple='true'>" ON_MESSAGE ON_SIGNAL
             "</boundaryEvent><userTask id='u'/>" END FLOW("f1", "a", "t") FLOW("f2", "t", "e")
                 FLOW("f3", "b", "u") FLOW("f4", "u", "e")));
    world_start(w, 1);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(world_message(w, 1, "m", NULL), BPMN_CAUGHT);
        world_audit(w);
        assert_int_equal(signal(w, "s"), 1);
        world_audit(w);
    }
    assert_str(world_tokens(w, 1), "t u u");
}

static void test_all_definitions_of_a_throw_are_thrown(void **state)
{
    struct world *w = *state;
    world_process(w, "p", CATCHING(ON_SIGNAL));
    world_process(w, "q", CATCHING(ON_MESSAGE));
    world_start(w, 1);
    const struct bpmn_start q = {.process = STR("q"), .subject_id = 3};
    int64_t id;
    assert_ok(w, COMMAND(w, bpmn_start(&w->cx, AS(w, "ann"), &q, &id)));
    world_process(w, "r",
                  WITH("<startEvent id='a'/><intermediateThrowEvent id='th'>" ON_MESSAGE ON_SIGNAL
                       "</intermediateThrowEvent>" END FLOW("f1", "a", "th")
                           FLOW("f2", "th", "e")));
    const struct bpmn_start r = {.process = STR("r"), .subject_id = 3};
    assert_ok(w, COMMAND(w, bpmn_start(&w->cx, AS(w, "ann"), &r, &id)));
    assert_str(world_tokens(w, 1), "t");
    assert_str(world_tokens(w, 3), "t");
}

static void test_links_and_terminate(void **state)
{
    struct world *w = *state;
    world_process(
        w, "p",
        WITH("<startEvent id='a'/><parallelGateway id='g'/><userTask id='x'/>"
             "<intermediateThrowEvent id='l'><linkEventDefinition name='there'/>"
             "</intermediateThrowEvent><intermediateCatchEvent id='k'>"
             "<linkEventDefinition name='there'/></intermediateCatchEvent><userTask id='t'/>"
             "<endEvent id='e'><terminateEventDefinition/></endEvent>" FLOW("f1", "a", "g") FLOW(
                 "f2", "g", "x") FLOW("f3", "g", "l") FLOW("f4", "k", "t") FLOW("f5", "t", "e")));
    world_start(w, 1);
    assert_str(world_tokens(w, 1), "t x");
    assert_ok(w, world_complete(w, 1, "t", ""));
    assert_str(world_tokens(w, 1), "ended");
    assert_int_equal(world_count(w,
                                 "SELECT count(*) FROM process_instance WHERE site = $site AND"
                                 " state = 'ended'"),
                     1);
}

static void test_terminate_ends_its_sub_process_only(void **state)
{
    struct world *w = *state;
    world_process(w, "p",
                  WITH(IN_SUB("<userTask id='x'/><userTask id='y'/><endEvent id='ie'>"
                              "<terminateEventDefinition/></endEvent>" FLOW("i1", "ia", "x")
                                  FLOW("i2", "ia", "y") FLOW("i3", "x", "ie"),
                              "")));
    world_start(w, 1);
    assert_ok(w, world_complete(w, 1, "x", ""));
    assert_str(world_tokens(w, 1), "t");
}

/* ---- event gateways ---- */

#define GATEWAY(attributes, start)                                                                 \
    WITH(start                                                                                     \
         "<eventBasedGateway id='g' " attributes "/><intermediateCatchEvent id='c1'>" ON_MESSAGE   \
         "</intermediateCatchEvent><intermediateCatchEvent id='c2'>" ON_SIGNAL                     \
         "</intermediateCatchEvent><userTask id='t1'/><userTask id='t2'/>" END FLOW(               \
             "g1", "g", "c1") FLOW("g2", "g", "c2") FLOW("f2", "c1", "t1") FLOW("f3", "c2", "t2")  \
             FLOW("f4", "t1", "e") FLOW("f5", "t2", "e"))

static void test_the_first_event_decides(void **state)
{
    struct world *w = *state;
    world_process(w, "p", GATEWAY("", "<startEvent id='a'/>" FLOW("f1", "a", "g")));
    world_start(w, 1);
    assert_str(world_tokens(w, 1), "g");
    world_audit(w);
    assert_int_equal(signal(w, "s"), 1);
    assert_str(world_tokens(w, 1), "t2");
    assert_int_equal(world_message(w, 1, "m", NULL), BPMN_NOT_DELIVERED);
}

static void test_an_event_gateway_starts(void **state)
{
    struct world *w = *state;
    world_process(w, "p", GATEWAY("instantiate='true'", ""));
    assert_int_equal(world_message(w, 1, "m", NULL), BPMN_STARTED);
    assert_str(world_tokens(w, 1), "t1");
}

static void test_a_parallel_one_waits_for_all(void **state)
{
    struct world *w = *state;
    world_process(w, "p", GATEWAY("instantiate='true' eventGatewayType='Parallel'", ""));
    assert_int_equal(world_message(w, 1, "m", NULL), BPMN_STARTED);
    assert_str(world_tokens(w, 1), "g t1");
    world_audit(w);
    assert_ok(w, world_complete(w, 1, "t1", ""));
    assert_str(world_tokens(w, 1), "g");
    assert_int_equal(signal(w, "s"), 2); /* it, and one more instance */
    assert_str(world_tokens(w, 1), "t2");
    assert_str(world_tokens(w, 0), "g t2");
}

/* ---- more places ---- */

static void test_a_process_begins_when_a_condition_holds(void **state)
{
    struct world *w = *state;
    world_process(w, "p",
                  WITH("<startEvent id='a'>" ON_CONDITION
                       "</startEvent><userTask id='t'/>" FLOW("f1", "a", "t")));
    changed(w, 1);
    assert_int_equal(world_count(w, "SELECT count(*) FROM process_instance WHERE site = $site"), 0);
    changed(w, 11);
    assert_str(world_tokens(w, 1), "t");
    changed(w, 12); /* it runs already */
    assert_str(world_tokens(w, 1), "t");
}

static void test_handlers_of_a_sub_process(void **state)
{
    struct world *w = *state;
    world_process(
        w, "p",
        WITH(IN_SUB("<userTask id='x'/>" FLOW(
                        "i1", "ia",
                        "x") "<subProcess id='h' triggeredByEvent='true'><startEvent id='hs'"
                             " isInterrupting='false'>" ON_ESCALATION
                             "</startEvent><userTask id='u'/>" FLOW(
                                 "h1", "hs",
                                 "u") "</subProcess><subProcess id='k'"
                                      " triggeredByEvent='true'><startEvent id='ks'>" ON_TIMER
                                      "</startEvent><userTask id='v'/>" FLOW(
                                          "k1", "ks",
                                          "v") "</subProcess>"
                                               "<intermediateThrowEvent id='th'>" ON_ESCALATION
                                               "</intermediateThrowEvent>" FLOW("i2", "ia", "th"),
                    "")));
    world_start(w, 1);
    assert_str(world_tokens(w, 1), "h sub u x");
    assert_int_equal(world_tick(w, "2022-06-01T10:00:11"), 1);
    assert_str(world_tokens(w, 1), "k sub v"); /* takes the other handler with it */
    world_audit(w);
    assert_ok(w, world_complete(w, 1, "v", ""));
    assert_str(world_tokens(w, 1), "t");
}

/* A handler has handlers of its own. */
static void test_handlers_inside_handlers(void **state)
{
    struct world *w = *state;
    world_process(
        w, "p",
        WITH("<startEvent id='a'/><endEvent id='e'>" ON_ERROR "</endEvent>" FLOW(
            "f1", "a",
            "e") "<subProcess id='h' triggeredByEvent='true'><startEvent id='hs'>" ON_ERROR
                 "</startEvent><endEvent id='he'><errorEventDefinition errorRef='E2'/></endEvent>" FLOW(
                     "h1", "hs",
                     "he") "<subProcess id='k' triggeredByEvent='true'><startEvent id='ks'>"
                           "<errorEventDefinition errorRef='E2'/></startEvent><userTask id='v'/>" FLOW(
                               "k1", "ks", "v") "</subProcess></subProcess>"));
    world_start(w, 1);
    assert_str(world_tokens(w, 1), "h k v");
    assert_ok(w, world_complete(w, 1, "v", ""));
    assert_str(world_tokens(w, 1), "ended");
}

static void test_an_error_of_one_round_ends_them_all(void **state)
{
    struct world *w = *state;
    world_process(
        w, "p",
        WITH("<startEvent id='a'/><subProcess id='sub'><multiInstanceLoopCharacteristics>"
             "<loopCardinality>3</loopCardinality></multiInstanceLoopCharacteristics>"
             "<startEvent id='ia'/><userTask id='x'/><endEvent id='ie'>" ON_ERROR
             "</endEvent>" FLOW("i1", "ia", "x")
                 FLOW("i2", "x", "ie") "</subProcess>"
                                       "<boundaryEvent id='b' attachedToRef='sub'>" ON_ERROR
                                       "</boundaryEvent><userTask id='v'/>" FLOW("f1", "a", "sub")
                                           FLOW("f2", "b", "v")));
    world_start(w, 1);
    assert_str(world_tokens(w, 1), "sub sub sub sub x x x");
    assert_ok(w, world_complete(w, 1, "x", ""));
    assert_str(world_tokens(w, 1), "v");
}

static void test_the_code_goes_into_a_variable(void **state)
{
    struct world *w = *state;
    world_process(
        w, "p",
        WITH("<dataObject id='why' name='why'/>" IN_SUB(
            "<endEvent id='ie'>" ON_ERROR "</endEvent>" FLOW("i1", "ia", "ie"),
            "<boundaryEvent id='b' attachedToRef='sub'><errorEventDefinition"
            " b:codeVariable='why'/></boundaryEvent><userTask id='v'/>" FLOW("b1", "b", "v"))));
    world_start(w, 1);
    assert_str(world_tokens(w, 1), "v");
    assert_str(world_variables_of(w, 1), "{\"why\":\"e1\"}");
}

/* What is inside hears a signal first; when that takes over, the boundary does not hear it too. */
static void test_a_signal_is_heard_inside_first(void **state)
{
    struct world *w = *state;
    world_process(
        w, "p",
        WITH(IN_SUB(
            "<userTask id='x'/>" FLOW(
                "i1", "ia",
                "x") "<subProcess id='h' triggeredByEvent='true'><startEvent id='hs'>" ON_SIGNAL
                     "</startEvent><userTask id='u'/>" FLOW("h1", "hs", "u") "</subProcess>",
            "<boundaryEvent id='b' attachedToRef='sub'>" ON_SIGNAL
            "</boundaryEvent><userTask id='v'/>" FLOW("b1", "b", "v"))));
    world_start(w, 1);
    assert_int_equal(signal(w, "s"), 1);
    assert_str(world_tokens(w, 1), "h sub u");
    assert_int_equal(signal(w, "s"), 1);
    assert_str(world_tokens(w, 1), "v");
}

static void test_behind_an_event_gateway(void **state)
{
    struct world *w = *state;
    world_process(w, "p",
                  WITH("<startEvent id='a'/><eventBasedGateway id='g'/><receiveTask id='c1'"
                       " messageRef='M'/><intermediateCatchEvent id='c2'>" ON_TIMER
                       "</intermediateCatchEvent><userTask id='t1'/><userTask id='t2'/>" FLOW(
                           "f1", "a", "g") FLOW("g1", "g", "c1") FLOW("g2", "g", "c2")
                           FLOW("f2", "c1", "t1") FLOW("f3", "c2", "t2")));
    world_start(w, 1);
    world_start(w, 2);
    assert_int_equal(world_message(w, 1, "m", NULL), BPMN_CAUGHT);
    assert_str(world_tokens(w, 1), "t1");
    assert_int_equal(world_tick(w, "2022-06-01T10:00:10"), 1);
    assert_str(world_tokens(w, 2), "t2");
}

static void test_a_process_that_waits_for_two_to_begin(void **state)
{
    struct world *w = *state;
    world_process(
        w, "p",
        WITH("<startEvent id='a' parallelMultiple='true'>" ON_MESSAGE
             "<messageEventDefinition messageRef='M2'/></startEvent><userTask id='t'/>" FLOW(
                 "f1", "a", "t")));
    assert_int_equal(world_message(w, 1, "m2", NULL), BPMN_STARTED);
    assert_str(world_tokens(w, 1), "a");
    world_audit(w);
    assert_int_equal(world_message(w, 1, "m", NULL), BPMN_CAUGHT);
    assert_str(world_tokens(w, 1), "t");
}

/* ---- who finds a task ---- */

static void test_tasks_of_a_user(void **state)
{
    struct world *w = *state;
    world_process(w, "p",
                  WITH("<startEvent id='a'/><userTask id='x' b:candidates='[&quot;eve&quot;,"
                       "&quot;bob&quot;]'/><userTask id='y' b:assignee='&quot;eve&quot;'/>"
                       "<userTask id='z' b:role='r.officer'/>" FLOW("f1", "a", "x")
                           FLOW("f2", "a", "y") FLOW("f3", "a", "z")));
    world_start(w, 1);
    const str role[] = {STR("r.officer")};
    static const struct {
        const char *user;
        bool with_role;
        size_t count;
    } row[] = {{"eve", false, 2}, {"bob", false, 1}, {"zoe", false, 0},
               {"zoe", true, 1},  {"eve", true, 3},  {"", true, 1}};
    for (size_t i = 0; i < COUNTOF(row); i++) {
        struct bpmn_tasks tasks;
        const struct bpmn_task_query q = {
            .user = str_from(row[i].user), .role = role, .role_count = row[i].with_role};
        world_fresh(w);
        assert_ok(w, bpmn_tasks_find(&w->cx, w->e, w->db, &q, &tasks));
        assert_int_equal(tasks.len, row[i].count);
    }
    assert_ok(w, world_do(w, "bob", world_task(w, 1, "x").id, ""));
    struct bpmn_tasks tasks;
    const struct bpmn_task_query q = {.user = STR("bob")};
    assert_ok(w, bpmn_tasks_find(&w->cx, w->e, w->db, &q, &tasks));
    assert_int_equal(tasks.len, 0);
}

/* ---- rows of before ---- */

static void run_sql(struct world *w, struct db *db, const char *text)
{
    assert_ok(w, db_exec_text(&w->cx, db, str_from(text), DB_NO_ARGS));
}

/* A database that the version without scopes has written goes on where it stands. */
static void test_old_rows_go_on(void **state)
{
    struct world *w = *state;
    db_rollback(w->db);
    db_close(w->db);
    test_db_drop(w->url);
    w->url = test_db_url(&w->f.arena, STR(":memory:"));
    assert_ok(w, db_open(&w->cx, w->url, DB_WRITER, &w->db));
    assert_ok(w, db_migrate(&w->cx, w->db, bpmn_migrations, 1));
    assert_ok(w, db_begin(&w->cx, w->db));
    run_sql(w, w->db,
            "INSERT INTO process_instance (site, id, process, version, subject_id, state,"
            " started_us, started_by, ended_us) VALUES ($site, 1, 'p', 0, 1, 'active', 0, 'ann',"
            " NULL)");
    run_sql(w, w->db,
            "INSERT INTO process_token (site, id, instance_id, scope_id, node, flow, state,"
            " outcome, path, entered_us, left_us, done_by, timers, subscriptions) VALUES ($site, 2,"
            " 1, 0, 't', 'f1', 'waiting', '', 'f1', 0, NULL, '', 0, 1)");
    run_sql(w, w->db,
            "INSERT INTO task (site, id, instance_id, token_id, process, subject_id, node, role,"
            " org, claimed_by, state, created_us, due, done_us, done_by, outcome) VALUES ($site, 3,"
            " 1, 2, 'p', 1, 't', '', '', '', 'open', 0, 2147483647, NULL, '', '')");
    run_sql(w, w->db,
            "INSERT INTO subscription (site, id, instance_id, token_id, node, process, subject_id,"
            " message) VALUES ($site, 4, 1, 2, 'b', 'p', 1, 'm')");
    assert_ok(w, db_commit(&w->cx, w->db));
    assert_ok(w, db_migrate(&w->cx, w->db, bpmn_migrations, bpmn_migration_count));
    assert_ok(w, db_begin(&w->cx, w->db));
    w->last_id = 10;
    world_process(w, "p", BOUNDARY(ON_MESSAGE, "false"));
    world_audit(w);
    assert_int_equal(world_message(w, 1, "m", NULL), BPMN_CAUGHT);
    assert_str(world_tokens(w, 1), "t u");
    assert_ok(w, world_complete(w, 1, "t", ""));
    assert_ok(w, world_complete(w, 1, "u", ""));
    assert_str(world_tokens(w, 1), "ended");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, world_set_up_weekdays, world_tear_down)
int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_token_waits_for_its_event),
        TEST(test_a_condition_that_holds_already_does_not_wait),
        TEST(test_a_boundary_event_takes_the_task),
        TEST(test_or_goes_on_beside_it),
        TEST(test_an_event_sub_process_takes_over),
        TEST(test_or_runs_beside),
        TEST(test_a_signal_is_heard_by_all),
        TEST(test_a_signal_starts_processes),
        TEST(test_a_thrown_signal),
        TEST(test_an_error_ends_its_scope),
        TEST(test_an_error_is_caught_inside_first),
        TEST(test_an_error_of_a_handler_goes_outwards),
        TEST(test_an_error_nobody_catches_fails_the_instance),
        TEST(test_a_step_throws_an_error),
        TEST(test_an_escalation_interrupts_or_not),
        TEST(test_who_throws_may_be_taken_away),
        TEST(test_an_escalation_nobody_wants_goes_on),
        TEST(test_errors_and_escalations_reach_the_caller),
        TEST(test_multiple_events),
        TEST(test_parallel_multiple_events),
        TEST(test_a_parallel_multiple_boundary_event_repeats),
        TEST(test_all_definitions_of_a_throw_are_thrown),
        TEST(test_links_and_terminate),
        TEST(test_terminate_ends_its_sub_process_only),
        TEST(test_the_first_event_decides),
        TEST(test_an_event_gateway_starts),
        TEST(test_a_parallel_one_waits_for_all),
        TEST(test_a_process_begins_when_a_condition_holds),
        TEST(test_handlers_of_a_sub_process),
        TEST(test_handlers_inside_handlers),
        TEST(test_an_error_of_one_round_ends_them_all),
        TEST(test_the_code_goes_into_a_variable),
        TEST(test_a_signal_is_heard_inside_first),
        TEST(test_behind_an_event_gateway),
        TEST(test_a_process_that_waits_for_two_to_begin),
        TEST(test_tasks_of_a_user),
        TEST(test_old_rows_go_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
