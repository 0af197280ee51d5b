/* For tests only: cmocka with what it needs, and the fixture of nearly all: an arena and a cx. */
#pragma once

/* In this order: cmocka.h counts on what stands before it. */
/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
/* clang-format on */

#include "base/err.h"

struct fixture {
    struct arena arena;
    struct cx cx;
    struct buf out; /* for what is written */
};

static inline void fixture_init(struct fixture *f, size_t budget_bytes)
{
    *f = (struct fixture){0};
    arena_init(&f->arena, budget_bytes);
    f->cx = (struct cx){.arena = &f->arena, .lang = LANG_EN};
    f->out = (struct buf){.arena = &f->arena};
}

static inline void fixture_done(struct fixture *f)
{
    arena_done(&f->arena);
}

/* Both as text, so that a failure shows them. */
static inline void assert_str(str got, const char *expected)
{
    char text[4096];
    (void)snprintf(text, sizeof text, STR_FMT, STR_ARG(got));
    assert_string_equal(text, expected);
}

static inline void assert_err(const struct cx *cx, rc code, const char *slug)
{
    assert_int_equal(cx->err.code, code);
    assert_string_equal(cx->err.slug, slug);
    assert_true(cx->err.detail.len > 0);
    assert_true(utf8_valid(cx->err.detail));
}
