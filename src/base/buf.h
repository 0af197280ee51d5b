/* Builds a string in an arena.  Appending never fails: past bytes_max (0: no limit but the arena's)
 * the text is cut and `over` stays set, so one check at the end is enough. */
#pragma once

#include "base/arena.h"

struct buf {
    struct arena *arena;
    char *at;
    size_t len, cap, bytes_max;
    bool over;
};

void buf_add(struct buf *b, str s);
void buf_char(struct buf *b, char c);
void buf_i64(struct buf *b, int64_t n);
void buf_printf(struct buf *b, const char *fmt, ...) PRINTF(2, 3);
static inline str buf_str(const struct buf *b) /* a view: valid until the next append */
{
    return (str){b->at, b->len};
}
