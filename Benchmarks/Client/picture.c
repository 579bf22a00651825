// From the start of a node to its first full picture of the machine's processes.
#define _GNU_SOURCE
#include "client.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

enum { pidMost = 1 << 22, processesMost = 1 << 16 };

static void pauseBriefly(void) {
    struct timespec time = {0, 1000000};
    nanosleep(&time, NULL);
}

/// Reads the processes of the machine; gives how many there are.
static int readProcesses(pid_t *pids) {
    DIR *directory = opendir("/proc");
    if (!directory) die("/proc: %s", strerror(errno));
    int count = 0;
    for (struct dirent *entry; (entry = readdir(directory)) && count < processesMost; )
        if (isdigit((unsigned char)entry->d_name[0])) pids[count++] = atoi(entry->d_name);
    closedir(directory);
    return count;
}

/// Marks the processes the node lists.
static void readListed(struct connection *connection, const struct options *options,
    unsigned char *marks) {
    char path[512] = "/v1/resources/process?limit=1000";
    memset(marks, 0, pidMost);
    for (;;) {
        struct answer answer = call(connection, options, "GET", path, NULL);
        if (answer.status != 200) return;
        char *at = answer.body, *end = at + answer.length, *next = NULL;
        while ((at = memmem(at, (size_t)(end - at), "\"name\":\"", 8))) {
            at += 8;
            char *rest;
            unsigned long pid = strtoul(at, &rest, 10);
            if (isdigit((unsigned char)*at) && *rest == '"' && pid < pidMost) marks[pid] = 1;
        }
        next = memmem(answer.body, answer.length, "\"next\":\"", 8);
        char *quote = next ? memchr(next + 8, '"', (size_t)(end - next - 8)) : NULL;
        if (!quote) return;
        snprintf(path, sizeof path, "/v1/resources/process?limit=1000&after=%.*s",
            (int)(quote - next - 8), next + 8);
    }
}

/// Gives how many processes that were there at the start and still are the node does not list.
static int missing(struct connection *connection, const struct options *options,
    const pid_t *before, int count) {
    static unsigned char listed[pidMost];
    readListed(connection, options, listed);
    int missing = 0;
    for (int i = 0; i < count; i++)
        missing += !listed[before[i]] && (kill(before[i], 0) == 0 || errno == EPERM);
    return missing;
}

static pid_t start(char **program) {
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
    pid_t pid;
    int error = posix_spawnp(&pid, program[0], &actions, NULL, program, environ);
    if (error != 0) die("%s: %s", program[0], strerror(error));
    return pid;
}

/// Ends the node that was started here.
static void stop(pid_t pid) {
    kill(pid, SIGTERM);
    for (int i = 0; i < 10000; i++) {
        if (waitpid(pid, NULL, WNOHANG) != 0) return;
        pauseBriefly();
    }
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
}

void firstPicture(const struct options *options) {
    if (!options->program[0]) die("picture needs a program");
    static pid_t before[processesMost];
    int processes = readProcesses(before);
    uint64_t began = now(), limit = began + 10000000000u;
    pid_t node = start(options->program);
    struct connection connection = {.fd = -1};
    while (connection.fd < 0 && now() < limit) {
        if (waitpid(node, NULL, WNOHANG) != 0) die("the node ended");
        connection.fd = tryConnect(options->target);
        if (connection.fd < 0) pauseBriefly();
    }
    int left = -1;
    uint64_t ready = 0;
    while (connection.fd >= 0 && now() < limit) {
        if (!ready) {
            if (call(&connection, options, "GET", "/readyz", NULL).status != 200) continue;
            ready = now();
        }
        left = missing(&connection, options, before, processes);
        if (left == 0) break;
        pauseBriefly();
    }
    uint64_t full = now();
    stop(node);
    if (left != 0) die("after 10 s %d of %d processes are missing", left, processes);
    printf("readyms=%.1f picturems=%.1f processes=%d\n", (double)(ready - began) / 1e6,
        (double)(full - began) / 1e6, processes);
}
