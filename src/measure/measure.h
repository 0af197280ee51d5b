/* Live measures: a record's write costs a signed delta per measure: minus what the old version gave,
 * plus what the new one gives; insert, correction and void are this one rule.
 * The writer owns the cells in memory, adds deltas while it runs a batch, and writes each dirty cell
 * once when the batch commits, in the same transaction; after a crash the database is right by itself.
 *
 * A cell: measure × period × org × dimensions → n (records) and value (int64 × 10^-scale).
 * Tables: rollup (now) and rollup_day (value at the end of each day it changed: "as known at"). */
#pragma once

#include "record/record.h"

extern const struct db_migration measure_migrations[];
extern const size_t measure_migration_count;

struct measure_store; /* the writer's cells */
/* Loads the cells.  When the declarations have changed since the last time, all cells are computed anew
 * from the records and what differs is written with today's day, in a transaction of its own.
 * Errors: RC_LIMIT measure.overflow. */
NODISCARD rc measure_open(struct cx *cx, struct db *db, const struct catalogue *c,
                          struct measure_store **out);
void measure_close(struct measure_store *m);
/* Did opening find other declarations than the last time?  Then call loop_sweep. */
bool measure_was_rebuilt(const struct measure_store *m);
/* The hash of the declarations that the site's numbers are made of; empty: none yet. */
NODISCARD rc measure_made_of(struct cx *cx, struct db *db, str *hash);
/* The organisation that stands for everything: found in core.org, or given where there is none. */
void measure_set_root(struct measure_store *m, int64_t org_id);
int64_t measure_root(const struct measure_store *m);
/* The organisation's level, a code; empty: unknown, or voided. */
str measure_org_level(const struct measure_store *m, int64_t org_id);
/* The listener of records.  A record of core.org that gets another parent takes its sums along.
 * Errors: RC_LIMIT measure.overflow, measure.org-depth; RC_INVALID measure.org-cycle. */
rc measure_changed(void *store, struct cx *cx, struct db *db, const struct record *before,
                   const struct record *after);
void measure_job_begin(struct measure_store *m);
void measure_job_undo(struct measure_store *m);
NODISCARD rc measure_flush(struct measure_store *m, struct cx *cx,
                           struct db *db); /* before the commit */
void measure_committed(struct measure_store *m);
void measure_rolled_back(struct measure_store *m); /* forgets the batch */

/* What the current job touched, for watches: each cell's measure, period and org once, those above the
 * record's org too.  In the order of touching: a later call begins with what an earlier one gave. */
struct measure_touch {
    const struct app_measure *measure;
    struct period period;
    int64_t org_id;
};
struct measure_touches {
    struct measure_touch *at;
    size_t len, cap;
};
/* Since the job began. */
void measure_touched(struct measure_store *m, struct arena *a, struct measure_touches *out);

/* ---- reading ----
 * From the writer's cells (store ≠ NULL: sees the uncommitted batch) or from the database. */
/* What one answer has read, so that it asks for each cell once: indicators share their measures.  Only
 * while nothing changes: in a reader's snapshot. */
struct read_cache;
struct read_cache *read_cache_new(struct arena *a);
struct measure_view {
    struct read_cache *cache;    /* NULL: each reading has one of its own */
    struct measure_store *store; /* writer's thread only */
    struct db *db;               /* any connection */
    const struct catalogue *catalogue;
    day_t known_at; /* DAY_NONE: now; else as known at the end of that day */
};
struct measure_value {
    bool present; /* no record at all: absent, which is not 0 */
    int64_t n, value;
    int64_t provisional; /* how many of n are not final, where the type says so */
};
enum { MEASURE_BY_MAX = 4 };
/* dim: texts of the `by` fields (code, ref's natural key, "true"/"false"); NULL member: any (summed).
 * org_id: this org and all below it. */
NODISCARD rc measure_get(struct cx *cx, const struct measure_view *v, const struct app_measure *m,
                         struct period p, int64_t org_id, const str *const dim[MEASURE_BY_MAX],
                         struct measure_value *out);

/* An indicator's reading. */
struct reading {
    bool present, has_target;
    dec value, target;
    bool provisional; /* some record behind it is not final, when the type says so */
    int met;          /* 1 target met, 0 not, -1 no target or no value */
};
NODISCARD rc indicator_read(struct cx *cx, const struct measure_view *v,
                            const struct app_indicator *i, struct period p, int64_t org_id,
                            struct reading *out);
/* A figure as shown: in the indicator's unit (× 100 for %) with its decimals, half up: "34.6". */
str indicator_shown(struct cx *cx, const struct app_indicator *i, dec value);
/* Exactly, at most 12 digits behind the point: a JSON number. */
str indicator_number(struct cx *cx, dec value);
/* The host functions indicators' FEEL calls; run->host is a struct measure_frame of ours. */
extern const struct app_host measure_host;

/* The latest period of the indicator's unit that has a value, at most `last`. */
NODISCARD rc indicator_latest(struct cx *cx, const struct measure_view *v,
                              const struct app_indicator *i, int64_t org_id, struct period *out,
                              bool *found);
/* JSON: {"name","title","unit","decimals","better","per","cumulative","lead","period","org":{id,key,label},
 *  "value","target","gap","met","shown":"34.6","shown_target","shown_gap","prior","prior_shown",
 *  "provisional","known_at"}.  value, target and prior (the same period a year before) are exact
 *  decimals as JSON numbers (rounded to 12 digits), null when absent; gap is value − target in the unit,
 *  as text; shown… are in the unit with the declared decimals, half up. */
NODISCARD rc indicator_write(struct cx *cx, const struct measure_view *v,
                             const struct app_indicator *i, struct period p, int64_t org_id,
                             enum lang lang, struct jw *out);
/* [{"period":…,"value":…,"target":…,"shown":…,"met":…,"provisional":…}] for `count` periods up to last,
 * absent ones left out. */
NODISCARD rc indicator_series_write(struct cx *cx, const struct measure_view *v,
                                    const struct app_indicator *i, struct period last, int count,
                                    int64_t org_id, struct jw *out);
/* By the breakdown measure's dimension `by`, or by org ("org"): [{"key","title","value","shown","share"}],
 * the largest first; share is null for reported aggregates, which may overlap.  Empty without a
 * breakdown measure.  Its other dimensions stay as the indicator reads them.
 * Errors: RC_INVALID measure.unknown-dimension. */
NODISCARD rc indicator_breakdown_write(struct cx *cx, const struct measure_view *v,
                                       const struct app_indicator *i, struct period p,
                                       int64_t org_id, str by, struct jw *out);
/* ---- above several sites: site/sites.h ----
 * What is wanted of each site, added up.  Dimensions are texts, as a reference has another id in each. */
struct measure_sum {
    const struct app_measure *measure;
    struct period period;
    str dim[MEASURE_BY_MAX];
    bool is_given[MEASURE_BY_MAX];
    struct measure_value value;
};
struct measure_sums {
    struct measure_sum *at;
    size_t len, cap;
    bool is_short;   /* a reading wanted what is not there yet: it is in the list now */
    bool is_refused; /* the last reading reads what does not add up: a reported rate, a rank */
};
/* Adds what one site has to each; of one snapshot when v is.  RC_LIMIT measure.overflow. */
NODISCARD rc measure_sums_add(struct cx *cx, const struct measure_view *v, int64_t org_id,
                              struct measure_sums *sums);
void measure_sums_clear(struct measure_sums *sums); /* the values; the list stays */
/* The indicator evaluated once, on the sums. */
NODISCARD rc indicator_read_sums(struct cx *cx, const struct app_indicator *i, struct period p,
                                 struct measure_sums *sums, struct reading *out);
/* All indicators of a site at once, each at the period asked for, or at its latest. */
struct indicator_row {
    struct period period;
    struct reading reading;
};
NODISCARD rc indicators_read(struct cx *cx, const struct measure_view *v, int64_t org_id,
                             const struct period *asked, struct indicator_row *out);
/* Members of an object: what it is, and one reading of it, as in indicator_write. */
void indicator_head_write(struct cx *cx, const struct app_indicator *i, struct period p,
                          enum lang lang, struct jw *out);
void reading_members_write(struct cx *cx, const struct app_indicator *i, const struct reading *r,
                           struct jw *out);
/* The records behind it (of all measures and periods the expression read), newest first: ids by type. */
struct behind {
    const struct app_type *type;
    int64_t id;
};
struct behinds {
    struct behind *at;
    size_t len, cap;
};
NODISCARD rc indicator_behind(struct cx *cx, const struct measure_view *v,
                              const struct app_indicator *i, struct period p, int64_t org_id,
                              size_t most, struct behinds *out);
/* Days on which any cell behind it changed, newest first: the stops of the as-known-at slider. */
NODISCARD rc indicator_revisions(struct cx *cx, const struct measure_view *v,
                                 const struct app_indicator *i, struct period p, int64_t org_id,
                                 day_t *out, size_t most, size_t *count);

/* Invariant 1: every cell equals the same measure recomputed from the records, now and as known on
 * sampled earlier days (from the ledger).  checks and broken count cells and are added to. */
NODISCARD rc measure_audit(struct cx *cx, struct db *db, const struct catalogue *c, int64_t *checks,
                           int64_t *broken);
