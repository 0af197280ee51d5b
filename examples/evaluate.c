/* Evaluates an expression over two names:
 *
 *     example-evaluate 'if Age >= 18 then Price * 0.9 else Price'
 *
 * cc evaluate.c $(pkg-config --cflags --libs bihuan_dmn) -o example-evaluate */
#include <bihuan/feel.h>
#include <stdio.h>

enum { MEMORY_BYTES = 16 << 20, WARNINGS_MAX = 10 };

static int failed(const struct cx *cx)
{
    struct buf text = {.arena = cx->arena};
    err_print(&text, &cx->err);
    fprintf(stderr, STR_FMT "\n", STR_ARG(buf_str(&text)));
    return 1;
}

static int evaluate(struct cx *cx, str source)
{
    /* The names an expression may use, with their types: each is a slot. */
    struct feel_scope *scope = feel_scope_new(cx->arena);
    struct feel_value slot[2];
    const int age = feel_scope_add(scope, STR("Age"), feel_type_of_kind(FEEL_NUMBER));
    const int price = feel_scope_add(scope, STR("Price"), feel_type_of_kind(FEEL_NUMBER));

    /* Compiled once; unknown names and wrong types are errors with a position. */
    const struct feel_expr *expr;
    if (feel_compile(cx, scope, source, (struct pos){0}, &expr) != RC_OK) return failed(cx);

    /* Evaluated often.  A fault while it runs is null, and a warning that says where. */
    for (int years = 17; years <= 18; years++) {
        struct feel_warning warning[WARNINGS_MAX];
        struct feel_run run = {
            .cx = cx, .slot = slot, .warning = warning, .warning_max = WARNINGS_MAX};
        struct feel_value value;
        struct buf out = {.arena = cx->arena};
        slot[age] = feel_int(years);
        slot[price] = feel_fixed(19999, 2); /* 199.99, exactly */
        if (feel_eval(&run, expr, &value) != RC_OK) return failed(cx);
        feel_value_write(&out, &value);
        printf("Age %d: " STR_FMT "\n", years, STR_ARG(buf_str(&out)));
        for (size_t i = 0; i < run.warning_count && i < WARNINGS_MAX; i++)
            printf("  %u:%u: " STR_FMT "\n", warning[i].pos.line, warning[i].pos.column,
                   STR_ARG(warning[i].sentence));
    }
    return 0;
}

int main(int argc, char **argv)
{
    /* All memory is of this arena, and goes with it. */
    struct arena arena;
    arena_init(&arena, MEMORY_BYTES);
    struct cx cx = {.arena = &arena, .lang = LANG_EN, .now_us = os_now_us()};
    const int status = evaluate(
        &cx, str_from(argc > 1 ? argv[1] : "if Age >= 18 then Price * 0.9 else Price / 0"));
    arena_done(&arena);
    return status;
}
