/* Regular expressions of XPath 3.1, as FEEL has them, on PCRE2 with limits. */
#pragma once

#include "feel/builtin.h"

struct regex;
/* NULL: the pattern or flags are not valid, or memory is over (then m->code is set). */
struct regex *regex_compile(struct call *c, str pattern, str flags);
/* The first match at or after `from`: byte offsets of groups, SIZE_MAX for groups without.
 * Returns groups + 1, 0 for no match, -1 for a limit. */
int regex_match(struct regex *r, str subject, size_t from, size_t **offset);
