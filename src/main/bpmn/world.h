/* A world for one process file: a database in memory, a clock that is moved and never waited for, an engine
 * whose host keeps nothing, commands under a savepoint each. */
#pragma once

#include "bpmn/query.h"

struct world {
    struct arena life;    /* as long as the world */
    struct arena scratch; /* of one command */
    struct cx cx;         /* of one command; now_us is the clock */
    struct db *db;
    struct bpmn_engine *e;
    struct bpmn_host host;
    struct bpmn_ids ids;
    struct bpmn_turn turn;
    const struct bpmn_model *model;
    int64_t last_id;
    int64_t started;        /* by the last world_start */
    VEC(int64_t) instances; /* all that were ever started, oldest first */
    VEC(int64_t) failed;    /* by an error that nobody caught */
    void *owner;            /* the test's */
};
/* Zeroes *w.  Its model is read with bpmn_load into w->life; then world_open. */
void world_init(struct world *w, enum lang lang);
/* Errors: those of the database and the engine, in w->cx. */
NODISCARD rc world_open(struct world *w);
void world_close(struct world *w);

/* Before a command: memory and error of the last one are gone; a savepoint is set. */
NODISCARD rc world_begin(struct world *w);
/* After it: kept when it succeeded, else undone; passes its outcome on. */
rc world_end(struct world *w, rc r);
/* element: a process or a start event of the file; empty: the main one. */
rc world_start(struct world *w, str element, const struct json *variables);
/* The instance started last has failed; those it called may, if it has caught that. */
bool world_has_failed(const struct world *w);
/* In the oldest instance in which that waits.  RC_CONFLICT bpmn.not-waiting when in none. */
rc world_trigger(struct world *w, str element);
/* Fires what is due now; *next_us as bpmn_tick.  A timer that fails is set aside, as the server does. */
rc world_tick(struct world *w, int64_t *next_us);
/* Open tasks, oldest first; in scratch. */
rc world_tasks(struct world *w, struct bpmn_tasks *out);
rc world_complete(struct world *w, int64_t task_id);
