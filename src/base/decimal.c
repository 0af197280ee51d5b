/* Decimal arithmetic: Intel's library behind functions that say `false` for what is no number. */
#include "base/decimal.h"

/* libbidgcc000 is the build that takes values, the rounding and the flags as arguments. */
#define DECIMAL_CALL_BY_REFERENCE      0
#define DECIMAL_GLOBAL_ROUNDING        0
#define DECIMAL_GLOBAL_EXCEPTION_FLAGS 0
#include <bid_conf.h>
#include <bid_functions.h>
#include <string.h>

#include "base/decimal_bits.h"

static BID_UINT128 to_bid(dec a)
{
    BID_UINT128 b;
    memcpy(&b, &a, sizeof b);
    return b;
}

/* Keeps a result that is a number; zero loses its sign. */
static bool keep(BID_UINT128 b, dec *out)
{
    dec a;
    memcpy(&a, &b, sizeof a);
    if ((a.w[1] & 0x7800000000000000) == 0x7800000000000000) return false; /* infinite, or none */
    if (dec_is_zero(a)) a.w[1] &= ~DEC_SIGN;
    *out = a;
    return true;
}

dec dec_i64(int64_t n)
{
    return dec_from_fixed(n, 0);
}

bool dec_add(dec a, dec b, dec *out)
{
    unsigned flags = 0;
    return keep(bid128_add(to_bid(a), to_bid(b), BID_ROUNDING_TO_NEAREST, &flags), out);
}

bool dec_sub(dec a, dec b, dec *out)
{
    unsigned flags = 0;
    return keep(bid128_sub(to_bid(a), to_bid(b), BID_ROUNDING_TO_NEAREST, &flags), out);
}

bool dec_mul(dec a, dec b, dec *out)
{
    unsigned flags = 0;
    return keep(bid128_mul(to_bid(a), to_bid(b), BID_ROUNDING_TO_NEAREST, &flags), out);
}

bool dec_div(dec a, dec b, dec *out)
{
    unsigned flags = 0;
    if (dec_is_zero(b)) return false;
    return keep(bid128_div(to_bid(a), to_bid(b), BID_ROUNDING_TO_NEAREST, &flags), out);
}

bool dec_sqrt(dec a, dec *out)
{
    unsigned flags = 0;
    return keep(bid128_sqrt(to_bid(a), BID_ROUNDING_TO_NEAREST, &flags), out);
}

bool dec_rem(dec a, dec b, dec *out)
{
    unsigned flags = 0;
    dec r;
    if (dec_is_zero(b) || !keep(bid128_fmod(to_bid(a), to_bid(b), &flags), &r)) return false;
    if (!dec_is_zero(r) && (r.w[1] ^ b.w[1]) & DEC_SIGN) return dec_add(r, b, out);
    *out = r;
    return true;
}

dec dec_neg(dec a)
{
    if (!dec_is_zero(a)) a.w[1] ^= DEC_SIGN;
    return a;
}

dec dec_abs(dec a)
{
    a.w[1] &= ~DEC_SIGN;
    return a;
}

int dec_cmp(dec a, dec b)
{
    unsigned flags = 0;
    const BID_UINT128 x = to_bid(a), y = to_bid(b);
    if (bid128_quiet_less(x, y, &flags)) return -1;
    return bid128_quiet_greater(x, y, &flags);
}

bool dec_is_zero(dec a)
{
    return !(a.w[0] | (a.w[1] & 0x0001FFFFFFFFFFFF));
}

bool dec_is_integer(dec a)
{
    const struct dec_parts p = dec_split(a);
    if (p.exponent >= 0 || !p.coefficient) return true;
    return p.exponent > -DEC_DIGITS && p.coefficient % dec_power(-p.exponent) == 0;
}

/* a cut or rounded to a multiple of 10^exponent, which is over its own exponent. */
static bool quantize(dec a, int exponent, unsigned rounding, dec *out)
{
    unsigned flags = 0;
    const dec unit = dec_join((struct dec_parts){.exponent = exponent, .coefficient = 1});
    return keep(bid128_quantize(to_bid(a), to_bid(unit), rounding, &flags), out);
}

/* The library has no such mode: halves go towards zero, all else to the nearest. */
static bool half_down(dec a, int exponent, dec *out)
{
    const dec half = dec_join((struct dec_parts){.exponent = exponent - 1, .coefficient = 5});
    dec cut, rest;
    if (!quantize(a, exponent, BID_ROUNDING_TO_ZERO, &cut) || !dec_sub(a, cut, &rest)) return false;
    if (dec_cmp(dec_abs(rest), half) > 0)
        return quantize(a, exponent, BID_ROUNDING_TO_NEAREST, out);
    *out = cut;
    return true;
}

bool dec_rescale(dec a, int scale, enum dec_round how, dec *out)
{
    const bool minus = a.w[1] & DEC_SIGN;
    if (scale < -DEC_EXPONENT_MAX) return false;
    if (scale >= -dec_split(a).exponent) { /* no digit behind that place */
        *out = a;
        return true;
    }
    switch (how) {
    case DEC_HALF_EVEN: return quantize(a, -scale, BID_ROUNDING_TO_NEAREST, out);
    case DEC_HALF_UP: return quantize(a, -scale, BID_ROUNDING_TIES_AWAY, out);
    case DEC_HALF_DOWN: return half_down(a, -scale, out);
    case DEC_UP: return quantize(a, -scale, minus ? BID_ROUNDING_DOWN : BID_ROUNDING_UP, out);
    case DEC_DOWN: return quantize(a, -scale, BID_ROUNDING_TO_ZERO, out);
    case DEC_FLOOR: return quantize(a, -scale, BID_ROUNDING_DOWN, out);
    case DEC_CEILING: return quantize(a, -scale, BID_ROUNDING_UP, out);
    }
    return false;
}

bool dec_to_i64(dec a, int64_t *out)
{
    return dec_to_fixed(a, 0, out);
}

bool dec_to_fixed(dec a, int scale, int64_t *out)
{
    const struct dec_parts p = dec_split(a);
    const int64_t shift = (int64_t)p.exponent + scale;
    dec_u128 n = p.coefficient;
    if (n && shift > 0) {
        if (shift > 19 || n >> 64) return false; /* over 64 bits in any case */
        n *= dec_power((int)shift);
    } else if (n && shift < 0) {
        if (shift <= -DEC_DIGITS || n % dec_power((int)-shift)) return false;
        n /= dec_power((int)-shift);
    }
    if (n > (dec_u128)INT64_MAX + p.minus) return false;
    *out = p.minus ? (int64_t)(0 - (uint64_t)n) : (int64_t)n;
    return true;
}

dec dec_from_fixed(int64_t n, int scale)
{
    CHECK(-scale >= DEC_EXPONENT_MIN && -scale <= DEC_EXPONENT_MAX);
    return dec_join((struct dec_parts){
        .minus = n < 0, .exponent = -scale, .coefficient = n < 0 ? 0 - (uint64_t)n : (uint64_t)n});
}
