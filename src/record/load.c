/* Rows to records. */
#include "record/parts.h"

void sqlb_arg(struct sqlb *b, struct db_val v)
{
    *vec_add(b->text.arena, &b->arg) = v;
    buf_char(&b->text, '$');
    buf_i64(&b->text, (int64_t)b->arg.len);
}

rc sqlb_query(struct cx *cx, struct db *db, const struct sqlb *b, struct db_rows *out)
{
    return db_query_text(cx, db, buf_str(&b->text), b->arg.at, b->arg.len, out);
}

rc sqlb_scan(struct cx *cx, struct db *db, const struct sqlb *b, struct db_rows *out)
{
    if (!db_in_transaction(db)) return sqlb_query(cx, db, b, out);
    return db_scan_text(cx, db, buf_str(&b->text), b->arg.at, b->arg.len, out);
}

rc sqlb_number(struct cx *cx, struct db *db, const struct sqlb *b, int64_t *out)
{
    DB_ROWS rows = {0};
    bool more = false;
    *out = 0;
    rc r = sqlb_query(cx, db, b, &rows);
    if (r == RC_OK) r = db_next(cx, &rows, &more);
    if (r == RC_OK && more) *out = db_i64(&rows, 0);
    return r;
}

void rec_columns_write(struct buf *b, const struct app_type *t)
{
    buf_add(b, STR("id, version, created_us, changed_us, created_by, voided"));
    for (int i = 0; i < t->field_count; i++) {
        buf_add(b, STR(", "));
        sql_name_write(b, t->field[i].name);
    }
}

void rec_row_view(const struct db_rows *rows, const struct app_type *t, struct record *out)
{
    struct rec_value *v = out->value;
    *out = (struct record){.type = t,
                           .id = db_i64(rows, 0),
                           .version = db_i64(rows, 1),
                           .created_us = db_i64(rows, 2),
                           .changed_us = db_i64(rows, 3),
                           .created_by = db_text(rows, 4),
                           .voided = db_i64(rows, 5) != 0,
                           .value = v};
    for (int i = 0; i < t->field_count; i++)
        rec_value_read(rows, REC_SYSTEM_COLUMNS + i, &t->field[i], &v[i]);
}

struct record rec_copy(struct cx *cx, const struct record *r)
{
    struct record c = *r;
    const int n = r->type->field_count;
    c.created_by = arena_dup(cx->arena, r->created_by);
    c.value = NEWS(cx->arena, struct rec_value, (size_t)n);
    for (int i = 0; i < n; i++) {
        c.value[i] = r->value[i];
        if (r->value[i].text.len) c.value[i].text = arena_dup(cx->arena, r->value[i].text);
    }
    return c;
}

rc rec_missing(struct cx *cx, const struct app_type *t, int64_t id)
{
    return err_set(cx, RC_MISSING, "record.missing", "没有编号为 %" PRId64 " 的“" STR_FMT "”",
                   "There is no record %" PRId64 " of \"" STR_FMT "\"", id,
                   STR_ARG(app_title_of(&t->title, cx->lang)));
}

static rc row_load(struct cx *cx, struct db_rows *rows, const struct app_type *t, int64_t id,
                   struct record *out)
{
    bool more = false;
    rc r = db_next(cx, rows, &more);
    if (r != RC_OK) return r;
    if (!more) return rec_missing(cx, t, id);
    struct record view = {.value = NEWS(cx->arena, struct rec_value, (size_t)t->field_count)};
    rec_row_view(rows, t, &view);
    *out = rec_copy(cx, &view);
    return RC_OK;
}

rc rec_load_by(struct cx *cx, struct db *db, const struct sql *sql, const struct app_type *t,
               int64_t id, struct record *out)
{
    DB_ROWS rows = {0};
    rc r = db_query(cx, db, sql, DB_ARGS(DB_I(id)), &rows);
    return r == RC_OK ? row_load(cx, &rows, t, id, out) : r;
}

rc rec_load(struct cx *cx, struct db *db, const struct app_type *t, int64_t id, struct record *out)
{
    DB_ROWS rows = {0};
    struct sqlb b = {.text.arena = cx->arena};
    sqlb_add(&b, "SELECT ");
    rec_columns_write(&b.text, t);
    sqlb_add(&b, " FROM ");
    sql_name_write(&b.text, t->table);
    sqlb_add(&b, " WHERE site = $site AND id = ");
    sqlb_arg(&b, DB_I(id));
    rc r = sqlb_query(cx, db, &b, &rows);
    return r == RC_OK ? row_load(cx, &rows, t, id, out) : r;
}
