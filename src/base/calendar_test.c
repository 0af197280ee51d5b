/* Working days, with the public holidays of mainland China as published for 2018 and after. */
#include "base/calendar.h"

#include "base/file.h"
#include "base/test.h"

static day_t day(const char *text)
{
    day_t d = DAY_NONE;
    if (!day_parse(str_from(text), &d)) fail_msg("%s is a day", text);
    return d;
}

static const struct calendar *load(struct fixture *f)
{
    const struct calendar *c = NULL;
    str csv;
    assert_int_equal(file_read(&f->cx, STR(HOLIDAYS_CSV), 1 << 20, &csv), RC_OK);
    assert_int_equal(calendar_parse(&f->cx, csv, STR("holidays.csv"), &c), RC_OK);
    return c;
}

static void the_published_holidays(void **state)
{
    (void)state;
    static const struct {
        const char *day;
        bool is_workday;
    } row[] = {
        {"2022-01-29", true},  /* Saturday, worked for the Spring Festival */
        {"2022-01-30", true},  /* Sunday */
        {"2022-01-31", false}, /* Monday, eve */
        {"2022-02-01", false}, {"2022-02-04", false}, {"2022-02-06", false},
        {"2022-02-07", true},  {"2022-09-30", true},  {"2022-10-01", false},
        {"2022-10-07", false}, {"2022-10-08", true}, /* Saturday */
        {"2022-10-09", true},                        /* Sunday */
        {"2022-06-18", false},                       /* an ordinary Saturday */
        {"2022-06-20", true},  {"2035-10-01", true}, /* a Monday nobody has published yet */
    };
    struct fixture f;
    int first, last;
    fixture_init(&f, 1 << 20);
    const struct calendar *c = load(&f);
    for (size_t i = 0; i < COUNTOF(row); i++)
        assert_int_equal(calendar_is_workday(c, day(row[i].day)), row[i].is_workday);
    calendar_years(c, &first, &last);
    assert_int_equal(first, 2018);
    assert_true(last >= 2022);
    fixture_done(&f);
}

static void deadlines(void **state)
{
    (void)state;
    static const struct {
        const char *from;
        int n;
        const char *to;
    } row[] = {
        {"2022-01-28", 1, "2022-01-29"}, /* Friday: the Saturday is worked */
        {"2022-01-28", 3, "2022-02-07"}, /* over the Spring Festival */
        {"2022-01-28", 5, "2022-02-09"},
        {"2022-02-02", 1, "2022-02-07"}, /* received on a holiday */
        {"2022-02-02", 0, "2022-02-02"},
        {"2022-02-02", -1, "2022-01-30"},
        {"2022-02-07", -1, "2022-01-30"},
        {"2022-02-08", -1, "2022-02-07"},
        {"2022-09-29", 1, "2022-09-30"},
        {"2022-09-29", 2, "2022-10-08"}, /* over the National Day */
        {"2022-09-29", 3, "2022-10-09"},
        {"2022-09-29", 4, "2022-10-10"},
        {"2022-09-29", 10, "2022-10-18"},
        {"2022-06-17", 1, "2022-06-20"}, /* over a weekend */
        {"2022-06-20", -1, "2022-06-17"},
    };
    struct fixture f;
    fixture_init(&f, 1 << 20);
    const struct calendar *c = load(&f);
    for (size_t i = 0; i < COUNTOF(row); i++) {
        f.out.len = 0;
        day_write(&f.out, calendar_add(c, day(row[i].from), row[i].n));
        assert_str(buf_str(&f.out), row[i].to);
    }
    assert_int_equal(calendar_between(c, day("2022-01-28"), day("2022-02-07")), 3);
    assert_int_equal(calendar_between(c, day("2022-02-07"), day("2022-01-28")), -3);
    assert_int_equal(calendar_between(c, day("2022-10-01"), day("2022-10-07")), 0);
    assert_int_equal(calendar_between(c, day("2022-10-01"), day("2022-10-01")), 0);
    fixture_done(&f);
}

/* Against counting one day after the other. */
static void counting_agrees_with_walking(void **state)
{
    (void)state;
    struct fixture f;
    fixture_init(&f, 1 << 20);
    const struct calendar *c = load(&f);
    for (day_t from = day("2017-12-20"); from < day("2027-01-10"); from += 3) {
        int forward = 0, backward = 0;
        for (int i = 1; i <= 200; i++) {
            const day_t after = from + i, before = from - i;
            if (calendar_is_workday(c, after)) {
                forward++;
                assert_int_equal(calendar_add(c, from, forward), after);
            }
            assert_int_equal(calendar_between(c, from, after), forward);
            assert_int_equal(calendar_between(c, after, from), -forward);
            if (calendar_is_workday(c, before)) {
                backward--;
                assert_int_equal(calendar_add(c, from, backward), before);
            }
        }
    }
    fixture_done(&f);
}

static int64_t moment(const char *text)
{
    int64_t us = 0;
    assert_true(us_parse(str_from(text), &us));
    return us;
}

/* 09:00 – 12:00 and 14:00 – 17:30 of working days. */
static void working_hours(void **state)
{
    (void)state;
    static const struct {
        const char *from;
        int64_t minutes;
        const char *to;
    } row[] = {
        {"2022-01-28T10:00:00", 60, "2022-01-28T11:00:00"},
        {"2022-01-28T11:30:00", 60, "2022-01-28T14:30:00"},
        {"2022-01-28T10:00:00", 120, "2022-01-28T12:00:00"}, /* at noon, not after lunch */
        {"2022-01-28T12:30:00", 30, "2022-01-28T14:30:00"},
        {"2022-01-28T16:30:00", 60, "2022-01-28T17:30:00"},
        {"2022-01-28T16:30:00", 61, "2022-01-29T09:01:00"}, /* a Saturday that is worked */
        {"2022-01-30T17:00:00", 60, "2022-02-07T09:30:00"}, /* over the Spring Festival */
        {"2022-02-02T10:00:00", 30, "2022-02-07T09:30:00"},
        {"2022-02-07T09:30:00", -60, "2022-01-30T17:00:00"},
        {"2022-02-07T00:00:00", -390, "2022-01-29T17:30:00"},
        {"2022-01-28T08:00:00", 390 * 3, "2022-01-30T17:30:00"},
        {"2022-01-28T08:00:00", 0, "2022-01-28T08:00:00"},
    };
    struct fixture f;
    fixture_init(&f, 1 << 20);
    const struct calendar *c = NULL;
    assert_int_equal(calendar_parse(&f.cx,
                                    STR("day,kind\n2022-01-29,workday\n2022-01-30,workday\n"
                                        "2022-01-31,holiday\n2022-02-01,holiday\n"
                                        "2022-02-02,holiday\n2022-02-03,holiday\n"
                                        "2022-02-04,holiday\n2022-02-05,holiday\n"
                                        "2022-02-06,holiday\n"),
                                    STR("test"), &c),
                     RC_OK);
    for (size_t i = 0; i < COUNTOF(row); i++) {
        const int64_t from = moment(row[i].from), us = row[i].minutes * 60 * US_PER_SECOND;
        assert_int_equal(calendar_add_hours(c, from, us), moment(row[i].to));
        assert_int_equal(calendar_hours_between(c, from, moment(row[i].to)), us);
    }
    fixture_done(&f);
}

static void the_ends_of_time_hold(void **state)
{
    (void)state;
    struct fixture f;
    fixture_init(&f, 1 << 20);
    const struct calendar *c = load(&f);
    assert_int_equal(calendar_add(c, 0, INT32_MAX), INT32_MAX);
    assert_int_equal(calendar_add(c, INT32_MAX, INT32_MAX), INT32_MAX);
    assert_int_equal(calendar_add(c, 0, INT32_MIN), INT32_MIN + 1);
    assert_int_equal(calendar_add(c, INT32_MIN, INT32_MIN), INT32_MIN + 1);
    assert_int_equal(calendar_between(c, INT32_MIN, INT32_MAX), INT32_MAX);
    fixture_done(&f);
}

static void a_calendar_may_be_empty(void **state)
{
    (void)state;
    struct fixture f;
    const struct calendar *c;
    int first, last;
    fixture_init(&f, 1 << 20);
    assert_int_equal(calendar_parse(&f.cx,
                                    STR("\xEF\xBB\xBF"
                                        "day,kind\r\n"),
                                    STR("x"), &c),
                     RC_OK);
    calendar_years(c, &first, &last);
    assert_true(first > last);
    assert_int_equal(calendar_add(c, day("2022-10-01"), 1), day("2022-10-03"));
    assert_int_equal(calendar_add(c, day("2022-10-01"), -1), day("2022-09-30"));
    fixture_done(&f);
}

static void bad_rows_are_named(void **state)
{
    (void)state;
    static const struct {
        const char *csv;
        uint32_t line, offset;
    } row[] = {
        {"", 1, 0},
        {"day;kind\n", 1, 0},
        {"day,kind\n2022-02-30,holiday\n", 2, 9},
        {"day,kind\n2022-02-01,holiday\n2022-02-02,feast\n", 3, 28},
        {"day,kind\n2022-02-01\n", 2, 9},
        {"day,kind\n\n", 2, 9},
        {"day,kind\n2022-02-01,holiday,x\n", 2, 9},
        {"day,kind\n2022-02-03,holiday\n2022-02-01,holiday\n2022-02-03,workday\n", 4, 47},
    };
    for (size_t i = 0; i < COUNTOF(row); i++) {
        struct fixture f;
        const struct calendar *c = NULL;
        fixture_init(&f, 1 << 20);
        assert_int_equal(calendar_parse(&f.cx, str_from(row[i].csv), STR("a.csv"), &c), RC_INVALID);
        assert_err(&f.cx, RC_INVALID, "calendar.syntax");
        assert_str(f.cx.err.source, "a.csv");
        assert_int_equal(f.cx.err.pos.line, row[i].line);
        assert_int_equal(f.cx.err.pos.offset_bytes, row[i].offset);
        assert_null(c);
        fixture_done(&f);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(working_hours),
        cmocka_unit_test(the_published_holidays),
        cmocka_unit_test(deadlines),
        cmocka_unit_test(counting_agrees_with_walking),
        cmocka_unit_test(the_ends_of_time_hold),
        cmocka_unit_test(a_calendar_may_be_empty),
        cmocka_unit_test(bad_rows_are_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
