/* Loads, checks and compiles all declarations of a city into one immutable catalogue. */
#include "app/load.h"

#include <stdlib.h>

#include "base/file.h"

enum { CATALOGUE_BYTES_MAX = 256 << 20 };

static void calendar_load(struct loader *l)
{
    str csv, path = {0};
    for (size_t i = 0; i < l->part.len; i++)
        if (str_eq(l->part.at[i].name, STR("core")))
            path = arena_printf(l->cx->arena, STR_FMT "/data/holidays.csv",
                                STR_ARG(l->part.at[i].folder));
    if (!path.len || !file_exists(l->cx, path)) { /* weekdays alone */
        csv = STR("day,kind\n");
    } else if (file_read(l->cx, path, DECL_BYTES_MAX, &csv) != RC_OK) {
        fault_collect(l, path);
        return;
    }
    sm3_add(l->hash, csv);
    if (calendar_parse(l->cx, csv, path, &l->c->calendar) != RC_OK) fault_collect(l, path);
}

static void hash_finish(struct loader *l)
{
    uint8_t digest[SM3_BYTES];
    char *hex = arena_get(l->cx->arena, 2 * SM3_BYTES, 1);
    sm3_end(l->hash, digest);
    hex_write(hex, digest, SM3_BYTES);
    l->c->hash = (str){hex, 2 * SM3_BYTES};
}

static void all_load(struct loader *l)
{
    for (int i = 0; i < (int)l->part.len; i++)
        for (int s = 0; s < SECTION_COUNT; s++)
            names_add(l, (enum section)s, i);
    orgs_load(l);
    codes_load(l);
    types_declare(l);
    decisions_load(l);
    types_compile(l);
    cycles_check(l);
    measures_load(l);
    indicators_load(l);
    watches_load(l);
    roles_load(l);
    processes_load(l);
    pages_load(l);
    vocabulary_check(l);
    calendar_load(l);
    l->c->note = l->note.at;
    l->c->note_count = (int)l->note.len;
}

static int by_place(const void *a, const void *b)
{
    const struct err *x = a, *y = b;
    const int source = str_cmp(x->source, y->source);
    if (source) return source;
    if (x->pos.line != y->pos.line) return x->pos.line < y->pos.line ? -1 : 1;
    return x->pos.column < y->pos.column ? -1 : x->pos.column > y->pos.column;
}

/* The findings' texts lie in the catalogue's arena, which goes away when there are any. */
static void findings_keep(struct cx *cx, size_t from)
{
    struct findings *f = cx->findings;
    qsort(&f->item[from], f->count - from, sizeof f->item[0], by_place);
    for (size_t i = from; i < f->count; i++) {
        struct err *e = &f->item[i];
        e->detail = arena_dup(cx->arena, e->detail);
        e->hint = arena_dup(cx->arena, e->hint);
        e->source = arena_dup(cx->arena, e->source);
        e->field = arena_dup(cx->arena, e->field);
        e->extra = arena_dup(cx->arena, e->extra);
    }
}

/* What the load comes to, in cx. */
static rc verdict(struct cx *cx, const struct loader *l, size_t before)
{
    const struct findings *f = cx->findings;
    if (l->cx->arena->exhausted)
        return err_set(cx, RC_LIMIT, "app.size", "声明太大，超过 %d MB",
                       "the declarations are too large, over %d MB", CATALOGUE_BYTES_MAX >> 20);
    if (f->count > before || f->more)
        return err_set(cx, RC_INVALID, "app.invalid", "声明有 %zu 处错误",
                       "the declarations have %zu faults", f->count - before + f->more);
    if (!l->part.len)
        return err_set(cx, RC_MISSING, "app.missing", "没有找到应用：文件夹里要有 app.yaml",
                       "no app was found: a folder with app.yaml is expected");
    return RC_OK;
}

/* An arena of its own for the catalogue, which outlives the call; it lies in itself. */
static struct arena *arena_open(void)
{
    struct arena first;
    arena_init(&first, CATALOGUE_BYTES_MAX);
    struct arena *a = NEW(&first, struct arena);
    *a = first;
    return a;
}

static void arena_close(const struct arena *a)
{
    struct arena last = *a;
    arena_done(&last);
}

rc catalogue_load(struct cx *cx, const str *folder, size_t folder_count,
                  const struct app_host *host, const struct catalogue **out)
{
    static const struct app_host no_host = {0};
    if (!cx->findings) cx->findings = NEW(cx->arena, struct findings);
    const size_t before = cx->findings->count;
    struct arena *arena = arena_open();
    struct cx own = *cx;
    own.arena = arena;
    own.err = (struct err){0};
    struct loader *l = NEW(arena, struct loader);
    *l = (struct loader){.cx = &own,
                         .host = host ? host : &no_host,
                         .pinyin = pinyin_open(),
                         .hash = sm3_open(),
                         .c = NEW(arena, struct catalogue)};
    l->c->arena = arena;
    l->c->loader = l;
    sm3_start(l->hash);
    parts_find(l, folder, folder_count);
    parts_order(l);
    all_load(l);
    hash_finish(l);
    pinyin_close(l->pinyin);
    sm3_close(l->hash);
    const struct catalogue *c = l->c;
    const rc r = verdict(cx, l, before);
    if (r == RC_MISSING && folder_count) err_source(cx, folder[0]);
    findings_keep(cx, before);
    if (r == RC_OK)
        *out = c;
    else
        arena_close(arena);
    return r;
}

void catalogue_free(const struct catalogue *c)
{
    if (c) arena_close(c->arena);
}
