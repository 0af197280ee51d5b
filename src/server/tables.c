/* Tables in and out, and files kept as evidence. */
#include "server/inside.h"

/* ---- import ---- */

/* Ends a long import when the server stops: nothing of it was committed. */
static rc guarded_next(void *owner, struct cx *cx, const struct json **fields, int64_t *line)
{
    struct request *r = owner;
    if (atomic_load(&r->server->stopping))
        return err_set(cx, RC_BUSY, "server.stopping", "服务正在停止,未导入任何数据",
                       "the server is stopping: nothing was imported");
    if (r->cx.deadline_us && os_monotonic_us() > r->cx.deadline_us)
        return err_set(cx, RC_LIMIT, "import.time", "导入时间过长,请拆分文件",
                       "the import takes too long: split the file");
    return r->rows.rows.next(r->rows.rows.owner, cx, fields, line);
}

/* The file itself, or the first file of a form; *name as the form says. */
static rc upload_content(struct request *r, struct part *out)
{
    str type = header_of(r, "Content-Type");
    *out = (struct part){.content = r->body.content, .media_type = media_type_read(type)};
    if (!str_eq(out->media_type, STR("multipart/form-data"))) return RC_OK;
    *out = (struct part){0};
    rc result = multipart_file(&r->cx, type, r->body.content, out);
    if (result == RC_OK) out->media_type = media_type_read(out->media_type);
    return result;
}

rc import_run(struct request *r)
{
    const struct app_type *type =
        catalogue_type(r->server->catalogue, json_text(r->params, STR("type")));
    struct part part = {0};
    str dry = json_text(r->params, STR("dry_run"));
    /* A rehearsal tells of all rows, good and bad; it refuses nothing. */
    if (dry.len && !json_find(r->params, STR("partial")))
        params_text(r, (struct json *)(uintptr_t)r->params, "partial", dry);
    if (!type || (rec_reach(&r->who, type, ACT_IMPORT) == REACH_NONE &&
                  rec_reach(&r->who, type, ACT_CREATE) == REACH_NONE))
        return command_send(r); /* which says so, without the file being opened */
    rc result = upload_content(r, &part);
    if (result == RC_OK) result = table_open(&r->cx, part.content, &r->table);
    if (result == RC_OK) result = table_rows_open(&r->cx, r->table, type, &r->rows);
    if (result != RC_OK) return result;
    r->guarded = (struct command_rows){.owner = r, .next = guarded_next};
    r->command.rows = &r->guarded;
    return command_send(r);
}

void import_done(struct request *r)
{
    if (r->table) table_close(r->table);
    r->table = NULL;
}

/* ---- export ---- */

static rc columns_read(struct request *r, struct table_export *x)
{
    str rest = json_text(r->params, STR("columns"));
    const struct app_field **list =
        NEWS(&r->arena, const struct app_field *, (size_t)x->type->field_count + 1);
    while (rest.len) {
        str name = str_cut(rest, ',', &rest);
        const struct app_field *f = app_field_find(x->type, name);
        if (!f || x->column_count == x->type->field_count)
            return err_set(&r->cx, RC_INVALID, "list.unknown-field", "列“" STR_FMT "”不存在",
                           "there is no column \"" STR_FMT "\"", STR_ARG(name));
        list[x->column_count++] = f;
    }
    if (x->column_count) x->column = list;
    return RC_OK;
}

rc export_run(struct request *r)
{
    str name = json_text(r->params, STR("type")), ending = capture_of(r, "format"), bytes;
    struct table_export x = {.type = catalogue_type(r->server->catalogue, name),
                             .params = r->params,
                             .who = &r->who,
                             .names = json_text(r->params, STR("names")).len > 0};
    if (!x.type)
        return err_set(&r->cx, RC_MISSING, "record.unknown-type", "没有名为“" STR_FMT "”的登记类型",
                       "there is no type \"" STR_FMT "\"", STR_ARG(name));
    rc result =
        table_format_of(&r->cx, arena_printf(&r->arena, "x." STR_FMT, STR_ARG(ending)), &x.format);
    if (result == RC_OK) result = columns_read(r, &x);
    if (result == RC_OK) result = table_export(&r->cx, engine_of(r), &x, &bytes);
    if (result != RC_OK) return result;
    r->answer.media_type = arena_cstr(&r->arena, table_media_type(x.format));
    r->answer.body = bytes;
    str file = arena_printf(&r->arena, STR_FMT "." STR_FMT,
                            STR_ARG(app_title_of(&x.type->title, r->cx.lang)), STR_ARG(ending));
    answer_header(r, "Content-Disposition", disposition_write(&r->arena, "attachment", file));
    return RC_OK;
}

/* ---- files ---- */

rc file_put(struct request *r)
{
    struct part part = {0};
    rc result = upload_content(r, &part);
    if (result != RC_OK) return result;
    struct json *params = params_object(r);
    str name = json_text(r->params, STR("name"));
    if (!name.len) name = part.file_name;
    params_text(r, params, "name", name);
    params_text(r, params, "media_type",
                part.media_type.len ? part.media_type : STR("application/octet-stream"));
    r->params = params;
    r->command.content = part.content;
    return command_send(r);
}

/* What a browser may show by itself.  Never SVG or HTML: they run scripts. */
static bool shown_inline(str media_type)
{
    static const str list[] = {STR_INIT("image/png"), STR_INIT("image/jpeg"), STR_INIT("image/gif"),
                               STR_INIT("image/webp"), STR_INIT("application/pdf")};
    for (size_t i = 0; i < COUNTOF(list); i++)
        if (str_eq(media_type, list[i])) return true;
    return false;
}

rc file_get(struct request *r)
{
    struct rec_file file = {0};
    str content = {0}, hash = capture_of(r, "hash");
    rc result = engine_file(&r->cx, engine_of(r), &r->who, hash, &file, &content);
    if (result != RC_OK) return result;
    bool seen = shown_inline(file.media_type);
    r->answer.cache = "private, no-cache"; /* kept, but asked for each time: rights may change */
    r->answer.policy = str_eq(file.media_type, STR("application/pdf"))
                           ? "default-src 'none'; frame-ancestors 'self'"
                           : "default-src 'none'; sandbox; frame-ancestors 'self'";
    answer_header(r, "ETag", arena_printf(&r->arena, "\"" STR_FMT "\"", STR_ARG(hash)));
    r->answer.same = tag_listed(header_of(r, "If-None-Match"), hash);
    r->answer.media_type = seen || str_eq(file.media_type, STR("text/csv"))
                               ? arena_cstr(&r->arena, file.media_type)
                               : "application/octet-stream";
    r->answer.body = content;
    answer_header(r, "Content-Disposition",
                  disposition_write(&r->arena, seen ? "inline" : "attachment", file.name));
    return RC_OK;
}
