/* One vocabulary for the city (统一话语体系): a title means one thing, a code list exists once.  Two apps
 * that disagree are told which two lines, and what to use instead. */
#include "app/load.h"

/* A titled field, measure or indicator, as far as its meaning can be compared. */
struct term {
    str title, app, source;
    struct pos pos;
    str unit; /* empty: says nothing about it */
    const struct app_codes *codes;
    str name; /* "trade.figure.value" */
};

static str app_of(str full)
{
    str rest;
    return str_cut(full, '.', &rest);
}

static const struct decl *declared_at(const struct loader *l, enum section s, int index)
{
    return l->section[s].at[index].at;
}

/* ---- code lists ---- */

static bool same_codes(const struct app_codes *a, const struct app_codes *b)
{
    if (a->count != b->count || a->count < 2) return false;
    for (size_t i = 0; i < a->count; i++) {
        const struct app_code *other = app_code_find(b, a->item[i].code);
        if (!other || !str_eq(other->title.zh, a->item[i].title.zh)) return false;
    }
    return true;
}

static bool has_title(const struct app_codes *c)
{
    return !str_ends(c->name, c->title.zh); /* its own name is no title */
}

static void codes_compare(struct loader *l, int i, int k)
{
    const struct app_codes *a = &l->codes[i], *b = &l->codes[k];
    const struct decl *first = declared_at(l, SECTION_CODES, i),
                      *second = declared_at(l, SECTION_CODES, k);
    if (same_codes(a, b)) {
        fault_key(l, second, "app.codes-twice",
                  "代码表 " STR_FMT " 重复了 " STR_FMT "（" STR_FMT ":%u）",
                  "code list " STR_FMT " repeats " STR_FMT " of " STR_FMT ":%u", STR_ARG(b->name),
                  STR_ARG(a->name), STR_ARG(first->source), first->key_pos.line);
        mend(l, "删去它，改用 " STR_FMT, "remove it and use " STR_FMT, STR_ARG(a->name));
    } else if (has_title(a) && str_eq(a->title.zh, b->title.zh)) {
        fault_key(
            l, second, "app.title-conflict",
            "代码表 “" STR_FMT "” 在 " STR_FMT ":%u 已有别的代码（" STR_FMT "）",
            "the code list titled \"" STR_FMT "\" has other codes at " STR_FMT ":%u (" STR_FMT ")",
            STR_ARG(b->title.zh), STR_ARG(first->source), first->key_pos.line, STR_ARG(a->name));
        mend(l, "改用 " STR_FMT "，或换一个标题", "use " STR_FMT ", or choose another title",
             STR_ARG(a->name));
    }
}

/* ---- titles ---- */

static void units_differ(struct loader *l, const struct term *a, const struct term *b)
{
    fault_at(l, b->source, b->pos, "app.title-conflict",
             "“" STR_FMT "” 的单位这里是 “" STR_FMT "”，在 " STR_FMT ":%u（" STR_FMT
             "）是 “" STR_FMT "”",
             "\"" STR_FMT "\" has unit \"" STR_FMT "\" here, and at " STR_FMT ":%u (" STR_FMT
             ") \"" STR_FMT "\"",
             STR_ARG(b->title), STR_ARG(b->unit), STR_ARG(a->source), a->pos.line, STR_ARG(a->name),
             STR_ARG(a->unit));
    mend(l, "统一用 “" STR_FMT "”，或换一个标题",
         "use \"" STR_FMT "\" in both, or choose another title", STR_ARG(a->unit));
}

static void codes_differ(struct loader *l, const struct term *a, const struct term *b)
{
    fault_at(l, b->source, b->pos, "app.title-conflict",
             "“" STR_FMT "” 这里用代码表 " STR_FMT "，在 " STR_FMT ":%u（" STR_FMT "）用 " STR_FMT,
             "\"" STR_FMT "\" has codes " STR_FMT " here, and at " STR_FMT ":%u (" STR_FMT
             ") " STR_FMT,
             STR_ARG(b->title), STR_ARG(b->codes->name), STR_ARG(a->source), a->pos.line,
             STR_ARG(a->name), STR_ARG(a->codes->name));
    mend(l, "统一用 " STR_FMT "，或换一个标题", "use " STR_FMT " in both, or choose another title",
         STR_ARG(a->codes->name));
}

/* The first term of each title speaks for its app; others must agree with it. */
static void term_add(struct loader *l, struct map *first, const struct term *t)
{
    struct term *a = map_find(first, t->title);
    if (!a) {
        a = NEW(l->cx->arena, struct term);
        *a = *t;
        map_put(first, l->cx->arena, t->title, a);
        return;
    }
    if (str_eq(a->app, t->app)) return;
    if (a->unit.len && t->unit.len && !str_eq(a->unit, t->unit)) units_differ(l, a, t);
    if (a->codes && t->codes && a->codes != t->codes) codes_differ(l, a, t);
}

static void fields_add(struct loader *l, struct map *first)
{
    for (int i = 0; i < l->c->type_count; i++) {
        const struct app_type *t = &l->type[i];
        for (int k = 0; k < t->field_count; k++) {
            const struct app_field *f = &t->field[k];
            if (str_eq(f->title.zh, f->name)) continue; /* no title of its own */
            term_add(l, first,
                     &(struct term){.title = f->title.zh,
                                    .app = app_of(t->name),
                                    .source = t->source,
                                    .pos = f->pos,
                                    .unit = f->unit,
                                    .codes = f->codes,
                                    .name = arena_printf(l->cx->arena, STR_FMT "." STR_FMT,
                                                         STR_ARG(t->name), STR_ARG(f->name))});
        }
    }
}

/* Two indicators of one title are two numbers under one name. */
static void indicators_check(struct loader *l)
{
    struct map seen = {0};
    for (int i = 0; i < l->c->indicator_count; i++) {
        const struct app_indicator *n = &l->indicator[i];
        const struct decl *d = declared_at(l, SECTION_INDICATORS, i);
        const uintptr_t other = (uintptr_t)map_find(&seen, n->title.zh);
        if (!other) {
            map_put(&seen, l->cx->arena, n->title.zh, (void *)(uintptr_t)(i + 1));
            continue;
        }
        const struct decl *first = declared_at(l, SECTION_INDICATORS, (int)other - 1);
        fault_key(l, d, "app.title-conflict",
                  "指标标题 “" STR_FMT "” 在 " STR_FMT ":%u 已用于 " STR_FMT,
                  "the indicator title \"" STR_FMT "\" is used at " STR_FMT ":%u for " STR_FMT,
                  STR_ARG(n->title.zh), STR_ARG(first->source), first->key_pos.line,
                  STR_ARG(l->indicator[other - 1].name));
        mend(l, "改用 " STR_FMT "，或换一个标题", "use " STR_FMT ", or choose another title",
             STR_ARG(l->indicator[other - 1].name));
    }
}

void vocabulary_check(struct loader *l)
{
    struct map first = {0};
    for (int k = 1; k < l->c->codes_count; k++)
        for (int i = 0; i < k; i++)
            codes_compare(l, i, k);
    fields_add(l, &first);
    indicators_check(l);
}
