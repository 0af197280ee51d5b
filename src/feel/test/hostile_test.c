/* What strangers may write: each expression ends within its budgets, in steps, memory and depth, with an
 * error, null or a value; and many threads may evaluate one compiled expression.  That this program ends
 * is the proof: without the budgets nearly every line of it would run for years. */
#include <pthread.h>

#include "feel/test/test.h"

enum { HOSTILE_BYTES = 64 << 20, WRITE_BYTES = 1 << 20 };

/* F stands for a function that doubles a value so many times, sharing its parts. */
#define DOUBLED(how, start, times)                                                                 \
    "{d: function(v, n) if n = 0 then v else d(" how ", n - 1), r: d(" start ", " times ")}.r"

static str run_hostile(struct fixture *f, str source)
{
    struct feel_scope *s = feel_scope_new(&f->arena);
    const struct feel_expr *e;
    struct feel_value v;
    struct feel_run run = {.cx = &f->cx};
    feel_scope_set_lenient(s);
    if (feel_compile(&f->cx, s, source, (struct pos){0}, &e) != RC_OK) return table_error(f);
    if (feel_eval(&run, e, &v) != RC_OK) return str_from(f->cx.err.slug);
    struct arena a;
    arena_init(&a, WRITE_BYTES);
    struct buf out = {.arena = &a};
    feel_value_write(&out, &v); /* ends, too, however large the value is when it is spread out */
    (void)feel_equal(&v, &v);
    (void)feel_type_of_value(&a, &v);
    arena_done(&a);
    return v.kind == FEEL_NULL ? STR("null") : STR("value");
}

static void expressions_end(void **state)
{
    (void)state;
    static const char *const table[][2] = {
        {"for x in 1..1000000000 return x", "feel.steps"},
        {"count(for a in 1..1000, b in 1..1000, c in 1..1000 return 1)", "feel.steps"},
        {"some x in 1..1000000000 satisfies x < 0", "feel.steps"},
        {"{f: function(n) f(n + 1), r: f(1)}.r", "feel.depth"},
        {"{f: function(n) if n < 2 then 1 else f(n - 1) + f(n - 2), r: f(60)}.r", "feel.steps"},
        {DOUBLED("v + v", "\"abcdefgh\"", "60"), "feel.memory"},
        {DOUBLED("concatenate(v, v)", "[1]", "60"), "feel.memory"},
        {DOUBLED("replace(v, \"a\", \"aaaaaaaaaaaaaaaa\")", "\"a\"", "60"), "feel.steps"},
        {DOUBLED("[v, v]", "[1]", "100"), "value"},
        {"string(" DOUBLED("[v, v]", "[1]", "100") ")", "feel.memory"},
        {"flatten(" DOUBLED("[v, v]", "[1]", "60") ")", "feel.steps"},
        {DOUBLED("[v, v]", "[1]", "60") " = " DOUBLED("[v, v]", "[1]", "60"), "feel.steps"},
        {"list contains([" DOUBLED("[v, v]", "[1]", "60") "], " DOUBLED("[v, v]", "[1]", "60") ")",
         "feel.steps"},
        {DOUBLED("{a: v, b: v}", "1", "60") " in " DOUBLED("{a: v, b: v}", "1", "60"),
         "feel.steps"},
        {"{s: " DOUBLED("v + v", "\"ab\"",
                        "20") ", r: for i in 1..100000 return string length(s)}.r",
         "feel.steps"},
        {"{s: " DOUBLED("v + v", "\"ab\"", "20") ", r: for i in 1..100000 return s < s}.r",
         "feel.steps"},
        {"{s: " DOUBLED("v + v", "\"ab\"", "20") ", r: for i in 1..100000 return s in s}.r",
         "feel.steps"},
        {"{s: " DOUBLED("v + v", "\"ab\"", "20") ", r: sort(for i in 1..1000 return s)}.r",
         "feel.steps"},
        {"{s: " DOUBLED("v + v", "\"ab\"", "20") ", r: max(for i in 1..1000 return s)}.r",
         "feel.steps"},
        {"matches(" DOUBLED("v + v", "\"aaaa\"", "12") " + \"X\", \"^(a+)+$\")", "null"},
        {"for i in 1..1000 return matches(\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaX\", "
         "\"^(a|a)*$\")",
         "feel.steps"},
        {"replace(" DOUBLED("v + v", "\"ab\"", "18") ", \"(a|b)\", \"$1$1$1$1$1$1$1$1\")",
         "feel.steps"},
        {"10 ** 99999999999", "null"},
        {"9.99999999999999999999999999999999 ** 100000", "null"},
        {"exp(999999999)", "null"},
        {"exp(-999999999)", "value"},
        {"sort(for i in 1..20000 return i, function(a, b) true)", "value"},
        {"sort(for i in 1..1000 return i, function(a, b) modulo(a * b, 7) < 3)", "value"},
        {"sort(for i in 1..3000 return i, function(a, b) every x in 1..1000 satisfies x > 0)",
         "feel.steps"},
        {"distinct values(for i in 1..100000 return i)", "feel.steps"},
        {"union(for i in 1..20000 return i, for i in 1..20000 return i)", "feel.steps"},
        {"for i in 1..100000 return partial", "value"},
        {"count(for i in 1..10000 return sum(partial[item != null]))", "feel.steps"},
        {"@\"P999999999Y\" * 1000000000000000000000", "null"},
    };
    size_t failed = 0;
    for (size_t i = 0; i < COUNTOF(table); i++) {
        struct fixture f;
        fixture_init(&f, HOSTILE_BYTES);
        const str got = run_hostile(&f, str_from(table[i][0]));
        if (!str_eq(got, str_from(table[i][1]))) {
            print_error("%s gives " STR_FMT ", not %s\n", table[i][0], STR_ARG(got), table[i][1]);
            failed++;
        }
        fixture_done(&f);
    }
    assert_int_equal(failed, 0);
}

/* So many of one text, something, so many of another. */
static void deep_sources_end(void **state)
{
    (void)state;
    static const struct {
        const char *before, *middle, *after;
        int times;
        const char *slug;
    } table[] = {
        {"(", "1", ")", 5000, "feel.depth"},
        {"[", "1", "]", 5000, "feel.depth"},
        {"{a: ", "1", "}", 5000, "feel.depth"},
        {"-", "1", "", 5000, "feel.depth"},
        {"not(", "true", ")", 5000, "feel.depth"},
        {"if true then ", "1", " else 1", 5000, "feel.depth"},
        {"function(x) ", "x", "", 5000, "feel.depth"},
        {"for x in ", "[1]", " return x", 5000, "feel.depth"},
        {"1 in (", "1", ")", 5000, "feel.depth"},
        {"1 instance of list<", "number", ">", 5000, NULL},
        {"", "1", "[1]", 20000, "feel.depth"},
        {"", "1", ".a", 20000, "feel.depth"},
        {"1 + ", "1", "", 20000, "value"},
        {"true and ", "true", "", 20000, "value"},
        {"x ", "y", "", 20000, "null"},
    };
    for (size_t i = 0; i < COUNTOF(table); i++) {
        struct fixture f;
        fixture_init(&f, HOSTILE_BYTES);
        struct buf source = {.arena = &f.arena};
        for (int k = 0; k < table[i].times; k++)
            buf_add(&source, str_from(table[i].before));
        buf_add(&source, str_from(table[i].middle));
        for (int k = 0; k < table[i].times; k++)
            buf_add(&source, str_from(table[i].after));
        const str got = run_hostile(&f, buf_str(&source));
        if (table[i].slug != NULL && !str_ends(got, str_from(table[i].slug)))
            fail_msg("%s… gives " STR_FMT ", not %s", table[i].before, STR_ARG(got), table[i].slug);
        fixture_done(&f);
    }
}

/* A deadline that has passed ends an evaluation that would go on. */
static void time_is_a_budget(void **state)
{
    (void)state;
    struct fixture f;
    fixture_init(&f, HOSTILE_BYTES);
    f.cx.deadline_us = 1;
    assert_str(run_hostile(&f, STR("count(for x in 1..200000 return x)")), "feel.time");
    fixture_done(&f);
}

/* ---- many threads, one expression ---- */

enum { THREADS = 4, ROUNDS = 300 };
struct shared {
    const struct feel_expr *expr;
    const char *expected;
    int wrong[THREADS];
};
struct worker {
    struct shared *shared;
    int number;
};

static void *evaluate_often(void *argument)
{
    const struct worker *w = argument;
    struct arena a;
    arena_init(&a, HOSTILE_BYTES);
    for (int i = 0; i < ROUNDS; i++) {
        struct cx cx = {.arena = &a, .lang = LANG_EN};
        struct feel_warning warning[2];
        const struct feel_value slot[] = {feel_int(i)};
        struct feel_run run = {.cx = &cx, .slot = slot, .warning = warning, .warning_max = 2};
        struct feel_value v;
        struct buf out = {.arena = &a}, expected = {.arena = &a};
        const rc r = feel_eval(&run, w->shared->expr, &v);
        if (r == RC_OK) feel_value_write(&out, &v);
        buf_printf(&expected, w->shared->expected, i);
        w->shared->wrong[w->number] +=
            r != RC_OK || run.warning_count != 1 || !str_eq(buf_str(&out), buf_str(&expected));
        arena_reset(&a);
    }
    arena_done(&a);
    return NULL;
}

static void threads_share_an_expression(void **state)
{
    (void)state;
    struct fixture f;
    struct worker worker[THREADS];
    pthread_t thread[THREADS];
    struct shared shared = {
        .expected =
            "{\"f\":\"function(a)\",\"n\":[1,2,3],\"m\":true,\"z\":\"PT2H\",\"w\":null,\"i\":%d}"};
    const str source =
        STR("{f: function(a) a + n, n: sort([3, 1, 2], function(x, y) x < y), "
            "m: matches(\"abc\", \"[a-c]+\"), "
            "z: date and time(\"2020-07-01T10:00:00@Europe/Paris\").time offset, "
            "w: 1 / (i - i), i: {k: i}.k}");
    fixture_init(&f, HOSTILE_BYTES);
    struct feel_scope *s = feel_scope_new(&f.arena);
    feel_scope_add(s, STR("i"), feel_type_of_kind(FEEL_NUMBER));
    feel_scope_set_lenient(s);
    assert_int_equal(feel_compile(&f.cx, s, source, (struct pos){0}, &shared.expr), RC_OK);
    for (int i = 0; i < THREADS; i++) {
        worker[i] = (struct worker){&shared, i};
        assert_int_equal(pthread_create(&thread[i], NULL, evaluate_often, &worker[i]), 0);
    }
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_join(thread[i], NULL), 0);
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(shared.wrong[i], 0);
    fixture_done(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(expressions_end),
        cmocka_unit_test(deep_sources_end),
        cmocka_unit_test(time_is_a_budget),
        cmocka_unit_test(threads_share_an_expression),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
