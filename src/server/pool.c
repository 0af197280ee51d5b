/* Workers: two lanes of threads, so that a slow export never keeps a short question waiting. */
#include <stdlib.h>

#include "server/inside.h"

enum { WORKERS_MAX = 16 };
struct lane {
    pthread_mutex_t lock;
    pthread_cond_t more;
    struct request *first, *last;
    int waiting, waiting_max, workers;
    bool stopping;
    pthread_t thread[WORKERS_MAX];
};

static struct request *take(struct lane *l)
{
    pthread_mutex_lock(&l->lock);
    while (!l->first && !l->stopping)
        pthread_cond_wait(&l->more, &l->lock);
    struct request *r = l->first;
    if (r) {
        l->first = r->next;
        if (!l->first) l->last = NULL;
        l->waiting--;
    }
    pthread_mutex_unlock(&l->lock);
    return r;
}

static void *work(void *data)
{
    struct request *r;
    while ((r = take(data))) {
        rc result = request_run(r);
        if (result != RC_LATER) request_finish(r, result);
    }
    return NULL;
}

struct lane *lane_start(int workers, int waiting_max)
{
    struct lane *l = calloc(1, sizeof *l);
    CHECK(l && workers <= WORKERS_MAX);
    pthread_mutex_init(&l->lock, NULL);
    pthread_cond_init(&l->more, NULL);
    l->waiting_max = waiting_max;
    for (; l->workers < workers; l->workers++)
        CHECK(!pthread_create(&l->thread[l->workers], NULL, work, l));
    return l;
}

bool lane_push(struct lane *l, struct request *r)
{
    pthread_mutex_lock(&l->lock);
    bool room = l->waiting < l->waiting_max && !l->stopping;
    if (room) {
        r->next = NULL;
        if (l->last)
            l->last->next = r;
        else
            l->first = r;
        l->last = r;
        l->waiting++;
        pthread_cond_signal(&l->more);
    }
    pthread_mutex_unlock(&l->lock);
    return room;
}

int lane_waiting(struct lane *l)
{
    pthread_mutex_lock(&l->lock);
    int n = l->waiting;
    pthread_mutex_unlock(&l->lock);
    return n;
}

void lane_stop(struct lane *l)
{
    pthread_mutex_lock(&l->lock);
    l->stopping = true;
    pthread_cond_broadcast(&l->more);
    pthread_mutex_unlock(&l->lock);
    for (int i = 0; i < l->workers; i++)
        pthread_join(l->thread[i], NULL);
    pthread_mutex_destroy(&l->lock);
    pthread_cond_destroy(&l->more);
    free(l);
}
