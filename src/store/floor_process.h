/* The physical limit of a process engine on this disk: the rows that starting an instance and completing its
 * tasks write — instance, scopes, tasks, a history entry for each step — and nothing that decides which. */
#pragma once

#include "store/db.h"

struct floor_process {
    char model;      /* 'a' start, script, end; 'b' one user task; 'c' a fork of three user tasks */
    int group;       /* commands of as many instances share one commit */
    int64_t seconds; /* how long */
    int64_t waiting; /* instances of b that wait beside; 0: none */
    bool any; /* of b: what is completed is any of those that wait, not the one just started */
    /* what came of it */
    int64_t instances, commands, took_us;
    int64_t p50_us, p99_us; /* of a commit with its commands */
    int64_t bytes;          /* of the file at the end */
};
/* In a fresh file in folder, which is removed.  Errors: those of db_open and RC_INTERNAL store.sql. */
NODISCARD rc store_floor_process(struct cx *cx, str folder, struct floor_process *f);
