/* Tests of drawings: one golden picture, text that means harm, lines broken the Chinese way. */
#include "bpmn/draw/svg.h"

#include "base/file.h"
#include "bpmn/test/test.h"

static str read(struct fixture *f, const char *name)
{
    str text = {0}, path = arena_printf(&f->arena, SOURCE_ROOT "/src/bpmn/test/testdata/%s", name);
    assert_int_equal(file_read(&f->cx, path, 1 << 20, &text), RC_OK);
    return text;
}

static const char marking[] =
    "{\"instance\":1,\"state\":\"active\",\"tokens\":[\"act\"],\"passed\":[\"start\",\"assign\","
    "\"accept\"],\"flows\":[\"f1\",\"f2\",\"f3\"],\"nodes\":[{\"id\":\"accept\",\"by\":\"zhang\","
    "\"from\":\"2022-06-15T09:32:00+08:00\",\"to\":\"2022-06-15T15:06:00+08:00\","
    "\"note\":\"商务局 · 5.6 小时\"},{\"id\":\"act\",\"note\":\"商务局 · 第 2 个工作日\"}]}";

static void test_the_golden_picture(void **state)
{
    (void)state;
    struct fixture f;
    fixture_init(&f, 16 << 20);
    f.cx.lang = LANG_ZH;
    str xml = read(&f, "supervision.bpmn");
    assert_int_equal(bpmn_svg_write(&f.cx, xml, str_from(marking), &f.out), RC_OK);
    str path = STR(SOURCE_ROOT "/src/bpmn/test/testdata/supervision.svg"), now = buf_str(&f.out);
    if (getenv("UPDATE_GOLDEN")) assert_int_equal(file_write(&f.cx, path, now), RC_OK);
    str golden = read(&f, "supervision.svg");
    while (golden.len || now.len)
        assert_str(str_cut(now, '\n', &now), arena_cstr(&f.arena, str_cut(golden, '\n', &golden)));
    fixture_done(&f);
}

/* The file that is drawn is also one that runs. */
static void test_the_pictured_process_loads(void **state)
{
    (void)state;
    struct fixture f;
    fixture_init(&f, 16 << 20);
    const struct bpmn_model *m = NULL;
    str xml = read(&f, "supervision.bpmn");
    const struct bpmn_load how = {.variables = test_scope(&f.arena)};
    assert_int_equal(bpmn_load(&f.cx, xml, STR("supervision.bpmn"), &how, &m), RC_OK);
    assert_int_equal(m->warning_count, 0);
    fixture_done(&f);
}

#define NAMESPACES                                                                                 \
    "<m:definitions xmlns:m='http://www.omg.org/spec/BPMN/20100524/MODEL'"                         \
    " xmlns:bd='http://www.omg.org/spec/BPMN/20100524/DI'"                                         \
    " xmlns:c='http://www.omg.org/spec/DD/20100524/DC'"                                            \
    " xmlns:d='http://www.omg.org/spec/DD/20100524/DI'>"

static rc draw(struct fixture *f, const char *name, const char *bounds, const char *with)
{
    str xml = arena_printf(
        &f->arena,
        NAMESPACES
        "<m:process id='p' name='%s'><m:userTask id='a' name='%s'/>"
        "<m:startEvent id='s&quot;&gt;&lt;x' name='%s'/></m:process><bd:BPMNDiagram>"
        "<bd:BPMNPlane><bd:BPMNShape bpmnElement='a'><c:Bounds %s/></bd:BPMNShape>"
        "<bd:BPMNShape bpmnElement='s&quot;&gt;&lt;x'><c:Bounds x='1' y='1' width='36'"
        " height='36'/></bd:BPMNShape></bd:BPMNPlane></bd:BPMNDiagram></m:definitions>",
        name, name, name, bounds);
    err_clear(&f->cx);
    f->out.len = 0;
    return bpmn_svg_write(&f->cx, xml, str_from(with), &f->out);
}

static void test_text_cannot_leave_its_place(void **state)
{
    (void)state;
    struct fixture f;
    struct xml *root = NULL;
    fixture_init(&f, 16 << 20);
    assert_int_equal(
        draw(&f, "&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;&amp;&apos;&#10;",
             "x='10' y='20' width='300' height='80'",
             "{\"instance\":1,\"tokens\":[\"a\"],\"nodes\":[{\"id\":\"a\",\"by\":\"<img src=x>\","
             "\"note\":\"\\\"/><script>\\u0001\"}]}"),
        RC_OK);
    str svg = buf_str(&f.out);
    assert_true(str_index(svg, STR("<script")) == SIZE_MAX);
    assert_true(str_index(svg, STR("<img")) == SIZE_MAX);
    assert_true(str_index(svg, STR("\x01")) == SIZE_MAX);
    assert_true(str_index(svg, STR("data-id=\"s&quot;&gt;&lt;x\"")) != SIZE_MAX);
    assert_int_equal(xml_parse(&f.cx, svg, XML_BYTES_MAX, &root), RC_OK); /* well-formed */
    fixture_done(&f);
}

static void test_what_cannot_be_drawn(void **state)
{
    (void)state;
    struct fixture f;
    fixture_init(&f, 16 << 20);
    static const char *const bad[] = {"x='a' y='0' width='1' height='1'", "x='0' y='0' width='1'",
                                      "x='0' y='0' width='-1' height='1'",
                                      "x='1e9' y='0' width='1' height='1'"};
    for (size_t i = 0; i < COUNTOF(bad); i++) {
        assert_int_equal(draw(&f, "n", bad[i], ""), RC_INVALID);
        assert_string_equal(f.cx.err.slug, "bpmn.diagram");
        assert_int_equal(f.cx.err.pos.line, 1);
    }
    assert_int_equal(draw(&f, "n", "x='1.25' y='0' width='1' height='1'", "{"), RC_INVALID);
    err_clear(&f.cx);
    assert_int_equal(bpmn_svg_write(&f.cx, STR(NAMESPACES "</m:definitions>"), (str){0}, &f.out),
                     RC_INVALID);
    assert_string_equal(f.cx.err.slug, "bpmn.no-diagram");
    fixture_done(&f);
}

static void test_lines_break_the_chinese_way(void **state)
{
    (void)state;
    static const struct {
        const char *text, *lines;
        int width, max; /* in characters */
    } cases[] = {
        {"办理与反馈", "办理与反馈", 5, 3},
        {"办理与反馈", "办理与|反馈", 3, 3},
        {"签收，办理", "签|收，|办理", 2, 3},         /* no line begins with a comma */
        {"牵头（商务局）", "牵头|（商务|局）", 3, 3}, /* none ends with an opening bracket */
        {"check the number", "check|the|number", 4, 3},
        {"incomprehensibilities", "incompr|ehensi…", 4, 2},
        {"一二三四五六七八九", "一二三|四五…", 3, 2},
        {"", "", 3, 2},
    };
    struct fixture f;
    fixture_init(&f, 16 << 20);
    for (size_t i = 0; i < COUNTOF(cases); i++) {
        str line[8];
        int count = svg_lines(&f.arena, str_from(cases[i].text), cases[i].width * 130, 130, line,
                              cases[i].max);
        f.out.len = 0;
        for (int k = 0; k < count; k++)
            buf_printf(&f.out, "%s" STR_FMT, k ? "|" : "", STR_ARG(line[k]));
        assert_str(buf_str(&f.out), cases[i].lines);
    }
    fixture_done(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_golden_picture),
        cmocka_unit_test(test_the_pictured_process_loads),
        cmocka_unit_test(test_text_cannot_leave_its_place),
        cmocka_unit_test(test_what_cannot_be_drawn),
        cmocka_unit_test(test_lines_break_the_chinese_way),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
