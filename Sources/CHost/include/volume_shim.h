// What volumes need of the kernel: loop devices, mounts, freezing, sparse and shared copies.
#ifndef CHOST_VOLUME_SHIM_H
#define CHOST_VOLUME_SHIM_H

#include <stddef.h>
#include <stdint.h>

// Binds an open image to a free loop device that frees itself when its last user goes. Tries
// `tries` times, as others may take the device meanwhile. Returns the open device, with its
// number in `*number`, or -errno: -ENOENT without a loop driver, -EBUSY when none is free.
int chost_loop_bind(const char *control, int image, int tries, int *number);

// Tells a loop device that its image has grown. Returns 0 or -errno.
int chost_loop_resize(int device);

// Mounts without set-user-id and devices; `data` are the file system's own options. With
// `again` it changes the options of what is mounted there. Returns 0 or -errno.
int chost_mount(
    const char *source, const char *target, const char *type, const char *data, int again);

// Unmounts; never follows a link. Returns 0 or -errno (-EBUSY while somebody uses it).
int chost_unmount(const char *target);

// Stops all writes of the file system that `descriptor` is on, its bytes on the device, or lets
// them go on. The state outlives the caller. Returns 0 or -errno (-EINVAL: thawed already).
int chost_freeze(int descriptor);
int chost_thaw(int descriptor);

// Writes all of a file system. Returns 0 or -errno.
int chost_sync_file_system(int descriptor);

// Makes `to` share the bytes of `from`. Returns 0 or -errno.
int chost_reflink(int from, int to);

// Whether two nameless files of a folder can share bytes: 1, 0, or -errno.
int chost_can_reflink(const char *folder);

// Copies what is no hole of `from` into the empty `to` and gives it the same size. Adds the bytes
// to `*copied`. Returns 0 or -errno.
int chost_copy_sparse(int from, int to, int64_t *copied);

// Copies all extended attributes between two open files of any kind but links. Returns 0 or
// -errno.
int chost_copy_attributes(int from, int to);

#endif
