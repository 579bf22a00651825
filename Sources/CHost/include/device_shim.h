// Disks: what the kernel says of them, and how whole ranges become zeros.
#ifndef CHOST_DEVICE_SHIM_H
#define CHOST_DEVICE_SHIM_H

#include <stdint.h>

// The device that `path` stands for (`on` 0) or lies on (`on` 1). Returns 0, -errno, or -ENOTBLK
// when it should stand for one and is no block device.
int chost_device_number(const char *path, int on, unsigned *major, unsigned *minor);

// Opens a disk that nothing else has claimed: no mount, no mapped device, no other claim, of it or
// of its partitions. Returns the descriptor or -errno (-EBUSY).
int chost_open_exclusive(const char *path);

// Makes a range zeros without writing them where that is possible. Returns 0 or -errno
// (-EOPNOTSUPP: they have to be written).
int chost_zero_range(int descriptor, int64_t offset, int64_t length);

// Lets the kernel read the table of partitions again. Returns 0 or -errno.
int chost_reread_table(int descriptor);

#endif
