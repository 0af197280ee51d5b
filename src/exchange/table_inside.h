/* What csv and xlsx reading share; only files of exchange/ include this. */
#pragma once

#include "base/decimal.h"
#include "exchange/table.h"

struct xlsx;
struct table {
    str bytes;
    size_t at;
    int64_t line;
    char separator;
    struct xlsx *xlsx; /* NULL: csv */
};
rc xlsx_open(struct cx *cx, struct table *t);
void xlsx_close(struct table *t);
rc xlsx_row(struct table *t, struct cx *cx, str **cell, int *count, int64_t *line);
/* The sheet an export writes: opened, rows added, bytes taken. */
struct sheet;
rc sheet_open(struct cx *cx, struct sheet **out);
void sheet_text(struct sheet *s, int column, str text);
/* A figure: as a number the spreadsheet can add, shown with `scale` digits. */
void sheet_number(struct sheet *s, int column, int64_t fixed, int scale);
void sheet_next(struct sheet *s);
rc sheet_close(struct cx *cx, struct sheet *s, str *bytes);
