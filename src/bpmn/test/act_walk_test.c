/* A seeded random walk of people and administrators: tasks are done, returned, taken back, signed,
 * delegated; instances held, changed, migrated, brought back.  After every step the audit finds nothing, and in
 * the end whoever just does their tasks brings every instance to its end. */
#include "bpmn/job.h"
#include "bpmn/operate.h"
#include "bpmn/task.h"
#include "bpmn/test/test.h"

#define TASK(id) "<userTask id='" id "' name='" id "'/>"
#define EVERYTHING(last)                                                                           \
    XML_HEAD                                                                                       \
    "<process id='p'><startEvent id='s'/>" TASK("a") "<parallelGateway id='g'/>" \
    "<userTask id='m' name='m' b:candidates='[\"u0\", \"u1\", \"u2\"]' b:vote='ratio' b:share='0.6'" \
    " b:outcomes='pass:同意,refuse:不同意'/>" \
    "<subProcess id='sub'>" TASK("x") TASK("y") FLOW("g1", "x", "y") "</subProcess>" \
    "<boundaryEvent id='t' attachedToRef='sub' cancelActivity='false'><timerEventDefinition>" \
    "<timeDuration>PT5H</timeDuration></timerEventDefinition></boundaryEvent>" TASK("note") \
    TASK("c") "<serviceTask id='job' b:topic='print'/>" \
    "<userTask id='r' name='r' b:candidates='[\"u3\", \"u4\"]'><multiInstanceLoopCharacteristics" \
    " isSequential='true'/></userTask>" \
    "<inclusiveGateway id='i'/>" TASK("k1") TASK("k2") "<inclusiveGateway id='ij'/>" \
    "<parallelGateway id='j'/>" TASK("d") "<exclusiveGateway id='o' default='fe'/>" \
    "<endEvent id='e'/>" FLOW("f1", "s", "a") FLOW("f2", "a", "g") FLOW("f3", "g", "m") \
    FLOW("f4", "m", "sub") FLOW("f5", "sub", "j") FLOW("f6", "g", "c") FLOW("f7", "c", "job") \
    FLOW("f8", "job", "r") FLOW("f9", "r", "j") FLOW("f10", "g", "i") \
    FLOW("f11", "i", "k1") FLOW_IF("f12", "i", "k2", "amount &gt; 3") \
    FLOW("f13", "k1", "ij") FLOW("f14", "k2", "ij") FLOW("f15", "ij", "j") \
    last FLOW("f17", "d", "o") FLOW("fe", "o", "e") \
    FLOW_IF("f18", "o", "a", "amount = 9") FLOW("f19", "t", "note") XML_TAIL
static const char everything[] = EVERYTHING(FLOW("f16", "j", "d"));
/* The next version: one more step behind the join, another reminder. */
static const char changed[] = EVERYTHING(TASK("ex") FLOW("f16", "j", "ex") FLOW(
    "fx", "ex",
    "d") "<boundaryEvent id='t2' attachedToRef='c' cancelActivity='false'><timerEventDefinition>"
         "<timeDuration>PT9H</timeDuration></timerEventDefinition></boundaryEvent>" FLOW("ft", "t2",
                                                                                         "note"));

enum { SUBJECTS = 3, STEPS = 300, SEEDS = 20, DRAIN = 3000 };

static uint64_t draw(uint64_t *seed, uint64_t below)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return *seed % below;
}

struct pick {
    int64_t id, instance_id;
    str who, node; /* who has it, or owns it */
};

/* The nth task in one of these states; id 0: none. */
static struct pick task_pick(struct world *w, const char *states, uint64_t nth)
{
    struct pick p = {0};
    DB_ROWS rows = {0};
    bool more = false;
    const str sql = arena_printf(
        &w->f.arena,
        "SELECT id, instance_id, CASE WHEN owner <> '' THEN owner ELSE claimed_by END, node FROM"
        " task WHERE site = $site AND state IN (%s) ORDER BY id LIMIT 1 OFFSET %d",
        states, (int)nth);
    world_fresh(w);
    assert_ok(w, db_query_text(&w->cx, w->db, sql, DB_NO_ARGS, &rows));
    assert_ok(w, db_next(&w->cx, &rows, &more));
    if (!more) return p;
    p.id = db_i64(&rows, 0);
    p.instance_id = db_i64(&rows, 1);
    p.who = arena_dup(&w->f.arena, db_text(&rows, 2));
    p.node = arena_dup(&w->f.arena, db_text(&rows, 3));
    if (!p.who.len) p.who = STR("ann");
    return p;
}

static struct bpmn_turn turn(struct world *w, str who)
{
    return (struct bpmn_turn){.e = w->e, .db = w->db, .ids = &w->ids, .actor = who};
}

static rc complete(struct world *w, const struct pick *p, const char *outcome)
{
    const struct bpmn_turn t = turn(w, p->who);
    const struct bpmn_completion what = {
        .task_id = p->id, .outcome = str_eq(p->node, STR("m")) ? str_from(outcome) : (str){0}};
    return COMMAND(w, bpmn_complete(&w->cx, &t, &what));
}

static rc act(struct world *w, uint64_t *seed)
{
    static const char *const to[] = {"u0", "u1", "u5", "u6,u7", "", "u8"};
    static const char *const node[] = {"", "start", "a", "c", "x", "k1", "m", "sub", "r"};
    const enum bpmn_act_kind kind = (enum bpmn_act_kind)draw(seed, BPMN_ACT_COUNT);
    const bool back = kind == BPMN_ACT_TAKE_BACK;
    const char *states = back ? "'done'" : "'open', 'waiting'";
    const struct pick p = task_pick(w, states, draw(seed, back ? 40 : 8));
    if (!p.id) return RC_OK;
    const struct bpmn_turn t = turn(w, p.who);
    const struct bpmn_act a = {.kind = kind,
                               .task_id = p.id,
                               .to = str_from(to[draw(seed, COUNTOF(to))]),
                               .node = str_from(node[draw(seed, COUNTOF(node))]),
                               .reason = STR("r"),
                               .text = STR("{}"),
                               .come_back = draw(seed, 2) == 0,
                               .weight = (int64_t)draw(seed, 3) * 1000};
    return COMMAND(w, bpmn_task_act(&w->cx, &t, &a));
}

static int64_t any_instance(struct world *w, uint64_t *seed)
{
    struct bpmn_instance_query q = {.limit = 10};
    struct bpmn_instances page;
    world_fresh(w);
    assert_ok(w, bpmn_instances_find(&w->cx, w->db, &q, &page));
    return page.len ? page.at[draw(seed, page.len)].id : 0;
}

static rc administer(struct world *w, uint64_t *seed)
{
    static const char *const node[] = {"a", "c", "m", "x", "y", "k1", "d", "r", "note"};
    const struct bpmn_turn t = turn(w, STR("boss"));
    const int64_t id = any_instance(w, seed);
    const str from = str_from(node[draw(seed, COUNTOF(node))]);
    /* Begun anew where it stands: what a join waits for is not made up. */
    const struct bpmn_modification m = {.instance_id = id,
                                        .cancel = &from,
                                        .start = &from,
                                        .cancel_count = 1,
                                        .start_count = 1,
                                        .reason = STR("r")};
    int64_t restarted;
    const bool returned = world_count(w,
                                      "SELECT count(*) FROM process_token WHERE site = $site"
                                      " AND state = 'waiting' AND back <> ''") > 0;
    switch (draw(seed, 5)) {
    case 0: return COMMAND(w, bpmn_suspend(&w->cx, &t, id, false, STR("r")));
    case 1:
    case 2: return COMMAND(w, bpmn_suspend(&w->cx, &t, id, true, STR("r")));
    case 3: return returned ? RC_OK : COMMAND(w, bpmn_modify(&w->cx, &t, &m));
    default: break;
    }
    rc r = COMMAND(w, bpmn_cancel(&w->cx, &t, id, STR("r")));
    if (r == RC_OK) world_audit(w);
    return r == RC_OK ? COMMAND(w, bpmn_restart(&w->cx, &t, id, (str){0}, draw(seed, 4) == 0,
                                                STR("r"), &restarted))
                      : r;
}

/* All of one version to the other; those that do not fit stay. */
static rc migrate(struct world *w, uint64_t *seed)
{
    const struct bpmn_turn t = turn(w, STR("boss"));
    const uint64_t from = draw(seed, 3) ? 0 : 1;
    const struct bpmn_migration m = {.process = STR("p"),
                                     .from = w->model[from]->version,
                                     .to = w->model[1 - from]->version,
                                     .dry = draw(seed, 3) == 0,
                                     .reason = STR("r")};
    struct bpmn_migrated done;
    int64_t last = 0;
    rc r = COMMAND(w, bpmn_migrate(&w->cx, &t, &m, 100, 0, &last, &done));
    if (r == RC_OK) assert_int_equal(done.instances, done.migrated + done.refused);
    return r;
}

static rc work_job(struct world *w, uint64_t *seed)
{
    const struct bpmn_turn t = turn(w, STR("worker"));
    struct bpmn_jobs jobs = {0};
    rc r = COMMAND(w, bpmn_jobs_fetch(&w->cx, &t, STR("print"), STR("worker"), 60, 1, &jobs));
    if (r != RC_OK || !jobs.len) return r;
    const int64_t id = jobs.at[0].id, fence = jobs.at[0].fence;
    return seed && draw(seed, 3) == 0
               ? COMMAND(w, bpmn_job_fail(&w->cx, &t, id, fence, 1, 60, STR("no")))
               : COMMAND(w, bpmn_job_complete(&w->cx, &t, id, fence, NULL));
}

static rc one_step(struct world *w, uint64_t *seed)
{
    const int64_t subject = 1 + (int64_t)draw(seed, SUBJECTS);
    const struct bpmn_start start = {
        .process = STR("p"), .subject_id = subject, .version = w->model[draw(seed, 2)]->version};
    const struct bpmn_turn t = turn(w, STR("ann"));
    int64_t id;
    w->amount = (int64_t)draw(seed, 10);
    w->cx.now_us += (int64_t)draw(seed, 3600) * US_PER_SECOND + 1;
    switch (draw(seed, 13)) {
    case 12: return migrate(w, seed);
    case 0: return COMMAND(w, bpmn_start(&w->cx, &t, &start, &id));
    case 1: return work_job(w, seed);
    case 2: {
        int fired;
        int64_t next;
        return COMMAND(w, bpmn_tick(&w->cx, &t, 5, &fired, &next));
    }
    case 3: return administer(w, seed);
    case 4:
    case 5:
    case 6:
    case 7: {
        const struct pick p = task_pick(w, "'open'", draw(seed, 8));
        return p.id ? complete(w, &p, draw(seed, 3) ? "pass" : "refuse") : RC_OK;
    }
    default: return act(w, seed);
    }
}

/* Everybody does what is open. */
static void drain(struct world *w)
{
    const struct bpmn_turn t = turn(w, STR("boss"));
    struct bpmn_instance_query held = {.state = STR("suspended"), .limit = 100};
    struct bpmn_instances page;
    w->amount = 5;
    world_fresh(w);
    assert_ok(w, bpmn_instances_find(&w->cx, w->db, &held, &page));
    int64_t ids[100];
    const size_t count = page.len;
    for (size_t i = 0; i < count; i++)
        ids[i] = page.at[i].id;
    for (size_t i = 0; i < count; i++)
        assert_ok(w, COMMAND(w, bpmn_suspend(&w->cx, &t, ids[i], true, STR("r"))));
    for (int i = 0; i < DRAIN; i++) {
        const struct pick p = task_pick(w, "'open'", 0);
        w->cx.now_us += 61 * US_PER_SECOND;
        assert_ok(w, work_job(w, NULL));
        if (p.id) assert_ok(w, complete(w, &p, "pass"));
        if (!p.id && !world_count(w, "SELECT count(*) FROM job WHERE site = $site")) break;
    }
    world_audit(w);
    const int64_t left = world_count(w,
                                     "SELECT count(*) FROM process_instance WHERE site = $site"
                                     " AND state = 'active'");
    if (left) fail_msg("stuck: " STR_FMT, STR_ARG(world_tokens(w, 1)));
}

/* How many went over to another version. */
static int64_t walk(uint64_t seed)
{
    struct world w;
    const uint64_t first = seed;
    int done = 0;
    world_init(&w, NULL);
    w.open = true;
    world_process(&w, "p", everything);
    world_process(&w, "p", changed);
    for (int i = 0; i < STEPS; i++) {
        const rc r = one_step(&w, &seed);
        if (r == RC_INTERNAL || r == RC_LIMIT)
            fail_msg("seed %d, step %d: %s " STR_FMT, (int)first, i, w.cx.err.slug,
                     STR_ARG(w.cx.err.detail));
        done += r == RC_OK;
        world_audit(&w);
    }
    assert_true(done > STEPS / 3);
    drain(&w);
    const int64_t migrated = world_count(&w,
                                         "SELECT count(*) FROM task_action WHERE site = $site"
                                         " AND act = 'migrate'");
    world_done(&w);
    return migrated;
}

static void test_random_acts_keep_the_invariants(void **state)
{
    (void)state;
    int64_t migrated = 0;
    for (uint64_t seed = 1; seed <= SEEDS; seed++)
        migrated += walk(seed);
    assert_true(migrated > SEEDS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_random_acts_keep_the_invariants)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
