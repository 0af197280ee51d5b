/* The audit of records: what the tables hold is what the ledger says, references point at live
 * records, natural keys are unique, counts are right.  One record at a time: memory is bounded. */
#include "record/parts.h"

struct audit {
    struct cx *cx;  /* the caller's: findings and errors */
    struct cx work; /* with an arena emptied record by record */
    struct arena arena;
    struct db *db;
    const struct catalogue *catalogue;
    int64_t checks, broken;
};

/* One more check made; `sound` false: a finding. */
static void verdict(struct audit *a, bool sound, const struct app_type *t, int64_t id,
                    const char *zh, const char *en)
{
    a->checks++;
    if (sound) return;
    a->broken++;
    const char *says = a->cx->lang == LANG_ZH ? zh : en;
    (void)!err_set(a->cx, RC_CONFLICT, "record.audit", "“" STR_FMT "”的记录 %" PRId64 "：%s",
                   "\"" STR_FMT "\", record %" PRId64 ": %s",
                   STR_ARG(app_title_of(&t->title, a->cx->lang)), id, says);
    if (a->cx->findings)
        err_collect(a->cx);
    else
        err_clear(a->cx);
}

/* ---- a record against its entries ---- */

struct replay {
    struct audit *audit;
    const struct app_type *type;
    struct rec_value *value;
    int64_t version, seen, last_seq, created_us, changed_us;
    str created_by;
    bool voided, readable;
};

static void side_apply(struct replay *p, const struct json *fields, bool clear)
{
    for (int i = 0; i < p->type->field_count; i++) {
        const struct app_field *f = &p->type->field[i];
        const struct json *j = json_find(fields, f->name);
        struct rec_value *v = &p->value[i];
        struct cx quiet = {.arena = &p->audit->arena};
        if (!j) continue;
        *v = (struct rec_value){0};
        if (clear) continue;
        if (f->kind == FIELD_REF)
            v->present = json_i64(j, &v->i64);
        else if (rec_value_from_json(&quiet, f, j, v) != RC_OK)
            p->readable = false;
    }
}

static rc entry_apply(struct cx *cx, const struct ledger_entry *e, str hash, void *data)
{
    struct replay *p = data;
    const struct json *fields = NULL;
    (void)hash;
    p->seen++;
    p->last_seq = e->seq;
    if (!str_starts(e->act, STR("record."))) return RC_OK;
    p->version++;
    p->changed_us = e->at_us;
    if (str_eq(e->act, STR("record.void"))) {
        p->voided = true;
        return RC_OK;
    }
    if (p->version == 1) {
        p->created_us = e->at_us;
        p->created_by = arena_dup(&p->audit->arena, e->actor);
    }
    /* parsed from a copy: the row's text is gone when the next entry is read */
    rc r = e->after.len ? json_parse(cx, arena_dup(cx->arena, e->after), &fields) : RC_OK;
    if (r == RC_OK) side_apply(p, fields, false);
    return r;
}

static rc replay_run(struct audit *a, struct replay *p, int64_t id)
{
    enum { AT_ONCE = 500 };
    rc r = RC_OK;
    do {
        p->seen = 0;
        r = ledger_each(&a->work, a->db, p->type->name, id, p->last_seq, AT_ONCE, entry_apply, p);
    } while (r == RC_OK && p->seen == AT_ONCE);
    return r;
}

static rc against_ledger(struct audit *a, const struct record *r)
{
    const struct app_type *t = r->type;
    struct replay p = {.audit = a, .type = t, .readable = true};
    p.value = NEWS(&a->arena, struct rec_value, (size_t)t->field_count);
    rc result = replay_run(a, &p, r->id);
    if (result != RC_OK) return result;
    verdict(a, p.version == r->version, t, r->id, "版本数与账本不符",
            "its version is not that of the ledger");
    verdict(a, p.voided == r->voided, t, r->id, "作废状态与账本不符",
            "void or not differs from the ledger");
    verdict(a,
            p.created_us == r->created_us && p.changed_us == r->changed_us &&
                str_eq(p.created_by, r->created_by),
            t, r->id, "建立者或时间与账本不符", "who made it, or when, differs from the ledger");
    for (int i = 0; i < t->field_count && p.readable; i++)
        if (!rec_value_same(&t->field[i], &p.value[i], &r->value[i]))
            verdict(a, false, t, r->id,
                    arena_cstr(&a->arena, arena_printf(&a->arena, "字段 " STR_FMT " 与账本不符",
                                                       STR_ARG(t->field[i].name))),
                    arena_cstr(&a->arena,
                               arena_printf(&a->arena, "field " STR_FMT " differs from the ledger",
                                            STR_ARG(t->field[i].name))));
    a->checks++;
    return RC_OK;
}

static rc references_check(struct audit *a, const struct record *r)
{
    rc result = RC_OK;
    for (int i = 0; i < r->type->field_count && result == RC_OK && !r->voided; i++) {
        const struct app_field *f = &r->type->field[i];
        bool live = false;
        if (f->kind != FIELD_REF || !r->value[i].present) continue;
        result = rec_ref_live(&a->work, a->db, f->ref, r->value[i].i64, &live);
        if (result == RC_OK)
            verdict(
                a, live, r->type, r->id,
                arena_cstr(&a->arena, arena_printf(&a->arena, "字段 " STR_FMT " 引用的记录不存在",
                                                   STR_ARG(f->name))),
                arena_cstr(&a->arena, arena_printf(&a->arena, "field " STR_FMT " refers to nothing",
                                                   STR_ARG(f->name))));
    }
    return result;
}

static rc rows_check(struct audit *a, const struct app_type *t)
{
    DB_ROWS rows = {0};
    bool more = false;
    struct sqlb b = {.text.arena = a->cx->arena};
    struct record it = {.value = NEWS(a->cx->arena, struct rec_value, (size_t)t->field_count)};
    sqlb_add(&b, "SELECT ");
    rec_columns_write(&b.text, t);
    sqlb_add(&b, " FROM ");
    sql_name_write(&b.text, t->table);
    sqlb_add(&b, " WHERE site = $site ORDER BY id");
    rc r = sqlb_scan(a->cx, a->db, &b, &rows);
    while (r == RC_OK && (r = db_next(a->cx, &rows, &more)) == RC_OK && more) {
        rec_row_view(&rows, t, &it);
        r = against_ledger(a, &it);
        if (r == RC_OK) r = references_check(a, &it);
        if (r != RC_OK) {
            struct err e = a->work.err;
            r = a->cx->err.code ? a->cx->err.code : err_copy(a->cx, &e);
        }
        arena_reset(&a->arena);
    }
    return r;
}

/* ---- keys ---- */

static rc keys_check(struct audit *a, const struct app_type *t)
{
    DB_ROWS rows = {0};
    bool more = false;
    struct sqlb b = {.text.arena = a->cx->arena};
    if (t->key_count == 0) return RC_OK;
    sqlb_add(&b, "SELECT MIN(id) FROM ");
    sql_name_write(&b.text, t->table);
    sqlb_add(&b, " WHERE site = $site AND voided = 0 GROUP BY ");
    for (int i = 0; i < t->key_count; i++) {
        if (i) sqlb_add(&b, ", ");
        sql_name_write(&b.text, t->field[t->key[i]].name);
    }
    sqlb_add(&b, " HAVING COUNT(*) > 1 ORDER BY 1");
    rc r = sqlb_scan(a->cx, a->db, &b, &rows);
    while (r == RC_OK && (r = db_next(a->cx, &rows, &more)) == RC_OK && more)
        verdict(a, false, t, db_i64(&rows, 0), "还有别的记录与它主键相同",
                "another record has the same key");
    a->checks++;
    return r;
}

/* ---- entries against the rows ---- */

struct entries {
    struct audit *audit;
    int64_t seen, last_seq;
};

static rc entry_check(struct cx *cx, const struct ledger_entry *e, str hash, void *data)
{
    struct entries *n = data;
    struct audit *a = n->audit;
    int64_t found = 0;
    (void)hash;
    n->seen++;
    n->last_seq = e->seq;
    const struct app_type *t =
        str_eq(e->act, STR("record.create")) ? catalogue_type(a->catalogue, e->subject) : NULL;
    if (!t) return RC_OK;
    struct sqlb b = {.text.arena = cx->arena};
    sqlb_add(&b, "SELECT 1 FROM ");
    sql_name_write(&b.text, t->table);
    sqlb_add(&b, " WHERE site = $site AND id = ");
    sqlb_arg(&b, DB_I(e->subject_id));
    rc r = sqlb_number(cx, a->db, &b, &found);
    if (r == RC_OK)
        verdict(a, found != 0, t, e->subject_id, "账本里有，表里没有",
                "the ledger has it, the table has not");
    return r;
}

static rc entries_check(struct audit *a)
{
    enum { AT_ONCE = 500 };
    struct entries n = {.audit = a};
    rc r = RC_OK;
    do {
        n.seen = 0;
        r = ledger_each(&a->work, a->db, STR(""), 0, n.last_seq, AT_ONCE, entry_check, &n);
        if (r != RC_OK) r = err_copy(a->cx, &a->work.err);
        arena_reset(&a->arena);
    } while (r == RC_OK && n.seen == AT_ONCE);
    return r;
}

/* ---- counts ---- */

/* Every kept count against a count of the rows. */
static rc counts_check(struct audit *a, const struct app_type *t)
{
    const struct app_field *none = NULL;
    rc r = RC_OK;
    for (int i = -1; i < t->field_count && r == RC_OK; i++) {
        const struct app_field *f = i < 0 ? none : &t->field[i];
        bool sound = true, kept = true;
        if (f && !rec_is_counted(f)) continue;
        r = rec_counts_compare(&a->work, a->db, t, f, &kept, &sound);
        if (r != RC_OK) r = err_copy(a->cx, &a->work.err);
        if (r == RC_OK && kept)
            verdict(
                a, sound, t, 0,
                f ? arena_cstr(&a->arena, arena_printf(&a->arena, "字段 " STR_FMT " 的计数不对",
                                                       STR_ARG(f->name)))
                  : "计数不对",
                f ? arena_cstr(&a->arena,
                               arena_printf(&a->arena, "the counts of field " STR_FMT " are wrong",
                                            STR_ARG(f->name)))
                  : "the count is wrong");
        arena_reset(&a->arena);
    }
    return r;
}

rc rec_audit(struct cx *cx, struct db *db, const struct catalogue *c, int64_t *checks,
             int64_t *broken)
{
    struct audit a = {.cx = cx, .db = db, .catalogue = c};
    rc r = RC_OK;
    arena_init(&a.arena, ARENA_DEFAULT_BYTES);
    a.work = (struct cx){
        .arena = &a.arena, .lang = cx->lang, .now_us = cx->now_us, .deadline_us = cx->deadline_us};
    for (int i = 0; i < c->type_count && r == RC_OK; i++) {
        r = rows_check(&a, &c->type[i]);
        if (r == RC_OK) r = keys_check(&a, &c->type[i]);
        if (r == RC_OK) r = counts_check(&a, &c->type[i]);
    }
    if (r == RC_OK) r = entries_check(&a);
    arena_done(&a.arena);
    *checks = a.checks;
    *broken = a.broken;
    return r;
}
