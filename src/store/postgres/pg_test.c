/* Tests of what is PostgreSQL's alone: the pipeline, arrays, cursors, the lock and the epoch of a site,
 * connections that break, URLs.  Without BIHUAN_TEST_PG only those of the URL run. */
#include "store/postgres/pg.h"

#include <pthread.h>
#include <sys/socket.h>

#include "store/test.h"
#include "store/writer.h"

SQL(sql_add, "INSERT INTO thing (site, id, name, body, flag) VALUES ($site, $1, $2, $3, $4)");
SQL(sql_put,
    "INSERT INTO thing (site, id, name, body, flag) VALUES ($site, $1, $2, $3, $4)"
    " ON CONFLICT (site, id) DO UPDATE SET name = excluded.name, flag = excluded.flag");
SQL(sql_all, "SELECT id, name, body, flag FROM thing WHERE site = $site ORDER BY id");
SQL(sql_ids, "SELECT id FROM thing WHERE site = $site ORDER BY id");
SQL2(sql_two, "SELECT 'sqlite'", "SELECT 'postgres'");
static const char thing_ddl[] =
    "CREATE TABLE thing (site BIGINT NOT NULL, id BIGINT NOT NULL, name TEXT, body BYTEA,"
    " flag SMALLINT, PRIMARY KEY (site, id))";
static const char count_text[] = "SELECT count(*) FROM thing WHERE site = $site";

#define ONLY_POSTGRES()                                                                            \
    do {                                                                                           \
        if (!test_on_postgres()) skip();                                                           \
    } while (0)

static struct db *open_things(struct fixture *f)
{
    struct db *db = NULL;
    assert_ok(&f->cx, db_open(&f->cx, f->url, DB_WRITER, &db));
    run_text(&f->cx, db, thing_ddl);
    return db;
}

static rc add(struct cx *cx, struct db *db, int64_t id)
{
    return db_exec(cx, db, &sql_add, DB_ARGS(DB_I(id), DB_T(STR("名")), DB_N, DB_I(1)));
}

static bool assert_more(struct cx *cx, struct db_rows *rows, bool *more)
{
    assert_ok(cx, db_next(cx, rows, more));
    return *more;
}

/* ---- values ---- */

static void test_the_second_text_is_taken(void **state)
{
    struct fixture *f = *state;
    struct db *db = NULL;
    DB_ROWS rows = {0};
    bool more = false;
    assert_ok(&f->cx, db_open(&f->cx, f->url, DB_WRITER, &db));
    assert_ok(&f->cx, db_query(&f->cx, db, &sql_two, DB_NO_ARGS, &rows));
    assert_ok(&f->cx, db_next(&f->cx, &rows, &more));
    assert_true(str_eq(db_text(&rows, 0), test_on_postgres() ? STR("postgres") : STR("sqlite")));
    db_rows_done(&rows);
    db_close(db);
}

/* What was null the first time, and prepared without a type, may be anything the next time. */
static void test_types_are_learned(void **state)
{
    struct fixture *f = *state;
    struct db *db = open_things(f);
    str bytes = {"\0\xff", 2};
    assert_ok(&f->cx, db_exec(&f->cx, db, &sql_add, DB_ARGS(DB_I(1), DB_N, DB_N, DB_N)));
    assert_ok(&f->cx, db_exec(&f->cx, db, &sql_add,
                              DB_ARGS(DB_I(2), DB_T(STR("")), DB_B(bytes), DB_I(-32768))));
    assert_ok(&f->cx, db_exec(&f->cx, db, &sql_add, DB_ARGS(DB_I(3), DB_N, DB_N, DB_N)));
    DB_ROWS rows = {0};
    bool more = false;
    assert_ok(&f->cx, db_query(&f->cx, db, &sql_all, DB_NO_ARGS, &rows));
    assert_ok(&f->cx, db_next(&f->cx, &rows, &more));
    assert_true(db_is_null(&rows, 1) && db_is_null(&rows, 2) && db_is_null(&rows, 3));
    assert_ok(&f->cx, db_next(&f->cx, &rows, &more));
    assert_true(!db_is_null(&rows, 1) && str_eq(db_text(&rows, 2), bytes));
    assert_int_equal(db_i64(&rows, 3), -32768);
    assert_true(str_eq(db_text(&rows, 3), STR("-32768"))); /* as on SQLite */
    db_rows_done(&rows);
    db_close(db);
}

static void test_a_type_that_is_not_agreed_on(void **state)
{
    ONLY_POSTGRES();
    struct fixture *f = *state;
    struct db *db = open_things(f);
    DB_ROWS rows = {0};
    str text = STR("SELECT sum(id) AS total FROM thing WHERE site = $site");
    assert_int_equal(db_query_text(&f->cx, db, text, DB_NO_ARGS, &rows), RC_INTERNAL);
    assert_true(str_index(f->cx.err.detail, STR("\"total\"")) != SIZE_MAX);
    assert_true(str_index(f->cx.err.detail, STR("CAST")) != SIZE_MAX);
    err_clear(&f->cx);
    db_close(db);
}

/* ---- rows over arrays ---- */

static void test_many_rows_at_once(void **state)
{
    struct fixture *f = *state;
    struct db *db = open_things(f);
    enum { COUNT = 12000 };
    struct db_val *v = calloc((size_t)COUNT * 4, sizeof *v);
    assert_non_null(v);
    for (int64_t i = 0; i < COUNT; i++) {
        v[i * 4] = DB_I(i == 0 ? INT64_MIN : i == 1 ? INT64_MAX : i);
        v[i * 4 + 1] = i % 3 == 0 ? DB_N : DB_T(STR("义乌“督考” \\ \" {,} NULL 𠀀"));
        v[i * 4 + 2] = i % 5 == 0 ? DB_N : DB_B(((str){"\0\1\\x", 4}));
        v[i * 4 + 3] = DB_N; /* in all of them: the server says which type */
    }
    int64_t changed = 0;
    assert_ok(&f->cx, db_begin(&f->cx, db));
    assert_ok(&f->cx, db_exec_rows(&f->cx, db, &sql_put, v, 4, COUNT));
    assert_ok(&f->cx, db_changes(&f->cx, db, &changed));
    assert_int_equal(changed, COUNT);
    for (int64_t i = 0; i < COUNT; i++)
        v[i * 4 + 3] = DB_I(i % 100);
    assert_ok(&f->cx, db_exec_rows(&f->cx, db, &sql_put, v, 4, COUNT)); /* now they have one */
    assert_ok(&f->cx, db_exec_rows(&f->cx, db, &sql_put, v, 4, 1));
    assert_ok(&f->cx, db_commit(&f->cx, db));
    free(v);
    DB_ROWS rows = {0};
    bool more = false;
    int64_t seen = 0;
    assert_ok(&f->cx, db_query(&f->cx, db, &sql_all, DB_NO_ARGS, &rows));
    while (assert_more(&f->cx, &rows, &more)) {
        int64_t id = db_i64(&rows, 0), i = id == INT64_MIN ? 0 : id == INT64_MAX ? 1 : id;
        assert_int_equal(db_is_null(&rows, 1), i % 3 == 0);
        if (i % 3) assert_true(str_eq(db_text(&rows, 1), STR("义乌“督考” \\ \" {,} NULL 𠀀")));
        if (i % 5) assert_true(str_eq(db_text(&rows, 2), ((str){"\0\1\\x", 4})));
        assert_int_equal(db_i64(&rows, 3), i % 100);
        seen++;
    }
    assert_int_equal(seen, COUNT);
    db_close(db);
}

/* Outside a transaction all rows are stored or none. */
static void test_rows_of_their_own(void **state)
{
    ONLY_POSTGRES();
    struct fixture *f = *state;
    struct db *db = open_things(f);
    enum { COUNT = PG_ROWS_MAX + 1 };
    struct db_val *v = calloc((size_t)COUNT * 4, sizeof *v);
    assert_non_null(v);
    for (int64_t i = 0; i < COUNT; i++)
        v[i * 4] = DB_I(i + 1 < COUNT ? i : 0);
    assert_fails(&f->cx, db_exec_rows(&f->cx, db, &sql_add, v, 4, COUNT), RC_CONFLICT,
                 "store.constraint");
    assert_int_equal(count_of(&f->cx, db, count_text), 0);
    free(v);
    db_close(db);
}

/* ---- reading ---- */

static void test_queries_nest(void **state)
{
    struct fixture *f = *state;
    struct db *db = open_things(f);
    for (int64_t i = 1; i <= 5; i++)
        assert_ok(&f->cx, add(&f->cx, db, i));
    DB_ROWS outer = {0};
    bool more = false;
    int64_t pairs = 0;
    assert_ok(&f->cx, db_begin(&f->cx, db));
    assert_ok(&f->cx, db_query(&f->cx, db, &sql_ids, DB_NO_ARGS, &outer));
    while (assert_more(&f->cx, &outer, &more)) {
        DB_ROWS inner = {0};
        bool again = false;
        assert_ok(&f->cx, db_query(&f->cx, db, &sql_ids, DB_NO_ARGS, &inner));
        while (assert_more(&f->cx, &inner, &again))
            pairs++;
        assert_ok(&f->cx, add(&f->cx, db, -db_i64(&outer, 0))); /* behind the outer one */
    }
    assert_int_equal(pairs, 5 + 6 + 7 + 8 + 9);
    assert_ok(&f->cx, db_commit(&f->cx, db));
    db_close(db);
}

static void test_a_scan_of_many_rows(void **state)
{
    ONLY_POSTGRES();
    struct fixture *f = *state;
    struct db *db = open_things(f);
    test_pg_value(&f->arena, f->url,
                  "INSERT INTO thing SELECT 330782, n, 'n' || n, NULL, 1"
                  " FROM generate_series(1, 100000) n");
    str text = STR("SELECT id, name FROM thing WHERE site = $site AND id > $1 ORDER BY id");
    DB_ROWS rows = {0}, small = {0};
    bool more = false;
    int64_t seen = 0;
    assert_ok(&f->cx, db_begin(&f->cx, db));
    assert_ok(&f->cx, db_scan_text(&f->cx, db, text, DB_ARGS(DB_I(0)), &rows));
    while (assert_more(&f->cx, &rows, &more)) {
        assert_int_equal(db_i64(&rows, 0), ++seen);
        if (seen % 10000 == 0) assert_int_equal(count_of(&f->cx, db, count_text), 100000);
    }
    assert_int_equal(seen, 100000);
    assert_ok(&f->cx, db_scan_text(&f->cx, db, text, DB_ARGS(DB_I(99999)), &small));
    assert_true(assert_more(&f->cx, &small, &more));
    assert_false(assert_more(&f->cx, &small, &more));
    /* A scan ends with its transaction. */
    assert_ok(&f->cx, db_scan_text(&f->cx, db, text, DB_ARGS(DB_I(0)), &rows));
    db_rollback(db);
    rc r = RC_OK;
    while (r == RC_OK && (r = db_next(&f->cx, &rows, &more)) == RC_OK && more) {
    }
    assert_int_equal(r, RC_INTERNAL);
    err_clear(&f->cx);
    db_rows_done(&rows);
    assert_int_equal(count_of(&f->cx, db, count_text), 100000);
    db_close(db);
}

/* ---- the pipeline ---- */

static void test_a_late_error_reaches_its_savepoint(void **state)
{
    struct fixture *f = *state;
    struct db *db = open_things(f);
    assert_ok(&f->cx, db_begin(&f->cx, db));
    assert_ok(&f->cx, db_savepoint(&f->cx, db));
    assert_ok(&f->cx, add(&f->cx, db, 1));
    assert_ok(&f->cx, db_savepoint_keep(&f->cx, db));
    assert_ok(&f->cx, db_savepoint(&f->cx, db));
    rc r = add(&f->cx, db, 2);
    if (r == RC_OK) r = add(&f->cx, db, 1); /* there already */
    if (r == RC_OK) r = add(&f->cx, db, 3);
    if (r == RC_OK) r = db_savepoint_keep(&f->cx, db);
    assert_fails(&f->cx, r, RC_CONFLICT, "store.constraint");
    if (test_on_postgres()) { /* and stays until it is undone */
        int64_t changed = 0;
        assert_fails(&f->cx, add(&f->cx, db, 4), RC_CONFLICT, "store.constraint");
        assert_fails(&f->cx, db_changes(&f->cx, db, &changed), RC_CONFLICT, "store.constraint");
        assert_fails(&f->cx, db_commit(&f->cx, db), RC_CONFLICT, "store.constraint");
    }
    assert_true(db_in_transaction(db));
    db_savepoint_undo(db);
    assert_ok(&f->cx, db_savepoint(&f->cx, db));
    assert_ok(&f->cx, add(&f->cx, db, 5));
    assert_ok(&f->cx, db_savepoint_keep(&f->cx, db));
    assert_ok(&f->cx, db_commit(&f->cx, db));
    assert_int_equal(count_of(&f->cx, db,
                              "SELECT CAST(sum(id) AS BIGINT) FROM thing"
                              " WHERE site = $site"),
                     6);
    db_close(db);
}

static void test_a_late_error_fails_the_commit(void **state)
{
    struct fixture *f = *state;
    struct db *db = open_things(f);
    assert_ok(&f->cx, db_begin(&f->cx, db));
    assert_ok(&f->cx, add(&f->cx, db, 1));
    rc r = add(&f->cx, db, 1);
    if (r == RC_OK) r = db_commit(&f->cx, db);
    assert_fails(&f->cx, r, RC_CONFLICT, "store.constraint");
    db_rollback(db);
    assert_false(db_in_transaction(db));
    assert_false(db_is_broken(db));
    assert_int_equal(count_of(&f->cx, db, count_text), 0);
    assert_ok(&f->cx, add(&f->cx, db, 1));
    db_close(db);
}

/* More than is collected at once, of statements that are prepared anew, closed and failed. */
static void test_long_pipelines(void **state)
{
    ONLY_POSTGRES();
    struct fixture *f = *state;
    struct db *db = open_things(f);
    for (int round = 0; round < 2; round++) {
        assert_ok(&f->cx, db_begin(&f->cx, db));
        for (int i = 0; i < 1000; i++) {
            str text =
                arena_printf(&f->arena, "INSERT INTO thing (site, id, flag) VALUES ($site, %d, $1)",
                             i + round * 1000);
            struct db_val flag = i % 2 ? DB_I(i) : DB_N;
            assert_ok(&f->cx, db_exec_text(&f->cx, db, text, &flag, 1));
        }
        if (round == 1) {
            rc r = db_exec_text(&f->cx, db, STR("INSERT INTO nowhere (site, id) VALUES ($site, 1)"),
                                DB_NO_ARGS);
            for (int i = 0; i < 300 && r == RC_OK; i++)
                r = add(&f->cx, db, 5000 + i);
            if (r == RC_OK) r = db_commit(&f->cx, db);
            assert_fails(&f->cx, r, RC_INTERNAL, "store.sql");
            db_rollback(db);
        } else {
            assert_ok(&f->cx, db_commit(&f->cx, db));
        }
    }
    assert_int_equal(count_of(&f->cx, db, count_text), 1000);
    /* The server keeps no more statements than the caches do. */
    for (int i = 0; i < 50; i++)
        assert_ok(&f->cx, add(&f->cx, db, 9000 + i));
    assert_true(pg_of(db)->drop_count < 1200);
    db_close(db);
}

struct two_jobs {
    struct job job;
    struct arena arena;
    int64_t id;
};

static rc add_run(struct cx *cx, struct db *db, struct job *job)
{
    return add(cx, db, ((struct two_jobs *)job)->id);
}

static rc slow_run(struct cx *cx, struct db *db, struct job *job)
{
    usleep(20000); /* meanwhile the others queue up behind it */
    return add_run(cx, db, job);
}

static void test_the_error_reaches_the_right_job(void **state)
{
    struct fixture *f = *state;
    struct writer *w = NULL;
    static const int64_t id[] = {1, 2, 1, 3, 2, 4};
    struct two_jobs j[COUNTOF(id)];
    assert_ok(&f->cx, writer_start(&f->cx, open_things(f), NULL, &w));
    for (size_t i = 0; i < COUNTOF(id); i++) {
        j[i] = (struct two_jobs){.id = id[i], .job = {.run = i ? add_run : slow_run}};
        arena_init(&j[i].arena, 1 << 20);
        j[i].job.cx = (struct cx){.arena = &j[i].arena, .lang = LANG_EN};
        assert_int_equal(writer_submit(w, &j[i].job), RC_OK);
    }
    writer_stop(w);
    for (size_t i = 0; i < COUNTOF(id); i++) {
        bool twice = i == 2 || i == 4;
        assert_int_equal(j[i].job.result, twice ? RC_CONFLICT : RC_OK);
        if (twice) assert_string_equal(j[i].job.cx.err.slug, "store.constraint");
        arena_done(&j[i].arena);
    }
}

/* ---- the lock, the epoch, and connections that break ---- */

static void test_the_holder_is_named(void **state)
{
    ONLY_POSTGRES();
    struct fixture *f = *state;
    struct db *db = open_things(f), *second = NULL;
    assert_int_equal(db_open(&f->cx, f->url, DB_WRITER, &second), RC_CONFLICT);
    assert_string_equal(f->cx.err.slug, "store.locked");
    str pid = arena_printf(&f->arena, ":%ld", (long)getpid());
    assert_true(str_index(f->cx.err.detail, pid) != SIZE_MAX);
    err_clear(&f->cx);
    /* Another site of the same database is free. */
    test_pg_value(&f->arena, f->url, "INSERT INTO site_known VALUES (330783, 'other', 0)");
    size_t at = str_index(f->url, STR("site="));
    str other = arena_printf(&f->arena, STR_FMT "site=330783", (int)at, f->url.at);
    assert_ok(&f->cx, db_open(&f->cx, other, DB_WRITER, &second));
    assert_ok(&f->cx, add(&f->cx, second, 1));
    assert_int_equal(count_of(&f->cx, db, count_text), 0);
    db_close(second);
    other = arena_printf(&f->arena, STR_FMT "site=1", (int)at, f->url.at);
    assert_fails(&f->cx, db_open(&f->cx, other, DB_WRITER, &second), RC_MISSING, "site.unknown");
    assert_fails(&f->cx, db_open(&f->cx, other, DB_READER, &second), RC_MISSING, "site.unknown");
    db_close(db);
}

static void test_a_raised_epoch_stops_the_commit(void **state)
{
    ONLY_POSTGRES();
    struct fixture *f = *state;
    struct db *db = open_things(f);
    assert_ok(&f->cx, db_ping(&f->cx, db));
    assert_ok(&f->cx, db_begin(&f->cx, db));
    assert_ok(&f->cx, add(&f->cx, db, 1));
    test_pg_value(&f->arena, f->url, "UPDATE site_owner SET epoch = epoch + 1");
    assert_fails(&f->cx, db_commit(&f->cx, db), RC_BUSY, "store.lost");
    db_rollback(db);
    assert_true(db_is_broken(db));
    assert_fails(&f->cx, db_begin(&f->cx, db), RC_BUSY, "store.lost");
    assert_fails(&f->cx, db_ping(&f->cx, db), RC_BUSY, "store.lost");
    db_close(db);
    assert_ok(&f->cx, db_open(&f->cx, f->url, DB_WRITER, &db));
    assert_int_equal(count_of(&f->cx, db, count_text), 0);
    test_pg_value(&f->arena, f->url, "UPDATE site_owner SET epoch = epoch + 1");
    assert_fails(&f->cx, add(&f->cx, db, 2), RC_BUSY, "store.lost"); /* outside one, too */
    db_close(db);
    assert_ok(&f->cx, db_open(&f->cx, f->url, DB_WRITER, &db));
    assert_int_equal(count_of(&f->cx, db, count_text), 0);
    test_pg_value(&f->arena, f->url, "UPDATE site_owner SET epoch = epoch + 1");
    assert_fails(&f->cx, db_ping(&f->cx, db), RC_BUSY, "store.lost");
    assert_true(db_is_broken(db));
    db_close(db);
}

static void end_session(struct fixture *f, struct db *db)
{
    str text =
        arena_printf(&f->arena, "SELECT pg_terminate_backend(%d)", PQbackendPID(pg_of(db)->conn));
    test_pg_value(&f->arena, f->url, arena_cstr(&f->arena, text));
}

static void test_a_session_that_was_ended(void **state)
{
    ONLY_POSTGRES();
    struct fixture *f = *state;
    struct db *db = open_things(f), *reader = NULL;
    assert_ok(&f->cx, db_begin(&f->cx, db));
    assert_ok(&f->cx, add(&f->cx, db, 1));
    assert_int_equal(count_of(&f->cx, db, count_text), 1);
    end_session(f, db);
    /* Nothing of it can be stored: that is known. */
    assert_fails(&f->cx, db_commit(&f->cx, db), RC_BUSY, "store.unreachable");
    assert_true(db_is_broken(db) && !db_in_transaction(db));
    db_rollback(db);
    assert_fails(&f->cx, db_begin(&f->cx, db), RC_BUSY, "store.unreachable");
    db_close(db);
    assert_ok(&f->cx, db_open(&f->cx, f->url, DB_WRITER, &db));
    assert_int_equal(count_of(&f->cx, db, count_text), 0);
    end_session(f, db);
    assert_fails(&f->cx, db_ping(&f->cx, db), RC_BUSY, "store.unreachable");
    db_close(db);
    /* The pool gets over it by itself. */
    struct readers *readers = NULL;
    assert_ok(&f->cx, readers_open(&f->cx, f->url, 2, &readers));
    assert_ok(&f->cx, readers_take(&f->cx, readers, &reader));
    end_session(f, reader);
    readers_give(readers, reader);
    for (int i = 0; i < 2; i++) {
        assert_ok(&f->cx, readers_take(&f->cx, readers, &reader));
        assert_int_equal(count_of(&f->cx, reader, count_text), 0);
        readers_give(readers, reader);
    }
    readers_close(readers);
}

struct committer {
    struct fixture *f;
    struct db *db;
    struct arena arena;
    struct cx cx;
    rc result;
};

static void *commit_main(void *arg)
{
    struct committer *c = arg;
    c->result = db_commit(&c->cx, c->db);
    return NULL;
}

/* A commit waits for the row of site_owner that another session holds; then its wire is cut. */
static void test_a_commit_whose_outcome_is_unknown(void **state)
{
    ONLY_POSTGRES();
    struct fixture *f = *state;
    struct committer c = {.f = f, .db = open_things(f)};
    arena_init(&c.arena, 1 << 20);
    c.cx = (struct cx){.arena = &c.arena, .lang = LANG_EN};
    assert_ok(&f->cx, db_begin(&f->cx, c.db));
    assert_ok(&f->cx, add(&f->cx, c.db, 1));
    str rest = {0};
    int64_t site = 0;
    assert_ok(&f->cx, pg_url_split(&f->cx, f->url, &rest, &site));
    PGconn *holder = PQconnectdb(arena_cstr(&f->arena, rest));
    PQclear(PQexec(holder, "BEGIN"));
    PQclear(PQexec(holder, "SELECT 1 FROM site_owner FOR UPDATE"));
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, commit_main, &c), 0);
    static const char waiting[] =
        "SELECT count(*) FROM pg_stat_activity WHERE pid = %d AND "
        "wait_event_type = 'Lock'";
    char text[200];
    snprintf(text, sizeof text, waiting, PQbackendPID(pg_of(c.db)->conn));
    while (!str_eq(test_pg_value(&f->arena, f->url, text), STR("1")))
        usleep(1000);
    assert_int_equal(shutdown(PQsocket(pg_of(c.db)->conn), SHUT_RDWR), 0);
    pthread_join(thread, NULL);
    assert_int_equal(c.result, RC_BUSY);
    assert_string_equal(c.cx.err.slug, "store.unknown-outcome");
    assert_true(db_is_broken(c.db));
    PQfinish(holder);
    db_close(c.db);
    arena_done(&c.arena);
}

static void test_a_silent_holder_is_ended(void **state)
{
    ONLY_POSTGRES();
    struct fixture *f = *state;
    struct db *silent = open_things(f), *second = NULL;
    assert_ok(&f->cx, db_begin(&f->cx, silent));
    assert_ok(&f->cx, add(&f->cx, silent, 1));
    assert_int_equal(count_of(&f->cx, silent, count_text), 1);
    assert_fails(&f->cx, db_open(&f->cx, f->url, DB_WRITER, &second), RC_CONFLICT, "store.locked");
    usleep(DB_HOLDER_SILENT_US + 100000);
    assert_ok(&f->cx, db_open(&f->cx, f->url, DB_WRITER, &second));
    assert_ok(&f->cx, add(&f->cx, second, 2));
    assert_fails(&f->cx, db_commit(&f->cx, silent), RC_BUSY, "store.unreachable");
    db_close(silent);
    assert_int_equal(count_of(&f->cx, second, count_text), 1);
    db_close(second);
}

static void test_a_writer_that_lost_its_site(void **state)
{
    ONLY_POSTGRES();
    struct fixture *f = *state;
    struct writer *w = NULL;
    assert_ok(&f->cx, writer_start(&f->cx, open_things(f), NULL, &w));
    assert_false(writer_is_broken(w));
    test_pg_value(&f->arena, f->url, "UPDATE site_owner SET epoch = epoch + 1");
    while (!writer_is_broken(w)) /* its own sign of life tells it, without a job */
        usleep(10000);
    struct two_jobs j = {.id = 1, .job = {.run = add_run, .cx = {.arena = &f->arena}}};
    assert_int_equal(writer_run(w, &j.job), RC_BUSY);
    assert_string_equal(j.job.cx.err.slug, "store.lost");
    writer_stop(w);
}

/* ---- the whole database's session ---- */

static str whole_url(struct fixture *f)
{
    return str_slice(f->url, 0, str_index(f->url, STR("&site=")));
}

static void test_the_session_of_the_whole_database(void **state)
{
    ONLY_POSTGRES();
    struct fixture *f = *state;
    struct db *db = open_things(f), *whole = NULL, *again = NULL;
    assert_ok(&f->cx, db_open(&f->cx, whole_url(f), DB_WRITER, &whole));
    assert_int_equal(count_of(&f->cx, whole, "SELECT count(*) FROM site_known"), 1);
    assert_fails(&f->cx, add(&f->cx, whole, 1), RC_INTERNAL, "store.sql"); /* which site? */
    assert_fails(&f->cx, db_open(&f->cx, whole_url(f), DB_WRITER, &again), RC_CONFLICT,
                 "store.locked");
    db_close(whole);
    assert_ok(&f->cx, db_open(&f->cx, whole_url(f), DB_READER, &whole));
    assert_fails(&f->cx, db_exec_text(&f->cx, whole, STR("DELETE FROM site_known"), DB_NO_ARGS),
                 RC_INTERNAL, "store.sql");
    db_close(whole);
    db_close(db);
}

static void test_are_the_migrations_there(void **state)
{
    struct fixture *f = *state;
    struct db *db = NULL;
    const struct db_migration step[] = {
        {1, "thing", "CREATE TABLE a (site BIGINT NOT NULL, id BIGINT, PRIMARY KEY (site, id));"},
        {2, "thing.more",
         "CREATE TABLE b (site BIGINT NOT NULL, t TEXT NOT NULL, PRIMARY KEY (site, t));"}};
    assert_ok(&f->cx, db_open(&f->cx, f->url, DB_WRITER, &db));
    assert_fails(&f->cx, db_migrated(&f->cx, db, step, 1), RC_CONFLICT, "store.older-schema");
    assert_ok(&f->cx, db_migrate(&f->cx, db, step, 1));
    assert_ok(&f->cx, db_migrated(&f->cx, db, step, 1));
    assert_fails(&f->cx, db_migrated(&f->cx, db, step, 2), RC_CONFLICT, "store.older-schema");
    assert_ok(&f->cx, db_migrate(&f->cx, db, step, 2));
    assert_fails(&f->cx, db_migrated(&f->cx, db, step, 1), RC_CONFLICT, "store.newer-schema");
    db_close(db);
}

/* ---- the URL ---- */

static void url_fails(struct fixture *f, const char *url, rc code, const char *slug)
{
    struct db *db = NULL;
    rc r = db_open(&f->cx, str_from(url), DB_WRITER, &db);
    if (r != code || strcmp(f->cx.err.slug, slug) != 0)
        fail_msg("%s: %d %s " STR_FMT, url, r, f->cx.err.slug, STR_ARG(f->cx.err.detail));
    assert_true(str_index(f->cx.err.detail, STR("S3cret")) == SIZE_MAX);
    assert_true(str_index(f->cx.err.hint, STR("S3cret")) == SIZE_MAX);
    err_clear(&f->cx);
}

static void test_urls_that_are_wrong(void **state)
{
    struct fixture *f = *state;
    static const char *const wrong[] = {
        "postgresql://u:S3cret@h/d?site=0",
        "postgresql://u:S3cret@h/d?site=x",
        "postgresql://u:S3cret@h/d?site=",
        "postgresql://u:S3cret@h/d?site=1000000000000",
        "postgresql://u:S3cret@h/d?site=1&site=2",
        "postgresql://u:S3cret@h/d?nonsense=S3cret",
        "postgresql://u:S3cret%zz@h/d",
        "postgresql://u:S3cret@[h/d",
        "postgres://h/d?password",
        "postgresql://h/d?pass%77ord=S3cret&x=y",
    };
    for (size_t i = 0; i < COUNTOF(wrong); i++)
        url_fails(f, wrong[i], RC_INVALID, "store.url");
    url_fails(f, "postgresql://u:S3cret@127.0.0.1:1/d?site=1&password=S3cret", RC_BUSY,
              "store.unreachable");
    url_fails(f, "postgresql://u:S3cret@/d?host=/nowhere&site=1", RC_BUSY, "store.unreachable");
}

static void test_a_url_is_shown_without_its_password(void **state)
{
    struct fixture *f = *state;
    static const struct {
        const char *url, *shown;
    } row[] = {
        {"postgresql://u:S3cret@h:5432/d?site=1", "postgresql://u:***@h:5432/d?site=1"},
        {"postgresql://u@h/d", "postgresql://u@h/d"},
        {"postgresql://h/d?password=S3cret&site=1", "postgresql://h/d?password=***&site=1"},
        {"postgresql://h/d?sslpassword=S3cret", "postgresql://h/d?sslpassword=***"},
        {"postgresql://h/d?pass%77ord=S3cret", "postgresql://h/d?pass%77ord=***"},
        {"postgresql://u:S3c@ret@h/d", "postgresql://u:***@h/d"},
        {"postgresql://u:S3/c?ret@h/d", "postgresql://u:***@h/d"},
        {"postgres://", "postgres://"},
        {"/var/lib/site.db", "/var/lib/site.db"},
        {":memory:", ":memory:"},
    };
    for (size_t i = 0; i < COUNTOF(row); i++) {
        str shown = db_url_shown(&f->arena, str_from(row[i].url));
        if (!str_eq(shown, str_from(row[i].shown))) fail_msg(STR_FMT, STR_ARG(shown));
    }
    assert_int_equal(db_kind_of(STR("postgres://h/d")), DB_POSTGRES);
    assert_int_equal(db_kind_of(STR("postgresql.db")), DB_SQLITE);
}

static void test_a_database_that_is_not_there(void **state)
{
    ONLY_POSTGRES();
    struct fixture *f = *state;
    struct db *db = NULL;
    str rest, head = str_cut(f->url, '?', &rest);
    size_t slash = head.len;
    while (head.at[slash - 1] != '/')
        slash--;
    str url = arena_printf(&f->arena, STR_FMT "none?" STR_FMT, (int)slash, head.at, STR_ARG(rest));
    assert_fails(&f->cx, db_open(&f->cx, url, DB_WRITER, &db), RC_INTERNAL, "store.open");
    str path = arena_printf(&f->arena, "%s/x.db", f->folder);
    assert_fails(&f->cx, db_backup(&f->cx, db = open_things(f), path), RC_INVALID,
                 "store.backup-postgres");
    bool sound = false;
    assert_ok(&f->cx, db_integrity(&f->cx, db, &sound));
    assert_true(sound);
    assert_ok(&f->cx, db_checkpoint(&f->cx, db, true));
    assert_int_equal(db_backlog_bytes(db), 0);
    db_close(db);
}

#define T(name) cmocka_unit_test_setup_teardown(name, fixture_set_up, fixture_tear_down)
int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_the_second_text_is_taken),
        T(test_types_are_learned),
        T(test_a_type_that_is_not_agreed_on),
        T(test_many_rows_at_once),
        T(test_rows_of_their_own),
        T(test_queries_nest),
        T(test_a_scan_of_many_rows),
        T(test_a_late_error_reaches_its_savepoint),
        T(test_a_late_error_fails_the_commit),
        T(test_long_pipelines),
        T(test_the_error_reaches_the_right_job),
        T(test_the_holder_is_named),
        T(test_a_raised_epoch_stops_the_commit),
        T(test_a_session_that_was_ended),
        T(test_a_commit_whose_outcome_is_unknown),
        T(test_a_silent_holder_is_ended),
        T(test_a_writer_that_lost_its_site),
        T(test_the_session_of_the_whole_database),
        T(test_are_the_migrations_there),
        T(test_urls_that_are_wrong),
        T(test_a_url_is_shown_without_its_password),
        T(test_a_database_that_is_not_there),
    };
    return cmocka_run_group_tests_name("store/pg", tests, NULL, NULL);
}
