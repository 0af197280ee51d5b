/* The sites of a deployment.  One table on both backends: of a PostgreSQL database a row a site; of an
 * SQLite file the one row says whose it is, and a file without it belongs to whoever opens it. */
#include "site/sites.h"

#include <stdlib.h>
#include <sys/stat.h>

#include "base/file.h"

enum { LISTED_MAX = 10 };
static const int64_t code_max = 999999999999;
static const char file_ending[] = ".db";

/* "site" in quotes: here it is a column of every backend, not the one that a file leaves out. */
SQL(sql_site_table,
    "CREATE TABLE IF NOT EXISTS site_known (\"site\" BIGINT NOT NULL, name TEXT NOT NULL,"
    " created_us BIGINT NOT NULL, PRIMARY KEY (\"site\"))");
SQL(sql_site_list, "SELECT \"site\", name FROM site_known ORDER BY \"site\"");
SQL(sql_site_add, "INSERT INTO site_known (\"site\", name, created_us) VALUES ($1, $2, $3)");

enum deployment { DEPLOYMENT_FILE, DEPLOYMENT_FOLDER, DEPLOYMENT_POSTGRES };

static enum deployment deployment_of(struct cx *cx, str url)
{
    struct stat st;
    if (str_starts(url, STR("postgresql://")) || str_starts(url, STR("postgres://")))
        return DEPLOYMENT_POSTGRES;
    if (str_ends(url, STR("/"))) return DEPLOYMENT_FOLDER;
    return url.len && !stat(arena_cstr(cx->arena, url), &st) && S_ISDIR(st.st_mode)
               ? DEPLOYMENT_FOLDER
               : DEPLOYMENT_FILE;
}

/* ---- words ---- */

static rc bad_code(struct cx *cx)
{
    rc r = err_set(cx, RC_INVALID, "site.code",
                   "站点代码应为 1 到 %" PRId64 " 之间的整数，例如 330782",
                   "a site's code is a whole number from 1 to %" PRId64 ", like 330782", code_max);
    err_field(cx, STR("site"));
    return r;
}

static bool code_ok(int64_t code)
{
    return code >= 1 && code <= code_max;
}

static void list_write(struct buf *out, const struct sites *s)
{
    for (size_t i = 0; i < s->len && i < LISTED_MAX; i++) {
        buf_printf(out, "%s%" PRId64, i ? ", " : "", s->at[i].code);
        if (s->at[i].name.len) buf_printf(out, " " STR_FMT, STR_ARG(s->at[i].name));
    }
    if (s->len > LISTED_MAX) buf_add(out, STR(", …"));
}

static rc no_such_site(struct cx *cx, int64_t code, const struct sites *s)
{
    struct buf list = {.arena = cx->arena};
    list_write(&list, s);
    rc r = err_set(cx, RC_MISSING, "site.unknown",
                   "没有代码为 %" PRId64 " 的站点；共有 %zu 个：" STR_FMT,
                   "there is no site %" PRId64 "; there are %zu: " STR_FMT, code, s->len,
                   STR_ARG(buf_str(&list)));
    err_hint(cx, "检查代码，或先添加：bihuan site add --db … %" PRId64,
             "look at the code, or add it first: bihuan site add --db … %" PRId64, code);
    return r;
}

static rc no_site_yet(struct cx *cx, enum deployment d)
{
    rc r = d == DEPLOYMENT_FOLDER ? err_set(cx, RC_MISSING, "site.none", "这个文件夹里还没有站点",
                                            "the folder holds no site yet")
                                  : err_set(cx, RC_MISSING, "site.none", "这个数据库里还没有站点",
                                            "the database holds no site yet");
    err_hint(cx, "先添加：bihuan site add --db … 330782 --name 名称",
             "add one first: bihuan site add --db … 330782 --name NAME");
    return r;
}

static rc other_site(struct cx *cx, str path, int64_t there, int64_t wanted)
{
    rc r = err_set(cx, RC_CONFLICT, "site.other",
                   "“" STR_FMT "”是站点 %" PRId64 " 的，不是 %" PRId64 " 的",
                   "\"" STR_FMT "\" is of the site %" PRId64 ", not of %" PRId64, STR_ARG(path),
                   there, wanted);
    err_hint(cx, "换一个站点代码，或换一个文件", "name that site, or another file");
    return r;
}

/* ---- a database's table ---- */

static rc table_read(struct cx *cx, struct db *db, struct sites *out)
{
    struct db_column *column = NULL;
    size_t columns = 0;
    DB_ROWS rows = {0};
    bool more = false;
    rc r = db_table_columns(cx, db, STR("site_known"), &column, &columns);
    if (r != RC_OK || !columns) return r;
    r = db_query(cx, db, &sql_site_list, DB_NO_ARGS, &rows);
    while (r == RC_OK && (r = db_next(cx, &rows, &more)) == RC_OK && more)
        *vec_add(cx->arena, out) =
            (struct site){.code = db_i64(&rows, 0), .name = db_text_dup(cx, &rows, 1)};
    return r;
}

static rc database_read(struct cx *cx, str url, struct sites *out)
{
    struct db *db = NULL;
    rc r = db_open(cx, url, DB_READER, &db);
    if (r != RC_OK) return r;
    r = table_read(cx, db, out);
    db_close(db);
    return r;
}

/* A file has room for one site, a PostgreSQL database for many. */
static rc row_add(struct cx *cx, struct db *db, bool many, int64_t code, str name)
{
    struct sites there = {0};
    rc r = db_exec(cx, db, &sql_site_table, DB_NO_ARGS);
    if (r == RC_OK) r = table_read(cx, db, &there);
    for (size_t i = 0; r == RC_OK && i < there.len; i++)
        if (!many || there.at[i].code == code)
            r = err_set(cx, RC_CONFLICT, "site.exists", "站点 %" PRId64 " 已经有了",
                        "there is the site %" PRId64 " already", there.at[i].code);
    if (r == RC_OK)
        r = db_exec(cx, db, &sql_site_add,
                    DB_ARGS(DB_I(code), DB_T(name.len ? name : STR("")), DB_I(os_now_us())));
    return r;
}

static rc database_add(struct cx *cx, str url, bool many, int64_t code, str name)
{
    struct db *db = NULL;
    rc r = db_open(cx, url, DB_WRITER, &db);
    if (r != RC_OK) return r;
    r = db_begin(cx, db);
    if (r == RC_OK) r = row_add(cx, db, many, code, name);
    if (r == RC_OK)
        r = db_commit(cx, db);
    else
        db_rollback(db);
    db_close(db);
    return r;
}

/* ---- files ---- */

static str folder_file(struct cx *cx, str folder, int64_t code)
{
    return arena_printf(cx->arena, STR_FMT "%s%" PRId64 "%s", STR_ARG(folder),
                        str_ends(folder, STR("/")) ? "" : "/", code, file_ending);
}

/* A file's name says whose it is; a file that is named otherwise is none of ours. */
static bool code_of_name(struct cx *cx, str name, int64_t *code)
{
    const str ending = str_from(file_ending);
    if (!str_ends(name, ending)) return false;
    const str digits = str_slice(name, 0, name.len - ending.len);
    return str_i64(digits, code) && code_ok(*code) &&
           str_eq(digits, arena_printf(cx->arena, "%" PRId64, *code));
}

/* The site of a file in a folder.  A file that cannot be read is listed without its name: it must not
 * hide the others; whoever opens it learns why. */
static rc file_site(struct cx *cx, str path, int64_t code, struct site *out)
{
    struct sites in = {0};
    *out = (struct site){.code = code, .url = path};
    if (database_read(cx, path, &in) != RC_OK) err_clear(cx);
    if (!in.len) return RC_OK;
    if (in.at[0].code != code) return other_site(cx, path, in.at[0].code, code);
    out->name = in.at[0].name;
    return RC_OK;
}

static int by_code(const void *left, const void *right)
{
    const int64_t a = ((const struct site *)left)->code, b = ((const struct site *)right)->code;
    return a < b ? -1 : a > b;
}

static rc folder_list(struct cx *cx, str url, struct sites *out)
{
    struct names names = {0};
    rc r = file_list(cx, url, &names);
    for (size_t i = 0; r == RC_OK && i < names.len; i++) {
        int64_t code;
        if (!code_of_name(cx, names.at[i], &code)) continue;
        struct site *site = vec_add(cx->arena, out);
        r = file_site(cx, folder_file(cx, url, code), code, site);
    }
    if (r == RC_OK && out->len) qsort(out->at, out->len, sizeof *out->at, by_code);
    return r;
}

static rc single_list(struct cx *cx, str url, struct sites *out)
{
    struct sites in = {0};
    rc r = str_eq(url, STR(":memory:")) ? RC_OK : database_read(cx, url, &in);
    if (r == RC_OK)
        *vec_add(cx->arena, out) = (struct site){.code = in.len ? in.at[0].code : 0,
                                                 .name = in.len ? in.at[0].name : (str){0},
                                                 .url = url};
    return r;
}

/* ---- the URL of a PostgreSQL database ---- */

/* Takes site=N out of the URL's parameters.  *code 0: it names none. */
static rc url_split(struct cx *cx, str url, str *whole, int64_t *code)
{
    str query, head = str_cut(url, '?', &query), rest = query;
    struct buf b = {.arena = cx->arena};
    rc r = RC_OK;
    char before = '?';
    *code = 0;
    buf_add(&b, head);
    while (rest.len && r == RC_OK) {
        str one = str_cut(rest, '&', &rest), value, name = str_cut(one, '=', &value);
        if (str_eq(name, STR("site"))) {
            if (!str_i64(value, code) || !code_ok(*code)) r = bad_code(cx);
            continue;
        }
        buf_char(&b, before);
        buf_add(&b, one);
        before = '&';
    }
    *whole = buf_str(&b);
    return r;
}

static str url_with(struct cx *cx, str whole, int64_t code)
{
    return arena_printf(cx->arena, STR_FMT "%csite=%" PRId64, STR_ARG(whole),
                        str_index(whole, STR("?")) == SIZE_MAX ? '?' : '&', code);
}

static rc postgres_list(struct cx *cx, str url, struct sites *out)
{
    struct sites all = {0};
    str whole = {0};
    int64_t only = 0;
    rc r = url_split(cx, url, &whole, &only);
    if (r == RC_OK) r = database_read(cx, whole, &all);
    for (size_t i = 0; r == RC_OK && i < all.len; i++) {
        all.at[i].url = url_with(cx, whole, all.at[i].code);
        if (!only || all.at[i].code == only) *vec_add(cx->arena, out) = all.at[i];
    }
    return r == RC_OK && only && all.len && !out->len ? no_such_site(cx, only, &all) : r;
}

/* ---- the door ---- */

rc sites_list(struct cx *cx, str url, struct sites *out)
{
    const enum deployment d = deployment_of(cx, url);
    struct sites list = {0};
    rc r = d == DEPLOYMENT_POSTGRES ? postgres_list(cx, url, &list)
           : d == DEPLOYMENT_FOLDER ? folder_list(cx, url, &list)
                                    : single_list(cx, url, &list);
    if (r == RC_OK && !list.len) r = no_site_yet(cx, d);
    if (r == RC_OK) *out = list;
    return r;
}

static rc name_check(struct cx *cx, str name)
{
    bool ok = name.len <= SITE_NAME_BYTES_MAX && utf8_valid(name);
    for (size_t i = 0; ok && i < name.len; i++)
        ok = (unsigned char)name.at[i] >= 0x20 && name.at[i] != 0x7f;
    if (ok) return RC_OK;
    rc r = err_set(cx, RC_INVALID, "site.name", "站点名称应为不超过 %d 字节的一行文字",
                   "a site's name is one line of at most %d bytes", (int)SITE_NAME_BYTES_MAX);
    err_field(cx, STR("name"));
    return r;
}

rc sites_add(struct cx *cx, str url, int64_t code, str name)
{
    str whole = url;
    int64_t named = 0;
    const enum deployment d = deployment_of(cx, url);
    rc r = code_ok(code) ? name_check(cx, name) : bad_code(cx);
    if (r == RC_OK && d == DEPLOYMENT_POSTGRES) r = url_split(cx, url, &whole, &named);
    if (r == RC_OK && named && named != code) r = bad_code(cx);
    if (r == RC_OK && d == DEPLOYMENT_FOLDER) {
        whole = folder_file(cx, url, code);
        r = file_make_folder(cx, url);
        if (r == RC_OK && file_exists(cx, whole))
            r = err_set(cx, RC_CONFLICT, "site.exists", "站点 %" PRId64 " 已经有了",
                        "there is the site %" PRId64 " already", code);
    }
    return r == RC_OK ? database_add(cx, whole, d == DEPLOYMENT_POSTGRES, code, name) : r;
}

static rc one_of(struct cx *cx, const struct sites *s, int64_t code, str *out)
{
    struct buf list = {.arena = cx->arena};
    if (!code && s->len == 1) {
        *out = s->at[0].url;
        return RC_OK;
    }
    for (size_t i = 0; i < s->len; i++)
        if (s->at[i].code == code) {
            *out = s->at[i].url;
            return RC_OK;
        }
    if (code) return no_such_site(cx, code, s);
    list_write(&list, s);
    rc r = err_set(cx, RC_INVALID, "site.needed", "共有 %zu 个站点，请指明是哪一个：" STR_FMT,
                   "there are %zu sites, say which one: " STR_FMT, s->len, STR_ARG(buf_str(&list)));
    err_hint(cx, "加上 --site 代码", "add --site CODE");
    return r;
}

static rc file_url(struct cx *cx, str url, int64_t code, str *out)
{
    struct sites in = {0};
    rc r = file_exists(cx, url) ? database_read(cx, url, &in) : RC_OK;
    if (r == RC_OK && code && in.len && in.at[0].code != code)
        r = other_site(cx, url, in.at[0].code, code);
    if (r == RC_OK) *out = url;
    return r;
}

rc sites_url(struct cx *cx, str url, int64_t code, str *out)
{
    const enum deployment d = deployment_of(cx, url);
    struct sites all = {0};
    str whole = url;
    int64_t named = 0;
    if (code && !code_ok(code)) return bad_code(cx);
    if (d == DEPLOYMENT_FILE) return file_url(cx, url, code, out);
    rc r = d == DEPLOYMENT_POSTGRES ? url_split(cx, url, &whole, &named) : RC_OK;
    if (r == RC_OK && named && code && named != code) r = other_site(cx, STR("--db"), named, code);
    if (r == RC_OK) r = sites_list(cx, whole, &all);
    return r == RC_OK ? one_of(cx, &all, code ? code : named, out) : r;
}
