/* Decimals: text, arithmetic, rounding, fixed point. */
#include "base/decimal.h"

#include "base/test.h"

static dec number(const char *text)
{
    dec d = {{0, 0}};
    if (!dec_parse(str_from(text), &d)) fail_msg("%s is a number", text);
    return d;
}

static void assert_dec(dec d, const char *expected)
{
    struct fixture f;
    fixture_init(&f, 10000);
    dec_write(&f.out, d);
    assert_str(buf_str(&f.out), expected);
    fixture_done(&f);
}

static void text(void **state)
{
    (void)state;
    static const char *const row[][2] = {
        {"0", "0"},
        {"-0", "0"},
        {"0e999999999", "0"},
        {"0.000", "0"},
        {"1", "1"},
        {"-1", "-1"},
        {"007", "7"},
        {".5", "0.5"},
        {"-.5", "-0.5"},
        {"1.50", "1.5"},
        {"1275.30", "1275.3"},
        {"1000", "1000"},
        {"1e3", "1000"},
        {"1E+3", "1000"},
        {"12345e-3", "12.345"},
        {"0.000001", "0.000001"},
        {"0.00000123", "0.00000123"},
        {"1e-7", "1E-7"},
        {"1.5e-7", "1.5E-7"},
        {"1e33", "1000000000000000000000000000000000"},
        {"1e34", "1E+34"},
        {"1.5E40", "1.5E+40"},
        {"9999999999999999999999999999999999", "9999999999999999999999999999999999"},
        {"0.1234567890123456789012345678901234", "0.1234567890123456789012345678901234"},
        {"18446744073709551615", "18446744073709551615"},
        {"18446744073709551616", "18446744073709551616"},
        {"100000000000000000000", "100000000000000000000"},
        /* the 35th digit rounds half to even, with all that stands behind it */
        {"12345678901234567890123456789012345", "1.234567890123456789012345678901234E+34"},
        {"12345678901234567890123456789012355", "1.234567890123456789012345678901236E+34"},
        {"123456789012345678901234567890123450000001", "1.234567890123456789012345678901235E+41"},
        {"99999999999999999999999999999999995", "1E+35"},
        {"0.00000000000000000000000000000000000000000000000000000001", "1E-56"},
        {"1e6144", "1E+6144"},
        {"9.999999999999999999999999999999999e6144", "9.999999999999999999999999999999999E+6144"},
        {"-1e-6176", "-1E-6176"},
        {"1.5e-6176", "2E-6176"},
        {"0.5e-6176", "0"},
        {"1e-99999999999999999999", "0"},
    };
    for (size_t i = 0; i < COUNTOF(row); i++)
        assert_dec(number(row[i][0]), row[i][1]);
    static const char *const bad[] = {
        "",    "-",   ".",    "1.",    "+1",     "1e",     "1e+",
        "e5",  "1 ",  " 1",   "1,000", "0x10",   "NaN",    "Infinity",
        "inf", "--1", "1..2", "1.2.3", "1e5.0",  "1e6145", "-1e9999999999",
        "１",  "-.",  "1e-",  "1-",    "10e6144"};
    for (size_t i = 0; i < COUNTOF(bad); i++) {
        dec d = dec_i64(7);
        assert_false(dec_parse(str_from(bad[i]), &d));
        assert_dec(d, "7");
    }
}

static void arithmetic(void **state)
{
    (void)state;
    static const struct {
        const char *a;
        bool (*f)(dec a, dec b, dec *out);
        const char *b, *result; /* NULL: none */
    } row[] = {
        {"0.1", dec_add, "0.2", "0.3"},
        {"1", dec_add, "-1", "0"},
        {"9e6144", dec_add, "9e6144", NULL},
        {"1e34", dec_add, "1", "1E+34"},
        {"0.3", dec_sub, "0.1", "0.2"},
        {"1.10", dec_mul, "1.10", "1.21"},
        {"-2", dec_mul, "0", "0"},
        {"1e6000", dec_mul, "1e6000", NULL},
        {"1", dec_div, "3", "0.3333333333333333333333333333333333"},
        {"2", dec_div, "3", "0.6666666666666666666666666666666667"},
        {"1", dec_div, "0", NULL},
        {"0", dec_div, "0", NULL},
        {"0", dec_div, "-5", "0"},
        {"10", dec_div, "4", "2.5"},
        {"10", dec_rem, "3", "1"},
        {"-10", dec_rem, "3", "2"},
        {"10", dec_rem, "-3", "-2"},
        {"-10", dec_rem, "-3", "-1"},
        {"10.1", dec_rem, "4.5", "1.1"},
        {"-10.1", dec_rem, "4.5", "3.4"},
        {"9", dec_rem, "3", "0"},
        {"-9", dec_rem, "3", "0"},
        {"1", dec_rem, "0", NULL},
        {"1e6000", dec_rem, "7", "1"},
    };
    for (size_t i = 0; i < COUNTOF(row); i++) {
        dec r = dec_i64(42);
        const bool expected = row[i].result != NULL;
        if (row[i].f(number(row[i].a), number(row[i].b), &r) != expected)
            fail_msg("%s and %s", row[i].a, row[i].b);
        assert_dec(r, expected ? row[i].result : "42");
    }
}

static void functions(void **state)
{
    (void)state;
    dec r = dec_i64(42);
    assert_true(dec_sqrt(number("2"), &r));
    assert_dec(r, "1.414213562373095048801688724209698");
    assert_true(dec_sqrt(number("6.25"), &r));
    assert_dec(r, "2.5");
    assert_false(dec_sqrt(number("-1"), &r));
    assert_dec(dec_neg(number("0")), "0");
    assert_dec(dec_neg(number("1.5")), "-1.5");
    assert_dec(dec_abs(number("-1.5")), "1.5");
    assert_dec(dec_abs(number("1.5")), "1.5");
    assert_true(dec_is_zero(number("-0.00")) && !dec_is_zero(number("1e-6176")));
    assert_true(dec_is_integer(number("100.00")) && dec_is_integer(number("1e40")));
    assert_true(dec_is_integer(number("0e-99")) && !dec_is_integer(number("0.5")));
    assert_false(dec_is_integer(number("1e-6176")));
}

static void order(void **state)
{
    (void)state;
    static const char *const rising[] = {"-1e6144", "-2",  "-1.5",   "-1e-6176", "0",    "1e-6176",
                                         "0.1",     "1.0", "1.0001", "2",        "1e34", "1e6144"};
    for (size_t i = 0; i < COUNTOF(rising); i++)
        for (size_t j = 0; j < COUNTOF(rising); j++)
            assert_int_equal(dec_cmp(number(rising[i]), number(rising[j])), i < j ? -1 : i > j);
    assert_int_equal(dec_cmp(number("1.0"), number("1.000")), 0);
    assert_int_equal(dec_cmp(number("1e3"), number("1000")), 0);
    assert_int_equal(dec_cmp(number("0"), number("-0e5")), 0);
}

static void rounding(void **state)
{
    (void)state;
    static const char *const row[][9] = {
        /* number, scale, half even, half up, half down, up, down, floor, ceiling */
        {"2.5", "0", "2", "3", "2", "3", "2", "2", "3"},
        {"3.5", "0", "4", "4", "3", "4", "3", "3", "4"},
        {"-2.5", "0", "-2", "-3", "-2", "-3", "-2", "-3", "-2"},
        {"2.51", "0", "3", "3", "3", "3", "2", "2", "3"},
        {"2.49", "0", "2", "2", "2", "3", "2", "2", "3"},
        {"-2.51", "0", "-3", "-3", "-3", "-3", "-2", "-3", "-2"},
        {"-0.4", "0", "0", "0", "0", "-1", "0", "-1", "0"},
        {"0.5", "0", "0", "1", "0", "1", "0", "0", "1"},
        {"1.115", "2", "1.12", "1.12", "1.11", "1.12", "1.11", "1.11", "1.12"},
        {"1.125", "2", "1.12", "1.13", "1.12", "1.13", "1.12", "1.12", "1.13"},
        {"34.55", "1", "34.6", "34.6", "34.5", "34.6", "34.5", "34.5", "34.6"},
        {"150", "-2", "200", "200", "100", "200", "100", "100", "200"},
        {"1500", "-4", "0", "0", "0", "10000", "0", "0", "10000"},
        {"1.2", "5", "1.2", "1.2", "1.2", "1.2", "1.2", "1.2", "1.2"},
        {"1.2", "9999", "1.2", "1.2", "1.2", "1.2", "1.2", "1.2", "1.2"},
        {"1e30", "20", "1000000000000000000000000000000", "1000000000000000000000000000000",
         "1000000000000000000000000000000", "1000000000000000000000000000000",
         "1000000000000000000000000000000", "1000000000000000000000000000000",
         "1000000000000000000000000000000"},
        {"9999999999999999999999999999999999e-1", "0", "1000000000000000000000000000000000",
         "1000000000000000000000000000000000", "1000000000000000000000000000000000",
         "1000000000000000000000000000000000", "999999999999999999999999999999999",
         "999999999999999999999999999999999", "1000000000000000000000000000000000"},
        {"0", "2", "0", "0", "0", "0", "0", "0", "0"},
        {"1e-6176", "2", "0", "0", "0", "0.01", "0", "0", "0.01"},
    };
    for (size_t i = 0; i < COUNTOF(row); i++) {
        int64_t scale = 0;
        assert_true(str_i64(str_from(row[i][1]), &scale));
        for (int how = DEC_HALF_EVEN; how <= DEC_CEILING; how++) {
            dec r;
            assert_true(dec_rescale(number(row[i][0]), (int)scale, (enum dec_round)how, &r));
            assert_dec(r, row[i][2 + how]);
        }
    }
    dec r = dec_i64(42);
    assert_true(dec_rescale(number("5e6000"), -6111, DEC_UP, &r));
    assert_dec(r, "1E+6111");
    assert_false(dec_rescale(number("1"), -6112, DEC_UP, &r));
    assert_false(dec_rescale(number("1"), INT32_MIN, DEC_UP, &r));
    assert_true(dec_rescale(number("1"), INT32_MAX, DEC_UP, &r));
    assert_dec(r, "1");
}

static void whole_numbers(void **state)
{
    (void)state;
    static const int64_t whole[] = {0, 1, -1, 10, 123456789, INT64_MAX, INT64_MIN, INT64_MIN + 1};
    for (size_t i = 0; i < COUNTOF(whole); i++) {
        int64_t n = 7;
        struct fixture f;
        fixture_init(&f, 10000);
        assert_true(dec_to_i64(dec_i64(whole[i]), &n) && n == whole[i]);
        buf_i64(&f.out, whole[i]);
        buf_char(&f.out, '\0');
        assert_dec(dec_i64(whole[i]), f.out.at);
        fixture_done(&f);
    }
    int64_t n = 7;
    assert_true(dec_to_i64(number("1e18"), &n) && n == INT64_C(1000000000000000000));
    assert_true(dec_to_i64(number("100.00"), &n) && n == 100);
    assert_true(dec_to_i64(number("0e6000"), &n) && n == 0);
    n = 7;
    static const char *const bad[] = {"9223372036854775808",
                                      "-9223372036854775809",
                                      "1e19",
                                      "0.5",
                                      "1e6144",
                                      "1e-6176",
                                      "9999999999999999999999999999999999"};
    for (size_t i = 0; i < COUNTOF(bad); i++)
        assert_false(dec_to_i64(number(bad[i]), &n));
    assert_true(n == 7);
}

static void fixed_point(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int scale;
        bool is_exact;
        int64_t n;
    } row[] = {
        {"1275.30", 2, true, 127530},
        {"1275.3", 4, true, 12753000},
        {"-0.01", 2, true, -1},
        {"0.001", 2, false, 0},
        {"1200", -2, true, 12},
        {"1250", -2, false, 0},
        {"92233720368547758.07", 2, true, INT64_MAX},
        {"-92233720368547758.08", 2, true, INT64_MIN},
        {"92233720368547758.08", 2, false, 0},
        {"0", 18, true, 0},
        {"0.000000000000000001", 18, true, 1},
        {"10", 18, false, 0},
        {"1", INT32_MAX, false, 0},
        {"1", INT32_MIN, false, 0},
    };
    for (size_t i = 0; i < COUNTOF(row); i++) {
        int64_t n = 7;
        assert_int_equal(dec_to_fixed(number(row[i].text), row[i].scale, &n), row[i].is_exact);
        assert_true(n == (row[i].is_exact ? row[i].n : 7));
        if (row[i].is_exact)
            assert_int_equal(dec_cmp(dec_from_fixed(n, row[i].scale), number(row[i].text)), 0);
    }
    assert_dec(dec_from_fixed(127530, 2), "1275.3");
    assert_dec(dec_from_fixed(INT64_MIN, 0), "-9223372036854775808");
    assert_dec(dec_from_fixed(5, -3), "5000");
}

/* What is written is read as the same number. */
static void text_round_trips(void **state)
{
    (void)state;
    uint64_t seed = 42;
    for (int i = 0; i < 20000; i++) {
        struct fixture f;
        dec d, again;
        char random[64];
        fixture_init(&f, 10000);
        seed = seed * 6364136223846793005U + 1442695040888963407U;
        const int n =
            snprintf(random, sizeof random, "%s%" PRIu64 "%" PRIu64 "e%d", i % 2 ? "-" : "",
                     seed >> (seed & 63), seed % 100000, (int)(seed >> 40 & 8191) - 4096);
        assert_true(dec_parse((str){random, (size_t)n}, &d));
        dec_write(&f.out, d);
        assert_true(dec_parse(buf_str(&f.out), &again));
        assert_int_equal(dec_cmp(d, again), 0);
        fixture_done(&f);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text),        cmocka_unit_test(arithmetic),
        cmocka_unit_test(functions),   cmocka_unit_test(order),
        cmocka_unit_test(rounding),    cmocka_unit_test(whole_numbers),
        cmocka_unit_test(fixed_point), cmocka_unit_test(text_round_trips),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
