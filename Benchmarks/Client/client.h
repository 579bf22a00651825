// The load client of Pisces: what its modes share. One thread, epoll, HTTP/1.1 on a TCP port of
// 127.0.0.1 (with a bearer token) or on the node's Unix socket.
#pragma once

#include <stddef.h>
#include <stdint.h>

/// What was asked for on the command line.
struct options {
    const char *mode;
    const char *target;   // HOST:PORT or unix:PATH
    const char *token;    // from PISCES_TOKEN; NULL on the Unix socket
    const char *idsFile;  // identifiers of the seeded notes, one a line; of `post`, the bodies
    const char *statement;  // of mode `bolt`
    int connections;
    int batch;            // commands in a request
    int valueBytes;       // of the field `text`
    int names;            // how many notes `put` overwrites, and numbers `bolt` asks for
    double seconds;
    double rate;          // per second; 0 is as fast as answers come
    char **program;       // of mode `picture`
};

/// Nanoseconds of the monotonic clock, which all processes of the machine share.
uint64_t now(void);
/// Says why and ends the program: a load that met an error has no figure.
_Noreturn void die(const char *format, ...) __attribute__((format(printf, 1, 2)));

/// Counts of durations in buckets of 1/64 of their power of two: at most 1.6 % off.
struct histogram {
    uint64_t counts[64 * 64];
    uint64_t total;
};
void note(struct histogram *histogram, uint64_t nanoseconds);
/// The duration that `share` of all are at or below, in microseconds.
double quantile(const struct histogram *histogram, double share);

/// A growing buffer of bytes.
struct bytes {
    char *data;
    size_t used, capacity;
};
void reserve(struct bytes *bytes, size_t more);
void put(struct bytes *bytes, const char *format, ...) __attribute__((format(printf, 2, 3)));
void putRaw(struct bytes *bytes, const void *data, size_t count);

/// One connection with at most one request in flight.
struct connection {
    int fd;
    struct bytes in;
    uint64_t began;  // when the request in flight was sent
};
/// Connects; -1 in `fd` when nobody listens.
int tryConnect(const char *target);
struct connection openConnection(const struct options *options);
void sendAll(struct connection *connection, const char *data, size_t count);
/// Reads what is there without waiting. Gives the count; 0 when nothing was there.
size_t receive(struct connection *connection);
void waitReadable(const struct connection *connection);

/// An answer in a connection's buffer, valid until the next receive.
struct answer {
    int status;
    char *body;
    size_t length;
    size_t whole;  // head and body
};
/// Takes a whole answer off the buffer's front; 0 when it has not all come yet.
int takeAnswer(struct connection *connection, struct answer *answer);
/// The head's length once all of it has come; 0 before.
size_t headLength(const struct connection *connection, int *status);
void dropFront(struct connection *connection, size_t count);

/// Appends a whole request. `body` may be NULL.
void putRequest(
    struct bytes *bytes, const struct options *options, const char *method, const char *path,
    const struct bytes *body);
/// Sends a request and waits for the answer.
struct answer call(
    struct connection *connection, const struct options *options, const char *method,
    const char *path, const struct bytes *body);
/// Subscribes and waits until the stream has begun.
void subscribe(struct connection *connection, const struct options *options, const char *path);

/// Appends `{"<verb>": {a note of that name}}`; its text begins with `head`.
void putNote(
    struct bytes *bytes, const struct options *options, const char *verb, const char *name,
    const char *head);

void closedLoop(const struct options *options);
void seed(const struct options *options);
void postLines(const struct options *options);
void askBolt(const struct options *options);
void watchNotes(const struct options *options);
void watchForks(const struct options *options);
void stormProcesses(const struct options *options);
void firstPicture(const struct options *options);
