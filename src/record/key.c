/* Natural keys: how a record is named in text, by people and by imports.
 * The parts are joined by "/"; a reference among them is the key of what it refers to.  In a key of
 * several parts "/" and "\" within a part are written "\/" and "\\". */
#include "record/parts.h"

enum { KEY_DEPTH_MAX = 6 };

/* Parts in the key's text; a type without a key is named by its id. */
static int part_count(const struct app_type *t, int depth)
{
    int n = 0;
    for (int i = 0; i < t->key_count; i++) {
        const struct app_field *f = &t->field[t->key[i]];
        n += f->kind == FIELD_REF && depth < KEY_DEPTH_MAX ? part_count(f->ref, depth + 1) : 1;
    }
    return n ? n : 1;
}

static void part_write(struct buf *out, str text, bool escape)
{
    if (!escape) {
        buf_add(out, text);
        return;
    }
    for (size_t i = 0; i < text.len; i++) {
        if (text.at[i] == '/' || text.at[i] == '\\') buf_char(out, '\\');
        buf_char(out, text.at[i]);
    }
}

/* A row's key columns, as a record of which nothing else is known. */
static rc key_values(struct cx *cx, struct db *db, const struct app_type *t, int64_t id,
                     struct record *out)
{
    DB_ROWS rows = {0};
    bool more = false;
    struct sqlb b = {.text.arena = cx->arena};
    sqlb_add(&b, "SELECT id");
    for (int i = 0; i < t->key_count; i++) {
        sqlb_add(&b, ", ");
        sql_name_write(&b.text, t->field[t->key[i]].name);
    }
    sqlb_add(&b, " FROM ");
    sql_name_write(&b.text, t->table);
    sqlb_add(&b, " WHERE site = $site AND id = ");
    sqlb_arg(&b, DB_I(id));
    rc r = sqlb_query(cx, db, &b, &rows);
    if (r == RC_OK) r = db_next(cx, &rows, &more);
    *out = (struct record){.type = t, .id = id};
    out->value = NEWS(cx->arena, struct rec_value, (size_t)t->field_count);
    for (int i = 0; r == RC_OK && more && i < t->key_count; i++) {
        struct rec_value *v = &out->value[t->key[i]];
        rec_value_read(&rows, i + 1, &t->field[t->key[i]], v);
        v->text = arena_dup(cx->arena, v->text);
    }
    return r;
}

static rc key_write(struct cx *cx, struct db *db, const struct record *r, struct buf *out,
                    int depth);

static rc key_of_id(struct cx *cx, struct db *db, const struct app_type *t, int64_t id, str *out,
                    int depth)
{
    struct record it;
    struct buf b = {.arena = cx->arena};
    rc r = RC_OK;
    if (t->key_count == 0 || depth > KEY_DEPTH_MAX) {
        buf_i64(&b, id);
    } else {
        r = key_values(cx, db, t, id, &it);
        if (r == RC_OK) r = key_write(cx, db, &it, &b, depth);
    }
    *out = buf_str(&b);
    return r;
}

/* NOLINTNEXTLINE(misc-no-recursion): bounded by KEY_DEPTH_MAX */
static rc key_write(struct cx *cx, struct db *db, const struct record *r, struct buf *out,
                    int depth)
{
    const struct app_type *t = r->type;
    const bool escape = part_count(t, depth) > 1;
    for (int i = 0; i < t->key_count; i++) {
        const struct app_field *f = &t->field[t->key[i]];
        const struct rec_value *v = &r->value[t->key[i]];
        struct buf b = {.arena = cx->arena};
        str text = v->text;
        rc result = RC_OK;
        if (i) buf_char(out, '/');
        if (f->kind == FIELD_REF && v->present && text.len == 0) {
            result = key_of_id(cx, db, f->ref, v->i64, &text, depth + 1);
        } else if (f->kind != FIELD_REF) {
            rec_value_text(&b, f, v);
            text = buf_str(&b);
        }
        if (result != RC_OK) return result;
        const bool whole = f->kind == FIELD_REF && part_count(f->ref, depth + 1) > 1;
        part_write(out, text, escape && !whole);
    }
    if (t->key_count == 0) buf_i64(out, r->id);
    return RC_OK;
}

rc rec_key_write(struct cx *cx, struct db *db, const struct record *r, struct buf *out)
{
    return key_write(cx, db, r, out, 0);
}

str rec_key_text(struct cx *cx, struct db *db, const struct record *r)
{
    struct buf b = {.arena = cx->arena};
    return key_write(cx, db, r, &b, 0) == RC_OK ? buf_str(&b) : STR("");
}

rc rec_ref_key(struct cx *cx, struct db *db, const struct app_type *t, int64_t id, str *out)
{
    return key_of_id(cx, db, t, id, out, 0);
}

rc rec_refs_fill(struct cx *cx, struct db *db, struct record *r)
{
    rc result = RC_OK;
    for (int i = 0; i < r->type->field_count && result == RC_OK; i++) {
        const struct app_field *f = &r->type->field[i];
        struct rec_value *v = &r->value[i];
        if (f->kind == FIELD_REF && v->present && v->text.len == 0)
            result = rec_ref_key(cx, db, f->ref, v->i64, &v->text);
    }
    return result;
}

/* ---- from text ---- */

/* The first `count` parts of key; *rest what is behind them. */
static str parts_cut(str key, int count, str *rest)
{
    size_t at = 0;
    for (; at < key.len; at++) {
        if (key.at[at] == '\\' && at + 1 < key.len)
            at++;
        else if (key.at[at] == '/' && --count == 0)
            break;
    }
    at = at < key.len ? at : key.len;
    *rest = str_slice(key, at < key.len ? at + 1 : key.len, key.len);
    return str_slice(key, 0, at);
}

static str unescaped(struct arena *a, str part)
{
    struct buf b = {.arena = a};
    for (size_t i = 0; i < part.len; i++) {
        if (part.at[i] == '\\' && i + 1 < part.len) i++;
        buf_char(&b, part.at[i]);
    }
    return buf_str(&b);
}

static rc find_key(struct cx *cx, struct db *db, const struct app_type *t, str key, int64_t *id,
                   int depth);

/* One part as a value; absent when it cannot be one. */
/* NOLINTNEXTLINE(misc-no-recursion): bounded by KEY_DEPTH_MAX */
static rc part_value(struct cx *cx, struct db *db, const struct app_field *f, str text, int depth,
                     struct rec_value *out)
{
    *out = (struct rec_value){0};
    if (f->kind == FIELD_REF) {
        rc r = find_key(cx, db, f->ref, text, &out->i64, depth + 1);
        out->present = out->i64 != 0;
        return r;
    }
    struct cx quiet = {.arena = cx->arena, .lang = cx->lang, .now_us = cx->now_us};
    if (rec_value_parse(&quiet, f, text, out) != RC_OK) out->present = false;
    return RC_OK;
}

static rc id_from_key_text(struct cx *cx, struct db *db, const struct app_type *t, str key,
                           int64_t *id)
{
    bool live = false;
    int64_t n = 0;
    if (!str_i64(key, &n)) return RC_OK;
    rc r = rec_ref_live(cx, db, t, n, &live);
    if (live) *id = n;
    return r;
}

/* NOLINTNEXTLINE(misc-no-recursion): bounded by KEY_DEPTH_MAX */
static rc find_key(struct cx *cx, struct db *db, const struct app_type *t, str key, int64_t *id,
                   int depth)
{
    *id = 0;
    if (t->key_count == 0 || depth > KEY_DEPTH_MAX) return id_from_key_text(cx, db, t, key, id);
    const bool several = part_count(t, depth) > 1;
    struct sqlb b = {.text.arena = cx->arena};
    sqlb_add(&b, "SELECT id FROM ");
    sql_name_write(&b.text, t->table);
    sqlb_add(&b, " WHERE site = $site AND voided = 0");
    for (int i = 0; i < t->key_count; i++) {
        const struct app_field *f = &t->field[t->key[i]];
        const int parts = f->kind == FIELD_REF ? part_count(f->ref, depth + 1) : 1;
        struct rec_value v;
        str part = several ? parts_cut(key, parts, &key) : key;
        if (several && parts == 1) part = unescaped(cx->arena, part);
        rc r = part_value(cx, db, f, part, depth, &v);
        if (r != RC_OK || !v.present) return r;
        sqlb_add(&b, " AND ");
        sql_name_write(&b.text, f->name);
        sqlb_add(&b, " = ");
        sqlb_arg(&b, rec_value_db(cx->arena, f, &v));
    }
    if (several && key.len) return RC_OK; /* more parts than the key has */
    return sqlb_number(cx, db, &b, id);
}

rc rec_find_key(struct cx *cx, struct db *db, const struct app_type *t, str key, int64_t *id)
{
    return find_key(cx, db, t, key, id, 0);
}

rc rec_ref_live(struct cx *cx, struct db *db, const struct app_type *t, int64_t id, bool *live)
{
    int64_t found = 0;
    struct sqlb b = {.text.arena = cx->arena};
    sqlb_add(&b, "SELECT 1 FROM ");
    sql_name_write(&b.text, t->table);
    sqlb_add(&b, " WHERE site = $site AND voided = 0 AND id = ");
    sqlb_arg(&b, DB_I(id));
    rc r = sqlb_number(cx, db, &b, &found);
    *live = found != 0;
    return r;
}
