/* Values of the command stream: those that fit a field, those at its edges, those that do not. */
#include "base/date.h"
#include "main/stream_inside.h"

/* splitmix64: small, and every seed is a good one. */
uint64_t draw(struct stream *s)
{
    uint64_t z = s->random += UINT64_C(0x9E3779B97F4A7C15);
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

int64_t draw_below(struct stream *s, int64_t count)
{
    return count > 1 ? (int64_t)(draw(s) % (uint64_t)count) : 0;
}

bool draw_percent(struct stream *s, int64_t percent)
{
    return draw_below(s, 100) < percent;
}

static str draw_text(struct stream *s, const char *const *list, size_t count)
{
    return str_from(list[draw_below(s, (int64_t)count)]);
}

/* ---- texts ---- */

static const char *const words[] = {
    "外贸", "增速", "市场采购", "义乌", "整改", "督办", "报告", "港口",     "产业",
    "会展", "项目", "推进",     "镇街", "企业", "绿色", "数据", "跨境电商", "高质量",
};
/* What breaks programs: quotes, escapes, marks of LIKE, wide, combining, right-to-left, beyond 16 bits. */
static const char *const strange[] = {
    "a\tb",
    "line\nbreak",
    "it's \"quoted\"",
    "back\\slash",
    "100% _x_ [a-z]*",
    "e\u0301",
    "👍🏽 👨‍👩‍👧",
    "שלום",
    "ＡＢＣ１２３",
    "ß ſ İ ı ǆ",
    "\u200bzero",
    "𠮷野家",
    "\x7f",
    "$1 $site :x ?",
    "a'); DROP TABLE ledger; --",
    "site = $site",
    "Ångström",
    "\r\n",
    "{\"json\":[]}",
    "NULL",
};

static void word_write(struct stream *s, struct buf *out, int length_max)
{
    static const char digits[] = "0123456789abcdefghijklmnopqrstuvwxyz";
    int64_t n = ++s->serial;
    buf_char(out, 'x');
    for (int i = 1; n > 0 && i < length_max; i++, n /= 36)
        buf_char(out, digits[n % 36]);
}

static void repeat_write(struct buf *out, str one, int count)
{
    for (int i = 0; i < count; i++)
        buf_add(out, one);
}

/* As many characters as fit, in whole pieces. */
static void pieces_write(struct stream *s, struct buf *out, const char *const *list, size_t count,
                         int length_max)
{
    int64_t pieces = 1 + draw_below(s, 5);
    size_t length = 0;
    for (int64_t i = 0; i < pieces; i++) {
        str piece = draw_text(s, list, count);
        length += utf8_count(piece);
        if (length > (size_t)length_max) break;
        buf_add(out, piece);
    }
    if (!out->len) buf_char(out, '-');
}

void value_text(struct stream *s, struct buf *out, enum style style, int length_max)
{
    int64_t n;
    switch (style) {
    case STYLE_WORD: word_write(s, out, length_max); break;
    case STYLE_CAPITALS:
        n = draw_below(s, 26 * 26);
        buf_char(out, (char)('A' + n / 26));
        buf_char(out, (char)('A' + n % 26));
        break;
    case STYLE_DIGITS:
        n = draw_below(s, 900000);
        buf_i64(out, 100000 + n);
        break;
    case STYLE_STRANGE: pieces_write(s, out, strange, COUNTOF(strange), length_max); break;
    case STYLE_LONGEST: repeat_write(out, STR("长"), length_max); break;
    case STYLE_NONE:
    case STYLE_CHINESE: pieces_write(s, out, words, COUNTOF(words), length_max); break;
    }
}

static enum style style_draw(struct stream *s, const struct app_field *f, enum style good)
{
    static const enum style plain[] = {STYLE_CHINESE, STYLE_CHINESE, STYLE_CHINESE, STYLE_CHINESE,
                                       STYLE_WORD,    STYLE_STRANGE, STYLE_STRANGE, STYLE_CHINESE};
    static const enum style checked[] = {STYLE_WORD, STYLE_CAPITALS, STYLE_DIGITS, STYLE_CHINESE};
    bool keep = draw_percent(s, 90), longest = draw_percent(s, 2);
    if (f->check) return good && keep ? good : checked[draw_below(s, (int64_t)COUNTOF(checked))];
    if (longest) return STYLE_LONGEST;
    return plain[draw_below(s, (int64_t)COUNTOF(plain))];
}

static void text_write(struct stream *s, struct jw *w, const struct app_field *f, enum style style)
{
    struct buf b = {.arena = w->out->arena};
    value_text(s, &b, style, f->length_max ? f->length_max : 4000);
    jw_str(w, buf_str(&b));
}

/* ---- numbers, days ---- */

static void number_write(struct stream *s, struct jw *w, const struct app_field *f)
{
    enum { WIDE = 2000 };
    int scale = f->kind == FIELD_NUMBER ? f->scale : 0;
    int64_t one = 1;
    for (int i = 0; i < scale; i++)
        one *= 10;
    int64_t least = f->has_min ? f->min + f->min_open : -WIDE * one;
    int64_t most = f->has_max ? f->max - f->max_open : least + WIDE * one;
    int64_t edge = draw_below(s, 100), n;
    if (edge < 2)
        n = f->has_min ? least : INT64_C(-999999999999999);
    else if (edge < 4)
        n = f->has_max ? most : INT64_C(999999999999999);
    else if (edge < 8)
        n = least <= 0 && most >= 0 ? 0 : least;
    else
        n = least + draw_below(s, most - least + 1);
    if (edge < 98 || !scale) {
        jw_fixed(w, n, scale);
        return;
    }
    struct buf b = {.arena = w->out->arena}; /* as text, as tables give it */
    struct jw t = {.out = &b};
    jw_fixed(&t, n, scale);
    jw_str(w, buf_str(&b));
}

static void date_write(struct stream *s, struct jw *w, bool month_later)
{
    struct buf b = {.arena = w->out->arena};
    int64_t back = draw_below(s, 400);
    day_t day = day_of_us(s->now_us) - (day_t)back + (month_later ? 40 : 0);
    day_write(&b, day);
    jw_str(w, buf_str(&b));
}

static void moment_draw(struct stream *s, struct jw *w)
{
    struct buf b = {.arena = w->out->arena};
    us_write(&b, s->now_us - draw_below(s, 400 * US_PER_DAY) / US_PER_SECOND * US_PER_SECOND);
    jw_str(w, buf_str(&b));
}

static void period_draw(struct stream *s, struct jw *w, enum period_unit unit)
{
    struct buf b = {.arena = w->out->arena};
    day_t day = day_of_us(s->now_us) - (day_t)draw_below(s, 500);
    period_write(&b, period_of(day, unit));
    jw_str(w, buf_str(&b));
}

/* ---- what refers to something ---- */

const struct known *known_any(struct stream *s, const struct app_type *t)
{
    const struct known_type *k = &s->known[t->index];
    return k->count ? &k->at[draw_below(s, k->count)] : NULL;
}

static bool is_known(const struct stream *s, const struct app_type *t, str key)
{
    const struct known_type *k = &s->known[t->index];
    for (int i = 0; i < k->count; i++)
        if (str_eq((str){k->at[i].key, k->at[i].key_len}, key)) return true;
    return false;
}

static void ref_write(struct stream *s, struct jw *w, const struct app_field *f)
{
    bool literal = draw_percent(s, 45), by_key = draw_percent(s, 50);
    const struct known *k = known_any(s, f->ref);
    int64_t n = draw_below(s, s->literal_count);
    if (literal && s->literal_count && is_known(s, f->ref, s->literal[n]))
        jw_str(w, s->literal[n]);
    else if (!k)
        jw_null(w);
    else if (by_key && k->key_len)
        jw_str(w, (str){k->key, k->key_len});
    else
        jw_i64(w, k->id);
}

static void code_write(struct stream *s, struct jw *w, const struct app_field *f)
{
    bool literal = draw_percent(s, 40);
    int64_t n = draw_below(s, s->literal_count);
    if (literal && s->literal_count && app_code_find(f->codes, s->literal[n]))
        jw_str(w, s->literal[n]);
    else
        jw_str(w, f->codes->item[draw_below(s, (int64_t)f->codes->count)].code);
}

static void files_write(struct stream *s, struct jw *w)
{
    int64_t count = draw_below(s, 3);
    jw_array(w);
    for (int64_t i = 0; i < count && s->hash_count; i++)
        jw_str(w, str_from(s->hash[draw_below(s, s->hash_count)]));
    jw_end(w, ']');
}

/* ---- values that do not fit ---- */

static void spoilt_write(struct stream *s, struct jw *w, const struct app_field *f)
{
    static const char *const wrong[] = {"{}",
                                        "[]",
                                        "true",
                                        "\"\"",
                                        "\"\\u0000\"",
                                        "-1",
                                        "\"2022-02-30\"",
                                        "1e400",
                                        "0.12345678901",
                                        "99999999999999999999",
                                        "\"2022-13\"",
                                        "999999999",
                                        "\"nobody\"",
                                        "\"   \"",
                                        "[{\"a\":1}]",
                                        "null",
                                        "-0.0",
                                        "9223372036854775807",
                                        "\"1,275.3\"",
                                        "\"\\u200f\"",
                                        "1.0E+2",
                                        "\"a\\u0000b\""};
    bool long_text = f->kind == FIELD_TEXT && draw_percent(s, 40);
    int64_t which = draw_below(s, (int64_t)COUNTOF(wrong));
    if (!long_text) {
        jw_raw(w, str_from(wrong[which]));
        return;
    }
    struct buf b = {.arena = w->out->arena};
    repeat_write(&b, STR("字"), (f->length_max ? f->length_max : 4000) + 1);
    jw_str(w, buf_str(&b));
}

void value_write(struct stream *s, struct jw *w, const struct app_field *f, bool spoil)
{
    bool none = !f->required && draw_percent(s, 8);
    if (spoil) {
        spoilt_write(s, w, f);
        return;
    }
    if (none) {
        jw_null(w);
        return;
    }
    switch (f->kind) {
    case FIELD_TEXT: text_write(s, w, f, style_draw(s, f, STYLE_NONE)); break;
    case FIELD_INTEGER:
    case FIELD_NUMBER: number_write(s, w, f); break;
    case FIELD_BOOLEAN: jw_bool(w, draw_percent(s, 50)); break;
    case FIELD_DATE: date_write(s, w, !f->check && draw_percent(s, 30)); break;
    case FIELD_MOMENT: moment_draw(s, w); break;
    case FIELD_PERIOD: period_draw(s, w, f->period); break;
    case FIELD_CODE: code_write(s, w, f); break;
    case FIELD_REF: ref_write(s, w, f); break;
    case FIELD_FILES: files_write(s, w); break;
    case FIELD_KIND_COUNT: break;
    }
}

/* ---- records ---- */

const struct app_type *type_any(struct stream *s)
{
    const struct catalogue *c = s->cat;
    bool watched = c->watch_count && draw_percent(s, 35);
    int64_t at = draw_below(s, c->type_count);
    if (!watched) return &c->type[at];
    const struct app_watch *watch = &c->watch[draw_below(s, c->watch_count)];
    return watch->indicator->use_count ? watch->indicator->uses[0]->type : &c->type[at];
}

static bool in_key(const struct app_type *t, int field)
{
    for (int i = 0; i < t->key_count; i++)
        if (t->key[i] == field) return true;
    return false;
}

/* A checked text tries one style after another until one is found to pass. */
static void field_write(struct stream *s, struct jw *w, const struct app_type *t, int field,
                        bool spoil)
{
    const struct app_field *f = &t->field[field];
    jw_key(w, f->name);
    if (f->kind != FIELD_TEXT || !(f->check || in_key(t, field)) || spoil) {
        value_write(s, w, f, spoil);
        return;
    }
    enum style style = STYLE_WORD;
    if (f->check) style = style_draw(s, f, (enum style)s->known[t->index].good[field]);
    if (!f->check && draw_percent(s, 10)) style = STYLE_STRANGE;
    s->style[field] = (uint8_t)style;
    text_write(s, w, f, style);
}

void fields_new(struct stream *s, struct jw *w, const struct app_type *t, bool spoil)
{
    bool again = t->key_count == 1 && draw_percent(s, 12);
    const struct known *k = again ? known_any(s, t) : NULL;
    int64_t bad = spoil ? draw_below(s, t->field_count) : -1;
    memset(s->style, 0, sizeof s->style);
    jw_object(w);
    for (int i = 0; i < t->field_count && i < FIELDS_MAX; i++) {
        const struct app_field *f = &t->field[i];
        bool needed = f->required || in_key(t, i), wanted = draw_percent(s, 60),
             set_anyway = draw_percent(s, 1);
        if (f->readonly && !set_anyway) continue;
        if (!needed && !wanted && bad != i) continue;
        if (k && k->key_len && in_key(t, i) && f->kind == FIELD_TEXT) {
            jw_key(w, f->name);
            jw_str(w, (str){k->key, k->key_len});
        } else {
            field_write(s, w, t, i, bad == i);
        }
    }
    if (spoil && bad == 0) jw_kstr(w, "no_such_field", STR("?"));
    jw_end(w, '}');
}

void fields_some(struct stream *s, struct jw *w, const struct app_type *t, bool spoil)
{
    int64_t wanted = 1 + draw_below(s, 4);
    memset(s->style, 0, sizeof s->style);
    jw_object(w);
    for (int i = 0; i < t->field_count && i < FIELDS_MAX; i++) {
        const struct app_field *f = &t->field[i];
        bool taken = draw_below(s, t->field_count) < wanted, anyway = draw_percent(s, 5);
        if (!taken || ((f->readonly || in_key(t, i)) && !anyway)) continue;
        field_write(s, w, t, i, spoil);
        spoil = false;
    }
    jw_end(w, '}');
}
