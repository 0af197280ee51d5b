/* For tests only: models from short texts, and a made-up city (test_host.h) for them to run in, on a
 * database of its own. */
#pragma once

#include <stdlib.h>

#include "base/json.h"
#include "base/test.h"
#include "bpmn/test/test_host.h"
#include "store/test_pg.h"

#define assert_ok(w, call)                                                                         \
    do {                                                                                           \
        rc assert_ok_r = (call);                                                                   \
        if (assert_ok_r != RC_OK)                                                                  \
            fail_msg("%s: %s " STR_FMT, #call, (w)->cx.err.slug ? (w)->cx.err.slug : "?",          \
                     STR_ARG((w)->cx.err.detail));                                                 \
    } while (0)

/* The named process is this text from now on. */
static inline void world_process(struct world *w, const char *name, const char *xml)
{
    struct cx cx = {.arena = &w->f.arena, .lang = LANG_EN};
    const struct bpmn_load how = {.variables = test_scope(&w->f.arena), .open = w->open};
    const struct bpmn_model *m = NULL;
    rc r = bpmn_load(&cx, str_from(xml), str_from(name), &how, &m);
    if (r != RC_OK) fail_msg("%s: " STR_FMT, cx.err.slug, STR_ARG(cx.err.detail));
    assert_true(w->model_count < MODELS_MAX);
    w->model[w->model_count] = m;
    w->model_name[w->model_count++] = str_from(name);
}

/* A new engine object, as after a restart; the database stays. */
static inline void world_engine(struct world *w)
{
    struct cx cx = {.arena = &w->f.arena};
    assert_int_equal(bpmn_engine_new(&cx, &w->host, &w->e), RC_OK);
}

static inline int64_t at(const char *moment)
{
    int64_t us = 0;
    assert_true(us_parse(str_from(moment), &us));
    return us;
}

static inline void world_init(struct world *w, const struct calendar *calendar)
{
    *w = (struct world){.due = DAY_NONE};
    fixture_init(&w->f, 64 << 20);
    arena_init(&w->arena, 64 << 20);
    w->cx = (struct cx){.arena = &w->arena,
                        .lang = LANG_EN,
                        .findings = &w->findings,
                        .now_us = at("2022-06-01T10:00:00")};
    w->log = (struct buf){.arena = &w->f.arena};
    w->ids = (struct bpmn_ids){.owner = w, .next = world_next_id};
    w->host = (struct bpmn_host){.owner = w,
                                 .variables = world_variables,
                                 .operation = world_operation,
                                 .event = world_event,
                                 .trace = world_trace,
                                 .calendar = calendar,
                                 .model = world_model,
                                 .starters = world_starters,
                                 .head = world_head,
                                 .agent = world_agent};
    world_engine(w);
    w->url = test_db_url(&w->f.arena, STR(":memory:"));
    assert_ok(w, db_open(&w->cx, w->url, DB_WRITER, &w->db));
    assert_ok(w, db_migrate(&w->cx, w->db, bpmn_migrations, bpmn_migration_count));
    assert_ok(w, db_begin(&w->cx, w->db));
}

static inline void world_done(struct world *w)
{
    db_rollback(w->db);
    db_close(w->db);
    test_db_drop(w->url);
    arena_done(&w->arena);
    fixture_done(&w->f);
}

/* Before a command: nothing of the last one is left in memory. */
static inline void world_fresh(struct world *w)
{
    arena_reset(&w->arena);
    err_clear(&w->cx);
    w->findings.count = w->findings.more = 0;
}

/* A command under a savepoint of its own, undone when it fails. */
#define COMMAND(w, call)                                                                           \
    (world_fresh(w), (void)!db_savepoint(&(w)->cx, (w)->db), command_end((w), (call)))
static inline rc command_end(struct world *w, rc r)
{
    if (r == RC_OK) return db_savepoint_keep(&w->cx, w->db);
    db_savepoint_undo(w->db);
    return r;
}

#define AS(w, who)                                                                                 \
    (&(struct bpmn_turn){.e = (w)->e, .db = (w)->db, .ids = &(w)->ids, .actor = STR(who)})

/* text: an object, or NULL. */
static inline const struct json *world_json(struct world *w, const char *text)
{
    struct cx cx = {.arena = &w->f.arena, .lang = LANG_EN};
    const struct json *j = NULL;
    if (text) assert_int_equal(json_parse(&cx, str_from(text), &j), RC_OK);
    return j;
}

static inline int64_t world_start_with(struct world *w, int64_t subject, const char *element,
                                       const char *variables)
{
    const struct bpmn_start what = {.process = STR("p"),
                                    .element = str_from(element),
                                    .subject_id = subject,
                                    .variables = world_json(w, variables)};
    int64_t id = 0;
    assert_ok(w, COMMAND(w, bpmn_start(&w->cx, AS(w, "ann"), &what, &id)));
    return id;
}

static inline int64_t world_start(struct world *w, int64_t subject)
{
    return world_start_with(w, subject, NULL, NULL);
}

/* The open task of this element; 0 when there is none. */
static inline struct bpmn_task world_task(struct world *w, int64_t subject, const char *node)
{
    struct bpmn_task_query q = {.subject_id = subject, .open_only = true};
    struct bpmn_tasks tasks = {0};
    assert_ok(w, bpmn_tasks_find(&w->cx, w->e, w->db, &q, &tasks));
    for (size_t i = 0; i < tasks.len; i++)
        if (str_eq(tasks.at[i].node->id, str_from(node))) return tasks.at[i];
    return (struct bpmn_task){0};
}

static inline rc world_complete_with(struct world *w, int64_t subject, const char *node,
                                     const char *outcome, const char *variables)
{
    const struct bpmn_completion what = {.task_id = world_task(w, subject, node).id,
                                         .outcome = str_from(outcome),
                                         .variables = world_json(w, variables)};
    return COMMAND(w, bpmn_complete(&w->cx, AS(w, "ann"), &what));
}

static inline rc world_complete(struct world *w, int64_t subject, const char *node,
                                const char *outcome)
{
    return world_complete_with(w, subject, node, outcome, NULL);
}

/* As its owner, or as somebody who may. */
static inline rc world_do(struct world *w, const char *who, int64_t task, const char *outcome)
{
    const struct bpmn_turn t = {.e = w->e, .db = w->db, .ids = &w->ids, .actor = str_from(who)};
    const struct bpmn_completion what = {.task_id = task, .outcome = str_from(outcome)};
    return COMMAND(w, bpmn_complete(&w->cx, &t, &what));
}

/* How a message went. */
static inline enum bpmn_delivered world_message(struct world *w, int64_t subject, const char *name,
                                                const char *variables)
{
    enum bpmn_delivered how = BPMN_NOT_DELIVERED;
    const struct bpmn_message m = {
        .name = str_from(name), .subject_id = subject, .variables = world_json(w, variables)};
    assert_ok(w, COMMAND(w, bpmn_message(&w->cx, AS(w, "ann"), &m, &how)));
    return how;
}

/* The variables of an instance, or of the subject's latest, as JSON. */
static inline str world_variables_in(struct world *w, int64_t subject, int64_t instance)
{
    DB_ROWS rows = {0};
    bool more = false;
    assert_ok(w, db_query_text(&w->cx, w->db,
                               STR("SELECT vars FROM process_instance WHERE site = $site"
                                   " AND subject_id = $1 AND ($2 = 0 OR id = $2)"
                                   " ORDER BY id DESC LIMIT 1"),
                               DB_ARGS(DB_I(subject), DB_I(instance)), &rows));
    assert_ok(w, db_next(&w->cx, &rows, &more));
    return more ? db_text_dup(&w->cx, &rows, 0) : (str){0};
}

static inline str world_variables_of(struct world *w, int64_t subject)
{
    return world_variables_in(w, subject, 0);
}

/* Moves the clock and fires what is due; how many. */
static inline int world_tick(struct world *w, const char *moment)
{
    int fired = 0;
    int64_t next = 0;
    w->cx.now_us = at(moment);
    assert_ok(w, COMMAND(w, bpmn_tick(&w->cx, AS(w, "system"), 100, &fired, &next)));
    return fired;
}

/* The elements where tokens stand, by spaces; "ended" when the instance has. */
static inline str world_tokens(struct world *w, int64_t subject)
{
    struct buf b = {.arena = &w->arena};
    DB_ROWS rows = {0};
    bool more = false;
    assert_ok(w, db_query_text(&w->cx, w->db,
                               STR("SELECT t.node FROM process_token t JOIN process_instance i"
                                   " ON i.site = t.site AND i.id = t.instance_id"
                                   " WHERE t.site = $site AND i.subject_id = $1"
                                   " AND t.state = 'waiting' ORDER BY t.node, t.id"),
                               DB_ARGS(DB_I(subject)), &rows));
    while (db_next(&w->cx, &rows, &more) == RC_OK && more)
        buf_printf(&b, "%s" STR_FMT, b.len ? " " : "", STR_ARG(db_text(&rows, 0)));
    return b.len ? buf_str(&b) : STR("ended");
}

static inline int64_t world_count(struct world *w, const char *sql)
{
    DB_ROWS rows = {0};
    bool more = false;
    assert_ok(w, db_query_text(&w->cx, w->db, str_from(sql), DB_NO_ARGS, &rows));
    assert_ok(w, db_next(&w->cx, &rows, &more));
    return db_i64(&rows, 0);
}

/* No invariant is broken; or says which. */
static inline void world_audit(struct world *w)
{
    int64_t checks = 0, broken = 0;
    world_fresh(w);
    assert_ok(w, bpmn_audit(&w->cx, w->e, w->db, &checks, &broken));
    if (broken) fail_msg("audit: " STR_FMT, STR_ARG(w->findings.item[0].detail));
}

/* ---- a world for each test ---- */

#define SPRING_FESTIVAL_2022                                                                       \
    "day,kind\n2022-01-29,workday\n2022-01-30,workday\n"                                           \
    "2022-01-31,holiday\n2022-02-01,holiday\n2022-02-02,holiday\n"                                 \
    "2022-02-03,holiday\n2022-02-04,holiday\n2022-02-05,holiday\n"                                 \
    "2022-02-06,holiday\n"

/* open: tokens may end without an end event; days: the calendar's CSV, NULL: no calendar. */
static inline struct world *world_new(bool open, const char *days)
{
    struct world *w = calloc(1, sizeof *w);
    const struct calendar *c = NULL;
    world_init(w, NULL);
    w->open = open;
    if (!days) return w;
    struct cx cx = {.arena = &w->f.arena};
    assert_int_equal(calendar_parse(&cx, str_from(days), STR("days.csv"), &c), RC_OK);
    w->host.calendar = c;
    world_engine(w);
    return w;
}

static inline int world_set_up(void **state)
{
    *state = world_new(true, NULL);
    return 0;
}

static inline int world_set_up_weekdays(void **state)
{
    *state = world_new(true, "day,kind\n");
    return 0;
}

static inline int world_tear_down(void **state)
{
    struct world *w = *state;
    world_audit(w);
    world_done(w);
    free(w);
    return 0;
}

#define assert_refused(w, call, code, slug_text)                                                   \
    do {                                                                                           \
        assert_int_equal((call), code);                                                            \
        assert_err(&(w)->cx, code, slug_text);                                                     \
    } while (0)
