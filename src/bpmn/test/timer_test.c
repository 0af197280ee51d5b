/* Tests of time: durations, dates, cycles, working days and hours, clocks that stand still, down-times,
 * processes that start by the clock. */
#include "bpmn/test/test.h"

/* Around the Spring Festival of 2022: 31 January to 6 February off, Saturday 29 and Sunday 30 January
 * worked instead. */
static int set_up(void **state)
{
    *state = world_new(true, SPRING_FESTIVAL_2022);
    return 0;
}

#define DURATION(text)                                                                             \
    "<timerEventDefinition><timeDuration>" text "</timeDuration></timerEventDefinition>"
#define DATE(text) "<timerEventDefinition><timeDate>" text "</timeDate></timerEventDefinition>"
#define CYCLE(text, attributes)                                                                    \
    "<timerEventDefinition " attributes "><timeCycle>" text "</timeCycle></timerEventDefinition>"
#define CATCHING(on)                                                                               \
    PROCESS("<startEvent id='a'/><intermediateCatchEvent id='c'>" on                               \
            "</intermediateCatchEvent><userTask id='t'/>" FLOW("f1", "a", "c")                     \
                FLOW("f2", "c", "t"))
/* Beside the task t, one o each time. */
#define BESIDE(on)                                                                                 \
    PROCESS(                                                                                       \
        "<startEvent id='a'/><userTask id='t' b:due='5'/><boundaryEvent id='b'"                    \
        " attachedToRef='t' cancelActivity='false'>" on                                            \
        "</boundaryEvent><serviceTask id='o' b:operation='o'/>" FLOW("f1", "a", "t")               \
            FLOW("f2", "b", "o"))

static int64_t times(const struct world *w)
{
    int64_t n = 0;
    for (size_t i = 0; i < w->log.len; i++)
        n += w->log.at[i] == 'o';
    return n;
}

static int64_t next_due(struct world *w)
{
    int fired;
    int64_t next = 0;
    assert_ok(w, COMMAND(w, bpmn_tick(&w->cx, AS(w, "system"), 0, &fired, &next)));
    return next;
}

static void assert_due(struct world *w, const char *moment)
{
    struct buf want = {.arena = &w->f.arena}, is = {.arena = &w->f.arena};
    us_write(&want, at(moment));
    us_write(&is, next_due(w));
    assert_int_equal(is.len, want.len);
    assert_memory_equal(is.at, want.at, want.len);
}

/* ---- when ---- */

static void test_when_timers_fire(void **state)
{
    static const struct {
        const char *model, *due;
    } row[] = {
        {CATCHING(DURATION("PT90S")), "2022-01-28T15:01:30"},
        {CATCHING(DURATION("P1M")), "2022-02-28T15:00:00"},
        {CATCHING(DURATION("duration(\"P1D\")")), "2022-01-29T15:00:00"},
        {CATCHING(DATE("2022-03-01")), "2022-03-01T09:00:00"},
        {CATCHING(DATE("2022-03-01T12:30:00+08:00")), "2022-03-01T12:30:00"},
        {CATCHING(DATE("2000-01-01")), "2022-01-28T15:00:01"}, /* past: not in this moment */
        {CATCHING(DURATION("PT0S")), "2022-01-28T15:00:01"},
        {CATCHING("<timerEventDefinition b:workingDays='3'/>"), "2022-02-07T09:00:00"},
        {CATCHING("<timerEventDefinition b:workingDays='2'/>"), "2022-01-30T09:00:00"},
        {CATCHING("<timerEventDefinition b:workingHours='2.5'/>"), "2022-01-28T17:30:00"},
        {CATCHING("<timerEventDefinition b:workingHours='4'/>"), "2022-01-29T10:30:00"},
        {CATCHING("<timerEventDefinition b:workingHours='17'/>"), "2022-02-07T10:30:00"},
        {CATCHING(CYCLE("R2/2022-02-01T08:00:00/PT1H", "")), "2022-02-01T08:00:00"},
        {CATCHING(CYCLE("R2/PT1H", "")), "2022-01-28T16:00:00"},
        {CATCHING(CYCLE("R2/2022-01-29T08:00:00/2022-01-30T08:00:00", "")), "2022-01-29T08:00:00"},
    };
    struct world *w = *state;
    for (size_t i = 0; i < COUNTOF(row); i++) {
        w->cx.now_us = at("2022-01-28T15:00:00"); /* a Friday */
        world_process(w, "p", row[i].model);
        int64_t id = world_start(w, 1);
        assert_due(w, row[i].due);
        assert_ok(w, COMMAND(w, bpmn_cancel(&w->cx, AS(w, "ann"), id, STR("next"))));
    }
}

static void test_before_it_is_due(void **state)
{
    struct world *w = *state;
    w->cx.now_us =
        at("2022-01-26T15:00:00"); /* due on Monday 7 February, five working days later */
    world_process(w, "p", BESIDE("<timerEventDefinition b:workingDays='-2' b:from='due'/>"));
    int64_t id = world_start(w, 1);
    assert_int_equal(world_task(w, 1, "t").due, day_of_us(at("2022-02-07T00:00:00")));
    assert_due(w, "2022-01-29T09:00:00");
    assert_ok(w, COMMAND(w, bpmn_cancel(&w->cx, AS(w, "ann"), id, STR("next"))));
    world_process(w, "p", BESIDE("<timerEventDefinition b:workingHours='-4' b:from='due'/>"));
    world_start(w, 1);
    assert_due(w, "2022-02-07T11:30:00");
}

/* ---- cycles ---- */

static void test_a_cycle_counts_its_rounds(void **state)
{
    struct world *w = *state;
    world_process(w, "p", BESIDE(CYCLE("R3/PT10S", "")));
    world_start(w, 1);
    assert_int_equal(world_tick(w, "2022-06-01T10:00:09"), 0);
    assert_int_equal(world_tick(w, "2022-06-01T10:00:10"), 1);
    world_audit(w);
    assert_int_equal(world_tick(w, "2022-06-01T10:00:22"), 1); /* two seconds late */
    assert_due(w, "2022-06-01T10:00:30");                      /* the third is not */
    assert_int_equal(world_tick(w, "2022-06-01T10:00:30"), 1);
    assert_int_equal(world_tick(w, "2022-06-01T11:00:00"), 0);
    assert_int_equal(times(w), 3);
    world_audit(w);
}

static void test_after_a_down_time(void **state)
{
    static const struct {
        const char *model;
        int fired;
        const char *next;
    } row[] = {
        {BESIDE(CYCLE("R/PT10M", "")), 1, "2022-06-01T12:10:00"},
        {BESIDE(CYCLE("R/PT10M", "b:catchUp='once'")), 1, "2022-06-01T12:10:00"},
        {BESIDE(CYCLE("R/PT10M", "b:catchUp='each'")), 12, "2022-06-01T12:10:00"},
        {BESIDE(CYCLE("R/PT10M", "b:catchUp='skip'")), 0, "2022-06-01T12:10:00"},
        {BESIDE(CYCLE("R5/PT10M", "")), 1, NULL},
        {BESIDE(CYCLE("R5/PT10M", "b:catchUp='each'")), 5, NULL},
        {BESIDE(CYCLE("R/PT10M/2022-06-01T11:00:00", "")), 1, NULL},
    };
    struct world *w = *state;
    for (size_t i = 0; i < COUNTOF(row); i++) {
        w->cx.now_us = at("2022-06-01T10:00:00");
        w->log.len = 0;
        world_process(w, "p", row[i].model);
        int64_t id = world_start(w, 1);
        world_tick(w, "2022-06-01T12:05:00");
        assert_int_equal(times(w), row[i].fired);
        if (row[i].next)
            assert_due(w, row[i].next);
        else
            assert_int_equal(next_due(w), 0);
        world_audit(w);
        assert_ok(w, COMMAND(w, bpmn_cancel(&w->cx, AS(w, "ann"), id, STR("next"))));
    }
}

/* A catch event in the flow lets a token go each round, and goes with the last. */
static void test_a_cycle_in_the_flow(void **state)
{
    struct world *w = *state;
    world_process(w, "p", CATCHING(CYCLE("R3/PT10S", "")));
    world_start(w, 1);
    assert_int_equal(world_tick(w, "2022-06-01T10:00:10"), 1);
    assert_str(world_tokens(w, 1), "c t");
    assert_int_equal(world_tick(w, "2022-06-01T10:00:20"), 1);
    assert_int_equal(world_tick(w, "2022-06-01T10:00:30"), 1);
    assert_str(world_tokens(w, 1), "t t t");
}

static void test_a_computed_cycle(void **state)
{
    struct world *w = *state;
    w->lead = STR("R2/P1M");
    w->cx.now_us = at("2022-01-31T10:00:00");
    world_process(w, "p", BESIDE(CYCLE("lead", "b:catchUp='once'")));
    world_start(w, 1);
    assert_due(w, "2022-02-28T10:00:00");
    assert_int_equal(world_tick(w, "2022-02-28T10:00:00"), 1);
    assert_due(w, "2022-03-28T10:00:00");
    w->lead = STR("never");
    const struct bpmn_start p = {.process = STR("p"), .subject_id = 2};
    int64_t id;
    assert_int_equal(COMMAND(w, bpmn_start(&w->cx, AS(w, "ann"), &p, &id)), RC_CONFLICT);
    assert_err(&w->cx, RC_CONFLICT, "bpmn.time-value");
}

static void test_a_cycle_of_zero_seconds_is_bounded(void **state)
{
    struct world *w = *state;
    world_process(w, "p", BESIDE(CYCLE("R/PT0S", "b:catchUp='each'")));
    world_start(w, 1);
    assert_int_equal(world_tick(w, "2022-06-01T10:00:00"), 0);
    assert_int_equal(world_tick(w, "2022-06-01T10:00:01"), 1);
    assert_int_equal(world_tick(w, "2022-06-01T10:00:05"), 4);
}

static void test_a_tick_is_bounded(void **state)
{
    struct world *w = *state;
    int fired;
    int64_t next;
    world_process(w, "p", CATCHING(DURATION("PT1S")));
    for (int i = 1; i <= 5; i++)
        world_start(w, i);
    w->cx.now_us = at("2022-06-01T10:00:02");
    assert_ok(w, COMMAND(w, bpmn_tick(&w->cx, AS(w, "system"), 3, &fired, &next)));
    assert_int_equal(fired, 3);
    assert_true(next <= w->cx.now_us);
    assert_ok(w, COMMAND(w, bpmn_tick(&w->cx, AS(w, "system"), 3, &fired, &next)));
    assert_int_equal(fired, 2);
    assert_int_equal(next, 0);
}

/* ---- what is no time ---- */

static void test_no_time_is_refused(void **state)
{
    struct world *w = *state;
    world_process(w, "p", CATCHING(DURATION("if amount = 0 then null else duration(\"PT1S\")")));
    const struct bpmn_start p = {.process = STR("p"), .subject_id = 1};
    int64_t id;
    assert_int_equal(COMMAND(w, bpmn_start(&w->cx, AS(w, "ann"), &p, &id)), RC_CONFLICT);
    assert_err(&w->cx, RC_CONFLICT, "bpmn.time-value");
}

/* ---- clocks that stand still ---- */

/* While papers are completed (`more`) the clocks of t stand still. */
#define STOPPING(on)                                                                               \
    PROCESS(                                                                                       \
        "<startEvent id='a'/><userTask id='t' b:due='5'/><userTask id='x'/>"                       \
        "<userTask id='more' b:stopsClock='true'/><boundaryEvent id='mb' attachedToRef='more'"     \
        ">" DURATION("P90D") "</boundaryEvent><boundaryEvent id='b' attachedToRef='t'>" on         \
                             "</boundaryEvent><userTask id='late'/>" FLOW("f1", "a", "t")          \
                                 FLOW("f2", "a", "x") FLOW("f3", "x", "more")                      \
                                     FLOW("f4", "b", "late"))

static void test_clocks_stand_still(void **state)
{
    static const struct {
        const char *model, *due;
    } row[] = {
        /* Five working days from Monday 3 January: the 10th.  Two are gone on the 5th, when the clocks
         * stop; they run again on the 27th: three are left. */
        {STOPPING("<timerEventDefinition b:workingDays='5'/>"), "2022-01-30T09:00:00"},
        {STOPPING("<timerEventDefinition b:workingDays='-1' b:from='due'/>"),
         "2022-01-29T09:00:00"},
        /* 39 hours: six days; two days and three hours are gone at 14:00 on the 5th. */
        {STOPPING("<timerEventDefinition b:workingHours='39'/>"), "2022-02-07T10:00:00"},
        {STOPPING(DURATION("P10D")), "2022-02-04T10:00:00"},
    };
    struct world *w = *state;
    for (size_t i = 0; i < COUNTOF(row); i++) {
        w->cx.now_us = at("2022-01-03T09:00:00");
        world_process(w, "p", row[i].model);
        int64_t id = world_start(w, 1);
        assert_int_equal(world_task(w, 1, "t").due, day_of_us(at("2022-01-10T00:00:00")));
        w->cx.now_us = at("2022-01-05T14:00:00");
        assert_ok(w, world_complete(w, 1, "x", ""));
        assert_due(w, "2022-04-05T14:00:00"); /* only how long is waited for papers */
        world_audit(w);
        w->cx.now_us = at("2022-01-27T15:00:00");
        assert_ok(w, world_complete(w, 1, "more", ""));
        assert_int_equal(world_task(w, 1, "t").due, day_of_us(at("2022-01-30T00:00:00")));
        assert_due(w, row[i].due);
        world_audit(w);
        assert_ok(w, COMMAND(w, bpmn_cancel(&w->cx, AS(w, "ann"), id, STR("next"))));
    }
}

/* ---- processes that start by the clock ---- */

#define STARTING(on)                                                                               \
    PROCESS("<startEvent id='a'>" on                                                               \
            "</startEvent><serviceTask id='o' b:operation='o'/>"                                   \
            "<userTask id='t'/>" FLOW("f1", "a", "o") FLOW("f2", "o", "t"))

static void publish(struct world *w, const char *model)
{
    world_process(w, "p", model);
    assert_ok(w, COMMAND(w, bpmn_start_timers(&w->cx, AS(w, "ann"), STR("p"))));
}

static void test_a_process_starts_by_the_clock(void **state)
{
    struct world *w = *state;
    publish(w, STARTING(CYCLE("R3/PT10M", "")));
    assert_due(w, "2022-06-01T10:10:00");
    assert_int_equal(world_tick(w, "2022-06-01T10:10:00"), 1);
    assert_int_equal(world_tick(w, "2022-06-01T10:20:01"), 1);
    assert_int_equal(times(w), 2);
    assert_str(world_tokens(w, 0), "t t");
    publish(w, STARTING(DATE("2022-06-02T08:00:00"))); /* another version takes its place */
    assert_due(w, "2022-06-02T08:00:00");
    assert_int_equal(world_tick(w, "2022-06-02T08:00:00"), 1);
    assert_int_equal(next_due(w), 0);
    publish(w, STARTING(""));
    assert_int_equal(next_due(w), 0);
}

static void test_a_start_that_fails_is_tried_again(void **state)
{
    struct world *w = *state;
    int fired;
    int64_t next;
    publish(w, STARTING(CYCLE("R1/PT10M", "")));
    w->fail = true;
    w->cx.now_us = at("2022-06-01T10:10:00");
    assert_int_equal(COMMAND(w, bpmn_tick(&w->cx, AS(w, "system"), 10, &fired, &next)), RC_INVALID);
    struct err why = w->cx.err;
    why.detail = arena_dup(&w->f.arena, why.detail);
    assert_ok(w, COMMAND(w, bpmn_tick_failed(&w->cx, AS(w, "system"), &why)));
    assert_int_equal(world_count(w, "SELECT count(*) FROM incident WHERE site = $site"), 1);
    assert_due(w, "2022-06-01T10:11:00");
    w->fail = false;
    assert_int_equal(world_tick(w, "2022-06-01T10:11:00"), 1);
    assert_int_equal(world_count(w,
                                 "SELECT count(*) FROM incident WHERE site = $site AND"
                                 " resolved_us IS NULL"),
                     0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, world_tear_down)
int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_when_timers_fire),
        TEST(test_before_it_is_due),
        TEST(test_a_cycle_counts_its_rounds),
        TEST(test_after_a_down_time),
        TEST(test_a_cycle_in_the_flow),
        TEST(test_a_computed_cycle),
        TEST(test_a_cycle_of_zero_seconds_is_bounded),
        TEST(test_a_tick_is_bounded),
        TEST(test_no_time_is_refused),
        TEST(test_clocks_stand_still),
        TEST(test_a_process_starts_by_the_clock),
        TEST(test_a_start_that_fails_is_tried_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
