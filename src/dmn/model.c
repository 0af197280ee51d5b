/* What a model holds, for those who ask by name. */
#include "dmn/model.h"

#include "feel/scope.h"

void model_list_inputs(struct arena *a, struct dmn_model *m)
{
    struct quick_name *quick = NEWS(a, struct quick_name, QUICK_MAX);
    for (size_t i = 0; i < m->own_count && m->quick_count < QUICK_MAX; i++) {
        const str name = m->element[i].name;
        if (m->element[i].kind != DMN_INPUT) continue;
        quick[m->quick_count++] = (struct quick_name){name, map_find(&m->names, name)};
    }
    m->quick = quick;
}

const struct dmn_element *dmn_elements(const struct dmn_model *m, size_t *count)
{
    *count = m->element_count;
    return m->element;
}

str dmn_name(const struct dmn_model *m)
{
    return m->name;
}

str dmn_namespace(const struct dmn_model *m)
{
    return m->namespace_uri;
}

const struct dmn_element *dmn_find(const struct dmn_model *m, str name)
{
    const struct element *e = map_find(&m->names, name);
    for (const struct element *i = e; i; i = i->same)
        if (!i->is->imported) return i->is;
    if (!e) e = map_find(&m->ids, name);
    return e ? e->is : NULL;
}

bool dmn_is_import(const struct dmn_model *m, str name)
{
    return map_find(&m->prefixes, name) != NULL;
}

str dmn_nearest(const struct dmn_model *m, str name)
{
    str best = {0};
    size_t distance = name.len / 2 + 1;
    for (size_t i = 0; i < m->element_count; i++) {
        const str known = m->element[i].name;
        const size_t d = name_distance(known, name);
        if (d >= distance) continue;
        distance = d;
        best = known;
    }
    return best;
}
