/* The JSON writer: straight into a buf, with commas where they belong. */
#include "base/json.h"

/* Before every value and every key.  Behind a key none is due: no value ends in a colon, so the
 * last byte tells, also when a value was written straight into the buf. */
static void comma(struct jw *w)
{
    const struct buf *b = w->out;
    if (!w->depth || (b->len && b->at[b->len - 1] == ':')) return;
    bool *need = &w->need_comma[w->depth - 1];
    if (*need) buf_char(w->out, ',');
    *need = true;
}

static void open(struct jw *w, char bracket)
{
    comma(w);
    CHECK(w->depth < JW_DEPTH_MAX);
    w->need_comma[w->depth++] = false;
    buf_char(w->out, bracket);
}

void jw_object(struct jw *w)
{
    open(w, '{');
}

void jw_array(struct jw *w)
{
    open(w, '[');
}

void jw_end(struct jw *w, char bracket)
{
    CHECK(w->depth > 0 && (bracket == '}' || bracket == ']'));
    w->depth--;
    buf_char(w->out, bracket);
}

void jw_key(struct jw *w, str key)
{
    CHECK(w->depth > 0);
    comma(w);
    buf_json(w->out, key);
    buf_char(w->out, ':');
}

void jw_str(struct jw *w, str s)
{
    comma(w);
    buf_json(w->out, s);
}

void jw_i64(struct jw *w, int64_t n)
{
    comma(w);
    buf_i64(w->out, n);
}

void jw_raw(struct jw *w, str json)
{
    comma(w);
    buf_add(w->out, json);
}

void jw_members(struct jw *w, str object)
{
    CHECK(object.len >= 2 && object.at[0] == '{' && object.at[object.len - 1] == '}');
    if (object.len > 2) jw_raw(w, str_slice(object, 1, object.len - 1));
}

void jw_bool(struct jw *w, bool b)
{
    jw_raw(w, b ? STR("true") : STR("false"));
}

void jw_null(struct jw *w)
{
    jw_raw(w, STR("null"));
}

void jw_fixed(struct jw *w, int64_t n, int scale)
{
    CHECK(scale >= 0 && scale <= 18);
    char text[24];
    char *p = text + sizeof text;
    uint64_t u = n < 0 ? 0 - (uint64_t)n : (uint64_t)n;
    for (int i = 0; i <= scale || u; i++, u /= 10) {
        if (i && i == scale) *--p = '.';
        *--p = (char)('0' + u % 10);
    }
    if (n < 0) *--p = '-';
    jw_raw(w, (str){p, (size_t)(text + sizeof text - p)});
}

void jw_kstr(struct jw *w, const char *key, str s)
{
    jw_key(w, str_from(key));
    jw_str(w, s);
}

void jw_ki64(struct jw *w, const char *key, int64_t n)
{
    jw_key(w, str_from(key));
    jw_i64(w, n);
}

void jw_kbool(struct jw *w, const char *key, bool b)
{
    jw_key(w, str_from(key));
    jw_bool(w, b);
}

void jw_kraw(struct jw *w, const char *key, str json)
{
    jw_key(w, str_from(key));
    jw_raw(w, json);
}

/* How many bytes at the start of s can be copied as they are. */
static size_t plain(str s)
{
    const uint64_t ones = 0x0101010101010101, high = 0x8080808080808080;
    size_t i = 0;
    for (uint64_t v; s.len - i >= 8; i += 8) {
        memcpy(&v, s.at + i, 8);
        const uint64_t quote = v ^ ones * '"', slash = v ^ ones * '\\';
        if (((quote - ones) | (slash - ones) | (v - ones * 0x20)) & ~v & high) break;
    }
    while (i < s.len && (uint8_t)s.at[i] >= 0x20 && s.at[i] != '"' && s.at[i] != '\\')
        i++;
    return i;
}

static void add_escape(struct buf *b, char c)
{
    static const char hex[] = "0123456789abcdef";
    const char mark = c == '\b'   ? 'b'
                      : c == '\f' ? 'f'
                      : c == '\n' ? 'n'
                      : c == '\r' ? 'r'
                      : c == '\t' ? 't'
                                  : c;
    const char brief[] = {'\\', mark};
    const char full[] = {'\\', 'u', '0', '0', hex[(uint8_t)c >> 4], hex[c & 15]};
    if (mark != c || c == '"' || c == '\\')
        buf_add(b, (str){brief, sizeof brief});
    else
        buf_add(b, (str){full, sizeof full});
}

void buf_json(struct buf *b, str s)
{
    buf_char(b, '"');
    while (s.len) {
        const size_t n = plain(s);
        buf_add(b, (str){s.at, n});
        if (n < s.len) add_escape(b, s.at[n]);
        s = str_slice(s, n + 1, s.len);
    }
    buf_char(b, '"');
}

/* NOLINTNEXTLINE(misc-no-recursion): bounded by JSON_DEPTH_MAX */
static void write_value(struct jw *w, const struct json *j)
{
    switch (j->kind) {
    case JSON_NULL: jw_null(w); return;
    case JSON_FALSE: jw_bool(w, false); return;
    case JSON_TRUE: jw_bool(w, true); return;
    case JSON_NUMBER: jw_raw(w, j->text); return;
    case JSON_STRING: jw_str(w, j->text); return;
    case JSON_ARRAY: jw_array(w); break;
    case JSON_OBJECT: jw_object(w); break;
    }
    for (const struct json *c = j->child; c; c = c->next) {
        if (j->kind == JSON_OBJECT) jw_key(w, c->key);
        write_value(w, c);
    }
    jw_end(w, j->kind == JSON_OBJECT ? '}' : ']');
}

void json_write(struct buf *out, const struct json *j)
{
    struct jw w = {.out = out};
    write_value(&w, j);
}
