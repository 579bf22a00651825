// The hello app: an HTTP/1.1 server that says who it is. One connection at a time, one request a
// connection, a bound and a deadline on each.
//
//   GET /         hello from <task>, pid <pid>, port <port>
//   GET /healthz  ok
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

enum { REQUEST_BYTES = 8192, REPLY_BYTES = 1024, DEADLINE_SECONDS = 5, BACKLOG = 128 };

static volatile sig_atomic_t stopping;
static int listener = -1;

static void stop(int signal) {
    (void)signal;
    stopping = 1;
    // accept() then returns, whenever the signal came.
    shutdown(listener, SHUT_RDWR);
}

static int listen_on(int port) {
    int one = 1;
    struct sockaddr_in address = {0};
    address.sin_family = AF_INET;
    address.sin_port = htons((uint16_t)port);
    // Where a fleet balances over machines, others must reach it.
    const char *host = getenv("HOST");
    if (!host || inet_pton(AF_INET, host, &address.sin_addr) != 1)
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int file = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (file < 0) return -1;
    setsockopt(file, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(file, (struct sockaddr *)&address, sizeof address) || listen(file, BACKLOG)) {
        close(file);
        return -1;
    }
    return file;
}

static void send_all(int file, const char *text, size_t length) {
    while (length > 0) {
        ssize_t sent = send(file, text, length, MSG_NOSIGNAL);
        if (sent <= 0) return;
        text += sent;
        length -= (size_t)sent;
    }
}

static void reply(int file, const char *status, const char *body) {
    char text[REPLY_BYTES];
    int length = snprintf(
        text, sizeof text,
        "HTTP/1.1 %s\r\nContent-Type: text/plain\r\nContent-Length: %zu\r\n"
        "Connection: close\r\n\r\n%s",
        status, strlen(body), body);
    if (length > 0 && length < (int)sizeof text) send_all(file, text, (size_t)length);
}

/// Reads up to the empty line that ends the head. 0 when it is there.
static int read_head(int file, char *text) {
    size_t length = 0;
    while (length < REQUEST_BYTES - 1) {
        ssize_t count = recv(file, text + length, REQUEST_BYTES - 1 - length, 0);
        if (count <= 0) return -1;
        length += (size_t)count;
        text[length] = 0;
        if (strstr(text, "\r\n\r\n")) return 0;
    }
    reply(file, "431 Request Header Fields Too Large", "the request is too large\n");
    return -1;
}

static void answer(int file, const char *task, int port) {
    char text[REQUEST_BYTES];
    char body[512];
    struct timeval deadline = {.tv_sec = DEADLINE_SECONDS};
    setsockopt(file, SOL_SOCKET, SO_RCVTIMEO, &deadline, sizeof deadline);
    setsockopt(file, SOL_SOCKET, SO_SNDTIMEO, &deadline, sizeof deadline);
    if (read_head(file, text)) return;
    if (strncmp(text, "GET /healthz ", 13) == 0) {
        reply(file, "200 OK", "ok\n");
    } else if (strncmp(text, "GET / ", 6) == 0) {
        snprintf(
            body, sizeof body, "hello from %.200s, pid %d, port %d\n", task, (int)getpid(), port);
        reply(file, "200 OK", body);
    } else {
        reply(file, "404 Not Found", "there is / and /healthz\n");
    }
}

int main(int count, char **arguments) {
    const char *task = getenv("TASK");
    char *end = NULL;
    long port = count == 3 && strcmp(arguments[1], "--port") == 0
        ? strtol(arguments[2], &end, 10) : 0;
    if (!end || *end || port < 1 || port > 65535) {
        fprintf(stderr, "usage: hello --port <1 to 65535>\n");
        return 2;
    }
    listener = listen_on((int)port);
    if (listener < 0) {
        fprintf(stderr, "hello: cannot listen on port %ld: %s\n", port, strerror(errno));
        return 1;
    }
    struct sigaction action = {.sa_handler = stop};
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
    printf("%s listens on 127.0.0.1:%ld\n", task ? task : "hello", port);
    fflush(stdout);
    while (!stopping) {
        int file = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
        if (file < 0) continue;
        answer(file, task ? task : "hello", (int)port);
        close(file);
    }
    printf("stopped\n");
    return 0;
}
