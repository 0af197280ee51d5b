/* Builds a string in an arena.  Appending never fails: past bytes_max (0: no limit but the arena's)
 * the text is cut and `over` stays set, so one check at the end is enough. */
#pragma once

#include "base/arena.h"

#pragma GCC visibility push(default) /* of the library of decisions */

struct buf {
    struct arena *arena;
    char *at;
    size_t len, cap, bytes_max;
    bool over;
};

static inline void buf_add(struct buf *b, str s);
static inline void buf_char(struct buf *b, char c);
void buf_i64(struct buf *b, int64_t n);
void buf_printf(struct buf *b, const char *fmt, ...) PRINTF(2, 3);
static inline str buf_str(const struct buf *b) /* a view: valid until the next append */
{
    return (str){b->at, b->len};
}

/* Room for count more bytes behind len, for those who write there themselves and then raise len;
 * NULL, with `over` set, when there is none. */
static inline char *buf_room(struct buf *b, size_t count);

/* The rest of this file is how the above is done without a call in the common case. */
bool buf_grow(struct buf *b, size_t count);
void buf_add_slow(struct buf *b, str s);

static inline void buf_add(struct buf *b, str s)
{
    if (s.len >= b->cap - b->len) { /* also for the empty buf, whose at is NULL */
        buf_add_slow(b, s);
        return;
    }
    if (s.len) memcpy(b->at + b->len, s.at, s.len);
    b->len += s.len;
}

static inline void buf_char(struct buf *b, char c)
{
    if (b->len < b->cap)
        b->at[b->len++] = c;
    else
        buf_add_slow(b, (str){&c, 1});
}

static inline char *buf_room(struct buf *b, size_t count)
{
    if (count > b->cap - b->len && !buf_grow(b, count)) return NULL;
    return b->at + b->len;
}

#pragma GCC visibility pop
