/* Initials through ICU's Han-Latin transliterator, opened once: opening reads megabytes of rules. */
#include "app/pinyin.h"

#include <unicode/utrans.h>

#include "base/buf.h"

/* struct pinyin is the transliterator itself: UTransliterator is void. */

struct pinyin *pinyin_open(void)
{
    static const UChar id[] = u"Han-Latin; Latin-ASCII; Lower";
    UErrorCode status = U_ZERO_ERROR;
    UTransliterator *trans = utrans_openU(id, -1, UTRANS_FORWARD, NULL, 0, NULL, &status);
    return U_FAILURE(status) ? NULL : (struct pinyin *)trans;
}

void pinyin_close(struct pinyin *p)
{
    if (p) utrans_close((UTransliterator *)p);
}

static bool is_word(uint32_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

/* The first letter of one character's reading, 0 for none. */
static char initial(struct pinyin *p, uint32_t c)
{
    enum { READING_MAX = 32 };
    UChar text[READING_MAX] = {0};
    int32_t length = 0;
    if (c > 0xffff) {
        text[length++] = (UChar)(0xd7c0 + (c >> 10));
        text[length++] = (UChar)(0xdc00 + (c & 0x3ff));
    } else {
        text[length++] = (UChar)c;
    }
    int32_t limit = length;
    UErrorCode status = U_ZERO_ERROR;
    utrans_transUChars((UTransliterator *)p, text, &length, READING_MAX, 0, &limit, &status);
    return U_SUCCESS(status) && length && is_word(text[0]) ? (char)text[0] : 0;
}

str pinyin_initials(struct pinyin *p, struct arena *a, str text)
{
    struct buf b = {.arena = a};
    for (size_t at = 0; at < text.len;) {
        uint32_t c = utf8_next(text, &at);
        if (c >= 'A' && c <= 'Z') c += 'a' - 'A';
        if (c < 128) {
            if (is_word(c)) buf_char(&b, (char)c);
            continue;
        }
        const char first = p ? initial(p, c) : 0;
        if (first) buf_char(&b, first);
    }
    return buf_str(&b);
}
