/* Questions about records: lists, one with its surroundings, history; exports and files. */
#include "engine/inside.h"

enum { FILTERS_MAX = 16, RELATED_SHOWN = 5, OPERANDS_MAX = 100 };

static const struct {
    const char *name;
    enum rec_op op;
} ops[] = {{"eq", REC_EQ},
           {"ne", REC_NE},
           {"lt", REC_LT},
           {"le", REC_LE},
           {"gt", REC_GT},
           {"ge", REC_GE},
           {"contains", REC_CONTAINS},
           {"in", REC_IN},
           {"null", REC_NULL},
           {"notnull", REC_NOT_NULL}};

static rc operands(struct cx *cx, str text, struct rec_filter *f)
{
    str *list = NEWS(cx->arena, str, OPERANDS_MAX);
    int n = 0;
    if (f->op != REC_IN) {
        list[n++] = text;
    } else {
        for (str rest = text; rest.len && n < OPERANDS_MAX;)
            list[n++] = str_cut(rest, '|', &rest);
    }
    f->text = list;
    f->count = n;
    return RC_OK;
}

/* "field:op:value" */
static rc filter_parse(struct cx *cx, const struct app_type *type, str text, struct rec_filter *out)
{
    str rest, value, name = str_cut(text, ':', &rest), op = str_cut(rest, ':', &value);
    out->field = app_field_find(type, name);
    if (!out->field)
        return err_set(cx, RC_INVALID, "list.unknown-field", "筛选条件中的字段“" STR_FMT "”不存在",
                       "the filter names field \"" STR_FMT "\", which does not exist",
                       STR_ARG(name));
    for (size_t i = 0; i < COUNTOF(ops); i++)
        if (str_eq(op, str_from(ops[i].name))) {
            out->op = ops[i].op;
            return operands(cx, value, out);
        }
    return err_set(cx, RC_INVALID, "list.unknown-operator",
                   "筛选条件“" STR_FMT "”不明,可用 eq ne lt le gt ge contains in null notnull",
                   "the filter's operator \"" STR_FMT
                   "\" is not one of eq ne lt le gt ge contains in null notnull",
                   STR_ARG(op));
}

static rc filters_parse(struct cx *cx, const struct app_type *type, const struct json *j,
                        struct rec_query *out)
{
    struct rec_filter *list = NEWS(cx->arena, struct rec_filter, FILTERS_MAX);
    out->filter = list;
    const struct json *at = json_is(j, JSON_ARRAY) ? j->child : j;
    for (; at; at = json_is(j, JSON_ARRAY) ? at->next : NULL) {
        if (out->filter_count == FILTERS_MAX)
            return err_set(cx, RC_LIMIT, "list.filters", "筛选条件最多 %d 个", "at most %d filters",
                           FILTERS_MAX);
        rc r = filter_parse(cx, type, at->text, &list[out->filter_count++]);
        if (r != RC_OK) return r;
    }
    return RC_OK;
}

rc record_query_of(struct cx *cx, struct engine *e, const struct json *params,
                   const struct actor *who, struct rec_query *out)
{
    int64_t limit = 0;
    *out = (struct rec_query){.who = who};
    rc r = param_type(cx, e, params, &out->type);
    if (r == RC_OK && json_find(params, STR("limit"))) r = param_i64(cx, params, "limit", &limit);
    if (r == RC_OK) r = filters_parse(cx, out->type, json_find(params, STR("filter")), out);
    if (r != RC_OK) return r;
    str sort = json_text(params, STR("sort"));
    if (str_starts(sort, STR("-"))) {
        out->descending = true;
        sort = str_slice(sort, 1, sort.len);
    }
    if (sort.len && !(out->sort = app_field_find(out->type, sort)))
        return err_set(cx, RC_INVALID, "list.unknown-field", "排序字段“" STR_FMT "”不存在",
                       "the sort field \"" STR_FMT "\" does not exist", STR_ARG(sort));
    out->limit = limit < 0 || limit > 500 ? 500 : (int)limit;
    out->where = json_text(params, STR("where"));
    out->search = str_trim(json_text(params, STR("q")));
    out->after = json_text(params, STR("after"));
    out->count = param_true(params, "count");
    out->voided = param_true(params, "voided");
    return RC_OK;
}

static rc page_write(struct ask *a, const struct rec_page *page)
{
    rc r = RC_OK;
    jw_key(a->out, STR("records"));
    jw_array(a->out);
    for (size_t i = 0; r == RC_OK && i < page->len; i++)
        r = rec_write_json(a->cx, a->db, a->who, &page->at[i], a->out);
    jw_end(a->out, ']');
    return r;
}

rc question_record_list(struct ask *a)
{
    struct rec_query q;
    struct rec_page page = {0};
    rc r = record_query_of(a->cx, a->e, a->params, a->who, &q);
    if (r == RC_OK) r = rec_find(a->cx, a->db, &q, &page);
    if (r != RC_OK) return r;
    jw_object(a->out);
    r = page_write(a, &page);
    jw_key(a->out, STR("next"));
    if (page.next.len)
        jw_str(a->out, page.next);
    else
        jw_null(a->out);
    if (page.total >= 0 && q.count) jw_ki64(a->out, "total", page.total);
    jw_end(a->out, '}');
    return r;
}

/* Records of other types that refer to this one. */
static rc related_write(struct ask *a, const struct app_type *type, int64_t id)
{
    const struct catalogue *c = a->e->cat;
    struct buf key = {.arena = a->cx->arena};
    buf_i64(&key, id);
    const str operand = buf_str(&key);
    rc r = RC_OK;
    jw_array(a->out);
    for (int i = 0; r == RC_OK && i < c->type_count; i++)
        for (int k = 0; r == RC_OK && k < c->type[i].field_count; k++) {
            const struct app_field *f = &c->type[i].field[k];
            if (f->ref != type || rec_reach(a->who, &c->type[i], ACT_READ) == REACH_NONE) continue;
            struct rec_filter filter = {.field = f, .op = REC_EQ, .text = &operand, .count = 1};
            struct rec_query q = {.type = &c->type[i],
                                  .who = a->who,
                                  .filter = &filter,
                                  .filter_count = 1,
                                  .limit = RELATED_SHOWN,
                                  .count = true};
            struct rec_page page = {0};
            r = rec_find(a->cx, a->db, &q, &page);
            if (r != RC_OK || !page.len) continue;
            jw_object(a->out);
            jw_kstr(a->out, "type", c->type[i].name);
            jw_kstr(a->out, "type_title", app_title_of(&c->type[i].title, a->cx->lang));
            jw_kstr(a->out, "field", f->name);
            jw_ki64(a->out, "total", page.total);
            r = page_write(a, &page);
            jw_end(a->out, '}');
        }
    jw_end(a->out, ']');
    return r;
}

rc record_of(struct ask *a, const struct app_type **type, struct record *out)
{
    int64_t id;
    rc r = param_type(a->cx, a->e, a->params, type);
    if (r == RC_OK) r = param_i64(a->cx, a->params, "id", &id);
    if (r == RC_OK) r = rec_load(a->cx, a->db, *type, id, out);
    if (r == RC_OK) r = rec_may(a->cx, a->db, a->who, ACT_READ, out);
    return r;
}

/* Every version, with the name of who made it. */
static rc history_write(struct ask *a, const struct app_type *type, int64_t id)
{
    struct buf text = {.arena = a->cx->arena};
    struct jw w = {.out = &text};
    const struct json *list = NULL;
    rc r = rec_history_write(a->cx, a->db, a->who, type, id, &w);
    if (r == RC_OK) r = json_parse(a->cx, buf_str(&text), &list);
    jw_array(a->out);
    for (const struct json *j = list ? list->child : NULL; j && r == RC_OK; j = j->next) {
        struct buf one = {.arena = a->cx->arena};
        json_write(&one, j);
        jw_object(a->out);
        jw_members(a->out, buf_str(&one));
        jw_kstr(a->out, "by_name", actor_name(a, json_text(j, STR("by"))));
        jw_end(a->out, '}');
    }
    jw_end(a->out, ']');
    return r;
}

/* RECORD, with members history, related, tasks where `include` names them: one request for a page. */
rc question_record_get(struct ask *a)
{
    const struct app_type *type;
    struct record record = {0};
    rc r = record_of(a, &type, &record);
    if (r != RC_OK) return r;
    str include = json_text(a->params, STR("include"));
    if (!include.len) return rec_write_json(a->cx, a->db, a->who, &record, a->out);
    struct buf text = {.arena = a->cx->arena};
    struct jw w = {.out = &text};
    r = rec_write_json(a->cx, a->db, a->who, &record, &w);
    jw_object(a->out);
    if (r == RC_OK) jw_members(a->out, buf_str(&text));
    if (r == RC_OK && str_index(include, STR("history")) != SIZE_MAX) {
        jw_key(a->out, STR("history"));
        r = history_write(a, type, record.id);
    }
    if (r == RC_OK && str_index(include, STR("related")) != SIZE_MAX) {
        jw_key(a->out, STR("related"));
        r = related_write(a, type, record.id);
    }
    if (r == RC_OK && type->process && str_index(include, STR("tasks")) != SIZE_MAX) {
        struct bpmn_task_query q = {.subject_id = record.id, .process = type->process->name};
        struct bpmn_tasks list = {0};
        r = bpmn_tasks_find(a->cx, a->e->processes, a->db, &q, &list);
        jw_key(a->out, STR("tasks"));
        if (r == RC_OK) r = tasks_write(a, &list, a->out);
    }
    jw_end(a->out, '}');
    return r;
}

rc question_record_history(struct ask *a)
{
    const struct app_type *type;
    struct record record = {0};
    rc r = record_of(a, &type, &record);
    return r == RC_OK ? history_write(a, type, record.id) : r;
}

/* ---- exports and files: rows and bytes, not JSON ---- */

struct each {
    struct engine *e;
    const struct json *params;
    const struct actor *who;
    engine_each_fn *run;
    void *data;
    struct cx *cx;
    struct db *db;
    struct arena row; /* what one record needs */
};

static rc each_record(struct cx *cx, const struct record *record, void *data)
{
    (void)cx;
    struct each *each = data;
    struct cx row = {.arena = &each->row, .lang = each->cx->lang, .now_us = each->cx->now_us};
    struct buf text = {.arena = &each->row};
    struct jw w = {.out = &text};
    rc r = rec_write_json(&row, each->db, each->who, record, &w);
    if (r == RC_OK) r = each->run(&row, buf_str(&text), each->data);
    if (r != RC_OK) r = err_copy(each->cx, &row.err);
    arena_reset(&each->row);
    return r;
}

static rc each_run(struct cx *cx, struct db *db, void *data)
{
    struct each *each = data;
    struct rec_query q;
    rc r = record_query_of(cx, each->e, each->params, each->who, &q);
    if (r != RC_OK) return r;
    if (rec_reach(each->who, q.type, ACT_EXPORT) == REACH_NONE)
        return err_set(cx, RC_DENIED, "record.denied", "您没有导出“" STR_FMT "”的权限",
                       "you may not export \"" STR_FMT "\"",
                       STR_ARG(app_title_of(&q.type->title, cx->lang)));
    each->cx = cx;
    each->db = db;
    return rec_each(cx, db, &q, each_record, each);
}

rc engine_each(struct cx *cx, struct engine *e, const struct json *params, const struct actor *who,
               engine_each_fn *run, void *data)
{
    struct each each = {.e = e, .params = params, .who = who, .run = run, .data = data};
    arena_init(&each.row, ARENA_DEFAULT_BYTES);
    rc r = engine_read(cx, e, each_run, &each);
    arena_done(&each.row);
    return r;
}

struct file {
    str hash, name, media_type, content;
    const struct actor *who;
    struct rec_file *out;
};

static rc file_get_run(struct cx *cx, struct db *db, void *data)
{
    struct file *f = data;
    return rec_file_get(cx, db, f->hash, f->out, &f->content);
}

rc engine_file(struct cx *cx, struct engine *e, const struct actor *who, str hash,
               struct rec_file *out, str *content)
{
    struct file f = {.hash = hash, .who = who, .out = out};
    bool reads = false;
    for (int i = 0; i < e->cat->type_count && !reads; i++)
        reads = rec_reach(who, &e->cat->type[i], ACT_READ) != REACH_NONE;
    if (!reads)
        return err_set(cx, RC_DENIED, "file.denied", "您没有查看附件的权限",
                       "you may not see files");
    rc r = engine_read(cx, e, file_get_run, &f);
    if (r == RC_OK) *content = f.content;
    return r;
}
