/*
 * The cryptography of the simulation's one poll: a pack, keepers, sealed ballots. Everything but
 * what depends on the meeting's id is the same for all seeds, so keys are made and ballots sealed
 * once.
 */
#ifndef TS_TEST_SIMCAST_H
#define TS_TEST_SIMCAST_H

#include "proto/ballot/ballot.h"
#include "proto/ballot/digest.h"
#include "proto/base/arena.h"
#include "proto/base/id.h"
#include "proto/ballot/polynomial.h"

#define SIMCAST_SLIPS 6
#define SIMCAST_BALLOTS 2 /* different ones with the same slip */
#define SIMCAST_KEEPERS 3 /* at most */

struct simcast_key {
    uint8_t secret[64];
    char text[44]; /* the public key in Base64 */
};

/* What a keeper's station sends in the set-up, and its share. */
struct simcast_keeper {
    struct ts_str cert, reveal, key;
    struct ts_threshold_coefexps coefexps;
    struct ts_scalar share;
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
    size_t keeper_count, threshold;
    struct simcast_key stations[SIMCAST_KEEPERS];
    struct simcast_keeper keepers[SIMCAST_KEEPERS];
    struct ts_threshold_cert certs[SIMCAST_KEEPERS];
    /* Once the election record is known. */
    struct ts_str election;
    char phi[44];
    struct ts_str ballots[SIMCAST_SLIPS][SIMCAST_BALLOTS];
    uint8_t hashes[SIMCAST_SLIPS][SIMCAST_BALLOTS][32];
    struct ts_str voids[SIMCAST_SLIPS];
    struct ts_str audits[SIMCAST_SLIPS];
};

/* threshold of keepers; at most SIMCAST_KEEPERS. */
void simcast_init(struct simcast *cast, size_t keepers, size_t threshold);
void simcast_free(struct simcast *cast);
/* Seals for this election record, unless that was done. */
void simcast_seal(struct simcast *cast, struct ts_str record);
/* A keeper's commitment for this meeting, in the arena; keepers count from 0. */
struct ts_str simcast_commit(const struct simcast *cast, size_t keeper, const struct ts_id *meeting,
                             struct ts_arena *arena);
/* A keeper's partial decryption, bound to K; in the arena. */
struct ts_str simcast_open(const struct simcast *cast, size_t keeper, struct ts_str encrypted_tally,
                           struct ts_str k, struct ts_arena *arena);
/* Base64 of the signature over a text. */
struct ts_str simcast_sign(const struct simcast_key *key, struct ts_str text,
                           struct ts_arena *arena);

#endif
