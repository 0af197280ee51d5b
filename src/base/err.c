/* Errors: recorded once, told in the reader's language, written as problem+json. */
#include "base/err.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/json.h"

_Noreturn void check_failed(const char *file, int line, const char *what)
{
    (void)fprintf(stderr, "%s:%d: CHECK(%s) failed\n", file, line, what);
    abort();
}

struct kind {
    int status;
    str title, title_zh;
};
static const struct kind kind[] = {
/* clang-format off */
#define RC(name, status, title, title_zh) [RC_##name] = {status, STR_INIT(title), STR_INIT(title_zh)},
#include "base/rc.def"
#undef RC
    /* clang-format on */
};

int rc_status(rc code)
{
    return kind[code].status;
}

str rc_title(rc code, enum lang lang)
{
    return lang == LANG_EN ? kind[code].title : kind[code].title_zh;
}

rc err_set_at(struct cx *cx, rc code, const char *slug, struct pos pos, const char *zh,
              const char *en, ...)
{
    CHECK(code != RC_OK);
    if (cx->err.code != RC_OK) return code;
    va_list ap;
    va_start(ap, en);
    cx->err = (struct err){.code = code, .slug = slug, .pos = pos};
    cx->err.detail = arena_vprintf(cx->arena, cx->lang == LANG_EN ? en : zh, ap);
    va_end(ap);
    return code;
}

void err_hint(struct cx *cx, const char *zh, const char *en, ...)
{
    if (cx->err.code == RC_OK || cx->err.hint.len) return;
    va_list ap;
    va_start(ap, en);
    cx->err.hint = arena_vprintf(cx->arena, cx->lang == LANG_EN ? en : zh, ap);
    va_end(ap);
}

void err_field(struct cx *cx, str field)
{
    if (cx->err.code != RC_OK && !cx->err.field.len) cx->err.field = arena_dup(cx->arena, field);
}

void err_source(struct cx *cx, str source)
{
    if (cx->err.code != RC_OK && !cx->err.source.len) cx->err.source = arena_dup(cx->arena, source);
}

void err_clear(struct cx *cx)
{
    cx->err = (struct err){0};
}

static struct err copy(struct arena *a, const struct err *e)
{
    struct err c = *e;
    c.detail = arena_dup(a, e->detail);
    c.hint = arena_dup(a, e->hint);
    c.source = arena_dup(a, e->source);
    c.field = arena_dup(a, e->field);
    c.extra = arena_dup(a, e->extra);
    return c;
}

bool err_collect(struct cx *cx)
{
    struct findings *list = cx->findings;
    if (!list) return false; /* nobody listens: the error stands, the checker stops */
    if (cx->err.code == RC_OK) return list->count < FINDINGS_MAX;
    if (list->count < FINDINGS_MAX)
        list->item[list->count++] = copy(cx->arena, &cx->err);
    else
        list->more++;
    err_clear(cx);
    return list->count < FINDINGS_MAX;
}

rc err_copy(struct cx *cx, const struct err *e)
{
    if (cx->err.code == RC_OK && e->code != RC_OK) cx->err = copy(cx->arena, e);
    return e->code;
}

static void write_text(struct jw *w, const char *key, str s)
{
    if (s.len) jw_kstr(w, key, s);
}

/* What may be shown of an error to whoever caused it. */
static void write_details(struct jw *w, const struct err *e)
{
    jw_kstr(w, "code", str_from(e->slug));
    write_text(w, "detail", e->detail);
    write_text(w, "hint", e->hint);
    write_text(w, "source", e->source);
    write_text(w, "field", e->field);
    if (e->pos.line) {
        jw_key(w, STR("position"));
        jw_object(w);
        jw_ki64(w, "line", e->pos.line);
        jw_ki64(w, "column", e->pos.column);
        jw_ki64(w, "offset", e->pos.offset_bytes);
        jw_end(w, '}');
    }
    if (e->extra.len) jw_kraw(w, "conflict", e->extra);
}

static void write_findings(struct jw *w, const struct findings *list)
{
    jw_key(w, STR("errors"));
    jw_array(w);
    for (size_t i = 0; i < list->count; i++) {
        jw_object(w);
        write_details(w, &list->item[i]);
        jw_end(w, '}');
    }
    jw_end(w, ']');
    if (list->more) jw_ki64(w, "more", (int64_t)list->more);
}

void problem_write(struct buf *out, const struct err *e, const struct findings *list,
                   enum lang lang, str request_id)
{
    const bool open = e->code != RC_INTERNAL;
    struct jw w = {.out = out};
    jw_object(&w);
    jw_key(&w, STR("type"));
    buf_add(out, STR("\"/problems/"));
    buf_add(out, open ? str_from(e->slug) : STR("internal"));
    buf_char(out, '"');
    jw_kstr(&w, "title", rc_title(e->code, lang));
    jw_ki64(&w, "status", rc_status(e->code));
    if (open) write_details(&w, e);
    if (open && list && list->count) write_findings(&w, list);
    jw_kstr(&w, "instance", request_id);
    jw_end(&w, '}');
}

void err_print(struct buf *out, const struct err *e)
{
    if (e->source.len) {
        buf_add(out, e->source);
        buf_char(out, ':');
    }
    if (e->pos.line) {
        buf_printf(out, "%" PRIu32 ":%" PRIu32 ":", e->pos.line, e->pos.column);
    }
    if (e->source.len || e->pos.line) buf_char(out, ' ');
    if (e->field.len) {
        buf_add(out, e->field);
        buf_add(out, STR(": "));
    }
    buf_add(out, e->detail);
    if (e->hint.len) {
        buf_add(out, STR(" ("));
        buf_add(out, e->hint);
        buf_char(out, ')');
    }
}
