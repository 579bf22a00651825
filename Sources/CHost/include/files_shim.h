// Changes of files and mounts by fanotify, and what stat does not say of a file.
#ifndef CHOST_FILES_SHIM_H
#define CHOST_FILES_SHIM_H

#include <stddef.h>
#include <stdint.h>

// A group of file events that are reported by the handle of their folder and their name, and with
// `handles` a pidfd of the process. Returns the descriptor, or -errno (-EINVAL where the kernel
// gives no handles).
int chost_file_events_open(int handles);

// 1 while the process of a pidfd is there, as a zombie too; 0 after it was reaped.
int chost_process_lasts(int handle);

// Adds the events of `mask` on the whole file system that holds `path`. Returns 0 or -errno.
int chost_file_events_mark(int fd, uint64_t mask, const char *path);

// The identifier of the file system that holds `path`, as events have it. Returns 0 or -errno.
int chost_file_system_id(const char *path, uint64_t *identifier);

// The path of a folder by its handle, on the file system that `mount` is open on. Returns the
// count of bytes written, or -errno (-ESTALE for one that is gone).
long chost_handle_path(
    int mount, int32_t type, const uint8_t *handle, uint32_t count, uint8_t *path, size_t most);

// When a file was made, in nanoseconds since 1970, without following a link. Returns 0, or
// -ENODATA where the file system does not keep it.
int chost_file_birth(const char *path, int64_t *nanoseconds);

// The names of a file's extended attributes, each closed by a zero, without following a link.
// Returns the count of bytes, or -errno (-ERANGE where they are more than `most`).
long chost_file_attributes(const char *path, uint8_t *names, size_t most);

// The value of one of them. Returns the count of bytes, or -errno.
long chost_file_attribute(const char *path, const char *name, uint8_t *value, size_t most);

// The mounts that come to and go from the mount namespace of the caller. Returns the descriptor, or
// -errno (-EINVAL before Linux 6.15, which has no such events).
int chost_mount_events_open(void);

#endif
