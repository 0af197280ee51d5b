/* YAML through libyaml's events into a tree of ours, bounded in size, depth and count. */
#include "app/decl.h"

#include <yaml.h>

#include "base/map.h"

struct frame {
    struct decl *node, *last; /* an open list or map and its last child */
    const struct decl *key;   /* of a map: the key whose value comes next */
    struct map seen;          /* keys of a map → struct decl */
};
struct build {
    struct cx *cx;
    str text, source;
    yaml_parser_t *parser;
    struct frame frame[DECL_DEPTH_MAX];
    int depth;
    size_t count;
    struct decl *root;
    size_t line, line_at; /* a cursor over the lines of text: 0-based number and its offset */
};

static rc hint(struct build *b, rc r, const char *zh, const char *en)
{
    err_hint(b->cx, "%s", "%s", b->cx->lang == LANG_EN ? en : zh);
    err_source(b->cx, b->source);
    return r;
}

static struct pos pos_of(const yaml_mark_t *m)
{
    return (struct pos){.line = (uint32_t)m->line + 1, .column = (uint32_t)m->column + 1};
}

/* Moves the cursor to a line; lines only grow, so the whole file is walked once. */
static str line_text(struct build *b, size_t line)
{
    while (b->line < line && b->line_at < b->text.len) {
        const char *end = memchr(b->text.at + b->line_at, '\n', b->text.len - b->line_at);
        b->line_at = end ? (size_t)(end - b->text.at) + 1 : b->text.len;
        b->line++;
    }
    str rest = str_slice(b->text, b->line_at, b->text.len), after;
    return str_cut(rest, '\n', &after);
}

/* Where the content of a scalar begins: FEEL inside it reports its positions from there. */
static void content_pos(struct build *b, const yaml_event_t *e, struct decl *d)
{
    d->pos = pos_of(&e->start_mark);
    const yaml_scalar_style_t style = e->data.scalar.style;
    d->quoted = style != YAML_PLAIN_SCALAR_STYLE;
    if (style == YAML_SINGLE_QUOTED_SCALAR_STYLE || style == YAML_DOUBLE_QUOTED_SCALAR_STYLE)
        d->pos.column++;
    if (style != YAML_LITERAL_SCALAR_STYLE && style != YAML_FOLDED_SCALAR_STYLE) return;
    for (size_t line = e->start_mark.line + 1; line <= e->end_mark.line; line++) {
        const str s = line_text(b, line);
        if (!str_trim(s).len) continue;
        size_t indent = 0;
        while (indent < s.len && s.at[indent] == ' ')
            indent++;
        d->pos = (struct pos){.line = (uint32_t)line + 1, .column = (uint32_t)indent + 1};
        d->indent = (uint32_t)indent;
        return;
    }
}

static rc duplicate(struct build *b, const struct decl *key, const struct decl *first)
{
    const rc r = err_set_at(b->cx, RC_INVALID, "app.duplicate-key", key->pos,
                            "“" STR_FMT "”写了两次：第一次在第 %u 行",
                            "\"" STR_FMT "\" is written twice: the first time in line %u",
                            STR_ARG(key->text), first->pos.line);
    return hint(b, r, "删去其中一个，或改名", "remove one of them, or rename it");
}

/* Puts a finished scalar, or a list or map just opened, where it belongs. */
static rc place(struct build *b, struct decl *d)
{
    d->source = b->source;
    if (++b->count > DECL_COUNT_MAX || b->cx->arena->exhausted) {
        const rc r = err_set_at(b->cx, RC_LIMIT, "app.size", d->pos, "声明超过 %d 个值",
                                "the declaration has more than %d values", DECL_COUNT_MAX);
        return hint(b, r, "把大量数据放进 data/ 下的 csv", "put bulk data into a csv under data/");
    }
    if (!b->depth) {
        b->root = d;
        return RC_OK;
    }
    struct frame *f = &b->frame[b->depth - 1];
    if (f->node->kind == DECL_MAP && !f->key) {
        if (d->kind != DECL_TEXT) {
            const rc r = err_set_at(b->cx, RC_INVALID, "app.yaml", d->pos, "键必须是一个词",
                                    "a key must be a word");
            return hint(b, r, "写成 名称: 值", "write name: value");
        }
        const struct decl *first = map_find(&f->seen, d->text);
        if (first) return duplicate(b, d, first);
        map_put(&f->seen, b->cx->arena, d->text, d);
        f->key = d;
        return RC_OK;
    }
    if (f->node->kind == DECL_MAP) {
        d->key = f->key->text;
        d->key_pos = f->key->pos;
        f->key = NULL;
    }
    if (f->last)
        f->last->next = d;
    else
        f->node->child = d;
    f->last = d;
    f->node->count++;
    return RC_OK;
}

static rc opened(struct build *b, const yaml_event_t *e, enum decl_kind kind)
{
    struct decl *d = NEW(b->cx->arena, struct decl);
    d->kind = kind;
    d->pos = pos_of(&e->start_mark);
    const rc r = place(b, d);
    if (r != RC_OK) return r;
    if (b->depth == DECL_DEPTH_MAX) {
        const rc deep = err_set_at(b->cx, RC_LIMIT, "app.depth", d->pos, "嵌套超过 %d 层",
                                   "nested deeper than %d levels", DECL_DEPTH_MAX);
        return hint(b, deep, "减少嵌套", "nest less");
    }
    b->frame[b->depth++] = (struct frame){.node = d};
    return RC_OK;
}

static rc alias(struct build *b, const yaml_event_t *e)
{
    const rc r = err_set_at(b->cx, RC_INVALID, "app.alias", pos_of(&e->start_mark),
                            "声明里不能用锚点和引用（& 和 *）",
                            "anchors and aliases (& and *) are not allowed in declarations");
    return hint(b, r, "把内容写出来；以 * 或 & 开头的文字加引号",
                "write it out; quote text that begins with * or &");
}

static rc tag(struct build *b, const yaml_event_t *e)
{
    const rc r = err_set_at(b->cx, RC_INVALID, "app.tag", pos_of(&e->start_mark),
                            "声明里不能用标签（!）", "tags (!) are not allowed in declarations");
    return hint(b, r, "删去标签；以 ! 开头的文字加引号",
                "remove the tag; quote text that begins with !");
}

static rc scalar(struct build *b, const yaml_event_t *e)
{
    if (e->data.scalar.anchor) return alias(b, e);
    if (e->data.scalar.tag) return tag(b, e);
    struct decl *d = NEW(b->cx->arena, struct decl);
    d->kind = DECL_TEXT;
    d->text = arena_dup(b->cx->arena, (str){(const char *)e->data.scalar.value,  //
                                            e->data.scalar.length});
    content_pos(b, e, d);
    return place(b, d);
}

static rc take(struct build *b, const yaml_event_t *e)
{
    switch (e->type) {
    case YAML_ALIAS_EVENT: return alias(b, e);
    case YAML_SCALAR_EVENT: return scalar(b, e);
    case YAML_SEQUENCE_START_EVENT:
        if (e->data.sequence_start.anchor) return alias(b, e);
        if (e->data.sequence_start.tag) return tag(b, e);
        return opened(b, e, DECL_LIST);
    case YAML_MAPPING_START_EVENT:
        if (e->data.mapping_start.anchor) return alias(b, e);
        if (e->data.mapping_start.tag) return tag(b, e);
        return opened(b, e, DECL_MAP);
    case YAML_SEQUENCE_END_EVENT:
    case YAML_MAPPING_END_EVENT: b->depth--; return RC_OK;
    case YAML_DOCUMENT_START_EVENT:
        if (!b->root) return RC_OK;
        return hint(b,
                    err_set_at(b->cx, RC_INVALID, "app.yaml", pos_of(&e->start_mark),
                               "一个文件只能有一份声明", "a file holds one document"),
                    "删去 --- 之后的部分，或另存为一个文件",
                    "move what follows --- into a file of its own");
    default: return RC_OK;
    }
}

static rc syntax(struct build *b)
{
    const yaml_parser_t *p = b->parser;
    struct pos pos = pos_of(&p->problem_mark);
    if (p->error == YAML_READER_ERROR) { /* knows the byte only */
        pos = (struct pos){.line = 1, .column = 1, .offset_bytes = (uint32_t)p->problem_offset};
        const size_t end = p->problem_offset < b->text.len ? p->problem_offset : b->text.len;
        for (size_t i = 0; i < end; i++) {
            pos.column = b->text.at[i] == '\n' ? 1 : pos.column + 1;
            pos.line += b->text.at[i] == '\n';
        }
    }
    const rc r = err_set_at(b->cx, RC_INVALID, "app.yaml", pos, "不是正确的 YAML：%s",
                            "not valid YAML: %s", p->problem ? p->problem : "?");
    return hint(b, r, "检查缩进、冒号后的空格和引号是否成对",
                "check the indentation, the space after a colon, and that quotes are closed");
}

rc decl_parse(struct cx *cx, str text, str source, const struct decl **out)
{
    CLEANUP(yaml_parser_delete) yaml_parser_t parser = {0};
    struct build *b = NEW(cx->arena, struct build);
    *b = (struct build){.cx = cx, .text = text, .source = source, .parser = &parser};
    if (text.len > DECL_BYTES_MAX)
        return hint(b,
                    err_set(cx, RC_LIMIT, "app.size", "文件有 %zu 字节，最多 %d",
                            "the file has %zu bytes, at most %d", text.len, DECL_BYTES_MAX),
                    "把大量数据放进 data/ 下的 csv", "put bulk data into a csv under data/");
    if (!yaml_parser_initialize(&parser))
        return err_set(cx, RC_LIMIT, "app.size", "内存不足", "out of memory");
    yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&parser, (const unsigned char *)text.at, text.len);
    rc r = RC_OK;
    for (bool more = true; more && r == RC_OK;) {
        CLEANUP(yaml_event_delete) yaml_event_t event = {0};
        if (!yaml_parser_parse(&parser, &event)) return syntax(b);
        more = event.type != YAML_STREAM_END_EVENT;
        r = take(b, &event);
    }
    if (r != RC_OK) return r;
    if (!b->root) { /* an empty file is an empty map */
        b->root = NEW(cx->arena, struct decl);
        *b->root =
            (struct decl){.kind = DECL_MAP, .pos = {.line = 1, .column = 1}, .source = source};
    }
    *out = b->root;
    return RC_OK;
}

const struct decl *decl_find(const struct decl *map, str key)
{
    if (!map || map->kind != DECL_MAP) return NULL;
    for (const struct decl *d = map->child; d; d = d->next)
        if (str_eq(d->key, key)) return d;
    return NULL;
}
