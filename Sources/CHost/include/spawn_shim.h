#ifndef CHOST_SPAWN_H
#define CHOST_SPAWN_H

#include <stdint.h>
#include <sys/types.h>

/// What to start and where its record goes. Strings end in NUL, lists in NULL.
struct chost_spawn {
    const char *executable;
    char *const *arguments;
    char *const *environment;
    /// Working directory; NULL stays in `/`.
    const char *directory;
    /// File that takes stdout and stderr, appended; made when absent.
    const char *output;
    /// Directory, open for reading, in which the child names itself `process`; -1 for none.
    int record;
    /// The machine's boot identity, part of the record.
    const char *boot;
    /// Files into which the child writes `0` to join control groups.
    char *const *cgroups;
    /// User and group; -1 keeps the caller's.
    int64_t user;
    int64_t group;
    /// Descriptors that take the place of input, `output` and errors; -1 for none.
    int streams[3];
    /// True when the first of them is a terminal that the process shall own.
    int terminal;
};

/// Where a start failed.
enum chost_spawn_stage {
    CHOST_SPAWN_FORK = 1,
    CHOST_SPAWN_SESSION,
    CHOST_SPAWN_OUTPUT,
    CHOST_SPAWN_CGROUP,
    CHOST_SPAWN_RECORD,
    CHOST_SPAWN_USER,
    CHOST_SPAWN_DIRECTORY,
    CHOST_SPAWN_EXECUTE,
};

/// Starts a process in a session of its own. Returns 0 with `*pid` set once the new program
/// runs; else an errno, with `*stage` set, and no process left.
int chost_spawn(const struct chost_spawn *spawn, pid_t *pid, int *stage);

/// A new terminal of that size: the descriptor we hold and the one a process gets. 0 or an errno.
int chost_open_terminal(int rows, int columns, int *ours, int *theirs);
/// Gives a terminal another size; its process is told. 0 or an errno.
int chost_resize_terminal(int terminal, int rows, int columns);

/// A pipe that neither blocks nor survives an exec. 0 or an errno.
int chost_wake_pipe(int ends[2]);
/// A pipe that does not survive an exec. 0 or an errno.
int chost_pipe(int ends[2]);
int chost_pidfd_open(pid_t pid);
/// Signals the process group of a pidfd's process, or the process alone. 0 or an errno.
int chost_pidfd_signal(int pidfd, pid_t pid, int signal, int group);
/// Reaps a child by its pidfd: 1 with code and status of siginfo, 0 while it runs, else -errno.
int chost_pidfd_reap(int pidfd, int *code, int *status);
/// The first of our children that is a zombie, with its session, or 0. It stays one.
pid_t chost_next_zombie(pid_t *session);
/// The first of our children in a process group that is a zombie, or 0. It stays one.
pid_t chost_next_zombie_of(pid_t group);
/// Reaps a zombie: 1 when it was one.
int chost_reap(pid_t pid);
/// Makes orphans of our descendants our children, so that their status can be read.
int chost_become_subreaper(void);

#endif
