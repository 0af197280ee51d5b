/* A seeded random walk: instances of a process with everything in it are started, completed, sent
 * messages, ticked, cancelled and started anew, some commands fail half-way and are undone, and after
 * every step the audit finds nothing.  The same seed gives the same walk. */
#include "bpmn/test/test.h"

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

/* ---- models nobody has drawn ---- */

/* A model is made of blocks with one way in and one way out, each drawn by chance, one in another. */
struct maker {
    struct buf out;
    uint64_t *seed;
    int count; /* of ids given */
    int depth;
};
#define EMIT(m, ...) buf_printf(&(m)->out, __VA_ARGS__)

static void flow(struct maker *m, int from, int to, const char *condition)
{
    EMIT(m, "<sequenceFlow id='f%d' sourceRef='n%d' targetRef='n%d'>", ++m->count, from, to);
    if (condition) EMIT(m, "<conditionExpression>%s</conditionExpression>", condition);
    EMIT(m, "</sequenceFlow>");
}

static int block(struct maker *m, int from);

/* A node between, e.g. element("userTask", ""); its id. */
static int element(struct maker *m, const char *kind, const char *inside)
{
    EMIT(m, "<%s id='n%d'>%s</%s>", kind, ++m->count, inside, kind);
    return m->count;
}

static int after(struct maker *m, int from, const char *kind, const char *inside)
{
    int n = element(m, kind, inside);
    flow(m, from, n, NULL);
    return n;
}

static int branches(struct maker *m, int from, const char *gateway, bool chooses)
{
    static const char *const condition[] = {"amount &gt; 3", "amount &gt; 6"};
    int split = ++m->count, first = 0, join = ++m->count;
    EMIT(m, "<%s id='n%d'", gateway, split);
    if (chooses) EMIT(m, " default='f%d'", split);
    EMIT(m, "/><%s id='n%d'/>", gateway, join);
    flow(m, from, split, NULL);
    for (int i = 0; i < 3; i++) {
        int begin = element(m, "task", "");
        if (chooses && i == 2)
            EMIT(m, "<sequenceFlow id='f%d' sourceRef='n%d' targetRef='n%d'/>", split, split,
                 begin);
        else
            flow(m, split, begin, chooses ? condition[i] : NULL);
        flow(m, block(m, begin), join, NULL);
        first = first ? first : begin;
    }
    return join;
}

static int loop(struct maker *m, int from)
{
    int merge = after(m, from, "exclusiveGateway", ""), again = 0;
    int last = after(m, block(m, merge), "userTask", "");
    again = ++m->count;
    EMIT(m, "<exclusiveGateway id='n%d' default='f%d'/>", again, again);
    flow(m, last, again, NULL);
    flow(m, again, merge, "amount &lt; 3");
    int on = element(m, "task", "");
    EMIT(m, "<sequenceFlow id='f%d' sourceRef='n%d' targetRef='n%d'/>", again, again, on);
    return on;
}

static void inside(struct maker *m)
{
    int start = element(m, "startEvent", "");
    int end = element(m, "endEvent", "");
    flow(m, block(m, start), end, NULL);
}

static int sub_process(struct maker *m, int from, const char *kind, const char *more)
{
    int n = ++m->count;
    EMIT(m, "<%s id='n%d'>%s", kind, n, more);
    inside(m);
    EMIT(m, "</%s>", kind);
    flow(m, from, n, NULL);
    return n;
}

/* Behind an activity: its boundary event leads to the same way out. */
static int with_boundary(struct maker *m, int activity, const char *attributes, const char *event)
{
    int b = ++m->count;
    EMIT(m, "<boundaryEvent id='n%d' attachedToRef='n%d' %s>%s</boundaryEvent>", b, activity,
         attributes, event);
    bool interrupts = !attributes[0];
    int merge = interrupts ? after(m, activity, "exclusiveGateway", "") : activity;
    if (interrupts)
        flow(m, b, merge, NULL);
    else
        flow(m, after(m, b, "userTask", ""), element(m, "endEvent", ""), NULL);
    return merge;
}

#define ON_TIMER   "<timerEventDefinition><timeDuration>PT30H</timeDuration></timerEventDefinition>"
#define ON_MESSAGE "<messageEventDefinition messageRef='m1'/>"
#define ON_SIGNAL  "<signalEventDefinition signalRef='sig'/>"
#define ON_ERROR   "<errorEventDefinition errorRef='err'/>"

static int event_gateway(struct maker *m, int from)
{
    int g = after(m, from, "eventBasedGateway", "");
    int a = after(m, g, "intermediateCatchEvent", ON_TIMER);
    int b = after(m, g, "intermediateCatchEvent", ON_MESSAGE);
    int merge = after(m, a, "exclusiveGateway", "");
    flow(m, b, merge, NULL);
    return merge;
}

/* May end by an error, which its boundary catches. */
static int failing(struct maker *m, int from)
{
    int n = ++m->count;
    EMIT(m, "<subProcess id='n%d'>", n);
    int start = element(m, "startEvent", ""), x = ++m->count;
    EMIT(m, "<exclusiveGateway id='n%d' default='f%d'/>", x, x);
    flow(m, block(m, start), x, NULL);
    flow(m, x, element(m, "endEvent", ON_ERROR), "amount &gt; 5");
    EMIT(m, "<sequenceFlow id='f%d' sourceRef='n%d' targetRef='n%d'/>", x, x,
         element(m, "endEvent", ""));
    EMIT(m, "</subProcess>");
    flow(m, from, n, NULL);
    return with_boundary(m, n, "", ON_ERROR);
}

/* What was done is undone when it is cancelled. */
static int transaction(struct maker *m, int from)
{
    int n = ++m->count;
    EMIT(m, "<transaction id='n%d'>", n);
    int start = element(m, "startEvent", ""), a = after(m, start, "userTask", "");
    int b = ++m->count, undo = ++m->count, x = ++m->count;
    EMIT(m,
         "<boundaryEvent id='n%d' attachedToRef='n%d'><compensateEventDefinition/>"
         "</boundaryEvent><userTask id='n%d' isForCompensation='true'/>"
         "<association id='a%d' sourceRef='n%d' targetRef='n%d' associationDirection='One'/>"
         "<exclusiveGateway id='n%d' default='f%d'/>",
         b, a, undo, b, b, undo, x, x);
    flow(m, block(m, a), x, NULL);
    flow(m, x, element(m, "endEvent", "<cancelEventDefinition/>"), "amount &gt; 5");
    EMIT(m, "<sequenceFlow id='f%d' sourceRef='n%d' targetRef='n%d'/>", x, x,
         element(m, "endEvent", ""));
    EMIT(m, "</transaction>");
    flow(m, from, n, NULL);
    return with_boundary(m, n, "", "<cancelEventDefinition/>");
}

#define EVENT_SUB                                                                                  \
    "<subProcess id='n%d' triggeredByEvent='true'><startEvent id='n%d' isInterrupting='%s'>%s"     \
    "</startEvent><userTask id='n%d'/><endEvent id='n%d'/>"                                        \
    "<sequenceFlow id='f%d' sourceRef='n%d' targetRef='n%d'/>"                                     \
    "<sequenceFlow id='f%d' sourceRef='n%d' targetRef='n%d'/></subProcess>"
static int with_event_sub(struct maker *m, int from)
{
    int a = ++m->count, b = ++m->count, c = ++m->count, d = ++m->count;
    bool interrupts = draw(m->seed, 2);
    str sub = arena_printf(m->out.arena, EVENT_SUB, a, b, interrupts ? "true" : "false",
                           draw(m->seed, 2) ? ON_SIGNAL : ON_MESSAGE, c, d, c, b, c, d, c, d);
    return sub_process(m, from, "subProcess", arena_cstr(m->out.arena, sub));
}

static int repeated(struct maker *m, int from)
{
    static const char *const how[] = {
        "<multiInstanceLoopCharacteristics><loopCardinality>3</loopCardinality>"
        "<completionCondition>numberOfCompletedInstances &gt;= 2 and amount &gt; 4"
        "</completionCondition></multiInstanceLoopCharacteristics>",
        "<multiInstanceLoopCharacteristics isSequential='true'><loopCardinality>2"
        "</loopCardinality></multiInstanceLoopCharacteristics>",
        "<standardLoopCharacteristics loopMaximum='3'><loopCondition>amount &lt; 6"
        "</loopCondition></standardLoopCharacteristics>",
    };
    const char *chosen = how[draw(m->seed, 3)];
    if (draw(m->seed, 2)) return with_boundary(m, after(m, from, "userTask", chosen), "", ON_TIMER);
    return sub_process(m, from, "subProcess", chosen);
}

static int draw_block(struct maker *m, int from)
{
    switch (draw(m->seed, 18)) {
    case 0: return branches(m, from, "exclusiveGateway", true);
    case 1:
    case 2: return branches(m, from, "parallelGateway", false);
    case 3:
    case 4: return branches(m, from, "inclusiveGateway", true);
    case 5: return loop(m, from);
    case 6: return with_boundary(m, sub_process(m, from, "subProcess", ""), "", ON_MESSAGE);
    case 7:
        return with_boundary(m, after(m, from, "userTask", ""), "cancelActivity='false'",
                             draw(m->seed, 2) ? ON_TIMER : ON_SIGNAL);
    case 8: return event_gateway(m, from);
    case 9: return failing(m, from);
    case 10: return transaction(m, from);
    case 11: return with_event_sub(m, from);
    case 12:
    case 13: return repeated(m, from);
    case 14: return after(m, from, "intermediateThrowEvent", ON_SIGNAL);
    case 15: {
        int n = ++m->count;
        EMIT(m, "<callActivity id='n%d' calledElement='q'/>", n);
        flow(m, from, n, NULL);
        return n;
    }
    default: return after(m, from, "userTask", "");
    }
}

/* One, two or three of them one after another; inside many others only tasks. */
static int block(struct maker *m, int from)
{
    uint64_t count = m->depth < 3 && m->count < 300 ? draw(m->seed, 3) : 0;
    m->depth++;
    for (uint64_t i = 0; i < count; i++)
        from = draw_block(m, from);
    m->depth--;
    return count ? from : after(m, from, draw(m->seed, 3) ? "userTask" : "task", "");
}

static const char *any_model(struct arena *a, uint64_t *seed)
{
    struct maker m = {.out = {.arena = a}, .seed = seed};
    EMIT(&m, XML_HEAD
         "<message id='m1' name='back'/><signal id='sig' name='sig'/>"
         "<error id='err' errorCode='E'/><process id='p' isExecutable='true'>");
    inside(&m);
    EMIT(&m,
         "</process><process id='q'><startEvent id='q1'/><userTask id='q2'/>"
         "<endEvent id='q3'/>" FLOW("q4", "q1", "q2") FLOW("q5", "q2", "q3") XML_TAIL);
    return arena_cstr(a, buf_str(&m.out));
}

static rc any_step(struct world *w, uint64_t *seed)
{
    const struct bpmn_start start = {.process = STR("p"), .several = true, .subject_id = 1};
    const struct bpmn_message message = {.name = STR("back"), .subject_id = 1};
    enum bpmn_delivered how;
    int64_t count, id;
    w->amount = (int64_t)draw(seed, 10);
    switch (draw(seed, 16)) {
    case 0: return COMMAND(w, bpmn_start(&w->cx, AS(w, "ann"), &start, &id));
    case 1: return COMMAND(w, bpmn_message(&w->cx, AS(w, "ann"), &message, &how));
    case 2: return COMMAND(w, bpmn_signal(&w->cx, AS(w, "ann"), STR("sig"), NULL, &count));
    case 3:
    case 4: return tick(w, seed);
    case 5: world_engine(w); return RC_OK;
    case 6:
        if (draw(seed, 8)) return RC_OK;
        id = world_count(w, "SELECT max(id) FROM process_instance WHERE site = $site");
        return COMMAND(w, bpmn_cancel(&w->cx, AS(w, "ann"), id, STR("enough")));
    default: return complete_any(w, seed);
    }
}

static int64_t active(struct world *w)
{
    return world_count(w,
                       "SELECT count(*) FROM process_instance WHERE site = $site"
                       " AND state = 'active'");
}

/* Whatever is drawn and whatever happens: nothing is ever wrong, and all comes to its end. */
static void walk_any(uint64_t seed)
{
    enum { STARTED = 3, WALKED = 60, PATIENCE = 4000 };
    struct world w;
    world_init(&w, NULL);
    w.due = DAY_NONE;
    const char *text = any_model(&w.f.arena, &seed);
    world_process(&w, "p", text);
    for (int i = 0; i < STARTED; i++) {
        const struct bpmn_start what = {.process = STR("p"), .several = true, .subject_id = 1};
        int64_t id;
        w.amount = (int64_t)draw(&seed, 10);
        assert_ok(&w, COMMAND(&w, bpmn_start(&w.cx, AS(&w, "ann"), &what, &id)));
    }
    for (int i = 0; i < WALKED; i++) {
        rc r = any_step(&w, &seed);
        if (r != RC_OK && r != RC_CONFLICT) assert_ok(&w, r);
        world_audit(&w);
    }
    int steps = 0;
    for (; active(&w) && steps < PATIENCE; steps++) {
        w.amount = (int64_t)draw(&seed, 10);
        rc r = draw(&seed, 4) ? complete_any(&w, &seed) : tick(&w, &seed);
        if (r != RC_OK) assert_ok(&w, r);
        if (steps % 20 == 0) world_audit(&w);
    }
    if (active(&w)) fail_msg("it never ends: %s", text);
    world_audit(&w);
    world_done(&w);
}

static void test_models_nobody_has_drawn(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= (test_on_postgres() ? 12U : 60U); seed++)
        walk_any(seed * UINT64_C(0x9E3779B97F4A7C15));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random_walks_keep_the_invariants),
        cmocka_unit_test(test_models_nobody_has_drawn),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
