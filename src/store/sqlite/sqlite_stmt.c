/* Statements on SQLite: binding, running, reading rows. */
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "store/dialect.h"
#include "store/sqlite/sqlite.h"

/* ---- one statement ---- */

static struct sqlite_stmt *own(struct db_stmt *s)
{
    return (struct sqlite_stmt *)s;
}

void sqlite_stmt_close(struct db *db, struct db_stmt *s)
{
    (void)db;
    sqlite3_finalize(own(s)->sqlite);
    free(s);
}

/* $1 in our SQL means argument 1.  SQLite takes $1 for a name and numbers names by first appearance,
 * so each is looked up, once.  A wrong name is a bug of ours. */
static void find_positions(struct sqlite_stmt *s)
{
    for (int i = 1; i <= s->arg_count; i++) {
        const char *name = sqlite3_bind_parameter_name(s->sqlite, i);
        int64_t n = 0;
        CHECK(name && name[0] == '$' && str_i64(str_from(name + 1), &n));
        CHECK(n >= 1 && n <= s->arg_count && s->position[n - 1] == 0);
        s->position[n - 1] = (uint16_t)i;
    }
}

rc sqlite_stmt_open(struct cx *cx, struct db *db, str text, bool keep, struct db_stmt **out)
{
    rc pinned = db_check_pinned(cx, text);
    if (pinned != RC_OK) return pinned;
    bool ddl = ddl_is_ddl(text);
    str translated = dialect_sqlite(cx->arena, text);
    if (ddl) translated = ddl_translate(cx->arena, translated);
    CHECK(translated.len < INT32_MAX);
    sqlite3_stmt *sqlite = NULL;
    const char *tail = NULL;
    int code = sqlite3_prepare_v3(lite(db)->sqlite, translated.at, (int)translated.len,
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
    struct sqlite_stmt *s = calloc(1, sizeof *s + (size_t)args * sizeof(uint16_t) + text.len + 1);
    CHECK(s);
    s->sqlite = sqlite;
    s->arg_count = (uint16_t)args;
    s->readonly = sqlite3_stmt_readonly(sqlite);
    s->position = (uint16_t *)(s + 1);
    s->head.text = (char *)(s->position + args);
    s->head.text_len = text.len;
    memcpy(s->head.text, text.at, text.len);
    s->head.one_off = !keep || ddl;
    find_positions(s);
    *out = &s->head;
    return RC_OK;
}

void sqlite_stmt_reset(struct db_stmt *s)
{
    struct sqlite_stmt *o = own(s);
    sqlite3_reset(o->sqlite);
    if (o->holds_copies) sqlite3_clear_bindings(o->sqlite);
    o->holds_copies = false;
}

/* ---- binding and running ---- */

static rc bind_one(struct cx *cx, struct db *db, struct sqlite_stmt *s, int at,
                   const struct db_val *v, bool copy)
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
    return code == SQLITE_OK ? RC_OK : db_fail(cx, db, code, s->head.text);
}

static rc bind_all(struct cx *cx, struct db *db, struct sqlite_stmt *s, const struct db_val *args,
                   size_t count, bool copy)
{
    CHECK(count == s->arg_count); /* a forgotten argument fails the first test, not a night */
    rc r = RC_OK;
    for (size_t i = 0; i < count && r == RC_OK; i++)
        r = bind_one(cx, db, s, s->position[i], &args[i], copy);
    s->holds_copies = copy && count > 0;
    return r;
}

static rc run_once(struct cx *cx, struct db *db, struct sqlite_stmt *s, const struct db_val *args,
                   size_t count)
{
    rc r = bind_all(cx, db, s, args, count, false);
    if (r != RC_OK) return r;
    if (db->fault_in && db_fault_due(db, s->readonly)) return db_fault_fail(cx);
    lite(db)->deadline_us = 0; /* a change is never cut in half */
    int code = SQLITE_OK;
    while ((code = sqlite3_step(s->sqlite)) == SQLITE_ROW) {
    }
    db->changes = sqlite3_changes64(lite(db)->sqlite);
    if (code != SQLITE_DONE) r = db_fail(cx, db, code, s->head.text);
    sqlite3_reset(s->sqlite);
    return r;
}

rc sqlite_exec(struct cx *cx, struct db *db, struct db_stmt *s, const struct db_val *args,
               size_t count)
{
    return run_once(cx, db, own(s), args, count);
}

/* One prepared statement in a loop: SQLite runs in our process, there are no round trips to save. */
rc sqlite_exec_rows(struct cx *cx, struct db *db, struct db_stmt *s, const struct db_val *values,
                    size_t columns, size_t rows)
{
    rc r = RC_OK;
    int64_t changes = 0;
    for (size_t i = 0; i < rows && r == RC_OK; i++) {
        r = run_once(cx, db, own(s), values + i * columns, columns);
        changes += db->changes;
    }
    db->changes = changes;
    return r;
}

rc sqlite_changes(struct cx *cx, struct db *db, int64_t *rows)
{
    (void)cx; /* SQLite knows at once */
    *rows = db->changes;
    return RC_OK;
}

/* ---- rows ---- */

rc sqlite_query(struct cx *cx, struct db *db, struct db_stmt *s, const struct db_val *args,
                size_t count, struct db_rows *out)
{
    struct sqlite_stmt *o = own(s);
    rc r = bind_all(cx, db, o, args, count, true);
    if (r == RC_OK && db->fault_in && db_fault_due(db, o->readonly)) r = db_fault_fail(cx);
    if (r != RC_OK) {
        stmt_give(db, s);
        return r;
    }
    s->busy = true;
    o->row_count = 0;
    *out = (struct db_rows){.stmt = s, .db = db};
    return RC_OK;
}

/* Rows come from the file as they are read anyway. */
rc sqlite_scan(struct cx *cx, struct db *db, str text, const struct db_val *args, size_t count,
               struct db_rows *out)
{
    return db_query_text(cx, db, text, args, count, out);
}

void sqlite_rows_done(struct db_rows *rows)
{
    stmt_give(rows->db, rows->stmt);
}

rc sqlite_next(struct cx *cx, struct db_rows *rows, bool *more)
{
    struct sqlite_stmt *s = own(rows->stmt);
    struct sqlite_db *d = lite(rows->db);
    /* SQLite looks at the clock while it works; this is for a caller who is slow with each row. */
    if (cx->deadline_us && s->row_count++ % 16 == 15 && os_monotonic_us() > cx->deadline_us)
        return db_out_of_time(cx);
    d->deadline_us = s->readonly ? cx->deadline_us : 0;
    int code = sqlite3_step(s->sqlite);
    d->deadline_us = 0;
    if (code == SQLITE_ROW) {
        *more = true;
        return RC_OK;
    }
    rc r = RC_OK;
    if ((code & 0xff) == SQLITE_INTERRUPT)
        r = db_out_of_time(cx);
    else if (code != SQLITE_DONE)
        r = db_fail(cx, rows->db, code, s->head.text);
    else if (!s->readonly)
        d->head.changes = sqlite3_changes64(d->sqlite);
    db_rows_done(rows); /* at once: an open read would hold the snapshot */
    return r;
}

static sqlite3_stmt *of(const struct db_rows *rows)
{
    return own(rows->stmt)->sqlite;
}

int sqlite_columns(const struct db_rows *rows)
{
    return sqlite3_column_count(of(rows));
}

enum db_type sqlite_type_of(const struct db_rows *rows, int column)
{
    switch (sqlite3_column_type(of(rows), column)) {
    case SQLITE_NULL: return DB_NULL;
    case SQLITE_INTEGER: return DB_I64;
    case SQLITE_BLOB: return DB_BLOB;
    default: return DB_TEXT;
    }
}

int64_t sqlite_i64(const struct db_rows *rows, int column)
{
    return sqlite3_column_int64(of(rows), column);
}

str sqlite_text(const struct db_rows *rows, int column)
{
    const void *at = sqlite3_column_blob(of(rows), column); /* of a text: its bytes */
    int len = sqlite3_column_bytes(of(rows), column);
    return at ? (str){at, (size_t)len} : STR("");
}
