/*
 * Headers of the old-style (v7) tar that Belenios archives use (PROTOCOL.md section 11). Mode,
 * owner and padding are fixed, so that a header is a function of name, size and time: a reader
 * takes those three from it, writes the header again and compares all 512 bytes.
 */
#ifndef TS_BALLOT_TAR_H
#define TS_BALLOT_TAR_H

#include "proto/base/bytes.h"

#define TS_TAR_BLOCK 512
#define TS_TAR_NAME_MAX 99
/* 11 octal digits. */
#define TS_TAR_NUMBER_MAX ((UINT64_C(1) << 33) - 1)

struct ts_tar_header {
    char name[TS_TAR_NAME_MAX + 1]; /* NUL-terminated */
    uint64_t size;                  /* of the body, in bytes */
    uint64_t mtime;                 /* Unix seconds */
};

/* The name must fit and the numbers be at most TS_TAR_NUMBER_MAX (asserted). */
void ts_tar_write(uint8_t out[static TS_TAR_BLOCK], const struct ts_tar_header *header);
/* -1 when the block is not, bit for bit, what ts_tar_write() makes of its own content. */
int ts_tar_read(struct ts_tar_header *out, const uint8_t block[static TS_TAR_BLOCK]);
/* NUL bytes that follow a body of that size. */
size_t ts_tar_padding(uint64_t size);

#endif
