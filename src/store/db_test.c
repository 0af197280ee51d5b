/* Tests of a connection, on both engines: what a statement gives, what a fault leaves, who may open
 * what.  What is SQLite's alone says so. */
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>

#include "store/ddl.h"
#include "store/floor.h"
#include "store/sqlite/sqlite.h"
#include "store/test.h"

SQL(sql_item_add, "INSERT INTO item (site, id, name, body) VALUES ($site, $1, $2, $3)");
SQL(sql_item_all, "SELECT id, name, body FROM item WHERE site = $site ORDER BY id");
SQL(sql_swapped, "SELECT CAST($2 AS BIGINT), CAST($1 AS BIGINT)");
static const char item_ddl[] =
    "CREATE TABLE item (\n"
    "  site BIGINT NOT NULL, id BIGINT NOT NULL, -- a comment; with a semicolon\n"
    "  name TEXT NOT NULL, /* BIGINT here stays */ body BYTEA, flag SMALLINT,\n"
    "  PRIMARY KEY (site, id), UNIQUE (site, name)\n"
    ") -- the end";

static struct db *open_items(struct fixture *f)
{
    struct db *db = NULL;
    assert_ok(&f->cx, db_open(&f->cx, f->url, DB_WRITER, &db));
    run_text(&f->cx, db, item_ddl);
    return db;
}

static rc item_add(struct cx *cx, struct db *db, int64_t id, const char *name)
{
    return db_exec(cx, db, &sql_item_add, DB_ARGS(DB_I(id), DB_T(str_from(name)), DB_N));
}

static void test_values_come_back(void **state)
{
    struct fixture *f = *state;
    struct db *db = open_items(f);
    str blob = {"\0\1\xff", 3};
    str name = test_on_postgres() ? STR("市场采购") : STR("市场\0采购"); /* no NUL in the dialect */
    assert_ok(&f->cx,
              db_exec(&f->cx, db, &sql_item_add, DB_ARGS(DB_I(INT64_MIN), DB_T(name), DB_B(blob))));
    int64_t changed = 0;
    assert_ok(&f->cx, db_changes(&f->cx, db, &changed));
    assert_int_equal(changed, 1);
    assert_ok(&f->cx, db_exec(&f->cx, db, &sql_item_add, DB_ARGS(DB_I(7), DB_T(((str){0})), DB_N)));
    DB_ROWS rows = {0};
    bool more = false;
    assert_ok(&f->cx, db_query(&f->cx, db, &sql_item_all, DB_NO_ARGS, &rows));
    assert_ok(&f->cx, db_next(&f->cx, &rows, &more));
    assert_true(more);
    assert_int_equal(db_columns(&rows), 3);
    assert_true(db_i64(&rows, 0) == INT64_MIN);
    assert_true(str_eq(db_text(&rows, 1), name));
    assert_true(str_eq(db_text(&rows, 2), blob));
    assert_int_equal(db_type_of(&rows, 2), DB_BLOB);
    assert_ok(&f->cx, db_next(&f->cx, &rows, &more));
    assert_true(more && db_text(&rows, 1).len == 0 && !db_is_null(&rows, 1)); /* empty, not null */
    assert_true(db_is_null(&rows, 2));
    assert_ok(&f->cx, db_next(&f->cx, &rows, &more));
    assert_false(more);
    assert_ok(&f->cx, db_next(&f->cx, &rows, &more)); /* and again */
    assert_false(more);
    db_close(db);
}

static void test_arguments_go_by_number(void **state)
{
    struct fixture *f = *state;
    struct db *db = NULL;
    assert_ok(&f->cx, db_open(&f->cx, f->url, DB_WRITER, &db));
    {
        DB_ROWS rows = {0};
        bool more = false;
        assert_ok(&f->cx, db_query(&f->cx, db, &sql_swapped, DB_ARGS(DB_I(1), DB_I(2)), &rows));
        assert_ok(&f->cx, db_next(&f->cx, &rows, &more));
        assert_int_equal(db_i64(&rows, 0), 2);
        assert_int_equal(db_i64(&rows, 1), 1);
    }
    db_close(db);
}

static void test_statements_stay_prepared(void **state)
{
    struct fixture *f = *state;
    struct db *db = open_items(f);
    size_t before = db->cache.key_count;
    for (int i = 0; i < 10; i++)
        assert_ok(&f->cx, item_add(&f->cx, db, i, (const char[]){(char)('a' + i), '\0'}));
    assert_int_equal(db->cache.key_count, before + 1);
    {
        /* The same statement inside its own rows gets a connection of its own. */
        DB_ROWS outer = {0}, inner = {0};
        bool more = false;
        assert_ok(&f->cx, db_query(&f->cx, db, &sql_item_all, DB_NO_ARGS, &outer));
        assert_ok(&f->cx, db_next(&f->cx, &outer, &more));
        assert_ok(&f->cx, db_query(&f->cx, db, &sql_item_all, DB_NO_ARGS, &inner));
        assert_ok(&f->cx, db_next(&f->cx, &inner, &more));
        assert_int_equal(db_i64(&inner, 0), db_i64(&outer, 0));
        assert_true(inner.stmt != outer.stmt);
    }
    for (int i = 0; i < 3 * DB_TEXT_CACHE_MAX; i++) {
        char text[64];
        snprintf(text, sizeof text, "SELECT %d", i);
        assert_int_equal(count_of(&f->cx, db, text), i);
    }
    /* An address that is used again for another text gives the other statement. */
    struct sql moved = {"SELECT 1", NULL};
    for (int64_t i = 1; i <= 2; i++) {
        DB_ROWS rows = {0};
        bool more = false;
        moved.text = i == 1 ? "SELECT 1" : "SELECT 2";
        assert_ok(&f->cx, db_query(&f->cx, db, &moved, DB_NO_ARGS, &rows));
        assert_ok(&f->cx, db_next(&f->cx, &rows, &more));
        assert_int_equal(db_i64(&rows, 0), i);
    }
    db_close(db);
}

/* Runs f in a child and tells whether it was aborted. */
static bool aborts(struct fixture *f, void (*wrong)(struct fixture *))
{
    (void)fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        int nowhere = open("/dev/null", O_WRONLY);
        dup2(nowhere, STDERR_FILENO);
        signal(SIGABRT, SIG_DFL);
        wrong(f);
        _exit(0);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
}

static void too_few(struct fixture *f)
{
    struct db *db = open_items(f);
    rc r = db_exec(&f->cx, db, &sql_item_add, DB_ARGS(DB_I(1)));
    (void)r;
}

static void wrong_name(struct fixture *f)
{
    struct db *db = NULL;
    assert_ok(&f->cx, db_open(&f->cx, f->url, DB_WRITER, &db));
    rc r = db_exec_text(&f->cx, db, STR("SELECT $1, $3"), DB_ARGS(DB_I(1), DB_I(2)));
    (void)r;
}

static void test_a_forgotten_argument_is_a_bug(void **state)
{
    struct fixture *f = *state;
    assert_true(aborts(f, too_few));
    assert_true(aborts(f, wrong_name));
}

static void test_errors_have_names(void **state)
{
    struct fixture *f = *state;
    struct db *db = open_items(f);
    assert_ok(&f->cx, item_add(&f->cx, db, 1, "one"));
    assert_fails(&f->cx, item_add(&f->cx, db, 1, "two"), RC_CONFLICT, "store.constraint");
    assert_fails(&f->cx, item_add(&f->cx, db, 2, "one"), RC_CONFLICT, "store.constraint");
    assert_fails(&f->cx, db_exec_text(&f->cx, db, STR("SELECT nothing FROM nowhere"), DB_NO_ARGS),
                 RC_INTERNAL, "store.sql");
    assert_fails(&f->cx, db_exec_text(&f->cx, db, STR("SELECT 1; SELECT 2"), DB_NO_ARGS),
                 RC_INTERNAL, "store.sql");
    assert_fails(&f->cx, db_exec_text(&f->cx, db, STR("SELECT \"typo\""), DB_NO_ARGS), RC_INTERNAL,
                 "store.sql");
    str text_as_blob =
        STR("INSERT INTO item (site, id, name, body) VALUES ($site, 5, 'y', 'text')");
    if (!test_on_postgres()) /* STRICT; on PostgreSQL 'text' is of no type yet */
        assert_fails(&f->cx, db_exec_text(&f->cx, db, text_as_blob, DB_NO_ARGS), RC_CONFLICT,
                     "store.constraint");
    assert_fails(&f->cx, db_exec_text(&f->cx, db, STR("SELECT id FROM item"), DB_NO_ARGS),
                 RC_INTERNAL, "store.sql"); /* every statement says which site */
    db_close(db);
}

static void test_a_query_ends_at_its_deadline(void **state)
{
    struct fixture *f = *state;
    struct db *db = NULL;
    assert_ok(&f->cx, db_open(&f->cx, f->url, DB_WRITER, &db));
    static const char endless[] = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)";
    for (int i = 0; i < 2; i++) {
        DB_ROWS rows = {0};
        bool more = false;
        str text = arena_printf(&f->arena, "%s SELECT %s FROM n", endless, i ? "i" : "count(*)");
        f->cx.deadline_us = os_monotonic_us() + 20000;
        rc r = db_query_text(&f->cx, db, text, DB_NO_ARGS, &rows);
        while (r == RC_OK)
            r = db_next(&f->cx, &rows, &more);
        assert_fails(&f->cx, r, RC_LIMIT, "store.time");
    }
    f->cx.deadline_us = 0;
    db_close(db);
}

static void test_tables_are_translated(void **state)
{
    struct fixture *f = *state;
    struct db *db = open_items(f);
    struct db_column *column = NULL;
    size_t count = 0;
    assert_ok(&f->cx, db_table_columns(&f->cx, db, STR("item"), &column, &count));
    assert_int_equal(count, 4);
    static const char *const type[] = {"BIGINT", "TEXT", "BYTEA", "SMALLINT"};
    for (size_t i = 0; i < count; i++)
        assert_true(str_eq(column[i].type, str_from(type[i])));
    run_text(&f->cx, db, "ALTER TABLE item ADD COLUMN amount BIGINT");
    assert_ok(&f->cx, db_table_columns(&f->cx, db, STR("item"), &column, &count));
    assert_true(count == 5 && str_eq(column[4].name, STR("amount")) &&
                str_eq(column[4].type, STR("BIGINT")));
    assert_ok(&f->cx, db_table_columns(&f->cx, db, STR("nowhere"), &column, &count));
    assert_int_equal(count, 0);
    if (!test_on_postgres()) {
        run_text(&f->cx, db,
                 "CREATE TABLE pair (site BIGINT NOT NULL, a BIGINT, b BIGINT,"
                 " PRIMARY KEY (site, a, b)) WITHOUT ROWID");
        assert_int_equal(count_of(&f->cx, db,
                                  "SELECT count(*) FROM pragma_table_list WHERE strict = 1"
                                  " AND name IN ('item', 'pair')"),
                         2);
    }
    db_close(db);
}

static void test_text_is_split_into_statements(void **state)
{
    (void)state;
    str rest =
            STR(" ; -- only; a comment\nSELECT ';' /* ; */ , \"a;b\" ;\n\nSELECT 'it''s' -- end"),
        one;
    assert_true(ddl_next(&rest, &one));
    assert_true(str_eq(one, STR("SELECT ';' /* ; */ , \"a;b\"")));
    assert_true(ddl_next(&rest, &one));
    assert_true(str_eq(one, STR("SELECT 'it''s'")));
    assert_false(ddl_next(&rest, &one));
    rest = STR("SELECT 'open");
    assert_true(ddl_next(&rest, &one));
    assert_false(ddl_next(&rest, &one));
    rest = STR("-");
    assert_true(ddl_next(&rest, &one));
    rest = STR("/*");
    assert_false(ddl_next(&rest, &one));
}

static void test_migrations_run_once(void **state)
{
    struct fixture *f = *state;
    struct db *db = NULL;
    struct db_migration step[] = {
        {1, "thing",
         "CREATE TABLE a (site BIGINT NOT NULL, id BIGINT, PRIMARY KEY (site, id));"
         " INSERT INTO a (site, id) VALUES ($site, 1);"},
        {2, "thing.more",
         "CREATE TABLE b (site BIGINT NOT NULL, id BIGINT, PRIMARY KEY (site, id));"},
    };
    const struct db_migration other[] = {
        {1, "other", "CREATE TABLE c (site BIGINT NOT NULL, id BIGINT, PRIMARY KEY (site, id));"}};
    assert_ok(&f->cx, db_open(&f->cx, f->url, DB_WRITER, &db));
    assert_ok(&f->cx, db_migrate(&f->cx, db, step, 1));
    assert_ok(&f->cx, db_migrate(&f->cx, db, other, 1));
    assert_ok(&f->cx, db_migrate(&f->cx, db, step, 2));
    assert_ok(&f->cx, db_migrate(&f->cx, db, step, 2));
    assert_int_equal(count_of(&f->cx, db, "SELECT count(*) FROM a WHERE site = $site"), 1);
    assert_int_equal(count_of(&f->cx, db, "SELECT count(*) FROM schema_version"), 3);
    assert_fails(&f->cx, db_migrate(&f->cx, db, step, 1), RC_CONFLICT, "store.newer-schema");
    step[1].text = "CREATE TABLE b2 (site BIGINT NOT NULL, id BIGINT, PRIMARY KEY (site, id));";
    assert_fails(&f->cx, db_migrate(&f->cx, db, step, 2), RC_CONFLICT, "store.changed-migration");
    const struct db_migration wrong[] = {
        {1, "wrong",
         "CREATE TABLE d (site BIGINT NOT NULL, id BIGINT, PRIMARY KEY (site, id)); SELEKT;"}};
    assert_fails(&f->cx, db_migrate(&f->cx, db, wrong, 1), RC_INTERNAL, "store.sql");
    struct db_column *column = NULL;
    size_t columns = 1;
    assert_ok(&f->cx, db_table_columns(&f->cx, db, STR("d"), &column, &columns));
    assert_int_equal(columns, 0);
    db_close(db);
}

static void test_one_writer_a_file(void **state)
{
    struct fixture *f = *state;
    struct db *db = open_items(f), *second = NULL;
    assert_fails(&f->cx, db_open(&f->cx, f->url, DB_WRITER, &second), RC_CONFLICT, "store.locked");
    if (!test_on_postgres()) {
        str link = arena_printf(&f->arena, "%s/link.db", f->folder); /* by another name */
        assert_int_equal(symlink(arena_cstr(&f->arena, f->file), arena_cstr(&f->arena, link)), 0);
        assert_fails(&f->cx, db_open(&f->cx, link, DB_WRITER, &second), RC_CONFLICT,
                     "store.locked");
    }
    (void)fflush(NULL);
    pid_t child = fork(); /* in another process */
    if (child == 0) {
        struct cx cx = {.arena = &f->arena};
        _exit(db_open(&cx, f->url, DB_WRITER, &second) == RC_CONFLICT ? 42 : 1);
    }
    int status = 0;
    waitpid(child, &status, 0);
    assert_int_equal(WEXITSTATUS(status), 42);
    assert_ok(&f->cx, item_add(&f->cx, db, 1, "still writes"));
    db_close(db);
    assert_ok(&f->cx, db_open(&f->cx, f->url, DB_WRITER, &second));
    assert_int_equal(count_of(&f->cx, second, "SELECT count(*) FROM item WHERE site = $site"), 1);
    db_close(second);
}

static void write_file(struct fixture *f, const char *bytes, size_t len)
{
    FILE *file = fopen(arena_cstr(&f->arena, f->file), "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, len, file), len);
    (void)fclose(file);
}

static void test_other_files_are_refused(void **state)
{
    ONLY_SQLITE();
    struct fixture *f = *state;
    struct db *db = NULL;
    assert_fails(&f->cx, db_open(&f->cx, f->file, DB_READER, &db), RC_MISSING, "store.missing");
    write_file(f, "hello", 5);
    assert_fails(&f->cx, db_open(&f->cx, f->url, DB_WRITER, &db), RC_INVALID,
                 "store.not-a-database");
    assert_fails(&f->cx, db_open(&f->cx, f->url, DB_READER, &db), RC_INVALID,
                 "store.not-a-database");
    char *big = calloc(1, 100000);
    memset(big, 'x', 100000);
    write_file(f, big, 100000);
    free(big);
    assert_fails(&f->cx, db_open(&f->cx, f->url, DB_WRITER, &db), RC_INVALID,
                 "store.not-a-database");
    unlink(arena_cstr(&f->arena, f->file));
    sqlite3 *other = NULL;
    assert_int_equal(sqlite3_open(arena_cstr(&f->arena, f->file), &other), SQLITE_OK);
    sqlite3_exec(other, "CREATE TABLE address (name TEXT)", NULL, NULL, NULL);
    sqlite3_close(other);
    assert_fails(&f->cx, db_open(&f->cx, f->url, DB_WRITER, &db), RC_INVALID,
                 "store.not-a-database");
    str nowhere = STR("/nowhere/at/all/site.db");
    assert_fails(&f->cx, db_open(&f->cx, nowhere, DB_WRITER, &db), RC_INTERNAL, "store.open");
    assert_fails(&f->cx, db_open(&f->cx, STR(":memory:"), DB_READER, &db), RC_INVALID,
                 "store.memory-reader");
    assert_fails(&f->cx, db_open(&f->cx, str_from(f->folder), DB_WRITER, &db), RC_INTERNAL,
                 "store.open");
    unlink(arena_cstr(&f->arena, arena_printf(&f->arena, "%s-lock", f->folder)));
}

static void test_a_reader_sees_its_snapshot(void **state)
{
    struct fixture *f = *state;
    struct db *db = open_items(f), *reader = NULL;
    assert_ok(&f->cx, item_add(&f->cx, db, 1, "one"));
    assert_ok(&f->cx, db_open(&f->cx, f->url, DB_READER, &reader));
    assert_ok(&f->cx, db_begin(&f->cx, reader));
    assert_ok(&f->cx, item_add(&f->cx, db, 2, "two"));
    assert_int_equal(count_of(&f->cx, reader, "SELECT count(*) FROM item WHERE site = $site"), 1);
    assert_ok(&f->cx, db_checkpoint(&f->cx, db, true)); /* does not wait for the reader */
    db_rollback(reader);
    assert_int_equal(count_of(&f->cx, reader, "SELECT count(*) FROM item WHERE site = $site"), 2);
    assert_fails(&f->cx, item_add(&f->cx, reader, 3, "three"), RC_INTERNAL, "store.sql");
    assert_true(db_backlog_bytes(db) >= 0);
    assert_ok(&f->cx, db_checkpoint(&f->cx, db, true));
    assert_int_equal(db_backlog_bytes(db), 0);
    db_close(db);
    /* Closed last, the reader leaves the log alone. */
    db_close(reader);
}

static rc three_changes(struct cx *cx, struct db *db)
{
    struct db_val more[] = {DB_I(13), DB_T(STR("x")), DB_N, DB_I(14), DB_T(STR("y")), DB_N};
    rc r = db_begin(cx, db);
    if (r == RC_OK) r = item_add(cx, db, 11, "p");
    if (r == RC_OK) r = db_savepoint(cx, db);
    if (r == RC_OK) r = item_add(cx, db, 12, "q");
    if (r == RC_OK) r = db_savepoint_keep(cx, db);
    if (r == RC_OK) r = db_exec_rows(cx, db, &sql_item_add, more, 3, 2);
    if (r == RC_OK) r = db_commit(cx, db);
    if (r != RC_OK) db_rollback(db);
    return r;
}

static void test_every_fault_leaves_all_or_nothing(void **state)
{
    struct fixture *f = *state;
    db_close(open_items(f));
    bool fired = true;
    int n = 0;
    while (fired) {
        struct db *db = NULL;
        assert_ok(&f->cx, db_open(&f->cx, f->url, DB_WRITER, &db));
        db_fault_after(db, ++n);
        rc r = three_changes(&f->cx, db);
        fired = db_fault_fired(db);
        assert_int_equal(r, fired ? RC_INTERNAL : RC_OK);
        err_clear(&f->cx);
        assert_false(db_in_transaction(db));
        db_fault_after(db, 0);
        assert_int_equal(count_of(&f->cx, db, "SELECT count(*) FROM item WHERE site = $site"),
                         fired ? 0 : 4);
        if (db_is_broken(db)) assert_fails(&f->cx, db_begin(&f->cx, db), RC_INTERNAL, "store.sql");
        db_close(db);
    }
    assert_int_equal(n - 1, 8); /* begin, add, savepoint, add, keep, two rows, commit */
}

static void test_a_fault_in_a_query(void **state)
{
    struct fixture *f = *state;
    struct db *db = open_items(f);
    DB_ROWS rows = {0};
    db_fault_after(db, 1);
    assert_fails(&f->cx, db_query(&f->cx, db, &sql_item_all, DB_NO_ARGS, &rows), RC_INTERNAL,
                 "store.sql");
    assert_null(rows.stmt);
    assert_ok(&f->cx, db_query(&f->cx, db, &sql_item_all, DB_NO_ARGS, &rows));
    db_rows_done(&rows);
    db_close(db);
}

static void test_a_full_disk_keeps_what_was_there(void **state)
{
    ONLY_SQLITE();
    struct fixture *f = *state;
    struct db *db = open_items(f);
    assert_ok(&f->cx, item_add(&f->cx, db, 1, "kept"));
    run_text(&f->cx, db, "PRAGMA max_page_count = 20");
    char body[30000];
    memset(body, 'b', sizeof body);
    assert_ok(&f->cx, db_begin(&f->cx, db));
    rc r = RC_OK;
    for (int i = 2; i < 20 && r == RC_OK; i++) {
        str name = arena_printf(&f->arena, "n%d", i);
        r = db_exec(&f->cx, db, &sql_item_add,
                    DB_ARGS(DB_I(i), DB_T(name), DB_B(((str){body, sizeof body}))));
    }
    assert_fails(&f->cx, r, RC_FULL, "store.full");
    assert_false(db_in_transaction(db)); /* SQLite gave it up */
    assert_false(db_is_broken(db));
    db_rollback(db);
    assert_int_equal(count_of(&f->cx, db, "SELECT count(*) FROM item WHERE site = $site"), 1);
    run_text(&f->cx, db, "PRAGMA max_page_count = 1000000");
    assert_ok(&f->cx, item_add(&f->cx, db, 2, "goes on"));
    bool sound = false;
    assert_ok(&f->cx, db_integrity(&f->cx, db, &sound));
    assert_true(sound);
    db_close(db);
}

static void test_savepoints(void **state)
{
    struct fixture *f = *state;
    struct db *db = open_items(f);
    assert_ok(&f->cx, db_begin(&f->cx, db));
    assert_ok(&f->cx, item_add(&f->cx, db, 1, "one"));
    assert_ok(&f->cx, db_savepoint(&f->cx, db));
    assert_ok(&f->cx, item_add(&f->cx, db, 2, "two"));
    db_savepoint_undo(db);
    assert_ok(&f->cx, db_savepoint(&f->cx, db));
    assert_ok(&f->cx, item_add(&f->cx, db, 3, "three"));
    assert_ok(&f->cx, db_savepoint_keep(&f->cx, db));
    assert_ok(&f->cx, db_commit(&f->cx, db));
    assert_int_equal(
        count_of(&f->cx, db, "SELECT CAST(sum(id) AS BIGINT) FROM item WHERE site = $site"), 4);
    db_close(db);
}

static void test_a_backup_is_whole(void **state)
{
    ONLY_SQLITE();
    struct fixture *f = *state;
    struct db *db = open_items(f), *reader = NULL, *copy = NULL;
    for (int i = 0; i < 1000; i++)
        assert_ok(&f->cx,
                  item_add(&f->cx, db, i, arena_cstr(&f->arena, arena_printf(&f->arena, "%d", i))));
    assert_ok(&f->cx, db_open(&f->cx, f->url, DB_READER, &reader));
    str path = arena_printf(&f->arena, "%s/backup.db", f->folder);
    assert_ok(&f->cx, db_begin(&f->cx, reader));
    assert_ok(&f->cx, item_add(&f->cx, db, 1000, "after the snapshot"));
    assert_ok(&f->cx, db_backup(&f->cx, reader, path));
    assert_fails(&f->cx, db_backup(&f->cx, reader, path), RC_CONFLICT, "store.exists");
    db_rollback(reader);
    assert_ok(&f->cx, db_open(&f->cx, path, DB_WRITER, &copy));
    assert_int_equal(count_of(&f->cx, copy, "SELECT count(*) FROM item WHERE site = $site"), 1000);
    bool sound = false;
    assert_ok(&f->cx, db_integrity(&f->cx, copy, &sound));
    assert_true(sound);
    db_close(copy);
    str second = arena_printf(&f->arena, "%s/backup2.db", f->folder);
    assert_ok(&f->cx, db_backup(&f->cx, db, second));
    str nowhere = arena_printf(&f->arena, "%s/none/backup.db", f->folder);
    assert_fails(&f->cx, db_backup(&f->cx, db, nowhere), RC_INTERNAL, "store.backup");
    db_close(reader);
    db_close(db);
}

static void test_the_floor_is_measured(void **state)
{
    struct fixture *f = *state;
    int64_t rows_per_s = 0, commits_per_s = 0;
    assert_ok(&f->cx, store_floor(&f->cx, str_from(f->folder), 2000, 500, &rows_per_s));
    assert_ok(&f->cx, store_floor_commits(&f->cx, str_from(f->folder), 20, &commits_per_s));
    assert_true(rows_per_s > 0 && commits_per_s > 0);
}

#define T(name) cmocka_unit_test_setup_teardown(name, fixture_set_up, fixture_tear_down)
int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_values_come_back),
        T(test_arguments_go_by_number),
        T(test_statements_stay_prepared),
        T(test_a_forgotten_argument_is_a_bug),
        T(test_errors_have_names),
        T(test_a_query_ends_at_its_deadline),
        T(test_tables_are_translated),
        T(test_text_is_split_into_statements),
        T(test_migrations_run_once),
        T(test_one_writer_a_file),
        T(test_other_files_are_refused),
        T(test_a_reader_sees_its_snapshot),
        T(test_every_fault_leaves_all_or_nothing),
        T(test_a_fault_in_a_query),
        T(test_a_full_disk_keeps_what_was_there),
        T(test_savepoints),
        T(test_a_backup_is_whole),
        T(test_the_floor_is_measured),
    };
    return cmocka_run_group_tests_name("store/db", tests, NULL, NULL);
}
