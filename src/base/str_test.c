/* Text as views and UTF-8. */
#include "base/test.h"

static void comparing(void **state)
{
    (void)state;
    assert_true(str_eq(STR(""), (str){0}));
    assert_true(str_eq(STR("ab"), STR("ab")));
    assert_false(str_eq(STR("ab"), STR("abc")));
    assert_int_equal(str_cmp(STR("a"), STR("b")), -1);
    assert_int_equal(str_cmp(STR("b"), STR("a")), 1);
    assert_int_equal(str_cmp(STR("a"), STR("ab")), -1);
    assert_int_equal(str_cmp(STR("\xE4"), STR("z")), 1); /* bytes are unsigned */
    assert_int_equal(str_cmp((str){0}, STR("")), 0);
    assert_true(str_starts(STR("abc"), STR("ab")) && str_starts(STR("abc"), STR("")));
    assert_false(str_starts(STR("a"), STR("ab")));
    assert_true(str_ends(STR("abc"), STR("bc")) && str_ends(STR("abc"), STR("")));
    assert_false(str_ends(STR("c"), STR("bc")));
    assert_true(str_eq(str_from(NULL), STR("")));
}

static void cutting(void **state)
{
    (void)state;
    str rest;
    assert_str(str_trim(STR(" \t\r\n 义 乌　 　")), "义 乌");
    assert_str(str_trim(STR("　 　")), "");
    assert_str(str_trim((str){0}), "");
    assert_str(str_slice(STR("hello"), 1, 3), "el");
    assert_str(str_slice(STR("hello"), 3, 99), "lo");
    assert_str(str_slice(STR("hello"), 9, 2), "");
    assert_str(str_slice((str){0}, 0, 9), "");
    assert_str(str_cut(STR("a,b,c"), ',', &rest), "a");
    assert_str(rest, "b,c");
    assert_str(str_cut(STR("abc"), ',', &rest), "abc");
    assert_str(rest, "");
    assert_str(str_cut(STR("abc,"), ',', &rest), "abc");
    assert_str(rest, "");
    assert_str(str_cut((str){0}, ',', &rest), "");
    assert_int_equal(str_index(STR("hello"), STR("l")), 2);
    assert_int_equal(str_index(STR("hello"), STR("lo")), 3);
    assert_int_equal(str_index(STR("hello"), STR("")), 0);
    assert_true(str_index(STR("hello"), STR("lol")) == SIZE_MAX);
    assert_true(str_index((str){0}, STR("l")) == SIZE_MAX);
}

static void hashes_differ_where_texts_do(void **state)
{
    (void)state;
    char text[64] = {0};
    uint64_t seen[65];
    for (size_t n = 0; n <= sizeof text; n++) { /* all of NUL, told apart by length alone */
        seen[n] = str_hash((str){text, n});
        for (size_t i = 0; i < n; i++)
            assert_true(seen[i] != seen[n]);
    }
    for (size_t i = 0; i < sizeof text; i++) {
        text[i] = 1;
        assert_true(str_hash((str){text, sizeof text}) != seen[64]);
        text[i] = 0;
    }
    assert_true(str_hash(STR("abc")) == str_hash(STR("abc")));
}

static void whole_numbers(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool is_valid;
        int64_t n;
    } row[] = {
        {"0", true, 0},
        {"-0", true, 0},
        {"007", true, 7},
        {"9223372036854775807", true, INT64_MAX},
        {"-9223372036854775808", true, INT64_MIN},
        {"9223372036854775808", false, 0},
        {"-9223372036854775809", false, 0},
        {"99999999999999999999999", false, 0},
        {"", false, 0},
        {"-", false, 0},
        {"+1", false, 0},
        {" 1", false, 0},
        {"1 ", false, 0},
        {"1.0", false, 0},
        {"1e3", false, 0},
        {"１", false, 0},
    };
    for (size_t i = 0; i < COUNTOF(row); i++) {
        int64_t n = 42;
        assert_int_equal(str_i64(str_from(row[i].text), &n), row[i].is_valid);
        assert_true(n == (row[i].is_valid ? row[i].n : 42));
    }
}

static void utf8_is_strict(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool is_valid;
    } row[] = {
        {"", true},
        {"plain ASCII of more than eight bytes", true},
        {"义乌", true},
        {"\x7F", true},
        {"\xC2\x80", true},
        {"\xDF\xBF", true},
        {"\xE0\xA0\x80", true},
        {"\xED\x9F\xBF", true},
        {"\xEE\x80\x80", true},
        {"\xEF\xBF\xBF", true},
        {"\xF0\x90\x80\x80", true},
        {"\xF4\x8F\xBF\xBF", true},
        {"\x80", false},             /* a second byte alone */
        {"12345678\xBF", false},     /* behind eight good ones */
        {"\xC0\x80", false},         /* overlong NUL */
        {"\xC1\xBF", false},         /* overlong */
        {"\xE0\x9F\xBF", false},     /* overlong */
        {"\xF0\x8F\xBF\xBF", false}, /* overlong */
        {"\xED\xA0\x80", false},     /* a surrogate */
        {"\xED\xBF\xBF", false},     /* the last of them */
        {"\xF4\x90\x80\x80", false}, /* beyond U+10FFFF */
        {"\xF5\x80\x80\x80", false}, /* no such lead */
        {"\xFF", false},
        {"\xE4\xB9", false}, /* cut */
        {"\xE4\xB9x", false},
        {"\xC2", false},
        {"\xF0\x90\x80", false},
    };
    for (size_t i = 0; i < COUNTOF(row); i++)
        assert_int_equal(utf8_valid(str_from(row[i].text)), row[i].is_valid);
}

static void every_character_survives_coding(void **state)
{
    (void)state;
    char text[4];
    for (uint32_t c = 0; c <= 0x110000; c++) {
        const bool is_character = c <= 0x10FFFF && (c < 0xD800 || c > 0xDFFF);
        const str s = {text, utf8_put(text, c)};
        size_t at = 0;
        assert_true(utf8_valid(s));
        assert_true(utf8_next(s, &at) == (is_character ? c : 0xFFFD));
        assert_int_equal(at, s.len);
        assert_int_equal(utf8_count(s), 1);
    }
}

static void malformed_bytes_are_stepped_over_one_by_one(void **state)
{
    (void)state;
    const str s = STR("a\xE4\xB9z\xF0");
    static const uint32_t expected[] = {'a', 0xFFFD, 0xFFFD, 'z', 0xFFFD};
    size_t at = 0;
    for (size_t i = 0; i < COUNTOF(expected); i++)
        assert_int_equal(utf8_next(s, &at), expected[i]);
    assert_int_equal(at, s.len);
    assert_int_equal(utf8_count(STR("义乌a")), 3);
    assert_int_equal(utf8_count((str){0}), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(comparing),
        cmocka_unit_test(cutting),
        cmocka_unit_test(hashes_differ_where_texts_do),
        cmocka_unit_test(whole_numbers),
        cmocka_unit_test(utf8_is_strict),
        cmocka_unit_test(every_character_survives_coding),
        cmocka_unit_test(malformed_bytes_are_stepped_over_one_by_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
