/* What the tests of this folder share: a scratch folder, a context, asserting success. */
#pragma once

/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "store/db.h"
#include "store/test_pg.h"

struct fixture {
    struct arena arena;
    struct cx cx;
    char folder[64];
    str file; /* of a database that does not exist yet */
    str url;  /* of an empty database: the file, or on PostgreSQL a schema of its own */
};

static inline int fixture_set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    arena_init(&f->arena, 256 << 20);
    f->cx = (struct cx){.arena = &f->arena, .lang = LANG_EN, .now_us = 1700000000000000};
    snprintf(f->folder, sizeof f->folder, "/tmp/store-test-XXXXXX");
    if (!mkdtemp(f->folder)) return -1;
    f->file = arena_printf(&f->arena, "%s/site.db", f->folder);
    f->url = test_db_url(&f->arena, f->file);
    *state = f;
    return 0;
}

static inline int fixture_tear_down(void **state)
{
    struct fixture *f = *state;
    struct names names = {0};
    struct cx cx = {.arena = &f->arena};
    if (file_list(&cx, str_from(f->folder), &names) == RC_OK)
        for (size_t i = 0; i < names.len; i++) {
            str path = arena_printf(&f->arena, "%s/" STR_FMT, f->folder, STR_ARG(names.at[i]));
            unlink(arena_cstr(&f->arena, path));
        }
    int failed = rmdir(f->folder);
    test_db_drop(f->url);
    arena_done(&f->arena);
    free(f);
    return failed;
}

/* Succeeds, or says why not. */
#define assert_ok(cx, call)                                                                        \
    do {                                                                                           \
        rc assert_ok_r = (call);                                                                   \
        if (assert_ok_r != RC_OK)                                                                  \
            fail_msg("%s: %s " STR_FMT, #call, (cx)->err.slug ? (cx)->err.slug : "?",              \
                     STR_ARG((cx)->err.detail));                                                   \
    } while (0)

/* For what is SQLite's alone: its file, its log, its limits. */
#define ONLY_SQLITE()                                                                              \
    do {                                                                                           \
        if (test_on_postgres()) skip();                                                            \
    } while (0)

/* Fails with this kind and slug, and a sentence; clears the error. */
#define assert_fails(cx, call, code, expected_slug)                                                \
    do {                                                                                           \
        rc assert_fails_r = (call);                                                                \
        assert_int_equal(assert_fails_r, code);                                                    \
        assert_string_equal((cx)->err.slug, expected_slug);                                        \
        assert_true((cx)->err.detail.len > 0);                                                     \
        err_clear(cx);                                                                             \
    } while (0)

static inline int64_t count_of(struct cx *cx, struct db *db, const char *text)
{
    DB_ROWS rows = {0};
    bool more = false;
    assert_ok(cx, db_query_text(cx, db, str_from(text), DB_NO_ARGS, &rows));
    assert_ok(cx, db_next(cx, &rows, &more));
    return more ? db_i64(&rows, 0) : -1;
}

static inline void run_text(struct cx *cx, struct db *db, const char *text)
{
    assert_ok(cx, db_exec_text(cx, db, str_from(text), DB_NO_ARGS));
}
