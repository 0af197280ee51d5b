/* doctor: an SQLite file, where it lies, who has it. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/timex.h>
#include <unistd.h>

#include "base/file.h"
#include "main/doctor.h"

enum { LOG_SPACE_BYTES = 256 << 20, LOG_LONG_BYTES = 256 << 20 };

SQL(sql_quick, "SELECT quick_check FROM pragma_quick_check(1)");

static const char *beside(const struct doctor *d, const char *tail)
{
    return arena_cstr(d->cx->arena,
                      arena_printf(d->cx->arena, STR_FMT "%s", STR_ARG(d->path), tail));
}

static const char *folder_of(const struct doctor *d)
{
    size_t end = d->path.len;
    while (end && d->path.at[end - 1] != '/')
        end--;
    return end ? arena_cstr(d->cx->arena, str_slice(d->path, 0, end)) : ".";
}

static int64_t size_of(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 ? st.st_size : 0;
}

/* ---- who may read it ---- */

static rc permissions(struct doctor *d)
{
    static const char *const tails[] = {"", "-wal"};
    struct stat at, folder;
    if (stat(folder_of(d), &folder) != 0) folder.st_mode = 0777;
    for (size_t i = 0; i < COUNTOF(tails); i++) {
        const char *path = beside(d, tails[i]);
        if (stat(path, &at) != 0) continue;
        bool all_write = (at.st_mode & S_IWOTH) && (folder.st_mode & S_IXOTH);
        bool all_read = (at.st_mode & S_IROTH) && (folder.st_mode & S_IXOTH);
        if (!all_read && !all_write) continue;
        doctor_say(
            d, LEVEL_WRONG, "本机所有用户都能%s“%s”", "every user of this machine may %s \"%s\"",
            d->cx->lang == LANG_ZH ? (all_write ? "改写" : "读取") : (all_write ? "write" : "read"),
            path);
        doctor_remedy(d, "chmod 700 %s && chmod 600 %s*", "chmod 700 %s && chmod 600 %s*",
                      folder_of(d), beside(d, ""));
        return RC_OK;
    }
    if ((folder.st_mode & (S_IWOTH | S_ISVTX)) == S_IWOTH) {
        doctor_say(d, LEVEL_WRONG, "所有用户都能更换文件夹“%s”里的文件",
                   "every user may replace files in the folder \"%s\"", folder_of(d));
        doctor_remedy(d, "chmod 700 %s", "chmod 700 %s", folder_of(d));
        return RC_OK;
    }
    doctor_say(d, LEVEL_OK, "其他用户不能读取", "other users may not read it");
    return RC_OK;
}

/* ---- where it lies ---- */

static rc filesystem(struct doctor *d)
{
    static const struct {
        unsigned long magic;
        const char *name;
        enum level level;
    } known[] = {
        {0x6969, "NFS", LEVEL_WRONG},        {0x517b, "SMB", LEVEL_WRONG},
        {0xff534d42, "CIFS", LEVEL_WRONG},   {0xfe534d42, "SMB", LEVEL_WRONG},
        {0x01021997, "9P", LEVEL_WRONG},     {0x00c36400, "Ceph", LEVEL_WRONG},
        {0x0bd00bd0, "Lustre", LEVEL_WRONG}, {0x5346414f, "AFS", LEVEL_WRONG},
        {0x65735546, "FUSE", LEVEL_LOOK},    {0x01021994, "tmpfs", LEVEL_LOOK},
        {0x794c7630, "overlay", LEVEL_LOOK},
    };
    struct statfs fs;
    if (statfs(folder_of(d), &fs) != 0) return RC_OK;
    for (size_t i = 0; i < COUNTOF(known); i++) {
        if (((unsigned long)fs.f_type & 0xffffffffUL) != known[i].magic) continue;
        doctor_say(d, known[i].level, "数据库放在 %s 上", "the database lies on %s", known[i].name);
        if (known[i].level == LEVEL_WRONG)
            doctor_remedy(
                d, "网络文件系统上的锁和落盘都靠不住：移到本机的磁盘",
                "locks and syncs of network filesystems cannot be relied on: move it to a "
                "local disk");
        else
            doctor_remedy(
                d, "正式使用时放到本机磁盘的文件系统（ext4、xfs）上，别随内存或容器一起消失",
                "for real use put it on a local disk's filesystem (ext4, xfs): this one may "
                "go with the memory or the container");
        return RC_OK;
    }
    doctor_say(d, LEVEL_OK, "在本机的文件系统上", "on a local filesystem");
    return RC_OK;
}

static rc disk(struct doctor *d)
{
    struct statfs fs;
    if (statfs(folder_of(d), &fs) != 0) return RC_OK;
    const int64_t size = size_of(beside(d, ""));
    const int64_t room = (int64_t)fs.f_bavail * (int64_t)fs.f_bsize;
    const enum level level = room < LOG_SPACE_BYTES ? LEVEL_WRONG
                             : room < size          ? LEVEL_LOOK
                                                    : LEVEL_OK;
    doctor_say(d, level, "数据库 " STR_FMT "，磁盘余 " STR_FMT,
               "the database is " STR_FMT ", the disk has " STR_FMT " free",
               STR_ARG(doctor_bytes(d, size)), STR_ARG(doctor_bytes(d, room)));
    if (level == LEVEL_WRONG)
        doctor_remedy(d, "马上腾出空间：写入快要被拒绝（store.full）",
                      "free some now: writes are about to be refused (store.full)");
    if (level == LEVEL_LOOK)
        doctor_remedy(d, "放不下第二份：备份放到别的磁盘，并计划扩容",
                      "no room for a second copy: back up to another disk, and plan for more");
    return RC_OK;
}

static rc log_size(struct doctor *d)
{
    const int64_t size = size_of(beside(d, "-wal"));
    const bool is_long = size > LOG_LONG_BYTES;
    doctor_say(d, is_long ? LEVEL_LOOK : LEVEL_OK, "日志（-wal）" STR_FMT,
               "the log (-wal) is " STR_FMT, STR_ARG(doctor_bytes(d, size)));
    if (is_long)
        doctor_remedy(
            d, "有查询一直不结束，或服务没有运行：重新启动服务，日志会并入文件",
            "a reader has been open for long, or no server runs: restart the server and the "
            "log goes into the file");
    return RC_OK;
}

/* ---- who has it ---- */

/* The kernel's list of locks: a line "1: FLOCK ADVISORY WRITE pid major:minor:inode 0 EOF".  Asking by
 * taking the lock could keep a starting server off. */
static int64_t lock_holder(const struct doctor *d)
{
    struct stat st;
    char line[256];
    int64_t pid = 0, inode = 0;
    if (stat(beside(d, "-lock"), &st) != 0) return 0;
    FILE *f = fopen("/proc/locks", "re");
    while (f && !pid && fgets(line, sizeof line, f)) {
        str rest = str_trim(str_from(line)), word[6] = {{0}};
        for (size_t i = 0; rest.len && i < COUNTOF(word); rest = str_trim(rest))
            word[i++] = str_cut(rest, ' ', &rest);
        if (!str_eq(word[1], STR("FLOCK"))) continue;
        str tail = word[5];
        (void)str_cut(tail, ':', &tail);
        (void)str_cut(tail, ':', &tail);
        if (!str_i64(tail, &inode) || inode != (int64_t)st.st_ino) continue;
        if (!str_i64(word[4], &pid)) pid = 0;
    }
    if (f) (void)fclose(f);
    return pid;
}

static rc server(struct doctor *d)
{
    const int64_t pid = lock_holder(d);
    if (pid)
        doctor_say(d, LEVEL_OK, "由进程 %" PRId64 " 写入", "process %" PRId64 " writes it", pid);
    else
        doctor_say(d, LEVEL_OK, "没有服务在写入", "no server writes it now");
    return RC_OK;
}

static rc clock_check(struct doctor *d)
{
    struct timex t = {0};
    if (adjtimex(&t) != TIME_ERROR && !(t.status & STA_UNSYNC)) {
        doctor_say(d, LEVEL_OK, "本机时钟已同步", "this machine's clock is synchronised");
        return RC_OK;
    }
    doctor_say(d, LEVEL_LOOK, "内核说本机时钟没有同步",
               "the kernel says that this machine's clock is not synchronised");
    doctor_remedy(d, "timedatectl set-ntp true（期限和台账都按它记时）",
                  "timedatectl set-ntp true (deadlines and the ledger go by it)");
    return RC_OK;
}

/* ---- what is in it ---- */

static rc sound(struct doctor *d)
{
    DB_ROWS rows = {0};
    bool more = false;
    rc r = db_query(d->cx, d->db, &sql_quick, DB_NO_ARGS, &rows);
    if (r == RC_OK) r = db_next(d->cx, &rows, &more);
    if (r != RC_OK) return r;
    str says = more ? db_text(&rows, 0) : STR("?");
    if (str_eq(says, STR("ok"))) {
        doctor_say(d, LEVEL_OK, "文件完好", "the file is sound");
        return RC_OK;
    }
    doctor_say(d, LEVEL_WRONG, "文件损坏：" STR_FMT, "the file is damaged: " STR_FMT,
               STR_ARG(says));
    doctor_remedy(d, "停止服务，保留文件，从备份恢复（bihuan restore）",
                  "stop the server, keep the file, restore a backup (bihuan restore)");
    return RC_OK;
}

const struct check doctor_file_checks[] = {
    {"permissions", false, permissions},
    {"filesystem", false, filesystem},
    {"disk", false, disk},
    {"log", false, log_size},
    {"server", false, server},
    {"clock", false, clock_check},
    {"integrity", true, sound},
    {"schema", true, doctor_schema},
    {"moves", true, doctor_moved},
    {"ledger", true, doctor_ledger},
    {"declarations", true, doctor_declarations},
    {"backups", false, doctor_backups},
};
const size_t doctor_file_check_count = COUNTOF(doctor_file_checks);
