/* Builtins that make one value of a list: sum, mean, median … */
#include <string.h>

#include "feel/builtin/builtin.h"
#include "feel/number/transcendental.h"

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

/* All of one kind that can be added: numbers, or one kind of duration. */
static bool addable(const struct feel_list *list)
{
    const uint8_t kind = list->at[0].kind;
    if (kind != FEEL_NUMBER && kind != FEEL_MONTHS_DURATION && kind != FEEL_DAYS_DURATION)
        return false;
    for (size_t i = 1; i < list->count; i++)
        if (list->at[i].kind != kind) return false;
    return true;
}

static bool all_numbers(const struct feel_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        if (list->at[i].kind != FEEL_NUMBER) return false;
    return list->count > 0;
}

static bool total(struct call *c, const struct feel_list *list, struct feel_value *out)
{
    struct arena *a = c->m->arena;
    *out = list->at[0];
    for (size_t i = 1; i < list->count; i++) {
        const bool ok = out->kind == FEEL_NUMBER
                            ? number_add(a, out, &list->at[i], out)
                            : temporal_arithmetic(a, NUMBER_ADD, out, &list->at[i], out);
        if (!ok) return false;
    }
    return true;
}

bool builtin_sum(struct call *c, const struct feel_value *arg, struct feel_value *out)
{
    const struct feel_list list = collected(c, arg);
    if (!pay(c, list.count)) return false;
    if (list.count == 0 || (c->count == 1 && arg->kind == FEEL_NULL)) return true;
    if (!addable(&list)) return false;
    struct feel_value sum;
    if (!total(c, &list, &sum)) return false;
    *out = sum;
    return true;
}

bool builtin_mean(struct call *c, const struct feel_value *arg, struct feel_value *out)
{
    const struct feel_list list = collected(c, arg);
    struct feel_value sum;
    const struct feel_value count = feel_int((int64_t)list.count);
    if (!pay(c, list.count)) return false;
    if (list.count == 0 || (c->count == 1 && arg->kind == FEEL_NULL)) return true;
    if (!addable(&list) || !total(c, &list, &sum)) return false;
    if (sum.kind == FEEL_NUMBER) return number_div(c->m->arena, &sum, &count, out);
    return temporal_arithmetic(c->m->arena, NUMBER_DIV, &sum, &count, out);
}

bool builtin_product(struct call *c, const struct feel_value *arg, struct feel_value *out)
{
    const struct feel_list list = collected(c, arg);
    if (!pay(c, list.count)) return false;
    if (list.count == 0 || (c->count == 1 && arg->kind == FEEL_NULL)) return true;
    if (!all_numbers(&list)) return false;
    struct feel_value result = list.at[0];
    for (size_t i = 1; i < list.count; i++)
        if (!number_mul(c->m->arena, &result, &list.at[i], &result)) return false;
    *out = result;
    return true;
}

static bool extreme(struct call *c, const struct feel_value *arg, int sign, struct feel_value *out)
{
    const struct feel_list list = collected(c, arg);
    if (!pay(c, list.count)) return false;
    if (list.count == 0 || (c->count == 1 && arg->kind == FEEL_NULL)) return true;
    size_t best = 0;
    int order;
    if (!feel_compare(&list.at[0], &list.at[0], &order)) return false;
    for (size_t i = 1; i < list.count; i++) {
        if (!charge_value(c->m, c->n, &list.at[i]) ||
            !feel_compare(&list.at[i], &list.at[best], &order))
            return false;
        if (order * sign > 0) best = i;
    }
    *out = list.at[best];
    return true;
}

bool builtin_min_of(struct call *c, const struct feel_value *arg, struct feel_value *out)
{
    return extreme(c, arg, -1, out);
}

bool builtin_max_of(struct call *c, const struct feel_value *arg, struct feel_value *out)
{
    return extreme(c, arg, 1, out);
}

/* The numbers of the list in order, in the arena. */
static struct feel_value *sorted(struct call *c, const struct feel_list *list)
{
    const struct feel_value one = {.kind = FEEL_LIST, .as.list = list};
    const struct feel_value natural[] = {one, {.kind = FEEL_ANY}};
    struct feel_value out;
    if (!builtin_sort(c, natural, &out)) return NULL;
    return (struct feel_value *)(uintptr_t)out.as.list->at;
}

bool builtin_median(struct call *c, const struct feel_value *arg, struct feel_value *out)
{
    const struct feel_list list = collected(c, arg);
    if (list.count == 0 || (c->count == 1 && arg->kind == FEEL_NULL)) return true;
    if (!all_numbers(&list)) return false;
    const struct feel_value *at = sorted(c, &list);
    if (at == NULL) return false;
    const size_t middle = list.count / 2;
    *out = at[middle];
    if (list.count % 2 == 1) return true;
    struct feel_value sum;
    const struct feel_value two = feel_int(2);
    return number_add(c->m->arena, &at[middle - 1], &at[middle], &sum) &&
           number_div(c->m->arena, &sum, &two, out);
}

/* The sample standard deviation; two values at least. */
bool builtin_stddev(struct call *c, const struct feel_value *arg, struct feel_value *out)
{
    const struct feel_list list = collected(c, arg);
    if (!pay(c, list.count)) return false;
    if (c->count == 1 && arg->kind == FEEL_NULL) return true;
    if (list.count < 2 || !all_numbers(&list)) return false;
    dec deviation;
    if (!number_deviation(list.at, list.count, &deviation)) return false;
    *out = feel_dec(c->m->arena, deviation);
    return true;
}

/* The values that are there most often, in order. */
bool builtin_mode(struct call *c, const struct feel_value *arg, struct feel_value *out)
{
    const struct feel_list list = collected(c, arg);
    struct list_buf modes;
    if (c->count == 1 && arg->kind == FEEL_NULL) return true;
    if (list.count > 0 && !all_numbers(&list)) return false;
    list_buf_init(&modes, c->m);
    const struct feel_value *at = list.count > 0 ? sorted(c, &list) : list.at;
    if (list.count > 0 && at == NULL) return false;
    size_t best = 0;
    for (size_t i = 0, run; i < list.count; i += run) {
        for (run = 1; i + run < list.count && number_cmp(&at[i], &at[i + run]) == 0;)
            run++;
        if (run < best) continue;
        if (run > best) modes.len = 0;
        best = run;
        if (!list_buf_add(&modes, &at[i])) return call_memory(c);
    }
    return list_buf_done(&modes, out) || call_memory(c);
}
