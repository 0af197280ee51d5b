/* The loop: watches look at indicators in the transaction that moved them; a breach opens exactly one
 * item per watch, org and period, with the frozen value, target, gap and the records behind it; when
 * the number is back the item proposes its own closing; a relapse after closing opens a new one that
 * says so. */
#pragma once

#include "measure/measure.h"

extern const struct db_migration loop_migrations[];
extern const size_t loop_migration_count;

/* What the loop asks of the engine, which can write records and move processes. */
struct loop_host {
    void *owner;
    /* Creates a record of watch->open with these fields (JSON object), as the system. */
    rc (*open)(void *owner, struct cx *cx, struct db *db, const struct app_watch *w,
               const struct json *fields, int64_t *item_id);
    /* The number is back (or left again): the item's page and process are told. */
    rc (*proposed)(void *owner, struct cx *cx, struct db *db, const struct app_watch *w,
                   int64_t item_id, bool back);
};
struct loop;
/* Memory: *out lives in cx->arena, as long as the loop is used; host is copied. */
NODISCARD rc loop_new(struct cx *cx, const struct catalogue *c, const struct loop_host *host,
                      struct loop **out);

/* After a job's writes, before its end: looks at every watch whose indicator the touches may have
 * moved (prior-year and year-to-date readers included) and opens or proposes.
 * A period that ended more than twelve months ago, or has not begun, never opens an item; an item that
 * is open follows its number for as long as it takes.
 * Errors: those of the host and of measures; the job is to fail. */
NODISCARD rc loop_run(struct cx *cx, struct loop *l, struct db *db, struct measure_store *m,
                      const struct measure_touches *touched);
/* The same for all watches and all periods of the last twelve months: once after the declarations have
 * changed, so that a new watch finds what is already below its target. */
NODISCARD rc loop_sweep(struct cx *cx, struct loop *l, struct db *db, struct measure_store *m);
/* May the item be closed?  RC_CONFLICT loop.number-not-back (with value and target) unless `inspected`
 * (an inspector signs).  Marks it closed otherwise.  Items that no watch opened may always be. */
NODISCARD rc loop_close(struct cx *cx, struct loop *l, struct db *db, struct measure_store *m,
                        int64_t item_id, bool inspected);
/* {"item","watch","title","indicator","org","period","value","target","gap","shown","shown_target","shown_gap",
 *  "state":"open|proposed|closed","signed","opened_at","proposed_at","closed_at","lasting","relapse_of",
 *  "closing":sentence,"evidence":[{id,type,label,fields,…}],"now":{reading}}, or null for an item that no
 *  watch opened.  value … shown_gap and evidence are frozen: as they were when it opened. */
NODISCARD rc loop_item_write(struct cx *cx, struct loop *l, const struct measure_view *v,
                             int64_t item_id, enum lang lang, struct jw *out);
/* Invariant 4: every watch in breach has exactly one open item; none is closed while its closing
 * condition is false, unless signed.  checks and broken are added to. */
NODISCARD rc loop_audit(struct cx *cx, struct loop *l, struct db *db, int64_t *checks,
                        int64_t *broken);
