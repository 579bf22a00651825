// Loads a node through its API and prints one line of figures.
//
//   load seed TARGET -i IDS             the type `note`, 10,000 notes, their identifiers
//   load put|create|get|list TARGET …   closed loop: each connection sends when it was answered
//   load post TARGET -i FILE            each line of a file is the body of a POST to /v1/commands
//   load bolt TARGET -q STATEMENT …     a statement of one parameter, `number`, over Bolt
//   load watch TARGET …                 command → subscribers
//   load forks TARGET …                 fork → committed → subscriber
//   load storm TARGET -r N              N processes a second are born and end at once; the target is not asked
//   load picture unix:PATH PROGRAM …    start → ready → all processes are listed
#define _GNU_SOURCE
#include "client.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <unistd.h>

/// What the closed loop sends.
struct loop {
    const struct options *options;
    struct bytes request, body;
    char (*ids)[27];
    int idCount;
    uint64_t random, created;
    unsigned long long start;
};

static uint64_t next(struct loop *loop) {
    loop->random = loop->random * 6364136223846793005u + 1442695040888963407u;
    return loop->random >> 33;
}

static void readIDs(struct loop *loop) {
    const struct options *options = loop->options;
    if (!options->idsFile) die("get needs -i, the file that seed wrote");
    FILE *file = fopen(options->idsFile, "r");
    if (!file) die("%s: %s", options->idsFile, strerror(errno));
    loop->ids = calloc((size_t)options->names, sizeof *loop->ids);
    while (loop->idCount < options->names && fscanf(file, "%26s", loop->ids[loop->idCount]) == 1)
        loop->idCount++;
    fclose(file);
    if (loop->idCount == 0) die("%s has no identifiers", options->idsFile);
}

/// The first of a request's names. Batches keep to their connection's share of the names, so that
/// two in flight are never about the same note; single commands take any, as etcd's load does.
static uint64_t firstName(struct loop *loop, int connection) {
    const struct options *options = loop->options;
    if (options->batch == 1) return next(loop) % (uint64_t)options->names;
    int share = options->names / options->connections;
    if (share < options->batch) die("%d connections leave no %d names each", options->connections,
        options->batch);
    return (uint64_t)(connection * share) + next(loop) % (uint64_t)(share - options->batch + 1);
}

static void composeCommands(struct loop *loop, const char *verb, int connection) {
    const struct options *options = loop->options;
    uint64_t first = firstName(loop, connection);
    loop->body.used = 0;
    put(&loop->body, "{\"commands\":[");
    for (int i = 0; i < options->batch; i++) {
        char name[48];
        if (verb[0] == 'c')  // a name no earlier load of this boot has used
            snprintf(name, sizeof name, "c%llu-%llu", loop->start, (unsigned long long)loop->created++);
        else
            snprintf(name, sizeof name, "k%08llu",
                (unsigned long long)first + (unsigned)i);
        if (i > 0) put(&loop->body, ",");
        putNote(&loop->body, options, verb, name, "");
    }
    put(&loop->body, "]}");
    putRequest(&loop->request, options, "POST", "/v1/commands", &loop->body);
}

static void compose(struct loop *loop, int connection) {
    loop->request.used = 0;
    const struct options *options = loop->options;
    if (strcmp(options->mode, "put") == 0) {
        composeCommands(loop, "apply", connection);
    } else if (strcmp(options->mode, "create") == 0) {
        composeCommands(loop, "create", connection);
    } else if (strcmp(options->mode, "get") == 0) {
        char path[64];
        snprintf(path, sizeof path, "/v1/resources/by-id/%s",
            loop->ids[next(loop) % (uint64_t)loop->idCount]);
        putRequest(&loop->request, options, "GET", path, NULL);
    } else {
        putRequest(&loop->request, options, "GET",
            "/v1/resources/note?namespace=/bench&limit=100", NULL);
    }
}

static void sendNext(struct loop *loop, struct connection *all, int index) {
    struct connection *connection = &all[index];
    compose(loop, index);
    connection->began = now();
    sendAll(connection, loop->request.data, loop->request.used);
}

static double processorSeconds(void) {
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec)
        + (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

void closedLoop(const struct options *options) {
    struct loop loop = {.options = options, .random = now(), .start = now()};
    if (strcmp(options->mode, "get") == 0) readIDs(&loop);
    struct connection *all = calloc((size_t)options->connections, sizeof *all);
    struct histogram *histogram = calloc(1, sizeof *histogram);
    int poll = epoll_create1(EPOLL_CLOEXEC);
    for (int i = 0; i < options->connections; i++) {
        all[i] = openConnection(options);
        struct epoll_event event = {.events = EPOLLIN, .data.ptr = &all[i]};
        epoll_ctl(poll, EPOLL_CTL_ADD, all[i].fd, &event);
    }
    uint64_t start = now(), end = start + (uint64_t)(options->seconds * 1e9);
    for (int i = 0; i < options->connections; i++) sendNext(&loop, all, i);
    int open = options->connections;
    while (open > 0) {
        struct epoll_event events[256];
        int count = epoll_wait(poll, events, 256, 30000);
        if (count == 0) die("no answer within 30 s");
        for (int i = 0; i < count; i++) {
            struct connection *connection = events[i].data.ptr;
            struct answer answer;
            receive(connection);
            if (!takeAnswer(connection, &answer)) continue;
            uint64_t time = now();
            if (answer.status != 200)
                die("%s: status %d, %.*s", options->mode, answer.status, (int)answer.length,
                    answer.body);
            note(histogram, time - connection->began);
            dropFront(connection, answer.whole);
            if (time < end) sendNext(&loop, all, (int)(connection - all));
            else open--;
        }
    }
    double seconds = (double)(now() - start) / 1e9;
    printf("ops=%.1f n=%llu p50us=%.1f p99us=%.1f p999us=%.1f clientcpu=%.2f\n",
        (double)histogram->total * options->batch / seconds,
        (unsigned long long)histogram->total * (unsigned)options->batch,
        quantile(histogram, .5), quantile(histogram, .99), quantile(histogram, .999),
        processorSeconds() / seconds);
}

static const char noteType[] =
    "{\"commands\":[{\"create\":{\"type\":\"type\",\"namespace\":\"/\",\"name\":\"note\",\"data\":{"
    "\"summary\":\"A note.\",\"role\":\"desired\",\"writer\":\"people\",\"fields\":[{\"name\":"
    "\"text\",\"kind\":\"text\",\"summary\":\"Text.\"}],\"relations\":[],\"columns\":[\"text\"]"
    "}}}]}";

void seed(const struct options *options) {
    struct connection connection = openConnection(options);
    struct bytes body = {0};
    putRaw(&body, noteType, sizeof noteType - 1);
    struct answer answer = call(&connection, options, "POST", "/v1/commands", &body);
    if (answer.status != 200 && answer.status != 409)
        die("the type note: status %d, %.*s", answer.status, (int)answer.length, answer.body);
    FILE *file = options->idsFile ? fopen(options->idsFile, "w") : NULL;
    if (options->idsFile && !file) die("%s: %s", options->idsFile, strerror(errno));
    for (int first = 0; first < options->names; first += 100) {
        body.used = 0;
        put(&body, "{\"commands\":[");
        for (int i = first; i < first + 100; i++) {
            char name[16];
            snprintf(name, sizeof name, "k%08d", i);
            if (i > first) put(&body, ",");
            putNote(&body, options, "apply", name, "");
        }
        put(&body, "]}");
        answer = call(&connection, options, "POST", "/v1/commands", &body);
        if (answer.status != 200)
            die("seed: status %d, %.*s", answer.status, (int)answer.length, answer.body);
        char *at = answer.body, *end = answer.body + answer.length;
        while (file && (at = memmem(at, (size_t)(end - at), "\"id\":\"", 6)) && end - at >= 32) {
            fprintf(file, "%.26s\n", at + 6);
            at += 32;
        }
    }
    if (file) fclose(file);
}

void postLines(const struct options *options) {
    if (!options->idsFile) die("post needs -i, a file");
    FILE *file = fopen(options->idsFile, "r");
    if (!file) die("%s: %s", options->idsFile, strerror(errno));
    struct connection connection = openConnection(options);
    struct bytes body = {0};
    size_t capacity = 0;
    ssize_t length;
    uint64_t start = now();
    int lines = 0;
    while ((length = getline(&body.data, &capacity, file)) > 0) {
        body.used = (size_t)length;
        struct answer answer = call(&connection, options, "POST", "/v1/commands", &body);
        if (answer.status != 200)
            die("line %d: status %d, %.*s", lines + 1, answer.status, (int)answer.length,
                answer.body);
        lines++;
    }
    fclose(file);
    printf("lines=%d seconds=%.2f\n", lines, (double)(now() - start) / 1e9);
}

int main(int count, char **words) {
    if (count < 3) die("usage: load MODE TARGET [-c N] [-s S] [-n N] [-r N] [-b N] [-k N] [-i FILE] [-q TEXT]");
    struct options options = {
        .mode = words[1], .target = words[2], .token = getenv("PISCES_TOKEN"), .connections = 1,
        .batch = 1, .valueBytes = 256, .names = 10000, .seconds = 2,
    };
    // POSIX order: what follows the first word that is no option belongs to `picture`.
    int option;
    optind = 3;
    while ((option = getopt(count, words, "+c:s:n:r:b:k:i:q:")) != -1) {
        switch (option) {
        case 'c': options.connections = atoi(optarg); break;
        case 's': options.seconds = atof(optarg); break;
        case 'n': options.batch = atoi(optarg); break;
        case 'r': options.rate = atof(optarg); break;
        case 'b': options.valueBytes = atoi(optarg); break;
        case 'k': options.names = atoi(optarg); break;
        case 'q': options.statement = optarg; break;
        case 'i': options.idsFile = optarg; break;
        default: return 2;
        }
    }
    options.program = words + optind;
    if (options.connections < 1 || options.connections > 1000) die("-c takes 1 to 1000");
    if (options.batch < 1 || options.batch > 1000) die("-n takes 1 to 1000");
    if (options.names < 1000) die("-k takes 1000 and more");
    if (options.seconds <= 0 || options.seconds > 600) die("-s takes up to 600");
    if (options.valueBytes < 32 || options.valueBytes > 65536) die("-b takes 32 to 65536");
    static const struct {
        const char *mode;
        void (*run)(const struct options *);
    } modes[] = {
        {"put", closedLoop}, {"create", closedLoop}, {"get", closedLoop}, {"list", closedLoop},
        {"seed", seed}, {"post", postLines}, {"bolt", askBolt},
        {"watch", watchNotes}, {"forks", watchForks}, {"picture", firstPicture},
        {"storm", stormProcesses},
    };
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
        if (strcmp(modes[i].mode, options.mode) != 0) continue;
        modes[i].run(&options);
        return 0;
    }
    die("there is no mode %s", options.mode);
}
