/* Values out of JSON and text, exactly: no figure passes binary floating point.  Each sentence says
 * what was typed and what was expected. */
#include <string.h>

#include "base/sm3.h"
#include "record/parts.h"

enum { QUOTE_MAX = 60, TEXT_MAX = 4000, FILES_MAX = 50 };

/* What was typed, short enough for a sentence. */
static str quoted(struct cx *cx, str text)
{
    size_t at = 0;
    for (int n = 0; at < text.len && n < QUOTE_MAX; n++)
        (void)utf8_next(text, &at);
    return at < text.len ? arena_printf(cx->arena, STR_FMT "…", (int)at, text.at) : text;
}

static rc at_field(struct cx *cx, rc r, const struct app_field *f)
{
    err_field(cx, f->name);
    return r;
}

static const char *const kind_zh[FIELD_KIND_COUNT] = {"文本",
                                                      "整数",
                                                      "数字",
                                                      "是或否（true 或 false）",
                                                      "日期（如 2022-05-31）",
                                                      "时刻（如 2022-05-31T09:30:00+08:00）",
                                                      "时期",
                                                      "代码",
                                                      "引用（编号或业务主键）",
                                                      "文件列表"};
static const char *const kind_en[FIELD_KIND_COUNT] = {"text",
                                                      "a whole number",
                                                      "a number",
                                                      "true or false",
                                                      "a date such as 2022-05-31",
                                                      "a moment such as 2022-05-31T09:30:00+08:00",
                                                      "a period",
                                                      "a code",
                                                      "a reference (id or natural key)",
                                                      "a list of files"};

static rc wrong_type(struct cx *cx, const struct app_field *f, str typed)
{
    const char *kind = (cx->lang == LANG_ZH ? kind_zh : kind_en)[f->kind];
    str title = app_title_of(&f->title, cx->lang), shown = quoted(cx, typed);
    rc r = err_set(cx, RC_INVALID, "record.type", "“" STR_FMT "”的值“" STR_FMT "”类型不对，应为%s",
                   "\"" STR_FMT "\" is given \"" STR_FMT "\"; expected is %s", STR_ARG(title),
                   STR_ARG(shown), kind);
    return at_field(cx, r, f);
}

/* ---- numbers ---- */

enum fixed { FIXED_OK, FIXED_SYNTAX, FIXED_SCALE, FIXED_RANGE };

/* The parts of a number as written: digits without leading and trailing zeros, and the power of ten
 * of the last of them. */
struct digits {
    char at[400];
    size_t len;
    int64_t power;
    bool negative, cut;
};

static size_t skip_digits(str s, size_t at)
{
    while (at < s.len && s.at[at] >= '0' && s.at[at] <= '9')
        at++;
    return at;
}

/* The exponent behind 'e', saturating; false when it is not one. */
static bool exponent_of(str s, int64_t *out)
{
    bool negative = s.len && s.at[0] == '-';
    size_t at = s.len && (s.at[0] == '-' || s.at[0] == '+');
    if (at == s.len || skip_digits(s, at) != s.len) return false;
    int64_t n = 0;
    for (; at < s.len; at++)
        n = n > 1000000 ? n : n * 10 + (s.at[at] - '0');
    *out = negative ? -n : n;
    return true;
}

static bool digits_of(str s, struct digits *d)
{
    size_t at = s.len && (s.at[0] == '-' || s.at[0] == '+');
    d->negative = at && s.at[0] == '-';
    size_t whole = skip_digits(s, at), end = whole;
    int64_t exponent = 0, behind = 0;
    if (end < s.len && s.at[end] == '.') end = skip_digits(s, end + 1);
    if (end == at || (end == whole + 1 && whole == at)) return false; /* no digit at all */
    if (end < s.len && (s.at[end] | 0x20) == 'e') {
        if (!exponent_of(str_slice(s, end + 1, s.len), &exponent)) return false;
    } else if (end != s.len) {
        return false;
    }
    for (size_t i = at; i < end; i++) {
        if (s.at[i] == '.') continue;
        if (i > whole) behind++;
        if (d->len == 0 && s.at[i] == '0') continue;
        if (d->len < sizeof d->at)
            d->at[d->len++] = s.at[i];
        else
            d->cut = d->cut || s.at[i] != '0', d->power++;
    }
    d->power += exponent - behind;
    while (d->len && !d->cut && d->at[d->len - 1] == '0')
        d->len--, d->power++;
    return true;
}

static enum fixed fixed_parse(str s, int scale, int64_t *out)
{
    struct digits d;
    d.len = 0, d.power = 0, d.negative = d.cut = false;
    if (!digits_of(s, &d)) return FIXED_SYNTAX;
    *out = 0;
    if (d.len == 0) return FIXED_OK;
    int64_t shift = d.power + scale, n = 0;
    if ((int64_t)d.len + shift > 19) return FIXED_RANGE;
    if (shift < 0 || d.cut) return FIXED_SCALE;
    for (size_t i = 0; i < d.len + (size_t)shift; i++) {
        int digit = i < d.len ? d.at[i] - '0' : 0;
        if (__builtin_mul_overflow(n, 10, &n) ||
            __builtin_add_overflow(n, d.negative ? -digit : digit, &n))
            return FIXED_RANGE;
    }
    *out = n;
    return FIXED_OK;
}

static rc number_parse(struct cx *cx, const struct app_field *f, str text, struct rec_value *out)
{
    str title = app_title_of(&f->title, cx->lang), shown = quoted(cx, text);
    int scale = f->kind == FIELD_NUMBER ? f->scale : 0;
    switch (fixed_parse(str_trim(text), scale, &out->i64)) {
    case FIXED_OK: out->present = true; return RC_OK;
    case FIXED_SYNTAX: return wrong_type(cx, f, text);
    case FIXED_RANGE:
        return at_field(cx,
                        err_set(cx, RC_INVALID, "record.range",
                                "“" STR_FMT "”的值 " STR_FMT " 太大，最多 %d 位数字",
                                "\"" STR_FMT "\" is given " STR_FMT
                                ", which is too large; at most %d digits fit",
                                STR_ARG(title), STR_ARG(shown), 18),
                        f);
    case FIXED_SCALE: break;
    }
    return at_field(cx,
                    err_set(cx, RC_INVALID, "record.scale",
                            "“" STR_FMT "”的值 " STR_FMT " 小数位过多，最多 %d 位",
                            "\"" STR_FMT "\" is given " STR_FMT
                            ", which has too many decimals; at most %d are kept",
                            STR_ARG(title), STR_ARG(shown), scale),
                    f);
}

/* ---- dates ---- */

/* Written as a date, but that day does not exist. */
static bool no_such_day(str s, int64_t *year, int64_t *month, int64_t *day)
{
    return s.len == 10 && s.at[4] == '-' && s.at[7] == '-' && str_i64(str_slice(s, 0, 4), year) &&
           str_i64(str_slice(s, 5, 7), month) && str_i64(str_slice(s, 8, 10), day);
}

static rc date_parse(struct cx *cx, const struct app_field *f, str text, struct rec_value *out)
{
    day_t d = 0;
    int64_t year = 0, month = 0, day = 0;
    str title = app_title_of(&f->title, cx->lang), shown = quoted(cx, text);
    if (day_parse(str_trim(text), &d)) {
        *out = (struct rec_value){.present = true, .i64 = d};
        return RC_OK;
    }
    if (no_such_day(str_trim(text), &year, &month, &day))
        return at_field(cx,
                        err_set(cx, RC_INVALID, "record.date",
                                "“" STR_FMT "”：%" PRId64 " 年 %" PRId64 " 月没有 %" PRId64 " 日",
                                "\"" STR_FMT "\": year %" PRId64 ", month %" PRId64
                                " has no day %" PRId64,
                                STR_ARG(title), year, month, day),
                        f);
    const char *form = f->kind == FIELD_MOMENT ? "2022-05-31T09:30:00+08:00" : "2022-05-31";
    return at_field(cx,
                    err_set(cx, RC_INVALID, "record.date",
                            "“" STR_FMT "”的值“" STR_FMT "”写法不对，应如 %s",
                            "\"" STR_FMT "\" is given \"" STR_FMT "\"; it should look like %s",
                            STR_ARG(title), STR_ARG(shown), form),
                    f);
}

static rc moment_parse(struct cx *cx, const struct app_field *f, str text, struct rec_value *out)
{
    day_t d = 0;
    str s = str_trim(text);
    if (day_parse(s, &d)) { /* the office's midnight */
        *out = (struct rec_value){.present = true, .i64 = d * US_PER_DAY - OFFICE_OFFSET_US};
        return RC_OK;
    }
    int64_t us = 0;
    if (!us_parse(s, &us))
        return date_parse(cx, f, s.len > 10 && s.at[10] == 'T' ? str_slice(s, 0, 10) : s, out);
    *out = (struct rec_value){.present = true, .i64 = us};
    return RC_OK;
}

static rc period_value(struct cx *cx, const struct app_field *f, str text, struct rec_value *out)
{
    static const char *const form[PERIOD_UNIT_COUNT] = {"2022-05-31", "2022-05", "2022Q2", "2022H1",
                                                        "2022"};
    struct period p = {0};
    str s = str_trim(text), title = app_title_of(&f->title, cx->lang), shown = quoted(cx, text);
    if (period_parse(s, &p) && p.unit == f->period) {
        struct buf b = {.arena = cx->arena};
        period_write(&b, p);
        *out = (struct rec_value){.present = true, .text = buf_str(&b)};
        return RC_OK;
    }
    return at_field(
        cx,
        err_set(cx, RC_INVALID, "record.date", "“" STR_FMT "”的时期“" STR_FMT "”写法不对，应如 %s",
                "\"" STR_FMT "\" is given the period \"" STR_FMT "\"; it should look like %s",
                STR_ARG(title), STR_ARG(shown), form[f->period]),
        f);
}

/* ---- codes and text ---- */

static const struct app_code *code_by_title(const struct app_codes *codes, str text)
{
    for (size_t i = 0; i < codes->count; i++)
        if (str_eq(codes->item[i].title.zh, text) || str_eq(codes->item[i].title.en, text))
            return &codes->item[i];
    return NULL;
}

static rc code_parse(struct cx *cx, const struct app_field *f, str text, struct rec_value *out)
{
    enum { SHOWN_MAX = 12 };
    str s = str_trim(text), title = app_title_of(&f->title, cx->lang), shown = quoted(cx, text);
    const struct app_code *code = app_code_find(f->codes, s);
    if (!code) code = code_by_title(f->codes, s);
    if (code) {
        *out = (struct rec_value){.present = true, .text = code->code};
        return RC_OK;
    }
    rc r = err_set(cx, RC_INVALID, "record.code",
                   "“" STR_FMT "”：代码表 " STR_FMT " 中没有“" STR_FMT "”",
                   "\"" STR_FMT "\": the code list " STR_FMT " has no \"" STR_FMT "\"",
                   STR_ARG(title), STR_ARG(f->codes->name), STR_ARG(shown));
    struct buf b = {.arena = cx->arena};
    for (size_t i = 0; i < f->codes->count && i < SHOWN_MAX; i++)
        buf_printf(&b, "%s" STR_FMT "=" STR_FMT, i ? ", " : "", STR_ARG(f->codes->item[i].code),
                   STR_ARG(app_title_of(&f->codes->item[i].title, cx->lang)));
    if (f->codes->count > SHOWN_MAX) buf_add(&b, STR(" …"));
    err_hint(cx, "可用的代码：" STR_FMT, "It has: " STR_FMT, STR_ARG(buf_str(&b)));
    return at_field(cx, r, f);
}

static rc text_parse(struct cx *cx, const struct app_field *f, str text, struct rec_value *out)
{
    str title = app_title_of(&f->title, cx->lang);
    size_t most = f->length_max ? (size_t)f->length_max : TEXT_MAX;
    if (memchr(text.at, 0, text.len))
        return at_field(cx,
                        err_set(cx, RC_INVALID, "record.type",
                                "“" STR_FMT "”含有字符 U+0000，文本中不能有它",
                                "\"" STR_FMT "\" holds the character U+0000, which text must not",
                                STR_ARG(title)),
                        f);
    size_t count = text.len > most ? utf8_count(text) : 0;
    if (count > most)
        return at_field(cx,
                        err_set(cx, RC_INVALID, "record.length",
                                "“" STR_FMT "”有 %zu 个字，最多 %zu 个",
                                "\"" STR_FMT "\" has %zu characters, at most %zu are kept",
                                STR_ARG(title), count, most),
                        f);
    *out = (struct rec_value){.present = true, .text = text};
    return RC_OK;
}

static rc boolean_parse(struct cx *cx, const struct app_field *f, str text, struct rec_value *out)
{
    str s = str_trim(text);
    bool yes = str_eq(s, STR("true")) || str_eq(s, STR("是"));
    if (!yes && !str_eq(s, STR("false")) && !str_eq(s, STR("否"))) return wrong_type(cx, f, text);
    *out = (struct rec_value){.present = true, .i64 = yes};
    return RC_OK;
}

rc rec_value_parse(struct cx *cx, const struct app_field *f, str text, struct rec_value *out)
{
    *out = (struct rec_value){0};
    if (text.len == 0 || (f->kind != FIELD_TEXT && str_trim(text).len == 0)) return RC_OK;
    switch (f->kind) {
    case FIELD_TEXT: return text_parse(cx, f, text, out);
    case FIELD_INTEGER:
    case FIELD_NUMBER: return number_parse(cx, f, text, out);
    case FIELD_BOOLEAN: return boolean_parse(cx, f, text, out);
    case FIELD_DATE: return date_parse(cx, f, text, out);
    case FIELD_MOMENT: return moment_parse(cx, f, text, out);
    case FIELD_PERIOD: return period_value(cx, f, text, out);
    case FIELD_CODE: return code_parse(cx, f, text, out);
    case FIELD_REF:
    case FIELD_FILES:
    case FIELD_KIND_COUNT: break;
    }
    return wrong_type(cx, f, text);
}

/* ---- JSON ---- */

static bool is_hash(str s)
{
    uint8_t bytes[32];
    return s.len == 64 && hex_read(s, bytes, 32);
}

/* Kept as a compact array of hashes. */
static rc files_from_json(struct cx *cx, const struct app_field *f, const struct json *j,
                          struct rec_value *out)
{
    struct buf b = {.arena = cx->arena};
    struct jw w = {.out = &b};
    if (j->kind != JSON_ARRAY) return wrong_type(cx, f, j->text);
    if (j->count == 0) return RC_OK;
    if (j->count > FILES_MAX)
        return at_field(cx,
                        err_set(cx, RC_INVALID, "record.length",
                                "“" STR_FMT "”有 %zu 个文件，最多 %d 个",
                                "\"" STR_FMT "\" has %zu files, at most %d are kept",
                                STR_ARG(app_title_of(&f->title, cx->lang)), j->count, FILES_MAX),
                        f);
    jw_array(&w);
    for (const struct json *i = j->child; i; i = i->next) {
        str hash = i->kind == JSON_OBJECT ? json_text(i, STR("hash")) : i->text;
        if (!is_hash(hash)) return wrong_type(cx, f, hash);
        jw_str(&w, hash);
    }
    jw_end(&w, ']');
    *out = (struct rec_value){.present = true, .text = buf_str(&b)};
    return RC_OK;
}

static str json_shown(struct cx *cx, const struct json *j)
{
    struct buf b = {.arena = cx->arena};
    json_write(&b, j);
    return buf_str(&b);
}

rc rec_value_from_json(struct cx *cx, const struct app_field *f, const struct json *j,
                       struct rec_value *out)
{
    *out = (struct rec_value){0};
    if (j->kind == JSON_NULL) return RC_OK;
    if (f->kind == FIELD_FILES) return files_from_json(cx, f, j, out);
    if (f->kind == FIELD_BOOLEAN && (j->kind == JSON_TRUE || j->kind == JSON_FALSE)) {
        *out = (struct rec_value){.present = true, .i64 = j->kind == JSON_TRUE};
        return RC_OK;
    }
    bool number = f->kind == FIELD_NUMBER || f->kind == FIELD_INTEGER || f->kind == FIELD_PERIOD ||
                  f->kind == FIELD_CODE; /* a year, a code of digits */
    if (j->kind == JSON_STRING || (j->kind == JSON_NUMBER && number))
        return rec_value_parse(cx, f, j->text, out);
    return wrong_type(cx, f, json_shown(cx, j));
}

rc rec_given_from_json(struct cx *cx, const struct app_field *f, const struct json *j,
                       struct rec_given *out)
{
    *out = (struct rec_given){0};
    if (j->kind == JSON_OBJECT) { /* as it was read: {"id":…,"key":…} */
        const struct json *id = json_find(j, STR("id"));
        j = id ? id : json_find(j, STR("key"));
        if (!j) return wrong_type(cx, f, STR("{}"));
    }
    if (j->kind == JSON_NULL || (j->kind == JSON_STRING && str_trim(j->text).len == 0)) {
        out->absent = true;
        return RC_OK;
    }
    if (json_i64(j, &out->id)) {
        out->is_id = true;
        return RC_OK;
    }
    if (j->kind != JSON_STRING) return wrong_type(cx, f, json_shown(cx, j));
    out->key = str_trim(j->text);
    if (f->ref->key_count == 0 && str_i64(out->key, &out->id)) out->is_id = true;
    return RC_OK;
}
