#include "server/journal/slot.h"

#include <sodium.h>

/* credential 32, kind 1, zero 3, length of the ballot 4 (big-endian), signature.hash 32, sum 32 */
#define KIND_AT 32
#define LENGTH_AT 36
#define HASH_AT 40
#define SUM_AT 72

size_t ts_slot_size(uint32_t ballot_max)
{
    return TS_SLOT_HEAD + (size_t)ballot_max;
}

static void slot_sum(uint8_t out[static 32], const struct ts_id *uuid, const uint8_t *row,
                     size_t ballot_len)
{
    static const char domain[] = "tongsheng-slot-1|";
    crypto_generichash_state state;
    crypto_generichash_init(&state, NULL, 0, 32);
    crypto_generichash_update(&state, (const uint8_t *)domain, sizeof domain - 1);
    crypto_generichash_update(&state, (const uint8_t *)uuid->s, strlen(uuid->s));
    crypto_generichash_update(&state, (const uint8_t *)"|", 1);
    crypto_generichash_update(&state, row, SUM_AT);
    crypto_generichash_update(&state, row + TS_SLOT_HEAD, ballot_len);
    crypto_generichash_final(&state, out, 32);
}

void ts_slot_write(struct ts_buf *out, const struct ts_id *uuid, const struct ts_journal_slot *slot,
                   size_t size)
{
    size_t len = TS_SLOT_HEAD + slot->ballot.len;
    if (size < len)
        size = len;
    ts_buf_clear(out);
    ts_buf_reserve(out, size);
    memset(out->ptr, 0, size);
    out->len = size;
    memcpy(out->ptr, slot->credential, 32);
    out->ptr[KIND_AT] = (uint8_t)slot->kind;
    for (unsigned i = 0; i < 4; i++)
        out->ptr[LENGTH_AT + i] = (uint8_t)(slot->ballot.len >> (24 - 8 * i));
    memcpy(out->ptr + HASH_AT, slot->hash, 32);
    if (slot->ballot.len > 0)
        memcpy(out->ptr + TS_SLOT_HEAD, slot->ballot.ptr, slot->ballot.len);
    slot_sum(out->ptr + SUM_AT, uuid, out->ptr, slot->ballot.len);
}

int ts_slot_read(struct ts_journal_slot *out, const struct ts_id *uuid, struct ts_bytes row,
                 size_t size)
{
    uint8_t sum[32];
    size_t ballot_len = 0;
    if (row.len < TS_SLOT_HEAD || (size > 0 && row.len != size))
        return -1;
    for (size_t i = 0; i < 4; i++)
        ballot_len = ballot_len << 8 | row.ptr[LENGTH_AT + i];
    if (ballot_len > row.len - TS_SLOT_HEAD ||
        (size == 0 && ballot_len != row.len - TS_SLOT_HEAD) ||
        row.ptr[KIND_AT] > TS_JOURNAL_SLOT_AUDITED)
        return -1;
    slot_sum(sum, uuid, row.ptr, ballot_len);
    if (memcmp(sum, row.ptr + SUM_AT, 32) != 0)
        return -1;
    for (size_t i = TS_SLOT_HEAD + ballot_len; i < row.len; i++) {
        if (row.ptr[i] != 0)
            return -1;
    }
    memcpy(out->credential, row.ptr, 32);
    out->kind = (enum ts_journal_slot_kind)row.ptr[KIND_AT];
    memcpy(out->hash, row.ptr + HASH_AT, 32);
    out->ballot = (struct ts_bytes){row.ptr + TS_SLOT_HEAD, ballot_len};
    return 0;
}
