/* Tables from strangers, as an import reads them.  The first byte says what the rest is: x the sheet, t the
 * shared texts or y the styles of an xlsx, which is made here, for a zip's checksums stop a fuzzer; with
 * any other first byte all of it is the file. */
#include "exchange/table.h"

#include <zip.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { ARENA_BYTES = 16 << 20, FILE_MAX = 1 << 16, ROWS_MAX = 2000 };

static const char sheet[] =
    "<worksheet><sheetData><row r=\"1\"><c r=\"A1\" t=\"s\"><v>0</v></c><c r=\"B1\" t=\"s\"><v>1</v>"
    "</c></row><row r=\"2\"><c r=\"A2\" s=\"1\"><v>44726</v></c><c r=\"B2\"><v>1.50</v></c></row>"
    "</sheetData></worksheet>";
static const char shared[] = "<sst><si><t>day</t></si><si><t>金额(亿元)</t></si></sst>";
static const char styles[] =
    "<styleSheet><cellXfs><xf numFmtId=\"0\"/><xf numFmtId=\"14\"/></cellXfs>"
    "</styleSheet>";

static void put(zip_t *zip, const char *name, str content)
{
    zip_source_t *from = zip_source_buffer(zip, content.at, content.len, 0);
    CHECK(from != NULL && zip_file_add(zip, name, from, ZIP_FL_OVERWRITE) >= 0);
}

/* The file of these three parts; in the arena. */
static str packed(struct arena *a, str part, char which)
{
    zip_stat_t stat;
    zip_source_t *memory = zip_source_buffer_create(NULL, 0, 0, NULL);
    CHECK(memory != NULL);
    zip_source_keep(memory);
    zip_t *zip = zip_open_from_source(memory, ZIP_TRUNCATE, NULL);
    CHECK(zip != NULL);
    put(zip, "xl/worksheets/sheet1.xml", which == 'x' ? part : str_from(sheet));
    put(zip, "xl/sharedStrings.xml", which == 't' ? part : str_from(shared));
    put(zip, "xl/styles.xml", which == 'y' ? part : str_from(styles));
    CHECK(zip_close(zip) == 0 && zip_source_open(memory) == 0);
    CHECK(zip_source_stat(memory, &stat) == 0);
    char *at = NEWS(a, char, (size_t)stat.size);
    CHECK(zip_source_read(memory, at, stat.size) == (zip_int64_t)stat.size);
    (void)zip_source_close(memory);
    zip_source_free(memory);
    return (str){at, (size_t)stat.size};
}

static void read_rows(struct cx *cx, struct table *t)
{
    str *cell;
    int count = 1;
    int64_t line;
    for (int i = 0; i < ROWS_MAX && count > 0; i++) {
        if (table_next(t, cx, &cell, &count, &line) != RC_OK) {
            CHECK(utf8_valid(cx->err.detail));
            return;
        }
        CHECK(count <= TABLE_COLUMNS_MAX);
    }
}

/* As fields of a type with one of most kinds. */
static void import_rows(struct cx *cx, struct table *t)
{
    static const struct app_field field[] = {
        {.name = STR_INIT("day"), .title = {STR_INIT("日期"), STR_INIT("day")}, .kind = FIELD_DATE},
        {.name = STR_INIT("amount"),
         .title = {STR_INIT("金额"), STR_INIT("amount")},
         .kind = FIELD_NUMBER,
         .index = 1,
         .scale = 2},
        {.name = STR_INIT("done"),
         .title = {STR_INIT("办结"), STR_INIT("done")},
         .kind = FIELD_BOOLEAN,
         .index = 2},
        {.name = STR_INIT("note"),
         .title = {STR_INIT("备注"), STR_INIT("note")},
         .kind = FIELD_TEXT,
         .index = 3}};
    static const struct app_type type = {
        .name = STR_INIT("a.t"), .field = field, .field_count = COUNTOF(field)};
    struct table_rows rows;
    const struct json *fields;
    int64_t line;
    if (table_rows_open(cx, t, &type, &rows) != RC_OK) {
        CHECK(utf8_valid(cx->err.detail));
        return;
    }
    for (int i = 0; i < ROWS_MAX; i++)
        if (rows.rows.next(&rows, cx, &fields, &line) != RC_OK || fields == NULL) return;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena a;
    if (size < 1 || size > FILE_MAX) return 0;
    arena_init(&a, ARENA_BYTES);
    str file = {(const char *)data, size};
    const char which = file.at[0];
    if (which == 'x' || which == 't' || which == 'y')
        file = packed(&a, str_slice(file, 1, file.len), which);
    for (int import = 0; import < 2; import++) {
        struct cx cx = {.arena = &a, .lang = import ? LANG_EN : LANG_ZH};
        struct table *t;
        if (table_open(&cx, file, &t) != RC_OK) {
            CHECK(utf8_valid(cx.err.detail));
            continue;
        }
        if (import)
            import_rows(&cx, t);
        else
            read_rows(&cx, t);
        table_close(t);
    }
    arena_done(&a);
    return 0;
}
