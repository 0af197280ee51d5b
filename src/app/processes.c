/* Processes: `process: supervision` on a type is the file supervision.bpmn in the app's folder; its
 * roles, fields and operations must be ones that are declared. */
#include "app/load.h"
#include "base/file.h"

struct drawn {
    struct step_place step;
    const struct app_type *type;
};

static void fields_check(const struct drawn *d, const str *name, int count)
{
    struct loader *l = d->step.l;
    str *known = NEWS(l->cx->arena, str, (size_t)d->type->field_count);
    for (int i = 0; i < d->type->field_count; i++)
        known[i] = d->type->field[i].name;
    for (int i = 0; i < count; i++) {
        if (field_find(d->type, name[i]) >= 0) continue;
        fault_step(&d->step, "app.process-field", "类型没有字段", "its type has no field", name[i]);
        mend_nearest(l, name[i], known, (size_t)d->type->field_count);
    }
}

static void user_task_check(const struct drawn *d)
{
    struct loader *l = d->step.l;
    const str role = d->step.node->candidate_role;
    fields_check(d, d->step.node->form_field, d->step.node->form_field_count);
    fields_check(d, d->step.node->required_field, d->step.node->required_field_count);
    if (!role.len || catalogue_role(l->c, role)) return;
    fault_step(&d->step, "app.process-role", "没有角色", "there is no role", role);
    str *known = NEWS(l->cx->arena, str, (size_t)l->c->role_count);
    for (int i = 0; i < l->c->role_count; i++)
        known[i] = l->role[i].name;
    mend_nearest(l, role, known, (size_t)l->c->role_count);
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
        if (operates && !d.step.node->decision.len) operation_check(&d); /* else see rule_tasks.c */
    }
}

static bool process_load(struct loader *l, const struct decl *at, int app, const struct app_type *t,
                         struct app_process *p)
{
    struct cx *cx = l->cx;
    const struct part *part = &l->part.at[app];
    const str path = arena_printf(cx->arena, STR_FMT "/" STR_FMT ".bpmn", STR_ARG(part->folder),
                                  STR_ARG(at->text));
    if (file_read(cx, path, BPMN_XML_BYTES_MAX, &p->xml) != RC_OK) {
        err_clear(cx);
        fault(l, at, "app.process-missing", "读不到流程文件 " STR_FMT,
              "cannot read process file " STR_FMT, STR_ARG(path));
        mend(l, "把 BPMN 文件放在应用的文件夹里，文件名与 process 相同",
             "put the BPMN file into the app's folder under the name of process");
        return false;
    }
    sm3_add(l->hash, p->xml);
    struct feel_scope *scope = feel_scope_new(cx->arena);
    for (int i = 0; i < t->field_count; i++)
        (void)feel_scope_add(scope, t->field[i].name, feel_type_of_field(cx->arena, &t->field[i]));
    decisions_add(l, scope, app, t);
    const size_t before = cx->findings->count;
    if (bpmn_load(cx, p->xml, path, scope, &p->model) != RC_OK) {
        if (cx->findings->count > before) err_clear(cx); /* its summary; the faults are there */
        fault_collect(l, path);
        for (size_t i = before; i < cx->findings->count; i++) /* of the file as a whole */
            if (!cx->findings->item[i].pos.line) cx->findings->item[i].pos = (struct pos){1, 1, 0};
        return false;
    }
    p->title = (struct app_title){p->model->name, p->model->name};
    p->type = t;
    model_check(l, p, path);
    rule_tasks_load(l, app, p, path);
    return true;
}

void processes_load(struct loader *l)
{
    const struct nameds *s = &l->section[SECTION_TYPES];
    struct app_process *process = NEWS(l->cx->arena, struct app_process, s->len);
    l->c->process = process;
    for (size_t i = 0; i < s->len; i++) {
        const struct decl *at = decl_find(s->at[i].at, STR("process"));
        if (!at || !want_text(l, at, "流程名", "the name of a process") ||
            !name_ok(l, at, at->text))
            continue;
        const struct part *part = &l->part.at[s->at[i].app];
        struct app_process *p = &process[l->c->process_count];
        p->name =
            arena_printf(l->cx->arena, STR_FMT "." STR_FMT, STR_ARG(part->name), STR_ARG(at->text));
        const struct app_process *other = catalogue_process(l->c, p->name);
        if (other) {
            fault(l, at, "app.process-twice", "流程 " STR_FMT " 已用于类型 " STR_FMT,
                  "process " STR_FMT " already moves type " STR_FMT, STR_ARG(p->name),
                  STR_ARG(other->type->name));
            mend(l, "给这个类型另存一个 BPMN 文件", "save a BPMN file of its own for this type");
            continue;
        }
        if (!process_load(l, at, s->at[i].app, &l->type[i], p)) continue;
        l->type[i].process = p;
        l->c->process_count++;
    }
}
