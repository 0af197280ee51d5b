/* Parameters of commands and questions: required ones, with a sentence when they are not there. */
#include "engine/inside.h"

static rc missing(struct cx *cx, const char *name, const char *zh_kind, const char *en_kind)
{
    rc r =
        err_set(cx, RC_INVALID, "request.parameter", "缺少参数“%s”(%s)",
                "parameter \"%s\" (%s) is missing", name, cx->lang == LANG_ZH ? zh_kind : en_kind);
    err_field(cx, str_from(name));
    return r;
}

rc param_text(struct cx *cx, const struct json *params, const char *name, str *out)
{
    const struct json *j = json_find(params, str_from(name));
    if (!json_is(j, JSON_STRING) || !j->text.len) return missing(cx, name, "文本", "text");
    *out = j->text;
    return RC_OK;
}

rc param_i64(struct cx *cx, const struct json *params, const char *name, int64_t *out)
{
    const struct json *j = json_find(params, str_from(name));
    if (json_is(j, JSON_STRING) && str_i64(j->text, out)) return RC_OK; /* from a URL */
    if (!json_i64(j, out)) return missing(cx, name, "整数", "an integer");
    return RC_OK;
}

bool param_true(const struct json *params, const char *name)
{
    const struct json *j = json_find(params, str_from(name));
    return json_is(j, JSON_TRUE) ||
           (json_is(j, JSON_STRING) && (str_eq(j->text, STR("1")) || str_eq(j->text, STR("true"))));
}

rc param_type(struct cx *cx, const struct engine *e, const struct json *params,
              const struct app_type **out)
{
    str name;
    rc r = param_text(cx, params, "type", &name);
    if (r != RC_OK) return r;
    *out = catalogue_type(e->cat, name);
    if (*out) return RC_OK;
    return err_set(cx, RC_MISSING, "record.unknown-type", "没有名为“" STR_FMT "”的登记类型",
                   "there is no type \"" STR_FMT "\"", STR_ARG(name));
}

rc param_indicator(struct cx *cx, const struct engine *e, const struct json *params,
                   const struct app_indicator **out)
{
    str name;
    rc r = param_text(cx, params, "name", &name);
    if (r != RC_OK) return r;
    *out = catalogue_indicator(e->cat, name);
    if (*out) return RC_OK;
    return err_set(cx, RC_MISSING, "indicator.unknown", "没有名为“" STR_FMT "”的指标",
                   "there is no indicator \"" STR_FMT "\"", STR_ARG(name));
}
