/* Days, months, moments and periods. */
#include "base/date.h"

#include "base/test.h"

static day_t day(const char *text)
{
    day_t d = DAY_NONE;
    if (!day_parse(str_from(text), &d)) fail_msg("%s is a day", text);
    return d;
}

static void assert_day(day_t d, const char *expected)
{
    struct fixture f;
    fixture_init(&f, 10000);
    day_write(&f.out, d);
    assert_str(buf_str(&f.out), expected);
    fixture_done(&f);
}

static void every_day_follows_the_one_before(void **state)
{
    (void)state;
    static const int8_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    struct ymd v = {-9999, 1, 1};
    day_t d = day_from_ymd(v);
    assert_int_equal(d, -4371587);
    int weekday = day_weekday(d);
    while (v.year <= 9999) {
        const struct ymd got = day_ymd(d);
        assert_true(got.year == v.year && got.month == v.month && got.day == v.day);
        assert_int_equal(day_from_ymd(v), d);
        assert_int_equal(day_weekday(d), weekday);
        assert_true(ymd_valid(v));
        const bool leap = v.year % 4 == 0 && (v.year % 100 != 0 || v.year % 400 == 0);
        if (++v.day > days[v.month - 1] + (leap && v.month == 2)) {
            assert_false(ymd_valid(v));
            v.day = 1;
            v.month++;
        }
        if (v.month > 12) v = (struct ymd){v.year + 1, 1, 1};
        weekday = weekday % 7 + 1;
        d++;
    }
    assert_int_equal(d, 2932897); /* 10000-01-01 */
}

static void days_in_text(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        day_t day;
    } row[] = {
        {"1970-01-01", 0},        {"2022-06-16", 19159},     {"2000-02-29", 11016},
        {"1969-12-31", -1},       {"0000-03-01", -719468},   {"9999-12-31", 2932896},
        {"-0001-01-01", -719893}, {"-9999-01-01", -4371587},
    };
    for (size_t i = 0; i < COUNTOF(row); i++) {
        assert_int_equal(day(row[i].text), row[i].day);
        assert_day(row[i].day, row[i].text);
    }
    static const char *const bad[] = {
        "",
        "2022-02-30",
        "2022-02-29",
        "1900-02-29",
        "2022-13-01",
        "2022-00-01",
        "2022-01-00",
        "2022-01-32",
        "2022-04-31",
        "2022-1-1",
        "2022-01-1",
        "20220101",
        "2022-01-01 ",
        " 2022-01-01",
        "2022/01/01",
        "-0000-01-01",
        "+2022-01-01",
        "22-01-01",
        "2022-01-0x",
        "12022-01-01",
        "２０２２-01-01",
        "2022-01",
        "2022-01-01T00:00:00Z",
    };
    for (size_t i = 0; i < COUNTOF(bad); i++) {
        day_t d = 7;
        assert_false(day_parse(str_from(bad[i]), &d));
        assert_int_equal(d, 7);
    }
    assert_day(INT32_MAX, "5881580-07-11");
    assert_day(INT32_MIN, "-5877641-06-23");
}

static void months_are_added(void **state)
{
    (void)state;
    static const struct {
        const char *from;
        int months;
        const char *to;
    } row[] = {
        {"2022-01-31", 1, "2022-02-28"},   {"2024-01-31", 1, "2024-02-29"},
        {"2022-03-31", -1, "2022-02-28"},  {"2024-02-29", 12, "2025-02-28"},
        {"2024-02-29", -12, "2023-02-28"}, {"2024-02-29", 48, "2028-02-29"},
        {"2022-12-15", 1, "2023-01-15"},   {"2022-01-15", -1, "2021-12-15"},
        {"2022-05-31", 0, "2022-05-31"},   {"2022-05-31", -2400, "1822-05-31"},
        {"0000-01-31", -1, "-0001-12-31"},
    };
    for (size_t i = 0; i < COUNTOF(row); i++)
        assert_day(day_add_months(day(row[i].from), row[i].months), row[i].to);
}

static void moments(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t us;
        const char *written;
    } row[] = {
        {"1970-01-01T00:00:00Z", 0, "1970-01-01T08:00:00+08:00"},
        {"2022-06-16T09:30:12+08:00", 1655343012000000, "2022-06-16T09:30:12+08:00"},
        {"2022-06-16T09:30:12", 1655343012000000, "2022-06-16T09:30:12+08:00"},
        {"2022-06-16T01:30:12Z", 1655343012000000, "2022-06-16T09:30:12+08:00"},
        {"2022-06-15T20:30:12-05:00", 1655343012000000, "2022-06-16T09:30:12+08:00"},
        {"2022-06-16T07:00:12+05:30", 1655343012000000, "2022-06-16T09:30:12+08:00"},
        {"2022-06-16T09:30", 1655343000000000, "2022-06-16T09:30:00+08:00"},
        {"2022-06-16T09:30:12.5", 1655343012500000, "2022-06-16T09:30:12.500000+08:00"},
        {"2022-06-16T09:30:12.0000019Z", 1655371812000001, "2022-06-16T17:30:12.000001+08:00"},
        {"1969-12-31T23:59:59.999999Z", -1, "1970-01-01T07:59:59.999999+08:00"},
        {"1969-12-31T15:59:59Z", -28801000000, "1969-12-31T23:59:59+08:00"},
        {"-0001-12-31T00:00:00", -62167334400000000, "-0001-12-31T00:00:00+08:00"},
    };
    for (size_t i = 0; i < COUNTOF(row); i++) {
        struct fixture f;
        int64_t us = 0;
        fixture_init(&f, 10000);
        assert_true(us_parse(str_from(row[i].text), &us));
        assert_true(us == row[i].us);
        us_write(&f.out, us);
        assert_str(buf_str(&f.out), row[i].written);
        assert_true(us_parse(buf_str(&f.out), &us) && us == row[i].us);
        fixture_done(&f);
    }
    static const char *const bad[] = {
        "",
        "2022-06-16",
        "2022-06-16T",
        "2022-06-16T09",
        "2022-06-16T9:30",
        "2022-06-16T24:00:00",
        "2022-06-16T09:60:00",
        "2022-06-16T09:30:60",
        "2022-06-16T09:30:12.",
        "2022-06-16T09:30:12.Z",
        "2022-06-16T09:30:12+8",
        "2022-06-16T09:30:12+19:00",
        "2022-06-16T09:30:12+08:60",
        "2022-06-16T09:30:12ZZ",
        "2022-06-16 09:30:12",
        "2022-02-30T09:30:12Z",
        "2022-06-16T09:30:12Z ",
    };
    for (size_t i = 0; i < COUNTOF(bad); i++) {
        int64_t us = 7;
        assert_false(us_parse(str_from(bad[i]), &us));
        assert_true(us == 7);
    }
    assert_day(day_of_us(-1), "1970-01-01");
    assert_day(day_of_us(1655343012000000), "2022-06-16");
    assert_day(day_of_us(1655308799999999), "2022-06-15");
    assert_day(day_of_us(1655308800000000), "2022-06-16"); /* midnight at the office */
}

static void periods(void **state)
{
    (void)state;
    static const struct {
        const char *text, *first, *last, *prior_year;
        enum period_unit unit;
    } row[] = {
        {"2022-05-31", "2022-05-31", "2022-05-31", "2021-05-31", PERIOD_DAY},
        {"2024-02-29", "2024-02-29", "2024-02-29", "2023-02-28", PERIOD_DAY},
        {"2022-05", "2022-05-01", "2022-05-31", "2021-05", PERIOD_MONTH},
        {"2024-02", "2024-02-01", "2024-02-29", "2023-02", PERIOD_MONTH},
        {"2022-12", "2022-12-01", "2022-12-31", "2021-12", PERIOD_MONTH},
        {"2022Q1", "2022-01-01", "2022-03-31", "2021Q1", PERIOD_QUARTER},
        {"2022Q4", "2022-10-01", "2022-12-31", "2021Q4", PERIOD_QUARTER},
        {"2022H1", "2022-01-01", "2022-06-30", "2021H1", PERIOD_HALF},
        {"2022H2", "2022-07-01", "2022-12-31", "2021H2", PERIOD_HALF},
        {"2022", "2022-01-01", "2022-12-31", "2021", PERIOD_YEAR},
        {"0000Q2", "0000-04-01", "0000-06-30", "-0001Q2", PERIOD_QUARTER},
        {"-0001-12", "-0001-12-01", "-0001-12-31", "-0002-12", PERIOD_MONTH},
    };
    for (size_t i = 0; i < COUNTOF(row); i++) {
        struct fixture f;
        struct period p, again;
        fixture_init(&f, 10000);
        assert_true(period_parse(str_from(row[i].text), &p));
        assert_int_equal(p.unit, row[i].unit);
        period_write(&f.out, p);
        assert_str(buf_str(&f.out), row[i].text);
        assert_day(period_first(p), row[i].first);
        assert_day(period_last(p), row[i].last);
        again = period_of(period_first(p), p.unit);
        assert_int_equal(again.index, p.index);
        again = period_of(period_last(p), p.unit);
        assert_int_equal(again.index, p.index);
        f.out.len = 0;
        period_write(&f.out, period_prior_year(p));
        assert_str(buf_str(&f.out), row[i].prior_year);
        fixture_done(&f);
    }
    static const char *const bad[] = {"",       "202",      "2022-",   "2022-13",    "2022-00",
                                      "2022Q0", "2022Q5",   "2022H3",  "2022q1",     "2022-5",
                                      "2022Q",  "2022Q11",  "20225",   "2022-02-30", "2022-05-",
                                      "2022M1", "2022-05x", "-0000Q1", "abcd",       "2022 "};
    for (size_t i = 0; i < COUNTOF(bad); i++) {
        struct period p = {PERIOD_YEAR, 7};
        assert_false(period_parse(str_from(bad[i]), &p));
        assert_int_equal(p.index, 7);
    }
}

static void periods_in_coarser_units(void **state)
{
    (void)state;
    static const char *const in[][PERIOD_UNIT_COUNT] = {
        {"2022-05-31", "2022-05", "2022Q2", "2022H1", "2022"},
        {"2022-12-31", "2022-12", "2022Q4", "2022H2", "2022"},
        {"2024-02-29", "2024-02", "2024Q1", "2024H1", "2024"},
    };
    for (size_t i = 0; i < COUNTOF(in); i++) {
        for (int from = 0; from < PERIOD_UNIT_COUNT; from++) {
            for (int to = from; to < PERIOD_UNIT_COUNT; to++) {
                struct fixture f;
                struct period p;
                fixture_init(&f, 10000);
                assert_true(period_parse(str_from(in[i][from]), &p));
                period_write(&f.out, period_in(p, (enum period_unit)to));
                assert_str(buf_str(&f.out), in[i][to]);
                fixture_done(&f);
            }
        }
    }
    enum period_unit unit = PERIOD_DAY;
    assert_true(period_unit_parse(STR("quarter"), &unit) && unit == PERIOD_QUARTER);
    assert_true(period_unit_parse(STR("day"), &unit) && unit == PERIOD_DAY);
    assert_true(period_unit_parse(STR("year"), &unit) && unit == PERIOD_YEAR);
    assert_false(period_unit_parse(STR("week"), &unit));
    assert_false(period_unit_parse(STR(""), &unit));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_day_follows_the_one_before),
        cmocka_unit_test(days_in_text),
        cmocka_unit_test(months_are_added),
        cmocka_unit_test(moments),
        cmocka_unit_test(periods),
        cmocka_unit_test(periods_in_coarser_units),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
