/* Commands on processes and their instances: publish, cancel, change, migrate, messages, jobs. */
#include "bpmn/operate.h"

#include "bpmn/job.h"
#include "engine/inside.h"

enum { MIGRATED_A_COMMAND = 1000, HISTORY_A_COMMAND = 1000, NAMES_MAX = 100 };

static rc answer_empty(struct turn *t)
{
    t->e->news.tasks = true;
    t->e->next_timer_us = 0;
    buf_add(&t->answer, STR("{}"));
    return RC_OK;
}

/* What was done to processes is in the ledger, with the reason. */
static rc ledger_tell(struct turn *t, const char *act, str subject, int64_t id)
{
    struct buf detail = {.arena = t->cx->arena};
    struct jw w = {.out = &detail};
    jw_object(&w);
    for (const struct json *j = t->params->child; j; j = j->next) {
        struct buf one = {.arena = t->cx->arena};
        if (str_eq(j->key, STR("xml")) || str_eq(j->key, STR("variables")))
            continue; /* long, private */
        json_write(&one, j);
        jw_kraw(&w, arena_cstr(t->cx->arena, j->key), buf_str(&one));
    }
    jw_end(&w, '}');
    struct ledger_entry entry = {.at_us = t->cx->now_us,
                                 .actor = t->who.code,
                                 .act = str_from(act),
                                 .subject = subject,
                                 .subject_id = id,
                                 .after = buf_str(&detail),
                                 .reason = json_text(t->params, STR("reason"))};
    return ledger_add(t->cx, t->e->ledger, &entry);
}

static rc names_read(struct turn *t, const char *key, const str **out, size_t *count)
{
    const struct json *list = json_find(t->params, str_from(key));
    str *at = NEWS(t->cx->arena, str, NAMES_MAX);
    *out = at;
    *count = 0;
    for (const struct json *j = list ? list->child : NULL; j; j = j->next) {
        if (!json_is(j, JSON_STRING) || *count == NAMES_MAX)
            return err_set(t->cx, RC_INVALID, "request.parameter", "“%s”应为至多 %d 个编号的列表",
                           "\"%s\" must be a list of at most %d ids", key, NAMES_MAX);
        at[(*count)++] = j->text;
    }
    return RC_OK;
}

/* ---- versions ---- */

static void findings_write(const struct findings *f, struct jw *out)
{
    jw_key(out, STR("findings"));
    jw_array(out);
    for (size_t i = 0; f && i < f->count; i++)
        fault_json(&f->item[i], "error", out);
    jw_end(out, ']');
}

/* Counts of the active instances that would stay with older versions. */
static rc running_write(struct turn *t, str process)
{
    struct bpmn_definitions list = {0};
    rc r = bpmn_definitions(t->cx, t->db, process, &list);
    jw_key(&t->out, STR("running"));
    jw_array(&t->out);
    for (size_t i = 0; r == RC_OK && i < list.len; i++) {
        int64_t active = 0;
        r = bpmn_active_count(t->cx, t->db, process, list.at[i].version, &active);
        if (r != RC_OK || !active) continue;
        jw_object(&t->out);
        jw_ki64(&t->out, "number", list.at[i].number);
        version_write(&t->out, "version", list.at[i].version);
        jw_ki64(&t->out, "active", active);
        jw_end(&t->out, '}');
    }
    jw_end(&t->out, ']');
    return r;
}

/* {process, xml, reason, check?}: check only says what would be. */
rc command_process_publish(struct turn *t)
{
    const struct app_process *declared, *p = NULL;
    str name, xml;
    const bool check = param_true(t->params, "check");
    struct findings list = {0}, *outer = t->cx->findings;
    rc r = needs_administrator(t);
    if (r == RC_OK) r = param_text(t->cx, t->params, "process", &name);
    if (r == RC_OK) r = param_text(t->cx, t->params, "xml", &xml);
    if (r == RC_OK) r = process_named(t->cx, t->e, name, &declared);
    if (r == RC_OK) r = processes_declare(t);
    if (r != RC_OK) return r;
    t->cx->findings = &list;
    r = process_compile(t->cx, t->e->models, declared, xml, &p);
    t->cx->findings = outer;
    if (r == RC_INVALID && check) {
        err_clear(t->cx);
        r = RC_OK;
    }
    struct bpmn_definition d = {.process = name,
                                .version = p ? p->model->version : 0,
                                .tag = p ? p->model->tag : (str){0},
                                .xml = xml,
                                .origin = STR("published")};
    const struct bpmn_turn turn = turn_of(t);
    if (r == RC_OK && !check) r = bpmn_deploy(t->cx, &turn, &d);
    if (r == RC_OK && !check) r = ledger_tell(t, "process.published", name, d.number);
    if (r != RC_OK) return r;
    jw_object(&t->out);
    jw_kbool(&t->out, "right", p != NULL);
    version_write(&t->out, "version", d.version);
    jw_ki64(&t->out, "number", d.number);
    findings_write(&list, &t->out);
    jw_key(&t->out, STR("warnings"));
    jw_array(&t->out);
    for (int i = 0; p && i < p->model->warning_count; i++)
        fault_json(&p->model->warning[i], "warning", &t->out);
    jw_end(&t->out, ']');
    r = running_write(t, name);
    jw_end(&t->out, '}');
    return r;
}

static rc version_param(struct turn *t, const char *key, int64_t *out)
{
    const struct json *j = json_find(t->params, str_from(key));
    if (json_is(j, JSON_STRING) && str_i64(j->text, out)) return RC_OK;
    return err_set(t->cx, RC_INVALID, "request.parameter", "缺少版本“%s”",
                   "the version \"%s\" is missing", key);
}

/* {process, version, state: active | suspended | retired, reason} */
rc command_process_state(struct turn *t)
{
    static const char *const known[] = {"active", "suspended", "retired"};
    const str state = json_text(t->params, STR("state"));
    str name;
    int64_t version = 0;
    bool right = false;
    rc r = needs_administrator(t);
    if (r == RC_OK) r = param_text(t->cx, t->params, "process", &name);
    if (r == RC_OK) r = version_param(t, "version", &version);
    for (size_t i = 0; i < COUNTOF(known); i++)
        right |= str_eq(state, str_from(known[i]));
    if (r == RC_OK && !right)
        r = err_set(t->cx, RC_INVALID, "process.state", "状态应为 active、suspended 或 retired",
                    "state must be active, suspended or retired");
    const struct bpmn_turn turn = turn_of(t);
    if (r == RC_OK) r = bpmn_definition_state(t->cx, &turn, name, version, state);
    if (r == RC_OK) r = ledger_tell(t, "process.switched", name, 0);
    return r == RC_OK ? answer_empty(t) : r;
}

/* {process, from, to, map?: {old: new}, instance?, dry?, after?, reason} */
rc command_process_migrate(struct turn *t)
{
    struct bpmn_migration m = {.reason = json_text(t->params, STR("reason")),
                               .dry = param_true(t->params, "dry")};
    struct bpmn_migrated done = {0};
    struct findings list = {0}, *outer = t->cx->findings;
    const struct json *map = json_find(t->params, STR("map"));
    struct bpmn_step_map *at = NEWS(t->cx->arena, struct bpmn_step_map, map ? map->count + 1 : 1);
    int64_t after = 0, last = 0;
    rc r = needs_administrator(t);
    if (r == RC_OK) r = param_text(t->cx, t->params, "process", &m.process);
    if (r == RC_OK) r = version_param(t, "from", &m.from);
    if (r == RC_OK) r = version_param(t, "to", &m.to);
    for (const struct json *j = map ? map->child : NULL; j; j = j->next)
        at[m.map_count++] = (struct bpmn_step_map){.from = j->key, .to = j->text};
    m.map = at;
    if (r == RC_OK && json_find(t->params, STR("instance")))
        r = param_i64(t->cx, t->params, "instance", &m.instance_id);
    if (r == RC_OK && json_find(t->params, STR("after")))
        r = param_i64(t->cx, t->params, "after", &after);
    const struct bpmn_turn turn = turn_of(t);
    t->cx->findings = &list;
    if (r == RC_OK) r = bpmn_migrate(t->cx, &turn, &m, MIGRATED_A_COMMAND, after, &last, &done);
    t->cx->findings = outer;
    if (r == RC_OK && !m.dry) r = ledger_tell(t, "process.migrated", m.process, 0);
    if (r != RC_OK) return r;
    t->e->news.tasks = true;
    t->e->next_timer_us = 0;
    jw_object(&t->out);
    jw_ki64(&t->out, "instances", done.instances);
    jw_ki64(&t->out, "migrated", done.migrated);
    jw_ki64(&t->out, "refused", done.refused);
    jw_ki64(&t->out, "last", last);
    findings_write(&list, &t->out);
    jw_end(&t->out, '}');
    return RC_OK;
}

/* ---- one instance ---- */

enum instance_act {
    INSTANCE_CANCEL,
    INSTANCE_SUSPEND,
    INSTANCE_RESUME,
    INSTANCE_RESTART,
    INSTANCE_MODIFY,
    INSTANCE_TRIGGER,
    INSTANCE_ACTIVATE
};
static const char *const instance_acts[] = {"cancel", "suspend", "resume",  "restart",
                                            "modify", "trigger", "activate"};

static rc modify(struct turn *t, int64_t id, const struct bpmn_turn *turn)
{
    struct bpmn_modification m = {.instance_id = id,
                                  .variables = json_find(t->params, STR("variables")),
                                  .reason = json_text(t->params, STR("reason"))};
    rc r = names_read(t, "cancel", &m.cancel, &m.cancel_count);
    if (r == RC_OK) r = names_read(t, "start", &m.start, &m.start_count);
    return r == RC_OK ? bpmn_modify(t->cx, turn, &m) : r;
}

static rc instance_act(struct turn *t, enum instance_act act, int64_t id, int64_t *other)
{
    const struct bpmn_turn turn = turn_of(t);
    const str reason = json_text(t->params, STR("reason")),
              element = json_text(t->params, STR("element"));
    switch (act) {
    case INSTANCE_CANCEL: return bpmn_cancel(t->cx, &turn, id, reason);
    case INSTANCE_SUSPEND: return bpmn_suspend(t->cx, &turn, id, false, reason);
    case INSTANCE_RESUME: return bpmn_suspend(t->cx, &turn, id, true, reason);
    case INSTANCE_RESTART:
        return bpmn_restart(t->cx, &turn, id, element, param_true(t->params, "anew"), reason,
                            other);
    case INSTANCE_MODIFY: return modify(t, id, &turn);
    case INSTANCE_TRIGGER:
        return bpmn_trigger(t->cx, &turn, id, element, json_find(t->params, STR("variables")));
    case INSTANCE_ACTIVATE: return bpmn_activate(t->cx, &turn, id, element);
    }
    return RC_OK;
}

/* {id, act, reason, element?, anew?, cancel?, start?, variables?} by an administrator. */
rc command_instance_act(struct turn *t)
{
    const str name = json_text(t->params, STR("act"));
    int64_t id = 0, other = 0;
    size_t i = 0;
    while (i < COUNTOF(instance_acts) && !str_eq(name, str_from(instance_acts[i])))
        i++;
    rc r = needs_administrator(t);
    if (r == RC_OK) r = param_i64(t->cx, t->params, "id", &id);
    if (r == RC_OK && i == COUNTOF(instance_acts))
        r = err_set(t->cx, RC_INVALID, "process.act",
                    "没有操作“" STR_FMT
                    "”，可用：cancel、suspend、resume、restart、modify、"
                    "trigger、activate",
                    "there is no act \"" STR_FMT
                    "\", there are: cancel, suspend, resume, restart, "
                    "modify, trigger, activate",
                    STR_ARG(name));
    if (r == RC_OK && !json_text(t->params, STR("reason")).len) {
        r = err_set(t->cx, RC_INVALID, "process.reason", "请写明原因", "say why");
        err_field(t->cx, STR("reason"));
    }
    other = id;
    if (r == RC_OK) r = instance_act(t, (enum instance_act)i, id, &other);
    if (r == RC_OK) r = ledger_tell(t, "instance.by-hand", STR("process"), id);
    if (r != RC_OK) return r;
    t->e->news.tasks = true;
    t->e->next_timer_us = 0;
    jw_object(&t->out);
    jw_ki64(&t->out, "instance", other);
    jw_end(&t->out, '}');
    return RC_OK;
}

/* {id, reason}: by who started it. */
rc command_instance_withdraw(struct turn *t)
{
    int64_t id = 0;
    const struct bpmn_turn turn = turn_of(t);
    rc r = param_i64(t->cx, t->params, "id", &id);
    if (r == RC_OK) r = bpmn_withdraw(t->cx, &turn, id, json_text(t->params, STR("reason")));
    return r == RC_OK ? answer_empty(t) : r;
}

/* {id} of an incident. */
rc command_incident_retry(struct turn *t)
{
    int64_t id = 0;
    const struct bpmn_turn turn = turn_of(t);
    rc r = needs_administrator(t);
    if (r == RC_OK) r = param_i64(t->cx, t->params, "id", &id);
    if (r == RC_OK) r = bpmn_retry(t->cx, &turn, id);
    return r == RC_OK ? answer_empty(t) : r;
}

/* {most?}: finished instances whose time is over. */
rc command_history_delete(struct turn *t)
{
    int64_t deleted = 0;
    bool more = false;
    const struct bpmn_turn turn = turn_of(t);
    rc r = t->who.system ? RC_OK : needs_administrator(t);
    if (r == RC_OK) r = bpmn_history_delete(t->cx, &turn, HISTORY_A_COMMAND, &deleted, &more);
    if (r != RC_OK) return r;
    jw_object(&t->out);
    jw_ki64(&t->out, "deleted", deleted);
    jw_kbool(&t->out, "more", more);
    jw_end(&t->out, '}');
    return RC_OK;
}

/* ---- messages and signals from outside ---- */

/* {name, key?, message_id?, process?, ttl_seconds?, variables?} */
rc command_message_send(struct turn *t)
{
    static const char *const said[] = {"nobody", "caught", "started", "kept", "repeated"};
    enum { TTL_MAX_S = 366 * 86400 };
    struct bpmn_message m = {.key = json_text(t->params, STR("key")),
                             .id = json_text(t->params, STR("message_id")),
                             .process = json_text(t->params, STR("process")),
                             .variables = json_find(t->params, STR("variables"))};
    int64_t ttl = 0;
    enum bpmn_delivered how = BPMN_NOT_DELIVERED;
    const struct bpmn_turn turn = turn_of(t);
    rc r = needs_administrator(t);
    if (r == RC_OK) r = param_text(t->cx, t->params, "name", &m.name);
    (void)json_i64(json_find(t->params, STR("ttl_seconds")), &ttl);
    if (r == RC_OK && (ttl < 0 || ttl > TTL_MAX_S))
        r = err_set(t->cx, RC_INVALID, "process.ttl", "保留时间应为 0 至 %d 秒",
                    "the time to live must be 0 to %d seconds", TTL_MAX_S);
    m.ttl_us = ttl * US_PER_SECOND;
    if (r == RC_OK) r = processes_declare(t);
    if (r == RC_OK) r = bpmn_message(t->cx, &turn, &m, &how);
    if (r != RC_OK) return r;
    t->e->news.tasks = true;
    t->e->next_timer_us = 0;
    jw_object(&t->out);
    jw_kstr(&t->out, "delivered", str_from(said[how]));
    jw_end(&t->out, '}');
    return RC_OK;
}

/* {name, variables?} */
rc command_signal_send(struct turn *t)
{
    str name;
    int64_t count = 0;
    const struct bpmn_turn turn = turn_of(t);
    rc r = needs_administrator(t);
    if (r == RC_OK) r = param_text(t->cx, t->params, "name", &name);
    if (r == RC_OK) r = processes_declare(t);
    if (r == RC_OK)
        r = bpmn_signal(t->cx, &turn, name, json_find(t->params, STR("variables")), &count);
    if (r != RC_OK) return r;
    t->e->news.tasks = true;
    t->e->next_timer_us = 0;
    jw_object(&t->out);
    jw_ki64(&t->out, "reached", count);
    jw_end(&t->out, '}');
    return RC_OK;
}

/* ---- jobs of programs outside ---- */

/* {topic, seconds?, most?}: the worker is the signed-in user. */
rc command_jobs_fetch(struct turn *t)
{
    enum { LEASE_S = 60, MOST = 10 };
    str topic;
    int64_t seconds = LEASE_S, most = MOST;
    struct bpmn_jobs list = {0};
    const struct bpmn_turn turn = turn_of(t);
    rc r = needs_administrator(t);
    if (r == RC_OK) r = param_text(t->cx, t->params, "topic", &topic);
    (void)json_i64(json_find(t->params, STR("seconds")), &seconds);
    (void)json_i64(json_find(t->params, STR("most")), &most);
    if (r == RC_OK &&
        (seconds < 1 || seconds > BPMN_LEASE_MAX_S || most < 1 || most > BPMN_JOBS_A_FETCH))
        r = err_set(t->cx, RC_INVALID, "job.lease", "租期应为 1 至 %d 秒，一次最多取 %d 件",
                    "the lease is 1 to %d seconds, and at most %d jobs at once", BPMN_LEASE_MAX_S,
                    BPMN_JOBS_A_FETCH);
    if (r == RC_OK)
        r = bpmn_jobs_fetch(t->cx, &turn, topic, t->who.code, (int)seconds, (int)most, &list);
    if (r != RC_OK) return r;
    jw_array(&t->out);
    for (size_t i = 0; i < list.len; i++) {
        const struct bpmn_job *j = &list.at[i];
        jw_object(&t->out);
        jw_ki64(&t->out, "id", j->id);
        jw_ki64(&t->out, "fence", j->fence);
        jw_ki64(&t->out, "instance", j->instance_id);
        jw_kstr(&t->out, "process", j->process);
        jw_kstr(&t->out, "element", j->element);
        jw_ki64(&t->out, "retries", j->retries);
        jw_kraw(&t->out, "variables", j->variables.len ? j->variables : STR("{}"));
        jw_end(&t->out, '}');
    }
    jw_end(&t->out, ']');
    return RC_OK;
}

/* {id, fence, act: complete | fail | error | extend, variables?, retries?, seconds?, why?, code?} */
rc command_job_report(struct turn *t)
{
    int64_t id = 0, fence = 0, retries = -1, seconds = 0;
    const str act = json_text(t->params, STR("act"));
    const struct bpmn_turn turn = turn_of(t);
    rc r = needs_administrator(t);
    if (r == RC_OK) r = param_i64(t->cx, t->params, "id", &id);
    if (r == RC_OK) r = param_i64(t->cx, t->params, "fence", &fence);
    (void)json_i64(json_find(t->params, STR("retries")), &retries);
    (void)json_i64(json_find(t->params, STR("seconds")), &seconds);
    if (r == RC_OK && (seconds < 0 || seconds > BPMN_LEASE_MAX_S)) seconds = BPMN_LEASE_MAX_S;
    if (r != RC_OK) return r;
    if (str_eq(act, STR("complete")))
        r = bpmn_job_complete(t->cx, &turn, id, fence, json_find(t->params, STR("variables")));
    else if (str_eq(act, STR("fail")))
        r = bpmn_job_fail(t->cx, &turn, id, fence, retries, (int)seconds,
                          json_text(t->params, STR("why")));
    else if (str_eq(act, STR("error")))
        r = bpmn_job_error(t->cx, &turn, id, fence, json_text(t->params, STR("code")));
    else if (str_eq(act, STR("extend")))
        r = bpmn_job_extend(t->cx, &turn, id, fence, (int)seconds);
    else
        r = err_set(t->cx, RC_INVALID, "job.act", "应为 complete、fail、error 或 extend",
                    "expected complete, fail, error or extend");
    return r == RC_OK ? answer_empty(t) : r;
}
