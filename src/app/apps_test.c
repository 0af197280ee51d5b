/* The applications of this repository: they check, and together stay within what they should cost. */
#include "app/test.h"

static const struct catalogue *load(struct fixture *f)
{
    const struct catalogue *c = NULL;
    str folder = STR(SOURCE_ROOT "/apps");
    const rc r = catalogue_load(&f->cx, &folder, 1, NULL, &c);
    for (size_t i = 0; r != RC_OK && i < f->cx.findings->count; i++) {
        err_print(&f->out, &f->cx.findings->item[i]);
        buf_char(&f->out, '\n');
    }
    assert_str(buf_str(&f->out), "");
    assert_int_equal(r, RC_OK);
    return c;
}

static void test_apps(void **state)
{
    (void)state;
    struct fixture f;
    fixture_init(&f, ARENA_DEFAULT_BYTES);
    const struct catalogue *c = load(&f);
    assert_non_null(catalogue_type(c, STR("core.org")));
    assert_non_null(catalogue_type(c, STR("reform.item"))->process);
    assert_non_null(catalogue_indicator(c, STR("trade.market_growth"))->target);
    assert_true(catalogue_indicator(c, STR("trade.market_growth"))->uses_prior_year);
    assert_true(
        calendar_is_workday(c->calendar, 19022)); /* Sunday 2022-01-30, made up for a holiday */
    assert_false(calendar_is_workday(c->calendar, 19146)); /* Friday 2022-06-03, a holiday */
    assert_true(c->arena->used_bytes < 8 << 20);
    catalogue_free(c);
    fixture_done(&f);
}

/* What a watch opens must be able to go through its process: the fields that the loop sets are there. */
static void test_watch(void **state)
{
    (void)state;
    struct fixture f;
    fixture_init(&f, ARENA_DEFAULT_BYTES);
    const struct catalogue *c = load(&f);
    for (int i = 0; i < c->watch_count; i++) {
        const struct app_watch *w = &c->watch[i];
        assert_non_null(w->open->process);
        assert_non_null(app_field_find(w->open, STR("lead")));
        assert_true(w->due_days > 0);
        for (int k = 0; k < w->open->field_count; k++) { /* what is required is set or preset */
            const struct app_field *field = &w->open->field[k];
            bool set = !field->required || field->preset;
            for (int s = 0; s < w->set_count; s++)
                set |= w->set[s].field == field;
            assert_true(set);
        }
    }
    catalogue_free(c);
    fixture_done(&f);
}

int main(void)
{
    const struct CMUnitTest test[] = {cmocka_unit_test(test_apps), cmocka_unit_test(test_watch)};
    return cmocka_run_group_tests(test, NULL, NULL);
}
