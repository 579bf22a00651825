#define _GNU_SOURCE
#include "netlink_shim.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/cn_proc.h>
#include <linux/connector.h>
#include <linux/netlink.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <unistd.h>

int chost_netlink_open(int protocol, uint32_t groups, int buffer) {
    int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, protocol);
    if (fd < 0) return -errno;
    if (buffer > 0 && setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &buffer, sizeof buffer) != 0)
        setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &buffer, sizeof buffer);
    struct sockaddr_nl address = {.nl_family = AF_NETLINK, .nl_groups = groups};
    if (bind(fd, (struct sockaddr *)&address, sizeof address) != 0) {
        int code = errno;
        close(fd);
        return -code;
    }
    return fd;
}

int chost_netlink_join(int fd, uint32_t group) {
    return setsockopt(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group, sizeof group) == 0 ? 0
                                                                                          : -errno;
}

int chost_netlink_receive(int fd, uint8_t *buffer, size_t slot, int slots, uint32_t *lengths) {
    enum { most = 64 };
    struct mmsghdr messages[most];
    struct iovec parts[most];
    struct sockaddr_nl senders[most];
    if (slots > most) slots = most;
    memset(messages, 0, sizeof messages[0] * (size_t)slots);
    for (int i = 0; i < slots; i++) {
        parts[i] = (struct iovec){buffer + slot * (size_t)i, slot};
        messages[i].msg_hdr.msg_iov = &parts[i];
        messages[i].msg_hdr.msg_iovlen = 1;
        messages[i].msg_hdr.msg_name = &senders[i];
        messages[i].msg_hdr.msg_namelen = sizeof senders[i];
    }
    int count;
    do count = recvmmsg(fd, messages, (unsigned)slots, MSG_DONTWAIT, NULL);
    while (count < 0 && errno == EINTR);
    if (count < 0) return -errno;
    for (int i = 0; i < count; i++) {
        lengths[i] = messages[i].msg_len;
        if (messages[i].msg_hdr.msg_flags & MSG_TRUNC) lengths[i] = UINT32_MAX;
        if (senders[i].nl_pid != 0) lengths[i] = 0;
    }
    return count;
}

int chost_netlink_send(int fd, const uint8_t *bytes, size_t count) {
    struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};
    ssize_t sent = sendto(fd, bytes, count, 0, (struct sockaddr *)&kernel, sizeof kernel);
    return sent < 0 ? -errno : 0;
}

static int connector_send(int fd, const uint32_t *words, size_t count) {
    struct {
        struct nlmsghdr header;
        struct cn_msg message;
        uint32_t words[2];
    } __attribute__((packed)) request;
    memset(&request, 0, sizeof request);
    size_t length = sizeof request.header + sizeof request.message + count * sizeof *words;
    request.header.nlmsg_len = (uint32_t)length;
    request.header.nlmsg_type = NLMSG_DONE;
    request.message.id.idx = CN_IDX_PROC;
    request.message.id.val = CN_VAL_PROC;
    request.message.len = (uint16_t)(count * sizeof *words);
    memcpy(request.words, words, count * sizeof *words);
    return chost_netlink_send(fd, (const uint8_t *)&request, length);
}

int chost_connector_listen(int fd, uint32_t mask) {
    uint32_t words[2] = {PROC_CN_MCAST_LISTEN, mask};
    int result = connector_send(fd, words, 1);
    return result != 0 ? result : connector_send(fd, words, 2);
}

int chost_wait_readable(int fd, int milliseconds) {
    struct pollfd one = {.fd = fd, .events = POLLIN};
    int count;
    do count = poll(&one, 1, milliseconds);
    while (count < 0 && errno == EINTR);
    return count < 0 ? -errno : count;
}

long chost_process_read(int procfs, int pid, const char *name, uint8_t *buffer, size_t count) {
    char path[64];
    snprintf(path, sizeof path, "%d/%s", pid, name);
    int fd = openat(procfs, path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return -errno;
    size_t filled = 0;
    long result = 0;
    while (filled < count) {
        result = read(fd, buffer + filled, count - filled);
        if (result < 0 && errno == EINTR) continue;
        if (result <= 0) break;
        filled += (size_t)result;
        // These files come whole in one read but for the command line, whose length is the cap.
        if ((size_t)result < count && filled < 4096) break;
    }
    if (result < 0) result = -errno;
    close(fd);
    return result < 0 ? result : (long)filled;
}

long chost_process_link(int procfs, int pid, uint8_t *buffer, size_t count) {
    char path[32];
    snprintf(path, sizeof path, "%d/exe", pid);
    long result = readlinkat(procfs, path, (char *)buffer, count);
    return result < 0 ? -errno : result;
}

long chost_process_list(int procfs, int32_t *pids, size_t count) {
    int copy = openat(procfs, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (copy < 0) return -errno;
    DIR *directory = fdopendir(copy);
    if (!directory) {
        int code = errno;
        close(copy);
        return -code;
    }
    size_t found = 0;
    for (struct dirent *entry; (entry = readdir(directory));) {
        char *end;
        long pid = strtol(entry->d_name, &end, 10);
        if (pid <= 0 || *end != 0) continue;
        if (found < count) pids[found] = (int32_t)pid;
        found++;
    }
    closedir(directory);
    return (long)found;
}

// listmount(2) and statmount(2): newer than the headers of Debian 12.
struct mount_request {
    uint32_t size;
    uint32_t spare;
    uint64_t mount;
    uint64_t parameter;
};
struct mount_basics {
    uint32_t size;
    uint32_t options;
    uint64_t mask;
    uint32_t device_major;
    uint32_t device_minor;
    uint64_t magic;
    uint32_t flags;
    uint32_t type;
    uint64_t unique;
    uint64_t parent;
    uint32_t reused;
    uint32_t reused_parent;
    uint8_t rest[440];
};
enum { call_statmount = 457, call_listmount = 458, basics = 2, listed = 512 };
static const uint64_t list_root = UINT64_MAX;

long chost_mount_identifiers(uint64_t *pairs, size_t count) {
    uint64_t identifiers[listed];
    uint64_t last = 0;
    size_t found = 0;
    for (;;) {
        struct mount_request request = {24, 0, list_root, last};
        long result = syscall(call_listmount, &request, identifiers, (size_t)listed, 0);
        if (result < 0) return -errno;
        for (long i = 0; i < result; i++) {
            struct mount_basics one;
            struct mount_request ask = {24, 0, identifiers[i], basics};
            last = identifiers[i];
            if (syscall(call_statmount, &ask, &one, sizeof one, 0) != 0) continue;
            if (found < count) {
                pairs[2 * found] = one.reused;
                pairs[2 * found + 1] = one.unique;
            }
            found++;
        }
        if (result < listed) return (long)found;
    }
}

int chost_leave_network(void) {
    return unshare(CLONE_NEWNET) == 0 ? (int)syscall(SYS_gettid) : -errno;
}

int chost_clock_steps(void) {
    int fd = timerfd_create(CLOCK_REALTIME, TFD_NONBLOCK | TFD_CLOEXEC);
    if (fd < 0) return -errno;
    // Far in the future: only a step of the clock ends the wait, by ECANCELED.
    struct itimerspec when = {.it_value = {.tv_sec = INT64_C(0x7FFFFFFF) * 2}};
    if (timerfd_settime(fd, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &when, NULL) != 0) {
        int code = errno;
        close(fd);
        return -code;
    }
    return fd;
}

int chost_poll_new(void) {
    int fd = epoll_create1(EPOLL_CLOEXEC);
    return fd < 0 ? -errno : fd;
}

int chost_poll_event(void) {
    int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    return fd < 0 ? -errno : fd;
}

int chost_poll_add(int poller, int fd, int priority, uint64_t token) {
    struct epoll_event event = {.events = priority ? EPOLLPRI | EPOLLERR : EPOLLIN};
    event.data.u64 = token;
    return epoll_ctl(poller, EPOLL_CTL_ADD, fd, &event) == 0 ? 0 : -errno;
}

int chost_poll_wait(int poller, uint64_t *tokens, int count, int milliseconds) {
    struct epoll_event events[16];
    if (count > 16) count = 16;
    int found;
    do found = epoll_wait(poller, events, count, milliseconds);
    while (found < 0 && errno == EINTR);
    if (found < 0) return -errno;
    for (int i = 0; i < found; i++) tokens[i] = events[i].data.u64;
    return found;
}
