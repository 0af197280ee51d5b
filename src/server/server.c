/* Starting, waiting, stopping. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "server/inside.h"

enum { FAST_WAITING_MAX = 2000, SLOW_WAITING_MAX = 64, STOP_S = 10 };

static void *sweep(void *data)
{
    enum { LOOK_US = 500000, REST_LOOKS = 120 };
    struct server *s = data;
    for (int64_t n = 1; !atomic_load(&s->stopping); n++) {
        usleep(LOOK_US);
        peers_sweep(s->peers);
        if (n % REST_LOOKS == 0) memory_give_back(); /* of sites that worked and rest now */
        for (size_t i = 0; i < s->place_count; i++)
            hub_ping(s->place[i].hub);
    }
    return NULL;
}

static enum MHD_Result on_accept(void *data, const struct sockaddr *address, socklen_t length)
{
    struct server *s = data;
    (void)length;
    return peers_accept(s->peers, address) ? MHD_YES : MHD_NO;
}

/* ---- the socket ---- */

static rc no_listen(struct cx *cx, const struct server_options *o, bool in_use)
{
    if (in_use)
        return err_set(cx, RC_CONFLICT, "server.port", "端口 %d 已被占用", "port %d is in use",
                       o->port);
    return err_set(cx, RC_INVALID, "server.host", "无法在“" STR_FMT "”的端口 %d 上监听",
                   "cannot listen on \"" STR_FMT "\", port %d", STR_ARG(o->host), o->port);
}

static rc socket_open(struct cx *cx, const struct server_options *o, int *out, int *port)
{
    const char *host = o->host.len ? arena_cstr(cx->arena, o->host) : "127.0.0.1";
    struct sockaddr_in6 six = {.sin6_family = AF_INET6, .sin6_port = htons((uint16_t)o->port)};
    struct sockaddr_in four = {.sin_family = AF_INET, .sin_port = htons((uint16_t)o->port)};
    bool is_six = inet_pton(AF_INET6, host, &six.sin6_addr) == 1;
    if (!is_six && str_eq(str_from(host), STR("localhost"))) host = "127.0.0.1";
    if (!is_six && inet_pton(AF_INET, host, &four.sin_addr) != 1) return no_listen(cx, o, false);
    int one = 1,
        fd = socket(is_six ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    const struct sockaddr *address = is_six ? (const struct sockaddr *)(const void *)&six
                                            : (const struct sockaddr *)(const void *)&four;
    socklen_t length = is_six ? sizeof six : sizeof four;
    if (fd < 0) return no_listen(cx, o, false);
    (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(fd, address, length) || listen(fd, 1024)) {
        bool in_use = errno == EADDRINUSE;
        close(fd);
        return no_listen(cx, o, in_use);
    }
    (void)getsockname(fd, (struct sockaddr *)(void *)&six, &(socklen_t){sizeof six});
    *port = ntohs(is_six ? six.sin6_port : ((struct sockaddr_in *)(void *)&six)->sin_port);
    *out = fd;
    return RC_OK;
}

/* ---- starting ---- */

static rc daemon_start(struct cx *cx, struct server *s, int fd)
{
    struct MHD_OptionItem option[16];
    server_options_of(s, option, COUNTOF(option));
    s->daemon = MHD_start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME |
                                     MHD_USE_ERROR_LOG,
                                 0, on_accept, s, request_handler(), s, MHD_OPTION_LISTEN_SOCKET,
                                 fd, MHD_OPTION_ARRAY, option, MHD_OPTION_END);
    if (s->daemon) return RC_OK;
    close(fd);
    return err_set(cx, RC_INTERNAL, "server.start", "HTTP 服务无法启动",
                   "the HTTP library does not start");
}

static rc parts_start(struct cx *cx, struct server *s)
{
    int fd = -1;
    struct buf document = {.arena = &s->arena};
    struct cx own = {.arena = &s->arena, .lang = cx->lang};
    rc r = openapi_write(&own, s->catalogue, &document);
    s->openapi = buf_str(&document);
    if (r == RC_OK) r = socket_open(&own, &s->options, &fd, &s->port);
    if (r == RC_OK) r = places_open(&own, s);
    if (r != RC_OK) {
        if (fd >= 0) close(fd);
        return err_copy(cx, &own.err);
    }
    s->fast = lane_start(FAST_WORKERS, FAST_WAITING_MAX);
    s->slow = lane_start(SLOW_WORKERS, SLOW_WAITING_MAX);
    r = daemon_start(cx, s, fd);
    if (r == RC_OK) places_keep(s);
    if (r == RC_OK) s->sweeping = !pthread_create(&s->sweeper, NULL, sweep, s);
    return r;
}

static void signals(sigset_t *set)
{
    sigemptyset(set);
    sigaddset(set, SIGTERM);
    sigaddset(set, SIGINT);
}

rc server_start(struct cx *cx, const struct catalogue *c, const struct server_options *o,
                struct server **out)
{
    struct server *s = calloc(1, sizeof *s);
    uint8_t random[4], salt[16];
    sigset_t ours;
    CHECK(s);
    arena_init(&s->arena, ARENA_DEFAULT_BYTES);
    os_random(random, sizeof random);
    hex_write(s->run_id, random, sizeof random);
    os_random(salt, sizeof salt);
    hex_write(s->province_salt, salt, sizeof salt);
    s->catalogue = c;
    s->options = *o;
    s->options.host = arena_dup(&s->arena, o->host);
    s->options.origin = arena_dup(&s->arena, o->origin);
    s->options.province_token = arena_dup(&s->arena, o->province_token);
    s->peers = peers_open();
    pthread_mutex_init(&s->lock, NULL);
    s->metrics = metrics_open();
    /* Signals are server_wait's: also those that come before it is called. */
    signals(&ours);
    pthread_sigmask(SIG_BLOCK, &ours, &s->signals_before);
    signal(SIGPIPE, SIG_IGN);
    rc r = parts_start(cx, s);
    if (r == RC_OK)
        *out = s;
    else
        server_stop(s);
    return r;
}

int server_port(const struct server *s)
{
    return s->port;
}

void server_wait(struct server *s)
{
    sigset_t ours;
    struct signalfd_siginfo info;
    (void)s;
    signals(&ours);
    int fd = signalfd(-1, &ours, SFD_CLOEXEC);
    CHECK(fd >= 0);
    while (read(fd, &info, sizeof info) < 0 && errno == EINTR)
        ;
    close(fd);
}

/* ---- stopping ---- */

static void work_end(struct server *s)
{
    enum { STEP_US = 5000 };
    int64_t until = os_monotonic_us() + STOP_S * US_PER_SECOND;
    /* What has begun ends: its answer may be a commit that somebody must hear of. */
    while (atomic_load(&s->in_work) && os_monotonic_us() < until)
        usleep(STEP_US);
    if (s->fast) lane_stop(s->fast);
    if (s->slow) lane_stop(s->slow);
    /* What the writer still has it will answer: the library must not end with a suspended request. */
    while (atomic_load(&s->suspended))
        usleep(STEP_US);
}

void server_stop(struct server *s)
{
    if (s->daemon) {
        MHD_socket fd = MHD_quiesce_daemon(s->daemon);
        if (fd != MHD_INVALID_SOCKET) close(fd);
    }
    atomic_store(&s->stopping, true);
    for (size_t i = 0; i < s->place_count; i++)
        hub_stop(s->place[i].hub);
    work_end(s);
    if (s->daemon) MHD_stop_daemon(s->daemon);
    if (s->sweeping) pthread_join(s->sweeper, NULL);
    places_close(s);
    peers_close(s->peers);
    pthread_mutex_destroy(&s->lock);
    metrics_close(s->metrics);
    pthread_sigmask(SIG_SETMASK, &s->signals_before, NULL);
    arena_done(&s->arena);
    free(s);
}
