/* Numbers of FEEL: exact decimals.  Almost every number is narrow (64-bit coefficient, scale 0 … 18)
 * and is computed without decimal128; whatever does not fit goes through decimal128 and comes back
 * narrow where it can.  Every function returns false when the result is not a number (overflow,
 * division by zero); *out is then untouched. */
#pragma once

#include "feel/value.h"

__extension__ typedef __int128 i128;
__extension__ typedef unsigned __int128 u128;

enum { NUMBER_SCALE_MAX = 18 };
extern const int64_t number_pow10[NUMBER_SCALE_MAX + 1];

enum number_op { NUMBER_ADD, NUMBER_SUB, NUMBER_MUL, NUMBER_DIV, NUMBER_POW };

bool number_add_slow(struct arena *a, const struct feel_value *x, const struct feel_value *y,
                     struct feel_value *out);
bool number_sub_slow(struct arena *a, const struct feel_value *x, const struct feel_value *y,
                     struct feel_value *out);
bool number_mul_slow(struct arena *a, const struct feel_value *x, const struct feel_value *y,
                     struct feel_value *out);
bool number_div(struct arena *a, const struct feel_value *x, const struct feel_value *y,
                struct feel_value *out);
bool number_pow(struct arena *a, const struct feel_value *x, const struct feel_value *y,
                struct feel_value *out);
struct feel_value number_neg(struct arena *a, const struct feel_value *x);
int number_cmp_slow(const struct feel_value *x, const struct feel_value *y);
bool number_is_integer(const struct feel_value *x);
/* Exactly an int64, or false. */
bool number_i64(const struct feel_value *x, int64_t *out);
/* Reads FEEL's number syntax, an exponent included; the whole of s. */
bool number_parse(struct arena *a, str s, struct feel_value *out);
void number_write(struct buf *out, const struct feel_value *x);
/* x to the n-th power, correctly rounded to 34 digits for whole n; in power.c, as is the next. */
bool number_pow_whole(dec x, int64_t n, dec *out);
/* x / y, correctly rounded, when it does not end within 34 digits; false: another way must do it. */
bool number_quotient(dec x, dec y, dec *out);
/* sign × coefficient × 10^exponent; false for what is no finite number. */
bool number_split(dec d, bool *negative, u128 *coefficient, int *exponent);
dec number_join(bool negative, u128 coefficient, int exponent);

static inline void number_narrow(struct feel_value *out, int64_t coefficient, int scale)
{
    *out =
        (struct feel_value){.kind = FEEL_NUMBER, .scale = (uint8_t)scale, .as.number = coefficient};
}

static inline bool number_add(struct arena *a, const struct feel_value *x,
                              const struct feel_value *y, struct feel_value *out)
{
    int64_t sum;
    if (!x->wide && !y->wide && x->scale == y->scale &&
        !__builtin_add_overflow(x->as.number, y->as.number, &sum)) {
        number_narrow(out, sum, x->scale);
        return true;
    }
    return number_add_slow(a, x, y, out);
}

static inline bool number_sub(struct arena *a, const struct feel_value *x,
                              const struct feel_value *y, struct feel_value *out)
{
    int64_t difference;
    if (!x->wide && !y->wide && x->scale == y->scale &&
        !__builtin_sub_overflow(x->as.number, y->as.number, &difference)) {
        number_narrow(out, difference, x->scale);
        return true;
    }
    return number_sub_slow(a, x, y, out);
}

static inline bool number_mul(struct arena *a, const struct feel_value *x,
                              const struct feel_value *y, struct feel_value *out)
{
    int64_t product;
    if (!x->wide && !y->wide && x->scale + y->scale <= NUMBER_SCALE_MAX &&
        !__builtin_mul_overflow(x->as.number, y->as.number, &product)) {
        number_narrow(out, product, x->scale + y->scale);
        return true;
    }
    return number_mul_slow(a, x, y, out);
}

static inline int number_cmp(const struct feel_value *x, const struct feel_value *y)
{
    if (!x->wide && !y->wide && x->scale == y->scale)
        return (x->as.number > y->as.number) - (x->as.number < y->as.number);
    return number_cmp_slow(x, y);
}
