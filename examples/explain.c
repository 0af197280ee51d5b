/* A decision of a DMN file with its explanation: which rules matched, on which inputs, and what went
 * wrong where.
 *
 *     example-explain discount.dmn
 *
 * cc explain.c $(pkg-config --cflags --libs bihuan_dmn) -o example-explain */
#include <bihuan/dmn.h>
#include <stdio.h>

enum { MEMORY_BYTES = 16 << 20, FILE_BYTES = 1 << 20 };

static int failed(const struct cx *cx)
{
    struct buf text = {.arena = cx->arena};
    err_print(&text, &cx->err);
    fprintf(stderr, STR_FMT "\n", STR_ARG(buf_str(&text)));
    return 1;
}

static str value_text(struct arena *a, const struct feel_value *value)
{
    struct buf out = {.arena = a};
    feel_value_write(&out, value);
    return buf_str(&out);
}

static bool file_text(struct arena *a, const char *path, str *out)
{
    FILE *f = fopen(path, "rb");
    char *at = NEWS(a, char, FILE_BYTES);
    if (!f) return false;
    *out = (str){at, fread(at, 1, FILE_BYTES, f)};
    return fclose(f) == 0;
}

static void explain(struct arena *a, const struct dmn_explain *why)
{
    for (size_t i = 0; i < why->matches.len; i++) {
        const struct dmn_match *m = &why->matches.at[i];
        printf("  " STR_FMT ", rule %d:", STR_ARG(m->element->name), m->rule);
        for (size_t k = 0; k < m->input_count; k++)
            printf(" " STR_FMT, STR_ARG(value_text(a, &m->input[k])));
        for (size_t k = 0; k < m->annotation_count; k++)
            printf(" (" STR_FMT ")", STR_ARG(m->annotation[k]));
        putchar('\n');
    }
    for (size_t i = 0; i < why->warnings.len; i++)
        printf("  warning %s\n", why->warnings.at[i].slug);
}

static int decide(struct cx *cx, const char *path)
{
    const struct dmn_options options = {0}; /* no imports; faults of expressions are errors */
    const struct dmn_model *model;
    str text;
    if (!file_text(cx->arena, path, &text)) {
        fprintf(stderr, "cannot read %s\n", path);
        return 2;
    }
    if (dmn_compile(cx, str_from(path), text, &options, &model) != RC_OK) return failed(cx);
    const struct dmn_element *decision = dmn_find(model, STR("To Pay"));
    if (!decision) return 2;

    const struct dmn_input orders[][3] = {
        {{.name = STR("Customer"), .value = feel_string(STR("Business"))},
         {.name = STR("Order Size"), .value = feel_int(12)},
         {.name = STR("Price"), .value = feel_fixed(995, 2)}},
        {{.name = STR("Customer"), .value = feel_string(STR("Government"))},
         {.name = STR("Order Size"), .value = feel_int(1)},
         {.name = STR("Price"), .value = feel_fixed(995, 2)}},
    };
    for (size_t i = 0; i < COUNTOF(orders); i++) {
        struct dmn_explain why = {0};
        struct dmn_run run = {.cx = cx, .explain = &why};
        struct feel_value value;
        if (dmn_decide(&run, model, decision, orders[i], COUNTOF(orders[i]), &value) != RC_OK)
            return failed(cx);
        printf("To Pay: " STR_FMT "\n", STR_ARG(value_text(cx->arena, &value)));
        explain(cx->arena, &why);
    }
    return 0;
}

int main(int argc, char **argv)
{
    struct arena arena;
    arena_init(&arena, MEMORY_BYTES);
    struct cx cx = {.arena = &arena, .lang = LANG_EN, .now_us = os_now_us()};
    const int status = decide(&cx, argc > 1 ? argv[1] : "discount.dmn");
    arena_done(&arena);
    return status;
}
