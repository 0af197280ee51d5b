/* The small texts of HTTP: percent signs, queries, cookies, tags. */
#include "server/text.h"

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

bool text_unescape(struct arena *a, str s, bool plus, str *out)
{
    char *to = arena_try(a, s.len + 1, 1);
    size_t n = 0;
    if (!to) return false;
    for (size_t i = 0; i < s.len; i++) {
        char c = s.at[i];
        if (c == '+' && plus) c = ' ';
        if (c == '%') {
            int high = i + 1 < s.len ? hex_digit(s.at[i + 1]) : -1,
                low = i + 2 < s.len ? hex_digit(s.at[i + 2]) : -1;
            if (high < 0 || low < 0) return false;
            c = (char)(high * 16 + low);
            i += 2;
        }
        if (!c) return false;
        to[n++] = c;
    }
    *out = (str){to, n};
    return utf8_valid(*out);
}

rc query_read(struct cx *cx, str query, struct pairs *out)
{
    for (str rest = query; rest.len;) {
        str value, one = str_cut(rest, '&', &rest), name = str_cut(one, '=', &value);
        struct pair p;
        if (!one.len) continue;
        if (out->len == QUERY_PAIRS_MAX)
            return err_set(cx, RC_LIMIT, "http.query-parameters", "查询参数超过 %d 个",
                           "more than %d query parameters", QUERY_PAIRS_MAX);
        if (!text_unescape(cx->arena, name, true, &p.name) ||
            !text_unescape(cx->arena, value, true, &p.value))
            return err_set(cx, RC_INVALID, "http.query", "查询参数应为 UTF-8 的百分号编码",
                           "query parameters are percent-encoded UTF-8");
        *vec_add(cx->arena, out) = p;
    }
    return RC_OK;
}

str cookie_read(str header, str name)
{
    for (str rest = header; rest.len;) {
        str value, one = str_trim(str_cut(rest, ';', &rest)), key = str_cut(one, '=', &value);
        if (str_eq(key, name)) return value;
    }
    return (str){0};
}

static str unquoted(str s)
{
    if (s.len >= 2 && s.at[0] == '"' && s.at[s.len - 1] == '"') return str_slice(s, 1, s.len - 1);
    return (str){0};
}

bool version_tag_read(str header, int64_t *version)
{
    str s = str_trim(header);
    *version = 0;
    if (str_eq(s, STR("*"))) return true;
    if (str_starts(s, STR("W/"))) s = str_slice(s, 2, s.len);
    return str_i64(unquoted(s), version) && *version > 0;
}

bool tag_listed(str header, str tag)
{
    for (str rest = header; rest.len;) {
        str one = str_trim(str_cut(rest, ',', &rest));
        if (str_starts(one, STR("W/"))) one = str_slice(one, 2, one.len);
        if (str_eq(unquoted(one), tag) && tag.len) return true;
    }
    return false;
}

bool coding_accepted(str header, str coding)
{
    for (str rest = header; rest.len;) {
        str weight, one = str_cut(rest, ',', &rest), name = str_trim(str_cut(one, ';', &weight));
        if (!str_eq(name, coding) && !str_eq(name, STR("*"))) continue;
        weight = str_trim(weight);
        return !(str_starts(weight, STR("q=0")) && !str_starts(weight, STR("q=0.")));
    }
    return false;
}

static bool token_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '+' || c == '-';
}

str media_type_read(str header)
{
    str rest, type = str_trim(str_cut(header, ';', &rest));
    int slashes = 0;
    for (size_t i = 0; i < type.len; i++) {
        char c = type.at[i];
        if (c >= 'A' && c <= 'Z') c = (char)(c - 'A' + 'a');
        slashes += c == '/';
        if (c != '/' && !token_char(c)) return (str){0};
    }
    return slashes == 1 && type.len <= 100 ? type : (str){0};
}

str disposition_write(struct arena *a, const char *how, str file_name)
{
    struct buf b = {.arena = a};
    buf_add(&b, str_from(how));
    if (!file_name.len) return buf_str(&b);
    buf_add(&b, STR("; filename=\""));
    for (size_t i = 0; i < file_name.len; i++) {
        unsigned char c = (unsigned char)file_name.at[i];
        buf_char(&b, c >= 0x20 && c < 0x7f && c != '"' && c != '\\' && c != '%' ? (char)c : '_');
    }
    buf_add(&b, STR("\"; filename*=UTF-8''"));
    for (size_t i = 0; i < file_name.len; i++) {
        unsigned char c = (unsigned char)file_name.at[i];
        bool plain = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
                     c == '.' || c == '-' || c == '_';
        if (plain)
            buf_char(&b, (char)c);
        else
            buf_printf(&b, "%%%02X", c);
    }
    return buf_str(&b);
}

bool word_listed(str words, str word)
{
    for (str rest = words; rest.len;)
        if (str_eq(str_cut(rest, ' ', &rest), word)) return true;
    return false;
}

bool secret_eq(str a, str b)
{
    unsigned char differs = (unsigned char)(a.len != b.len);
    for (size_t i = 0; i < a.len; i++)
        differs |= (unsigned char)(a.at[i] ^ (b.len ? b.at[i % b.len] : 0));
    return !differs && a.len;
}
