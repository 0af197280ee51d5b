/* A thousand decisions in four threads on one compiled model: the model never changes, so nothing is
 * locked; every thread has an arena of its own.
 *
 *     example-threads discount.dmn
 *
 * cc threads.c $(pkg-config --cflags --libs bihuan_dmn) -pthread -o example-threads */
#include <bihuan/dmn.h>
#include <pthread.h>
#include <stdio.h>

enum { MEMORY_BYTES = 16 << 20, FILE_BYTES = 1 << 20, THREADS = 4, DECISIONS = 1000 };

struct share {
    const struct dmn_model *model;
    const struct dmn_element *decision;
    int first, end;
    int64_t cents; /* the sum of its decisions */
    bool good;
};

static bool decide(struct share *s, struct cx *cx, int order_size)
{
    const struct dmn_input input[] = {
        {.name = STR("Customer"),
         .value = feel_string(order_size % 2 ? STR("Private") : STR("Business"))},
        {.name = STR("Order Size"), .value = feel_int(order_size % 20)},
        {.name = STR("Price"), .value = feel_fixed(10000, 2)},
    };
    struct dmn_run run = {.cx = cx};
    struct feel_value value;
    int64_t cents;
    if (dmn_decide(&run, s->model, s->decision, input, COUNTOF(input), &value) != RC_OK ||
        !feel_to_fixed(&value, 2, &cents))
        return false;
    s->cents += cents;
    return true;
}

static void *work(void *data)
{
    struct share *s = data;
    struct arena arena;
    arena_init(&arena, MEMORY_BYTES);
    s->good = true;
    for (int i = s->first; i < s->end && s->good; i++) {
        struct cx cx = {.arena = &arena, .lang = LANG_EN};
        arena_reset(&arena); /* what the last decision needed is free again */
        s->good = decide(s, &cx, i);
    }
    arena_done(&arena);
    return NULL;
}

static bool file_text(struct arena *a, const char *path, str *out)
{
    FILE *f = fopen(path, "rb");
    char *at = NEWS(a, char, FILE_BYTES);
    if (!f) return false;
    *out = (str){at, fread(at, 1, FILE_BYTES, f)};
    return fclose(f) == 0;
}

static int run(const struct dmn_model *model)
{
    struct share share[THREADS];
    pthread_t thread[THREADS];
    int64_t cents = 0;
    int started = 0;
    for (int i = 0; i < THREADS; i++) {
        share[i] = (struct share){.model = model,
                                  .decision = dmn_find(model, STR("To Pay")),
                                  .first = DECISIONS / THREADS * i,
                                  .end = DECISIONS / THREADS * (i + 1)};
        if (!share[i].decision || pthread_create(&thread[i], NULL, work, &share[i]) != 0) break;
        started++;
    }
    bool good = started == THREADS;
    for (int i = 0; i < started; i++) {
        (void)pthread_join(thread[i], NULL);
        cents += share[i].cents;
        good = good && share[i].good;
    }
    printf("%d decisions, %lld.%02lld to pay\n", DECISIONS, (long long)(cents / 100),
           (long long)(cents % 100));
    return good ? 0 : 1;
}

static int decide_all(struct cx *cx, const char *path)
{
    const struct dmn_options options = {0};
    const struct dmn_model *model;
    str text;
    if (!file_text(cx->arena, path, &text)) {
        fprintf(stderr, "cannot read %s\n", path);
        return 2;
    }
    if (dmn_compile(cx, str_from(path), text, &options, &model) == RC_OK) return run(model);
    struct buf why = {.arena = cx->arena};
    err_print(&why, &cx->err);
    fprintf(stderr, STR_FMT "\n", STR_ARG(buf_str(&why)));
    return 1;
}

int main(int argc, char **argv)
{
    struct arena arena; /* of the model: it lives as long as the threads */
    arena_init(&arena, MEMORY_BYTES);
    struct cx cx = {.arena = &arena, .lang = LANG_EN};
    const int status = decide_all(&cx, argc > 1 ? argv[1] : "discount.dmn");
    arena_done(&arena);
    return status;
}
