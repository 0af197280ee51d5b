/* The one writer of a site: a thread that drains a bounded queue and commits in groups, each job
 * under a savepoint of its own.  A job is answered after the commit is durable.
 * One that fails takes nothing with it; when the commit fails all of its group fail. */
#pragma once

#include "store/db.h"

struct job {
    struct cx cx; /* the job's own arena and error; outlives the job */
    rc (*run)(struct cx *cx, struct db *db, struct job *job);
    /* Called on the writer's thread after the outcome is final and durable.  May be NULL when the
     * submitter waits in writer_run. */
    void (*done)(struct job *job);
    rc result;
    struct job *next; /* the queue's */
    void *waiter;     /* writer_run's; NULL */
};

/* What is kept in memory beside the database follows its transactions through these; all are called
 * on the writer's thread.  before_commit may write; when it fails the group is rolled back. */
struct writer_hooks {
    void *owner;
    void (*job_begin)(void *owner);
    void (*job_undo)(void *owner); /* the savepoint was undone */
    rc (*before_commit)(void *owner, struct cx *cx, struct db *db);
    void (*committed)(void *owner);
    void (*rolled_back)(void *owner);
    void (*tick)(void *owner, int64_t now_us); /* when idle: timers; at most every tick_us */
    int64_t tick_us;
};

struct writer;
enum { WRITER_QUEUE_MAX = 4096, WRITER_GROUP_MAX = 512 };
/* Takes db.  Errors: RC_INTERNAL store.thread. */
NODISCARD rc writer_start(struct cx *cx, struct db *db, const struct writer_hooks *hooks,
                          struct writer **out);
/* Drains the queue, commits, checkpoints, closes db. */
void writer_stop(struct writer *w);
/* Queues job; job->done is called later.  Errors: RC_BUSY store.queue-full (at once), store.stopping,
 * store.lost (PostgreSQL; writer_is_broken), RC_INTERNAL store.sql (the disk failed). */
NODISCARD rc writer_submit(struct writer *w, struct job *job);
/* Queues and waits for the durable outcome; returns job->result. */
NODISCARD rc writer_run(struct writer *w, struct job *job);
/* It takes nothing any more: the disk failed, or on PostgreSQL the connection, the lock or the epoch is
 * lost.  Stop it, open the database anew, start another. */
bool writer_is_broken(struct writer *w);
struct writer_stats {
    int64_t jobs, groups, failed_commits, queue_depth;
};
struct writer_stats writer_stats(struct writer *w);

/* Readers: a pool of at most count read connections; take blocks until one is free or the deadline
 * passes.  The first is opened at once, the others when they are needed. */
struct readers;
NODISCARD rc readers_open(struct cx *cx, str url, int count, struct readers **out);
void readers_close(struct readers *r);
NODISCARD rc readers_take(struct cx *cx, struct readers *r, struct db **out); /* in a snapshot */
void readers_give(struct readers *r, struct db *db);
