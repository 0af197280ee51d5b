/* FEEL from strangers: any bytes are compiled, as expression and as unary tests, in both ways, and
 * evaluated with small budgets; what comes out is written and read back. */
#include "base/json.h"
#include "feel/value.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Small enough that no input takes a second with sanitizers. */
enum { STEPS = 4000, ARENA_BYTES = 2 << 20, SHOWN_BYTES = 1 << 15 };

static rc host(struct feel_call *call, struct feel_value *out)
{
    const rc r = feel_call_eval(call, 0, out);
    return r != RC_OK ? r : feel_call_eval(call, 0, out);
}

static struct feel_scope *scope(struct arena *a, bool lenient, struct feel_value *slot)
{
    static const str x[] = {STR_INIT("x")};
    const struct feel_host_function twice = {.name = STR_INIT("twice x"),
                                             .params = x,
                                             .param_count = 1,
                                             .optional = true,
                                             .bare = true,
                                             .result = feel_type_of_kind(FEEL_ANY),
                                             .call = host};
    struct feel_scope *s = feel_scope_new(a);
    const struct feel_entry entry[] = {{STR("a"), feel_fixed(125, 1)},
                                       {STR("b c"), feel_string(STR("text"))}};
    slot[0] = feel_int(7);
    slot[1] = feel_context_of(a, entry, COUNTOF(entry));
    slot[2] = feel_list_of(a, slot, 2);
    slot[3] = feel_date(19000);
    feel_scope_add(s, STR("n"), feel_type_of_kind(FEEL_NUMBER));
    feel_scope_add(s, STR("a b"), feel_type_of_value(a, &slot[1]));
    feel_scope_add(s, STR("list"), feel_type_of_kind(FEEL_ANY));
    feel_scope_add(s, STR("d-e"), feel_type_of_kind(FEEL_DATE));
    feel_scope_add_function(s, &twice);
    if (lenient) feel_scope_set_lenient(s);
    return s;
}

static void run(struct arena *a, str text, bool lenient, bool tests)
{
    struct cx cx = {.arena = a, .lang = lenient ? LANG_EN : LANG_ZH, .now_us = 1655343012000000};
    struct feel_value slot[4], v;
    struct feel_warning warning[4];
    const struct feel_expr *e;
    struct feel_scope *s = scope(a, lenient, slot);
    struct feel_run r = {
        .cx = &cx, .slot = slot, .warning = warning, .warning_max = 4, .steps_left = STEPS};
    const rc compiled = tests ? feel_compile_tests(&cx, s, 0, text, (struct pos){0}, &e)
                              : feel_compile(&cx, s, text, (struct pos){0}, &e);
    if (compiled != RC_OK) {
        CHECK(cx.err.pos.line > 0 && utf8_valid(cx.err.detail));
        return;
    }
    if (feel_eval(&r, e, &v) != RC_OK) return;
    struct buf out = {.arena = a, .bytes_max = SHOWN_BYTES},
               shown = {.arena = a, .bytes_max = SHOWN_BYTES};
    feel_value_write(&out, &v);
    feel_value_text(&shown, &v);
    if (out.over) return; /* parts shared many times over: long walks, cut off at a million steps */
    const struct json *j;
    if (json_parse(&cx, buf_str(&out), &j) != RC_OK)
        CHECK(cx.err.code == RC_LIMIT || str_eq(str_from(cx.err.slug), STR("json.depth")) ||
              str_eq(str_from(cx.err.slug), STR("json.duplicate-key")));
    const struct feel_type *type = feel_type_of_value(a, &v);
    CHECK(feel_type_fits(type, type));
    (void)feel_equal(&v, &v);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena a;
    if (size > 4096) return 0;
    arena_init(&a, ARENA_BYTES);
    for (int way = 0; way < 4; way++) {
        run(&a, (str){(const char *)data, size}, way & 1, way & 2);
        arena_reset(&a);
    }
    arena_done(&a);
    return 0;
}
