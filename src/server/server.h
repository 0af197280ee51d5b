/* HTTP: the JSON API, live pages, files, the interface.  The only place that knows HTTP; it turns
 * requests into commands and questions of engine/ and nothing else. */
#pragma once

#include "engine/engine.h"

struct server_site {
    int64_t code; /* 0: a file that has none; then it is the only one */
    str name, url;
};
struct server_options {
    const struct server_site *site; /* by code */
    size_t site_count;
    str host; /* empty: 127.0.0.1 */
    int port; /* 0: any free one; see server_port */
    str origin; /* "https://bihuan.example": for Secure cookies and the Origin check; empty: http://host:port */
    str province_token; /* who has it sees the sums over all sites; empty: nobody does */
    int64_t clock_offset_us;
    bool publish; /* these declarations take the place of another server's */
    bool quiet;   /* no log lines: tests and benchmarks */
};
struct server;
/* Opens an engine a site and listens.  Of several sites some may not open: they are tried again while the
 * others are served.  Errors: those of engine_open when none opens; RC_CONFLICT server.port (in use). */
NODISCARD rc server_start(struct cx *cx, const struct catalogue *c, const struct server_options *o,
                          struct server **out);
int server_port(const struct server *s);
/* Waits for SIGTERM or SIGINT. */
void server_wait(struct server *s);
/* Stops listening, lets requests in flight end (at most 10 s), closes the engines. */
void server_stop(struct server *s);
/* The OpenAPI 3.1 document of the declarations. */
NODISCARD rc openapi_write(struct cx *cx, const struct catalogue *c, struct buf *out);
/* bench http: figures, one a line, beside the floor measured in the same run. */
struct server_bench {
    int64_t records, seconds;
    str db; /* an empty site; empty: a file of its own in folder */
    str folder;
};
NODISCARD rc server_bench(struct cx *cx, const struct catalogue *c, const struct server_bench *b,
                          struct buf *out);
