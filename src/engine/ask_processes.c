/* Questions about processes and instances, for those who run them. */
#include "bpmn/operate.h"
#include "engine/inside.h"

enum { INSTANCES_MAX = 200 };

/* Versions are hashes: as text, exact in every JSON reader. */
void version_write(struct jw *out, const char *key, int64_t version)
{
    jw_kraw(out, key, arena_printf(out->out->arena, "\"%" PRId64 "\"", version));
}

void fault_json(const struct err *e, const char *level, struct jw *out)
{
    jw_object(out);
    jw_kstr(out, "level", str_from(level));
    jw_kstr(out, "slug", str_from(e->slug));
    jw_kstr(out, "detail", e->detail);
    jw_kstr(out, "hint", e->hint);
    jw_kstr(out, "element", e->field);
    jw_ki64(out, "line", e->pos.line);
    jw_ki64(out, "column", e->pos.column);
    jw_end(out, '}');
}

static bool administers(const struct ask *a)
{
    return a->who->system || rights_of(a->who).administers;
}

static rc needs_operator(struct ask *a)
{
    if (administers(a)) return RC_OK;
    return err_set(a->cx, RC_DENIED, "process.denied-view", "只有系统管理员可以查看流程运行情况",
                   "only an administrator looks at running processes");
}

static rc version_param(struct ask *a, int64_t *out)
{
    const str text = json_text(a->params, STR("version"));
    *out = 0;
    if (!text.len || str_i64(text, out)) return RC_OK;
    return err_set(a->cx, RC_INVALID, "request.parameter", "版本“" STR_FMT "”不是数字",
                   "the version \"" STR_FMT "\" is no number", STR_ARG(text));
}

static rc process_asked(struct ask *a, const struct app_process **declared)
{
    str name;
    rc r = param_text(a->cx, a->params, "name", &name);
    return r == RC_OK ? process_named(a->cx, a->e, name, declared) : r;
}

/* ---- versions ---- */

static rc definition_write(struct ask *a, const struct bpmn_definition *d)
{
    int64_t active = 0;
    rc r = bpmn_active_count(a->cx, a->db, d->process, d->version, &active);
    jw_object(a->out);
    version_write(a->out, "version", d->version);
    jw_ki64(a->out, "number", d->number);
    jw_kstr(a->out, "tag", d->tag);
    jw_kstr(a->out, "origin", d->origin);
    jw_kstr(a->out, "state", d->state);
    jw_ki64(a->out, "active", active);
    moment_write(a->cx, "deployed_at", d->deployed_us, a->out);
    if (r == RC_OK) r = actor_names_write(a, d->deployed_by, a->out);
    jw_end(a->out, '}');
    return r;
}

rc question_process_versions(struct ask *a)
{
    const struct app_process *declared;
    struct bpmn_definitions list = {0};
    rc r = process_asked(a, &declared);
    if (r == RC_OK) r = bpmn_definitions(a->cx, a->db, declared->name, &list);
    if (r != RC_OK) return r;
    jw_array(a->out);
    for (size_t i = 0; r == RC_OK && i < list.len; i++)
        r = definition_write(a, &list.at[i]);
    jw_end(a->out, ']');
    return r;
}

static rc version_asked(struct ask *a, int64_t version, const struct app_process **out)
{
    const struct app_process *declared;
    *out = NULL;
    rc r = process_asked(a, &declared);
    if (r == RC_OK) r = process_version(a->cx, a->e->models, a->db, declared->name, version, out);
    if (r == RC_OK && !*out)
        r = err_set(a->cx, RC_MISSING, "bpmn.version-missing", "流程“" STR_FMT "”没有这个版本",
                    "process \"" STR_FMT "\" has no such version", STR_ARG(declared->name));
    return r;
}

/* {"xml": text} of a version, the newest by default, for the modeler. */
rc question_process_xml(struct ask *a)
{
    const struct app_process *p = NULL;
    int64_t version;
    rc r = version_param(a, &version);
    if (r == RC_OK) r = version_asked(a, version, &p);
    if (r != RC_OK) return r;
    jw_object(a->out);
    jw_kstr(a->out, "xml", p->xml);
    version_write(a->out, "version", p->model->version);
    jw_end(a->out, '}');
    return RC_OK;
}

/* Where the record stands, and by which version: 0: it has no instance. */
static rc subject_marked(struct ask *a, int64_t subject, struct buf *marking, int64_t *version)
{
    const struct app_process *declared;
    struct bpmn_instance_query q = {.subject_id = subject, .limit = 1};
    struct bpmn_instances latest = {0};
    struct record record = {0};
    rc r = process_asked(a, &declared);
    if (r != RC_OK) return r;
    if (!declared->type)
        return err_set(a->cx, RC_INVALID, "request.parameter", "流程“" STR_FMT "”不随记录办理",
                       "process \"" STR_FMT "\" has no records", STR_ARG(declared->name));
    q.process = declared->name;
    r = rec_load(a->cx, a->db, declared->type, subject, &record);
    if (r == RC_OK) r = rec_may(a->cx, a->db, a->who, ACT_READ, &record);
    if (r == RC_OK) r = bpmn_instances_find(a->cx, a->db, &q, &latest);
    if (r == RC_OK && latest.len) *version = latest.at[0].version;
    return r == RC_OK
               ? bpmn_marking_write(a->cx, a->e->processes, a->db, q.process, subject, marking)
               : r;
}

/* {"svg": text}: the diagram of a version, the newest by default; with a subject that of its instance,
 * marked where it stands. */
rc question_process_diagram(struct ask *a)
{
    const struct app_process *p = NULL;
    struct buf marking = {.arena = a->cx->arena}, svg = {.arena = a->cx->arena};
    int64_t subject = 0, version;
    rc r = version_param(a, &version);
    if (r == RC_OK && json_find(a->params, STR("subject")))
        r = param_i64(a->cx, a->params, "subject", &subject);
    if (r == RC_OK && subject) r = subject_marked(a, subject, &marking, &version);
    if (r == RC_OK) r = version_asked(a, version, &p);
    if (r == RC_OK) r = bpmn_svg_write(a->cx, p->xml, buf_str(&marking), &svg);
    if (r != RC_OK) return r;
    jw_object(a->out);
    jw_kstr(a->out, "svg", buf_str(&svg));
    jw_end(a->out, '}');
    return RC_OK;
}

/* Tokens, durations and what was taken, by element, of one version or of all. */
rc question_process_heat(struct ask *a)
{
    const struct app_process *declared;
    int64_t version;
    rc r = needs_operator(a);
    if (r == RC_OK) r = process_asked(a, &declared);
    if (r == RC_OK) r = version_param(a, &version);
    return r == RC_OK
               ? bpmn_heat_write(a->cx, a->e->processes, a->db, declared->name, version, a->out)
               : r;
}

/* ---- instances ---- */

/* The record's readers see its instance; of one without a record: who started it, who has a task in it,
 * administrators. */
static rc instance_seen(struct ask *a, const struct bpmn_instance *i, bool *seen)
{
    const struct app_process *p = catalogue_process(a->e->cat, i->process);
    struct bpmn_task_query q = {.instance_id = i->id, .limit = INSTANCES_MAX};
    struct bpmn_tasks tasks = {0};
    struct record subject = {0};
    rc r = RC_OK;
    *seen = administers(a) || str_eq(i->started_by, a->who->code);
    if (*seen) return RC_OK;
    if (p && p->type && i->subject_id) {
        r = rec_load(a->cx, a->db, p->type, i->subject_id, &subject);
        if (r != RC_OK) return r;
        *seen = rec_may(a->cx, a->db, a->who, ACT_READ, &subject) == RC_OK;
        if (!*seen) err_clear(a->cx);
        return RC_OK;
    }
    r = bpmn_tasks_find(a->cx, a->e->processes, a->db, &q, &tasks);
    for (size_t k = 0; r == RC_OK && k < tasks.len && !*seen; k++) {
        unsigned may = 0;
        r = task_may(a->cx, a->e, a->db, a->who, &tasks.at[k], &may);
        *seen = may != 0;
    }
    return r;
}

static rc instance_line(struct ask *a, const struct bpmn_instance *i)
{
    const struct app_process *p = catalogue_process(a->e->cat, i->process);
    jw_object(a->out);
    jw_ki64(a->out, "id", i->id);
    jw_kstr(a->out, "process", i->process);
    jw_kstr(a->out, "process_title", p ? app_title_of(&p->title, a->cx->lang) : i->process);
    version_write(a->out, "version", i->version);
    jw_ki64(a->out, "number", i->number);
    jw_kstr(a->out, "state", i->state);
    jw_kstr(a->out, "key", i->key);
    jw_kstr(a->out, "error", i->error);
    jw_kstr(a->out, "resting", i->resting);
    jw_ki64(a->out, "subject", i->subject_id);
    jw_kstr(a->out, "type", p && p->type ? p->type->name : (str){0});
    jw_ki64(a->out, "incidents", i->incidents);
    moment_write(a->cx, "started_at", i->started_us, a->out);
    if (i->ended_us) moment_write(a->cx, "ended_at", i->ended_us, a->out);
    rc r = actor_names_write(a, i->started_by, a->out);
    jw_end(a->out, '}');
    return r;
}

/* {process?, state?, key?, element?, variable?, value?, incident?, mine?, after?} */
rc question_instance_list(struct ask *a)
{
    struct bpmn_instance_query q = {.process = json_text(a->params, STR("process")),
                                    .state = json_text(a->params, STR("state")),
                                    .key = json_text(a->params, STR("key")),
                                    .element = json_text(a->params, STR("element")),
                                    .variable = json_text(a->params, STR("variable")),
                                    .value = json_text(a->params, STR("value")),
                                    .with_incident = param_true(a->params, "incident"),
                                    .limit = INSTANCES_MAX};
    struct bpmn_instances list = {0};
    if (param_true(a->params, "mine") || !administers(a)) q.started_by = a->who->code;
    rc r = version_param(a, &q.version);
    if (r == RC_OK && json_find(a->params, STR("after")))
        r = param_i64(a->cx, a->params, "after", &q.after);
    if (r == RC_OK) r = bpmn_instances_find(a->cx, a->db, &q, &list);
    if (r != RC_OK) return r;
    jw_array(a->out);
    for (size_t i = 0; r == RC_OK && i < list.len; i++)
        r = instance_line(a, &list.at[i]);
    jw_end(a->out, ']');
    return r;
}

/* One instance as a page, with its diagram. */
rc question_instance_get(struct ask *a)
{
    struct bpmn_instance_query q = {.limit = 1};
    struct bpmn_instances list = {0};
    const struct app_process *p = NULL;
    struct buf marking = {.arena = a->cx->arena}, svg = {.arena = a->cx->arena};
    int64_t id;
    bool seen = false;
    rc r = param_i64(a->cx, a->params, "id", &id);
    q.after = id + 1; /* newest first, before this one */
    if (r == RC_OK) r = bpmn_instances_find(a->cx, a->db, &q, &list);
    if (r == RC_OK && (!list.len || list.at[0].id != id))
        r = err_set(a->cx, RC_MISSING, "bpmn.instance-missing", "流程实例 %" PRId64 " 不存在",
                    "there is no process instance %" PRId64, id);
    if (r == RC_OK) r = instance_seen(a, &list.at[0], &seen);
    if (r == RC_OK && !seen)
        r = err_set(a->cx, RC_DENIED, "process.denied-instance", "您不能查看这个流程实例",
                    "this process instance is not for you to see");
    if (r == RC_OK)
        r = process_version(a->cx, a->e->models, a->db, list.at[0].process, list.at[0].version, &p);
    if (r == RC_OK) r = bpmn_instance_marking_write(a->cx, a->e->processes, a->db, id, &marking);
    if (r == RC_OK && p && bpmn_svg_write(a->cx, p->xml, buf_str(&marking), &svg) != RC_OK)
        err_clear(a->cx); /* a file without a diagram */
    if (r != RC_OK) return r;
    jw_object(a->out);
    jw_key(a->out, STR("line"));
    r = instance_line(a, &list.at[0]);
    jw_key(a->out, STR("state"));
    if (r == RC_OK) r = bpmn_instance_write(a->cx, a->e->processes, a->db, id, a->out);
    jw_key(a->out, STR("history"));
    if (r == RC_OK) r = actions_write(a, id, a->out);
    jw_kstr(a->out, "svg", buf_str(&svg));
    jw_end(a->out, '}');
    return r;
}

rc question_incident_list(struct ask *a)
{
    struct bpmn_incidents list = {0};
    rc r = needs_operator(a);
    if (r == RC_OK) r = bpmn_incidents_find(a->cx, a->db, INSTANCES_MAX, &list);
    if (r != RC_OK) return r;
    jw_array(a->out);
    for (size_t i = 0; i < list.len; i++) {
        const struct bpmn_incident *x = &list.at[i];
        jw_object(a->out);
        jw_ki64(a->out, "id", x->id);
        jw_ki64(a->out, "instance", x->instance_id);
        jw_kstr(a->out, "process", x->process);
        jw_kstr(a->out, "node", x->node);
        jw_kstr(a->out, "slug", x->slug);
        jw_kstr(a->out, "detail", x->detail);
        jw_ki64(a->out, "times", x->times);
        moment_write(a->cx, "at", x->at_us, a->out);
        if (x->next_us) moment_write(a->cx, "next_at", x->next_us, a->out);
        jw_end(a->out, '}');
    }
    jw_end(a->out, ']');
    return RC_OK;
}
