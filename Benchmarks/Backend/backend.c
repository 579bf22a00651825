// The backend of `Scripts/bench --only balance`: answers each request of HTTP/1.1 at once, on one
// thread, with a body of fixed size. `backend PORT BYTES`. Requests have no body.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

static char answer[1 << 16];
static size_t length;

static void fail(const char *what) {
    perror(what);
    exit(1);
}

// Answers each head that is whole: wrk and the balancers send one at a time, in one piece.
static int serve(int fd) {
    char bytes[16384];
    for (;;) {
        ssize_t count = recv(fd, bytes, sizeof bytes, 0);
        if (count == 0) return -1;
        if (count < 0) return errno == EAGAIN || errno == EINTR ? 0 : -1;
        const char *at = bytes, *end = bytes + count;
        while ((at = memmem(at, end - at, "\r\n\r\n", 4)) != NULL) {
            at += 4;
            if (send(fd, answer, length, MSG_NOSIGNAL) != (ssize_t)length) return -1;
        }
        if (count < (ssize_t)sizeof bytes) return 0;
    }
}

int main(int count, char **words) {
    if (count != 3) return 2;
    int one = 1, body = atoi(words[2]);
    if (body < 0 || body > 60000) return 2;
    length = (size_t)snprintf(
        answer, sizeof answer,
        "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n\r\n", body);
    memset(answer + length, 'x', (size_t)body);
    length += (size_t)body;
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(words[1])),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), poll = epoll_create1(0);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(listener, (struct sockaddr *)&address, sizeof address) != 0) fail("bind");
    if (listen(listener, 1024) != 0) fail("listen");
    struct epoll_event event = {.events = EPOLLIN, .data.fd = listener}, events[256];
    epoll_ctl(poll, EPOLL_CTL_ADD, listener, &event);
    for (;;) {
        int ready = epoll_wait(poll, events, 256, -1);
        for (int index = 0; index < ready; index++) {
            int fd = events[index].data.fd;
            if (fd != listener) {
                if (serve(fd) < 0) close(fd);
                continue;
            }
            while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0) {
                setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
                event.data.fd = fd;
                epoll_ctl(poll, EPOLL_CTL_ADD, fd, &event);
            }
        }
    }
}
