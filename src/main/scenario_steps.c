/* What the steps of a scenario do: commands given, refusals expected, answers compared. */
#include "base/file.h"
#include "main/scenario.h"

/* Who does a step: `as: USER`, else the system. */
static bool who_of(struct scenario *s, const struct decl *step, struct actor *out)
{
    str user = scenario_text(step, "as");
    *out = (struct actor){.code = STR("system"), .name = STR("系统"), .system = true};
    if (!user.len || engine_actor_of(s->cx, s->engine, user, out) == RC_OK) return true;
    scenario_fault(s, step, "there is no user \"" STR_FMT "\"", STR_ARG(user));
    err_clear(s->cx);
    return false;
}

/* Gives a command and compares the outcome with `refused`. */
static bool give(struct scenario *s, const struct decl *step, struct command *c, str *answer)
{
    str refused = scenario_text(step, "refused"), unused;
    c->now_us = s->now_us;
    rc r = engine_apply(s->cx, s->engine, c, answer ? answer : &unused);
    bool as_expected =
        r == RC_OK ? !refused.len : refused.len && str_eq(str_from(s->cx->err.slug), refused);
    if (!as_expected && r == RC_OK)
        scenario_fault(s, step, "was not refused with " STR_FMT, STR_ARG(refused));
    if (!as_expected && r != RC_OK)
        scenario_fault(s, step, "%s: " STR_FMT " " STR_FMT, s->cx->err.slug,
                       STR_ARG(s->cx->err.detail), STR_ARG(s->cx->err.extra));
    err_clear(s->cx);
    return as_expected && r == RC_OK;
}

static bool ask_as(struct scenario *s, const struct decl *step, str question,
                   const struct json *params, const struct actor *who, const struct json **out)
{
    struct buf answer = {.arena = s->cx->arena};
    s->cx->now_us = s->now_us;
    rc r = engine_ask(s->cx, s->engine, question, params, who, &answer);
    if (r == RC_OK) r = json_parse(s->cx, buf_str(&answer), out);
    if (r == RC_OK) return true;
    scenario_fault(s, step, STR_FMT ": " STR_FMT, STR_ARG(question), STR_ARG(s->cx->err.detail));
    err_clear(s->cx);
    return false;
}

/* Checks look at everything, as the system. */
static bool ask(struct scenario *s, const struct decl *step, str question,
                const struct json *params, const struct json **out)
{
    const struct actor system = {.code = STR("system"), .name = STR("系统"), .system = true};
    return ask_as(s, step, question, params, &system, out);
}

/* ---- given ---- */

static void create(struct scenario *s, const struct decl *step, str type, const struct decl *fields)
{
    struct buf text = {.arena = s->cx->arena};
    struct jw w = {.out = &text};
    struct actor who;
    struct command c = {.name = STR("record.create"), .who = &who};
    if (!who_of(s, step, &who)) return;
    jw_object(&w);
    jw_kstr(&w, "type", type);
    jw_key(&w, STR("fields"));
    scenario_json(&w, fields);
    jw_end(&w, '}');
    if (json_parse(s->cx, buf_str(&text), &c.params) != RC_OK) {
        scenario_fault(s, step, STR_FMT, STR_ARG(s->cx->err.detail));
        return;
    }
    (void)give(s, step, &c, NULL);
}

static void add_user(struct scenario *s, const struct decl *step, const struct decl *user)
{
    struct buf text = {.arena = s->cx->arena};
    struct jw w = {.out = &text};
    struct command c = {.name = STR("user.save")};
    scenario_json(&w, user);
    if (json_parse(s->cx, buf_str(&text), &c.params) != RC_OK) {
        scenario_fault(s, step, STR_FMT, STR_ARG(s->cx->err.detail));
        return;
    }
    (void)give(s, step, &c, NULL);
}

static void import(struct scenario *s, const struct decl *step)
{
    /* files are named from the application's folder: demo/figures.csv */
    size_t at = str_index(s->path, STR("/tests/"));
    str app = at == SIZE_MAX ? STR(".") : str_slice(s->path, 0, at),
        refused = scenario_text(step, "refused"), answer;
    struct actor who;
    struct city_import i = {.type = scenario_text(step, "import"),
                            .who = &who,
                            .now_us = s->now_us,
                            .reason = scenario_text(step, "reason")};
    i.path = arena_printf(s->cx->arena, STR_FMT "/" STR_FMT, STR_ARG(app),
                          STR_ARG(scenario_text(step, "file")));
    if (!who_of(s, step, &who)) return;
    rc r = city_import(s->cx, s->engine, &i, &answer);
    if (r == RC_OK ? refused.len > 0 : !str_eq(refused, str_from(s->cx->err.slug)))
        scenario_fault(s, step, "import: %s " STR_FMT " " STR_FMT,
                       r == RC_OK ? "was not refused" : s->cx->err.slug, STR_ARG(s->cx->err.detail),
                       STR_ARG(s->cx->err.extra));
    err_clear(s->cx);
}

void scenario_given(struct scenario *s, const struct decl *step)
{
    for (const struct decl *m = step->child; m; m = m->next) {
        if (str_eq(m->key, STR("user"))) {
            add_user(s, step, m);
            return;
        }
        if (str_eq(m->key, STR("import"))) {
            import(s, step);
            return;
        }
        if (catalogue_type(engine_catalogue(s->engine), m->key)) {
            create(s, step, m->key, m);
            return;
        }
    }
    if (!decl_find(step, STR("at"))) scenario_fault(s, step, "names no type, user or import");
}

/* ---- when ---- */

/* The natural key as text: fields joined by "/", references by their own key. */
static str key_of(struct scenario *s, const struct app_type *type, const struct json *record)
{
    const struct json *fields = json_find(record, STR("fields"));
    struct buf key = {.arena = s->cx->arena};
    for (int i = 0; i < type->key_count; i++) {
        const struct json *v = json_find(fields, type->field[type->key[i]].name);
        if (i) buf_char(&key, '/');
        if (v) buf_add(&key, json_is(v, JSON_OBJECT) ? json_text(v, STR("key")) : v->text);
    }
    return buf_str(&key);
}

/* The id of a record named by its natural key, or of the only one. */
static bool find(struct scenario *s, const struct decl *step, str type, int64_t *id,
                 int64_t *version)
{
    const struct json *page, *found = NULL;
    const struct app_type *declared = catalogue_type(engine_catalogue(s->engine), type);
    str key = scenario_text(step, "key");
    if (!ask(s, step, STR("record.list"), params_of(s->cx, "type", type, "limit", STR("500"), NULL),
             &page))
        return false;
    const struct json *list = json_find(page, STR("records"));
    for (const struct json *j = list ? list->child : NULL; j; j = j->next)
        if (!key.len || str_eq(key_of(s, declared, j), key)) {
            found = j;
            break;
        }
    if (found && json_i64(json_find(found, STR("id")), id) &&
        json_i64(json_find(found, STR("version")), version))
        return true;
    scenario_fault(s, step, "there is no " STR_FMT " \"" STR_FMT "\"", STR_ARG(type), STR_ARG(key));
    return false;
}

static void change(struct scenario *s, const struct decl *step, const char *verb)
{
    str type = scenario_text(step, verb), reason = scenario_text(step, "reason");
    bool voids = str_eq(str_from(verb), STR("void"));
    const struct decl *with = decl_find(step, STR("with"));
    struct buf text = {.arena = s->cx->arena};
    struct jw w = {.out = &text};
    struct actor who;
    struct command c = {.name = voids ? STR("record.void") : STR("record.correct"), .who = &who};
    int64_t id, version;
    if (!who_of(s, step, &who) || !find(s, step, type, &id, &version)) return;
    jw_object(&w);
    jw_kstr(&w, "type", type);
    jw_ki64(&w, "id", id);
    jw_kstr(&w, "reason", reason.len ? reason : STR("scenario"));
    if (with) {
        jw_key(&w, STR("fields"));
        scenario_json(&w, with);
    }
    jw_end(&w, '}');
    if (json_parse(s->cx, buf_str(&text), &c.params) == RC_OK) (void)give(s, step, &c, NULL);
}

/* The open task of this name that is for `who`; NULL: none. */
static const struct json *task_find(struct scenario *s, const struct decl *step, str name,
                                    const struct actor *who)
{
    const struct json *answer;
    if (!ask_as(s, step, STR("task.list"), params_of(s->cx, NULL), who, &answer)) return NULL;
    const struct json *list = json_find(answer, STR("tasks"));
    for (const struct json *j = list ? list->child : NULL; j; j = j->next)
        if (str_eq(json_text(j, STR("name")), name) || str_eq(json_text(j, STR("node")), name))
            return j;
    return NULL;
}

static const struct json *any_task(struct scenario *s, const struct decl *step, str name)
{
    const struct actor system = {.code = STR("system"), .name = STR("系统"), .system = true};
    return task_find(s, step, name, &system);
}

/* The open task a step names; NULL: that it is missing was expected, or was said. */
static const struct json *task_of(struct scenario *s, const struct decl *step, const char *key,
                                  const struct actor *who)
{
    const str name = scenario_text(step, key);
    /* Their own goes before another's, which they are to be refused. */
    const struct json *task = task_find(s, step, name, who);
    if (!task && !s->broken) task = any_task(s, step, name);
    if (task || s->broken) return task;
    if (!str_eq(scenario_text(step, "refused"), STR("task.missing")))
        scenario_fault(s, step, "no open task \"" STR_FMT "\" for " STR_FMT, STR_ARG(name),
                       STR_ARG(who->code));
    return NULL;
}

static void member_write(struct jw *w, const struct decl *step, const char *key, const char *as)
{
    const struct decl *d = decl_find(step, str_from(key));
    if (!d) return;
    jw_key(w, str_from(as));
    scenario_json(w, d);
}

static void complete(struct scenario *s, const struct decl *step)
{
    const struct decl *sign = decl_find(step, STR("sign"));
    struct buf text = {.arena = s->cx->arena};
    struct jw w = {.out = &text};
    struct actor who;
    struct command c = {.name = STR("task.complete"), .who = &who};
    int64_t id = 0;
    if (!who_of(s, step, &who)) return;
    const struct json *task = task_of(s, step, "complete", &who);
    if (!task || !json_i64(json_find(task, STR("id")), &id)) return;
    jw_object(&w);
    jw_ki64(&w, "id", id);
    jw_kstr(&w, "outcome", scenario_text(step, "outcome"));
    jw_kstr(&w, "comment", scenario_text(step, "comment"));
    jw_kbool(&w, "sign", sign && str_eq(sign->text, STR("true")));
    member_write(&w, step, "with", "fields");
    member_write(&w, step, "variables", "variables");
    jw_end(&w, '}');
    if (json_parse(s->cx, buf_str(&text), &c.params) == RC_OK) (void)give(s, step, &c, NULL);
}

/* {act: return, task: NAME, to, node, reason, come_back}: what else people do with a task. */
static void act(struct scenario *s, const struct decl *step)
{
    struct buf text = {.arena = s->cx->arena};
    struct jw w = {.out = &text};
    struct actor who;
    struct command c = {.name = STR("task.act"), .who = &who};
    int64_t id = 0;
    if (!who_of(s, step, &who)) return;
    const struct json *task = task_of(s, step, "task", &who);
    if (!task || !json_i64(json_find(task, STR("id")), &id)) return;
    jw_object(&w);
    jw_ki64(&w, "id", id);
    static const char *const member[] = {"act", "to", "node", "reason", "text", "come_back"};
    for (size_t i = 0; i < COUNTOF(member); i++)
        member_write(&w, step, member[i], member[i]);
    jw_end(&w, '}');
    if (json_parse(s->cx, buf_str(&text), &c.params) == RC_OK) (void)give(s, step, &c, NULL);
}

/* {start: PROCESS, with: {variables}}, {signal: NAME, with}, {message: NAME, key, with} */
static void send(struct scenario *s, const struct decl *step, const char *key, const char *command)
{
    const bool starts = str_eq(str_from(key), STR("start"));
    struct buf text = {.arena = s->cx->arena};
    struct jw w = {.out = &text};
    struct actor who;
    struct command c = {.name = str_from(command), .who = &who};
    if (!who_of(s, step, &who)) return;
    jw_object(&w);
    member_write(&w, step, key, starts ? "process" : "name");
    member_write(&w, step, "key", "key");
    member_write(&w, step, "with", "variables");
    jw_end(&w, '}');
    if (json_parse(s->cx, buf_str(&text), &c.params) == RC_OK) (void)give(s, step, &c, NULL);
}

void scenario_when(struct scenario *s, const struct decl *step)
{
    if (decl_find(step, STR("create"))) {
        const struct decl *with = decl_find(step, STR("with"));
        if (with)
            create(s, step, scenario_text(step, "create"), with);
        else
            scenario_fault(s, step, "\"create\" needs \"with\"");
    } else if (decl_find(step, STR("correct"))) {
        change(s, step, "correct");
    } else if (decl_find(step, STR("void"))) {
        change(s, step, "void");
    } else if (decl_find(step, STR("import"))) {
        import(s, step);
    } else if (decl_find(step, STR("complete"))) {
        complete(s, step);
    } else if (decl_find(step, STR("act"))) {
        act(s, step);
    } else if (decl_find(step, STR("start"))) {
        send(s, step, "start", "process.start");
    } else if (decl_find(step, STR("signal"))) {
        send(s, step, "signal", "signal.send");
    } else if (decl_find(step, STR("message"))) {
        send(s, step, "message", "message.send");
    } else if (step->count > 1 || !decl_find(step, STR("at"))) {
        scenario_fault(s, step,
                       "is none of create, correct, void, import, complete, act, start, signal, "
                       "message, at");
    }
}

/* ---- then ---- */

/* A figure agrees when it is the same at the digits that are written. */
static bool figure_is(str have, str want)
{
    dec a, b, rounded;
    str fraction;
    (void)str_cut(want, '.', &fraction);
    return dec_parse(have, &a) && dec_parse(want, &b) &&
           dec_rescale(a, (int)fraction.len, DEC_HALF_UP, &rounded) && dec_cmp(rounded, b) == 0;
}

static void then_indicator(struct scenario *s, const struct decl *step)
{
    const struct json *answer;
    const struct decl *is = decl_find(step, STR("is")), *shown = decl_find(step, STR("shown"));
    const struct json *params = params_of(
        s->cx, "name", scenario_text(step, "indicator"), "org", scenario_text(step, "org"),
        "period", scenario_text(step, "period"), "known_at", scenario_text(step, "known_at"), NULL);
    if (!ask(s, step, STR("indicator.get"), params, &answer)) return;
    const struct json *reading = answer, *value = json_find(reading, STR("value"));
    if (is && !is->quoted && str_eq(is->text, STR("null"))) {
        if (value && !json_is(value, JSON_NULL))
            scenario_fault(s, step, "is " STR_FMT ", not absent", STR_ARG(value->text));
    } else if (is && (!json_is(value, JSON_NUMBER) || !figure_is(value->text, is->text))) {
        scenario_fault(s, step, "is " STR_FMT ", expected " STR_FMT,
                       STR_ARG(value ? value->text : STR("absent")), STR_ARG(is->text));
    }
    if (shown && !str_eq(json_text(reading, STR("shown")), shown->text))
        scenario_fault(s, step, "shows \"" STR_FMT "\", expected \"" STR_FMT "\"",
                       STR_ARG(json_text(reading, STR("shown"))), STR_ARG(shown->text));
}

/* Every field named in `with` is as written: texts, codes, figures, keys of references. */
static bool fields_are(const struct json *have, const struct decl *want, str *which, str *got)
{
    for (const struct decl *m = want ? want->child : NULL; m; m = m->next) {
        const struct json *v = json_find(have, m->key);
        str text = json_is(v, JSON_OBJECT) ? json_text(v, STR("key")) : v ? v->text : (str){0};
        if (json_is(v, JSON_TRUE)) text = STR("true");
        if (json_is(v, JSON_FALSE)) text = STR("false");
        bool absent = !v || json_is(v, JSON_NULL),
             none = !m->quoted && str_eq(m->text, STR("null"));
        if (absent && none) continue;
        if (!absent &&
            (str_eq(text, m->text) || (json_is(v, JSON_NUMBER) && figure_is(text, m->text))))
            continue;
        *which = m->key;
        *got = absent ? STR("absent") : text;
        return false;
    }
    return true;
}

static void then_item(struct scenario *s, const struct decl *step)
{
    const struct json *list;
    str state = scenario_text(step, "item"), lead = scenario_text(step, "lead"), which = {0},
        got = {0};
    int64_t count = 0, want;
    if (!ask(s, step, STR("item.list"),
             params_of(s->cx, "indicator", scenario_text(step, "indicator"), NULL), &list))
        return;
    for (const struct json *j = list->child; j; j = j->next) {
        if (!str_eq(state, STR("none")) && !str_eq(json_text(j, STR("state")), state)) continue;
        if (lead.len && !str_eq(json_text(json_find(j, STR("lead")), STR("key")), lead)) continue;
        if (!fields_are(j, decl_find(step, STR("with")), &which, &got)) continue;
        count++;
    }
    bool counted = str_i64(scenario_text(step, "count"), &want);
    if (str_eq(state, STR("none")) ? count != 0 : counted ? count != want : count == 0) {
        struct buf text = {.arena = s->cx->arena};
        json_write(&text, list);
        scenario_fault(s, step,
                       "%" PRId64 " items fit (" STR_FMT " is \"" STR_FMT "\") among " STR_FMT,
                       count, STR_ARG(which), STR_ARG(got), STR_ARG(buf_str(&text)));
    }
}

static void then_task(struct scenario *s, const struct decl *step)
{
    str name = scenario_text(step, "task"), state = scenario_text(step, "state");
    const struct json *task = any_task(s, step, name);
    bool wanted = !str_eq(state, STR("none"));
    if (!s->broken && wanted != (task != NULL))
        scenario_fault(s, step,
                       wanted ? "there is no open task \"" STR_FMT "\""
                              : "there is an open task \"" STR_FMT "\"",
                       STR_ARG(name));
    str due = scenario_text(step, "due");
    if (task && due.len && !str_eq(json_text(task, STR("due")), due))
        scenario_fault(s, step, "is due " STR_FMT ", expected " STR_FMT,
                       STR_ARG(json_text(task, STR("due"))), STR_ARG(due));
}

/* {process: NAME, state: ended, count?: n}: its instances in this state. */
static void then_process(struct scenario *s, const struct decl *step)
{
    const struct json *list;
    const str name = scenario_text(step, "process"), state = scenario_text(step, "state");
    int64_t want = -1;
    if (!ask(s, step, STR("instance.list"), params_of(s->cx, "process", name, "state", state, NULL),
             &list))
        return;
    const bool counted = str_i64(scenario_text(step, "count"), &want);
    if (counted ? (int64_t)list->count != want : !list->count)
        scenario_fault(s, step, "%zu instances are " STR_FMT, list->count, STR_ARG(state));
}

static void then_record(struct scenario *s, const struct decl *step)
{
    str type = scenario_text(step, "record"), which, got, id_text;
    int64_t id, version;
    struct buf text = {.arena = s->cx->arena};
    const struct json *record;
    if (!find(s, step, type, &id, &version)) return;
    buf_i64(&text, id);
    id_text = buf_str(&text);
    if (!ask(s, step, STR("record.get"), params_of(s->cx, "type", type, "id", id_text, NULL),
             &record))
        return;
    if (!fields_are(json_find(record, STR("fields")), decl_find(step, STR("with")), &which, &got))
        scenario_fault(s, step, STR_FMT " is \"" STR_FMT "\"", STR_ARG(which), STR_ARG(got));
}

static void then_count(struct scenario *s, const struct decl *step)
{
    const struct json *page;
    int64_t total = -1, want = 0;
    const struct json *params = params_of(s->cx, "type", scenario_text(step, "count"), "where",
                                          scenario_text(step, "where"), "count", STR("1"), NULL);
    if (!ask(s, step, STR("record.list"), params, &page)) return;
    (void)json_i64(json_find(page, STR("total")), &total);
    if (!str_i64(scenario_text(step, "is"), &want) || total != want)
        scenario_fault(s, step, "there are %" PRId64 ", expected %" PRId64, total, want);
}

void scenario_then(struct scenario *s, const struct decl *step)
{
    static const struct {
        const char *key;
        void (*run)(struct scenario *s, const struct decl *step);
    } check[] = {{"item", then_item}, {"indicator", then_indicator}, {"record", then_record},
                 {"task", then_task}, {"process", then_process},     {"count", then_count}};
    for (size_t i = 0; i < COUNTOF(check); i++) {
        const struct decl *d = decl_find(step, str_from(check[i].key));
        if (!d) continue;
        check[i].run(s, step);
        return;
    }
    scenario_when(s, step); /* a step between two checks */
}
