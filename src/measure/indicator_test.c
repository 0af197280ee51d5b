/* Indicators: growth, year to date, shares and what is absent; how figures are shown; breakdowns;
 * the records behind; revisions. */
#include "base/test.h"
#include "measure/test_city.h"

static void figures(struct city *c, const char *const row[][2])
{
    for (size_t i = 0; row[i][0]; i++) {
        const str text =
            arena_printf(&c->f.arena, "{'place':'p1','month':'%s','value':%s,'status':'final'}",
                         row[i][0], row[i][1]);
        (void)create(c, "town.figure", arena_cstr(&c->f.arena, text));
    }
}

static const char *const two_years[][2] = {
    {"2021-01", "10"}, {"2021-02", "20"},     {"2021-05", "947.4"}, {"2022-01", "15"},
    {"2022-02", "20"}, {"2022-05", "1275.3"}, {NULL, NULL}};

static struct reading read_at(struct city *c, const struct measure_view *v, const char *name,
                              const char *p)
{
    struct reading r = {0};
    ok(c, indicator_read(c->cx, v, indicator(c, name), period(p), CITY, &r));
    return r;
}

static void must_be(struct city *c, const struct measure_view *v, const char *name, const char *p,
                    const char *number)
{
    const struct reading r = read_at(c, v, name, p);
    if (!number) {
        assert_false(r.present);
        return;
    }
    assert_true(r.present);
    assert_str(indicator_number(c->cx, r.value), number);
}

static void growth(struct city *c, const struct measure_view *v)
{
    must_be(c, v, "town.published_value", "2022-05", "1275.3");
    must_be(c, v, "town.published_value", "2022-03", NULL);
    must_be(c, v, "town.growth", "2022-05", "0.346105129829");
    must_be(c, v, "town.growth", "2022-01", "0.5");
    must_be(c, v, "town.growth", "2022-02", "0");
    must_be(c, v, "town.growth", "2021-05", NULL); /* no base year: absent, not 0 */
    must_be(c, v, "town.growth", "2022-04", NULL);
    must_be(c, v, "town.year_growth", "2022-02", "0.166666666667");
    must_be(c, v, "town.year_growth", "2022-05", "0.340597503581");
    must_be(c, v, "town.year_growth", "2022-03", NULL); /* nothing of the month itself */
    must_be(c, v, "town.year_growth", "2021-05", NULL);
    assert_int_equal(read_at(c, v, "town.growth", "2022-05").met, 0);
    assert_int_equal(read_at(c, v, "town.growth", "2022-01").met, 1);
    assert_int_equal(read_at(c, v, "town.growth", "2021-01").met, -1);
}

static void test_growth(void **state)
{
    (void)state;
    struct city c;
    city_open(&c, NULL, 0);
    city_orgs(&c);
    figures(&c, two_years);
    const struct measure_view now = view_now(&c), db = view_database(&c);
    growth(&c, &now);
    city_commit(&c);
    growth(&c, &db);
    city_done(&c);
}

static void visits(struct city *c)
{
    static const char *const visit[] = {
        "{'done_on':'2022-04-03','kind':'home','place':'p1','org':'town1','paid':true,'amount':1.10}",
        "{'done_on':'2022-04-05','kind':'desk','place':'p1','org':'town2','paid':false,'amount':2.20}",
        "{'done_on':'2022-05-05','kind':'desk','place':'p|2*','org':'village','amount':4.00,'paid':false}",
        "{'done_on':'2022-05-06','kind':'desk','org':'town2'}",
        "{'done_on':'2021-05-06','org':'town2'}"};
    for (size_t i = 0; i < COUNTOF(visit); i++)
        (void)create(c, "town.visit", visit[i]);
}

/* A count of nothing is 0 where the period itself is known; elsewhere the indicator is absent. */
static void shares(struct city *c, const struct measure_view *v)
{
    must_be(c, v, "town.visit_count", "2022-04", "2");
    must_be(c, v, "town.visit_count", "2022-03", NULL);
    must_be(c, v, "town.home_share", "2022-04", "0.5");
    must_be(c, v, "town.home_share", "2022-05", "0");
    must_be(c, v, "town.home_share", "2022-03", NULL);
    must_be(c, v, "town.paid_rate", "2022Q2", "0.25");
    must_be(c, v, "town.paid_rate", "2021Q2", "0");
    must_be(c, v, "town.base_free", "2022-05", "1");
    must_be(c, v, "town.base_free", "2022-04", NULL);
    must_be(c, v, "town.year_total", "2022-05", "7.3");
    must_be(c, v, "town.year_total", "2022-04", "3.3");
    assert_int_equal(read_at(c, v, "town.paid_rate", "2022Q2").met, 1); /* lower is better */
}

static void test_shares(void **state)
{
    (void)state;
    struct city c;
    city_open(&c, NULL, 0);
    city_orgs(&c);
    visits(&c);
    const struct measure_view now = view_now(&c), db = view_database(&c);
    shares(&c, &now);
    city_commit(&c);
    shares(&c, &db);
    city_done(&c);
}

static void assert_json(const struct json *j, const char *key, const char *expected)
{
    const struct json *member = json_find(j, str_from(key));
    struct buf b = {0};
    struct arena a;
    arena_init(&a, 1 << 20);
    b.arena = &a;
    assert_non_null(member);
    json_write(&b, member);
    assert_str(buf_str(&b), expected);
    arena_done(&a);
}

static const struct json *written(struct city *c, const struct buf *b)
{
    const struct json *j = NULL;
    ok(c, json_parse(c->cx, buf_str(b), &j));
    return j;
}

static void test_write(void **state)
{
    (void)state;
    struct city c;
    city_open(&c, NULL, 0);
    city_orgs(&c);
    figures(&c, two_years);
    city_commit(&c);
    const struct measure_view db = view_database(&c);
    struct buf b = {.arena = &c.f.arena};
    struct jw w = {.out = &b};
    ok(&c, indicator_write(c.cx, &db, indicator(&c, "town.growth"), period("2022-05"), CITY,
                           LANG_ZH, &w));
    const struct json *j = written(&c, &b);
    assert_json(j, "title", "\"增速\"");
    assert_json(j, "period", "\"2022-05\"");
    assert_json(j, "value", "0.346105129829");
    assert_json(j, "target", "0.4");
    assert_json(j, "shown", "\"34.6\"");
    assert_json(j, "shown_target", "\"40.0\"");
    assert_json(j, "gap", "\"-5.4\"");
    assert_json(j, "met", "false");
    assert_json(j, "prior", "null");
    assert_json(j, "provisional", "false");
    assert_json(j, "known_at", "null");
    assert_json(json_find(j, STR("org")), "label", "\"市\"");
    assert_json(json_find(j, STR("org")), "key", "\"city\"");
    b = (struct buf){.arena = &c.f.arena};
    w = (struct jw){.out = &b};
    ok(&c, indicator_series_write(c.cx, &db, indicator(&c, "town.growth"), period("2022-06"), 18,
                                  CITY, &w));
    j = written(&c, &b);
    assert_int_equal(j->count, 3);
    assert_json(j->child, "period", "\"2022-01\"");
    assert_json(j->child, "shown", "\"50.0\"");
    struct period last = period("2022-06");
    bool found;
    ok(&c, indicator_latest(c.cx, &db, indicator(&c, "town.growth"), CITY, &last, &found));
    assert_true(found);
    assert_int_equal(last.index, period("2022-05").index);
    last = period("2021-12");
    ok(&c, indicator_latest(c.cx, &db, indicator(&c, "town.growth"), CITY, &last, &found));
    assert_false(found);
    city_done(&c);
}

static void test_shown(void **state)
{
    (void)state;
    struct city c;
    city_open(&c, NULL, 0);
    static const struct {
        const char *indicator, *value, *shown;
    } row[] = {{"town.growth", "0.34649", "34.6"},
               {"town.growth", "0.3465", "34.7"},
               {"town.growth", "-0.3465", "-34.7"},
               {"town.growth", "0", "0.0"},
               {"town.growth", "0.00004", "0.0"},
               {"town.published_value", "1275.25", "1275.3"},
               {"town.visit_count", "2.5", "3"},
               {"town.published_value", "9000000000000000000", "9000000000000000000"}};
    for (size_t i = 0; i < COUNTOF(row); i++) {
        dec d;
        assert_true(dec_parse(str_from(row[i].value), &d));
        assert_str(indicator_shown(c.cx, indicator(&c, row[i].indicator), d), row[i].shown);
    }
    city_done(&c);
}

static const struct json *breakdown(struct city *c, const char *name, const char *p, const char *by)
{
    const struct measure_view db = view_database(c);
    struct buf b = {.arena = &c->f.arena};
    struct jw w = {.out = &b};
    ok(c, indicator_breakdown_write(c->cx, &db, indicator(c, name), period(p), CITY, str_from(by),
                                    &w));
    return written(c, &b);
}

static void test_breakdown(void **state)
{
    (void)state;
    struct city c;
    city_open(&c, NULL, 0);
    city_orgs(&c);
    visits(&c);
    figures(&c, two_years);
    (void)create(&c, "town.figure", "{'place':'p|2*','month':'2022-05','value':224.7}");
    city_commit(&c);
    const struct json *j = breakdown(&c, "town.visit_count", "2022-04", "kind");
    assert_int_equal(j->count, 2);
    assert_json(j->child, "key", "\"desk\"");
    assert_json(j->child, "title", "\"At the desk\"");
    assert_json(j->child, "value", "1");
    assert_json(j->child, "share", "0.5");
    j = breakdown(&c, "town.visit_count", "2022-05", "place");
    assert_int_equal(j->count, 2);
    assert_json(j->child, "title", "\"not given\"");
    assert_json(j->child->next, "key", "\"p|2*\"");
    assert_json(j->child->next, "title", "\"地点二\"");
    j = breakdown(&c, "town.visit_count", "2022-04", "org");
    assert_int_equal(j->count, 2);
    assert_json(j->child, "title", "\"镇一\"");
    /* the indicator reads place p1 only, its breakdown shows all places */
    j = breakdown(&c, "town.published_value", "2022-05", "place");
    assert_int_equal(j->count, 2);
    assert_json(j->child, "shown", "\"1275.3\"");
    assert_json(j->child, "share", "null"); /* published figures overlap: no sum, no share */
    /* at home only, by place: the other dimension stays as it is read */
    j = breakdown(&c, "town.home_share", "2022-04", "place");
    assert_int_equal(j->count, 1);
    assert_json(j->child, "value", "1");
    const struct measure_view db = view_database(&c);
    struct buf b = {.arena = &c.f.arena};
    struct jw w = {.out = &b};
    assert_int_equal(indicator_breakdown_write(c.cx, &db, indicator(&c, "town.visit_count"),
                                               period("2022-04"), CITY, STR("colour"), &w),
                     RC_INVALID);
    assert_err(c.cx, RC_INVALID, "measure.unknown-dimension");
    city_done(&c);
}

static void must_stand_behind(struct city *c, const char *name, const char *p, int64_t org,
                              const int64_t *id, size_t count)
{
    const struct measure_view db = view_database(c);
    struct behinds list = {0};
    ok(c, indicator_behind(c->cx, &db, indicator(c, name), period(p), org, 10, &list));
    assert_int_equal(list.len, count);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(list.at[i].id, id[i]);
}

static void test_behind(void **state)
{
    (void)state;
    struct city c;
    city_open(&c, NULL, 0);
    city_orgs(&c);
    const int64_t f = P2; /* the last id before the visits */
    visits(&c);
    city_commit(&c);
    must_stand_behind(&c, "town.visit_count", "2022-04", CITY, (int64_t[]){f + 2, f + 1}, 2);
    must_stand_behind(&c, "town.visit_count", "2022-04", TOWN1, (int64_t[]){f + 1}, 1);
    must_stand_behind(&c, "town.visit_count", "2022-05", TOWN1, (int64_t[]){f + 3}, 1);
    must_stand_behind(&c, "town.visit_count", "2022-05", VILLAGE, (int64_t[]){f + 3}, 1);
    must_stand_behind(&c, "town.base_free", "2022-05", CITY, (int64_t[]){f + 5, f + 4, f + 3}, 3);
    must_stand_behind(&c, "town.year_total", "2022-05", CITY, (int64_t[]){f + 3, f + 2, f + 1}, 3);
    must_stand_behind(&c, "town.paid_rate", "2022Q2", TOWN2, (int64_t[]){f + 4, f + 2}, 2);
    void_it(&c, "town.visit", f + 1);
    city_commit(&c);
    must_stand_behind(&c, "town.visit_count", "2022-04", CITY, (int64_t[]){f + 2}, 1);
    figures(&c, two_years);
    city_commit(&c);
    must_stand_behind(&c, "town.growth", "2022-05", CITY, (int64_t[]){f + 11, f + 8}, 2);
    must_stand_behind(&c, "town.growth", "2022-05", TOWN1, NULL, 0); /* figures are the root's */
    city_done(&c);
}

static void test_revisions(void **state)
{
    (void)state;
    struct city c;
    city_open(&c, NULL, 0);
    city_orgs(&c);
    city_day(&c, "2022-06-10");
    const int64_t base =
        create(&c, "town.figure", "{'place':'p1','month':'2021-05','value':900,'status':'final'}");
    city_commit(&c);
    city_day(&c, "2022-06-17");
    const int64_t id = create(&c, "town.figure",
                              "{'place':'p1','month':'2022-05','value':1275.3,"
                              "'status':'preliminary'}");
    city_commit(&c);
    city_day(&c, "2022-07-18");
    correct(&c, "town.figure", id, "{'value':1300,'status':'revised'}");
    correct(&c, "town.figure", base, "{'value':947.4}");
    city_commit(&c);
    struct measure_view v = view_database(&c);
    day_t day[5];
    size_t count = 0;
    ok(&c, indicator_revisions(c.cx, &v, indicator(&c, "town.growth"), period("2022-05"), CITY, day,
                               5, &count));
    assert_int_equal(count, 3);
    v.known_at = day[1];
    must_be(&c, &v, "town.growth", "2022-05", "0.417");
    assert_true(read_at(&c, &v, "town.growth", "2022-05").provisional);
    v.known_at = day[2];
    must_be(&c, &v, "town.growth", "2022-05", NULL);
    v.known_at = DAY_NONE;
    must_be(&c, &v, "town.growth", "2022-05", "0.372176483006");
    assert_false(read_at(&c, &v, "town.growth", "2022-05").provisional);
    must_audit(&c);
    city_done(&c);
}

/* An indicator above two cities, as the engine asks: until nothing more is wanted. */
static struct reading above(struct city *one, struct city *two, const char *name, const char *p,
                            struct measure_sums *sums)
{
    struct reading r = {0};
    const struct measure_view v1 = view_database(one), v2 = view_database(two);
    for (int round = 0; round < 8; round++) {
        sums->is_short = false;
        ok(one, indicator_read_sums(one->cx, indicator(one, name), period(p), sums, &r));
        if (!sums->is_short) return r;
        measure_sums_clear(sums);
        ok(one, measure_sums_add(one->cx, &v1, CITY, sums));
        ok(one, measure_sums_add(one->cx, &v2, CITY, sums));
    }
    fail_msg("%s is never known", name);
    return r;
}

static void must_be_above(struct city *one, struct city *two, const char *name, const char *p,
                          const char *expected)
{
    struct measure_sums sums = {0};
    const struct reading r = above(one, two, name, p, &sums);
    assert_int_equal(r.present, expected != NULL);
    if (expected) assert_str(indicator_number(one->cx, r.value), expected);
}

static void test_above_two_sites(void **state)
{
    (void)state;
    struct city one, two;
    struct measure_sums sums = {0};
    city_open(&one, NULL, 0);
    city_orgs(&one);
    visits(&one);
    figures(&one, two_years);
    city_commit(&one);
    city_open(&two, NULL, 0);
    city_orgs(&two);
    for (int i = 0; i < 4; i++) /* other ids than in the first city */
        (void)create(&two, "town.visit", "{'done_on':'2022-04-07','kind':'home','amount':0.10}");
    (void)create(&two, "town.visit", "{'done_on':'2022-04-08','kind':'desk','paid':true}");
    city_commit(&two);
    must_be_above(&one, &two, "town.visit_count", "2022-04", "7");
    must_be_above(&one, &two, "town.home_share", "2022-04", "0.714285714286"); /* 5 of 7 */
    must_be_above(&one, &two, "town.home_share", "2022-03", NULL);
    must_be_above(&one, &two, "town.home_share", "2022-05", "0"); /* one city alone has any */
    must_be_above(&one, &two, "town.paid_rate", "2022Q2", "0.222222222222");
    must_be_above(&one, &two, "town.base_free", "2022-05", "1");
    must_be_above(&one, &two, "town.base_free", "2022-04", NULL); /* no year before */
    must_be_above(&one, &two, "town.year_total", "2022-05", "7.7");
    const struct reading share = above(&one, &two, "town.home_share", "2022-04", &sums);
    assert_int_equal(share.met, 1);
    assert_false(sums.is_refused);
    const struct reading growth = above(&one, &two, "town.growth", "2022-05", &sums);
    assert_false(growth.present); /* reported, nobody says in what unit: it may be a rate */
    assert_true(sums.is_refused);
    city_done(&one);
    city_done(&two);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_growth),    cmocka_unit_test(test_shares),
        cmocka_unit_test(test_write),     cmocka_unit_test(test_shown),
        cmocka_unit_test(test_breakdown), cmocka_unit_test(test_behind),
        cmocka_unit_test(test_revisions), cmocka_unit_test(test_above_two_sites),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
