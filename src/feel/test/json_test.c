/* JSON read where a type is declared: texts become dates there and nowhere else. */
#include "feel/test/test.h"
#include "feel/type.h"

struct typed_case {
    const struct feel_type *type;
    const char *json,
        *expected; /* as string() shows it with its kind, or the error's slug and place */
};

static void check(struct fixture *f, const struct typed_case *c)
{
    const struct json *j;
    struct feel_value v;
    f->out.len = 0;
    err_clear(&f->cx);
    assert_int_equal(json_parse(&f->cx, str_from(c->json), &j), RC_OK);
    if (feel_value_from_json_typed(&f->cx, j, c->type, &v) == RC_OK) {
        buf_printf(&f->out, "%s ", type_kind_name((enum feel_kind)v.kind));
        feel_value_text(&f->out, &v);
    } else {
        assert_true(f->cx.err.hint.len > 0);
        buf_printf(&f->out, "%s %u:%u", f->cx.err.slug, f->cx.err.pos.line, f->cx.err.pos.column);
    }
    assert_str(buf_str(&f->out), c->expected);
}

static void simple(void **state)
{
    struct fixture f;
    (void)state;
    fixture_init(&f, ARENA_DEFAULT_BYTES);
    const struct typed_case all[] = {
        {feel_type_of_kind(FEEL_DATE), "\"2024-02-29\"", "date 2024-02-29"},
        {feel_type_of_kind(FEEL_DATE), "\"2023-02-29\"", "feel.json-type 1:1"},
        {feel_type_of_kind(FEEL_DATE), "\"2024-02-29T10:00:00\"", "feel.json-type 1:1"},
        {feel_type_of_kind(FEEL_DATE), " \"\"", "feel.json-type 1:2"},
        {feel_type_of_kind(FEEL_DATE), "null", "Null null"},
        {feel_type_of_kind(FEEL_DATE), "20240229", "number 20240229"},
        {feel_type_of_kind(FEEL_TIME), "\"10:00:00Z\"", "time 10:00:00Z"},
        {feel_type_of_kind(FEEL_DATE_TIME), "\"2024-02-29T10:00:00\"",
         "date and time 2024-02-29T10:00:00"},
        {feel_type_of_kind(FEEL_DATE_TIME), "\"2024-02-29\"", "date 2024-02-29"},
        {feel_type_of_kind(FEEL_MONTHS_DURATION), "\"P1Y6M\"", "years and months duration P1Y6M"},
        {feel_type_of_kind(FEEL_MONTHS_DURATION), "\"P1D\"", "feel.json-type 1:1"},
        {feel_type_of_kind(FEEL_DAYS_DURATION), "\"PT36H\"", "days and time duration P1DT12H"},
        {feel_type_of_kind(FEEL_STRING), "\"2024-02-29\"", "string 2024-02-29"},
        {feel_type_of_kind(FEEL_ANY), "\"2024-02-29\"", "string 2024-02-29"},
        {feel_type_of_kind(FEEL_NUMBER), "\"4\"", "string 4"},
        {NULL, "\"2024-02-29\"", "string 2024-02-29"},
    };
    for (size_t i = 0; i < COUNTOF(all); i++)
        check(&f, &all[i]);
    fixture_done(&f);
}

static void nested(void **state)
{
    struct fixture f;
    (void)state;
    fixture_init(&f, ARENA_DEFAULT_BYTES);
    const struct feel_type *date = feel_type_of_kind(FEEL_DATE);
    const struct feel_member member[] = {{STR("born"), date},
                                         {STR("stays"), feel_type_list(&f.arena, date)}};
    const struct feel_type *person = feel_type_context(&f.arena, member, COUNTOF(member));
    const struct feel_value *born;
    const struct json *j;
    struct feel_value v;
    assert_int_equal(json_parse(&f.cx,
                                STR("{\"born\": \"2000-01-01\", \"stays\": [\"2020-01-01\"],"
                                    " \"note\": \"2020-01-01\"}"),
                                &j),
                     RC_OK);
    assert_int_equal(feel_value_from_json_typed(&f.cx, j, person, &v), RC_OK);
    born = feel_context_find(&v, STR("born"));
    assert_int_equal(born->kind, FEEL_DATE);
    assert_int_equal(feel_context_find(&v, STR("stays"))->as.list->at[0].kind, FEEL_DATE);
    assert_int_equal(feel_context_find(&v, STR("note"))->kind, FEEL_STRING);
    const struct typed_case all[] = {
        {feel_type_list(&f.arena, date), "[\"2024-02-29\", null]", "list [2024-02-29, null]"},
        {feel_type_list(&f.arena, date), "\"2024-02-29\"", "date 2024-02-29"},
        {date, "[\"2024-02-29\"]", "list [2024-02-29]"},
        {feel_type_list(&f.arena, person), "[{\"born\":\n\"never\"}]", "feel.json-type 2:1"},
    };
    for (size_t i = 0; i < COUNTOF(all); i++)
        check(&f, &all[i]);
    fixture_done(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(simple),
        cmocka_unit_test(nested),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
