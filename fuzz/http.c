/* Requests from strangers: the first line is a head (method, address, version), the lines up to an empty one
 * are headers, the rest is a body.  Everything the server itself reads of a request reads it. */
#include "server/gate.h"
#include "server/route.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { ARENA_BYTES = 4 << 20, REQUEST_MAX = 1 << 16, HEADERS = 20 };

/* Each function that reads the value of one header or another. */
static void read_value(struct cx *cx, str value)
{
    int64_t version;
    struct pairs pairs = {0};
    str out;
    CHECK(cookie_read(value, STR("session")).len <= value.len);
    if (version_tag_read(value, &version)) CHECK(version >= 0);
    (void)tag_listed(value, STR("abc"));
    (void)coding_accepted(value, STR("gzip"));
    (void)word_listed(value, STR("a"));
    CHECK(media_type_read(value).len <= value.len);
    for (int plus = 0; plus < 2; plus++)
        if (text_unescape(cx->arena, value, plus != 0, &out))
            CHECK(out.len <= value.len && utf8_valid(out));
    if (query_read(cx, value, &pairs) == RC_OK) CHECK(pairs.len <= QUERY_PAIRS_MAX);
    if (utf8_valid(value)) CHECK(utf8_valid(disposition_write(cx->arena, "attachment", value)));
}

static void read_body(struct cx *cx, str content_type, str body)
{
    struct part part;
    if (multipart_file(cx, content_type, body, &part) != RC_OK) return;
    CHECK(part.file_name.len > 0);
    CHECK(part.content.len == 0 ||
          (part.content.at >= body.at && part.content.at + part.content.len <= body.at + body.len));
}

static void find_route(struct cx *cx, const struct gate_head *head)
{
    struct capture capture[ROUTE_CAPTURES_MAX];
    struct buf allowed = {.arena = cx->arena};
    struct pairs pairs = {0};
    str path, query;
    if (gate_path(cx, head->uri, &path, &query) != RC_OK) return;
    CHECK(utf8_valid(path));
    if (query_read(cx, query, &pairs) == RC_OK)
        for (size_t i = 0; i < pairs.len; i++)
            CHECK(utf8_valid(pairs.at[i].name) && utf8_valid(pairs.at[i].value));
    (void)route_find(head->method, path, capture, &allowed);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena a;
    struct pair header[HEADERS] = {{{0}, {0}}};
    struct gate_body body;
    str rest = {(const char *)data, size};
    if (size > REQUEST_MAX) return 0;
    arena_init(&a, ARENA_BYTES);
    struct cx cx = {.arena = &a, .lang = size % 2 ? LANG_EN : LANG_ZH};
    str line = str_cut(rest, '\n', &rest);
    struct gate_head head = {.header = header};
    head.method = str_cut(line, ' ', &line);
    head.uri = str_cut(line, ' ', &line);
    head.version = line;
    while (rest.len > 0 && head.header_count < HEADERS) {
        line = str_cut(rest, '\n', &rest);
        if (line.len == 0) break;
        struct pair *h = &header[head.header_count++];
        h->name = str_cut(line, ':', &h->value);
        h->value = str_trim(h->value);
        read_value(&cx, h->value);
        read_body(&cx, h->value, rest);
    }
    if (gate_check(&cx, &head, &body) == RC_OK) CHECK(body.length >= -1);
    find_route(&cx, &head);
    CHECK(utf8_valid(cx.err.detail));
    arena_done(&a);
    return 0;
}
