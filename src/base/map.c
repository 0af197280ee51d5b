/* Hash map with open addressing: linear probing, at most three quarters full. */
#include "base/map.h"

static struct map_slot *slot_of(const struct map *m, str key)
{
    size_t i = (size_t)str_hash(key) & (m->cap - 1);
    while (m->slot[i].key.at && !str_eq(m->slot[i].key, key))
        i = (i + 1) & (m->cap - 1);
    return &m->slot[i];
}

void *map_find(const struct map *m, str key)
{
    return m->count ? slot_of(m, key)->value : NULL;
}

static void grow(struct map *m, struct arena *a)
{
    const struct map old = *m;
    m->cap = old.cap ? old.cap * 2 : 16;
    m->slot = NEWS(a, struct map_slot, m->cap);
    for (size_t i = 0; i < old.cap; i++)
        if (old.slot[i].key.at) *slot_of(m, old.slot[i].key) = old.slot[i];
}

void map_put(struct map *m, struct arena *a, str key, void *value)
{
    if (!key.at) key = STR(""); /* a slot is free when its key points nowhere */
    if ((m->count + 1) * 4 > m->cap * 3) grow(m, a);
    struct map_slot *s = slot_of(m, key);
    if (!s->key.at) {
        s->key = key;
        m->count++;
    }
    s->value = value;
}
