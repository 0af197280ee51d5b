/* Values: constructors, equality, order, membership in ranges. */
#include "feel/value.h"

#include <string.h>

#include "feel/machine.h"
#include "feel/time/temporal.h"

/* Values nested deeper than this are never equal or ordered: what is compared must not decide how
 * much stack is used. */
enum { EQUAL_NODES_MAX = 10000000, COMPARE_DEPTH_MAX = 500 };

struct feel_value feel_null(void)
{
    return (struct feel_value){.kind = FEEL_NULL};
}

struct feel_value feel_boolean(bool b)
{
    return (struct feel_value){.kind = FEEL_BOOLEAN, .as.boolean = b};
}

struct feel_value feel_string(str s)
{
    return (struct feel_value){.kind = FEEL_STRING, .as.string = {s.at != NULL ? s.at : "", s.len}};
}

struct feel_value feel_date(day_t d)
{
    return (struct feel_value){.kind = FEEL_DATE, .as.date = d};
}

struct feel_value feel_date_time_us(int64_t us)
{
    const int64_t local = us + OFFICE_OFFSET_US;
    int64_t day = local / US_PER_DAY, rest = local % US_PER_DAY;
    if (rest < 0) {
        rest += US_PER_DAY;
        day--;
    }
    return (struct feel_value){.kind = FEEL_DATE_TIME,
                               .has_offset = true,
                               .offset_s = (int32_t)(OFFICE_OFFSET_US / US_PER_SECOND),
                               .as.moment = {day, rest * 1000}};
}

struct feel_value feel_list_of(struct arena *a, const struct feel_value *at, size_t count)
{
    struct feel_list *list = NEW(a, struct feel_list);
    struct feel_value *copy = count > 0 ? arena_try(a, count, sizeof *copy) : NULL;
    if (copy != NULL) memcpy(copy, at, count * sizeof *copy);
    *list = (struct feel_list){.count = copy != NULL ? count : 0, .at = copy};
    return (struct feel_value){.kind = FEEL_LIST, .as.list = list};
}

struct feel_value feel_context_of(struct arena *a, const struct feel_entry *at, size_t count)
{
    struct feel_context *context = NEW(a, struct feel_context);
    struct feel_entry *copy = count > 0 ? arena_try(a, count, sizeof *copy) : NULL;
    if (copy != NULL) memcpy(copy, at, count * sizeof *copy);
    *context = (struct feel_context){.count = copy != NULL ? count : 0, .at = copy};
    return (struct feel_value){.kind = FEEL_CONTEXT, .as.context = context};
}

bool feel_is_true(const struct feel_value *v)
{
    return v->kind == FEEL_BOOLEAN && v->as.boolean;
}

str feel_str(const struct feel_value *v)
{
    if (v->kind != FEEL_STRING) return STR("");
    return (str){v->as.string.at, v->as.string.len};
}

const struct feel_value *feel_context_find(const struct feel_value *context, str name)
{
    if (context->kind != FEEL_CONTEXT) return NULL;
    return context_find(context->as.context, name, 0);
}

/* Values may share parts, so that what is small in memory is large to walk through: *left counts. */
static int equal_at(const struct feel_value *a, const struct feel_value *b, int depth,
                    int64_t *left);

static int equal_lists(const struct feel_list *a, const struct feel_list *b, int depth,
                       int64_t *left)
{
    if (a->count != b->count) return 0;
    int all = 1;
    for (size_t i = 0; i < a->count && all != 0 && *left >= 0; i++) {
        const int one = equal_at(&a->at[i], &b->at[i], depth, left);
        if (one != 1) all = one;
    }
    return all;
}

static int equal_contexts(const struct feel_value *a, const struct feel_value *b, int depth,
                          int64_t *left)
{
    const struct feel_context *c = a->as.context;
    if (c->count != b->as.context->count) return 0;
    int all = 1;
    for (size_t i = 0; i < c->count && all != 0 && *left >= 0; i++) {
        const struct feel_value *other = feel_context_find(b, c->at[i].name);
        const int one = other == NULL ? 0 : equal_at(&c->at[i].value, other, depth, left);
        if (one != 1) all = one;
    }
    return all;
}

static int equal_ranges(const struct feel_range *a, const struct feel_range *b, int depth,
                        int64_t *left)
{
    if (a->low_open != b->low_open || a->high_open != b->high_open || a->form != b->form) return 0;
    const int low = equal_at(&a->low, &b->low, depth, left);
    return low != 1 ? low : equal_at(&a->high, &b->high, depth, left);
}

/* NOLINTNEXTLINE(misc-no-recursion): bounded by COMPARE_DEPTH_MAX */
static int equal_at(const struct feel_value *a, const struct feel_value *b, int depth,
                    int64_t *left)
{
    if (a->kind != b->kind) return a->kind == FEEL_NULL || b->kind == FEEL_NULL ? 0 : -1;
    *left -= 1 + (a->kind == FEEL_STRING ? (int64_t)(a->as.string.len / VALUE_BYTES_A_STEP) : 0);
    if (depth > COMPARE_DEPTH_MAX || *left < 0) return -1;
    switch ((enum feel_kind)a->kind) {
    case FEEL_NULL: return 1;
    case FEEL_BOOLEAN: return a->as.boolean == b->as.boolean;
    case FEEL_NUMBER: return number_cmp(a, b) == 0;
    case FEEL_STRING:
        return a->as.string.len == b->as.string.len &&
               text_same(a->as.string.at, b->as.string.at, a->as.string.len);
    case FEEL_DATE: return a->as.date == b->as.date;
    case FEEL_MONTHS_DURATION: return a->as.duration == b->as.duration;
    case FEEL_DAYS_DURATION:
        return a->as.moment.day == b->as.moment.day &&
               a->as.moment.nanosecond == b->as.moment.nanosecond;
    case FEEL_TIME:
    case FEEL_DATE_TIME: return temporal_equal(a, b);
    case FEEL_LIST: return equal_lists(a->as.list, b->as.list, depth + 1, left);
    case FEEL_CONTEXT: return equal_contexts(a, b, depth + 1, left);
    case FEEL_RANGE: return equal_ranges(a->as.range, b->as.range, depth + 1, left);
    case FEEL_FUNCTION: return a->as.function == b->as.function;
    case FEEL_ANY:
    case FEEL_KIND_COUNT: break;
    }
    return -1;
}

int value_equal(const struct feel_value *a, const struct feel_value *b, int64_t *left)
{
    return equal_at(a, b, 0, left);
}

int feel_equal(const struct feel_value *a, const struct feel_value *b)
{
    int64_t left = EQUAL_NODES_MAX;
    return equal_at(a, b, 0, &left);
}

bool feel_compare(const struct feel_value *a, const struct feel_value *b, int *out)
{
    if (a->kind != b->kind) return false;
    switch ((enum feel_kind)a->kind) {
    case FEEL_NUMBER: *out = number_cmp(a, b); return true;
    case FEEL_STRING: *out = str_cmp(feel_str(a), feel_str(b)); return true;
    case FEEL_DATE: *out = (a->as.date > b->as.date) - (a->as.date < b->as.date); return true;
    case FEEL_MONTHS_DURATION:
        *out = (a->as.duration > b->as.duration) - (a->as.duration < b->as.duration);
        return true;
    case FEEL_DAYS_DURATION:
    case FEEL_TIME:
    case FEEL_DATE_TIME: return temporal_compare(a, b, out);
    case FEEL_NULL:
    case FEEL_BOOLEAN:
    case FEEL_LIST:
    case FEEL_CONTEXT:
    case FEEL_RANGE:
    case FEEL_FUNCTION:
    case FEEL_ANY:
    case FEEL_KIND_COUNT: break;
    }
    return false;
}

int feel_range_contains(const struct feel_value *range, const struct feel_value *v)
{
    const struct feel_range *r = range->as.range;
    int order;
    if (r->form == FEEL_RANGE_EQUAL) return feel_equal(v, &r->low);
    if (r->form == FEEL_RANGE_OTHER) {
        const int equal = feel_equal(v, &r->low);
        return equal < 0 ? -1 : !equal;
    }
    const bool half = r->form == FEEL_RANGE_HALF;
    if (!half || r->low.kind != FEEL_NULL) {
        if (!feel_compare(v, &r->low, &order)) return -1;
        if (order < 0 || (order == 0 && r->low_open)) return 0;
    }
    if (!half || r->high.kind != FEEL_NULL) {
        if (!feel_compare(v, &r->high, &order)) return -1;
        if (order > 0 || (order == 0 && r->high_open)) return 0;
    }
    return 1;
}
