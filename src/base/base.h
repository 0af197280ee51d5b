/* What every file may count on: attributes, CHECK, COUNTOF.  Includes nothing of ours. */
#pragma once

#include <inttypes.h>
#include <stdalign.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#pragma GCC visibility push(default) /* of the library of decisions */

#define NODISCARD       __attribute__((warn_unused_result))
#define PRINTF(f, a)    __attribute__((format(printf, f, a)))
#define RETURNS_NONNULL __attribute__((returns_nonnull))
#define UNUSED          __attribute__((unused))
#define CLEANUP(f)      __attribute__((cleanup(f)))
#define COUNTOF(a)      (sizeof(a) / sizeof *(a))

/* A false CHECK is a bug of ours, never a fault of the input: it prints and aborts, in production
 * too; nothing acknowledged is lost because replies follow the commit. */
#define CHECK(x) ((x) ? (void)0 : check_failed(__FILE__, __LINE__, #x))
_Noreturn void check_failed(const char *file, int line, const char *what);

#pragma GCC visibility pop
