/* JSON: what is read, what is refused and where, what is written. */
#include "base/json.h"

#include <stdlib.h>

#include "base/test.h"

static void every_kind_of_value(void **state)
{
    (void)state;
    struct fixture f;
    const struct json *j;
    fixture_init(&f, 1 << 20);
    const str text =
        STR(" {\"a\" : [1, -2.50e+3, true,false , null, \"义乌\", {}, [ ]],\n\t\"b\":\"\" }\r\n");
    assert_int_equal(json_parse(&f.cx, text, &j), RC_OK);
    assert_true(json_is(j, JSON_OBJECT));
    assert_int_equal(j->count, 2);
    const struct json *a = json_find(j, STR("a"));
    static const enum json_kind kinds[] = {JSON_NUMBER, JSON_NUMBER, JSON_TRUE,   JSON_FALSE,
                                           JSON_NULL,   JSON_STRING, JSON_OBJECT, JSON_ARRAY};
    assert_int_equal(a->count, COUNTOF(kinds));
    size_t i = 0;
    for (const struct json *c = a->child; c; c = c->next)
        assert_int_equal(c->kind, kinds[i++]);
    assert_int_equal(i, COUNTOF(kinds));
    assert_str(a->child->next->text, "-2.50e+3"); /* as written */
    assert_str(json_text(j, STR("b")), "");
    assert_str(json_text(j, STR("a")), "");
    assert_null(json_find(j, STR("c")));
    assert_null(json_find(a, STR("a")));
    assert_null(json_find(NULL, STR("a")));
    assert_false(json_is(NULL, JSON_NULL));
    int64_t n = 7;
    assert_true(json_i64(a->child, &n) && n == 1);
    assert_false(json_i64(a->child->next, &n) || json_i64(NULL, &n) || json_i64(a, &n));
    json_write(&f.out, j);
    assert_str(buf_str(&f.out), "{\"a\":[1,-2.50e+3,true,false,null,\"义乌\",{},[]],\"b\":\"\"}");
    fixture_done(&f);
}

static void positions_count_characters(void **state)
{
    (void)state;
    static const struct {
        const char *key;
        struct pos pos;
    } row[] = {{"义乌", {2, 8, 13}}, {"b", {2, 23, 28}}, {"c", {3, 8, 38}}};
    struct fixture f;
    const struct json *j;
    fixture_init(&f, 1 << 20);
    const str text = STR("{\n  \"义乌\":\"\\u4e49\", \"b\": 1,\n  \"c\": 2}");
    assert_int_equal(json_parse(&f.cx, text, &j), RC_OK);
    assert_str(json_text(j, STR("义乌")), "义");
    assert_true(j->pos.line == 1 && j->pos.column == 1 && j->pos.offset_bytes == 0);
    for (size_t i = 0; i < COUNTOF(row); i++) {
        const struct pos pos = json_find(j, str_from(row[i].key))->pos;
        assert_int_equal(pos.line, row[i].pos.line);
        assert_int_equal(pos.column, row[i].pos.column);
        assert_int_equal(pos.offset_bytes, row[i].pos.offset_bytes);
    }
    fixture_done(&f);
}

static void strings_are_decoded(void **state)
{
    (void)state;
    static const char *const row[][2] = {
        {"\"\"", ""},
        {"\"plain\"", "plain"},
        {"\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\/\b\f\n\r\t"},
        {"\"a\\u0041\\u00e9\\u4e49\\uD83D\\uDE00z\"", "aA\xC3\xA9义\xF0\x9F\x98\x80z"},
        {"\"12345678\\n12345678\\n\"", "12345678\n12345678\n"},
        {"\"\x7F\"", "\x7F"},
        {"\"\\u007F\\uFFFF\\uFFFD\"", "\x7F\xEF\xBF\xBF\xEF\xBF\xBD"},
    };
    for (size_t i = 0; i < COUNTOF(row); i++) {
        struct fixture f;
        const struct json *j;
        fixture_init(&f, 100000);
        assert_int_equal(json_parse(&f.cx, str_from(row[i][0]), &j), RC_OK);
        assert_str(j->text, row[i][1]);
        fixture_done(&f);
    }
    struct fixture f;
    const struct json *j;
    fixture_init(&f, 100000);
    assert_int_equal(json_parse(&f.cx, STR("\"a\\u0000b\""), &j), RC_OK);
    assert_true(str_eq(j->text, STR("a\0b")));
    fixture_done(&f);
}

struct refusal {
    const char *text, *slug;
    uint32_t line, column;
};

static void assert_refused(str text, const struct refusal *r)
{
    for (int lang = LANG_ZH; lang <= LANG_EN; lang++) {
        struct fixture f;
        const struct json *j = NULL;
        fixture_init(&f, 100000);
        f.cx.lang = (enum lang)lang;
        assert_int_equal(json_parse(&f.cx, text, &j), RC_INVALID);
        assert_err(&f.cx, RC_INVALID, r->slug);
        if (f.cx.err.pos.line != r->line || f.cx.err.pos.column != r->column)
            fail_msg("%s: %" PRIu32 ":%" PRIu32 " " STR_FMT, r->text, f.cx.err.pos.line,
                     f.cx.err.pos.column, STR_ARG(f.cx.err.detail));
        assert_true(f.cx.err.pos.offset_bytes <= text.len);
        assert_null(j);
        fixture_done(&f);
    }
}

static void syntax_errors_have_a_position(void **state)
{
    (void)state;
    static const struct refusal row[] = {
        {"", "json.syntax", 1, 1},
        {"  \n ", "json.syntax", 2, 2},
        {"nul", "json.syntax", 1, 4},
        {"nulL", "json.syntax", 1, 4},
        {"True", "json.syntax", 1, 1},
        {"NaN", "json.syntax", 1, 1},
        {"Infinity", "json.syntax", 1, 1},
        {"'a'", "json.syntax", 1, 1},
        {"1 2", "json.syntax", 1, 3},
        {"{}}", "json.syntax", 1, 3},
        {"[1,]", "json.syntax", 1, 4},
        {"[,1]", "json.syntax", 1, 2},
        {"[1 2]", "json.syntax", 1, 4},
        {"[1}", "json.syntax", 1, 3},
        {"[1", "json.syntax", 1, 3},
        {"{\"a\"}", "json.syntax", 1, 5},
        {"{\"a\":}", "json.syntax", 1, 6},
        {"{\"a\":1,}", "json.syntax", 1, 8},
        {"{\"a\":1 \"b\":2}", "json.syntax", 1, 8},
        {"{a:1}", "json.syntax", 1, 2},
        {"{1:1}", "json.syntax", 1, 2},
        {"{\"a\":1]", "json.syntax", 1, 7},
        {"/* no */ 1", "json.syntax", 1, 1},
        {"[1] // no", "json.syntax", 1, 5},
        {"01", "json.syntax", 1, 2},
        {"-", "json.syntax", 1, 2},
        {"-a", "json.syntax", 1, 2},
        {"+1", "json.syntax", 1, 1},
        {".5", "json.syntax", 1, 1},
        {"1.", "json.syntax", 1, 3},
        {"1.e5", "json.syntax", 1, 3},
        {"1e", "json.syntax", 1, 3},
        {"1e+", "json.syntax", 1, 4},
        {"0x10", "json.syntax", 1, 2},
        {"\"", "json.syntax", 1, 2},
        {"\"abc", "json.syntax", 1, 5},
        {"\"a\nb\"", "json.syntax", 1, 3},
        {"\"a\tb\"", "json.syntax", 1, 3},
        {"\"\x1F\"", "json.syntax", 1, 2},
        {"\"\\", "json.syntax", 1, 3},
        {"\"\\x41\"", "json.syntax", 1, 3},
        {"\"\\'\"", "json.syntax", 1, 3},
        {"\"\\u12\"", "json.syntax", 1, 4},
        {"\"\\u12g4\"", "json.syntax", 1, 4},
        {"\"\\u", "json.syntax", 1, 4},
        {"\"义\\n乌\\q\"", "json.syntax", 1, 7},
        {"{\"义乌\":1,\n \"市\" 2}", "json.syntax", 2, 6},
        {"\xEF\xBB\xBF{}", "json.syntax", 1, 1},
        {"［1］", "json.syntax", 1, 1},
        /* half of a character */
        {"\"\\ud800\"", "json.utf8", 1, 2},
        {"\"\\udc00\"", "json.utf8", 1, 2},
        {"\"\\ud800\\u0041\"", "json.utf8", 1, 2},
        {"\"a\\ud800x\"", "json.utf8", 1, 3},
        {"\"\\udc00\\ud800\"", "json.utf8", 1, 2},
        {"\"\\ud800", "json.utf8", 1, 2},
        /* bytes that are no UTF-8 */
        {"\"\xC0\xAF\"", "json.utf8", 1, 2},
        {"\"\xE0\x80\xAF\"", "json.utf8", 1, 2},
        {"\"\xED\xA0\x80\"", "json.utf8", 1, 2},
        {"\"\xF4\x90\x80\x80\"", "json.utf8", 1, 2},
        {"\"abcdefgh\xFF\"", "json.utf8", 1, 10},
        {"[\n\"义\xE4\"]", "json.utf8", 2, 3},
        {"\xFF", "json.utf8", 1, 1},
        {"\"\xE4\xB9", "json.utf8", 1, 2},
        /* names twice */
        {"{\"a\":1,\"b\":2,\"a\":3}", "json.duplicate-key", 1, 14},
        {"{\"a\":1,\"\\u0061\":3}", "json.duplicate-key", 1, 8},
        {"{\"\":1,\"\":3}", "json.duplicate-key", 1, 7},
    };
    for (size_t i = 0; i < COUNTOF(row); i++)
        assert_refused(str_from(row[i].text), &row[i]);
    assert_refused(STR("1\0"), &(struct refusal){"1 NUL", "json.syntax", 1, 2});
    assert_refused(STR("\"a\0b\""), &(struct refusal){"NUL", "json.syntax", 1, 3});
}

static void nested(struct buf *out, int depth, char open, char close)
{
    for (int i = 0; i < depth; i++)
        buf_add(out, open == '[' ? STR("[") : STR("{\"a\":"));
    buf_char(out, '1');
    for (int i = 0; i < depth; i++)
        buf_char(out, close);
}

static void depth_is_limited(void **state)
{
    (void)state;
    for (int depth = 62; depth <= 67; depth++) {
        for (int object = 0; object < 2; object++) {
            struct fixture f;
            const struct json *j;
            fixture_init(&f, 1 << 20);
            nested(&f.out, depth, object ? '{' : '[', object ? '}' : ']');
            const rc r = json_parse(&f.cx, buf_str(&f.out), &j);
            assert_int_equal(r, depth <= JSON_DEPTH_MAX ? RC_OK : RC_INVALID);
            if (r != RC_OK) {
                assert_err(&f.cx, RC_INVALID, "json.depth");
                assert_int_equal(f.cx.err.pos.column, object ? 64 * 5 + 1 : 65);
            }
            fixture_done(&f);
        }
    }
    struct fixture f;
    const struct json *j;
    fixture_init(&f, 4 << 20);
    for (int i = 0; i < 1000000; i++)
        buf_char(&f.out, '[');
    assert_int_equal(json_parse(&f.cx, buf_str(&f.out), &j), RC_INVALID);
    fixture_done(&f);
}

static void many_keys(struct buf *out, int count, int repeat)
{
    buf_char(out, '{');
    for (int i = 0; i < count; i++)
        buf_printf(out, "%s\n\"key%d\":%d", i ? "," : "", i == count - 1 ? repeat : i, i);
    buf_char(out, '}');
}

static void duplicates_are_found_among_many(void **state)
{
    (void)state;
    static const int counts[] = {2, 8, 31, 32, 33, 34, 64, 65, 1000, 20000};
    for (size_t i = 0; i < COUNTOF(counts); i++) {
        const int count = counts[i], last = count - 1;
        const int repeats[] = {last, 0, count / 2 - (count == 2), last - 1};
        for (size_t k = 0; k < COUNTOF(repeats); k++) {
            struct fixture f;
            const struct json *j;
            fixture_init(&f, 16 << 20);
            many_keys(&f.out, count, repeats[k]);
            const rc r = json_parse(&f.cx, buf_str(&f.out), &j);
            assert_int_equal(r, repeats[k] == last ? RC_OK : RC_INVALID);
            if (r != RC_OK) {
                assert_err(&f.cx, RC_INVALID, "json.duplicate-key");
                assert_int_equal(f.cx.err.pos.line, count + 1);
            }
            fixture_done(&f);
        }
    }
}

static const char sample[] =
    "{\"id\":-12.5e3,\"名\":\"义\\u4e4c\\ud83d\\ude00\\n\",\"l\":[true,false,null,{\"x\":[]}],\"e\":\"\"}";

/* In memory of its exact size, so that the sanitizer sees one byte too far. */
static rc parse_exact(struct fixture *f, const char *text, size_t len)
{
    const struct json *j;
    char *exact = malloc(len ? len : 1);
    assert_non_null(exact);
    memcpy(exact, text, len);
    fixture_init(f, 100000);
    const rc r = json_parse(&f->cx, (str){exact, len}, &j);
    free(exact); /* the tree does not need it */
    if (r == RC_OK) json_write(&f->out, j);
    return r;
}

static void truncations_and_changes_never_crash(void **state)
{
    (void)state;
    char text[sizeof sample];
    for (size_t len = 0; len < sizeof sample; len++) {
        struct fixture f;
        const rc r = parse_exact(&f, sample, len);
        assert_int_equal(r, len == sizeof sample - 1 ? RC_OK : RC_INVALID);
        if (r != RC_OK) assert_true(f.cx.err.pos.line == 1 && f.cx.err.pos.offset_bytes <= len);
        fixture_done(&f);
    }
    for (size_t at = 0; at < sizeof sample - 1; at++) {
        for (int byte = 0; byte < 256; byte++) {
            struct fixture f, again;
            memcpy(text, sample, sizeof text);
            text[at] = (char)byte;
            if (parse_exact(&f, text, sizeof text - 1) ==
                RC_OK) { /* what is written reads the same */
                assert_int_equal(parse_exact(&again, f.out.at, f.out.len), RC_OK);
                assert_true(str_eq(buf_str(&f.out), buf_str(&again.out)));
                fixture_done(&again);
            }
            fixture_done(&f);
        }
    }
}

static void memory_is_limited(void **state)
{
    (void)state;
    for (size_t budget = 0; budget < 3000; budget += 10) {
        struct fixture f;
        const struct json *j = NULL;
        fixture_init(&f, budget);
        const rc r = json_parse(&f.cx, (str){sample, sizeof sample - 1}, &j);
        assert_true(r == RC_OK || r == RC_LIMIT);
        if (r != RC_OK) assert_string_equal(f.cx.err.slug, "json.memory");
        fixture_done(&f);
    }
}

static void the_writer_sets_the_commas(void **state)
{
    (void)state;
    struct fixture f;
    fixture_init(&f, 1 << 20);
    struct jw w = {.out = &f.out};
    jw_object(&w);
    jw_kstr(&w, "s", STR("a\"\\\b\f\n\r\t\x01\x1F\x7F义"));
    jw_ki64(&w, "n", INT64_MIN);
    jw_kbool(&w, "b", true);
    jw_kraw(&w, "r", STR("[1, 2]"));
    jw_key(&w, STR("list"));
    jw_array(&w);
    jw_null(&w);
    jw_object(&w);
    jw_end(&w, '}');
    jw_array(&w);
    jw_end(&w, ']');
    jw_bool(&w, false);
    jw_i64(&w, 0);
    jw_str(&w, STR(":"));
    jw_str(&w, (str){0});
    jw_end(&w, ']');
    jw_key(&w, STR("direct"));
    buf_add(&f.out, STR("1"));
    jw_ki64(&w, "end", 1);
    jw_end(&w, '}');
    assert_str(buf_str(&f.out),
               "{\"s\":\"a\\\"\\\\\\b\\f\\n\\r\\t\\u0001\\u001f\x7F义\",\"n\":-9223372036854775808,"
               "\"b\":true,\"r\":[1, 2],\"list\":[null,{},[],false,0,\":\",\"\"],"
               "\"direct\":1,\"end\":1}");
    const struct json *j;
    assert_int_equal(json_parse(&f.cx, buf_str(&f.out), &j), RC_OK);
    fixture_done(&f);
}

static void fixed_point_is_written_exactly(void **state)
{
    (void)state;
    static const struct {
        int64_t n;
        int scale;
        const char *text;
    } row[] = {
        {127530, 2, "1275.30"},
        {0, 0, "0"},
        {0, 2, "0.00"},
        {5, 2, "0.05"},
        {-5, 2, "-0.05"},
        {-127530, 0, "-127530"},
        {10, 1, "1.0"},
        {1, 18, "0.000000000000000001"},
        {INT64_MIN, 18, "-9.223372036854775808"},
        {INT64_MAX, 0, "9223372036854775807"},
    };
    for (size_t i = 0; i < COUNTOF(row); i++) {
        struct fixture f;
        fixture_init(&f, 10000);
        struct jw w = {.out = &f.out};
        jw_fixed(&w, row[i].n, row[i].scale);
        assert_str(buf_str(&f.out), row[i].text);
        fixture_done(&f);
    }
}

static void every_byte_survives_quoting(void **state)
{
    (void)state;
    char text[100];
    for (int byte = 0; byte < 128; byte++) {
        for (size_t at = 0; at < 20; at++) { /* at each place of the eight looked at together */
            struct fixture f;
            const struct json *j;
            fixture_init(&f, 10000);
            memset(text, 'x', sizeof text);
            text[at] = (char)byte;
            buf_json(&f.out, (str){text, 20});
            assert_int_equal(json_parse(&f.cx, buf_str(&f.out), &j), RC_OK);
            assert_true(str_eq(j->text, (str){text, 20}));
            fixture_done(&f);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_of_value),
        cmocka_unit_test(positions_count_characters),
        cmocka_unit_test(strings_are_decoded),
        cmocka_unit_test(syntax_errors_have_a_position),
        cmocka_unit_test(depth_is_limited),
        cmocka_unit_test(duplicates_are_found_among_many),
        cmocka_unit_test(truncations_and_changes_never_crash),
        cmocka_unit_test(memory_is_limited),
        cmocka_unit_test(the_writer_sets_the_commas),
        cmocka_unit_test(fixed_point_is_written_exactly),
        cmocka_unit_test(every_byte_survives_quoting),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
