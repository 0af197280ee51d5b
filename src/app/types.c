/* Types: their fields, keys, scope, and the expressions of rules, checks, defaults and derivations. */
#include "app/load.h"
#include "app/schema.h"

/* Fields named in a list: [series, period]. */
static int *fields_named(struct loader *l, const struct app_type *t, const struct decl *list,
                         int *count)
{
    *count = 0;
    if (!list) return NULL;
    int *out = NEWS(l->cx->arena, int, count_of(list) + 1);
    for (const struct decl *d = first_of(list); d; d = next_of(list, d)) {
        if (!want_text(l, d, "字段名", "the name of a field")) continue;
        const int i = field_named(l, t, d, d->text);
        if (i >= 0) out[(*count)++] = i;
    }
    return out;
}

static void key_load(struct loader *l, struct app_type *t, struct app_field *field,
                     const struct decl *list)
{
    enum { KEY_MAX = 6 };
    t->key = fields_named(l, t, list, &t->key_count);
    if (t->key_count > KEY_MAX) {
        fault(l, list, "app.key", "自然键最多 %d 个字段", "a natural key has at most %d fields",
              KEY_MAX);
        mend(l, "只留下能唯一确定一条记录的字段", "keep what makes a record unique");
        t->key_count = KEY_MAX;
    }
    for (int i = 0; i < t->key_count; i++) {
        struct app_field *f = &field[t->key[i]];
        f->required = true; /* two nulls are never equal: a key with a hole would not be unique */
        if (f->kind == FIELD_FILES || f->multiline)
            fault(l, list, "app.key", "字段 “" STR_FMT "” 不能作自然键",
                  "field \"" STR_FMT "\" cannot be part of the natural key", STR_ARG(f->name));
    }
}

/* The org that scopes a record: named by `org:`, else the field called org. */
static int org_find(struct loader *l, const struct app_type *t, const struct decl *d)
{
    const struct decl *at = decl_find(d, STR("org"));
    int i = at && want_text(l, at, "字段名", "the name of a field")
                ? field_named(l, t, at, at->text)
                : field_find(t, STR("org"));
    const bool fits = i >= 0 && t->field[i].kind == FIELD_REF && t->field[i].ref &&
                      str_eq(t->field[i].ref->name, STR("core.org"));
    if (fits) return i;
    if (i >= 0 && at) {
        fault(l, at, "app.org", "字段 “" STR_FMT "” 不是指向 core.org 的引用",
              "field \"" STR_FMT "\" does not refer to core.org", STR_ARG(at->text));
        mend(l, "把它写成 {ref: core.org}", "declare it as {ref: core.org}");
    }
    return -1;
}

static void list_load(struct loader *l, struct app_type *t, const struct decl *d)
{
    const struct decl *list = decl_find(d, STR("list")), *sort = decl_find(d, STR("sort"));
    int count;
    int *column = fields_named(l, t, list, &count);
    if (!list) { /* the first fields that a list can show */
        enum { COLUMNS_DEFAULT = 6 };
        column = NEWS(l->cx->arena, int, COLUMNS_DEFAULT);
        for (int i = 0; i < t->field_count && count < COLUMNS_DEFAULT; i++)
            if (!t->field[i].multiline && t->field[i].kind != FIELD_FILES) column[count++] = i;
    }
    t->list_column = column;
    t->list_column_count = count;
    t->sort = -1;
    if (!sort || !want_text(l, sort, "字段名", "the name of a field")) return;
    t->sort_descending = str_starts(sort->text, STR("-"));
    t->sort = field_named(l, t, sort, str_slice(sort->text, t->sort_descending, sort->text.len));
}

static void declare(struct loader *l, const struct named *n, struct app_type *t)
{
    const struct decl *d = n->at;
    if (!read_keys(l, d, "title key label org fields rules process list sort")) return;
    const struct decl *fields = decl_find(d, STR("fields"));
    t->title = read_title(l, d, STR("title"), n->bare);
    if (!fields) {
        fault_key(l, d, "app.fields", "类型 “" STR_FMT "” 没有 fields",
                  "type \"" STR_FMT "\" has no fields", STR_ARG(n->bare));
        mend(l, "写成 fields: {名称: {type: text}, …}", "write fields: {name: {type: text}, …}");
        return;
    }
    fields_load(l, t, fields, n->app);
}

static void complete(struct loader *l, const struct named *n, struct app_type *t)
{
    const struct decl *d = n->at, *label = decl_find(d, STR("label"));
    if (d->kind != DECL_MAP) return;
    key_load(l, t, l->field[t->index], decl_find(d, STR("key")));
    if (label && want_text(l, label, "字段名", "the name of a field"))
        t->label = field_named(l, t, label, label->text);
    t->org = org_find(l, t, d);
    list_load(l, t, d);
}

void types_declare(struct loader *l)
{
    const struct nameds *s = &l->section[SECTION_TYPES];
    l->type = NEWS(l->cx->arena, struct app_type, s->len);
    l->field = NEWS(l->cx->arena, struct app_field *, s->len);
    l->c->type = l->type;
    l->c->type_count = (int)s->len;
    for (size_t i = 0; i < s->len; i++) {
        const struct named *n = &s->at[i];
        struct app_type *t = &l->type[i];
        *t = (struct app_type){.name = n->full,
                               .title = {n->bare, n->bare},
                               .label = -1,
                               .org = -1,
                               .sort = -1,
                               .index = (int)i,
                               .source = n->at->source,
                               .pos = n->at->key_pos};
        t->table = sql_table_name(l->cx->arena, l->part.at[n->app].name, n->bare);
    }
    for (size_t i = 0; i < s->len; i++)
        declare(l, &s->at[i], &l->type[i]);
    for (size_t i = 0; i < s->len; i++)
        complete(l, &s->at[i], &l->type[i]);
}

/* ---- expressions ---- */

/* Both scopes have the same slots; they differ in what `value` means when a field has that name:
 * everywhere the field, in a field's own check the value checked. */
static struct feel_scope *scope_make(struct loader *l, const struct app_type *t, int app,
                                     bool for_check)
{
    struct feel_scope *s = feel_scope_new(l->cx->arena);
    const int named_value = field_find(t, STR("value"));
    for (int i = 0; i < t->field_count; i++) {
        const bool hidden = for_check && i == named_value;
        (void)feel_scope_add(s, hidden ? STR("field value") : t->field[i].name,
                             feel_type_of_field(l->cx->arena, &t->field[i]));
    }
    const bool taken = named_value >= 0 && !for_check;
    (void)feel_scope_add(s, taken ? STR("value checked") : STR("value"),
                         feel_type_of_kind(FEEL_ANY));
    decisions_add(l, s, app, t);
    return s;
}

/* A code may stand as it is: `default: opened`; everything else is FEEL. */
static const struct feel_expr *preset_compile(struct loader *l, const struct app_type *t,
                                              const struct app_field *f, const struct decl *at,
                                              enum feel_kind want)
{
    if (f->kind != FIELD_CODE || at->kind != DECL_TEXT || !f->codes ||
        !app_code_find(f->codes, at->text))
        return expression(l, t->scope, at, want);
    struct decl quoted = *at;
    quoted.text = arena_printf(l->cx->arena, "\"" STR_FMT "\"", STR_ARG(at->text));
    return expression(l, t->scope, &quoted, want);
}

static enum feel_kind wanted(const struct app_field *f)
{
    switch (f->kind) {
    case FIELD_INTEGER:
    case FIELD_NUMBER: return FEEL_NUMBER;
    case FIELD_BOOLEAN: return FEEL_BOOLEAN;
    case FIELD_DATE: return FEEL_DATE;
    case FIELD_MOMENT: return FEEL_DATE_TIME;
    case FIELD_FILES: return FEEL_LIST;
    default: return FEEL_STRING;
    }
}

static void field_compile(struct loader *l, const struct app_type *t, struct app_field *f,
                          const struct decl *d)
{
    const struct decl *check = decl_find(d, STR("check")), *says = decl_find(d, STR("says"));
    const struct decl *preset = decl_find(d, STR("default")), *derive = decl_find(d, STR("derive"));
    if (check) {
        f->check = expression(l, l->check_scope[t->index], check, FEEL_BOOLEAN);
        f->check_says = read_title_of(l, says, check->text);
    } else if (says) {
        fault_key(l, says, "app.says", "“says” 要和 check 一起写", "\"says\" goes with a check");
        mend(l, "加上 check，或删去 says", "add a check, or remove says");
    }
    if (preset) f->preset = preset_compile(l, t, f, preset, wanted(f));
    if (derive) f->derive = expression(l, t->scope, derive, wanted(f));
    if (preset && derive) {
        fault_key(l, preset, "app.default-and-derive", "default 和 derive 只能写一个",
                  "a field has a default or is derived, not both");
        mend(l, "删去 default：推算字段每次写入都会重算",
             "remove default: a derived field is computed at every write");
    }
}

static void rules_compile(struct loader *l, struct app_type *t, const struct decl *rules)
{
    if (!rules) return;
    if (rules->kind != DECL_LIST) {
        fault(l, rules, "app.list", "rules 应当是列表", "rules must be a list");
        mend(l, "写成 - {check: …, says: …}", "write - {check: …, says: …}");
        return;
    }
    t->rule = NEWS(l->cx->arena, const struct feel_expr *, rules->count);
    struct app_title *says = NEWS(l->cx->arena, struct app_title, rules->count);
    for (const struct decl *d = rules->child; d; d = d->next) {
        const struct decl *check = decl_find(d, STR("check"));
        if (!read_keys(l, d, "check says")) continue;
        if (!check) {
            fault(l, d, "app.rule", "规则缺少 check", "the rule has no check");
            mend(l, "写成 {check: FEEL 表达式, says: 不满足时说的话}",
                 "write {check: a FEEL expression, says: what to say when it does not hold}");
            continue;
        }
        const struct feel_expr *e = expression(l, t->scope, check, FEEL_BOOLEAN);
        if (!e) continue;
        says[t->rule_count] = read_title_of(l, decl_find(d, STR("says")), check->text);
        t->rule[t->rule_count++] = e;
    }
    t->rule_says = says;
}

void types_compile(struct loader *l)
{
    const struct nameds *s = &l->section[SECTION_TYPES];
    l->check_scope = NEWS(l->cx->arena, const struct feel_scope *, s->len);
    for (size_t i = 0; i < s->len; i++) {
        struct app_type *t = &l->type[i];
        const int app = s->at[i].app;
        t->scope = scope_make(l, t, app, false);
        l->check_scope[i] =
            field_find(t, STR("value")) >= 0 ? scope_make(l, t, app, true) : t->scope;
        const struct decl *fields = decl_find(s->at[i].at, STR("fields"));
        for (int k = 0; k < t->field_count; k++) {
            const struct decl *d = decl_find(fields, t->field[k].name);
            if (d && d->kind == DECL_MAP) field_compile(l, t, &l->field[i][k], d);
        }
        rules_compile(l, t, decl_find(s->at[i].at, STR("rules")));
    }
}
