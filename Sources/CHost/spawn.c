// Starts processes so that they can be found again: between fork and exec the child writes its
// own pid and start time into a directory and syncs them. Everything there is async-signal-safe
// (signal-safety(7)), because the parent has threads.
#define _GNU_SOURCE
#include "spawn_shim.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#ifndef CLOSE_RANGE_CLOEXEC
#define CLOSE_RANGE_CLOEXEC (1U << 2)
#endif
#ifndef P_PIDFD
#define P_PIDFD 3
#endif
#ifndef PIDFD_SIGNAL_PROCESS_GROUP
#define PIDFD_SIGNAL_PROCESS_GROUP (1U << 2)
#endif

static size_t put_text(char *to, size_t at, size_t room, const char *text) {
    while (*text && at + 1 < room) to[at++] = *text++;
    return at;
}

static size_t put_number(char *to, size_t at, size_t room, uint64_t number) {
    char digits[20];
    int count = 0;
    do digits[count++] = (char)('0' + number % 10); while (number /= 10);
    while (count > 0 && at + 1 < room) to[at++] = digits[--count];
    return at;
}

/// Field 22 of /proc/self/stat: the start time in clock ticks since boot. 0 on failure.
static uint64_t own_start_time(void) {
    char text[1024];
    int file = open("/proc/self/stat", O_RDONLY | O_CLOEXEC);
    if (file < 0) return 0;
    ssize_t length = read(file, text, sizeof text - 1);
    close(file);
    if (length <= 0) return 0;
    // The name in field 2 may hold blanks and parentheses: count from its last parenthesis.
    ssize_t at = length - 1;
    while (at > 0 && text[at] != ')') at--;
    int field = 2;
    while (at < length && field < 22) {
        if (text[at++] == ' ') field++;
    }
    uint64_t start = 0;
    while (at < length && text[at] >= '0' && text[at] <= '9')
        start = start * 10 + (uint64_t)(text[at++] - '0');
    return start;
}

/// `pid start wall-milliseconds boot\n`, synced under a temporary name, then renamed, then the
/// directory synced: after this line of the child's life the process cannot be lost.
static int write_record(const struct chost_spawn *spawn) {
    char text[256];
    struct timespec now;
    if (clock_gettime(CLOCK_REALTIME, &now) != 0) return errno;
    uint64_t start = own_start_time();
    if (start == 0) return ESRCH;
    size_t at = put_number(text, 0, sizeof text, (uint64_t)getpid());
    at = put_text(text, at, sizeof text, " ");
    at = put_number(text, at, sizeof text, start);
    at = put_text(text, at, sizeof text, " ");
    uint64_t wall = (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
    at = put_number(text, at, sizeof text, wall);
    at = put_text(text, at, sizeof text, " ");
    at = put_text(text, at, sizeof text, spawn->boot);
    at = put_text(text, at, sizeof text, "\n");
    int flags = O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC;
    int file = openat(spawn->record, "process.new", flags, 0600);
    if (file < 0) return errno;
    if (write(file, text, at) != (ssize_t)at) return errno ? errno : EIO;
    if (fsync(file) != 0) return errno;
    close(file);
    if (renameat(spawn->record, "process.new", spawn->record, "process") != 0) return errno;
    return fsync(spawn->record) != 0 ? errno : 0;
}

static void reset_signals(void) {
    struct sigaction standard;
    memset(&standard, 0, sizeof standard);
    standard.sa_handler = SIG_DFL;
    for (int number = 1; number < NSIG; number++) sigaction(number, &standard, NULL);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

static void close_on_exec_from(int first) {
    if (syscall(SYS_close_range, first, ~0U, CLOSE_RANGE_CLOEXEC) == 0) return;
    long count = sysconf(_SC_OPEN_MAX);
    for (int file = first; file < count; file++) fcntl(file, F_SETFD, FD_CLOEXEC);
}

static int take_streams(const struct chost_spawn *spawn) {
    // The sources lie above 2 and are closed by the exec; a copy is not.
    for (int index = 0; index < 3; index++)
        if (dup2(spawn->streams[index], index) < 0) return errno;
    if (spawn->terminal && ioctl(0, TIOCSCTTY, 0) != 0) return errno;
    return 0;
}

static int redirect(const struct chost_spawn *spawn) {
    if (spawn->streams[0] >= 0) return take_streams(spawn);
    int empty = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (empty < 0 || dup2(empty, 0) < 0) return errno;
    int flags = O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW;
    int output = open(spawn->output, flags, 0600);
    if (output < 0 || dup2(output, 1) < 0 || dup2(output, 2) < 0) return errno;
    return 0;
}

static int join_cgroups(const struct chost_spawn *spawn) {
    for (char *const *path = spawn->cgroups; path && *path; path++) {
        int file = open(*path, O_WRONLY | O_CLOEXEC);
        if (file < 0) return errno;
        ssize_t written = write(file, "0", 1);
        int error = written == 1 ? 0 : errno;
        close(file);
        if (error) return error;
    }
    return 0;
}

static int become_user(const struct chost_spawn *spawn) {
    if (spawn->group >= 0) {
        // The system call, not the library's: that one would wait for threads the child lacks.
        if (syscall(SYS_setgroups, 0, NULL) != 0) return errno;
        if (syscall(SYS_setgid, (gid_t)spawn->group) != 0) return errno;
    }
    if (spawn->user >= 0 && syscall(SYS_setuid, (uid_t)spawn->user) != 0) return errno;
    return 0;
}

static int run_child(const struct chost_spawn *spawn, int *stage) {
    int error;
    reset_signals();
    *stage = CHOST_SPAWN_SESSION;
    if (setsid() < 0) return errno;
    close_on_exec_from(3);
    *stage = CHOST_SPAWN_OUTPUT;
    if ((error = redirect(spawn))) return error;
    *stage = CHOST_SPAWN_CGROUP;
    if ((error = join_cgroups(spawn))) return error;
    *stage = CHOST_SPAWN_RECORD;
    if (spawn->record >= 0 && (error = write_record(spawn))) return error;
    *stage = CHOST_SPAWN_USER;
    if ((error = become_user(spawn))) return error;
    *stage = CHOST_SPAWN_DIRECTORY;
    if (chdir(spawn->directory ? spawn->directory : "/") != 0) return errno;
    *stage = CHOST_SPAWN_EXECUTE;
    umask(022);
    execve(spawn->executable, spawn->arguments, spawn->environment);
    return errno;
}

int chost_spawn(const struct chost_spawn *spawn, pid_t *pid, int *stage) {
    int report[2];
    int message[2] = {0, 0};
    sigset_t all, before;
    *stage = CHOST_SPAWN_FORK;
    if (pipe2(report, O_CLOEXEC) != 0) return errno;
    // No handler of the parent may run in the child before it has reset them.
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    *pid = fork();
    int fork_error = *pid < 0 ? errno : 0;
    if (*pid == 0) {
        close(report[0]);
        message[1] = run_child(spawn, &message[0]);
        ssize_t written = write(report[1], message, sizeof message);
        _exit(written == sizeof message ? 127 : 126);
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    close(report[1]);
    ssize_t length = 0;
    if (*pid > 0) {
        do length = read(report[0], message, sizeof message); while (length < 0 && errno == EINTR);
    }
    close(report[0]);
    if (*pid < 0) return fork_error;
    if (length != sizeof message) return 0;
    while (waitpid(*pid, NULL, 0) < 0 && errno == EINTR) {}
    *stage = message[0];
    return message[1] ? message[1] : EIO;
}

int chost_resize_terminal(int terminal, int rows, int columns) {
    struct winsize size = {0};
    size.ws_row = (unsigned short)rows;
    size.ws_col = (unsigned short)columns;
    return ioctl(terminal, TIOCSWINSZ, &size) == 0 ? 0 : errno;
}

int chost_open_terminal(int rows, int columns, int *ours, int *theirs) {
    char name[128];
    *theirs = -1;
    *ours = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (*ours < 0) return errno;
    int error = 0;
    if (grantpt(*ours) != 0 || unlockpt(*ours) != 0) error = errno;
    if (!error) error = ptsname_r(*ours, name, sizeof name);
    if (!error && (*theirs = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC)) < 0) error = errno;
    if (!error) error = chost_resize_terminal(*ours, rows, columns);
    if (!error) return 0;
    if (*theirs >= 0) close(*theirs);
    close(*ours);
    return error;
}

int chost_wake_pipe(int ends[2]) {
    return pipe2(ends, O_CLOEXEC | O_NONBLOCK) == 0 ? 0 : errno;
}

int chost_pipe(int ends[2]) { return pipe2(ends, O_CLOEXEC) == 0 ? 0 : errno; }

int chost_pidfd_open(pid_t pid) {
    int file = (int)syscall(SYS_pidfd_open, pid, 0);
    return file < 0 ? -errno : file;
}

int chost_pidfd_signal(int pidfd, pid_t pid, int signal, int group) {
    unsigned flags = group ? PIDFD_SIGNAL_PROCESS_GROUP : 0;
    if (syscall(SYS_pidfd_send_signal, pidfd, signal, NULL, flags) == 0) return 0;
    if (errno != EINVAL || !group) return errno;
    // Before Linux 6.9: by number, after a last look that the leader still is there.
    if (syscall(SYS_pidfd_send_signal, pidfd, 0, NULL, 0) != 0) return errno;
    return kill(-pid, signal) == 0 ? 0 : errno;
}

int chost_pidfd_reap(int pidfd, int *code, int *status) {
    siginfo_t info;
    memset(&info, 0, sizeof info);
    if (waitid((idtype_t)P_PIDFD, (id_t)pidfd, &info, WEXITED | WNOHANG) != 0) return -errno;
    if (info.si_pid == 0) return 0;
    *code = info.si_code;
    *status = info.si_status;
    return 1;
}

pid_t chost_next_zombie(pid_t *session) {
    siginfo_t info;
    memset(&info, 0, sizeof info);
    if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) != 0) return 0;
    if (info.si_pid != 0) *session = getsid(info.si_pid);
    return info.si_pid;
}

pid_t chost_next_zombie_of(pid_t group) {
    siginfo_t info;
    memset(&info, 0, sizeof info);
    if (waitid(P_PGID, (id_t)group, &info, WEXITED | WNOHANG | WNOWAIT) != 0) return 0;
    return info.si_pid;
}

int chost_reap(pid_t pid) { return waitpid(pid, NULL, WNOHANG) > 0; }

int chost_become_subreaper(void) {
    return prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0 ? 0 : errno;
}
