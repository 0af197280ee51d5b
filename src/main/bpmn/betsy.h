/* What betsy's files say in their own small language: conditions, and scripts that are marks. */
#pragma once

#include "main/bpmn/world.h"

/* What happens while a case runs; the owner of its world. */
struct betsy {
    struct arena *arena; /* the case's */
    struct world *world;
    struct names marks;
    bool has_marker;
    struct { /* scripts that take ten seconds: tasks that are open as long */
        str id;
        str script;
    } slow[32];
    size_t slow_count;
    int64_t begun_us[2], ended_us[2]; /* of the two that note their times; 0: not yet */
};
/* A condition as FEEL: test.contains("x"), !test.contains("x"), ${x}; everything else as it is. */
str betsy_translate(void *owner, struct cx *cx, str text);
/* Scripts that take ten seconds become tasks that wait; for edit_tasks. */
str betsy_slow(void *owner, str local, str id, str body);
/* The host's operation: scripts. */
rc betsy_script(void *owner, struct cx *cx, struct db *db, const struct bpmn_step *step,
                struct feel_value *value);
/* Moves the clock: slow scripts are done after ten seconds, timers fire when they are due, until nothing is
 * left to happen by `until`. */
NODISCARD rc betsy_wait(struct betsy *b, int64_t until_us);
/* Whether the two that note their times ran at the same time. */
bool betsy_parallel(const struct betsy *b);
