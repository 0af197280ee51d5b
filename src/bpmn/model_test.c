/* Tests of reading and checking models: what is understood, and the exact finding for each fault. */
#include <stdlib.h>

#include "base/file.h"
#include "base/xml.h"
#include "bpmn/test.h"

static const struct bpmn_model *load(struct fixture *f, const char *xml)
{
    const struct bpmn_model *m = NULL;
    err_clear(&f->cx);
    f->cx.findings = NULL;
    rc r = bpmn_load(&f->cx, str_from(xml), STR("p.bpmn"), test_scope(&f->arena), &m);
    if (r != RC_OK) fail_msg("%s: " STR_FMT, f->cx.err.slug, STR_ARG(f->cx.err.detail));
    return m;
}

/* ---- faults: testdata/broken.txt ---- */

/* "> line:column slug sentence", one a line. */
static void write_findings(struct buf *out, str xml)
{
    struct fixture f;
    fixture_init(&f, 16 << 20);
    struct findings *list = calloc(1, sizeof *list);
    const struct bpmn_model *m = NULL;
    f.cx.findings = list;
    rc r = bpmn_load(&f.cx, xml, STR("p.bpmn"), test_scope(&f.arena), &m);
    if (r != RC_OK && !list->count) (void)err_collect(&f.cx);
    assert_int_equal(r == RC_OK, list->count == 0);
    for (size_t i = 0; i < list->count; i++) {
        const struct err *e = &list->item[i];
        assert_str(e->source, "p.bpmn");
        assert_true(utf8_valid(e->detail));
        /* How FEEL words its faults is its own affair. */
        bool of_feel = str_starts(str_from(e->slug), STR("feel."));
        str sentence =
            of_feel ? str_slice(e->detail, 0, str_index(e->detail, STR(":"))) : e->detail;
        buf_printf(out, "> %u:%u %s " STR_FMT "\n", e->pos.line, e->pos.column, e->slug,
                   STR_ARG(sentence));
    }
    free(list);
    fixture_done(&f);
}

static void finish_case(struct buf *out, struct buf *xml, bool whole)
{
    if (!xml->len) return;
    struct buf file = {.arena = out->arena};
    if (!whole) buf_add(&file, STR(XML_HEAD "<process id='p' name='督办' isExecutable='true'>\n"));
    buf_add(&file, buf_str(xml));
    if (!whole) buf_add(&file, STR(XML_TAIL));
    write_findings(out, buf_str(&file));
    xml->len = 0;
}

/* The same text again, with the findings as they are now. */
static str golden_now(struct arena *a, str text)
{
    struct buf out = {.arena = a}, xml = {.arena = a};
    bool in_case = false, whole = false;
    for (str rest = text; rest.len;) {
        str line = str_cut(rest, '\n', &rest);
        if (str_starts(line, STR("> "))) continue;
        if (str_starts(line, STR("== "))) {
            finish_case(&out, &xml, whole);
            in_case = true;
            whole = false;
        } else if (in_case) {
            if (!xml.len)
                whole = str_starts(line, STR("<html")) || str_starts(line, STR("<!")) ||
                        str_index(line, STR("definitions")) != SIZE_MAX;
            buf_add(&xml, line);
            buf_char(&xml, '\n');
        }
        buf_add(&out, line);
        buf_char(&out, '\n');
    }
    finish_case(&out, &xml, whole);
    return buf_str(&out);
}

static void test_every_fault_has_its_finding(void **state)
{
    (void)state;
    struct fixture f;
    fixture_init(&f, 64 << 20);
    str path = STR(SOURCE_ROOT "/src/bpmn/testdata/broken.txt"), text;
    assert_int_equal(file_read(&f.cx, path, 1 << 20, &text), RC_OK);
    str now = golden_now(&f.arena, text);
    if (getenv("UPDATE_GOLDEN")) assert_int_equal(file_write(&f.cx, path, now), RC_OK);
    for (str a = text, b = now; !getenv("UPDATE_GOLDEN") && (a.len || b.len);) {
        str was = str_cut(a, '\n', &a), is = str_cut(b, '\n', &b);
        if (!str_eq(was, is))
            fail_msg("expected: " STR_FMT "\ngot:      " STR_FMT, STR_ARG(was), STR_ARG(is));
    }
    fixture_done(&f);
}

/* A file cut anywhere is refused, never a crash. */
static void test_every_prefix_is_refused(void **state)
{
    (void)state;
    static const char xml[] = PROCESS(
        "<startEvent id='s'/><userTask id='a' b:due='3' b:outcomes='a:b'/>"
        "<endEvent id='e'/>" FLOW("f1", "s", "a") FLOW_IF("f2", "a", "e", "amount > 1"));
    for (size_t len = 0; len < sizeof xml - 2; len += 3) {
        struct fixture f;
        fixture_init(&f, 16 << 20);
        const struct bpmn_model *m = NULL;
        rc r = bpmn_load(&f.cx, (str){xml, len}, STR("p"), test_scope(&f.arena), &m);
        assert_int_equal(r, RC_INVALID);
        assert_null(m);
        fixture_done(&f);
    }
}

static void test_limits(void **state)
{
    (void)state;
    struct fixture f;
    fixture_init(&f, 64 << 20);
    const struct bpmn_model *m = NULL;
    struct buf big = {.arena = &f.arena}, deep = {.arena = &f.arena};
    buf_add(&big, STR("<a>"));
    while (big.len <= BPMN_XML_BYTES_MAX)
        buf_add(&big, STR("                                                                "));
    struct feel_scope *scope = test_scope(&f.arena);
    assert_int_equal(bpmn_load(&f.cx, buf_str(&big), STR("p"), scope, &m), RC_TOO_LARGE);
    assert_string_equal(f.cx.err.slug, "xml.too-large");
    err_clear(&f.cx);
    for (int i = 0; i <= XML_DEPTH_MAX; i++)
        buf_add(&deep, STR("<a>"));
    assert_int_equal(bpmn_load(&f.cx, buf_str(&deep), STR("p"), scope, &m), RC_INVALID);
    assert_string_equal(f.cx.err.slug, "xml.depth");
    err_clear(&f.cx);
    assert_int_equal(bpmn_load(&f.cx, STR("<a>\xff</a>"), STR("p"), scope, &m), RC_INVALID);
    assert_string_equal(f.cx.err.slug, "xml.utf8");
    fixture_done(&f);
}

static void test_memory_is_bounded(void **state)
{
    (void)state;
    struct fixture f;
    fixture_init(&f, 128 << 10);
    const struct bpmn_model *m = NULL;
    struct arena big;
    arena_init(&big, 64 << 20);
    struct buf xml = {.arena = &big};
    buf_add(&xml, STR(XML_HEAD "<process id='p'>"));
    for (int i = 0; i < 3000; i++)
        buf_printf(&xml, "<userTask id='t%d' name='办理' b:role='r'/>", i);
    buf_add(&xml, STR(XML_TAIL));
    rc r = bpmn_load(&f.cx, buf_str(&xml), STR("p"), test_scope(&f.arena), &m);
    assert_int_equal(r, RC_LIMIT);
    assert_string_equal(f.cx.err.slug, "xml.memory");
    arena_done(&big);
    fixture_done(&f);
}

/* ---- what is understood ---- */

static void test_a_model_is_read_whole(void **state)
{
    (void)state;
    struct fixture f;
    fixture_init(&f, 16 << 20);
    const struct bpmn_model *m = load(
        &f,
        "<?xml version='1.0' encoding='UTF-8'?><!-- any prefix will do -->\n"
        "<x:definitions xmlns:x='http://www.omg.org/spec/BPMN/20100524/MODEL'"
        " xmlns:y='https://bihuan.org/bpmn/1' xmlns:v='urn:vendor'>"
        "<x:message id='m' name='number.back'/>"
        "<x:collaboration id='c'><x:participant id='pp' processRef='p'/></x:collaboration>"
        "<x:process id='p' name=' 督办 '><x:documentation>…</x:documentation>"
        "<x:laneSet id='ls'><x:lane id='l'><x:flowNodeRef>s</x:flowNodeRef></x:lane></x:laneSet>"
        "<x:startEvent id='s'/>"
        "<x:userTask id='a' name='办理' v:colour='red' y:role='reform.officer' y:org='lead'"
        " y:due='due' y:fields='amount, status' y:required='lead'"
        " y:outcomes='pass:销号, return : 退回重办,plain'/>"
        "<x:boundaryEvent id='t5' attachedToRef='a' cancelActivity='false'>"
        "<x:timerEventDefinition y:workingDays='-5' y:from='due'/></x:boundaryEvent>"
        "<x:boundaryEvent id='mb' attachedToRef='a'>"
        "<x:messageEventDefinition messageRef='m'/></x:boundaryEvent>"
        "<x:serviceTask id='o' y:operation='set'><x:extensionElements><v:any/>"
        "<y:set field='status' value='\"closed\"'/><y:param name='n' value='amount + 1'/>"
        "</x:extensionElements></x:serviceTask>"
        "<x:endEvent id='e'/>"
        "<x:sequenceFlow id='f1' sourceRef='s' targetRef='a'/>"
        "<x:sequenceFlow id='f2' sourceRef='a' targetRef='o'/>"
        "<x:sequenceFlow id='f3' sourceRef='t5' targetRef='e'/>"
        "<x:sequenceFlow id='f4' sourceRef='mb' targetRef='e'/>"
        "<x:sequenceFlow id='f5' name='完' sourceRef='o' targetRef='e'/>"
        "</x:process></x:definitions>");
    assert_str(m->name, "督办");
    assert_int_equal(m->node_count, 6);
    assert_int_equal(m->flow_count, 5);
    const struct bpmn_node *a = bpmn_node_find(m, STR("a"));
    assert_str(a->candidate_role, "reform.officer");
    assert_non_null(a->assignee_org);
    assert_non_null(a->due);
    assert_int_equal(a->form_field_count, 3); /* what is required may be filled in */
    assert_str(a->form_field[0], "amount");
    assert_str(a->form_field[2], "lead");
    assert_int_equal(a->required_field_count, 1);
    assert_int_equal(a->outcome_count, 3);
    assert_str(a->outcome[1], "return");
    assert_str(a->outcome_title[1], "退回重办");
    assert_str(a->outcome_title[2], "plain");
    assert_int_equal(a->boundary_count, 2);
    assert_int_equal(a->boundary[0]->kind, BPMN_BOUNDARY_TIMER);
    assert_false(a->boundary[0]->interrupting);
    assert_true(a->boundary[0]->timer_from_due);
    assert_int_equal(a->boundary[1]->kind, BPMN_BOUNDARY_MESSAGE);
    assert_true(a->boundary[1]->interrupting);
    assert_str(a->boundary[1]->message, "number.back");
    const struct bpmn_node *o = bpmn_node_find(m, STR("o"));
    assert_int_equal(o->param_count, 2);
    assert_true(o->param[0].is_field);
    assert_str(o->param[1].name, "n");
    assert_int_equal(m->outcome_slot, 4);
    assert_null(bpmn_node_find(m, STR("x")));
    fixture_done(&f);
}

static void test_odd_but_allowed_is_a_warning(void **state)
{
    (void)state;
    struct fixture f;
    fixture_init(&f, 16 << 20);
    const struct bpmn_model *m =
        load(&f, PROCESS("<startEvent id='s'/><exclusiveGateway id='x'/><endEvent id='e'/>" FLOW(
                     "f1", "s", "x") FLOW_IF("f2", "x", "e", "amount > 1")
                             FLOW_IF("f3", "x", "e", "= amount &lt; 1")));
    assert_int_equal(m->warning_count, 1);
    assert_string_equal(m->warning[0].slug, "bpmn.no-default");
    /* Not when the outcomes of the task before are all answered. */
    m = load(&f, PROCESS("<startEvent id='s'/><userTask id='a' b:outcomes='y,n'/>"
                         "<exclusiveGateway id='x'/><endEvent id='e'/>" FLOW("f1", "s", "a")
                             FLOW("f2", "a", "x") FLOW_IF("f3", "x", "e", "${outcome = \"y\"}")
                                 FLOW_IF("f4", "x", "e", "outcome != \"y\"")));
    assert_int_equal(m->warning_count, 0);
    fixture_done(&f);
}

/* ---- files of others, where they are at hand ---- */

static void load_and_draw(str path, int *loaded, int *drawn)
{
    struct fixture f;
    fixture_init(&f, 64 << 20);
    const struct bpmn_model *m = NULL;
    str xml = {0};
    assert_int_equal(file_read(&f.cx, path, 8 << 20, &xml), RC_OK);
    rc r = bpmn_load(&f.cx, xml, path, test_scope(&f.arena), &m);
    assert_true(r == RC_OK || f.cx.err.detail.len > 0);
    *loaded += r == RC_OK;
    err_clear(&f.cx);
    r = bpmn_svg_write(&f.cx, xml, (str){0}, &f.out);
    assert_true(r == RC_OK || f.cx.err.detail.len > 0);
    *drawn += r == RC_OK;
    fixture_done(&f);
}

static void test_files_of_others_do_no_harm(void **state)
{
    (void)state;
    struct fixture f;
    int loaded = 0, drawn = 0;
    fixture_init(&f, 64 << 20);
    struct names folders = {.at = NEWS(&f.arena, str, 16), .len = 1, .cap = 16};
    folders.at[0] = STR(SOURCE_ROOT "/../shared/bpmn/");
    if (!file_exists(&f.cx, folders.at[0])) {
        fixture_done(&f);
        skip();
    }
    for (size_t i = 0; i < folders.len; i++) {
        struct names names = {0};
        assert_int_equal(file_list(&f.cx, folders.at[i], &names), RC_OK);
        for (size_t k = 0; k < names.len; k++) {
            str path = arena_printf(&f.arena, STR_FMT STR_FMT, STR_ARG(folders.at[i]),
                                    STR_ARG(names.at[k]));
            if (str_ends(path, STR("/"))) *(str *)vec_add(&f.arena, &folders) = path;
            if (str_ends(path, STR(".bpmn"))) load_and_draw(path, &loaded, &drawn);
        }
    }
    print_message("%d loaded, %d drawn\n", loaded, drawn);
    assert_true(loaded > 0 && drawn > 0);
    fixture_done(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_fault_has_its_finding),
        cmocka_unit_test(test_every_prefix_is_refused),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_memory_is_bounded),
        cmocka_unit_test(test_a_model_is_read_whole),
        cmocka_unit_test(test_odd_but_allowed_is_a_warning),
        cmocka_unit_test(test_files_of_others_do_no_harm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
