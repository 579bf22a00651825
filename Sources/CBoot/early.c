#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

// The Swift runtime reads /proc before `main` runs. A first process that finds none mounts it, and
// what else every program expects. Failures show later, where they are needed.
__attribute__((constructor(101))) static void mount_early(void) {
    if (getpid() != 1 || access("/proc/self/cmdline", F_OK) == 0) return;
    mkdir("/proc", 0555);
    mkdir("/sys", 0555);
    mkdir("/dev", 0755);
    mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL);
    mount("sysfs", "/sys", "sysfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL);
    mount("devtmpfs", "/dev", "devtmpfs", MS_NOSUID, "mode=0755");
}
