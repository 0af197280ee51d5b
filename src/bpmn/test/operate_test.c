/* Tests of what administrators do with instances: change, hold, bring back, retry, delete, look. */
#include "bpmn/operate.h"

#include "bpmn/test/test.h"

#define TASK(id) "<userTask id='" id "' name='" id "'/>"
#define TIMER(id, at, interrupting)                                                                \
    "<boundaryEvent id='" id "' attachedToRef='" at "' cancelActivity='" interrupting              \
    "'>"                                                                                           \
    "<timerEventDefinition><timeDuration>PT1H</timeDuration></timerEventDefinition>"               \
    "</boundaryEvent>"
#define FORK                                                                                       \
    PROCESS("<startEvent id='s'/>" TASK("a") "<parallelGateway id='g'/>" TASK("b")                 \
                TASK("c") "<parallelGateway id='j'/>" TASK("d") FLOW("f1", "s", "a")               \
                    FLOW("f2", "a", "g") FLOW("f3", "g", "b") FLOW("f4", "g", "c")                 \
                        FLOW("f5", "b", "j") FLOW("f6", "c", "j") FLOW("f7", "j", "d"))
#define NESTED                                                                                     \
    PROCESS("<startEvent id='s'/>" TASK("a") "<subProcess id='sub'>" TASK("x") TASK("y")           \
                FLOW("g1", "x", "y") "</subProcess>" TASK("c") FLOW("f1", "s", "a")                \
                    FLOW("f2", "a", "sub") FLOW("f3", "sub", "c"))

static rc modify(struct world *w, int64_t id, const char *cancel, const char *start,
                 const char *variables)
{
    const str c = str_from(cancel), s = str_from(start);
    const struct bpmn_modification m = {.instance_id = id,
                                        .cancel = &c,
                                        .cancel_count = c.len > 0,
                                        .start = &s,
                                        .start_count = s.len > 0,
                                        .variables = world_json(w, variables),
                                        .reason = STR("by hand")};
    w->cx.now_us += US_PER_SECOND;
    rc r = COMMAND(w, bpmn_modify(&w->cx, AS(w, "boss"), &m));
    if (r == RC_OK) world_audit(w);
    return r;
}

static void pass(struct world *w, int64_t subject, const char *node)
{
    w->cx.now_us += US_PER_SECOND;
    assert_ok(w, world_complete(w, subject, node, ""));
    world_audit(w);
}

static rc suspend(struct world *w, int64_t id, bool resume)
{
    rc r = COMMAND(w, bpmn_suspend(&w->cx, AS(w, "boss"), id, resume, STR("audit")));
    if (r == RC_OK) world_audit(w);
    return r;
}

static rc restart(struct world *w, int64_t id, const char *element, bool anew, int64_t *other)
{
    w->cx.now_us += US_PER_SECOND;
    rc r = COMMAND(
        w, bpmn_restart(&w->cx, AS(w, "boss"), id, str_from(element), anew, STR("again"), other));
    if (r == RC_OK) world_audit(w);
    return r;
}

/* ---- changing ---- */

static void test_tokens_are_moved(void **state)
{
    struct world *w = *state;
    world_process(w, "p", FORK);
    const int64_t id = world_start(w, 1);
    assert_refused(w, modify(w, id, NULL, NULL, NULL), RC_INVALID, "bpmn.modify");
    assert_refused(w, modify(w, id, "a", NULL, NULL), RC_INVALID, "bpmn.modify"); /* nothing left */
    assert_refused(w, modify(w, id, "b", NULL, NULL), RC_CONFLICT, "bpmn.not-waiting");
    assert_refused(w, modify(w, id, NULL, "nowhere", NULL), RC_MISSING, "bpmn.element-missing");
    assert_refused(w, modify(w, id, NULL, "p", NULL), RC_INVALID, "bpmn.modify");
    assert_refused(w, modify(w, 4711, NULL, "a", NULL), RC_MISSING, "bpmn.instance-missing");
    assert_ok(w, modify(w, id, "a", "d", NULL));
    assert_str(world_tokens(w, 1), "d");
    assert_int_equal(world_task(w, 1, "a").id, 0);
    assert_ok(w, modify(w, id, "d", "g", NULL));
    assert_str(world_tokens(w, 1), "b c");
    pass(w, 1, "b");
    assert_ok(w, modify(w, id, "c", NULL, NULL)); /* the join waits for what will not come */
    assert_str(world_tokens(w, 1), "j");
    assert_ok(w, modify(w, id, NULL, "c", NULL));
    pass(w, 1, "c");
    assert_str(world_tokens(w, 1), "d");
}

static void test_scopes_are_opened_and_go_when_they_are_empty(void **state)
{
    struct world *w = *state;
    world_process(w, "p", NESTED);
    const int64_t id = world_start(w, 1);
    assert_ok(w, modify(w, id, "a", "y", NULL));
    assert_str(world_tokens(w, 1), "sub y");
    assert_ok(w, modify(w, id, "y", "a", NULL)); /* the sub-process does not go on: it is gone */
    assert_str(world_tokens(w, 1), "a");
    assert_ok(w, modify(w, id, "a", "x", NULL));
    pass(w, 1, "x");
    pass(w, 1, "y");
    assert_str(world_tokens(w, 1), "c");
}

static void test_variables_are_set_first(void **state)
{
    struct world *w = *state;
    world_process(w, "p",
                  PROCESS("<property id='pn' name='n'/><startEvent id='s'/>" TASK(
                      "a") "<exclusiveGateway id='x'/>" TASK("big") TASK("small")
                              FLOW("f1", "s", "a") FLOW("f2", "a", "x")
                                  FLOW_IF("f3", "x", "big", "n &gt; 5")
                                      FLOW_IF("f4", "x", "small", "n &lt;= 5")));
    const int64_t id = world_start_with(w, 1, NULL, "{\"n\":1}");
    assert_refused(w, modify(w, id, NULL, NULL, "{\"q\":9}"), RC_INVALID, "bpmn.variable");
    assert_ok(w, modify(w, id, "a", "x", "{\"n\":9}"));
    assert_str(world_tokens(w, 1), "big");
    assert_ok(w, modify(w, id, NULL, NULL, "{\"n\":2}"));
    assert_str(world_variables_of(w, 1), "{\"n\":2}");
}

/* ---- holding ---- */

static void test_a_suspended_instance_stands_still(void **state)
{
    struct world *w = *state;
    world_process(w, "p",
                  PROCESS("<startEvent id='s'/>" TASK("a") TIMER("t", "a", "true") TASK("late")
                              TASK("z") FLOW("f1", "s", "a") FLOW("f2", "a", "z")
                                  FLOW("f3", "t", "late")));
    w->cx.now_us = at("2022-06-01T10:00:00");
    const int64_t id = world_start(w, 1);
    w->cx.now_us = at("2022-06-01T10:20:00");
    assert_refused(w, suspend(w, id, true), RC_CONFLICT, "bpmn.not-suspended");
    assert_ok(w, suspend(w, id, false));
    assert_refused(w, suspend(w, id, false), RC_CONFLICT, "bpmn.suspended");
    assert_int_equal(world_tick(w, "2022-06-01T15:00:00"), 0);
    world_audit(w);
    assert_refused(w, world_complete(w, 1, "a", ""), RC_CONFLICT, "bpmn.suspended");
    assert_refused(w, modify(w, id, "a", "z", NULL), RC_CONFLICT, "bpmn.suspended");
    assert_ok(w, suspend(w, id, true));
    assert_int_equal(world_tick(w, "2022-06-01T15:39:00"), 0); /* forty minutes were left */
    assert_int_equal(world_tick(w, "2022-06-01T15:40:01"), 1);
    assert_str(world_tokens(w, 1), "late");
    assert_ok(w, suspend(w, id, false));
    assert_ok(w, COMMAND(w, bpmn_cancel(&w->cx, AS(w, "boss"), id, STR("over"))));
    assert_refused(w, suspend(w, id, true), RC_CONFLICT, "bpmn.instance-ended");
}

/* A clock that a step has stopped before does not run when the instance is let go; the step's own does. */
static void test_suspended_while_a_step_stops_the_clock(void **state)
{
    struct world *w = *state;
    world_process(
        w, "p",
        PROCESS(
            "<startEvent id='s'/><parallelGateway id='g'/>" TASK("act") TIMER("t", "act", "true")
                TASK("late") "<userTask id='fix' name='fix' b:stopsClock='true'/>" TIMER(
                    "own", "fix", "false") TASK("hint") FLOW("f1", "s", "g") FLOW("f2", "g", "act")
                    FLOW("f3", "g", "fix") FLOW("f4", "t", "late") FLOW("f5", "own", "hint")));
    w->cx.now_us = at("2022-06-01T10:00:00");
    const int64_t id = world_start(w, 1);
    w->cx.now_us = at("2022-06-01T10:30:00");
    assert_ok(w, suspend(w, id, false));
    assert_int_equal(world_tick(w, "2022-06-01T15:00:00"), 0);
    assert_ok(w, suspend(w, id, true));
    assert_int_equal(world_tick(w, "2022-06-01T15:29:00"), 0);
    assert_int_equal(world_tick(w, "2022-06-01T15:30:01"), 1);
    assert_str(world_tokens(w, 1), "act fix hint");
    assert_int_equal(world_tick(w, "2022-06-01T20:00:00"), 0); /* the other stands still */
    assert_ok(w, world_complete(w, 1, "fix", ""));
    world_audit(w);
    assert_int_equal(world_tick(w, "2022-06-01T21:00:01"), 1);
    assert_str(world_tokens(w, 1), "hint late");
}

static rc set_state(struct world *w, int64_t version, const char *state)
{
    rc r = COMMAND(
        w, bpmn_definition_state(&w->cx, AS(w, "boss"), STR("p"), version, str_from(state)));
    if (r == RC_OK) world_audit(w);
    return r;
}

static void deploy(struct world *w, const char *xml, int64_t number)
{
    world_process(w, "p", xml);
    struct bpmn_definition d = {.process = STR("p"),
                                .version = w->model[w->model_count - 1]->version,
                                .xml = str_from(xml),
                                .origin = STR("published")};
    assert_ok(w, COMMAND(w, bpmn_deploy(&w->cx, AS(w, "boss"), &d)));
    assert_int_equal(d.number, number);
    assert_str(d.state, "active");
}

static void test_versions_side_by_side(void **state)
{
    struct world *w = *state;
    struct bpmn_definitions list = {0};
    struct bpmn_definition d = {0};
    int64_t version = 0;
    bool active = false, found = false;
    const char *one = PROCESS("<startEvent id='s'/>" TASK("a") FLOW("f1", "s", "a")),
               *two = PROCESS("<startEvent id='s'/>" TASK("b") FLOW("f1", "s", "b"));
    assert_ok(w, bpmn_newest(&w->cx, w->db, STR("p"), &version, &active));
    assert_int_equal(version, 0);
    deploy(w, one, 1);
    deploy(w, one, 1);
    deploy(w, two, 2);
    const int64_t second = w->model[2]->version;
    assert_ok(w, bpmn_newest(&w->cx, w->db, STR("p"), &version, &active));
    assert_int_equal(version, second);
    deploy(w, one, 1); /* it comes back under its number */
    const int64_t first = w->model[3]->version;
    assert_ok(w, bpmn_definitions(&w->cx, w->db, STR("p"), &list));
    assert_int_equal(list.len, 2);
    assert_int_equal(list.at[0].number, 1);
    list = (struct bpmn_definitions){0};
    assert_ok(w, bpmn_definitions(&w->cx, w->db, (str){0}, &list));
    assert_int_equal(list.len, 1);
    assert_ok(w, bpmn_definition_load(&w->cx, w->db, STR("p"), second, &d, &found));
    assert_true(found);
    assert_str(d.xml, two);
    d = (struct bpmn_definition){.process = STR("p"), .version = first, .xml = STR("<other/>")};
    assert_refused(w, COMMAND(w, bpmn_deploy(&w->cx, AS(w, "boss"), &d)), RC_CONFLICT,
                   "bpmn.version-clash");
    assert_refused(w, set_state(w, 4711, "retired"), RC_MISSING, "bpmn.version-missing");
}

static void test_a_suspended_version_holds_its_instances(void **state)
{
    struct world *w = *state;
    deploy(w, PROCESS("<startEvent id='s'/>" TASK("a") FLOW("f1", "s", "a")), 1);
    const int64_t version = w->model[0]->version;
    const int64_t id = world_start(w, 1), other = world_start(w, 2);
    assert_ok(w, suspend(w, other, false));
    assert_ok(w, set_state(w, version, "suspended"));
    assert_refused(w, world_complete(w, 1, "a", ""), RC_CONFLICT, "bpmn.suspended");
    assert_refused(w, COMMAND(w, bpmn_claim(&w->cx, AS(w, "ann"), world_task(w, 1, "a").id, false)),
                   RC_CONFLICT, "bpmn.suspended");
    assert_ok(w, set_state(w, version, "active"));
    assert_ok(w, world_complete(w, 1, "a", ""));
    assert_refused(w, world_complete(w, 2, "a", ""), RC_CONFLICT, "bpmn.suspended");
    assert_ok(w, suspend(w, other, true));
    assert_ok(w, world_complete(w, 2, "a", ""));
    (void)id;
}

/* ---- bringing back ---- */

static void test_an_instance_lives_again_where_it_stood(void **state)
{
    struct world *w = *state;
    int64_t other = 0;
    world_process(w, "p", FORK);
    const int64_t id = world_start(w, 1);
    assert_refused(w, restart(w, id, NULL, false, &other), RC_CONFLICT, "bpmn.running");
    pass(w, 1, "a");
    pass(w, 1, "b");
    assert_str(world_tokens(w, 1), "c j");
    assert_ok(w, COMMAND(w, bpmn_cancel(&w->cx, AS(w, "boss"), id, STR("mistake"))));
    assert_ok(w, restart(w, id, NULL, false, &other));
    assert_int_equal(other, id);
    assert_str(world_tokens(w, 1), "c j"); /* b's token waits at the join again */
    pass(w, 1, "c");
    pass(w, 1, "d");
    assert_str(world_tokens(w, 1), "ended");
    assert_refused(w, restart(w, id, NULL, false, &other), RC_INVALID, "bpmn.restart-where");
    assert_refused(w, restart(w, id, "q", false, &other), RC_MISSING, "bpmn.element-missing");
    assert_refused(w, restart(w, 4711, NULL, false, &other), RC_MISSING, "bpmn.instance-missing");
    assert_ok(w, restart(w, id, "d", false, &other));
    assert_str(world_tokens(w, 1), "d");
    pass(w, 1, "d");
    assert_ok(w, restart(w, id, NULL, true, &other));
    assert_true(other != id);
    assert_str(world_tokens(w, 1), "a");
    assert_refused(w, restart(w, id, "d", false, &other), RC_CONFLICT, "bpmn.running");
}

static void test_scopes_live_again_with_what_they_knew(void **state)
{
    struct world *w = *state;
    int64_t other = 0;
    world_process(
        w, "p",
        PROCESS(
            "<startEvent id='s'/><subProcess id='sub'><property id='pn' name='n'/>"
            "<scriptTask id='set' b:resultVariable='n'><script>42</script></scriptTask>" TASK("x")
                FLOW("g1", "set",
                     "x") "</subProcess><scriptTask id='o' b:resultVariable='out'><script>1</script>"
                          "</scriptTask>" TASK("z") FLOW("f1", "s", "sub") FLOW("f2", "sub", "o")
                              FLOW("f3", "o", "z")));
    const int64_t id = world_start(w, 1);
    assert_str(world_tokens(w, 1), "sub x");
    assert_ok(w, COMMAND(w, bpmn_cancel(&w->cx, AS(w, "boss"), id, STR("mistake"))));
    assert_ok(w, restart(w, id, NULL, false, &other));
    assert_str(world_tokens(w, 1), "sub x");
    assert_int_equal(world_count(w,
                                 "SELECT count(*) FROM process_token WHERE site = $site"
                                 " AND node = 'sub' AND state = 'waiting'"
                                 " AND vars = '{\"n\":42}'"),
                     1);
    pass(w, 1, "x");
    assert_str(world_tokens(w, 1), "z");
}

static void test_a_new_instance_has_the_old_variables(void **state)
{
    struct world *w = *state;
    int64_t other = 0;
    world_process(w, "p",
                  PROCESS("<property id='pn' name='n'/><property id='pd' name='d'/>"
                          "<startEvent id='s'/><scriptTask id='set' b:resultVariable='d'>"
                          "<script>date(\"2022-06-01\")</script></scriptTask>" TASK("a")
                              FLOW("f1", "s", "set") FLOW("f2", "set", "a")));
    const int64_t id = world_start_with(w, 1, NULL, "{\"n\":7}");
    assert_ok(w, COMMAND(w, bpmn_cancel(&w->cx, AS(w, "boss"), id, STR("x"))));
    assert_ok(w, restart(w, id, "a", true, &other));
    const str vars = world_variables_of(w, 1);
    assert_true(str_index(vars, STR("\"n\":7")) != SIZE_MAX);
    assert_true(str_index(vars, STR("2022-06-01")) != SIZE_MAX);
    assert_str(world_tokens(w, 1), "a");
}

/* ---- what failed ---- */

/* The instance whose timer fell due and failed: an incident. */
static int64_t start_with_a_failed_timer(struct world *w)
{
    int fired;
    int64_t next;
    world_process(w, "p",
                  PROCESS("<startEvent id='s'/>" TASK("a") TIMER(
                      "t", "a", "true") "<serviceTask id='do' b:operation='x'/>" TASK("z")
                              FLOW("f1", "s", "a") FLOW("f2", "t", "do") FLOW("f3", "do", "z")));
    w->cx.now_us = at("2022-06-01T10:00:00");
    const int64_t id = world_start(w, 1);
    w->cx.now_us = at("2022-06-01T11:00:00");
    w->fail = true;
    assert_int_equal(COMMAND(w, bpmn_tick(&w->cx, AS(w, ""), 100, &fired, &next)), RC_INVALID);
    const struct err why = {.code = RC_INVALID, .slug = "test.fail", .detail = STR("as agreed")};
    assert_ok(w, COMMAND(w, bpmn_tick_failed(&w->cx, AS(w, ""), &why)));
    return id;
}

static void test_a_failed_timer_is_tried_again(void **state)
{
    struct world *w = *state;
    struct bpmn_incidents open = {0};
    const int64_t id = start_with_a_failed_timer(w);
    world_audit(w);
    assert_ok(w, bpmn_incidents_find(&w->cx, w->db, 10, &open));
    assert_int_equal(open.len, 1);
    assert_int_equal(open.at[0].instance_id, id);
    assert_true(open.at[0].next_us > w->cx.now_us);
    const int64_t incident = open.at[0].id;
    struct bpmn_instance_query q = {.with_incident = true};
    struct bpmn_instances found = {0};
    assert_ok(w, bpmn_instances_find(&w->cx, w->db, &q, &found));
    assert_int_equal(found.len, 1);
    assert_int_equal(found.at[0].incidents, 1);
    assert_ok(w, suspend(w, id, false));
    assert_refused(w, COMMAND(w, bpmn_retry(&w->cx, AS(w, "boss"), incident)), RC_CONFLICT,
                   "bpmn.suspended");
    assert_ok(w, suspend(w, id, true));
    w->fail = false;
    assert_ok(w, COMMAND(w, bpmn_retry(&w->cx, AS(w, "boss"), incident)));
    assert_int_equal(world_tick(w, "2022-06-01T11:00:01"), 1);
    assert_str(world_tokens(w, 1), "z");
    open = (struct bpmn_incidents){0};
    assert_ok(w, bpmn_incidents_find(&w->cx, w->db, 10, &open));
    assert_int_equal(open.len, 0);
}

static void test_what_nobody_waits_for_holds_up_nothing(void **state)
{
    struct world *w = *state;
    struct bpmn_incidents open = {0};
    struct bpmn_instance_query q = {0};
    struct bpmn_instances found = {0};
    const int64_t id = start_with_a_failed_timer(w);
    assert_ok(w, COMMAND(w, bpmn_cancel(&w->cx, AS(w, "boss"), id, STR("no need"))));
    world_audit(w);
    assert_ok(w, bpmn_incidents_find(&w->cx, w->db, 10, &open));
    assert_int_equal(open.len, 0);
    assert_ok(w, bpmn_instances_find(&w->cx, w->db, &q, &found));
    assert_int_equal(found.len, 1);
    assert_int_equal(found.at[0].incidents, 0);
}

/* ---- history ---- */

static void test_history_goes_when_its_time_is_over(void **state)
{
    struct world *w = *state;
    int64_t deleted = 0;
    bool more = false;
    world_process(w, "p",
                  XML_HEAD
                  "<process id='p' isExecutable='true' b:timeToLive='P30D'>"
                  "<property id='pn' name='n'><extensionElements/></property>"
                  "<startEvent id='s'/>" TASK("a") FLOW("f1", "s", "a") XML_TAIL);
    world_process(w, "ever", PROCESS("<startEvent id='s'/>" TASK("a") FLOW("f1", "s", "a")));
    for (int64_t i = 1; i <= 5; i++) {
        world_start(w, i);
        if (i < 5) pass(w, i, "a");
    }
    const struct bpmn_start kept = {.process = STR("ever"), .subject_id = 9};
    int64_t id;
    assert_ok(w, COMMAND(w, bpmn_start(&w->cx, AS(w, "ann"), &kept, &id)));
    pass(w, 9, "a");
    assert_ok(w, COMMAND(w, bpmn_history_delete(&w->cx, AS(w, "system"), 3, &deleted, &more)));
    assert_int_equal(deleted, 0);
    assert_false(more);
    w->cx.now_us = at("2022-07-02T10:00:00");
    assert_ok(w, COMMAND(w, bpmn_history_delete(&w->cx, AS(w, "system"), 3, &deleted, &more)));
    assert_int_equal(deleted, 3);
    assert_true(more);
    world_audit(w);
    assert_ok(w, COMMAND(w, bpmn_history_delete(&w->cx, AS(w, "system"), 3, &deleted, &more)));
    assert_int_equal(deleted, 1);
    assert_false(more);
    world_audit(w);
    assert_int_equal(world_count(w, "SELECT count(*) FROM process_instance WHERE site = $site"), 2);
    assert_int_equal(world_count(w, "SELECT count(*) FROM task WHERE site = $site"), 2);
    assert_str(world_tokens(w, 5), "a");
}

/* ---- looking ---- */

static size_t found(struct world *w, struct bpmn_instance_query q, struct bpmn_instances *out)
{
    *out = (struct bpmn_instances){0};
    world_fresh(w);
    assert_ok(w, bpmn_instances_find(&w->cx, w->db, &q, out));
    return out->len;
}

static void test_instances_are_found(void **state)
{
    struct world *w = *state;
    struct bpmn_instances page;
    world_process(w, "p",
                  PROCESS("<property id='pn' name='city' b:search='true'/>"
                          "<startEvent id='s'/>" TASK("a") "<subProcess id='sub'>" TASK("x")
                              TASK("y") "</subProcess>" TASK("z") FLOW("f1", "s", "a")
                                  FLOW("f2", "a", "sub") FLOW("f3", "sub", "z")));
    for (int64_t i = 1; i <= 30; i++) {
        const char *vars = i % 3 ? "{\"city\":\"永康\"}" : "{\"city\":\"东阳\"}";
        world_start_with(w, i, NULL, vars);
    }
    pass(w, 30, "a");
    pass(w, 29, "a");
    pass(w, 29, "x");
    assert_ok(w,
              COMMAND(w, bpmn_cancel(&w->cx, AS(w, "ann"),
                                     found(w, (struct bpmn_instance_query){.subject_id = 1}, &page)
                                         ? page.at[0].id
                                         : 0,
                                     STR("x"))));
    assert_int_equal(found(w, (struct bpmn_instance_query){.limit = 10}, &page), 10);
    assert_int_equal(page.at[0].subject_id, 30);
    assert_str(page.at[0].resting, "x y");
    assert_str(page.at[1].resting, "y");
    assert_str(page.at[2].resting, "a");
    const int64_t last = page.at[9].id;
    assert_int_equal(found(w, (struct bpmn_instance_query){.limit = 200, .after = last}, &page),
                     20);
    assert_str(page.at[19].state, "cancelled");
    assert_str(page.at[19].resting, "");
    assert_int_equal(found(w, (struct bpmn_instance_query){.state = STR("active")}, &page), 29);
    assert_int_equal(found(w, (struct bpmn_instance_query){.state = STR("cancelled")}, &page), 1);
    assert_int_equal(found(w, (struct bpmn_instance_query){.element = STR("y")}, &page), 2);
    assert_int_equal(found(w, (struct bpmn_instance_query){.process = STR("q")}, &page), 0);
    assert_int_equal(found(w, (struct bpmn_instance_query){.started_by = STR("ann")}, &page), 30);
    assert_int_equal(
        found(w, (struct bpmn_instance_query){.variable = STR("city"), .value = STR("东阳")},
              &page),
        10);
    assert_int_equal(page.at[0].subject_id, 30);
    const int64_t newest = page.at[0].id;
    assert_ok(w, modify(w, newest, NULL, NULL, "{\"city\":\"兰溪\"}"));
    assert_int_equal(found(w,
                           (struct bpmn_instance_query){.variable = STR("city"),
                                                        .value = STR("东阳"),
                                                        .process = STR("p"),
                                                        .state = STR("active"),
                                                        .limit = 3,
                                                        .after = newest},
                           &page),
                     3);
    assert_int_equal(page.at[0].subject_id, 27);
    assert_int_equal(
        found(w, (struct bpmn_instance_query){.variable = STR("city"), .value = STR("兰溪")},
              &page),
        1);
    int64_t count = 0;
    assert_ok(w, bpmn_active_count(&w->cx, w->db, STR("p"), w->model[0]->version, &count));
    assert_int_equal(count, 29);
}

static void test_pages_and_heat(void **state)
{
    struct world *w = *state;
    struct buf b = {.arena = &w->f.arena};
    struct jw out = {.out = &b};
    const struct json *j = NULL;
    world_process(w, "p", FORK);
    const int64_t id = world_start(w, 1);
    pass(w, 1, "a");
    pass(w, 1, "b");
    assert_ok(w, bpmn_instance_write(&w->cx, w->e, w->db, id, &out));
    assert_ok(w, json_parse(&w->cx, buf_str(&b), &j));
    assert_str(json_find(json_find(j, STR("instance")), STR("state"))->text, "active");
    assert_int_equal(json_find(j, STR("tokens"))->count, 4);
    assert_int_equal(json_find(j, STR("tasks"))->count, 3);
    assert_refused(w, bpmn_instance_write(&w->cx, w->e, w->db, 4711, &out), RC_MISSING,
                   "bpmn.instance-missing");
    b.len = 0;
    out = (struct jw){.out = &b};
    world_fresh(w);
    assert_ok(w, bpmn_heat_write(&w->cx, w->e, w->db, STR("p"), 0, &out));
    assert_str(buf_str(&b),
               "{\"elements\":["
               "{\"id\":\"a\",\"active\":0,\"done\":1,\"cancelled\":0,\"overdue\":0,"
               "\"incidents\":0,\"p50_us\":1000000,\"p95_us\":1000000},"
               "{\"id\":\"b\",\"active\":0,\"done\":1,\"cancelled\":0,\"overdue\":0,"
               "\"incidents\":0,\"p50_us\":1000000,\"p95_us\":1000000},"
               "{\"id\":\"c\",\"active\":1,\"done\":0,\"cancelled\":0,\"overdue\":0,"
               "\"incidents\":0,\"p50_us\":0,\"p95_us\":0},"
               "{\"id\":\"j\",\"active\":1,\"done\":0,\"cancelled\":0,\"overdue\":0,"
               "\"incidents\":0,\"p50_us\":0,\"p95_us\":0}],"
               "\"flows\":[{\"id\":\"f1\",\"taken\":1},{\"id\":\"f2\",\"taken\":1},"
               "{\"id\":\"f3\",\"taken\":1},{\"id\":\"f4\",\"taken\":1},"
               "{\"id\":\"f5\",\"taken\":1}],\"instances\":{\"active\":1,\"ended\":0}}");
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(test_##name, world_set_up, world_tear_down)
    const struct CMUnitTest tests[] = {
        T(tokens_are_moved),
        T(scopes_are_opened_and_go_when_they_are_empty),
        T(variables_are_set_first),
        T(a_suspended_instance_stands_still),
        T(suspended_while_a_step_stops_the_clock),
        T(versions_side_by_side),
        T(a_suspended_version_holds_its_instances),
        T(an_instance_lives_again_where_it_stood),
        T(scopes_live_again_with_what_they_knew),
        T(a_new_instance_has_the_old_variables),
        T(a_failed_timer_is_tried_again),
        T(what_nobody_waits_for_holds_up_nothing),
        T(history_goes_when_its_time_is_over),
        T(instances_are_found),
        T(pages_and_heat),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
