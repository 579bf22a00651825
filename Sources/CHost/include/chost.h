// C shims for what does not import into Swift: system headers with flexible structs and macros.
#ifndef CHOST_H
#define CHOST_H

#include <rocksdb/c.h>

#include "disk_shim.h"

#endif
