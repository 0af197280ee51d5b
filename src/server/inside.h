/* What the files of server/ share: a request's life, workers, peers, live pages, figures.
 *
 * A request: the library's thread reads it (request.c), a worker authorises it and asks the engine
 * (work.c), commands are answered by the writer's thread when they are durable, and the library's
 * thread sends the answer.  One thread at a time has it; between them the connection is suspended. */
#pragma once

#include <microhttpd.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>

#include "base/date.h"
#include "base/file.h"
#include "base/sm3.h"
#include "exchange/table.h"
#include "server/gate.h"
#include "server/route.h"
#include "server/server.h"

enum {
    JSON_BYTES_MAX = 1 << 20,
    SPARE_BYTES = 4 << 20, /* for the error, when the request's own arena is used up */
    IMPORT_ARENA_BYTES = 64 << 20,
    EXPORT_ARENA_BYTES = 768 << 20,
    ANSWER_HEADERS_MAX = 8,
    LIBRARY_THREADS = 3,
    FAST_WORKERS = 4,
    SLOW_WORKERS = 3,
    HEADERS_MAX = 100
};
/* A run_fn that has given its request to the writer's thread returns this: do not touch it again. */
#define RC_LATER RC_COUNT

struct server;
struct place;
struct peer;

struct answer {
    int status;
    const char *media_type;
    str body;
    bool live, same; /* a stream of events; 304 */
    struct pair header[ANSWER_HEADERS_MAX];
    int header_count;
    const char *policy; /* Content-Security-Policy; NULL: the usual one */
    const char *cache;  /* Cache-Control; NULL: no-store */
    bool packed;        /* body is gzip */
    bool close;
};

/* A body as it comes: JSON in memory, files in a nameless file that is mapped when it is whole. */
struct body {
    int64_t bytes, bytes_max;
    bool over;
    struct buf memory;
    FILE *file;
    str content; /* when whole */
    bool mapped;
};

enum request_stage { STAGE_HEAD, STAGE_BODY, STAGE_WORK, STAGE_DONE };
struct request {
    struct arena arena, spare;
    struct cx cx;
    struct server *server;
    struct place *place; /* the site asked for; NULL: of many sites none is named */
    str prefix;          /* "/s/330782" when the address names it */
    struct peer *peer;
    struct MHD_Connection *connection;
    struct request *next; /* in a worker's queue */
    enum request_stage stage;
    bool counted; /* among those in work */
    char id[20];
    int64_t begin_us;
    str method, uri, query;
    str path;                  /* without the prefix */
    const struct route *route; /* NULL: a page of the interface, or unknown */
    struct capture capture[ROUTE_CAPTURES_MAX];
    struct gate_body gate;
    struct body body;
    rc refused; /* found before the body was read; answered after it */
    bool ready; /* the answer may be sent */

    struct actor who;
    bool signed_in, by_cookie;
    str token, csrf;
    const struct json *params;
    struct command command;
    struct table *table;
    struct table_rows rows;
    struct command_rows guarded; /* the same rows, ended when the server stops */
    struct buf out;
    struct answer answer;
};

/* ---- request.c ---- */
str header_of(const struct request *r, const char *name);
MHD_AccessHandlerCallback request_handler(void);
void server_options_of(struct server *s, struct MHD_OptionItem *out, size_t count);
/* From any thread, once: the result of the work; the connection goes on. */
void request_finish(struct request *r, rc result);

/* ---- places.c: the sites of this server ---- */
NODISCARD rc places_open(struct cx *cx, struct server *s);
void places_close(struct server *s);
/* Those that could not be opened are tried again every few seconds. */
void places_keep(struct server *s);
/* Finds the place that the path names and takes its prefix off.  Errors: RC_MISSING site.unknown. */
NODISCARD rc place_choose(struct request *r);
/* Is there a site, and does it work?  Errors: RC_MISSING site.needed, RC_BUSY site.closed. */
NODISCARD rc place_check(struct request *r);
struct engine *engine_of(const struct request *r);
/* "open", "standby", "cut-off" or "closed". */
const char *place_state(struct place *p);
/* Why it could not be opened. */
str place_why(struct arena *a, struct place *p);
rc sites_get(struct request *r);

/* ---- province.c ---- */
/* "closed": this server has none; "locked", "open": for who asks. */
const char *province_state(struct request *r);
rc province_enter(struct request *r);
rc province_leave(struct request *r);
rc province_get(struct request *r);

/* ---- reply.c ---- */
void answer_header(struct request *r, const char *name, str value);
void answer_json(struct request *r, str json);
/* The error in r->cx as problem+json. */
void answer_problem(struct request *r);
enum MHD_Result reply_send(struct request *r);

/* ---- body.c ---- */
void body_begin(struct request *r);
void body_add(struct body *b, const char *data, size_t size);
NODISCARD rc body_whole(struct request *r);
void body_done(struct body *b);

/* ---- work.c: what every request goes through on a worker ---- */
rc request_run(struct request *r);
NODISCARD rc request_actor(struct request *r);
NODISCARD rc origin_check(struct request *r);
rc run_question(struct request *r);
rc run_command(struct request *r);
/* r->command to the writer; the answer follows when it is durable. */
rc command_send(struct request *r);
NODISCARD rc ask(struct request *r, const char *name, const struct json *params, struct buf *out);

/* ---- params.c ---- */
struct json *params_object(struct request *r);
void params_text(struct request *r, struct json *object, const char *name, str text);
void params_number(struct request *r, struct json *object, const char *name, int64_t n);
/* Path, query and JSON body of the route into r->params. */
NODISCARD rc params_read(struct request *r);
str capture_of(const struct request *r, const char *name);

/* ---- what is not a plain question or command ---- */
rc session_open(struct request *r);
rc session_close(struct request *r);
rc session_password(struct request *r);
rc me_get(struct request *r);
rc catalogue_get(struct request *r);
rc import_run(struct request *r);
rc export_run(struct request *r);
rc file_put(struct request *r);
rc file_get(struct request *r);
rc diagram_get(struct request *r);
rc process_get(struct request *r);
rc user_add(struct request *r);
rc user_change(struct request *r);
rc user_token_add(struct request *r);
rc openapi_get(struct request *r);
rc live_get(struct request *r);
rc health_get(struct request *r);
rc metrics_get(struct request *r);
/* A page or asset of the interface; RC_MISSING. */
rc page_get(struct request *r);
void import_done(struct request *r);

/* ---- pool.c: workers ---- */
struct lane;
struct lane *lane_start(int workers, int waiting_max);
bool lane_push(struct lane *l, struct request *r); /* false: full */
int lane_waiting(struct lane *l);
void lane_stop(struct lane *l);

/* ---- peers.c: connections, how many of whom, and how long they may take ---- */
struct peers;
struct peers *peers_open(void);
void peers_close(struct peers *p);
bool peers_accept(struct peers *p, const struct sockaddr *address);
struct peer *peer_add(struct peers *p, struct MHD_Connection *c);
void peer_remove(struct peers *p, struct peer *peer);
enum peer_phase { PEER_IDLE, PEER_HEAD, PEER_BODY, PEER_WORK, PEER_SEND, PEER_LIVE };
void peer_phase(struct peers *p, struct peer *peer, enum peer_phase phase);
void peer_moved(struct peers *p, struct peer *peer, int64_t bytes);
bool peer_is_local(const struct peer *peer);
str peer_address(const struct peer *peer);
void peers_sweep(struct peers *p);
int peers_count(struct peers *p);

/* ---- live.c ---- */
struct hub;
struct hub *hub_open(const struct catalogue *c);
void hub_close(struct hub *h);
void hub_changed(void *hub, str event_json); /* engine_options.changed */
void hub_ping(struct hub *h);
void hub_stop(struct hub *h); /* every stream ends */
int hub_clients(struct hub *h);
struct MHD_Response *hub_stream(struct hub *h, struct request *r);

/* ---- metrics.c ---- */
enum { LATENCY_BUCKETS = 10 };
struct metrics;
struct metrics *metrics_open(void);
void metrics_close(struct metrics *m);
void metrics_count(struct server *s, const struct request *r, int64_t micros);

/* A site as this server has it. */
struct place {
    struct server *server;
    int64_t code; /* 0: a file without one */
    str name, initials, url;
    struct engine *_Atomic engine; /* NULL: it could not be opened */
    struct hub *hub;
    struct metrics *metrics; /* of its requests */
    /* Why it could not be opened: under the server's lock, for people of the server. */
    char why[400];
};

struct server {
    struct arena arena; /* lives as long as the server */
    const struct catalogue *catalogue;
    struct place *place; /* by code */
    size_t place_count;
    pthread_mutex_t lock; /* of the places' reasons */
    struct server_options options;
    str openapi; /* made at the start */
    struct MHD_Daemon *daemon;
    struct lane *fast, *slow;
    struct peers *peers;
    struct metrics *metrics; /* of requests that name no site; how long all take */
    int port;
    char run_id[9], province_salt[33];
    _Atomic uint64_t request_count;
    _Atomic int in_work, suspended; /* requests not answered to the end; given to others */
    _Atomic bool stopping;
    sigset_t signals_before; /* of the thread that started it */
    pthread_t sweeper, keeper;
    bool sweeping, keeping;
};

/* ---- the interface's files, made by tools/embed; NULL path: the end ---- */
struct page_file {
    const char *path, *media_type;
    const unsigned char *packed, *packed_end; /* gzip */
    size_t plain_bytes;
    bool hashed; /* its name holds a hash of its content */
};
extern const struct page_file page_files[];
extern const unsigned char schemas_json[], schemas_json_end[];
