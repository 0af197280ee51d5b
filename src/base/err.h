/* One small list of kinds, many stable slugs, one sentence, one position.
 * Kinds decide what a program may do, slugs say what happened and never change (docs/errors.md),
 * the sentence is for people (Chinese and English), the position points into their text. */
#pragma once

#include "base/arena.h"
#include "base/buf.h"

#pragma GCC visibility push(default) /* of the library of decisions */

#define RC(name, status, title, title_zh) RC_##name,
typedef enum rc {
#include "base/rc.def"
    RC_COUNT
} rc;
#undef RC

/* A place in a text.  line 0: no position. */
struct pos {
    uint32_t line, column, offset_bytes;
};

struct err {
    rc code;
    const char *slug; /* stable, machine readable, static: "expr.unknown-name" */
    str detail;       /* one sentence for a person: what is wrong, what was expected */
    str hint;         /* what to do about it; may be empty */
    str source;       /* what pos or field points into: "apps/trade/app.yaml"; may be empty */
    str field; /* the field or JSON pointer at fault: "value", "rows/17/period"; may be empty */
    str extra; /* a JSON value shown as member "conflict" (the other's change); may be empty */
    struct pos pos;
};

/* What checkers that report everything fill: at most FINDINGS_MAX, then `more` counts on. */
enum { FINDINGS_MAX = 100 };
struct findings {
    struct err item[FINDINGS_MAX];
    size_t count, more;
};

enum lang { LANG_ZH, LANG_EN };

/* What every function that can fail takes first.  One per request or command. */
struct cx {
    struct arena *arena;       /* results live here */
    struct err err;            /* the first error wins */
    struct findings *findings; /* where checkers report; may be NULL */
    enum lang lang;            /* of sentences for people */
    int64_t now_us;            /* the only clock below server/: microseconds since 1970, UTC */
    int64_t deadline_us;       /* on the monotonic clock; 0: none */
};

/* Records the error unless one stands already, and returns code: return err_set(cx, ...).
 * zh and en are printf formats with the same arguments; the one of cx->lang is used. */
#define err_set(cx, code, slug, zh, ...)                                                           \
    err_set_at(cx, code, slug, (struct pos){0}, zh, __VA_ARGS__)
NODISCARD rc err_set_at(struct cx *cx, rc code, const char *slug, struct pos pos, const char *zh,
                        const char *en, ...) PRINTF(5, 7) PRINTF(6, 7);
/* Adds to the error just set; for chaining where more is known. */
void err_hint(struct cx *cx, const char *zh, const char *en, ...) PRINTF(2, 4) PRINTF(3, 4);
void err_field(struct cx *cx, str field);
void err_source(struct cx *cx, str source);
/* Moves cx->err into cx->findings (deep copy into the arena) and clears it, so that a checker can
 * go on.  Returns true while there is room. */
bool err_collect(struct cx *cx);
void err_clear(struct cx *cx);
/* Copies e, texts included, into cx: across a thread or a lifetime. */
rc err_copy(struct cx *cx, const struct err *e);

int rc_status(rc code); /* HTTP status */
str rc_title(rc code, enum lang lang);
/* RFC 9457 problem+json.  RC_INTERNAL shows request_id and nothing else of the detail. */
void problem_write(struct buf *out, const struct err *e, const struct findings *list,
                   enum lang lang, str request_id);
/* "file:line:column: sentence (hint)" for a terminal. */
void err_print(struct buf *out, const struct err *e);

#pragma GCC visibility pop
