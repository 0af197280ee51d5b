/* The strict gate: what the HTTP library lets through and this server does not.  Two readings of one
 * request are how requests are smuggled past a proxy, so whatever may be read in two ways is refused.
 * Pure: the head of a request in, a verdict out. */
#pragma once

#include "server/text.h"

enum { URI_BYTES_MAX = 8 << 10 };
struct gate_head {
    str method, version, uri; /* uri as it came */
    const struct pair *header;
    size_t header_count;
};
struct gate_body {
    int64_t length; /* -1: not said */
    bool chunked;
};
/* Errors: RC_INVALID http.method http.version http.uri http.host http.length http.transfer
 *         http.header. */
NODISCARD rc gate_check(struct cx *cx, const struct gate_head *head, struct gate_body *out);
/* Splits the URI and undoes the path's escapes.  Errors: RC_INVALID http.uri. */
NODISCARD rc gate_path(struct cx *cx, str uri, str *path, str *query);
