/* Process instances: their versions made known, starting them. */
#include "engine/inside.h"

/* As long as nothing is undone, once is enough (e->declared). */
rc processes_declare(struct turn *t)
{
    struct engine *e = t->e;
    const struct actor system = engine_system();
    struct turn own = *t;
    rc r = RC_OK;
    if (e->declared) return RC_OK;
    own.who = system;
    const struct bpmn_turn turn = turn_of(&own);
    for (int i = 0; r == RC_OK && i < e->cat->process_count; i++) {
        const struct app_process *p = &e->cat->process[i];
        struct bpmn_definition d = {.process = p->name,
                                    .version = p->model->version,
                                    .tag = p->model->tag,
                                    .xml = p->xml,
                                    .origin = STR("app")};
        struct bpmn_definition known = {0};
        bool found = false;
        /* Known already: it may have been replaced by a published one since. */
        r = bpmn_definition_load(t->cx, t->db, p->name, d.version, &known, &found);
        if (r == RC_OK && !found) r = bpmn_deploy(t->cx, &turn, &d);
    }
    e->declared = r == RC_OK;
    return r;
}

rc process_start(struct turn *t, struct cx *cx, const struct app_process *p, int64_t subject_id,
                 const struct json *variables, str key, int64_t *instance_id)
{
    const struct bpmn_turn turn = turn_of(t);
    const struct bpmn_start start = {.process = p->name,
                                     .subject_id = subject_id,
                                     .variables = variables,
                                     .key = key,
                                     .several = !p->type};
    rc r = processes_declare(t);
    if (r == RC_OK) r = bpmn_start(cx, &turn, &start, instance_id);
    t->e->news.tasks = true;
    t->e->next_timer_us = 0;
    return r;
}

rc process_look(struct turn *t, struct cx *cx, const struct app_type *type, int64_t id)
{
    const struct bpmn_turn turn = turn_of(t);
    return type->process ? bpmn_changed(cx, &turn, id) : RC_OK;
}

bool may_start(const struct actor *who, const struct bpmn_node *process)
{
    if (who->system || !process->starter_count) return true;
    for (int i = 0; i < who->role_count; i++)
        for (int k = 0; k < process->starter_count; k++)
            if (str_eq(who->role[i]->name, process->starter[k])) return true;
    return false;
}

rc process_named(struct cx *cx, const struct engine *e, str name, const struct app_process **out)
{
    *out = catalogue_process(e->cat, name);
    if (*out) return RC_OK;
    return err_set(cx, RC_MISSING, "process.missing", "没有名为“" STR_FMT "”的流程",
                   "there is no process \"" STR_FMT "\"", STR_ARG(name));
}

/* {process, variables?, key?} */
rc command_process_start(struct turn *t)
{
    const struct app_process *declared, *p = NULL;
    str name;
    int64_t id = 0;
    rc r = param_text(t->cx, t->params, "process", &name);
    if (r == RC_OK) r = process_named(t->cx, t->e, name, &declared);
    if (r == RC_OK) r = process_version(t->cx, t->e->models, t->db, name, 0, &p);
    if (r != RC_OK) return r;
    if (p->type)
        return err_set(t->cx, RC_INVALID, "process.of-a-type",
                       "流程“" STR_FMT "”随“" STR_FMT "”的记录启动，请新建记录",
                       "process \"" STR_FMT "\" starts with a record of " STR_FMT ", create one",
                       STR_ARG(name), STR_ARG(p->type->name));
    if (!may_start(&t->who, p->model->process))
        return err_set(t->cx, RC_DENIED, "process.denied", "您不能启动流程“" STR_FMT "”",
                       "you may not start process \"" STR_FMT "\"",
                       STR_ARG(app_title_of(&p->title, t->cx->lang)));
    r = process_start(t, t->cx, p, 0, json_find(t->params, STR("variables")),
                      json_text(t->params, STR("key")), &id);
    if (r != RC_OK) return r;
    jw_object(&t->out);
    jw_ki64(&t->out, "instance", id);
    jw_end(&t->out, '}');
    return RC_OK;
}
