/* Nodes: made, checked for type, and computed at once where nothing can change any more. */
#include "feel/parse/parse.h"

struct node *new_node(struct parser *p, enum op op, eval_fn *eval, uint32_t at,
                      const struct feel_type *type)
{
    struct node *n = NEW(p->arena, struct node);
    n->eval = eval;
    n->type = type;
    n->at = at;
    n->size = 1;
    n->depth = 1;
    n->op = (uint8_t)op;
    n->pure = true;
    return n;
}

void add_node(struct parser *p, node_vec *v, const struct node *n)
{
    *vec_add(p->arena, v) = n;
}

void add_sign(struct parser *p, sign_vec *v, uint8_t sign)
{
    *vec_add(p->arena, v) = sign;
}

bool adopt(struct parser *p, struct node *n, const struct node *child)
{
    if (child == NULL) return true;
    n->size += child->size;
    if (child->depth >= n->depth) n->depth = (uint16_t)(child->depth + 1);
    n->pure = n->pure && child->op == OP_CONST;
    if (n->depth <= NODE_DEPTH_MAX) return true;
    fail_limit(p, "feel.depth", "表达式嵌套过深", "the expression is nested too deeply");
    return false;
}

struct node *const_node(struct parser *p, struct feel_value v, uint32_t at)
{
    const struct feel_type *type = feel_type_of_kind((enum feel_kind)v.kind);
    if (v.kind == FEEL_LIST || v.kind == FEEL_CONTEXT || v.kind == FEEL_RANGE)
        type = feel_type_of_value(p->arena, &v);
    struct node *n = new_node(p, OP_CONST, eval_const, at, type);
    n->as.value = v;
    return n;
}

struct node *fault_node(struct parser *p, uint32_t at, const char *slug, const char *zh,
                        const char *en, ...)
{
    va_list ap;
    struct node *n = new_node(p, OP_FAULT, eval_fault, at, feel_type_of_kind(FEEL_NULL));
    va_start(ap, en);
    n->as.fault.sentence = arena_vprintf(p->arena, p->cx->lang == LANG_ZH ? zh : en, ap);
    va_end(ap);
    n->as.fault.slug = slug;
    n->pure = false;
    return n;
}

/* A warning would be lost by folding, and a fault must be told each time it happens. */
struct node *fold(struct parser *p, struct node *n)
{
    enum { FOLD_STEPS = 10000 };
    if (n == NULL || !n->pure || n->op == OP_CONST) return n;
    struct cx cx = *p->cx;
    struct feel_warning warning;
    struct feel_run run = {.cx = &cx, .warning = &warning, .warning_max = 1};
    struct machine m = {.run = &run, .arena = p->arena, .expr = p->expr, .fuel = FOLD_STEPS};
    struct feel_value tmp;
    const struct feel_value *v = n->eval(&m, n, &tmp);
    if (v == NULL || run.warning_count > 0) return n;
    const struct feel_type *type = n->type;
    const struct feel_value result = *v;
    struct node *constant = new_node(p, OP_CONST, eval_const, n->at, type);
    constant->as.value = result;
    if (type->kind == FEEL_ANY && result.kind != FEEL_LIST && result.kind != FEEL_CONTEXT)
        constant->type = feel_type_of_kind((enum feel_kind)result.kind);
    return constant;
}

const struct node **keep_nodes(struct parser *p, const node_vec *v)
{
    const struct node **at = NEWS(p->arena, const struct node *, v->len + 1);
    for (size_t i = 0; i < v->len; i++)
        at[i] = v->at[i];
    return at;
}

str type_text(struct parser *p, const struct feel_type *t)
{
    struct buf b = {.arena = p->arena, .bytes_max = 200};
    feel_type_write(&b, t);
    return buf_str(&b);
}

static bool uncertain(const struct feel_type *t)
{
    return t->kind == FEEL_ANY || t->kind == FEEL_NULL;
}

bool comparable(const struct feel_type *a, const struct feel_type *b)
{
    return uncertain(a) || uncertain(b) || a->kind == b->kind;
}

static bool ordered(const struct feel_type *t)
{
    return uncertain(t) || t->kind == FEEL_NUMBER || t->kind == FEEL_STRING ||
           (t->kind >= FEEL_DATE && t->kind <= FEEL_DAYS_DURATION);
}

/* A fault of type that is certain: an error, or null with a warning in the lenient way. */
static struct node *type_fault(struct parser *p, uint32_t at, const char *what,
                               const struct feel_type *a, const struct feel_type *b)
{
    const str x = type_text(p, a), y = type_text(p, b);
    const char *zh = "“%s”不能用于%.*s与%.*s";
    const char *en = "\"%s\" does not go with %.*s and %.*s";
    if (p->scope->lenient)
        return fault_node(p, at, "feel.type", zh, en, what, STR_ARG(x), STR_ARG(y));
    fail_at(p, at, "feel.type", zh, en, what, STR_ARG(x), STR_ARG(y));
    err_hint(p->cx, "两边的类型必须相配", "both sides must be of types that go together");
    return NULL;
}

/* ---- arithmetic ---- */

static bool is_duration(enum feel_kind k)
{
    return k == FEEL_MONTHS_DURATION || k == FEEL_DAYS_DURATION;
}

static bool is_point(enum feel_kind k)
{
    return k == FEEL_DATE || k == FEEL_DATE_TIME;
}

static bool takes_duration(enum feel_kind k, enum feel_kind duration)
{
    return is_point(k) || k == duration || (k == FEEL_TIME && duration == FEEL_DAYS_DURATION);
}

/* FEEL_KIND_COUNT: no such operation. */
static enum feel_kind temporal_kind(enum number_op what, enum feel_kind a, enum feel_kind b)
{
    if ((what == NUMBER_ADD || what == NUMBER_SUB) && is_duration(b) && takes_duration(a, b))
        return a;
    if (what == NUMBER_ADD && is_duration(a) && takes_duration(b, a)) return b;
    if (what == NUMBER_SUB && ((is_point(a) && is_point(b)) || (a == FEEL_TIME && b == FEEL_TIME)))
        return FEEL_DAYS_DURATION;
    if (what == NUMBER_MUL && is_duration(a) && b == FEEL_NUMBER) return a;
    if (what == NUMBER_MUL && is_duration(b) && a == FEEL_NUMBER) return b;
    if (what == NUMBER_DIV && is_duration(a) && b == FEEL_NUMBER) return a;
    if (what == NUMBER_DIV && is_duration(a) && a == b) return FEEL_NUMBER;
    return FEEL_KIND_COUNT;
}

static enum feel_kind arithmetic_kind(enum number_op what, const struct feel_type *a,
                                      const struct feel_type *b)
{
    if (a->kind == FEEL_NUMBER && b->kind == FEEL_NUMBER) return FEEL_NUMBER;
    if (what == NUMBER_ADD && a->kind == FEEL_STRING && b->kind == FEEL_STRING) return FEEL_STRING;
    const enum feel_kind known = uncertain(a) ? b->kind : a->kind;
    if (uncertain(a) || uncertain(b)) {
        const bool never = !uncertain(known == a->kind ? a : b) &&
                           (known == FEEL_BOOLEAN || known == FEEL_CONTEXT || known == FEEL_RANGE ||
                            known == FEEL_FUNCTION);
        if (never) return FEEL_KIND_COUNT;
        return what == NUMBER_POW ? FEEL_NUMBER : FEEL_ANY;
    }
    return temporal_kind(what, a->kind, b->kind);
}

static const char *const sign_of[] = {"+", "-", "*", "/", "**"};

struct node *build_arithmetic(struct parser *p, const node_vec *operand, const uint8_t *what,
                              uint32_t at)
{
    const struct feel_type *type = operand->at[0]->type;
    for (size_t i = 1; i < operand->len; i++) {
        const struct feel_type *right = operand->at[i]->type;
        const enum feel_kind kind = arithmetic_kind((enum number_op)what[i - 1], type, right);
        if (kind == FEEL_KIND_COUNT) return type_fault(p, at, sign_of[what[i - 1]], type, right);
        type = feel_type_of_kind(kind);
    }
    const bool pair = operand->len == 2;
    struct node *n =
        new_node(p, pair ? OP_ARITHMETIC : OP_CHAIN, pair ? eval_arithmetic : eval_chain, at, type);
    if (pair) {
        n->as.pair = (struct node_pair){operand->at[0], operand->at[1], what[0]};
    } else {
        uint8_t *kept = NEWS(p->arena, uint8_t, operand->len);
        for (size_t i = 0; i + 1 < operand->len; i++)
            kept[i] = what[i];
        n->as.many = (struct node_many){keep_nodes(p, operand), kept, (uint32_t)operand->len};
    }
    for (size_t i = 0; i < operand->len; i++)
        if (!adopt(p, n, operand->at[i])) return NULL;
    return fold(p, n);
}

struct node *build_negate(struct parser *p, struct node *a, uint32_t at)
{
    if (a == NULL) return NULL;
    const enum feel_kind k = a->type->kind;
    if (!uncertain(a->type) && k != FEEL_NUMBER && !is_duration(k))
        return type_fault(p, at, "-", feel_type_of_kind(FEEL_NULL), a->type);
    struct node *n = new_node(p, OP_NEGATE, eval_negate, at,
                              uncertain(a->type) ? feel_type_of_kind(FEEL_ANY) : a->type);
    n->as.one = a;
    return adopt(p, n, a) ? fold(p, n) : NULL;
}

struct node *build_compare(struct parser *p, enum compare what, struct node *a, struct node *b,
                           uint32_t at)
{
    static const char *const sign[] = {"=", "!=", "<", "<=", ">", ">="};
    if (a == NULL || b == NULL) return NULL;
    if (!comparable(a->type, b->type) ||
        (what >= COMPARE_LT && (!ordered(a->type) || !ordered(b->type))))
        return type_fault(p, at, sign[what], a->type, b->type);
    struct node *n = new_node(p, OP_COMPARE, eval_compare, at, feel_type_of_kind(FEEL_BOOLEAN));
    n->as.pair = (struct node_pair){a, b, (uint8_t)what};
    return adopt(p, n, a) && adopt(p, n, b) ? fold(p, n) : NULL;
}

struct node *build_logic(struct parser *p, enum op op, const node_vec *operand, uint32_t at)
{
    struct node *n =
        new_node(p, op, op == OP_AND ? eval_and : eval_or, at, feel_type_of_kind(FEEL_BOOLEAN));
    for (size_t i = 0; i < operand->len; i++) {
        const struct feel_type *t = operand->at[i]->type;
        if (!uncertain(t) && t->kind != FEEL_BOOLEAN && !p->scope->lenient) {
            const str text = type_text(p, t);
            return fail_at(p, operand->at[i]->at, "feel.type", "此处应为真假值,而不是%.*s",
                           "expected a boolean, not %.*s", STR_ARG(text));
        }
        if (!adopt(p, n, operand->at[i])) return NULL;
    }
    n->as.many = (struct node_many){keep_nodes(p, operand), NULL, (uint32_t)operand->len};
    return fold(p, n);
}

/* ---- paths ---- */

static struct node *path_fault(struct parser *p, const struct feel_type *t, str name, uint32_t at)
{
    const str text = type_text(p, t);
    const char *zh = "%.*s没有“%.*s”", *en = "%.*s has no \"%.*s\"";
    if (p->scope->lenient)
        return fault_node(p, at, "feel.unknown-name", zh, en, STR_ARG(text), STR_ARG(name));
    fail_at(p, at, "feel.unknown-name", zh, en, STR_ARG(text), STR_ARG(name));
    if (t->kind == FEEL_CONTEXT) hint_nearest(p, name, t);
    return NULL;
}

struct node *build_path(struct parser *p, struct node *of, str name, uint32_t at)
{
    const struct feel_type *t = of->type, *type = feel_type_of_kind(FEEL_ANY);
    const enum temporal_property property = temporal_property_find(name);
    const struct feel_type *inner = t->kind == FEEL_LIST ? t->element : t;
    if (inner->kind == FEEL_CONTEXT && !inner->open) {
        const struct feel_type *member = type_member(inner, name);
        if (member == NULL && (t->kind != FEEL_LIST || !p->scope->lenient))
            return path_fault(p, inner, name, at);
        if (member == NULL) member = feel_type_of_kind(FEEL_ANY);
        type = t->kind == FEEL_LIST ? feel_type_list(p->arena, member) : member;
    } else if (!uncertain(inner) && inner->kind != FEEL_CONTEXT && inner->kind != FEEL_LIST) {
        if (!temporal_has_property(inner->kind, property)) return path_fault(p, inner, name, at);
        type = feel_type_of_kind(temporal_property_kind(property));
        if (property == PROPERTY_START || property == PROPERTY_END) type = inner->element;
        if (t->kind == FEEL_LIST) type = feel_type_list(p->arena, type);
    }
    struct node *n = new_node(p, OP_PATH, eval_path, at, type);
    n->as.path.of = of;
    n->as.path.name = name;
    n->as.path.property = (uint8_t)property;
    n->as.path.hint = (uint8_t)(p->hints++ % HINTS_MAX);
    return adopt(p, n, of) ? fold(p, n) : NULL;
}
