/* The canonical dump of a site: every row of every table as a line, in the order of tables and keys,
 * the same for the same site on both engines.  Its digest says whether two databases hold the same.
 *
 * A line: the table, then column=value for each column that is not null, those of the key first, then
 * the others by name; tabs between.  Numbers in digits; in text backslash, tab, newline, carriage return
 * and NUL are written \\ \t \n \r \0; bytes as \x and hexadecimal digits.  No newline is part of it.
 * Reading: the connection's own transaction, so that a server may go on beside it.
 * Memory: one row at a time. */
#pragma once

#include "base/sm3.h"
#include "site/tables.h"

enum { DUMP_HEX = 2 * SM3_BYTES };
struct dump_part {
    str table;
    int64_t rows;
    str sm3; /* hex, of the lines with a newline behind each */
};
struct dump_sum {
    struct dump_part *at; /* by name; tables without rows are left out */
    size_t len, cap;
    int64_t rows;
    str sm3; /* of a line "table<TAB>rows<TAB>sm3<newline>" for each part */
};
/* each (may be NULL) sees every line, valid during the call; an error of it stops and comes back. */
typedef rc dump_line_fn(struct cx *cx, str line, void *data);
/* In a transaction of db; tables as tables_list gave them. */
NODISCARD rc dump_site(struct cx *cx, struct db *db, const struct site_tables *tables,
                       dump_line_fn *each, void *data, struct dump_sum *out);

/* A difference between two databases.  A row that only one has: column is empty, and left or right
 * holds its line.  All texts are valid during the call. */
struct dump_difference {
    str table, key;
    str column, left, right;
};
typedef rc dump_difference_fn(struct cx *cx, const struct dump_difference *d, void *data);
struct dump_side {
    struct db *db; /* in a transaction */
    struct site_tables tables;
};
struct dump_compared {
    int64_t rows;      /* keys that either side has */
    int64_t different; /* of them */
};
NODISCARD rc dump_compare(struct cx *cx, const struct dump_side *left,
                          const struct dump_side *right, dump_difference_fn *each, void *data,
                          struct dump_compared *out);
