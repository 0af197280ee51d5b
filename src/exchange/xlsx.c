/* xlsx in: a zip of XML read by libzip and expat.  Only the first sheet, its cells as text: shared and
 * inline strings, numbers as written, dates by their format.  Sizes are checked before and while
 * unpacking: a file that unpacks to gigabytes is refused. */
#include <expat.h>
#include <stdlib.h>
#include <string.h>
#include <zip.h>

#include "base/date.h"
#include "exchange/table_inside.h"

enum {
    READ_BYTES = 1 << 16,
    STRINGS_MAX = 2000000,
    RATIO_MAX = 200,
    RATIO_FROM_BYTES = 1 << 20,
    STYLES_MAX = 4096
};

struct row {
    int64_t line;
    str *cell;
    int count;
};
struct xlsx {
    struct arena arena; /* of the whole file's text */
    VEC(str) shared;
    VEC(bool) is_date; /* by cell style */
    VEC(struct row) rows;
    size_t at;
};

/* What the parsers of the three parts keep. */
struct reading {
    struct cx *cx;
    struct xlsx *x;
    XML_Parser parser;
    rc failed;
    struct buf text;
    bool in_text, in_value, in_cell_styles;
    char type[12];
    int column, style;
    VEC(str) cells;
    int64_t line;
    VEC(int) date_format; /* ids of custom formats that show dates */
};

static const char *attribute(const char **list, const char *name)
{
    for (; *list; list += 2)
        if (!strcmp(list[0], name)) return list[1];
    return NULL;
}

static const char *local(const char *name)
{
    const char *colon = strrchr(name, ':');
    return colon ? colon + 1 : name;
}

static void stop(struct reading *r, rc why)
{
    r->failed = why;
    XML_SetElementHandler(r->parser, NULL, NULL); /* else an empty element's end still comes */
    XML_StopParser(r->parser, XML_FALSE);
}

static void on_doctype(void *data, const char *name, const char *system, const char *public,
                       int internal)
{
    (void)name;
    (void)system;
    (void)public;
    (void)internal;
    struct reading *r = data;
    stop(r, err_set(r->cx, RC_INVALID, "table.not-xlsx", "xlsx 内含不允许的文档类型声明",
                    "the xlsx holds a document type, which is refused"));
}

static void on_text(void *data, const char *text, int length)
{
    struct reading *r = data;
    if (r->in_text) buf_add(&r->text, (str){text, (size_t)length});
    if (r->text.over)
        stop(r, err_set(r->cx, RC_LIMIT, "table.cell", "单元格超过 %d 字节",
                        "a cell is over %d bytes", TABLE_CELL_MAX));
}

static void text_begin(struct reading *r)
{
    r->text = (struct buf){.arena = &r->x->arena, .bytes_max = TABLE_CELL_MAX};
}

/* ---- sharedStrings.xml ---- */

static void shared_start(void *data, const char *name, const char **attributes)
{
    (void)attributes;
    struct reading *r = data;
    if (!strcmp(local(name), "si")) text_begin(r);
    if (!strcmp(local(name), "t")) r->in_text = true;
    if (!strcmp(local(name), "rPh"))
        r->in_value = true; /* phonetic hints are no part of the text */
    if (r->in_value) r->in_text = false;
}

static void shared_end(void *data, const char *name)
{
    struct reading *r = data;
    if (!strcmp(local(name), "t")) r->in_text = false;
    if (!strcmp(local(name), "rPh")) r->in_value = false;
    if (strcmp(local(name), "si")) return;
    if (r->x->shared.len == STRINGS_MAX)
        stop(r, err_set(r->cx, RC_LIMIT, "table.strings", "文本过多", "too many texts"));
    else
        *vec_add(&r->x->arena, &r->x->shared) = buf_str(&r->text);
}

/* ---- styles.xml: which cell formats show dates ---- */

static bool shows_date(const char *code)
{
    bool quoted = false;
    for (; *code; code++) {
        if (*code == '"') quoted = !quoted;
        if (*code == '[') {
            while (*code && *code != ']')
                code++;
            if (!*code) return false;
            continue;
        }
        if (!quoted && (*code == 'y' || *code == 'd' || *code == 'Y' || *code == 'D')) return true;
    }
    return false;
}

static bool builtin_date(long id)
{
    return (id >= 14 && id <= 17) || id == 22 || (id >= 27 && id <= 36) || (id >= 50 && id <= 58);
}

static void styles_start(void *data, const char *name, const char **attributes)
{
    struct reading *r = data;
    const char *id = attribute(attributes, "numFmtId"), *code = attribute(attributes, "formatCode");
    int64_t number = 0;
    if (id && !str_i64(str_from(id), &number)) number = 0;
    if (!strcmp(local(name), "numFmt") && id && code && shows_date(code))
        *vec_add(&r->x->arena, &r->date_format) = (int)number;
    if (!strcmp(local(name), "cellXfs")) r->in_cell_styles = true;
    if (!strcmp(local(name), "xf") && r->in_cell_styles && r->x->is_date.len < STYLES_MAX) {
        bool date = builtin_date((long)number);
        for (size_t i = 0; i < r->date_format.len; i++)
            date |= r->date_format.at[i] == number;
        *vec_add(&r->x->arena, &r->x->is_date) = date;
    }
}

static void styles_end(void *data, const char *name)
{
    struct reading *r = data;
    if (!strcmp(local(name), "cellXfs")) r->in_cell_styles = false;
}

/* ---- sheet1.xml ---- */

/* "BC12" is column 54; -1 when it is not one. */
static int column_of(const char *reference)
{
    int column = 0;
    for (; *reference >= 'A' && *reference <= 'Z'; reference++) {
        column = column * 26 + (*reference - 'A' + 1);
        if (column > TABLE_COLUMNS_MAX) return -1;
    }
    return column - 1;
}

static void cell_start(struct reading *r, const char **attributes)
{
    const char *reference = attribute(attributes, "r"), *type = attribute(attributes, "t"),
               *style = attribute(attributes, "s");
    int64_t number;
    r->column = reference ? column_of(reference) : (int)r->cells.len;
    if (r->column < 0 || r->column >= TABLE_COLUMNS_MAX) {
        stop(r, err_set(r->cx, RC_LIMIT, "table.columns", "超过 %d 列", "more than %d columns",
                        TABLE_COLUMNS_MAX));
        return;
    }
    snprintf(r->type, sizeof r->type, "%s", type ? type : "n");
    r->style = style && str_i64(str_from(style), &number) ? (int)number : 0;
    text_begin(r);
}

static void sheet_start(void *data, const char *name, const char **attributes)
{
    struct reading *r = data;
    const char *tag = local(name);
    if (!strcmp(tag, "row")) {
        const char *line = attribute(attributes, "r");
        int64_t number;
        r->line = line && str_i64(str_from(line), &number) ? number : r->line + 1;
        memset(&r->cells, 0, sizeof r->cells);
    }
    if (!strcmp(tag, "c")) cell_start(r, attributes);
    if (!strcmp(tag, "v") || (!strcmp(tag, "t") && !strcmp(r->type, "inlineStr")))
        r->in_text = true;
}

/* A number as the file writes it; 1.5E3 and 0.30000000000000004 (binary leftovers of spreadsheets) are
 * brought back to 15 digits, which is all that the format promises. */
static str number_text(struct reading *r, str written)
{
    enum { DIGITS = 15 };
    dec d, rounded;
    if (!dec_parse(written, &d)) return written;
    struct buf out = {.arena = &r->x->arena};
    for (int scale = 0; scale <= DIGITS; scale++) {
        dec back, gap;
        if (!dec_rescale(d, scale, DEC_HALF_EVEN, &rounded) || !dec_sub(d, rounded, &gap)) break;
        if (!dec_mul(dec_abs(gap), dec_i64(INT64_C(100000000000000)), &back))
            break; /* relative 10^-14 */
        if (dec_cmp(back, dec_abs(d)) <= 0) {
            dec_write(&out, rounded);
            return buf_str(&out);
        }
    }
    dec_write(&out, d);
    return buf_str(&out);
}

/* Serial days since 1899-12-30 (with the format's 29 February 1900). */
static str date_text(struct reading *r, str written)
{
    enum { EPOCH = 25569 };
    dec d, whole;
    int64_t serial;
    struct buf out = {.arena = &r->x->arena};
    if (!dec_parse(written, &d) || !dec_rescale(d, 0, DEC_FLOOR, &whole) ||
        !dec_to_i64(whole, &serial) || serial < 61 || serial > 2958465)
        return written;
    day_write(&out, (day_t)(serial - EPOCH));
    return buf_str(&out);
}

static str cell_value(struct reading *r)
{
    str text = str_trim(buf_str(&r->text));
    int64_t index;
    if (!strcmp(r->type, "s"))
        return str_i64(text, &index) && index >= 0 && (size_t)index < r->x->shared.len
                   ? str_trim(r->x->shared.at[index])
                   : (str){0};
    if (!strcmp(r->type, "b")) return str_eq(text, STR("1")) ? STR("true") : STR("false");
    if (strcmp(r->type, "n") || !text.len) return text;
    bool date = r->style >= 0 && (size_t)r->style < r->x->is_date.len && r->x->is_date.at[r->style];
    return date ? date_text(r, text) : number_text(r, text);
}

static void sheet_end(void *data, const char *name)
{
    struct reading *r = data;
    const char *tag = local(name);
    if (!strcmp(tag, "v") || !strcmp(tag, "t")) r->in_text = false;
    if (!strcmp(tag, "c")) {
        while ((int)r->cells.len <= r->column)
            *vec_add(&r->x->arena, &r->cells) = (str){0};
        r->cells.at[r->column] = cell_value(r);
    }
    if (!strcmp(tag, "row") && r->cells.len)
        *vec_add(&r->x->arena, &r->x->rows) = (struct row){r->line, r->cells.at, (int)r->cells.len};
    if (r->x->arena.exhausted)
        stop(r, err_set(r->cx, RC_TOO_LARGE, "table.too-large", "xlsx 内容过大,请拆分",
                        "the xlsx holds too much: split it"));
}

/* ---- the zip ---- */

static rc not_xlsx(struct cx *cx)
{
    return err_set(cx, RC_INVALID, "table.not-xlsx", "文件不是可识别的 xlsx",
                   "the file is no xlsx that can be read");
}

static rc check_sizes(struct cx *cx, zip_t *zip)
{
    zip_uint64_t total = 0;
    for (zip_int64_t i = 0; i < zip_get_num_entries(zip, 0); i++) {
        zip_stat_t stat;
        if (zip_stat_index(zip, (zip_uint64_t)i, 0, &stat) || !(stat.valid & ZIP_STAT_SIZE))
            return not_xlsx(cx);
        total += stat.size;
        bool bomb = stat.size > RATIO_FROM_BYTES &&
                    stat.size / (stat.comp_size ? stat.comp_size : 1) > RATIO_MAX;
        if (total > TABLE_UNPACKED_MAX || bomb)
            return err_set(cx, RC_TOO_LARGE, "table.bomb", "xlsx 解开后过大,已拒绝",
                           "the xlsx unpacks to too much and is refused");
    }
    return RC_OK;
}

struct part {
    XML_StartElementHandler start;
    XML_EndElementHandler end;
};

static rc parse_part(struct reading *r, zip_file_t *file, const struct part *part)
{
    char *chunk = arena_get(r->cx->arena, READ_BYTES, 1);
    size_t read_bytes = 0;
    zip_int64_t n = 0;
    text_begin(r); /* text may come before any cell */
    r->parser = XML_ParserCreate(NULL);
    XML_SetUserData(r->parser, r);
    XML_SetElementHandler(r->parser, part->start, part->end);
    XML_SetCharacterDataHandler(r->parser, on_text);
    XML_SetStartDoctypeDeclHandler(r->parser, on_doctype);
    while (r->failed == RC_OK && (n = zip_fread(file, chunk, READ_BYTES)) > 0) {
        read_bytes += (size_t)n;
        if (read_bytes > TABLE_UNPACKED_MAX)
            r->failed = err_set(r->cx, RC_TOO_LARGE, "table.bomb", "xlsx 解开后过大,已拒绝",
                                "the xlsx unpacks to too much and is refused");
        else if (XML_Parse(r->parser, chunk, (int)n, 0) == XML_STATUS_ERROR && r->failed == RC_OK)
            r->failed = not_xlsx(r->cx);
    }
    if (r->failed == RC_OK && (n < 0 || XML_Parse(r->parser, chunk, 0, 1) == XML_STATUS_ERROR) &&
        r->failed == RC_OK)
        r->failed = not_xlsx(r->cx);
    XML_ParserFree(r->parser);
    return r->failed;
}

static rc read_part(struct cx *cx, struct xlsx *x, zip_t *zip, const char *name,
                    const struct part *part, bool required)
{
    zip_file_t *file = zip_fopen(zip, name, 0);
    if (!file) return required ? not_xlsx(cx) : RC_OK;
    struct reading r = {.cx = cx, .x = x};
    rc result = parse_part(&r, file, part);
    zip_fclose(file);
    return result;
}

rc xlsx_open(struct cx *cx, struct table *t)
{
    static const struct part shared = {shared_start, shared_end},
                             styles = {styles_start, styles_end}, sheet = {sheet_start, sheet_end};
    zip_error_t error;
    zip_error_init(&error);
    zip_source_t *source = zip_source_buffer_create(t->bytes.at, t->bytes.len, 0, &error);
    zip_t *zip = source ? zip_open_from_source(source, ZIP_RDONLY, &error) : NULL;
    if (!zip) {
        if (source) zip_source_free(source);
        return not_xlsx(cx);
    }
    struct xlsx *x = NEW(cx->arena, struct xlsx);
    arena_init(&x->arena, TABLE_BYTES_MAX);
    t->xlsx = x;
    rc r = check_sizes(cx, zip);
    if (r == RC_OK) r = read_part(cx, x, zip, "xl/sharedStrings.xml", &shared, false);
    if (r == RC_OK) r = read_part(cx, x, zip, "xl/styles.xml", &styles, false);
    if (r == RC_OK) r = read_part(cx, x, zip, "xl/worksheets/sheet1.xml", &sheet, true);
    zip_discard(zip);
    if (r == RC_OK && !x->rows.len)
        r = err_set(cx, RC_INVALID, "table.empty", "工作表是空的", "the sheet is empty");
    if (r != RC_OK) xlsx_close(t);
    return r;
}

void xlsx_close(struct table *t)
{
    if (t->xlsx) arena_done(&t->xlsx->arena);
    t->xlsx = NULL;
}

rc xlsx_row(struct table *t, struct cx *cx, str **cell, int *count, int64_t *line)
{
    (void)cx;
    struct xlsx *x = t->xlsx;
    *count = 0;
    if (x->at >= x->rows.len) return RC_OK;
    const struct row *row = &x->rows.at[x->at++];
    *cell = row->cell;
    *count = row->count;
    *line = row->line;
    return RC_OK;
}
