/* A random stream of creates, corrections and voids, in jobs that fail and commits that fail, checked
 * against a naive model and the audit; and a disk that fails at every statement. */
#include <stdlib.h>

#include "record/fixture.h"

enum { SLOTS = 60 };

/* The model: what is live, by natural key. */
struct slot {
    bool live;
    int64_t id, version, value;
    int flow;
};
struct stream {
    struct fixture *f;
    struct slot now[SLOTS], committed[SLOTS], before_job[SLOTS];
    uint64_t seed;
};

static struct fixture *city(void)
{
    struct fixture *f = fixture_open(NULL);
    (void)must_create(f, T_ORG, "{\"code\":\"city\",\"name\":\"市\"}");
    (void)must_create(f, T_ORG, "{\"code\":\"town\",\"name\":\"镇\",\"parent\":\"city\"}");
    for (int i = 0; i < 5; i++)
        (void)must_create(
            f, T_SERIES,
            arena_cstr(&f->arena, arena_printf(&f->arena, "{\"code\":\"S%d\",\"name\":\"n\"}", i)));
    return f;
}

static str fields_of(struct stream *s, int key, int64_t value)
{
    static const char *const note[] = {"市场采购", "一般贸易", "abc"};
    return arena_printf(
        &s->f->arena,
        "{\"series\":\"S%d\",\"period\":\"2022-%02d\",\"flow\":\"X\",\"value\":%d.%02d,\"n\":%d,"
        "\"note\":\"%s\",\"org\":\"%s\",\"final\":%s,\"day\":\"2022-01-%02d\"}",
        key / 12, 1 + key % 12, (int)(value / 100), (int)(value % 100), (int)rnd(&s->seed, 50),
        note[rnd(&s->seed, 3)], rnd(&s->seed, 2) ? "city" : "town",
        rnd(&s->seed, 2) ? "true" : "false", 1 + (int)rnd(&s->seed, 28));
}

/* One act on one key; whether it is refused is known beforehand. */
static rc act(struct stream *s)
{
    struct fixture *f = s->f;
    const int key = (int)rnd(&s->seed, SLOTS);
    struct slot *m = &s->now[key];
    const int64_t value = rnd(&s->seed, 100000);
    const struct app_type *t = type_at(f, T_FIGURE);
    const struct json *fields = json_of(f, arena_cstr(&f->arena, fields_of(s, key, value)));
    struct record r = {0};
    char did = 0;
    rc got = RC_OK;
    err_clear(&f->cx);
    switch (rnd(&s->seed, 5)) {
    case 0:
    case 1:
        got = rec_create(&f->cx, f->store, f->db, &f->system, t, fields, STR(""), &r);
        assert_int_equal(got, m->live ? RC_CONFLICT : RC_OK);
        if (got == RC_OK) *m = (struct slot){true, r.id, 1, value, 0};
        break;
    case 2:
        if (!m->live) break;
        got = rec_correct(&f->cx, f->store, f->db, &f->system, t, m->id,
                          m->version - (rnd(&s->seed, 4) == 0 && m->version > 1), fields, STR(""),
                          &r);
        if (got == RC_OK) m->value = value, m->version = r.version;
        break;
    case 3:
        if (!m->live) break;
        got = rec_void(&f->cx, f->store, f->db, &f->system, t, m->id, m->version, STR(""));
        assert_int_equal(got, RC_OK);
        m->live = false;
        break;
    default:
        got = rec_upsert(&f->cx, f->store, f->db, &f->system, t, fields, STR(""), &r, &did);
        assert_int_equal(got, RC_OK);
        assert_int_equal(did == 'c', !m->live);
        *m = (struct slot){true, r.id, r.version, value, 0};
        break;
    }
    return got;
}

static void compare(struct stream *s)
{
    struct fixture *f = s->f;
    int64_t live = 0, sum = 0;
    for (int i = 0; i < SLOTS; i++) {
        struct record r;
        int64_t id = 0;
        str key = arena_printf(&f->arena, "S%d/2022-%02d/X", i / 12, 1 + i % 12);
        err_clear(&f->cx);
        assert_int_equal(rec_find_key(&f->cx, f->db, type_at(f, T_FIGURE), key, &id), RC_OK);
        assert_int_equal(id, s->now[i].live ? s->now[i].id : 0);
        if (!s->now[i].live) continue;
        assert_int_equal(rec_load(&f->cx, f->db, type_at(f, T_FIGURE), id, &r), RC_OK);
        assert_int_equal(r.version, s->now[i].version);
        assert_int_equal(r.value[F_VALUE].i64, s->now[i].value);
        live++;
        sum += r.value[F_VALUE].i64;
    }
    struct rec_query q = {.type = type_at(f, T_FIGURE), .who = &f->system, .count = true};
    struct rec_page page = {0};
    assert_int_equal(rec_find(&f->cx, f->db, &q, &page), RC_OK);
    assert_int_equal(page.total, live);
    (void)sum;
}

static void test_stream(void **state)
{
    (void)state;
    struct stream s = {.f = city(), .seed = 42};
    for (int batch = 0; batch < 150; batch++) {
        fixture_next(s.f);
        memcpy(s.committed, s.now, sizeof s.now);
        batch_begin(s.f);
        for (int job = 0; job < 6; job++) {
            rc r = RC_OK;
            memcpy(s.before_job, s.now, sizeof s.now);
            job_begin(s.f);
            for (int i = 0; i < 4 && r == RC_OK; i++)
                r = act(&s);
            if (rnd(&s.seed, 6) == 0) r = RC_INVALID;
            if (job_end(s.f, r) != RC_OK) memcpy(s.now, s.before_job, sizeof s.now);
        }
        err_clear(&s.f->cx);
        if (batch_end(s.f, rnd(&s.seed, 8) ? RC_OK : RC_FULL) != RC_OK)
            memcpy(s.now, s.committed, sizeof s.now);
        if (batch % 10 == 0) compare(&s);
    }
    compare(&s);
    must_audit(s.f);
    fixture_close(s.f);
}

/* The audit notices what somebody changed behind the program's back. */
static void test_audit_sees(void **state)
{
    (void)state;
    static const char *const meddle[] = {
        "UPDATE t_figure SET value = value + 1 WHERE site = $site",
        "UPDATE t_figure SET voided = 1 WHERE site = $site",
        "UPDATE t_figure SET version = 9 WHERE site = $site",
        "UPDATE t_figure SET created_by = 'nobody' WHERE site = $site",
        "UPDATE t_figure SET series = 5 WHERE site = $site",
        "DELETE FROM t_figure WHERE site = $site",
        "UPDATE record_count SET n = n + 1 WHERE site = $site AND what = 't.figure flow'",
        "DELETE FROM record_count WHERE site = $site AND what = 't.figure'",
        "UPDATE t_series SET voided = 1 WHERE site = $site AND code = 'S0'"};
    for (size_t i = 0; i < COUNTOF(meddle); i++) {
        struct stream s = {.f = city(), .seed = 1};
        int64_t checks = 0, broken = 0;
        (void)must_create(s.f, T_FIGURE, arena_cstr(&s.f->arena, fields_of(&s, 3, 100)));
        must_audit(s.f);
        assert_int_equal(db_exec_text(&s.f->cx, s.f->db, str_from(meddle[i]), DB_NO_ARGS), RC_OK);
        s.f->cx.findings = &s.f->findings;
        assert_int_equal(rec_audit(&s.f->cx, s.f->db, &s.f->catalogue, &checks, &broken), RC_OK);
        if (!broken || !s.f->findings.count) fail_msg("not seen: %s", meddle[i]);
        fixture_close(s.f);
    }
}

/* Every statement of a create, a correction and a void fails once: the error is told, nothing stays. */
static void test_faults(void **state)
{
    (void)state;
    for (int what = 0; what < 3; what++) {
        bool through = false;
        for (int64_t at = 1; !through; at++) {
            struct stream s = {.f = city(), .seed = 3};
            struct fixture *f = s.f;
            struct record r = {0};
            const char *made = arena_cstr(&f->arena, fields_of(&s, 3, 100));
            int64_t id = what ? must_create(f, T_FIGURE, made) : 0;
            const struct json *fields = json_of(f, made),
                              *change =
                                  json_of(f, "{\"value\":5,\"note\":\"z\",\"series\":\"S0\"}");
            const struct app_type *t = type_at(f, T_FIGURE);
            batch_begin(f);
            job_begin(f);
            db_fault_after(f->db, at);
            rc got = what == 0
                         ? rec_create(&f->cx, f->store, f->db, &f->system, t, fields, STR(""), &r)
                     : what == 1 ? rec_correct(&f->cx, f->store, f->db, &f->system, t, id, 1,
                                               change, STR(""), &r)
                                 : rec_void(&f->cx, f->store, f->db, &f->system, t, id, 1, STR(""));
            const bool job_failed = got != RC_OK;
            if (job_failed) {
                db_fault_after(f->db, 0);
                if (got != RC_FULL && got != RC_INTERNAL && got != RC_BUSY)
                    fail_msg("%d: %s", (int)got, f->cx.err.slug);
            }
            (void)!job_end(f, got);
            rc end = batch_end(f, RC_OK);
            db_fault_after(f->db, 0);
            err_clear(&f->cx);
            through = got == RC_OK && end == RC_OK;
            struct rec_query q = {.type = t, .who = &f->system, .count = true, .search = STR("z")};
            struct rec_page page = {0};
            assert_int_equal(rec_find(&f->cx, f->db, &q, &page), RC_OK);
            assert_int_equal(page.total, through && what == 1);
            q.search = STR("");
            assert_int_equal(rec_find(&f->cx, f->db, &q, &page), RC_OK);
            assert_int_equal(page.total, what == 0 ? through : what == 1 ? 1 : !through);
            must_audit(f);
            if (!through) { /* and the same again goes through */
                if (what == 0) (void)must_create(f, T_FIGURE, made);
                if (what == 1)
                    assert_int_equal(correct(f, &f->system, T_FIGURE, id, 1, "{\"value\":5}", NULL),
                                     RC_OK);
                if (what == 2) assert_int_equal(void_it(f, &f->system, T_FIGURE, id, 1), RC_OK);
                must_audit(f);
            }
            fixture_close(f);
            assert_true(at < 100);
        }
    }
}

/* More values than are kept: the field is given up, and its counts stay exact. */
static void test_given_up(void **state)
{
    (void)state;
    struct stream s = {.f = city(), .seed = 8};
    struct fixture *f = s.f;
    for (int round = 0; round < 2; round++) { /* the first is rolled back */
        fixture_next(f);
        batch_begin(f);
        job_begin(f);
        for (int i = 0; i < 1500; i++) {
            struct record r;
            const struct json *j = json_of(
                f, arena_cstr(&f->arena,
                              arena_printf(&f->arena, "{\"code\":\"T%d\",\"name\":\"n\"}", i)));
            assert_int_equal(rec_create(&f->cx, f->store, f->db, &f->system, type_at(f, T_SERIES),
                                        j, STR(""), &r),
                             RC_OK);
            j = json_of(
                f,
                arena_cstr(
                    &f->arena,
                    arena_printf(
                        &f->arena,
                        "{\"series\":\"T%d\",\"period\":\"2022-01\",\"flow\":\"X\",\"value\":%d}",
                        i, i)));
            assert_int_equal(rec_create(&f->cx, f->store, f->db, &f->system, type_at(f, T_FIGURE),
                                        j, STR(""), &r),
                             RC_OK);
        }
        assert_int_equal(job_end(f, RC_OK), RC_OK);
        assert_int_equal(batch_end(f, round ? RC_OK : RC_FULL), round ? RC_OK : RC_FULL);
        must_audit(f);
    }
    (void)must_create(f, T_FIGURE, "{\"series\":\"T7\",\"period\":\"2022-02\",\"flow\":\"X\"}");
    str text = STR("T7");
    struct rec_filter c = {
        .field = field_at(f, T_FIGURE, F_SERIES), .op = REC_EQ, .text = &text, .count = 1};
    struct rec_query q = {.type = type_at(f, T_FIGURE),
                          .who = &f->system,
                          .count = true,
                          .filter = &c,
                          .filter_count = 1};
    struct rec_page page = {0};
    assert_int_equal(rec_find(&f->cx, f->db, &q, &page), RC_OK);
    assert_int_equal(page.total, 2);
    DB_ROWS rows = {0};
    bool more = false;
    assert_int_equal(
        db_query_text(
            &f->cx, f->db,
            STR("SELECT what FROM record_counted WHERE site = $site AND state = 'given up'"),
            DB_NO_ARGS, &rows),
        RC_OK);
    assert_int_equal(db_next(&f->cx, &rows, &more), RC_OK);
    assert_true(more && str_eq(db_text(&rows, 0), STR("t.figure series")));
    db_rows_done(&rows);
    must_audit(f);
    fixture_close(f);
}

/* A field that becomes indexed or searched later is counted and found from then on. */
static void test_declared_later(void **state)
{
    (void)state;
    struct stream s = {.f = city(), .seed = 8};
    struct fixture *f = s.f;
    struct app_field *field = (struct app_field *)(uintptr_t)field_at(f, T_FIGURE, 0);
    field[F_N].indexed = field[F_NOTE].search = false;
    assert_int_equal(
        db_exec_text(&f->cx, f->db,
                     STR("DELETE FROM record_counted WHERE site = $site AND what = 't.figure n'"),
                     DB_NO_ARGS),
        RC_OK);
    for (int i = 0; i < 30; i++)
        (void)must_create(f, T_FIGURE, arena_cstr(&f->arena, fields_of(&s, i, i)));
    field[F_N].indexed = true;
    field[F_SECRET].search = true; /* another set of search fields: built anew */
    assert_int_equal(rec_migrate(&f->cx, f->db, &f->catalogue), RC_OK);
    must_audit(f);
    field[F_SECRET].search = false, field[F_NOTE].search = true;
    assert_int_equal(rec_migrate(&f->cx, f->db, &f->catalogue), RC_OK);
    struct rec_query q = {
        .type = type_at(f, T_FIGURE), .who = &f->system, .count = true, .search = STR("abc")};
    struct rec_page page = {0};
    assert_int_equal(rec_find(&f->cx, f->db, &q, &page), RC_OK);
    assert_true(page.total > 0);
    fixture_close(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_stream), cmocka_unit_test(test_audit_sees),
        cmocka_unit_test(test_faults), cmocka_unit_test(test_given_up),
        cmocka_unit_test(test_declared_later)};
    return cmocka_run_group_tests_name("record stream", tests, NULL, NULL);
}
