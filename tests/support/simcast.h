/*
 * The cryptography of the simulation's one poll: a pack, a keeper, sealed ballots. Everything but
 * what depends on the meeting's id is the same for all seeds, so ballots are sealed once.
 */
#ifndef TS_TEST_SIMCAST_H
#define TS_TEST_SIMCAST_H

#include "proto/ballot/ballot.h"
#include "proto/ballot/digest.h"
#include "proto/base/arena.h"
#include "proto/base/id.h"

#define SIMCAST_SLIPS 6
#define SIMCAST_BALLOTS 2 /* different ones with the same slip */

struct simcast_key {
    uint8_t secret[64];
    char text[44]; /* the public key in Base64 */
};

struct simcast {
    struct ts_arena arena;
    struct ts_id uuid;
    struct ts_str list;      /* public_creds */
    struct ts_str signature; /* of the batch sheet */
    struct ts_slip slips[SIMCAST_SLIPS];
    struct ts_point points[SIMCAST_SLIPS];
    struct simcast_key booths[2];
    struct simcast_key office;
    struct simcast_key keeper;
    /* Once the election record is known. */
    struct ts_str election;
    char phi[44];
    struct ts_str ballots[SIMCAST_SLIPS][SIMCAST_BALLOTS];
    uint8_t hashes[SIMCAST_SLIPS][SIMCAST_BALLOTS][32];
    struct ts_str voids[SIMCAST_SLIPS];
    struct ts_str audits[SIMCAST_SLIPS];
};

struct simcast_keeper {
    struct ts_str cert, commit, reveal, key;
    struct ts_scalar share;
};

void simcast_init(struct simcast *cast);
void simcast_free(struct simcast *cast);
/* Seals for this election record, unless that was done. */
void simcast_seal(struct simcast *cast, struct ts_str election);
/* The one keeper's records for this meeting, in the arena. */
void simcast_keep(struct simcast_keeper *keeper, const struct ts_id *meeting,
                  struct ts_arena *arena);
/* The keeper's partial decryption, bound to K; in the arena. */
struct ts_str simcast_open(const struct simcast *cast, const struct simcast_keeper *keeper,
                           struct ts_str encrypted_tally, struct ts_str k, struct ts_arena *arena);
/* Base64 of the signature over a text. */
struct ts_str simcast_sign(const struct simcast_key *key, struct ts_str text,
                           struct ts_arena *arena);

#endif
