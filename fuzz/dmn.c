/* DMN from strangers: any bytes are read as a model, in both ways; every decision it has is evaluated with
 * small budgets and with inputs of several kinds, and its tables are checked. */
#include "dmn/dmn.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { INPUTS_MAX = 32, ELEMENTS_MAX = 64 };

static struct feel_value value_for(size_t i)
{
    switch (i % 4) {
    case 0: return feel_fixed(185, 1);
    case 1: return feel_string(STR("High"));
    case 2: return feel_date(19000);
    default: return feel_boolean(true);
    }
}

static void decide_all(struct cx *cx, const struct dmn_model *m)
{
    struct dmn_input input[INPUTS_MAX];
    struct feel_value out;
    size_t count, given = 0;
    const struct dmn_element *e = dmn_elements(m, &count);
    for (size_t i = 0; i < count && given < INPUTS_MAX; i++)
        if (e[i].kind == DMN_INPUT) {
            input[given] = (struct dmn_input){.name = e[i].name, .value = value_for(given)};
            given++;
        }
    for (size_t i = 0; i < count && i < ELEMENTS_MAX; i++) {
        struct dmn_explain explain = {0};
        struct dmn_run run = {.cx = cx, .steps_left = 20000, .explain = &explain};
        cx->err = (struct err){0};
        if (e[i].kind == DMN_INPUT || dmn_decide(&run, m, &e[i], input, given, &out) != RC_OK)
            continue;
        struct buf shown = {.arena = cx->arena, .bytes_max = 1 << 16};
        feel_value_write(&shown, &out);
    }
}

static void run(struct arena *a, str text, bool lenient)
{
    struct cx cx = {.arena = a, .lang = lenient ? LANG_EN : LANG_ZH, .now_us = 1655343012000000};
    const struct dmn_options options = {.lenient = lenient};
    const struct dmn_model *m;
    struct dmn_findings findings = {0};
    if (dmn_compile(&cx, STR("fuzz.dmn"), text, &options, &m) != RC_OK) {
        CHECK(utf8_valid(cx.err.detail));
        return;
    }
    decide_all(&cx, m);
    cx.err = (struct err){0};
    const rc r = dmn_check(&cx, m, &findings);
    CHECK(r == RC_OK || cx.err.code == r);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena a;
    if (size > 1 << 16) return 0;
    arena_init(&a, 16 << 20);
    for (int lenient = 0; lenient < 2; lenient++) {
        run(&a, (str){(const char *)data, size}, lenient != 0);
        arena_reset(&a);
    }
    arena_done(&a);
    return 0;
}
