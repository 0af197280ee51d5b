/* Opening and closing a session of PostgreSQL: its settings and their proof, the tables of the whole
 * database. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/date.h"
#include "store/postgres/pg.h"

enum {
    VERSION_MIN = 150000,
    KEYWORDS_MAX = 96,
    SCRATCH_BYTES = 1 << 30,
    SCHEMA_OPEN_WAIT_US = 10 * US_PER_SECOND,
    SCHEMA_MIGRATE_WAIT_US = 60 * US_PER_SECOND,
};

/* ---- the tables of the whole database, and of who has a site ---- */

static const char *const table_text[] = {
    "CREATE TABLE IF NOT EXISTS site_known (site BIGINT NOT NULL, name TEXT COLLATE \"C\" NOT NULL,"
    " created_us BIGINT NOT NULL, PRIMARY KEY (site))",
    "CREATE TABLE IF NOT EXISTS site_owner (site BIGINT NOT NULL, epoch BIGINT NOT NULL,"
    " server TEXT COLLATE \"C\" NOT NULL, taken_us BIGINT NOT NULL, PRIMARY KEY (site))",
};

static rc create_tables(struct cx *cx, struct pg_db *p)
{
    rc r = RC_OK;
    for (size_t i = 0; i < COUNTOF(table_text) && r == RC_OK; i++) {
        PG_RESULT *result = NULL;
        r = pg_run(cx, p, table_text[i], NULL, 0, &result);
    }
    if (r == RC_OK) p->has_tables = true;
    return r;
}

static rc unknown_site(struct cx *cx, const struct pg_db *p)
{
    rc r = err_set(cx, RC_MISSING, "site.unknown", "没有代码为 %" PRId64 " 的站点",
                   "there is no site %" PRId64, p->site);
    err_hint(cx, "检查代码，或先添加：bihuan site add --db … %" PRId64,
             "look at the code, or add it first: bihuan site add --db … %" PRId64, p->site);
    return r;
}

static rc check_site(struct cx *cx, struct pg_db *p)
{
    if (!p->has_tables)
        return err_set(cx, RC_MISSING, "store.missing", "数据库里还没有本系统的表",
                       "The database has no tables of this program yet");
    PG_RESULT *result = NULL;
    rc r = pg_run(cx, p, "SELECT site FROM site_known WHERE site = $1", DB_ARGS(DB_I(p->site)),
                  &result);
    return r == RC_OK && PQntuples(result) == 0 ? unknown_site(cx, p) : r;
}

/* ---- settings ---- */

/* One round trip.  A stronger synchronous_commit of the operator stays; a weaker one is raised.
 * Statements are written for their indexes, as on SQLite: a plan made while a table was young, before
 * anybody counted its rows, must not read it whole for ever (measured: 400 records/s against 10,000). */
static const char settings_text[] =
    "SELECT set_config('synchronous_commit', CASE current_setting('synchronous_commit')"
    "  WHEN 'remote_apply' THEN 'remote_apply' ELSE 'on' END, false),"
    " current_schema(), to_regclass('site_known') IS NOT NULL AND to_regclass('site_owner')"
    "  IS NOT NULL,"
    " hashtextextended('bihuan schema ' || current_schema(), 0),"
    " hashtextextended('bihuan site ' || CAST($1 AS BIGINT) || ' ' || current_schema(), 0),"
    " set_config('standard_conforming_strings', 'on', false),"
    " set_config('default_transaction_isolation', 'read committed', false),"
    " set_config('default_transaction_read_only', $2, false),"
    " set_config('statement_timeout', '0', false),"
    " set_config('client_connection_check_interval', '1s', false),"
    " set_config('enable_seqscan', 'off', false),"
    " set_config('jit', 'off', false),"
    " set_config('lock_timeout', '5s', false),"
    " set_config('cursor_tuple_fraction', '1', false),"
    " set_config('idle_in_transaction_session_timeout', '0', false),"
    " set_config('idle_session_timeout', '0', false),"
    " set_config('tcp_keepalives_idle', '2', false),"
    " set_config('tcp_keepalives_interval', '1', false),"
    " set_config('tcp_keepalives_count', '3', false),"
    " set_config('client_min_messages', 'error', false)";

static rc wrong_server(struct cx *cx, const struct pg_db *p)
{
    int version = PQserverVersion(p->conn);
    const char *encoding = PQparameterStatus(p->conn, "server_encoding");
    if (version < VERSION_MIN)
        return err_set(cx, RC_INVALID, "store.version", "PostgreSQL 的版本是 %d.%d，至少要 15",
                       "The PostgreSQL server is version %d.%d; at least 15 is needed",
                       version / 10000, version % 10000);
    if (!encoding || strcmp(encoding, "UTF8") != 0)
        return err_set(cx, RC_INTERNAL, "store.open", "数据库的编码是 %s，应为 UTF8",
                       "The database's encoding is %s, UTF8 is needed", encoding ? encoding : "?");
    return RC_OK;
}

static rc settings(struct cx *cx, struct pg_db *p)
{
    PG_RESULT *result = NULL;
    rc r = wrong_server(cx, p);
    str read_only = p->head.mode == DB_READER ? STR("on") : STR("off");
    if (r == RC_OK)
        r = pg_run(cx, p, settings_text, DB_ARGS(DB_I(p->site), DB_T(read_only)), &result);
    if (r != RC_OK) return r;
    str commit = str_from(PQgetvalue(result, 0, 0));
    if (!str_eq(commit, STR("on")) && !str_eq(commit, STR("remote_apply")))
        return err_set(cx, RC_INTERNAL, "store.open",
                       "数据库设置 synchronous_commit 应为 on，实际为 " STR_FMT,
                       "The database setting synchronous_commit should be on and is " STR_FMT,
                       STR_ARG(commit));
    if (PQgetisnull(result, 0, 1))
        return err_set(cx, RC_INTERNAL, "store.open", "search_path 里没有可用的 schema",
                       "The search_path names no schema that is there");
    p->has_tables = PQgetvalue(result, 0, 2)[0] != 0;
    p->schema_key = pg_get_int(PQgetvalue(result, 0, 3), 8);
    p->site_key = pg_get_int(PQgetvalue(result, 0, 4), 8);
    return RC_OK;
}

static rc set_up(struct cx *cx, struct pg_db *p)
{
    bool writer = p->head.mode == DB_WRITER;
    bool schema = writer && (!p->site || !p->has_tables);
    rc r = schema ? pg_lock_schema(cx, p, SCHEMA_OPEN_WAIT_US) : RC_OK;
    if (r == RC_OK && writer && !p->has_tables) r = create_tables(cx, p);
    if (r != RC_OK || !p->site) return r; /* a session of the whole database keeps the lock */
    if (schema) pg_unlock_schema(p);
    r = check_site(cx, p);
    return r == RC_OK && writer ? pg_take_site(cx, p) : r;
}

/* ---- connecting ---- */

static void no_notice(void *arg, const char *text)
{
    (void)arg, (void)text;
}

struct keywords {
    const char *name[KEYWORDS_MAX + 1], *value[KEYWORDS_MAX + 1];
    size_t count;
};

static void keyword(struct keywords *k, const char *name, const char *value, bool replace)
{
    for (size_t i = 0; i < k->count; i++)
        if (strcmp(k->name[i], name) == 0) {
            if (replace) k->value[i] = value;
            return;
        }
    CHECK(k->count < KEYWORDS_MAX);
    k->name[k->count] = name;
    k->value[k->count++] = value;
}

static const char *application(struct cx *cx, const struct pg_db *p)
{
    char host[65] = "?";
    if (gethostname(host, sizeof host - 1) != 0) snprintf(host, sizeof host, "?");
    host[28] = '\0'; /* PostgreSQL keeps 63 bytes of the whole */
    str name = p->site ? arena_printf(cx->arena, "bihuan %s:%ld site %" PRId64, host,
                                      (long)getpid(), p->site)
                       : arena_printf(cx->arena, "bihuan %s:%ld", host, (long)getpid());
    return arena_cstr(cx->arena, name);
}

/* The server answered and does not want us; anything else may be better in a moment. */
static bool refused(const char *why)
{
    static const char *const words[] = {"authentication failed",
                                        "no password supplied",
                                        "does not exist",
                                        "pg_hba.conf",
                                        "permission denied",
                                        "not accepting non-",
                                        "unsupported frontend protocol"};
    for (size_t i = 0; i < COUNTOF(words); i++)
        if (strstr(why, words[i])) return true;
    return false;
}

static rc not_connected(struct cx *cx, PGconn *conn, str url)
{
    const char *text = conn ? PQerrorMessage(conn) : "";
    str why = pg_message(cx->arena, text), shown = db_url_shown(cx->arena, url);
    if (refused(text) && !strstr(text, "No such file"))
        return err_set(cx, RC_INTERNAL, "store.open", "不能打开数据库“" STR_FMT "”：" STR_FMT,
                       "The database \"" STR_FMT "\" cannot be opened: " STR_FMT, STR_ARG(shown),
                       STR_ARG(why));
    rc r = err_set(cx, RC_BUSY, "store.unreachable", "连接不上数据库“" STR_FMT "”：" STR_FMT,
                   "The database \"" STR_FMT "\" cannot be reached: " STR_FMT, STR_ARG(shown),
                   STR_ARG(why));
    err_hint(cx, "检查数据库是否在运行、地址是否正确",
             "Check that the database runs and that the address is right");
    return r;
}

static rc connect_with(struct cx *cx, struct pg_db *p, const PQconninfoOption *option, str url)
{
    struct keywords k = {0};
    for (; option->keyword; option++)
        if (option->val) keyword(&k, option->keyword, option->val, true);
    keyword(&k, "connect_timeout", "2", false);
    keyword(&k, "tcp_user_timeout", "5000", false);
    keyword(&k, "keepalives_idle", "2", false);
    keyword(&k, "keepalives_interval", "1", false);
    keyword(&k, "keepalives_count", "3", false);
    keyword(&k, "client_encoding", "UTF8", true);
    keyword(&k, "application_name", application(cx, p), true);
    if (p->head.mode == DB_WRITER) keyword(&k, "target_session_attrs", "read-write", false);
    p->conn = PQconnectdbParams(k.name, k.value, 0);
    if (PQstatus(p->conn) != CONNECTION_OK) return not_connected(cx, p->conn, url);
    PQsetNoticeProcessor(p->conn, no_notice, NULL);
    if (PQsetnonblocking(p->conn, 1) == 0 && PQenterPipelineMode(p->conn)) return RC_OK;
    return not_connected(cx, p->conn, url);
}

/* libpq's own words quote the URL, and with it its password: they are not shown. */
static rc connect_url(struct cx *cx, struct pg_db *p, str url)
{
    str rest = {0};
    rc r = pg_url_split(cx, url, &rest, &p->site);
    p->head.site = p->site;
    if (r != RC_OK) return r;
    char *why = NULL;
    PQconninfoOption *option = PQconninfoParse(arena_cstr(cx->arena, rest), &why);
    PQfreemem(why);
    if (!option)
        return pg_url_wrong(cx, url, "libpq 不认识它的某一部分",
                            "libpq does not understand a part of it");
    r = connect_with(cx, p, option, url);
    PQconninfoFree(option);
    return r;
}

static void close_pg(struct db *db)
{
    struct pg_db *p = pg_of(db);
    p->item_count = 0;
    stmt_cache_close(db);
    for (size_t i = 0; i < PG_OWN_COUNT; i++)
        pg_stmt_free(p, p->own[i]);
    PQfinish(p->conn);
    arena_done(&p->scratch);
    free(p->params.value);
    free(p->params.len);
    free(p->params.format);
    free(p->params.number);
    free(p->drop);
    free(p);
}

/* ---- care: the operator's, on PostgreSQL ---- */

static rc schema_lock(struct cx *cx, struct db *db)
{
    return pg_lock_schema(cx, pg_of(db), SCHEMA_MIGRATE_WAIT_US);
}

static void schema_unlock(struct db *db)
{
    pg_unlock_schema(pg_of(db));
}

static rc checkpoint(struct cx *cx, struct db *db, bool truncate)
{
    (void)cx, (void)db, (void)truncate;
    return RC_OK;
}

static int64_t backlog_bytes(const struct db *db)
{
    (void)db;
    return 0;
}

static rc backup(struct cx *cx, struct db *from, str path)
{
    (void)from, (void)path;
    rc r = err_set(cx, RC_INVALID, "store.backup-postgres", "PostgreSQL 的备份由它自己的工具来做",
                   "A PostgreSQL database is backed up by its own tools");
    err_hint(cx, "使用 pg_basebackup 或 pg_dump，见 docs/operating.md",
             "Use pg_basebackup or pg_dump, see docs/operating.md");
    return r;
}

static rc integrity(struct cx *cx, struct db *db, bool *sound)
{
    PG_RESULT *result = NULL;
    rc r = pg_run(cx, pg_of(db), "SELECT count(*) FROM pg_catalog.pg_index WHERE NOT indisvalid",
                  NULL, 0, &result);
    if (r == RC_OK) *sound = pg_get_int(PQgetvalue(result, 0, 0), 8) == 0;
    return r;
}

static const struct db_backend pg_backend = {
    .kind = DB_POSTGRES,
    .close = close_pg,
    .stmt_open = pg_stmt_open,
    .stmt_close = pg_stmt_close,
    .exec = pg_exec,
    .exec_rows = pg_exec_rows,
    .changes = pg_changes,
    .query = pg_query,
    .scan = pg_scan,
    .next = pg_next,
    .rows_done = pg_rows_done,
    .columns = pg_columns,
    .type_of = pg_type_of,
    .i64 = pg_i64,
    .text = pg_text,
    .begin = pg_begin,
    .commit = pg_commit,
    .rollback = pg_rollback,
    .savepoint = pg_savepoint,
    .savepoint_keep = pg_savepoint_keep,
    .savepoint_undo = pg_savepoint_undo,
    .in_transaction = pg_in_transaction,
    .ping = pg_ping,
    .seat_free = pg_seat_free,
    .schema_lock = schema_lock,
    .schema_unlock = schema_unlock,
    .table_columns = pg_table_columns,
    .checkpoint = checkpoint,
    .backlog_bytes = backlog_bytes,
    .backup = backup,
    .integrity = integrity,
};

rc pg_open(struct cx *cx, str url, enum db_mode mode, struct db **out)
{
    struct pg_db *p = calloc(1, sizeof *p);
    CHECK(p);
    p->head = (struct db){.backend = &pg_backend, .mode = mode};
    p->opening = true;
    arena_init(&p->scratch, SCRATCH_BYTES);
    pg_own_open(p);
    rc r = connect_url(cx, p, url);
    if (r == RC_OK) r = settings(cx, p);
    if (r == RC_OK) r = set_up(cx, p);
    p->opening = false;
    if (r == RC_OK)
        *out = &p->head;
    else
        close_pg(&p->head);
    return r;
}
