/* An engine on a file and clients that keep it busy. */
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/json.h"
#include "main/bpmn/bench.h"

enum { LIFE_BYTES = 256 << 20, CLIENT_BYTES = 8 << 20, STEADY_CLIENTS = 512, NAP_US = 200 };
enum { TICK_US = 5000 };

/* ---- the host: one process each, nothing asked ---- */

static int64_t next_id(void *owner)
{
    struct stand *s = owner;
    return ++s->last_id;
}

static rc find_model(void *owner, struct cx *cx, struct db *db, str process, int64_t version,
                     const struct bpmn_model **out)
{
    const struct stand *s = owner;
    (void)cx, (void)db, (void)version;
    *out = NULL;
    for (int i = 0; i < s->model_count; i++)
        if (str_eq(s->model[i]->id, process)) *out = s->model[i];
    return RC_OK;
}

static rc no_variables(void *owner, struct cx *cx, struct db *db, const struct bpmn_model *m,
                       int64_t subject_id, const struct feel_value **out)
{
    (void)owner, (void)db, (void)subject_id;
    *out = NEWS(cx->arena, struct feel_value, (size_t)m->host_slots + 1);
    return RC_OK;
}

static rc no_operation(void *owner, struct cx *cx, struct db *db, const struct bpmn_step *step,
                       struct feel_value *value)
{
    (void)owner, (void)cx, (void)db, (void)step, (void)value;
    return RC_OK;
}

/* As a client's task list would tell it: which tasks its command has opened. */
static rc hear(void *owner, struct cx *cx, struct db *db, const char *what,
               const struct bpmn_step *step, const struct bpmn_task *task)
{
    const struct stand *s = owner;
    struct client *c = s->current;
    (void)cx, (void)db, (void)step;
    if (c && task && str_eq(str_from(what), STR("task.opened")) && c->open < STAND_TASKS_MAX)
        c->task[c->open++] = task->id;
    return RC_OK;
}

/* ---- opening ---- */

static void remove_files(struct stand *s)
{
    static const char *const ending[] = {"", "-wal", "-shm", "-lock"};
    for (size_t i = 0; i < COUNTOF(ending); i++)
        unlink(arena_cstr(s->cx->arena,
                          arena_printf(s->cx->arena, STR_FMT "%s", STR_ARG(s->path), ending[i])));
}

/* What the model knows of a small application's data. */
static rc read_variables(struct stand *s, int model)
{
    static const char *const name[] = {"applicant", "dept"}, *const value[] = {"zhang", "finance"};
    struct cx cx = {.arena = &s->life, .lang = s->cx->lang};
    struct buf text = {.arena = &s->life};
    struct jw w = {.out = &text};
    const struct bpmn_model *m = s->model[model];
    jw_object(&w);
    if (bpmn_variable_find(m, STR("amount"))) jw_ki64(&w, "amount", 1500);
    for (size_t i = 0; i < COUNTOF(name); i++)
        if (bpmn_variable_find(m, str_from(name[i]))) jw_kstr(&w, name[i], str_from(value[i]));
    if (bpmn_variable_find(m, STR("memo")))
        jw_kstr(&w, "memo", arena_printf(&s->life, "%0200d", 1));
    jw_end(&w, '}');
    return json_parse(&cx, buf_str(&text), &s->variables[model]);
}

rc stand_open(struct cx *cx, str path, struct stand *s)
{
    struct db *db = NULL;
    *s = (struct stand){.cx = cx,
                        .path = path,
                        .random = 88172645463325252U,
                        .clock_us = os_now_us() - os_monotonic_us()};
    arena_init(&s->life, LIFE_BYTES);
    s->host = (struct bpmn_host){.owner = s,
                                 .model = find_model,
                                 .variables = no_variables,
                                 .operation = no_operation,
                                 .event = hear};
    s->ids = (struct bpmn_ids){.owner = s, .next = next_id};
    s->latency = NEWS(&s->life, int64_t, STAND_LATENCIES_MAX);
    remove_files(s);
    rc r = bpmn_engine_new(cx, &s->host, &s->e);
    if (r == RC_OK) r = db_open(cx, path, DB_WRITER, &db);
    if (r == RC_OK) r = db_migrate(cx, db, bpmn_migrations, bpmn_migration_count);
    if (r == RC_OK) r = writer_start(cx, db, NULL, &s->writer);
    if (r != RC_OK && db) db_close(db);
    return r;
}

rc stand_model(struct stand *s, str xml, str source, int *model)
{
    CHECK(s->model_count < STAND_MODELS_MAX);
    const struct bpmn_load how = {.variables = feel_scope_new(&s->life), .open = true};
    struct cx cx = {.arena = &s->life, .lang = s->cx->lang};
    *model = s->model_count;
    const rc r = bpmn_load(&cx, xml, source, &how, &s->model[s->model_count++]);
    return r == RC_OK ? read_variables(s, *model) : err_copy(s->cx, &cx.err);
}

void stand_close(struct stand *s)
{
    writer_stop(s->writer);
    s->writer = NULL;
    remove_files(s);
    arena_done(&s->life);
}

int64_t stand_bytes(struct stand *s)
{
    struct stat file = {0};
    writer_stop(s->writer); /* puts everything into the file */
    s->writer = NULL;
    (void)stat(arena_cstr(s->cx->arena, s->path), &file);
    return file.st_size;
}

/* ---- one command ---- */

static struct bpmn_turn turn_of(struct stand *s, struct db *db)
{
    return (struct bpmn_turn){.e = s->e, .db = db, .ids = &s->ids, .actor = STR("user17")};
}

static rc give_start(struct cx *cx, struct db *db, struct job *job)
{
    struct client *c = (struct client *)job;
    const struct bpmn_turn t = turn_of(c->stand, db);
    const struct bpmn_start what = {.process = c->stand->model[c->model]->id,
                                    .variables = c->stand->variables[c->model],
                                    .several = true};
    int64_t id = 0;
    c->stand->current = c;
    c->open = c->given = 0;
    const rc r = bpmn_start(cx, &t, &what, &id);
    c->stand->current = NULL;
    return r;
}

static rc give_complete(struct cx *cx, struct db *db, struct job *job)
{
    struct client *c = (struct client *)job;
    const struct bpmn_turn t = turn_of(c->stand, db);
    const struct bpmn_completion what = {.task_id = c->task[c->given]};
    return bpmn_complete(cx, &t, &what);
}

static void submit(struct client *c, rc (*run)(struct cx *cx, struct db *db, struct job *job))
{
    struct stand *s = c->stand;
    arena_reset(&c->arena);
    c->job.cx = (struct cx){.arena = &c->arena, .now_us = s->clock_us + os_monotonic_us()};
    c->job.run = run;
    c->is_start = run == give_start;
    if (!c->from_us) c->from_us = os_monotonic_us();
    if (writer_submit(s->writer, &c->job) == RC_OK) return;
    atomic_store(&s->failed, true);
    atomic_fetch_sub(&s->active, 1);
}

/* What one has been told: counted. */
static bool told(struct client *c)
{
    struct stand *s = c->stand;
    const int64_t now_us = os_monotonic_us();
    if (c->job.result != RC_OK) {
        if (!atomic_exchange(&s->failed, true)) (void)err_copy(s->cx, &c->job.cx.err);
        atomic_fetch_sub(&s->active, 1);
        return false;
    }
    const int64_t at = atomic_fetch_add(&s->latency_count, 1);
    if (at < STAND_LATENCIES_MAX) s->latency[at] = now_us - c->from_us;
    c->from_us = 0;
    atomic_fetch_add(&s->commands, 1);
    if (!c->is_start) c->given++;
    return true;
}

/* ---- clients that give the next command when the last is answered ---- */

static uint64_t draw(struct stand *s)
{
    s->random ^= s->random << 13;
    s->random ^= s->random >> 7;
    s->random ^= s->random << 17;
    return s->random;
}

/* Its task goes among those that wait, and it gets one of those. */
static void swap_with_pool(struct client *c)
{
    struct stand *s = c->stand;
    if (!s->pool.len || c->open != 1) return;
    int64_t *other = &s->pool.task[draw(s) % (uint64_t)s->pool.len], mine = c->task[0];
    c->task[0] = *other;
    *other = mine;
}

static void next_command(struct job *job);

static void begin(struct client *c)
{
    struct stand *s = c->stand;
    const bool over = (s->limit && atomic_load(&s->started) >= s->limit) ||
                      (s->until_us && os_monotonic_us() >= s->until_us) || atomic_load(&s->failed);
    if (over) {
        atomic_fetch_sub(&s->active, 1);
        return;
    }
    atomic_fetch_add(&s->started, 1);
    c->job.done = next_command;
    submit(c, give_start);
}

static void next_command(struct job *job)
{
    struct client *c = (struct client *)job;
    struct stand *s = c->stand;
    if (!told(c)) return;
    if (c->is_start && c->only_starts) { /* only starts: the task stays in the pool */
        if (c->open && s->pool.len < s->pool.cap) s->pool.task[s->pool.len++] = c->task[0];
        atomic_fetch_add(&s->finished, 1);
        begin(c);
        return;
    }
    if (c->is_start && c->pooled) swap_with_pool(c);
    if (c->given < c->open) {
        submit(c, give_complete);
        return;
    }
    atomic_fetch_add(&s->finished, 1);
    begin(c);
}

static struct client *clients_of(struct stand *s, struct arena *a, int count)
{
    struct client *c = NEWS(a, struct client, (size_t)count);
    for (int i = 0; i < count; i++) {
        c[i].stand = s;
        arena_init(&c[i].arena, CLIENT_BYTES);
    }
    return c;
}

static void clients_done(struct client *c, int count)
{
    for (int i = 0; i < count; i++)
        arena_done(&c[i].arena);
}

static int by_size(const void *x, const void *y)
{
    const int64_t a = *(const int64_t *)x, b = *(const int64_t *)y;
    return a < b ? -1 : a > b;
}

static void reset(struct stand *s, int clients)
{
    atomic_store(&s->started, 0);
    atomic_store(&s->finished, 0);
    atomic_store(&s->commands, 0);
    atomic_store(&s->latency_count, 0);
    atomic_store(&s->failed, false);
    atomic_store(&s->active, clients);
    s->until_us = s->limit = 0;
}

static rc figures(struct stand *s, struct stand_run *r, int64_t begin_us)
{
    int64_t count = atomic_load(&s->latency_count);
    if (count > STAND_LATENCIES_MAX) count = STAND_LATENCIES_MAX;
    r->took_us = os_monotonic_us() - begin_us;
    r->instances = atomic_load(&s->finished);
    r->commands = atomic_load(&s->commands);
    if (r->took_us < 1) r->took_us = 1;
    qsort(s->latency, (size_t)count, sizeof *s->latency, by_size);
    r->p50_us = count ? s->latency[count / 2] : 0;
    r->p99_us = count ? s->latency[count * 99 / 100] : 0;
    r->worst_us = count ? s->latency[count - 1] : 0;
    if (!atomic_load(&s->failed)) return RC_OK;
    return s->cx->err.code != RC_OK
               ? s->cx->err.code
               : err_set(s->cx, RC_INTERNAL, "bench.queue", "写入队列不接收命令",
                         "the writer's queue takes no commands");
}

rc stand_run(struct stand *s, struct stand_run *r)
{
    struct arena arena;
    arena_init(&arena, (size_t)64 << 20);
    struct client *c = clients_of(s, &arena, r->clients);
    reset(s, r->clients);
    const int64_t begin_us = os_monotonic_us();
    s->limit = r->limit;
    if (r->seconds) s->until_us = begin_us + r->seconds * US_PER_SECOND;
    for (int i = 0; i < r->clients; i++) {
        c[i].model = r->model;
        c[i].only_starts = r->only_start;
        c[i].pooled = r->pooled;
        begin(&c[i]);
    }
    while (atomic_load(&s->active) > 0)
        usleep(NAP_US);
    const rc code = figures(s, r, begin_us);
    clients_done(c, r->clients);
    arena_done(&arena);
    return code;
}

/* ---- commands at a steady rate ---- */

struct steady {
    struct client *c;
    int64_t at_us, step_us;
    int at;
};

static void steady_done(struct job *job)
{
    struct client *c = (struct client *)job;
    struct stand *s = c->stand;
    const bool good = told(c);
    if (good && !c->is_start) {
        atomic_fetch_add(&s->finished, 1);
        c->open = c->given = 0;
    }
    if (good) atomic_fetch_sub(&s->active, 1);
}

/* One command when its time has come: the client whose turn it is starts, or completes what it started.
 * One that has not been answered for a whole round makes the run wait, which shows in the latency. */
static void steady_step(struct stand *s, struct steady *t)
{
    struct client *c = &t->c[t->at];
    while (atomic_load(&s->active) >= STEADY_CLIENTS - 1)
        usleep(NAP_US);
    c->from_us = t->at_us;
    c->job.done = steady_done;
    atomic_fetch_add(&s->active, 1);
    submit(c, c->open > c->given ? give_complete : give_start);
    t->at = (t->at + 1) % STEADY_CLIENTS;
    t->at_us += t->step_us;
}

static void steady_until(struct stand *s, struct steady *t, int64_t until_us,
                         const atomic_bool *stop)
{
    while (!atomic_load(&s->failed)) {
        const int64_t now_us = os_monotonic_us();
        if (stop ? atomic_load(stop) : now_us >= until_us) break;
        if (now_us >= t->at_us)
            steady_step(s, t);
        else
            usleep((useconds_t)(t->at_us - now_us < NAP_US ? t->at_us - now_us : NAP_US));
    }
    while (atomic_load(&s->active) > 0)
        usleep(NAP_US);
}

rc stand_steady(struct stand *s, int64_t per_s, struct stand_run *r)
{
    struct arena arena;
    arena_init(&arena, (size_t)64 << 20);
    const int64_t begin_us = os_monotonic_us();
    struct steady t = {.c = clients_of(s, &arena, STEADY_CLIENTS),
                       .at_us = begin_us,
                       .step_us = US_PER_SECOND / per_s};
    for (int i = 0; i < STEADY_CLIENTS; i++)
        t.c[i].model = r->model;
    reset(s, 0);
    steady_until(s, &t, begin_us + r->seconds * US_PER_SECOND, NULL);
    const rc code = figures(s, r, begin_us);
    clients_done(t.c, STEADY_CLIENTS);
    arena_done(&arena);
    return code;
}

/* ---- timers that fall due while commands come ---- */

struct ticker {
    struct job job; /* first */
    struct stand *stand;
    struct arena arena;
    int most, fired_now;
    int64_t fired, now_us;
    atomic_bool is_over;
};

static rc tick(struct cx *cx, struct db *db, struct job *job)
{
    struct ticker *k = (struct ticker *)job;
    struct bpmn_turn t = turn_of(k->stand, db);
    int64_t next_us = 0;
    t.until_us = os_monotonic_us() + TICK_US; /* as engine/work.c */
    return bpmn_tick(cx, &t, k->most, &k->fired_now, &next_us);
}

static void tick_again(struct ticker *k)
{
    arena_reset(&k->arena);
    k->job.cx = (struct cx){.arena = &k->arena, .now_us = k->now_us};
    if (writer_submit(k->stand->writer, &k->job) != RC_OK) atomic_store(&k->is_over, true);
}

static void ticked(struct job *job)
{
    struct ticker *k = (struct ticker *)job;
    if (job->result == RC_OK) k->fired += k->fired_now;
    if (job->result == RC_OK && k->fired_now > 0) {
        tick_again(k);
        return;
    }
    if (job->result != RC_OK && !atomic_exchange(&k->stand->failed, true))
        (void)err_copy(k->stand->cx, &job->cx.err);
    atomic_store(&k->is_over, true);
}

rc stand_fire(struct stand *s, int64_t per_s, int most, int64_t *fired, struct stand_run *r)
{
    enum { TICK_BYTES = 64 << 20, LATER_S = 4000 };
    struct arena arena;
    arena_init(&arena, (size_t)64 << 20);
    const int64_t begin_us = os_monotonic_us();
    struct ticker k = {.stand = s, .most = most, .job = {.run = tick, .done = ticked}};
    struct steady t = {.c = clients_of(s, &arena, STEADY_CLIENTS),
                       .at_us = begin_us,
                       .step_us = US_PER_SECOND / per_s};
    for (int i = 0; i < STEADY_CLIENTS; i++)
        t.c[i].model = r->model;
    arena_init(&k.arena, TICK_BYTES);
    reset(s, 0);
    k.now_us =
        s->clock_us + begin_us + (int64_t)LATER_S * US_PER_SECOND; /* more than an hour later */
    tick_again(&k);
    steady_until(s, &t, 0, &k.is_over);
    *fired = k.fired;
    const rc code = figures(s, r, begin_us);
    clients_done(t.c, STEADY_CLIENTS);
    arena_done(&k.arena);
    arena_done(&arena);
    return code;
}
