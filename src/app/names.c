/* Names: app.name everywhere, an app's own names bare; what is not found is answered with the nearest
 * known name, and what belongs to an app that is not needed with the line that is missing. */
#include "app/load.h"

static const char *const section_key[SECTION_COUNT] = {"codes",   "types", "measures", "indicators",
                                                       "watches", "roles", "pages"};

static void add_one(struct loader *l, enum section s, int app, const struct decl *d)
{
    struct nameds *list = &l->section[s];
    if (!name_ok(l, d, d->key)) return;
    const str full = arena_printf(l->cx->arena, STR_FMT "." STR_FMT, STR_ARG(l->part.at[app].name),
                                  STR_ARG(d->key));
    const uintptr_t known = (uintptr_t)map_find(&list->by_name, full);
    if (known) {
        const struct decl *first = list->at[known - 1].at;
        fault_key(l, d, "app.twice", "“" STR_FMT "” 已在 " STR_FMT ":%u 声明过",
                  "\"" STR_FMT "\" is already declared at " STR_FMT ":%u", STR_ARG(full),
                  STR_ARG(first->source), first->key_pos.line);
        mend(l, "合并两处，或给其中一个改名", "merge the two, or rename one of them");
        return;
    }
    struct named *n = vec_add(l->cx->arena, list);
    *n = (struct named){
        .full = full, .bare = d->key, .app = app, .at = d, .index = (int)list->len - 1};
    map_put(&list->by_name, l->cx->arena, full, (void *)(uintptr_t)list->len);
}

void names_add(struct loader *l, enum section s, int app)
{
    const struct part *p = &l->part.at[app];
    for (size_t i = 0; i < p->file_count; i++) {
        const struct decl *map = decl_find(p->file[i], str_from(section_key[s]));
        if (!map) continue;
        if (map->kind != DECL_MAP) {
            if (map->kind == DECL_TEXT && !map->text.len) continue;
            fault(l, map, "app.map", "“%s” 应当是 “名称: 声明” 的形式",
                  "\"%s\" must be a map of name: declaration", section_key[s]);
            mend(l, "每个名称一行，内容缩进在其下",
                 "one name a line, its declaration indented below");
            continue;
        }
        for (const struct decl *d = map->child; d; d = d->next)
            add_one(l, s, app, d);
    }
}

static int app_named(const struct loader *l, str name)
{
    for (size_t i = 0; i < l->part.len; i++)
        if (str_eq(l->part.at[i].name, name)) return (int)i;
    return -1;
}

/* All that could have been meant: own names bare, others' in full. */
static void not_found(struct loader *l, enum section s, int app, const struct decl *at, str name)
{
    static const char *const what_zh[SECTION_COUNT] = {"代码表",   "类型", "度量", "指标",
                                                       "监测规则", "角色", "页面"};
    static const char *const what_en[SECTION_COUNT] = {"code list", "type", "measure", "indicator",
                                                       "watch",     "role", "page"};
    const struct nameds *list = &l->section[s];
    const char *what = l->cx->lang == LANG_EN ? what_en[s] : what_zh[s];
    fault(l, at, "app.unknown-name", "没有名为 “" STR_FMT "” 的%s",
          "there is no \"" STR_FMT "\" among what is declared as %s", STR_ARG(name), what);
    str *candidate = NEWS(l->cx->arena, str, list->len);
    size_t count = 0;
    for (size_t pass = 0; pass < 2; pass++)
        for (size_t i = 0; i < list->len; i++)
            if ((list->at[i].app == app) == (pass == 0))
                candidate[count++] = pass == 0 ? list->at[i].bare : list->at[i].full;
    mend_nearest(l, name, candidate, count);
}

const struct named *names_find(struct loader *l, enum section s, int app, const struct decl *at,
                               str name, bool anywhere)
{
    const struct nameds *list = &l->section[s];
    str full = name, rest;
    const str prefix = str_cut(name, '.', &rest);
    if (!rest.len)
        full = arena_printf(l->cx->arena, STR_FMT "." STR_FMT, STR_ARG(l->part.at[app].name),
                            STR_ARG(name));
    const uintptr_t found = (uintptr_t)map_find(&list->by_name, full);
    if (!found) {
        not_found(l, s, app, at, name);
        const int other = rest.len ? app_named(l, prefix) : app;
        if (other < 0)
            mend(l, "没有加载应用 “" STR_FMT "”：检查名称，或把它的文件夹也交给命令",
                 "no app \"" STR_FMT "\" is loaded: check the name, or give its folder too",
                 STR_ARG(prefix));
        return NULL;
    }
    const struct named *n = &list->at[found - 1];
    if (anywhere || l->part.at[app].may_use[n->app]) return n;
    fault(l, at, "app.not-needed", "应用 " STR_FMT " 没有声明需要 " STR_FMT,
          "app " STR_FMT " does not say that it needs " STR_FMT, STR_ARG(l->part.at[app].name),
          STR_ARG(prefix));
    mend(l, "在 app.yaml 的 needs 里加上 " STR_FMT, "add " STR_FMT " to needs in app.yaml",
         STR_ARG(prefix));
    return NULL;
}

bool names_left_out(const struct loader *l, int app, str name)
{
    str rest;
    const str prefix = str_cut(name, '.', &rest);
    if (!rest.len || app_named(l, prefix) >= 0) return false;
    const struct decl *knows = l->part.at[app].knows;
    for (const struct decl *d = first_of(knows); d; d = next_of(knows, d))
        if (d->kind == DECL_TEXT && str_eq(d->text, prefix)) return true;
    return false;
}

int field_find(const struct app_type *t, str name)
{
    for (int i = 0; i < t->field_count; i++)
        if (str_eq(t->field[i].name, name)) return i;
    return -1;
}

int field_named(struct loader *l, const struct app_type *t, const struct decl *at, str name)
{
    const int found = field_find(t, name);
    if (found >= 0) return found;
    fault(l, at, "app.unknown-field", "类型 " STR_FMT " 没有字段 “" STR_FMT "”",
          "type " STR_FMT " has no field \"" STR_FMT "\"", STR_ARG(t->name), STR_ARG(name));
    str *candidate = NEWS(l->cx->arena, str, (size_t)t->field_count);
    for (int i = 0; i < t->field_count; i++)
        candidate[i] = t->field[i].name;
    mend_nearest(l, name, candidate, (size_t)t->field_count);
    return -1;
}
