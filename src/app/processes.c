/* Processes: `process: supervision` on a type is the file supervision.bpmn in the app's folder; every
 * other .bpmn file there is a process that stands by itself.  Their roles, fields and operations must be
 * ones that are declared. */
#include <string.h>

#include "app/load.h"
#include "base/file.h"

struct drawn {
    struct step_place step;
    const struct app_type *type;
};

static void fields_check(const struct drawn *d, const str *name, int count)
{
    struct loader *l = d->step.l;
    if (!d->type) {
        if (count)
            fault_step(&d->step, "app.process-field", "流程没有记录可填，不能有字段",
                       "the process moves no record, it cannot have a field", name[0]);
        return;
    }
    str *known = NEWS(l->cx->arena, str, (size_t)d->type->field_count);
    for (int i = 0; i < d->type->field_count; i++)
        known[i] = d->type->field[i].name;
    for (int i = 0; i < count; i++) {
        if (field_find(d->type, name[i]) >= 0) continue;
        fault_step(&d->step, "app.process-field", "类型没有字段", "its type has no field", name[i]);
        mend_nearest(l, name[i], known, (size_t)d->type->field_count);
    }
}

static void role_check(const struct step_place *at, str role)
{
    struct loader *l = at->l;
    if (!role.len || catalogue_role(l->c, role)) return;
    fault_step(at, "app.process-role", "没有角色", "there is no role", role);
    str *known = NEWS(l->cx->arena, str, (size_t)l->c->role_count);
    for (int i = 0; i < l->c->role_count; i++)
        known[i] = l->c->role[i].name;
    mend_nearest(l, role, known, (size_t)l->c->role_count);
}

static void user_task_check(const struct drawn *d)
{
    const struct bpmn_node *n = d->step.node;
    fields_check(d, n->form_field, n->form_field_count);
    fields_check(d, n->required_field, n->required_field_count);
    role_check(&d->step, n->people.role);
    if (str_starts(n->people.nobody_to, STR("role:")))
        role_check(&d->step, str_slice(n->people.nobody_to, 5, n->people.nobody_to.len));
}

static void operation_check(const struct drawn *d)
{
    static const str known[] = {STR_INIT("set"), STR_INIT("close"), STR_INIT("notify")};
    bool found = false;
    for (size_t i = 0; i < COUNTOF(known); i++)
        found |= str_eq(d->step.node->operation, known[i]);
    if (!found) {
        fault_step(&d->step, "app.process-operation", "没有操作", "there is no operation",
                   d->step.node->operation);
        mend_nearest(d->step.l, d->step.node->operation, known, COUNTOF(known));
    }
    for (int i = 0; i < d->step.node->param_count; i++)
        if (d->step.node->param[i].is_field) fields_check(d, &d->step.node->param[i].name, 1);
}

static void model_check(struct loader *l, const struct app_process *p, str source)
{
    for (int i = 0; i < p->model->node_count; i++) {
        const struct drawn d = {{l, &p->model->node[i], source}, p->type};
        if (d.step.node->kind == BPMN_USER_TASK) user_task_check(&d);
        const bool operates =
            d.step.node->kind == BPMN_SERVICE_TASK || d.step.node->kind == BPMN_BUSINESS_RULE_TASK;
        const bool ours = !d.step.node->decision.len && !d.step.node->topic.len;
        if (operates && ours) operation_check(&d); /* decisions: see rule_tasks.c */
    }
}

static void starters_check(struct loader *l, const struct app_process *p, str source)
{
    const struct bpmn_node *n = p->model->process;
    const struct step_place at = {l, n, source};
    for (int i = 0; i < n->starter_count; i++)
        role_check(&at, n->starter[i]);
}

/* Compiles p->xml against the declarations; what is wrong goes into the findings. */
static bool process_compile(struct loader *l, struct app_process *p, str source)
{
    struct cx *cx = l->cx;
    const struct app_type *t = p->type;
    struct bpmn_load how = {.variables = feel_scope_new(cx->arena), .open = !t, .strict = true};
    for (int i = 0; t && i < t->field_count; i++)
        (void)feel_scope_add(how.variables, t->field[i].name,
                             feel_type_of_field(cx->arena, &t->field[i]));
    decisions_add(l, how.variables, p->app, t);
    const size_t before = cx->findings->count;
    if (bpmn_load(cx, p->xml, source, &how, &p->model) != RC_OK) {
        if (cx->findings->count > before) err_clear(cx); /* its summary; the faults are there */
        fault_collect(l, source);
        for (size_t i = before; i < cx->findings->count; i++) /* of the file as a whole */
            if (!cx->findings->item[i].pos.line) cx->findings->item[i].pos = (struct pos){1, 1, 0};
        return false;
    }
    for (int i = 0; i < p->model->warning_count; i++) {
        struct err *note = vec_add(cx->arena, &l->note);
        *note = p->model->warning[i];
        note->source = source;
    }
    p->title = (struct app_title){p->model->name, p->model->name};
    if (!p->title.zh.len) p->title = (struct app_title){p->name, p->name};
    model_check(l, p, source);
    rule_tasks_load(l, p, source);
    starters_check(l, p, source);
    return true;
}

rc catalogue_process_read(struct cx *cx, const struct catalogue *c,
                          const struct app_process *declared, str xml,
                          const struct app_process **out)
{
    if (!cx->findings) cx->findings = NEW(cx->arena, struct findings);
    const size_t before = cx->findings->count;
    struct loader own = *c->loader;
    struct app_process *p = NEW(cx->arena, struct app_process);
    own.cx = cx;
    own.last = NULL;
    own.note.len = own.note.cap = 0; /* its own: the catalogue's stand */
    own.note.at = NULL;
    *p = (struct app_process){
        .name = declared->name, .type = declared->type, .app = declared->app, .xml = xml};
    *out = p;
    if (process_compile(&own, p, declared->name) && cx->findings->count == before) return RC_OK;
    return err_set(cx, RC_INVALID, "app.invalid", "声明有 %zu 处错误",
                   "the declarations have %zu faults", cx->findings->count - before);
}

static str path_of(const struct loader *l, int app, str file)
{
    return arena_printf(l->cx->arena, STR_FMT "/" STR_FMT ".bpmn", STR_ARG(l->part.at[app].folder),
                        STR_ARG(file));
}

static str name_of(const struct loader *l, int app, str file)
{
    return arena_printf(l->cx->arena, STR_FMT "." STR_FMT, STR_ARG(l->part.at[app].name),
                        STR_ARG(file));
}

static bool file_load(struct loader *l, struct app_process *p, str path)
{
    if (file_read(l->cx, path, BPMN_XML_BYTES_MAX, &p->xml) != RC_OK) return false;
    sm3_add(l->hash, p->xml);
    return true;
}

/* The process of a type. */
static bool process_load(struct loader *l, const struct decl *at, struct app_process *p)
{
    const str path = path_of(l, p->app, at->text);
    if (!file_load(l, p, path)) {
        err_clear(l->cx);
        fault(l, at, "app.process-missing", "读不到流程文件 " STR_FMT,
              "cannot read process file " STR_FMT, STR_ARG(path));
        mend(l, "把 BPMN 文件放在应用的文件夹里，文件名与 process 相同",
             "put the BPMN file into the app's folder under the name of process");
        return false;
    }
    return process_compile(l, p, path);
}

struct processes {
    struct app_process *at;
    size_t len, cap;
};

static const struct app_process *process_find(const struct processes *all, str name)
{
    for (size_t i = 0; i < all->len; i++)
        if (str_eq(all->at[i].name, name)) return &all->at[i];
    return NULL;
}

/* A file that a type names is not one that stands by itself, also when it has faults. */
static bool is_claimed(const struct loader *l, int app, str file)
{
    const struct nameds *s = &l->section[SECTION_TYPES];
    for (size_t i = 0; i < s->len; i++) {
        const struct decl *at = s->at[i].app == app ? decl_find(s->at[i].at, STR("process")) : NULL;
        if (at && str_eq(at->text, file)) return true;
    }
    return false;
}

/* `process:` of one type; the types' pointers are set when the array stands still. */
static void of_type(struct loader *l, struct processes *all, const struct named *n,
                    const struct app_type *t)
{
    const struct decl *at = decl_find(n->at, STR("process"));
    if (!at || !want_text(l, at, "流程名", "the name of a process") || !name_ok(l, at, at->text))
        return;
    struct app_process p = {.name = name_of(l, n->app, at->text), .type = t, .app = n->app};
    const struct app_process *other = process_find(all, p.name);
    if (other) {
        fault(l, at, "app.process-twice", "流程 " STR_FMT " 已用于类型 " STR_FMT,
              "process " STR_FMT " already moves type " STR_FMT, STR_ARG(p.name),
              STR_ARG(other->type->name));
        mend(l, "给这个类型另存一个 BPMN 文件", "save a BPMN file of its own for this type");
        return;
    }
    if (process_load(l, at, &p)) *vec_add(l->cx->arena, all) = p;
}

/* The files of an app that no type names. */
static void by_themselves(struct loader *l, struct processes *all, int app)
{
    struct names files = {0};
    if (file_list(l->cx, l->part.at[app].folder, &files) != RC_OK) {
        fault_collect(l, l->part.at[app].folder);
        return;
    }
    for (size_t i = 0; i < files.len; i++) {
        str file = files.at[i];
        if (!str_ends(file, STR(".bpmn"))) continue;
        file.len -= strlen(".bpmn");
        struct app_process p = {.name = name_of(l, app, file), .app = app};
        if (is_claimed(l, app, file)) continue;
        const str path = path_of(l, app, file);
        if (!file_load(l, &p, path))
            fault_collect(l, path);
        else if (process_compile(l, &p, path))
            *vec_add(l->cx->arena, all) = p;
    }
}

void processes_load(struct loader *l)
{
    const struct nameds *s = &l->section[SECTION_TYPES];
    struct processes all = {0};
    for (size_t i = 0; i < s->len; i++)
        of_type(l, &all, &s->at[i], &l->type[i]);
    for (int i = 0; i < (int)l->part.len; i++)
        by_themselves(l, &all, i);
    l->c->process = all.at;
    l->c->process_count = (int)all.len;
    for (size_t i = 0; i < all.len; i++)
        if (all.at[i].type) l->type[all.at[i].type - l->type].process = &all.at[i];
}
