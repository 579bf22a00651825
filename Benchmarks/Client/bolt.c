// Statements over Bolt 5.4: each connection sends RUN and PULL in one write, with a random number
// as the parameter `number`, and the next when all rows of the last have come.
#define _GNU_SOURCE
#include "client.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

enum { success = 0x70, record = 0x71, failure = 0x7f, run = 0x10, pull = 0x3f, hello = 1, logon = 0x6a };

static void putByte(struct bytes *bytes, unsigned value) {
    char byte = (char)value;
    putRaw(bytes, &byte, 1);
}

static void putBig(struct bytes *bytes, uint32_t value, int count) {
    while (count-- > 0) putByte(bytes, value >> (8 * count) & 0xff);
}

static void putText(struct bytes *bytes, const char *text) {
    size_t length = strlen(text);
    putByte(bytes, 0xd1);
    putBig(bytes, (uint32_t)length, 2);
    putRaw(bytes, text, length);
}

static void putPair(struct bytes *bytes, const char *key, const char *value) {
    putText(bytes, key);
    putText(bytes, value);
}

static size_t beginMessage(struct bytes *bytes, unsigned tag, unsigned fields) {
    size_t start = bytes->used;
    putBig(bytes, 0, 2);
    putByte(bytes, 0xb0 + fields);
    putByte(bytes, tag);
    return start;
}

/// One chunk and the mark of the end.
static void endMessage(struct bytes *bytes, size_t start) {
    size_t length = bytes->used - start - 2;
    if (length > 0xffff) die("a message of %zu bytes", length);
    bytes->data[start] = (char)(length >> 8);
    bytes->data[start + 1] = (char)length;
    putBig(bytes, 0, 2);
}

/// Takes a whole message off the buffer, from `*at` on: its tag, or -1 when it has not all come.
static int takeMessage(const struct bytes *in, size_t *at) {
    const unsigned char *data = (const unsigned char *)in->data;
    size_t place = *at;
    int tag = -1;
    while (place + 2 <= in->used) {
        size_t length = (size_t)data[place] << 8 | data[place + 1];
        place += 2;
        if (length == 0) {
            *at = place;  // without a tag it was only a sign of life
            if (tag >= 0) return tag;
            continue;
        }
        if (place + length > in->used) return -1;
        if (tag < 0 && length > 1) tag = data[place + 1];
        place += length;
    }
    return -1;
}

static void refused(const struct bytes *in, size_t from) {
    size_t length = in->used - from < 300 ? in->used - from : 300;
    for (size_t i = from; i < from + length; i++)
        if (in->data[i] < ' ') in->data[i] = ' ';
    die("the server says: %.*s", (int)length, in->data + from);
}

/// Reads until so many messages have come; a failure ends the program.
static void await(struct connection *connection, int messages) {
    while (messages > 0) {
        size_t at = 0;
        int tag = takeMessage(&connection->in, &at);
        if (tag == failure) refused(&connection->in, 0);
        if (tag < 0) {
            waitReadable(connection);
            receive(connection);
            continue;
        }
        dropFront(connection, at);
        messages--;
    }
}

static struct connection logOn(const struct options *options) {
    static const char hands[20] = {0x60, 0x60, (char)0xb0, 0x17, 0, 0, 4, 5};
    struct connection connection = openConnection(options);
    sendAll(&connection, hands, sizeof hands);
    while (connection.in.used < 4) {
        waitReadable(&connection);
        receive(&connection);
    }
    if (memcmp(connection.in.data, hands + 4, 4) != 0) die("the server speaks no Bolt 5.4");
    dropFront(&connection, 4);
    struct bytes request = {0};
    size_t start = beginMessage(&request, hello, 1);
    putByte(&request, 0xa1);
    putPair(&request, "user_agent", "pisces-load/1");
    endMessage(&request, start);
    start = beginMessage(&request, logon, 1);
    putByte(&request, 0xa3);
    putPair(&request, "scheme", "basic");
    putPair(&request, "principal", "load");
    putPair(&request, "credentials", options->token ? options->token : "");
    endMessage(&request, start);
    sendAll(&connection, request.data, request.used);
    await(&connection, 2);
    free(request.data);
    return connection;
}

struct question {
    const struct options *options;
    struct bytes request;
    uint64_t random;
};

static void ask(struct question *question, struct connection *connection) {
    struct bytes *request = &question->request;
    question->random = question->random * 6364136223846793005u + 1442695040888963407u;
    request->used = 0;
    size_t start = beginMessage(request, run, 3);
    putText(request, question->options->statement);
    putByte(request, 0xa1);
    putText(request, "number");
    putByte(request, 0xca);
    putBig(request, (uint32_t)((question->random >> 33) % (uint64_t)question->options->names), 4);
    putByte(request, 0xa0);
    endMessage(request, start);
    start = beginMessage(request, pull, 1);
    putByte(request, 0xa1);
    putText(request, "n");
    putByte(request, 0xff);  // -1: all rows
    endMessage(request, start);
    connection->began = now();
    sendAll(connection, request->data, request->used);
}

/// Counts the rows of a whole answer; -1 when it has not all come.
static int64_t takeRows(struct connection *connection) {
    size_t at = 0, before = 0;
    int64_t rows = 0;
    int ends = 0, tag;
    while (ends < 2 && (tag = takeMessage(&connection->in, &at)) >= 0) {
        if (tag == record) rows++;
        else if (tag == success) ends++;
        else refused(&connection->in, before);
        before = at;
    }
    if (ends < 2) return -1;
    dropFront(connection, at);
    return rows;
}

void askBolt(const struct options *options) {
    if (!options->statement) die("bolt needs -q, a statement");
    struct question question = {.options = options, .random = now()};
    struct connection *all = calloc((size_t)options->connections, sizeof *all);
    struct histogram *histogram = calloc(1, sizeof *histogram);
    int poll = epoll_create1(EPOLL_CLOEXEC);
    for (int i = 0; i < options->connections; i++) {
        all[i] = logOn(options);
        struct epoll_event event = {.events = EPOLLIN, .data.ptr = &all[i]};
        epoll_ctl(poll, EPOLL_CTL_ADD, all[i].fd, &event);
    }
    uint64_t start = now(), end = start + (uint64_t)(options->seconds * 1e9);
    for (int i = 0; i < options->connections; i++) ask(&question, &all[i]);
    int64_t rows = 0;
    int open = options->connections;
    while (open > 0) {
        struct epoll_event events[256];
        int count = epoll_wait(poll, events, 256, 30000);
        if (count == 0) die("no answer within 30 s");
        for (int i = 0; i < count; i++) {
            struct connection *connection = events[i].data.ptr;
            if (receive(connection) == 0) continue;
            int64_t got = takeRows(connection);
            if (got < 0) continue;
            uint64_t time = now();
            note(histogram, time - connection->began);
            rows += got;
            if (time < end) ask(&question, connection);
            else open--;
        }
    }
    double seconds = (double)(now() - start) / 1e9;
    printf("ops=%.1f n=%llu rows=%lld p50us=%.1f p99us=%.1f\n",
        (double)histogram->total / seconds, (unsigned long long)histogram->total,
        (long long)rows, quantile(histogram, .5), quantile(histogram, .99));
}
