/*
 * What our profile adds to Belenios' setup data (docs/ballot.md section 6): whose signature the
 * closing statement will bear, and the keepers' commitments of the key ceremony.
 */
#ifndef TS_BALLOT_SETUP_H
#define TS_BALLOT_SETUP_H

#include "proto/ballot/closing.h"
#include "proto/ballot/trustee.h"

struct ts_setup {
    struct ts_str meeting;        /* named in the commitments: 1..32 of A-Z a-z 0-9 . _ - */
    struct ts_closing_key server; /* Ed25519 */
    /* One list for each threshold group of the trustees record, in order; each with as many
     * commitments as the group has trustees. */
    const struct ts_digest *const *commitments;
};

/* Appends `"tongsheng":{...}`: the `extra` of ts_archive_setup(). */
void ts_setup_write(struct ts_buf *out, const struct ts_setup *setup,
                    const struct ts_trustees *trustees);
/* Reads the member from a setup data record. Code: setup.form. */
int ts_setup_read(struct ts_setup *out, struct ts_str setup_data,
                  const struct ts_trustees *trustees, struct ts_arena *arena, struct ts_err *err);
/* Are the published coefficients those that were committed to? Code: setup.commitment; err->path
 * names entry and trustee. */
int ts_setup_check(const struct ts_setup *setup, const struct ts_trustees *trustees,
                   struct ts_err *err);

#endif
