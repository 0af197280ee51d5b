/* What tests are said to accept is what they accept: for every value, evaluation says the same. */
#include "feel/test/test.h"

static const char *const value_text[] = {
    "null",
    "true",
    "false",
    "-1",
    "0",
    "1",
    "2",
    "2.5",
    "3",
    "4",
    "10",
    "\"\"",
    "\"a\"",
    "\"b\"",
    "@\"2024-01-01\"",
    "@\"2024-02-29\"",
    "@\"P1D\"",
    "@\"P1Y\"",
    "@\"10:00:00\"",
    "@\"10:00:00Z\"",
    "@\"2024-01-01T00:00:00\"",
    "@\"2024-01-01T00:00:00Z\"",
};

static struct feel_value constant(struct fixture *f, const char *source)
{
    const struct feel_expr *e;
    assert_int_equal(
        feel_compile(&f->cx, feel_scope_new(&f->arena), str_from(source), (struct pos){0}, &e),
        RC_OK);
    assert_non_null(feel_expr_constant(e));
    return *feel_expr_constant(e);
}

static bool accepts(const struct feel_tests *t, const struct feel_value *v)
{
    for (size_t i = 0; i < t->count; i++) {
        const int in = feel_range_contains(
            &(struct feel_value){.kind = FEEL_RANGE, .as.range = &t->range[i]}, v);
        if (!t->negated && in == 1) return true;
        if (t->negated && in != 0) return false;
    }
    return t->any != t->negated || (t->negated && !t->any);
}

static const struct feel_expr *compiled(struct fixture *f, const char *tests, enum feel_kind kind)
{
    const struct feel_expr *e;
    struct feel_scope *s = feel_scope_new(&f->arena);
    feel_scope_set_lenient(s);
    feel_scope_add(s, STR("limit"), feel_type_of_kind(FEEL_NUMBER));
    const int slot = feel_scope_add(s, STR("x"), feel_type_of_kind(kind));
    assert_int_equal(feel_compile_tests(&f->cx, s, slot, str_from(tests), (struct pos){0}, &e),
                     RC_OK);
    return e;
}

/* As the index and the checks use it: with inputs of any kind, and of one known kind. */
static void as_evaluated(void **state)
{
    (void)state;
    static const char *const tests[] = {
        "-",
        "2",
        "2, 3",
        "not(2)",
        "not(2, 3)",
        "not(-)",
        "< 2",
        "<= 2",
        "> 2",
        ">= 2",
        "= 2",
        "!= 2",
        "not(!= 2)",
        "[1..3]",
        "(1..3)",
        "[1..3)",
        "]1..3]",
        "[3..1]",
        "not([3..1])",
        "(< 2)",
        "(>= 2)",
        "(= 2)",
        "(!= 2)",
        "[1, 3]",
        "not([1, 3])",
        "[[1..2], 4]",
        "null",
        "not(null)",
        "= null",
        "!= null",
        "< null",
        "not(< null)",
        "true",
        "not(true)",
        "false, true",
        "\"a\"",
        "not(\"a\", \"b\")",
        "< \"b\"",
        "[\"a\"..\"b\")",
        "? > 1",
        "1 < ?",
        "? > 1 and ? <= 3",
        "? = 2 or ? > 3",
        "? between 1 and 3",
        "x > 1",
        "@\"2024-02-29\"",
        "< date(\"2024-02-29\")",
        "[@\"P1D\"..@\"P2D\"]",
        "> @\"10:00:00\"",
        "not(@\"2024-01-01T00:00:00Z\")",
        "2, \"a\", null",
        "not(2, \"a\")",
        "not([2, \"a\"])",
        "-1",
        "1 + 1",
        "[1 + 1..2 * 2]",
    };
    static const enum feel_kind kinds[] = {FEEL_ANY,     FEEL_NUMBER, FEEL_STRING,
                                           FEEL_BOOLEAN, FEEL_DATE,   FEEL_DAYS_DURATION};
    size_t understood = 0;
    for (size_t i = 0; i < COUNTOF(tests) * COUNTOF(kinds); i++) {
        struct fixture f;
        struct feel_tests t;
        fixture_init(&f, TABLE_BYTES);
        const enum feel_kind kind = kinds[i % COUNTOF(kinds)];
        const char *source = tests[i / COUNTOF(kinds)];
        const struct feel_expr *e = compiled(&f, source, kind);
        const bool constants = feel_tests_constants(&f.arena, e, &t);
        understood += constants;
        for (size_t v = 0; v < COUNTOF(value_text) && constants; v++) {
            const struct feel_value slot[] = {feel_int(1), constant(&f, value_text[v])};
            struct feel_run run = {.cx = &f.cx, .slot = slot};
            struct feel_value truth;
            if (kind != FEEL_ANY && slot[1].kind != FEEL_NULL && slot[1].kind != kind) continue;
            assert_int_equal(feel_eval(&run, e, &truth), RC_OK);
            if (accepts(&t, &slot[1]) == feel_is_true(&truth)) continue;
            print_error("%s with %s of kind %d\n", source, value_text[v], (int)kind);
            fail();
        }
        fixture_done(&f);
    }
    assert_true(understood > COUNTOF(tests));
}

static void understood(void **state)
{
    (void)state;
    static const struct {
        const char *tests;
        enum feel_kind kind;
        bool constants;
    } table[] = {
        {"< limit", FEEL_NUMBER, false},
        {"5, limit", FEEL_NUMBER, false},
        {"abs(?) > 3", FEEL_NUMBER, false},
        {"x > limit", FEEL_NUMBER, false},
        {"? + 1 > 3", FEEL_NUMBER, false},
        {"not(? > 3)", FEEL_NUMBER, false},
        {"[1..limit]", FEEL_NUMBER, false},
        {"1, 2", FEEL_LIST, false},
        {"-", FEEL_LIST, true},
        {"1", FEEL_NUMBER, true},
        {"< 5, [6..7]", FEEL_NUMBER, true},
        {"not(1, > 5)", FEEL_NUMBER, true},
        {"? > 1 and ? < 3", FEEL_ANY, true},
        {"\"a\", \"b\"", FEEL_STRING, true},
        {"\"a\"", FEEL_NUMBER, false},
        {"date(\"2024-01-01\")", FEEL_DATE, true},
    };
    for (size_t i = 0; i < COUNTOF(table); i++) {
        struct fixture f;
        struct feel_tests t;
        fixture_init(&f, TABLE_BYTES);
        if (feel_tests_constants(&f.arena, compiled(&f, table[i].tests, table[i].kind), &t) !=
            table[i].constants) {
            print_error("%s\n", table[i].tests);
            fail();
        }
        fixture_done(&f);
    }
    struct fixture f;
    const struct feel_expr *e;
    fixture_init(&f, TABLE_BYTES);
    struct feel_scope *s = feel_scope_new(&f.arena);
    feel_scope_add(s, STR("x"), feel_type_of_kind(FEEL_NUMBER));
    assert_int_equal(feel_compile(&f.cx, s, STR("x + 1"), (struct pos){0}, &e), RC_OK);
    assert_null(feel_expr_constant(e));
    fixture_done(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(as_evaluated),
        cmocka_unit_test(understood),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
