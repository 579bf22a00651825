#include "inflate_shim.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>

struct chost_inflater {
    int kind;
    int whole;
    z_stream gzip;
    ZSTD_DStream *zstd;
};

struct chost_inflater *chost_inflater_open(int kind) {
    struct chost_inflater *inflater = calloc(1, sizeof *inflater);
    if (!inflater) return NULL;
    inflater->kind = kind;
    int ready;
    if (kind == CHOST_INFLATE_GZIP) {
        // 15 bits of window, and 16 for a gzip header and its checksum.
        ready = inflateInit2(&inflater->gzip, 15 + 16) == Z_OK;
    } else {
        inflater->zstd = ZSTD_createDStream();
        ready = inflater->zstd && !ZSTD_isError(ZSTD_initDStream(inflater->zstd));
    }
    if (ready) return inflater;
    chost_inflater_close(inflater);
    return NULL;
}

void chost_inflater_close(struct chost_inflater *inflater) {
    if (!inflater) return;
    if (inflater->kind == CHOST_INFLATE_GZIP) inflateEnd(&inflater->gzip);
    ZSTD_freeDStream(inflater->zstd);
    free(inflater);
}

static int step_gzip(
    struct chost_inflater *inflater, const uint8_t *input, size_t count, size_t *used,
    uint8_t *output, size_t room, size_t *made) {
    z_stream *stream = &inflater->gzip;
    // Members follow each other in what pigz and estargz write.
    if (inflater->whole && count > 0) {
        if (inflateReset(stream) != Z_OK) return -1;
        inflater->whole = 0;
    }
    stream->next_in = (Bytef *)input;
    stream->avail_in = (uInt)count;
    stream->next_out = output;
    stream->avail_out = (uInt)room;
    int result = inflate(stream, Z_NO_FLUSH);
    *used = count - stream->avail_in;
    *made = room - stream->avail_out;
    if (result == Z_STREAM_END) inflater->whole = 1;
    if (result == Z_OK || result == Z_STREAM_END || result == Z_BUF_ERROR) return 0;
    return result == Z_MEM_ERROR ? -2 : -1;
}

static int step_zstd(
    struct chost_inflater *inflater, const uint8_t *input, size_t count, size_t *used,
    uint8_t *output, size_t room, size_t *made) {
    ZSTD_inBuffer in = {input, count, 0};
    ZSTD_outBuffer out = {output, room, 0};
    size_t result = ZSTD_decompressStream(inflater->zstd, &out, &in);
    *used = in.pos;
    *made = out.pos;
    if (ZSTD_isError(result)) return -1;
    // Nothing taken and nothing made: the state of before stands.
    if (in.pos > 0 || out.pos > 0) inflater->whole = result == 0;
    return 0;
}

int chost_inflater_step(
    struct chost_inflater *inflater, const uint8_t *input, size_t count, size_t *used,
    uint8_t *output, size_t room, size_t *made) {
    if (inflater->kind == CHOST_INFLATE_GZIP)
        return step_gzip(inflater, input, count, used, output, room, made);
    return step_zstd(inflater, input, count, used, output, room, made);
}

int chost_inflater_is_whole(const struct chost_inflater *inflater) { return inflater->whole; }
