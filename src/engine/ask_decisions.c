/* Questions about decisions and FEEL, of anybody who is signed in: which there are, what one is made of,
 * what it says of these inputs, what an expression says.  Nothing is kept, no table is read; each runs in
 * memory and time of its own, so that a stranger's input can neither hang nor exhaust the server. */
#include "dmn/dmn.h"
#include "engine/inside.h"
#include "feel/type.h"

enum {
    STRANGER_STEPS = 1000000,
    STRANGER_BYTES = 32 << 20,
    STRANGER_US = 100000,
    EXPRESSION_BYTES_MAX = 64 << 10,
    WARNINGS_MAX = 50
};

/* Room and time of one evaluation; its results are written out before the room goes. */
struct strict {
    struct arena arena;
    struct cx cx;
};

static void strict_begin(struct strict *s, const struct cx *cx)
{
    arena_init(&s->arena, STRANGER_BYTES);
    s->cx = *cx;
    s->cx.arena = &s->arena;
    s->cx.err = (struct err){0};
    s->cx.findings = NULL;
    const int64_t until = os_monotonic_us() + STRANGER_US;
    if (!s->cx.deadline_us || until < s->cx.deadline_us) s->cx.deadline_us = until;
}

static rc strict_end(struct strict *s, struct ask *a, rc r)
{
    const bool full = s->arena.exhausted || (r != RC_OK && !s->cx.err.detail.len);
    if (full) /* there is no room for its own sentence */
        r = err_set(a->cx, RC_LIMIT, "decision.memory", "求值占用内存过多，最多 %d MB",
                    "evaluating it takes too much memory, over %d MB", STRANGER_BYTES >> 20);
    else if (r != RC_OK)
        r = err_copy(a->cx, &s->cx.err);
    arena_done(&s->arena);
    return r;
}

static void type_write(struct cx *cx, const char *key, const struct feel_type *t, struct jw *out)
{
    struct buf text = {.arena = cx->arena};
    feel_type_write(&text, t ? t : feel_type_of_kind(FEEL_ANY));
    jw_kstr(out, key, buf_str(&text));
}

/* ---- which there are ---- */

/* The parts of its value, when it has parts. */
static void outputs_write(struct ask *a, const struct feel_type *t)
{
    jw_key(a->out, STR("outputs"));
    jw_array(a->out);
    for (size_t i = 0; t && t->kind == FEEL_CONTEXT && i < t->count; i++) {
        jw_object(a->out);
        jw_kstr(a->out, "name", t->member[i].name);
        type_write(a->cx, "type", t->member[i].type, a->out);
        jw_end(a->out, '}');
    }
    jw_end(a->out, ']');
}

/* For those who offer them: as unary tests, and one by one when that is all there are. */
static void allowed_write(struct cx *cx, const struct dmn_allowed *allowed, struct jw *out)
{
    if (!allowed->text.len) return;
    jw_kstr(out, "allowed", allowed->text);
    if (!allowed->count) return;
    jw_key(out, STR("values"));
    jw_array(out);
    for (size_t i = 0; i < allowed->count; i++)
        feel_json(cx, &allowed->value[i], out);
    jw_end(out, ']');
}

static void decision_members(struct ask *a, const struct app_decision *d)
{
    jw_kstr(a->out, "name", d->name);
    jw_kstr(a->out, "app", d->app);
    jw_kstr(a->out, "decision", d->bare);
    jw_kstr(a->out, "id", d->element->id);
    jw_kstr(a->out, "kind", d->element->kind == DMN_SERVICE ? STR("service") : STR("decision"));
    jw_kstr(a->out, "file", d->file->name);
    jw_kstr(a->out, "model", d->file->hash);
    type_write(a->cx, "type", d->element->type, a->out);
    jw_key(a->out, STR("inputs"));
    jw_array(a->out);
    for (int i = 0; i < d->input_count; i++) {
        jw_object(a->out);
        jw_kstr(a->out, "name", d->input[i].name);
        type_write(a->cx, "type", d->input[i].type, a->out);
        allowed_write(a->cx, &d->input[i].allowed, a->out);
        jw_end(a->out, '}');
    }
    jw_end(a->out, ']');
    outputs_write(a, d->element->type);
}

rc question_decision_list(struct ask *a)
{
    const struct catalogue *c = a->e->cat;
    jw_array(a->out);
    for (int i = 0; i < c->decision_count; i++) {
        jw_object(a->out);
        decision_members(a, &c->decision[i]);
        jw_end(a->out, '}');
    }
    jw_end(a->out, ']');
    return RC_OK;
}

static rc decision_of(struct ask *a, const struct app_decision **out)
{
    str app, name;
    rc r = param_text(a->cx, a->params, "app", &app);
    if (r == RC_OK) r = param_text(a->cx, a->params, "name", &name);
    if (r != RC_OK) return r;
    const str full = arena_printf(a->cx->arena, STR_FMT "." STR_FMT, STR_ARG(app), STR_ARG(name));
    *out = catalogue_decision(a->e->cat, full);
    if (*out) return RC_OK;
    r = err_set(a->cx, RC_MISSING, "decision.unknown", "没有名为“" STR_FMT "”的决策",
                "there is no decision \"" STR_FMT "\"", STR_ARG(full));
    const str near = catalogue_decision_near(a->e->cat, a->cx->arena, full);
    if (near.len)
        err_hint(a->cx, "是不是“" STR_FMT "”？", "did you mean \"" STR_FMT "\"?", STR_ARG(near));
    return r;
}

static void finding_write(const struct catalogue *c, const struct app_decision_file *file, size_t i,
                          struct jw *out)
{
    static const char *const flaw[] = {[DMN_GAP] = "gap",
                                       [DMN_OVERLAP] = "overlap",
                                       [DMN_UNREACHABLE] = "unreachable",
                                       [DMN_TYPE] = "type"};
    const struct dmn_finding *f = &file->findings.at[i];
    jw_object(out);
    jw_kstr(out, "kind", str_from(flaw[f->flaw]));
    jw_kstr(out, "sentence",
            i < (size_t)file->note_count ? c->note[file->note + (int)i].detail : (str){0});
    jw_kstr(out, "table", f->table);
    jw_kstr(out, "element", f->element ? f->element->name : (str){0});
    jw_ki64(out, "rule", f->rule);
    jw_ki64(out, "other", f->other);
    jw_kstr(out, "inputs", f->inputs);
    jw_ki64(out, "line", f->pos.line);
    jw_ki64(out, "column", f->pos.column);
    jw_end(out, '}');
}

rc question_decision_get(struct ask *a)
{
    const struct app_decision *d;
    const rc r = decision_of(a, &d);
    if (r != RC_OK) return r;
    jw_object(a->out);
    decision_members(a, d);
    jw_kstr(a->out, "xml", d->file->xml);
    jw_key(a->out, STR("findings"));
    jw_array(a->out);
    for (size_t i = 0; i < d->file->findings.len; i++)
        finding_write(a->e->cat, d->file, i, a->out);
    jw_end(a->out, ']');
    jw_kbool(a->out, "incomplete", d->file->findings.incomplete);
    jw_key(a->out, STR("leftOut"));
    jw_array(a->out);
    for (str rest = d->file->findings.left_out; rest.len;)
        jw_str(a->out, str_cut(rest, '\n', &rest));
    jw_end(a->out, ']');
    jw_end(a->out, '}');
    return RC_OK;
}

/* ---- inputs out of JSON, by their types: a date is a text there ---- */

/* Is it of that type?  Null is, and one that stands for a list of one. */
static bool is_of(const struct feel_value *v, const struct feel_type *t)
{
    if (v->kind == FEEL_NULL || !t) return true;
    if (t->kind == FEEL_LIST) {
        if (v->kind != FEEL_LIST) return is_of(v, t->element);
        for (size_t i = 0; i < v->as.list->count; i++)
            if (!is_of(&v->as.list->at[i], t->element)) return false;
        return true;
    }
    if (t->kind == FEEL_CONTEXT && v->kind == FEEL_CONTEXT) {
        for (size_t i = 0; i < v->as.context->count; i++) {
            const struct feel_entry *e = &v->as.context->at[i];
            if (!is_of(&e->value, type_member(t, e->name))) return false;
        }
        return true;
    }
    return t->kind == FEEL_ANY || t->kind == FEEL_RANGE || t->kind == FEEL_FUNCTION ||
           (enum feel_kind)v->kind == t->kind;
}

/* False: not of that type. */
static bool value_read(struct cx *cx, const struct json *j, const struct feel_type *t,
                       struct feel_value *out)
{
    if (feel_value_from_json_typed(cx, j, t, out) == RC_OK) return is_of(out, t);
    err_clear(cx);
    return false;
}

static rc input_fault(struct cx *cx, const struct json *j, const struct feel_type *want)
{
    struct buf type = {.arena = cx->arena}, given = {.arena = cx->arena};
    enum { SHOWN_BYTES = 60 };
    feel_type_write(&type, want);
    json_write(&given, j);
    str shown = buf_str(&given);
    if (shown.len > SHOWN_BYTES) shown = STR("…");
    const rc r = err_set(cx, RC_INVALID, "decision.input-type",
                         "输入“" STR_FMT "”应为 " STR_FMT "，收到的是 " STR_FMT,
                         "input \"" STR_FMT "\" is expected to be " STR_FMT ", not " STR_FMT,
                         STR_ARG(j->key), STR_ARG(buf_str(&type)), STR_ARG(shown));
    err_field(cx, arena_printf(cx->arena, "inputs/" STR_FMT, STR_ARG(j->key)));
    return r;
}

/* The type of what may be given under this name: an input, or a decision whose place it takes. */
static const struct feel_type *input_type(const struct app_decision *d, str name)
{
    for (int i = 0; i < d->input_count; i++)
        if (str_eq(d->input[i].name, name)) return d->input[i].type;
    const struct dmn_element *e = dmn_find(d->file->model, name);
    if (!e || e->kind != DMN_DECISION || e == d->element) return NULL;
    return e->type ? e->type : feel_type_of_kind(FEEL_ANY);
}

static rc input_unknown(struct cx *cx, const struct app_decision *d, str name)
{
    const rc r = err_set(
        cx, RC_INVALID, "decision.unknown-input", "决策“" STR_FMT "”没有输入“" STR_FMT "”",
        "decision \"" STR_FMT "\" has no input \"" STR_FMT "\"", STR_ARG(d->name), STR_ARG(name));
    err_field(cx, arena_printf(cx->arena, "inputs/" STR_FMT, STR_ARG(name)));
    const str near = dmn_nearest(d->file->model, name);
    if (near.len)
        err_hint(cx, "是不是“" STR_FMT "”？", "did you mean \"" STR_FMT "\"?", STR_ARG(near));
    return r;
}

static rc inputs_read(struct cx *cx, const struct app_decision *d, const struct json *inputs,
                      struct dmn_input **out, size_t *count)
{
    *count = 0;
    if (inputs && !json_is(inputs, JSON_OBJECT) && !json_is(inputs, JSON_NULL)) {
        const rc r = err_set(cx, RC_INVALID, "decision.inputs", "inputs 应为一个对象：名称与值",
                             "inputs is expected to be an object of names and values");
        err_field(cx, STR("inputs"));
        return r;
    }
    *out = NEWS(cx->arena, struct dmn_input, (inputs ? inputs->count : 0) + 1);
    for (const struct json *j = inputs ? inputs->child : NULL; j; j = j->next) {
        const struct feel_type *type = input_type(d, j->key);
        struct dmn_input *in = &(*out)[*count];
        if (!type) return input_unknown(cx, d, j->key);
        *in = (struct dmn_input){.name = j->key};
        if (!value_read(cx, j, type, &in->value)) return input_fault(cx, j, type);
        (*count)++;
    }
    return RC_OK;
}

/* ---- what it says ---- */

/* What is not given, or given as null, is said to be. */
static void missing_write(struct ask *a, const struct app_decision *d, const struct json *inputs)
{
    for (int i = 0; i < d->input_count; i++) {
        const str name = d->input[i].name;
        const struct json *given = json_find(inputs, name);
        if (given && !json_is(given, JSON_NULL)) continue;
        const struct dmn_warning w = {
            .slug = "decision.missing-input",
            .sentence = arena_printf(a->cx->arena,
                                     a->cx->lang == LANG_EN ? "input \"" STR_FMT
                                                              "\" is not given and counts as null"
                                                            : "未给出输入“" STR_FMT "”，按空值计算",
                                     STR_ARG(name)),
            .element = dmn_find(d->file->model, name)};
        warning_write(&w, a->out);
    }
}

rc question_decision_run(struct ask *a)
{
    const struct app_decision *d;
    rc r = decision_of(a, &d);
    if (r != RC_OK) return r;
    const struct json *inputs = json_find(a->params, STR("inputs"));
    struct strict s;
    struct dmn_input *input = NULL;
    struct feel_value value = feel_null();
    struct dmn_explain explain = {0};
    size_t count;
    strict_begin(&s, a->cx);
    struct dmn_run run = {.cx = &s.cx, .steps_left = STRANGER_STEPS, .explain = &explain};
    r = inputs_read(&s.cx, d, inputs, &input, &count);
    if (r == RC_OK) r = dmn_decide(&run, d->file->model, d->element, input, count, &value);
    if (r != RC_OK) return strict_end(&s, a, r);
    jw_object(a->out);
    jw_key(a->out, STR("value"));
    feel_json(&s.cx, &value, a->out);
    type_write(&s.cx, "type", feel_type_of_value(&s.arena, &value), a->out);
    jw_key(a->out, STR("matched"));
    matches_write(&s.cx, &explain, a->out);
    jw_key(a->out, STR("warnings"));
    jw_array(a->out);
    missing_write(a, d, inputs);
    for (size_t i = 0; i < explain.warnings.len && i < WARNINGS_MAX; i++)
        warning_write(&explain.warnings.at[i], a->out);
    jw_end(a->out, ']');
    jw_end(a->out, '}');
    return strict_end(&s, a, RC_OK);
}

/* ---- FEEL by itself ---- */

/* The names of the context and their values. */
static rc console_scope(struct cx *cx, const struct json *context, struct feel_scope *scope,
                        struct feel_value *slot)
{
    int n = 0;
    for (const struct json *j = context ? context->child : NULL; j; j = j->next, n++) {
        const rc r = feel_value_from_json(cx, j, &slot[n]);
        if (r != RC_OK) return r;
        (void)feel_scope_add(scope, j->key, feel_type_of_value(cx->arena, &slot[n]));
    }
    return RC_OK;
}

/* An expression that does not compile is an answer too: somebody is still typing it. */
static void console_fault(const struct err *e, struct jw *out)
{
    jw_object(out);
    jw_kraw(out, "value", STR("null"));
    jw_kraw(out, "type", STR("null"));
    jw_kraw(out, "warnings", STR("[]"));
    jw_key(out, STR("error"));
    jw_object(out);
    jw_kstr(out, "slug", str_from(e->slug));
    jw_kstr(out, "detail", e->detail);
    if (e->hint.len) jw_kstr(out, "hint", e->hint);
    jw_key(out, STR("position"));
    jw_object(out);
    jw_ki64(out, "line", e->pos.line);
    jw_ki64(out, "column", e->pos.column);
    jw_ki64(out, "offset", e->pos.offset_bytes);
    jw_end(out, '}');
    jw_end(out, '}');
    jw_end(out, '}');
}

static void console_answer(struct strict *s, const struct feel_run *run,
                           const struct feel_value *value, struct jw *out)
{
    jw_object(out);
    jw_key(out, STR("value"));
    feel_json(&s->cx, value, out);
    type_write(&s->cx, "type", feel_type_of_value(&s->arena, value), out);
    jw_key(out, STR("warnings"));
    jw_array(out);
    for (size_t i = 0; i < run->warning_count && i < run->warning_max; i++) {
        const struct dmn_warning w = {.slug = run->warning[i].slug,
                                      .sentence = run->warning[i].sentence,
                                      .pos = run->warning[i].pos};
        warning_write(&w, out);
    }
    jw_end(out, ']');
    jw_kraw(out, "error", STR("null"));
    jw_end(out, '}');
}

static rc console_params(struct ask *a, str *expression, const struct json **context)
{
    rc r = param_text(a->cx, a->params, "expression", expression);
    if (r != RC_OK) return r;
    if (expression->len > EXPRESSION_BYTES_MAX)
        return err_set(a->cx, RC_LIMIT, "decision.expression-size", "表达式太长，最多 %d KB",
                       "the expression is too long, at most %d KB", EXPRESSION_BYTES_MAX >> 10);
    *context = json_find(a->params, STR("context"));
    if (!*context || json_is(*context, JSON_OBJECT)) return RC_OK;
    if (json_is(*context, JSON_NULL)) {
        *context = NULL;
        return RC_OK;
    }
    r = err_set(a->cx, RC_INVALID, "decision.inputs", "context 应为一个对象：名称与值",
                "context is expected to be an object of names and values");
    err_field(a->cx, STR("context"));
    return r;
}

rc question_feel(struct ask *a)
{
    str text;
    const struct json *context = NULL;
    rc r = console_params(a, &text, &context);
    if (r != RC_OK) return r;
    struct strict s;
    const struct feel_expr *e;
    struct feel_value value;
    strict_begin(&s, a->cx);
    struct feel_scope *scope = feel_scope_new(&s.arena);
    struct feel_value *slot = NEWS(&s.arena, struct feel_value, (context ? context->count : 0) + 1);
    struct feel_run run = {.cx = &s.cx,
                           .slot = slot,
                           .steps_left = STRANGER_STEPS,
                           .warning = NEWS(&s.arena, struct feel_warning, WARNINGS_MAX),
                           .warning_max = WARNINGS_MAX};
    r = console_scope(&s.cx, context, scope, slot);
    if (r != RC_OK) return strict_end(&s, a, r);
    r = feel_compile(&s.cx, scope, text, (struct pos){0}, &e);
    if (r == RC_INVALID && !s.arena.exhausted) {
        console_fault(&s.cx.err, a->out);
        return strict_end(&s, a, RC_OK);
    }
    if (r == RC_OK) r = feel_eval(&run, e, &value);
    if (r == RC_OK) console_answer(&s, &run, &value, a->out);
    return strict_end(&s, a, r);
}
