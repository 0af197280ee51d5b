/* Roles: what may be done with which type's records, how far: {figure: [read, correct own org]}. */
#include "app/load.h"

enum { ACT_COUNT = 6 };
static const str act_word[ACT_COUNT + 2] = {
    STR_INIT("read"),   STR_INIT("create"), STR_INIT("correct"), STR_INIT("void"),
    STR_INIT("export"), STR_INIT("import"), STR_INIT("edit"),    STR_INIT("all")};

static void widen(enum reach *have, enum reach want)
{
    if (want > *have) *have = want;
}

/* "read", "correct own org", "edit own", "all own org" */
static bool grant_parse(struct loader *l, const struct decl *d, enum reach reach[ACT_COUNT])
{
    if (!want_text(l, d, "权限", "a right")) return false;
    str rest;
    const str word = str_cut(str_trim(d->text), ' ', &rest);
    const str how_far = str_trim(rest);
    size_t act = 0;
    while (act < COUNTOF(act_word) && !str_eq(word, act_word[act]))
        act++;
    if (act == COUNTOF(act_word)) {
        fault(l, d, "app.right", "不认识的权限 “" STR_FMT "”", "unknown right \"" STR_FMT "\"",
              STR_ARG(word));
        mend_nearest(l, word, act_word, COUNTOF(act_word));
        return false;
    }
    enum reach r = REACH_ALL;
    if (str_eq(how_far, STR("own"))) {
        r = REACH_OWN;
    } else if (str_eq(how_far, STR("own org"))) {
        r = REACH_ORG;
    } else if (how_far.len) {
        fault(l, d, "app.reach", "不认识的范围 “" STR_FMT "”", "unknown reach \"" STR_FMT "\"",
              STR_ARG(how_far));
        mend(l, "写 own（本人）、own org（本单位及下属）或不写（全部）",
             "write own, own org, or nothing for all");
        return false;
    }
    for (size_t a = 0; a < ACT_COUNT; a++)
        if (a == act || act == 7 || (act == 6 && a == 2)) widen(&reach[a], r);
    widen(&reach[0], r); /* whoever may change it may see it */
    return true;
}

static void grant_add(struct loader *l, struct app_role *role, struct app_grant *grant,
                      const struct app_type *t, const enum reach reach[ACT_COUNT])
{
    (void)l;
    int i = 0;
    while (i < role->grant_count && grant[i].type != t)
        i++;
    if (i == role->grant_count) grant[role->grant_count++] = (struct app_grant){.type = t};
    for (size_t a = 0; a < ACT_COUNT; a++)
        widen(&grant[i].reach[a], reach[a]);
}

/* "trade.*": of an app that is loaded, or that this one knows. */
static bool pattern_known(struct loader *l, const struct named *n, const struct decl *d)
{
    const str app = str_slice(d->key, 0, d->key.len - 2);
    str *known = NEWS(l->cx->arena, str, l->part.len);
    for (size_t i = 0; i < l->part.len; i++) {
        known[i] = l->part.at[i].name;
        if (str_eq(known[i], app)) return true;
    }
    if (names_left_out(l, n->app, arena_printf(l->cx->arena, STR_FMT ".x", STR_ARG(app))))
        return true;
    fault_key(l, d, "app.needs", "没有找到应用 “" STR_FMT "”", "app \"" STR_FMT "\" was not found",
              STR_ARG(app));
    mend_nearest(l, app, known, l->part.len);
    return false;
}

/* The types a key speaks of: "*", "reform.*", "figure", "trade.figure". */
static void rights_load(struct loader *l, const struct named *n, const struct decl *d,
                        struct app_role *role, struct app_grant *grant)
{
    enum reach reach[ACT_COUNT] = {REACH_NONE};
    for (const struct decl *e = first_of(d); e; e = next_of(d, e))
        (void)grant_parse(l, e, reach);
    const bool every = str_eq(d->key, STR("*"));
    if (every || str_ends(d->key, STR(".*"))) {
        if (!every && !pattern_known(l, n, d)) return;
        const str prefix = every ? (str){0} : str_slice(d->key, 0, d->key.len - 1);
        for (int i = 0; i < l->c->type_count; i++)
            if (str_starts(l->type[i].name, prefix)) grant_add(l, role, grant, &l->type[i], reach);
        return;
    }
    if (names_left_out(l, n->app, d->key)) return;
    struct decl key = *d;
    key.pos = d->key_pos;
    const struct named *t = names_find(l, SECTION_TYPES, n->app, &key, d->key, true);
    if (t) grant_add(l, role, grant, &l->type[t->index], reach);
}

static bool is_switch(str key)
{
    static const str word[] = {
        STR_INIT("title"),  STR_INIT("purposes"),        STR_INIT("administers"),
        STR_INIT("audits"), STR_INIT("sees_indicators"), STR_INIT("inspects"),
        STR_INIT("heads")};
    for (size_t i = 0; i < COUNTOF(word); i++)
        if (str_eq(key, word[i])) return true;
    return false;
}

static void role_load(struct loader *l, const struct named *n, struct app_role *role)
{
    const struct decl *d = n->at, *purposes = decl_find(d, STR("purposes"));
    if (d->kind != DECL_MAP) {
        fault(l, d, "app.map", "角色应当是 “类型: 权限” 的形式",
              "a role must be a map of type: rights");
        mend(l, "例如 {figure: [read, correct own org]}",
             "for instance {figure: [read, correct own org]}");
        return;
    }
    role->title = read_title(l, d, STR("title"), n->bare);
    role->administers = read_bool(l, d, STR("administers"), false);
    role->audits = read_bool(l, d, STR("audits"), false);
    role->sees_indicators = read_bool(l, d, STR("sees_indicators"), true);
    role->inspects = read_bool(l, d, STR("inspects"), false);
    role->heads = read_bool(l, d, STR("heads"), false);
    str *purpose = NEWS(l->cx->arena, str, count_of(purposes) + 1);
    for (const struct decl *e = first_of(purposes); e; e = next_of(purposes, e))
        if (want_text(l, e, "用途", "a purpose")) purpose[role->purpose_count++] = e->text;
    role->purpose = purpose;
    struct app_grant *grant = NEWS(l->cx->arena, struct app_grant, (size_t)l->c->type_count + 1);
    role->grant = grant;
    for (const struct decl *e = d->child; e; e = e->next)
        if (!is_switch(e->key)) rights_load(l, n, e, role, grant);
}

void roles_load(struct loader *l)
{
    const struct nameds *s = &l->section[SECTION_ROLES];
    l->role = NEWS(l->cx->arena, struct app_role, s->len);
    for (size_t i = 0; i < s->len; i++) {
        l->role[i] =
            (struct app_role){.name = s->at[i].full, .title = {s->at[i].bare, s->at[i].bare}};
        role_load(l, &s->at[i], &l->role[i]);
    }
    l->c->role = l->role;
    l->c->role_count = (int)s->len;
}
