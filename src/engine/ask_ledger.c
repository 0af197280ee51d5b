/* Questions about the ledger, for auditors: entries and the proof that nothing was altered. */
#include "engine/inside.h"

static rc needs_auditor(struct ask *a)
{
    if (a->who->system || rights_of(a->who).audits) return RC_OK;
    return err_set(a->cx, RC_DENIED, "ledger.denied", "只有审计员可以查看全部账本",
                   "only an auditor reads the whole ledger");
}

struct entries {
    struct ask *a;
    int64_t last;
    int count;
};

static rc entry_write(struct cx *cx, const struct ledger_entry *e, str hash_hex, void *data)
{
    (void)cx;
    struct entries *list = data;
    struct ask *a = list->a;
    const struct app_type *type = catalogue_type(a->e->cat, e->subject);
    jw_object(a->out);
    jw_ki64(a->out, "seq", e->seq);
    moment_write(a->cx, "at", e->at_us, a->out);
    rc r = actor_names_write(a, e->actor, a->out);
    jw_kstr(a->out, "act", e->act);
    jw_kstr(a->out, "act_title", act_title(e->act, a->cx->lang));
    jw_kstr(a->out, "type", e->subject);
    if (type) jw_kstr(a->out, "type_title", app_title_of(&type->title, a->cx->lang));
    if (e->subject_id) jw_ki64(a->out, "subject", e->subject_id);
    jw_kstr(a->out, "reason", e->reason);
    jw_kstr(a->out, "hash", hash_hex);
    jw_end(a->out, '}');
    list->last = e->seq;
    list->count++;
    return r;
}

rc ledger_last(struct ask *a, int64_t *seq)
{
    SQL(sql_last, "SELECT seq FROM ledger WHERE site = $site ORDER BY seq DESC LIMIT 1");
    DB_ROWS rows = {0};
    bool more = false;
    rc r = db_query(a->cx, a->db, &sql_last, DB_NO_ARGS, &rows);
    if (r == RC_OK) r = db_next(a->cx, &rows, &more);
    if (r == RC_OK && more) *seq = db_i64(&rows, 0);
    return r;
}

/* {entries, next, total}; newest: the last `limit` ones. */
rc question_ledger(struct ask *a)
{
    enum { LIMIT_MAX = 500, LIMIT_DEFAULT = 100 };
    int64_t after = 0, limit = LIMIT_DEFAULT, total = 0;
    struct entries list = {.a = a};
    rc r = needs_auditor(a);
    if (r == RC_OK && json_find(a->params, STR("after")))
        r = param_i64(a->cx, a->params, "after", &after);
    if (r == RC_OK && json_find(a->params, STR("limit")))
        r = param_i64(a->cx, a->params, "limit", &limit);
    if (r == RC_OK) r = ledger_last(a, &total);
    if (r != RC_OK) return r;
    int64_t id = 0; /* "TYPE/ID": of one record */
    str number, subject = str_cut(json_text(a->params, STR("subject")), '/', &number);
    if (number.len && !str_i64(number, &id)) id = -1;
    if (limit < 1 || limit > LIMIT_MAX) limit = LIMIT_MAX;
    if (param_true(a->params, "newest") && !after) after = total > limit ? total - limit : 0;
    jw_object(a->out);
    jw_key(a->out, STR("entries"));
    jw_array(a->out);
    r = ledger_each(a->cx, a->db, subject, id, after, limit, entry_write, &list);
    jw_end(a->out, ']');
    jw_key(a->out, STR("next"));
    if (list.count == limit && list.last < total)
        jw_i64(a->out, list.last);
    else
        jw_null(a->out);
    jw_ki64(a->out, "total", total);
    jw_end(a->out, '}');
    return r;
}

rc question_ledger_verify(struct ask *a)
{
    int64_t entries = 0, broken = 0;
    str what = {0};
    char head[2 * SM3_BYTES + 1];
    rc r = needs_auditor(a);
    if (r == RC_OK) r = ledger_verify(a->cx, a->db, &entries, &broken, &what, head);
    if (r != RC_OK) return r;
    jw_object(a->out);
    jw_ki64(a->out, "entries", entries);
    jw_ki64(a->out, "broken", broken);
    jw_kstr(a->out, "what", what);
    jw_kstr(a->out, "head", (str){head, (size_t)2 * SM3_BYTES});
    jw_end(a->out, '}');
    return RC_OK;
}
