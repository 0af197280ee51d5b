/* A tiny HTTP client for measuring over loopback: one connection, one request at a time. */
#pragma once

#include "base/err.h"

struct bench_client {
    int fd, port;
    const char *token;
    char buffer[64 << 10];
    size_t have;
};
bool bench_client_open(struct bench_client *c, int port, const char *token);
void bench_client_close(struct bench_client *c);
/* The status of the answer, 0: the connection broke.  body may be empty. */
int bench_client_ask(struct bench_client *c, const char *method, const char *path, str body);
