#define _GNU_SOURCE
#include "cboot.h"

#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <net/route.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

// Calls ioctl(2) on a socket made for it.
static int ask(unsigned long what, void *argument) {
    int file = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (file < 0) return -errno;
    int result = ioctl(file, what, argument) < 0 ? -errno : 0;
    close(file);
    return result;
}

static struct ifreq named(const char *name) {
    struct ifreq request;
    memset(&request, 0, sizeof request);
    strncpy(request.ifr_name, name, IFNAMSIZ - 1);
    return request;
}

static void put(struct sockaddr *to, uint32_t address) {
    struct sockaddr_in inet = {.sin_family = AF_INET, .sin_addr = {address}};
    memcpy(to, &inet, sizeof inet);
}

int cboot_raise_link(const char *name) {
    struct ifreq request = named(name);
    int result = ask(SIOCGIFFLAGS, &request);
    if (result < 0) return result;
    request.ifr_flags |= IFF_UP | IFF_RUNNING;
    return ask(SIOCSIFFLAGS, &request);
}

int cboot_set_address(const char *name, uint32_t address, uint32_t mask) {
    struct ifreq request = named(name);
    put(&request.ifr_addr, address);
    int result = ask(SIOCSIFADDR, &request);
    if (result < 0 || address == 0) return result;
    put(&request.ifr_netmask, mask);
    return ask(SIOCSIFNETMASK, &request);
}

int cboot_set_gateway(const char *name, uint32_t gateway, int metric) {
    char device[IFNAMSIZ] = {0};
    struct rtentry route;
    memset(&route, 0, sizeof route);
    strncpy(device, name, IFNAMSIZ - 1);
    put(&route.rt_dst, 0);
    put(&route.rt_genmask, 0);
    put(&route.rt_gateway, gateway);
    route.rt_flags = RTF_UP | RTF_GATEWAY;
    // The kernel takes one from it.
    route.rt_metric = (short)(metric + 1);
    route.rt_dev = device;
    int result = ask(SIOCADDRT, &route);
    return result == -EEXIST ? 0 : result;
}

int cboot_hardware_address(const char *name, uint8_t address[6]) {
    struct ifreq request = named(name);
    int result = ask(SIOCGIFHWADDR, &request);
    if (result < 0) return result;
    if (request.ifr_hwaddr.sa_family != ARPHRD_ETHER) return -EPROTONOSUPPORT;
    memcpy(address, request.ifr_hwaddr.sa_data, 6);
    return 0;
}

int cboot_lease_socket(const char *interface) {
    int on = 1;
    struct sockaddr_in local = {.sin_family = AF_INET, .sin_port = htons(68)};
    int file = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (file < 0) return -errno;
    if (setsockopt(file, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0
        && setsockopt(file, SOL_SOCKET, SO_BROADCAST, &on, sizeof on) == 0
        && setsockopt(
               file, SOL_SOCKET, SO_BINDTODEVICE, interface, (socklen_t)strlen(interface) + 1)
            == 0
        && bind(file, (struct sockaddr *)&local, sizeof local) == 0)
        return file;
    int error = errno;
    close(file);
    return -error;
}

int cboot_lease_send(int socket, uint32_t to, const uint8_t *bytes, size_t count) {
    struct sockaddr_in peer = {.sin_family = AF_INET, .sin_port = htons(67)};
    peer.sin_addr.s_addr = to ? to : INADDR_BROADCAST;
    ssize_t sent = sendto(socket, bytes, count, 0, (struct sockaddr *)&peer, sizeof peer);
    return sent == (ssize_t)count ? 0 : sent < 0 ? -errno : -EIO;
}

int cboot_lease_receive(int socket, uint8_t *bytes, size_t room, int milliseconds) {
    struct pollfd wait = {socket, POLLIN, 0};
    int ready = poll(&wait, 1, milliseconds);
    if (ready <= 0) return ready == 0 || errno == EINTR ? 0 : -errno;
    ssize_t count = recv(socket, bytes, room, 0);
    if (count < 0) return errno == EAGAIN || errno == EINTR ? 0 : -errno;
    return (int)count;
}
