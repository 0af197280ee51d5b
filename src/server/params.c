/* The parameters of a question or command, from path, query and body. */
#include "server/inside.h"

struct json *params_object(struct request *r)
{
    struct json *j = NEW(&r->arena, struct json);
    j->kind = JSON_OBJECT;
    return j;
}

static void add(struct json *object, struct json *value, str key)
{
    struct json **at = &object->child;
    while (*at)
        at = &(*at)->next;
    value->key = key;
    value->next = NULL;
    *at = value;
    object->count++;
}

void params_text(struct request *r, struct json *object, const char *name, str text)
{
    struct json *j = NEW(&r->arena, struct json);
    *j = (struct json){.kind = JSON_STRING, .text = text};
    add(object, j, str_from(name));
}

void params_number(struct request *r, struct json *object, const char *name, int64_t n)
{
    struct json *j = NEW(&r->arena, struct json);
    *j = (struct json){.kind = JSON_NUMBER, .text = arena_printf(&r->arena, "%" PRId64, n)};
    add(object, j, str_from(name));
}

str capture_of(const struct request *r, const char *name)
{
    for (int i = 0; i < ROUTE_CAPTURES_MAX; i++)
        if (str_eq(r->capture[i].name, str_from(name))) return r->capture[i].value;
    return (str){0};
}

static struct json *member(struct json *object, str key)
{
    for (struct json *j = object->child; j; j = j->next)
        if (str_eq(j->key, key)) return j;
    return NULL;
}

/* filter may come several times and is a list; the others come once. */
static rc query_member(struct request *r, struct json *object, const struct pair *p)
{
    static const str repeated = STR_INIT("filter");
    struct json *value = NEW(&r->arena, struct json);
    *value = (struct json){.kind = JSON_STRING, .text = p->value};
    struct json *before = member(object, p->name);
    if (!str_eq(p->name, repeated)) {
        if (before)
            return err_set(&r->cx, RC_INVALID, "request.repeated", "参数“" STR_FMT "”出现了两次",
                           "the parameter \"" STR_FMT "\" is given twice", STR_ARG(p->name));
        add(object, value, p->name);
        return RC_OK;
    }
    if (!before) {
        before = NEW(&r->arena, struct json);
        before->kind = JSON_ARRAY;
        add(object, before, p->name);
    }
    add(before, value, (str){0});
    return RC_OK;
}

static rc unknown(struct request *r, str name, const char *known)
{
    rc result =
        err_set(&r->cx, RC_INVALID, "request.unknown-parameter", "没有名为“" STR_FMT "”的参数",
                "there is no parameter \"" STR_FMT "\"", STR_ARG(name));
    err_field(&r->cx, arena_dup(&r->arena, name));
    if (*known) err_hint(&r->cx, "可用的有:%s", "those known are: %s", known);
    return result;
}

static rc query_params(struct request *r, struct json *object)
{
    struct pairs pairs = {0};
    rc result = query_read(&r->cx, r->query, &pairs);
    for (size_t i = 0; result == RC_OK && i < pairs.len; i++)
        result = word_listed(str_from(r->route->query), pairs.at[i].name)
                     ? query_member(r, object, &pairs.at[i])
                     : unknown(r, pairs.at[i].name, r->route->query);
    return result;
}

static rc body_params(struct request *r, struct json *object)
{
    const struct json *body = NULL;
    str media = media_type_read(header_of(r, "Content-Type"));
    if (!r->body.content.len) return RC_OK;
    if (!str_eq(media, STR("application/json")))
        return err_set(&r->cx, RC_INVALID, "request.content-type", "请求内容应为 application/json",
                       "the body is expected as application/json");
    rc result = json_parse(&r->cx, r->body.content, &body);
    if (result != RC_OK) return result;
    if (!json_is(body, JSON_OBJECT))
        return err_set(&r->cx, RC_INVALID, "request.body", "请求内容应为一个 JSON 对象",
                       "the body is expected to be a JSON object");
    for (const struct json *j = body->child; j; j = j->next) {
        if (!word_listed(str_from(r->route->body), j->key))
            return unknown(r, j->key, r->route->body);
        struct json *copy = NEW(&r->arena, struct json);
        *copy = *j;
        add(object, copy, j->key);
    }
    return RC_OK;
}

static rc version_param(struct request *r, struct json *object)
{
    str tag = header_of(r, "If-Match");
    int64_t version = 0;
    if (!tag.len || !(r->route->flags & ROUTE_TAGGED)) return RC_OK;
    if (!version_tag_read(tag, &version))
        return err_set(&r->cx, RC_INVALID, "request.if-match",
                       "请求头 If-Match 应为记录的 ETag,例如 \"3\"",
                       "If-Match is expected to be a record's ETag, like \"3\"");
    if (version) params_number(r, object, "version", version);
    return RC_OK;
}

rc params_read(struct request *r)
{
    struct json *object = params_object(r);
    for (int i = 0; i < ROUTE_CAPTURES_MAX; i++)
        if (r->capture[i].name.len) {
            struct json *j = NEW(&r->arena, struct json);
            *j = (struct json){.kind = JSON_STRING, .text = r->capture[i].value};
            add(object, j, r->capture[i].name);
        }
    rc result = query_params(r, object);
    bool json_body = !(r->route->flags & ROUTE_UPLOAD);
    if (result == RC_OK && json_body) result = body_params(r, object);
    if (result == RC_OK) result = version_param(r, object);
    r->params = object;
    return result;
}
