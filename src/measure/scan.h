/* Reads a type's rows straight from its table, oldest first, for what must see them all: the org
 * tree, the rebuilding of cells, the audit. */
#pragma once

#include "record/record.h"

/* r and its texts live until the next row; each keeps nothing of them. */
typedef rc scan_fn(struct cx *cx, const struct record *r, void *data);
enum scan_which { SCAN_LIVE, SCAN_VOIDED_TOO };
NODISCARD rc scan_type(struct cx *cx, struct db *db, const struct app_type *type,
                       enum scan_which which, scan_fn *each, void *data);

/* "name", quoted for SQL. */
void scan_name_write(struct buf *out, str name);
