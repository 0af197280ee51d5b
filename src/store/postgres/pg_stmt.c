/* Statements on PostgreSQL: preparing, binding, running. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/ddl.h"
#include "store/dialect.h"
#include "store/postgres/pg.h"

static struct pg_stmt *own(struct db_stmt *s)
{
    return (struct pg_stmt *)s;
}

/* ---- numbers on the wire ---- */

void pg_put_i64(char out[8], int64_t n)
{
    uint64_t u = (uint64_t)n;
    for (int i = 0; i < 8; i++)
        out[i] = (char)(u >> (56 - 8 * i));
}

int64_t pg_get_int(const char *at, int len)
{
    uint64_t u = len > 0 && (at[0] & 0x80) ? UINT64_MAX : 0; /* the sign reaches to the top */
    for (int i = 0; i < len; i++)
        u = u << 8 | (unsigned char)at[i];
    return (int64_t)u;
}

/* ---- one statement ---- */

/* How many arguments $1 … $n the text has.  One that is left out is a bug of ours. */
static size_t args_of(str text)
{
    uint64_t seen[1024] = {0};
    int64_t most = 0;
    for (size_t at = 0, end = 0; at < text.len; at = end) {
        int64_t n = 0;
        if (sql_token_at(text, at, &end) != SQL_PARAMETER) continue;
        if (!str_i64(str_slice(text, at + 1, end), &n)) continue; /* $site */
        CHECK(n >= 1 && n < 65535);
        seen[n / 64] |= UINT64_C(1) << n % 64;
        if (n > most) most = n;
    }
    for (int64_t n = 1; n <= most; n++)
        CHECK(seen[n / 64] >> n % 64 & 1);
    return (size_t)most;
}

/* Changes nothing, so that it may be stopped at the deadline. */
static bool reads_only(str text)
{
    static const str word[] = {STR_INIT("SELECT"), STR_INIT("WITH"), STR_INIT("VALUES"),
                               STR_INIT("EXPLAIN"), STR_INIT("SHOW")};
    for (size_t at = 0, end = 0; at < text.len; at = end) {
        enum sql_token t = sql_token_at(text, at, &end);
        if (t == SQL_SPACE || t == SQL_COMMENT) continue;
        for (size_t i = 0; i < COUNTOF(word); i++)
            if (sql_same_word(str_slice(text, at, end), word[i])) return true;
        return false;
    }
    return false;
}

struct pg_stmt *pg_stmt_new(str text, str postgres, size_t args)
{
    CHECK(args < UINT16_MAX);
    size_t types = (args + 1) * sizeof(Oid);
    struct pg_stmt *s = calloc(1, sizeof *s + types + text.len + 1 + postgres.len + 1);
    CHECK(s);
    s->args = (uint16_t)args;
    s->type = (Oid *)(s + 1);
    s->head.text = (char *)(s + 1) + types;
    s->head.text_len = text.len;
    memcpy(s->head.text, text.at, text.len);
    s->postgres = s->head.text + text.len + 1;
    memcpy(s->postgres, postgres.at, postgres.len);
    s->reads = reads_only(text);
    return s;
}

static rc no_site(struct cx *cx, str text)
{
    return err_set(cx, RC_INTERNAL, "store.sql", "整个数据库的会话没有站点：" STR_FMT,
                   "A session of the whole database has no site: " STR_FMT, STR_ARG(text));
}

rc pg_stmt_open(struct cx *cx, struct db *db, str text, bool keep, struct db_stmt **out)
{
    rc r = db_check_pinned(cx, text);
    if (r != RC_OK) return r;
    bool binds_site = false;
    size_t args = args_of(text);
    str postgres = dialect_postgres(cx->arena, text, args, &binds_site);
    if (binds_site && !pg_of(db)->site) return no_site(cx, text);
    struct pg_stmt *s = pg_stmt_new(text, postgres, args);
    s->binds_site = binds_site;
    s->head.one_off = !keep || ddl_is_ddl(text);
    *out = &s->head;
    return RC_OK;
}

void pg_drop_later(struct pg_db *p, uint32_t id)
{
    if (p->drop_count == p->drop_cap) {
        p->drop_cap = p->drop_cap ? p->drop_cap * 2 : 64;
        p->drop = realloc(p->drop, p->drop_cap * sizeof *p->drop);
        CHECK(p->drop);
    }
    p->drop[p->drop_count++] = id;
}

void pg_drop_never(struct pg_db *p, uint32_t id)
{
    for (size_t i = p->drop_count; id && i-- > 0;)
        if (p->drop[i] == id) p->drop[i] = p->drop[--p->drop_count];
}

void pg_stmt_forget(struct pg_db *p, struct pg_stmt *s)
{
    if (s->prepared && s->id) pg_drop_later(p, s->id);
    s->prepared = false;
    s->id = 0;
}

void pg_stmt_free(struct pg_db *p, struct pg_stmt *s)
{
    if (!s) return;
    pg_stmt_free(p, s->rows);
    pg_stmt_forget(p, s);
    for (size_t i = 0; i < p->item_count; i++)
        if (p->item[i].stmt == s) p->item[i].stmt = NULL;
    free(s);
}

void pg_stmt_close(struct db *db, struct db_stmt *s)
{
    pg_stmt_free(pg_of(db), own(s));
}

/* ---- queueing ---- */

/* What nobody needs any more leaves the server too, a few at a time. */
static rc drop_some(struct cx *cx, struct pg_db *p)
{
    rc r = RC_OK;
    for (int i = 0; i < 4 && p->drop_count && r == RC_OK; i++) {
        char text[40];
        uint32_t id = p->drop[--p->drop_count];
        snprintf(text, sizeof text, "DEALLOCATE s%u", id);
        int sent = PQsendQueryParams(p->conn, text, 0, NULL, NULL, NULL, NULL, 1);
        r = pg_queued(cx, p, sent, (struct pg_item){.what = PG_DROP, .number = id});
    }
    return r;
}

/* A query made at run time is planned anew each time, for the values it asks for and the tables as they
 * are: a plan made while they were empty would be kept for hours. */
static bool is_kept(const struct pg_stmt *s)
{
    return !s->head.one_off && (s->own || s->head.key || !s->reads);
}

static void name_of(const struct pg_stmt *s, char name[16])
{
    /* One that is used once has no name: the next one takes its place on the server. */
    if (s->id)
        snprintf(name, 16, "s%u", s->id);
    else
        name[0] = '\0';
}

rc pg_prepare(struct cx *cx, struct pg_db *p, struct pg_stmt *s)
{
    char name[16];
    rc r = p->drop_count ? drop_some(cx, p) : RC_OK;
    if (r != RC_OK) return r;
    if (is_kept(s) && !s->id) s->id = ++p->name_count;
    s->prepared = true;
    name_of(s, name);
    if (s->binds_site) s->type[s->args] = PG_OID_I64;
    int sent = PQsendPrepare(p->conn, name, s->postgres, s->args + s->binds_site, s->type);
    return pg_queued(cx, p, sent, (struct pg_item){.what = PG_PREPARE, .number = s->id, .stmt = s});
}

void pg_params_room(struct pg_db *p, size_t count)
{
    struct pg_params *a = &p->params;
    if (count <= a->cap) return;
    a->cap = count < 64 ? 64 : count * 2;
    a->value = realloc(a->value, a->cap * sizeof *a->value);
    a->len = realloc(a->len, a->cap * sizeof *a->len);
    a->format = realloc(a->format, a->cap * sizeof *a->format);
    a->number = realloc(a->number, a->cap * sizeof *a->number);
    CHECK(a->value && a->len && a->format && a->number);
}

rc pg_queue_bound(struct cx *cx, struct pg_db *p, struct pg_stmt *s, enum pg_what what,
                  size_t count)
{
    struct pg_params *a = &p->params;
    char name[16];
    rc r = s->prepared && s->id ? RC_OK : pg_prepare(cx, p, s);
    if (r != RC_OK) return r;
    if (s->binds_site) {
        pg_put_i64(a->number[count], p->site);
        a->value[count] = a->number[count];
        a->len[count] = 8;
        a->format[count] = 1;
        count++;
    }
    name_of(s, name);
    int sent = PQsendQueryPrepared(p->conn, name, (int)count, a->value, a->len, a->format, 1);
    for (size_t i = 0; i < count; i++)
        p->queued_bytes += a->value[i] ? (size_t)a->len[i] : 0;
    return pg_queued(cx, p, sent,
                     (struct pg_item){.what = what, .number = p->exec_number, .stmt = s});
}

static Oid oid_of(const struct db_val *v)
{
    switch (v->type) {
    case DB_NULL: return 0;
    case DB_I64: return PG_OID_I64;
    case DB_TEXT: return PG_OID_TEXT;
    case DB_BLOB: return PG_OID_BYTEA;
    }
    return 0;
}

static void bind_one(struct pg_params *a, size_t i, const struct db_val *v)
{
    a->format[i] = 1;
    switch (v->type) {
    case DB_NULL:
        a->value[i] = NULL;
        a->len[i] = 0;
        break;
    case DB_I64:
        pg_put_i64(a->number[i], v->i64);
        a->value[i] = a->number[i];
        a->len[i] = 8;
        break;
    case DB_TEXT:
    case DB_BLOB:
        CHECK(v->bytes.len < INT32_MAX);
        a->value[i] = v->bytes.len ? v->bytes.at : ""; /* NULL would be null */
        a->len[i] = (int)v->bytes.len;
        break;
    }
}

rc pg_queue_stmt(struct cx *cx, struct pg_db *p, struct pg_stmt *s, enum pg_what what,
                 const struct db_val *args, size_t count)
{
    CHECK(count == s->args); /* a forgotten argument fails the first test, not a night */
    pg_params_room(p, count + 1);
    for (size_t i = 0; i < count; i++) {
        Oid type = oid_of(&args[i]);
        /* Only null was seen of this argument before, or another type: it is prepared anew. */
        if (type && s->type[i] != type) {
            pg_stmt_forget(p, s);
            s->type[i] = type;
        }
        bind_one(&p->params, i, &args[i]);
    }
    return pg_queue_bound(cx, p, s, what, count);
}

rc pg_settle(struct cx *cx, struct pg_db *p, bool changes)
{
    if (p->in_transaction) {
        bool much = p->item_count >= PG_COLLECT_ITEMS || p->queued_bytes >= PG_COLLECT_BYTES;
        return much ? pg_collect(cx, p, 0, NULL) : RC_OK;
    }
    rc r = changes ? pg_queue_epoch(cx, p) : RC_OK;
    return r == RC_OK ? pg_collect(cx, p, 0, NULL) : r;
}

rc pg_exec(struct cx *cx, struct db *db, struct db_stmt *stmt, const struct db_val *args,
           size_t count)
{
    struct pg_db *p = pg_of(db);
    struct pg_stmt *s = own(stmt);
    rc r = pg_ready(cx, p);
    if (r == RC_OK && db->fault_in && db_fault_due(db, s->reads)) r = db_fault_fail(cx);
    if (r != RC_OK) return r;
    p->exec_number++;
    db->changes = 0;
    r = pg_queue_stmt(cx, p, s, PG_EXEC, args, count);
    return r == RC_OK ? pg_settle(cx, p, !s->reads) : r;
}

rc pg_changes(struct cx *cx, struct db *db, int64_t *rows)
{
    struct pg_db *p = pg_of(db);
    rc r = pg_ready(cx, p);
    if (r == RC_OK && p->item_count) r = pg_collect(cx, p, 0, NULL);
    if (r == RC_OK) *rows = db->changes;
    return r;
}
