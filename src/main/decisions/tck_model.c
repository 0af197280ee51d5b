/* The model that test cases are about: found, compiled with what it imports, given its inputs. */
#include "main/decisions/folder.h"
#include "main/decisions/tck.h"

/* Files without a name for their model have one model beside them. */
static rc only_model(struct cx *cx, str folder, str *out)
{
    struct names names = {0};
    rc r = file_list(cx, folder, &names);
    for (size_t i = 0; i < names.len && r == RC_OK; i++) {
        if (!str_ends(names.at[i], STR(".dmn"))) continue;
        if (out->len)
            return err_set(cx, RC_INVALID, "tck.model", "测试文件没有说明用哪个模型",
                           "the test file does not name its model, and there are several");
        *out = names.at[i];
    }
    if (r == RC_OK && !out->len)
        return err_set(cx, RC_MISSING, "tck.model", "测试文件旁没有 .dmn 模型",
                       "there is no .dmn file beside the test file");
    return r;
}

rc tck_compile(struct cx *cx, str folder, str model, const struct dmn_model **out)
{
    rc r = model.len ? RC_OK : only_model(cx, folder, &model);
    return r == RC_OK ? model_compile(cx, folder, model, true, out) : r;
}

static const struct dmn_element *find_kind(const struct dmn_model *m, enum dmn_kind kind, str name)
{
    size_t count;
    const struct dmn_element *e = dmn_elements(m, &count), *imported = NULL;
    for (size_t i = 0; i < count; i++) {
        if (e[i].kind != kind || !str_eq(e[i].name, name)) continue;
        if (!e[i].imported) return &e[i];
        if (!imported) imported = &e[i];
    }
    return imported;
}

const struct dmn_element *tck_find(const struct dmn_model *m, const struct tck_case *c,
                                   const struct tck_node *result)
{
    static const enum dmn_kind kind[] = {DMN_DECISION, DMN_KNOWLEDGE, DMN_SERVICE};
    const str name = c->what != TCK_DECISION && c->invocable.len ? c->invocable : result->name;
    const struct dmn_element *e = find_kind(m, kind[c->what], name);
    return e ? e : dmn_find(m, name);
}

/* The declared type of what an input node names; NULL: unknown. */
static const struct feel_type *input_type(const struct dmn_model *m, const struct tck_node *n)
{
    size_t count;
    const struct dmn_element *e = dmn_elements(m, &count);
    for (size_t i = 0; i < count; i++)
        if ((e[i].kind == DMN_INPUT || e[i].kind == DMN_DECISION) && str_eq(e[i].name, n->name) &&
            (!n->namespace_uri.len || str_eq(n->namespace_uri, e[i].namespace_uri)))
            return e[i].type;
    return NULL;
}

rc tck_inputs(struct cx *cx, const struct dmn_model *m, const struct tck_case *c,
              struct dmn_input **out)
{
    struct dmn_input *input = NEWS(cx->arena, struct dmn_input, c->inputs.len + 1);
    rc r = RC_OK;
    for (size_t i = 0; i < c->inputs.len && r == RC_OK; i++) {
        const struct tck_node *n = &c->inputs.at[i];
        input[i] = (struct dmn_input){.namespace_uri = n->namespace_uri, .name = n->name};
        r = tck_value(cx, n->value, input_type(m, n), &input[i].value);
    }
    *out = input;
    return r;
}
