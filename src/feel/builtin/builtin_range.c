/* Builtins that relate points and ranges (DMN 1.5 10.3.4.9).  A point is a closed range of itself,
 * so each relation is written once. */
#include "feel/builtin/builtin.h"
#include "feel/parse/parse.h"

struct span {
    struct feel_value low, high;
    bool low_in, high_in;
    bool point;
};

static struct span span_of(const struct feel_value *v)
{
    if (v->kind != FEEL_RANGE) return (struct span){*v, *v, true, true, true};
    const struct feel_range *r = v->as.range;
    return (struct span){r->low, r->high, !r->low_open, !r->high_open, false};
}

/* Order of two ends; an end that is null lies outside everything on its side.  2: no order. */
enum { NO_ORDER = 2 };
static int order(const struct feel_value *a, bool a_low, const struct feel_value *b, bool b_low)
{
    int n;
    if (a->kind == FEEL_NULL && b->kind == FEEL_NULL) return a_low == b_low ? 0 : a_low ? -1 : 1;
    if (a->kind == FEEL_NULL) return a_low ? -1 : 1;
    if (b->kind == FEEL_NULL) return b_low ? 1 : -1;
    if (!feel_compare(a, b, &n)) return NO_ORDER;
    return (n > 0) - (n < 0);
}

struct relation {
    struct span a, b;
    int low_low, high_high, high_low, low_high; /* a's end against b's */
};

static bool relate(const struct feel_value *x, const struct feel_value *y, struct relation *r)
{
    if (x->kind == FEEL_NULL || y->kind == FEEL_NULL) return false;
    r->a = span_of(x);
    r->b = span_of(y);
    r->low_low = order(&r->a.low, true, &r->b.low, true);
    r->high_high = order(&r->a.high, false, &r->b.high, false);
    r->high_low = order(&r->a.high, false, &r->b.low, true);
    r->low_high = order(&r->a.low, true, &r->b.high, false);
    return r->low_low != NO_ORDER && r->high_high != NO_ORDER && r->high_low != NO_ORDER &&
           r->low_high != NO_ORDER;
}

static bool is_before(const struct relation *r)
{
    return r->high_low < 0 || (r->high_low == 0 && !(r->a.high_in && r->b.low_in));
}

static bool is_meeting(const struct relation *r)
{
    return r->high_low == 0 && r->a.high_in && r->b.low_in;
}

static bool is_overlapping(const struct relation *r)
{
    return (r->high_low > 0 || (r->high_low == 0 && r->a.high_in && r->b.low_in)) &&
           (r->low_high < 0 || (r->low_high == 0 && r->a.low_in && r->b.high_in));
}

static bool is_overlapping_before(const struct relation *r)
{
    return (r->low_low < 0 || (r->low_low == 0 && r->a.low_in && !r->b.low_in)) &&
           (r->high_low > 0 || (r->high_low == 0 && r->a.high_in && r->b.low_in)) &&
           (r->high_high < 0 || (r->high_high == 0 && (!r->a.high_in || r->b.high_in)));
}

static bool is_finishing(const struct relation *r)
{
    return r->high_high == 0 && r->a.high_in == r->b.high_in &&
           (r->low_low > 0 || (r->low_low == 0 && (!r->a.low_in || r->b.low_in)));
}

static bool is_including(const struct relation *r)
{
    return (r->low_low < 0 || (r->low_low == 0 && (r->a.low_in || !r->b.low_in))) &&
           (r->high_high > 0 || (r->high_high == 0 && (r->a.high_in || !r->b.high_in)));
}

static bool is_starting(const struct relation *r)
{
    return r->low_low == 0 && r->a.low_in == r->b.low_in &&
           (r->high_high < 0 || (r->high_high == 0 && (!r->a.high_in || r->b.high_in)));
}

static bool is_coinciding(const struct relation *r)
{
    return r->a.point == r->b.point && r->low_low == 0 && r->high_high == 0 &&
           r->a.low_in == r->b.low_in && r->a.high_in == r->b.high_in;
}

static bool answer(bool (*question)(const struct relation *), const struct feel_value *x,
                   const struct feel_value *y, struct feel_value *out)
{
    struct relation r;
    if (!relate(x, y, &r)) return false;
    *out = feel_boolean(question(&r));
    return true;
}

#define RELATION(name, question, first, second)                                                    \
    bool name(struct call *c, const struct feel_value *arg, struct feel_value *out)                \
    {                                                                                              \
        (void)c;                                                                                   \
        return answer(question, &arg[first], &arg[second], out);                                   \
    }
RELATION(builtin_before, is_before, 0, 1)
RELATION(builtin_after, is_before, 1, 0)
RELATION(builtin_meets, is_meeting, 0, 1)
RELATION(builtin_met_by, is_meeting, 1, 0)
RELATION(builtin_overlaps, is_overlapping, 0, 1)
RELATION(builtin_overlaps_before, is_overlapping_before, 0, 1)
RELATION(builtin_overlaps_after, is_overlapping_before, 1, 0)
RELATION(builtin_finishes, is_finishing, 0, 1)
RELATION(builtin_finished_by, is_finishing, 1, 0)
RELATION(builtin_includes, is_including, 0, 1)
RELATION(builtin_during, is_including, 1, 0)
RELATION(builtin_range_starts, is_starting, 0, 1)
RELATION(builtin_started_by, is_starting, 1, 0)
RELATION(builtin_coincides, is_coinciding, 0, 1)

/* Nothing is computed in the text of a range: no operators, and of functions only those that read a
 * literal, date("2024-02-29"). */
static bool only_literals(str s)
{
    bool quoted = false;
    s = str_trim(s);
    for (size_t i = 1; i < s.len; i++) {
        const char c = s.at[i];
        if (quoted && c == '\\') i++;
        if (c == '"') quoted = !quoted;
        if (quoted) continue;
        if (c == '+' || c == '*' || c == '/' || c == '{' || c == '=') return false;
        if (c != '(' && c != '-') continue;
        size_t next = i + 1, last = i;
        while (next < s.len && s.at[next] == ' ')
            next++;
        while (last > 1 && s.at[last - 1] == ' ')
            last--;
        if (c == '(' && (next == s.len || s.at[next] != '"')) return false;
        if (c == '-' && last > 1 && s.at[last - 1] != '.') return false;
    }
    return true;
}

/* The text of a range whose ends are literals. */
bool builtin_range(struct call *c, const struct feel_value *arg, struct feel_value *out)
{
    struct cx cx = *c->m->run->cx;
    const struct feel_expr *e = NULL;
    cx.err = (struct err){0};
    const struct feel_scope *scope = feel_scope_new(cx.arena);
    const bool read = only_literals(feel_str(arg)) &&
                      feel_compile(&cx, scope, feel_str(arg), (struct pos){0}, &e) == RC_OK &&
                      e->root->op == OP_CONST && e->root->as.value.kind == FEEL_RANGE;
    const struct feel_range *r = read ? e->root->as.value.as.range : NULL;
    if (r == NULL || r->form != FEEL_RANGE_ENDS || r->low.kind == FEEL_NULL ||
        r->high.kind == FEEL_NULL)
        return call_fault(c, "feel.literal", "不是区间", "this is no range");
    *out = e->root->as.value;
    return true;
}
