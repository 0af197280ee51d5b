/* What the files of measure/ share.  Nobody outside includes this. */
#pragma once

#include "base/map.h"
#include "measure/cell.h"
#include "measure/measure.h"
#include "measure/org.h"

/* A measure as the writer uses it. */
struct live_measure {
    const struct app_measure *measure;
    int status; /* field that says whether a record is final; -1: none */
};
/* The measures of one type. */
struct live_type {
    const struct app_type *type;
    struct live_measure *at;
    size_t len, cap;
    bool reads_feel; /* one of them has `where` */
};
struct measure_store {
    struct arena arena;   /* lives as long as the store */
    struct arena scratch; /* emptied by each user before use */
    const struct catalogue *catalogue;
    struct cells cells;
    struct org_tree orgs;
    struct live_type *type; /* by type->index */
    /* References that readings named by their key, found before; forgotten when a job fails. */
    struct arena key_arena;
    struct map keys;
    bool was_rebuilt;
};

/* ---- delta.c: what one version of a record gives to one measure ---- */
struct part {
    bool is_there;
    struct cell_key key;
    struct cell_sum sum;
};
/* values: of rec_feel_values, needed by `where`; may be NULL without. */
NODISCARD rc part_of(struct cx *cx, struct measure_store *m, const struct live_measure *l,
                     const struct record *r, const struct feel_value *values, struct part *out);
/* Adds sum × sign to the cell, its head, and those of all orgs above.  RC_LIMIT measure.overflow. */
NODISCARD rc part_add(struct cx *cx, struct measure_store *m, const struct part *p, int sign);
rc measure_overflow(struct cx *cx, const struct app_measure *a);
/* Field `status` when its codes know "final". */
int measure_status_field(const struct app_type *type);
/* A store in memory without a database behind it: for the audit and for rebuilding. */
struct measure_store *measure_store_new(const struct catalogue *c);

/* ---- move.c: a record of core.org changes the tree, and the sums go along ---- */
NODISCARD rc move_org(struct cx *cx, struct measure_store *m, const struct record *r,
                      bool is_there);

/* ---- dims.c: the text of a cell's dimensions ----
 * One part a dimension, joined by '|': a code, a reference's id, "true" or "false"; a part that is
 * absent is "\-", an empty one "\e"; | * and \ inside are written "\p", "\s" and "\\".  A measure
 * without dimensions has "", the sum over all dimensions is "*". */
void dims_part_write(struct buf *out, const struct app_field *f, const struct rec_value *v);
void dims_text_write(struct buf *out, str part); /* escaped */
/* The next part of *rest, still escaped. */
str dims_next(str *rest);
str dims_plain(struct arena *a, str part); /* unescaped; "" for an absent one */

/* ---- pattern.c ---- */
/* What a reading asks of a measure: escaped parts; at NULL: any. */
struct pattern {
    str part[MEASURE_BY_MAX];
    int given;
    bool nothing; /* a reference to something that does not exist: no cell can fit */
};
/* Cells of one measure, org and pattern through one year, kept while an answer is made. */
struct line;
struct read_cache {
    struct arena *arena; /* NULL: that of the cx it is read with */
    VEC(struct line *) line;
    VEC(struct key_found *) key;
};
struct key_found {
    const struct app_type *type;
    str key;
    int64_t id;
};
struct cell_range {
    const struct app_measure *measure;
    int32_t first, last; /* periods in the measure's unit */
    int64_t org;
    struct pattern pattern;
    bool is_apart; /* each cell, even where a sum of all is kept */
};
NODISCARD rc pattern_make(struct cx *cx, const struct measure_view *v, struct read_cache *cache,
                          const struct app_measure *m, const str *const dim[MEASURE_BY_MAX],
                          struct pattern *out);
/* "" or "*", or all parts joined; false when only some are given. */
bool pattern_text(struct arena *a, const struct app_measure *m, const struct pattern *p, str *out);
bool pattern_fits(const struct pattern *p, int by_count, str dims);
/* ---- rows.c: cells of the database ---- */
struct cell_row {
    int32_t period;
    str dims; /* until the function returns */
    struct measure_value sum;
};
typedef rc rows_fn(struct cx *cx, const struct cell_row *row, void *data);
/* Each cell that fits, once, by period and dims. */
NODISCARD rc rows_each(struct cx *cx, const struct measure_view *v, const struct cell_range *r,
                       rows_fn *each, void *data);

/* ---- read.c ---- */
NODISCARD rc value_add(struct cx *cx, const struct app_measure *m, const struct measure_value *v,
                       struct measure_value *sum);
NODISCARD rc range_read(struct cx *cx, const struct measure_view *v, struct read_cache *cache,
                        const struct cell_range *r, struct measure_value *out);
/* The periods of the measure's unit within p; false when p is finer. */
bool range_of(const struct app_measure *m, struct period p, int32_t *first, int32_t *last);
str period_text(struct arena *a, enum period_unit unit, int32_t index);
/* The cells in the database that fit, each dims text with its sum over the periods. */
struct group {
    str dims;
    struct measure_value sum;
};
struct groups {
    struct group *at;
    size_t len, cap;
};
NODISCARD rc range_groups(struct cx *cx, const struct measure_view *v, const struct cell_range *r,
                          struct groups *out);

/* ---- host.c: FEEL over measures ---- */
/* One cell range an expression read. */
struct read_range {
    struct cell_range range;
    bool is_shifted; /* inside prior year(…) */
};
struct read_ranges {
    struct read_range *at;
    size_t len, cap;
};
struct measure_frame {
    struct cx *cx;
    const struct measure_view *view;
    struct read_cache *cache;
    struct read_ranges *ranges; /* recorder; may be NULL */
    struct measure_sums *sums;  /* read these and not the view; may be NULL */
    struct period base, period; /* asked for; in force */
    int64_t org;
    bool is_shifted;
    bool asked, known; /* was a cell of the period itself read; was one there */
    bool provisional;
};
/* *present false: null. */
NODISCARD rc frame_number(struct measure_frame *f, const struct feel_expr *e, dec *out,
                          bool *present);
/* What readings of one answer share. */
struct reader {
    const struct measure_view *view;
    struct read_cache cache;
    struct read_ranges *ranges; /* recorder; may be NULL */
    struct measure_sums *sums;  /* instead of the view; may be NULL */
};
/* What indicator_read does. */
NODISCARD rc reading_make(struct cx *cx, struct reader *from, const struct app_indicator *i,
                          struct period p, int64_t org, struct reading *out);

/* ---- sums.c ---- */
/* dim NULL: all of the measure. */
NODISCARD rc sums_read(struct measure_frame *f, const struct app_measure *m,
                       const str *const dim[MEASURE_BY_MAX], struct measure_value *out);

/* ---- show.c ---- */
/* The record's name for people: its label, else its key. */
str record_label(struct cx *cx, struct db *db, const struct record *r);
