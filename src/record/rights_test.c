/* Rights: every role made of reaches, every act, every record, against a slow oracle; on lists, in
 * JSON, in writing, in filters and sorting, in exports. */
#include "record/fixture.h"

enum { ORGS = 7, FIGURES = 42, ACTS = 6 };
static const char *const org_code[ORGS] = {"city", "a", "b", "a1", "a2", "b1", "a11"};
static const int org_parent[ORGS] = {-1, 0, 0, 1, 1, 2, 3};
static const char *const person[] = {"li", "wang"};

struct town {
    struct fixture *f;
    int64_t org[ORGS];
    struct {
        int64_t id;
        int org, maker; /* org -1: none */
    } figure[FIGURES];
};

static bool below(int org, int above)
{
    for (; org >= 0; org = org_parent[org])
        if (org == above) return true;
    return false;
}

static struct town town_open(void)
{
    struct town t = {.f = fixture_open(NULL)};
    struct fixture *f = t.f;
    for (int i = 0; i < ORGS; i++) {
        struct buf b = {.arena = &f->arena};
        buf_printf(&b, "{\"code\":\"%s\",\"name\":\"%s\"", org_code[i], org_code[i]);
        if (i) buf_printf(&b, ",\"parent\":\"%s\"", org_code[org_parent[i]]);
        buf_add(&b, STR("}"));
        buf_char(&b, 0);
        t.org[i] = must_create(f, T_ORG, b.at);
    }
    (void)must_create(f, T_SERIES, "{\"code\":\"S1\",\"name\":\"n\"}");
    for (int i = 0; i < FIGURES; i++) {
        struct record r;
        const int org = i % (ORGS + 1) - 1;
        const struct actor who = {.code = str_from(person[i % 2]), .system = true};
        struct buf b = {.arena = &f->arena};
        buf_printf(&b,
                   "{\"series\":\"S1\",\"period\":\"20%02d-%02d\",\"flow\":\"%c\",\"value\":%d,"
                   "\"note\":\"说明%d\",\"secret\":\"密%d\"",
                   10 + i / 12, 1 + i % 12, i % 3 ? 'X' : 'M', i, i, i);
        if (org >= 0) buf_printf(&b, ",\"org\":\"%s\"", org_code[org]);
        buf_add(&b, STR("}"));
        buf_char(&b, 0);
        assert_int_equal(create(f, &who, T_FIGURE, b.at, &r), RC_OK);
        t.figure[i].id = r.id, t.figure[i].org = org, t.figure[i].maker = i % 2;
    }
    return t;
}

/* A role by a number: for each act one of four reaches. */
static void role_make(struct app_grant *g, const struct app_type *type, uint32_t number)
{
    *g = (struct app_grant){.type = type};
    for (int i = 0; i < ACTS; i++, number /= 4)
        g->reach[i] = (enum reach)(number % 4);
}

static bool oracle(const struct town *t, enum reach reach, int my_org, int me, int i)
{
    switch (reach) {
    case REACH_NONE: return false;
    case REACH_OWN: return t->figure[i].maker == me;
    case REACH_ORG:
        return my_org == 0 || (t->figure[i].org >= 0 && below(t->figure[i].org, my_org));
    case REACH_ALL: return true;
    }
    return false;
}

static rc count_rows(struct cx *cx, const struct record *r, void *data)
{
    (void)cx, (void)r;
    ++*(int64_t *)data;
    return RC_OK;
}

struct case_of {
    const struct town *t;
    struct app_grant grant;
    struct actor who;
    int org, me;
};

static enum reach reach_of(const struct case_of *c, enum act act)
{
    return c->grant.reach[__builtin_ctz(act)];
}

static void check_reading(const struct case_of *c)
{
    struct fixture *f = c->t->f;
    int64_t want = 0, export_want = 0, flows = 0;
    for (int i = 0; i < FIGURES; i++) {
        bool read = oracle(c->t, reach_of(c, ACT_READ), c->org, c->me, i);
        want += read;
        flows += read && i % 3;
        const enum reach narrow = reach_of(c, ACT_EXPORT) < reach_of(c, ACT_READ)
                                      ? reach_of(c, ACT_EXPORT)
                                      : reach_of(c, ACT_READ);
        export_want += oracle(c->t, narrow, c->org, c->me, i);
    }
    for (int how = 0; how < 4; how++) {
        str text = STR("X");
        struct rec_filter filter = {
            .field = field_at(f, T_FIGURE, F_FLOW), .op = REC_EQ, .text = &text, .count = 1};
        struct rec_query q = {
            .type = type_at(f, T_FIGURE), .who = &c->who, .limit = 500, .count = true};
        if (how == 1) q.sort = field_at(f, T_FIGURE, F_VALUE);
        if (how == 2) q.filter = &filter, q.filter_count = 1;
        if (how == 3) q.search = STR("说明");
        struct rec_page page = {0};
        rc r = rec_find(&f->cx, f->db, &q, &page);
        if (reach_of(c, ACT_READ) == REACH_NONE) {
            expect_slug(f, r, RC_DENIED, "record.denied");
            err_clear(&f->cx);
            continue;
        }
        assert_int_equal(r, RC_OK);
        const int64_t expected = how == 2 ? flows : want;
        if (page.total != expected || page.len != (size_t)expected)
            fail_msg("way %d: %d rows, total %d, expected %d", how, (int)page.len, (int)page.total,
                     (int)expected);
    }
    struct rec_query q = {.type = type_at(f, T_FIGURE), .who = &c->who};
    int64_t rows = 0;
    rc r = rec_each(&f->cx, f->db, &q, count_rows, &rows);
    if (reach_of(c, ACT_READ) == REACH_NONE || reach_of(c, ACT_EXPORT) == REACH_NONE)
        assert_int_equal(r, RC_DENIED);
    else
        assert_int_equal(rows, export_want);
    err_clear(&f->cx);
}

/* rec_may, and the writing itself, undone each time. */
static void check_acts(const struct case_of *c, int i)
{
    static const enum act acts[] = {ACT_READ, ACT_CORRECT, ACT_VOID, ACT_EXPORT};
    struct fixture *f = c->t->f;
    struct record r, out;
    assert_int_equal(rec_load(&f->cx, f->db, type_at(f, T_FIGURE), c->t->figure[i].id, &r), RC_OK);
    for (size_t k = 0; k < COUNTOF(acts); k++) {
        bool want = oracle(c->t, reach_of(c, acts[k]), c->org, c->me, i);
        rc got = rec_may(&f->cx, f->db, &c->who, acts[k], &r);
        if ((got == RC_OK) != want) fail_msg("act %d on %d: %d", (int)acts[k], i, (int)got);
        err_clear(&f->cx);
    }
    const struct json *value = json_of(f, "{\"value\":77}");
    batch_begin(f);
    job_begin(f);
    rc got = rec_correct(&f->cx, f->store, f->db, &c->who, r.type, r.id, 0, value, STR(""), &out);
    (void)!job_end(f, RC_INVALID);
    assert_int_equal(got == RC_OK, oracle(c->t, reach_of(c, ACT_CORRECT), c->org, c->me, i));
    err_clear(&f->cx);
    job_begin(f);
    got = rec_void(&f->cx, f->store, f->db, &c->who, r.type, r.id, 0, STR(""));
    (void)!job_end(f, RC_INVALID);
    assert_int_equal(got == RC_OK, oracle(c->t, reach_of(c, ACT_VOID), c->org, c->me, i));
    assert_int_equal(batch_end(f, RC_OK), RC_OK);
    err_clear(&f->cx);
}

/* One may create where one's reach goes; and not move a record out of it. */
static void check_create(const struct case_of *c, int org)
{
    struct fixture *f = c->t->f;
    struct record out;
    const struct json *j = json_of(
        f,
        arena_cstr(
            &f->arena,
            arena_printf(&f->arena,
                         "{\"series\":\"S1\",\"period\":\"1999-01\",\"flow\":\"X\",\"org\":\"%s\"}",
                         org_code[org])));
    const enum reach reach = reach_of(c, ACT_CREATE);
    bool want =
        reach == REACH_ALL || reach == REACH_OWN || (reach == REACH_ORG && below(org, c->org));
    batch_begin(f);
    job_begin(f);
    rc got = rec_create(&f->cx, f->store, f->db, &c->who, type_at(f, T_FIGURE), j, STR(""), &out);
    (void)!job_end(f, RC_INVALID);
    assert_int_equal(batch_end(f, RC_OK), RC_OK);
    if ((got == RC_OK) != want)
        fail_msg("create in %s by %s: %s", org_code[org], org_code[c->org], f->cx.err.slug);
    err_clear(&f->cx);
}

static void test_matrix(void **state)
{
    (void)state;
    struct town t = town_open();
    uint64_t seed = 21;
    for (int n = 0; n < 160; n++) {
        fixture_next(t.f);
        struct case_of c = {.t = &t, .org = (int)rnd(&seed, ORGS), .me = (int)rnd(&seed, 2)};
        role_make(&c.grant, type_at(t.f, T_FIGURE), rnd(&seed, 4096));
        const struct app_role role = {.grant = &c.grant, .grant_count = 1};
        const struct app_role *roles[] = {&role};
        c.who = (struct actor){
            .code = str_from(person[c.me]), .org_id = t.org[c.org], .role = roles, .role_count = 1};
        check_reading(&c);
        for (int k = 0; k < 4; k++)
            check_acts(&c, (int)rnd(&seed, FIGURES));
        check_create(&c, (int)rnd(&seed, ORGS));
    }
    must_audit(t.f);
    fixture_close(t.f);
}

static void test_out_of_reach(void **state)
{
    (void)state;
    struct town t = town_open();
    struct fixture *f = t.f;
    struct app_grant grant;
    role_make(&grant, type_at(f, T_FIGURE), 4095);
    grant.reach[2] = REACH_ORG; /* correct: own org */
    const struct app_role role = {.grant = &grant, .grant_count = 1};
    const struct app_role *roles[] = {&role};
    const struct actor who = {
        .code = STR("li"), .org_id = t.org[1], .role = roles, .role_count = 1};
    int64_t mine = 0;
    for (int i = 0; i < FIGURES; i++)
        if (t.figure[i].org == 1) mine = t.figure[i].id;
    expect_slug(f, correct(f, &who, T_FIGURE, mine, 0, "{\"org\":\"b\"}", NULL), RC_DENIED,
                "record.denied");
    fixture_next(f);
    assert_int_equal(correct(f, &who, T_FIGURE, mine, 0, "{\"org\":\"a1\"}", NULL), RC_OK);
    fixture_close(f);
}

/* A field for which one lacks the purpose: masked, not searched, sorted, filtered or overwritten. */
static void test_private(void **state)
{
    (void)state;
    struct town t = town_open();
    struct fixture *f = t.f;
    struct app_grant grant;
    role_make(&grant, type_at(f, T_FIGURE), 4095);
    const str purpose = STR("health");
    const struct app_role plain = {.grant = &grant, .grant_count = 1},
                          doctor = {.grant = &grant,
                                    .grant_count = 1,
                                    .purpose = &purpose,
                                    .purpose_count = 1};
    const struct app_role *plain_roles[] = {&plain}, *doctor_roles[] = {&doctor};
    const struct actor
        li = {.code = STR("li"), .role = plain_roles, .role_count = 1, .purpose = purpose},
        silent = {.code = STR("wang"), .role = doctor_roles, .role_count = 1},
        wang = {.code = STR("wang"), .role = doctor_roles, .role_count = 1, .purpose = purpose};
    const struct actor *blind[] = {&li, &silent};
    const struct app_field *secret = field_at(f, T_FIGURE, F_SECRET);
    assert_true(rec_may_see_private(&wang, secret));
    for (size_t i = 0; i < COUNTOF(blind); i++) {
        str text = STR("密3");
        struct rec_filter filter = {.field = secret, .op = REC_EQ, .text = &text, .count = 1};
        struct rec_query q = {.type = type_at(f, T_FIGURE), .who = blind[i]};
        struct rec_page page = {0};
        assert_false(rec_may_see_private(blind[i], secret));
        q.sort = secret;
        expect_slug(f, rec_find(&f->cx, f->db, &q, &page), RC_DENIED, "record.denied");
        fixture_next(f);
        q.sort = NULL, q.filter = &filter, q.filter_count = 1;
        expect_slug(f, rec_find(&f->cx, f->db, &q, &page), RC_DENIED, "record.denied");
        fixture_next(f);
        q.filter_count = 0, q.where = STR("secret = \"密3\"");
        expect_slug(f, rec_find(&f->cx, f->db, &q, &page), RC_DENIED, "record.denied");
        fixture_next(f);
        expect_slug(f,
                    correct(f, blind[i], T_FIGURE, t.figure[3].id, 0, "{\"secret\":\"密3\"}", NULL),
                    RC_DENIED, "record.denied");
        fixture_next(f);
    }
    str text = STR("密3");
    struct rec_filter filter = {.field = secret, .op = REC_EQ, .text = &text, .count = 1};
    struct rec_query q = {.type = type_at(f, T_FIGURE),
                          .who = &wang,
                          .filter = &filter,
                          .filter_count = 1,
                          .count = true};
    struct rec_page page = {0};
    assert_int_equal(rec_find(&f->cx, f->db, &q, &page), RC_OK);
    assert_int_equal(page.total, 1);
    fixture_close(f);
}

/* Own org and below on the tree of orgs itself; a type without an org is the root's. */
static void test_tree(void **state)
{
    (void)state;
    struct town t = town_open();
    struct fixture *f = t.f;
    struct app_grant grant[2] = {{.type = type_at(f, T_ORG), .reach = {REACH_ORG, REACH_ORG}},
                                 {.type = type_at(f, T_SERIES), .reach = {REACH_ORG}}};
    const struct app_role role = {.grant = grant, .grant_count = 2};
    const struct app_role *roles[] = {&role};
    static const int count[ORGS] = {7, 4, 2, 2, 1, 1, 1};
    for (int i = 0; i < ORGS; i++) {
        const struct actor who = {
            .code = STR("li"), .org_id = t.org[i], .role = roles, .role_count = 1};
        struct rec_query q = {.type = type_at(f, T_ORG), .who = &who, .count = true};
        struct rec_page page = {0};
        fixture_next(f);
        assert_int_equal(rec_find(&f->cx, f->db, &q, &page), RC_OK);
        assert_int_equal(page.total, count[i]);
        assert_int_equal(page.len, count[i]);
        q.type = type_at(f, T_SERIES);
        assert_int_equal(rec_find(&f->cx, f->db, &q, &page), RC_OK);
        assert_int_equal(page.total, i == 0);
    }
    fixture_close(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_matrix),
                                       cmocka_unit_test(test_out_of_reach),
                                       cmocka_unit_test(test_private), cmocka_unit_test(test_tree)};
    return cmocka_run_group_tests_name("record rights", tests, NULL, NULL);
}
