// Sockets that never block, of datagrams and streams, and waiting for many of them.
#ifndef CHOST_SOCKET_SHIM_H
#define CHOST_SOCKET_SHIM_H

#include <stddef.h>
#include <stdint.h>

// An address of 4 or 16 bytes in the order of the network, and a port.
struct chost_endpoint {
    uint8_t bytes[16];
    uint8_t count;
    uint16_t port;
};

// A socket bound to an address (port 0: any). Returns it, or -errno.
int chost_datagram_bind(const struct chost_endpoint *local);

// A socket bound to any address and that port, which takes datagrams of `peer` only. Returns it,
// or -errno (-EADDRINUSE: try another port).
int chost_datagram_connect(const struct chost_endpoint *peer, uint16_t port);

// A socket that listens. Returns it, or -errno.
int chost_channel_listen(const struct chost_endpoint *local, int backlog);

// A socket that connects; it can be written to once it has. Returns it, or -errno.
int chost_channel_connect(const struct chost_endpoint *peer);

// The next connection, or -errno.
int chost_channel_accept(int listener, struct chost_endpoint *peer);

// The port a socket is bound to, or -errno.
int chost_local_port(int socket);

// Datagrams that are read and answered together, each of at most `room` bytes.
struct chost_datagrams;
struct chost_datagrams *chost_datagrams_new(int count, int room);
void chost_datagrams_free(struct chost_datagrams *datagrams);
// Reads what has come. Returns the count, or -errno.
int chost_datagrams_receive(struct chost_datagrams *datagrams, int socket);
// Bytes of the datagram at `index`; `length` is what was sent, which may be more than fits.
const uint8_t *chost_datagram(const struct chost_datagrams *datagrams, int index, int *length);
void chost_datagram_peer(
    const struct chost_datagrams *datagrams, int index, struct chost_endpoint *peer);
// Puts the answer to the datagram at `index` to those that `chost_datagrams_send` sends.
void chost_datagrams_answer(
    struct chost_datagrams *datagrams, int index, const uint8_t *bytes, int count);
// Sends the answers. Returns how many the kernel took, or -errno.
int chost_datagrams_send(struct chost_datagrams *datagrams, int socket);
// Sends one datagram. Returns 0 or -errno.
int chost_datagram_send(
    int socket, const struct chost_endpoint *peer, const uint8_t *bytes, int count);

// Waits for sockets: `events` are 1 (to read), 2 (to write) or both.
int chost_watch(int queue, int socket, uint64_t token, int events, int again);
int chost_unwatch(int queue, int socket);
int chost_watch_wait(int queue, uint64_t *tokens, int *events, int count, int milliseconds);

#endif
