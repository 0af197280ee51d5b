/* Tests of what holds others: sub-processes, ad-hoc, calls, gateways between, quantities; of tasks that
 * are computed or done by the host; of whose task it is. */
#include "bpmn/test/test.h"

#define TASK(id) "<userTask id='" id "'/>"
#define SCRIPT(id, result, text)                                                                   \
    "<scriptTask id='" id "' b:resultVariable='" result "'><script>" text "</script></scriptTask>"
#define NOTE(id) "<serviceTask id='" id "' b:operation='" id "'/>"

/* ---- gateways ---- */

static const char inclusive[] =
    PROCESS("<startEvent id='s'/><inclusiveGateway id='split' default='fd'/>" TASK("a") TASK("b")
                TASK("d") "<inclusiveGateway id='join'/>" TASK("last") "<endEvent id='e'/>" FLOW(
                    "f0", "s", "split") FLOW_IF("fa", "split", "a", "amount &gt; 1")
                    FLOW_IF("fb", "split", "b", "amount &gt; 2") FLOW("fd", "split", "d")
                        FLOW("ja", "a", "join") FLOW("jb", "b", "join") FLOW("jd", "d", "join")
                            FLOW("f1", "join", "last") FLOW("f2", "last", "e"));

static void test_an_inclusive_join_waits_for_who_can_come(void **state)
{
    struct world *w = *state;
    world_process(w, "p", inclusive);
    w->amount = 3;
    world_start(w, 1);
    assert_str(world_tokens(w, 1), "a b");
    assert_ok(w, world_complete(w, 1, "a", ""));
    assert_str(world_tokens(w, 1), "b join");
    assert_ok(w, world_complete(w, 1, "b", ""));
    assert_str(world_tokens(w, 1), "last");
    w->amount = 2;
    world_start(w, 2);
    assert_ok(w, world_complete(w, 2, "a", ""));
    assert_str(world_tokens(w, 2), "last");
    w->amount = 0;
    world_start(w, 3);
    assert_str(world_tokens(w, 3), "d");
}

/* The last that could still come ends elsewhere: the join is looked at again. */
static void test_an_inclusive_join_hears_that_nobody_comes(void **state)
{
    struct world *w = *state;
    world_process(
        w, "p",
        PROCESS(
            "<startEvent id='s'/><parallelGateway id='fork'/>" TASK("a")
                TASK("b") "<exclusiveGateway id='x' default='away'/><inclusiveGateway id='join'/>" TASK(
                    "last") "<endEvent id='e'/><endEvent id='e2'/>" FLOW("f1", "s", "fork")
                    FLOW("fa", "fork", "a") FLOW("fb", "fork", "b") FLOW("ja", "a", "join")
                        FLOW("fx", "b", "x") FLOW_IF("jb", "x", "join", "amount = 9") FLOW(
                            "away", "x", "e2") FLOW("f2", "join", "last") FLOW("f3", "last", "e")));
    world_start(w, 1);
    assert_ok(w, world_complete(w, 1, "a", ""));
    assert_str(world_tokens(w, 1), "b join");
    assert_ok(w, world_complete(w, 1, "b", ""));
    assert_str(world_tokens(w, 1), "last");
}

/* Two of three are enough; the third comes later and starts nothing. */
static void test_a_complex_gateway_goes_on_once_and_resets(void **state)
{
    struct world *w = *state;
    world_process(
        w, "p",
        PROCESS("<startEvent id='s'/><parallelGateway id='fork'/>" TASK("a") TASK("b") TASK(
            "c") "<complexGateway id='two'><activationCondition>"
                 "activationCount &gt;= 2</activationCondition></complexGateway>" TASK(
                     "last") "<endEvent id='e'/>" FLOW("f1", "s", "fork") FLOW("fa", "fork", "a")
                     FLOW("fb", "fork", "b") FLOW("fc", "fork", "c") FLOW("ja", "a", "two")
                         FLOW("jb", "b", "two") FLOW("jc", "c", "two") FLOW("f2", "two", "last")
                             FLOW("f3", "last", "e")));
    world_start(w, 1);
    assert_ok(w, world_complete(w, 1, "b", ""));
    assert_str(world_tokens(w, 1), "a c two");
    assert_ok(w, world_complete(w, 1, "a", ""));
    assert_str(world_tokens(w, 1), "c last two");
    assert_ok(w, world_complete(w, 1, "c", ""));
    assert_str(world_tokens(w, 1), "last");
    assert_ok(w, world_complete(w, 1, "last", ""));
    assert_str(world_tokens(w, 1), "ended");
}

static void test_flows_out_of_a_task_are_conditions_too(void **state)
{
    struct world *w = *state;
    world_process(
        w, "p",
        PROCESS("<startEvent id='s'/><task id='t' default='fd'/>" TASK("a") TASK("b") TASK(
            "d") "<endEvent id='e'/>" FLOW("f1", "s", "t") FLOW_IF("fa", "t", "a", "amount &gt; 1")
                    FLOW_IF("fb", "t", "b", "amount &gt; 2") FLOW("fd", "t", "d")
                        FLOW("f2", "a", "e") FLOW("f3", "b", "e") FLOW("f4", "d", "e")));
    w->amount = 5;
    world_start(w, 1);
    assert_str(world_tokens(w, 1), "a b");
    w->amount = 0;
    world_start(w, 2);
    assert_str(world_tokens(w, 2), "d");
}

static void test_quantities(void **state)
{
    struct world *w = *state;
    world_process(w, "p",
                  PROCESS("<startEvent id='s'/><task id='two' completionQuantity='2'/>"
                          "<userTask id='three' startQuantity='3'/>" TASK(
                              "more") "<endEvent id='e'/>" FLOW("f1", "s", "two")
                              FLOW("f2", "two", "three") FLOW("f0", "s", "more")
                                  FLOW("f3", "more", "three") FLOW("f4", "three", "e")));
    world_start(w, 1);
    assert_str(world_tokens(w, 1), "more three");
    assert_int_equal(world_task(w, 1, "three").id, 0); /* two of three have come */
    assert_ok(w, world_complete(w, 1, "more", ""));
    assert_str(world_tokens(w, 1), "three");
    assert_ok(w, world_complete(w, 1, "three", ""));
    assert_str(world_tokens(w, 1), "ended");
}

/* ---- scopes ---- */

static void test_a_sub_process_completes_when_nothing_is_left_inside(void **state)
{
    struct world *w = *state;
    world_process(w, "p",
                  PROCESS("<startEvent id='s'/><subProcess id='sub'><startEvent id='si'/>"
                          "<parallelGateway id='fork'/>" TASK("a") TASK("b") FLOW(
                              "i1", "si", "fork") FLOW("i2", "fork", "a")
                              FLOW("i3", "fork", "b") "</subProcess><subProcess id='none'/>" TASK(
                                  "c") "<endEvent id='e'/>" FLOW("f1", "s", "sub")
                                  FLOW("f2", "sub", "none") FLOW("f3", "none", "c")
                                      FLOW("f4", "c", "e")));
    world_start(w, 1);
    assert_str(world_tokens(w, 1), "a b sub");
    assert_ok(w, world_complete(w, 1, "b", ""));
    assert_str(world_tokens(w, 1), "a sub");
    world_audit(w);
    assert_ok(w, world_complete(w, 1, "a", ""));
    assert_str(world_tokens(w, 1), "c");
}

/* Without a start event everything without a flow in begins. */
static void test_what_nothing_leads_to_begins_with_its_scope(void **state)
{
    struct world *w = *state;
    world_process(w, "p",
                  PROCESS(TASK("a") TASK("b") "<subProcess id='sub'>" TASK("c") TASK("d")
                              FLOW("i", "c", "d") "</subProcess>" FLOW("f", "a", "b")));
    world_start(w, 1);
    assert_str(world_tokens(w, 1), "a c sub");
    assert_ok(w, world_complete(w, 1, "c", ""));
    assert_ok(w, world_complete(w, 1, "a", ""));
    assert_str(world_tokens(w, 1), "b d sub");
    assert_ok(w, world_complete(w, 1, "b", ""));
    assert_ok(w, world_complete(w, 1, "d", ""));
    assert_str(world_tokens(w, 1), "ended");
}

static void test_terminate_ends_its_scope_alone(void **state)
{
    struct world *w = *state;
    world_process(
        w, "p",
        PROCESS("<startEvent id='s'/><subProcess id='sub'><startEvent id='si'/>"
                "<parallelGateway id='fork'/>" TASK("a")
                    TASK("b") "<endEvent id='t'><terminateEventDefinition/></endEvent>" FLOW(
                        "i1", "si", "fork") FLOW("i2", "fork", "a") FLOW("i3", "fork", "b")
                        FLOW("i4", "a", "t") "</subProcess>" TASK("c") "<endEvent id='e'/>" FLOW(
                            "f1", "s", "sub") FLOW("f2", "sub", "c") FLOW("f3", "c", "e")));
    world_start(w, 1);
    assert_ok(w, world_complete(w, 1, "a", ""));
    assert_str(world_tokens(w, 1), "c");
    assert_int_equal(world_count(w,
                                 "SELECT count(*) FROM task WHERE site = $site"
                                 " AND state = 'cancelled'"),
                     1);
}

static void test_an_ad_hoc_sub_process(void **state)
{
    struct world *w = *state;
    world_process(w, "p",
                  PROCESS("<startEvent id='s'/><adHocSubProcess id='h' ordering='Sequential'>" TASK(
                      "a") TASK("b") TASK("c") "<completionCondition>amount = 7"
                                               "</completionCondition></adHocSubProcess>" TASK(
                                                   "z") "<endEvent id='e'/>" FLOW("f1", "s", "h")
                                                   FLOW("f2", "h", "z") FLOW("f3", "z", "e")));
    world_start(w, 1);
    assert_str(world_tokens(w, 1), "a h");
    assert_ok(w, world_complete(w, 1, "a", ""));
    assert_str(world_tokens(w, 1), "b h");
    assert_refused(w, COMMAND(w, bpmn_activate(&w->cx, AS(w, "ann"), 1, STR("c"))), RC_CONFLICT,
                   "bpmn.ad-hoc-busy");
    assert_ok(w, world_complete(w, 1, "b", ""));
    assert_ok(w, world_complete(w, 1, "c", ""));
    assert_str(world_tokens(w, 1), "h"); /* not complete yet: what people start */
    assert_ok(w, COMMAND(w, bpmn_activate(&w->cx, AS(w, "ann"), 1, STR("a"))));
    assert_str(world_tokens(w, 1), "a h");
    w->amount = 7;
    assert_ok(w, world_complete(w, 1, "a", ""));
    assert_str(world_tokens(w, 1), "z");
    assert_refused(w, COMMAND(w, bpmn_activate(&w->cx, AS(w, "ann"), 1, STR("a"))), RC_CONFLICT,
                   "bpmn.not-waiting");
}

/* cancelRemainingInstances: what still runs goes, or is waited for. */
static void test_an_ad_hoc_sub_process_lets_go_or_waits(void **state)
{
    struct world *w = *state;
    static const char *const text[] = {
        PROCESS("<startEvent id='s'/><adHocSubProcess id='h'>" TASK("a") TASK(
            "b") "<completionCondition>true</completionCondition></adHocSubProcess>" TASK("z")
                    FLOW("f1", "s", "h") FLOW("f2", "h", "z")),
        PROCESS(
            "<startEvent id='s'/><adHocSubProcess id='h' cancelRemainingInstances='false'>" TASK("a")
                TASK("b") "<completionCondition>true</completionCondition>"
                          "</adHocSubProcess>" TASK("z") FLOW("f1", "s", "h") FLOW("f2", "h", "z")),
    };
    for (int i = 0; i < 2; i++) {
        world_process(w, "p", text[i]);
        world_start(w, i + 1);
        assert_str(world_tokens(w, i + 1), "a b h");
        assert_ok(w, world_complete(w, i + 1, "a", ""));
        assert_str(world_tokens(w, i + 1), i ? "b h" : "z");
    }
    assert_ok(w, world_complete(w, 2, "b", ""));
    assert_str(world_tokens(w, 2), "z");
}

/* ---- data ---- */

static void test_scripts_and_variables(void **state)
{
    struct world *w = *state;
    world_process(w, "p",
                  PROCESS("<startEvent id='s'/>" SCRIPT("one", "n", "n + 1")
                              SCRIPT("two", "text", "\"n is \" + string(n)")
                                  TASK("a") "<endEvent id='e'/>" FLOW("f1", "s", "one")
                                      FLOW("f2", "one", "two") FLOW("f3", "two", "a")
                                          FLOW("f4", "a", "e")));
    world_start_with(w, 1, NULL, "{\"n\":41}");
    assert_str(world_variables_of(w, 1), "{\"n\":42,\"text\":\"n is 42\"}");
    assert_ok(w, world_complete_with(w, 1, "a", "", "{\"n\":7}"));
    assert_str(world_variables_of(w, 1), "{\"n\":7,\"text\":\"n is 42\"}");
}

static void test_an_error_of_a_step_goes_where_it_is_caught(void **state)
{
    struct world *w = *state;
    world_process(w, "p",
                  XML_HEAD "<error id='err' errorCode='E1'/><process id='p'>"
                  "<startEvent id='s'/>" NOTE("o") "<boundaryEvent id='b' attachedToRef='o'>"
                  "<errorEventDefinition errorRef='err'/></boundaryEvent>" TASK("fine")
                  TASK("wrong") FLOW("f1", "s", "o") FLOW("f2", "o", "fine")
                  FLOW("f3", "b", "wrong") XML_TAIL);
    world_start(w, 1);
    assert_str(world_tokens(w, 1), "fine");
    w->error = STR("E1");
    world_start(w, 2);
    assert_str(world_tokens(w, 2), "wrong");
    w->error = STR("E2");
    world_start(w, 3);
    assert_str(world_tokens(w, 3), "ended");
    assert_int_equal(world_count(w,
                                 "SELECT count(*) FROM process_instance WHERE site = $site"
                                 " AND state = 'failed' AND error = 'E2'"),
                     1);
    w->fail = true; /* no BPMN error: the command fails, nothing has happened */
    int64_t id;
    const struct bpmn_start what = {.process = STR("p"), .subject_id = 4};
    assert_refused(w, COMMAND(w, bpmn_start(&w->cx, AS(w, "ann"), &what, &id)), RC_INVALID,
                   "test.fail");
    w->fail = false;
    assert_str(world_tokens(w, 4), "ended");
}

/* ---- calls ---- */

static const char caller[] = XML_HEAD
    "<process id='p' isExecutable='true'><startEvent id='s'/>"
    "<callActivity id='c' calledElement='q'><extensionElements>"
    "<b:in name='x' value='n + 1'/><b:out name='y' value='x * 2'/></extensionElements>"
    "</callActivity>" TASK("z") FLOW("f1", "s", "c") FLOW("f2", "c", "z") "</process>"
    "<process id='q'><startEvent id='qs'/>" TASK("inner") FLOW("q1", "qs", "inner") XML_TAIL;

static void test_a_call_gives_and_takes_back(void **state)
{
    struct world *w = *state;
    world_process(w, "p", caller);
    world_start_with(w, 1, NULL, "{\"n\":4}");
    assert_int_equal(world_count(w,
                                 "SELECT count(*) FROM process_instance WHERE site = $site"
                                 " AND state = 'active'"),
                     2);
    assert_int_equal(world_task(w, 1, "inner").instance_id != 1, true);
    assert_ok(w, world_complete(w, 1, "inner", ""));
    assert_int_equal(world_count(w,
                                 "SELECT count(*) FROM process_instance WHERE site = $site"
                                 " AND state = 'active'"),
                     1);
    assert_ok(w, world_complete(w, 1, "z", ""));
    assert_str(world_variables_in(w, 1, 1), "{\"y\":10,\"n\":4}");
}

static void test_who_called_goes_and_the_called_goes_too(void **state)
{
    struct world *w = *state;
    world_process(w, "p", caller);
    int64_t id = world_start_with(w, 1, NULL, "{\"n\":4}");
    assert_ok(w, COMMAND(w, bpmn_cancel(&w->cx, AS(w, "ann"), id, STR("no longer needed"))));
    assert_int_equal(world_count(w,
                                 "SELECT count(*) FROM process_instance WHERE site = $site"
                                 " AND state = 'cancelled'"),
                     2);
    assert_int_equal(world_count(w,
                                 "SELECT count(*) FROM task WHERE site = $site"
                                 " AND state = 'open'"),
                     0);
}

/* ---- people ---- */

static void test_whose_task_it_is(void **state)
{
    struct world *w = *state;
    world_process(w, "p",
                  PROCESS("<startEvent id='s'/><userTask id='one' b:assignee='who'/>"
                          "<userTask id='several' b:candidates='[\"bob\", \"cid\"]'/>"
                          "<userTask id='head' b:head='1'/>" FLOW("f1", "s", "one")
                              FLOW("f2", "s", "several") FLOW("f3", "s", "head")));
    w->agent = STR("dan");
    world_start_with(w, 1, NULL, "{\"who\":\"bob\"}");
    struct bpmn_task one = world_task(w, 1, "one");
    assert_str(one.claimed_by, "bob");
    assert_refused(w, world_do(w, "eve", one.id, ""), RC_CONFLICT, "task.claimed");
    assert_ok(w, world_do(w, "dan", one.id, "")); /* stands in for everybody */
    assert_str(world_task(w, 1, "several").claimed_by, "");
    assert_str(world_task(w, 1, "head").claimed_by, "chief"); /* there is only one */
    assert_int_equal(world_count(w,
                                 "SELECT count(*) FROM task_person WHERE site = $site"
                                 " AND kind = 'candidate'"),
                     2);
}

static void test_nobody_the_starter_or_the_same_again(void **state)
{
    struct world *w = *state;
    world_process(
        w, "p",
        PROCESS("<startEvent id='s'/><userTask id='nobody' b:assignee='who' b:nobody='pass'/>"
                "<userTask id='self' b:assignee='\"ann\"' b:starter='skip'/>"
                "<userTask id='boss' b:assignee='\"ann\"' b:starter='head'/>"
                "<userTask id='again' b:assignee='\"boss\"' b:again='skip'/>" TASK("z") FLOW(
                    "f1", "s", "nobody") FLOW("f2", "nobody", "self") FLOW("f3", "self", "boss")
                    FLOW("f4", "boss", "again") FLOW("f5", "again", "z")));
    world_start_with(w, 1, NULL, "{\"who\":null}");
    assert_str(world_tokens(w, 1), "boss");
    struct bpmn_task t = world_task(w, 1, "boss");
    assert_str(t.claimed_by, "boss");
    assert_ok(w, world_do(w, "boss", t.id, ""));
    assert_str(world_tokens(w, 1), "z");
    assert_int_equal(world_count(w,
                                 "SELECT count(*) FROM task_action WHERE site = $site"
                                 " AND act LIKE 'skip.%'"),
                     3);
}

/* ---- by hand ---- */

static void test_what_waits_can_be_passed_by_hand(void **state)
{
    struct world *w = *state;
    world_process(w, "p",
                  XML_HEAD "<message id='m' name='go'/><process id='p'><startEvent id='s'/>"
                  TASK("a") "<intermediateCatchEvent id='c'><messageEventDefinition"
                  " messageRef='m'/></intermediateCatchEvent><subProcess id='sub'>" TASK("i")
                  "</subProcess>" TASK("z") FLOW("f1", "s", "a") FLOW("f2", "a", "c")
                  FLOW("f3", "c", "sub") FLOW("f4", "sub", "z") XML_TAIL);
    int64_t id = world_start(w, 1);
    static const char *const element[] = {"a", "c", "sub"}, *const then[] = {"c", "i sub", "z"};
    for (int i = 0; i < 3; i++) {
        assert_ok(w,
                  COMMAND(w, bpmn_trigger(&w->cx, AS(w, "admin"), id, str_from(element[i]), NULL)));
        assert_str(world_tokens(w, 1), then[i]);
        world_audit(w);
    }
    assert_refused(w, COMMAND(w, bpmn_trigger(&w->cx, AS(w, "admin"), id, STR("a"), NULL)),
                   RC_CONFLICT, "bpmn.not-waiting");
    assert_refused(w, COMMAND(w, bpmn_trigger(&w->cx, AS(w, "admin"), id, STR("?"), NULL)),
                   RC_CONFLICT, "bpmn.not-waiting");
}

static void test_the_trace_is_what_was_entered_and_left(void **state)
{
    struct world *w = *state;
    w->log_trace = true;
    world_process(w, "p",
                  PROCESS("<startEvent id='s'/><subProcess id='sub'><startEvent id='i'/>"
                          "</subProcess><endEvent id='e'/>" FLOW("f1", "s", "sub")
                              FLOW("f2", "sub", "e")));
    world_start(w, 1);
    assert_str(buf_str(&w->log),
               "exit:s enter:f1 exit:f1 enter:sub exit:i exit:sub enter:f2 exit:f2 enter:e exit:e"
               " exit:p");
}

/* ---- beginnings ---- */

static void test_where_a_process_begins(void **state)
{
    struct world *w = *state;
    int64_t id;
    world_process(w, "p",
                  XML_HEAD "<message id='m' name='go'/><process id='p' isExecutable='true'>"
                           "<startEvent id='s'/><startEvent id='other'/><startEvent id='by'>"
                           "<messageEventDefinition messageRef='m'/></startEvent>" TASK("a")
                               TASK("b") TASK("c") FLOW("f1", "s", "a") FLOW("f2", "other", "b")
                                   FLOW("f3", "by", "c") "</process><process id='q'>"
                                                         "<startEvent id='qs'/>" TASK("d")
                                                             FLOW("f4", "qs", "d") XML_TAIL);
    static const char *const element[] = {NULL, "other", "by", "q", "qs"};
    static const char *const tokens[] = {"a", "b", "c", "d", "d"};
    for (int i = 0; i < 5; i++) {
        world_start_with(w, i + 1, element[i], NULL);
        assert_str(world_tokens(w, i + 1), tokens[i]);
    }
    const struct bpmn_start wrong = {.process = STR("p"), .element = STR("none")};
    assert_refused(w, COMMAND(w, bpmn_start(&w->cx, AS(w, "ann"), &wrong, &id)), RC_MISSING,
                   "bpmn.element-missing");
    const struct bpmn_start middle = {.process = STR("p"), .element = STR("a")};
    assert_refused(w, COMMAND(w, bpmn_start(&w->cx, AS(w, "ann"), &middle, &id)), RC_INVALID,
                   "bpmn.not-a-start");
}

/* What a step starts begins when the step's own instance rests. */
static rc starts_another(void *owner, struct cx *cx, struct db *db, const struct bpmn_step *step,
                         struct feel_value *result)
{
    struct world *w = owner;
    const struct bpmn_turn t = {.e = w->e, .db = db, .ids = &w->ids, .actor = STR("system")};
    const struct bpmn_start what = {.process = STR("q"), .subject_id = step->subject_id + 1};
    int64_t id = 0;
    rc r = bpmn_start(cx, &t, &what, &id);
    *result = feel_int(id);
    if (r != RC_OK || !w->fail) return r;
    return bpmn_trigger(cx, &t, step->instance_id, STR("o"), NULL);
}

static void test_a_step_starts_another_process(void **state)
{
    struct world *w = *state;
    world_process(w, "q", PROCESS(TASK("inner")));
    world_process(w, "p",
                  PROCESS("<startEvent id='s'/><serviceTask id='o' b:operation='start'"
                          " b:resultVariable='made'/>" TASK("a") FLOW("f1", "s", "o")
                              FLOW("f2", "o", "a")));
    w->host.operation = starts_another;
    world_engine(w);
    world_start(w, 1);
    assert_str(world_tokens(w, 1), "a");
    assert_str(world_tokens(w, 2), "inner");
    int64_t made = world_task(w, 2, "inner").instance_id;
    struct buf want = {.arena = &w->f.arena};
    buf_printf(&want, "{\"made\":%d}", (int)made);
    buf_char(&want, 0);
    assert_str(world_variables_of(w, 1), want.at);
    w->fail = true; /* what is being done cannot be changed from inside */
    const struct bpmn_start what = {.process = STR("p"), .subject_id = 5};
    assert_refused(w, COMMAND(w, bpmn_start(&w->cx, AS(w, "ann"), &what, &made)), RC_CONFLICT,
                   "bpmn.nested");
    assert_str(world_tokens(w, 5), "ended");
}

static void test_a_process_knows_who_started_it(void **state)
{
    struct world *w = *state;
    world_process(w, "p",
                  PROCESS("<startEvent id='s' b:starter='applicant'/>"
                          "<userTask id='a' b:assignee='applicant'/>" FLOW("f1", "s", "a")));
    world_start(w, 1);
    assert_str(world_task(w, 1, "a").claimed_by, "ann");
}

static void test_initial_values_of_scopes(void **state)
{
    struct world *w = *state;
    world_process(
        w, "p",
        PROCESS("<extensionElements><b:variable name='n' type='number' value='amount * 2'/>"
                "</extensionElements><startEvent id='s'/>" TASK("a") FLOW("f1", "s", "a")));
    w->amount = 21;
    world_start(w, 1);
    assert_str(world_variables_of(w, 1), "{\"n\":42}");
    world_start_with(w, 2, NULL, "{\"n\":1}"); /* whoever starts it says */
    assert_str(world_variables_of(w, 2), "{\"n\":1}");
}

/* ---- forms ---- */

static void test_a_form_takes_what_it_offers(void **state)
{
    struct world *w = *state;
    world_process(w, "p",
                  PROCESS("<startEvent id='s'/><userTask id='a' b:variables='x:number'/>"
                          "<scriptTask id='b' b:resultVariable='y'><script>x + 1</script>"
                          "</scriptTask>" TASK("z") FLOW("f1", "s", "a") FLOW("f2", "a", "b")
                              FLOW("f3", "b", "z")));
    world_start(w, 1);
    assert_refused(w, world_complete_with(w, 1, "a", "", "{\"y\":1}"), RC_INVALID, "bpmn.variable");
    assert_refused(w, world_complete_with(w, 1, "a", "", "{\"v\":1}"), RC_INVALID, "bpmn.variable");
    assert_refused(w, world_complete_with(w, 1, "a", "", "{\"x\":\"one\"}"), RC_INVALID,
                   "bpmn.variable");
    assert_str(world_tokens(w, 1), "a");
    assert_ok(w, world_complete_with(w, 1, "a", "", "{\"x\":1}"));
    assert_str(world_variables_of(w, 1), "{\"x\":1,\"y\":2}");
}

/* ---- more of scopes ---- */

static void test_people_choose_in_a_manual_ad_hoc_sub_process(void **state)
{
    struct world *w = *state;
    world_process(w, "p",
                  PROCESS("<startEvent id='s'/><adHocSubProcess id='h' b:manual='true'>" TASK("a")
                              TASK("b") "<completionCondition>amount = 7</completionCondition>"
                                        "</adHocSubProcess>" TASK("z") FLOW("f1", "s", "h")
                                            FLOW("f2", "h", "z")));
    int64_t id = world_start(w, 1);
    assert_str(world_tokens(w, 1), "h");
    assert_ok(w, COMMAND(w, bpmn_activate(&w->cx, AS(w, "ann"), id, STR("b"))));
    assert_ok(w, COMMAND(w, bpmn_activate(&w->cx, AS(w, "ann"), id, STR("b"))));
    assert_str(world_tokens(w, 1), "b b h");
    assert_ok(w, world_complete(w, 1, "b", ""));
    w->amount = 7;
    assert_ok(w, world_complete(w, 1, "b", ""));
    assert_str(world_tokens(w, 1), "z");
}

static void test_variables_of_a_sub_process_are_its_own(void **state)
{
    struct world *w = *state;
    world_process(w, "p",
                  PROCESS("<startEvent id='s'/><subProcess id='sub'><property id='pr' name='n'/>"
                          "<startEvent id='si'/>" SCRIPT("one", "n", "5")
                              SCRIPT("two", "m", "n + 1") TASK("a") FLOW("i1", "si", "one")
                                  FLOW("i2", "one", "two")
                                      FLOW("i3", "two", "a") "</subProcess>" TASK("z")
                                          FLOW("f1", "s", "sub") FLOW("f2", "sub", "z")));
    world_start(w, 1);
    assert_str(world_variables_of(w, 1), "{\"m\":6}");
    assert_ok(w, world_complete(w, 1, "a", ""));
    assert_str(world_variables_of(w, 1), "{\"m\":6}");
}

/* Two joins, each on the way to the other: the one drawn first goes on. */
static void test_joins_that_wait_for_each_other(void **state)
{
    struct world *w = *state;
    world_process(
        w, "p",
        PROCESS("<startEvent id='s'/><parallelGateway id='fork'/>"
                "<inclusiveGateway id='j1'/><inclusiveGateway id='j2'/>" TASK("a") TASK(
                    "b") "<exclusiveGateway id='x1' default='o1'/>"
                         "<exclusiveGateway id='x2' default='o2'/>"
                         "<endEvent id='e'/>" FLOW("f0", "s", "fork") FLOW("f1", "fork", "j1")
                             FLOW("f2", "fork", "j2") FLOW("f3", "j1", "a") FLOW("f4", "j2", "b")
                                 FLOW("f5", "a", "x1") FLOW("f6", "b", "x2")
                                     FLOW_IF("f7", "x1", "j2", "amount = 1")
                                         FLOW_IF("f8", "x2", "j1", "amount = 1")
                                             FLOW("o1", "x1", "e") FLOW("o2", "x2", "e")));
    world_start(w, 1);
    assert_str(world_tokens(w, 1), "a j2");
    assert_ok(w, world_complete(w, 1, "a", ""));
    assert_str(world_tokens(w, 1), "b");
    assert_ok(w, world_complete(w, 1, "b", ""));
    assert_str(world_tokens(w, 1), "ended");
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(test_##name, world_set_up, world_tear_down)
    const struct CMUnitTest tests[] = {
        T(an_inclusive_join_waits_for_who_can_come),
        T(an_inclusive_join_hears_that_nobody_comes),
        T(a_complex_gateway_goes_on_once_and_resets),
        T(flows_out_of_a_task_are_conditions_too),
        T(quantities),
        T(a_sub_process_completes_when_nothing_is_left_inside),
        T(what_nothing_leads_to_begins_with_its_scope),
        T(terminate_ends_its_scope_alone),
        T(an_ad_hoc_sub_process),
        T(an_ad_hoc_sub_process_lets_go_or_waits),
        T(scripts_and_variables),
        T(an_error_of_a_step_goes_where_it_is_caught),
        T(a_call_gives_and_takes_back),
        T(who_called_goes_and_the_called_goes_too),
        T(whose_task_it_is),
        T(nobody_the_starter_or_the_same_again),
        T(what_waits_can_be_passed_by_hand),
        T(the_trace_is_what_was_entered_and_left),
        T(where_a_process_begins),
        T(a_step_starts_another_process),
        T(a_process_knows_who_started_it),
        T(initial_values_of_scopes),
        T(a_form_takes_what_it_offers),
        T(people_choose_in_a_manual_ad_hoc_sub_process),
        T(variables_of_a_sub_process_are_its_own),
        T(joins_that_wait_for_each_other),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
