/* What is told apart, refused and said to Citus.  Citus itself is in no Debian package: its two
 * functions and its catalogue are played by tables of the test's schema; bench/citus runs the real ones. */
#include "site/cluster.h"

#include "store/test.h"

/* A call is written down, and believed. */
static const char *const stand_in[] = {
    "CREATE TABLE pg_dist_partition (logicalrelid regclass, partmethod \"char\", repmodel \"char\","
    " partkey text, colocationid int)",
    "CREATE TABLE called (n serial, said text)",
    "CREATE FUNCTION column_to_column_name(regclass, text) RETURNS text LANGUAGE sql AS 'SELECT $2'",
    "CREATE FUNCTION create_distributed_table(t regclass, key text, colocate_with text)"
    " RETURNS void LANGUAGE sql AS $$"
    " INSERT INTO called (said) VALUES (t::text || ' by ' || key || ' beside ' || colocate_with);"
    " INSERT INTO pg_dist_partition VALUES (t, 'h', 's', key, 7) $$",
    "CREATE FUNCTION create_reference_table(t regclass) RETURNS void LANGUAGE sql AS $$"
    " INSERT INTO called (said) VALUES (t::text || ' everywhere');"
    " INSERT INTO pg_dist_partition VALUES (t, 'n', 't', '', 8) $$",
};
SQL(sql_owner_table,
    "CREATE TABLE a_first (site BIGINT NOT NULL, id BIGINT NOT NULL, PRIMARY KEY (site, id))");
SQL(sql_plain_table, "CREATE TABLE app_column (name TEXT NOT NULL, PRIMARY KEY (name))");

static str whole_of(struct fixture *f)
{
    size_t at = str_index(f->url, STR("&site="));
    return str_slice(f->url, 0, at == SIZE_MAX ? f->url.len : at);
}

static struct db *open_whole(struct fixture *f)
{
    struct db *db = NULL;
    assert_ok(&f->cx, db_open(&f->cx, whole_of(f), DB_WRITER, &db));
    assert_ok(&f->cx, db_exec(&f->cx, db, &sql_owner_table, DB_NO_ARGS));
    assert_ok(&f->cx, db_exec(&f->cx, db, &sql_plain_table, DB_NO_ARGS));
    return db;
}

static const struct cluster_table *table_of(const struct cluster *c, const char *name)
{
    for (size_t i = 0; i < c->len; i++)
        if (str_eq(c->at[i].name, str_from(name))) return &c->at[i];
    fail_msg("%s is not among the tables", name);
    return NULL;
}

static void a_file_is_refused(void **state)
{
    struct fixture *f = *state;
    struct cluster c = {0};
    struct db *db = NULL;
    assert_ok(&f->cx, db_open(&f->cx, f->file, DB_WRITER, &db));
    assert_int_equal(cluster_look(&f->cx, db, &c), RC_INVALID);
    assert_string_equal(f->cx.err.slug, "cluster.not-postgresql");
    err_clear(&f->cx);
    assert_ok(&f->cx, cluster_follow(&f->cx, db)); /* nothing to do behind migrations */
    db_close(db);
}

static void tables_are_told_apart(void **state)
{
    struct fixture *f = *state;
    struct cluster c = {0};
    if (!test_on_postgres()) skip();
    struct db *db = open_whole(f);
    assert_ok(&f->cx, cluster_look(&f->cx, db, &c));
    assert_int_equal(table_of(&c, "a_first")->belongs, CLUSTER_SITE);
    assert_int_equal(table_of(&c, "site_owner")->belongs, CLUSTER_SITE);
    assert_int_equal(table_of(&c, "site_known")->belongs, CLUSTER_REFERENCE);
    assert_int_equal(table_of(&c, "app_column")->belongs, CLUSTER_REFERENCE);
    for (size_t i = 0; i < c.len; i++)
        assert_true(c.at[i].is == CLUSTER_LOCAL && !c.at[i].bad_key.len);
    assert_int_equal(cluster_distribute(&f->cx, db, &c), RC_MISSING);
    assert_string_equal(f->cx.err.slug, "cluster.no-extension");
    assert_true(f->cx.err.hint.len > 0);
    err_clear(&f->cx);
    assert_ok(&f->cx, cluster_follow(&f->cx, db));
    db_close(db);
}

static void keys_without_site_are_listed(void **state)
{
    struct fixture *f = *state;
    struct cluster c = {0};
    if (!test_on_postgres()) skip();
    struct db *db = open_whole(f);
    (void)test_pg_value(&f->arena, whole_of(f), "CREATE UNIQUE INDEX by_hand ON a_first (id)");
    assert_ok(&f->cx, cluster_look(&f->cx, db, &c));
    c.version = STR("13.2");
    assert_int_equal(cluster_distribute(&f->cx, db, &c), RC_CONFLICT);
    assert_string_equal(f->cx.err.slug, "cluster.key");
    assert_true(str_index(f->cx.err.detail, STR("a_first (by_hand)")) != SIZE_MAX);
    err_clear(&f->cx);
    db_close(db);
}

static void each_table_goes_where_it_belongs(void **state)
{
    struct fixture *f = *state;
    struct cluster c = {0};
    if (!test_on_postgres()) skip();
    struct db *db = open_whole(f);
    assert_ok(&f->cx, cluster_look(&f->cx, db, &c)); /* before the stand-in's own tables */
    for (size_t i = 0; i < COUNTOF(stand_in); i++)
        (void)test_pg_value(&f->arena, whole_of(f), stand_in[i]);
    c.version = STR("13.2");
    assert_ok(&f->cx, cluster_distribute(&f->cx, db, &c));
    str said = test_pg_value(&f->arena, whole_of(f),
                             "SELECT string_agg(said, '; ' ORDER BY n) FROM called");
    assert_true(str_eq(said, STR("a_first by site beside none; app_column everywhere; "
                                 "site_known everywhere; site_owner by site beside a_first")));
    for (size_t i = 0; i < c.len; i++)
        assert_true(c.at[i].moved && c.at[i].is == c.at[i].belongs);
    for (size_t i = 0; i < c.len; i++)
        c.at[i].moved = false;
    assert_ok(&f->cx, cluster_distribute(&f->cx, db, &c)); /* again: nothing to do */
    for (size_t i = 0; i < c.len; i++)
        assert_false(c.at[i].moved);
    c.at[0].is = CLUSTER_OTHER;
    assert_int_equal(cluster_distribute(&f->cx, db, &c), RC_CONFLICT);
    assert_string_equal(f->cx.err.slug, "cluster.elsewhere");
    db_close(db);
}

int main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, fixture_set_up, fixture_tear_down)
    const struct CMUnitTest tests[] = {
        CASE(a_file_is_refused),
        CASE(tables_are_told_apart),
        CASE(keys_without_site_are_listed),
        CASE(each_table_goes_where_it_belongs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
