/* Pages: checked against what is declared, then handed to the interface as JSON with full names.
 * What a key may hold is data: the table below. */
#include "app/load.h"
#include "base/json.h"

/* What stands behind a key. */
enum holds {
    HOLDS_TITLE,
    HOLDS_TEXT,
    HOLDS_ORG,
    HOLDS_COUNT,
    HOLDS_TYPE,
    HOLDS_FIELD,
    HOLDS_FIELDS,
    HOLDS_SORT,
    HOLDS_WHERE,
    HOLDS_FILTERS,
    HOLDS_INDICATOR,
    HOLDS_INDICATORS,
    HOLDS_PART, /* a map with keys of its own */
    HOLDS_PARTS /* a list of such */
};
struct page_key {
    const char *of; /* the kind of page, or the part: "cockpit", "goals" */
    const char *key;
    enum holds holds;
};
static const struct page_key page_key[] = {
    {"list", "title", HOLDS_TITLE},
    {"list", "type", HOLDS_TYPE},
    {"list", "columns", HOLDS_FIELDS},
    {"list", "sort", HOLDS_SORT},
    {"list", "where", HOLDS_WHERE},
    {"list", "filters", HOLDS_FILTERS},
    {"board", "title", HOLDS_TITLE},
    {"board", "type", HOLDS_TYPE},
    {"board", "by", HOLDS_FIELD},
    {"board", "columns", HOLDS_FIELDS},
    {"board", "sort", HOLDS_SORT},
    {"board", "where", HOLDS_WHERE},
    {"cockpit", "title", HOLDS_TITLE},
    {"cockpit", "cards", HOLDS_INDICATORS},
    {"cockpit", "goals", HOLDS_PARTS},
    {"cockpit", "items", HOLDS_PART},
    {"cockpit", "work", HOLDS_PART},
    {"cockpit", "towns", HOLDS_PART},
    {"goals", "title", HOLDS_TITLE},
    {"goals", "lead", HOLDS_ORG},
    {"goals", "indicators", HOLDS_INDICATORS},
    {"items", "type", HOLDS_TYPE},
    {"items", "columns", HOLDS_FIELDS},
    {"items", "where", HOLDS_WHERE},
    {"items", "sort", HOLDS_SORT},
    {"items", "limit", HOLDS_COUNT},
    {"work", "type", HOLDS_TYPE},
    {"work", "columns", HOLDS_FIELDS},
    {"work", "where", HOLDS_WHERE},
    {"work", "sort", HOLDS_SORT},
    {"work", "limit", HOLDS_COUNT},
    {"work", "by", HOLDS_FIELD},
    {"towns", "title", HOLDS_TITLE},
    {"towns", "level", HOLDS_TEXT},
    {"towns", "indicator", HOLDS_INDICATOR},
};

struct writing {
    struct loader *l;
    struct jw *out;
    int app;
    const char *of; /* the kind or part whose keys are read */
    const struct app_type *type;
};

static void part_write(struct writing *w, const struct decl *d, const char *of, bool with_kind);

static void title_write(struct writing *w, const struct decl *d)
{
    const struct app_title t = read_title_of(w->l, d, (str){0});
    jw_object(w->out);
    jw_kstr(w->out, "zh", t.zh);
    jw_kstr(w->out, "en", t.en);
    jw_end(w->out, '}');
}

static void indicator_write(struct writing *w, const struct decl *d)
{
    if (!want_text(w->l, d, "指标名", "the name of an indicator")) return;
    const struct named *n = names_left_out(w->l, w->app, d->text)
                                ? NULL
                                : names_find(w->l, SECTION_INDICATORS, w->app, d, d->text, true);
    if (n) jw_str(w->out, n->full);
}

static void field_write(struct writing *w, const struct decl *d)
{
    const bool down = d->kind == DECL_TEXT && str_starts(d->text, STR("-"));
    if (!w->type || !want_text(w->l, d, "字段名", "the name of a field")) return;
    if (field_named(w->l, w->type, d, str_slice(d->text, down, d->text.len)) >= 0)
        jw_str(w->out, d->text);
}

static void where_write(struct writing *w, const struct decl *d)
{
    const struct feel_expr *e = w->type ? expression(w->l, w->type->scope, d, FEEL_BOOLEAN) : NULL;
    jw_str(w->out, e ? d->text : (str){0});
}

/* {status: opened}: the list opens with these filters set. */
static void filters_write(struct writing *w, const struct decl *d)
{
    jw_object(w->out);
    for (const struct decl *f = d->kind == DECL_MAP ? d->child : NULL; f; f = f->next) {
        struct decl key = *f;
        key.pos = f->key_pos;
        if (!w->type || field_named(w->l, w->type, &key, f->key) < 0) continue;
        if (!want_text(w->l, f, "筛选的值", "a value to filter by")) continue;
        jw_key(w->out, f->key);
        jw_str(w->out, f->text);
    }
    jw_end(w->out, '}');
    if (d->kind == DECL_MAP) return;
    fault(w->l, d, "app.map", "filters 应当是 “字段: 值” 的形式",
          "filters must be a map of field: value");
    mend(w->l, "例如 {status: opened}", "for instance {status: opened}");
}

static void count_write(struct writing *w, const struct decl *d)
{
    int64_t n = 0;
    if (d->kind == DECL_TEXT && str_i64(d->text, &n) && n > 0 && n <= 500) {
        jw_i64(w->out, n);
        return;
    }
    fault(w->l, d, "app.integer", "应当是 1 到 500 的整数", "expected an integer from 1 to 500");
    mend(w->l, "例如 10", "for instance 10");
    jw_null(w->out);
}

static void each_write(struct writing *w, const struct decl *d,
                       void (*write)(struct writing *w, const struct decl *d))
{
    jw_array(w->out);
    for (const struct decl *e = first_of(d); e; e = next_of(d, e))
        write(w, e);
    jw_end(w->out, ']');
}

static void text_write(struct writing *w, const struct decl *d)
{
    jw_str(w->out, want_text(w->l, d, "文字", "text") ? d->text : (str){0});
}

static void parts_write(struct writing *w, const struct decl *d, const char *of)
{
    jw_array(w->out);
    for (const struct decl *e = first_of(d); e; e = next_of(d, e))
        part_write(w, e, of, false);
    jw_end(w->out, ']');
}

static void value_write(struct writing *w, const struct decl *d, const struct page_key *k)
{
    if (k->holds == HOLDS_INDICATOR && d->kind == DECL_TEXT &&
        names_left_out(w->l, w->app, d->text))
        return;
    jw_key(w->out, d->key);
    switch (k->holds) {
    case HOLDS_TITLE: title_write(w, d); return;
    case HOLDS_ORG:
        org_check(w->l, d);
        text_write(w, d);
        return;
    case HOLDS_TEXT: text_write(w, d); return;
    case HOLDS_COUNT: count_write(w, d); return;
    case HOLDS_TYPE: jw_str(w->out, w->type ? w->type->name : (str){0}); return;
    case HOLDS_FIELD:
    case HOLDS_SORT: field_write(w, d); return;
    case HOLDS_FIELDS: each_write(w, d, field_write); return;
    case HOLDS_WHERE: where_write(w, d); return;
    case HOLDS_FILTERS: filters_write(w, d); return;
    case HOLDS_INDICATOR: indicator_write(w, d); return;
    case HOLDS_INDICATORS: each_write(w, d, indicator_write); return;
    case HOLDS_PART: part_write(w, d, k->key, false); return;
    case HOLDS_PARTS: parts_write(w, d, k->key); return;
    }
}

static const struct page_key *key_find(const char *of, str key)
{
    for (size_t i = 0; i < COUNTOF(page_key); i++)
        if (str_eq(str_from(page_key[i].of), str_from(of)) &&
            str_eq(str_from(page_key[i].key), key))
            return &page_key[i];
    return NULL;
}

static void key_unknown(struct writing *w, const struct decl *d)
{
    str known[COUNTOF(page_key)];
    size_t count = 0;
    for (size_t i = 0; i < COUNTOF(page_key); i++)
        if (str_eq(str_from(page_key[i].of), str_from(w->of)))
            known[count++] = str_from(page_key[i].key);
    fault_key(w->l, d, "app.unknown-key", "不认识的键 “" STR_FMT "”", "unknown key \"" STR_FMT "\"",
              STR_ARG(d->key));
    mend_nearest(w->l, d->key, known, count);
}

static const struct app_type *type_of(struct writing *w, const struct decl *d)
{
    const struct decl *type = decl_find(d, STR("type"));
    if (!type || !want_text(w->l, type, "类型名", "the name of a type")) return NULL;
    if (names_left_out(w->l, w->app, type->text)) return NULL;
    const struct named *n = names_find(w->l, SECTION_TYPES, w->app, type, type->text, true);
    return n ? &w->l->type[n->index] : NULL;
}

static void part_write(struct writing *w, const struct decl *d, const char *of, bool with_kind)
{
    const struct writing before = *w;
    w->of = of;
    w->type = type_of(w, d);
    jw_object(w->out);
    if (with_kind) jw_kstr(w->out, "kind", str_from(of));
    if (d->kind != DECL_MAP) {
        fault(w->l, d, "app.map", "这里应当是 “键: 值” 的形式", "expected a map of key: value");
        mend(w->l, "写成 {键: 值}", "write {key: value}");
    }
    for (const struct decl *e = d->kind == DECL_MAP ? d->child : NULL; e; e = e->next) {
        const struct page_key *k = key_find(of, e->key);
        if (k)
            value_write(w, e, k);
        else if (!with_kind || !str_eq(e->key, STR("kind")))
            key_unknown(w, e);
    }
    jw_end(w->out, '}');
    if (with_kind) return; /* its type is the page's */
    *w = before;
}

static void page_load(struct loader *l, const struct named *n, struct app_page *page)
{
    static const char *const kind[] = {"list", "board", "cockpit"};
    const struct decl *d = n->at;
    struct buf text = {.arena = l->cx->arena};
    struct jw out = {.out = &text};
    struct writing w = {.l = l, .out = &out, .app = n->app};
    if (!decl_find(d, STR("kind"))) {
        fault_key(l, d, "app.page-kind", "页面 “" STR_FMT "” 没有写 kind",
                  "page \"" STR_FMT "\" has no kind", STR_ARG(n->bare));
        mend(l, "写 kind: list、board 或 cockpit", "write kind: list, board or cockpit");
        return;
    }
    const int k = read_choice(l, d, STR("kind"), "list board cockpit", -1);
    if (k < 0) return;
    page->kind = str_from(kind[k]);
    page->title = read_title(l, d, STR("title"), n->bare);
    part_write(&w, d, kind[k], true);
    page->type = w.type;
    page->json = buf_str(&text);
    if (page->type || k == 2) return;
    if (decl_find(d, STR("type"))) return; /* said already, or of an app left out */
    fault_key(l, d, "app.page-type", "页面 “" STR_FMT "” 没有写 type",
              "page \"" STR_FMT "\" has no type", STR_ARG(n->bare));
    mend(l, "写 type: 列表显示的类型", "write type: the type it shows");
}

void pages_load(struct loader *l)
{
    const struct nameds *s = &l->section[SECTION_PAGES];
    l->page = NEWS(l->cx->arena, struct app_page, s->len);
    for (size_t i = 0; i < s->len; i++) {
        l->page[i] = (struct app_page){
            .name = s->at[i].full, .json = STR("{}"), .title = {s->at[i].bare, s->at[i].bare}};
        page_load(l, &s->at[i], &l->page[i]);
    }
    l->c->page = l->page;
    l->c->page_count = (int)s->len;
}
