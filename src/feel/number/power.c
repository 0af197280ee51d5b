/* Whole powers and quotients of decimals, correctly rounded.  A coefficient is raised by squaring in a
 * binary fraction of 192 bits, the power of ten apart from it; at the end it is turned into 34 digits and
 * rounded once.
 *
 * Why that is right: a coefficient without trailing zeros has powers without trailing zeros, so that only
 * powers below 10^35 can be exact, or lie half way between two numbers of 34 digits; those fit into the
 * fraction without loss.  A reciprocal ends only when the coefficient is a power of 2 or of 5, and then it
 * is computed as a power of 5 or of 2.  All others are 17 digits and more away from half way, but for
 * one case in 10^17.  The library's own power function is right to 30 digits only. */
#include "feel/number/number.h"

enum { LIMBS = 3, LIMB_BITS = 64, BITS = LIMBS * LIMB_BITS };
enum { DIGITS = 34, EXPONENT_MIN = -6176, EXPONENT_MAX = 6111 };

/* limb × 2^exponent; the last limb comes first in worth, and its first bit is set. */
struct big {
    uint64_t limb[LIMBS];
    int64_t exponent;
};

/* 5^(2^i), cut off behind 192 bits. */
enum { FIVES = 23 };
static const struct big five[FIVES] = {
    {{0x0000000000000000, 0x0000000000000000, 0xa000000000000000}, -189},
    {{0x0000000000000000, 0x0000000000000000, 0xc800000000000000}, -187},
    {{0x0000000000000000, 0x0000000000000000, 0x9c40000000000000}, -182},
    {{0x0000000000000000, 0x0000000000000000, 0xbebc200000000000}, -173},
    {{0x0000000000000000, 0x0000000000000000, 0x8e1bc9bf04000000}, -154},
    {{0x0000000000000000, 0xf020000000000000, 0x9dc5ada82b70b59d}, -117},
    {{0x50f8080000000000, 0x3cbf6b71c76b25fb, 0xc2781f49ffcfa6d5}, -43},
    {{0x0234f3fd7b08dd39, 0xc66f336c36b10137, 0x93ba47c980e98cdf}, 106},
    {{0x851e4cbf3de2f98a, 0xddbb901b98feeab7, 0xaa7eebfb9df9de8d}, 403},
    {{0x9c6583981d134cba, 0xcc655c54bc5058f8, 0xe319a0aea60e91c6}, 997},
    {{0x526b988275249b0f, 0x650d3d28f18b50ce, 0xc976758681750c17}, 2186},
    {{0x6a3197bbebe3034f, 0xa74d28ce329ace52, 0x9e8b3b5dc53d5de4}, 4564},
    {{0x65761fb2444e2267, 0xc94c153f804a4a92, 0xc46052028a20979a}, 9319},
    {{0x072b211aceb5055e, 0x0c7c2892305f4e12, 0x96a3a1d17faf211a}, 18830},
    {{0xeea4a43b2888144a, 0x6226e1134dc6c888, 0xb1485471f16603b5}, 37851},
    {{0xa3a3210f13afdf93, 0xb3c1068fdbaa558b, 0xf58a326a5783a749}, 75893},
    {{0x4ba19289c718ebe1, 0x71cf55536ae2e412, 0xeb81cf19f0160e7f}, 151978},
    {{0x1cd54215cfa3bc72, 0x084da5a21ee8580d, 0xd8a7940bfe7769bd}, 304148},
    {{0xf662839762ea5dc8, 0xe01ab22ec1c080a6, 0xb75b3786baad6104}, 608488},
    {{0x7c8bc2d930803234, 0x672f8d86f5c3f7ea, 0x835389e324b7c316}, 1217168},
    {{0xf3b04ad448277f26, 0x802f75412922cc45, 0x86bd34c256458f50}, 2434527},
    {{0x6b770ccd9d7b65fc, 0x078f5c33212ebf2b, 0x8dd53e24c84776a2}, 4869245},
    {{0x5e7e637731b66934, 0xe8682d57028ebfdd, 0x9d293029f9d3abca}, 9738681},
};

static inline u128 ten_to(int n) /* up to 38 */
{
    const int low = n <= NUMBER_SCALE_MAX ? n : NUMBER_SCALE_MAX;
    const int rest = n - low <= NUMBER_SCALE_MAX ? n - low : NUMBER_SCALE_MAX;
    return (u128)(uint64_t)number_pow10[low] * (uint64_t)number_pow10[rest] *
           (uint64_t)number_pow10[n - low - rest];
}

/* ---- fractions ---- */

static void big_from(struct big *out, u128 n)
{
    const uint64_t high = (uint64_t)(n >> LIMB_BITS), low = (uint64_t)n;
    const int bits =
        high ? 2 * LIMB_BITS - __builtin_clzll(high) : LIMB_BITS - __builtin_clzll(low);
    const u128 whole = n << (2 * LIMB_BITS - bits);
    *out = (struct big){{0, (uint64_t)whole, (uint64_t)(whole >> LIMB_BITS)}, bits - BITS};
}

/* *low += x × y, what it carries into *high */
static inline void add_product(u128 *low, uint64_t *high, uint64_t x, uint64_t y)
{
    const u128 product = (u128)x * y;
    *low += product;
    *high += *low < product;
}

/* Column by column, a limb leaving each; written out, for it is most of the work. */
static void big_mul(struct big *out, const struct big *a, const struct big *b)
{
    const uint64_t a0 = a->limb[0], a1 = a->limb[1], a2 = a->limb[2];
    const uint64_t b0 = b->limb[0], b1 = b->limb[1], b2 = b->limb[2];
    u128 sum = ((u128)a0 * b0) >> LIMB_BITS;
    uint64_t high = 0;
    add_product(&sum, &high, a0, b1);
    add_product(&sum, &high, a1, b0);
    sum = sum >> LIMB_BITS | (u128)high << LIMB_BITS;
    high = 0;
    add_product(&sum, &high, a0, b2);
    add_product(&sum, &high, a1, b1);
    add_product(&sum, &high, a2, b0);
    const uint64_t below = (uint64_t)sum;
    sum = sum >> LIMB_BITS | (u128)high << LIMB_BITS;
    high = 0;
    add_product(&sum, &high, a1, b2);
    add_product(&sum, &high, a2, b1);
    const uint64_t low = (uint64_t)sum;
    sum = (sum >> LIMB_BITS | (u128)high << LIMB_BITS) + (u128)a2 * b2;
    const uint64_t middle = (uint64_t)sum, top = (uint64_t)(sum >> LIMB_BITS);
    const bool whole = top >> (LIMB_BITS - 1); /* else a bit is missing: two numbers above a half */
    out->exponent = a->exponent + b->exponent + BITS - !whole;
    out->limb[2] = whole ? top : top << 1 | middle >> (LIMB_BITS - 1);
    out->limb[1] = whole ? middle : middle << 1 | low >> (LIMB_BITS - 1);
    out->limb[0] = whole ? low : low << 1 | below >> (LIMB_BITS - 1);
}

/* rest := rest × 2^64 - q × by; what it has beyond three limbs. */
static int64_t subtract_multiple(uint64_t *rest, const uint64_t *by, uint64_t q)
{
    uint64_t carry = 0, borrow = 0;
    const uint64_t before[LIMBS + 1] = {0, rest[0], rest[1], rest[2]};
    for (int i = 0; i < LIMBS; i++) {
        const u128 product = (u128)by[i] * q + carry;
        const u128 difference = (u128)before[i] - (uint64_t)product - borrow;
        carry = (uint64_t)(product >> LIMB_BITS);
        rest[i] = (uint64_t)difference;
        borrow = (uint64_t)(difference >> LIMB_BITS) & 1;
    }
    return (int64_t)(before[LIMBS] - carry - borrow);
}

static int64_t add_back(uint64_t *rest, const uint64_t *by)
{
    uint64_t carry = 0;
    for (int i = 0; i < LIMBS; i++) {
        const u128 sum = (u128)rest[i] + by[i] + carry;
        rest[i] = (uint64_t)sum;
        carry = (uint64_t)(sum >> LIMB_BITS);
    }
    return (int64_t)carry;
}

static bool below(const uint64_t *a, const uint64_t *b)
{
    for (int i = LIMBS - 1; i >= 0; i--)
        if (a[i] != b[i]) return a[i] < b[i];
    return false;
}

/* a / b limb by limb: each is guessed from the first limbs and corrected downwards, twice at most. */
static void big_div(struct big *out, const struct big *a, const struct big *b)
{
    struct big q = {.exponent = a->exponent - b->exponent - BITS};
    uint64_t rest[LIMBS] = {a->limb[0], a->limb[1], a->limb[2]};
    if (!below(rest, b->limb)) {
        rest[0] = rest[0] >> 1 | rest[1] << (LIMB_BITS - 1);
        rest[1] = rest[1] >> 1 | rest[2] << (LIMB_BITS - 1);
        rest[2] >>= 1;
        q.exponent++;
    }
    for (int i = LIMBS - 1; i >= 0; i--) {
        const u128 top = (u128)rest[2] << LIMB_BITS | rest[1];
        uint64_t digit = UINT64_MAX;
        if (rest[2] < b->limb[2]) digit = (uint64_t)(top / b->limb[2]);
        int64_t high = subtract_multiple(rest, b->limb, digit);
        for (; high < 0; digit--)
            high += add_back(rest, b->limb);
        q.limb[i] = digit;
    }
    *out = q;
}

static void big_power(struct big *out, u128 base, uint64_t times)
{
    struct big square, result;
    bool have = times & 1;
    big_from(&square, base);
    result = square;
    while (times >>= 1) {
        big_mul(&square, &square, &square);
        if (!(times & 1)) continue;
        if (have)
            big_mul(&result, &result, &square);
        else
            result = square;
        have = true;
    }
    if (have)
        *out = result;
    else
        big_from(out, 1);
}

/* by × 5^n, or by / 5^-n */
static void big_fives(struct big *out, const struct big *by, int64_t n)
{
    struct big power;
    bool have = false;
    uint64_t left = n < 0 ? 0 - (uint64_t)n : (uint64_t)n;
    *out = *by;
    if (left == 0) return;
    CHECK(left >> FIVES == 0);
    for (; left; left &= left - 1) {
        const struct big *f = &five[__builtin_ctzll(left)];
        if (have)
            big_mul(&power, &power, f);
        else
            power = *f;
        have = true;
    }
    if (n < 0)
        big_div(out, by, &power);
    else
        big_mul(out, by, &power);
}

/* What stands before the point, below 2^128, and the first bit behind it. */
static u128 big_whole(const struct big *a, bool *half)
{
    const int64_t shift = -a->exponent - LIMB_BITS; /* of the upper two limbs */
    const u128 upper = (u128)a->limb[2] << LIMB_BITS | a->limb[1];
    CHECK(shift >= 0);
    *half = false;
    if (shift == 0) *half = a->limb[0] >> (LIMB_BITS - 1);
    if (shift > 0 && shift <= 2 * LIMB_BITS) *half = upper >> (shift - 1) & 1;
    return shift < 2 * LIMB_BITS ? upper >> shift : 0;
}

/* ---- decimals ---- */

/* coefficient × 10^exponent of at most 34 digits and a 1 with 34 zeros, in the form that sums have. */
static bool finish(bool negative, u128 coefficient, int64_t exponent, dec *out)
{
    const u128 limit = ten_to(DIGITS);
    if (coefficient == 0) {
        *out = dec_i64(0);
        return true;
    }
    if (coefficient == limit) {
        coefficient /= 10;
        exponent++;
    }
    for (; exponent < 0 && !(coefficient & 1) && coefficient % 10 == 0; exponent++)
        coefficient /= 10;
    for (; exponent > 0 && coefficient * 10 < limit; exponent--)
        coefficient *= 10;
    if (exponent > EXPONENT_MAX) return false;
    *out = number_join(negative, coefficient, (int)exponent);
    return true;
}

/* n × 10^exponent, rounded half-even to what fits. */
static bool round_exact(bool negative, u128 n, int64_t exponent, dec *out)
{
    enum { DIGITS_MAX = 38 }; /* that always fit into 128 bits */
    int64_t cut = exponent < EXPONENT_MIN ? EXPONENT_MIN - exponent : 0;
    if (cut > DIGITS_MAX) return finish(negative, 0, 0, out);
    while (n / ten_to((int)cut) >= ten_to(DIGITS))
        cut++;
    if (cut > 0) {
        const u128 unit = ten_to((int)cut), rest = n % unit;
        n /= unit;
        if (rest > unit - rest || (rest == unit - rest && (n & 1))) n++;
    }
    return finish(negative, n, exponent + cut, out);
}

/* How many digits a × 10^ten has before its point; one less or more at times. */
static int64_t digits_of(const struct big *a, int64_t ten)
{
    enum { FRACTION_BITS = 16, FACTOR_BITS = 32 };
    const int64_t log2_of_10 = 1292913986; /* the reciprocal, with FACTOR_BITS behind the point */
    const int64_t part = (int64_t)(a->limb[2] << 1 >> (LIMB_BITS - FRACTION_BITS));
    const i128 log2 = (i128)(a->exponent + BITS - 1) * (1 << FRACTION_BITS) + part;
    return (int64_t)(log2 * log2_of_10 >> (FRACTION_BITS + FACTOR_BITS)) + ten + 1;
}

/* a × 10^ten, which is neither a number of 34 digits nor half way between two. */
static bool round_inexact(bool negative, const struct big *a, int64_t ten, dec *out)
{
    const u128 limit = ten_to(DIGITS);
    int64_t digits = digits_of(a, ten);
    for (;;) {
        if (digits > EXPONENT_MAX + DIGITS + 1) return false;
        if (digits < EXPONENT_MIN - 2) return finish(negative, 0, 0, out);
        int64_t exponent = digits - DIGITS;
        if (exponent < EXPONENT_MIN) exponent = EXPONENT_MIN;
        struct big scaled;
        bool half;
        big_fives(&scaled, a, ten - exponent);
        scaled.exponent += ten - exponent;
        const u128 n = big_whole(&scaled, &half);
        const bool low = n < limit / 10 - 1 && exponent > EXPONENT_MIN;
        if (n < limit && !low) return finish(negative, n + half, exponent, out);
        digits += low ? -1 : 1;
    }
}

/* ---- quotients ---- */

static int digits_in(u128 n)
{
    enum { SHIFT = 12, FACTOR = 1233 }; /* log10(2), a little less */
    const uint64_t high = (uint64_t)(n >> LIMB_BITS);
    const int bits =
        high ? 2 * LIMB_BITS - __builtin_clzll(high) : LIMB_BITS - __builtin_clzll((uint64_t)n);
    const int least = bits * FACTOR >> SHIFT;
    return least + (n >= ten_to(least));
}

/* How many digits a / b has before its point; 0: it begins right behind it, and so on. */
static int digits_of_quotient(u128 a, u128 b)
{
    const int more = digits_in(a) - digits_in(b);
    return more + (more >= 0 ? a >= b * ten_to(more) : a * ten_to(-more) >= b);
}

/* c × 10^n, its lowest 128 bits. */
static u128 low_product(u128 c, int n)
{
    for (; n > NUMBER_SCALE_MAX; n -= NUMBER_SCALE_MAX)
        c *= (u128)(uint64_t)number_pow10[NUMBER_SCALE_MAX];
    return c * (u128)(uint64_t)number_pow10[n];
}

/* a × 10^by / b, which has 34 digits, and what is left.  The fraction is right but for one; the remainder,
 * small as it is, is known from the lowest bits alone, and decides. */
static u128 divide(u128 a, u128 b, int by, u128 *rest)
{
    const u128 dividend = low_product(a, by);
    const u128 room = ~(u128)0 / ten_to(DIGITS);
    u128 n;
    if (b < room) { /* then the dividend has no more bits than these */
        n = dividend / (uint64_t)b;
    } else {
        struct big quotient, divisor;
        bool half;
        big_from(&quotient, a);
        big_from(&divisor, b);
        big_fives(&quotient, &quotient, by);
        big_div(&quotient, &quotient, &divisor);
        quotient.exponent += by;
        n = big_whole(&quotient, &half);
    }
    *rest = dividend - n * b;
    if ((i128)*rest < 0) {
        *rest += b;
        n--;
    } else if (*rest >= b) {
        *rest -= b;
        n++;
    }
    return n;
}

bool number_quotient(dec x, dec y, dec *out)
{
    bool x_negative, y_negative;
    u128 a, b, rest;
    int ea, eb;
    if (!number_split(x, &x_negative, &a, &ea) || !number_split(y, &y_negative, &b, &eb))
        return false;
    if (a == 0 || b == 0) return false;
    const int by = DIGITS - digits_of_quotient(a, b);
    const int exponent = ea - eb - by;
    if (exponent < EXPONENT_MIN || exponent > EXPONENT_MAX) return false;
    u128 n = divide(a, b, by, &rest);
    if (rest == 0) return false; /* it ends: how many zeros it shows is another's to say */
    if (rest > b - rest || (rest == b - rest && (n & 1))) n++;
    return finish(x_negative != y_negative, n, exponent, out);
}

/* ---- powers ---- */

static bool is_power_of_5(u128 n, int *times)
{
    for (*times = 0; n % 5 == 0; ++*times)
        n /= 5;
    return n == 1;
}

bool number_pow_whole(dec x, int64_t n, dec *out)
{
    bool negative, divide = n < 0;
    u128 coefficient;
    int exponent, folds = 1;
    if (!number_split(x, &negative, &coefficient, &exponent)) return false;
    if (n == 0) {
        *out = dec_i64(1);
        return true;
    }
    if (coefficient == 0) {
        *out = dec_i64(0);
        return n > 0;
    }
    negative = negative && (n & 1);
    for (; !(coefficient & 1) && coefficient % 10 == 0; exponent++)
        coefficient /= 10;
    uint64_t times = n < 0 ? 0 - (uint64_t)n : (uint64_t)n;
    int64_t ten = exponent * n;
    if (divide && (coefficient & (coefficient - 1)) == 0) {
        for (folds = 0; coefficient >> folds != 1;)
            folds++;
        coefficient = 5;
        divide = false;
    } else if (divide && is_power_of_5(coefficient, &folds)) {
        coefficient = 2;
        divide = false;
    }
    if (n < 0 && !divide) {
        ten += folds * n;
        times *= (uint64_t)folds;
    }
    struct big power, one;
    big_power(&power, coefficient, times);
    if (!divide && power.exponent <= -LIMB_BITS) { /* below 2^128: nothing was cut off */
        bool half;
        return round_exact(negative, big_whole(&power, &half), ten, out);
    }
    if (divide) {
        big_from(&one, 1);
        big_div(&power, &one, &power);
    }
    return round_inexact(negative, &power, ten, out);
}
