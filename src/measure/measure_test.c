/* Cells live: what creating, correcting and voiding do to them, jobs and batches undone, days as
 * known, organisations that move; each against a slow and simple recomputation. */
#include <stdlib.h>

#include "base/test.h"
#include "measure/test_city.h"

static void test_one_rule(void **state)
{
    (void)state;
    struct city c;
    city_open(&c, NULL, 0);
    city_orgs(&c);
    const struct measure_view now = view_now(&c), db = view_database(&c);
    const int64_t id = create(&c, "town.visit",
                              "{'done_on':'2022-05-31','kind':'home','place':'p1',"
                              "'amount':12.34,'paid':true,'org':'village'}");
    (void)create(&c, "town.visit",
                 "{'done_on':'2022-05-01','kind':'desk','place':'p|2*','amount':1,"
                 "'paid':false,'org':'town2'}");
    assert_int_equal(get(&c, &now, "town.visits", "2022-05", CITY, NULL, NULL).n, 2);
    assert_int_equal(get(&c, &now, "town.visits", "2022-05", TOWN1, NULL, NULL).n, 1);
    assert_int_equal(get(&c, &now, "town.visits", "2022-05", CITY, "home", NULL).n, 1);
    assert_int_equal(get(&c, &now, "town.visits", "2022-05", CITY, NULL, "p|2*").n, 1);
    assert_int_equal(get(&c, &now, "town.visits", "2022-05", CITY, "home", "p|2*").n, 0);
    assert_false(get(&c, &now, "town.visits", "2022-05", CITY, "home", "p|2*").present);
    assert_int_equal(get(&c, &now, "town.visits", "2022-05", CITY, NULL, "unknown").n, 0);
    assert_int_equal(get(&c, &now, "town.amount", "2022", CITY, "true", NULL).value, 1234);
    assert_false(get(&c, &db, "town.visits", "2022-05", CITY, NULL, NULL).present);
    city_commit(&c);
    assert_int_equal(get(&c, &db, "town.visits", "2022-05", CITY, NULL, NULL).n, 2);
    assert_int_equal(get(&c, &db, "town.visits", "2022-05", CITY, NULL, "p|2*").n, 1);
    assert_int_equal(get(&c, &db, "town.visits", "2022-05", VILLAGE, "home", "p1").n, 1);
    assert_int_equal(get(&c, &db, "town.amount", "2022Q2", CITY, NULL, NULL).value, 1334);
    assert_int_equal(get(&c, &db, "town.daily", "2022-05", CITY, NULL, NULL).n, 2);
    assert_int_equal(get(&c, &db, "town.daily", "2022-05-31", TOWN1, NULL, NULL).n, 1);
    assert_false(get(&c, &db, "town.visits", "2022-05-31", CITY, NULL, NULL).present);
    /* another month, another org, another kind: one cell less here, one more there */
    correct(&c, "town.visit", id, "{'done_on':'2022-04-30','org':'town2','kind':null}");
    assert_int_equal(get(&c, &now, "town.visits", "2022-05", CITY, NULL, NULL).n, 1);
    assert_int_equal(get(&c, &now, "town.visits", "2022-04", TOWN1, NULL, NULL).n, 0);
    assert_int_equal(get(&c, &now, "town.visits", "2022-04", TOWN2, NULL, "p1").n, 1);
    assert_int_equal(get(&c, &now, "town.paid_visits", "2022Q2", TOWN2, NULL, NULL).n, 1);
    correct(&c, "town.visit", id, "{'paid':false}");
    assert_false(get(&c, &now, "town.paid_visits", "2022Q2", TOWN2, NULL, NULL).present);
    void_it(&c, "town.visit", id);
    assert_false(get(&c, &now, "town.visits", "2022-04", CITY, NULL, NULL).present);
    city_commit(&c);
    assert_false(get(&c, &db, "town.visits", "2022-04", CITY, NULL, NULL).present);
    must_audit(&c);
    city_done(&c);
}

/* ---- random streams ---- */

enum { VISITS_MAX = 400, ORGS = 5 };
struct visit {
    int64_t id, org; /* org 0: none */
    int day, kind, place, amount;
    bool alive, paid, has_amount;
};
struct world {
    struct city c;
    struct visit visit[VISITS_MAX];
    int count;
    int64_t parent[ORGS]; /* by id; 0: none */
    uint64_t seed;
};
static const char *const kinds[] = {NULL, "home", "desk", "road"};
static const char *const places[] = {NULL, "p1", "p|2*"};
static const char *const orgs[] = {NULL, "city", "town1", "town2", "village"};
static const char *const months[] = {"2022-01", "2022-02", "2022-03", "2022-04"};

static int chance(struct world *w, int below)
{
    w->seed = w->seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (int)((w->seed >> 33) % (uint64_t)below);
}

static bool is_below(const struct world *w, int64_t org, int64_t above)
{
    if (!org) return above == CITY; /* without an organisation: the root's */
    for (; org; org = w->parent[org])
        if (org == above) return true;
    return false;
}

/* What measure_get must say of these visits. */
static struct measure_value slow(const struct world *w, const struct visit *visit, int count,
                                 const struct app_measure *m, int month, int64_t org, int first,
                                 int second)
{
    const str name = m->name;
    struct measure_value v = {0};
    for (int i = 0; i < count; i++) {
        const struct visit *o = &visit[i];
        if (!o->alive || !is_below(w, o->org, org) || o->day / 28 != month) continue;
        if (str_eq(name, STR("town.visits")) &&
            ((first && o->kind != first) || (second && o->place != second)))
            continue;
        if (str_eq(name, STR("town.amount"))) {
            if (!o->has_amount || (first && o->paid != (first == 1))) continue;
            v.value += o->amount;
        }
        v.n++;
    }
    v.present = v.n > 0;
    return v;
}

static void check_against(struct world *w, const struct measure_view *v, const struct visit *visit,
                          int count)
{
    static const char *const yes_no[] = {NULL, "true", "false"};
    const struct app_measure *visits = measure(&w->c, "town.visits"),
                             *amount = measure(&w->c, "town.amount");
    for (int month = 0; month < (int)COUNTOF(months); month++)
        for (int64_t org = 1; org < ORGS; org++) {
            for (int k = 0; k < 4; k++)
                for (int p = 0; p < 3; p++) {
                    const struct measure_value want =
                                                   slow(w, visit, count, visits, month, org, k, p),
                                               have = get(&w->c, v, "town.visits", months[month],
                                                          org, kinds[k], places[p]);
                    assert_int_equal(have.n, want.n);
                    assert_int_equal(have.present, want.present);
                }
            for (int k = 0; k < 3; k++) {
                const struct measure_value want = slow(w, visit, count, amount, month, org, k, 0),
                                           have = get(&w->c, v, "town.amount", months[month], org,
                                                      yes_no[k], NULL);
                assert_int_equal(have.n, want.n);
                assert_int_equal(have.value, want.value);
            }
        }
}

static void visit_draw(struct world *w, struct visit *o)
{
    o->day = chance(w, 28 * 4);
    o->kind = chance(w, 4);
    o->place = chance(w, 3);
    o->paid = chance(w, 2) == 0;
    o->has_amount = chance(w, 5) != 0;
    o->amount = chance(w, 200000) - 50000;
    o->org = chance(w, ORGS);
    o->alive = true;
}

static void text_or_null(struct buf *b, const char *key, const char *text)
{
    if (text)
        buf_printf(b, ",'%s':'%s'", key, text);
    else
        buf_printf(b, ",'%s':null", key);
}

static const char *visit_text(struct world *w, const struct visit *o)
{
    struct buf b = {.arena = &w->c.f.arena};
    buf_printf(&b, "{'done_on':'%s-%02d'", months[o->day / 28], o->day % 28 + 1);
    text_or_null(&b, "kind", kinds[o->kind]);
    text_or_null(&b, "place", places[o->place]);
    text_or_null(&b, "org", orgs[o->org]);
    buf_printf(&b, ",'paid':%s", o->paid ? "true" : "false");
    if (o->has_amount)
        buf_printf(&b, ",'amount':%s%d.%02d}", o->amount < 0 ? "-" : "", abs(o->amount) / 100,
                   abs(o->amount) % 100);
    else
        buf_printf(&b, ",'amount':null}");
    return arena_cstr(&w->c.f.arena, buf_str(&b));
}

/* One random change, by the records' own door; in w->visit as well. */
static void change(struct world *w)
{
    struct record r;
    const struct app_type *type = type_of(&w->c, "town.visit");
    struct visit *o = w->count ? &w->visit[chance(w, w->count)] : NULL;
    const int act = chance(w, 10);
    if ((act < 5 && w->count < VISITS_MAX) || !o) {
        o = &w->visit[w->count++];
        *o = (struct visit){0};
        visit_draw(w, o);
        ok(&w->c, try_create(&w->c, "town.visit", visit_text(w, o), &o->id));
    } else if (act < 8 && o->alive) {
        visit_draw(w, o);
        ok(&w->c, rec_correct(w->c.cx, w->c.records, w->c.db, &w->c.system, type, o->id, 0,
                              json_of(&w->c, visit_text(w, o)), STR(""), &r));
    } else if (o->alive) {
        o->alive = false;
        ok(&w->c, rec_void(w->c.cx, w->c.records, w->c.db, &w->c.system, type, o->id, 0, STR("")));
    }
}

/* town1 and the village change places in the tree. */
static void move(struct world *w)
{
    struct record r;
    const bool down = w->parent[VILLAGE] == TOWN1;
    const int64_t to = down ? TOWN2 : TOWN1;
    ok(&w->c,
       rec_correct(w->c.cx, w->c.records, w->c.db, &w->c.system, type_of(&w->c, "core.org"),
                   VILLAGE, 0, json_of(&w->c, down ? "{'parent':'town2'}" : "{'parent':'town1'}"),
                   STR(""), &r));
    w->parent[VILLAGE] = to;
}

/* A job of some changes that is kept, or undone. */
static void job(struct world *w)
{
    struct visit *was = NEWS(&w->c.f.arena, struct visit, VISITS_MAX);
    const int count = w->count;
    const int64_t village = w->parent[VILLAGE];
    memcpy(was, w->visit, sizeof w->visit);
    job_begin(&w->c);
    for (int n = 1 + chance(w, 4); n > 0; n--)
        change(w);
    if (chance(w, 8) == 0) move(w);
    if (chance(w, 4)) {
        job_keep(&w->c);
        return;
    }
    job_undo(&w->c);
    memcpy(w->visit, was, sizeof w->visit);
    w->count = count;
    w->parent[VILLAGE] = village;
}

/* A group of jobs that is committed, or fails as a whole. */
static void group(struct world *w)
{
    struct visit *was = NEWS(&w->c.f.arena, struct visit, VISITS_MAX);
    const int count = w->count;
    const int64_t village = w->parent[VILLAGE];
    memcpy(was, w->visit, sizeof w->visit);
    for (int n = 1 + chance(w, 5); n > 0; n--)
        job(w);
    const struct measure_view now = view_now(&w->c);
    check_against(w, &now, w->visit, w->count);
    if (chance(w, 5)) {
        city_commit(&w->c);
        return;
    }
    city_roll_back(&w->c);
    memcpy(w->visit, was, sizeof w->visit);
    w->count = count;
    w->parent[VILLAGE] = village;
}

struct known {
    struct visit visit[VISITS_MAX];
    int count;
    int64_t village;
    day_t day;
};

static void world_run(uint64_t seed)
{
    enum { DAYS = 6, GROUPS = 4 };
    struct world *w = test_malloc(sizeof *w);
    struct known *known = test_malloc(sizeof *known * DAYS);
    *w = (struct world){.parent = {0, 0, CITY, CITY, TOWN1}, .seed = seed};
    print_message("seed %llu\n", (unsigned long long)seed);
    city_open(&w->c, NULL, 0);
    city_orgs(&w->c);
    city_commit(&w->c);
    for (int d = 0; d < DAYS; d++) {
        w->c.cx->now_us += US_PER_DAY * (1 + chance(w, 3));
        for (int g = 0; g < GROUPS; g++)
            group(w);
        memcpy(known[d].visit, w->visit, sizeof w->visit);
        known[d].count = w->count;
        known[d].village = w->parent[VILLAGE];
        known[d].day = day_of_us(w->c.cx->now_us);
    }
    const struct measure_view now = view_now(&w->c), db = view_database(&w->c);
    check_against(w, &now, w->visit, w->count);
    check_against(w, &db, w->visit, w->count);
    for (int d = 0; d < DAYS; d++) {
        struct measure_view then = db;
        then.known_at = known[d].day;
        w->parent[VILLAGE] = known[d].village;
        check_against(w, &then, known[d].visit, known[d].count);
    }
    must_audit(&w->c);
    city_done(&w->c);
    test_free(known);
    test_free(w);
}

static void test_random(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 6; seed++)
        world_run(seed);
}

/* ---- days ---- */

/* Two days in one group of jobs: each has its own end. */
static void test_midnight(void **state)
{
    (void)state;
    struct city c;
    city_open(&c, NULL, 0);
    city_orgs(&c);
    city_day(&c, "2022-06-01");
    const int64_t id = create(&c, "town.visit", "{'done_on':'2022-05-31','org':'city','amount':1}");
    city_day(&c, "2022-06-02");
    correct(&c, "town.visit", id, "{'amount':2}");
    job_begin(&c);
    city_day(&c, "2022-06-03");
    (void)try_create(&c, "town.visit", "{'done_on':'2022-05-30','org':'city','amount':7}", NULL);
    job_undo(&c);
    city_day(&c, "2022-06-01"); /* a clock set back does not change what later days knew */
    correct(&c, "town.visit", id, "{'amount':3}");
    city_commit(&c);
    static const struct {
        const char *day;
        int64_t value;
    } known[] = {{"2022-05-31", 0}, {"2022-06-01", 100}, {"2022-06-02", 300}, {"2022-06-03", 300}};
    for (size_t i = 0; i < COUNTOF(known); i++) {
        struct measure_view v = view_database(&c);
        assert_true(day_parse(str_from(known[i].day), &v.known_at));
        assert_int_equal(get(&c, &v, "town.amount", "2022-05", CITY, NULL, NULL).value,
                         known[i].value);
    }
    city_done(&c);
}

/* ---- overflow ---- */

static void test_overflow(void **state)
{
    (void)state;
    struct city c;
    city_open(&c, NULL, 0);
    city_orgs(&c);
    const struct measure_view now = view_now(&c);
    (void)create(&c, "town.huge", "{'on':'2022-05-01','number':9223372036854775000}");
    job_begin(&c);
    assert_int_equal(try_create(&c, "town.huge", "{'on':'2022-05-02','number':808}", NULL),
                     RC_LIMIT);
    assert_err(c.cx, RC_LIMIT, "measure.overflow");
    job_undo(&c);
    assert_int_equal(get(&c, &now, "town.huge_sum", "2022-05", CITY, NULL, NULL).value,
                     INT64_C(9223372036854775000));
    (void)create(&c, "town.huge", "{'on':'2022-05-02','number':807}");
    (void)create(&c, "town.huge", "{'on':'2022-06-02','number':1}");
    struct measure_value v;
    assert_int_equal(
        measure_get(c.cx, &now, measure(&c, "town.huge_sum"), period("2022"), CITY, NULL, &v),
        RC_LIMIT);
    assert_err(c.cx, RC_LIMIT, "measure.overflow");
    err_clear(c.cx);
    city_commit(&c);
    must_audit(&c);
    city_done(&c);
}

/* ---- the tree ---- */

static void test_no_cycle(void **state)
{
    (void)state;
    struct city c;
    city_open(&c, NULL, 0);
    city_orgs(&c);
    struct record r;
    job_begin(&c);
    assert_int_equal(rec_correct(c.cx, c.records, c.db, &c.system, type_of(&c, "core.org"), TOWN1,
                                 0, json_of(&c, "{'parent':'village'}"), STR(""), &r),
                     RC_INVALID);
    assert_err(c.cx, RC_INVALID, "measure.org-cycle");
    job_undo(&c);
    char fields[120];
    for (int i = 0; i < 14; i++) {
        (void)snprintf(fields, sizeof fields, "{'code':'o%d','parent':%s%d%s}", i, i ? "'o" : "",
                       i ? i - 1 : VILLAGE, i ? "'" : "");
        if (i < 13)
            (void)create(&c, "core.org", fields);
        else
            assert_int_equal(try_create(&c, "core.org", fields, NULL), RC_LIMIT);
    }
    assert_err(c.cx, RC_LIMIT, "measure.org-depth");
    city_done(&c);
}

/* Records before there is an organisation, then a root, then another root above it. */
static void test_root_changes(void **state)
{
    (void)state;
    struct city c;
    city_open(&c, NULL, 0);
    const struct measure_view now = view_now(&c);
    (void)create(&c, "town.place", "{'code':'p1'}");
    (void)create(&c, "town.figure", "{'place':'p1','month':'2022-05','value':3}");
    (void)create(&c, "town.visit", "{'done_on':'2022-05-02'}");
    assert_int_equal(get(&c, &now, "town.published", "2022-05", 0, "p1", NULL).value, 30);
    const int64_t a = create(&c, "core.org", "{'code':'a'}");
    assert_int_equal(measure_root(c.cells), a);
    assert_int_equal(get(&c, &now, "town.published", "2022-05", a, "p1", NULL).value, 30);
    assert_false(get(&c, &now, "town.published", "2022-05", 0, "p1", NULL).present);
    assert_int_equal(get(&c, &now, "town.visits", "2022-05", a, NULL, NULL).n, 1);
    (void)create(&c, "town.visit", "{'done_on':'2022-05-03','org':'a'}");
    city_commit(&c);
    must_audit(&c);
    const int64_t b = create(&c, "core.org", "{'code':'b'}");
    correct(&c, "core.org", a, "{'parent':'b'}");
    assert_int_equal(measure_root(c.cells), b);
    assert_int_equal(get(&c, &now, "town.published", "2022-05", b, "p1", NULL).value, 30);
    assert_false(get(&c, &now, "town.published", "2022-05", a, NULL, NULL).present);
    assert_int_equal(get(&c, &now, "town.visits", "2022-05", b, NULL, NULL).n, 2);
    assert_int_equal(get(&c, &now, "town.visits", "2022-05", a, NULL, NULL).n, 1);
    city_commit(&c);
    must_audit(&c);
    city_done(&c);
}

/* ---- opening again ---- */

static void reopen(struct city *c)
{
    city_commit(c);
    ok(c, db_commit(c->cx, c->db));
    rec_store_close(c->records);
    measure_close(c->cells);
    ok(c, measure_open(c->cx, c->db, c->catalogue, &c->cells));
    city_attach(c);
    city_begin(c);
}

static void test_reopen(void **state)
{
    (void)state;
    struct city c;
    city_open(&c, NULL, 0);
    city_orgs(&c);
    (void)create(&c, "town.visit", "{'done_on':'2022-05-31','kind':'home','org':'village'}");
    reopen(&c);
    const struct measure_view now = view_now(&c), db = view_database(&c);
    assert_int_equal(get(&c, &now, "town.visits", "2022-05", CITY, "home", NULL).n, 1);
    assert_int_equal(get(&c, &now, "town.visits", "2022-05", CITY, NULL, NULL).n, 1);
    assert_int_equal(measure_root(c.cells), CITY);
    assert_str(measure_org_level(c.cells, TOWN1), "town");
    /* other declarations: the cells are made anew, what was known stays */
    city_day(&c, "2022-06-20");
    ok(&c, db_exec_text(c.cx, c.db,
                        STR("DELETE FROM rollup WHERE site = $site"
                            " AND measure = 'town.daily'"),
                        DB_NO_ARGS));
    ok(&c, db_exec_text(c.cx, c.db,
                        STR("UPDATE rollup SET n = 5 WHERE site = $site"
                            " AND measure = 'town.visits'"),
                        DB_NO_ARGS));
    ok(&c, db_exec_text(c.cx, c.db,
                        STR("UPDATE rollup_made SET hash = 'old'"
                            " WHERE site = $site"),
                        DB_NO_ARGS));
    int64_t checks = 0, broken = 0;
    ok(&c, measure_audit(c.cx, c.db, c.catalogue, &checks, &broken));
    assert_true(broken > 0);
    assert_false(measure_was_rebuilt(c.cells));
    reopen(&c);
    assert_true(measure_was_rebuilt(c.cells));
    const struct measure_view again = view_now(&c);
    assert_int_equal(get(&c, &again, "town.visits", "2022-05", CITY, NULL, NULL).n, 1);
    assert_int_equal(get(&c, &db, "town.daily", "2022-05-31", CITY, NULL, NULL).n, 1);
    must_audit(&c);
    city_done(&c);
}

/* The disk fails while the cells are written: the group is gone, from memory as well. */
static void test_fault(void **state)
{
    (void)state;
    struct city c;
    city_open(&c, NULL, 0);
    city_orgs(&c);
    (void)create(&c, "town.visit", "{'done_on':'2022-05-31','kind':'home','org':'village'}");
    city_commit(&c);
    const struct measure_view now = view_now(&c), db = view_database(&c);
    c.cx->now_us += US_PER_DAY;        /* so that the days before are written too */
    for (int n = 1; n <= 15; n += 2) { /* nine cells, six of them with a day before */
        (void)create(&c, "town.visit", "{'done_on':'2022-05-30','kind':'home','org':'village'}");
        assert_int_equal(get(&c, &now, "town.visits", "2022-05", CITY, "home", NULL).n, 2);
        db_fault_after(c.db, n);
        assert_int_not_equal(measure_flush(c.cells, c.cx, c.db), RC_OK);
        assert_true(db_fault_fired(c.db));
        db_fault_after(c.db, 0);
        err_clear(c.cx);
        city_roll_back(&c);
        assert_int_equal(get(&c, &now, "town.visits", "2022-05", CITY, "home", NULL).n, 1);
        assert_int_equal(get(&c, &db, "town.visits", "2022-05", CITY, "home", NULL).n, 1);
    }
    must_audit(&c);
    city_done(&c);
}

static void test_touched(void **state)
{
    (void)state;
    struct city c;
    city_open(&c, NULL, 0);
    city_orgs(&c);
    struct measure_touches t = {0};
    job_begin(&c);
    ok(&c, try_create(&c, "town.visit", "{'done_on':'2022-05-31','kind':'home','org':'village'}",
                      NULL));
    measure_touched(c.cells, &c.f.arena, &t);
    const size_t first = t.len;
    assert_int_equal(first,
                     2 * 3); /* visits and daily; village, town1, city; no amount, not paid */
    ok(&c,
       try_create(&c, "town.visit", "{'done_on':'2022-05-30','kind':'desk','org':'town1'}", NULL));
    struct measure_touches more = {0};
    measure_touched(c.cells, &c.f.arena, &more);
    assert_int_equal(more.len, first + 2); /* another day, at two organisations */
    for (size_t i = 0; i < first; i++)
        assert_memory_equal(&t.at[i], &more.at[i], sizeof t.at[i]);
    job_keep(&c);
    city_done(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_rule), cmocka_unit_test(test_random),
        cmocka_unit_test(test_midnight), cmocka_unit_test(test_overflow),
        cmocka_unit_test(test_no_cycle), cmocka_unit_test(test_root_changes),
        cmocka_unit_test(test_reopen),   cmocka_unit_test(test_touched),
        cmocka_unit_test(test_fault),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
