/* Exponential, logarithm, powers and deviation of decimals: computed in binary with 320 bits behind the
 * point and rounded once, half-even, to 34 digits.  False when the result is no number: a logarithm of
 * what is not positive, a root of what is negative, an overflow; *out is then untouched. */
#pragma once

#include "feel/value.h"

bool number_exp(dec x, dec *out);
bool number_log(dec x, dec *out);
/* x to any power; number_pow_whole is faster for whole ones. */
bool number_power(dec x, dec y, dec *out);
/* The sample standard deviation of two numbers or more. */
bool number_deviation(const struct feel_value *at, size_t count, dec *out);
