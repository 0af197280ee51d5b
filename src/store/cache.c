/* The two caches of prepared statements of a connection: SQL in the source by its address, SQL made
 * at run time by its text. */
#include <stdlib.h>
#include <string.h>

#include "store/backend.h"

static bool stmt_has_text(const struct db_stmt *s, str text)
{
    return s->text_len == text.len && memcmp(s->text, text.at, text.len) == 0;
}

static void stmt_close(struct db *db, struct db_stmt *s)
{
    if (s) db->backend->stmt_close(db, s);
}

void stmt_give(struct db *db, struct db_stmt *s)
{
    if (db->backend->stmt_reset) db->backend->stmt_reset(s);
    s->busy = false;
    if (s->one_off) stmt_close(db, s);
}

/* ---- by address: SQL in the source ---- */

static struct db_stmt **key_slot(const struct stmt_cache *c, const struct sql *key)
{
    size_t at = (size_t)(((uint64_t)(uintptr_t)key * UINT64_C(0x9E3779B97F4A7C15)) >> 32);
    for (;; at++) {
        struct db_stmt **slot = &c->by_key[at & (c->key_cap - 1)];
        if (!*slot || (*slot)->key == key) return slot;
    }
}

static void keys_grow(struct stmt_cache *c)
{
    struct db_stmt **old = c->by_key;
    size_t old_cap = c->key_cap;
    c->key_cap = old_cap ? old_cap * 2 : 256;
    c->by_key = calloc(c->key_cap, sizeof(struct db_stmt *));
    CHECK(c->by_key);
    for (size_t i = 0; i < old_cap; i++)
        if (old[i]) *key_slot(c, old[i]->key) = old[i];
    free(old);
}

rc stmt_by_key(struct cx *cx, struct db *db, const struct sql *sql, struct db_stmt **out)
{
    struct stmt_cache *c = &db->cache;
    if (c->key_count * 2 >= c->key_cap) keys_grow(c);
    struct db_stmt **slot = key_slot(c, sql);
    bool postgres = db->backend->kind == DB_POSTGRES && sql->postgres;
    str text = str_from(postgres ? sql->postgres : sql->text);
    /* A catalogue that was replaced may have left its address to another text. */
    if (*slot && !(*slot)->busy && !stmt_has_text(*slot, text)) {
        struct db_stmt *fresh = NULL;
        rc r = db->backend->stmt_open(cx, db, text, true, &fresh);
        if (r != RC_OK) return r;
        fresh->key = sql;
        fresh->one_off = false;
        stmt_close(db, *slot);
        *slot = fresh;
    }
    if (*slot && (*slot)->busy) return db->backend->stmt_open(cx, db, text, false, out);
    if (!*slot) {
        struct db_stmt *fresh = NULL;
        rc r = db->backend->stmt_open(cx, db, text, true, &fresh);
        if (r != RC_OK) return r;
        fresh->key = sql;
        fresh->one_off = false;
        *slot = fresh;
        c->key_count++;
    }
    *out = *slot;
    return RC_OK;
}

/* ---- by text: SQL made at run time ---- */

static size_t text_victim(const struct stmt_cache *c)
{
    size_t victim = DB_TEXT_CACHE_MAX;
    for (size_t i = 0; i < DB_TEXT_CACHE_MAX; i++) {
        if (!c->by_text[i]) return i;
        if (!c->by_text[i]->busy &&
            (victim == DB_TEXT_CACHE_MAX || c->by_text[i]->used_at < c->by_text[victim]->used_at))
            victim = i;
    }
    return victim;
}

rc stmt_by_text(struct cx *cx, struct db *db, str text, struct db_stmt **out)
{
    struct stmt_cache *c = &db->cache;
    uint64_t hash = str_hash(text);
    for (size_t i = 0; i < DB_TEXT_CACHE_MAX && c->by_text[i]; i++) {
        struct db_stmt *s = c->by_text[i];
        if (s->text_hash != hash || s->busy || !stmt_has_text(s, text)) continue;
        s->used_at = ++c->use_count;
        *out = s;
        return RC_OK;
    }
    struct db_stmt *s = NULL;
    rc r = db->backend->stmt_open(cx, db, text, true, &s);
    if (r != RC_OK) return r;
    CHECK(s);
    *out = s;
    size_t place = s->one_off ? DB_TEXT_CACHE_MAX : text_victim(c);
    if (place == DB_TEXT_CACHE_MAX) {
        s->one_off = true;
        return RC_OK;
    }
    stmt_close(db, c->by_text[place]);
    c->by_text[place] = s;
    s->text_hash = hash;
    s->used_at = ++c->use_count;
    return RC_OK;
}

void stmt_cache_close(struct db *db)
{
    struct stmt_cache *c = &db->cache;
    for (size_t i = 0; i < c->key_cap; i++)
        stmt_close(db, c->by_key[i]);
    for (size_t i = 0; i < DB_TEXT_CACHE_MAX; i++)
        stmt_close(db, c->by_text[i]);
    free(c->by_key);
    *c = (struct stmt_cache){0};
}
