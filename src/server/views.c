/* Answers that are not the engine's JSON as it is: the catalogue with its tag, diagrams, one process,
 * the OpenAPI document, the interface's files. */
#include <zlib.h>

#include "server/inside.h"

/* The catalogue changes with the declarations and with the roles of who asks. */
rc catalogue_get(struct request *r)
{
    struct buf roles = {.arena = &r->arena};
    for (int i = 0; i < r->who.role_count; i++)
        buf_add(&roles, r->who.role[i]->name);
    str hash = r->server->catalogue->hash,
        tag = arena_printf(&r->arena, STR_FMT "-%" PRIx64, STR_ARG(str_slice(hash, 0, 16)),
                           str_hash(buf_str(&roles)));
    r->answer.cache = "private, no-cache";
    answer_header(r, "ETag", arena_printf(&r->arena, "\"" STR_FMT "\"", STR_ARG(tag)));
    r->answer.same = tag_listed(header_of(r, "If-None-Match"), tag);
    if (r->answer.same) return RC_OK;
    rc result = ask(r, r->route->name, r->params, &r->out);
    if (result == RC_OK) answer_json(r, buf_str(&r->out));
    return result;
}

rc diagram_get(struct request *r)
{
    const struct json *answer = NULL;
    rc result = ask(r, r->route->name, r->params, &r->out);
    if (result == RC_OK) result = json_parse(&r->cx, buf_str(&r->out), &answer);
    if (result != RC_OK) return result;
    r->answer.media_type = "image/svg+xml; charset=utf-8";
    r->answer.policy = "default-src 'none'; style-src 'unsafe-inline'; sandbox";
    r->answer.body = json_text(answer, STR("svg"));
    return RC_OK;
}

/* The process's line of the list, and its diagram as it was drawn. */
rc process_get(struct request *r)
{
    const struct json *list = NULL;
    str name = capture_of(r, "name");
    const struct app_process *p = catalogue_process(r->server->catalogue, name);
    if (!p)
        return err_set(&r->cx, RC_MISSING, "process.missing", "没有名为“" STR_FMT "”的流程",
                       "there is no process \"" STR_FMT "\"", STR_ARG(name));
    rc result = ask(r, r->route->name, NULL, &r->out);
    if (result == RC_OK) result = json_parse(&r->cx, buf_str(&r->out), &list);
    if (result != RC_OK) return result;
    struct buf b = {.arena = &r->arena};
    for (const struct json *j = list->child; j; j = j->next)
        if (str_eq(json_text(j, STR("name")), name)) json_write(&b, j);
    if (!b.len) buf_add(&b, STR("{}"));
    struct buf whole = {.arena = &r->arena};
    buf_add(&whole, str_slice(buf_str(&b), 0, b.len - 1));
    buf_add(&whole, b.len > 2 ? STR(",\"xml\":") : STR("\"xml\":"));
    buf_json(&whole, p->xml);
    buf_char(&whole, '}');
    answer_json(r, buf_str(&whole));
    return RC_OK;
}

rc openapi_get(struct request *r)
{
    answer_json(r, r->server->openapi);
    return RC_OK;
}

/* ---- the interface ---- */

static const struct page_file *page_find(str path)
{
    for (const struct page_file *f = page_files; f->path; f++)
        if (str_eq(path, str_from(f->path))) return f;
    return NULL;
}

static rc unpack(struct request *r, const struct page_file *f)
{
    enum { GZIP_WINDOW = 15 + 16 };
    z_stream z = {0};
    char *to = arena_try(&r->arena, f->plain_bytes + 1, 1);
    if (!to || inflateInit2(&z, GZIP_WINDOW) != Z_OK)
        return err_set(&r->cx, RC_LIMIT, "page.memory", "内存不足", "not enough memory");
    z.next_in = (Bytef *)(uintptr_t)f->packed;
    z.avail_in = (uInt)(f->packed_end - f->packed);
    z.next_out = (Bytef *)to;
    z.avail_out = (uInt)f->plain_bytes;
    int how = inflate(&z, Z_FINISH);
    inflateEnd(&z);
    if (how != Z_STREAM_END)
        return err_set(&r->cx, RC_INTERNAL, "page.unpack", "页面无法解压",
                       "a page cannot be unpacked");
    r->answer.body = (str){to, f->plain_bytes};
    return RC_OK;
}

/* A file of the build: below /assets, or one with an ending at the top.  Names of types and
 * indicators hold a point too: /records/reform.work is a page. */
static bool looks_like_file(str path)
{
    str top = str_slice(path, path.len ? 1 : 0, path.len);
    return str_starts(path, STR("/assets/")) ||
           (str_index(top, STR("/")) == SIZE_MAX && str_index(top, STR(".")) != SIZE_MAX);
}

/* Any path that is no file is a page of the interface, which finds its own way. */
rc page_get(struct request *r)
{
    const struct page_file *f = page_find(r->path);
    if (!f && !looks_like_file(r->path)) f = page_find(STR("/index.html"));
    if (!f)
        return err_set(&r->cx, RC_MISSING, "http.no-such-path", "没有这个网址",
                       "there is no such path");
    r->answer.status = 200;
    r->answer.media_type = f->media_type;
    r->answer.cache = f->hashed ? "public, max-age=31536000, immutable" : "no-cache";
    answer_header(r, "Vary", STR("Accept-Encoding"));
    if (!coding_accepted(header_of(r, "Accept-Encoding"), STR("gzip"))) return unpack(r, f);
    r->answer.packed = true;
    r->answer.body = (str){(const char *)f->packed, (size_t)(f->packed_end - f->packed)};
    return RC_OK;
}
