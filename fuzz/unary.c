/* Unary tests from strangers: the first byte says what is tested, the rest is the test. */
#include "feel/value.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A subject of every kind that tables have. */
static struct feel_value subject_of(struct arena *a, uint8_t which)
{
    static const char *const texts[] = {"2024-02-29", "10:00:00@Europe/Paris",
                                        "2024-02-29T10:00:00Z", "P1Y2M", "-P1DT2H"};
    const struct feel_value two[] = {feel_int(3), feel_string(STR("a"))};
    const struct feel_entry entry[] = {{STR("age"), feel_fixed(185, 1)}};
    struct feel_value v = feel_null();
    switch (which % 10) {
    case 0: return v;
    case 1: return feel_boolean(true);
    case 2: return feel_fixed(12345, 2);
    case 3: return feel_string(STR("High"));
    case 4: return feel_list_of(a, two, COUNTOF(two));
    case 5: return feel_context_of(a, entry, COUNTOF(entry));
    default: break;
    }
    (void)feel_temporal_parse(str_from(texts[which % COUNTOF(texts)]), &v);
    return v;
}

static void run(struct arena *a, str text, const struct feel_value *subject, bool lenient)
{
    struct cx cx = {.arena = a, .lang = LANG_EN, .now_us = 1655343012000000};
    struct feel_warning warning[4];
    const struct feel_expr *e;
    struct feel_value v;
    struct feel_scope *s = feel_scope_new(a);
    const int slot = feel_scope_add(s, STR("in put"), feel_type_of_value(a, subject));
    if (lenient) feel_scope_set_lenient(s);
    if (feel_compile_tests(&cx, s, slot, text, (struct pos){.line = 3, .column = 7}, &e) != RC_OK) {
        CHECK(cx.err.pos.line >= 3 && utf8_valid(cx.err.detail));
        return;
    }
    struct feel_run r = {
        .cx = &cx, .slot = subject, .warning = warning, .warning_max = 4, .steps_left = 20000};
    if (feel_eval(&r, e, &v) != RC_OK) return;
    CHECK(v.kind == FEEL_BOOLEAN || v.kind == FEEL_NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena a;
    if (size < 1 || size > 4096) return 0;
    arena_init(&a, 8 << 20);
    for (int lenient = 0; lenient < 2; lenient++) {
        const struct feel_value subject = subject_of(&a, data[0]);
        run(&a, (str){(const char *)data + 1, size - 1}, &subject, lenient != 0);
        arena_reset(&a);
    }
    arena_done(&a);
    return 0;
}
