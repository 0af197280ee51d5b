/* feel and bench feel: the expression language at the prompt. */
#include "base/file.h"
#include "feel/bench.h"
#include "feel/value.h"
#include "main/city.h"

enum { FILE_BYTES_MAX = 64 << 20, WARNINGS_MAX = 100 };

/* Names and values of a JSON object as a scope. */
static rc context_of(struct args *a, str path, struct feel_scope *scope, struct feel_value **slots)
{
    str text;
    const struct json *j;
    rc r = file_read(a->cx, path, FILE_BYTES_MAX, &text);
    if (r == RC_OK) r = json_parse(a->cx, text, &j);
    if (r == RC_OK && !json_is(j, JSON_OBJECT))
        r = err_set(a->cx, RC_INVALID, "feel.context", "上下文应是 JSON 对象",
                    "the context is not a JSON object");
    if (r != RC_OK) {
        err_source(a->cx, path);
        return r;
    }
    *slots = NEWS(a->cx->arena, struct feel_value, j->count + 1);
    for (const struct json *m = j->child; m && r == RC_OK; m = m->next) {
        int slot = feel_scope_add(scope, m->key, feel_type_of_kind(FEEL_ANY));
        r = feel_value_from_json(a->cx, m, &(*slots)[slot]);
    }
    return r;
}

int verb_feel(struct args *a)
{
    struct feel_scope *scope = feel_scope_new(a->cx->arena);
    feel_scope_set_lenient(scope); /* as the standard has it: faults are null with a warning */
    struct feel_value none = feel_null(), *slots = &none, value = none;
    const struct feel_expr *e;
    struct feel_warning warning[WARNINGS_MAX];
    struct buf out = {.arena = a->cx->arena};
    rc r = arg_given(a, "context") ? context_of(a, arg(a, "context"), scope, &slots) : RC_OK;
    a->cx->now_us = os_now_us();
    if (r == RC_OK) r = feel_compile(a->cx, scope, a->positional[0], (struct pos){0}, &e);
    struct feel_run run = {
        .cx = a->cx, .slot = slots, .warning = warning, .warning_max = WARNINGS_MAX};
    if (r == RC_OK) r = feel_eval(&run, e, &value);
    if (r != RC_OK) return fail(a->cx);
    feel_value_write(&out, &value);
    print(stdout, buf_str(&out));
    putchar('\n');
    for (size_t i = 0; i < run.warning_count && i < WARNINGS_MAX; i++)
        fprintf(stderr, "%u:%u: " STR_FMT " (%s)\n", warning[i].pos.line, warning[i].pos.column,
                STR_ARG(warning[i].sentence), warning[i].slug);
    return EXIT_OK;
}

int verb_bench_feel(struct args *a)
{
    str text;
    struct buf out = {.arena = a->cx->arena};
    rc r = file_read(a->cx, a->positional[0], FILE_BYTES_MAX, &text);
    if (r == RC_OK) r = feel_bench(a->cx, text, &out);
    if (r != RC_OK) return fail(a->cx);
    print(stdout, buf_str(&out));
    return EXIT_OK;
}
