/* Connections: how many one address may have, and how long each step of a request may take.  The
 * library only closes what is silent; who sends a byte now and then would stay for ever. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "server/inside.h"

enum { ONE_ADDRESS_MAX = 128, BYTES_A_SECOND_MIN = 16 << 10 };

struct peer {
    struct peer *next, *prev;
    int fd;
    unsigned char address[16];
    char text[INET6_ADDRSTRLEN];
    bool local;
    enum peer_phase phase;
    int64_t since_us, bytes;
};
struct peers {
    pthread_mutex_t lock;
    struct peer *first;
    int count;
};

/* What a phase may take: seconds, and more for bytes that really came. */
static const int phase_seconds[] = {
    [PEER_IDLE] = 60, [PEER_HEAD] = 10, [PEER_BODY] = 30,
    [PEER_WORK] = 0,  [PEER_SEND] = 60, [PEER_LIVE] = 0,
};

struct peers *peers_open(void)
{
    struct peers *p = calloc(1, sizeof *p);
    CHECK(p);
    pthread_mutex_init(&p->lock, NULL);
    return p;
}

void peers_close(struct peers *p)
{
    while (p->first)
        peer_remove(p, p->first);
    pthread_mutex_destroy(&p->lock);
    free(p);
}

/* IPv4 as IPv6 writes it; of IPv6 the first half, which is what one household gets. */
static void address_read(const struct sockaddr *a, unsigned char out[16], bool *local)
{
    memset(out, 0, 16);
    if (a->sa_family == AF_INET) {
        memcpy(out + 12, &((const struct sockaddr_in *)(const void *)a)->sin_addr, 4);
        out[0] = 4;
        *local = out[12] == 127;
    } else if (a->sa_family == AF_INET6) {
        const struct in6_addr *six = &((const struct sockaddr_in6 *)(const void *)a)->sin6_addr;
        *local = IN6_IS_ADDR_LOOPBACK(six);
        memcpy(out, six, 8);
    }
}

/* A proxy on this machine stands for everybody: it is not counted. */
bool peers_accept(struct peers *p, const struct sockaddr *address)
{
    unsigned char key[16];
    bool local = false;
    int count = 0;
    address_read(address, key, &local);
    if (local) return true;
    pthread_mutex_lock(&p->lock);
    for (struct peer *peer = p->first; peer; peer = peer->next)
        count += !memcmp(peer->address, key, sizeof key);
    pthread_mutex_unlock(&p->lock);
    return count < ONE_ADDRESS_MAX;
}

struct peer *peer_add(struct peers *p, struct MHD_Connection *c)
{
    const union MHD_ConnectionInfo *address = MHD_get_connection_info(
                                       c, MHD_CONNECTION_INFO_CLIENT_ADDRESS),
                                   *fd = MHD_get_connection_info(c,
                                                                 MHD_CONNECTION_INFO_CONNECTION_FD);
    struct peer *peer = calloc(1, sizeof *peer);
    CHECK(peer);
    peer->fd = fd ? fd->connect_fd : -1;
    if (address && address->client_addr) {
        const struct sockaddr *a = address->client_addr;
        address_read(a, peer->address, &peer->local);
        const void *bytes =
            a->sa_family == AF_INET6
                ? (const void *)&((const struct sockaddr_in6 *)(const void *)a)->sin6_addr
                : (const void *)&((const struct sockaddr_in *)(const void *)a)->sin_addr;
        if (!inet_ntop(a->sa_family, bytes, peer->text, sizeof peer->text)) peer->text[0] = 0;
    }
    peer->since_us = os_monotonic_us();
    pthread_mutex_lock(&p->lock);
    peer->next = p->first;
    if (p->first) p->first->prev = peer;
    p->first = peer;
    p->count++;
    pthread_mutex_unlock(&p->lock);
    return peer;
}

void peer_remove(struct peers *p, struct peer *peer)
{
    pthread_mutex_lock(&p->lock);
    if (peer->prev)
        peer->prev->next = peer->next;
    else
        p->first = peer->next;
    if (peer->next) peer->next->prev = peer->prev;
    p->count--;
    pthread_mutex_unlock(&p->lock);
    free(peer);
}

void peer_phase(struct peers *p, struct peer *peer, enum peer_phase phase)
{
    if (!peer) return;
    pthread_mutex_lock(&p->lock);
    peer->phase = phase;
    peer->bytes = 0;
    peer->since_us = os_monotonic_us();
    pthread_mutex_unlock(&p->lock);
}

void peer_moved(struct peers *p, struct peer *peer, int64_t bytes)
{
    if (!peer) return;
    pthread_mutex_lock(&p->lock);
    peer->bytes += bytes;
    pthread_mutex_unlock(&p->lock);
}

bool peer_is_local(const struct peer *peer)
{
    return peer && peer->local;
}

str peer_address(const struct peer *peer)
{
    return peer ? str_from(peer->text) : (str){0};
}

void peers_sweep(struct peers *p)
{
    int64_t now = os_monotonic_us();
    pthread_mutex_lock(&p->lock);
    for (struct peer *peer = p->first; peer; peer = peer->next) {
        int64_t seconds = phase_seconds[peer->phase];
        if (!seconds) continue;
        seconds += peer->bytes / BYTES_A_SECOND_MIN;
        if (now - peer->since_us > seconds * US_PER_SECOND && peer->fd >= 0)
            shutdown(peer->fd, SHUT_RDWR);
    }
    pthread_mutex_unlock(&p->lock);
}

int peers_count(struct peers *p)
{
    pthread_mutex_lock(&p->lock);
    int n = p->count;
    pthread_mutex_unlock(&p->lock);
    return n;
}
