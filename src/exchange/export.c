/* Exports: what a list shows, as csv, xlsx or json. */
#include "exchange/table_inside.h"

rc table_format_of(struct cx *cx, str file_name, enum table_format *out)
{
    static const struct {
        const char *ending;
        enum table_format format;
    } known[] = {{".csv", TABLE_CSV}, {".xlsx", TABLE_XLSX}, {".json", TABLE_JSON}};
    for (size_t i = 0; i < COUNTOF(known); i++)
        if (str_ends(file_name, str_from(known[i].ending))) {
            *out = known[i].format;
            return RC_OK;
        }
    return err_set(
        cx, RC_INVALID, "table.format", "文件名“" STR_FMT "”应以 .csv、.xlsx 或 .json 结尾",
        "the file name \"" STR_FMT "\" should end in .csv, .xlsx or .json", STR_ARG(file_name));
}

str table_media_type(enum table_format f)
{
    switch (f) {
    case TABLE_CSV: return STR("text/csv; charset=utf-8");
    case TABLE_XLSX:
        return STR("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet");
    case TABLE_JSON: return STR("application/json");
    }
    return STR("application/octet-stream");
}

struct exporting {
    const struct table_export *x;
    struct engine *e;
    struct cx *cx; /* of the whole: the file grows there */
    struct buf text;
    struct jw json;
    struct sheet *sheet;
};

/* A cell as csv: quoted where needed, never a formula. */
static void csv_cell_write(struct buf *out, str s)
{
    static const char formula[] = "=+-@\t\r";
    bool quote = false, lead = false;
    int64_t number;
    for (size_t i = 0; i < s.len; i++)
        quote |= s.at[i] == '"' || s.at[i] == ',' || s.at[i] == '\n' || s.at[i] == '\r';
    for (size_t i = 0; s.len && i < sizeof formula - 1; i++)
        lead |= s.at[0] == formula[i];
    dec d;
    lead = lead && !str_i64(s, &number) && !dec_parse(s, &d); /* -5.4 is a figure */
    if (quote) buf_char(out, '"');
    if (lead) buf_char(out, '\'');
    for (size_t i = 0; i < s.len; i++) {
        if (s.at[i] == '"') buf_char(out, '"');
        buf_char(out, s.at[i]);
    }
    if (quote) buf_char(out, '"');
}

/* What a cell shows, from the record as the reader may see it (masks applied). */
static str cell_text(struct cx *cx, const struct app_field *f, const struct json *v)
{
    if (!v || json_is(v, JSON_NULL)) return (str){0};
    if (json_is(v, JSON_OBJECT)) {
        const struct json *shown = json_find(v, STR("shown"));
        return shown ? shown->text : json_text(v, STR("key"));
    }
    if (json_is(v, JSON_TRUE)) return STR("是");
    if (json_is(v, JSON_FALSE)) return STR("否");
    if (json_is(v, JSON_ARRAY)) {
        struct buf names = {.arena = cx->arena};
        for (const struct json *file = v->child; file; file = file->next) {
            if (names.len) buf_add(&names, STR("; "));
            buf_add(&names, json_is(file, JSON_OBJECT) ? json_text(file, STR("name")) : file->text);
        }
        return buf_str(&names);
    }
    if (f->kind == FIELD_CODE && f->codes) {
        const struct app_code *code = app_code_find(f->codes, v->text);
        if (code) return app_title_of(&code->title, cx->lang);
    }
    return v->text;
}

static void row_write(struct exporting *x, struct cx *cx, const struct json *fields)
{
    for (int i = 0; i < x->x->column_count; i++) {
        const struct app_field *f = x->x->column[i];
        const struct json *v = json_find(fields, f->name);
        str text = cell_text(cx, f, v);
        int64_t fixed;
        dec d;
        if (x->sheet) {
            bool figure =
                json_is(v, JSON_NUMBER) && dec_parse(text, &d) && dec_to_fixed(d, f->scale, &fixed);
            if (figure)
                sheet_number(x->sheet, i, fixed, f->scale);
            else
                sheet_text(x->sheet, i, text);
        } else {
            if (i) buf_char(&x->text, ',');
            csv_cell_write(&x->text, text);
        }
    }
    if (x->sheet)
        sheet_next(x->sheet);
    else
        buf_add(&x->text, STR("\r\n"));
}

static rc export_record(struct cx *cx, str record_json, void *data)
{
    struct exporting *x = data;
    const struct json *j;
    if (x->x->format == TABLE_JSON) {
        jw_raw(&x->json, record_json);
    } else {
        rc r = json_parse(cx, record_json, &j);
        if (r != RC_OK) return r;
        row_write(x, cx, json_find(j, STR("fields")));
    }
    if (!x->text.over) return RC_OK;
    return err_set(cx, RC_TOO_LARGE, "table.too-large", "导出内容过大,请加筛选条件",
                   "the export is too large: filter it");
}

static void head_write(struct exporting *x)
{
    if (x->x->format == TABLE_CSV) buf_add(&x->text, STR("\xef\xbb\xbf")); /* for spreadsheets */
    for (int i = 0; i < x->x->column_count; i++) {
        const struct app_field *f = x->x->column[i];
        str title = x->x->names ? f->name : app_title_of(&f->title, x->cx->lang);
        if (f->unit.len && !x->x->names)
            title = arena_printf(x->cx->arena, STR_FMT "(" STR_FMT ")", STR_ARG(title),
                                 STR_ARG(f->unit));
        if (x->sheet) {
            sheet_text(x->sheet, i, title);
        } else {
            if (i) buf_char(&x->text, ',');
            csv_cell_write(&x->text, title);
        }
    }
    if (x->sheet)
        sheet_next(x->sheet);
    else
        buf_add(&x->text, STR("\r\n"));
}

rc table_export(struct cx *cx, struct engine *e, const struct table_export *given, str *bytes)
{
    struct table_export with_columns = *given;
    struct exporting x = {.x = &with_columns, .e = e, .cx = cx};
    rc r = RC_OK;
    if (!given->column) {
        const struct app_field **all =
            NEWS(cx->arena, const struct app_field *, (size_t)given->type->field_count + 1);
        for (int i = 0; i < given->type->field_count; i++)
            all[i] = &given->type->field[i];
        with_columns.column = all;
        with_columns.column_count = given->type->field_count;
    }
    x.text = (struct buf){.arena = cx->arena, .bytes_max = TABLE_BYTES_MAX};
    x.json.out = &x.text;
    if (given->format == TABLE_XLSX) r = sheet_open(cx, &x.sheet);
    if (r == RC_OK && given->format != TABLE_JSON) head_write(&x);
    if (given->format == TABLE_JSON) jw_array(&x.json);
    if (r == RC_OK) r = engine_each(cx, e, given->params, given->who, export_record, &x);
    if (given->format == TABLE_JSON) jw_end(&x.json, ']');
    if (x.sheet) {
        rc closed = sheet_close(cx, x.sheet, bytes);
        if (r == RC_OK) r = closed;
    } else {
        *bytes = buf_str(&x.text);
    }
    return r;
}
