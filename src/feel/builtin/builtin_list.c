/* Builtins on lists. */
#include <string.h>

#include "feel/builtin/builtin.h"

/* The list of a function that takes either one list or any number of values. */
static struct feel_list collected(const struct call *c, const struct feel_value *arg)
{
    if (c->count == 1 && arg->kind == FEEL_LIST) return *arg->as.list;
    return (struct feel_list){c->count, arg};
}

static bool pay(struct call *c, size_t elements)
{
    const size_t steps = 1 + elements / 8;
    return charge(c->m, c->n, steps > INT32_MAX ? INT32_MAX : (int32_t)steps);
}

/* A list of count elements in the arena, to be filled. */
static struct feel_value *new_list(struct call *c, size_t count, struct feel_value *out)
{
    if (!pay(c, count)) return NULL;
    struct feel_value *at = arena_try(c->m->arena, count + 1, sizeof *at);
    if (at == NULL) {
        call_memory(c);
        return NULL;
    }
    struct feel_list *list = NEW(c->m->arena, struct feel_list);
    *list = (struct feel_list){count, at};
    *out = (struct feel_value){.kind = FEEL_LIST, .as.list = list};
    return at;
}

static void copy(struct feel_value *to, const struct feel_value *from, size_t count)
{
    if (count > 0) memcpy(to, from, count * sizeof *to);
}

static bool same(struct call *c, const struct feel_value *a, const struct feel_value *b)
{
    return machine_equal(c->m, c->n, a, b) == 1;
}

bool builtin_list_contains(struct call *c, const struct feel_value *arg, struct feel_value *out)
{
    const struct feel_list *list = arg->as.list;
    bool found = false;
    if (!pay(c, list->count)) return false;
    for (size_t i = 0; i < list->count && !found && c->m->code == RC_OK; i++)
        found = same(c, &list->at[i], &arg[1]);
    *out = feel_boolean(found);
    return c->m->code == RC_OK;
}

bool builtin_length(struct call *c, const struct feel_value *arg, struct feel_value *out)
{
    (void)c;
    *out = feel_int((int64_t)arg->as.list->count);
    return true;
}

static bool truths(struct call *c, const struct feel_value *arg, int decisive,
                   struct feel_value *out)
{
    const struct feel_list list = collected(c, arg);
    if (c->count == 1 && arg->kind == FEEL_NULL) return true;
    int result = !decisive;
    if (!pay(c, list.count)) return false;
    for (size_t i = 0; i < list.count; i++) {
        const struct feel_value *v = &list.at[i];
        if (v->kind != FEEL_BOOLEAN && v->kind != FEEL_NULL) return false;
        if (v->kind == FEEL_NULL) {
            if (result != decisive) result = -1;
        } else if (v->as.boolean == (decisive != 0)) {
            result = decisive;
        }
    }
    if (result >= 0) *out = feel_boolean(result != 0);
    return true;
}

bool builtin_all(struct call *c, const struct feel_value *arg, struct feel_value *out)
{
    return truths(c, arg, 0, out);
}

bool builtin_any(struct call *c, const struct feel_value *arg, struct feel_value *out)
{
    return truths(c, arg, 1, out);
}

bool builtin_append(struct call *c, const struct feel_value *arg, struct feel_value *out)
{
    const struct feel_list *list = arg->as.list;
    struct feel_value *at = new_list(c, list->count + c->count - 1, out);
    if (at == NULL) return false;
    copy(at, list->at, list->count);
    copy(at + list->count, arg + 1, c->count - 1);
    return true;
}

/* A single argument that is a list of lists is what is concatenated. */
bool builtin_concatenate(struct call *c, const struct feel_value *arg, struct feel_value *out)
{
    size_t count = 0;
    for (size_t i = 0; i < c->count; i++)
        count += arg[i].kind == FEEL_LIST ? arg[i].as.list->count : 1;
    struct feel_value *at = new_list(c, count, out);
    if (at == NULL) return false;
    for (size_t i = 0; i < c->count; i++) {
        if (arg[i].kind == FEEL_NULL) return false;
        const size_t n = arg[i].kind == FEEL_LIST ? arg[i].as.list->count : 1;
        copy(at, arg[i].kind == FEEL_LIST ? arg[i].as.list->at : &arg[i], n);
        at += n;
    }
    return true;
}

/* Each value once, in the order of first appearance. */
static bool distinct(struct call *c, const struct feel_value *from, size_t count,
                     struct feel_list *into)
{
    struct feel_value *at = (struct feel_value *)(uintptr_t)into->at;
    for (size_t i = 0; i < count; i++) {
        bool found = false;
        if (!pay(c, into->count)) return false;
        for (size_t k = 0; k < into->count && !found; k++)
            found = same(c, &at[k], &from[i]);
        if (c->m->code != RC_OK) return false;
        if (!found) at[into->count++] = from[i];
    }
    return true;
}

bool builtin_distinct(struct call *c, const struct feel_value *arg, struct feel_value *out)
{
    const struct feel_list *list = arg->as.list;
    if (new_list(c, list->count, out) == NULL) return false;
    struct feel_list *into = NEW(c->m->arena, struct feel_list);
    *into = (struct feel_list){0, out->as.list->at};
    out->as.list = into;
    return distinct(c, list->at, list->count, into);
}

bool builtin_union(struct call *c, const struct feel_value *arg, struct feel_value *out)
{
    struct feel_value all;
    if (!builtin_concatenate(c, arg, &all)) return false;
    return builtin_distinct(c, &all, out);
}

static bool position_of(const struct feel_value *v, size_t count, size_t *out)
{
    int64_t n;
    if (v->kind != FEEL_NUMBER || !number_i64(v, &n) || n == 0) return false;
    if (n < 0) n += (int64_t)count + 1;
    if (n < 1 || n > (int64_t)count) return false;
    *out = (size_t)n - 1;
    return true;
}

static bool no_position(struct call *c)
{
    return call_fault(c, "feel.position", "列表中没有这个序号", "the list has no such position");
}

bool builtin_sublist(struct call *c, const struct feel_value *arg, struct feel_value *out)
{
    const struct feel_list *list = arg->as.list;
    size_t start;
    int64_t length;
    if (!position_of(&arg[1], list->count, &start)) return no_position(c);
    length = (int64_t)(list->count - start);
    if (given(&arg[2])) {
        int64_t wanted;
        dec cut;
        if (!dec_rescale(feel_to_dec(&arg[2]), 0, DEC_DOWN, &cut) || !dec_to_i64(cut, &wanted) ||
            wanted < 1 || wanted > length)
            return no_position(c);
        length = wanted;
    }
    struct feel_value *at = new_list(c, (size_t)length, out);
    if (at == NULL) return false;
    copy(at, list->at + start, (size_t)length);
    return true;
}

bool builtin_insert(struct call *c, const struct feel_value *arg, struct feel_value *out)
{
    const struct feel_list *list = arg->as.list;
    size_t p;
    if (!position_of(&arg[1], list->count, &p)) {
        int64_t n; /* one behind the last is a place, too */
        if (!number_i64(&arg[1], &n) || n != (int64_t)list->count + 1) return no_position(c);
        p = list->count;
    }
    struct feel_value *at = new_list(c, list->count + 1, out);
    if (at == NULL) return false;
    copy(at, list->at, p);
    at[p] = arg[2];
    copy(at + p + 1, list->at + p, list->count - p);
    return true;
}

bool builtin_remove(struct call *c, const struct feel_value *arg, struct feel_value *out)
{
    const struct feel_list *list = arg->as.list;
    size_t p;
    if (!position_of(&arg[1], list->count, &p)) return no_position(c);
    struct feel_value *at = new_list(c, list->count - 1, out);
    if (at == NULL) return false;
    copy(at, list->at, p);
    copy(at + p, list->at + p + 1, list->count - p - 1);
    return true;
}

static bool replace_matches(struct call *c, const struct feel_value *arg, struct feel_value *at)
{
    const struct feel_list *list = arg->as.list;
    for (size_t i = 0; i < list->count; i++) {
        const struct feel_value pair[] = {list->at[i], arg[2]};
        struct feel_value truth;
        if (!machine_invoke(c->m, c->n, &arg[1], pair, COUNTOF(pair), &truth)) return false;
        if (truth.kind != FEEL_BOOLEAN) return false;
        at[i] = truth.as.boolean ? arg[2] : list->at[i];
    }
    return true;
}

bool builtin_list_replace(struct call *c, const struct feel_value *arg, struct feel_value *out)
{
    const struct feel_list *list = arg->as.list;
    size_t p = 0;
    if (arg[1].kind != FEEL_FUNCTION && arg[1].kind != FEEL_NUMBER) return false;
    if (arg[1].kind == FEEL_NUMBER && !position_of(&arg[1], list->count, &p)) return no_position(c);
    struct feel_value *at = new_list(c, list->count, out);
    if (at == NULL) return false;
    if (arg[1].kind == FEEL_FUNCTION) return replace_matches(c, arg, at);
    copy(at, list->at, list->count);
    at[p] = arg[2];
    return true;
}

bool builtin_reverse(struct call *c, const struct feel_value *arg, struct feel_value *out)
{
    const struct feel_list *list = arg->as.list;
    struct feel_value *at = new_list(c, list->count, out);
    if (at == NULL) return false;
    for (size_t i = 0; i < list->count; i++)
        at[i] = list->at[list->count - 1 - i];
    return true;
}

bool builtin_index_of(struct call *c, const struct feel_value *arg, struct feel_value *out)
{
    const struct feel_list *list = arg->as.list;
    struct list_buf found;
    list_buf_init(&found, c->m);
    if (!pay(c, list->count)) return false;
    for (size_t i = 0; i < list->count; i++) {
        const struct feel_value position = feel_int((int64_t)i + 1);
        if (same(c, &list->at[i], &arg[1]) && !list_buf_add(&found, &position))
            return call_memory(c);
        if (c->m->code != RC_OK) return false;
    }
    return list_buf_done(&found, out) || call_memory(c);
}

/* NOLINTNEXTLINE(misc-no-recursion): bounded by FEEL_DEPTH_MAX */
static bool flatten(struct call *c, const struct feel_list *list, struct list_buf *into, int depth)
{
    if (depth > FEEL_DEPTH_MAX)
        return call_fault(c, "feel.depth", "列表嵌套过深", "the list is nested too deeply");
    if (!pay(c, list->count)) return false;
    for (size_t i = 0; i < list->count; i++) {
        if (list->at[i].kind == FEEL_LIST) {
            if (!flatten(c, list->at[i].as.list, into, depth + 1)) return false;
        } else if (!list_buf_add(into, &list->at[i])) {
            return call_memory(c);
        }
    }
    return true;
}

bool builtin_flatten(struct call *c, const struct feel_value *arg, struct feel_value *out)
{
    struct list_buf into;
    list_buf_init(&into, c->m);
    if (!flatten(c, arg->as.list, &into, 0)) return false;
    return list_buf_done(&into, out) || call_memory(c);
}

/* ---- sort: merge sort, so that equals keep their order and a strange order does no harm ---- */

/* Does b have to stand before a?  1, 0; -1: no answer, *out says why. */
static int precedes(struct call *c, const struct feel_value *function, const struct feel_value *b,
                    const struct feel_value *a)
{
    int order;
    struct feel_value truth;
    if (function->kind != FEEL_FUNCTION) {
        if (!charge_value(c->m, c->n, a)) return -1;
        return feel_compare(b, a, &order) ? order < 0 : -1;
    }
    const struct feel_value pair[] = {*b, *a};
    if (!machine_invoke(c->m, c->n, function, pair, COUNTOF(pair), &truth)) return -1;
    c->warned = truth.kind == FEEL_NULL;
    return truth.kind == FEEL_BOOLEAN ? truth.as.boolean : -1;
}

static bool merge(struct call *c, const struct feel_value *function, struct feel_value *to,
                  const struct feel_value *from, const size_t bound[3])
{
    size_t left = bound[0], right = bound[1];
    for (size_t k = bound[0]; k < bound[2]; k++) {
        int take_right = right < bound[2];
        if (left < bound[1] && right < bound[2]) {
            take_right = precedes(c, function, &from[right], &from[left]);
            if (take_right < 0) return false;
        }
        to[k] = take_right ? from[right++] : from[left++];
    }
    return true;
}

bool builtin_sort(struct call *c, const struct feel_value *arg, struct feel_value *out)
{
    const struct feel_list *list = arg->as.list;
    struct feel_value spare;
    struct feel_value *a = new_list(c, list->count, out), *b = new_list(c, list->count, &spare);
    if (a == NULL || b == NULL) return false;
    copy(a, list->at, list->count);
    for (size_t width = 1; width < list->count; width *= 2) {
        if (!pay(c, list->count)) return false;
        for (size_t i = 0; i < list->count; i += 2 * width) {
            const size_t end = list->count - i < 2 * width ? list->count : i + 2 * width;
            const size_t bound[] = {i, end - i < width ? end : i + width, end};
            if (!merge(c, &arg[1], b, a, bound)) return false;
        }
        struct feel_value *other = a;
        const struct feel_value other_list = *out;
        a = b;
        *out = spare;
        b = other;
        spare = other_list;
    }
    return true;
}
