/* Regular expressions as XPath has them, on PCRE2, within limits.  What XPath does not know (look-around,
 * possessive repetition, \b …) is refused, though PCRE2 does. */
#pragma once

#include "feel/builtin/builtin.h"

struct regex;
/* NULL: the pattern or its flags (of s m i x q) are not valid, or a budget is over. */
struct regex *regex_compile(struct call *c, str pattern, str flags);
/* Looks for a match at `from` or behind it: the number of groups with the whole, offsets in pairs;
 * 0: none; -1: it takes too many steps. */
int regex_match(struct call *c, struct regex *r, str subject, size_t from, size_t **offset);
int regex_groups(const struct regex *r);

/* ---- between regex.c and regex_class.c ---- */
enum { REGEX_GROUPS_MAX = 200 };
struct translator {
    const char *at, *end; /* of the pattern */
    struct buf out;       /* for PCRE2 */
    int groups, depth;
    int open[REGEX_GROUPS_MAX];        /* which group each open parenthesis is, 0 for (?: */
    bool closed[REGEX_GROUPS_MAX + 1]; /* may be referred to */
};
/* At what stands behind [ of a class. */
bool regex_class(struct translator *t, int depth);
/* At the letter of an escape that stands for many characters. */
bool regex_set_escape(struct translator *t, bool in_class);
/* The character an escape of one stands for, or 0. */
uint32_t regex_single_escape(char c);
