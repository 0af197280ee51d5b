/* Routes: which pattern a path fits and what its parts in braces are.  The table is routes.def. */
#pragma once

#include "server/text.h"

enum { ROUTE_CAPTURES_MAX = 4 };
enum route_flag {
    ROUTE_OPEN = 1,        /* nobody need be signed in */
    ROUTE_SLOW = 2,        /* may take long: the lane of its own */
    ROUTE_UPLOAD = 4,      /* the body is a file: checked for rights before it is read */
    ROUTE_TAGGED = 8,      /* answers a record: ETag, If-Match */
    ROUTE_DIRECT = 16,     /* answered at once, by the connection's thread */
    ROUTE_DRY = 32,        /* takes dry_run */
    ROUTE_REHEARSED = 128, /* never done: everything but the commit */
    ROUTE_SERVER = 64      /* of the server, not of one of its sites */
};
struct request;
typedef rc run_fn(struct request *r);
struct route {
    const char *method, *pattern;
    run_fn *run;
    const char *name;         /* of the engine's question or command */
    const char *op;           /* operationId */
    const char *query, *body; /* names it takes, separated by spaces */
    const char *answer;       /* schema: "Record", "[]Reading", "" */
    int status;
    unsigned flags;
    int64_t body_bytes_max;
};
extern const struct route routes[];
extern const size_t route_count;

struct capture {
    str name, value;
};
/* One pattern against a path: "{x}" fits a segment's rest. */
bool route_fits(const char *pattern, str path, struct capture out[ROUTE_CAPTURES_MAX]);
/* The first of the table for method and path; HEAD as GET.  NULL: none; *allowed then lists the
 * methods that the path has ("GET, POST"), or is empty. */
const struct route *route_find(str method, str path, struct capture out[ROUTE_CAPTURES_MAX],
                               struct buf *allowed);
