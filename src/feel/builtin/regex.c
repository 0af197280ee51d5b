/* The XPath flavour translated for PCRE2: class subtraction, \i and \c, blocks, \w as XML Schema has it;
 * and what XPath does not know is refused.  The classes are in regex_class.c. */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "feel/builtin/regex.h"

#include <pcre2.h>
#include <string.h>

/* EASY_LIMIT suffices for nearly every match; one that needs more is charged as much as it may take. */
enum { MATCH_LIMIT = 2000000, EASY_LIMIT = 20000, DEPTH_LIMIT = 2000, HARD_STEPS = 20000 };
enum { PATTERN_BYTES_MAX = 10000, BYTES_A_STEP = 256 };

struct regex {
    pcre2_code *code;
    pcre2_match_data *data;
    pcre2_match_context *limits;
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

/* \12 is the twelfth group if there are so many so far, else the first and a 2; it must be closed. */
static bool back_reference(struct translator *t)
{
    int n = 0;
    while (t->at < t->end && *t->at >= '0' && *t->at <= '9') {
        const int more = n * 10 + (*t->at - '0');
        if (n > 0 && more > t->groups) break;
        n = more;
        t->at++;
    }
    if (n > t->groups || !t->closed[n]) return false;
    buf_printf(&t->out, "\\g{%d}", n);
    return true;
}

/* What stands after a backslash, outside of a class. */
static bool escape(struct translator *t)
{
    if (t->at == t->end) return false;
    const char c = *t->at;
    if (c >= '1' && c <= '9') return back_reference(t);
    if (regex_single_escape(c) == 0) return regex_set_escape(t, false);
    buf_char(&t->out, '\\');
    buf_char(&t->out, c);
    t->at++;
    return true;
}

static bool is_quantifier(const struct translator *t)
{
    return t->at < t->end && strchr("*+?{", *t->at) != NULL && *t->at != '\0';
}

/* At a sign that repeats.  a++ would be possessive in PCRE2, and is nothing in XPath. */
static bool quantifier(struct translator *t)
{
    if (*t->at == '{') {
        const char *close = memchr(t->at, '}', (size_t)(t->end - t->at));
        if (close == NULL || close == t->at + 1 || t->at[1] == ',') return false;
        int commas = 0;
        for (const char *c = t->at + 1; c < close; c++) {
            commas += *c == ',';
            if (*c != ',' && (*c < '0' || *c > '9')) return false;
        }
        if (commas > 1) return false;
        buf_add(&t->out, (str){t->at, (size_t)(close - t->at) + 1});
        t->at = close + 1;
    } else {
        buf_char(&t->out, *t->at++);
    }
    if (t->at < t->end && *t->at == '?') buf_char(&t->out, *t->at++);
    return !is_quantifier(t);
}

static bool open_group(struct translator *t)
{
    const str rest = {t->at, (size_t)(t->end - t->at)};
    const bool bare = str_starts(rest, STR("?:"));
    if (t->depth == REGEX_GROUPS_MAX || t->groups == REGEX_GROUPS_MAX) return false;
    if (!bare && is_quantifier(t)) return false;
    buf_add(&t->out, bare ? STR("(?:") : STR("("));
    t->at += bare ? 2 : 0;
    t->open[t->depth++] = bare ? 0 : ++t->groups;
    return true;
}

static bool close_group(struct translator *t)
{
    if (t->depth == 0) return false;
    t->closed[t->open[--t->depth]] = true;
    buf_char(&t->out, ')');
    return true;
}

static bool translate(struct translator *t)
{
    bool ok = true;
    while (ok && t->at < t->end) {
        switch (*t->at) {
        case '*':
        case '+':
        case '?':
        case '{': ok = quantifier(t); break;
        case '\\':
            t->at++;
            ok = escape(t);
            break;
        case '[':
            t->at++;
            ok = regex_class(t, 0);
            break;
        case '(':
            t->at++;
            ok = open_group(t);
            break;
        case ')':
            t->at++;
            ok = close_group(t);
            break;
        case ']':
        case '}': return false;
        case '^': /* PCRE2 repeats no assertion that stands bare */
        case '$': buf_printf(&t->out, "(?:%c)", *t->at++); break;
        default: buf_char(&t->out, *t->at++);
        }
    }
    return ok && t->depth == 0;
}

/* Flag x: blanks outside of classes are not there, not even between a backslash and its letter. */
static str without_blanks(struct arena *a, str pattern)
{
    struct buf b = {.arena = a};
    int classes = 0;
    bool escaped = false;
    for (size_t i = 0; i < pattern.len; i++) {
        const char c = pattern.at[i];
        if (classes == 0 && (c == ' ' || c == '\t' || c == '\n' || c == '\r')) continue;
        buf_char(&b, c);
        if (!escaped && c == '[') classes++;
        if (!escaped && c == ']' && classes > 0) classes--;
        escaped = !escaped && c == '\\';
    }
    return buf_str(&b);
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

/* The pattern as PCRE2 is to have it; false: it is none of XPath. */
static bool prepare(struct arena *a, str pattern, str flags, struct regex *r, uint32_t *options,
                    str *out)
{
    bool extended, quoted;
    if (pattern.len > PATTERN_BYTES_MAX || !options_of(flags, options, &extended, &quoted))
        return false;
    *out = pattern;
    if (quoted) {
        *options = (*options & (PCRE2_UTF | PCRE2_CASELESS | PCRE2_NO_UTF_CHECK)) | PCRE2_LITERAL;
        return true;
    }
    if (extended) pattern = without_blanks(a, pattern);
    struct translator *t = NEW(a, struct translator);
    *t =
        (struct translator){.at = pattern.at, .end = pattern.at + pattern.len, .out = {.arena = a}};
    if (!translate(t)) return false;
    r->groups = t->groups;
    *out = buf_str(&t->out);
    return true;
}

struct regex *regex_compile(struct call *c, str pattern, str flags)
{
    struct arena *a = c->m->arena;
    struct regex *r = NEW(a, struct regex);
    uint32_t options;
    int code;
    str text;
    PCRE2_SIZE at;
    if (!charge(c->m, c->n, 16 + (int32_t)(pattern.len % PATTERN_BYTES_MAX)) ||
        !prepare(a, pattern, flags, r, &options, &text))
        return NULL;
    pcre2_general_context *memory = pcre2_general_context_create(regex_malloc, regex_free, a);
    if (memory == NULL) return NULL;
    pcre2_compile_context *context = pcre2_compile_context_create(memory);
    if (context == NULL) return NULL;
    pcre2_set_newline(context, PCRE2_NEWLINE_LF);
    r->code = pcre2_compile((PCRE2_SPTR)(text.len > 0 ? text.at : ""), text.len, options, &code,
                            &at, context);
    if (r->code == NULL) return NULL;
    r->data = pcre2_match_data_create_from_pattern(r->code, memory);
    r->limits = pcre2_match_context_create(memory);
    if (r->data == NULL || r->limits == NULL) return NULL;
    pcre2_set_depth_limit(r->limits, DEPTH_LIMIT);
    return r;
}

int regex_groups(const struct regex *r)
{
    return r->groups;
}

int regex_match(struct call *c, struct regex *r, str subject, size_t from, size_t **offset)
{
    const char *at = subject.len > 0 ? subject.at : "";
    const size_t steps = 4 + (subject.len - from) / BYTES_A_STEP;
    if (!charge(c->m, c->n, steps > INT32_MAX ? INT32_MAX : (int32_t)steps)) return -1;
    pcre2_set_match_limit(r->limits, EASY_LIMIT);
    int n = pcre2_match(r->code, (PCRE2_SPTR)at, subject.len, from, PCRE2_NO_UTF_CHECK, r->data,
                        r->limits);
    if (n == PCRE2_ERROR_MATCHLIMIT) {
        if (!charge(c->m, c->n, HARD_STEPS)) return -1;
        pcre2_set_match_limit(r->limits, MATCH_LIMIT);
        n = pcre2_match(r->code, (PCRE2_SPTR)at, subject.len, from, PCRE2_NO_UTF_CHECK, r->data,
                        r->limits);
    }
    if (n == PCRE2_ERROR_NOMATCH) return 0;
    if (n < 0) return -1;
    *offset = pcre2_get_ovector_pointer(r->data);
    return n;
}
