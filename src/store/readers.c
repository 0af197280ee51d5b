/* The pool of read connections.  The one given back last is taken first: its cache is warm.  They are
 * opened when they are needed and closed again when they have been idle, all but one; one that lost
 * its connection is opened anew when it is taken. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/date.h"
#include "base/file.h"
#include "store/writer.h"

enum {
    TAKE_WAIT_US = 10 * US_PER_SECOND, /* when the request has no deadline of its own */
    IDLE_MAX_US = 60 * US_PER_SECOND,
};

/* A place for a connection. */
struct seat {
    struct db *db; /* NULL: not open */
    int64_t given_us;
};

struct readers {
    int count;
    char *url;
    pthread_mutex_t lock; /* of all below */
    pthread_cond_t given;
    struct seat *idle; /* a stack: those that are not open lie at the bottom */
    int idle_count;
};

static void seats_free(struct readers *r)
{
    for (int i = 0; i < r->idle_count; i++)
        db_close(r->idle[i].db);
    pthread_cond_destroy(&r->given);
    pthread_mutex_destroy(&r->lock);
    free(r->idle);
    free(r->url);
    free(r);
}

rc readers_open(struct cx *cx, str url, int count, struct readers **out)
{
    CHECK(count > 0);
    struct readers *r = calloc(1, sizeof *r);
    CHECK(r);
    r->idle = calloc((size_t)count, sizeof *r->idle);
    r->url = calloc(1, url.len + 1);
    CHECK(r->idle && r->url);
    if (url.len) memcpy(r->url, url.at, url.len);
    r->count = r->idle_count = count;
    pthread_mutex_init(&r->lock, NULL);
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&r->given, &monotonic);
    pthread_condattr_destroy(&monotonic);
    /* The first at once: what is wrong with the database is known when the server starts. */
    struct seat *top = &r->idle[count - 1];
    top->given_us = os_monotonic_us();
    rc result = db_open(cx, url, DB_READER, &top->db);
    if (result == RC_OK)
        *out = r;
    else
        seats_free(r);
    return result;
}

void readers_close(struct readers *r)
{
    if (!r) return;
    CHECK(r->idle_count == r->count); /* somebody still reads */
    seats_free(r);
}

static bool take_seat(struct readers *r, int64_t until_us, struct seat *out)
{
    struct timespec t = {.tv_sec = until_us / US_PER_SECOND,
                         .tv_nsec = until_us % US_PER_SECOND * 1000};
    pthread_mutex_lock(&r->lock);
    while (r->idle_count == 0 && os_monotonic_us() < until_us)
        pthread_cond_timedwait(&r->given, &r->lock, &t);
    bool taken = r->idle_count > 0;
    if (taken) *out = r->idle[--r->idle_count];
    pthread_mutex_unlock(&r->lock);
    return taken;
}

/* Back on the stack: an open one on top, one that is not at the bottom. */
static void give_seat(struct readers *r, struct db *db)
{
    pthread_mutex_lock(&r->lock);
    if (db) {
        r->idle[r->idle_count] = (struct seat){.db = db, .given_us = os_monotonic_us()};
    } else {
        memmove(r->idle + 1, r->idle, (size_t)r->idle_count * sizeof *r->idle);
        r->idle[0] = (struct seat){0};
    }
    r->idle_count++;
    pthread_cond_signal(&r->given);
    pthread_mutex_unlock(&r->lock);
}

/* One that nobody has taken for long, out of the stack, to be closed; the top one always stays. */
static struct db *long_idle(struct readers *r)
{
    struct db *db = NULL;
    int64_t since_us = os_monotonic_us() - IDLE_MAX_US;
    pthread_mutex_lock(&r->lock);
    for (int i = 0; i + 1 < r->idle_count && !db; i++)
        if (r->idle[i].db && r->idle[i].given_us < since_us) {
            db = r->idle[i].db;
            r->idle[i] = (struct seat){0};
        }
    pthread_mutex_unlock(&r->lock);
    return db;
}

static rc begin(struct cx *cx, struct readers *r, struct db **db)
{
    rc result = RC_OK;
    if (*db) {
        result = db_begin(cx, *db);
        if (!db_is_broken(*db)) return result;
        /* The database was away for a moment: once more with a new connection. */
        db_close(*db);
        *db = NULL;
        err_clear(cx);
    }
    result = db_open(cx, str_from(r->url), DB_READER, db);
    return result == RC_OK ? db_begin(cx, *db) : result;
}

rc readers_take(struct cx *cx, struct readers *r, struct db **out)
{
    struct seat seat = {0};
    if (!take_seat(r, cx->deadline_us ? cx->deadline_us : os_monotonic_us() + TAKE_WAIT_US, &seat))
        return err_set(cx, RC_BUSY, "store.readers-busy",
                       "系统繁忙：%d 个读取连接都在使用，请稍后再试",
                       "Too busy: all %d read connections are in use, try again", r->count);
    rc result = begin(cx, r, &seat.db);
    if (result == RC_OK)
        *out = seat.db;
    else
        readers_give(r, seat.db);
    return result;
}

void readers_give(struct readers *r, struct db *db)
{
    if (db) db_rollback(db); /* nothing was written: this only ends the snapshot */
    if (db && db_is_broken(db)) {
        db_close(db);
        db = NULL;
    }
    give_seat(r, db);
    db_close(long_idle(r));
}
