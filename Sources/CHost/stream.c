#define _GNU_SOURCE
#include "stream_shim.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

int chost_stream_address(const char *host, uint16_t port, uint8_t *to, uint32_t most) {
    struct sockaddr_in four = {.sin_family = AF_INET, .sin_port = htons(port)};
    struct sockaddr_in6 six = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
    if (most < sizeof six) return -EINVAL;
    if (inet_pton(AF_INET, host, &four.sin_addr) == 1) {
        memcpy(to, &four, sizeof four);
        return sizeof four;
    }
    if (inet_pton(AF_INET6, host, &six.sin6_addr) == 1) {
        memcpy(to, &six, sizeof six);
        return sizeof six;
    }
    return -EINVAL;
}

static int open_stream(const uint8_t *address, struct sockaddr_storage *to, uint32_t length) {
    memset(to, 0, sizeof *to);
    if (length > sizeof *to) {
        errno = EINVAL;
        return -1;
    }
    memcpy(to, address, length);
    return socket(to->ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
}

int chost_stream_listen(const uint8_t *address, uint32_t length, int backlog) {
    struct sockaddr_storage to;
    int one = 1, fd = open_stream(address, &to, length);
    if (fd < 0) return -errno;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (to.ss_family == AF_INET6) setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof one);
    if (bind(fd, (struct sockaddr *)&to, length) == 0 && listen(fd, backlog) == 0) return fd;
    int code = errno;
    close(fd);
    return -code;
}

int chost_stream_port(int fd) {
    struct sockaddr_storage name;
    socklen_t length = sizeof name;
    if (getsockname(fd, (struct sockaddr *)&name, &length) != 0) return -errno;
    if (name.ss_family == AF_INET6) return ntohs(((struct sockaddr_in6 *)&name)->sin6_port);
    return ntohs(((struct sockaddr_in *)&name)->sin_port);
}

static void without_delay(int fd) {
    int one = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
}

int chost_stream_connect(const uint8_t *address, uint32_t length, int *pending) {
    struct sockaddr_storage to;
    int fd = open_stream(address, &to, length);
    if (fd < 0) return -errno;
    without_delay(fd);
    *pending = 0;
    if (connect(fd, (struct sockaddr *)&to, length) == 0) return fd;
    if (errno == EINPROGRESS) {
        *pending = 1;
        return fd;
    }
    int code = errno;
    close(fd);
    return -code;
}

int chost_stream_accept(int fd, char *host, uint32_t most) {
    struct sockaddr_storage peer;
    socklen_t length = sizeof peer;
    int one = accept4(fd, (struct sockaddr *)&peer, &length, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (one < 0) return -errno;
    without_delay(one);
    const void *bytes = peer.ss_family == AF_INET6
        ? (const void *)&((struct sockaddr_in6 *)&peer)->sin6_addr
        : (const void *)&((struct sockaddr_in *)&peer)->sin_addr;
    if (!inet_ntop(peer.ss_family, bytes, host, most)) snprintf(host, most, "unknown");
    return one;
}

long chost_stream_read(int fd, void *to, size_t most) {
    ssize_t count;
    do count = recv(fd, to, most, 0);
    while (count < 0 && errno == EINTR);
    return count < 0 ? -errno : count;
}

long chost_stream_write(int fd, const void *from, size_t count) {
    ssize_t sent;
    do sent = send(fd, from, count, MSG_NOSIGNAL);
    while (sent < 0 && errno == EINTR);
    return sent < 0 ? -errno : sent;
}

int chost_stream_quiet(int fd) {
    char byte;
    return recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0
        && (errno == EAGAIN || errno == EWOULDBLOCK);
}

int chost_stream_error(int fd) {
    int code = 0;
    socklen_t length = sizeof code;
    if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &code, &length) != 0) return errno;
    return code;
}

int chost_stream_finish(int fd) { return shutdown(fd, SHUT_WR) == 0 ? 0 : -errno; }

int chost_stream_reset(int fd) {
    struct linger now = {.l_onoff = 1, .l_linger = 0};
    return setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now) == 0 ? 0 : -errno;
}

void chost_stream_close(int fd) { close(fd); }

static int follow(int epoll, int fd, uint32_t events, uint64_t token) {
    struct epoll_event event = {.events = events, .data.u64 = token};
    return epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) == 0 ? 0 : -errno;
}

int chost_edge_add(int epoll, int fd, uint64_t token) {
    return follow(epoll, fd, EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, token);
}

int chost_edge_listen(int epoll, int fd, uint64_t token) {
    return follow(epoll, fd, EPOLLIN | EPOLLEXCLUSIVE, token);
}

int chost_edge_remove(int epoll, int fd) {
    return epoll_ctl(epoll, EPOLL_CTL_DEL, fd, NULL) == 0 ? 0 : -errno;
}

int chost_edge_wait(int epoll, uint64_t *tokens, uint32_t *ready, int most, int milliseconds) {
    struct epoll_event events[256];
    if (most > 256) most = 256;
    int count = epoll_wait(epoll, events, most, milliseconds);
    if (count < 0) return errno == EINTR ? 0 : -errno;
    for (int index = 0; index < count; index++) {
        uint32_t bits = events[index].events, what = 0;
        if (bits & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR)) what |= CHOST_READY_READ;
        if (bits & (EPOLLOUT | EPOLLHUP | EPOLLERR)) what |= CHOST_READY_WRITE;
        if (bits & (EPOLLHUP | EPOLLERR)) what |= CHOST_READY_GONE;
        if (bits & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) what |= CHOST_READY_END;
        tokens[index] = events[index].data.u64;
        ready[index] = what;
    }
    return count;
}
