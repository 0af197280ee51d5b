/* The canonical text of a ledger entry and the arithmetic of the chain: what ledger.c writes and
 * ledger_check.c proves. */
#pragma once

#include "base/sm3.h"
#include "store/ledger.h"

/* seq, at_us, actor, act, subject, subject_id, before, after, reason: tab-separated; in a column
 * backslash, tab, newline, carriage return and NUL are written \\ \t \n \r \0.  No newline at the end. */
enum { LEDGER_COLUMNS = 9, SM3_DIGITS = 2 * SM3_BYTES };
str ledger_line(struct arena *a, const struct ledger_entry *e);
/* One column, escaped so. */
void line_escape(struct buf *out, str text);
/* SM3(previous ‖ line); the first entry's previous hash is 32 zero bytes. */
void ledger_chain(struct sm3 *sm3, const uint8_t previous[SM3_BYTES], str line,
                  uint8_t out[SM3_BYTES]);
