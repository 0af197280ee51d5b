/* Files, folders and random bytes: the operating system, and the only errno below store/. */
#include "base/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/sm3.h"

static rc missing(struct cx *cx, str path)
{
    return err_set(cx, RC_MISSING, "file.missing", "没有文件“" STR_FMT "”",
                   "there is no file \"" STR_FMT "\"", STR_ARG(path));
}

/* The text of errno, before anything else can change it. */
static rc failed_read(struct cx *cx, str path)
{
    char why[128];
    const int number = errno;
    if (number == ENOENT || number == ENOTDIR || number == ENAMETOOLONG) return missing(cx, path);
    if (number == EISDIR || number == ELOOP)
        return err_set(cx, RC_MISSING, "file.missing", "“" STR_FMT "”不是文件",
                       "\"" STR_FMT "\" is not a file", STR_ARG(path));
    return err_set(cx, RC_INTERNAL, "file.read", "读不了“" STR_FMT "”：%s",
                   "cannot read \"" STR_FMT "\": %s", STR_ARG(path),
                   strerror_r(number, why, sizeof why));
}

static rc failed_write(struct cx *cx, str path)
{
    char why[128];
    const int number = errno;
    if (number == ENOSPC || number == EDQUOT)
        return err_set(cx, RC_FULL, "file.full", "磁盘空间不足，写不了“" STR_FMT "”",
                       "the disk is full, cannot write \"" STR_FMT "\"", STR_ARG(path));
    return err_set(cx, RC_INTERNAL, "file.write", "写不了“" STR_FMT "”：%s",
                   "cannot write \"" STR_FMT "\": %s", STR_ARG(path),
                   strerror_r(number, why, sizeof why));
}

/* A path for the system: NULL when no file can have such a name. */
static const char *system_path(struct cx *cx, str path)
{
    if (!path.len || memchr(path.at, '\0', path.len)) return NULL;
    return arena_cstr(cx->arena, path);
}

static rc too_large(struct cx *cx, str path, size_t bytes_max)
{
    return err_set(cx, RC_TOO_LARGE, "file.too-large", "“" STR_FMT "”太大，最多 %zu 字节",
                   "\"" STR_FMT "\" is too large, at most %zu bytes", STR_ARG(path), bytes_max);
}

static rc read_all(struct cx *cx, int fd, str path, size_t bytes_max, str *out)
{
    struct stat st;
    if (fstat(fd, &st) != 0) return failed_read(cx, path);
    if (S_ISREG(st.st_mode) && (uint64_t)st.st_size > bytes_max)
        return too_large(cx, path, bytes_max);
    /* One byte over the size shows the end in the same round; the size is only a hint. */
    struct buf b = {.arena = cx->arena, .bytes_max = bytes_max + 1};
    size_t want = S_ISREG(st.st_mode) ? (size_t)st.st_size + 1 : 4096;
    for (;;) {
        if (want > bytes_max + 1 - b.len) want = bytes_max + 1 - b.len;
        char *at = buf_room(&b, want);
        if (!at) return too_large(cx, path, cx->arena->budget_bytes);
        const ssize_t n = read(fd, at, want);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return failed_read(cx, path);
        if (n == 0) break;
        b.len += (size_t)n;
        if (b.len > bytes_max) return too_large(cx, path, bytes_max);
        want = 64 << 10;
    }
    *out = buf_str(&b);
    return RC_OK;
}

rc file_read(struct cx *cx, str path, size_t bytes_max, str *out)
{
    if (bytes_max > SIZE_MAX / 8) bytes_max = SIZE_MAX / 8;
    const char *name = system_path(cx, path);
    if (!name) return missing(cx, path);
    const int fd = open(name, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return failed_read(cx, path);
    const rc r = read_all(cx, fd, path, bytes_max, out);
    (void)close(fd);
    return r;
}

static bool write_all(int fd, str bytes)
{
    while (bytes.len) {
        const ssize_t n = write(fd, bytes.at, bytes.len);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return false;
        bytes = str_slice(bytes, (size_t)n, bytes.len);
    }
    return fsync(fd) == 0;
}

static str folder_of(str path)
{
    while (path.len && path.at[path.len - 1] != '/')
        path.len--;
    return path.len ? path : STR(".");
}

/* Without this a renamed file may be gone after a power cut. */
static bool sync_folder(struct cx *cx, str path)
{
    const int fd = open(arena_cstr(cx->arena, folder_of(path)), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return false;
    const bool synced = fsync(fd) == 0;
    (void)close(fd);
    return synced;
}

static bool write_and_rename(int fd, const char *temporary, const char *name, str bytes)
{
    const bool written = write_all(fd, bytes);
    const int number = errno;
    const bool closed = close(fd) == 0;
    if (written && closed && rename(temporary, name) == 0) return true;
    const int later = errno;
    (void)unlink(temporary);
    errno = written ? later : number;
    return false;
}

rc file_write(struct cx *cx, str path, str bytes)
{
    uint8_t random[8];
    char hex[17] = {0};
    const char *name = system_path(cx, path);
    if (!name) return missing(cx, path);
    os_random(random, sizeof random);
    hex_write(hex, random, sizeof random);
    const char *temporary = arena_printf(cx->arena, "%s.%s.tmp", name, hex).at;
    const int fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (fd < 0 && errno == ENOENT) return missing(cx, folder_of(path));
    if (fd < 0 || !write_and_rename(fd, temporary, name, bytes) || !sync_folder(cx, path))
        return failed_write(cx, path);
    return RC_OK;
}

bool file_exists(struct cx *cx, str path)
{
    const char *name = system_path(cx, path);
    return name && access(name, F_OK) == 0;
}

static bool is_folder(int fd, const struct dirent *e)
{
    struct stat st;
    if (e->d_type != DT_UNKNOWN && e->d_type != DT_LNK) return e->d_type == DT_DIR;
    return fstatat(fd, e->d_name, &st, 0) == 0 && S_ISDIR(st.st_mode);
}

static int by_name(const void *a, const void *b)
{
    return str_cmp(*(const str *)a, *(const str *)b);
}

static rc list_all(struct cx *cx, DIR *folder, str path, struct names *out)
{
    struct names list = {0};
    for (;;) {
        errno = 0;
        const struct dirent *e = readdir(folder); /* NOLINT(concurrency-mt-unsafe): our own DIR */
        if (!e && errno) return failed_read(cx, path);
        if (!e) break;
        if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0) continue;
        *vec_add(cx->arena, &list) =
            arena_printf(cx->arena, "%s%s", e->d_name, is_folder(dirfd(folder), e) ? "/" : "");
        if (cx->arena->exhausted) return too_large(cx, path, cx->arena->budget_bytes);
    }
    if (list.len) qsort(list.at, list.len, sizeof *list.at, by_name);
    *out = list;
    return RC_OK;
}

rc file_list(struct cx *cx, str path, struct names *out)
{
    const char *name = system_path(cx, path);
    DIR *folder = name ? opendir(name) : NULL;
    if (!folder) return name ? failed_read(cx, path) : missing(cx, path);
    const rc r = list_all(cx, folder, path, out);
    (void)closedir(folder);
    return r;
}

rc file_make_folder(struct cx *cx, str path)
{
    if (!system_path(cx, path)) return missing(cx, path);
    struct stat st;
    for (size_t end = 1; end <= path.len; end++) {
        if (end < path.len && path.at[end] != '/') continue;
        const char *name = arena_cstr(cx->arena, str_slice(path, 0, end));
        if (mkdir(name, 0777) == 0) continue;
        const int number = errno; /* EROFS and the like also where the folder stands already */
        if (stat(name, &st) == 0 && S_ISDIR(st.st_mode)) continue;
        errno = number;
        return failed_write(cx, path);
    }
    return RC_OK;
}

void os_random(void *out, size_t bytes)
{
    char *at = out;
    while (bytes) {
        const ssize_t n = getrandom(at, bytes, 0);
        CHECK(n > 0 || errno == EINTR);
        if (n <= 0) continue;
        at += n;
        bytes -= (size_t)n;
    }
}
