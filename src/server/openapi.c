/* The OpenAPI 3.1 document: paths from the table of routes, general schemas from schemas.json, and
 * two schemas for each declared type, one for each list of codes. */
#include "server/inside.h"

/* ---- names that parameters and bodies share ---- */

static const struct {
    const char *name, *schema;
} shapes[] = {
    {"id", "{\"type\":\"integer\",\"minimum\":1,\"maximum\":9007199254740991}"},
    {"subject", "{\"type\":\"string\"}"},
    {"v", "{\"type\":\"string\",\"description\":\"any text: another one asks the cache anew\"}"},
    {"limit", "{\"type\":\"integer\",\"minimum\":1,\"maximum\":500}"},
    {"filter",
     "{\"type\":\"array\",\"items\":{\"type\":\"string\"},\"description\":\"field:op:value; op: eq ne lt le "
     "gt ge contains in null notnull\"}"},
    {"count", "{\"type\":\"integer\",\"enum\":[0,1]}"},
    {"voided", "{\"type\":\"integer\",\"enum\":[0,1]}"},
    {"mine", "{\"type\":\"integer\",\"enum\":[0,1]}"},
    {"newest", "{\"type\":\"integer\",\"enum\":[0,1]}"},
    {"dry_run",
     "{\"type\":\"integer\",\"enum\":[0,1],\"description\":\"1: everything but the commit\"}"},
    {"partial", "{\"type\":\"integer\",\"enum\":[0,1],\"description\":\"1: the good rows only\"}"},
    {"known_at", "{\"type\":\"string\",\"format\":\"date\"}"},
    {"where", "{\"type\":\"string\",\"description\":\"FEEL\"}"},
    {"sort", "{\"type\":\"string\",\"description\":\"field or -field\"}"},
    {"format", "{\"type\":\"string\",\"enum\":[\"csv\",\"xlsx\",\"json\"]}"},
    {"columns",
     "{\"type\":\"string\",\"description\":\"field names, in order, separated by commas\"}"},
    {"fields", "{\"type\":\"object\",\"additionalProperties\":true}"},
    {"inputs",
     "{\"type\":\"object\",\"additionalProperties\":true,\"description\":\"by name; dates, "
     "times and durations as texts\"}"},
    {"context",
     "{\"type\":[\"object\",\"null\"],\"additionalProperties\":true,\"description\":\"the "
     "names the expression may use\"}"},
    {"variables",
     "{\"type\":\"object\",\"additionalProperties\":true,\"description\":\"of the "
     "process, by name; dates, times and durations as texts\"}"},
    {"map",
     "{\"type\":\"object\",\"additionalProperties\":{\"type\":\"string\"},\"description\":\"ids of "
     "elements: old to new\"}"},
    {"come_back",
     "{\"type\":\"boolean\",\"description\":\"after re-submission straight to this step\"}"},
    {"check", "{\"type\":\"boolean\",\"description\":\"only say what would be\"}"},
    {"dry", "{\"type\":\"boolean\"}"},
    {"anew", "{\"type\":\"boolean\",\"description\":\"as a new instance\"}"},
    {"cancel", "{\"type\":\"array\",\"items\":{\"type\":\"string\"}}"},
    {"start", "{\"type\":\"array\",\"items\":{\"type\":\"string\"}}"},
    {"incident", "{\"type\":\"integer\",\"enum\":[0,1]}"},
    {"weight",
     "{\"type\":\"integer\",\"minimum\":0,\"description\":\"of a vote, in thousandths\"}"},
    {"instance", "{\"type\":\"integer\"}"},
    {"fence", "{\"type\":\"integer\"}"},
    {"retries", "{\"type\":\"integer\"}"},
    {"seconds", "{\"type\":\"integer\",\"minimum\":0,\"maximum\":3600}"},
    {"most", "{\"type\":\"integer\",\"minimum\":1,\"maximum\":100}"},
    {"ttl_seconds", "{\"type\":\"integer\",\"minimum\":0}"},
    {"roles", "{\"type\":\"array\",\"items\":{\"type\":\"string\"}}"},
    {"active", "{\"type\":\"boolean\"}"},
    {"sign",
     "{\"type\":\"boolean\",\"description\":\"an inspector closes although the number is not back\"}"},
};
/* Bodies in which a name must come, as "operation name". */
static const char *const needed[] = {
    "signIn user",           "signIn password",      "changePassword old",
    "changePassword new",    "createRecord fields",  "correctRecord fields",
    "voidRecord reason",     "createUser code",      "createUser password",
    "createToken title",     "enterProvince token",  "evaluate expression",
    "actOnTask act",         "handOverTasks user",   "startInstance process",
    "actOnInstance act",     "actOnInstance reason", "sendMessage name",
    "sendSignal name",       "fetchJobs topic",      "reportJob act",
    "reportJob fence",       "publishProcess xml",   "setProcessState version",
    "setProcessState state", "migrateProcess from",  "migrateProcess to",
};

static str shape_of(str name)
{
    for (size_t i = 0; i < COUNTOF(shapes); i++)
        if (str_eq(name, str_from(shapes[i].name))) return str_from(shapes[i].schema);
    return STR("{\"type\":\"string\"}");
}

static bool is_needed(const struct route *route, str name)
{
    for (size_t i = 0; i < COUNTOF(needed); i++) {
        str rest, op = str_cut(str_from(needed[i]), ' ', &rest);
        if (str_eq(op, str_from(route->op)) && str_eq(rest, name)) return true;
    }
    return false;
}

/* ---- paths ---- */

static void parameter(struct jw *w, str name, const char *where, bool required)
{
    jw_object(w);
    jw_kstr(w, "name", name);
    jw_kstr(w, "in", str_from(where));
    jw_kbool(w, "required", required);
    jw_kraw(w, "schema", shape_of(name));
    jw_end(w, '}');
}

static bool changes(const struct route *route)
{
    return !str_eq(str_from(route->method), STR("GET"));
}

static void parameters(struct jw *w, const struct route *route)
{
    jw_key(w, STR("parameters"));
    jw_array(w);
    for (str rest = str_from(route->pattern); rest.len;) {
        str inside, after;
        (void)str_cut(rest, '{', &inside);
        str name = str_cut(inside, '}', &after);
        if (name.len) parameter(w, name, "path", true);
        rest = after;
    }
    for (str rest = str_from(route->query); rest.len;) {
        str name = str_cut(rest, ' ', &rest);
        if (name.len) parameter(w, name, "query", false);
    }
    if (route->flags & ROUTE_TAGGED && changes(route) && route->status == 200)
        parameter(w, STR("If-Match"), "header", false);
    if (changes(route)) parameter(w, STR("Idempotency-Key"), "header", false);
    jw_end(w, ']');
}

static void media(struct jw *w, const char *type, str schema)
{
    jw_key(w, str_from(type));
    jw_object(w);
    jw_kraw(w, "schema", schema);
    jw_end(w, '}');
}

static void body_schema(struct jw *w, const struct route *route)
{
    jw_object(w);
    jw_kstr(w, "type", STR("object"));
    jw_key(w, STR("properties"));
    jw_object(w);
    for (str rest = str_from(route->body); rest.len;) {
        str name = str_cut(rest, ' ', &rest);
        jw_key(w, name);
        jw_raw(w, shape_of(name));
    }
    jw_end(w, '}');
    jw_key(w, STR("required"));
    jw_array(w);
    for (str rest = str_from(route->body); rest.len;) {
        str name = str_cut(rest, ' ', &rest);
        if (is_needed(route, name)) jw_str(w, name);
    }
    jw_end(w, ']');
    jw_kbool(w, "additionalProperties", false);
    jw_end(w, '}');
}

static void request_body(struct jw *w, const struct route *route)
{
    static const str binary = STR_INIT("{\"type\":\"string\",\"format\":\"binary\"}");
    static const str form = STR_INIT(
        "{\"type\":\"object\",\"properties\":{\"file\":{\"type\":\"string\",\"format\":\"binary\"}}}");
    bool upload = route->flags & ROUTE_UPLOAD;
    if (!upload && !route->body[0]) return;
    jw_key(w, STR("requestBody"));
    jw_object(w);
    jw_kbool(w, "required", true);
    jw_key(w, STR("content"));
    jw_object(w);
    if (upload) {
        media(w, route->flags & ROUTE_DRY ? "text/csv" : "application/octet-stream", binary);
        if (route->flags & ROUTE_DRY)
            media(w, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", binary);
        media(w, "multipart/form-data", form);
    } else {
        jw_key(w, STR("application/json"));
        jw_object(w);
        jw_key(w, STR("schema"));
        body_schema(w, route);
        jw_end(w, '}');
    }
    jw_end(w, '}');
    jw_end(w, '}');
}

static str answer_schema(struct cx *cx, const struct route *route)
{
    str name = str_from(route->answer);
    bool list = str_starts(name, STR("[]"));
    if (list) name = str_slice(name, 2, name.len);
    return arena_printf(cx->arena, "%s{\"$ref\":\"#/components/schemas/" STR_FMT "\"}%s",
                        list ? "{\"type\":\"array\",\"items\":" : "", STR_ARG(name),
                        list ? "}" : "");
}

/* Answers that are no JSON. */
static const char *other_media(const struct route *route)
{
    str p = str_from(route->pattern);
    if (str_ends(p, STR("diagram.svg"))) return "image/svg+xml";
    if (str_ends(p, STR("/live"))) return "text/event-stream";
    return str_ends(p, STR("openapi.json")) ? "application/json" : "application/octet-stream";
}

static void responses(struct cx *cx, struct jw *w, const struct route *route)
{
    static const str problem = STR_INIT("{\"$ref\":\"#/components/schemas/Problem\"}");
    jw_key(w, STR("responses"));
    jw_object(w);
    jw_key(w, arena_printf(cx->arena, "%d", route->status));
    jw_object(w);
    jw_kstr(w, "description", route->status == 204 ? STR("done") : STR("the answer"));
    if (route->status != 204) {
        jw_key(w, STR("content"));
        jw_object(w);
        if (route->answer[0])
            media(w, "application/json", answer_schema(cx, route));
        else
            media(w, other_media(route), STR("{}"));
        jw_end(w, '}');
    }
    jw_end(w, '}');
    jw_key(w, STR("default"));
    jw_object(w);
    jw_kstr(w, "description", STR("what is wrong and what would have to be different"));
    jw_key(w, STR("content"));
    jw_object(w);
    media(w, "application/problem+json", problem);
    jw_end(w, '}');
    jw_end(w, '}');
    jw_end(w, '}');
}

static void operation(struct cx *cx, struct jw *w, const struct route *route)
{
    struct buf method = {.arena = cx->arena};
    for (const char *c = route->method; *c; c++)
        buf_char(&method, (char)(*c - 'A' + 'a'));
    jw_key(w, buf_str(&method));
    jw_object(w);
    jw_kstr(w, "operationId", str_from(route->op));
    if (route->flags & ROUTE_OPEN) jw_kraw(w, "security", STR("[]"));
    parameters(w, route);
    request_body(w, route);
    responses(cx, w, route);
    jw_end(w, '}');
}

static bool same_pattern(size_t i, size_t k)
{
    return str_eq(str_from(routes[i].pattern), str_from(routes[k].pattern));
}

static void paths(struct cx *cx, struct jw *w)
{
    static const str root = STR_INIT("/api/v1");
    jw_key(w, STR("paths"));
    jw_object(w);
    for (size_t i = 0; i < route_count; i++) {
        bool seen = false;
        str pattern = str_from(routes[i].pattern);
        for (size_t k = 0; k < i; k++)
            seen |= same_pattern(k, i);
        if (seen || !str_starts(pattern, root)) continue;
        jw_key(w, str_slice(pattern, root.len, pattern.len));
        jw_object(w);
        for (size_t k = i; k < route_count; k++)
            if (same_pattern(i, k)) operation(cx, w, &routes[k]);
        jw_end(w, '}');
    }
    jw_end(w, '}');
}

/* ---- what is declared ---- */

static void bounds(struct jw *w, const struct app_field *f)
{
    if (f->kind != FIELD_INTEGER && f->kind != FIELD_NUMBER) return;
    if (f->has_min) {
        jw_key(w, f->min_open ? STR("exclusiveMinimum") : STR("minimum"));
        jw_fixed(w, f->min, f->scale);
    }
    if (f->has_max) {
        jw_key(w, f->max_open ? STR("exclusiveMaximum") : STR("maximum"));
        jw_fixed(w, f->max, f->scale);
    }
}

static void reference(struct cx *cx, struct jw *w, const char *what, str name)
{
    jw_kstr(w, "$ref",
            arena_printf(cx->arena, "#/components/schemas/%s" STR_FMT, what, STR_ARG(name)));
}

static void field_schema(struct cx *cx, struct jw *w, const struct app_field *f)
{
    static const char *const type[FIELD_KIND_COUNT] = {
        [FIELD_TEXT] = "string",     [FIELD_INTEGER] = "integer", [FIELD_NUMBER] = "number",
        [FIELD_BOOLEAN] = "boolean", [FIELD_DATE] = "string",     [FIELD_MOMENT] = "string",
        [FIELD_PERIOD] = "string"};
    jw_object(w);
    jw_kstr(w, "title", app_title_of(&f->title, cx->lang));
    if (f->help.zh.len) jw_kstr(w, "description", app_title_of(&f->help, cx->lang));
    if (f->kind == FIELD_CODE && f->codes) reference(cx, w, "Codes.", f->codes->name);
    if (f->kind == FIELD_REF) reference(cx, w, "RefValue", STR(""));
    if (f->kind == FIELD_FILES) {
        jw_kstr(w, "type", STR("array"));
        jw_kraw(w, "items", STR("{\"$ref\":\"#/components/schemas/File\"}"));
    }
    if (type[f->kind]) {
        jw_key(w, STR("type"));
        jw_array(w);
        jw_str(w, str_from(type[f->kind]));
        if (!f->required) jw_str(w, STR("null"));
        jw_end(w, ']');
    }
    if (f->kind == FIELD_DATE) jw_kstr(w, "format", STR("date"));
    if (f->kind == FIELD_MOMENT) jw_kstr(w, "format", STR("date-time"));
    if (f->length_max) jw_ki64(w, "maxLength", f->length_max);
    if (f->readonly || f->derive) jw_kbool(w, "readOnly", true);
    bounds(w, f);
    jw_end(w, '}');
}

static void type_schemas(struct cx *cx, struct jw *w, const struct app_type *t)
{
    jw_key(w, arena_printf(cx->arena, "Fields." STR_FMT, STR_ARG(t->name)));
    jw_object(w);
    jw_kstr(w, "title", app_title_of(&t->title, cx->lang));
    jw_kstr(w, "type", STR("object"));
    jw_key(w, STR("properties"));
    jw_object(w);
    for (int i = 0; i < t->field_count; i++) {
        jw_key(w, t->field[i].name);
        field_schema(cx, w, &t->field[i]);
    }
    jw_end(w, '}');
    jw_key(w, STR("required"));
    jw_array(w);
    for (int i = 0; i < t->field_count; i++)
        if (t->field[i].required && !t->field[i].preset && !t->field[i].derive)
            jw_str(w, t->field[i].name);
    jw_end(w, ']');
    jw_end(w, '}');
    jw_key(w, arena_printf(cx->arena, "Record." STR_FMT, STR_ARG(t->name)));
    jw_raw(w, arena_printf(cx->arena,
                           "{\"allOf\":[{\"$ref\":\"#/components/schemas/Record\"},{\"type\":"
                           "\"object\",\"properties\":{\"fields\":{\"$ref\":\"#/components/"
                           "schemas/Fields." STR_FMT "\"}}}]}",
                           STR_ARG(t->name)));
}

static void codes_schema(struct cx *cx, struct jw *w, const struct app_codes *codes)
{
    struct buf says = {.arena = cx->arena};
    jw_key(w, arena_printf(cx->arena, "Codes." STR_FMT, STR_ARG(codes->name)));
    jw_object(w);
    jw_kstr(w, "title", app_title_of(&codes->title, cx->lang));
    jw_key(w, STR("enum"));
    jw_array(w);
    for (size_t i = 0; i < codes->count; i++) {
        jw_str(w, codes->item[i].code);
        buf_printf(&says, "%s" STR_FMT " " STR_FMT, i ? ", " : "", STR_ARG(codes->item[i].code),
                   STR_ARG(app_title_of(&codes->item[i].title, cx->lang)));
    }
    jw_null(w);
    jw_end(w, ']');
    jw_kstr(w, "description", buf_str(&says));
    jw_end(w, '}');
}

static rc components(struct cx *cx, const struct catalogue *c, struct jw *w)
{
    const struct json *general = NULL;
    str text = {(const char *)schemas_json, (size_t)(schemas_json_end - schemas_json)};
    rc r = json_parse(cx, text, &general);
    if (r != RC_OK) return r;
    jw_key(w, STR("components"));
    jw_object(w);
    jw_kraw(w, "securitySchemes",
            STR("{\"session\":{\"type\":\"apiKey\",\"in\":\"cookie\",\"name\":\"bihuan_session\"},"
                "\"token\":{\"type\":\"http\",\"scheme\":\"bearer\"}}"));
    jw_key(w, STR("schemas"));
    jw_object(w);
    for (const struct json *j = general->child; j; j = j->next) {
        struct buf one = {.arena = cx->arena};
        json_write(&one, j);
        jw_key(w, j->key);
        jw_raw(w, buf_str(&one));
    }
    for (int i = 0; i < c->codes_count; i++)
        codes_schema(cx, w, &c->codes[i]);
    for (int i = 0; i < c->type_count; i++)
        type_schemas(cx, w, &c->type[i]);
    jw_end(w, '}');
    jw_end(w, '}');
    return RC_OK;
}

rc openapi_write(struct cx *cx, const struct catalogue *c, struct buf *out)
{
    struct jw w = {.out = out};
    jw_object(&w);
    jw_kstr(&w, "openapi", STR("3.1.0"));
    jw_kraw(&w, "info",
            STR("{\"title\":\"Bihuan 闭环\",\"version\":\"1\",\"description\":\"One door for "
                "changes, one for questions. The page for people is docs/api.md.\"}"));
    jw_kraw(&w, "servers", STR("[{\"url\":\"../v1\"}]"));
    jw_kraw(&w, "security", STR("[{\"session\":[]},{\"token\":[]}]"));
    paths(cx, &w);
    rc r = components(cx, c, &w);
    jw_end(&w, '}');
    return r;
}
