/* Arithmetic on narrow and wide numbers; see number.h for the two forms. */
#include "feel/number/number.h"

#include "feel/number/transcendental.h"

const int64_t number_pow10[NUMBER_SCALE_MAX + 1] = {
    INT64_C(1),
    INT64_C(10),
    INT64_C(100),
    INT64_C(1000),
    INT64_C(10000),
    INT64_C(100000),
    INT64_C(1000000),
    INT64_C(10000000),
    INT64_C(100000000),
    INT64_C(1000000000),
    INT64_C(10000000000),
    INT64_C(100000000000),
    INT64_C(1000000000000),
    INT64_C(10000000000000),
    INT64_C(100000000000000),
    INT64_C(1000000000000000),
    INT64_C(10000000000000000),
    INT64_C(100000000000000000),
    INT64_C(1000000000000000000),
};

/* The BID encoding of decimal128: sign, 14 bits of exponent, 113 bits of coefficient. */
enum { BID_BIAS = 6176, BID_EXPONENT_SHIFT = 49 };

bool number_split(dec d, bool *negative, u128 *coefficient, int *exponent)
{
    const uint64_t high = d.w[1];
    if (((high >> 61) & 3) == 3) return false; /* infinity, NaN, or a coefficient out of range */
    *negative = (high >> 63) != 0;
    *exponent = (int)((high >> BID_EXPONENT_SHIFT) & 0x3fff) - BID_BIAS;
    *coefficient = ((u128)(high & ((UINT64_C(1) << BID_EXPONENT_SHIFT) - 1)) << 64) | d.w[0];
    return true;
}

dec number_join(bool negative, u128 coefficient, int exponent)
{
    const uint64_t high = ((uint64_t)negative << 63) |
                          ((uint64_t)(unsigned)(exponent + BID_BIAS) << BID_EXPONENT_SHIFT) |
                          (uint64_t)(coefficient >> 64);
    return (dec){{(uint64_t)coefficient, high}};
}

static bool narrow_dec(dec d, struct feel_value *out)
{
    bool negative;
    u128 c;
    int e;
    if (!number_split(d, &negative, &c, &e)) return false;
    if (c == 0) {
        number_narrow(out, 0, 0);
        return true;
    }
    while (e < -NUMBER_SCALE_MAX || (e < 0 && c > INT64_MAX)) {
        if (c % 10 != 0) return false;
        c /= 10;
        e++;
    }
    if (c > INT64_MAX || e > NUMBER_SCALE_MAX) return false;
    if (e > 0) {
        c *= (u128)(uint64_t)number_pow10[e];
        if (c > INT64_MAX) return false;
        e = 0;
    }
    number_narrow(out, negative ? -(int64_t)c : (int64_t)c, -e);
    return true;
}

struct feel_value feel_int(int64_t n)
{
    return (struct feel_value){.kind = FEEL_NUMBER, .as.number = n};
}

struct feel_value feel_fixed(int64_t coefficient, int scale)
{
    CHECK(scale >= 0 && scale <= NUMBER_SCALE_MAX);
    struct feel_value v;
    number_narrow(&v, coefficient, scale);
    return v;
}

struct feel_value feel_dec(struct arena *a, dec d)
{
    struct feel_value v;
    if (narrow_dec(d, &v)) return v;
    dec *wide = NEW(a, dec);
    *wide = d;
    return (struct feel_value){.kind = FEEL_NUMBER, .wide = true, .as.wide_number = wide};
}

dec feel_to_dec(const struct feel_value *number)
{
    if (number->wide) return *number->as.wide_number;
    const int64_t n = number->as.number;
    const u128 magnitude = n < 0 ? (u128)(-(i128)n) : (u128)n;
    return number_join(n < 0, magnitude, -(int)number->scale);
}

/* A 128-bit result of narrow operands, made narrow again where possible; false: go through dec. */
static bool narrow_wide(i128 c, int scale, struct feel_value *out)
{
    while (scale > NUMBER_SCALE_MAX || c > INT64_MAX || c < INT64_MIN) {
        if (scale == 0 || c % 10 != 0) return false;
        c /= 10;
        scale--;
    }
    number_narrow(out, (int64_t)c, scale);
    return true;
}

static bool add_narrow(const struct feel_value *x, const struct feel_value *y, int sign,
                       struct feel_value *out)
{
    const int scale = x->scale > y->scale ? x->scale : y->scale;
    const i128 a = (i128)x->as.number * number_pow10[scale - x->scale];
    const i128 b = (i128)y->as.number * number_pow10[scale - y->scale];
    return narrow_wide(sign < 0 ? a - b : a + b, scale, out);
}

static bool finish(struct arena *a, bool ok, dec d, struct feel_value *out)
{
    if (ok) *out = feel_dec(a, d);
    return ok;
}

/* ---- wide numbers that need no rounding ---- */

static u128 ten_to(int64_t n)
{
    return (u128)(uint64_t)number_pow10[n];
}

/* c × 10^by, below 10^38; false when it is not, or might not be. */
static bool scale_up(u128 c, int64_t by, u128 *out)
{
    for (; by > 0 && c != 0; by -= NUMBER_SCALE_MAX) {
        const int64_t step = by < NUMBER_SCALE_MAX ? by : NUMBER_SCALE_MAX;
        /* Below 2^64 there is room for any step; dividing costs more than all the rest. */
        if (c >> 64 && c >= ten_to(18) * ten_to(18) * 100 / ten_to(step)) return false;
        c *= ten_to(step);
    }
    *out = c;
    return true;
}

/* Two finite numbers with one exponent. */
struct aligned {
    u128 x, y;
    bool x_negative, y_negative;
    int exponent;
};

static bool align(dec x, dec y, struct aligned *out)
{
    int ex, ey;
    if (!number_split(x, &out->x_negative, &out->x, &ex)) return false;
    if (!number_split(y, &out->y_negative, &out->y, &ey)) return false;
    out->exponent = ex < ey ? ex : ey;
    return scale_up(out->x, (int64_t)ex - out->exponent, &out->x) &&
           scale_up(out->y, (int64_t)ey - out->exponent, &out->y);
}

/* x + y, where all digits fit. */
static bool add_exact(dec x, dec y, dec *out)
{
    const u128 limit = ten_to(17) * ten_to(17);
    struct aligned n;
    if (!align(x, y, &n)) return false;
    i128 sum = n.x_negative ? -(i128)n.x : (i128)n.x;
    if (__builtin_add_overflow(sum, n.y_negative ? -(i128)n.y : (i128)n.y, &sum)) return false;
    const u128 c = sum < 0 ? (u128)-sum : (u128)sum;
    if (c >= limit || c == 0) return false;
    *out = number_join(sum < 0, c, n.exponent);
    return true;
}

/* Order of two numbers, where they can be aligned. */
static bool cmp_exact(dec x, dec y, int *out)
{
    struct aligned n;
    if (!align(x, y, &n)) return false;
    const i128 a = n.x_negative ? -(i128)n.x : (i128)n.x;
    const i128 b = n.y_negative ? -(i128)n.y : (i128)n.y;
    *out = (a > b) - (a < b);
    return true;
}

bool number_add_slow(struct arena *a, const struct feel_value *x, const struct feel_value *y,
                     struct feel_value *out)
{
    dec d = {{0, 0}};
    if (!x->wide && !y->wide && add_narrow(x, y, 1, out)) return true;
    const dec left = feel_to_dec(x), right = feel_to_dec(y);
    const bool ok = add_exact(left, right, &d) || dec_add(left, right, &d);
    return finish(a, ok, d, out);
}

bool number_sub_slow(struct arena *a, const struct feel_value *x, const struct feel_value *y,
                     struct feel_value *out)
{
    dec d = {{0, 0}};
    if (!x->wide && !y->wide && add_narrow(x, y, -1, out)) return true;
    const dec left = feel_to_dec(x), right = feel_to_dec(y);
    const bool ok = add_exact(left, dec_neg(right), &d) || dec_sub(left, right, &d);
    return finish(a, ok, d, out);
}

bool number_mul_slow(struct arena *a, const struct feel_value *x, const struct feel_value *y,
                     struct feel_value *out)
{
    dec d = {{0, 0}};
    if (!x->wide && !y->wide &&
        narrow_wide((i128)x->as.number * y->as.number, x->scale + y->scale, out))
        return true;
    const bool ok = dec_mul(feel_to_dec(x), feel_to_dec(y), &d);
    return finish(a, ok, d, out);
}

/* x / y where the quotient is a short decimal: the divisor divides, perhaps after some zeros are
 * added to the dividend or taken from the divisor. */
static bool div_narrow(const struct feel_value *x, const struct feel_value *y,
                       struct feel_value *out)
{
    int64_t a = x->as.number, b = y->as.number;
    int scale = (int)x->scale - (int)y->scale;
    if (b == 0 || a == INT64_MIN || b == INT64_MIN) return false;
    for (; b % 10 == 0 && scale < NUMBER_SCALE_MAX; scale++)
        b /= 10;
    if (a % b != 0) {
        enum { MORE = 6 };
        if (__builtin_mul_overflow(a, number_pow10[MORE], &a) || a % b != 0) return false;
        scale += MORE;
    }
    int64_t q = a / b;
    for (; scale < 0; scale++)
        if (__builtin_mul_overflow(q, (int64_t)10, &q)) return false;
    for (; scale > NUMBER_SCALE_MAX || (q % 10 == 0 && scale > 0); scale--) {
        if (q % 10 != 0) return false;
        q /= 10;
    }
    number_narrow(out, q, scale);
    return true;
}

bool number_div(struct arena *a, const struct feel_value *x, const struct feel_value *y,
                struct feel_value *out)
{
    dec d = {{0, 0}};
    if (!x->wide && !y->wide && div_narrow(x, y, out)) return true;
    const dec left = feel_to_dec(x), right = feel_to_dec(y);
    const bool ok = number_quotient(left, right, &d) || dec_div(left, right, &d);
    return finish(a, ok, d, out);
}

bool number_pow(struct arena *a, const struct feel_value *x, const struct feel_value *y,
                struct feel_value *out)
{
    dec d = {{0, 0}};
    int64_t n;
    if (number_i64(y, &n) && n >= -100000 && n <= 100000) {
        const bool whole = number_pow_whole(feel_to_dec(x), n, &d);
        return finish(a, whole, d, out);
    }
    const bool ok = number_power(feel_to_dec(x), feel_to_dec(y), &d);
    return finish(a, ok, d, out);
}

struct feel_value number_neg(struct arena *a, const struct feel_value *x)
{
    if (!x->wide && x->as.number != INT64_MIN) {
        struct feel_value v;
        number_narrow(&v, -x->as.number, x->scale);
        return v;
    }
    return feel_dec(a, dec_neg(feel_to_dec(x)));
}

int number_cmp_slow(const struct feel_value *x, const struct feel_value *y)
{
    if (x->wide || y->wide) {
        const dec left = feel_to_dec(x), right = feel_to_dec(y);
        int order;
        return cmp_exact(left, right, &order) ? order : dec_cmp(left, right);
    }
    const int scale = x->scale > y->scale ? x->scale : y->scale;
    const i128 a = (i128)x->as.number * number_pow10[scale - x->scale];
    const i128 b = (i128)y->as.number * number_pow10[scale - y->scale];
    return (a > b) - (a < b);
}

bool number_is_integer(const struct feel_value *x)
{
    if (!x->wide) return x->as.number % number_pow10[x->scale] == 0;
    return dec_is_integer(*x->as.wide_number);
}

bool number_i64(const struct feel_value *x, int64_t *out)
{
    if (x->wide) return dec_to_i64(*x->as.wide_number, out);
    if (x->as.number % number_pow10[x->scale] != 0) return false;
    *out = x->as.number / number_pow10[x->scale];
    return true;
}

bool feel_to_fixed(const struct feel_value *v, int scale, int64_t *out)
{
    dec rounded;
    if (v->kind != FEEL_NUMBER) return false;
    if (!v->wide && scale >= v->scale && scale - v->scale <= NUMBER_SCALE_MAX)
        return !__builtin_mul_overflow(v->as.number, number_pow10[scale - v->scale], out);
    return dec_rescale(feel_to_dec(v), scale, DEC_HALF_UP, &rounded) &&
           dec_to_fixed(rounded, scale, out);
}

bool number_parse(struct arena *a, str s, struct feel_value *out)
{
    int64_t n = 0;
    int scale = 0;
    bool point = false, plain = s.len > 0 && s.len <= NUMBER_SCALE_MAX;
    for (size_t i = 0; plain && i < s.len; i++) {
        const char c = s.at[i];
        if (c >= '0' && c <= '9') {
            n = n * 10 + (c - '0');
            scale += point;
        } else if (c == '.' && !point && s.len > 1) {
            point = true;
        } else {
            plain = false;
        }
    }
    if (plain) {
        number_narrow(out, n, scale);
        return true;
    }
    dec d;
    if (!dec_parse(s, &d)) return false;
    *out = feel_dec(a, d);
    return true;
}

static void write_narrow(struct buf *out, int64_t n, int scale)
{
    char text[48];
    size_t at = sizeof text;
    uint64_t left = n < 0 ? 0 - (uint64_t)n : (uint64_t)n;
    for (; scale > 0 && left % 10 == 0; scale--)
        left /= 10;
    for (int digits = 0; left > 0 || digits <= scale; digits++) {
        if (digits == scale && scale > 0) text[--at] = '.';
        text[--at] = (char)('0' + left % 10);
        left /= 10;
    }
    if (n < 0) text[--at] = '-';
    buf_add(out, (str){text + at, sizeof text - at});
}

void number_write(struct buf *out, const struct feel_value *x)
{
    if (x->wide)
        dec_write(out, *x->as.wide_number);
    else
        write_narrow(out, x->as.number, x->scale);
}
