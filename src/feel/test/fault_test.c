/* DMN 1.5 10.3.4: what each builtin makes of arguments that do not fit.  A null that comes from a fault
 * has a warning, with kind, sentence in both languages and position, whichever builtin and argument. */
#include "feel/builtin/builtin.h"
#include "feel/test/test.h"

/* A value of every kind, none of them null or empty. */
static const char *const sample[] = {"true",
                                     "3",
                                     "-2.5",
                                     "\"b\"",
                                     "\"2020-01-01\"",
                                     "@\"2020-01-31\"",
                                     "@\"10:00:00Z\"",
                                     "@\"2020-01-31T10:00:00Z\"",
                                     "@\"P1Y\"",
                                     "@\"PT36H\"",
                                     "[1, 2]",
                                     "[\"b\", [3]]",
                                     "[{key: \"b\", value: 1}]",
                                     "{b: 1}",
                                     "[1..5]",
                                     "function(x, y) x < y",
                                     "function() 1"};

static const char *fitting(char letter)
{
    switch (letter) {
    case 'n': return "1";
    case 's': return "\"b\"";
    case 'l': return "[1, 2]";
    case 'c': return "{b: 1}";
    case 't': return "@\"10:00:00Z\"";
    case 'D': return "@\"PT1H\"";
    case 'f': return "function(x, y) x < y";
    case 'r': return "[1..5]";
    case 'd':
    case 'p':
    case 'T': return "@\"2020-01-31T10:00:00Z\"";
    default: return "3";
    }
}

static enum feel_kind kind_of(struct fixture *f, const char *source)
{
    const struct feel_expr *e;
    struct feel_scope *s = feel_scope_new(&f->arena);
    struct feel_value v;
    struct feel_run run = {.cx = &f->cx};
    assert_int_equal(feel_compile(&f->cx, s, str_from(source), (struct pos){0}, &e), RC_OK);
    assert_int_equal(feel_eval(&run, e, &v), RC_OK);
    return (enum feel_kind)v.kind;
}

/* "name(parameter: value, …)" with the samples at two places. */
static str call_text(struct fixture *f, const struct builtin *b, const int place[2],
                     const char *const value[2])
{
    struct buf out = {.arena = &f->arena};
    str rest = str_from(b->params);
    buf_printf(&out, "%s(", b->name);
    for (int i = 0; rest.len > 0; i++) {
        const str name = str_cut(rest, ',', &rest);
        const char *text = fitting(builtin_type(b, (size_t)i));
        for (int k = 0; k < 2; k++)
            if (place[k] == i) text = value[k];
        buf_printf(&out, "%s" STR_FMT ": %s", i > 0 ? ", " : "", STR_ARG(name), text);
    }
    buf_char(&out, ')');
    return buf_str(&out);
}

static bool has_sentence(const struct feel_warning *w)
{
    return w->slug != NULL && str_starts(str_from(w->slug), STR("feel.")) && w->sentence.len > 0 &&
           utf8_valid(w->sentence) && w->pos.line == 1 && w->pos.column >= 1;
}

/* Evaluates; true when null comes without a warning, or a warning lacks something. */
static bool silent(struct fixture *f, str source, enum lang lang, bool *null)
{
    struct feel_warning warning[8];
    const struct feel_expr *e;
    struct feel_value v;
    struct feel_scope *s = feel_scope_new(&f->arena);
    feel_scope_set_lenient(s);
    f->cx.lang = lang;
    struct feel_run run = {.cx = &f->cx, .warning = warning, .warning_max = COUNTOF(warning)};
    assert_int_equal(feel_compile(&f->cx, s, source, (struct pos){0}, &e), RC_OK);
    assert_int_equal(feel_eval(&run, e, &v), RC_OK);
    *null = v.kind == FEEL_NULL;
    for (size_t i = 0; i < run.warning_count; i++)
        if (!has_sentence(&warning[i])) return true;
    return *null && run.warning_count == 0;
}

/* Absent is no fault: the answer is null. */
static bool may_be_silent(const struct builtin *b)
{
    return str_eq(str_from(b->name), STR("get value"));
}

static size_t try_call(struct fixture *f, const struct builtin *b, const int place[2],
                       const char *const value[2])
{
    const str source = call_text(f, b, place, value);
    bool null;
    size_t faults = 0;
    for (int lang = 0; lang < 2; lang++) {
        if (!silent(f, source, lang == 0 ? LANG_ZH : LANG_EN, &null) || may_be_silent(b)) continue;
        print_error(STR_FMT " is null and nobody says why\n", STR_ARG(source));
        faults++;
    }
    return faults;
}

static void nulls_have_warnings(void **state)
{
    (void)state;
    size_t faults = 0;
    for (const struct builtin *b = builtin_table; b < builtin_table + builtin_count; b++) {
        const int count = builtin_max(b) < 0 ? (int)(b->types[1] == '*' ? 1 : 2) : builtin_max(b);
        for (int i = 0; i < count; i++)
            for (int k = i; k < count; k++) {
                struct fixture f;
                fixture_init(&f, TABLE_BYTES);
                for (size_t x = 0; x < COUNTOF(sample); x++)
                    for (size_t y = 0; y < (i == k ? 1 : COUNTOF(sample)); y++) {
                        const int place[] = {i, k};
                        const char *const value[] = {sample[x], i == k ? sample[x] : sample[y]};
                        faults += try_call(&f, b, place, value);
                        arena_reset(&f.arena);
                    }
                fixture_done(&f);
            }
    }
    assert_int_equal(faults, 0);
}

/* A parameter of a known type takes nothing else: null, whatever the others are. */
static void wrong_types_are_null(void **state)
{
    (void)state;
    size_t faults = 0;
    for (const struct builtin *b = builtin_table; b < builtin_table + builtin_count; b++) {
        for (int i = 0; i < builtin_max(b); i++) {
            const char letter = builtin_type(b, (size_t)i);
            for (size_t x = 0; x < COUNTOF(sample) && letter != 'a' && letter != 'l'; x++) {
                struct fixture f;
                fixture_init(&f, TABLE_BYTES);
                const enum feel_kind kind = kind_of(&f, sample[x]);
                const int place[] = {i, i};
                const char *const value[] = {sample[x], sample[x]};
                const str source = call_text(&f, b, place, value);
                bool null, silence = silent(&f, source, LANG_EN, &null);
                if (!builtin_accepts(letter, feel_type_of_kind(kind)) && (!null || silence)) {
                    print_error(STR_FMT " is taken\n", STR_ARG(source));
                    faults++;
                }
                fixture_done(&f);
            }
        }
    }
    assert_int_equal(faults, 0);
}

/* Null for a parameter is null without a warning: the fault was where the null came from. */
static void nulls_pass_quietly(void **state)
{
    (void)state;
    for (const struct builtin *b = builtin_table; b < builtin_table + builtin_count; b++) {
        for (int i = 0; i < builtin_min(b); i++) {
            struct fixture f;
            const int place[] = {i, i};
            const char *const value[] = {"null", "null"};
            struct feel_warning warning[2];
            const struct feel_expr *e;
            struct feel_value v;
            if (builtin_type(b, (size_t)i) == 'a') continue;
            fixture_init(&f, TABLE_BYTES);
            struct feel_run run = {.cx = &f.cx, .warning = warning, .warning_max = 2};
            assert_int_equal(feel_compile(&f.cx, feel_scope_new(&f.arena),
                                          call_text(&f, b, place, value), (struct pos){0}, &e),
                             RC_OK);
            assert_int_equal(feel_eval(&run, e, &v), RC_OK);
            assert_int_equal(v.kind, FEEL_NULL);
            assert_int_equal(run.warning_count, 0);
            fixture_done(&f);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nulls_have_warnings),
        cmocka_unit_test(wrong_types_are_null),
        cmocka_unit_test(nulls_pass_quietly),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
