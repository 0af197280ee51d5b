/* A seeded random walk: instances of a process with everything in it are started, completed, sent
 * messages, ticked, cancelled and started anew, some commands fail half-way and are undone, and after
 * every step the audit finds nothing.  The same seed gives the same walk. */
#include "bpmn/test.h"

static const char everything[] = XML_HEAD
    "<message id='m1' name='back'/><message id='m2' name='stop'/><process id='p'>"
    "<startEvent id='s'/><userTask id='accept' b:due='1' b:role='r1'/>"
    "<boundaryEvent id='late' attachedToRef='accept'><timerEventDefinition b:workingDays='2'/>"
    "</boundaryEvent><serviceTask id='mark' b:operation='mark'/>"
    "<parallelGateway id='fork'/><userTask id='act' b:due='due' b:org='lead'/>"
    "<boundaryEvent id='t5' attachedToRef='act' cancelActivity='false'><timerEventDefinition"
    " b:workingDays='-5' b:from='due'/></boundaryEvent>"
    "<boundaryEvent id='t0' attachedToRef='act' cancelActivity='false'><timerEventDefinition"
    " b:workingDays='0' b:from='due'/></boundaryEvent>"
    "<boundaryEvent id='back' attachedToRef='act' cancelActivity='false'>"
    "<messageEventDefinition messageRef='m1'/></boundaryEvent>"
    "<boundaryEvent id='stop' attachedToRef='act'><messageEventDefinition messageRef='m2'/>"
    "</boundaryEvent><serviceTask id='remind' b:operation='remind'/><endEvent id='reminded'/>"
    "<intermediateCatchEvent id='pause'><timerEventDefinition><timeDuration>PT36H</timeDuration>"
    "</timerEventDefinition></intermediateCatchEvent>"
    "<intermediateCatchEvent id='news'><messageEventDefinition messageRef='m1'/>"
    "</intermediateCatchEvent><parallelGateway id='join'/>"
    "<userTask id='check' b:outcomes='pass:销号,return:退回重办,more:补充'/>"
    "<exclusiveGateway id='x' default='return'/><endEvent id='e'/><endEvent id='stopped'/>" FLOW(
        "f1", "s", "accept") FLOW("f2", "accept", "merge") FLOW("f19", "merge",
                                                                "fork") FLOW("f3", "late", "mark")
        FLOW("f4", "mark", "accept") FLOW("f5", "fork", "act") FLOW("f6", "fork", "pause") FLOW(
            "f7", "fork", "news") FLOW("f8", "act", "join") FLOW("f9", "pause", "join")
            FLOW("f10", "news", "join") FLOW("f11", "join", "check") FLOW("f12", "check", "x") FLOW(
                "return", "x", "merge") FLOW_IF("pass", "x", "e", "outcome = \"pass\"")
                FLOW_IF("more", "x", "check", "outcome = \"more\" and amount &lt; 5")
                    FLOW("f13", "t5", "remind") FLOW("f14",
                                                     "t0", "remind") FLOW("f15", "back", "remind")
                        FLOW("f16", "remind", "reminded") FLOW("f17", "stop", "join2") FLOW(
                            "f18", "join2",
                            "stopped") "<exclusiveGateway id='join2'/><exclusiveGateway id='merge'/>" XML_TAIL;

enum { SUBJECTS = 5, STEPS = 400, SEEDS = 12 };

static uint64_t draw(uint64_t *seed, uint64_t below)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return *seed % below;
}

static rc complete_any(struct world *w, uint64_t *seed)
{
    static const char *const outcome[] = {"pass", "return", "more", ""};
    struct bpmn_task_query q = {.limit = 100};
    struct bpmn_tasks tasks;
    world_fresh(w);
    assert_ok(w, bpmn_tasks_find(&w->cx, w->e, w->db, &q, &tasks));
    if (!tasks.len) return RC_OK;
    const struct bpmn_task *t = &tasks.at[draw(seed, tasks.len)];
    int64_t id = t->id;
    str chosen = t->node->outcome_count ? str_from(outcome[draw(seed, 4)]) : (str){0};
    const struct bpmn_completion what = {.task_id = id, .outcome = chosen};
    return COMMAND(w, bpmn_complete(&w->cx, AS(w, "ann"), &what));
}

static rc tick(struct world *w, uint64_t *seed)
{
    int fired = 0;
    int64_t next = 0;
    w->cx.now_us += (int64_t)draw(seed, UINT64_C(259200)) * US_PER_SECOND;
    rc r = COMMAND(w, bpmn_tick(&w->cx, AS(w, "system"), 3, &fired, &next));
    if (r == RC_OK) return r;
    struct err why = w->cx.err;
    why.detail = STR("it failed");
    return COMMAND(w, bpmn_tick_failed(&w->cx, AS(w, "system"), &why));
}

static rc one_step(struct world *w, uint64_t *seed)
{
    int64_t subject = 1 + (int64_t)draw(seed, SUBJECTS), id = 0;
    enum bpmn_delivered how;
    w->amount = (int64_t)draw(seed, 10);
    w->lead = draw(seed, 2) ? STR("x") : (str){0};
    w->due = draw(seed, 5) ? day_of_us(w->cx.now_us) + (day_t)draw(seed, 20) : DAY_NONE;
    w->fail = draw(seed, 8) == 0;
    w->log.len = 0;
    const struct bpmn_start start = {.process = STR("p"), .subject_id = subject};
    switch (draw(seed, 12)) {
    case 0:
    case 1: return COMMAND(w, bpmn_start(&w->cx, AS(w, "ann"), &start, &id));
    case 2:
    case 3: {
        const struct bpmn_message m = {.name = draw(seed, 4) ? STR("back") : STR("stop"),
                                       .subject_id = subject};
        return COMMAND(w, bpmn_message(&w->cx, AS(w, "ann"), &m, &how));
    }
    case 4:
        id = world_count(w, "SELECT max(id) FROM process_instance WHERE site = $site");
        return draw(seed, 4) ? RC_OK : COMMAND(w, bpmn_cancel(&w->cx, AS(w, "ann"), id, (str){0}));
    case 5: world_engine(w); return RC_OK;
    case 6:
    case 7:
    case 8: return tick(w, seed);
    default: return complete_any(w, seed);
    }
}

/* Everything in the tables, as one number. */
static int64_t walk(uint64_t seed)
{
    struct world w;
    struct cx cx = {0};
    const struct calendar *c = NULL;
    world_init(&w, NULL);
    cx.arena = &w.f.arena;
    assert_int_equal(calendar_parse(&cx, STR("day,kind\n2022-06-03,holiday\n"), STR("h"), &c),
                     RC_OK);
    w.host.calendar = c;
    world_engine(&w);
    world_process(&w, "p", everything);
    int refused = 0;
    for (int i = 0; i < STEPS; i++) {
        refused += one_step(&w, &seed) != RC_OK;
        world_audit(&w);
    }
    assert_true(refused > 0 && refused < STEPS / 2);
    assert_true(world_count(&w,
                            "SELECT count(*) FROM process_instance WHERE site = $site"
                            " AND state = 'ended'") > 0);
    int64_t sum = world_count(
        &w,
        "SELECT CAST(sum(id % 1000003 * (entered_us % 1000003)"
        " + length(path) + length(node)) AS BIGINT) FROM process_token WHERE site = $site");
    world_done(&w);
    return sum;
}

static void test_random_walks_keep_the_invariants(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= SEEDS; seed++)
        assert_int_equal(walk(seed), walk(seed));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_random_walks_keep_the_invariants)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
