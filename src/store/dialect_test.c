/* The dialect: what each backend makes of a statement, and which statements forget their site. */
#include "store/dialect.h"

#include <sqlite3.h>

#include "base/buf.h"
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
    assert_int_equal(count_of(&f->cx, db, "SELECT rowid FROM t WHERE site = $site AND a = 'x'"),
                     77);
    assert_int_equal(
        count_of(&f->cx, db, "SELECT count(*) FROM sqlite_schema WHERE type = 'index'"), 0);
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

static void every_table_is_pinned(void **state)
{
    (void)state;
    static const struct pair pair[] = {
        {"SELECT 1", ""},
        {"EXPLAIN SELECT a FROM t", "t"},
        {"EXPLAIN QUERY PLAN SELECT a FROM t", "t"},
        {"BEGIN IMMEDIATE", ""},
        {"PRAGMA query_only = ON", ""},
        {"SELECT name, type FROM pragma_table_info($1) ORDER BY cid", ""},
        {"SELECT checksum FROM schema_version WHERE family = $1", ""},
        {"SELECT relname FROM pg_catalog.pg_class c, information_schema.columns k", ""},
        {"SELECT a FROM t WHERE site = $site", ""},
        {"SELECT a FROM t WHERE site = $site AND (a = 1 OR b = 2) ORDER BY a", ""},
        {"SELECT a FROM t WHERE a = 1", "t"},
        {"SELECT a FROM t", "t"},
        {"SELECT a FROM t WHERE site = $site OR a = 1", "t"},
        {"SELECT a FROM t WHERE site = $site AND a = 1 OR b = 2", "t"},
        {"SELECT a FROM t WHERE site = $site AND CASE WHEN a OR b THEN 1 ELSE 0 END = 1", ""},
        {"SELECT a FROM t WHERE NOT site = $site", "t"},
        {"SELECT a FROM t WHERE site = $site + 1", "t"},
        {"SELECT a FROM t WHERE \"site\" = $site", "t"},
        {"SELECT a FROM t WHERE site = $1", "t"},
        {"SELECT a FROM t WHERE (site = $site OR a)", "t"},
        {"SELECT a FROM \"t\" x WHERE x.site = $site AND a IS DISTINCT FROM b", ""},
        {"SELECT a IS DISTINCT FROM b FROM t WHERE site = $site", ""},
        {"SELECT a FROM t JOIN k ON k.site = t.site AND k.id = t.k WHERE t.site = $site", ""},
        {"SELECT a FROM t x JOIN k AS y ON y.site = x.site AND y.id = x.k WHERE y.site = $site",
         ""},
        {"SELECT a FROM t JOIN k ON k.site = t.site", "t"},
        {"SELECT a FROM t JOIN k ON k.id = t.id WHERE t.site = $site", "k"},
        {"SELECT a FROM t JOIN k ON k.id = t.id WHERE site = $site", "t"},
        {"SELECT a FROM (SELECT id FROM t WHERE site = $site) f JOIN k ON k.id = f.id WHERE site ="
         " $site",
         ""},
        {"CREATE VIRTUAL TABLE t USING fts5 (a)", ""},
        {"SELECT a FROM t, k WHERE t.site = $site AND k.site = $site AND t.a = k.a", ""},
        {"SELECT a FROM t, k WHERE t.site = $site", "k"},
        {"SELECT a FROM t LEFT JOIN k ON k.site = t.site AND k.a = t.a WHERE t.site = $site", ""},
        {"SELECT a FROM t LEFT JOIN k ON k.site = t.site AND t.site = $site", "t"},
        {"SELECT a FROM t FULL JOIN k ON k.site = $site WHERE t.site = $site", "k"},
        {"SELECT a FROM (t JOIN k ON k.site = t.site AND k.a = t.a) WHERE t.site = $site", ""},
        {"SELECT a, (SELECT count(*) FROM k WHERE k.site = t.site AND k.a = t.a) FROM t"
         " WHERE t.site = $site",
         ""},
        {"SELECT a, (SELECT count(*) FROM k WHERE k.a = t.a) FROM t WHERE t.site = $site", "k"},
        {"SELECT a FROM t WHERE site = $site AND a IN (SELECT a FROM k)", "k"},
        {"SELECT a FROM t WHERE site = $site AND EXISTS (SELECT 1 FROM k WHERE site = $site)", ""},
        {"SELECT d.a FROM (SELECT a FROM t WHERE site = $site UNION SELECT a FROM k) d", "k"},
        {"SELECT d.a FROM (SELECT a FROM t WHERE site = $site) d, k m WHERE m.site = $site AND a",
         ""},
        {"SELECT a FROM t WHERE site = $site UNION ALL SELECT a FROM k WHERE site = $site", ""},
        {"SELECT a FROM t WHERE site = $site UNION ALL SELECT a FROM k", "k"},
        {"SELECT a FROM t WHERE x.site = $site", "t"},
        {"WITH RECURSIVE below (id) AS (SELECT CAST($1 AS BIGINT) UNION SELECT o.id FROM org o JOIN"
         " below b ON o.parent = b.id WHERE o.site = $site) SELECT id FROM below",
         ""},
        {"WITH RECURSIVE below (id) AS (SELECT 1 UNION SELECT o.id FROM org o JOIN below b ON"
         " o.parent = b.id) SELECT id FROM below",
         "org"},
        {"INSERT INTO t (site, a) VALUES ($site, $1)", ""},
        {"INSERT INTO t (site, a) VALUES ($site, $1), ($site, $2) ON CONFLICT (site, a) DO NOTHING",
         ""},
        {"INSERT INTO t (site, a) VALUES ($site, $1), ($3, $2)", "t"},
        {"INSERT INTO t (site, a) VALUES ($1, $2)", "t"},
        {"INSERT INTO t (a) VALUES ($1)", "t"},
        {"INSERT INTO t (a, site) VALUES ($1, $site)", "t"},
        {"INSERT INTO t VALUES ($site, 1)", "t"},
        {"INSERT INTO t (site, a) VALUES ($site, 1) ON CONFLICT (a) DO NOTHING", "t"},
        {"INSERT INTO t (site, a) SELECT $site, a FROM k WHERE site = $site ON CONFLICT DO NOTHING",
         ""},
        {"INSERT INTO t (site, a) SELECT site, a FROM k WHERE site = $site", ""},
        {"INSERT INTO t (site, a) SELECT $site, a FROM k", "k"},
        {"INSERT INTO t (site, a) SELECT a, b FROM k WHERE site = $site", "t"},
        {"INSERT INTO t (site, a) SELECT $site, a FROM k WHERE site = $site UNION SELECT 1, 2",
         "t"},
        {"INSERT INTO schema_version (family) VALUES ($1)", ""},
        {"UPDATE t SET a = (SELECT max(a) FROM k WHERE k.site = t.site) WHERE site = $site AND a = 1",
         ""},
        {"UPDATE t SET site = $site WHERE a = 1", "t"},
        {"DELETE FROM t WHERE site = $site", ""},
        {"DELETE FROM t WHERE a = 1", "t"},
        {"DELETE FROM t", "t"},
        {"CREATE TABLE t (site BIGINT NOT NULL, id BIGINT NOT NULL, a TEXT DEFAULT ('x'),"
         " PRIMARY KEY (site, id), UNIQUE (site, a), FOREIGN KEY (site, a) REFERENCES k (site, id))",
         ""},
        {"CREATE TABLE IF NOT EXISTS t (site BIGINT NOT NULL, id BIGINT)", "t"},
        {"CREATE TABLE t (id BIGINT PRIMARY KEY)", "t"},
        {"CREATE TABLE t (site BIGINT NOT NULL, id BIGINT, PRIMARY KEY (id))", "t"},
        {"CREATE TABLE t (site BIGINT NOT NULL, id BIGINT UNIQUE, PRIMARY KEY (site, id))", "t"},
        {"CREATE TABLE t (site BIGINT NOT NULL, id BIGINT REFERENCES k (id), PRIMARY KEY (site, id))",
         "t"},
        {"CREATE TABLE t (site BIGINT NOT NULL, PRIMARY KEY (site))", "t"},
        {"CREATE INDEX i ON t (site, a)", ""},
        {"CREATE UNIQUE INDEX IF NOT EXISTS i ON t (site, a) WHERE b = 1", ""},
        {"CREATE UNIQUE INDEX i ON t (a)", "t"},
        {"CREATE INDEX i ON t (site)", "t"},
        {"CREATE TABLE site_known (code BIGINT PRIMARY KEY)", ""},
        {"ALTER TABLE t ADD COLUMN a TEXT", ""},
        {"DROP TABLE t", ""},
    };
    for (size_t i = 0; i < COUNTOF(pair); i++) {
        str got = dialect_unpinned(str_from(pair[i].text));
        if (!str_eq(got, str_from(pair[i].expected)))
            fail_msg("%s\ngot: \"" STR_FMT "\" expected: \"%s\"", pair[i].text, STR_ARG(got),
                     pair[i].expected);
    }
}

/* Anything cut off anywhere, or nested without end, is read to its end and no further. */
static void broken_statements_end(void **state)
{
    struct fixture *f = *state;
    str text =
        STR("WITH a (b) AS (SELECT 'x' FROM t) INSERT INTO t (site, c) SELECT $site, \"d\" FROM"
            " (a JOIN k ON k.site = a.site) /* x */ WHERE (a IN (SELECT 1)) ON CONFLICT (site"
            ", c) DO UPDATE SET c = CASE WHEN 1 THEN 2 END -- y");
    for (size_t len = 0; len <= text.len; len++) {
        str cut = arena_dup(&f->arena, str_slice(text, 0, len));
        (void)dialect_unpinned(cut);
        (void)dialect_sqlite(&f->arena, cut);
    }
    struct buf deep = {.arena = &f->arena};
    for (int i = 0; i < 100000; i++)
        buf_add(&deep, STR("(SELECT "));
    assert_true(dialect_unpinned(buf_str(&deep)).len > 0);
    deep = (struct buf){.arena = &f->arena};
    buf_add(&deep, STR("SELECT 1 FROM "));
    for (int i = 0; i < 100000; i++)
        buf_char(&deep, '(');
    assert_true(dialect_unpinned(buf_str(&deep)).len > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(site_leaves_sqlite, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(id_is_the_row_number, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(postgres_gets_a_parameter, fixture_set_up,
                                        fixture_tear_down),
        cmocka_unit_test_setup_teardown(rows_become_arrays, fixture_set_up, fixture_tear_down),
        cmocka_unit_test(every_table_is_pinned),
        cmocka_unit_test_setup_teardown(broken_statements_end, fixture_set_up, fixture_tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
