/* Which kind of table a file is, and csv. */
#include <string.h>

#include "exchange/table_inside.h"

enum { BOM_BYTES = 3 };

static const char xlsx_start[] = "PK\003\004";

/* The separator that occurs most in the header line, outside quotes. */
static char separator_of(str text)
{
    static const char candidate[] = {',', '\t', ';'};
    size_t count[COUNTOF(candidate)] = {0};
    bool quoted = false;
    for (size_t i = 0; i < text.len && (quoted || text.at[i] != '\n'); i++) {
        quoted ^= text.at[i] == '"';
        for (size_t k = 0; k < COUNTOF(candidate); k++)
            count[k] += !quoted && text.at[i] == candidate[k];
    }
    size_t best = 0;
    for (size_t k = 1; k < COUNTOF(candidate); k++)
        if (count[k] > count[best]) best = k;
    return candidate[best];
}

rc table_open(struct cx *cx, str bytes, struct table **out)
{
    if (bytes.len > TABLE_BYTES_MAX)
        return err_set(cx, RC_TOO_LARGE, "table.too-large", "文件超过 %d MB,请拆分后导入",
                       "the file is over %d MB: split it", TABLE_BYTES_MAX >> 20);
    struct table *t = NEW(cx->arena, struct table);
    *t = (struct table){.bytes = bytes, .line = 1};
    if (bytes.len >= sizeof xlsx_start - 1 &&
        !memcmp(bytes.at, xlsx_start, sizeof xlsx_start - 1)) {
        rc r = xlsx_open(cx, t);
        if (r == RC_OK) *out = t;
        return r;
    }
    if (str_starts(bytes, STR("\xef\xbb\xbf"))) t->at = BOM_BYTES;
    if (!utf8_valid(bytes)) {
        rc r = err_set(cx, RC_INVALID, "table.encoding", "文件不是 UTF-8 编码的 csv,也不是 xlsx",
                       "the file is neither csv in UTF-8 nor xlsx");
        err_hint(cx, "在电子表格中另存为“CSV UTF-8”或 xlsx", "save it as \"CSV UTF-8\" or as xlsx");
        return r;
    }
    if (!str_trim(bytes).len)
        return err_set(cx, RC_INVALID, "table.empty", "文件是空的", "the file is empty");
    t->separator = separator_of(str_slice(bytes, t->at, bytes.len));
    *out = t;
    return RC_OK;
}

void table_close(struct table *t)
{
    if (t && t->xlsx) xlsx_close(t);
}

static rc cell_error(struct cx *cx, const struct table *t, const char *slug, const char *zh,
                     const char *en)
{
    return err_set_at(cx, RC_INVALID, slug, (struct pos){.line = (uint32_t)t->line, .column = 1},
                      "%s", "%s", cx->lang == LANG_ZH ? zh : en);
}

/* A quoted cell: "" stands for one ", line ends belong to the text. */
static rc quoted_cell(struct table *t, struct cx *cx, str *out)
{
    struct buf text = {.arena = cx->arena, .bytes_max = TABLE_CELL_MAX};
    size_t i = ++t->at;
    for (;; i++) {
        if (i >= t->bytes.len)
            return cell_error(cx, t, "table.quote", "引号没有结束,后面的行无法识别",
                              "a quote is opened and not closed");
        char c = t->bytes.at[i];
        t->line += c == '\n';
        if (c == '"' && i + 1 < t->bytes.len && t->bytes.at[i + 1] == '"')
            i++;
        else if (c == '"')
            break;
        buf_char(&text, c);
    }
    t->at = i + 1;
    if (text.over)
        return err_set(cx, RC_LIMIT, "table.cell", "单元格超过 %d 字节", "a cell is over %d bytes",
                       TABLE_CELL_MAX);
    *out = buf_str(&text);
    char c = t->at < t->bytes.len ? t->bytes.at[t->at] : '\n';
    if (c != t->separator && c != '\n' && c != '\r')
        return cell_error(cx, t, "table.quote", "引号之后应是分隔符或换行",
                          "after a closing quote comes a separator or a line end");
    return RC_OK;
}

static rc csv_cell(struct table *t, struct cx *cx, str *out)
{
    if (t->at < t->bytes.len && t->bytes.at[t->at] == '"') return quoted_cell(t, cx, out);
    size_t i = t->at;
    while (i < t->bytes.len && t->bytes.at[i] != t->separator && t->bytes.at[i] != '\n' &&
           t->bytes.at[i] != '\r')
        i++;
    *out = str_trim(str_slice(t->bytes, t->at, i));
    t->at = i;
    if (out->len > TABLE_CELL_MAX)
        return err_set(cx, RC_LIMIT, "table.cell", "单元格超过 %d 字节", "a cell is over %d bytes",
                       TABLE_CELL_MAX);
    return RC_OK;
}

static rc csv_row(struct table *t, struct cx *cx, str **cell, int *count)
{
    VEC(str) row = {0};
    for (bool more = true; more;) {
        if (row.len == TABLE_COLUMNS_MAX)
            return err_set(cx, RC_LIMIT, "table.columns", "超过 %d 列", "more than %d columns",
                           TABLE_COLUMNS_MAX);
        rc r = csv_cell(t, cx, vec_add(cx->arena, &row));
        if (r != RC_OK) return r;
        more = t->at < t->bytes.len && t->bytes.at[t->at] == t->separator;
        t->at += more;
    }
    if (t->at < t->bytes.len && t->bytes.at[t->at] == '\r') t->at++;
    if (t->at < t->bytes.len && t->bytes.at[t->at] == '\n') t->at++;
    t->line++;
    *cell = row.at;
    *count = (int)row.len;
    return RC_OK;
}

static bool blank(const str *cell, int count)
{
    for (int i = 0; i < count; i++)
        if (cell[i].len) return false;
    return true;
}

rc table_next(struct table *t, struct cx *cx, str **cell, int *count, int64_t *line)
{
    for (;;) {
        rc r = RC_OK;
        *count = 0;
        if (!t->xlsx && t->at >= t->bytes.len) return RC_OK;
        *line = t->line;
        r = t->xlsx ? xlsx_row(t, cx, cell, count, line) : csv_row(t, cx, cell, count);
        if (r != RC_OK || !*count || !blank(*cell, *count)) return r;
    }
}
