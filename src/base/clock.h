/* The clocks, which everything below server/ is told of and never reads: cx->now_us, cx->deadline_us. */
#pragma once

#include <stdint.h>

#pragma GCC visibility push(default) /* of the library of decisions */

int64_t os_now_us(void); /* wall clock, UTC */
int64_t os_monotonic_us(void);

#pragma GCC visibility pop
