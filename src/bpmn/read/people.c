/* User tasks: whose they are, until when, what is filled in, how they are answered. */
#include "bpmn/read/draft.h"

/* ---- lists of words ---- */

static bool in_list(const str *at, int count, str s)
{
    for (int i = 0; i < count; i++)
        if (str_eq(at[i], s)) return true;
    return false;
}

static int pieces(str s)
{
    int count = 0;
    for (size_t i = 0; i < s.len; i++)
        count += s.at[i] == ',';
    return count + 1;
}

/* Adds the names of a comma list to those that stand; each must be a variable. */
static void add_names(struct draft *d, const struct xml *x, const char *attribute, str *to,
                      int *count)
{
    const struct xml_attr *a = draft_ours(x, attribute);
    str rest = a ? a->value : (str){0};
    while (rest.len) {
        str name = str_trim(str_cut(rest, ',', &rest));
        const struct feel_expr *unused;
        if (!name.len || in_list(to, *count, name)) continue;
        if (!draft_try(d, name, a->pos, &unused)) {
            draft_fault_at(d, x, a->pos, "bpmn.unknown-field",
                           "bihuan:%s 中的字段 \"" STR_FMT "\" 不存在",
                           "bihuan:%s names the field \"" STR_FMT "\", which does not exist",
                           attribute, STR_ARG(name));
            continue;
        }
        to[(*count)++] = name;
    }
}

/* ---- what is filled in ---- */

struct form {
    struct draft *d;
    const struct xml *x;
    struct bpmn_node *node;
    VEC(str) field, required;
    VEC(int) slot;
    bool over;
};

enum { FORM_FIELDS_MAX = 500 };

/* A field of the record when the host has it, else a variable of the process. */
static void add_form_field(struct form *f, str id, const struct feel_type *type, bool required)
{
    struct draft *d = f->d;
    if (!id.len) return;
    if (f->slot.len + f->field.len >= FORM_FIELDS_MAX) {
        if (!f->over)
            draft_fault(d, f->x, "bpmn.too-many", "表单的字段过多，最多 %d 个",
                        "the form has too many fields, at most %d", FORM_FIELDS_MAX);
        f->over = true;
        return;
    }
    if (draft_slot(d, id) < 0 && draft_host_has(d, id)) {
        if (!in_list(f->field.at, (int)f->field.len, id))
            *(str *)vec_add(d->cx->arena, &f->field) = id;
        if (required) *(str *)vec_add(d->cx->arena, &f->required) = id;
        return;
    }
    int slot = draft_declare(d, f->x, id, f->node->process, type);
    for (size_t i = 0; i < f->slot.len; i++)
        if (f->slot.at[i] == slot) return;
    if (slot >= 0) *(int *)vec_add(d->cx->arena, &f->slot) = slot;
}

/* camunda:formData/formField, flowable:formProperty. */
static void read_their_form(struct form *f)
{
    const struct xml *list = xml_child(f->x, NS_BPMN, STR("extensionElements"));
    for (const struct xml *c = list ? list->child : NULL; c && !draft_full(f->d); c = c->next) {
        if (draft_is_theirs(c, "formProperty"))
            add_form_field(f, str_trim(xml_attr(c, "id")), draft_type_named(xml_attr(c, "type")),
                           draft_flag(c, "required", false));
        if (!draft_is_theirs(c, "formData")) continue;
        for (const struct xml *p = c->child; p && !draft_full(f->d); p = p->next) {
            bool required = false;
            for (const struct xml *v = p->child; v; v = v->next)
                for (const struct xml *k = v->child; k; k = k->next)
                    required = required || str_eq(xml_attr(k, "name"), STR("required"));
            if (draft_is_theirs(p, "formField"))
                add_form_field(f, str_trim(xml_attr(p, "id")),
                               draft_type_named(xml_attr(p, "type")), required);
        }
    }
}

/* A form of the start event is filled in by who starts the process. */
void draft_read_start_form(struct draft *d, const struct xml *x, struct bpmn_node *n)
{
    struct form f = {.d = d, .x = x, .node = n};
    read_their_form(&f);
    for (size_t i = 0; i < f.slot.len; i++)
        d->variable.at[f.slot.at[i] - d->model->first_variable].asked = true;
}

/* bihuan:variables="approved:boolean, note" */
static void read_variables(struct form *f)
{
    str rest = draft_attr_text(f->x, "variables", NULL);
    while (rest.len) {
        str type, one = str_cut(rest, ',', &rest);
        str name = str_trim(str_cut(one, ':', &type));
        add_form_field(f, name, draft_type_named(type), false);
    }
}

static void read_fields(struct draft *d, const struct xml *x, struct bpmn_node *n)
{
    struct arena *a = d->cx->arena;
    struct form f = {.d = d, .x = x, .node = n};
    read_their_form(&f);
    read_variables(&f);
    int required_max = pieces(draft_attr_text(x, "required", NULL)) + (int)f.required.len;
    int field_max = pieces(draft_attr_text(x, "fields", NULL)) + (int)f.field.len + required_max;
    str *required = NEWS(a, str, (size_t)required_max), *field = NEWS(a, str, (size_t)field_max);
    for (size_t i = 0; i < f.required.len; i++)
        required[n->required_field_count++] = f.required.at[i];
    add_names(d, x, "required", required, &n->required_field_count);
    for (size_t i = 0; i < f.field.len; i++)
        field[n->form_field_count++] = f.field.at[i];
    add_names(d, x, "fields", field, &n->form_field_count);
    for (int i = 0; i < n->required_field_count; i++) /* what is required may be filled in */
        if (!in_list(field, n->form_field_count, required[i]))
            field[n->form_field_count++] = required[i];
    n->form_field = field;
    n->required_field = required;
    n->form_slot = f.slot.at;
    n->form_slot_count = (int)f.slot.len;
}

/* "pass:销号,return:退回重办" */
static void read_outcomes(struct draft *d, const struct xml *x, struct bpmn_node *n)
{
    const struct xml_attr *a = draft_ours(x, "outcomes");
    if (!a) return;
    size_t max = (size_t)pieces(a->value);
    str *code = NEWS(d->cx->arena, str, max), *title = NEWS(d->cx->arena, str, max);
    str rest = a->value;
    while (rest.len) {
        str after, one = str_cut(rest, ',', &rest);
        str name = str_trim(str_cut(one, ':', &after));
        if (!name.len || in_list(code, n->outcome_count, name)) {
            draft_fault_at(d, x, a->pos, "bpmn.outcomes",
                           "bihuan:outcomes 应为不重复的 \"代码:名称\"，用逗号分隔，"
                           "现为 \"" STR_FMT "\"",
                           "bihuan:outcomes must be different \"code:title\" separated by commas, "
                           "not \"" STR_FMT "\"",
                           STR_ARG(a->value));
            return;
        }
        code[n->outcome_count] = name;
        title[n->outcome_count] = str_trim(after).len ? str_trim(after) : name;
        n->outcome_count++;
    }
    n->outcome = code;
    n->outcome_title = title;
}

/* ---- who ---- */

static const struct feel_expr *ours_feel(struct draft *d, const struct xml *x, const char *name,
                                         unsigned kinds)
{
    const struct xml_attr *a = draft_ours(x, name);
    return a ? draft_compile(d, x, a->value, a->pos, kinds) : NULL;
}

/* "ann, bob" as a FEEL list; an expression as it is. */
static const struct feel_expr *users(struct draft *d, const struct xml *x, str text, struct pos pos)
{
    struct buf b = {.arena = d->cx->arena};
    if (draft_is_wrapped(str_trim(text)))
        return draft_compile(d, x, str_trim(text), pos, IS_LIST | IS_STRING);
    buf_char(&b, '[');
    for (str rest = text; rest.len;) {
        str one = str_trim(str_cut(rest, ',', &rest));
        if (!one.len) continue;
        if (b.len > 1) buf_add(&b, STR(", "));
        buf_add(&b, draft_quote(d->cx->arena, one));
    }
    buf_char(&b, ']');
    return draft_compile_made(d, x, buf_str(&b), pos);
}

/* Groups elsewhere are roles here, of which a task has one. */
static void read_groups(struct draft *d, const struct xml *x, struct bpmn_node *n, str text)
{
    str rest, first = str_trim(str_cut(str_trim(text), ',', &rest));
    if (n->people.role.len || !first.len) return;
    struct pos pos = {.line = 1, .column = 1};
    const struct feel_expr *e = NULL;
    if (draft_is_wrapped(text)) { /* a constant is a role too */
        str inner = draft_unwrap(text, &pos);
        const struct feel_value *v = draft_try(d, inner, pos, &e) ? feel_expr_constant(e) : NULL;
        first = v ? feel_str(v) : (str){0};
        rest = (str){0};
        if (v && v->kind == FEEL_LIST && v->as.list->count == 1)
            first = feel_str(&v->as.list->at[0]);
    }
    if (!first.len)
        draft_warn(d, x, "bpmn.groups",
                   "候选组是表达式，任何人都能办；请用 bihuan:role 或 bihuan:candidates",
                   "the candidate groups are computed, so that anybody may do it; use bihuan:role "
                   "or bihuan:candidates");
    else if (str_trim(rest).len)
        draft_warn(d, x, "bpmn.groups", "候选组有多个，只取第一个 \"" STR_FMT "\"",
                   "there are several candidate groups, the first is taken: \"" STR_FMT "\"",
                   STR_ARG(first));
    n->people.role = first;
}

/* "user(ann), group(office)", or a bare name. */
static void read_owner(struct draft *d, const struct xml *x, struct bpmn_node *n,
                       const struct xml *role)
{
    const struct xml *resource = xml_child(role, NS_BPMN, STR("resourceRef"));
    const struct xml *how = xml_child(role, NS_BPMN, STR("resourceAssignmentExpression"));
    const struct xml *text = how ? how->child : NULL;
    bool person = str_eq(role->name, STR("humanPerformer")) || str_eq(role->name, STR("performer"));
    const struct xml *named = resource ? draft_refer(d, resource->text, "resource") : NULL;
    if (named) read_groups(d, x, n, xml_attr(named, "name"));
    str rest = text ? str_trim(text->text) : (str){0};
    if (!rest.len) return;
    if (person || draft_is_wrapped(rest)) {
        bool feel = draft_is_wrapped(rest);
        str made = feel ? rest : draft_quote(d->cx->arena, rest);
        const struct feel_expr *e =
            feel ? draft_compile(d, x, rest, text->text_pos, IS_STRING | (person ? 0 : IS_LIST))
                 : draft_compile_made(d, x, made, text->text_pos);
        if (person && !n->people.assignee) n->people.assignee = e;
        if (!person && !n->people.candidates) n->people.candidates = e;
        return;
    }
    struct buf list = {.arena = d->cx->arena};
    while (rest.len) {
        str one = str_trim(str_cut(rest, ',', &rest));
        bool user = str_starts(one, STR("user(")), group = str_starts(one, STR("group("));
        str name = str_trim(str_slice(one, user ? 5 : group ? 6 : 0, one.len - (user || group)));
        if (user && list.len) buf_char(&list, ',');
        if (user) buf_add(&list, name);
        if (!user) read_groups(d, x, n, name);
    }
    if (list.len && !n->people.candidates)
        n->people.candidates = users(d, x, buf_str(&list), text->text_pos);
}

static void read_theirs(struct draft *d, const struct xml *x, struct bpmn_node *n)
{
    const struct xml_attr *assignee = draft_theirs(x, "assignee");
    const struct xml_attr *candidates = draft_theirs(x, "candidateUsers");
    const struct xml_attr *groups = draft_theirs(x, "candidateGroups");
    const struct xml *zeebe = draft_extension(x, NS_ZEEBE, "assignmentDefinition");
    struct bpmn_people *p = &n->people;
    if (zeebe && !assignee) assignee = xml_attr_find(zeebe, (str){0}, STR("assignee"));
    if (zeebe && !candidates) candidates = xml_attr_find(zeebe, (str){0}, STR("candidateUsers"));
    if (zeebe && !groups) groups = xml_attr_find(zeebe, (str){0}, STR("candidateGroups"));
    if (assignee && !p->assignee) p->assignee = draft_compile_or_text(d, x, assignee, IS_STRING);
    if (candidates && !p->candidates)
        p->candidates = users(d, x, candidates->value, candidates->pos);
    if (groups) read_groups(d, x, n, groups->value);
    for (const struct xml *c = x->child; c && !draft_full(d); c = c->next) {
        bool owner = xml_is(c, NS_BPMN, STR("potentialOwner")) ||
                     xml_is(c, NS_BPMN, STR("humanPerformer")) ||
                     xml_is(c, NS_BPMN, STR("performer"));
        if (owner) read_owner(d, x, n, c);
    }
}

/* A task that says nothing of who is of its lane's role. */
static str lane_role(const struct draft *d, const struct bpmn_node *n)
{
    const struct bpmn_people *p = &n->people;
    str role = {0};
    if (p->role.len || p->assignee || p->candidates || p->head || p->org) return p->role;
    for (const struct xml *x = d->lane[n->index]; x && !role.len; x = x->parent)
        role = str_eq(x->name, STR("lane")) ? draft_attr_text(x, "role", NULL) : role;
    return role;
}

/* One of a few words; the first when absent. */
static int word(struct draft *d, const struct xml *x, const char *attribute,
                const char *const *list, int count)
{
    const struct xml_attr *a = draft_ours(x, attribute);
    struct buf all = {.arena = d->cx->arena};
    if (!a) return 0;
    for (int i = 0; i < count; i++) {
        if (str_eq(str_trim(a->value), str_from(list[i]))) return i;
        buf_printf(&all, "%s%s", i ? ", " : "", list[i]);
    }
    draft_fault_at(d, x, a->pos, "bpmn.word", "bihuan:%s=\"" STR_FMT "\" 应为 " STR_FMT " 之一",
                   "bihuan:%s=\"" STR_FMT "\" must be one of " STR_FMT, attribute,
                   STR_ARG(a->value), STR_ARG(buf_str(&all)));
    return 0;
}

static void read_exceptions(struct draft *d, const struct xml *x, struct bpmn_people *p)
{
    static const char *const nobody[] = {"wait", "pass", "refuse"};
    static const char *const starter[] = {"self", "skip", "head"};
    static const char *const again[] = {"ask", "skip", "skip-next"};
    str to = draft_attr_text(x, "nobody", NULL);
    if (str_starts(to, STR("to:"))) {
        p->nobody = BPMN_NOBODY_TO;
        p->nobody_to = str_trim(str_slice(to, 3, to.len));
    } else {
        p->nobody = (enum bpmn_nobody)word(d, x, "nobody", nobody, COUNTOF(nobody));
    }
    p->starter = (enum bpmn_starter)word(d, x, "starter", starter, COUNTOF(starter));
    p->again = (enum bpmn_again)word(d, x, "again", again, COUNTOF(again));
}

/* A date, or a number of working days; elsewhere also a period from now. */
static void read_due(struct draft *d, const struct xml *x, struct bpmn_node *n)
{
    const struct xml *zeebe = draft_extension(x, NS_ZEEBE, "taskSchedule");
    const struct xml_attr *a = draft_theirs(x, "dueDate");
    if (!a && zeebe) a = xml_attr_find(zeebe, (str){0}, STR("dueDate"));
    n->due = ours_feel(d, x, "due", IS_NUMBER | IS_DAY);
    if (n->due || draft_ours(x, "due") || !a) return;
    struct feel_value v;
    str s = str_trim(a->value);
    if (feel_temporal_parse(s, &v)) {
        const char *form = v.kind == FEEL_DATE ? "date" : "date and time";
        if (v.kind == FEEL_DAYS_DURATION || v.kind == FEEL_MONTHS_DURATION)
            form = "now() + duration";
        s = arena_printf(d->cx->arena, "%s(\"" STR_FMT "\")", form, STR_ARG(s));
        n->due = draft_compile_made(d, x, s, a->pos);
    } else {
        n->due = draft_compile(d, x, s, a->pos, IS_NUMBER | IS_DAY | IS_STRING);
    }
}

void draft_read_user_task(struct draft *d, const struct xml *x, struct bpmn_node *n)
{
    struct bpmn_people *p = &n->people;
    const struct xml *form = draft_extension(x, NS_ZEEBE, "formDefinition");
    p->role = draft_attr_text(x, "role", NULL);
    p->org = ours_feel(d, x, "org", IS_STRING | IS_CONTEXT);
    p->assignee = ours_feel(d, x, "assignee", IS_STRING);
    p->candidates = ours_feel(d, x, "candidates", IS_LIST | IS_STRING);
    p->head = ours_feel(d, x, "head", IS_NUMBER);
    p->copy = ours_feel(d, x, "copy", IS_LIST | IS_STRING);
    read_theirs(d, x, n);
    p->role = lane_role(d, n);
    read_exceptions(d, x, p);
    read_due(d, x, n);
    read_fields(d, x, n);
    read_outcomes(d, x, n);
    n->stops_clock = str_eq(draft_attr_text(x, "stopsClock", NULL), STR("true"));
    n->form_key = draft_attr_text(x, "form", "formKey");
    if (form && !n->form_key.len) {
        n->form_key = str_trim(xml_attr(form, "formKey"));
        if (!n->form_key.len) n->form_key = str_trim(xml_attr(form, "formId"));
    }
    if (!n->form_key.len) n->form_key = draft_attr_text(x, NULL, "formRef");
}
