// Namespaces of the kernel.
#ifndef CHOST_NAMESPACE_SHIM_H
#define CHOST_NAMESPACE_SHIM_H

#include <stdint.h>

// The identifier, never used again, of the namespace a file of nsfs stands for (NS_GET_ID, Linux
// 6.18). Returns 0 or -errno.
int chost_namespace_identifier(const char *path, uint64_t *identifier);

#endif
