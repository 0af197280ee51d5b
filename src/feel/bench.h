/* How fast is FEEL: for `bihuan bench feel FILE.json`. */
#pragma once

#include "base/err.h"

/* One thread, time of the processor.  Runs the expressions of a file of the form
 * {"benchmarks": [{id, expr, context, expected}], "extras": […]} and writes one line each,
 * `ID prepared_per_s parse_per_s ok` (or `wrong`: the result is not the expected one), then
 * `geomean prepared_per_s parse_per_s` over the benchmarks.
 * Errors: RC_INVALID feel.bench when the file has another form, and what parsing JSON and compiling
 * report. */
NODISCARD rc feel_bench(struct cx *cx, str json_text, struct buf *out);
