/* Tests of what people do with tasks: return, take back, signers, delegation, copies, asking, urging,
 * withdrawing; each in plain steps, in branches, in sub-processes and in countersigned steps. */
#include "bpmn/task.h"
#include "bpmn/test/test.h"

#define TASK(id)   "<userTask id='" id "' name='" id "'/>"
#define LINE_START "<startEvent id='s'/>" TASK("a") TASK("b") TASK("c") "<endEvent id='e'/>"
/* a, then b, then c. */
#define LINE                                                                                       \
    PROCESS(LINE_START FLOW("f1", "s", "a") FLOW("f2", "a", "b") FLOW("f3", "b", "c")              \
                FLOW("f4", "c", "e"))
/* a, then b beside c1 and c2, then d. */
#define FORK                                                                                       \
    PROCESS("<startEvent id='s'/>" TASK("a") "<parallelGateway id='g'/>" TASK("b") TASK("c1")      \
                TASK("c2") "<parallelGateway id='j'/>" TASK("d") "<endEvent id='e'/>" FLOW(        \
                    "f1", "s", "a") FLOW("f2", "a", "g") FLOW("f3", "g", "b")                      \
                    FLOW("f4", "g", "c1") FLOW("f5", "c1", "c2") FLOW("f6", "b", "j")              \
                        FLOW("f7", "c2", "j") FLOW("f8", "j", "d") FLOW("f9", "d", "e"))

/* An open or waiting task of this element, whoever has it (user NULL); 0: none. */
static int64_t task_of(struct world *w, int64_t subject, const char *node, const char *user)
{
    DB_ROWS rows = {0};
    bool more = false;
    world_fresh(w);
    assert_ok(w, db_query_text(&w->cx, w->db,
                               STR("SELECT id FROM task WHERE site = $site AND subject_id = $1"
                                   " AND node = $2 AND ($3 = '' OR claimed_by = $3)"
                                   " AND state IN ('open', 'waiting') ORDER BY id LIMIT 1"),
                               DB_ARGS(DB_I(subject), DB_T(str_from(node)), DB_T(str_from(user))),
                               &rows));
    assert_ok(w, db_next(&w->cx, &rows, &more));
    return more ? db_i64(&rows, 0) : 0;
}

static str text_of(struct world *w, const char *sql)
{
    DB_ROWS rows = {0};
    bool more = false;
    assert_ok(w, db_query_text(&w->cx, w->db, str_from(sql), DB_NO_ARGS, &rows));
    assert_ok(w, db_next(&w->cx, &rows, &more));
    return more ? arena_dup(&w->f.arena, db_text(&rows, 0)) : STR("none");
}

/* The last act of the history. */
static str last_act(struct world *w)
{
    return text_of(w,
                   "SELECT act || ' ' || actor || ' ' || to_user || ' ' || from_node || ' ' ||"
                   " to_node || ' ' || reason FROM task_action WHERE site = $site"
                   " ORDER BY id DESC LIMIT 1");
}

static int64_t last_done(struct world *w)
{
    return world_count(w,
                       "SELECT id FROM task WHERE site = $site AND state = 'done'"
                       " ORDER BY done_us DESC, id DESC LIMIT 1");
}

static rc act(struct world *w, const char *who, struct bpmn_act a)
{
    const struct bpmn_turn t = {.e = w->e, .db = w->db, .ids = &w->ids, .actor = str_from(who)};
    w->cx.now_us += US_PER_SECOND; /* nothing happens in the same moment */
    rc r = COMMAND(w, bpmn_task_act(&w->cx, &t, &a));
    if (r == RC_OK) world_audit(w);
    return r;
}
#define ACT(w, who, act_kind, ...)                                                                 \
    act((w), who, (struct bpmn_act){.kind = BPMN_ACT_##act_kind, __VA_ARGS__})

static rc finish(struct world *w, const char *who, int64_t task, const char *outcome)
{
    w->cx.now_us += US_PER_SECOND;
    rc r = world_do(w, who, task, outcome);
    if (r == RC_OK) world_audit(w);
    return r;
}

/* By whoever, the open task of this element. */
static void pass(struct world *w, int64_t subject, const char *node, const char *who)
{
    assert_ok(w, finish(w, who, task_of(w, subject, node, NULL), ""));
}

/* ---- returning ---- */

static void test_return_to_the_step_before(void **state)
{
    struct world *w = *state;
    world_process(w, "p", LINE);
    world_start(w, 1);
    pass(w, 1, "a", "ann");
    pass(w, 1, "b", "bob");
    const int64_t c = task_of(w, 1, "c", NULL);
    assert_refused(w, ACT(w, "cat", RETURN, .task_id = c), RC_INVALID, "task.reason");
    assert_ok(w, ACT(w, "cat", RETURN, .task_id = c, .reason = STR("short")));
    assert_str(last_act(w), "return cat  c b short");
    assert_str(world_tokens(w, 1), "b");
    assert_refused(w, finish(w, "cat", c, ""), RC_CONFLICT, "task.cancelled");
    /* From there once more: to a, not to c that returned it. */
    assert_ok(w, ACT(w, "bob", RETURN, .task_id = task_of(w, 1, "b", NULL), .reason = STR("x")));
    assert_str(world_tokens(w, 1), "a");
    assert_refused(w,
                   ACT(w, "ann", RETURN, .task_id = task_of(w, 1, "a", NULL), .reason = STR("x")),
                   RC_CONFLICT, "task.no-step");
    pass(w, 1, "a", "ann");
    pass(w, 1, "b", "bob");
    pass(w, 1, "c", "cat");
    assert_str(world_tokens(w, 1), "ended");
    assert_int_equal(world_count(w,
                                 "SELECT count(*) FROM task WHERE site = $site"
                                 " AND state = 'returned'"),
                     2);
}

static void test_return_to_any_step_and_to_the_starter(void **state)
{
    struct world *w = *state;
    world_process(w, "p", LINE);
    world_start(w, 1);
    pass(w, 1, "a", "ann");
    pass(w, 1, "b", "bob");
    const int64_t c = task_of(w, 1, "c", NULL);
    assert_refused(w, ACT(w, "cat", RETURN, .task_id = c, .node = STR("c"), .reason = STR("x")),
                   RC_CONFLICT, "task.not-visited");
    assert_refused(w, ACT(w, "cat", RETURN, .task_id = c, .node = STR("s"), .reason = STR("x")),
                   RC_CONFLICT, "task.not-visited");
    assert_refused(w, ACT(w, "cat", RETURN, .task_id = c, .node = STR("q"), .reason = STR("x")),
                   RC_CONFLICT, "task.not-visited");
    struct bpmn_targets targets = {0};
    struct bpmn_task task;
    assert_ok(w, bpmn_task_load(&w->cx, w->e, w->db, c, &task));
    assert_ok(w, bpmn_return_targets(&w->cx, w->e, w->db, &task, &targets));
    assert_int_equal(targets.len, 2);
    assert_str(targets.at[0].node, "b");
    assert_str(targets.at[1].node, "a");
    assert_str(targets.at[1].done_by, "ann");
    assert_ok(w, ACT(w, "cat", RETURN, .task_id = c, .node = STR("start"), .reason = STR("x")));
    assert_str(world_tokens(w, 1), "a");
}

static void test_come_back_jumps_to_who_returned_it(void **state)
{
    struct world *w = *state;
    world_process(w, "p", LINE);
    world_start(w, 1);
    pass(w, 1, "a", "ann");
    pass(w, 1, "b", "bob");
    assert_ok(w, ACT(w, "cat", RETURN, .task_id = task_of(w, 1, "c", NULL), .node = STR("a"),
                     .reason = STR("x"), .come_back = true));
    assert_str(world_tokens(w, 1), "a");
    pass(w, 1, "a", "ann");
    assert_str(world_tokens(w, 1), "c");
    pass(w, 1, "c", "cat");
    assert_str(world_tokens(w, 1), "ended");
}

static void test_return_before_a_split_takes_its_branches(void **state)
{
    struct world *w = *state;
    world_process(w, "p", FORK);
    world_start(w, 1);
    pass(w, 1, "a", "ann");
    pass(w, 1, "c1", "cat");
    assert_str(world_tokens(w, 1), "b c2");
    assert_ok(w, ACT(w, "bob", RETURN, .task_id = task_of(w, 1, "b", NULL), .node = STR("a"),
                     .reason = STR("x")));
    assert_str(world_tokens(w, 1), "a");
    pass(w, 1, "a", "ann");
    assert_str(world_tokens(w, 1), "b c1");
    /* Also when a branch is done and waits at the join. */
    pass(w, 1, "b", "bob");
    assert_str(world_tokens(w, 1), "c1 j");
    assert_ok(w, ACT(w, "cat", RETURN, .task_id = task_of(w, 1, "c1", NULL), .node = STR("a"),
                     .reason = STR("x")));
    assert_str(world_tokens(w, 1), "a");
    pass(w, 1, "a", "ann");
    pass(w, 1, "b", "bob");
    pass(w, 1, "c1", "cat");
    pass(w, 1, "c2", "cat");
    assert_str(world_tokens(w, 1), "d");
}

static void test_return_inside_a_branch_leaves_the_others(void **state)
{
    struct world *w = *state;
    world_process(w, "p", FORK);
    world_start(w, 1);
    pass(w, 1, "a", "ann");
    pass(w, 1, "b", "bob");
    pass(w, 1, "c1", "cat");
    assert_str(world_tokens(w, 1), "c2 j");
    assert_ok(w, ACT(w, "cat", RETURN, .task_id = task_of(w, 1, "c2", NULL), .node = STR("c1"),
                     .reason = STR("x")));
    assert_str(world_tokens(w, 1), "c1 j");
    pass(w, 1, "c1", "cat");
    pass(w, 1, "c2", "cat");
    assert_str(world_tokens(w, 1), "d");
    /* Behind the join everything in between is done again. */
    assert_ok(w, ACT(w, "dan", RETURN, .task_id = task_of(w, 1, "d", NULL), .node = STR("a"),
                     .reason = STR("x")));
    assert_str(world_tokens(w, 1), "a");
    pass(w, 1, "a", "ann");
    assert_str(world_tokens(w, 1), "b c1");
}

/* From behind a join to the step before is into the branch that came last: the other is not done again. */
static void test_return_into_a_branch_keeps_the_others(void **state)
{
    struct world *w = *state;
    world_process(w, "p", FORK);
    world_start(w, 1);
    pass(w, 1, "a", "ann");
    pass(w, 1, "b", "bob");
    pass(w, 1, "c1", "cat");
    pass(w, 1, "c2", "cat");
    assert_ok(w, ACT(w, "dan", RETURN, .task_id = task_of(w, 1, "d", NULL), .reason = STR("x")));
    assert_str(world_tokens(w, 1), "c2 j");
    pass(w, 1, "c2", "cat");
    assert_ok(w, ACT(w, "dan", RETURN, .task_id = task_of(w, 1, "d", NULL), .node = STR("b"),
                     .reason = STR("x")));
    assert_str(world_tokens(w, 1), "b j");
    pass(w, 1, "b", "bob");
    pass(w, 1, "d", "dan");
    assert_str(world_tokens(w, 1), "ended");
}

/* Returned, and returned further: each comes back to who returned it. */
static void test_come_back_twice(void **state)
{
    struct world *w = *state;
    world_process(w, "p", LINE);
    world_start(w, 1);
    pass(w, 1, "a", "ann");
    pass(w, 1, "b", "bob");
    assert_ok(w, ACT(w, "cat", RETURN, .task_id = task_of(w, 1, "c", NULL), .node = STR("b"),
                     .reason = STR("x"), .come_back = true));
    assert_ok(w, ACT(w, "bob", RETURN, .task_id = task_of(w, 1, "b", NULL), .node = STR("a"),
                     .reason = STR("x"), .come_back = true));
    pass(w, 1, "a", "ann");
    assert_str(world_tokens(w, 1), "b");
    pass(w, 1, "b", "bob");
    assert_str(world_tokens(w, 1), "c");
}

static void test_come_back_leaves_the_branches(void **state)
{
    struct world *w = *state;
    world_process(w, "p", FORK);
    world_start(w, 1);
    pass(w, 1, "a", "ann");
    assert_ok(w, ACT(w, "bob", RETURN, .task_id = task_of(w, 1, "b", NULL), .node = STR("a"),
                     .reason = STR("x"), .come_back = true));
    assert_str(world_tokens(w, 1), "a c1");
    pass(w, 1, "c1", "cat");
    pass(w, 1, "a", "ann");
    assert_str(world_tokens(w, 1), "b c2");
    pass(w, 1, "c2", "cat");
    pass(w, 1, "b", "bob");
    assert_str(world_tokens(w, 1), "d");
}

#define NESTED                                                                                     \
    PROCESS("<startEvent id='s'/>" TASK("a") "<subProcess id='sub'>" TASK("x") TASK("y")           \
                FLOW("g1", "x", "y") "</subProcess>" TASK("c") FLOW("f1", "s", "a")                \
                    FLOW("f2", "a", "sub") FLOW("f3", "sub", "c"))

static void test_return_in_and_out_of_a_sub_process(void **state)
{
    struct world *w = *state;
    world_process(w, "p", NESTED);
    world_start(w, 1);
    pass(w, 1, "a", "ann");
    pass(w, 1, "x", "xia");
    assert_str(world_tokens(w, 1), "sub y");
    assert_ok(w, ACT(w, "yan", RETURN, .task_id = task_of(w, 1, "y", NULL), .reason = STR("x")));
    assert_str(world_tokens(w, 1), "sub x");
    pass(w, 1, "x", "xia");
    assert_ok(w, ACT(w, "yan", RETURN, .task_id = task_of(w, 1, "y", NULL), .node = STR("a"),
                     .reason = STR("x")));
    assert_str(world_tokens(w, 1), "a");
    pass(w, 1, "a", "ann");
    assert_str(world_tokens(w, 1), "sub x");
    /* From behind it, not into it: it is over. */
    pass(w, 1, "x", "xia");
    pass(w, 1, "y", "yan");
    assert_refused(w,
                   ACT(w, "cat", RETURN, .task_id = task_of(w, 1, "c", NULL), .node = STR("y"),
                       .reason = STR("x")),
                   RC_CONFLICT, "task.not-visited");
    assert_ok(w, ACT(w, "cat", RETURN, .task_id = task_of(w, 1, "c", NULL), .node = STR("sub"),
                     .reason = STR("x")));
    assert_str(world_tokens(w, 1), "sub x");
}

/* ---- countersigned steps ---- */

#define SIGNED(vote)                                                                                   \
    PROCESS("<startEvent id='s'/>" TASK(                                                               \
        "a") "<userTask id='m' name='m' b:candidates='who' b:outcomes='pass:同意,refuse:不同意' " vote \
             "/>" TASK("z") FLOW("f1", "s", "a") FLOW("f2", "a", "m") FLOW("f3", "m", "z"))

static void signed_start(struct world *w, const char *vote, const char *who)
{
    const char *text = arena_cstr(&w->f.arena, arena_printf(&w->f.arena, SIGNED("%s"), vote));
    world_process(w, "p", text);
    world_start_with(w, 1, NULL, who);
    pass(w, 1, "a", "ann");
}

static str outcome_of_z(struct world *w)
{
    return text_of(w,
                   "SELECT outcome FROM process_token WHERE site = $site AND node = 'z'"
                   " ORDER BY id DESC LIMIT 1");
}

static void test_a_round_returns_the_whole_step(void **state)
{
    struct world *w = *state;
    signed_start(w, "b:vote='all'", "{\"who\":[\"u\",\"v\",\"x\"]}");
    assert_ok(w, finish(w, "u", task_of(w, 1, "m", "u"), "pass"));
    assert_ok(w, ACT(w, "v", RETURN, .task_id = task_of(w, 1, "m", "v"), .reason = STR("x")));
    assert_str(world_tokens(w, 1), "a");
    pass(w, 1, "a", "ann");
    assert_str(world_tokens(w, 1), "m m m m"); /* everybody again */
}

static void test_a_vote_is_taken_back(void **state)
{
    struct world *w = *state;
    signed_start(w, "b:vote='ratio' b:share='0.6'", "{\"who\":[\"u\",\"v\",\"x\"]}");
    assert_ok(w, finish(w, "u", task_of(w, 1, "m", "u"), "refuse"));
    const int64_t done = last_done(w);
    assert_ok(w, ACT(w, "u", TAKE_BACK, .task_id = done));
    assert_str(last_act(w), "take-back u  m m ");
    assert_refused(w, ACT(w, "u", TAKE_BACK, .task_id = done), RC_CONFLICT, "task.cancelled");
    assert_ok(w, finish(w, "v", task_of(w, 1, "m", "v"), "refuse"));
    assert_str(world_tokens(w, 1), "m m m");
    assert_ok(w, finish(w, "u", task_of(w, 1, "m", "u"), "pass"));
    assert_ok(w, finish(w, "x", task_of(w, 1, "m", "x"), "pass"));
    assert_str(world_tokens(w, 1), "z");
    assert_str(outcome_of_z(w), "pass");
    assert_int_equal(world_count(w,
                                 "SELECT total * 100 + made * 10 + done FROM process_token"
                                 " WHERE site = $site AND role = 1"),
                     333);
    /* Decided: what counted together is not taken apart. */
    assert_refused(w, ACT(w, "x", TAKE_BACK, .task_id = last_done(w)), RC_CONFLICT,
                   "task.taken-on");
}

static void test_a_vote_in_order_is_taken_back(void **state)
{
    struct world *w = *state;
    world_process(w, "p",
                  PROCESS("<startEvent id='s'/><userTask id='m' name='m' b:candidates='who'"
                          " b:outcomes='pass:同意,refuse:不同意' b:vote='all'>"
                          "<multiInstanceLoopCharacteristics isSequential='true'/></userTask>" TASK(
                              "z") FLOW("f1", "s", "m") FLOW("f2", "m", "z")));
    world_start_with(w, 1, NULL, "{\"who\":[\"u\",\"v\"]}");
    assert_ok(w, finish(w, "u", task_of(w, 1, "m", "u"), "pass"));
    const int64_t u = last_done(w), v = task_of(w, 1, "m", "v");
    assert_ok(w, ACT(w, "v", DRAFT, .task_id = v, .text = STR("{\"x\":1}")));
    assert_refused(w, ACT(w, "u", TAKE_BACK, .task_id = u), RC_CONFLICT, "task.taken-on");
    assert_ok(w, finish(w, "v", v, "pass"));
    assert_str(world_tokens(w, 1), "z");
    world_start_with(w, 2, NULL, "{\"who\":[\"u\",\"v\"]}");
    assert_ok(w, finish(w, "u", task_of(w, 2, "m", "u"), "pass"));
    assert_ok(w, ACT(w, "u", TAKE_BACK, .task_id = last_done(w)));
    assert_int_equal(task_of(w, 2, "m", "v"), 0);
    assert_ok(w, finish(w, "u", task_of(w, 2, "m", "u"), "pass"));
    assert_ok(w, finish(w, "v", task_of(w, 2, "m", "v"), "pass"));
    assert_str(world_tokens(w, 2), "z");
}

static void test_signers_of_a_countersigned_step(void **state)
{
    struct world *w = *state;
    signed_start(w, "b:vote='ratio' b:share='0.6'", "{\"who\":[\"u\",\"v\"]}");
    const int64_t u = task_of(w, 1, "m", "u");
    assert_ok(w, ACT(w, "u", SIGN_BESIDE, .task_id = u, .to = STR("x, y,x"), .weight = 2000));
    assert_str(world_tokens(w, 1), "m m m m m");
    assert_refused(w, ACT(w, "u", SIGN_BESIDE, .task_id = u, .to = STR("x")), RC_CONFLICT,
                   "task.signs-already");
    assert_refused(w, ACT(w, "u", SIGN_BESIDE, .task_id = u, .to = STR("u")), RC_INVALID,
                   "task.self");
    assert_refused(w, ACT(w, "u", SIGN_REMOVE, .task_id = u, .to = STR("q"), .reason = STR("r")),
                   RC_CONFLICT, "task.not-a-signer");
    /* Six votes: x and y have two each. */
    assert_ok(w, finish(w, "x", task_of(w, 1, "m", "x"), "pass"));
    assert_ok(w, finish(w, "v", task_of(w, 1, "m", "v"), "refuse"));
    assert_str(world_tokens(w, 1), "m m m");
    /* Without y there are four, and two and a half of them pass: not yet; with u they do. */
    assert_ok(w, ACT(w, "u", SIGN_REMOVE, .task_id = u, .to = STR("y"), .reason = STR("away")));
    assert_str(last_act(w), "sign-remove u y m  away");
    assert_str(world_tokens(w, 1), "m m");
    assert_ok(w, finish(w, "u", u, "pass"));
    assert_str(world_tokens(w, 1), "z");
    assert_str(outcome_of_z(w), "pass");
}

/* The one who is removed would have been needed: those who have voted decide. */
static void test_removing_a_round_may_decide(void **state)
{
    struct world *w = *state;
    signed_start(w, "b:vote='all'", "{\"who\":[\"u\",\"v\",\"x\"]}");
    assert_ok(w, finish(w, "u", task_of(w, 1, "m", "u"), "pass"));
    const int64_t v = task_of(w, 1, "m", "v");
    assert_ok(w, ACT(w, "v", SIGN_REMOVE, .task_id = v, .to = STR("x"), .reason = STR("away")));
    assert_ok(w, finish(w, "v", v, "pass"));
    assert_str(outcome_of_z(w), "pass");
}

/* ---- signers of a single step ---- */

static void test_signers_before_after_beside(void **state)
{
    struct world *w = *state;
    world_process(w, "p", LINE);
    world_start(w, 1);
    const int64_t a = task_of(w, 1, "a", NULL);
    assert_refused(w, ACT(w, "ann", SIGN_BEFORE, .task_id = a, .to = STR(" , ")), RC_INVALID,
                   "task.to");
    assert_ok(w, ACT(w, "ann", SIGN_AFTER, .task_id = a, .to = STR("zoe")));
    assert_ok(w, ACT(w, "ann", SIGN_BESIDE, .task_id = a, .to = STR("bea")));
    assert_ok(w, ACT(w, "ann", SIGN_BEFORE, .task_id = a, .to = STR("bob,bill")));
    assert_str(last_act(w), "sign-before ann bill a  ");
    assert_refused(w, finish(w, "ann", a, ""), RC_CONFLICT, "task.waiting");
    assert_refused(w, ACT(w, "ann", RETURN, .task_id = a, .reason = STR("x")), RC_CONFLICT,
                   "task.waiting");
    assert_ok(w, finish(w, "bob", task_of(w, 1, "a", "bob"), ""));
    assert_refused(w, finish(w, "ann", a, ""), RC_CONFLICT, "task.waiting");
    assert_ok(w, ACT(w, "ann", SIGN_REMOVE, .task_id = a, .to = STR("bill"), .reason = STR("ill")));
    assert_ok(w, finish(w, "ann", a, ""));
    assert_str(world_tokens(w, 1), "a");
    /* Taken back while the others have not signed. */
    assert_ok(w, ACT(w, "ann", TAKE_BACK, .task_id = a));
    assert_ok(w, finish(w, "ann", a, ""));
    assert_ok(w, finish(w, "zoe", task_of(w, 1, "a", "zoe"), ""));
    assert_str(world_tokens(w, 1), "a");
    assert_refused(w, ACT(w, "zoe", TAKE_BACK, .task_id = last_done(w)), RC_CONFLICT,
                   "task.not-a-step");
    assert_ok(w, finish(w, "bea", task_of(w, 1, "a", "bea"), ""));
    assert_str(world_tokens(w, 1), "b");
}

static void test_a_signed_step_is_returned_whole(void **state)
{
    struct world *w = *state;
    world_process(w, "p", LINE);
    world_start(w, 1);
    pass(w, 1, "a", "ann");
    const int64_t b = task_of(w, 1, "b", NULL);
    assert_ok(w, ACT(w, "bob", SIGN_BEFORE, .task_id = b, .to = STR("sue")));
    assert_ok(w, ACT(w, "sue", RETURN, .task_id = task_of(w, 1, "b", "sue"), .reason = STR("x")));
    assert_str(world_tokens(w, 1), "a");
    assert_int_equal(world_count(w,
                                 "SELECT count(*) FROM task WHERE site = $site"
                                 " AND state = 'returned'"),
                     2);
}

/* ---- taking back ---- */

static void test_take_back_while_nobody_has_acted(void **state)
{
    struct world *w = *state;
    world_process(w, "p", LINE);
    world_start(w, 1);
    const int64_t first = task_of(w, 1, "a", NULL);
    assert_refused(w, ACT(w, "ann", TAKE_BACK, .task_id = first), RC_CONFLICT, "task.open");
    pass(w, 1, "a", "ann");
    assert_ok(w, ACT(w, "ann", TAKE_BACK, .task_id = first));
    assert_str(world_tokens(w, 1), "a");
    assert_refused(w, ACT(w, "ann", TAKE_BACK, .task_id = first), RC_CONFLICT, "task.cancelled");
    pass(w, 1, "a", "ann");
    const int64_t a = last_done(w);
    assert_ok(w, ACT(w, "bob", DRAFT, .task_id = task_of(w, 1, "b", NULL), .text = STR("{}")));
    assert_refused(w, ACT(w, "ann", TAKE_BACK, .task_id = a), RC_CONFLICT, "task.taken-on");
    pass(w, 1, "b", "bob");
    assert_refused(w, ACT(w, "ann", TAKE_BACK, .task_id = a), RC_CONFLICT, "task.taken-on");
    const int64_t b = last_done(w);
    assert_ok(w, ACT(w, "bob", TAKE_BACK, .task_id = b));
    assert_str(world_tokens(w, 1), "b");
    pass(w, 1, "b", "bob");
    pass(w, 1, "c", "cat");
    assert_refused(w, ACT(w, "cat", TAKE_BACK, .task_id = last_done(w)), RC_CONFLICT,
                   "bpmn.instance-ended");
}

static void test_take_back_at_splits_and_joins(void **state)
{
    struct world *w = *state;
    world_process(w, "p", FORK);
    world_start(w, 1);
    pass(w, 1, "a", "ann");
    const int64_t a = last_done(w);
    assert_ok(w, ACT(w, "ann", TAKE_BACK, .task_id = a)); /* both branches go */
    assert_str(world_tokens(w, 1), "a");
    pass(w, 1, "a", "ann");
    const int64_t again = last_done(w);
    pass(w, 1, "b", "bob");
    const int64_t b = last_done(w);
    assert_refused(w, ACT(w, "ann", TAKE_BACK, .task_id = again), RC_CONFLICT, "task.taken-on");
    assert_ok(w, ACT(w, "bob", TAKE_BACK, .task_id = b)); /* from the join */
    assert_str(world_tokens(w, 1), "b c1");
    pass(w, 1, "b", "bob");
    pass(w, 1, "c1", "cat");
    pass(w, 1, "c2", "cat");
    assert_str(world_tokens(w, 1), "d");
    assert_ok(w, ACT(w, "cat", TAKE_BACK, .task_id = last_done(w))); /* b waits at the join again */
    assert_str(world_tokens(w, 1), "c2 j");
    pass(w, 1, "c2", "cat");
    assert_str(world_tokens(w, 1), "d");
}

static void test_take_back_of_a_sub_process(void **state)
{
    struct world *w = *state;
    world_process(w, "p", NESTED);
    world_start(w, 1);
    pass(w, 1, "a", "ann");
    assert_ok(w, ACT(w, "ann", TAKE_BACK, .task_id = last_done(w)));
    assert_str(world_tokens(w, 1), "a");
}

static void test_take_back_of_a_countersigned_step(void **state)
{
    struct world *w = *state;
    signed_start(w, "b:vote='all'", "{\"who\":[\"u\",\"v\"]}");
    assert_ok(w, ACT(w, "ann", TAKE_BACK, .task_id = last_done(w)));
    assert_str(world_tokens(w, 1), "a");
    pass(w, 1, "a", "ann");
    const int64_t a = last_done(w);
    assert_ok(w, finish(w, "u", task_of(w, 1, "m", "u"), "pass"));
    assert_refused(w, ACT(w, "ann", TAKE_BACK, .task_id = a), RC_CONFLICT, "task.taken-on");
}

/* ---- whose it is ---- */

static void test_delegate_resolve_reassign(void **state)
{
    struct world *w = *state;
    world_process(w, "p", LINE);
    world_start(w, 1);
    const int64_t a = task_of(w, 1, "a", NULL);
    assert_refused(w, ACT(w, "ann", RESOLVE, .task_id = a), RC_CONFLICT, "task.not-delegated");
    assert_refused(w, ACT(w, "ann", DELEGATE, .task_id = a, .to = STR("ann"), .reason = STR("r")),
                   RC_INVALID, "task.self");
    assert_refused(w, ACT(w, "ann", DELEGATE, .task_id = a, .to = STR("x,y"), .reason = STR("r")),
                   RC_INVALID, "task.to");
    assert_ok(w, ACT(w, "ann", DELEGATE, .task_id = a, .to = STR("bob"), .reason = STR("r")));
    assert_str(last_act(w), "delegate ann bob a  r");
    assert_refused(w, ACT(w, "bob", DELEGATE, .task_id = a, .to = STR("eve"), .reason = STR("r")),
                   RC_CONFLICT, "task.delegated");
    assert_refused(w, finish(w, "bob", a, ""), RC_CONFLICT, "task.delegated");
    assert_ok(w, ACT(w, "bob", RESOLVE, .task_id = a, .text = STR("done, look")));
    assert_str(last_act(w), "resolve bob ann a  done, look");
    assert_ok(w, ACT(w, "ann", REASSIGN, .task_id = a, .to = STR("eve"), .reason = STR("hers")));
    assert_refused(w, finish(w, "ann", a, ""), RC_CONFLICT, "task.claimed");
    assert_refused(w, ACT(w, "eve", REASSIGN, .task_id = a, .to = STR("eve"), .reason = STR("r")),
                   RC_INVALID, "task.self");
    assert_ok(w, finish(w, "eve", a, ""));
    assert_refused(w, ACT(w, "eve", REASSIGN, .task_id = a, .to = STR("x"), .reason = STR("r")),
                   RC_CONFLICT, "task.done");
}

static void test_a_leavers_tasks_are_handed_over(void **state)
{
    struct world *w = *state;
    int64_t count = 0;
    world_process(
        w, "p",
        PROCESS("<startEvent id='s'/><userTask id='m' name='m' b:assignee='\"lee\"'/>" FLOW(
            "f1", "s", "m")));
    world_process(w, "q",
                  PROCESS("<startEvent id='s'/><userTask id='n' name='n' b:role='clerk'/>" FLOW(
                      "f1", "s", "n")));
    world_start(w, 1);
    world_start(w, 2);
    const int64_t m1 = task_of(w, 1, "m", "lee"), m2 = task_of(w, 2, "m", "lee");
    assert_ok(w, ACT(w, "lee", SIGN_BEFORE, .task_id = m2, .to = STR("sue")));
    assert_ok(w, ACT(w, "lee", DELEGATE, .task_id = m1, .to = STR("dee"), .reason = STR("r")));
    const struct bpmn_start q = {.process = STR("q"), .subject_id = 3};
    int64_t id;
    assert_ok(w, COMMAND(w, bpmn_start(&w->cx, AS(w, "ann"), &q, &id)));
    const int64_t n = task_of(w, 3, "n", NULL);
    assert_ok(w, COMMAND(w, bpmn_claim(&w->cx, AS(w, "lee"), n, false)));
    assert_refused(w,
                   COMMAND(w, bpmn_tasks_reassign(&w->cx, AS(w, "boss"), STR("lee"), STR("new"),
                                                  (str){0}, &count)),
                   RC_INVALID, "task.reason");
    /* Without a name only what others may take goes back. */
    assert_refused(w,
                   COMMAND(w, bpmn_tasks_reassign(&w->cx, AS(w, "boss"), STR("lee"), (str){0},
                                                  STR("leaves"), &count)),
                   RC_INVALID, "task.to");
    assert_ok(w, COMMAND(w, bpmn_tasks_reassign(&w->cx, AS(w, "boss"), STR("lee"), STR("new"),
                                                STR("leaves"), &count)));
    world_audit(w);
    assert_int_equal(count, 3);
    assert_int_equal(task_of(w, 3, "n", "new"), n);
    assert_int_equal(task_of(w, 2, "m", "new"), m2);
    assert_int_equal(task_of(w, 1, "m", "dee"), m1);
    assert_ok(w, ACT(w, "dee", RESOLVE, .task_id = m1));
    assert_int_equal(task_of(w, 1, "m", "new"), m1); /* it comes back to who has taken over */
    assert_int_equal(world_count(w,
                                 "SELECT count(*) FROM task_action WHERE site = $site"
                                 " AND act = 'hand-over'"),
                     3);
}

/* Who stands in for one may not any more when it is another's. */
static void test_agents_follow_the_task(void **state)
{
    struct world *w = *state;
    world_process(
        w, "p",
        PROCESS("<startEvent id='s'/><userTask id='m' name='m' b:assignee='\"lee\"'/>" TASK("z")
                    FLOW("f1", "s", "m") FLOW("f2", "m", "z")));
    w->agent = STR("old");
    world_start(w, 1);
    const int64_t m = task_of(w, 1, "m", NULL);
    w->agent = STR("new");
    assert_ok(w, ACT(w, "lee", REASSIGN, .task_id = m, .to = STR("eve"), .reason = STR("r")));
    assert_refused(w, finish(w, "old", m, ""), RC_CONFLICT, "task.claimed");
    assert_ok(w, ACT(w, "eve", SIGN_BEFORE, .task_id = m, .to = STR("sue")));
    assert_ok(w, finish(w, "new", task_of(w, 1, "m", "sue"), ""));
    assert_ok(w, finish(w, "new", m, ""));
    assert_str(world_tokens(w, 1), "z");
}

/* ---- copies, asking, urging, drafts ---- */

static void test_copies_are_read(void **state)
{
    struct world *w = *state;
    struct bpmn_tasks copies = {0};
    world_process(w, "p", LINE);
    world_start(w, 1);
    const int64_t a = task_of(w, 1, "a", NULL);
    assert_ok(w, ACT(w, "ann", COPY, .task_id = a, .to = STR("bob, cat")));
    assert_refused(w, ACT(w, "ann", COPY, .task_id = a), RC_INVALID, "task.to");
    assert_ok(w, bpmn_copies_of(&w->cx, w->e, w->db, STR("bob"), 10, &copies));
    assert_int_equal(copies.len, 1);
    assert_ok(w, ACT(w, "bob", READ, .task_id = a));
    assert_str(last_act(w), "read bob  a  ");
    assert_ok(w, ACT(w, "bob", READ, .task_id = a));
    copies = (struct bpmn_tasks){0};
    assert_ok(w, bpmn_copies_of(&w->cx, w->e, w->db, STR("bob"), 10, &copies));
    assert_int_equal(copies.len, 0);
    assert_int_equal(world_count(w,
                                 "SELECT count(*) FROM task_action WHERE site = $site"
                                 " AND act = 'read'"),
                     1);
    pass(w, 1, "a", "ann");
    pass(w, 1, "b", "bob");
    pass(w, 1, "c", "cat");
    assert_ok(w, ACT(w, "cat", READ, .task_id = a)); /* it has ended long ago */
    assert_ok(w, ACT(w, "ann", COPY, .task_id = a, .to = STR("eve")));
    unsigned may = 0;
    struct bpmn_task task;
    const struct bpmn_who eve = {.user = STR("eve")};
    assert_ok(w, bpmn_task_load(&w->cx, w->e, w->db, a, &task));
    assert_ok(w, bpmn_task_may(&w->cx, w->e, w->db, &task, &eve, &may));
    assert_int_equal(may & (BPMN_MAY_SEE | BPMN_MAY_READ), BPMN_MAY_SEE | BPMN_MAY_READ);
}

static void test_asking_aside_holds_up_nothing(void **state)
{
    struct world *w = *state;
    world_process(w, "p", LINE);
    world_start(w, 1);
    const int64_t a = task_of(w, 1, "a", NULL);
    assert_refused(w, ACT(w, "ann", ANSWER, .task_id = a), RC_CONFLICT, "task.not-a-signer");
    assert_ok(w, ACT(w, "ann", ASK, .task_id = a, .to = STR("eve,fay"), .text = STR("well?")));
    assert_str(last_act(w), "ask ann fay a  well?");
    const int64_t eve = task_of(w, 1, "a", "eve");
    assert_refused(w, ACT(w, "eve", RETURN, .task_id = eve, .reason = STR("x")), RC_CONFLICT,
                   "task.aside");
    assert_ok(w, ACT(w, "eve", ANSWER, .task_id = eve, .text = STR("yes")));
    assert_str(last_act(w), "answer eve  a  yes");
    assert_refused(w, ACT(w, "eve", ANSWER, .task_id = eve), RC_CONFLICT, "task.done");
    assert_str(world_tokens(w, 1), "a");
    assert_ok(w, finish(w, "ann", a, "")); /* fay has not answered */
    assert_str(world_tokens(w, 1), "b");
    assert_int_equal(task_of(w, 1, "a", "fay"), 0);
}

static void test_urging_and_drafts(void **state)
{
    struct world *w = *state;
    struct bpmn_task task;
    world_process(w, "p", LINE);
    world_start(w, 1);
    const int64_t a = task_of(w, 1, "a", NULL);
    assert_ok(w, ACT(w, "sup", URGE, .task_id = a, .reason = STR("hurry")));
    assert_ok(w, ACT(w, "sup", URGE, .task_id = a));
    assert_refused(w, ACT(w, "ann", DRAFT, .task_id = a, .text = STR("no json")), RC_INVALID,
                   "json.syntax");
    assert_ok(w, ACT(w, "ann", DRAFT, .task_id = a, .text = STR("{\"x\":1}")));
    assert_ok(w, ACT(w, "ann", DRAFT, .task_id = a, .text = STR("{\"x\":2}")));
    assert_ok(w, bpmn_task_load(&w->cx, w->e, w->db, a, &task));
    assert_int_equal(task.urged, 2);
    assert_str(task.draft, "{\"x\":2}");
    assert_str(task.claimed_by, "ann");
    assert_int_equal(world_count(w, "SELECT count(*) FROM task_action WHERE site = $site"), 3);
    assert_refused(w, ACT(w, "ann", URGE, .task_id = 4711), RC_MISSING, "task.missing");
    pass(w, 1, "a", "ann");
    assert_refused(w, ACT(w, "ann", URGE, .task_id = a), RC_CONFLICT, "task.done");
    assert_refused(w, finish(w, "ann", a, ""), RC_CONFLICT, "task.done");
}

/* ---- withdrawing, predicting ---- */

static void test_the_starter_withdraws(void **state)
{
    struct world *w = *state;
    world_process(w, "p", LINE);
    const int64_t first = world_start(w, 1), second = world_start(w, 2);
    assert_refused(w, COMMAND(w, bpmn_withdraw(&w->cx, AS(w, "bob"), first, STR("x"))), RC_DENIED,
                   "task.not-starter");
    assert_refused(w, COMMAND(w, bpmn_withdraw(&w->cx, AS(w, "ann"), 999, STR("x"))), RC_MISSING,
                   "bpmn.instance-missing");
    pass(w, 1, "a", "ann"); /* what they did themselves decides nothing */
    assert_ok(w, COMMAND(w, bpmn_withdraw(&w->cx, AS(w, "ann"), first, STR("by mistake"))));
    world_audit(w);
    assert_str(last_act(w), "withdraw ann    by mistake");
    assert_str(world_tokens(w, 1), "ended");
    pass(w, 2, "a", "ann");
    pass(w, 2, "b", "bob");
    assert_refused(w, COMMAND(w, bpmn_withdraw(&w->cx, AS(w, "ann"), second, STR("x"))),
                   RC_CONFLICT, "task.decided");
    assert_refused(w, COMMAND(w, bpmn_withdraw(&w->cx, AS(w, "ann"), first, STR("x"))), RC_CONFLICT,
                   "bpmn.instance-ended");
}

static void test_what_would_come_next(void **state)
{
    struct world *w = *state;
    struct bpmn_nexts next = {0};
    signed_start(w, "b:vote='any'", "{\"who\":[\"u\",\"v\"]}");
    world_process(w, "q", LINE);
    const struct bpmn_completion u = {.task_id = task_of(w, 1, "m", "u"), .outcome = STR("pass")};
    world_fresh(w);
    assert_ok(w, db_savepoint(&w->cx, w->db));
    assert_ok(w, bpmn_predict(&w->cx, AS(w, "u"), &u, &next));
    db_savepoint_undo(w->db);
    assert_int_equal(next.len, 1);
    assert_str(next.at[0].node, "z");
    assert_false(next.at[0].ends);
    assert_str(world_tokens(w, 1), "m m m");
    assert_ok(w, finish(w, "u", task_of(w, 1, "m", "u"), "pass"));
    const struct bpmn_completion z = {.task_id = task_of(w, 1, "z", NULL)};
    next = (struct bpmn_nexts){0};
    world_fresh(w);
    assert_ok(w, db_savepoint(&w->cx, w->db));
    assert_ok(w, bpmn_predict(&w->cx, AS(w, "u"), &z, &next));
    db_savepoint_undo(w->db);
    assert_int_equal(next.len, 1);
    assert_true(next.at[0].ends);
}

/* ---- who is not asked ---- */

#define ASKED(more)                                                                                \
    PROCESS("<startEvent id='s'/>" TASK(                                                           \
        "a") "<userTask id='m' name='m' b:outcomes='ok:好,no:否' " more "/>" TASK("z")             \
                FLOW("f1", "s", "a") FLOW("f2", "a", "m") FLOW("f3", "m", "z"))

static void test_nobody_the_starter_and_the_same_again(void **state)
{
    struct world *w = *state;
    static const struct {
        const char *more, *tokens, *act;
    } table[] = {
        {"b:assignee='null' b:nobody='pass'", "z", "skip.nobody"},
        {"b:assignee='null' b:nobody='refuse'", "z", "skip.nobody"},
        {"b:assignee='null'", "m", "none"},
        {"b:assignee='null' b:nobody='to:eve'", "m", "none"},
        {"b:assignee='\"ann\"' b:starter='skip'", "z", "skip.starter"},
        {"b:assignee='\"ann\"' b:starter='head'", "m", "none"},
        {"b:assignee='\"ann\"'", "m", "none"},
        {"b:assignee='\"ann\"' b:again='skip'", "z", "skip.again"},
        {"b:assignee='\"ann\"' b:again='skip-next'", "z", "skip.again"},
        {"b:assignee='\"eve\"' b:again='skip'", "m", "none"},
    };
    for (size_t i = 0; i < COUNTOF(table); i++) {
        const int64_t subject = (int64_t)i + 1;
        const char *text =
            arena_cstr(&w->f.arena, arena_printf(&w->f.arena, ASKED("%s"), table[i].more));
        world_process(w, "p", text);
        world_start(w, subject);
        pass(w, subject, "a", "ann");
        assert_str(world_tokens(w, subject), table[i].tokens);
        const char *sql = arena_cstr(
            &w->f.arena, arena_printf(&w->f.arena,
                                      "SELECT a.act FROM task_action a JOIN task t ON t.site ="
                                      " a.site AND t.id = a.task_id WHERE a.site = $site"
                                      " AND t.subject_id = %d",
                                      (int)subject));
        assert_str(text_of(w, sql), table[i].act);
    }
    assert_int_equal(task_of(w, 4, "m", "eve") != 0, true);
    assert_int_equal(task_of(w, 6, "m", "boss") != 0, true);
}

/* Who approved before a return is asked again after it. */
static void test_a_return_asks_the_same_again(void **state)
{
    struct world *w = *state;
    world_process(
        w, "p",
        PROCESS("<startEvent id='s'/>" TASK(
            "a") "<userTask id='m' name='m' b:assignee='\"eve\"' b:again='skip'/>" TASK("z")
                    FLOW("f1", "s", "a") FLOW("f2", "a", "m") FLOW("f3", "m", "z")));
    world_start(w, 1);
    pass(w, 1, "a", "ann");
    pass(w, 1, "m", "eve");
    assert_ok(w, ACT(w, "zed", RETURN, .task_id = task_of(w, 1, "z", NULL), .node = STR("a"),
                     .reason = STR("x")));
    pass(w, 1, "a", "ann");
    assert_str(world_tokens(w, 1), "m");
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(test_##name, world_set_up, world_tear_down)
    const struct CMUnitTest tests[] = {
        T(return_to_the_step_before),
        T(return_to_any_step_and_to_the_starter),
        T(come_back_jumps_to_who_returned_it),
        T(return_before_a_split_takes_its_branches),
        T(return_inside_a_branch_leaves_the_others),
        T(return_into_a_branch_keeps_the_others),
        T(come_back_twice),
        T(come_back_leaves_the_branches),
        T(return_in_and_out_of_a_sub_process),
        T(a_round_returns_the_whole_step),
        T(a_vote_is_taken_back),
        T(a_vote_in_order_is_taken_back),
        T(signers_of_a_countersigned_step),
        T(removing_a_round_may_decide),
        T(signers_before_after_beside),
        T(a_signed_step_is_returned_whole),
        T(take_back_while_nobody_has_acted),
        T(take_back_at_splits_and_joins),
        T(take_back_of_a_sub_process),
        T(take_back_of_a_countersigned_step),
        T(delegate_resolve_reassign),
        T(a_leavers_tasks_are_handed_over),
        T(agents_follow_the_task),
        T(copies_are_read),
        T(asking_aside_holds_up_nothing),
        T(urging_and_drafts),
        T(the_starter_withdraws),
        T(what_would_come_next),
        T(nobody_the_starter_and_the_same_again),
        T(a_return_asks_the_same_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
