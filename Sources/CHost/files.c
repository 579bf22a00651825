#define _GNU_SOURCE
#include "files_shim.h"

#include <sys/xattr.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/fanotify.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

// Since Linux 5.9; the headers of older C libraries lack them.
#ifndef FAN_REPORT_DIR_FID
#define FAN_REPORT_DIR_FID 0x00000400
#endif
#ifndef FAN_REPORT_NAME
#define FAN_REPORT_NAME 0x00000800
#endif
// Since Linux 5.15.
#ifndef FAN_REPORT_PIDFD
#define FAN_REPORT_PIDFD 0x00000080
#endif

// Since Linux 6.15.
#ifndef FAN_REPORT_MNT
#define FAN_REPORT_MNT 0x00004000
#define FAN_MARK_MNTNS 0x00000110
#define FAN_MNT_ATTACH 0x01000000
#define FAN_MNT_DETACH 0x02000000
#endif

int chost_file_events_open(int handles) {
    unsigned flags =
        FAN_CLASS_NOTIF | FAN_CLOEXEC | FAN_NONBLOCK | FAN_REPORT_DIR_FID | FAN_REPORT_NAME;
    if (handles) flags |= FAN_REPORT_PIDFD;
    int fd = fanotify_init(flags, O_RDONLY | O_LARGEFILE | O_CLOEXEC);
    return fd < 0 ? -errno : fd;
}

int chost_process_lasts(int handle) {
    // Who may not send a signal still learns that there is somebody.
    return syscall(SYS_pidfd_send_signal, handle, 0, NULL, 0) == 0 || errno == EPERM;
}

int chost_file_events_mark(int fd, uint64_t mask, const char *path) {
    int result = fanotify_mark(fd, FAN_MARK_ADD | FAN_MARK_FILESYSTEM, mask, AT_FDCWD, path);
    return result == 0 ? 0 : -errno;
}

int chost_mount_events_open(void) {
    int space = open("/proc/thread-self/ns/mnt", O_RDONLY | O_CLOEXEC);
    if (space < 0) return -errno;
    int fd = fanotify_init(FAN_CLASS_NOTIF | FAN_CLOEXEC | FAN_NONBLOCK | FAN_REPORT_MNT, O_RDONLY);
    int code = fd < 0 ? errno : 0;
    uint64_t mask = FAN_MNT_ATTACH | FAN_MNT_DETACH;
    if (fd >= 0 && fanotify_mark(fd, FAN_MARK_ADD | FAN_MARK_MNTNS, mask, space, NULL) != 0) {
        code = errno;
        close(fd);
    }
    close(space);
    return code == 0 ? fd : -code;
}

int chost_file_system_id(const char *path, uint64_t *identifier) {
    struct statfs one;
    if (statfs(path, &one) != 0) return -errno;
    _Static_assert(sizeof one.f_fsid == sizeof *identifier, "fsid has 64 bits");
    memcpy(identifier, &one.f_fsid, sizeof *identifier);
    return 0;
}

long chost_handle_path(
    int mount, int32_t type, const uint8_t *handle, uint32_t count, uint8_t *path, size_t most) {
    union {
        struct file_handle head;
        char space[sizeof(struct file_handle) + MAX_HANDLE_SZ];
    } one;
    if (count > MAX_HANDLE_SZ) return -EINVAL;
    one.head.handle_bytes = count;
    one.head.handle_type = type;
    memcpy(one.head.f_handle, handle, count);
    int fd = open_by_handle_at(mount, &one.head, O_PATH | O_CLOEXEC);
    if (fd < 0) return -errno;
    char link[32];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t result = readlink(link, (char *)path, most);
    int code = errno;
    struct stat status;
    // A folder that is gone keeps its handle while something holds it open.
    if (result >= 0 && (fstat(fd, &status) != 0 || status.st_nlink == 0)) {
        result = -1;
        code = ESTALE;
    }
    close(fd);
    return result < 0 ? -code : result;
}

int chost_file_birth(const char *path, int64_t *nanoseconds) {
    struct statx one;
    if (statx(AT_FDCWD, path, AT_SYMLINK_NOFOLLOW | AT_STATX_DONT_SYNC, STATX_BTIME, &one) != 0)
        return -errno;
    if (!(one.stx_mask & STATX_BTIME)) return -ENODATA;
    *nanoseconds = one.stx_btime.tv_sec * 1000000000LL + one.stx_btime.tv_nsec;
    return 0;
}

long chost_file_attributes(const char *path, uint8_t *names, size_t most) {
    ssize_t count = llistxattr(path, (char *)names, most);
    return count < 0 ? -errno : count;
}

long chost_file_attribute(const char *path, const char *name, uint8_t *value, size_t most) {
    ssize_t count = lgetxattr(path, name, value, most);
    return count < 0 ? -errno : count;
}
