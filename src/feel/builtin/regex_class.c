/* Classes of characters in XPath patterns, written out as PCRE2 understands them: [A-Z-[OI]], \p{IsGreek},
 * \w, \i and their opposites. */
#include <string.h>
#include <unicode/uchar.h>
#include <unicode/uset.h>

#include "feel/builtin/regex.h"

enum { CLASS_DEPTH_MAX = 20, BLOCK_NAME_MAX = 60, CODE_MAX = 0x10FFFF };

struct span {
    uint32_t from, to;
};

/* The name start and name characters of XML, in order; the second holds the first. */
static const struct span name_start[] = {
    {':', ':'},       {'A', 'Z'},       {'_', '_'},       {'a', 'z'},
    {0xC0, 0xD6},     {0xD8, 0xF6},     {0xF8, 0x2FF},    {0x370, 0x37D},
    {0x37F, 0x1FFF},  {0x200C, 0x200D}, {0x2070, 0x218F}, {0x2C00, 0x2FEF},
    {0x3001, 0xD7FF}, {0xF900, 0xFDCF}, {0xFDF0, 0xFFFD}, {0x10000, 0xEFFFF}};
static const struct span name_part[] = {
    {'-', '.'},       {'0', ':'},       {'A', 'Z'},        {'_', '_'},       {'a', 'z'},
    {0xB7, 0xB7},     {0xC0, 0xD6},     {0xD8, 0xF6},      {0xF8, 0x37D},    {0x37F, 0x1FFF},
    {0x200C, 0x200D}, {0x203F, 0x2040}, {0x2070, 0x218F},  {0x2C00, 0x2FEF}, {0x3001, 0xD7FF},
    {0xF900, 0xFDCF}, {0xFDF0, 0xFFFD}, {0x10000, 0xEFFFF}};
static const struct span blank[] = {{'\t', '\n'}, {'\r', '\r'}, {' ', ' '}};

/* Surrogates are no characters, and PCRE2 wants none. */
static void put_span(struct translator *t, uint32_t from, uint32_t to)
{
    if (from < 0xD800 && to > 0xDFFF) {
        buf_printf(&t->out, "\\x{%X}-\\x{D7FF}", from);
        from = 0xE000;
    }
    if (from >= 0xD800 && from <= 0xDFFF) from = 0xE000;
    if (to >= 0xD800 && to <= 0xDFFF) to = 0xD7FF;
    if (from <= to) buf_printf(&t->out, "\\x{%X}-\\x{%X}", from, to);
}

/* The spans, which are in order, or all between them. */
static void put_spans(struct translator *t, const struct span *span, size_t count, bool negated)
{
    uint32_t next = 0;
    for (size_t i = 0; i < count; i++) {
        if (!negated) put_span(t, span[i].from, span[i].to);
        if (negated && span[i].from > 0) put_span(t, next, span[i].from - 1);
        next = span[i].to + 1;
    }
    if (negated) put_span(t, next, CODE_MAX);
}

static bool is_category(str name)
{
    static const char *const known[] = {"L",  "Lu", "Ll", "Lt", "Lm", "Lo", "M",  "Mn", "Mc",
                                        "Me", "N",  "Nd", "Nl", "No", "P",  "Pc", "Pd", "Ps",
                                        "Pe", "Pi", "Pf", "Po", "Z",  "Zs", "Zl", "Zp", "S",
                                        "Sm", "Sc", "Sk", "So", "C",  "Cc", "Cf", "Co", "Cn"};
    for (size_t i = 0; i < COUNTOF(known); i++)
        if (str_eq(name, str_from(known[i]))) return true;
    return false;
}

/* A Unicode block, by the name it has in patterns: without blanks. */
static bool block(str name, struct span *out)
{
    char text[BLOCK_NAME_MAX + 1];
    UErrorCode status = U_ZERO_ERROR;
    UChar32 from, to;
    if (name.len == 0 || name.len > BLOCK_NAME_MAX || name.at[0] < 'A' || name.at[0] > 'Z')
        return false;
    for (size_t i = 0; i < name.len; i++)
        if (name.at[i] == '_' || name.at[i] == ' ') return false;
    memcpy(text, name.at, name.len);
    text[name.len] = '\0';
    const int32_t value = u_getPropertyValueEnum(UCHAR_BLOCK, text);
    if (value == UCHAR_INVALID_CODE || value == UBLOCK_NO_BLOCK) return false;
    USet *set = uset_openEmpty();
    uset_applyIntPropertyValue(set, UCHAR_BLOCK, value, &status);
    const bool found = U_SUCCESS(status) && uset_getItemCount(set) == 1 &&
                       uset_getItem(set, 0, &from, &to, NULL, 0, &status) == 0;
    uset_close(set);
    if (found) *out = (struct span){(uint32_t)from, (uint32_t)to};
    return found && U_SUCCESS(status);
}

/* \p{…} and \P{…}, at the brace; what is written stands inside of [ ]. */
static bool property(struct translator *t, bool negated)
{
    struct span span;
    if (t->at == t->end || *t->at != '{') return false;
    const char *close = memchr(t->at, '}', (size_t)(t->end - t->at));
    if (close == NULL) return false;
    const str name = {t->at + 1, (size_t)(close - t->at) - 1};
    t->at = close + 1;
    if (is_category(name)) {
        buf_printf(&t->out, "\\%c{%.*s}", negated ? 'P' : 'p', STR_ARG(name));
        return true;
    }
    if (!str_starts(name, STR("Is")) || !block(str_slice(name, 2, name.len), &span)) return false;
    put_spans(t, &span, 1, negated);
    return true;
}

uint32_t regex_single_escape(char c)
{
    if (c == 'n') return '\n';
    if (c == 'r') return '\r';
    if (c == 't') return '\t';
    return c != '\0' && strchr("\\|.?*+(){}-[]^$", c) != NULL ? (uint32_t)(uint8_t)c : 0;
}

bool regex_set_escape(struct translator *t, bool in_class)
{
    bool ok = true;
    if (t->at == t->end) return false;
    const char c = *t->at++;
    if (!in_class) buf_char(&t->out, '[');
    switch (c) {
    case 'p':
    case 'P': ok = property(t, c == 'P'); break;
    case 's':
    case 'S': put_spans(t, blank, COUNTOF(blank), c == 'S'); break;
    case 'i':
    case 'I': put_spans(t, name_start, COUNTOF(name_start), c == 'I'); break;
    case 'c':
    case 'C': put_spans(t, name_part, COUNTOF(name_part), c == 'C'); break;
    case 'd': buf_add(&t->out, STR("\\p{Nd}")); break;
    case 'D': buf_add(&t->out, STR("\\P{Nd}")); break;
    /* All but punctuation, separators and what is neither: the underscore is no part of a word. */
    case 'w': buf_add(&t->out, STR("\\p{L}\\p{M}\\p{N}\\p{S}")); break;
    case 'W': buf_add(&t->out, STR("\\p{P}\\p{Z}\\p{C}")); break;
    default: ok = false;
    }
    if (!in_class) buf_char(&t->out, ']');
    return ok;
}

/* One character of a class, written plainly or escaped. */
static bool class_character(struct translator *t, uint32_t *out)
{
    size_t i = 0;
    if (t->at == t->end || *t->at == '[' || *t->at == ']' || *t->at == '-') return false;
    if (*t->at == '\\') {
        if (t->end - t->at < 2 || (*out = regex_single_escape(t->at[1])) == 0) return false;
        t->at += 2;
        return true;
    }
    *out = utf8_next((str){t->at, (size_t)(t->end - t->at)}, &i);
    t->at += i;
    return true;
}

/* A character, or a range of them: a hyphen before ] or [ is none. */
static bool class_range(struct translator *t)
{
    uint32_t from, to;
    if (!class_character(t, &from)) return false;
    to = from;
    if (t->end - t->at >= 2 && *t->at == '-' && t->at[1] != ']' && t->at[1] != '[' &&
        !(t->at[1] == '-' && t->end - t->at > 2 && t->at[2] == '[')) {
        t->at++;
        if (!class_character(t, &to) || to < from) return false;
    }
    put_span(t, from, to);
    return true;
}

static bool class_items(struct translator *t, bool *subtract)
{
    *subtract = false;
    for (bool first = true; t->at < t->end; first = false) {
        const char c = *t->at, next = t->end - t->at > 1 ? t->at[1] : '\0';
        if (c == ']') {
            t->at++;
            return !first;
        }
        if (c == '-' && next == '[') {
            t->at += 2;
            *subtract = true;
            return !first;
        }
        if (c == '-') { /* itself, first or last */
            if (!first && next != ']' && next != '-') return false;
            put_span(t, '-', '-');
            t->at++;
        } else if (c == '\\' && regex_single_escape(next) == 0) {
            t->at++;
            if (!regex_set_escape(t, true)) return false;
        } else if (!class_range(t)) {
            return false;
        }
    }
    return false;
}

/* [A-Z-[OI]] is (?:(?![OI])[A-Z]). */
/* NOLINTNEXTLINE(misc-no-recursion): bounded by CLASS_DEPTH_MAX */
bool regex_class(struct translator *t, int depth)
{
    struct buf outer = t->out;
    bool subtract;
    if (depth > CLASS_DEPTH_MAX) return false;
    t->out = (struct buf){.arena = outer.arena};
    buf_char(&t->out, '[');
    if (t->at < t->end && *t->at == '^') buf_char(&t->out, *t->at++);
    if (!class_items(t, &subtract)) return false;
    buf_char(&t->out, ']');
    const str set = buf_str(&t->out);
    t->out = outer;
    if (subtract) {
        buf_add(&t->out, STR("(?:(?!"));
        if (!regex_class(t, depth + 1) || t->at == t->end || *t->at++ != ']') return false;
        buf_char(&t->out, ')');
    }
    buf_add(&t->out, set);
    if (subtract) buf_char(&t->out, ')');
    return true;
}
