#ifndef CHOST_H
#define CHOST_H

#include <rocksdb/c.h>
#include "spawn_shim.h"
#include "yaml_shim.h"

#endif
