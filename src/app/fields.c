/* Fields of a type: the long form {type: number, scale: 2}, {ref: core.org}, {code: flow}, and the
 * short one `born: date`.  Expressions come later, in types.c, when all fields are known. */
#include "app/load.h"
#include "base/decimal.h"

/* In the order of enum field_kind up to MOMENT, then the units of periods. */
#define KIND_WORDS "text integer number boolean date moment files month quarter half year"
enum { WORD_FILES = 6, WORD_MONTH = 7 };

static void kind_set(struct app_field *f, int word)
{
    if (word >= WORD_MONTH) {
        f->kind = FIELD_PERIOD;
        f->period = (enum period_unit)(PERIOD_MONTH + (word - WORD_MONTH));
    } else {
        f->kind = word == WORD_FILES ? FIELD_FILES : (enum field_kind)word;
    }
}

/* A short form's word goes through read_choice by way of a map of one. */
static int short_kind(struct loader *l, const struct decl *d)
{
    struct decl child = *d,
                map = {.kind = DECL_MAP, .child = &child, .pos = d->pos, .source = d->source};
    child.key = STR("type");
    child.next = NULL;
    return read_choice(l, &map, STR("type"), KIND_WORDS, -1);
}

static bool target_find(struct loader *l, const struct decl *d, int app, struct app_field *f)
{
    const struct decl *ref = decl_find(d, STR("ref")), *code = decl_find(d, STR("code"));
    const struct decl *at = ref ? ref : code;
    if (!want_text(l, at, "一个名称", "a name")) return false;
    f->kind = ref ? FIELD_REF : FIELD_CODE;
    const struct named *n =
        names_find(l, ref ? SECTION_TYPES : SECTION_CODES, app, at, at->text, false);
    if (!n) return false;
    if (ref)
        f->ref = &l->type[n->index];
    else
        f->codes = &l->codes[n->index];
    return true;
}

static bool kind_load(struct loader *l, const struct decl *d, int app, struct app_field *f)
{
    const bool type = decl_find(d, STR("type")), ref = decl_find(d, STR("ref")),
               code = decl_find(d, STR("code"));
    if (type + ref + code != 1) {
        fault_key(l, d, "app.field-kind",
                  "字段 “" STR_FMT "” 要写 type、ref、code 之一，且只能写一个",
                  "field \"" STR_FMT "\" needs exactly one of type, ref, code", STR_ARG(d->key));
        mend(l, "例如 {type: text}、{ref: core.org}、{code: flow}",
             "for instance {type: text}, {ref: core.org}, {code: flow}");
        return false;
    }
    if (!type) return target_find(l, d, app, f);
    const int word = read_choice(l, d, STR("type"), KIND_WORDS, -1);
    if (word >= 0) kind_set(f, word);
    return word >= 0;
}

/* One bound of a range: a number with the field's scale, or a date. */
static bool bound_parse(const struct app_field *f, str s, int64_t *out)
{
    dec number;
    day_t day;
    if (f->kind == FIELD_DATE) {
        const bool ok = day_parse(s, &day);
        *out = day;
        return ok;
    }
    return dec_parse(s, &number) && dec_to_fixed(number, f->scale, out);
}

static bool interval_parse(struct app_field *f, str s)
{
    const char open = s.at[0], shut = s.at[s.len - 1];
    const str inside = str_slice(s, 1, s.len - 1);
    const size_t dots = str_index(inside, STR(".."));
    if ((open != '[' && open != '(') || (shut != ']' && shut != ')') || dots == SIZE_MAX)
        return false;
    const str low = str_trim(str_slice(inside, 0, dots));
    const str high = str_trim(str_slice(inside, dots + 2, inside.len));
    f->has_min = low.len;
    f->has_max = high.len;
    f->min_open = open == '(';
    f->max_open = shut == ')';
    return (low.len || high.len) && (!low.len || bound_parse(f, low, &f->min)) &&
           (!high.len || bound_parse(f, high, &f->max)) &&
           (!low.len || !high.len || f->min <= f->max);
}

/* "[50..300]", "(0..1)", "[0..]", ">= 0", "< 100". */
bool range_parse(struct loader *l, const struct decl *at, struct app_field *f)
{
    const bool fits = f->kind == FIELD_INTEGER || f->kind == FIELD_NUMBER || f->kind == FIELD_DATE;
    bool ok = fits && at->kind == DECL_TEXT;
    const str s = ok ? str_trim(at->text) : (str){0};
    if (ok && s.len > 1 && (s.at[0] == '<' || s.at[0] == '>')) {
        const bool equal = s.at[1] == '=';
        const str bound = str_trim(str_slice(s, equal ? 2 : 1, s.len));
        const bool max = s.at[0] == '<';
        ok = bound_parse(f, bound, max ? &f->max : &f->min);
        f->has_max = max;
        f->has_min = !max;
        f->max_open = f->min_open = !equal;
    } else {
        ok = ok && s.len > 3 && interval_parse(f, s);
    }
    if (ok) return true;
    f->has_min = f->has_max = false;
    fault(l, at, "app.range", "字段 “" STR_FMT "” 的范围写法不对",
          "the range of \"" STR_FMT "\" is not valid", STR_ARG(f->name));
    mend(
        l,
        "整数、数和日期可写 \"[50..300]\"、\"(0..1)\"、\"[0..]\" 或 \">= 0\"，小数位不超过 scale",
        "integers, numbers and dates take \"[50..300]\", \"(0..1)\", \"[0..]\" or \">= 0\", with no more "
        "digits than scale");
    return false;
}

/* Keys that make sense for some kinds only. */
static void kind_check(struct loader *l, const struct decl *d, const struct app_field *f)
{
    static const struct {
        const char *key;
        unsigned kinds;
        const char *zh, *en;
    } rule[] = {
        {"scale", 1U << FIELD_NUMBER, "数（number）", "number"},
        {"multiline", 1U << FIELD_TEXT, "文字（text）", "text"},
        {"length", 1U << FIELD_TEXT, "文字（text）", "text"},
        {"unit", 1U << FIELD_NUMBER | 1U << FIELD_INTEGER, "数和整数", "number and integer"},
        {"search", 1U << FIELD_TEXT, "文字（text）", "text"},
    };
    for (size_t i = 0; i < COUNTOF(rule); i++) {
        const struct decl *at = decl_find(d, str_from(rule[i].key));
        if (!at || (rule[i].kinds >> f->kind & 1)) continue;
        fault_key(l, at, "app.key-for-kind", "“%s” 只用于%s",
                  "\"%s\" is for fields of type %s only", rule[i].key,
                  l->cx->lang == LANG_EN ? rule[i].en : rule[i].zh);
        mend(l, "删去它，或改字段的 type", "remove it, or change the field's type");
    }
}

static void long_load(struct loader *l, const struct decl *d, int app, struct app_field *f)
{
    if (!read_keys(l, d,
                   "type ref code title help unit scale required indexed search readonly multiline "
                   "length range check says default derive private"))
        return;
    if (!kind_load(l, d, app, f)) return;
    kind_check(l, d, f);
    f->title = read_title(l, d, STR("title"), f->name);
    if (decl_find(d, STR("help"))) f->help = read_title(l, d, STR("help"), (str){0});
    f->unit = read_text(l, d, STR("unit"));
    f->scale = read_int(l, d, STR("scale"), 0, 9, 0);
    f->required = read_bool(l, d, STR("required"), false);
    f->indexed = read_bool(l, d, STR("indexed"), false);
    f->search = read_bool(l, d, STR("search"), false);
    f->readonly = read_bool(l, d, STR("readonly"), decl_find(d, STR("derive")) != NULL);
    f->multiline = read_bool(l, d, STR("multiline"), false);
    f->length_max = read_int(l, d, STR("length"), 1, 100000, 0);
    f->private_for = read_text(l, d, STR("private"));
    const struct decl *range = decl_find(d, STR("range"));
    if (range) (void)range_parse(l, range, f);
}

/* Words of FEEL: a field so named could not be used in any expression; and the columns every table
 * has. */
static bool field_name_ok(struct loader *l, const struct decl *d)
{
    static const str taken[] = {
        STR_INIT("if"),         STR_INIT("then"),       STR_INIT("else"),
        STR_INIT("for"),        STR_INIT("in"),         STR_INIT("return"),
        STR_INIT("some"),       STR_INIT("every"),      STR_INIT("satisfies"),
        STR_INIT("and"),        STR_INIT("or"),         STR_INIT("not"),
        STR_INIT("true"),       STR_INIT("false"),      STR_INIT("null"),
        STR_INIT("between"),    STR_INIT("function"),   STR_INIT("external"),
        STR_INIT("instance"),   STR_INIT("outcome"),    STR_INIT("id"),
        STR_INIT("version"),    STR_INIT("created_us"), STR_INIT("changed_us"),
        STR_INIT("created_by"), STR_INIT("voided"),     STR_INIT("site")};
    if (!name_ok(l, d, d->key)) return false;
    for (size_t i = 0; i < COUNTOF(taken); i++) {
        if (!str_eq(d->key, taken[i])) continue;
        fault_key(l, d, "app.name-taken", "字段不能叫 “" STR_FMT "”：这是系统或表达式用的词",
                  "a field cannot be called \"" STR_FMT "\": the system or FEEL uses that word",
                  STR_ARG(d->key));
        if (str_eq(d->key, STR("site"))) /* the first column of every table: store/dialect.h */
            mend(l, "换一个名称，例如 place", "choose another name, for instance place");
        else
            mend(l, "换一个名称，例如 " STR_FMT "_of",
                 "choose another name, for instance " STR_FMT "_of", STR_ARG(d->key));
        return false;
    }
    return true;
}

void fields_load(struct loader *l, struct app_type *t, const struct decl *fields, int app)
{
    enum { FIELDS_MAX = 200 };
    if (fields->kind != DECL_MAP || !fields->count || fields->count > FIELDS_MAX) {
        fault(l, fields, "app.fields", "类型要有 1 到 %d 个字段", "a type has 1 to %d fields",
              FIELDS_MAX);
        mend(l, "写成 fields: {名称: {type: text}, …}", "write fields: {name: {type: text}, …}");
        return;
    }
    struct app_field *field = NEWS(l->cx->arena, struct app_field, fields->count);
    int count = 0;
    for (const struct decl *d = fields->child; d; d = d->next) {
        struct app_field *f = &field[count];
        *f = (struct app_field){
            .name = d->key, .title = {d->key, d->key}, .index = count, .pos = d->key_pos};
        if (!field_name_ok(l, d)) continue;
        count++;
        if (d->kind == DECL_TEXT) {
            const int word = short_kind(l, d);
            if (word >= 0) kind_set(f, word);
        } else {
            long_load(l, d, app, f);
        }
    }
    t->field = l->field[t->index] = field;
    t->field_count = count;
}
