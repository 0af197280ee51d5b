/* Texts of a model become FEEL: wrappers are cut, other languages translated, types checked; names
 * nobody declared are added in models from elsewhere. */
#include "bpmn/read/draft.h"

bool draft_is_wrapped(str text)
{
    return str_starts(text, STR("=")) ||
           ((str_starts(text, STR("${")) || str_starts(text, STR("#{"))) &&
            str_ends(text, STR("}")));
}

str draft_unwrap(str text, struct pos *at)
{
    size_t cut = 0;
    if (str_starts(text, STR("="))) {
        cut = 1;
        text = str_slice(text, 1, text.len);
    } else if (draft_is_wrapped(text)) {
        cut = 2;
        text = str_slice(text, 2, text.len - 1);
    }
    at->column += (uint32_t)cut;
    at->offset_bytes += (uint32_t)cut;
    return text;
}

str draft_quote(struct arena *a, str text)
{
    struct buf b = {.arena = a};
    buf_char(&b, '"');
    for (size_t i = 0; i < text.len; i++) {
        char c = text.at[i];
        if (c == '"' || c == '\\') buf_char(&b, '\\');
        if (c == '\n')
            buf_add(&b, STR("\\n"));
        else if (c == '\r')
            buf_add(&b, STR("\\r"));
        else
            buf_char(&b, c);
    }
    buf_char(&b, '"');
    return buf_str(&b);
}

/* ---- names nobody declared ---- */

static size_t word_end(str text, size_t at)
{
    while (at < text.len) {
        unsigned char c = (unsigned char)text.at[at];
        bool in_word = c >= 0x80 || c == '_' || (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
                       (c >= 'a' && c <= 'z');
        if (!in_word) break;
        at++;
    }
    return at;
}

static bool is_keyword(str word)
{
    static const char *const keyword[] = {
        "and", "or", "in",  "then", "else",  "return", "satisfies", "between", "instance",
        "of",  "if", "for", "some", "every", "not",    "null",      "true",    "false"};
    for (size_t i = 0; i < COUNTOF(keyword); i++)
        if (str_eq(word, str_from(keyword[i]))) return true;
    return false;
}

/* The name that begins at `from`: words with single spaces between them, as far as they go. */
static str name_at(str text, size_t from)
{
    size_t end = word_end(text, from);
    while (end > from && end + 1 < text.len && text.at[end] == ' ') {
        size_t next = word_end(text, end + 1);
        if (next == end + 1 || is_keyword(str_slice(text, end + 1, next))) break;
        end = next;
    }
    return str_slice(text, from, end);
}

/* Who started the instance is known by this name when the model asks for it. */
static bool declare_starter(struct draft *d, const struct xml *x)
{
    if (draft_slot(d, STR("starter")) >= 0) return false;
    for (int i = 0; i < d->model->process_count; i++)
        if (d->node[i].starter_slot < 0)
            d->node[i].starter_slot =
                draft_declare(d, x, STR("starter"), &d->node[i], feel_type_of_kind(FEEL_STRING));
    return draft_slot(d, STR("starter")) >= 0;
}

/* Declares the name that `why` does not know; false when it cannot be. */
static bool declare_unknown(struct draft *d, const struct xml *x, str text, struct pos at,
                            const struct err *why)
{
    if (!why->slug || !str_eq(str_from(why->slug), STR("feel.unknown-name"))) return false;
    if (why->pos.offset_bytes < at.offset_bytes) return false;
    str name = name_at(text, why->pos.offset_bytes - at.offset_bytes);
    if (str_eq(name, STR("starter"))) return declare_starter(d, x);
    if (!d->how->open && !d->lends) return false;
    bool called = name.at + name.len < text.at + text.len && name.at[name.len] == '(';
    if (!name.len || called || draft_slot(d, name) >= 0) return false;
    const struct bpmn_node *process = d->at ? d->at->process : d->model->process;
    name = arena_dup(d->cx->arena, name);
    if (draft_declare(d, x, name, d->lends ? d->lends : process, NULL) < 0) return false;
    if (d->lends) return true;
    draft_warn(d, x, "bpmn.undeclared-variable",
               "变量 \"" STR_FMT "\" 没有声明，按流程变量处理，类型不限",
               "the variable \"" STR_FMT
               "\" is not declared; it is taken for one of the process, of any type",
               STR_ARG(name));
    return true;
}

/* Compiles; the error, if any, is in *why and not in cx. */
static rc compile_once(struct draft *d, str text, struct pos at, const struct feel_expr **out,
                       struct err *why)
{
    struct err standing = d->cx->err;
    err_clear(d->cx);
    rc r = feel_compile(d->cx, d->scope, text, at, out);
    *why = d->cx->err;
    d->cx->err = standing;
    return r;
}

bool draft_try(struct draft *d, str text, struct pos at, const struct feel_expr **out)
{
    struct err why;
    return compile_once(d, text, at, out, &why) == RC_OK;
}

/* ---- the language of widespread engines, said in FEEL ---- */

/* The operators of their ${…}: longest first. */
static const struct {
    const char *theirs, *feel;
} juel[] = {{"&&", " and "},  {"||", " or "},  {"==", " = "},   {"!=", " != "},   {" eq ", " = "},
            {" ne ", " != "}, {" gt ", " > "}, {" lt ", " < "}, {" ge ", " >= "}, {" le ", " <= "}};

/* The standard's own functions for XPath: bpmn:getDataObject('x') is x.  The length of such a call at
 * the beginning of s, 0: none. */
static size_t data_call(str s, str *name)
{
    static const char *const function[] = {"getDataObject('", "getDataInput('", "getDataOutput('",
                                           "getProcessProperty('", "getActivityProperty('"};
    size_t from = word_end(s, 0);
    from = from && from < s.len && s.at[from] == ':' ? from + 1 : 0;
    str call = str_slice(s, from, s.len);
    for (size_t i = 0; i < COUNTOF(function); i++) {
        size_t length = strlen(function[i]);
        size_t end =
            str_starts(call, str_from(function[i])) ? str_index(call, STR("')")) : SIZE_MAX;
        if (end == SIZE_MAX) continue;
        *name = str_slice(call, length, end);
        return from + end + 2;
    }
    return 0;
}

static str in_feel(struct draft *d, str text)
{
    struct buf b = {.arena = d->cx->arena};
    for (size_t i = 0; i < text.len;) {
        str rest = str_slice(text, i, text.len), name;
        size_t called = data_call(rest, &name);
        if (called) {
            buf_add(&b, name);
            i += called;
            continue;
        }
        size_t k = 0;
        while (k < COUNTOF(juel) && !str_starts(rest, str_from(juel[k].theirs)))
            k++;
        if (k < COUNTOF(juel)) {
            while (b.len && b.at[b.len - 1] == ' ' && juel[k].feel[0] == ' ')
                b.len--;
            buf_add(&b, str_from(juel[k].feel));
            i += strlen(juel[k].theirs);
            while (i < text.len && text.at[i] == ' ')
                i++;
        } else if (text.at[i] == '!') {
            size_t end = word_end(text, i + 1);
            buf_printf(&b, "not(" STR_FMT ")", STR_ARG(str_slice(text, i + 1, end)));
            i = end;
        } else {
            buf_char(&b, text.at[i] == '\'' ? '"' : text.at[i]);
            i++;
        }
    }
    return buf_str(&b);
}

/* bean.method(…) */
static bool calls_method(str text)
{
    for (size_t i = 0; i + 1 < text.len; i++) {
        size_t end = text.at[i] == '.' ? word_end(text, i + 1) : 0;
        if (end > i + 1 && end < text.len && text.at[end] == '(') return true;
    }
    return false;
}

/* Says how it would be written, when that can be told. */
static void hint_feel(struct draft *d, str text, struct pos at)
{
    const struct feel_expr *e;
    str feel = in_feel(d, text);
    if (str_index(text, STR("execution.")) != SIZE_MAX) {
        err_hint(d->cx, "execution 是其他引擎的接口；请直接写变量名，例如 amount > 1000",
                 "execution is another engine's interface; write the variable's name, as in "
                 "amount > 1000");
    } else if (calls_method(text)) {
        d->cx->err.hint = (str){0};
        err_hint(
            d->cx,
            "FEEL 不能调用程序里的方法；请先用 serviceTask 算出来，放进 bihuan:resultVariable，"
            "这里写变量名",
            "FEEL cannot call methods of programs; let a serviceTask compute it into its "
            "bihuan:resultVariable, and write that name here");
    } else if (!str_eq(feel, text) && (d->how->open || draft_try(d, feel, at, &e))) {
        d->cx->err.hint = (str){0};
        err_hint(d->cx, "FEEL 写作：" STR_FMT, "in FEEL: " STR_FMT, STR_ARG(feel));
    }
}

/* ---- compile ---- */

/* A fault of an expression: see draft_take_error.  An error that stands already goes on standing. */
static void fault(struct draft *d, const struct xml *x, struct pos at, const char *slug,
                  const char *zh, const char *en, ...) PRINTF(5, 7) PRINTF(6, 7);
static void fault(struct draft *d, const struct xml *x, struct pos at, const char *slug,
                  const char *zh, const char *en, ...)
{
    if (d->naming || draft_full(d)) return;
    va_list ap;
    va_start(ap, en);
    str s = arena_vprintf(d->cx->arena, d->cx->lang == LANG_EN ? en : zh, ap);
    va_end(ap);
    struct err standing = d->cx->err;
    err_clear(d->cx);
    (void)!err_set_at(d->cx, RC_INVALID, slug, at, STR_FMT, STR_FMT, STR_ARG(s));
    draft_take_error(d, x);
    if (standing.code != RC_OK) d->cx->err = standing;
}

static bool type_fits(const struct feel_type *have, unsigned kinds)
{
    if (feel_type_fits(feel_type_of_kind(FEEL_ANY), have)) return true; /* known when it runs */
    for (unsigned k = 0; k < FEEL_KIND_COUNT; k++)
        if ((kinds >> k & 1) && feel_type_fits(have, feel_type_of_kind((enum feel_kind)k)))
            return true;
    return false;
}

static void fault_type(struct draft *d, const struct xml *x, str text, struct pos at,
                       const struct feel_expr *e, unsigned kinds)
{
    struct buf have = {.arena = d->cx->arena}, want = {.arena = d->cx->arena};
    feel_type_write(&have, feel_expr_type(e));
    for (unsigned k = 0; k < FEEL_KIND_COUNT; k++) {
        if (!(kinds >> k & 1)) continue;
        if (want.len) buf_add(&want, d->cx->lang == LANG_EN ? STR(" or ") : STR(" 或 "));
        feel_type_write(&want, feel_type_of_kind((enum feel_kind)k));
    }
    fault(d, x, at, "bpmn.type", "表达式 \"" STR_FMT "\" 的类型是 " STR_FMT "，这里需要 " STR_FMT,
          "the expression \"" STR_FMT "\" is a " STR_FMT ", expected a " STR_FMT, STR_ARG(text),
          STR_ARG(buf_str(&have)), STR_ARG(buf_str(&want)));
}

/* Compiles, declaring names nobody declared where that is allowed. */
static rc compile_open(struct draft *d, const struct xml *x, str text, struct pos at,
                       const struct feel_expr **out, struct err *why)
{
    rc r;
    do {
        r = compile_once(d, text, at, out, why);
    } while (r != RC_OK && declare_unknown(d, x, text, at, why));
    return r;
}

/* In models from elsewhere, conditions of widespread engines are taken for what they mean in FEEL. */
static bool translated(struct draft *d, const struct xml *x, str text, struct pos at,
                       const struct feel_expr **out)
{
    struct err why;
    str feel = in_feel(d, text);
    if (!d->how->open || str_eq(feel, text) || str_index(text, STR("execution.")) != SIZE_MAX ||
        compile_open(d, x, feel, at, out, &why) != RC_OK)
        return false;
    draft_warn(d, x, "bpmn.translated", "表达式 \"" STR_FMT "\" 按 FEEL 的 " STR_FMT " 处理",
               "the expression \"" STR_FMT "\" is taken for the FEEL " STR_FMT, STR_ARG(text),
               STR_ARG(feel));
    return true;
}

const struct feel_expr *draft_compile_typed(struct draft *d, const struct xml *x, str text,
                                            struct pos at, unsigned kinds)
{
    const struct feel_expr *e = NULL;
    struct err why;
    rc r;
    if (d->naming || draft_full(d)) return NULL;
    if (!at.line) at = (struct pos){.line = 1, .column = 1};
    r = compile_open(d, x, text, at, &e, &why);
    if (r != RC_OK && translated(d, x, text, at, &e)) r = RC_OK;
    if (r != RC_OK) {
        struct err standing = d->cx->err;
        d->cx->err = why;
        hint_feel(d, text, at);
        draft_take_error(d, x);
        if (standing.code != RC_OK) d->cx->err = standing; /* the first stands */
        return NULL;
    }
    if (type_fits(feel_expr_type(e), kinds)) return e;
    fault_type(d, x, text, at, e, kinds);
    return NULL;
}

const struct feel_expr *draft_compile_made(struct draft *d, const struct xml *x, str text,
                                           struct pos at)
{
    return draft_compile_typed(d, x, text, at, IS_ANYTHING);
}

const struct feel_expr *draft_compile(struct draft *d, const struct xml *x, str text, struct pos at,
                                      unsigned kinds)
{
    if (d->naming || draft_full(d)) return NULL;
    if (d->how->translate) text = d->how->translate(d->how->owner, d->cx, text);
    text = draft_unwrap(text, &at);
    if (!str_trim(text).len) {
        fault(d, x, at, "bpmn.empty-expression", "这里需要一个 FEEL 表达式，却是空的",
              "a FEEL expression is expected here, it is empty");
        return NULL;
    }
    return draft_compile_typed(d, x, text, at, kinds);
}

/* DMN's literalExpression may be written as a text: then it is the text of it. */
static str text_of(struct draft *d, const struct xml *e)
{
    struct xml *root = NULL;
    if (!str_starts(e->text, STR("<"))) return e->text;
    struct err standing = d->cx->err;
    rc r = xml_parse(d->cx, e->text, XML_BYTES_MAX, &root);
    d->cx->err = standing;
    for (const struct xml *c = r == RC_OK ? root->child : NULL; c; c = c->next)
        if (str_eq(root->name, STR("literalExpression")) && str_eq(c->name, STR("text")))
            return c->text;
    return e->text;
}

const struct feel_expr *draft_compile_element(struct draft *d, const struct xml *x,
                                              const struct xml *e, unsigned kinds)
{
    str language = xml_attr(e, "language");
    bool foreign = language.len && str_index(language, STR("feel")) == SIZE_MAX &&
                   str_index(language, STR("FEEL")) == SIZE_MAX &&
                   str_index(language, STR("DMN")) == SIZE_MAX;
    if (!e->text.len && d->how->open) {
        draft_warn(d, x, "bpmn.empty-expression", STR_FMT " 是空的，按没有处理",
                   STR_FMT " is empty and taken for absent", STR_ARG(e->name));
        return NULL;
    }
    if (foreign && !d->how->translate) {
        fault(d, x, e->pos, "bpmn.language", STR_FMT " 的语言不支持：\"" STR_FMT "\"，应为 FEEL",
              STR_FMT " has the language \"" STR_FMT "\", which is not supported, expected FEEL",
              STR_ARG(e->name), STR_ARG(language));
        return NULL;
    }
    return draft_compile(d, x, text_of(d, e), e->text_pos.line ? e->text_pos : e->pos, kinds);
}

const struct feel_expr *draft_compile_or_text(struct draft *d, const struct xml *x,
                                              const struct xml_attr *a, unsigned kinds)
{
    str text = str_trim(a->value);
    if (draft_is_wrapped(text)) return draft_compile(d, x, text, a->pos, kinds);
    return draft_compile_typed(d, x, draft_quote(d->cx->arena, text), a->pos, kinds);
}
