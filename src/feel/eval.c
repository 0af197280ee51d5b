/* Evaluating operators, names, paths and literals. */
#include <string.h>

#include "feel/builtin/builtin.h"
#include "feel/machine.h"

/* NOLINTBEGIN(misc-no-recursion): as deep as the tree, NODE_DEPTH_MAX */

const struct feel_value *eval_const(struct machine *m, const struct node *n, struct feel_value *tmp)
{
    (void)m;
    (void)tmp;
    return &n->as.value;
}

const struct feel_value *eval_slot(struct machine *m, const struct node *n, struct feel_value *tmp)
{
    (void)tmp;
    return &m->slot[n->as.index];
}

const struct feel_value *eval_local(struct machine *m, const struct node *n, struct feel_value *tmp)
{
    (void)tmp;
    return &m->local[n->as.index];
}

const struct feel_value *eval_captured(struct machine *m, const struct node *n,
                                       struct feel_value *tmp)
{
    (void)tmp;
    return &m->captured[n->as.index];
}

const struct feel_value *eval_fault(struct machine *m, const struct node *n, struct feel_value *tmp)
{
    const str s = n->as.fault.sentence;
    return machine_null(m, n, tmp, n->as.fault.slug, "%.*s", "%.*s", STR_ARG(s));
}

/* ---- names and paths ---- */

const struct feel_value *context_find(const struct feel_context *c, str name, size_t guess)
{
    const struct feel_entry *e = c->at;
    if (guess < c->count && name_same(e[guess].name, name)) return &e[guess].value;
    for (size_t i = 0; i < c->count; i++)
        if (name_same(e[i].name, name)) return &e[i].value;
    return NULL;
}

const struct feel_value *context_get(const struct feel_context *c, str name, uint16_t *hint)
{
    const struct feel_entry *e = c->at;
    if (*hint < c->count && name_same(e[*hint].name, name)) return &e[*hint].value;
    for (size_t i = 0; i < c->count; i++)
        if (name_same(e[i].name, name)) {
            *hint = i <= UINT16_MAX ? (uint16_t)i : 0;
            return &e[i].value;
        }
    return NULL;
}

const struct feel_value *eval_item_name(struct machine *m, const struct node *n,
                                        struct feel_value *tmp)
{
    const struct feel_value *item = value_of(m, n->as.item_name.item, tmp);
    if (item->kind == FEEL_CONTEXT) {
        const struct feel_value *v =
            context_get(item->as.context, n->as.item_name.name, &m->hint[n->as.item_name.hint]);
        if (v != NULL) return v;
    }
    if (n->as.item_name.otherwise != NULL) return value_of(m, n->as.item_name.otherwise, tmp);
    return machine_null(m, n, tmp, "feel.unknown-name", "没有名为“%.*s”的值",
                        "nothing is called \"%.*s\"", STR_ARG(n->as.item_name.name));
}

/* The member or property `n` names of one value; *found is false where there is none. */
static const struct feel_value *member_of(struct machine *m, const struct node *n,
                                          const struct feel_value *v, struct feel_value *tmp,
                                          bool *found)
{
    *found = true;
    if (v->kind == FEEL_CONTEXT) {
        const struct feel_value *entry =
            context_get(v->as.context, n->as.path.name, &m->hint[n->as.path.hint]);
        if (entry != NULL) return entry;
    } else if (n->as.path.property != PROPERTY_NONE) {
        const enum temporal_property p = (enum temporal_property)n->as.path.property;
        if (temporal_property(v, p, tmp)) return tmp;
    }
    *found = false;
    *tmp = feel_null();
    return tmp;
}

static const struct feel_value *path_over_list(struct machine *m, const struct node *n,
                                               const struct feel_list *list, struct feel_value *tmp)
{
    if (!charge(m, n,
                1 + (int32_t)(list->count / 16 < INT32_MAX ? list->count / 16 : INT32_MAX - 1)))
        return NULL;
    struct feel_value *at = arena_try(m->arena, list->count + 1, sizeof *at);
    struct feel_list *result = NEW(m->arena, struct feel_list);
    if (at == NULL) return machine_out_of_memory(m, n);
    for (size_t i = 0; i < list->count; i++) {
        bool found;
        const struct feel_value *v = member_of(m, n, &list->at[i], &at[i], &found);
        if (v != &at[i]) at[i] = *v;
    }
    *result = (struct feel_list){.count = list->count, .at = at};
    *tmp = (struct feel_value){.kind = FEEL_LIST, .as.list = result};
    return tmp;
}

const struct feel_value *eval_path(struct machine *m, const struct node *n, struct feel_value *tmp)
{
    bool found;
    struct feel_value of;
    const struct feel_value *v = value_of(m, n->as.path.of, &of);
    if (v == NULL) return NULL;
    if (v->kind == FEEL_LIST) return path_over_list(m, n, v->as.list, tmp);
    const struct feel_value *result = member_of(m, n, v, tmp, &found);
    if (found || v->kind == FEEL_NULL || n->as.path.quiet) return result;
    return machine_null(m, n, tmp, "feel.unknown-name", "%s没有“%.*s”", "this %s has no \"%.*s\"",
                        type_kind_name((enum feel_kind)v->kind), STR_ARG(n->as.path.name));
}

/* ---- arithmetic ---- */

static const struct feel_value *concatenate(struct machine *m, const struct node *n,
                                            const struct feel_value *a, const struct feel_value *b,
                                            struct feel_value *tmp)
{
    const size_t len = a->as.string.len + b->as.string.len;
    char *at = arena_try(m->arena, len + 1, 1);
    if (at == NULL) return machine_out_of_memory(m, n);
    if (a->as.string.len > 0) memcpy(at, a->as.string.at, a->as.string.len);
    if (b->as.string.len > 0) memcpy(at + a->as.string.len, b->as.string.at, b->as.string.len);
    *tmp = feel_string((str){at, len});
    return tmp;
}

static bool numbers(struct arena *arena, enum number_op what, const struct feel_value *a,
                    const struct feel_value *b, struct feel_value *out)
{
    switch (what) {
    case NUMBER_ADD: return number_add(arena, a, b, out);
    case NUMBER_SUB: return number_sub(arena, a, b, out);
    case NUMBER_MUL: return number_mul(arena, a, b, out);
    case NUMBER_DIV: return number_div(arena, a, b, out);
    case NUMBER_POW: return number_pow(arena, a, b, out);
    }
    return false;
}

static const struct feel_value *arithmetic_fault(struct machine *m, const struct node *n,
                                                 enum number_op what, const struct feel_value *a,
                                                 const struct feel_value *b, struct feel_value *tmp)
{
    static const char *const sign[] = {"+", "-", "*", "/", "**"};
    if (a->kind == FEEL_NULL || b->kind == FEEL_NULL) {
        *tmp = feel_null();
        return tmp;
    }
    const struct feel_value zero = feel_int(0);
    if (b->kind == FEEL_NUMBER && what == NUMBER_DIV && number_cmp(b, &zero) == 0)
        return machine_null(m, n, tmp, "feel.divide-by-zero", "除数为零", "division by zero");
    if (a->kind == FEEL_NUMBER && b->kind == FEEL_NUMBER) {
        return machine_null(m, n, tmp, "feel.number-range", "结果不是可表示的数字",
                            "the result is not a number that can be represented");
    }
    return machine_null(m, n, tmp, "feel.type", "“%s”不能用于%s与%s",
                        "\"%s\" does not go with %s and %s", sign[what],
                        type_kind_name((enum feel_kind)a->kind),
                        type_kind_name((enum feel_kind)b->kind));
}

static const struct feel_value *operate(struct machine *m, const struct node *n,
                                        enum number_op what, const struct feel_value *a,
                                        const struct feel_value *b, struct feel_value *tmp)
{
    struct feel_value result;
    if (a->kind == FEEL_NUMBER && b->kind == FEEL_NUMBER) {
        if (!numbers(m->arena, what, a, b, &result)) return arithmetic_fault(m, n, what, a, b, tmp);
    } else if (a->kind == FEEL_STRING && b->kind == FEEL_STRING && what == NUMBER_ADD) {
        return concatenate(m, n, a, b, tmp);
    } else if (!temporal_arithmetic(m->arena, what, a, b, &result)) {
        return arithmetic_fault(m, n, what, a, b, tmp);
    }
    *tmp = result;
    return tmp;
}

const struct feel_value *eval_arithmetic(struct machine *m, const struct node *n,
                                         struct feel_value *tmp)
{
    struct feel_value left, right;
    const struct feel_value *a = value_of(m, n->as.pair.a, &left);
    if (a == NULL) return NULL;
    const struct feel_value *b = value_of(m, n->as.pair.b, &right);
    if (b == NULL) return NULL;
    return operate(m, n, (enum number_op)n->as.pair.what, a, b, tmp);
}

const struct feel_value *eval_chain(struct machine *m, const struct node *n, struct feel_value *tmp)
{
    struct feel_value right, sum;
    const struct feel_value *a = value_of(m, n->as.many.at[0], &sum);
    for (uint32_t i = 1; a != NULL && i < n->as.many.count; i++) {
        const struct feel_value *b = value_of(m, n->as.many.at[i], &right);
        if (b == NULL) return NULL;
        a = operate(m, n, (enum number_op)n->as.many.what[i - 1], a, b, tmp);
    }
    return a;
}

const struct feel_value *eval_negate(struct machine *m, const struct node *n,
                                     struct feel_value *tmp)
{
    struct feel_value value;
    const struct feel_value *v = value_of(m, n->as.one, &value);
    if (v == NULL) return NULL;
    if (v->kind == FEEL_NUMBER)
        *tmp = number_neg(m->arena, v);
    else if (v->kind == FEEL_MONTHS_DURATION || v->kind == FEEL_DAYS_DURATION)
        *tmp = temporal_negate(v);
    else if (v->kind == FEEL_NULL)
        *tmp = feel_null();
    else
        return machine_null(m, n, tmp, "feel.type", "“-”不能用于%s", "\"-\" does not go with %s",
                            type_kind_name((enum feel_kind)v->kind));
    return tmp;
}

/* ---- comparison ---- */

/* 1, 0, -1 for null. */
static int compare_values(enum compare what, const struct feel_value *a, const struct feel_value *b)
{
    int order;
    if (a->kind == FEEL_NUMBER && b->kind == FEEL_NUMBER) {
        order = number_cmp(a, b);
    } else if (what <= COMPARE_NE) {
        const int equal = feel_equal(a, b);
        return equal < 0 ? -1 : equal == (what == COMPARE_EQ);
    } else if (!feel_compare(a, b, &order)) {
        return -1;
    }
    switch (what) {
    case COMPARE_EQ: return order == 0;
    case COMPARE_NE: return order != 0;
    case COMPARE_LT: return order < 0;
    case COMPARE_LE: return order <= 0;
    case COMPARE_GT: return order > 0;
    case COMPARE_GE: return order >= 0;
    }
    return -1;
}

static const struct feel_value *compare_fault(struct machine *m, const struct node *n,
                                              const struct feel_value *a,
                                              const struct feel_value *b, struct feel_value *tmp)
{
    *tmp = feel_null();
    if (a->kind == FEEL_NULL || b->kind == FEEL_NULL) return tmp;
    return machine_null(m, n, tmp, "feel.type", "%s与%s不能比较", "%s and %s cannot be compared",
                        type_kind_name((enum feel_kind)a->kind),
                        type_kind_name((enum feel_kind)b->kind));
}

static const struct feel_value *three_valued(int truth, struct feel_value *tmp)
{
    *tmp =
        (struct feel_value){.kind = truth < 0 ? FEEL_NULL : FEEL_BOOLEAN, .as.boolean = truth > 0};
    return tmp;
}

/* Lists, contexts and long strings are charged for. */
static const struct feel_value *compare_long(struct machine *m, const struct node *n,
                                             const struct feel_value *a, const struct feel_value *b,
                                             struct feel_value *tmp)
{
    const enum compare what = (enum compare)n->as.pair.what;
    int truth;
    if (what <= COMPARE_NE) {
        const int equal = machine_equal(m, n, a, b);
        truth = equal < 0 ? -1 : equal == (what == COMPARE_EQ);
    } else {
        truth = charge_value(m, n, a) ? compare_values(what, a, b) : -1;
    }
    if (m->code != RC_OK) return NULL;
    return truth < 0 ? compare_fault(m, n, a, b, tmp) : three_valued(truth, tmp);
}

const struct feel_value *eval_compare(struct machine *m, const struct node *n,
                                      struct feel_value *tmp)
{
    struct feel_value left, right;
    const struct feel_value *a = value_of(m, n->as.pair.a, &left);
    if (a == NULL) return NULL;
    const struct feel_value *b = value_of(m, n->as.pair.b, &right);
    if (b == NULL) return NULL;
    if (a->kind > FEEL_NUMBER && is_long(a) && is_long(b)) return compare_long(m, n, a, b, tmp);
    const int truth = compare_values((enum compare)n->as.pair.what, a, b);
    return truth < 0 ? compare_fault(m, n, a, b, tmp) : three_valued(truth, tmp);
}

static int both(int a, int b)
{
    if (a == 0 || b == 0) return 0;
    return a < 0 || b < 0 ? -1 : 1;
}

const struct feel_value *eval_between(struct machine *m, const struct node *n,
                                      struct feel_value *tmp)
{
    struct feel_value value, bound;
    const struct feel_value *v = value_of(m, n->as.many.at[0], &value);
    if (v == NULL) return NULL;
    const struct feel_value *b = value_of(m, n->as.many.at[1], &bound);
    if (b == NULL) return NULL;
    const int low = compare_values(COMPARE_GE, v, b);
    if (low < 0) compare_fault(m, n, v, b, tmp);
    b = value_of(m, n->as.many.at[2], &bound);
    if (b == NULL) return NULL;
    const int high = compare_values(COMPARE_LE, v, b);
    if (high < 0) compare_fault(m, n, v, b, tmp);
    return three_valued(both(low, high), tmp);
}

/* ---- in and unary tests ---- */

/* Does the subject equal v, or is it in it? */
static int among(struct machine *m, const struct node *n, const struct feel_value *subject,
                 const struct feel_value *v)
{
    if (v->kind == FEEL_RANGE && subject->kind != FEEL_RANGE)
        return feel_range_contains(v, subject);
    if (v->kind == FEEL_LIST && subject->kind != FEEL_LIST) {
        for (size_t i = 0; i < v->as.list->count; i++) {
            const struct feel_value *element = &v->as.list->at[i];
            const bool range = element->kind == FEEL_RANGE && subject->kind != FEEL_RANGE;
            if ((range ? feel_range_contains(element, subject)
                       : machine_equal(m, n, subject, element)) == 1)
                return 1;
        }
        return 0;
    }
    if (v->kind == FEEL_LIST) {
        for (size_t i = 0; i < v->as.list->count; i++)
            if (machine_equal(m, n, subject, &v->as.list->at[i]) == 1) return 1;
    }
    return machine_equal(m, n, subject, v);
}

/* A range written in the test is judged without being made a value. */
static bool range_test(struct machine *m, const struct node *n, const struct feel_value *subject,
                       int *truth)
{
    struct feel_value bound;
    const struct node_range *r = &n->as.range;
    int low = 1, high = 1;
    if (r->low != NULL) {
        const struct feel_value *b = value_of(m, r->low, &bound);
        if (b == NULL) return false;
        low = compare_values(r->low_open ? COMPARE_GT : COMPARE_GE, subject, b);
    }
    if (r->high != NULL) {
        const struct feel_value *b = value_of(m, r->high, &bound);
        if (b == NULL) return false;
        high = compare_values(r->high_open ? COMPARE_LT : COMPARE_LE, subject, b);
    }
    *truth = low < 0 || high < 0 ? -1 : low && high;
    return true;
}

static bool judge(struct machine *m, const struct node *n, const struct feel_value *subject,
                  int *truth)
{
    struct feel_value tmp;
    const struct node *of = n->as.pair.b;
    *truth = 1;
    if (n->op == OP_TEST_ANY) return true;
    if (n->op == OP_TEST_VALUE && of->op == OP_RANGE && subject->kind != FEEL_RANGE &&
        of->as.range.form == FEEL_RANGE_ENDS)
        return range_test(m, of, subject, truth);
    const struct feel_value *v = value_of(m, of, &tmp);
    if (v == NULL) return false;
    if (of->op == OP_FAULT) {
        *truth = -1;
    } else if (n->op == OP_TEST_COMPARE) {
        *truth = compare_values((enum compare)n->as.pair.what, subject, v);
    } else if (n->as.pair.what || (v->kind == FEEL_BOOLEAN && subject->kind != FEEL_BOOLEAN &&
                                   of->op != OP_CONST && subject->kind != FEEL_NULL)) {
        *truth = v->kind == FEEL_BOOLEAN ? v->as.boolean : -1;
        if (v->kind != FEEL_BOOLEAN && v->kind != FEEL_NULL) *truth = among(m, n, subject, v);
    } else {
        *truth = among(m, n, subject, v);
    }
    return m->code == RC_OK;
}

const struct feel_value *eval_test(struct machine *m, const struct node *n, struct feel_value *tmp)
{
    (void)m;
    (void)n;
    *tmp = feel_null(); /* a test is judged by its eval_in, never alone */
    return tmp;
}

/* A long subject is charged for once a test; a list or context that is equal to one takes long. */
static bool charge_tests(struct machine *m, const struct node *n, const struct feel_value *subject)
{
    for (uint32_t i = 0; i < n->as.in->count; i++)
        if (!charge_value(m, n, subject)) return false;
    return true;
}

const struct feel_value *eval_in(struct machine *m, const struct node *n, struct feel_value *tmp)
{
    const struct node_in *in = n->as.in;
    struct feel_value value;
    const struct feel_value *subject = value_of(m, in->subject, &value);
    int any = 0;
    if (subject == NULL) return NULL;
    if (subject->kind == FEEL_STRING && is_long(subject) && !charge_tests(m, n, subject))
        return NULL;
    if (in->input_local >= 0) {
        m->local[in->input_local] = *subject;
        subject = &m->local[in->input_local];
    }
    for (uint32_t i = 0; i < in->count && any != 1; i++) {
        int truth;
        if (in->test[i]->op == OP_FAULT) {
            eval_fault(m, in->test[i], tmp);
            truth = -1;
        } else if (!judge(m, in->test[i], subject, &truth)) {
            return NULL;
        }
        if (truth != 0) any = truth;
    }
    if (in->negated && any >= 0) any = !any;
    return three_valued(any, tmp);
}

/* ---- logic ---- */

int truth_of(struct machine *m, const struct node *n, const struct feel_value *v)
{
    struct feel_value tmp;
    if (v->kind == FEEL_BOOLEAN) return v->as.boolean;
    if (v->kind != FEEL_NULL)
        machine_null(m, n, &tmp, "feel.type", "此处应为真假值,而不是%s",
                     "expected a boolean, not %s", type_kind_name((enum feel_kind)v->kind));
    return -1;
}

static const struct feel_value *eval_logic(struct machine *m, const struct node *n, int decisive,
                                           struct feel_value *tmp)
{
    int result = !decisive;
    for (uint32_t i = 0; i < n->as.many.count; i++) {
        struct feel_value value;
        const struct node *operand = n->as.many.at[i];
        const struct feel_value *v = value_of(m, operand, &value);
        if (v == NULL) return NULL;
        const int truth = v->kind == FEEL_BOOLEAN ? v->as.boolean : truth_of(m, operand, v);
        if (truth == decisive) return three_valued(decisive, tmp);
        if (truth < 0) result = -1;
    }
    return three_valued(result, tmp);
}

const struct feel_value *eval_and(struct machine *m, const struct node *n, struct feel_value *tmp)
{
    return eval_logic(m, n, 0, tmp);
}

const struct feel_value *eval_or(struct machine *m, const struct node *n, struct feel_value *tmp)
{
    return eval_logic(m, n, 1, tmp);
}

const struct feel_value *eval_if(struct machine *m, const struct node *n, struct feel_value *tmp)
{
    while (n->op == OP_IF) {
        struct feel_value value;
        const struct feel_value *v = value_of(m, n->as.choice.test, &value);
        if (v == NULL) return NULL;
        n = truth_of(m, n->as.choice.test, v) == 1 ? n->as.choice.yes : n->as.choice.no;
    }
    return value_of(m, n, tmp);
}
/* NOLINTEND(misc-no-recursion) */
