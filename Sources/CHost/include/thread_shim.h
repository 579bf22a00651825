// What glibc declares for GNU sources only.
#ifndef CHOST_THREAD_SHIM_H
#define CHOST_THREAD_SHIM_H

#include <pthread.h>

// Names a thread as `ps -T` shows it; at most 15 bytes.
void chost_name_thread(pthread_t thread, const char *name);

// POSIX_SPAWN_SETSID.
extern const short chost_spawn_setsid;

#endif
