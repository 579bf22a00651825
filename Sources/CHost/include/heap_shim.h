// What glibc's malloc.h has; Swift's view of glibc leaves it out.
#ifndef CHOST_HEAP_SHIM_H
#define CHOST_HEAP_SHIM_H

#include <malloc.h>

// Keeps the heap in at most so many arenas (mallopt(3)).
static inline void chost_bound_heap(int arenas) { mallopt(M_ARENA_MAX, arenas); }

// Gives freed memory back to the kernel (malloc_trim(3)).
static inline void chost_trim_heap(void) { malloc_trim(0); }

#endif
