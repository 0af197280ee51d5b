/* A record as its readers see it: labels of references, masks of private fields, what may be done. */
#include "record/parts.h"

enum { LABEL_DEPTH_MAX = 4 };

/* ---- masks ---- */

/* 李明 → 李** */
static str masked(struct cx *cx, const struct app_field *f, const struct rec_value *v)
{
    size_t at = 0;
    if (f->kind != FIELD_TEXT || v->text.len == 0) return STR("***");
    (void)utf8_next(v->text, &at);
    return arena_printf(cx->arena, STR_FMT "**", (int)at, v->text.at);
}

static void masked_write(struct cx *cx, struct jw *out, const struct app_field *f,
                         const struct rec_value *v)
{
    if (!v->present) {
        jw_null(out);
        return;
    }
    jw_object(out);
    jw_kbool(out, "masked", true);
    jw_kstr(out, "shown", masked(cx, f, v));
    jw_end(out, '}');
}

/* ---- references ---- */

/* Is some part of the key private, here or in what it refers to? */
static bool key_hidden(const struct actor *who, const struct app_type *t, int depth)
{
    for (int i = 0; i < t->key_count && depth < LABEL_DEPTH_MAX; i++) {
        const struct app_field *f = &t->field[t->key[i]];
        if (!rec_may_see_private(who, f)) return true;
        if (f->kind == FIELD_REF && key_hidden(who, f->ref, depth + 1)) return true;
    }
    return false;
}

static rc label_write(struct cx *cx, struct db *db, const struct actor *who, const struct record *r,
                      struct buf *out, int depth);

/* The label of a record of which only the id is known. */
/* NOLINTNEXTLINE(misc-no-recursion): bounded by LABEL_DEPTH_MAX */
static rc label_of_id(struct cx *cx, struct db *db, const struct actor *who,
                      const struct app_type *t, int64_t id, struct buf *out, int depth)
{
    struct record r = {.type = t, .id = id};
    struct sqlb b = {.text.arena = cx->arena};
    DB_ROWS rows = {0};
    bool more = false;
    r.value = NEWS(cx->arena, struct rec_value, (size_t)t->field_count);
    if (t->label >= 0) {
        sqlb_add(&b, "SELECT ");
        sql_name_write(&b.text, t->field[t->label].name);
        sqlb_add(&b, " FROM ");
        sql_name_write(&b.text, t->table);
        sqlb_add(&b, " WHERE site = $site AND id = ");
        sqlb_arg(&b, DB_I(id));
        rc result = sqlb_query(cx, db, &b, &rows);
        if (result == RC_OK) result = db_next(cx, &rows, &more);
        if (result != RC_OK) return result;
        if (more) rec_value_read(&rows, 0, &t->field[t->label], &r.value[t->label]);
        r.value[t->label].text = arena_dup(cx->arena, r.value[t->label].text);
        db_rows_done(&rows);
        return label_write(cx, db, who, &r, out, depth);
    }
    str key = STR("");
    rc result = key_hidden(who, t, 0) ? RC_OK : rec_ref_key(cx, db, t, id, &key);
    buf_add(out, key.len ? key : STR("***"));
    return result;
}

/* NOLINTNEXTLINE(misc-no-recursion): bounded by LABEL_DEPTH_MAX */
static rc label_write(struct cx *cx, struct db *db, const struct actor *who, const struct record *r,
                      struct buf *out, int depth)
{
    const struct app_type *t = r->type;
    if (t->label < 0) {
        if (!key_hidden(who, t, 0)) return rec_key_write(cx, db, r, out);
        buf_add(out, STR("***"));
        return RC_OK;
    }
    const struct app_field *f = &t->field[t->label];
    const struct rec_value *v = &r->value[t->label];
    if (v->present && !rec_may_see_private(who, f))
        buf_add(out, masked(cx, f, v));
    else if (v->present && f->kind == FIELD_REF && depth < LABEL_DEPTH_MAX)
        return label_of_id(cx, db, who, f->ref, v->i64, out, depth + 1);
    else if (v->present && f->kind == FIELD_CODE && app_code_find(f->codes, v->text))
        buf_add(out, app_title_of(&app_code_find(f->codes, v->text)->title, cx->lang));
    else
        rec_value_text(out, f, v);
    return RC_OK;
}

rc rec_ref_write(struct cx *cx, struct db *db, const struct actor *who, const struct app_type *t,
                 int64_t id, struct jw *out)
{
    struct record r;
    struct buf label = {.arena = cx->arena}, key = {.arena = cx->arena};
    rc result = rec_load(cx, db, t, id, &r);
    if (result == RC_OK && key_hidden(who, t, 0))
        buf_add(&key, STR("***"));
    else if (result == RC_OK)
        result = rec_key_write(cx, db, &r, &key);
    if (result == RC_OK) result = label_write(cx, db, who, &r, &label, 0);
    if (result != RC_OK) return result;
    jw_object(out);
    jw_ki64(out, "id", id);
    jw_kstr(out, "key", buf_str(&key));
    jw_kstr(out, "label", buf_str(&label));
    jw_end(out, '}');
    return RC_OK;
}

/* ---- fields ---- */

static rc files_write(struct cx *cx, struct db *db, str list, struct jw *out)
{
    rc r = RC_OK;
    jw_array(out);
    for (size_t at = 2; r == RC_OK && at + 64 < list.len; at += 67) { /* ["hash","hash"] */
        struct rec_file f;
        bool found = false;
        str hash = str_slice(list, at, at + 64);
        r = rec_file_find(cx, db, hash, &f, &found);
        if (r != RC_OK) continue;
        jw_object(out);
        jw_kstr(out, "hash", hash);
        if (found) {
            jw_kstr(out, "name", f.name);
            jw_ki64(out, "bytes", f.bytes);
            jw_kstr(out, "media_type", f.media_type);
        }
        jw_end(out, '}');
    }
    jw_end(out, ']');
    return r;
}

rc rec_shown_write(struct cx *cx, struct db *db, const struct actor *who, const struct app_field *f,
                   const struct rec_value *v, struct jw *out)
{
    if (!rec_may_see_private(who, f)) {
        masked_write(cx, out, f, v);
        return RC_OK;
    }
    if (v->present && f->kind == FIELD_REF) return rec_ref_write(cx, db, who, f->ref, v->i64, out);
    if (v->present && f->kind == FIELD_FILES) return files_write(cx, db, v->text, out);
    rec_value_write(out, f, v);
    return RC_OK;
}

static rc may_write(struct cx *cx, struct db *db, const struct actor *who, const struct record *r,
                    struct jw *out)
{
    static const struct {
        enum act act;
        const char *name;
    } offered[] = {{ACT_CORRECT, "correct"}, {ACT_VOID, "void"}};
    rc result = RC_OK;
    jw_array(out);
    for (size_t i = 0; i < COUNTOF(offered) && result == RC_OK && !r->voided; i++) {
        struct cx asked = *cx; /* a "no" is an answer here, not an error */
        err_clear(&asked);
        result = rec_may(&asked, db, who, offered[i].act, r);
        if (result == RC_OK) jw_str(out, str_from(offered[i].name));
        if (result == RC_DENIED)
            result = RC_OK;
        else if (result != RC_OK)
            cx->err = asked.err;
    }
    jw_end(out, ']');
    return result;
}

static void moment_write(struct cx *cx, struct jw *out, const char *name, int64_t us)
{
    struct buf b = {.arena = cx->arena};
    us_write(&b, us);
    jw_kstr(out, name, buf_str(&b));
}

rc rec_write_json(struct cx *cx, struct db *db, const struct actor *who, const struct record *r,
                  struct jw *out)
{
    struct buf label = {.arena = cx->arena};
    rc result = label_write(cx, db, who, r, &label, 0);
    jw_object(out);
    jw_ki64(out, "id", r->id);
    jw_ki64(out, "version", r->version);
    jw_kstr(out, "type", r->type->name);
    jw_kstr(out, "label", buf_str(&label));
    moment_write(cx, out, "created_at", r->created_us);
    moment_write(cx, out, "changed_at", r->changed_us);
    jw_kstr(out, "created_by", r->created_by);
    jw_kbool(out, "voided", r->voided);
    jw_key(out, STR("may"));
    if (result == RC_OK) result = may_write(cx, db, who, r, out);
    jw_key(out, STR("fields"));
    jw_object(out);
    for (int i = 0; i < r->type->field_count && result == RC_OK; i++) {
        jw_key(out, r->type->field[i].name);
        result = rec_shown_write(cx, db, who, &r->type->field[i], &r->value[i], out);
    }
    jw_end(out, '}');
    jw_end(out, '}');
    return result;
}

rc rec_feel_values(struct cx *cx, struct db *db, const struct record *r, struct feel_value *out)
{
    struct record copy = *r;
    copy.value = NEWS(cx->arena, struct rec_value, (size_t)r->type->field_count);
    for (int i = 0; i < r->type->field_count; i++)
        copy.value[i] = r->value[i];
    rc result = rec_refs_fill(cx, db, &copy);
    for (int i = 0; i < r->type->field_count && result == RC_OK; i++)
        out[i] = rec_value_feel(cx->arena, &r->type->field[i], &copy.value[i]);
    out[r->type->field_count] = feel_null();
    return result;
}
