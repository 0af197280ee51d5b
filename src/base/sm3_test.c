/* SM3 against the examples of GB/T 32905-2016, and hexadecimal. */
#include "base/sm3.h"

#include "base/test.h"

static void assert_digest(struct sm3 *s, const char *expected)
{
    uint8_t digest[SM3_BYTES];
    char hex[2 * SM3_BYTES + 1] = {0};
    sm3_end(s, digest);
    hex_write(hex, digest, SM3_BYTES);
    assert_string_equal(hex, expected);
}

static void the_standards_examples(void **state)
{
    (void)state;
    struct sm3 *s = sm3_open();
    sm3_start(s);
    sm3_add(s, STR("abc"));
    assert_digest(s, "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0");
    sm3_start(s);
    for (int i = 0; i < 16; i++)
        sm3_add(s, STR("abcd"));
    assert_digest(s, "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732");
    sm3_start(s);
    assert_digest(s, "1ab21d8355cfa17f8e61194831e81a8f22bec8c728fefb747ed035eb5082aa2b");
    sm3_close(s);
    sm3_close(NULL);
}

static void a_text_in_parts_is_the_same_text(void **state)
{
    (void)state;
    uint8_t whole[SM3_BYTES], parts[SM3_BYTES];
    char text[500];
    struct sm3 *s = sm3_open();
    for (size_t i = 0; i < sizeof text; i++)
        text[i] = (char)(i * 31);
    sm3_start(s);
    sm3_add(s, (str){text, sizeof text});
    sm3_end(s, whole);
    for (size_t cut = 0; cut <= sizeof text; cut += 7) {
        sm3_start(s);
        sm3_add(s, (str){text, cut});
        sm3_add(s, (str){0});
        sm3_add(s, (str){text + cut, sizeof text - cut});
        sm3_end(s, parts);
        assert_memory_equal(whole, parts, SM3_BYTES);
    }
    sm3_close(s);
}

static void hexadecimal(void **state)
{
    (void)state;
    uint8_t bytes[4] = {9, 9, 9, 9};
    char text[9] = {0};
    assert_true(hex_read(STR("00ffA5b6"), bytes, 4));
    hex_write(text, bytes, 4);
    assert_string_equal(text, "00ffa5b6");
    assert_false(hex_read(STR("00ffA5b"), bytes, 4));
    assert_false(hex_read(STR("00ffA5b6c"), bytes, 4));
    assert_false(hex_read(STR("00ffA5bg"), bytes, 4));
    assert_false(hex_read(STR("00ff 5b6"), bytes, 4));
    assert_int_equal(bytes[0], 0); /* untouched by what was refused */
    assert_int_equal(bytes[3], 0xB6);
    assert_true(hex_read(STR(""), bytes, 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_standards_examples),
        cmocka_unit_test(a_text_in_parts_is_the_same_text),
        cmocka_unit_test(hexadecimal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
