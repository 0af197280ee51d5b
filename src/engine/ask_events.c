/* Entries of the ledger as people say them: who did what, with which words and which evidence. */
#include "engine/inside.h"

/* The words for an act; those about a step of a process carry the step's name instead. */
static const struct {
    const char *act, *zh, *en;
} said[] = {
    {"record.create", "立项", "Opened"},
    {"record.correct", "填写", "Filled in"},
    {"record.void", "作废", "Voided"},
    {"item.proposed", "指标已回到目标，建议销号", "The number is back: closing is proposed"},
    {"item.left-again", "指标再次偏离目标", "The number has left its target again"},
    {"instance.started", "流程启动", "Process started"},
    {"instance.ended", "流程结束", "Process ended"},
    {"instance.cancelled", "流程终止", "Process cancelled"},
    {"task.opened", "转到", "Passed to"},
    {"task.done", "完成", "Done"},
    {"task.claimed", "领取", "Claimed"},
    {"task.released", "放回", "Released"},
    {"task.cancelled", "取消", "Cancelled"},
    {"task.returned", "退回", "Returned"},
    {"task.take-back", "收回", "Taken back"},
    {"task.reassign", "转办", "Reassigned"},
    {"task.hand-over", "移交", "Handed over"},
    {"task.delegate", "委托", "Delegated"},
    {"task.resolve", "交回", "Handed back"},
    {"task.sign-before", "前加签", "Signer added before"},
    {"task.sign-after", "后加签", "Signer added after"},
    {"task.sign-beside", "并加签", "Signer added beside"},
    {"task.sign-remove", "减签", "Signer removed"},
    {"task.copy", "抄送", "Copied"},
    {"task.read", "已阅", "Read"},
    {"task.ask", "征询意见", "Asked aside"},
    {"task.answer", "答复意见", "Answered"},
    {"task.urge", "催办", "Urged"},
    {"task.draft", "暂存", "Draft saved"},
    {"task.skipped", "自动通过", "Passed by itself"},
    {"signal.caught", "收到信号", "Signal caught"},
    {"error.caught", "转入异常处理", "Error handled"},
    {"escalation.caught", "收到升级", "Escalation handled"},
    {"instance.failed", "流程异常结束", "Process failed"},
    {"instance.modified", "流程被调整", "Process changed by hand"},
    {"instance.suspended", "流程暂停", "Process suspended"},
    {"instance.resumed", "流程恢复", "Process resumed"},
    {"instance.revived", "流程重新启动", "Process revived"},
    {"instance.migrated", "流程换用新版本", "Process migrated"},
    {"job.done", "外部程序办结", "Done by a program"},
    {"timer.fired", "到时", "Time reached"},
    {"message.caught", "收到消息", "Message caught"},
    {"decision.made", "决策", "Decided"},
    {"operation.done", "自动处理", "Done by the system"},
};

str act_title(str act, enum lang lang)
{
    for (size_t i = 0; i < COUNTOF(said); i++)
        if (str_eq(act, str_from(said[i].act)))
            return str_from(lang == LANG_ZH ? said[i].zh : said[i].en);
    return act;
}

/* Acts that carry the name of a step. */
static bool of_a_step(str act)
{
    static const char *const area[] = {"task.",   "timer.", "operation.",  "decision.", "message.",
                                       "signal.", "error.", "escalation.", "job."};
    for (size_t i = 0; i < COUNTOF(area); i++)
        if (str_starts(act, str_from(area[i]))) return true;
    return false;
}

static str event_title(struct ask *a, const struct ledger_entry *e, const struct json *after)
{
    str verb = act_title(e->act, a->cx->lang), step = json_text(after, STR("name"));
    if (of_a_step(e->act) && step.len)
        return arena_printf(a->cx->arena, STR_FMT "：" STR_FMT, STR_ARG(verb), STR_ARG(step));
    if (str_eq(e->act, STR("record.correct")) && e->reason.len)
        return e->reason; /* the step at which it was filled in */
    return verb;
}

/* What a changed field says, for reading: titles of codes, not codes. */
static str field_text(struct ask *a, const struct app_field *f, const struct json *v)
{
    const struct app_code *code =
        f->codes && json_is(v, JSON_STRING) ? app_code_find(f->codes, v->text) : NULL;
    if (code) return app_title_of(&code->title, a->cx->lang);
    return json_is(v, JSON_STRING) || json_is(v, JSON_NUMBER) ? v->text : (str){0};
}

static bool readable(struct ask *a, const struct app_field *f)
{
    return !f->private_for.len || rec_may_see_private(a->who, f);
}

/* "措施：组织 18 家企业集中申报": the fields that were set, one after another. */
static str event_text(struct ask *a, const struct app_type *type, const struct ledger_entry *e,
                      const struct json *after)
{
    struct buf text = {.arena = a->cx->arena};
    bool opened_by_itself = str_eq(e->act, STR("record.create")) && str_eq(e->actor, STR("system"));
    if (!str_starts(e->act, STR("record.")) || opened_by_itself) return e->reason;
    for (const struct json *j = after ? after->child : NULL; j; j = j->next) {
        const struct app_field *f = app_field_find(type, j->key);
        str said_text = f && f->kind != FIELD_REF && f->kind != FIELD_FILES && readable(a, f)
                            ? field_text(a, f, j)
                            : (str){0};
        if (!said_text.len) continue;
        if (text.len) buf_add(&text, STR("；"));
        buf_add(&text, app_title_of(&f->title, a->cx->lang));
        buf_add(&text, STR("："));
        buf_add(&text, said_text);
    }
    return buf_str(&text);
}

static rc files_write(struct ask *a, const struct app_type *type, const struct json *after,
                      struct jw *out)
{
    rc r = RC_OK;
    jw_key(out, STR("files"));
    jw_array(out);
    for (const struct json *j = after ? after->child : NULL; j && r == RC_OK; j = j->next) {
        const struct app_field *f = app_field_find(type, j->key);
        if (!f || f->kind != FIELD_FILES || !json_is(j, JSON_ARRAY) || !readable(a, f)) continue;
        for (const struct json *hash = j->child; hash && r == RC_OK; hash = hash->next) {
            struct rec_file file = {0};
            bool found = false;
            r = rec_file_find(a->cx, a->db, hash->text, &file, &found);
            if (r != RC_OK || !found) continue;
            jw_object(out);
            jw_kstr(out, "hash", file.hash);
            jw_kstr(out, "name", file.name);
            jw_ki64(out, "bytes", file.bytes);
            jw_kstr(out, "media_type", file.media_type);
            jw_end(out, '}');
        }
    }
    jw_end(out, ']');
    return r;
}

/* Who the code stands for; false for the system and for somebody who has left: *name says so. */
static bool person_load(struct ask *a, str code, struct actor *by, str *name)
{
    bool system = str_eq(code, STR("system"));
    if (!system && actor_load(a->cx, a->e, a->db, code, by) == RC_OK) {
        *name = by->name;
        return true;
    }
    err_clear(a->cx);
    *name = !system ? code : a->cx->lang == LANG_ZH ? STR("系统") : STR("System");
    return false;
}

str actor_name(struct ask *a, str code)
{
    struct actor by = {0};
    str name = {0};
    if (code.len) (void)person_load(a, code, &by, &name);
    return name;
}

rc actor_names_write(struct ask *a, str code, struct jw *out)
{
    struct actor by = {0};
    struct record org = {0};
    const struct app_type *orgs = catalogue_type(a->e->cat, STR("core.org"));
    str name;
    bool person = person_load(a, code, &by, &name);
    jw_kstr(out, "by", code);
    jw_kstr(out, "by_name", name);
    if (!person || !by.org_id || !orgs) return RC_OK;
    rc r = rec_load(a->cx, a->db, orgs, by.org_id, &org);
    if (r == RC_OK) jw_kstr(out, "org", subject_label(a, &org));
    return r;
}

/* What a process does by itself between two people's steps is in the ledger and in the diagram; told
 * one by one it would hide what people did. */
bool event_is_inner(const struct ledger_entry *e)
{
    static const char *const inner[] = {"operation.done", "instance.started", "instance.ended",
                                        "message.caught"};
    for (size_t i = 0; i < COUNTOF(inner); i++)
        if (str_eq(e->act, str_from(inner[i]))) return true;
    return str_eq(e->act, STR("record.correct")) && str_eq(e->actor, STR("system"));
}

rc event_write(struct ask *a, const struct app_type *type, const struct ledger_entry *e,
               struct jw *out)
{
    const struct json *after = NULL;
    rc r = e->after.len ? json_parse(a->cx, e->after, &after) : RC_OK;
    if (r != RC_OK) return r;
    jw_object(out);
    jw_ki64(out, "seq", e->seq);
    moment_write(a->cx, "at", e->at_us, out);
    r = actor_names_write(a, e->actor, out);
    jw_kstr(out, "what", e->act);
    jw_kstr(out, "title", event_title(a, e, after));
    jw_kstr(out, "text", event_text(a, type, e, after));
    if (r == RC_OK) r = files_write(a, type, after, out);
    jw_end(out, '}');
    return r;
}
