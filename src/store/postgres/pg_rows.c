/* Rows on PostgreSQL.  A query's whole answer is fetched at once, so that other statements can run
 * while it is read; a scan reads from a cursor. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "store/postgres/pg.h"

/* How a column arrives. */
enum column_kind { COLUMN_INT, COLUMN_BOOL, COLUMN_TEXT, COLUMN_BLOB };

struct pg_rows {
    struct db_stmt head; /* what db_rows points at; its text is for messages */
    PGresult *result;
    int row, count; /* row: the one being read; -1 before the first */
    int columns;
    uint8_t *kind;
    char (*shown)[24];    /* numbers that were asked for as text; NULL until then */
    uint32_t cursor;      /* of a scan: its number; 0: a query */
    uint32_t transaction; /* the one the cursor belongs to */
    bool last;            /* the cursor has no more */
};

static struct pg_rows *own(const struct db_rows *rows)
{
    return (struct pg_rows *)rows->stmt;
}

static rc wrong_type(struct cx *cx, const PGresult *result, int column, str text)
{
    return err_set(
        cx, RC_INTERNAL, "store.sql",
        "结果列“%s”的类型（%u）不在约定之内，请用 CAST 转换：" STR_FMT,
        "The result's column \"%s\" has a type (%u) that is not agreed on, CAST it: " STR_FMT,
        PQfname(result, column), PQftype(result, column), STR_ARG(text));
}

static rc kind_of(struct cx *cx, const PGresult *result, int column, str text, uint8_t *out)
{
    switch (PQftype(result, column)) {
    case PG_OID_I64:
    case PG_OID_I32:
    case PG_OID_I16: *out = COLUMN_INT; return RC_OK;
    case PG_OID_BOOL: *out = COLUMN_BOOL; return RC_OK;
    case PG_OID_TEXT:
    case PG_OID_VARCHAR:
    case PG_OID_NAME: *out = COLUMN_TEXT; return RC_OK;
    case PG_OID_BYTEA: *out = COLUMN_BLOB; return RC_OK;
    default: return wrong_type(cx, result, column, text);
    }
}

static void rows_free(struct pg_rows *r)
{
    PQclear(r->result);
    free(r->shown);
    free(r);
}

/* Takes result. */
static rc rows_new(struct cx *cx, PGresult *result, str text, struct pg_rows **out)
{
    int columns = PQnfields(result);
    struct pg_rows *r = calloc(1, sizeof *r + (size_t)columns + text.len + 1);
    CHECK(r);
    r->result = result;
    r->row = -1;
    r->count = PQntuples(result);
    r->columns = columns;
    r->kind = (uint8_t *)(r + 1);
    r->head.text = (char *)(r->kind + columns);
    r->head.text_len = text.len;
    memcpy(r->head.text, text.at, text.len);
    rc code = RC_OK;
    for (int i = 0; i < columns && code == RC_OK; i++)
        code = kind_of(cx, result, i, text, &r->kind[i]);
    if (code == RC_OK)
        *out = r;
    else
        rows_free(r);
    return code;
}

static rc too_late(struct cx *cx)
{
    return cx->deadline_us && os_monotonic_us() > cx->deadline_us ? db_out_of_time(cx) : RC_OK;
}

static rc run(struct cx *cx, struct pg_db *p, struct pg_stmt *s, const struct db_val *args,
              size_t count, PGresult **out)
{
    rc r = pg_ready(cx, p);
    if (r == RC_OK && p->head.fault_in && db_fault_due(&p->head, s->reads)) r = db_fault_fail(cx);
    if (r == RC_OK && s->reads) r = too_late(cx);
    if (r == RC_OK) r = pg_queue_stmt(cx, p, s, PG_QUERY, args, count);
    if (r == RC_OK && !p->in_transaction && !s->reads) r = pg_queue_epoch(cx, p);
    return r == RC_OK ? pg_collect(cx, p, s->reads ? cx->deadline_us : 0, out) : r;
}

rc pg_query(struct cx *cx, struct db *db, struct db_stmt *stmt, const struct db_val *args,
            size_t count, struct db_rows *out)
{
    PGresult *result = NULL;
    struct pg_rows *rows = NULL;
    struct pg_stmt *s = (struct pg_stmt *)stmt;
    rc r = run(cx, pg_of(db), s, args, count, &result);
    if (r == RC_OK) {
        if (!s->reads && !str_i64(str_from(PQcmdTuples(result)), &db->changes)) db->changes = 0;
        r = rows_new(cx, result, (str){stmt->text, stmt->text_len}, &rows);
    }
    stmt_give(db, stmt);
    if (r == RC_OK) *out = (struct db_rows){.stmt = &rows->head, .db = db};
    return r;
}

/* ---- scans ---- */

static rc fetch(struct cx *cx, struct pg_db *p, struct pg_rows *rows)
{
    char text[64];
    PGresult *result = NULL;
    rc r = pg_ready(cx, p);
    if (r == RC_OK && rows->transaction != p->transaction)
        r = err_set(cx, RC_INTERNAL, "store.sql", "事务已结束，不能继续读取",
                    "The transaction of this scan has ended");
    if (r == RC_OK) r = too_late(cx);
    if (r != RC_OK) return r;
    snprintf(text, sizeof text, "FETCH %d FROM scan%u", PG_FETCH_ROWS, rows->cursor);
    r = pg_queue_text(cx, p, PG_QUERY, text, NULL, 0);
    if (r == RC_OK) r = pg_collect(cx, p, cx->deadline_us, &result);
    if (r != RC_OK) return r;
    PQclear(rows->result);
    rows->result = result;
    rows->row = -1;
    rows->count = PQntuples(result);
    rows->last = rows->count < PG_FETCH_ROWS;
    return RC_OK;
}

rc pg_scan(struct cx *cx, struct db *db, str text, const struct db_val *args, size_t count,
           struct db_rows *out)
{
    struct pg_db *p = pg_of(db);
    CHECK(p->in_transaction || db->broken);
    struct db_stmt *opened = NULL;
    struct pg_rows *rows = NULL;
    PGresult *result = NULL;
    rc r = pg_stmt_open(cx, db, text, false, &opened);
    if (r != RC_OK) return r;
    struct pg_stmt *s = (struct pg_stmt *)opened;
    uint32_t cursor = ++p->name_count;
    str declare =
        arena_printf(cx->arena, "DECLARE scan%u NO SCROLL CURSOR FOR %s", cursor, s->postgres);
    struct pg_stmt *d = pg_stmt_new(text, declare, s->args);
    d->binds_site = s->binds_site;
    d->head.one_off = true;
    pg_stmt_close(db, opened);
    char first[64];
    snprintf(first, sizeof first, "FETCH %d FROM scan%u", PG_FETCH_ROWS, cursor);
    r = pg_ready(cx, p);
    if (r == RC_OK && db->fault_in && db_fault_due(db, true)) r = db_fault_fail(cx);
    if (r == RC_OK) r = too_late(cx);
    if (r == RC_OK) r = pg_queue_stmt(cx, p, d, PG_CONTROL, args, count);
    if (r == RC_OK) r = pg_queue_text(cx, p, PG_QUERY, first, NULL, 0);
    if (r == RC_OK) r = pg_collect(cx, p, cx->deadline_us, &result);
    if (r == RC_OK) r = rows_new(cx, result, text, &rows);
    pg_stmt_free(p, d);
    if (r != RC_OK) return r;
    rows->cursor = cursor;
    rows->transaction = p->transaction;
    rows->last = rows->count < PG_FETCH_ROWS;
    *out = (struct db_rows){.stmt = &rows->head, .db = db};
    return RC_OK;
}

/* ---- reading ---- */

static void close_cursor(struct pg_db *p, const struct pg_rows *rows)
{
    if (!rows->cursor || rows->transaction != p->transaction || p->failed || p->head.broken) return;
    struct arena scratch;
    arena_init(&scratch, 1 << 16);
    struct cx cx = {.arena = &scratch};
    char text[40];
    snprintf(text, sizeof text, "CLOSE scan%u", rows->cursor);
    rc r = pg_queue_text(&cx, p, PG_CONTROL, text, NULL, 0);
    if (r == RC_OK) r = pg_settle(&cx, p, false);
    (void)r; /* an error makes the transaction failed, or the connection broken */
    arena_done(&scratch);
}

void pg_rows_done(struct db_rows *rows)
{
    struct pg_rows *r = own(rows);
    close_cursor(pg_of(rows->db), r);
    rows_free(r);
}

rc pg_next(struct cx *cx, struct db_rows *rows, bool *more)
{
    struct pg_rows *r = own(rows);
    /* The server looks at the clock while it works; this is for a caller who is slow with each row. */
    if (r->row % 16 == 15 && too_late(cx) != RC_OK) return RC_LIMIT;
    if (r->row + 1 >= r->count && r->cursor && !r->last) {
        rc code = fetch(cx, pg_of(rows->db), r);
        if (code != RC_OK) return code;
    }
    if (r->row + 1 < r->count) {
        r->row++;
        *more = true;
        return RC_OK;
    }
    db_rows_done(rows);
    return RC_OK;
}

int pg_columns(const struct db_rows *rows)
{
    return own(rows)->columns;
}

static const char *cell(const struct pg_rows *r, int column, int *len)
{
    CHECK(r->row >= 0 && column >= 0 && column < r->columns);
    *len = 0;
    if (PQgetisnull(r->result, r->row, column)) return NULL;
    *len = PQgetlength(r->result, r->row, column);
    return PQgetvalue(r->result, r->row, column);
}

enum db_type pg_type_of(const struct db_rows *rows, int column)
{
    const struct pg_rows *r = own(rows);
    int len = 0;
    if (!cell(r, column, &len)) return DB_NULL;
    switch ((enum column_kind)r->kind[column]) {
    case COLUMN_INT:
    case COLUMN_BOOL: return DB_I64;
    case COLUMN_BLOB: return DB_BLOB;
    case COLUMN_TEXT: break;
    }
    return DB_TEXT;
}

/* Of a text: the number it is, or 0; as on SQLite. */
int64_t pg_i64(const struct db_rows *rows, int column)
{
    const struct pg_rows *r = own(rows);
    int len = 0;
    int64_t n = 0;
    const char *at = cell(r, column, &len);
    if (!at) return 0;
    if (r->kind[column] == COLUMN_INT) return pg_get_int(at, len);
    if (r->kind[column] == COLUMN_BOOL) return at[0] != 0;
    return str_i64((str){at, (size_t)len}, &n) ? n : 0;
}

/* Of a number: its digits; as on SQLite. */
str pg_text(const struct db_rows *rows, int column)
{
    struct pg_rows *r = own(rows);
    int len = 0;
    const char *at = cell(r, column, &len);
    if (!at) return STR("");
    if (r->kind[column] != COLUMN_INT && r->kind[column] != COLUMN_BOOL)
        return (str){at, (size_t)len};
    if (!r->shown) r->shown = calloc((size_t)r->columns, sizeof *r->shown);
    CHECK(r->shown);
    int n = snprintf(r->shown[column], sizeof *r->shown, "%" PRId64, pg_i64(rows, column));
    return (str){r->shown[column], (size_t)n};
}

/* ---- what a table looks like ---- */

/* `site` is left out: a file has no such column, and the connection binds it. */
static const char columns_text[] =
    "SELECT a.attname, CAST(upper(format_type(a.atttypid, NULL)) AS TEXT)"
    " FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_class c ON c.oid = a.attrelid"
    " WHERE c.relname = $1 AND c.relnamespace = CAST(current_schema() AS regnamespace)"
    " AND c.relkind IN ('r', 'p', 'v', 'f') AND a.attnum > 0 AND NOT a.attisdropped"
    " AND a.attname <> 'site' ORDER BY a.attnum";

rc pg_table_columns(struct cx *cx, struct db *db, str table, struct db_column **out, size_t *count)
{
    VEC(struct db_column) list = {0};
    PG_RESULT *result = NULL;
    rc r = pg_run(cx, pg_of(db), columns_text, DB_ARGS(DB_T(table)), &result);
    if (r != RC_OK) return r;
    for (int i = 0; i < PQntuples(result); i++)
        *vec_add(cx->arena, &list) =
            (struct db_column){.name = arena_dup(cx->arena, str_from(PQgetvalue(result, i, 0))),
                               .type = arena_dup(cx->arena, str_from(PQgetvalue(result, i, 1)))};
    *out = list.at;
    *count = list.len;
    return RC_OK;
}
