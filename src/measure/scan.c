/* One SELECT over all columns of the declaration, in its order. */
#include "measure/scan.h"

enum { FIXED_COLUMNS = 6 };

void scan_name_write(struct buf *out, str name)
{
    buf_char(out, '"');
    for (size_t i = 0; i < name.len; i++) {
        if (name.at[i] == '"') buf_char(out, '"');
        buf_char(out, name.at[i]);
    }
    buf_char(out, '"');
}

static str select_of(struct cx *cx, const struct app_type *type, enum scan_which which)
{
    struct buf b = {.arena = cx->arena};
    buf_add(&b, STR("SELECT id, version, created_us, changed_us, created_by, voided"));
    for (int i = 0; i < type->field_count; i++) {
        buf_add(&b, STR(", "));
        scan_name_write(&b, type->field[i].name);
    }
    buf_add(&b, STR(" FROM "));
    scan_name_write(&b, type->table);
    buf_add(&b, STR(" WHERE site = $site"));
    if (which == SCAN_LIVE) buf_add(&b, STR(" AND voided = 0"));
    buf_add(&b, STR(" ORDER BY id"));
    return buf_str(&b);
}

static struct rec_value value_of(const struct db_rows *rows, int column, enum field_kind kind)
{
    struct rec_value v = {.present = !db_is_null(rows, column)};
    day_t day = DAY_NONE;
    if (!v.present) return v;
    switch (kind) {
    case FIELD_INTEGER:
    case FIELD_NUMBER:
    case FIELD_BOOLEAN:
    case FIELD_MOMENT:
    case FIELD_REF: v.i64 = db_i64(rows, column); break;
    case FIELD_DATE:
        v.present = day_parse(db_text(rows, column), &day);
        v.i64 = day;
        break;
    case FIELD_TEXT:
    case FIELD_PERIOD:
    case FIELD_CODE:
    case FIELD_FILES:
    case FIELD_KIND_COUNT: v.text = db_text(rows, column); break;
    }
    return v;
}

rc scan_type(struct cx *cx, struct db *db, const struct app_type *type, enum scan_which which,
             scan_fn *each, void *data)
{
    struct record r = {.type = type,
                       .value = NEWS(cx->arena, struct rec_value, (size_t)type->field_count + 1)};
    DB_ROWS rows = {0};
    bool more = false;
    rc result = db_scan_text(cx, db, select_of(cx, type, which), DB_NO_ARGS, &rows);
    while (result == RC_OK && (result = db_next(cx, &rows, &more)) == RC_OK && more) {
        r.id = db_i64(&rows, 0);
        r.version = db_i64(&rows, 1);
        r.created_us = db_i64(&rows, 2);
        r.changed_us = db_i64(&rows, 3);
        r.created_by = db_text(&rows, 4);
        r.voided = db_i64(&rows, 5) != 0;
        for (int i = 0; i < type->field_count; i++)
            r.value[i] = value_of(&rows, FIXED_COLUMNS + i, type->field[i].kind);
        result = each(cx, &r, data);
    }
    return result;
}
