/* A seeded random walk through events: sub-processes with handlers, rounds, transactions, compensation,
 * calls, message flows, signals, cycles, clocks that stand still.  Instances are started, completed,
 * sent messages and signals, ticked, suspended in a down-time, cancelled; some steps fail half-way and
 * are undone; after every step the audit finds nothing, and every refusal is one that is known. */
#include "bpmn/test/test.h"

#define COMPENSATE "<compensateEventDefinition/>"
#define HANDLED(x)                                                                                 \
    "<boundaryEvent id='b" x "' attachedToRef='" x "'>" COMPENSATE                                 \
    "</boundaryEvent>"                                                                             \
    "<userTask id='u" x "' isForCompensation='true'/><association id='as" x                        \
    "'"                                                                                            \
    " associationDirection='One' sourceRef='b" x "' targetRef='u" x "'/>"
#define MESSAGE(m)   "<messageEventDefinition messageRef='" m "'/>"
#define SIGNAL(s)    "<signalEventDefinition signalRef='" s "'/>"
#define CYCLE(c)     "<timerEventDefinition><timeCycle>" c "</timeCycle></timerEventDefinition>"
#define ESCALATION   "<escalationEventDefinition escalationRef='X'/>"
#define ERROR        "<errorEventDefinition errorRef='E'/>"
#define AFTER(hours) "<timerEventDefinition b:workingHours='" hours "'/>"
#define CONDITION                                                                                  \
    "<conditionalEventDefinition><condition>amount &gt; 6</condition></conditionalEventDefinition>"

/* Branch one: rounds with handlers inside and around. */
#define ROUNDS                                                                                     \
    "<subProcess id='s1'><multiInstanceLoopCharacteristics><loopCardinality>2</loopCardinality>"   \
    "</multiInstanceLoopCharacteristics><startEvent id='s1s'/><userTask id='a1'/>" HANDLED("a1")   \
    "<intermediateThrowEvent id='a2'>" ESCALATION "</intermediateThrowEvent>"                      \
    "<userTask id='a3' b:outcomes='pass:p,fail:f'/>"                                               \
    "<exclusiveGateway id='a4' default='a4d'/><endEvent id='a5'>" ERROR "</endEvent>"              \
    "<endEvent id='a6'/>" FLOW("a1f", "s1s", "a1") FLOW("a2f", "a1", "a2") FLOW("a3f", "a2", "a3") \
        FLOW("a4f", "a3", "a4") FLOW_IF("a5f", "a4", "a5", "outcome = \"fail\"")                   \
            FLOW("a4d", "a4", "a6")                                                                \
    "<subProcess id='h1' triggeredByEvent='true'><startEvent id='h1s' isInterrupting='false'>"     \
    MESSAGE("M") "</startEvent><userTask id='h1t'/>" FLOW("h1f", "h1s", "h1t") "</subProcess>"     \
    "<subProcess id='h2' triggeredByEvent='true'><startEvent id='h2s'>" SIGNAL("S")                \
    "</startEvent><intermediateThrowEvent id='h2c'>" COMPENSATE "</intermediateThrowEvent>"        \
    FLOW("h2f", "h2s", "h2c") "</subProcess></subProcess>"                                         \
    "<boundaryEvent id='s1e' attachedToRef='s1'>" ERROR "</boundaryEvent>"                         \
    "<boundaryEvent id='s1x' attachedToRef='s1' cancelActivity='false'>" ESCALATION                \
    "</boundaryEvent><userTask id='x1'/>" FLOW("x1f", "s1x", "x1")                                 \
    "<boundaryEvent id='s1c' attachedToRef='s1' cancelActivity='false'>" CYCLE("R3/PT20H")         \
    "</boundaryEvent><serviceTask id='o1' b:operation='o'/>" FLOW("o1f", "s1c", "o1")
/* Branch two: a transaction. */
#define TRANSACTION                                                                                \
    "<transaction id='tr'><startEvent id='ts'/><userTask id='t1' b:outcomes='go:g,no:n,bad:b'/>"   \
    HANDLED("t1") "<exclusiveGateway id='t2' default='t2d'/>"                                      \
    "<endEvent id='t3'><cancelEventDefinition/></endEvent><endEvent id='t4'>" ERROR "</endEvent>"  \
    "<endEvent id='t5'/>" FLOW("t1f", "ts", "t1") FLOW("t2f", "t1", "t2")                          \
        FLOW_IF("t3f", "t2", "t3", "outcome = \"no\"")                                             \
            FLOW_IF("t4f", "t2", "t4", "outcome = \"bad\"") FLOW("t2d", "t2", "t5")                \
    "</transaction><boundaryEvent id='tc' attachedToRef='tr'><cancelEventDefinition/>"             \
    "</boundaryEvent><boundaryEvent id='te' attachedToRef='tr'>" ERROR "</boundaryEvent>"
/* Branch three: whichever event comes first, then a clock that others stop. */
#define WAITING                                                                                    \
    "<eventBasedGateway id='g'/><intermediateCatchEvent id='c1'>" MESSAGE("M2")                    \
    "</intermediateCatchEvent><intermediateCatchEvent id='c2'>" AFTER("9")                         \
    "</intermediateCatchEvent><intermediateCatchEvent id='c3'>" CONDITION                          \
    "</intermediateCatchEvent><exclusiveGateway id='gm'/>"                                         \
    "<intermediateCatchEvent id='pm' parallelMultiple='true'>" MESSAGE("M") SIGNAL("S")            \
    "</intermediateCatchEvent><userTask id='c4' b:due='3'/>"                                       \
    "<boundaryEvent id='c5' attachedToRef='c4' cancelActivity='false'>"                            \
    "<timerEventDefinition b:workingDays='-1' b:from='due'/></boundaryEvent>"                      \
    "<userTask id='c6' b:stopsClock='true'/>" FLOW("g1", "g", "c1") FLOW("g2", "g", "c2")          \
        FLOW("g3", "g", "c3") FLOW("g4", "c1", "gm") FLOW("g5", "c2", "gm") FLOW("g6", "c3", "pm") \
            FLOW("g7", "pm", "gm") FLOW("g8", "gm", "c4") FLOW("g9", "c5", "c6")
/* In parts: a text of C is not that long. */
static const char *const everything[] = {
    XML_HEAD
    "<message id='M' name='m'/><message id='M2' name='m2'/><message id='M3' name='m3'/>"
    "<signal id='S' name='s'/><signal id='S2' name='stop'/><error id='E' errorCode='e1'/>"
    "<escalation id='X' escalationCode='x1'/><collaboration id='co'>"
    "<participant id='pa' processRef='p'/><participant id='pb' processRef='q'/>"
    "<messageFlow id='mf1' sourceRef='send' targetRef='qs'/>"
    "<messageFlow id='mf2' sourceRef='qe' targetRef='rec'/></collaboration>"
    "<process id='p' isExecutable='true'><startEvent id='s'/><inclusiveGateway id='fork'/>" ,
    ROUNDS, TRANSACTION, WAITING,

    "<inclusiveGateway id='join'/><callActivity id='call' calledElement='r'/>"
    "<boundaryEvent id='ce' attachedToRef='call'>" ERROR "</boundaryEvent>"
    "<userTask id='check' b:outcomes='pass:p,again:a,undo:u,pools:o'/>"
    "<exclusiveGateway id='x' default='xd'/><sendTask id='send' messageRef='M3'/>"
    "<receiveTask id='rec' messageRef='M2'/><exclusiveGateway id='m'/>"
    "<endEvent id='e'/><endEvent id='undo'>" COMPENSATE "</endEvent>" FLOW("f1", "s", "m")
        FLOW("f2", "m", "fork") FLOW_IF("f3", "fork", "s1", "amount &gt; 2")
            FLOW_IF("f4", "fork", "tr", "amount &gt; 4") FLOW("f5", "fork", "g")
                FLOW("f6", "s1", "join") FLOW("f7", "s1e", "join") FLOW("f8", "tr", "join")
                    FLOW("f9", "tc", "join") FLOW("f10", "te", "join") FLOW("f11", "c4", "join")
                        FLOW("f12", "join", "call") FLOW("f13", "call", "check")
                            FLOW("f14", "ce", "check") FLOW("f15", "check", "x")
                                FLOW_IF("f16", "x", "m", "outcome = \"again\"")
                                    FLOW_IF("f17", "x", "undo", "outcome = \"undo\"")
                                        FLOW_IF("f18", "x", "send", "outcome = \"pools\"")
                                            FLOW("xd", "x", "e") FLOW("f19", "send", "rec")
                                                FLOW("f20", "rec", "e"),
    "<subProcess id='stop' triggeredByEvent='true'><startEvent id='ss'>" SIGNAL("S2")
    "</startEvent><intermediateThrowEvent id='sc'>" COMPENSATE "</intermediateThrowEvent>"
    "<userTask id='st'/>" FLOW("sf1", "ss", "sc") FLOW("sf2", "sc", "st") "</subProcess>"
    "<subProcess id='often' triggeredByEvent='true'><startEvent id='os' isInterrupting='false'>"
    CYCLE("R4/PT30H") "</startEvent><serviceTask id='ot' b:operation='o'/>"
    FLOW("of", "os", "ot") "</subProcess></process>"
    "<process id='q' isExecutable='true'><startEvent id='qs'>" MESSAGE("M3")
    "</startEvent><userTask id='qt'/><endEvent id='qe'>" MESSAGE("M2") "</endEvent>"
    FLOW("q1", "qs", "qt") FLOW("q2", "qt", "qe") "</process>"
    "<process id='r' isExecutable='true'><startEvent id='rs'/><userTask id='rt'"
    " b:outcomes='ok:o,bad:b'/><exclusiveGateway id='rx' default='rd'/><endEvent id='re'/>"
    "<endEvent id='rb'>" ERROR "</endEvent>" FLOW("r1", "rs", "rt") FLOW("r2", "rt", "rx")
        FLOW_IF("r3", "rx", "rb", "outcome = \"bad\"") FLOW("rd", "rx", "re") XML_TAIL};

enum { SUBJECTS = 4, STEPS = 300, SEEDS = 10 };

static uint64_t draw(uint64_t *seed, uint64_t below)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return *seed % below;
}

static rc complete_any(struct world *w, uint64_t *seed)
{
    struct bpmn_task_query q = {.limit = 100};
    struct bpmn_tasks tasks;
    world_fresh(w);
    assert_ok(w, bpmn_tasks_find(&w->cx, w->e, w->db, &q, &tasks));
    if (!tasks.len) return RC_OK;
    const struct bpmn_task *t = &tasks.at[draw(seed, tasks.len)];
    const struct bpmn_node *n = t->node;
    const struct bpmn_completion what = {
        .task_id = t->id,
        .outcome =
            n->outcome_count ? n->outcome[draw(seed, (uint64_t)n->outcome_count)] : (str){0}};
    return COMMAND(w, bpmn_complete(&w->cx, AS(w, "ann"), &what));
}

static rc tick(struct world *w, uint64_t *seed)
{
    int fired = 0;
    int64_t next = 0;
    w->cx.now_us += (int64_t)draw(seed, UINT64_C(100000)) * US_PER_SECOND;
    rc r = COMMAND(w, bpmn_tick(&w->cx, AS(w, "system"), 3, &fired, &next));
    if (r == RC_OK) return r;
    struct err why = w->cx.err;
    why.detail = STR("it failed");
    return COMMAND(w, bpmn_tick_failed(&w->cx, AS(w, "system"), &why));
}

static rc send(struct world *w, uint64_t *seed, int64_t subject)
{
    static const char *const name[] = {"m", "m2", "m3"};
    enum bpmn_delivered how;
    const struct bpmn_message m = {.name = str_from(name[draw(seed, 3)]),
                                   .subject_id = subject,
                                   .id = draw(seed, 2) ? STR("one") : (str){0},
                                   .ttl_us = (int64_t)draw(seed, 3) * US_PER_DAY};
    return COMMAND(w, bpmn_message(&w->cx, AS(w, "ann"), &m, &how));
}

static rc one_step(struct world *w, uint64_t *seed)
{
    int64_t subject = 1 + (int64_t)draw(seed, SUBJECTS), id = 0, count = 0;
    w->amount = (int64_t)draw(seed, 10);
    w->fail = draw(seed, 8) == 0;
    w->log.len = 0;
    const struct bpmn_start start = {.process = STR("p"), .subject_id = subject};
    switch (draw(seed, 20)) {
    case 0:
    case 1:
    case 2: return COMMAND(w, bpmn_start(&w->cx, AS(w, "ann"), &start, &id));
    case 3:
    case 4: return send(w, seed, subject);
    case 5: {
        str name = draw(seed, 5) ? STR("s") : STR("stop");
        return COMMAND(w, bpmn_signal(&w->cx, AS(w, "ann"), name, NULL, &count));
    }
    case 6:
    case 7: return COMMAND(w, bpmn_changed(&w->cx, AS(w, "ann"), subject));
    case 8:
        id = world_count(w, "SELECT max(id) FROM process_instance WHERE site = $site");
        return draw(seed, 4) ? RC_OK : COMMAND(w, bpmn_cancel(&w->cx, AS(w, "ann"), id, (str){0}));
    case 9: world_engine(w); return RC_OK;
    case 10:
    case 11: return tick(w, seed);
    default: return complete_any(w, seed);
    }
}

static bool is_known(const struct world *w)
{
    static const char *const slug[] = {"test.fail", "bpmn.running", "bpmn.instance-ended",
                                       "bpmn.instance-missing", "bpmn.called"};
    for (size_t i = 0; i < COUNTOF(slug); i++)
        if (str_eq(str_from(w->cx.err.slug), str_from(slug[i]))) return true;
    return false;
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
    w.open = true;
    world_engine(&w);
    struct buf xml = {.arena = &w.f.arena};
    for (size_t i = 0; i < COUNTOF(everything); i++)
        buf_add(&xml, str_from(everything[i]));
    world_process(&w, "p", arena_cstr(&w.f.arena, buf_str(&xml)));
    for (int i = 0; i < STEPS; i++) {
        if (one_step(&w, &seed) != RC_OK && !is_known(&w))
            fail_msg("step %d: %s " STR_FMT, i, w.cx.err.slug, STR_ARG(w.cx.err.detail));
        world_audit(&w);
    }
    assert_true(world_count(&w, "SELECT count(*) FROM process_instance WHERE site = $site") > 3);
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
