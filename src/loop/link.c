/* The table of what watches opened. */
#include "loop/inner.h"

const struct db_migration loop_migrations[] = {
    {1, "loop",
     "CREATE TABLE item_link ("
     " site BIGINT NOT NULL,"
     " item_id BIGINT NOT NULL,"
     " watch TEXT NOT NULL,"
     " indicator TEXT NOT NULL,"
     " org BIGINT NOT NULL,"
     " period TEXT NOT NULL,"
     " state TEXT NOT NULL,"         /* open, proposed, closed */
     " is_signed SMALLINT NOT NULL," /* closed by an inspector's signature */
     " value TEXT NOT NULL,"         /* as they were when it opened; empty: none */
     " target TEXT NOT NULL,"
     " shown TEXT NOT NULL,"
     " shown_target TEXT NOT NULL,"
     " shown_gap TEXT NOT NULL,"
     " lasting BIGINT NOT NULL," /* periods in a row */
     " relapse_of BIGINT,"       /* the closed item it follows */
     " opened_us BIGINT NOT NULL,"
     " proposed_us BIGINT,"
     " closed_us BIGINT,"
     " evidence TEXT NOT NULL," /* JSON: the records behind it */
     " PRIMARY KEY (site, item_id));"
     "CREATE INDEX item_link_at ON item_link (site, indicator, org, period, item_id);"
     "CREATE UNIQUE INDEX item_link_open ON item_link (site, indicator, org, period)"
     " WHERE state <> 'closed';"},
};
const size_t loop_migration_count = COUNTOF(loop_migrations);

#define COLUMNS                                                                                    \
    "item_id, watch, indicator, org, period, state, is_signed, value, target, shown,"              \
    " shown_target, shown_gap, lasting, relapse_of, opened_us, proposed_us, closed_us"
SQL(sql_add, "INSERT INTO item_link (site, " COLUMNS
             ", evidence) VALUES ($site, $1, $2, $3, $4, $5, $6, $7, $8,"
             " $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)");
SQL(sql_last, "SELECT " COLUMNS
              " FROM item_link WHERE site = $site AND indicator = $1 AND org = $2 AND period = $3"
              " ORDER BY item_id DESC LIMIT 1");
SQL(sql_load, "SELECT " COLUMNS ", evidence FROM item_link WHERE site = $site AND item_id = $1");
SQL(sql_all, "SELECT " COLUMNS
             " FROM item_link WHERE site = $site ORDER BY indicator, org, period, item_id");
SQL(sql_state,
    "UPDATE item_link SET state = $2, is_signed = $3, proposed_us = $4, closed_us = $5"
    " WHERE site = $site AND item_id = $1");
enum { EVIDENCE_COLUMN = 17 };

str link_state_name(enum link_state s)
{
    static const char *const name[] = {"open", "proposed", "closed"};
    return str_from(name[s]);
}

static enum link_state state_of(str name)
{
    if (str_eq(name, STR("closed"))) return LINK_CLOSED;
    return str_eq(name, STR("proposed")) ? LINK_PROPOSED : LINK_OPEN;
}

static struct db_val or_null(int64_t n)
{
    return n ? DB_I(n) : DB_N;
}

rc link_add(struct cx *cx, struct db *db, const struct link *k)
{
    return db_exec(cx, db, &sql_add,
                   DB_ARGS(DB_I(k->item_id), DB_T(k->watch), DB_T(k->indicator), DB_I(k->org),
                           DB_T(k->period), DB_T(link_state_name(k->state)), DB_I(k->is_signed),
                           DB_T(k->value), DB_T(k->target), DB_T(k->shown), DB_T(k->shown_target),
                           DB_T(k->shown_gap), DB_I(k->lasting), or_null(k->relapse_of),
                           DB_I(k->opened_us), or_null(k->proposed_us), or_null(k->closed_us),
                           DB_T(k->evidence)));
}

static int64_t i64_or_0(const struct db_rows *rows, int column)
{
    return db_is_null(rows, column) ? 0 : db_i64(rows, column);
}

static struct link link_of(struct cx *cx, const struct db_rows *rows)
{
    return (struct link){.item_id = db_i64(rows, 0),
                         .watch = db_text_dup(cx, rows, 1),
                         .indicator = db_text_dup(cx, rows, 2),
                         .org = db_i64(rows, 3),
                         .period = db_text_dup(cx, rows, 4),
                         .state = state_of(db_text(rows, 5)),
                         .is_signed = db_i64(rows, 6) != 0,
                         .value = db_text_dup(cx, rows, 7),
                         .target = db_text_dup(cx, rows, 8),
                         .shown = db_text_dup(cx, rows, 9),
                         .shown_target = db_text_dup(cx, rows, 10),
                         .shown_gap = db_text_dup(cx, rows, 11),
                         .lasting = db_i64(rows, 12),
                         .relapse_of = i64_or_0(rows, 13),
                         .opened_us = db_i64(rows, 14),
                         .proposed_us = i64_or_0(rows, 15),
                         .closed_us = i64_or_0(rows, 16)};
}

rc link_last(struct cx *cx, struct db *db, const struct link_place *at, struct link *out,
             bool *found)
{
    DB_ROWS rows = {0};
    *found = false;
    rc r = db_query(cx, db, &sql_last,
                    DB_ARGS(DB_T(at->indicator), DB_I(at->org), DB_T(at->period)), &rows);
    if (r == RC_OK) r = db_next(cx, &rows, found);
    if (r == RC_OK && *found) *out = link_of(cx, &rows);
    return r;
}

rc link_load(struct cx *cx, struct db *db, int64_t item_id, struct link *out, bool *found)
{
    DB_ROWS rows = {0};
    *found = false;
    rc r = db_query(cx, db, &sql_load, DB_ARGS(DB_I(item_id)), &rows);
    if (r == RC_OK) r = db_next(cx, &rows, found);
    if (r != RC_OK || !*found) return r;
    *out = link_of(cx, &rows);
    out->evidence = db_text_dup(cx, &rows, EVIDENCE_COLUMN);
    return RC_OK;
}

rc link_all(struct cx *cx, struct db *db, struct links *out)
{
    DB_ROWS rows = {0};
    bool more = false;
    rc r = db_query(cx, db, &sql_all, DB_NO_ARGS, &rows);
    while (r == RC_OK && (r = db_next(cx, &rows, &more)) == RC_OK && more)
        *vec_add(cx->arena, out) = link_of(cx, &rows);
    return r;
}

rc link_set_state(struct cx *cx, struct db *db, const struct link *k)
{
    return db_exec(cx, db, &sql_state,
                   DB_ARGS(DB_I(k->item_id), DB_T(link_state_name(k->state)), DB_I(k->is_signed),
                           or_null(k->proposed_us), or_null(k->closed_us)));
}
