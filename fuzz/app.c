/* Declarations from strangers: any bytes are read as YAML; what is YAML is loaded as an application
 * beside a small core, and each finding has a place. */
#include <stdlib.h>
#include <unistd.h>

#include "app/catalogue.h"
#include "app/decl.h"
#include "base/file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { ARENA_BYTES = 32 << 20, YAML_MAX = 1 << 14, NODES_MAX = 20000 };

static const str core = STR_INIT(
    "app: core\n"
    "codes:\n"
    "  level: {city: 市, town: 镇街}\n"
    "types:\n"
    "  org:\n"
    "    key: [code]\n"
    "    fields: {code: text, level: {code: level},"
    " parent: {ref: org}}\n");

/* Places are in the file, and texts are text. */
static void check_tree(const struct decl *d, size_t *left)
{
    for (; d != NULL && *left > 0; d = d->next) {
        --*left;
        CHECK(d->pos.line > 0 && utf8_valid(d->key));
        if (d->kind == DECL_TEXT)
            CHECK(utf8_valid(d->text));
        else
            check_tree(d->child, left); /* DECL_DEPTH_MAX */
    }
}

static str path(struct arena *a, str folder, const char *file)
{
    return arena_printf(a, STR_FMT "/%s", STR_ARG(folder), file);
}

static void load(struct cx *cx, str folder, str text)
{
    struct arena *a = cx->arena;
    const struct catalogue *c = NULL;
    CHECK(file_make_folder(cx, path(a, folder, "core")) == RC_OK);
    CHECK(file_make_folder(cx, path(a, folder, "a")) == RC_OK);
    CHECK(file_write(cx, path(a, folder, "core/app.yaml"), core) == RC_OK);
    CHECK(file_write(cx, path(a, folder, "a/app.yaml"), text) == RC_OK);
    const rc r = catalogue_load(cx, &folder, 1, NULL, &c);
    CHECK(r == RC_OK || cx->err.code == r);
    for (size_t i = 0; r != RC_OK && i < cx->findings->count; i++)
        CHECK(utf8_valid(cx->findings->item[i].detail));
    if (r == RC_OK) catalogue_free(c);
}

static void remove_all(struct arena *a, str folder)
{
    static const char *const files[] = {"core/app.yaml", "a/app.yaml"};
    static const char *const folders[] = {"core", "a"};
    for (size_t i = 0; i < COUNTOF(files); i++)
        (void)unlink(arena_cstr(a, path(a, folder, files[i])));
    for (size_t i = 0; i < COUNTOF(folders); i++)
        (void)rmdir(arena_cstr(a, path(a, folder, folders[i])));
    (void)rmdir(arena_cstr(a, folder));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena a;
    const struct decl *d;
    const str text = {(const char *)data, size};
    if (size > YAML_MAX) return 0;
    arena_init(&a, ARENA_BYTES);
    struct cx cx = {.arena = &a, .lang = size % 2 ? LANG_EN : LANG_ZH};
    if (decl_parse(&cx, text, STR("fuzz.yaml"), &d) == RC_OK) {
        char folder[] = "/tmp/bihuan-fuzz-XXXXXX";
        size_t left = NODES_MAX;
        check_tree(d, &left);
        cx.findings = NEW(&a, struct findings);
        CHECK(mkdtemp(folder) != NULL);
        load(&cx, str_from(folder), text);
        remove_all(&a, str_from(folder));
    } else {
        CHECK(cx.err.pos.line > 0 || cx.err.code == RC_LIMIT);
        CHECK(utf8_valid(cx.err.detail));
    }
    arena_done(&a);
    return 0;
}
