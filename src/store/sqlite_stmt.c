/* Statements on SQLite: the two caches, binding, running, reading rows. */
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "store/dialect.h"
#include "store/sqlite.h"

/* ---- one statement ---- */

static void stmt_close(struct db_stmt *s)
{
    if (!s) return;
    sqlite3_finalize(s->sqlite);
    free(s);
}

/* $1 in our SQL means argument 1.  SQLite takes $1 for a name and numbers names by first appearance,
 * so each is looked up, once.  A wrong name is a bug of ours. */
static void find_positions(struct db_stmt *s)
{
    for (int i = 1; i <= s->arg_count; i++) {
        const char *name = sqlite3_bind_parameter_name(s->sqlite, i);
        int64_t n = 0;
        CHECK(name && name[0] == '$' && str_i64(str_from(name + 1), &n));
        CHECK(n >= 1 && n <= s->arg_count && s->position[n - 1] == 0);
        s->position[n - 1] = (uint16_t)i;
    }
}

static rc stmt_open(struct cx *cx, struct db *db, str text, bool keep, struct db_stmt **out)
{
    bool ddl = ddl_is_ddl(text);
    str translated = dialect_sqlite(cx->arena, text);
    if (ddl) translated = ddl_translate(cx->arena, translated);
    CHECK(translated.len < INT32_MAX);
    sqlite3_stmt *sqlite = NULL;
    const char *tail = NULL;
    int code = sqlite3_prepare_v3(db->sqlite, translated.at, (int)translated.len,
                                  keep && !ddl ? SQLITE_PREPARE_PERSISTENT : 0, &sqlite, &tail);
    if (code != SQLITE_OK) return db_fail(cx, db, code, arena_cstr(cx->arena, text));
    str rest = str_slice(translated, (size_t)(tail - translated.at), translated.len), more;
    if (!sqlite || ddl_next(&rest, &more)) {
        sqlite3_finalize(sqlite);
        return err_set(cx, RC_INTERNAL, "store.sql", "应当正好是一条 SQL 语句：" STR_FMT,
                       "Exactly one SQL statement is expected: " STR_FMT, STR_ARG(text));
    }
    int args = sqlite3_bind_parameter_count(sqlite);
    CHECK(args <= UINT16_MAX);
    struct db_stmt *s = calloc(1, sizeof *s + (size_t)args * sizeof(uint16_t) + text.len + 1);
    CHECK(s);
    s->sqlite = sqlite;
    s->arg_count = (uint16_t)args;
    s->readonly = sqlite3_stmt_readonly(sqlite);
    s->position = (uint16_t *)(s + 1);
    s->text = (char *)(s->position + args);
    s->text_len = text.len;
    memcpy(s->text, text.at, text.len);
    s->one_off = !keep || ddl;
    find_positions(s);
    *out = s;
    return RC_OK;
}

static bool stmt_has_text(const struct db_stmt *s, str text)
{
    return s->text_len == text.len && memcmp(s->text, text.at, text.len) == 0;
}

static void stmt_give(struct db_stmt *s)
{
    sqlite3_reset(s->sqlite);
    if (s->holds_copies) sqlite3_clear_bindings(s->sqlite);
    s->holds_copies = s->busy = false;
    if (s->one_off) stmt_close(s);
}

/* ---- the cache by address: SQL in the source ---- */

static struct db_stmt **key_slot(const struct db *db, const struct sql *key)
{
    size_t at = (size_t)(((uint64_t)(uintptr_t)key * UINT64_C(0x9E3779B97F4A7C15)) >> 32);
    for (;; at++) {
        struct db_stmt **slot = &db->by_key[at & (db->key_cap - 1)];
        if (!*slot || (*slot)->key == key) return slot;
    }
}

static void keys_grow(struct db *db)
{
    struct db_stmt **old = db->by_key;
    size_t old_cap = db->key_cap;
    db->key_cap = old_cap ? old_cap * 2 : 256;
    db->by_key = calloc(db->key_cap, sizeof(struct db_stmt *));
    CHECK(db->by_key);
    for (size_t i = 0; i < old_cap; i++)
        if (old[i]) *key_slot(db, old[i]->key) = old[i];
    free(old);
}

static rc take_by_key(struct cx *cx, struct db *db, const struct sql *sql, struct db_stmt **out)
{
    if (db->key_count * 2 >= db->key_cap) keys_grow(db);
    struct db_stmt **slot = key_slot(db, sql);
    str text = str_from(sql->text);
    /* A catalogue that was replaced may have left its address to another text. */
    if (*slot && !(*slot)->busy && !stmt_has_text(*slot, text)) {
        struct db_stmt *fresh = NULL;
        rc r = stmt_open(cx, db, text, true, &fresh);
        if (r != RC_OK) return r;
        fresh->key = sql;
        fresh->one_off = false;
        stmt_close(*slot);
        *slot = fresh;
    }
    if (*slot && (*slot)->busy) return stmt_open(cx, db, text, false, out);
    if (!*slot) {
        rc r = stmt_open(cx, db, text, true, slot);
        if (r != RC_OK) return r;
        (*slot)->key = sql;
        (*slot)->one_off = false;
        db->key_count++;
    }
    *out = *slot;
    return RC_OK;
}

/* ---- the cache by text: SQL made at run time ---- */

static size_t text_victim(const struct db *db)
{
    size_t victim = DB_TEXT_CACHE_MAX;
    for (size_t i = 0; i < DB_TEXT_CACHE_MAX; i++) {
        if (!db->by_text[i]) return i;
        if (!db->by_text[i]->busy &&
            (victim == DB_TEXT_CACHE_MAX || db->by_text[i]->used_at < db->by_text[victim]->used_at))
            victim = i;
    }
    return victim;
}

static rc take_by_text(struct cx *cx, struct db *db, str text, struct db_stmt **out)
{
    uint64_t hash = str_hash(text);
    for (size_t i = 0; i < DB_TEXT_CACHE_MAX && db->by_text[i]; i++) {
        struct db_stmt *s = db->by_text[i];
        if (s->text_hash != hash || s->busy || !stmt_has_text(s, text)) continue;
        s->used_at = ++db->use_count;
        *out = s;
        return RC_OK;
    }
    struct db_stmt *s = NULL;
    rc r = stmt_open(cx, db, text, true, &s);
    if (r != RC_OK) return r;
    CHECK(s);
    *out = s;
    size_t place = s->one_off ? DB_TEXT_CACHE_MAX : text_victim(db);
    if (place == DB_TEXT_CACHE_MAX) {
        s->one_off = true;
        return RC_OK;
    }
    stmt_close(db->by_text[place]);
    db->by_text[place] = s;
    s->text_hash = hash;
    s->used_at = ++db->use_count;
    return RC_OK;
}

void db_statements_close(struct db *db)
{
    for (size_t i = 0; i < db->key_cap; i++)
        stmt_close(db->by_key[i]);
    for (size_t i = 0; i < DB_TEXT_CACHE_MAX; i++)
        stmt_close(db->by_text[i]);
}

/* ---- binding and running ---- */

static rc bind_one(struct cx *cx, struct db *db, struct db_stmt *s, int at, const struct db_val *v,
                   bool copy)
{
    sqlite3_destructor_type keep = copy ? SQLITE_TRANSIENT : SQLITE_STATIC;
    const char *bytes = v->bytes.len ? v->bytes.at : ""; /* NULL would be null */
    int code = SQLITE_OK;
    switch (v->type) {
    case DB_NULL: code = sqlite3_bind_null(s->sqlite, at); break;
    case DB_I64: code = sqlite3_bind_int64(s->sqlite, at, v->i64); break;
    case DB_TEXT:
        code = sqlite3_bind_text64(s->sqlite, at, bytes, v->bytes.len, keep, SQLITE_UTF8);
        break;
    case DB_BLOB: code = sqlite3_bind_blob64(s->sqlite, at, bytes, v->bytes.len, keep); break;
    }
    return code == SQLITE_OK ? RC_OK : db_fail(cx, db, code, s->text);
}

static rc bind_all(struct cx *cx, struct db *db, struct db_stmt *s, const struct db_val *args,
                   size_t count, bool copy)
{
    CHECK(count == s->arg_count); /* a forgotten argument fails the first test, not a night */
    rc r = RC_OK;
    for (size_t i = 0; i < count && r == RC_OK; i++)
        r = bind_one(cx, db, s, s->position[i], &args[i], copy);
    s->holds_copies = copy && count > 0;
    return r;
}

static rc run_once(struct cx *cx, struct db *db, struct db_stmt *s, const struct db_val *args,
                   size_t count)
{
    rc r = bind_all(cx, db, s, args, count, false);
    if (r != RC_OK) return r;
    if (db->fault_in && db_fault_due(db, s->readonly)) return db_fault_fail(cx);
    db->deadline_us = 0; /* a change is never cut in half */
    int code = SQLITE_OK;
    while ((code = sqlite3_step(s->sqlite)) == SQLITE_ROW) {
    }
    db->changes = sqlite3_changes64(db->sqlite);
    if (code != SQLITE_DONE) r = db_fail(cx, db, code, s->text);
    sqlite3_reset(s->sqlite);
    return r;
}

rc db_exec(struct cx *cx, struct db *db, const struct sql *sql, const struct db_val *args,
           size_t count)
{
    struct db_stmt *s = NULL;
    rc r = take_by_key(cx, db, sql, &s);
    if (r != RC_OK) return r;
    r = run_once(cx, db, s, args, count);
    stmt_give(s);
    return r;
}

rc db_exec_text(struct cx *cx, struct db *db, str text, const struct db_val *args, size_t count)
{
    struct db_stmt *s = NULL;
    rc r = take_by_text(cx, db, text, &s);
    if (r != RC_OK) return r;
    r = run_once(cx, db, s, args, count);
    stmt_give(s);
    return r;
}

/* One prepared statement in a loop: SQLite runs in our process, there are no round trips to save. */
rc db_exec_rows(struct cx *cx, struct db *db, const struct sql *sql, const struct db_val *values,
                size_t columns, size_t rows)
{
    if (rows == 0) return RC_OK;
    struct db_stmt *s = NULL;
    rc r = take_by_key(cx, db, sql, &s);
    if (r != RC_OK) return r;
    int64_t changes = 0;
    for (size_t i = 0; i < rows && r == RC_OK; i++) {
        r = run_once(cx, db, s, values + i * columns, columns);
        changes += db->changes;
    }
    db->changes = changes;
    stmt_give(s);
    return r;
}

rc db_changes(struct cx *cx, struct db *db, int64_t *rows)
{
    (void)cx; /* SQLite knows at once */
    *rows = db->changes;
    return RC_OK;
}

/* ---- rows ---- */

static rc rows_begin(struct cx *cx, struct db *db, struct db_stmt *s, const struct db_val *args,
                     size_t count, struct db_rows *out)
{
    rc r = bind_all(cx, db, s, args, count, true);
    if (r == RC_OK && db->fault_in && db_fault_due(db, s->readonly)) r = db_fault_fail(cx);
    if (r != RC_OK) {
        stmt_give(s);
        return r;
    }
    s->busy = true;
    s->row_count = 0;
    *out = (struct db_rows){.stmt = s, .db = db};
    return RC_OK;
}

rc db_query(struct cx *cx, struct db *db, const struct sql *sql, const struct db_val *args,
            size_t count, struct db_rows *out)
{
    db_rows_done(out);
    struct db_stmt *s = NULL;
    rc r = take_by_key(cx, db, sql, &s);
    return r == RC_OK ? rows_begin(cx, db, s, args, count, out) : r;
}

rc db_query_text(struct cx *cx, struct db *db, str text, const struct db_val *args, size_t count,
                 struct db_rows *out)
{
    db_rows_done(out);
    struct db_stmt *s = NULL;
    rc r = take_by_text(cx, db, text, &s);
    return r == RC_OK ? rows_begin(cx, db, s, args, count, out) : r;
}

void db_rows_done(struct db_rows *rows)
{
    if (rows->stmt) stmt_give(rows->stmt);
    *rows = (struct db_rows){0};
}

static rc out_of_time(struct cx *cx)
{
    return err_set(cx, RC_LIMIT, "store.time", "查询超过了允许的时间",
                   "The query took longer than allowed");
}

rc db_next(struct cx *cx, struct db_rows *rows, bool *more)
{
    *more = false;
    struct db_stmt *s = rows->stmt;
    if (!s) return RC_OK;
    /* SQLite looks at the clock while it works; this is for a caller who is slow with each row. */
    if (cx->deadline_us && s->row_count++ % 16 == 15 && os_monotonic_us() > cx->deadline_us)
        return out_of_time(cx);
    rows->db->deadline_us = s->readonly ? cx->deadline_us : 0;
    int code = sqlite3_step(s->sqlite);
    rows->db->deadline_us = 0;
    if (code == SQLITE_ROW) {
        *more = true;
        return RC_OK;
    }
    rc r = RC_OK;
    if ((code & 0xff) == SQLITE_INTERRUPT)
        r = out_of_time(cx);
    else if (code != SQLITE_DONE)
        r = db_fail(cx, rows->db, code, s->text);
    else if (!s->readonly)
        rows->db->changes = sqlite3_changes64(rows->db->sqlite);
    db_rows_done(rows); /* at once: an open read would hold the snapshot */
    return r;
}

int db_columns(const struct db_rows *rows)
{
    return sqlite3_column_count(rows->stmt->sqlite);
}

enum db_type db_type_of(const struct db_rows *rows, int column)
{
    switch (sqlite3_column_type(rows->stmt->sqlite, column)) {
    case SQLITE_NULL: return DB_NULL;
    case SQLITE_INTEGER: return DB_I64;
    case SQLITE_BLOB: return DB_BLOB;
    default: return DB_TEXT;
    }
}

bool db_is_null(const struct db_rows *rows, int column)
{
    return sqlite3_column_type(rows->stmt->sqlite, column) == SQLITE_NULL;
}

int64_t db_i64(const struct db_rows *rows, int column)
{
    return sqlite3_column_int64(rows->stmt->sqlite, column);
}

str db_text(const struct db_rows *rows, int column)
{
    const void *at = sqlite3_column_blob(rows->stmt->sqlite, column); /* of a text: its bytes */
    int len = sqlite3_column_bytes(rows->stmt->sqlite, column);
    return at ? (str){at, (size_t)len} : STR("");
}

str db_text_dup(struct cx *cx, const struct db_rows *rows, int column)
{
    return arena_dup(cx->arena, db_text(rows, column));
}
