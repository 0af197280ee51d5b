/* What unary tests accept, as ranges of constants, and what is constant altogether: for those who
 * index rules or compare them. */
#include "feel/ast.h"

struct collector {
    struct arena *arena;
    const struct node_in *in;
    VEC(struct feel_range) range;
    bool any;
};

static void add(struct collector *c, struct feel_range range)
{
    *vec_add(c->arena, &c->range) = range;
}

static struct feel_range single(struct feel_value v)
{
    return (struct feel_range){.low = v, .high = v, .form = FEEL_RANGE_EQUAL};
}

static bool ordered(const struct feel_value *v)
{
    int order;
    return feel_compare(v, v, &order);
}

/* What a sign and a constant accept.  A half range whose end is null would be unbounded: nothing
 * is in the closed one. */
static struct feel_range compared(enum compare what, const struct feel_value *v)
{
    struct feel_range r = single(*v);
    if (what == COMPARE_EQ) return r;
    r.form = what == COMPARE_NE ? FEEL_RANGE_OTHER : ordered(v) ? FEEL_RANGE_HALF : FEEL_RANGE_ENDS;
    if (r.form != FEEL_RANGE_HALF) return r;
    r.low_open = what == COMPARE_GT;
    r.high_open = what == COMPARE_LT;
    if (what == COMPARE_LT || what == COMPARE_LE)
        r.low = feel_null();
    else
        r.high = feel_null();
    return r;
}

static const struct feel_value *sample(const struct feel_value *v)
{
    if (v->kind != FEEL_RANGE) return v;
    const struct feel_range *r = v->as.range;
    return r->low.kind != FEEL_NULL ? &r->low : &r->high;
}

/* A list is false where a single test would be null; without `not` that is the same. */
static bool list_is_plain(const struct collector *c, const struct feel_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        if (sample(&list->at[i])->kind != c->in->subject->type->kind) return false;
    return true;
}

static bool add_value(struct collector *c, const struct feel_value *v)
{
    if (v->kind == FEEL_RANGE) {
        add(c, *v->as.range);
        return true;
    }
    if (v->kind != FEEL_LIST) {
        add(c, single(*v));
        return true;
    }
    if (c->in->negated && !list_is_plain(c, v->as.list)) return false;
    for (size_t i = 0; i < v->as.list->count; i++) {
        const struct feel_value *element = &v->as.list->at[i];
        add(c, element->kind == FEEL_RANGE ? *element->as.range : single(*element));
    }
    return true;
}

static bool is_subject(const struct collector *c, const struct node *n)
{
    return (n->op == OP_LOCAL && n->as.index == c->in->input_local) ||
           (n->op == OP_SLOT && c->in->subject->op == OP_SLOT &&
            n->as.index == c->in->subject->as.index);
}

static enum compare turned(enum compare what)
{
    switch (what) {
    case COMPARE_LT: return COMPARE_GT;
    case COMPARE_LE: return COMPARE_GE;
    case COMPARE_GT: return COMPARE_LT;
    case COMPARE_GE: return COMPARE_LE;
    case COMPARE_EQ:
    case COMPARE_NE: break;
    }
    return what;
}

/* ? > 3, 3 < ?, ? between 1 and 5 as one range. */
static bool plain_condition(const struct collector *c, const struct node *n, struct feel_range *out)
{
    if (n->op == OP_COMPARE) {
        const struct node *a = n->as.pair.a, *b = n->as.pair.b;
        const enum compare what = (enum compare)n->as.pair.what;
        if (is_subject(c, a) && b->op == OP_CONST)
            *out = compared(what, &b->as.value);
        else if (is_subject(c, b) && a->op == OP_CONST)
            *out = compared(turned(what), &a->as.value);
        else
            return false;
        return true;
    }
    if (n->op != OP_BETWEEN || !is_subject(c, n->as.many.at[0])) return false;
    const struct node *low = n->as.many.at[1], *high = n->as.many.at[2];
    if (low->op != OP_CONST || high->op != OP_CONST) return false;
    *out = (struct feel_range){.low = low->as.value, .high = high->as.value};
    return true;
}

/* ? > 3 and ? < 6: an end from each. */
static bool joined_condition(const struct collector *c, const struct node *n,
                             struct feel_range *out)
{
    struct feel_range a, b;
    if (n->op != OP_AND || n->as.many.count != 2 || !plain_condition(c, n->as.many.at[0], &a) ||
        !plain_condition(c, n->as.many.at[1], &b))
        return false;
    if (a.form != FEEL_RANGE_HALF || b.form != FEEL_RANGE_HALF) return false;
    const bool a_below = a.low.kind == FEEL_NULL, b_below = b.low.kind == FEEL_NULL;
    if (a_below == b_below) return false;
    const struct feel_range *low = a_below ? &b : &a, *high = a_below ? &a : &b;
    *out = (struct feel_range){.low = low->low,
                               .low_open = low->low_open,
                               .high = high->high,
                               .high_open = high->high_open};
    return true;
}

/* An expression about ?.  Under `not` null and false differ, and nobody writes that. */
static bool add_condition(struct collector *c, const struct node *n)
{
    struct feel_range r;
    const uint32_t count = n->op == OP_OR ? n->as.many.count : 1;
    if (c->in->negated) return false;
    for (uint32_t i = 0; i < count; i++) {
        const struct node *one = n->op == OP_OR ? n->as.many.at[i] : n;
        if (!plain_condition(c, one, &r) && !joined_condition(c, one, &r)) return false;
        add(c, r);
    }
    return true;
}

/* [5..3], which stays as it is written: it holds nothing, and says so when it is evaluated. */
static bool add_written_range(struct collector *c, const struct node *n)
{
    const struct node_range *r = &n->as.range;
    if (n->op != OP_RANGE || r->form != FEEL_RANGE_ENDS || r->low == NULL || r->high == NULL ||
        r->low->op != OP_CONST || r->high->op != OP_CONST)
        return false;
    add(c, (struct feel_range){.low = r->low->as.value,
                               .high = r->high->as.value,
                               .low_open = r->low_open,
                               .high_open = r->high_open});
    return true;
}

static bool add_test(struct collector *c, const struct node *test)
{
    if (test->op == OP_TEST_ANY) {
        c->any = true;
        return true;
    }
    if (test->op != OP_TEST_COMPARE && test->op != OP_TEST_VALUE) return false;
    const struct node *of = test->as.pair.b;
    const bool truth = test->op == OP_TEST_VALUE && test->as.pair.what;
    if (of->op != OP_CONST) return truth ? add_condition(c, of) : add_written_range(c, of);
    if (test->op == OP_TEST_COMPARE) {
        add(c, compared((enum compare)test->as.pair.what, &of->as.value));
        return true;
    }
    if (!truth) return add_value(c, &of->as.value);
    if (of->as.value.kind != FEEL_BOOLEAN) return false;
    c->any = c->any || of->as.value.as.boolean;
    return true;
}

bool feel_tests_constants(struct arena *a, const struct feel_expr *e, struct feel_tests *out)
{
    if (e->root->op != OP_IN) return false;
    struct collector c = {.arena = a, .in = e->root->as.in};
    const enum feel_kind kind = c.in->subject->type->kind;
    for (uint32_t i = 0; i < c.in->count; i++)
        if (!add_test(&c, c.in->test[i])) return false;
    if (c.range.len > 0 && (kind == FEEL_LIST || kind == FEEL_RANGE)) return false;
    *out = (struct feel_tests){
        .range = c.range.at, .count = c.range.len, .negated = c.in->negated, .any = c.any};
    return true;
}

const struct feel_value *feel_expr_constant(const struct feel_expr *e)
{
    return e->root->op == OP_CONST ? &e->root->as.value : NULL;
}
