/* Errors, problem+json, and the files whose errors they are. */
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/file.h"
#include "base/json.h"
#include "base/test.h"

static void the_first_error_wins_in_the_readers_language(void **state)
{
    (void)state;
    struct fixture f;
    fixture_init(&f, 100000);
    f.cx.lang = LANG_ZH;
    assert_int_equal(err_set(&f.cx, RC_INVALID, "x.first", "“%s”不对", "\"%s\" is wrong", "a"),
                     RC_INVALID);
    assert_int_equal(err_set(&f.cx, RC_DENIED, "x.second", "二", "two"), RC_DENIED);
    err_hint(&f.cx, "改成 %d", "make it %d", 7);
    err_field(&f.cx, STR("value"));
    err_source(&f.cx, STR("a.yaml"));
    err_field(&f.cx, STR("other"));
    assert_err(&f.cx, RC_INVALID, "x.first");
    assert_str(f.cx.err.detail, "“a”不对");
    assert_str(f.cx.err.hint, "改成 7");
    assert_str(f.cx.err.field, "value");
    err_clear(&f.cx);
    assert_int_equal(f.cx.err.code, RC_OK);
    err_hint(&f.cx, "没有错误", "no error");
    assert_int_equal(f.cx.err.hint.len, 0);
    f.cx.lang = LANG_EN;
    assert_int_equal(err_set(&f.cx, RC_INVALID, "x.first", "“%s”不对", "\"%s\" is wrong", "a"),
                     RC_INVALID);
    assert_str(f.cx.err.detail, "\"a\" is wrong");
    fixture_done(&f);
}

static void kinds_have_a_status_and_titles(void **state)
{
    (void)state;
    assert_int_equal(rc_status(RC_OK), 200);
    assert_int_equal(rc_status(RC_STALE), 412);
    assert_int_equal(rc_status(RC_FULL), 507);
    for (int i = 0; i < RC_COUNT; i++) {
        assert_true(rc_title((rc)i, LANG_ZH).len > 0);
        assert_true(rc_title((rc)i, LANG_EN).len > 0);
    }
}

static void a_problem_shows_what_it_knows(void **state)
{
    (void)state;
    struct fixture f;
    fixture_init(&f, 100000);
    const rc r = err_set_at(&f.cx, RC_CONFLICT, "record.changed", (struct pos){3, 14, 77},
                            "值“1”已被改为“2”", "value \"1\" was changed to \"2\"");
    assert_int_equal(r, RC_CONFLICT);
    err_hint(&f.cx, "重新读取", "read it again");
    err_field(&f.cx, STR("rows/17/period"));
    f.cx.err.extra = STR("{\"value\":2}");
    problem_write(&f.out, &f.cx.err, NULL, LANG_EN, STR("r-1"));
    assert_str(
        buf_str(&f.out),
        "{\"type\":\"/problems/record.changed\",\"title\":\"Conflicts with the current state\","
        "\"status\":409,\"code\":\"record.changed\","
        "\"detail\":\"value \\\"1\\\" was changed to \\\"2\\\"\",\"hint\":\"read it again\","
        "\"field\":\"rows/17/period\",\"position\":{\"line\":3,\"column\":14,\"offset\":77},"
        "\"conflict\":{\"value\":2},\"instance\":\"r-1\"}");
    f.out.len = 0;
    err_source(&f.cx, STR("app.yaml"));
    err_print(&f.out, &f.cx.err);
    assert_str(buf_str(&f.out),
               "app.yaml:3:14: rows/17/period: value \"1\" was changed to \"2\" (read it again)");
    fixture_done(&f);
}

static void an_internal_error_shows_nothing(void **state)
{
    (void)state;
    struct fixture f;
    fixture_init(&f, 100000);
    struct findings list = {.item = {{.code = RC_INVALID, .slug = "x.y"}}, .count = 1};
    assert_int_equal(err_set(&f.cx, RC_INTERNAL, "store.broken", "秘密", "a secret"), RC_INTERNAL);
    problem_write(&f.out, &f.cx.err, &list, LANG_ZH, STR("r-2"));
    assert_str(
        buf_str(&f.out),
        "{\"type\":\"/problems/internal\",\"title\":\"内部错误\",\"status\":500,\"instance\":\"r-2\"}");
    fixture_done(&f);
}

static void checkers_report_everything_up_to_a_hundred(void **state)
{
    (void)state;
    static struct findings list;
    struct fixture f;
    fixture_init(&f, 1 << 20);
    char name[] = "row-0";
    assert_int_equal(err_set(&f.cx, RC_INVALID, "x.alone", "一", "one"), RC_INVALID);
    assert_false(err_collect(&f.cx)); /* nobody listens */
    assert_int_equal(f.cx.err.code, RC_INVALID);
    err_clear(&f.cx);
    f.cx.findings = &list;
    assert_true(err_collect(&f.cx)); /* nothing to collect */
    for (int i = 0; i < 103; i++) {
        name[4] = (char)('0' + i % 10);
        assert_int_equal(err_set(&f.cx, RC_INVALID, "x.row", "第 %d 行", "row %d", i), RC_INVALID);
        f.cx.err.source = (str){name, 5}; /* what the caller may change afterwards */
        assert_int_equal(err_collect(&f.cx), i < 99);
        assert_int_equal(f.cx.err.code, RC_OK);
    }
    assert_int_equal(list.count, 100);
    assert_int_equal(list.more, 3);
    assert_str(list.item[41].detail, "row 41");
    assert_str(list.item[41].source, "row-1");
    struct err e = {.code = RC_INVALID, .slug = "x.many", .detail = STR_INIT("many")};
    problem_write(&f.out, &e, &list, LANG_EN, STR("r-3"));
    const struct json *j;
    assert_int_equal(json_parse(&f.cx, buf_str(&f.out), &j), RC_OK);
    assert_int_equal(json_find(j, STR("errors"))->count, 100);
    int64_t more;
    assert_true(json_i64(json_find(j, STR("more")), &more) && more == 3);
    fixture_done(&f);
}

static void errors_outlive_their_arena(void **state)
{
    (void)state;
    struct fixture f, g;
    fixture_init(&f, 100000);
    fixture_init(&g, 100000);
    assert_int_equal(err_set(&f.cx, RC_BUSY, "x.busy", "忙", "busy"), RC_BUSY);
    assert_int_equal(err_copy(&g.cx, &f.cx.err), RC_BUSY);
    fixture_done(&f);
    assert_err(&g.cx, RC_BUSY, "x.busy");
    assert_str(g.cx.err.detail, "busy");
    fixture_done(&g);
}

/* A folder of its own for each run. */
static str scratch(struct fixture *f)
{
    char *path = arena_cstr(&f->arena, STR("/tmp/base-test-XXXXXX"));
    assert_non_null(mkdtemp(path));
    return str_from(path);
}

static void files_are_written_whole_and_read_back(void **state)
{
    (void)state;
    struct fixture f;
    struct names names;
    str got;
    fixture_init(&f, 4 << 20);
    const str root = scratch(&f);
    const str folder = arena_printf(&f.arena, STR_FMT "/a/b//c/", STR_ARG(root));
    assert_int_equal(file_make_folder(&f.cx, folder), RC_OK);
    assert_int_equal(file_make_folder(&f.cx, folder), RC_OK);
    const str path = arena_printf(&f.arena, STR_FMT "z", STR_ARG(folder));
    assert_false(file_exists(&f.cx, path));
    static char big[1000000];
    for (size_t i = 0; i < sizeof big; i++)
        big[i] = (char)(i * 7);
    const str texts[] = {STR("first"), {big, sizeof big}, STR("")};
    for (size_t i = 0; i < COUNTOF(texts); i++) {
        assert_int_equal(file_write(&f.cx, path, texts[i]), RC_OK);
        assert_int_equal(file_read(&f.cx, path, texts[i].len, &got), RC_OK);
        assert_true(str_eq(got, texts[i]));
    }
    assert_true(file_exists(&f.cx, path));
    assert_int_equal(
        file_write(&f.cx, arena_printf(&f.arena, STR_FMT "a", STR_ARG(folder)), STR("1")), RC_OK);
    assert_int_equal(file_make_folder(&f.cx, arena_printf(&f.arena, STR_FMT "m", STR_ARG(folder))),
                     RC_OK);
    assert_int_equal(file_list(&f.cx, folder, &names), RC_OK);
    assert_int_equal(names.len, 3); /* no temporary is left over */
    assert_str(names.at[0], "a");
    assert_str(names.at[1], "m/");
    assert_str(names.at[2], "z");
    fixture_done(&f);
}

static void files_that_cannot_be_are_refused(void **state)
{
    (void)state;
    struct fixture f;
    struct names names;
    str got = STR("untouched");
    fixture_init(&f, 1 << 20);
    const str root = scratch(&f);
    const str path = arena_printf(&f.arena, STR_FMT "/x", STR_ARG(root));
    assert_int_equal(file_write(&f.cx, path, STR("12345")), RC_OK);
    assert_int_equal(file_read(&f.cx, path, 4, &got), RC_TOO_LARGE);
    assert_err(&f.cx, RC_TOO_LARGE, "file.too-large");
    err_clear(&f.cx);
    const str none[] = {arena_printf(&f.arena, STR_FMT "/y", STR_ARG(root)),
                        arena_printf(&f.arena, STR_FMT "/x/y", STR_ARG(root)), STR(""), STR("a\0b"),
                        root};
    for (size_t i = 0; i < COUNTOF(none); i++) {
        assert_int_equal(file_read(&f.cx, none[i], 100, &got), RC_MISSING);
        assert_err(&f.cx, RC_MISSING, "file.missing");
        err_clear(&f.cx);
    }
    assert_int_equal(file_list(&f.cx, path, &names), RC_MISSING);
    err_clear(&f.cx);
    const str deep = arena_printf(&f.arena, STR_FMT "/no/such/folder", STR_ARG(root));
    assert_int_equal(file_write(&f.cx, deep, STR("1")), RC_MISSING);
    err_clear(&f.cx);
    assert_int_equal(file_make_folder(&f.cx, none[1]), RC_INTERNAL);
    assert_err(&f.cx, RC_INTERNAL, "file.write");
    err_clear(&f.cx);
    assert_int_equal(file_read(&f.cx, STR("/dev/zero"), 10000, &got), RC_TOO_LARGE);
    err_clear(&f.cx);
    assert_int_equal(file_read(&f.cx, STR("/dev/zero"), SIZE_MAX, &got), RC_TOO_LARGE);
    assert_str(got, "untouched");
    fixture_done(&f);
}

/* RLIMIT_FSIZE gives EFBIG, not ENOSPC: what stands there must stay, whatever the reason. */
static void a_failed_write_leaves_the_old_file(void **state)
{
    (void)state;
    struct fixture f;
    struct names names;
    struct rlimit old;
    str got;
    fixture_init(&f, 4 << 20);
    const str root = scratch(&f);
    const str path = arena_printf(&f.arena, STR_FMT "/x", STR_ARG(root));
    static char big[100000];
    assert_int_equal(file_write(&f.cx, path, STR("old")), RC_OK);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
    const struct rlimit small = {50000, old.rlim_max};
    (void)signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    const rc r = file_write(&f.cx, path, (str){big, sizeof big});
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
    assert_int_equal(r, RC_INTERNAL);
    assert_err(&f.cx, RC_INTERNAL, "file.write");
    assert_int_equal(file_read(&f.cx, path, 100, &got), RC_OK);
    assert_str(got, "old");
    assert_int_equal(file_list(&f.cx, root, &names), RC_OK);
    assert_int_equal(names.len, 1);
    fixture_done(&f);
}

static void random_bytes_and_clocks(void **state)
{
    (void)state;
    uint8_t a[300] = {0}, b[300] = {0};
    os_random(a, sizeof a);
    os_random(b, sizeof b);
    assert_memory_not_equal(a, b, sizeof a);
    const int64_t t = os_monotonic_us();
    assert_true(os_monotonic_us() >= t);
    assert_true(os_now_us() > INT64_C(1600000000000000));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_error_wins_in_the_readers_language),
        cmocka_unit_test(kinds_have_a_status_and_titles),
        cmocka_unit_test(a_problem_shows_what_it_knows),
        cmocka_unit_test(an_internal_error_shows_nothing),
        cmocka_unit_test(checkers_report_everything_up_to_a_hundred),
        cmocka_unit_test(errors_outlive_their_arena),
        cmocka_unit_test(files_are_written_whole_and_read_back),
        cmocka_unit_test(files_that_cannot_be_are_refused),
        cmocka_unit_test(a_failed_write_leaves_the_old_file),
        cmocka_unit_test(random_bytes_and_clocks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
