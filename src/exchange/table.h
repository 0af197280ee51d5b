/* Tables from and to files: csv and xlsx.  A table read is rows of text cells; what the cells mean is
 * decided by the header row, which holds field names or titles of a declared type.
 * Limits: TABLE_* below; a file over them, or one that is not what its name says, is refused. */
#pragma once

#include "base/err.h"
#include "base/json.h"
#include "engine/engine.h"

enum {
    TABLE_BYTES_MAX = 256 << 20,  /* of the file */
    TABLE_UNPACKED_MAX = 1 << 30, /* of an xlsx unpacked */
    TABLE_COLUMNS_MAX = 512,
    TABLE_CELL_MAX = 32767 /* bytes; a spreadsheet's own limit */
};

/* ---- reading: one row of text cells after another ---- */
struct table;
/* bytes must live as long as the table.  The kind is found from the content: a zip is an xlsx.
 * csv: RFC 4180, UTF-8 with or without BOM, GB18030 refused with a remedy; comma, semicolon or tab.
 * Errors: RC_INVALID table.encoding, table.not-xlsx, table.empty; RC_TOO_LARGE table.too-large. */
NODISCARD rc table_open(struct cx *cx, str bytes, struct table **out); /* in cx->arena; */
void table_close(struct table *t);                                     /* and what libraries hold */
/* Cells in cx->arena.  *count 0: no more rows.  *line: of the row in the file, 1 the first.
 * Errors: RC_INVALID table.quote (position), RC_LIMIT table.columns, table.cell. */
NODISCARD rc table_next(struct table *t, struct cx *cx, str **cell, int *count, int64_t *line);

/* ---- import: rows as fields of a type, for the command record.import ---- */
struct table_rows {
    struct command_rows rows; /* give &rows to the command */
    struct table *table;
    const struct app_type *type;
    const struct app_field **field; /* one a column; NULL: column not imported */
    int count;
    int64_t line, bytes_read;
};
/* Reads the header.  Errors: RC_INVALID table.header naming the columns that fit no field;
 * table.no-header when none fits. */
NODISCARD rc table_rows_open(struct cx *cx, struct table *t, const struct app_type *type,
                             struct table_rows *out);

/* ---- writing ---- */
/* Text that a spreadsheet would run as a formula (= + - @ at the start) is led by an apostrophe in
 * csv; xlsx writes it as text anyway. */
enum table_format { TABLE_CSV, TABLE_XLSX, TABLE_JSON };
NODISCARD rc table_format_of(struct cx *cx, str file_name, enum table_format *out);
/* Writes what a list shows: header of titles (field names when `names`), then the records.
 * params and who as engine_each.  columns: fields to write; NULL: all readable ones.
 * *bytes: the file's content, in cx->arena. */
struct table_export {
    const struct app_type *type;
    const struct json *params;
    const struct actor *who;
    const struct app_field *const *column;
    int column_count;
    bool names;
    enum table_format format;
};
NODISCARD rc table_export(struct cx *cx, struct engine *e, const struct table_export *x,
                          str *bytes);
str table_media_type(enum table_format f);
