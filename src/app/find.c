/* Finds the apps in the folders given, reads their files, and orders them by what they need. */
#include "app/load.h"
#include "base/file.h"

enum { PARTS_MAX = 200, FILES_MAX = 200 };

static str joined(struct loader *l, str folder, str name)
{
    const bool slash = str_ends(folder, STR("/"));
    return arena_printf(l->cx->arena, STR_FMT "%s" STR_FMT, STR_ARG(folder), slash ? "" : "/",
                        STR_ARG(name));
}

static bool is_app(struct loader *l, str folder)
{
    return file_exists(l->cx, joined(l, folder, STR("app.yaml")));
}

static const struct decl *file_load(struct loader *l, str path)
{
    str text;
    const struct decl *d = NULL;
    rc r = file_read(l->cx, path, DECL_BYTES_MAX, &text);
    if (r == RC_OK) {
        sm3_add(l->hash, text);
        r = decl_parse(l->cx, text, path, &d);
    }
    if (r == RC_OK && d->kind == DECL_MAP) return d;
    if (r == RC_OK) {
        fault(l, d, "app.map", "声明应当是 “键: 值” 的形式",
              "a declaration is a map of key: value");
        mend(l, "从 app: 名称 写起", "begin with app: name");
    } else {
        if (!l->cx->err.pos.line) l->cx->err.pos = (struct pos){.line = 1, .column = 1};
        fault_collect(l, path);
    }
    return NULL;
}

/* The keys of a file: app.yaml has the head too. */
static void sections_check(struct loader *l, const struct decl *d, bool head)
{
    (void)read_keys(
        l, d,
        head ? "app title needs knows codes types measures indicators watches roles pages"
             : "codes types measures indicators watches roles pages");
}

static bool head_load(struct loader *l, struct part *p, const struct decl *d)
{
    const struct decl *name = decl_find(d, STR("app"));
    if (!name || name->kind != DECL_TEXT) {
        fault(l, name ? name : d, "app.name", "app.yaml 没有写应用的名称",
              "app.yaml does not name its app");
        mend(l, "第一行写 app: 名称", "begin with app: name");
        return false;
    }
    struct decl at = *name;
    at.key = (str){0};
    if (!name_ok(l, &at, name->text)) return false;
    p->name = name->text;
    p->title = read_title(l, d, STR("title"), p->name);
    p->needs = decl_find(d, STR("needs"));
    p->knows = decl_find(d, STR("knows"));
    p->head = d;
    for (size_t i = 0; i < l->part.len; i++) {
        const struct part *other = &l->part.at[i];
        if (!str_eq(other->name, p->name)) continue;
        fault(l, name, "app.twice", "应用 " STR_FMT " 已在 " STR_FMT " 里",
              "app " STR_FMT " is already in " STR_FMT, STR_ARG(p->name), STR_ARG(other->folder));
        mend(l, "只留一个，或改名", "keep one, or rename it");
        return false;
    }
    return true;
}

static void app_load(struct loader *l, str folder)
{
    struct names names = {0};
    struct part p = {.folder = folder};
    if (l->part.len == PARTS_MAX || file_list(l->cx, folder, &names) != RC_OK) {
        if (l->cx->err.code != RC_OK) fault_collect(l, folder);
        return;
    }
    p.file = NEWS(l->cx->arena, const struct decl *, names.len + 1);
    const struct decl *head = file_load(l, joined(l, folder, STR("app.yaml")));
    if (!head || !head_load(l, &p, head)) return;
    sections_check(l, head, true);
    p.file[p.file_count++] = head;
    for (size_t i = 0; i < names.len && p.file_count < FILES_MAX; i++) {
        const bool yaml = str_ends(names.at[i], STR(".yaml")) && !str_starts(names.at[i], STR("."));
        if (!yaml || str_eq(names.at[i], STR("app.yaml"))) continue;
        const struct decl *d = file_load(l, joined(l, folder, names.at[i]));
        if (!d) continue;
        sections_check(l, d, false);
        p.file[p.file_count++] = d;
    }
    *vec_add(l->cx->arena, &l->part) = p;
}

static bool loaded(const struct loader *l, str name)
{
    for (size_t i = 0; i < l->part.len; i++)
        if (str_eq(l->part.at[i].name, name)) return true;
    return false;
}

static str parent_of(str folder)
{
    size_t end = folder.len;
    while (end > 1 && folder.at[end - 1] == '/')
        end--;
    while (end > 0 && folder.at[end - 1] != '/')
        end--;
    return end ? str_slice(folder, 0, end) : STR("./");
}

/* What an app needs and was not given is looked for beside it, so that one app can be checked alone. */
static void needed_load(struct loader *l, size_t part)
{
    const struct decl *needs = l->part.at[part].needs;
    for (const struct decl *d = first_of(needs); d; d = next_of(needs, d)) {
        if (d->kind != DECL_TEXT || loaded(l, d->text) || str_index(d->text, STR("/")) != SIZE_MAX)
            continue;
        const str folder = joined(l, parent_of(l->part.at[part].folder), d->text);
        if (is_app(l, folder)) app_load(l, folder);
    }
}

void parts_find(struct loader *l, const str *folder, size_t folder_count)
{
    for (size_t i = 0; i < folder_count; i++) {
        const str f = arena_dup(l->cx->arena, folder[i]);
        struct names names = {0};
        if (is_app(l, f)) {
            app_load(l, f);
            continue;
        }
        if (file_list(l->cx, f, &names) != RC_OK) {
            err_clear(l->cx);
            continue;
        }
        for (size_t k = 0; k < names.len; k++) {
            if (!str_ends(names.at[k], STR("/"))) continue;
            const str child = joined(l, f, str_slice(names.at[k], 0, names.at[k].len - 1));
            if (is_app(l, child)) app_load(l, child);
        }
    }
    for (size_t i = 0; i < l->part.len; i++) /* grows while it is walked */
        needed_load(l, i);
}

/* ---- order ---- */

static int part_named(const struct loader *l, str name)
{
    for (size_t i = 0; i < l->part.len; i++)
        if (str_eq(l->part.at[i].name, name)) return (int)i;
    return -1;
}

struct ordering {
    struct loader *l;
    struct parts sorted;
};

static void visit(struct ordering *o, int i)
{
    struct loader *l = o->l;
    struct part *p = &l->part.at[i];
    p->state = 1;
    for (const struct decl *d = first_of(p->needs); d; d = next_of(p->needs, d)) {
        if (!want_text(l, d, "应用名", "the name of an app")) continue;
        const int other = part_named(l, d->text);
        if (other < 0) {
            fault(l, d, "app.needs", "没有找到应用 “" STR_FMT "”",
                  "app \"" STR_FMT "\" was not found", STR_ARG(d->text));
            str *known = NEWS(l->cx->arena, str, l->part.len);
            for (size_t k = 0; k < l->part.len; k++)
                known[k] = l->part.at[k].name;
            mend_nearest(l, d->text, known, l->part.len);
        } else if (l->part.at[other].state == 1) {
            fault(l, d, "app.needs-cycle", "应用互相需要：" STR_FMT " 与 " STR_FMT,
                  "apps need one another: " STR_FMT " and " STR_FMT, STR_ARG(p->name),
                  STR_ARG(d->text));
            mend(l, "把两边共用的声明移到第三个应用，例如 core",
                 "move what both use into a third app, for instance core");
        } else if (l->part.at[other].state == 0) {
            visit(o, other);
        }
    }
    p->state = 2;
    *vec_add(l->cx->arena, &o->sorted) = *p;
}

void parts_order(struct loader *l)
{
    struct ordering o = {.l = l};
    for (size_t i = 0; i < l->part.len; i++)
        if (!l->part.at[i].state) visit(&o, (int)i);
    l->part = o.sorted;
    struct app *app = NEWS(l->cx->arena, struct app, l->part.len);
    for (size_t i = 0; i < l->part.len; i++) {
        struct part *p = &l->part.at[i];
        str *needs = NEWS(l->cx->arena, str, count_of(p->needs) + 1);
        app[i] =
            (struct app){.name = p->name, .folder = p->folder, .title = p->title, .needs = needs};
        p->may_use = NEWS(l->cx->arena, bool, l->part.len);
        p->may_use[i] = true;
        for (const struct decl *d = first_of(p->needs); d; d = next_of(p->needs, d)) {
            const int other = d->kind == DECL_TEXT ? part_named(l, d->text) : -1;
            if (other < 0) continue;
            needs[app[i].need_count++] = d->text;
            for (size_t k = 0; k < i; k++) /* needed apps stand before */
                p->may_use[k] |=
                    k == (size_t)other || ((size_t)other < i && l->part.at[other].may_use[k]);
        }
    }
    l->c->app = app;
    l->c->app_count = (int)l->part.len;
}
