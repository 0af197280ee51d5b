/* The strict gate. */
#include "server/gate.h"

static bool same(str a, const char *lower)
{
    size_t i = 0;
    for (; i < a.len && lower[i]; i++) {
        char c = a.at[i];
        if (c >= 'A' && c <= 'Z') c = (char)(c - 'A' + 'a');
        if (c != lower[i]) return false;
    }
    return i == a.len && !lower[i];
}

static bool token(str s)
{
    static const char extra[] = "!#$%&'*+-.^_`|~";
    for (size_t i = 0; i < s.len; i++) {
        char c = s.at[i];
        bool ok = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  (c && str_index(str_from(extra), (str){&c, 1}) != SIZE_MAX);
        if (!ok) return false;
    }
    return s.len > 0;
}

static bool no_controls(str s)
{
    for (size_t i = 0; i < s.len; i++) {
        unsigned char c = (unsigned char)s.at[i];
        if ((c < 0x20 && c != '\t') || c == 0x7f) return false;
    }
    return true;
}

static bool host_ok(str s)
{
    for (size_t i = 0; i < s.len; i++) {
        char c = s.at[i];
        bool ok = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '.' || c == '-' || c == ':' || c == '[' || c == ']' || c == '_';
        if (!ok) return false;
    }
    return s.len > 0 && s.len <= 255;
}

struct counts {
    int hosts, lengths, transfers;
};

static rc header_check(struct cx *cx, const struct pair *h, struct counts *n, struct gate_body *out)
{
    if (!token(h->name) || !no_controls(h->value))
        return err_set(cx, RC_INVALID, "http.header", "请求头的名称或值含有不允许的字符",
                       "a header's name or value has characters that are not allowed");
    if (same(h->name, "host")) {
        if (n->hosts++ || !host_ok(str_trim(h->value)))
            return err_set(cx, RC_INVALID, "http.host", "请求头 Host 应恰有一个且写法正确",
                           "exactly one well-formed Host header is expected");
    }
    if (same(h->name, "content-length")) {
        str digits = str_trim(h->value);
        bool plain = digits.len > 0 && digits.len < 16;
        for (size_t i = 0; i < digits.len; i++)
            plain &= digits.at[i] >= '0' && digits.at[i] <= '9';
        if (n->lengths++ || !plain || !str_i64(digits, &out->length))
            return err_set(cx, RC_INVALID, "http.length",
                           "请求头 Content-Length 至多一个,且只含数字",
                           "at most one Content-Length, of digits only");
    }
    if (same(h->name, "transfer-encoding")) {
        if (n->transfers++ || !same(str_trim(h->value), "chunked"))
            return err_set(cx, RC_INVALID, "http.transfer", "Transfer-Encoding 只支持 chunked",
                           "the only Transfer-Encoding is chunked, once");
        out->chunked = true;
    }
    return RC_OK;
}

rc gate_check(struct cx *cx, const struct gate_head *head, struct gate_body *out)
{
    struct counts n = {0};
    *out = (struct gate_body){.length = -1};
    if (!token(head->method) || head->method.len > 16)
        return err_set(cx, RC_INVALID, "http.method", "请求方法写法有误",
                       "the method is not a token");
    bool old = str_eq(head->version, STR("HTTP/1.0"));
    if (!old && !str_eq(head->version, STR("HTTP/1.1")))
        return err_set(cx, RC_INVALID, "http.version", "只支持 HTTP/1.1",
                       "only HTTP/1.1 is spoken");
    for (size_t i = 0; i < head->header_count; i++) {
        rc r = header_check(cx, &head->header[i], &n, out);
        if (r != RC_OK) return r;
    }
    if (!n.hosts)
        return err_set(cx, RC_INVALID, "http.host", "缺少请求头 Host",
                       "the Host header is missing");
    if (n.transfers && (n.lengths || old))
        return err_set(cx, RC_INVALID, "http.transfer",
                       "Content-Length 与 Transfer-Encoding 不能同时出现",
                       "Content-Length and Transfer-Encoding exclude each other");
    return RC_OK;
}

static bool printable(str s)
{
    for (size_t i = 0; i < s.len; i++)
        if ((unsigned char)s.at[i] <= 0x20 || (unsigned char)s.at[i] >= 0x7f) return false;
    return true;
}

/* Segments that a file system or a proxy would read otherwise than we do. */
static bool segments_ok(str path)
{
    for (str rest = str_slice(path, 1, path.len); rest.len;) {
        str one = str_cut(rest, '/', &rest);
        if (str_eq(one, STR(".")) || str_eq(one, STR("..")) || (!one.len && rest.len)) return false;
        for (size_t i = 0; i < one.len; i++)
            if (one.at[i] == '\\') return false;
    }
    return true;
}

rc gate_path(struct cx *cx, str uri, str *path, str *query)
{
    str rest, raw = str_cut(uri, '?', &rest), decoded = {0};
    size_t slashes = 0, after = 0;
    for (size_t i = 0; i < raw.len; i++)
        slashes += raw.at[i] == '/';
    bool ok = uri.len <= URI_BYTES_MAX && str_starts(uri, STR("/")) && printable(uri) &&
              str_index(rest, STR("%00")) == SIZE_MAX &&
              text_unescape(cx->arena, raw, false, &decoded) && no_controls(decoded);
    for (size_t i = 0; ok && i < decoded.len; i++)
        after += decoded.at[i] == '/';
    if (!ok || slashes != after || !segments_ok(decoded))
        return err_set(cx, RC_INVALID, "http.uri", "网址写法有误", "the URI is not well formed");
    *path = decoded;
    *query = rest;
    return RC_OK;
}
