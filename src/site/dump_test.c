/* Tables of a site, their canonical dump, what differs, and rows on the move: from a file to a file,
 * or with BIHUAN_TEST_PG from a file to PostgreSQL. */
#include "site/dump.h"

#include "site/move.h"
#include "store/test.h"

static const struct db_migration steps[] = {
    {1, "zoo",
     "CREATE TABLE zoo_animal (site BIGINT NOT NULL, id BIGINT NOT NULL, name TEXT NOT NULL,"
     " weight BIGINT, photo BYTEA, alive SMALLINT NOT NULL, PRIMARY KEY (site, id));"
     "CREATE TABLE zoo_visit (site BIGINT NOT NULL, day TEXT NOT NULL, gate TEXT NOT NULL,"
     " n BIGINT NOT NULL, PRIMARY KEY (site, day, gate));"
     "CREATE TABLE zoo_animal__search (site BIGINT NOT NULL, id BIGINT NOT NULL,"
     " PRIMARY KEY (site, id));"
     "CREATE TABLE record_counted (site BIGINT NOT NULL, what TEXT NOT NULL, state TEXT NOT NULL,"
     " PRIMARY KEY (site, what));"
     "CREATE TABLE ledger_head (site BIGINT NOT NULL, id SMALLINT NOT NULL, seq BIGINT NOT NULL,"
     " hash BYTEA NOT NULL, PRIMARY KEY (site, id));"},
};
#define COLUMN_NOTES                                                                               \
    "CREATE TABLE IF NOT EXISTS app_column (tbl TEXT NOT NULL, col TEXT NOT NULL,"                 \
    " holds TEXT NOT NULL, PRIMARY KEY (tbl, col))"

/* Two databases of one site: a file, and another file or a schema of PostgreSQL. */
struct pair {
    struct fixture *f;
    struct db *left, *right;
};

static struct db *zoo_open(struct cx *cx, str url)
{
    struct db *db = NULL;
    assert_ok(cx, db_open(cx, url, DB_WRITER, &db));
    assert_ok(cx, db_migrate(cx, db, steps, COUNTOF(steps)));
    assert_ok(cx, db_migrate(cx, db, move_migrations, move_migration_count));
    run_text(cx, db, COLUMN_NOTES);
    return db;
}

static struct pair pair_open(void **state)
{
    struct fixture *f = *state;
    str other = test_on_postgres() ? f->url : arena_printf(&f->arena, "%s/other.db", f->folder);
    str file = arena_printf(&f->arena, "%s/first.db", f->folder);
    return (struct pair){f, zoo_open(&f->cx, file), zoo_open(&f->cx, other)};
}

static void pair_close(struct pair *p)
{
    db_close(p->left);
    db_close(p->right);
}

SQL(sql_animal,
    "INSERT INTO zoo_animal (site, id, name, weight, photo, alive)"
    " VALUES ($site, $1, $2, $3, $4, $5)");
SQL(sql_visit, "INSERT INTO zoo_visit (site, day, gate, n) VALUES ($site, $1, $2, $3)");
SQL(sql_counted, "INSERT INTO record_counted (site, what, state) VALUES ($site, $1, $2)");

static void animal(struct cx *cx, struct db *db, int64_t id, str name, struct db_val weight)
{
    assert_ok(cx,
              db_exec(cx, db, &sql_animal, DB_ARGS(DB_I(id), DB_T(name), weight, DB_N, DB_I(1))));
}

static void animals(struct cx *cx, struct db *db, int64_t from, int64_t to)
{
    assert_ok(cx, db_begin(cx, db));
    for (int64_t id = from; id <= to; id++)
        animal(cx, db, id, arena_printf(cx->arena, "animal %" PRId64, id), DB_I(id * 3));
    assert_ok(cx, db_commit(cx, db));
}

static struct site_tables tables_of(struct cx *cx, struct db *db)
{
    struct site_tables t = {0};
    assert_ok(cx, tables_list(cx, db, &t));
    return t;
}

static struct dump_sum sum_of(struct cx *cx, struct db *db, dump_line_fn *each, void *data)
{
    struct dump_sum sum = {0};
    struct site_tables t = tables_of(cx, db);
    assert_ok(cx, db_begin(cx, db));
    assert_ok(cx, dump_site(cx, db, &t, each, data, &sum));
    db_rollback(db);
    return sum;
}

/* ---- tables ---- */

static void assert_text(str got, const char *expected)
{
    if (!str_eq(got, str_from(expected)))
        fail_msg("got " STR_FMT ", expected %s", STR_ARG(got), expected);
}

static void test_tables(void **state)
{
    struct pair p = pair_open(state);
    struct cx *cx = &p.f->cx;
    struct db *const db[] = {p.left, p.right};
    for (size_t i = 0; i < COUNTOF(db); i++) {
        struct site_tables t = tables_of(cx, db[i]);
        assert_int_equal(t.len, 4);
        assert_text(t.at[0].name, "ledger_head");
        assert_text(t.at[1].name, "record_counted");
        assert_text(t.at[2].name, "zoo_animal");
        assert_text(t.at[3].name, "zoo_visit");
        const struct site_table *animals_table = tables_find(&t, STR("zoo_animal"));
        assert_int_equal(animals_table->column_count, 5);
        assert_int_equal(animals_table->key_count, 1);
        static const char *const names[] = {"id", "alive", "name", "photo", "weight"};
        static const char *const types[] = {"BIGINT", "SMALLINT", "TEXT", "BYTEA", "BIGINT"};
        for (size_t k = 0; k < COUNTOF(names); k++) {
            assert_text(animals_table->column[k].name, names[k]);
            assert_text(animals_table->column[k].type, types[k]);
        }
        assert_int_equal(t.at[3].key_count, 2);
        assert_text(t.at[3].column[0].name, "day");
        assert_text(t.at[3].column[1].name, "gate");
        assert_null(tables_find(&t, STR("zoo_animal__search")));
    }
    pair_close(&p);
}

/* ---- lines ---- */

struct lines {
    struct arena *arena;
    VEC(str) list;
};

static rc line_keep(struct cx *cx, str line, void *data)
{
    (void)cx;
    struct lines *l = data;
    *vec_add(l->arena, &l->list) = arena_dup(l->arena, line);
    return RC_OK;
}

static rc line_refuse(struct cx *cx, str line, void *data)
{
    (void)line;
    (void)data;
    return err_set(cx, RC_FULL, "file.full", "满了", "full");
}

static void test_lines(void **state)
{
    struct pair p = pair_open(state);
    struct cx *cx = &p.f->cx;
    struct db *const db[] = {p.left, p.right};
    str sm3[2];
    for (size_t i = 0; i < COUNTOF(db); i++) {
        struct lines l = {.arena = cx->arena};
        animal(cx, db[i], INT64_C(9007199254740993), STR("\xf0\xa0\xae\xb7\\ \t\n\r'"), DB_N);
        assert_ok(cx, db_exec(cx, db[i], &sql_animal,
                              DB_ARGS(DB_I(-5), DB_T(STR("")), DB_I(INT64_MIN),
                                      DB_B(((str){"\0\xff\\x", 4})), DB_I(0))));
        assert_ok(cx,
                  db_exec(cx, db[i], &sql_visit, DB_ARGS(DB_T(STR("b")), DB_T(STR("A")), DB_I(1))));
        assert_ok(cx,
                  db_exec(cx, db[i], &sql_visit, DB_ARGS(DB_T(STR("B")), DB_T(STR("a")), DB_I(2))));
        assert_ok(cx, db_exec(cx, db[i], &sql_counted,
                              DB_ARGS(DB_T(STR("zoo.animal /search")), DB_T(STR("pairs")))));
        struct dump_sum sum = sum_of(cx, db[i], line_keep, &l);
        static const char *const expected[] = {
            "zoo_animal\tid=-5\talive=0\tname=\tphoto=\\x00ff5c78\tweight=-9223372036854775808",
            "zoo_animal\tid=9007199254740993\talive=1\tname=\xf0\xa0\xae\xb7\\\\ \\t\\n\\r'",
            "zoo_visit\tday=B\tgate=a\tn=2", "zoo_visit\tday=b\tgate=A\tn=1"};
        assert_int_equal(l.list.len, COUNTOF(expected));
        for (size_t k = 0; k < COUNTOF(expected); k++)
            assert_text(l.list.at[k], expected[k]);
        assert_int_equal(sum.rows, 4);
        assert_int_equal(sum.len, 2); /* tables that have rows */
        assert_text(sum.at[0].table, "zoo_animal");
        assert_int_equal(sum.at[0].rows, 2);
        str text = arena_printf(cx->arena, "%s\n%s\n", expected[0], expected[1]);
        assert_true(str_eq(sum.at[0].sm3, sm3_hex(cx->arena, text)));
        sm3[i] = sum.sm3;
    }
    assert_true(str_eq(sm3[0], sm3[1]));
    struct site_tables t = tables_of(cx, p.left);
    struct dump_sum none;
    assert_ok(cx, db_begin(cx, p.left));
    assert_fails(cx, dump_site(cx, p.left, &t, line_refuse, NULL, &none), RC_FULL, "file.full");
    db_rollback(p.left);
    pair_close(&p);
}

/* Neither the order of writing nor that of adding columns shows. */
static void test_orders(void **state)
{
    struct pair p = pair_open(state);
    struct cx *cx = &p.f->cx;
    run_text(cx, p.left, "ALTER TABLE zoo_visit ADD COLUMN late BIGINT");
    run_text(cx, p.left, "ALTER TABLE zoo_visit ADD COLUMN early TEXT");
    run_text(cx, p.right, "ALTER TABLE zoo_visit ADD COLUMN early TEXT");
    run_text(cx, p.right, "ALTER TABLE zoo_visit ADD COLUMN late BIGINT");
    run_text(cx, p.right, "ALTER TABLE zoo_visit ADD COLUMN unused BIGINT");
    animal(cx, p.left, 1, STR("x"), DB_I(1));
    animal(cx, p.left, 2, STR("y"), DB_I(2));
    animal(cx, p.right, 2, STR("y"), DB_I(2));
    animal(cx, p.right, 1, STR("x"), DB_I(1));
    static const char insert[] =
        "INSERT INTO zoo_visit (site, day, gate, n, late, early)"
        " VALUES ($site, 'd', 'g', 1, 2, 'e')";
    run_text(cx, p.left, insert);
    run_text(cx, p.right, insert);
    assert_true(str_eq(sum_of(cx, p.left, NULL, NULL).sm3, sum_of(cx, p.right, NULL, NULL).sm3));
    pair_close(&p);
}

/* ---- differences ---- */

struct told {
    struct arena *arena;
    struct buf text;
};

static rc difference_keep(struct cx *cx, const struct dump_difference *d, void *data)
{
    (void)cx;
    struct told *t = data;
    buf_printf(&t->text, STR_FMT " " STR_FMT " " STR_FMT ": " STR_FMT " | " STR_FMT "\n",
               STR_ARG(d->table), STR_ARG(d->key), STR_ARG(d->column), STR_ARG(d->left),
               STR_ARG(d->right));
    return RC_OK;
}

static struct dump_compared compare(struct pair *p, struct told *told)
{
    struct cx *cx = &p->f->cx;
    struct dump_side left = {p->left, tables_of(cx, p->left)},
                     right = {p->right, tables_of(cx, p->right)};
    struct dump_compared out = {0};
    told->text = (struct buf){.arena = cx->arena};
    assert_ok(cx, db_begin(cx, p->left));
    assert_ok(cx, db_begin(cx, p->right));
    assert_ok(cx, dump_compare(cx, &left, &right, difference_keep, told, &out));
    db_rollback(p->left);
    db_rollback(p->right);
    return out;
}

static void test_differences(void **state)
{
    struct pair p = pair_open(state);
    struct cx *cx = &p.f->cx;
    struct told told = {0};
    animals(cx, p.left, 1, 50);
    animals(cx, p.right, 1, 50);
    struct dump_compared same = compare(&p, &told);
    assert_int_equal(same.rows, 50);
    assert_int_equal(same.different, 0);
    assert_int_equal(told.text.len, 0);
    run_text(cx, p.left, "DELETE FROM zoo_animal WHERE site = $site AND id = 7");
    run_text(cx, p.right, "DELETE FROM zoo_animal WHERE site = $site AND id = 50");
    run_text(cx, p.right,
             "UPDATE zoo_animal SET weight = NULL, name = 'b' WHERE site = $site AND id = 20");
    run_text(
        cx, p.right,
        "CREATE TABLE zoo_only (site BIGINT NOT NULL, id BIGINT NOT NULL, PRIMARY KEY (site, id))");
    run_text(cx, p.right, "INSERT INTO zoo_only (site, id) VALUES ($site, 1)");
    run_text(cx, p.right, "ALTER TABLE zoo_animal ADD COLUMN fur TEXT");
    run_text(cx, p.right, "UPDATE zoo_animal SET fur = 'red' WHERE site = $site AND id = 21");
    struct dump_compared c = compare(&p, &told);
    assert_int_equal(c.rows, 51);
    assert_int_equal(c.different, 5);
    assert_text(buf_str(&told.text),
                "zoo_animal id=7 :  | zoo_animal\tid=7\talive=1\tname=animal 7\tweight=21\n"
                "zoo_animal id=20 name: animal 20 | b\n"
                "zoo_animal id=20 weight: 60 | null\n"
                "zoo_animal id=21 fur: null | red\n"
                "zoo_animal id=50 : zoo_animal\tid=50\talive=1\tname=animal 50\tweight=150 | \n"
                "zoo_only id=1 :  | zoo_only\tid=1\n");
    pair_close(&p);
}

/* ---- moving ---- */

static void chunk_told(void *data, str table, int64_t rows)
{
    (void)table;
    *(int64_t *)data += rows;
}

static rc all_move(struct cx *cx, struct pair *p, int64_t *rows)
{
    struct site_tables t = {0};
    rc r = tables_list(cx, p->left, &t);
    for (size_t i = 0; i < t.len && r == RC_OK; i++)
        r = move_table(cx, p->left, p->right, &t.at[i], chunk_told, rows);
    return r;
}

static void fill(struct pair *p)
{
    struct cx *cx = &p->f->cx;
    animals(cx, p->left, 1, 2500);
    animal(cx, p->left, -3, STR("\xe4\xb9\x89\xe4\xb9\x8c \\\t\""), DB_N);
    assert_ok(cx, db_begin(cx, p->left));
    for (int i = 0; i < 1500; i++)
        assert_ok(cx, db_exec(cx, p->left, &sql_visit,
                              DB_ARGS(DB_T(arena_printf(cx->arena, "%d", i / 7)),
                                      DB_T(arena_printf(cx->arena, "%d", i % 7)), DB_I(i))));
    assert_ok(cx, db_exec(cx, p->left, &sql_counted,
                          DB_ARGS(DB_T(STR("zoo.animal /search")), DB_T(STR("pairs")))));
    assert_ok(cx, db_exec(cx, p->left, &sql_counted,
                          DB_ARGS(DB_T(STR("zoo.animal")), DB_T(STR("kept")))));
    assert_ok(cx, db_commit(cx, p->left));
}

static void test_move(void **state)
{
    struct pair p = pair_open(state);
    struct cx *cx = &p.f->cx;
    int64_t rows = 0, again = 0;
    fill(&p);
    assert_ok(cx, all_move(cx, &p, &rows));
    assert_int_equal(rows, 2501 + 1500 + 1); /* what is noted of a search index stays behind */
    assert_true(str_eq(sum_of(cx, p.left, NULL, NULL).sm3, sum_of(cx, p.right, NULL, NULL).sm3));
    assert_ok(cx, all_move(cx, &p, &again));
    assert_int_equal(again, 0);
    animals(cx, p.left, 3000, 3001);
    assert_ok(cx, all_move(cx, &p, &again));
    assert_int_equal(again, 2);
    pair_close(&p);
}

/* Whatever statement of the target fails, the move goes on behind what is there. */
static void test_move_resumes(void **state)
{
    struct pair p = pair_open(state);
    struct cx *cx = &p.f->cx;
    fill(&p);
    bool fired = true;
    int failures = 0;
    for (int64_t n = 1; fired && n < 100000; n = n * 3 / 2 + 1) {
        int64_t rows = 0;
        db_fault_after(p.right, n);
        rc r = all_move(cx, &p, &rows);
        fired = db_fault_fired(p.right);
        db_fault_after(p.right, 0);
        assert_true(fired || r == RC_OK);
        failures += r != RC_OK;
        err_clear(cx);
        if (!db_is_broken(p.right)) continue; /* as after a kill: opened anew */
        str url =
            test_on_postgres() ? p.f->url : arena_printf(&p.f->arena, "%s/other.db", p.f->folder);
        db_close(p.right);
        assert_ok(cx, db_open(cx, url, DB_WRITER, &p.right));
    }
    assert_false(fired);
    assert_true(failures > 3);
    assert_true(str_eq(sum_of(cx, p.left, NULL, NULL).sm3, sum_of(cx, p.right, NULL, NULL).sm3));
    pair_close(&p);
}

/* What is declared no longer goes along. */
static void test_tables_make(void **state)
{
    struct pair p = pair_open(state);
    struct cx *cx = &p.f->cx;
    int64_t rows = 0;
    run_text(
        cx, p.left,
        "CREATE TABLE zoo_old (site BIGINT NOT NULL, day TEXT NOT NULL, photo BYTEA, n SMALLINT,"
        " PRIMARY KEY (site, day))");
    run_text(cx, p.left, "INSERT INTO zoo_old (site, day, n) VALUES ($site, 'd', 3)");
    run_text(cx, p.left, "ALTER TABLE zoo_animal ADD COLUMN keeper TEXT");
    run_text(cx, p.left,
             "INSERT INTO app_column (tbl, col, holds) VALUES ('zoo_animal', 'keeper', 'text')");
    animals(cx, p.left, 1, 3);
    run_text(cx, p.left, "UPDATE zoo_animal SET keeper = '王' WHERE site = $site AND id = 2");
    struct site_tables from = tables_of(cx, p.left), to = tables_of(cx, p.right);
    assert_ok(cx, move_tables_make(cx, p.left, &from, p.right, &to));
    assert_ok(cx, all_move(cx, &p, &rows));
    assert_int_equal(rows, 4);
    assert_true(str_eq(sum_of(cx, p.left, NULL, NULL).sm3, sum_of(cx, p.right, NULL, NULL).sm3));
    assert_int_equal(count_of(cx, p.right, "SELECT count(*) FROM app_column WHERE col = 'keeper'"),
                     1);
    to = tables_of(cx, p.right);
    assert_ok(cx, move_tables_make(cx, p.left, &from, p.right, &to)); /* nothing more to do */
    pair_close(&p);
}

static void test_marks(void **state)
{
    struct pair p = pair_open(state);
    struct cx *cx = &p.f->cx;
    struct move_mark m = {0}, arriving = {MOVE_ARRIVING, STR("postgresql://h/d"), STR("7 ab"), 5},
                     left = {MOVE_LEFT, STR("/srv/new.db"), STR(""), INT64_C(1700000000000000)},
                     none = {0};
    struct db *plain = NULL;
    str file = arena_printf(&p.f->arena, "%s/plain.db", p.f->folder);
    assert_ok(cx, db_open(cx, file, DB_WRITER, &plain)); /* without the table */
    assert_ok(cx, move_check(cx, plain, DB_WRITER));
    db_close(plain);
    assert_ok(cx, move_check(cx, p.right, DB_WRITER));
    assert_ok(cx, move_mark_save(cx, p.right, &arriving));
    assert_ok(cx, move_mark_load(cx, p.right, &m));
    assert_int_equal(m.state, MOVE_ARRIVING);
    assert_text(m.peer, "postgresql://h/d");
    assert_text(m.stand, "7 ab");
    assert_int_equal(m.at_us, 5);
    assert_fails(cx, move_check(cx, p.right, DB_WRITER), RC_CONFLICT, "move.unfinished");
    assert_fails(cx, move_check(cx, p.right, DB_READER), RC_CONFLICT, "move.unfinished");
    assert_ok(cx, move_mark_save(cx, p.right, &left));
    assert_ok(cx, move_check(cx, p.right, DB_READER)); /* its past may be read */
    assert_int_equal(move_check(cx, p.right, DB_WRITER), RC_CONFLICT);
    assert_text(cx->err.detail,
                "this site was moved to \"/srv/new.db\" on 2023-11-15: what is here "
                "is its past, nothing more is written");
    err_clear(cx);
    assert_ok(cx, move_mark_save(cx, p.right, &none));
    assert_ok(cx, move_check(cx, p.right, DB_WRITER));
    pair_close(&p);
}

static void test_stand(void **state)
{
    struct pair p = pair_open(state);
    struct cx *cx = &p.f->cx;
    str stand;
    assert_ok(cx, move_stand(cx, p.right, &stand));
    assert_text(stand, "0");
    SQL(sql_head, "INSERT INTO ledger_head (site, id, seq, hash) VALUES ($site, 1, $1, $2)");
    assert_ok(cx, db_exec(cx, p.right, &sql_head, DB_ARGS(DB_I(12), DB_B(((str){"\x0a\xff", 2})))));
    assert_ok(cx, move_stand(cx, p.right, &stand));
    assert_text(stand, "12 0aff");
    run_text(cx, p.right,
             "CREATE TABLE ledger (site BIGINT NOT NULL, seq BIGINT NOT NULL, hash BYTEA NOT NULL,"
             " PRIMARY KEY (site, seq))");
    SQL(sql_entry, "INSERT INTO ledger (site, seq, hash) VALUES ($site, $1, $2)");
    assert_ok(cx, db_exec(cx, p.right, &sql_entry, DB_ARGS(DB_I(3), DB_B(((str){"\x01\x02", 2})))));
    static const struct {
        const char *stand;
        bool stood;
    } then[] = {{"0", true}, {"3 0102", true}, {"3 0103", false}, {"4 0102", false}, {"", false}};
    for (size_t i = 0; i < COUNTOF(then); i++) {
        bool stood = !then[i].stood;
        assert_ok(cx, move_stood(cx, p.right, str_from(then[i].stand), &stood));
        assert_int_equal(stood, then[i].stood);
    }
    pair_close(&p);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, fixture_set_up, fixture_tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_tables),      TEST(test_lines), TEST(test_orders),
        TEST(test_differences), TEST(test_move),  TEST(test_move_resumes),
        TEST(test_tables_make), TEST(test_marks), TEST(test_stand),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
