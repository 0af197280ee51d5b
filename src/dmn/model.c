/* What a model holds, for those who ask by name. */
#include "dmn/model.h"

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
