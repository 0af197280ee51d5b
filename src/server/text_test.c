/* The small texts of HTTP. */
#include "server/text.h"

#include "base/test.h"

static void test_unescape(void **state)
{
    (void)state;
    struct arena a;
    str out = {0};
    arena_init(&a, 1 << 20);
    assert_true(text_unescape(&a, STR("a%20b+c"), true, &out));
    assert_true(str_eq(out, STR("a b c")));
    assert_true(text_unescape(&a, STR("a+%e4%b9%89"), false, &out));
    assert_true(str_eq(out, STR("a+义")));
    assert_false(text_unescape(&a, STR("%"), true, &out));
    assert_false(text_unescape(&a, STR("%4"), true, &out));
    assert_false(text_unescape(&a, STR("%g0"), true, &out));
    assert_false(text_unescape(&a, STR("%00"), true, &out));
    assert_false(text_unescape(&a, STR("%c0%80"), true, &out));
    arena_done(&a);
}

static void test_query(void **state)
{
    (void)state;
    struct arena a;
    arena_init(&a, 1 << 20);
    struct cx cx = {.arena = &a};
    struct pairs p = {0};
    assert_int_equal(query_read(&cx, STR("a=1&&filter=x%3Aeq%3A%E6%9C%88&flag"), &p), RC_OK);
    assert_int_equal(p.len, 3);
    assert_true(str_eq(p.at[1].value, STR("x:eq:月")));
    assert_true(str_eq(p.at[2].name, STR("flag")) && !p.at[2].value.len);
    assert_int_equal(query_read(&cx, STR("a=%zz"), &p), RC_INVALID);
    err_clear(&cx);
    struct buf many = {.arena = &a};
    for (int i = 0; i <= QUERY_PAIRS_MAX; i++)
        buf_add(&many, STR("a=1&"));
    p = (struct pairs){0};
    assert_int_equal(query_read(&cx, buf_str(&many), &p), RC_LIMIT);
    arena_done(&a);
}

static void test_headers(void **state)
{
    (void)state;
    int64_t version = -1;
    assert_true(str_eq(cookie_read(STR("a=1; bihuan_session=xyz; b=2"), STR("bihuan_session")),
                       STR("xyz")));
    assert_int_equal(cookie_read(STR("xbihuan_session=xyz"), STR("bihuan_session")).len, 0);
    assert_true(version_tag_read(STR("\"7\""), &version) && version == 7);
    assert_true(version_tag_read(STR("W/\"8\""), &version) && version == 8);
    assert_true(version_tag_read(STR("*"), &version) && version == 0);
    assert_false(version_tag_read(STR("7"), &version));
    assert_false(version_tag_read(STR("\"7"), &version));
    assert_false(version_tag_read(STR("\"-1\""), &version));
    assert_false(version_tag_read(STR("\"7\", \"8\""), &version));
    assert_true(tag_listed(STR("\"a\", W/\"b\""), STR("b")));
    assert_false(tag_listed(STR("\"a\""), STR("")));
    assert_true(coding_accepted(STR("br, gzip;q=0.5"), STR("gzip")));
    assert_false(coding_accepted(STR("gzip;q=0"), STR("gzip")));
    assert_false(coding_accepted(STR(""), STR("gzip")));
    assert_true(str_eq(media_type_read(STR("text/csv; charset=utf-8")), STR("text/csv")));
    assert_int_equal(media_type_read(STR("text")).len, 0);
    assert_int_equal(media_type_read(STR("a/b\r\nX: y")).len, 0);
}

static void test_names(void **state)
{
    (void)state;
    struct arena a;
    arena_init(&a, 1 << 20);
    assert_true(
        str_eq(disposition_write(&a, "attachment", STR("a\"义.csv")),
               STR("attachment; filename=\"a____.csv\"; filename*=UTF-8''a%22%E4%B9%89.csv")));
    assert_true(word_listed(STR("a bc d"), STR("bc")));
    assert_false(word_listed(STR("a bc d"), STR("b")));
    assert_true(secret_eq(STR("abc"), STR("abc")));
    assert_false(secret_eq(STR("abc"), STR("abd")));
    assert_false(secret_eq(STR("abc"), STR("ab")));
    assert_false(secret_eq(STR(""), STR("")));
    assert_false(secret_eq(STR("abc"), STR("")));
    arena_done(&a);
}

static void test_multipart(void **state)
{
    (void)state;
    struct arena a;
    arena_init(&a, 1 << 20);
    struct cx cx = {.arena = &a};
    struct part p = {0};
    str type = STR("multipart/form-data; boundary=xx"),
        body =
            STR("--xx\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n--xx\r\n"
                "Content-Disposition: form-data; name=\"file\"; filename=\"数.csv\"\r\n"
                "Content-Type: text/csv\r\n\r\nno,value\r\n1,2\r\n\r\n--xx--\r\n");
    assert_int_equal(multipart_file(&cx, type, body, &p), RC_OK);
    assert_true(str_eq(p.file_name, STR("数.csv")) && str_eq(p.media_type, STR("text/csv")));
    assert_true(str_eq(p.content, STR("no,value\r\n1,2\r\n")));
    static const str bad[] = {STR_INIT(""), STR_INIT("--xx--"), STR_INIT("--xx\r\nno end"),
                              STR_INIT("--xx\r\nA: b\r\n\r\nopen"),
                              STR_INIT("--xx\r\nA: b\r\n\r\nno file\r\n--xx--\r\n")};
    for (size_t i = 0; i < COUNTOF(bad); i++) {
        assert_int_equal(multipart_file(&cx, type, bad[i], &p), RC_INVALID);
        err_clear(&cx);
    }
    assert_int_equal(multipart_file(&cx, STR("multipart/form-data"), body, &p), RC_INVALID);
    arena_done(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_unescape),
                                       cmocka_unit_test(test_query), cmocka_unit_test(test_headers),
                                       cmocka_unit_test(test_names),
                                       cmocka_unit_test(test_multipart)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
