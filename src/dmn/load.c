/* The files of a model: the one that was given and what it imports; and what references name. */
#include "dmn/compile.h"

static const char *const vocabulary[] = {
    "http://www.omg.org/spec/DMN/20180521/MODEL/",  /* 1.2 */
    "https://www.omg.org/spec/DMN/20191111/MODEL/", /* 1.3 */
    "https://www.omg.org/spec/DMN/20211108/MODEL/", /* 1.4 */
    "https://www.omg.org/spec/DMN/20230324/MODEL/", /* 1.5 */
    "https://www.omg.org/spec/DMN/20240513/MODEL/", /* 1.6 */
};

static bool known_vocabulary(str ns)
{
    for (size_t i = 0; i < COUNTOF(vocabulary); i++)
        if (str_eq(ns, str_from(vocabulary[i]))) return true;
    return false;
}

/* The last part of a path or address. */
static str file_part(str path)
{
    for (size_t i = path.len; i > 0; i--)
        if (path.at[i - 1] == '/') return str_slice(path, i, path.len);
    return path;
}

static rc parse_unit(struct compiler *c, str file, str text, struct unit **out)
{
    struct cx *cx = c->cx;
    struct unit *u = NEW(c->arena, struct unit);
    *u = (struct unit){.file = file};
    rc r;
    if (text.len > DMN_BYTES_MAX)
        r = err_set(cx, RC_LIMIT, "dmn.size", "决策文件有 %zu 字节，最多 %d 字节",
                    "the decision file has %zu bytes, at most %d", text.len, DMN_BYTES_MAX);
    else
        r = xml_parse(cx, text, DMN_BYTES_MAX, &u->root);
    if (r == RC_OK &&
        (!str_eq(u->root->name, STR("definitions")) || !known_vocabulary(u->root->ns)))
        r = err_set_at(cx, RC_INVALID, "dmn.structure", u->root->pos,
                       "根元素应为 DMN 1.2 至 1.6 的 definitions，而不是“%.*s”（%.*s）",
                       "the root is \"%.*s\" of \"%.*s\", expected definitions of DMN 1.2 to 1.6",
                       STR_ARG(u->root->name), STR_ARG(u->root->ns));
    if (r != RC_OK) {
        err_source(cx, file);
        return r;
    }
    u->vocabulary = u->root->ns;
    u->namespace_uri = xml_attr(u->root, "namespace");
    u->name = xml_attr(u->root, "name");
    *out = u;
    return RC_OK;
}

/* NULL: the file is not there, or is no DMN file: then a fault of the import at x when it was meant. */
static struct unit *read_file(struct compiler *c, const struct unit *from, const struct xml *x,
                              str file, bool meant)
{
    struct unit *known = map_find(&c->read, file);
    str text;
    if (known) return known->root ? known : NULL;
    struct unit *u = NEW(c->arena, struct unit);
    rc r = c->options->files->read(c->options->files->owner, c->cx, file, &text);
    if (r == RC_OK) r = parse_unit(c, arena_dup(c->arena, file), text, &u);
    if (r != RC_OK && meant)
        compile_take_error(c, from, x);
    else if (r != RC_OK)
        err_clear(c->cx);
    map_put(&c->read, c->arena, arena_dup(c->arena, file), u);
    return u->root ? u : NULL;
}

static bool leaves_folder(str path)
{
    for (size_t i = 0; i < path.len; i++)
        if (path.at[i] == '/' || path.at[i] == '\\' || path.at[i] == ':') return true;
    return str_eq(path, STR("..")) || !path.len;
}

/* By location when there is one, else whichever file says it is that namespace. */
static struct unit *find_file(struct compiler *c, const struct unit *u, const struct xml *x)
{
    str location = xml_attr(x, "locationURI");
    const str ns = xml_attr(x, "namespace");
    const struct dmn_files *files = c->options->files;
    struct names names = {0};
    if (str_starts(location, STR("./"))) location = str_slice(location, 2, location.len);
    const bool address = str_index(location, STR("://")) != SIZE_MAX;
    if (location.len && !address && leaves_folder(location)) {
        compile_fault(c, u, x, "dmn.import", "引入的文件“%.*s”不在本文件夹内",
                      "the imported file \"%.*s\" is not in this folder", STR_ARG(location));
        return NULL;
    }
    if (location.len && !address) {
        struct unit *there = read_file(c, u, x, location, files->list == NULL);
        if (there || !files->list) return there;
    }
    if (files->list && files->list(files->owner, c->cx, &names) != RC_OK) {
        compile_take_error(c, u, x);
        return NULL;
    }
    for (size_t i = 0; i < names.len && i < 10 * DMN_IMPORTS_MAX; i++) {
        if (!str_ends(names.at[i], STR(".dmn"))) continue;
        struct unit *other = read_file(c, u, x, names.at[i], false);
        if (other && str_eq(other->namespace_uri, ns)) return other;
    }
    compile_fault(c, u, x, "dmn.import", "找不到命名空间为“%.*s”的文件",
                  "there is no file of the namespace \"%.*s\"", STR_ARG(ns));
    return NULL;
}

/* Do values that are given make a difference to what it decides?  Of what it imports that is not known
 * yet. */
static bool takes_inputs(const struct unit *u)
{
    for (const struct xml *x = u->root->child; x; x = x->next)
        if (xml_is(x, u->vocabulary, STR("inputData")) || xml_is(x, u->vocabulary, STR("import")))
            return true;
    return false;
}

/* The unit for a file that u imports: the file as it was read, or the same once more. */
static struct unit *unit_for(struct compiler *c, const struct unit *u, struct unit *file)
{
    bool used = false;
    for (size_t i = 0; i < c->unit.len; i++) {
        struct unit *other = c->unit.at[i];
        if (!str_eq(other->file, file->file)) continue;
        used = true;
        for (const struct unit *above = u; above; above = above->importer)
            if (above == other) return other; /* they import one another */
    }
    if (!used || !takes_inputs(file) || c->unit.len > DMN_IMPORTS_MAX / 2) return file;
    struct unit *again = NEW(c->arena, struct unit);
    *again = (struct unit){.file = file->file,
                           .vocabulary = file->vocabulary,
                           .root = file->root,
                           .namespace_uri = file->namespace_uri,
                           .name = file->name};
    return again;
}

static void add_import(struct compiler *c, struct unit *u, const struct xml *x)
{
    const str type = xml_attr(x, "importType");
    struct import *import = vec_add(c->arena, &u->import);
    *import = (struct import){.prefix = name_normal(c->arena, xml_attr(x, "name")),
                              .namespace_uri = xml_attr(x, "namespace")};
    if (type.len && str_index(type, STR("/DMN/")) == SIZE_MAX) return; /* XSD, PMML: not read */
    if (!c->options->files) {
        compile_fault(c, u, x, "dmn.import", "这里不能引入其他文件",
                      "files cannot be imported here");
        return;
    }
    struct unit *other = find_file(c, u, x);
    if (!other) return;
    import->unit = other = unit_for(c, u, other);
    for (size_t i = 0; i < c->unit.len; i++)
        if (c->unit.at[i] == other) return;
    if (c->unit.len > DMN_IMPORTS_MAX) {
        compile_fault(c, u, x, "dmn.import", "引入的文件超过 %d 个", "over %d files are imported",
                      DMN_IMPORTS_MAX);
        return;
    }
    other->importer = u;
    *vec_add(c->arena, &c->unit) = other;
}

/* ---- what a file sees ---- */

static bool comes_from(const struct unit *u, size_t at, const struct unit *other)
{
    while (u->reach.at[at].unit != other && at > 0)
        at = u->reach.at[at].from;
    return u->reach.at[at].unit == other;
}

static str joined(struct arena *a, str prefix, str name)
{
    if (!prefix.len || !name.len) return prefix.len ? prefix : name;
    return arena_printf(a, "%.*s.%.*s", STR_ARG(prefix), STR_ARG(name));
}

/* Every way there is to an imported file, those of one import first, then those of two … */
static void find_reach(struct compiler *c, struct unit *u)
{
    *vec_add(c->arena, &u->reach) = (struct reach){.unit = u};
    for (size_t i = 0; i < u->reach.len && u->reach.len < REACH_MAX; i++) {
        const struct reach from = u->reach.at[i];
        for (size_t k = 0; k < from.unit->import.len && u->reach.len < REACH_MAX; k++) {
            const struct import *import = &from.unit->import.at[k];
            if (!import->unit || comes_from(u, i, import->unit)) continue;
            *vec_add(c->arena, &u->reach) =
                (struct reach){import->unit, joined(c->arena, from.prefix, import->prefix), i};
        }
    }
}

str load_name(struct compiler *c, const struct unit *u, const struct unit *other, str name)
{
    for (size_t i = 0; i < u->reach.len; i++)
        if (u->reach.at[i].unit == other) return joined(c->arena, u->reach.at[i].prefix, name);
    return name;
}

static void finish_elements(struct compiler *c)
{
    struct dmn_model *m = c->model;
    const struct element **at = NEWS(c->arena, const struct element *, c->draft.len + 1);
    m->element = NEWS(c->arena, struct dmn_element, c->draft.len + 1);
    m->element_count = c->draft.len;
    m->at = at;
    for (size_t i = 0; i < c->draft.len; i++) {
        struct element *e = c->draft.at[i].element;
        m->element[i] = *e->is;
        m->element[i].index = (int)i;
        m->element[i].imported = i >= m->own_count;
        e->is = &m->element[i];
        at[i] = e;
    }
}

rc load_units(struct compiler *c, str name, str text)
{
    struct unit *u;
    rc r = parse_unit(c, name, text, &u);
    if (r != RC_OK) return r;
    map_put(&c->read, c->arena, name, u);
    *vec_add(c->arena, &c->unit) = u;
    c->model->name = u->name;
    c->model->namespace_uri = u->namespace_uri;
    for (size_t i = 0; i < c->unit.len; i++) {
        struct unit *each = c->unit.at[i];
        for (const struct xml *x = each->root->child; x; x = x->next)
            if (xml_is(x, each->vocabulary, STR("import"))) add_import(c, each, x);
        elements_read(c, each);
        if (i == 0) c->model->own_count = c->draft.len;
    }
    for (size_t i = 0; i < c->unit.len; i++)
        find_reach(c, c->unit.at[i]);
    const struct unit *own = c->unit.at[0];
    for (size_t i = 1; i < own->reach.len; i++)
        if (own->reach.at[i].prefix.len && !map_find(&c->model->prefixes, own->reach.at[i].prefix))
            map_put(&c->model->prefixes, c->arena, own->reach.at[i].prefix, own->reach.at[i].unit);
    finish_elements(c);
    return c->cx->err.code;
}

/* ---- references ---- */

static bool is_of(const struct unit *u, str where)
{
    return str_eq(where, u->namespace_uri) || str_eq(file_part(where), u->file);
}

static const struct unit *unit_of(struct compiler *c, const struct unit *u, str where)
{
    if (!where.len) return u;
    for (size_t i = 0; i < u->reach.len; i++)
        if (is_of(u->reach.at[i].unit, where)) return u->reach.at[i].unit;
    for (size_t i = 0; i < u->import.len; i++) /* a file that says it is another's namespace */
        if (str_eq(where, u->import.at[i].namespace_uri)) return u->import.at[i].unit;
    for (size_t i = 0; i < c->unit.len; i++)
        if (is_of(c->unit.at[i], where)) return c->unit.at[i];
    return NULL;
}

static str nearest_id(const struct unit *u, str id)
{
    str best = {0};
    size_t distance = id.len / 2 + 1;
    for (size_t i = 0; i < u->ids.cap; i++) {
        const struct map_slot *s = &u->ids.slot[i];
        if (!s->value || name_distance(s->key, id) >= distance) continue;
        distance = name_distance(s->key, id);
        best = s->key;
    }
    return best;
}

struct element *load_reference(struct compiler *c, const struct unit *u, const struct xml *x)
{
    const str href = xml_attr(x, "href");
    size_t hash = href.len;
    while (hash > 0 && href.at[hash - 1] != '#')
        hash--;
    const str id = str_slice(href, hash, href.len);
    const struct unit *there = unit_of(c, u, str_slice(href, 0, hash > 0 ? hash - 1 : 0));
    struct element *e = there ? map_find(&there->ids, id) : NULL;
    if (e) return e;
    compile_fault(c, u, x, "dmn.unknown-reference", "引用“%.*s”所指的元素不存在",
                  "\"%.*s\" refers to nothing that is there", STR_ARG(href));
    compile_hint(c, nearest_id(there ? there : u, id));
    return NULL;
}
