/* An arena hands out memory that is freed all at once, by arena_reset() or arena_done().
 * One per request or command; never shared between threads.
 * Fixed-size objects: NEW() cannot fail; going over the budget sets `exhausted` (sticky), which
 * parsers look at once per element and evaluation loops every step; each boundary turns it into
 * RC_LIMIT.  Sizes that come from input: arena_try(), NULL over budget. */
#pragma once

#include "base/str.h"

#include <stdarg.h>

struct arena_chunk;
struct arena {
    struct arena_chunk *chunk; /* newest first */
    size_t used_bytes, budget_bytes;
    bool exhausted;
};

enum { ARENA_DEFAULT_BYTES = 16 << 20 };

void arena_init(struct arena *a, size_t budget_bytes);
void arena_reset(struct arena *a); /* frees everything, keeps one chunk */
void arena_done(struct arena *a);
RETURNS_NONNULL void *arena_get(struct arena *a, size_t size, size_t align); /* zeroed */
NODISCARD void *arena_try(struct arena *a, size_t count, size_t size);       /* zeroed or NULL */
str arena_dup(struct arena *a, str s);
char *arena_cstr(struct arena *a, str s); /* NUL-terminated copy */
str arena_printf(struct arena *a, const char *fmt, ...) PRINTF(2, 3);
str arena_vprintf(struct arena *a, const char *fmt, va_list ap) PRINTF(2, 0);
#define NEW(a, T)      ((T *)arena_get((a), sizeof(T), alignof(T)))
#define NEWS(a, T, n)  ((T *)arena_get((a), sizeof(T) * (n), alignof(T)))

/* Growing array in an arena: VEC(T) declares, vec_add returns a pointer to the new zeroed last. */
#define VEC(T)                                                                                     \
    struct {                                                                                       \
        T *at;                                                                                     \
        size_t len, cap;                                                                           \
    }
#define vec_add(a, v)                                                                              \
    (&(v)->at[((v)->at = arena_grow((a), (v)->at, (v)->len, &(v)->cap, sizeof *(v)->at)), (v)->len++])
RETURNS_NONNULL void *arena_grow(struct arena *a, void *at, size_t len, size_t *cap, size_t size);
