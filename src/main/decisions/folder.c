/* A model as a file in a folder, from which its imports come too. */
#include "main/decisions/folder.h"

struct folder {
    str path;
};

str path_join(struct arena *a, str folder, str name)
{
    const char *between = str_ends(folder, STR("/")) ? "" : "/";
    return arena_printf(a, STR_FMT "%s" STR_FMT, STR_ARG(folder), between, STR_ARG(name));
}

static rc read_beside(void *owner, struct cx *cx, str name, str *text)
{
    const struct folder *f = owner;
    return file_read(cx, path_join(cx->arena, f->path, name), MODEL_BYTES_MAX, text);
}

static rc list_beside(void *owner, struct cx *cx, struct names *out)
{
    const struct folder *f = owner;
    struct names all = {0};
    rc r = file_list(cx, f->path, &all);
    for (size_t i = 0; i < all.len && r == RC_OK; i++)
        if (str_ends(all.at[i], STR(".dmn"))) *vec_add(cx->arena, out) = all.at[i];
    return r;
}

/* Where a fault is, as the person who named the file can find it. */
static void full_source(struct err *e, str name, str path)
{
    if (!e->source.len || str_eq(e->source, name)) e->source = path;
}

rc model_compile(struct cx *cx, str folder, str name, bool lenient, const struct dmn_model **out)
{
    struct folder f = {folder};
    const struct dmn_files files = {.owner = &f, .read = read_beside, .list = list_beside};
    const struct dmn_options o = {.files = &files, .lenient = lenient};
    const str path = path_join(cx->arena, folder, name);
    str text;
    rc r = file_read(cx, path, MODEL_BYTES_MAX, &text);
    if (r == RC_OK) r = dmn_compile(cx, name, text, &o, out);
    if (r == RC_OK) return r;
    full_source(&cx->err, name, path);
    for (size_t i = 0; cx->findings && i < cx->findings->count; i++)
        full_source(&cx->findings->item[i], name, path);
    return r;
}
