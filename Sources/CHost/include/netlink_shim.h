// Kernel feeds: netlink sockets, the process connector, /proc reads without allocation, statmount.
#ifndef CHOST_NETLINK_SHIM_H
#define CHOST_NETLINK_SHIM_H

#include <stddef.h>
#include <stdint.h>

// A non-blocking netlink socket in the given groups with at least `buffer` bytes of receive buffer
// when the caller may force it. Returns the descriptor, or -errno.
int chost_netlink_open(int protocol, uint32_t groups, int buffer);

// Joins a multicast group by number. Returns 0 or -errno.
int chost_netlink_join(int fd, uint32_t group);

// A descriptor that becomes readable when the wall clock is set; reading it gives ECANCELED.
// Returns the descriptor, or -errno.
int chost_clock_steps(void);

// Receives up to `slots` datagrams into slots of `slot` bytes. Datagrams that the kernel did not
// send, and those that do not fit, get length 0 and UINT32_MAX. Returns the count, or -errno.
int chost_netlink_receive(int fd, uint8_t *buffer, size_t slot, int slots, uint32_t *lengths);

// Sends one request to the kernel. Returns 0 or -errno.
int chost_netlink_send(int fd, const uint8_t *bytes, size_t count);

// Asks for process events: all kinds on any kernel, then only those of `mask` where the kernel
// filters (6.6 and newer). Returns 0 or -errno.
int chost_connector_listen(int fd, uint32_t mask);

// Waits until the descriptor is readable. Returns 1, 0 after the time, or -errno.
int chost_wait_readable(int fd, int milliseconds);

// Reads /proc/<pid>/<name> from its start. Returns the count, or -errno.
long chost_process_read(int procfs, int pid, const char *name, uint8_t *buffer, size_t count);

// Reads the link /proc/<pid>/exe. Returns the count, or -errno.
long chost_process_link(int procfs, int pid, uint8_t *buffer, size_t count);

// The processes of /proc. Returns how many there are, of which the first `count` are written.
long chost_process_list(int procfs, int32_t *pids, size_t count);

// Pairs of (reused, unique) mount identifiers. Returns the count of pairs, or -errno (-ENOSYS
// before Linux 6.8).
long chost_mount_identifiers(uint64_t *pairs, size_t count);

// Gives the calling thread a network namespace of its own. Returns the thread, or -errno.
int chost_leave_network(void);

// A new poll set, and a descriptor that wakes it. Return a descriptor, or -errno.
int chost_poll_new(void);
int chost_poll_event(void);

// Adds a descriptor to a poll set under a token. Returns 0 or -errno.
int chost_poll_add(int poller, int fd, int priority, uint64_t token);

// Waits for events. Returns the count of tokens written, or -errno.
int chost_poll_wait(int poller, uint64_t *tokens, int count, int milliseconds);

#endif
