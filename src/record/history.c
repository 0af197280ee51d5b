/* What happened to a record, out of the ledger: its versions, and what somebody missed who corrects
 * an old one. */
#include "record/parts.h"

struct change_list {
    VEC(struct ledger_entry) entry;
    int64_t skip;     /* versions already known */
    int64_t last_seq; /* of the entries looked at */
    int seen;
};

static rc entry_keep(struct cx *cx, const struct ledger_entry *e, str hash, void *data)
{
    struct change_list *l = data;
    (void)hash;
    l->last_seq = e->seq;
    l->seen++;
    if (!str_starts(e->act, STR("record."))) return RC_OK;
    if (l->skip-- > 0) return RC_OK;
    struct ledger_entry copy = *e;
    copy.actor = arena_dup(cx->arena, e->actor);
    copy.act = arena_dup(cx->arena, e->act);
    copy.before = arena_dup(cx->arena, e->before);
    copy.after = arena_dup(cx->arena, e->after);
    copy.reason = arena_dup(cx->arena, e->reason);
    *vec_add(cx->arena, &l->entry) = copy;
    return RC_OK;
}

/* All entries of a record: ledger_each gives at most so many at once. */
static rc entries_load(struct cx *cx, struct db *db, const struct app_type *t, int64_t id,
                       struct change_list *l)
{
    enum { AT_ONCE = 500 };
    rc r = RC_OK;
    do {
        l->seen = 0;
        r = ledger_each(cx, db, t->name, id, l->last_seq, AT_ONCE, entry_keep, l);
    } while (r == RC_OK && l->seen == AT_ONCE);
    return r;
}

/* ---- one change ---- */

/* A value of the ledger as a field's value. */
static rc ledger_value(struct cx *cx, const struct app_field *f, const struct json *j,
                       struct rec_value *out)
{
    *out = (struct rec_value){0};
    if (!j) return RC_OK;
    if (f->kind != FIELD_REF) return rec_value_from_json(cx, f, j, out);
    out->present = json_i64(j, &out->i64);
    return RC_OK;
}

/* As shown; a value that today's declaration no longer takes is shown as it was written. */
static rc value_write(struct cx *cx, struct db *db, const struct actor *who,
                      const struct app_field *f, const struct json *j, struct jw *out)
{
    struct rec_value v;
    struct cx quiet = {.arena = cx->arena, .lang = cx->lang, .now_us = cx->now_us};
    if (ledger_value(&quiet, f, j, &v) == RC_OK) return rec_shown_write(cx, db, who, f, &v, out);
    struct buf b = {.arena = cx->arena};
    if (j && rec_may_see_private(who, f))
        json_write(&b, j);
    else
        buf_add(&b, STR("null"));
    jw_raw(out, buf_str(&b));
    return RC_OK;
}

static rc side_parse(struct cx *cx, str text, const struct json **out)
{
    *out = NULL;
    return text.len ? json_parse(cx, text, out) : RC_OK;
}

static rc changes_write(struct cx *cx, struct db *db, const struct actor *who,
                        const struct app_type *t, const struct ledger_entry *e, struct jw *out)
{
    const struct json *before = NULL, *after = NULL;
    rc r = side_parse(cx, e->before, &before);
    if (r == RC_OK) r = side_parse(cx, e->after, &after);
    jw_array(out);
    for (int i = 0; i < t->field_count && r == RC_OK; i++) {
        const struct app_field *f = &t->field[i];
        const struct json *from = json_find(before, f->name), *to = json_find(after, f->name);
        if (!from && !to) continue;
        jw_object(out);
        jw_kstr(out, "field", f->name);
        jw_key(out, STR("from"));
        r = value_write(cx, db, who, f, from, out);
        jw_key(out, STR("to"));
        if (r == RC_OK) r = value_write(cx, db, who, f, to, out);
        jw_end(out, '}');
    }
    jw_end(out, ']');
    return r;
}

static void moment_write(struct cx *cx, struct jw *out, int64_t us)
{
    struct buf b = {.arena = cx->arena};
    us_write(&b, us);
    jw_kstr(out, "at", buf_str(&b));
}

rc rec_history_write(struct cx *cx, struct db *db, const struct actor *who,
                     const struct app_type *type, int64_t id, struct jw *out)
{
    struct change_list l = {0};
    struct record now;
    rc r = rec_load(cx, db, type, id, &now);
    if (r == RC_OK) r = rec_may(cx, db, who, ACT_READ, &now);
    if (r == RC_OK) r = entries_load(cx, db, type, id, &l);
    if (r != RC_OK) return r;
    jw_array(out);
    for (size_t i = l.entry.len; i-- > 0 && r == RC_OK;) {
        const struct ledger_entry *e = &l.entry.at[i];
        jw_object(out);
        jw_ki64(out, "seq", e->seq);
        moment_write(cx, out, e->at_us);
        jw_kstr(out, "by", e->actor);
        jw_kstr(out, "act", e->act);
        jw_kstr(out, "reason", e->reason);
        jw_key(out, STR("changes"));
        r = changes_write(cx, db, who, type, e, out);
        jw_end(out, '}');
    }
    jw_end(out, ']');
    return r;
}

/* ---- a stale correction ---- */

/* Per field: what it was at the version somebody read, what it is now. */
static rc conflict_write(struct cx *cx, struct db *db, const struct actor *who,
                         const struct record *now, const struct change_list *l, struct jw *out)
{
    const struct app_type *t = now->type;
    const struct json **from = NEWS(cx->arena, const struct json *, (size_t)t->field_count);
    bool *moved = NEWS(cx->arena, bool, (size_t)t->field_count + 1);
    rc r = RC_OK;
    for (size_t i = 0; i < l->entry.len && r == RC_OK; i++) {
        const struct json *before = NULL, *after = NULL;
        r = side_parse(cx, l->entry.at[i].before, &before);
        if (r == RC_OK) r = side_parse(cx, l->entry.at[i].after, &after);
        for (int k = 0; k < t->field_count && r == RC_OK; k++) {
            const struct json *b = json_find(before, t->field[k].name);
            if (moved[k] || (!b && !json_find(after, t->field[k].name))) continue;
            moved[k] = true;
            from[k] = b;
        }
    }
    jw_array(out);
    for (int k = 0; k < t->field_count && r == RC_OK; k++) {
        static const struct rec_value absent = {0};
        if (!moved[k]) continue;
        jw_object(out);
        jw_kstr(out, "field", t->field[k].name);
        jw_key(out, STR("from"));
        r = value_write(cx, db, who, &t->field[k], from[k], out);
        jw_key(out, STR("to"));
        if (r == RC_OK)
            r = rec_shown_write(cx, db, who, &t->field[k], now->voided ? &absent : &now->value[k],
                                out);
        jw_end(out, '}');
    }
    jw_end(out, ']');
    return r;
}

rc rec_stale(struct cx *cx, struct rec_store *s, struct db *db, const struct actor *who,
             const struct record *now, int64_t version)
{
    struct change_list l = {.skip = version};
    struct buf b = {.arena = cx->arena};
    struct jw w = {.out = &b};
    rc r = ledger_flush(cx, s->env.ledger, db); /* the other may be of this very batch */
    if (r == RC_OK) r = entries_load(cx, db, now->type, now->id, &l);
    if (r != RC_OK) return r;
    const struct ledger_entry *last = l.entry.len ? &l.entry.at[l.entry.len - 1] : NULL;
    str by = last ? last->actor : now->created_by;
    jw_object(&w);
    jw_ki64(&w, "version", now->version);
    jw_kstr(&w, "by", by);
    moment_write(cx, &w, last ? last->at_us : now->changed_us);
    jw_kbool(&w, "voided", now->voided);
    jw_key(&w, STR("changes"));
    r = conflict_write(cx, db, who, now, &l, &w);
    jw_end(&w, '}');
    if (r != RC_OK) return r;
    r = err_set(cx, RC_STALE, "record.stale",
                "您看到的是第 %" PRId64 " 版，“" STR_FMT "”已把它改为第 %" PRId64 " 版",
                "You read version %" PRId64 "; \"" STR_FMT "\" has made version %" PRId64
                " of it since",
                version, STR_ARG(by), now->version);
    err_hint(cx, "请查看对方的修改，再决定是否重做您的修改",
             "Look at the other's change, then decide whether to repeat yours");
    cx->err.extra = buf_str(&b);
    return r;
}

/* ---- as known at the end of a day ---- */

static rc change_undo(struct cx *cx, const struct ledger_entry *e, struct record *r)
{
    const struct json *before = NULL, *after = NULL;
    rc result = side_parse(cx, e->before, &before);
    if (result == RC_OK) result = side_parse(cx, e->after, &after);
    for (int i = 0; i < r->type->field_count && result == RC_OK; i++) {
        const struct app_field *f = &r->type->field[i];
        const struct json *from = json_find(before, f->name);
        if (from || json_find(after, f->name)) result = ledger_value(cx, f, from, &r->value[i]);
    }
    if (str_eq(e->act, STR("record.void"))) r->voided = false;
    r->version--;
    return result;
}

rc rec_load_known(struct cx *cx, struct db *db, const struct app_type *type, int64_t id,
                  day_t known_at, struct record *out, bool *existed)
{
    const int64_t end_us = ((int64_t)known_at + 1) * US_PER_DAY - OFFICE_OFFSET_US;
    struct change_list l = {0};
    rc r = rec_load(cx, db, type, id, out);
    if (r == RC_OK) r = entries_load(cx, db, type, id, &l);
    *existed = true;
    for (size_t i = l.entry.len; i-- > 0 && r == RC_OK && l.entry.at[i].at_us >= end_us;) {
        *existed = !str_eq(l.entry.at[i].act, STR("record.create"));
        if (*existed) r = change_undo(cx, &l.entry.at[i], out);
    }
    return r == RC_OK ? rec_refs_fill(cx, db, out) : r;
}
