/* Text as views.  A str never owns its bytes and is not NUL-terminated; it is valid as long as the
 * memory it points into (arena, buf, literal).  Pass by value.  All text is UTF-8. */
#pragma once

#include "base/base.h"

#pragma GCC visibility push(default) /* of the library of decisions */

typedef struct str {
    const char *at;
    size_t len; /* bytes, not characters */
} str;

#define STR(lit) ((str){.at = "" lit, .len = sizeof(lit) - 1})
/* The same in a static table, where gcc wants no compound literal. */
/* clang-format off */
#define STR_INIT(lit) {.at = "" lit, .len = sizeof(lit) - 1}
/* clang-format on */
#define STR_FMT    "%.*s"
#define STR_ARG(s) (int)(s).len, (s).at

str str_from(const char *nul_terminated); /* NULL gives the empty str */
bool str_eq(str a, str b);
int str_cmp(str a, str b); /* by bytes; the order of SQL's BINARY and "C" */
bool str_starts(str s, str prefix);
bool str_ends(str s, str suffix);
str str_trim(str s); /* ASCII white space and U+3000 at both ends */
str str_slice(str s, size_t from, size_t to);
/* Position of needle in s, or SIZE_MAX. */
size_t str_index(str s, str needle);
/* Splits at the first sep: returns what is before, *rest what is after (empty when absent). */
str str_cut(str s, char sep, str *rest);
uint64_t str_hash(str s);
/* Whole of s as a decimal integer; false when it is anything else or over 64 bits. */
bool str_i64(str s, int64_t *out);

/* UTF-8.  The decoder never reads past s. */
bool utf8_valid(str s);   /* strict: no overlong forms, no surrogates, at most U+10FFFF */
size_t utf8_count(str s); /* characters */
/* Decodes the character at *at and advances; U+FFFD for a malformed byte. */
uint32_t utf8_next(str s, size_t *at);
size_t utf8_put(char out[4], uint32_t c);

#pragma GCC visibility pop
