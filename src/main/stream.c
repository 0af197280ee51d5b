/* The seeded command stream: which command comes next, and what its answers teach. */
#include "main/stream.h"

#include "base/date.h"
#include "main/stream_inside.h"

/* ---- opening ---- */

/* The words in quotes of the watched indicators' formulas: what moves their numbers. */
static void literals_find(struct stream *s)
{
    for (int i = 0; i < s->cat->watch_count; i++)
        for (str rest = s->cat->watch[i].indicator->formula; rest.len;) {
            (void)str_cut(rest, '"', &rest);
            str word = str_cut(rest, '"', &rest);
            if (word.len && rest.at && s->literal_count < LITERALS_MAX)
                s->literal[s->literal_count++] = word;
        }
}

struct stream *stream_open(struct arena *a, uint64_t seed, const struct catalogue *c,
                           int64_t now_us)
{
    struct stream *s = NEW(a, struct stream);
    s->cat = c;
    s->random = seed;
    s->now_us = now_us;
    for (int i = 0; i < REPEATS_MAX; i++)
        arena_init(&s->repeat[i].arena, ARENA_DEFAULT_BYTES);
    s->known = NEWS(a, struct known_type, (size_t)c->type_count);
    for (int i = 0; i < USERS_MAX; i++)
        snprintf(s->user[i], sizeof s->user[i], "user%d", i);
    literals_find(s);
    return s;
}

void stream_close(struct stream *s)
{
    if (!s) return;
    for (int i = 0; i < REPEATS_MAX; i++)
        arena_done(&s->repeat[i].arena);
}

/* ---- commands: each writes its parameters and returns its name ---- */

typedef str make_fn(struct stream *s, struct jw *w);

static void reason_write(struct stream *s, struct jw *w)
{
    struct buf b = {.arena = w->out->arena};
    enum style style = draw_percent(s, 15) ? STYLE_STRANGE : STYLE_CHINESE;
    value_text(s, &b, style, 20);
    jw_kstr(w, "reason", buf_str(&b));
}

static str make_create(struct stream *s, struct jw *w)
{
    const struct app_type *t = type_any(s);
    bool spoil = draw_percent(s, 12), said = draw_percent(s, 30), stray = draw_percent(s, 1);
    jw_kstr(w, "type", stray ? STR("nowhere.nothing") : t->name);
    jw_key(w, STR("fields"));
    fields_new(s, w, t, spoil);
    if (said) reason_write(s, w);
    return STR("record.create");
}

/* id and version of a record: mostly the right ones. */
static const struct app_type *target_write(struct stream *s, struct jw *w)
{
    const struct app_type *t = type_any(s);
    const struct known *k = known_any(s, t);
    int64_t luck = draw_below(s, 100), stray = draw_below(s, 100);
    jw_kstr(w, "type", t->name);
    jw_ki64(w, "id", k && stray >= 4 ? k->id : stray);
    if (k && luck < 50) jw_ki64(w, "version", luck < 42 ? k->version : k->version - 1);
    return t;
}

static str make_correct(struct stream *s, struct jw *w)
{
    const struct app_type *t = target_write(s, w);
    bool spoil = draw_percent(s, 10), said = draw_percent(s, 50);
    jw_key(w, STR("fields"));
    fields_some(s, w, t, spoil);
    if (said) reason_write(s, w);
    return STR("record.correct");
}

static str make_void(struct stream *s, struct jw *w)
{
    (void)target_write(s, w);
    if (draw_percent(s, 90)) reason_write(s, w);
    return STR("record.void");
}

static str make_import(struct stream *s, struct jw *w)
{
    const struct app_type *t = type_any(s);
    int64_t size = draw_below(s, 200); /* the longest are written in parts as they go on */
    int64_t rows = 1 + draw_below(s, size < 1 ? 12000 : size < 20 ? 120 : 12);
    bool faulty = draw_percent(s, 25), partial = draw_percent(s, 50);
    jw_kstr(w, "type", t->name);
    if (partial) jw_kstr(w, "partial", STR("1"));
    jw_key(w, STR("rows"));
    jw_array(w);
    for (int64_t i = 0; i < rows; i++) {
        bool spoil = faulty && draw_percent(s, 15);
        fields_new(s, w, t, spoil);
    }
    jw_end(w, ']');
    return STR("record.import");
}

static const struct open_task *task_any(struct stream *s)
{
    return s->task_count ? &s->task[draw_below(s, s->task_count)] : NULL;
}

static str make_complete(struct stream *s, struct jw *w)
{
    const struct open_task *t = task_any(s);
    bool filled = draw_percent(s, 85), stray = draw_percent(s, 4), sign = draw_percent(s, 12);
    jw_ki64(w, "id", t ? t->id : 1);
    if (t && filled && t->form_count) {
        jw_key(w, STR("fields"));
        jw_object(w);
        for (int i = 0; i < t->form_count; i++) {
            bool spoil = draw_percent(s, 3);
            jw_key(w, t->form[i]->name);
            value_write(s, w, t->form[i], spoil);
        }
        jw_end(w, '}');
    }
    if (t && t->outcome_count)
        jw_kstr(w, "outcome",
                stray ? STR("whatever") : str_from(t->outcome[draw_below(s, t->outcome_count)]));
    if (sign) jw_kbool(w, "sign", true);
    return STR("task.complete");
}

static str make_claim(struct stream *s, struct jw *w)
{
    const struct open_task *t = task_any(s);
    jw_ki64(w, "id", t ? t->id : 1);
    return draw_percent(s, 70) ? STR("task.claim") : STR("task.release");
}

static str user_code(struct stream *s, int64_t n)
{
    return str_from(s->user[n]);
}

static void roles_write(struct stream *s, struct jw *w, int64_t first)
{
    bool second = draw_percent(s, 30), stray = draw_percent(s, 3);
    int64_t other = draw_below(s, s->cat->role_count);
    jw_key(w, STR("roles"));
    jw_array(w);
    jw_str(w, s->cat->role[first % s->cat->role_count].name);
    if (second) jw_str(w, s->cat->role[other].name);
    if (stray) jw_str(w, STR("core.emperor"));
    jw_end(w, ']');
}

static void user_write(struct stream *s, struct jw *w, int64_t n)
{
    const struct app_type *orgs = catalogue_type(s->cat, STR("core.org"));
    const struct known *org = orgs ? known_any(s, orgs) : NULL;
    struct buf name = {.arena = w->out->arena};
    value_text(s, &name, STYLE_CHINESE, 10);
    jw_kstr(w, "code", user_code(s, n));
    jw_kstr(w, "name", buf_str(&name));
    if (org) jw_kstr(w, "org", (str){org->key, org->key_len});
    roles_write(s, w, n);
}

static str make_user(struct stream *s, struct jw *w)
{
    int64_t n = draw_below(s, USERS_MAX);
    bool active = draw_percent(s, 90), stray = draw_percent(s, 4);
    user_write(s, w, n);
    jw_kbool(w, "active", active);
    if (stray) jw_kstr(w, "note", STR("?"));
    return STR("user.save");
}

static str make_token(struct stream *s, struct jw *w)
{
    int64_t n = draw_below(s, USERS_MAX);
    bool add = draw_percent(s, 70);
    jw_kstr(w, "user", user_code(s, n));
    if (!add) {
        jw_ki64(w, "id", 1 + draw_below(s, 500));
        return STR("token.remove");
    }
    jw_kstr(w, "title", STR("程序"));
    jw_kstr(w, "token_hash", arena_printf(w->out->arena, "hash%" PRId64, ++s->serial));
    return STR("token.add");
}

static str make_session(struct stream *s, struct jw *w)
{
    bool open = draw_percent(s, 75);
    int64_t n = open ? ++s->serial : draw_below(s, s->serial + 1);
    jw_kstr(w, "token", arena_printf(w->out->arena, "session%" PRId64, n));
    if (!open) return STR("session.close");
    jw_kstr(w, "user", user_code(s, draw_below(s, USERS_MAX)));
    jw_kstr(w, "csrf", STR("csrf"));
    jw_kstr(w, "address", STR("10.0.0.1"));
    return STR("session.open");
}

static str make_file(struct stream *s, struct jw *w)
{
    struct buf name = {.arena = w->out->arena};
    enum style style = draw_percent(s, 40) ? STYLE_STRANGE : STYLE_CHINESE;
    value_text(s, &name, style, 30);
    jw_kstr(w, "name", buf_str(&name));
    jw_kstr(w, "media_type", draw_percent(s, 50) ? STR("application/pdf") : STR("text/plain"));
    return STR("file.put");
}

static str make_tick(struct stream *s, struct jw *w)
{
    (void)w;
    s->now_us += (1 + draw_below(s, 30)) * 3600 * US_PER_SECOND;
    return STR("timers.tick");
}

static str make_sweep(struct stream *s, struct jw *w)
{
    (void)s, (void)w;
    return STR("watches.sweep");
}

static str make_nonsense(struct stream *s, struct jw *w)
{
    static const char *const name[] = {"record.destroy", "record.create", "record.correct",
                                       "task.complete",  "user.save",     ""};
    jw_kstr(w, "type", STR("core.org"));
    return str_from(name[draw_below(s, (int64_t)COUNTOF(name))]);
}

static const struct {
    make_fn *make;
    int weight;           /* of 100 */
    int by_system;        /* in percent; else somebody who may lack the right */
    int keyed, rehearsed; /* in percent */
} mix[] = {
    {make_create, 28, 70, 10, 5},  {make_correct, 24, 75, 10, 5}, {make_void, 4, 60, 5, 5},
    {make_import, 8, 70, 5, 10},   {make_complete, 14, 75, 8, 3}, {make_claim, 5, 40, 0, 0},
    {make_user, 3, 70, 0, 0},      {make_token, 1, 60, 0, 0},     {make_session, 2, 90, 0, 0},
    {make_file, 2, 60, 5, 5},      {make_tick, 6, 97, 0, 0},      {make_sweep, 1, 90, 0, 0},
    {make_nonsense, 2, 60, 20, 0},
};

/* ---- the next step ---- */

static void actor_draw(struct stream *s, struct stream_step *step, int by_system)
{
    bool system = draw_percent(s, by_system);
    int64_t n = draw_below(s, USERS_MAX);
    if (!system) step->actor = user_code(s, n);
}

static void params_take(struct cx *cx, struct stream_step *step, struct buf *text)
{
    struct cx own = {.arena = cx->arena};
    if (json_parse(&own, buf_str(text), &step->command.params) != RC_OK)
        step->command.params = NULL; /* a spoilt value was no JSON: then nothing is given */
}

/* So that it can be given again. */
static void repeat_keep(struct stream *s, const struct stream_step *step, str params)
{
    int at = s->repeat_count++ % REPEATS_MAX;
    struct arena *a = &s->repeat[at].arena;
    arena_reset(a);
    s->repeat[at].is = (struct repeat){.name = arena_dup(a, step->command.name),
                                       .params = arena_dup(a, params),
                                       .actor = arena_dup(a, step->actor),
                                       .key = arena_dup(a, step->command.idempotency_key)};
}

static bool repeat_draw(struct cx *cx, struct stream *s, struct stream_step *step)
{
    int most = s->repeat_count < REPEATS_MAX ? s->repeat_count : REPEATS_MAX;
    if (!most) return false;
    const struct repeat *again = &s->repeat[draw_below(s, most)].is;
    bool other = draw_percent(s, 20);
    struct buf text = {.arena = cx->arena};
    buf_add(&text, other ? STR("{}") : again->params);
    step->command.name = arena_dup(cx->arena, again->name);
    step->command.idempotency_key = arena_dup(cx->arena, again->key);
    step->actor = arena_dup(cx->arena, again->actor);
    params_take(cx, step, &text);
    return true;
}

static void command_draw(struct cx *cx, struct stream *s, struct stream_step *step)
{
    int64_t at = draw_below(s, 100);
    size_t k = 0;
    while (k + 1 < COUNTOF(mix) && at >= mix[k].weight)
        at -= mix[k++].weight;
    struct buf text = {.arena = cx->arena}, content = {.arena = cx->arena};
    struct jw w = {.out = &text};
    jw_object(&w);
    step->command.name = mix[k].make(s, &w);
    jw_end(&w, '}');
    actor_draw(s, step, mix[k].by_system);
    params_take(cx, step, &text);
    step->command.dry_run = draw_percent(s, mix[k].rehearsed);
    bool keyed = draw_percent(s, mix[k].keyed);
    if (keyed) {
        step->command.idempotency_key = arena_printf(cx->arena, "key%" PRId64, s->number);
        if (!step->command.dry_run) repeat_keep(s, step, buf_str(&text));
    }
    if (mix[k].make != make_file) return;
    int64_t bytes = draw_below(s, draw_percent(s, 5) ? 200000 : 500);
    for (int64_t i = 0; i < bytes; i++)
        buf_char(&content, (char)draw(s));
    step->command.content = buf_str(&content);
}

/* First what there is, then people. */
static bool beginning_draw(struct cx *cx, struct stream *s, struct stream_step *step)
{
    struct buf text = {.arena = cx->arena};
    struct jw w = {.out = &text};
    if (s->listed < s->cat->type_count) {
        step->asks = true;
        step->command.name = STR("record.list");
        list_write(&w, &s->cat->type[s->listed++]);
    } else if (s->user_count < USERS_MAX) {
        step->command.name = STR("user.save");
        jw_object(&w);
        user_write(s, &w, s->user_count++);
        jw_end(&w, '}');
    } else {
        return false;
    }
    params_take(cx, step, &text);
    return true;
}

static void question_take(struct cx *cx, struct stream *s, struct stream_step *step, bool of_tasks)
{
    struct buf text = {.arena = cx->arena};
    struct jw w = {.out = &text};
    step->asks = true;
    if (of_tasks) {
        step->command.name = STR("task.list");
        jw_object(&w);
        jw_kstr(&w, "state", STR("open"));
        jw_end(&w, '}');
    } else {
        question_draw(s, &w, &step->command.name);
        actor_draw(s, step, 60);
    }
    params_take(cx, step, &text);
}

struct stream_step stream_next(struct cx *cx, struct stream *s)
{
    struct stream_step step = {.number = ++s->number};
    s->now_us += (1 + draw_below(s, 90)) * US_PER_SECOND;
    if (!beginning_draw(cx, s, &step)) {
        int64_t what = draw_below(s, 100);
        if (what < 3)
            question_take(cx, s, &step, true);
        else if (what < 12)
            question_take(cx, s, &step, false);
        else if (what >= 15 || !repeat_draw(cx, s, &step))
            command_draw(cx, s, &step);
    }
    step.command.now_us = s->now_us;
    return step;
}

/* ---- what the answers teach ---- */

/* The natural key as it is written in references: its fields joined by "/". */
static void key_learn(struct known *k, const struct app_type *t, const struct json *fields)
{
    size_t len = 0;
    for (int i = 0; i < t->key_count; i++) {
        const struct json *j = json_find(fields, t->field[t->key[i]].name);
        str part = json_is(j, JSON_OBJECT) ? json_text(j, STR("key")) : j ? j->text : (str){0};
        if (!part.len || len + part.len + 1 > KEY_BYTES) return;
        if (i) k->key[len++] = '/';
        memcpy(k->key + len, part.at, part.len);
        len += part.len;
    }
    k->key_len = len;
}

static void record_learn(struct stream *s, const struct json *record)
{
    const struct app_type *t = catalogue_type(s->cat, json_text(record, STR("type")));
    struct known fresh = {0};
    if (!t || !json_i64(json_find(record, STR("id")), &fresh.id)) return;
    (void)json_i64(json_find(record, STR("version")), &fresh.version);
    key_learn(&fresh, t, json_find(record, STR("fields")));
    struct known_type *k = &s->known[t->index];
    for (int i = 0; i < k->count; i++)
        if (k->at[i].id == fresh.id) {
            k->at[i] = fresh;
            return;
        }
    k->at[k->next] = fresh;
    k->next = (k->next + 1) % KNOWN_MAX;
    if (k->count < KNOWN_MAX) k->count++;
}

static void style_learn(struct stream *s, const struct app_type *t)
{
    for (int i = 0; t && i < t->field_count && i < FIELDS_MAX; i++)
        if (t->field[i].check && s->style[i]) s->known[t->index].good[i] = s->style[i];
}

static void copy_text(char *to, size_t room, str from)
{
    size_t len = from.len < room ? from.len : room - 1;
    if (len) memcpy(to, from.at, len);
    to[len] = '\0';
}

static void task_learn(struct stream *s, const struct json *j)
{
    struct open_task t = {0};
    if (s->task_count == TASKS_MAX || !json_i64(json_find(j, STR("id")), &t.id)) return;
    t.type = catalogue_type(s->cat, json_text(json_find(j, STR("subject")), STR("type")));
    const struct json *outcomes = json_find(j, STR("outcomes")), *form = json_find(j, STR("form"));
    for (const struct json *o = outcomes ? outcomes->child : NULL;
         o && t.outcome_count < OUTCOMES_MAX; o = o->next)
        copy_text(t.outcome[t.outcome_count++], KEY_BYTES, json_text(o, STR("code")));
    for (const struct json *f = form ? form->child : NULL; f && t.type && t.form_count < FORM_MAX;
         f = f->next) {
        const struct app_field *field = app_field_find(t.type, f->text);
        if (field) t.form[t.form_count++] = field;
    }
    s->task[s->task_count++] = t;
}

static void answer_learn(struct stream *s, str name, const struct json *j)
{
    const struct json *records = json_find(j, STR("records")), *tasks = json_find(j, STR("tasks"));
    if (str_eq(name, STR("record.create")) || str_eq(name, STR("record.correct"))) {
        record_learn(s, j);
    } else if (str_eq(name, STR("task.complete"))) {
        record_learn(s, json_find(j, STR("record")));
    } else if (str_eq(name, STR("file.put"))) {
        copy_text(s->hash[s->hash_count % HASHES_MAX], sizeof *s->hash, json_text(j, STR("hash")));
        if (s->hash_count < HASHES_MAX) s->hash_count++;
    } else if (str_eq(name, STR("record.list"))) {
        str next = json_text(j, STR("next"));
        s->page.cursor_len = next.len < sizeof s->page.cursor ? next.len : 0;
        if (s->page.cursor_len) memcpy(s->page.cursor, next.at, next.len);
        for (const struct json *r = records ? records->child : NULL; r; r = r->next)
            record_learn(s, r);
    } else if (str_eq(name, STR("task.list")) && tasks) {
        s->task_count = 0;
        for (const struct json *t = tasks->child; t; t = t->next)
            task_learn(s, t);
    }
}

void stream_learn(struct cx *cx, struct stream *s, const struct stream_step *step, rc result,
                  str answer)
{
    const struct json *j;
    struct cx own = {.arena = cx->arena};
    const struct json *type = json_find(step->command.params, STR("type"));
    if (result != RC_OK || json_parse(&own, answer, &j) != RC_OK) return;
    if (type && str_eq(step->command.name, STR("record.create")))
        style_learn(s, catalogue_type(s->cat, type->text));
    answer_learn(s, step->command.name, j);
}

/* ---- giving ---- */

rc stream_give(struct cx *cx, struct engine *e, const struct stream_step *step, str *answer)
{
    struct actor who = {.code = STR("system"), .name = STR("系统"), .system = true};
    struct command c = step->command;
    cx->now_us = c.now_us;
    rc r = step->actor.len ? engine_actor_of(cx, e, step->actor, &who) : RC_OK;
    if (r != RC_OK) return r;
    c.who = &who;
    if (!step->asks) return engine_apply(cx, e, &c, answer);
    struct buf out = {.arena = cx->arena};
    r = engine_ask(cx, e, c.name, c.params, &who, &out);
    if (r == RC_OK) *answer = buf_str(&out);
    return r;
}
