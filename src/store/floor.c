/* The physical limits: nothing but SQLite's own calls in the loop. */
#include "store/floor.h"

#include <stdio.h>
#include <unistd.h>

#include "base/date.h"
#include "base/file.h"
#include "store/sqlite.h"

enum {
    ORG_COUNT = 2000,
};

static const char ddl[] =
    "CREATE TABLE floor (id INTEGER PRIMARY KEY, org INTEGER NOT NULL, day INTEGER NOT NULL,"
    " kind TEXT NOT NULL, status TEXT NOT NULL, amount INTEGER NOT NULL, count INTEGER NOT NULL,"
    " title TEXT NOT NULL, note TEXT NOT NULL, created_us INTEGER NOT NULL, created_by TEXT NOT NULL,"
    " version INTEGER NOT NULL) STRICT;"
    "CREATE INDEX floor_org ON floor (org, day, id);"
    "CREATE INDEX floor_kind ON floor (kind, status, id);";
static const char insert[] = "INSERT INTO floor VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12)";

static int bind(sqlite3_stmt *s, int at, const char *text)
{
    return sqlite3_bind_text(s, at, text, -1, SQLITE_STATIC);
}

static int insert_row(sqlite3_stmt *s, int64_t id)
{
    static const char *const kind[] = {"export", "import", "market", "bonded", "express"};
    static const char *const status[] = {"draft", "reported", "checked"};
    uint64_t mixed =
        (uint64_t)id * UINT64_C(0x9E3779B97F4A7C15); /* scattered, the same every time */
    int code = sqlite3_bind_int64(s, 1, id);
    code |= sqlite3_bind_int64(s, 2, (int64_t)(mixed >> 33) % ORG_COUNT);
    code |= sqlite3_bind_int64(s, 3, 19000 + id / 1000);
    code |= bind(s, 4, kind[(mixed >> 20) % COUNTOF(kind)]);
    code |= bind(s, 5, status[(mixed >> 40) % COUNTOF(status)]);
    code |= sqlite3_bind_int64(s, 6, (int64_t)(mixed >> 40));
    code |= sqlite3_bind_int64(s, 7, id % 97);
    code |= bind(s, 8, "a title of the usual length, thirty-odd bytes");
    code |= bind(s, 9, "");
    code |= sqlite3_bind_int64(s, 10, INT64_C(1650000000000000) + id);
    code |= bind(s, 11, "officer.17");
    code |= sqlite3_bind_int64(s, 12, 1);
    if (code == SQLITE_OK) code = sqlite3_step(s);
    sqlite3_reset(s);
    return code == SQLITE_DONE ? SQLITE_OK : code;
}

static rc insert_all(struct cx *cx, struct db *db, int64_t rows, int64_t group)
{
    sqlite3_stmt *s = NULL;
    rc r = db_pragma(cx, db, ddl);
    int code = r == RC_OK ? sqlite3_prepare_v2(db->sqlite, insert, -1, &s, NULL) : SQLITE_OK;
    for (int64_t done = 0; done < rows && r == RC_OK && code == SQLITE_OK;) {
        code = sqlite3_exec(db->sqlite, "BEGIN IMMEDIATE", NULL, NULL, NULL);
        for (int64_t i = 0; i < group && done < rows && code == SQLITE_OK; i++)
            code = insert_row(s, ++done);
        if (code == SQLITE_OK) code = sqlite3_exec(db->sqlite, "COMMIT", NULL, NULL, NULL);
        if (code == SQLITE_OK &&
            db_backlog_bytes(db) >= DB_BACKLOG_BYTES_MAX) /* as the writer does */
            r = db_checkpoint(cx, db, false);
    }
    if (r == RC_OK && code != SQLITE_OK) r = db_fail(cx, db, code, insert);
    sqlite3_finalize(s);
    db_rollback(db);
    return r;
}

static void remove_files(struct cx *cx, str path)
{
    static const char *const ending[] = {"", "-wal", "-shm", "-lock"};
    for (size_t i = 0; i < COUNTOF(ending); i++)
        unlink(
            arena_cstr(cx->arena, arena_printf(cx->arena, STR_FMT "%s", STR_ARG(path), ending[i])));
}

rc store_floor(struct cx *cx, str folder, int64_t rows, int64_t group, int64_t *rows_per_s)
{
    CHECK(rows > 0 && group > 0);
    str path = arena_printf(cx->arena, STR_FMT "/floor-%ld.db", STR_ARG(folder), (long)getpid());
    struct db *db = NULL;
    remove_files(cx, path);
    rc r = db_open(cx, path, DB_WRITER, &db);
    if (r != RC_OK) return r;
    int64_t from_us = os_monotonic_us();
    r = insert_all(cx, db, rows, group);
    int64_t took_us = os_monotonic_us() - from_us;
    if (r == RC_OK) *rows_per_s = rows * US_PER_SECOND / (took_us > 0 ? took_us : 1);
    db_close(db);
    remove_files(cx, path);
    return r;
}

rc store_floor_commits(struct cx *cx, str folder, int64_t commits, int64_t *commits_per_s)
{
    return store_floor(cx, folder, commits, 1, commits_per_s);
}
