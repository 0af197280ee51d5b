/* The JSON reader: one pass without recursion over a copy of the text, whose strings are decoded
 * where they stand, so that no string needs memory of its own.  The copy ends in NUL, which no JSON
 * text may contain, so that the scanning loops need not look for the end. */
#include <stdlib.h>

#include "base/json.h"

/* One level of nesting: what the next value is added to. */
struct level {
    struct json *node;
    struct json *last;
    uint64_t keys_seen; /* a bit per key: a key whose bit is not set is a new one */
};
struct reader {
    struct cx *cx;
    char *at, *begin, *end; /* the copy */
    const char *text;       /* what was given: positions are counted in it */
    const char *line_start; /* in the copy */
    const char *counted;    /* `columns` characters stand between line_start and here */
    uint32_t line, columns;
    bool is_ascii;
    struct json *spare; /* nodes not yet used */
    size_t spare_count;
    size_t depth;
    struct level level[JSON_DEPTH_MAX + 1];
};

/* Objects with more keys are checked for duplicates at their end, by sorting. */
enum { FEW_KEYS = 32 };

static struct pos position(struct reader *r, const char *at)
{
    if (r->counted < r->line_start || r->counted > at) {
        r->counted = r->line_start;
        r->columns = 0;
    }
    const size_t n = (size_t)(at - r->counted);
    /* Not in the copy, where escapes have been decoded meanwhile. */
    r->columns +=
        (uint32_t)(r->is_ascii ? n : utf8_count((str){r->text + (r->counted - r->begin), n}));
    r->counted = at;
    return (struct pos){r->line, r->columns + 1, (uint32_t)(at - r->begin)};
}

static rc memory(struct reader *r)
{
    return err_set(r->cx, RC_LIMIT, "json.memory", "JSON 太大，超出 %zu 字节的内存限额",
                   "the JSON is too large for %zu bytes of memory", r->cx->arena->budget_bytes);
}

/* Says what stands at `at` instead of what was expected. */
static rc syntax(struct reader *r, const char *at, const char *zh, const char *en)
{
    const struct pos pos = position(r, at);
    if (at == r->end)
        return err_set_at(r->cx, RC_INVALID, "json.syntax", pos, "JSON 到此为止，还缺%s",
                          "the JSON ends here, expected %s", r->cx->lang == LANG_EN ? en : zh);
    const str rest = {r->text + pos.offset_bytes, (size_t)(r->end - at)};
    size_t len = 0;
    const uint32_t c = utf8_next(rest, &len);
    if (c < 0x20 || c == 0x7F)
        return err_set_at(r->cx, RC_INVALID, "json.syntax", pos,
                          "这里是控制字符 U+%04" PRIX32 "，应为%s",
                          "control character U+%04" PRIX32 " found, expected %s", c,
                          r->cx->lang == LANG_EN ? en : zh);
    return err_set_at(r->cx, RC_INVALID, "json.syntax", pos, "这里是“" STR_FMT "”，应为%s",
                      "\"" STR_FMT "\" found, expected %s", (int)len, rest.at,
                      r->cx->lang == LANG_EN ? en : zh);
}

static inline void skip_space(struct reader *r)
{
    for (;; r->at++) {
        if (*r->at == '\n') {
            r->line++;
            r->line_start = r->at + 1;
        } else if (*r->at != ' ' && *r->at != '\t' && *r->at != '\r') {
            return;
        }
    }
}

/* The first of eight bytes that is a quote, a backslash or a control character: its bit 7 is set.
 * Bytes above 0x7F are none of these; a false hit can only follow a true one. */
static inline uint64_t special_bytes(const char *at)
{
    const uint64_t ones = 0x0101010101010101, high = 0x8080808080808080;
    uint64_t v;
    memcpy(&v, at, 8);
    const uint64_t quote = v ^ ones * '"', slash = v ^ ones * '\\';
    return ((quote - ones) | (slash - ones) | (v - ones * 0x20)) & ~v & high;
}

static inline char *skip_plain(char *at)
{
    uint64_t hit;
    while (!(hit = special_bytes(at)))
        at += 8;
    return at + (__builtin_ctzll(hit) >> 3);
}

static int hex4(const char *at)
{
    int n = 0;
    for (int i = 0; i < 4; i++) {
        const char c = at[i], low = (char)(c | 0x20);
        if (c >= '0' && c <= '9')
            n = n << 4 | (c - '0');
        else if (low >= 'a' && low <= 'f')
            n = n << 4 | (low - 'a' + 10);
        else
            return -1;
    }
    return n;
}

/* \uXXXX, two of them for a character beyond U+FFFF; r->at stands on the backslash. */
static rc read_unicode(struct reader *r, char **to)
{
    const char *at = r->at;
    int c = hex4(at + 2);
    if (c < 0) return syntax(r, at + 2, "四位十六进制数", "four hexadecimal digits");
    r->at += 6;
    if (c >= 0xD800 && c <= 0xDFFF) {
        const int low = c <= 0xDBFF && r->at[0] == '\\' && r->at[1] == 'u' ? hex4(r->at + 2) : -1;
        if (low < 0xDC00 || low > 0xDFFF)
            return err_set_at(r->cx, RC_INVALID, "json.utf8", position(r, at),
                              "“\\u%04x”只是半个字符，应有配对的另一半",
                              "\"\\u%04x\" is half of a character, expected its other half", c);
        c = 0x10000 + ((c & 0x3FF) << 10 | (low & 0x3FF));
        r->at += 6;
    }
    *to += utf8_put(*to, (uint32_t)c);
    return RC_OK;
}

static rc read_escape(struct reader *r, char **to)
{
    char c;
    switch (r->at[1]) {
    case '"':
    case '\\':
    case '/': c = r->at[1]; break;
    case 'b': c = '\b'; break;
    case 'f': c = '\f'; break;
    case 'n': c = '\n'; break;
    case 'r': c = '\r'; break;
    case 't': c = '\t'; break;
    case 'u': return read_unicode(r, to);
    default:
        return syntax(r, r->at + 1, "转义字符 \" \\ / b f n r t u", "one of \" \\ / b f n r t u");
    }
    *(*to)++ = c;
    r->at += 2;
    return RC_OK;
}

/* A string; r->at stands on its opening quote. */
static rc read_string(struct reader *r, str *out)
{
    char *start = ++r->at, *to = start;
    r->at = skip_plain(r->at);
    to = r->at;
    while (*r->at != '"') {
        if (*r->at != '\\')
            return syntax(r, r->at, "字符串的下一个字符或引号", "a character or a quote");
        const rc e = read_escape(r, &to);
        if (e != RC_OK) return e;
        char *from = r->at;
        r->at = skip_plain(from);
        memmove(to, from, (size_t)(r->at - from));
        to += r->at - from;
    }
    r->at++;
    *out = (str){start, (size_t)(to - start)};
    return RC_OK;
}

static inline bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static rc read_number(struct reader *r, str *out)
{
    char *start = r->at, *at = start;
    if (*at == '-') at++;
    if (!is_digit(*at)) return syntax(r, at, "数字", "a digit");
    if (*at++ == '0' && is_digit(*at))
        return syntax(r, at, "不带前导零的数", "a number without leading zeros");
    while (is_digit(*at))
        at++;
    if (*at == '.') {
        if (!is_digit(*++at)) return syntax(r, at, "小数点后的数字", "a digit behind the point");
        while (is_digit(*at))
            at++;
    }
    if ((*at | 0x20) == 'e') {
        at++;
        if (*at == '+' || *at == '-') at++;
        if (!is_digit(*at)) return syntax(r, at, "指数的数字", "a digit of the exponent");
        while (is_digit(*at))
            at++;
    }
    r->at = at;
    *out = (str){start, (size_t)(at - start)};
    return RC_OK;
}

static rc read_word(struct reader *r, str word, enum json_kind kind, struct json *node)
{
    for (size_t i = 0; i < word.len; i++)
        if (r->at[i] != word.at[i])
            return syntax(r, r->at + i, "true、false 或 null", "true, false or null");
    r->at += word.len;
    node->kind = kind;
    return RC_OK;
}

/* NULL, with the error set, when there is no memory. */
static struct json *new_node(struct reader *r)
{
    if (!r->spare_count) {
        /* Rarely more than a value for eight bytes; what is left over is left over once. */
        size_t want = (size_t)(r->end - r->at) / 8 + 1;
        if (want > 256) want = 256;
        r->spare = arena_try(r->cx->arena, want, sizeof *r->spare);
        if (!r->spare) {
            (void)memory(r);
            return NULL;
        }
        r->spare_count = want;
    }
    r->spare_count--;
    return r->spare++;
}

static rc duplicate(struct reader *r, str key, struct pos pos)
{
    const str shown = str_slice(key, 0, 80);
    return err_set_at(r->cx, RC_INVALID, "json.duplicate-key", pos,
                      "“" STR_FMT "”在这个对象里已经有了，每个名字只能出现一次",
                      "\"" STR_FMT "\" stands in this object already, expected each name once",
                      STR_ARG(shown));
}

/* Among the first keys: most are told apart by the bits of their length and ends. */
static bool seen_before(struct level *l, str key)
{
    const uint32_t ends = key.len ? (uint32_t)(uint8_t)key.at[0] * 31 +
                                        (uint32_t)(uint8_t)key.at[key.len - 1] * 7 +
                                        (uint32_t)(uint8_t)key.at[key.len / 2] * 3
                                  : 0;
    const uint64_t bit = UINT64_C(1) << ((ends + key.len) & 63);
    const bool maybe = l->keys_seen & bit;
    l->keys_seen |= bit;
    if (!maybe || l->node->count >= FEW_KEYS) return false;
    for (const struct json *j = l->node->child; j; j = j->next)
        if (str_eq(j->key, key)) return true;
    return false;
}

static int by_key(const void *a, const void *b)
{
    const struct json *x = *(const struct json *const *)a, *y = *(const struct json *const *)b;
    const int c = str_cmp(x->key, y->key);
    return c ? c : x->key.at < y->key.at ? -1 : 1;
}

/* Sorting is never quadratic, whatever keys somebody thinks up. */
static rc check_many_keys(struct reader *r, const struct json *object)
{
    const struct json **list = arena_try(r->cx->arena, object->count, sizeof *list);
    if (!list) return memory(r);
    size_t n = 0;
    for (const struct json *j = object->child; j; j = j->next)
        list[n++] = j;
    qsort(list, n, sizeof *list, by_key);
    const struct json *first = NULL; /* the first in the text of those that repeat one */
    for (size_t i = 1; i < n; i++)
        if (str_eq(list[i - 1]->key, list[i]->key) && (!first || list[i]->key.at < first->key.at))
            first = list[i];
    return first ? duplicate(r, first->key, first->pos) : RC_OK;
}

static rc read_key(struct reader *r, struct level *l, str *key)
{
    char *start = r->at;
    if (*start != '"') return syntax(r, start, "带引号的名字", "a name in quotes");
    const rc e = read_string(r, key);
    if (e != RC_OK) return e;
    if (seen_before(l, *key)) return duplicate(r, *key, position(r, start));
    skip_space(r);
    if (*r->at != ':') return syntax(r, r->at, "冒号", "a colon");
    r->at++;
    skip_space(r);
    return RC_OK;
}

static rc open_level(struct reader *r, struct json *node)
{
    if (r->depth == JSON_DEPTH_MAX)
        return err_set_at(r->cx, RC_INVALID, "json.depth", node->pos, "嵌套超过 %d 层",
                          "nested deeper than %d levels", JSON_DEPTH_MAX);
    r->at++;
    r->level[++r->depth] = (struct level){.node = node};
    return RC_OK;
}

/* A value without its children: those of an array or object follow. */
static rc read_value(struct reader *r, struct json *node)
{
    switch (*r->at) {
    case '"': node->kind = JSON_STRING; return read_string(r, &node->text);
    case '{': node->kind = JSON_OBJECT; return open_level(r, node);
    case '[': node->kind = JSON_ARRAY; return open_level(r, node);
    case 't': return read_word(r, STR("true"), JSON_TRUE, node);
    case 'f': return read_word(r, STR("false"), JSON_FALSE, node);
    case 'n': return read_word(r, STR("null"), JSON_NULL, node);
    default:
        if (*r->at != '-' && !is_digit(*r->at)) return syntax(r, r->at, "一个值", "a value");
        node->kind = JSON_NUMBER;
        return read_number(r, &node->text);
    }
}

/* One member or element with the comma before it, or the closing bracket. */
static rc read_next(struct reader *r)
{
    struct level *l = &r->level[r->depth];
    const bool is_object = l->node->kind == JSON_OBJECT;
    skip_space(r);
    if (*r->at == (is_object ? '}' : ']')) {
        r->at++;
        r->depth--;
        return is_object && l->node->count > FEW_KEYS ? check_many_keys(r, l->node) : RC_OK;
    }
    if (l->last) {
        if (*r->at != ',')
            return is_object ? syntax(r, r->at, "逗号或 }", "a comma or }")
                             : syntax(r, r->at, "逗号或 ]", "a comma or ]");
        r->at++;
        skip_space(r);
    }
    str key = {0};
    if (is_object) {
        const rc e = read_key(r, l, &key);
        if (e != RC_OK) return e;
    }
    struct json *node = new_node(r);
    if (!node) return r->cx->err.code;
    node->key = key;
    node->pos = position(r, r->at);
    if (l->last)
        l->last->next = node;
    else
        l->node->child = node;
    l->last = node;
    l->node->count++;
    return read_value(r, node);
}

static rc read_document(struct reader *r, const struct json **out)
{
    skip_space(r);
    struct json *root = new_node(r);
    if (!root) return r->cx->err.code;
    root->pos = position(r, r->at);
    rc e = read_value(r, root);
    while (e == RC_OK && r->depth)
        e = read_next(r);
    if (e != RC_OK) return e;
    skip_space(r);
    if (r->at != r->end) return syntax(r, r->at, "结尾", "the end of the JSON");
    *out = root;
    return RC_OK;
}

/* The first byte that is not UTF-8 anywhere in the text, strings or not. */
static rc bad_utf8(struct reader *r)
{
    size_t at = 0, start = 0;
    const str text = {r->text, (size_t)(r->end - r->begin)};
    uint32_t line = 1;
    while (at < text.len) {
        const size_t before = at;
        const uint32_t c = utf8_next(text, &at);
        if (c == 0xFFFD && at == before + 1) {
            at = before;
            break;
        }
        if (c != '\n') continue;
        line++;
        start = at;
    }
    const struct pos pos = {line, (uint32_t)utf8_count(str_slice(text, start, at)) + 1,
                            (uint32_t)at};
    return err_set_at(r->cx, RC_INVALID, "json.utf8", pos,
                      "字节 0x%02X 不是 UTF-8，应为 UTF-8 编码的文字",
                      "byte 0x%02X is not UTF-8, expected text in UTF-8", (uint8_t)text.at[at]);
}

static bool is_ascii(str s)
{
    uint64_t all = 0, v = 0;
    for (; s.len >= 8; s.at += 8, s.len -= 8) {
        memcpy(&v, s.at, 8);
        all |= v;
    }
    v = 0;
    if (s.len) memcpy(&v, s.at, s.len);
    return !((all | v) & 0x8080808080808080);
}

rc json_parse(struct cx *cx, str text, const struct json **out)
{
    /* Behind the NUL there are as many bytes as any loop reads at a time. */
    char *copy = text.len < UINT32_MAX - 16 ? arena_try(cx->arena, text.len + 16, 1) : NULL;
    if (copy && text.len) memcpy(copy, text.at, text.len);
    if (!copy)
        return err_set(cx, RC_LIMIT, "json.memory", "JSON 有 %zu 字节，超出内存限额",
                       "the JSON has %zu bytes, too many for the memory given to it", text.len);
    struct reader r = {
        .cx = cx,
        .text = text.at,
        .at = copy,
        .begin = copy,
        .end = copy + text.len,
        .line_start = copy,
        .counted = copy,
        .line = 1,
        .is_ascii = is_ascii(text),
    };
    if (!r.is_ascii && !utf8_valid(text)) return bad_utf8(&r);
    return read_document(&r, out);
}

const struct json *json_find(const struct json *object, str key)
{
    if (!json_is(object, JSON_OBJECT)) return NULL;
    for (const struct json *j = object->child; j; j = j->next)
        if (str_eq(j->key, key)) return j;
    return NULL;
}

str json_text(const struct json *object, str key)
{
    const struct json *j = json_find(object, key);
    return json_is(j, JSON_STRING) ? j->text : (str){0};
}

bool json_is(const struct json *j, enum json_kind kind)
{
    return j && j->kind == kind;
}

bool json_i64(const struct json *j, int64_t *out)
{
    return json_is(j, JSON_NUMBER) && str_i64(j->text, out);
}
