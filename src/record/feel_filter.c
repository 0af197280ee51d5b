/* The FEEL condition of a list.  Comparisons of a field with a literal, joined by "and" at the top,
 * become SQL; when that is not all of it, the whole expression is evaluated on each row as well. */
#include "record/parts.h"

/* One word of the condition, as far as simple comparisons need it. */
enum word_kind { WORD_END, WORD_NAME, WORD_NUMBER, WORD_STRING, WORD_OP, WORD_OTHER };
struct word {
    enum word_kind kind;
    str text;
};
struct reader {
    str s;
    size_t at;
};

static bool name_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

static struct word word_next(struct reader *r)
{
    str s = r->s;
    while (r->at < s.len && (s.at[r->at] == ' ' || s.at[r->at] == '\t' || s.at[r->at] == '\n'))
        r->at++;
    size_t from = r->at;
    if (from == s.len) return (struct word){0};
    char c = s.at[r->at++];
    enum word_kind kind = WORD_OTHER;
    if (c == '"') {
        while (r->at < s.len && s.at[r->at] != '"' && s.at[r->at] != '\\')
            r->at++;
        if (r->at == s.len || s.at[r->at] == '\\')
            return (struct word){WORD_OTHER, s}; /* escapes */
        r->at++;
        return (struct word){WORD_STRING, str_slice(s, from + 1, r->at - 1)};
    }
    if ((c >= '0' && c <= '9') ||
        (c == '-' && r->at < s.len && s.at[r->at] >= '0' && s.at[r->at] <= '9')) {
        kind = WORD_NUMBER;
        while (r->at < s.len && ((s.at[r->at] >= '0' && s.at[r->at] <= '9') || s.at[r->at] == '.'))
            r->at++;
    } else if (name_char(c)) {
        kind = WORD_NAME;
        while (r->at < s.len && name_char(s.at[r->at]))
            r->at++;
    } else if (c == '=' || c == '<' || c == '>' || c == '!') {
        kind = WORD_OP;
        if (r->at < s.len && s.at[r->at] == '=') r->at++;
    }
    return (struct word){kind, str_slice(s, from, r->at)};
}

static bool op_of(str text, bool turned, enum rec_op *op)
{
    static const struct {
        const char *text;
        enum rec_op op, turned;
    } known[] = {{"=", REC_EQ, REC_EQ},  {"!=", REC_NE, REC_NE}, {"<", REC_LT, REC_GT},
                 {"<=", REC_LE, REC_GE}, {">", REC_GT, REC_LT},  {">=", REC_GE, REC_LE}};
    for (size_t i = 0; i < COUNTOF(known); i++)
        if (str_eq(text, str_from(known[i].text))) {
            *op = turned ? known[i].turned : known[i].op;
            return true;
        }
    return false;
}

/* Does the literal mean to FEEL what the field's own text form means? */
static bool literal_fits(const struct app_field *f, struct word w)
{
    const bool boolean = str_eq(w.text, STR("true")) || str_eq(w.text, STR("false"));
    switch (f->kind) {
    case FIELD_INTEGER:
    case FIELD_NUMBER: return w.kind == WORD_NUMBER;
    case FIELD_BOOLEAN: return w.kind == WORD_NAME && boolean;
    case FIELD_TEXT:
    case FIELD_PERIOD:
    case FIELD_CODE:
    case FIELD_REF: return w.kind == WORD_STRING && w.text.len > 0;
    case FIELD_DATE:
    case FIELD_MOMENT:
    case FIELD_FILES:
    case FIELD_KIND_COUNT: break;
    }
    return false;
}

/* date("2022-05-31"): the literal inside; the reader stands behind the name "date". */
static bool date_literal(struct reader *r, str *text)
{
    struct word open = word_next(r), inner = word_next(r), close = word_next(r);
    *text = inner.text;
    return str_eq(open.text, STR("(")) && inner.kind == WORD_STRING && str_eq(close.text, STR(")"));
}

/* A value that its field cannot hold (a code not in the list, a reference to nothing, 1.005 in two
 * decimals) is left to FEEL, which simply finds it unequal. */
static rc literal_value(struct cx *cx, struct db *db, const struct app_field *f, str text,
                        bool *fits, struct rec_value *out)
{
    struct cx quiet = {.arena = cx->arena, .lang = cx->lang, .now_us = cx->now_us};
    *fits = false;
    if (f->kind == FIELD_REF) {
        rc r = rec_find_key(cx, db, f->ref, text, &out->i64);
        *fits = out->present = out->i64 != 0;
        return r;
    }
    *fits = rec_value_parse(&quiet, f, text, out) == RC_OK && out->present;
    if (rec_value_is_text(f)) *fits = *fits && str_eq(out->text, text); /* not by a code's title */
    return RC_OK;
}

/* One "field op literal" or "literal op field"; *simple false when it is anything else. */
static rc comparison(struct cx *cx, struct db *db, const struct app_type *t, struct reader *r,
                     struct rec_cond *out, bool *simple)
{
    struct word a = word_next(r), op = word_next(r);
    *simple = false;
    if (op.kind != WORD_OP) return RC_OK;
    struct word b = word_next(r);
    const struct app_field *f = a.kind == WORD_NAME ? app_field_find(t, a.text) : NULL;
    struct word literal = b;
    const bool turned = !f;
    if (turned) {
        f = b.kind == WORD_NAME ? app_field_find(t, b.text) : NULL;
        literal = a;
    }
    bool fits = f && op_of(op.text, turned, &out->op);
    if (!fits) return RC_OK;
    if (f->kind == FIELD_DATE && !turned && str_eq(literal.text, STR("date"))) {
        fits = date_literal(r, &literal.text);
    } else {
        fits = literal_fits(f, literal);
    }
    if (f->kind == FIELD_REF && out->op != REC_EQ && out->op != REC_NE) return RC_OK;
    if (!fits) return RC_OK;
    out->field = f;
    out->value = NEW(cx->arena, struct rec_value);
    out->count = 1;
    return literal_value(cx, db, f, literal.text, simple, out->value);
}

/* Where the conjunct ends: the "and" outside of brackets and strings, or the end.  *whole: an "or"
 * or something else of the top level stands beside it, so that no part may be taken out. */
static size_t conjunct_end(str s, size_t from, bool *mixed)
{
    struct reader r = {s, from};
    int depth = 0;
    for (;;) {
        struct word w = word_next(&r);
        if (w.kind == WORD_END) return s.len;
        if (w.kind == WORD_OTHER && w.text.len == 1) {
            depth += w.text.at[0] == '(' || w.text.at[0] == '[' || w.text.at[0] == '{';
            depth -= w.text.at[0] == ')' || w.text.at[0] == ']' || w.text.at[0] == '}';
        } else if (w.kind == WORD_OTHER) {
            *mixed = true; /* a text with escapes */
        }
        if (w.kind != WORD_NAME || depth) continue;
        if (str_eq(w.text, STR("and"))) return r.at - 3;
        *mixed = *mixed || str_eq(w.text, STR("or")) || str_eq(w.text, STR("if")) ||
                 str_eq(w.text, STR("for")) || str_eq(w.text, STR("some")) ||
                 str_eq(w.text, STR("every")) || str_eq(w.text, STR("between")) ||
                 str_eq(w.text, STR("function"));
    }
}

static rc simple_parts(struct cx *cx, struct db *db, const struct rec_query *q,
                       struct rec_conds *out, bool *all)
{
    bool mixed = false;
    rc r = RC_OK;
    str s = q->where;
    *all = false;
    for (size_t at = 0; at < s.len; at = conjunct_end(s, at, &mixed) + 3) {
    }
    if (mixed || str_index(s, STR("//")) != SIZE_MAX || str_index(s, STR("/*")) != SIZE_MAX)
        return RC_OK;
    *all = true;
    for (size_t at = 0, end; at < s.len && r == RC_OK; at = end + 3) {
        end = conjunct_end(s, at, &mixed);
        struct reader part = {str_slice(s, at, end), 0};
        struct rec_cond c = {0};
        bool simple = false;
        r = comparison(cx, db, q->type, &part, &c, &simple);
        if (simple && word_next(&part).kind == WORD_END)
            *vec_add(cx->arena, out) = c;
        else
            *all = false;
    }
    return r;
}

rc rec_where_load(struct cx *cx, struct db *db, const struct rec_query *q, struct rec_conds *out,
                  const struct feel_expr **expr)
{
    bool all = false;
    *expr = NULL;
    if (str_trim(q->where).len == 0) return RC_OK;
    rc r = feel_compile(cx, q->type->scope, q->where, (struct pos){0}, expr);
    if (r != RC_OK) return r;
    if (!feel_type_fits(feel_expr_type(*expr), feel_type_of_kind(FEEL_BOOLEAN)))
        return err_set(cx, RC_INVALID, "record.filter", "筛选条件应得出 true 或 false",
                       "The condition of a list must be true or false");
    for (int i = 0; i < q->type->field_count; i++)
        if (feel_expr_uses_slot(*expr, i) && !rec_may_see_private(q->who, &q->type->field[i]))
            return rec_denied_field(cx, &q->type->field[i]);
    r = simple_parts(cx, db, q, out, &all);
    if (all) *expr = NULL;
    return r;
}
