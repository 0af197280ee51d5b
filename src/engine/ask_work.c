/* Questions about work: whose turn it is, supervised items, processes and where they stand. */
#include <stdlib.h>

#include "engine/inside.h"

enum { TASKS_MAX = 200 };

/* ---- tasks ---- */

static const char *tone_of(const struct calendar *c, day_t today, day_t due)
{
    enum { AMBER_DAYS = 3 };
    if (due == DAY_NONE) return "green";
    if (due < today) return "red";
    return calendar_between(c, today, due) <= AMBER_DAYS ? "amber" : "green";
}

void due_write(struct ask *a, day_t due, struct jw *out)
{
    day_t today = day_of_us(a->cx->now_us);
    if (due == DAY_NONE) {
        jw_key(out, STR("due"));
        jw_null(out);
    } else {
        struct buf text = {.arena = a->cx->arena};
        day_write(&text, due);
        jw_kstr(out, "due", buf_str(&text));
        jw_ki64(out, "due_in_days", calendar_between(a->e->cat->calendar, today, due));
    }
    jw_kstr(out, "tone", str_from(tone_of(a->e->cat->calendar, today, due)));
}

static void names_write(struct jw *out, const char *key, const str *list, int count)
{
    jw_key(out, str_from(key));
    jw_array(out);
    for (int i = 0; i < count; i++)
        jw_str(out, list[i]);
    jw_end(out, ']');
}

void moment_write(struct cx *cx, const char *key, int64_t us, struct jw *out)
{
    struct buf text = {.arena = cx->arena};
    us_write(&text, us);
    jw_kstr(out, key, buf_str(&text));
}

rc org_key_write(struct ask *a, str key, struct jw *out)
{
    const struct app_type *type = catalogue_type(a->e->cat, STR("core.org"));
    int64_t id = 0;
    rc r = type && key.len ? rec_find_key(a->cx, a->db, type, key, &id) : RC_OK;
    return r == RC_OK ? org_write(a, id, out) : r;
}

/* “李晓的请假审批”: two of two people are told apart. */
static str started_label(struct ask *a, const struct app_process *p, const struct bpmn_task *task)
{
    const str name = actor_name(a, task->started_by), title = app_title_of(&p->title, a->cx->lang);
    if (!name.len) return title;
    return a->cx->lang == LANG_ZH
               ? arena_printf(a->cx->arena, STR_FMT "的" STR_FMT, STR_ARG(name), STR_ARG(title))
               : arena_printf(a->cx->arena, STR_FMT " · " STR_FMT, STR_ARG(title), STR_ARG(name));
}

/* The record a task is about; a process that stands by itself has its instance instead. */
static rc subject_write(struct ask *a, const struct app_process *p, const struct bpmn_task *task,
                        struct jw *out)
{
    const struct app_type *type = p->type;
    const int64_t id = task->subject_id;
    struct record record = {0};
    rc r = type ? rec_load(a->cx, a->db, type, id, &record) : RC_OK;
    if (r != RC_OK) return r;
    jw_object(out);
    if (!type) {
        jw_kstr(out, "type", (str){0});
        jw_kstr(out, "type_title", app_title_of(&p->title, a->cx->lang));
        jw_ki64(out, "id", task->instance_id);
        jw_kstr(out, "label", started_label(a, p, task));
        jw_end(out, '}');
        return RC_OK;
    }
    jw_kstr(out, "type", type->name);
    jw_kstr(out, "type_title", app_title_of(&type->title, a->cx->lang));
    jw_ki64(out, "id", id);
    jw_kstr(out, "label", subject_label(a, &record));
    jw_end(out, '}');
    return RC_OK;
}

static const char *const kind_name[] = {"main", "before", "beside", "after", "aside"};

static void variable_write(struct cx *cx, const struct bpmn_model *m, int slot,
                           const struct feel_value *v, struct jw *out)
{
    const struct bpmn_variable *of = &m->variable[slot - m->first_variable];
    struct buf type = {.arena = cx->arena};
    feel_type_write(&type, of->type);
    jw_object(out);
    jw_kstr(out, "name", of->name);
    jw_kstr(out, "title", of->title.len ? of->title : of->name);
    jw_kstr(out, "type", buf_str(&type));
    jw_key(out, STR("value"));
    feel_json(cx, v, out);
    jw_end(out, '}');
}

static void outcomes_write(struct jw *out, const struct bpmn_node *node)
{
    jw_key(out, STR("outcomes"));
    jw_array(out);
    for (int i = 0; i < node->outcome_count; i++) {
        jw_object(out);
        jw_kstr(out, "code", node->outcome[i]);
        jw_kstr(out, "title", node->outcome_title[i]);
        jw_end(out, '}');
    }
    jw_end(out, ']');
}

/* The step's variables, with their values now. */
static rc variables_write(struct ask *a, const struct bpmn_task *task, struct jw *out)
{
    const struct bpmn_node *n = task->node;
    struct feel_value *value =
        NEWS(a->cx->arena, struct feel_value, (size_t)n->form_slot_count + 1);
    const struct app_process *p = NULL;
    rc r = n->form_slot_count
               ? process_version(a->cx, a->e->models, a->db, task->process, task->version, &p)
               : RC_OK;
    if (r == RC_OK && p) r = bpmn_form_values(a->cx, a->e->processes, a->db, task, value);
    jw_key(out, STR("variables"));
    jw_array(out);
    for (int i = 0; r == RC_OK && p && i < n->form_slot_count; i++)
        variable_write(a->cx, p->model, n->form_slot[i], &value[i], out);
    jw_end(out, ']');
    return r;
}

rc task_write(struct ask *a, const struct bpmn_task *task, struct jw *out)
{
    const struct app_process *p = catalogue_process(a->e->cat, task->process);
    const struct app_role *role = catalogue_role(a->e->cat, task->role);
    bool mine = false;
    if (!p) return RC_OK;
    rc r = task_mine(a->cx, a->db, a->who, task, &mine);
    if (r != RC_OK) return r;
    jw_object(out);
    jw_ki64(out, "instance", task->instance_id);
    jw_kstr(out, "started_by", task->started_by);
    jw_kstr(out, "started_by_name", actor_name(a, task->started_by));
    jw_ki64(out, "id", task->id);
    jw_kstr(out, "node", task->node->id);
    jw_kstr(out, "name", task->node->name);
    jw_kstr(out, "process", task->process);
    jw_kstr(out, "process_title", app_title_of(&p->title, a->cx->lang));
    jw_key(out, STR("subject"));
    r = subject_write(a, p, task, out);
    jw_kstr(out, "role", task->role);
    jw_kstr(out, "role_title", role ? app_title_of(&role->title, a->cx->lang) : (str){0});
    jw_key(out, STR("org"));
    if (r == RC_OK) r = org_key_write(a, task->org, out);
    jw_kstr(out, "claimed_by", task->claimed_by);
    jw_kstr(out, "claimed_by_name", actor_name(a, task->claimed_by));
    moment_write(a->cx, "opened_at", task->created_us, out);
    due_write(a, task->due, out);
    jw_kstr(out, "state", task->state);
    jw_kstr(out, "done_by", task->done_by);
    jw_kstr(out, "done_by_name", actor_name(a, task->done_by));
    if (task->done_us) moment_write(a->cx, "done_at", task->done_us, out);
    jw_kstr(out, "outcome", task->outcome);
    names_write(out, "form", task->node->form_field, task->node->form_field_count);
    names_write(out, "required", task->node->required_field, task->node->required_field_count);
    outcomes_write(out, task->node);
    jw_kstr(out, "kind", str_from(kind_name[task->kind]));
    jw_ki64(out, "parent", task->parent_id);
    jw_kstr(out, "owner", task->owner);
    jw_kstr(out, "owner_name", actor_name(a, task->owner));
    jw_ki64(out, "urged", task->urged);
    jw_ki64(out, "weight", task->weight);
    jw_kstr(out, "draft", mine ? task->draft : (str){0});
    if (r == RC_OK) r = variables_write(a, task, out);
    jw_kbool(out, "mine", mine && str_eq(task->state, STR("open")));
    jw_end(out, '}');
    return r;
}

rc tasks_write(struct ask *a, const struct bpmn_tasks *list, struct jw *out)
{
    rc r = RC_OK;
    jw_array(out);
    for (size_t i = 0; r == RC_OK && i < list->len; i++)
        r = task_write(a, &list->at[i], out);
    jw_end(out, ']');
    return r;
}

/* Tasks the actor may do: of one of the roles, of the own org or of none. */
static rc my_tasks(struct ask *a, int limit, struct bpmn_tasks *out)
{
    str *role = NEWS(a->cx->arena, str, (size_t)a->who->role_count + 1);
    for (int i = 0; i < a->who->role_count; i++)
        role[i] = a->who->role[i]->name;
    struct bpmn_task_query q = {.role = role,
                                .role_count = (size_t)a->who->role_count,
                                .org = &a->who->org_key,
                                .org_count = 1,
                                .user = a->who->code,
                                .limit = limit,
                                .open_only = true};
    if (a->who->system)
        q.role_count = q.org_count = 0, q.user = (str){0}; /* everybody's */
    else if (!q.role_count)
        role[q.role_count++] = STR("-"); /* nobody's role: no role is not every role */
    return bpmn_tasks_find(a->cx, a->e->processes, a->db, &q, out);
}

rc subject_seen(struct ask *a, const struct app_process *p, const struct bpmn_task *task,
                bool *seen)
{
    struct record subject = {0};
    unsigned may = 0;
    rc r = p->type ? rec_load(a->cx, a->db, p->type, task->subject_id, &subject)
                   : task_may(a->cx, a->e, a->db, a->who, task, &may);
    if (r != RC_OK) return r;
    *seen = p->type ? rec_may(a->cx, a->db, a->who, ACT_READ, &subject) == RC_OK
                    : may || a->who->system || rights_of(a->who).administers;
    if (!*seen) err_clear(a->cx); /* not for these eyes */
    return RC_OK;
}

/* Open tasks of everybody, as far as their subjects may be read. */
static rc all_tasks(struct ask *a, struct bpmn_tasks *out)
{
    struct bpmn_task_query q = {.limit = TASKS_MAX, .open_only = true};
    rc r = bpmn_tasks_find(a->cx, a->e->processes, a->db, &q, out);
    size_t kept = 0;
    for (size_t i = 0; r == RC_OK && i < out->len; i++) {
        const struct app_process *p = catalogue_process(a->e->cat, out->at[i].process);
        bool seen = false;
        if (p) r = subject_seen(a, p, &out->at[i], &seen);
        if (seen) out->at[kept++] = out->at[i];
    }
    out->len = kept;
    return r;
}

static int latest_done_first(const void *a, const void *b)
{
    const struct bpmn_task *x = a, *y = b;
    return x->done_us != y->done_us ? (x->done_us < y->done_us ? 1 : -1) : x->id < y->id;
}

static rc tasks_done(struct ask *a, struct bpmn_tasks *out)
{
    struct bpmn_task_query q = {.limit = TASKS_MAX, .done_by = a->who->code};
    rc r = bpmn_tasks_find(a->cx, a->e->processes, a->db, &q, out);
    if (r == RC_OK && out->len) qsort(out->at, out->len, sizeof *out->at, latest_done_first);
    return r;
}

/* state: "open", "done" (by oneself) or "copies" (to be read); mine: only what one may do oneself. */
rc question_task_list(struct ask *a)
{
    struct bpmn_tasks list = {0};
    bool done = str_eq(json_text(a->params, STR("state")), STR("done"));
    bool all = json_find(a->params, STR("state")) && !param_true(a->params, "mine");
    bool copies = str_eq(json_text(a->params, STR("state")), STR("copies"));
    rc r = copies ? bpmn_copies_of(a->cx, a->e->processes, a->db, a->who->code, TASKS_MAX, &list)
           : done ? tasks_done(a, &list)
           : all  ? all_tasks(a, &list)
                  : my_tasks(a, TASKS_MAX, &list);
    if (r != RC_OK) return r;
    jw_object(a->out);
    jw_key(a->out, STR("tasks"));
    r = tasks_write(a, &list, a->out);
    jw_ki64(a->out, "total", (int64_t)list.len);
    jw_end(a->out, '}');
    return r;
}

/* Whose turn it is, to everybody's eyes: the open tasks that are due first. */
rc turns_write(struct ask *a, int most, struct jw *out)
{
    struct bpmn_task_query q = {.limit = most, .open_only = true};
    struct bpmn_tasks list = {0};
    rc r = bpmn_tasks_find(a->cx, a->e->processes, a->db, &q, &list);
    jw_key(out, STR("turn"));
    jw_array(out);
    for (size_t i = 0; r == RC_OK && i < list.len; i++) {
        const struct bpmn_task *task = &list.at[i];
        const struct app_process *p = catalogue_process(a->e->cat, task->process);
        const struct app_role *role = catalogue_role(a->e->cat, task->role);
        struct record subject = {0}, org = {0};
        bool seen = false;
        const struct app_type *orgs = catalogue_type(a->e->cat, STR("core.org"));
        int64_t org_id = 0;
        if (!p || !p->type) continue;
        r = subject_seen(a, p, task, &seen);
        if (r == RC_OK && !seen) continue;
        if (r == RC_OK) r = rec_load(a->cx, a->db, p->type, task->subject_id, &subject);
        if (r == RC_OK && task->org.len && orgs)
            r = rec_find_key(a->cx, a->db, orgs, task->org, &org_id);
        if (r == RC_OK && org_id) r = rec_load(a->cx, a->db, orgs, org_id, &org);
        if (r != RC_OK) break;
        jw_object(out);
        jw_kstr(out, "who",
                org_id ? subject_label(a, &org)
                : role ? app_title_of(&role->title, a->cx->lang)
                       : (str){0});
        jw_kstr(out, "what",
                arena_printf(a->cx->arena, STR_FMT " · " STR_FMT, STR_ARG(task->node->name),
                             STR_ARG(subject_label(a, &subject))));
        due_write(a, task->due, out);
        if (p->type == item_type(a->e)) jw_ki64(out, "item_id", task->subject_id);
        jw_ki64(out, "task_id", task->id);
        jw_end(out, '}');
    }
    jw_end(out, ']');
    return r;
}

rc my_task_count(struct ask *a, int64_t *count)
{
    struct bpmn_tasks mine = {0};
    rc r = my_tasks(a, TASKS_MAX, &mine);
    *count = (int64_t)mine.len;
    return r;
}

/* ---- processes ---- */

/* What one who starts it fills in: the variables of its outermost scope that have no value of their own. */
static void start_form_write(struct ask *a, const struct bpmn_model *m)
{
    const struct feel_value none = feel_null();
    jw_key(a->out, STR("variables"));
    jw_array(a->out);
    for (int i = 0; i < m->variable_count; i++)
        if (m->variable[i].scope == m->process && m->variable[i].asked)
            variable_write(a->cx, m, m->variable[i].slot, &none, a->out);
    jw_end(a->out, ']');
}

rc question_process_list(struct ask *a)
{
    const struct catalogue *c = a->e->cat;
    rc r = RC_OK;
    jw_array(a->out);
    for (int i = 0; r == RC_OK && i < c->process_count; i++) {
        const struct app_process *p = NULL;
        r = process_version(a->cx, a->e->models, a->db, c->process[i].name, 0, &p);
        if (r != RC_OK) break;
        jw_object(a->out);
        jw_kstr(a->out, "name", p->name);
        jw_kstr(a->out, "title", app_title_of(&p->title, a->cx->lang));
        jw_kstr(a->out, "type", p->type ? p->type->name : (str){0});
        jw_kbool(a->out, "may_start", !p->type && may_start(a->who, p->model->process));
        start_form_write(a, p->model);
        jw_end(a->out, '}');
    }
    jw_end(a->out, ']');
    return r;
}
