#define _GNU_SOURCE
#include "socket_shim.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

static socklen_t fill(struct sockaddr_storage *storage, const struct chost_endpoint *from) {
    memset(storage, 0, sizeof *storage);
    if (from->count == 4) {
        struct sockaddr_in *address = (struct sockaddr_in *)storage;
        address->sin_family = AF_INET;
        address->sin_port = htons(from->port);
        memcpy(&address->sin_addr, from->bytes, 4);
        return sizeof *address;
    }
    struct sockaddr_in6 *address = (struct sockaddr_in6 *)storage;
    address->sin6_family = AF_INET6;
    address->sin6_port = htons(from->port);
    memcpy(&address->sin6_addr, from->bytes, 16);
    return sizeof *address;
}

static void take(const struct sockaddr_storage *storage, struct chost_endpoint *to) {
    memset(to, 0, sizeof *to);
    if (storage->ss_family == AF_INET) {
        const struct sockaddr_in *address = (const struct sockaddr_in *)storage;
        to->count = 4;
        to->port = ntohs(address->sin_port);
        memcpy(to->bytes, &address->sin_addr, 4);
    } else {
        const struct sockaddr_in6 *address = (const struct sockaddr_in6 *)storage;
        to->count = 16;
        to->port = ntohs(address->sin6_port);
        memcpy(to->bytes, &address->sin6_addr, 16);
    }
}

static int open_socket(const struct chost_endpoint *endpoint, int type) {
    int family = endpoint->count == 4 ? AF_INET : AF_INET6;
    int result = socket(family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (result < 0) return -errno;
    int on = 1;
    // Version 4 has sockets of its own.
    if (family == AF_INET6) setsockopt(result, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
    return result;
}

static int failed(int socket) {
    int error = errno;
    close(socket);
    return -error;
}

int chost_datagram_bind(const struct chost_endpoint *local) {
    struct sockaddr_storage storage;
    socklen_t length = fill(&storage, local);
    int result = open_socket(local, SOCK_DGRAM);
    if (result < 0) return result;
    int room = 1 << 20;
    // A burst waits here; the kernel gives what it allows.
    setsockopt(result, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
    if (bind(result, (struct sockaddr *)&storage, length) != 0) return failed(result);
    return result;
}

int chost_datagram_connect(const struct chost_endpoint *peer, uint16_t port) {
    struct sockaddr_storage storage;
    struct chost_endpoint local = {.count = peer->count, .port = port};
    int result = open_socket(peer, SOCK_DGRAM);
    if (result < 0) return result;
    socklen_t length = fill(&storage, &local);
    if (bind(result, (struct sockaddr *)&storage, length) != 0) return failed(result);
    length = fill(&storage, peer);
    if (connect(result, (struct sockaddr *)&storage, length) != 0) return failed(result);
    return result;
}

int chost_channel_listen(const struct chost_endpoint *local, int backlog) {
    struct sockaddr_storage storage;
    socklen_t length = fill(&storage, local);
    int on = 1, result = open_socket(local, SOCK_STREAM);
    if (result < 0) return result;
    setsockopt(result, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(result, (struct sockaddr *)&storage, length) != 0) return failed(result);
    if (listen(result, backlog) != 0) return failed(result);
    return result;
}

int chost_channel_connect(const struct chost_endpoint *peer) {
    struct sockaddr_storage storage;
    socklen_t length = fill(&storage, peer);
    int on = 1, result = open_socket(peer, SOCK_STREAM);
    if (result < 0) return result;
    setsockopt(result, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (connect(result, (struct sockaddr *)&storage, length) != 0 && errno != EINPROGRESS)
        return failed(result);
    return result;
}

int chost_channel_accept(int listener, struct chost_endpoint *peer) {
    struct sockaddr_storage storage;
    socklen_t length = sizeof storage;
    int on = 1, result;
    result = accept4(listener, (struct sockaddr *)&storage, &length, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (result < 0) return -errno;
    setsockopt(result, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    take(&storage, peer);
    return result;
}

int chost_local_port(int socket) {
    struct sockaddr_storage storage;
    struct chost_endpoint local;
    socklen_t length = sizeof storage;
    if (getsockname(socket, (struct sockaddr *)&storage, &length) != 0) return -errno;
    take(&storage, &local);
    return local.port;
}

struct chost_datagrams {
    int count, room, answers;
    uint8_t *bytes, *answer_bytes;
    struct sockaddr_storage *peers;
    struct mmsghdr *received, *sent;
    struct iovec *parts, *answer_parts;
};

struct chost_datagrams *chost_datagrams_new(int count, int room) {
    struct chost_datagrams *all = calloc(1, sizeof *all);
    if (!all) return NULL;
    size_t number = (size_t)count;
    all->count = count;
    all->room = room;
    all->bytes = malloc(number * (size_t)room);
    all->answer_bytes = malloc(number * (size_t)room);
    all->peers = calloc(number, sizeof *all->peers);
    all->received = calloc(number, sizeof *all->received);
    all->sent = calloc(number, sizeof *all->sent);
    all->parts = calloc(number, sizeof *all->parts);
    all->answer_parts = calloc(number, sizeof *all->answer_parts);
    if (all->bytes && all->answer_bytes && all->peers && all->received && all->sent && all->parts
        && all->answer_parts)
        return all;
    chost_datagrams_free(all);
    return NULL;
}

void chost_datagrams_free(struct chost_datagrams *all) {
    free(all->bytes);
    free(all->answer_bytes);
    free(all->peers);
    free(all->received);
    free(all->sent);
    free(all->parts);
    free(all->answer_parts);
    free(all);
}

int chost_datagrams_receive(struct chost_datagrams *all, int socket) {
    for (int index = 0; index < all->count; index++) {
        all->parts[index].iov_base = all->bytes + (size_t)index * (size_t)all->room;
        all->parts[index].iov_len = (size_t)all->room;
        struct msghdr *header = &all->received[index].msg_hdr;
        memset(header, 0, sizeof *header);
        header->msg_name = &all->peers[index];
        header->msg_namelen = sizeof all->peers[index];
        header->msg_iov = &all->parts[index];
        header->msg_iovlen = 1;
    }
    all->answers = 0;
    // MSG_TRUNC: the length is what was sent, also when it did not fit.
    int got = recvmmsg(socket, all->received, (unsigned)all->count, MSG_TRUNC, NULL);
    return got < 0 ? -errno : got;
}

const uint8_t *chost_datagram(const struct chost_datagrams *all, int index, int *length) {
    *length = (int)all->received[index].msg_len;
    return all->bytes + (size_t)index * (size_t)all->room;
}

void chost_datagram_peer(
    const struct chost_datagrams *all, int index, struct chost_endpoint *peer) {
    take(&all->peers[index], peer);
}

void chost_datagrams_answer(
    struct chost_datagrams *all, int index, const uint8_t *bytes, int count) {
    if (count > all->room || all->answers >= all->count) return;
    int at = all->answers++;
    uint8_t *to = all->answer_bytes + (size_t)at * (size_t)all->room;
    memcpy(to, bytes, (size_t)count);
    all->answer_parts[at].iov_base = to;
    all->answer_parts[at].iov_len = (size_t)count;
    struct msghdr *header = &all->sent[at].msg_hdr;
    memset(header, 0, sizeof *header);
    header->msg_name = &all->peers[index];
    header->msg_namelen = all->received[index].msg_hdr.msg_namelen;
    header->msg_iov = &all->answer_parts[at];
    header->msg_iovlen = 1;
}

int chost_datagrams_send(struct chost_datagrams *all, int socket) {
    int taken = 0;
    for (int at = 0; at < all->answers;) {
        int put = sendmmsg(socket, all->sent + at, (unsigned)(all->answers - at), MSG_NOSIGNAL);
        if (put < 0 && errno == EINTR) continue;
        if (put < 0 && (errno == EAGAIN || errno == ENOBUFS)) return taken;
        // An asker that is gone (ICMP) loses its answer; the others get theirs.
        at += put > 0 ? put : 1;
        taken += put > 0 ? put : 0;
    }
    return taken;
}

int chost_datagram_send(
    int socket, const struct chost_endpoint *peer, const uint8_t *bytes, int count) {
    struct sockaddr_storage storage;
    socklen_t length = peer ? fill(&storage, peer) : 0;
    const struct sockaddr *to = peer ? (const struct sockaddr *)&storage : NULL;
    ssize_t sent = sendto(socket, bytes, (size_t)count, MSG_NOSIGNAL, to, length);
    return sent < 0 ? -errno : 0;
}

int chost_watch(int queue, int socket, uint64_t token, int events, int again) {
    struct epoll_event event = {.data = {.u64 = token}};
    event.events = (events & 1 ? EPOLLIN | EPOLLRDHUP : 0u) | (events & 2 ? EPOLLOUT : 0u);
    int operation = again ? EPOLL_CTL_MOD : EPOLL_CTL_ADD;
    return epoll_ctl(queue, operation, socket, &event) == 0 ? 0 : -errno;
}

int chost_unwatch(int queue, int socket) {
    return epoll_ctl(queue, EPOLL_CTL_DEL, socket, NULL) == 0 ? 0 : -errno;
}

int chost_watch_wait(int queue, uint64_t *tokens, int *events, int count, int milliseconds) {
    struct epoll_event found[64];
    int got = epoll_wait(queue, found, count < 64 ? count : 64, milliseconds);
    for (int index = 0; index < got; index++) {
        unsigned bits = found[index].events;
        tokens[index] = found[index].data.u64;
        events[index] = (bits & (EPOLLIN | EPOLLRDHUP | EPOLLERR | EPOLLHUP) ? 1 : 0)
            | (bits & (EPOLLOUT | EPOLLERR | EPOLLHUP) ? 2 : 0);
    }
    return got < 0 ? -errno : got;
}
