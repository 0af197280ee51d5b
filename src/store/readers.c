/* The pool of read connections.  The one given back last is taken first: its cache is warm. */
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "base/date.h"
#include "base/file.h"
#include "store/writer.h"

enum { TAKE_WAIT_US = 10 * US_PER_SECOND }; /* when the request has no deadline of its own */

struct readers {
    int count;
    struct db **all;
    pthread_mutex_t lock; /* of all below */
    pthread_cond_t given;
    struct db **idle; /* a stack */
    int idle_count;
};

rc readers_open(struct cx *cx, str url, int count, struct readers **out)
{
    CHECK(count > 0);
    struct readers *r = calloc(1, sizeof *r);
    CHECK(r);
    r->all = calloc((size_t)count * 2, sizeof(struct db *));
    CHECK(r->all);
    r->idle = r->all + count;
    pthread_mutex_init(&r->lock, NULL);
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&r->given, &monotonic);
    pthread_condattr_destroy(&monotonic);
    rc result = RC_OK;
    while (r->count < count && (result = db_open(cx, url, DB_READER, &r->all[r->count])) == RC_OK)
        r->idle[r->idle_count++] = r->all[r->count++];
    if (result == RC_OK)
        *out = r;
    else
        readers_close(r);
    return result;
}

void readers_close(struct readers *r)
{
    if (!r) return;
    CHECK(r->idle_count == r->count); /* somebody still reads */
    for (int i = 0; i < r->count; i++)
        db_close(r->all[i]);
    pthread_cond_destroy(&r->given);
    pthread_mutex_destroy(&r->lock);
    free(r->all);
    free(r);
}

static struct db *take_idle(struct readers *r, int64_t until_us)
{
    struct timespec t = {.tv_sec = until_us / US_PER_SECOND,
                         .tv_nsec = until_us % US_PER_SECOND * 1000};
    struct db *db = NULL;
    pthread_mutex_lock(&r->lock);
    while (r->idle_count == 0 && os_monotonic_us() < until_us)
        pthread_cond_timedwait(&r->given, &r->lock, &t);
    if (r->idle_count > 0) db = r->idle[--r->idle_count];
    pthread_mutex_unlock(&r->lock);
    return db;
}

rc readers_take(struct cx *cx, struct readers *r, struct db **out)
{
    struct db *db =
        take_idle(r, cx->deadline_us ? cx->deadline_us : os_monotonic_us() + TAKE_WAIT_US);
    if (!db)
        return err_set(cx, RC_BUSY, "store.readers-busy",
                       "系统繁忙：%d 个读取连接都在使用，请稍后再试",
                       "Too busy: all %d read connections are in use, try again", r->count);
    rc result = db_begin(cx, db);
    if (result == RC_OK)
        *out = db;
    else
        readers_give(r, db);
    return result;
}

void readers_give(struct readers *r, struct db *db)
{
    db_rollback(db); /* nothing was written: this only ends the snapshot */
    pthread_mutex_lock(&r->lock);
    r->idle[r->idle_count++] = db;
    pthread_cond_signal(&r->given);
    pthread_mutex_unlock(&r->lock);
}
