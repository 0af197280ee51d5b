/* The loop: exactly one item whatever the order, proposal and its taking back, closing refused and
 * signed for, relapse, periods in a row, what is frozen. */
#include "loop/loop.h"

#include "base/test.h"
#include "measure/test_city.h"

enum { TOLD_MAX = 50 };
struct town {
    struct city c;
    struct loop *loop;
    int opened;
    int64_t last_item;
    struct {
        int64_t item;
        bool back;
    } told[TOLD_MAX];
    int told_count;
};

static rc opens(void *owner, struct cx *cx, struct db *db, const struct app_watch *w,
                const struct json *fields, int64_t *item_id)
{
    struct town *t = owner;
    struct record r = {0};
    const rc result =
        rec_create(cx, t->c.records, db, &t->c.system, w->open, fields, STR("watch"), &r);
    *item_id = t->last_item = r.id;
    t->opened++;
    return result;
}

static rc proposed(void *owner, struct cx *cx, struct db *db, const struct app_watch *w,
                   int64_t item_id, bool back)
{
    (void)cx, (void)db, (void)w;
    struct town *t = owner;
    assert_true(t->told_count < TOLD_MAX);
    t->told[t->told_count].item = item_id;
    t->told[t->told_count++].back = back;
    return RC_OK;
}

static void town_open(struct town *t)
{
    *t = (struct town){0};
    city_open(&t->c, loop_migrations, loop_migration_count);
    const struct loop_host host = {t, opens, proposed};
    ok(&t->c, loop_new(t->c.cx, t->c.catalogue, &host, &t->loop));
    city_orgs(&t->c);
}

static void run(struct town *t)
{
    struct measure_touches touched = {0};
    measure_touched(t->c.cells, &t->c.f.arena, &touched);
    ok(&t->c, loop_run(t->c.cx, t->loop, t->c.db, t->c.cells, &touched));
}

/* A job that sets a figure of place p1, watches included.  value NULL: void it. */
static void figure(struct town *t, const char *month, const char *value)
{
    struct record r;
    char did;
    job_begin(&t->c);
    const str text = arena_printf(&t->c.f.arena, "{'place':'p1','month':'%s','value':%s}", month,
                                  value ? value : "null");
    ok(&t->c,
       rec_upsert(t->c.cx, t->c.records, t->c.db, &t->c.system, type_of(&t->c, "town.figure"),
                  json_of(&t->c, arena_cstr(&t->c.f.arena, text)), STR(""), &r, &did));
    run(t);
    job_keep(&t->c);
}

static void must_be_sound(struct town *t)
{
    int64_t checks = 0, broken = 0;
    city_commit(&t->c);
    ok(&t->c, loop_audit(t->c.cx, t->loop, t->c.db, &checks, &broken));
    assert_int_equal(broken, 0);
    assert_true(checks > 0);
    must_audit(&t->c);
}

static const struct json *item(struct town *t, int64_t id)
{
    const struct measure_view v = view_database(&t->c);
    const struct json *j = NULL;
    struct buf b = {.arena = &t->c.f.arena};
    struct jw w = {.out = &b};
    city_commit(&t->c);
    ok(&t->c, loop_item_write(t->c.cx, t->loop, &v, id, LANG_ZH, &w));
    ok(&t->c, json_parse(t->c.cx, buf_str(&b), &j));
    return j;
}

static void assert_member(const struct json *j, const char *key, const char *text)
{
    const struct json *member = json_find(j, str_from(key));
    assert_non_null(member);
    assert_str(member->text, text);
}

/* ---- the whole life of one item ---- */

static void must_have_field(struct town *t, int64_t id, const char *name, const char *text)
{
    struct record r;
    const struct app_type *type = type_of(&t->c, "town.item");
    const struct app_field *f = app_field_find(type, str_from(name));
    ok(&t->c, rec_load(t->c.cx, t->c.db, type, id, &r));
    if (f->kind == FIELD_TEXT)
        assert_str(r.value[f->index].text, text);
    else
        assert_str(arena_printf(&t->c.f.arena, "%lld", (long long)r.value[f->index].i64), text);
}

static void test_life(void **state)
{
    (void)state;
    struct town *t = test_malloc(sizeof *t);
    town_open(t);
    figure(t, "2021-05", "947.4");
    assert_int_equal(t->opened, 0);
    figure(t, "2022-05", "1275.3");
    assert_int_equal(t->opened, 1);
    const int64_t id = t->last_item;
    must_have_field(t, id, "title", "增速 2022-05");
    must_have_field(t, id, "value", "3461");
    must_have_field(t, id, "target", "40.0");
    must_have_field(t, id, "gap", "-5.4");
    must_have_field(t, id, "indicator", "town.growth");
    must_have_field(t, id, "lead", "1");
    day_t due;
    assert_true(day_parse(STR("2022-07-01"), &due)); /* ten working days after 17 June */
    must_have_field(t, id, "due",
                    arena_cstr(&t->c.f.arena, arena_printf(&t->c.f.arena, "%d", due)));
    const struct json *j = item(t, id);
    assert_member(j, "state", "open");
    assert_member(j, "shown", "34.6");
    assert_member(j, "shown_gap", "-5.4");
    assert_member(j, "value", "0.346105129829");
    assert_member(j, "closing", "现值不低于 40.0%，或核查签字");
    assert_int_equal(json_find(j, STR("evidence"))->count, 2);
    assert_member(json_find(j, STR("evidence"))->child, "type", "town.figure");
    must_be_sound(t);
    /* words do not close it */
    assert_int_equal(loop_close(t->c.cx, t->loop, t->c.db, t->c.cells, id, false), RC_CONFLICT);
    assert_err(t->c.cx, RC_CONFLICT, "loop.number-not-back");
    assert_true(str_index(t->c.cx->err.detail, STR("34.6%")) != SIZE_MAX);
    err_clear(t->c.cx);
    /* better, but not enough; then back, gone again, back */
    figure(t, "2022-05", "1300");
    assert_int_equal(t->told_count, 0);
    figure(t, "2022-05", "1400");
    figure(t, "2021-05", "1100"); /* the base year moves it too */
    figure(t, "2021-05", "947.4");
    assert_int_equal(t->told_count, 3);
    assert_true(t->told[0].back && !t->told[1].back && t->told[2].back);
    j = item(t, id);
    assert_member(j, "state", "proposed");
    assert_member(j, "shown", "34.6"); /* frozen */
    assert_member(json_find(j, STR("now")), "shown", "47.8");
    must_be_sound(t);
    ok(&t->c, loop_close(t->c.cx, t->loop, t->c.db, t->c.cells, id, false));
    ok(&t->c, loop_close(t->c.cx, t->loop, t->c.db, t->c.cells, id, false)); /* twice is once */
    assert_member(item(t, id), "state", "closed");
    must_be_sound(t);
    /* a relapse is another item that says so */
    figure(t, "2022-05", "1200");
    assert_int_equal(t->opened, 2);
    must_have_field(t, t->last_item, "relapsed_from",
                    arena_cstr(&t->c.f.arena, arena_printf(&t->c.f.arena, "%lld", (long long)id)));
    must_be_sound(t);
    /* signed for: closed, and it stays so */
    ok(&t->c, loop_close(t->c.cx, t->loop, t->c.db, t->c.cells, t->last_item, true));
    figure(t, "2022-05", "1190");
    assert_int_equal(t->opened, 2);
    assert_true(json_find(item(t, t->last_item), STR("signed"))->kind == JSON_TRUE);
    must_be_sound(t);
    /* what no watch opened closes at once */
    ok(&t->c, loop_close(t->c.cx, t->loop, t->c.db, t->c.cells, P1, false));
    assert_true(json_is(item(t, P1), JSON_NULL));
    city_done(&t->c);
    test_free(t);
}

/* ---- exactly once, in every order ---- */

static void swap(const char **a, const char **b)
{
    const char *was = *a;
    *a = *b;
    *b = was;
}

static void in_order(struct town *t, const char *const *row)
{
    town_open(t);
    for (int i = 0; i < 4; i++) {
        str value;
        const str month = str_cut(str_from(row[i]), ' ', &value);
        figure(t, arena_cstr(&t->c.f.arena, month), arena_cstr(&t->c.f.arena, value));
    }
    assert_int_equal(t->opened, 2); /* of 2022-04 and of 2022-05 */
    must_be_sound(t);
    city_done(&t->c);
}

static void permute(struct town *t, const char **row, int from)
{
    if (from == 4) {
        in_order(t, row);
        return;
    }
    for (int i = from; i < 4; i++) {
        swap(&row[from], &row[i]);
        permute(t, row, from + 1);
        swap(&row[from], &row[i]);
    }
}

static void test_orders(void **state)
{
    (void)state;
    const char *row[] = {"2021-04 700", "2022-04 800", "2021-05 947.4", "2022-05 1275.3"};
    struct town *t = test_malloc(sizeof *t);
    permute(t, row, 0);
    test_free(t);
}

/* One job may move the same number up and down: what counts is its end. */
static void test_one_job(void **state)
{
    (void)state;
    struct town *t = test_malloc(sizeof *t);
    town_open(t);
    figure(t, "2021-05", "100");
    job_begin(&t->c);
    const int64_t id = t->c.last_id + 1;
    ok(&t->c,
       try_create(&t->c, "town.figure", "{'place':'p1','month':'2022-05','value':100}", NULL));
    struct record r;
    ok(&t->c,
       rec_correct(t->c.cx, t->c.records, t->c.db, &t->c.system, type_of(&t->c, "town.figure"), id,
                   0, json_of(&t->c, "{'value':150}"), STR(""), &r));
    run(t);
    run(t); /* twice in a job: the engine looks until nothing is new */
    job_keep(&t->c);
    assert_int_equal(t->opened, 0);
    /* an item opened by a job that fails has not been opened */
    job_begin(&t->c);
    ok(&t->c,
       rec_correct(t->c.cx, t->c.records, t->c.db, &t->c.system, type_of(&t->c, "town.figure"), id,
                   0, json_of(&t->c, "{'value':110}"), STR(""), &r));
    run(t);
    assert_int_equal(t->opened, 1);
    job_undo(&t->c);
    assert_true(json_is(item(t, t->last_item), JSON_NULL));
    must_be_sound(t);
    figure(t, "2022-05", "110");
    assert_int_equal(t->opened, 2);
    run(t);
    assert_int_equal(t->opened, 2);
    must_be_sound(t);
    city_done(&t->c);
    test_free(t);
}

/* ---- levels, periods in a row, age ---- */

static void visit(struct town *t, const char *day, const char *kind, const char *org)
{
    const str text =
        arena_printf(&t->c.f.arena, "{'done_on':'%s','kind':'%s','org':'%s'}", day, kind, org);
    job_begin(&t->c);
    ok(&t->c, try_create(&t->c, "town.visit", arena_cstr(&t->c.f.arena, text), NULL));
    run(t);
    job_keep(&t->c);
}

static void test_lasting(void **state)
{
    (void)state;
    struct town *t = test_malloc(sizeof *t);
    town_open(t);
    visit(t, "2022-05-03", "desk", "village"); /* bad in May: one month only */
    assert_int_equal(t->opened, 0);
    visit(t, "2022-03-03", "desk", "village"); /* March: April is missing between */
    assert_int_equal(t->opened, 0);
    visit(t, "2022-04-03", "desk",
          "town1"); /* April joins them: April after March, May after April */
    assert_int_equal(t->opened, 2);
    visit(t, "2022-04-04", "desk", "town2"); /* another town */
    visit(t, "2022-05-04", "desk", "city");  /* no town */
    assert_int_equal(t->opened, 2);
    must_be_sound(t);
    visit(t, "2022-05-05", "home", "town1"); /* half: back in May, April as before */
    assert_int_equal(t->told_count, 1);
    assert_true(t->told[0].back);
    must_be_sound(t);
    city_done(&t->c);
    test_free(t);
}

static void test_age(void **state)
{
    (void)state;
    struct town *t = test_malloc(sizeof *t);
    town_open(t);
    figure(t, "2020-05", "100");
    figure(t, "2021-05", "100"); /* ended more than a year before 17 June 2022 */
    figure(t, "2021-09", "100");
    figure(t, "2022-09", "100"); /* has not begun */
    assert_int_equal(t->opened, 0);
    figure(t, "2020-06", "100");
    figure(t, "2021-06", "100"); /* ended on 30 June 2021: within the year */
    assert_int_equal(t->opened, 1);
    must_be_sound(t);
    city_day(&t->c, "2022-09-20");
    t->opened = 0;
    ok(&t->c, loop_sweep(t->c.cx, t->loop, t->c.db, t->c.cells)); /* September has begun */
    assert_int_equal(t->opened, 1);
    ok(&t->c, loop_sweep(t->c.cx, t->loop, t->c.db, t->c.cells));
    assert_int_equal(t->opened, 1);
    figure(t, "2021-06", "200"); /* too old to open, but what is open follows its number */
    assert_int_equal(t->told_count, 1);
    must_be_sound(t);
    city_done(&t->c);
    test_free(t);
}

/* The number goes away altogether: nothing is back. */
static void test_gone(void **state)
{
    (void)state;
    struct town *t = test_malloc(sizeof *t);
    town_open(t);
    figure(t, "2021-05", "100");
    figure(t, "2022-05", "110");
    figure(t, "2022-05", "150");
    figure(t, "2022-05", NULL);
    assert_int_equal(t->opened, 1);
    assert_int_equal(t->told_count, 2);
    assert_false(t->told[1].back);
    assert_int_equal(loop_close(t->c.cx, t->loop, t->c.db, t->c.cells, t->last_item, false),
                     RC_CONFLICT);
    err_clear(t->c.cx);
    must_be_sound(t);
    city_done(&t->c);
    test_free(t);
}

static void test_audit_finds(void **state)
{
    (void)state;
    static const char *const harm[] = {
        "DELETE FROM item_link WHERE site = $site",
        "UPDATE item_link SET state = 'closed' WHERE site = $site",
        "UPDATE item_link SET state = 'proposed' WHERE site = $site"};
    for (size_t i = 0; i < COUNTOF(harm); i++) {
        struct town *t = test_malloc(sizeof *t);
        int64_t checks = 0, broken = 0;
        town_open(t);
        figure(t, "2021-05", "100");
        figure(t, "2022-05", "110");
        city_commit(&t->c);
        ok(&t->c, db_exec_text(t->c.cx, t->c.db, str_from(harm[i]), DB_NO_ARGS));
        ok(&t->c, loop_audit(t->c.cx, t->loop, t->c.db, &checks, &broken));
        assert_int_equal(broken, 1);
        city_done(&t->c);
        test_free(t);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_life),        cmocka_unit_test(test_orders),
        cmocka_unit_test(test_one_job),     cmocka_unit_test(test_lasting),
        cmocka_unit_test(test_age),         cmocka_unit_test(test_gone),
        cmocka_unit_test(test_audit_finds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
