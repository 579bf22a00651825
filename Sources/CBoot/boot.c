#define _GNU_SOURCE
#include "cboot.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/watchdog.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/random.h>
#include <sys/reboot.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

const unsigned long cboot_read_only = MS_RDONLY, cboot_no_set_user = MS_NOSUID,
    cboot_no_devices = MS_NODEV, cboot_no_programs = MS_NOEXEC,
    cboot_no_access_times = MS_NOATIME, cboot_move = MS_MOVE, cboot_again = MS_REMOUNT;

static int outcome(long result) { return result < 0 ? -errno : (int)result; }

int cboot_mount(
    const char *source, const char *target, const char *type, unsigned long flags,
    const char *data) {
    return outcome(mount(source, target, type, flags, data));
}

int cboot_unmount(const char *target, int lazy) {
    return outcome(umount2(target, UMOUNT_NOFOLLOW | (lazy ? MNT_DETACH : 0)));
}

int cboot_load_module(const char *path) {
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) return -errno;
    int result = outcome(syscall(SYS_finit_module, file, "", 0));
    close(file);
    return result == -EEXIST ? 0 : result;
}

// fs/ext4/ext4.h; not in the headers for programs.
#define CBOOT_EXT4_RESIZE _IOW('f', 16, uint64_t)
struct cboot_ext4_identity {
    uint32_t length;
    uint32_t flags;
    uint8_t bytes[16];
};
#define CBOOT_EXT4_SET_IDENTITY _IOW('f', 44, uint64_t)

int cboot_resize_file_system(int folder, uint64_t blocks) {
    return outcome(ioctl(folder, CBOOT_EXT4_RESIZE, &blocks));
}

int cboot_set_identity(int folder, const uint8_t identity[16]) {
    struct cboot_ext4_identity request = {16, 0, {0}};
    memcpy(request.bytes, identity, 16);
    return outcome(ioctl(folder, CBOOT_EXT4_SET_IDENTITY, &request));
}

int64_t cboot_device_bytes(int device) {
    uint64_t bytes = 0;
    return ioctl(device, BLKGETSIZE64, &bytes) < 0 ? -errno : (int64_t)bytes;
}

int cboot_random(uint8_t *bytes, size_t count) {
    ssize_t got = getrandom(bytes, count, GRND_INSECURE);
    return got == (ssize_t)count ? 0 : -EIO;
}

int cboot_enter_root(void) {
    // pivot_root(2) refuses an initramfs: the mount moves over it instead.
    if (mount(".", "/", NULL, MS_MOVE, NULL) < 0 || chroot(".") < 0 || chdir("/") < 0)
        return -errno;
    return 0;
}

int cboot_become(const char *program, char *const *arguments, char *const *environment) {
    return outcome(execve(program, arguments, environment));
}

int cboot_restart(void) { return outcome(reboot(RB_AUTOBOOT)); }
int cboot_power_off(void) { return outcome(reboot(RB_POWER_OFF)); }
int cboot_claim_restart_keys(void) { return outcome(reboot(RB_DISABLE_CAD)); }

int cboot_arm_watchdog(const char *path, int seconds) {
    int watchdog = open(path, O_WRONLY | O_CLOEXEC);
    if (watchdog < 0) return -errno;
    if (ioctl(watchdog, WDIOC_SETTIMEOUT, &seconds) == 0) return watchdog;
    int error = errno;
    close(watchdog);
    return -error;
}

int cboot_feed_watchdog(int watchdog) { return outcome(ioctl(watchdog, WDIOC_KEEPALIVE, 0)); }

int cboot_disarm_watchdog(int watchdog) {
    // The letter that makes closing stop it (watchdog-api.rst, magic close).
    int result = outcome(write(watchdog, "V", 1));
    close(watchdog);
    return result < 0 ? result : 0;
}

int cboot_set_host_name(const char *name) { return outcome(sethostname(name, strlen(name))); }

int cboot_set_clock(int64_t milliseconds) {
    struct timeval time = {milliseconds / 1000, (milliseconds % 1000) * 1000};
    return outcome(settimeofday(&time, NULL));
}
