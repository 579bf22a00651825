// Tables of iptables-legacy.
#ifndef CHOST_PACKETS_SHIM_H
#define CHOST_PACKETS_SHIM_H

#include <stddef.h>
#include <stdint.h>

// A table of iptables-legacy of this network namespace, or with `six` of ip6tables-legacy: struct
// ipt_getinfo (84 bytes) and the entries behind it. A table that is not there yet would be made,
// so ask for those that are listed. Returns the count of bytes, which were only written when they
// are at most `most`; or -errno (-EAGAIN where the table changed meanwhile).
long chost_packet_table(int six, const char *name, uint8_t *bytes, size_t most);

#endif
