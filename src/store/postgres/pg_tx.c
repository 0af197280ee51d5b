/* Transactions on PostgreSQL.  A group of one job is one round trip: begin, what the job queued, the
 * proof that the site is still ours, commit. */
#include "store/postgres/pg.h"

/* The division fails when no row is left: then the site has been taken over and the commit behind it
 * in the pipeline does not happen.  The row lock keeps a taker waiting until the commit is done. */
static const char epoch_text[] =
    "SELECT CAST(1 / count(*) AS BIGINT) FROM (SELECT epoch FROM site_owner"
    " WHERE site = $1 AND epoch = $2 FOR SHARE) AS mine";

static const char *const own_text[] = {
    [PG_OWN_BEGIN_WRITE] = "BEGIN",
    [PG_OWN_BEGIN_READ] = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
    [PG_OWN_SNAPSHOT] = "SELECT 1", /* the first read fixes it */
    [PG_OWN_EPOCH] = epoch_text,
    [PG_OWN_COMMIT] = "COMMIT",
    [PG_OWN_ROLLBACK] = "ROLLBACK",
    [PG_OWN_SAVEPOINT] = "SAVEPOINT job",
    [PG_OWN_KEEP] = "RELEASE SAVEPOINT job",
    [PG_OWN_UNDO] = "ROLLBACK TO SAVEPOINT job",
    [PG_OWN_PING] = "SELECT count(*) FROM site_owner WHERE site = $1 AND epoch = $2",
};

void pg_own_open(struct pg_db *p)
{
    for (size_t i = 0; i < PG_OWN_COUNT; i++) {
        str text = str_from(own_text[i]);
        bool two = i == PG_OWN_EPOCH || i == PG_OWN_PING;
        p->own[i] = pg_stmt_new(text, text, two ? 2 : 0);
        p->own[i]->own = true;
    }
}

rc pg_queue_own(struct cx *cx, struct pg_db *p, enum pg_own which, enum pg_what what)
{
    return pg_queue_stmt(cx, p, p->own[which], what, NULL, 0);
}

rc pg_queue_epoch(struct cx *cx, struct pg_db *p)
{
    if (p->head.mode != DB_WRITER || !p->epoch) return RC_OK;
    return pg_queue_stmt(cx, p, p->own[PG_OWN_EPOCH], PG_EPOCH,
                         DB_ARGS(DB_I(p->site), DB_I(p->epoch)));
}

static rc fault(struct cx *cx, struct db *db, bool readonly)
{
    return db->fault_in && db_fault_due(db, readonly) ? db_fault_fail(cx) : RC_OK;
}

/* For what cannot fail: an error here leaves a connection that can do nothing right any more. */
static bool run_quietly(struct pg_db *p, enum pg_own first, enum pg_own second)
{
    struct arena scratch;
    arena_init(&scratch, 1 << 20);
    struct cx cx = {.arena = &scratch};
    rc r = RC_OK;
    /* What is queued may hold an error; everything up to the next sync would be skipped with it. */
    if (p->item_count) r = pg_collect(&cx, p, 0, NULL);
    err_clear(&cx);
    r = pg_queue_own(&cx, p, first, PG_CONTROL);
    if (r == RC_OK && second != first) r = pg_queue_own(&cx, p, second, PG_CONTROL);
    if (r == RC_OK) r = pg_collect(&cx, p, 0, NULL);
    arena_done(&scratch);
    return r == RC_OK;
}

/* A reader's begin is a round trip of its own: the snapshot is that of now, not of its first query. */
static rc begin_read(struct cx *cx, struct pg_db *p)
{
    PG_RESULT *result = NULL;
    rc r = pg_queue_own(cx, p, PG_OWN_BEGIN_READ, PG_CONTROL);
    if (r == RC_OK) r = pg_queue_own(cx, p, PG_OWN_SNAPSHOT, PG_QUERY);
    if (r == RC_OK) r = pg_collect(cx, p, cx->deadline_us, &result);
    if (r == RC_OK)
        p->in_transaction = true;
    else if (!p->head.broken) /* the begin may have been done */
        p->head.broken = !run_quietly(p, PG_OWN_ROLLBACK, PG_OWN_ROLLBACK);
    return r;
}

rc pg_begin(struct cx *cx, struct db *db)
{
    struct pg_db *p = pg_of(db);
    CHECK(!p->in_transaction);
    rc r = pg_ready(cx, p);
    if (r == RC_OK) r = fault(cx, db, true);
    if (r != RC_OK) return r;
    p->transaction++;
    if (db->mode == DB_READER) return begin_read(cx, p);
    r = pg_queue_own(cx, p, PG_OWN_BEGIN_WRITE, PG_CONTROL);
    if (r == RC_OK) p->in_transaction = true;
    return r;
}

rc pg_commit(struct cx *cx, struct db *db)
{
    struct pg_db *p = pg_of(db);
    CHECK(p->in_transaction || db->broken);
    rc r = pg_ready(cx, p);
    if (r == RC_OK) r = fault(cx, db, false);
    if (r == RC_OK) r = pg_queue_epoch(cx, p);
    if (r == RC_OK) r = pg_queue_own(cx, p, PG_OWN_COMMIT, PG_COMMIT);
    if (r == RC_OK) r = pg_collect(cx, p, 0, NULL);
    if (r != RC_OK) return r;
    p->in_transaction = false;
    p->transaction++;
    if (p->committed) return RC_OK;
    return err_set(cx, RC_INTERNAL, "store.sql", "数据库没有提交，而是撤销了事务",
                   "The database rolled the transaction back instead of committing it");
}

void pg_rollback(struct db *db)
{
    struct pg_db *p = pg_of(db);
    p->transaction++;
    /* A reader only lets its snapshot go: nobody waits for that. */
    if (db->mode == DB_READER && !p->failed && !p->item_count) {
        struct arena scratch;
        arena_init(&scratch, 1 << 20);
        struct cx cx = {.arena = &scratch};
        if (pg_queue_own(&cx, p, PG_OWN_ROLLBACK, PG_CONTROL) == RC_OK) pg_flush(p);
        arena_done(&scratch);
    } else if (!run_quietly(p, PG_OWN_ROLLBACK, PG_OWN_ROLLBACK)) {
        db->broken = true;
    }
    p->in_transaction = p->failed = false;
}

rc pg_savepoint(struct cx *cx, struct db *db)
{
    struct pg_db *p = pg_of(db);
    rc r = pg_ready(cx, p);
    if (r == RC_OK) r = fault(cx, db, true);
    return r == RC_OK ? pg_queue_own(cx, p, PG_OWN_SAVEPOINT, PG_CONTROL) : r;
}

rc pg_savepoint_keep(struct cx *cx, struct db *db)
{
    struct pg_db *p = pg_of(db);
    rc r = pg_ready(cx, p);
    if (r == RC_OK) r = fault(cx, db, true);
    if (r == RC_OK) r = pg_queue_own(cx, p, PG_OWN_KEEP, PG_CONTROL);
    return r == RC_OK ? pg_collect(cx, p, 0, NULL) : r;
}

void pg_savepoint_undo(struct db *db)
{
    struct pg_db *p = pg_of(db);
    p->transaction++; /* cursors opened since the savepoint are gone */
    if (run_quietly(p, PG_OWN_UNDO, PG_OWN_KEEP))
        p->failed = false;
    else if (p->in_transaction)
        pg_rollback(db);
}

bool pg_in_transaction(const struct db *db)
{
    return ((const struct pg_db *)db)->in_transaction;
}
