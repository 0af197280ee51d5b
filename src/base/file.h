/* Files and the folder tree: the only place that knows errno. */
#pragma once

#include "base/clock.h"
#include "base/err.h"

/* Errors: RC_MISSING file.missing, RC_TOO_LARGE file.too-large, RC_INTERNAL file.read. */
NODISCARD rc file_read(struct cx *cx, str path, size_t bytes_max, str *out);
/* Written to a temporary beside it, synced, renamed.  Errors: RC_FULL file.full, RC_INTERNAL file.write. */
NODISCARD rc file_write(struct cx *cx, str path, str bytes);
bool file_exists(struct cx *cx, str path);
/* Names in a folder, sorted by bytes, without . and ..; directories end in '/'. */
NODISCARD rc file_list(struct cx *cx, str folder, struct names *out);
NODISCARD rc file_make_folder(struct cx *cx, str path); /* and its parents */
void os_random(void *out, size_t bytes);
