/*
 * Prework: what is too slow for the loop (proofs, the encrypted tally, discrete logarithms) is
 * computed on a worker before the command is decided. On the loop ts_prework_prepare() copies what
 * is needed out of the state; ts_prework_run() is pure and runs anywhere; decide gets the result.
 * Password hashing and sealing of content are the engine's own prework.
 */
#ifndef TS_DOMAIN_PREWORK_H
#define TS_DOMAIN_PREWORK_H

#include "proto/ballot/closing.h"
#include "server/domain/authority.h"

/* What poll.finish needs of the frozen box. */
struct ts_prework_box {
    const struct ts_str *ballots; /* as stored, ascending by credential (libsodium's bytes) */
    size_t ballot_count;
    const uint8_t (*voided)[32]; /* credentials, ascending */
    size_t voided_count;
    const uint8_t (*audited)[32];
    size_t audited_count;
    const struct ts_digest *conflicts; /* signature hashes, ascending */
    size_t conflict_count;
};

struct ts_prework_result {
    struct ts_err finding; /* code NULL: all good; else the reject of the command */
    /* text.pinyin, text.clip */
    struct ts_str clip;    /* ptr NULL: none */
    const char *clip_note; /* why not: a code; NULL: nothing to say */

    struct ts_str pwhash;  /* setup, staff.add, staff.passphrase: Argon2id string */

    /* keeper.step that completes the keys */
    struct ts_str trustees; /* the record */
    struct ts_str ceremony; /* the commitments, for the setup data */

    /* poll.finish */
    struct ts_str encrypted_tally; /* records */
    struct ts_str sized;
    struct ts_digest tally_event; /* hash of the EncryptedTally event of the archive */
    struct ts_digest root;
    struct ts_prework_box box; /* what it was computed from */

    /* poll.tally */
    const int64_t *counts; /* per answer of the record, the blank one first when allowed */
    size_t count_count;
};

/* Does the command need ts_prework_run()? */
bool ts_prework_needed(enum ts_cmd_kind kind);

struct ts_prework;

/* Copies the command and what it needs of the world and the box (poll.finish only; else NULL). A
 * command that decide will refuse anyway gives a job that does nothing. Never NULL. */
struct ts_prework *ts_prework_prepare(const struct ts_world *world, const struct ts_cmd *cmd,
                                      const struct ts_actor *actor,
                                      const struct ts_prework_box *box);
void ts_prework_run(struct ts_prework *job);
/* Valid until the job is freed. */
const struct ts_prework_result *ts_prework_result(const struct ts_prework *job);
void ts_prework_free(struct ts_prework *job);

#endif
