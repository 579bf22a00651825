#define _GNU_SOURCE
#include "thread_shim.h"

#include <spawn.h>

void chost_name_thread(pthread_t thread, const char *name) { pthread_setname_np(thread, name); }

const short chost_spawn_setsid = POSIX_SPAWN_SETSID;
