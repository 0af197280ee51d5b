/* Builtins on contexts, equality and truth. */
#include <string.h>

#include "feel/builtin/builtin.h"

bool builtin_not(struct call *c, const struct feel_value *arg, struct feel_value *out)
{
    const bool single = arg->kind == FEEL_LIST && arg->as.list->count == 1;
    const int truth = truth_of(c->m, c->n, single ? arg->as.list->at : arg);
    if (truth >= 0) *out = feel_boolean(truth == 0);
    return true;
}

static const struct feel_value *find(const struct feel_context *c, str name)
{
    uint16_t hint = 0;
    return context_get(c, name, &hint);
}

bool builtin_get_value(struct call *c, const struct feel_value *arg, struct feel_value *out)
{
    const struct feel_value *v = &arg[0];
    if (arg[1].kind == FEEL_STRING) {
        const struct feel_value *entry = find(v->as.context, feel_str(&arg[1]));
        if (entry != NULL) *out = *entry;
        return true;
    }
    if (arg[1].kind == FEEL_NULL) return true;
    if (arg[1].kind != FEEL_LIST || arg[1].as.list->count == 0) return false;
    for (size_t i = 0; i < arg[1].as.list->count; i++) {
        const struct feel_value *key = &arg[1].as.list->at[i];
        if (key->kind != FEEL_STRING) return false;
        v = v->kind == FEEL_CONTEXT ? find(v->as.context, feel_str(key)) : NULL;
        if (v == NULL)
            return call_fault(c, "feel.unknown-name", "没有这个成员", "there is no such entry");
    }
    *out = *v;
    return true;
}

bool builtin_get_entries(struct call *c, const struct feel_value *arg, struct feel_value *out)
{
    const struct feel_context *from = arg->as.context;
    struct arena *a = c->m->arena;
    struct feel_value *at = arena_try(a, from->count + 1, sizeof *at);
    if (at == NULL) return call_memory(c);
    for (size_t i = 0; i < from->count; i++) {
        const struct feel_entry entry[] = {{STR("key"), feel_string(from->at[i].name)},
                                           {STR("value"), from->at[i].value}};
        if (!charge(c->m, c->n, 1)) return false;
        at[i] = feel_context_of(a, entry, COUNTOF(entry));
    }
    struct feel_list *list = NEW(a, struct feel_list);
    *list = (struct feel_list){.count = from->count, .at = at};
    *out = (struct feel_value){.kind = FEEL_LIST, .as.list = list};
    return true;
}

struct entries {
    struct feel_entry *at;
    size_t count, cap;
};

static bool entries_put(struct call *c, struct entries *e, str name, const struct feel_value *v)
{
    size_t i = 0;
    if (!charge(c->m, c->n, 1 + (int32_t)(e->count / 64 + name.len / VALUE_BYTES_A_STEP)))
        return false;
    while (i < e->count && !str_eq(e->at[i].name, name))
        i++;
    if (i == e->cap) {
        const size_t cap = e->cap == 0 ? 8 : e->cap * 2;
        struct feel_entry *at = arena_try(c->m->arena, cap, sizeof *at);
        if (at == NULL) return call_memory(c);
        if (e->count > 0) memcpy(at, e->at, e->count * sizeof *at);
        e->at = at;
        e->cap = cap;
    }
    if (i == e->count) e->at[e->count++].name = name;
    e->at[i].value = *v;
    return true;
}

static bool entries_done(struct call *c, const struct entries *e, struct feel_value *out)
{
    struct feel_context *context = NEW(c->m->arena, struct feel_context);
    *context = (struct feel_context){.count = e->count, .at = e->at};
    *out = (struct feel_value){.kind = FEEL_CONTEXT, .as.context = context};
    return true;
}

static bool entries_add_all(struct call *c, struct entries *e, const struct feel_context *from)
{
    for (size_t i = 0; i < from->count; i++)
        if (!entries_put(c, e, from->at[i].name, &from->at[i].value)) return false;
    return true;
}

bool builtin_context(struct call *c, const struct feel_value *arg, struct feel_value *out)
{
    struct entries e = {0};
    const struct feel_list *list = arg->as.list;
    for (size_t i = 0; i < list->count; i++) {
        const struct feel_value *one = &list->at[i];
        if (one->kind != FEEL_CONTEXT) return false;
        const struct feel_value *key = find(one->as.context, STR("key"));
        const struct feel_value *value = find(one->as.context, STR("value"));
        if (key == NULL || value == NULL || key->kind != FEEL_STRING) return false;
        const size_t before = e.count;
        if (!entries_put(c, &e, feel_str(key), value)) return false;
        if (e.count == before)
            return call_fault(c, "feel.double-name", "同一名称出现了两次", "a key stands twice");
    }
    return entries_done(c, &e, out);
}

bool builtin_context_merge(struct call *c, const struct feel_value *arg, struct feel_value *out)
{
    struct entries e = {0};
    const struct feel_list *list = arg->as.list;
    for (size_t i = 0; i < list->count; i++) {
        if (list->at[i].kind != FEEL_CONTEXT) return false;
        if (!entries_add_all(c, &e, list->at[i].as.context)) return false;
    }
    return entries_done(c, &e, out);
}

/* One key of a path put; the rest is put into what stands there. */
/* NOLINTNEXTLINE(misc-no-recursion): bounded by the check in builtin_context_put */
static bool put_path(struct call *c, const struct feel_value *context, const struct feel_list *keys,
                     size_t at, const struct feel_value *value, struct feel_value *out)
{
    struct entries e = {0};
    const str key = feel_str(&keys->at[at]);
    struct feel_value inner = *value;
    if (keys->at[at].kind != FEEL_STRING || context->kind != FEEL_CONTEXT) return false;
    if (at + 1 < keys->count) {
        const struct feel_value *old = find(context->as.context, key);
        if (old == NULL || !put_path(c, old, keys, at + 1, value, &inner)) return false;
    }
    return entries_add_all(c, &e, context->as.context) && entries_put(c, &e, key, &inner) &&
           entries_done(c, &e, out);
}

bool builtin_context_put(struct call *c, const struct feel_value *arg, struct feel_value *out)
{
    struct feel_list one = {1, &arg[1]};
    const struct feel_list *keys = arg[1].kind == FEEL_LIST ? arg[1].as.list : &one;
    if (arg[1].kind == FEEL_NULL) return true;
    if (keys->count == 0 || keys->count > FEEL_DEPTH_MAX) return false;
    return put_path(c, &arg[0], keys, 0, &arg[2], out);
}

/* The same value in the same form: 10:00Z is not 11:00+01:00. */
bool builtin_is(struct call *c, const struct feel_value *arg, struct feel_value *out)
{
    const struct feel_value *a = &arg[0], *b = &arg[1];
    bool same = a->kind == b->kind && machine_equal(c->m, c->n, a, b) == 1;
    if (same && (a->kind == FEEL_TIME || a->kind == FEEL_DATE_TIME))
        same = a->has_offset == b->has_offset && a->offset_s == b->offset_s && a->zone == b->zone &&
               a->as.moment.nanosecond == b->as.moment.nanosecond;
    *out = feel_boolean(same);
    return c->m->code == RC_OK;
}
