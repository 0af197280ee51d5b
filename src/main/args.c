/* Reads a command line by the table of verbs. */
#include "main/args.h"

#include <stdlib.h>
#include <string.h>

void print(FILE *to, str text)
{
    fwrite(text.at, 1, text.len, to);
}

int fail(struct cx *cx)
{
    struct buf out = {.arena = cx->arena};
    for (size_t i = 0; cx->findings && i < cx->findings->count; i++) {
        err_print(&out, &cx->findings->item[i]);
        buf_char(&out, '\n');
    }
    if (cx->findings && cx->findings->more) buf_printf(&out, "… +%zu\n", cx->findings->more);
    if (!cx->findings || !cx->findings->count) {
        buf_add(&out, STR("bihuan: "));
        err_print(&out, &cx->err);
        buf_char(&out, '\n');
    }
    print(stderr, buf_str(&out));
    return EXIT_USAGE;
}

static int option_index(const struct verb *v, str name)
{
    for (int i = 0; i < (int)COUNTOF(v->option) && v->option[i].name; i++)
        if (str_eq(name, str_from(v->option[i].name))) return i;
    return -1;
}

bool arg_given(const struct args *a, const char *name)
{
    int i = option_index(a->verb, str_from(name));
    CHECK(i >= 0);
    return a->option[i].at != NULL;
}

str arg(const struct args *a, const char *name)
{
    return arg_given(a, name) ? a->option[option_index(a->verb, str_from(name))] : (str){0};
}

bool arg_needed(const struct args *a, const char *name, str *out)
{
    *out = arg(a, name);
    if (out->len) return true;
    fprintf(stderr, "bihuan %s: --%s is missing; see bihuan %s --help\n", a->verb->name, name,
            a->verb->name);
    return false;
}

bool arg_number(const struct args *a, const char *name, int64_t least, int64_t most,
                int64_t fallback, int64_t *out)
{
    *out = fallback;
    if (!arg_given(a, name)) return true;
    if (str_i64(arg(a, name), out) && *out >= least && *out <= most) return true;
    fprintf(stderr, "bihuan %s: --%s takes a number from %" PRId64 " to %" PRId64 "\n",
            a->verb->name, name, least, most);
    return false;
}

static void verb_help(const struct verb *v)
{
    printf("bihuan %s%s%s\n    %s\n", v->name, v->positional ? " " : "",
           v->positional ? v->positional : "", v->says);
    for (int i = 0; i < (int)COUNTOF(v->option) && v->option[i].name; i++) {
        char head[64];
        snprintf(head, sizeof head, "--%s%s%s", v->option[i].name, v->option[i].value ? " " : "",
                 v->option[i].value ? v->option[i].value : "");
        printf("    %-22s %s\n", head, v->option[i].says);
    }
}

static void all_help(const struct verb *verbs, size_t count)
{
    puts(
        "bihuan 闭环: goals, indicators, work and records of a city in one loop.\n\n"
        "Commands (bihuan COMMAND --help for each):");
    for (size_t i = 0; i < count; i++)
        printf("  %-16s %s\n", verbs[i].name, verbs[i].says);
}

/* Words of the command line that name the verb: one or two. */
static const struct verb *verb_of(const struct verb *verbs, size_t count, int argc, char **argv,
                                  int *words)
{
    for (size_t i = 0; i < count; i++) {
        const char *space = strchr(verbs[i].name, ' ');
        *words = space ? 2 : 1;
        size_t first = space ? (size_t)(space - verbs[i].name) : strlen(verbs[i].name);
        if (argc < 2 || strlen(argv[1]) != first || strncmp(argv[1], verbs[i].name, first))
            continue;
        if (!space || (argc > 2 && !strcmp(argv[2], space + 1))) return &verbs[i];
    }
    return NULL;
}

/* One word from the line; false after saying what is wrong. */
static bool take(struct args *a, int argc, char **argv, int *i)
{
    const struct verb *v = a->verb;
    str word = str_from(argv[*i]);
    if (!str_starts(word, STR("--"))) {
        if (a->count < ARGS_MAX && a->count < v->most) {
            a->positional[a->count++] = word;
            return true;
        }
        fprintf(stderr, "bihuan %s: \"%s\" is one argument too many\n", v->name, argv[*i]);
        return false;
    }
    str value, name = str_cut(str_slice(word, 2, word.len), '=', &value);
    int k = option_index(v, name);
    if (k < 0) {
        fprintf(stderr, "bihuan %s: there is no option \"%s\"; see bihuan %s --help\n", v->name,
                argv[*i], v->name);
        return false;
    }
    if (!v->option[k].value) {
        a->option[k] = STR("1");
        return true;
    }
    if (!value.len && *i + 1 < argc) value = str_from(argv[++*i]);
    if (!value.len) {
        fprintf(stderr, "bihuan %s: --%s takes %s\n", v->name, v->option[k].name,
                v->option[k].value);
        return false;
    }
    if (a->option[k].at && str_ends(str_from(v->option[k].value), STR("…")))
        value =
            arena_printf(a->cx->arena, STR_FMT "," STR_FMT, STR_ARG(a->option[k]), STR_ARG(value));
    a->option[k] = value;
    return true;
}

static int run(struct args *a, int argc, char **argv, int words)
{
    for (int i = 1 + words; i < argc; i++) {
        if (!strcmp(argv[i], "--help") || !strcmp(argv[i], "-h")) {
            verb_help(a->verb);
            return EXIT_OK;
        }
        if (!take(a, argc, argv, &i)) return EXIT_USAGE;
    }
    if (a->count >= a->verb->least) return a->verb->run(a);
    fprintf(stderr, "bihuan %s: expected %s\n", a->verb->name, a->verb->positional);
    return EXIT_USAGE;
}

int args_run(const struct verb *verbs, size_t count, int argc, char **argv)
{
    int words = 0;
    if (argc < 2 || !strcmp(argv[1], "--help") || !strcmp(argv[1], "-h") ||
        !strcmp(argv[1], "help")) {
        all_help(verbs, count);
        return argc < 2 ? EXIT_USAGE : EXIT_OK;
    }
    const struct verb *v = verb_of(verbs, count, argc, argv, &words);
    if (!v) {
        fprintf(stderr, "bihuan: there is no command \"%s\"; bihuan --help lists them\n", argv[1]);
        return EXIT_USAGE;
    }
    enum { COMMAND_BYTES = 512 << 20 };
    struct arena arena;
    arena_init(&arena, COMMAND_BYTES);
    struct cx cx = {.arena = &arena, .lang = LANG_EN};
    const char *lang = getenv("LANG");
    if (lang && !strncmp(lang, "zh", 2)) cx.lang = LANG_ZH;
    cx.findings = NULL;
    struct args a = {.cx = &cx, .verb = v};
    int status = run(&a, argc, argv, words);
    arena_done(&arena);
    return status;
}
