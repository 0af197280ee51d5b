/* The physical limits: nothing but SQLite's own calls in the loop. */
#include "store/floor.h"

#include <stdio.h>
#include <unistd.h>

#include "base/date.h"
#include "base/file.h"
#include "store/sqlite/sqlite.h"

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
    int code = r == RC_OK ? sqlite3_prepare_v2(lite(db)->sqlite, insert, -1, &s, NULL) : SQLITE_OK;
    for (int64_t done = 0; done < rows && r == RC_OK && code == SQLITE_OK;) {
        code = sqlite3_exec(lite(db)->sqlite, "BEGIN IMMEDIATE", NULL, NULL, NULL);
        for (int64_t i = 0; i < group && done < rows && code == SQLITE_OK; i++)
            code = insert_row(s, ++done);
        if (code == SQLITE_OK) code = sqlite3_exec(lite(db)->sqlite, "COMMIT", NULL, NULL, NULL);
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

/* ---- the rows of a real table ---- */

struct copying {
    sqlite3_stmt *from, *to;
    sqlite3_value **cell; /* of a group, row by row */
    int columns;
    int64_t rows, took_us;
};

/* One statement's text: the table and its indexes as they were made, and the bare insert. */
static rc same_table(struct cx *cx, struct db *from, struct db *to, str table, struct copying *c)
{
    static const char sql[] =
        "SELECT sql FROM sqlite_master WHERE tbl_name = ?1 AND sql IS NOT NULL"
        " AND type <> 'trigger' ORDER BY rowid";
    struct buf into = {.arena = cx->arena}, select = {.arena = cx->arena};
    sqlite3_stmt *s = NULL;
    int code = sqlite3_prepare_v2(lite(from)->sqlite, sql, -1, &s, NULL);
    if (code == SQLITE_OK) code = sqlite3_bind_text(s, 1, table.at, (int)table.len, SQLITE_STATIC);
    while (code == SQLITE_OK && sqlite3_step(s) == SQLITE_ROW)
        code = sqlite3_exec(lite(to)->sqlite, (const char *)sqlite3_column_text(s, 0), NULL, NULL,
                            NULL);
    sqlite3_finalize(s);
    buf_printf(&select, "SELECT * FROM " STR_FMT " ORDER BY rowid%c", STR_ARG(table), 0);
    if (code == SQLITE_OK)
        code = sqlite3_prepare_v2(lite(from)->sqlite, select.at, -1, &c->from, NULL);
    if (code != SQLITE_OK) return db_fail(cx, from, code, sql);
    c->columns = sqlite3_column_count(c->from);
    buf_printf(&into, "INSERT INTO " STR_FMT " VALUES (", STR_ARG(table));
    for (int i = 1; i <= c->columns; i++)
        buf_printf(&into, "%s?%d", i > 1 ? "," : "", i);
    buf_printf(&into, ")%c", 0);
    code = sqlite3_prepare_v2(lite(to)->sqlite, into.at, -1, &c->to, NULL);
    return code == SQLITE_OK ? RC_OK : db_fail(cx, to, code, into.at);
}

static int64_t group_read(struct copying *c, int64_t group)
{
    int64_t rows = 0;
    while (rows < group && sqlite3_step(c->from) == SQLITE_ROW) {
        for (int i = 0; i < c->columns; i++)
            c->cell[rows * c->columns + i] = sqlite3_value_dup(sqlite3_column_value(c->from, i));
        rows++;
    }
    return rows;
}

/* The timed part: a transaction with bare inserts. */
static int group_insert(struct copying *c, struct db *to, int64_t rows)
{
    const int64_t from_us = os_monotonic_us();
    int code = sqlite3_exec(lite(to)->sqlite, "BEGIN IMMEDIATE", NULL, NULL, NULL);
    for (int64_t k = 0; k < rows && code == SQLITE_OK; k++) {
        for (int i = 0; i < c->columns && code == SQLITE_OK; i++)
            code = sqlite3_bind_value(c->to, i + 1, c->cell[k * c->columns + i]);
        if (code == SQLITE_OK && sqlite3_step(c->to) != SQLITE_DONE) code = SQLITE_ERROR;
        sqlite3_reset(c->to);
    }
    if (code == SQLITE_OK) code = sqlite3_exec(lite(to)->sqlite, "COMMIT", NULL, NULL, NULL);
    c->took_us += os_monotonic_us() - from_us;
    c->rows += rows;
    return code;
}

static rc copy_all(struct cx *cx, struct copying *c, struct db *to, int64_t group)
{
    int64_t rows;
    rc r = RC_OK;
    do {
        rows = group_read(c, group);
        int code = group_insert(c, to, rows);
        for (int64_t i = 0; i < rows * c->columns; i++)
            sqlite3_value_free(c->cell[i]);
        if (code != SQLITE_OK) r = db_fail(cx, to, code, "INSERT");
        if (r == RC_OK && db_backlog_bytes(to) >= DB_BACKLOG_BYTES_MAX)
            r = db_checkpoint(cx, to, false);
    } while (r == RC_OK && rows == group); /* a step past the last row would begin anew */
    return r;
}

rc store_floor_rows(struct cx *cx, str path, str table, int64_t group, int64_t *rows_per_s)
{
    CHECK(group > 0);
    str fresh = arena_printf(cx->arena, STR_FMT ".floor", STR_ARG(path));
    struct db *from = NULL, *to = NULL;
    struct copying c = {0};
    remove_files(cx, fresh);
    rc r = db_open(cx, path, DB_READER, &from);
    if (r == RC_OK) r = db_open(cx, fresh, DB_WRITER, &to);
    if (r == RC_OK) r = same_table(cx, from, to, table, &c);
    if (r == RC_OK) c.cell = NEWS(cx->arena, sqlite3_value *, (size_t)(group * c.columns));
    if (r == RC_OK) r = copy_all(cx, &c, to, group);
    if (r == RC_OK) *rows_per_s = c.rows * US_PER_SECOND / (c.took_us > 0 ? c.took_us : 1);
    sqlite3_finalize(c.from);
    sqlite3_finalize(c.to);
    if (to) {
        db_rollback(to);
        db_close(to);
    }
    if (from) db_close(from);
    remove_files(cx, fresh);
    return r;
}
