/* A fresh schema of a PostgreSQL database for each fixture of a test. */
#include "store/test_pg.h"

#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/file.h"
#include "store/postgres/pg.h"

static const char marker[] = "options=-csearch_path%3D";

static const char *server_url(void)
{
    const char *url = getenv("BIHUAN_TEST_PG");
    return url && url[0] ? url : NULL;
}

bool test_on_postgres(void)
{
    return server_url() != NULL;
}

_Noreturn static void give_up(const char *what, const char *why)
{
    char text[1000];
    snprintf(text, sizeof text, "%s: %s", what, why);
    check_failed(__FILE__, __LINE__, text);
}

static PGconn *session(struct arena *a, str url)
{
    struct cx cx = {.arena = a, .lang = LANG_EN};
    str rest = {0};
    int64_t site = 0;
    if (pg_url_split(&cx, url, &rest, &site) != RC_OK) give_up("BIHUAN_TEST_PG", "not a URL");
    PGconn *conn = PQconnectdb(arena_cstr(a, rest));
    if (PQstatus(conn) != CONNECTION_OK) give_up("BIHUAN_TEST_PG", PQerrorMessage(conn));
    PQsetNoticeProcessor(conn, NULL, NULL);
    return conn;
}

str test_pg_value(struct arena *a, str url, const char *text)
{
    PGconn *conn = session(a, url);
    PGresult *result = PQexec(conn, text);
    ExecStatusType status = PQresultStatus(result);
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK)
        give_up(text, PQresultErrorMessage(result));
    str value = {0};
    if (PQntuples(result) > 0) value = arena_dup(a, str_from(PQgetvalue(result, 0, 0)));
    PQclear(result);
    PQfinish(conn);
    return value;
}

str test_db_url(struct arena *a, str sqlite)
{
    if (!test_on_postgres()) return sqlite;
    str server = str_from(server_url());
    char schema[64], text[256];
    uint64_t unique = 0;
    os_random(&unique, sizeof unique);
    snprintf(schema, sizeof schema, "t_%ld_%" PRIx64, (long)getpid(), unique);
    snprintf(text, sizeof text, "CREATE SCHEMA %s", schema);
    (void)test_pg_value(a, server, text);
    char mark = str_index(server, STR("?")) == SIZE_MAX ? '?' : '&';
    str whole = arena_printf(a, STR_FMT "%c%s%s", STR_ARG(server), mark, marker, schema);
    struct cx cx = {.arena = a, .lang = LANG_EN};
    struct db *db = NULL;
    rc r = db_open(&cx, whole, DB_WRITER, &db); /* makes the tables of the whole database */
    if (r != RC_OK) give_up("BIHUAN_TEST_PG", arena_cstr(a, cx.err.detail));
    db_close(db);
    snprintf(text, sizeof text,
             "INSERT INTO site_known (site, name, created_us) VALUES (%d, 'test', 0)", TEST_SITE);
    (void)test_pg_value(a, whole, text);
    return arena_printf(a, STR_FMT "&site=%d", STR_ARG(whole), TEST_SITE);
}

void test_db_drop(str url)
{
    size_t at = str_index(url, str_from(marker));
    if (db_kind_of(url) != DB_POSTGRES || at == SIZE_MAX) return;
    struct arena a;
    arena_init(&a, 1 << 20);
    str rest, schema = str_cut(str_slice(url, at + sizeof marker - 1, url.len), '&', &rest);
    char text[512];
    /* A test that failed may have left its sessions in the middle of a transaction. */
    snprintf(text, sizeof text,
             "SET client_min_messages = error; SELECT pg_terminate_backend(l.pid) FROM pg_locks l"
             " JOIN pg_class c ON c.oid = l.relation WHERE c.relnamespace ="
             " (SELECT oid FROM pg_namespace WHERE nspname = '" STR_FMT
             "')"
             " AND l.pid <> pg_backend_pid(); DROP SCHEMA IF EXISTS " STR_FMT " CASCADE",
             STR_ARG(schema), STR_ARG(schema));
    (void)test_pg_value(&a, str_from(server_url()), text);
    arena_done(&a);
}
