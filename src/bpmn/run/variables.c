/* A scope's variables: JSON in its row, FEEL values in memory.  JSON alone does not know a date from a
 * text: what it has no kind for is an object with one member, {"@": "2024-05-31"}; a range is
 * {"@range": [low, high, low open, high open, form]}; a context that has such a member itself is
 * wrapped, {"@@": {…}}. */
#include "base/json.h"
#include "bpmn/run/state.h"

/* ---- writing ---- */

static bool is_marked(str name)
{
    return str_eq(name, STR("@")) || str_eq(name, STR("@@")) || str_eq(name, STR("@range"));
}

static void write_value(struct buf *out, const struct feel_value *v, int depth);

static void write_context(struct buf *out, const struct feel_context *c, int depth)
{
    bool wrap = c->count == 1 && is_marked(c->at[0].name);
    if (wrap) buf_add(out, STR("{\"@@\":"));
    buf_char(out, '{');
    for (size_t i = 0; i < c->count; i++) {
        if (i) buf_char(out, ',');
        buf_json(out, c->at[i].name);
        buf_char(out, ':');
        write_value(out, &c->at[i].value, depth + 1);
    }
    buf_char(out, '}');
    if (wrap) buf_char(out, '}');
}

static void write_list(struct buf *out, const struct feel_list *list, int depth)
{
    buf_char(out, '[');
    for (size_t i = 0; i < list->count; i++) {
        if (i) buf_char(out, ',');
        write_value(out, &list->at[i], depth + 1);
    }
    buf_char(out, ']');
}

static void write_range(struct buf *out, const struct feel_range *range, int depth)
{
    buf_add(out, STR("{\"@range\":["));
    write_value(out, &range->low, depth + 1);
    buf_char(out, ',');
    write_value(out, &range->high, depth + 1);
    buf_printf(out, ",%s,%s,%d]}", range->low_open ? "true" : "false",
               range->high_open ? "true" : "false", (int)range->form);
}

/* Deeper than JSON is read again, and functions: null. */
static void write_value(struct buf *out, const struct feel_value *v, int depth)
{
    if (depth > JSON_DEPTH_MAX - 8) {
        buf_add(out, STR("null"));
        return;
    }
    switch ((enum feel_kind)v->kind) {
    case FEEL_NULL:
    case FEEL_BOOLEAN:
    case FEEL_NUMBER:
    case FEEL_STRING: feel_value_write(out, v); return;
    case FEEL_DATE:
    case FEEL_TIME:
    case FEEL_DATE_TIME:
    case FEEL_MONTHS_DURATION:
    case FEEL_DAYS_DURATION:
        buf_add(out, STR("{\"@\":"));
        feel_value_write(out, v);
        buf_char(out, '}');
        return;
    case FEEL_LIST: write_list(out, v->as.list, depth); return;
    case FEEL_CONTEXT: write_context(out, v->as.context, depth); return;
    case FEEL_RANGE: write_range(out, v->as.range, depth); return;
    case FEEL_FUNCTION:
    case FEEL_ANY:
    case FEEL_KIND_COUNT: break;
    }
    buf_add(out, STR("null"));
}

str vars_write(struct arena *a, const struct bpmn_model *m, const struct token *t)
{
    struct buf out = {.arena = a};
    for (int i = 0; t->var && i < m->variable_count; i++) {
        if (!t->var_set[i]) continue;
        buf_char(&out, out.len ? ',' : '{');
        buf_json(&out, m->variable[i].name);
        buf_char(&out, ':');
        write_value(&out, &t->var[i], 0);
    }
    if (out.len) buf_char(&out, '}');
    return buf_str(&out);
}

/* ---- reading ---- */

static rc read_value(struct cx *cx, const struct json *j, struct feel_value *out);

static rc read_range(struct cx *cx, const struct json *j, struct feel_value *out)
{
    struct feel_range *range = NEW(cx->arena, struct feel_range);
    const struct json *e = j->child;
    int64_t form = 0;
    rc r = read_value(cx, e, &range->low);
    if (r == RC_OK) r = read_value(cx, e->next, &range->high);
    e = e->next->next;
    range->low_open = json_is(e, JSON_TRUE);
    range->high_open = json_is(e->next, JSON_TRUE);
    if (json_i64(e->next->next, &form)) range->form = (enum feel_range_form)form;
    *out = (struct feel_value){.kind = FEEL_RANGE, .as.range = range};
    return r;
}

static rc read_context(struct cx *cx, const struct json *j, struct feel_value *out)
{
    struct feel_entry *at = NEWS(cx->arena, struct feel_entry, j->count + 1);
    size_t n = 0;
    rc r = RC_OK;
    for (const struct json *m = j->child; m && r == RC_OK; m = m->next, n++) {
        at[n].name = m->key;
        r = read_value(cx, m, &at[n].value);
    }
    *out = feel_context_of(cx->arena, at, n);
    return r;
}

/* NOLINTNEXTLINE(misc-no-recursion): bounded by JSON_DEPTH_MAX */
static rc read_value(struct cx *cx, const struct json *j, struct feel_value *out)
{
    if (j->kind == JSON_OBJECT) {
        const struct json *only = j->count == 1 ? j->child : NULL;
        if (only && str_eq(only->key, STR("@"))) {
            if (!feel_temporal_parse(only->text, out)) *out = feel_null();
            return RC_OK;
        }
        if (only && str_eq(only->key, STR("@range")) && only->count == 5)
            return read_range(cx, only, out);
        if (only && str_eq(only->key, STR("@@"))) return read_context(cx, only, out);
        return read_context(cx, j, out);
    }
    if (j->kind != JSON_ARRAY) return feel_value_from_json(cx, j, out);
    struct feel_value *at = NEWS(cx->arena, struct feel_value, j->count + 1);
    size_t n = 0;
    rc r = RC_OK;
    for (const struct json *e = j->child; e && r == RC_OK; e = e->next, n++)
        r = read_value(cx, e, &at[n]);
    *out = feel_list_of(cx->arena, at, n);
    return r;
}

static void make_room(struct cx *cx, const struct bpmn_model *m, struct token *t)
{
    if (t->var) return;
    t->var = NEWS(cx->arena, struct feel_value, (size_t)m->variable_count + 1);
    t->var_set = NEWS(cx->arena, bool, (size_t)m->variable_count + 1);
}

/* A name the model no longer has is left out. */
rc vars_read(struct cx *cx, const struct bpmn_model *m, str json, struct token *t)
{
    const struct json *object;
    if (!json.len) return RC_OK;
    rc r = json_parse(cx, json, &object);
    for (const struct json *j = r == RC_OK ? object->child : NULL; j && r == RC_OK; j = j->next) {
        const struct bpmn_variable *v = bpmn_variable_find(m, j->key);
        if (!v) continue;
        make_room(cx, m, t);
        t->var_set[v - m->variable] = true;
        r = read_value(cx, j, &t->var[v - m->variable]);
    }
    return r;
}

/* ---- one variable ---- */

void var_set(struct cx *cx, const struct bpmn_model *m, struct token *scope, int variable,
             const struct feel_value *v)
{
    CHECK(variable >= 0 && variable < m->variable_count);
    make_room(cx, m, scope);
    scope->var[variable] = *v;
    scope->var_set[variable] = scope->vars_changed = true;
}

const struct feel_value *var_get(const struct token *scope, int variable)
{
    for (const struct token *t = scope; t; t = t->parent)
        if (t->var && t->var_set[variable]) return &t->var[variable];
    return NULL;
}

static bool lives_in(const struct bpmn_variable *v, const struct bpmn_node *node)
{
    for (int i = 0; i < v->home_count; i++)
        if (v->home[i] == node) return true;
    return node && v->scope == node;
}

struct token *var_home(struct token *scope, const struct bpmn_model *m, int variable)
{
    struct token *home = NULL, *root = scope;
    for (struct token *t = scope; t; root = t, t = t->parent) {
        if (t->var && t->var_set[variable]) return t;
        if (!home && lives_in(&m->variable[variable], t->node)) home = t;
    }
    return home ? home : root;
}

/* ---- from outside ---- */

static void hint_known(struct cx *cx, const struct bpmn_model *m)
{
    struct buf known = {.arena = cx->arena, .bytes_max = 400};
    for (int i = 0; i < m->variable_count; i++)
        buf_printf(&known, "%s" STR_FMT, i ? ", " : "", STR_ARG(m->variable[i].name));
    if (known.len)
        err_hint(cx, "流程的变量有：" STR_FMT, "the process has: " STR_FMT,
                 STR_ARG(buf_str(&known)));
}

static rc unknown(struct cx *cx, const struct bpmn_model *m, str name)
{
    (void)!err_set(cx, RC_INVALID, "bpmn.variable", "流程“" STR_FMT "”没有变量“" STR_FMT "”",
                   "the process \"" STR_FMT "\" has no variable \"" STR_FMT "\"", STR_ARG(m->id),
                   STR_ARG(name));
    err_field(cx, name);
    hint_known(cx, m);
    return RC_INVALID;
}

static rc wrong_type(struct cx *cx, str name, const struct feel_type *want,
                     const struct feel_value *v)
{
    struct buf type = {.arena = cx->arena}, value = {.arena = cx->arena, .bytes_max = 80};
    feel_type_write(&type, want);
    feel_value_text(&value, v);
    (void)!err_set(cx, RC_INVALID, "bpmn.variable",
                   "变量“" STR_FMT "”的值“" STR_FMT "”类型不对，应为 " STR_FMT,
                   "the value \"" STR_FMT "\" of the variable \"" STR_FMT
                   "\" is of the wrong type, expected " STR_FMT,
                   STR_ARG(cx->lang == LANG_EN ? buf_str(&value) : name),
                   STR_ARG(cx->lang == LANG_EN ? name : buf_str(&value)), STR_ARG(buf_str(&type)));
    err_field(cx, name);
    return RC_INVALID;
}

rc vars_take(struct cx *cx, const struct bpmn_model *m, const struct json *object,
             struct token *scope)
{
    for (const struct json *j = object ? object->child : NULL; j; j = j->next) {
        const struct bpmn_variable *v = bpmn_variable_find(m, j->key);
        if (!v) return unknown(cx, m, j->key);
        const struct feel_type *type = v->type;
        struct feel_value value, fits;
        rc r = feel_value_from_json_typed(cx, j, type, &value);
        if (r != RC_OK) return r;
        fits = type ? feel_coerce(cx->arena, &value, type) : value;
        if (fits.kind == FEEL_NULL && value.kind != FEEL_NULL)
            return wrong_type(cx, j->key, type, &value);
        int i = (int)(v - m->variable);
        var_set(cx, m, var_home(scope, m, i), i, &fits);
    }
    return RC_OK;
}
