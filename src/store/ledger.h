/* The ledger: every change of anything, append-only, chained by SM3, written in the transaction of
 * the change.  entry hash = SM3(previous hash ‖ canonical text of the entry); the canonical text is
 * one line of tab-separated, escaped columns, so that `sh` and `openssl` can check an export. */
#pragma once

#include "store/db.h"

struct ledger_entry {
    int64_t seq; /* set by ledger_add: 1, 2, 3 … without a gap */
    int64_t at_us;
    str actor;   /* user code, or "system" */
    str act;     /* "record.create", "task.complete" … */
    str subject; /* "reform.item" */
    int64_t subject_id;
    str before, after; /* compact JSON or empty */
    str reason;        /* what the actor said; may be empty */
};

struct ledger; /* the chain's head, held by the writer */
extern const struct db_migration ledger_migrations[];
extern const size_t ledger_migration_count;

NODISCARD rc ledger_open(struct cx *cx, struct db *db, struct ledger **out); /* reads the head */
void ledger_close(struct ledger *l);
int64_t ledger_seq(const struct ledger *l); /* of the last entry added */
/* Queues the entry (texts copied) for ledger_flush; the hash is computed now.  Sets e->seq. */
NODISCARD rc ledger_add(struct cx *cx, struct ledger *l, struct ledger_entry *e);
/* A savepoint of the chain for a job: mark before, undo when the job failed. */
void ledger_mark(struct ledger *l);
void ledger_undo(struct ledger *l);
/* Writes what is queued as set statements; call before the commit.  May also be called inside a job
 * that adds very many entries, every few thousand of them: that frees their memory. */
NODISCARD rc ledger_flush(struct cx *cx, struct ledger *l, struct db *db);
void ledger_committed(struct ledger *l);
void ledger_rolled_back(struct ledger *l);

/* Entries of a subject (subject_id 0: of all of its kind) or of all (subject empty), oldest first,
 * from seq > after; at most limit (0: 1000).  hash_hex and the texts of e are valid during the call;
 * an error of each stops and comes back. */
typedef rc ledger_each_fn(struct cx *cx, const struct ledger_entry *e, str hash_hex, void *data);
NODISCARD rc ledger_each(struct cx *cx, struct db *db, str subject, int64_t subject_id,
                         int64_t after, int64_t limit, ledger_each_fn *each, void *data);
/* Recomputes the whole chain.  *broken_seq 0 when sound, else the first entry that does not fit and
 * *what the sentence.  head_hex (65 bytes) is the head. */
NODISCARD rc ledger_verify(struct cx *cx, struct db *db, int64_t *entries, int64_t *broken_seq,
                           str *what, char head_hex[65]);
/* One line an entry: canonical text, tab, hash; the last line "head <hash> <seq>".
 * Verified without a server by ledger_verify_export, or by sh and openssl (docs/ledger.md). */
NODISCARD rc ledger_export(struct cx *cx, struct db *db, str path);
NODISCARD rc ledger_verify_export(struct cx *cx, str path, int64_t *entries, int64_t *broken_line,
                                  str *what, char head_hex[65]);
