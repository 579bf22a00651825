#define _GNU_SOURCE
#include "device_shim.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/falloc.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

int chost_device_number(const char *path, int on, unsigned *major_, unsigned *minor_) {
    struct stat info;
    if (stat(path, &info) != 0) return -errno;
    if (!on && !S_ISBLK(info.st_mode)) return -ENOTBLK;
    dev_t device = on ? info.st_dev : info.st_rdev;
    *major_ = major(device);
    *minor_ = minor(device);
    return 0;
}

int chost_open_exclusive(const char *path) {
    int descriptor = open(path, O_RDWR | O_EXCL | O_CLOEXEC);
    return descriptor < 0 ? -errno : descriptor;
}

int chost_zero_range(int descriptor, int64_t offset, int64_t length) {
    if (length == 0) return 0;
    // A hole gives room back. A disk that cannot make one may still take zeros as one order; where
    // it cannot, the kernel writes them.
    if (fallocate(descriptor, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, offset, length) == 0)
        return 0;
    if (fallocate(descriptor, FALLOC_FL_ZERO_RANGE | FALLOC_FL_KEEP_SIZE, offset, length) == 0)
        return 0;
    return -errno;
}

int chost_reread_table(int descriptor) { return ioctl(descriptor, BLKRRPART) == 0 ? 0 : -errno; }
