/* Types of FEEL: what the checker knows before anything runs. */
#include "feel/type.h"

#include "feel/value.h"

/* Types may hold themselves (a tree), so whatever walks them counts its steps. */
enum {
    TYPE_DEPTH_MAX = 60,
    TYPE_STEPS_MAX = 20000,
    TYPE_WRITTEN_MAX = 2000,
    TYPE_MEMBERS_MAX = 2000, /* of contexts that were joined */
    TYPE_SAMPLE_MAX = 1000,
    TYPE_VALUES_MAX = 100000
};

static const struct feel_type any_type = {.kind = FEEL_ANY};
static const struct feel_type simple[FEEL_KIND_COUNT] = {
    [FEEL_NULL] = {.kind = FEEL_NULL},
    [FEEL_BOOLEAN] = {.kind = FEEL_BOOLEAN},
    [FEEL_NUMBER] = {.kind = FEEL_NUMBER},
    [FEEL_STRING] = {.kind = FEEL_STRING},
    [FEEL_DATE] = {.kind = FEEL_DATE},
    [FEEL_TIME] = {.kind = FEEL_TIME},
    [FEEL_DATE_TIME] = {.kind = FEEL_DATE_TIME},
    [FEEL_MONTHS_DURATION] = {.kind = FEEL_MONTHS_DURATION},
    [FEEL_DAYS_DURATION] = {.kind = FEEL_DAYS_DURATION},
    [FEEL_LIST] = {.kind = FEEL_LIST, .element = &any_type},
    [FEEL_CONTEXT] = {.kind = FEEL_CONTEXT, .open = true},
    [FEEL_RANGE] = {.kind = FEEL_RANGE, .element = &any_type},
    [FEEL_FUNCTION] = {.kind = FEEL_FUNCTION, .element = &any_type, .open = true},
    [FEEL_ANY] = {.kind = FEEL_ANY},
};

const struct feel_type *feel_type_of_kind(enum feel_kind kind)
{
    CHECK(kind < FEEL_KIND_COUNT);
    return &simple[kind];
}

const struct feel_type *feel_type_list(struct arena *a, const struct feel_type *element)
{
    if (element->kind == FEEL_ANY) return &simple[FEEL_LIST];
    struct feel_type *t = NEW(a, struct feel_type);
    *t = (struct feel_type){.kind = FEEL_LIST, .element = element};
    return t;
}

const struct feel_type *feel_type_range(struct arena *a, const struct feel_type *element)
{
    struct feel_type *t = NEW(a, struct feel_type);
    *t = (struct feel_type){.kind = FEEL_RANGE, .element = element};
    return t;
}

const struct feel_type *feel_type_context(struct arena *a, const struct feel_member *member,
                                          size_t count)
{
    struct feel_member *copy = NEWS(a, struct feel_member, count + 1);
    for (size_t i = 0; i < count; i++)
        copy[i] = member[i];
    struct feel_type *t = NEW(a, struct feel_type);
    *t = (struct feel_type){.kind = FEEL_CONTEXT, .member = copy, .count = count};
    return t;
}

const struct feel_type *feel_type_function(struct arena *a, const struct feel_member *parameter,
                                           size_t count, const struct feel_type *result)
{
    struct feel_member *copy = NEWS(a, struct feel_member, count + 1);
    for (size_t i = 0; i < count; i++)
        copy[i] = parameter[i];
    struct feel_type *t = NEW(a, struct feel_type);
    *t = (struct feel_type){
        .kind = FEEL_FUNCTION, .member = copy, .count = count, .element = result};
    return t;
}

static const char *const kind_name[FEEL_KIND_COUNT] = {
    [FEEL_NULL] = "Null",
    [FEEL_BOOLEAN] = "boolean",
    [FEEL_NUMBER] = "number",
    [FEEL_STRING] = "string",
    [FEEL_DATE] = "date",
    [FEEL_TIME] = "time",
    [FEEL_DATE_TIME] = "date and time",
    [FEEL_MONTHS_DURATION] = "years and months duration",
    [FEEL_DAYS_DURATION] = "days and time duration",
    [FEEL_LIST] = "list",
    [FEEL_CONTEXT] = "context",
    [FEEL_RANGE] = "range",
    [FEEL_FUNCTION] = "function",
    [FEEL_ANY] = "Any",
};

const char *type_kind_name(enum feel_kind kind)
{
    return kind < FEEL_KIND_COUNT ? kind_name[kind] : "?";
}

bool type_kind_find(str name, enum feel_kind *out)
{
    for (int k = 0; k < FEEL_KIND_COUNT; k++)
        if (str_eq(name, str_from(kind_name[k]))) {
            *out = (enum feel_kind)k;
            return true;
        }
    if (str_eq(name, STR("day and time duration")) || str_eq(name, STR("dayTimeDuration"))) {
        *out = FEEL_DAYS_DURATION;
        return true;
    }
    if (str_eq(name, STR("year and month duration")) || str_eq(name, STR("yearMonthDuration"))) {
        *out = FEEL_MONTHS_DURATION;
        return true;
    }
    if (str_eq(name, STR("dateTime"))) {
        *out = FEEL_DATE_TIME;
        return true;
    }
    return false;
}

/* A type that is being written; one inside itself is only named. */
struct writing {
    const struct writing *outer;
    const struct feel_type *type;
    int depth, *left;
};

static bool goes_inside(const struct writing *w)
{
    if (w->depth > TYPE_DEPTH_MAX || --*w->left < 0) return false;
    for (const struct writing *o = w->outer; o != NULL; o = o->outer)
        if (o->type == w->type) return false;
    return true;
}

static void write_members(struct buf *out, const struct writing *w, bool names);

/* NOLINTNEXTLINE(misc-no-recursion): bounded by TYPE_DEPTH_MAX */
static void write_at(struct buf *out, const struct feel_type *t, const struct writing *outer)
{
    const struct writing w = {outer, t, outer->depth + 1, outer->left};
    buf_add(out, str_from(kind_name[t->kind]));
    if (t->kind < FEEL_LIST || t->kind == FEEL_ANY || !goes_inside(&w)) return;
    if ((t->kind == FEEL_LIST || t->kind == FEEL_RANGE) && t->element->kind != FEEL_ANY) {
        buf_char(out, '<');
        write_at(out, t->element, &w);
        buf_char(out, '>');
    }
    if (t->kind == FEEL_CONTEXT && !t->open) write_members(out, &w, true);
    if (t->kind == FEEL_FUNCTION && !t->open) {
        write_members(out, &w, false);
        buf_add(out, STR(" -> "));
        write_at(out, t->element, &w);
    }
}

/* NOLINTNEXTLINE(misc-no-recursion): bounded by TYPE_DEPTH_MAX */
static void write_members(struct buf *out, const struct writing *w, bool names)
{
    const struct feel_type *t = w->type;
    buf_char(out, '<');
    for (size_t i = 0; i < t->count; i++) {
        if (i > 0) buf_add(out, STR(", "));
        if (names) {
            buf_add(out, t->member[i].name);
            buf_add(out, STR(": "));
        }
        write_at(out, t->member[i].type, w);
    }
    buf_char(out, '>');
}

void feel_type_write(struct buf *out, const struct feel_type *t)
{
    int left = TYPE_WRITTEN_MAX;
    const struct writing nothing = {.left = &left};
    write_at(out, t, &nothing);
}

const struct feel_type *type_member(const struct feel_type *context, str name)
{
    for (size_t i = 0; i < context->count; i++)
        if (str_eq(context->member[i].name, name)) return context->member[i].type;
    return NULL;
}

/* loose: what is not certain fits. */
struct fitting {
    bool loose;
    int left;
};

static bool fits_at(struct fitting *f, const struct feel_type *have, const struct feel_type *want,
                    int depth);

/* NOLINTNEXTLINE(misc-no-recursion): bounded by TYPE_DEPTH_MAX */
static bool fits_members(struct fitting *f, const struct feel_type *have,
                         const struct feel_type *want, int depth)
{
    if (have->open || want->open) return true;
    for (size_t i = 0; i < want->count; i++) {
        const struct feel_type *t = type_member(have, want->member[i].name);
        if (t == NULL || !fits_at(f, t, want->member[i].type, depth + 1)) return false;
    }
    return true;
}

/* NOLINTNEXTLINE(misc-no-recursion): bounded by TYPE_DEPTH_MAX */
static bool fits_function(struct fitting *f, const struct feel_type *have,
                          const struct feel_type *want, int depth)
{
    if (have->open || want->open) return true;
    if (have->count != want->count) return false;
    for (size_t i = 0; i < have->count; i++)
        if (!fits_at(f, want->member[i].type, have->member[i].type, depth + 1)) return false;
    return fits_at(f, have->element, want->element, depth + 1);
}

/* NOLINTNEXTLINE(misc-no-recursion): bounded by TYPE_DEPTH_MAX */
static bool fits_at(struct fitting *f, const struct feel_type *have, const struct feel_type *want,
                    int depth)
{
    if (have == want || want->kind == FEEL_ANY || have->kind == FEEL_NULL) return true;
    if (depth > TYPE_DEPTH_MAX || --f->left < 0) return true;
    if (f->loose && (have->kind == FEEL_ANY || want->kind == FEEL_NULL)) return true;
    if (have->kind != want->kind) return false;
    if (have->kind == FEEL_LIST || have->kind == FEEL_RANGE)
        return fits_at(f, have->element, want->element, depth + 1);
    if (have->kind == FEEL_CONTEXT) return fits_members(f, have, want, depth);
    return have->kind != FEEL_FUNCTION || fits_function(f, have, want, depth);
}

bool feel_type_fits(const struct feel_type *have, const struct feel_type *want)
{
    struct fitting f = {.left = TYPE_STEPS_MAX};
    return fits_at(&f, have, want, 0);
}

bool type_may_fit(const struct feel_type *have, const struct feel_type *want)
{
    struct fitting f = {.loose = true, .left = TYPE_STEPS_MAX};
    if (have->kind == FEEL_DATE && want->kind == FEEL_DATE_TIME) return true;
    if (have->kind == FEEL_LIST && fits_at(&f, have->element, want, 0)) return true;
    if (want->kind == FEEL_LIST && have->kind != FEEL_LIST) want = want->element;
    return fits_at(&f, have, want, 0);
}

/* ---- joining ---- */

struct joining {
    struct arena *arena;
    int left;
};

static const struct feel_type *join_at(struct joining *j, const struct feel_type *x,
                                       const struct feel_type *y, int depth);

/* NOLINTNEXTLINE(misc-no-recursion): bounded by TYPE_DEPTH_MAX */
static const struct feel_type *join_contexts(struct joining *j, const struct feel_type *x,
                                             const struct feel_type *y, int depth)
{
    if (x->open || y->open || x->count + y->count > TYPE_MEMBERS_MAX) return &simple[FEEL_CONTEXT];
    struct feel_type *t = NEW(j->arena, struct feel_type);
    struct feel_member *member = NEWS(j->arena, struct feel_member, x->count + y->count + 1);
    *t = (struct feel_type){.kind = FEEL_CONTEXT, .member = member};
    for (size_t i = 0; i < x->count; i++) {
        const struct feel_type *other = type_member(y, x->member[i].name);
        member[t->count] = x->member[i];
        if (other != NULL) member[t->count].type = join_at(j, x->member[i].type, other, depth + 1);
        t->count++;
    }
    for (size_t i = 0; i < y->count; i++)
        if (type_member(x, y->member[i].name) == NULL) member[t->count++] = y->member[i];
    return t;
}

static bool same_shape(const struct feel_type *x, const struct feel_type *y)
{
    if (x->open || y->open || x->count != y->count) return false;
    for (size_t i = 0; i < x->count; i++)
        if (x->member[i].type != y->member[i].type || !str_eq(x->member[i].name, y->member[i].name))
            return false;
    return true;
}

/* NOLINTNEXTLINE(misc-no-recursion): bounded by TYPE_DEPTH_MAX */
static const struct feel_type *join_at(struct joining *j, const struct feel_type *x,
                                       const struct feel_type *y, int depth)
{
    if (x == y) return x;
    if (x->kind == FEEL_NULL) return y;
    if (y->kind == FEEL_NULL) return x;
    if (x->kind != y->kind || depth > TYPE_DEPTH_MAX || --j->left < 0) return &any_type;
    if (x->kind == FEEL_LIST)
        return feel_type_list(j->arena, join_at(j, x->element, y->element, depth + 1));
    if (x->kind == FEEL_RANGE)
        return feel_type_range(j->arena, join_at(j, x->element, y->element, depth + 1));
    if (x->kind == FEEL_CONTEXT) return same_shape(x, y) ? x : join_contexts(j, x, y, depth);
    return &simple[x->kind];
}

const struct feel_type *type_join(struct arena *a, const struct feel_type *x,
                                  const struct feel_type *y)
{
    struct joining j = {a, TYPE_STEPS_MAX};
    return join_at(&j, x, y, 0);
}

/* NOLINTNEXTLINE(misc-no-recursion): bounded by TYPE_DEPTH_MAX */
static const struct feel_type *of_value(struct arena *a, const struct feel_value *v, int depth,
                                        int *left)
{
    if (depth > TYPE_DEPTH_MAX || a->exhausted || --*left < 0) return &any_type;
    if (v->kind == FEEL_LIST) {
        const struct feel_type *element = &simple[FEEL_NULL];
        if (v->as.list->count > TYPE_SAMPLE_MAX) return &simple[FEEL_LIST];
        for (size_t i = 0; i < v->as.list->count && element->kind != FEEL_ANY; i++)
            element = type_join(a, element, of_value(a, &v->as.list->at[i], depth + 1, left));
        return feel_type_list(a, element->kind == FEEL_NULL ? &any_type : element);
    }
    if (v->kind == FEEL_CONTEXT) {
        const struct feel_context *c = v->as.context;
        struct feel_member *member = NEWS(a, struct feel_member, c->count + 1);
        for (size_t i = 0; i < c->count; i++) {
            const struct feel_type *t = of_value(a, &c->at[i].value, depth + 1, left);
            member[i] = (struct feel_member){c->at[i].name, t->kind == FEEL_NULL ? &any_type : t};
        }
        struct feel_type *t = NEW(a, struct feel_type);
        *t = (struct feel_type){.kind = FEEL_CONTEXT, .member = member, .count = c->count};
        return t;
    }
    if (v->kind == FEEL_RANGE) {
        const struct feel_value *end =
            v->as.range->low.kind != FEEL_NULL ? &v->as.range->low : &v->as.range->high;
        return feel_type_range(a, of_value(a, end, depth + 1, left));
    }
    return v->kind == FEEL_NULL ? &any_type : &simple[v->kind];
}

const struct feel_type *feel_type_of_value(struct arena *a, const struct feel_value *v)
{
    int left = TYPE_VALUES_MAX; /* values may share parts */
    return of_value(a, v, 0, &left);
}
