/* The door: a command becomes a job of the writer; here is the order in which it runs. */
#include <stdlib.h>
#include <string.h>

#include "engine/inside.h"

const struct command_row commands[] = {
#define COMMAND(text, run) {text, run},
#include "engine/commands.def"
#undef COMMAND
};
const size_t command_count = COUNTOF(commands);

/* A job of the writer that runs one command. */
struct errand {
    struct job job;
    struct engine *e;
    const struct command *c;
    struct cx *caller;
    engine_done_fn *done; /* NULL: the submitter waits */
    void *data;
    str answer;
    bool rehearsed; /* a dry run went well: its savepoint is undone on purpose */
};

SQL(sql_answered,
    "SELECT body, answer FROM idempotency WHERE site = $site AND actor = $1 AND key = $2");
SQL(sql_answer,
    "INSERT INTO idempotency (site, actor, key, body, answer, at_us)"
    " VALUES ($site, $1, $2, $3, $4, $5)");

int64_t engine_next_id(void *engine)
{
    struct engine *e = engine;
    return ++e->last_id;
}

struct actor engine_system(void)
{
    return (struct actor){.code = STR("system"), .name = STR("系统"), .system = true};
}

int64_t engine_now_us(const struct engine *e)
{
    return os_now_us() + e->options.clock_offset_us;
}

static command_fn *command_find(str name)
{
    for (size_t i = 0; i < command_count; i++)
        if (str_eq(name, str_from(commands[i].name))) return commands[i].run;
    return NULL;
}

/* Watches look at what the turn has written; the items they open may move numbers of their own, so
 * they look again until nothing new was touched. */
rc engine_watch(struct turn *t)
{
    enum { ROUNDS_MAX = 4 };
    size_t seen = 0;
    for (int round = 0; round < ROUNDS_MAX; round++) {
        struct measure_touches touched = {0};
        measure_touched(t->e->cells, t->cx->arena, &touched);
        if (touched.len == seen) return RC_OK;
        struct measure_touches fresh = {.at = touched.at + seen, .len = touched.len - seen};
        seen = touched.len;
        rc r = loop_run(t->cx, t->e->loop, t->db, t->e->cells, &fresh);
        if (r != RC_OK) return r;
    }
    return RC_OK;
}

/* The fingerprint of a command's content: the same key must come with the same. */
static str body_of(struct cx *cx, const struct command *c)
{
    struct buf body = {.arena = cx->arena};
    buf_add(&body, c->name);
    buf_char(&body, ' ');
    if (c->params) json_write(&body, c->params);
    return sm3_hex(cx->arena, buf_str(&body));
}

/* *known: this request was answered before, and *answer is what it got. */
static rc answered_before(struct turn *t, str body, bool *known, str *answer)
{
    DB_ROWS rows = {0};
    rc r = db_query(t->cx, t->db, &sql_answered,
                    DB_ARGS(DB_T(t->who.code), DB_T(t->c->idempotency_key)), &rows);
    if (r == RC_OK) r = db_next(t->cx, &rows, known);
    if (r != RC_OK || !*known) return r;
    if (!str_eq(db_text(&rows, 0), body))
        return err_set(t->cx, RC_CONFLICT, "idempotency.reused",
                       "幂等键“" STR_FMT "”已用于另一个请求,请换一个新的键",
                       "the idempotency key \"" STR_FMT
                       "\" was used for another request: take a new one",
                       STR_ARG(t->c->idempotency_key));
    *answer = db_text_dup(t->cx, &rows, 1);
    return RC_OK;
}

static rc turn_run(struct turn *t, struct errand *errand)
{
    command_fn *run = command_find(t->c->name);
    if (!run)
        return err_set(t->cx, RC_MISSING, "command.unknown", "没有名为“" STR_FMT "”的操作",
                       "there is no command \"" STR_FMT "\"", STR_ARG(t->c->name));
    str body = {0};
    bool keyed = t->c->idempotency_key.len > 0, known = false;
    rc r = RC_OK;
    if (keyed) {
        body = body_of(t->cx, t->c);
        r = answered_before(t, body, &known, &errand->answer);
    }
    if (r != RC_OK || known) return r;
    r = run(t);
    if (r == RC_OK) r = engine_watch(t);
    errand->answer = buf_str(&t->answer);
    if (r == RC_OK && keyed)
        r = db_exec(t->cx, t->db, &sql_answer,
                    DB_ARGS(DB_T(t->who.code), DB_T(t->c->idempotency_key), DB_T(body),
                            DB_T(errand->answer), DB_I(t->cx->now_us)));
    if (r == RC_OK && t->cx->arena->exhausted)
        r = err_set(t->cx, RC_LIMIT, "engine.memory", "请求过大,请分批提交",
                    "the request needs too much memory: send it in parts");
    return r;
}

rc engine_run_job(struct cx *cx, struct db *db, struct job *job)
{
    struct errand *errand = (struct errand *)job;
    struct engine *e = errand->e;
    const struct command *c = errand->c;
    cx->now_us = c->now_us ? c->now_us : engine_now_us(e);
    struct turn t = {.cx = cx, .e = e, .db = db, .c = c, .params = c->params};
    t.who = c->who ? *c->who : engine_system();
    t.answer.arena = cx->arena;
    t.out.out = &t.answer;
    e->turn = &t;
    rc r = turn_run(&t, errand);
    e->turn = NULL;
    if (r == RC_OK && c->dry_run) {
        errand->rehearsed = true;
        r = RC_CONFLICT; /* undoes the savepoint; errand_done answers OK */
    }
    return r;
}

static void errand_finish(struct errand *errand)
{
    struct engine *e = errand->e;
    if (errand->rehearsed && errand->job.result == RC_CONFLICT) {
        errand->job.result = RC_OK;
        err_clear(&errand->job.cx);
    }
    pthread_mutex_lock(&e->lock);
    e->stats.commands++;
    if (errand->job.result != RC_OK) e->stats.refused++;
    pthread_mutex_unlock(&e->lock);
    errand->caller->err = errand->job.cx.err;
}

static void errand_done(struct job *job)
{
    struct errand *errand = (struct errand *)job;
    errand_finish(errand);
    errand->done(errand->data, job->result, errand->answer);
}

static struct errand *errand_new(struct cx *cx, struct engine *e, const struct command *c)
{
    struct errand *errand = NEW(cx->arena, struct errand);
    *errand = (struct errand){.e = e, .c = c, .caller = cx};
    errand->job.cx = *cx;
    errand->job.cx.err = (struct err){0};
    errand->job.run = engine_run_job;
    return errand;
}

rc engine_apply(struct cx *cx, struct engine *e, const struct command *c, str *answer)
{
    struct writer *w = seat_enter(e);
    if (!w) return seat_refuse(cx, e);
    struct errand *errand = errand_new(cx, e, c);
    rc r = writer_run(w, &errand->job);
    seat_exit(e, w);
    if (r != RC_OK && errand->job.result == RC_OK) errand->job.result = r; /* never queued */
    errand_finish(errand);
    if (errand->job.result == RC_OK) *answer = errand->answer;
    return errand->job.result;
}

rc engine_submit(struct cx *cx, struct engine *e, const struct command *c, engine_done_fn *done,
                 void *data)
{
    struct writer *w = seat_enter(e);
    if (!w) return seat_refuse(cx, e);
    struct errand *errand = errand_new(cx, e, c);
    errand->done = done;
    errand->data = data;
    errand->job.done = errand_done;
    rc r = writer_submit(w, &errand->job);
    seat_exit(e, w);
    if (r != RC_OK) cx->err = errand->job.cx.err;
    return r;
}

/* ---- questions ---- */

const struct question_row questions[] = {
#define QUESTION(text, run) {text, run, false},
#define THOUGHT(text, run)  {text, run, true},
#include "engine/questions.def"
#undef QUESTION
#undef THOUGHT
};
const size_t question_count = COUNTOF(questions);

/* Reads on the writer's thread, for a database in memory that has no other connection. */
struct read_errand {
    struct job job;
    rc (*run)(struct cx *cx, struct db *db, void *data);
    void *data;
};

static rc read_job(struct cx *cx, struct db *db, struct job *job)
{
    struct read_errand *errand = (struct read_errand *)job;
    return errand->run(cx, db, errand->data);
}

/* No answer in time: the question was too large, or nobody is there.  One more look tells which. */
static rc late(struct cx *cx, struct engine *e)
{
    enum { LOOK_US = 2000000 };
    struct db *db;
    struct cx look = {
        .arena = cx->arena, .lang = cx->lang, .deadline_us = os_monotonic_us() + LOOK_US};
    if (readers_take(&look, e->readers, &db) == RC_OK) {
        readers_give(e->readers, db);
        return RC_LIMIT;
    }
    err_clear(cx);
    return err_copy(cx, &look.err);
}

rc engine_read(struct cx *cx, struct engine *e, rc (*run)(struct cx *cx, struct db *db, void *data),
               void *data)
{
    if (!cx->now_us) cx->now_us = engine_now_us(e);
    if (e->in_memory) {
        struct read_errand *errand = NEW(cx->arena, struct read_errand);
        *errand = (struct read_errand){.run = run, .data = data};
        errand->job.cx = *cx;
        errand->job.run = read_job;
        struct writer *w = seat_enter(e);
        rc r = w ? writer_run(w, &errand->job) : seat_refuse(&errand->job.cx, e);
        seat_exit(e, w);
        cx->err = errand->job.cx.err;
        return r;
    }
    struct db *db;
    rc r = seat_may_ask(cx, e);
    if (r == RC_OK) r = readers_take(cx, e->readers, &db);
    if (r != RC_OK) return r;
    r = run(cx, db, data);
    readers_give(e->readers, db);
    if (r == RC_LIMIT && str_eq(str_from(cx->err.slug), STR("store.time"))) r = late(cx, e);
    return r;
}

struct asking {
    struct engine *e;
    question_fn *run;
    const struct json *params;
    const struct actor *who;
    struct buf *answer;
};

static rc ask_run(struct cx *cx, struct db *db, void *data)
{
    struct asking *q = data;
    struct jw out = {.out = q->answer};
    struct ask a = {.cx = cx, .e = q->e, .db = db, .params = q->params, .who = q->who, .out = &out};
    return q->run(&a);
}

rc engine_ask(struct cx *cx, struct engine *e, str name, const struct json *params,
              const struct actor *who, struct buf *answer)
{
    for (size_t i = 0; i < question_count; i++)
        if (str_eq(name, str_from(questions[i].name))) {
            struct asking q = {
                .e = e, .run = questions[i].run, .params = params, .who = who, .answer = answer};
            if (!cx->now_us) cx->now_us = engine_now_us(e);
            rc r = questions[i].thought ? ask_run(cx, NULL, &q) : engine_read(cx, e, ask_run, &q);
            if (r == RC_OK && cx->arena->exhausted)
                r = err_set(cx, RC_LIMIT, "engine.memory", "结果过大,请缩小范围",
                            "the answer is too large: ask for less");
            return r;
        }
    return err_set(cx, RC_MISSING, "question.unknown", "没有名为“" STR_FMT "”的查询",
                   "there is no question \"" STR_FMT "\"", STR_ARG(name));
}
