/* Growing strings: the parts of buf.h that are not taken every time. */
#include "base/buf.h"

#include <stdio.h>

enum { BUF_BYTES_MIN = 256 };

/* Makes room for count more bytes, or sets `over`. */
bool buf_grow(struct buf *b, size_t count)
{
    if (b->over) return false;
    const size_t max = b->bytes_max ? b->bytes_max : SIZE_MAX / 4;
    if (count > max || b->len > max - count) {
        b->over = true;
        return false;
    }
    size_t need = b->len + count;
    size_t cap = b->cap ? b->cap * 2 : BUF_BYTES_MIN;
    if (cap > max) cap = max;
    if (cap < need) cap = need;
    char *at = arena_resize(b->arena, b->at, b->cap, cap);
    /* What is left of the budget may do; but not byte by byte, which would take forever. */
    while (!at && cap > need) {
        cap = cap - need > BUF_BYTES_MIN ? need + (cap - need) / 2 : need;
        at = arena_resize(b->arena, b->at, b->cap, cap);
    }
    if (!at) {
        b->over = true;
        return false;
    }
    b->at = at;
    b->cap = cap;
    return true;
}

/* Fills what is left, but not with the half of a character. */
static void add_cut(struct buf *b, str s)
{
    size_t n = b->cap - b->len;
    if (n > s.len) n = s.len;
    while (n && n < s.len && ((uint8_t)s.at[n] & 0xC0) == 0x80)
        n--;
    if (n) memcpy(b->at + b->len, s.at, n);
    b->len += n;
}

void buf_add_slow(struct buf *b, str s)
{
    if (b->over) return;
    if (s.len <= b->cap - b->len || buf_grow(b, s.len)) {
        if (s.len) memcpy(b->at + b->len, s.at, s.len);
        b->len += s.len;
        return;
    }
    if (b->bytes_max > b->cap) { /* up to the limit, as far as the arena gives it */
        char *at = arena_resize(b->arena, b->at, b->cap, b->bytes_max);
        if (at) {
            b->at = at;
            b->cap = b->bytes_max;
        }
    }
    add_cut(b, s);
    b->cap = b->len; /* nothing goes behind a cut */
}

void buf_i64(struct buf *b, int64_t n)
{
    char text[20];
    char *p = text + sizeof text;
    uint64_t u = n < 0 ? 0 - (uint64_t)n : (uint64_t)n;
    do {
        *--p = (char)('0' + u % 10);
        u /= 10;
    } while (u);
    if (n < 0) *--p = '-';
    buf_add(b, (str){p, (size_t)(text + sizeof text - p)});
}

void buf_printf(struct buf *b, const char *fmt, ...)
{
    if (b->over) return;
    va_list ap, again;
    va_start(ap, fmt);
    va_copy(again, ap);
    const size_t room = b->cap - b->len;
    const int n = vsnprintf(room ? b->at + b->len : NULL, room, fmt, ap);
    CHECK(n >= 0);
    const size_t len = (size_t)n;
    if (len < room) {
        b->len += len;
    } else { /* through the arena, so that a text over the limit is cut as any other */
        buf_add(b, arena_vprintf(b->arena, fmt, again));
    }
    va_end(again);
    va_end(ap);
}
