#define _GNU_SOURCE
#include "packets_shim.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

// The same in linux/netfilter_ipv4/ip_tables.h and linux/netfilter_ipv6/ip6_tables.h, which do not
// get on with the headers of the C library.
enum { get_info = 64, get_entries = 65, table_name = 32 };
struct table_info {
    char name[table_name];
    uint32_t valid_hooks, hook_entry[5], underflow[5], entries, size;
};
struct table_entries {
    char name[table_name];
    uint32_t size;
    uint32_t spare;
    uint8_t entries[];
};

static long read_table(int fd, int level, const char *name, uint8_t *bytes, size_t most) {
    struct table_info info;
    socklen_t length = sizeof info;
    memset(&info, 0, sizeof info);
    strncpy(info.name, name, table_name - 1);
    if (getsockopt(fd, level, get_info, &info, &length) != 0) return -errno;
    size_t whole = sizeof info + info.size;
    if (whole > most) return (long)whole;
    socklen_t count = (socklen_t)(sizeof(struct table_entries) + info.size);
    struct table_entries *all = calloc(1, count);
    if (all == NULL) return -ENOMEM;
    strncpy(all->name, name, table_name - 1);
    all->size = info.size;
    // The kernel says EAGAIN when the table has another size by now.
    long result = getsockopt(fd, level, get_entries, all, &count) == 0 ? (long)whole : -errno;
    if (result > 0) {
        memcpy(bytes, &info, sizeof info);
        memcpy(bytes + sizeof info, all->entries, info.size);
    }
    free(all);
    return result;
}

long chost_packet_table(int six, const char *name, uint8_t *bytes, size_t most) {
    int fd = socket(six ? AF_INET6 : AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW);
    if (fd < 0) return -errno;
    long result = read_table(fd, six ? IPPROTO_IPV6 : IPPROTO_IP, name, bytes, most);
    close(fd);
    return result;
}
