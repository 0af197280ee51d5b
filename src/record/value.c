/* Values of fields: to and from columns, JSON, text and FEEL; their order. */
#include "feel/value.h"

#include "record/parts.h"

bool rec_value_is_text(const struct app_field *f)
{
    switch (f->kind) {
    case FIELD_TEXT:
    case FIELD_PERIOD:
    case FIELD_CODE:
    case FIELD_FILES: return true;
    case FIELD_INTEGER:
    case FIELD_NUMBER:
    case FIELD_BOOLEAN:
    case FIELD_DATE:
    case FIELD_MOMENT:
    case FIELD_REF:
    case FIELD_KIND_COUNT: break;
    }
    return false;
}

static str day_text(struct arena *a, int64_t day)
{
    struct buf b = {.arena = a};
    day_write(&b, (day_t)day);
    return buf_str(&b);
}

struct db_val rec_value_db(struct arena *a, const struct app_field *f, const struct rec_value *v)
{
    if (!v->present) return DB_N;
    if (f->kind == FIELD_DATE) return DB_T(day_text(a, v->i64));
    return rec_value_is_text(f) ? DB_T(v->text) : DB_I(v->i64);
}

void rec_value_read(const struct db_rows *rows, int column, const struct app_field *f,
                    struct rec_value *out)
{
    *out = (struct rec_value){.present = !db_is_null(rows, column)};
    if (!out->present) return;
    if (f->kind == FIELD_DATE) {
        day_t day = 0;
        out->present = day_parse(db_text(rows, column), &day);
        out->i64 = day;
    } else if (rec_value_is_text(f)) {
        out->text = db_text(rows, column);
    } else {
        out->i64 = db_i64(rows, column);
    }
}

static void fixed_write(struct buf *out, int64_t n, int scale)
{
    struct jw w = {.out = out};
    jw_fixed(&w, n, scale);
}

void rec_value_text(struct buf *out, const struct app_field *f, const struct rec_value *v)
{
    if (!v->present) return;
    switch (f->kind) {
    case FIELD_TEXT:
    case FIELD_PERIOD:
    case FIELD_CODE:
    case FIELD_FILES: buf_add(out, v->text); break;
    case FIELD_INTEGER: buf_i64(out, v->i64); break;
    case FIELD_NUMBER: fixed_write(out, v->i64, f->scale); break;
    case FIELD_BOOLEAN: buf_add(out, v->i64 ? STR("true") : STR("false")); break;
    case FIELD_DATE: day_write(out, (day_t)v->i64); break;
    case FIELD_MOMENT: us_write(out, v->i64); break;
    case FIELD_REF:
        if (v->text.len)
            buf_add(out, v->text);
        else
            buf_i64(out, v->i64);
        break;
    case FIELD_KIND_COUNT: CHECK(false);
    }
}

void rec_value_write(struct jw *w, const struct app_field *f, const struct rec_value *v)
{
    char room[64];
    struct arena none = {0};
    struct buf b = {.arena = &none, .at = room, .cap = sizeof room, .bytes_max = sizeof room};
    if (!v->present) {
        jw_null(w);
        return;
    }
    switch (f->kind) {
    case FIELD_TEXT:
    case FIELD_PERIOD:
    case FIELD_CODE: jw_str(w, v->text); break;
    case FIELD_FILES: jw_raw(w, v->text); break;
    case FIELD_INTEGER:
    case FIELD_REF: jw_i64(w, v->i64); break;
    case FIELD_NUMBER: jw_fixed(w, v->i64, f->scale); break;
    case FIELD_BOOLEAN: jw_bool(w, v->i64 != 0); break;
    case FIELD_DATE:
        day_write(&b, (day_t)v->i64);
        jw_str(w, buf_str(&b));
        break;
    case FIELD_MOMENT:
        us_write(&b, v->i64);
        jw_str(w, buf_str(&b));
        break;
    case FIELD_KIND_COUNT: CHECK(false);
    }
}

int rec_value_cmp(const struct app_field *f, const struct rec_value *a, const struct rec_value *b)
{
    if (!a->present || !b->present) return (int)a->present - (int)b->present;
    if (rec_value_is_text(f)) return str_cmp(a->text, b->text);
    return (a->i64 > b->i64) - (a->i64 < b->i64);
}

/* ---- FEEL ---- */

static struct feel_value files_feel(struct arena *a, str text)
{
    VEC(struct feel_value) list = {0};
    for (size_t at = 0; at < text.len; at++) { /* a JSON array of hex texts: no escapes inside */
        if (text.at[at] != '"') continue;
        size_t end = at + 1;
        while (end < text.len && text.at[end] != '"')
            end++;
        *vec_add(a, &list) = feel_string(str_slice(text, at + 1, end));
        at = end;
    }
    return feel_list_of(a, list.at, list.len);
}

struct feel_value rec_value_feel(struct arena *a, const struct app_field *f,
                                 const struct rec_value *v)
{
    if (!v->present) return feel_null();
    switch (f->kind) {
    case FIELD_TEXT:
    case FIELD_PERIOD:
    case FIELD_REF:
    case FIELD_CODE: return feel_string(v->text);
    case FIELD_INTEGER: return feel_int(v->i64);
    case FIELD_NUMBER: return feel_fixed(v->i64, f->scale);
    case FIELD_BOOLEAN: return feel_boolean(v->i64 != 0);
    case FIELD_DATE: return feel_date((day_t)v->i64);
    case FIELD_MOMENT: return feel_date_time_us(v->i64);
    case FIELD_FILES: return files_feel(a, v->text);
    case FIELD_KIND_COUNT: break;
    }
    CHECK(false);
    return feel_null();
}

static bool moment_of(const struct feel_value *v, int64_t *us)
{
    if (v->kind == FEEL_DATE) {
        *us = v->as.date * US_PER_DAY - OFFICE_OFFSET_US;
        return true;
    }
    if (v->kind != FEEL_DATE_TIME) return false;
    int64_t offset = v->has_offset ? v->offset_s * (int64_t)US_PER_SECOND : OFFICE_OFFSET_US;
    *us = v->as.moment.day * US_PER_DAY + v->as.moment.nanosecond / 1000 - offset;
    return true;
}

static rc wrong_result(struct cx *cx, const struct app_field *f)
{
    rc r = err_set(cx, RC_INVALID, "record.type",
                   "算出的值不适合“" STR_FMT "”（字段 " STR_FMT "）的类型",
                   "The computed value does not fit \"" STR_FMT "\" (field " STR_FMT ")",
                   STR_ARG(app_title_of(&f->title, cx->lang)), STR_ARG(f->name));
    err_field(cx, f->name);
    return r;
}

rc rec_value_from_feel(struct cx *cx, const struct app_field *f, const struct feel_value *v,
                       struct rec_value *out)
{
    *out = (struct rec_value){0};
    if (v->kind == FEEL_NULL) return RC_OK;
    bool fits = false;
    switch (f->kind) {
    case FIELD_TEXT:
    case FIELD_CODE:
    case FIELD_PERIOD:
    case FIELD_REF:
        if (v->kind == FEEL_STRING && f->kind != FIELD_REF)
            return rec_value_parse(cx, f, feel_str(v), out);
        fits = v->kind == FEEL_STRING;
        out->text = fits ? feel_str(v) : STR("");
        if (f->kind == FIELD_PERIOD && v->kind == FEEL_DATE) {
            struct buf b = {.arena = cx->arena};
            period_write(&b, period_of((day_t)v->as.date, f->period));
            out->text = buf_str(&b);
            fits = true;
        }
        if (f->kind == FIELD_TEXT && v->kind == FEEL_NUMBER) {
            struct buf b = {.arena = cx->arena};
            feel_value_text(&b, v);
            out->text = buf_str(&b);
            fits = true;
        }
        break;
    case FIELD_INTEGER: fits = feel_to_fixed(v, 0, &out->i64); break;
    case FIELD_NUMBER: fits = feel_to_fixed(v, f->scale, &out->i64); break;
    case FIELD_BOOLEAN:
        fits = v->kind == FEEL_BOOLEAN;
        out->i64 = fits && v->as.boolean;
        break;
    case FIELD_DATE:
        fits = v->kind == FEEL_DATE || v->kind == FEEL_DATE_TIME;
        out->i64 = v->kind == FEEL_DATE ? v->as.date : v->as.moment.day;
        break;
    case FIELD_MOMENT: fits = moment_of(v, &out->i64); break;
    case FIELD_FILES:
    case FIELD_KIND_COUNT: break;
    }
    if (!fits) return wrong_result(cx, f);
    out->present = true;
    return RC_OK;
}
