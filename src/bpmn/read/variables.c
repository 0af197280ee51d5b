/* The names a model declares, each with a slot behind the host's: data objects, properties and stores,
 * inputs and outputs of activities, and what other files add while they read. */
#include "bpmn/read/draft.h"

/* ---- types ---- */

const struct feel_type *draft_type_named(str name)
{
    static const struct {
        const char *name;
        enum feel_kind kind;
    } known[] = {
        {"string", FEEL_STRING},
        {"String", FEEL_STRING},
        {"java.lang.String", FEEL_STRING},
        {"enum", FEEL_STRING},
        {"number", FEEL_NUMBER},
        {"Number", FEEL_NUMBER},
        {"integer", FEEL_NUMBER},
        {"Integer", FEEL_NUMBER},
        {"int", FEEL_NUMBER},
        {"long", FEEL_NUMBER},
        {"Long", FEEL_NUMBER},
        {"double", FEEL_NUMBER},
        {"float", FEEL_NUMBER},
        {"decimal", FEEL_NUMBER},
        {"java.lang.Integer", FEEL_NUMBER},
        {"java.lang.Long", FEEL_NUMBER},
        {"boolean", FEEL_BOOLEAN},
        {"Boolean", FEEL_BOOLEAN},
        {"java.lang.Boolean", FEEL_BOOLEAN},
        {"date", FEEL_DATE},
        {"dateTime", FEEL_DATE_TIME},
        {"time", FEEL_TIME},
        {"datetime", FEEL_DATE_TIME},
        {"list", FEEL_LIST},
        {"context", FEEL_CONTEXT},
        {"duration", FEEL_DAYS_DURATION},
    };
    name = draft_local(str_trim(name));
    for (size_t i = 0; i < COUNTOF(known); i++)
        if (str_eq(name, str_from(known[i].name))) return feel_type_of_kind(known[i].kind);
    return feel_type_of_kind(FEEL_ANY);
}

/* Of a data object, property, input …: by its itemSubjectRef. */
static const struct feel_type *type_of(struct draft *d, const struct xml *x)
{
    const struct xml *item = draft_refer(d, xml_attr(x, "itemSubjectRef"), "itemDefinition");
    /* Some write the type itself. */
    const struct feel_type *t =
        draft_type_named(xml_attr(item ? item : x, item ? "structureRef" : "itemSubjectRef"));
    bool many =
        draft_flag(x, "isCollection", false) || (item && draft_flag(item, "isCollection", false));
    return many ? feel_type_list(d->cx->arena, t) : t;
}

/* ---- declaring ---- */

enum { VARIABLES_MAX = 2000 };

static bool too_many(struct draft *d, const struct xml *x)
{
    if (d->variable.len < VARIABLES_MAX || d->naming) return d->variable.len >= VARIABLES_MAX;
    if (!d->over)
        draft_fault(d, x, "bpmn.too-many", "流程的变量过多，最多 %d 个",
                    "the process has too many variables, at most %d", VARIABLES_MAX);
    d->over = true;
    return true;
}

struct variable_index {
    int index;
    const struct feel_type *type;
    VEC(const struct bpmn_node *) home;
};

int draft_slot(const struct draft *d, str name)
{
    const struct variable_index *v = map_find(&d->variable_by_name, name);
    return v ? d->model->first_variable + v->index : -1;
}

/* Does the name stand for one of these slots? */
static bool names_slot(struct draft *d, str name, int from, int to)
{
    const struct feel_expr *e = NULL;
    if (!draft_try(d, name, (struct pos){.line = 1, .column = 1}, &e)) return false;
    for (int slot = from; slot < to; slot++)
        if (feel_expr_uses_slot(e, slot)) return true;
    return false;
}

bool draft_host_has(struct draft *d, str name)
{
    return draft_slot(d, name) < 0 && names_slot(d, name, 0, d->model->host_slots);
}

static const struct bpmn_node *common_scope(const struct bpmn_node *a, const struct bpmn_node *b)
{
    for (const struct bpmn_node *up = a; up; up = up->parent)
        for (const struct bpmn_node *n = b; n; n = n->parent)
            if (n == up) return n;
    return a->process;
}

static void add_home(struct draft *d, struct variable_index *known, const struct bpmn_node *scope)
{
    struct bpmn_variable *v = &d->variable.at[known->index];
    for (size_t i = 0; i < known->home.len; i++)
        if (known->home.at[i] == scope) return;
    *(const struct bpmn_node **)vec_add(d->cx->arena, &known->home) = scope;
    v->home = known->home.at;
    v->home_count = (int)known->home.len;
    v->scope = v->home_count == 1 ? scope : common_scope(v->scope, scope);
}

int draft_declare(struct draft *d, const struct xml *x, str name, const struct bpmn_node *scope,
                  const struct feel_type *type)
{
    struct variable_index *known = map_find(&d->variable_by_name, name);
    if (known) {
        add_home(d, known, scope);
        return d->model->first_variable + known->index;
    }
    if (too_many(d, x)) return -1;
    if (draft_host_has(d, name)) {
        draft_fault(d, x, "bpmn.variable-name",
                    "名称 \"" STR_FMT "\" 已是所办事项的字段，流程变量请换一个名称",
                    "the name \"" STR_FMT
                    "\" is a field of the record already; give the variable another",
                    STR_ARG(name));
        return -1;
    }
    if (!d->how->open && names_slot(d, name, d->model->host_slots, d->model->first_variable)) {
        draft_fault(d, x, "bpmn.variable-name",
                    "名称 \"" STR_FMT "\" 在流程中另有含义，变量请换一个名称",
                    "the name \"" STR_FMT
                    "\" has a meaning of its own in processes; give the variable another",
                    STR_ARG(name));
        return -1;
    }
    if (!type) type = feel_type_of_kind(FEEL_ANY);
    known = NEW(d->cx->arena, struct variable_index);
    *known = (struct variable_index){.index = (int)d->variable.len, .type = type};
    struct bpmn_variable *v = vec_add(d->cx->arena, &d->variable);
    v->name = name;
    v->type = type;
    v->slot = feel_scope_add(d->scope, name, type);
    add_home(d, known, scope);
    map_put(&d->variable_by_name, d->cx->arena, name, known);
    return v->slot;
}

str draft_variable_name(const struct draft *d, str id_or_name)
{
    const str *name = map_find(&d->data, draft_local(id_or_name));
    return name ? *name : id_or_name;
}

/* ---- data of the standard ---- */

/* A name FEEL can read: words of letters and digits. */
static bool is_name(str s)
{
    if (!s.len || (s.at[0] >= '0' && s.at[0] <= '9')) return false;
    for (size_t i = 0; i < s.len; i++) {
        unsigned char c = (unsigned char)s.at[i];
        bool fits = c >= 0x80 || c == '_' || c == ' ' || (c >= '0' && c <= '9') ||
                    (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
        if (!fits) return false;
    }
    return true;
}

static void remember(struct draft *d, const struct xml *x, str name)
{
    str id = xml_attr(x, "id");
    str *kept = NEW(d->cx->arena, str);
    *kept = name;
    if (id.len) map_put(&d->data, d->cx->arena, id, kept);
}

static str name_of(const struct xml *x)
{
    str name = str_trim(xml_attr(x, "name"));
    return is_name(name) ? name : xml_attr(x, "id");
}

/* Declares what x holds, unless it is drawn for a field of the record. */
static void declare_data(struct draft *d, const struct xml *x, str name,
                         const struct bpmn_node *scope)
{
    if (!name.len || too_many(d, x)) return; /* nothing can name it */
    remember(d, x, name);
    if (!draft_host_has(d, name)) (void)draft_declare(d, x, name, scope, type_of(d, x));
}

/* A data object is known by the name of its first reference when it has none of its own. */
static str object_name(const struct map *references, const struct xml *x)
{
    str name = str_trim(xml_attr(x, "name")), id = xml_attr(x, "id");
    const struct xml *r = map_find(references, id);
    if (!is_name(name) && r) name = str_trim(xml_attr(r, "name"));
    return is_name(name) ? name : id;
}

/* The first reference with a name of each data object in body. */
static struct map named_references(struct draft *d, const struct xml *body)
{
    struct map out = {0};
    for (struct xml *x = body->child; x && !draft_full(d); x = x->next) {
        str object = draft_local(xml_attr(x, "dataObjectRef"));
        if (xml_is(x, NS_BPMN, STR("dataObjectReference")) && object.len &&
            is_name(str_trim(xml_attr(x, "name"))) && !map_find(&out, object))
            map_put(&out, d->cx->arena, object, x);
    }
    return out;
}

static void declare_io(struct draft *d, const struct xml *list, const struct bpmn_node *scope)
{
    for (const struct xml *x = list ? list->child : NULL; x && !draft_full(d); x = x->next)
        if (xml_is(x, NS_BPMN, STR("dataInput")) || xml_is(x, NS_BPMN, STR("dataOutput")) ||
            xml_is(x, NS_BPMN, STR("property")))
            declare_data(d, x, name_of(x), scope);
}

static void declare_beside(struct draft *d, const struct bpmn_node *scope)
{
    const struct xml *body = d->node_xml[scope->index];
    const struct map references = named_references(d, body);
    for (const struct xml *x = body->child; x && !draft_full(d); x = x->next) {
        if (xml_is(x, NS_BPMN, STR("dataObject"))) {
            declare_data(d, x, object_name(&references, x), scope);
        } else if (xml_is(x, NS_BPMN, STR("dataStoreReference"))) {
            const struct xml *store = draft_refer(d, xml_attr(x, "dataStoreRef"), "dataStore");
            bool named = store && is_name(str_trim(xml_attr(store, "name")));
            declare_data(d, x, named ? name_of(store) : name_of(x), scope->process);
        }
    }
}

/* References after all objects: they may stand before them, and in inner scopes. */
static void remember_references(struct draft *d, const struct bpmn_node *scope)
{
    for (const struct xml *x = d->node_xml[scope->index]->child; x && !draft_full(d); x = x->next) {
        if (!xml_is(x, NS_BPMN, STR("dataObjectReference"))) continue;
        str object = draft_local(xml_attr(x, "dataObjectRef"));
        const str *name = map_find(&d->data, object);
        if (name)
            remember(d, x, *name);
        else
            declare_data(d, x, name_of(x), scope);
    }
}

/* What a round's element and result are called. */
static void remember_items(struct draft *d, const struct xml *activity)
{
    const struct xml *l = xml_child(activity, NS_BPMN, STR("multiInstanceLoopCharacteristics"));
    for (const struct xml *x = l ? l->child : NULL; x && !draft_full(d); x = x->next)
        if (xml_is(x, NS_BPMN, STR("inputDataItem")) || xml_is(x, NS_BPMN, STR("outputDataItem")))
            remember(d, x, name_of(x));
}

/* The task of a global task, which shares its process's element. */
static bool is_inside_global(const struct draft *d, const struct bpmn_node *n)
{
    return n->parent && d->node_xml[n->index] == d->node_xml[n->parent->index];
}

/* <bihuan:variable name= title= type= value= search= ask=/> of a process or sub-process. */
static void declare_ours(struct draft *d, const struct bpmn_node *scope)
{
    const struct xml *owner = d->node_xml[scope->index];
    const struct xml *list = xml_child(owner, NS_BPMN, STR("extensionElements"));
    for (const struct xml *x = list ? list->child : NULL; x && !draft_full(d); x = x->next) {
        if (!xml_is(x, NS_BIHUAN, STR("variable"))) continue;
        str name = str_trim(xml_attr(x, "name"));
        if (is_name(name))
            (void)draft_declare(d, owner, name, scope, draft_type_named(xml_attr(x, "type")));
        else
            draft_fault_at(d, owner, x->pos, "bpmn.variable-name",
                           "变量名 \"" STR_FMT "\" 应由文字、数字、下划线组成，不以数字开头",
                           "the variable name \"" STR_FMT
                           "\" must be of letters, digits and _, and not begin with a digit",
                           STR_ARG(name));
    }
}

/* What is said of a variable beside its name: x holds the attributes (in our vocabulary when it is an
 * element of the standard), owner is blamed. */
static void read_details(struct draft *d, const struct xml *owner, const struct xml *x, str name)
{
    const struct variable_index *known = map_find(&d->variable_by_name, name);
    str ns = str_eq(x->ns, NS_BIHUAN) ? (str){0} : NS_BIHUAN;
    const struct xml_attr *value = xml_attr_find(x, ns, STR("value"));
    const struct xml_attr *search = xml_attr_find(x, ns, STR("search"));
    const struct xml_attr *ask = xml_attr_find(x, ns, STR("ask"));
    const struct xml_attr *title = xml_attr_find(x, ns, STR("title"));
    if (!known) return;
    const struct feel_expr *e =
        value ? draft_compile(d, owner, value->value, value->pos, IS_ANYTHING) : NULL;
    struct bpmn_variable *v = &d->variable.at[known->index]; /* compiling may have moved the list */
    if (e) v->initial = e;
    if (search) v->searched = str_eq(str_trim(search->value), STR("true"));
    if (title) v->title = str_trim(title->value);
    if (ask) v->asked = str_eq(str_trim(ask->value), STR("true"));
}

/* <activiti:value> of a data object: a text, of the data object's type. */
static void read_their_value(struct draft *d, const struct xml *x, str name)
{
    const struct xml *value = draft_extension_theirs(x, "value");
    const struct variable_index *known = map_find(&d->variable_by_name, name);
    if (!value || !known || d->variable.at[known->index].initial) return;
    bool bare = known->type == feel_type_of_kind(FEEL_NUMBER) ||
                known->type == feel_type_of_kind(FEEL_BOOLEAN);
    str text = bare ? value->text : draft_quote(d->cx->arena, value->text);
    const struct feel_expr *e = draft_compile_made(d, x, text, value->text_pos);
    d->variable.at[known->index].initial = e;
}

static void read_initials(struct draft *d, const struct bpmn_node *scope)
{
    const struct xml *owner = d->node_xml[scope->index];
    const struct xml *list = xml_child(owner, NS_BPMN, STR("extensionElements"));
    d->at = scope;
    for (const struct xml *x = list ? list->child : NULL; x && !draft_full(d); x = x->next)
        if (xml_is(x, NS_BIHUAN, STR("variable")))
            read_details(d, owner, x, str_trim(xml_attr(x, "name")));
    for (const struct xml *x = owner->child; x && !draft_full(d); x = x->next) {
        if (!xml_is(x, NS_BPMN, STR("dataObject")) && !xml_is(x, NS_BPMN, STR("property")))
            continue;
        str name = draft_variable_name(d, xml_attr(x, "id"));
        draft_check_known(d, x, x);
        read_details(d, x, x, name);
        read_their_value(d, x, name);
    }
}

void draft_variables(struct draft *d)
{
    struct bpmn_model *m = d->model;
    for (int i = 0; i < m->node_count && !draft_full(d); i++) {
        const struct bpmn_node *n = &d->node[i];
        if (is_inside_global(d, n)) continue; /* its process has what it declares */
        if (bpmn_is_scope(n->kind)) declare_beside(d, n);
        if (bpmn_is_scope(n->kind)) declare_ours(d, n);
        declare_io(d, xml_child(d->node_xml[i], NS_BPMN, STR("ioSpecification")), n);
        declare_io(d, d->node_xml[i], n);
        remember_items(d, d->node_xml[i]);
    }
    for (int i = 0; i < m->node_count && !draft_full(d); i++)
        if (bpmn_is_scope(d->node[i].kind)) remember_references(d, &d->node[i]);
}

void draft_read_initials(struct draft *d)
{
    for (int i = 0; i < d->model->node_count && !draft_full(d); i++)
        if (!is_inside_global(d, &d->node[i])) read_initials(d, &d->node[i]);
}
