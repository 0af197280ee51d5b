/* Which route a path finds, and what its braces hold. */
#include "server/route.h"

#include "base/test.h"

static void test_patterns(void **state)
{
    (void)state;
    struct capture c[ROUTE_CAPTURES_MAX];
    assert_true(route_fits("/a/{x}/b", STR("/a/1/b"), c));
    assert_true(str_eq(c[0].name, STR("x")) && str_eq(c[0].value, STR("1")));
    assert_false(route_fits("/a/{x}", STR("/a/"), c));
    assert_false(route_fits("/a/{x}", STR("/a"), c));
    assert_false(route_fits("/a/{x}", STR("/a/1/"), c));
    assert_false(route_fits("/a/{x}", STR("/a/1/2"), c));
    assert_false(route_fits("/a", STR("/ab"), c));
    assert_true(route_fits("/a/f.{e}", STR("/a/f.csv"), c));
    assert_true(str_eq(c[0].value, STR("csv")));
    assert_false(route_fits("/a/f.{e}", STR("/a/f."), c));
}

static const char *found(const char *method, const char *path, const char **allowed)
{
    struct arena a;
    struct capture c[ROUTE_CAPTURES_MAX];
    arena_init(&a, 1 << 20);
    struct buf b = {.arena = &a};
    const struct route *r = route_find(str_from(method), str_from(path), c, &b);
    *allowed = !b.len ? "" : str_eq(buf_str(&b), STR("GET, POST")) ? "GET, POST" : "others";
    arena_done(&a);
    return r ? r->op : "";
}

static void test_table(void **state)
{
    (void)state;
    const char *allowed;
    assert_string_equal(found("GET", "/api/v1/records/trade.figure/export.csv", &allowed),
                        "exportRecords");
    assert_string_equal(found("HEAD", "/api/v1/records/trade.figure/7", &allowed), "getRecord");
    assert_string_equal(found("POST", "/api/v1/records/trade.figure/import", &allowed),
                        "importRecords");
    assert_string_equal(found("PATCH", "/api/v1/records/trade.figure", &allowed), "");
    assert_string_equal(allowed, "GET, POST");
    assert_string_equal(found("GET", "/api/v1/nothing", &allowed), "");
    assert_string_equal(allowed, "");
}

/* A name of the table must be known to the document: every operation has one of its own. */
static void test_operations(void **state)
{
    (void)state;
    for (size_t i = 0; i < route_count; i++)
        for (size_t k = 0; k < i; k++)
            if (routes[i].op[0]) assert_string_not_equal(routes[i].op, routes[k].op);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_patterns),
                                       cmocka_unit_test(test_table),
                                       cmocka_unit_test(test_operations)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
