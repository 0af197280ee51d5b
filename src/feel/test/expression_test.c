/* Expressions: literals, operators, names, contexts, lists, iteration, functions. */
#include "feel/test/test.h"

static void literals(void **state)
{
    (void)state;
    static const struct feel_case table[] = {
        {"1", "1", NULL},
        {"-1", "-1", NULL},
        {".5", "0.5", NULL},
        {"0.10", "0.1", NULL},
        {"1e3", "1000", NULL},
        {"1.5E-3", "0.0015", NULL},
        {"1234567890123456789012345678901234", "1234567890123456789012345678901234", NULL},
        {"true", "true", NULL},
        {"null", "null", NULL},
        {"\"\"", "\"\"", NULL},
        {"\"a\\\"b\\\\c\"", "\"a\\\"b\\\\c\"", NULL},
        {"\"\\u0041\\n\\U01F600\"", "\"A\\n😀\"", NULL},
        {"\"\\uD83D\\uDE00\"", "\"😀\"", NULL},
        {"\"中文\"", "\"中文\"", NULL},
        {"@\"2024-02-29\"", "\"2024-02-29\"", NULL},
        {"@\"10:30:00Z\"", "\"10:30:00Z\"", NULL},
        {"@\"-P1Y2M\"", "\"-P1Y2M\"", NULL},
        {"[]", "[]", NULL},
        {"[1, [2], \"x\"]", "[1,[2],\"x\"]", NULL},
        {"{}", "{}", NULL},
        {"[1..5]", "\"[1..5]\"", NULL},
        {"]1..5[", "\"(1..5)\"", NULL},
        {"(1..5]", "\"(1..5]\"", NULL},
        {"(< 5)", "\"(< 5)\"", NULL},
        {"(>= 5)", "\"(>= 5)\"", NULL},
        {"1 // one\n + /* two */ 2", "3", NULL},
        {"\xE3\x80\x80\x31 + 1", "2", NULL},
    };
    table_run(table, COUNTOF(table), false);
}

static void arithmetic(void **state)
{
    (void)state;
    static const struct feel_case table[] = {
        {"0.1 + 0.2 = 0.3", "true", NULL},
        {"1 + 2 * 3", "7", NULL},
        {"(1 + 2) * 3", "9", NULL},
        {"10 - 3 - 2", "5", NULL},
        {"100 / 10 / 5", "2", NULL},
        {"2 ** 3 ** 2", "64", NULL},
        {"-3 ** 2", "9", NULL},
        {"- -3", "3", NULL},
        {"1 / 3", "0.3333333333333333333333333333333333", NULL},
        {"2 / 3", "0.6666666666666666666666666666666667", NULL},
        {"1 / 8", "0.125", NULL},
        {"7.5 / 100", "0.075", NULL},
        {"9223372036854775807 + 1", "9223372036854775808", NULL},
        {"-9223372036854775807 - 2", "-9223372036854775809", NULL},
        {"9223372036854775807 * 9223372036854775807", "8.50705917302346158473969077842325E+37",
         NULL},
        {"0.000000001 * 0.0000000001", "1E-19", NULL},
        {"1.10 * 1.10", "1.21", NULL},
        {"2 ** -2", "0.25", NULL},
        {"2 ** 0.5", "1.414213562373095048801688724209698", NULL},
        {"1.0033 ** 360", "3.274103534834396431867559103093188", NULL},
        {"10 ** 6144 * 10", "null !1:12 feel.number-range", NULL},
        {"1 / 0", "null !1:3 feel.divide-by-zero", NULL},
        {"0 / 0", "null !1:3 feel.divide-by-zero", NULL},
        {"\"a\" + \"b\" + \"c\"", "\"abc\"", NULL},
        {"null + 1", "null", NULL},
        {"x + 1", "null", "{\"x\":null}"},
        {"price * quantity * (1 - discount / 100)", "221.889",
         "{\"price\":19.99,\"quantity\":12,\"discount\":7.5}"},
    };
    table_run(table, COUNTOF(table), false);
}

static void comparison(void **state)
{
    (void)state;
    static const struct feel_case table[] = {
        {"1 = 1.0", "true", NULL},
        {"1 != 2", "true", NULL},
        {"\"a\" < \"b\"", "true", NULL},
        {"1 = null", "false", NULL},
        {"null = null", "true", NULL},
        {"null != 1", "true", NULL},
        {"null < 1", "null", NULL},
        {"1 < 2 = true", "true", NULL},
        {"[1, 2] = [1, 2]", "true", NULL},
        {"[1, 2] = [2, 1]", "false", NULL},
        {"{a: 1, b: 2} = {b: 2, a: 1}", "true", NULL},
        {"[1..2] = [1..2]", "true", NULL},
        {"[1..2] = [1..2)", "false", NULL},
        {"5 between 1 and 5", "true", NULL},
        {"5 between 1 and 4 or true", "true", NULL},
        {"null between 1 and 4", "null", NULL},
        {"20 in [18..65] and 2 > 1", "true", NULL},
        {"5 in (1, 2, > 4)", "true", NULL},
        {"5 in (1..5)", "false", NULL},
        {"5 in (1..5]", "true", NULL},
        {"5 in > 4", "true", NULL},
        {"5 in [1, 5]", "true", NULL},
        {"5 in ([1..3], [5..6])", "true", NULL},
        {"\"b\" in (\"a\", \"b\")", "true", NULL},
        {"5 in (? > 4 and ? < 6)", "true", NULL},
        {"not(5 in (1, 2))", "true", NULL},
        {"5 in (not(? > 6))", "true", NULL},
        {"null in [1..3]", "null", NULL},
        {"2 in (< 3)", "true", NULL},
        {"[1] = 1", "1:5 feel.type", NULL},
    };
    table_run(table, COUNTOF(table), false);
}

static void logic(void **state)
{
    (void)state;
    static const struct feel_case table[] = {
        {"true and null", "null", NULL},
        {"false and null", "false", NULL},
        {"null and false", "false", NULL},
        {"true or null", "true", NULL},
        {"false or null", "null", NULL},
        {"not(null)", "null", NULL},
        {"true and true or false and false", "true", NULL},
        {"if null then 1 else 2", "2", NULL},
        {"if 1 > 2 then \"a\" else if 2 > 1 then \"b\" else \"c\"", "\"b\"", NULL},
        {"1 + if true then 2 else 3", "3", NULL},
        {"if true then 1", "1:15 feel.syntax", NULL},
    };
    table_run(table, COUNTOF(table), false);
}

static void names(void **state)
{
    (void)state;
    static const struct feel_case table[] = {
        {"monthly income - monthly costs", "70", "{\"monthly income\":100,\"monthly costs\":30}"},
        {"a-b", "7", "{\"a-b\":7,\"a\":1,\"b\":2}"},
        {"a - b", "-1", "{\"a-b\":7,\"a\":1,\"b\":2}"},
        {"a + b", "5", "{\"a+b\":5}"},
        {"a.b", "3", "{\"a.b\":3}"},
        {"income  in   total", "9", "{\"income in total\":9,\"income\":1}"},
        {"profit and loss > 3 and true", "true", "{\"profit and loss\":4}"},
        {"if only", "2", "{\"if only\":2}"},
        {"for each + 1", "3", "{\"for each\":2}"},
        {"年龄 >= 18", "true", "{\"年龄\":20}"},
        {"管控 率 * 2", "1.2", "{\"管控 率\":0.6}"},
        {"date", "5", "{\"date\":5}"},
        {"date(\"2024-01-02\").day + date", "7", "{\"date\":5}"},
        {"count + count([1, 2])", "12", "{\"count\":10}"},
        {"string length(\"abc\") + 1", "4", NULL},
        {"string(string length(\"a\"))", "\"1\"", NULL},
        {"items[price > 2].name", "[\"b\"]",
         "{\"items\":[{\"price\":1,\"name\":\"a\"},{\"price\":3,\"name\":\"b\"}]}"},
        {"items[count = 2].id", "[7]",
         "{\"items\":[{\"count\":2,\"id\":7},{\"count\":1,\"id\":8}]}"},
        {"monthly incom", "1:1 feel.unknown-name", "{\"monthly income\":1}"},
        {"1 +\n  foo", "2:3 feel.unknown-name", NULL},
        {"\"年\" + 名", "1:7 feel.unknown-name", NULL},
        {"person.nam", "1:8 feel.unknown-name", "{\"person\":{\"name\":1}}"},
    };
    table_run(table, COUNTOF(table), false);
}

static void contexts_and_lists(void **state)
{
    (void)state;
    static const struct feel_case table[] = {
        {"{a: 1, b: a + 1}", "{\"a\":1,\"b\":2}", NULL},
        {"{\"a b\": 1, c: a b * 2}.c", "2", NULL},
        {"{a: {b: {c: 5}}}.a.b.c", "5", NULL},
        {"{a: 1, a: 2}", "1:8 feel.double-name", NULL},
        {"[{a: 1}, {a: 2}].a", "[1,2]", NULL},
        {"[1, 2, 3][1]", "1", NULL},
        {"[1, 2, 3][-1]", "3", NULL},
        {"[1, 2, 3][4]", "null !1:1 feel.position", NULL},
        {"[1, 2, 3][0]", "null !1:1 feel.position", NULL},
        {"[1, 2, 3][item >= 2]", "[2,3]", NULL},
        {"[{a: 1, b: 5}, {a: 2, b: 6}][a = 2].b", "[6]", NULL},
        {"[{a: 1}, {b: 2}][a = 1]", "[{\"a\":1}]", NULL},
        {"5[1]", "5", NULL},
        {"[[1, 2], [3]][count(item) = 1]", "[[3]]", NULL},
        {"[1, 2, 3, 4][item > 1][item < 4]", "[2,3]", NULL},
        {"[1,2,3][true]", "[1,2,3]", NULL},
        {"xs[y > 1]", "[{\"y\":2}]", "{\"xs\":[{\"y\":1},{\"y\":2}], \"y\":0}"},
        {"xs[item > y]", "[2]", "{\"xs\":[1,2], \"y\":1}"},
        {"[1, 2,]", "1:7 feel.syntax", NULL},
        {"{a: 1,}", "1:7 feel.syntax", NULL},
    };
    table_run(table, COUNTOF(table), false);
}

static void iteration(void **state)
{
    (void)state;
    static const struct feel_case table[] = {
        {"for i in [1, 2, 3] return i * i", "[1,4,9]", NULL},
        {"for i in 1..3 return i", "[1,2,3]", NULL},
        {"for i in 3..1 return i", "[3,2,1]", NULL},
        {"for i in [1..3) return i", "[1,2]", NULL},
        {"for i in 1..2, j in [\"a\", \"b\"] return j", "[\"a\",\"b\",\"a\",\"b\"]", NULL},
        {"for i in 1..3, j in i..3 return i * j", "[1,2,3,4,6,9]", NULL},
        {"for i in 0..4 return if i = 0 then 1 else i * partial[-1]", "[1,1,2,6,24]", NULL},
        {"for d in @\"2024-02-28\"..@\"2024-03-01\" return d.day", "[28,29,1]", NULL},
        {"for x in null return x", "null", NULL},
        {"for x in 5 return x", "[5]", NULL},
        {"for unit price in [1, 2] return unit price + 1", "[2,3]", NULL},
        {"some x in [1, 2, 3] satisfies x > 2", "true", NULL},
        {"some x in [1, 2], y in [2, 3] satisfies x = y", "true", NULL},
        {"every x in [1, 2, 3] satisfies x > 1", "false", NULL},
        {"every x in [] satisfies false", "true", NULL},
        {"some x in [1, null] satisfies x > 2", "null", NULL},
        {"for i in 1..3 return (for j in 1..i return j)", "[[1],[1,2],[1,2,3]]", NULL},
        {"for i in 1..10000000 return i", "1:1 feel.memory", NULL},
        {"count(for i in 1..2000000000, j in 1..2000000000 return i)", "1:7 feel.memory", NULL},
        {"some i in 1..9999999999 satisfies i < 0", "1:1 feel.steps", NULL},
    };
    table_run(table, COUNTOF(table), false);
}

static void functions(void **state)
{
    (void)state;
    static const struct feel_case table[] = {
        {"(function(x) x * 2)(4)", "8", NULL},
        {"{f: function(x: number, y: number) x - y, r: f(5, 3)}.r", "2", NULL},
        {"{f: function(x, y) x - y, r: f(y: 5, x: 3)}.r", "-2", NULL},
        {"{f: function(n) if n < 2 then 1 else n * f(n - 1), r: f(20)}.r", "2432902008176640000",
         NULL},
        {"(function(x) function(y) x + y)(1)(2)", "3", NULL},
        {"for f in [function(x) x + k, function(x) x * k] return f(3)", "[8,15]", "{\"k\":5}"},
        {"{k: 5, fs: for i in 1..3 return function(x) x * i + k, r: fs[2](10)}.r", "25", NULL},
        {"{f: function(x: string) x, r: f(\"a\")}.r", "\"a\"", NULL},
        {"{f: function(x: string) x, r: f(1)}.r", "1:33 feel.type", NULL},
        {"{f: max, r: f(1, 5, 3)}.r", "5", NULL},
        {"sort([3, 1, 2], function(x, y) x > y)", "[3,2,1]", NULL},
        {"(function(x) x)(1, 2)", "1:1 feel.arguments", NULL},
        {"{f: function(n) f(n + 1), r: f(1)}.r", "1:17 feel.depth", NULL},
        {"5(1)", "1:1 feel.type", NULL},
        {"function(a) external {java: {class: \"java.lang.Math\", method signature: \"cos(double)\"}}",
         "\"function(a)\"", NULL},
        {"{m: function(a, b) external {java: {class: \"java.lang.Math\", method signature: "
         "\"max(double, double)\"}}, r: m(1, 7)}.r",
         "7", NULL},
    };
    table_run(table, COUNTOF(table), false);
}

static void types(void **state)
{
    (void)state;
    static const struct feel_case table[] = {
        {"1 instance of number", "true", NULL},
        {"null instance of number", "false", NULL},
        {"null instance of Null", "true", NULL},
        {"[1, 2] instance of list<number>", "true", NULL},
        {"[1, \"a\"] instance of list<number>", "false", NULL},
        {"{a: 1, b: 2} instance of context<a: number>", "true", NULL},
        {"{a: \"x\"} instance of context<a: number>", "false", NULL},
        {"[1..5] instance of range<number>", "true", NULL},
        {"@\"P1Y\" instance of years and months duration", "true", NULL},
        {"@\"P1D\" instance of days and time duration", "true", NULL},
        {"@\"2024-01-01T00:00:00\" instance of date and time", "true", NULL},
        {"(function(x: number) x + 1) instance of function<number> -> number", "true", NULL},
        {"1 + 1 instance of number", "1:3 feel.type", NULL},
        {"1 instance of nummer", "1:15 feel.unknown-name", NULL},
    };
    table_run(table, COUNTOF(table), false);
}

static void errors(void **state)
{
    (void)state;
    static const struct feel_case table[] = {
        {"", "1:1 feel.syntax", NULL},
        {"   ", "1:4 feel.syntax", NULL},
        {"1 +", "1:4 feel.syntax", NULL},
        {"1 2", "1:3 feel.syntax", NULL},
        {"(1", "1:3 feel.syntax", NULL},
        {"[1", "1:3 feel.syntax", NULL},
        {"{a 1}", "1:5 feel.syntax", NULL},
        {"\"abc", "1:1 feel.syntax", NULL},
        {"\"\\uD800\"", "1:2 feel.syntax", NULL},
        {"@\"2023-02-29\"", "1:1 feel.syntax", NULL},
        {"1 = \"a\"", "1:3 feel.type", NULL},
        {"\"a\" > 1", "1:5 feel.type", NULL},
        {"1 + \"a\"", "1:3 feel.type", NULL},
        {"true * 2", "1:6 feel.type", NULL},
        {"-\"a\"", "1:1 feel.type", NULL},
        {"1 and true", "1:1 feel.type", NULL},
        {"if 1 then 2 else 3", "1:4 feel.type", NULL},
        {"@\"2024-01-01\" + @\"2024-01-01\"", "1:15 feel.type", NULL},
        {"5 between \"a\" and \"b\"", "1:1 feel.type", NULL},
        {"5 in (\"a\", \"b\")", "1:7 feel.type", NULL},
        {"5 in [\"a\"..\"b\"]", "1:6 feel.type", NULL},
        {"[1..\"a\"]", "1:1 feel.type", NULL},
        {"substring(1, 2)", "1:11 feel.type", NULL},
        {"substring(\"a\")", "1:1 feel.arguments", NULL},
        {"substring(strin: \"a\", start position: 1)", "1:1 feel.arguments", NULL},
        {"@\"2024-01-01\".hour", "1:15 feel.unknown-name", NULL},
        {"1 ? 2", "1:3 feel.syntax", NULL},
        {"（1）", "1:1 feel.unknown-name", NULL},
        {"?", "1:1 feel.unknown-name", NULL},
        {"\xff", "1:1 feel.syntax", NULL},
    };
    /* Full-width brackets are characters of names in FEEL. */
    table_run(table, COUNTOF(table), false);
}

static void lenient(void **state)
{
    (void)state;
    static const struct feel_case table[] = {
        {"1 = \"a\"", "null !1:3 feel.type", NULL},
        {"foo", "null !1:1 feel.unknown-name", NULL},
        {"foo(1)", "null !1:1 feel.unknown-name", NULL},
        {"1 + \"a\"", "null !1:3 feel.type", NULL},
        {"{a: 1, a: 2}", "null !1:1 feel.double-name", NULL},
        {"{f: function(x: string) x, r: f(1)}.r", "null !1:31 feel.type", NULL},
        {"substring(\"a\")", "null !1:1 feel.arguments", NULL},
        {"substring(1, 2)", "null !1:1 feel.argument", NULL},
        {"@\"2023-02-29\"", "null !1:1 feel.literal", NULL},
        {"{a: 1}.b", "null !1:8 feel.unknown-name", NULL},
        {"[{a: 1}].b", "[null]", NULL},
        {"{\" b\": 0}.a", "null !1:11 feel.unknown-name", NULL},
        {"if 1 then 2 else 3", "3 !1:4 feel.type", NULL},
        {"1 and true", "null !1:1 feel.type", NULL},
        {"5 in \"a\"", "null !1:6 feel.type", NULL},
        {"1 +", "1:4 feel.syntax", NULL},
    };
    table_run(table, COUNTOF(table), true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(literals),   cmocka_unit_test(arithmetic),
        cmocka_unit_test(comparison), cmocka_unit_test(logic),
        cmocka_unit_test(names),      cmocka_unit_test(contexts_and_lists),
        cmocka_unit_test(iteration),  cmocka_unit_test(functions),
        cmocka_unit_test(types),      cmocka_unit_test(errors),
        cmocka_unit_test(lenient),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
