/* Which rules of a table a row of input values can match, found without evaluating tests. */
#pragma once

#include "dmn/model.h"

/* NULL: not worth one.  Memory: in a. */
const struct table_index *index_build(struct arena *a, const struct table *t);
/* Words of a set of the table's rules. */
size_t index_words(const struct table *t);
/* Takes out of `rules` (a bit a rule, index_words) those whose tests on indexed columns fail.
 * Returns a set of columns (bit i: input i, for the first 64) that still have to be evaluated. */
uint64_t index_match(const struct table_index *index, const struct table *t,
                     const struct feel_value *input, uint64_t *rules);
