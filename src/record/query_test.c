/* Lists against a slow oracle: every record loaded, filtered and sorted here, compared with the pages
 * the query gives; cursors while records are added; counts; search; conditions in FEEL. */
#include <stdlib.h>

#include "record/fixture.h"

enum { RECORDS = 700, SERIES = 12 };
static const char *const note_of[] = {
    "市场采购出口", "一般贸易 General Trade", "加工贸易", "市场", "ａｂｃ ABC", "采购", "x", ""};

struct model {
    struct fixture *f;
    struct record *at;
    size_t len;
};

static void model_load(struct model *m)
{
    struct fixture *f = m->f;
    m->at = NEWS(&f->arena, struct record, RECORDS * 2);
    m->len = 0;
    for (int64_t id = 1001; id <= f->last_id; id++) {
        struct record r;
        struct cx cx = {.arena = &f->arena};
        if (rec_load(&cx, f->db, type_at(f, T_FIGURE), id, &r) == RC_OK && !r.voided)
            m->at[m->len++] = r;
    }
}

/* Figures with absent values among them; some void. */
static struct fixture *city(uint64_t *seed)
{
    struct fixture *f = fixture_open(NULL);
    (void)must_create(f, T_ORG, "{\"code\":\"city\",\"name\":\"市政府\"}");
    (void)must_create(f, T_ORG, "{\"code\":\"town\",\"name\":\"镇\",\"parent\":\"city\"}");
    for (int i = 0; i < SERIES; i++)
        (void)must_create(
            f, T_SERIES,
            arena_cstr(&f->arena,
                       arena_printf(&f->arena, "{\"code\":\"S%d\",\"name\":\"n%d\"}", i, i)));
    for (int i = 0; i < RECORDS; i++) {
        struct buf b = {.arena = &f->arena};
        const char *note = note_of[rnd(seed, COUNTOF(note_of))];
        buf_printf(&b, "{\"series\":\"S%d\",\"period\":\"20%02d-%02d\",\"flow\":\"%c\"", i % SERIES,
                   10 + i / SERIES / 24, 1 + i / SERIES / 2 % 12, i / SERIES % 2 ? 'X' : 'M');
        if (*note) buf_printf(&b, ",\"note\":\"%s%d\"", note, (int)rnd(seed, 20));
        if (rnd(seed, 4))
            buf_printf(&b, ",\"value\":%d.%02d", (int)rnd(seed, 1000) - 100, (int)rnd(seed, 100));
        if (rnd(seed, 3)) buf_printf(&b, ",\"n\":%d", (int)rnd(seed, 10));
        if (rnd(seed, 3))
            buf_printf(&b, ",\"day\":\"2022-%02d-%02d\"", 1 + (int)rnd(seed, 3),
                       1 + (int)rnd(seed, 28));
        if (rnd(seed, 3))
            buf_printf(&b, ",\"at\":\"2022-01-%02dT%02d:00:00Z\"", 1 + (int)rnd(seed, 28),
                       (int)rnd(seed, 24));
        if (rnd(seed, 5)) buf_printf(&b, ",\"org\":\"%s\"", rnd(seed, 2) ? "city" : "town");
        if (rnd(seed, 2)) buf_printf(&b, ",\"final\":%s", rnd(seed, 2) ? "true" : "false");
        buf_char(&b, '}');
        buf_char(&b, 0);
        struct record r;
        rc got = create(f, &f->system, T_FIGURE, b.at, &r);
        if (got == RC_OK && rnd(seed, 12) == 0)
            assert_int_equal(void_it(f, &f->system, T_FIGURE, r.id, 0), RC_OK);
        err_clear(&f->cx);
    }
    return f;
}

/* ---- the oracle ---- */

static int order_of(const struct app_field *f, const struct record *a, const struct record *b)
{
    int by = 0;
    if (f) {
        const struct rec_value *x = &a->value[f->index], *y = &b->value[f->index];
        if (x->present != y->present)
            by = x->present ? 1 : -1;
        else if (f->kind == FIELD_TEXT || f->kind == FIELD_CODE || f->kind == FIELD_PERIOD)
            by = str_cmp(x->text, y->text);
        else
            by = (x->i64 > y->i64) - (x->i64 < y->i64);
    }
    return by ? by : (a->id > b->id) - (a->id < b->id);
}

static bool passes(const struct rec_filter *c, const struct record *r)
{
    const struct rec_value *v = &r->value[c->field->index];
    bool any = false;
    if (c->op == REC_NULL) return !v->present;
    if (c->op == REC_NOT_NULL) return v->present;
    if (c->op == REC_NE && !v->present) return true;
    if (!v->present) return false;
    for (int i = 0; i < c->count; i++) {
        struct arena a;
        int cmp = 0;
        arena_init(&a, 1 << 20);
        if (c->field->kind == FIELD_TEXT || c->field->kind == FIELD_CODE ||
            c->field->kind == FIELD_PERIOD) {
            cmp = str_cmp(v->text, c->text[i]);
        } else {
            int64_t want = 0;
            day_t day = 0;
            dec d;
            if (c->field->kind == FIELD_BOOLEAN)
                want = str_eq(c->text[i], STR("true"));
            else if (c->field->kind == FIELD_DATE && day_parse(c->text[i], &day))
                want = day;
            else if (c->field->kind == FIELD_MOMENT)
                assert_true(us_parse(c->text[i], &want));
            else if (dec_parse(c->text[i], &d))
                assert_true(dec_to_fixed(d, c->field->scale, &want));
            cmp = (v->i64 > want) - (v->i64 < want);
        }
        arena_done(&a);
        switch (c->op) {
        case REC_EQ:
        case REC_IN: any = any || cmp == 0; break;
        case REC_NE: any = cmp != 0; break;
        case REC_LT: any = cmp < 0; break;
        case REC_LE: any = cmp <= 0; break;
        case REC_GT: any = cmp > 0; break;
        case REC_GE: any = cmp >= 0; break;
        case REC_CONTAINS:
        case REC_NULL:
        case REC_NOT_NULL: break;
        }
    }
    return any;
}

/* Insertion sort of what passes: slow and plain. */
static size_t expected(const struct model *m, const struct rec_query *q, int64_t *out)
{
    size_t n = 0;
    const struct record **list = NEWS(m->f->cx.arena, const struct record *, m->len + 1);
    for (size_t i = 0; i < m->len; i++) {
        bool ok = true;
        for (int k = 0; k < q->filter_count; k++)
            ok = ok && passes(&q->filter[k], &m->at[i]);
        if (!ok) continue;
        size_t at = n++;
        for (; at > 0; at--) {
            int cmp = order_of(q->sort, list[at - 1], &m->at[i]);
            if (q->sort ? (q->descending ? cmp > 0 : cmp < 0) : cmp > 0) break;
            list[at] = list[at - 1];
        }
        list[at] = &m->at[i];
    }
    for (size_t i = 0; i < n; i++)
        out[i] = list[i]->id;
    return n;
}

static void compare(struct model *m, struct rec_query *q, int limit)
{
    int64_t *want = NEWS(m->f->cx.arena, int64_t, m->len + 1);
    size_t count = expected(m, q, want), seen = 0;
    struct rec_page page = {0};
    q->limit = limit;
    q->count = true;
    q->after = STR("");
    do {
        rc r = rec_find(&m->f->cx, m->f->db, q, &page);
        if (r != RC_OK) fail_msg("%s: %.*s", m->f->cx.err.slug, STR_ARG(m->f->cx.err.detail));
        if (page.total != (int64_t)count)
            fail_msg("total %d, expected %d", (int)page.total, (int)count);
        for (size_t i = 0; i < page.len; i++, seen++)
            if (seen >= count || page.at[i].id != want[seen]) fail_msg("row %d differs", (int)seen);
        q->after = page.next;
    } while (page.next.len);
    assert_int_equal(seen, count);
}

/* ---- random queries ---- */

static str operand(struct model *m, uint64_t *seed, const struct app_field *f)
{
    struct arena *a = m->f->cx.arena;
    switch (f->kind) {
    case FIELD_CODE: return rnd(seed, 2) ? STR("X") : STR("M");
    case FIELD_PERIOD:
        return arena_printf(a, "20%02d-%02d", 9 + (int)rnd(seed, 4), 1 + (int)rnd(seed, 12));
    case FIELD_NUMBER:
        return arena_printf(a, "%d.%02d", (int)rnd(seed, 1100) - 100, (int)rnd(seed, 100));
    case FIELD_INTEGER: return arena_printf(a, "%d", (int)rnd(seed, 12));
    case FIELD_BOOLEAN: return rnd(seed, 2) ? STR("true") : STR("false");
    case FIELD_DATE:
        return arena_printf(a, "2022-%02d-%02d", 1 + (int)rnd(seed, 3), 1 + (int)rnd(seed, 28));
    case FIELD_MOMENT:
        return arena_printf(a, "2022-01-%02dT%02d:00:00Z", 1 + (int)rnd(seed, 28),
                            (int)rnd(seed, 24));
    default: return m->at[rnd(seed, (uint32_t)m->len)].value[f->index].text;
    }
}

static struct rec_filter random_filter(struct model *m, uint64_t *seed)
{
    static const int fields[] = {F_PERIOD, F_FLOW, F_VALUE, F_NOTE, F_FINAL, F_N, F_DAY, F_AT};
    static const enum rec_op ops[] = {REC_EQ, REC_NE, REC_LT,   REC_LE,      REC_GT,
                                      REC_GE, REC_IN, REC_NULL, REC_NOT_NULL};
    struct rec_filter c = {.field = field_at(m->f, T_FIGURE, fields[rnd(seed, COUNTOF(fields))]),
                           .op = ops[rnd(seed, COUNTOF(ops))]};
    if (c.field->kind == FIELD_BOOLEAN && c.op >= REC_LT && c.op <= REC_GE) c.op = REC_EQ;
    if (c.op == REC_NULL || c.op == REC_NOT_NULL) return c;
    c.count = c.op == REC_IN ? 1 + (int)rnd(seed, 4) : 1;
    str *text = NEWS(m->f->cx.arena, str, (size_t)c.count);
    for (int i = 0; i < c.count; i++)
        do
            text[i] = operand(m, seed, c.field);
        while (!text[i].len);
    c.text = text;
    return c;
}

static void test_against_oracle(void **state)
{
    (void)state;
    static const int sorts[] = {-1,      F_PERIOD, F_FLOW, F_VALUE, F_NOTE,
                                F_FINAL, F_N,      F_DAY,  F_AT,    F_SERIES};
    uint64_t seed = 7;
    struct fixture *f = city(&seed);
    struct model m = {.f = f};
    struct arena random;
    arena_init(&random, 64 << 20);
    model_load(&m);
    assert_true(m.len > RECORDS / 2);
    f->cx.arena = &random; /* the model stays */
    for (int i = 0; i < 400; i++) {
        arena_reset(&random);
        struct rec_filter filter[3];
        int sort = sorts[rnd(&seed, COUNTOF(sorts))];
        struct rec_query q = {.type = type_at(f, T_FIGURE), .who = &f->system, .filter = filter};
        q.filter_count = (int)rnd(&seed, 4);
        for (int k = 0; k < q.filter_count; k++)
            filter[k] = random_filter(&m, &seed);
        q.sort = sort < 0 ? NULL : field_at(f, T_FIGURE, sort);
        q.descending = rnd(&seed, 2);
        compare(&m, &q, 1 + (int)rnd(&seed, 120));
    }
    arena_done(&random);
    fixture_close(f);
}

/* Records are added behind and before the cursor while somebody turns pages: none that was there is
 * shown twice or left out. */
static void test_pages_while_writing(void **state)
{
    (void)state;
    uint64_t seed = 11;
    struct fixture *f = city(&seed);
    struct model m = {.f = f};
    model_load(&m);
    const size_t before = m.len;
    const int64_t last = f->last_id;
    struct rec_query q = {.type = type_at(f, T_FIGURE), .who = &f->system, .limit = 40};
    q.sort = field_at(f, T_FIGURE, F_VALUE);
    size_t seen = 0;
    struct record prior = {0};
    for (int page_no = 0;; page_no++) {
        struct rec_page page = {0};
        assert_int_equal(rec_find(&f->cx, f->db, &q, &page), RC_OK);
        for (size_t i = 0; i < page.len; i++) {
            if (prior.type) assert_true(order_of(q.sort, &prior, &page.at[i]) < 0);
            prior = page.at[i];
            seen += page.at[i].id <= last;
        }
        if (!page.next.len) break;
        q.after = page.next;
        (void)must_create(
            f, T_FIGURE,
            arena_cstr(
                &f->arena,
                arena_printf(
                    &f->arena,
                    "{\"series\":\"S%d\",\"period\":\"2001-%02d\",\"flow\":\"X\",\"value\":%d}",
                    page_no % SERIES, 1 + page_no / SERIES, (int)rnd(&seed, 900))));
    }
    assert_int_equal(seen, before);
    q.descending = true; /* a cursor of another order */
    expect_slug(f, rec_find(&f->cx, f->db, &q, &(struct rec_page){0}), RC_INVALID, "record.cursor");
    fixture_close(f);
}

/* ---- conditions in FEEL ---- */

static bool f_and(const struct record *r)
{
    return str_eq(r->value[F_FLOW].text, STR("X")) && r->value[F_VALUE].present &&
           r->value[F_VALUE].i64 >= 10000;
}
static bool f_or(const struct record *r)
{
    return str_eq(r->value[F_FLOW].text, STR("X")) ||
           (r->value[F_VALUE].present && r->value[F_VALUE].i64 < 0);
}
static bool f_ref(const struct record *r)
{
    return str_eq(r->value[F_SERIES].text, STR("S3")) && r->value[F_N].present &&
           r->value[F_N].i64 > 4;
}
static bool f_not(const struct record *r)
{
    return !(r->value[F_N].present && r->value[F_N].i64 == 3);
}
static bool f_text(const struct record *r)
{
    return r->value[F_NOTE].present && str_index(r->value[F_NOTE].text, STR("采购")) != SIZE_MAX;
}
static bool f_day(const struct record *r)
{
    day_t d;
    return day_parse(STR("2022-02-10"), &d) && r->value[F_DAY].present && r->value[F_DAY].i64 >= d;
}
static bool f_sum(const struct record *r)
{
    return r->value[F_N].present && r->value[F_VALUE].present &&
           r->value[F_VALUE].i64 + 100 * r->value[F_N].i64 > 50000;
}
static bool f_false(const struct record *r)
{
    (void)r;
    return false;
}

static void test_where(void **state)
{
    (void)state;
    static const struct {
        const char *where;
        bool (*holds)(const struct record *);
    } cases[] = {{"flow = \"X\" and value >= 100", f_and},
                 {"100 <= value and \"X\" = flow", f_and},
                 {"flow = \"X\" or value < 0", f_or},
                 {"series = \"S3\" and n > 4", f_ref},
                 {"n != 3", f_not},
                 {"contains(note, \"采购\")", f_text},
                 {"day >= date(\"2022-02-10\")", f_day},
                 {"value + n > 500", f_sum},
                 {"flow = \"nothing\"", f_false},
                 {"series = \"S99\"", f_false},
                 {"if flow = \"X\" then value >= 100 else false", f_and},
                 {"(flow = \"X\") and value >= 100", f_and}};
    uint64_t seed = 3;
    struct fixture *f = city(&seed);
    struct model m = {.f = f};
    for (size_t i = 0; i < COUNTOF(cases); i++) {
        fixture_next(f);
        model_load(&m);
        size_t want = 0;
        for (size_t k = 0; k < m.len; k++) {
            assert_int_equal(rec_feel_values(&f->cx, f->db, &m.at[k],
                                             NEWS(&f->arena, struct feel_value, F_COUNT + 1)),
                             RC_OK);
            str key = rec_key_text(&f->cx, f->db, &m.at[k]);
            (void)str_cut(key, '/', &key);
            m.at[k].value[F_SERIES].text =
                str_cut(rec_key_text(&f->cx, f->db, &m.at[k]), '/', &key);
            want += cases[i].holds(&m.at[k]);
        }
        struct rec_query q = {.type = type_at(f, T_FIGURE),
                              .who = &f->system,
                              .where = str_from(cases[i].where),
                              .limit = 500,
                              .count = true};
        struct rec_page page = {0};
        rc r = rec_find(&f->cx, f->db, &q, &page);
        if (r != RC_OK) fail_msg("%s: %.*s", cases[i].where, STR_ARG(f->cx.err.detail));
        if (page.total != (int64_t)want)
            fail_msg("%s: %d, expected %d", cases[i].where, (int)page.total, (int)want);
        assert_int_equal(page.len, want < 500 ? want : 500);
    }
    fixture_next(f);
    struct rec_query q = {
        .type = type_at(f, T_FIGURE), .who = &f->system, .where = STR("vlaue > 1")};
    expect_slug(f, rec_find(&f->cx, f->db, &q, &(struct rec_page){0}), RC_INVALID,
                "feel.unknown-name");
    fixture_next(f);
    q.where = STR("value + 1");
    expect_slug(f, rec_find(&f->cx, f->db, &q, &(struct rec_page){0}), RC_INVALID, "record.filter");
    fixture_close(f);
}

/* ---- search ---- */

static str folded(struct fixture *f, str s)
{
    struct buf b = {.arena = &f->arena};
    for (size_t at = 0; at < s.len;) {
        char room[4];
        uint32_t c = utf8_next(s, &at);
        if (c >= 0xFF01 && c <= 0xFF5E) c -= 0xFEE0;
        if (c >= 'A' && c <= 'Z') c += 32;
        buf_add(&b, (str){room, utf8_put(room, c)});
    }
    return buf_str(&b);
}

static void test_search(void **state)
{
    (void)state;
    static const char *const needles[] = {"市场采购", "市场", "场采", "采", "购1", "trade", "TRADE",
                                          "l T",      "abc",  "ABC1", "x",  "1",   "19",    "没有"};
    uint64_t seed = 5;
    struct fixture *f = city(&seed);
    struct model m = {.f = f};
    for (size_t i = 0; i < COUNTOF(needles); i++)
        for (int how = 0; how < 3; how++) {
            fixture_next(f);
            model_load(&m);
            int64_t want = 0;
            str needle = folded(f, str_from(needles[i]));
            for (size_t k = 0; k < m.len; k++) {
                str note = folded(f, m.at[k].value[F_NOTE].text);
                want += str_index(note, needle) != SIZE_MAX &&
                        (how != 2 || str_eq(m.at[k].value[F_FLOW].text, STR("X")));
            }
            str text = str_from(needles[i]), flow = STR("X");
            struct rec_filter filter[2] = {
                {.field = field_at(f, T_FIGURE, F_NOTE),
                 .op = REC_CONTAINS,
                 .text = &text,
                 .count = 1},
                {.field = field_at(f, T_FIGURE, F_FLOW), .op = REC_EQ, .text = &flow, .count = 1}};
            struct rec_query q = {
                .type = type_at(f, T_FIGURE), .who = &f->system, .limit = 500, .count = true};
            if (how == 0) q.filter = filter, q.filter_count = 1;
            if (how > 0) q.search = str_from(needles[i]);
            if (how == 2)
                q.filter = filter + 1, q.filter_count = 1, q.sort = field_at(f, T_FIGURE, F_VALUE);
            struct rec_page page = {0};
            rc r = rec_find(&f->cx, f->db, &q, &page);
            if (r != RC_OK) fail_msg("%s: %.*s", needles[i], STR_ARG(f->cx.err.detail));
            /* letters may also be initials */
            const bool latin = (unsigned char)needles[i][0] < 128;
            if (latin && how ? page.total < want : page.total != want)
                fail_msg("%s (%d): %d, expected %d", needles[i], how, (int)page.total, (int)want);
            if (page.total <= 500 && page.len != (size_t)page.total)
                fail_msg("%s: %d rows", needles[i], (int)page.len);
        }
    fixture_close(f);
}

static void test_initials(void **state)
{
    (void)state;
    struct fixture *f = fixture_open(NULL);
    int64_t id = must_create(f, T_SERIES, "{\"code\":\"a\",\"name\":\"市场采购\"}");
    (void)must_create(f, T_SERIES, "{\"code\":\"b\",\"name\":\"一般贸易\"}");
    static const char *const needles[] = {"sccg", "SCC", "cg", "s"};
    for (size_t i = 0; i < COUNTOF(needles); i++) {
        struct rec_query q = {.type = type_at(f, T_SERIES),
                              .who = &f->system,
                              .search = str_from(needles[i]),
                              .count = true};
        struct rec_page page = {0};
        assert_int_equal(rec_find(&f->cx, f->db, &q, &page), RC_OK);
        assert_int_equal(page.len, 1);
        assert_int_equal(page.at[0].id, id);
    }
    assert_int_equal(correct(f, &f->system, T_SERIES, id, 1, "{\"name\":\"加工\"}", NULL), RC_OK);
    struct rec_query q = {
        .type = type_at(f, T_SERIES), .who = &f->system, .search = STR("sccg"), .count = true};
    struct rec_page page = {0};
    assert_int_equal(rec_find(&f->cx, f->db, &q, &page), RC_OK);
    assert_int_equal(page.total, 0);
    q = (struct rec_query){.type = type_at(f, T_NOTE), .who = &f->system, .search = STR("x")};
    expect_slug(f, rec_find(&f->cx, f->db, &q, &page), RC_INVALID, "record.no-search");
    fixture_close(f);
}

/* More matches than are collected: the page comes along the index of the sort field, or by id. */
static void test_search_many(void **state)
{
    (void)state;
    enum { MANY = 6200 };
    static const struct {
        const char *needle;
        int sort;
        bool contains;
    } cases[] = {{"sccg", F_VALUE, false}, {"市场采购", F_VALUE, false},
                 {"采", F_VALUE, false},   {"sccg", -1, false},
                 {"市场采购", -1, false},  {"采购", F_VALUE, true},
                 {"scc", F_NOTE, false},   {"采购", -1, true}};
    struct fixture *f = fixture_open(NULL);
    int64_t first = 0;
    for (int i = 0; i < 30; i++)
        (void)must_create(f, T_SERIES,
                          arena_cstr(&f->arena, arena_printf(&f->arena, "{\"code\":\"S%d\"}", i)));
    batch_begin(f);
    job_begin(f);
    for (int i = 0; i < MANY; i++) {
        struct record r;
        str json =
            arena_printf(&f->arena,
                         "{\"series\":\"S%d\",\"period\":\"%d-%02d\",\"flow\":\"X\",\"value\":%d,"
                         "\"note\":\"%s\"}",
                         i % 30, 1900 + i / 360, 1 + i / 30 % 12, (i * 7919) % MANY,
                         i % 20 ? "在市场采购的" : "其他");
        const struct json *j = json_of(f, arena_cstr(&f->arena, json));
        assert_int_equal(
            rec_create(&f->cx, f->store, f->db, &f->system, type_at(f, T_FIGURE), j, STR(""), &r),
            RC_OK);
        if (!first) first = r.id;
    }
    assert_int_equal(job_end(f, RC_OK), RC_OK);
    assert_int_equal(batch_end(f, RC_OK), RC_OK);
    for (size_t n = 0; n < COUNTOF(cases); n++) {
        fixture_next(f);
        str text = str_from(cases[n].needle);
        struct rec_filter filter = {
            .field = field_at(f, T_FIGURE, F_NOTE), .op = REC_CONTAINS, .text = &text, .count = 1};
        struct rec_query q = {
            .type = type_at(f, T_FIGURE), .who = &f->system, .count = true, .limit = 500};
        if (cases[n].sort >= 0) q.sort = field_at(f, T_FIGURE, cases[n].sort);
        if (cases[n].contains)
            q.filter = &filter, q.filter_count = 1;
        else
            q.search = text;
        size_t seen = 0;
        int64_t prior = INT64_MIN;
        struct rec_page page = {0};
        do {
            assert_int_equal(rec_find(&f->cx, f->db, &q, &page), RC_OK);
            assert_int_equal(page.total, MANY - MANY / 20);
            for (size_t i = 0; i < page.len; i++, seen++) {
                const int64_t v = cases[n].sort == F_VALUE ? page.at[i].value[F_VALUE].i64
                                  : cases[n].sort < 0      ? -page.at[i].id
                                                           : page.at[i].id;
                assert_true(v > prior);
                assert_int_not_equal((page.at[i].id - first) % 20, 0);
                prior = v;
            }
            q.after = page.next;
        } while (page.next.len);
        assert_int_equal(seen, MANY - MANY / 20);
    }
    fixture_close(f);
}

static rc count_one(struct cx *cx, const struct record *r, void *data)
{
    int64_t *n = data;
    (void)cx;
    n[0]++;
    n[1] += r->value[F_VALUE].i64;
    return RC_OK;
}

static rc refuse(struct cx *cx, const struct record *r, void *data)
{
    (void)data;
    return err_set(cx, RC_FULL, "test.full", "满 %d", "full %d", (int)r->id);
}

static void test_each(void **state)
{
    (void)state;
    uint64_t seed = 9;
    struct fixture *f = city(&seed);
    struct model m = {.f = f};
    model_load(&m);
    int64_t n[2] = {0}, sum = 0;
    for (size_t i = 0; i < m.len; i++)
        sum += m.at[i].value[F_VALUE].i64;
    struct rec_query q = {
        .type = type_at(f, T_FIGURE), .who = &f->system, .sort = field_at(f, T_FIGURE, F_VALUE)};
    assert_int_equal(rec_each(&f->cx, f->db, &q, count_one, n), RC_OK);
    assert_int_equal(n[0], m.len);
    assert_int_equal(n[1], sum);
    expect_slug(f, rec_each(&f->cx, f->db, &q, refuse, NULL), RC_FULL, "test.full");
    fixture_close(f);
}

/* Filters that make no sense say so. */
static void test_bad_filters(void **state)
{
    (void)state;
    uint64_t seed = 2;
    struct fixture *f = city(&seed);
    static const struct {
        int field;
        enum rec_op op;
        const char *text, *slug;
    } bad[] = {
        {F_VALUE, REC_EQ, "x", "record.type"},  {F_DAY, REC_LT, "2022-02-30", "record.date"},
        {F_FLOW, REC_EQ, "Z", "record.code"},   {F_SERIES, REC_LT, "S1", "record.filter"},
        {F_DOCS, REC_EQ, "x", "record.filter"}, {F_VALUE, REC_CONTAINS, "1", "record.filter"},
        {F_VALUE, REC_EQ, "", "record.filter"}};
    for (size_t i = 0; i < COUNTOF(bad); i++) {
        fixture_next(f);
        str text = str_from(bad[i].text);
        struct rec_filter c = {.field = field_at(f, T_FIGURE, bad[i].field),
                               .op = bad[i].op,
                               .text = &text,
                               .count = 1};
        struct rec_query q = {
            .type = type_at(f, T_FIGURE), .who = &f->system, .filter = &c, .filter_count = 1};
        expect_slug(f, rec_find(&f->cx, f->db, &q, &(struct rec_page){0}), RC_INVALID, bad[i].slug);
    }
    static const char *const cursors[] = {
        "x",     "dv",    "dvx..",        "dv1.zz.",
        "av1..", "dn1..", "dv1.00.value", "dv99999999999999999999.."};
    for (size_t i = 0; i < COUNTOF(cursors); i++) {
        fixture_next(f);
        struct rec_query q = {
            .type = type_at(f, T_FIGURE), .who = &f->system, .after = str_from(cursors[i])};
        expect_slug(f, rec_find(&f->cx, f->db, &q, &(struct rec_page){0}), RC_INVALID,
                    "record.cursor");
    }
    fixture_close(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_against_oracle), cmocka_unit_test(test_pages_while_writing),
        cmocka_unit_test(test_where),          cmocka_unit_test(test_search),
        cmocka_unit_test(test_initials),       cmocka_unit_test(test_search_many),
        cmocka_unit_test(test_each),           cmocka_unit_test(test_bad_filters)};
    return cmocka_run_group_tests_name("record query", tests, NULL, NULL);
}
