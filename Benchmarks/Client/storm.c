// Processes that are born and end at once: `vfork`, so that the copy of a parent's memory is no part of the rate.
#define _GNU_SOURCE
#include "client.h"

#include <stdio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void bearAndBury(void) {
    pid_t child = vfork();
    if (child == 0) _exit(0);
    if (child < 0) die("vfork failed");
    waitpid(child, NULL, 0);
}

void stormProcesses(const struct options *options) {
    uint64_t start = now(), lasts = (uint64_t)(options->seconds * 1e9), passed = 0;
    unsigned long long born = 0;
    while (passed < lasts) {
        for (int i = 0; i < 20; i++) bearAndBury();
        born += 20;
        passed = now() - start;
        if (options->rate == 0) continue;
        uint64_t due = (uint64_t)((double)born / options->rate * 1e9);
        if (due <= passed) continue;
        uint64_t rest = due - passed;
        struct timespec pause = {.tv_sec = (time_t)(rest / 1000000000), .tv_nsec = (long)(rest % 1000000000)};
        nanosleep(&pause, NULL);
    }
    printf("forks=%llu rate=%.1f\n", born, (double)born / ((double)passed / 1e9));
}
