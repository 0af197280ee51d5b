/* The writer's thread: takes what has queued up, runs it in one transaction, answers after the commit.
 *
 * Checkpoints are made here, between groups, because only this connection may make them (see
 * sqlite_open.c) and because a commit must not run beside one. */
#include "store/writer.h"

#include <pthread.h>
#include <semaphore.h>
#include <stdlib.h>
#include <time.h>

#include "base/date.h"
#include "base/file.h"

/* When to make a checkpoint: at log_bytes_max at once, smaller ones in pauses.  Measured with scattered
 * inserts into a million rows, groups of 100: a checkpoint stalls the writer 14 ms at 4 MB, 34 ms at
 * 16 MB, 68 ms at 64 MB, but takes 53, 46 and 31 % of its time, because a page that changed often is
 * copied once.  The rate grows from 18,500 to 30,500 rows/s, and with a commit for each row the share
 * of commits that meet a stall falls from 13 to 6 %.  So: long logs under load, up to
 * DB_BACKLOG_BYTES_MAX, but none longer than is copied while a command may wait. */
enum {
    STALL_US = 20 * 1000,       /* the next log is as long as is copied in this time … */
    LOG_BYTES_MIN = 8 << 20,    /* … but not shorter */
    PAUSE_COPY_US = 20 * 1000,  /* nothing came for so long … */
    PAUSE_COPY_BYTES = 4 << 20, /* … and the log holds this much: copy it */
    IDLE_COPY_US = 200 * 1000,  /* copy whatever there is */
    IDLE_TRUNCATE_US = 10 * US_PER_SECOND, /* and empty the log */
    WAIT_MAX_US = US_PER_SECOND,           /* no sleep is longer, whatever was computed */
    PING_US = US_PER_SECOND - 50 * 1000,   /* idle for so long: a sign of life */
    GROUP_MEMORY_BYTES = 64 << 20,
};

struct writer {
    struct db *db;
    struct writer_hooks hooks;
    struct arena arena; /* of a group; the thread's */
    pthread_t thread;
    int64_t last_work_us, last_tick_us, last_ping_us; /* monotonic; the thread's */
    bool truncated, copied;                           /* since the last work; the thread's */
    int64_t log_bytes_max;                            /* of the log that grows; the thread's */

    pthread_mutex_t lock; /* of all below */
    pthread_cond_t work;
    struct job *first, **last;
    bool stopping, broken;
    struct writer_stats stats;
};

static void call(const struct writer *w, void (*hook)(void *owner))
{
    if (hook) hook(w->hooks.owner);
}

/* ---- one group ---- */

static rc lost_transaction(struct cx *cx, const struct job *job)
{
    if (job->result != RC_OK && job->cx.err.code != RC_OK) return err_copy(cx, &job->cx.err);
    return err_set(cx, RC_INTERNAL, "store.sql", "事务被数据库中止",
                   "The database gave up the transaction");
}

/* A statement that was only sent may turn out wrong here: that is the job's failure too. */
static rc job_keep(struct writer *w, struct cx *cx, struct job *job)
{
    job->result = db_savepoint_keep(&job->cx, w->db);
    if (job->result == RC_OK) return RC_OK;
    db_savepoint_undo(w->db);
    call(w, w->hooks.job_undo);
    return db_in_transaction(w->db) ? RC_OK : lost_transaction(cx, job);
}

/* Runs one job.  Its own failure is in job->result; what comes back is whether the group goes on. */
static rc job_try(struct writer *w, struct cx *cx, struct job *job, bool lone)
{
    rc r = lone ? RC_OK : db_savepoint(cx, w->db);
    if (r != RC_OK) return r;
    call(w, w->hooks.job_begin);
    job->result = job->run(&job->cx, w->db, job);
    if (job->result != RC_OK) {
        if (!lone) db_savepoint_undo(w->db);
        call(w, w->hooks.job_undo);
    }
    if (!db_in_transaction(w->db)) return lost_transaction(cx, job);
    return job->result == RC_OK && !lone ? job_keep(w, cx, job) : RC_OK;
}

static rc group_commit(struct writer *w, struct cx *cx)
{
    rc r = RC_OK;
    if (w->hooks.before_commit) r = w->hooks.before_commit(w->hooks.owner, cx, w->db);
    return r == RC_OK ? db_commit(cx, w->db) : r;
}

/* Runs all jobs in one transaction; a lone job needs no savepoint: the rollback of the group undoes
 * it.  *kept: how many succeeded.  When not RC_OK nothing of the group is stored. */
static rc group_try(struct writer *w, struct cx *cx, struct job *group, int64_t *kept)
{
    bool lone = !group->next;
    rc r = db_begin(cx, w->db);
    for (struct job *job = group; job && r == RC_OK; job = job->next) {
        r = job_try(w, cx, job, lone);
        *kept += r == RC_OK && job->result == RC_OK;
    }
    if (r == RC_OK && *kept) r = group_commit(w, cx);
    if (r == RC_OK && *kept) {
        call(w, w->hooks.committed);
        return RC_OK;
    }
    db_rollback(w->db);
    call(w, w->hooks.rolled_back);
    return r;
}

static void answer(struct job *job)
{
    sem_t *waiter = job->waiter; /* read first: once told, the job is its owner's again */
    if (job->done) job->done(job);
    if (waiter) sem_post(waiter);
}

static void group_run(struct writer *w, struct job *group, int64_t count)
{
    struct cx cx = {.arena = &w->arena, .lang = group->cx.lang, .now_us = os_now_us()};
    int64_t kept = 0;
    rc all = group_try(w, &cx, group, &kept);
    bool broken = db_is_broken(w->db);
    pthread_mutex_lock(&w->lock);
    w->stats.jobs += count;
    w->stats.groups += all == RC_OK && kept > 0;
    w->stats.failed_commits += all != RC_OK;
    w->broken = w->broken || broken;
    pthread_mutex_unlock(&w->lock);
    for (struct job *job = group, *next; job; job = next) {
        next = job->next;
        if (all != RC_OK && job->result == RC_OK) {
            err_clear(&job->cx);
            job->result = all;
            rc copied = err_copy(&job->cx, &cx.err);
            (void)copied;
        }
        answer(job);
    }
    arena_reset(&w->arena);
}

/* ---- the thread ---- */

static void wait_until(struct writer *w, int64_t until_us)
{
    struct timespec t = {.tv_sec = until_us / US_PER_SECOND,
                         .tv_nsec = until_us % US_PER_SECOND * 1000};
    pthread_cond_timedwait(&w->work, &w->lock, &t);
}

/* Up to WRITER_GROUP_MAX jobs; none when `until_us` came or the writer stops. */
static struct job *group_take(struct writer *w, int64_t until_us, int64_t *count, bool *stop)
{
    *count = 0;
    pthread_mutex_lock(&w->lock);
    while (!w->first && !w->stopping && os_monotonic_us() < until_us)
        wait_until(w, until_us);
    struct job *group = w->first, **end = &group;
    for (; *end && *count < WRITER_GROUP_MAX; end = &(*end)->next) {
        (*end)->result = RC_OK;
        ++*count;
    }
    w->first = *end;
    *end = NULL;
    if (!w->first) w->last = &w->first;
    w->stats.queue_depth -= *count;
    *stop = w->stopping && !group;
    pthread_mutex_unlock(&w->lock);
    return group;
}

static void note_broken(struct writer *w)
{
    arena_reset(&w->arena);
    if (!db_is_broken(w->db)) return;
    pthread_mutex_lock(&w->lock);
    w->broken = true;
    pthread_mutex_unlock(&w->lock);
}

/* Half way to what was measured: one slow sync is not yet a slow disk. */
static void learn_log_length(struct writer *w, int64_t bytes, int64_t took_us)
{
    if (bytes < PAUSE_COPY_BYTES) return; /* what it took was not the copying */
    const int64_t fits = bytes * STALL_US / (took_us > 0 ? took_us : 1);
    int64_t next = (w->log_bytes_max + fits) / 2;
    if (next > DB_BACKLOG_BYTES_MAX) next = DB_BACKLOG_BYTES_MAX;
    if (next < LOG_BYTES_MIN) next = LOG_BYTES_MIN;
    w->log_bytes_max = next;
}

static void checkpoint(struct writer *w, bool truncate)
{
    struct cx cx = {.arena = &w->arena};
    const int64_t bytes = db_backlog_bytes(w->db), from_us = os_monotonic_us();
    /* What it could not do, the next one does; a failed sync shows in db_is_broken. */
    (void)!db_checkpoint(&cx, w->db, truncate);
    learn_log_length(w, bytes - db_backlog_bytes(w->db), os_monotonic_us() - from_us);
    note_broken(w);
}

/* The sign of life of an idle writer, and its way to learn that another server has taken over. */
static void ping(struct writer *w, int64_t now_us)
{
    struct cx cx = {.arena = &w->arena};
    w->last_ping_us = now_us;
    if (db_is_broken(w->db)) return;
    (void)!db_ping(&cx, w->db);
    note_broken(w);
}

/* How long to be idle before the log is copied. */
static int64_t pause_us(const struct writer *w)
{
    return db_backlog_bytes(w->db) >= PAUSE_COPY_BYTES ? PAUSE_COPY_US : IDLE_COPY_US;
}

static void care(struct writer *w, int64_t now_us)
{
    int64_t idle_us = now_us - w->last_work_us;
    if (idle_us >= PING_US && now_us - w->last_ping_us >= PING_US) ping(w, now_us);
    if (db_backlog_bytes(w->db) >= w->log_bytes_max) {
        checkpoint(w, false);
    } else if (!w->copied && idle_us >= pause_us(w)) {
        w->copied = true;
        checkpoint(w, false);
    } else if (!w->truncated && idle_us >= IDLE_TRUNCATE_US) {
        w->truncated = true;
        checkpoint(w, true);
    }
}

static int64_t next_wake_us(const struct writer *w)
{
    int64_t wake_us = os_monotonic_us() + WAIT_MAX_US;
    int64_t tick_us = w->last_tick_us + w->hooks.tick_us;
    int64_t copy_us = w->last_work_us + pause_us(w);
    if (w->hooks.tick && tick_us < wake_us) wake_us = tick_us;
    if (!w->copied && copy_us < wake_us) wake_us = copy_us;
    return wake_us;
}

static void *writer_main(void *arg)
{
    struct writer *w = arg;
    pthread_setname_np(pthread_self(), "writer");
    for (bool stop = false; !stop;) {
        int64_t count = 0;
        struct job *group = group_take(w, next_wake_us(w), &count, &stop);
        if (group) group_run(w, group, count);
        int64_t now_us = os_monotonic_us();
        if (group) {
            w->last_work_us = now_us;
            w->copied = w->truncated = false;
        }
        if (w->hooks.tick && !stop && now_us - w->last_tick_us >= w->hooks.tick_us) {
            w->last_tick_us = now_us;
            w->hooks.tick(w->hooks.owner, os_now_us());
        }
        care(w, now_us);
    }
    checkpoint(w, true);
    return NULL;
}

/* ---- life ---- */

static void writer_free(struct writer *w)
{
    db_close(w->db);
    arena_done(&w->arena);
    pthread_cond_destroy(&w->work);
    pthread_mutex_destroy(&w->lock);
    free(w);
}

rc writer_start(struct cx *cx, struct db *db, const struct writer_hooks *hooks, struct writer **out)
{
    struct writer *w = calloc(1, sizeof *w);
    CHECK(w);
    w->db = db;
    if (hooks) w->hooks = *hooks;
    w->last = &w->first;
    w->log_bytes_max = DB_BACKLOG_BYTES_MAX / 2;
    w->last_work_us = w->last_tick_us = os_monotonic_us();
    arena_init(&w->arena, GROUP_MEMORY_BYTES);
    pthread_mutex_init(&w->lock, NULL);
    pthread_condattr_t monotonic; /* a wall clock that is set must not stop the writer */
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&w->work, &monotonic);
    pthread_condattr_destroy(&monotonic);
    if (pthread_create(&w->thread, NULL, writer_main, w) != 0) {
        writer_free(w);
        return err_set(cx, RC_INTERNAL, "store.thread", "不能创建写入线程",
                       "The writer's thread cannot be created");
    }
    *out = w;
    return RC_OK;
}

void writer_stop(struct writer *w)
{
    if (!w) return;
    pthread_mutex_lock(&w->lock);
    w->stopping = true;
    pthread_cond_signal(&w->work);
    pthread_mutex_unlock(&w->lock);
    pthread_join(w->thread, NULL);
    writer_free(w);
}

/* ---- for everybody else ---- */

static rc refuse_broken(struct cx *cx, enum db_kind kind)
{
    if (kind == DB_POSTGRES) {
        rc r = err_set(cx, RC_BUSY, "store.lost",
                       "另一个服务已接管，或连接不上数据库，没有保存任何改动",
                       "Another server has taken over or the database cannot be reached; nothing "
                       "was changed");
        err_hint(cx, "请稍后再试", "Try again in a moment");
        return r;
    }
    return err_set(cx, RC_INTERNAL, "store.sql", "磁盘读写出错，数据库已停止写入",
                   "The disk failed; the database takes no more writes");
}

static rc refuse(struct cx *cx, bool stopping)
{
    if (stopping)
        return err_set(cx, RC_BUSY, "store.stopping", "服务正在停止，请稍后再试",
                       "The server is stopping, try again later");
    return err_set(cx, RC_BUSY, "store.queue-full", "系统繁忙：已有 %d 项改动在排队，请稍后再试",
                   "Too busy: %d changes are waiting, try again", WRITER_QUEUE_MAX);
}

rc writer_submit(struct writer *w, struct job *job)
{
    job->next = NULL;
    pthread_mutex_lock(&w->lock);
    bool broken = w->broken, stopping = w->stopping;
    bool taken = !broken && !stopping && w->stats.queue_depth < WRITER_QUEUE_MAX;
    if (taken) {
        *w->last = job;
        w->last = &job->next;
        w->stats.queue_depth++;
        pthread_cond_signal(&w->work);
    }
    pthread_mutex_unlock(&w->lock);
    if (taken) return RC_OK;
    return broken ? refuse_broken(&job->cx, db_kind(w->db)) : refuse(&job->cx, stopping);
}

rc writer_run(struct writer *w, struct job *job)
{
    CHECK(!pthread_equal(pthread_self(), w->thread)); /* it would wait for itself */
    sem_t finished;
    sem_init(&finished, 0, 0);
    job->waiter = &finished;
    rc r = writer_submit(w, job);
    while (r == RC_OK && sem_wait(&finished) != 0) {
    } /* a signal came in between */
    if (r == RC_OK) r = job->result;
    job->waiter = NULL;
    sem_destroy(&finished);
    return r;
}

struct writer_stats writer_stats(struct writer *w)
{
    pthread_mutex_lock(&w->lock);
    struct writer_stats stats = w->stats;
    pthread_mutex_unlock(&w->lock);
    return stats;
}

bool writer_is_broken(struct writer *w)
{
    pthread_mutex_lock(&w->lock);
    bool broken = w->broken;
    pthread_mutex_unlock(&w->lock);
    return broken;
}
