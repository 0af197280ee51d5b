/* The XPath flavour translated for PCRE2: class subtraction, \i and \c, blocks; and what XPath does
 * not know is refused. */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "feel/regex.h"

#include <pcre2.h>
#include <stdio.h>
#include <string.h>

enum { MATCH_LIMIT = 2000000, DEPTH_LIMIT = 2000, CLASS_DEPTH_MAX = 20, PATTERN_BYTES_MAX = 10000 };

struct regex {
    pcre2_code *code;
    pcre2_match_data *data;
    pcre2_match_context *limits;
};

struct translator {
    const char *at, *end;
    struct buf out;
    bool extended; /* flag x: blanks do not count */
    int groups;
};

static void *regex_malloc(size_t bytes, void *arena)
{
    return arena_try(arena, bytes, 1);
}

static void regex_free(void *at, void *arena)
{
    (void)at;
    (void)arena;
}

/* Unicode blocks by name, the ones people use; PCRE2 knows scripts only. */
static const char *block(str name)
{
    static const struct {
        const char *name, *set;
    } known[] = {{"BasicLatin", "\\x{0}-\\x{7F}"},
                 {"Latin-1Supplement", "\\x{80}-\\x{FF}"},
                 {"LatinExtended-A", "\\x{100}-\\x{17F}"},
                 {"LatinExtended-B", "\\x{180}-\\x{24F}"},
                 {"IPAExtensions", "\\x{250}-\\x{2AF}"},
                 {"CombiningDiacriticalMarks", "\\x{300}-\\x{36F}"},
                 {"Greek", "\\x{370}-\\x{3FF}"},
                 {"GreekandCoptic", "\\x{370}-\\x{3FF}"},
                 {"Cyrillic", "\\x{400}-\\x{4FF}"},
                 {"Armenian", "\\x{530}-\\x{58F}"},
                 {"Hebrew", "\\x{590}-\\x{5FF}"},
                 {"Arabic", "\\x{600}-\\x{6FF}"},
                 {"Devanagari", "\\x{900}-\\x{97F}"},
                 {"Thai", "\\x{E00}-\\x{E7F}"},
                 {"Tibetan", "\\x{F00}-\\x{FFF}"},
                 {"Georgian", "\\x{10A0}-\\x{10FF}"},
                 {"HangulJamo", "\\x{1100}-\\x{11FF}"},
                 {"LatinExtendedAdditional", "\\x{1E00}-\\x{1EFF}"},
                 {"GreekExtended", "\\x{1F00}-\\x{1FFF}"},
                 {"GeneralPunctuation", "\\x{2000}-\\x{206F}"},
                 {"CurrencySymbols", "\\x{20A0}-\\x{20CF}"},
                 {"LetterlikeSymbols", "\\x{2100}-\\x{214F}"},
                 {"NumberForms", "\\x{2150}-\\x{218F}"},
                 {"Arrows", "\\x{2190}-\\x{21FF}"},
                 {"MathematicalOperators", "\\x{2200}-\\x{22FF}"},
                 {"BoxDrawing", "\\x{2500}-\\x{257F}"},
                 {"CJKSymbolsandPunctuation", "\\x{3000}-\\x{303F}"},
                 {"Hiragana", "\\x{3040}-\\x{309F}"},
                 {"Katakana", "\\x{30A0}-\\x{30FF}"},
                 {"Bopomofo", "\\x{3100}-\\x{312F}"},
                 {"CJKUnifiedIdeographsExtensionA", "\\x{3400}-\\x{4DBF}"},
                 {"CJKUnifiedIdeographs", "\\x{4E00}-\\x{9FFF}"},
                 {"HangulSyllables", "\\x{AC00}-\\x{D7AF}"},
                 {"PrivateUseArea", "\\x{E000}-\\x{F8FF}"},
                 {"CJKCompatibilityIdeographs", "\\x{F900}-\\x{FAFF}"},
                 {"HalfwidthandFullwidthForms", "\\x{FF00}-\\x{FFEF}"},
                 {"Specials", "\\x{FFF0}-\\x{FFFF}"}};
    for (size_t i = 0; i < COUNTOF(known); i++)
        if (str_eq(name, str_from(known[i].name))) return known[i].set;
    return NULL;
}

/* The name start and name characters of XML. */
static const char name_start[] =
    ":A-Z_a-z\\x{C0}-\\x{D6}\\x{D8}-\\x{F6}\\x{F8}-\\x{2FF}"
    "\\x{370}-\\x{37D}\\x{37F}-\\x{1FFF}\\x{200C}-\\x{200D}"
    "\\x{2070}-\\x{218F}\\x{2C00}-\\x{2FEF}\\x{3001}-\\x{D7FF}"
    "\\x{F900}-\\x{FDCF}\\x{FDF0}-\\x{FFFD}\\x{10000}-\\x{EFFFF}";
static const char name_more[] = "-.0-9\\x{B7}\\x{300}-\\x{36F}\\x{203F}-\\x{2040}";

static bool is_category(str name)
{
    static const char *const known =
        " L Lu Ll Lt Lm Lo M Mn Mc Me N Nd Nl No P Pc Pd Ps Pe Pi Pf Po Z Zs Zl Zp S Sm Sc Sk So "
        "C Cc Cf Co Cn ";
    char text[8];
    if (name.len == 0 || name.len > 2) return false;
    (void)snprintf(text, sizeof text, " " STR_FMT " ", STR_ARG(name));
    return strstr(known, text) != NULL;
}

static void put(struct translator *t, const char *text)
{
    buf_add(&t->out, str_from(text));
}

/* \p{…} and \P{…}, at the brace. */
static bool property(struct translator *t, bool negated, bool in_class)
{
    if (t->at == t->end || *t->at != '{') return false;
    const char *close = memchr(t->at, '}', (size_t)(t->end - t->at));
    if (close == NULL) return false;
    const str name = {t->at + 1, (size_t)(close - t->at) - 1};
    t->at = close + 1;
    if (is_category(name)) {
        buf_printf(&t->out, "\\%c{%.*s}", negated ? 'P' : 'p', STR_ARG(name));
        return true;
    }
    if (!str_starts(name, STR("Is"))) return false;
    const char *set = block(str_slice(name, 2, name.len));
    if (set == NULL || (in_class && negated)) return false;
    buf_printf(&t->out, in_class ? "%s%s" : negated ? "[^%s%s]" : "[%s%s]", set, "");
    return true;
}

/* What stands after a backslash. */
static bool escape(struct translator *t, bool in_class)
{
    if (t->at == t->end) return false;
    const char c = *t->at++;
    if (c == 'p' || c == 'P') return property(t, c == 'P', in_class);
    if (c == 'i' || c == 'c' || c == 'I' || c == 'C') {
        const bool negated = c == 'I' || c == 'C';
        if (in_class && negated) return false;
        if (!in_class) put(t, negated ? "[^" : "[");
        put(t, name_start);
        if (c == 'c' || c == 'C') put(t, name_more);
        if (!in_class) put(t, "]");
        return true;
    }
    if (strchr("nrtsSdDwW", c) == NULL && strchr("\\|.?*+(){}-[]^$", c) == NULL &&
        !(c >= '1' && c <= '9' && !in_class))
        return false;
    if (c >= '1' && c <= '9') {
        if (c - '0' > t->groups) return false;
        buf_printf(&t->out, "\\g{%c}", c);
        return true;
    }
    buf_char(&t->out, '\\');
    buf_char(&t->out, c);
    return true;
}

/* [A-Z-[OI]] is (?:(?![OI])[A-Z]). */
/* NOLINTNEXTLINE(misc-no-recursion): bounded by CLASS_DEPTH_MAX */
static bool class(struct translator *t, int depth)
{
    struct buf outer = t->out;
    struct buf without = {.arena = outer.arena};
    bool empty = true;
    if (depth > CLASS_DEPTH_MAX) return false;
    t->out = (struct buf){.arena = outer.arena};
    buf_char(&t->out, '[');
    if (t->at < t->end && *t->at == '^') {
        buf_char(&t->out, '^');
        t->at++;
    }
    for (;; empty = false) {
        if (t->at == t->end) return false;
        const char c = *t->at++;
        if (c == ']' && empty) return false;
        if (c == ']') break;
        if (c == '-' && t->at < t->end && *t->at == '[' && !empty) {
            const struct buf set = t->out;
            t->at++;
            t->out = without;
            if (!class(t, depth + 1)) return false;
            without = t->out;
            t->out = set;
            if (t->at == t->end || *t->at++ != ']') return false;
            break;
        }
        if (c == '[') return false;
        if (c == '\\') {
            if (!escape(t, true)) return false;
            continue;
        }
        if (t->extended && strchr(" \t\n\r", c) != NULL) buf_char(&t->out, '\\');
        buf_char(&t->out, c);
    }
    buf_char(&t->out, ']');
    const struct buf set = t->out;
    t->out = outer;
    if (without.len > 0) buf_printf(&t->out, "(?:(?!%.*s)", STR_ARG(buf_str(&without)));
    buf_add(&t->out, buf_str(&set));
    if (without.len > 0) buf_char(&t->out, ')');
    return true;
}

static bool quantifier(struct translator *t)
{
    const char *close = memchr(t->at, '}', (size_t)(t->end - t->at));
    if (close == NULL || close == t->at || *t->at == ',') return false;
    for (const char *c = t->at; c < close; c++)
        if (*c != ',' && (*c < '0' || *c > '9')) return false;
    buf_char(&t->out, '{');
    buf_add(&t->out, (str){t->at, (size_t)(close - t->at) + 1});
    t->at = close + 1;
    return true;
}

static bool translate(struct translator *t)
{
    while (t->at < t->end) {
        const char c = *t->at++;
        switch (c) {
        case '\\':
            if (!escape(t, false)) return false;
            break;
        case '[':
            if (!class(t, 0)) return false;
            break;
        case ']':
        case '}': return false;
        case '{':
            if (!quantifier(t)) return false;
            break;
        case '(':
            buf_char(&t->out, '(');
            if (t->at < t->end && *t->at == '?') {
                if (t->end - t->at < 2 || t->at[1] != ':') return false;
                put(t, "?:");
                t->at += 2;
            } else {
                t->groups++;
            }
            if (t->at < t->end && *t->at == '*') return false;
            break;
        case '+': /* a++ would be possessive in PCRE2, and is nothing in XPath */
        case '*':
        case '?':
            buf_char(&t->out, c);
            if (t->at < t->end && *t->at == '?') buf_char(&t->out, *t->at++);
            if (t->at < t->end && (*t->at == '+' || *t->at == '*' || *t->at == '?')) return false;
            break;
        case '#': put(t, "\\#"); break;
        default:
            if (t->extended && strchr(" \t\n\r", c) != NULL) break;
            buf_char(&t->out, c);
        }
    }
    return true;
}

static bool options_of(str flags, uint32_t *options, bool *extended, bool *quoted)
{
    *options = PCRE2_UTF | PCRE2_UCP | PCRE2_DOLLAR_ENDONLY | PCRE2_NO_UTF_CHECK;
    *extended = *quoted = false;
    for (size_t i = 0; i < flags.len; i++) {
        switch (flags.at[i]) {
        case 's': *options |= PCRE2_DOTALL; break;
        case 'm': *options |= PCRE2_MULTILINE; break;
        case 'i': *options |= PCRE2_CASELESS; break;
        case 'x': *extended = true; break;
        case 'q': *quoted = true; break;
        default: return false;
        }
    }
    return true;
}

struct regex *regex_compile(struct call *c, str pattern, str flags)
{
    struct arena *a = c->m->arena;
    struct translator t = {pattern.at, pattern.at + pattern.len, {.arena = a}, false, 0};
    uint32_t options;
    bool quoted;
    int code;
    PCRE2_SIZE at;
    if (!charge(c->m, c->n, 16 + (int32_t)(pattern.len % PATTERN_BYTES_MAX)) ||
        pattern.len > PATTERN_BYTES_MAX || !options_of(flags, &options, &t.extended, &quoted))
        return NULL;
    if (quoted) {
        options = (options & (PCRE2_UTF | PCRE2_CASELESS | PCRE2_NO_UTF_CHECK)) | PCRE2_LITERAL;
        buf_add(&t.out, pattern);
    } else if (!translate(&t)) {
        return NULL;
    }
    const str text = buf_str(&t.out);
    pcre2_general_context *memory = pcre2_general_context_create(regex_malloc, regex_free, a);
    if (memory == NULL) return NULL;
    pcre2_compile_context *context = pcre2_compile_context_create(memory);
    struct regex *r = NEW(a, struct regex);
    if (context == NULL) return NULL;
    r->code = pcre2_compile((PCRE2_SPTR)(text.len > 0 ? text.at : ""), text.len, options, &code,
                            &at, context);
    if (r->code == NULL) return NULL;
    r->data = pcre2_match_data_create_from_pattern(r->code, memory);
    r->limits = pcre2_match_context_create(memory);
    if (r->data == NULL || r->limits == NULL) return NULL;
    pcre2_set_match_limit(r->limits, MATCH_LIMIT);
    pcre2_set_depth_limit(r->limits, DEPTH_LIMIT);
    return r;
}

int regex_match(struct regex *r, str subject, size_t from, size_t **offset)
{
    const char *at = subject.len > 0 ? subject.at : "";
    const int n = pcre2_match(r->code, (PCRE2_SPTR)at, subject.len, from, PCRE2_NO_UTF_CHECK,
                              r->data, r->limits);
    if (n == PCRE2_ERROR_NOMATCH) return 0;
    if (n < 0) return -1;
    *offset = pcre2_get_ovector_pointer(r->data);
    return n;
}
