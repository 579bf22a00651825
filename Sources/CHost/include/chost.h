#ifndef CHOST_H
#define CHOST_H

#include <rocksdb/c.h>
#include "thread_shim.h"
#include "heap_shim.h"
#include "netlink_shim.h"
#include "packets_shim.h"
#include "files_shim.h"
#include "spawn_shim.h"
#include "yaml_shim.h"
#include "namespace_shim.h"
#include "inflate_shim.h"
#include "tree_shim.h"

#include "disk_shim.h"
#include "device_shim.h"
#include "clock_state_shim.h"
#include "volume_shim.h"
#include "stream_shim.h"
#include "socket_shim.h"

#endif
