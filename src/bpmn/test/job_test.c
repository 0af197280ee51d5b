/* Tests of work done by programs outside: leases, fencing, retries, incidents; what stays true when
 * things go wrong. */
#include "bpmn/job.h"

#include "bpmn/operate.h"
#include "bpmn/test/test.h"

static int set_up(void **state)
{
    struct world *w = world_new(true, NULL);
    world_process(
        w, "p",
        PROCESS(
            "<property id='pg' name='pages'/><startEvent id='s'/><serviceTask id='j' b:topic='print'"
            " b:priority='if amount &gt; 5 then 9 else 1'>"
            "<extensionElements><b:param name='to' value='lead'/></extensionElements>"
            "</serviceTask><userTask id='z'/>"
            "<boundaryEvent id='err' attachedToRef='j'><errorEventDefinition/>"
            "</boundaryEvent><userTask id='repair'/>" FLOW("f1", "s", "j") FLOW("f2", "j", "z")
                FLOW("f3", "err", "repair")));
    *state = w;
    return 0;
}

/* The first job that is free; id 0: none. */
static struct bpmn_job fetch(struct world *w, const char *worker, int seconds)
{
    struct bpmn_jobs jobs = {0};
    assert_ok(w, COMMAND(w, bpmn_jobs_fetch(&w->cx, AS(w, "worker"), STR("print"), str_from(worker),
                                            seconds, 1, &jobs)));
    struct bpmn_job j = jobs.len ? jobs.at[0] : (struct bpmn_job){0};
    j.element = arena_dup(&w->f.arena, j.element);
    j.variables = arena_dup(&w->f.arena, j.variables);
    world_audit(w);
    return j;
}

static rc complete(struct world *w, int64_t id, int64_t fence, const char *variables)
{
    rc r =
        COMMAND(w, bpmn_job_complete(&w->cx, AS(w, "worker"), id, fence, world_json(w, variables)));
    if (r == RC_OK) world_audit(w);
    return r;
}

static rc job_fails(struct world *w, int64_t id, int64_t fence, int64_t retries, int wait)
{
    rc r = COMMAND(
        w, bpmn_job_fail(&w->cx, AS(w, "worker"), id, fence, retries, wait, STR("paper is out")));
    if (r == RC_OK) world_audit(w);
    return r;
}

static void later(struct world *w, int seconds)
{
    w->cx.now_us += (int64_t)seconds * US_PER_SECOND;
}

static void test_a_job_is_leased_and_completed(void **state)
{
    struct world *w = *state;
    w->lead = STR("ann");
    world_start(w, 1);
    assert_str(world_tokens(w, 1), "j");
    struct bpmn_jobs none = {0};
    assert_refused(
        w,
        COMMAND(w, bpmn_jobs_fetch(&w->cx, AS(w, "worker"), STR("print"), STR("a"), 0, 1, &none)),
        RC_INVALID, "job.lease");
    assert_ok(w, COMMAND(w, bpmn_jobs_fetch(&w->cx, AS(w, "worker"), STR("other"), STR("a"), 60, 9,
                                            &none)));
    assert_int_equal(none.len, 0);
    const struct bpmn_job j = fetch(w, "a", 60);
    assert_str(j.element, "j");
    assert_str(j.variables, "{\"to\":\"ann\"}");
    assert_int_equal(j.fence, 1);
    assert_int_equal(j.retries, 3);
    const int64_t id = j.id, fence = j.fence;
    assert_int_equal(fetch(w, "b", 60).id, 0);
    assert_ok(w, complete(w, id, fence, "{\"pages\":3}"));
    assert_str(world_tokens(w, 1), "z");
    assert_str(world_variables_of(w, 1), "{\"pages\":3}");
    /* Never given again, never done twice. */
    assert_refused(w, complete(w, id, fence, NULL), RC_MISSING, "job.missing");
    later(w, 3600);
    assert_int_equal(fetch(w, "b", 60).id, 0);
    assert_int_equal(world_count(w, "SELECT count(*) FROM job WHERE site = $site"), 0);
}

static void test_a_late_worker_is_fenced_off(void **state)
{
    struct world *w = *state;
    world_start(w, 1);
    const int64_t id = fetch(w, "a", 60).id;
    later(w, 30);
    assert_ok(w, COMMAND(w, bpmn_job_extend(&w->cx, AS(w, "worker"), id, 1, 60)));
    later(w, 50);
    assert_int_equal(fetch(w, "b", 60).id, 0);
    later(w, 11);
    const struct bpmn_job again = fetch(w, "b", 60);
    assert_int_equal(again.id, id);
    assert_int_equal(again.fence, 2);
    assert_refused(w, complete(w, id, 1, NULL), RC_CONFLICT, "job.fenced");
    assert_refused(w, job_fails(w, id, 1, -1, 0), RC_CONFLICT, "job.fenced");
    assert_refused(w, COMMAND(w, bpmn_job_extend(&w->cx, AS(w, "worker"), id, 1, 60)), RC_CONFLICT,
                   "job.fenced");
    assert_refused(w, COMMAND(w, bpmn_job_error(&w->cx, AS(w, "worker"), id, 1, STR("e"))),
                   RC_CONFLICT, "job.fenced");
    assert_ok(w, COMMAND(w, bpmn_job_extend(&w->cx, AS(w, "worker"), id, 2, BPMN_LEASE_MAX_S)));
    later(w, BPMN_LEASE_MAX_S - 1);
    assert_int_equal(fetch(w, "c", 60).id, 0);
    later(w, 100); /* its lease is over, but nobody else has it */
    assert_ok(w, complete(w, id, 2, NULL));
    assert_str(world_tokens(w, 1), "z");
}

static void test_retries_then_an_incident_then_again(void **state)
{
    struct world *w = *state;
    struct bpmn_incidents open = {0};
    world_start(w, 1);
    const int64_t id = fetch(w, "a", 60).id;
    assert_ok(w, job_fails(w, id, 1, -1, 30));
    assert_refused(w, complete(w, id, 1, NULL), RC_CONFLICT, "job.fenced");
    assert_int_equal(fetch(w, "a", 60).id, 0); /* not before thirty seconds */
    later(w, 31);
    assert_int_equal(fetch(w, "a", 60).fence, 2);
    assert_ok(w, job_fails(w, id, 2, 0, 0));
    assert_int_equal(fetch(w, "a", 60).id, 0);
    assert_ok(w, bpmn_incidents_find(&w->cx, w->db, 10, &open));
    assert_int_equal(open.len, 1);
    assert_str(open.at[0].slug, "job.failed");
    assert_str(open.at[0].detail, "paper is out");
    assert_str(open.at[0].process, "p");
    assert_int_equal(open.at[0].next_us, 0);
    const int64_t incident = open.at[0].id;
    assert_refused(w, COMMAND(w, bpmn_retry(&w->cx, AS(w, "boss"), 4711)), RC_MISSING,
                   "bpmn.incident-missing");
    assert_ok(w, COMMAND(w, bpmn_retry(&w->cx, AS(w, "boss"), incident)));
    const struct bpmn_job j = fetch(w, "a", 60);
    assert_int_equal(j.fence, 3);
    assert_ok(w, complete(w, id, 3, NULL));
    open = (struct bpmn_incidents){0};
    assert_ok(w, bpmn_incidents_find(&w->cx, w->db, 10, &open));
    assert_int_equal(open.len, 0);
    assert_refused(w, COMMAND(w, bpmn_retry(&w->cx, AS(w, "boss"), incident)), RC_MISSING,
                   "bpmn.incident-missing");
}

static void test_an_error_of_the_job_is_caught(void **state)
{
    struct world *w = *state;
    world_start(w, 1);
    const int64_t id = fetch(w, "a", 60).id;
    assert_ok(w, COMMAND(w, bpmn_job_error(&w->cx, AS(w, "worker"), id, 1, STR("jam"))));
    assert_str(world_tokens(w, 1), "repair");
    assert_int_equal(fetch(w, "a", 60).id, 0);
}

static void test_wrong_variables_leave_the_job(void **state)
{
    struct world *w = *state;
    w->open = false;
    world_process(w, "p",
                  PROCESS("<property id='n' name='n'/><startEvent id='s'/>"
                          "<serviceTask id='j' b:topic='print'/><endEvent id='z'/>" FLOW(
                              "f1", "s", "j") FLOW("f2", "j", "z")));
    world_start(w, 1);
    const int64_t id = fetch(w, "a", 60).id;
    assert_refused(w, complete(w, id, 1, "{\"nonsense\":3}"), RC_INVALID, "bpmn.variable");
    assert_str(world_tokens(w, 1), "j");
    assert_ok(w, complete(w, id, 1, NULL));
}

static void test_jobs_go_with_their_tokens_and_wait_with_their_instance(void **state)
{
    struct world *w = *state;
    const int64_t first = world_start(w, 1);
    const int64_t id = fetch(w, "a", 60).id;
    assert_ok(w, COMMAND(w, bpmn_suspend(&w->cx, AS(w, "boss"), first, false, STR("audit"))));
    world_audit(w);
    assert_refused(w, complete(w, id, 1, NULL), RC_CONFLICT, "bpmn.suspended");
    later(w, 100);
    assert_int_equal(fetch(w, "b", 60).id, 0);
    assert_ok(w, COMMAND(w, bpmn_suspend(&w->cx, AS(w, "boss"), first, true, STR("over"))));
    world_audit(w);
    assert_int_equal(fetch(w, "b", 60).id, id);
    assert_ok(w, COMMAND(w, bpmn_cancel(&w->cx, AS(w, "boss"), first, STR("no"))));
    world_audit(w);
    assert_refused(w, complete(w, id, 2, NULL), RC_MISSING, "job.missing");
    assert_int_equal(world_count(w, "SELECT count(*) FROM job WHERE site = $site"), 0);
}

static void test_the_most_urgent_first(void **state)
{
    struct world *w = *state;
    world_start(w, 1);
    w->amount = 10;
    world_start(w, 2);
    world_start(w, 3);
    struct bpmn_jobs jobs = {0};
    assert_ok(w, COMMAND(w, bpmn_jobs_fetch(&w->cx, AS(w, "worker"), STR("print"), STR("a"), 60, 9,
                                            &jobs)));
    assert_int_equal(jobs.len, 3);
    assert_int_equal(jobs.at[0].subject_id, 2);
    assert_int_equal(jobs.at[1].subject_id, 3);
    assert_int_equal(jobs.at[2].subject_id, 1);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(test_##name, set_up, world_tear_down)
    const struct CMUnitTest tests[] = {
        T(a_job_is_leased_and_completed),
        T(a_late_worker_is_fenced_off),
        T(retries_then_an_incident_then_again),
        T(an_error_of_the_job_is_caught),
        T(wrong_variables_leave_the_job),
        T(jobs_go_with_their_tokens_and_wait_with_their_instance),
        T(the_most_urgent_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
