/* Values from JSON where their type is declared: dates, times and durations are texts there. */
#include "base/json.h"
#include "feel/type.h"
#include "feel/value.h"

static bool is_temporal(enum feel_kind kind)
{
    return kind >= FEEL_DATE && kind <= FEEL_DAYS_DURATION;
}

static rc temporal(struct cx *cx, const struct json *j, enum feel_kind want, struct feel_value *out)
{
    struct feel_value v;
    if (feel_temporal_parse(j->text, &v)) {
        const bool day_of_moment = want == FEEL_DATE_TIME && v.kind == FEEL_DATE;
        if (v.kind == want || day_of_moment) {
            *out = v;
            return RC_OK;
        }
    }
    const rc r = err_set_at(cx, RC_INVALID, "feel.json-type", j->pos, "“" STR_FMT "”不是 %s 的值",
                            "\"" STR_FMT "\" is not a value of type %s", STR_ARG(j->text),
                            type_kind_name(want));
    err_hint(cx, "写法如 2024-02-29、10:00:00+08:00、2024-02-29T10:00:00、P1Y6M、P1DT2H",
             "write 2024-02-29, 10:00:00+08:00, 2024-02-29T10:00:00, P1Y6M or P1DT2H");
    return r;
}

static rc array(struct cx *cx, const struct json *j, const struct feel_type *element,
                struct feel_value *out)
{
    struct feel_value *at = arena_try(cx->arena, j->count + 1, sizeof *at);
    size_t n = 0;
    if (at == NULL) return err_set(cx, RC_LIMIT, "feel.memory", "内存不足", "out of memory");
    for (const struct json *e = j->child; e != NULL; e = e->next, n++) {
        const rc r = feel_value_from_json_typed(cx, e, element, &at[n]);
        if (r != RC_OK) return r;
    }
    *out = feel_list_of(cx->arena, at, n);
    return RC_OK;
}

static rc object(struct cx *cx, const struct json *j, const struct feel_type *type,
                 struct feel_value *out)
{
    struct feel_entry *at = arena_try(cx->arena, j->count + 1, sizeof *at);
    size_t n = 0;
    if (at == NULL) return err_set(cx, RC_LIMIT, "feel.memory", "内存不足", "out of memory");
    for (const struct json *m = j->child; m != NULL; m = m->next, n++) {
        at[n].name = m->key;
        const rc r = feel_value_from_json_typed(cx, m, type_member(type, m->key), &at[n].value);
        if (r != RC_OK) return r;
    }
    *out = feel_context_of(cx->arena, at, n);
    return RC_OK;
}

/* NOLINTNEXTLINE(misc-no-recursion): bounded by JSON_DEPTH_MAX */
rc feel_value_from_json_typed(struct cx *cx, const struct json *j, const struct feel_type *type,
                              struct feel_value *out)
{
    const struct feel_type *element =
        type != NULL && type->kind == FEEL_LIST ? type->element : type;
    if (type == NULL) return feel_value_from_json(cx, j, out);
    if (j->kind == JSON_ARRAY) return array(cx, j, element, out);
    if (type->kind == FEEL_LIST) /* one that stands for a list of one */
        return feel_value_from_json_typed(cx, j, element, out);
    if (j->kind == JSON_STRING && is_temporal(type->kind)) return temporal(cx, j, type->kind, out);
    if (j->kind == JSON_OBJECT && type->kind == FEEL_CONTEXT) return object(cx, j, type, out);
    return feel_value_from_json(cx, j, out);
}
