/* Watches: which indicator, when it is a breach, what it opens, when that may close. */
#include "app/load.h"

/* value, target, gap for every watch; then what the opened item's fields may use. */
static struct feel_scope *scope_make(struct loader *l, bool for_item)
{
    struct feel_scope *s = feel_scope_new(l->cx->arena);
    (void)feel_scope_add(s, STR("value"), feel_type_of_kind(FEEL_NUMBER));
    (void)feel_scope_add(s, STR("target"), feel_type_of_kind(FEEL_NUMBER));
    (void)feel_scope_add(s, STR("gap"), feel_type_of_kind(FEEL_NUMBER));
    decisions_add(l, s, -1, NULL);
    if (!for_item) return s;
    (void)feel_scope_add(s, STR("period"), feel_type_of_kind(FEEL_STRING));
    (void)feel_scope_add(s, STR("org"), feel_type_of_kind(FEEL_STRING));
    (void)feel_scope_add(s, STR("indicator"), feel_type_of_kind(FEEL_STRING));
    return s;
}

/* "20 working days", "1 working day", "20 个工作日" */
static int due_parse(struct loader *l, const struct decl *d)
{
    enum { DAYS_MAX = 500 };
    int64_t n = 0;
    if (!d) return 0;
    str rest = {0};
    const str number = d->kind == DECL_TEXT ? str_cut(d->text, ' ', &rest) : (str){0};
    const bool unit = str_eq(rest, STR("working days")) || str_eq(rest, STR("working day")) ||
                      str_eq(rest, STR("个工作日"));
    if (unit && str_i64(number, &n) && n >= 1 && n <= DAYS_MAX) return (int)n;
    fault(l, d, "app.due", "期限写法不对", "not a deadline");
    mend(l, "写成 20 working days（1 到 %d）", "write 20 working days (1 to %d)", DAYS_MAX);
    return 0;
}

static bool refers_to_org(const struct app_type *t, int i)
{
    return i >= 0 && t->field[i].ref && str_eq(t->field[i].ref->name, STR("core.org"));
}

/* The loop puts lead and due into the fields of those names: they must be there. */
static void standard_fields(struct loader *l, const struct decl *d, const struct app_watch *w)
{
    const int lead = field_find(w->open, STR("lead")), due = field_find(w->open, STR("due"));
    if (w->lead.len && !refers_to_org(w->open, lead)) {
        fault(l, decl_find(d, STR("lead")), "app.watch-lead",
              "类型 " STR_FMT " 没有字段 lead 指向 core.org",
              "type " STR_FMT " has no field lead that refers to core.org", STR_ARG(w->open->name));
        mend(l, "给类型加上 lead: {ref: core.org}", "give the type lead: {ref: core.org}");
    }
    if (w->due_days && (due < 0 || w->open->field[due].kind != FIELD_DATE)) {
        fault(l, decl_find(d, STR("due")), "app.watch-due", "类型 " STR_FMT " 没有日期字段 due",
              "type " STR_FMT " has no date field due", STR_ARG(w->open->name));
        mend(l, "给类型加上 due: date", "give the type due: date");
    }
}

static enum feel_kind wanted(const struct app_field *f)
{
    if (f->kind == FIELD_NUMBER || f->kind == FIELD_INTEGER) return FEEL_NUMBER;
    return f->kind == FIELD_BOOLEAN ? FEEL_BOOLEAN : FEEL_ANY;
}

static void set_load(struct loader *l, const struct decl *set, struct app_watch *w)
{
    if (!set) return;
    if (set->kind != DECL_MAP) {
        fault(l, set, "app.map", "set 应当是 “字段: 表达式” 的形式",
              "set must be a map of field: expression");
        mend(l, "例如 {title: '\"市场采购增速低于目标\"'}",
             "for instance {title: '\"growth below target\"'}");
        return;
    }
    struct app_setting *out = NEWS(l->cx->arena, struct app_setting, set->count);
    w->set = out;
    for (const struct decl *d = set->child; d; d = d->next) {
        struct decl key = *d;
        key.pos = d->key_pos;
        const int i = field_named(l, w->open, &key, d->key);
        if (i < 0) continue;
        const struct app_field *f = &w->open->field[i];
        const struct feel_expr *e = expression(l, l->c->watch_scope, d, wanted(f));
        if (e) out[w->set_count++] = (struct app_setting){.field = f, .value = e};
    }
}

/* The level must be a code of core.org's level. */
static void level_check(struct loader *l, const struct decl *at, str level)
{
    const struct app_type *org = catalogue_type(l->c, STR("core.org"));
    const int i = org ? field_find(org, STR("level")) : -1;
    if (i < 0 || !org->field[i].codes || app_code_find(org->field[i].codes, level)) return;
    const struct app_codes *codes = org->field[i].codes;
    fault(l, at, "app.unknown-code", "没有机构层级 “" STR_FMT "”",
          "there is no level \"" STR_FMT "\" of orgs", STR_ARG(level));
    str *candidate = NEWS(l->cx->arena, str, codes->count);
    for (size_t k = 0; k < codes->count; k++)
        candidate[k] = codes->item[k].code;
    mend_nearest(l, level, candidate, codes->count);
}

/* A key that must be there. */
static const struct decl *needed(struct loader *l, const struct decl *d, const char *key)
{
    const struct decl *at = decl_find(d, str_from(key));
    if (at) return at;
    fault_key(l, d, "app.watch-incomplete", "监测规则 “" STR_FMT "” 没有写 %s",
              "watch \"" STR_FMT "\" has no %s", STR_ARG(d->key), key);
    mend(l, "要写 on、when、open、close", "it needs on, when, open and close");
    return NULL;
}

static void target_check(struct loader *l, const struct decl *d, const struct app_watch *w)
{
    const struct feel_expr *e[] = {w->when, w->close};
    if (w->indicator->target) return;
    for (size_t i = 0; i < COUNTOF(e); i++) {
        if (!e[i] || !(feel_expr_uses_slot(e[i], 1) || feel_expr_uses_slot(e[i], 2))) continue;
        fault_key(l, d, "app.watch-target", "指标 " STR_FMT " 没有目标值，却用到了 target 或 gap",
                  "indicator " STR_FMT " has no target, but target or gap is used",
                  STR_ARG(w->indicator->name));
        mend(l, "给指标加上 target，或把条件写成与数比较",
             "give the indicator a target, or compare with a number");
        return;
    }
}

static void watch_load(struct loader *l, const struct named *n, struct app_watch *w,
                       const struct feel_scope *scope)
{
    const struct decl *d = n->at;
    if (!read_keys(l, d, "title on at when lasting open lead due close set")) return;
    w->title = read_title(l, d, STR("title"), n->bare);
    w->lasting = read_int(l, d, STR("lasting"), 1, 60, 1);
    w->lead = read_text(l, d, STR("lead"));
    org_check(l, decl_find(d, STR("lead")));
    w->due_days = due_parse(l, decl_find(d, STR("due")));
    w->at = read_text(l, d, STR("at"));
    if (w->at.len) level_check(l, decl_find(d, STR("at")), w->at);
    const struct decl *on = needed(l, d, "on"), *open = needed(l, d, "open");
    const struct decl *when = needed(l, d, "when"), *close = needed(l, d, "close");
    if (when) w->when = expression(l, scope, when, FEEL_BOOLEAN);
    if (close) w->close = expression(l, scope, close, FEEL_BOOLEAN);
    const struct named *i = on && want_text(l, on, "指标名", "the name of an indicator")
                                ? names_find(l, SECTION_INDICATORS, n->app, on, on->text, false)
                                : NULL;
    if (i) {
        w->indicator = &l->indicator[i->index];
        target_check(l, d, w);
    }
    const struct named *t = open && want_text(l, open, "类型名", "the name of a type")
                                ? names_find(l, SECTION_TYPES, n->app, open, open->text, false)
                                : NULL;
    if (!t) return;
    w->open = &l->type[t->index];
    standard_fields(l, d, w);
    set_load(l, decl_find(d, STR("set")), w);
}

void watches_load(struct loader *l)
{
    const struct nameds *s = &l->section[SECTION_WATCHES];
    const struct feel_scope *scope = scope_make(l, false);
    l->c->watch_scope = scope_make(l, true);
    l->watch = NEWS(l->cx->arena, struct app_watch, s->len);
    for (size_t i = 0; i < s->len; i++) {
        l->watch[i] = (struct app_watch){.name = s->at[i].full,
                                         .index = (int)i,
                                         .title = {s->at[i].bare, s->at[i].bare},
                                         .lasting = 1};
        watch_load(l, &s->at[i], &l->watch[i], scope);
    }
    l->c->watch = l->watch;
    l->c->watch_count = (int)s->len;
}
