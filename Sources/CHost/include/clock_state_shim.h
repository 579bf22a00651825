#ifndef CHOST_CLOCK_STATE_SHIM_H
#define CHOST_CLOCK_STATE_SHIM_H

/// 1 when the kernel holds the clock for synchronised (adjtimex(2)), 0 when not, or -errno.
int chost_clock_synchronised(void);

#endif
