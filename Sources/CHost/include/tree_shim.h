// Work inside a folder that cannot be left: openat2(2), and mounts of layers.
#ifndef CHOST_TREE_SHIM_H
#define CHOST_TREE_SHIM_H

#include <stddef.h>
#include <stdint.h>

// Opens `path` below the folder `root`. `inside` 0: no symbolic link may be met on the way and
// none leads out; 1: links are followed as if `root` were `/`. Returns the descriptor or -errno.
int chost_tree_open(int root, const char *path, int flags, uint32_t mode, int inside);

// A device 0/0: what overlayfs takes for the absence of a name. 0 or an errno.
int chost_tree_whiteout(int folder, const char *name);
// Marks a folder as hiding what lower layers have in it. 0 or an errno.
int chost_tree_hide(int folder);
// Whether a folder hides what lower layers have in it.
int chost_tree_hides(int folder);
// Whether what is named is a whiteout.
int chost_tree_is_whiteout(int folder, const char *name);
// Writes all of the file system of an open file or folder. 0 or an errno.
int chost_tree_sync(int file);
// Gives the room of the first bytes of a file back; offsets stay. 0 or an errno.
int chost_tree_release(int file, int64_t bytes);

// Mounts overlayfs over `count` lower folders, the uppermost first. 0 or an errno.
int chost_mount_overlay(
    const int *lower, size_t count, int upper, int work, const char *target);
// Mounts memory that is never swapped where the kernel can (`*swappable` says), of at most so
// many bytes. 0 or an errno.
int chost_mount_memory(const char *target, uint64_t bytes, int *swappable);
// Mounts a file with an ext4 file system through a loop device that goes with the mount.
int chost_mount_loop(const char *image, const char *target);
// Takes a mount away at once, whoever uses it. 0, or an errno (EINVAL: it was none).
int chost_detach_mount(const char *target);

#endif
