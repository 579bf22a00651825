// Decompression of gzip (RFC 1952) and Zstandard (RFC 8878) streams, piece by piece.
#ifndef CHOST_INFLATE_SHIM_H
#define CHOST_INFLATE_SHIM_H

#include <stddef.h>
#include <stdint.h>

struct chost_inflater;

enum chost_inflate_kind { CHOST_INFLATE_GZIP = 1, CHOST_INFLATE_ZSTD = 2 };

// A decompressor; NULL without memory.
struct chost_inflater *chost_inflater_open(int kind);
void chost_inflater_close(struct chost_inflater *inflater);

// Takes from `input` and fills `output`; says how much of each. Returns 0, or -1 for damaged
// input, or -2 without memory.
int chost_inflater_step(
    struct chost_inflater *inflater, const uint8_t *input, size_t count, size_t *used,
    uint8_t *output, size_t room, size_t *made);

// True where the input may end: after a whole member or frame.
int chost_inflater_is_whole(const struct chost_inflater *inflater);

#endif
