/* Rows of processes written bare: nothing but SQLite's own calls in the loop. */
#include "store/floor_process.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/date.h"
#include "base/file.h"
#include "store/sqlite/sqlite.h"

enum {
    KEYS_A_INSTANCE = 8, /* of scopes and tasks */
    LATENCIES_MAX = 1 << 20,
    PRELOAD_GROUP = 2000,
    TEXT_BYTES = 256
};

enum statement {
    INSTANCE_IN,
    SCOPE_IN,
    TASK_IN,
    HISTORY_IN,
    TASK_OUT,
    SCOPE_OUT,
    SCOPES_OUT,
    INSTANCE_OUT,
    SCOPE_COUNT,
    STATEMENT_COUNT
};
static const char *const text[STATEMENT_COUNT] = {
    "INSERT INTO instance VALUES (?1, 1, 1, ?2, ?3)",
    "INSERT INTO scope VALUES (?1, ?2, ?3, ?4, 1, 1)",
    "INSERT INTO task VALUES (?1, ?2, ?3, ?4, ?5, 1, ?6)",
    "INSERT INTO history VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    "DELETE FROM task WHERE id = ?1",
    "DELETE FROM scope WHERE id = ?1",
    "DELETE FROM scope WHERE instance_id = ?1",
    "DELETE FROM instance WHERE id = ?1",
    "UPDATE scope SET count = count + 1 WHERE id = ?1"};
static const char ddl[] =
    "CREATE TABLE instance (id INTEGER PRIMARY KEY, definition INTEGER, state INTEGER,"
    " started_us INTEGER, data BLOB);"
    "CREATE TABLE scope (id INTEGER PRIMARY KEY, instance_id INTEGER, parent INTEGER,"
    " element INTEGER, state INTEGER, count INTEGER);"
    "CREATE INDEX scope_instance ON scope (instance_id);"
    "CREATE TABLE task (id INTEGER PRIMARY KEY, instance_id INTEGER, scope INTEGER,"
    " element INTEGER, assignee TEXT, state INTEGER, due_us INTEGER);"
    "CREATE INDEX task_assignee ON task (assignee, state);"
    "CREATE INDEX task_instance ON task (instance_id);"
    "CREATE TABLE history (id INTEGER PRIMARY KEY, instance_id INTEGER, element INTEGER,"
    " kind INTEGER, at_us INTEGER, actor TEXT, data BLOB);"
    "CREATE INDEX history_instance ON history (instance_id);";

/* A row that a command writes; what `key` means follows from the statement. */
struct row {
    enum statement statement;
    int key, element, kind;
    bool with_data;
};
struct command {
    struct row row[16];
};
struct model {
    char name;
    int commands;
    struct command command[4];
};
#define STEP(element, kind)                                                                        \
    {                                                                                              \
        HISTORY_IN, 0, element, kind, false                                                        \
    }
#define DATA(element, kind)                                                                        \
    {                                                                                              \
        HISTORY_IN, 0, element, kind, true                                                         \
    }
#define END                                                                                        \
    {                                                                                              \
        .statement = STATEMENT_COUNT                                                               \
    }
#define OPEN(key, element)                                                                         \
    {SCOPE_IN, key, element, 0, false},                                                            \
    {                                                                                              \
        TASK_IN, key, element, 0, false                                                            \
    }
#define TASK_DONE(key)                                                                             \
    {TASK_OUT, key, 0, 0, false}, {SCOPE_OUT, key, 0, 0, false},                                   \
    {                                                                                              \
        HISTORY_IN, 0, key + 2, 1, true                                                            \
    }
#define INSTANCE_DONE                                                                              \
    {SCOPES_OUT, 0, 0, 0, false},                                                                  \
    {                                                                                              \
        INSTANCE_OUT, 0, 0, 0, false                                                               \
    }
/* clang-format off */
static const struct model models[] = {
    {'a', 1, {{{STEP(0, 0), STEP(1, 1), DATA(2, 1), STEP(3, 1), DATA(0, 9), END}}}},
    {'b', 2, {
        {{{INSTANCE_IN, 0, 0, 0, true}, {SCOPE_IN, 0, 1, 0, false}, OPEN(1, 4),
          DATA(0, 0), STEP(1, 1), STEP(2, 1), STEP(4, 0), END}},
        {{{TASK_OUT, 1, 0, 0, false}, INSTANCE_DONE, DATA(4, 1), STEP(5, 1), STEP(0, 9), END}}}},
    {'c', 4, {
        {{{INSTANCE_IN, 0, 0, 0, true}, {SCOPE_IN, 0, 1, 0, false}, OPEN(1, 1), OPEN(2, 2), OPEN(3, 3),
          STEP(3, 0), STEP(4, 0), STEP(5, 0), DATA(0, 0), STEP(1, 1), STEP(2, 1), END}},
        {{TASK_DONE(1), {SCOPE_COUNT, 0, 0, 0, false}, END}},
        {{TASK_DONE(2), {SCOPE_COUNT, 0, 0, 0, false}, END}},
        {{TASK_DONE(3), INSTANCE_DONE, STEP(6, 1), STEP(7, 1), STEP(0, 9), END}}}},
};
/* clang-format on */

struct lane {
    struct db *db;
    sqlite3_stmt *s[STATEMENT_COUNT];
    char data[512]; /* variables of an instance, as JSON */
    int data_len;
    int64_t history, instance; /* the last ids given */
    int64_t *pool, *chosen;    /* instances that wait; those of them to be completed */
    bool completes_chosen;
    uint64_t random;
};

/* Values of a row of instance k. */
static int bind_row(struct lane *l, const struct row *r, int64_t k)
{
    sqlite3_stmt *s = l->s[r->statement];
    const int64_t key = k * KEYS_A_INSTANCE + r->key;
    char user[TEXT_BYTES];
    int code = SQLITE_OK;
    switch (r->statement) {
    case INSTANCE_IN:
        code = sqlite3_bind_int64(s, 1, k) | sqlite3_bind_int64(s, 2, k) |
               sqlite3_bind_blob(s, 3, l->data, l->data_len, SQLITE_STATIC);
        break;
    case SCOPE_IN:
        code = sqlite3_bind_int64(s, 1, key) | sqlite3_bind_int64(s, 2, k) |
               sqlite3_bind_int64(s, 3, r->key ? key - r->key : 0) |
               sqlite3_bind_int(s, 4, r->element);
        break;
    case TASK_IN:
        snprintf(user, sizeof user, "user%d", (int)(key % 500));
        code = sqlite3_bind_int64(s, 1, key) | sqlite3_bind_int64(s, 2, k) |
               sqlite3_bind_int64(s, 3, key) | sqlite3_bind_int(s, 4, r->element) |
               sqlite3_bind_text(s, 5, user, -1, SQLITE_TRANSIENT) | sqlite3_bind_int64(s, 6, key);
        break;
    case HISTORY_IN:
        l->history++;
        code = sqlite3_bind_int64(s, 1, l->history) | sqlite3_bind_int64(s, 2, k) |
               sqlite3_bind_int(s, 3, r->element) | sqlite3_bind_int(s, 4, r->kind) |
               sqlite3_bind_int64(s, 5, l->history) |
               sqlite3_bind_text(s, 6, "user17", -1, SQLITE_STATIC);
        code |= r->with_data ? sqlite3_bind_blob(s, 7, l->data, l->data_len, SQLITE_STATIC)
                             : sqlite3_bind_null(s, 7);
        break;
    case SCOPES_OUT:
    case INSTANCE_OUT: code = sqlite3_bind_int64(s, 1, k); break;
    case TASK_OUT:
    case SCOPE_OUT:
    case SCOPE_COUNT:
    case STATEMENT_COUNT: code = sqlite3_bind_int64(s, 1, key); break;
    }
    return code;
}

static int give(struct lane *l, const struct command *c, int64_t k)
{
    int code = SQLITE_OK;
    for (const struct row *r = c->row; r->statement != STATEMENT_COUNT && code == SQLITE_OK; r++) {
        code = bind_row(l, r, k);
        if (code == SQLITE_OK) code = sqlite3_step(l->s[r->statement]);
        sqlite3_reset(l->s[r->statement]);
        if (code == SQLITE_DONE) code = SQLITE_OK;
    }
    return code;
}

/* The same command of `count` instances in one commit. */
static rc commit(struct cx *cx, struct lane *l, const struct command *c, int64_t first, int count)
{
    sqlite3 *db = lite(l->db)->sqlite;
    int code = sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL);
    for (int i = 0; i < count && code == SQLITE_OK; i++)
        code = give(l, c, l->completes_chosen ? l->chosen[i] : first + i);
    if (code == SQLITE_OK) code = sqlite3_exec(db, "COMMIT", NULL, NULL, NULL);
    if (code != SQLITE_OK) return db_fail(cx, l->db, code, "floor");
    return RC_OK;
}

/* As the writer does it: past a limit, between two commits. */
static rc copy_log(struct cx *cx, struct lane *l)
{
    return db_backlog_bytes(l->db) >= DB_BACKLOG_BYTES_MAX ? db_checkpoint(cx, l->db, false)
                                                           : RC_OK;
}

static rc lane_open(struct cx *cx, str path, struct lane *l)
{
    rc r = db_open(cx, path, DB_WRITER, &l->db);
    if (r == RC_OK) r = db_pragma(cx, l->db, ddl);
    for (int i = 0; i < STATEMENT_COUNT && r == RC_OK; i++) {
        const int code = sqlite3_prepare_v3(lite(l->db)->sqlite, text[i], -1,
                                            SQLITE_PREPARE_PERSISTENT, &l->s[i], NULL);
        if (code != SQLITE_OK) r = db_fail(cx, l->db, code, text[i]);
    }
    l->data_len = snprintf(l->data, sizeof l->data,
                           "{\"amount\":1500,\"applicant\":\"zhang\",\"dept\":\"finance\","
                           "\"memo\":\"%0200d\"}",
                           1);
    return r;
}

static void lane_close(struct lane *l)
{
    for (int i = 0; i < STATEMENT_COUNT; i++)
        sqlite3_finalize(l->s[i]);
    if (!l->db) return;
    db_rollback(l->db);
    db_close(l->db);
}

static rc preload(struct cx *cx, struct lane *l, int64_t waiting)
{
    rc r = RC_OK;
    while (l->instance < waiting && r == RC_OK) {
        const int64_t left = waiting - l->instance;
        const int count = left < PRELOAD_GROUP ? (int)left : PRELOAD_GROUP;
        r = commit(cx, l, &models[1].command[0], l->instance + 1, count);
        l->instance += count;
        if (r == RC_OK) r = copy_log(cx, l);
    }
    return r;
}

static int by_size(const void *x, const void *y)
{
    const int64_t a = *(const int64_t *)x, b = *(const int64_t *)y;
    return a < b ? -1 : a > b;
}

/* Any of those that wait; the new ones wait in their place. */
static void choose(struct cx *cx, struct lane *l, const struct floor_process *f)
{
    if (!l->pool) {
        l->pool = NEWS(cx->arena, int64_t, (size_t)f->waiting);
        for (int64_t i = 0; i < f->waiting; i++)
            l->pool[i] = i + 1;
        l->random = UINT64_C(88172645463325252);
    }
    if (!l->chosen) l->chosen = NEWS(cx->arena, int64_t, (size_t)f->group);
    for (int i = 0; i < f->group; i++) {
        l->random ^= l->random << 13;
        l->random ^= l->random >> 7;
        l->random ^= l->random << 17;
        int64_t *one = &l->pool[l->random % (uint64_t)f->waiting];
        l->chosen[i] = *one;
        *one = l->instance + 1 + i;
    }
}

static rc measure(struct cx *cx, struct lane *l, struct floor_process *f)
{
    const struct model *m = models;
    int64_t *latency = NEWS(cx->arena, int64_t, LATENCIES_MAX), count = 0;
    const int64_t begin_us = os_monotonic_us(), end_us = begin_us + f->seconds * US_PER_SECOND;
    int64_t now_us = begin_us;
    rc r = RC_OK;
    while (m->name != f->model)
        m++;
    while (now_us < end_us && r == RC_OK) {
        for (int i = 0; i < m->commands && r == RC_OK; i++) {
            l->completes_chosen = f->any && f->waiting > 0 && i > 0;
            if (l->completes_chosen) choose(cx, l, f);
            const int64_t from_us = os_monotonic_us();
            r = commit(cx, l, &m->command[i], l->instance + 1, f->group);
            if (count < LATENCIES_MAX) latency[count++] = os_monotonic_us() - from_us;
            if (r == RC_OK) r = copy_log(cx, l);
        }
        l->instance += f->group;
        f->instances += f->group;
        f->commands += (int64_t)f->group * m->commands;
        now_us = os_monotonic_us();
    }
    f->took_us = now_us - begin_us;
    qsort(latency, (size_t)count, sizeof *latency, by_size);
    f->p50_us = latency[count / 2];
    f->p99_us = latency[count * 99 / 100];
    return r;
}

static void remove_files(struct cx *cx, str path)
{
    static const char *const ending[] = {"", "-wal", "-shm", "-lock"};
    for (size_t i = 0; i < COUNTOF(ending); i++)
        unlink(
            arena_cstr(cx->arena, arena_printf(cx->arena, STR_FMT "%s", STR_ARG(path), ending[i])));
}

rc store_floor_process(struct cx *cx, str folder, struct floor_process *f)
{
    CHECK(f->group > 0 && f->model >= 'a' && f->model <= 'c');
    const str path =
        arena_printf(cx->arena, STR_FMT "/floor-process-%ld.db", STR_ARG(folder), (long)getpid());
    struct lane l = {0};
    struct stat file;
    remove_files(cx, path);
    rc r = lane_open(cx, path, &l);
    if (r == RC_OK) r = preload(cx, &l, f->waiting);
    if (r == RC_OK) r = measure(cx, &l, f);
    if (r == RC_OK) r = db_checkpoint(cx, l.db, true);
    if (r == RC_OK && stat(arena_cstr(cx->arena, path), &file) == 0) f->bytes = file.st_size;
    lane_close(&l);
    remove_files(cx, path);
    return r;
}
