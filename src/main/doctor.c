/* doctor: looks at a deployment and says what to do, a line a finding.  The checks are tables: of a
 * file in doctor_file.c, of PostgreSQL in doctor_postgres.c; what both have stands here. */
#include "main/doctor.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/date.h"
#include "base/file.h"
#include "main/city.h"
#include "measure/measure.h"
#include "site/move.h"
#include "site/sites.h"

enum { FUTURE_US = 60 * 1000000, BACKUP_OLD_HOURS = 26 };

static const char *const level_name[LEVEL_COUNT] = {"ok", "look", "wrong"};
static const char *const level_zh[LEVEL_COUNT] = {"正常", "留意", "错误"};

/* ---- findings ---- */

void doctor_say(struct doctor *d, enum level level, const char *zh, const char *en, ...)
{
    struct arena *a = d->cx->arena;
    va_list ap;
    va_start(ap, en);
    *vec_add(a, &d->found) =
        (struct diagnosis){.check = d->check,
                           .site = d->site,
                           .level = level,
                           .says = arena_vprintf(a, d->cx->lang == LANG_ZH ? zh : en, ap)};
    va_end(ap);
}

void doctor_remedy(struct doctor *d, const char *zh, const char *en, ...)
{
    va_list ap;
    va_start(ap, en);
    d->found.at[d->found.len - 1].remedy =
        arena_vprintf(d->cx->arena, d->cx->lang == LANG_ZH ? zh : en, ap);
    va_end(ap);
}

/* What a check could not look at is a finding, with the words of the error. */
static void say_error(struct doctor *d)
{
    doctor_say(d, LEVEL_WRONG, STR_FMT, STR_FMT, STR_ARG(d->cx->err.detail));
    if (d->cx->err.hint.len) doctor_remedy(d, STR_FMT, STR_FMT, STR_ARG(d->cx->err.hint));
    err_clear(d->cx);
}

str doctor_bytes(struct doctor *d, int64_t bytes)
{
    static const char *const unit[] = {"B", "KB", "MB", "GB", "TB"};
    size_t u = 0;
    double n = (double)bytes;
    for (; n >= 1000 && u + 1 < COUNTOF(unit); u++)
        n /= 1000;
    return arena_printf(d->cx->arena, u && n < 100 ? "%.1f %s" : "%.0f %s", n, unit[u]);
}

str doctor_time(struct doctor *d, int64_t us)
{
    static const struct {
        int64_t us;
        const char *zh, *en;
    } unit[] = {{INT64_C(86400) * US_PER_SECOND, "天", "days"},
                {INT64_C(3600) * US_PER_SECOND, "小时", "hours"},
                {60 * US_PER_SECOND, "分钟", "minutes"},
                {US_PER_SECOND, "秒", "seconds"}};
    size_t u = 0;
    while (u + 1 < COUNTOF(unit) && us < 2 * unit[u].us)
        u++;
    return arena_printf(d->cx->arena, "%" PRId64 " %s", us / unit[u].us,
                        d->cx->lang == LANG_ZH ? unit[u].zh : unit[u].en);
}

/* ---- checks of both engines ---- */

SQL(sql_last, "SELECT seq, at_us FROM ledger WHERE site = $site ORDER BY seq DESC LIMIT 1");
SQL(sql_head, "SELECT seq FROM ledger_head WHERE site = $site");

static rc first_i64(struct doctor *d, const struct sql *sql, int64_t *a, int64_t *b)
{
    DB_ROWS rows = {0};
    bool more = false;
    rc r = db_query(d->cx, d->db, sql, DB_NO_ARGS, &rows);
    if (r == RC_OK) r = db_next(d->cx, &rows, &more);
    if (r != RC_OK || !more) return r;
    *a = db_i64(&rows, 0);
    if (b) *b = db_i64(&rows, 1);
    return RC_OK;
}

static void ledger_say(struct doctor *d, int64_t seq, int64_t at_us, int64_t head)
{
    const int64_t ahead_us = at_us - d->cx->now_us;
    if (seq != head) {
        doctor_say(d, LEVEL_WRONG,
                   "台账最后一条是第 %" PRId64 " 条，链头记的却是第 %" PRId64
                   " 条：末尾的条目被删去了",
                   "the ledger's last entry is %" PRId64 " but its head says %" PRId64
                   ": entries at the end are gone",
                   seq, head);
        doctor_remedy(d, "运行 bihuan ledger verify，从备份恢复",
                      "run bihuan ledger verify, and restore a backup");
    } else if (ahead_us > FUTURE_US) {
        doctor_say(d, LEVEL_WRONG, "台账最后一条的时间比本机时钟晚 " STR_FMT,
                   "the ledger's last entry is " STR_FMT " ahead of this machine's clock",
                   STR_ARG(doctor_time(d, ahead_us)));
        doctor_remedy(d, "校准时钟（timedatectl set-ntp true）后再启动服务；演示数据库可不理会",
                      "set the clock (timedatectl set-ntp true) before the server starts; of no "
                      "matter for a demonstration");
    } else if (seq == 0) {
        doctor_say(d, LEVEL_LOOK, "台账还是空的", "the ledger is empty yet");
        doctor_remedy(d, "装入基础数据：bihuan setup", "load the reference data: bihuan setup");
    } else {
        doctor_say(d, LEVEL_OK, "%" PRId64 " 条，链头一致", "%" PRId64 " entries, the head agrees",
                   seq);
    }
}

rc doctor_ledger(struct doctor *d)
{
    struct db_column *column = NULL;
    size_t columns = 0;
    int64_t seq = 0, at_us = 0, head = 0;
    rc r = db_table_columns(d->cx, d->db, STR("ledger"), &column, &columns);
    if (r != RC_OK) return r;
    if (!columns) {
        doctor_say(d, LEVEL_WRONG, "数据库里还没有台账", "the database has no ledger yet");
        doctor_remedy(d, "先建立：bihuan setup", "set it up first: bihuan setup");
        return RC_OK;
    }
    r = first_i64(d, &sql_last, &seq, &at_us);
    if (r == RC_OK) r = first_i64(d, &sql_head, &head, NULL);
    if (r == RC_OK) ledger_say(d, seq, at_us, head);
    return r;
}

rc doctor_moved(struct doctor *d)
{
    struct move_mark mark = {0};
    rc r = move_mark_load(d->cx, d->db, &mark);
    if (r != RC_OK) return r;
    if (mark.state == MOVE_NONE) {
        doctor_say(d, LEVEL_OK, "站点就在这里", "the site is at home here");
    } else if (mark.state == MOVE_LEFT) {
        doctor_say(d, LEVEL_LOOK, "站点已迁到 " STR_FMT "，这里只留旧数据",
                   "the site was moved to " STR_FMT ", what is here is its past",
                   STR_ARG(mark.peer));
        doctor_remedy(
            d, "让服务使用新的地址；不再需要时删去这里的数据",
            "let servers use that address; remove what is here when it is no longer needed");
    } else {
        doctor_say(d, LEVEL_WRONG, "站点还在从 " STR_FMT " 迁来",
                   "the site is still on its way from " STR_FMT, STR_ARG(mark.peer));
        doctor_remedy(d, "再次运行同一条 bihuan move 命令，或用 --abandon 放弃",
                      "run the same bihuan move again, or give it up with --abandon");
    }
    return RC_OK;
}

rc doctor_schema(struct doctor *d)
{
    rc r = engine_migrated(d->cx, d->db);
    if (r == RC_OK)
        doctor_say(d, LEVEL_OK, "结构与本程序一致", "the schema is the one of this program");
    if (r != RC_CONFLICT) return r;
    bool older = str_eq(str_from(d->cx->err.slug), STR("store.older-schema"));
    str words = d->cx->err.detail;
    doctor_say(d, older ? LEVEL_LOOK : LEVEL_WRONG, STR_FMT, STR_FMT, STR_ARG(words));
    if (older)
        doctor_remedy(d, "备份后启动本程序的服务，它会升级结构",
                      "back up, then start this program's server: it brings the schema up to date");
    else
        doctor_remedy(d, STR_FMT, STR_FMT, STR_ARG(d->cx->err.hint));
    err_clear(d->cx);
    return RC_OK;
}

rc doctor_declarations(struct doctor *d)
{
    str made_of = {0};
    if (!d->catalogue) return RC_OK;
    rc r = measure_made_of(d->cx, d->db, &made_of);
    if (r != RC_OK) return r;
    if (!made_of.len) {
        doctor_say(d, LEVEL_LOOK, "还没有服务用声明写过这个站点",
                   "no server has written this site with declarations yet");
    } else if (str_eq(made_of, d->catalogue->hash)) {
        doctor_say(d, LEVEL_OK, "站点的声明就是 --apps 的声明",
                   "the site is run with the declarations of --apps");
    } else {
        doctor_say(d, LEVEL_LOOK, "站点现在的声明不是 --apps 的声明",
                   "the site is run with other declarations than those of --apps");
        doctor_remedy(d,
                      "用 bihuan plan 看会改变什么；所有服务器都要用同一套声明，更换时加 --publish",
                      "bihuan plan says what they would change; all servers of a site need the "
                      "same ones, --publish puts these in their place");
    }
    return RC_OK;
}

static int64_t newest_us(struct doctor *d, const struct names *names, str *name)
{
    int64_t newest = INT64_MIN;
    struct stat st;
    for (size_t i = 0; i < names->len; i++) {
        str path = arena_printf(d->cx->arena, STR_FMT "/" STR_FMT, STR_ARG(d->backups),
                                STR_ARG(names->at[i]));
        if (stat(arena_cstr(d->cx->arena, path), &st) != 0) continue;
        int64_t us = (int64_t)st.st_mtim.tv_sec * US_PER_SECOND;
        if (us <= newest) continue;
        newest = us;
        *name = names->at[i];
    }
    return newest;
}

rc doctor_backups(struct doctor *d)
{
    struct names names = {0};
    str name = {0};
    if (!d->backups.len) return RC_OK;
    rc r = file_list(d->cx, d->backups, &names);
    if (r != RC_OK) return r;
    if (!names.len) {
        doctor_say(d, LEVEL_WRONG, "“" STR_FMT "”里没有备份",
                   "there is no backup in \"" STR_FMT "\"", STR_ARG(d->backups));
        doctor_remedy(d, "见 docs/operating.md 的备份一节", "see \"Back up\" in docs/operating.md");
        return RC_OK;
    }
    int64_t age_us = d->cx->now_us - newest_us(d, &names, &name);
    bool old = age_us > (int64_t)BACKUP_OLD_HOURS * 3600 * US_PER_SECOND;
    doctor_say(d, old ? LEVEL_WRONG : LEVEL_OK, "最新的备份是 " STR_FMT "，" STR_FMT "前的",
               "the newest backup is " STR_FMT ", " STR_FMT " old", STR_ARG(name),
               STR_ARG(doctor_time(d, age_us)));
    if (old)
        doctor_remedy(d, "每天至少备份一次；看看定时任务为什么没有运行",
                      "back up at least daily; look why the timer did not run");
    return RC_OK;
}

/* ---- running the checks ---- */

static void run_checks(struct doctor *d, const struct check *check, size_t count)
{
    d->check = "open";
    rc r = db_open(d->cx, d->url, DB_READER, &d->db);
    if (r != RC_OK) {
        d->db = NULL;
        say_error(d);
    }
    for (size_t i = 0; i < count; i++) {
        d->check = check[i].name;
        if (check[i].needs_db && !d->db) continue;
        if (check[i].run(d) != RC_OK) say_error(d);
    }
    if (d->db) db_close(d->db);
    d->db = NULL;
}

static void one_file(struct doctor *d, str url, int64_t site)
{
    char real[PATH_MAX];
    const bool there = realpath(arena_cstr(d->cx->arena, url), real) != NULL;
    d->url = url;
    d->site = site;
    d->path = there ? arena_dup(d->cx->arena, str_from(real)) : url;
    run_checks(d, doctor_file_checks, doctor_file_check_count);
}

/* Of each file of a folder what is not well; and one line that sums up the others. */
static void keep_bad(struct doctor *d, size_t from)
{
    size_t kept = from;
    for (size_t i = from; i < d->found.len; i++)
        if (d->found.at[i].level != LEVEL_OK) d->found.at[kept++] = d->found.at[i];
    d->found.len = kept;
}

static rc folder(struct doctor *d)
{
    struct sites all = {0};
    const str url = d->url;
    int64_t sound = 0;
    rc r = sites_list(d->cx, url, &all);
    for (size_t i = 0; r == RC_OK && i < all.len; i++) {
        const size_t from = d->found.len;
        str backups = d->backups;
        if (i) d->backups = (str){0}; /* one folder for all: once is enough */
        one_file(d, all.at[i].url, all.at[i].code);
        d->backups = backups;
        keep_bad(d, from);
        if (d->found.len == from) sound++;
    }
    d->check = "sites";
    d->site = 0;
    if (r == RC_OK)
        doctor_say(d, LEVEL_OK, "%zu 个站点，%" PRId64 " 个没有可说的",
                   "%zu sites, nothing to say about %" PRId64 " of them", all.len, sound);
    return r;
}

static rc examine(struct doctor *d)
{
    struct stat st;
    const char *path = arena_cstr(d->cx->arena, d->url);
    if (db_kind_of(d->url) == DB_POSTGRES) {
        run_checks(d, doctor_postgres_checks, doctor_postgres_check_count);
        return RC_OK;
    }
    if (stat(path, &st) != 0)
        return err_set(d->cx, RC_MISSING, "store.missing", "数据库文件“%s”不存在",
                       "The database file \"%s\" does not exist", path);
    if (S_ISDIR(st.st_mode)) return folder(d);
    one_file(d, d->url, 0);
    return RC_OK;
}

/* ---- what is printed ---- */

static void lines_write(const struct doctor *d, struct buf *out)
{
    const bool zh = d->cx->lang == LANG_ZH;
    for (size_t i = 0; i < d->found.len; i++) {
        const struct diagnosis *g = &d->found.at[i];
        buf_printf(out, "%-6s %-14s ", zh ? level_zh[g->level] : level_name[g->level], g->check);
        if (g->site) buf_printf(out, "%" PRId64 ": ", g->site);
        buf_add(out, g->says);
        if (g->remedy.len) buf_printf(out, " → " STR_FMT, STR_ARG(g->remedy));
        buf_char(out, '\n');
    }
}

static void all_write(const struct doctor *d, const int64_t *count, struct buf *out)
{
    struct jw w = {.out = out};
    jw_object(&w);
    jw_key(&w, STR("checks"));
    jw_array(&w);
    for (size_t i = 0; i < d->found.len; i++) {
        const struct diagnosis *g = &d->found.at[i];
        jw_object(&w);
        jw_kstr(&w, "check", str_from(g->check));
        if (g->site) jw_ki64(&w, "site", g->site);
        jw_kstr(&w, "level", str_from(level_name[g->level]));
        jw_kstr(&w, "says", g->says);
        if (g->remedy.len) jw_kstr(&w, "remedy", g->remedy);
        jw_end(&w, '}');
    }
    jw_end(&w, ']');
    for (int k = 0; k < LEVEL_COUNT; k++)
        jw_ki64(&w, level_name[k], count[k]);
    jw_end(&w, '}');
    buf_char(out, '\n');
}

int verb_doctor(struct args *a)
{
    struct doctor d = {.cx = a->cx, .backups = arg(a, "backups")};
    struct buf out = {.arena = a->cx->arena};
    int64_t count[LEVEL_COUNT] = {0};
    if (!arg_needed(a, "db", &d.url)) return EXIT_USAGE;
    a->cx->now_us = os_now_us();
    rc r = arg_given(a, "apps") ? city_declarations(a, arg(a, "apps"), &d.catalogue) : RC_OK;
    if (r == RC_OK) r = examine(&d);
    if (d.catalogue) catalogue_free(d.catalogue);
    if (r != RC_OK) return fail(a->cx);
    for (size_t i = 0; i < d.found.len; i++)
        count[d.found.at[i].level]++;
    if (arg_given(a, "json")) {
        all_write(&d, count, &out);
    } else {
        lines_write(&d, &out);
        buf_printf(&out,
                   a->cx->lang == LANG_ZH
                       ? "%" PRId64 " 项正常，%" PRId64 " 项留意，%" PRId64 " 项错误\n"
                       : "%" PRId64 " ok, %" PRId64 " to look at, %" PRId64 " wrong\n",
                   count[LEVEL_OK], count[LEVEL_LOOK], count[LEVEL_WRONG]);
    }
    print(stdout, buf_str(&out));
    return count[LEVEL_WRONG] ? EXIT_BROKEN : EXIT_OK;
}
