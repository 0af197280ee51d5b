/* Tests of the sites of a deployment: folders and files here; PostgreSQL in the tests of its backend. */
#include "site/sites.h"

#include "store/test.h"

static str in_folder(struct fixture *f, const char *name)
{
    return arena_printf(&f->arena, "%s/%s", f->folder, name);
}

static struct sites all(struct fixture *f, str url)
{
    struct sites list = {0};
    assert_ok(&f->cx, sites_list(&f->cx, url, &list));
    return list;
}

static void test_a_folder_holds_a_file_a_site(void **state)
{
    struct fixture *f = *state;
    str folder = str_from(f->folder), url = {0};
    struct sites none = {0};
    assert_fails(&f->cx, sites_list(&f->cx, folder, &none), RC_MISSING, "site.none");
    assert_ok(&f->cx, sites_add(&f->cx, folder, 330782, STR("义乌市")));
    assert_ok(&f->cx, sites_add(&f->cx, in_folder(f, ""), 330702, STR("婺城区")));
    assert_fails(&f->cx, sites_add(&f->cx, folder, 330782, (str){0}), RC_CONFLICT, "site.exists");
    assert_ok(&f->cx, file_write(&f->cx, in_folder(f, "notes.db"), STR("of somebody else")));
    assert_ok(&f->cx, file_write(&f->cx, in_folder(f, "0330702.db"), STR("nor this")));
    struct sites list = all(f, folder);
    assert_int_equal(list.len, 2);
    assert_int_equal(list.at[0].code, 330702);
    assert_true(str_eq(list.at[0].name, STR("婺城区")));
    assert_true(str_eq(list.at[1].url, in_folder(f, "330782.db")));
    assert_ok(&f->cx, sites_url(&f->cx, folder, 330702, &url));
    assert_true(str_eq(url, in_folder(f, "330702.db")));
    assert_fails(&f->cx, sites_url(&f->cx, folder, 330799, &url), RC_MISSING, "site.unknown");
    assert_fails(&f->cx, sites_url(&f->cx, folder, 0, &url), RC_INVALID, "site.needed");
    assert_fails(&f->cx, sites_url(&f->cx, folder, -5, &url), RC_INVALID, "site.code");
}

static void test_the_only_site_needs_no_code(void **state)
{
    struct fixture *f = *state;
    str url = {0};
    assert_ok(&f->cx, sites_add(&f->cx, str_from(f->folder), 330782, (str){0}));
    assert_ok(&f->cx, sites_url(&f->cx, str_from(f->folder), 0, &url));
    assert_true(str_eq(url, in_folder(f, "330782.db")));
}

static void test_a_file_says_whose_it_is(void **state)
{
    struct fixture *f = *state;
    struct db *db = NULL;
    str url = {0};
    assert_ok(&f->cx, sites_url(&f->cx, f->file, 330782, &url)); /* not there: to be made */
    assert_ok(&f->cx, db_open(&f->cx, f->file, DB_WRITER, &db));
    db_close(db);
    assert_int_equal(all(f, f->file).at[0].code, 0);
    assert_ok(&f->cx, sites_url(&f->cx, f->file, 330782, &url)); /* nobody's: anybody's */
    assert_ok(&f->cx, sites_add(&f->cx, f->file, 330782, STR("义乌市")));
    assert_int_equal(all(f, f->file).at[0].code, 330782);
    assert_ok(&f->cx, sites_url(&f->cx, f->file, 330782, &url));
    assert_ok(&f->cx, sites_url(&f->cx, f->file, 0, &url));
    assert_true(str_eq(url, f->file));
    assert_fails(&f->cx, sites_url(&f->cx, f->file, 330702, &url), RC_CONFLICT, "site.other");
    assert_fails(&f->cx, sites_add(&f->cx, f->file, 330702, (str){0}), RC_CONFLICT, "site.exists");
}

static void test_a_file_under_anothers_name_is_refused(void **state)
{
    struct fixture *f = *state;
    struct sites list = {0};
    assert_ok(&f->cx, sites_add(&f->cx, in_folder(f, "x.db"), 330782, (str){0}));
    assert_int_equal(rename(arena_cstr(&f->arena, in_folder(f, "x.db")),
                            arena_cstr(&f->arena, in_folder(f, "330702.db"))),
                     0);
    assert_fails(&f->cx, sites_list(&f->cx, str_from(f->folder), &list), RC_CONFLICT, "site.other");
}

static void test_a_damaged_file_does_not_hide_the_others(void **state)
{
    struct fixture *f = *state;
    assert_ok(&f->cx, sites_add(&f->cx, str_from(f->folder), 330782, STR("义乌市")));
    assert_ok(&f->cx, file_write(&f->cx, in_folder(f, "330702.db"), STR("no database at all")));
    struct sites list = all(f, str_from(f->folder));
    assert_int_equal(list.len, 2);
    assert_int_equal(list.at[0].name.len, 0);
    assert_true(str_eq(list.at[1].name, STR("义乌市")));
}

static void test_codes_and_names_are_checked(void **state)
{
    struct fixture *f = *state;
    str folder = str_from(f->folder);
    char longer[SITE_NAME_BYTES_MAX + 1];
    memset(longer, 'x', sizeof longer);
    static const int64_t wrong[] = {0, -1, INT64_C(1000000000000), INT64_MIN, INT64_MAX};
    for (size_t i = 0; i < COUNTOF(wrong); i++)
        assert_fails(&f->cx, sites_add(&f->cx, folder, wrong[i], (str){0}), RC_INVALID,
                     "site.code");
    assert_fails(&f->cx, sites_add(&f->cx, folder, 1, (str){longer, sizeof longer}), RC_INVALID,
                 "site.name");
    assert_fails(&f->cx, sites_add(&f->cx, folder, 1, STR("two\nlines")), RC_INVALID, "site.name");
    assert_fails(&f->cx, sites_add(&f->cx, folder, 1, STR("\xff")), RC_INVALID, "site.name");
    struct sites none = {0};
    assert_fails(&f->cx, sites_list(&f->cx, folder, &none), RC_MISSING, "site.none");
    assert_fails(&f->cx, sites_list(&f->cx, STR("postgresql://127.0.0.1:1/none?site=0"), &none),
                 RC_INVALID, "site.code");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_a_folder_holds_a_file_a_site, fixture_set_up,
                                        fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_the_only_site_needs_no_code, fixture_set_up,
                                        fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_a_file_says_whose_it_is, fixture_set_up,
                                        fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_a_file_under_anothers_name_is_refused, fixture_set_up,
                                        fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_a_damaged_file_does_not_hide_the_others,
                                        fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_codes_and_names_are_checked, fixture_set_up,
                                        fixture_tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
