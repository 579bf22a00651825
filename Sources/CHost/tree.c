#define _GNU_SOURCE
#include "tree_shim.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/loop.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

int chost_tree_open(int root, const char *path, int flags, uint32_t mode, int inside) {
    struct open_how how = {0};
    how.flags = (uint64_t)(flags | O_CLOEXEC);
    how.mode = (flags & O_CREAT) ? mode : 0;
    how.resolve = RESOLVE_NO_MAGICLINKS;
    how.resolve |= inside ? RESOLVE_IN_ROOT : RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS;
    for (int turn = 0; turn < 64; turn++) {
        long file = syscall(SYS_openat2, root, path, &how, sizeof how);
        if (file >= 0) return (int)file;
        // A rename elsewhere made the walk of `..` unsure: the kernel asks to try again.
        if (errno != EAGAIN && errno != EINTR) return -errno;
    }
    return -EAGAIN;
}

int chost_tree_whiteout(int folder, const char *name) {
    return mknodat(folder, name, S_IFCHR, makedev(0, 0)) == 0 ? 0 : errno;
}

int chost_tree_hide(int folder) {
    return fsetxattr(folder, "trusted.overlay.opaque", "y", 1, 0) == 0 ? 0 : errno;
}

int chost_tree_hides(int folder) {
    char value = 0;
    return fgetxattr(folder, "trusted.overlay.opaque", &value, 1) == 1 && value == 'y';
}

int chost_tree_is_whiteout(int folder, const char *name) {
    struct stat info;
    if (fstatat(folder, name, &info, AT_SYMLINK_NOFOLLOW) != 0) return 0;
    return S_ISCHR(info.st_mode) && info.st_rdev == makedev(0, 0);
}

int chost_tree_sync(int file) { return syncfs(file) == 0 ? 0 : errno; }

int chost_tree_release(int file, int64_t bytes) {
    return fallocate(file, FALLOC_FL_KEEP_SIZE | FALLOC_FL_PUNCH_HOLE, 0, bytes) == 0 ? 0 : errno;
}

int chost_mount_overlay(
    const int *lower, size_t count, int upper, int work, const char *target) {
    // By descriptor: whatever characters a path has, and short enough for the page of options.
    char options[4096];
    size_t at = (size_t)snprintf(options, sizeof options, "lowerdir=");
    for (size_t index = 0; index < count; index++) {
        if (at + 64 > sizeof options) return E2BIG;
        at += (size_t)snprintf(
            options + at, sizeof options - at, "%s/proc/self/fd/%d", index ? ":" : "",
            lower[index]);
    }
    if (at + 128 > sizeof options) return E2BIG;
    // The layer goes with its instance: it never has to outlive the power.
    const char *form = ",upperdir=/proc/self/fd/%d,workdir=/proc/self/fd/%d,volatile";
    snprintf(options + at, sizeof options - at, form, upper, work);
    unsigned long flags = MS_NOSUID | MS_NODEV;
    if (mount("overlay", target, "overlay", flags, options) == 0) return 0;
    if (errno != EINVAL) return errno;
    // Before Linux 5.10 there is no `volatile`.
    options[strlen(options) - strlen(",volatile")] = 0;
    return mount("overlay", target, "overlay", flags, options) == 0 ? 0 : errno;
}

int chost_mount_memory(const char *target, uint64_t bytes, int *swappable) {
    char options[64];
    unsigned long flags = MS_NOSUID | MS_NODEV | MS_NOEXEC;
    *swappable = 0;
    snprintf(options, sizeof options, "mode=0711,noswap,size=%llu", (unsigned long long)bytes);
    if (mount("tmpfs", target, "tmpfs", flags, options) == 0) return 0;
    // Before Linux 6.4 tmpfs may be swapped out; with it there is a ceiling, with ramfs none.
    *swappable = 1;
    snprintf(options, sizeof options, "mode=0711,size=%llu", (unsigned long long)bytes);
    return mount("tmpfs", target, "tmpfs", flags, options) == 0 ? 0 : errno;
}

/// The descriptor of a loop device that is bound to `file` and frees itself, or -errno.
static int bind_loop(int file, char *name, size_t room) {
    int control = open("/dev/loop-control", O_RDWR | O_CLOEXEC);
    if (control < 0) return -errno;
    int error = EBUSY;
    // Others take free devices too: between asking and binding it may be gone.
    for (int turn = 0; turn < 64; turn++) {
        int number = ioctl(control, LOOP_CTL_GET_FREE);
        if (number < 0) { error = errno; break; }
        snprintf(name, room, "/dev/loop%d", number);
        int device = open(name, O_RDWR | O_CLOEXEC);
        if (device < 0 && errno == ENOENT
            && mknod(name, S_IFBLK | 0600, makedev(7, (unsigned)number)) == 0)
            device = open(name, O_RDWR | O_CLOEXEC);
        if (device < 0) { error = errno; break; }
        struct loop_config config;
        memset(&config, 0, sizeof config);
        config.fd = (uint32_t)file;
        config.info.lo_flags = LO_FLAGS_AUTOCLEAR;
        if (ioctl(device, LOOP_CONFIGURE, &config) == 0) {
            close(control);
            return device;
        }
        error = errno;
        close(device);
        if (error != EBUSY) break;
    }
    close(control);
    return -error;
}

int chost_mount_loop(const char *image, const char *target) {
    char name[32];
    int file = open(image, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
    if (file < 0) return errno;
    int device = bind_loop(file, name, sizeof name);
    close(file);
    if (device < 0) return -device;
    int result = mount(name, target, "ext4", MS_NOSUID | MS_NODEV | MS_NOATIME, "");
    int error = result == 0 ? 0 : errno;
    close(device);
    return error;
}

int chost_detach_mount(const char *target) {
    return umount2(target, MNT_DETACH | UMOUNT_NOFOLLOW) == 0 ? 0 : errno;
}
