/* serve: the server until it is told to stop. */
#include "base/date.h"
#include "base/file.h"
#include "main/city.h"
#include "server/server.h"

int verb_serve(struct args *a)
{
    const struct catalogue *c = NULL;
    struct server *server = NULL;
    struct server_options o = {.host = arg(a, "host"), .origin = arg(a, "origin")};
    int64_t port, start;
    str clock = arg(a, "clock");
    if (!arg_needed(a, "db", &o.db) || !arg_number(a, "port", 0, 65535, 8330, &port))
        return EXIT_USAGE;
    if (clock.len && !us_parse(clock, &start)) {
        fprintf(stderr,
                "bihuan serve: --clock \"" STR_FMT "\" is not like 2022-06-17T09:00:00+08:00\n",
                STR_ARG(clock));
        return EXIT_USAGE;
    }
    o.port = (int)port;
    if (clock.len) o.clock_offset_us = start - os_now_us();
    rc r = city_declarations(a, arg(a, "apps"), &c);
    if (r == RC_OK) r = server_start(a->cx, c, &o, &server);
    if (r != RC_OK) return fail(a->cx);
    printf("http://" STR_FMT ":%d\n", STR_ARG(o.host.len ? o.host : STR("127.0.0.1")),
           server_port(server));
    fflush(stdout);
    server_wait(server);
    server_stop(server);
    catalogue_free(c);
    return EXIT_OK;
}
