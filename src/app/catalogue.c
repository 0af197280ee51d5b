/* Looking things up in the catalogue, by their full names. */
#include "app/catalogue.h"

/* The lists are short (tens of entries); a walk is as fast as a map. */
#define FIND(c, list, name_)                                                                       \
    for (int i = 0; i < (c)->list##_count; i++)                                                    \
        if (str_eq((c)->list[i].name, name_)) return &(c)->list[i];                                \
    return NULL

const struct app_type *catalogue_type(const struct catalogue *c, str name)
{
    FIND(c, type, name);
}

const struct app_codes *catalogue_codes(const struct catalogue *c, str name)
{
    FIND(c, codes, name);
}

const struct app_measure *catalogue_measure(const struct catalogue *c, str name)
{
    FIND(c, measure, name);
}

const struct app_indicator *catalogue_indicator(const struct catalogue *c, str name)
{
    FIND(c, indicator, name);
}

const struct app_role *catalogue_role(const struct catalogue *c, str name)
{
    FIND(c, role, name);
}

const struct app_process *catalogue_process(const struct catalogue *c, str name)
{
    FIND(c, process, name);
}

const struct app_decision *catalogue_decision(const struct catalogue *c, str name)
{
    str id, app = str_cut(name, '.', &id);
    for (int i = 0; i < c->decision_count; i++)
        if (str_eq(c->decision[i].name, name)) return &c->decision[i];
    for (int i = 0; i < c->decision_count; i++)
        if (str_eq(c->decision[i].element->id, id) && str_eq(c->decision[i].app, app))
            return &c->decision[i];
    return NULL;
}

const struct app_field *app_field_find(const struct app_type *t, str name)
{
    FIND(t, field, name);
}

const struct app_code *app_code_find(const struct app_codes *codes, str code)
{
    for (size_t i = 0; i < codes->count; i++)
        if (str_eq(codes->item[i].code, code)) return &codes->item[i];
    return NULL;
}

str app_title_of(const struct app_title *t, enum lang lang)
{
    return lang == LANG_EN && t->en.len ? t->en : t->zh;
}
