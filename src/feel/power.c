/* Whole powers of decimals, correctly rounded: square and multiply in at least 55 digits, rounded once.
 * The library's own power function is right to 30 digits only. */
#include <string.h>

#include "feel/number.h"

/* limb[0] is the most significant; value = 0.limb0 limb1 … × 10^exponent, base 10^9. */
enum { LIMBS = 7, LIMB_DIGITS = 9 };
static const uint32_t limb_base = 1000000000;
struct big {
    uint32_t limb[LIMBS]; /* the first is not 0, unless the number is */
    int64_t exponent;     /* in limbs */
};

static void big_from(struct big *out, u128 coefficient, int64_t exponent)
{
    /* Make the exponent a multiple of nine, so that limbs line up; 34 + 8 digits fit in 128 bits
     * only with care, so split first. */
    uint32_t low[6] = {0};
    int64_t shift = exponent % LIMB_DIGITS;
    if (shift < 0) shift += LIMB_DIGITS;
    exponent -= shift;
    uint64_t carry = 0;
    uint64_t factor = (uint64_t)number_pow10[shift];
    int count = 0;
    for (; count < 6 && (coefficient > 0 || carry > 0); count++) {
        carry += (uint64_t)(coefficient % limb_base) * factor;
        coefficient /= limb_base;
        low[count] = (uint32_t)(carry % limb_base);
        carry /= limb_base;
    }
    memset(out, 0, sizeof *out);
    for (int i = 0; i < count; i++)
        out->limb[i] = low[count - 1 - i];
    out->exponent = exponent / LIMB_DIGITS + count;
}

/* Column by column: seven products of 10^18 fit into 64 bits, so each column is divided once. */
static void big_mul(struct big *out, const struct big *a, const struct big *b)
{
    uint32_t full[2 * LIMBS];
    uint64_t column[2 * LIMBS] = {0}, carry = 0;
    for (int i = 0; i < LIMBS; i++) /* bounds that are constant: no branch is left of these loops */
        for (int k = 0; k < LIMBS; k++)
            column[i + k + 1] += (uint64_t)a->limb[i] * b->limb[k];
    for (int k = 2 * LIMBS - 1; k > 0; k--) {
        carry += column[k];
        full[k] = (uint32_t)(carry % limb_base);
        carry /= limb_base;
    }
    full[0] = (uint32_t)carry;
    const int skip = full[0] == 0;
    const int64_t exponent = a->exponent + b->exponent - skip;
    memcpy(out->limb, full + skip, sizeof out->limb);
    out->exponent = exponent;
}

/* Long division limb by limb: each digit is guessed from the first limbs and corrected downwards. */
static void big_subtract_multiple(uint32_t *rest, const uint32_t *by, uint64_t q, int64_t *high)
{
    int64_t borrow = 0;
    for (int j = LIMBS - 1; j >= 0; j--) {
        const int64_t v = (int64_t)rest[j + 1] - (int64_t)(q * by[j]) + borrow; /* below 10^18 */
        int64_t limb = v % (int64_t)limb_base;
        if (limb < 0) limb += limb_base;
        borrow = (v - limb) / (int64_t)limb_base;
        rest[j + 1] = (uint32_t)limb;
    }
    *high = (int64_t)rest[0] + borrow;
}

static void big_add_back(uint32_t *rest, const uint32_t *by, int64_t *high)
{
    uint32_t carry = 0;
    for (int j = LIMBS - 1; j >= 0; j--) {
        uint32_t v = rest[j + 1] + by[j] + carry;
        carry = v >= limb_base;
        rest[j + 1] = carry ? v - limb_base : v;
    }
    *high += carry;
}

/* 1 / a */
static void big_invert(struct big *out, const struct big *a)
{
    uint32_t rest[LIMBS + 1] = {0}; /* dividend 1 000…, aligned below a */
    struct big q = {.exponent = 2 - a->exponent};
    rest[1] = 1;
    for (int i = 0; i < LIMBS; i++) {
        const u128 top = ((u128)rest[0] * limb_base + rest[1]) * limb_base + rest[2];
        uint64_t digit = (uint64_t)(top / ((uint64_t)a->limb[0] * limb_base + a->limb[1]));
        if (digit >= limb_base) digit = limb_base - 1;
        int64_t high;
        big_subtract_multiple(rest, a->limb, digit, &high);
        while (high < 0) {
            big_add_back(rest, a->limb, &high);
            digit--;
        }
        q.limb[i] = (uint32_t)digit;
        memmove(rest, rest + 1,
                sizeof rest - sizeof *rest); /* the next limb of the dividend is 0 */
        rest[LIMBS] = 0;
    }
    q.exponent = 2 - a->exponent;
    while (q.limb[0] == 0) {
        memmove(q.limb, q.limb + 1, sizeof q.limb - sizeof *q.limb);
        q.limb[LIMBS - 1] = 0;
        q.exponent--;
    }
    *out = q;
}

/* Rounds half-even to 34 digits; false when the exponent is out of decimal128. */
static bool big_round(const struct big *a, bool negative, dec *out)
{
    enum { DIGITS = 34, EXPONENT_MIN = -6176 };
    u128 c = a->limb[0];
    int lead = 0, i = 1;
    for (uint32_t top = a->limb[0]; top > 0; top /= 10)
        lead++;
    int left = DIGITS - lead;
    for (; left >= LIMB_DIGITS; left -= LIMB_DIGITS)
        c = c * limb_base + a->limb[i++];
    /* The limb that is cut: what stays, the first digit that goes, and whether anything is behind it. */
    const uint32_t cut = (uint32_t)number_pow10[LIMB_DIGITS - left];
    const uint32_t gone = a->limb[i] % cut;
    c = c * (uint64_t)number_pow10[left] + a->limb[i] / cut;
    uint32_t half = gone / (cut / 10);
    bool sticky = gone % (cut / 10) != 0;
    for (i++; i < LIMBS; i++)
        sticky = sticky || a->limb[i] != 0;
    int64_t exponent = (a->exponent - 1) * LIMB_DIGITS + lead - DIGITS;
    if (exponent < EXPONENT_MIN - DIGITS - 1) {
        *out = dec_i64(0);
        return true;
    }
    for (; exponent < EXPONENT_MIN; exponent++) { /* fewer digits: it is rounded once, here too */
        sticky = sticky || half != 0;
        half = (uint32_t)(c % 10);
        c /= 10;
    }
    if (half > 5 || (half == 5 && (sticky || c % 2 == 1))) c++;
    const u128 limit = (u128)number_pow10[17] * (u128)number_pow10[17];
    if (c == limit) {
        c /= 10;
        exponent++;
    }
    while (c != 0 && c % 10 == 0 && exponent < 0) {
        c /= 10;
        exponent++;
    }
    for (; exponent > 6111 && c * 10 < limit && exponent <= 6145; exponent--)
        c *= 10;
    if (exponent > 6111) return false;
    *out = number_join(negative, c, (int)exponent);
    return true;
}

bool number_pow_whole(dec x, int64_t n, dec *out)
{
    bool negative;
    u128 coefficient;
    int exponent;
    if (!number_split(x, &negative, &coefficient, &exponent)) return false;
    if (n == 0) {
        *out = dec_i64(1);
        return true;
    }
    if (coefficient == 0) {
        *out = dec_i64(0);
        return n > 0;
    }
    struct big base, result = {0};
    bool have = false;
    big_from(&base, coefficient, exponent);
    const uint64_t times = n < 0 ? 0 - (uint64_t)n : (uint64_t)n;
    for (uint64_t left = times;;) {
        if (left & 1) {
            if (have)
                big_mul(&result, &result, &base);
            else
                result = base;
            have = true;
        }
        left >>= 1;
        if (left == 0) break;
        big_mul(&base, &base, &base);
    }
    if (n < 0) big_invert(&result, &result);
    return big_round(&result, negative && (times & 1), out);
}
