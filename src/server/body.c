/* Bodies: JSON is kept in memory, files go to a nameless file that is mapped when it is whole. */
#include <sys/mman.h>

#include "server/inside.h"

void body_begin(struct request *r)
{
    r->body.memory.arena = &r->arena;
    if (r->route && r->route->flags & ROUTE_UPLOAD) r->body.file = tmpfile();
}

void body_add(struct body *b, const char *data, size_t size)
{
    b->bytes += (int64_t)size;
    if (b->bytes > b->bytes_max) b->over = true;
    if (b->over) return; /* read to its end, kept no more */
    if (b->file)
        b->over = fwrite(data, 1, size, b->file) != size;
    else
        buf_add(&b->memory, (str){data, size});
}

rc body_whole(struct request *r)
{
    struct body *b = &r->body;
    if (b->bytes > b->bytes_max)
        return err_set(&r->cx, RC_TOO_LARGE, "http.body-too-large",
                       "请求内容超过 %" PRId64 " 字节的上限", "the body is over %" PRId64 " bytes",
                       b->bytes_max);
    if (b->over || b->memory.over || (b->file && fflush(b->file)))
        return err_set(&r->cx, RC_FULL, "http.body-not-kept", "磁盘空间不足,无法接收文件",
                       "there is no room to receive the file");
    if (!b->file) {
        b->content = buf_str(&b->memory);
        return RC_OK;
    }
    if (!b->bytes) return RC_OK;
    void *at = mmap(NULL, (size_t)b->bytes, PROT_READ, MAP_PRIVATE, fileno(b->file), 0);
    if (at == MAP_FAILED)
        return err_set(&r->cx, RC_INTERNAL, "http.body-not-mapped", "无法读取上传的文件",
                       "the upload cannot be mapped");
    b->content = (str){at, (size_t)b->bytes};
    b->mapped = true;
    return RC_OK;
}

void body_done(struct body *b)
{
    if (b->mapped) munmap((void *)(uintptr_t)b->content.at, b->content.len);
    if (b->file) (void)fclose(b->file);
    *b = (struct body){0};
}
