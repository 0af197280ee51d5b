/* Cells and the database: loading at the start, and computing anew after the declarations changed. */
#pragma once

#include "measure/measure.h"

NODISCARD rc rollup_load(struct cx *cx, struct db *db, struct measure_store *m);
/* Puts one row (measure, org, dims, period, n, value, provisional) into its cell; NULL when its
 * measure is no longer declared. */
struct cell;
struct cell *rollup_row(struct measure_store *m, const struct db_rows *rows);
/* Computes all cells from the records when the catalogue is not the one they were made with, and
 * writes what differs, dated today: what was known before stays as it was known. */
NODISCARD rc rebuild_if_changed(struct cx *cx, struct db *db, struct measure_store *m);
/* Feeds all records of all measured types to a store made by measure_store_new. */
NODISCARD rc rebuild_from_records(struct cx *cx, struct db *db, struct measure_store *m);
