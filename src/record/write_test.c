/* Writing: what is taken, what is refused and how it is said, versions, history, files, jobs undone. */
#include "record/fixture.h"

static const char good[] =
    "{\"series\":\"S1\",\"period\":\"2022-05\",\"flow\":\"X\",\"value\":1275.30,\"note\":\"市场采购\"}";

static struct fixture *city(void)
{
    struct fixture *f = fixture_open(NULL);
    (void)must_create(f, T_ORG, "{\"code\":\"city\",\"name\":\"市政府\"}");
    (void)must_create(f, T_ORG, "{\"code\":\"town\",\"name\":\"镇\",\"parent\":\"city\"}");
    (void)must_create(f, T_SERIES, "{\"code\":\"S1\",\"name\":\"市场采购\"}");
    return f;
}

static void test_create(void **state)
{
    (void)state;
    struct fixture *f = city();
    struct record r;
    assert_int_equal(create(f, &f->system, T_FIGURE, good, &r), RC_OK);
    assert_int_equal(r.version, 1);
    assert_int_equal(r.value[F_VALUE].i64, 127530);
    assert_int_equal(r.value[F_DOUBLE].i64, 255060);
    assert_true(r.value[F_FINAL].present && r.value[F_FINAL].i64 == 0);
    assert_true(str_eq(r.value[F_SERIES].text, STR("S1")));
    assert_true(str_eq(rec_key_text(&f->cx, f->db, &r), STR("S1/2022-05/X")));
    struct record again;
    assert_int_equal(rec_load(&f->cx, f->db, type_at(f, T_FIGURE), r.id, &again), RC_OK);
    assert_int_equal(again.value[F_VALUE].i64, 127530);
    assert_true(str_eq(again.value[F_NOTE].text, STR("市场采购")));
    assert_true(str_eq(again.created_by, STR("system")));
    int64_t id = 0;
    assert_int_equal(rec_find_key(&f->cx, f->db, type_at(f, T_FIGURE), STR("S1/2022-05/X"), &id),
                     RC_OK);
    assert_int_equal(id, r.id);
    assert_int_equal(rec_find_key(&f->cx, f->db, type_at(f, T_FIGURE), STR("S1/2022-05/M"), &id),
                     RC_OK);
    assert_int_equal(id, 0);
    assert_int_equal(rec_load(&f->cx, f->db, type_at(f, T_FIGURE), 7, &again), RC_MISSING);
    assert_string_equal(f->cx.err.slug, "record.missing");
    must_audit(f);
    fixture_close(f);
}

static void test_refused(void **state)
{
    (void)state;
    static const struct {
        const char *fields, *slug, *field, *says;
    } bad[] = {
        {"\"value\":1275.305", "record.scale", "value", "1275.305"},
        {"\"value\":1e400", "record.range", "value", "1e400"},
        {"\"value\":-1e999999999999", "record.range", "value", NULL},
        {"\"value\":1e-400", "record.scale", "value", NULL},
        {"\"value\":\"NaN\"", "record.type", "value", "NaN"},
        {"\"value\":\"1,275\"", "record.type", "value", NULL},
        {"\"value\":true", "record.type", "value", NULL},
        {"\"value\":-1000000.01", "record.range", "value", "-1000000.01"},
        {"\"value\":1000000000", "record.range", "value", NULL},
        {"\"n\":1.5", "record.scale", "n", NULL},
        {"\"n\":99999999999999999999", "record.range", "n", NULL},
        {"\"day\":\"2022-02-30\"", "record.date", "day", "month 2 has no day 30"},
        {"\"day\":\"2022/02/03\"", "record.date", "day", "2022-05-31"},
        {"\"day\":20220203", "record.type", "day", NULL},
        {"\"day\":\"2031-01-01\"", "record.check", "day", "too late"},
        {"\"at\":\"2022-02-30T10:00:00Z\"", "record.date", "at", "no day 30"},
        {"\"flow\":\"Z\"", "record.code", "flow", "\"Z\""},
        {"\"period\":\"2022Q1\"", "record.date", "period", "2022-05"},
        {"\"series\":\"S9\"", "record.reference", "series", "S9"},
        {"\"series\":999", "record.reference", "series", "999"},
        {"\"series\":null", "record.required", "series", NULL},
        {"\"flow\":\"\"", "record.required", "flow", NULL},
        {"\"note\":\"一二三四五六七八九十一二三四五六七八九十一二三四五六七八九十一二三四五六七八九十一\"",
         "record.length", "note", "41"},
        {"\"note\":7", "record.type", "note", NULL},
        {"\"note\":\"a\\u0000b\"", "record.type", "note", "U+0000"},
        {"\"final\":\"maybe\"", "record.type", "final", "maybe"},
        {"\"vlaue\":1", "record.unknown-field", "vlaue", "vlaue"},
        {"\"docs\":[\"abc\"]", "record.type", "docs", NULL},
        {"\"docs\":[\"66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0\"]",
         "record.reference", "docs", "not been uploaded"},
        {"\"flow\":\"M\",\"value\":1001", "record.rule", "", "a thousand"}};
    struct fixture *f = city();
    for (size_t i = 0; i < COUNTOF(bad); i++) {
        fixture_next(f);
        /* a later member of the same name would be refused: those given replace the good ones */
        const struct json *base = json_of(f, good),
                          *over = json_of(f, arena_cstr(&f->arena, arena_printf(&f->arena, "{%s}",
                                                                                bad[i].fields)));
        struct buf b = {.arena = &f->arena};
        struct jw w = {.out = &b};
        jw_object(&w);
        for (const struct json *j = base->child; j; j = j->next) {
            if (json_find(over, j->key)) continue;
            struct buf v = {.arena = &f->arena};
            json_write(&v, j);
            jw_key(&w, j->key), jw_raw(&w, buf_str(&v));
        }
        for (const struct json *j = over->child; j; j = j->next) {
            struct buf v = {.arena = &f->arena};
            json_write(&v, j);
            jw_key(&w, j->key), jw_raw(&w, buf_str(&v));
        }
        jw_end(&w, '}');
        rc r = create(f, &f->system, T_FIGURE, arena_cstr(&f->arena, buf_str(&b)), NULL);
        expect_slug(f, r, RC_INVALID, bad[i].slug);
        if (!str_eq(f->cx.err.field, str_from(bad[i].field)))
            fail_msg("%s: field %.*s", bad[i].fields, STR_ARG(f->cx.err.field));
        if (bad[i].says && str_index(f->cx.err.detail, str_from(bad[i].says)) == SIZE_MAX)
            fail_msg("%s: %.*s", bad[i].fields, STR_ARG(f->cx.err.detail));
    }
    must_audit(f);
    fixture_close(f);
}

static void test_numbers(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t value;
    } good_number[] = {{"0", 0},
                       {"-0.00", 0},
                       {"1275.300", 127530},
                       {"1.2753e3", 127530},
                       {"12753e-1", 127530},
                       {"\"0.10\"", 10},
                       {"\" 7 \"", 700},
                       {"-12.5", -1250},
                       {"0.0000e30", 0},
                       {"99999999999999999999e-17", 0}};
    struct fixture *f = city();
    for (size_t i = 0; i + 1 < COUNTOF(good_number); i++) {
        struct record r;
        fixture_next(f);
        str json = arena_printf(
            &f->arena, "{\"series\":\"S1\",\"period\":\"20%02d-01\",\"flow\":\"X\",\"value\":%s}",
            (int)i + 10, good_number[i].text);
        assert_int_equal(create(f, &f->system, T_FIGURE, arena_cstr(&f->arena, json), &r), RC_OK);
        assert_int_equal(r.value[F_VALUE].i64, good_number[i].value);
    }
    fixture_close(f);
}

static void test_all_faults_at_once(void **state)
{
    (void)state;
    struct fixture *f = city();
    fixture_next(f);
    f->cx.findings = &f->findings;
    rc r = create(f, &f->system, T_FIGURE,
                  "{\"series\":\"S9\",\"period\":\"2022-13\",\"value\":1.005,\"colour\":\"red\"}",
                  NULL);
    assert_int_equal(r, RC_INVALID);
    assert_int_equal(f->findings.count, 5); /* and flow is missing */
    assert_string_equal(f->findings.item[0].slug, "record.reference");
    assert_string_equal(f->findings.item[3].slug, "record.unknown-field");
    assert_string_equal(f->findings.item[4].slug, "record.required");
    assert_string_equal(f->cx.err.slug, "record.reference");
    f->cx.findings = NULL;
    fixture_next(f);
    r = create(f, &f->system, T_FIGURE,
               "{\"series\":\"S1\",\"period\":\"2022-05\",\"flow\":\"X\",\"vlue\":1}", NULL);
    assert_true(str_index(f->cx.err.hint, STR("\"value\"")) != SIZE_MAX);
    assert_int_equal(r, RC_INVALID);
    fixture_next(f);
    assert_int_equal(create(f, &f->system, T_FIGURE, "[1]", NULL), RC_INVALID);
    fixture_close(f);
}

static void test_duplicate(void **state)
{
    (void)state;
    struct fixture *f = city();
    int64_t id = must_create(f, T_FIGURE, good);
    fixture_next(f);
    expect_slug(f, create(f, &f->system, T_FIGURE, good, NULL), RC_CONFLICT, "record.duplicate");
    assert_true(str_index(f->cx.err.hint, arena_printf(&f->arena, "%d", (int)id)) != SIZE_MAX);
    fixture_next(f);
    assert_int_equal(void_it(f, &f->system, T_FIGURE, id, 1), RC_OK);
    assert_int_not_equal(must_create(f, T_FIGURE, good), id); /* its key is free again */
    must_audit(f);
    fixture_close(f);
}

static void test_correct(void **state)
{
    (void)state;
    struct fixture *f = city();
    struct record r;
    int64_t id = must_create(f, T_FIGURE, good);
    fixture_next(f);
    assert_int_equal(correct(f, &f->system, T_FIGURE, id, 1, "{\"value\":1300,\"note\":null}", &r),
                     RC_OK);
    assert_int_equal(r.version, 2);
    assert_int_equal(r.value[F_DOUBLE].i64, 260000);
    assert_false(r.value[F_NOTE].present);
    assert_int_equal(f->told_sum, 130000);
    /* nothing new: no version */
    assert_int_equal(correct(f, &f->system, T_FIGURE, id, 2, "{\"value\":1300.00}", &r), RC_OK);
    assert_int_equal(r.version, 2);
    expect_slug(f, correct(f, &f->system, T_FIGURE, id, 2, "{\"period\":\"2022-06\"}", NULL),
                RC_INVALID, "record.key-changed");
    fixture_next(f);
    expect_slug(f, correct(f, &f->system, T_FIGURE, 77, 0, "{\"value\":1}", NULL), RC_MISSING,
                "record.missing");
    fixture_next(f);
    assert_int_equal(void_it(f, &f->system, T_FIGURE, id, 2), RC_OK);
    expect_slug(f, correct(f, &f->system, T_FIGURE, id, 0, "{\"value\":1}", NULL), RC_CONFLICT,
                "record.voided");
    assert_int_equal(f->told_sum, 0);
    must_audit(f);
    fixture_close(f);
}

static void test_stale(void **state)
{
    (void)state;
    struct fixture *f = city();
    const struct actor li = {.code = STR("li"), .system = true};
    int64_t id = must_create(f, T_FIGURE, good);
    assert_int_equal(correct(f, &li, T_FIGURE, id, 1, "{\"value\":1300}", NULL), RC_OK);
    assert_int_equal(correct(f, &li, T_FIGURE, id, 2, "{\"value\":1400,\"n\":5}", NULL), RC_OK);
    fixture_next(f);
    expect_slug(f, correct(f, &f->system, T_FIGURE, id, 1, "{\"value\":1}", NULL), RC_STALE,
                "record.stale");
    const struct json *j = json_of(f, arena_cstr(&f->arena, f->cx.err.extra));
    int64_t n = 0;
    assert_true(json_i64(json_find(j, STR("version")), &n) && n == 3);
    assert_true(str_eq(json_text(j, STR("by")), STR("li")));
    const struct json *changes = json_find(j, STR("changes"));
    assert_int_equal(changes->count, 3); /* value, n, twice */
    assert_true(str_eq(json_text(changes->child, STR("field")), STR("value")));
    assert_true(str_eq(json_find(changes->child, STR("from"))->text, STR("1275.30")));
    assert_true(str_eq(json_find(changes->child, STR("to"))->text, STR("1400.00")));
    fixture_close(f);
}

/* The other's change is of the same batch: queued, not in the table yet. */
static void test_stale_within_batch(void **state)
{
    (void)state;
    struct fixture *f = city();
    struct record r;
    int64_t id = must_create(f, T_FIGURE, good);
    const struct json *first = json_of(f, "{\"value\":1}"), *second = json_of(f, "{\"value\":2}");
    batch_begin(f);
    job_begin(f);
    assert_int_equal(job_end(f, rec_correct(&f->cx, f->store, f->db, &f->system,
                                            type_at(f, T_FIGURE), id, 1, first, STR(""), &r)),
                     RC_OK);
    job_begin(f);
    rc got = rec_correct(&f->cx, f->store, f->db, &f->system, type_at(f, T_FIGURE), id, 1, second,
                         STR(""), &r);
    expect_slug(f, job_end(f, got), RC_STALE, "record.stale");
    assert_true(str_index(f->cx.err.extra, STR("1275.30")) != SIZE_MAX);
    err_clear(&f->cx);
    assert_int_equal(batch_end(f, RC_OK), RC_OK);
    must_audit(f);
    fixture_close(f);
}

static void test_readonly(void **state)
{
    (void)state;
    struct fixture *f = city();
    static const enum reach all[6] = {REACH_ALL, REACH_ALL, REACH_ALL,
                                      REACH_ALL, REACH_ALL, REACH_ALL};
    struct app_grant grant = {.type = type_at(f, T_FIGURE)};
    memcpy(grant.reach, all, sizeof all);
    const struct app_role role = {.grant = &grant, .grant_count = 1};
    const struct app_role *roles[] = {&role};
    const struct actor who = {.code = STR("wang"), .role = roles, .role_count = 1};
    struct record r;
    rc got = create(
        f, &who, T_FIGURE,
        "{\"series\":\"S1\",\"period\":\"2022-05\",\"flow\":\"X\",\"value\":1,\"twice\":3}", NULL);
    expect_slug(f, got, RC_INVALID, "record.readonly");
    fixture_next(f);
    got = create(
        f, &who, T_FIGURE,
        "{\"series\":\"S1\",\"period\":\"2022-05\",\"flow\":\"X\",\"value\":1,\"twice\":2.00}", &r);
    assert_int_equal(got, RC_OK); /* what an export gave may come back */
    fixture_close(f);
}

static void test_upsert(void **state)
{
    (void)state;
    struct fixture *f = city();
    char did = 0;
    assert_int_equal(upsert(f, &f->system, T_FIGURE, good, &did), RC_OK);
    assert_int_equal(did, 'c');
    assert_int_equal(upsert(f, &f->system, T_FIGURE, good, &did), RC_OK);
    assert_int_equal(did, '=');
    assert_int_equal(
        upsert(f, &f->system, T_FIGURE,
               "{\"series\":\"S1\",\"period\":\"2022-05\",\"flow\":\"出口\",\"value\":7}", &did),
        RC_OK);
    assert_int_equal(did, 'u');
    fixture_next(f);
    expect_slug(f, upsert(f, &f->system, T_FIGURE, "{\"period\":\"2022-05\",\"value\":7}", &did),
                RC_INVALID, "record.required");
    must_audit(f);
    fixture_close(f);
}

static void test_void_referenced(void **state)
{
    (void)state;
    struct fixture *f = city();
    int64_t series = 0, id = must_create(f, T_FIGURE, good);
    assert_int_equal(rec_find_key(&f->cx, f->db, type_at(f, T_SERIES), STR("S1"), &series), RC_OK);
    expect_slug(f, void_it(f, &f->system, T_SERIES, series, 0), RC_CONFLICT, "record.referenced");
    fixture_next(f);
    assert_int_equal(void_it(f, &f->system, T_FIGURE, id, 0), RC_OK);
    assert_int_equal(void_it(f, &f->system, T_SERIES, series, 0), RC_OK);
    expect_slug(f, create(f, &f->system, T_FIGURE, good, NULL), RC_INVALID, "record.reference");
    must_audit(f);
    fixture_close(f);
}

/* What a job resolved or created must not be remembered when the job is undone. */
static void test_undone_job(void **state)
{
    (void)state;
    struct fixture *f = city();
    struct record r;
    const struct json *series = json_of(f, "{\"code\":\"S2\",\"name\":\"x\"}"),
                      *figure =
                          json_of(f, "{\"series\":\"S2\",\"period\":\"2022-05\",\"flow\":\"X\"}");
    for (int commit = 0; commit < 2; commit++) {
        fixture_next(f);
        series = json_of(f, "{\"code\":\"S2\",\"name\":\"x\"}");
        figure = json_of(f, "{\"series\":\"S2\",\"period\":\"2022-05\",\"flow\":\"X\"}");
        batch_begin(f);
        job_begin(f);
        assert_int_equal(rec_create(&f->cx, f->store, f->db, &f->system, type_at(f, T_SERIES),
                                    series, STR(""), &r),
                         RC_OK);
        assert_int_equal(rec_create(&f->cx, f->store, f->db, &f->system, type_at(f, T_FIGURE),
                                    figure, STR(""), &r),
                         RC_OK);
        if (commit == 0) /* the job fails */
            assert_int_equal(job_end(f, RC_INVALID), RC_INVALID);
        else /* the commit fails */
            assert_int_equal(job_end(f, RC_OK), RC_OK);
        assert_int_equal(batch_end(f, commit == 0 ? RC_OK : RC_FULL),
                         commit == 0 ? RC_OK : RC_FULL);
        fixture_next(f);
        expect_slug(f,
                    create(f, &f->system, T_FIGURE,
                           "{\"series\":\"S2\",\"period\":\"2022-05\",\"flow\":\"X\"}", NULL),
                    RC_INVALID, "record.reference");
    }
    must_audit(f);
    fixture_close(f);
}

static str json_text_of(struct fixture *f, const struct actor *who, int64_t id, bool history)
{
    struct buf b = {.arena = &f->arena};
    struct jw w = {.out = &b};
    struct record r;
    assert_int_equal(rec_load(&f->cx, f->db, type_at(f, T_FIGURE), id, &r), RC_OK);
    if (history)
        assert_int_equal(rec_history_write(&f->cx, f->db, who, r.type, id, &w), RC_OK);
    else
        assert_int_equal(rec_write_json(&f->cx, f->db, who, &r, &w), RC_OK);
    const struct json *j = NULL;
    assert_int_equal(json_parse(&f->cx, buf_str(&b), &j), RC_OK);
    return buf_str(&b);
}

static void assert_has(str text, const char *part)
{
    if (str_index(text, str_from(part)) == SIZE_MAX)
        fail_msg("%s is not in %.*s", part, STR_ARG(text));
}

static void test_json_and_history(void **state)
{
    (void)state;
    struct fixture *f = city();
    int64_t id = must_create(
        f, T_FIGURE,
        "{\"series\":\"S1\",\"period\":\"2022-05\",\"flow\":\"X\",\"value\":1275.30,"
        "\"secret\":\"李明\",\"org\":\"town\",\"day\":\"2022-06-16\",\"at\":\"2022-06-16T09:30:00.5Z\"}");
    assert_int_equal(
        correct(f, &f->system, T_FIGURE, id, 1, "{\"secret\":\"张三\",\"value\":1300}", NULL),
        RC_OK);
    str all = json_text_of(f, &f->system, id, false);
    assert_has(all, "\"version\":2,\"type\":\"t.figure\",\"label\":\"S1/2022-05/X\"");
    assert_has(all, "\"may\":[\"correct\",\"void\"]");
    assert_has(all, "\"key\":\"S1\",\"label\":\"市场采购\"}");
    assert_has(all, "\"value\":1300.00");
    assert_has(all, "\"secret\":\"张三\"");
    assert_has(all, "\"day\":\"2022-06-16\",\"at\":\"2022-06-16T17:30:00.500000+08:00\"");
    /* somebody without the purpose */
    struct app_grant grant = {.type = type_at(f, T_FIGURE), .reach = {REACH_ALL}};
    const struct app_role role = {.grant = &grant, .grant_count = 1};
    const struct app_role *roles[] = {&role};
    const struct actor who = {.code = STR("wang"), .role = roles, .role_count = 1};
    str some = json_text_of(f, &who, id, false);
    assert_has(some, "\"secret\":{\"masked\":true,\"shown\":\"张**\"}");
    assert_has(some, "\"may\":[]");
    str history = json_text_of(f, &f->system, id, true);
    assert_has(
        history,
        "\"act\":\"record.correct\",\"reason\":\"because\",\"changes\":[{\"field\":\"value\","
        "\"from\":1275.30,\"to\":1300.00}");
    assert_has(history, "\"from\":\"李明\",\"to\":\"张三\"");
    str masked = json_text_of(f, &who, id, true);
    assert_has(masked, "\"from\":{\"masked\":true,\"shown\":\"李**\"}");
    assert_int_equal(str_index(masked, STR("李明")), SIZE_MAX);
    fixture_close(f);
}

static void test_files(void **state)
{
    (void)state;
    struct fixture *f = city();
    struct rec_file a, b;
    str content;
    assert_int_equal(rec_file_put(&f->cx, f->db, &f->system, STR("../../证据.pdf"),
                                  STR("application/pdf"), STR("abc"), &a),
                     RC_OK);
    assert_true(
        str_eq(a.hash, STR("66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0")));
    assert_true(str_eq(a.name, STR("证据.pdf")));
    assert_int_equal(
        rec_file_put(&f->cx, f->db, &f->system, STR("other"), STR("x"), STR("abc"), &b), RC_OK);
    assert_true(str_eq(b.name, STR("证据.pdf"))); /* the same content once */
    assert_int_equal(rec_file_get(&f->cx, f->db, a.hash, &b, &content), RC_OK);
    assert_true(str_eq(content, STR("abc")));
    expect_slug(f, rec_file_get(&f->cx, f->db, STR("no"), &b, &content), RC_MISSING,
                "record.file-missing");
    fixture_next(f);
    expect_slug(f, rec_file_put(&f->cx, f->db, &f->system, STR("x"), STR("x"), STR(""), &b),
                RC_INVALID, "record.file-empty");
    fixture_next(f);
    char *big = NEWS(&f->arena, char, REC_FILE_BYTES_MAX + 1);
    rc r = rec_file_put(&f->cx, f->db, &f->system, STR("x"), STR("x"),
                        ((str){big, REC_FILE_BYTES_MAX + 1}), &b);
    expect_slug(f, r, RC_TOO_LARGE, "record.file-too-large");
    fixture_next(f);
    int64_t id = must_create(
        f, T_FIGURE,
        "{\"series\":\"S1\",\"period\":\"2022-05\",\"flow\":\"X\",\"docs\":[\"66c7f0f462eeedd9d1"
        "f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0\"]}");
    assert_has(json_text_of(f, &f->system, id, false),
               "\"name\":\"证据.pdf\",\"bytes\":3,\"media_type\":\"application/pdf\"");
    fixture_close(f);
}

/* What is looked up by fits into an index of either database. */
static void test_long_key(void **state)
{
    (void)state;
    struct fixture *f = fixture_open(NULL);
    for (int bytes = 2000; bytes <= 2001; bytes++) {
        char code[2002] = {0};
        memset(code, 'x', (size_t)bytes);
        const char *json =
            arena_cstr(&f->arena, arena_printf(&f->arena, "{\"code\":\"%s\"}", code));
        rc r = create(f, &f->system, T_SERIES, json, NULL);
        if (bytes == 2000)
            assert_int_equal(r, RC_OK);
        else
            expect_slug(f, r, RC_INVALID, "record.length");
    }
    fixture_close(f);
}

static void test_no_key(void **state)
{
    (void)state;
    struct fixture *f = city();
    struct record r;
    int64_t figure = must_create(f, T_FIGURE, good), id = 0;
    assert_int_equal(
        create(f, &f->system, T_NOTE, "{\"text\":\"看\",\"figure\":\"S1/2022-05/X\"}", &r), RC_OK);
    assert_int_equal(r.value[1].i64, figure);
    str key = rec_key_text(&f->cx, f->db, &r);
    assert_int_equal(rec_find_key(&f->cx, f->db, type_at(f, T_NOTE), key, &id), RC_OK);
    assert_int_equal(id, r.id);
    fixture_next(f);
    assert_int_equal(
        create(f, &f->system, T_SERIES, "{\"code\":\"a/b\\\\c\",\"name\":\"x\"}", NULL), RC_OK);
    assert_int_equal(create(f, &f->system, T_FIGURE,
                            "{\"series\":\"a/b\\\\c\",\"period\":\"2022-05\",\"flow\":\"X\"}", &r),
                     RC_OK);
    key = rec_key_text(&f->cx, f->db, &r);
    assert_true(str_eq(key, STR("a\\/b\\\\c/2022-05/X")));
    assert_int_equal(rec_find_key(&f->cx, f->db, type_at(f, T_FIGURE), key, &id), RC_OK);
    assert_int_equal(id, r.id);
    struct feel_value slot[F_COUNT + 1];
    struct record again;
    assert_int_equal(rec_load(&f->cx, f->db, type_at(f, T_FIGURE), r.id, &again), RC_OK);
    assert_int_equal(rec_feel_values(&f->cx, f->db, &again, slot), RC_OK);
    assert_true(str_eq(feel_str(&slot[F_SERIES]), STR("a/b\\c")));
    assert_int_equal(slot[F_COUNT].kind, FEEL_NULL);
    fixture_close(f);
}

static void test_plan(void **state)
{
    (void)state;
    struct fixture *f = city();
    struct buf b = {.arena = &f->arena};
    assert_int_equal(rec_plan_write(&f->cx, f->db, &f->catalogue, &b), RC_OK);
    assert_int_equal(b.len, 0); /* nothing to do */
    struct db *empty;
    assert_int_equal(db_open(&f->cx, STR(":memory:"), DB_WRITER, &empty), RC_OK);
    assert_int_equal(rec_plan_write(&f->cx, empty, &f->catalogue, &b), RC_OK);
    assert_has(buf_str(&b), "t_figure");
    db_close(empty);
    assert_int_equal(rec_migrate(&f->cx, f->db, &f->catalogue), RC_OK); /* again: no harm */
    must_audit(f);
    fixture_close(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_create),
                                       cmocka_unit_test(test_refused),
                                       cmocka_unit_test(test_numbers),
                                       cmocka_unit_test(test_all_faults_at_once),
                                       cmocka_unit_test(test_duplicate),
                                       cmocka_unit_test(test_correct),
                                       cmocka_unit_test(test_stale),
                                       cmocka_unit_test(test_stale_within_batch),
                                       cmocka_unit_test(test_readonly),
                                       cmocka_unit_test(test_upsert),
                                       cmocka_unit_test(test_void_referenced),
                                       cmocka_unit_test(test_undone_job),
                                       cmocka_unit_test(test_json_and_history),
                                       cmocka_unit_test(test_files),
                                       cmocka_unit_test(test_long_key),
                                       cmocka_unit_test(test_no_key),
                                       cmocka_unit_test(test_plan)};
    return cmocka_run_group_tests_name("record write", tests, NULL, NULL);
}
