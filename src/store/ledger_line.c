/* The canonical text of a ledger entry: made once when it is added, again by every check. */
#include "store/ledger_line.h"

#include <string.h>

enum { NUMBER_BYTES_MAX = 20 };

static const char escape_of[256] = {
    ['\\'] = '\\', ['\t'] = 't', ['\n'] = 'n', ['\r'] = 'r', ['\0'] = '0'};

static size_t escapes(str s)
{
    size_t count = 0;
    for (size_t i = 0; i < s.len; i++)
        count += escape_of[(unsigned char)s.at[i]] != 0;
    return count;
}

static char *put_text(char *to, str s, size_t escape_count)
{
    if (s.len == 0) return to;
    if (escape_count == 0) {
        memcpy(to, s.at, s.len);
        return to + s.len;
    }
    for (size_t i = 0; i < s.len; i++) {
        char e = escape_of[(unsigned char)s.at[i]];
        if (e) *to++ = '\\';
        *to++ = e ? e : s.at[i];
    }
    return to;
}

void line_escape(struct buf *out, str text)
{
    size_t count = escapes(text);
    char *to = buf_room(out, text.len + count);
    if (to) out->len += (size_t)(put_text(to, text, count) - to);
}

static char *put_i64(char *to, int64_t n)
{
    char digits[NUMBER_BYTES_MAX];
    uint64_t rest = n < 0 ? 0 - (uint64_t)n : (uint64_t)n;
    size_t at = sizeof digits;
    do {
        digits[--at] = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest);
    if (n < 0) *to++ = '-';
    memcpy(to, digits + at, sizeof digits - at);
    return to + (sizeof digits - at);
}

str ledger_line(struct arena *a, const struct ledger_entry *e)
{
    const str text[] = {e->actor, e->act, e->subject, e->before, e->after, e->reason};
    size_t count[COUNTOF(text)], bytes = 3 * NUMBER_BYTES_MAX + LEDGER_COLUMNS;
    for (size_t i = 0; i < COUNTOF(text); i++) {
        count[i] = escapes(text[i]);
        bytes += text[i].len + count[i];
    }
    char *line = arena_get(a, bytes, 1);
    char *to = put_i64(line, e->seq);
    *to++ = '\t';
    to = put_i64(to, e->at_us);
    for (size_t i = 0; i < COUNTOF(text); i++) {
        *to++ = '\t';
        to = put_text(to, text[i], count[i]);
        if (i != 2) continue; /* the subject's id follows its name */
        *to++ = '\t';
        to = put_i64(to, e->subject_id);
    }
    return (str){line, (size_t)(to - line)};
}

void ledger_chain(struct sm3 *sm3, const uint8_t previous[SM3_BYTES], str line,
                  uint8_t out[SM3_BYTES])
{
    sm3_start(sm3);
    sm3_add(sm3, (str){(const char *)previous, SM3_BYTES});
    sm3_add(sm3, line);
    sm3_end(sm3, out);
}
