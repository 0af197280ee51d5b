/* Transcendental functions in fixed point.  What cannot be stored exactly is cut off: an error of some
 * 2^-318 each time, which grows to 2^-290 at most where a result of 34 digits needs 2^-113.  An exact
 * result that lies half-way between two numbers, as powers and deviations have them, is recognised by
 * being nearer to the middle than 2^-126 of the last digit. */
#include "feel/number/transcendental.h"

#include <string.h>

#include "feel/number/number.h"

enum {
    FRACTION = 5,         /* limbs of 64 bits behind the point */
    LIMBS = FRACTION + 1, /* and one before it */
    FRACTION_BITS = 64 * FRACTION,
    WIDE = 2 * LIMBS,
    DIGITS = 34,
    EXPONENT_MIN = -6176,
    EXPONENT_MAX = 6111,
    EXP_BEYOND = 14300 /* e to this is over, to minus this below every number */
};

struct fixed {
    uint64_t limb[LIMBS]; /* the least significant first */
};

static const struct fixed log_2 = {{UINT64_C(0xe7b876206debac98), UINT64_C(0x8a0d175b8baafa2b),
                                    UINT64_C(0x40f343267298b62d), UINT64_C(0xc9e3b39803f2f6af),
                                    UINT64_C(0xb17217f7d1cf79ab), 0}};
static const struct fixed log_10 = {{UINT64_C(0x58bc0b5ec6a04173), UINT64_C(0x0f187a0807c0b5ca),
                                     UINT64_C(0x8a3fb3e76977e43a), UINT64_C(0xa95b58ae0b4c28a3),
                                     UINT64_C(0x4d763776aaa2b05b), 2}};
static const struct fixed log_step[] = {
#define STEP(a, b, c, d, e, whole) {{a, b, c, d, e, whole}},
#include "feel/number/transcendental.def"
#undef STEP
};

/* ---- whole numbers of n limbs ---- */

/* Returns what no longer fits. */
static uint64_t multiply(uint64_t *limb, int n, uint64_t by)
{
    uint64_t carry = 0;
    for (int i = 0; i < n; i++) {
        const u128 t = (u128)limb[i] * by + carry;
        limb[i] = (uint64_t)t;
        carry = (uint64_t)(t >> 64);
    }
    return carry;
}

static void divide(uint64_t *limb, int n, uint64_t by)
{
    uint64_t rest = 0;
    for (int i = n - 1; i >= 0; i--) {
        const u128 t = ((u128)rest << 64) | limb[i];
        limb[i] = (uint64_t)(t / by);
        rest = (uint64_t)(t % by);
    }
}

static void add(uint64_t *limb, const uint64_t *b, int n)
{
    unsigned carry = 0;
    for (int i = 0; i < n; i++) {
        const u128 t = (u128)limb[i] + b[i] + carry;
        limb[i] = (uint64_t)t;
        carry = (unsigned)(t >> 64);
    }
}

static void subtract(uint64_t *limb, const uint64_t *b, int n)
{
    unsigned borrow = 0;
    for (int i = 0; i < n; i++) {
        const u128 t = (u128)limb[i] - b[i] - borrow;
        limb[i] = (uint64_t)t;
        borrow = (t >> 64) != 0;
    }
}

static int compare(const uint64_t *a, const uint64_t *b, int n)
{
    for (int i = n - 1; i >= 0; i--)
        if (a[i] != b[i]) return a[i] > b[i] ? 1 : -1;
    return 0;
}

static bool is_zero(const uint64_t *limb, int n)
{
    uint64_t any = 0;
    for (int i = 0; i < n; i++)
        any |= limb[i];
    return any == 0;
}

/* a of n and b of m limbs into n + m. */
static void multiply_long(const uint64_t *a, int n, const uint64_t *b, int m, uint64_t *out)
{
    memset(out, 0, (size_t)(n + m) * sizeof *out);
    for (int i = 0; i < n; i++) {
        uint64_t carry = 0;
        for (int k = 0; k < m; k++) {
            const u128 t = (u128)a[i] * b[k] + out[i + k] + carry;
            out[i + k] = (uint64_t)t;
            carry = (uint64_t)(t >> 64);
        }
        out[i + m] = carry;
    }
}

/* Times 10^exponent, in place; digits are cut off, never lost above: the caller sees to it. */
static void scale(uint64_t *limb, int n, int exponent)
{
    while (exponent != 0) {
        const int left = exponent < 0 ? -exponent : exponent;
        const int part = left < NUMBER_SCALE_MAX ? left : NUMBER_SCALE_MAX;
        if (exponent > 0)
            (void)multiply(limb, n, (uint64_t)number_pow10[part]);
        else
            divide(limb, n, (uint64_t)number_pow10[part]);
        exponent += exponent > 0 ? -part : part;
    }
}

/* ---- fixed point ---- */

static void times(const struct fixed *a, const struct fixed *b, struct fixed *out)
{
    uint64_t full[2 * LIMBS] = {0};
    for (int i = 0; i < LIMBS; i++) {
        uint64_t carry = 0;
        for (int k = 0; k < LIMBS; k++) {
            const u128 t = (u128)a->limb[i] * b->limb[k] + full[i + k] + carry;
            full[i + k] = (uint64_t)t;
            carry = (uint64_t)(t >> 64);
        }
        full[i + LIMBS] = carry;
    }
    memcpy(out->limb, full + FRACTION, sizeof out->limb);
}

static void add_times(struct fixed *sum, const struct fixed *b, uint64_t n)
{
    struct fixed product = *b;
    (void)multiply(product.limb, LIMBS, n);
    add(sum->limb, product.limb, LIMBS);
}

static void shift_right(struct fixed *a, int bits)
{
    for (int i = 0; i < LIMBS; i++) {
        const uint64_t above = i + 1 < LIMBS ? a->limb[i + 1] : 0;
        a->limb[i] = (a->limb[i] >> bits) | (above << (64 - bits));
    }
}

/* 1/d for 1/2 <= d < 1, by Newton: the digits that are right double with each step. */
static void reciprocal(const struct fixed *d, struct fixed *out)
{
    const uint64_t first = (uint64_t)(((((u128)1) << 127) - 1) / d->limb[FRACTION - 1]);
    struct fixed w = {{0}}, product;
    w.limb[FRACTION] = first >> 63;
    w.limb[FRACTION - 1] = first << 1;
    for (int i = 0; i < 3; i++) {
        struct fixed two = {{0}};
        two.limb[FRACTION] = 2;
        times(d, &w, &product);
        subtract(two.limb, product.limb, LIMBS);
        times(&w, &two, &w);
    }
    *out = w;
}

/* ln m for 1 <= m < 2: ln of the 32nd below, and of the quotient as a series of (a-b)/(a+b). */
static void log_mantissa(const struct fixed *m, struct fixed *out)
{
    enum { STEP_BITS = 5, TERMS = 27 };
    const uint64_t step = m->limb[FRACTION - 1] >> (64 - STEP_BITS);
    const uint64_t reached = (1 << STEP_BITS) + step;
    struct fixed above = *m, below, z, square, sum = {{0}};
    (void)multiply(above.limb, LIMBS, 1 << STEP_BITS);
    below = above;
    above.limb[FRACTION] -= reached;
    below.limb[FRACTION] += reached;
    shift_right(&below, STEP_BITS + 2);
    reciprocal(&below, &z);
    times(&above, &z, &z);
    shift_right(&z, STEP_BITS + 2);
    times(&z, &z, &square);
    for (uint64_t i = TERMS; i-- > 0;) {
        struct fixed term = {{0}};
        term.limb[FRACTION] = 1;
        divide(term.limb, LIMBS, 2 * i + 1);
        times(&sum, &square, &sum);
        add(sum.limb, term.limb, LIMBS);
    }
    times(&sum, &z, &sum);
    *out = log_step[step];
    add_times(out, &sum, 2);
}

/* ln of a whole number of n limbs that is not 0. */
static void log_whole(const uint64_t *limb, int n, struct fixed *out)
{
    struct fixed m = {{0}};
    while (limb[n - 1] == 0)
        n--;
    const int top = 64 * n - 1 - __builtin_clzll(limb[n - 1]);
    m.limb[FRACTION] = 1;
    for (int i = 0; i < FRACTION; i++) { /* 64 bits from `at` on */
        const int at = top - FRACTION_BITS + 64 * i;
        const int k = (at + FRACTION_BITS) / 64 - FRACTION, shift = at & 63;
        if (k >= 0) m.limb[i] = limb[k] >> shift;
        if (k + 1 >= 0 && k + 1 < n && shift > 0) m.limb[i] |= limb[k + 1] << (64 - shift);
    }
    log_mantissa(&m, out);
    add_times(out, &log_2, (uint64_t)top);
}

/* The difference of two, its sign apart. */
static bool difference(const struct fixed *a, const struct fixed *b, struct fixed *out)
{
    const bool negative = compare(a->limb, b->limb, LIMBS) < 0;
    struct fixed result = negative ? *b : *a;
    subtract(result.limb, negative ? a->limb : b->limb, LIMBS);
    *out = result;
    return negative;
}

/* |ln(c × 10^exponent)|; returns whether it is negative. */
static bool log_decimal(u128 c, int exponent, struct fixed *out)
{
    const uint64_t limb[] = {(uint64_t)c, (uint64_t)(c >> 64)};
    struct fixed up, down = {{0}};
    log_whole(limb, COUNTOF(limb), &up);
    add_times(exponent < 0 ? &down : &up, &log_10, (uint64_t)(exponent < 0 ? -exponent : exponent));
    return difference(&up, &down, out);
}

/* ---- rounding ---- */

/* The digit behind those that stay, and whether anything is behind it. */
struct digits {
    u128 c;
    int exponent;
    unsigned next;
    bool more;
};

static bool round_digits(struct digits d, bool negative, dec *out)
{
    const u128 limit = (u128)number_pow10[17] * (u128)number_pow10[17];
    for (; d.exponent < EXPONENT_MIN; d.exponent++) { /* fewer digits, rounded once as well */
        if (d.c == 0 && d.next == 0) {                /* whatever is left is below half */
            d.exponent = EXPONENT_MIN;
            break;
        }
        d.more = d.more || d.next != 0;
        d.next = (unsigned)(d.c % 10);
        d.c /= 10;
    }
    if (d.next > 5 || (d.next == 5 && (d.more || d.c % 2 == 1))) d.c++;
    if (d.c == limit) {
        d.c /= 10;
        d.exponent++;
    }
    if (d.c == 0) {
        *out = dec_i64(0);
        return true;
    }
    while (d.c % 10 == 0 && d.exponent < 0) {
        d.c /= 10;
        d.exponent++;
    }
    if (d.exponent > EXPONENT_MAX) return false;
    *out = number_join(negative, d.c, d.exponent);
    return true;
}

/* ±v × 10^exponent, v not 0.  ties: half-way results are possible. */
static bool round_fixed(const struct fixed *v, int exponent, bool negative, bool ties, dec *out)
{
    uint64_t limb[LIMBS + 1] = {0};
    memcpy(limb, v->limb, sizeof v->limb);
    while (limb[LIMBS] == 0 && limb[FRACTION] < (uint64_t)number_pow10[15]) {
        (void)multiply(limb, LIMBS + 1, (uint64_t)number_pow10[18]);
        exponent -= 18;
    }
    u128 c = ((u128)limb[LIMBS] << 64) | limb[FRACTION];
    int missing = 0;
    for (const u128 full = (u128)number_pow10[18] * (u128)number_pow10[15]; c < full; c *= 10)
        missing++;
    (void)multiply(limb, LIMBS + 1, (uint64_t)number_pow10[missing]);
    exponent -= missing;
    if (ties) {
        const uint64_t near[LIMBS + 1] = {0, 0, 0, 2};
        add(limb, near, LIMBS + 1);
        limb[0] = limb[1] = limb[2] = 0;
        limb[3] &= ~UINT64_C(3);
    }
    c = ((u128)limb[LIMBS] << 64) | limb[FRACTION];
    const unsigned next = (unsigned)multiply(limb, FRACTION, 10);
    const bool more = !is_zero(limb, FRACTION);
    return round_digits((struct digits){c, exponent, next, more}, negative, out);
}

/* ---- the functions ---- */

/* e^r for 0 <= r < 4: the series of r/2^16, squared sixteen times. */
static void exp_small(const struct fixed *r, struct fixed *out)
{
    enum { HALVINGS = 16, TERMS = 20 };
    struct fixed t = *r, sum = {{0}};
    shift_right(&t, HALVINGS);
    sum.limb[FRACTION] = 1;
    for (uint64_t i = TERMS; i > 0; i--) {
        times(&sum, &t, &sum);
        divide(sum.limb, LIMBS, i);
        sum.limb[FRACTION] += 1;
    }
    for (int i = 0; i < HALVINGS; i++)
        times(&sum, &sum, &sum);
    *out = sum;
}

/* e^±x, with the sign of the result given. */
static bool exp_fixed(const struct fixed *x, bool below_one, bool negative, bool ties, dec *out)
{
    enum { INVERSE_SHIFT = 64 };
    const uint64_t inverse = UINT64_C(0x6f2dec549b9438ca); /* 1/ln 10 */
    struct fixed r, tens = {{0}}, v;
    if (x->limb[FRACTION] > EXP_BEYOND) {
        if (below_one) *out = dec_i64(0);
        return below_one;
    }
    const uint64_t first = x->limb[FRACTION] << 48 | x->limb[FRACTION - 1] >> 16;
    int power = (int)((u128)first * inverse >> (INVERSE_SHIFT + 48));
    add_times(&tens, &log_10, (uint64_t)power);
    for (; below_one && compare(tens.limb, x->limb, LIMBS) < 0; power++)
        add(tens.limb, log_10.limb, LIMBS);
    (void)difference(x, &tens, &r);
    exp_small(&r, &v);
    return round_fixed(&v, below_one ? -power : power, negative, ties, out);
}

/* limb is a product of n limbs with five behind the point; e^±(limb × 10^exponent). */
static bool exp_scaled(uint64_t *limb, int exponent, bool below_one, bool negative, dec *out)
{
    enum { TENS_MAX = 57, TENS_MIN = -120 };
    struct fixed x = {{0}};
    bool over = exponent > TENS_MAX;
    if (!over && exponent >= TENS_MIN) {
        scale(limb, WIDE, exponent);
        memcpy(x.limb, limb, sizeof x.limb);
        over = !is_zero(limb + LIMBS, WIDE - LIMBS);
    }
    if (over) x.limb[FRACTION] = EXP_BEYOND + 1;
    return exp_fixed(&x, below_one, negative, true, out);
}

bool number_exp(dec x, dec *out)
{
    bool negative;
    u128 c;
    int exponent;
    uint64_t limb[WIDE] = {0};
    struct fixed v = {{0}};
    if (!number_split(x, &negative, &c, &exponent)) return false;
    if (c != 0 && exponent > 20) {
        v.limb[FRACTION] = EXP_BEYOND + 1;
    } else if (c != 0 && exponent >= -100) {
        limb[FRACTION] = (uint64_t)c;
        limb[LIMBS] = (uint64_t)(c >> 64);
        scale(limb, WIDE, exponent);
        memcpy(v.limb, limb, sizeof v.limb);
        if (!is_zero(limb + LIMBS, WIDE - LIMBS)) v.limb[FRACTION] = EXP_BEYOND + 1;
    }
    if (is_zero(v.limb, LIMBS)) {
        *out = dec_i64(1);
        return true;
    }
    return exp_fixed(&v, negative, false, false, out);
}

bool number_log(dec x, dec *out)
{
    bool negative;
    u128 c;
    int exponent;
    struct fixed v;
    if (!number_split(x, &negative, &c, &exponent) || negative || c == 0) return false;
    if (dec_cmp(x, dec_i64(1)) == 0) {
        *out = dec_i64(0);
        return true;
    }
    negative = log_decimal(c, exponent, &v);
    return round_fixed(&v, 0, negative, false, out);
}

/* Is c × 10^exponent whole, and odd? */
static bool whole(u128 c, int exponent, bool *odd)
{
    while (exponent < 0 && c % 10 == 0) {
        c /= 10;
        exponent++;
    }
    *odd = exponent == 0 && (c & 1) != 0;
    return exponent >= 0;
}

bool number_power(dec x, dec y, dec *out)
{
    bool negative, inverse, odd;
    u128 c, times_c;
    int exponent, times_exponent;
    uint64_t product[WIDE] = {0};
    struct fixed v;
    if (!number_split(x, &negative, &c, &exponent) ||
        !number_split(y, &inverse, &times_c, &times_exponent))
        return false;
    if (times_c == 0) {
        *out = dec_i64(1);
        return true;
    }
    if (c == 0) {
        if (!inverse) *out = dec_i64(0);
        return !inverse;
    }
    const bool is_whole = whole(times_c, times_exponent, &odd);
    if (negative && !is_whole) return false;
    negative = negative && odd;
    if (dec_cmp(dec_abs(x), dec_i64(1)) == 0) {
        *out = dec_i64(negative ? -1 : 1);
        return true;
    }
    const uint64_t factor[] = {(uint64_t)times_c, (uint64_t)(times_c >> 64)};
    const bool below_one = log_decimal(c, exponent, &v) != inverse;
    multiply_long(v.limb, LIMBS, factor, COUNTOF(factor), product);
    return exp_scaled(product, times_exponent, below_one, negative, out);
}

/* ---- deviation ---- */

enum { SPAN_DIGITS = 80, SUM_LIMBS = 6 };

/* Of the largest magnitude the digits before the point, and less than nothing behind it. */
static bool top_of(const struct feel_value *at, size_t count, int *top)
{
    *top = INT32_MIN;
    for (size_t i = 0; i < count; i++) {
        bool negative;
        u128 c;
        int exponent;
        if (!number_split(feel_to_dec(&at[i]), &negative, &c, &exponent)) return false;
        if (c == 0) continue;
        for (; c > 0; c /= 10)
            exponent++;
        if (exponent > *top) *top = exponent;
    }
    return true;
}

/* sum and squares of what the numbers are in units of 10^bottom; |sum| is left in up. */
static void add_all(const struct feel_value *at, size_t count, int bottom, uint64_t *up,
                    uint64_t *squares)
{
    uint64_t down[SUM_LIMBS] = {0};
    for (size_t i = 0; i < count; i++) {
        bool negative;
        u128 c;
        int exponent;
        uint64_t limb[SUM_LIMBS] = {0}, square[WIDE];
        if (!number_split(feel_to_dec(&at[i]), &negative, &c, &exponent)) continue;
        if (c == 0 || exponent - bottom < -SPAN_DIGITS) continue;
        limb[0] = (uint64_t)c;
        limb[1] = (uint64_t)(c >> 64);
        scale(limb, SUM_LIMBS, exponent - bottom);
        multiply_long(limb, SUM_LIMBS, limb, SUM_LIMBS, square);
        add(negative ? down : up, limb, SUM_LIMBS);
        add(squares, square, WIDE);
    }
    if (compare(up, down, SUM_LIMBS) >= 0) {
        subtract(up, down, SUM_LIMBS);
    } else {
        subtract(down, up, SUM_LIMBS);
        memcpy(up, down, sizeof down);
    }
}

/* √((n Σx² - (Σx)²) / (n (n-1))), exact up to the root, which is taken by logarithms. */
bool number_deviation(const struct feel_value *at, size_t count, dec *out)
{
    uint64_t sum[SUM_LIMBS] = {0}, squares[WIDE] = {0}, square[WIDE];
    struct fixed up, down;
    int top;
    if (count < 2 || !top_of(at, count, &top)) return false;
    const int bottom = top == INT32_MIN ? 0 : top - SPAN_DIGITS;
    add_all(at, count, bottom, sum, squares);
    (void)multiply(squares, WIDE, count);
    multiply_long(sum, SUM_LIMBS, sum, SUM_LIMBS, square);
    subtract(squares, square, WIDE);
    if (is_zero(squares, WIDE)) {
        *out = dec_i64(0);
        return true;
    }
    const u128 pairs = (u128)count * (count - 1);
    const uint64_t limb[] = {(uint64_t)pairs, (uint64_t)(pairs >> 64)};
    log_whole(squares, WIDE, &up);
    log_whole(limb, COUNTOF(limb), &down);
    shift_right(&up, 1);
    shift_right(&down, 1);
    add_times(bottom < 0 ? &down : &up, &log_10, (uint64_t)(bottom < 0 ? -bottom : bottom));
    const bool below_one = difference(&up, &down, &up);
    return exp_fixed(&up, below_one, false, true, out);
}
