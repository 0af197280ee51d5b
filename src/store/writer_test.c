/* Tests of the writer: groups, isolation, the order of the hooks, and what a kill leaves. */
#include "store/writer.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/wait.h>

#include "store/ledger.h"
#include "store/test.h"

SQL(sql_add, "INSERT INTO item (site, id) VALUES ($site, $1)");
SQL(sql_add_again,
    "INSERT INTO item (site, id) VALUES ($site, $1) ON CONFLICT (site, id) DO NOTHING");
SQL(sql_add_big, "INSERT INTO item (site, id, body) VALUES ($site, $1, $2)");

/* A job of the tests: inserts id, then fails when it must. */
struct item_job {
    struct job job; /* first: run gets a pointer to it */
    struct arena arena;
    int64_t id;
    bool fails;
};

static rc item_run(struct cx *cx, struct db *db, struct job *job)
{
    struct item_job *j = (struct item_job *)job;
    rc r = db_exec(cx, db, &sql_add, DB_ARGS(DB_I(j->id)));
    if (r == RC_OK && j->fails)
        r = err_set(cx, RC_INVALID, "test.wanted", "要求失败", "failure was asked for");
    return r;
}

static void item_job_init(struct item_job *j, int64_t id, bool fails)
{
    *j = (struct item_job){.id = id, .fails = fails, .job = {.run = item_run}};
    arena_init(&j->arena, 1 << 20);
    j->job.cx = (struct cx){.arena = &j->arena, .lang = LANG_EN};
}

static rc run_item(struct writer *w, int64_t id, bool fails)
{
    struct item_job j;
    item_job_init(&j, id, fails);
    rc r = writer_run(w, &j.job);
    if (r != RC_OK) assert_non_null(j.job.cx.err.slug);
    arena_done(&j.arena);
    return r;
}

static struct db *items_open(struct fixture *f)
{
    struct db *db = NULL;
    assert_ok(&f->cx, db_open(&f->cx, f->url, DB_WRITER, &db));
    run_text(&f->cx, db,
             "CREATE TABLE IF NOT EXISTS item (site BIGINT NOT NULL, id BIGINT NOT NULL,"
             " body BYTEA, PRIMARY KEY (site, id))");
    return db;
}

static int64_t items_stored(struct fixture *f, const char *text)
{
    struct db *reader = NULL;
    assert_ok(&f->cx, db_open(&f->cx, f->url, DB_READER, &reader));
    int64_t count = count_of(&f->cx, reader, text);
    db_close(reader);
    return count;
}

/* ---- many threads ---- */

enum { THREADS = 8, JOBS_EACH = 150 };
struct client {
    pthread_t thread;
    struct writer *w;
    struct readers *readers;
    int number;
    int failed;
};

static bool stored(struct readers *readers, int64_t id)
{
    struct arena arena;
    arena_init(&arena, 1 << 20);
    struct cx cx = {.arena = &arena};
    struct db *db = NULL;
    bool more = false;
    if (readers_take(&cx, readers, &db) == RC_OK) {
        struct db_rows rows = {0};
        if (db_query_text(&cx, db, STR("SELECT id FROM item WHERE site = $site AND id = $1"),
                          DB_ARGS(DB_I(id)), &rows) != RC_OK ||
            db_next(&cx, &rows, &more) != RC_OK)
            more = false;
        db_rows_done(&rows);
        readers_give(readers, db);
    }
    arena_done(&arena);
    return more;
}

static void *client_main(void *arg)
{
    struct client *c = arg;
    for (int i = 0; i < JOBS_EACH; i++) {
        int64_t id = (int64_t)c->number * JOBS_EACH + i;
        bool fails = i % 3 == 0;
        struct item_job j;
        item_job_init(&j, id, fails);
        rc r = writer_run(c->w, &j.job);
        /* What is answered is there for every reader; what failed is not. */
        if (r != (fails ? RC_INVALID : RC_OK) || stored(c->readers, id) == fails) c->failed++;
        arena_done(&j.arena);
    }
    return NULL;
}

static void test_eight_threads(void **state)
{
    struct fixture *f = *state;
    struct writer *w = NULL;
    struct readers *readers = NULL;
    struct client client[THREADS];
    assert_ok(&f->cx, writer_start(&f->cx, items_open(f), NULL, &w));
    assert_ok(&f->cx, readers_open(&f->cx, f->url, 2, &readers));
    for (int i = 0; i < THREADS; i++) {
        client[i] = (struct client){.w = w, .readers = readers, .number = i};
        assert_int_equal(pthread_create(&client[i].thread, NULL, client_main, &client[i]), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(client[i].thread, NULL);
        assert_int_equal(client[i].failed, 0);
    }
    struct writer_stats stats = writer_stats(w);
    assert_int_equal(stats.jobs, THREADS * JOBS_EACH);
    assert_int_equal(stats.queue_depth, 0);
    assert_int_equal(stats.failed_commits, 0);
    assert_true(stats.groups < stats.jobs);
    readers_close(readers);
    writer_stop(w);
    assert_int_equal(items_stored(f, "SELECT count(*) FROM item WHERE site = $site"),
                     THREADS * JOBS_EACH * 2 / 3);
}

/* ---- hooks ---- */

struct log {
    char text[4096];
    rc commit_result;
    atomic_int ticks;
};

static void note(struct log *log, const char *word)
{
    size_t len = strlen(log->text);
    snprintf(log->text + len, sizeof log->text - len, "%s ", word);
}
static void on_begin(void *owner)
{
    note(owner, "begin");
}
static void on_undo(void *owner)
{
    note(owner, "undo");
}
static rc on_before_commit(void *owner, struct cx *cx, struct db *db)
{
    struct log *log = owner;
    note(log, "before");
    rc r = db_exec(cx, db, &sql_add_again, DB_ARGS(DB_I(1000000 + (int64_t)strlen(log->text))));
    if (r == RC_OK && log->commit_result != RC_OK)
        r = err_set(cx, log->commit_result, "test.commit", "提交失败", "the commit fails");
    return r;
}
static void on_committed(void *owner)
{
    note(owner, "committed");
}
static void on_rolled_back(void *owner)
{
    note(owner, "rolled-back");
}
static void on_tick(void *owner, int64_t now_us)
{
    struct log *log = owner;
    atomic_fetch_add(&log->ticks, now_us > 0);
}

static struct writer_hooks hooks_of(struct log *log)
{
    return (struct writer_hooks){
        .owner = log,
        .job_begin = on_begin,
        .job_undo = on_undo,
        .before_commit = on_before_commit,
        .committed = on_committed,
        .rolled_back = on_rolled_back,
    };
}

/* A job that holds the writer until it is let go, so that a group forms behind it. */
struct gate {
    struct job job;
    struct arena arena;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool entered, open;
};

static rc gate_run(struct cx *cx, struct db *db, struct job *job)
{
    struct gate *g = (struct gate *)job;
    (void)cx, (void)db;
    pthread_mutex_lock(&g->lock);
    g->entered = true;
    pthread_cond_broadcast(&g->changed);
    while (!g->open)
        pthread_cond_wait(&g->changed, &g->lock);
    pthread_mutex_unlock(&g->lock);
    return RC_OK;
}

static void gate_enter(struct gate *g, struct writer *w)
{
    *g = (struct gate){.job = {.run = gate_run}};
    arena_init(&g->arena, 1 << 20);
    g->job.cx.arena = &g->arena;
    pthread_mutex_init(&g->lock, NULL);
    pthread_cond_init(&g->changed, NULL);
    assert_int_equal(writer_submit(w, &g->job), RC_OK);
    pthread_mutex_lock(&g->lock);
    while (!g->entered)
        pthread_cond_wait(&g->changed, &g->lock);
    pthread_mutex_unlock(&g->lock);
}

static void gate_open(struct gate *g)
{
    pthread_mutex_lock(&g->lock);
    g->open = true;
    pthread_cond_broadcast(&g->changed);
    pthread_mutex_unlock(&g->lock);
}

/* Runs jobs as one group behind a gate; fails[i] tells which fail.  Their results in item[i]. */
static void run_group(struct fixture *f, struct log *log, const bool *fails, int count,
                      struct item_job *item)
{
    struct writer *w = NULL;
    struct gate gate;
    struct writer_hooks hooks = hooks_of(log);
    struct db *db = items_open(f);
    assert_ok(&f->cx, writer_start(&f->cx, db, &hooks, &w));
    gate_enter(&gate, w);
    for (int i = 0; i < count; i++) {
        item_job_init(&item[i], i + 1, fails[i]);
        assert_int_equal(writer_submit(w, &item[i].job), RC_OK);
    }
    gate_open(&gate);
    writer_stop(w);
    arena_done(&gate.arena);
}

static void test_hooks_come_in_order(void **state)
{
    struct fixture *f = *state;
    struct log log = {0};
    struct item_job item[3];
    run_group(f, &log, (const bool[]){false, true, false}, 3, item);
    assert_string_equal(log.text,
                        "begin before committed "
                        "begin begin undo begin before committed ");
    assert_int_equal(item[0].job.result, RC_OK);
    assert_int_equal(item[1].job.result, RC_INVALID);
    assert_string_equal(item[1].job.cx.err.slug, "test.wanted");
    assert_int_equal(item[2].job.result, RC_OK);
    assert_int_equal(
        items_stored(f,
                     "SELECT CAST(sum(id) AS BIGINT) FROM item WHERE site = $site AND id < 1000"),
        1 + 3);
    for (int i = 0; i < 3; i++)
        arena_done(&item[i].arena);
}

static void test_a_group_without_success_writes_nothing(void **state)
{
    struct fixture *f = *state;
    struct log log = {0};
    struct item_job item[2];
    run_group(f, &log, (const bool[]){true, true}, 2, item);
    assert_string_equal(log.text, "begin before committed begin undo begin undo rolled-back ");
    assert_int_equal(items_stored(f, "SELECT count(*) FROM item WHERE site = $site AND id < 1000"),
                     0);
    for (int i = 0; i < 2; i++)
        arena_done(&item[i].arena);
    struct log lone = {0};
    run_group(f, &lone, (const bool[]){true}, 1, item);
    assert_string_equal(lone.text, "begin before committed begin undo rolled-back ");
    assert_int_equal(items_stored(f, "SELECT count(*) FROM item WHERE site = $site AND id < 1000"),
                     0);
    arena_done(&item[0].arena);
}

static void test_a_failed_commit_fails_the_group(void **state)
{
    struct fixture *f = *state;
    struct log log = {.commit_result = RC_LIMIT};
    struct writer_hooks hooks = hooks_of(&log);
    struct writer *w = NULL;
    assert_ok(&f->cx, writer_start(&f->cx, items_open(f), &hooks, &w));
    struct item_job j;
    item_job_init(&j, 1, false);
    assert_int_equal(writer_run(w, &j.job), RC_LIMIT);
    assert_string_equal(j.job.cx.err.slug, "test.commit");
    assert_true(j.job.cx.err.detail.len > 0);
    arena_done(&j.arena);
    assert_int_equal(writer_stats(w).failed_commits, 1);
    writer_stop(w);
    assert_string_equal(log.text, "begin before rolled-back ");
    assert_int_equal(items_stored(f, "SELECT count(*) FROM item WHERE site = $site"), 0);
}

static void test_ticks_come_when_idle_and_busy(void **state)
{
    struct fixture *f = *state;
    struct log log = {0};
    struct writer_hooks hooks = {.owner = &log, .tick = on_tick, .tick_us = 1000};
    struct writer *w = NULL;
    assert_ok(&f->cx, writer_start(&f->cx, items_open(f), &hooks, &w));
    while (atomic_load(&log.ticks) < 3)
        usleep(1000);
    int before = atomic_load(&log.ticks);
    for (int64_t i = 0; atomic_load(&log.ticks) < before + 3; i++)
        assert_int_equal(run_item(w, i, false), RC_OK);
    writer_stop(w);
}

static void test_a_full_queue_refuses(void **state)
{
    struct fixture *f = *state;
    struct writer *w = NULL;
    struct gate gate;
    assert_ok(&f->cx, writer_start(&f->cx, items_open(f), NULL, &w));
    gate_enter(&gate, w);
    struct item_job *item = calloc(WRITER_QUEUE_MAX + 1, sizeof *item);
    assert_non_null(item);
    for (int i = 0; i < WRITER_QUEUE_MAX; i++) {
        item_job_init(&item[i], i, false);
        assert_int_equal(writer_submit(w, &item[i].job), RC_OK);
    }
    item_job_init(&item[WRITER_QUEUE_MAX], 1, false);
    assert_fails(&item[WRITER_QUEUE_MAX].job.cx, writer_submit(w, &item[WRITER_QUEUE_MAX].job),
                 RC_BUSY, "store.queue-full");
    gate_open(&gate);
    writer_stop(w); /* drains */
    for (int i = 0; i <= WRITER_QUEUE_MAX; i++)
        arena_done(&item[i].arena);
    free(item);
    arena_done(&gate.arena);
    assert_int_equal(items_stored(f, "SELECT count(*) FROM item WHERE site = $site"),
                     WRITER_QUEUE_MAX);
}

/* ---- faults ---- */

static rc big_run(struct cx *cx, struct db *db, struct job *job)
{
    struct item_job *j = (struct item_job *)job;
    str body = {arena_get(cx->arena, 200000, 1), 200000};
    return db_exec(cx, db, &sql_add_big, DB_ARGS(DB_I(j->id), DB_B(body)));
}

static void test_a_full_disk_fails_its_group_only(void **state)
{
    ONLY_SQLITE();
    struct fixture *f = *state;
    struct db *db = items_open(f);
    run_text(&f->cx, db, "PRAGMA max_page_count = 30");
    struct writer *w = NULL;
    struct gate gate;
    assert_ok(&f->cx, writer_start(&f->cx, db, NULL, &w));
    gate_enter(&gate, w);
    struct item_job item[3];
    for (int i = 0; i < 3; i++) {
        item_job_init(&item[i], i + 1, false);
        if (i == 1) item[i].job.run = big_run;
        assert_int_equal(writer_submit(w, &item[i].job), RC_OK);
    }
    gate_open(&gate);
    while (writer_stats(w).failed_commits == 0)
        usleep(1000);
    assert_int_equal(run_item(w, 9, false), RC_OK); /* goes on */
    writer_stop(w);
    for (int i = 0; i < 3; i++) { /* the database gave the whole transaction up */
        assert_int_equal(item[i].job.result, RC_FULL);
        assert_string_equal(item[i].job.cx.err.slug, "store.full");
        arena_done(&item[i].arena);
    }
    arena_done(&gate.arena);
    assert_int_equal(items_stored(f, "SELECT CAST(sum(id) AS BIGINT) FROM item WHERE site = $site"),
                     9);
}

static void test_every_fault_leaves_no_part_of_a_job(void **state)
{
    struct fixture *f = *state;
    int64_t acknowledged = 0, stopped = 0;
    for (int n = 1;; n++) {
        struct db *db = items_open(f);
        struct writer *w = NULL;
        struct log log = {0};
        struct writer_hooks hooks = hooks_of(&log);
        db_fault_after(db, n);
        assert_ok(&f->cx, writer_start(&f->cx, db, &hooks, &w));
        rc first = run_item(w, 1000 + 2 * n, false), second = run_item(w, 1001 + 2 * n, false);
        acknowledged += (first == RC_OK) + (second == RC_OK);
        /* After a failed commit nothing is taken any more. */
        if (first != RC_OK && second != RC_OK) stopped++;
        writer_stop(w);
        run_text(&f->cx, db = items_open(f),
                 "DELETE FROM item WHERE site = $site AND id >= 1000000");
        assert_int_equal(count_of(&f->cx, db, "SELECT count(*) FROM item WHERE site = $site"),
                         acknowledged);
        db_close(db);
        if (first == RC_OK && second == RC_OK) break;
        assert_true(n < 20);
    }
    /* A file is not written any more after a failed commit; PostgreSQL rolled it back. */
    assert_int_equal(stopped, test_on_postgres() ? 0 : 1);
}

static void test_memory_databases_have_a_writer(void **state)
{
    ONLY_SQLITE();
    struct fixture *f = *state;
    struct db *db = NULL;
    struct writer *w = NULL;
    struct readers *readers = NULL;
    assert_ok(&f->cx, db_open(&f->cx, STR(":memory:"), DB_WRITER, &db));
    run_text(
        &f->cx, db,
        "CREATE TABLE item (site BIGINT NOT NULL, id BIGINT NOT NULL, PRIMARY KEY (site, id))");
    assert_ok(&f->cx, writer_start(&f->cx, db, NULL, &w));
    assert_int_equal(run_item(w, 1, false), RC_OK);
    assert_int_equal(run_item(w, 1, false), RC_CONFLICT);
    assert_fails(&f->cx, readers_open(&f->cx, STR(":memory:"), 2, &readers), RC_INVALID,
                 "store.memory-reader");
    writer_stop(w);
}

static void test_readers_are_waited_for(void **state)
{
    struct fixture *f = *state;
    db_close(items_open(f));
    struct readers *readers = NULL;
    struct db *first = NULL, *second = NULL;
    assert_ok(&f->cx, readers_open(&f->cx, f->url, 1, &readers));
    assert_ok(&f->cx, readers_take(&f->cx, readers, &first));
    f->cx.deadline_us = os_monotonic_us() + 5000;
    assert_fails(&f->cx, readers_take(&f->cx, readers, &second), RC_BUSY, "store.readers-busy");
    f->cx.deadline_us = 0;
    readers_give(readers, first);
    assert_ok(&f->cx, readers_take(&f->cx, readers, &second));
    assert_ptr_equal(first, second);
    readers_give(readers, second);
    readers_close(readers);
}

/* ---- kill -9 ---- */

struct killed {
    struct writer *w;
    int pipe;
    int64_t from;
};

static void *acknowledge(void *arg)
{
    struct killed *k = arg;
    for (int64_t id = k->from;; id += 4)
        if (run_item(k->w, id, false) == RC_OK && write(k->pipe, &id, sizeof id) != sizeof id)
            break;
    return NULL;
}

static rc flush_ledger(void *owner, struct cx *cx, struct db *db)
{
    struct ledger *l = owner;
    struct ledger_entry e = {
        .actor = STR("system"), .act = STR("test.commit"), .subject = STR("x")};
    rc r = ledger_add(cx, l, &e);
    return r == RC_OK ? ledger_flush(cx, l, db) : r;
}
static void ledger_is_committed(void *owner)
{
    ledger_committed(owner);
}
static void ledger_is_rolled_back(void *owner)
{
    ledger_rolled_back(owner);
}

/* The child: four threads that report each acknowledged id through the pipe, for ever. */
static void write_until_killed(struct fixture *f, int pipe, int64_t from)
{
    struct cx cx = {.arena = &f->arena};
    struct db *db = items_open(f);
    struct ledger *l = NULL;
    struct writer *w = NULL;
    rc r = db_migrate(&cx, db, ledger_migrations, ledger_migration_count);
    if (r == RC_OK) r = ledger_open(&cx, db, &l);
    struct writer_hooks hooks = {.owner = l,
                                 .before_commit = flush_ledger,
                                 .committed = ledger_is_committed,
                                 .rolled_back = ledger_is_rolled_back};
    if (r == RC_OK) r = writer_start(&cx, db, &hooks, &w);
    if (r != RC_OK) _exit(1);
    struct killed k[4];
    for (int i = 0; i < 4; i++) {
        pthread_t thread;
        k[i] = (struct killed){.w = w, .pipe = pipe, .from = from + i};
        if (pthread_create(&thread, NULL, acknowledge, &k[i]) != 0) _exit(1);
    }
    for (;;)
        pause();
}

static void check_after_kill(struct fixture *f, const int64_t *id, size_t count)
{
    struct db *db = items_open(f);
    for (size_t i = 0; i < count; i++) {
        char text[64];
        snprintf(text, sizeof text,
                 "SELECT count(*) FROM item WHERE site = $site AND id = %" PRId64, id[i]);
        if (count_of(&f->cx, db, text) != 1)
            fail_msg("acknowledged job %" PRId64 " is lost", id[i]);
    }
    bool sound = false;
    int64_t entries = 0, broken = -1;
    char head[65];
    str what;
    assert_ok(&f->cx, db_integrity(&f->cx, db, &sound));
    assert_true(sound);
    assert_ok(&f->cx, ledger_verify(&f->cx, db, &entries, &broken, &what, head));
    assert_int_equal(broken, 0);
    assert_true(entries > 0);
    db_close(db);
}

static void test_a_kill_loses_nothing_acknowledged(void **state)
{
    struct fixture *f = *state;
    for (int round = 0; round < 4; round++) {
        int ends[2];
        assert_int_equal(pipe(ends), 0);
        (void)fflush(NULL);
        pid_t child = fork();
        if (child == 0) write_until_killed(f, ends[1], (int64_t)round * 1000000);
        close(ends[1]);
        int64_t id[600];
        size_t count = 0, want = 100 + (size_t)round * 150;
        while (count < want && read(ends[0], &id[count], sizeof *id) == (ssize_t)sizeof *id)
            count++;
        kill(child, SIGKILL);
        while (count < COUNTOF(id) && read(ends[0], &id[count], sizeof *id) == (ssize_t)sizeof *id)
            count++;
        close(ends[0]);
        assert_int_equal(waitpid(child, NULL, 0), child);
        assert_true(count >= want);
        check_after_kill(f, id, count);
    }
}

#define T(name) cmocka_unit_test_setup_teardown(name, fixture_set_up, fixture_tear_down)
int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_eight_threads),
        T(test_hooks_come_in_order),
        T(test_a_group_without_success_writes_nothing),
        T(test_a_failed_commit_fails_the_group),
        T(test_ticks_come_when_idle_and_busy),
        T(test_a_full_queue_refuses),
        T(test_a_full_disk_fails_its_group_only),
        T(test_every_fault_leaves_no_part_of_a_job),
        T(test_memory_databases_have_a_writer),
        T(test_readers_are_waited_for),
        T(test_a_kill_loses_nothing_acknowledged),
    };
    return cmocka_run_group_tests_name("store/writer", tests, NULL, NULL);
}
