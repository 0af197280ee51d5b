/* multipart/form-data (RFC 7578): the one file of an upload by a form. */
#include "server/text.h"

static rc bad(struct cx *cx)
{
    return err_set(cx, RC_INVALID, "http.multipart",
                   "表单中没有文件,或格式不符合 multipart/form-data",
                   "the form has no file, or is not multipart/form-data");
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool starts_nocase(str s, str prefix)
{
    if (s.len < prefix.len) return false;
    for (size_t i = 0; i < prefix.len; i++)
        if (lower(s.at[i]) != prefix.at[i]) return false;
    return true;
}

/* `name="value"` or `name=value` among parameters led by semicolons. */
static str parameter(str header, str name)
{
    for (str rest = header; rest.len;) {
        str value, one = str_trim(str_cut(rest, ';', &rest)), key = str_cut(one, '=', &value);
        if (!str_eq(key, name)) continue;
        if (value.len >= 2 && value.at[0] == '"' && value.at[value.len - 1] == '"')
            value = str_slice(value, 1, value.len - 1);
        return value;
    }
    return (str){0};
}

static void part_headers(str block, struct part *out)
{
    while (block.len) {
        str line = str_trim(str_cut(block, '\n', &block)), value;
        (void)str_cut(line, ':', &value);
        if (starts_nocase(line, STR("content-disposition:"))) {
            out->name = parameter(value, STR("name"));
            out->file_name = parameter(value, STR("filename"));
        }
        if (starts_nocase(line, STR("content-type:"))) out->media_type = str_trim(value);
    }
}

rc multipart_file(struct cx *cx, str content_type, str body, struct part *out)
{
    enum { BOUNDARY_MAX = 70 };
    str boundary = parameter(content_type, STR("boundary"));
    if (!boundary.len || boundary.len > BOUNDARY_MAX) return bad(cx);
    str mark = arena_printf(cx->arena, "--" STR_FMT, STR_ARG(boundary)),
        next = arena_printf(cx->arena, "\r\n--" STR_FMT, STR_ARG(boundary));
    if (!str_starts(body, mark)) return bad(cx);
    str rest = str_slice(body, mark.len, body.len);
    while (str_starts(rest, STR("\r\n"))) {
        struct part p = {0};
        size_t head = str_index(rest, STR("\r\n\r\n"));
        if (head == SIZE_MAX) return bad(cx);
        part_headers(str_slice(rest, 2, head), &p);
        rest = str_slice(rest, head + 4, rest.len);
        size_t end = str_index(rest, next);
        if (end == SIZE_MAX) return bad(cx);
        p.content = str_slice(rest, 0, end);
        if (p.file_name.len) {
            *out = p;
            return RC_OK;
        }
        rest = str_slice(rest, end + next.len, rest.len);
    }
    return bad(cx);
}
