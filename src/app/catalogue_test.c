/* Sound declarations: what the catalogue holds of them. */
#include "app/pinyin.h"
#include "app/test.h"
#include "feel/value.h"

static const char core[] =
    "app: core\n"
    "title: {zh: 公共, en: Shared}\n"
    "codes:\n"
    "  level: {title: 机构层级, items: {city: {zh: 市, en: City}, town: 镇街}}\n"
    "types:\n"
    "  org:\n"
    "    key: [code]\n"
    "    label: title\n"
    "    fields:\n"
    "      code: {type: text, length: 40}\n"
    "      title: {type: text, search: true}\n"
    "      level: {code: level, default: town}\n"
    "      parent: {ref: org}\n";
static const char care[] =
    "app: care\n"
    "needs: core\n"
    "knows: [sport]\n"
    "types:\n"
    "  visit:\n"
    "    title: 随访\n"
    "    key: [org, done_on]\n"
    "    list: [done_on, systolic]\n"
    "    sort: -done_on\n"
    "    rules:\n"
    "      - {check: systolic = null or diastolic = null or systolic > diastolic, says: {zh: 收缩压应高于舒张压, "
    "en: upside down}}\n"
    "    fields:\n"
    "      org: {ref: core.org}\n"
    "      done_on: {type: date, required: true, check: \"value <= today()\", says: 不能晚于今天}\n"
    "      systolic: {type: integer, unit: mmHg, range: \"[50..300]\"}\n"
    "      diastolic: {type: integer, range: \"< 200\"}\n"
    "      value: {type: number, scale: 2, range: \"(0..1.5]\"}\n"
    "      twice: {type: number, scale: 2, derive: half * 4}\n"
    "      half: {type: number, scale: 3, derive: value / 2}\n"
    "      seen: {type: moment, default: now()}\n"
    "      month: quarter\n"
    "      good: boolean\n"
    "      note: {type: text, multiline: true, private: health}\n"
    "      photo: files\n"
    "measures:\n"
    "  visits: {title: 随访次数, count: visit, on: done_on, by: [good], where: systolic != null}\n"
    "  total: {sum: care.visit.value, on: done_on, by: org, per: quarter}\n"
    "  told: {reported: visit.value, on: done_on, per: day}\n"
    "indicators:\n"
    "  rate: {title: 达标率, value: 'visits(good: true) / visits', target: 0.6, unit: \"%\", lead: health, "
    "breakdown: visits}\n"
    "  growth: {value: total / prior year(care.total) - 1, per: quarter, better: lower, decimals: 2}\n"
    "  so_far: {value: year to date(visits), cumulative: true}\n"
    "watches:\n"
    "  low: {on: rate, when: value < target, close: value >= target, at: town, lasting: 2, open: alarm, lead: "
    "health, due: 3 working days, set: {title: '\"低\" + period', gap: gap}}\n"
    "roles:\n"
    "  nurse: {title: 护士, visit: [read own org, create, edit own], core.*: read, purposes: health, inspects: "
    "true}\n"
    "  head: {\"*\": all, sport.team: read, sees_indicators: false}\n"
    "pages:\n"
    "  home: {kind: cockpit, cards: [rate, sport.medals], goals: [{title: 目标, indicators: [care.growth]}], towns: "
    "{level: town, indicator: rate}}\n"
    "  all: {kind: list, title: {zh: 全部, en: All}, type: visit, columns: [done_on], sort: -done_on, where: good, "
    "filters: {good: \"true\"}}\n";
static const char alarms[] =
    "types:\n"
    "  alarm:\n"
    "    fields:\n"
    "      title: {type: text, title: 事项}\n"
    "      gap: {type: number, scale: 4}\n"
    "      lead: {ref: core.org}\n"
    "      due: date\n";

static void load(struct apps *a)
{
    apps_init(a);
    apps_write(a, "care/app.yaml", str_from(care));
    apps_write(a, "care/alarms.yaml", str_from(alarms));
    apps_write(a, "core/app.yaml", str_from(core));
    apps_load(a);
    assert_str(apps_findings(a), "");
    assert_int_equal(a->result, RC_OK);
}

static void test_types(void **state)
{
    (void)state;
    struct apps a;
    load(&a);
    assert_int_equal(a.c->app_count, 2);
    assert_str(a.c->app[0].name, "core"); /* what is needed comes first */
    assert_str(app_title_of(&a.c->app[0].title, LANG_EN), "Shared");
    assert_str(a.c->app[1].needs[0], "core");
    assert_int_equal(a.c->hash.len, 64);

    const struct app_codes *level = catalogue_codes(a.c, STR("core.level"));
    assert_str(level->title.zh, "机构层级");
    assert_str(app_code_find(level, STR("city"))->title.en, "City");
    assert_str(app_code_find(level, STR("town"))->pinyin, "zj");
    assert_null(app_code_find(level, STR("x")));

    const struct app_type *org = catalogue_type(a.c, STR("core.org"));
    const struct app_type *t = catalogue_type(a.c, STR("care.visit"));
    assert_str(t->table, "care_visit");
    assert_int_equal(org->label, 1);
    assert_true(org->field[0].required); /* of the natural key */
    assert_non_null(org->field[2].preset);
    assert_ptr_equal(org->field[3].ref, org);
    assert_ptr_equal(t->field[0].ref, org);
    assert_int_equal(t->org, 0); /* called org */
    assert_int_equal(t->key_count, 2);
    assert_int_equal(t->list_column_count, 2);
    assert_int_equal(t->sort, 1);
    assert_true(t->sort_descending);
    assert_int_equal(t->rule_count, 1);
    assert_str(app_title_of(&t->rule_says[0], LANG_EN), "upside down");
    assert_int_equal(t->pos.line, 5);

    const struct app_field *f = app_field_find(t, STR("systolic"));
    assert_true(f->has_min && f->has_max && !f->min_open && !f->max_open);
    assert_int_equal(f->min, 50);
    assert_int_equal(f->max, 300);
    f = app_field_find(t, STR("diastolic"));
    assert_true(!f->has_min && f->has_max && f->max_open);
    f = app_field_find(t, STR("value"));
    assert_true(f->min_open && !f->max_open && f->max == 150);
    assert_str(app_field_find(t, STR("done_on"))->check_says.zh, "不能晚于今天");
    assert_true(app_field_find(t, STR("twice"))->readonly);
    f = app_field_find(t, STR("month"));
    assert_int_equal(f->kind, FIELD_PERIOD);
    assert_int_equal(f->period, PERIOD_QUARTER);
    assert_str(app_field_find(t, STR("note"))->private_for, "health");
    /* half first: twice is made of it */
    assert_int_equal(t->derive_count, 2);
    assert_str(t->field[t->derive[0]].name, "half");
    assert_str(t->field[t->derive[1]].name, "twice");
    apps_done(&a);
}

static bool holds(struct apps *a, const struct feel_expr *e, const struct feel_value *slot)
{
    struct feel_run run = {.cx = &a->f.cx, .slot = slot};
    struct feel_value v;
    assert_int_equal(feel_eval(&run, e, &v), RC_OK);
    return feel_is_true(&v);
}

/* A type with a field `value`: in a check `value` is what is checked, elsewhere the field. */
static void test_scope(void **state)
{
    (void)state;
    struct apps a;
    load(&a);
    const struct app_type *t = catalogue_type(a.c, STR("care.visit"));
    struct feel_value *slot = NEWS(&a.f.arena, struct feel_value, (size_t)t->field_count + 1);
    for (int i = 0; i <= t->field_count; i++)
        slot[i] = feel_null();
    slot[app_field_find(t, STR("value"))->index] = feel_int(5);
    a.f.cx.now_us = 0; /* 1970-01-01 */
    slot[t->field_count] = feel_date(0);
    const struct feel_expr *check = app_field_find(t, STR("done_on"))->check;
    assert_true(holds(&a, check, slot));
    slot[t->field_count] = feel_date(1);
    assert_false(holds(&a, check, slot));
    slot[2] = feel_int(120);
    slot[3] = feel_int(80);
    assert_true(holds(&a, t->rule[0], slot));
    slot[3] = feel_int(130);
    assert_false(holds(&a, t->rule[0], slot));
    const struct feel_expr *half = app_field_find(t, STR("half"))->derive;
    struct feel_run run = {.cx = &a.f.cx, .slot = slot};
    struct feel_value v;
    int64_t n = 0;
    assert_int_equal(feel_eval(&run, half, &v), RC_OK);
    assert_true(feel_to_fixed(&v, 1, &n));
    assert_int_equal(n, 25);
    apps_done(&a);
}

static void test_numbers(void **state)
{
    (void)state;
    struct apps a;
    load(&a);
    const struct app_measure *visits = catalogue_measure(a.c, STR("care.visits"));
    const struct app_measure *total = catalogue_measure(a.c, STR("care.total"));
    assert_int_equal(visits->kind, MEASURE_COUNT);
    assert_int_equal(visits->unit, PERIOD_MONTH);
    assert_int_equal(visits->by_count, 1);
    assert_non_null(visits->where);
    assert_int_equal(total->kind, MEASURE_SUM);
    assert_int_equal(total->scale, 2);
    assert_int_equal(total->unit, PERIOD_QUARTER);
    assert_int_equal(total->by[0], 0);
    assert_int_equal(catalogue_measure(a.c, STR("care.told"))->kind, MEASURE_REPORTED);

    const struct app_indicator *i = catalogue_indicator(a.c, STR("care.rate"));
    assert_int_equal(i->use_count, 1);
    assert_ptr_equal(i->uses[0], visits);
    assert_ptr_equal(i->breakdown, visits);
    assert_non_null(i->target);
    assert_false(i->uses_prior_year || i->uses_year_to_date);
    i = catalogue_indicator(a.c, STR("care.growth"));
    assert_ptr_equal(i->uses[0], total); /* by its bare and by its full name */
    assert_int_equal(i->use_count, 1);
    assert_true(i->uses_prior_year);
    assert_int_equal(i->better, BETTER_LOWER);
    i = catalogue_indicator(a.c, STR("care.so_far"));
    assert_true(i->uses_year_to_date && i->cumulative);

    const struct app_watch *w = &a.c->watch[0];
    assert_ptr_equal(w->indicator, catalogue_indicator(a.c, STR("care.rate")));
    assert_str(w->at, "town");
    assert_int_equal(w->lasting, 2);
    assert_int_equal(w->due_days, 3);
    assert_int_equal(w->set_count, 2);
    assert_str(w->set[0].field->name, "title");
    struct feel_value slot[6] = {feel_int(1),  feel_int(2),
                                 feel_int(-1), feel_string(STR("2022-05")),
                                 feel_null(),  feel_null()};
    assert_true(holds(&a, w->when, slot));
    assert_false(holds(&a, w->close, slot));
    struct feel_run run = {.cx = &a.f.cx, .slot = slot};
    struct feel_value v;
    assert_int_equal(feel_eval(&run, w->set[0].value, &v), RC_OK);
    assert_str(feel_str(&v), "低2022-05");
    apps_done(&a);
}

static const struct app_grant *grant_of(const struct app_role *r, const struct app_type *t)
{
    for (int i = 0; i < r->grant_count; i++)
        if (r->grant[i].type == t) return &r->grant[i];
    return NULL;
}

static void test_roles(void **state)
{
    (void)state;
    struct apps a;
    load(&a);
    const struct app_type *visit = catalogue_type(a.c, STR("care.visit")),
                          *org = catalogue_type(a.c, STR("core.org"));
    const struct app_role *nurse = catalogue_role(a.c, STR("care.nurse")),
                          *head = catalogue_role(a.c, STR("care.head"));
    const struct app_grant *g = grant_of(nurse, visit);
    const enum reach want[6] = {REACH_ALL,  REACH_ALL,  REACH_OWN,
                                REACH_NONE, REACH_NONE, REACH_NONE};
    assert_memory_equal(g->reach, want, sizeof want); /* who may create everywhere may read it */
    assert_int_equal(grant_of(nurse, org)->reach[0], REACH_ALL);
    assert_int_equal(grant_of(nurse, org)->reach[1], REACH_NONE);
    assert_true(nurse->inspects && nurse->sees_indicators && !nurse->audits);
    assert_str(nurse->purpose[0], "health");
    assert_int_equal(head->grant_count, a.c->type_count);
    for (int i = 0; i < 6; i++)
        assert_int_equal(grant_of(head, org)->reach[i], REACH_ALL);
    assert_false(head->sees_indicators);
    apps_done(&a);
}

static void test_pages(void **state)
{
    (void)state;
    struct apps a;
    load(&a);
    assert_int_equal(a.c->page_count, 2);
    assert_str(
        a.c->page[0].json, /* sport is not here: its card is left out */
        "{\"kind\":\"cockpit\",\"cards\":[\"care.rate\"],\"goals\":[{\"title\":{\"zh\":\"目标\",\"en\":"
        "\"目标\"},\"indicators\":[\"care.growth\"]}],\"towns\":{\"level\":\"town\",\"indicator\":\"care."
        "rate\"}}");
    assert_str(
        a.c->page[1].json,
        "{\"kind\":\"list\",\"title\":{\"zh\":\"全部\",\"en\":\"All\"},\"type\":\"care.visit\",\"columns\":["
        "\"done_on\"],\"sort\":\"-done_on\",\"where\":\"good\",\"filters\":{\"good\":\"true\"}}");
    assert_ptr_equal(a.c->page[1].type, catalogue_type(a.c, STR("care.visit")));
    apps_done(&a);
}

/* One app alone: what it needs is found beside it. */
static void test_beside(void **state)
{
    (void)state;
    struct apps a;
    load(&a);
    catalogue_free(a.c);
    str one = arena_printf(&a.f.arena, "%s/care", a.folder);
    assert_int_equal(catalogue_load(&a.f.cx, &one, 1, NULL, &a.c), RC_OK);
    assert_int_equal(a.c->app_count, 2);
    apps_done(&a);
}

static void test_pinyin(void **state)
{
    (void)state;
    struct fixture f;
    struct pinyin *p = pinyin_open();
    fixture_init(&f, ARENA_DEFAULT_BYTES);
    assert_non_null(p);
    assert_str(pinyin_initials(p, &f.arena, STR("市场采购")), "sccg");
    assert_str(pinyin_initials(p, &f.arena, STR("义乌市 G235（北苑）A级")), "ywsg235byaj");
    assert_str(pinyin_initials(p, &f.arena, STR("、。—😀")), "");
    assert_str(pinyin_initials(p, &f.arena, STR("")), "");
    assert_str(pinyin_initials(NULL, &f.arena, STR("市Ab1")), "ab1");
    pinyin_close(p);
    fixture_done(&f);
}

int main(void)
{
    const struct CMUnitTest test[] = {
        cmocka_unit_test(test_types),  cmocka_unit_test(test_scope), cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_roles),  cmocka_unit_test(test_pages), cmocka_unit_test(test_beside),
        cmocka_unit_test(test_pinyin),
    };
    return cmocka_run_group_tests(test, NULL, NULL);
}
