/* Writing: create, correct, void, upsert.  One order for all: check, rights, row, search index, counts,
 * ledger, listener. */
#include "record/search.h"

static struct rec_type *type_of(struct rec_store *s, const struct app_type *t)
{
    CHECK(s->type[t->index].type == t);
    return &s->type[t->index];
}

static str actor_name(const struct actor *who)
{
    return who->code.len || !who->system ? who->code : STR("system");
}

/* ---- the ledger ---- */

static bool changed(const struct record *a, const struct record *b, int i)
{
    return !rec_value_same(&a->type->field[i], &a->value[i], &b->value[i]);
}

/* The fields of r: all that are present, or those in which it differs from other. */
static str fields_json(struct buf *b, const struct record *r, const struct record *other)
{
    if (!r) return STR("");
    struct jw w = {.out = b};
    b->len = 0;
    jw_object(&w);
    for (int i = 0; i < r->type->field_count; i++) {
        if (other ? !changed(r, other, i) : !r->value[i].present) continue;
        jw_key(&w, r->type->field[i].name);
        rec_value_write(&w, &r->type->field[i], &r->value[i]);
    }
    jw_end(&w, '}');
    return buf_str(b);
}

struct written {
    struct rec_store *store;
    struct rec_type *type;
    const struct actor *who;
    const struct record *before, *after; /* NULL: created, voided */
    const char *act;
    str reason;
};

static rc search_add(struct cx *cx, const struct written *w, struct db *db, const struct record *r)
{
    struct rec_store *s = w->store;
    struct db_val v[1 + REC_TERM_COLUMNS];
    s->index->terms(s->initials, db, r, &s->terms);
    return db_exec(cx, db, &w->type->search_add, v,
                   rec_index_values(s->index, r->id, &s->terms, v));
}

static rc search_take(struct cx *cx, const struct written *w, struct db *db, const struct record *r)
{
    struct rec_store *s = w->store;
    struct db_val v[1 + REC_TERM_COLUMNS];
    if (!s->index->take_by_terms)
        return db_exec(cx, db, &w->type->search_take, DB_ARGS(DB_I(r->id)));
    s->index->terms(s->initials, db, r, &s->terms);
    return db_exec(cx, db, &w->type->search_take, v,
                   rec_index_values(s->index, r->id, &s->terms, v));
}

static bool search_changed(const struct written *w)
{
    const struct app_type *t = w->type->type;
    if (!w->type->searches) return false;
    if (!w->before || !w->after) return true;
    for (int i = 0; i < t->field_count; i++)
        if (t->field[i].search && changed(w->before, w->after, i)) return true;
    return false;
}

/* What follows the row: index, counts, ledger, listener. */
static rc follow(struct cx *cx, struct db *db, const struct written *w)
{
    struct rec_store *s = w->store;
    const struct record *r = w->after ? w->after : w->before;
    rc result = RC_OK;
    if (search_changed(w)) {
        if (w->before) result = search_take(cx, w, db, w->before);
        if (result == RC_OK && w->after) result = search_add(cx, w, db, w->after);
    }
    if (result != RC_OK) return result;
    rec_ahead_written(cx, s, w->before, w->after);
    rec_counts_changed(s->counts, w->before, w->after);
    struct ledger_entry e = {.at_us = cx->now_us,
                             .actor = actor_name(w->who),
                             .act = str_from(w->act),
                             .subject = r->type->name,
                             .subject_id = r->id,
                             .before = fields_json(&s->before, w->before, w->after),
                             .after = fields_json(&s->after, w->after, w->before),
                             .reason = w->reason};
    result = ledger_add(cx, s->env.ledger, &e);
    if (result == RC_OK && s->env.listener.changed)
        result = s->env.listener.changed(s->env.listener.owner, cx, db, w->before, w->after);
    return result;
}

/* ---- create ---- */

rc rec_key_holder(struct cx *cx, struct rec_store *s, struct rec_type *rt, const struct record *r,
                  int64_t *id)
{
    enum { KEY_MAX = 16 };
    struct db_val arg[KEY_MAX];
    const struct app_type *t = rt->type;
    DB_ROWS rows = {0};
    bool more = false;
    *id = 0;
    CHECK(t->key_count <= KEY_MAX);
    if (t->key_count == 0) return RC_OK;
    for (int i = 0; i < t->key_count; i++)
        arg[i] = rec_value_db(cx->arena, &t->field[t->key[i]], &r->value[t->key[i]]);
    rc result = db_query(cx, s->db, &rt->by_key, arg, (size_t)t->key_count, &rows);
    if (result == RC_OK) result = db_next(cx, &rows, &more);
    if (result == RC_OK && more) *id = db_i64(&rows, 0);
    return result;
}

static rc key_holder(struct cx *cx, struct rec_store *s, struct rec_type *rt,
                     const struct record *r, int64_t *id)
{
    return rec_ahead_holder(cx, s, r, id) ? RC_OK : rec_key_holder(cx, s, rt, r, id);
}

static rc duplicate(struct cx *cx, struct db *db, const struct record *r, int64_t id)
{
    const struct app_type *t = r->type;
    str key = rec_key_text(cx, db, r);
    rc result =
        err_set(cx, RC_CONFLICT, "record.duplicate", "已有主键为“" STR_FMT "”的“" STR_FMT "”",
                "There already is one with the key \"" STR_FMT "\" among \"" STR_FMT "\"",
                STR_ARG(key), STR_ARG(app_title_of(&t->title, cx->lang)));
    err_hint(cx, "编号 %" PRId64 "：请更正它，或换一个主键",
             "It is record %" PRId64 ": correct that one, or choose another key", id);
    err_field(cx, t->field[t->key[0]].name);
    return result;
}

static rc row_insert(struct cx *cx, struct db *db, struct rec_type *rt, const struct record *r)
{
    const struct app_type *t = rt->type;
    const size_t count = REC_SYSTEM_COLUMNS + (size_t)t->field_count;
    struct db_val *v = NEWS(cx->arena, struct db_val, count);
    v[0] = DB_I(r->id);
    v[1] = DB_I(r->version);
    v[2] = DB_I(r->created_us);
    v[3] = DB_I(r->changed_us);
    v[4] = DB_T(r->created_by);
    v[5] = DB_I(0);
    for (int i = 0; i < t->field_count; i++)
        v[REC_SYSTEM_COLUMNS + i] = rec_value_db(cx->arena, &t->field[i], &r->value[i]);
    return db_exec(cx, db, &rt->insert, v, count);
}

static rc draft_new(struct cx *cx, struct rec_draft *d, const struct json *fields)
{
    const struct app_type *t = d->type->type;
    d->now = (struct record){.type = t,
                             .version = 1,
                             .created_us = cx->now_us,
                             .changed_us = cx->now_us,
                             .created_by = actor_name(d->who)};
    d->now.value = NEWS(cx->arena, struct rec_value, (size_t)t->field_count);
    return rec_draft_fill(cx, d, fields);
}

static rc created(struct cx *cx, struct db *db, struct rec_draft *d, struct rec_type *rt,
                  str reason, struct record *out)
{
    struct rec_store *s = d->store;
    rc r = rec_store_may(cx, s, d->who, ACT_CREATE, &d->now);
    if (r != RC_OK) return r;
    d->now.id = s->env.next_id(s->env.id_owner);
    r = row_insert(cx, db, rt, &d->now);
    if (r != RC_OK) return r;
    rt->made++;
    rec_org_changed(s, rt->type);
    const struct written w = {s, rt, d->who, NULL, &d->now, "record.create", reason};
    r = follow(cx, db, &w);
    if (r == RC_OK) *out = d->now;
    return r;
}

rc rec_create(struct cx *cx, struct rec_store *s, struct db *db, const struct actor *who,
              const struct app_type *type, const struct json *fields, str reason,
              struct record *out)
{
    struct rec_type *rt = type_of(s, type);
    struct rec_draft d = {.store = s, .type = rt, .who = who};
    int64_t other = 0;
    if (rec_reach(who, type, ACT_CREATE) == REACH_NONE) return rec_denied(cx, ACT_CREATE, type);
    rc r = draft_new(cx, &d, fields);
    if (r == RC_OK) r = key_holder(cx, s, rt, &d.now, &other);
    if (r == RC_OK && other) r = duplicate(cx, db, &d.now, other);
    return r == RC_OK ? created(cx, db, &d, rt, reason, out) : r;
}

/* ---- correct ---- */

static rc row_update(struct cx *cx, struct db *db, const struct record *before,
                     const struct record *now)
{
    const struct app_type *t = now->type;
    struct sqlb b = {.text.arena = cx->arena};
    sqlb_add(&b, "UPDATE ");
    sql_name_write(&b.text, t->table);
    sqlb_add(&b, " SET version = ");
    sqlb_arg(&b, DB_I(now->version));
    sqlb_add(&b, ", changed_us = ");
    sqlb_arg(&b, DB_I(now->changed_us));
    for (int i = 0; i < t->field_count; i++) {
        if (!changed(before, now, i)) continue;
        sqlb_add(&b, ", ");
        sql_name_write(&b.text, t->field[i].name);
        sqlb_add(&b, " = ");
        sqlb_arg(&b, rec_value_db(cx->arena, &t->field[i], &now->value[i]));
    }
    sqlb_add(&b, " WHERE site = $site AND id = ");
    sqlb_arg(&b, DB_I(now->id));
    return db_exec_text(cx, db, buf_str(&b.text), b.arg.at, b.arg.len);
}

static bool differs(const struct record *a, const struct record *b)
{
    for (int i = 0; i < a->type->field_count; i++)
        if (changed(a, b, i)) return true;
    return false;
}

/* The record just loaded, if `who` may do `act` to it and it is the version expected. */
static rc current_check(struct cx *cx, const struct written *w, struct db *db, int64_t version,
                        enum act act, struct record *out)
{
    const struct app_type *t = w->type->type;
    const int64_t id = out->id;
    rc r = rec_store_may(cx, w->store, w->who, act, out);
    if (r != RC_OK) return r;
    if (version && version != out->version)
        return rec_stale(cx, w->store, db, w->who, out, version);
    if (out->voided)
        return err_set(cx, RC_CONFLICT, "record.voided", "编号为 %" PRId64 " 的“" STR_FMT "”已作废",
                       "Record %" PRId64 " of \"" STR_FMT "\" is void", id,
                       STR_ARG(app_title_of(&t->title, cx->lang)));
    for (int i = 0; i < t->field_count && r == RC_OK; i++) { /* the listener wants the keys */
        struct rec_value *v = &out->value[i];
        struct rec_ref ref;
        if (t->field[i].kind != FIELD_REF || !v->present) continue;
        r = rec_ref_find(cx, w->store, t->field[i].ref,
                         &(struct rec_given){.is_id = true, .id = v->i64}, &ref);
        v->text = ref.key;
    }
    return r;
}

static rc current(struct cx *cx, const struct written *w, struct db *db, int64_t id,
                  int64_t version, enum act act, struct record *out)
{
    const struct app_type *t = w->type->type;
    if (rec_reach(w->who, t, act) == REACH_NONE) return rec_denied(cx, act, t);
    rc r = rec_load_by(cx, db, &w->type->load, t, id, out);
    return r == RC_OK ? current_check(cx, w, db, version, act, out) : r;
}

static rc corrected(struct cx *cx, struct db *db, struct written *w, const struct record *before,
                    const struct json *fields, struct record *out)
{
    struct rec_draft d = {.store = w->store, .type = w->type, .who = w->who, .before = before};
    d.now = rec_copy(cx, before);
    rc r = rec_draft_fill(cx, &d, fields);
    if (r == RC_OK && !differs(before, &d.now)) { /* nothing to do, nothing to note */
        *out = *before;
        return RC_OK;
    }
    d.now.version++;
    d.now.changed_us = cx->now_us;
    if (r == RC_OK) r = rec_store_may(cx, w->store, w->who, ACT_CORRECT, &d.now);
    if (r == RC_OK) r = row_update(cx, db, before, &d.now);
    if (r != RC_OK) return r;
    rec_org_changed(w->store, w->type->type);
    w->before = before;
    w->after = &d.now;
    r = follow(cx, db, w);
    if (r == RC_OK) *out = d.now;
    return r;
}

rc rec_correct(struct cx *cx, struct rec_store *s, struct db *db, const struct actor *who,
               const struct app_type *type, int64_t id, int64_t version, const struct json *fields,
               str reason, struct record *out)
{
    struct record before;
    struct written w = {s, type_of(s, type), who, NULL, NULL, "record.correct", reason};
    rc r = current(cx, &w, db, id, version, ACT_CORRECT, &before);
    return r == RC_OK ? corrected(cx, db, &w, &before, fields, out) : r;
}

/* ---- void ---- */

/* A live record must not refer to a void one. */
static rc not_referred_to(struct cx *cx, const struct written *w, struct db *db,
                          const struct record *it)
{
    rc r = RC_OK;
    for (size_t i = 0; i < w->type->link.len && r == RC_OK; i++) {
        const struct rec_link *link = &w->type->link.at[i];
        struct sqlb b = {.text.arena = cx->arena};
        int64_t other = 0;
        sqlb_add(&b, "SELECT id FROM ");
        sql_name_write(&b.text, link->type->table);
        sqlb_add(&b, " WHERE site = $site AND voided = 0 AND ");
        sql_name_write(&b.text, link->field->name);
        sqlb_add(&b, " = ");
        sqlb_arg(&b, DB_I(it->id));
        sqlb_add(&b, " AND id <> "); /* one may refer to itself */
        sqlb_arg(&b, DB_I(link->type == it->type ? it->id : 0));
        sqlb_add(&b, " ORDER BY id LIMIT 1");
        r = sqlb_number(cx, db, &b, &other);
        if (r == RC_OK && other) {
            r = err_set(cx, RC_CONFLICT, "record.referenced",
                        "“" STR_FMT "”的记录 %" PRId64 " 还引用着它，不能作废",
                        "\"" STR_FMT "\" %" PRId64 " still refers to it, so it cannot be voided",
                        STR_ARG(app_title_of(&link->type->title, cx->lang)), other);
            err_hint(cx, "请先更正或作废引用它的记录", "Correct or void what refers to it first");
        }
    }
    return r;
}

rc rec_void(struct cx *cx, struct rec_store *s, struct db *db, const struct actor *who,
            const struct app_type *type, int64_t id, int64_t version, str reason)
{
    struct record before;
    struct written w = {s, type_of(s, type), who, NULL, NULL, "record.void", reason};
    rc r = current(cx, &w, db, id, version, ACT_VOID, &before);
    if (r == RC_OK) r = not_referred_to(cx, &w, db, &before);
    if (r != RC_OK) return r;
    struct sqlb b = {.text.arena = cx->arena};
    sqlb_add(&b, "UPDATE ");
    sql_name_write(&b.text, type->table);
    sqlb_add(&b, " SET voided = 1, version = ");
    sqlb_arg(&b, DB_I(before.version + 1));
    sqlb_add(&b, ", changed_us = ");
    sqlb_arg(&b, DB_I(cx->now_us));
    sqlb_add(&b, " WHERE site = $site AND id = ");
    sqlb_arg(&b, DB_I(id));
    r = db_exec_text(cx, db, buf_str(&b.text), b.arg.at, b.arg.len);
    if (r != RC_OK) return r;
    rec_ref_forget(s, type, id, rec_key_text(cx, db, &before));
    rec_org_changed(s, type);
    w.before = &before;
    return follow(cx, db, &w);
}

/* ---- upsert ---- */

/* Reads only the key's fields, to see whom they name; faults in them are found again later. */
rc rec_key_given(struct cx *cx, struct rec_store *s, const struct app_type *t,
                 const struct json *fields, struct record *out, bool *whole)
{
    struct cx quiet = {.arena = cx->arena, .lang = cx->lang, .now_us = cx->now_us};
    *out = (struct record){.type = t,
                           .value = NEWS(cx->arena, struct rec_value, (size_t)t->field_count)};
    *whole = false;
    for (int i = 0; i < t->key_count; i++) {
        const struct app_field *f = &t->field[t->key[i]];
        const struct json *j = json_find(fields, f->name);
        struct rec_value *v = &out->value[t->key[i]];
        if (!j) return RC_OK;
        if (f->kind == FIELD_REF) {
            struct rec_given given;
            struct rec_ref ref = {0};
            if (rec_given_from_json(&quiet, f, j, &given) != RC_OK || given.absent) return RC_OK;
            rc result = rec_ref_find(cx, s, f->ref, &given, &ref);
            if (result != RC_OK || !ref.id) return result;
            *v = (struct rec_value){.present = true, .i64 = ref.id, .text = ref.key};
        } else if (rec_value_from_json(&quiet, f, j, v) != RC_OK || !v->present) {
            return RC_OK;
        }
    }
    *whole = true;
    return RC_OK;
}

rc rec_upsert(struct cx *cx, struct rec_store *s, struct db *db, const struct actor *who,
              const struct app_type *type, const struct json *fields, str reason,
              struct record *out, char *did)
{
    int64_t id = 0;
    bool whole = false;
    struct record key, before;
    struct written w = {s, type_of(s, type), who, NULL, NULL, "record.correct", reason};
    rc r = rec_key_given(cx, s, type, fields, &key, &whole);
    if (r == RC_OK && whole) r = key_holder(cx, s, w.type, &key, &id);
    if (r != RC_OK) return r;
    if (!id) {
        *did = 'c';
        return rec_create(cx, s, db, who, type, fields, reason, out);
    }
    if (rec_ahead_load(cx, s, &key, &before))
        r = rec_reach(who, type, ACT_CORRECT) == REACH_NONE
                ? rec_denied(cx, ACT_CORRECT, type)
                : current_check(cx, &w, db, 0, ACT_CORRECT, &before);
    else
        r = current(cx, &w, db, id, 0, ACT_CORRECT, &before);
    if (r == RC_OK) r = corrected(cx, db, &w, &before, fields, out);
    if (r == RC_OK) *did = out->version == before.version ? '=' : 'u';
    return r;
}
