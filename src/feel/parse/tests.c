/* Unary tests, and `in`, which is the same with a subject of its own (rules 7 to 17). */
#include "feel/parse/parse.h"

/* NOLINTBEGIN(misc-no-recursion): every cycle passes parse_expr() */

static struct node *test_fault(struct parser *p, const struct node *test,
                               const struct feel_type *subject)
{
    const str have = type_text(p, subject), want = type_text(p, test->type);
    const char *zh = "%.*s不能与%.*s比较", *en = "%.*s is never compared with %.*s";
    if (p->scope->lenient)
        return fault_node(p, test->at, "feel.type", zh, en, STR_ARG(have), STR_ARG(want));
    return fail_at(p, test->at, "feel.type", zh, en, STR_ARG(have), STR_ARG(want));
}

/* An expression as a test: a truth about ?, a range or list the subject is in, or its equal. */
static struct node *value_test(struct parser *p, struct node *value, const struct binding *input,
                               bool uses_input)
{
    const struct feel_type *t = value->type, *subject = input->type;
    const bool truth = uses_input || (t->kind == FEEL_BOOLEAN && subject->kind != FEEL_BOOLEAN &&
                                      subject->kind != FEEL_ANY);
    const struct feel_type *other = t->kind == FEEL_RANGE ? t->element : t;
    if (!truth && t->kind != FEEL_LIST && subject->kind != FEEL_LIST &&
        !comparable(other, subject)) {
        struct node *fault = test_fault(p, value, subject);
        if (fault == NULL) return NULL;
        value = fault;
    }
    struct node *n =
        new_node(p, OP_TEST_VALUE, eval_test, value->at, feel_type_of_kind(FEEL_BOOLEAN));
    n->as.pair = (struct node_pair){NULL, value, truth};
    return adopt(p, n, value) ? n : NULL;
}

static bool test_sign(struct parser *p, enum compare *out)
{
    static const char *const sign[] = {"<=", ">=", "!=", "<", ">", "="};
    static const enum compare what[] = {COMPARE_LE, COMPARE_GE, COMPARE_NE,
                                        COMPARE_LT, COMPARE_GT, COMPARE_EQ};
    for (size_t i = 0; i < COUNTOF(sign); i++)
        if (eat(p, sign[i])) {
            *out = what[i];
            return true;
        }
    return false;
}

static struct node *compare_test(struct parser *p, enum compare what, const struct binding *input,
                                 uint32_t at)
{
    struct node *end = parse_arithmetic(p);
    if (end == NULL) return NULL;
    if (!comparable(end->type, input->type)) return test_fault(p, end, input->type);
    struct node *n = new_node(p, OP_TEST_COMPARE, eval_test, at, feel_type_of_kind(FEEL_BOOLEAN));
    n->as.pair = (struct node_pair){NULL, end, (uint8_t)what};
    return adopt(p, n, end) ? n : NULL;
}

static struct node *parse_test(struct parser *p, struct binding *input, bool whole)
{
    enum compare what;
    const uint32_t at = offset_of(p);
    if (test_sign(p, &what)) return compare_test(p, what, input, at);
    const bool used = input->used;
    input->used = false;
    struct node *value = whole ? parse_expr(p) : parse_arithmetic(p);
    const bool uses_input = input->used;
    input->used = used || uses_input;
    return value == NULL ? NULL : value_test(p, value, input, uses_input);
}

/* ( test, test … ) after `in`, or (a..b), which begins the same way. */
static bool parenthesised(struct parser *p, struct binding *input, node_vec *out)
{
    const uint32_t at = offset_of(p);
    const bool no_filter = p->no_filter;
    p->no_filter = false;
    eat(p, "(");
    do {
        const char *from = p->at;
        enum compare what;
        struct node *test;
        if (out->len == 0 && !test_sign(p, &what)) {
            const bool used = input->used;
            input->used = false;
            struct node *value = parse_expr(p);
            const bool uses_input = input->used;
            input->used = used || uses_input;
            if (value == NULL) return false;
            if (looking_at(p, "..")) {
                value = parse_range_rest(p, value, true, at);
                test = value == NULL ? NULL : value_test(p, value, input, uses_input);
                if (test != NULL) *vec_add(p->arena, out) = test;
                p->no_filter = no_filter;
                return test != NULL;
            }
            test = value_test(p, value, input, uses_input);
        } else {
            p->at = from;
            test = parse_test(p, input, true);
        }
        if (test == NULL) return false;
        *vec_add(p->arena, out) = test;
    } while (eat(p, ","));
    p->no_filter = no_filter;
    return eat(p, ")") ? true : fail_expected(p, "“,”或“)”", "\",\" or \")\"") != NULL;
}

static struct node *finish(struct parser *p, struct node *subject, const node_vec *tests,
                           const struct binding *input, uint32_t at)
{
    struct node *n = new_node(p, OP_IN, eval_in, at, feel_type_of_kind(FEEL_BOOLEAN));
    struct node_in *in = NEW(p->arena, struct node_in);
    in->subject = subject;
    in->test = keep_nodes(p, tests);
    in->count = (uint32_t)tests->len;
    in->input_local = input->used ? input->local : -1;
    n->as.in = in;
    if (!adopt(p, n, subject)) return NULL;
    bool constant = subject->op == OP_CONST;
    for (size_t i = 0; i < tests->len; i++) {
        const struct node *test = tests->at[i];
        if (!adopt(p, n, test)) return NULL;
        constant = constant && test->pure;
    }
    n->pure = constant && in->input_local < 0;
    return fold(p, n);
}

struct node *parse_in(struct parser *p, struct node *subject, uint32_t at)
{
    struct binding *outer = p->binding;
    node_vec tests = {0};
    struct binding *input = push_binding(p, STR("?"), subject->type);
    if (peek(p) == '(') {
        if (!parenthesised(p, input, &tests)) return NULL;
    } else {
        struct node *test = parse_test(p, input, false);
        if (test == NULL) return NULL;
        *vec_add(p->arena, &tests) = test;
    }
    p->binding = outer;
    return finish(p, subject, &tests, input, at);
}

static bool test_list(struct parser *p, struct binding *input, node_vec *out)
{
    do {
        struct node *test;
        if (peek(p) == '-' && (p->at + 1 == p->end || name_part_at(p->at + 1, p->end) == 0)) {
            const char *from = p->at;
            const uint32_t at = offset_of(p);
            eat(p, "-");
            if (p->at == p->end || peek(p) == ',' || peek(p) == ')') {
                test = new_node(p, OP_TEST_ANY, eval_test, at, feel_type_of_kind(FEEL_BOOLEAN));
                *vec_add(p->arena, out) = test;
                continue;
            }
            p->at = from;
        }
        test = parse_test(p, input, true);
        if (test == NULL) return false;
        *vec_add(p->arena, out) = test;
    } while (eat(p, ","));
    return true;
}

struct node *parse_tests(struct parser *p, struct node *subject)
{
    const uint32_t at = offset_of(p);
    const char *from = p->at;
    struct binding *outer = p->binding;
    struct binding *input = push_binding(p, STR("?"), subject->type);
    node_vec tests = {0};
    bool negated = false;
    if (eat_word(p, "not") && eat(p, "(")) {
        if (!test_list(p, input, &tests)) return NULL;
        negated = eat(p, ")") && p->at == p->end;
    }
    if (!negated) { /* not(…) may also be the beginning of an expression */
        p->at = from;
        tests.len = 0;
        if (!test_list(p, input, &tests)) return NULL;
    }
    p->binding = outer;
    struct node *n = finish(p, subject, &tests, input, at);
    if (n == NULL || n->op != OP_IN || !negated) return n;
    struct node_in *in = NEW(p->arena, struct node_in);
    *in = *n->as.in;
    in->negated = true;
    n->as.in = in;
    return n;
}
/* NOLINTEND(misc-no-recursion) */
