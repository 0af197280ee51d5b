/* What the rules that matched come to: hit policies and aggregation (DMN 1.5 8.2.10, 8.2.11). */
#include <string.h>

#include "dmn/run.h"

/* The outputs of the rules that matched, a row of output_count each. */
struct hits {
    struct exec *x;
    const struct boxed *b;
    const struct table *t;
    const int *rule;
    size_t count;
    struct feel_value *output;
};

static struct feel_value *row(const struct hits *h, size_t i)
{
    return &h->output[i * h->t->output_count];
}

static bool evaluate_row(struct hits *h, size_t i)
{
    const struct table_rule *rule = &h->t->rule[h->rule[i]];
    for (size_t k = 0; k < h->t->output_count; k++) {
        h->x->cell = (struct cell){CELL_OUTPUT, h->rule[i] + 1, (int)k + 1, {0}};
        if (!exec_literal(h->x, &rule->output[k], &row(h, i)[k])) return false;
        if (!exec_coerce(h->x, h->t->output[k].item, rule->output[k].pos, &row(h, i)[k]))
            return false;
    }
    h->x->cell = (struct cell){0};
    return true;
}

/* One row as a value: a context when there are several outputs. */
static struct feel_value row_value(const struct hits *h, const struct feel_value *output)
{
    if (h->t->output_count == 1) return output[0];
    struct feel_entry *entry = NEWS(h->x->m->arena, struct feel_entry, h->t->output_count + 1);
    for (size_t k = 0; k < h->t->output_count; k++)
        entry[k] = (struct feel_entry){h->t->output[k].name, output[k]};
    struct feel_context *c = NEW(h->x->m->arena, struct feel_context);
    *c = (struct feel_context){.count = h->t->output_count, .at = entry};
    return (struct feel_value){.kind = FEEL_CONTEXT, .as.context = c};
}

static bool default_value(struct hits *h, struct feel_value *out)
{
    *out = feel_null();
    if (!h->t->has_default) return true;
    struct feel_value *output = arena_try(h->x->m->arena, h->t->output_count + 1, sizeof *output);
    if (!output) return exec_out_of_memory(h->x);
    for (size_t k = 0; k < h->t->output_count; k++) {
        h->x->cell = (struct cell){CELL_DEFAULT, 0, (int)k + 1, {0}};
        if (!exec_literal(h->x, &h->t->output[k].otherwise, &output[k])) return false;
        if (!exec_coerce(h->x, h->t->output[k].item, h->t->output[k].otherwise.pos, &output[k]))
            return false;
    }
    h->x->cell = (struct cell){0};
    *out = row_value(h, output);
    return true;
}

/* ---- order ---- */

/* The place of v among the values of its output; behind all when it is none of them. */
static size_t rank(const struct table_output *o, const struct feel_value *v)
{
    if (o->order.kind != FEEL_LIST) return 0;
    const struct feel_list *list = o->order.as.list;
    for (size_t i = 0; i < list->count; i++)
        if (feel_equal(&list->at[i], v) == 1) return i;
    return list->count;
}

static int compare_rows(const struct hits *h, size_t a, size_t b)
{
    for (size_t k = 0; k < h->t->output_count; k++) {
        const size_t x = rank(&h->t->output[k], &row(h, a)[k]);
        const size_t y = rank(&h->t->output[k], &row(h, b)[k]);
        if (x != y) return x < y ? -1 : 1;
    }
    return 0;
}

/* Rows by priority; those alike stay as they stand in the table.  A merge from the bottom up. */
static bool sort_rows(const struct hits *h, size_t *order)
{
    size_t *from = order, *to = arena_try(h->x->m->arena, h->count + 1, sizeof *to);
    if (!to) return exec_out_of_memory(h->x);
    for (size_t width = 1; width < h->count; width *= 2) {
        for (size_t at = 0; at < h->count; at += 2 * width) {
            size_t a = at, b = at + width < h->count ? at + width : h->count;
            const size_t middle = b, end = at + 2 * width < h->count ? at + 2 * width : h->count;
            for (size_t k = at; k < end; k++) {
                const bool first =
                    a < middle && (b >= end || compare_rows(h, from[a], from[b]) <= 0);
                to[k] = first ? from[a++] : from[b++];
            }
        }
        size_t *swap = from;
        from = to;
        to = swap;
    }
    if (from != order) memcpy(order, from, h->count * sizeof *order);
    return true;
}

static bool list_rows(struct hits *h, bool sorted, struct feel_value *out)
{
    struct feel_value *at = arena_try(h->x->m->arena, h->count + 1, sizeof *at);
    size_t *order = arena_try(h->x->m->arena, h->count + 1, sizeof *order);
    if (!at || !order) return exec_out_of_memory(h->x);
    for (size_t i = 0; i < h->count; i++)
        order[i] = i;
    if (sorted && !sort_rows(h, order)) return false;
    for (size_t i = 0; i < h->count; i++)
        at[i] = row_value(h, row(h, order[i]));
    struct feel_list *list = NEW(h->x->m->arena, struct feel_list);
    *list = (struct feel_list){.count = h->count, .at = at};
    *out = (struct feel_value){.kind = FEEL_LIST, .as.list = list};
    return true;
}

/* ---- single hits ---- */

static bool same_rows(const struct hits *h)
{
    for (size_t i = 1; i < h->count; i++)
        for (size_t k = 0; k < h->t->output_count; k++)
            if (feel_equal(&row(h, 0)[k], &row(h, i)[k]) != 1) return false;
    return true;
}

static str rule_numbers(const struct hits *h)
{
    struct buf b = {.arena = h->x->m->arena};
    for (size_t i = 0; i < h->count && i < 10; i++)
        buf_printf(&b, "%s%d", i > 0 ? ", " : "", h->rule[i] + 1);
    return buf_str(&b);
}

static bool single(struct hits *h, struct feel_value *out)
{
    size_t best = 0;
    *out = feel_null();
    if (h->t->hit == HIT_UNIQUE && h->count > 1) {
        exec_warn(h->x, "dmn.not-unique", h->b->pos, "应只有一条规则命中，却有：%.*s",
                  "one rule only may match, these do: %.*s", STR_ARG(rule_numbers(h)));
        return true;
    }
    if (h->t->hit == HIT_ANY && !same_rows(h)) {
        exec_warn(h->x, "dmn.not-same", h->b->pos, "命中的规则应给出相同的结果，却不同：%.*s",
                  "rules that match must agree, these do not: %.*s", STR_ARG(rule_numbers(h)));
        return true;
    }
    if (h->t->hit == HIT_PRIORITY)
        for (size_t i = 1; i < h->count; i++)
            if (compare_rows(h, i, best) < 0) best = i;
    *out = row_value(h, row(h, best));
    return true;
}

/* ---- aggregation ---- */

static struct feel_value aggregate_column(const struct hits *h, size_t k)
{
    struct feel_value v = row(h, 0)[k];
    const char *const function = h->t->aggregation == AGGREGATE_SUM ? "sum" : "min/max";
    for (size_t i = 0; i < h->count; i++) {
        const struct feel_value *next = &row(h, i)[k];
        int order = 0;
        bool ok = true;
        if (h->t->aggregation == AGGREGATE_SUM) {
            ok = v.kind == FEEL_NUMBER && next->kind == FEEL_NUMBER &&
                 (i == 0 || number_add(h->x->m->arena, &v, next, &v));
        } else {
            ok = feel_compare(next, &v, &order);
            if (ok && (h->t->aggregation == AGGREGATE_MIN ? order < 0 : order > 0)) v = *next;
        }
        if (ok) continue;
        exec_warn(h->x, "dmn.aggregation", h->b->pos, "规则 %d 的输出不能计入 %s",
                  "the output of rule %d cannot be taken into %s", h->rule[i] + 1, function);
        return feel_null();
    }
    return v;
}

static bool aggregate(struct hits *h, struct feel_value *out)
{
    if (h->t->aggregation == AGGREGATE_COUNT) {
        *out = feel_int((int64_t)h->count);
        return true;
    }
    struct feel_value *output = arena_try(h->x->m->arena, h->t->output_count + 1, sizeof *output);
    if (!output) return exec_out_of_memory(h->x);
    for (size_t k = 0; k < h->t->output_count; k++)
        output[k] = aggregate_column(h, k);
    *out = row_value(h, output);
    return true;
}

/* ---- the whole ---- */

static bool explain(struct hits *h, const struct feel_value *input)
{
    struct arena *a = h->x->m->arena;
    const struct table *t = h->t;
    for (size_t i = 0; i < h->count; i++) {
        struct feel_value *inputs = arena_try(a, t->input_count + 1, sizeof *inputs);
        if (!inputs) return exec_out_of_memory(h->x);
        if (t->input_count > 0) memcpy(inputs, input, t->input_count * sizeof *inputs);
        *vec_add(a, &h->x->run->explain->matches) = (struct dmn_match){
            .element = h->x->element ? h->x->element->is : NULL,
            .table = h->b->id.len || !h->x->element ? h->b->id : h->x->element->is->name,
            .rule = h->rule[i] + 1,
            .input = inputs,
            .output = row(h, i),
            .annotation = t->rule[h->rule[i]].annotation,
            .input_count = t->input_count,
            .output_count = t->output_count,
            .annotation_count = t->annotation_count};
    }
    return true;
}

bool exec_hits(struct exec *x, const struct boxed *b, const struct feel_value *input,
               const int *rule, size_t count, struct feel_value *out)
{
    struct hits h = {.x = x, .b = b, .t = b->as.table, .rule = rule, .count = count};
    struct feel_value small[8];
    if (count == 0) return default_value(&h, out);
    if (count == 1 && h.t->output_count == 1 && h.t->hit <= HIT_FIRST && !x->run->explain) {
        h.output = out;
        return evaluate_row(&h, 0);
    }
    h.output = x->run->explain ? exec_values(x, NULL, 0, count * h.t->output_count)
                               : exec_values(x, small, COUNTOF(small), count * h.t->output_count);
    if (!h.output) return false;
    for (size_t i = 0; i < count; i++)
        if (!evaluate_row(&h, i)) return false;
    if (x->run->explain && !explain(&h, input)) return false;
    switch (h.t->hit) {
    case HIT_UNIQUE:
    case HIT_ANY:
    case HIT_PRIORITY:
    case HIT_FIRST: return single(&h, out);
    case HIT_RULE_ORDER: return list_rows(&h, false, out);
    case HIT_OUTPUT_ORDER: return list_rows(&h, true, out);
    case HIT_COLLECT: break;
    }
    return h.t->aggregation == AGGREGATE_NONE ? list_rows(&h, false, out) : aggregate(&h, out);
}
