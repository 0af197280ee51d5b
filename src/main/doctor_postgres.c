/* doctor: a PostgreSQL database, its settings, who is connected, and the sites in it. */
#include "base/date.h"
#include "base/file.h"
#include "main/doctor.h"
#include "site/cluster.h"
#include "site/sites.h"

enum {
    VERSION_LEAST = 150000,
    TESTED_MAJOR = 15,
    TESTED_MINOR = 20,
    READERS_A_SITE = 10,    /* server/inside.h: a reader a thread that asks */
    SPARE_CONNECTIONS = 10, /* for backups, the doctor, people with psql */
    CLOCK_LOOK_US = 1000000,
    CLOCK_WRONG_US = 60 * 1000000,
    LONG_TRANSACTION_S = 3600,
    LAG_LOOK_BYTES = 64 << 20,
};

/* ---- settings: a row each ---- */

struct wanted {
    const char *check, *setting, *value;
    bool other_than; /* wrong when it is another; else wrong when it is this one */
    enum level level;
    const char *zh, *en;
};
static const struct wanted wanted[] = {
    {"durability", "fsync", "on", true, LEVEL_WRONG, "断电会损坏整个数据库：设 fsync = on",
     "a power cut ruins the whole database: set fsync = on"},
    {"durability", "full_page_writes", "on", true, LEVEL_WRONG,
     "断电会留下写了一半的页：设 full_page_writes = on",
     "a power cut leaves half-written pages: set full_page_writes = on"},
    {"durability", "synchronous_commit", "off", false, LEVEL_WRONG,
     "已经答复的更改断电后会消失：设 synchronous_commit = on",
     "changes that were answered are lost in a power cut: set synchronous_commit = on"},
    {"durability", "data_checksums", "on", true, LEVEL_LOOK,
     "磁盘出错不会被发现：停库后执行 pg_checksums --enable",
     "faults of the disk go unnoticed: stop it and run pg_checksums --enable"},
    {"timeouts", "idle_session_timeout", "0", true, LEVEL_WRONG,
     "空闲的服务会丢掉站点的锁：为这个角色设 ALTER ROLE … SET idle_session_timeout = 0",
     "a server without work loses its site: ALTER ROLE … SET idle_session_timeout = 0"},
    {"timeouts", "idle_in_transaction_session_timeout", "0", true, LEVEL_WRONG,
     "慢的命令会被中断：为这个角色设为 0", "it ends a slow command: set it to 0 for this role"},
    {"timeouts", "statement_timeout", "0", true, LEVEL_WRONG,
     "升级结构、导出和核对会被中断：为这个角色设为 0",
     "it ends migrations, exports and audits: set it to 0 for this role"},
    {"timeouts", "transaction_timeout", "0", true, LEVEL_WRONG,
     "升级结构、导出和核对会被中断：为这个角色设为 0",
     "it ends migrations, exports and audits: set it to 0 for this role"},
    {"vacuum", "autovacuum", "on", true, LEVEL_WRONG, "表会一直变大变慢：设 autovacuum = on",
     "tables grow and slow down without end: set autovacuum = on"},
    {"archive", "wal_level", "minimal", false, LEVEL_LOOK,
     "不能做时间点恢复和复制：设 wal_level = replica",
     "neither a restore to a point in time nor replication: set wal_level = replica"},
    {"archive", "archive_mode", "off", false, LEVEL_LOOK,
     "只能恢复到最近的备份：见 docs/operating.md 的归档（或用 pg_receivewal）",
     "a restore reaches the last backup and no further: see \"Back up\" in docs/operating.md (or run "
     "pg_receivewal)"},
};

/* As a session of ours has it: some it sets itself. */
SQL(sql_setting,
    "SELECT COALESCE(setting, ''), COALESCE(unit, '') FROM pg_settings WHERE name = $1");

static rc setting(struct doctor *d, const char *name, str *value, str *unit)
{
    DB_ROWS rows = {0};
    bool more = false;
    *value = STR("");
    rc r = db_query(d->cx, d->db, &sql_setting, DB_ARGS(DB_T(str_from(name))), &rows);
    if (r == RC_OK) r = db_next(d->cx, &rows, &more);
    if (r != RC_OK || !more) return r;
    *value = db_text_dup(d->cx, &rows, 0);
    if (unit) *unit = db_text_dup(d->cx, &rows, 1);
    return RC_OK;
}

static rc setting_i64(struct doctor *d, const char *name, int64_t *out)
{
    str value = {0};
    rc r = setting(d, name, &value, NULL);
    if (r == RC_OK && !str_i64(value, out)) *out = 0;
    return r;
}

static rc settings(struct doctor *d)
{
    rc r = RC_OK;
    bool bad = false;
    for (size_t i = 0; i < COUNTOF(wanted) && r == RC_OK; i++) {
        const struct wanted *w = &wanted[i];
        str value = {0};
        if (!str_eq(str_from(w->check), str_from(d->check))) continue;
        r = setting(d, w->setting, &value, NULL);
        /* Empty: this version of PostgreSQL has no such setting. */
        if (r != RC_OK || !value.len) continue;
        if (str_eq(value, str_from(w->value)) == w->other_than) continue;
        bad = true;
        doctor_say(d, w->level, "%s = " STR_FMT, "%s = " STR_FMT, w->setting, STR_ARG(value));
        doctor_remedy(d, "%s", "%s", d->cx->lang == LANG_ZH ? w->zh : w->en);
    }
    if (r == RC_OK && !bad) doctor_say(d, LEVEL_OK, "设置合适", "set as they should be");
    return r;
}

/* A row of up to four numbers. */
static rc numbers(struct doctor *d, const struct sql *sql, int64_t *out, int count)
{
    DB_ROWS rows = {0};
    bool more = false;
    rc r = db_query(d->cx, d->db, sql, DB_NO_ARGS, &rows);
    if (r == RC_OK) r = db_next(d->cx, &rows, &more);
    for (int i = 0; r == RC_OK && i < count; i++)
        out[i] = more ? db_i64(&rows, i) : 0;
    return r;
}

/* ---- the server ---- */

SQL(sql_encoding,
    "SELECT CAST(pg_encoding_to_char(encoding) AS TEXT), current_setting('server_version'),"
    " CAST(current_setting('server_version_num') AS BIGINT),"
    " CASE WHEN pg_is_in_recovery() THEN 1 ELSE 0 END"
    " FROM pg_database WHERE datname = current_database()");

static void version_say(struct doctor *d, str shown, int64_t number)
{
    const int64_t major = number / 10000, minor = number % 10000;
    if (number < VERSION_LEAST) {
        doctor_say(d, LEVEL_WRONG, "PostgreSQL " STR_FMT " 太旧",
                   "PostgreSQL " STR_FMT " is too old", STR_ARG(shown));
        doctor_remedy(d, "升级到 15 或更新（pg_upgrade）", "upgrade to 15 or later (pg_upgrade)");
    } else if (major == TESTED_MAJOR && minor < TESTED_MINOR) {
        doctor_say(d, LEVEL_LOOK, "PostgreSQL " STR_FMT " 缺少后来的修补",
                   "PostgreSQL " STR_FMT " lacks later corrections", STR_ARG(shown));
        doctor_remedy(d, "安装 %d.%d 或更新的小版本（只需重启）",
                      "install %d.%d or a later minor version (a restart is all it takes)",
                      TESTED_MAJOR, TESTED_MINOR);
    } else {
        doctor_say(d, LEVEL_OK, "PostgreSQL " STR_FMT, "PostgreSQL " STR_FMT, STR_ARG(shown));
    }
}

static rc version(struct doctor *d)
{
    DB_ROWS rows = {0};
    bool more = false;
    rc r = db_query(d->cx, d->db, &sql_encoding, DB_NO_ARGS, &rows);
    if (r == RC_OK) r = db_next(d->cx, &rows, &more);
    if (r != RC_OK || !more) return r;
    version_say(d, db_text(&rows, 1), db_i64(&rows, 2));
    if (!str_eq(db_text(&rows, 0), STR("UTF8"))) {
        doctor_say(d, LEVEL_WRONG, "数据库编码是 " STR_FMT, "the database's encoding is " STR_FMT,
                   STR_ARG(db_text(&rows, 0)));
        doctor_remedy(d, "建新库（ENCODING 'UTF8' TEMPLATE template0），用 bihuan move 迁过去",
                      "make another (ENCODING 'UTF8' TEMPLATE template0) and bihuan move there");
    }
    if (db_i64(&rows, 3)) {
        doctor_say(d, LEVEL_WRONG, "连上的是备机，不能写入",
                   "this is a standby, it takes no changes");
        doctor_remedy(d, "在连接里写上全部主机并加 target_session_attrs=read-write",
                      "name all hosts and add target_session_attrs=read-write");
    }
    return RC_OK;
}

/* A second session in a transaction takes the connection we had, when a pooler lends them out. */
SQL(sql_pid, "SELECT CAST(pg_backend_pid() AS BIGINT)");

static rc pooler(struct doctor *d)
{
    struct db *own = d->db, *other = NULL;
    int64_t before = 0, after = 0, taken = 0;
    rc r = numbers(d, &sql_pid, &before, 1);
    if (r == RC_OK) r = db_open(d->cx, d->url, DB_READER, &other);
    if (r == RC_OK) r = db_begin(d->cx, other);
    d->db = other;
    if (r == RC_OK) r = numbers(d, &sql_pid, &taken, 1);
    d->db = own;
    if (r == RC_OK) r = numbers(d, &sql_pid, &after, 1);
    if (other) db_close(other);
    /* Or statements that one session prepared are there already in another's. */
    const bool mixed = r != RC_OK && str_eq(str_from(d->cx->err.slug), STR("store.sql"));
    if (mixed) err_clear(d->cx);
    if (r != RC_OK && !mixed) return r;
    if (!mixed && before == after && before != taken) {
        doctor_say(d, LEVEL_OK, "每个会话有自己的连接",
                   "every session has a connection of its own");
        return RC_OK;
    }
    doctor_say(
        d, LEVEL_WRONG, "中间有按事务借出连接的连接池，站点的锁会落到别人手里",
        "a pooler in between lends connections by transaction: the lock of a site would go to "
        "somebody else");
    doctor_remedy(d, "直接连 PostgreSQL，或把连接池设为 pool_mode = session",
                  "connect to PostgreSQL itself, or set the pooler to pool_mode = session");
    return RC_OK;
}

SQL(sql_role,
    "SELECT CASE WHEN rolsuper THEN 1 ELSE 0 END,"
    " CASE WHEN rolcreaterole OR rolcreatedb THEN 1 ELSE 0 END,"
    " CASE WHEN has_schema_privilege(current_schema(), 'CREATE') THEN 1 ELSE 0 END,"
    " CASE WHEN pg_has_role('pg_monitor', 'USAGE') THEN 1 ELSE 0 END"
    " FROM pg_roles WHERE rolname = current_user");

static rc role(struct doctor *d)
{
    int64_t is[4];
    rc r = numbers(d, &sql_role, is, COUNTOF(is));
    if (r != RC_OK) return r;
    if (!is[2]) {
        doctor_say(d, LEVEL_WRONG, "这个角色不能建表", "this role may not make tables");
        doctor_remedy(d, "GRANT CREATE, USAGE ON SCHEMA … TO 角色；见 docs/operating.md",
                      "GRANT CREATE, USAGE ON SCHEMA … TO the role; see docs/operating.md");
    }
    if (is[0] || is[1]) {
        doctor_say(d, LEVEL_LOOK, "这个角色的权力超过需要", "this role may more than it needs");
        doctor_remedy(d, "用只拥有这个库的普通角色；见 docs/operating.md",
                      "use a plain role that owns this database and nothing else; see "
                      "docs/operating.md");
    } else if (!is[3]) {
        doctor_say(d, LEVEL_LOOK, "这个角色看不到备机和别的会话的状态",
                   "this role does not see the state of standbys and of other sessions");
        doctor_remedy(d, "GRANT pg_monitor TO 角色（只用于查看）",
                      "GRANT pg_monitor TO the role (it only looks)");
    } else if (is[2]) {
        doctor_say(d, LEVEL_OK, "权限恰当", "it may what it needs");
    }
    return RC_OK;
}

/* user:password@host, or password=… among the parameters. */
static rc password(struct doctor *d)
{
    if (str_eq(db_url_shown(d->cx->arena, d->url), d->url)) {
        doctor_say(d, LEVEL_OK, "网址里没有密码", "there is none in the URL");
        return RC_OK;
    }
    doctor_say(d, LEVEL_WRONG, "网址里有密码：本机的用户从进程列表就能看到",
               "it stands in the URL, where every user of this machine can read it in the list of "
               "processes");
    doctor_remedy(
        d, "写进 ~/.pgpass（chmod 600）或 pg_service.conf，从网址里删去，并更换密码",
        "put it into ~/.pgpass (chmod 600) or a service file, take it out of the URL, and "
        "change it");
    return RC_OK;
}

SQL(sql_tls,
    "SELECT CASE WHEN s.ssl THEN 1 ELSE 0 END,"
    " CASE WHEN inet_server_addr() IS NULL OR inet_server_addr() << '127.0.0.0/8'"
    " OR inet_server_addr() = inet_client_addr() THEN 1 ELSE 0 END"
    " FROM pg_stat_ssl s WHERE s.pid = pg_backend_pid()");

static rc tls(struct doctor *d)
{
    int64_t is[2];
    rc r = numbers(d, &sql_tls, is, COUNTOF(is));
    if (r != RC_OK) return r;
    if (is[0] || is[1]) {
        doctor_say(d, LEVEL_OK, "到数据库的连接%s", "the connection to the database %s",
                   d->cx->lang == LANG_ZH
                       ? (is[0] ? "已加密" : "不出本机")
                       : (is[0] ? "is encrypted" : "does not leave this machine"));
        return RC_OK;
    }
    doctor_say(d, LEVEL_WRONG, "到数据库的连接没有加密",
               "the connection to the database is not encrypted");
    doctor_remedy(d, "数据库设 ssl = on，pg_hba.conf 用 hostssl，连接加 sslmode=verify-full",
                  "set ssl = on there, use hostssl in pg_hba.conf, and connect with "
                  "sslmode=verify-full");
    return RC_OK;
}

SQL(sql_connections,
    "SELECT CAST(count(*) AS BIGINT) FROM pg_stat_activity WHERE backend_type = 'client backend'");

static rc connections(struct doctor *d)
{
    int64_t most = 0, kept = 0, now = 0;
    rc r = setting_i64(d, "max_connections", &most);
    if (r == RC_OK) r = setting_i64(d, "superuser_reserved_connections", &kept);
    if (r == RC_OK) r = numbers(d, &sql_connections, &now, 1);
    if (r != RC_OK) return r;
    /* A writer and a reader each are what a site needs to live; the others open under load. */
    const int64_t free = most - kept, least = 2 * d->sites + SPARE_CONNECTIONS;
    const int64_t server = d->sites * (1 + READERS_A_SITE), need = 2 * server + SPARE_CONNECTIONS;
    const enum level level = free < least ? LEVEL_WRONG : free < need ? LEVEL_LOOK : LEVEL_OK;
    doctor_say(d, level,
               "最多 %" PRId64 " 个连接，现有 %" PRId64 " 个；%" PRId64
               " 个站点的一台服务器最多用 %" PRId64 " 个，连同备用服务器 %" PRId64 " 个",
               "%" PRId64 " connections at most, %" PRId64 " now; a server of %" PRId64
               " sites uses up to %" PRId64 ", with its standby %" PRId64,
               free, now, d->sites, server, need);
    if (level != LEVEL_OK)
        doctor_remedy(d, "设 max_connections = %" PRId64 "（要重启数据库）",
                      "set max_connections = %" PRId64 " (takes a restart)", need + kept);
    return RC_OK;
}

SQL(sql_size, "SELECT CAST(pg_database_size(current_database()) AS BIGINT)");

static rc memory(struct doctor *d)
{
    enum { PAGE = 8192, SMALL = 1 << 30 };
    int64_t pages = 0, size = 0;
    rc r = setting_i64(d, "shared_buffers", &pages);
    if (r == RC_OK) r = numbers(d, &sql_size, &size, 1);
    if (r != RC_OK) return r;
    const int64_t bytes = pages * PAGE;
    const bool small = bytes < SMALL && size > 4 * bytes;
    doctor_say(d, small ? LEVEL_LOOK : LEVEL_OK, "shared_buffers " STR_FMT "，数据库 " STR_FMT,
               "shared_buffers " STR_FMT ", the database " STR_FMT, STR_ARG(doctor_bytes(d, bytes)),
               STR_ARG(doctor_bytes(d, size)));
    if (small)
        doctor_remedy(d, "设为内存的四分之一（要重启数据库）",
                      "set it to a quarter of the memory (takes a restart)");
    return RC_OK;
}

SQL(sql_clock, "SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS BIGINT)");

static rc clocks(struct doctor *d)
{
    int64_t there = 0;
    const int64_t before = os_now_us();
    rc r = numbers(d, &sql_clock, &there, 1);
    const int64_t here = before + (os_now_us() - before) / 2;
    if (r != RC_OK) return r;
    const int64_t apart = there > here ? there - here : here - there;
    const enum level level = apart > CLOCK_WRONG_US  ? LEVEL_WRONG
                             : apart > CLOCK_LOOK_US ? LEVEL_LOOK
                                                     : LEVEL_OK;
    if (level == LEVEL_OK) {
        doctor_say(d, level, "与数据库相差不到 1 秒", "less than a second from the database's");
        return RC_OK;
    }
    doctor_say(d, level, "本机时钟与数据库的相差 " STR_FMT,
               "this machine's is " STR_FMT " from the database's", STR_ARG(doctor_time(d, apart)));
    doctor_remedy(d, "两边都执行 timedatectl set-ntp true", "timedatectl set-ntp true on both");
    return RC_OK;
}

/* ---- copies ---- */

SQL(sql_standbys,
    "SELECT CAST(count(*) AS BIGINT),"
    " CAST(count(*) FILTER (WHERE sync_state IN ('sync', 'quorum')) AS BIGINT),"
    " CAST(COALESCE(max(pg_wal_lsn_diff(sent_lsn, replay_lsn)), 0) AS BIGINT)"
    " FROM pg_stat_replication");

static void standbys_say(struct doctor *d, const int64_t *n, bool named)
{
    if (named && !n[1]) {
        doctor_say(d, LEVEL_WRONG, "要求同步复制，却没有同步的备机：提交会一直等待",
                   "replication is to be synchronous and there is no synchronous standby: commits "
                   "wait for ever");
        doctor_remedy(d, "启动备机，或暂时清空 synchronous_standby_names 并重新加载配置",
                      "start the standby, or empty synchronous_standby_names for now and reload");
    } else if (!n[0]) {
        doctor_say(d, LEVEL_LOOK, "没有备机：这台机器坏了，就要从备份恢复",
                   "no standby: when this machine is lost, a backup is all there is");
        doctor_remedy(d, "见 docs/operating.md 的高可用一节",
                      "see \"High availability\" in docs/operating.md");
    } else if (!n[1]) {
        doctor_say(d, LEVEL_LOOK, "%" PRId64 " 台备机，都不同步：切换时可能丢失已答复的更改",
                   "%" PRId64
                   " standbys, none synchronous: a failover may lose changes that were "
                   "answered",
                   n[0]);
        doctor_remedy(d, "设 synchronous_standby_names（至少两台备机时用 ANY 1 (…)）",
                      "set synchronous_standby_names (with two standbys or more: ANY 1 (…))");
    } else {
        doctor_say(d, n[2] > LAG_LOOK_BYTES ? LEVEL_LOOK : LEVEL_OK,
                   "%" PRId64 " 台备机，%" PRId64 " 台同步，最多落后 " STR_FMT,
                   "%" PRId64 " standbys, %" PRId64 " synchronous, at most " STR_FMT " behind",
                   n[0], n[1], STR_ARG(doctor_bytes(d, n[2])));
    }
}

static rc standbys(struct doctor *d)
{
    int64_t n[3];
    str names = {0};
    rc r = numbers(d, &sql_standbys, n, COUNTOF(n));
    if (r == RC_OK) r = setting(d, "synchronous_standby_names", &names, NULL);
    if (r == RC_OK) standbys_say(d, n, names.len > 0);
    return r;
}

SQL(sql_archiver,
    "SELECT CASE WHEN last_failed_time IS NOT NULL AND (last_archived_time IS NULL OR"
    " last_failed_time > last_archived_time) THEN 1 ELSE 0 END,"
    " CAST(failed_count AS BIGINT), CAST(archived_count AS BIGINT) FROM pg_stat_archiver");

static rc archive(struct doctor *d)
{
    int64_t n[3];
    rc r = settings(d);
    if (r == RC_OK) r = numbers(d, &sql_archiver, n, COUNTOF(n));
    if (r != RC_OK || !n[0]) return r;
    doctor_say(d, LEVEL_WRONG, "日志归档正在失败（已 %" PRId64 " 次），磁盘会被写满",
               "archiving of the log fails (%" PRId64 " times so far), the disk will fill up",
               n[1]);
    doctor_remedy(d, "看 PostgreSQL 日志里 archive_command 的报错",
                  "look for archive_command in PostgreSQL's log");
    return RC_OK;
}

/* ---- what is in it ---- */

SQL(sql_largest,
    "SELECT CAST(c.relname AS TEXT), CAST(pg_total_relation_size(c.oid) AS BIGINT) FROM pg_class c"
    " WHERE c.relkind = 'r' AND c.relnamespace = CAST(current_schema() AS regnamespace)"
    " ORDER BY pg_total_relation_size(c.oid) DESC, CAST(c.relname AS TEXT) LIMIT 5");

static rc size(struct doctor *d)
{
    DB_ROWS rows = {0};
    bool more = false;
    int64_t total = 0;
    struct buf list = {.arena = d->cx->arena};
    rc r = numbers(d, &sql_size, &total, 1);
    if (r == RC_OK) r = db_query(d->cx, d->db, &sql_largest, DB_NO_ARGS, &rows);
    while (r == RC_OK && (r = db_next(d->cx, &rows, &more)) == RC_OK && more)
        buf_printf(&list, "%s" STR_FMT " " STR_FMT, list.len ? ", " : "",
                   STR_ARG(db_text(&rows, 0)), STR_ARG(doctor_bytes(d, db_i64(&rows, 1))));
    if (r == RC_OK)
        doctor_say(d, LEVEL_OK, STR_FMT "；最大的表：" STR_FMT,
                   STR_FMT "; the largest tables: " STR_FMT, STR_ARG(doctor_bytes(d, total)),
                   STR_ARG(buf_str(&list)));
    return r;
}

SQL(sql_bloated,
    "SELECT CAST(relname AS TEXT), CAST(n_dead_tup AS BIGINT), CAST(n_live_tup AS BIGINT)"
    " FROM pg_stat_user_tables WHERE n_dead_tup > 50000 AND n_dead_tup > n_live_tup / 2"
    " ORDER BY n_dead_tup DESC, relname LIMIT 5");
SQL(sql_age,
    "SELECT CAST(age(datfrozenxid) AS BIGINT) FROM pg_database WHERE datname = current_database()");
SQL(sql_oldest,
    "SELECT CAST(COALESCE(max(extract(epoch FROM clock_timestamp() - xact_start)), 0) AS BIGINT)"
    " FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()");

static rc vacuum(struct doctor *d)
{
    enum { AGE_LOOK = 1000000000 };
    DB_ROWS rows = {0};
    bool more = false;
    int64_t age = 0, oldest = 0;
    rc r = settings(d);
    if (r == RC_OK) r = db_query(d->cx, d->db, &sql_bloated, DB_NO_ARGS, &rows);
    while (r == RC_OK && (r = db_next(d->cx, &rows, &more)) == RC_OK && more) {
        doctor_say(d, LEVEL_LOOK, STR_FMT "：%" PRId64 " 行作废，%" PRId64 " 行有效",
                   STR_FMT ": %" PRId64 " dead rows beside %" PRId64 " live ones",
                   STR_ARG(db_text(&rows, 0)), db_i64(&rows, 1), db_i64(&rows, 2));
        doctor_remedy(d, "ALTER TABLE " STR_FMT " SET (autovacuum_vacuum_scale_factor = 0.02)",
                      "ALTER TABLE " STR_FMT " SET (autovacuum_vacuum_scale_factor = 0.02)",
                      STR_ARG(db_text(&rows, 0)));
    }
    if (r == RC_OK) r = numbers(d, &sql_age, &age, 1);
    if (r == RC_OK) r = numbers(d, &sql_oldest, &oldest, 1);
    if (r == RC_OK && oldest > LONG_TRANSACTION_S) {
        doctor_say(d, LEVEL_LOOK, "有一个事务已开了 " STR_FMT,
                   "a transaction has been open for " STR_FMT,
                   STR_ARG(doctor_time(d, oldest * US_PER_SECOND)));
        doctor_remedy(d, "在 pg_stat_activity 里找出它；它使作废的行不能清理",
                      "find it in pg_stat_activity; it keeps dead rows from being cleared");
    }
    if (r == RC_OK && age > AGE_LOOK) {
        doctor_say(d, LEVEL_WRONG, "事务号用去 %" PRId64 "，接近上限 2,147,483,647",
                   "the age of transaction ids is %" PRId64 ", near the limit of 2,147,483,647",
                   age);
        doctor_remedy(d, "执行 VACUUM (FREEZE)，查清自动清理为什么跟不上",
                      "run VACUUM (FREEZE), and find out why autovacuum does not keep up");
    }
    return r;
}

/* ---- the sites ---- */

static rc each_site(struct doctor *d, rc (*check)(struct doctor *))
{
    struct sites all = {0};
    struct db *whole = d->db;
    const size_t from = d->found.len;
    size_t kept = from;
    rc r = sites_list(d->cx, d->url, &all);
    for (size_t i = 0; i < all.len && r == RC_OK; i++) {
        d->db = NULL;
        d->site = all.at[i].code;
        r = db_open(d->cx, all.at[i].url, DB_READER, &d->db);
        if (r == RC_OK) r = check(d);
        if (d->db) db_close(d->db);
    }
    d->db = whole;
    d->site = 0;
    if (r != RC_OK || all.len == 1) return r;
    for (size_t i = from; i < d->found.len; i++)
        if (d->found.at[i].level != LEVEL_OK) d->found.at[kept++] = d->found.at[i];
    const size_t sound = all.len - (kept - from);
    d->found.len = kept;
    doctor_say(d, LEVEL_OK, "%zu 个站点中 %zu 个没有可说的",
               "nothing to say about %zu of %zu sites", d->cx->lang == LANG_ZH ? all.len : sound,
               d->cx->lang == LANG_ZH ? sound : all.len);
    return r;
}

/* As store/postgres/pg_lock.c takes it. */
SQL(sql_writer,
    "SELECT COALESCE(CAST(a.application_name AS TEXT), ''), COALESCE(host(a.client_addr), ''),"
    " CAST(COALESCE(extract(epoch FROM clock_timestamp() - a.state_change), 0) * 1000000 AS BIGINT),"
    " CASE WHEN a.state LIKE 'idle%' THEN 1 ELSE 0 END"
    " FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid"
    " WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1"
    " AND (CAST(l.classid AS BIGINT) << 32 | CAST(l.objid AS BIGINT)) ="
    " hashtextextended('bihuan site ' || CAST($1 AS BIGINT) || ' ' || current_schema(), 0)");

static void writer_say(struct doctor *d, const struct db_rows *row)
{
    const int64_t silent_us = db_i64(row, 3) ? db_i64(row, 2) : 0;
    const str address = db_text(row, 1);
    const bool silent = silent_us > DB_HOLDER_SILENT_US;
    doctor_say(d, silent ? LEVEL_LOOK : LEVEL_OK, "由 " STR_FMT "%s" STR_FMT " 写入%s" STR_FMT,
               "written by " STR_FMT "%s" STR_FMT "%s" STR_FMT, STR_ARG(db_text(row, 0)),
               address.len ? " @ " : "", STR_ARG(address),
               !silent                  ? ""
               : d->cx->lang == LANG_ZH ? "，已经没有动静 "
                                        : ", silent for ",
               STR_ARG(silent ? doctor_time(d, silent_us) : STR("")));
    if (silent)
        doctor_remedy(d, "那个服务停住了：重新启动它；备用服务器会自行接管",
                      "that server hangs: restart it; a standby takes over by itself");
}

static rc writers(struct doctor *d)
{
    struct sites all = {0};
    size_t free = 0;
    if (!d->sites) return RC_OK;
    rc r = sites_list(d->cx, d->url, &all);
    for (size_t i = 0; i < all.len && r == RC_OK; i++) {
        DB_ROWS rows = {0};
        bool more = false;
        d->site = all.at[i].code;
        r = db_query(d->cx, d->db, &sql_writer, DB_ARGS(DB_I(d->site)), &rows);
        if (r == RC_OK) r = db_next(d->cx, &rows, &more);
        if (r == RC_OK && more) writer_say(d, &rows);
        free += !more;
    }
    d->site = 0;
    if (r == RC_OK && free)
        doctor_say(d, LEVEL_OK, "%zu 个站点没有服务在写入", "no server writes %zu of the sites",
                   free);
    return r;
}

static rc sites(struct doctor *d)
{
    struct sites all = {0};
    rc r = sites_list(d->cx, d->url, &all);
    d->sites = (int64_t)all.len;
    if (r == RC_OK) doctor_say(d, LEVEL_OK, "%zu 个站点", "%zu sites", all.len);
    return r;
}

static rc ledgers(struct doctor *d)
{
    return d->sites ? each_site(d, doctor_ledger) : RC_OK;
}

static rc moves(struct doctor *d)
{
    return d->sites ? each_site(d, doctor_moved) : RC_OK;
}

static rc declarations(struct doctor *d)
{
    return d->catalogue && d->sites ? each_site(d, doctor_declarations) : RC_OK;
}

/* ---- a cluster ---- */

/* Machines that should hold shards; how many of them are off; the fewest and the most shards of one. */
SQL(sql_machines,
    "SELECT CAST(count(*) AS BIGINT), CAST(COALESCE(sum(m.away), 0) AS BIGINT),"
    " CAST(COALESCE(min(m.shards), 0) AS BIGINT), CAST(COALESCE(max(m.shards), 0) AS BIGINT)"
    " FROM (SELECT n.nodeid, CASE WHEN n.isactive THEN 0 ELSE 1 END AS away,"
    " count(p.placementid) AS shards FROM pg_dist_node n"
    " LEFT JOIN pg_dist_placement p ON p.groupid = n.groupid"
    " WHERE n.noderole = 'primary' AND n.shouldhaveshards GROUP BY n.nodeid, n.isactive) m");

static rc machines(struct doctor *d)
{
    int64_t n[4];
    rc r = numbers(d, &sql_machines, n, COUNTOF(n));
    if (r != RC_OK) return r;
    const bool uneven = n[3] > 2 * n[2] + 1;
    doctor_say(d,
               n[1]     ? LEVEL_WRONG
               : uneven ? LEVEL_LOOK
                        : LEVEL_OK,
               "%" PRId64 " 台机器，%" PRId64 " 台停用，各有 %" PRId64 " 到 %" PRId64 " 个分片",
               "%" PRId64 " machines, %" PRId64 " off, each with %" PRId64 " to %" PRId64 " shards",
               n[0], n[1], n[2], n[3]);
    if (n[1])
        doctor_remedy(d, "启动那台机器，再执行 SELECT citus_activate_node(…)",
                      "start that machine, then SELECT citus_activate_node(…)");
    else if (uneven)
        doctor_remedy(d, "SELECT citus_rebalance_start()", "SELECT citus_rebalance_start()");
    return RC_OK;
}

static rc cluster(struct doctor *d)
{
    struct cluster c = {0};
    int64_t site = 0, misplaced = 0, group = 0, groups = 0;
    rc r = cluster_look(d->cx, d->db, &c);
    if (r != RC_OK) return r;
    if (!c.version.len) {
        doctor_say(d, LEVEL_OK, "没有 Citus：表都在一个数据库里",
                   "no Citus: tables stand in one database");
        return RC_OK;
    }
    for (size_t i = 0; i < c.len; i++) {
        const struct cluster_table *t = &c.at[i];
        misplaced += t->is != t->belongs;
        if (t->is != CLUSTER_SITE) continue;
        site++;
        groups += t->group != group;
        group = t->group;
    }
    if (misplaced) {
        doctor_say(d, LEVEL_WRONG, "%" PRId64 " 张表没有放到该放的地方",
                   "%" PRId64 " tables are not where they belong", misplaced);
        doctor_remedy(d, "bihuan setup-cluster --db …", "bihuan setup-cluster --db …");
    } else if (groups > 1) {
        doctor_say(d, LEVEL_WRONG, "各表没有同放（colocated）：一个站点的事务会跨机器",
                   "tables are not colocated: a transaction of a site would span machines");
        doctor_remedy(d, "undistribute_table 后再执行 bihuan setup-cluster",
                      "undistribute_table them, then bihuan setup-cluster again");
    } else {
        doctor_say(d, LEVEL_OK, "Citus " STR_FMT "，%" PRId64 " 张表按 site 分布",
                   "Citus " STR_FMT ", %" PRId64 " tables distributed by site", STR_ARG(c.version),
                   site);
    }
    return machines(d);
}

const struct check doctor_postgres_checks[] = {
    {"version", true, version},
    {"password", false, password},
    {"encryption", true, tls},
    {"pooler", true, pooler},
    {"role", true, role},
    {"sites", true, sites},
    {"schema", true, doctor_schema},
    {"writers", true, writers},
    {"moves", true, moves},
    {"ledger", true, ledgers},
    {"declarations", true, declarations},
    {"durability", true, settings},
    {"timeouts", true, settings},
    {"connections", true, connections},
    {"memory", true, memory},
    {"clock", true, clocks},
    {"standby", true, standbys},
    {"archive", true, archive},
    {"vacuum", true, vacuum},
    {"size", true, size},
    {"cluster", true, cluster},
    {"backups", false, doctor_backups},
};
const size_t doctor_postgres_check_count = COUNTOF(doctor_postgres_checks);
