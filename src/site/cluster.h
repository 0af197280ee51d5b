/* The tables of a PostgreSQL database spread over many machines by the extension Citus: those of a site
 * are cut by `site` and kept side by side, so that a transaction of one site stays on one machine;
 * those of the whole database stand on every machine. */
#pragma once

#include "store/db.h"

enum cluster_place {
    CLUSTER_LOCAL,     /* on the coordinator alone */
    CLUSTER_SITE,      /* cut by site */
    CLUSTER_REFERENCE, /* on every machine */
    CLUSTER_OTHER      /* cut by something else, or otherwise */
};
struct cluster_table {
    str name;
    enum cluster_place belongs, is;
    int64_t group; /* of tables that are kept side by side; 0: none */
    str bad_key;   /* an index that is unique and does not begin with site; empty: none */
    bool moved;    /* by cluster_distribute */
};
struct cluster {
    str version; /* of the extension; empty: the database has none */
    struct cluster_table *at;
    size_t len, cap;
};
/* What there is: tables of the current schema by name.
 * Errors: RC_INVALID cluster.not-postgresql; those of db_query. */
NODISCARD rc cluster_look(struct cx *cx, struct db *db, struct cluster *out);
/* Brings every table to where it belongs; what is there already stays.  Not in a transaction.
 * Errors: RC_MISSING cluster.no-extension, RC_CONFLICT cluster.key (a key does not begin with site: lists
 * them), cluster.elsewhere (a table is cut by something else: lists them); nothing was changed then. */
NODISCARD rc cluster_distribute(struct cx *cx, struct db *db, struct cluster *c);
/* Behind migrations: where tables are distributed already, new ones follow.  Else nothing. */
NODISCARD rc cluster_follow(struct cx *cx, struct db *db);
