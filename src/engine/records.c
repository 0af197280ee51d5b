/* Commands on records: create, correct, void, import; files as evidence. */
#include "engine/inside.h"

/* The ledger's queue is written as a long import goes on: it need not fit into memory. */
enum {
    IMPORT_ERRORS_MAX = 100,
    IMPORT_ROW_BYTES = 1 << 20,
    IMPORT_CHUNK_ROWS = 500,
    IMPORT_CHUNK_BYTES = 8 << 20,
    IMPORT_AHEAD_BYTES = 32 << 20,
    FLUSH_ROWS = 5000
};

void news_record(struct engine *e, const struct app_type *type, int64_t id)
{
    struct news *n = &e->news;
    if (!map_find(&n->types, type->name)) {
        map_put(&n->types, &n->arena, type->name, e);
        for (int i = 0; i < e->cat->indicator_count; i++)
            for (int k = 0; k < e->cat->indicator[i].use_count; k++)
                if (e->cat->indicator[i].uses[k]->type == type) {
                    *vec_add(&n->arena, &n->indicators) = &e->cat->indicator[i];
                    break;
                }
    }
    enum { NEWS_MAX = 64 };
    if (n->records.len < NEWS_MAX) *vec_add(&n->arena, &n->records) = (struct behind){type, id};
    if (type == item_type(e)) n->items = true;
}

rc engine_create(struct turn *t, const struct app_type *type, const struct json *fields, str reason,
                 const struct actor *who, struct record *out)
{
    rc r = rec_create(t->cx, t->e->records, t->db, who, type, fields, reason, out);
    if (r != RC_OK) return r;
    news_record(t->e, type, out->id);
    if (!type->process) return RC_OK;
    int64_t instance = 0;
    t->e->news.tasks = true;
    struct turn own = *t;
    own.who = *who;
    return process_start(&own, t->cx, type->process, out->id, NULL, (str){0}, &instance);
}

/* The record as it stands after the process moved it, as the answer. */
static rc answer_record(struct turn *t, const struct app_type *type, int64_t id)
{
    struct record r = {0};
    rc result = rec_load(t->cx, t->db, type, id, &r);
    return result == RC_OK ? rec_write_json(t->cx, t->db, &t->who, &r, &t->out) : result;
}

static rc needs_fields(struct turn *t, const struct json **out)
{
    *out = json_find(t->params, STR("fields"));
    if (json_is(*out, JSON_OBJECT)) return RC_OK;
    return err_set(t->cx, RC_INVALID, "request.parameter", "缺少“fields”(字段与值)",
                   "\"fields\" (an object) is missing");
}

rc command_record_create(struct turn *t)
{
    const struct app_type *type;
    const struct json *fields;
    struct record made = {0};
    rc r = param_type(t->cx, t->e, t->params, &type);
    if (r == RC_OK) r = needs_fields(t, &fields);
    if (r == RC_OK)
        r = engine_create(t, type, fields, json_text(t->params, STR("reason")), &t->who, &made);
    if (r != RC_OK) return r;
    return type->process ? answer_record(t, type, made.id)
                         : rec_write_json(t->cx, t->db, &t->who, &made, &t->out);
}

rc command_record_correct(struct turn *t)
{
    const struct app_type *type;
    const struct json *fields;
    int64_t id, version = 0;
    struct record now = {0};
    rc r = param_type(t->cx, t->e, t->params, &type);
    if (r == RC_OK) r = param_i64(t->cx, t->params, "id", &id);
    if (r == RC_OK) r = needs_fields(t, &fields);
    if (r != RC_OK) return r;
    (void)json_i64(json_find(t->params, STR("version")), &version);
    r = rec_correct(t->cx, t->e->records, t->db, &t->who, type, id, version, fields,
                    json_text(t->params, STR("reason")), &now);
    if (r == RC_OK) r = process_look(t, t->cx, type, id);
    if (r != RC_OK) return r;
    news_record(t->e, type, id);
    return rec_write_json(t->cx, t->db, &t->who, &now, &t->out);
}

rc command_record_void(struct turn *t)
{
    const struct app_type *type;
    int64_t id, version = 0;
    str reason;
    rc r = param_type(t->cx, t->e, t->params, &type);
    if (r == RC_OK) r = param_i64(t->cx, t->params, "id", &id);
    if (r == RC_OK) r = param_text(t->cx, t->params, "reason", &reason);
    if (r != RC_OK) return r;
    (void)json_i64(json_find(t->params, STR("version")), &version);
    r = rec_void(t->cx, t->e->records, t->db, &t->who, type, id, version, reason);
    if (r == RC_OK) news_record(t->e, type, id);
    if (r == RC_OK) r = answer_record(t, type, id);
    return r;
}

/* ---- import: many rows, one command ---- */

struct import {
    struct turn *t;
    const struct app_type *type;
    int64_t rows, created, corrected, unchanged, faulty;
    struct buf faults; /* the JSON list of errors */
    struct jw w;
};

static void import_fault(struct import *i, int64_t line, const struct err *e)
{
    if (++i->faulty > IMPORT_ERRORS_MAX) return;
    jw_object(&i->w);
    jw_ki64(&i->w, "line", line);
    if (e->field.len) jw_kstr(&i->w, "field", e->field);
    jw_kstr(&i->w, "slug", str_from(e->slug));
    jw_kstr(&i->w, "detail", e->detail);
    if (e->hint.len) jw_kstr(&i->w, "hint", e->hint);
    jw_end(&i->w, '}');
}

static bool fault_of_row(rc r)
{
    return r == RC_INVALID || r == RC_CONFLICT || r == RC_MISSING || r == RC_LIMIT;
}

static rc import_row(struct import *i, struct cx *row, const struct json *fields, int64_t line)
{
    struct turn *t = i->t;
    struct record made = {0};
    char did = '=';
    rc r = RC_OK;
    if (i->type->key_count) {
        r = rec_upsert(row, t->e->records, t->db, &t->who, i->type, fields,
                       json_text(t->params, STR("reason")), &made, &did);
        if (r == RC_OK && did == 'u') r = process_look(t, row, i->type, made.id);
        if (r == RC_OK && did == 'c' && i->type->process) {
            int64_t instance = 0;
            r = process_start(t, row, i->type->process, made.id, NULL, (str){0}, &instance);
        }
    } else {
        did = 'c';
        r = engine_create(t, i->type, fields, json_text(t->params, STR("reason")), &t->who, &made);
    }
    if (r == RC_OK) {
        i->created += did == 'c';
        i->corrected += did == 'u';
        i->unchanged += did == '=';
        if (did != '=') news_record(t->e, i->type, made.id);
    } else if (fault_of_row(r)) {
        import_fault(i, line, &row->err);
        r = RC_OK;
    }
    return r;
}

/* Rows are taken in chunks, so that records can read ahead for all of them. */
struct import_chunk {
    struct arena arena;
    struct import_line {
        const struct json *fields;
        int64_t line;
        struct err fault; /* code RC_OK: none */
    } at[IMPORT_CHUNK_ROWS];
    size_t len;
    bool last;
};

static rc chunk_read(struct import *i, struct import_chunk *c, struct command_rows *rows)
{
    const struct cx *whole = i->t->cx;
    rc r = RC_OK;
    arena_reset(&c->arena);
    c->len = 0;
    while (r == RC_OK && !c->last && c->len < IMPORT_CHUNK_ROWS &&
           c->arena.used_bytes < IMPORT_CHUNK_BYTES && !c->arena.exhausted) {
        struct cx row = {.arena = &c->arena, .lang = whole->lang, .now_us = whole->now_us};
        struct import_line *l = &c->at[c->len];
        *l = (struct import_line){0};
        c->arena.budget_bytes = c->arena.used_bytes + IMPORT_ROW_BYTES;
        r = rows->next(rows->owner, &row, &l->fields, &l->line);
        c->last = r == RC_OK && !l->fields;
        if (r != RC_OK && !(fault_of_row(r) && l->line)) {
            r = err_copy(i->t->cx, &row.err);
        } else if (!c->last) {
            l->fault = row.err;
            c->len++;
            r = RC_OK;
        }
    }
    return r;
}

static rc chunk_ahead(struct import *i, const struct import_chunk *c, struct arena *scratch)
{
    const struct json *fields[IMPORT_CHUNK_ROWS];
    struct cx ahead = {.arena = scratch, .lang = i->t->cx->lang, .now_us = i->t->cx->now_us};
    size_t count = 0;
    for (size_t k = 0; k < c->len; k++)
        if (c->at[k].fault.code == RC_OK) fields[count++] = c->at[k].fields;
    scratch->budget_bytes = IMPORT_AHEAD_BYTES;
    rc r = rec_ahead(&ahead, i->t->e->records, i->type, fields, count);
    if (r != RC_OK) r = err_copy(i->t->cx, &ahead.err);
    scratch->budget_bytes = IMPORT_ROW_BYTES;
    return r;
}

static rc chunk_run(struct import *i, const struct import_chunk *c, struct arena *scratch)
{
    struct turn *t = i->t;
    struct cx *whole = t->cx;
    rc r = c->len > 1 ? chunk_ahead(i, c, scratch) : RC_OK;
    for (size_t k = 0; k < c->len && r == RC_OK; k++) {
        const struct import_line *l = &c->at[k];
        struct cx row = {.arena = scratch, .lang = whole->lang, .now_us = whole->now_us};
        arena_reset(scratch);
        i->rows++;
        if (l->fault.code != RC_OK) {
            import_fault(i, l->line, &l->fault);
            continue;
        }
        t->cx = &row; /* what the row makes lives as long as the row */
        r = import_row(i, &row, l->fields, l->line);
        t->cx = whole;
        if (r != RC_OK) r = err_copy(whole, &row.err);
        if (r == RC_OK && i->rows % FLUSH_ROWS == 0) r = ledger_flush(whole, t->e->ledger, t->db);
    }
    arena_reset(scratch);
    return r;
}

static rc import_rows(struct import *i, struct command_rows *rows)
{
    struct import_chunk *c = NEW(i->t->cx->arena, struct import_chunk);
    struct arena scratch;
    arena_init(&scratch, IMPORT_ROW_BYTES);
    arena_init(&c->arena, IMPORT_ROW_BYTES);
    rc r = RC_OK;
    while (r == RC_OK && !c->last) {
        r = chunk_read(i, c, rows);
        rc ran = chunk_run(i, c, &scratch);
        if (r == RC_OK) r = ran;
    }
    arena_done(&c->arena);
    arena_done(&scratch);
    return r;
}

/* Rows given in the command itself: params.rows, a list of field objects. */
static rc rows_of_params(void *owner, struct cx *cx, const struct json **fields, int64_t *line)
{
    (void)cx;
    const struct json **at = owner;
    *fields = *at;
    if (*at) {
        *line = (int64_t)(*at)->pos.line;
        *at = (*at)->next;
    }
    return RC_OK;
}

static void import_answer(struct import *i)
{
    struct jw *w = &i->t->out;
    jw_object(w);
    jw_ki64(w, "rows", i->rows);
    jw_ki64(w, "created", i->created);
    jw_ki64(w, "corrected", i->corrected);
    jw_ki64(w, "unchanged", i->unchanged);
    jw_ki64(w, "faulty", i->faulty);
    jw_kraw(w, "errors", buf_str(&i->faults));
    jw_end(w, '}');
}

rc command_record_import(struct turn *t)
{
    struct import i = {.t = t};
    rc r = param_type(t->cx, t->e, t->params, &i.type);
    if (r != RC_OK) return r;
    if (rec_reach(&t->who, i.type, ACT_IMPORT) == REACH_NONE &&
        rec_reach(&t->who, i.type, ACT_CREATE) == REACH_NONE)
        return err_set(t->cx, RC_DENIED, "record.denied", "您没有导入“" STR_FMT "”的权限",
                       "you may not import \"" STR_FMT "\"",
                       STR_ARG(app_title_of(&i.type->title, t->cx->lang)));
    i.faults.arena = t->cx->arena;
    i.w.out = &i.faults;
    jw_array(&i.w);
    const struct json *list = json_find(t->params, STR("rows")), *at = list ? list->child : NULL;
    struct command_rows own = {.owner = &at, .next = rows_of_params};
    r = import_rows(&i, t->c->rows ? t->c->rows : &own);
    jw_end(&i.w, ']');
    if (r != RC_OK) return r;
    if (i.faulty && !param_true(t->params, "partial")) {
        r = err_set(t->cx, RC_INVALID, "import.rows", "%" PRId64 " 行有误,未导入任何数据",
                    "%" PRId64 " rows have errors; nothing was imported", i.faulty);
        t->cx->err.extra = buf_str(&i.faults);
        err_hint(t->cx, "改正后重新导入,或选择只导入无误的行",
                 "mend them and import again, or import the good rows only");
        return r;
    }
    import_answer(&i);
    return RC_OK;
}

/* ---- files ---- */

/* {name, media_type}, the bytes beside them. */
rc command_file_put(struct turn *t)
{
    str name;
    struct rec_file kept = {0};
    rc r = param_text(t->cx, t->params, "name", &name);
    if (r == RC_OK)
        r = rec_file_put(t->cx, t->db, &t->who, name, json_text(t->params, STR("media_type")),
                         t->c->content, &kept);
    if (r != RC_OK) return r;
    jw_object(&t->out);
    jw_kstr(&t->out, "hash", kept.hash);
    jw_kstr(&t->out, "name", kept.name);
    jw_ki64(&t->out, "bytes", kept.bytes);
    jw_kstr(&t->out, "media_type", kept.media_type);
    jw_end(&t->out, '}');
    return RC_OK;
}
