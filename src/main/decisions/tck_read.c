/* Reads the kit's files of test cases, and the values in them. */
#include "feel/type.h"
#include "main/decisions/tck.h"

#define NS_XSI STR("http://www.w3.org/2001/XMLSchema-instance")

static bool is(const struct xml *x, const char *name)
{
    return xml_is(x, NS_TESTCASE, str_from(name));
}

static rc wrong_form(struct cx *cx, const struct xml *x, const char *expected)
{
    return err_set_at(cx, RC_INVALID, "tck.form", x->pos,
                      "测试文件的“" STR_FMT "”元素不合格式，应为 %s",
                      "the test file's element \"" STR_FMT "\" is not well formed: expected %s",
                      STR_ARG(x->name), expected);
}

/* ---- values ---- */

static bool is_nil(const struct xml *x)
{
    const struct xml_attr *a = xml_attr_find(x, NS_XSI, STR("nil"));
    return a && (str_eq(a->value, STR("true")) || str_eq(a->value, STR("1")));
}

/* "decimal" of xsi:type="xsd:decimal"; empty when there is none. */
static str type_name(const struct xml *x)
{
    const struct xml_attr *a = xml_attr_find(x, NS_XSI, STR("type"));
    str local = {0};
    if (!a) return local;
    str prefix = str_cut(str_trim(a->value), ':', &local);
    return local.len ? local : prefix;
}

static bool number_from(struct arena *a, str text, struct feel_value *out)
{
    dec d;
    if (str_starts(text, STR("+"))) text = str_slice(text, 1, text.len);
    if (!dec_parse(text, &d)) return false;
    *out = feel_dec(a, d);
    return true;
}

static bool boolean_from(str text, struct feel_value *out)
{
    const bool yes = str_eq(text, STR("true")) || str_eq(text, STR("1"));
    if (!yes && !str_eq(text, STR("false")) && !str_eq(text, STR("0"))) return false;
    *out = feel_boolean(yes);
    return true;
}

static enum feel_kind kind_of_xsd(str type)
{
    static const struct {
        const char *xsd;
        enum feel_kind kind;
    } known[] = {
        {"string", FEEL_STRING},
        {"boolean", FEEL_BOOLEAN},
        {"decimal", FEEL_NUMBER},
        {"double", FEEL_NUMBER},
        {"float", FEEL_NUMBER},
        {"integer", FEEL_NUMBER},
        {"int", FEEL_NUMBER},
        {"long", FEEL_NUMBER},
        {"short", FEEL_NUMBER},
        {"byte", FEEL_NUMBER},
        {"date", FEEL_DATE},
        {"time", FEEL_TIME},
        {"dateTime", FEEL_DATE_TIME},
        {"duration", FEEL_DAYS_DURATION},
        {"dayTimeDuration", FEEL_DAYS_DURATION},
        {"yearMonthDuration", FEEL_MONTHS_DURATION},
    };
    for (size_t i = 0; i < COUNTOF(known); i++)
        if (str_eq(type, str_from(known[i].xsd))) return known[i].kind;
    return FEEL_KIND_COUNT;
}

static bool is_duration(enum feel_kind kind)
{
    return kind == FEEL_MONTHS_DURATION || kind == FEEL_DAYS_DURATION;
}

/* Text without a type: what its place asks for, or what it looks like. */
static bool untyped(struct arena *a, const struct xml *x, const struct feel_type *type,
                    struct feel_value *out)
{
    const enum feel_kind kind = type ? type->kind : FEEL_ANY;
    const str text = str_trim(x->raw);
    struct feel_value v;
    if (kind == FEEL_STRING) {
        *out = feel_string(x->raw);
        return true;
    }
    if (kind >= FEEL_DATE && kind <= FEEL_DAYS_DURATION && feel_temporal_parse(text, &v) &&
        v.kind == kind) {
        *out = v;
        return true;
    }
    if (number_from(a, text, out)) return true;
    if (!str_eq(text, STR("1")) && !str_eq(text, STR("0")) && boolean_from(text, out)) return true;
    *out = feel_string(x->raw);
    return true;
}

static rc simple_value(struct cx *cx, const struct xml *x, const struct feel_type *type,
                       struct feel_value *out)
{
    const str name = type_name(x), text = str_trim(x->raw);
    const enum feel_kind kind = kind_of_xsd(name);
    struct feel_value v = feel_null();
    bool good = false;
    if (!name.len)
        good = untyped(cx->arena, x, type, &v);
    else if (kind == FEEL_KIND_COUNT)
        return err_set_at(cx, RC_INVALID, "tck.value", x->pos,
                          "不认识的类型“" STR_FMT "”，应为 xsd:string、xsd:decimal 等",
                          "no value can be of type \"" STR_FMT
                          "\": expected xsd:string, xsd:decimal and the like",
                          STR_ARG(name));
    else if (kind == FEEL_STRING) {
        v = feel_string(x->raw);
        good = true;
    } else if (kind == FEEL_NUMBER)
        good = number_from(cx->arena, text, &v);
    else if (kind == FEEL_BOOLEAN)
        good = boolean_from(text, &v);
    else
        good = feel_temporal_parse(text, &v) &&
               ((enum feel_kind)v.kind == kind ||
                (is_duration((enum feel_kind)v.kind) && is_duration(kind)));
    if (!good)
        return err_set_at(
            cx, RC_INVALID, "tck.value", x->pos, "“" STR_FMT "”不是 xsd:" STR_FMT " 的值",
            "\"" STR_FMT "\" is no value of xsd:" STR_FMT, STR_ARG(text), STR_ARG(name));
    *out = v;
    return RC_OK;
}

static rc list_value(struct cx *cx, const struct xml *list, const struct feel_type *type,
                     struct feel_value *out)
{
    const struct feel_type *element = type && type->kind == FEEL_LIST ? type->element : NULL;
    VEC(struct feel_value) item = {0};
    rc r = RC_OK;
    for (const struct xml *c = list->child; c && r == RC_OK; c = c->next)
        if (is(c, "item")) r = tck_value(cx, c, element, vec_add(cx->arena, &item));
    if (r == RC_OK) *out = feel_list_of(cx->arena, item.at, item.len);
    return r;
}

static rc components(struct cx *cx, const struct xml *below, const struct feel_type *type,
                     struct feel_value *out)
{
    VEC(struct feel_entry) entry = {0};
    rc r = RC_OK;
    for (const struct xml *c = below->child; c && r == RC_OK; c = c->next) {
        if (!is(c, "component")) continue;
        const str name = xml_attr(c, "name");
        const struct feel_type *member =
            type && type->kind == FEEL_CONTEXT ? type_member(type, name) : NULL;
        struct feel_entry *e = vec_add(cx->arena, &entry);
        e->name = name;
        r = tck_value(cx, c, member, &e->value);
    }
    if (r == RC_OK) *out = feel_context_of(cx->arena, entry.at, entry.len);
    return r;
}

/* NOLINTNEXTLINE(misc-no-recursion): bounded by the depth of the XML */
rc tck_value(struct cx *cx, const struct xml *below, const struct feel_type *type,
             struct feel_value *out)
{
    *out = feel_null();
    if (!below || is_nil(below)) return RC_OK;
    for (const struct xml *c = below->child; c; c = c->next) {
        if (is(c, "component")) return components(cx, below, type, out);
        if (!is(c, "value") && !is(c, "list")) continue;
        if (is_nil(c)) return RC_OK;
        return is(c, "value") ? simple_value(cx, c, type, out) : list_value(cx, c, type, out);
    }
    return RC_OK;
}

/* ---- cases ---- */

static struct tck_node node_of(const struct xml *x, const struct xml *value)
{
    return (struct tck_node){
        .name = xml_attr(x, "name"), .namespace_uri = xml_attr(x, "namespace"), .value = value};
}

static rc read_case(struct cx *cx, const struct xml *x, struct tck_case *out)
{
    const str type = xml_attr(x, "type");
    out->id = xml_attr(x, "id");
    out->invocable = xml_attr(x, "invocableName");
    if (str_eq(type, STR("decisionService")))
        out->what = TCK_SERVICE;
    else if (str_eq(type, STR("bkm")))
        out->what = TCK_KNOWLEDGE;
    else if (type.len && !str_eq(type, STR("decision")))
        return wrong_form(cx, x, "type=\"decision\", \"bkm\" or \"decisionService\"");
    for (const struct xml *c = x->child; c; c = c->next) {
        if (!is(c, "inputNode") && !is(c, "resultNode")) continue;
        if (!xml_attr(c, "name").len) return wrong_form(cx, c, "name=\"…\"");
        if (is(c, "inputNode"))
            *vec_add(cx->arena, &out->inputs) = node_of(c, c);
        else
            *vec_add(cx->arena, &out->results) =
                node_of(c, xml_child(c, NS_TESTCASE, STR("expected")));
    }
    return RC_OK;
}

rc tck_read(struct cx *cx, str text, struct tck_file *out)
{
    struct xml *root;
    *out = (struct tck_file){0};
    rc r = xml_parse(cx, text, XML_BYTES_MAX, &root);
    if (r != RC_OK) return r;
    if (!is(root, "testCases"))
        return wrong_form(cx, root, "testCases (http://www.omg.org/spec/DMN/20160719/testcase)");
    const struct xml *model = xml_child(root, NS_TESTCASE, STR("modelName"));
    if (model) out->model = model->text;
    for (const struct xml *c = root->child; c && r == RC_OK; c = c->next)
        if (is(c, "testCase")) r = read_case(cx, c, vec_add(cx->arena, &out->cases));
    return r;
}

/* ---- equality ---- */

static bool numbers_equal(const struct feel_value *x, const struct feel_value *y)
{
    dec difference;
    if (feel_equal(x, y) == 1) return true;
    if (!dec_sub(feel_to_dec(x), feel_to_dec(y), &difference)) return false;
    return dec_cmp(dec_abs(difference), dec_from_fixed(1, 8)) < 0;
}

static bool lists_equal(const struct feel_list *x, const struct feel_list *y)
{
    if (x->count != y->count) return false;
    for (size_t i = 0; i < x->count; i++)
        if (!tck_equal(&x->at[i], &y->at[i])) return false;
    return true;
}

static bool contexts_equal(const struct feel_value *x, const struct feel_value *y)
{
    const struct feel_context *c = x->as.context;
    if (c->count != y->as.context->count) return false;
    for (size_t i = 0; i < c->count; i++) {
        const struct feel_value *other = feel_context_find(y, c->at[i].name);
        if (!other || !tck_equal(&c->at[i].value, other)) return false;
    }
    return true;
}

/* NOLINTNEXTLINE(misc-no-recursion): bounded by the depth of what is expected, an XML file's */
bool tck_equal(const struct feel_value *got, const struct feel_value *expected)
{
    if (got->kind != expected->kind) return false;
    switch ((enum feel_kind)got->kind) {
    case FEEL_NULL: return true;
    case FEEL_NUMBER: return numbers_equal(got, expected);
    case FEEL_LIST: return lists_equal(got->as.list, expected->as.list);
    case FEEL_CONTEXT: return contexts_equal(got, expected);
    case FEEL_BOOLEAN:
    case FEEL_STRING:
    case FEEL_DATE:
    case FEEL_TIME:
    case FEEL_DATE_TIME:
    case FEEL_MONTHS_DURATION:
    case FEEL_DAYS_DURATION: return feel_equal(got, expected) == 1;
    case FEEL_RANGE:
    case FEEL_FUNCTION:
    case FEEL_ANY:
    case FEEL_KIND_COUNT: break;
    }
    return false;
}
