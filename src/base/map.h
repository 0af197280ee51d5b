/* A hash map from str to pointer, in an arena; grows, never shrinks.  Keys are not copied. */
#pragma once

#include "base/arena.h"

struct map_slot {
    str key;
    void *value;
};
struct map {
    struct map_slot *slot;
    size_t count, cap;
};
void *map_find(const struct map *m, str key); /* NULL when absent */
void map_put(struct map *m, struct arena *a, str key, void *value);
