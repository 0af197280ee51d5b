/* Who writes a site: an advisory lock held by the writing session, and an epoch that each new holder
 * raises.  The lock keeps two servers from trying, the epoch proves at each commit that nobody else
 * has taken over meanwhile; see db.h. */
#include <poll.h>
#include <stdio.h>

#include "base/file.h"
#include "store/postgres/pg.h"

enum {
    AGAIN_MS = 20,           /* between two tries of a lock */
    ENDED_WAIT_US = 1000000, /* for a session that was ended to let its lock go */
    DYING_WAIT_US = 200000,
};

static const char try_text[] = "SELECT pg_try_advisory_lock($1)";

/* The session that holds a lock: who it is, and whether it is silent by the server's own clock. */
static const char holder_text[] =
    "SELECT CAST(a.pid AS BIGINT), coalesce(a.application_name, ''),"
    " coalesce(host(a.client_addr), 'local'),"
    " coalesce(a.state LIKE 'idle%' AND"
    "  a.state_change < clock_timestamp() - $2 * interval '1 microsecond', false)"
    " FROM pg_catalog.pg_locks l JOIN pg_catalog.pg_stat_activity a ON a.pid = l.pid"
    " WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1"
    " AND l.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database())"
    " AND CAST(CAST(l.classid AS BIGINT) << 32 | CAST(l.objid AS BIGINT) AS BIGINT) = $1";

struct holder {
    bool found, silent;
    int64_t pid;
    str name, address;
};

static void wait_a_little(void)
{
    (void)poll(NULL, 0, AGAIN_MS);
}

static rc try_lock(struct cx *cx, struct pg_db *p, int64_t key, bool *got)
{
    PG_RESULT *result = NULL;
    rc r = pg_run(cx, p, try_text, DB_ARGS(DB_I(key)), &result);
    if (r == RC_OK) *got = PQgetvalue(result, 0, 0)[0] != 0;
    return r;
}

static rc find_holder(struct cx *cx, struct pg_db *p, int64_t key, struct holder *out)
{
    PG_RESULT *result = NULL;
    *out = (struct holder){.name = STR("?"), .address = STR("?")};
    rc r = pg_run(cx, p, holder_text, DB_ARGS(DB_I(key), DB_I(DB_HOLDER_SILENT_US)), &result);
    if (r != RC_OK || PQntuples(result) == 0) return r;
    out->found = true;
    out->pid = pg_get_int(PQgetvalue(result, 0, 0), PQgetlength(result, 0, 0));
    out->name = arena_dup(cx->arena, str_from(PQgetvalue(result, 0, 1)));
    out->address = arena_dup(cx->arena, str_from(PQgetvalue(result, 0, 2)));
    out->silent = PQgetvalue(result, 0, 3)[0] != 0;
    return RC_OK;
}

static rc locked(struct cx *cx, const struct pg_db *p, const struct holder *h, bool schema)
{
    rc r = schema ? err_set(cx, RC_CONFLICT, "store.locked",
                            "数据库结构正由另一个服务（" STR_FMT "，" STR_FMT "）修改",
                            "Another server (" STR_FMT ", " STR_FMT
                            ") is changing the database's schema",
                            STR_ARG(h->name), STR_ARG(h->address))
                  : err_set(cx, RC_CONFLICT, "store.locked",
                            "站点 %" PRId64 " 正由另一个服务（" STR_FMT "，" STR_FMT
                            "）使用，一个站点同时只能有一个写入者",
                            "The site %" PRId64 " is in use by another server (" STR_FMT
                            ", " STR_FMT "); a site has one writer at a time",
                            p->site, STR_ARG(h->name), STR_ARG(h->address));
    err_hint(cx, "先停止那个服务，或等它停止后由本服务接管",
             "Stop that server first, or wait: this one takes over when it stops");
    return r;
}

static rc terminate(struct cx *cx, struct pg_db *p, const struct holder *h)
{
    PG_RESULT *result = NULL;
    return pg_run(cx, p, "SELECT pg_terminate_backend(CAST($1 AS INTEGER))", DB_ARGS(DB_I(h->pid)),
                  &result);
}

static rc try_lock_until(struct cx *cx, struct pg_db *p, int64_t key, int64_t wait_us, bool *got)
{
    int64_t until_us = os_monotonic_us() + wait_us;
    rc r = try_lock(cx, p, key, got);
    while (r == RC_OK && !*got && os_monotonic_us() < until_us) {
        wait_a_little();
        r = try_lock(cx, p, key, got);
    }
    return r;
}

static rc take_lock(struct cx *cx, struct pg_db *p)
{
    struct holder h;
    bool got = false;
    rc r = try_lock(cx, p, p->site_key, &got);
    if (r != RC_OK || got) return r;
    r = find_holder(cx, p, p->site_key, &h);
    if (r == RC_OK && h.silent) r = terminate(cx, p, &h);
    /* One whose process has just died needs a moment too until the database notices. */
    int64_t wait_us = h.silent || !h.found ? ENDED_WAIT_US : DYING_WAIT_US;
    if (r == RC_OK) r = try_lock_until(cx, p, p->site_key, wait_us, &got);
    return r == RC_OK && !got ? locked(cx, p, &h, false) : r;
}

static rc take_epoch(struct cx *cx, struct pg_db *p)
{
    static const char text[] =
        "INSERT INTO site_owner (site, epoch, server, taken_us)"
        " VALUES ($1, 1, current_setting('application_name'), $2)"
        " ON CONFLICT (site) DO UPDATE SET epoch = site_owner.epoch + 1,"
        " server = excluded.server, taken_us = excluded.taken_us RETURNING epoch";
    PG_RESULT *result = NULL;
    rc r = pg_run(cx, p, text, DB_ARGS(DB_I(p->site), DB_I(os_now_us())), &result);
    if (r == RC_OK) p->epoch = pg_get_int(PQgetvalue(result, 0, 0), PQgetlength(result, 0, 0));
    return r;
}

rc pg_seat_free(struct cx *cx, struct db *db, bool *free)
{
    struct pg_db *p = pg_of(db);
    struct holder h = {0};
    rc r = find_holder(cx, p, p->site_key, &h);
    *free = r == RC_OK && (!h.found || h.silent);
    return r;
}

rc pg_take_site(struct cx *cx, struct pg_db *p)
{
    rc r = take_lock(cx, p);
    return r == RC_OK ? take_epoch(cx, p) : r;
}

rc pg_lock_schema(struct cx *cx, struct pg_db *p, int64_t wait_us)
{
    struct holder h;
    bool got = false;
    rc r = try_lock_until(cx, p, p->schema_key, wait_us, &got);
    if (r != RC_OK || got) return r;
    r = find_holder(cx, p, p->schema_key, &h);
    return r == RC_OK ? locked(cx, p, &h, true) : r;
}

void pg_unlock_schema(struct pg_db *p)
{
    struct arena scratch;
    arena_init(&scratch, 1 << 20);
    struct cx cx = {.arena = &scratch};
    PGresult *result = NULL;
    if (pg_run(&cx, p, "SELECT pg_advisory_unlock($1)", DB_ARGS(DB_I(p->schema_key)), &result) ==
        RC_OK)
        PQclear(result);
    else
        p->head.broken = true; /* the lock goes with the session */
    arena_done(&scratch);
}

/* The lock lives as long as the session: an answer proves it, the epoch proves the rest. */
rc pg_ping(struct cx *cx, struct db *db)
{
    struct pg_db *p = pg_of(db);
    PG_RESULT *result = NULL;
    int64_t until_us = os_monotonic_us() + DB_HOLDER_SILENT_US;
    bool site = db->mode == DB_WRITER && p->epoch;
    rc r = pg_ready(cx, p);
    if (r == RC_OK && site)
        r = pg_queue_stmt(cx, p, p->own[PG_OWN_PING], PG_QUERY,
                          DB_ARGS(DB_I(p->site), DB_I(p->epoch)));
    else if (r == RC_OK)
        r = pg_queue_own(cx, p, PG_OWN_SNAPSHOT, PG_QUERY);
    if (r == RC_OK) r = pg_collect(cx, p, until_us, &result);
    if (r == RC_OK && site &&
        pg_get_int(PQgetvalue(result, 0, 0), PQgetlength(result, 0, 0)) != 1) {
        db->broken = p->lost_site = true;
        r = pg_lost_site(cx, p);
    }
    return r;
}
