// Stream sockets that never block, and epoll over them (socket(7), epoll(7)).
#ifndef CHOST_STREAM_SHIM_H
#define CHOST_STREAM_SHIM_H

#include <stddef.h>
#include <stdint.h>

// Writes the socket address of a numeric host and a port. Returns its length, or -EINVAL.
int chost_stream_address(const char *host, uint16_t port, uint8_t *to, uint32_t most);

// A listening socket. Returns the descriptor, or -errno.
int chost_stream_listen(const uint8_t *address, uint32_t length, int backlog);

// The port a socket is bound to, or -errno.
int chost_stream_port(int fd);

// Begins to connect; `pending` becomes 1 while it goes on. Returns the descriptor, or -errno.
int chost_stream_connect(const uint8_t *address, uint32_t length, int *pending);

// Takes a connection and the text of its peer's host, closed by a zero (INET6_ADDRSTRLEN bytes).
// Returns the descriptor, or -errno.
int chost_stream_accept(int fd, char *host, uint32_t most);

// What has come, what could be sent: the count, 0 at the end of the stream, or -errno.
long chost_stream_read(int fd, void *to, size_t most);
long chost_stream_write(int fd, const void *from, size_t count);

// 1 when nothing has come and the peer has not closed: a connection that may be used again.
int chost_stream_quiet(int fd);

// The error of a connection that was being made: 0 or an errno.
int chost_stream_error(int fd);

// Tells the peer that nothing more will be sent. Returns 0 or -errno.
int chost_stream_finish(int fd);

// Makes the close of a connection a reset. Returns 0 or -errno.
int chost_stream_reset(int fd);

void chost_stream_close(int fd);

#define CHOST_READY_READ 1u
#define CHOST_READY_WRITE 2u
#define CHOST_READY_GONE 4u
#define CHOST_READY_END 8u

// Follows a descriptor: changes of readable and writable (edges), or, for a listener that several
// threads share, one thread for each connection that waits. Returns 0 or -errno.
int chost_edge_add(int epoll, int fd, uint64_t token);
int chost_edge_listen(int epoll, int fd, uint64_t token);
int chost_edge_remove(int epoll, int fd);

// Waits for at most so long (-1: for ever) and gives tokens with what they are ready for. Returns
// their count, or -errno.
int chost_edge_wait(int epoll, uint64_t *tokens, uint32_t *ready, int most, int milliseconds);

#endif
