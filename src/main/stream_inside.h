/* What the files of the command stream share.  Nobody else includes this. */
#pragma once

#include <stdio.h>

#include "main/stream.h"

enum {
    KNOWN_MAX = 256, /* records of a type that are remembered */
    KEY_BYTES = 64,
    TASKS_MAX = 64,
    OUTCOMES_MAX = 6,
    FORM_MAX = 12,
    REPEATS_MAX = 24,
    HASHES_MAX = 16,
    USERS_MAX = 24,
    LITERALS_MAX = 16,
    FIELDS_MAX = 64
};

/* How a text is made; which one passes a field's check is found out by trying. */
enum style {
    STYLE_NONE,
    STYLE_WORD, /* x12 */
    STYLE_CAPITALS,
    STYLE_DIGITS,
    STYLE_CHINESE,
    STYLE_STRANGE,
    STYLE_LONGEST
};

struct known {
    int64_t id, version;
    char key[KEY_BYTES];
    size_t key_len;
};
struct known_type {
    struct known at[KNOWN_MAX];
    int count, next;
    uint8_t good[FIELDS_MAX]; /* enum style of a field with a check */
};
struct open_task {
    int64_t id;
    const struct app_type *type;
    const struct app_field *form[FORM_MAX];
    int form_count;
    char outcome[OUTCOMES_MAX][KEY_BYTES];
    int outcome_count;
};
/* A command given with an idempotency key, to be given again. */
struct repeat {
    str name, params, actor, key;
};
struct stream {
    const struct catalogue *cat;
    uint64_t random;
    int64_t now_us, number, serial;
    struct known_type *known;  /* by the type's index */
    uint8_t style[FIELDS_MAX]; /* of the record being made */
    struct open_task task[TASKS_MAX];
    int task_count;
    struct {
        struct arena arena;
        struct repeat is;
    } repeat[REPEATS_MAX];
    int repeat_count;
    char hash[HASHES_MAX][2 * KEY_BYTES];
    int hash_count;
    char user[USERS_MAX][KEY_BYTES]; /* their codes */
    int user_count, listed;          /* what the beginning has done so far */
    str literal[LITERALS_MAX];       /* quoted in the formulas of watched indicators */
    int literal_count;
    struct {
        const struct app_type *type;
        char sort[KEY_BYTES], cursor[512];
        size_t cursor_len;
    } page; /* of the last list: the next one is asked for sometimes */
};

/* ---- chance: one draw a statement, the order of evaluation is C's secret ---- */
uint64_t draw(struct stream *s);
int64_t draw_below(struct stream *s, int64_t count); /* 0 … count - 1 */
bool draw_percent(struct stream *s, int64_t percent);

/* ---- stream_values.c ---- */
void value_text(struct stream *s, struct buf *out, enum style style, int length_max);
/* A value of the field's kind; spoil: one that should be refused. */
void value_write(struct stream *s, struct jw *w, const struct app_field *f, bool spoil);
/* The fields of a new record, or some of an old one's. */
void fields_new(struct stream *s, struct jw *w, const struct app_type *t, bool spoil);
void fields_some(struct stream *s, struct jw *w, const struct app_type *t, bool spoil);
const struct known *known_any(struct stream *s, const struct app_type *t); /* or NULL */
const struct app_type *type_any(struct stream *s);

/* ---- stream_questions.c ---- */
void question_draw(struct stream *s, struct jw *w, str *name);
void list_write(struct jw *w, const struct app_type *t);
