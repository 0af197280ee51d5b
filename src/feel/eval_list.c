/* Evaluating ranges, lists, contexts, filters and iteration. */
#include <string.h>

#include "feel/machine.h"

/* NOLINTBEGIN(misc-no-recursion): as deep as the tree, NODE_DEPTH_MAX */

const struct feel_value *eval_range(struct machine *m, const struct node *n, struct feel_value *tmp)
{
    const struct node_range *r = &n->as.range;
    struct feel_range *range = NEW(m->arena, struct feel_range);
    struct feel_value low = feel_null(), high = feel_null();
    const struct feel_value *v;
    int order = 0;
    if (r->low != NULL) {
        if ((v = value_of(m, r->low, &low)) == NULL) return NULL;
        low = *v;
    }
    if (r->high != NULL) {
        if ((v = value_of(m, r->high, &high)) == NULL) return NULL;
        high = *v;
    }
    if (r->form == FEEL_RANGE_ENDS && low.kind != FEEL_NULL && high.kind != FEEL_NULL &&
        (!feel_compare(&low, &high, &order) || order > 0))
        return machine_null(m, n, tmp, "feel.range", "区间两端不能比较,或下限大于上限",
                            "the ends of the range cannot be compared, or the lower is above the "
                            "upper");
    *range = (struct feel_range){low, high, r->low_open, r->high_open, r->form};
    *tmp = (struct feel_value){.kind = FEEL_RANGE, .as.range = range};
    return tmp;
}

const struct feel_value *eval_list(struct machine *m, const struct node *n, struct feel_value *tmp)
{
    const uint32_t count = n->as.many.count;
    struct feel_value *at = arena_try(m->arena, (size_t)count + 1, sizeof *at);
    if (at == NULL) return machine_out_of_memory(m, n);
    for (uint32_t i = 0; i < count; i++) {
        const struct feel_value *v = value_of(m, n->as.many.at[i], &at[i]);
        if (v == NULL) return NULL;
        if (v != &at[i]) at[i] = *v;
    }
    struct feel_list *list = NEW(m->arena, struct feel_list);
    *list = (struct feel_list){.count = count, .at = at};
    *tmp = (struct feel_value){.kind = FEEL_LIST, .as.list = list};
    return tmp;
}

const struct feel_value *eval_context(struct machine *m, const struct node *n,
                                      struct feel_value *tmp)
{
    const uint32_t count = n->as.context.count;
    struct feel_entry *at = arena_try(m->arena, (size_t)count + 1, sizeof *at);
    if (at == NULL) return machine_out_of_memory(m, n);
    for (uint32_t i = 0; i < count; i++) {
        const struct node_entry *entry = &n->as.context.entry[i];
        const struct feel_value *v = value_of(m, entry->value, &at[i].value);
        if (v == NULL) return NULL;
        if (v != &at[i].value) at[i].value = *v;
        at[i].name = entry->name;
        if (entry->local >= 0) m->local[entry->local] = at[i].value;
    }
    struct feel_context *context = NEW(m->arena, struct feel_context);
    *context = (struct feel_context){.count = count, .at = at};
    *tmp = (struct feel_value){.kind = FEEL_CONTEXT, .as.context = context};
    return tmp;
}

/* ---- filters ---- */

/* A value that is no list counts as a list of one; null as an empty one. */
static struct feel_list as_list(const struct feel_value *v)
{
    if (v->kind == FEEL_LIST) return *v->as.list;
    return (struct feel_list){.count = v->kind != FEEL_NULL, .at = v};
}

static const struct feel_value *element_at(struct machine *m, const struct node *n,
                                           const struct feel_list *list,
                                           const struct feel_value *position,
                                           struct feel_value *tmp)
{
    int64_t i;
    if (!number_i64(position, &i) || i == 0)
        return machine_null(m, n, tmp, "feel.position", "序号应为非零整数",
                            "a position is a whole number other than 0");
    const int64_t count = (int64_t)list->count;
    if (i > count || i < -count)
        return machine_null(m, n, tmp, "feel.position", "列表只有%" PRId64 "项,没有第%" PRId64 "项",
                            "the list has %" PRId64 " elements, none at %" PRId64, count, i);
    *tmp = list->at[i > 0 ? i - 1 : count + i];
    return tmp;
}

const struct feel_value *eval_index(struct machine *m, const struct node *n, struct feel_value *tmp)
{
    struct feel_value of, position;
    const struct feel_value *v = value_of(m, n->as.filter.list, &of);
    if (v == NULL) return NULL;
    const struct feel_value *i = value_of(m, n->as.filter.test, &position);
    if (i == NULL) return NULL;
    if (i->kind != FEEL_NUMBER) {
        *tmp = feel_null();
        return tmp;
    }
    const struct feel_list list = as_list(v);
    return element_at(m, n, &list, i, tmp);
}

const struct feel_value *eval_filter(struct machine *m, const struct node *n,
                                     struct feel_value *tmp)
{
    const struct node_filter *f = &n->as.filter;
    struct feel_value of, value;
    const struct feel_value *v = value_of(m, f->list, &of);
    if (v == NULL) return NULL;
    const struct feel_list list = as_list(v);
    const int32_t cost = cost_of(f->test);
    struct list_buf kept;
    list_buf_init(&kept, m);
    for (size_t i = 0; i < list.count; i++) {
        if (!charge(m, n, cost)) return NULL;
        m->local[f->item_local] = list.at[i];
        const struct feel_value *test = value_of(m, f->test, &value);
        if (test == NULL) return NULL;
        if (i == 0 && test->kind == FEEL_NUMBER) return element_at(m, n, &list, test, tmp);
        const int truth =
            test->kind == FEEL_BOOLEAN ? test->as.boolean : truth_of(m, f->test, test);
        if (truth == 1 && !list_buf_add(&kept, &list.at[i])) return machine_out_of_memory(m, n);
    }
    return list_buf_done(&kept, tmp) ? tmp : machine_out_of_memory(m, n);
}

/* ---- iteration ---- */

/* Where one iterator stands: in a list, or in a range of numbers or days. */
struct cursor {
    struct feel_list list;
    int64_t next, last, step; /* of a range */
    bool range, days;
    struct feel_value from; /* of a range of days */
    size_t at;
};

static bool range_cursor(const struct feel_value *from, const struct feel_value *to, bool from_open,
                         bool to_open, struct cursor *out)
{
    *out = (struct cursor){.range = true, .from = *from};
    if (from->kind == FEEL_NUMBER && to->kind == FEEL_NUMBER) {
        if (!number_i64(from, &out->next) || !number_i64(to, &out->last)) return false;
    } else if (from->kind == FEEL_DATE && to->kind == FEEL_DATE) {
        out->next = from->as.date;
        out->last = to->as.date;
        out->days = true;
    } else {
        return false;
    }
    out->step = out->next <= out->last ? 1 : -1;
    if (from_open && __builtin_add_overflow(out->next, out->step, &out->next)) return false;
    if (to_open && __builtin_sub_overflow(out->last, out->step, &out->last)) return false;
    return true;
}

static bool cursor_next(struct cursor *c, struct feel_value *out)
{
    if (!c->range) {
        if (c->at >= c->list.count) return false;
        *out = c->list.at[c->at++];
        return true;
    }
    if (c->step > 0 ? c->next > c->last : c->next < c->last) return false;
    *out = c->days ? c->from : feel_int(c->next);
    if (c->days) out->as.date = c->next;
    if (__builtin_add_overflow(c->next, c->step, &c->next)) {
        c->step = 1;
        c->last = INT64_MIN;
    }
    return true;
}

/* Evaluates an iterator's domain.  false with m->code: stop; without: no domain, the result is null. */
static bool cursor_open(struct machine *m, const struct node *n, const struct node_iterator *it,
                        struct cursor *out)
{
    struct feel_value from, to, tmp;
    const struct feel_value *a = value_of(m, it->from, &from);
    if (a == NULL) return false;
    if (it->to != NULL) {
        const struct feel_value *b = value_of(m, it->to, &to);
        if (b == NULL) return false;
        if (range_cursor(a, b, false, false, out)) return true;
        machine_null(m, n, &tmp, "feel.iteration", "循环范围的两端应为整数或日期",
                     "the ends of an iteration are whole numbers or dates");
        return false;
    }
    if (a->kind == FEEL_RANGE) {
        const struct feel_range *r = a->as.range;
        if (range_cursor(&r->low, &r->high, r->low_open, r->high_open, out)) return true;
        machine_null(m, n, &tmp, "feel.iteration", "此区间不能逐项循环",
                     "this range cannot be iterated over");
        return false;
    }
    if (a->kind == FEEL_NULL) return false;
    if (a->kind == FEEL_LIST) {
        *out = (struct cursor){.list = *a->as.list};
        return true;
    }
    struct feel_value *one = NEW(m->arena, struct feel_value);
    *one = *a;
    *out = (struct cursor){.list = {1, one}};
    return true;
}

/* Calls body for every combination of the iterators; body returns false to end early. */
struct iteration {
    struct machine *m;
    const struct node *n;
    bool (*body)(struct iteration *it);
    struct list_buf list;
    int truth;
    struct feel_list partial;
    bool stopped;
};

/* One cursor an iterator, innermost last; a domain may use the variables before it. */
static bool iterate(struct iteration *it)
{
    enum { CURSORS_SMALL = 4 };
    struct machine *m = it->m;
    const struct node_loop *loop = it->n->as.loop;
    struct cursor small[CURSORS_SMALL], *cursor = small;
    if (loop->count > CURSORS_SMALL) {
        cursor = arena_try(m->arena, loop->count, sizeof *cursor);
        if (cursor == NULL) return machine_out_of_memory(m, it->n) != NULL;
    }
    const int32_t cost = cost_of(loop->body);
    uint32_t level = 0;
    if (!cursor_open(m, it->n, &loop->iterator[0], &cursor[0])) return false;
    for (;;) {
        if (!charge(m, it->n, cost)) return false;
        if (!cursor_next(&cursor[level], &m->local[loop->iterator[level].local])) {
            if (level == 0) return true;
            level--;
        } else if (level + 1 < loop->count) {
            level++;
            if (!cursor_open(m, it->n, &loop->iterator[level], &cursor[level])) return false;
        } else if (!it->body(it)) {
            return it->stopped;
        }
    }
}

static bool for_body(struct iteration *it)
{
    struct machine *m = it->m;
    const struct node_loop *loop = it->n->as.loop;
    struct feel_value value;
    if (loop->partial_local >= 0) {
        /* Grown lists are never written where they were before: a partial may be kept. */
        struct feel_list *partial = NEW(m->arena, struct feel_list);
        *partial = (struct feel_list){.count = it->list.len, .at = it->list.at};
        m->local[loop->partial_local] = (struct feel_value){.kind = FEEL_LIST, .as.list = partial};
    }
    const struct feel_value *v = value_of(m, loop->body, &value);
    if (v == NULL) return false;
    if (!list_buf_add(&it->list, v)) return machine_out_of_memory(m, it->n) != NULL;
    return true;
}

const struct feel_value *eval_for(struct machine *m, const struct node *n, struct feel_value *tmp)
{
    struct iteration it = {.m = m, .n = n, .body = for_body};
    list_buf_init(&it.list, m);
    if (n->as.loop->partial_local >= 0 && !list_buf_grow(&it.list)) /* never on the C stack */
        return machine_out_of_memory(m, n);
    if (!iterate(&it)) {
        *tmp = feel_null();
        return m->code == RC_OK ? tmp : NULL;
    }
    return list_buf_done(&it.list, tmp) ? tmp : machine_out_of_memory(m, n);
}

/* truth: what decides at once; anything else but its opposite makes the rest null. */
static bool quantified_body(struct iteration *it, int decisive)
{
    struct feel_value value;
    const struct node *body = it->n->as.loop->body;
    const struct feel_value *v = value_of(it->m, body, &value);
    if (v == NULL) return false;
    const int truth = v->kind == FEEL_BOOLEAN ? v->as.boolean : truth_of(it->m, body, v);
    if (truth == decisive) {
        it->truth = decisive;
        it->stopped = true;
        return false;
    }
    if (truth < 0) it->truth = -1;
    return true;
}

static bool some_body(struct iteration *it)
{
    return quantified_body(it, 1);
}

static bool every_body(struct iteration *it)
{
    return quantified_body(it, 0);
}

static const struct feel_value *quantified(struct iteration *it, struct feel_value *tmp)
{
    *tmp = feel_null();
    if (!iterate(it)) return it->m->code == RC_OK ? tmp : NULL;
    if (it->truth >= 0) *tmp = feel_boolean(it->truth != 0);
    return tmp;
}

const struct feel_value *eval_some(struct machine *m, const struct node *n, struct feel_value *tmp)
{
    struct iteration it = {.m = m, .n = n, .body = some_body, .truth = 0};
    return quantified(&it, tmp);
}

const struct feel_value *eval_every(struct machine *m, const struct node *n, struct feel_value *tmp)
{
    struct iteration it = {.m = m, .n = n, .body = every_body, .truth = 1};
    return quantified(&it, tmp);
}
/* NOLINTEND(misc-no-recursion) */
