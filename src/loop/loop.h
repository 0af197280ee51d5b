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
    rc (*open)(void *owner, struct cx *cx, struct db *db, const struct app_watch *w, const struct json *fields,
               int64_t *item_id);
    /* The number is back (or left again): the item's page and process are told. */
    rc (*proposed)(void *owner, struct cx *cx, struct db *db, const struct app_watch *w, int64_t item_id, bool back);
};
struct loop;
NODISCARD rc loop_new(struct cx *cx, const struct catalogue *c, const struct loop_host *host, struct loop **out);

/* After a job's writes, before its end: looks at every watch whose indicator the touches may have
 * moved (prior-year and year-to-date readers included) and opens, updates or proposes. */
NODISCARD rc loop_run(struct cx *cx, struct loop *l, struct db *db, struct measure_store *m,
                      const struct measure_touches *touched);
/* May the item be closed?  RC_CONFLICT loop.number-not-back (with value and target) unless `inspected`
 * (an inspector signs).  Marks it closed otherwise.  Items that no watch opened may always be. */
NODISCARD rc loop_close(struct cx *cx, struct loop *l, struct db *db, struct measure_store *m, int64_t item_id,
                        bool inspected);
/* {"watch":…,"indicator":…,"org":…,"period":…,"value":…,"target":…,"gap":…,"state":"open|proposed|closed",
 *  "opened_at":…,"lasting":…,"relapse_of":…,"evidence":[{type,id,label,fields}],"now":{reading}} or null. */
NODISCARD rc loop_item_write(struct cx *cx, struct loop *l, const struct measure_view *v, int64_t item_id,
                             enum lang lang, struct jw *out);
/* Invariant 4: every watch in breach has exactly one open item; none is closed while its closing
 * condition is false, unless signed. */
NODISCARD rc loop_audit(struct cx *cx, struct loop *l, struct db *db, int64_t *checks, int64_t *broken);
