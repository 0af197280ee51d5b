/* Cursors: where the page before ended, as text a client hands back.
 * "a" or "d", "v" or "n" (the sort value is absent), id, ".", the value in hex, ".", sort field. */
#include "base/sm3.h"
#include "record/plan.h"

static bool sort_is_text(const struct app_field *f)
{
    return rec_value_is_text(f) || f->kind == FIELD_DATE;
}

str rec_cursor_write(const struct rec_plan *p, const struct record *last)
{
    struct arena *a = p->cx->arena;
    struct buf b = {.arena = a}, value = {.arena = a};
    const struct rec_value *v = p->sort ? &last->value[p->sort->index] : NULL;
    if (v && v->present) {
        struct db_val d = rec_value_db(a, p->sort, v);
        if (d.type == DB_TEXT)
            buf_add(&value, d.bytes);
        else
            buf_i64(&value, d.i64);
    }
    buf_char(&b, p->descending ? 'd' : 'a');
    buf_char(&b, v && !v->present ? 'n' : 'v');
    buf_i64(&b, last->id);
    buf_char(&b, '.');
    char *hex = NEWS(a, char, 2 * value.len + 1);
    hex_write(hex, (const uint8_t *)value.at, value.len);
    buf_add(&b, (str){hex, 2 * value.len});
    buf_char(&b, '.');
    if (p->sort) buf_add(&b, p->sort->name);
    return buf_str(&b);
}

static bool value_read(struct rec_plan *p, str hex)
{
    uint8_t *bytes = NEWS(p->cx->arena, uint8_t, hex.len / 2 + 1);
    if (hex.len % 2 || !hex_read(hex, bytes, hex.len / 2)) return false;
    str text = {(const char *)bytes, hex.len / 2};
    if (!p->sort || p->after.null) return text.len == 0;
    if (sort_is_text(p->sort)) {
        p->after.value = DB_T(text);
        return utf8_valid(text);
    }
    p->after.value.type = DB_I64;
    return str_i64(text, &p->after.value.i64);
}

rc rec_cursor_read(struct rec_plan *p)
{
    str rest, id = str_cut(p->q->after, '.', &rest), value = str_cut(rest, '.', &rest);
    bool good = p->q->after.len == 0;
    if (!good && id.len > 2) {
        p->after.set = true;
        p->after.null = id.at[1] == 'n';
        good = id.at[0] == (p->descending ? 'd' : 'a') &&
               (id.at[1] == 'v' || (p->after.null && p->sort)) &&
               str_i64(str_slice(id, 2, id.len), &p->after.id) &&
               str_eq(rest, p->sort ? p->sort->name : STR("")) && value_read(p, value);
    }
    return good
               ? RC_OK
               : err_set(
                     p->cx, RC_INVALID, "record.cursor",
                     "这个翻页位置不属于这样排序的列表，请从第一页开始",
                     "This page position does not belong to a list sorted like this: begin with the "
                     "first page");
}
