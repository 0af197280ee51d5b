/* For tests only: a small city of records in a database of its own, with its measures, run as the
 * engine runs them: jobs under savepoints, groups of jobs under one commit.  Include after base/test.h. */
#pragma once

#include "base/json.h"
#include "measure/measure.h"
#include "store/test_pg.h"

struct city {
    struct fixture f;
    struct cx *cx;
    str url; /* of the database */
    struct db *db;
    const struct catalogue *catalogue;
    struct ledger *ledger;
    struct rec_store *records;
    struct measure_store *cells;
    struct actor system;
    int64_t last_id;
};

static int64_t city_next_id(void *owner)
{
    return ++((struct city *)owner)->last_id;
}

static void ok(struct city *c, rc r)
{
    if (r != RC_OK)
        fail_msg("%s: " STR_FMT, c->cx->err.slug ? c->cx->err.slug : "?",
                 STR_ARG(c->cx->err.detail));
}

static void city_migrate(struct city *c, const struct db_migration *step, size_t count)
{
    ok(c, db_migrate(c->cx, c->db, step, count));
}

static void city_attach(struct city *c)
{
    const struct rec_env env = {.catalogue = c->catalogue,
                                .ledger = c->ledger,
                                .listener = {c->cells, measure_changed},
                                .next_id = city_next_id,
                                .id_owner = c};
    ok(c, rec_store_open(c->cx, c->db, &env, &c->records));
}

static void city_begin(struct city *c);

/* extra: more migrations; may be NULL. */
static void city_open(struct city *c, const struct db_migration *extra, size_t extra_count)
{
    const str folder = STR(TESTDATA);
    *c = (struct city){.system = {.code = STR("system"), .system = true}};
    fixture_init(&c->f, (size_t)1 << 30);
    c->cx = &c->f.cx;
    c->cx->findings = NEW(&c->f.arena, struct findings);
    us_parse(STR("2022-06-17T09:00:00+08:00"), &c->cx->now_us);
    const rc r = catalogue_load(c->cx, &folder, 1, &measure_host, &c->catalogue);
    if (r != RC_OK && c->cx->findings->count) {
        struct buf b = {.arena = &c->f.arena};
        for (size_t i = 0; i < c->cx->findings->count; i++)
            err_print(&b, &c->cx->findings->item[i]);
        fail_msg(STR_FMT, STR_ARG(buf_str(&b)));
    }
    ok(c, r);
    c->url = test_db_url(&c->f.arena, STR(":memory:"));
    ok(c, db_open(c->cx, c->url, DB_WRITER, &c->db));
    city_migrate(c, ledger_migrations, ledger_migration_count);
    city_migrate(c, rec_migrations, rec_migration_count);
    city_migrate(c, measure_migrations, measure_migration_count);
    if (extra) city_migrate(c, extra, extra_count);
    ok(c, rec_migrate(c->cx, c->db, c->catalogue));
    ok(c, ledger_open(c->cx, c->db, &c->ledger));
    ok(c, measure_open(c->cx, c->db, c->catalogue, &c->cells));
    city_attach(c);
    city_begin(c);
}

static void city_done(struct city *c)
{
    rec_store_close(c->records);
    measure_close(c->cells);
    ledger_close(c->ledger);
    db_close(c->db);
    test_db_drop(c->url);
    catalogue_free(c->catalogue);
    fixture_done(&c->f);
}

/* ---- groups and jobs ---- */

static void city_begin(struct city *c)
{
    ok(c, db_begin(c->cx, c->db));
}

static void city_commit(struct city *c)
{
    ok(c, rec_flush(c->records, c->cx, c->db));
    ok(c, measure_flush(c->cells, c->cx, c->db));
    ok(c, ledger_flush(c->cx, c->ledger, c->db));
    ok(c, db_commit(c->cx, c->db));
    rec_committed(c->records);
    measure_committed(c->cells);
    ledger_committed(c->ledger);
    city_begin(c);
}

static UNUSED void city_roll_back(struct city *c)
{
    db_rollback(c->db);
    rec_rolled_back(c->records);
    measure_rolled_back(c->cells);
    ledger_rolled_back(c->ledger);
    city_begin(c);
}

static void job_begin(struct city *c)
{
    ledger_mark(c->ledger);
    rec_job_begin(c->records);
    measure_job_begin(c->cells);
    ok(c, db_savepoint(c->cx, c->db));
}

static void job_keep(struct city *c)
{
    ok(c, db_savepoint_keep(c->cx, c->db));
}

static UNUSED void job_undo(struct city *c)
{
    db_savepoint_undo(c->db);
    ledger_undo(c->ledger);
    rec_job_undo(c->records);
    measure_job_undo(c->cells);
    err_clear(c->cx);
    c->cx->findings->count = 0;
}

/* The office's day of what follows. */
static UNUSED void city_day(struct city *c, const char *day)
{
    day_t d = 0;
    assert_true(day_parse(str_from(day), &d));
    c->cx->now_us = d * US_PER_DAY + INT64_C(3600000000);
}

/* ---- records ---- */

static const struct app_type *type_of(const struct city *c, const char *name)
{
    const struct app_type *t = catalogue_type(c->catalogue, str_from(name));
    assert_non_null(t);
    return t;
}

/* Texts use ' for ". */
static const struct json *json_of(struct city *c, const char *text)
{
    const struct json *j = NULL;
    char *copy = arena_cstr(&c->f.arena, str_from(text));
    for (char *at = copy; *at; at++)
        if (*at == '\'') *at = '"';
    ok(c, json_parse(c->cx, str_from(copy), &j));
    return j;
}

static UNUSED rc try_create(struct city *c, const char *type, const char *fields, int64_t *id)
{
    struct record r = {0};
    const rc result = rec_create(c->cx, c->records, c->db, &c->system, type_of(c, type),
                                 json_of(c, fields), STR(""), &r);
    if (id) *id = r.id;
    return result;
}

static UNUSED int64_t create(struct city *c, const char *type, const char *fields)
{
    int64_t id = 0;
    job_begin(c);
    ok(c, try_create(c, type, fields, &id));
    job_keep(c);
    return id;
}

static UNUSED void correct(struct city *c, const char *type, int64_t id, const char *fields)
{
    struct record r = {0};
    job_begin(c);
    ok(c, rec_correct(c->cx, c->records, c->db, &c->system, type_of(c, type), id, 0,
                      json_of(c, fields), STR("test"), &r));
    job_keep(c);
}

static UNUSED void void_it(struct city *c, const char *type, int64_t id)
{
    job_begin(c);
    ok(c, rec_void(c->cx, c->records, c->db, &c->system, type_of(c, type), id, 0, STR("test")));
    job_keep(c);
}

/* city, town1, town2, village (below town1); places p1, p2 with the ids after. */
static UNUSED void city_orgs(struct city *c)
{
    (void)create(c, "core.org", "{'code':'city','title':'市','level':'city'}");
    (void)create(c, "core.org", "{'code':'town1','title':'镇一','level':'town','parent':'city'}");
    (void)create(c, "core.org", "{'code':'town2','title':'镇二','level':'town','parent':'city'}");
    (void)create(c, "core.org",
                 "{'code':'village','title':'村','level':'village','parent':'town1'}");
    (void)create(c, "town.place", "{'code':'p1','title':'地点一'}");
    (void)create(c, "town.place", "{'code':'p|2*','title':'地点二'}");
}
enum { CITY = 1, TOWN1, TOWN2, VILLAGE, P1, P2 };

/* ---- reading ---- */

static UNUSED struct measure_view view_now(const struct city *c)
{
    return (struct measure_view){
        .store = c->cells, .db = c->db, .catalogue = c->catalogue, .known_at = DAY_NONE};
}

static UNUSED struct measure_view view_database(const struct city *c)
{
    return (struct measure_view){.db = c->db, .catalogue = c->catalogue, .known_at = DAY_NONE};
}

static UNUSED struct period period(const char *text)
{
    struct period p = {0};
    assert_true(period_parse(str_from(text), &p));
    return p;
}

static UNUSED const struct app_measure *measure(const struct city *c, const char *name)
{
    const struct app_measure *m = catalogue_measure(c->catalogue, str_from(name));
    assert_non_null(m);
    return m;
}

static UNUSED const struct app_indicator *indicator(const struct city *c, const char *name)
{
    const struct app_indicator *i = catalogue_indicator(c->catalogue, str_from(name));
    assert_non_null(i);
    return i;
}

static UNUSED struct measure_value get(struct city *c, const struct measure_view *v,
                                       const char *name, const char *p, int64_t org,
                                       const char *first, const char *second)
{
    const str text[2] = {str_from(first), str_from(second)};
    const str *dim[MEASURE_BY_MAX] = {first ? &text[0] : NULL, second ? &text[1] : NULL};
    struct measure_value out = {0};
    ok(c, measure_get(c->cx, v, measure(c, name), period(p), org, dim, &out));
    return out;
}

static UNUSED void must_audit(struct city *c)
{
    int64_t checks = 0, broken = 0;
    ok(c, measure_audit(c->cx, c->db, c->catalogue, &checks, &broken));
    assert_int_equal(broken, 0);
    assert_true(checks > 0);
}
