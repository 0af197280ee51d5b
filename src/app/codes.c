/* Code lists: {hypertension: 高血压, …}, or with a title {title: …, items: {…}}. */
#include "app/load.h"

static struct app_code item_load(struct loader *l, const struct decl *d)
{
    struct app_code code = {.code = d->key, .title = read_title_of(l, d, d->key)};
    code.pinyin = pinyin_initials(l->pinyin, l->cx->arena, code.title.zh);
    if (!d->key.len || d->key.len > 40) {
        fault_key(l, d, "app.code", "代码 “" STR_FMT "” 应为 1 到 40 个字节",
                  "code \"" STR_FMT "\" must have 1 to 40 bytes", STR_ARG(d->key));
        mend(l, "改用短代码，说明写在标题里", "use a short code; words go into its title");
    }
    return code;
}

static void list_load(struct loader *l, const struct named *n, struct app_codes *out)
{
    const struct decl *d = n->at, *items = decl_find(d, STR("items"));
    *out = (struct app_codes){.name = n->full, .title = {n->bare, n->bare}};
    if (items) {
        (void)read_keys(l, d, "title items");
        out->title = read_title(l, d, STR("title"), n->bare);
    } else {
        items = d;
    }
    if (items->kind != DECL_MAP || !items->count) {
        fault(l, items, "app.map", "代码表 “" STR_FMT "” 里没有代码",
              "code list \"" STR_FMT "\" has no codes", STR_ARG(n->bare));
        mend(l, "写成 {代码: 名称, …}", "write {code: title, …}");
        return;
    }
    struct app_code *code = NEWS(l->cx->arena, struct app_code, items->count);
    for (const struct decl *i = items->child; i; i = i->next)
        code[out->count++] = item_load(l, i);
    out->item = code;
}

void codes_load(struct loader *l)
{
    const struct nameds *s = &l->section[SECTION_CODES];
    l->codes = NEWS(l->cx->arena, struct app_codes, s->len);
    for (size_t i = 0; i < s->len; i++)
        list_load(l, &s->at[i], &l->codes[i]);
    l->c->codes = l->codes;
    l->c->codes_count = (int)s->len;
}
