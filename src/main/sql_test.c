/* Every statement that stands in the source, on every engine there is: it pins its site, and the
 * engine prepares it against the schema of the program with all its declared types.  The macros SQL
 * and SQL2 list the statements in a section of the program; this test links all of every folder. */
#include "bpmn/engine.h"
#include "engine/inside.h"
#include "loop/loop.h"
#include "measure/measure.h"
#include "record/record.h"
#include "site/move.h"
#include "site/sites.h"
#include "store/dialect.h"
#include "store/ledger.h"
#include "store/test.h"

extern const struct sql *const __start_bihuan_sql[], *const __stop_bihuan_sql[];

static bool says(str text, const char *word)
{
    return str_index(text, str_from(word)) != SIZE_MAX;
}

/* What can be explained; BEGIN, PRAGMA and the like are the engines' own. */
static bool is_statement(str text)
{
    return str_starts(text, STR("SELECT")) || str_starts(text, STR("INSERT")) ||
           str_starts(text, STR("UPDATE")) || str_starts(text, STR("DELETE")) ||
           str_starts(text, STR("WITH"));
}

/* The engines' own questions: about their catalogues, and to an extension that need not be there. */
static bool is_of_other(enum db_kind kind, str text)
{
    static const char *const sqlite[] = {"sqlite_", "pragma_", "MATCH"},
                             *const postgres[] = {"pg_", "regclass", "advisory", "site_owner"},
                             *const citus[] = {"pg_dist_", "create_distributed",
                                               "create_reference"};
    for (size_t i = 0; i < COUNTOF(citus); i++)
        if (says(text, citus[i])) return true;
    for (size_t i = 0; kind == DB_SQLITE && i < COUNTOF(postgres); i++)
        if (says(text, postgres[i])) return true;
    for (size_t i = 0; kind == DB_POSTGRES && i < COUNTOF(sqlite); i++)
        if (says(text, sqlite[i])) return true;
    return false;
}

static size_t args_of(str text)
{
    size_t most = 0;
    for (size_t at = 0, end = 0; at < text.len; at = end) {
        int64_t n = 0;
        if (sql_token_at(text, at, &end) != SQL_PARAMETER) continue;
        if (str_i64(str_slice(text, at + 1, end), &n) && (size_t)n > most) most = (size_t)n;
    }
    return most;
}

static void check_step(const char *text)
{
    str rest = str_from(text);
    while (rest.len) {
        str one = str_cut(rest, ';', &rest), table = dialect_unpinned(one);
        if (table.len) fail_msg(STR_FMT ": " STR_FMT, STR_ARG(table), STR_ARG(one));
    }
}

static void declare(struct fixture *f, struct db *db)
{
    const struct catalogue *c = NULL;
    const str folder = STR(SOURCE_ROOT "/apps");
    const struct {
        const struct db_migration *step;
        size_t count;
    } part[] = {
        {ledger_migrations, ledger_migration_count},   {rec_migrations, rec_migration_count},
        {measure_migrations, measure_migration_count}, {bpmn_migrations, bpmn_migration_count},
        {loop_migrations, loop_migration_count},       {engine_migrations, engine_migration_count},
        {move_migrations, move_migration_count},
    };
    for (size_t i = 0; i < COUNTOF(part); i++) {
        for (size_t k = 0; k < part[i].count; k++)
            check_step(part[i].step[k].text);
        assert_ok(&f->cx, db_migrate(&f->cx, db, part[i].step, part[i].count));
    }
    assert_ok(&f->cx, catalogue_load(&f->cx, &folder, 1, &measure_host, &c));
    assert_ok(&f->cx, rec_migrate(&f->cx, db, c));
    catalogue_free(c);
}

static void explain(struct fixture *f, struct db *db, str text)
{
    DB_ROWS rows = {0};
    bool more = false;
    size_t count = args_of(text);
    struct db_val *none = NEWS(&f->arena, struct db_val, count + 1); /* zeroed: null */
    str question = arena_printf(&f->arena, "EXPLAIN " STR_FMT, STR_ARG(text));
    rc r = db_query_text(&f->cx, db, question, none, count, &rows);
    if (r == RC_OK) r = db_next(&f->cx, &rows, &more);
    if (r != RC_OK)
        print_error(STR_FMT "\n  " STR_FMT "\n", STR_ARG(text), STR_ARG(f->cx.err.detail));
    assert_int_equal(r, RC_OK);
    assert_true(more);
}

static void explain_all(struct fixture *f, str url)
{
    struct db *db = NULL;
    size_t count = 0;
    assert_ok(&f->cx, db_open(&f->cx, url, DB_WRITER, &db));
    declare(f, db);
    for (const struct sql *const *s = __start_bihuan_sql; s < __stop_bihuan_sql; s++) {
        bool own = db_kind(db) == DB_POSTGRES && *s && (*s)->postgres;
        str text = *s ? str_from(own ? (*s)->postgres : (*s)->text) : STR("");
        if (!is_statement(text) || is_of_other(db_kind(db), text)) continue;
        explain(f, db, text);
        count++;
    }
    assert_true(count > 100);
    db_close(db);
}

static void every_statement_pins_its_site(void **state)
{
    (void)state;
    for (const struct sql *const *s = __start_bihuan_sql; s < __stop_bihuan_sql; s++) {
        const char *const text[] = {*s ? (*s)->text : NULL, *s ? (*s)->postgres : NULL};
        for (size_t i = 0; i < COUNTOF(text); i++) {
            str table = text[i] ? dialect_unpinned(str_from(text[i])) : STR("");
            if (table.len) fail_msg(STR_FMT ": %s", STR_ARG(table), text[i]);
        }
    }
}

static void sqlite_prepares_every_statement(void **state)
{
    struct fixture *f = *state;
    str url, folder = arena_printf(&f->arena, "%s/", f->folder);
    assert_ok(&f->cx, sites_add(&f->cx, folder, TEST_SITE, STR("")));
    assert_ok(&f->cx, sites_url(&f->cx, folder, TEST_SITE, &url));
    explain_all(f, url);
}

static void postgres_prepares_every_statement(void **state)
{
    struct fixture *f = *state;
    if (!test_on_postgres()) skip();
    explain_all(f, f->url);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_statement_pins_its_site),
        cmocka_unit_test_setup_teardown(sqlite_prepares_every_statement, fixture_set_up,
                                        fixture_tear_down),
        cmocka_unit_test_setup_teardown(postgres_prepares_every_statement, fixture_set_up,
                                        fixture_tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
