// What the first program of a machine asks of the kernel. All calls return 0 or a descriptor or
// -errno.
#ifndef CBOOT_H
#define CBOOT_H

#include <stddef.h>
#include <stdint.h>

// Mounts; `data` are the file system's own options and may be NULL.
int cboot_mount(
    const char *source, const char *target, const char *type, unsigned long flags,
    const char *data);
// Unmounts; with `lazy` the name goes at once and the rest when its last user goes.
int cboot_unmount(const char *target, int lazy);

extern const unsigned long cboot_read_only, cboot_no_set_user, cboot_no_devices,
    cboot_no_programs, cboot_no_access_times, cboot_move, cboot_again;

// Loads a kernel module from its file; one that is there already is no error.
int cboot_load_module(const char *path);

// Opens `name` as a verified device of so many sectors of 512 bytes; with `replace` its table
// takes the place of the one in force.
int cboot_open_verity(const char *name, const char *table, uint64_t sectors, int replace);

// Makes the file system of an open folder as large as so many of its blocks (ext4).
int cboot_resize_file_system(int folder, uint64_t blocks);
// Gives the mounted ext4 of an open folder another UUID.
int cboot_set_identity(int folder, const uint8_t identity[16]);
// Bytes of an open block device.
int64_t cboot_device_bytes(int device);

// Fills from the kernel's random source, at boot without waiting for it to be seeded.
int cboot_random(uint8_t *bytes, size_t count);

// Makes the working directory the root of this process, for good.
int cboot_enter_root(void);
// Becomes another program; returns only when that fails.
int cboot_become(const char *program, char *const *arguments, char *const *environment);

// Restarts the machine, or switches it off. Returns only when the kernel refuses.
int cboot_restart(void);
int cboot_power_off(void);
// Lets Ctrl-Alt-Del send SIGINT to the first process instead of resetting at once.
int cboot_claim_restart_keys(void);

// Arms the watchdog to reset the machine when it is not fed for so many seconds. Returns it open.
int cboot_arm_watchdog(const char *path, int seconds);
int cboot_feed_watchdog(int watchdog);
// Stops it, for an ordered end, and closes it.
int cboot_disarm_watchdog(int watchdog);

int cboot_set_host_name(const char *name);
int cboot_set_clock(int64_t milliseconds);

// Takes an interface up.
int cboot_raise_link(const char *name);
// Gives an interface its one IPv4 address, in network byte order; 0 takes it away.
int cboot_set_address(const char *name, uint32_t address, uint32_t mask);
// Sets the default route through an interface, in place of the one it had.
int cboot_set_gateway(const char *name, uint32_t gateway, int metric);
// The hardware address of an Ethernet interface.
int cboot_hardware_address(const char *name, uint8_t address[6]);

// A UDP socket of port 68 that hears and sends on one interface only, address or not (RFC 2131).
int cboot_lease_socket(const char *interface);
// Sends to port 67 of that address, in network byte order; 0 is all.
int cboot_lease_send(int socket, uint32_t to, const uint8_t *bytes, size_t count);
// Waits so long for a datagram: its bytes, 0 for none.
int cboot_lease_receive(int socket, uint8_t *bytes, size_t room, int milliseconds);

#endif
