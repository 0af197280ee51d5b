/* An arena hands out memory that is freed all at once, by arena_reset() or arena_done().
 * One per request or command; never shared between threads.
 * Fixed-size objects: NEW() cannot fail; going over the budget sets `exhausted` (sticky), which
 * parsers look at once per element and evaluation loops every step; each boundary turns it into
 * RC_LIMIT.  Sizes that come from input: arena_try(), NULL over budget. */
#pragma once

#include <stdarg.h>
#include <string.h>

#include "base/str.h"

#pragma GCC visibility push(default) /* of the library of decisions */

struct arena_chunk;
struct arena {
    char *at, *end;            /* what is free of the chunk in use */
    struct arena_chunk *chunk; /* the one in use first */
    size_t used_bytes, budget_bytes;
    bool exhausted;
};

enum { ARENA_DEFAULT_BYTES = 16 << 20 };

void arena_init(struct arena *a, size_t budget_bytes);
void arena_reset(struct arena *a); /* frees everything, keeps one chunk */
void arena_done(struct arena *a);
RETURNS_NONNULL static inline void *arena_get(struct arena *a, size_t size,
                                              size_t align);           /* zeroed */
NODISCARD void *arena_try(struct arena *a, size_t count, size_t size); /* zeroed or NULL */
str arena_dup(struct arena *a, str s);
char *arena_cstr(struct arena *a, str s); /* NUL-terminated copy */
str arena_printf(struct arena *a, const char *fmt, ...) PRINTF(2, 3);
str arena_vprintf(struct arena *a, const char *fmt, va_list ap) PRINTF(2, 0);
#define NEW(a, T)     ((T *)arena_get((a), sizeof(T), alignof(T)))
#define NEWS(a, T, n) ((T *)arena_get((a), sizeof(T) * (n), alignof(T)))

/* Makes a block of old_bytes (at NULL: none) one of new_bytes, in place where that is possible; what
 * is added is not zeroed.  NULL over budget, and the old block stands. */
NODISCARD void *arena_resize(struct arena *a, void *at, size_t old_bytes, size_t new_bytes);

/* Growing array in an arena: VEC(T) declares, vec_add returns a pointer to the new zeroed last. */
#define VEC(T)                                                                                     \
    struct {                                                                                       \
        T *at;                                                                                     \
        size_t len, cap;                                                                           \
    }
#define vec_add(a, v)                                                                              \
    ((v)->at = arena_grow((a), (v)->at, (v)->len, &(v)->cap, sizeof *(v)->at), &(v)->at[(v)->len++])
RETURNS_NONNULL static inline void *arena_grow(struct arena *a, void *at, size_t len, size_t *cap,
                                               size_t size);

/* A list of names. */
struct names {
    str *at;
    size_t len, cap;
};

/* What was freed goes back to the system: for a process of many parts of which most rest. */
void memory_give_back(void);

/* The rest of this file is how the above is done without a call in the common case. */
RETURNS_NONNULL void *arena_get_slow(struct arena *a, size_t size, size_t align);
RETURNS_NONNULL void *arena_grow_slow(struct arena *a, void *at, size_t len, size_t *cap,
                                      size_t size);

static inline void *arena_get(struct arena *a, size_t size, size_t align)
{
    const size_t room = (size_t)(a->end - a->at);
    const size_t pad = (size_t)(-(uintptr_t)a->at & (align - 1));
    if (pad >= room || size >= room - pad || a->used_bytes + pad + size > a->budget_bytes)
        return arena_get_slow(a, size, align);
    void *p = a->at + pad;
    a->at += pad + size;
    a->used_bytes += pad + size;
    return memset(p, 0, size);
}

static inline void *arena_grow(struct arena *a, void *at, size_t len, size_t *cap, size_t size)
{
    if (len >= *cap) return arena_grow_slow(a, at, len, cap, size);
    memset((char *)at + len * size, 0, size);
    return at;
}

#pragma GCC visibility pop
