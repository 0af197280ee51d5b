/* xlsx out, through libxlsxwriter: rows streamed into a temporary file, read back and removed. */
#include <unistd.h>
#include <xlsxwriter.h>

#include "base/file.h"
#include "base/sm3.h"
#include "exchange/table_inside.h"

enum { SCALES = 10 };
struct sheet {
    lxw_workbook *book;
    lxw_worksheet *page;
    lxw_format *format[SCALES]; /* 0, 0.0, 0.00 … */
    lxw_format *head;
    lxw_row_t row;
    char *path;
    struct cx *cx;
};

rc sheet_open(struct cx *cx, struct sheet **out)
{
    struct sheet *s = NEW(cx->arena, struct sheet);
    lxw_workbook_options options = {.constant_memory = LXW_TRUE};
    uint8_t random[8];
    char name[2 * sizeof random];
    os_random(random, sizeof random);
    hex_write(name, random, sizeof random);
    s->path = arena_cstr(cx->arena,
                         arena_printf(cx->arena, "/tmp/bihuan-%.*s.xlsx", (int)sizeof name, name));
    s->cx = cx;
    s->book = workbook_new_opt(s->path, &options);
    s->page = s->book ? workbook_add_worksheet(s->book, NULL) : NULL;
    if (!s->page)
        return err_set(cx, RC_INTERNAL, "table.write", "无法生成 xlsx", "the xlsx cannot be made");
    s->head = workbook_add_format(s->book);
    format_set_bold(s->head);
    worksheet_freeze_panes(s->page, 1, 0);
    *out = s;
    return RC_OK;
}

void sheet_text(struct sheet *s, int column, str text)
{
    if (text.len)
        worksheet_write_string(s->page, s->row, (lxw_col_t)column, arena_cstr(s->cx->arena, text),
                               s->row ? NULL : s->head);
}

static lxw_format *format_of(struct sheet *s, int scale)
{
    if (scale < 0 || scale >= SCALES) scale = 0;
    if (s->format[scale]) return s->format[scale];
    struct buf pattern = {.arena = s->cx->arena};
    buf_add(&pattern, scale ? STR("#,##0.") : STR("#,##0"));
    for (int i = 0; i < scale; i++)
        buf_char(&pattern, '0');
    s->format[scale] = workbook_add_format(s->book);
    format_set_num_format(s->format[scale], arena_cstr(s->cx->arena, buf_str(&pattern)));
    return s->format[scale];
}

void sheet_number(struct sheet *s, int column, int64_t fixed, int scale)
{
    /* The file format itself holds binary numbers; its reader rounds to 15 digits as we write them. */
    double value = (double)fixed;
    for (int i = 0; i < scale; i++)
        value /= 10;
    worksheet_write_number(s->page, s->row, (lxw_col_t)column, value, format_of(s, scale));
}

void sheet_next(struct sheet *s)
{
    s->row++;
}

rc sheet_close(struct cx *cx, struct sheet *s, str *bytes)
{
    rc r =
        workbook_close(s->book) == LXW_NO_ERROR
            ? file_read(cx, str_from(s->path), TABLE_BYTES_MAX, bytes)
            : err_set(cx, RC_INTERNAL, "table.write", "无法生成 xlsx", "the xlsx cannot be made");
    unlink(s->path);
    return r;
}
