/* Reading ahead: what the next rows of an import will ask for, fetched in sets.  Whom their keys name
 * is remembered until the job is over, and follows what the job writes; what they refer to goes into
 * the store's references. */
#include <string.h>

#include "record/search.h"

enum { AHEAD_MEMORY_BYTES = 64 << 20, SET_MAX = 512 };

/* A key and who has it. */
struct ahead {
    int64_t id;           /* 0: nobody */
    struct record record; /* .type NULL: not read */
};

void rec_ahead_open(struct rec_ahead *a)
{
    arena_init(&a->arena, AHEAD_MEMORY_BYTES);
}

void rec_ahead_close(struct rec_ahead *a)
{
    arena_done(&a->arena);
}

void rec_ahead_forget(struct rec_ahead *a)
{
    if (!a->key.count) return;
    arena_reset(&a->arena);
    a->key = (struct map){0};
}

/* ---- keys ---- */

/* The key's values, one after the other, in a form of which each is told from any other. */
static str key_name(struct arena *a, const struct record *r)
{
    const struct app_type *t = r->type;
    struct buf b = {.arena = a};
    buf_add(&b, (str){(const char *)&t->index, sizeof t->index});
    for (int i = 0; i < t->key_count; i++) {
        const struct rec_value *v = &r->value[t->key[i]];
        const bool text = rec_value_is_text(&t->field[t->key[i]]);
        const int64_t n = text ? (int64_t)v->text.len : v->i64;
        buf_add(&b, (str){(const char *)&n, sizeof n});
        if (text) buf_add(&b, v->text);
    }
    return buf_str(&b);
}

static struct ahead *ahead_of(const struct rec_store *s, struct arena *scratch,
                              const struct record *r)
{
    if (!s->ahead.key.count || !r->type->key_count) return NULL;
    return map_find(&s->ahead.key, key_name(scratch, r));
}

bool rec_ahead_holder(struct cx *cx, const struct rec_store *s, const struct record *r, int64_t *id)
{
    const struct ahead *a = ahead_of(s, cx->arena, r);
    if (a) *id = a->id;
    return a != NULL;
}

bool rec_ahead_load(struct cx *cx, const struct rec_store *s, const struct record *key,
                    struct record *out)
{
    const struct ahead *a = ahead_of(s, cx->arena, key);
    if (!a || !a->record.type) return false;
    *out = rec_copy(cx, &a->record);
    return true;
}

void rec_ahead_written(struct cx *cx, struct rec_store *s, const struct record *before,
                       const struct record *after)
{
    struct ahead *a = ahead_of(s, cx->arena, after ? after : before);
    if (!a) return;
    a->id = after ? after->id : 0;
    a->record.type = NULL;
}

/* ---- in sets ---- */

/* Sets of a few sizes only: each is a statement that stays prepared. */
static size_t set_size(size_t count)
{
    size_t size = 4;
    while (size < count)
        size *= 2;
    return size;
}

/* Each member looked up by itself, through the index of those columns, in one statement.  As a plain
 * join the planner, which knows nothing of a table that is young, would rather read all of it. */
static void lookup_begin(struct sqlb *b)
{
    sqlb_add(b, "SELECT found.* FROM (VALUES ");
}

static void lookup_from(struct sqlb *b, const struct app_type *t)
{
    sqlb_add(b, " FROM ");
    sql_name_write(&b->text, t->table);
    sqlb_add(b, " WHERE site = $site AND voided = 0");
}

static void lookup_by(struct sqlb *b, str column, int number)
{
    sqlb_add(b, " AND ");
    sql_name_write(&b->text, column);
    buf_printf(&b->text, " = wanted.column%d", number);
}

/* Those of the set that there are; the last one stands for the places left over. */
static void keys_sql(struct sqlb *b, const struct record *const *set, size_t count)
{
    const struct app_type *t = set[0]->type;
    lookup_begin(b);
    for (size_t i = 0; i < set_size(count); i++) {
        const struct record *r = set[i < count ? i : count - 1];
        sqlb_add(b, i ? ", (" : "(");
        for (int k = 0; k < t->key_count; k++) {
            if (k) sqlb_add(b, ", ");
            sqlb_arg(b, rec_value_db(b->text.arena, &t->field[t->key[k]], &r->value[t->key[k]]));
        }
        sqlb_add(b, ")");
    }
    sqlb_add(b, ") AS wanted CROSS JOIN LATERAL (SELECT ");
    rec_columns_write(&b->text, t);
    lookup_from(b, t);
    for (int k = 0; k < t->key_count; k++)
        lookup_by(b, t->field[t->key[k]].name, k + 1);
    sqlb_add(b, " LIMIT 1) AS found");
}

static rc set_read(struct cx *cx, struct rec_store *s, const struct record *const *set,
                   size_t count)
{
    const struct app_type *t = set[0]->type;
    struct cx keep = {.arena = &s->ahead.arena};
    struct sqlb b = {.text.arena = cx->arena};
    struct record view = {.value = NEWS(cx->arena, struct rec_value, (size_t)t->field_count)};
    DB_ROWS rows = {0};
    bool more = false;
    keys_sql(&b, set, count);
    rc r = sqlb_query(cx, s->db, &b, &rows);
    while (r == RC_OK && (r = db_next(cx, &rows, &more)) == RC_OK && more) {
        rec_row_view(&rows, t, &view);
        struct ahead *a = map_find(&s->ahead.key, key_name(cx->arena, &view));
        if (!a) continue; /* equal to the database alone: looked up when its turn comes */
        a->id = view.id;
        if (!keep.arena->exhausted) a->record = rec_copy(&keep, &view);
    }
    return r;
}

/* Within the process a look-up costs no journey. */
static rc each_read(struct cx *cx, struct rec_store *s, const struct record *const *set,
                    size_t count)
{
    rc r = RC_OK;
    for (size_t i = 0; i < count && r == RC_OK; i++) {
        struct ahead *a = ahead_of(s, cx->arena, set[i]);
        r = rec_key_holder(cx, s, &s->type[set[i]->type->index], set[i], &a->id);
    }
    return r;
}

static rc keys_read(struct cx *cx, struct rec_store *s, const struct app_type *t,
                    const struct json *const *fields, size_t count)
{
    const struct record **set = NEWS(cx->arena, const struct record *, count);
    size_t len = 0;
    rc r = RC_OK;
    for (size_t i = 0; i < count && r == RC_OK; i++) {
        struct record *it = NEW(cx->arena, struct record);
        bool whole = false;
        r = rec_key_given(cx, s, t, fields[i], it, &whole);
        if (r != RC_OK || !whole || ahead_of(s, cx->arena, it)) continue;
        if (s->ahead.arena.exhausted || cx->arena->exhausted) break;
        map_put(&s->ahead.key, &s->ahead.arena, key_name(&s->ahead.arena, it),
                NEW(&s->ahead.arena, struct ahead));
        set[len++] = it;
    }
    if (r != RC_OK || !len) return r;
    return s->index == &rec_index_pg ? set_read(cx, s, set, len) : each_read(cx, s, set, len);
}

/* ---- references ---- */

/* Those of one field that are not known yet, by id or by the text of a key of one part. */
struct wanted {
    VEC(struct db_val) id, key;
};

static void want(struct cx *cx, const struct rec_store *s, const struct app_field *f,
                 const struct json *j, struct wanted *out)
{
    struct cx quiet = {.arena = cx->arena, .lang = cx->lang, .now_us = cx->now_us};
    const struct app_field *key = &f->ref->field[f->ref->key[0]];
    struct rec_given given;
    struct rec_value v;
    if (!j || rec_given_from_json(&quiet, f, j, &given) != RC_OK || given.absent ||
        rec_ref_known(s, f->ref, &given))
        return;
    if (given.is_id)
        *vec_add(cx->arena, &out->id) = DB_I(given.id);
    else if (rec_value_parse(&quiet, key, given.key, &v) == RC_OK && v.present)
        *vec_add(cx->arena, &out->key) = rec_value_db(cx->arena, key, &v);
}

static rc refs_read(struct cx *cx, struct rec_store *s, const struct app_type *t,
                    const struct db_val *of, size_t count, bool by_id)
{
    const struct app_field *key = &t->field[t->key[0]];
    struct sqlb b = {.text.arena = cx->arena};
    DB_ROWS rows = {0};
    bool more = false;
    if (!count) return RC_OK;
    lookup_begin(&b);
    for (size_t i = 0; i < set_size(count); i++) {
        sqlb_add(&b, i ? ", (" : "(");
        sqlb_arg(&b, of[i < count ? i : count - 1]);
        sqlb_add(&b, ")");
    }
    sqlb_add(&b, ") AS wanted CROSS JOIN LATERAL (SELECT id, ");
    sql_name_write(&b.text, key->name);
    lookup_from(&b, t);
    lookup_by(&b, by_id ? STR("id") : key->name, 1);
    sqlb_add(&b, " LIMIT 1) AS found");
    rc r = sqlb_query(cx, s->db, &b, &rows);
    while (r == RC_OK && (r = db_next(cx, &rows, &more)) == RC_OK && more) {
        struct buf text = {.arena = cx->arena};
        struct rec_value v;
        rec_value_read(&rows, 1, key, &v);
        rec_value_text(&text, key, &v);
        rec_ref_keep(s, t, &(struct rec_ref){db_i64(&rows, 0), buf_str(&text)});
    }
    return r;
}

static rc field_refs(struct cx *cx, struct rec_store *s, const struct app_field *f,
                     const struct json *const *fields, size_t count)
{
    struct wanted w = {0};
    const struct app_type *to = f->ref;
    if (to->key_count != 1 || to->field[to->key[0]].kind == FIELD_REF) return RC_OK;
    for (size_t i = 0; i < count; i++)
        want(cx, s, f, json_find(fields[i], f->name), &w);
    rc r = refs_read(cx, s, to, w.id.at, w.id.len, true);
    return r == RC_OK ? refs_read(cx, s, to, w.key.at, w.key.len, false) : r;
}

/* ---- the whole ---- */

static rc ahead_run(struct cx *cx, struct rec_store *s, const struct app_type *t,
                    const struct json *const *fields, size_t count)
{
    rc r = RC_OK;
    for (int i = 0; i < t->field_count && r == RC_OK && s->index == &rec_index_pg; i++)
        if (t->field[i].kind == FIELD_REF) r = field_refs(cx, s, &t->field[i], fields, count);
    return r == RC_OK && t->key_count ? keys_read(cx, s, t, fields, count) : r;
}

rc rec_ahead(struct cx *cx, struct rec_store *s, const struct app_type *t,
             const struct json *const *fields, size_t count)
{
    rc r = RC_OK;
    rec_ahead_forget(&s->ahead);
    for (size_t at = 0; at < count && r == RC_OK; at += SET_MAX)
        r = ahead_run(cx, s, t, fields + at, count - at < SET_MAX ? count - at : SET_MAX);
    return r;
}
