/* Decimal numbers of 34 digits (IEEE 754-2008 decimal128, half-even), through Intel's library.
 * Infinity and NaN never leave a function: they become `false`. */
#pragma once

#include "base/buf.h"

#pragma GCC visibility push(default) /* of the library of decisions */

typedef struct dec {
    uint64_t w[2]; /* BID encoding */
} dec;

enum dec_round {
    DEC_HALF_EVEN,
    DEC_HALF_UP,
    DEC_HALF_DOWN,
    DEC_UP,
    DEC_DOWN,
    DEC_FLOOR,
    DEC_CEILING
};

dec dec_i64(int64_t n);
bool dec_parse(str s, dec *out); /* JSON or FEEL number syntax, whole of s */
NODISCARD bool dec_add(dec a, dec b, dec *out);
NODISCARD bool dec_sub(dec a, dec b, dec *out);
NODISCARD bool dec_mul(dec a, dec b, dec *out);
NODISCARD bool dec_div(dec a, dec b, dec *out); /* false for a divisor of zero */
NODISCARD bool dec_rem(dec a, dec b, dec *out); /* a - b*floor(a/b), the sign of b (FEEL modulo) */
NODISCARD bool dec_sqrt(dec a, dec *out);
dec dec_neg(dec a);
dec dec_abs(dec a);
int dec_cmp(dec a, dec b);
bool dec_is_zero(dec a);
bool dec_is_integer(dec a);
/* Rounds to scale digits behind the point (may be negative). */
NODISCARD bool dec_rescale(dec a, int scale, enum dec_round how, dec *out);
/* Exactly an int64, or false. */
bool dec_to_i64(dec a, int64_t *out);
/* a × 10^scale as an integer; false when digits would be lost or it does not fit. */
bool dec_to_fixed(dec a, int scale, int64_t *out);
dec dec_from_fixed(int64_t n, int scale);
/* Plain notation where the exponent allows it (-6..34 digits), trailing zeros cut: "0.3", "1E+40". */
void dec_write(struct buf *out, dec a);

#pragma GCC visibility pop
