/* Tests of reading and checking models: what is understood, and the exact finding for each fault. */
#include <stdlib.h>

#include "base/file.h"
#include "base/json.h"
#include "base/xml.h"
#include "bpmn/test/model_dump.h"
#include "bpmn/test/test.h"

static rc try_load(struct cx *cx, str xml, str source, const struct bpmn_model **out)
{
    struct bpmn_load how = {.variables = test_scope(cx->arena)};
    return bpmn_load(cx, xml, source, &how, out);
}

static const struct bpmn_model *load_as(struct fixture *f, str xml, bool open)
{
    const struct bpmn_model *m = NULL;
    struct bpmn_load how = {.variables = test_scope(&f->arena), .open = open};
    err_clear(&f->cx);
    f->cx.findings = NULL;
    rc r = bpmn_load(&f->cx, xml, STR("p.bpmn"), &how, &m);
    if (r != RC_OK) fail_msg("%s: " STR_FMT, f->cx.err.slug, STR_ARG(f->cx.err.detail));
    return m;
}

static const struct bpmn_model *load(struct fixture *f, const char *xml)
{
    return load_as(f, str_from(xml), false);
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
    rc r = try_load(&f.cx, xml, STR("p.bpmn"), &m);
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
    str path = STR(SOURCE_ROOT "/src/bpmn/test/testdata/broken.txt"), text;
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
        rc r = try_load(&f.cx, (str){xml, len}, STR("p"), &m);
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
    assert_int_equal(try_load(&f.cx, buf_str(&big), STR("p"), &m), RC_TOO_LARGE);
    assert_string_equal(f.cx.err.slug, "xml.too-large");
    err_clear(&f.cx);
    for (int i = 0; i <= XML_DEPTH_MAX; i++)
        buf_add(&deep, STR("<a>"));
    assert_int_equal(try_load(&f.cx, buf_str(&deep), STR("p"), &m), RC_INVALID);
    assert_string_equal(f.cx.err.slug, "xml.depth");
    err_clear(&f.cx);
    assert_int_equal(try_load(&f.cx, STR("<a>\xff</a>"), STR("p"), &m), RC_INVALID);
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
    rc r = try_load(&f.cx, buf_str(&xml), STR("p"), &m);
    assert_int_equal(r, RC_LIMIT);
    assert_string_equal(f.cx.err.slug, "xml.memory");
    arena_done(&big);
    fixture_done(&f);
}

/* With any budget a file is loaded, or refused for its memory: never anything else. */
static void test_every_budget_is_kept(void **state)
{
    (void)state;
    struct fixture own;
    fixture_init(&own, 64 << 20);
    static const char *const name[] = {"events", "activities", "elsewhere"};
    for (size_t i = 0; i < COUNTOF(name); i++) {
        str xml;
        str path =
            arena_printf(&own.arena, SOURCE_ROOT "/src/bpmn/test/testdata/read/%s.bpmn", name[i]);
        assert_int_equal(file_read(&own.cx, path, 1 << 20, &xml), RC_OK);
        rc r = RC_LIMIT;
        for (size_t budget = 16 << 10; r != RC_OK; budget += budget / 16) {
            struct fixture f;
            fixture_init(&f, budget);
            const struct bpmn_model *m = NULL;
            struct bpmn_load how = {.variables = test_scope(&f.arena), .open = i == 2};
            r = bpmn_load(&f.cx, xml, STR("p"), &how, &m);
            if (r != RC_OK) assert_int_equal(r, RC_LIMIT);
            fixture_done(&f);
        }
    }
    fixture_done(&own);
}

/* More of everything than anybody draws: refused, or loaded, without delay. */
static void test_floods(void **state)
{
    (void)state;
    static const char *const flood[] = {
        "<dataObject id='o%d'/>", "<boundaryEvent id='o%d' attachedToRef='t'/>",
        "<task id='o%d' name='%d'/>", "<association id='o%d' sourceRef='s' targetRef='e'/>"};
    for (size_t i = 0; i < COUNTOF(flood); i++) {
        struct fixture f;
        struct arena big;
        fixture_init(&f, 64 << 20);
        arena_init(&big, 64 << 20);
        struct buf xml = {.arena = &big};
        const struct bpmn_model *m = NULL;
        buf_add(&xml, STR(XML_HEAD "<process id='p'><startEvent id='s'/><task id='t'/>"));
        for (int k = 0; k < 20000; k++)
            buf_printf(&xml, flood[i], k, k);
        buf_add(&xml, STR("<endEvent id='e'/>" FLOW("f1", "s", "t") FLOW("f2", "t", "e") XML_TAIL));
        rc r = try_load(&f.cx, buf_str(&xml), STR("p"), &m);
        assert_true(r == RC_OK || r == RC_INVALID || r == RC_LIMIT);
        if (i < 3) assert_string_equal(f.cx.err.slug, "bpmn.too-many");
        arena_done(&big);
        fixture_done(&f);
    }
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
    assert_int_equal(m->node_count, 7); /* with the process */
    assert_int_equal(m->process_count, 1);
    assert_int_equal(m->flow_count, 5);
    const struct bpmn_node *a = bpmn_node_find(m, STR("a"));
    assert_str(a->people.role, "reform.officer");
    assert_non_null(a->people.org);
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
    assert_int_equal(a->boundary[0]->event[0].kind, BPMN_EVENT_TIMER);
    assert_false(a->boundary[0]->interrupting);
    assert_true(a->boundary[0]->event[0].timer.from_due);
    assert_int_equal(a->boundary[1]->event[0].kind, BPMN_EVENT_MESSAGE);
    assert_true(a->boundary[1]->interrupting);
    assert_str(a->boundary[1]->event[0].name, "number.back");
    const struct bpmn_node *o = bpmn_node_find(m, STR("o"));
    assert_int_equal(o->param_count, 2);
    assert_true(o->param[0].is_field);
    assert_str(o->param[1].name, "n");
    assert_int_equal(m->outcome_slot, 4);
    assert_null(bpmn_node_find(m, STR("x")));
    fixture_done(&f);
}

/* ---- testdata/read: every element and attribute, as text ---- */

/* UPDATE_GOLDEN=1 writes the text as it is now. */
static void check_dump(const char *name, bool open)
{
    struct fixture f;
    fixture_init(&f, 16 << 20);
    str xml, was = {0};
    str path = arena_printf(&f.arena, SOURCE_ROOT "/src/bpmn/test/testdata/read/%s", name);
    str bpmn = arena_printf(&f.arena, STR_FMT ".bpmn", STR_ARG(path));
    str golden = arena_printf(&f.arena, STR_FMT ".txt", STR_ARG(path));
    assert_int_equal(file_read(&f.cx, bpmn, 1 << 20, &xml), RC_OK);
    model_dump(&f.out, load_as(&f, xml, open));
    str now = buf_str(&f.out);
    if (getenv("UPDATE_GOLDEN")) assert_int_equal(file_write(&f.cx, golden, now), RC_OK);
    assert_int_equal(file_read(&f.cx, golden, 1 << 20, &was), RC_OK);
    while (was.len || now.len) {
        str expected = str_cut(was, '\n', &was), got = str_cut(now, '\n', &now);
        if (!str_eq(expected, got))
            fail_msg("%s: expected: " STR_FMT "\ngot:      " STR_FMT, name, STR_ARG(expected),
                     STR_ARG(got));
    }
    fixture_done(&f);
}

static void test_everything_is_read(void **state)
{
    (void)state;
    check_dump("events", false);
    check_dump("activities", false);
    check_dump("elsewhere", true);
    check_dump("joins", false);
}

/* ---- names and languages ---- */

static str no_script(void *owner, struct cx *cx, str text)
{
    (void)owner;
    if (str_starts(text, STR("RUN"))) return (str){0}; /* the host does it */
    if (!str_ends(text, STR(" percent"))) return text;
    return arena_printf(cx->arena, STR_FMT " / 100", STR_ARG(str_slice(text, 0, text.len - 8)));
}

static void test_another_language_is_translated(void **state)
{
    (void)state;
    struct fixture f;
    fixture_init(&f, 16 << 20);
    const struct bpmn_model *m = NULL;
    struct bpmn_load how = {.variables = test_scope(&f.arena), .translate = no_script};
    str xml = STR(PROCESS(
        "<startEvent id='s'/><scriptTask id='a' b:resultVariable='share'><script>50 percent</script>"
        "</scriptTask><scriptTask id='b'><script>RUN it</script></scriptTask><endEvent id='e'/>" FLOW(
            "f1", "s", "a") FLOW("f2", "a", "b") FLOW("f3", "b", "e")));
    assert_int_equal(bpmn_load(&f.cx, xml, STR("p"), &how, &m), RC_OK);
    assert_non_null(feel_expr_constant(bpmn_node_find(m, STR("a"))->script));
    assert_null(bpmn_node_find(m, STR("b"))->script);
    assert_str(bpmn_node_find(m, STR("b"))->script_text, "RUN it");
    assert_int_equal(bpmn_variable_find(m, STR("share"))->slot,
                     bpmn_node_find(m, STR("a"))->result_slot);
    fixture_done(&f);
}

static void test_who_started_it_has_a_name(void **state)
{
    (void)state;
    struct fixture f;
    fixture_init(&f, 16 << 20);
    const struct bpmn_model *m =
        load(&f, PROCESS("<startEvent id='s'/><userTask id='a' b:assignee='starter'/>"
                         "<endEvent id='e'/>" FLOW("f1", "s", "a") FLOW("f2", "a", "e")));
    assert_int_equal(m->process->starter_slot, bpmn_variable_find(m, STR("starter"))->slot);
    assert_int_equal(m->warning_count, 0);
    fixture_done(&f);
}

/* What another engine would read is told in FEEL. */
static void test_a_fault_says_how_feel_has_it(void **state)
{
    (void)state;
    struct fixture f;
    fixture_init(&f, 16 << 20);
    const struct bpmn_model *m = NULL;
    rc r = try_load(&f.cx,
                    STR(PROCESS("<startEvent id='s'/><endEvent id='e'/>" FLOW_IF(
                        "f1", "s", "e", "${amount == 1 || status != 'x'}"))),
                    STR("p"), &m);
    assert_int_equal(r, RC_INVALID);
    assert_string_equal(f.cx.err.slug, "feel.syntax");
    assert_str(f.cx.err.hint, "in FEEL: amount = 1 or status != \"x\"");
    fixture_done(&f);
}

static void test_the_process_people_start_is_the_main_one(void **state)
{
    (void)state;
    struct fixture f;
    fixture_init(&f, 16 << 20);
    const struct bpmn_model *m = load(
        &f, "<definitions xmlns='http://www.omg.org/spec/BPMN/20100524/MODEL'>"
            "<message id='m' name='m'/><process id='drawn' isExecutable='false'><task id='d'/></process>"
            "<process id='called' isExecutable='true'><startEvent id='s1'><messageEventDefinition"
            " messageRef='m'/></startEvent><endEvent id='e1'/>" FLOW("f1", "s1", "e1") "</process>"
            "<process id='main' isExecutable='true'><startEvent id='s2'/><endEvent id='e2'/>"
            FLOW("f2", "s2", "e2") "</process></definitions>");
    assert_str(m->id, "main");
    assert_int_equal(m->process_count, 3);
    assert_false(bpmn_node_find(m, STR("drawn"))->is_executable);
    assert_ptr_equal(bpmn_node_find(m, STR("e1"))->process, bpmn_node_find(m, STR("called")));
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

#define OTHERS SOURCE_ROOT "/../shared/bpmn/"

/* The little language of betsy's files: test.contains("a"); scripts are marks for the host. */
static str of_betsy(void *owner, struct cx *cx, str text)
{
    (void)owner;
    bool negated = str_starts(text, STR("!")), marks = str_index(text, STR("_")) != SIZE_MAX;
    str call = str_slice(text, negated ? 1 : 0, text.len);
    if (!str_starts(call, STR("test.contains("))) return marks ? (str){0} : text;
    return arena_printf(cx->arena, "%s(contains(test, " STR_FMT " = true)", negated ? "not" : "",
                        STR_ARG(str_slice(call, 14, call.len)));
}

/* Which of them must be refused here, and why. */
static const char *refused_for(str file)
{
    static const char *const known[][2] = {
        {"betsy/errors/LoopTask_NegativeLoopMaximum.bpmn", "bpmn.number"},
        {"betsy/errors/MultiInstanceTask_NegativeLoopCardinality.bpmn", "bpmn.number"},
        {"betsy/errors/Token_StartQuantity_Zero.bpmn", "bpmn.number"},
        {"betsy/errors/Token_CompletionQuantity_Zero.bpmn", "bpmn.number"},
        /* choreographies and the like: nothing to run */
        {"bpmnspector/001/Success.bpmn", "bpmn.no-process"},
        {"bpmnspector/027/EXT027_success_chorNoRef.bpmn", "bpmn.no-process"},
        {"bpmnspector/027/EXT027_success_globalConversation.bpmn", "bpmn.no-process"},
        {"bpmnspector/029/EXT029_success.bpmn", "bpmn.no-process"},
        {"bpmnspector/030/EXT030_success.bpmn", "bpmn.no-process"},
        {"bpmnspector/031/Success.bpmn", "bpmn.no-process"},
    };
    for (size_t i = 0; i < COUNTOF(known); i++)
        if (str_eq(file, str_from(known[i][0]))) return known[i][1];
    return NULL;
}

static void check_loads(str file)
{
    struct fixture f;
    fixture_init(&f, 64 << 20);
    const struct bpmn_model *m = NULL;
    const char *why = refused_for(file);
    str xml = {0}, path = arena_printf(&f.arena, OTHERS STR_FMT, STR_ARG(file));
    struct bpmn_load how = {
        .variables = feel_scope_new(&f.arena), .open = true, .translate = of_betsy};
    assert_int_equal(file_read(&f.cx, path, 8 << 20, &xml), RC_OK);
    rc r = bpmn_load(&f.cx, xml, file, &how, &m);
    if (why) {
        assert_int_equal(r, RC_INVALID);
        assert_string_equal(f.cx.err.slug, why);
    } else if (r != RC_OK) {
        fail_msg(STR_FMT ": %s " STR_FMT, STR_ARG(file), f.cx.err.slug, STR_ARG(f.cx.err.detail));
    }
    fixture_done(&f);
}

/* The files a list names, those it calls not valid left out. */
static void check_list(struct fixture *f, const char *list, const char *member)
{
    str text;
    const struct json *whole;
    str path = arena_printf(&f->arena, OTHERS "%s", list);
    assert_int_equal(file_read(&f->cx, path, 8 << 20, &text), RC_OK);
    assert_int_equal(json_parse(&f->cx, text, &whole), RC_OK);
    for (const struct json *j = json_find(whole, str_from(member))->child; j; j = j->next)
        if (!json_is(json_find(j, STR("valid")), JSON_FALSE))
            check_loads(json_text(j, STR("file")));
}

static void test_valid_files_of_others_load(void **state)
{
    (void)state;
    struct fixture f;
    fixture_init(&f, 64 << 20);
    bool there = file_exists(&f.cx, STR(OTHERS));
    if (there) check_list(&f, "betsy.json", "execution");
    if (there) check_list(&f, "bpmnspector.json", "static");
    static const char *const folders[] = {"token-simulation/", "miwg-reference/", "bench/models/"};
    for (size_t i = 0; there && i < COUNTOF(folders); i++) {
        struct names names = {0};
        assert_int_equal(file_list(&f.cx, arena_printf(&f.arena, OTHERS "%s", folders[i]), &names),
                         RC_OK);
        for (size_t k = 0; k < names.len; k++)
            if (str_ends(names.at[k], STR(".bpmn")))
                check_loads(arena_printf(&f.arena, "%s" STR_FMT, folders[i], STR_ARG(names.at[k])));
    }
    fixture_done(&f);
    if (!there) skip();
}

static void load_and_draw(str path, int *loaded, int *drawn)
{
    struct fixture f;
    fixture_init(&f, 64 << 20);
    const struct bpmn_model *m = NULL;
    str xml = {0};
    assert_int_equal(file_read(&f.cx, path, 8 << 20, &xml), RC_OK);
    struct bpmn_load how = {.variables = test_scope(&f.arena), .open = true};
    rc r = bpmn_load(&f.cx, xml, path, &how, &m);
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
    folders.at[0] = STR(OTHERS);
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
        cmocka_unit_test(test_every_budget_is_kept),
        cmocka_unit_test(test_floods),
        cmocka_unit_test(test_a_model_is_read_whole),
        cmocka_unit_test(test_everything_is_read),
        cmocka_unit_test(test_another_language_is_translated),
        cmocka_unit_test(test_who_started_it_has_a_name),
        cmocka_unit_test(test_a_fault_says_how_feel_has_it),
        cmocka_unit_test(test_the_process_people_start_is_the_main_one),
        cmocka_unit_test(test_odd_but_allowed_is_a_warning),
        cmocka_unit_test(test_valid_files_of_others_load),
        cmocka_unit_test(test_files_of_others_do_no_harm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
