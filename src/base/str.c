/* Text as views: comparing, cutting, hashing, UTF-8. */
#include "base/str.h"

#include <string.h>

str str_from(const char *nul_terminated)
{
    return nul_terminated ? (str){nul_terminated, strlen(nul_terminated)} : (str){0};
}

bool str_eq(str a, str b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.at, b.at, a.len) == 0);
}

int str_cmp(str a, str b)
{
    const size_t n = a.len < b.len ? a.len : b.len;
    const int c = n ? memcmp(a.at, b.at, n) : 0;
    if (c) return c < 0 ? -1 : 1;
    return a.len < b.len ? -1 : a.len > b.len;
}

bool str_starts(str s, str prefix)
{
    return s.len >= prefix.len && str_eq((str){s.at, prefix.len}, prefix);
}

bool str_ends(str s, str suffix)
{
    return s.len >= suffix.len && str_eq(str_slice(s, s.len - suffix.len, s.len), suffix);
}

static bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

str str_trim(str s)
{
    static const str wide = {"\xE3\x80\x80", 3}; /* U+3000, the blank of Chinese type */
    while (s.len && (is_space(s.at[0]) || str_starts(s, wide))) {
        const size_t n = is_space(s.at[0]) ? 1 : wide.len;
        s = (str){s.at + n, s.len - n};
    }
    while (s.len && (is_space(s.at[s.len - 1]) || str_ends(s, wide)))
        s.len -= is_space(s.at[s.len - 1]) ? 1 : wide.len;
    return s;
}

str str_slice(str s, size_t from, size_t to)
{
    if (to > s.len) to = s.len;
    if (from > to) from = to;
    return (str){s.at ? s.at + from : NULL, to - from};
}

size_t str_index(str s, str needle)
{
    if (!needle.len) return 0;
    if (needle.len > s.len) return SIZE_MAX;
    const char *p = memmem(s.at, s.len, needle.at, needle.len);
    return p ? (size_t)(p - s.at) : SIZE_MAX;
}

str str_cut(str s, char sep, str *rest)
{
    const char *p = s.len ? memchr(s.at, sep, s.len) : NULL;
    const size_t n = p ? (size_t)(p - s.at) : s.len;
    *rest = p ? (str){p + 1, s.len - n - 1} : str_slice(s, s.len, s.len);
    return (str){s.at, n};
}

static uint64_t load(const char *p, size_t n)
{
    uint64_t v = 0;
    memcpy(&v, p, n);
    return v;
}

/* Both halves of the product: every bit of a and b reaches every bit of the result. */
static uint64_t mix(uint64_t a, uint64_t b)
{
    __extension__ typedef unsigned __int128 u128;
    const u128 product = (u128)a * b;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

uint64_t str_hash(str s)
{
    static const uint64_t k0 = 0x9E3779B97F4A7C15, k1 = 0xD6E8FEB86659FD93;
    uint64_t h = s.len * k0;
    for (; s.len > 8; s.at += 8, s.len -= 8)
        h = mix(h ^ load(s.at, 8) ^ k1, k0);
    if (s.len) h ^= load(s.at, s.len);
    return mix(h ^ k1, k0);
}

bool str_i64(str s, int64_t *out)
{
    const bool minus = s.len && s.at[0] == '-';
    int64_t n = 0;
    if (s.len == (minus ? 1 : 0)) return false;
    for (size_t i = minus ? 1 : 0; i < s.len; i++) {
        const int digit = s.at[i] - '0';
        if (digit < 0 || digit > 9 || __builtin_mul_overflow(n, 10, &n) ||
            __builtin_sub_overflow(n, digit, &n)) /* downwards: the least number has no positive */
            return false;
    }
    if (!minus && n == INT64_MIN) return false;
    *out = minus ? n : -n;
    return true;
}

/* The length of the well-formed character at p, 0 for a malformed one; *c is the character. */
static size_t decode(const uint8_t *p, size_t left, uint32_t *c)
{
    const uint8_t lead = p[0];
    if (lead < 0x80) {
        *c = lead;
        return 1;
    }
    const size_t n = lead >= 0xC2 && lead <= 0xDF   ? 2
                     : lead >= 0xE0 && lead <= 0xEF ? 3
                     : lead >= 0xF0 && lead <= 0xF4 ? 4
                                                    : 0;
    if (!n || left < n) return 0;
    uint32_t v = lead & (0x7Fu >> n);
    for (size_t i = 1; i < n; i++) {
        if ((p[i] & 0xC0) != 0x80) return 0;
        v = v << 6 | (p[i] & 0x3Fu);
    }
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    if (v < least[n] || v > 0x10FFFF || (v >= 0xD800 && v <= 0xDFFF)) return 0;
    *c = v;
    return n;
}

bool utf8_valid(str s)
{
    const uint8_t *p = (const uint8_t *)s.at;
    size_t i = 0;
    uint32_t c;
    while (i < s.len) {
        if (p[i] < 0x80) { /* eight at a time where a text is ASCII */
            while (s.len - i >= 8 && !(load(s.at + i, 8) & 0x8080808080808080))
                i += 8;
            while (i < s.len && p[i] < 0x80)
                i++;
            continue;
        }
        const size_t n = decode(p + i, s.len - i, &c);
        if (!n) return false;
        i += n;
    }
    return true;
}

size_t utf8_count(str s)
{
    size_t count = 0;
    for (size_t i = 0; i < s.len; i++)
        count += ((uint8_t)s.at[i] & 0xC0) != 0x80;
    return count;
}

uint32_t utf8_next(str s, size_t *at)
{
    CHECK(*at < s.len);
    uint32_t c = 0xFFFD;
    const size_t n = decode((const uint8_t *)s.at + *at, s.len - *at, &c);
    *at += n ? n : 1;
    return c;
}

size_t utf8_put(char out[4], uint32_t c)
{
    if (c > 0x10FFFF || (c >= 0xD800 && c <= 0xDFFF)) c = 0xFFFD;
    if (c < 0x80) {
        out[0] = (char)c;
        return 1;
    }
    const size_t n = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    for (size_t i = n - 1; i > 0; i--) {
        out[i] = (char)(0x80 | (c & 0x3F));
        c >>= 6;
    }
    out[0] = (char)((0xF00 >> n & 0xFF) | c);
    return n;
}
