// The disk: CRC32C in hardware, and the calls whose flags or names do not import.
#ifndef CHOST_DISK_SHIM_H
#define CHOST_DISK_SHIM_H

#include <stddef.h>
#include <stdint.h>

/// CRC32C (Castagnoli, reflected 0x82F63B78) of `count` bytes, continuing `crc` (0 to begin).
uint32_t chost_crc32c(uint32_t crc, const void *bytes, size_t count);

/// The same by table, for processors without the instruction and to check the other one.
uint32_t chost_crc32c_portable(uint32_t crc, const void *bytes, size_t count);

/// Opens for reading past the page cache (O_DIRECT); -1 with errno EINVAL where refused.
int chost_open_direct(const char *path);

/// Takes the exclusive lock of an open file without waiting; 0, or -1 with errno.
int chost_lock_exclusive(int descriptor);

/// 1 when the file system of `path` keeps its files in memory (tmpfs, ramfs), 0 when not, or -1
/// with errno.
int chost_is_memory(const char *path);

#endif
