/* Rows of a table as fields of a type: the header decides which column is which field. */
#include "exchange/table_inside.h"

static const struct app_field *field_of(const struct app_type *type, str head)
{
    const struct app_field *f = app_field_find(type, head);
    for (int i = 0; !f && i < type->field_count; i++)
        if (str_eq(type->field[i].title.zh, head) || str_eq(type->field[i].title.en, head))
            f = &type->field[i];
    return f;
}

/* "金额(亿元)" is the field titled 金额: the unit in brackets is for people. */
static str without_unit(str head)
{
    static const char *const open[] = {"(", "(", "["};
    for (size_t i = 0; i < COUNTOF(open); i++) {
        size_t at = str_index(head, str_from(open[i]));
        if (at != SIZE_MAX && at > 0) return str_trim(str_slice(head, 0, at));
    }
    return head;
}

/* The code a cell means: the code itself, or its title. */
static str code_of(const struct app_codes *codes, str cell)
{
    if (app_code_find(codes, cell)) return cell;
    for (size_t i = 0; i < codes->count; i++)
        if (str_eq(codes->item[i].title.zh, cell) || str_eq(codes->item[i].title.en, cell))
            return codes->item[i].code;
    return cell; /* record/ refuses it with the list of codes */
}

static const char *const yes_words[] = {"true", "是", "1", "yes", "有"};
static const char *const no_words[] = {"false", "否", "0", "no", "无"};

static bool among(const char *const *words, size_t count, str cell)
{
    for (size_t i = 0; i < count; i++)
        if (str_eq(cell, str_from(words[i]))) return true;
    return false;
}

static void boolean_write(struct jw *w, str cell)
{
    if (among(yes_words, COUNTOF(yes_words), cell))
        jw_bool(w, true);
    else if (among(no_words, COUNTOF(no_words), cell))
        jw_bool(w, false);
    else
        jw_str(w, cell);
}

static void member_write(struct jw *w, const struct app_field *f, str cell)
{
    jw_key(w, f->name);
    if (!cell.len)
        jw_null(w);
    else if (f->kind == FIELD_CODE && f->codes)
        jw_str(w, code_of(f->codes, cell));
    else if (f->kind == FIELD_BOOLEAN)
        boolean_write(w, cell);
    else if (f->kind == FIELD_DATE && cell.len > 10)
        jw_str(w, str_slice(cell, 0, 10)); /* 2022-06-14T00:00:00 */
    else
        jw_str(w, cell); /* numbers as text: record/ reads them exactly */
}

static rc rows_next(void *owner, struct cx *cx, const struct json **fields, int64_t *line)
{
    struct table_rows *t = owner;
    struct buf text = {.arena = cx->arena};
    struct jw w = {.out = &text};
    str *cell;
    int count;
    rc r = table_next(t->table, cx, &cell, &count, line);
    *fields = NULL;
    if (r != RC_OK || !count) return r;
    t->line = *line;
    jw_object(&w);
    for (int i = 0; i < count && i < t->count; i++)
        if (t->field[i]) member_write(&w, t->field[i], cell[i]);
    jw_end(&w, '}');
    return json_parse(cx, buf_str(&text), fields);
}

/* Titles with a star (required) or a unit are still titles. */
static const struct app_field *column_of(const struct app_type *type, str head)
{
    head = str_trim(head);
    if (str_starts(head, STR("*"))) head = str_trim(str_slice(head, 1, head.len));
    const struct app_field *f = field_of(type, head);
    return f ? f : field_of(type, without_unit(head));
}

rc table_rows_open(struct cx *cx, struct table *t, const struct app_type *type,
                   struct table_rows *out)
{
    str *head;
    int count, known = 0;
    int64_t line;
    struct buf unknown = {.arena = cx->arena, .bytes_max = 400};
    rc r = table_next(t, cx, &head, &count, &line);
    if (r != RC_OK) return r;
    *out = (struct table_rows){.table = t, .type = type, .count = count};
    out->rows = (struct command_rows){.owner = out, .next = rows_next};
    out->field = NEWS(cx->arena, const struct app_field *, (size_t)count + 1);
    for (int i = 0; i < count; i++) {
        out->field[i] = column_of(type, head[i]);
        known += out->field[i] != NULL;
        for (int k = 0; k < i && out->field[i]; k++)
            if (out->field[k] == out->field[i])
                return err_set(cx, RC_INVALID, "table.header", "第一行有两列都是“" STR_FMT "”",
                               "two columns of the header are both \"" STR_FMT "\"",
                               STR_ARG(head[i]));
        if (!out->field[i] && head[i].len) {
            if (unknown.len) buf_add(&unknown, STR("、"));
            buf_add(&unknown, head[i]);
        }
    }
    str title = app_title_of(&type->title, cx->lang);
    if (!known) {
        r = err_set(cx, RC_INVALID, "table.no-header", "第一行没有“" STR_FMT "”的任何字段名",
                    "the first row names no field of \"" STR_FMT "\"", STR_ARG(title));
        err_hint(cx, "第一行应是字段名或标题,可先导出一份作为模板",
                 "its first row holds field names or titles: an export is a template");
        return r;
    }
    if (!unknown.len) return RC_OK;
    r = err_set(cx, RC_INVALID, "table.header", "第一行的这些列不是“" STR_FMT "”的字段:" STR_FMT,
                "these columns are no fields of \"" STR_FMT "\": " STR_FMT, STR_ARG(title),
                STR_ARG(buf_str(&unknown)));
    err_hint(cx, "删除这些列,或改成字段名", "remove them or use field names");
    return r;
}
