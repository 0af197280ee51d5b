/* Evidence: files kept in the database under the SM3 of their content, each content once. */
#include <string.h>

#include "base/sm3.h"
#include "record/parts.h"

enum { NAME_MAX_BYTES = 255, MEDIA_TYPE_MAX = 127 };

SQL(sql_find,
    "SELECT name, media_type, bytes, added_by, added_us FROM file WHERE site = $site AND hash = $1");
SQL(sql_load,
    "SELECT name, media_type, bytes, added_by, added_us, content FROM file WHERE site = $site AND hash = $1");
SQL(sql_add,
    "INSERT INTO file (site, hash, name, media_type, bytes, added_by, added_us, content)"
    " VALUES ($site, $1, $2, $3, $4, $5, $6, $7)");

/* What is behind the last path separator, without control characters, cut at a whole character. */
static str plain_name(struct cx *cx, str name)
{
    struct buf b = {.arena = cx->arena};
    size_t from = 0;
    for (size_t i = 0; i < name.len; i++)
        if (name.at[i] == '/' || name.at[i] == '\\') from = i + 1;
    for (size_t at = from; at < name.len;) {
        char room[4];
        uint32_t c = utf8_next(name, &at);
        size_t n = utf8_put(room, c);
        if (b.len + n > NAME_MAX_BYTES) break;
        if (c >= 32 && c != 127) buf_add(&b, (str){room, n});
    }
    return b.len ? buf_str(&b) : STR("file");
}

static str plain_media_type(str text)
{
    bool good = text.len > 2 && text.len <= MEDIA_TYPE_MAX && str_index(text, STR("/")) != SIZE_MAX;
    for (size_t i = 0; i < text.len; i++)
        good = good && text.at[i] > 31 && text.at[i] < 127;
    return good ? text : STR("application/octet-stream");
}

static void file_row(struct cx *cx, const struct db_rows *rows, str hash, struct rec_file *out)
{
    *out = (struct rec_file){.hash = arena_dup(cx->arena, hash),
                             .name = db_text_dup(cx, rows, 0),
                             .media_type = db_text_dup(cx, rows, 1),
                             .bytes = db_i64(rows, 2),
                             .added_by = db_text_dup(cx, rows, 3),
                             .added_us = db_i64(rows, 4)};
}

rc rec_file_find(struct cx *cx, struct db *db, str hash, struct rec_file *out, bool *found)
{
    DB_ROWS rows = {0};
    rc r = db_query(cx, db, &sql_find, DB_ARGS(DB_T(hash)), &rows);
    if (r == RC_OK) r = db_next(cx, &rows, found);
    if (r == RC_OK && *found) file_row(cx, &rows, hash, out);
    return r;
}

rc rec_file_put(struct cx *cx, struct db *db, const struct actor *who, str name, str media_type,
                str content, struct rec_file *out)
{
    bool found = false;
    if (content.len > REC_FILE_BYTES_MAX)
        return err_set(cx, RC_TOO_LARGE, "record.file-too-large", "文件有 %zu 字节，最多 %d MB",
                       "The file has %zu bytes; at most %d MB are taken", content.len,
                       REC_FILE_BYTES_MAX >> 20);
    if (content.len == 0)
        return err_set(cx, RC_INVALID, "record.file-empty", "文件是空的", "The file is empty");
    str hash = sm3_hex(cx->arena, content);
    rc r = rec_file_find(cx, db, hash, out, &found);
    if (r != RC_OK || found) return r;
    *out = (struct rec_file){.hash = hash,
                             .name = plain_name(cx, name),
                             .media_type = arena_dup(cx->arena, plain_media_type(media_type)),
                             .added_by = who->code.len ? who->code : STR("system"),
                             .bytes = (int64_t)content.len,
                             .added_us = cx->now_us};
    return db_exec(cx, db, &sql_add,
                   DB_ARGS(DB_T(hash), DB_T(out->name), DB_T(out->media_type), DB_I(out->bytes),
                           DB_T(out->added_by), DB_I(out->added_us), DB_B(content)));
}

rc rec_file_get(struct cx *cx, struct db *db, str hash, struct rec_file *out, str *content)
{
    DB_ROWS rows = {0};
    bool more = false;
    rc r = db_query(cx, db, &sql_load, DB_ARGS(DB_T(hash)), &rows);
    if (r == RC_OK) r = db_next(cx, &rows, &more);
    if (r != RC_OK) return r;
    if (!more)
        return err_set(cx, RC_MISSING, "record.file-missing", "没有哈希为“" STR_FMT "”的文件",
                       "There is no file with the hash \"" STR_FMT "\"", STR_ARG(hash));
    file_row(cx, &rows, hash, out);
    str bytes = db_text(&rows, 5);
    char *copy = arena_try(cx->arena, bytes.len, 1);
    if (!copy)
        return err_set(cx, RC_LIMIT, "record.memory", "文件太大，放不进内存",
                       "The file does not fit into the memory of this request");
    memcpy(copy, bytes.at, bytes.len);
    *content = (str){copy, bytes.len};
    return RC_OK;
}
