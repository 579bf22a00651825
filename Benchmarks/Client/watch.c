// From a command to its subscribers, and from a fork to its subscriber.
#define _GNU_SOURCE
#include "client.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

/// A note's text begins with the time it was sent, in so many digits: also its identity.
enum { digits = 20, sentMost = 1 << 22 };
static const char textMark[] = "\"text\":\"";

/// The notes sent, and how many subscribers have seen how much of them.
struct watch {
    uint64_t *sent;      // when, in order
    uint64_t *lastSeen;  // when the last subscriber saw it
    int sentCount;
    uint64_t got, skipped;
    struct histogram *each;
};

/// A subscriber, and the note it expects next.
struct subscriber {
    struct connection connection;
    int expects;
};

static void pause_ms(long milliseconds) {
    struct timespec time = {milliseconds / 1000, milliseconds % 1000 * 1000000};
    nanosleep(&time, NULL);
}

/// A change says the old text beside the new one; only what is later than all before counts.
static void seen(struct watch *watch, struct subscriber *subscriber, uint64_t stamp, uint64_t time) {
    int index = subscriber->expects;
    if (index >= watch->sentCount || stamp < watch->sent[index]) return;
    while (index < watch->sentCount && watch->sent[index] != stamp) index++, watch->skipped++;
    if (index == watch->sentCount) die("a note that was never sent: %llu",
        (unsigned long long)stamp);
    subscriber->expects = index + 1;
    note(watch->each, time - stamp);
    watch->lastSeen[index] = time;
    watch->got++;
}

/// Where reading goes on: at a mark that has not all come, or at what may begin one.
static char *unread(char *at, char *found, char *end, size_t mark) {
    if (found) return found;
    return end - at < (ptrdiff_t)mark ? at : end - (mark - 1);
}

static void readStream(struct watch *watch, struct subscriber *subscriber) {
    struct connection *connection = &subscriber->connection;
    if (receive(connection) == 0) return;
    uint64_t time = now();
    char *data = connection->in.data, *end = data + connection->in.used, *at = data, *found;
    const size_t mark = sizeof textMark - 1;
    while ((found = memmem(at, (size_t)(end - at), textMark, mark))) {
        if ((size_t)(end - found) <= mark + digits) break;
        char *rest;
        uint64_t stamp = strtoull(found + mark, &rest, 10);
        if (rest == found + mark + digits) seen(watch, subscriber, stamp, time);
        at = found + mark;
    }
    dropFront(connection, (size_t)(unread(at, found, end, mark) - data));
}

static void sendNote(struct watch *watch, struct connection *writer, const struct options *options) {
    static struct bytes request, body;
    char head[digits + 1];
    if (watch->sentCount == sentMost) die("more than %d notes", sentMost);
    uint64_t time = now();
    snprintf(head, sizeof head, "%0*llu", digits, (unsigned long long)time);
    request.used = body.used = 0;
    put(&body, "{\"commands\":[");
    putNote(&body, options, "apply", "w", head);
    put(&body, "]}");
    putRequest(&request, options, "POST", "/v1/commands", &body);
    watch->sent[watch->sentCount++] = time;
    sendAll(writer, request.data, request.used);
}

static int answered(struct connection *writer) {
    struct answer answer;
    receive(writer);
    if (!takeAnswer(writer, &answer)) return 0;
    if (answer.status != 200)
        die("watch: status %d, %.*s", answer.status, (int)answer.length, answer.body);
    dropFront(writer, answer.whole);
    return 1;
}

static struct subscriber *subscribeAll(const struct options *options, int poll) {
    struct subscriber *all = calloc((size_t)options->connections, sizeof *all);
    for (int i = 0; i < options->connections; i++) {
        all[i].connection = openConnection(options);
        subscribe(&all[i].connection, options,
            "/v1/subscribe?type=note&namespace=/bench&from=now");
        struct epoll_event event = {.events = EPOLLIN, .data.ptr = &all[i]};
        epoll_ctl(poll, EPOLL_CTL_ADD, all[i].connection.fd, &event);
    }
    pause_ms(200);
    return all;
}

/// Nanoseconds until the next note is due.
static int64_t untilDue(const struct watch *watch, const struct options *options, uint64_t start) {
    if (options->rate <= 0) return 0;
    return (int64_t)(start - now()) + (int64_t)(watch->sentCount / options->rate * 1e9);
}

/// Sends one note at a time until the time is over, then waits for what is still under way.
/// Gives the seconds of sending.
static double turn(struct watch *watch, const struct options *options, int poll,
    struct connection *writer, uint64_t start) {
    uint64_t end = start + (uint64_t)(options->seconds * 1e9), last = end + 5000000000u;
    double sending = 0;
    int busy = 0;
    while (now() < last) {
        if (!busy && now() >= end && sending == 0) sending = (double)(now() - start) / 1e9;
        uint64_t wanted = (uint64_t)watch->sentCount * (unsigned)options->connections;
        if (!busy && sending > 0 && watch->got + watch->skipped >= wanted) break;
        int64_t wait = busy || sending > 0 ? 100000000 : untilDue(watch, options, start);
        if (!busy && sending == 0 && wait <= 0) {
            sendNote(watch, writer, options);
            busy = 1;
            continue;
        }
        struct epoll_event events[128];
        struct timespec time = {0, wait < 999999999 ? wait : 999999999};
        int count = epoll_pwait2(poll, events, 128, &time, NULL);
        for (int i = 0; i < count; i++) {
            if (events[i].data.ptr) readStream(watch, events[i].data.ptr);
            else if (answered(writer)) busy = 0;
        }
    }
    return sending;
}

void watchNotes(const struct options *options) {
    struct watch watch = {
        .sent = calloc(sentMost, sizeof(uint64_t)), .lastSeen = calloc(sentMost, sizeof(uint64_t)),
        .each = calloc(1, sizeof(struct histogram)),
    };
    int poll = epoll_create1(EPOLL_CLOEXEC);
    struct connection writer = openConnection(options);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = NULL};
    epoll_ctl(poll, EPOLL_CTL_ADD, writer.fd, &event);
    subscribeAll(options, poll);
    uint64_t start = now();
    double sending = turn(&watch, options, poll, &writer, start);
    double seconds = (double)(now() - start) / 1e9;
    struct histogram *last = calloc(1, sizeof *last);
    for (int i = 0; i < watch.sentCount; i++)
        if (watch.lastSeen[i]) note(last, watch.lastSeen[i] - watch.sent[i]);
    printf("events=%.1f puts=%.1f sent=%d got=%llu skipped=%llu evp50us=%.1f evp99us=%.1f "
        "lastp50us=%.1f lastp99us=%.1f\n",
        (double)watch.got / seconds, watch.sentCount / sending, watch.sentCount,
        (unsigned long long)watch.got, (unsigned long long)watch.skipped,
        quantile(watch.each, .5), quantile(watch.each, .99), quantile(last, .5),
        quantile(last, .99));
}

// Forks.

enum { pidMost = 1 << 22 };

/// A process that was forked, and the moment before.
struct birth {
    uint64_t time;
    pid_t pid;
};

/// Forks and executes /bin/true at the rate asked for; each birth goes into `pipe`.
static void spawnAll(const struct options *options, int pipe) {
    uint64_t start = now();
    int count = (int)(options->seconds * options->rate);
    char *words[] = {"/bin/true", NULL};
    for (int i = 0; i < count; i++) {
        int64_t wait = (int64_t)(start - now()) + (int64_t)(i / options->rate * 1e9);
        struct timespec time = {wait > 0 ? wait / 1000000000 : 0, wait > 0 ? wait % 1000000000 : 0};
        nanosleep(&time, NULL);
        struct birth birth = {.time = now()};
        if (posix_spawn(&birth.pid, words[0], NULL, NULL, words, environ) != 0) _exit(1);
        if (write(pipe, &birth, sizeof birth) != sizeof birth) _exit(1);
        waitpid(birth.pid, NULL, 0);
    }
    _exit(0);
}

/// Notes when each pid was first named by the stream.
static void readNames(struct connection *connection, uint64_t *arrived) {
    static const char mark[] = "\"name\":\"";
    const size_t length = sizeof mark - 1;
    if (receive(connection) == 0) return;
    uint64_t time = now();
    char *data = connection->in.data, *end = data + connection->in.used, *at = data, *found;
    while ((found = memmem(at, (size_t)(end - at), mark, length))) {
        if ((size_t)(end - found) < length + 12) break;
        char *rest;
        unsigned long pid = strtoul(found + length, &rest, 10);
        if (isdigit((unsigned char)found[length]) && *rest == '"' && pid < pidMost && !arrived[pid])
            arrived[pid] = time;
        at = found + length;
    }
    dropFront(connection, (size_t)(unread(at, found, end, length) - data));
}

void watchForks(const struct options *given) {
    struct options options = *given;
    if (options.rate <= 0) options.rate = 100;
    uint64_t *arrived = calloc(pidMost, sizeof *arrived);
    struct connection connection = openConnection(&options);
    subscribe(&connection, &options, "/v1/subscribe?type=process&from=now");
    pause_ms(200);
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) die("pipe: %s", strerror(errno));
    pid_t child = fork();
    if (child == 0) spawnAll(&options, ends[1]);
    if (child < 0) die("fork: %s", strerror(errno));
    close(ends[1]);
    int count = (int)(options.seconds * options.rate), born = 0;
    struct birth *births = calloc((size_t)count, sizeof *births);
    int poll = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event stream = {.events = EPOLLIN, .data.fd = connection.fd};
    struct epoll_event pipe = {.events = EPOLLIN, .data.fd = ends[0]};
    epoll_ctl(poll, EPOLL_CTL_ADD, connection.fd, &stream);
    epoll_ctl(poll, EPOLL_CTL_ADD, ends[0], &pipe);
    uint64_t last = 0;  // one second after the last fork is late enough
    while (last == 0 || now() < last) {
        struct epoll_event event;
        if (epoll_wait(poll, &event, 1, 100) < 1) continue;
        if (event.data.fd == connection.fd) {
            readNames(&connection, arrived);
        } else if (born == count
            || read(ends[0], &births[born], sizeof *births) != (ssize_t)sizeof *births) {
            epoll_ctl(poll, EPOLL_CTL_DEL, ends[0], NULL);
            last = now() + 1000000000u;
        } else {
            born++;
        }
    }
    waitpid(child, NULL, 0);
    struct histogram *histogram = calloc(1, sizeof *histogram);
    for (int i = 0; i < born; i++) {
        uint64_t time = births[i].pid < pidMost ? arrived[births[i].pid] : 0;
        if (time > births[i].time) note(histogram, time - births[i].time);
    }
    printf("forks=%d seen=%llu p50us=%.1f p99us=%.1f\n", born,
        (unsigned long long)histogram->total, quantile(histogram, .5), quantile(histogram, .99));
}
