/* Renames elements in the text itself, so that all positions but theirs stay what they were. */
#include "main/bpmn/edit.h"

/* A tag of the text: <prefix:local …>, </prefix:local>, <local …/>. */
struct tag {
    str prefix, local, attributes; /* prefix with its colon */
    bool is_close, is_empty;
    size_t from, to; /* of the whole tag */
};

static bool is_name(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || c == '.' || (c & 0x80);
}

/* The end of what begins at `at` and is no tag: a comment, CDATA, an instruction; else `at`. */
static size_t other_end(str xml, size_t at)
{
    static const struct {
        str open, close;
    } other[] = {{STR_INIT("<!--"), STR_INIT("-->")},
                 {STR_INIT("<![CDATA["), STR_INIT("]]>")},
                 {STR_INIT("<?"), STR_INIT("?>")}};
    const str rest = str_slice(xml, at, xml.len);
    for (size_t i = 0; i < COUNTOF(other); i++) {
        if (!str_starts(rest, other[i].open)) continue;
        const size_t end = str_index(rest, other[i].close);
        return end == SIZE_MAX ? xml.len : at + end + other[i].close.len;
    }
    return at;
}

static size_t tag_end(str xml, size_t at)
{
    char quote = 0;
    for (; at < xml.len; at++) {
        const char c = xml.at[at];
        if (quote) {
            if (c == quote) quote = 0;
        } else if (c == '"' || c == '\'') {
            quote = c;
        } else if (c == '>') {
            return at + 1;
        }
    }
    return xml.len;
}

/* The next tag at or behind `at`. */
static bool tag_next(str xml, size_t at, struct tag *out)
{
    while (at < xml.len) {
        if (xml.at[at] != '<') {
            at++;
            continue;
        }
        const size_t end = other_end(xml, at);
        if (end == at) break;
        at = end;
    }
    if (at >= xml.len) return false;
    *out = (struct tag){.from = at, .to = tag_end(xml, at)};
    size_t i = at + 1, start;
    if (i < out->to && xml.at[i] == '/') {
        out->is_close = true;
        i++;
    }
    start = i;
    while (i < out->to && is_name(xml.at[i]))
        i++;
    if (i < out->to && xml.at[i] == ':') {
        out->prefix = str_slice(xml, start, ++i);
        start = i;
        while (i < out->to && is_name(xml.at[i]))
            i++;
    }
    out->local = str_slice(xml, start, i);
    out->is_empty = out->to >= 2 && xml.at[out->to - 2] == '/';
    out->attributes = i < out->to ? str_slice(xml, i, out->to - 1) : (str){0};
    return true;
}

static str attribute(str attributes, str name)
{
    size_t at = 0;
    while (at < attributes.len) {
        const size_t found = str_index(str_slice(attributes, at, attributes.len), name);
        if (found == SIZE_MAX) return (str){0};
        const size_t begin = at + found;
        at = begin + name.len;
        if (begin == 0 || is_name(attributes.at[begin - 1]) || attributes.at[begin - 1] == ':')
            continue;
        str rest = str_trim(str_slice(attributes, at, attributes.len));
        if (!rest.len || rest.at[0] != '=') continue;
        rest = str_trim(str_slice(rest, 1, rest.len));
        if (!rest.len) return (str){0};
        const char quote = rest.at[0];
        return str_cut(str_slice(rest, 1, rest.len), quote, &(str){0});
    }
    return (str){0};
}

static bool is_task(str local)
{
    return str_ends(local, STR("ask")) || str_ends(local, STR("allActivity"));
}

/* Where the closing tag of an element begins, and ends: tasks do not stand in tasks. */
static bool close_of(str xml, const struct tag *open, struct tag *out)
{
    for (size_t at = open->to; tag_next(xml, at, out); at = out->to)
        if (out->is_close && str_eq(out->local, open->local)) return true;
    return false;
}

/* What a task of another kind has no use for: the script; and what repeats it, when it only passes. */
static bool is_dropped(str local, bool passes)
{
    return str_eq(local, STR("script")) || (passes && str_ends(local, STR("LoopCharacteristics")));
}

static void add_body(struct buf *b, str body, bool passes)
{
    struct tag t, end;
    size_t at = 0;
    while (tag_next(body, at, &t)) {
        bool drop = !t.is_close && is_dropped(t.local, passes);
        end = t;
        if (drop && !t.is_empty) drop = close_of(body, &t, &end);
        buf_add(b, str_slice(body, at, drop ? t.from : t.to));
        at = drop ? end.to : t.to;
    }
    buf_add(b, str_slice(body, at, body.len));
}

str edit_tasks(struct arena *arena, str xml, edit_choose choose, void *owner)
{
    struct buf b = {.arena = arena};
    struct tag t, end;
    size_t at = 0;
    while (tag_next(xml, at, &t)) {
        str body = {0}, becomes = {0};
        const bool asked = !t.is_close && is_task(t.local);
        end = t;
        if (asked && !t.is_empty && close_of(xml, &t, &end)) body = str_slice(xml, t.to, end.from);
        if (asked) becomes = choose(owner, t.local, attribute(t.attributes, STR("id")), body);
        if (!becomes.len) {
            buf_add(&b, str_slice(xml, at, t.to));
            at = t.to;
            continue;
        }
        buf_add(&b, str_slice(xml, at, t.from));
        buf_printf(&b, "<" STR_FMT STR_FMT STR_FMT ">", STR_ARG(t.prefix), STR_ARG(becomes),
                   STR_ARG(t.attributes));
        add_body(&b, body, str_eq(becomes, STR("task")));
        if (!t.is_empty)
            buf_printf(&b, "</" STR_FMT STR_FMT ">", STR_ARG(t.prefix), STR_ARG(becomes));
        at = end.to;
    }
    buf_add(&b, str_slice(xml, at, xml.len));
    return buf_str(&b);
}
