/* For tests only: tables of expression and what becomes of it. */
#pragma once

#include "base/json.h"
#include "base/test.h"
#include "feel/value.h"

/* expected: the value as JSON; or "line:column slug" of the error; a value with warnings has
 * " !line:column slug" behind it for each.  context: JSON, whose members are in scope. */
struct feel_case {
    const char *source, *expected, *context;
};

enum { TABLE_SLOTS = 16, TABLE_WARNINGS = 4, TABLE_BYTES = 8 << 20 };

static inline str table_error(struct fixture *f)
{
    struct buf b = {.arena = &f->arena};
    buf_printf(&b, "%u:%u %s", f->cx.err.pos.line, f->cx.err.pos.column, f->cx.err.slug);
    return buf_str(&b);
}

/* What becomes of source: lenient as the standard has it, or checked as Bihuan does. */
static inline str table_result(struct fixture *f, const struct feel_case *c, bool lenient)
{
    struct feel_value slot[TABLE_SLOTS], v;
    struct feel_warning warning[TABLE_WARNINGS];
    struct feel_scope *scope = feel_scope_new(&f->arena);
    const struct feel_expr *e;
    const struct json *context = NULL;
    int n = 0;
    if (lenient) feel_scope_set_lenient(scope);
    if (c->context != NULL)
        assert_int_equal(json_parse(&f->cx, str_from(c->context), &context), RC_OK);
    for (const struct json *j = context != NULL ? context->child : NULL; j != NULL; j = j->next) {
        assert_true(n < TABLE_SLOTS);
        assert_int_equal(feel_value_from_json(&f->cx, j, &slot[n]), RC_OK);
        feel_scope_add(scope, j->key, feel_type_of_value(&f->arena, &slot[n++]));
    }
    if (feel_compile(&f->cx, scope, str_from(c->source), (struct pos){0}, &e) != RC_OK)
        return table_error(f);
    struct feel_run run = {
        .cx = &f->cx, .slot = slot, .warning = warning, .warning_max = TABLE_WARNINGS};
    if (feel_eval(&run, e, &v) != RC_OK) return table_error(f);
    struct buf b = {.arena = &f->arena};
    feel_value_write(&b, &v);
    for (size_t i = 0; i < run.warning_count; i++)
        buf_printf(&b, " !%u:%u %s", warning[i].pos.line, warning[i].pos.column, warning[i].slug);
    return buf_str(&b);
}

static inline void table_run(const struct feel_case *table, size_t count, bool lenient)
{
    size_t failed = 0;
    for (size_t i = 0; i < count; i++) {
        struct fixture f;
        fixture_init(&f, TABLE_BYTES);
        f.cx.now_us = INT64_C(1655343012000000); /* 2022-06-16 09:30:12 in the office */
        const str got = table_result(&f, &table[i], lenient);
        if (!str_eq(got, str_from(table[i].expected))) {
            print_error("%s\n    gives    " STR_FMT "\n    expected %s\n", table[i].source,
                        STR_ARG(got), table[i].expected);
            failed++;
        }
        fixture_done(&f);
    }
    assert_int_equal(failed, 0);
}
