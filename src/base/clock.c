/* The two clocks of the operating system. */
#include "base/clock.h"

#include <time.h>

#include "base/base.h"

static int64_t clock_us(clockid_t id)
{
    struct timespec t;
    CHECK(clock_gettime(id, &t) == 0);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

int64_t os_now_us(void)
{
    return clock_us(CLOCK_REALTIME);
}

int64_t os_monotonic_us(void)
{
    return clock_us(CLOCK_MONOTONIC);
}
