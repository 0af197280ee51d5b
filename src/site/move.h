/* A site on its way from one database to another: its mark, kept in site_move of both, and its rows,
 * copied in the order of their keys.  docs/decisions/0013 says why it is done so.
 *
 * Where it goes the site is `arriving` until all is copied and proved: nobody opens it before.  Where it
 * came from it has then `left`: nobody writes there any more.  Each chunk of rows is one transaction of
 * the target, and what stands there says how far it has come: a move that was killed goes on behind the
 * last key of each table. */
#pragma once

#include "site/tables.h"

extern const struct db_migration move_migrations[];
extern const size_t move_migration_count;

enum move_state { MOVE_NONE, MOVE_ARRIVING, MOVE_LEFT };
struct move_mark {
    enum move_state state;
    str peer;  /* the other database, as shown: without a password */
    str stand; /* arriving: where the source's ledger stood when the copying began; empty: not yet */
    int64_t at_us;
};
/* MOVE_NONE also where there is no such table yet. */
NODISCARD rc move_mark_load(struct cx *cx, struct db *db, struct move_mark *out);
/* In a transaction of its own, or in the one that is open. */
NODISCARD rc move_mark_save(struct cx *cx, struct db *db, const struct move_mark *m);
/* May the site be used here?  A reader may still look at one that has left.
 * Errors: RC_CONFLICT move.unfinished, move.left. */
NODISCARD rc move_check(struct cx *cx, struct db *db, enum db_mode mode);
/* Where the ledger stands: number and hash of its last entry. */
NODISCARD rc move_stand(struct cx *cx, struct db *db, str *out);
/* Was the ledger of db once there?  Then a site that stands so is its past. */
NODISCARD rc move_stood(struct cx *cx, struct db *db, str stand, bool *out);

/* Tables and columns that the target lacks are made as the source has them: types and fields that are
 * declared no longer, whose rows go along. */
NODISCARD rc move_tables_make(struct cx *cx, struct db *from, const struct site_tables *source,
                              struct db *to, const struct site_tables *target);
/* Copies the rows of a table that the target has not.  Both are writers, outside a transaction; from is
 * only read.  told (may be NULL) hears of each chunk. */
typedef void move_told_fn(void *data, str table, int64_t rows);
NODISCARD rc move_table(struct cx *cx, struct db *from, struct db *to, const struct site_table *t,
                        move_told_fn *told, void *data);
