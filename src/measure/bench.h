/* What a delta costs in memory beside the same as an SQL upsert, and what reading a sum of many
 * organisations costs with and without a cell for those above. */
#pragma once

#include "store/db.h"

struct measure_bench {
    int64_t deltas;        /* how many were timed */
    int64_t deltas_per_s;  /* in memory, with their undo log */
    int64_t upserts_per_s; /* each delta as an upsert of its own */
    int64_t flushed_per_s; /* the same rows as one set statement a batch */
    int64_t read_cell_ns;  /* the sum above as a cell of its own */
    int64_t read_orgs_ns;  /* the same, added up over `orgs` below */
    int64_t orgs;
};
/* db: a writer with the tables of measure_migrations, outside a transaction; it is left as it was. */
NODISCARD rc measure_bench(struct cx *cx, struct db *db, int64_t deltas, struct measure_bench *out);
