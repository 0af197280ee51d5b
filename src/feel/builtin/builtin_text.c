/* Builtins on strings; regular expressions are in builtin_regex.c. */
#include <string.h>
#include <unicode/ucasemap.h>
#include <unicode/ustring.h>

#include "feel/builtin/builtin.h"

bool builtin_string(struct call *c, const struct feel_value *arg, struct feel_value *out)
{
    if (arg->kind == FEEL_NULL) return true;
    if (arg->kind == FEEL_STRING) {
        *out = *arg;
        return true;
    }
    struct buf b = {.arena = c->m->arena};
    feel_value_text(&b, arg);
    *out = feel_string(buf_str(&b));
    return !b.over || call_memory(c);
}

bool builtin_string_length(struct call *c, const struct feel_value *arg, struct feel_value *out)
{
    (void)c;
    *out = feel_int((int64_t)utf8_count(feel_str(arg)));
    return true;
}

static bool is_ascii(str s)
{
    uint8_t all = 0;
    for (size_t i = 0; i < s.len; i++)
        all |= (uint8_t)s.at[i];
    return all < 0x80;
}

static bool ascii_case(struct call *c, str s, bool upper, struct feel_value *out)
{
    char *at = arena_try(c->m->arena, s.len + 1, 1);
    if (at == NULL) return call_memory(c);
    for (size_t i = 0; i < s.len; i++) {
        const char ch = s.at[i];
        if (upper)
            at[i] = ch >= 'a' && ch <= 'z' ? (char)(ch - 32) : ch;
        else
            at[i] = ch >= 'A' && ch <= 'Z' ? (char)(ch + 32) : ch;
    }
    *out = feel_string((str){at, s.len});
    return true;
}

/* Full Unicode case mapping without a locale: ß becomes SS. */
static bool wide_case(struct call *c, str s, bool upper, struct feel_value *out)
{
    struct arena *a = c->m->arena;
    UErrorCode status = U_ZERO_ERROR;
    if (s.len > INT32_MAX / 8) return call_memory(c);
    const int32_t cap = (int32_t)s.len * 3 + 1, units = (int32_t)s.len + 1;
    UChar *from = arena_try(a, (size_t)units, sizeof *from);
    UChar *to = arena_try(a, (size_t)cap, sizeof *to);
    char *at = arena_try(a, (size_t)cap * 3, 1);
    int32_t len = 0;
    if (from == NULL || to == NULL || at == NULL) return call_memory(c);
    u_strFromUTF8(from, units, &len, s.at, (int32_t)s.len, &status);
    len = upper ? u_strToUpper(to, cap, from, len, "", &status)
                : u_strToLower(to, cap, from, len, "", &status);
    u_strToUTF8(at, cap * 3, &len, to, len, &status);
    if (U_FAILURE(status)) return false;
    *out = feel_string((str){at, (size_t)len});
    return true;
}

bool builtin_upper(struct call *c, const struct feel_value *arg, struct feel_value *out)
{
    const str s = feel_str(arg);
    return is_ascii(s) ? ascii_case(c, s, true, out) : wide_case(c, s, true, out);
}

bool builtin_lower(struct call *c, const struct feel_value *arg, struct feel_value *out)
{
    const str s = feel_str(arg);
    return is_ascii(s) ? ascii_case(c, s, false, out) : wide_case(c, s, false, out);
}

/* memmem is a GNU function, and fast. */
static size_t find(str s, str match)
{
    if (match.len == 0) return 0;
    if (s.len < match.len) return SIZE_MAX;
    const char *at = memmem(s.at, s.len, match.at, match.len);
    return at == NULL ? SIZE_MAX : (size_t)(at - s.at);
}

bool builtin_contains(struct call *c, const struct feel_value *arg, struct feel_value *out)
{
    (void)c;
    *out = feel_boolean(find(feel_str(&arg[0]), feel_str(&arg[1])) != SIZE_MAX);
    return true;
}

bool builtin_starts(struct call *c, const struct feel_value *arg, struct feel_value *out)
{
    (void)c;
    *out = feel_boolean(str_starts(feel_str(&arg[0]), feel_str(&arg[1])));
    return true;
}

bool builtin_ends(struct call *c, const struct feel_value *arg, struct feel_value *out)
{
    (void)c;
    *out = feel_boolean(str_ends(feel_str(&arg[0]), feel_str(&arg[1])));
    return true;
}

bool builtin_substring_before(struct call *c, const struct feel_value *arg, struct feel_value *out)
{
    (void)c;
    const str s = feel_str(&arg[0]);
    const size_t at = find(s, feel_str(&arg[1]));
    *out = feel_string(at == SIZE_MAX ? STR("") : str_slice(s, 0, at));
    return true;
}

bool builtin_substring_after(struct call *c, const struct feel_value *arg, struct feel_value *out)
{
    (void)c;
    const str s = feel_str(&arg[0]), match = feel_str(&arg[1]);
    const size_t at = find(s, match);
    *out = feel_string(at == SIZE_MAX ? STR("") : str_slice(s, at + match.len, s.len));
    return true;
}

/* Byte offset of a character; count past the end gives the end. */
static size_t offset_of(str s, int64_t characters)
{
    size_t at = 0;
    for (; characters > 0 && at < s.len; characters--)
        utf8_next(s, &at);
    return at;
}

bool builtin_substring(struct call *c, const struct feel_value *arg, struct feel_value *out)
{
    const str s = feel_str(&arg[0]);
    const int64_t count = (int64_t)utf8_count(s);
    int64_t start, length = count;
    dec cut;
    if (!dec_rescale(feel_to_dec(&arg[1]), 0, DEC_DOWN, &cut) || !dec_to_i64(cut, &start) ||
        start == 0 || start > count || start < -count)
        return call_fault(c, "feel.position", "起始位置不在字符串内",
                          "the start position is not in the string");
    if (arg[2].kind == FEEL_NULL) return true;
    if (given(&arg[2]) && (!dec_rescale(feel_to_dec(&arg[2]), 0, DEC_DOWN, &cut) ||
                           !dec_to_i64(cut, &length) || length < 1))
        return call_fault(c, "feel.argument", "长度应为正整数",
                          "a length is a positive whole number");
    const int64_t first = start > 0 ? start - 1 : count + start;
    const int64_t left = count - first;
    const size_t from = offset_of(s, first);
    const str rest = str_slice(s, from, s.len);
    *out = feel_string(str_slice(rest, 0, offset_of(rest, length < left ? length : left)));
    return true;
}

bool builtin_string_join(struct call *c, const struct feel_value *arg, struct feel_value *out)
{
    const struct feel_list *list = arg[0].as.list;
    struct buf b = {.arena = c->m->arena};
    bool first = true;
    for (size_t i = 0; i < list->count; i++) {
        if (!charge(c->m, c->n, 1)) return false;
        if (list->at[i].kind == FEEL_NULL) continue;
        if (list->at[i].kind != FEEL_STRING) return false;
        if (!first) buf_add(&b, feel_str(&arg[1]));
        first = false;
        buf_add(&b, feel_str(&list->at[i]));
    }
    *out = feel_string(buf_str(&b));
    return !b.over || call_memory(c);
}
