/* Questions about the ledger, for auditors: entries and the proof that nothing was altered. */
#include "engine/inside.h"

static rc needs_auditor(struct ask *a)
{
    if (a->who->system) return RC_OK;
    for (int i = 0; i < a->who->role_count; i++)
        if (a->who->role[i]->audits) return RC_OK;
    return err_set(a->cx, RC_DENIED, "ledger.denied", "只有审计员可以查看全部账本",
                   "only an auditor reads the whole ledger");
}

struct entries {
    struct jw *out;
    struct cx *cx;
};

static rc entry_write(struct cx *cx, const struct ledger_entry *e, str hash_hex, void *data)
{
    struct entries *list = data;
    struct buf at = {.arena = cx->arena};
    us_write(&at, e->at_us);
    jw_object(list->out);
    jw_ki64(list->out, "seq", e->seq);
    jw_kstr(list->out, "at", buf_str(&at));
    jw_kstr(list->out, "by", e->actor);
    jw_kstr(list->out, "act", e->act);
    jw_kstr(list->out, "subject", e->subject);
    jw_ki64(list->out, "subject_id", e->subject_id);
    jw_kraw(list->out, "before", e->before.len ? e->before : STR("null"));
    jw_kraw(list->out, "after", e->after.len ? e->after : STR("null"));
    jw_kstr(list->out, "reason", e->reason);
    jw_kstr(list->out, "hash", hash_hex);
    jw_end(list->out, '}');
    return RC_OK;
}

rc question_ledger(struct ask *a)
{
    enum { LIMIT_MAX = 500, LIMIT_DEFAULT = 100 };
    int64_t after = 0, limit = LIMIT_DEFAULT;
    struct entries list = {.out = a->out, .cx = a->cx};
    rc r = needs_auditor(a);
    if (r == RC_OK && json_find(a->params, STR("after")))
        r = param_i64(a->cx, a->params, "after", &after);
    if (r == RC_OK && json_find(a->params, STR("limit")))
        r = param_i64(a->cx, a->params, "limit", &limit);
    if (r != RC_OK) return r;
    if (limit < 1 || limit > LIMIT_MAX) limit = LIMIT_MAX;
    jw_object(a->out);
    jw_key(a->out, STR("entries"));
    jw_array(a->out);
    r = ledger_each(a->cx, a->db, json_text(a->params, STR("subject")), 0, after, limit,
                    entry_write, &list);
    jw_end(a->out, ']');
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
