/* FEEL inside a model: evaluated in the frame at hand, with warnings that say where. */
#include <string.h>

#include "dmn/run.h"

/* NOLINTBEGIN(misc-no-recursion): within the budgets of FEEL's machine */

bool exec_stop(struct exec *x, rc code)
{
    x->m->code = code;
    return false;
}

bool exec_out_of_memory(struct exec *x)
{
    return exec_stop(x, err_set(x->run->cx, RC_LIMIT, "feel.memory", "计算所需内存超过限额",
                                "the evaluation needs more memory than it may use"));
}

bool exec_too_deep(struct exec *x, struct pos pos)
{
    if (x->m->arena->exhausted) return exec_out_of_memory(x);
    return exec_stop(x, err_set_at(x->run->cx, RC_LIMIT, "feel.depth", pos, "调用嵌套过深",
                                   "calls are nested too deeply"));
}

struct feel_value *exec_values_large(struct exec *x, size_t count)
{
    struct feel_value *v = arena_try(x->m->arena, count, sizeof *v);
    if (!v) (void)exec_out_of_memory(x);
    return v;
}

/* ---- warnings ---- */

static str cell_text(struct exec *x)
{
    struct buf b = {.arena = x->m->arena};
    const struct cell *c = &x->cell;
    const bool chinese = x->run->cx->lang == LANG_ZH;
    switch (c->kind) {
    case CELL_NONE: break;
    case CELL_ENTRY: buf_printf(&b, chinese ? "条目“%.*s”" : "entry %.*s", STR_ARG(c->name)); break;
    case CELL_INPUT: buf_printf(&b, chinese ? "输入 %d" : "input %d", c->column); break;
    case CELL_TEST:
        buf_printf(&b, chinese ? "规则 %d，输入 %d" : "rule %d, input %d", c->rule, c->column);
        break;
    case CELL_OUTPUT:
        buf_printf(&b, chinese ? "规则 %d，输出 %d" : "rule %d, output %d", c->rule, c->column);
        break;
    case CELL_DEFAULT:
        buf_printf(&b, chinese ? "默认输出 %d" : "default output %d", c->column);
        break;
    case CELL_ITEM: buf_printf(&b, chinese ? "第 %d 项" : "item %d", c->column); break;
    case CELL_ROW:
        buf_printf(&b, chinese ? "第 %d 行，第 %d 列" : "row %d, column %d", c->rule, c->column);
        break;
    case CELL_BINDING:
        buf_printf(&b, chinese ? "参数“%.*s”" : "parameter %.*s", STR_ARG(c->name));
        break;
    }
    return buf_str(&b);
}

static void add_warning(struct exec *x, const char *slug, str sentence, struct pos pos)
{
    struct dmn_explain *e = x->run->explain;
    if (!e || e->warnings.len >= WARNINGS_MAX) return;
    *vec_add(x->m->arena, &e->warnings) =
        (struct dmn_warning){.slug = slug,
                             .sentence = sentence,
                             .element = x->element ? x->element->is : NULL,
                             .cell = cell_text(x),
                             .pos = pos};
}

void exec_harvest(struct exec *x)
{
    for (size_t i = 0; i < x->feel.warning_count; i++)
        add_warning(x, x->scratch[i].slug, x->scratch[i].sentence, x->scratch[i].pos);
    x->feel.warning_count = 0;
}

void exec_warn(struct exec *x, const char *slug, struct pos pos, const char *zh, const char *en,
               ...)
{
    if (!x->run->explain) return;
    exec_harvest(x);
    va_list ap;
    va_start(ap, en);
    const str sentence = arena_vprintf(x->m->arena, x->run->cx->lang == LANG_ZH ? zh : en, ap);
    va_end(ap);
    add_warning(x, slug, sentence, pos);
}

/* ---- expressions ---- */

__attribute__((noinline)) static bool with_locals(struct exec *x, const struct feel_expr *e,
                                                  struct feel_value *out)
{
    struct feel_value small[MACHINE_LOCALS];
    struct machine *m = x->m;
    struct feel_value *const outer = m->local;
    m->local = exec_values(x, small, MACHINE_LOCALS, (size_t)e->local_count);
    const struct feel_value *v = m->local ? e->root->eval(m, e->root, out) : NULL;
    if (v && v != out) *out = *v;
    m->local = outer;
    return v != NULL;
}

bool exec_expr(struct exec *x, const struct feel_expr *e, struct feel_value *out)
{
    const struct node *root = e->root;
    struct machine *m = x->m;
    if (root->op == OP_SLOT) {
        *out = m->slot[root->as.index];
        return true;
    }
    if (root->op == OP_CONST) {
        *out = root->as.value;
        return true;
    }
    const struct feel_expr *const outer = m->expr;
    const struct feel_value *const captured = m->captured;
    bool ok = false;
    m->expr = e;
    m->captured = NULL;
    if (m->stack + root->depth > MACHINE_STACK_MAX) {
        (void)exec_stop(x, err_set_at(x->run->cx, RC_LIMIT, "feel.depth", e->at, "调用嵌套过深",
                                      "calls are nested too deeply"));
    } else if (charge(m, root, cost_of(root))) {
        m->stack += root->depth;
        if (e->local_count > 0) {
            ok = with_locals(x, e, out);
        } else {
            const struct feel_value *v = root->eval(m, root, out);
            if (v && v != out) *out = *v;
            ok = v != NULL;
        }
        m->stack -= root->depth;
    }
    m->expr = outer;
    m->captured = captured;
    if (x->feel.warning_count > 0) exec_harvest(x);
    return ok;
}

/* A path through contexts that stand in a slot, when all its names are there; else NULL. */
static const struct feel_value *path_at_hand(struct machine *m, const struct node *n)
{
    if (n->op == OP_SLOT) return &m->slot[n->as.index];
    if (n->op != OP_PATH) return NULL;
    const struct feel_value *v = path_at_hand(m, n->as.path.of);
    if (!v || v->kind != FEEL_CONTEXT) return NULL;
    return context_get(v->as.context, n->as.path.name, &m->hint[n->as.path.hint]);
}

bool exec_literal_slow(struct exec *x, const struct literal *l, struct feel_value *out)
{
    const struct node *root = l->expr ? l->expr->root : NULL;
    if (root && root->op == OP_PATH && x->m->fuel > cost_of(root)) {
        const struct feel_value *v = path_at_hand(x->m, root);
        if (v) {
            x->m->fuel -= cost_of(root);
            *out = *v;
            return true;
        }
    }
    if (l->expr) return exec_expr(x, l->expr, out);
    *out = feel_null();
    if (l->slug) exec_warn(x, l->slug, l->pos, "%.*s", "%.*s", STR_ARG(l->sentence));
    return true;
}

/* ---- tests ---- */

static str text_of(const struct feel_value *string)
{
    return (str){string->as.string.at, string->as.string.len};
}

bool literal_passes(const struct feel_tests *t, const struct feel_value *v)
{
    bool inside = t->any, compared = true;
    for (size_t i = 0; i < t->count && !inside; i++) {
        const struct feel_range *r = &t->range[i];
        if (v->kind == FEEL_STRING && r->low.kind == FEEL_STRING && r->form == FEEL_RANGE_EQUAL) {
            inside = name_same(text_of(v), text_of(&r->low));
            continue;
        }
        const struct feel_value range = {.kind = FEEL_RANGE, .as.range = &t->range[i]};
        const int in = feel_range_contains(&range, v);
        inside = in == 1;
        compared = compared && in >= 0;
    }
    return t->negated ? !inside && compared : inside;
}

int exec_tests(struct exec *x, const struct literal *tests, const struct feel_tests *constant,
               int slot, const struct feel_value *v)
{
    struct feel_value result;
    if (!tests->expr) {
        if (tests->slug)
            exec_warn(x, tests->slug, tests->pos, "%.*s", "%.*s", STR_ARG(tests->sentence));
        return !tests->slug;
    }
    if (constant && v->kind != FEEL_LIST && v->kind != FEEL_RANGE)
        return literal_passes(constant, v);
    x->frame[slot] = *v;
    if (!exec_expr(x, tests->expr, &result)) return -1;
    return feel_is_true(&result);
}

/* ---- coercion ---- */

enum { CONFORMS_MAX = 200 }; /* values looked at by the short way */

/* Tests of types stand in a frame of their own. */
static int type_test(struct exec *x, const struct literal *tests, const struct feel_tests *constant,
                     const struct feel_value *v)
{
    struct feel_value own[1];
    struct feel_value *const frame = x->frame;
    x->frame = own;
    x->m->slot = own;
    const int r = exec_tests(x, tests, constant, 0, v);
    x->frame = frame;
    x->m->slot = frame;
    return r;
}

/* 1: v is one of the allowed values; 0: it is not; -1: evaluation is over.  As deep as the type. */
static int allowed(struct exec *x, const struct item *item, const struct feel_value *v)
{
    int r = 1;
    if (!item->checked || v->kind == FEEL_NULL) return 1;
    if (item->element && v->kind == FEEL_LIST)
        for (size_t i = 0; i < v->as.list->count && r == 1; i++)
            r = allowed(x, item->element, &v->as.list->at[i]);
    for (size_t i = 0; i < item->part_count && r == 1; i++) {
        if (!item->part[i].item->checked) continue;
        const struct feel_value *part =
            v->kind == FEEL_CONTEXT ? context_find(v->as.context, item->part[i].name, i) : NULL;
        if (part) r = allowed(x, item->part[i].item, part);
    }
    if (r == 1 && item->allowed) r = type_test(x, item->allowed, item->constant, v);
    if (r == 1 && item->condition) r = type_test(x, item->condition, NULL, v);
    return r;
}

/* Does v certainly have the declared type and an allowed value?  In one walk, without FEEL; false is no
 * answer.  Types may hold themselves, and values share parts: *left is how many may be looked at. */
static bool conforms(const struct item *item, const struct feel_value *v, int *left)
{
    const enum feel_kind want = item->feel->kind;
    if (v->kind == FEEL_NULL) return true;
    if (--*left < 0) return false;
    if (want == FEEL_ANY) return !item->checked;
    if (item->condition || item->element || want != (enum feel_kind)v->kind) return false;
    if (item->allowed && !item->constant) return false;
    if (want < FEEL_LIST) return !item->allowed || literal_passes(item->constant, v);
    if (want != FEEL_CONTEXT || item->allowed || item->part_count != item->feel->count)
        return false;
    for (size_t i = 0; i < item->part_count; i++) {
        const struct feel_value *part = context_find(v->as.context, item->part[i].name, i);
        if (!part || !conforms(item->part[i].item, part, left)) return false;
    }
    return true;
}

bool exec_conforms(const struct item *item, const struct feel_value *v)
{
    int left = CONFORMS_MAX;
    return conforms(item, v, &left);
}

/* What is said of a value that does not conform; it is null from here on. */
static void refuse_type(struct exec *x, const struct item *item, struct pos pos,
                        struct feel_value *v)
{
    struct buf want = {.arena = x->m->arena}, have = {.arena = x->m->arena};
    if (x->run->explain) {
        feel_type_write(&want, item->feel);
        feel_value_write(&have, v);
        exec_warn(x, "dmn.type", pos, "值 %.*s 不符合声明的类型%.*s",
                  "the value %.*s is not of the type declared, %.*s", STR_ARG(buf_str(&have)),
                  STR_ARG(buf_str(&want)));
    }
    *v = feel_null();
}

static void refuse_value(struct exec *x, const struct item *item, struct pos pos,
                         struct feel_value *v)
{
    struct buf have = {.arena = x->m->arena};
    const str values = item->allowed ? item->allowed->source : item->name;
    if (x->run->explain) {
        feel_value_write(&have, v);
        exec_warn(x, "dmn.not-allowed", pos, "值 %.*s 不在允许的值之内：%.*s",
                  "the value %.*s is not among those allowed: %.*s", STR_ARG(buf_str(&have)),
                  STR_ARG(values));
    }
    *v = feel_null();
}

bool exec_coerce_slow(struct exec *x, const struct item *item, struct pos pos, struct feel_value *v)
{
    if (exec_conforms(item, v)) return true;
    const enum feel_kind want = item->feel->kind;
    const bool simple = want == (enum feel_kind)v->kind && want < FEEL_LIST;
    if (want != FEEL_ANY && !simple && !feel_is_instance(v, item->feel)) {
        const struct feel_value coerced = feel_coerce(x->m->arena, v, item->feel);
        if (coerced.kind == FEEL_NULL) {
            refuse_type(x, item, pos, v);
            return true;
        }
        *v = coerced;
    }
    if (!item->checked) return true;
    const int r = allowed(x, item, v);
    if (r == 0) refuse_value(x, item, pos, v);
    return r >= 0;
}
/* NOLINTEND(misc-no-recursion) */
