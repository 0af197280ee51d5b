/* The contract around evaluation: host functions, unary tests, budgets, threads, positions. */
#include <pthread.h>
#include <stdlib.h>

#include "base/file.h"
#include "feel/bench.h"
#include "feel/test/test.h"

struct host {
    int calls;
    struct feel_value other[2];
};

/* twice(x): evaluates x two times and adds. */
static rc twice(struct feel_call *call, struct feel_value *out)
{
    struct feel_value a, b;
    struct host *host = feel_call_run(call)->host;
    host->calls++;
    rc r = feel_call_eval(call, 0, &a);
    if (r == RC_OK) r = feel_call_eval(call, 0, &b);
    if (r != RC_OK) return r;
    if (a.kind != FEEL_NUMBER || b.kind != FEEL_NUMBER) {
        feel_call_warn(call, "不是数字", "no number");
        return RC_OK;
    }
    *out = feel_int(a.as.number + b.as.number);
    return RC_OK;
}

/* prior year(x): x with other slots. */
static rc prior_year(struct feel_call *call, struct feel_value *out)
{
    struct feel_run *run = feel_call_run(call);
    struct host *host = run->host;
    const struct feel_value *slot = run->slot;
    run->slot = host->other;
    const rc r = feel_call_eval(call, 0, out);
    run->slot = slot;
    return r;
}

static rc constant(struct feel_call *call, struct feel_value *out)
{
    const int *n = feel_call_data(call);
    *out = feel_int(*n + (int)feel_call_given(call, 0) + 10 * (int)feel_call_count(call));
    return RC_OK;
}

static rc failing(struct feel_call *call, struct feel_value *out)
{
    (void)out;
    return err_set(feel_call_run(call)->cx, RC_BUSY, "test.busy", "忙", "busy");
}

static struct feel_scope *host_scope(struct fixture *f)
{
    static const int forty_two = 42;
    static const str x[] = {STR_INIT("x")}, dates[] = {STR_INIT("from"), STR_INIT("to")};
    const struct feel_type *number = feel_type_of_kind(FEEL_NUMBER);
    struct feel_scope *s = feel_scope_new(&f->arena);
    feel_scope_add(s, STR("sales"), number);
    feel_scope_add(s, STR("cost"), number);
    const struct feel_host_function functions[] = {
        {.name = STR_INIT("twice"), .params = x, .param_count = 1, .result = number, .call = twice},
        {.name = STR_INIT("prior year"),
         .params = x,
         .param_count = 1,
         .result = number,
         .call = prior_year},
        {.name = STR_INIT("visited"),
         .params = dates,
         .param_count = 2,
         .optional = true,
         .bare = true,
         .result = number,
         .call = constant,
         .data = &forty_two},
        {.name = STR_INIT("fails"), .result = number, .call = failing},
    };
    for (size_t i = 0; i < COUNTOF(functions); i++)
        feel_scope_add_function(s, &functions[i]);
    return s;
}

static void host_functions(void **state)
{
    (void)state;
    static const struct feel_case table[] = {
        {"twice(sales + 1)", "22", NULL},
        {"twice(x: sales)", "20", NULL},
        {"sales / prior year(sales) - 1", "0.25", NULL},
        {"prior year(sales - cost)", "5", NULL},
        {"visited / 2", "31", NULL},
        {"visited(1)", "63", NULL},
        {"visited(to: 1, from: 2)", "63", NULL},
        {"visited()", "62", NULL},
        {"twice(null)", "null !1:1 feel.function", NULL},
        {"twice(1, 2)", "1:1 feel.arguments", NULL},
        {"twice()", "1:1 feel.arguments", NULL},
        {"twice(y: 1)", "1:1 feel.arguments", NULL},
        {"twice", "1:6 feel.syntax", NULL},
        {"for i in 1..2 return twice(i)", "[2,4]", NULL},
        {"(function(a) twice(a + sales))(1)", "22", NULL},
        {"1 + fails()", "0:0 test.busy", NULL},
    };
    for (size_t i = 0; i < COUNTOF(table); i++) {
        struct fixture f;
        fixture_init(&f, TABLE_BYTES);
        struct host host = {.other = {feel_int(8), feel_int(3)}};
        const struct feel_value slot[] = {feel_int(10), feel_int(4)};
        struct feel_value v;
        struct feel_warning warning[1];
        const struct feel_expr *e;
        struct feel_run run = {
            .cx = &f.cx, .slot = slot, .host = &host, .warning = warning, .warning_max = 1};
        rc r = feel_compile(&f.cx, host_scope(&f), str_from(table[i].source), (struct pos){0}, &e);
        if (r == RC_OK) r = feel_eval(&run, e, &v);
        if (r != RC_OK) {
            assert_str(table_error(&f), table[i].expected);
        } else {
            feel_value_write(&f.out, &v);
            if (run.warning_count > 0)
                buf_printf(&f.out, " !%u:%u %s", warning[0].pos.line, warning[0].pos.column,
                           warning[0].slug);
            assert_str(buf_str(&f.out), table[i].expected);
        }
        fixture_done(&f);
    }
}

static void questions(void **state)
{
    (void)state;
    struct fixture f;
    const struct feel_expr *e;
    fixture_init(&f, TABLE_BYTES);
    struct feel_scope *s = host_scope(&f);
    assert_int_equal(
        feel_compile(&f.cx, s, STR("if prior year(sales) > 1 then 1 else 2"), (struct pos){0}, &e),
        RC_OK);
    assert_true(feel_expr_uses_slot(e, 0));
    assert_false(feel_expr_uses_slot(e, 1));
    assert_false(feel_expr_uses_slot(e, 99));
    assert_true(feel_expr_uses_function(e, STR("prior year")));
    assert_false(feel_expr_uses_function(e, STR("twice")));
    feel_type_write(&f.out, feel_expr_type(e));
    assert_str(buf_str(&f.out), "number");
    /* Positions count from where the expression begins in its file. */
    const struct pos at = {.line = 7, .column = 12, .offset_bytes = 100};
    assert_int_equal(feel_compile(&f.cx, s, STR("sales + costs"), at, &e), RC_INVALID);
    assert_int_equal(f.cx.err.pos.line, 7);
    assert_int_equal(f.cx.err.pos.column, 20);
    assert_int_equal(f.cx.err.pos.offset_bytes, 108);
    assert_str(f.cx.err.hint, "did you mean \"cost\"?");
    fixture_done(&f);
}

static void types(void **state)
{
    (void)state;
    static const struct feel_case table[] = {
        {"[1, 2]", "list<number>", NULL},
        {"{a: 1, b: \"x\"}", "context<a: number, b: string>", NULL},
        {"[{a: 1}, {b: 2}]", "list<context<a: number, b: number>>", NULL},
        {"for i in [1] return i > 0", "list<boolean>", NULL},
        {"[1..2]", "range<number>", NULL},
        {"function(a: number) a", "function<number> -> number", NULL},
        {"if true then 1 else \"a\"", "Any", NULL},
        {"if true then 1 else null", "number", NULL},
        {"@\"2024-01-01\" - @\"2024-01-01\"", "days and time duration", NULL},
        {"sort([\"a\"], function(x, y) x < y)[1]", "string", NULL},
    };
    for (size_t i = 0; i < COUNTOF(table); i++) {
        struct fixture f;
        const struct feel_expr *e;
        fixture_init(&f, TABLE_BYTES);
        assert_int_equal(feel_compile(&f.cx, feel_scope_new(&f.arena), str_from(table[i].source),
                                      (struct pos){0}, &e),
                         RC_OK);
        feel_type_write(&f.out, feel_expr_type(e));
        assert_str(buf_str(&f.out), table[i].expected);
        fixture_done(&f);
    }
}

static str tested(struct fixture *f, const char *tests, struct feel_value input)
{
    const struct feel_expr *e;
    struct feel_scope *s = feel_scope_new(&f->arena);
    feel_scope_add(s, STR("limit"), feel_type_of_kind(FEEL_NUMBER));
    const int slot = feel_scope_add(s, STR("age"), feel_type_of_value(&f->arena, &input));
    const struct feel_value slots[] = {feel_int(18), input};
    struct feel_run run = {.cx = &f->cx, .slot = slots};
    struct feel_value v;
    if (feel_compile_tests(&f->cx, s, slot, str_from(tests), (struct pos){0}, &e) != RC_OK ||
        feel_eval(&run, e, &v) != RC_OK)
        return table_error(f);
    feel_value_write(&f->out, &v);
    return buf_str(&f->out);
}

static void unary_tests(void **state)
{
    (void)state;
    static const struct {
        const char *tests, *expected;
        int64_t age;
    } table[] = {
        {"-", "true", 5},
        {"5", "true", 5},
        {"5, 6", "true", 6},
        {"not(5, 6)", "false", 6},
        {"not(5, 6)", "true", 7},
        {"< 10", "true", 5},
        {">= limit", "false", 5},
        {"[1..5]", "true", 5},
        {"[1..5)", "false", 5},
        {"(1..5), 7", "true", 7},
        {"? > 3 and ? < 6", "true", 5},
        {"age + 1 > limit", "true", 18},
        {"[4, 5]", "true", 5},
        {"-5", "true", -5},
        {"- limit", "true", -18},
        {"sum(?, 1) = 6", "true", 5},
        {"limit * 2", "true", 36},
        {"null", "false", 5},
        {"\"a\"", "1:1 feel.type", 5},
        {"> \"a\"", "1:3 feel.type", 5},
        {"", "1:1 feel.syntax", 5},
        {"5,", "1:3 feel.syntax", 5},
        {"5 6", "1:3 feel.syntax", 5},
        {"foo", "1:1 feel.unknown-name", 5},
    };
    for (size_t i = 0; i < COUNTOF(table); i++) {
        struct fixture f;
        fixture_init(&f, TABLE_BYTES);
        assert_str(tested(&f, table[i].tests, feel_int(table[i].age)), table[i].expected);
        fixture_done(&f);
    }
    struct fixture f;
    fixture_init(&f, TABLE_BYTES);
    assert_str(tested(&f, "\"a\", \"b\"", feel_string(STR("b"))), "true");
    fixture_done(&f);
}

/* The same piece many times over: deep or long, it is an error or works, never a crash. */
static void sizes(void **state)
{
    (void)state;
    static const struct {
        const char *first, *again, *last, *expected;
        int count;
    } table[] = {
        {"1", "+1", "", "100001", 100000},
        {"1", "*1", "", "1", 100000},
        {"false", " or false", "", "false", 50000},
        {"x = 1", " or x = 1", "", "false", 50000},
        {"x", " = x", "", "1:3203 feel.depth", 100000},
        {"", "(", "", "1:201 feel.depth", 100000},
        {"1", "", "", "1", 100000},
        {"", "-", "1", "1:200 feel.depth", 100001},
        {"", "[", "", "1:201 feel.depth", 100000},
        {"", "{a:", "", "1:601 feel.depth", 100000},
        {"", "if true then 1 else ", "2", "1", 20000},
        {"", "if ", "", "1:601 feel.depth", 100000},
        {"x", ".a", "", "1:1602 feel.depth", 100000},
        {"x", "(1)", "", "1:2402 feel.depth", 100000},
        {"", "function(x) ", "1", "1:2401 feel.depth", 100000},
        {"true", " = true", "", "true", 100000},
        {"5 in ", "(", "", "1:206 feel.depth", 100000},
        {"[", "1,", "1][-1]", "1", 100000},
        {"\"", "a", "\" = \"a\"", "false", 100000},
        {"1 instance of ", "list<", "", "1:1014 feel.depth", 100000},
    };
    for (size_t i = 0; i < COUNTOF(table); i++) {
        struct fixture f;
        const struct feel_expr *e;
        struct feel_value v = feel_null();
        const struct feel_value slot[] = {feel_null()};
        fixture_init(&f, 128 << 20);
        struct feel_scope *s = feel_scope_new(&f.arena);
        feel_scope_add(s, STR("x"), feel_type_of_kind(FEEL_ANY));
        struct buf text = {.arena = &f.arena};
        buf_add(&text, str_from(table[i].first));
        for (int n = 0; n < table[i].count; n++)
            buf_add(&text, str_from(table[i].again));
        buf_add(&text, str_from(table[i].last));
        struct feel_run run = {.cx = &f.cx, .slot = slot};
        if (feel_compile(&f.cx, s, buf_str(&text), (struct pos){0}, &e) == RC_OK &&
            feel_eval(&run, e, &v) == RC_OK) {
            feel_value_write(&f.out, &v);
            assert_str(buf_str(&f.out), table[i].expected);
        } else {
            assert_str(table_error(&f), table[i].expected);
        }
        fixture_done(&f);
    }
}

static void budgets(void **state)
{
    (void)state;
    static const struct feel_case table[] = {
        {"some i in 1..100000 satisfies i < 0", "1:1 feel.steps", NULL},
        {"for i in 1..100, j in 1..100 return i", "1:1 feel.steps", NULL},
        {"{f: function(n) f(n), r: f(1)}", "1:17 feel.depth", NULL},
        {"for i in 1..15 return i", "[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15]", NULL},
    };
    for (size_t i = 0; i < COUNTOF(table); i++) {
        struct fixture f;
        const struct feel_expr *e;
        struct feel_value v;
        fixture_init(&f, TABLE_BYTES);
        struct feel_run run = {.cx = &f.cx, .steps_left = 5000};
        assert_int_equal(feel_compile(&f.cx, feel_scope_new(&f.arena), str_from(table[i].source),
                                      (struct pos){0}, &e),
                         RC_OK);
        if (feel_eval(&run, e, &v) == RC_OK)
            feel_value_write(&f.out, &v);
        else
            buf_add(&f.out, table_error(&f));
        assert_str(buf_str(&f.out), table[i].expected);
        fixture_done(&f);
    }
    struct fixture f; /* a deadline long past */
    const struct feel_expr *e;
    struct feel_value v;
    fixture_init(&f, TABLE_BYTES);
    struct feel_run run = {.cx = &f.cx};
    f.cx.deadline_us = 1;
    assert_int_equal(feel_compile(&f.cx, feel_scope_new(&f.arena),
                                  STR("some i in 1..100000 satisfies i < 0"), (struct pos){0}, &e),
                     RC_OK);
    assert_int_equal(feel_eval(&run, e, &v), RC_LIMIT);
    assert_err(&f.cx, RC_LIMIT, "feel.time");
    fixture_done(&f);
    fixture_init(&f, 64 << 10); /* doubling a string until memory is over */
    run = (struct feel_run){.cx = &f.cx};
    assert_int_equal(
        feel_compile(
            &f.cx, feel_scope_new(&f.arena),
            STR("for i in 1..100 return if i = 1 then \"aa\" else partial[-1] + partial[-1]"),
            (struct pos){0}, &e),
        RC_OK);
    assert_int_equal(feel_eval(&run, e, &v), RC_LIMIT);
    assert_err(&f.cx, RC_LIMIT, "feel.memory");
    fixture_done(&f);
}

struct worker {
    const struct feel_expr *e;
    int64_t n, wrong;
};

static void *work(void *data)
{
    struct worker *w = data;
    struct arena arena;
    arena_init(&arena, 1 << 20);
    for (int i = 0; i < 2000; i++) {
        struct cx cx = {.arena = &arena};
        const struct feel_value slot[] = {feel_int(w->n)};
        struct feel_run run = {.cx = &cx, .slot = slot};
        struct feel_value v;
        arena_reset(&arena);
        w->wrong +=
            feel_eval(&run, w->e, &v) != RC_OK || v.kind != FEEL_NUMBER || v.as.number != 10 * w->n;
    }
    arena_done(&arena);
    return NULL;
}

static void threads(void **state)
{
    (void)state;
    struct fixture f;
    struct worker worker[4];
    pthread_t thread[COUNTOF(worker)];
    const struct feel_expr *e;
    fixture_init(&f, TABLE_BYTES);
    struct feel_scope *s = feel_scope_new(&f.arena);
    feel_scope_add(s, STR("n"), feel_type_of_kind(FEEL_NUMBER));
    assert_int_equal(
        feel_compile(&f.cx, s, STR("sum(for i in 1..4 return {a: i * n}.a)"), (struct pos){0}, &e),
        RC_OK);
    for (size_t i = 0; i < COUNTOF(worker); i++) {
        worker[i] = (struct worker){e, (int64_t)i + 1, 0};
        assert_int_equal(pthread_create(&thread[i], NULL, work, &worker[i]), 0);
    }
    for (size_t i = 0; i < COUNTOF(worker); i++) {
        assert_int_equal(pthread_join(thread[i], NULL), 0);
        assert_int_equal(worker[i].wrong, 0);
    }
    fixture_done(&f);
}

static void benchmark(void **state)
{
    (void)state;
    struct fixture f;
    fixture_init(&f, TABLE_BYTES);
    const rc r = feel_bench(&f.cx,
                            STR("{\"benchmarks\":[{\"id\":\"one\",\"expr\":\"d.year + n\","
                                "\"context\":{\"n\":1.5,\"d\":{\"$date\":\"2024-01-01\"}},"
                                "\"expected\":{\"number\":\"2025.50\"}}]}"),
                            &f.out);
    assert_int_equal(r, RC_OK);
    assert_true(str_starts(buf_str(&f.out), STR("one ")));
    assert_true(str_index(buf_str(&f.out), STR(" ok\ngeomean ")) != SIZE_MAX);
    assert_int_equal(feel_bench(&f.cx, STR("{\"benchmarks\":[{}]}"), &f.out), RC_INVALID);
    assert_err(&f.cx, RC_INVALID, "feel.bench");
    fixture_done(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(host_functions), cmocka_unit_test(questions), cmocka_unit_test(types),
        cmocka_unit_test(unary_tests),    cmocka_unit_test(sizes),     cmocka_unit_test(budgets),
        cmocka_unit_test(threads),        cmocka_unit_test(benchmark),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
