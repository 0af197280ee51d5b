/* The ledger's writing side: the head of the chain in memory, entries queued until the commit. */
#include "store/ledger.h"

#include <stdlib.h>
#include <string.h>

#include "store/ledger_line.h"

const struct db_migration ledger_migrations[] = {
    {1, "ledger",
     "CREATE TABLE ledger ("
     " site BIGINT NOT NULL,"
     " seq BIGINT NOT NULL," /* 1, 2, 3 … without a gap */
     " at_us BIGINT NOT NULL,"
     " actor TEXT NOT NULL,"   /* user code, or "system" */
     " act TEXT NOT NULL,"     /* "record.create" … */
     " subject TEXT NOT NULL," /* "reform.item" */
     " subject_id BIGINT NOT NULL,"
     " before TEXT NOT NULL," /* compact JSON or empty */
     " after TEXT NOT NULL,"
     " reason TEXT NOT NULL,"
     " hash BYTEA NOT NULL," /* SM3(previous hash ‖ canonical line) */
     " PRIMARY KEY (site, seq));"
     "CREATE INDEX ledger_subject ON ledger (site, subject, subject_id, seq);"
     /* The head, beside the entries: entries cut off at the end are noticed at the next start. */
     "CREATE TABLE ledger_head ("
     " site BIGINT NOT NULL,"
     " id SMALLINT NOT NULL,"
     " seq BIGINT NOT NULL,"
     " hash BYTEA NOT NULL,"
     " PRIMARY KEY (site, id));"},
};
const size_t ledger_migration_count = COUNTOF(ledger_migrations);

SQL(sql_add,
    "INSERT INTO ledger (site, seq, at_us, actor, act, subject, subject_id, before, after, reason, hash)"
    " VALUES ($site, $1, $2, $3, $4, $5, $6, $7, $8, $9, $10)");
SQL(sql_last, "SELECT seq, hash FROM ledger WHERE site = $site ORDER BY seq DESC LIMIT 1");
SQL(sql_head, "SELECT seq, hash FROM ledger_head WHERE site = $site AND id = 1");
SQL(sql_head_set,
    "INSERT INTO ledger_head (site, id, seq, hash) VALUES ($site, 1, $1, $2)"
    " ON CONFLICT (site, id) DO UPDATE SET seq = excluded.seq, hash = excluded.hash");

enum { ROW_VALUES = 10, QUEUE_MEMORY_BYTES = 512 << 20 };

struct head {
    int64_t seq;
    uint8_t hash[SM3_BYTES];
};

struct row {
    struct db_val value[ROW_VALUES];
};

struct ledger {
    struct sm3 *sm3;
    struct arena arena; /* of what is queued; emptied when the transaction ends */
    VEC(struct row) queue;
    size_t flushed; /* of the queue */
    struct head head, committed;
    struct {
        struct head head;
        size_t queued, flushed;
    } mark;
};

static rc head_load(struct cx *cx, struct db *db, const struct sql *sql, struct head *out)
{
    DB_ROWS rows = {0};
    bool more = false;
    rc r = db_query(cx, db, sql, DB_NO_ARGS, &rows);
    if (r == RC_OK) r = db_next(cx, &rows, &more);
    if (r != RC_OK || !more) return r;
    str hash = db_text(&rows, 1);
    out->seq = db_i64(&rows, 0);
    if (hash.len == SM3_BYTES) memcpy(out->hash, hash.at, SM3_BYTES);
    return RC_OK;
}

static rc head_check(struct cx *cx, struct db *db, struct head *out)
{
    struct head last = {0}, noted = {0};
    rc r = head_load(cx, db, &sql_last, &last);
    if (r == RC_OK) r = head_load(cx, db, &sql_head, &noted);
    if (r != RC_OK) return r;
    *out = last;
    if (last.seq == noted.seq && memcmp(last.hash, noted.hash, SM3_BYTES) == 0) return RC_OK;
    r = err_set(cx, RC_CONFLICT, "store.ledger-head",
                "账本的末尾被改动过：最后一条是第 %" PRId64 " 条，登记的是第 %" PRId64 " 条",
                "The end of the ledger was altered: its last entry is number %" PRId64
                ", recorded is number %" PRId64,
                last.seq, noted.seq);
    err_hint(cx, "运行账本核验，或从备份恢复", "Verify the ledger, or restore a backup");
    return r;
}

rc ledger_open(struct cx *cx, struct db *db, struct ledger **out)
{
    struct head head = {0};
    rc r = head_check(cx, db, &head);
    if (r != RC_OK) return r;
    struct ledger *l = calloc(1, sizeof *l);
    CHECK(l);
    l->sm3 = sm3_open();
    arena_init(&l->arena, QUEUE_MEMORY_BYTES);
    l->head = l->committed = l->mark.head = head;
    *out = l;
    return RC_OK;
}

void ledger_close(struct ledger *l)
{
    if (!l) return;
    sm3_close(l->sm3);
    arena_done(&l->arena);
    free(l);
}

/* The column as stored, found again inside the canonical line, which is kept anyway; *at moves behind
 * it and its tab.  An escaped column is the longer one there and is copied instead. */
static struct db_val column(struct ledger *l, str line, size_t *at, str text)
{
    size_t end = *at;
    while (end < line.len && line.at[end] != '\t')
        end++;
    str there = str_slice(line, *at, end);
    *at = end + 1;
    return DB_T(there.len == text.len ? there : arena_dup(&l->arena, text));
}

rc ledger_add(struct cx *cx, struct ledger *l, struct ledger_entry *e)
{
    if (l->arena.exhausted)
        return err_set(
            cx, RC_LIMIT, "store.ledger-memory", "一次提交的账本内容超过 %d MB，请分批进行",
            "More than %d MB of ledger in one commit: do it in parts", QUEUE_MEMORY_BYTES >> 20);
    e->seq = l->head.seq + 1;
    str line = ledger_line(&l->arena, e);
    struct head head = {.seq = e->seq};
    ledger_chain(l->sm3, l->head.hash, line, head.hash);
    l->head = head;
    struct row *row = vec_add(&l->arena, &l->queue);
    size_t at = 0;
    struct db_val *v = row->value;
    v[0] = DB_I(e->seq);
    (void)column(l, line, &at, STR("")), (void)column(l, line, &at, STR(""));
    v[1] = DB_I(e->at_us);
    v[2] = column(l, line, &at, e->actor);
    v[3] = column(l, line, &at, e->act);
    v[4] = column(l, line, &at, e->subject);
    (void)column(l, line, &at, STR(""));
    v[5] = DB_I(e->subject_id);
    v[6] = column(l, line, &at, e->before);
    v[7] = column(l, line, &at, e->after);
    v[8] = column(l, line, &at, e->reason);
    v[9] = DB_B(arena_dup(&l->arena, ((str){(const char *)head.hash, SM3_BYTES})));
    return RC_OK;
}

void ledger_mark(struct ledger *l)
{
    l->mark.head = l->head;
    l->mark.queued = l->queue.len;
    l->mark.flushed = l->flushed;
}

void ledger_undo(struct ledger *l)
{
    l->head = l->mark.head;
    l->queue.len = l->mark.queued;
    l->flushed = l->mark.flushed; /* what was flushed since then, the savepoint undid */
}

static void queue_clear(struct ledger *l)
{
    arena_reset(&l->arena);
    l->queue.at = NULL;
    l->queue.len = l->queue.cap = l->flushed = 0;
    l->mark.queued = l->mark.flushed = 0;
}

rc ledger_flush(struct cx *cx, struct ledger *l, struct db *db)
{
    size_t count = l->queue.len - l->flushed;
    if (count == 0) return RC_OK;
    rc r = db_exec_rows(cx, db, &sql_add, l->queue.at[l->flushed].value, ROW_VALUES, count);
    if (r == RC_OK)
        r = db_exec(
            cx, db, &sql_head_set,
            DB_ARGS(DB_I(l->head.seq), DB_B(((str){(const char *)l->head.hash, SM3_BYTES}))));
    if (r != RC_OK) return r;
    l->flushed = l->queue.len;
    /* An undo may need again what was queued before the mark and written only now; nothing else. */
    if (l->mark.queued == l->mark.flushed) queue_clear(l);
    return RC_OK;
}

void ledger_committed(struct ledger *l)
{
    CHECK(l->flushed == l->queue.len); /* an entry that was never written would break the chain */
    l->committed = l->mark.head = l->head;
    queue_clear(l);
}

void ledger_rolled_back(struct ledger *l)
{
    l->head = l->mark.head = l->committed;
    queue_clear(l);
}

int64_t ledger_seq(const struct ledger *l)
{
    return l->head.seq;
}
