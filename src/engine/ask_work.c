/* Questions about work: whose turn it is, supervised items, processes and where they stand. */
#include "engine/inside.h"

enum { TASKS_MAX = 200, ITEMS_MAX = 100, TIMELINE_MAX = 500 };

/* ---- tasks ---- */

static const char *tone_of(const struct calendar *c, day_t today, day_t due)
{
    enum { AMBER_DAYS = 3 };
    if (due == DAY_NONE) return "green";
    if (due < today) return "red";
    return calendar_between(c, today, due) <= AMBER_DAYS ? "amber" : "green";
}

static void due_write(struct ask *a, day_t due, struct jw *out)
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

static void moment_write(struct ask *a, const char *key, int64_t us, struct jw *out)
{
    struct buf text = {.arena = a->cx->arena};
    us_write(&text, us);
    jw_kstr(out, key, buf_str(&text));
}

/* {id, key, label} of an org known by its key. */
static rc org_key_write(struct ask *a, str key, struct jw *out)
{
    const struct app_type *type = catalogue_type(a->e->cat, STR("core.org"));
    int64_t id = 0;
    rc r = type && key.len ? rec_find_key(a->cx, a->db, type, key, &id) : RC_OK;
    return r == RC_OK ? org_write(a, id, out) : r;
}

static rc subject_write(struct ask *a, const struct app_type *type, int64_t id, struct jw *out)
{
    struct record record = {0};
    rc r = rec_load(a->cx, a->db, type, id, &record);
    if (r != RC_OK) return r;
    jw_object(out);
    jw_kstr(out, "type", type->name);
    jw_kstr(out, "type_title", app_title_of(&type->title, a->cx->lang));
    jw_ki64(out, "id", id);
    jw_kstr(out, "label",
            type->label >= 0 ? record.value[type->label].text
                             : rec_key_text(a->cx, a->db, &record));
    jw_end(out, '}');
    return RC_OK;
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

static rc task_write(struct ask *a, const struct bpmn_task *task, struct jw *out)
{
    const struct app_process *p = catalogue_process(a->e->cat, task->process);
    const struct app_role *role = catalogue_role(a->e->cat, task->role);
    rc r = RC_OK;
    if (!p) return RC_OK;
    jw_object(out);
    jw_ki64(out, "id", task->id);
    jw_kstr(out, "node", task->node->id);
    jw_kstr(out, "name", task->node->name);
    jw_kstr(out, "process", task->process);
    jw_kstr(out, "process_title", app_title_of(&p->title, a->cx->lang));
    jw_key(out, STR("subject"));
    r = subject_write(a, p->type, task->subject_id, out);
    jw_kstr(out, "role", task->role);
    jw_kstr(out, "role_title", role ? app_title_of(&role->title, a->cx->lang) : (str){0});
    jw_key(out, STR("org"));
    if (r == RC_OK) r = org_key_write(a, task->org, out);
    jw_kstr(out, "claimed_by", task->claimed_by);
    moment_write(a, "opened_at", task->created_us, out);
    due_write(a, task->due, out);
    jw_kstr(out, "state", task->state);
    jw_kstr(out, "done_by", task->done_by);
    if (task->done_us) moment_write(a, "done_at", task->done_us, out);
    jw_kstr(out, "outcome", task->outcome);
    names_write(out, "form", task->node->form_field, task->node->form_field_count);
    names_write(out, "required", task->node->required_field, task->node->required_field_count);
    outcomes_write(out, task->node);
    jw_kbool(out, "mine", str_eq(task->state, STR("open")) && task_is_for(a->who, task));
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
                                .limit = limit,
                                .open_only = true};
    if (!q.role_count)
        role[q.role_count++] = STR("-"); /* nobody's role: no role is not every role */
    return bpmn_tasks_find(a->cx, a->e->processes, a->db, &q, out);
}

rc question_task_list(struct ask *a)
{
    struct bpmn_tasks list = {0};
    rc r = my_tasks(a, TASKS_MAX, &list);
    if (r != RC_OK) return r;
    jw_object(a->out);
    jw_key(a->out, STR("tasks"));
    r = tasks_write(a, &list, a->out);
    jw_ki64(a->out, "total", (int64_t)list.len);
    jw_end(a->out, '}');
    return r;
}

/* ---- items ---- */

static const struct rec_value *value_of(const struct record *r, const char *name,
                                        const struct app_field **field)
{
    *field = app_field_find(r->type, str_from(name));
    return *field && r->value[(*field)->index].present ? &r->value[(*field)->index] : NULL;
}

static void text_member(struct jw *out, const struct record *r, const char *name)
{
    const struct app_field *f;
    const struct rec_value *v = value_of(r, name, &f);
    jw_kstr(out, name, v ? v->text : (str){0});
}

static void code_member(struct jw *out, const struct record *r, const char *name, const char *title,
                        enum lang lang)
{
    const struct app_field *f;
    const struct rec_value *v = value_of(r, name, &f);
    const struct app_code *code = v && f->codes ? app_code_find(f->codes, v->text) : NULL;
    jw_kstr(out, name, v ? v->text : (str){0});
    if (title) jw_kstr(out, title, code ? app_title_of(&code->title, lang) : (str){0});
}

static rc item_line(struct ask *a, const struct record *item, struct jw *out)
{
    const struct app_field *f;
    const struct rec_value *due = value_of(item, "due", &f), *lead;
    rc r = RC_OK;
    struct measure_view v = ask_view(a);
    jw_object(out);
    jw_ki64(out, "id", item->id);
    text_member(out, item, "no");
    text_member(out, item, "title");
    code_member(out, item, "status", "status_title", a->cx->lang);
    code_member(out, item, "source", "source_title", a->cx->lang);
    code_member(out, item, "light", NULL, a->cx->lang);
    text_member(out, item, "indicator");
    text_member(out, item, "period");
    jw_key(out, STR("lead"));
    lead = value_of(item, "lead", &f);
    r = org_write(a, lead ? lead->i64 : 0, out);
    due_write(a, due ? (day_t)due->i64 : DAY_NONE, out);
    moment_write(a, "opened_at", item->created_us, out);
    jw_key(out, STR("loop"));
    if (r == RC_OK) r = loop_item_write(a->cx, a->e->loop, &v, item->id, a->cx->lang, out);
    jw_end(out, '}');
    return r;
}

/* state: "open" (anything not closed), "proposed", "closed" or empty: all. */
static rc items_find(struct ask *a, str state, str indicator, int limit, bool count,
                     struct rec_page *page)
{
    static const str closed = {"closed", 6}, proposed = {"proposed", 8};
    const struct app_type *type = item_type(a->e);
    struct rec_filter filter[3];
    struct rec_query q = {
        .type = type, .who = a->who, .filter = filter, .limit = limit, .count = count};
    const struct app_field *status = type ? app_field_find(type, STR("status")) : NULL,
                           *about = type ? app_field_find(type, STR("indicator")) : NULL;
    if (!type || rec_reach(a->who, type, ACT_READ) == REACH_NONE) return RC_OK;
    if (status && str_eq(state, STR("open")))
        filter[q.filter_count++] =
            (struct rec_filter){.field = status, .op = REC_NE, .text = &closed, .count = 1};
    if (status && str_eq(state, STR("closed")))
        filter[q.filter_count++] =
            (struct rec_filter){.field = status, .op = REC_EQ, .text = &closed, .count = 1};
    if (status && str_eq(state, STR("proposed")))
        filter[q.filter_count++] =
            (struct rec_filter){.field = status, .op = REC_EQ, .text = &proposed, .count = 1};
    str *name = NEW(a->cx->arena, str);
    *name = indicator;
    if (about && indicator.len)
        filter[q.filter_count++] =
            (struct rec_filter){.field = about, .op = REC_EQ, .text = name, .count = 1};
    q.sort = app_field_find(type, STR("due"));
    return rec_find(a->cx, a->db, &q, page);
}

rc item_lines_write(struct ask *a, str state, str indicator, int limit, struct jw *out)
{
    struct rec_page page = {0};
    rc r = items_find(a, state, indicator, limit, false, &page);
    jw_array(out);
    for (size_t i = 0; r == RC_OK && i < page.len; i++)
        r = item_line(a, &page.at[i], out);
    jw_end(out, ']');
    return r;
}

rc question_item_list(struct ask *a)
{
    return item_lines_write(a, json_text(a->params, STR("state")),
                            json_text(a->params, STR("indicator")), ITEMS_MAX, a->out);
}

/* "counts": what the menu and the cockpit's head show. */
rc counts_write(struct ask *a, struct jw *out)
{
    struct rec_page open = {0};
    struct bpmn_tasks mine = {0};
    int64_t red = 0;
    rc r = items_find(a, STR("open"), (str){0}, ITEMS_MAX, true, &open);
    for (size_t i = 0; r == RC_OK && i < open.len; i++) {
        const struct app_field *f;
        const struct rec_value *due = value_of(&open.at[i], "due", &f);
        red += due && due->i64 < day_of_us(a->cx->now_us);
    }
    if (r == RC_OK) r = my_tasks(a, TASKS_MAX, &mine);
    jw_key(out, STR("counts"));
    jw_object(out);
    jw_ki64(out, "items_open", open.total > 0 ? open.total : (int64_t)open.len);
    jw_ki64(out, "items_overdue", red);
    jw_ki64(out, "tasks_mine", (int64_t)mine.len);
    jw_end(out, '}');
    return r;
}

/* ---- one item: its whole life on one page ---- */

struct timeline {
    struct ask *a;
    struct jw *out;
};

static rc timeline_entry(struct cx *cx, const struct ledger_entry *e, str hash_hex, void *data)
{
    (void)cx;
    struct timeline *t = data;
    struct actor by = {0};
    jw_object(t->out);
    jw_ki64(t->out, "seq", e->seq);
    moment_write(t->a, "at", e->at_us, t->out);
    jw_kstr(t->out, "by", e->actor);
    if (actor_load(t->a->cx, t->a->e, t->a->db, e->actor, &by) == RC_OK) {
        jw_kstr(t->out, "by_name", by.name);
        jw_key(t->out, STR("org"));
        if (org_write(t->a, by.org_id, t->out) != RC_OK) jw_null(t->out);
    } else {
        err_clear(t->a->cx); /* the system, or somebody who has left */
        jw_kstr(t->out, "by_name", str_eq(e->actor, STR("system")) ? STR("系统") : e->actor);
    }
    jw_kstr(t->out, "what", e->act);
    jw_kraw(t->out, "before", e->before.len ? e->before : STR("null"));
    jw_kraw(t->out, "after", e->after.len ? e->after : STR("null"));
    jw_kstr(t->out, "text", e->reason);
    jw_kstr(t->out, "hash", hash_hex);
    jw_end(t->out, '}');
    return RC_OK;
}

static rc item_process(struct ask *a, const struct app_type *type, int64_t id)
{
    struct bpmn_task_query q = {
        .subject_id = id, .process = type->process->name, .limit = TASKS_MAX};
    struct bpmn_tasks list = {0};
    struct buf marking = {.arena = a->cx->arena};
    rc r = bpmn_tasks_find(a->cx, a->e->processes, a->db, &q, &list);
    jw_key(a->out, STR("tasks"));
    if (r == RC_OK) r = tasks_write(a, &list, a->out);
    if (r == RC_OK)
        r = bpmn_marking_write(a->cx, a->e->processes, a->db, type->process->name, id, &marking);
    if (r == RC_OK) {
        jw_kraw(a->out, "marking", buf_str(&marking));
        jw_kstr(a->out, "process", type->process->name);
    }
    return r;
}

/* The number that opened it, as it runs now. */
static rc item_reading(struct ask *a, const struct record *item)
{
    const struct app_field *f;
    const struct rec_value *name = value_of(item, "indicator", &f),
                           *period = value_of(item, "period", &f);
    const struct app_indicator *i = name ? catalogue_indicator(a->e->cat, name->text) : NULL;
    struct period p;
    if (!i || !period || !period_parse(period->text, &p)) return RC_OK;
    jw_key(a->out, STR("now"));
    return readings_write(a, i, p, root_org(a->cx, a->e, a->db), true, a->out);
}

rc question_item_get(struct ask *a)
{
    const struct app_type *type = item_type(a->e);
    struct record item = {0};
    struct timeline t = {.a = a, .out = a->out};
    struct measure_view v = ask_view(a);
    int64_t id;
    if (!type)
        return err_set(a->cx, RC_MISSING, "item.missing", "没有督办件", "there are no items");
    rc r = param_i64(a->cx, a->params, "id", &id);
    if (r == RC_OK) r = rec_load(a->cx, a->db, type, id, &item);
    if (r == RC_OK) r = rec_may(a->cx, a->db, a->who, ACT_READ, &item);
    if (r != RC_OK) return r;
    jw_object(a->out);
    jw_key(a->out, STR("record"));
    r = rec_write_json(a->cx, a->db, a->who, &item, a->out);
    jw_key(a->out, STR("line"));
    if (r == RC_OK) r = item_line(a, &item, a->out);
    jw_key(a->out, STR("item"));
    if (r == RC_OK) r = loop_item_write(a->cx, a->e->loop, &v, id, a->cx->lang, a->out);
    if (r == RC_OK && type->process) r = item_process(a, type, id);
    if (r == RC_OK) r = item_reading(a, &item);
    jw_key(a->out, STR("timeline"));
    jw_array(a->out);
    if (r == RC_OK)
        r = ledger_each(a->cx, a->db, type->name, id, 0, TIMELINE_MAX, timeline_entry, &t);
    jw_end(a->out, ']');
    jw_end(a->out, '}');
    return r;
}

/* ---- processes ---- */

rc question_process_list(struct ask *a)
{
    const struct catalogue *c = a->e->cat;
    jw_array(a->out);
    for (int i = 0; i < c->process_count; i++) {
        jw_object(a->out);
        jw_kstr(a->out, "name", c->process[i].name);
        jw_kstr(a->out, "title", app_title_of(&c->process[i].title, a->cx->lang));
        jw_kstr(a->out, "type", c->process[i].type ? c->process[i].type->name : (str){0});
        jw_end(a->out, '}');
    }
    jw_end(a->out, ']');
    return RC_OK;
}

/* {"svg": text}: the diagram, marked where the subject stands. */
rc question_process_diagram(struct ask *a)
{
    str name;
    struct buf marking = {.arena = a->cx->arena}, svg = {.arena = a->cx->arena};
    int64_t subject = 0;
    rc r = param_text(a->cx, a->params, "name", &name);
    const struct app_process *p = r == RC_OK ? catalogue_process(a->e->cat, name) : NULL;
    if (r == RC_OK && !p)
        r = err_set(a->cx, RC_MISSING, "process.missing", "没有名为“" STR_FMT "”的流程",
                    "there is no process \"" STR_FMT "\"", STR_ARG(name));
    if (r == RC_OK && json_find(a->params, STR("subject")))
        r = param_i64(a->cx, a->params, "subject", &subject);
    if (r != RC_OK) return r;
    if (subject) {
        struct record record = {0};
        r = rec_load(a->cx, a->db, p->type, subject, &record);
        if (r == RC_OK) r = rec_may(a->cx, a->db, a->who, ACT_READ, &record);
        if (r == RC_OK)
            r = bpmn_marking_write(a->cx, a->e->processes, a->db, name, subject, &marking);
    }
    if (r == RC_OK) r = bpmn_svg_write(a->cx, p->xml, buf_str(&marking), &svg);
    if (r != RC_OK) return r;
    jw_object(a->out);
    jw_kstr(a->out, "svg", buf_str(&svg));
    jw_end(a->out, '}');
    return RC_OK;
}
