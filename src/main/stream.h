/* A stream of commands and questions drawn from a seed: what a city's people, imports, timers and
 * mistakes do to its records, in an order nobody would think of.  The same seed, declarations and
 * answers give the same stream, to the byte; so two engines can be given the same, one of them can be
 * killed and given the rest, and a benchmark can be repeated.
 *
 * It drives whatever is declared: records of all types with values that fit and values that do not,
 * corrections, imports, tasks, users, tokens, sessions, files, timers, repeated requests, dry runs,
 * people without the right.  Passwords are left out: a salted hash is never the same twice.
 * What exists it learns from the answers. */
#pragma once

#include "engine/engine.h"

struct stream;
struct stream_step {
    int64_t number;         /* 1, 2, 3 … */
    bool asks;              /* a question: command.name, params and who of it; else a command */
    struct command command; /* `who` is left NULL: see actor */
    str actor;              /* the user's code; empty: the system */
};
/* Lives in a.  now_us: when the city begins; it should have its reference data. */
struct stream *stream_open(struct arena *a, uint64_t seed, const struct catalogue *c,
                           int64_t now_us);
void stream_close(struct stream *s);
/* The next one, in cx->arena. */
struct stream_step stream_next(struct cx *cx, struct stream *s);
/* What became of it; answer as engine_apply or engine_ask gave it. */
void stream_learn(struct cx *cx, struct stream *s, const struct stream_step *step, rc result,
                  str answer);
/* Gives the step to an engine, as its actor; *answer: JSON in cx->arena. */
NODISCARD rc stream_give(struct cx *cx, struct engine *e, const struct stream_step *step,
                         str *answer);
