/* Tests of the token game: what is found, with the way there, and what is not. */
#include <stdlib.h>

#include "base/file.h"
#include "base/json.h"
#include "bpmn/check.h"
#include "bpmn/test/test.h"

struct looked {
    struct fixture f;
    const struct bpmn_model *m;
    struct bpmn_unsound_list list;
};

static void look_at(struct looked *l, str xml)
{
    struct findings *findings = calloc(1, sizeof *findings);
    fixture_init(&l->f, 256 << 20);
    l->m = NULL;
    l->f.cx.findings = findings;
    struct bpmn_load how = {.variables = test_scope(&l->f.arena), .open = true};
    rc r = bpmn_load(&l->f.cx, xml, STR("p.bpmn"), &how, &l->m);
    if (r == RC_OK)
        bpmn_soundness(&l->f.cx, l->m, &l->list);
    else
        l->list = (struct bpmn_unsound_list){0};
    /* A join that never completes refuses the model. */
    if (r != RC_OK && (!findings->count || strcmp(findings->item[0].slug, "bpmn.join-never") != 0))
        fail_msg(STR_FMT, STR_ARG(findings->count ? findings->item[0].detail : l->f.cx.err.detail));
    free(findings);
}

static const char *const kind_name[] = {
    [BPMN_DEADLOCK] = "deadlock", [BPMN_JOIN_NEVER] = "never", [BPMN_UNSYNCHRONISED] = "together",
    [BPMN_DEAD] = "dead",         [BPMN_ENDLESS] = "endless",  [BPMN_NOT_ANALYSED] = "not-analysed",
};

/* "deadlock at j by s → a → j; …": all that is found, in order. */
static void expect(const char *xml, const char *expected)
{
    struct looked l;
    look_at(&l, str_from(xml));
    struct buf b = {.arena = &l.f.arena};
    if (!l.m) buf_add(&b, STR("refused"));
    for (int i = 0; i < l.list.count; i++) {
        const struct bpmn_unsound *u = &l.list.at[i];
        buf_printf(&b, "%s%s%s at " STR_FMT, b.len ? "; " : "", u->certain ? "always " : "",
                   kind_name[u->kind], STR_ARG(u->node->id));
        if (u->path.len) buf_printf(&b, " by " STR_FMT, STR_ARG(u->path));
    }
    assert_str(buf_str(&b), expected);
    fixture_done(&l.f);
}

static void test_what_is_sound(void **state)
{
    (void)state;
    expect(PROCESS("<startEvent id='s'/><userTask id='a'/><endEvent id='e'/>" FLOW("1", "s", "a")
                       FLOW("2", "a", "e")),
           "");
    /* Fork and join; decision and merge; decisions inside a branch. */
    expect(PROCESS(
               "<startEvent id='s'/><parallelGateway id='f'/><userTask id='a'/><userTask id='b'/>"
               "<parallelGateway id='j'/><endEvent id='e'/>" FLOW("1", "s", "f") FLOW("2", "f", "a")
                   FLOW("3", "f", "b") FLOW("4", "a", "j") FLOW("5", "b", "j") FLOW("6", "j", "e")),
           "");
    expect(PROCESS("<startEvent id='s'/><inclusiveGateway id='f' default='2'/><userTask id='a'/>"
                   "<userTask id='b'/><inclusiveGateway id='j'/><endEvent id='e'/>" FLOW(
                       "1", "s", "f") FLOW("2", "f", "a") FLOW_IF("3", "f", "b", "amount > 1")
                       FLOW("4", "a", "j") FLOW("5", "b", "j") FLOW("6", "j", "e")),
           "");
    /* A loop back; a boundary event beside the task, one that cancels it. */
    expect(PROCESS("<startEvent id='s'/><userTask id='a'/><exclusiveGateway id='x' default='4'/>"
                   "<endEvent id='e'/>" FLOW("1", "s", "a") FLOW("2", "a", "x")
                       FLOW_IF("3", "x", "a", "amount > 1") FLOW("4", "x", "e")),
           "");
    expect(PROCESS("<startEvent id='s'/><userTask id='a'/><userTask id='r'/><endEvent id='e'/>"
                   "<boundaryEvent id='b' attachedToRef='a' cancelActivity='false'>"
                   "<timerEventDefinition id='d'><timeDuration>PT1H</timeDuration>"
                   "</timerEventDefinition></boundaryEvent>" FLOW("1", "s", "a") FLOW("2", "a", "e")
                       FLOW("3", "b", "r") FLOW("4", "r", "e")),
           "");
    /* A sub-process that is left by an error. */
    expect(
        PROCESS(
            "<startEvent id='s'/><subProcess id='v'><startEvent id='vs'/><exclusiveGateway id='x' "
            "default='2'/><endEvent id='ve'/>"
            "<endEvent id='bad'><errorEventDefinition id='d'/></endEvent>" FLOW("1", "vs", "x")
                FLOW("2", "x", "ve") FLOW_IF(
                    "3", "x", "bad",
                    "amount > 1") "</subProcess>"
                                  "<boundaryEvent id='b' attachedToRef='v'>"
                                  "<errorEventDefinition id='d2'/></boundaryEvent>"
                                  "<userTask id='r'/><endEvent id='e'/>" FLOW("4", "s", "v")
                                      FLOW("5", "v", "e") FLOW("6", "b", "r") FLOW("7", "r", "e")),
        "");
}

static void test_deadlocks(void **state)
{
    (void)state;
    /* Decision, then a parallel join: on every run. */
    expect(PROCESS("<startEvent id='s'/><exclusiveGateway id='x' default='2'/><userTask id='a'/>"
                   "<userTask id='b'/><parallelGateway id='j'/><endEvent id='e'/>" FLOW(
                       "1", "s", "x") FLOW("2", "x", "a") FLOW_IF("3", "x", "b", "amount > 1")
                       FLOW("4", "a", "j") FLOW("5", "b", "j") FLOW("6", "j", "e")),
           "refused");
    /* On some runs: both branches may have been chosen. */
    expect(
        PROCESS("<startEvent id='s'/><inclusiveGateway id='x'/><userTask id='a'/>"
                "<userTask id='b'/><parallelGateway id='j'/><endEvent id='e'/>" FLOW("1", "s", "x")
                    FLOW_IF("2", "x", "a", "amount &lt; 9") FLOW_IF("3", "x", "b", "amount > 1")
                        FLOW("4", "a", "j") FLOW("5", "b", "j") FLOW("6", "j", "e")),
        "deadlock at j by s → x → a → j");
    /* Two processes, each waiting for the other first. */
    expect(XML_HEAD
           "<collaboration id='c'><participant id='pp' processRef='p'/><participant id='pq' processRef='q'/>"
           "<messageFlow id='m1' sourceRef='p2' targetRef='q1'/><messageFlow id='m2' sourceRef='q2' "
           "targetRef='p1'/></collaboration>"
           "<process id='p' isExecutable='true'><startEvent id='ps'/><receiveTask id='p1'/><sendTask id='p2'/>"
           "<endEvent id='pe'/>" FLOW("1", "ps", "p1") FLOW("2", "p1", "p2") FLOW("3", "p2", "pe")
           "</process><process id='q'><startEvent id='qs'/><receiveTask id='q1'/><sendTask id='q2'/>"
           "<endEvent id='qe'/>" FLOW("4", "qs", "q1") FLOW("5", "q1", "q2") FLOW("6", "q2", "qe")
           "</process></definitions>",
           "always deadlock at p1 by ps → p1; always deadlock at q1 by qs → q1; always dead at p2; "
           "always dead at pe; always dead at q2; always dead at qe");
}

static void test_branches_that_do_not_wait(void **state)
{
    (void)state;
    expect(
        PROCESS("<startEvent id='s'/><parallelGateway id='f'/><userTask id='a'/><userTask id='b'/>"
                "<exclusiveGateway id='x'/><userTask id='t'/><endEvent id='e'/>" FLOW("1", "s", "f")
                    FLOW("2", "f", "a") FLOW("3", "f", "b") FLOW("4", "a", "x") FLOW("5", "b", "x")
                        FLOW("6", "x", "t") FLOW("7", "t", "e")),
        "always together at x by s → f → b → a → x → t");
    /* A branch that goes back to before the fork. */
    expect(
        PROCESS(
            "<startEvent id='s'/><exclusiveGateway id='m'/><userTask id='t'/><parallelGateway id='f'/>"
            "<exclusiveGateway id='x' default='6'/><userTask id='u'/><endEvent id='e'/><endEvent id='g'/>" FLOW(
                "1", "s", "m") FLOW("2", "m", "t") FLOW("3", "t", "f") FLOW("4", "f", "u")
                FLOW("5", "f", "x") FLOW("6", "x", "g") FLOW_IF("7", "x", "m", "amount > 1")
                    FLOW("8", "u", "e")),
        "together at f by s → m → t → f → x → m → t → f → u");
}

static void test_loops_that_never_change(void **state)
{
    (void)state;
    expect(PROCESS("<startEvent id='s'/><task id='t'/><exclusiveGateway id='x' default='3'/>"
                   "<endEvent id='e'/>" FLOW("1", "s", "t") FLOW("2", "t", "x") FLOW("3", "x", "t")
                       FLOW_IF("4", "x", "e", "amount > 1")),
           "endless at t by t → x → t");
}

/* Forty branches of three tasks: no product of their states. */
static void test_many_branches_are_few_states(void **state)
{
    (void)state;
    struct looked l;
    struct fixture f;
    fixture_init(&f, 16 << 20);
    struct buf b = {.arena = &f.arena};
    buf_add(&b,
            STR(XML_HEAD "<process id='p' isExecutable='true'><startEvent id='s'/><parallelGateway "
                         "id='f'/><parallelGateway id='j'/><endEvent id='e'/>" FLOW("sf", "s", "f")
                             FLOW("je", "j", "e")));
    for (int i = 0; i < 40; i++) {
        for (int k = 0; k < 3; k++)
            buf_printf(&b, "<userTask id='t%d_%d'/>", i, k);
        buf_printf(&b, FLOW("f%d", "f", "t%d_0") FLOW("g%d", "t%d_0", "t%d_1"), i, i, i, i, i);
        buf_printf(&b, FLOW("h%d", "t%d_1", "t%d_2") FLOW("k%d", "t%d_2", "j"), i, i, i, i, i);
    }
    buf_add(&b, STR("</process></definitions>"));
    look_at(&l, buf_str(&b));
    assert_int_equal(l.list.count, 0);
    assert_true(l.list.states < 200);
    fixture_done(&l.f);
    fixture_done(&f);
}

/* ---- files of others, where they are at hand ---- */

static void test_files_of_others(void **state)
{
    (void)state;
    struct fixture f;
    str text;
    const struct json *root = NULL;
    fixture_init(&f, 64 << 20);
    str folder = STR(SOURCE_ROOT "/../shared/bpmn/");
    str path = arena_printf(&f.arena, STR_FMT "bpmnspector.json", STR_ARG(folder));
    if (!file_exists(&f.cx, path)) {
        fixture_done(&f);
        skip();
    }
    assert_int_equal(file_read(&f.cx, path, 8 << 20, &text), RC_OK);
    assert_int_equal(json_parse(&f.cx, text, &root), RC_OK);
    const struct json *t = json_find(root, STR("soundness_deadlock_lack_of_sync"))->child;
    for (; t; t = t->next) {
        struct looked l;
        path = arena_printf(&f.arena, STR_FMT STR_FMT, STR_ARG(folder),
                            STR_ARG(json_text(t, STR("file"))));
        assert_int_equal(file_read(&f.cx, path, 8 << 20, &text), RC_OK);
        look_at(&l, text);
        bool sound = l.m != NULL;
        for (int i = 0; i < l.list.count; i++)
            sound = sound && l.list.at[i].kind != BPMN_DEADLOCK &&
                    l.list.at[i].kind != BPMN_UNSYNCHRONISED;
        if (sound != json_is(json_find(t, STR("sound")), JSON_TRUE))
            fail_msg(STR_FMT, STR_ARG(path));
        fixture_done(&l.f);
    }
    fixture_done(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_sound),
        cmocka_unit_test(test_deadlocks),
        cmocka_unit_test(test_branches_that_do_not_wait),
        cmocka_unit_test(test_loops_that_never_change),
        cmocka_unit_test(test_many_branches_are_few_states),
        cmocka_unit_test(test_files_of_others),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
