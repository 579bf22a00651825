#define _GNU_SOURCE
#include "volume_shim.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/loop.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

static int bind_once(int control, int image, int *number) {
    char path[32];
    struct loop_config config;
    *number = ioctl(control, LOOP_CTL_GET_FREE);
    if (*number < 0) return -errno;
    snprintf(path, sizeof path, "/dev/loop%d", *number);
    int device = open(path, O_RDWR | O_CLOEXEC);
    if (device < 0) return -errno;
    memset(&config, 0, sizeof config);
    config.fd = (unsigned)image;
    config.info.lo_flags = LO_FLAGS_AUTOCLEAR;
    if (ioctl(device, LOOP_CONFIGURE, &config) == 0) return device;
    int error = errno;
    close(device);
    return -error;
}

int chost_loop_bind(const char *control_path, int image, int tries, int *number) {
    int control = open(control_path, O_RDWR | O_CLOEXEC);
    if (control < 0) return -errno;
    int result = -EBUSY;
    for (int attempt = 0; attempt < tries && result == -EBUSY; attempt++)
        result = bind_once(control, image, number);
    close(control);
    return result;
}

int chost_loop_resize(int device) {
    return ioctl(device, LOOP_SET_CAPACITY, 0) == 0 ? 0 : -errno;
}

int chost_mount(
    const char *source, const char *target, const char *type, const char *data, int again) {
    unsigned long flags = MS_NOSUID | MS_NODEV | (again ? MS_REMOUNT : 0);
    return mount(source, target, type, flags, data) == 0 ? 0 : -errno;
}

int chost_unmount(const char *target) {
    return umount2(target, UMOUNT_NOFOLLOW) == 0 ? 0 : -errno;
}

int chost_freeze(int descriptor) { return ioctl(descriptor, FIFREEZE, 0) == 0 ? 0 : -errno; }

int chost_thaw(int descriptor) { return ioctl(descriptor, FITHAW, 0) == 0 ? 0 : -errno; }

int chost_sync_file_system(int descriptor) { return syncfs(descriptor) == 0 ? 0 : -errno; }

int chost_reflink(int from, int to) { return ioctl(to, FICLONE, from) == 0 ? 0 : -errno; }

int chost_can_reflink(const char *folder) {
    int from = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (from < 0) return errno == EOPNOTSUPP || errno == EISDIR ? 0 : -errno;
    int to = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    int result = to < 0 ? -errno : ioctl(to, FICLONE, from) == 0;
    if (to >= 0) close(to);
    close(from);
    return result;
}

/// Copies the bytes from `at` to `end`.
static int copy_range(int from, int to, off_t at, off_t end, char *buffer, size_t room) {
    while (at < end) {
        size_t want = (size_t)(end - at) < room ? (size_t)(end - at) : room;
        ssize_t got = pread(from, buffer, want, at);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return -errno;
        // The file has become shorter meanwhile.
        if (got == 0) return 0;
        for (ssize_t done = 0; done < got;) {
            ssize_t put = pwrite(to, buffer + done, (size_t)(got - done), at + done);
            if (put < 0 && errno == EINTR) continue;
            if (put < 0) return -errno;
            done += put;
        }
        at += got;
    }
    return 0;
}

int chost_copy_sparse(int from, int to, int64_t *copied) {
    enum { room = 1 << 20 };
    struct stat status;
    if (fstat(from, &status) != 0) return -errno;
    if (ftruncate(to, status.st_size) != 0) return -errno;
    char *buffer = malloc(room);
    if (!buffer) return -ENOMEM;
    int result = 0;
    off_t at = 0;
    while (at < status.st_size) {
        off_t start = lseek(from, at, SEEK_DATA);
        // ENXIO: nothing but a hole up to the end.
        if (start < 0) { result = errno == ENXIO ? 0 : -errno; break; }
        off_t end = lseek(from, start, SEEK_HOLE);
        if (end < 0) { result = -errno; break; }
        if (end > status.st_size) end = status.st_size;
        if ((result = copy_range(from, to, start, end, buffer, room)) != 0) break;
        *copied += end - start;
        at = end;
    }
    free(buffer);
    return result;
}

int chost_copy_attributes(int from, int to) {
    enum { names_room = 65536, value_room = 65536 };
    // By number, because an open file without access (O_PATH) takes no fgetxattr(2).
    char source[40], target[40];
    snprintf(source, sizeof source, "/proc/self/fd/%d", from);
    snprintf(target, sizeof target, "/proc/self/fd/%d", to);
    char *names = malloc(names_room + value_room);
    if (!names) return -ENOMEM;
    int result = 0;
    ssize_t count = listxattr(source, names, names_room);
    if (count < 0) result = errno == ENOTSUP ? 0 : -errno;
    for (ssize_t at = 0; at < count; at += (ssize_t)strlen(names + at) + 1) {
        char *value = names + names_room;
        ssize_t length = getxattr(source, names + at, value, value_room);
        if (length < 0 && errno == ENODATA) continue;
        if (length < 0 || setxattr(target, names + at, value, (size_t)length, 0) != 0) {
            result = -errno;
            break;
        }
    }
    free(names);
    return result;
}
