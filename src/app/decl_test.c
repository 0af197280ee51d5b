/* YAML as a tree: places, what is refused, limits. */
#include "app/decl.h"

#include "base/test.h"

static const struct decl *parse(struct fixture *f, str text)
{
    const struct decl *d = NULL;
    err_clear(&f->cx);
    return decl_parse(&f->cx, text, STR("x.yaml"), &d) == RC_OK ? d : NULL;
}

static void assert_pos(const struct decl *d, uint32_t line, uint32_t column)
{
    assert_non_null(d);
    assert_int_equal(d->pos.line, line);
    assert_int_equal(d->pos.column, column);
}

static void test_tree(void **state)
{
    (void)state;
    struct fixture f;
    fixture_init(&f, ARENA_DEFAULT_BYTES);
    const struct decl *d = parse(&f, STR("标题: 甲\nlist: [a, \"b\", 'c']\nno: no\nempty:\n"
                                         "text: |\n\n    one\n     two\n"));
    assert_pos(decl_find(d, STR("标题")), 1, 5);
    const struct decl *list = decl_find(d, STR("list"));
    assert_int_equal(list->count, 3);
    assert_pos(list->child, 2, 8);
    assert_false(list->child->quoted);
    assert_pos(list->child->next, 2, 12); /* behind the quote */
    assert_true(list->child->next->quoted);
    assert_str(decl_find(d, STR("no"))->text, "no"); /* text, never false */
    assert_str(decl_find(d, STR("empty"))->text, "");
    assert_str(decl_find(d, STR("text"))->text, "\none\n two\n");
    assert_pos(decl_find(d, STR("text")), 7, 5); /* where the content begins */
    assert_int_equal(decl_find(d, STR("text"))->indent, 4);
    assert_int_equal(decl_find(d, STR("text"))->key_pos.line, 5);
    assert_null(decl_find(d, STR("absent")));
    assert_int_equal(parse(&f, STR(""))->kind, DECL_MAP);
    fixture_done(&f);
}

static void test_refused(void **state)
{
    (void)state;
    static const struct {
        const char *yaml, *slug;
        uint32_t line, column;
    } bad[] = {
        {"a: 1\na: 2\n", "app.duplicate-key", 2, 1},
        {"a: {b: 1, c: 2, b: 3}\n", "app.duplicate-key", 1, 17},
        {"a: &x [1]\n", "app.alias", 1, 4},
        {"a: *x\n", "app.alias", 1, 4},
        {"a: !include b.yaml\n", "app.tag", 1, 4},
        {"a: !!binary aGk=\n", "app.tag", 1, 4},
        {"a: 1\n--- \nb: 2\n", "app.yaml", 2, 1},
        {"{[a]: 1}\n", "app.yaml", 1, 2},
        {"a: [1, 2\n", "app.yaml", 2, 1},
        {"a: b: c\n", "app.yaml", 1, 5},
        {"\ta: 1\n", "app.yaml", 1, 1},
        {"a: \"\\x\"\n", "app.yaml", 1, 4},
        {"a: 1\nb: \xff\n", "app.yaml", 2, 4},
        {"a: \xe4\xb8\n", "app.yaml", 1, 4},
    };
    struct fixture f;
    fixture_init(&f, ARENA_DEFAULT_BYTES);
    for (size_t i = 0; i < COUNTOF(bad); i++) {
        assert_null(parse(&f, str_from(bad[i].yaml)));
        assert_err(&f.cx, RC_INVALID, bad[i].slug);
        assert_true(f.cx.err.hint.len > 0);
        assert_str(f.cx.err.source, "x.yaml");
        assert_int_equal(f.cx.err.pos.line, bad[i].line);
        if (!str_eq(str_from(bad[i].slug), STR("app.yaml")))
            assert_int_equal(f.cx.err.pos.column, bad[i].column);
    }
    fixture_done(&f);
}

static str repeated(struct fixture *f, const char *piece, int times)
{
    struct buf b = {.arena = &f->arena};
    for (int i = 0; i < times; i++)
        buf_add(&b, str_from(piece));
    return buf_str(&b);
}

static void test_limits(void **state)
{
    (void)state;
    struct fixture f;
    fixture_init(&f, ARENA_DEFAULT_BYTES * 8);
    assert_null(parse(&f, repeated(&f, "[", 100000)));
    assert_err(&f.cx, RC_LIMIT, "app.depth");
    assert_null(parse(&f, repeated(&f, "- ", 1000)));
    assert_err(&f.cx, RC_LIMIT, "app.depth");
    assert_null(parse(&f, repeated(&f, "- x\n", DECL_COUNT_MAX + 1)));
    assert_err(&f.cx, RC_LIMIT, "app.size");
    assert_null(parse(&f, repeated(&f, "# comment\n", DECL_BYTES_MAX / 10 + 1)));
    assert_err(&f.cx, RC_LIMIT, "app.size");
    /* an alias bomb is refused at its first anchor */
    assert_null(parse(&f, STR("a: &a [x,x,x,x]\nb: &b [*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b]\n")));
    assert_err(&f.cx, RC_INVALID, "app.alias");
    fixture_done(&f);

    fixture_init(&f, 1 << 20); /* memory */
    struct fixture text;
    fixture_init(&text, ARENA_DEFAULT_BYTES * 8);
    assert_null(parse(&f, repeated(&text, "- xxxxxxxx\n", 100000)));
    assert_int_equal(f.cx.err.code, RC_LIMIT); /* its sentence found no room either */
    assert_string_equal(f.cx.err.slug, "app.size");
    fixture_done(&text);
    fixture_done(&f);
}

/* Many keys and many blocks: neither is quadratic. */
static void test_many(void **state)
{
    (void)state;
    struct fixture f;
    struct buf b = {0};
    fixture_init(&f, ARENA_DEFAULT_BYTES * 8);
    b.arena = &f.arena;
    for (int i = 0; i < 20000; i++)
        buf_printf(&b, "k%d: |\n  text\n", i);
    const struct decl *d = parse(&f, buf_str(&b));
    assert_non_null(d);
    assert_int_equal(d->count, 20000);
    assert_pos(decl_find(d, STR("k19999")), 40000, 3);
    fixture_done(&f);
}

int main(void)
{
    const struct CMUnitTest test[] = {
        cmocka_unit_test(test_tree),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_many),
    };
    return cmocka_run_group_tests(test, NULL, NULL);
}
