#define _GNU_SOURCE
#include "client.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <arpa/inet.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

uint64_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

void die(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    fputs("load: ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    exit(1);
}

void note(struct histogram *histogram, uint64_t nanoseconds) {
    unsigned power = 63 - (unsigned)__builtin_clzll(nanoseconds | 64);
    histogram->counts[(power - 6) * 64 + ((nanoseconds >> (power - 6)) & 63)
        + (nanoseconds >= 64 ? 64 : 0)]++;
    histogram->total++;
}

double quantile(const struct histogram *histogram, double share) {
    uint64_t wanted = (uint64_t)((double)histogram->total * share), seen = 0;
    for (unsigned i = 0; i < 64 * 64; i++) {
        seen += histogram->counts[i];
        if (seen <= wanted) continue;
        if (i < 64) return i / 1e3;
        unsigned power = (i - 64) / 64;
        return (double)((uint64_t)(64 + (i & 63)) << power) / 1e3;
    }
    return 0;
}

void reserve(struct bytes *bytes, size_t more) {
    if (bytes->used + more <= bytes->capacity) return;
    size_t capacity = bytes->capacity ? bytes->capacity : 4096;
    while (capacity < bytes->used + more) capacity *= 2;
    bytes->data = realloc(bytes->data, capacity);
    if (!bytes->data) die("out of memory at %zu bytes", capacity);
    bytes->capacity = capacity;
}

void putRaw(struct bytes *bytes, const void *data, size_t count) {
    reserve(bytes, count);
    memcpy(bytes->data + bytes->used, data, count);
    bytes->used += count;
}

void put(struct bytes *bytes, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    reserve(bytes, 512);
    int count = vsnprintf(bytes->data + bytes->used, 512, format, arguments);
    va_end(arguments);
    if (count < 0 || count >= 512) die("a piece of %d bytes; the limit is 511", count);
    bytes->used += (size_t)count;
}

int tryConnect(const char *target) {
    union {
        struct sockaddr any;
        struct sockaddr_in tcp;
        struct sockaddr_un local;
    } address = {0};
    socklen_t length;
    if (strncmp(target, "unix:", 5) == 0) {
        if (strlen(target + 5) >= sizeof address.local.sun_path) die("%s is too long", target);
        address.local.sun_family = AF_UNIX;
        strcpy(address.local.sun_path, target + 5);
        length = sizeof address.local;
    } else {
        const char *colon = strrchr(target, ':');
        char host[64] = {0};
        if (!colon || (size_t)(colon - target) >= sizeof host) die("%s is not HOST:PORT", target);
        memcpy(host, target, (size_t)(colon - target));
        address.tcp.sin_family = AF_INET;
        address.tcp.sin_port = htons((uint16_t)atoi(colon + 1));
        if (inet_pton(AF_INET, host, &address.tcp.sin_addr) != 1) die("%s is no address", host);
        length = sizeof address.tcp;
    }
    int fd = socket(address.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) die("socket: %s", strerror(errno));
    if (connect(fd, &address.any, length) != 0) {
        close(fd);
        return -1;
    }
    int on = 1;
    if (address.any.sa_family == AF_INET)
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return fd;
}

struct connection openConnection(const struct options *options) {
    struct connection connection = {.fd = tryConnect(options->target)};
    if (connection.fd < 0) die("connect to %s: %s", options->target, strerror(errno));
    return connection;
}

void sendAll(struct connection *connection, const char *data, size_t count) {
    while (count > 0) {
        ssize_t sent = send(connection->fd, data, count, MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR) continue;
        if (sent < 0) die("send: %s", strerror(errno));
        data += sent;
        count -= (size_t)sent;
    }
}

size_t receive(struct connection *connection) {
    struct bytes *in = &connection->in;
    reserve(in, 65536);
    ssize_t got = recv(connection->fd, in->data + in->used, in->capacity - in->used, MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return 0;
    if (got < 0) die("receive: %s", strerror(errno));
    if (got == 0) die("the node closed the connection: %.*s", (int)in->used, in->data);
    in->used += (size_t)got;
    return (size_t)got;
}

void waitReadable(const struct connection *connection) {
    struct pollfd wanted = {.fd = connection->fd, .events = POLLIN};
    if (poll(&wanted, 1, 30000) == 0) die("no answer within 30 s");
}

size_t headLength(const struct connection *connection, int *status) {
    const struct bytes *in = &connection->in;
    const char *end = in->used ? memmem(in->data, in->used, "\r\n\r\n", 4) : NULL;
    if (!end) return 0;
    if (in->used < 12 || memcmp(in->data, "HTTP/1.1 ", 9) != 0) die("the answer is no HTTP/1.1");
    *status = atoi(in->data + 9);
    return (size_t)(end - in->data) + 4;
}

int takeAnswer(struct connection *connection, struct answer *answer) {
    size_t head = headLength(connection, &answer->status);
    if (head == 0) return 0;
    char *data = connection->in.data;
    data[head - 1] = 0;  // ends the head for the search; put back below
    char *field = strcasestr(data, "\r\ncontent-length:");
    data[head - 1] = '\n';
    if (!field) die("an answer without content-length");
    answer->length = strtoul(field + 17, NULL, 10);
    answer->body = data + head;
    answer->whole = head + answer->length;
    return connection->in.used >= answer->whole;
}

void dropFront(struct connection *connection, size_t count) {
    struct bytes *in = &connection->in;
    memmove(in->data, in->data + count, in->used - count);
    in->used -= count;
}

void putRequest(
    struct bytes *bytes, const struct options *options, const char *method, const char *path,
    const struct bytes *body) {
    put(bytes, "%s %s HTTP/1.1\r\nhost: node\r\n", method, path);
    if (options->token) put(bytes, "authorization: Bearer %s\r\n", options->token);
    if (body) {
        put(bytes, "content-type: application/json\r\ncontent-length: %zu\r\n\r\n", body->used);
        putRaw(bytes, body->data, body->used);
    } else {
        put(bytes, "\r\n");
    }
}

struct answer call(
    struct connection *connection, const struct options *options, const char *method,
    const char *path, const struct bytes *body) {
    struct bytes request = {0};
    putRequest(&request, options, method, path, body);
    sendAll(connection, request.data, request.used);
    free(request.data);
    struct answer answer;
    connection->in.used = 0;
    while (!takeAnswer(connection, &answer)) {
        waitReadable(connection);
        receive(connection);
    }
    return answer;
}

void subscribe(struct connection *connection, const struct options *options, const char *path) {
    struct bytes request = {0};
    putRequest(&request, options, "GET", path, NULL);
    sendAll(connection, request.data, request.used);
    free(request.data);
    int status = 0;
    size_t head;
    while ((head = headLength(connection, &status)) == 0) {
        waitReadable(connection);
        receive(connection);
    }
    if (status != 200) die("GET %s: %.*s", path, (int)connection->in.used, connection->in.data);
    if (memmem(connection->in.data, head, "chunked", 7)) die("the stream is chunked");
    dropFront(connection, head);
}

void putNote(
    struct bytes *bytes, const struct options *options, const char *verb, const char *name,
    const char *head) {
    put(bytes, "{\"%s\":{\"type\":\"note\",\"namespace\":\"/bench\",\"name\":\"%s\","
        "\"data\":{\"text\":\"%s", verb, name, head);
    int rest = options->valueBytes - (int)strlen(head);
    reserve(bytes, rest > 0 ? (size_t)rest : 0);
    for (int i = 0; i < rest; i++) bytes->data[bytes->used++] = (char)('a' + i % 26);
    put(bytes, "\"}}}");
}
