/* Many rows at once: INSERT … SELECT … FROM unnest(arrays), one array a column. */
#include <stdio.h>
#include <string.h>

#include "store/dialect.h"
#include "store/postgres/pg.h"

struct element {
    Oid oid, array;
    const char *name;
};
static const struct element elements[] = {
    {PG_OID_I64, PG_OID_I64_ARRAY, "bigint"},
    {PG_OID_TEXT, PG_OID_TEXT_ARRAY, "text"},
    {PG_OID_BYTEA, PG_OID_BYTEA_ARRAY, "bytea"},
};

/* What a column of this type is sent as: smaller integers as bigint, names as text. */
static const struct element *element_of(Oid oid)
{
    if (oid == PG_OID_I16 || oid == PG_OID_I32) oid = PG_OID_I64;
    if (oid == PG_OID_VARCHAR || oid == PG_OID_NAME) oid = PG_OID_TEXT;
    for (size_t i = 0; i < COUNTOF(elements); i++)
        if (elements[i].oid == oid) return &elements[i];
    return NULL;
}

static Oid oid_of_value(const struct db_val *v)
{
    return v->type == DB_I64    ? PG_OID_I64
           : v->type == DB_TEXT ? PG_OID_TEXT
           : v->type == DB_BLOB ? PG_OID_BYTEA
                                : 0;
}

/* ---- the statement over arrays ---- */

/* Type of each column by its first value; 0 where all are null. */
static void types_of(const struct db_val *values, size_t columns, size_t rows, Oid *type)
{
    for (size_t c = 0; c < columns; c++) {
        type[c] = 0;
        for (size_t i = 0; i < rows && !type[c]; i++)
            type[c] = oid_of_value(&values[i * columns + c]);
    }
}

/* Where no value tells, the server says what the statement for one row takes there. */
static rc ask_types(struct cx *cx, struct pg_db *p, struct pg_stmt *s, Oid *type)
{
    char name[16];
    PG_RESULT *result = NULL;
    bool one_off = s->head.one_off;
    rc r = RC_OK;
    if (!s->prepared || !s->id) {
        for (size_t i = 0; i < s->args; i++)
            s->type[i] = type[i];
        s->head.one_off = false; /* it needs a name now */
        r = pg_prepare(cx, p, s);
        s->head.one_off = one_off;
    }
    if (r != RC_OK) return r;
    snprintf(name, sizeof name, "s%u", s->id);
    r = pg_queued(cx, p, PQsendDescribePrepared(p->conn, name),
                  (struct pg_item){.what = PG_DESCRIBE, .stmt = s});
    if (r == RC_OK) r = pg_collect(cx, p, 0, &result);
    for (size_t i = 0; r == RC_OK && i < s->args; i++)
        if (!type[i]) type[i] = PQparamtype(result, (int)i);
    return r;
}

static rc rows_stmt(struct cx *cx, struct pg_db *p, struct pg_stmt *s, const Oid *type,
                    struct pg_stmt **out)
{
    const char **names = NEWS(cx->arena, const char *, s->args);
    str text = {s->head.text, s->head.text_len};
    for (size_t i = 0; i < s->args; i++) {
        const struct element *e = element_of(type[i]);
        if (!e)
            return err_set(cx, RC_INTERNAL, "store.sql",
                           "第 %zu 个参数的类型（%u）不能成批写入：" STR_FMT,
                           "Argument %zu has a type (%u) that rows cannot be sent in: " STR_FMT,
                           i + 1, type[i], STR_ARG(text));
        names[i] = e->name;
    }
    str postgres = dialect_postgres_rows(cx->arena, text, names, s->args);
    struct pg_stmt *rows = pg_stmt_new(text, postgres, s->args);
    rows->binds_site = s->binds_site;
    rows->reads = false;
    for (size_t i = 0; i < s->args; i++)
        rows->type[i] = element_of(type[i])->array;
    pg_stmt_free(p, s->rows);
    s->rows = *out = rows;
    return RC_OK;
}

/* Does the statement over arrays still take values of these types? */
static bool fits(const struct pg_stmt *rows, const Oid *type)
{
    for (size_t i = 0; i < rows->args; i++)
        if (type[i] && element_of(type[i])->array != rows->type[i]) return false;
    return true;
}

static rc rows_stmt_for(struct cx *cx, struct pg_db *p, struct pg_stmt *s, Oid *type,
                        struct pg_stmt **out)
{
    if (s->rows && fits(s->rows, type)) {
        *out = s->rows;
        return RC_OK;
    }
    rc r = RC_OK;
    for (size_t i = 0; i < s->args && r == RC_OK; i++)
        if (!type[i]) {
            r = ask_types(cx, p, s, type);
            break;
        }
    return r == RC_OK ? rows_stmt(cx, p, s, type, out) : r;
}

/* ---- arrays ---- */

static void put_i32(char *out, uint32_t n)
{
    for (int i = 0; i < 4; i++)
        out[i] = (char)(n >> (24 - 8 * i));
}

static Oid element_oid(Oid array)
{
    for (size_t i = 0; i < COUNTOF(elements); i++)
        if (elements[i].array == array) return elements[i].oid;
    return 0;
}

static size_t value_bytes(const struct db_val *v)
{
    return v->type == DB_NULL ? 0 : v->type == DB_I64 ? 8 : v->bytes.len;
}

enum { ARRAY_HEAD_BYTES = 20 };

static size_t array_bytes(const struct db_val *first, size_t columns, size_t rows)
{
    size_t bytes = ARRAY_HEAD_BYTES;
    for (size_t i = 0; i < rows; i++)
        bytes += 4 + value_bytes(&first[i * columns]);
    return bytes;
}

/* PostgreSQL's binary form of a one-dimensional array of column `first` of rows. */
static void array_write(char *out, Oid element, const struct db_val *first, size_t columns,
                        size_t rows)
{
    uint32_t nulls = 0;
    char *at = out + ARRAY_HEAD_BYTES;
    for (size_t i = 0; i < rows; i++) {
        const struct db_val *v = &first[i * columns];
        size_t len = value_bytes(v);
        nulls |= v->type == DB_NULL;
        put_i32(at, v->type == DB_NULL ? UINT32_MAX : (uint32_t)len);
        at += 4;
        if (v->type == DB_I64)
            pg_put_i64(at, v->i64);
        else if (len)
            memcpy(at, v->bytes.at, len);
        at += len;
    }
    put_i32(out, 1);
    put_i32(out + 4, nulls);
    put_i32(out + 8, element);
    put_i32(out + 12, (uint32_t)rows);
    put_i32(out + 16, 1);
}

static rc send_rows(struct cx *cx, struct pg_db *p, struct pg_stmt *s, const struct db_val *values,
                    size_t rows)
{
    size_t columns = s->args;
    pg_params_room(p, columns + 1);
    for (size_t c = 0; c < columns; c++) {
        size_t bytes = array_bytes(values + c, columns, rows);
        char *array = bytes < INT32_MAX ? arena_try(&p->scratch, bytes, 1) : NULL;
        if (!array)
            return err_set(cx, RC_LIMIT, "store.rows-memory", "一批数据太大，请分批进行",
                           "Too much in one batch of rows: do it in parts");
        array_write(array, element_oid(s->type[c]), values + c, columns, rows);
        p->params.value[c] = array;
        p->params.len[c] = (int)bytes;
        p->params.format[c] = 1;
    }
    return pg_queue_bound(cx, p, s, PG_EXEC, columns);
}

/* ---- in parts ---- */

/* How many of the rows go into one statement; at least one. */
static size_t part_of(const struct db_val *values, size_t columns, size_t rows)
{
    size_t bytes = 0, n = 0;
    for (; n < rows && n < PG_ROWS_MAX; n++) {
        for (size_t c = 0; c < columns; c++)
            bytes += 4 + value_bytes(&values[n * columns + c]);
        if (bytes > PG_ROWS_BYTES_MAX && n > 0) break;
    }
    return n;
}

static rc exec_part(struct cx *cx, struct pg_db *p, struct pg_stmt *s, const struct db_val *values,
                    size_t rows)
{
    if (rows == 1) return pg_queue_stmt(cx, p, s, PG_EXEC, values, s->args);
    Oid *type = NEWS(&p->scratch, Oid, s->args);
    struct pg_stmt *over = NULL;
    types_of(values, s->args, rows, type);
    rc r = rows_stmt_for(cx, p, s, type, &over);
    if (r == RC_OK) r = send_rows(cx, p, over, values, rows);
    arena_reset(&p->scratch);
    return r;
}

static bool fault_within(struct db *db, size_t rows)
{
    for (size_t i = 0; i < rows && db->fault_in; i++)
        if (db_fault_due(db, false)) return true;
    return false;
}

rc pg_exec_rows(struct cx *cx, struct db *db, struct db_stmt *stmt, const struct db_val *values,
                size_t columns, size_t rows)
{
    struct pg_db *p = pg_of(db);
    struct pg_stmt *s = (struct pg_stmt *)stmt;
    CHECK(columns == s->args);
    rc r = pg_ready(cx, p);
    if (r == RC_OK && fault_within(db, rows)) r = db_fault_fail(cx);
    if (r != RC_OK) return r;
    bool own = !p->in_transaction; /* all parts or none */
    if (own) r = pg_begin(cx, db);
    p->exec_number++;
    db->changes = 0;
    for (size_t done = 0; done < rows && r == RC_OK;) {
        size_t part = part_of(values + done * columns, columns, rows - done);
        r = exec_part(cx, p, s, values + done * columns, part);
        if (r == RC_OK) r = pg_settle(cx, p, true);
        done += part;
    }
    if (own && r == RC_OK) r = pg_commit(cx, db);
    if (own && r != RC_OK) db_rollback(db);
    return r;
}
