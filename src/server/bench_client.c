/* A tiny HTTP client for measuring over loopback. */
#include "server/bench_client.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

bool bench_client_open(struct bench_client *c, int port, const char *token)
{
    struct sockaddr_in a = {.sin_family = AF_INET,
                            .sin_port = htons((uint16_t)port),
                            .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int one = 1;
    c->port = port;
    c->token = token;
    c->have = 0;
    c->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (c->fd < 0) return false;
    (void)setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    return !connect(c->fd, (struct sockaddr *)(void *)&a, sizeof a);
}

void bench_client_close(struct bench_client *c)
{
    if (c->fd >= 0) close(c->fd);
    c->fd = -1;
}

static bool send_all(int fd, const char *at, size_t len)
{
    while (len) {
        ssize_t n = send(fd, at, len, MSG_NOSIGNAL);
        if (n <= 0) return false;
        at += n;
        len -= (size_t)n;
    }
    return true;
}

/* Reads more; false at the end. */
static bool more(struct bench_client *c)
{
    if (c->have == sizeof c->buffer) return false;
    ssize_t n = recv(c->fd, c->buffer + c->have, sizeof c->buffer - c->have, 0);
    if (n <= 0) return false;
    c->have += (size_t)n;
    return true;
}

static int64_t length_of(str head)
{
    static const str name = STR_INIT("Content-Length: ");
    size_t at = str_index(head, name);
    int64_t n = -1;
    if (at == SIZE_MAX) return -1;
    str rest = str_slice(head, at + name.len, head.len), unused;
    return str_i64(str_cut(rest, '\r', &unused), &n) ? n : -1;
}

int bench_client_ask(struct bench_client *c, const char *method, const char *path, str body)
{
    char head[1024];
    int n = snprintf(head, sizeof head,
                     "%s %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nAuthorization: Bearer %s\r\n"
                     "Content-Type: application/json\r\nContent-Length: %zu\r\n\r\n",
                     method, path, c->port, c->token, body.len);
    if (n <= 0 || (size_t)n >= sizeof head || !send_all(c->fd, head, (size_t)n) ||
        !send_all(c->fd, body.at, body.len))
        return 0;
    c->have = 0;
    size_t end = SIZE_MAX;
    while (end == SIZE_MAX) {
        if (!more(c)) return 0;
        end = str_index((str){c->buffer, c->have}, STR("\r\n\r\n"));
    }
    int64_t length = length_of((str){c->buffer, end + 2}), status = 0;
    if (!str_i64((str){c->buffer + 9, 3}, &status) || length < 0) return 0;
    size_t left = (size_t)length, got = c->have - end - 4;
    while (got < left) { /* the body is counted, not kept */
        c->have = 0;
        if (!more(c)) return 0;
        got += c->have;
    }
    return (int)status;
}
