/* Values as JSON and as text. */
#include "base/json.h"
#include "feel/builtin/builtin.h"

/* Deeper values are written as null: what is written must not decide how much stack is used. */
enum { WRITE_DEPTH_MAX = 300 };

static void write_text(struct buf *out, const struct feel_value *v, bool quoted, int depth);

static void write_quoted(struct buf *out, str s)
{
    buf_char(out, '"');
    for (size_t i = 0; i < s.len; i++) {
        if (s.at[i] == '"' || s.at[i] == '\\') buf_char(out, '\\');
        buf_char(out, s.at[i]);
    }
    buf_char(out, '"');
}

static bool plain_name(str name)
{
    for (size_t i = 0; i < name.len; i++) {
        const char c = name.at[i];
        const bool letter =
            (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (uint8_t)c >= 0x80;
        if (!letter && (i == 0 || (c != ' ' && (c < '0' || c > '9')))) return false;
    }
    return name.len > 0;
}

static void write_range(struct buf *out, const struct feel_range *r, int depth)
{
    if (r->form != FEEL_RANGE_ENDS) {
        const bool less = r->low.kind == FEEL_NULL, half = r->form == FEEL_RANGE_HALF;
        buf_char(out, '(');
        if (half) buf_char(out, less ? '<' : '>');
        if (r->form == FEEL_RANGE_OTHER) buf_char(out, '!');
        if (!half || !(less ? r->high_open : r->low_open)) buf_char(out, '=');
        buf_char(out, ' ');
        write_text(out, less ? &r->high : &r->low, true, depth + 1);
        buf_char(out, ')');
        return;
    }
    buf_char(out, r->low_open ? '(' : '[');
    write_text(out, &r->low, true, depth + 1);
    buf_add(out, STR(".."));
    write_text(out, &r->high, true, depth + 1);
    buf_char(out, r->high_open ? ')' : ']');
}

static void write_list(struct buf *out, const struct feel_list *list, int depth)
{
    buf_char(out, '[');
    for (size_t i = 0; i < list->count && !out->over; i++) {
        if (i > 0) buf_add(out, STR(", "));
        write_text(out, &list->at[i], true, depth + 1);
    }
    buf_char(out, ']');
}

static void write_context(struct buf *out, const struct feel_context *c, int depth)
{
    buf_char(out, '{');
    for (size_t i = 0; i < c->count && !out->over; i++) {
        if (i > 0) buf_add(out, STR(", "));
        if (plain_name(c->at[i].name))
            buf_add(out, c->at[i].name);
        else
            write_quoted(out, c->at[i].name);
        buf_add(out, STR(": "));
        write_text(out, &c->at[i].value, true, depth + 1);
    }
    buf_char(out, '}');
}

static void write_function(struct buf *out, const struct feel_function *f)
{
    if (f->code == NULL) {
        buf_add(out, str_from(f->builtin->name));
        return;
    }
    buf_add(out, STR("function("));
    for (int i = 0; i < f->code->parameter_count; i++) {
        if (i > 0) buf_add(out, STR(", "));
        buf_add(out, f->code->parameter[i].name);
    }
    buf_char(out, ')');
}

/* NOLINTNEXTLINE(misc-no-recursion): bounded by WRITE_DEPTH_MAX */
static void write_text(struct buf *out, const struct feel_value *v, bool quoted, int depth)
{
    const enum feel_kind kind = depth > WRITE_DEPTH_MAX ? FEEL_NULL : (enum feel_kind)v->kind;
    switch (kind) {
    case FEEL_NULL: buf_add(out, STR("null")); break;
    case FEEL_BOOLEAN: buf_add(out, v->as.boolean ? STR("true") : STR("false")); break;
    case FEEL_NUMBER: number_write(out, v); break;
    case FEEL_STRING:
        if (quoted)
            write_quoted(out, feel_str(v));
        else
            buf_add(out, feel_str(v));
        break;
    case FEEL_DATE:
    case FEEL_TIME:
    case FEEL_DATE_TIME:
    case FEEL_MONTHS_DURATION:
    case FEEL_DAYS_DURATION: temporal_write(out, v); break;
    case FEEL_LIST: write_list(out, v->as.list, depth); break;
    case FEEL_CONTEXT: write_context(out, v->as.context, depth); break;
    case FEEL_RANGE: write_range(out, v->as.range, depth); break;
    case FEEL_FUNCTION: write_function(out, v->as.function); break;
    case FEEL_ANY:
    case FEEL_KIND_COUNT: break;
    }
}

void feel_value_text(struct buf *out, const struct feel_value *v)
{
    write_text(out, v, false, 0);
}

/* ---- JSON ---- */

/* NOLINTNEXTLINE(misc-no-recursion): bounded by WRITE_DEPTH_MAX */
static void write_json(struct buf *out, const struct feel_value *v, int depth)
{
    if (depth > WRITE_DEPTH_MAX) {
        buf_add(out, STR("null"));
    } else if (v->kind == FEEL_LIST) {
        buf_char(out, '[');
        for (size_t i = 0; i < v->as.list->count && !out->over; i++) {
            if (i > 0) buf_char(out, ',');
            write_json(out, &v->as.list->at[i], depth + 1);
        }
        buf_char(out, ']');
    } else if (v->kind == FEEL_CONTEXT) {
        buf_char(out, '{');
        for (size_t i = 0; i < v->as.context->count && !out->over; i++) {
            if (i > 0) buf_char(out, ',');
            buf_json(out, v->as.context->at[i].name);
            buf_char(out, ':');
            write_json(out, &v->as.context->at[i].value, depth + 1);
        }
        buf_char(out, '}');
    } else if (v->kind <= FEEL_NUMBER) {
        write_text(out, v, false, depth);
    } else if (v->kind == FEEL_STRING) {
        buf_json(out, feel_str(v));
    } else {
        struct buf text = {.arena = out->arena};
        write_text(&text, v, false, depth);
        buf_json(out, buf_str(&text));
    }
}

void feel_value_write(struct buf *out, const struct feel_value *v)
{
    write_json(out, v, 0);
}
