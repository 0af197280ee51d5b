/* Dimensions as text: one line that people and SQL can read, and that means one thing only. */
#include "measure/inner.h"

void dims_text_write(struct buf *out, str part)
{
    if (!part.len) buf_add(out, STR("\\e"));
    size_t from = 0;
    for (size_t i = 0; i < part.len; i++) {
        const char c = part.at[i];
        if (c != '|' && c != '*' && c != '\\') continue;
        buf_add(out, str_slice(part, from, i));
        buf_add(out, c == '|' ? STR("\\p") : c == '*' ? STR("\\s") : STR("\\\\"));
        from = i + 1;
    }
    buf_add(out, str_slice(part, from, part.len));
}

void dims_part_write(struct buf *out, const struct app_field *f, const struct rec_value *v)
{
    if (!v->present)
        buf_add(out, STR("\\-"));
    else if (f->kind == FIELD_REF)
        buf_i64(out, v->i64);
    else if (f->kind == FIELD_BOOLEAN)
        buf_add(out, v->i64 ? STR("true") : STR("false"));
    else
        dims_text_write(out, v->text);
}

str dims_next(str *rest)
{
    return str_cut(*rest, '|', rest);
}

str dims_plain(struct arena *a, str part)
{
    if (str_index(part, STR("\\")) == SIZE_MAX) return part;
    struct buf out = {.arena = a};
    for (size_t i = 0; i < part.len; i++) {
        if (part.at[i] != '\\' || i + 1 == part.len) {
            buf_char(&out, part.at[i]);
            continue;
        }
        const char c = part.at[++i];
        if (c == 'p') buf_char(&out, '|');
        if (c == 's') buf_char(&out, '*');
        if (c == '\\') buf_char(&out, '\\');
    }
    return buf_str(&out);
}
