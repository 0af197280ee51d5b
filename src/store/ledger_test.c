/* Tests of the ledger: the chain follows transactions, and whatever is altered is found. */
#include "store/ledger.h"

#include <sys/wait.h>

#include "store/ledger_line.h"
#include "store/test.h"

struct book {
    struct db *db;
    struct ledger *ledger;
};

static struct book book_open(struct fixture *f)
{
    struct book b = {0};
    assert_ok(&f->cx, db_open(&f->cx, f->url, DB_WRITER, &b.db));
    assert_ok(&f->cx, db_migrate(&f->cx, b.db, ledger_migrations, ledger_migration_count));
    assert_ok(&f->cx, ledger_open(&f->cx, b.db, &b.ledger));
    return b;
}

static void book_close(struct book *b)
{
    ledger_close(b->ledger);
    db_close(b->db);
}

static int64_t add(struct fixture *f, struct book *b, const char *after)
{
    struct ledger_entry e = {
        .at_us = 1655343012000000,
        .actor = STR("张三"),
        .act = STR("record.create"),
        .subject = STR("reform.item"),
        .subject_id = 42,
        .after = str_from(after),
        .reason = STR("第一行\n第二行\t制表符 \\ 反斜线\r"),
    };
    assert_ok(&f->cx, ledger_add(&f->cx, b->ledger, &e));
    return e.seq;
}

static void commit(struct fixture *f, struct book *b)
{
    assert_ok(&f->cx, db_begin(&f->cx, b->db));
    assert_ok(&f->cx, ledger_flush(&f->cx, b->ledger, b->db));
    assert_ok(&f->cx, db_commit(&f->cx, b->db));
    ledger_committed(b->ledger);
}

static void add_many(struct fixture *f, struct book *b, int count)
{
    for (int i = 0; i < count; i++) {
        char after[64];
        snprintf(after, sizeof after, "{\"n\":%d,\"text\":\"市场采购\"}", i);
        add(f, b, after);
    }
    commit(f, b);
}

/* The number of the first broken entry, 0 when sound. */
static int64_t broken(struct fixture *f, struct db *db)
{
    int64_t entries = 0, seq = -1;
    char head[65];
    str what;
    assert_ok(&f->cx, ledger_verify(&f->cx, db, &entries, &seq, &what, head));
    assert_true((seq == 0) == (what.len == 0));
    return seq;
}

static void test_the_line_is_canonical(void **state)
{
    struct fixture *f = *state;
    struct ledger_entry e = {
        .seq = 1,
        .at_us = INT64_MIN,
        .actor = STR("a\tb"),
        .act = STR("c\\d"),
        .subject = STR(""),
        .subject_id = -7,
        .before = STR("e\nf\rg"),
        .after = STR("h\0i"),
        .reason = STR("督考"),
    };
    str expected = STR("1\t-9223372036854775808\ta\\tb\tc\\\\d\t\t-7\te\\nf\\rg\th\\0i\t督考");
    assert_true(str_eq(ledger_line(&f->arena, &e), expected));
}

struct seen {
    int count;
    int64_t last_seq;
    str after, reason;
    char hash[65];
};

static rc see(struct cx *cx, const struct ledger_entry *e, str hash_hex, void *data)
{
    struct seen *s = data;
    s->count++;
    s->last_seq = e->seq;
    s->after = arena_dup(cx->arena, e->after);
    s->reason = arena_dup(cx->arena, e->reason);
    snprintf(s->hash, sizeof s->hash, STR_FMT, STR_ARG(hash_hex));
    return RC_OK;
}

static void test_what_is_written_comes_back(void **state)
{
    struct fixture *f = *state;
    struct book b = book_open(f);
    assert_int_equal(add(f, &b, "{\"a\":1}"), 1);
    assert_int_equal(add(f, &b, "{\"a\":\"\\n\"}"), 2);
    commit(f, &b);
    struct seen s = {0};
    assert_ok(&f->cx, ledger_each(&f->cx, b.db, STR("reform.item"), 42, 0, 0, see, &s));
    assert_int_equal(s.count, 2);
    assert_true(str_eq(s.after, STR("{\"a\":\"\\n\"}")));
    assert_true(str_eq(s.reason, STR("第一行\n第二行\t制表符 \\ 反斜线\r")));
    struct seen one = {0}, none = {0}, all = {0};
    assert_ok(&f->cx, ledger_each(&f->cx, b.db, STR(""), 0, 0, 1, see, &one));
    assert_int_equal(one.last_seq, 1);
    assert_ok(&f->cx, ledger_each(&f->cx, b.db, STR("reform.item"), 43, 0, 0, see, &none));
    assert_int_equal(none.count, 0);
    assert_ok(&f->cx, ledger_each(&f->cx, b.db, STR("reform.item"), 0, 1, 0, see, &all));
    assert_int_equal(all.count, 1);
    int64_t entries = 0, seq = 0;
    char head[65];
    str what;
    assert_ok(&f->cx, ledger_verify(&f->cx, b.db, &entries, &seq, &what, head));
    assert_int_equal(entries, 2);
    assert_int_equal(seq, 0);
    assert_string_equal(head, s.hash);
    book_close(&b);
}

static void test_the_chain_follows_transactions(void **state)
{
    struct fixture *f = *state;
    struct book b = book_open(f);
    add(f, &b, "kept");
    ledger_mark(b.ledger);
    assert_int_equal(add(f, &b, "failed job"), 2);
    ledger_undo(b.ledger);
    ledger_mark(b.ledger);
    assert_int_equal(add(f, &b, "next job"), 2);
    commit(f, &b);
    assert_int_equal(add(f, &b, "lost with its group"), 3);
    ledger_rolled_back(b.ledger);
    assert_int_equal(add(f, &b, "after"), 3);
    commit(f, &b);
    assert_int_equal(broken(f, b.db), 0);
    book_close(&b);
    b = book_open(f); /* goes on where it was */
    assert_int_equal(add(f, &b, "new start"), 4);
    commit(f, &b);
    assert_int_equal(broken(f, b.db), 0);
    assert_int_equal(count_of(&f->cx, b.db, "SELECT count(*) FROM ledger WHERE site = $site"), 4);
    book_close(&b);
}

static void test_a_flush_inside_a_job_is_undone_with_it(void **state)
{
    struct fixture *f = *state;
    struct book b = book_open(f);
    assert_ok(&f->cx, db_begin(&f->cx, b.db));
    add(f, &b, "first job");
    ledger_mark(b.ledger);
    assert_ok(&f->cx, db_savepoint(&f->cx, b.db));
    add(f, &b, "second job");
    assert_ok(&f->cx, ledger_flush(&f->cx, b.ledger, b.db)); /* writes the first job's entry too */
    db_savepoint_undo(b.db);
    ledger_undo(b.ledger);
    assert_ok(&f->cx, ledger_flush(&f->cx, b.ledger, b.db));
    assert_ok(&f->cx, db_commit(&f->cx, b.db));
    ledger_committed(b.ledger);
    assert_int_equal(count_of(&f->cx, b.db, "SELECT count(*) FROM ledger WHERE site = $site"), 1);
    assert_int_equal(broken(f, b.db), 0);
    book_close(&b);
}

static void test_flushes_of_a_lone_job_free_their_memory(void **state)
{
    struct fixture *f = *state;
    struct book b = book_open(f);
    for (int round = 0; round < 2; round++) { /* the first is undone */
        assert_ok(&f->cx, db_begin(&f->cx, b.db));
        ledger_mark(b.ledger);
        for (int i = 0; i < 3; i++) {
            add(f, &b, "part of an import");
            assert_ok(&f->cx, ledger_flush(&f->cx, b.ledger, b.db));
        }
        if (round == 0) {
            ledger_undo(b.ledger);
            db_rollback(b.db);
            ledger_rolled_back(b.ledger);
            continue;
        }
        ledger_mark(b.ledger);
        assert_int_equal(add(f, &b, "the next job fails"), 4);
        ledger_undo(b.ledger);
        assert_ok(&f->cx, ledger_flush(&f->cx, b.ledger, b.db));
        assert_ok(&f->cx, db_commit(&f->cx, b.db));
        ledger_committed(b.ledger);
    }
    assert_int_equal(count_of(&f->cx, b.db, "SELECT count(*) FROM ledger WHERE site = $site"), 3);
    assert_int_equal(broken(f, b.db), 0);
    book_close(&b);
}

/* Each alters a sound ledger of 100 entries; the first entry that does not fit. */
static const struct {
    const char *sql;
    int64_t broken;
} tampering[] = {
    {"UPDATE ledger SET at_us = at_us + 1 WHERE site = $site AND seq = 50", 50},
    {"UPDATE ledger SET actor = '李四' WHERE site = $site AND seq = 1", 1},
    {"UPDATE ledger SET act = 'record.void' WHERE site = $site AND seq = 50", 50},
    {"UPDATE ledger SET subject = 'reform.other' WHERE site = $site AND seq = 50", 50},
    {"UPDATE ledger SET subject_id = 43 WHERE site = $site AND seq = 50", 50},
    {"UPDATE ledger SET before = '{}' WHERE site = $site AND seq = 50", 50},
    {"UPDATE ledger SET after = replace(after, '49', '48') WHERE site = $site AND seq = 50", 50},
    {"UPDATE ledger SET reason = '' WHERE site = $site AND seq = 50", 50},
    {"UPDATE ledger SET before = after, after = before WHERE site = $site AND seq = 50", 50},
    {"UPDATE ledger SET hash = (SELECT k.hash FROM ledger k WHERE k.site = ledger.site"
     " AND k.seq = 9) WHERE site = $site AND seq = 50",
     50},
    {"UPDATE ledger SET hash = substr(hash, 1, 1) WHERE site = $site AND seq = 50", 50},
    {"DELETE FROM ledger WHERE site = $site AND seq = 1", 1},
    {"DELETE FROM ledger WHERE site = $site AND seq = 50", 50},
    {"DELETE FROM ledger WHERE site = $site AND seq = 100", 100},
    {"DELETE FROM ledger WHERE site = $site AND seq > 90", 91},
    {"DELETE FROM ledger WHERE site = $site", 1},
    {"DELETE FROM ledger_head WHERE site = $site", 1},
    {"UPDATE ledger SET seq = CASE seq WHEN 50 THEN -51 ELSE -50 END WHERE site = $site"
     " AND seq IN (50, 51);"
     "UPDATE ledger SET seq = -seq WHERE site = $site AND seq < 0",
     50},
    {"DELETE FROM ledger WHERE site = $site"
     " AND seq = 50; UPDATE ledger SET seq = -seq WHERE site = $site AND seq > 50;"
     "UPDATE ledger SET seq = -seq - 1 WHERE site = $site AND seq < 0",
     50},
    {"INSERT INTO ledger (site, seq, at_us, actor, act, subject, subject_id, before, after,"
     " reason, hash) SELECT $site, 101, at_us, actor, act, subject, subject_id, before, after, reason, hash"
     " FROM ledger WHERE site = $site AND seq = 100",
     101},
};

static void test_tampering_is_found(void **state)
{
    struct fixture *f = *state;
    struct book b = book_open(f);
    add_many(f, &b, 100);
    for (size_t i = 0; i < COUNTOF(tampering); i++) {
        assert_ok(&f->cx, db_begin(&f->cx, b.db));
        str rest = str_from(tampering[i].sql), one;
        for (str part = str_cut(rest, ';', &rest); part.len; part = str_cut(rest, ';', &rest)) {
            one = part;
            assert_ok(&f->cx, db_exec_text(&f->cx, b.db, one, DB_NO_ARGS));
        }
        int64_t seq = broken(f, b.db);
        if (seq != tampering[i].broken)
            fail_msg("%s: broken at %" PRId64 ", expected %" PRId64, tampering[i].sql, seq,
                     tampering[i].broken);
        db_rollback(b.db);
    }
    assert_int_equal(broken(f, b.db), 0);
    run_text(&f->cx, b.db, "DELETE FROM ledger WHERE site = $site AND seq = 100");
    struct ledger *second = NULL;
    assert_fails(&f->cx, ledger_open(&f->cx, b.db, &second), RC_CONFLICT, "store.ledger-head");
    book_close(&b);
}

/* ---- exports ---- */

static str export_path(struct fixture *f)
{
    return arena_printf(&f->arena, "%s/ledger.txt", f->folder);
}

static int64_t broken_line(struct fixture *f, str bytes)
{
    int64_t entries = 0, line = -1;
    char head[65];
    str what;
    assert_ok(&f->cx, file_write(&f->cx, export_path(f), bytes));
    assert_ok(&f->cx, ledger_verify_export(&f->cx, export_path(f), &entries, &line, &what, head));
    assert_true((line == 0) == (what.len == 0));
    return line;
}

/* The export of a sound ledger of `count` entries. */
static str exported(struct fixture *f, int count)
{
    struct book b = book_open(f);
    if (count) add_many(f, &b, count);
    assert_ok(&f->cx, ledger_export(&f->cx, b.db, export_path(f)));
    book_close(&b);
    str bytes;
    assert_ok(&f->cx, file_read(&f->cx, export_path(f), 64 << 20, &bytes));
    return bytes;
}

/* bytes without the lines from `from` to before `to` (1 is the first). */
static str without_lines(struct arena *a, str bytes, int from, int to)
{
    struct buf out = {.arena = a};
    int number = 1;
    for (str rest = bytes, line; rest.len; number++) {
        line = str_cut(rest, '\n', &rest);
        if (number >= from && number < to) continue;
        buf_add(&out, line);
        buf_char(&out, '\n');
    }
    return buf_str(&out);
}

static void test_an_export_verifies_and_shows_changes(void **state)
{
    struct fixture *f = *state;
    str sound = exported(f, 30);
    assert_int_equal(broken_line(f, sound), 0);
    assert_int_equal(broken_line(f, without_lines(&f->arena, sound, 1, 2)), 1);
    assert_int_equal(broken_line(f, without_lines(&f->arena, sound, 10, 11)), 10);
    assert_int_equal(broken_line(f, without_lines(&f->arena, sound, 30, 31)),
                     30); /* then head is wrong */
    assert_int_equal(broken_line(f, without_lines(&f->arena, sound, 31, 32)), 31); /* no head */
    assert_int_equal(broken_line(f, without_lines(&f->arena, sound, 20, 32)), 20);
    assert_int_equal(broken_line(f, str_slice(sound, 0, sound.len - 1)), 31);
    assert_int_equal(broken_line(f, STR("")), 1);
    assert_int_equal(broken_line(f, STR("hello\n")), 1);
    str doubled = arena_printf(&f->arena, STR_FMT "x\n", STR_ARG(sound));
    assert_int_equal(broken_line(f, doubled), 32);
    /* Any one bit. */
    for (size_t at = 0; at < sound.len; at += 97) {
        str copy = arena_dup(&f->arena, sound);
        char *byte = (char *)(uintptr_t)copy.at + at;
        *byte = (char)(*byte ^ 1);
        assert_true(broken_line(f, copy) > 0);
    }
    int64_t entries = 0, line = 0;
    char head[65];
    str what;
    assert_fails(&f->cx,
                 ledger_verify_export(&f->cx, STR("/nowhere/x"), &entries, &line, &what, head),
                 RC_MISSING, "store.no-export");
}

static void test_an_empty_ledger_exports(void **state)
{
    struct fixture *f = *state;
    str bytes = exported(f, 0);
    assert_int_equal(broken_line(f, bytes), 0);
    assert_true(str_starts(bytes, STR("head 0000")));
}

static void test_long_lines_verify(void **state)
{
    struct fixture *f = *state;
    struct book b = book_open(f);
    size_t len = 9 << 20;
    char *text = malloc(len + 1);
    memset(text, 'x', len);
    text[len] = '\0';
    for (int i = 0; i < 3; i++)
        add(f, &b, text);
    add(f, &b, "short");
    commit(f, &b);
    free(text);
    assert_int_equal(broken(f, b.db), 0);
    assert_ok(&f->cx, ledger_export(&f->cx, b.db, export_path(f)));
    int64_t entries = 0, line = -1;
    char head[65];
    str what;
    assert_ok(&f->cx, ledger_verify_export(&f->cx, export_path(f), &entries, &line, &what, head));
    assert_int_equal(line, 0);
    assert_int_equal(entries, 4);
    book_close(&b);
}

/* ---- the recipe in docs/ledger.md ---- */

static int run_recipe(struct fixture *f, str script, str export)
{
    str path = arena_printf(&f->arena, "%s/verify.sh", f->folder);
    assert_ok(&f->cx, file_write(&f->cx, path, script));
    assert_ok(&f->cx, file_write(&f->cx, export_path(f), export));
    str command = arena_printf(&f->arena, "sh " STR_FMT " " STR_FMT " >/dev/null 2>&1",
                               STR_ARG(path), STR_ARG(export_path(f)));
    int status =
        system(arena_cstr(&f->arena, command)); /* NOLINT(cert-env33-c): the point of the test */
    return WEXITSTATUS(status);
}

static void test_the_shell_recipe_agrees(void **state)
{
    struct fixture *f = *state;
    if (system("openssl dgst -sm3 -r </dev/null >/dev/null 2>&1") != 0)
        skip(); /* NOLINT(cert-env33-c) */
    str page;
    assert_ok(&f->cx, file_read(&f->cx, STR(SOURCE_ROOT "/docs/ledger.md"), 1 << 20, &page));
    size_t from = str_index(page, STR("```sh\n"));
    assert_true(from != SIZE_MAX);
    str script = str_slice(page, from + 6, page.len);
    script = str_slice(script, 0, str_index(script, STR("```")));
    str sound = exported(f, 12);
    assert_int_equal(run_recipe(f, script, sound), 0);
    str changed = arena_dup(&f->arena, sound);
    memcpy((char *)(uintptr_t)changed.at + str_index(changed, STR("record.create")),
           "record.delete", 13);
    assert_int_equal(run_recipe(f, script, changed), 1);
    assert_int_equal(run_recipe(f, script, without_lines(&f->arena, sound, 5, 6)), 1);
    assert_int_equal(run_recipe(f, script, without_lines(&f->arena, sound, 12, 13)), 1);
    assert_int_equal(run_recipe(f, script, without_lines(&f->arena, sound, 13, 14)), 1);
}

#define T(name) cmocka_unit_test_setup_teardown(name, fixture_set_up, fixture_tear_down)
int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_the_line_is_canonical),
        T(test_what_is_written_comes_back),
        T(test_the_chain_follows_transactions),
        T(test_a_flush_inside_a_job_is_undone_with_it),
        T(test_flushes_of_a_lone_job_free_their_memory),
        T(test_tampering_is_found),
        T(test_an_export_verifies_and_shows_changes),
        T(test_an_empty_ledger_exports),
        T(test_long_lines_verify),
        T(test_the_shell_recipe_agrees),
    };
    return cmocka_run_group_tests_name("store/ledger", tests, NULL, NULL);
}
