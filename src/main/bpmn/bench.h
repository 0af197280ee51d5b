/* A process engine on a file, with clients that give it commands through the one writer: what bench bpmn
 * measures.  A client gives a command, hears that it is durable, gives the next. */
#pragma once

#include <stdatomic.h>

#include "bpmn/query.h"
#include "store/writer.h"

enum { STAND_MODELS_MAX = 4, STAND_TASKS_MAX = 3, STAND_LATENCIES_MAX = 1 << 20 };

struct stand;
struct client {
    struct job job; /* first: done gets it back */
    struct stand *stand;
    struct arena arena;
    int model; /* which it starts */
    int64_t task[STAND_TASKS_MAX];
    int open, given; /* its instance's tasks; commands given to it, its start counted */
    int64_t from_us; /* when its command was given, or should have been */
    bool is_start, only_starts, pooled;
};
/* The engine and what is measured.  But for the atomics all of it belongs to the writer's thread while one
 * is on. */
struct stand {
    struct cx *cx;     /* the command's: where errors go */
    struct arena life; /* as long as the stand */
    str path;
    struct writer *writer;
    struct bpmn_engine *e;
    struct bpmn_host host;
    struct bpmn_ids ids;
    const struct bpmn_model *model[STAND_MODELS_MAX];
    int model_count;
    const struct json *variables[STAND_MODELS_MAX]; /* what an instance begins with */
    int64_t last_id, clock_us;                      /* clock: what the monotonic one is behind */
    struct client *current;                         /* whose command is being done */
    struct {                                        /* tasks of b that wait */
        int64_t *task;
        int64_t len, cap;
    } pool;
    uint64_t random;
    /* of the measurement that is on */
    int64_t until_us, limit; /* clients stop then, or after so many instances (0: no limit) */
    atomic_int_fast64_t started, finished, commands, active;
    int64_t *latency;
    atomic_int_fast64_t latency_count;
    atomic_bool failed;
};

NODISCARD rc stand_open(struct cx *cx, str path, struct stand *s);
/* Adds a process; its number is what clients start. */
NODISCARD rc stand_model(struct stand *s, str xml, str source, int *model);
void stand_close(struct stand *s);    /* and removes the file */
int64_t stand_bytes(struct stand *s); /* on disk, everything in the file; stops the writer */

struct stand_run {
    int model, clients;
    int64_t seconds, limit; /* one of them */
    bool pooled; /* a start leaves its task in the pool, and takes another one's from it */
    bool only_start;
    /* out */
    int64_t instances, commands, took_us, p50_us, p99_us, worst_us;
};
NODISCARD rc stand_run(struct stand *s, struct stand_run *r);
/* Commands at a steady rate, whether or not the last is answered; each second one completes. */
NODISCARD rc stand_steady(struct stand *s, int64_t per_s, struct stand_run *r);
/* All due timers are fired, so many a job, while commands come at a steady rate: r's figures are of the
 * commands. */
NODISCARD rc stand_fire(struct stand *s, int64_t per_s, int most, int64_t *fired,
                        struct stand_run *r);

/* ---- the same through the door of the whole product ---- */

/* xml: of a, b and c; r->model: which of them; r's figures as above. */
NODISCARD rc door_run(struct cx *cx, str folder, const str *xml, struct stand_run *r);
