/* Work of processes done by programs outside: a service or send task with a topic waits for a worker that
 * leases its job.  A completed job is never given out again; one whose lease has run out is, with a
 * higher fencing number: a worker that comes back too late is refused. */
#pragma once

#include "bpmn/engine.h"

struct bpmn_job {
    int64_t id, instance_id, token_id, subject_id;
    str process, topic, worker, element;
    int64_t lease_us; /* until when; 0: free */
    int64_t fence;    /* grows with each lease */
    int64_t retries;  /* left; 0: an incident */
    int64_t priority;
    str variables; /* JSON: the task's parameters, else the variables it sees */
};
struct bpmn_jobs {
    struct bpmn_job *at;
    size_t len, cap;
};
enum { BPMN_LEASE_MAX_S = 3600, BPMN_JOBS_A_FETCH = 100 };
/* Leases up to `most` free jobs of a topic, highest priority first, then oldest; none of a suspended
 * instance.  RC_INVALID job.lease. */
NODISCARD rc bpmn_jobs_fetch(struct cx *cx, const struct bpmn_turn *t, str topic, str worker,
                             int seconds, int most, struct bpmn_jobs *out);
/* Errors: RC_MISSING job.missing; RC_CONFLICT job.fenced (leased to somebody since, or given
 * back). */
NODISCARD rc bpmn_job_complete(struct cx *cx, const struct bpmn_turn *t, int64_t id, int64_t fence,
                               const struct json *variables);
/* retries < 0: one less than before; after `retry_seconds` it is free again. */
NODISCARD rc bpmn_job_fail(struct cx *cx, const struct bpmn_turn *t, int64_t id, int64_t fence,
                           int64_t retries, int retry_seconds, str why);
/* The job throws a BPMN error. */
NODISCARD rc bpmn_job_error(struct cx *cx, const struct bpmn_turn *t, int64_t id, int64_t fence,
                            str code);
NODISCARD rc bpmn_job_extend(struct cx *cx, const struct bpmn_turn *t, int64_t id, int64_t fence,
                             int seconds);
