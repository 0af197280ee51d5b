/* The parts of a decimal128 in Intel's BID encoding, for decimal.c and decimal_text.c only: sign
 * in the top bit, 14 bits of exponent, 113 bits of coefficient: ± coefficient × 10^exponent.
 * A second form with the top bits 11 has no canonical value and never gets here. */
#pragma once

#include "base/decimal.h"

__extension__ typedef unsigned __int128 dec_u128;

enum { DEC_DIGITS = 34, DEC_BIAS = 6176, DEC_EXPONENT_MIN = -6176, DEC_EXPONENT_MAX = 6111 };
#define DEC_SIGN UINT64_C(0x8000000000000000)

struct dec_parts {
    bool minus;
    int exponent;
    dec_u128 coefficient;
};

static inline struct dec_parts dec_split(dec a)
{
    return (struct dec_parts){
        .minus = a.w[1] >> 63,
        .exponent = (int)(a.w[1] >> 49 & 0x3FFF) - DEC_BIAS,
        .coefficient = (dec_u128)(a.w[1] & 0x0001FFFFFFFFFFFF) << 64 | a.w[0],
    };
}

/* A coefficient of at most 34 digits, an exponent between the two limits. */
static inline dec dec_join(struct dec_parts p)
{
    return (dec){{(uint64_t)p.coefficient, (p.minus && p.coefficient ? DEC_SIGN : 0) |
                                               (uint64_t)(p.exponent + DEC_BIAS) << 49 |
                                               (uint64_t)(p.coefficient >> 64)}};
}

/* 10^n, n from 0 to 38. */
static inline dec_u128 dec_power(int n)
{
    static const uint64_t small[] = {1,
                                     10,
                                     100,
                                     1000,
                                     10000,
                                     100000,
                                     1000000,
                                     10000000,
                                     100000000,
                                     1000000000,
                                     10000000000,
                                     100000000000,
                                     1000000000000,
                                     10000000000000,
                                     100000000000000,
                                     1000000000000000,
                                     10000000000000000,
                                     100000000000000000,
                                     1000000000000000000,
                                     10000000000000000000U};
    return n < 20 ? (dec_u128)small[n] : (dec_u128)small[19] * small[n - 19];
}
