/* Values from JSON; numbers keep every digit. */
#include "base/json.h"

#include "feel/number/number.h"

/* NOLINTNEXTLINE(misc-no-recursion): bounded by JSON_DEPTH_MAX */
rc feel_value_from_json(struct cx *cx, const struct json *j, struct feel_value *out)
{
    size_t i = 0;
    if (j->kind == JSON_NULL) *out = feel_null();
    if (j->kind == JSON_TRUE || j->kind == JSON_FALSE) *out = feel_boolean(j->kind == JSON_TRUE);
    if (j->kind == JSON_STRING) *out = feel_string(j->text);
    if (j->kind == JSON_NUMBER && !number_parse(cx->arena, j->text, out)) {
        const str digits =
            j->text.len > 0 && j->text.at[0] == '-' ? str_slice(j->text, 1, j->text.len) : j->text;
        if (!number_parse(cx->arena, digits, out))
            return err_set_at(cx, RC_INVALID, "feel.number-range", j->pos,
                              "数字%.*s超出可表示的范围", "the number %.*s cannot be represented",
                              STR_ARG(j->text));
        *out = number_neg(cx->arena, out);
    }
    if (j->kind == JSON_ARRAY) {
        struct feel_value *at = arena_try(cx->arena, j->count + 1, sizeof *at);
        struct feel_list *list = NEW(cx->arena, struct feel_list);
        if (at == NULL) return err_set(cx, RC_LIMIT, "feel.memory", "内存不足", "out of memory");
        for (const struct json *e = j->child; e != NULL; e = e->next, i++) {
            const rc r = feel_value_from_json(cx, e, &at[i]);
            if (r != RC_OK) return r;
        }
        *list = (struct feel_list){i, at};
        *out = (struct feel_value){.kind = FEEL_LIST, .as.list = list};
    }
    if (j->kind == JSON_OBJECT) {
        struct feel_entry *at = arena_try(cx->arena, j->count + 1, sizeof *at);
        struct feel_context *context = NEW(cx->arena, struct feel_context);
        if (at == NULL) return err_set(cx, RC_LIMIT, "feel.memory", "内存不足", "out of memory");
        for (const struct json *e = j->child; e != NULL; e = e->next, i++) {
            const rc r = feel_value_from_json(cx, e, &at[i].value);
            if (r != RC_OK) return r;
            at[i].name = e->key;
        }
        *context = (struct feel_context){i, at};
        *out = (struct feel_value){.kind = FEEL_CONTEXT, .as.context = context};
    }
    return RC_OK;
}
