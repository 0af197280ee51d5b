/* Arenas: chunks of memory from which objects are cut off one after the other. */
#include "base/arena.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>

struct arena_chunk {
    struct arena_chunk *next;
    size_t size; /* of data */
    bool alone;  /* one block and nothing else */
    alignas(max_align_t) char data[];
};

/* Chunks double up to the second; a block over a quarter of that gets a chunk of its own, which
 * arena_resize can give back or extend. */
enum { CHUNK_BYTES_MIN = 16 << 10, CHUNK_BYTES_MAX = 1 << 20, ALONE_BYTES = CHUNK_BYTES_MAX / 4 };

void arena_init(struct arena *a, size_t budget_bytes)
{
    *a = (struct arena){.budget_bytes = budget_bytes};
}

static struct arena_chunk *chunk_new(size_t size)
{
    CHECK(size <= SIZE_MAX - sizeof(struct arena_chunk));
    struct arena_chunk *c = malloc(sizeof *c + size);
    CHECK(c != NULL);
    c->next = NULL;
    c->size = size;
    c->alone = false;
    return c;
}

static void free_all(struct arena_chunk *c)
{
    while (c) {
        struct arena_chunk *next = c->next;
        free(c);
        c = next;
    }
}

void arena_done(struct arena *a)
{
    free_all(a->chunk);
    arena_init(a, a->budget_bytes);
}

void arena_reset(struct arena *a)
{
    struct arena_chunk *kept = a->end ? a->chunk : NULL;
    if (kept) {
        free_all(kept->next);
        kept->next = NULL;
    } else {
        free_all(a->chunk);
    }
    arena_init(a, a->budget_bytes);
    if (!kept) return;
    a->chunk = kept;
    a->at = kept->data;
    a->end = kept->data + kept->size;
}

/* A block of its own stands behind the chunk in use, so that small objects go on filling that. */
static void *get_alone(struct arena *a, size_t size)
{
    struct arena_chunk *c = chunk_new(size);
    c->alone = true;
    if (a->end) {
        c->next = a->chunk->next;
        a->chunk->next = c;
    } else {
        c->next = a->chunk;
        a->chunk = c;
    }
    a->used_bytes += size;
    return c->data;
}

static void chunk_add(struct arena *a, size_t size)
{
    size_t bytes = a->end ? a->chunk->size * 2 : CHUNK_BYTES_MIN;
    if (bytes > CHUNK_BYTES_MAX) bytes = CHUNK_BYTES_MAX;
    if (bytes < size) bytes = size;
    struct arena_chunk *c = chunk_new(bytes);
    c->next = a->chunk;
    a->chunk = c;
    a->at = c->data;
    a->end = c->data + bytes;
}

/* Not zeroed.  The caller looks at the budget. */
static void *get_raw(struct arena *a, size_t size, size_t align)
{
    CHECK(align && align <= alignof(max_align_t) && (align & (align - 1)) == 0);
    if (size > ALONE_BYTES) return get_alone(a, size);
    size_t room = (size_t)(a->end - a->at);
    size_t pad = (size_t)(-(uintptr_t)a->at & (align - 1));
    if (pad >= room || size >= room - pad) {
        chunk_add(a, size + 1);
        pad = 0;
    }
    char *p = a->at + pad;
    a->at = p + size;
    a->used_bytes += pad + size;
    return p;
}

/* Twice the budget, and a little for those whose budget is next to nothing. */
enum { SLACK_BYTES = 4096 };
static bool is_far_over(const struct arena *a, size_t more)
{
    return a->used_bytes / 2 + more / 2 > a->budget_bytes + SLACK_BYTES / 2;
}

static void look_at_budget(struct arena *a)
{
    if (a->used_bytes <= a->budget_bytes) return;
    a->exhausted = true;
    CHECK(!is_far_over(a, 0)); /* a loop that does not look at `exhausted` */
}

void *arena_get_slow(struct arena *a, size_t size, size_t align)
{
    CHECK(!is_far_over(a, size)); /* before anything of that size is asked for */
    void *p = get_raw(a, size, align);
    look_at_budget(a);
    return memset(p, 0, size);
}

static size_t left(const struct arena *a)
{
    return a->used_bytes < a->budget_bytes ? a->budget_bytes - a->used_bytes : 0;
}

static void *try_raw(struct arena *a, size_t size)
{
    if (size > left(a)) return NULL;
    return get_raw(a, size, alignof(max_align_t));
}

void *arena_try(struct arena *a, size_t count, size_t size)
{
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes)) return NULL;
    void *p = try_raw(a, bytes);
    return p ? memset(p, 0, bytes) : NULL;
}

/* Where the chunk hangs that is this block and nothing else: NULL when the block shares one. */
static struct arena_chunk **find_alone(struct arena *a, const void *at, size_t bytes)
{
    if (!at || bytes <= ALONE_BYTES) return NULL;
    for (struct arena_chunk **c = &a->chunk; *c; c = &(*c)->next)
        if ((*c)->alone && (*c)->data == at) return c;
    return NULL;
}

static bool is_last(const struct arena *a, const void *at, size_t old_bytes, size_t more)
{
    return at && (const char *)at + old_bytes == a->at && more < (size_t)(a->end - a->at);
}

static void *resize(struct arena *a, void *at, size_t old_bytes, size_t new_bytes)
{
    const size_t more = new_bytes - old_bytes;
    if (is_last(a, at, old_bytes, more)) {
        a->at += more;
        a->used_bytes += more;
        return at;
    }
    struct arena_chunk **alone = find_alone(a, at, old_bytes);
    if (alone) {
        struct arena_chunk *c = realloc(*alone, sizeof *c + new_bytes);
        CHECK(c != NULL);
        c->size = new_bytes;
        *alone = c;
        a->used_bytes += more;
        return c->data;
    }
    void *p = get_raw(a, new_bytes, alignof(max_align_t));
    if (at) memcpy(p, at, old_bytes);
    return p;
}

void *arena_resize(struct arena *a, void *at, size_t old_bytes, size_t new_bytes)
{
    if (at && new_bytes <= old_bytes) return at;
    const size_t more = new_bytes - old_bytes;
    const bool stays = is_last(a, at, old_bytes, more) || find_alone(a, at, old_bytes);
    if ((stays ? more : new_bytes) > left(a)) return NULL;
    return resize(a, at, old_bytes, new_bytes);
}

void *arena_grow_slow(struct arena *a, void *at, size_t len, size_t *cap, size_t size)
{
    /* Doubling, but no further than the budget: what is over it must stay a few elements. */
    CHECK(len == *cap);
    size_t more = *cap ? *cap : 4;
    if (more > left(a) / size) more = left(a) / size;
    if (more < 4) more = 4;
    at = resize(a, at, *cap * size, (*cap + more) * size);
    look_at_budget(a);
    memset((char *)at + *cap * size, 0, more * size);
    *cap += more;
    return at;
}

/* A copy with a NUL behind it. */
static char *copy(struct arena *a, str *s)
{
    /* Texts have the length somebody typed: far over the budget there is none, but no abort. */
    if (s->len > left(a)) {
        a->exhausted = true;
        if (s->len > a->budget_bytes || a->used_bytes > a->budget_bytes) s->len = 0;
    }
    char *p = get_raw(a, s->len + 1, 1);
    if (s->len) memcpy(p, s->at, s->len);
    p[s->len] = '\0';
    return p;
}

str arena_dup(struct arena *a, str s)
{
    s.at = copy(a, &s);
    return s;
}

char *arena_cstr(struct arena *a, str s)
{
    return copy(a, &s);
}

str arena_printf(struct arena *a, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    const str s = arena_vprintf(a, fmt, ap);
    va_end(ap);
    return s;
}

str arena_vprintf(struct arena *a, const char *fmt, va_list ap)
{
    char small[256];
    va_list again;
    va_copy(again, ap);
    const int n = vsnprintf(small, sizeof small, fmt, ap);
    CHECK(n >= 0);
    const size_t len = (size_t)n;
    str s = {small, len};
    if (len < sizeof small) {
        s = arena_dup(a, s);
    } else {
        char *p = arena_try(a, len + 1, 1);
        if (p) CHECK(vsnprintf(p, len + 1, fmt, again) == n);
        s = p ? (str){p, len} : arena_dup(a, (str){small, sizeof small - 1});
        if (!p) a->exhausted = true;
    }
    va_end(again);
    return s;
}

void memory_give_back(void)
{
    (void)malloc_trim(0);
}
