/* Many sites in one PostgreSQL database: the tables are shared, the records are not; what two sites'
 * declarations disagree on is refused.  On SQLite there is nothing to test: a file is one site. */
#include "site/sites.h"

#include <pthread.h>

#include "record/fixture.h"
#include "store/test_pg.h"

enum { OTHER_SITE = 330727 };

static int64_t total(struct fixture *f, int type, const char *search)
{
    struct rec_query q = {
        .type = type_at(f, type), .who = &f->system, .search = str_from(search), .count = true};
    struct rec_page page = {0};
    assert_int_equal(rec_find(&f->cx, f->db, &q, &page), RC_OK);
    assert_int_equal(page.len, page.total);
    return page.total;
}

/* Another site of the same database. */
static struct fixture *beside(struct fixture *first, int64_t site)
{
    const str whole = str_slice(first->url, 0, str_index(first->url, STR("&site=")));
    assert_int_equal(sites_add(&first->cx, whole, site, STR("")), RC_OK);
    return fixture_beside(first, site);
}

static void records_are_apart(void **state)
{
    (void)state;
    if (!test_on_postgres()) skip();
    struct fixture *a = fixture_open(NULL), *b = beside(a, OTHER_SITE);
    (void)must_create(a, T_ORG, "{\"code\":\"city\",\"name\":\"义乌市\"}");
    (void)must_create(b, T_ORG,
                      "{\"code\":\"city\",\"name\":\"磐安县\"}"); /* the same key and id */
    (void)must_create(a, T_SERIES, "{\"code\":\"S\",\"name\":\"市场采购\"}");
    assert_int_equal(total(a, T_ORG, "义乌"), 1);
    assert_int_equal(total(b, T_ORG, "义乌"), 0);
    assert_int_equal(total(b, T_ORG, "pax"), 1);
    assert_int_equal(total(a, T_SERIES, "sccg"), 1);
    assert_int_equal(total(b, T_SERIES, ""), 0);
    assert_int_equal(void_it(b, &b->system, T_ORG, b->last_id, 1), RC_OK);
    assert_int_equal(total(a, T_ORG, ""), 1);
    assert_int_equal(total(b, T_ORG, ""), 0);
    must_audit(a);
    must_audit(b);
    fixture_close(b);
    fixture_close(a);
}

/* The first site's declarations stand; the second's are refused, and nothing was changed. */
static void disagreement_is_refused(void **state)
{
    (void)state;
    if (!test_on_postgres()) skip();
    struct fixture *a = fixture_open(NULL), *b = beside(a, OTHER_SITE);
    struct app_field *field = (struct app_field *)(uintptr_t)field_at(b, T_FIGURE, F_VALUE);
    field->scale = 3;
    b->cx.findings = &b->findings;
    expect_slug(b, rec_migrate(&b->cx, b->db, &b->catalogue), RC_CONFLICT, "app.evolution");
    assert_int_equal(b->findings.count, 1);
    assert_non_null(strstr(arena_cstr(&b->arena, b->findings.item[0].detail),
                           "held number(2) and is now number(3)"));
    b->cx.findings = NULL;
    field->scale = 2;
    assert_int_equal(rec_migrate(&b->cx, b->db, &b->catalogue), RC_OK);
    (void)must_create(b, T_SERIES, "{\"code\":\"S\",\"name\":\"x\"}");
    (void)must_create(a, T_SERIES, "{\"code\":\"S\",\"name\":\"x\"}");
    fixture_close(b);
    fixture_close(a);
}

/* One site's new field is a column of all, empty in the others' records; the new index is built once. */
static void a_field_is_added(void **state)
{
    (void)state;
    if (!test_on_postgres()) skip();
    struct fixture *a = fixture_open(NULL), *b = beside(a, OTHER_SITE);
    int64_t id = must_create(a, T_SERIES, "{\"code\":\"S\",\"name\":\"x\"}");
    struct app_type *t = (struct app_type *)(uintptr_t)type_at(b, T_SERIES);
    struct app_field *field = NEWS(&b->catalogue_arena, struct app_field, 3);
    memcpy(field, t->field, 2 * sizeof *field);
    field[2] =
        (struct app_field){.name = STR("rank"), .kind = FIELD_INTEGER, .index = 2, .indexed = true};
    t->field = field;
    t->field_count = 3;
    assert_int_equal(rec_migrate(&b->cx, b->db, &b->catalogue), RC_OK);
    str count = test_pg_value(&a->arena, a->url,
                              "SELECT count(*) FROM pg_indexes WHERE schemaname = current_schema()"
                              " AND indexname = 't_series__rank_live'");
    assert_true(str_eq(count, STR("1")));
    struct record r;
    assert_int_equal(rec_load(&a->cx, a->db, type_at(a, T_SERIES), id, &r), RC_OK);
    assert_int_equal(rec_migrate(&a->cx, a->db, &a->catalogue), RC_OK); /* and still starts */
    must_audit(a);
    fixture_close(b);
    fixture_close(a);
}

/* ---- servers that start at once ---- */

enum { SERVERS = 4 };
struct server {
    const struct fixture *first;
    str url;
    rc result;
    char says[200];
};

static void *server_run(void *data)
{
    struct server *s = data;
    struct arena arena;
    struct db *db = NULL;
    arena_init(&arena, 64 << 20);
    struct cx cx = {.arena = &arena, .lang = LANG_EN};
    s->result = db_open(&cx, s->url, DB_WRITER, &db);
    if (s->result == RC_OK) s->result = db_migrate(&cx, db, rec_migrations, rec_migration_count);
    if (s->result == RC_OK) s->result = rec_migrate(&cx, db, &s->first->catalogue);
    if (s->result != RC_OK) snprintf(s->says, sizeof s->says, STR_FMT, STR_ARG(cx.err.detail));
    if (db) db_close(db);
    arena_done(&arena);
    return NULL;
}

static void servers_start_at_once(void **state)
{
    (void)state;
    if (!test_on_postgres()) skip();
    struct fixture *a = fixture_open(NULL);
    str fresh = test_db_url(&a->catalogue_arena, STR(""));
    const str whole = str_slice(fresh, 0, str_index(fresh, STR("&site=")));
    struct server server[SERVERS];
    pthread_t thread[SERVERS];
    for (int i = 0; i < SERVERS; i++) {
        server[i] = (struct server){.first = a};
        server[i].url =
            arena_printf(&a->catalogue_arena, STR_FMT "&site=%d", STR_ARG(whole), 100 + i);
        assert_int_equal(sites_add(&a->cx, whole, 100 + i, STR("")), RC_OK);
    }
    for (int i = 0; i < SERVERS; i++)
        assert_int_equal(pthread_create(&thread[i], NULL, server_run, &server[i]), 0);
    for (int i = 0; i < SERVERS; i++) {
        pthread_join(thread[i], NULL);
        if (server[i].result != RC_OK) fail_msg("server %d: %s", i, server[i].says);
    }
    test_db_drop(fresh);
    fixture_close(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(records_are_apart), cmocka_unit_test(disagreement_is_refused),
        cmocka_unit_test(a_field_is_added), cmocka_unit_test(servers_start_at_once)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
