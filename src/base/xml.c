/* Expat's calls become a tree; each element and attribute knows where it stood. */
#include "base/xml.h"

#include <expat.h>

#include "base/map.h"

/* Separates namespace and name in what expat reports; no XML text can hold it. */
enum { NS_SEPARATOR = '\x01' };

struct reader {
    struct cx *cx;
    XML_Parser parser;
    str text;
    rc result;
    struct xml *root, *open;          /* open: the element being read */
    struct xml **tail[XML_DEPTH_MAX]; /* where its next child is linked */
    struct buf data[XML_DEPTH_MAX];   /* its character data */
    int depth;
    struct pos at; /* counted up to here */
    struct map names;
};

static struct pos pos_of(struct reader *r, size_t offset)
{
    struct pos p = r->at;
    if (offset < p.offset_bytes || !p.line) p = (struct pos){.line = 1, .column = 1};
    for (size_t i = p.offset_bytes; i < offset && i < r->text.len; i++) {
        if (r->text.at[i] == '\n') {
            p.line++;
            p.column = 1;
        } else if (((unsigned char)r->text.at[i] & 0xC0) != 0x80) {
            p.column++;
        }
    }
    p.offset_bytes = (uint32_t)offset;
    r->at = p;
    return p;
}

static size_t offset_now(struct reader *r)
{
    XML_Index at = XML_GetCurrentByteIndex(r->parser);
    return at < 0 ? 0 : (size_t)at;
}

static void stop(struct reader *r, rc code)
{
    if (r->result == RC_OK) r->result = code;
    (void)XML_StopParser(r->parser, XML_FALSE);
}

/* Few names stand in a file very often: each is kept once. */
static str keep(struct reader *r, str s)
{
    str *known = map_find(&r->names, s);
    if (known) return *known;
    known = NEW(r->cx->arena, str);
    *known = arena_dup(r->cx->arena, s);
    map_put(&r->names, r->cx->arena, *known, known);
    return *known;
}

static void split_name(struct reader *r, const char *name, str *ns, str *local)
{
    str rest, first = str_cut(str_from(name), NS_SEPARATOR, &rest);
    bool has_ns = first.len < strlen(name);
    *ns = has_ns ? keep(r, first) : (str){0};
    *local = keep(r, has_ns ? rest : first);
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* Finds the values of a tag's attributes in the text, in the order they were written, which is the
 * order expat reports them in (declarations of namespaces left out). */
static size_t attr_value_next(str text, size_t at, str *name)
{
    while (at < text.len && is_space(text.at[at]))
        at++;
    size_t from = at;
    while (at < text.len && text.at[at] != '=' && text.at[at] != '>' && !is_space(text.at[at]))
        at++;
    *name = str_slice(text, from, at);
    while (at < text.len && text.at[at] != '"' && text.at[at] != '\'' && text.at[at] != '>')
        at++;
    return at;
}

static void add_attributes(struct reader *r, struct xml *x, const char **pair)
{
    size_t count = 0;
    while (pair[2 * count])
        count++;
    struct xml_attr *attr = NEWS(r->cx->arena, struct xml_attr, count);
    size_t at = x->pos.offset_bytes + 1;
    while (at < r->text.len && !is_space(r->text.at[at]) && r->text.at[at] != '>')
        at++;
    for (size_t i = 0; i < count; i++) {
        struct pos where = x->pos;
        for (;;) {
            str name;
            size_t quote = attr_value_next(r->text, at, &name);
            if (quote >= r->text.len || r->text.at[quote] == '>') break;
            size_t end = quote + 1;
            while (end < r->text.len && r->text.at[end] != r->text.at[quote])
                end++;
            at = end + 1;
            if (str_eq(name, STR("xmlns")) || str_starts(name, STR("xmlns:"))) continue;
            where = pos_of(r, quote + 1);
            break;
        }
        split_name(r, pair[2 * i], &attr[i].ns, &attr[i].name);
        attr[i].value = arena_dup(r->cx->arena, str_from(pair[2 * i + 1]));
        attr[i].pos = where;
    }
    x->attr = attr;
    x->attr_count = (int)count;
}

static void XMLCALL on_start(void *data, const char *name, const char **pair)
{
    struct reader *r = data;
    if (r->result != RC_OK) return;
    if (r->depth == XML_DEPTH_MAX) {
        stop(r, err_set_at(r->cx, RC_INVALID, "xml.depth", pos_of(r, offset_now(r)),
                           "元素嵌套超过 %d 层", "elements are nested deeper than %d levels",
                           XML_DEPTH_MAX));
        return;
    }
    if (r->cx->arena->exhausted) {
        stop(r, err_set(r->cx, RC_LIMIT, "xml.memory", "文件过大，内存不够",
                        "the file is too large for the memory allowed"));
        return;
    }
    struct xml *x = NEW(r->cx->arena, struct xml);
    x->pos = pos_of(r, offset_now(r));
    x->parent = r->open;
    split_name(r, name, &x->ns, &x->name);
    add_attributes(r, x, pair);
    if (r->depth > 0) {
        *r->tail[r->depth - 1] = x;
        r->tail[r->depth - 1] = &x->next;
    } else {
        r->root = x;
    }
    r->tail[r->depth] = &x->child;
    r->data[r->depth] = (struct buf){.arena = r->cx->arena};
    r->depth++;
    r->open = x;
}

static void XMLCALL on_end(void *data, const char *name)
{
    (void)name;
    struct reader *r = data;
    if (r->result != RC_OK) return;
    r->depth--;
    struct xml *x = r->open;
    x->raw = buf_str(&r->data[r->depth]);
    x->text = str_trim(x->raw);
    r->open = x->parent;
}

static void XMLCALL on_data(void *data, const char *at, int len)
{
    struct reader *r = data;
    if (r->result != RC_OK || r->depth == 0) return;
    str s = {at, (size_t)len};
    if (!r->open->text_pos.line) {
        size_t skip = 0;
        while (skip < s.len && is_space(s.at[skip]))
            skip++;
        if (skip < s.len) r->open->text_pos = pos_of(r, offset_now(r) + skip);
    }
    buf_add(&r->data[r->depth - 1], s);
}

static void XMLCALL on_doctype(void *data, const char *name, const char *system, const char *public,
                               int internal)
{
    (void)name, (void)system, (void)public, (void)internal;
    struct reader *r = data;
    stop(r, err_set_at(r->cx, RC_INVALID, "xml.doctype", pos_of(r, offset_now(r)),
                       "文件不得含有 DOCTYPE 声明", "the file may not have a DOCTYPE"));
}

static rc parse(struct reader *r, str text)
{
    XML_SetUserData(r->parser, r);
    XML_SetElementHandler(r->parser, on_start, on_end);
    XML_SetCharacterDataHandler(r->parser, on_data);
    XML_SetStartDoctypeDeclHandler(r->parser, on_doctype);
    enum XML_Status status = XML_Parse(r->parser, text.at, (int)text.len, XML_TRUE);
    if (r->result != RC_OK) return r->result;
    if (status != XML_STATUS_OK) {
        const char *what = XML_ErrorString(XML_GetErrorCode(r->parser));
        return err_set_at(r->cx, RC_INVALID, "xml.malformed", pos_of(r, offset_now(r)),
                          "不是格式正确的 XML：%s", "not well-formed XML: %s", what);
    }
    return RC_OK;
}

rc xml_parse(struct cx *cx, str text, size_t bytes_max, struct xml **root)
{
    if (bytes_max > XML_BYTES_MAX) bytes_max = XML_BYTES_MAX;
    if (text.len > bytes_max)
        return err_set(cx, RC_TOO_LARGE, "xml.too-large", "文件有 %zu 字节，最多 %zu 字节",
                       "the file has %zu bytes, at most %zu", text.len, bytes_max);
    if (!utf8_valid(text))
        return err_set(cx, RC_INVALID, "xml.utf8", "文件不是 UTF-8 编码", "the file is not UTF-8");
    struct reader r = {.cx = cx, .text = text, .result = RC_OK};
    r.parser = XML_ParserCreateNS("UTF-8", NS_SEPARATOR);
    CHECK(r.parser);
    rc result = parse(&r, text.len ? text : STR(" "));
    XML_ParserFree(r.parser);
    if (result != RC_OK) return result;
    CHECK(r.root);
    *root = r.root;
    return RC_OK;
}

bool xml_is(const struct xml *x, str ns, str name)
{
    return str_eq(x->name, name) && str_eq(x->ns, ns);
}

const struct xml *xml_child(const struct xml *x, str ns, str name)
{
    for (const struct xml *c = x ? x->child : NULL; c; c = c->next)
        if (xml_is(c, ns, name)) return c;
    return NULL;
}

const struct xml_attr *xml_attr_find(const struct xml *x, str ns, str name)
{
    for (int i = 0; x && i < x->attr_count; i++)
        if (str_eq(x->attr[i].name, name) && str_eq(x->attr[i].ns, ns)) return &x->attr[i];
    return NULL;
}

str xml_attr(const struct xml *x, const char *name)
{
    const struct xml_attr *a = xml_attr_find(x, (str){0}, str_from(name));
    return a ? a->value : (str){0};
}
