/*
 * The trustees record (PROTOCOL.md sections 3 and 4): single trustees, all of whom are needed, and
 * threshold groups, in any mix. "Owner" is a trustee's number, from 1, counted through the record.
 */
#ifndef TS_BALLOT_TRUSTEE_H
#define TS_BALLOT_TRUSTEE_H

#include "proto/ballot/threshold.h"

#define TS_TRUSTEES_ENTRIES_MAX 32
#define TS_TRUSTEES_RECORD_MAX (4u * 1024 * 1024)

struct ts_trustees_entry {
    bool is_group; /* which of the two is filled */
    struct ts_trustee_key single;
    struct ts_threshold group;
    uint32_t first_owner; /* filled by reading */
};

struct ts_trustees {
    const struct ts_trustees_entry *entries;
    size_t entry_count;
    uint32_t owner_count; /* filled by reading */
};

/* Appends the record in canonical form. */
void ts_trustees_write(struct ts_buf *out, const struct ts_trustees *trustees);
/* Reads a record and checks every key, proof and signature in it; what it points to lies in the
 * arena. Codes: trustee.*, threshold.*, signed.form; err->path names the entry. */
int ts_trustees_read(struct ts_trustees *out, struct ts_str record, struct ts_arena *arena,
                     struct ts_err *err);
/* The election's public key: product of the entries' keys. */
void ts_trustees_public_key(struct ts_point *out, const struct ts_trustees *trustees);
/* The key that the partial decryption of this owner (1..owner_count) is checked against. */
const struct ts_point *ts_trustees_owner_key(const struct ts_trustees *trustees, uint32_t owner);
/* How many trustees are needed at least to decrypt anything. */
uint32_t ts_trustees_needed(const struct ts_trustees *trustees);

#endif
