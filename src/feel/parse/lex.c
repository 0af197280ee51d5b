/* Text: blanks, words, literals; and the errors that point into it. */
#include <string.h>

#include "feel/parse/parse.h"

enum { COMMENT_MARK = 2 };

void skip_space(struct parser *p)
{
    for (;;) {
        const size_t space = space_at(p->at, p->end);
        if (space > 0) {
            p->at += space;
        } else if (p->end - p->at >= COMMENT_MARK && p->at[0] == '/' && p->at[1] == '/') {
            while (p->at < p->end && *p->at != '\n')
                p->at++;
        } else if (p->end - p->at >= COMMENT_MARK && p->at[0] == '/' && p->at[1] == '*') {
            const str rest = {p->at + COMMENT_MARK, (size_t)(p->end - p->at) - COMMENT_MARK};
            const size_t close = str_index(rest, STR("*/"));
            p->at = close == SIZE_MAX ? p->end : rest.at + close + COMMENT_MARK;
        } else {
            return;
        }
    }
}

bool looking_at(struct parser *p, const char *token)
{
    const size_t len = strlen(token);
    return (size_t)(p->end - p->at) >= len && memcmp(p->at, token, len) == 0;
}

bool eat(struct parser *p, const char *token)
{
    if (!looking_at(p, token)) return false;
    p->at += strlen(token);
    skip_space(p);
    return true;
}

bool looking_at_word(struct parser *p, const char *word)
{
    return looking_at(p, word) && name_part_at(p->at + strlen(word), p->end) == 0;
}

bool eat_word(struct parser *p, const char *word)
{
    if (!looking_at_word(p, word)) return false;
    p->at += strlen(word);
    skip_space(p);
    return true;
}

bool is_keyword(str word)
{
    static const char *const keyword[] = {
        "and", "between",  "every", "else", "external", "false",     "for",  "function", "if",
        "in",  "instance", "null",  "or",   "return",   "satisfies", "some", "then",     "true"};
    for (size_t i = 0; i < COUNTOF(keyword); i++)
        if (str_eq(word, str_from(keyword[i]))) return true;
    return false;
}

/* ---- errors ---- */

struct pos expr_pos(const struct feel_expr *e, uint32_t at)
{
    struct pos pos = e->at;
    if (pos.line == 0) pos = (struct pos){.line = 1, .column = 1};
    for (uint32_t i = 0; i < at && i < e->source.len; i++) {
        const uint8_t c = (uint8_t)e->source.at[i];
        if (c == '\n') {
            pos.line++;
            pos.column = 1;
        } else if ((c & 0xC0) != 0x80) {
            pos.column++;
        }
    }
    pos.offset_bytes += at;
    return pos;
}

void *fail_at(struct parser *p, uint32_t at, const char *slug, const char *zh, const char *en, ...)
{
    va_list ap;
    va_start(ap, en);
    const str sentence = arena_vprintf(p->arena, p->cx->lang == LANG_ZH ? zh : en, ap);
    va_end(ap);
    const rc r = err_set_at(p->cx, RC_INVALID, slug, expr_pos(p->expr, at), "%.*s", "%.*s",
                            STR_ARG(sentence));
    (void)r;
    return NULL;
}

void *fail_limit(struct parser *p, const char *slug, const char *zh, const char *en)
{
    const rc r = err_set_at(p->cx, RC_LIMIT, slug, expr_pos(p->expr, offset_of(p)), "%s", "%s",
                            p->cx->lang == LANG_ZH ? zh : en);
    (void)r;
    return NULL;
}

/* What stands at p->at, for a message: one word or sign. */
static str next_token(const struct parser *p)
{
    const char *at = p->at;
    for (size_t n = name_part_at(at, p->end); n > 0; n = name_part_at(at, p->end))
        at += n;
    if (at == p->at && at < p->end) {
        size_t i = 0;
        utf8_next((str){at, (size_t)(p->end - at)}, &i);
        at += i;
    }
    return (str){p->at, (size_t)(at - p->at)};
}

void *fail_expected(struct parser *p, const char *zh, const char *en)
{
    const str token = next_token(p);
    if (token.len == 0)
        return fail_at(p, offset_of(p), "feel.syntax",
                       p->cx->lang == LANG_ZH ? "表达式到此中断,此处应为%s" : "%s",
                       "the expression ends here, but %s is expected",
                       p->cx->lang == LANG_ZH ? zh : en);
    void *none = fail_at(p, offset_of(p), "feel.syntax", "“%.*s”不应出现在此处,此处应为%s",
                         "unexpected \"%.*s\", expected %s", STR_ARG(token),
                         p->cx->lang == LANG_ZH ? zh : en);
    if (p->name_end == offset_of(p) || (uint8_t)token.at[0] >= 0x80)
        err_hint(p->cx, "名称中的每个词都须已知;标点须用半角",
                 "every word of a name must be known; signs are written in ASCII");
    return none;
}

bool enter(struct parser *p)
{
    if (p->arena->exhausted) {
        fail_limit(p, "feel.memory", "表达式太大,内存不足",
                   "the expression is too large to compile");
        return false;
    }
    if (++p->depth <= FEEL_DEPTH_MAX) return true;
    fail_limit(p, "feel.depth", "表达式嵌套过深(最多200层)",
               "the expression is nested too deeply (at most 200 levels)");
    return false;
}

/* ---- literals ---- */

static const char *skip_digits(const char *at, const char *end)
{
    while (at < end && *at >= '0' && *at <= '9')
        at++;
    return at;
}

struct node *parse_number(struct parser *p)
{
    const char *at = skip_digits(p->at, p->end);
    const uint32_t start = offset_of(p);
    if (at + 1 < p->end && *at == '.' && at[1] >= '0' && at[1] <= '9')
        at = skip_digits(at + 1, p->end);
    if (at < p->end && (*at == 'e' || *at == 'E')) {
        const char *exponent = at + 1;
        if (exponent < p->end && (*exponent == '+' || *exponent == '-')) exponent++;
        const char *last = skip_digits(exponent, p->end);
        if (last > exponent) at = last;
    }
    struct feel_value v;
    const str text = {p->at, (size_t)(at - p->at)};
    if (!number_parse(p->arena, text, &v))
        return fail_at(p, start, "feel.syntax", "“%.*s”不是可表示的数字",
                       "\"%.*s\" is not a number that can be represented", STR_ARG(text));
    if (name_part_at(at, p->end) > 0) {
        p->at = at;
        return fail_expected(p, "运算符", "an operator");
    }
    p->at = at;
    skip_space(p);
    return const_node(p, v, start);
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

static bool hex(struct parser *p, const char *at, int count, uint32_t *out)
{
    uint32_t c = 0;
    for (int i = 0; i < count; i++, at++) {
        const int digit = at < p->end ? hex_digit(*at) : -1;
        if (digit < 0) return false;
        c = c << 4 | (uint32_t)digit;
    }
    *out = c;
    return true;
}

/* \uXXXX, a surrogate pair of them, or \UXXXXXX; returns the bytes read after the backslash. */
static size_t unicode_escape(struct parser *p, const char *at, uint32_t *out)
{
    enum { SHORT = 4, LONG = 6, PAIR = 11 };
    uint32_t low;
    if (*at == 'U') return hex(p, at + 1, LONG, out) && *out <= 0x10FFFF ? 1 + LONG : 0;
    if (!hex(p, at + 1, SHORT, out)) return 0;
    if (*out < 0xD800 || *out > 0xDFFF) return 1 + SHORT;
    if (*out <= 0xDBFF && p->end - at > PAIR && at[1 + SHORT] == '\\' && at[2 + SHORT] == 'u' &&
        hex(p, at + 3 + SHORT, SHORT, &low) && low >= 0xDC00 && low <= 0xDFFF) {
        *out = 0x10000 + ((*out - 0xD800) << 10) + (low - 0xDC00);
        return PAIR;
    }
    return 0;
}

static size_t escape(struct parser *p, const char *at, struct buf *out)
{
    static const char from[] = "\"\\'nrt/", to[] = "\"\\'\n\r\t/";
    const char *plain = strchr(from, *at);
    uint32_t c;
    char bytes[4];
    if (*at != '\0' && plain != NULL) {
        buf_char(out, to[plain - from]);
        return 1;
    }
    if (*at != 'u' && *at != 'U') {
        buf_char(out, '\\'); /* an unknown escape stands for itself */
        return 0;
    }
    const size_t n = unicode_escape(p, at, &c);
    if (n == 0 || (c >= 0xD800 && c <= 0xDFFF)) return SIZE_MAX;
    buf_add(out, (str){bytes, utf8_put(bytes, c)});
    return n;
}

bool lex_string(struct parser *p, str *out)
{
    const uint32_t start = offset_of(p);
    const char *at = p->at + 1;
    while (at < p->end && *at != '"' && *at != '\\')
        at++;
    if (at < p->end && *at == '"') { /* no escapes: a view into the source */
        *out = (str){p->at + 1, (size_t)(at - p->at) - 1};
        p->at = at + 1;
        skip_space(p);
        return true;
    }
    struct buf b = {.arena = p->arena};
    buf_add(&b, (str){p->at + 1, (size_t)(at - p->at) - 1});
    while (at < p->end && *at != '"') {
        if (*at != '\\' || at + 1 == p->end) {
            buf_char(&b, *at++);
            continue;
        }
        const size_t n = escape(p, at + 1, &b);
        if (n == SIZE_MAX)
            return fail_at(p, (uint32_t)(at - p->begin), "feel.syntax", "字符转义无效",
                           "this escape is no character");
        at += 1 + n;
    }
    if (at == p->end)
        return fail_at(p, start, "feel.syntax", "字符串缺少结尾的双引号",
                       "the string has no closing quote");
    *out = buf_str(&b);
    p->at = at + 1;
    skip_space(p);
    return true;
}

struct node *parse_string(struct parser *p)
{
    const uint32_t start = offset_of(p);
    str s;
    if (!lex_string(p, &s)) return NULL;
    return const_node(p, feel_string(s), start);
}

struct node *parse_at_literal(struct parser *p)
{
    const uint32_t start = offset_of(p);
    str s;
    struct feel_value v;
    p->at++;
    if (peek(p) != '"') return fail_expected(p, "双引号", "a quote");
    if (!lex_string(p, &s)) return NULL;
    if (feel_temporal_parse(s, &v)) return const_node(p, v, start);
    if (p->scope->lenient)
        return fault_node(p, start, "feel.literal", "“%.*s”不是日期、时间或时长",
                          "\"%.*s\" is no date, time or duration", STR_ARG(s));
    return fail_at(p, start, "feel.syntax", "“%.*s”不是日期、时间或时长",
                   "\"%.*s\" is no date, time or duration", STR_ARG(s));
}

bool lex_name(struct parser *p, const char *stop, str *out)
{
    const char *from = p->at, *at = p->at;
    while (at < p->end && strchr(stop, *at) == NULL && *at != '\0' && *at != '"' && *at != '{' &&
           *at != '}' && *at != '(' && *at != ')' && *at != '[' && *at != ']')
        at++;
    const str name = name_normal(p->arena, (str){from, (size_t)(at - from)});
    if (name.len == 0 || name_part_at(name.at, name.at + name.len) == 0 ||
        (name.at[0] >= '0' && name.at[0] <= '9'))
        return fail_expected(p, "名称", "a name");
    p->at = at;
    skip_space(p);
    *out = name;
    return true;
}
