/* FEEL inside YAML: compiled with positions that point into the YAML file. */
#include "app/load.h"

const struct feel_type *feel_type_of_field(struct arena *a, const struct app_field *f)
{
    static const enum feel_kind kind[FIELD_KIND_COUNT] = {
        [FIELD_TEXT] = FEEL_STRING,   [FIELD_INTEGER] = FEEL_NUMBER,
        [FIELD_NUMBER] = FEEL_NUMBER, [FIELD_BOOLEAN] = FEEL_BOOLEAN,
        [FIELD_DATE] = FEEL_DATE,     [FIELD_MOMENT] = FEEL_DATE_TIME,
        [FIELD_PERIOD] = FEEL_STRING, [FIELD_CODE] = FEEL_STRING,
        [FIELD_REF] = FEEL_STRING,    [FIELD_FILES] = FEEL_LIST};
    if (f->kind == FIELD_FILES) return feel_type_list(a, feel_type_of_kind(FEEL_STRING));
    return feel_type_of_kind(kind[f->kind]);
}

/* Any and null may turn out to be anything. */
static bool may_be(const struct feel_type *have, enum feel_kind want)
{
    if (want == FEEL_ANY || feel_type_fits(have, feel_type_of_kind(want))) return true;
    return feel_type_fits(feel_type_of_kind(FEEL_ANY), have);
}

const struct feel_expr *expression(struct loader *l, const struct feel_scope *scope,
                                   const struct decl *at, enum feel_kind want)
{
    struct cx *cx = l->cx;
    if (!want_text(l, at, "一个 FEEL 表达式", "a FEEL expression")) return NULL;
    const struct feel_expr *e = NULL;
    if (feel_compile(cx, scope, at->text, at->pos, &e) != RC_OK) {
        /* Later lines of a block scalar: FEEL saw them without their indentation. */
        if (cx->err.pos.line > at->pos.line) cx->err.pos.column += at->indent ? at->indent : 0;
        if (!cx->err.pos.line) cx->err.pos = at->pos;
        fault_collect(l, at->source);
        return NULL;
    }
    const struct feel_type *have = feel_expr_type(e);
    if (may_be(have, want)) return e;
    struct buf is = {.arena = cx->arena}, should = {.arena = cx->arena};
    feel_type_write(&is, have);
    feel_type_write(&should, feel_type_of_kind(want));
    fault(l, at, "app.expression-type", "表达式的结果是 " STR_FMT "，应当是 " STR_FMT,
          "the expression gives " STR_FMT ", expected " STR_FMT, STR_ARG(buf_str(&is)),
          STR_ARG(buf_str(&should)));
    mend(l, "改写表达式，使它得到 " STR_FMT, "change the expression to give " STR_FMT,
         STR_ARG(buf_str(&should)));
    return NULL;
}
