/* The table of routes. */
#include "server/inside.h"

#define FILE_UPLOAD_MAX (REC_FILE_BYTES_MAX + (64 << 10)) /* and the form around it */
#define BYTES_OF(flags, run)                                                                       \
    (!((flags)&ROUTE_UPLOAD) ? JSON_BYTES_MAX                                                      \
                             : ((flags)&ROUTE_DRY ? TABLE_BYTES_MAX : FILE_UPLOAD_MAX))
#define ROUTE(method, pattern, run, name, op, query, body, answer, status, flags)                  \
    {method, "/api/v1" pattern,   run, name, op, query, body, answer, status,                      \
     flags,  BYTES_OF(flags, run)},

enum { HEALTH_FLAGS = ROUTE_OPEN | ROUTE_DIRECT | ROUTE_SERVER };

const struct route routes[] = {
#include "server/routes.def"
    {"GET", "/healthz", health_get, "", "", "", "", "", 200, HEALTH_FLAGS, 0},
    {"GET", "/health", health_get, "", "", "", "", "", 200, HEALTH_FLAGS, 0},
    {"GET", "/metrics", metrics_get, "", "", "", "", "", 200, ROUTE_OPEN | ROUTE_SERVER, 0},
};
const size_t route_count = COUNTOF(routes);
