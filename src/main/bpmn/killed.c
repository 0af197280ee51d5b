/* For tests/kill-bpmn: a program that gives random commands to processes on a file and says on its standard
 * output what is durable, until somebody kills it.
 *
 *     bpmn_killed FILE SEED         goes on for ever
 *     bpmn_killed FILE audit        says what the audit finds: "audit CHECKS BROKEN", sentences below
 *
 * A line a mark: "mark INSTANCE ELEMENT ROUND", written by a service operation into table `mark` in the same
 * transaction, said when that is durable; "start INSTANCE"; "done TASK".  Each command is answered before the
 * next is said to be, so that what is not said may be there or not. */
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/json.h"
#include "bpmn/query.h"
#include "store/writer.h"

enum { LANES = 24, LANE_BYTES = 16 << 20, LIFE_BYTES = 64 << 20, OPEN_MAX = 200, TICK_MOST = 50 };

#define FLOW(id, from, to) "<sequenceFlow id='" id "' sourceRef='" from "' targetRef='" to "'/>"
#define MARK(id)           "<serviceTask id='" id "' b:operation='mark'/>"
/* A user task, a message with a key, a timer, a fork with a join, three rounds, a reminder that does not
 * interrupt, a loop back: after each a mark. */
static const char model_text[] =
    "<definitions xmlns='http://www.omg.org/spec/BPMN/20100524/MODEL'"
    " xmlns:b='https://bihuan.org/bpmn/1' id='d' targetNamespace='urn:kill'>"
    "<message id='m' name='go'/>"
    "<process id='p' isExecutable='true'><startEvent id='s'/>" MARK("m1") "<userTask id='u1'/>"
    "<boundaryEvent id='r' attachedToRef='u1' cancelActivity='false'><timerEventDefinition id='rt'>"
    "<timeDuration>PT1S</timeDuration></timerEventDefinition></boundaryEvent>" MARK("mr")
    "<endEvent id='er'/>" MARK("m2") "<parallelGateway id='fork'/><userTask id='u2'/>"
    "<intermediateCatchEvent id='w'><messageEventDefinition id='wm' messageRef='m'"
    " b:key='key'/></intermediateCatchEvent><intermediateCatchEvent id='t'>"
    "<timerEventDefinition id='tt'><timeDuration>PT1S</timeDuration></timerEventDefinition>"
    "</intermediateCatchEvent>" MARK("ma") MARK("mb") MARK("mc") "<parallelGateway id='join'/>"
    "<userTask id='u3'><multiInstanceLoopCharacteristics><loopCardinality>3</loopCardinality>"
    "</multiInstanceLoopCharacteristics></userTask>" MARK("m3") "<endEvent id='e'/>"
    FLOW("f1", "s", "m1") FLOW("f2", "m1", "u1") FLOW("f3", "u1", "m2") FLOW("f4", "m2", "fork")
    FLOW("f5", "fork", "u2") FLOW("f6", "fork", "w") FLOW("f7", "fork", "t") FLOW("f8", "u2", "ma")
    FLOW("f9", "w", "mb") FLOW("f10", "t", "mc") FLOW("f11", "ma", "join")
    FLOW("f12", "mb", "join") FLOW("f13", "mc", "join") FLOW("f14", "join", "u3")
    FLOW("f15", "u3", "m3") FLOW("f16", "m3", "e") FLOW("f17", "r", "mr") FLOW("f18", "mr", "er")
    "</process></definitions>";

static const struct db_migration mark_migrations[] = {
    {1, "killed.marks",
     "CREATE TABLE killed_mark (site BIGINT NOT NULL, id BIGINT NOT NULL, instance_id BIGINT NOT NULL,"
     " element TEXT NOT NULL, PRIMARY KEY (site, id));"
     "CREATE TABLE killed_id (site BIGINT NOT NULL, name TEXT NOT NULL, id BIGINT NOT NULL,"
     " PRIMARY KEY (site, name));"}};

/* One stream of commands; what its command makes is said when it is durable. */
struct lane {
    struct job job; /* first */
    struct killed *k;
    struct arena arena;
    struct buf said;
};
struct killed {
    struct writer *writer;
    struct bpmn_engine *e;
    struct bpmn_host host;
    struct bpmn_ids ids;
    const struct bpmn_model *model;
    struct lane lane[LANES], *current;
    int64_t last_id;
    uint64_t random;
};

static uint64_t draw(struct killed *k, uint64_t below)
{
    k->random ^= k->random << 13;
    k->random ^= k->random >> 7;
    k->random ^= k->random << 17;
    return k->random % below;
}

static int64_t next_id(void *owner)
{
    struct killed *k = owner;
    return ++k->last_id;
}

/* ---- the host ---- */

static rc find_model(void *owner, struct cx *cx, struct db *db, str process, int64_t version,
                     const struct bpmn_model **out)
{
    const struct killed *k = owner;
    (void)cx, (void)db, (void)version;
    *out = str_eq(process, STR("p")) ? k->model : NULL;
    return RC_OK;
}

static rc no_variables(void *owner, struct cx *cx, struct db *db, const struct bpmn_model *m,
                       int64_t subject_id, const struct feel_value **out)
{
    (void)owner, (void)db, (void)subject_id;
    *out = NEWS(cx->arena, struct feel_value, (size_t)m->host_slots + 1);
    return RC_OK;
}

static rc write_mark(void *owner, struct cx *cx, struct db *db, const struct bpmn_step *step,
                     struct feel_value *value)
{
    struct killed *k = owner;
    (void)value;
    buf_printf(&k->current->said, "mark %" PRId64 " " STR_FMT "\n", step->instance_id,
               STR_ARG(step->node->id));
    return db_exec_text(cx, db,
                        STR("INSERT INTO killed_mark (site, id, instance_id, element)"
                            " VALUES ($site, $1, $2, $3)"),
                        DB_ARGS(DB_I(next_id(k)), DB_I(step->instance_id), DB_T(step->node->id)));
}

/* ---- commands ---- */

static struct bpmn_turn turn_of(struct killed *k, struct db *db)
{
    return (struct bpmn_turn){.e = k->e, .db = db, .ids = &k->ids, .actor = STR("ann")};
}

static rc give_start(struct cx *cx, const struct bpmn_turn *t, struct lane *l)
{
    int64_t id = 0;
    const struct json *variables = NULL;
    const str text = arena_printf(cx->arena, "{\"key\":\"k%d\"}", (int)draw(l->k, 1000000));
    const struct bpmn_start what = {.process = STR("p"), .several = true};
    rc r = json_parse(cx, text, &variables);
    struct bpmn_start with = what;
    with.variables = variables;
    if (r == RC_OK) r = bpmn_start(cx, t, &with, &id);
    if (r == RC_OK) buf_printf(&l->said, "start %" PRId64 "\n", id);
    return r;
}

/* One of the open tasks; *found false: there is none. */
static rc give_complete(struct cx *cx, const struct bpmn_turn *t, struct lane *l, bool *found)
{
    const struct bpmn_task_query q = {.open_only = true, .limit = OPEN_MAX};
    struct bpmn_tasks tasks = {0};
    rc r = bpmn_tasks_find(cx, t->e, t->db, &q, &tasks);
    *found = r == RC_OK && tasks.len > 0;
    if (!*found) return r;
    const struct bpmn_completion what = {.task_id = tasks.at[draw(l->k, tasks.len)].id};
    r = bpmn_complete(cx, t, &what);
    if (r == RC_OK) buf_printf(&l->said, "done %" PRId64 "\n", what.task_id);
    return r;
}

/* To whoever waits: the key is one of those that are waited for. */
static rc give_message(struct cx *cx, const struct bpmn_turn *t, struct lane *l)
{
    DB_ROWS rows = {0};
    bool more = false;
    enum bpmn_delivered how = BPMN_NOT_DELIVERED;
    rc r = db_query_text(cx, t->db,
                         STR("SELECT key FROM subscription WHERE site = $site"
                             " AND message = 'go' ORDER BY id LIMIT 50"),
                         DB_NO_ARGS, &rows);
    struct names keys = {0};
    while (r == RC_OK && (r = db_next(cx, &rows, &more)) == RC_OK && more)
        *vec_add(cx->arena, &keys) = db_text_dup(cx, &rows, 0);
    if (r != RC_OK || !keys.len) return r;
    const struct bpmn_message m = {.name = STR("go"), .key = keys.at[draw(l->k, keys.len)]};
    return bpmn_message(cx, t, &m, &how);
}

static rc save_last_id(struct cx *cx, struct db *db, const struct killed *k)
{
    return db_exec_text(cx, db,
                        STR("INSERT INTO killed_id (site, name, id) VALUES ($site, 'last', $1)"
                            " ON CONFLICT (site, name) DO UPDATE SET id = excluded.id"),
                        DB_ARGS(DB_I(k->last_id)));
}

static rc give(struct cx *cx, struct db *db, struct job *job)
{
    struct lane *l = (struct lane *)job;
    struct killed *k = l->k;
    const struct bpmn_turn t = turn_of(k, db);
    const uint64_t what = draw(k, 10);
    bool found = true;
    int fired = 0;
    int64_t next_us = 0;
    k->current = l;
    rc r = RC_OK;
    if (what < 5) r = give_complete(cx, &t, l, &found);
    if (what < 2 || !found) r = give_start(cx, &t, l);
    if (what == 5 || what == 6) r = give_message(cx, &t, l);
    if (what == 7) r = bpmn_tick(cx, &t, TICK_MOST, &fired, &next_us);
    if (what > 7) r = give_start(cx, &t, l);
    return r == RC_OK ? save_last_id(cx, db, k) : r;
}

static void submit(struct lane *l);

/* Durable: said in one write, so that a line is whole or not there. */
static void told(struct job *job)
{
    struct lane *l = (struct lane *)job;
    if (job->result == RC_OK && l->said.len) {
        (void)fwrite(l->said.at, 1, l->said.len, stdout);
        (void)fflush(stdout);
    }
    if (job->result != RC_OK && job->result != RC_CONFLICT && job->result != RC_MISSING) {
        fprintf(stderr, "refused: %s " STR_FMT "\n", job->cx.err.slug ? job->cx.err.slug : "?",
                STR_ARG(job->cx.err.detail));
        exit(3);
    }
    submit(l);
}

static void submit(struct lane *l)
{
    arena_reset(&l->arena);
    l->said = (struct buf){.arena = &l->arena};
    l->job.cx = (struct cx){.arena = &l->arena, .lang = LANG_EN, .now_us = os_now_us()};
    l->job.run = give;
    l->job.done = told;
    if (writer_submit(l->k->writer, &l->job) != RC_OK) exit(4);
}

/* ---- life ---- */

static rc read_last_id(struct cx *cx, struct db *db, struct killed *k)
{
    DB_ROWS rows = {0};
    bool more = false;
    rc r =
        db_query_text(cx, db, STR("SELECT id FROM killed_id WHERE site = $site AND name = 'last'"),
                      DB_NO_ARGS, &rows);
    if (r == RC_OK) r = db_next(cx, &rows, &more);
    if (r == RC_OK && more) k->last_id = db_i64(&rows, 0);
    return r;
}

static rc open_all(struct cx *cx, struct killed *k, str path, struct db **db)
{
    const struct bpmn_load how = {.variables = feel_scope_new(cx->arena), .open = true};
    k->host = (struct bpmn_host){
        .owner = k, .model = find_model, .variables = no_variables, .operation = write_mark};
    k->ids = (struct bpmn_ids){.owner = k, .next = next_id};
    rc r = bpmn_load(cx, str_from(model_text), STR("killed"), &how, &k->model);
    if (r == RC_OK) r = bpmn_engine_new(cx, &k->host, &k->e);
    if (r == RC_OK) r = db_open(cx, path, DB_WRITER, db);
    if (r == RC_OK) r = db_migrate(cx, *db, bpmn_migrations, bpmn_migration_count);
    if (r == RC_OK) r = db_migrate(cx, *db, mark_migrations, COUNTOF(mark_migrations));
    if (r == RC_OK) r = read_last_id(cx, *db, k);
    return r;
}

static rc audit(struct cx *cx, struct killed *k, struct db *db)
{
    int64_t checks = 0, broken = 0;
    rc r = db_begin(cx, db);
    if (r == RC_OK) r = bpmn_audit(cx, k->e, db, &checks, &broken);
    db_rollback(db);
    printf("audit %" PRId64 " %" PRId64 "\n", checks, broken);
    for (size_t i = 0; i < cx->findings->count; i++)
        printf(STR_FMT "\n", STR_ARG(cx->findings->item[i].detail));
    db_close(db);
    return r;
}

int main(int argc, char **argv)
{
    struct arena life;
    struct db *db = NULL;
    int64_t seed = 0;
    CHECK(argc == 3);
    arena_init(&life, LIFE_BYTES);
    struct killed *k = NEW(&life, struct killed);
    struct cx cx = {.arena = &life,
                    .lang = LANG_EN,
                    .findings = NEW(&life, struct findings),
                    .now_us = os_now_us()};
    rc r = open_all(&cx, k, str_from(argv[1]), &db);
    if (r == RC_OK && !str_i64(str_from(argv[2]), &seed)) {
        r = audit(&cx, k, db);
    } else if (r == RC_OK) {
        k->random = (uint64_t)seed * 2 + 88172645463325253U;
        r = writer_start(&cx, db, NULL, &k->writer);
        for (int i = 0; i < LANES && r == RC_OK; i++) {
            k->lane[i].k = k;
            arena_init(&k->lane[i].arena, LANE_BYTES);
        }
        for (int i = 0; i < LANES && r == RC_OK; i++)
            submit(&k->lane[i]);
        while (r == RC_OK && getchar() != EOF) {
        } /* until it is killed, or whoever started it is gone */
        if (r == RC_OK) _Exit(0);
    }
    if (r != RC_OK) fprintf(stderr, "%s " STR_FMT "\n", cx.err.slug, STR_ARG(cx.err.detail));
    arena_done(&life);
    return r == RC_OK ? 0 : 1;
}
