#include "proto/ballot/tar.h"

#include <assert.h>

/* Offsets of the v7 header. */
enum {
    AT_NAME = 0,
    AT_MODE = 100,
    AT_UID = 108,
    AT_GID = 116,
    AT_SIZE = 124,
    AT_MTIME = 136,
    AT_CHECKSUM = 148,
    AT_TYPE = 156,
};

static void put_octal(uint8_t *field, size_t digits, uint64_t n)
{
    for (size_t i = digits; i-- > 0; n >>= 3)
        field[i] = (uint8_t)('0' + (n & 7));
    assert(n == 0);
}

static int get_octal(uint64_t *out, const uint8_t *field, size_t digits)
{
    uint64_t n = 0;
    for (size_t i = 0; i < digits; i++) {
        if (field[i] < '0' || field[i] > '7')
            return -1;
        n = n << 3 | (uint64_t)(field[i] - '0');
    }
    *out = n;
    return 0;
}

void ts_tar_write(uint8_t out[static TS_TAR_BLOCK], const struct ts_tar_header *header)
{
    size_t name_len = strlen(header->name);
    assert(name_len > 0 && name_len <= TS_TAR_NAME_MAX);
    memset(out, 0, TS_TAR_BLOCK);
    memcpy(out + AT_NAME, header->name, name_len);
    memcpy(out + AT_MODE, "0000644", 7);
    memcpy(out + AT_UID, "0000000", 7);
    memcpy(out + AT_GID, "0000000", 7);
    put_octal(out + AT_SIZE, 11, header->size);
    put_octal(out + AT_MTIME, 11, header->mtime);
    out[AT_TYPE] = '0';
    /* The checksum is the sum of all bytes with its own field taken as eight spaces. */
    memset(out + AT_CHECKSUM, ' ', 8);
    unsigned sum = 0;
    for (size_t i = 0; i < TS_TAR_BLOCK; i++)
        sum += out[i];
    put_octal(out + AT_CHECKSUM, 6, sum);
    out[AT_CHECKSUM + 6] = 0;
}

int ts_tar_read(struct ts_tar_header *out, const uint8_t block[static TS_TAR_BLOCK])
{
    *out = (struct ts_tar_header){0};
    const uint8_t *end = memchr(block, 0, TS_TAR_NAME_MAX + 1);
    if (!end || end == block)
        return -1;
    memcpy(out->name, block, (size_t)(end - block));
    if (get_octal(&out->size, block + AT_SIZE, 11) || get_octal(&out->mtime, block + AT_MTIME, 11))
        return -1;
    uint8_t again[TS_TAR_BLOCK];
    ts_tar_write(again, out);
    return memcmp(again, block, TS_TAR_BLOCK) == 0 ? 0 : -1;
}

size_t ts_tar_padding(uint64_t size)
{
    return (size_t)((TS_TAR_BLOCK - size % TS_TAR_BLOCK) % TS_TAR_BLOCK);
}
