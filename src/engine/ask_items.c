/* Questions about supervised items: their lines in lists, and one item's whole life on one page. */
#include "engine/inside.h"

enum { ITEMS_MAX = 100, TIMELINE_MAX = 500, SERIES_PERIODS = 18, TASKS_MAX = 200 };

static const struct rec_value *value_of(const struct record *r, const char *name,
                                        const struct app_field **field)
{
    *field = app_field_find(r->type, str_from(name));
    return *field && r->value[(*field)->index].present ? &r->value[(*field)->index] : NULL;
}

str subject_label(struct ask *a, const struct record *r)
{
    const struct app_type *t = r->type;
    return t->label >= 0 && r->value[t->label].present ? r->value[t->label].text
                                                       : rec_key_text(a->cx, a->db, r);
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

/* What the loop froze when it opened the item; NULL for items from other sources. */
static rc loop_state(struct ask *a, int64_t id, const struct json **out)
{
    struct buf text = {.arena = a->cx->arena};
    struct jw w = {.out = &text};
    struct measure_view v = ask_view(a);
    rc r = loop_item_write(a->cx, a->e->loop, &v, id, a->cx->lang, &w);
    if (r == RC_OK) r = json_parse(a->cx, buf_str(&text), out);
    if (r == RC_OK && !json_is(*out, JSON_OBJECT)) *out = NULL;
    return r;
}

static void copied_members(struct ask *a, const struct json *from, struct jw *out)
{
    static const char *const name[] = {"value", "target",       "gap",       "unit",
                                       "shown", "shown_target", "shown_gap", "state"};
    for (size_t i = 0; i < COUNTOF(name); i++) {
        const struct json *j = json_find(from, str_from(name[i]));
        struct buf text = {.arena = a->cx->arena};
        if (!j) continue;
        json_write(&text, j);
        jw_kraw(out, name[i], buf_str(&text));
    }
}

static rc item_line(struct ask *a, const struct record *item, struct jw *out)
{
    const struct app_field *f;
    const struct rec_value *due = value_of(item, "due", &f), *lead = value_of(item, "lead", &f);
    const struct json *state = NULL;
    rc r = loop_state(a, item->id, &state);
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
    if (r == RC_OK) r = org_write(a, lead ? lead->i64 : 0, out);
    due_write(a, due ? (day_t)due->i64 : DAY_NONE, out);
    moment_write(a->cx, "opened_at", item->created_us, out);
    copied_members(a, state, out);
    jw_end(out, '}');
    return r;
}

/* state: "open" (anything not closed), "closed" or empty: all. */
static rc items_find(struct ask *a, str state, str indicator, int limit, bool count,
                     struct rec_page *page)
{
    const struct app_type *type = item_type(a->e);
    str *operand = NEWS(a->cx->arena, str, 2);
    struct rec_filter *filter = NEWS(a->cx->arena, struct rec_filter, 2);
    struct rec_query q = {
        .type = type, .who = a->who, .filter = filter, .limit = limit, .count = count};
    const struct app_field *status = type ? app_field_find(type, STR("status")) : NULL,
                           *about = type ? app_field_find(type, STR("indicator")) : NULL;
    if (!type || rec_reach(a->who, type, ACT_READ) == REACH_NONE) return RC_OK;
    operand[0] = STR("closed");
    operand[1] = indicator;
    if (status && (str_eq(state, STR("open")) || str_eq(state, STR("closed"))))
        filter[q.filter_count++] =
            (struct rec_filter){.field = status,
                                .op = str_eq(state, STR("open")) ? REC_NE : REC_EQ,
                                .text = &operand[0],
                                .count = 1};
    if (about && indicator.len)
        filter[q.filter_count++] =
            (struct rec_filter){.field = about, .op = REC_EQ, .text = &operand[1], .count = 1};
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

rc item_of_indicator(struct ask *a, str indicator, struct jw *out)
{
    struct rec_page page = {0};
    rc r = items_find(a, STR("open"), indicator, 1, false, &page);
    if (r == RC_OK && page.len) return item_line(a, &page.at[0], out);
    jw_null(out);
    return r;
}

rc question_item_list(struct ask *a)
{
    return item_lines_write(a, json_text(a->params, STR("state")),
                            json_text(a->params, STR("indicator")), ITEMS_MAX, a->out);
}

static rc work_count(struct ask *a, int64_t *count)
{
    const struct app_type *type = catalogue_type(a->e->cat, STR("reform.work"));
    struct rec_query q = {.type = type, .who = a->who, .limit = 1, .count = true};
    struct rec_page page = {0};
    *count = 0;
    if (!type || rec_reach(a->who, type, ACT_READ) == REACH_NONE) return RC_OK;
    rc r = rec_find(a->cx, a->db, &q, &page);
    if (r == RC_OK) *count = page.total;
    return r;
}

/* "counts": what the menu and the cockpit's head show. */
rc counts_write(struct ask *a, struct jw *out)
{
    struct rec_page open = {0};
    int64_t overdue = 0, mine = 0, work = 0;
    rc r = items_find(a, STR("open"), (str){0}, ITEMS_MAX, true, &open);
    for (size_t i = 0; r == RC_OK && i < open.len; i++) {
        const struct app_field *f;
        const struct rec_value *due = value_of(&open.at[i], "due", &f);
        overdue += due && due->i64 < day_of_us(a->cx->now_us);
    }
    if (r == RC_OK) r = my_task_count(a, &mine);
    if (r == RC_OK) r = work_count(a, &work);
    jw_key(out, STR("counts"));
    jw_object(out);
    jw_ki64(out, "items_open", open.total > 0 ? open.total : (int64_t)open.len);
    jw_ki64(out, "items_red", overdue);
    jw_ki64(out, "tasks_mine", mine);
    jw_ki64(out, "work", work);
    jw_end(out, '}');
    return r;
}

/* ---- one item ---- */

struct timeline {
    struct ask *a;
    const struct app_type *type;
};

static rc timeline_entry(struct cx *cx, const struct ledger_entry *e, str hash_hex, void *data)
{
    (void)cx;
    (void)hash_hex;
    struct timeline *t = data;
    return event_is_inner(e) ? RC_OK : event_write(t->a, t->type, e, t->a->out);
}

static rc process_members(struct ask *a, const struct app_type *type, int64_t id)
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
        jw_kstr(a->out, "svg_url",
                arena_printf(a->cx->arena,
                             "/api/v1/processes/" STR_FMT "/diagram.svg?subject=%" PRId64,
                             STR_ARG(type->process->name), id));
    }
    return r;
}

/* The frozen reading with its indicator's course since, or null. */
static rc state_member(struct ask *a, const struct record *item)
{
    const struct app_field *f;
    const struct rec_value *name = value_of(item, "indicator", &f),
                           *period = value_of(item, "period", &f);
    const struct app_indicator *i = name ? catalogue_indicator(a->e->cat, name->text) : NULL;
    struct measure_view v = ask_view(a);
    struct buf text = {.arena = a->cx->arena};
    struct jw w = {.out = &text};
    struct period p;
    rc r = loop_item_write(a->cx, a->e->loop, &v, item->id, a->cx->lang, &w);
    jw_key(a->out, STR("item"));
    if (r != RC_OK || !i || !period || !period_parse(period->text, &p) ||
        !str_starts(buf_str(&text), STR("{"))) {
        jw_null(a->out);
        return r;
    }
    jw_object(a->out);
    jw_members(a->out, buf_str(&text));
    jw_kstr(a->out, "title", app_title_of(&i->title, a->cx->lang));
    jw_kstr(a->out, "closing",
            a->cx->lang == LANG_ZH ? STR("现值达到目标，或核查签字")
                                   : STR("the number is back, or an inspector signs"));
    jw_key(a->out, STR("series"));
    r = indicator_series_write(a->cx, &v, i, p, SERIES_PERIODS, root_org(a->cx, a->e, a->db),
                               a->out);
    jw_end(a->out, '}');
    return r;
}

rc question_item_get(struct ask *a)
{
    const struct app_type *type = item_type(a->e);
    struct record item = {0};
    struct timeline t = {.a = a, .type = type};
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
    if (r == RC_OK) r = state_member(a, &item);
    if (r == RC_OK && type->process) r = process_members(a, type, id);
    jw_key(a->out, STR("timeline"));
    jw_array(a->out);
    if (r == RC_OK)
        r = ledger_each(a->cx, a->db, type->name, id, 0, TIMELINE_MAX, timeline_entry, &t);
    jw_end(a->out, ']');
    jw_end(a->out, '}');
    return r;
}
