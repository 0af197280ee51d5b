/* Tests of running: tokens, tasks, timers in working days, messages, restarts, refusals. */
#include "bpmn/test/test.h"

/* Around the Spring Festival of 2022, as the State Council announced it: 31 January to 6 February
 * off, Saturday 29 and Sunday 30 January worked instead. */
static int set_up(void **state)
{
    *state = world_new(false, SPRING_FESTIVAL_2022);
    return 0;
}

/* ---- one way through ---- */

static void test_a_sequence_runs_from_wait_to_wait(void **state)
{
    struct world *w = *state;
    world_process(
        w, "p",
        PROCESS("<startEvent id='s'/><userTask id='a' name='签收' b:role='r.officer' b:org='lead'"
                " b:due='3'/><serviceTask id='o' b:operation='set'><extensionElements>"
                "<b:set field='status' value='\"got \" + lead'/></extensionElements></serviceTask>"
                "<userTask id='b' b:due='due'/><endEvent id='e'/>" FLOW("f1", "s", "a")
                    FLOW("f2", "a", "o") FLOW("f3", "o", "b") FLOW("f4", "b", "e")));
    w->lead = STR("commerce");
    w->log_events = true;
    w->cx.now_us = at("2022-01-27T15:00:00"); /* a Thursday */
    int64_t instance = world_start(w, 7);
    struct bpmn_task a = world_task(w, 7, "a");
    assert_str(a.role, "r.officer");
    assert_str(a.org, "commerce");
    assert_int_equal(a.due, day_of_us(at("2022-01-30T00:00:00"))); /* Fri, Sat, Sun are worked */
    assert_int_equal(a.instance_id, instance);
    w->cx.now_us = at("2022-01-28T09:00:00");
    assert_ok(w, world_complete(w, 7, "a", ""));
    assert_str(world_tokens(w, 7), "b");
    assert_int_equal(world_task(w, 7, "b").due, DAY_NONE); /* the record has none */
    assert_ok(w, world_complete(w, 7, "b", ""));
    assert_str(world_tokens(w, 7), "ended");
    assert_str(
        buf_str(&w->log),
        "instance.started:s task.opened:a task.done:a set .status=got commerce operation.done:o"
        " task.opened:b task.done:b instance.ended");
    struct bpmn_task done;
    assert_ok(w, bpmn_task_load(&w->cx, w->e, w->db, a.id, &done));
    assert_str(done.state, "done");
    assert_str(done.done_by, "ann");
}

static const char choice[] = PROCESS(
    "<startEvent id='s'/><userTask id='a' b:outcomes='pass:销号,return:退回重办'/>"
    "<exclusiveGateway id='x' default='back'/><exclusiveGateway id='y'/>"
    "<userTask id='big'/><userTask id='small'/><endEvent id='e'/>" FLOW("f1", "s", "a")
        FLOW("f2", "a", "x") FLOW_IF("pass", "x", "y", "outcome = \"pass\"") FLOW("back", "x", "a")
            FLOW_IF("f3", "y", "big", "amount &gt; 1000")
                FLOW_IF("f4", "y", "small", "amount &lt; 10") FLOW("f5", "big", "e")
                    FLOW("f6", "small", "e"));

static void test_conditions_choose(void **state)
{
    struct world *w = *state;
    world_process(w, "p", choice);
    world_start(w, 1);
    assert_ok(w, world_complete(w, 1, "a", "return"));
    assert_str(world_tokens(w, 1), "a");
    w->amount = 5000;
    assert_ok(w, world_complete(w, 1, "a", "pass"));
    assert_str(world_tokens(w, 1), "big");
    world_start(w, 2);
    w->amount = 5;
    assert_ok(w, world_complete(w, 2, "a", "pass"));
    assert_str(world_tokens(w, 2), "small");
}

static void test_no_condition_holds(void **state)
{
    struct world *w = *state;
    world_process(w, "p", choice);
    world_start(w, 1);
    w->amount = 500;
    assert_refused(w, world_complete(w, 1, "a", "pass"), RC_CONFLICT, "bpmn.no-flow");
    assert_true(str_index(w->cx.err.detail, STR("\"y\"")) != SIZE_MAX);
    assert_str(world_tokens(w, 1), "a"); /* as it was */
    assert_int_equal(world_task(w, 1, "a").id != 0, true);
}

static void test_outcomes_are_those_offered(void **state)
{
    struct world *w = *state;
    world_process(w, "p", choice);
    world_start(w, 1);
    assert_refused(w, world_complete(w, 1, "a", "pas"), RC_INVALID, "task.outcome");
    assert_true(str_index(w->cx.err.detail, STR("return (退回重办)")) != SIZE_MAX);
    assert_refused(w, world_complete(w, 1, "a", ""), RC_INVALID, "task.outcome");
}

/* ---- forks and joins ---- */

static const char forked[] = PROCESS(
    "<startEvent id='s'/><parallelGateway id='fork'/><userTask id='a'/><userTask id='b'/>"
    "<userTask id='c'/><parallelGateway id='join'/><userTask id='last'/><endEvent id='e'/>" FLOW(
        "f1", "s", "fork") FLOW("fa", "fork", "a") FLOW("fb", "fork", "b") FLOW("fc", "fork", "c")
        FLOW("ja", "a", "join") FLOW("jb", "b", "join") FLOW("jc", "c", "join")
            FLOW("f2", "join", "last") FLOW("f3", "last", "e"));

static void test_a_join_waits_for_every_flow(void **state)
{
    struct world *w = *state;
    world_process(w, "p", forked);
    world_start(w, 1);
    assert_str(world_tokens(w, 1), "a b c");
    assert_ok(w, world_complete(w, 1, "b", ""));
    assert_str(world_tokens(w, 1), "a c join");
    assert_ok(w, world_complete(w, 1, "a", ""));
    assert_str(world_tokens(w, 1), "c join join");
    world_audit(w);
    assert_ok(w, world_complete(w, 1, "c", ""));
    assert_str(world_tokens(w, 1), "last");
    assert_ok(w, world_complete(w, 1, "last", ""));
    assert_str(world_tokens(w, 1), "ended");
}

/* Two tokens on one flow do not make a join complete: it counts by flow, not in all. */
static void test_a_join_counts_by_flow(void **state)
{
    struct world *w = *state;
    world_process(
        w, "p",
        PROCESS("<startEvent id='s'/><parallelGateway id='fork'/><userTask id='a'/>"
                "<userTask id='b'/><exclusiveGateway id='merge'/><userTask id='c'/>"
                "<parallelGateway id='join'/><endEvent id='e'/><exclusiveGateway id='again'"
                " default='go'/>" FLOW("f1", "s", "fork") FLOW("fa", "fork", "merge")
                    FLOW("fa2", "fork", "merge") FLOW("fb", "fork", "b") FLOW("m", "merge", "a")
                        FLOW("ja", "a", "join") FLOW("jb", "b", "again") FLOW("go", "again", "join")
                            FLOW_IF("no", "again", "c", "amount = 99") FLOW("f9", "c", "e")
                                FLOW("f2", "join", "e")));
    world_start(w, 1);
    assert_str(world_tokens(w, 1), "a a b");
    assert_ok(w, world_complete(w, 1, "a", ""));
    assert_ok(w, world_complete(w, 1, "a", ""));
    assert_str(world_tokens(w, 1), "b join join");
    assert_ok(w, world_complete(w, 1, "b", ""));
    assert_str(world_tokens(w, 1), "join"); /* one of each went on, the second waits */
}

/* ---- doing things twice, or not at all ---- */

static void test_a_task_is_done_once(void **state)
{
    struct world *w = *state;
    world_process(w, "p", forked);
    world_start(w, 1);
    int64_t a = world_task(w, 1, "a").id;
    assert_ok(w, world_do(w, "ann", a, ""));
    assert_refused(w, world_do(w, "bob", a, ""), RC_CONFLICT, "task.done");
    assert_true(str_index(w->cx.err.detail, STR("ann")) != SIZE_MAX);
    assert_refused(w, world_do(w, "bob", 12345, ""), RC_MISSING, "task.missing");
    assert_str(world_tokens(w, 1), "b c join");
}

static void test_claims(void **state)
{
    struct world *w = *state;
    world_process(w, "p", forked);
    world_start(w, 1);
    int64_t a = world_task(w, 1, "a").id;
    assert_ok(w, COMMAND(w, bpmn_claim(&w->cx, AS(w, "bob"), a, false)));
    assert_refused(w, COMMAND(w, bpmn_claim(&w->cx, AS(w, "ann"), a, false)), RC_CONFLICT,
                   "task.claimed");
    assert_refused(w, COMMAND(w, bpmn_claim(&w->cx, AS(w, "ann"), a, true)), RC_CONFLICT,
                   "task.claimed");
    assert_refused(w, world_complete(w, 1, "a", ""), RC_CONFLICT, "task.claimed");
    assert_ok(w, COMMAND(w, bpmn_claim(&w->cx, AS(w, "bob"), a, true)));
    assert_ok(w, world_complete(w, 1, "a", ""));
}

static void test_one_process_a_subject(void **state)
{
    struct world *w = *state;
    int64_t id = 0;
    world_process(w, "p", forked);
    int64_t first = world_start(w, 1);
    assert_refused(
        w,
        COMMAND(w, bpmn_start(&w->cx, AS(w, "ann"),
                              &(struct bpmn_start){.process = STR("p"), .subject_id = 1}, &id)),
        RC_CONFLICT, "bpmn.running");
    assert_refused(
        w,
        COMMAND(w, bpmn_start(&w->cx, AS(w, "ann"),
                              &(struct bpmn_start){.process = STR("q"), .subject_id = 1}, &id)),
        RC_MISSING, "bpmn.process-missing");
    assert_ok(w, COMMAND(w, bpmn_cancel(&w->cx, AS(w, "ann"), first, (str){0})));
    assert_str(world_tokens(w, 1), "ended");
    assert_int_equal(world_count(w,
                                 "SELECT count(*) FROM task WHERE site = $site"
                                 " AND state = 'cancelled'"),
                     3);
    assert_refused(w, COMMAND(w, bpmn_cancel(&w->cx, AS(w, "ann"), first, (str){0})), RC_CONFLICT,
                   "bpmn.instance-ended");
    world_start(w, 1);
}

static void test_a_loop_without_a_wait_state(void **state)
{
    struct world *w = *state;
    world_process(w, "p",
                  PROCESS("<startEvent id='s'/><userTask id='a'/><serviceTask id='o'"
                          " b:operation='count'/><exclusiveGateway id='x' default='again'/>"
                          "<endEvent id='e'/>" FLOW("f1", "s", "a") FLOW("f2", "a", "o")
                              FLOW("f3", "o", "x") FLOW("again", "x", "o")
                                  FLOW_IF("f4", "x", "e", "amount = 1")));
    world_start(w, 1);
    assert_refused(w, world_complete(w, 1, "a", ""), RC_LIMIT, "bpmn.no-wait-state");
    assert_str(world_tokens(w, 1), "a");
    assert_int_equal(world_task(w, 1, "a").done_us, 0);
    w->amount = 1;
    assert_ok(w, world_complete(w, 1, "a", ""));
}

/* ---- timers ---- */

#define TIMER(id, days)                                                                            \
    "<intermediateCatchEvent id='" id "'><timerEventDefinition b:workingDays='" days               \
    "'/></intermediateCatchEvent>"

static void test_working_days_across_the_spring_festival(void **state)
{
    struct world *w = *state;
    world_process(w, "p",
                  PROCESS("<startEvent id='s'/>" TIMER("t", "4") "<endEvent id='e'/>" FLOW(
                      "f1", "s", "t") FLOW("f2", "t", "e")));
    w->cx.now_us = at("2022-01-27T23:30:00"); /* Thursday, late: the day itself does not count */
    world_start(w, 1);
    assert_int_equal(world_tick(w, "2022-01-30T12:00:00"), 0); /* Fri, Sat, Sun worked: three */
    assert_int_equal(world_tick(w, "2022-02-07T08:59:59"), 0); /* the festival */
    assert_str(world_tokens(w, 1), "t");
    assert_int_equal(world_tick(w, "2022-02-07T09:00:00"), 1);
    assert_str(world_tokens(w, 1), "ended");
    assert_int_equal(world_tick(w, "2022-02-08T09:00:00"), 0);
}

static const char ladder[] = PROCESS(
    "<startEvent id='s'/><userTask id='act' b:due='due'/><endEvent id='e'/><endEvent id='e2'/>"
    "<boundaryEvent id='t5' attachedToRef='act' cancelActivity='false'><timerEventDefinition"
    " b:workingDays='-5' b:from='due'/></boundaryEvent>"
    "<boundaryEvent id='t0' attachedToRef='act' cancelActivity='false'><timerEventDefinition"
    " b:workingDays='0' b:from='due'/></boundaryEvent>"
    "<boundaryEvent id='t3' attachedToRef='act' cancelActivity='false'><timerEventDefinition"
    " b:workingDays='3' b:from='due'/></boundaryEvent>"
    "<serviceTask id='remind' b:operation='remind'/><serviceTask id='late' b:operation='late'/>"
    "<serviceTask id='red' b:operation='red'/>" FLOW("f1", "s", "act") FLOW("f2", "act", "e")
        FLOW("f3", "t5", "remind") FLOW("f4", "t0", "late") FLOW("f5", "t3", "red")
            FLOW("f6", "remind", "e2") FLOW("f7", "late", "e2") FLOW("f8", "red", "e2"));

static void test_the_ladder_before_and_after_due(void **state)
{
    struct world *w = *state;
    world_process(w, "p", ladder);
    w->due = day_of_us(at("2022-02-09T00:00:00")); /* a Wednesday after the festival */
    w->cx.now_us = at("2022-01-20T10:00:00");
    world_start(w, 1);
    /* Back from the 9th: 8 and 7 February, 30, 29 and 28 January. */
    assert_int_equal(world_tick(w, "2022-01-28T08:59:59"), 0);
    assert_int_equal(world_tick(w, "2022-01-28T09:00:00"), 1);
    assert_str(buf_str(&w->log), "remind");
    assert_str(world_tokens(w, 1), "act"); /* the task stays */
    assert_int_equal(world_tick(w, "2022-02-09T23:59:59"), 0);
    assert_int_equal(world_tick(w, "2022-02-10T00:00:00"), 1); /* overdue as the next day begins */
    assert_int_equal(world_tick(w, "2022-02-14T08:00:00"), 0); /* 10, 11, then a weekend */
    world_audit(w);
    assert_ok(w, world_complete(w, 1, "act", ""));
    assert_int_equal(world_count(w,
                                 "SELECT count(*) FROM timer"
                                 " WHERE site = $site"),
                     0); /* cancelled with the task */
    assert_int_equal(world_tick(w, "2022-03-01T09:00:00"), 0);
    assert_str(buf_str(&w->log), "remind late");
    /* Without a due nothing is set; what is past already comes at once, one second later. */
    w->due = DAY_NONE;
    world_start(w, 2);
    assert_int_equal(world_count(w, "SELECT count(*) FROM timer WHERE site = $site"), 0);
    w->due = day_of_us(at("2022-03-02T00:00:00"));
    world_start(w, 3);
    assert_int_equal(world_tick(w, "2022-03-01T09:00:00"), 0);
    assert_int_equal(world_tick(w, "2022-03-01T09:00:01"), 1);
}

static void test_an_interrupting_timer_takes_the_task(void **state)
{
    struct world *w = *state;
    world_process(
        w, "p",
        PROCESS("<startEvent id='s'/><userTask id='a'/><endEvent id='e'/><userTask id='escalated'/>"
                "<boundaryEvent id='t' attachedToRef='a'><timerEventDefinition><timeDuration>PT2H"
                "</timeDuration></timerEventDefinition></boundaryEvent>"
                "<boundaryEvent id='n' attachedToRef='a' cancelActivity='false'>"
                "<timerEventDefinition><timeDuration>duration(\"PT3H\")</timeDuration>"
                "</timerEventDefinition></boundaryEvent>" FLOW("f1", "s", "a") FLOW("f2", "a", "e")
                    FLOW("f3", "t", "escalated") FLOW("f4", "escalated", "e")
                        FLOW("f5", "n", "e")));
    w->cx.now_us = at("2022-06-01T10:00:00");
    world_start(w, 1);
    int64_t a = world_task(w, 1, "a").id;
    assert_int_equal(world_tick(w, "2022-06-01T11:59:59"), 0);
    assert_int_equal(world_tick(w, "2022-06-01T12:00:00"), 1);
    assert_str(world_tokens(w, 1), "escalated");
    assert_int_equal(world_count(w, "SELECT count(*) FROM timer WHERE site = $site"), 0);
    assert_refused(w, world_do(w, "ann", a, ""), RC_CONFLICT, "task.cancelled");
}

static void test_dates_and_moments(void **state)
{
    struct world *w = *state;
    world_process(
        w, "p",
        PROCESS("<startEvent id='s'/><endEvent id='e'/>"
                "<intermediateCatchEvent id='d'><timerEventDefinition><timeDate>due</timeDate>"
                "</timerEventDefinition></intermediateCatchEvent>"
                "<intermediateCatchEvent id='m'><timerEventDefinition>"
                "<timeDate>2022-06-10T12:30:00Z</timeDate></timerEventDefinition>"
                "</intermediateCatchEvent><intermediateCatchEvent id='l'><timerEventDefinition>"
                "<timeDate>2022-06-11T08:00:00</timeDate></timerEventDefinition>"
                "</intermediateCatchEvent><intermediateCatchEvent id='w'><timerEventDefinition>"
                "<timeDuration>P1W</timeDuration></timerEventDefinition></intermediateCatchEvent>"
                "<intermediateCatchEvent id='y'><timerEventDefinition><timeDuration>P1M"
                "</timeDuration></timerEventDefinition></intermediateCatchEvent>" FLOW(
                    "f1", "s", "d") FLOW("f2", "d", "m") FLOW("f3", "m", "l") FLOW("f4", "l", "w")
                    FLOW("f5", "w", "y") FLOW("f6", "y", "e")));
    w->due = day_of_us(at("2022-06-08T00:00:00"));
    world_start(w, 1);
    assert_int_equal(world_tick(w, "2022-06-08T08:59:59"), 0);
    assert_int_equal(world_tick(w, "2022-06-08T09:00:00"), 1);
    assert_int_equal(world_tick(w, "2022-06-10T20:29:59"), 0);
    assert_int_equal(world_tick(w, "2022-06-10T20:30:00"), 1);
    assert_int_equal(world_tick(w, "2022-06-11T08:00:00"), 1); /* without offset: the office's */
    assert_int_equal(world_tick(w, "2022-06-18T07:59:59"), 0);
    assert_int_equal(world_tick(w, "2022-06-18T08:00:00"), 1);
    assert_int_equal(world_tick(w, "2022-07-18T08:00:00"), 1);
    assert_str(world_tokens(w, 1), "ended");
    /* A date that the record does not have is said, and nothing changes. */
    w->due = DAY_NONE;
    int64_t id = 0;
    assert_refused(
        w,
        COMMAND(w, bpmn_start(&w->cx, AS(w, "ann"),
                              &(struct bpmn_start){.process = STR("p"), .subject_id = 2}, &id)),
        RC_CONFLICT, "bpmn.time-value");
    assert_str(world_tokens(w, 2), "ended");
}

static void test_a_loop_of_empty_timers_is_bounded(void **state)
{
    struct world *w = *state;
    int fired = 0;
    int64_t next = 0;
    world_process(w, "p",
                  PROCESS("<startEvent id='s'/>" TIMER(
                      "t", "0") "<exclusiveGateway id='x'"
                                " default='again'/><endEvent id='e'/>" FLOW("f1", "s", "t")
                                    FLOW("f2", "t", "x") FLOW("again", "x", "t")
                                        FLOW_IF("f3", "x", "e", "amount = 1")));
    world_start(w, 1);
    w->cx.now_us = at("2022-06-01T10:00:05");
    assert_ok(w, COMMAND(w, bpmn_tick(&w->cx, AS(w, "system"), 100, &fired, &next)));
    assert_int_equal(fired, 1);
    assert_int_equal(next, at("2022-06-01T10:00:06"));
    w->amount = 1;
    assert_int_equal(world_tick(w, "2022-06-01T10:00:06"), 1);
    assert_str(world_tokens(w, 1), "ended");
}

static void test_a_tick_is_bounded(void **state)
{
    struct world *w = *state;
    int fired = 0;
    int64_t next = 0;
    world_process(w, "p",
                  PROCESS("<startEvent id='s'/>" TIMER("t", "1") "<endEvent id='e'/>" FLOW(
                      "f1", "s", "t") FLOW("f2", "t", "e")));
    for (int i = 1; i <= 5; i++)
        world_start(w, i);
    w->cx.now_us = at("2022-06-06T09:00:00");
    assert_ok(w, COMMAND(w, bpmn_tick(&w->cx, AS(w, "system"), 3, &fired, &next)));
    assert_int_equal(fired, 3);
    assert_int_equal(next, at("2022-06-02T09:00:00"));
    assert_ok(w, COMMAND(w, bpmn_tick(&w->cx, AS(w, "system"), 3, &fired, &next)));
    assert_int_equal(fired, 2);
    assert_int_equal(next, 0);
}

static void test_a_failing_step_does_not_hold_up_the_others(void **state)
{
    struct world *w = *state;
    int fired = 0;
    int64_t next = 0;
    world_process(w, "p",
                  PROCESS("<startEvent id='s'/>" TIMER(
                      "t", "1") "<serviceTask id='o'"
                                " b:operation='work'/><endEvent id='e'/>" FLOW("f1", "s", "t")
                                    FLOW("f2", "t", "o") FLOW("f3", "o", "e")));
    world_start(w, 1);
    w->cx.now_us += 1000000;
    world_start(w, 2);
    w->cx.now_us = at("2022-06-06T09:00:00");
    w->fail = true;
    assert_refused(w, COMMAND(w, bpmn_tick(&w->cx, AS(w, "system"), 9, &fired, &next)), RC_INVALID,
                   "test.fail");
    assert_str(world_tokens(w, 1), "t");
    struct err why = w->cx.err;
    why.detail = arena_dup(&w->f.arena, why.detail);
    assert_ok(w, COMMAND(w, bpmn_tick_failed(&w->cx, AS(w, "system"), &why)));
    w->fail = false;
    assert_ok(w, COMMAND(w, bpmn_tick(&w->cx, AS(w, "system"), 9, &fired, &next)));
    assert_int_equal(fired, 1);
    assert_int_equal(next, at("2022-06-06T09:01:00")); /* the other, a minute later */
    assert_int_equal(world_count(w,
                                 "SELECT count(*) FROM incident WHERE site = $site"
                                 " AND resolved_us IS NULL"),
                     1);
    assert_int_equal(world_tick(w, "2022-06-06T09:01:00"), 1);
    assert_int_equal(world_count(w,
                                 "SELECT count(*) FROM incident WHERE site = $site"
                                 " AND resolved_us IS NULL"),
                     0);
    /* Nothing failed: the cause comes back. */
    assert_int_equal(COMMAND(w, bpmn_tick_failed(&w->cx, AS(w, "system"), &why)), RC_INVALID);
}

/* ---- messages ---- */

static const char messages[] = XML_HEAD
    "<message id='m1' name='number.back'/><message id='m2' name='withdraw'/>"
    "<process id='p'><startEvent id='s'/><userTask id='a'/><endEvent id='e'/>"
    "<intermediateCatchEvent id='c'><messageEventDefinition messageRef='m1'/>"
    "</intermediateCatchEvent><boundaryEvent id='n' attachedToRef='a'"
    " cancelActivity='false'><messageEventDefinition messageRef='m1'/></boundaryEvent>"
    "<boundaryEvent id='i' attachedToRef='a'><messageEventDefinition messageRef='m2'/>"
    "</boundaryEvent><serviceTask id='o' b:operation='note'/><endEvent id='e2'/>" FLOW(
        "f1", "s", "a") FLOW("f2", "a", "c") FLOW("f3", "c", "e") FLOW("f4", "n", "o")
        FLOW("f5", "o", "e2") FLOW("f6", "i", "e") XML_TAIL;

static bool send(struct world *w, int64_t subject, const char *message)
{
    return world_message(w, subject, message, NULL) == BPMN_CAUGHT;
}

static void test_messages(void **state)
{
    struct world *w = *state;
    world_process(w, "p", messages);
    assert_false(send(w, 1, "number.back")); /* nobody is there */
    world_start(w, 1);
    world_start(w, 2);
    assert_false(send(w, 1, "nonsense"));
    assert_true(send(w, 1, "number.back")); /* does not interrupt, again and again */
    assert_true(send(w, 1, "number.back"));
    assert_str(buf_str(&w->log), "note note");
    assert_str(world_tokens(w, 1), "a");
    assert_ok(w, world_complete(w, 1, "a", ""));
    assert_str(world_tokens(w, 1), "c");
    assert_false(send(w, 1, "withdraw")); /* went with the task */
    assert_true(send(w, 1, "number.back"));
    assert_str(world_tokens(w, 1), "ended");
    assert_str(world_tokens(w, 2), "a");
    assert_true(send(w, 2, "withdraw"));
    assert_str(world_tokens(w, 2), "ended");
    assert_int_equal(world_count(w, "SELECT count(*) FROM subscription WHERE site = $site"), 0);
}

/* An operation that sends its own instance a message: the run that is on goes on with it. */
static void test_a_step_may_send_to_its_own_instance(void **state)
{
    struct world *w = *state;
    world_process(
        w, "p",
        XML_HEAD
        "<message id='m' name='go'/><process id='p'><startEvent id='s'/>"
        "<parallelGateway id='fork'/><intermediateCatchEvent id='c'>"
        "<messageEventDefinition messageRef='m'/></intermediateCatchEvent>"
        "<userTask id='a'/><serviceTask id='o' b:operation='send'/><endEvent id='e'/>" FLOW(
            "f1", "s", "fork") FLOW("f2", "fork", "c") FLOW("f3", "fork", "a") FLOW("f4", "a", "o")
            FLOW("f5", "o", "e") FLOW("f6", "c", "e") XML_TAIL);
    world_start(w, 1);
    w->send = STR("go");
    assert_ok(w, world_complete(w, 1, "a", ""));
    assert_str(world_tokens(w, 1), "ended");
}

/* ---- later, and with another model ---- */

static void test_a_restart_in_mid_flight(void **state)
{
    struct world *w = *state;
    world_process(w, "p", forked);
    world_start(w, 1);
    assert_ok(w, world_complete(w, 1, "a", ""));
    world_engine(w); /* nothing in memory is needed */
    assert_ok(w, world_complete(w, 1, "c", ""));
    world_engine(w);
    assert_ok(w, world_complete(w, 1, "b", ""));
    assert_str(world_tokens(w, 1), "last");
}

static void test_a_changed_model(void **state)
{
    struct world *w = *state;
    int fired = 0;
    int64_t next = 0;
    world_process(w, "p",
                  PROCESS("<startEvent id='s'/><userTask id='a'/>" TIMER(
                      "t", "1") "<userTask"
                                " id='b'/><endEvent id='e'/>" FLOW("f1", "s", "a") FLOW(
                                    "f2", "a", "t") FLOW("f3", "t", "b") FLOW("f4", "b", "e")));
    world_start(w, 1);
    world_start(w, 2);
    assert_ok(w, world_complete(w, 2, "a", ""));
    w->newest_only = true;
    world_process(w, "p",
                  PROCESS("<startEvent id='s'/><userTask id='new'/><userTask id='b'/>"
                          "<endEvent id='e'/>" FLOW("f1", "s", "new") FLOW("f2", "new", "b")
                              FLOW("f4", "b", "e")));
    struct bpmn_task_query q = {.subject_id = 1};
    struct bpmn_tasks tasks;
    assert_ok(w, bpmn_tasks_find(&w->cx, w->e, w->db, &q, &tasks));
    assert_int_equal(tasks.at[0].node->index, -1);
    assert_str(tasks.at[0].node->id, "a");
    assert_refused(w, world_complete(w, 1, "a", ""), RC_CONFLICT, "bpmn.element-missing");
    w->cx.now_us = at("2022-06-06T09:00:00");
    assert_ok(w, COMMAND(w, bpmn_tick(&w->cx, AS(w, "system"), 9, &fired, &next)));
    assert_int_equal(fired, 0); /* set aside, with its cause */
    assert_int_equal(next, at("2022-06-06T09:01:00"));
    assert_int_equal(world_count(w, "SELECT count(*) FROM incident WHERE site = $site"), 1);
    int64_t checks = 0, broken = 0;
    world_fresh(w);
    assert_ok(w, bpmn_audit(&w->cx, w->e, w->db, &checks, &broken));
    assert_int_equal(broken, 3); /* two tokens and a timer without their elements */
    int64_t one = world_count(w, "SELECT min(id) FROM process_instance WHERE site = $site");
    assert_ok(w, COMMAND(w, bpmn_cancel(&w->cx, AS(w, "ann"), one, (str){0})));
    int64_t two = world_count(w, "SELECT max(id) FROM process_instance WHERE site = $site");
    assert_ok(w, COMMAND(w, bpmn_cancel(&w->cx, AS(w, "ann"), two, (str){0})));
}

/* ---- lists and markings ---- */

static void test_task_lists(void **state)
{
    struct world *w = *state;
    world_process(w, "p",
                  PROCESS("<startEvent id='s'/><userTask id='a' b:role='r1' b:org='lead'"
                          " b:due='due'/><endEvent id='e'/>" FLOW("f1", "s", "a")
                              FLOW("f2", "a", "e")));
    static const char *const lead[] = {"x", "y", "", "x", "z", "x"};
    for (int i = 0; i < 6; i++) {
        w->lead = str_from(lead[i]);
        w->due = i == 3 ? DAY_NONE : 20000 - i;
        world_start(w, i + 1);
    }
    const str role[] = {STR("r0"), STR("r1")}, org[] = {STR("x"), STR("x")};
    struct bpmn_task_query q = {
        .role = role, .role_count = 2, .org = org, .org_count = 2, .limit = 2};
    struct bpmn_tasks tasks;
    struct buf got = {.arena = &w->f.arena};
    do { /* x, and those without org; the due earliest first, none last; two a page */
        assert_ok(w, bpmn_tasks_find(&w->cx, w->e, w->db, &q, &tasks));
        for (size_t i = 0; i < tasks.len; i++)
            buf_printf(&got, " %d", (int)tasks.at[i].subject_id);
        if (tasks.len) q.after = tasks.at[tasks.len - 1].id;
        buf_char(&got, ';');
    } while (tasks.len);
    assert_str(buf_str(&got), " 6 3; 1 4;;");
    q = (struct bpmn_task_query){.role = role, .role_count = 1};
    assert_ok(w, bpmn_tasks_find(&w->cx, w->e, w->db, &q, &tasks));
    assert_int_equal(tasks.len, 0);
    q = (struct bpmn_task_query){.org = org, .org_count = 1};
    assert_ok(w, bpmn_tasks_find(&w->cx, w->e, w->db, &q, &tasks));
    assert_int_equal(tasks.len, 4);
    q = (struct bpmn_task_query){.limit = 5};
    assert_ok(w, bpmn_tasks_find(&w->cx, w->e, w->db, &q, &tasks));
    assert_int_equal(tasks.len, 5);
    q = (struct bpmn_task_query){.process = STR("other")};
    assert_ok(w, bpmn_tasks_find(&w->cx, w->e, w->db, &q, &tasks));
    assert_int_equal(tasks.len, 0);
    q.after = 1;
    assert_refused(w, bpmn_tasks_find(&w->cx, w->e, w->db, &q, &tasks), RC_INVALID, "task.cursor");
}

static void test_marking(void **state)
{
    struct world *w = *state;
    struct buf out = {.arena = &w->f.arena};
    world_process(w, "p", forked);
    assert_ok(w, bpmn_marking_write(&w->cx, w->e, w->db, STR("p"), 1, &out));
    assert_str(buf_str(&out),
               "{\"instance\":null,\"state\":\"none\",\"tokens\":[],\"flows\":[],"
               "\"passed\":[],\"nodes\":[]}");
    world_start(w, 1);
    w->cx.now_us = at("2022-06-02T11:00:00");
    assert_ok(w, world_complete(w, 1, "b", ""));
    out.len = 0;
    assert_ok(w, bpmn_marking_write(&w->cx, w->e, w->db, STR("p"), 1, &out));
    assert_str(buf_str(&out),
               "{\"instance\":1,\"state\":\"active\",\"tokens\":[\"a\",\"c\",\"join\"],"
               "\"flows\":[\"f1\",\"fa\",\"fb\",\"fc\",\"jb\"],\"passed\":[\"s\",\"fork\",\"b\"],"
               "\"nodes\":[{\"id\":\"a\",\"name\":\"\",\"state\":\"waiting\","
               "\"from\":\"2022-06-01T10:00:00+08:00\"},"
               "{\"id\":\"b\",\"name\":\"\",\"state\":\"left\",\"by\":\"ann\","
               "\"from\":\"2022-06-01T10:00:00+08:00\",\"to\":\"2022-06-02T11:00:00+08:00\"},"
               "{\"id\":\"c\",\"name\":\"\",\"state\":\"waiting\","
               "\"from\":\"2022-06-01T10:00:00+08:00\"},"
               "{\"id\":\"join\",\"name\":\"\",\"state\":\"waiting\","
               "\"from\":\"2022-06-02T11:00:00+08:00\"}]}");
}

/* ---- when the disk fails ---- */

/* Whatever statement of a command fails, the command is refused and nothing of it stays. */
static void test_every_failing_statement_leaves_things_as_they_were(void **state)
{
    struct world *w = *state;
    world_process(w, "p", ladder);
    w->due = day_of_us(at("2022-08-01T00:00:00"));
    world_start(w, 1);
    int64_t task = world_task(w, 1, "act").id, failed = 0;
    rc r = RC_OK;
    do {
        world_fresh(w);
        assert_ok(w, db_commit(&w->cx, w->db));
        assert_ok(w, db_begin(&w->cx, w->db));
        db_fault_after(w->db, ++failed);
        r = bpmn_complete(&w->cx, AS(w, "ann"), &(struct bpmn_completion){.task_id = task});
        db_fault_after(w->db, 0);
        if (r == RC_OK) continue;
        assert_true(w->cx.err.detail.len > 0);
        db_rollback(w->db);
        world_fresh(w);
        assert_ok(w, db_begin(&w->cx, w->db));
        assert_str(world_tokens(w, 1), "act");
        world_audit(w);
        assert_ok(w, db_commit(&w->cx, w->db));
        assert_ok(w, db_begin(&w->cx, w->db));
    } while (r != RC_OK);
    assert_true(failed > 5);
    assert_str(world_tokens(w, 1), "ended");
}

/* ---- no list grows slower with what stands behind it ---- */

static void test_no_statement_scans_a_table(void **state)
{
    if (test_on_postgres()) skip(); /* with few rows it rightly reads them all */
    struct world *w = *state;
    static const char *const sql[] = {
        "SELECT id FROM process_instance WHERE site = $site AND subject_id = 1"
        " AND process = 'p' ORDER BY id DESC",
        "SELECT id FROM process_token WHERE site = $site AND instance_id = 1"
        " AND (1 = 0 OR state = 'waiting')"
        " ORDER BY id",
        "SELECT id FROM task WHERE site = $site AND token_id = 1 AND state = 'open'",
        "SELECT id FROM task WHERE site = $site AND state = 'open' AND role = 'r' AND org = 'o'"
        " AND (due, id) > (1, 2) ORDER BY due, id LIMIT 5",
        "SELECT id FROM task WHERE site = $site AND subject_id = 1"
        " AND (due, id) > (1, 2) ORDER BY due, id LIMIT 5",
        "SELECT id FROM timer WHERE site = $site ORDER BY due_us, id LIMIT 1",
        "DELETE FROM timer WHERE site = $site AND token_id = 1",
        "SELECT id FROM subscription WHERE site = $site AND message = 'm' AND key = ''"
        " AND kind = 0 AND subject_id = 1 AND (1 = 1 OR process = 'p') ORDER BY id LIMIT 1",
        "SELECT id FROM task WHERE site = $site AND done_by = 'u' AND state = 'done'"
        " AND instance_id = 1 ORDER BY due, id LIMIT 1",
        "DELETE FROM subscription WHERE site = $site AND token_id = 1",
        "UPDATE incident SET times = 2 WHERE site = $site AND timer_id = 1 AND resolved_us IS NULL",
    };
    for (size_t i = 0; i < COUNTOF(sql); i++) {
        DB_ROWS rows = {0};
        bool more = false;
        str plan = arena_printf(&w->f.arena, "EXPLAIN QUERY PLAN %s", sql[i]);
        assert_ok(w, db_query_text(&w->cx, w->db, plan, DB_NO_ARGS, &rows));
        while (db_next(&w->cx, &rows, &more) == RC_OK && more) {
            str step = db_text(&rows, 3);
            bool bare = str_starts(step, STR("SCAN")) && str_index(step, STR("INDEX")) == SIZE_MAX;
            if (bare || str_index(step, STR("TEMP B-TREE")) != SIZE_MAX)
                fail_msg("%s: " STR_FMT, sql[i], STR_ARG(step));
        }
    }
}

/* ---- the audit finds what it should ---- */

static void test_the_audit_sees_damage(void **state)
{
    struct world *w = *state;
    static const struct {
        const char *sql, *slug;
    } damage[] = {
        {"DELETE FROM timer WHERE site = $site AND node = 't5'", "audit.lost-timer"},
        {"INSERT INTO timer (site, id, instance_id, token_id, node, due_us, failures)"
         " SELECT $site, id + 100, instance_id, token_id, node, due_us, failures"
         " FROM timer WHERE site = $site AND node = 't5'",
         "audit.lost-timer"},
        {"DELETE FROM task WHERE site = $site", "audit.marking"},
        {"UPDATE task SET state = 'done' WHERE site = $site", "audit.marking"},
        {"DELETE FROM process_token WHERE site = $site", "audit.no-token"},
        {"UPDATE process_token SET state = 'left' WHERE site = $site", "audit.no-token"},
        {"UPDATE process_token SET node = 's' WHERE site = $site", "audit.stray-task"},
        {"UPDATE process_instance SET state = 'ended' WHERE site = $site", "audit.stray-token"},
        {"UPDATE timer SET token_id = 9999 WHERE site = $site", "audit.lost-timer"},
    };
    world_process(w, "p", ladder);
    w->due = day_of_us(at("2022-08-01T00:00:00"));
    world_start(w, 1);
    for (size_t i = 0; i < COUNTOF(damage); i++) {
        int64_t checks = 0, broken = 0;
        world_fresh(w);
        assert_ok(w, db_savepoint(&w->cx, w->db));
        assert_ok(w, db_exec_text(&w->cx, w->db, str_from(damage[i].sql), DB_NO_ARGS));
        assert_ok(w, bpmn_audit(&w->cx, w->e, w->db, &checks, &broken));
        assert_true(broken > 0);
        assert_string_equal(w->findings.item[0].slug, damage[i].slug);
        db_savepoint_undo(w->db);
    }
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(test_##name, set_up, world_tear_down)
    const struct CMUnitTest tests[] = {
        T(a_sequence_runs_from_wait_to_wait),
        T(conditions_choose),
        T(no_condition_holds),
        T(outcomes_are_those_offered),
        T(a_join_waits_for_every_flow),
        T(a_join_counts_by_flow),
        T(a_task_is_done_once),
        T(claims),
        T(one_process_a_subject),
        T(a_loop_without_a_wait_state),
        T(working_days_across_the_spring_festival),
        T(the_ladder_before_and_after_due),
        T(an_interrupting_timer_takes_the_task),
        T(dates_and_moments),
        T(a_loop_of_empty_timers_is_bounded),
        T(a_tick_is_bounded),
        T(a_failing_step_does_not_hold_up_the_others),
        T(messages),
        T(a_step_may_send_to_its_own_instance),
        T(a_restart_in_mid_flight),
        T(a_changed_model),
        T(task_lists),
        T(marking),
        T(every_failing_statement_leaves_things_as_they_were),
        T(no_statement_scans_a_table),
        T(the_audit_sees_damage),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
