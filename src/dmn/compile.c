/* The door of the compiler, faults, and FEEL texts with their place. */
#include "dmn/compile.h"

#include <stdlib.h>

void compile_take_error(struct compiler *c, const struct unit *u, const struct xml *x)
{
    c->failed = true;
    if (!c->cx->err.source.len) err_source(c->cx, u->file);
    for (; x && !c->cx->err.field.len; x = x->parent)
        err_field(c->cx, xml_attr(x, "id"));
    if (c->cx->findings) (void)err_collect(c->cx);
}

void compile_fault(struct compiler *c, const struct unit *u, const struct xml *x, const char *slug,
                   const char *zh, const char *en, ...)
{
    va_list ap;
    va_start(ap, en);
    const str sentence = arena_vprintf(c->arena, c->cx->lang == LANG_ZH ? zh : en, ap);
    va_end(ap);
    if (c->cx->err.code != RC_OK) return; /* nowhere to put it: the first stands */
    const rc r = err_set_at(c->cx, RC_INVALID, slug, x->pos, "%.*s", "%.*s", STR_ARG(sentence));
    if (r != RC_OK) compile_take_error(c, u, x);
}

void compile_hint(struct compiler *c, str nearest)
{
    struct findings *f = c->cx->findings;
    if (!nearest.len) return;
    if (!f) {
        err_hint(c->cx, "是否想写“%.*s”？", "did you mean \"%.*s\"?", STR_ARG(nearest));
    } else if (f->count > 0 && !f->more) {
        const char *hint = c->cx->lang == LANG_ZH ? "是否想写“%.*s”？" : "did you mean \"%.*s\"?";
        f->item[f->count - 1].hint = arena_printf(c->arena, hint, STR_ARG(nearest));
    }
}

struct place compile_inside(const struct place *p)
{
    struct place inside = *p;
    inside.scope = NEW(p->c->arena, struct feel_scope);
    *inside.scope = *p->scope;
    return inside;
}

int compile_name(struct place *p, str name, const struct feel_type *type)
{
    const int slot = feel_scope_add(p->scope, name, type);
    if (p->scope->slot_count > *p->slots) *p->slots = p->scope->slot_count;
    return slot;
}

/* In lenient models what does not compile waits until it is evaluated. */
static void take(const struct place *p, const struct xml *x, struct literal *l, rc r)
{
    struct cx *cx = p->c->cx;
    if (r == RC_OK) {
        const struct node *root = l->expr->root;
        if (root->op == OP_CONST) l->constant = &root->as.value;
        if (root->op == OP_SLOT) l->name = root->as.index + 1;
        return;
    }
    l->expr = NULL;
    if (r == RC_INVALID && p->c->options->lenient) {
        l->slug = cx->err.slug;
        l->sentence = cx->err.detail;
        if (cx->err.pos.line) l->pos = cx->err.pos;
        err_clear(cx);
        return;
    }
    compile_take_error(p->c, p->u, x);
}

static bool is_feel(const struct place *p, const struct xml *x)
{
    const str language = xml_attr(x, "expressionLanguage");
    if (!language.len) return true;
    for (size_t i = 0; i + 4 <= language.len; i++) {
        const str at = str_slice(language, i, i + 4);
        if (str_eq(at, STR("FEEL")) || str_eq(at, STR("feel"))) return true;
    }
    compile_fault(p->c, p->u, x, "dmn.language", "不认识的表达式语言“%.*s”，只支持 FEEL",
                  "the expression language \"%.*s\" is not known, only FEEL is", STR_ARG(language));
    return false;
}

static struct literal start(const struct place *p, const struct xml *x, bool *ready)
{
    struct literal l = {0};
    *ready = false;
    if (!x) return l;
    const struct xml *text = xml_child(x, p->u->vocabulary, STR("text"));
    l.pos = text && text->text_pos.line ? text->text_pos : x->pos;
    if (!text || !text->text.len) return l;
    l.source = text->text;
    *ready = p->c->cx->err.code == RC_OK && is_feel(p, x);
    return l;
}

struct literal compile_literal(const struct place *p, const struct xml *x)
{
    bool ready;
    struct literal l = start(p, x, &ready);
    if (ready) take(p, x, &l, feel_compile(p->c->cx, p->scope, l.source, l.pos, &l.expr));
    return l;
}

struct literal compile_around(const struct place *p, const struct xml *x, const char *before,
                              const char *behind)
{
    bool ready;
    struct literal l = start(p, x, &ready);
    struct pos at = l.pos;
    struct buf text = {.arena = p->c->arena};
    buf_add(&text, str_from(before));
    buf_add(&text, l.source);
    buf_add(&text, str_from(behind));
    at.column -= (uint32_t)utf8_count(str_from(before));
    if (ready) take(p, x, &l, feel_compile(p->c->cx, p->scope, buf_str(&text), at, &l.expr));
    return l;
}

struct literal compile_tests(const struct place *p, const struct xml *x, int input)
{
    bool ready;
    struct literal l = start(p, x, &ready);
    if (ready)
        take(p, x, &l, feel_compile_tests(p->c->cx, p->scope, input, l.source, l.pos, &l.expr));
    return l;
}

const struct feel_tests *compile_constants(struct compiler *c, const struct literal *tests)
{
    struct feel_tests found;
    if (!tests->expr || !feel_tests_constants(c->arena, tests->expr, &found)) return NULL;
    struct feel_tests *kept = NEW(c->arena, struct feel_tests);
    *kept = found;
    return kept;
}

static void declare_builtins(struct compiler *c)
{
    for (int k = 0; k < FEEL_KIND_COUNT; k++)
        c->builtin[k].feel = feel_type_of_kind((enum feel_kind)k);
    c->builtin[FEEL_LIST].element = &c->builtin[FEEL_ANY];
}

static int compare_tables(const void *a, const void *b)
{
    const struct boxed *x = *(const struct boxed *const *)a, *y = *(const struct boxed *const *)b;
    const int i = x->element->is->index, k = y->element->is->index;
    if (i != k) return i < k ? -1 : 1;
    return (x->pos.offset_bytes > y->pos.offset_bytes) -
           (x->pos.offset_bytes < y->pos.offset_bytes);
}

/* Elements are compiled as they need one another; their tables are listed as they stand. */
static void sort_tables(struct compiler *c)
{
    if (c->table.len > 1) qsort(c->table.at, c->table.len, sizeof *c->table.at, compare_tables);
}

static rc finish(struct compiler *c)
{
    struct cx *cx = c->cx;
    if (cx->err.code != RC_OK) return cx->err.code;
    if (c->arena->exhausted)
        return err_set(cx, RC_LIMIT, "dmn.memory", "决策模型过大，内存不够",
                       "the decision model is too large for the memory allowed");
    if (c->failed)
        return err_set(cx, RC_INVALID, "dmn.invalid", "决策模型有错误，逐条列出",
                       "the decision model has faults, each listed");
    return RC_OK;
}

rc dmn_compile(struct cx *cx, str name, str text, const struct dmn_options *o,
               const struct dmn_model **out)
{
    static const struct dmn_options none = {0};
    struct compiler *c = NEW(cx->arena, struct compiler);
    *c = (struct compiler){.cx = cx, .arena = cx->arena, .options = o ? o : &none};
    if (cx->err.code != RC_OK) return cx->err.code;
    c->model = NEW(cx->arena, struct dmn_model);
    declare_builtins(c);
    rc r = load_units(c, name, text);
    if (r != RC_OK) return r;
    for (size_t i = 0; i < c->unit.len; i++)
        items_declare(c, c->unit.at[i]);
    for (size_t i = 0; i < c->unit.len; i++)
        items_define(c, c->unit.at[i]);
    elements_require(c);
    graph_check(c);
    if (!c->failed && !c->arena->exhausted) {
        graph_needs(c);
        elements_compile(c);
        types_check(c);
        offer_values(c);
    }
    r = finish(c);
    if (r != RC_OK) return r;
    sort_tables(c);
    c->model->finding = c->finding.at;
    c->model->finding_count = c->finding.len;
    c->model->table = c->table.at;
    c->model->table_count = c->table.len;
    model_list_inputs(c->arena, c->model);
    *out = c->model;
    return RC_OK;
}
