/* Tables from types, and what an existing database lacks. */
#include "app/schema.h"

#include "app/test.h"

static const char yaml[] =
    "app: a\n"
    "types:\n"
    "  u: {title: 单位, fields: {name: {type: text, indexed: true}}}\n"
    "  t:\n"
    "    title: {zh: 数据, en: Figure}\n"
    "    key: [group, day]\n"
    "    fields:\n"
    "      group: {ref: u}\n"
    "      day: month\n"
    "      order: {type: number, scale: 2}\n"
    "      select: boolean\n"
    "      at: moment\n"
    "      files: files\n";

static struct schema_plan plan(struct apps *a, const struct schema_have *have, rc expected)
{
    struct schema_plan p = {0};
    a->f.cx.findings = NULL;
    err_clear(&a->f.cx);
    assert_int_equal(app_schema_sql(&a->f.cx, a->c, have, &p), expected);
    return p;
}

static str steps(struct apps *a, const struct schema_plan *p, str table, bool notes)
{
    struct buf out = {.arena = &a->f.arena};
    for (size_t i = 0; i < p->len; i++) {
        const struct schema_step *s = &p->at[i];
        if (!str_eq(s->table, table) || (s->act == SCHEMA_NOTE) != notes) continue;
        buf_add(&out, s->sql.len ? s->sql : app_title_of(&s->says, LANG_EN));
        buf_char(&out, '\n');
    }
    return buf_str(&out);
}

static void load(struct apps *a, const char *text)
{
    apps_init(a);
    apps_write(a, "a/app.yaml", str_from(text));
    apps_load(a);
    assert_str(apps_findings(a), "");
}

static void test_new(void **state)
{
    (void)state;
    struct apps a;
    const struct schema_have none = {0};
    load(&a, yaml);
    struct schema_plan p = plan(&a, &none, RC_OK);
    assert_str(
        steps(&a, &p, STR("a_t"), false),
        "CREATE TABLE \"a_t\" (site BIGINT NOT NULL, id BIGINT NOT NULL, version BIGINT NOT NULL, "
        "created_us BIGINT NOT NULL, changed_us BIGINT NOT NULL, created_by TEXT NOT NULL, voided SMALLINT NOT NULL, "
        "\"group\" BIGINT, \"day\" TEXT, \"order\" BIGINT, \"select\" SMALLINT, \"at\" BIGINT, "
        "\"files\" TEXT, PRIMARY KEY (site, id))\n"
        "CREATE UNIQUE INDEX IF NOT EXISTS \"a_t__key_\" ON \"a_t\" (site, \"group\", \"day\") WHERE voided = "
        "0\n"
        "CREATE INDEX IF NOT EXISTS \"a_t__group\" ON \"a_t\" (site, \"group\", id)\n");
    assert_str(
        steps(&a, &p, STR("a_u"), false),
        "CREATE TABLE \"a_u\" (site BIGINT NOT NULL, id BIGINT NOT NULL, version BIGINT NOT NULL, "
        "created_us BIGINT NOT NULL, changed_us BIGINT NOT NULL, created_by TEXT NOT NULL, voided SMALLINT NOT NULL, "
        "\"name\" TEXT, PRIMARY KEY (site, id))\n"
        "CREATE INDEX IF NOT EXISTS \"a_u__name\" ON \"a_u\" (site, \"name\", id)\n");
    assert_int_equal(p.at[0].act, SCHEMA_TABLE);
    assert_str(p.at[0].says.zh, "新建表 a_u（单位），1 个字段");
    apps_done(&a);
}

#define FIXED                                                                                      \
    {STR("site"), STR("BIGINT")}, {STR("id"), STR("BIGINT")}, {STR("version"), STR("BIGINT")},     \
        {STR("created_us"), STR("BIGINT")}, {STR("changed_us"), STR("BIGINT")},                    \
        {STR("created_by"), STR("TEXT")},                                                          \
    {                                                                                              \
        STR("voided"), STR("SMALLINT")                                                             \
    }

/* A database that has everything but a column and a table, and a column too many. */
static void test_additive(void **state)
{
    (void)state;
    struct apps a;
    const struct schema_column column[] = {FIXED,
                                           {STR("group"), STR("BIGINT")},
                                           {STR("day"), STR("TEXT")},
                                           {STR("order"), STR("BIGINT")},
                                           {STR("select"), STR("BIGINT")},
                                           {STR("files"), STR("TEXT")},
                                           {STR("gone"), STR("TEXT")}};
    const struct schema_table table = {STR("a_t"), column, COUNTOF(column)};
    const struct schema_holds holds[] = {{STR("a_t"), STR("group"), STR("ref(a.u)")},
                                         {STR("a_t"), STR("day"), STR("month")},
                                         {STR("a_t"), STR("order"), STR("number(2)")},
                                         {STR("a_t"), STR("select"), STR("boolean")},
                                         {STR("a_t"), STR("(key)"), STR("group, day")}};
    const struct schema_have have = {&table, 1, holds, COUNTOF(holds)};
    load(&a, yaml);
    struct schema_plan p = plan(&a, &have, RC_OK);
    assert_str(
        steps(&a, &p, STR("a_t"), false),
        "ALTER TABLE \"a_t\" ADD COLUMN \"at\" BIGINT\n"
        "column a_t.gone is not used any more; its data stays\n"
        "CREATE UNIQUE INDEX IF NOT EXISTS \"a_t__key_\" ON \"a_t\" (site, \"group\", \"day\") WHERE voided = "
        "0\n"
        "CREATE INDEX IF NOT EXISTS \"a_t__group\" ON \"a_t\" (site, \"group\", id)\n");
    assert_str(
        steps(&a, &p, STR("a_t"), true), /* what was not noted yet */
        "INSERT INTO app_column (tbl, col, holds) VALUES ('a_t', 'at', 'moment') ON CONFLICT (tbl, col) DO "
        "UPDATE SET holds = excluded.holds\n"
        "INSERT INTO app_column (tbl, col, holds) VALUES ('a_t', 'files', 'files') ON CONFLICT (tbl, col) DO "
        "UPDATE SET holds = excluded.holds\n");
    apps_done(&a);
}

static void test_refused(void **state)
{
    (void)state;
    struct apps a;
    const struct schema_column column[] = {FIXED,
                                           {STR("group"), STR("BIGINT")},
                                           {STR("day"), STR("BIGINT")}, /* was no period */
                                           {STR("order"), STR("BIGINT")},
                                           {STR("select"), STR("SMALLINT")},
                                           {STR("at"), STR("BIGINT")},
                                           {STR("files"), STR("TEXT")}};
    const struct schema_table table = {STR("a_t"), column, COUNTOF(column)};
    const struct schema_holds holds[] = {{STR("a_t"), STR("group"), STR("ref(a.w)")},
                                         {STR("a_t"), STR("order"), STR("number(3)")},
                                         {STR("a_t"), STR("(key)"), STR("day")}};
    const struct schema_have have = {&table, 1, holds, COUNTOF(holds)};
    load(&a, yaml);
    (void)plan(&a, &have, RC_CONFLICT);
    assert_err(&a.f.cx, RC_CONFLICT, "app.evolution");
    assert_str(
        apps_findings(&a),
        "a/app.yaml:8:7: field a.t.group held ref(a.w) and is now ref(a.u): what is stored cannot be carried over "
        "(change it back, or add a new field, for instance group_2)\n"
        "a/app.yaml:9:7: field a.t.day held BIGINT and is now month: what is stored cannot be carried over (change it "
        "back, or add a new field, for instance day_2)\n"
        "a/app.yaml:10:7: field a.t.order held number(3) and is now number(2): what is stored cannot be carried over "
        "(change it back, or add a new field, for instance order_2)\n"
        "a/app.yaml:4:3: the natural key of a.t was day and is now group, day: it cannot change by itself (change it "
        "back, or declare a new type and import into it)\n");
    apps_done(&a);
}

/* Names that PostgreSQL would cut are told apart, and the table's with "__search" behind it fits. */
static void test_long_names(void **state)
{
    (void)state;
    struct fixture f;
    fixture_init(&f, ARENA_DEFAULT_BYTES);
    const str app = STR("a234567890123456789012345678901234567890"),
              one = STR("t234567890123456789012345678901234567891"),
              two = STR("t234567890123456789012345678901234567892");
    const str a = sql_table_name(&f.arena, app, one), b = sql_table_name(&f.arena, app, two);
    assert_int_equal(a.len, 55);
    assert_false(str_eq(a, b));
    const struct app_type t = {.table = a};
    const str search = sql_index_name(&f.arena, &t, STR("search")),
              live = sql_index_name(&f.arena, &t, STR("created_by_live")),
              other = sql_index_name(&f.arena, &t, STR("created_by_dead"));
    assert_true(str_starts(search, a) && str_ends(search, STR("__search")));
    assert_int_equal(live.len, 63);
    assert_false(str_eq(live, other));
    assert_str(sql_table_name(&f.arena, STR("trade"), STR("figure")), "trade_figure");
    fixture_done(&f);
}

static void test_quoting(void **state)
{
    (void)state;
    struct fixture f;
    fixture_init(&f, ARENA_DEFAULT_BYTES);
    sql_name_write(&f.out, STR("a\"b"));
    assert_str(buf_str(&f.out), "\"a\"\"b\"");
    fixture_done(&f);
}

int main(void)
{
    const struct CMUnitTest test[] = {
        cmocka_unit_test(test_new),     cmocka_unit_test(test_additive),
        cmocka_unit_test(test_refused), cmocka_unit_test(test_long_names),
        cmocka_unit_test(test_quoting),
    };
    return cmocka_run_group_tests(test, NULL, NULL);
}
