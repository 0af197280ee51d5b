/* The grammar of expressions, from loosest to tightest binding (DMN 1.5 10.3.1.2, rules 1 to 21). */
#include "feel/parse/parse.h"

/* NOLINTBEGIN(misc-no-recursion): every cycle passes enter(), which counts to FEEL_DEPTH_MAX */

static struct node *logic(struct parser *p, enum op op, struct node *(*operand)(struct parser *),
                          const char *word)
{
    const uint32_t at = offset_of(p);
    struct node *first = operand(p);
    if (first == NULL || !looking_at_word(p, word)) return first;
    node_vec all = {0};
    add_node(p, &all, first);
    while (eat_word(p, word)) {
        struct node *next = operand(p);
        if (next == NULL) return NULL;
        add_node(p, &all, next);
    }
    return build_logic(p, op, &all, at);
}

static bool comparison_sign(struct parser *p, enum compare *out)
{
    switch (peek(p)) {
    case '=': *out = COMPARE_EQ; return eat(p, "=");
    case '!': *out = COMPARE_NE; return eat(p, "!=");
    case '<': *out = looking_at(p, "<=") ? COMPARE_LE : COMPARE_LT; break;
    case '>': *out = looking_at(p, ">=") ? COMPARE_GE : COMPARE_GT; break;
    default: return false;
    }
    p->at += *out == COMPARE_LE || *out == COMPARE_GE ? 2 : 1;
    skip_space(p);
    return true;
}

static struct node *parse_between(struct parser *p, struct node *value, uint32_t at)
{
    struct node *n = new_node(p, OP_BETWEEN, eval_between, at, feel_type_of_kind(FEEL_BOOLEAN));
    struct node *low = parse_arithmetic(p);
    if (low == NULL) return NULL;
    if (!eat_word(p, "and")) return fail_expected(p, "“and”", "\"and\"");
    struct node *high = parse_arithmetic(p);
    if (high == NULL || build_compare(p, COMPARE_LE, low, value, at) == NULL ||
        build_compare(p, COMPARE_LE, value, high, at) == NULL)
        return NULL;
    n->as.many.at = NEWS(p->arena, const struct node *, 3);
    n->as.many.count = 3;
    n->as.many.at[0] = value;
    n->as.many.at[1] = low;
    n->as.many.at[2] = high;
    if (!adopt(p, n, value) || !adopt(p, n, low) || !adopt(p, n, high)) return NULL;
    return fold(p, n);
}

static struct node *parse_comparison(struct parser *p)
{
    const uint32_t start = offset_of(p);
    struct node *left = parse_arithmetic(p);
    while (left != NULL) {
        enum compare what;
        const uint32_t at = offset_of(p);
        if (comparison_sign(p, &what)) {
            struct node *right = parse_arithmetic(p);
            left = build_compare(p, what, left, right, at);
        } else if (peek(p) == 'b' && eat_word(p, "between")) {
            left = parse_between(p, left, start);
        } else if (peek(p) == 'i' && eat_word(p, "in")) {
            left = parse_in(p, left, start);
        } else {
            break;
        }
    }
    return left;
}

static struct node *parse_and(struct parser *p)
{
    return logic(p, OP_AND, parse_comparison, "and");
}

struct node *parse_expr(struct parser *p)
{
    if (!enter(p)) return NULL;
    struct node *n = logic(p, OP_OR, parse_and, "or");
    leave(p);
    return n;
}

/* ---- arithmetic: one node for a run of operators of one strength ---- */

typedef bool sign_fn(struct parser *p, uint8_t *what);

static struct node *run_of(struct parser *p, struct node *(*operand)(struct parser *),
                           sign_fn *sign)
{
    uint8_t what;
    const uint32_t start = offset_of(p);
    struct node *first = operand(p);
    uint32_t at = offset_of(p);
    if (first == NULL || !sign(p, &what)) return first;
    node_vec all = {0};
    sign_vec signs = {0};
    add_node(p, &all, first);
    do {
        struct node *next = operand(p);
        if (next == NULL) return NULL;
        add_node(p, &all, next);
        add_sign(p, &signs, what);
        if (p->arena->exhausted)
            return fail_limit(p, "feel.memory", "表达式太大,内存不足",
                              "the expression is too large to compile");
    } while (sign(p, &what));
    if (all.len > 2) at = start;
    return build_arithmetic(p, &all, signs.at, at);
}

static bool power_sign(struct parser *p, uint8_t *what)
{
    *what = NUMBER_POW;
    return peek(p) == '*' && eat(p, "**");
}

static bool product_sign(struct parser *p, uint8_t *what)
{
    if (peek(p) == '*' && looking_at(p, "**")) return false;
    *what = peek(p) == '*' ? NUMBER_MUL : NUMBER_DIV;
    return eat(p, "*") || eat(p, "/");
}

static bool sum_sign(struct parser *p, uint8_t *what)
{
    *what = peek(p) == '+' ? NUMBER_ADD : NUMBER_SUB;
    return eat(p, "+") || eat(p, "-");
}

static struct node *parse_instance(struct parser *p)
{
    const uint32_t at = offset_of(p);
    struct node *value = parse_postfix(p);
    while (value != NULL && peek(p) == 'i' && eat_word(p, "instance")) {
        if (!eat_word(p, "of")) return fail_expected(p, "“of”", "\"of\"");
        const struct feel_type *type = parse_type(p);
        if (type == NULL) return NULL;
        struct node *n =
            new_node(p, OP_INSTANCE, eval_instance, at, feel_type_of_kind(FEEL_BOOLEAN));
        n->as.instance.value = value;
        n->as.instance.type = type;
        if (!adopt(p, n, value)) return NULL;
        value = fold(p, n);
    }
    return value;
}

static struct node *parse_unary(struct parser *p)
{
    const uint32_t at = offset_of(p);
    if (peek(p) != '-') return parse_instance(p);
    if (!enter(p)) return NULL;
    eat(p, "-");
    struct node *n = parse_unary(p);
    leave(p);
    return build_negate(p, n, at);
}

static struct node *parse_power(struct parser *p)
{
    return run_of(p, parse_unary, power_sign);
}

static struct node *parse_product(struct parser *p)
{
    return run_of(p, parse_power, product_sign);
}

struct node *parse_arithmetic(struct parser *p)
{
    return run_of(p, parse_product, sum_sign);
}

/* ---- what follows a value: .name, [filter], (arguments) ---- */

static struct node *parse_filter(struct parser *p, struct node *list, uint32_t at)
{
    const struct feel_type *element =
        list->type->kind == FEEL_LIST ? list->type->element : list->type;
    const bool no_filter = p->no_filter;
    struct binding *outer = p->binding;
    struct binding *item = push_binding(p, STR("item"), element);
    item->is_item = true;
    p->no_filter = false;
    eat(p, "[");
    struct node *test = parse_expr(p);
    p->no_filter = no_filter;
    p->binding = outer;
    if (test == NULL) return NULL;
    if (!eat(p, "]")) return fail_expected(p, "“]”", "\"]\"");
    const struct feel_type *t = test->type;
    if (t->kind != FEEL_ANY && t->kind != FEEL_NULL && t->kind != FEEL_NUMBER &&
        t->kind != FEEL_BOOLEAN && t->kind != FEEL_LIST && !p->scope->lenient) {
        const str text = type_text(p, t);
        return fail_at(p, test->at, "feel.type", "筛选条件应为真假值或序号,而不是%.*s",
                       "a filter is a boolean or a position, not %.*s", STR_ARG(text));
    }
    const bool index = t->kind == FEEL_NUMBER && !item->used;
    const struct feel_type *type = feel_type_of_kind(FEEL_ANY);
    if (index) type = element;
    if (t->kind == FEEL_BOOLEAN) type = feel_type_list(p->arena, element);
    struct node *n = new_node(p, OP_FILTER, index ? eval_index : eval_filter, at, type);
    n->as.filter = (struct node_filter){list, test, item->local, item->used};
    return adopt(p, n, list) && adopt(p, n, test) ? n : NULL;
}

static bool find_after_dot(struct parser *p, const struct feel_type *t, str *out)
{
    size_t best = 0;
    if (t->kind == FEEL_LIST) t = t->element;
    for (int exact = 1; exact >= 0 && best == 0; exact--) {
        for (size_t i = 0; t->kind == FEEL_CONTEXT && i < t->count; i++) {
            const size_t len = name_match(t->member[i].name, p->at, p->end, exact != 0);
            if (len <= best) continue;
            best = len;
            *out = t->member[i].name;
        }
        for (int i = PROPERTY_NONE + 1; t->kind != FEEL_CONTEXT && i < PROPERTY_COUNT; i++) {
            const str name = temporal_property_name((enum temporal_property)i);
            const size_t len = name_match(name, p->at, p->end, exact != 0);
            if (len <= best) continue;
            best = len;
            *out = name;
        }
    }
    const size_t run = word_run(p);
    const bool closed = t->kind == FEEL_CONTEXT && !t->open;
    if (best == 0 || (run > best && !closed)) {
        if (run == 0) return fail_expected(p, "名称", "a name");
        *out = name_normal(p->arena, (str){p->at, run});
        best = run;
    }
    p->at += best;
    skip_space(p);
    return true;
}

struct node *parse_postfix(struct parser *p)
{
    uint32_t at = offset_of(p);
    struct node *n = parse_primary(p);
    while (n != NULL) {
        const char c = peek(p);
        if (c == '.' && !looking_at(p, "..")) {
            str name;
            eat(p, ".");
            at = offset_of(p);
            n = find_after_dot(p, n->type, &name) ? build_path(p, n, name, at) : NULL;
        } else if (c == '[' && !p->no_filter) {
            n = parse_filter(p, n, at);
        } else if (c == '(') {
            n = parse_call(p, NULL, n, at);
        } else {
            break;
        }
    }
    return n;
}
/* NOLINTEND(misc-no-recursion) */
