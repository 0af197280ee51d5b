/* The dialect: what each backend makes of a statement, and which statements forget their site. */
#include <sqlite3.h>

#include "store/dialect.h"
#include "store/test.h"

struct pair {
    const char *text, *expected;
};

static void assert_text(str got, const char *expected)
{
    if (!str_eq(got, str_from(expected)))
        fail_msg("\ngot:      " STR_FMT "\nexpected: %s", STR_ARG(got), expected);
}

static void site_leaves_sqlite(void **state)
{
    struct fixture *f = *state;
    static const struct pair pair[] = {
        {"SELECT 1", "SELECT 1"},
        {"SELECT a FROM t WHERE site = $site AND id = $1", "SELECT a FROM t WHERE id = $1"},
        {"SELECT a FROM t WHERE t.site = $site AND id = $1", "SELECT a FROM t WHERE id = $1"},
        {"SELECT a FROM t JOIN k ON k.site = t.site AND k.id = t.k WHERE t.site = $site AND b > 0",
         "SELECT a FROM t JOIN k ON k.id = t.k WHERE b > 0"},
        {"SELECT a FROM t JOIN k ON k.site=t.site\n  AND\n  k.id = t.k",
         "SELECT a FROM t JOIN k ON k.id = t.k"},
        {"SELECT a FROM t WHERE site = $site", "SELECT a FROM t WHERE 1 = 1"},
        {"SELECT a FROM t WHERE site = $site ORDER BY id",
         "SELECT a FROM t WHERE 1 = 1 ORDER BY id"},
        {"SELECT a FROM t WHERE $site = site GROUP BY site, a LIMIT 1",
         "SELECT a FROM t WHERE 1 = 1 GROUP BY a LIMIT 1"},
        {"SELECT a FROM (SELECT a FROM t WHERE site = $site) UNION SELECT a FROM k WHERE k.site = "
         "$site UNION SELECT 1",
         "SELECT a FROM (SELECT a FROM t WHERE 1 = 1) UNION SELECT a FROM k WHERE 1 = 1 UNION "
         "SELECT 1"},
        {"SELECT a FROM t WHERE a = 1 AND site = $site", "SELECT a FROM t WHERE a = 1 AND 1 = 1"},
        {"SELECT DISTINCT site, org FROM t WHERE site = $site AND a = 1",
         "SELECT DISTINCT org FROM t WHERE a = 1"},
        {"SELECT t.site, t.org FROM t", "SELECT t.org FROM t"},
        {"SELECT \"t\".site, t.org FROM t WHERE \"t\".site = $site AND 1 = 1",
         "SELECT t.org FROM t WHERE 1 = 1"},
        {"INSERT INTO t (site, id, a) VALUES ($site, $1, $2) ON CONFLICT (site, id) DO UPDATE SET "
         "a = excluded.a",
         "INSERT INTO t (id, a) VALUES ($1, $2) ON CONFLICT (id) DO UPDATE SET a = excluded.a"},
        {"INSERT INTO t (site, id) SELECT $site, id FROM k WHERE site = $site AND a = 1",
         "INSERT INTO t (id) SELECT id FROM k WHERE a = 1"},
        {"CREATE UNIQUE INDEX i ON t (site, a, id) WHERE a = 1",
         "CREATE UNIQUE INDEX i ON t (a, id) WHERE a = 1"},
        {"CREATE TABLE t (site BIGINT NOT NULL, -- the county\n id BIGINT NOT NULL, x BIGINT,"
         " PRIMARY KEY (site, id), UNIQUE (site, x),"
         " FOREIGN KEY (site, x) REFERENCES k (site, id))",
         "CREATE TABLE t (-- the county\n id BIGINT NOT NULL, x BIGINT,"
         " PRIMARY KEY (id), UNIQUE (x), FOREIGN KEY (x) REFERENCES k (id))"},
        {"UPDATE t SET a = 'site = $site AND ', b = \"site\" WHERE /* site, */ site = $site AND 1",
         "UPDATE t SET a = 'site = $site AND ', b = \"site\" WHERE /* site, */ 1"},
        {"SELECT websites, mysite, site_x, t.\"site\", '$site,' FROM t",
         "SELECT websites, mysite, site_x, t.\"site\", '$site,' FROM t"},
        {"SELECT 'it''s site, ' FROM t WHERE T.SITE = $site And a",
         "SELECT 'it''s site, ' FROM t WHERE a"},
        {"SELECT 'open, site,", "SELECT 'open, site,"},
        {"", ""},
    };
    for (size_t i = 0; i < COUNTOF(pair); i++) {
        str once = dialect_sqlite(&f->arena, str_from(pair[i].text));
        assert_text(once, pair[i].expected);
        assert_text(dialect_sqlite(&f->arena, once), pair[i].expected);
    }
}

/* `id` alone as key is the file's row number: no second tree for each table. */
static void id_is_the_row_number(void **state)
{
    struct fixture *f = *state;
    struct db *db = NULL;
    assert_ok(&f->cx, db_open(&f->cx, STR(":memory:"), DB_WRITER, &db));
    run_text(&f->cx, db,
             "CREATE TABLE t (site BIGINT NOT NULL, id BIGINT NOT NULL, a TEXT NOT NULL,"
             " PRIMARY KEY (site, id))");
    run_text(&f->cx, db, "INSERT INTO t (site, id, a) VALUES ($site, 77, 'x')");
    assert_int_equal(count_of(&f->cx, db, "SELECT rowid FROM t WHERE site = $site AND a = 'x'"), 77);
    assert_int_equal(count_of(&f->cx, db,
                              "SELECT count(*) FROM sqlite_schema WHERE type = 'index'"),
                     0);
    struct db_column *column = NULL;
    size_t columns = 0;
    assert_ok(&f->cx, db_table_columns(&f->cx, db, STR("t"), &column, &columns));
    assert_int_equal(columns, 2);
    db_close(db);
}

static void postgres_gets_a_parameter(void **state)
{
    struct fixture *f = *state;
    bool binds = true;
    str plain = STR("SELECT 'a $site', \"$site\", sites FROM t WHERE text = $1");
    assert_true(dialect_postgres(&f->arena, plain, 1, &binds).at == plain.at ||
                str_eq(dialect_postgres(&f->arena, plain, 1, &binds), plain));
    assert_false(binds);
    assert_text(dialect_postgres(&f->arena,
                                 STR("SELECT a FROM t WHERE site = $site AND id = $1 UNION"
                                     " SELECT a FROM k WHERE site = $site AND b = $2"),
                                 2, &binds),
                "SELECT a FROM t WHERE site = $3 AND id = $1 UNION"
                " SELECT a FROM k WHERE site = $3 AND b = $2");
    assert_true(binds);
    assert_text(dialect_postgres(&f->arena,
                                 STR("CREATE TABLE t (site BIGINT NOT NULL, text TEXT NOT NULL,"
                                     " PRIMARY KEY (site, text)) WITHOUT ROWID"),
                                 0, &binds),
                "CREATE TABLE t (site BIGINT NOT NULL, text TEXT COLLATE \"C\" NOT NULL,"
                " PRIMARY KEY (site, text)) ");
    assert_false(binds);
    assert_text(dialect_postgres(&f->arena, STR("ALTER TABLE t ADD COLUMN text TEXT"), 0, &binds),
                "ALTER TABLE t ADD COLUMN text TEXT COLLATE \"C\"");
    assert_text(dialect_postgres(&f->arena, STR("SELECT CAST(a AS TEXT) FROM t"), 0, &binds),
                "SELECT CAST(a AS TEXT) FROM t");
}

static void rows_become_arrays(void **state)
{
    struct fixture *f = *state;
    static const char *const type[] = {"bigint", "text", "bytea"};
    assert_text(dialect_postgres_rows(
                    &f->arena,
                    STR("INSERT INTO t (site, a, b, c, d, e) VALUES ($site, $1, 'x)$1', $2, $3, $3)"
                        " ON CONFLICT (site, a) DO UPDATE SET b = excluded.b"),
                    type, 3),
                "INSERT INTO t (site, a, b, c, d, e) SELECT $4, u.c1, 'x)$1', u.c2, u.c3, u.c3 FROM"
                " unnest($1::bigint[], $2::text[], $3::bytea[]) AS u (c1, c2, c3)"
                " ON CONFLICT (site, a) DO UPDATE SET b = excluded.b");
    assert_text(dialect_postgres_rows(&f->arena, STR("INSERT INTO t (a) VALUES (coalesce($1, 0))"),
                                      type, 1),
                "INSERT INTO t (a) SELECT coalesce(u.c1, 0) FROM unnest($1::bigint[]) AS u (c1)");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(site_leaves_sqlite, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(id_is_the_row_number, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(postgres_gets_a_parameter, fixture_set_up,
                                        fixture_tear_down),
        cmocka_unit_test_setup_teardown(rows_become_arrays, fixture_set_up, fixture_tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
