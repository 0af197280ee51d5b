/* What a reading asks of a measure's dimensions, and the cells that fit. */
#include "measure/inner.h"

/* ---- references named by their key ---- */

static str map_key(struct arena *a, const struct app_type *t, str key)
{
    return arena_printf(a, STR_FMT "/" STR_FMT, STR_ARG(t->name), STR_ARG(key));
}

/* The writer keeps what it found until a job fails; others for as long as their cache lives. */
static rc find_ref(struct cx *cx, const struct measure_view *v, struct read_cache *cache,
                   const struct app_type *t, str key, int64_t *id)
{
    struct measure_store *m = v->store;
    for (size_t i = 0; cache && i < cache->key.len; i++)
        if (cache->key.at[i]->type == t && str_eq(cache->key.at[i]->key, key)) {
            *id = cache->key.at[i]->id;
            return RC_OK;
        }
    const int64_t *known = m ? map_find(&m->keys, map_key(cx->arena, t, key)) : NULL;
    if (known) {
        *id = *known;
        return RC_OK;
    }
    const rc r = rec_find_key(cx, v->db, t, key, id);
    if (r != RC_OK) return r;
    if (m && *id) {
        int64_t *keep = NEW(&m->key_arena, int64_t);
        *keep = *id;
        map_put(&m->keys, &m->key_arena, map_key(&m->key_arena, t, key), keep);
    } else if (cache) {
        struct arena *a = cache->arena ? cache->arena : cx->arena;
        struct key_found *k = NEW(a, struct key_found);
        *k = (struct key_found){t, arena_dup(a, key), *id};
        *vec_add(a, &cache->key) = k;
    }
    return RC_OK;
}

rc pattern_make(struct cx *cx, const struct measure_view *v, struct read_cache *cache,
                const struct app_measure *m, const str *const dim[MEASURE_BY_MAX],
                struct pattern *out)
{
    *out = (struct pattern){0};
    for (int i = 0; i < m->by_count; i++) {
        const struct app_field *f = &m->type->field[m->by[i]];
        struct buf b = {.arena = cx->arena};
        int64_t id = 0;
        if (!dim || !dim[i]) continue;
        out->given++;
        if (f->kind == FIELD_REF) {
            const rc r = find_ref(cx, v, cache, f->ref, *dim[i], &id);
            if (r != RC_OK) return r;
            out->nothing |= !id;
            buf_i64(&b, id);
        } else {
            dims_text_write(&b, *dim[i]);
        }
        out->part[i] = buf_str(&b);
    }
    return RC_OK;
}

bool pattern_text(struct arena *a, const struct app_measure *m, const struct pattern *p, str *out)
{
    struct buf b = {.arena = a};
    if (p->given && p->given < m->by_count) return false;
    if (!p->given) {
        *out = m->by_count ? STR("*") : STR("");
        return true;
    }
    for (int i = 0; i < m->by_count; i++) {
        if (i) buf_char(&b, '|');
        buf_add(&b, p->part[i]);
    }
    *out = buf_str(&b);
    return true;
}

bool pattern_fits(const struct pattern *p, int by_count, str dims)
{
    if (str_eq(dims, STR("*"))) return false; /* the sum of the others */
    for (int i = 0; i < by_count; i++) {
        const str part = dims_next(&dims);
        if (p->part[i].at && !str_eq(p->part[i], part)) return false;
    }
    return true;
}
